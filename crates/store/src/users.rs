//! End users of the apps.

use hongyan_model::{AppId, Timestamp, User, UserId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::attributes;
use crate::counters::{Counted, change};
use crate::engine::placeholders;
use crate::metering::{Figure, note};
use crate::{Store, StoreError, reactions};

/// A user with the hash of its password.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The user as it will be read back.
    pub user: User,
    /// `None`: no login by password.
    pub password_hash: Option<String>,
}

/// Position of a user in the list by age.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// When it registered.
    pub created: Timestamp,
    /// Its id.
    pub id: UserId,
}

/// What became of a user of [`insert`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Insertion {
    /// It is there.
    Done,
    /// The id was taken; nothing of it is stored.
    Taken,
    /// The app has as many users as it may have; nothing of it is stored.
    TooMany,
}

/// Stores users in one transaction, those first in the list first, as long as the app has fewer than `most`. The
/// answer has one entry for each.
pub async fn insert(
    store: &Store,
    app: AppId,
    new: &[NewUser],
    most: Option<u64>,
) -> Result<Vec<Insertion>, StoreError> {
    let mut outcomes = Vec::with_capacity(new.len());
    let mut tx = store.begin_write().await?;
    // Held from here on: registrations of one app come one after the other.
    let before = change(&mut tx, app, Counted::Users, 0).await?;
    let mut registered: usize = 0;
    for NewUser { user, password_hash } in new {
        if most.is_some_and(|most| before + registered as u64 >= most) {
            outcomes.push(Insertion::TooMany);
            continue;
        }
        let inserted = sqlx::query(
            "INSERT INTO users (app_id, id, uuid, password_hash, nickname, activated, token_epoch, created, modified) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (app_id, id) DO NOTHING",
        )
        .bind(app.0)
        .bind(user.id.as_str())
        .bind(user.uuid.as_str())
        .bind(password_hash.clone())
        .bind(user.nickname.clone())
        .bind(i64::from(user.activated))
        .bind(user.token_epoch)
        .bind(user.created)
        .bind(user.modified)
        .execute(&mut *tx)
        .await?;
        let is_new = inserted.rows_affected() == 1;
        registered += usize::from(is_new);
        outcomes.push(if is_new { Insertion::Done } else { Insertion::Taken });
    }
    change(&mut tx, app, Counted::Users, i64::try_from(registered).unwrap_or(i64::MAX)).await?;
    note(store, &mut tx, app, Figure::Registrations, registered).await?;
    tx.commit().await?;
    Ok(outcomes)
}

/// One user.
pub async fn find(store: &Store, app: AppId, id: &UserId) -> Result<Option<User>, StoreError> {
    let row = sqlx::query(
        "SELECT id, uuid, nickname, activated, token_epoch, created, modified FROM users WHERE app_id = $1 AND id = $2",
    )
    .bind(app.0)
    .bind(id.as_str())
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(user_from_row).transpose()
}

/// One user and the hash of its password.
pub async fn find_with_password(
    store: &Store,
    app: AppId,
    id: &UserId,
) -> Result<Option<(User, Option<String>)>, StoreError> {
    let row = sqlx::query(
        "SELECT id, uuid, nickname, activated, token_epoch, created, modified, password_hash \
         FROM users WHERE app_id = $1 AND id = $2",
    )
    .bind(app.0)
    .bind(id.as_str())
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some((user_from_row(&row)?, row.try_get("password_hash")?)))
}

/// Which of these ids are users of the app.
pub async fn existing(
    store: &Store,
    app: AppId,
    ids: &[UserId],
) -> Result<Vec<UserId>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT id FROM users WHERE app_id = $1 AND id IN ({})",
        placeholders(2, ids.len())
    );
    let mut query = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).bind(app.0);
    for id in ids {
        query = query.bind(id.as_str());
    }
    let found = query.fetch_all(store.pool()).await?;
    Ok(found.into_iter().map(UserId::from_trusted).collect())
}

/// Those of these users who exist.
pub async fn of_ids(store: &Store, app: AppId, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT id, uuid, nickname, activated, token_epoch, created, modified FROM users \
         WHERE app_id = $1 AND id IN ({})",
        placeholders(2, ids.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0);
    for id in ids {
        query = query.bind(id.as_str());
    }
    query.fetch_all(store.pool()).await?.iter().map(user_from_row).collect()
}

/// Users of an app by their names, those behind the user `after`.
pub async fn by_id(
    store: &Store,
    app: AppId,
    after: Option<&UserId>,
    limit: usize,
) -> Result<Vec<User>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, uuid, nickname, activated, token_epoch, created, modified FROM users \
         WHERE app_id = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .bind(app.0)
    .bind(after.map_or("", UserId::as_str))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(user_from_row).collect()
}

/// Users by age, the oldest first, after `after`.
pub async fn page(
    store: &Store,
    app: AppId,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<User>, StoreError> {
    let (created, id) = after.map_or((i64::MIN, ""), |place| (place.created, place.id.as_str()));
    let rows = sqlx::query(
        "SELECT id, uuid, nickname, activated, token_epoch, created, modified FROM users \
         WHERE app_id = $1 AND (created, id) > ($2, $3) ORDER BY created, id LIMIT $4",
    )
    .bind(app.0)
    .bind(created)
    .bind(id)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(user_from_row).collect()
}

/// Users by age, the newest first, before `before`.
pub async fn newest(
    store: &Store,
    app: AppId,
    before: Option<&Place>,
    limit: usize,
) -> Result<Vec<User>, StoreError> {
    let (created, id) = before.map_or((i64::MAX, ""), |place| (place.created, place.id.as_str()));
    let rows = sqlx::query(
        "SELECT id, uuid, nickname, activated, token_epoch, created, modified FROM users \
         WHERE app_id = $1 AND (created, id) < ($2, $3) ORDER BY created DESC, id DESC LIMIT $4",
    )
    .bind(app.0)
    .bind(created)
    .bind(id)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(user_from_row).collect()
}

/// Users whose ids begin with `prefix`, by id, after `after`.
pub async fn with_prefix(
    store: &Store,
    app: AppId,
    prefix: &str,
    after: Option<&UserId>,
    limit: usize,
) -> Result<Vec<User>, StoreError> {
    // Ids are ASCII: the tilde follows all of their characters.
    let rows = sqlx::query(
        "SELECT id, uuid, nickname, activated, token_epoch, created, modified FROM users \
         WHERE app_id = $1 AND id >= $2 AND id < $3 AND id > $4 ORDER BY id LIMIT $5",
    )
    .bind(app.0)
    .bind(prefix)
    .bind(format!("{prefix}~"))
    .bind(after.map_or("", UserId::as_str))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(user_from_row).collect()
}

/// Removes a user and its attributes; the user as it was, `None` if there was none.
pub async fn delete(store: &Store, app: AppId, id: &UserId) -> Result<Option<User>, StoreError> {
    let mut tx = store.begin_write().await?;
    // The number before the row, as a registration takes them.
    change(&mut tx, app, Counted::Users, 0).await?;
    // Locked before its attributes, as who changes them does.
    sqlx::query("UPDATE users SET modified = modified WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(id.as_str())
        .execute(&mut *tx)
        .await?;
    attributes::delete_in(&mut tx, app, id).await?;
    let rows = sqlx::query(
        "DELETE FROM users WHERE app_id = $1 AND id = $2 \
         RETURNING id, uuid, nickname, activated, token_epoch, created, modified",
    )
    .bind(app.0)
    .bind(id.as_str())
    .fetch_all(&mut *tx)
    .await?;
    if !rows.is_empty() {
        change(&mut tx, app, Counted::Users, -1).await?;
    }
    // They stay in their rooms; a later user of the name did not set them.
    sqlx::query("UPDATE room_attributes SET setter = '' WHERE app_id = $1 AND setter = $2")
        .bind(app.0)
        .bind(id.as_str())
        .execute(&mut *tx)
        .await?;
    // Those that came since whoever deletes the user has removed the others; nobody adds any more.
    reactions::forget_user_in(&mut tx, app, id, usize::MAX).await?;
    note(store, &mut tx, app, Figure::Deletions, rows.len()).await?;
    tx.commit().await?;
    rows.first().map(user_from_row).transpose()
}

/// Sets a password and ends the tokens issued before; `false` without such a user.
pub async fn set_password(
    store: &Store,
    app: AppId,
    id: &UserId,
    password_hash: &str,
    token_epoch: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let updated = sqlx::query(
        "UPDATE users SET password_hash = $3, token_epoch = $4, modified = $5 WHERE app_id = $1 AND id = $2",
    )
    .bind(app.0)
    .bind(id.as_str())
    .bind(password_hash)
    .bind(token_epoch)
    .bind(now)
    .execute(store.pool())
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Sets the push nickname; the user after that, `None` if there is none.
pub async fn set_nickname(
    store: &Store,
    app: AppId,
    id: &UserId,
    nickname: &str,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    let rows = sqlx::query(
        "UPDATE users SET nickname = $3, modified = $4 WHERE app_id = $1 AND id = $2 \
         RETURNING id, uuid, nickname, activated, token_epoch, created, modified",
    )
    .bind(app.0)
    .bind(id.as_str())
    .bind(nickname)
    .bind(now)
    .fetch_all(store.pool())
    .await?;
    rows.first().map(user_from_row).transpose()
}

/// Bans a user or lifts its ban; the user after that, `None` if there is none.
pub async fn set_activated(
    store: &Store,
    app: AppId,
    id: &UserId,
    activated: bool,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    let rows = sqlx::query(
        "UPDATE users SET activated = $3, modified = $4 WHERE app_id = $1 AND id = $2 \
         RETURNING id, uuid, nickname, activated, token_epoch, created, modified",
    )
    .bind(app.0)
    .bind(id.as_str())
    .bind(i64::from(activated))
    .bind(now)
    .fetch_all(store.pool())
    .await?;
    rows.first().map(user_from_row).transpose()
}

fn user_from_row(row: &AnyRow) -> Result<User, StoreError> {
    Ok(User {
        id: UserId::from_trusted(row.try_get::<String, _>("id")?),
        uuid: row.try_get("uuid")?,
        nickname: row.try_get("nickname")?,
        activated: row.try_get::<i64, _>("activated")? != 0,
        token_epoch: row.try_get("token_epoch")?,
        created: row.try_get("created")?,
        modified: row.try_get("modified")?,
    })
}
