//! The task that writes messages of the past, beside the one that writes what is said: many at once, in transactions of
//! its own, so that a bulk import does not hold up sends.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use hongyan_model::{AppId, Clock, IdGenerator, MessageId, NewEntry, Timestamp};
use sqlx::PgConnection;
use sqlx::Row;
use sqlx::postgres::PgPool;
use tokio::sync::{mpsc, oneshot};

use crate::StoreError;
use crate::log::imports::Import;
use crate::log::{GROUP, audience_text, imported_position, loaded, stored, unroamed_text};

/// How often other ids are tried where somebody else was faster.
const ATTEMPTS: usize = 20;

pub(super) struct Importer {
    pub(super) pool: PgPool,
    pub(super) ids: Arc<IdGenerator>,
    pub(super) clock: Arc<dyn Clock>,
}

/// A message that is not yet stored.
struct Waiting {
    entry: Box<NewEntry>,
    time: Timestamp,
    /// The id it would have, were it said now.
    arrived: MessageId,
    done: oneshot::Sender<Result<MessageId, StoreError>>,
}

impl Importer {
    /// Ends when the queue is closed and empty.
    pub(super) async fn run(self, mut imports: mpsc::Receiver<Import>) {
        let mut gathered = Vec::with_capacity(GROUP);
        while imports.recv_many(&mut gathered, GROUP).await > 0 {
            let waiting = gathered.drain(..).map(|Import { entry, time, done }| {
                let arrived = self.ids.next(self.clock.now());
                Waiting { entry, time, arrived, done }
            });
            self.write(waiting.collect()).await;
        }
    }

    /// Stores all of them, and tells who waits for them.
    async fn write(&self, mut waiting: Vec<Waiting>) {
        for _ in 0..ATTEMPTS {
            if waiting.is_empty() {
                return;
            }
            let taken = match self.commit(&waiting).await {
                Ok(taken) => taken,
                Err(error) => {
                    let error = StoreError::from(error).chain();
                    tracing::error!(
                        error,
                        "the message log could not import messages; who sent them is told"
                    );
                    refuse(waiting, &error);
                    return;
                }
            };
            let mut left = Vec::new();
            for (one, id) in waiting.into_iter().zip(taken) {
                match id {
                    Some(id) => drop(one.done.send(Ok(id))),
                    None => left.push(one),
                }
            }
            waiting = left;
        }
        refuse(waiting, "others import messages of the same moment");
    }

    /// Stores them under ids of their moments, and lists their conversations; `None` where somebody else has taken the
    /// id meanwhile.
    async fn commit(&self, waiting: &[Waiting]) -> Result<Vec<Option<MessageId>>, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let ids = free_ids(&mut transaction, waiting).await?;
        let entries = || waiting.iter().map(|one| &one.entry);
        let inserted = sqlx::query(
            "INSERT INTO messages (app, conv, seq, id, ts, kind, flags, sender, audience, meta, unroamed)
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                 $7::bigint[], $8::text[], $9::text[], $10::bytea[], $11::text[])
             ON CONFLICT (app, id) DO NOTHING RETURNING app, id",
        )
        .bind(entries().map(|e| e.app.0).collect::<Vec<_>>())
        .bind(entries().map(|e| e.conversation.as_str()).collect::<Vec<_>>())
        .bind(waiting.iter().map(|one| imported_position(one.arrived)).collect::<Vec<_>>())
        .bind(ids.iter().map(|id| stored(id.0)).collect::<Vec<_>>())
        .bind(waiting.iter().map(|one| one.time).collect::<Vec<_>>())
        .bind(entries().map(|e| e.kind as i64).collect::<Vec<_>>())
        .bind(entries().map(|e| i64::from(e.flags.0)).collect::<Vec<_>>())
        .bind(entries().map(|e| e.sender.as_str()).collect::<Vec<_>>())
        .bind(entries().map(|e| audience_text(&e.audience)).collect::<Vec<_>>())
        .bind(entries().map(|e| &e.meta[..]).collect::<Vec<_>>())
        .bind(entries().map(|e| unroamed_text(&e.unroamed)).collect::<Vec<_>>())
        .fetch_all(&mut *transaction)
        .await?;
        let mut here = BTreeSet::new();
        for row in &inserted {
            here.insert((row.try_get::<i64, _>("app")?, row.try_get::<i64, _>("id")?));
        }
        list_conversations(&mut transaction, waiting).await?;
        transaction.commit().await?;
        let taken = waiting
            .iter()
            .zip(ids)
            .map(|(one, id)| here.contains(&(one.entry.app.0, stored(id.0))).then_some(id));
        Ok(taken.collect())
    }
}

/// An id for each, of its moment, or of the first one behind it that has one left; those of one moment rise.
async fn free_ids(
    connection: &mut PgConnection,
    waiting: &[Waiting],
) -> Result<Vec<MessageId>, sqlx::Error> {
    // The next id of a moment; 0 if it has none left.
    let mut next: HashMap<(AppId, Timestamp), u64> = HashMap::new();
    let mut moments: Vec<Timestamp> = waiting.iter().map(|one| one.time).collect();
    let mut ids = vec![None; waiting.len()];
    while ids.contains(&None) {
        let unknown: BTreeSet<_> = waiting
            .iter()
            .zip(&moments)
            .map(|(one, moment)| (one.entry.app, *moment))
            .filter(|moment| !next.contains_key(moment))
            .collect();
        look_up(connection, unknown, &mut next).await?;
        for (n, one) in
            waiting.iter().enumerate().filter(|(n, _)| ids[*n].is_none()).collect::<Vec<_>>()
        {
            let (_, last) = IdGenerator::imported_at(moments[n]);
            let next = next.entry((one.entry.app, moments[n])).or_insert(0);
            if *next == 0 {
                moments[n] += 1;
                continue;
            }
            ids[n] = Some(MessageId(*next));
            *next = if *next < last.0 { *next + 1 } else { 0 };
        }
    }
    Ok(ids.into_iter().flatten().collect())
}

/// Which id comes next in each of these moments.
async fn look_up(
    connection: &mut PgConnection,
    moments: BTreeSet<(AppId, Timestamp)>,
    next: &mut HashMap<(AppId, Timestamp), u64>,
) -> Result<(), sqlx::Error> {
    if moments.is_empty() {
        return Ok(());
    }
    let ranges: Vec<_> =
        moments.iter().map(|(_, moment)| IdGenerator::imported_at(*moment)).collect();
    let taken: Vec<Option<i64>> = sqlx::query_scalar(
        "SELECT (SELECT max(m.id) FROM messages m WHERE m.app = w.app AND m.id BETWEEN w.first AND w.last)
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS w(app, first, last, n) ORDER BY w.n",
    )
    .bind(moments.iter().map(|(app, _)| app.0).collect::<Vec<_>>())
    .bind(ranges.iter().map(|(first, _)| stored(first.0)).collect::<Vec<_>>())
    .bind(ranges.iter().map(|(_, last)| stored(last.0)).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    for ((moment, (first, last)), taken) in moments.into_iter().zip(ranges).zip(taken) {
        let free = match taken.map(loaded) {
            None => first.0,
            Some(taken) if taken < last.0 => taken + 1,
            Some(_) => 0,
        };
        next.insert(moment, free);
    }
    Ok(())
}

/// Lists the one-to-one chats for their users. In the order in which appends do it, so that neither waits for the other
/// in a circle.
async fn list_conversations(
    connection: &mut PgConnection,
    waiting: &[Waiting],
) -> Result<(), sqlx::Error> {
    let mut rows = BTreeSet::new();
    for one in waiting {
        let conversation = &one.entry.conversation;
        for owner in conversation.conversation().map(|c| c.owners()).unwrap_or_default() {
            rows.insert((one.entry.app, conversation, owner));
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO inbox (app, user_id, conv) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])
         ON CONFLICT DO NOTHING",
    )
    .bind(rows.iter().map(|(app, _, _)| app.0).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, _, owner)| owner.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, conversation, _)| conversation.as_str()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

fn refuse(waiting: Vec<Waiting>, why: &str) {
    for one in waiting {
        let _ = one.done.send(Err(StoreError::NotStored(why.to_owned())));
    }
}
