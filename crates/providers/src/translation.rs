//! Translating texts.

use hongyan_model::AppId;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::endpoint::{Call, Endpoint, InvalidProvider, ProviderError, ProviderSettings};

/// The provider's word for a language that it does not know.
pub const UNKNOWN_LANGUAGE: &str = "unknown_language";
/// The provider's word for a text that is too long.
pub const TEXT_TOO_LONG: &str = "text_too_long";
/// The provider's word for "no more of this app now".
pub const LIMIT: &str = "limit";

/// Who translates.
pub struct Translator(Endpoint);

/// What is to be translated.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// For which app, by its key.
    pub app_key: &'a str,
    /// The text.
    pub text: &'a str,
    /// Its language, if it is known.
    pub from: Option<&'a str>,
    /// Into which languages.
    pub to: &'a [String],
}

/// A text in other languages.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct Translated {
    /// In each language asked for, in that order.
    pub translations: Vec<Translation>,
    /// In which language the text seems to be.
    #[serde(default)]
    pub detected: Option<Detected>,
}

/// A text in another language.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Translation {
    /// The text.
    pub text: String,
    /// The language.
    pub to: String,
}

/// In which language a text seems to be.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Detected {
    /// The language.
    pub language: String,
    /// How sure that is, from 0 to 1.
    pub score: f64,
    /// Whether it can be translated from.
    #[serde(default = "yes")]
    pub supported: bool,
}

fn yes() -> bool {
    true
}

/// A language that the provider knows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Language {
    /// Its code, such as `zh-Hans`.
    pub code: String,
    /// Its name in English.
    pub name: String,
    /// Its name in itself.
    pub native_name: String,
}

#[derive(Deserialize)]
struct Languages {
    languages: Vec<Language>,
}

impl Translator {
    pub(crate) fn new(settings: &ProviderSettings) -> Result<Self, InvalidProvider> {
        Ok(Self(Endpoint::new(settings)?))
    }

    /// Translates.
    pub async fn translate(&self, app: AppId, text: Text<'_>) -> Result<Translated, ProviderError> {
        let mut body = json!({ "app": text.app_key, "text": text.text, "to": text.to });
        if let Some(from) = text.from {
            body["from"] = from.into();
        }
        let answer: Translated = self.0.call(app, Call::json("/translate", &body)).await?;
        let given = answer.translations.iter().map(|translation| &translation.to);
        if !given.eq(text.to) {
            return Err(ProviderError::Failed("translated into other languages".to_owned()));
        }
        Ok(answer)
    }

    /// In which language a text seems to be.
    pub async fn detect(
        &self,
        app: AppId,
        app_key: &str,
        text: &str,
    ) -> Result<Detected, ProviderError> {
        self.0.call(app, Call::json("/detect", &json!({ "app": app_key, "text": text }))).await
    }

    /// The languages it knows.
    pub async fn languages(&self, app: AppId) -> Result<Vec<Language>, ProviderError> {
        let call = Call {
            method: Method::GET,
            path: "/languages".to_owned(),
            content_type: None,
            body: bytes::Bytes::new(),
        };
        let answer: Languages = self.0.call(app, call).await?;
        Ok(answer.languages)
    }
}
