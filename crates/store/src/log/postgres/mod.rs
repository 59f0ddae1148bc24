//! The message log of many nodes in PostgreSQL.
//!
//! The database orders: a conversation's head row hands out its sequence inside the append
//! transaction, rows are taken in key order so that nodes do not deadlock. A group whose outcome is
//! unknown (the connection broke during the commit) is tried again under the same ids.

mod devices;
mod glance;
mod importer;
mod imports;
mod purge;
mod reader;
mod retention;
mod span;
mod statements;
mod trace;
mod writer;

use std::time::Duration;

use bytes::Bytes;
use hongyan_model::{
    AppId, ConversationKey, DeviceId, EntryFlags, EntryKind, LogEntry, MessageId, NewEntry, UserId,
};
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::{PgConnection, Row};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::importer::Importer;
pub(super) use self::reader::PostgresReader;
use self::writer::Writer;
use super::{QUEUE, Subscriber, Write, imported_by, loaded, parse_audience, parse_unroamed};
use crate::{StoreError, StoreOptions};

const CONNECTIONS: u32 = 8;
/// Advisory lock of the node that delivers: "hongyan" in ASCII.
const DELIVERY_LOCK: i64 = 0x0068_6f6e_6779_616e;
/// How long a predecessor that was killed may take to be missed by the database.
const LOCK_WAIT: Duration = Duration::from_secs(10);

pub(super) async fn open(
    options: &StoreOptions,
    url: &str,
    writes: mpsc::Receiver<Write>,
    subscriber: Subscriber,
) -> Result<(PostgresReader, JoinHandle<()>), StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(10))
        .connect(url)
        .await?;
    let lock = take_lock(&pool).await?;
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT max(head_id) FROM conversations").fetch_one(&pool).await?;
    if let Some(newest) = newest {
        options.ids.start_after(MessageId(loaded(newest)));
    }
    let importer =
        Importer { pool: pool.clone(), ids: options.ids.clone(), clock: options.clock.clone() };
    let (imports, queued) = mpsc::channel(QUEUE);
    let writer = Writer {
        imports,
        importer: tokio::spawn(importer.run(queued)),
        pool: pool.clone(),
        ids: options.ids.clone(),
        clock: options.clock.clone(),
        subscriber,
        _lock: lock,
    };
    Ok((PostgresReader { pool }, tokio::spawn(writer.run(writes))))
}

/// Makes sure that this is the only node on the database: delivery to sessions on other nodes is
/// not part of this version, and two nodes would not hear of each other's messages.
///
/// The lock ends with the returned connection.
async fn take_lock(pool: &PgPool) -> Result<PgConnection, StoreError> {
    let mut connection = pool.acquire().await?.detach();
    let since = tokio::time::Instant::now();
    loop {
        let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(DELIVERY_LOCK)
            .fetch_one(&mut connection)
            .await?;
        if taken {
            return Ok(connection);
        }
        if since.elapsed() > LOCK_WAIT {
            return Err(StoreError::InUse { path: "the PostgreSQL database".into() });
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

const ENTRY_COLUMNS: &str =
    "id, seq, ts, app, conv, kind, flags, sender, device, client_id, audience, meta, unroamed";

fn log_entry(row: &PgRow) -> Result<LogEntry, sqlx::Error> {
    let kind: i64 = row.try_get("kind")?;
    let kind = EntryKind::from_number(kind)
        .ok_or_else(|| sqlx::Error::Decode(format!("unknown kind {kind} of a message").into()))?;
    let flags: i64 = row.try_get("flags")?;
    Ok(LogEntry {
        id: MessageId(loaded(row.try_get("id")?)),
        seq: loaded(row.try_get("seq")?),
        timestamp: row.try_get("ts")?,
        imported: imported_by(row.try_get("seq")?),
        entry: NewEntry {
            app: AppId(row.try_get("app")?),
            conversation: ConversationKey::from_trusted(row.try_get::<String, _>("conv")?),
            kind,
            flags: EntryFlags(u32::try_from(flags).unwrap_or_default()),
            sender: UserId::from_trusted(row.try_get::<String, _>("sender")?),
            device: row.try_get::<Option<String>, _>("device")?.map(DeviceId::from_trusted),
            client_id: row.try_get::<Option<i64>, _>("client_id")?.map(i64::cast_unsigned),
            audience: parse_audience(row.try_get("audience")?),
            meta: Bytes::from(row.try_get::<Vec<u8>, _>("meta")?),
            recalls: None,
            edits: None,
            reads: None,
            unroamed: parse_unroamed(row.try_get("unroamed")?),
        },
    })
}
