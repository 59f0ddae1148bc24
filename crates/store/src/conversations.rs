//! What users did to their conversations: read, deleted, pinned, marked.

use hongyan_model::{AppId, ConversationKey, MessageId, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::contacts::lock_users;
use crate::engine::placeholders;
use crate::{Store, StoreError};

/// Conversations, or read positions, in one statement. Always the same number but for the last, so that few texts
/// are prepared.
const CHUNK: usize = 50;
/// The row that holds for all conversations of a user.
const ALL: &str = "";

/// What a user did to a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConversationState {
    /// Which.
    pub conversation: ConversationKey,
    /// It has read everything up to here.
    pub read: MessageId,
    /// It has deleted what was said up to here.
    pub hidden: MessageId,
    /// It has taken the conversation off its list, with everything up to here.
    pub removed: MessageId,
    /// When it pinned the conversation, if it did.
    pub pinned: Option<Timestamp>,
    /// Its marks, one bit each.
    pub marks: u32,
}

impl ConversationState {
    /// Of a conversation to which the user did nothing.
    #[must_use]
    pub fn untouched(conversation: ConversationKey) -> Self {
        let nothing = MessageId(0);
        Self {
            conversation,
            read: nothing,
            hidden: nothing,
            removed: nothing,
            pinned: None,
            marks: 0,
        }
    }
}

/// What a user has deleted for itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Deletions {
    /// Everything up to here, in every conversation.
    pub everything: Option<MessageId>,
    /// Everything up to here, by conversation.
    pub conversations: Vec<(ConversationKey, MessageId)>,
    /// Single messages.
    pub messages: Vec<MessageId>,
}

/// How far a user has read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadRow {
    /// App.
    pub app: AppId,
    /// Who.
    pub user: UserId,
    /// What.
    pub conversation: ConversationKey,
    /// Up to here.
    pub read: MessageId,
}

/// What became of a change that a limit may stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// It is done.
    Done,
    /// It would exceed the limit; nothing was changed.
    Full,
}

const COLUMNS: &str = "conv, read_id, hidden_id, removed_id, pinned, marks";

/// What `user` did to those of `conversations` to which it did anything.
pub async fn states(
    store: &Store,
    app: AppId,
    user: &UserId,
    conversations: &[ConversationKey],
) -> Result<Vec<ConversationState>, StoreError> {
    let mut states = Vec::new();
    for chunk in conversations.chunks(CHUNK) {
        let sql = format!(
            "SELECT {COLUMNS} FROM user_conversations WHERE app_id = $1 AND user_id = $2 AND conv IN ({})",
            placeholders(3, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0).bind(user.as_str());
        for conversation in chunk {
            query = query.bind(conversation.as_str());
        }
        for row in &query.fetch_all(store.pool()).await? {
            states.push(read_state(row)?);
        }
    }
    Ok(states)
}

/// The pinned conversations of `user`, the one pinned last first, at most `limit`.
pub async fn pinned(
    store: &Store,
    app: AppId,
    user: &UserId,
    limit: usize,
) -> Result<Vec<ConversationState>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM user_conversations WHERE app_id = $1 AND user_id = $2 AND pinned IS NOT NULL \
         ORDER BY pinned DESC, conv LIMIT $3"
    )))
    .bind(app.0)
    .bind(user.as_str())
    .bind(number(limit))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read_state).collect()
}

/// The conversations of `user` with one of these marks (a bit each), at most `limit`.
pub async fn marked(
    store: &Store,
    app: AppId,
    user: &UserId,
    marks: u32,
    limit: usize,
) -> Result<Vec<ConversationState>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM user_conversations WHERE app_id = $1 AND user_id = $2 AND marks <> 0 \
         AND (marks & $3) <> 0 ORDER BY conv LIMIT $4"
    )))
    .bind(app.0)
    .bind(user.as_str())
    .bind(i64::from(marks))
    .bind(number(limit))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read_state).collect()
}

/// Pins a conversation at `now`, unless `user` has `most` pinned ones already. One that is pinned keeps its time.
pub async fn pin(
    store: &Store,
    app: AppId,
    user: &UserId,
    conversation: &ConversationKey,
    now: Timestamp,
    most: Option<u64>,
) -> Result<(Kept, Timestamp), StoreError> {
    let mut tx = store.begin_write().await?;
    // One change of a user after the other, so that two do not both find the last place.
    lock_users(&mut tx, app, &[user]).await?;
    touch(&mut tx, app, user, conversation).await?;
    let before: Option<i64> = sqlx::query_scalar(
        "SELECT pinned FROM user_conversations WHERE app_id = $1 AND user_id = $2 AND conv = $3",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(conversation.as_str())
    .fetch_one(&mut *tx)
    .await?;
    if let Some(since) = before {
        return Ok((Kept::Done, since));
    }
    let pinned: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM user_conversations WHERE app_id = $1 AND user_id = $2 AND pinned IS NOT NULL",
    )
    .bind(app.0)
    .bind(user.as_str())
    .fetch_one(&mut *tx)
    .await?;
    if most.is_some_and(|most| unsigned(pinned) >= most) {
        return Ok((Kept::Full, now));
    }
    sqlx::query(
        "UPDATE user_conversations SET pinned = $4 WHERE app_id = $1 AND user_id = $2 AND conv = $3",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(conversation.as_str())
    .bind(now)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok((Kept::Done, now))
}

/// Unpins a conversation; answers whether it was pinned.
pub async fn unpin(
    store: &Store,
    app: AppId,
    user: &UserId,
    conversation: &ConversationKey,
) -> Result<bool, StoreError> {
    let changed = sqlx::query(
        "UPDATE user_conversations SET pinned = NULL \
         WHERE app_id = $1 AND user_id = $2 AND conv = $3 AND pinned IS NOT NULL",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(conversation.as_str())
    .execute(store.pool())
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Puts a mark (a bit) on conversations, all of them or none; a conversation has at most `most` marks.
pub async fn mark(
    store: &Store,
    app: AppId,
    user: &UserId,
    conversations: &[ConversationKey],
    mark: u32,
    most: Option<u64>,
) -> Result<Kept, StoreError> {
    let mut tx = store.begin_write().await?;
    lock_users(&mut tx, app, &[user]).await?;
    for conversation in conversations {
        touch(&mut tx, app, user, conversation).await?;
        let marks: i64 = sqlx::query_scalar(
            "UPDATE user_conversations SET marks = marks | $4 \
             WHERE app_id = $1 AND user_id = $2 AND conv = $3 RETURNING marks",
        )
        .bind(app.0)
        .bind(user.as_str())
        .bind(conversation.as_str())
        .bind(i64::from(mark))
        .fetch_one(&mut *tx)
        .await?;
        if most.is_some_and(|most| u64::from(marks.count_ones()) > most) {
            return Ok(Kept::Full);
        }
    }
    tx.commit().await?;
    Ok(Kept::Done)
}

/// Takes a mark (a bit) off conversations; those without it do not matter.
pub async fn unmark(
    store: &Store,
    app: AppId,
    user: &UserId,
    conversations: &[ConversationKey],
    mark: u32,
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    for conversation in conversations {
        // The engines have no common operator that clears a bit.
        sqlx::query(
            "UPDATE user_conversations SET marks = marks - $4 \
             WHERE app_id = $1 AND user_id = $2 AND conv = $3 AND (marks & $4) <> 0",
        )
        .bind(app.0)
        .bind(user.as_str())
        .bind(conversation.as_str())
        .bind(i64::from(mark))
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Takes a conversation off a user's list up to `until`, with pin and marks; `history` deletes what was said, too.
pub async fn remove(
    store: &Store,
    app: AppId,
    user: &UserId,
    conversation: &ConversationKey,
    until: MessageId,
    history: bool,
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    remove_row(&mut tx, app, user, conversation.as_str(), until, history).await?;
    if history {
        forget_single(&mut tx, app, user, Some(conversation), until).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Deletes all that was said to a user up to `until`, and empties its list, with pins and marks.
pub async fn remove_all(
    store: &Store,
    app: AppId,
    user: &UserId,
    until: MessageId,
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    remove_row(&mut tx, app, user, ALL, until, true).await?;
    sqlx::query(
        "UPDATE user_conversations SET pinned = NULL, marks = 0, hidden_id = 0, removed_id = 0 \
         WHERE app_id = $1 AND user_id = $2 AND conv <> $3",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(ALL)
    .execute(&mut *tx)
    .await?;
    forget_single(&mut tx, app, user, None, until).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes, for a user, what was said in a conversation up to `until`.
pub async fn hide_until(
    store: &Store,
    app: AppId,
    user: &UserId,
    conversation: &ConversationKey,
    until: MessageId,
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    sqlx::query(
        "INSERT INTO user_conversations (app_id, user_id, conv, hidden_id) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (app_id, user_id, conv) DO UPDATE SET hidden_id = excluded.hidden_id \
         WHERE user_conversations.hidden_id < excluded.hidden_id",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(conversation.as_str())
    .bind(stored(until))
    .execute(&mut *tx)
    .await?;
    forget_single(&mut tx, app, user, Some(conversation), until).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes single messages of a conversation for a user, who may have `most` such; those up to `gone`, which nobody
/// can read any more, make room.
pub async fn hide(
    store: &Store,
    app: AppId,
    user: &UserId,
    conversation: &ConversationKey,
    messages: &[MessageId],
    (most, gone): (usize, MessageId),
) -> Result<Kept, StoreError> {
    let mut tx = store.begin_write().await?;
    lock_users(&mut tx, app, &[user]).await?;
    forget_single(&mut tx, app, user, None, gone).await?;
    for message in messages {
        sqlx::query(
            "INSERT INTO hidden_messages (app_id, user_id, message_id, conv) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        )
        .bind(app.0)
        .bind(user.as_str())
        .bind(stored(*message))
        .bind(conversation.as_str())
        .execute(&mut *tx)
        .await?;
    }
    let hidden: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM hidden_messages WHERE app_id = $1 AND user_id = $2",
    )
    .bind(app.0)
    .bind(user.as_str())
    .fetch_one(&mut *tx)
    .await?;
    if hidden > number(most) {
        return Ok(Kept::Full);
    }
    tx.commit().await?;
    Ok(Kept::Done)
}

/// What `user` has deleted for itself.
pub async fn deletions(store: &Store, app: AppId, user: &UserId) -> Result<Deletions, StoreError> {
    let mut deletions = Deletions::default();
    let rows = sqlx::query(
        "SELECT conv, hidden_id FROM user_conversations WHERE app_id = $1 AND user_id = $2 AND hidden_id <> 0",
    )
    .bind(app.0)
    .bind(user.as_str())
    .fetch_all(store.pool())
    .await?;
    for row in &rows {
        let conv: String = row.try_get("conv")?;
        let until = read_id(row, "hidden_id")?;
        match conv.as_str() {
            ALL => deletions.everything = Some(until),
            _ => deletions.conversations.push((ConversationKey::from_trusted(conv), until)),
        }
    }
    let rows =
        sqlx::query("SELECT message_id FROM hidden_messages WHERE app_id = $1 AND user_id = $2")
            .bind(app.0)
            .bind(user.as_str())
            .fetch_all(store.pool())
            .await?;
    for row in &rows {
        deletions.messages.push(read_id(row, "message_id")?);
    }
    Ok(deletions)
}

/// Makes read positions durable, each conversation of a user once and in order; a position never moves back. Those of
/// users who are no more are dropped.
pub async fn save_read(store: &Store, rows: &[ReadRow]) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    for chunk in rows.chunks(CHUNK) {
        let row = |n: usize| format!("({})", placeholders(4 * n + 1, 4));
        let values: Vec<String> = (0..chunk.len()).map(row).collect();
        let sql = format!(
            "INSERT INTO user_conversations (app_id, user_id, conv, read_id) \
             SELECT users.app_id, users.id, moved.column3, moved.column4 FROM (VALUES {}) moved \
             JOIN users ON users.app_id = moved.column1 AND users.id = moved.column2 WHERE moved.column4 > 0 \
             ON CONFLICT (app_id, user_id, conv) DO UPDATE SET read_id = excluded.read_id \
             WHERE user_conversations.read_id < excluded.read_id",
            values.join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for row in chunk {
            query = query
                .bind(row.app.0)
                .bind(row.user.as_str())
                .bind(row.conversation.as_str())
                .bind(stored(row.read));
        }
        query.execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Takes pin and marks of a conversation from users who have no part in it any more.
pub async fn let_go(
    store: &Store,
    app: AppId,
    conversation: &ConversationKey,
    users: &[UserId],
) -> Result<(), StoreError> {
    for chunk in users.chunks(CHUNK) {
        let sql = format!(
            "UPDATE user_conversations SET pinned = NULL, marks = 0 \
             WHERE app_id = $1 AND conv = $2 AND user_id IN ({}) AND (pinned IS NOT NULL OR marks <> 0)",
            placeholders(3, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0).bind(conversation.as_str());
        for user in chunk {
            query = query.bind(user.as_str());
        }
        query.execute(store.pool()).await?;
    }
    Ok(())
}

/// Forgets what everybody did to a conversation that is no more.
pub async fn forget(
    store: &Store,
    app: AppId,
    conversation: &ConversationKey,
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    for sql in [
        "DELETE FROM user_conversations WHERE app_id = $1 AND conv = $2",
        "DELETE FROM hidden_messages WHERE app_id = $1 AND conv = $2",
    ] {
        sqlx::query(sql).bind(app.0).bind(conversation.as_str()).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Makes sure that there is a row.
async fn touch(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    user: &UserId,
    conversation: &ConversationKey,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO user_conversations (app_id, user_id, conv) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(conversation.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn remove_row(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    user: &UserId,
    conv: &str,
    until: MessageId,
    history: bool,
) -> Result<(), StoreError> {
    // Positions of one user come from one generator: a later removal has the greater one.
    let hidden = if history { stored(until) } else { 0 };
    sqlx::query(
        "INSERT INTO user_conversations (app_id, user_id, conv, removed_id, hidden_id) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (app_id, user_id, conv) DO UPDATE SET removed_id = excluded.removed_id, \
         hidden_id = CASE WHEN excluded.hidden_id > user_conversations.hidden_id \
             THEN excluded.hidden_id ELSE user_conversations.hidden_id END, \
         pinned = NULL, marks = 0",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(conv)
    .bind(stored(until))
    .bind(hidden)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Single deletions up to `until` say nothing any more: of a conversation, or of all.
async fn forget_single(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    user: &UserId,
    conversation: Option<&ConversationKey>,
    until: MessageId,
) -> Result<(), StoreError> {
    let sql = match conversation {
        Some(_) => {
            "DELETE FROM hidden_messages WHERE app_id = $1 AND user_id = $2 AND message_id <= $3 AND conv = $4"
        }
        None => {
            "DELETE FROM hidden_messages WHERE app_id = $1 AND user_id = $2 AND message_id <= $3"
        }
    };
    let query = sqlx::query(sql).bind(app.0).bind(user.as_str()).bind(stored(until));
    let query = match conversation {
        Some(conversation) => query.bind(conversation.as_str()),
        None => query,
    };
    query.execute(&mut **tx).await?;
    Ok(())
}

fn read_state(row: &AnyRow) -> Result<ConversationState, StoreError> {
    let marks: i64 = row.try_get("marks")?;
    Ok(ConversationState {
        conversation: ConversationKey::from_trusted(row.try_get::<String, _>("conv")?),
        read: read_id(row, "read_id")?,
        hidden: read_id(row, "hidden_id")?,
        removed: read_id(row, "removed_id")?,
        pinned: row.try_get("pinned")?,
        marks: u32::try_from(marks).unwrap_or_default(),
    })
}

fn read_id(row: &AnyRow, column: &str) -> Result<MessageId, StoreError> {
    Ok(MessageId(unsigned(row.try_get(column)?)))
}

/// The stored form of an id, which has 63 bits.
fn stored(id: MessageId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn number(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
