//! Following what an app's users say, entry by entry, in commit order and across restarts: for callbacks and push.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use dashmap::DashMap;
use hongyan_model::{AppId, EntryFlags, LogEntry, MessageId, Result};
use tokio::sync::Notify;

use super::delivered_as;
use crate::Messaging;

/// How often it is looked whether what is new is all there.
const SETTLING: Duration = Duration::from_millis(50);

/// The apps that somebody follows, each with its followers.
#[derive(Default)]
pub(crate) struct CommitWatch {
    apps: DashMap<AppId, Vec<Weak<AppWatch>>>,
}

/// Tells when an app has something new.
#[derive(Debug, Default)]
pub struct AppWatch {
    /// The first entry that was not yet taken; 0: none.
    first: AtomicU64,
    /// The greatest id noted.
    last: AtomicU64,
    changed: Notify,
}

impl CommitWatch {
    pub(super) fn note(&self, group: &[Arc<LogEntry>]) {
        if self.apps.is_empty() {
            return;
        }
        group.iter().for_each(|entry| self.note_entry(entry));
    }

    /// The same for what was read from the log.
    pub(super) fn note_read(&self, entries: &[LogEntry]) {
        if self.apps.is_empty() {
            return;
        }
        entries.iter().for_each(|entry| self.note_entry(entry));
    }

    fn note_entry(&self, entry: &LogEntry) {
        let Some(followers) = self.apps.get(&entry.entry.app) else { return };
        for watch in followers.iter().filter_map(Weak::upgrade) {
            let id = entry.id.0;
            watch.last.fetch_max(id, Ordering::SeqCst);
            let _ = watch.first.compare_exchange(0, id, Ordering::SeqCst, Ordering::SeqCst);
            watch.changed.notify_one();
        }
    }
}

impl AppWatch {
    /// Waits for something new, and answers the first and the last entry of it.
    async fn noted(&self) -> (MessageId, MessageId) {
        loop {
            match self.first.swap(0, Ordering::SeqCst) {
                0 => self.changed.notified().await,
                first => {
                    return (MessageId(first), MessageId(self.last.load(Ordering::SeqCst)));
                }
            }
        }
    }
}

/// Waits for something new in an app that is followed up to `place`, until [`entries_after`] has it; answers where to go
/// on.
pub async fn next(m: &Messaging, watch: &AppWatch, place: MessageId) -> Result<MessageId> {
    let (first, last) = watch.noted().await;
    if !m.router().is_clustered() {
        // Entries of other apps lie between.
        return Ok(place.max(MessageId(first.0.saturating_sub(1))));
    }
    // Other nodes may still commit what lies before.
    while m.store().log().horizon().await? < last {
        tokio::time::sleep(SETTLING).await;
    }
    Ok(place)
}

/// Begins to follow an app: entries committed from now on are told, until what this answers is dropped.
#[must_use]
pub fn watch(m: &Messaging, app: AppId) -> Arc<AppWatch> {
    let watch = Arc::new(AppWatch::default());
    if m.router().is_clustered() {
        // What was committed before this is not noted, and may not be there to be read yet: looked for once more.
        let now = m.ids().next(m.clock().now()).0;
        watch.last.store(now, Ordering::SeqCst);
        watch.first.store(now, Ordering::SeqCst);
    }
    let mut followers = m.0.watch.apps.entry(app).or_default();
    followers.retain(|follower| follower.strong_count() > 0);
    followers.push(Arc::downgrade(&watch));
    watch
}

/// Entries of an app after `after`, of all conversations, in commit order, each at its place: as they are delivered, so
/// that a message in chunks is where it ended; `None` stands for what is not delivered.
pub async fn entries_after(
    m: &Messaging,
    app: AppId,
    after: MessageId,
    limit: usize,
) -> Result<Vec<(MessageId, Option<LogEntry>)>> {
    let found = m.store().log().of_app(app, after, limit).await?;
    let mut entries = Vec::with_capacity(found.len());
    for entry in found {
        let (id, flags) = (entry.id, entry.entry.flags);
        let shown = match flags.contains(EntryFlags::STREAM_END) {
            true => delivered_as(m, Arc::new(entry)).await?.map(|entry| (*entry).clone()),
            false if flags.contains(EntryFlags::STREAMED) => None,
            false => Some(entry),
        };
        entries.push((id, shown));
    }
    Ok(entries)
}
