//! Presence: what users publish of themselves, and who follows whom.

use hongyan_model::{AppId, DeviceId, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::contacts::lock_users;
use crate::engine::placeholders;
use crate::members::rows_of;
use crate::{Store, StoreError};

/// What a user has published.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Published {
    /// The user's own words.
    pub ext: String,
    /// Numbers that stand for the status of single devices while they are connected, the newest last.
    pub statuses: Vec<(DeviceId, u32)>,
    /// When it was published.
    pub at: Timestamp,
}

/// A user as far as its presence is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredPresence {
    /// Who.
    pub user: UserId,
    /// When it registered.
    pub created: Timestamp,
    /// What it has published, if ever.
    pub published: Option<Published>,
    /// The device that came or went last, and when, as far as the history of connections is kept.
    pub last_seen: Option<(DeviceId, Timestamp)>,
}

/// Somebody who follows the presence of somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subscription {
    /// Who follows.
    pub follower: UserId,
    /// Whom.
    pub followed: UserId,
    /// Until when.
    pub expires: Timestamp,
}

/// For how long somebody wants to follow, and what is allowed.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Until when.
    pub expires: Timestamp,
    /// Now: what ended before does not count.
    pub now: Timestamp,
    /// Users whom one user may follow; those who would end first give way.
    pub most_followed: Option<u64>,
    /// Users who may follow one user.
    pub most_followers: Option<u64>,
}

/// What became of [`subscribe`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subscribed {
    /// These of the users asked for are followed now; the others do not exist, or there was no place for them.
    Done(Vec<UserId>),
    /// This one has as many followers as it may have; nothing is stored.
    Full(UserId),
}

/// The stored presence of those of `users` who exist.
pub async fn find(
    store: &Store,
    app: AppId,
    users: &[UserId],
) -> Result<Vec<StoredPresence>, StoreError> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT u.id, u.created, p.ext, p.statuses, p.at, e.device, e.time \
         FROM users u LEFT JOIN presences p ON p.app_id = u.app_id AND p.user_id = u.id \
         LEFT JOIN connection_events e ON e.id = (SELECT MAX(l.id) FROM connection_events l \
         WHERE l.app_id = u.app_id AND l.user_id = u.id) WHERE u.app_id = $1 AND u.id IN ({})",
        placeholders(2, users.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0);
    for user in users {
        query = query.bind(user.as_str());
    }
    query.fetch_all(store.pool()).await?.iter().map(read_presence).collect()
}

/// Changes what a user has published as `change` says, which gets it as it is; `false` without such a user.
pub async fn publish(
    store: &Store,
    app: AppId,
    user: &UserId,
    change: impl FnOnce(&mut Published) + Send,
) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    if lock_users(&mut tx, app, &[user]).await?.is_some() {
        return Ok(false);
    }
    let row =
        sqlx::query("SELECT ext, statuses, at FROM presences WHERE app_id = $1 AND user_id = $2")
            .bind(app.0)
            .bind(user.as_str())
            .fetch_optional(&mut *tx)
            .await?;
    let published = row.as_ref().map(read_published).transpose()?.flatten();
    let mut published = published.unwrap_or_default();
    change(&mut published);
    let statuses = serde_json::to_string(&published.statuses).map_err(unreadable)?;
    sqlx::query(
        "INSERT INTO presences (app_id, user_id, ext, statuses, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (app_id, user_id) DO UPDATE SET ext = excluded.ext, \
         statuses = excluded.statuses, at = excluded.at",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(published.ext)
    .bind(statuses)
    .bind(published.at)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Lets `follower` follow `followed`, each named once. Takes the rows of all of them, in the order of their ids: no
/// limit is exceeded by two calls at once.
pub async fn subscribe(
    store: &Store,
    app: AppId,
    follower: &UserId,
    followed: &[UserId],
    terms: Terms,
) -> Result<Subscribed, StoreError> {
    let mut tx = store.begin_write().await?;
    let mut named: Vec<&UserId> = followed.iter().chain([follower]).collect();
    named.sort();
    let mut known = Vec::with_capacity(followed.len());
    for user in named {
        let exists = lock_users(&mut tx, app, &[user]).await?.is_none();
        if exists && user != follower {
            known.push(user);
        }
    }
    sqlx::query(
        "DELETE FROM presence_subscriptions WHERE app_id = $1 AND follower = $2 AND expires <= $3",
    )
    .bind(app.0)
    .bind(follower.as_str())
    .bind(terms.now)
    .execute(&mut *tx)
    .await?;
    for user in &known {
        if let Some(most) = terms.most_followers
            && other_followers(&mut tx, app, (follower, user), terms.now).await? >= most
        {
            return Ok(Subscribed::Full((*user).clone()));
        }
        sqlx::query(
            "INSERT INTO presence_subscriptions (app_id, follower, followed, expires) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (app_id, follower, followed) \
             DO UPDATE SET expires = excluded.expires",
        )
        .bind(app.0)
        .bind(follower.as_str())
        .bind(user.as_str())
        .bind(terms.expires)
        .execute(&mut *tx)
        .await?;
    }
    if let Some(most) = terms.most_followed {
        let dropped = drop_surplus(&mut tx, app, follower, &known, most).await?;
        known.retain(|user| !dropped.contains(user));
    }
    tx.commit().await?;
    Ok(Subscribed::Done(known.into_iter().cloned().collect()))
}

/// Users other than `follower` who follow `followed` now.
async fn other_followers(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    (follower, followed): (&UserId, &UserId),
    now: Timestamp,
) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM presence_subscriptions \
         WHERE app_id = $1 AND followed = $2 AND expires > $3 AND follower <> $4",
    )
    .bind(app.0)
    .bind(followed.as_str())
    .bind(now)
    .bind(follower.as_str())
    .fetch_one(&mut **tx)
    .await?;
    Ok(u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or_default())
}

/// Leaves `follower` with `most` subscriptions: first those to `kept`, then those that last longest; whom it follows no
/// longer.
async fn drop_surplus(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    follower: &UserId,
    kept: &[&UserId],
    most: u64,
) -> Result<Vec<UserId>, StoreError> {
    if kept.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "DELETE FROM presence_subscriptions WHERE app_id = $1 AND follower = $2 AND followed IN \
         (SELECT followed FROM presence_subscriptions WHERE app_id = $1 AND follower = $2 \
         ORDER BY CASE WHEN followed IN ({}) THEN 0 ELSE 1 END, expires DESC, followed \
         LIMIT $3 OFFSET $4) RETURNING followed",
        placeholders(5, kept.len())
    );
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let query = sqlx::query(AssertSqlSafe(sql)).bind(app.0).bind(follower.as_str());
    let mut query = query.bind(i64::MAX).bind(most);
    for user in kept {
        query = query.bind(user.as_str());
    }
    let rows = query.fetch_all(&mut **tx).await?;
    rows.iter().map(|row| read_user(row, "followed")).collect()
}

/// Ends subscriptions; those that are not there do not matter.
pub async fn unsubscribe(
    store: &Store,
    app: AppId,
    follower: &UserId,
    followed: &[UserId],
) -> Result<(), StoreError> {
    if followed.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "DELETE FROM presence_subscriptions WHERE app_id = $1 AND follower = $2 AND followed IN ({})",
        placeholders(3, followed.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0).bind(follower.as_str());
    for user in followed {
        query = query.bind(user.as_str());
    }
    query.execute(store.pool()).await?;
    Ok(())
}

/// Whom `follower` follows at `now`, by id: how many in all, and `limit` of them from place `offset` (from 0) on.
pub async fn page(
    store: &Store,
    app: AppId,
    follower: &UserId,
    now: Timestamp,
    (offset, limit): (usize, usize),
) -> Result<(u64, Vec<Subscription>), StoreError> {
    let count = sqlx::query(
        "SELECT COUNT(*) AS n FROM presence_subscriptions \
         WHERE app_id = $1 AND follower = $2 AND expires > $3",
    )
    .bind(app.0)
    .bind(follower.as_str())
    .bind(now)
    .fetch_one(store.pool())
    .await?;
    let rows = sqlx::query(
        "SELECT follower, followed, expires FROM presence_subscriptions \
         WHERE app_id = $1 AND follower = $2 AND expires > $3 ORDER BY followed LIMIT $4 OFFSET $5",
    )
    .bind(app.0)
    .bind(follower.as_str())
    .bind(now)
    .bind(rows_of(limit))
    .bind(rows_of(offset))
    .fetch_all(store.pool())
    .await?;
    let total = u64::try_from(count.try_get::<i64, _>("n")?).unwrap_or_default();
    Ok((total, rows.iter().map(read_subscription).collect::<Result<_, _>>()?))
}

/// Who follows one of `followed` at `now`.
pub async fn followers(
    store: &Store,
    app: AppId,
    followed: &[UserId],
    now: Timestamp,
) -> Result<Vec<Subscription>, StoreError> {
    if followed.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT follower, followed, expires FROM presence_subscriptions \
         WHERE app_id = $1 AND expires > $2 AND followed IN ({})",
        placeholders(3, followed.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0).bind(now);
    for user in followed {
        query = query.bind(user.as_str());
    }
    query.fetch_all(store.pool()).await?.iter().map(read_subscription).collect()
}

/// Removes up to `limit` subscriptions that have ended; how many it were.
pub async fn drop_expired(store: &Store, now: Timestamp, limit: usize) -> Result<u64, StoreError> {
    let removed = sqlx::query(
        "DELETE FROM presence_subscriptions WHERE expires <= $1 AND (app_id, follower, followed) IN \
         (SELECT app_id, follower, followed FROM presence_subscriptions WHERE expires <= $1 \
          ORDER BY expires LIMIT $2)",
    )
    .bind(now)
    .bind(rows_of(limit))
    .execute(store.pool())
    .await?;
    Ok(removed.rows_affected())
}

fn read_presence(row: &AnyRow) -> Result<StoredPresence, StoreError> {
    let device: Option<String> = row.try_get("device")?;
    let time: Option<Timestamp> = row.try_get("time")?;
    Ok(StoredPresence {
        user: read_user(row, "id")?,
        created: row.try_get("created")?,
        published: read_published(row)?,
        last_seen: device.map(DeviceId::from_trusted).zip(time),
    })
}

/// `None` where the columns are absent from a join.
fn read_published(row: &AnyRow) -> Result<Option<Published>, StoreError> {
    let Some(ext) = row.try_get::<Option<String>, _>("ext")? else { return Ok(None) };
    let statuses: String = row.try_get("statuses")?;
    let statuses = serde_json::from_str(&statuses).map_err(unreadable)?;
    Ok(Some(Published { ext, statuses, at: row.try_get("at")? }))
}

fn read_subscription(row: &AnyRow) -> Result<Subscription, StoreError> {
    Ok(Subscription {
        follower: read_user(row, "follower")?,
        followed: read_user(row, "followed")?,
        expires: row.try_get("expires")?,
    })
}

fn read_user(row: &AnyRow, column: &str) -> Result<UserId, StoreError> {
    Ok(UserId::from_trusted(row.try_get::<String, _>(column)?))
}

fn unreadable(error: serde_json::Error) -> StoreError {
    StoreError::Unreadable { what: "published presence", source: error.into() }
}
