//! Reading the figures: small tables, by key.

use hongyan_model::{AppId, ChatType, EntryKind, MessageId, Source, UserId};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{
    Change, DayNumber, Figure, KindCounts, MessageCounts, MessageKey, Position, Subject, known,
    loaded, stored,
};
use crate::{Store, StoreError};

/// How far the figures are.
pub async fn position(store: &Store) -> Result<Position, StoreError> {
    read_position(store, 0).await
}

/// How far the figures are that a node keeps of its own sessions; begins them.
pub async fn position_of_node(store: &Store, node: u8) -> Result<Position, StoreError> {
    let counter = i64::from(node) + 1;
    sqlx::query(
        "INSERT INTO metering_position (id, message, flushes) VALUES ($1, 0, 0) ON CONFLICT (id) DO NOTHING",
    )
    .bind(counter)
    .execute(store.pool())
    .await?;
    read_position(store, counter).await
}

async fn read_position(store: &Store, counter: i64) -> Result<Position, StoreError> {
    let row = sqlx::query("SELECT message, flushes FROM metering_position WHERE id = $1")
        .bind(counter)
        .fetch_one(store.pool())
        .await?;
    let message = MessageId(loaded(&row, "message")?);
    Ok(Position { counter, message, flushes: row.try_get("flushes")? })
}

/// The oldest changes that were noted and are not done with, at most `limit`.
pub async fn changes(store: &Store, limit: usize) -> Result<Vec<Change>, StoreError> {
    let rows =
        sqlx::query("SELECT id, app_id, figure, n, at FROM metering_changes ORDER BY id LIMIT $1")
            .bind(stored(limit as u64))
            .fetch_all(store.pool())
            .await?;
    let read = |row: &AnyRow| {
        Ok(Change {
            id: row.try_get("id")?,
            app: AppId(row.try_get("app_id")?),
            figure: figure(row)?,
            n: loaded(row, "n")?,
            at: row.try_get("at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// How many members the chat rooms of an app have by now.
pub async fn room_members(store: &Store, app: AppId) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT members FROM metering_room_members WHERE app_id = $1")
        .bind(app.0)
        .fetch_optional(store.pool())
        .await?;
    row.map_or(Ok(0), |row| loaded(&row, "members"))
}

/// Whether a user was connected on a day, as far as it is written.
pub async fn is_active(
    store: &Store,
    app: AppId,
    day: DayNumber,
    user: &UserId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT day FROM metering_active WHERE day = $1 AND app_id = $2 AND platform = '' AND user_id = $3",
    )
    .bind(day)
    .bind(app.0)
    .bind(user.as_str())
    .fetch_optional(store.pool())
    .await?;
    Ok(row.is_some())
}

/// How many users were connected on a day, as far as it is written.
pub async fn active_users(store: &Store, app: AppId, day: DayNumber) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT value FROM metering_days WHERE app_id = $1 AND day = $2 AND figure = $3",
    )
    .bind(app.0)
    .bind(day)
    .bind(Figure::ActiveUsers as i64)
    .fetch_optional(store.pool())
    .await?;
    row.map_or(Ok(0), |row| loaded(&row, "value"))
}

/// Figures of the days `from` to `to`, both included; those that are missing are 0.
pub async fn days(
    store: &Store,
    app: AppId,
    from: DayNumber,
    to: DayNumber,
) -> Result<Vec<(DayNumber, Figure, u64)>, StoreError> {
    let rows = sqlx::query(
        "SELECT day, figure, value FROM metering_days WHERE app_id = $1 AND day BETWEEN $2 AND $3",
    )
    .bind(app.0)
    .bind(from)
    .bind(to)
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(|row| Ok((row.try_get("day")?, figure(row)?, loaded(row, "value")?))).collect()
}

/// Messages of the days `from` to `to`, both included, by day.
pub async fn messages(
    store: &Store,
    app: AppId,
    from: DayNumber,
    to: DayNumber,
) -> Result<Vec<(MessageKey, MessageCounts)>, StoreError> {
    let rows = sqlx::query(
        "SELECT day, chat, kind, source, uplink, downlink, offline FROM metering_messages \
         WHERE app_id = $1 AND day BETWEEN $2 AND $3 ORDER BY day, chat, kind, source",
    )
    .bind(app.0)
    .bind(from)
    .bind(to)
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        let (chat, kind, source): (i64, i64, i64) =
            (row.try_get("chat")?, row.try_get("kind")?, row.try_get("source")?);
        let key = MessageKey {
            app,
            day: row.try_get("day")?,
            chat: known("type of chat", chat, ChatType::from_number(chat))?,
            kind: known("kind of message", kind, EntryKind::from_number(kind))?,
            source: known("source of message", source, Source::from_number(source))?,
        };
        let counts = MessageCounts {
            uplink: loaded(row, "uplink")?,
            downlink: loaded(row, "downlink")?,
            offline: loaded(row, "offline")?,
        };
        Ok((key, counts))
    };
    rows.iter().map(read).collect()
}

/// The busiest subjects of the days `from` to `to`, both included, the busiest first.
pub async fn subjects(
    store: &Store,
    app: AppId,
    subject: Subject,
    (from, to): (DayNumber, DayNumber),
    limit: usize,
) -> Result<Vec<(String, KindCounts)>, StoreError> {
    // Sums of BIGINT have another type on each engine.
    let rows = sqlx::query(
        "SELECT id, CAST(SUM(total) AS BIGINT) AS total, CAST(SUM(texts) AS BIGINT) AS texts, \
         CAST(SUM(images) AS BIGINT) AS images, CAST(SUM(videos) AS BIGINT) AS videos, \
         CAST(SUM(locations) AS BIGINT) AS locations, CAST(SUM(voices) AS BIGINT) AS voices, \
         CAST(SUM(files) AS BIGINT) AS files, CAST(SUM(commands) AS BIGINT) AS commands, \
         CAST(SUM(customs) AS BIGINT) AS customs, CAST(SUM(combines) AS BIGINT) AS combines \
         FROM metering_subjects WHERE app_id = $1 AND subject = $2 AND day BETWEEN $3 AND $4 \
         GROUP BY id ORDER BY 2 DESC, id LIMIT $5",
    )
    .bind(app.0)
    .bind(subject as i64)
    .bind(from)
    .bind(to)
    .bind(stored(limit as u64))
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        let kinds = KindCounts([
            loaded(row, "texts")?,
            loaded(row, "images")?,
            loaded(row, "videos")?,
            loaded(row, "locations")?,
            loaded(row, "voices")?,
            loaded(row, "files")?,
            loaded(row, "commands")?,
            loaded(row, "customs")?,
            loaded(row, "combines")?,
        ]);
        Ok((row.try_get("id")?, kinds))
    };
    rows.iter().map(read).collect()
}

/// Users who were connected on `day`, by the platform of their devices, the most frequent first.
pub async fn platforms(
    store: &Store,
    app: AppId,
    day: DayNumber,
) -> Result<Vec<(String, u64)>, StoreError> {
    let rows = sqlx::query(
        "SELECT platform, users FROM metering_platforms WHERE app_id = $1 AND day = $2 \
         ORDER BY users DESC, platform",
    )
    .bind(app.0)
    .bind(day)
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(|row| Ok((row.try_get("platform")?, loaded(row, "users")?))).collect()
}

fn figure(row: &AnyRow) -> Result<Figure, StoreError> {
    let number: i64 = row.try_get("figure")?;
    known("figure", number, Figure::from_number(number))
}
