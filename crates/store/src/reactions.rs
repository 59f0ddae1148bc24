//! Reactions below messages.
//!
//! Every write takes the row of its message in `reacted_messages` first: the numbers of kinds and of users are right,
//! whoever else reacts at the same moment.

use std::collections::BTreeMap;

use hongyan_model::{AppId, ConversationKey, MessageId, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::contacts::lock_users;
use crate::engine::placeholders;
use crate::{Store, StoreError};

/// A kind of reaction below a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reaction {
    /// Below which message.
    pub message: MessageId,
    /// Rises with the order in which kinds were first added.
    pub id: i64,
    /// What it is.
    pub reaction: String,
    /// How many users have added it.
    pub users: u64,
    /// The first three of them.
    pub first: Vec<UserId>,
    /// Whether the user who looks is one of them.
    pub own: bool,
}

/// Where a reaction belongs.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// App.
    pub app: AppId,
    /// Below which message.
    pub message: MessageId,
    /// Which kind.
    pub reaction: &'a str,
    /// Whose.
    pub user: &'a UserId,
}

/// What became of [`add`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Addition {
    /// It is there now; the id of its kind.
    Added(i64),
    /// It was there before.
    Already,
    /// The message has as many kinds as it may have.
    TooMany,
    /// There is no such user.
    UnknownUser,
}

/// Adds a user's reaction to a message of `conversation`, unless that makes more than `most` kinds (`None` is no
/// limit); `id` is greater than those before.
pub async fn add(
    store: &Store,
    Place { app, message, reaction, user }: Place<'_>,
    conversation: &ConversationKey,
    id: i64,
    most: Option<u64>,
) -> Result<Addition, StoreError> {
    let mut tx = store.begin_write().await?;
    // The user cannot be deleted meanwhile.
    if lock_users(&mut tx, app, &[user]).await?.is_some() {
        return Ok(Addition::UnknownUser);
    }
    let row = sqlx::query(
        "INSERT INTO reacted_messages (app_id, message_id, conversation, kinds) VALUES ($1, $2, $3, 0) \
         ON CONFLICT (app_id, message_id) DO UPDATE SET kinds = reacted_messages.kinds RETURNING kinds",
    )
    .bind(app.0)
    .bind(message.0.cast_signed())
    .bind(conversation.as_str())
    .fetch_one(&mut *tx)
    .await?;
    let kinds = row.try_get::<i64, _>("kinds")?.unsigned_abs();
    let inserted = sqlx::query(
        "INSERT INTO reaction_users (app_id, message_id, reaction, user_id, id) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT DO NOTHING",
    )
    .bind(app.0)
    .bind(message.0.cast_signed())
    .bind(reaction)
    .bind(user.as_str())
    .bind(id)
    .execute(&mut *tx)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(Addition::Already);
    }
    let known = sqlx::query(
        "UPDATE reactions SET users = users + 1 WHERE app_id = $1 AND message_id = $2 AND reaction = $3 RETURNING id",
    )
    .bind(app.0)
    .bind(message.0.cast_signed())
    .bind(reaction)
    .fetch_optional(&mut *tx)
    .await?;
    let kind = match known {
        Some(row) => row.try_get("id")?,
        None if most.is_some_and(|most| kinds >= most) => return Ok(Addition::TooMany),
        None => {
            sqlx::query(
                "INSERT INTO reactions (app_id, message_id, reaction, id, users) VALUES ($1, $2, $3, $4, 1)",
            )
            .bind(app.0)
            .bind(message.0.cast_signed())
            .bind(reaction)
            .bind(id)
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "UPDATE reacted_messages SET kinds = kinds + 1 WHERE app_id = $1 AND message_id = $2",
            )
            .bind(app.0)
            .bind(message.0.cast_signed())
            .execute(&mut *tx)
            .await?;
            id
        }
    };
    tx.commit().await?;
    Ok(Addition::Added(kind))
}

/// Takes a user's reaction back; `false` if there was none.
pub async fn remove(store: &Store, place: Place<'_>) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    let removed = remove_in(&mut tx, place).await?;
    tx.commit().await?;
    Ok(removed)
}

async fn remove_in(
    tx: &mut Transaction<'static, Any>,
    Place { app, message, reaction, user }: Place<'_>,
) -> Result<bool, StoreError> {
    let message = message.0.cast_signed();
    lock(tx, app, message).await?;
    let deleted = sqlx::query(
        "DELETE FROM reaction_users WHERE app_id = $1 AND message_id = $2 AND reaction = $3 AND user_id = $4",
    )
    .bind(app.0)
    .bind(message)
    .bind(reaction)
    .bind(user.as_str())
    .execute(&mut **tx)
    .await?;
    if deleted.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE reactions SET users = users - 1 WHERE app_id = $1 AND message_id = $2 AND reaction = $3",
    )
    .bind(app.0)
    .bind(message)
    .bind(reaction)
    .execute(&mut **tx)
    .await?;
    let emptied = sqlx::query(
        "DELETE FROM reactions WHERE app_id = $1 AND message_id = $2 AND reaction = $3 AND users = 0",
    )
    .bind(app.0)
    .bind(message)
    .bind(reaction)
    .execute(&mut **tx)
    .await?;
    if emptied.rows_affected() > 0 {
        for text in [
            "UPDATE reacted_messages SET kinds = kinds - 1 WHERE app_id = $1 AND message_id = $2",
            "DELETE FROM reacted_messages WHERE app_id = $1 AND message_id = $2 AND kinds = 0",
        ] {
            sqlx::query(text).bind(app.0).bind(message).execute(&mut **tx).await?;
        }
    }
    Ok(true)
}

/// The reactions below `messages`, as `viewer` sees them: by message, those first that were added first.
pub async fn of_messages(
    store: &Store,
    app: AppId,
    messages: &[MessageId],
    viewer: &UserId,
) -> Result<Vec<Reaction>, StoreError> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let user = |place: usize| {
        format!(
            "(SELECT u.user_id FROM reaction_users u WHERE u.app_id = r.app_id AND u.message_id = r.message_id \
             AND u.reaction = r.reaction ORDER BY u.id LIMIT 1 OFFSET {place})"
        )
    };
    let text = format!(
        "SELECT r.message_id, r.id, r.reaction, r.users, {} AS first, {} AS second, {} AS third, \
         (SELECT COUNT(*) FROM reaction_users u WHERE u.app_id = r.app_id AND u.message_id = r.message_id \
          AND u.reaction = r.reaction AND u.user_id = $2) AS own \
         FROM reactions r WHERE r.app_id = $1 AND r.message_id IN ({}) ORDER BY r.message_id, r.id",
        user(0),
        user(1),
        user(2),
        placeholders(3, messages.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(viewer.as_str());
    for message in messages {
        query = query.bind(message.0.cast_signed());
    }
    query.fetch_all(store.pool()).await?.iter().map(reaction_from_row).collect()
}

fn reaction_from_row(row: &AnyRow) -> Result<Reaction, StoreError> {
    let mut first = Vec::with_capacity(3);
    for column in ["first", "second", "third"] {
        first.extend(row.try_get::<Option<String>, _>(column)?.map(UserId::from_trusted));
    }
    Ok(Reaction {
        message: MessageId(row.try_get::<i64, _>("message_id")?.cast_unsigned()),
        id: row.try_get("id")?,
        reaction: row.try_get("reaction")?,
        users: row.try_get::<i64, _>("users")?.unsigned_abs(),
        first,
        own: row.try_get::<i64, _>("own")? > 0,
    })
}

/// Who has added a reaction to a message, behind the place `after`, in the order in which they did; each with its
/// place.
pub async fn users(
    store: &Store,
    app: AppId,
    message: MessageId,
    reaction: &str,
    after: i64,
    limit: usize,
) -> Result<Vec<(i64, UserId)>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, user_id FROM reaction_users WHERE app_id = $1 AND message_id = $2 AND reaction = $3 AND id > $4 \
         ORDER BY id LIMIT $5",
    )
    .bind(app.0)
    .bind(message.0.cast_signed())
    .bind(reaction)
    .bind(after)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        Ok((row.try_get("id")?, UserId::from_trusted(row.try_get::<String, _>("user_id")?)))
    };
    rows.iter().map(read).collect()
}

/// Removes all reactions below a message. Costs a look where there are none.
pub async fn forget_message(
    store: &Store,
    app: AppId,
    message: MessageId,
) -> Result<(), StoreError> {
    let row =
        sqlx::query("SELECT 1 AS one FROM reacted_messages WHERE app_id = $1 AND message_id = $2")
            .bind(app.0)
            .bind(message.0.cast_signed())
            .fetch_optional(store.pool())
            .await?;
    if row.is_none() {
        return Ok(());
    }
    let mut tx = store.begin_write().await?;
    clear(&mut tx, app, message.0.cast_signed()).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes the reactions below up to `limit` messages of a conversation; answers below how many there were some.
pub async fn forget_conversation(
    store: &Store,
    app: AppId,
    conversation: &ConversationKey,
    limit: usize,
) -> Result<usize, StoreError> {
    let mut tx = store.begin_write().await?;
    let rows = sqlx::query(
        "SELECT message_id FROM reacted_messages WHERE app_id = $1 AND conversation = $2 \
         ORDER BY message_id LIMIT $3",
    )
    .bind(app.0)
    .bind(conversation.as_str())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(&mut *tx)
    .await?;
    for row in &rows {
        clear(&mut tx, app, row.try_get("message_id")?).await?;
    }
    tx.commit().await?;
    Ok(rows.len())
}

async fn clear(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    message: i64,
) -> Result<(), StoreError> {
    lock(tx, app, message).await?;
    for text in [
        "DELETE FROM reaction_users WHERE app_id = $1 AND message_id = $2",
        "DELETE FROM reactions WHERE app_id = $1 AND message_id = $2",
        "DELETE FROM reacted_messages WHERE app_id = $1 AND message_id = $2",
    ] {
        sqlx::query(text).bind(app.0).bind(message).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Takes back up to `limit` reactions of a user; answers how many there were.
pub async fn forget_user(
    store: &Store,
    app: AppId,
    user: &UserId,
    limit: usize,
) -> Result<usize, StoreError> {
    let mut tx = store.begin_write().await?;
    let removed = forget_user_in(&mut tx, app, user, limit).await?;
    tx.commit().await?;
    Ok(removed)
}

pub(crate) async fn forget_user_in(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    user: &UserId,
    limit: usize,
) -> Result<usize, StoreError> {
    let rows = sqlx::query(
        "SELECT message_id, reaction FROM reaction_users WHERE app_id = $1 AND user_id = $2 \
         ORDER BY message_id, reaction LIMIT $3",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(&mut **tx)
    .await?;
    // Message by message, in the order of their ids, so that two who tidy up do not wait for each other.
    let mut places: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for row in &rows {
        places.entry(row.try_get("message_id")?).or_default().push(row.try_get("reaction")?);
    }
    for (message, reactions) in places {
        let message = MessageId(message.cast_unsigned());
        for reaction in &reactions {
            remove_in(tx, Place { app, message, reaction, user }).await?;
        }
    }
    Ok(rows.len())
}

/// Takes the message's row until the transaction ends.
async fn lock(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    message: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE reacted_messages SET kinds = kinds WHERE app_id = $1 AND message_id = $2")
        .bind(app.0)
        .bind(message)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
