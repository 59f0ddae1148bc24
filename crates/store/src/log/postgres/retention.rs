//! Removing what is too old.

use futures_util::future::BoxFuture;
use hongyan_model::{AppId, ConversationKey, MessageId};
use sqlx::Row;

use super::PostgresReader;
use super::writer::Writer;
use crate::StoreError;
use crate::log::retention::{CONVERSATIONS, Expired, ExpiredPage, LogAge, Retention};
use crate::log::{loaded, stored};

const STEPS: [&str; 4] = [
    "DELETE FROM message_sends s USING messages m WHERE m.app = $1 AND m.id = ANY($2) AND s.app = m.app \
     AND s.sender = m.sender AND s.device = m.device AND s.client_id = m.client_id",
    "DELETE FROM group_reads WHERE app = $1 AND message = ANY($2)",
    "DELETE FROM message_edits WHERE app = $1 AND message = ANY($2)",
    "DELETE FROM messages WHERE app = $1 AND id = ANY($2)",
];

impl LogAge for PostgresReader {
    fn expired(
        &self,
        app: AppId,
        after: Option<ConversationKey>,
        retention: Retention,
        limit: usize,
    ) -> BoxFuture<'_, Result<ExpiredPage, StoreError>> {
        Box::pin(async move {
            let first = after.as_ref().map_or("", ConversationKey::as_str).to_owned();
            let conversations: Vec<String> = sqlx::query_scalar(
                "SELECT conv FROM (
                     (SELECT conv FROM conversations WHERE app = $1 AND conv > $2 ORDER BY conv LIMIT $3)
                     UNION
                     (SELECT DISTINCT conv FROM messages WHERE app = $1 AND conv > $2 AND seq < 0 ORDER BY conv LIMIT $3)
                 ) known ORDER BY conv LIMIT $3",
            )
            .bind(app.0)
            .bind(first)
            .bind(stored(CONVERSATIONS as u64))
            .fetch_all(&self.pool)
            .await?;
            let is_last = conversations.len() < CONVERSATIONS;
            let mut page = ExpiredPage { entries: Vec::new(), next: after, is_last: false };
            for conversation in conversations {
                let key = ConversationKey::from_trusted(conversation);
                let room = limit - page.entries.len();
                let rows = sqlx::query(
                    "SELECT seq, id FROM messages WHERE app = $1 AND conv = $2 AND seq > 0 AND seq < \
                     (SELECT head_seq FROM conversations WHERE app = $1 AND conv = $2) ORDER BY seq LIMIT $3",
                )
                .bind(app.0)
                .bind(key.as_str())
                .bind(stored(room as u64))
                .fetch_all(&self.pool)
                .await?;
                let mut taken = 0;
                for row in rows {
                    let id = MessageId(loaded(row.try_get("id")?));
                    if id >= retention.of(&key) {
                        break;
                    }
                    let seq = loaded(row.try_get("seq")?);
                    page.entries.push(Expired { conversation: key.clone(), seq, id });
                    taken += 1;
                }
                let left = room - taken;
                let imported = self.expired_imports(app, &key, retention.of(&key), left).await?;
                taken += imported.len();
                let expired = |id| Expired { conversation: key.clone(), seq: 0, id };
                page.entries.extend(imported.into_iter().map(expired));
                if taken == room {
                    // There may be more of it.
                    return Ok(page);
                }
                page.next = Some(key);
            }
            Ok(ExpiredPage { is_last, ..page })
        })
    }
}

impl Writer {
    /// Removes entries, who read them, what edited them and what their senders called them.
    pub(super) async fn remove(&self, app: AppId, entries: &[Expired]) -> Result<(), sqlx::Error> {
        let ids: Vec<i64> = entries.iter().map(|entry| stored(entry.id.0)).collect();
        let mut transaction = self.pool.begin().await?;
        for sql in STEPS {
            sqlx::query(sql).bind(app.0).bind(&ids).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }
}
