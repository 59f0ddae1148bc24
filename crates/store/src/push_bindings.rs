//! Where devices are reached by the push services of their vendors.

use hongyan_model::{AppId, Timestamp, UserId};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::contacts::lock_users;
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
    let binding = |row: &AnyRow| {
        Ok(PushBinding {
            device_id: row.try_get("device_id")?,
            notifier: row.try_get("notifier")?,
            device_token: row.try_get("device_token")?,
        })
    };
    rows.iter().map(binding).collect()
}
