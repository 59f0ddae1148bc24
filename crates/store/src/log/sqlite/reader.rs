//! Reads, on connections of their own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use hongyan_model::{AppId, ConversationKey, DeviceId, EntryFlags, LogEntry, MessageId, UserId};
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, OptionalExtension, ToSql, params, params_from_iter};

use super::{ENTRY_COLUMNS, log_entry};
use crate::StoreError;
use crate::log::{HistoryFilter, LogReader, loaded, stored};

const READERS: usize = 8;

/// Read-only connections, opened as they are needed.
pub(in crate::log) struct SqliteReader {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<tokio::sync::Semaphore>,
}

impl SqliteReader {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Arc::default(), permits: Arc::new(tokio::sync::Semaphore::new(READERS)) }
    }

    pub(super) fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        Box::pin(async move {
            let permit =
                self.permits.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
            let (idle, path) = (self.idle.clone(), self.path.clone());
            tokio::task::spawn_blocking(move || {
                let _permit = permit;
                let pooled = idle.lock().pop();
                let connection = match pooled {
                    Some(connection) => connection,
                    None => open_reader(&path)?,
                };
                let result = read(&connection);
                idle.lock().push(connection);
                result
            })
            .await
            .map_err(|_| StoreError::Closed)?
        })
    }
}

fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    super::prepare(&connection)?;
    Ok(connection)
}

impl LogReader for SqliteReader {
    fn after(
        &self,
        app: AppId,
        conversation: ConversationKey,
        seq: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {ENTRY_COLUMNS} FROM message_index i JOIN messages m ON m.id = i.id
                 WHERE i.app = ?1 AND i.conv = ?2 AND i.seq > ?3 ORDER BY i.seq LIMIT ?4"
            ))?;
            let rows = statement.query_map(
                params![app.0, conversation.as_str(), stored(seq), stored(limit as u64)],
                log_entry,
            )?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn history(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: HistoryFilter,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>> {
        self.read(move |connection| history(connection, app, &conversation, &filter, None))
    }

    fn entry(
        &self,
        app: AppId,
        id: MessageId,
    ) -> BoxFuture<'_, Result<Option<LogEntry>, StoreError>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {ENTRY_COLUMNS} FROM messages m WHERE m.id = ?1 AND m.app = ?2"
            ))?;
            Ok(statement.query_row(params![stored(id.0), app.0], log_entry).optional()?)
        })
    }

    fn of_app(
        &self,
        app: AppId,
        after: MessageId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {ENTRY_COLUMNS} FROM messages m WHERE m.id > ?2 AND m.app = ?1 AND m.seq > 0
                 ORDER BY m.id LIMIT ?3"
            ))?;
            let rows = statement
                .query_map(params![app.0, stored(after.0), stored(limit as u64)], log_entry)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn readers(&self, app: AppId, message: MessageId) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.read(move |connection| {
            let readers: i64 = connection
                .prepare_cached("SELECT count(*) FROM group_reads WHERE app = ?1 AND message = ?2")?
                .query_row(params![app.0, stored(message.0)], |row| row.get(0))?;
            Ok(loaded(readers))
        })
    }

    fn devices_named(
        &self,
        app: AppId,
        user: UserId,
        prefix: String,
    ) -> BoxFuture<'_, Result<Vec<DeviceId>, StoreError>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT device FROM devices WHERE app = ?1 AND user_id = ?2
                 AND substr(device, 1, length(?3)) = ?3 ORDER BY last_seen DESC, device DESC",
            )?;
            let rows = statement
                .query_map(params![app.0, user.as_str(), prefix], |row| row.get::<_, String>(0))?;
            Ok(rows.map(|device| device.map(DeviceId::from_trusted)).collect::<Result<_, _>>()?)
        })
    }

    fn cursor(
        &self,
        app: AppId,
        user: UserId,
        device: DeviceId,
        conversation: ConversationKey,
    ) -> BoxFuture<'_, Result<Option<u64>, StoreError>> {
        self.read(move |connection| {
            let seq: Option<i64> = connection
                .prepare_cached(
                    "SELECT seq FROM cursors WHERE app = ?1 AND user_id = ?2 AND device = ?3 AND conv = ?4",
                )?
                .query_row(
                    params![app.0, user.as_str(), device.as_str(), conversation.as_str()],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(seq.map(loaded))
        })
    }

    fn position(
        &self,
        app: AppId,
        conversation: ConversationKey,
        id: MessageId,
    ) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.read(move |connection| {
            position(connection, app, conversation.as_str(), id).map(loaded)
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
        self.read(move |connection| {
            let groups: Vec<_> =
                groups.iter().map(|(conv, joined)| (conv.as_str(), stored(joined.0))).collect();
            let groups = serde_json::to_string(&groups).map_err(|error| {
                StoreError::Unreadable { what: "list of groups", source: error.into() }
            })?;
            let mut statement = connection.prepare_cached(
                "WITH mine(conv, since) AS (
                     SELECT conv, 0 FROM inbox WHERE app = ?1 AND user_id = ?2
                     UNION ALL
                     SELECT value ->> 0, value ->> 1 FROM json_each(?4)
                 )
                 SELECT mine.conv FROM mine
                 JOIN message_index head ON head.app = ?1 AND head.conv = mine.conv AND head.seq =
                     (SELECT max(seq) FROM message_index WHERE app = ?1 AND conv = mine.conv)
                 LEFT JOIN cursors c ON c.app = ?1 AND c.user_id = ?2 AND c.device = ?3
                     AND c.conv = mine.conv
                 WHERE head.seq > coalesce(c.seq, 0) AND head.id > max(mine.since, ?5)
                 LIMIT ?6",
            )?;
            let rows = statement.query_map(
                params![
                    app.0,
                    user.as_str(),
                    device.as_str(),
                    groups,
                    stored(base.0),
                    stored(limit as u64)
                ],
                |row| row.get::<_, String>(0),
            )?;
            Ok(rows
                .map(|conv| conv.map(ConversationKey::from_trusted))
                .collect::<Result<_, _>>()?)
        })
    }
}

/// What matches the filter, among the positions of `window` if there is one.
pub(super) fn history(
    connection: &Connection,
    app: AppId,
    conversation: &ConversationKey,
    filter: &HistoryFilter,
    window: Option<(u64, u64)>,
) -> Result<Vec<LogEntry>, StoreError> {
    let mut sql = format!(
        "SELECT {ENTRY_COLUMNS} FROM message_index i JOIN messages m ON m.id = i.id
         WHERE i.app = ? AND i.conv = ?"
    );
    let mut values: Vec<Box<dyn ToSql>> =
        vec![Box::new(app.0), Box::new(conversation.as_str().to_owned())];
    let mut condition = |text: &str, value: Box<dyn ToSql>| {
        sql.push_str(text);
        values.push(value);
    };
    if let Some(from) = filter.from {
        let text = if filter.oldest_first { " AND i.seq > ?" } else { " AND i.seq < ?" };
        condition(text, Box::new(stored(from)));
    }
    if let Some((first, last)) = window {
        condition(" AND i.seq >= ?", Box::new(stored(first)));
        condition(" AND i.seq <= ?", Box::new(stored(last)));
    }
    if let Some(after) = filter.after_id {
        condition(" AND i.id > ?", Box::new(stored(after.0)));
    }
    if let Some(time) = filter.from_time {
        condition(" AND m.ts >= ?", Box::new(time));
    }
    if let Some(time) = filter.to_time {
        condition(" AND m.ts <= ?", Box::new(time));
    }
    if let Some(sender) = &filter.sender {
        condition(" AND m.sender = ?", Box::new(sender.as_str().to_owned()));
    }
    let hidden = EntryFlags::RECALLED.with(EntryFlags::ONLINE_ONLY);
    condition(" AND m.flags & ? = 0", Box::new(hidden.0));
    let kinds: Vec<_> = filter.kinds.iter().map(|k| (*k as u8).to_string()).collect();
    sql.push_str(&format!(" AND m.kind IN ({})", kinds.join(",")));
    let direction = if filter.oldest_first { "ASC" } else { "DESC" };
    sql.push_str(&format!(" ORDER BY i.seq {direction} LIMIT {}", filter.limit));
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), log_entry)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The greatest position whose id is at most `id`; 0 if there is none.
pub(super) fn position(
    connection: &Connection,
    app: AppId,
    conv: &str,
    id: MessageId,
) -> Result<i64, StoreError> {
    let (first, last): (Option<i64>, Option<i64>) = connection
        .prepare_cached(
            "SELECT min(seq), max(seq) FROM message_index WHERE app = ?1 AND conv = ?2",
        )?
        .query_row(params![app.0, conv], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(mut low), Some(mut high)) = (first, last) else { return Ok(0) };
    // Ids rise with the sequence: halve the range; gaps are skipped by taking the next row.
    let mut statement = connection.prepare_cached(
        "SELECT seq, id FROM message_index WHERE app = ?1 AND conv = ?2 AND seq >= ?3
         ORDER BY seq LIMIT 1",
    )?;
    let mut found = 0;
    while low <= high {
        let middle = low + (high - low) / 2;
        let (seq, at): (i64, i64) = statement
            .query_row(params![app.0, conv, middle], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if at <= stored(id.0) {
            found = seq;
            low = seq + 1;
        } else {
            high = middle - 1;
        }
    }
    Ok(found)
}
