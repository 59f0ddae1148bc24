//! What users have made of messages: it goes with them.

use std::collections::BTreeMap;

use hongyan_model::{AppId, ConversationKey, MessageId};
use sqlx::AssertSqlSafe;

use crate::engine::placeholders;
use crate::{Expired, Store, StoreError};

/// Messages in one statement.
const CHUNK: usize = 100;
/// Tables with a row, or rows, for a message, and its column.
const TABLES: [(&str, &str); 5] = [
    ("reaction_users", "message_id"),
    ("reactions", "message_id"),
    ("reacted_messages", "message_id"),
    ("message_streams", "id"),
    ("moderation_jobs", "message"),
];

/// Forgets reactions to messages that are gone, and their pins.
pub async fn forget(store: &Store, app: AppId, gone: &[Expired]) -> Result<(), StoreError> {
    for chunk in gone.chunks(CHUNK) {
        let mut tx = store.begin_write().await?;
        for (table, column) in TABLES {
            let list = placeholders(2, chunk.len());
            let text = format!("DELETE FROM {table} WHERE app_id = $1 AND {column} IN ({list})");
            let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0);
            for entry in chunk {
                query = query.bind(entry.id.0.cast_signed());
            }
            query.execute(&mut *tx).await?;
        }
        // Of a conversation goes what is older than the newest that goes.
        let mut newest: BTreeMap<&ConversationKey, MessageId> = BTreeMap::new();
        for entry in chunk {
            let newest = newest.entry(&entry.conversation).or_insert(entry.id);
            *newest = entry.id.max(*newest);
        }
        for (conversation, until) in newest {
            let unpinned = sqlx::query(
                "DELETE FROM message_pins WHERE app_id = $1 AND conversation = $2 AND message_id <= $3",
            )
            .bind(app.0)
            .bind(conversation.as_str())
            .bind(until.0.cast_signed())
            .execute(&mut *tx)
            .await?;
            if unpinned.rows_affected() > 0 {
                sqlx::query(
                    "UPDATE pinned_conversations SET pins = pins - $3 WHERE app_id = $1 AND conversation = $2",
                )
                .bind(app.0)
                .bind(conversation.as_str())
                .bind(i64::try_from(unpinned.rows_affected()).unwrap_or_default())
                .execute(&mut *tx)
                .await?;
            }
        }
        tx.commit().await?;
    }
    Ok(())
}
