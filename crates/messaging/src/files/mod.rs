//! Uploaded files: kept for some days, read by whoever knows the secret or belongs to the app.

mod content;
mod lifetime;
pub mod parts;
mod sweep;
mod thumbnail;

use std::ops::Range;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::Stream;
use hongyan_model::{
    App, AppId, Caller, Feature, FileId, Refusal, Result, ThumbnailFit, ThumbnailPolicy, Timestamp,
};
use hongyan_store::attachments::{Part, Stored};
use hongyan_store::files::{self, FileRecord, ThumbnailSource};
use rand::RngCore;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::Messaging;

pub use lifetime::{Lifetime, set_lifetime};
pub(crate) use lifetime::{end, file_at};
pub use sweep::sweep;

/// Length of a file's name in characters; more is cut off.
const NAME_CHARS: usize = 255;
/// Length of a media type in bytes.
const CONTENT_TYPE_BYTES: usize = 127;
/// What is read of a file at once on its way to a reader.
const PIECE_BYTES: u64 = 1024 * 1024;

/// A file to be stored.
pub struct Upload {
    /// Its name.
    pub name: String,
    /// Its media type as far as the uploader says it.
    pub content_type: Option<String>,
    /// Its bytes.
    pub bytes: Bytes,
    /// Whether reading needs the secret or a token.
    pub restrict: bool,
    /// Width and height within which the thumbnail is to lie, in pixels. A side that is not given has the app's
    /// length; without both, the app's setting says also which side has to fit.
    pub thumbnail: (Option<u32>, Option<u32>),
}

/// A stored file.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Id.
    pub id: FileId,
    /// Whoever knows it may read the file.
    pub secret: String,
    /// Name.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Size in bytes.
    pub size: u64,
    /// Whether reading needs the secret or a token.
    pub restrict: bool,
    /// When it was uploaded.
    pub created: Timestamp,
}

/// Which form of a file is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variant {
    /// The file.
    Original,
    /// A small picture of an image.
    Thumbnail,
    /// A picture out of a video; none are made.
    VideoFrame,
}

/// A file's bytes, to be read.
#[derive(Clone)]
pub struct Download {
    /// What is known of the file.
    pub file: StoredFile,
    /// Media type of these bytes.
    pub content_type: String,
    bytes: Stored,
}

impl Download {
    /// Bytes that nobody uploaded.
    pub(crate) fn of_ours(id: FileId, name: String, created: Timestamp, bytes: Stored) -> Self {
        let content_type = "application/gzip".to_owned();
        let file = StoredFile {
            id,
            secret: String::new(),
            name,
            content_type: content_type.clone(),
            size: bytes.size(),
            restrict: true,
            created,
        };
        Self { file, content_type, bytes }
    }

    /// How many bytes there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes.size()
    }

    /// All of the bytes; for files that are known to be small.
    pub(crate) async fn read(self) -> Result<Bytes> {
        Ok(self.bytes.read(0..self.bytes.size()).await?)
    }

    /// A range of the bytes within the size, a piece at a time.
    pub fn pieces(self, range: Range<u64>) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
        pieces(self.bytes, range)
    }
}

/// A range of bytes within their size, a piece at a time.
pub(crate) fn pieces(
    bytes: Stored,
    range: Range<u64>,
) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    futures_util::stream::try_unfold((range.start, bytes), move |(at, bytes)| async move {
        let next = range.end.min(at.saturating_add(PIECE_BYTES));
        if at >= next {
            return Ok(None);
        }
        let piece = bytes.read(at..next).await?;
        Ok(Some((piece, (next, bytes))))
    })
}

/// Stores a file; on return it is on disk.
pub async fn upload(m: &Messaging, caller: &Caller, upload: Upload) -> Result<StoredFile> {
    let record = put(m, caller, upload).await?;
    keep(m, caller.app.id, record).await
}

/// Stores the bytes of a file. Bytes before record: whoever finds the record finds the bytes. Who gets the record
/// stores it, or [`discard`]s the bytes.
pub(crate) async fn put(m: &Messaging, caller: &Caller, upload: Upload) -> Result<FileRecord> {
    if upload.bytes.len() > caller.app.most(Feature::FileBytesMax) {
        return Err(Refusal::FileTooLarge.into());
    }
    let app = caller.app.id;
    let id = FileId::from_trusted(Uuid::new_v4().to_string());
    let size = thumbnail_size(upload.thumbnail, caller.app.settings.thumbnail);
    let thumbnail = thumbnail::store(m, app, &id, &upload.bytes, size).await?;
    let record = FileRecord {
        id: id.clone(),
        secret: new_secret(),
        name: upload.name.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect(),
        content_type: content_type(upload.content_type, &upload.bytes),
        size: u64::try_from(upload.bytes.len()).unwrap_or(u64::MAX),
        restricted: upload.restrict,
        shared: false,
        thumbnail,
        created: m.clock().now(),
        expires: expiry(m, caller),
        uploader: caller.user().cloned(),
    };
    m.store().attachments().put(app, &id, Part::Original, upload.bytes).await?;
    Ok(record)
}

/// When a file that is uploaded now ends.
fn expiry(m: &Messaging, caller: &Caller) -> Timestamp {
    m.clock().now().saturating_add(caller.app.days(Feature::AttachmentStorageDays))
}

/// Stores the record of a file whose bytes are there: whoever finds the record finds the bytes.
async fn keep(m: &Messaging, app: AppId, record: FileRecord) -> Result<StoredFile> {
    if let Err(error) = files::insert(m.store(), app, &record).await {
        discard(m, app, &record.id).await;
        return Err(error.into());
    }
    Ok(record.into())
}

/// Removes the bytes of a file that nobody knows of.
pub(crate) async fn discard(m: &Messaging, app: AppId, file: &FileId) {
    if let Err(error) = m.store().attachments().delete(app, file).await {
        tracing::warn!(%file, %error, "the bytes of a refused upload stay in the data directory");
    }
}

/// Reads a file.
///
/// An unrestricted file is open to whoever knows its id. A restricted one needs its secret or a token of its
/// app, and refuses tokens of other apps even with the secret. Thumbnails that were made of restricted files are
/// open, because clients fetch previews by URLs without a secret; a file that is its own thumbnail is not.
pub async fn download(
    m: &Messaging,
    app: &Arc<App>,
    caller: Option<&Caller>,
    id: &str,
    secret: Option<&str>,
    variant: Variant,
) -> Result<Download> {
    let id = Uuid::try_parse(id).map_err(|_| Refusal::FileNotFound)?;
    let id = FileId::from_trusted(id.to_string());
    let record = files::find(m.store(), app.id, &id).await?.ok_or(Refusal::FileNotFound)?;
    // What a group or room shares is read by way of that.
    if variant == Variant::VideoFrame || record.shared {
        return Err(Refusal::FileNotFound.into());
    }

    let is_open_thumbnail =
        variant == Variant::Thumbnail && matches!(record.thumbnail, ThumbnailSource::Made { .. });
    if record.restricted {
        let is_stranger = caller.is_some_and(|caller| caller.app.id != app.id);
        let has_secret =
            secret.is_some_and(|secret| secret.as_bytes().ct_eq(record.secret.as_bytes()).into());
        let may_read = caller.is_some() || has_secret || is_open_thumbnail;
        if is_stranger || !may_read {
            return Err(Refusal::FileForbidden.into());
        }
    }
    read(m, app, record, variant).await
}

/// The bytes of a file that the caller may read.
pub(crate) async fn read(
    m: &Messaging,
    app: &App,
    record: FileRecord,
    variant: Variant,
) -> Result<Download> {
    let id = &record.id;
    if record.expires <= m.clock().now() {
        return Err(Refusal::FileExpired { file: id.to_string() }.into());
    }
    let (part, content_type) = match (variant, &record.thumbnail) {
        (Variant::Thumbnail, ThumbnailSource::Made { content_type }) => {
            (Part::Thumbnail, content_type.clone())
        }
        _ => (Part::Original, record.content_type.clone()),
    };
    let Some(bytes) = m.store().attachments().find(app.id, id, part).await? else {
        tracing::error!(app = app.id.0, file = %id, "the bytes of a file are missing in the data directory");
        return Err(Refusal::FileNotFound.into());
    };
    Ok(Download { file: record.into(), content_type, bytes })
}

impl From<FileRecord> for StoredFile {
    fn from(record: FileRecord) -> Self {
        Self {
            id: record.id,
            secret: record.secret,
            name: record.name,
            content_type: record.content_type,
            size: record.size,
            restrict: record.restricted,
            created: record.created,
        }
    }
}

fn thumbnail_size(wished: (Option<u32>, Option<u32>), setting: ThumbnailPolicy) -> ThumbnailPolicy {
    match wished {
        (None, None) => setting,
        (width, height) => ThumbnailPolicy {
            fit: ThumbnailFit::LongSide,
            width: width.unwrap_or(setting.width),
            height: height.unwrap_or(setting.height),
        },
    }
}

fn new_secret() -> String {
    let mut random = [0; 18];
    rand::rng().fill_bytes(&mut random);
    URL_SAFE_NO_PAD.encode(random)
}

/// What the uploader says, if it can stand in a header; otherwise what the bytes look like.
fn content_type(given: Option<String>, bytes: &[u8]) -> String {
    let is_header = |text: &String| {
        text.len() <= CONTENT_TYPE_BYTES
            && text.contains('/')
            && text.bytes().all(|b| matches!(b, b' '..=b'~'))
    };
    let given = given.filter(is_header).filter(|text| text != content::UNKNOWN);
    given.unwrap_or_else(|| content::type_of(bytes).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_that_cannot_stand_in_a_header_is_not_believed() {
        let told = |given: &str| content_type(Some(given.to_owned()), b"hello");
        assert_eq!(told("text/plain; charset=utf-8"), "text/plain; charset=utf-8");
        assert_eq!(told("text/plain\r\nx: y"), content::UNKNOWN);
        assert_eq!(told("nonsense"), content::UNKNOWN);
        assert_eq!(content_type(None, b"\x89PNG\r\n\x1a\n...."), "image/png");
    }

    #[test]
    fn secrets_differ_and_fit_into_a_url() {
        let (one, two) = (new_secret(), new_secret());
        assert_ne!(one, two);
        assert!(one.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{one}");
    }
}
