//! Where devices are reached by the push services of their vendors.

use hongyan_model::{AppId, GroupId, MessageId, ThreadId, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::contacts::lock_users;
use crate::engine::placeholders;
use crate::members::{rows_of, signed};
use crate::{Store, StoreError};

/// A device's address at a push service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PushBinding {
    /// The device, as the client names it.
    pub device_id: String,
    /// The certificate that reaches it.
    pub notifier: String,
    /// Its address there.
    pub device_token: String,
}

/// Binds a device; `false` without such a user. The address is taken from whoever had it before, and of more than
/// `limit` bindings of the user the oldest go.
pub async fn bind(
    store: &Store,
    app: AppId,
    user: &UserId,
    binding: &PushBinding,
    limit: usize,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    if lock_users(&mut tx, app, &[user]).await?.is_some() {
        return Ok(false);
    }
    sqlx::query(
        "DELETE FROM push_bindings WHERE app_id = $1 AND notifier = $2 AND device_token = $3",
    )
    .bind(app.0)
    .bind(binding.notifier.as_str())
    .bind(binding.device_token.as_str())
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO push_bindings (app_id, user_id, device_id, notifier, device_token, modified) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (app_id, user_id, device_id, notifier) \
         DO UPDATE SET device_token = excluded.device_token, modified = excluded.modified",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(binding.device_id.as_str())
    .bind(binding.notifier.as_str())
    .bind(binding.device_token.as_str())
    .bind(now)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "DELETE FROM push_bindings WHERE app_id = $1 AND user_id = $2 AND (device_id, notifier) NOT IN \
         (SELECT device_id, notifier FROM push_bindings WHERE app_id = $1 AND user_id = $2 \
          ORDER BY modified DESC, device_id, notifier LIMIT $3)",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Unbinds a device from one certificate, or from all.
pub async fn unbind(
    store: &Store,
    app: AppId,
    user: &UserId,
    device_id: &str,
    notifier: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM push_bindings WHERE app_id = $1 AND user_id = $2 AND device_id = $3 \
         AND ($4 = '' OR notifier = $4)",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(device_id)
    .bind(notifier.unwrap_or_default())
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Unbinds a device from all certificates to which it was bound before `before`.
pub async fn unbind_before(
    store: &Store,
    app: AppId,
    user: &UserId,
    device_id: &str,
    before: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM push_bindings WHERE app_id = $1 AND user_id = $2 AND device_id = $3 AND modified < $4",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(device_id)
    .bind(before)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// The bindings of a user, by device and certificate.
pub async fn of_user(
    store: &Store,
    app: AppId,
    user: &UserId,
) -> Result<Vec<PushBinding>, StoreError> {
    let rows = sqlx::query(
        "SELECT device_id, notifier, device_token FROM push_bindings WHERE app_id = $1 AND user_id = $2 \
         ORDER BY device_id, notifier",
    )
    .bind(app.0)
    .bind(user.as_str())
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read).collect()
}

/// The bindings of these users.
pub async fn of_users(
    store: &Store,
    app: AppId,
    users: &[UserId],
) -> Result<Vec<(UserId, PushBinding)>, StoreError> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT user_id, device_id, notifier, device_token FROM push_bindings \
         WHERE app_id = $1 AND user_id IN ({}) ORDER BY user_id, device_id, notifier",
        placeholders(2, users.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0);
    for user in users {
        query = query.bind(user.as_str());
    }
    query.fetch_all(store.pool()).await?.iter().map(read_with_user).collect()
}

/// A group or a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Circle<'a> {
    /// A group.
    Group(&'a GroupId),
    /// A thread.
    Thread(&'a ThreadId),
}

/// The bindings of up to `limit` members who have any, those behind `after`, by their names: of those for whom an entry at
/// `place` in the log is meant.
pub async fn of_members(
    store: &Store,
    app: AppId,
    circle: Circle<'_>,
    (place, after): (MessageId, Option<&UserId>),
    limit: usize,
) -> Result<Vec<(UserId, PushBinding)>, StoreError> {
    let (table, column, id, hears) = match circle {
        // Who does not want to hear the group gets nothing of it.
        Circle::Group(group) => {
            ("group_members", "group_id", group.as_str(), "AND m.heard_from < $4")
        }
        Circle::Thread(thread) => ("thread_members", "thread_id", thread.as_str(), ""),
    };
    let sql = format!(
        "SELECT b.user_id, b.device_id, b.notifier, b.device_token FROM push_bindings b JOIN \
         (SELECT m.user_id FROM {table} m WHERE m.app_id = $1 AND m.{column} = $2 AND m.user_id > $3 \
         AND m.joined_at < $4 {hears} AND EXISTS (SELECT 1 FROM push_bindings p WHERE p.app_id = $1 AND p.user_id = m.user_id) \
         ORDER BY m.user_id LIMIT $5) bound ON bound.user_id = b.user_id \
         WHERE b.app_id = $1 ORDER BY b.user_id, b.device_id, b.notifier"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(app.0)
        .bind(id)
        .bind(after.map_or("", UserId::as_str))
        .bind(signed(place.0))
        .bind(rows_of(limit))
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(read_with_user).collect()
}

/// Unbinds every device of a user.
pub async fn forget_user(store: &Store, app: AppId, user: &UserId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM push_bindings WHERE app_id = $1 AND user_id = $2")
        .bind(app.0)
        .bind(user.as_str())
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Removes an address that its vendor does not know any more, unless the device has got another one meanwhile.
pub async fn forget_token(
    store: &Store,
    app: AppId,
    notifier: &str,
    token: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM push_bindings WHERE app_id = $1 AND notifier = $2 AND device_token = $3",
    )
    .bind(app.0)
    .bind(notifier)
    .bind(token)
    .execute(store.pool())
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<PushBinding, StoreError> {
    Ok(PushBinding {
        device_id: row.try_get("device_id")?,
        notifier: row.try_get("notifier")?,
        device_token: row.try_get("device_token")?,
    })
}

fn read_with_user(row: &AnyRow) -> Result<(UserId, PushBinding), StoreError> {
    Ok((UserId::from_trusted(row.try_get::<String, _>("user_id")?), read(row)?))
}
