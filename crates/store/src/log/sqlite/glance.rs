//! Looking at many conversations, and history in bounded steps.

use std::collections::HashSet;

use futures_util::future::BoxFuture;
use hongyan_model::{AppId, ConversationKey, EntryFlags, EntryKind, LogEntry, MessageId, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use super::imports::look_at_imports;
use super::reader::{SqliteReader, history};
use super::{ENTRY_COLUMNS, log_entry};
use crate::StoreError;
use crate::log::glance::{GLANCE, Glance, Glanced, HistoryEntries, LogOverview, is_listed};
use crate::log::{HistoryFilter, loaded, parse_audience, stored};

impl LogOverview for SqliteReader {
    fn glance(
        &self,
        app: AppId,
        reader: UserId,
        glances: Vec<Glance>,
        hidden: Vec<MessageId>,
    ) -> BoxFuture<'_, Result<Vec<Glanced>, StoreError>> {
        self.read(move |connection| {
            let hidden: HashSet<MessageId> = hidden.into_iter().collect();
            let look = |glance: &Glance| {
                let glanced = look(connection, app, &reader, glance, &hidden)?;
                let Some(imports) = glance.imports else { return Ok(glanced) };
                let place = (app, &glance.conversation);
                let imported = look_at_imports(connection, place, &reader, imports, &hidden)?;
                Ok(glanced.with(imported))
            };
            glances.iter().map(look).collect()
        })
    }

    fn entries(
        &self,
        app: AppId,
        ids: Vec<MessageId>,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {ENTRY_COLUMNS} FROM messages m WHERE m.id = ?1 AND m.app = ?2"
            ))?;
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                found.extend(
                    statement.query_row(params![stored(id.0), app.0], log_entry).optional()?,
                );
            }
            Ok(found)
        })
    }

    fn history_within(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: HistoryFilter,
        scan: u64,
    ) -> BoxFuture<'_, Result<HistoryEntries, StoreError>> {
        self.read(move |connection| {
            let newest: Option<i64> = connection
                .prepare_cached("SELECT max(seq) FROM message_index WHERE app = ?1 AND conv = ?2")?
                .query_row(params![app.0, conversation.as_str()], |row| row.get(0))?;
            let newest = loaded(newest.unwrap_or_default());
            let (window, stopped_at) = filter.window(newest, scan);
            let entries = history(connection, app, &conversation, &filter, Some(window))?;
            Ok(HistoryEntries { entries, stopped_at })
        })
    }
}

/// Steps from message to message back, no further than the answer needs.
fn look(
    connection: &Connection,
    app: AppId,
    reader: &UserId,
    glance: &Glance,
    hidden: &HashSet<MessageId>,
) -> Result<Glanced, StoreError> {
    let Glance { conversation, after, unread_after, .. } = glance;
    // Nothing is counted up to here; without counting the newest message is all there is to find.
    let read = unread_after.unwrap_or(MessageId(u64::MAX));
    let mut statement = connection.prepare_cached(
        "SELECT i.seq, i.id, i.message, m.kind, m.flags, m.sender, m.audience
         FROM message_index i JOIN messages m ON m.id = i.id
         WHERE i.app = ?1 AND i.conv = ?2 AND i.seq <= ?3 ORDER BY i.seq DESC LIMIT 1",
    )?;
    let mut glanced = Glanced::default();
    let (mut next, mut messages) = (i64::MAX, 0);
    loop {
        let mut rows = statement.query(params![app.0, conversation.as_str(), next])?;
        let Some(row) = rows.next()? else { return Ok(glanced) };
        let (seq, before): (i64, Option<i64>) = (row.get(0)?, row.get(2)?);
        let id = MessageId(loaded(row.get(1)?));
        if id <= *after || (glanced.last.is_some() && id <= read) {
            return Ok(glanced);
        }
        next = before.unwrap_or(seq - 1);
        let Some(kind) = EntryKind::from_number(row.get(3)?).filter(|kind| kind.is_history())
        else {
            continue;
        };
        if messages == GLANCE {
            glanced.looked_short = glanced.last.is_none();
            return Ok(glanced);
        }
        messages += 1;
        let (flags, sender): (u32, String) = (row.get(4)?, row.get(5)?);
        let audience = parse_audience(row.get(6)?);
        let what = (kind, EntryFlags(flags));
        if hidden.contains(&id) || !is_listed(conversation, what, (&sender, &audience), reader) {
            continue;
        }
        glanced.last = glanced.last.or(Some(id));
        if id > read && sender != reader.as_str() {
            glanced.unread += 1;
        }
    }
}
