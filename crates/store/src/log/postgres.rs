//! The message log of many nodes in PostgreSQL.
//!
//! The database orders: a conversation's head row hands out its sequence inside the append
//! transaction, rows are taken in key order so that nodes do not deadlock. A group whose outcome is
//! unknown (the connection broke during the commit) is tried again under the same ids.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use hongyan_model::{
    AppId, Clock, ConversationKey, DeviceId, EntryFlags, EntryKind, IdGenerator, LogEntry,
    MessageId, NewEntry, Timestamp, UserId,
};
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::{Executor, PgConnection, Postgres, QueryBuilder, Row};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::recent::identity;
use super::{
    Append, Appended, CursorRow, DeviceSighting, GROUP, HistoryFilter, Job, LogReader,
    OpenedDevice, Subscriber, Write, audience_text, loaded, parse_audience, stored,
};
use crate::{StoreError, StoreOptions};

const CONNECTIONS: u32 = 8;
/// How often a group is tried before its senders are told that it failed.
const ATTEMPTS: u32 = 5;

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
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT max(head_id) FROM conversations").fetch_one(&pool).await?;
    if let Some(newest) = newest {
        options.ids.start_after(MessageId(loaded(newest)));
    }
    let writer = Writer {
        pool: pool.clone(),
        ids: options.ids.clone(),
        clock: options.clock.clone(),
        subscriber,
    };
    Ok((PostgresReader { pool }, tokio::spawn(writer.run(writes))))
}

struct Writer {
    pool: PgPool,
    ids: Arc<IdGenerator>,
    clock: Arc<dyn Clock>,
    subscriber: Subscriber,
}

/// An entry with the id under which it is tried, however often.
struct Candidate {
    id: MessageId,
    timestamp: i64,
    entry: NewEntry,
}

impl Writer {
    async fn run(self, mut writes: mpsc::Receiver<Write>) {
        let mut gathered = Vec::with_capacity(GROUP);
        while writes.recv_many(&mut gathered, GROUP).await > 0 {
            let mut appends = Vec::with_capacity(gathered.len());
            let mut jobs = Vec::new();
            for write in gathered.drain(..) {
                match write {
                    Write::Append(append) => appends.push(append),
                    Write::Job(job) => jobs.push(job),
                }
            }
            if !appends.is_empty() {
                self.append_group(appends).await;
            }
            for job in jobs {
                self.job(job).await;
            }
        }
        self.pool.close().await;
    }

    async fn append_group(&self, appends: Vec<Append>) {
        let mut answers: Vec<oneshot::Sender<_>> = Vec::with_capacity(appends.len());
        let mut candidates = Vec::with_capacity(appends.len());
        for Append { entry, done } in appends {
            let timestamp = self.clock.now();
            candidates.push(Candidate { id: self.ids.next(timestamp), timestamp, entry });
            answers.push(done);
        }
        match self.commit_with_retries(&candidates).await {
            Ok(results) => {
                let mut committed = Vec::with_capacity(candidates.len());
                for (candidate, appended) in candidates.into_iter().zip(&results) {
                    if !appended.resent {
                        committed.push(Arc::new(LogEntry {
                            id: appended.id,
                            seq: appended.seq,
                            timestamp: appended.timestamp,
                            entry: candidate.entry,
                        }));
                    }
                }
                for (done, appended) in answers.into_iter().zip(results) {
                    let _ = done.send(Ok(appended));
                }
                let subscriber = self.subscriber.lock().clone();
                if let Some(subscriber) = subscriber
                    && !committed.is_empty()
                {
                    let _ = subscriber.send(committed).await;
                }
            }
            Err(error) => {
                tracing::error!(%error, "the message log could not commit a group; its senders are told");
                for done in answers {
                    let _ = done.send(Err(StoreError::NotStored(error.to_string())));
                }
            }
        }
    }

    async fn commit_with_retries(
        &self,
        candidates: &[Candidate],
    ) -> Result<Vec<Appended>, StoreError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.commit(candidates).await {
                Ok(results) => return Ok(results),
                Err(error) if attempt < ATTEMPTS && is_transient(&error) => {
                    tracing::warn!(%error, attempt, "the message log tries a group again under the same ids");
                    tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Commits what is new of the candidates; the results are in their order.
    async fn commit(&self, candidates: &[Candidate]) -> Result<Vec<Appended>, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let mut results: HashMap<MessageId, Appended> = HashMap::new();
        let stored_before = committed_before(&mut transaction, candidates).await?;
        let first_ids = claim_sends(&mut transaction, candidates).await?;

        // What a resend is answered with, by the id of its first sending.
        let mut resends: Vec<(MessageId, AppId, MessageId)> = Vec::new();
        let mut fresh: BTreeMap<(AppId, &ConversationKey), Vec<&Candidate>> = BTreeMap::new();
        for candidate in candidates {
            let first = identity(&candidate.entry).and_then(|key| first_ids.get(&key).copied());
            if let Some(first) = first.filter(|first| *first != candidate.id) {
                resends.push((candidate.id, candidate.entry.app, first));
            } else if let Some(appended) = stored_before.get(&candidate.id) {
                results.insert(candidate.id, *appended);
            } else {
                let key = (candidate.entry.app, &candidate.entry.conversation);
                fresh.entry(key).or_default().push(candidate);
            }
        }
        let heads = advance_heads(&mut transaction, &fresh).await?;
        let mut rows = Vec::new();
        for (key, entries) in &fresh {
            let head = heads.get(key).copied().unwrap_or_default();
            let first_seq = head + 1 - entries.len() as u64;
            for (seq, candidate) in (first_seq..).zip(entries) {
                let Candidate { id, timestamp, .. } = **candidate;
                results.insert(id, Appended { id, seq, timestamp, resent: false });
                rows.push((seq, *candidate));
            }
        }
        insert_messages(&mut transaction, &rows).await?;
        for (seq, candidate) in &rows {
            if *seq == 1 {
                list_conversation(&mut transaction, &candidate.entry).await?;
            }
            if let Some(recalled) = candidate.entry.recalls {
                sqlx::query(
                    "UPDATE messages SET flags = flags | $1, meta = '' WHERE app = $2 AND id = $3 AND conv = $4",
                )
                .bind(i64::from(EntryFlags::RECALLED.0))
                .bind(candidate.entry.app.0)
                .bind(stored(recalled.0))
                .bind(candidate.entry.conversation.as_str())
                .execute(&mut *transaction)
                .await?;
            }
            if let Some(read) = candidate.entry.reads {
                sqlx::query("INSERT INTO group_reads VALUES ($1,$2,$3,$4) ON CONFLICT DO NOTHING")
                    .bind(candidate.entry.app.0)
                    .bind(stored(read.0))
                    .bind(candidate.entry.sender.as_str())
                    .bind(candidate.timestamp)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        for (resend, app, first) in resends {
            let known = match results.get(&first) {
                Some(appended) => *appended,
                None => first_result(&mut transaction, app, first).await?,
            };
            results.insert(resend, Appended { resent: true, ..known });
        }
        transaction.commit().await?;
        let result = |c: &Candidate| results.get(&c.id).copied().ok_or(sqlx::Error::RowNotFound);
        candidates.iter().map(result).collect()
    }

    async fn job(&self, job: Job) {
        match job {
            Job::SaveCursors(rows, done) => {
                let _ = done.send(self.save_cursors(&rows).await.map_err(Into::into));
            }
            Job::ForgetUser(app, user, done) => {
                let _ = done.send(self.forget_user(app, &user).await.map_err(Into::into));
            }
            Job::OpenDevice { app, user, device, sighting, done } => {
                let base = self.open_device(app, &user, &device, sighting).await;
                let _ = done.send(base.map_err(Into::into));
            }
        }
    }

    async fn save_cursors(&self, rows: &[CursorRow]) -> Result<(), sqlx::Error> {
        // One row per cursor, in key order: the same statement must not touch a row twice.
        let mut latest: BTreeMap<_, u64> = BTreeMap::new();
        for row in rows {
            let key =
                (row.app.0, row.user.as_str(), row.device.as_str(), row.conversation.as_str());
            let seq = latest.entry(key).or_default();
            *seq = row.seq.max(*seq);
        }
        let keys = || latest.keys();
        sqlx::query(
            "INSERT INTO cursors SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[])
             ON CONFLICT (app, user_id, device, conv) DO UPDATE SET seq = greatest(cursors.seq, excluded.seq)",
        )
        .bind(keys().map(|k| k.0).collect::<Vec<_>>())
        .bind(keys().map(|k| k.1).collect::<Vec<_>>())
        .bind(keys().map(|k| k.2).collect::<Vec<_>>())
        .bind(keys().map(|k| k.3).collect::<Vec<_>>())
        .bind(latest.values().map(|seq| stored(*seq)).collect::<Vec<_>>())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn forget_user(&self, app: AppId, user: &UserId) -> Result<(), sqlx::Error> {
        for sql in [
            "DELETE FROM devices WHERE app = $1 AND user_id = $2",
            "DELETE FROM cursors WHERE app = $1 AND user_id = $2",
            "DELETE FROM message_sends WHERE app = $1 AND sender = $2",
        ] {
            sqlx::query(sql).bind(app.0).bind(user.as_str()).execute(&self.pool).await?;
        }
        Ok(())
    }

    async fn open_device(
        &self,
        app: AppId,
        user: &UserId,
        device: &DeviceId,
        sighting: DeviceSighting,
    ) -> Result<OpenedDevice, sqlx::Error> {
        let (app, user, device) = (app.0, user.as_str(), device.as_str());
        let mut transaction = self.pool.begin().await?;
        if let Some(base) = touch_device(&mut transaction, app, user, device, sighting.now).await? {
            transaction.commit().await?;
            return Ok(OpenedDevice { base, is_new: false });
        }
        for sql in [
            "DELETE FROM cursors WHERE app = $1 AND user_id = $2 AND device IN
             (SELECT device FROM devices WHERE app = $1 AND user_id = $2 AND last_seen < $3)",
            "DELETE FROM devices WHERE app = $1 AND user_id = $2 AND last_seen < $3",
        ] {
            sqlx::query(sql)
                .bind(app)
                .bind(user)
                .bind(sighting.forget_before)
                .execute(&mut *transaction)
                .await?;
        }
        if let Some(former) = &sighting.former {
            for sql in [
                "UPDATE cursors SET device = $4 WHERE app = $1 AND user_id = $2 AND device = $3",
                "UPDATE devices SET device = $4 WHERE app = $1 AND user_id = $2 AND device = $3",
            ] {
                sqlx::query(sql)
                    .bind(app)
                    .bind(user)
                    .bind(former.as_str())
                    .bind(device)
                    .execute(&mut *transaction)
                    .await?;
            }
            let now = sighting.now;
            if let Some(base) = touch_device(&mut transaction, app, user, device, now).await? {
                transaction.commit().await?;
                return Ok(OpenedDevice { base, is_new: false });
            }
        }
        sqlx::query(
            "INSERT INTO cursors SELECT app, user_id, $3, conv, seq FROM cursors
             WHERE app = $1 AND user_id = $2 AND device =
                 (SELECT device FROM devices WHERE app = $1 AND user_id = $2 ORDER BY last_seen LIMIT 1)
             ON CONFLICT DO NOTHING",
        )
        .bind(app)
        .bind(user)
        .bind(device)
        .execute(&mut *transaction)
        .await?;
        let base: i64 = sqlx::query_scalar(
            "INSERT INTO devices SELECT $1, $2, $3, greatest($4, coalesce(
                 (SELECT base FROM devices WHERE app = $1 AND user_id = $2 ORDER BY last_seen LIMIT 1), 0)), $5
             ON CONFLICT (app, user_id, device) DO UPDATE SET last_seen = excluded.last_seen
             RETURNING base",
        )
        .bind(app)
        .bind(user)
        .bind(device)
        .bind(stored(sighting.first_base.0))
        .bind(sighting.now)
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(OpenedDevice { base: MessageId(loaded(base)), is_new: true })
    }
}

async fn touch_device(
    connection: &mut PgConnection,
    app: i64,
    user: &str,
    device: &str,
    now: Timestamp,
) -> Result<Option<MessageId>, sqlx::Error> {
    let base: Option<i64> = sqlx::query_scalar(
        "UPDATE devices SET last_seen = $4 WHERE app = $1 AND user_id = $2 AND device = $3 RETURNING base",
    )
    .bind(app)
    .bind(user)
    .bind(device)
    .bind(now)
    .fetch_optional(connection)
    .await?;
    Ok(base.map(|base| MessageId(loaded(base))))
}

/// Whether the outcome of a commit is unknown or a later try may succeed.
fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed => true,
        // Class 08 connection, 40 deadlock and serialization, 57 operator intervention (restart).
        sqlx::Error::Database(db) => {
            db.code().is_some_and(|code| ["08", "40", "57"].iter().any(|c| code.starts_with(c)))
        }
        _ => false,
    }
}

/// Candidates that an earlier try had committed after all.
async fn committed_before(
    connection: &mut PgConnection,
    candidates: &[Candidate],
) -> Result<HashMap<MessageId, Appended>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT m.id, m.seq, m.ts FROM unnest($1::bigint[], $2::bigint[]) AS k(app, id)
         JOIN messages m ON m.app = k.app AND m.id = k.id",
    )
    .bind(candidates.iter().map(|c| c.entry.app.0).collect::<Vec<_>>())
    .bind(candidates.iter().map(|c| stored(c.id.0)).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let appended = appended(row)?;
            Ok((appended.id, appended))
        })
        .collect()
}

fn appended(row: &PgRow) -> Result<Appended, sqlx::Error> {
    Ok(Appended {
        id: MessageId(loaded(row.try_get("id")?)),
        seq: loaded(row.try_get("seq")?),
        timestamp: row.try_get("ts")?,
        resent: false,
    })
}

type SendKey = ((AppId, UserId, DeviceId), u64);

/// Enters the sends that can be resent, and returns under which id each was first stored.
async fn claim_sends(
    connection: &mut PgConnection,
    candidates: &[Candidate],
) -> Result<HashMap<SendKey, MessageId>, sqlx::Error> {
    let mut sends: BTreeMap<SendKey, MessageId> = BTreeMap::new();
    for candidate in candidates {
        if let Some(key) = identity(&candidate.entry) {
            sends.entry(key).or_insert(candidate.id);
        }
    }
    if sends.is_empty() {
        return Ok(HashMap::new());
    }
    let apps: Vec<_> = sends.keys().map(|((app, _, _), _)| app.0).collect();
    let senders: Vec<_> = sends.keys().map(|((_, sender, _), _)| sender.as_str()).collect();
    let devices: Vec<_> = sends.keys().map(|((_, _, device), _)| device.as_str()).collect();
    let clients: Vec<_> = sends.keys().map(|(_, client)| client.cast_signed()).collect();
    let ids: Vec<_> = sends.values().map(|id| stored(id.0)).collect();
    let inserted = sqlx::query(
        "INSERT INTO message_sends SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
         ON CONFLICT DO NOTHING",
    )
    .bind(&apps)
    .bind(&senders)
    .bind(&devices)
    .bind(&clients)
    .bind(&ids)
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == sends.len() as u64 {
        return Ok(sends.into_iter().collect());
    }
    let rows = sqlx::query(
        "SELECT s.app, s.sender, s.device, s.client_id, s.id
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]) AS k(app, sender, device, client_id)
         JOIN message_sends s USING (app, sender, device, client_id)",
    )
    .bind(&apps)
    .bind(&senders)
    .bind(&devices)
    .bind(&clients)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let sender = (
                AppId(row.try_get("app")?),
                UserId::from_trusted(row.try_get::<String, _>("sender")?),
                DeviceId::from_trusted(row.try_get::<String, _>("device")?),
            );
            let client = row.try_get::<i64, _>("client_id")?.cast_unsigned();
            Ok(((sender, client), MessageId(loaded(row.try_get("id")?))))
        })
        .collect()
}

/// What the message with this id became.
async fn first_result(
    connection: &mut PgConnection,
    app: AppId,
    id: MessageId,
) -> Result<Appended, sqlx::Error> {
    let row = sqlx::query("SELECT id, seq, ts FROM messages WHERE app = $1 AND id = $2")
        .bind(app.0)
        .bind(stored(id.0))
        .fetch_one(connection)
        .await?;
    appended(&row)
}

/// Takes a run of positions in each conversation; returns the new heads.
async fn advance_heads<'a>(
    connection: &mut PgConnection,
    fresh: &BTreeMap<(AppId, &'a ConversationKey), Vec<&Candidate>>,
) -> Result<HashMap<(AppId, &'a ConversationKey), u64>, sqlx::Error> {
    if fresh.is_empty() {
        return Ok(HashMap::new());
    }
    let last_id = |entries: &Vec<&Candidate>| entries.last().map_or(0, |c| stored(c.id.0));
    let rows = sqlx::query(
        "INSERT INTO conversations AS c
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
         ON CONFLICT (app, conv) DO UPDATE
         SET head_seq = c.head_seq + excluded.head_seq, head_id = greatest(c.head_id, excluded.head_id)
         RETURNING app, conv, head_seq",
    )
    .bind(fresh.keys().map(|(app, _)| app.0).collect::<Vec<_>>())
    .bind(fresh.keys().map(|(_, conv)| conv.as_str()).collect::<Vec<_>>())
    .bind(fresh.values().map(|entries| stored(entries.len() as u64)).collect::<Vec<_>>())
    .bind(fresh.values().map(last_id).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    let mut heads: HashMap<(i64, String), u64> = HashMap::with_capacity(rows.len());
    for row in rows {
        heads.insert((row.try_get("app")?, row.try_get("conv")?), loaded(row.try_get("head_seq")?));
    }
    let head = |(app, conv): &(AppId, &'a ConversationKey)| {
        heads.get(&(app.0, conv.as_str().to_owned())).copied().unwrap_or_default()
    };
    Ok(fresh.keys().map(|key| (*key, head(key))).collect())
}

async fn insert_messages(
    connection: &mut PgConnection,
    rows: &[(u64, &Candidate)],
) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let entries = || rows.iter().map(|(_, candidate)| &candidate.entry);
    sqlx::query(
        "INSERT INTO messages SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[],
             $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::bigint[], $11::text[], $12::bytea[])",
    )
    .bind(entries().map(|e| e.app.0).collect::<Vec<_>>())
    .bind(entries().map(|e| e.conversation.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(seq, _)| stored(*seq)).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, c)| stored(c.id.0)).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, c)| c.timestamp).collect::<Vec<_>>())
    .bind(entries().map(|e| e.kind as i64).collect::<Vec<_>>())
    .bind(entries().map(|e| i64::from(e.flags.0)).collect::<Vec<_>>())
    .bind(entries().map(|e| e.sender.as_str()).collect::<Vec<_>>())
    .bind(entries().map(|e| e.device.as_ref().map(DeviceId::as_str)).collect::<Vec<_>>())
    .bind(entries().map(|e| e.client_id.map(u64::cast_signed)).collect::<Vec<_>>())
    .bind(entries().map(|e| audience_text(&e.audience)).collect::<Vec<_>>())
    .bind(entries().map(|e| &e.meta[..]).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn list_conversation(
    connection: &mut PgConnection,
    entry: &NewEntry,
) -> Result<(), sqlx::Error> {
    let owners = entry.conversation.conversation().map(|c| c.owners()).unwrap_or_default();
    let unique: HashSet<_> = owners.iter().collect();
    for owner in unique {
        connection
            .execute(
                sqlx::query("INSERT INTO inbox VALUES ($1,$2,$3) ON CONFLICT DO NOTHING")
                    .bind(entry.app.0)
                    .bind(owner.as_str())
                    .bind(entry.conversation.as_str()),
            )
            .await?;
    }
    Ok(())
}

const ENTRY_COLUMNS: &str =
    "id, seq, ts, app, conv, kind, flags, sender, device, client_id, audience, meta";

fn log_entry(row: &PgRow) -> Result<LogEntry, sqlx::Error> {
    let kind: i64 = row.try_get("kind")?;
    let kind = EntryKind::from_number(kind)
        .ok_or_else(|| sqlx::Error::Decode(format!("unknown kind {kind} of a message").into()))?;
    let flags: i64 = row.try_get("flags")?;
    Ok(LogEntry {
        id: MessageId(loaded(row.try_get("id")?)),
        seq: loaded(row.try_get("seq")?),
        timestamp: row.try_get("ts")?,
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
            reads: None,
        },
    })
}

pub(super) struct PostgresReader {
    pool: PgPool,
}

fn select() -> QueryBuilder<Postgres> {
    QueryBuilder::new(format!("SELECT {ENTRY_COLUMNS} FROM messages WHERE app = "))
}

impl PostgresReader {
    async fn entries(
        &self,
        mut query: QueryBuilder<Postgres>,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let rows = query.build().fetch_all(&self.pool).await?;
        Ok(rows.iter().map(log_entry).collect::<Result<_, _>>()?)
    }
}

impl LogReader for PostgresReader {
    fn after(
        &self,
        app: AppId,
        conversation: ConversationKey,
        seq: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>> {
        Box::pin(async move {
            let mut query = select();
            query.push_bind(app.0).push(" AND conv = ").push_bind(conversation.as_str().to_owned());
            query.push(" AND seq > ").push_bind(stored(seq));
            query.push(" ORDER BY seq LIMIT ").push_bind(stored(limit as u64));
            self.entries(query).await
        })
    }

    fn history(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: HistoryFilter,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>> {
        Box::pin(async move {
            let mut query = select();
            query.push_bind(app.0).push(" AND conv = ").push_bind(conversation.as_str().to_owned());
            if let Some(from) = filter.from {
                let text = if filter.oldest_first { " AND seq > " } else { " AND seq < " };
                query.push(text).push_bind(stored(from));
            }
            if let Some(after) = filter.after_id {
                query.push(" AND id > ").push_bind(stored(after.0));
            }
            if let Some(time) = filter.from_time {
                query.push(" AND ts >= ").push_bind(time);
            }
            if let Some(time) = filter.to_time {
                query.push(" AND ts <= ").push_bind(time);
            }
            if let Some(sender) = &filter.sender {
                query.push(" AND sender = ").push_bind(sender.as_str().to_owned());
            }
            let hidden = EntryFlags::RECALLED.with(EntryFlags::ONLINE_ONLY);
            query.push(" AND flags & ").push_bind(i64::from(hidden.0)).push(" = 0");
            let kinds: Vec<_> = filter.kinds.iter().map(|k| *k as i64).collect();
            query.push(" AND kind = ANY(").push_bind(kinds).push(")");
            query.push(if filter.oldest_first { " ORDER BY seq" } else { " ORDER BY seq DESC" });
            query.push(" LIMIT ").push_bind(stored(filter.limit as u64));
            self.entries(query).await
        })
    }

    fn entry(
        &self,
        app: AppId,
        id: MessageId,
    ) -> BoxFuture<'_, Result<Option<LogEntry>, StoreError>> {
        Box::pin(async move {
            let mut query = select();
            query.push_bind(app.0).push(" AND id = ").push_bind(stored(id.0));
            Ok(self.entries(query).await?.pop())
        })
    }

    fn readers(&self, app: AppId, message: MessageId) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async move {
            let readers: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM group_reads WHERE app = $1 AND message = $2",
            )
            .bind(app.0)
            .bind(stored(message.0))
            .fetch_one(&self.pool)
            .await?;
            Ok(loaded(readers))
        })
    }

    fn devices_named(
        &self,
        app: AppId,
        user: UserId,
        prefix: String,
    ) -> BoxFuture<'_, Result<Vec<DeviceId>, StoreError>> {
        Box::pin(async move {
            let devices: Vec<String> = sqlx::query_scalar(
                "SELECT device FROM devices WHERE app = $1 AND user_id = $2
                 AND starts_with(device, $3) ORDER BY last_seen DESC, device DESC",
            )
            .bind(app.0)
            .bind(user.as_str())
            .bind(prefix)
            .fetch_all(&self.pool)
            .await?;
            Ok(devices.into_iter().map(DeviceId::from_trusted).collect())
        })
    }

    fn cursor(
        &self,
        app: AppId,
        user: UserId,
        device: DeviceId,
        conversation: ConversationKey,
    ) -> BoxFuture<'_, Result<Option<u64>, StoreError>> {
        Box::pin(async move {
            let seq: Option<i64> = sqlx::query_scalar(
                "SELECT seq FROM cursors WHERE app = $1 AND user_id = $2 AND device = $3 AND conv = $4",
            )
            .bind(app.0)
            .bind(user.as_str())
            .bind(device.as_str())
            .bind(conversation.as_str())
            .fetch_optional(&self.pool)
            .await?;
            Ok(seq.map(loaded))
        })
    }

    fn position(
        &self,
        app: AppId,
        conversation: ConversationKey,
        id: MessageId,
    ) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async move {
            // Ids of one conversation rise with its sequence but for clocks that differ between
            // nodes, so the last row at or below the id is looked up from the newest down.
            let seq: Option<i64> = sqlx::query_scalar(
                "SELECT seq FROM messages WHERE app = $1 AND conv = $2 AND id <= $3 ORDER BY seq DESC LIMIT 1",
            )
            .bind(app.0)
            .bind(conversation.as_str())
            .bind(stored(id.0))
            .fetch_optional(&self.pool)
            .await?;
            Ok(loaded(seq.unwrap_or_default()))
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
        Box::pin(async move {
            let convs: Vec<_> = groups.iter().map(|(conv, _)| conv.as_str().to_owned()).collect();
            let joined: Vec<_> = groups.iter().map(|(_, joined)| stored(joined.0)).collect();
            let unread: Vec<String> = sqlx::query_scalar(
                "WITH mine(conv, since) AS (
                     SELECT conv, 0::bigint FROM inbox WHERE app = $1 AND user_id = $2
                     UNION ALL
                     SELECT * FROM unnest($4::text[], $5::bigint[])
                 )
                 SELECT mine.conv FROM mine
                 JOIN conversations head ON head.app = $1 AND head.conv = mine.conv
                 LEFT JOIN cursors c ON c.app = $1 AND c.user_id = $2 AND c.device = $3 AND c.conv = mine.conv
                 WHERE head.head_seq > coalesce(c.seq, 0) AND head.head_id > mine.since
                   AND (c.seq IS NOT NULL OR head.head_id > $6)
                 LIMIT $7",
            )
            .bind(app.0)
            .bind(user.as_str())
            .bind(device.as_str())
            .bind(convs)
            .bind(joined)
            .bind(stored(base.0))
            .bind(stored(limit as u64))
            .fetch_all(&self.pool)
            .await?;
            Ok(unread.into_iter().map(ConversationKey::from_trusted).collect())
        })
    }
}
