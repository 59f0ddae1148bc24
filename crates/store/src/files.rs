//! What is known of uploaded files; their bytes are in [`crate::attachments`].

use hongyan_model::{AppId, FileId, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, Row};

use crate::{Store, StoreError};

/// What is read of a file; `$of` is empty or such as `"x."`.
macro_rules! file_columns {
    ($of:literal) => {
        crate::columns::columns!(
            $of,
            "id",
            "secret",
            "name",
            "content_type",
            "size",
            "restricted",
            "thumbnail",
            "thumbnail_type",
            "created",
            "expires",
            "uploader"
        )
    };
}

pub(crate) use file_columns;

/// `restricted` of a file that a group or chat room shares; 0 and 1 are no and yes.
const SHARED: i64 = 2;

/// Where the thumbnail of a file is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ThumbnailSource {
    /// There is none.
    None,
    /// The file is a picture small enough to be its own.
    Original,
    /// Beside the file.
    Made {
        /// Its media type.
        content_type: String,
    },
}

/// An uploaded file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileRecord {
    /// Id.
    pub id: FileId,
    /// Whoever knows it may read the file.
    pub secret: String,
    /// Name given by the uploader.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Size in bytes.
    pub size: u64,
    /// Whether reading needs the secret or a token.
    pub restricted: bool,
    /// Whether a group or chat room shares it: then only its members read it, by way of that.
    pub shared: bool,
    /// Thumbnail.
    pub thumbnail: ThumbnailSource,
    /// When it was uploaded.
    pub created: Timestamp,
    /// When its lifetime ends; [`FOREVER`]: never.
    pub expires: Timestamp,
    /// The user who uploaded it; `None` for the app's server.
    pub uploader: Option<UserId>,
}

/// The end of the lifetime of a file that has none.
pub const FOREVER: Timestamp = Timestamp::MAX;

/// When the lifetime of files is to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lifetime {
    /// At this time.
    Until(Timestamp),
    /// So long after the upload (ms).
    OfUpload(i64),
}

/// Stores what is known of a new file.
pub async fn insert(store: &Store, app: AppId, file: &FileRecord) -> Result<(), StoreError> {
    insertion(app, file).execute(store.pool()).await?;
    Ok(())
}

/// The statement of [`insert`].
pub(crate) fn insertion(
    app: AppId,
    file: &FileRecord,
) -> sqlx::query::Query<'_, Any, sqlx::any::AnyArguments> {
    let (thumbnail, thumbnail_type) = match &file.thumbnail {
        ThumbnailSource::None => (0_i64, ""),
        ThumbnailSource::Original => (1, ""),
        ThumbnailSource::Made { content_type } => (2, content_type.as_str()),
    };
    let access: i64 = if file.shared { SHARED } else { file.restricted.into() };
    sqlx::query(
        "INSERT INTO files (app_id, id, secret, name, content_type, size, restricted, thumbnail, \
         thumbnail_type, created, expires, swept, uploader) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12)",
    )
    .bind(app.0)
    .bind(file.id.as_str())
    .bind(&file.secret)
    .bind(&file.name)
    .bind(&file.content_type)
    .bind(i64::try_from(file.size).unwrap_or(i64::MAX))
    .bind(access)
    .bind(thumbnail)
    .bind(thumbnail_type)
    .bind(file.created)
    .bind(file.expires)
    .bind(file.uploader.as_ref().map(UserId::as_str))
}

/// The file, if the app has one of this id; an expired one is still known for a while.
pub async fn find(
    store: &Store,
    app: AppId,
    file: &FileId,
) -> Result<Option<FileRecord>, StoreError> {
    let row = sqlx::query(concat!(
        "SELECT ",
        file_columns!(""),
        " FROM files WHERE app_id = $1 AND id = $2"
    ))
    .bind(app.0)
    .bind(file.as_str())
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read_file).transpose()
}

/// Gives a file another lifetime; `false` if the app has no such file, it has expired, a group or chat room shares it, or
/// `uploader` is somebody and has not uploaded it since then.
pub async fn set_lifetime(
    store: &Store,
    app: AppId,
    file: &FileId,
    lifetime: Lifetime,
    uploader: Option<(&UserId, Timestamp)>,
) -> Result<bool, StoreError> {
    let (of_upload, ms) = match lifetime {
        Lifetime::Until(time) => (0, time),
        Lifetime::OfUpload(ms) => (1, ms),
    };
    let changed = sqlx::query(
        "UPDATE files SET expires = $3 + created * $4 WHERE app_id = $1 AND id = $2 AND swept = 0 \
         AND expires > $5 AND restricted <> $6 AND ($7 = '' OR uploader = $7 AND created >= $8)",
    )
    .bind(app.0)
    .bind(file.as_str())
    .bind(ms)
    .bind(of_upload)
    .bind(store.now())
    .bind(SHARED)
    .bind(uploader.map_or("", |(user, _)| user.as_str()))
    .bind(uploader.map_or(0, |(_, since)| since))
    .execute(store.pool())
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Files of every app whose lifetime ended until `now` and whose bytes may still be there: `limit` of them
/// behind `after`, the longest expired first.
pub async fn expired(
    store: &Store,
    now: Timestamp,
    after: Option<&(Timestamp, AppId, FileId)>,
    limit: u32,
) -> Result<Vec<(Timestamp, AppId, FileId)>, StoreError> {
    let (expires, app, id) =
        after.map_or((i64::MIN, 0, ""), |(expires, app, id)| (*expires, app.0, id.as_str()));
    let rows = sqlx::query(
        "SELECT expires, app_id, id FROM files WHERE swept = 0 AND expires <= $1 \
         AND (expires, app_id, id) > ($2, $3, $4) ORDER BY expires, app_id, id LIMIT $5",
    )
    .bind(now)
    .bind(expires)
    .bind(app)
    .bind(id)
    .bind(i64::from(limit))
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        let id = FileId::from_trusted(row.try_get::<String, _>("id")?);
        Ok((row.try_get("expires")?, AppId(row.try_get("app_id")?), id))
    };
    rows.iter().map(read).collect()
}

/// Notes that the bytes of these files are gone.
pub async fn mark_swept(
    store: &Store,
    files: &[(Timestamp, AppId, FileId)],
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    for (_, app, file) in files {
        sqlx::query("UPDATE files SET swept = 1 WHERE app_id = $1 AND id = $2")
            .bind(app.0)
            .bind(file.as_str())
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Forgets up to `limit` files whose bytes are gone and whose lifetime ended until `before`; answers how many.
pub async fn forget(store: &Store, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let deleted = sqlx::query(
        "DELETE FROM files WHERE (app_id, id) IN (SELECT app_id, id FROM files \
         WHERE swept = 1 AND expires <= $1 ORDER BY expires, app_id, id LIMIT $2)",
    )
    .bind(before)
    .bind(i64::from(limit))
    .execute(store.pool())
    .await?;
    Ok(deleted.rows_affected())
}

pub(crate) fn read_file(row: &AnyRow) -> Result<FileRecord, StoreError> {
    let size = row.try_get::<i64, _>("size")?;
    let access = row.try_get::<i64, _>("restricted")?;
    let thumbnail = match row.try_get::<i64, _>("thumbnail")? {
        1 => ThumbnailSource::Original,
        2 => ThumbnailSource::Made { content_type: row.try_get("thumbnail_type")? },
        _ => ThumbnailSource::None,
    };
    Ok(FileRecord {
        id: FileId::from_trusted(row.try_get::<String, _>("id")?),
        secret: row.try_get("secret")?,
        name: row.try_get("name")?,
        content_type: row.try_get("content_type")?,
        size: u64::try_from(size).map_err(|source| StoreError::Unreadable {
            what: "file size",
            source: source.into(),
        })?,
        restricted: access != 0,
        shared: access == SHARED,
        thumbnail,
        created: row.try_get("created")?,
        expires: row.try_get("expires")?,
        uploader: row.try_get::<Option<String>, _>("uploader")?.map(UserId::from_trusted),
    })
}
