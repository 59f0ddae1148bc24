//! Pinned messages of conversations.
//!
//! Every write takes the conversation's row in `pinned_conversations` first, so that its number is right.

use hongyan_model::{AppId, ConversationKey, GroupId, MessageId, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::{Store, StoreError};

/// A pinned message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pin {
    /// Which.
    pub message: MessageId,
    /// Who pinned it last.
    pub operator: UserId,
    /// When (Unix ms).
    pub pinned: Timestamp,
}

/// Pins a message, unless its conversation has `most` others (`None` is no limit): `false` then. A pinned message
/// becomes the pin of who pins it again.
pub async fn add(
    store: &Store,
    app: AppId,
    conversation: &ConversationKey,
    pin: &Pin,
    most: Option<u64>,
) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    let row = sqlx::query(
        "INSERT INTO pinned_conversations (app_id, conversation, pins) VALUES ($1, $2, 0) \
         ON CONFLICT (app_id, conversation) DO UPDATE SET pins = pinned_conversations.pins RETURNING pins",
    )
    .bind(app.0)
    .bind(conversation.as_str())
    .fetch_one(&mut *tx)
    .await?;
    let pins = row.try_get::<i64, _>("pins")?.unsigned_abs();
    let renewed = sqlx::query(
        "UPDATE message_pins SET operator = $4, pinned = $5 \
         WHERE app_id = $1 AND conversation = $2 AND message_id = $3",
    )
    .bind(app.0)
    .bind(conversation.as_str())
    .bind(pin.message.0.cast_signed())
    .bind(pin.operator.as_str())
    .bind(pin.pinned)
    .execute(&mut *tx)
    .await?;
    if renewed.rows_affected() == 0 {
        if most.is_some_and(|most| pins >= most) {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO message_pins (app_id, conversation, message_id, operator, pinned) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(app.0)
        .bind(conversation.as_str())
        .bind(pin.message.0.cast_signed())
        .bind(pin.operator.as_str())
        .bind(pin.pinned)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "UPDATE pinned_conversations SET pins = pins + 1 WHERE app_id = $1 AND conversation = $2",
        )
        .bind(app.0)
        .bind(conversation.as_str())
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Unpins a message; `false` if it was not pinned. Costs a look where it was not.
pub async fn remove(
    store: &Store,
    app: AppId,
    conversation: &ConversationKey,
    message: MessageId,
) -> Result<bool, StoreError> {
    if find(store, app, conversation, message).await?.is_none() {
        return Ok(false);
    }
    let mut tx = store.begin_write().await?;
    sqlx::query(
        "UPDATE pinned_conversations SET pins = pins WHERE app_id = $1 AND conversation = $2",
    )
    .bind(app.0)
    .bind(conversation.as_str())
    .execute(&mut *tx)
    .await?;
    let deleted = sqlx::query(
        "DELETE FROM message_pins WHERE app_id = $1 AND conversation = $2 AND message_id = $3",
    )
    .bind(app.0)
    .bind(conversation.as_str())
    .bind(message.0.cast_signed())
    .execute(&mut *tx)
    .await?;
    if deleted.rows_affected() == 0 {
        return Ok(false);
    }
    for text in [
        "UPDATE pinned_conversations SET pins = pins - 1 WHERE app_id = $1 AND conversation = $2",
        "DELETE FROM pinned_conversations WHERE app_id = $1 AND conversation = $2 AND pins = 0",
    ] {
        sqlx::query(text).bind(app.0).bind(conversation.as_str()).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// The pin of a message.
pub async fn find(
    store: &Store,
    app: AppId,
    conversation: &ConversationKey,
    message: MessageId,
) -> Result<Option<Pin>, StoreError> {
    let row = sqlx::query(
        "SELECT message_id, operator, pinned FROM message_pins \
         WHERE app_id = $1 AND conversation = $2 AND message_id = $3",
    )
    .bind(app.0)
    .bind(conversation.as_str())
    .bind(message.0.cast_signed())
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(pin_from_row).transpose()
}

/// Pins of a conversation, the newest first, behind the one `after`.
pub async fn page(
    store: &Store,
    app: AppId,
    conversation: &ConversationKey,
    after: Option<(Timestamp, MessageId)>,
    limit: usize,
) -> Result<Vec<Pin>, StoreError> {
    let (pinned, message) =
        after.map_or((i64::MAX, i64::MAX), |(at, message)| (at, message.0.cast_signed()));
    let rows = sqlx::query(
        "SELECT message_id, operator, pinned FROM message_pins WHERE app_id = $1 AND conversation = $2 \
         AND (pinned, message_id) < ($3, $4) ORDER BY pinned DESC, message_id DESC LIMIT $5",
    )
    .bind(app.0)
    .bind(conversation.as_str())
    .bind(pinned)
    .bind(message)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(pin_from_row).collect()
}

/// Unpins everything of a conversation that ends in `tx`.
pub(crate) async fn clear(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    conversation: &ConversationKey,
) -> Result<(), StoreError> {
    for text in [
        "DELETE FROM pinned_conversations WHERE app_id = $1 AND conversation = $2",
        "DELETE FROM message_pins WHERE app_id = $1 AND conversation = $2",
    ] {
        sqlx::query(text).bind(app.0).bind(conversation.as_str()).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Unpins everything of the threads of a group that end in `tx`.
pub(crate) async fn clear_threads(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    group: &GroupId,
) -> Result<(), StoreError> {
    for table in ["pinned_conversations", "message_pins"] {
        let text = format!(
            "DELETE FROM {table} WHERE app_id = $1 AND conversation IN \
             (SELECT 't:' || id FROM threads WHERE app_id = $1 AND group_id = $2)"
        );
        let query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(group.as_str());
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

fn pin_from_row(row: &AnyRow) -> Result<Pin, StoreError> {
    Ok(Pin {
        message: MessageId(row.try_get::<i64, _>("message_id")?.cast_unsigned()),
        operator: UserId::from_trusted(row.try_get::<String, _>("operator")?),
        pinned: row.try_get("pinned")?,
    })
}
