//! `/api/sdk/v1/{org}/{app}/speech`: voice as text. These paths have an error body of their own.

use axum::Json;
use axum::response::{IntoResponse, Response};
use hongyan_messaging::speech::{self, Audio};
use hongyan_model::{Caller, Feature, Refusal, UserId};
use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::body::{self, UploadForm};
use crate::call::{Area, Call, SDK_PREFIX};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;

/// Below `/api/sdk/v1/{org}/{app}`.
pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Speech, "Translation and speech").behind(SDK_PREFIX);
    routes
        .post("/speech/transcriptions", transcribe)
        .access(Access::Member)
        .about("Writes down what is said in an attachment", "将附件中的语音转为文字")
        .body(
            "{data: {fileId: string, username: string, audio?: {format?: string, \
             sampleRate?: int, bitsPerSample?: int, channels?: int}}}",
        )
        .answers_bare("{data: {text: string}}");
    routes
        .post("/speech/recognitions", recognise)
        .access(Access::Member)
        .about(
            "Writes down what is said in a recording that comes with the call",
            "将请求中携带的录音转为文字",
        )
        .multipart(
            "{username: string, file: file, \"audio.format\"?: string, \
             \"audio.sampleRate\"?: int, \"audio.bitsPerSample\"?: int, \"audio.channels\"?: int}",
        )
        .answers_bare("{data: {text: string}}");
    routes
}

async fn transcribe(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = nested(&call.fields().await?, "data")?;
    admit(&caller, fields.text("username")?)?;
    let file = fields.required_text("fileId")?;
    let audio = nested(&fields, "audio")?;
    let audio = Audio {
        format: audio.text("format")?,
        sample_rate: number(audio.number("sampleRate")?),
        bits_per_sample: number(audio.number("bitsPerSample")?),
        channels: number(audio.number("channels")?),
    };
    let text = speech::transcribe(call.messaging(), &caller, &file, audio).await?;
    Ok(heard(&text))
}

async fn recognise(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let body = call.take_body();
    let most = call.app().most(Feature::FileBytesMax);
    let form = body::upload(call.headers(), body, most).await?;
    admit(&caller, form.field("username").map(str::to_owned))?;
    let audio = Audio {
        format: form.field("audio.format").map(str::to_owned),
        sample_rate: form_number(&form, "audio.sampleRate")?,
        bits_per_sample: form_number(&form, "audio.bitsPerSample")?,
        channels: form_number(&form, "audio.channels")?,
    };
    let file = form.file.ok_or(Refusal::Missing { name: "file" })?;
    let (bytes, content_type) = (file.bytes, file.content_type);
    let text = speech::recognise(call.messaging(), &caller, bytes, content_type, audio).await?;
    Ok(heard(&text))
}

/// Whoever asks, asks for itself.
fn admit(caller: &Caller, username: Option<String>) -> Result<(), Refusal> {
    let username = username.filter(|username| !username.is_empty());
    let username = username.ok_or(Refusal::Missing { name: "username" })?;
    let user = UserId::parse(&username)?;
    if caller.acts_for(&user) { Ok(()) } else { Err(Refusal::NotPermitted) }
}

/// An object inside the object; an absent one is empty.
fn nested(fields: &Fields, name: &'static str) -> Result<Fields, Refusal> {
    match fields.value(name) {
        None => Ok(Fields::default()),
        Some(Value::Object(inner)) => Ok(Fields::new(inner.clone())),
        Some(_) => Err(Refusal::Invalid { name, why: "not an object".to_owned() }),
    }
}

/// What is no sensible number is not passed on.
fn number(number: Option<u64>) -> Option<u32> {
    number.and_then(|number| u32::try_from(number).ok())
}

fn form_number(form: &UploadForm, name: &'static str) -> Result<Option<u32>, Refusal> {
    let Some(text) = form.field(name) else { return Ok(None) };
    let number = text.trim().parse().ok();
    let why = "not a whole number".to_owned();
    number.map(Some).ok_or(Refusal::Invalid { name, why })
}

fn heard(text: &str) -> Answer {
    Answer::Bare(json!({ "data": { "text": text } }))
}

/// The error body of these paths: a number whose first three digits are the status, by which the SDK finds its own
/// code.
pub(crate) fn failure(failure: &Failure, description: &str) -> Response {
    let (code, message) = told(failure, description);
    let status = u16::try_from(code / 10_000).ok().and_then(|code| StatusCode::from_u16(code).ok());
    let body = json!({
        "error": { "code": code, "message": message },
        // What the SDK's helper of all calls looks at first.
        "error_description": message,
    });
    (status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(body)).into_response()
}

/// Number and words of an error.
pub(crate) fn told(failure: &Failure, description: &str) -> (u32, String) {
    match failure {
        Failure::Refused(refusal) => refused(refusal, description),
        Failure::Fault(_) => (5_001_003, description.to_owned()),
        Failure::BodyTooLarge => (4_001_001, TOO_LARGE.to_owned()),
        _ => (4_001_001, description.to_owned()),
    }
}

/// The words by which the SDK knows 411.
const TOO_LARGE: &str = "uploaded file exceeds the maximum size";

fn refused(refusal: &Refusal, description: &str) -> (u32, String) {
    let said = |code| (code, description.to_owned());
    let words = |code, words: &str| (code, words.to_owned());
    match refusal {
        Refusal::FeatureDisabled { .. } => words(4_031_001, "service not enabled"),
        Refusal::ProviderLimit => words(4_031_002, "the usage limit is exceeded"),
        Refusal::FileNotFound | Refusal::FileExpired { .. } => words(4_041_001, "file not found"),
        Refusal::InvalidAudio => words(4_001_002, "not a recording that can be read"),
        Refusal::AudioTooLong => words(4_001_003, "the recording is too long"),
        Refusal::FileTooLarge => words(4_001_001, TOO_LARGE),
        Refusal::ProviderFailed => words(5_021_003, "speech recognition failed"),
        Refusal::Overloaded => words(5_031_003, "too many recordings at once, try again later"),
        Refusal::TokenExpired
        | Refusal::TokenCorrupt
        | Refusal::TokenInvalid
        | Refusal::TokenUserGone
        | Refusal::UserBanned
        | Refusal::NotPermitted
        | Refusal::FileForbidden => said(4_011_001),
        Refusal::AppNotFound { .. } => said(4_041_002),
        Refusal::AppSuspended => said(4_031_003),
        _ => said(4_001_001),
    }
}
