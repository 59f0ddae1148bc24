//! Real-time audio and video: the project of an app, and the numbers that its users have there.

use hongyan_model::{AppId, UserId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::contacts::lock_users;
use crate::counters::{Counted, change};
use crate::engine::placeholders;
use crate::{Store, StoreError};

/// The project of an app.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredProject {
    /// Its id.
    pub project: String,
    /// Its certificate, sealed.
    pub certificate: Vec<u8>,
}

/// Sets the project of an app.
pub async fn set_project(
    store: &Store,
    app: AppId,
    project: &StoredProject,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO rtc_projects (app_id, project, certificate) VALUES ($1, $2, $3) \
         ON CONFLICT (app_id) DO UPDATE SET project = excluded.project, certificate = excluded.certificate",
    )
    .bind(app.0)
    .bind(project.project.as_str())
    .bind(project.certificate.clone())
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Removes the project of an app. Its users keep their numbers.
pub async fn remove_project(store: &Store, app: AppId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM rtc_projects WHERE app_id = $1")
        .bind(app.0)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// The project of an app.
pub async fn project(store: &Store, app: AppId) -> Result<Option<StoredProject>, StoreError> {
    let row = sqlx::query("SELECT project, certificate FROM rtc_projects WHERE app_id = $1")
        .bind(app.0)
        .fetch_optional(store.pool())
        .await?;
    let project = |row: AnyRow| {
        Ok(StoredProject {
            project: row.try_get("project")?,
            certificate: row.try_get("certificate")?,
        })
    };
    row.map(project).transpose()
}

/// The number of a user, given out at first; `None` without such a user. It ends with the user, and nobody of the app
/// gets it again.
pub async fn uid(store: &Store, app: AppId, user: &UserId) -> Result<Option<i64>, StoreError> {
    const FIND: &str = "SELECT uid FROM rtc_users WHERE app_id = $1 AND user_id = $2";
    let find = || sqlx::query_scalar(FIND).bind(app.0).bind(user.as_str().to_owned());
    if let Some(uid) = find().fetch_optional(store.pool()).await? {
        return Ok(Some(uid));
    }
    let mut tx = store.begin_write().await?;
    if lock_users(&mut tx, app, &[user]).await?.is_some() {
        return Ok(None);
    }
    // Behind the user's row: who comes at the same time finds it.
    if let Some(uid) = find().fetch_optional(&mut *tx).await? {
        return Ok(Some(uid));
    }
    let uid = change(&mut tx, app, Counted::RtcUids, 1).await?;
    let uid = i64::try_from(uid).unwrap_or(i64::MAX);
    sqlx::query("INSERT INTO rtc_users (app_id, user_id, uid) VALUES ($1, $2, $3)")
        .bind(app.0)
        .bind(user.as_str())
        .bind(uid)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Some(uid))
}

/// Whose numbers these are; numbers of nobody are left out.
pub async fn users(
    store: &Store,
    app: AppId,
    uids: &[i64],
) -> Result<Vec<(i64, UserId)>, StoreError> {
    if uids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT uid, user_id FROM rtc_users WHERE app_id = $1 AND uid IN ({}) ORDER BY uid",
        placeholders(2, uids.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0);
    for uid in uids {
        query = query.bind(*uid);
    }
    let rows = query.fetch_all(store.pool()).await?;
    let user = |row: &AnyRow| {
        let user: String = row.try_get("user_id")?;
        Ok((row.try_get("uid")?, UserId::from_trusted(user)))
    };
    rows.iter().map(user).collect()
}
