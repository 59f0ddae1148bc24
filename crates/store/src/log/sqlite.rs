//! The message log of one node in SQLite.
//!
//! One thread writes: it takes what has gathered, commits it in one transaction with
//! `synchronous=FULL`, and answers. Reads go through a small pool of read-only connections.
//! Sequences and resends are kept in memory, filled from the tables on first use and at start.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use hongyan_model::{
    AppId, Clock, ConversationKey, DeviceId, EntryFlags, EntryKind, IdGenerator, LogEntry,
    MessageId, NewEntry, Timestamp, UserId,
};
use lru::LruCache;
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, ToSql, params, params_from_iter};
use tokio::sync::{mpsc, oneshot};

use super::checkpoint::Checkpointer;
use super::recent::{RecentSends, identity};
use super::{
    Append, Appended, CursorRow, DeviceSighting, GROUP, HistoryFilter, Job, LogReader,
    OpenedDevice, Subscriber, Write, audience_text, loaded, parse_audience, stored,
};
use crate::{StoreError, StoreOptions};

const SCHEMA: &str = include_str!("../../migrations/sqlite-log/0001_log.sql");
const SCHEMA_VERSION: i64 = 1;
/// Conversations whose last position is kept in memory.
const HEADS: NonZeroUsize = NonZeroUsize::new(200_000).unwrap();
/// Entries read at start to recognise resends across a restart.
const REMEMBERED_SENDS: i64 = 50_000;
const READERS: usize = 8;

/// Opens (or creates) `<data dir>/messages.db` and starts the writer thread.
pub(super) fn open(
    options: &StoreOptions,
    writes: mpsc::Receiver<Write>,
    subscriber: Subscriber,
) -> Result<(SqliteReader, thread::JoinHandle<()>), StoreError> {
    let path = options.data_dir.join("messages.db");
    let lock = crate::engine::lock_exclusively(&options.data_dir.join("messages.lock"))?;
    crate::engine::create_private_file(&path)?;
    let connection = Connection::open(&path)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -32_768)?;
    connection.set_prepared_statement_cache_capacity(64);
    migrate(&connection)?;
    let checkpointer = Checkpointer::start(&path)?;

    let mut writer = Writer {
        connection,
        ids: options.ids.clone(),
        clock: options.clock.clone(),
        heads: LruCache::new(HEADS),
        recent: RecentSends::new(),
        subscriber,
        checkpointer,
        _lock: lock,
    };
    writer.restore()?;
    let thread = thread::Builder::new()
        .name("message-log".into())
        .spawn(move || writer.run(writes))
        .map_err(|source| StoreError::File { path: path.clone(), source })?;
    Ok((SqliteReader::new(path), thread))
}

fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > SCHEMA_VERSION {
        return Err(StoreError::NewerSchema { found: version, known: SCHEMA_VERSION });
    }
    if version < SCHEMA_VERSION {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        ))?;
    }
    Ok(())
}

struct Writer {
    connection: Connection,
    ids: Arc<IdGenerator>,
    clock: Arc<dyn Clock>,
    heads: LruCache<(AppId, ConversationKey), u64>,
    recent: RecentSends,
    subscriber: Subscriber,
    checkpointer: Checkpointer,
    /// Held until the writer is done, so that no second process hands out the same positions.
    _lock: std::fs::File,
}

/// Answers to give once the group is durable.
#[derive(Default)]
struct Group {
    committed: Vec<Arc<LogEntry>>,
    appended: Vec<(oneshot::Sender<Result<Appended, StoreError>>, Appended)>,
    /// Resends of messages of this very group.
    sent_here: HashMap<((AppId, UserId, DeviceId), u64), Appended>,
    jobs: Vec<JobDone>,
}

enum JobDone {
    Unit(oneshot::Sender<Result<(), StoreError>>),
    Opened(oneshot::Sender<Result<OpenedDevice, StoreError>>, OpenedDevice),
}

impl Writer {
    /// Continues ids and remembers resends where the last process stopped.
    fn restore(&mut self) -> Result<(), StoreError> {
        let newest: Option<i64> =
            self.connection.query_row("SELECT max(id) FROM messages", [], |row| row.get(0))?;
        if let Some(newest) = newest {
            self.ids.start_after(MessageId(loaded(newest)));
        }
        let mut statement = self.connection.prepare(
            "SELECT id, seq, ts, app, conv, kind, flags, sender, device, client_id, audience, x''
             FROM (SELECT * FROM messages ORDER BY id DESC LIMIT ?1)
             WHERE client_id IS NOT NULL ORDER BY id",
        )?;
        let mut rows = statement.query([REMEMBERED_SENDS])?;
        while let Some(row) = rows.next()? {
            let LogEntry { id, seq, timestamp, entry } = log_entry(row)?;
            self.recent.remember(&entry, Appended { id, seq, timestamp, resent: false });
        }
        Ok(())
    }

    fn run(mut self, mut writes: mpsc::Receiver<Write>) {
        let mut gathered = Vec::with_capacity(GROUP);
        while let Some(first) = writes.blocking_recv() {
            gathered.push(first);
            while gathered.len() < GROUP {
                match writes.try_recv() {
                    Ok(write) => gathered.push(write),
                    Err(_) => break,
                }
            }
            self.write_group(std::mem::take(&mut gathered));
            if self.checkpointer.is_overdue() {
                self.checkpoint("RESTART");
            }
        }
        // Nothing is queued any more: leave a small WAL behind for a quick next start.
        self.checkpoint("TRUNCATE");
    }

    fn checkpoint(&self, mode: &str) {
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        if let Err(error) = self.connection.query_row(&sql, [], |_| Ok(())) {
            tracing::warn!(%error, mode, "the message log's WAL could not be checkpointed");
        }
    }

    fn write_group(&mut self, writes: Vec<Write>) {
        let mut group = Group::default();
        let mut unanswered = Vec::new();
        let outcome = self.try_group(writes, &mut group, &mut unanswered);
        match outcome {
            Ok(()) => self.answer(group),
            Err(error) => {
                tracing::error!(%error, "the message log could not commit a group; its senders are told");
                let _ = self.connection.execute_batch("ROLLBACK");
                // Positions were handed out for entries that do not exist.
                self.heads.clear();
                let failure = || StoreError::NotStored(error.to_string());
                for (done, _) in group.appended {
                    let _ = done.send(Err(failure()));
                }
                for job in group.jobs {
                    match job {
                        JobDone::Unit(done) => drop(done.send(Err(failure()))),
                        JobDone::Opened(done, _) => drop(done.send(Err(failure()))),
                    }
                }
                for write in unanswered {
                    match write {
                        Write::Append(append) => drop(append.done.send(Err(failure()))),
                        Write::Job(Job::SaveCursors(_, done) | Job::ForgetUser(_, _, done)) => {
                            drop(done.send(Err(failure())));
                        }
                        Write::Job(Job::OpenDevice { done, .. }) => drop(done.send(Err(failure()))),
                    }
                }
            }
        }
    }

    fn try_group(
        &mut self,
        writes: Vec<Write>,
        group: &mut Group,
        unanswered: &mut Vec<Write>,
    ) -> Result<(), StoreError> {
        let mut writes = writes.into_iter();
        let mut result = self.connection.execute_batch("BEGIN IMMEDIATE").map_err(Into::into);
        while result.is_ok() {
            let Some(write) = writes.next() else { break };
            result = match write {
                Write::Append(append) => self.append(append, group),
                Write::Job(job) => self.job(job, group),
            };
        }
        unanswered.extend(writes);
        result?;
        self.connection.execute_batch("COMMIT")?;
        Ok(())
    }

    fn answer(&mut self, group: Group) {
        for committed in &group.committed {
            let LogEntry { id, seq, timestamp, entry } = &**committed;
            let appended = Appended { id: *id, seq: *seq, timestamp: *timestamp, resent: false };
            self.recent.remember(entry, appended);
        }
        for (done, appended) in group.appended {
            let _ = done.send(Ok(appended));
        }
        for job in group.jobs {
            match job {
                JobDone::Unit(done) => drop(done.send(Ok(()))),
                JobDone::Opened(done, device) => drop(done.send(Ok(device))),
            }
        }
        if !group.committed.is_empty() {
            let subscriber = self.subscriber.lock().clone();
            if let Some(subscriber) = subscriber {
                let _ = subscriber.blocking_send(group.committed);
            }
        }
    }

    fn append(&mut self, append: Append, group: &mut Group) -> Result<(), StoreError> {
        let Append { entry, done } = append;
        let identity = identity(&entry);
        let first =
            self.recent.find(&entry).or_else(|| group.sent_here.get(identity.as_ref()?).copied());
        if let Some(first) = first {
            group.appended.push((done, Appended { resent: true, ..first }));
            return Ok(());
        }
        let inserted = self.insert(entry);
        let committed = match inserted {
            Ok(committed) => committed,
            Err(error) => {
                drop(done.send(Err(StoreError::NotStored(error.to_string()))));
                return Err(error);
            }
        };
        let LogEntry { id, seq, timestamp, .. } = committed;
        let appended = Appended { id, seq, timestamp, resent: false };
        if let Some(identity) = identity {
            group.sent_here.insert(identity, appended);
        }
        group.appended.push((done, appended));
        group.committed.push(Arc::new(committed));
        Ok(())
    }

    fn insert(&mut self, entry: NewEntry) -> Result<LogEntry, StoreError> {
        let now = self.clock.now();
        let id = self.ids.next(now);
        let seq = self.next_seq(&entry)?;
        let (app, conv) = (entry.app.0, entry.conversation.as_str());
        let stored_id = stored(id.0);
        self.connection
            .prepare_cached("INSERT INTO messages VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)")?
            .execute(params![
                stored_id,
                app,
                conv,
                stored(seq),
                now,
                entry.kind as i64,
                entry.flags.0,
                entry.sender.as_str(),
                entry.device.as_ref().map(DeviceId::as_str),
                entry.client_id.map(u64::cast_signed),
                audience_text(&entry.audience),
                &entry.meta[..],
            ])?;
        self.connection
            .prepare_cached("INSERT INTO message_index VALUES (?1,?2,?3,?4)")?
            .execute(params![app, conv, stored(seq), stored_id])?;
        if seq == 1 {
            self.list_conversation(&entry)?;
        }
        if let Some(recalled) = entry.recalls {
            self.connection
                .prepare_cached(
                    "UPDATE messages SET flags = flags | ?1, meta = x'' WHERE id = ?2 AND app = ?3 AND conv = ?4",
                )?
                .execute(params![EntryFlags::RECALLED.0, stored(recalled.0), app, conv])?;
        }
        if let Some(read) = entry.reads {
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO group_reads VALUES (?1,?2,?3,?4)")?
                .execute(params![app, stored(read.0), entry.sender.as_str(), now])?;
        }
        Ok(LogEntry { id, seq, timestamp: now, entry })
    }

    fn next_seq(&mut self, entry: &NewEntry) -> Result<u64, StoreError> {
        let key = (entry.app, entry.conversation.clone());
        if let Some(head) = self.heads.get_mut(&key) {
            *head += 1;
            return Ok(*head);
        }
        let head: Option<i64> = self
            .connection
            .prepare_cached("SELECT max(seq) FROM message_index WHERE app = ?1 AND conv = ?2")?
            .query_row(params![key.0.0, key.1.as_str()], |row| row.get(0))?;
        let next = loaded(head.unwrap_or_default()) + 1;
        self.heads.put(key, next);
        Ok(next)
    }

    fn list_conversation(&self, entry: &NewEntry) -> Result<(), StoreError> {
        let owners = entry.conversation.conversation().map(|c| c.owners()).unwrap_or_default();
        for owner in owners {
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO inbox VALUES (?1,?2,?3)")?
                .execute(params![entry.app.0, owner.as_str(), entry.conversation.as_str()])?;
        }
        Ok(())
    }

    fn job(&mut self, job: Job, group: &mut Group) -> Result<(), StoreError> {
        match job {
            Job::SaveCursors(rows, done) => {
                group.jobs.push(JobDone::Unit(done));
                self.save_cursors(&rows)
            }
            Job::ForgetUser(app, user, done) => {
                group.jobs.push(JobDone::Unit(done));
                for table in ["devices", "cursors"] {
                    self.connection
                        .prepare_cached(&format!(
                            "DELETE FROM {table} WHERE app = ?1 AND user_id = ?2"
                        ))?
                        .execute(params![app.0, user.as_str()])?;
                }
                Ok(())
            }
            Job::OpenDevice { app, user, device, sighting, done } => {
                match self.open_device(app, &user, &device, sighting) {
                    Ok(opened) => group.jobs.push(JobDone::Opened(done, opened)),
                    Err(error) => {
                        drop(done.send(Err(StoreError::NotStored(error.to_string()))));
                        return Err(error);
                    }
                }
                Ok(())
            }
        }
    }

    fn save_cursors(&self, rows: &[CursorRow]) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO cursors VALUES (?1,?2,?3,?4,?5)
             ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)",
        )?;
        for row in rows {
            statement.execute(params![
                row.app.0,
                row.user.as_str(),
                row.device.as_str(),
                row.conversation.as_str(),
                stored(row.seq),
            ])?;
        }
        Ok(())
    }

    fn open_device(
        &self,
        app: AppId,
        user: &UserId,
        device: &DeviceId,
        sighting: DeviceSighting,
    ) -> Result<OpenedDevice, StoreError> {
        let (app, user, device) = (app.0, user.as_str(), device.as_str());
        if let Some(base) = self.touch_device(app, user, device, sighting.now)? {
            return Ok(OpenedDevice { base, is_new: false });
        }
        for sql in [
            "DELETE FROM cursors WHERE app = ?1 AND user_id = ?2 AND device IN
             (SELECT device FROM devices WHERE app = ?1 AND user_id = ?2 AND last_seen < ?3)",
            "DELETE FROM devices WHERE app = ?1 AND user_id = ?2 AND last_seen < ?3",
        ] {
            self.connection.prepare_cached(sql)?.execute(params![
                app,
                user,
                sighting.forget_before
            ])?;
        }
        if let Some(former) = &sighting.former {
            for sql in [
                "UPDATE cursors SET device = ?4 WHERE app = ?1 AND user_id = ?2 AND device = ?3",
                "UPDATE devices SET device = ?4 WHERE app = ?1 AND user_id = ?2 AND device = ?3",
            ] {
                let renamed = params![app, user, former.as_str(), device];
                self.connection.prepare_cached(sql)?.execute(renamed)?;
            }
            if let Some(base) = self.touch_device(app, user, device, sighting.now)? {
                return Ok(OpenedDevice { base, is_new: false });
            }
        }
        self.connection
            .prepare_cached(
                "INSERT INTO cursors SELECT app, user_id, ?3, conv, seq FROM cursors
                 WHERE app = ?1 AND user_id = ?2 AND device =
                     (SELECT device FROM devices WHERE app = ?1 AND user_id = ?2
                      ORDER BY last_seen LIMIT 1)",
            )?
            .execute(params![app, user, device])?;
        let base: i64 = self
            .connection
            .prepare_cached(
                "INSERT INTO devices SELECT ?1, ?2, ?3, max(?4, coalesce(
                     (SELECT base FROM devices WHERE app = ?1 AND user_id = ?2
                      ORDER BY last_seen LIMIT 1), 0)), ?5
                 RETURNING base",
            )?
            .query_row(
                params![app, user, device, stored(sighting.first_base.0), sighting.now],
                |row| row.get(0),
            )?;
        Ok(OpenedDevice { base: MessageId(loaded(base)), is_new: true })
    }

    fn touch_device(
        &self,
        app: i64,
        user: &str,
        device: &str,
        now: Timestamp,
    ) -> Result<Option<MessageId>, StoreError> {
        let base: Option<i64> = self
            .connection
            .prepare_cached(
                "UPDATE devices SET last_seen = ?4 WHERE app = ?1 AND user_id = ?2 AND device = ?3
                 RETURNING base",
            )?
            .query_row(params![app, user, device, now], |row| row.get(0))
            .optional()?;
        Ok(base.map(|base| MessageId(loaded(base))))
    }
}

const ENTRY_COLUMNS: &str = "m.id, m.seq, m.ts, m.app, m.conv, m.kind, m.flags, m.sender, m.device, \
                             m.client_id, m.audience, m.meta";

fn log_entry(row: &Row<'_>) -> rusqlite::Result<LogEntry> {
    let kind: i64 = row.get(5)?;
    let kind =
        EntryKind::from_number(kind).ok_or(rusqlite::Error::IntegralValueOutOfRange(5, kind))?;
    Ok(LogEntry {
        id: MessageId(loaded(row.get(0)?)),
        seq: loaded(row.get(1)?),
        timestamp: row.get::<_, Timestamp>(2)?,
        entry: NewEntry {
            app: AppId(row.get(3)?),
            conversation: ConversationKey::from_trusted(row.get::<_, String>(4)?),
            kind,
            flags: EntryFlags(row.get(6)?),
            sender: UserId::from_trusted(row.get::<_, String>(7)?),
            device: row.get::<_, Option<String>>(8)?.map(DeviceId::from_trusted),
            client_id: row.get::<_, Option<i64>>(9)?.map(i64::cast_unsigned),
            audience: parse_audience(row.get(10)?),
            meta: Bytes::from(row.get::<_, Vec<u8>>(11)?),
            recalls: None,
            reads: None,
        },
    })
}

/// Read-only connections, opened as they are needed.
pub(super) struct SqliteReader {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<tokio::sync::Semaphore>,
}

impl SqliteReader {
    fn new(path: PathBuf) -> Self {
        Self { path, idle: Arc::default(), permits: Arc::new(tokio::sync::Semaphore::new(READERS)) }
    }

    fn read<T: Send + 'static>(
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
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(32);
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
        self.read(move |connection| {
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
            if let Some(after) = filter.after_id {
                condition(" AND i.id > ?", Box::new(stored(after.0)));
            }
            if let Some(time) = filter.from_time {
                condition(" AND m.ts >= ?", Box::new(time));
            }
            if let Some(time) = filter.to_time {
                condition(" AND m.ts <= ?", Box::new(time));
            }
            if let Some(sender) = filter.sender {
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
        })
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
            let conv = conversation.as_str();
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
                    .query_row(params![app.0, conv, middle], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })?;
                if at <= stored(id.0) {
                    found = seq;
                    low = seq + 1;
                } else {
                    high = middle - 1;
                }
            }
            Ok(loaded(found))
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
                 WHERE head.seq > coalesce(c.seq, 0) AND head.id > mine.since
                   AND (c.seq IS NOT NULL OR head.id > ?5)
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
