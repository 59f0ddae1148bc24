//! The message log of many nodes in PostgreSQL.
//!
//! The database orders: a conversation's head row hands out its sequence inside the append
//! transaction, rows are taken in key order so that nodes do not deadlock. Ids rise with the sequence: where another
//! node has given out a greater one meanwhile, the entry gets a new one. A group whose outcome is
//! unknown (the connection broke during the commit) is tried again under the same ids. Up to where a follower of all
//! conversations may read: [`nodes`].

mod devices;
mod glance;
mod importer;
mod imports;
mod nodes;
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
use sqlx::Row;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::importer::Importer;
use self::nodes::Membership;
pub(super) use self::reader::PostgresReader;
use self::writer::Writer;
use super::{QUEUE, Subscriber, Write, imported_by, loaded, parse_audience, parse_unroamed};
use crate::{StoreError, StoreOptions};

const CONNECTIONS: u32 = 8;

pub(super) async fn open(
    options: &StoreOptions,
    url: &str,
    writes: mpsc::Receiver<Write>,
    subscriber: Subscriber,
) -> Result<(PostgresReader, JoinHandle<()>), StoreError> {
    let connect: PgConnectOptions = url.parse()?;
    // A node that is frozen in the middle of a commit would keep others from its conversations.
    let connect =
        connect.options([("idle_in_transaction_session_timeout", nodes::IDLE_IN_TRANSACTION)]);
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(connect.clone())
        .await?;
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT max(head_id) FROM conversations").fetch_one(&pool).await?;
    if let Some(newest) = newest {
        options.ids.start_after(MessageId(loaded(newest)));
    }
    let importer =
        Importer { pool: pool.clone(), ids: options.ids.clone(), clock: options.clock.clone() };
    let (imports, queued) = mpsc::channel(QUEUE);
    let membership = Membership::join(&connect, &options.ids, &options.clock).await?;
    let writer = Writer {
        imports,
        importer: tokio::spawn(importer.run(queued)),
        pool: pool.clone(),
        ids: options.ids.clone(),
        clock: options.clock.clone(),
        subscriber,
    };
    Ok((
        PostgresReader { pool, node: options.ids.node() },
        tokio::spawn(writer.run(membership, writes)),
    ))
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
