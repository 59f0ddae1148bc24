//! The one thread that writes.

use std::collections::HashMap;
use std::sync::Arc;

use hongyan_model::{
    AppId, Clock, ConversationKey, DeviceId, EntryFlags, EntryKind, IdGenerator, LogEntry,
    MessageId, NewEntry, Rewrite, UserId,
};
use lru::LruCache;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::{mpsc, oneshot};

use super::checkpoint::Checkpointer;
use super::log_entry;
use crate::StoreError;
use crate::log::imports::Import;
use crate::log::recent::{RecentSends, identity};
use crate::log::{
    Append, Appended, GROUP, Job, Subscriber, Write, audience_text, loaded, stored, unroamed_text,
};

/// Entries read at start to recognise resends across a restart.
const REMEMBERED_SENDS: i64 = 50_000;

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) ids: Arc<IdGenerator>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) heads: LruCache<(AppId, ConversationKey), Head>,
    pub(super) recent: RecentSends,
    pub(super) subscriber: Subscriber,
    pub(super) checkpointer: Checkpointer,
    /// Held until the writer is done, so that no second process hands out the same positions.
    pub(super) _lock: std::fs::File,
}

/// Where a conversation ends.
#[derive(Clone, Copy, Default)]
pub(super) struct Head {
    /// Its newest entry; 0 if it has none.
    seq: u64,
    /// Its newest message; 0 if it has none.
    message: u64,
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
    Id(oneshot::Sender<Result<MessageId, StoreError>>, MessageId),
    Purged(oneshot::Sender<Result<u64, StoreError>>, u64),
}

impl Writer {
    /// Continues ids and remembers resends where the last process stopped.
    pub(super) fn restore(&mut self) -> Result<(), StoreError> {
        let newest: Option<i64> =
            self.connection.query_row("SELECT max(id) FROM messages", [], |row| row.get(0))?;
        if let Some(newest) = newest {
            self.ids.start_after(MessageId(loaded(newest)));
        }
        let mut statement = self.connection.prepare(
            "SELECT id, seq, ts, app, conv, kind, flags, sender, device, client_id, audience, x'', NULL
             FROM (SELECT * FROM messages ORDER BY id DESC LIMIT ?1)
             WHERE client_id IS NOT NULL ORDER BY id",
        )?;
        let mut rows = statement.query([REMEMBERED_SENDS])?;
        while let Some(row) = rows.next()? {
            let LogEntry { id, seq, timestamp, entry, .. } = log_entry(row)?;
            self.recent.remember(&entry, Appended { id, seq, timestamp, resent: false });
        }
        Ok(())
    }

    pub(super) fn run(mut self, mut writes: mpsc::Receiver<Write>) {
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
                tracing::error!(
                    error = error.chain(),
                    "the message log could not commit a group; its senders are told"
                );
                let _ = self.connection.execute_batch("ROLLBACK");
                // Positions were handed out for entries that do not exist.
                self.heads.clear();
                let failure = || StoreError::NotStored(error.chain());
                for (done, _) in group.appended {
                    let _ = done.send(Err(failure()));
                }
                for job in group.jobs {
                    match job {
                        JobDone::Unit(done) => drop(done.send(Err(failure()))),
                        JobDone::Id(done, _) => drop(done.send(Err(failure()))),
                        JobDone::Purged(done, _) => drop(done.send(Err(failure()))),
                    }
                }
                for write in unanswered {
                    match write {
                        Write::Append(append) => drop(append.done.send(Err(failure()))),
                        Write::Job(
                            Job::SaveCursors(_, done)
                            | Job::ForgetUser(_, _, done)
                            | Job::Remove(_, _, done),
                        ) => {
                            drop(done.send(Err(failure())));
                        }
                        Write::Job(Job::OpenDevice { done, .. })
                        | Write::Import(Import { done, .. }) => drop(done.send(Err(failure()))),
                        Write::Job(Job::Purge(_, _, done)) => drop(done.send(Err(failure()))),
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
                Write::Import(import) => self.past(import, group),
            };
        }
        unanswered.extend(writes);
        result?;
        self.connection.execute_batch("COMMIT")?;
        Ok(())
    }

    fn answer(&mut self, group: Group) {
        for committed in &group.committed {
            let LogEntry { id, seq, timestamp, entry, .. } = &**committed;
            let appended = Appended { id: *id, seq: *seq, timestamp: *timestamp, resent: false };
            self.recent.remember(entry, appended);
        }
        for (done, appended) in group.appended {
            let _ = done.send(Ok(appended));
        }
        for job in group.jobs {
            match job {
                JobDone::Unit(done) => drop(done.send(Ok(()))),
                JobDone::Id(done, id) => drop(done.send(Ok(id))),
                JobDone::Purged(done, rows) => drop(done.send(Ok(rows))),
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
            Err(StoreError::Stale) => {
                drop(done.send(Err(StoreError::Stale)));
                return Ok(());
            }
            Err(error) => {
                drop(done.send(Err(StoreError::NotStored(error.chain()))));
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

    /// Nothing is written if the entry is [`StoreError::Stale`].
    fn insert(&mut self, entry: NewEntry) -> Result<LogEntry, StoreError> {
        if let Some(rewrite) = &entry.edits {
            self.rewrite(&entry, rewrite)?;
        }
        let now = self.clock.now();
        let id = self.ids.next(now);
        let (seq, message_before) = self.next_seq(&entry)?;
        let (app, conv) = (entry.app.0, entry.conversation.as_str());
        let stored_id = stored(id.0);
        self.connection
            .prepare_cached(
                "INSERT INTO messages VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
            )?
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
                unroamed_text(&entry.unroamed),
            ])?;
        self.connection
            .prepare_cached("INSERT INTO message_index VALUES (?1,?2,?3,?4,?5)")?
            .execute(params![app, conv, stored(seq), stored_id, stored(message_before)])?;
        if seq == 1 {
            self.list_conversation(&entry)?;
        }
        if let Some(recalled) = entry.recalls {
            // With the edits of the message, which say the same.
            self.connection
                .prepare_cached(
                    "UPDATE messages SET flags = flags | ?1, meta = x'' WHERE app = ?3 AND conv = ?4 AND id IN
                     (SELECT ?2 UNION ALL SELECT id FROM message_edits WHERE app = ?3 AND message = ?2)",
                )?
                .execute(params![EntryFlags::RECALLED.0, stored(recalled.0), app, conv])?;
        }
        if let Some(rewrite) = &entry.edits {
            self.connection
                .prepare_cached("INSERT INTO message_edits VALUES (?1,?2,?3)")?
                .execute(params![app, stored(rewrite.of.0), stored_id])?;
        }
        if let Some(read) = entry.reads {
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO group_reads VALUES (?1,?2,?3,?4)")?
                .execute(params![app, stored(read.0), entry.sender.as_str(), now])?;
        }
        Ok(LogEntry { id, seq, timestamp: now, imported: None, entry })
    }

    /// Gives the message its new content, unless somebody else was faster.
    fn rewrite(&self, entry: &NewEntry, rewrite: &Rewrite) -> Result<(), StoreError> {
        let Some(seen) = rewrite.seen else { return Err(StoreError::Stale) };
        let rewritten = self
            .connection
            .prepare_cached(
                "UPDATE messages SET flags = ?1, meta = coalesce(?2, meta) WHERE id = ?3 AND app = ?4 AND conv = ?5 AND flags = ?6",
            )?
            .execute(params![
                rewrite.becomes.0,
                rewrite.meta.as_deref(),
                stored(rewrite.of.0),
                entry.app.0,
                entry.conversation.as_str(),
                seen.0
            ])?;
        if rewritten == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// The entry's position, and that of the newest message before it.
    fn next_seq(&mut self, entry: &NewEntry) -> Result<(u64, u64), StoreError> {
        let key = (entry.app, entry.conversation.clone());
        let before = match self.heads.get(&key) {
            Some(head) => *head,
            None => self.head(entry.app, &entry.conversation)?,
        };
        let seq = before.seq + 1;
        let message = if entry.kind.is_history() { seq } else { before.message };
        self.heads.put(key, Head { seq, message });
        Ok((seq, before.message))
    }

    fn head(&self, app: AppId, conversation: &ConversationKey) -> Result<Head, StoreError> {
        let newest = self
            .connection
            .prepare_cached(
                "SELECT i.seq, m.kind, i.message FROM message_index i JOIN messages m ON m.id = i.id
                 WHERE i.app = ?1 AND i.conv = ?2 ORDER BY i.seq DESC LIMIT 1",
            )?
            .query_row(params![app.0, conversation.as_str()], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<i64>>(2)?))
            })
            .optional()?;
        let Some((seq, kind, before)) = newest else { return Ok(Head::default()) };
        let seq = loaded(seq);
        if EntryKind::from_number(kind).is_some_and(EntryKind::is_history) {
            return Ok(Head { seq, message: seq });
        }
        let message = match before {
            Some(before) => before,
            // Written before positions of messages were: once for each conversation.
            None => {
                let kinds = EntryKind::ALL.into_iter().filter(|kind| kind.is_history());
                let kinds: Vec<_> = kinds.map(|kind| (kind as u8).to_string()).collect();
                let kinds = kinds.join(",");
                self.connection.query_row(
                    &format!(
                        "SELECT coalesce(max(m.seq), 0) FROM message_index i JOIN messages m ON m.id = i.id
                         WHERE i.app = ?1 AND i.conv = ?2 AND m.kind IN ({kinds})"
                    ),
                    params![app.0, conversation.as_str()],
                    |row| row.get(0),
                )?
            }
        };
        Ok(Head { seq, message: loaded(message) })
    }

    pub(super) fn list_conversation(&self, entry: &NewEntry) -> Result<(), StoreError> {
        let owners = entry.conversation.conversation().map(|c| c.owners()).unwrap_or_default();
        for owner in owners {
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO inbox VALUES (?1,?2,?3)")?
                .execute(params![entry.app.0, owner.as_str(), entry.conversation.as_str()])?;
        }
        Ok(())
    }

    fn past(&mut self, import: Import, group: &mut Group) -> Result<(), StoreError> {
        let Import { entry, time, done } = import;
        match self.import(&entry, time) {
            Ok(id) => group.jobs.push(JobDone::Id(done, id)),
            Err(error) => {
                drop(done.send(Err(StoreError::NotStored(error.chain()))));
                return Err(error);
            }
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
            Job::Remove(app, entries, done) => {
                group.jobs.push(JobDone::Unit(done));
                self.remove(app, &entries)
            }
            Job::Purge(app, limit, done) => {
                match self.purge(app, limit) {
                    Ok(rows) => group.jobs.push(JobDone::Purged(done, rows)),
                    Err(error) => {
                        drop(done.send(Err(StoreError::NotStored(error.chain()))));
                        return Err(error);
                    }
                }
                Ok(())
            }
            Job::OpenDevice { app, user, device, sighting, done } => {
                match self.open_device(app, &user, &device, sighting) {
                    Ok(base) => group.jobs.push(JobDone::Id(done, base)),
                    Err(error) => {
                        drop(done.send(Err(StoreError::NotStored(error.chain()))));
                        return Err(error);
                    }
                }
                Ok(())
            }
        }
    }
}
