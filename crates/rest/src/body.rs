//! Request bodies, each with its cap.

use std::time::Duration;

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use hongyan_model::{Refusal, limits};
use http::{HeaderMap, StatusCode, header};
use http_body_util::Limited;
use serde_json::Value;

use crate::errors::Failure;

/// Largest JSON or form body.
const TEXT_BYTES: usize = 1024 * 1024;
/// What is read beyond a body's cap, so that the client gets to read the answer.
const DRAINED_BYTES: usize = 40 * 1024 * 1024;
/// Largest value of a multipart field that is no file.
const FIELD_BYTES: usize = 1024;

/// A body that brings nothing for this long is given up.
const SILENCE: Duration = Duration::from_secs(20);

/// The body, ending with an error when its sender falls silent: a request must not hold its
/// connection for ever.
pub(crate) fn impatient(body: Body) -> Body {
    let chunks = futures_util::stream::unfold(Some(body.into_data_stream()), async |body| {
        let mut body = body?;
        match tokio::time::timeout(SILENCE, body.next()).await {
            Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(body))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(silence) => Some((Err(axum::Error::new(silence)), None)),
        }
    });
    Body::from_stream(chunks)
}

/// Reads a body as JSON; an empty one is `null`.
pub(crate) async fn json(body: Body) -> Result<Value, Failure> {
    json_up_to(body, TEXT_BYTES).await
}

/// [`json`] of at most so many bytes.
pub(crate) async fn json_up_to(body: Body, most: usize) -> Result<Value, Failure> {
    let bytes = collect(body.into_data_stream(), most).await?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|error| Failure::Json(error.to_string()))
}

/// Reads a JSON or text body as it is.
pub(crate) async fn bytes(body: Body) -> Result<Bytes, Failure> {
    collect(body.into_data_stream(), TEXT_BYTES).await
}

/// Reads a body as text.
pub(crate) async fn text(body: Body) -> Result<String, Failure> {
    let bytes = collect(body.into_data_stream(), TEXT_BYTES).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn collect<E>(
    mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
    most: usize,
) -> Result<Bytes, Failure> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Failure::BrokenBody)?;
        if bytes.len() + chunk.len() > most {
            drain(stream).await;
            return Err(Failure::BodyTooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Reads what is left of a body that nobody wants, so that the connection can be used again.
pub(crate) async fn discard(body: Body) {
    drain(body.into_data_stream()).await;
}

/// Reads on for a while and forgets: a client that is still sending would not see the answer.
async fn drain<E>(mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin) {
    let mut drained = 0;
    while let Some(Ok(chunk)) = stream.next().await {
        drained += chunk.len();
        if drained > DRAINED_BYTES {
            break;
        }
    }
}

/// An upload: the part `file` and the wishes in its other fields.
#[derive(Debug, Default)]
pub(crate) struct UploadForm {
    pub(crate) file: Option<UploadedFile>,
    pub(crate) thumbnail_width: Option<String>,
    pub(crate) thumbnail_height: Option<String>,
    /// What else is said of the file, by name.
    fields: Vec<(String, String)>,
}

impl UploadForm {
    /// A field beside the file.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// The part `file` of an upload.
#[derive(Debug)]
pub(crate) struct UploadedFile {
    pub(crate) name: String,
    pub(crate) content_type: Option<String>,
    pub(crate) bytes: Bytes,
}

/// Opens a `multipart/form-data` body.
async fn multipart(headers: &HeaderMap, body: Body, most: usize) -> Result<Multipart, Failure> {
    let mut request = Request::new(Body::new(Limited::new(body, most)));
    DefaultBodyLimit::disable().apply(&mut request);
    if let Some(content_type) = headers.get(header::CONTENT_TYPE) {
        request.headers_mut().insert(header::CONTENT_TYPE, content_type.clone());
    }
    let multipart = Multipart::from_request(request, &()).await;
    multipart.map_err(|_| Failure::UnsupportedMediaType)
}

/// A part of a file that is uploaded in parts.
#[derive(Debug, Default)]
pub(crate) struct PartForm {
    pub(crate) bytes: Option<Bytes>,
    pub(crate) number: Option<String>,
}

/// Reads a part of an upload.
pub(crate) async fn upload_part(headers: &HeaderMap, body: Body) -> Result<PartForm, Failure> {
    let mut multipart = multipart(headers, body, DRAINED_BYTES).await?;
    let mut form = PartForm::default();
    let mut too_large = false;
    while let Some(field) = multipart.next_field().await.map_err(unreadable)? {
        match field.name().unwrap_or_default() {
            "part_file" if form.bytes.is_none() => {
                form.bytes = part(field, limits::UPLOAD_PART_BYTES).await?;
                too_large = form.bytes.is_none();
            }
            "part_number" => form.number = text_part(field).await?,
            _ => {
                part(field, 0).await?;
            }
        }
    }
    if too_large { Err(Refusal::FileTooLarge.into()) } else { Ok(form) }
}

/// Reads `multipart/form-data` with a file that may have up to `most` bytes; parts that mean nothing here are skipped.
pub(crate) async fn upload(
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<UploadForm, Failure> {
    let most = most.min(limits::UPLOAD_BYTES);
    let mut multipart = multipart(headers, body, most + DRAINED_BYTES).await?;
    let mut form = UploadForm::default();
    let mut too_large = false;
    while let Some(field) = multipart.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "file" if form.file.is_none() => {
                let name = field.file_name().unwrap_or("file").to_owned();
                let content_type = field.content_type().map(str::to_owned);
                match part(field, most).await? {
                    Some(bytes) => form.file = Some(UploadedFile { name, content_type, bytes }),
                    None => too_large = true,
                }
            }
            "thumbnail-width" => form.thumbnail_width = text_part(field).await?,
            "thumbnail-height" => form.thumbnail_height = text_part(field).await?,
            "username"
            | "audio.format"
            | "audio.sampleRate"
            | "audio.bitsPerSample"
            | "audio.channels"
                if form.field(&name).is_none() =>
            {
                let text = text_part(field).await?.unwrap_or_default();
                form.fields.push((name, text));
            }
            _ => {
                part(field, 0).await?;
            }
        }
    }
    if too_large { Err(Refusal::FileTooLarge.into()) } else { Ok(form) }
}

/// Reads a part to its end; `None` if it is longer than `limit`.
async fn part(mut field: Field<'_>, limit: usize) -> Result<Option<Bytes>, Failure> {
    let mut bytes = BytesMut::new();
    let mut fits = true;
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        fits = fits && bytes.len() + chunk.len() <= limit;
        if fits {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = BytesMut::new();
        }
    }
    Ok(fits.then(|| bytes.freeze()))
}

async fn text_part(field: Field<'_>) -> Result<Option<String>, Failure> {
    let bytes = part(field, FIELD_BYTES).await?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

fn unreadable(error: MultipartError) -> Failure {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::FileTooLarge.into(),
        _ => Failure::BrokenBody,
    }
}
