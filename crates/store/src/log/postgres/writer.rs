//! The task that writes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use hongyan_model::{AppId, Clock, ConversationKey, IdGenerator, LogEntry, MessageId, NewEntry};
use sqlx::PgConnection;
use sqlx::postgres::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::statements::{
    advance_heads, claim_sends, committed_before, first_result, insert_messages, list_conversation,
    recall, release_send, rewrite,
};
use crate::StoreError;
use crate::log::imports::Import;
use crate::log::recent::identity;
use crate::log::{Append, Appended, GROUP, Job, Subscriber, Write, stored};

/// How often a group is tried before its senders are told that it failed.
const ATTEMPTS: u32 = 5;

pub(super) struct Writer {
    pub(super) pool: PgPool,
    pub(super) ids: Arc<IdGenerator>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) subscriber: Subscriber,
    /// Messages of the past, for the task that writes them. Where so many wait, the next one is refused.
    pub(super) imports: mpsc::Sender<Import>,
    pub(super) importer: JoinHandle<()>,
    /// Held for as long as this node delivers.
    pub(super) _lock: PgConnection,
}

/// An entry with the id under which it is tried, however often.
pub(super) struct Candidate {
    pub(super) id: MessageId,
    pub(super) timestamp: i64,
    pub(super) entry: NewEntry,
}

impl Writer {
    pub(super) async fn run(self, mut writes: mpsc::Receiver<Write>) {
        let mut gathered = Vec::with_capacity(GROUP);
        while writes.recv_many(&mut gathered, GROUP).await > 0 {
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
                self.append_group(appends).await;
            }
            for job in jobs {
                self.job(job).await;
            }
        }
        drop(self.imports);
        let _ = self.importer.await;
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
        candidates: &[Candidate],
    ) -> Result<Vec<Option<Appended>>, StoreError> {
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

    /// Commits what is new of the candidates; the results are in their order, `None` for edits of what others have
    /// changed.
    async fn commit(&self, candidates: &[Candidate]) -> Result<Vec<Option<Appended>>, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let mut results: HashMap<MessageId, Appended> = HashMap::new();
        let stored_before = committed_before(&mut transaction, candidates).await?;
        let first_ids = claim_sends(&mut transaction, candidates).await?;

        // What a resend is answered with, by the id of its first sending.
        let mut resends: Vec<(MessageId, AppId, MessageId)> = Vec::new();
        let mut fresh: BTreeMap<(AppId, &ConversationKey), Vec<&Candidate>> = BTreeMap::new();
        let (mut stale, mut recalled) = (HashSet::new(), HashSet::new());
        for candidate in candidates {
            let first = identity(&candidate.entry).and_then(|key| first_ids.get(&key).copied());
            if let Some(first) = first.filter(|first| *first != candidate.id) {
                resends.push((candidate.id, candidate.entry.app, first));
            } else if let Some(appended) = stored_before.get(&candidate.id) {
                results.insert(candidate.id, *appended);
            } else if let Some(edit) = &candidate.entry.edits
                && (recalled.contains(&edit.of)
                    || !rewrite(&mut transaction, &candidate.entry, edit).await?)
            {
                release_send(&mut transaction, candidate).await?;
                stale.insert(candidate.id);
            } else {
                recalled.extend(candidate.entry.recalls);
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
            if let Some(edit) = &candidate.entry.edits {
                sqlx::query("INSERT INTO message_edits VALUES ($1,$2,$3)")
                    .bind(candidate.entry.app.0)
                    .bind(stored(edit.of.0))
                    .bind(stored(candidate.id.0))
                    .execute(&mut *transaction)
                    .await?;
            }
            if let Some(recalled) = candidate.entry.recalls {
                recall(&mut transaction, &candidate.entry, recalled).await?;
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
            if stale.contains(&first) {
                stale.insert(resend);
                continue;
            }
            let known = match results.get(&first) {
                Some(appended) => *appended,
                None => first_result(&mut transaction, app, first).await?,
            };
            results.insert(resend, Appended { resent: true, ..known });
        }
        transaction.commit().await?;
        let result = |c: &Candidate| match results.get(&c.id) {
            Some(appended) => Ok(Some(*appended)),
            None if stale.contains(&c.id) => Ok(None),
            None => Err(sqlx::Error::RowNotFound),
        };
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
            Job::Remove(app, entries, done) => {
                let _ = done.send(self.remove(app, &entries).await.map_err(Into::into));
            }
            Job::Purge(app, limit, done) => {
                let _ = done.send(self.purge(app, limit).await.map_err(Into::into));
            }
            Job::OpenDevice { app, user, device, sighting, done } => {
                let base = self.open_device(app, &user, &device, sighting).await;
                let _ = done.send(base.map_err(Into::into));
            }
        }
    }
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
