//! `/translate`: texts in other languages, for clients and for the customer's server.

use hongyan_messaging::translation::{self, Language, Translated};
use hongyan_model::Refusal;
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Translation, "Translation and speech");
    routes
        .post("/users/{user}/translate", translate_for_user)
        .access(Access::Itself)
        .about("Translates a text into several languages, for a user", "为用户将文本翻译成多种语言")
        .body("{text: string, to: string[1..100], from?: string}")
        .answers(
            "{data: {translations: {text: string, to: string}[], \
             detectedLanguage?: {language: string, score: number}}[]}",
        );
    routes
        .get("/users/{user}/translate/support/language", languages_for_user)
        .access(Access::Itself)
        .about(
            "Reads the languages into which texts can be translated, for a user",
            "为用户查询支持的翻译语言",
        )
        .answers("{data: {code: string, name: string, nativeName: string}[]}");
    routes
        .post("/translate", translate)
        .ids(&["M22"])
        .access(Access::App)
        .about("Translates a text into several languages", "将文本翻译成多种语言")
        .body("{text: string, to: string[1..100], from?: string}")
        .answers_bare(
            "{translations: {text: string, to: string}[], \
             detectedLanguage?: {language: string, score: number}}[]",
        );
    routes
        .get("/translate/support/language", languages)
        .ids(&["M23"])
        .access(Access::App)
        .about("Reads the languages into which texts can be translated", "查询支持的翻译语言")
        .answers_bare("{code: string, name: string, nativeName: string}[]");
    routes
        .post("/translate/detect", detect)
        .ids(&["M24"])
        .access(Access::App)
        .about("Says in which language a text seems to be", "识别文本的语言")
        .body("{text: string}")
        .answers_bare("{language: string, score: number, isTranslationSupported: bool}");
    routes
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
