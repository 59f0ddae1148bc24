//! Attributes of chat rooms: names and texts that members set for each other.
//!
//! Every write takes the room's row first, so that writes to one room happen one after the other: whose an attribute
//! is and how many there are is exact. Attributes end with their room.

use std::collections::{BTreeMap, HashMap};

use hongyan_model::{AppId, RoomId, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::engine::placeholders;
use crate::rooms::{is_member, lock};
use crate::{Store, StoreError};

/// Users in one statement.
const CHUNK: usize = 500;

/// In whose name attributes are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Writer<'a> {
    /// Who.
    pub user: &'a UserId,
    /// Whether it has to be in the room.
    pub member: bool,
    /// Whether attributes of others may be changed, too.
    pub forced: bool,
}

/// How attributes are set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Whether they go when their setter leaves.
    pub auto_delete: bool,
    /// Most attributes of the room.
    pub most: Option<u64>,
}

/// What became of a call with several attributes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Written {
    /// There is no such room.
    NoRoom,
    /// The writer is not in it.
    NotMember,
    /// One by one, in the order given.
    Each(Vec<Outcome>),
}

/// What became of one attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Set, or removed.
    Done,
    /// There was nothing to remove.
    Absent,
    /// Somebody else has set it.
    NotOwn,
    /// The room has as many as it may have.
    Full,
}

/// Sets attributes one by one; whoever sets one owns it from then on.
pub async fn set(
    store: &Store,
    app: AppId,
    room: &RoomId,
    writer: Writer<'_>,
    attributes: &[(String, String)],
    Setting { auto_delete, most }: Setting,
) -> Result<Written, StoreError> {
    let mut tx = store.begin_write().await?;
    if let Some(refused) = admit(&mut tx, app, room, writer).await? {
        return Ok(refused);
    }
    let (mut setters, mut count) = setters(&mut tx, app, room).await?;
    let mut outcomes = Vec::with_capacity(attributes.len());
    for (name, value) in attributes {
        let outcome = match setters.get(name) {
            Some(setter) if setter != writer.user && !writer.forced => Outcome::NotOwn,
            None if most.is_some_and(|most| count >= most) => Outcome::Full,
            found => {
                count += u64::from(found.is_none());
                Outcome::Done
            }
        };
        outcomes.push(outcome);
        if outcome != Outcome::Done {
            continue;
        }
        setters.insert(name.clone(), writer.user.clone());
        sqlx::query(
            "INSERT INTO room_attributes (app_id, room_id, name, value, setter, auto_delete) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (app_id, room_id, name) DO UPDATE \
             SET value = excluded.value, setter = excluded.setter, auto_delete = excluded.auto_delete",
        )
        .bind(app.0)
        .bind(room.as_str())
        .bind(name)
        .bind(value)
        .bind(writer.user.as_str())
        .bind(i64::from(auto_delete))
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(Written::Each(outcomes))
}

/// Removes attributes one by one.
pub async fn remove(
    store: &Store,
    app: AppId,
    room: &RoomId,
    writer: Writer<'_>,
    names: &[String],
) -> Result<Written, StoreError> {
    let mut tx = store.begin_write().await?;
    if let Some(refused) = admit(&mut tx, app, room, writer).await? {
        return Ok(refused);
    }
    let (mut setters, _) = setters(&mut tx, app, room).await?;
    let mut outcomes = Vec::with_capacity(names.len());
    for name in names {
        let outcome = match setters.get(name) {
            None => Outcome::Absent,
            Some(setter) if setter != writer.user && !writer.forced => Outcome::NotOwn,
            Some(_) => Outcome::Done,
        };
        outcomes.push(outcome);
        if outcome != Outcome::Done {
            continue;
        }
        setters.remove(name);
        sqlx::query("DELETE FROM room_attributes WHERE app_id = $1 AND room_id = $2 AND name = $3")
            .bind(app.0)
            .bind(room.as_str())
            .bind(name)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(Written::Each(outcomes))
}

/// The attributes of a room: all of them, or those of these names.
pub async fn find(
    store: &Store,
    app: AppId,
    room: &RoomId,
    names: Option<&[String]>,
) -> Result<BTreeMap<String, String>, StoreError> {
    let rows =
        sqlx::query("SELECT name, value FROM room_attributes WHERE app_id = $1 AND room_id = $2")
            .bind(app.0)
            .bind(room.as_str())
            .fetch_all(store.pool())
            .await?;
    let mut found = BTreeMap::new();
    for row in &rows {
        let name: String = row.try_get("name")?;
        if names.is_none_or(|names| names.contains(&name)) {
            found.insert(name, row.try_get("value")?);
        }
    }
    Ok(found)
}

/// Removes what goes with `users`, who leave but stay members; the names, or none if there is no such room.
pub async fn remove_left_by(
    store: &Store,
    app: AppId,
    room: &RoomId,
    users: &[UserId],
) -> Result<Vec<String>, StoreError> {
    let mut tx = store.begin_write().await?;
    if lock(&mut tx, app, room).await?.is_none() {
        return Ok(Vec::new());
    }
    let removed = strike(&mut tx, app, room, users).await?;
    tx.commit().await?;
    Ok(removed)
}

/// Removes what goes with `users`, who leave the room, whose row `tx` has taken; the names.
pub(crate) async fn strike(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    room: &RoomId,
    users: &[UserId],
) -> Result<Vec<String>, StoreError> {
    let mut removed = Vec::new();
    for chunk in users.chunks(CHUNK) {
        let text = format!(
            "DELETE FROM room_attributes WHERE app_id = $1 AND room_id = $2 AND auto_delete = 1 AND setter IN ({}) \
             RETURNING name",
            placeholders(3, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(room.as_str());
        for user in chunk {
            query = query.bind(user.as_str());
        }
        for row in query.fetch_all(&mut **tx).await? {
            removed.push(row.try_get("name")?);
        }
    }
    removed.sort();
    Ok(removed)
}

/// Removes everything of a room that is being deleted in `tx`.
pub(crate) async fn clear(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    room: &RoomId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM room_attributes WHERE app_id = $1 AND room_id = $2")
        .bind(app.0)
        .bind(room.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Takes the room's row; why nothing may be written, if so.
async fn admit(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    room: &RoomId,
    writer: Writer<'_>,
) -> Result<Option<Written>, StoreError> {
    if lock(tx, app, room).await?.is_none() {
        return Ok(Some(Written::NoRoom));
    }
    if writer.member && !is_member(tx, app, room, writer.user).await? {
        return Ok(Some(Written::NotMember));
    }
    Ok(None)
}

/// Who has set what, and how many attributes that is.
async fn setters(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    room: &RoomId,
) -> Result<(HashMap<String, UserId>, u64), StoreError> {
    let rows =
        sqlx::query("SELECT name, setter FROM room_attributes WHERE app_id = $1 AND room_id = $2")
            .bind(app.0)
            .bind(room.as_str())
            .fetch_all(&mut **tx)
            .await?;
    let read = |row: &AnyRow| {
        let setter = UserId::from_trusted(row.try_get::<String, _>("setter")?);
        Ok::<_, StoreError>((row.try_get("name")?, setter))
    };
    let setters: HashMap<String, UserId> = rows.iter().map(read).collect::<Result<_, _>>()?;
    let count = setters.len() as u64;
    Ok((setters, count))
}
