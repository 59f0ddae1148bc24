//! Reading what was said in an app.

use futures_util::future::BoxFuture;
use hongyan_model::{AppId, MessageId};

use super::PostgresReader;
use super::reader::select;
use crate::StoreError;
use crate::log::span::{GONE, LogSpan, MessagePage};
use crate::log::{loaded, stored};

impl LogSpan for PostgresReader {
    fn messages_between(
        &self,
        app: AppId,
        after: MessageId,
        until: MessageId,
        scan: usize,
    ) -> BoxFuture<'_, Result<MessagePage, StoreError>> {
        Box::pin(async move {
            let last: Option<i64> = sqlx::query_scalar(
                "SELECT id FROM messages WHERE app = $1 AND id > $2 AND id <= $3 ORDER BY id OFFSET $4 LIMIT 1",
            )
            .bind(app.0)
            .bind(stored(after.0))
            .bind(stored(until.0))
            .bind(stored(scan as u64 - 1))
            .fetch_optional(&self.pool)
            .await?;
            let mut query = select();
            query.push_bind(app.0).push(" AND id > ").push_bind(stored(after.0));
            query.push(" AND id <= ").push_bind(last.unwrap_or(stored(until.0)));
            query.push(" AND kind < 20 AND flags & ").push_bind(i64::from(GONE.0));
            query.push(" = 0 ORDER BY id");
            let messages = self.read_entries(query).await?;
            Ok(MessagePage { messages, reached: last.map(|id| MessageId(loaded(id))) })
        })
    }
}
