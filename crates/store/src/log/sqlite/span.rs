//! Reading what was said in an app.

use futures_util::future::BoxFuture;
use hongyan_model::{AppId, MessageId};
use rusqlite::{OptionalExtension, params};

use super::{ENTRY_COLUMNS, SqliteReader, log_entry};
use crate::StoreError;
use crate::log::span::{GONE, LogSpan, MessagePage};
use crate::log::{loaded, stored};

impl LogSpan for SqliteReader {
    fn messages_between(
        &self,
        app: AppId,
        after: MessageId,
        until: MessageId,
        scan: usize,
    ) -> BoxFuture<'_, Result<MessagePage, StoreError>> {
        self.read(move |connection| {
            // The table is in the order of ids. Without this bound a small app beside large ones would read all of
            // theirs in one statement, which keeps the WAL from being checkpointed.
            let last: Option<i64> = connection
                .prepare_cached(
                    "SELECT id FROM messages WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 1 OFFSET ?3",
                )?
                .query_row(params![stored(after.0), stored(until.0), stored(scan as u64 - 1)], |row| {
                    row.get(0)
                })
                .optional()?;
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {ENTRY_COLUMNS} FROM messages m WHERE m.id > ?2 AND m.id <= ?3 AND m.app = ?1
                 AND m.kind < 20 AND m.flags & ?4 = 0 ORDER BY m.id"
            ))?;
            let end = last.unwrap_or(stored(until.0));
            let rows = statement.query_map(params![app.0, stored(after.0), end, GONE.0], log_entry)?;
            let reached = last.map(|id| MessageId(loaded(id)));
            Ok(MessagePage { messages: rows.collect::<Result<_, _>>()?, reached })
        })
    }
}
