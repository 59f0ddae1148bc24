//! Attributes of end users: names and texts that the app chooses.

use std::collections::BTreeMap;

use hongyan_model::{AppId, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::counters::{Counted, change};
use crate::engine::placeholders;
use crate::{Store, StoreError};

/// The attributes of one user.
pub type Attributes = BTreeMap<String, String>;

/// What became of a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Merged {
    /// Stored; all attributes after it.
    Stored(Attributes),
    /// No such user.
    NoUser,
    /// Names and values together would exceed the limit; nothing is stored.
    TooLarge,
    /// Those of all users together would exceed their limit; nothing is stored.
    AppFull,
}

/// Adds to, and replaces in, the attributes of a user, which may grow to `limit` bytes, and those of all users to
/// `total`.
pub async fn merge(
    store: &Store,
    app: AppId,
    user: &UserId,
    changes: Attributes,
    (limit, total): (usize, Option<u64>),
) -> Result<Merged, StoreError> {
    let mut tx = store.begin_write().await?;
    // Locks the user's row, so that of two changes at once one waits and then sees the other.
    let locked = sqlx::query("UPDATE users SET modified = modified WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(user.as_str())
        .execute(&mut *tx)
        .await?;
    if locked.rows_affected() == 0 {
        return Ok(Merged::NoUser);
    }
    let row = sqlx::query(
        "SELECT user_id, attributes FROM user_attributes WHERE app_id = $1 AND user_id = $2",
    )
    .bind(app.0)
    .bind(user.as_str())
    .fetch_optional(&mut *tx)
    .await?;
    let mut attributes = match row {
        Some(row) => attributes_from_row(&row)?.1,
        None => Attributes::new(),
    };
    let before = size(&attributes);
    attributes.extend(changes);
    let bytes = size(&attributes);
    if bytes > limit {
        return Ok(Merged::TooLarge);
    }
    sqlx::query(
        "INSERT INTO user_attributes (app_id, user_id, attributes) VALUES ($1, $2, $3) \
         ON CONFLICT (app_id, user_id) DO UPDATE SET attributes = excluded.attributes",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(to_text(&attributes)?)
    .execute(&mut *tx)
    .await?;
    let more = difference(bytes, before);
    if more != 0 {
        let all = change(&mut tx, app, Counted::AttributeBytes, more).await?;
        if more > 0 && total.is_some_and(|total| all > total) {
            return Ok(Merged::AppFull);
        }
    }
    tx.commit().await?;
    Ok(Merged::Stored(attributes))
}

/// The attributes of these users; users without any are not in the answer.
pub async fn find(
    store: &Store,
    app: AppId,
    users: &[UserId],
) -> Result<BTreeMap<UserId, Attributes>, StoreError> {
    if users.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!(
        "SELECT user_id, attributes FROM user_attributes WHERE app_id = $1 AND user_id IN ({})",
        placeholders(2, users.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0);
    for user in users {
        query = query.bind(user.as_str());
    }
    query.fetch_all(store.pool()).await?.iter().map(attributes_from_row).collect()
}

/// Drops every attribute of a user.
pub async fn delete(store: &Store, app: AppId, user: &UserId) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    delete_in(&mut tx, app, user).await?;
    tx.commit().await?;
    Ok(())
}

/// [`delete`] as a part of something greater.
pub(crate) async fn delete_in(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    user: &UserId,
) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "DELETE FROM user_attributes WHERE app_id = $1 AND user_id = $2 RETURNING user_id, attributes",
    )
    .bind(app.0)
    .bind(user.as_str())
    .fetch_all(&mut **tx)
    .await?;
    for row in &rows {
        let (_, attributes) = attributes_from_row(row)?;
        let less = difference(0, size(&attributes));
        change(tx, app, Counted::AttributeBytes, less).await?;
    }
    Ok(())
}

/// Bytes of names and values together.
fn size(attributes: &Attributes) -> usize {
    attributes.iter().map(|(name, value)| name.len() + value.len()).sum()
}

fn difference(now: usize, before: usize) -> i64 {
    let signed = |bytes| i64::try_from(bytes).unwrap_or(i64::MAX);
    signed(now) - signed(before)
}

fn attributes_from_row(row: &AnyRow) -> Result<(UserId, Attributes), StoreError> {
    let user = UserId::from_trusted(row.try_get::<String, _>("user_id")?);
    Ok((user, from_text(row.try_get("attributes")?)?))
}

/// Attributes as they are stored.
pub(crate) fn to_text(attributes: &Attributes) -> Result<String, StoreError> {
    serde_json::to_string(attributes).map_err(unreadable)
}

pub(crate) fn from_text(text: &str) -> Result<Attributes, StoreError> {
    serde_json::from_str(text).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> StoreError {
    StoreError::Unreadable { what: "attributes", source: error.into() }
}
