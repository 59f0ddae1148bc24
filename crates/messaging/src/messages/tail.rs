//! The newest entries of active conversations, so that live delivery reads memory, not disk.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hongyan_model::{AppId, ConversationKey, LogEntry, MessageId};
use lru::LruCache;
use parking_lot::Mutex;

const SHARDS: usize = 16;
/// Entries kept of one conversation.
const ENTRIES: usize = 128;
/// Bytes of messages kept in all.
const BYTES: usize = 64 << 20;
/// What an entry costs beside its message.
const OVERHEAD: usize = 256;

type Key = (AppId, ConversationKey);

/// For each recently active conversation a gapless run that ends with its newest entry.
pub(crate) struct Tail {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
}

struct Shard {
    conversations: LruCache<Key, VecDeque<Arc<LogEntry>>>,
    bytes: usize,
}

impl Default for Tail {
    fn default() -> Self {
        let shard = || Mutex::new(Shard { conversations: LruCache::unbounded(), bytes: 0 });
        Self { shards: (0..SHARDS).map(|_| shard()).collect(), hasher: RandomState::new() }
    }
}

impl Tail {
    /// Adds an entry that was just committed.
    pub(crate) fn push(&self, entry: Arc<LogEntry>) {
        let key = (entry.entry.app, entry.entry.conversation.clone());
        let mut shard = self.shard(&key).lock();
        let Shard { conversations, bytes } = &mut *shard;
        let run = conversations.get_or_insert_mut(key, VecDeque::new);
        if run.back().is_some_and(|last| last.seq + 1 != entry.seq) {
            // Somebody else's entries lie between: the run starts anew.
            *bytes -= run.drain(..).map(|old| cost(&old)).sum::<usize>();
        }
        if let Some(recalled) = entry.entry.recalls
            && let Some(slot) = run.iter_mut().find(|old| old.id == recalled)
        {
            *bytes -= cost(slot);
            *slot = Arc::new(slot.recalled());
            *bytes += cost(slot);
        }
        *bytes += cost(&entry);
        run.push_back(entry);
        if run.len() > ENTRIES
            && let Some(oldest) = run.pop_front()
        {
            *bytes -= cost(&oldest);
        }
        while *bytes > BYTES / SHARDS
            && let Some((_, run)) = conversations.pop_lru()
        {
            *bytes -= run.iter().map(|old| cost(old)).sum::<usize>();
        }
    }

    /// Up to `limit` entries after position `seq`; `None` if memory does not reach back that far.
    pub(crate) fn after(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        seq: u64,
        limit: usize,
    ) -> Option<Vec<Arc<LogEntry>>> {
        let key = (app, conversation.clone());
        let mut shard = self.shard(&key).lock();
        let run = shard.conversations.get(&key)?;
        let first = run.front()?.seq;
        if seq + 1 < first {
            return None;
        }
        let skip = usize::try_from(seq + 1 - first).unwrap_or(usize::MAX);
        Some(run.iter().skip(skip).take(limit).cloned().collect())
    }

    /// The greatest position of an entry whose id is at most `id`; `None` if memory does not reach back that far.
    pub(crate) fn position(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        id: MessageId,
    ) -> Option<u64> {
        let key = (app, conversation.clone());
        let mut shard = self.shard(&key).lock();
        let run = shard.conversations.get(&key)?;
        let first = run.front()?;
        if id < first.id && first.seq > 1 {
            return None;
        }
        let behind = run.partition_point(|entry| entry.id <= id);
        Some(first.seq - 1 + behind as u64)
    }

    fn shard(&self, key: &Key) -> &Mutex<Shard> {
        let hash = self.hasher.hash_one(key);
        &self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or_default()]
    }
}

fn cost(entry: &LogEntry) -> usize {
    entry.entry.meta.len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hongyan_model::{Audience, EntryFlags, EntryKind, MessageId, NewEntry, UserId};

    use super::*;

    const APP: AppId = AppId(1);

    fn conversation(name: &str) -> ConversationKey {
        ConversationKey::from_trusted(name)
    }

    fn entry(conv: &str, seq: u64, size: usize) -> Arc<LogEntry> {
        Arc::new(LogEntry {
            id: MessageId(seq + 1000),
            seq,
            timestamp: 0,
            entry: NewEntry {
                app: APP,
                conversation: conversation(conv),
                kind: EntryKind::Text,
                flags: EntryFlags::default(),
                sender: UserId::from_trusted("a"),
                device: None,
                client_id: None,
                audience: Audience::All,
                meta: Bytes::from(vec![0; size]),
                recalls: None,
                reads: None,
            },
        })
    }

    fn seqs(tail: &Tail, after: u64) -> Option<Vec<u64>> {
        let entries = tail.after(APP, &conversation("c"), after, 10)?;
        Some(entries.iter().map(|e| e.seq).collect())
    }

    #[test]
    fn it_answers_only_what_it_holds_without_a_gap() {
        let tail = Tail::default();
        assert_eq!(seqs(&tail, 0), None);
        for seq in 5..8 {
            tail.push(entry("c", seq, 1));
        }
        assert_eq!(seqs(&tail, 3), None);
        assert_eq!(seqs(&tail, 4), Some(vec![5, 6, 7]));
        assert_eq!(seqs(&tail, 7), Some(vec![]));
        tail.push(entry("c", 10, 1));
        assert_eq!(seqs(&tail, 7), None);
        assert_eq!(seqs(&tail, 9), Some(vec![10]));
    }

    #[test]
    fn it_knows_the_place_of_an_id_where_it_reaches_back_to_it() {
        let tail = Tail::default();
        let at = |tail: &Tail, id| tail.position(APP, &conversation("c"), MessageId(id));
        assert_eq!(at(&tail, 1000), None);
        for seq in 5..8 {
            tail.push(entry("c", seq, 1));
        }
        assert_eq!(at(&tail, 1004), None, "there are older ones on disk");
        assert_eq!(
            (at(&tail, 1005), at(&tail, 1006), at(&tail, 9999)),
            (Some(5), Some(6), Some(7))
        );
        let fresh = Tail::default();
        fresh.push(entry("c", 1, 1));
        assert_eq!((at(&fresh, 1), at(&fresh, 1001)), (Some(0), Some(1)));
    }

    #[test]
    fn a_recalled_entry_loses_its_bytes() {
        let tail = Tail::default();
        tail.push(entry("c", 1, 9));
        let mut recall = (*entry("c", 2, 1)).clone();
        recall.entry.recalls = Some(MessageId(1001));
        tail.push(Arc::new(recall));
        let entries = tail.after(APP, &conversation("c"), 0, 10).unwrap();
        assert!(entries[0].entry.flags.contains(EntryFlags::RECALLED));
        assert!(entries[0].entry.meta.is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let tail = Tail::default();
        for i in 0..400 {
            tail.push(entry(&format!("c{i}"), 1, 1 << 20));
        }
        let bytes: usize = tail.shards.iter().map(|shard| shard.lock().bytes).sum();
        assert!(bytes <= BYTES, "{bytes}");
    }
}
