//! Looking at many conversations, and history in bounded steps.

use futures_util::future::BoxFuture;
use hongyan_model::{AppId, ConversationKey, EntryFlags, LogEntry, MessageId, UserId};
use sqlx::AssertSqlSafe;
use sqlx::Row;

use super::reader::{PostgresReader, select};
use crate::StoreError;
use crate::log::glance::{GLANCE, Glance, Glanced, HistoryEntries, LogOverview};
use crate::log::{HistoryFilter, loaded, stored};

/// Whether a message `m` of the conversation `w` is listed for the reader `$2`: what `is_listed` says in Rust.
pub(super) const LISTED: &str = "m.flags & $7 = 0 AND m.id <> ALL($6)
    AND (m.audience IS NULL
         OR starts_with(m.audience, '!') AND strpos(',' || substr(m.audience, 2) || ',', ',' || $2 || ',') = 0
         OR NOT starts_with(m.audience, '!') AND starts_with(w.conv, 's:')
            AND (m.sender = $2 OR strpos(',' || m.audience || ',', ',' || $2 || ',') > 0
                 OR starts_with(m.audience, $2 || '/')))";

/// The messages of the conversation `w`, newest first, by the index `messages_alone`.
const MESSAGES: &str = "SELECT m.seq, m.id, m.flags, m.sender, m.audience FROM messages m
    WHERE m.app = $1 AND m.conv = w.conv AND m.seq > 0 AND m.kind < 20 AND m.kind <> 6 ORDER BY m.seq DESC";

impl LogOverview for PostgresReader {
    fn glance(
        &self,
        app: AppId,
        reader: UserId,
        glances: Vec<Glance>,
        hidden: Vec<MessageId>,
    ) -> BoxFuture<'_, Result<Vec<Glanced>, StoreError>> {
        Box::pin(async move {
            let unseen = EntryFlags::RECALLED.with(EntryFlags::ONLINE_ONLY);
            let read = |glance: &Glance| {
                // Without counting nothing is unread.
                glance.unread_after.map_or(i64::MAX, |read| stored(read.max(glance.after).0))
            };
            let rows = sqlx::query(AssertSqlSafe(format!(
                "SELECT last.id AS last, coalesce(unread.count, 0) AS unread, beyond.id > w.after AS short
                 FROM unnest($3::text[], $4::bigint[], $5::bigint[]) WITH ORDINALITY AS w(conv, after, read, n)
                 LEFT JOIN conversations head ON head.app = $1 AND head.conv = w.conv
                 LEFT JOIN LATERAL (
                     SELECT m.id FROM ({MESSAGES} LIMIT {GLANCE}) m
                     WHERE m.id > w.after AND {LISTED} ORDER BY m.seq DESC LIMIT 1
                 ) last ON head.head_id > w.after
                 LEFT JOIN LATERAL (
                     SELECT count(*) AS count FROM ({MESSAGES} LIMIT {GLANCE}) m
                     WHERE m.id > w.read AND m.sender <> $2 AND {LISTED}
                 ) unread ON head.head_id > w.read
                 LEFT JOIN LATERAL ({MESSAGES} LIMIT 1 OFFSET {GLANCE}) beyond ON last.id IS NULL
                 ORDER BY w.n"
            )))
            .bind(app.0)
            .bind(reader.as_str())
            .bind(glances.iter().map(|g| g.conversation.as_str().to_owned()).collect::<Vec<_>>())
            .bind(glances.iter().map(|g| stored(g.after.0)).collect::<Vec<_>>())
            .bind(glances.iter().map(read).collect::<Vec<_>>())
            .bind(hidden.iter().map(|id| stored(id.0)).collect::<Vec<_>>())
            .bind(i64::from(unseen.0))
            .fetch_all(&self.pool)
            .await?;
            let mut glanced = Vec::with_capacity(rows.len());
            for row in &rows {
                let last: Option<i64> = row.try_get("last")?;
                let short: Option<bool> = row.try_get("short")?;
                glanced.push(Glanced {
                    last: last.map(|id| MessageId(loaded(id))),
                    looked_short: short.unwrap_or_default(),
                    unread: loaded(row.try_get("unread")?),
                });
            }
            self.look_at_imports(app, &reader, &glances, &hidden, &mut glanced).await?;
            Ok(glanced)
        })
    }

    fn entries(
        &self,
        app: AppId,
        ids: Vec<MessageId>,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>> {
        Box::pin(async move {
            let ids: Vec<i64> = ids.iter().map(|id| stored(id.0)).collect();
            let mut query = select();
            query.push_bind(app.0).push(" AND id = ANY(").push_bind(ids).push(")");
            self.read_entries(query).await
        })
    }

    fn history_within(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: HistoryFilter,
        scan: u64,
    ) -> BoxFuture<'_, Result<HistoryEntries, StoreError>> {
        Box::pin(async move {
            let newest: Option<i64> = sqlx::query_scalar(
                "SELECT head_seq FROM conversations WHERE app = $1 AND conv = $2",
            )
            .bind(app.0)
            .bind(conversation.as_str())
            .fetch_optional(&self.pool)
            .await?;
            let newest = loaded(newest.unwrap_or_default());
            let (window, stopped_at) = filter.window(newest, scan);
            let entries = self.read_history(app, &conversation, &filter, Some(window)).await?;
            Ok(HistoryEntries { entries, stopped_at })
        })
    }
}
