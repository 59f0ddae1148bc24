//! Users who may not write, anywhere in their app.

use hongyan_model::{AppId, Timestamp, UserId};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::contacts::lock_users;
use crate::{Store, StoreError};

/// Mutes that are dropped at once.
const DROPPED: i64 = 100;

/// Until when a user may not write (Unix ms): the past where it may, the greatest number for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Mutes {
    /// To users.
    pub to_users: Timestamp,
    /// To groups.
    pub to_groups: Timestamp,
    /// To rooms.
    pub to_rooms: Timestamp,
}

impl Mutes {
    /// When the last of them ends.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.to_users.max(self.to_groups).max(self.to_rooms)
    }
}

/// Changes a user's mutes as `change` says, which gets them as they are; `None` without such a user.
pub async fn update(
    store: &Store,
    app: AppId,
    user: &UserId,
    change: impl FnOnce(&mut Mutes) + Send,
) -> Result<Option<Mutes>, StoreError> {
    let mut tx = store.begin_write().await?;
    if lock_users(&mut tx, app, &[user]).await?.is_some() {
        return Ok(None);
    }
    let row = sqlx::query(
        "SELECT to_users, to_groups, to_rooms FROM user_mutes WHERE app_id = $1 AND user_id = $2",
    )
    .bind(app.0)
    .bind(user.as_str())
    .fetch_optional(&mut *tx)
    .await?;
    let mut mutes = row.as_ref().map(read_mutes).transpose()?.unwrap_or_default();
    change(&mut mutes);
    sqlx::query(
        "INSERT INTO user_mutes (app_id, user_id, to_users, to_groups, to_rooms, expires) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (app_id, user_id) DO UPDATE SET to_users = excluded.to_users, \
         to_groups = excluded.to_groups, to_rooms = excluded.to_rooms, expires = excluded.expires",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(mutes.to_users)
    .bind(mutes.to_groups)
    .bind(mutes.to_rooms)
    .bind(mutes.expires())
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Some(mutes))
}

/// Drops some mutes of the app that are over.
pub async fn drop_expired(store: &Store, app: AppId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM user_mutes WHERE app_id = $1 AND expires <= $2 AND user_id IN \
         (SELECT user_id FROM user_mutes WHERE app_id = $1 AND expires <= $2 ORDER BY expires LIMIT $3)",
    )
    .bind(app.0)
    .bind(now)
    .bind(DROPPED)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// A user's mutes; `None` if it never had any, or they were over long ago.
pub async fn find(store: &Store, app: AppId, user: &UserId) -> Result<Option<Mutes>, StoreError> {
    let row = sqlx::query(
        "SELECT to_users, to_groups, to_rooms FROM user_mutes WHERE app_id = $1 AND user_id = $2",
    )
    .bind(app.0)
    .bind(user.as_str())
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read_mutes).transpose()
}

/// Users with a mute that lasts beyond `now`, by id: `limit` of them from place `offset` (from 0) on.
pub async fn page(
    store: &Store,
    app: AppId,
    now: Timestamp,
    offset: usize,
    limit: usize,
) -> Result<Vec<(UserId, Mutes)>, StoreError> {
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let rows = sqlx::query(
        "SELECT user_id, to_users, to_groups, to_rooms FROM user_mutes \
         WHERE app_id = $1 AND expires > $2 ORDER BY user_id LIMIT $3 OFFSET $4",
    )
    .bind(app.0)
    .bind(now)
    .bind(number(limit))
    .bind(number(offset))
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        Ok((UserId::from_trusted(row.try_get::<String, _>("user_id")?), read_mutes(row)?))
    };
    rows.iter().map(read).collect()
}

fn read_mutes(row: &AnyRow) -> Result<Mutes, StoreError> {
    Ok(Mutes {
        to_users: row.try_get("to_users")?,
        to_groups: row.try_get("to_groups")?,
        to_rooms: row.try_get("to_rooms")?,
    })
}
