//! Translating texts, by the provider of the installation.

use hongyan_model::{Caller, Feature, Refusal, Result};
use hongyan_providers::ProviderError;
use hongyan_providers::translation::{self, Text, Translator};

use crate::Messaging;

pub use hongyan_providers::translation::{Detected, Language, Translated, Translation};

/// The text is missing, or holds nothing.
const TEXT: &str = "text";
/// Languages that a call may ask for, whatever the text: a bound for what is sent to the provider.
const LANGUAGES: usize = 100;

/// The languages that texts can be translated into.
pub async fn languages(m: &Messaging, caller: &Caller) -> Result<Vec<Language>> {
    let translator = translator(m, caller)?;
    Ok(translator.languages(caller.app.id).await.map_err(|error| refusal(caller, &error))?)
}

/// Translates a text into each of the languages `to`.
pub async fn translate(
    m: &Messaging,
    caller: &Caller,
    text: &str,
    from: Option<&str>,
    to: &[String],
) -> Result<Translated> {
    let translator = translator(m, caller)?;
    if text.is_empty() {
        return Err(Refusal::Missing { name: TEXT }.into());
    }
    if to.is_empty() || to.iter().any(String::is_empty) {
        return Err(Refusal::Missing { name: "to" }.into());
    }
    if to.len() > LANGUAGES {
        return Err(Refusal::TooMany { name: "to", limit: LANGUAGES }.into());
    }
    admit_length(caller, text, to.len())?;
    let text = Text { app_key: &caller.app.key(), text, from, to };
    let translated = translator.translate(caller.app.id, text).await;
    Ok(translated.map_err(|error| refusal(caller, &error))?)
}

/// In which language a text seems to be.
pub async fn detect(m: &Messaging, caller: &Caller, text: &str) -> Result<Detected> {
    let translator = translator(m, caller)?;
    if text.is_empty() {
        return Err(Refusal::Missing { name: TEXT }.into());
    }
    admit_length(caller, text, 1)?;
    let detected = translator.detect(caller.app.id, &caller.app.key(), text).await;
    Ok(detected.map_err(|error| refusal(caller, &error))?)
}

/// Who translates for the caller's app.
fn translator<'a>(m: &'a Messaging, caller: &Caller) -> Result<&'a Translator, Refusal> {
    let feature = Feature::Translation;
    let translator = m.providers().translator().filter(|_| caller.app.enabled(feature));
    translator.ok_or(Refusal::FeatureDisabled { feature })
}

/// A text counts once for each language.
fn admit_length(caller: &Caller, text: &str, languages: usize) -> Result<(), Refusal> {
    let most = caller.app.quota(Feature::TranslationCharsMax).unwrap_or(u64::MAX);
    let chars = text.chars().count().saturating_mul(languages);
    if chars as u64 > most { Err(Refusal::TextTooLong) } else { Ok(()) }
}

fn refusal(caller: &Caller, error: &ProviderError) -> Refusal {
    match error {
        ProviderError::Busy => Refusal::Overloaded,
        ProviderError::Refused(word) if word == translation::UNKNOWN_LANGUAGE => {
            Refusal::LanguageNotSupported
        }
        ProviderError::Refused(word) if word == translation::TEXT_TOO_LONG => Refusal::TextTooLong,
        ProviderError::Refused(word) if word == translation::LIMIT => Refusal::ProviderLimit,
        ProviderError::Refused(_) | ProviderError::Failed(_) => {
            tracing::warn!(app = caller.app.key(), %error, "the translation provider failed");
            Refusal::ProviderFailed
        }
    }
}
