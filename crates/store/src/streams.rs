//! Streamed messages that go on.

use hongyan_model::{AppId, ConversationKey, MessageId};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::members::{signed, unsigned};
use crate::{Store, StoreError};

/// A streamed message whose last chunk has not come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenStream {
    /// App.
    pub app: AppId,
    /// The message.
    pub id: MessageId,
    /// Where it is written.
    pub conversation: ConversationKey,
    /// Its position there.
    pub seq: u64,
}

/// Notes that a streamed message has begun.
pub async fn begin(store: &Store, stream: &OpenStream) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO message_streams (app_id, id, conversation, seq) VALUES ($1, $2, $3, $4)",
    )
    .bind(stream.app.0)
    .bind(signed(stream.id.0))
    .bind(stream.conversation.as_str())
    .bind(signed(stream.seq))
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Notes that it has ended.
pub async fn end(store: &Store, app: AppId, id: MessageId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM message_streams WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(signed(id.0))
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Those that go on, of every app.
pub async fn open(store: &Store) -> Result<Vec<OpenStream>, StoreError> {
    let rows = sqlx::query("SELECT app_id, id, conversation, seq FROM message_streams ORDER BY id")
        .fetch_all(store.pool())
        .await?;
    let stream = |row: &AnyRow| {
        let conversation: String = row.try_get("conversation")?;
        Ok(OpenStream {
            app: AppId(row.try_get("app_id")?),
            id: MessageId(unsigned("message", row.try_get("id")?)?),
            conversation: ConversationKey::from_trusted(conversation),
            seq: unsigned("position", row.try_get("seq")?)?,
        })
    };
    rows.iter().map(stream).collect()
}
