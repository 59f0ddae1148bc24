//! Files that a group or chat room shares. What is known of the file itself is in [`crate::files`].

use hongyan_model::{AppId, FileId, Muc, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use crate::files::{self, FileRecord, file_columns, read_file};
use crate::members::rows_of;
use crate::{Store, StoreError, muc};

/// A shared file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SharedFile {
    /// The file.
    pub file: FileRecord,
    /// Who shared it.
    pub owner: UserId,
}

/// What became of [`insert`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sharing {
    /// It is shared.
    Done,
    /// There is no such group or room.
    Nowhere,
    /// As many files are shared as may be.
    Full,
}

/// Stores a new file as one that a group or room shares, of which there may be `limit`; expired ones do not count.
pub async fn insert(
    store: &Store,
    app: AppId,
    muc: &Muc,
    shared: &SharedFile,
    limit: usize,
) -> Result<Sharing, StoreError> {
    let mut tx = store.begin_write().await?;
    if muc::lock(&mut tx, app, muc).await?.is_none() {
        return Ok(Sharing::Nowhere);
    }
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM muc_files s JOIN files f ON f.app_id = s.app_id AND f.id = s.file_id \
         WHERE s.app_id = $1 AND s.muc_id = $2 AND f.expires > $3",
    )
    .bind(app.0)
    .bind(muc.id())
    .bind(shared.file.created)
    .fetch_one(&mut *tx)
    .await?;
    if row.try_get::<i64, _>("n")? >= rows_of(limit) {
        return Ok(Sharing::Full);
    }
    files::insertion(app, &shared.file).execute(&mut *tx).await?;
    sqlx::query(
        "INSERT INTO muc_files (app_id, muc_id, file_id, owner, created) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(app.0)
    .bind(muc.id())
    .bind(shared.file.id.as_str())
    .bind(shared.owner.as_str())
    .bind(shared.file.created)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Sharing::Done)
}

/// The files of a group or room that have not expired, the newest first: `limit` from place `offset` (from 0) on.
pub async fn list(
    store: &Store,
    app: AppId,
    muc: &Muc,
    now: Timestamp,
    (offset, limit): (usize, usize),
) -> Result<Vec<SharedFile>, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT s.owner, ",
        file_columns!("f."),
        " FROM muc_files s JOIN files f ON f.app_id = s.app_id AND f.id = s.file_id ",
        "WHERE s.app_id = $1 AND s.muc_id = $2 AND f.expires > $3 ",
        "ORDER BY s.created DESC, s.file_id LIMIT $4 OFFSET $5",
    ))
    .bind(app.0)
    .bind(muc.id())
    .bind(now)
    .bind(rows_of(limit))
    .bind(rows_of(offset))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read_shared).collect()
}

/// One of them; an expired one is still known for a while.
pub async fn find(
    store: &Store,
    app: AppId,
    muc: &Muc,
    file: &FileId,
) -> Result<Option<SharedFile>, StoreError> {
    let row = sqlx::query(concat!(
        "SELECT s.owner, ",
        file_columns!("f."),
        " FROM muc_files s JOIN files f ON f.app_id = s.app_id AND f.id = s.file_id ",
        "WHERE s.app_id = $1 AND s.muc_id = $2 AND s.file_id = $3",
    ))
    .bind(app.0)
    .bind(muc.id())
    .bind(file.as_str())
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read_shared).transpose()
}

/// Ends the sharing of a file, whose bytes go with the next sweep; answers whether there was one.
pub async fn remove(
    store: &Store,
    app: AppId,
    muc: &Muc,
    file: &FileId,
) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    let removed =
        sqlx::query("DELETE FROM muc_files WHERE app_id = $1 AND muc_id = $2 AND file_id = $3")
            .bind(app.0)
            .bind(muc.id())
            .bind(file.as_str())
            .execute(&mut *tx)
            .await?;
    if removed.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("UPDATE files SET expires = 0 WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(file.as_str())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// [`remove`] for everything of a group or room that is being deleted in `tx`.
pub(crate) async fn clear(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    muc: &str,
) -> Result<(), StoreError> {
    for text in [
        "UPDATE files SET expires = 0 WHERE app_id = $1 \
         AND id IN (SELECT file_id FROM muc_files WHERE app_id = $1 AND muc_id = $2)",
        "DELETE FROM muc_files WHERE app_id = $1 AND muc_id = $2",
    ] {
        sqlx::query(text).bind(app.0).bind(muc).execute(&mut **tx).await?;
    }
    Ok(())
}

fn read_shared(row: &AnyRow) -> Result<SharedFile, StoreError> {
    let owner = UserId::from_trusted(row.try_get::<String, _>("owner")?);
    Ok(SharedFile { file: read_file(row)?, owner })
}
