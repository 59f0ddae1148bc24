//! Uploads in parts that are not finished yet; the bytes of the parts are in [`crate::attachments`].

use hongyan_model::{AppId, FileId, Timestamp, UserId};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::{Store, StoreError};

/// An upload that is not finished.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartUpload {
    /// Its id, which is no file's.
    pub id: FileId,
    /// Whose it is; `None` is the app's server.
    pub owner: Option<UserId>,
    /// When it began.
    pub created: Timestamp,
    /// When it is given up.
    pub expires: Timestamp,
}

/// A part whose place is taken; its bytes may not be there yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UploadedPart {
    /// Its place, from 1.
    pub number: u32,
    /// Its size in bytes.
    pub size: u64,
}

/// Stores a new upload. Of its owner's uploads the newest `keep` stay, this one among them; the others are given up
/// now, and the next sweep removes them.
pub async fn insert(
    store: &Store,
    app: AppId,
    upload: &PartUpload,
    keep: u32,
) -> Result<(), StoreError> {
    let owner = owner_text(upload.owner.as_ref());
    let mut tx = store.begin_write().await?;
    sqlx::query(
        "INSERT INTO part_uploads (app_id, id, user_id, created, expires) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(app.0)
    .bind(upload.id.as_str())
    .bind(owner)
    .bind(upload.created)
    .bind(upload.expires)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "UPDATE part_uploads SET expires = 0 WHERE app_id = $1 AND user_id = $2 AND expires > 0 AND id NOT IN \
         (SELECT id FROM part_uploads WHERE app_id = $1 AND user_id = $2 ORDER BY created DESC, id LIMIT $3)",
    )
    .bind(app.0)
    .bind(owner)
    .bind(i64::from(keep))
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// The upload, if there is one.
pub async fn find(
    store: &Store,
    app: AppId,
    upload: &FileId,
) -> Result<Option<PartUpload>, StoreError> {
    let row = sqlx::query(
        "SELECT id, user_id, created, expires FROM part_uploads WHERE app_id = $1 AND id = $2",
    )
    .bind(app.0)
    .bind(upload.as_str())
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read_upload).transpose()
}

/// The parts of an upload, in order.
pub async fn parts(
    store: &Store,
    app: AppId,
    upload: &FileId,
) -> Result<Vec<UploadedPart>, StoreError> {
    let rows = sqlx::query(
        "SELECT part, size FROM upload_parts WHERE app_id = $1 AND upload_id = $2 ORDER BY part",
    )
    .bind(app.0)
    .bind(upload.as_str())
    .fetch_all(store.pool())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(UploadedPart {
                number: u32::try_from(row.try_get::<i64, _>("part")?).map_err(unreadable)?,
                size: u64::try_from(row.try_get::<i64, _>("size")?).map_err(unreadable)?,
            })
        })
        .collect()
}

/// Takes the place of a part, before its bytes are written: whatever is on the disk has one, and no upload takes more
/// than it may. An earlier part of this number loses it. `false` if all parts together would exceed `most`, or if the
/// upload is gone.
pub async fn reserve(
    store: &Store,
    app: AppId,
    upload: &FileId,
    part: UploadedPart,
    most: u64,
) -> Result<bool, StoreError> {
    let size = i64::try_from(part.size).unwrap_or(i64::MAX);
    let mut tx = store.begin_write().await?;
    // Takes the upload's row, so that two parts at once are added one after the other.
    let held = sqlx::query(
        "UPDATE part_uploads SET created = created WHERE app_id = $1 AND id = $2 AND expires > 0",
    )
    .bind(app.0)
    .bind(upload.as_str())
    .execute(&mut *tx)
    .await?;
    if held.rows_affected() == 0 {
        return Ok(false);
    }
    let others = sqlx::query(
        "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) AS total FROM upload_parts \
         WHERE app_id = $1 AND upload_id = $2 AND part <> $3",
    )
    .bind(app.0)
    .bind(upload.as_str())
    .bind(i64::from(part.number))
    .fetch_one(&mut *tx)
    .await?;
    let total = others.try_get::<i64, _>("total")?.saturating_add(size);
    if u64::try_from(total).map_err(unreadable)? > most {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO upload_parts (app_id, upload_id, part, size) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (app_id, upload_id, part) DO UPDATE SET size = EXCLUDED.size",
    )
    .bind(app.0)
    .bind(upload.as_str())
    .bind(i64::from(part.number))
    .bind(size)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Gives an upload up: nobody adds to it or finishes it any more, and the next sweep removes it. `false` if somebody
/// has done so before.
pub async fn give_up(store: &Store, app: AppId, upload: &FileId) -> Result<bool, StoreError> {
    let given_up = sqlx::query(
        "UPDATE part_uploads SET expires = 0 WHERE app_id = $1 AND id = $2 AND expires > 0",
    )
    .bind(app.0)
    .bind(upload.as_str())
    .execute(store.pool())
    .await?;
    Ok(given_up.rows_affected() > 0)
}

/// [`give_up`] for all uploads of a user.
pub async fn give_up_all(store: &Store, app: AppId, user: &UserId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE part_uploads SET expires = 0 WHERE app_id = $1 AND user_id = $2 AND expires > 0",
    )
    .bind(app.0)
    .bind(user.as_str())
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Uploads of every app that are given up or whose time ended until `now`, `limit` of them.
pub async fn ended(
    store: &Store,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<(AppId, FileId)>, StoreError> {
    let rows = sqlx::query(
        "SELECT app_id, id FROM part_uploads WHERE expires <= $1 ORDER BY expires, app_id, id LIMIT $2",
    )
    .bind(now)
    .bind(i64::from(limit))
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        let id = FileId::from_trusted(row.try_get::<String, _>("id")?);
        Ok((AppId(row.try_get("app_id")?), id))
    };
    rows.iter().map(read).collect()
}

/// Forgets an upload whose bytes are gone.
pub async fn delete(store: &Store, app: AppId, upload: &FileId) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    for sql in [
        "DELETE FROM upload_parts WHERE app_id = $1 AND upload_id = $2",
        "DELETE FROM part_uploads WHERE app_id = $1 AND id = $2",
    ] {
        sqlx::query(sql).bind(app.0).bind(upload.as_str()).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn owner_text(owner: Option<&UserId>) -> &str {
    owner.map_or("", |user| user.as_str())
}

fn read_upload(row: &AnyRow) -> Result<PartUpload, StoreError> {
    let owner: String = row.try_get("user_id")?;
    Ok(PartUpload {
        id: FileId::from_trusted(row.try_get::<String, _>("id")?),
        owner: (!owner.is_empty()).then(|| UserId::from_trusted(owner)),
        created: row.try_get("created")?,
        expires: row.try_get("expires")?,
    })
}

fn unreadable(source: std::num::TryFromIntError) -> StoreError {
    StoreError::Unreadable { what: "part of an upload", source: source.into() }
}
