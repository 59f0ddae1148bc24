//! The task that writes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use hongyan_model::{AppId, Clock, IdGenerator, LogEntry, MessageId, NewEntry};
use sqlx::PgConnection;
use sqlx::postgres::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::devices::Opening;
use super::nodes::{Membership, Place, move_mark, settle};
use super::statements::{
    Fresh, advance_heads, claim_sends, committed_before, first_result, insert_messages,
    list_conversation, recall, release_send, rewrite,
};
use crate::StoreError;
use crate::log::imports::Import;
use crate::log::recent::identity;
use crate::log::{Append, Appended, GROUP, Job, Subscriber, Write, stored};

/// How often a group is tried before its senders are told that it failed.
const ATTEMPTS: u32 = 5;

/// How long this node's place may take to be kept before the log goes on.
const BEAT_WITHIN: Duration = Duration::from_secs(3);
/// How often a group is tried anew because this node was taken out meanwhile.
const REENTRIES: u32 = 20;

pub(super) struct Writer {
    pub(super) pool: PgPool,
    pub(super) ids: Arc<IdGenerator>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) subscriber: Subscriber,
    /// Messages of the past, for the task that writes them. Where so many wait, the next one is refused.
    pub(super) imports: mpsc::Sender<Import>,
    pub(super) importer: JoinHandle<()>,
}

/// An entry with the id under which it is tried, however often.
pub(super) struct Candidate {
    pub(super) id: MessageId,
    pub(super) timestamp: i64,
    pub(super) entry: NewEntry,
}

/// Why a try did not commit.
enum Failure {
    Database(sqlx::Error),
    /// The other nodes have taken this one out: it was silent for too long.
    TakenOut,
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl Writer {
    pub(super) async fn run(self, mut membership: Membership, mut writes: mpsc::Receiver<Write>) {
        let mut gathered = Vec::with_capacity(GROUP);
        let mut opening = Opening::new(self.pool.clone());
        loop {
            tokio::select! {
                biased;
                received = writes.recv_many(&mut gathered, GROUP) => {
                    if received == 0 {
                        break;
                    }
                }
                () = tokio::time::sleep_until(membership.due()) => beat(&mut membership).await,
            }
            let mut appends = Vec::with_capacity(gathered.len());
            let mut jobs = Vec::new();
            for write in gathered.drain(..) {
                match write {
                    Write::Append(append) => appends.push(append),
                    Write::Job(job) => jobs.push(job),
                    Write::Import(import) => {
                        if let Err(unqueued) = self.imports.try_send(import) {
                            let why = "too many imports wait".to_owned();
                            let done = unqueued.into_inner().done;
                            let _ = done.send(Err(StoreError::NotStored(why)));
                        }
                    }
                }
            }
            if !appends.is_empty() {
                self.append_group(&mut membership, appends).await;
            }
            for job in jobs {
                self.job(job, &mut opening).await;
            }
            // Many logins and cursors must not make this node look silent.
            if membership.due() < Instant::now() {
                beat(&mut membership).await;
            }
        }
        opening.end().await;
        drop(self.imports);
        let _ = self.importer.await;
        membership.leave(&self.pool).await;
        self.pool.close().await;
    }

    async fn append_group(&self, membership: &mut Membership, appends: Vec<Append>) {
        let mut answers: Vec<oneshot::Sender<_>> = Vec::with_capacity(appends.len());
        let mut candidates = Vec::with_capacity(appends.len());
        for Append { entry, done } in appends {
            let timestamp = self.clock.now();
            candidates.push(Candidate { id: self.ids.next(timestamp), timestamp, entry });
            answers.push(done);
        }
        match self.commit_with_retries(membership, &mut candidates).await {
            Ok(results) => {
                let mut committed = Vec::with_capacity(candidates.len());
                for (candidate, appended) in candidates.into_iter().zip(&results) {
                    if let Some(appended) = appended.filter(|appended| !appended.resent) {
                        committed.push(Arc::new(LogEntry {
                            id: appended.id,
                            seq: appended.seq,
                            timestamp: appended.timestamp,
                            imported: None,
                            entry: candidate.entry,
                        }));
                    }
                }
                for (done, appended) in answers.into_iter().zip(results) {
                    let _ = done.send(appended.ok_or(StoreError::Stale));
                }
                let subscriber = self.subscriber.lock().clone();
                if let Some(subscriber) = subscriber
                    && !committed.is_empty()
                {
                    let _ = subscriber.send(committed).await;
                }
            }
            Err(error) => {
                tracing::error!(
                    error = error.chain(),
                    "the message log could not commit a group; its senders are told"
                );
                for done in answers {
                    let _ = done.send(Err(StoreError::NotStored(error.chain())));
                }
            }
        }
    }

    async fn commit_with_retries(
        &self,
        membership: &mut Membership,
        candidates: &mut [Candidate],
    ) -> Result<Vec<Option<Appended>>, StoreError> {
        let (mut attempt, mut reentries) = (0, 0);
        loop {
            attempt += 1;
            match self.commit(membership.place(), candidates, attempt > 1).await {
                Ok(results) => return Ok(results),
                Err(Failure::TakenOut) if reentries < REENTRIES => {
                    reentries += 1;
                    let entered = membership.enter().await;
                    if !matches!(entered, Ok(true)) {
                        let pause = Duration::from_millis(50 << reentries.min(5));
                        tokio::time::sleep(pause).await;
                    }
                }
                Err(Failure::TakenOut) => {
                    return Err(StoreError::InUse { path: "this node's number".into() });
                }
                Err(Failure::Database(error)) if attempt < ATTEMPTS && is_transient(&error) => {
                    tracing::warn!(%error, attempt, "the message log tries a group again");
                    tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
                }
                Err(Failure::Database(error)) => return Err(error.into()),
            }
        }
    }
    /// Commits what is new of the candidates; the results are in their order, `None` for edits of what others have
    /// changed. Where it is done `again`, an earlier try may have committed after all.
    async fn commit(
        &self,
        place: Place,
        candidates: &mut [Candidate],
        again: bool,
    ) -> Result<Vec<Option<Appended>>, Failure> {
        let mut transaction = self.pool.begin().await?;
        let mut results: HashMap<usize, Appended> = HashMap::new();
        if again {
            if !settle(&mut transaction, place).await? {
                return Err(Failure::TakenOut);
            }
            let stored_before = committed_before(&mut transaction, candidates).await?;
            for (at, candidate) in candidates.iter_mut().enumerate() {
                match stored_before.get(&candidate.id) {
                    Some(appended) => {
                        results.insert(at, *appended);
                    }
                    // Followers may be past the ids that were tried.
                    None => candidate.id = self.ids.next(self.clock.now()),
                }
            }
        }
        let first_ids = claim_sends(&mut transaction, candidates).await?;

        // What a resend is answered with: the place of its first sending, or an id of an earlier group.
        let places: HashMap<MessageId, usize> =
            candidates.iter().enumerate().map(|(at, candidate)| (candidate.id, at)).collect();
        let mut resends: Vec<(usize, MessageId)> = Vec::new();
        let mut fresh = Fresh::new();
        let (mut stale, mut recalled) = (HashSet::new(), HashSet::new());
        for (at, candidate) in candidates.iter().enumerate() {
            let first = identity(&candidate.entry).and_then(|key| first_ids.get(&key).copied());
            if let Some(first) = first.filter(|first| *first != candidate.id) {
                resends.push((at, first));
            } else if results.contains_key(&at) {
            } else if let Some(edit) = &candidate.entry.edits
                && (recalled.contains(&edit.of)
                    || !rewrite(&mut transaction, &candidate.entry, edit).await?)
            {
                release_send(&mut transaction, candidate).await?;
                stale.insert(at);
            } else {
                recalled.extend(candidate.entry.recalls);
                let key = (candidate.entry.app, candidate.entry.conversation.clone());
                fresh.entry(key).or_default().push(at);
            }
        }
        let next = |greatest| {
            self.ids.start_after(greatest);
            self.ids.next(self.clock.now())
        };
        let heads = advance_heads(&mut transaction, &fresh, candidates, next).await?;
        let mut rows = Vec::new();
        for (key, entries) in &fresh {
            let head = heads.get(key).copied().unwrap_or_default();
            let first_seq = head + 1 - entries.len() as u64;
            for (seq, at) in (first_seq..).zip(entries) {
                let Some(candidate) = candidates.get(*at) else { continue };
                let Candidate { id, timestamp, .. } = *candidate;
                results.insert(*at, Appended { id, seq, timestamp, resent: false });
                rows.push((seq, candidate));
            }
        }
        insert_messages(&mut transaction, &rows).await?;
        for (seq, candidate) in &rows {
            if *seq == 1 {
                list_conversation(&mut transaction, &candidate.entry).await?;
            }
            annotate(&mut transaction, candidate).await?;
        }
        for (at, first) in resends {
            let place = places.get(&first);
            if place.is_some_and(|place| stale.contains(place)) {
                stale.insert(at);
                continue;
            }
            let known = match place.and_then(|place| results.get(place)) {
                Some(appended) => *appended,
                None => {
                    let app = candidates.get(at).map_or(AppId(0), |c| c.entry.app);
                    first_result(&mut transaction, app, first).await?
                }
            };
            results.insert(at, Appended { resent: true, ..known });
        }
        if let Some(mark) = rows.iter().map(|(_, candidate)| candidate.id).max()
            && !move_mark(&mut transaction, place, mark).await?
        {
            return Err(Failure::TakenOut);
        }
        transaction.commit().await?;
        let result = |at: usize| match results.get(&at) {
            Some(appended) => Ok(Some(*appended)),
            None if stale.contains(&at) => Ok(None),
            None => Err(sqlx::Error::RowNotFound.into()),
        };
        (0..candidates.len()).map(result).collect()
    }

    async fn job(&self, job: Job, opening: &mut Opening) {
        match job {
            Job::SaveCursors(rows, done) => {
                let _ = done.send(self.save_cursors(&rows).await.map_err(Into::into));
            }
            Job::ForgetUser(app, user, done) => {
                let _ = done.send(self.forget_user(app, &user).await.map_err(Into::into));
            }
            Job::Remove(app, entries, done) => {
                let _ = done.send(self.remove(app, &entries).await.map_err(Into::into));
            }
            Job::Purge(app, limit, done) => {
                let _ = done.send(self.purge(app, limit).await.map_err(Into::into));
            }
            Job::OpenDevice { app, user, device, sighting, done } => {
                opening.begin((app, user, device), sighting, done);
            }
        }
    }
}

/// Writes what an entry does to others.
async fn annotate(connection: &mut PgConnection, candidate: &Candidate) -> Result<(), sqlx::Error> {
    let Candidate { id, timestamp, entry } = candidate;
    if let Some(edit) = &entry.edits {
        sqlx::query("INSERT INTO message_edits VALUES ($1,$2,$3)")
            .bind(entry.app.0)
            .bind(stored(edit.of.0))
            .bind(stored(id.0))
            .execute(&mut *connection)
            .await?;
    }
    if let Some(recalled) = entry.recalls {
        recall(connection, entry, recalled).await?;
    }
    if let Some(read) = entry.reads {
        sqlx::query("INSERT INTO group_reads VALUES ($1,$2,$3,$4) ON CONFLICT DO NOTHING")
            .bind(entry.app.0)
            .bind(stored(read.0))
            .bind(entry.sender.as_str())
            .bind(timestamp)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Keeps this node's place among the others.
async fn beat(membership: &mut Membership) {
    let kept = async { if membership.beat().await? { Ok(true) } else { membership.enter().await } };
    match tokio::time::timeout(BEAT_WITHIN, kept).await {
        Ok(Ok(true)) => {}
        Ok(Ok(false)) => tracing::error!("another process has taken this node's number"),
        Ok(Err(sqlx::Error::Io(_))) | Err(_) => {
            tracing::warn!("the database does not answer this node");
        }
        Ok(Err(error)) => tracing::warn!(%error, "this node could not keep its place in the log"),
    }
}

/// Whether the outcome of a commit is unknown or a later try may succeed.
fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed => true,
        // Class 08 connection, 25P03 ended while we did not go on, 40 deadlock and serialization, 57 operator
        // intervention (restart).
        sqlx::Error::Database(db) => db.code().is_some_and(|code| {
            ["08", "25P03", "40", "57"].iter().any(|class| code.starts_with(class))
        }),
        _ => false,
    }
}
