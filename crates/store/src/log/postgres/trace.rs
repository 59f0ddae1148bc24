//! Reads for those who look at the log from outside.

use futures_util::future::BoxFuture;
use hongyan_model::{
    AppId, ConversationKey, DeviceId, EntryFlags, LogEntry, MessageId, Source, Timestamp, UserId,
};
use sqlx::postgres::{PgPool, PgRow};
use sqlx::{AssertSqlSafe, Row};

use super::log_entry;
use super::nodes::HORIZON;
use super::reader::PostgresReader;
use crate::StoreError;
use crate::log::trace::{
    DeviceProgress, LogInspector, SentEntries, SentFilter, Tally, shown_kinds,
};
use crate::log::{loaded, stored};

/// The columns of an entry, but not what it says.
const SILENT_COLUMNS: &str = "id, seq, ts, app, conv, kind, flags, sender, device, client_id, audience, ''::bytea AS meta, \
     NULL::text AS unroamed";

impl LogInspector for PostgresReader {
    fn newest(&self) -> BoxFuture<'_, Result<MessageId, StoreError>> {
        Box::pin(async move {
            let newest: Option<i64> = sqlx::query_scalar("SELECT max(head_id) FROM conversations")
                .fetch_one(&self.pool)
                .await?;
            Ok(MessageId(loaded(newest.unwrap_or_default())))
        })
    }

    fn horizon(&self) -> BoxFuture<'_, Result<MessageId, StoreError>> {
        Box::pin(async move {
            let select = AssertSqlSafe(format!("SELECT {HORIZON}"));
            Ok(MessageId(loaded(sqlx::query_scalar(select).fetch_one(&self.pool).await?)))
        })
    }

    fn nodes(&self) -> BoxFuture<'_, Result<Vec<u8>, StoreError>> {
        Box::pin(async move {
            let nodes: Vec<i64> = sqlx::query_scalar(
                "SELECT node FROM log_nodes WHERE incarnation <> 0 AND node <> $1 ORDER BY node",
            )
            .bind(i64::from(self.node))
            .fetch_all(&self.pool)
            .await?;
            Ok(nodes.into_iter().filter_map(|node| u8::try_from(node).ok()).collect())
        })
    }

    fn heads(
        &self,
        app: AppId,
        conversations: Vec<ConversationKey>,
    ) -> BoxFuture<'_, Result<Vec<(ConversationKey, u64)>, StoreError>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "SELECT conv, head_seq FROM conversations WHERE app = $1 AND conv = ANY($2)",
            )
            .bind(app.0)
            .bind(conversations.iter().map(ConversationKey::as_str).collect::<Vec<_>>())
            .fetch_all(&self.pool)
            .await?;
            let head = |row: &PgRow| {
                let conv = ConversationKey::from_trusted(row.try_get::<String, _>("conv")?);
                Ok((conv, loaded(row.try_get("head_seq")?)))
            };
            rows.iter().map(head).collect()
        })
    }

    fn since(
        &self,
        after: MessageId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>> {
        Box::pin(async move {
            // Ids are indexed by app only, so each app is asked; the apps are found by stepping through that index.
            let rows = sqlx::query(AssertSqlSafe(format!(
                "WITH RECURSIVE apps(app) AS (
                     SELECT min(app) FROM messages
                     UNION ALL
                     SELECT (SELECT min(app) FROM messages WHERE app > apps.app) FROM apps WHERE app IS NOT NULL
                 )
                 SELECT behind.* FROM apps CROSS JOIN LATERAL (
                     SELECT {SILENT_COLUMNS} FROM messages WHERE messages.app = apps.app AND id > $1 AND id <= {HORIZON} AND seq > 0
                     ORDER BY id LIMIT $2
                 ) behind ORDER BY behind.id LIMIT $2"
            )))
            .bind(stored(after.0))
            .bind(stored(limit as u64))
            .fetch_all(&self.pool)
            .await?;
            Ok(rows.iter().map(log_entry).collect::<Result<_, _>>()?)
        })
    }

    fn active_conversations(
        &self,
        app: AppId,
        user: UserId,
        groups: Vec<ConversationKey>,
        after: MessageId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(ConversationKey, MessageId)>, StoreError>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "WITH mine(conv) AS (
                     SELECT conv FROM inbox WHERE app = $1 AND user_id = $2 AND starts_with(conv, 's:')
                     UNION
                     SELECT * FROM unnest($3::text[])
                 )
                 SELECT head.conv, head.head_id FROM mine
                 JOIN conversations head ON head.app = $1 AND head.conv = mine.conv
                 WHERE head.head_id > $4 ORDER BY head.head_id DESC LIMIT $5",
            )
            .bind(app.0)
            .bind(user.as_str())
            .bind(groups.iter().map(|conv| conv.as_str().to_owned()).collect::<Vec<_>>())
            .bind(stored(after.0))
            .bind(stored(limit as u64))
            .fetch_all(&self.pool)
            .await?;
            let read = |row: &PgRow| {
                let conv = ConversationKey::from_trusted(row.try_get::<String, _>("conv")?);
                Ok((conv, MessageId(loaded(row.try_get("head_id")?))))
            };
            rows.iter().map(read).collect()
        })
    }

    fn sent(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: SentFilter,
    ) -> BoxFuture<'_, Result<SentEntries, StoreError>> {
        Box::pin(async move {
            let conv = conversation.as_str();
            let before = MessageId(filter.before.0.saturating_sub(1));
            let newest = position(&self.pool, app, conv, before).await?;
            let stop = newest.saturating_sub(stored(filter.scan)).max(0);
            let kinds: Vec<_> = filter.kinds.iter().map(|kind| *kind as i64).collect();
            let source = match filter.source {
                None => "",
                Some(Source::Sdk) => "AND device IS NOT NULL",
                Some(Source::Rest) => "AND device IS NULL",
            };
            let rows = sqlx::query(AssertSqlSafe(format!(
                "SELECT {SILENT_COLUMNS} FROM messages WHERE app = $1 AND conv = $2 AND seq > $3 AND seq <= $4
                 AND id > $8 AND sender = $5 AND kind = ANY($6) {source} ORDER BY seq DESC LIMIT $7"
            )))
            .bind(app.0)
            .bind(conv)
            .bind(stop)
            .bind(newest)
            .bind(filter.sender.as_str())
            .bind(kinds)
            .bind(stored(filter.limit as u64))
            .bind(stored(filter.after.0))
            .fetch_all(&self.pool)
            .await?;
            let entries = rows.iter().map(log_entry).collect::<Result<_, _>>()?;
            let stopped_at = match stop > 0 {
                true => first_from(&self.pool, app, conv, stop + 1).await?,
                false => None,
            };
            let stopped_at = stopped_at.map(|(_, id)| MessageId(loaded(id)));
            Ok(SentEntries { entries, stopped_at: stopped_at.filter(|id| *id > filter.after) })
        })
    }

    fn progress(
        &self,
        app: AppId,
        conversation: ConversationKey,
        users: Vec<UserId>,
    ) -> BoxFuture<'_, Result<Vec<DeviceProgress>, StoreError>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "SELECT d.user_id, d.device, d.base, d.last_seen, c.seq FROM devices d
                 LEFT JOIN cursors c ON c.app = d.app AND c.user_id = d.user_id AND c.device = d.device AND c.conv = $2
                 WHERE d.app = $1 AND d.user_id = ANY($3) ORDER BY d.user_id, d.last_seen DESC, d.device",
            )
            .bind(app.0)
            .bind(conversation.as_str())
            .bind(texts(&users))
            .fetch_all(&self.pool)
            .await?;
            let read = |row: &PgRow| {
                Ok(DeviceProgress {
                    user: UserId::from_trusted(row.try_get::<String, _>("user_id")?),
                    device: DeviceId::from_trusted(row.try_get::<String, _>("device")?),
                    base: MessageId(loaded(row.try_get("base")?)),
                    last_seen: row.try_get("last_seen")?,
                    cursor: row.try_get::<Option<i64>, _>("seq")?.map(loaded),
                })
            };
            rows.iter().map(read).collect()
        })
    }

    fn readers_among(
        &self,
        app: AppId,
        message: MessageId,
        users: Vec<UserId>,
    ) -> BoxFuture<'_, Result<Vec<(UserId, Timestamp)>, StoreError>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "SELECT user_id, ts FROM group_reads WHERE app = $1 AND message = $2 AND user_id = ANY($3)",
            )
            .bind(app.0)
            .bind(stored(message.0))
            .bind(texts(&users))
            .fetch_all(&self.pool)
            .await?;
            let read = |row: &PgRow| {
                Ok((UserId::from_trusted(row.try_get::<String, _>("user_id")?), row.try_get("ts")?))
            };
            rows.iter().map(read).collect()
        })
    }

    fn readers_after(
        &self,
        app: AppId,
        message: MessageId,
        after: Option<UserId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(UserId, Timestamp)>, StoreError>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "SELECT user_id, ts FROM group_reads WHERE app = $1 AND message = $2 AND user_id > $3 \
                 ORDER BY user_id LIMIT $4",
            )
            .bind(app.0)
            .bind(stored(message.0))
            .bind(after.map_or_else(String::new, |user| user.as_str().to_owned()))
            .bind(stored(limit as u64))
            .fetch_all(&self.pool)
            .await?;
            let read = |row: &PgRow| {
                Ok((UserId::from_trusted(row.try_get::<String, _>("user_id")?), row.try_get("ts")?))
            };
            rows.iter().map(read).collect()
        })
    }

    fn tally(
        &self,
        app: AppId,
        conversation: ConversationKey,
    ) -> BoxFuture<'_, Result<Tally, StoreError>> {
        Box::pin(async move {
            let hidden = EntryFlags::RECALLED.with(EntryFlags::ONLINE_ONLY);
            let row = sqlx::query(AssertSqlSafe(format!(
                "SELECT count(*) FILTER (WHERE shown) AS messages, max(id) FILTER (WHERE shown) AS newest,
                     max(seq) AS seq
                 FROM (
                     SELECT id, seq, flags & $3 = 0 AND audience IS NULL AND kind IN ({}) AS shown
                     FROM messages WHERE app = $1 AND conv = $2
                 ) AS entries",
                shown_kinds()
            )))
            .bind(app.0)
            .bind(conversation.as_str())
            .bind(i64::from(hidden.0))
            .fetch_one(&self.pool)
            .await?;
            Ok(Tally {
                messages: loaded(row.try_get("messages")?),
                newest: row.try_get::<Option<i64>, _>("newest")?.map(|id| MessageId(loaded(id))),
                seq: loaded(row.try_get::<Option<i64>, _>("seq")?.unwrap_or_default()),
            })
        })
    }
}

/// The greatest position whose id is at most `id`, 0 if there is none: by halving, since it may lie far back.
pub(super) async fn position(
    pool: &PgPool,
    app: AppId,
    conv: &str,
    id: MessageId,
) -> Result<i64, StoreError> {
    let head =
        sqlx::query("SELECT head_seq, head_id FROM conversations WHERE app = $1 AND conv = $2")
            .bind(app.0)
            .bind(conv)
            .fetch_optional(pool)
            .await?;
    let Some(head) = head else { return Ok(0) };
    let head_seq: i64 = head.try_get("head_seq")?;
    if head.try_get::<i64, _>("head_id")? <= stored(id.0) {
        return Ok(head_seq);
    }
    let (mut low, mut high, mut found) = (1, head_seq, 0);
    while low <= high {
        let middle = low + (high - low) / 2;
        match first_from(pool, app, conv, middle).await? {
            Some((seq, at)) if at <= stored(id.0) => {
                found = seq;
                low = seq + 1;
            }
            _ => high = middle - 1,
        }
    }
    Ok(found)
}

/// Position and id of the first entry at or behind `seq`.
async fn first_from(
    pool: &PgPool,
    app: AppId,
    conv: &str,
    seq: i64,
) -> Result<Option<(i64, i64)>, StoreError> {
    let row = sqlx::query(
        "SELECT seq, id FROM messages WHERE app = $1 AND conv = $2 AND seq >= $3 ORDER BY seq LIMIT 1",
    )
    .bind(app.0)
    .bind(conv)
    .bind(seq)
    .fetch_optional(pool)
    .await?;
    row.map(|row| Ok((row.try_get("seq")?, row.try_get("id")?))).transpose()
}

fn texts(users: &[UserId]) -> Vec<String> {
    users.iter().map(ToString::to_string).collect()
}
