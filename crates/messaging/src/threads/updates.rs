//! Telling the members of a group that something was said in one of its threads.
//!
//! They are told of the latest state, and only while they are connected: nothing is written for it, and however fast
//! messages follow each other, a thread is announced at most twice a second.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use hongyan_cluster::Subject;
use hongyan_model::{
    AppId, Audience, Conversation, EntryFlags, EntryKind, GroupId, LogEntry, Result, Thread,
    ThreadId, Timestamp, UserId,
};
use hongyan_msync::meta;
use hongyan_msync::proto::Meta;
use hongyan_msync::proto::meta::NameSpace;
use hongyan_platform::apps;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::Notify;

use super::{announce, cache, overview};
use crate::Messaging;
use crate::messages::jid;

/// Threads that may wait to be announced. Of more nobody is told until somebody writes there again.
const WAITING: usize = 10_000;
/// Between two announcements of a thread.
const INTERVAL: Duration = Duration::from_millis(500);
/// Threads that are announced at the same time.
const CONCURRENT: usize = 16;

/// Threads in which something was said that is not yet announced.
#[derive(Default)]
pub(crate) struct Updates {
    /// With who said it last, or withdrew or changed what was said.
    threads: Mutex<HashMap<(AppId, ThreadId), UserId>>,
    filled: Notify,
}

impl Updates {
    /// Notes what was committed. Costs a look at its conversation where it is none of a thread.
    pub(crate) fn note(&self, committed: &LogEntry) {
        let entry = &committed.entry;
        let Some(thread) = changed_by(committed) else { return };
        let was_empty = {
            let mut threads = self.threads.lock();
            let key = (entry.app, thread);
            if threads.len() >= WAITING && !threads.contains_key(&key) {
                return;
            }
            threads.insert(key, entry.sender.clone());
            threads.len() == 1
        };
        if was_empty {
            self.filled.notify_one();
        }
    }

    fn take(&self) -> HashMap<(AppId, ThreadId), UserId> {
        std::mem::take(&mut *self.threads.lock())
    }
}

/// The thread in which something was said with this, or changed or withdrawn.
fn changed_by(committed: &LogEntry) -> Option<ThreadId> {
    let entry = &committed.entry;
    if !entry.conversation.is_thread() {
        return None;
    }
    let Some(Conversation::Thread(thread)) = entry.conversation.conversation() else { return None };
    let is_change = matches!(entry.kind, EntryKind::Recall | EntryKind::Edit);
    // What is not for everybody counts for nothing, and the others need not know that it was said.
    let is_for_all = !matches!(entry.audience, Audience::Only(_) | Audience::Device(..));
    let is_kept = !entry.flags.contains(EntryFlags::ONLINE_ONLY);
    ((entry.kind.is_history() || is_change) && is_for_all && is_kept).then_some(thread)
}

/// Starts the task that announces them; it ends with the last [`Messaging`].
pub(crate) fn start_updates(m: &Messaging, updates: Arc<Updates>) {
    let weak = m.downgrade();
    tokio::spawn(async move {
        loop {
            // Wakes from time to time to see whether there is anybody left to work for.
            let _ = tokio::time::timeout(Duration::from_secs(1), updates.filled.notified()).await;
            let Some(m) = weak.upgrade().map(Messaging) else { return };
            let threads = updates.take();
            if threads.is_empty() {
                continue;
            }
            let here = &m;
            stream::iter(threads)
                .for_each_concurrent(CONCURRENT, |((app, thread), by)| async move {
                    if let Err(error) = announce(here, app, &thread, &by).await {
                        let (thread, error) = (thread.as_str(), &error as &dyn std::error::Error);
                        tracing::warn!(thread, error, "an update of a thread is not announced");
                    }
                })
                .await;
            drop(m);
            tokio::time::sleep(INTERVAL).await;
        }
    });
}

/// What members of the group are told after an entry of a thread, as it is by now: the group, and a notification; `None` if
/// they are told nothing of it.
pub async fn update_by(m: &Messaging, entry: &LogEntry) -> Result<Option<(GroupId, Value)>> {
    let Some(thread) = changed_by(entry) else { return Ok(None) };
    let (app, by) = (entry.entry.app, &entry.entry.sender);
    let Some(facts) = cache::facts(m, app, &thread).await? else { return Ok(None) };
    let update = update(m, app, &facts, (by, entry.timestamp)).await?;
    Ok(Some((facts.group.clone(), update)))
}

async fn update(
    m: &Messaging,
    app: AppId,
    thread: &Thread,
    (by, at): (&UserId, Timestamp),
) -> Result<Value> {
    let tally = overview::tally(m, app, &thread.id).await?;
    let newest = overview::newest(m, app, tally).await?;
    let mut update = announce::notification(thread, "update_msg", by.as_str(), at);
    update["data"]["message_count"] = tally.messages.into();
    update["data"]["last_message"] = overview::shown(newest.as_ref());
    Ok(update)
}

async fn announce(m: &Messaging, app: AppId, thread: &ThreadId, by: &UserId) -> Result<()> {
    let Some(facts) = cache::facts(m, app, thread).await? else { return Ok(()) };
    let Some(app) = apps::find_by_id(m.platform(), app).await? else { return Ok(()) };
    let update = update(m, app.id, &facts, (by, m.clock().now())).await?;
    let event = Meta {
        from: Some(jid::user(&app, by, None)),
        to: Some(jid::group(&app, &facts.group)),
        ns: Some(NameSpace::Notify as i32),
        payload: Some(update.to_string().into()),
        ..Meta::default()
    };
    let subject = Subject::Thread(thread.clone());
    m.router().show_group(app.id, &facts.group, (&subject, &meta::to_stored(event)));
    Ok(())
}
