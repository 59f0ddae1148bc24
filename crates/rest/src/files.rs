//! `/chatfiles`: attachments.

use axum::body::Body;
use axum::response::Response;
use futures_util::TryStreamExt as _;
use hongyan_messaging::files::{self, Download, Lifetime, StoredFile, Upload, Variant};
use hongyan_model::{Feature, Refusal};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::body;
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::query::says_yes;
use crate::range::Asked;

/// The rows of [`stored`].
pub(crate) const STORED: &str = "{entities: {uuid: string, type: 'chatfile', share-secret: string, \
     file-metadata: {content-length: int, content-type: string}}[]}";

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Files, "Files");
    routes
        .post("/chatfiles", upload)
        .ids(&["D1"])
        .access(Access::Member)
        .about(
            "Uploads an attachment; with the header `restrict-access: true` it is read by its \
             secret or a token only",
            "上传附件；带请求头 `restrict-access: true` 时，须凭密钥或 Token 才能下载",
        )
        .headers("{restrict-access?: bool, thumbnail-width?: int, thumbnail-height?: int}")
        .multipart("{file: file, thumbnail-width?: int, thumbnail-height?: int}")
        .answers(STORED);
    routes
        .get("/chatfiles/{file}", download)
        .ids(&["D2", "D3"])
        .about(
            "Downloads an attachment or its thumbnail, all of it or the range that is asked for",
            "下载附件或其缩略图，可为全部内容或指定范围",
        )
        .query("{share-secret?: string, thumbnail?: bool, vframe?: bool}")
        .headers("{share-secret?: string, thumbnail?: bool}")
        .answers_bytes();
    routes
        .put("/users/{user}/chatfiles/lifetime", set_lifetime)
        .ids(&["D4"])
        .access(Access::Itself)
        .about("Says for how long up to 100 attachments are kept", "设置最多 100 个附件的保存时长")
        .body("{lifetime: 'default' | 'refresh' | 'forever', chatfile_ids: string[1..100]}")
        .answers("{data: {[key]: 'success' | 'failed'}}");
    routes
}

async fn upload(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let body = call.take_body();
    let most = call.app().most(Feature::FileBytesMax);
    let form = body::upload(call.headers(), body, most).await?;
    let file = form.file.ok_or(Refusal::Missing { name: "file" })?;
    let width = call.header("thumbnail-width").or(form.thumbnail_width.as_deref());
    let height = call.header("thumbnail-height").or(form.thumbnail_height.as_deref());
    let upload = Upload {
        name: file.name,
        content_type: file.content_type,
        bytes: file.bytes,
        restrict: call.header("restrict-access").is_some_and(says_yes),
        thumbnail: (side(width), side(height)),
    };
    let file = files::upload(call.messaging(), &caller, upload).await?;
    Ok(Envelope::entities(vec![stored(&file)]).into())
}

/// How long files are kept.
async fn set_lifetime(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let lifetime = match fields.text("lifetime")?.as_deref() {
        Some("default") => Lifetime::Default,
        Some("refresh") => Lifetime::Refresh,
        Some("forever") => Lifetime::Forever,
        _ => {
            let why = "lifetime must be either 'forever' or 'default' or 'refresh'".to_owned();
            return Err(Refusal::Invalid { name: "lifetime", why }.into());
        }
    };
    let ids = fields.required_texts("chatfile_ids")?;
    let (m, user) = (call.messaging(), call.path("user"));
    let changed = files::set_lifetime(m, &caller, user, lifetime, &ids).await?;
    let word = |done| if done { "success" } else { "failed" };
    let data: Value = changed.into_iter().map(|(id, done)| (id, word(done))).collect();
    Ok(Envelope::data(data).into())
}

/// What an uploader learns of its file.
pub(crate) fn stored(file: &StoredFile) -> Value {
    json!({
        "uuid": file.id.as_str(),
        "type": "chatfile",
        "share-secret": file.secret,
        "file-metadata": { "content-length": file.size, "content-type": file.content_type },
    })
}

/// A wished side of a thumbnail; what is no number is not wished.
pub(crate) fn side(given: Option<&str>) -> Option<u32> {
    given.and_then(|given| given.trim().parse().ok()).filter(|side| *side > 0)
}

async fn download(call: Call) -> Result<Answer, Failure> {
    let caller = match call.caller_if_any() {
        // Valid, but not here: the SDK has a word of its own for files it may not have.
        Err(Refusal::TokenInvalid) => return Err(Refusal::FileForbidden.into()),
        caller => caller?,
    };
    let secret = call.header("share-secret").or_else(|| call.query().text("share-secret"));
    let variant = if call.query().flag("vframe") {
        Variant::VideoFrame
    } else if call.query().flag("thumbnail") || call.header("thumbnail").is_some_and(says_yes) {
        Variant::Thumbnail
    } else {
        Variant::Original
    };
    let file = call.path("file");
    let download =
        files::download(call.messaging(), call.app(), caller.as_ref(), file, secret, variant)
            .await?;
    let asked = Asked::of(call.header("range"), download.size())?;
    Ok(Answer::Raw(response(download, asked)))
}

/// Uploads come from strangers, so that only what a browser cannot execute is shown in place.
pub(crate) fn response(download: Download, asked: Asked) -> Response {
    let size = download.size();
    let content_type = &download.content_type;
    let shown = ["image/", "audio/", "video/"].iter().any(|kind| content_type.starts_with(kind))
        && !content_type.contains("svg");
    let disposition = format!(
        "{}; filename*=UTF-8''{}",
        if shown { "inline" } else { "attachment" },
        percent_encoded(&download.file.name)
    );
    let unknown = HeaderValue::from_static("application/octet-stream");
    let content_type = HeaderValue::from_str(content_type).unwrap_or_else(|_| unknown.clone());
    let (status, range) = match asked {
        Asked::Whole => (StatusCode::OK, 0..size),
        Asked::Piece(range) => (StatusCode::PARTIAL_CONTENT, range),
    };
    let content_range = (status == StatusCode::PARTIAL_CONTENT)
        .then(|| format!("bytes {}-{}/{size}", range.start, range.end - 1));
    let length = range.end - range.start;
    // A file that cannot be read to its end breaks the connection, so that nobody takes a part for the whole.
    let pieces = download.pieces(range).inspect_err(|error| {
        tracing::error!(error = error as &dyn std::error::Error, "an attachment could not be read");
    });
    let mut response = Response::new(Body::from_stream(pieces));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, length.into());
    if let Some(range) = content_range.and_then(|range| HeaderValue::from_str(&range).ok()) {
        headers.insert(header::CONTENT_RANGE, range);
    }
    headers.insert(header::CONTENT_TYPE, content_type);
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    headers
        .insert(header::VARY, HeaderValue::from_static("authorization, share-secret, thumbnail"));
    response
}

fn percent_encoded(name: &str) -> String {
    let keeps = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if keeps(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_of_a_thumbnail_is_a_number_above_0() {
        assert_eq!(
            [None, Some(" 80 "), Some("x"), Some("0")].map(side),
            [None, Some(80), None, None]
        );
    }

    #[test]
    fn file_names_cannot_leave_their_header() {
        assert_eq!(percent_encoded("a b\r\n\".txt"), "a%20b%0D%0A%22.txt");
        assert_eq!(percent_encoded("图.png"), "%E5%9B%BE.png");
    }
}
