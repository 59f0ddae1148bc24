//! Messages of the past that are imported.

use std::collections::HashSet;

use futures_util::future::BoxFuture;
use hongyan_model::{
    AppId, ConversationKey, EntryFlags, EntryKind, IdGenerator, MessageId, NewEntry, Timestamp,
    UserId,
};
use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter};

use super::reader::SqliteReader;
use super::writer::Writer;
use super::{ENTRY_COLUMNS, log_entry};
use crate::StoreError;
use crate::log::glance::{GLANCE, Glanced, is_listed};
use crate::log::imports::{GlanceAtImports, ImportFilter, ImportedEntries, LogImports};
use crate::log::{audience_text, imported_position, loaded, parse_audience, stored};

/// What every statement says of imported messages, word for word as their index does.
const IMPORTED: &str = "seq < 0";

impl Writer {
    /// Writes a message of the past; answers its id.
    pub(super) fn import(
        &mut self,
        entry: &NewEntry,
        time: Timestamp,
    ) -> Result<MessageId, StoreError> {
        let id = self.free_id(time)?;
        let arrived = self.ids.next(self.clock.now());
        self.connection
            .prepare_cached(
                "INSERT INTO messages VALUES (?1,?2,?3,?4,?5,?6,?7,?8,NULL,NULL,?9,?10,NULL)",
            )?
            .execute(params![
                stored(id.0),
                entry.app.0,
                entry.conversation.as_str(),
                imported_position(arrived),
                time,
                entry.kind as i64,
                entry.flags.0,
                entry.sender.as_str(),
                audience_text(&entry.audience),
                &entry.meta[..],
            ])?;
        self.list_conversation(entry)?;
        Ok(id)
    }

    /// An id of that moment, or of the first one behind it that has one left.
    fn free_id(&self, time: Timestamp) -> Result<MessageId, StoreError> {
        let mut newest = self
            .connection
            .prepare_cached("SELECT max(id) FROM messages WHERE id BETWEEN ?1 AND ?2")?;
        let mut moment = time;
        loop {
            let (first, last) = IdGenerator::imported_at(moment);
            let taken: Option<i64> =
                newest.query_row([stored(first.0), stored(last.0)], |row| row.get(0))?;
            match taken.map(loaded) {
                None => return Ok(first),
                Some(taken) if taken < last.0 => return Ok(MessageId(taken + 1)),
                Some(_) => moment += 1,
            }
        }
    }
}

impl LogImports for SqliteReader {
    fn imported(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: ImportFilter,
        scan: u64,
    ) -> BoxFuture<'_, Result<ImportedEntries, StoreError>> {
        self.read(move |connection| {
            let (beyond, direction) = if filter.oldest_first { (">", "ASC") } else { ("<", "DESC") };
            let looked_at = format!(
                "SELECT * FROM messages WHERE app = ? AND conv = ? AND {IMPORTED} AND id {beyond} ? AND id > ?
                 AND id <= ? ORDER BY id {direction}"
            );
            let place = |rows: u64| -> Vec<Box<dyn ToSql>> {
                vec![
                    Box::new(app.0),
                    Box::new(conversation.as_str().to_owned()),
                    Box::new(stored(filter.from.0)),
                    Box::new(stored(filter.after.0)),
                    Box::new(stored(filter.until.0)),
                    Box::new(stored(rows)),
                ]
            };
            let hidden = EntryFlags::RECALLED.with(EntryFlags::ONLINE_ONLY);
            let kinds: Vec<_> = filter.kinds.iter().map(|k| (*k as u8).to_string()).collect();
            let kinds = kinds.join(",");
            let mut sql = format!(
                "SELECT {ENTRY_COLUMNS} FROM ({looked_at} LIMIT ?) m
                 WHERE m.seq < ? AND m.flags & ? = 0 AND m.kind IN ({kinds})"
            );
            let mut values = place(scan);
            values.push(Box::new(imported_position(filter.arrived_after)));
            values.push(Box::new(hidden.0));
            if let Some(sender) = &filter.sender {
                sql.push_str(" AND m.sender = ?");
                values.push(Box::new(sender.as_str().to_owned()));
            }
            sql.push_str(&format!(" ORDER BY m.id {direction} LIMIT {}", filter.limit));
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values), log_entry)?;
            let entries: Vec<_> = rows.collect::<Result<_, _>>()?;
            if entries.len() == filter.limit {
                return Ok(ImportedEntries { entries, stopped_at: None });
            }
            let last: Option<i64> = connection
                .prepare_cached(&format!("SELECT id FROM ({looked_at} LIMIT 1 OFFSET ?)"))?
                .query_row(params_from_iter(place(scan.saturating_sub(1))), |row| row.get(0))
                .optional()?;
            Ok(ImportedEntries { entries, stopped_at: last.map(|id| MessageId(loaded(id))) })
        })
    }

    fn any_imported(&self, app: AppId) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT EXISTS (SELECT 1 FROM messages WHERE app = ?1 AND {IMPORTED})"
            ))?;
            Ok(statement.query_row([app.0], |row| row.get(0))?)
        })
    }

    fn imported_chats(
        &self,
        app: AppId,
        user: UserId,
        after: MessageId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(ConversationKey, MessageId)>, StoreError>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT conv, newest FROM (
                     SELECT conv, (SELECT max(m.id) FROM messages m WHERE m.app = ?1 AND m.conv = inbox.conv
                         AND m.{IMPORTED}) AS newest
                     FROM inbox WHERE app = ?1 AND user_id = ?2 AND substr(conv, 1, 2) = 's:'
                 ) WHERE newest > ?3 ORDER BY newest DESC LIMIT ?4"
            ))?;
            let values = params![app.0, user.as_str(), stored(after.0), stored(limit as u64)];
            let rows = statement
                .query_map(values, |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
            let read = |row: Result<(String, i64), _>| {
                row.map(|(conv, id)| (ConversationKey::from_trusted(conv), MessageId(loaded(id))))
            };
            Ok(rows.map(read).collect::<Result<_, _>>()?)
        })
    }
}

/// Looks at the newest imported messages of a conversation, no further than the answer needs.
pub(super) fn look_at_imports(
    connection: &Connection,
    (app, conversation): (AppId, &ConversationKey),
    reader: &UserId,
    glance: GlanceAtImports,
    hidden: &HashSet<MessageId>,
) -> Result<Glanced, StoreError> {
    let read = glance.unread_after.unwrap_or(MessageId(u64::MAX));
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, kind, flags, sender, audience, seq FROM messages
         WHERE app = ?1 AND conv = ?2 AND {IMPORTED} AND id > ?3 ORDER BY id DESC LIMIT ?4"
    ))?;
    let place =
        params![app.0, conversation.as_str(), stored(glance.after.0), stored(GLANCE as u64)];
    let mut rows = statement.query(place)?;
    let mut glanced = Glanced::default();
    while let Some(row) = rows.next()? {
        let id = MessageId(loaded(row.get(0)?));
        if glanced.last.is_some() && id <= read {
            break;
        }
        let Some(kind) = EntryKind::from_number(row.get(1)?) else { continue };
        let (flags, sender): (u32, String) = (row.get(2)?, row.get(3)?);
        let audience = parse_audience(row.get(4)?);
        let arrived: i64 = row.get(5)?;
        let what = (kind, EntryFlags(flags));
        if arrived >= imported_position(glance.arrived_after)
            || hidden.contains(&id)
            || !is_listed(conversation, what, (&sender, &audience), reader)
        {
            continue;
        }
        glanced.last = glanced.last.or(Some(id));
        if id > read && sender != reader.as_str() {
            glanced.unread += 1;
        }
    }
    Ok(glanced)
}

/// Imported messages of a conversation that are too old.
pub(super) fn expired_imports(
    connection: &Connection,
    app: AppId,
    key: &ConversationKey,
    until: MessageId,
    limit: usize,
) -> Result<Vec<MessageId>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id FROM messages WHERE app = ?1 AND conv = ?2 AND {IMPORTED} AND id < ?3 ORDER BY id LIMIT ?4"
    ))?;
    let values = params![app.0, key.as_str(), stored(until.0), stored(limit as u64)];
    let rows = statement.query_map(values, |row| row.get::<_, i64>(0))?;
    Ok(rows.map(|id| id.map(|id| MessageId(loaded(id)))).collect::<Result<_, _>>()?)
}
