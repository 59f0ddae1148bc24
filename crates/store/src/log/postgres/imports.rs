//! Messages of the past that are imported.

use futures_util::future::BoxFuture;
use hongyan_model::{AppId, ConversationKey, EntryFlags, MessageId, UserId};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder, Row};

use super::ENTRY_COLUMNS;
use super::glance::LISTED;
use super::reader::PostgresReader;
use crate::StoreError;
use crate::log::glance::{GLANCE, Glance, Glanced};
use crate::log::imports::{ImportFilter, ImportedEntries, LogImports};
use crate::log::{imported_position, loaded, stored};

/// The newest imported messages of the conversation `w`.
const IMPORTED: &str = "SELECT m.seq, m.id, m.flags, m.sender, m.audience FROM messages m
    WHERE m.app = $1 AND m.conv = w.conv AND m.seq < 0 AND m.id > w.after AND m.kind < 20 AND m.kind <> 6
    ORDER BY m.id DESC";

impl PostgresReader {
    /// Adds to what was found what the newest imported messages say, where they are looked at.
    pub(super) async fn look_at_imports(
        &self,
        app: AppId,
        reader: &UserId,
        glances: &[Glance],
        hidden: &[MessageId],
        glanced: &mut [Glanced],
    ) -> Result<(), StoreError> {
        let asked = glances.iter().zip(glanced).filter_map(|(glance, glanced)| {
            glance.imports.map(|imports| (&glance.conversation, imports, glanced))
        });
        let asked: Vec<_> = asked.collect();
        if asked.is_empty() {
            return Ok(());
        }
        let unseen = EntryFlags::RECALLED.with(EntryFlags::ONLINE_ONLY);
        let read = |read: Option<MessageId>| read.map_or(i64::MAX, |read| stored(read.0));
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT last.id AS last, coalesce(unread.count, 0) AS unread
             FROM unnest($3::text[], $4::bigint[], $5::bigint[], $8::bigint[])
                 WITH ORDINALITY AS w(conv, after, read, arrived, n)
             LEFT JOIN LATERAL (
                 SELECT m.id FROM ({IMPORTED} LIMIT {GLANCE}) m
                 WHERE m.seq < w.arrived AND {LISTED} ORDER BY m.id DESC LIMIT 1
             ) last ON true
             LEFT JOIN LATERAL (
                 SELECT count(*) AS count FROM ({IMPORTED} LIMIT {GLANCE}) m
                 WHERE m.seq < w.arrived AND m.id > w.read AND m.sender <> $2 AND {LISTED}
             ) unread ON last.id > w.read
             ORDER BY w.n"
        )))
        .bind(app.0)
        .bind(reader.as_str())
        .bind(asked.iter().map(|(key, _, _)| key.as_str().to_owned()).collect::<Vec<_>>())
        .bind(asked.iter().map(|(_, at, _)| stored(at.after.0)).collect::<Vec<_>>())
        .bind(asked.iter().map(|(_, at, _)| read(at.unread_after)).collect::<Vec<_>>())
        .bind(hidden.iter().map(|id| stored(id.0)).collect::<Vec<_>>())
        .bind(i64::from(unseen.0))
        .bind(
            asked.iter().map(|(_, at, _)| imported_position(at.arrived_after)).collect::<Vec<_>>(),
        )
        .fetch_all(&self.pool)
        .await?;
        for ((_, _, glanced), row) in asked.into_iter().zip(&rows) {
            let last: Option<i64> = row.try_get("last")?;
            *glanced = glanced.with(Glanced {
                last: last.map(|id| MessageId(loaded(id))),
                looked_short: false,
                unread: loaded(row.try_get("unread")?),
            });
        }
        Ok(())
    }

    /// Imported messages of a conversation that are too old.
    pub(super) async fn expired_imports(
        &self,
        app: AppId,
        key: &ConversationKey,
        until: MessageId,
        limit: usize,
    ) -> Result<Vec<MessageId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "SELECT id FROM messages WHERE app = $1 AND conv = $2 AND seq < 0 AND id < $3 ORDER BY id LIMIT $4",
        )
        .bind(app.0)
        .bind(key.as_str())
        .bind(stored(until.0))
        .bind(stored(limit as u64))
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(|id| MessageId(loaded(id))).collect())
    }
}

impl LogImports for PostgresReader {
    fn imported(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: ImportFilter,
        scan: u64,
    ) -> BoxFuture<'_, Result<ImportedEntries, StoreError>> {
        Box::pin(async move {
            let (beyond, direction) =
                if filter.oldest_first { (">", "ASC") } else { ("<", "DESC") };
            let looked_at = |query: &mut QueryBuilder<Postgres>| {
                query.push(" FROM messages WHERE app = ").push_bind(app.0);
                query.push(" AND conv = ").push_bind(conversation.as_str().to_owned());
                query
                    .push(format!(" AND seq < 0 AND id {beyond} "))
                    .push_bind(stored(filter.from.0));
                query.push(" AND id > ").push_bind(stored(filter.after.0));
                query.push(" AND id <= ").push_bind(stored(filter.until.0));
                query.push(format!(" ORDER BY id {direction} LIMIT "));
            };
            let hidden = EntryFlags::RECALLED.with(EntryFlags::ONLINE_ONLY);
            let kinds: Vec<_> = filter.kinds.iter().map(|k| *k as i64).collect();
            let mut query = QueryBuilder::new(format!("SELECT {ENTRY_COLUMNS} FROM (SELECT *"));
            looked_at(&mut query);
            query.push_bind(stored(scan));
            query
                .push(") looked_at WHERE seq < ")
                .push_bind(imported_position(filter.arrived_after));
            query.push(" AND flags & ").push_bind(i64::from(hidden.0)).push(" = 0");
            query.push(" AND kind = ANY(").push_bind(kinds).push(")");
            if let Some(sender) = &filter.sender {
                query.push(" AND sender = ").push_bind(sender.as_str().to_owned());
            }
            query.push(format!(" ORDER BY id {direction} LIMIT "));
            query.push_bind(stored(filter.limit as u64));
            let entries = self.read_entries(query).await?;
            if entries.len() == filter.limit {
                return Ok(ImportedEntries { entries, stopped_at: None });
            }
            let mut query = QueryBuilder::new("SELECT id");
            looked_at(&mut query);
            query.push("1 OFFSET ").push_bind(stored(scan.saturating_sub(1)));
            let last: Option<i64> = query.build_query_scalar().fetch_optional(&self.pool).await?;
            Ok(ImportedEntries { entries, stopped_at: last.map(|id| MessageId(loaded(id))) })
        })
    }

    fn any_imported(&self, app: AppId) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(async move {
            let found = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM messages WHERE app = $1 AND seq < 0)",
            );
            Ok(found.bind(app.0).fetch_one(&self.pool).await?)
        })
    }

    fn imported_chats(
        &self,
        app: AppId,
        user: UserId,
        after: MessageId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(ConversationKey, MessageId)>, StoreError>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "SELECT inbox.conv, newest.id FROM inbox
                 CROSS JOIN LATERAL (
                     SELECT m.id FROM messages m WHERE m.app = $1 AND m.conv = inbox.conv AND m.seq < 0
                     ORDER BY m.id DESC LIMIT 1
                 ) newest
                 WHERE inbox.app = $1 AND inbox.user_id = $2 AND starts_with(inbox.conv, 's:') AND newest.id > $3
                 ORDER BY newest.id DESC LIMIT $4",
            )
            .bind(app.0)
            .bind(user.as_str())
            .bind(stored(after.0))
            .bind(stored(limit as u64))
            .fetch_all(&self.pool)
            .await?;
            let read = |row: &PgRow| {
                let conv = ConversationKey::from_trusted(row.try_get::<String, _>("conv")?);
                Ok((conv, MessageId(loaded(row.try_get("id")?))))
            };
            rows.iter().map(read).collect()
        })
    }
}
