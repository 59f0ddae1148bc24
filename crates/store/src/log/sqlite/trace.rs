//! Reads for those who look at the log from outside.

use futures_util::future::BoxFuture;
use hongyan_model::{
    AppId, ConversationKey, DeviceId, EntryFlags, LogEntry, MessageId, Source, Timestamp, UserId,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::log_entry;
use super::reader::SqliteReader;
use crate::StoreError;
use crate::log::trace::{
    DeviceProgress, LogInspector, SentEntries, SentFilter, Tally, shown_kinds,
};
use crate::log::{loaded, stored};

/// The columns of an entry, but not what it says.
const SILENT_COLUMNS: &str = "m.id, m.seq, m.ts, m.app, m.conv, m.kind, m.flags, m.sender, m.device, \
                              m.client_id, m.audience, x'', NULL";

impl LogInspector for SqliteReader {
    fn newest(&self) -> BoxFuture<'_, Result<MessageId, StoreError>> {
        self.read(|connection| {
            let newest: Option<i64> = connection
                .query_row(
                    "SELECT id FROM messages WHERE seq > 0 ORDER BY id DESC LIMIT 1",
                    [],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(MessageId(loaded(newest.unwrap_or_default())))
        })
    }

    fn since(
        &self,
        after: MessageId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {SILENT_COLUMNS} FROM messages m WHERE m.id > ?1 AND m.seq > 0 ORDER BY m.id LIMIT ?2"
            ))?;
            let rows = statement.query_map([stored(after.0), stored(limit as u64)], log_entry)?;
            Ok(rows.collect::<Result<_, _>>()?)
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
        self.read(move |connection| {
            let groups: Vec<_> = groups.iter().map(ConversationKey::as_str).collect();
            let mut statement = connection.prepare_cached(
                "WITH mine(conv) AS (
                     SELECT conv FROM inbox WHERE app = ?1 AND user_id = ?2 AND substr(conv, 1, 2) = 's:'
                     UNION
                     SELECT value FROM json_each(?3)
                 )
                 SELECT mine.conv, head.id FROM mine
                 JOIN message_index head ON head.app = ?1 AND head.conv = mine.conv AND head.seq =
                     (SELECT max(seq) FROM message_index WHERE app = ?1 AND conv = mine.conv)
                 WHERE head.id > ?4 ORDER BY head.id DESC LIMIT ?5",
            )?;
            let rows = statement.query_map(
                params![app.0, user.as_str(), list(&groups)?, stored(after.0), stored(limit as u64)],
                |row| Ok((row.get::<_, String>(0)?, row.get(1)?)),
            )?;
            let read = |row: Result<(String, i64), _>| {
                row.map(|(conv, head)| (ConversationKey::from_trusted(conv), MessageId(loaded(head))))
            };
            Ok(rows.map(read).collect::<Result<_, _>>()?)
        })
    }

    fn sent(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: SentFilter,
    ) -> BoxFuture<'_, Result<SentEntries, StoreError>> {
        self.read(move |connection| {
            let conv = conversation.as_str();
            let before = MessageId(filter.before.0.saturating_sub(1));
            let newest = super::reader::position(connection, app, conv, before)?;
            let stop = newest.saturating_sub(stored(filter.scan)).max(0);
            let kinds: Vec<_> = filter.kinds.iter().map(|k| (*k as u8).to_string()).collect();
            let source = match filter.source {
                None => "",
                Some(Source::Sdk) => "AND m.device IS NOT NULL",
                Some(Source::Rest) => "AND m.device IS NULL",
            };
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {SILENT_COLUMNS} FROM message_index i JOIN messages m ON m.id = i.id
                 WHERE i.app = ?1 AND i.conv = ?2 AND i.seq > ?3 AND i.seq <= ?4 AND i.id > ?7 AND m.sender = ?5
                 AND m.kind IN ({}) {source} ORDER BY i.seq DESC LIMIT ?6",
                kinds.join(",")
            ))?;
            let rows = statement.query_map(
                params![app.0, conv, stop, newest, filter.sender.as_str(), stored(filter.limit as u64), stored(filter.after.0)],
                log_entry,
            )?;
            let entries = rows.collect::<Result<_, _>>()?;
            let stopped_at = if stop > 0 { id_at(connection, app, conv, stop + 1)? } else { None };
            Ok(SentEntries { entries, stopped_at: stopped_at.filter(|id| *id > filter.after) })
        })
    }

    fn progress(
        &self,
        app: AppId,
        conversation: ConversationKey,
        users: Vec<UserId>,
    ) -> BoxFuture<'_, Result<Vec<DeviceProgress>, StoreError>> {
        self.read(move |connection| {
            let users: Vec<_> = users.iter().map(UserId::as_str).collect();
            let mut statement = connection.prepare_cached(
                "SELECT d.user_id, d.device, d.base, d.last_seen, c.seq FROM json_each(?3) wanted
                 JOIN devices d ON d.app = ?1 AND d.user_id = wanted.value
                 LEFT JOIN cursors c ON c.app = ?1 AND c.user_id = d.user_id AND c.device = d.device
                     AND c.conv = ?2
                 ORDER BY d.user_id, d.last_seen DESC, d.device",
            )?;
            let rows = statement.query_map(
                params![app.0, conversation.as_str(), list(&users)?],
                |row| {
                    Ok(DeviceProgress {
                        user: UserId::from_trusted(row.get::<_, String>(0)?),
                        device: DeviceId::from_trusted(row.get::<_, String>(1)?),
                        base: MessageId(loaded(row.get(2)?)),
                        last_seen: row.get(3)?,
                        cursor: row.get::<_, Option<i64>>(4)?.map(loaded),
                    })
                },
            )?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn readers_among(
        &self,
        app: AppId,
        message: MessageId,
        users: Vec<UserId>,
    ) -> BoxFuture<'_, Result<Vec<(UserId, Timestamp)>, StoreError>> {
        self.read(move |connection| {
            let users: Vec<_> = users.iter().map(UserId::as_str).collect();
            let mut statement = connection.prepare_cached(
                "SELECT r.user_id, r.ts FROM json_each(?3) wanted
                 JOIN group_reads r ON r.app = ?1 AND r.message = ?2 AND r.user_id = wanted.value",
            )?;
            let rows = statement
                .query_map(params![app.0, stored(message.0), list(&users)?], |row| {
                    Ok((UserId::from_trusted(row.get::<_, String>(0)?), row.get(1)?))
                })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn readers_after(
        &self,
        app: AppId,
        message: MessageId,
        after: Option<UserId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(UserId, Timestamp)>, StoreError>> {
        self.read(move |connection| {
            let after = after.as_ref().map_or("", UserId::as_str);
            let mut statement = connection.prepare_cached(
                "SELECT user_id, ts FROM group_reads WHERE app = ?1 AND message = ?2 AND user_id > ?3
                 ORDER BY user_id LIMIT ?4",
            )?;
            let limit = stored(limit as u64);
            let rows = statement.query_map(params![app.0, stored(message.0), after, limit], |row| {
                Ok((UserId::from_trusted(row.get::<_, String>(0)?), row.get(1)?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn tally(
        &self,
        app: AppId,
        conversation: ConversationKey,
    ) -> BoxFuture<'_, Result<Tally, StoreError>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT count(*), max(m.id),
                     (SELECT max(seq) FROM message_index WHERE app = ?1 AND conv = ?2)
                 FROM message_index i JOIN messages m ON m.id = i.id
                 WHERE i.app = ?1 AND i.conv = ?2 AND m.flags & ?3 = 0 AND m.audience IS NULL
                     AND m.kind IN ({})",
                shown_kinds()
            ))?;
            let hidden = EntryFlags::RECALLED.with(EntryFlags::ONLINE_ONLY);
            let values = params![app.0, conversation.as_str(), hidden.0];
            Ok(statement.query_row(values, |row| {
                Ok(Tally {
                    messages: loaded(row.get(0)?),
                    newest: row.get::<_, Option<i64>>(1)?.map(|id| MessageId(loaded(id))),
                    seq: loaded(row.get::<_, Option<i64>>(2)?.unwrap_or_default()),
                })
            })?)
        })
    }
}

fn id_at(
    connection: &Connection,
    app: AppId,
    conv: &str,
    seq: i64,
) -> Result<Option<MessageId>, StoreError> {
    let id: Option<i64> = connection
        .prepare_cached(
            "SELECT id FROM message_index WHERE app = ?1 AND conv = ?2 AND seq >= ?3 ORDER BY seq LIMIT 1",
        )?
        .query_row(params![app.0, conv, seq], |row| row.get(0))
        .optional()?;
    Ok(id.map(|id| MessageId(loaded(id))))
}

/// Texts as one parameter.
fn list(texts: &[&str]) -> Result<String, StoreError> {
    serde_json::to_string(texts)
        .map_err(|error| StoreError::Unreadable { what: "list of ids", source: error.into() })
}
