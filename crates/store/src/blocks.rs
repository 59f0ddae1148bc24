//! Block lists of users.

use hongyan_model::{AppId, Timestamp, UserId};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::contacts::lock_users;
use crate::{Store, StoreError};

/// Somebody on a block list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blocked {
    /// Who.
    pub user: UserId,
    /// Since when.
    pub created: Timestamp,
}

/// What became of [`add`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Addition {
    /// All are on the list; these were not before.
    Done(Vec<UserId>),
    /// This one is no user of the app; none was added.
    UnknownUser(UserId),
    /// They would be too many; none was added.
    Full,
}

/// Puts `users` on the list of `owner`, which may grow to `most` (`None` is no limit): all of them, or none.
pub async fn add(
    store: &Store,
    app: AppId,
    owner: &UserId,
    users: &[UserId],
    most: Option<u64>,
    now: Timestamp,
) -> Result<Addition, StoreError> {
    let mut tx = store.begin_write().await?;
    let mut locked: Vec<&UserId> = users.iter().collect();
    locked.push(owner);
    if let Some(missing) = lock_users(&mut tx, app, &locked).await? {
        return Ok(Addition::UnknownUser(missing));
    }
    let mut added = Vec::with_capacity(users.len());
    for user in users {
        let inserted = sqlx::query(
            "INSERT INTO blocks (app_id, user_id, blocked_id, created) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        )
        .bind(app.0)
        .bind(owner.as_str())
        .bind(user.as_str())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        if inserted.rows_affected() > 0 {
            added.push(user.clone());
        }
    }
    let row = sqlx::query("SELECT COUNT(*) AS n FROM blocks WHERE app_id = $1 AND user_id = $2")
        .bind(app.0)
        .bind(owner.as_str())
        .fetch_one(&mut *tx)
        .await?;
    let blocked = u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or_default();
    if most.is_some_and(|most| blocked > most) {
        return Ok(Addition::Full);
    }
    tx.commit().await?;
    Ok(Addition::Done(added))
}

/// Takes `users` off the list of `owner`; answers those who were on it.
pub async fn remove(
    store: &Store,
    app: AppId,
    owner: &UserId,
    users: &[UserId],
) -> Result<Vec<UserId>, StoreError> {
    let mut tx = store.begin_write().await?;
    let mut removed = Vec::new();
    for user in users {
        let deleted = sqlx::query(
            "DELETE FROM blocks WHERE app_id = $1 AND user_id = $2 AND blocked_id = $3",
        )
        .bind(app.0)
        .bind(owner.as_str())
        .bind(user.as_str())
        .execute(&mut *tx)
        .await?;
        if deleted.rows_affected() > 0 {
            removed.push(user.clone());
        }
    }
    tx.commit().await?;
    Ok(removed)
}

/// Whom `owner` blocks, the newest first, behind the one `after` with its age.
pub async fn page(
    store: &Store,
    app: AppId,
    owner: &UserId,
    after: Option<(Timestamp, UserId)>,
    limit: usize,
) -> Result<Vec<Blocked>, StoreError> {
    let (created, id) =
        after.map_or((i64::MAX, String::new()), |(created, id)| (created, id.as_str().to_owned()));
    let rows = sqlx::query(
        "SELECT blocked_id, created FROM blocks WHERE app_id = $1 AND user_id = $2 \
         AND (created, blocked_id) < ($3, $4) ORDER BY created DESC, blocked_id DESC LIMIT $5",
    )
    .bind(app.0)
    .bind(owner.as_str())
    .bind(created)
    .bind(id)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        Ok(Blocked {
            user: UserId::from_trusted(row.try_get::<String, _>("blocked_id")?),
            created: row.try_get("created")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Takes `user` off every list; answers whose lists they were.
pub async fn remove_everywhere(
    store: &Store,
    app: AppId,
    user: &UserId,
) -> Result<Vec<UserId>, StoreError> {
    let rows =
        sqlx::query("DELETE FROM blocks WHERE app_id = $1 AND blocked_id = $2 RETURNING user_id")
            .bind(app.0)
            .bind(user.as_str())
            .fetch_all(store.pool())
            .await?;
    let read = |row: &AnyRow| Ok(UserId::from_trusted(row.try_get::<String, _>("user_id")?));
    rows.iter().map(read).collect()
}
