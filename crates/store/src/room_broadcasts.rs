//! Messages on their way to every chat room of an app, a page of rooms at a time.

use hongyan_model::{AppId, EntryKind, RoomId, Timestamp, UserId};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::members::rows_of;
use crate::{Store, StoreError};

const DAY_MS: i64 = 24 * 3600 * 1000;
const MINUTE_MS: i64 = 60 * 1000;

/// A broadcast.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broadcast {
    /// App.
    pub app: AppId,
    /// Number within the app: when it was made, in Unix ms or shortly after.
    pub id: i64,
    /// In whose name.
    pub sender: UserId,
    /// What kind of message it is.
    pub kind: EntryKind,
    /// Its importance, in the numbers of the protocol.
    pub priority: u8,
    /// The message's body without receiver.
    pub body: Vec<u8>,
    /// The last room that has it; `None` before the first one.
    pub reached: Option<RoomId>,
}

/// How many an app may make.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Quota {
    /// Within a minute.
    pub per_minute: Option<u64>,
    /// Within a day (UTC).
    pub per_day: Option<u64>,
}

/// What became of [`insert`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Insertion {
    /// It waits under this number.
    Done(i64),
    /// Too many within a minute.
    MinuteFull,
    /// Too many today.
    DayFull,
}

/// Notes a broadcast, whose `id` is the time; forgets those that ended before today.
pub async fn insert(
    store: &Store,
    broadcast: &Broadcast,
    quota: Quota,
) -> Result<Insertion, StoreError> {
    let now: Timestamp = broadcast.id;
    let app = broadcast.app;
    let today = now - now.rem_euclid(DAY_MS);
    let mut tx = store.begin_write().await?;
    // One after the other within an app, so that the counts are exact.
    sqlx::query("UPDATE apps SET modified = modified WHERE id = $1")
        .bind(app.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query("DELETE FROM room_broadcasts WHERE app_id = $1 AND done = 1 AND id < $2")
        .bind(app.0)
        .bind(today.min(now - MINUTE_MS))
        .execute(&mut *tx)
        .await?;
    let rows = sqlx::query("SELECT id FROM room_broadcasts WHERE app_id = $1")
        .bind(app.0)
        .fetch_all(&mut *tx)
        .await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.try_get("id")).collect::<Result<_, _>>()?;
    let since = |start: i64| ids.iter().filter(|id| **id >= start).count() as u64;
    if quota.per_minute.is_some_and(|most| since(now - MINUTE_MS + 1) >= most) {
        return Ok(Insertion::MinuteFull);
    }
    if quota.per_day.is_some_and(|most| since(today) >= most) {
        return Ok(Insertion::DayFull);
    }
    let id = ids.iter().max().map_or(now, |last| now.max(last + 1));
    sqlx::query(
        "INSERT INTO room_broadcasts (app_id, id, sender, kind, priority, body, reached, done) \
         VALUES ($1, $2, $3, $4, $5, $6, '', 0)",
    )
    .bind(app.0)
    .bind(id)
    .bind(broadcast.sender.as_str())
    .bind(broadcast.kind as i64)
    .bind(i64::from(broadcast.priority))
    .bind(broadcast.body.as_slice())
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Insertion::Done(id))
}

/// The broadcasts of every app that have not reached all rooms, the oldest first.
pub async fn waiting(store: &Store, limit: usize) -> Result<Vec<Broadcast>, StoreError> {
    let rows = sqlx::query(
        "SELECT app_id, id, sender, kind, priority, body, reached FROM room_broadcasts WHERE done = 0 \
         ORDER BY id, app_id LIMIT $1",
    )
    .bind(rows_of(limit))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read).collect()
}

/// Notes how far a broadcast is; `None`: it has reached all rooms.
pub async fn moved(
    store: &Store,
    broadcast: &Broadcast,
    reached: Option<&RoomId>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE room_broadcasts SET reached = $3, done = $4 WHERE app_id = $1 AND id = $2")
        .bind(broadcast.app.0)
        .bind(broadcast.id)
        .bind(reached.or(broadcast.reached.as_ref()).map_or("", RoomId::as_str))
        .bind(i64::from(reached.is_none()))
        .execute(store.pool())
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Broadcast, StoreError> {
    let kind: i64 = row.try_get("kind")?;
    let reached: String = row.try_get("reached")?;
    let unreadable =
        |what, number: i64| StoreError::Unreadable { what, source: number.to_string().into() };
    let priority: i64 = row.try_get("priority")?;
    Ok(Broadcast {
        app: AppId(row.try_get("app_id")?),
        id: row.try_get("id")?,
        sender: UserId::from_trusted(row.try_get::<String, _>("sender")?),
        kind: EntryKind::from_number(kind).ok_or_else(|| unreadable("kind of message", kind))?,
        priority: u8::try_from(priority).map_err(|_| unreadable("priority", priority))?,
        body: row.try_get("body")?,
        reached: (!reached.is_empty()).then(|| RoomId::from_trusted(reached)),
    })
}
