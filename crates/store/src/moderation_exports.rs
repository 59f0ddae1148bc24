//! Exports of records of moderation: what is to be made, and what was. The files are with the attachments.

use hongyan_model::{AppId, ChatType, ModeratedKind, ModerationAct, Outcome, Timestamp};
use serde_json::{Value, json};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::apps::lock_app;
use crate::members::{rows_of, signed, unsigned};
use crate::moderation::RecordFilter;
use crate::{Store, StoreError};

const COLUMNS: &str =
    "app_id, id, uuid, filter, state, records, cut, bytes, created, updated, expires";

/// An export.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Export {
    /// App.
    pub app: AppId,
    /// Rises with time; records with this id or a greater one came later.
    pub id: u64,
    /// Names it, and its file.
    pub uuid: String,
    /// Which records.
    pub filter: RecordFilter,
    /// How it stands.
    pub state: ExportState,
    /// Records in the file.
    pub records: u64,
    /// Whether there were more than an export may hold.
    pub cut: bool,
    /// Size of the file.
    pub bytes: u64,
    /// When it was asked for.
    pub created: Timestamp,
    /// When its state changed last.
    pub updated: Timestamp,
    /// When it is removed.
    pub expires: Timestamp,
}

/// How an export stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExportState {
    /// It is to be made, or is being made.
    Waiting,
    /// The file is there.
    Done,
    /// It could not be made.
    Failed,
    /// The app does not have moderation any more.
    Aborted,
}

impl ExportState {
    const ALL: [Self; 4] = [Self::Waiting, Self::Done, Self::Failed, Self::Aborted];

    /// As stored.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

/// Notes an export that waits, unless the app has `most` of them; whether it was noted.
pub async fn insert(store: &Store, export: &Export, most: Option<u64>) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    // One after the other within an app, so that the count is exact.
    lock_app(&mut tx, export.app).await?;
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM moderation_exports WHERE app_id = $1 AND expires > $2",
    )
    .bind(export.app.0)
    .bind(export.created)
    .fetch_one(&mut *tx)
    .await?;
    let there: u64 = unsigned("exports", row.try_get("n")?)?;
    if most.is_some_and(|most| there >= most) {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO moderation_exports (app_id, id, uuid, filter, state, attempts, due, records, cut, bytes, \
         created, updated, expires) VALUES ($1, $2, $3, $4, $5, 0, $6, 0, 0, 0, $6, $6, $7)",
    )
    .bind(export.app.0)
    .bind(signed(export.id))
    .bind(export.uuid.as_str())
    .bind(written(&export.filter).to_string())
    .bind(ExportState::Waiting.key())
    .bind(export.created)
    .bind(export.expires)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Takes exports that wait and are due, of all apps, and makes them due again at `again`, when whoever took them has
/// failed: with how often each was taken before.
pub async fn take(
    store: &Store,
    now: Timestamp,
    again: Timestamp,
    limit: usize,
) -> Result<Vec<(Export, u32)>, StoreError> {
    // Mostly there is nothing, and others want to write.
    let due = sqlx::query(
        "SELECT 1 AS n FROM moderation_exports WHERE state = 'waiting' AND due <= $1 LIMIT 1",
    )
    .bind(now)
    .fetch_optional(store.pool())
    .await?;
    if due.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = store.begin_write().await?;
    let sql = format!(
        "SELECT {COLUMNS}, attempts FROM moderation_exports WHERE state = 'waiting' AND due <= $1 \
         ORDER BY due, id LIMIT $2"
    );
    let rows =
        sqlx::query(AssertSqlSafe(sql)).bind(now).bind(rows_of(limit)).fetch_all(&mut *tx).await?;
    let mut taken = Vec::with_capacity(rows.len());
    for row in &rows {
        let export = read(row)?;
        // Another node may have been faster.
        let ours = sqlx::query(
            "UPDATE moderation_exports SET attempts = attempts + 1, due = $3 \
             WHERE app_id = $1 AND id = $2 AND state = 'waiting' AND due <= $4",
        )
        .bind(export.app.0)
        .bind(signed(export.id))
        .bind(again)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        if ours.rows_affected() == 1 {
            taken.push((export, unsigned("attempts", row.try_get("attempts")?)?));
        }
    }
    tx.commit().await?;
    Ok(taken)
}

/// An export that waits is not due before `due`.
pub async fn put_off(
    store: &Store,
    (app, id): (AppId, u64),
    due: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE moderation_exports SET due = $3 WHERE app_id = $1 AND id = $2 AND state = 'waiting'",
    )
    .bind(app.0)
    .bind(signed(id))
    .bind(due)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Makes every export that waits due: whoever had taken it is gone.
pub async fn release(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE moderation_exports SET due = $1 WHERE state = 'waiting' AND due > $1")
        .bind(now)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Notes how an export that waits has ended: its state, its figures, and from `updated` until when it is kept.
pub async fn end(store: &Store, export: &Export) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE moderation_exports SET state = $3, records = $4, cut = $5, bytes = $6, updated = $7, expires = $8 \
         WHERE app_id = $1 AND id = $2 AND state = 'waiting'",
    )
    .bind(export.app.0)
    .bind(signed(export.id))
    .bind(export.state.key())
    .bind(signed(export.records))
    .bind(i64::from(export.cut))
    .bind(signed(export.bytes))
    .bind(export.updated)
    .bind(export.expires)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// The exports of an app whose time is not over, the newest first, without the first `skipped`, and how many there are;
/// with a uuid only that one.
pub async fn page(
    store: &Store,
    app: AppId,
    uuid: Option<&str>,
    now: Timestamp,
    (skipped, limit): (usize, usize),
) -> Result<(Vec<Export>, u64), StoreError> {
    const THESE: &str =
        "FROM moderation_exports WHERE app_id = $1 AND expires > $2 AND (uuid = $3 OR $3 = '')";
    let uuid = uuid.unwrap_or_default();
    let row = sqlx::query(AssertSqlSafe(format!("SELECT COUNT(*) AS n {THESE}")))
        .bind(app.0)
        .bind(now)
        .bind(uuid)
        .fetch_one(store.pool())
        .await?;
    let total = unsigned("exports", row.try_get("n")?)?;
    let sql = format!("SELECT {COLUMNS} {THESE} ORDER BY id DESC LIMIT $4 OFFSET $5");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(app.0)
        .bind(now)
        .bind(uuid)
        .bind(rows_of(limit))
        .bind(rows_of(skipped))
        .fetch_all(store.pool())
        .await?;
    Ok((rows.iter().map(read).collect::<Result<_, _>>()?, total))
}

/// Exports of every app whose time is over.
pub async fn expired(
    store: &Store,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Export>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM moderation_exports WHERE expires <= $1 ORDER BY expires, id LIMIT $2"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(now)
        .bind(rows_of(limit))
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(read).collect()
}

/// Forgets an export.
pub async fn remove(store: &Store, (app, id): (AppId, u64)) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM moderation_exports WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(signed(id))
        .execute(store.pool())
        .await?;
    Ok(())
}

/// A filter as it is stored; what it leaves open is not there.
fn written(filter: &RecordFilter) -> Value {
    let mut stored = json!({ "sender": filter.sender, "target": filter.target });
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            stored[name] = value;
        }
    };
    put("chat", filter.chat.map(|chat| (chat as i64).into()));
    put("kind", filter.kind.map(|kind| kind.key().into()));
    put("outcome", filter.outcome.map(|outcome| outcome.key().into()));
    put("act", filter.act.map(|act| act.key().into()));
    put("from", filter.from.map(Into::into));
    put("to", filter.to.map(Into::into));
    stored
}

fn filter(stored: &str) -> Result<RecordFilter, StoreError> {
    let unreadable = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Unreadable {
        what: "filter of an export",
        source,
    };
    let stored: Value = serde_json::from_str(stored).map_err(|error| unreadable(error.into()))?;
    let text = |name: &str| stored[name].as_str();
    Ok(RecordFilter {
        sender: text("sender").unwrap_or_default().to_owned(),
        target: text("target").unwrap_or_default().to_owned(),
        chat: stored["chat"].as_i64().and_then(ChatType::from_number),
        kind: text("kind").and_then(ModeratedKind::from_key),
        outcome: text("outcome").and_then(Outcome::from_key),
        act: text("act").and_then(ModerationAct::from_key),
        from: stored["from"].as_i64(),
        to: stored["to"].as_i64(),
    })
}

fn read(row: &AnyRow) -> Result<Export, StoreError> {
    let key: String = row.try_get("state")?;
    let state = ExportState::ALL.into_iter().find(|state| state.key() == key);
    let state = state
        .ok_or_else(|| StoreError::Unreadable { what: "state of an export", source: key.into() })?;
    Ok(Export {
        app: AppId(row.try_get("app_id")?),
        id: unsigned("export", row.try_get("id")?)?,
        uuid: row.try_get("uuid")?,
        filter: filter(&row.try_get::<String, _>("filter")?)?,
        state,
        records: unsigned("records", row.try_get("records")?)?,
        cut: row.try_get::<i64, _>("cut")? != 0,
        bytes: unsigned("bytes", row.try_get("bytes")?)?,
        created: row.try_get("created")?,
        updated: row.try_get("updated")?,
        expires: row.try_get("expires")?,
    })
}
