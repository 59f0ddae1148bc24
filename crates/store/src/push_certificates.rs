//! Push certificates (证书管理): what vendors gave an app, sealed.

use hongyan_model::{AppId, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::app_cursors::PUSHES;
use crate::apps::lock_app;
use crate::{Store, StoreError};

const COLUMNS: &str = "id, name, kind, vendor, shown, enabled, expires, closed, closed_until, closed_why, created, updated";

/// A certificate, without its secrets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PushCertificate {
    /// Id, unique in the installation.
    pub id: String,
    /// By which bindings name it, unique in the app.
    pub name: String,
    /// Which fields it has.
    pub kind: String,
    /// Who delivers.
    pub vendor: String,
    /// JSON: its fields but the secrets.
    pub shown: String,
    /// Whether it is used.
    pub enabled: bool,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// Why it cannot be used for some time.
    pub closed: Option<Closed>,
    /// When it was added.
    pub created: Timestamp,
    /// When it was last saved.
    pub updated: Timestamp,
}

/// A certificate that its vendor does not take for some time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closed {
    /// Why.
    pub cause: Cause,
    /// Until then.
    pub until: Timestamp,
    /// In the vendor's words.
    pub why: String,
}

/// Why a certificate is closed. The numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The vendor refused it too often.
    Banned = 1,
    /// The vendor takes no more today.
    OverQuota = 2,
}

/// What became of a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    /// Stored.
    Done,
    /// Another certificate of the app has the name.
    NameTaken,
    /// The app has as many as it may have.
    Full,
    /// There is none of this id.
    NotFound,
}

/// Adds a certificate, if the app has fewer than `most`.
pub async fn insert(
    store: &Store,
    app: AppId,
    new: &PushCertificate,
    sealed: &[u8],
    most: usize,
) -> Result<Written, StoreError> {
    let mut tx = store.begin_write().await?;
    // Two at once would both find room.
    lock_app(&mut tx, app).await?;
    if is_taken(&mut tx, app, &new.name, &new.id).await? {
        return Ok(Written::NameTaken);
    }
    let row = sqlx::query("SELECT COUNT(*) AS n FROM push_certificates WHERE app_id = $1")
        .bind(app.0)
        .fetch_one(&mut *tx)
        .await?;
    if row.try_get::<i64, _>("n")? >= i64::try_from(most).unwrap_or(i64::MAX) {
        return Ok(Written::Full);
    }
    sqlx::query(
        "INSERT INTO push_certificates (app_id, id, name, kind, vendor, shown, sealed, enabled, expires, closed, \
         closed_until, closed_why, created, updated) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, '', $10, $11)",
    )
    .bind(app.0)
    .bind(new.id.as_str())
    .bind(new.name.as_str())
    .bind(new.kind.as_str())
    .bind(new.vendor.as_str())
    .bind(new.shown.as_str())
    .bind(sealed.to_vec())
    .bind(i64::from(new.enabled))
    .bind(new.expires)
    .bind(new.created)
    .bind(new.updated)
    .execute(&mut *tx)
    .await?;
    PUSHES.follow(&mut tx, app, new.created).await?;
    tx.commit().await?;
    Ok(Written::Done)
}

/// Saves a certificate again: whether it is enabled stays, and it is closed no more.
pub async fn update(
    store: &Store,
    app: AppId,
    new: &PushCertificate,
    sealed: &[u8],
) -> Result<Written, StoreError> {
    let mut tx = store.begin_write().await?;
    lock_app(&mut tx, app).await?;
    if is_taken(&mut tx, app, &new.name, &new.id).await? {
        return Ok(Written::NameTaken);
    }
    let done = sqlx::query(
        "UPDATE push_certificates SET name = $3, kind = $4, vendor = $5, shown = $6, sealed = $7, expires = $8, \
         closed = 0, closed_until = 0, closed_why = '', updated = $9 WHERE app_id = $1 AND id = $2",
    )
    .bind(app.0)
    .bind(new.id.as_str())
    .bind(new.name.as_str())
    .bind(new.kind.as_str())
    .bind(new.vendor.as_str())
    .bind(new.shown.as_str())
    .bind(sealed.to_vec())
    .bind(new.expires)
    .bind(new.updated)
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Written::NotFound);
    }
    tx.commit().await?;
    Ok(Written::Done)
}

/// Switches a certificate on or off; `false` if there is none.
pub async fn set_enabled(
    store: &Store,
    app: AppId,
    id: &str,
    enabled: bool,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE push_certificates SET enabled = $3 WHERE app_id = $1 AND id = $2")
            .bind(app.0)
            .bind(id)
            .bind(i64::from(enabled))
            .execute(store.pool())
            .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes that the vendor does not take a certificate, as it was saved at `updated`, for some time.
pub async fn close(
    store: &Store,
    app: AppId,
    (id, updated): (&str, Timestamp),
    closed: &Closed,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE push_certificates SET closed = $4, closed_until = $5, closed_why = $6 \
         WHERE app_id = $1 AND id = $2 AND updated = $3",
    )
    .bind(app.0)
    .bind(id)
    .bind(updated)
    .bind(closed.cause as i64)
    .bind(closed.until)
    .bind(closed.why.as_str())
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Removes a certificate; `false` if there is none. With the last one, the app's log is followed no more.
pub async fn delete(store: &Store, app: AppId, id: &str) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    // Whoever adds one at the same moment comes before or after, and the log is followed.
    lock_app(&mut tx, app).await?;
    let done = sqlx::query("DELETE FROM push_certificates WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    let left = sqlx::query("SELECT 1 AS found FROM push_certificates WHERE app_id = $1 LIMIT 1")
        .bind(app.0)
        .fetch_optional(&mut *tx)
        .await?;
    if left.is_none() {
        PUSHES.unfollow(&mut tx, app).await?;
    }
    tx.commit().await?;
    Ok(done.rows_affected() > 0)
}

/// The certificates of an app, the oldest first.
pub async fn list(store: &Store, app: AppId) -> Result<Vec<PushCertificate>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM push_certificates WHERE app_id = $1 ORDER BY created, id");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(app.0).fetch_all(store.pool()).await?;
    rows.iter().map(read).collect()
}

/// A certificate with what is sealed of it.
pub async fn find(
    store: &Store,
    app: AppId,
    id: &str,
) -> Result<Option<(PushCertificate, Vec<u8>)>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS}, sealed FROM push_certificates WHERE app_id = $1 AND id = $2");
    let row =
        sqlx::query(AssertSqlSafe(sql)).bind(app.0).bind(id).fetch_optional(store.pool()).await?;
    row.map(|row| Ok((read(&row)?, row.try_get("sealed")?))).transpose()
}

async fn is_taken(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    name: &str,
    own: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 AS found FROM push_certificates WHERE app_id = $1 AND name = $2 AND id <> $3",
    )
    .bind(app.0)
    .bind(name)
    .bind(own)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

fn read(row: &AnyRow) -> Result<PushCertificate, StoreError> {
    let cause = match row.try_get::<i64, _>("closed")? {
        1 => Some(Cause::Banned),
        2 => Some(Cause::OverQuota),
        _ => None,
    };
    let closed = match cause {
        Some(cause) => Some(Closed {
            cause,
            until: row.try_get("closed_until")?,
            why: row.try_get("closed_why")?,
        }),
        None => None,
    };
    Ok(PushCertificate {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        kind: row.try_get("kind")?,
        vendor: row.try_get("vendor")?,
        shown: row.try_get("shown")?,
        enabled: row.try_get::<i64, _>("enabled")? != 0,
        expires: row.try_get("expires")?,
        closed,
        created: row.try_get("created")?,
        updated: row.try_get("updated")?,
    })
}
