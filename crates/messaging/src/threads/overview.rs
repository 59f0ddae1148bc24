//! How much is said in a thread, and what last.
//!
//! Counted from the log, where nothing has to be written for it: once from the beginning, then on from memory.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use hongyan_model::{
    AppId, Audience, Conversation, EntryFlags, EntryKind, LogEntry, MessageId, Result, Thread,
    ThreadId,
};
use hongyan_store::{Tally, threads as stored};
use moka::sync::Cache;
use serde_json::{Value, json};

use crate::{Messaging, messages};

/// Threads whose count is kept in memory, and for how long nobody may ask for it.
const TALLIES: u64 = 50_000;
const LIFETIME: Duration = Duration::from_secs(3600);
/// Entries read at once.
const BATCH: usize = 200;
/// Threads that are looked at together for one page of history.
const CONCURRENT: usize = 8;

/// What was counted of threads, each up to some position.
pub(crate) struct Tallies(Cache<(AppId, ThreadId), Tally>);

impl Default for Tallies {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(TALLIES).time_to_idle(LIFETIME).build())
    }
}

/// How many messages a thread has, and its newest. Costs a read of what came since it was last asked for; the first
/// time, and after a recall, of the whole thread.
pub(super) async fn tally(m: &Messaging, app: AppId, thread: &ThreadId) -> Result<Tally> {
    let conversation = Conversation::Thread(thread.clone()).key();
    let log = m.store().log();
    let key = (app, thread.clone());
    let mut tally = match m.0.tallies.0.get(&key) {
        Some(known) => known,
        None => log.tally(app, &conversation).await?,
    };
    loop {
        let entries = match m.0.tail.after(app, &conversation, tally.seq, BATCH) {
            Some(entries) => entries,
            None => {
                let entries = log.after(app, &conversation, tally.seq, BATCH).await?;
                entries.into_iter().map(Arc::new).collect()
            }
        };
        if entries.iter().any(|entry| entry.entry.kind == EntryKind::Recall) {
            // One of those counted before is gone.
            tally = log.tally(app, &conversation).await?;
            continue;
        }
        for entry in &entries {
            tally.seq = entry.seq;
            if is_shown(entry) {
                tally.messages += 1;
                tally.newest = Some(entry.id);
            }
        }
        if entries.len() < BATCH {
            break;
        }
    }
    m.0.tallies.0.insert(key, tally);
    Ok(tally)
}

/// To be called when a thread has ended.
pub(super) fn forget(m: &Messaging, app: AppId, thread: &ThreadId) {
    m.0.tallies.0.invalidate(&(app, thread.clone()));
}

/// The newest message that everybody in the thread sees, if there is one.
pub(super) async fn newest(m: &Messaging, app: AppId, tally: Tally) -> Result<Option<LogEntry>> {
    let Some(newest) = tally.newest else { return Ok(None) };
    let found = m.store().log().entry(app, newest).await?;
    Ok(found.filter(|found| !found.entry.flags.contains(EntryFlags::RECALLED)))
}

/// What history shows below messages of a group that have threads, by message.
pub(crate) async fn below(
    m: &Messaging,
    app: AppId,
    page: &[LogEntry],
) -> Result<Vec<(MessageId, Value)>> {
    let messages: Vec<MessageId> = page.iter().map(|entry| entry.id).collect();
    let threads = stored::below(m.store(), app, &messages).await?;
    let overviews = stream::iter(threads)
        .map(|thread| async move { Ok((thread.message, overview(m, app, &thread).await?)) });
    overviews.buffer_unordered(CONCURRENT).try_collect().await
}

async fn overview(m: &Messaging, app: AppId, thread: &Thread) -> Result<Value> {
    let tally = tally(m, app, &thread.id).await?;
    let newest = newest(m, app, tally).await?;
    Ok(json!({
        "id": thread.id.as_str(),
        "muc_parent_id": thread.group.as_str(),
        "name": thread.name,
        "last_message": shown(newest.as_ref()),
        "create_timestamp": thread.created,
        "update_timestamp": newest.as_ref().map_or(thread.created, |newest| newest.timestamp),
        "message_count": tally.messages,
    }))
}

/// A message as the SDK reads it in an overview; `{}` for none.
pub(super) fn shown(message: Option<&LogEntry>) -> Value {
    message.and_then(messages::to_json).unwrap_or_else(|| json!({}))
}

fn is_shown(entry: &LogEntry) -> bool {
    let hidden = EntryFlags::RECALLED.0 | EntryFlags::ONLINE_ONLY.0;
    let flags = entry.entry.flags.0;
    entry.entry.kind.is_history() && flags & hidden == 0 && entry.entry.audience == Audience::All
}
