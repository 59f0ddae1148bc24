//! Sessions that were ended by decision, for nodes that were not told of it.

use hongyan_model::{AppId, DeviceId, MessageId, UserId};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::{Store, StoreError};

/// Why sessions were ended. The numbers are stored: never reuse one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum EndReason {
    /// The user was deleted.
    UserRemoved = 0,
    /// The user has a new password.
    PasswordChanged = 1,
    /// The user was banned.
    Banned = 2,
    /// The customer's server, or the console, has logged it out.
    LoggedOut = 3,
}

impl EndReason {
    const ALL: [Self; 4] =
        [Self::UserRemoved, Self::PasswordChanged, Self::Banned, Self::LoggedOut];
}

/// The end of a user's sessions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionEnd {
    /// Names it; rises with time. Sessions that began later are not meant.
    pub id: MessageId,
    /// App.
    pub app: AppId,
    /// Whose sessions.
    pub user: UserId,
    /// On which device; `None`: on all.
    pub device: Option<DeviceId>,
    /// Why.
    pub reason: EndReason,
}

/// Notes an end.
pub async fn note(store: &Store, end: &SessionEnd) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO session_ends (id, app_id, user_id, device_id, reason) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(stored(end.id))
    .bind(end.app.0)
    .bind(end.user.as_str())
    .bind(end.device.as_ref().map_or("", DeviceId::as_str))
    .bind(end.reason as i64)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// The ends behind `after`, in the order of their ids.
pub async fn since(
    store: &Store,
    after: MessageId,
    limit: usize,
) -> Result<Vec<SessionEnd>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, app_id, user_id, device_id, reason FROM session_ends WHERE id > $1 ORDER BY id LIMIT $2",
    )
    .bind(stored(after))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read).collect()
}

/// Removes up to `limit` of those that are not younger than `before`; answers how many.
pub async fn forget(store: &Store, before: MessageId, limit: usize) -> Result<u64, StoreError> {
    let removed = sqlx::query(
        "DELETE FROM session_ends WHERE id IN \
         (SELECT id FROM session_ends WHERE id <= $1 ORDER BY id LIMIT $2)",
    )
    .bind(stored(before))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .execute(store.pool())
    .await?;
    Ok(removed.rows_affected())
}

fn read(row: &AnyRow) -> Result<SessionEnd, StoreError> {
    let number: i64 = row.try_get("reason")?;
    // Of one that a newer version has noted it is looked up whether the user may still be connected, as after a ban.
    let reason = EndReason::ALL.into_iter().find(|reason| *reason as i64 == number);
    let device: String = row.try_get("device_id")?;
    Ok(SessionEnd {
        id: MessageId(u64::try_from(row.try_get::<i64, _>("id")?).unwrap_or_default()),
        app: AppId(row.try_get("app_id")?),
        user: UserId::from_trusted(row.try_get::<String, _>("user_id")?),
        device: (!device.is_empty()).then(|| DeviceId::from_trusted(device)),
        reason: reason.unwrap_or(EndReason::Banned),
    })
}

/// Ids have 63 bits, so nothing is lost.
fn stored(id: MessageId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}
