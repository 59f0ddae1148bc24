//! The message log of one node in SQLite.
//!
//! One thread writes: it takes what has gathered, commits it in one transaction with
//! `synchronous=FULL`, and answers. Reads go through a small pool of read-only connections.
//! Sequences and resends are kept in memory, filled from the tables on first use and at start.

mod checkpoint;
mod devices;
mod glance;
mod imports;
mod purge;
mod reader;
mod retention;
mod span;
mod trace;
mod writer;

use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use hongyan_model::{
    AppId, ConversationKey, DeviceId, EntryFlags, EntryKind, LogEntry, MessageId, NewEntry,
    Timestamp, UserId,
};
use lru::LruCache;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Row};
use tokio::sync::mpsc;

use self::checkpoint::Checkpointer;
pub(super) use self::reader::SqliteReader;
use self::writer::Writer;
use super::recent::RecentSends;
use super::{Subscriber, Write, imported_by, loaded, parse_audience, parse_unroamed};
use crate::{StoreError, StoreOptions};

/// The steps of the schema; the version of a file is the number of steps it has taken.
const SCHEMA: [&str; 5] = [
    include_str!("../../../migrations/sqlite-log/0001_log.sql"),
    include_str!("../../../migrations/sqlite-log/0002_edits.sql"),
    include_str!("../../../migrations/sqlite-log/0003_newest_message.sql"),
    include_str!("../../../migrations/sqlite-log/0004_imports.sql"),
    include_str!("../../../migrations/sqlite-log/0005_unroamed.sql"),
];
/// Conversations whose last position is kept in memory.
const HEADS: NonZeroUsize = NonZeroUsize::new(200_000).unwrap();

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
    prepare(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -32_768)?;
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

/// Settings of every connection to the log.
fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(64);
    // A plan once made is kept: otherwise statements with bound values are planned anew at each
    // use, which was a quarter of what a login cost.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > SCHEMA.len() as i64 {
        return Err(StoreError::NewerSchema { found: version, known: SCHEMA.len() as i64 });
    }
    for (next, step) in (1_i64..).zip(SCHEMA).filter(|(next, _)| *next > version) {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {step} PRAGMA user_version = {next}; COMMIT;"
        ))?;
    }
    Ok(())
}

const ENTRY_COLUMNS: &str = "m.id, m.seq, m.ts, m.app, m.conv, m.kind, m.flags, m.sender, m.device, \
                             m.client_id, m.audience, m.meta, m.unroamed";

fn log_entry(row: &Row<'_>) -> rusqlite::Result<LogEntry> {
    let kind: i64 = row.get(5)?;
    let kind =
        EntryKind::from_number(kind).ok_or(rusqlite::Error::IntegralValueOutOfRange(5, kind))?;
    Ok(LogEntry {
        id: MessageId(loaded(row.get(0)?)),
        seq: loaded(row.get(1)?),
        timestamp: row.get::<_, Timestamp>(2)?,
        imported: imported_by(row.get(1)?),
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
            edits: None,
            reads: None,
            unroamed: parse_unroamed(row.get(12)?),
        },
    })
}
