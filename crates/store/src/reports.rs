//! Messages that users have reported.

use hongyan_model::{AppId, ConversationKey, MessageId, Timestamp, UserId};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::members::{signed, unsigned};
use crate::{Store, StoreError};

/// A report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// Its id; rises with time.
    pub id: u64,
    /// Who reports.
    pub reporter: UserId,
    /// The message.
    pub message: MessageId,
    /// Who wrote it.
    pub sender: UserId,
    /// Where.
    pub conversation: ConversationKey,
    /// Of which type it is, as the app's client says.
    pub kind: String,
    /// Why, in the reporter's words.
    pub reason: String,
    /// The message as it was when it was reported, as JSON.
    pub snapshot: String,
    /// When.
    pub created: Timestamp,
    /// What became of it; `pending` at first.
    pub state: String,
    /// Who decided that.
    pub handler: Option<String>,
    /// When that was.
    pub handled: Option<Timestamp>,
    /// What whoever decided says of it.
    pub note: String,
}

/// Which reports [`list`] shows; empty texts stand for all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReportFilter {
    /// In this state.
    pub state: String,
    /// Of a chat whose conversations begin so.
    pub conversation: String,
    /// Of messages of this user.
    pub sender: String,
    /// By this user.
    pub reporter: String,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not after.
    pub to: Option<Timestamp>,
}

const COLUMNS: &str = "id, reporter, message, sender, conversation, kind, reason, snapshot, created, state, handler, \
                       handled, note";

/// Stores a report; reported again by the same user, type and reason are replaced. `false`, and nothing stored, if the
/// user has reported `most` other messages since `since`.
pub async fn insert(
    store: &Store,
    app: AppId,
    report: &Report,
    (since, most): (Timestamp, usize),
) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM message_reports WHERE app_id = $1 AND reporter = $2 \
         AND created > $3 AND message <> $4",
    )
    .bind(app.0)
    .bind(report.reporter.as_str())
    .bind(since)
    .bind(signed(report.message.0))
    .fetch_one(&mut *tx)
    .await?;
    let reported: u64 = unsigned("reports", row.try_get("n")?)?;
    if reported >= most as u64 {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO message_reports (id, app_id, reporter, message, sender, conversation, kind, reason, snapshot, \
         created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (app_id, reporter, message) \
         DO UPDATE SET kind = excluded.kind, reason = excluded.reason, state = 'pending'",
    )
    .bind(signed(report.id))
    .bind(app.0)
    .bind(report.reporter.as_str())
    .bind(signed(report.message.0))
    .bind(report.sender.as_str())
    .bind(report.conversation.as_str())
    .bind(report.kind.as_str())
    .bind(report.reason.as_str())
    .bind(report.snapshot.as_str())
    .bind(report.created)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// The reports of an app from new to old, those before the report `before`.
pub async fn list(
    store: &Store,
    app: AppId,
    filter: &ReportFilter,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Report>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM message_reports WHERE app_id = $1 AND id < $2 AND (state = $3 OR $3 = '') \
         AND (conversation LIKE $4 OR ($4 = 'g:%' AND conversation LIKE 't:%')) AND (sender = $5 OR $5 = '') AND (reporter = $6 OR $6 = '') \
         AND created >= $7 AND created <= $8 ORDER BY id DESC LIMIT $9"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(app.0)
        .bind(before.map_or(i64::MAX, signed))
        .bind(filter.state.as_str())
        .bind(format!("{}%", filter.conversation))
        .bind(filter.sender.as_str())
        .bind(filter.reporter.as_str())
        .bind(filter.from.unwrap_or(i64::MIN))
        .bind(filter.to.unwrap_or(i64::MAX))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(report).collect()
}

/// One report.
pub async fn find(store: &Store, app: AppId, id: u64) -> Result<Option<Report>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM message_reports WHERE app_id = $1 AND id = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(app.0)
        .bind(signed(id))
        .fetch_optional(store.pool())
        .await?;
    row.as_ref().map(report).transpose()
}

/// Notes what became of a report.
pub async fn settle(
    store: &Store,
    app: AppId,
    id: u64,
    (state, handler, note): (&str, &str, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message_reports SET state = $3, handler = $4, note = $5, handled = $6 WHERE app_id = $1 AND id = $2",
    )
    .bind(app.0)
    .bind(signed(id))
    .bind(state)
    .bind(handler)
    .bind(note)
    .bind(now)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Removes up to `limit` reports, of every app, from before `before`; answers how many.
pub async fn forget(store: &Store, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let removed = sqlx::query(
        "DELETE FROM message_reports WHERE (app_id, id) IN \
         (SELECT app_id, id FROM message_reports WHERE created < $1 ORDER BY created LIMIT $2)",
    )
    .bind(before)
    .bind(i64::from(limit))
    .execute(store.pool())
    .await?;
    Ok(removed.rows_affected())
}

fn report(row: &AnyRow) -> Result<Report, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name);
    Ok(Report {
        id: unsigned("report", row.try_get("id")?)?,
        reporter: UserId::from_trusted(text("reporter")?),
        message: MessageId(unsigned("message", row.try_get("message")?)?),
        sender: UserId::from_trusted(text("sender")?),
        conversation: ConversationKey::from_trusted(text("conversation")?),
        kind: text("kind")?,
        reason: text("reason")?,
        snapshot: text("snapshot")?,
        created: row.try_get("created")?,
        state: text("state")?,
        handler: row.try_get("handler")?,
        handled: row.try_get("handled")?,
        note: text("note")?,
    })
}
