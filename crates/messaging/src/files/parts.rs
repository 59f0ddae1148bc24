//! Uploads in parts: for files too large to hold in memory, sent over connections too bad for one request.
//!
//! A part is on the disk when its request is answered, so that an upload survives a restart. Finishing copies the parts
//! into one file. What nobody finishes is swept after a day.

use bytes::{Bytes, BytesMut};
use hongyan_model::{AppId, Caller, Feature, FileId, Refusal, Result, UserId, limits};
use hongyan_store::attachments::{Part, Stored};
use hongyan_store::files::{FileRecord, ThumbnailSource};
use hongyan_store::part_uploads::{self as stored, PartUpload, UploadedPart};
use uuid::Uuid;

use super::{StoredFile, content, keep, thumbnail, thumbnail_size};
use crate::Messaging;

/// How long an upload may take.
const LIFETIME_MS: i64 = 24 * 3600 * 1000;
/// Uploads that a user, or the app's server, may have open; the oldest goes.
const OPEN_UPLOADS: u32 = 16;
/// Parts of one upload where the app does not bound the size of files.
const MAX_PARTS: u64 = 10_000;
/// Parts are not told a name.
const NAME: &str = "file";
/// Largest picture of which a thumbnail is made: it is read into memory for it.
const PICTURE_BYTES: u64 = 32 * 1024 * 1024;
/// Uploads per batch of a sweep.
const BATCH: u32 = 100;

/// An upload that has begun.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Begun {
    /// Its id.
    pub id: FileId,
    /// Size of each part but the last, in bytes.
    pub part_bytes: u64,
    /// Largest file, in bytes; `None` is no limit.
    pub file_bytes: Option<u64>,
}

/// What is wished of the file at the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wishes {
    /// Whether reading needs the secret or a token.
    pub restrict: bool,
    /// As in [`Upload`](super::Upload).
    pub thumbnail: (Option<u32>, Option<u32>),
}

/// Begins an upload.
pub async fn begin(m: &Messaging, caller: &Caller) -> Result<Begun> {
    let id = FileId::from_trusted(Uuid::new_v4().to_string());
    let created = m.clock().now();
    let upload = PartUpload {
        id: id.clone(),
        owner: caller.user().cloned(),
        created,
        expires: created.saturating_add(LIFETIME_MS),
    };
    stored::insert(m.store(), caller.app.id, &upload, OPEN_UPLOADS).await?;
    let file_bytes = caller.app.quota(Feature::FileBytesMax);
    Ok(Begun { id, part_bytes: limits::UPLOAD_PART_BYTES as u64, file_bytes })
}

/// Stores a part, in any order; on return it is on disk. A part that is sent again replaces the one before.
pub async fn put(
    m: &Messaging,
    caller: &Caller,
    id: &str,
    number: u64,
    bytes: Bytes,
) -> Result<()> {
    let upload = own(m, caller, id).await?;
    let most = caller.app.quota(Feature::FileBytesMax);
    let parts = most.map_or(MAX_PARTS, |most| most.div_ceil(limits::UPLOAD_PART_BYTES as u64));
    if bytes.len() > limits::UPLOAD_PART_BYTES || number > parts {
        return Err(Refusal::FileTooLarge.into());
    }
    let number = u32::try_from(number).ok().filter(|number| *number > 0);
    let number = number
        .ok_or_else(|| Refusal::Invalid { name: "part_number", why: "counts from 1".to_owned() })?;
    let part = UploadedPart { number, size: bytes.len() as u64 };
    let app = caller.app.id;
    if !stored::reserve(m.store(), app, &upload.id, part, most.unwrap_or(u64::MAX)).await? {
        return Err(Refusal::FileTooLarge.into());
    }
    let attachments = m.store().attachments();
    attachments.put(app, &upload.id, Part::Upload(number), bytes).await?;
    // Swept meanwhile: nobody would remove the bytes that came behind it.
    if stored::find(m.store(), app, &upload.id).await?.is_none() {
        attachments.delete_parts(app, &upload.id, [Part::Upload(number)]).await?;
        return Err(Refusal::FileNotFound.into());
    }
    Ok(())
}

/// Makes a file of the parts; it gets an id of its own.
pub async fn complete(
    m: &Messaging,
    caller: &Caller,
    id: &str,
    wishes: Wishes,
) -> Result<StoredFile> {
    let upload = own(m, caller, id).await?;
    let app = caller.app.id;
    let parts = stored::parts(m.store(), app, &upload.id).await?;
    let missing = (1..).zip(&parts).find(|(number, part)| part.number != *number);
    if let Some((number, _)) = missing.or(parts.is_empty().then_some((1, &NONE))) {
        return Err(is_missing(number));
    }
    let size = parts.iter().map(|part| part.size).sum();
    if caller.app.quota(Feature::FileBytesMax).is_some_and(|most| size > most) {
        return Err(Refusal::FileTooLarge.into());
    }
    let file = FileId::from_trusted(Uuid::new_v4().to_string());
    let head = join(m, caller, &upload.id, &parts, &file).await?;
    let attachments = m.store().attachments();
    let whole = attachments.find(app, &file, Part::Original).await?.ok_or(Refusal::FileNotFound)?;
    let wished = thumbnail_size(wishes.thumbnail, caller.app.settings.thumbnail);
    let thumbnail = match picture(&whole, &head).await? {
        Some(bytes) => thumbnail::store(m, app, &file, &bytes, wished).await?,
        None => ThumbnailSource::None,
    };
    let record = FileRecord {
        id: file,
        secret: super::new_secret(),
        name: NAME.to_owned(),
        content_type: content::type_of(&head).to_owned(),
        size,
        restricted: wishes.restrict,
        shared: false,
        thumbnail,
        created: m.clock().now(),
        expires: super::expiry(m, caller),
        uploader: caller.user().cloned(),
    };
    let kept = keep(m, app, record).await?;
    remove(m, app, &upload.id, &parts).await?;
    Ok(kept)
}

/// Ends an upload without a file.
pub async fn abort(m: &Messaging, caller: &Caller, id: &str) -> Result<()> {
    let upload = own(m, caller, id).await?;
    let parts = stored::parts(m.store(), caller.app.id, &upload.id).await?;
    remove(m, caller.app.id, &upload.id, &parts).await
}

/// Gives up what a deleted user was uploading.
pub(crate) async fn forget_user(m: &Messaging, app: AppId, user: &UserId) -> Result<()> {
    Ok(stored::give_up_all(m.store(), app, user).await?)
}

/// Removes uploads that nobody finished, of every app; answers how many.
pub(super) async fn sweep(m: &Messaging) -> Result<u64> {
    let mut swept = 0;
    loop {
        let ended = stored::ended(m.store(), m.clock().now(), BATCH).await?;
        if ended.is_empty() {
            return Ok(swept);
        }
        for (app, upload) in ended {
            let parts = stored::parts(m.store(), app, &upload).await?;
            remove(m, app, &upload, &parts).await?;
            swept += 1;
        }
    }
}

const NONE: UploadedPart = UploadedPart { number: 0, size: 0 };

fn is_missing(number: u32) -> hongyan_model::Error {
    Refusal::Invalid { name: "part_number", why: format!("{number} is missing") }.into()
}

/// The caller's own open upload.
async fn own(m: &Messaging, caller: &Caller, id: &str) -> Result<PartUpload> {
    let id = Uuid::try_parse(id).map_err(|_| Refusal::FileNotFound)?;
    let id = FileId::from_trusted(id.to_string());
    let found = stored::find(m.store(), caller.app.id, &id).await?;
    let is_own = |upload: &PartUpload| {
        upload.owner.as_ref() == caller.user() && upload.expires > m.clock().now()
    };
    Ok(found.filter(is_own).ok_or(Refusal::FileNotFound)?)
}

/// Copies the parts into a file, a part at a time; answers how the file begins.
async fn join(
    m: &Messaging,
    caller: &Caller,
    upload: &FileId,
    parts: &[UploadedPart],
    file: &FileId,
) -> Result<Bytes> {
    let app = caller.app.id;
    let attachments = m.store().attachments();
    let mut writing = attachments.write(app, file, Part::Original).await?;
    let mut head = BytesMut::new();
    // Parts may be smaller than the storage wants its pieces.
    let mut gathered = BytesMut::new();
    for part in parts {
        let found = attachments.find(app, upload, Part::Upload(part.number)).await?;
        // Its place was taken, but its bytes never came, or others did.
        let Some(found) = found.filter(|found| found.size() == part.size) else {
            writing.abort().await?;
            return Err(is_missing(part.number));
        };
        let bytes = found.read(0..part.size).await?;
        let wanted = content::HEAD_BYTES.saturating_sub(head.len()).min(bytes.len());
        head.extend_from_slice(&bytes[..wanted]);
        gathered.extend_from_slice(&bytes);
        if gathered.len() >= limits::UPLOAD_PART_BYTES {
            writing.add(std::mem::take(&mut gathered).freeze()).await?;
        }
    }
    if !gathered.is_empty() {
        writing.add(gathered.freeze()).await?;
    }
    writing.finish().await?;
    Ok(head.freeze())
}

/// The bytes of a file that begins as a picture does and is not too large for a thumbnail.
async fn picture(file: &Stored, head: &[u8]) -> Result<Option<Bytes>> {
    if thumbnail::picture_type(head).is_none() || file.size() > PICTURE_BYTES {
        return Ok(None);
    }
    Ok(Some(file.read(0..file.size()).await?))
}

/// First nobody may add to it, then the bytes go, then what is known of them: whatever stops this, a sweep goes on.
async fn remove(m: &Messaging, app: AppId, upload: &FileId, parts: &[UploadedPart]) -> Result<()> {
    stored::give_up(m.store(), app, upload).await?;
    let bytes = parts.iter().map(|part| Part::Upload(part.number)).collect::<Vec<_>>();
    m.store().attachments().delete_parts(app, upload, bytes).await?;
    Ok(stored::delete(m.store(), app, upload).await?)
}
