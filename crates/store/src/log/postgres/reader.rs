//! Reads.

use futures_util::future::BoxFuture;
use hongyan_model::{AppId, ConversationKey, DeviceId, EntryFlags, LogEntry, MessageId, UserId};
use sqlx::postgres::PgPool;
use sqlx::{Postgres, QueryBuilder};

use super::nodes::HORIZON;
use super::{ENTRY_COLUMNS, log_entry};
use crate::StoreError;
use crate::log::{HistoryFilter, LogReader, loaded, stored};

pub(in crate::log) struct PostgresReader {
    pub(super) pool: PgPool,
    /// Number of this node.
    pub(super) node: u8,
}

pub(super) fn select() -> QueryBuilder<Postgres> {
    QueryBuilder::new(format!("SELECT {ENTRY_COLUMNS} FROM messages WHERE app = "))
}

impl PostgresReader {
    pub(super) async fn read_entries(
        &self,
        mut query: QueryBuilder<Postgres>,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let rows = query.build().fetch_all(&self.pool).await?;
        Ok(rows.iter().map(log_entry).collect::<Result<_, _>>()?)
    }

    /// What matches the filter, among the positions of `window` if there is one.
    pub(super) async fn read_history(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        filter: &HistoryFilter,
        window: Option<(u64, u64)>,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let mut query = select();
        query.push_bind(app.0).push(" AND conv = ").push_bind(conversation.as_str().to_owned());
        if let Some(from) = filter.from {
            let text = if filter.oldest_first { " AND seq > " } else { " AND seq < " };
            query.push(text).push_bind(stored(from));
        }
        query.push(" AND seq > 0");
        if let Some((first, last)) = window {
            query.push(" AND seq >= ").push_bind(stored(first));
            query.push(" AND seq <= ").push_bind(stored(last));
        }
        if let Some(after) = filter.after_id {
            query.push(" AND id > ").push_bind(stored(after.0));
        }
        if let Some(time) = filter.from_time {
            query.push(" AND ts >= ").push_bind(time);
        }
        if let Some(time) = filter.to_time {
            query.push(" AND ts <= ").push_bind(time);
        }
        if let Some(sender) = &filter.sender {
            query.push(" AND sender = ").push_bind(sender.as_str().to_owned());
        }
        let hidden = EntryFlags::RECALLED.with(EntryFlags::ONLINE_ONLY);
        query.push(" AND flags & ").push_bind(i64::from(hidden.0)).push(" = 0");
        let kinds: Vec<_> = filter.kinds.iter().map(|k| *k as i64).collect();
        query.push(" AND kind = ANY(").push_bind(kinds).push(")");
        query.push(if filter.oldest_first { " ORDER BY seq" } else { " ORDER BY seq DESC" });
        query.push(" LIMIT ").push_bind(stored(filter.limit as u64));
        self.read_entries(query).await
    }
}

impl LogReader for PostgresReader {
    fn after(
        &self,
        app: AppId,
        conversation: ConversationKey,
        seq: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>> {
        Box::pin(async move {
            let mut query = select();
            query.push_bind(app.0).push(" AND conv = ").push_bind(conversation.as_str().to_owned());
            query.push(" AND seq > ").push_bind(stored(seq));
            query.push(" ORDER BY seq LIMIT ").push_bind(stored(limit as u64));
            self.read_entries(query).await
        })
    }

    fn history(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: HistoryFilter,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>> {
        Box::pin(async move { self.read_history(app, &conversation, &filter, None).await })
    }

    fn entry(
        &self,
        app: AppId,
        id: MessageId,
    ) -> BoxFuture<'_, Result<Option<LogEntry>, StoreError>> {
        Box::pin(async move {
            let mut query = select();
            query.push_bind(app.0).push(" AND id = ").push_bind(stored(id.0));
            Ok(self.read_entries(query).await?.pop())
        })
    }

    fn of_app(
        &self,
        app: AppId,
        after: MessageId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>> {
        Box::pin(async move {
            let mut query = select();
            query.push_bind(app.0).push(" AND seq > 0 AND id > ").push_bind(stored(after.0));
            query.push(" AND id <= ").push(HORIZON);
            query.push(" ORDER BY id LIMIT ").push_bind(stored(limit as u64));
            self.read_entries(query).await
        })
    }

    fn readers(&self, app: AppId, message: MessageId) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async move {
            let readers: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM group_reads WHERE app = $1 AND message = $2",
            )
            .bind(app.0)
            .bind(stored(message.0))
            .fetch_one(&self.pool)
            .await?;
            Ok(loaded(readers))
        })
    }

    fn devices_named(
        &self,
        app: AppId,
        user: UserId,
        prefix: String,
    ) -> BoxFuture<'_, Result<Vec<DeviceId>, StoreError>> {
        Box::pin(async move {
            let devices: Vec<String> = sqlx::query_scalar(
                "SELECT device FROM devices WHERE app = $1 AND user_id = $2
                 AND starts_with(device, $3) ORDER BY last_seen DESC, device DESC",
            )
            .bind(app.0)
            .bind(user.as_str())
            .bind(prefix)
            .fetch_all(&self.pool)
            .await?;
            Ok(devices.into_iter().map(DeviceId::from_trusted).collect())
        })
    }

    fn cursor(
        &self,
        app: AppId,
        user: UserId,
        device: DeviceId,
        conversation: ConversationKey,
    ) -> BoxFuture<'_, Result<Option<u64>, StoreError>> {
        Box::pin(async move {
            let seq: Option<i64> = sqlx::query_scalar(
                "SELECT seq FROM cursors WHERE app = $1 AND user_id = $2 AND device = $3 AND conv = $4",
            )
            .bind(app.0)
            .bind(user.as_str())
            .bind(device.as_str())
            .bind(conversation.as_str())
            .fetch_optional(&self.pool)
            .await?;
            Ok(seq.map(loaded))
        })
    }

    fn position(
        &self,
        app: AppId,
        conversation: ConversationKey,
        id: MessageId,
    ) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async move {
            Ok(loaded(super::trace::position(&self.pool, app, conversation.as_str(), id).await?))
        })
    }

    fn unread(
        &self,
        app: AppId,
        user: UserId,
        device: DeviceId,
        base: MessageId,
        groups: Vec<(ConversationKey, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<ConversationKey>, StoreError>> {
        Box::pin(async move {
            let convs: Vec<_> = groups.iter().map(|(conv, _)| conv.as_str().to_owned()).collect();
            let joined: Vec<_> = groups.iter().map(|(_, joined)| stored(joined.0)).collect();
            let unread: Vec<String> = sqlx::query_scalar(
                "WITH mine(conv, since) AS (
                     SELECT conv, 0::bigint FROM inbox WHERE app = $1 AND user_id = $2
                     UNION ALL
                     SELECT * FROM unnest($4::text[], $5::bigint[])
                 )
                 SELECT mine.conv FROM mine
                 JOIN conversations head ON head.app = $1 AND head.conv = mine.conv
                 LEFT JOIN cursors c ON c.app = $1 AND c.user_id = $2 AND c.device = $3 AND c.conv = mine.conv
                 WHERE head.head_seq > coalesce(c.seq, 0) AND head.head_id > greatest(mine.since, $6)
                 LIMIT $7",
            )
            .bind(app.0)
            .bind(user.as_str())
            .bind(device.as_str())
            .bind(convs)
            .bind(joined)
            .bind(stored(base.0))
            .bind(stored(limit as u64))
            .fetch_all(&self.pool)
            .await?;
            Ok(unread.into_iter().map(ConversationKey::from_trusted).collect())
        })
    }
}
