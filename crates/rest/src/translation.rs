//! `/translate`: texts in other languages, for clients and for the customer's server.

use axum::Router;
use axum::routing::{get, post};
use hongyan_messaging::translation::{self, Language, Translated};
use hongyan_model::Refusal;
use serde_json::{Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;

pub(crate) fn routes() -> Router<RestState> {
    Router::new()
        .route("/users/{user}/translate", post(handle(Area::Translation, translate_for_user)))
        .route(
            "/users/{user}/translate/support/language",
            get(handle(Area::Translation, languages_for_user)),
        )
        .route("/translate", post(handle(Area::Translation, translate)))
        .route("/translate/support/language", get(handle(Area::Translation, languages)))
        .route("/translate/detect", post(handle(Area::Translation, detect)))
}

async fn translate_for_user(mut call: Call) -> Result<Answer, Failure> {
    call.caller_for_path_user()?;
    let translated = translated(&mut call).await?;
    // The SDK reads the first of a list.
    Ok(Envelope::data(json!([shown(&translated)])).into())
}

async fn languages_for_user(call: Call) -> Result<Answer, Failure> {
    let (caller, _) = call.caller_for_path_user()?;
    let languages = translation::languages(call.messaging(), &caller).await?;
    Ok(Envelope::data(listed(&languages)).into())
}

async fn translate(mut call: Call) -> Result<Answer, Failure> {
    require_app(&call)?;
    let translated = translated(&mut call).await?;
    Ok(Answer::Bare(json!([shown(&translated)])))
}

async fn languages(call: Call) -> Result<Answer, Failure> {
    require_app(&call)?;
    let languages = translation::languages(call.messaging(), &call.caller()?).await?;
    Ok(Answer::Bare(listed(&languages)))
}

async fn detect(mut call: Call) -> Result<Answer, Failure> {
    require_app(&call)?;
    let text = call.fields().await?.text("text")?.unwrap_or_default();
    let detected = translation::detect(call.messaging(), &call.caller()?, &text).await?;
    Ok(Answer::Bare(json!({
        "language": detected.language,
        "score": detected.score,
        "isTranslationSupported": detected.supported,
    })))
}

/// Clients have paths of their own.
fn require_app(call: &Call) -> Result<(), Refusal> {
    if call.caller()?.user().is_none() { Ok(()) } else { Err(Refusal::NotPermitted) }
}

async fn translated(call: &mut Call) -> Result<Translated, Failure> {
    let fields = call.fields().await?;
    let text = fields.text("text")?.unwrap_or_default();
    let from = fields.text("from")?.filter(|from| !from.is_empty());
    let to = fields.texts("to")?.unwrap_or_default();
    let caller = call.caller()?;
    let translated =
        translation::translate(call.messaging(), &caller, &text, from.as_deref(), &to).await?;
    Ok(translated)
}

fn shown(translated: &Translated) -> Value {
    let mut shown = json!({ "translations": translated.translations });
    if let Some(detected) = &translated.detected {
        shown["detectedLanguage"] =
            json!({ "language": detected.language, "score": detected.score });
    }
    shown
}

fn listed(languages: &[Language]) -> Value {
    let language = |language: &Language| json!({ "code": language.code, "name": language.name, "nativeName": language.native_name });
    languages.iter().map(language).collect()
}
