//! The newest entries of active conversations, so that live delivery reads memory, not disk.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hongyan_model::{AppId, ConversationKey, EntryKind, LogEntry, MessageId};
use lru::LruCache;
use parking_lot::Mutex;

const SHARDS: usize = 16;
/// Entries kept of one conversation.
const ENTRIES: usize = 128;
/// Bytes of messages kept in all.
const BYTES: usize = 64 << 20;
/// Conversations of a shard, also those of which only is known that something is missing.
const RUNS: usize = 16_384;
/// What an entry costs beside its message.
const OVERHEAD: usize = 256;

type Key = (AppId, ConversationKey);

/// For each recently active conversation a gapless run that ends with its newest entry.
pub(crate) struct Tail {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
}

struct Shard {
    conversations: LruCache<Key, Run>,
    bytes: usize,
    /// The newest entry of a conversation that was forgotten altogether.
    forgotten: MessageId,
}

struct Run {
    entries: VecDeque<Arc<LogEntry>>,
    /// The newest entry that was once in this run, or could have been.
    dropped: MessageId,
    /// Other nodes have committed up to this position, which has not come here: it begins there or later. 0: nothing is
    /// missing.
    required: u64,
}

impl Run {
    fn new() -> Self {
        Self { entries: VecDeque::new(), dropped: MessageId(0), required: 0 }
    }
}

impl Shard {
    fn shrink(&mut self) {
        while (self.bytes > BYTES / SHARDS || self.conversations.len() > RUNS)
            && let Some((_, run)) = self.conversations.pop_lru()
        {
            self.bytes -= run.entries.iter().map(|old| cost(old)).sum::<usize>();
            let newest = run.entries.back().map_or(run.dropped, |newest| newest.id);
            self.forgotten = newest.max(self.forgotten);
        }
    }
}

impl Default for Tail {
    fn default() -> Self {
        let shard = || {
            let conversations = LruCache::unbounded();
            Mutex::new(Shard { conversations, bytes: 0, forgotten: MessageId(0) })
        };
        Self { shards: (0..SHARDS).map(|_| shard()).collect(), hasher: RandomState::new() }
    }
}

impl Tail {
    /// Adds an entry that was just committed, here or on another node. Those of one node come in commit order; what
    /// another has committed before may come later.
    pub(crate) fn push(&self, entry: Arc<LogEntry>) {
        let key = (entry.entry.app, entry.entry.conversation.clone());
        let mut shard = self.shard(&key).lock();
        let Shard { conversations, bytes, .. } = &mut *shard;
        let Run { entries, dropped, required } = conversations.get_or_insert_mut(key, Run::new);
        // One that was committed long ago and comes only now would hide what came after it.
        let is_late =
            entry.seq < *required || entries.back().is_some_and(|last| last.seq >= entry.seq);
        let is_gap = entries.back().is_some_and(|last| last.seq + 1 != entry.seq);
        if !is_late && (is_gap || std::mem::take(required) > 0) {
            // Somebody else's entries lie between: the run starts anew.
            *bytes -= entries.drain(..).map(|old| cost(&old)).sum::<usize>();
            *dropped = MessageId(entry.id.0 - 1);
        }
        if let Some(recalled) = entry.entry.recalls {
            let edits = |old: &LogEntry| old.entry.edits.as_ref().map(|edit| edit.of);
            let is_recalled = |old: &LogEntry| old.id == recalled || edits(old) == Some(recalled);
            for slot in entries.iter_mut().filter(|old| is_recalled(old)) {
                *bytes -= cost(slot);
                *slot = Arc::new(slot.recalled());
                *bytes += cost(slot);
            }
        }
        if let Some(edit) = &entry.entry.edits
            && let Some(slot) = entries.iter_mut().find(|old| old.id == edit.of)
        {
            *bytes -= cost(slot);
            *slot = Arc::new(slot.rewritten(edit));
            *bytes += cost(slot);
        }
        if is_late {
            // The run began behind it.
            return;
        }
        *bytes += cost(&entry);
        entries.push_back(entry);
        if entries.len() > ENTRIES
            && let Some(oldest) = entries.pop_front()
        {
            *bytes -= cost(&oldest);
            *dropped = oldest.id;
        }
        shard.shrink();
    }

    /// Another node has committed this entry, as it is read from the log: forgets the conversation unless it is known up
    /// to there.
    pub(crate) fn missed(&self, entry: &LogEntry) {
        // Which other entry a change changes is not read.
        let (app, conversation) = (entry.entry.app, &entry.entry.conversation);
        self.begin_at(app, conversation, entry.seq, is_change(entry));
    }

    /// Forgets a conversation unless it is known up to position `seq`.
    pub(crate) fn require(&self, app: AppId, conversation: &ConversationKey, seq: u64) {
        self.begin_at(app, conversation, seq, false);
    }

    /// Has a conversation begin at position `seq` or later, unless it is known up to there and `anyway` is not wanted.
    fn begin_at(&self, app: AppId, conversation: &ConversationKey, seq: u64, anyway: bool) {
        let key = (app, conversation.clone());
        let mut shard = self.shard(&key).lock();
        let Shard { conversations, bytes, .. } = &mut *shard;
        let run = conversations.get_or_insert_mut(key, Run::new);
        if anyway || run.entries.back().is_none_or(|newest| newest.seq < seq) {
            *bytes -= run.entries.drain(..).map(|old| cost(&old)).sum::<usize>();
            run.required = run.required.max(seq);
        }
        shard.shrink();
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
        let entries = &shard.conversations.get(&key)?.entries;
        let first = entries.front()?.seq;
        if seq + 1 < first {
            return None;
        }
        let skip = usize::try_from(seq + 1 - first).unwrap_or(usize::MAX);
        Some(entries.iter().skip(skip).take(limit).cloned().collect())
    }

    /// The entry of this id, if it is remembered.
    pub(crate) fn entry(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        id: MessageId,
    ) -> Option<Arc<LogEntry>> {
        let key = (app, conversation.clone());
        let mut shard = self.shard(&key).lock();
        let entries = &shard.conversations.get(&key)?.entries;
        let at = entries.binary_search_by_key(&id, |entry| entry.id).ok()?;
        entries.get(at).cloned()
    }

    /// The greatest position of an entry whose id is at most `id`, which was given out after this memory was made;
    /// `None` if it has been forgotten.
    pub(crate) fn position(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        id: MessageId,
    ) -> Option<u64> {
        let key = (app, conversation.clone());
        let mut shard = self.shard(&key).lock();
        let forgotten = shard.forgotten;
        let Run { entries, dropped, .. } = shard.conversations.get(&key)?;
        let first = entries.front()?;
        if id < first.id && id < forgotten.max(*dropped) {
            return None;
        }
        // Whatever lies before the first one is older than this memory, and so than `id`.
        let behind = entries.partition_point(|entry| entry.id <= id);
        Some(first.seq - 1 + behind as u64)
    }

    fn shard(&self, key: &Key) -> &Mutex<Shard> {
        let hash = self.hasher.hash_one(key);
        &self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or_default()]
    }
}

/// Whether the entry changes another.
fn is_change(entry: &LogEntry) -> bool {
    matches!(entry.entry.kind, EntryKind::Recall | EntryKind::Edit)
}

fn cost(entry: &LogEntry) -> usize {
    let edit = entry.entry.edits.as_ref().and_then(|edit| edit.meta.as_ref());
    let edit = edit.map_or(0, |meta| meta.len());
    entry.entry.meta.len() + edit + OVERHEAD
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hongyan_model::{Audience, EntryFlags, MessageId, NewEntry, Rewrite, UserId};

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
            imported: None,
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
                edits: None,
                reads: None,
                unroamed: Vec::new(),
            },
        })
    }

    fn recall(conv: &str, seq: u64) -> LogEntry {
        let mut recall = LogEntry::clone(&entry(conv, seq, 1));
        recall.entry.kind = EntryKind::Recall;
        recall
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
    fn what_comes_late_does_not_end_a_conversation_before_its_head() {
        // Known from the log, whether the conversation was remembered or not.
        for remembered in [false, true] {
            let tail = Tail::default();
            let of = |seq| tail.push(entry("c", seq, 1));
            if remembered {
                of(9);
            }
            tail.require(APP, &conversation("c"), 12);
            of(10);
            assert_eq!(seqs(&tail, 10), None, "11 and 12 are there");
            of(12);
            assert_eq!((seqs(&tail, 10), seqs(&tail, 11)), (None, Some(vec![12])));
            tail.missed(&recall("c", 13));
            of(12);
            assert_eq!(seqs(&tail, 12), None);
            of(14);
            assert_eq!(seqs(&tail, 13), Some(vec![14]));
        }
    }

    #[test]
    fn what_other_nodes_have_committed_may_come_late_and_hides_nothing() {
        let tail = Tail::default();
        tail.push(entry("c", 9, 1));
        // This node's own, while another one's is on its way.
        tail.push(entry("c", 11, 1));
        tail.push(entry("c", 10, 1));
        assert_eq!((seqs(&tail, 9), seqs(&tail, 10)), (None, Some(vec![11])));
        // The bus did not bring it.
        tail.missed(&entry("c", 11, 1));
        assert_eq!(seqs(&tail, 10), Some(vec![11]));
        tail.missed(&entry("c", 12, 1));
        assert_eq!(seqs(&tail, 11), None);
        let at = |id| tail.position(APP, &conversation("c"), MessageId(id));
        assert_eq!(at(1011), None);
        tail.push(entry("c", 13, 1));
        assert_eq!((seqs(&tail, 11), seqs(&tail, 12)), (None, Some(vec![13])));
        assert_eq!((at(1011), at(1012), at(1013)), (None, Some(12), Some(13)));
    }

    #[test]
    fn it_knows_the_place_of_an_id_unless_it_has_forgotten_it() {
        let tail = Tail::default();
        let at = |id| tail.position(APP, &conversation("c"), MessageId(id));
        assert_eq!(at(1000), None);
        for seq in 5..8 {
            tail.push(entry("c", seq, 1));
        }
        assert_eq!((at(1004), at(1005), at(1006), at(9999)), (Some(4), Some(5), Some(6), Some(7)));
        for seq in 8..(8 + ENTRIES as u64) {
            tail.push(entry("c", seq, 1));
        }
        assert_eq!((at(1006), at(1007), at(1008)), (None, Some(7), Some(8)));
        // Of another node's entries it knows nothing.
        tail.push(entry("c", 500, 1));
        assert_eq!((at(1498), at(1499), at(1500)), (None, Some(499), Some(500)));
    }

    #[test]
    fn what_was_forgotten_altogether_is_not_known() {
        let tail = Tail::default();
        for i in 0..400 {
            tail.push(entry(&format!("c{i}"), i + 1, 1 << 20));
        }
        tail.push(entry("c0", 1_000_000, 1));
        assert_eq!(tail.position(APP, &conversation("c0"), MessageId(1000)), None);
        assert_eq!(tail.position(APP, &conversation("c0"), MessageId(1_001_000)), Some(1_000_000));
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
    fn an_edited_entry_says_what_the_edit_says_and_goes_with_its_edits() {
        let tail = Tail::default();
        tail.push(entry("c", 1, 9));
        let mut edit = (*entry("c", 2, 1)).clone();
        let (of, seen) = (MessageId(1001), Some(EntryFlags::default()));
        let becomes = EntryFlags::default().edited();
        edit.entry.edits =
            Some(Rewrite { of, seen, becomes, meta: Some(Bytes::from_static(b"new")) });
        tail.push(Arc::new(edit));
        let said = || {
            let entries = tail.after(APP, &conversation("c"), 0, 10).unwrap();
            let said = |entry: &Arc<LogEntry>| (entry.entry.meta.len(), entry.entry.flags.edits());
            entries.iter().map(said).collect::<Vec<_>>()
        };
        assert_eq!(said(), [(3, 1), (1, 0)]);
        let mut recall = (*entry("c", 3, 1)).clone();
        recall.entry.recalls = Some(MessageId(1001));
        tail.push(Arc::new(recall));
        assert_eq!(said(), [(0, 1), (0, 0), (1, 0)]);
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
