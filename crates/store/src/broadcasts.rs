//! Messages on their way to every chat room, or to every user, of an app, a page at a time.

use hongyan_model::{AppId, EntryKind, Timestamp, UserId};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::apps::lock_app;
use crate::members::rows_of;
use crate::{Store, StoreError};

const DAY_MS: i64 = 24 * 3600 * 1000;
/// The longest window of a [`Quota`].
const WINDOW_MS: i64 = 30 * 60 * 1000;

/// Who gets a broadcast.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// Every chat room.
    Rooms,
    /// Every user.
    Users,
    /// Users who are online when it comes to them.
    OnlineUsers,
}

impl Target {
    const ALL: [Self; 3] = [Self::Rooms, Self::Users, Self::OnlineUsers];

    /// As stored.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Rooms => "rooms",
            Self::Users => "users",
            Self::OnlineUsers => "online_users",
        }
    }
}

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
    /// Who gets it.
    pub target: Target,
    /// The last room or user that was come to; `None` before the first one.
    pub reached: Option<String>,
    /// How many have it.
    pub written: u64,
}

/// How far a broadcast is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Who gets it.
    pub target: Target,
    /// How many have it.
    pub written: u64,
    /// Whether it has come to everybody.
    pub done: bool,
}

/// How many an app may make for a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Quota {
    /// Length of the window (ms), half an hour at most.
    pub window_ms: i64,
    /// Within the window.
    pub per_window: Option<u64>,
    /// Within a day (UTC).
    pub per_day: Option<u64>,
}

/// What became of [`insert`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Insertion {
    /// It waits under this number.
    Done(i64),
    /// Too many within the window.
    WindowFull,
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
    lock_app(&mut tx, app).await?;
    sqlx::query("DELETE FROM broadcasts WHERE app_id = $1 AND done = 1 AND id < $2")
        .bind(app.0)
        .bind(today.min(now - WINDOW_MS))
        .execute(&mut *tx)
        .await?;
    let rows = sqlx::query("SELECT id, target FROM broadcasts WHERE app_id = $1")
        .bind(app.0)
        .fetch_all(&mut *tx)
        .await?;
    let mut ids: Vec<i64> = Vec::with_capacity(rows.len());
    let mut alike: Vec<i64> = Vec::new();
    for row in &rows {
        let id = row.try_get("id")?;
        ids.push(id);
        if row.try_get::<String, _>("target")? == broadcast.target.key() {
            alike.push(id);
        }
    }
    let since = |start: i64| alike.iter().filter(|id| **id >= start).count() as u64;
    if quota.per_window.is_some_and(|most| since(now - quota.window_ms + 1) >= most) {
        return Ok(Insertion::WindowFull);
    }
    if quota.per_day.is_some_and(|most| since(today) >= most) {
        return Ok(Insertion::DayFull);
    }
    let id = ids.iter().max().map_or(now, |last| now.max(last + 1));
    sqlx::query(
        "INSERT INTO broadcasts (app_id, id, sender, kind, priority, body, reached, done, target) \
         VALUES ($1, $2, $3, $4, $5, $6, '', 0, $7)",
    )
    .bind(app.0)
    .bind(id)
    .bind(broadcast.sender.as_str())
    .bind(broadcast.kind as i64)
    .bind(i64::from(broadcast.priority))
    .bind(broadcast.body.as_slice())
    .bind(broadcast.target.key())
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Insertion::Done(id))
}

/// The broadcasts of every app that have not come to everybody, the oldest first.
pub async fn waiting(store: &Store, limit: usize) -> Result<Vec<Broadcast>, StoreError> {
    let rows = sqlx::query(
        "SELECT app_id, id, sender, kind, priority, body, reached, target, written FROM broadcasts WHERE done = 0 \
         ORDER BY id, app_id LIMIT $1",
    )
    .bind(rows_of(limit))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read).collect()
}

/// Notes that `written` more have a broadcast as it was read, and how far it is; `None`: it has come to everybody. Does
/// nothing if somebody else has brought it further: a node that was slow may not know that another one goes on.
pub async fn moved(
    store: &Store,
    broadcast: &Broadcast,
    reached: Option<&str>,
    written: u64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE broadcasts SET reached = $3, done = $4, written = written + $5 \
         WHERE app_id = $1 AND id = $2 AND done = 0 AND reached = $6",
    )
    .bind(broadcast.app.0)
    .bind(broadcast.id)
    .bind(reached.or(broadcast.reached.as_deref()).unwrap_or_default())
    .bind(i64::from(reached.is_none()))
    .bind(i64::try_from(written).unwrap_or(i64::MAX))
    .bind(broadcast.reached.as_deref().unwrap_or_default())
    .execute(store.pool())
    .await?;
    Ok(())
}

/// How far a broadcast of an app is; `None` if there is none of this number, or if it ended before today.
pub async fn progress(store: &Store, app: AppId, id: i64) -> Result<Option<Progress>, StoreError> {
    let row =
        sqlx::query("SELECT target, written, done FROM broadcasts WHERE app_id = $1 AND id = $2")
            .bind(app.0)
            .bind(id)
            .fetch_optional(store.pool())
            .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Progress {
        target: target(&row)?,
        written: u64::try_from(row.try_get::<i64, _>("written")?).unwrap_or_default(),
        done: row.try_get::<i64, _>("done")? != 0,
    }))
}

fn target(row: &AnyRow) -> Result<Target, StoreError> {
    let key: String = row.try_get("target")?;
    let target = Target::ALL.into_iter().find(|target| target.key() == key);
    target.ok_or_else(|| StoreError::Unreadable { what: "target", source: key.into() })
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
        target: target(row)?,
        reached: (!reached.is_empty()).then_some(reached),
        written: u64::try_from(row.try_get::<i64, _>("written")?).unwrap_or_default(),
    })
}
