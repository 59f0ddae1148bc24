//! What is handed to devices.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hongyan_model::{AppId, ChatType, EntryKind, LogEntry, Source, UserId};
use hongyan_platform::Day;
use hongyan_store::metering::{MessageCounts, MessageKey};
use parking_lot::Mutex;

const SHARDS: usize = 16;

/// Messages handed to devices since the last look. Sessions count in different shards, so that they do not wait for
/// each other; a shard holds a few keys for each app.
pub(crate) struct Downlink {
    shards: [Mutex<HashMap<MessageKey, u64>>; SHARDS],
    hasher: RandomState,
}

impl Default for Downlink {
    fn default() -> Self {
        Self { shards: Default::default(), hasher: RandomState::new() }
    }
}

impl Downlink {
    /// Counts entries that are handed to a device of `user`. What somebody wrote is no downlink to its own devices.
    pub(crate) fn served(&self, app: AppId, user: &UserId, day: Day, entries: &[Arc<LogEntry>]) {
        let day = day.number();
        let mut counts = self.shard(user).lock();
        for entry in entries.iter().map(|entry| &entry.entry) {
            let Some(chat) = ChatType::of(&entry.conversation) else { continue };
            if entry.kind == EntryKind::Event || entry.sender == *user {
                continue;
            }
            let key = MessageKey { app, day, chat, kind: entry.kind, source: Source::of(entry) };
            *counts.entry(key).or_default() += 1;
        }
    }

    /// Moves what was counted into `messages`.
    pub(super) fn drain(&self, messages: &mut HashMap<MessageKey, MessageCounts>) {
        for shard in &self.shards {
            for (key, downlink) in shard.lock().drain() {
                messages.entry(key).or_default().downlink += downlink;
            }
        }
    }

    fn shard(&self, user: &UserId) -> &Mutex<HashMap<MessageKey, u64>> {
        let hash = self.hasher.hash_one(user);
        &self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or_default()]
    }
}
