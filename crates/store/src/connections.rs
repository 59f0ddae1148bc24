//! The history of connections: who came and went, on what, from where.

use std::net::IpAddr;

use hongyan_model::{AppId, DeviceId, MessageId, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::engine::placeholders;
use crate::{Store, StoreError};

/// Rows in one statement. Always the same number but for the last, so that few texts are prepared.
const CHUNK: usize = 50;

/// What happened to a connection. The numbers are stored: never reuse one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Operation {
    /// The device logged in.
    Login = 0,
    /// The device logged out.
    Logout = 1,
    /// The server ended the connection: another device, a new password, a deleted or banned user.
    Kick = 2,
    /// The connection broke, was silent too long, or gave way to a newer one of the device.
    Closed = 3,
}

impl Operation {
    const ALL: [Self; 4] = [Self::Login, Self::Logout, Self::Kick, Self::Closed];
}

/// A line of the history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConnectionEvent {
    /// Names the line; rises with time.
    pub id: MessageId,
    /// App.
    pub app: AppId,
    /// Whose device.
    pub user: UserId,
    /// When.
    pub time: Timestamp,
    /// What the SDK says of its version; empty if nothing.
    pub version: String,
    /// Which device.
    pub device: DeviceId,
    /// From where, if that is known.
    pub address: Option<IpAddr>,
    /// What happened.
    pub operation: Operation,
    /// Whether the device was connected after it.
    pub online: bool,
}

/// Adds lines.
pub async fn insert(store: &Store, events: &[ConnectionEvent]) -> Result<(), StoreError> {
    const WIDTH: usize = 9;
    let mut tx = store.begin_write().await?;
    for chunk in events.chunks(CHUNK) {
        let row = |n: usize| format!("({})", placeholders(1 + n * WIDTH, WIDTH));
        let text = format!(
            "INSERT INTO connection_events \
             (id, app_id, user_id, time, version, device, address, operation, online) VALUES {} \
             ON CONFLICT DO NOTHING",
            (0..chunk.len()).map(row).collect::<Vec<_>>().join(", "),
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() == CHUNK);
        for event in chunk {
            query = query
                .bind(stored(event.id))
                .bind(event.app.0)
                .bind(event.user.as_str())
                .bind(event.time)
                .bind(event.version.as_str())
                .bind(event.device.as_str())
                .bind(event.address.map(|address| address.to_string()))
                .bind(event.operation as i64)
                .bind(i64::from(event.online));
        }
        query.execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The newest line behind `after` of each device of these users of an app that says whether it is connected: that it came,
/// or that it is gone. What ended while it was connected elsewhere is passed over.
pub async fn newest(
    store: &Store,
    app: AppId,
    users: &[UserId],
    after: MessageId,
) -> Result<Vec<ConnectionEvent>, StoreError> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT id, user_id, time, version, device, address, operation, online FROM connection_events \
         WHERE id IN (SELECT max(id) FROM connection_events \
                      WHERE app_id = $1 AND id > $2 AND (operation = {} OR online = 0) AND user_id IN ({}) \
                      GROUP BY user_id, device)",
        Operation::Login as u8,
        placeholders(3, users.len()),
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
    query = query.bind(app.0).bind(stored(after));
    for user in users {
        query = query.bind(user.as_str());
    }
    let rows = query.fetch_all(store.pool()).await?;
    let read = |row: &AnyRow| {
        let user = UserId::from_trusted(row.try_get::<String, _>("user_id")?);
        read_event(row, app, &user)
    };
    rows.iter().map(read).collect()
}

/// The history of `user` between `after` and `before`, both excluded, the newest first.
pub async fn page(
    store: &Store,
    app: AppId,
    user: &UserId,
    (after, before): (MessageId, MessageId),
    limit: usize,
) -> Result<Vec<ConnectionEvent>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, time, version, device, address, operation, online FROM connection_events \
         WHERE app_id = $1 AND user_id = $2 AND id > $3 AND id < $4 ORDER BY id DESC LIMIT $5",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(stored(after))
    .bind(stored(before))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(|row| read_event(row, app, user)).collect()
}

/// Forgets lines up to the id `before`, the oldest first, at most `limit`; how many it were.
pub async fn forget(store: &Store, before: MessageId, limit: usize) -> Result<u64, StoreError> {
    let removed = sqlx::query(
        "DELETE FROM connection_events WHERE id IN \
         (SELECT id FROM connection_events WHERE id <= $1 ORDER BY id LIMIT $2)",
    )
    .bind(stored(before))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .execute(store.pool())
    .await?;
    Ok(removed.rows_affected())
}

fn read_event(row: &AnyRow, app: AppId, user: &UserId) -> Result<ConnectionEvent, StoreError> {
    let id: i64 = row.try_get("id")?;
    let number: i64 = row.try_get("operation")?;
    let operation = Operation::ALL.into_iter().find(|operation| *operation as i64 == number);
    let unreadable = || StoreError::Unreadable {
        what: "operation of a connection",
        source: format!("{number}").into(),
    };
    let address: Option<String> = row.try_get("address")?;
    Ok(ConnectionEvent {
        id: MessageId(u64::try_from(id).unwrap_or_default()),
        app,
        user: user.clone(),
        time: row.try_get("time")?,
        version: row.try_get("version")?,
        device: DeviceId::from_trusted(row.try_get::<String, _>("device")?),
        address: address.and_then(|address| address.parse().ok()),
        operation: operation.ok_or_else(unreadable)?,
        online: row.try_get::<i64, _>("online")? != 0,
    })
}

/// Ids have 63 bits, so nothing is lost.
fn stored(id: MessageId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}
