//! Removing what is too old.

use futures_util::future::BoxFuture;
use hongyan_model::{AppId, ConversationKey, MessageId};
use rusqlite::{Connection, params};

use super::SqliteReader;
use super::imports::expired_imports;
use super::writer::Writer;
use crate::StoreError;
use crate::log::retention::{CONVERSATIONS, Expired, ExpiredPage, LogAge, Retention};
use crate::log::{loaded, stored};

impl LogAge for SqliteReader {
    fn expired(
        &self,
        app: AppId,
        after: Option<ConversationKey>,
        retention: Retention,
        limit: usize,
    ) -> BoxFuture<'_, Result<ExpiredPage, StoreError>> {
        self.read(move |connection| {
            let mut page = ExpiredPage { entries: Vec::new(), next: after, is_last: false };
            for _ in 0..CONVERSATIONS {
                let Some(key) = next_conversation(connection, app, page.next.as_ref())? else {
                    page.is_last = true;
                    break;
                };
                let room = limit - page.entries.len();
                let before = page.entries.len();
                let until = retention.of(&key);
                all_expired_of(connection, app, &key, until, room, &mut page.entries)?;
                if page.entries.len() - before == room {
                    // There may be more of it.
                    break;
                }
                page.next = Some(key);
            }
            Ok(page)
        })
    }
}

fn next_conversation(
    connection: &Connection,
    app: AppId,
    after: Option<&ConversationKey>,
) -> Result<Option<ConversationKey>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT min(conv) FROM (
             SELECT min(conv) AS conv FROM message_index WHERE app = ?1 AND conv > ?2
             UNION ALL
             SELECT min(conv) FROM messages WHERE app = ?1 AND conv > ?2 AND seq < 0
         )",
    )?;
    let after = after.map_or("", ConversationKey::as_str);
    let conv: Option<String> = statement.query_row(params![app.0, after], |row| row.get(0))?;
    Ok(conv.map(ConversationKey::from_trusted))
}

fn expired_of(
    connection: &Connection,
    app: AppId,
    key: &ConversationKey,
    until: MessageId,
    limit: usize,
    entries: &mut Vec<Expired>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, id FROM message_index WHERE app = ?1 AND conv = ?2 AND seq <
         (SELECT max(seq) FROM message_index WHERE app = ?1 AND conv = ?2) ORDER BY seq LIMIT ?3",
    )?;
    let mut rows = statement.query(params![app.0, key.as_str(), stored(limit as u64)])?;
    while let Some(row) = rows.next()? {
        let (seq, id) = (loaded(row.get(0)?), MessageId(loaded(row.get(1)?)));
        if id >= until {
            break;
        }
        entries.push(Expired { conversation: key.clone(), seq, id });
    }
    Ok(())
}

/// [`expired_of`], and what was imported.
fn all_expired_of(
    connection: &Connection,
    app: AppId,
    key: &ConversationKey,
    until: MessageId,
    limit: usize,
    entries: &mut Vec<Expired>,
) -> Result<(), StoreError> {
    let before = entries.len();
    expired_of(connection, app, key, until, limit, entries)?;
    let room = limit - (entries.len() - before);
    let imported = expired_imports(connection, app, key, until, room)?;
    let expired = |id| Expired { conversation: key.clone(), seq: 0, id };
    entries.extend(imported.into_iter().map(expired));
    Ok(())
}

impl Writer {
    /// Removes entries, who read them and what edited them.
    pub(super) fn remove(&self, app: AppId, entries: &[Expired]) -> Result<(), StoreError> {
        for Expired { conversation, seq, id } in entries {
            let id = stored(id.0);
            self.connection
                .prepare_cached("DELETE FROM messages WHERE id = ?1 AND app = ?2")?
                .execute(params![id, app.0])?;
            self.connection
                .prepare_cached(
                    "DELETE FROM message_index WHERE app = ?1 AND conv = ?2 AND seq = ?3",
                )?
                .execute(params![app.0, conversation.as_str(), stored(*seq)])?;
            for table in ["group_reads", "message_edits"] {
                let sql = format!("DELETE FROM {table} WHERE app = ?1 AND message = ?2");
                self.connection.prepare_cached(&sql)?.execute(params![app.0, id])?;
            }
        }
        Ok(())
    }
}
