//! Applying what was gathered: one transaction, once.

use std::collections::HashMap;

use hongyan_model::{AppId, MessageId, UserId};
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use super::{
    ActiveUser, DayKey, DayNumber, Figure, KindCounts, MessageCounts, MessageKey, Position,
    SUBJECT_KINDS, SubjectKey, loaded, stored,
};
use crate::counters::Counted;
use crate::engine::placeholders;
use crate::{Store, StoreError};

/// Rows in one statement. Always the same number but for the last, so that few texts are prepared.
const CHUNK: usize = 50;

/// What was gathered since the last flush.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Whose flush it is ([`Position::counter`]).
    pub counter: i64,
    /// Flushes before this one.
    pub flushes: i64,
    /// The log is counted up to here with it.
    pub position: MessageId,
    /// Messages by their keys.
    pub messages: HashMap<MessageKey, MessageCounts>,
    /// Messages by subject.
    pub subjects: HashMap<SubjectKey, KindCounts>,
    /// Who was connected.
    pub active: Vec<ActiveUser>,
    /// Peaks; the greatest of a day stays.
    pub peaks: HashMap<DayKey, u64>,
    /// Ids of noted changes that are done with.
    pub changes: Vec<i64>,
    /// What those changes add to their days.
    pub counts: HashMap<DayKey, u64>,
    /// A day that has just begun: the members of chat rooms are its first peak.
    pub begins: Option<DayNumber>,
}

impl Batch {
    /// A batch with nothing in it yet.
    #[must_use]
    pub fn behind(position: Position) -> Self {
        Self {
            counter: position.counter,
            flushes: position.flushes,
            position: position.message,
            messages: HashMap::new(),
            subjects: HashMap::new(),
            active: Vec::new(),
            peaks: HashMap::new(),
            changes: Vec::new(),
            counts: HashMap::new(),
            begins: None,
        }
    }

    /// Whether it holds nothing but a position.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
            && self.subjects.is_empty()
            && self.active.is_empty()
            && self.peaks.is_empty()
            && self.changes.is_empty()
            && self.begins.is_none()
    }
}

/// What became of a flush.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flushed {
    /// It is applied.
    Done,
    /// It was applied by an earlier try whose answer got lost.
    Before,
}

/// Applies a batch, all of it or nothing.
pub async fn flush(store: &Store, batch: &Batch) -> Result<Flushed, StoreError> {
    let mut tx = store.begin_write().await?;
    if !advance(&mut tx, batch).await? {
        return Ok(Flushed::Before);
    }
    add_messages(&mut tx, &batch.messages).await?;
    let mut counts = batch.counts.clone();
    add_subjects(&mut tx, &batch.subjects, &mut counts).await?;
    add_active(&mut tx, &batch.active, &mut counts).await?;
    remove_changes(&mut tx, &batch.changes).await?;
    add_days(&mut tx, &counts).await?;
    raise_peaks(&mut tx, &batch.peaks).await?;
    move_room_members(&mut tx, &batch.counts).await?;
    raise_group_peaks(&mut tx, &batch.counts).await?;
    if let Some(day) = batch.begins {
        raise_room_peak(&mut tx, day, None).await?;
    }
    tx.commit().await?;
    Ok(Flushed::Done)
}

/// Moves the position; `false` if this very flush was applied before.
async fn advance(tx: &mut Transaction<'static, Any>, batch: &Batch) -> Result<bool, StoreError> {
    let moved = sqlx::query(
        "UPDATE metering_position SET message = $1, flushes = flushes + 1 WHERE id = $3 AND flushes = $2",
    )
    .bind(stored(batch.position.0))
    .bind(batch.flushes)
    .bind(batch.counter)
    .execute(&mut **tx)
    .await?;
    if moved.rows_affected() == 1 {
        return Ok(true);
    }
    let flushes: i64 = sqlx::query_scalar("SELECT flushes FROM metering_position WHERE id = $1")
        .bind(batch.counter)
        .fetch_one(&mut **tx)
        .await?;
    if flushes == batch.flushes + 1 {
        return Ok(false);
    }
    let source = format!("{flushes} flushes, not {}", batch.flushes).into();
    Err(StoreError::Unreadable { what: "position of the metering", source })
}

async fn add_messages(
    tx: &mut Transaction<'static, Any>,
    messages: &HashMap<MessageKey, MessageCounts>,
) -> Result<(), StoreError> {
    for (key, counts) in messages {
        sqlx::query(
            "INSERT INTO metering_messages (app_id, day, chat, kind, source, uplink, downlink, offline) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (app_id, day, chat, kind, source) DO UPDATE SET \
             uplink = metering_messages.uplink + excluded.uplink, \
             downlink = metering_messages.downlink + excluded.downlink, \
             offline = metering_messages.offline + excluded.offline",
        )
        .bind(key.app.0)
        .bind(key.day)
        .bind(key.chat as i64)
        .bind(key.kind as i64)
        .bind(key.source as i64)
        .bind(stored(counts.uplink))
        .bind(stored(counts.downlink))
        .bind(stored(counts.offline))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Adds messages of subjects; each that is new on its day counts as active.
async fn add_subjects(
    tx: &mut Transaction<'static, Any>,
    subjects: &HashMap<SubjectKey, KindCounts>,
    counts: &mut HashMap<DayKey, u64>,
) -> Result<(), StoreError> {
    const COLUMNS: [&str; SUBJECT_KINDS.len()] = [
        "texts",
        "images",
        "videos",
        "locations",
        "voices",
        "files",
        "commands",
        "customs",
        "combines",
    ];
    const WIDTH: usize = 5 + SUBJECT_KINDS.len();
    let sums = std::iter::once("total").chain(COLUMNS);
    let sums: Vec<_> =
        sums.map(|c| format!("{c} = metering_subjects.{c} + excluded.{c}")).collect();
    let (columns, sums) = (COLUMNS.join(", "), sums.join(", "));

    let rows: Vec<_> = subjects.iter().collect();
    for chunk in rows.chunks(CHUNK) {
        // A row whose total is what was just added was not there before.
        let text = format!(
            "INSERT INTO metering_subjects (app_id, subject, day, id, total, {columns}) VALUES {} \
             ON CONFLICT (app_id, subject, day, id) DO UPDATE SET {sums} RETURNING app_id, subject, day, id, total",
            values(chunk.len(), WIDTH),
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() == CHUNK);
        for (key, kinds) in chunk {
            query =
                query.bind(key.app.0).bind(key.subject as i64).bind(key.day).bind(key.id.as_str());
            query = query.bind(stored(kinds.total()));
            for count in kinds.0 {
                query = query.bind(stored(count));
            }
        }
        let added: HashMap<_, _> = chunk
            .iter()
            .map(|(k, kinds)| {
                ((k.app.0, k.subject as i64, k.day, k.id.as_str()), (*k, kinds.total()))
            })
            .collect();
        for row in query.fetch_all(&mut **tx).await? {
            let id: String = row.try_get("id")?;
            let key = (row.try_get("app_id")?, row.try_get("subject")?, row.try_get("day")?, &*id);
            if let Some((key, new)) = added.get(&key)
                && loaded(&row, "total")? == *new
            {
                let figure = key.subject.figure();
                *counts.entry(DayKey { app: key.app, day: key.day, figure }).or_default() += 1;
            }
        }
    }
    Ok(())
}

/// Enters who was connected; each that was not yet entered for its day counts.
async fn add_active(
    tx: &mut Transaction<'static, Any>,
    active: &[ActiveUser],
    counts: &mut HashMap<DayKey, u64>,
) -> Result<(), StoreError> {
    let mut platforms: HashMap<(i64, DayNumber, String), u64> = HashMap::new();
    for chunk in active.chunks(CHUNK) {
        let text = format!(
            "INSERT INTO metering_active (day, app_id, platform, user_id) VALUES {} ON CONFLICT DO NOTHING \
             RETURNING day, app_id, platform",
            values(chunk.len(), 4),
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() == CHUNK);
        for ActiveUser { app, day, platform, user } in chunk {
            query = query.bind(*day).bind(app.0).bind(platform.as_str()).bind(user.as_str());
        }
        for row in query.fetch_all(&mut **tx).await? {
            let (app, day, platform): (i64, DayNumber, String) =
                (row.try_get("app_id")?, row.try_get("day")?, row.try_get("platform")?);
            if platform.is_empty() {
                let key = DayKey { app: AppId(app), day, figure: Figure::ActiveUsers };
                *counts.entry(key).or_default() += 1;
            } else {
                *platforms.entry((app, day, platform)).or_default() += 1;
            }
        }
    }
    for ((app, day, platform), users) in platforms {
        sqlx::query(
            "INSERT INTO metering_platforms (app_id, day, platform, users) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (app_id, day, platform) DO UPDATE SET users = metering_platforms.users + excluded.users",
        )
        .bind(app)
        .bind(day)
        .bind(platform)
        .bind(stored(users))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Enters a user as active on a day on which the app has at most `most` such users; `false`: it has them already, and
/// this one is not among them. Looking and counting are one step, whoever else counts at the same moment.
pub async fn admit(
    store: &Store,
    app: AppId,
    day: DayNumber,
    user: &UserId,
    most: u64,
) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    // In the order of a flush, so that neither waits for the other.
    let entered = sqlx::query(
        "INSERT INTO metering_active (day, app_id, platform, user_id) VALUES ($1, $2, '', $3) ON CONFLICT DO NOTHING",
    )
    .bind(day)
    .bind(app.0)
    .bind(user.as_str())
    .execute(&mut *tx)
    .await?;
    if entered.rows_affected() == 0 {
        return Ok(true);
    }
    let counted = sqlx::query(
        "INSERT INTO metering_days (app_id, day, figure, value) VALUES ($1, $2, $3, 1) \
         ON CONFLICT (app_id, day, figure) DO UPDATE SET value = metering_days.value + 1 WHERE metering_days.value < $4",
    )
    .bind(app.0)
    .bind(day)
    .bind(Figure::ActiveUsers as i64)
    .bind(stored(most))
    .execute(&mut *tx)
    .await?;
    if most == 0 || counted.rows_affected() == 0 {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

/// Those of an app that is being removed may be gone already.
async fn remove_changes(
    tx: &mut Transaction<'static, Any>,
    changes: &[i64],
) -> Result<(), StoreError> {
    for chunk in changes.chunks(CHUNK) {
        let text =
            format!("DELETE FROM metering_changes WHERE id IN ({})", placeholders(1, chunk.len()));
        let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() == CHUNK);
        for id in chunk {
            query = query.bind(*id);
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

async fn add_days(
    tx: &mut Transaction<'static, Any>,
    counts: &HashMap<DayKey, u64>,
) -> Result<(), StoreError> {
    for (key, n) in counts {
        sqlx::query(
            "INSERT INTO metering_days (app_id, day, figure, value) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (app_id, day, figure) DO UPDATE SET value = metering_days.value + excluded.value",
        )
        .bind(key.app.0)
        .bind(key.day)
        .bind(key.figure as i64)
        .bind(stored(*n))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Follows who came into chat rooms and who went.
async fn move_room_members(
    tx: &mut Transaction<'static, Any>,
    counts: &HashMap<DayKey, u64>,
) -> Result<(), StoreError> {
    let mut moved: HashMap<AppId, (DayNumber, i64)> = HashMap::new();
    for (key, n) in counts {
        let by = match key.figure {
            Figure::RoomJoins => stored(*n),
            Figure::RoomLeaves => -stored(*n),
            _ => continue,
        };
        let (day, sum) = moved.entry(key.app).or_default();
        *day = key.day.max(*day);
        *sum += by;
    }
    for (app, (day, by)) in moved {
        sqlx::query(
            "INSERT INTO metering_room_members (app_id, members) VALUES ($1, $2) \
             ON CONFLICT (app_id) DO UPDATE SET members = metering_room_members.members + excluded.members",
        )
        .bind(app.0)
        .bind(by)
        .execute(&mut **tx)
        .await?;
        raise_room_peak(tx, day, Some(app)).await?;
    }
    Ok(())
}

/// Notes how many groups and chat rooms there are where some were made.
async fn raise_group_peaks(
    tx: &mut Transaction<'static, Any>,
    counts: &HashMap<DayKey, u64>,
) -> Result<(), StoreError> {
    for key in
        counts.keys().filter(|key| matches!(key.figure, Figure::NewGroups | Figure::NewRooms))
    {
        sqlx::query(
            "INSERT INTO metering_days (app_id, day, figure, value) \
             SELECT $1, $2, $3, CAST(SUM(n) AS BIGINT) FROM counters WHERE app_id = $1 AND kind IN ($4, $5) HAVING SUM(n) > 0 \
             ON CONFLICT (app_id, day, figure) DO UPDATE SET value = excluded.value \
             WHERE metering_days.value < excluded.value",
        )
        .bind(key.app.0)
        .bind(key.day)
        .bind(Figure::PeakGroupsAndRooms as i64)
        .bind(Counted::Groups as i64)
        .bind(Counted::Rooms as i64)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

async fn raise_peaks(
    tx: &mut Transaction<'static, Any>,
    peaks: &HashMap<DayKey, u64>,
) -> Result<(), StoreError> {
    for (key, value) in peaks {
        sqlx::query(
            "INSERT INTO metering_days (app_id, day, figure, value) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (app_id, day, figure) DO UPDATE SET value = excluded.value \
             WHERE metering_days.value < excluded.value",
        )
        .bind(key.app.0)
        .bind(key.day)
        .bind(key.figure as i64)
        .bind(stored(*value))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Raises the peak of one app, or of all, to the members that its chat rooms have by now.
async fn raise_room_peak(
    tx: &mut Transaction<'static, Any>,
    day: DayNumber,
    app: Option<AppId>,
) -> Result<(), StoreError> {
    let of_app = if app.is_some() { "AND app_id = $3" } else { "" };
    let text = format!(
        "INSERT INTO metering_days (app_id, day, figure, value) \
         SELECT app_id, $1, $2, members FROM metering_room_members WHERE members > 0 {of_app} \
         ON CONFLICT (app_id, day, figure) DO UPDATE SET value = excluded.value \
         WHERE metering_days.value < excluded.value"
    );
    let query = sqlx::query(AssertSqlSafe(text)).bind(day).bind(Figure::PeakRoomMembers as i64);
    let query = if let Some(app) = app { query.bind(app.0) } else { query };
    query.execute(&mut **tx).await?;
    Ok(())
}

/// `($1, …), (…)`: `rows` rows of `width` values.
fn values(rows: usize, width: usize) -> String {
    let row = |n| format!("({})", placeholders(1 + n * width, width));
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}
