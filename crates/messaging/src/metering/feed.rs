//! From the delivery task to the one who counts.

use std::sync::Arc;

use hongyan_model::LogEntry;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Entries, and bytes of messages, that may wait to be counted. When there are more they are read from the log.
const ENTRIES: usize = 50_000;
const BYTES: usize = 32 << 20;

/// Delivered entries that are not yet counted. Costs delivery a lock per group and a pointer per entry.
pub(crate) struct Feed {
    inbox: Mutex<Inbox>,
    filled: Notify,
}

struct Inbox {
    entries: Vec<Arc<LogEntry>>,
    bytes: usize,
    /// Entries behind `entries` are missing: the log has them.
    gap: bool,
}

impl Default for Feed {
    /// A feed that begins behind what the log holds already.
    fn default() -> Self {
        let inbox = Inbox { entries: Vec::new(), bytes: 0, gap: true };
        Self { inbox: Mutex::new(inbox), filled: Notify::new() }
    }
}

impl Feed {
    /// Adds a committed group, in commit order.
    pub(crate) fn push(&self, group: &[Arc<LogEntry>]) {
        let was_empty = {
            let mut inbox = self.inbox.lock();
            if inbox.gap {
                return;
            }
            if inbox.entries.len() >= ENTRIES || inbox.bytes >= BYTES {
                inbox.gap = true;
                return;
            }
            inbox.bytes += group.iter().map(|entry| entry.entry.meta.len()).sum::<usize>();
            inbox.entries.extend_from_slice(group);
            inbox.entries.len() == group.len()
        };
        if was_empty {
            self.filled.notify_one();
        }
    }

    /// Has everything read from the log, to which other nodes write as well.
    pub(crate) fn read_on(&self) {
        let was_read = !std::mem::replace(&mut self.inbox.lock().gap, true);
        if was_read {
            self.filled.notify_one();
        }
    }

    /// Takes what has come in, and whether more is missing behind it.
    pub(super) fn take(&self) -> (Vec<Arc<LogEntry>>, bool) {
        let mut inbox = self.inbox.lock();
        inbox.bytes = 0;
        (std::mem::take(&mut inbox.entries), std::mem::take(&mut inbox.gap))
    }

    /// Has the rest read from the log: what was taken could not be counted.
    pub(super) fn lose(&self) {
        let mut inbox = self.inbox.lock();
        inbox.entries.clear();
        inbox.bytes = 0;
        inbox.gap = true;
    }

    /// Waits until something has come in.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hongyan_model::{
        AppId, Audience, ConversationKey, EntryFlags, EntryKind, MessageId, NewEntry, UserId,
    };

    use super::*;

    fn entry(id: u64, size: usize) -> Arc<LogEntry> {
        Arc::new(LogEntry {
            id: MessageId(id),
            seq: id,
            timestamp: 0,
            imported: None,
            entry: NewEntry {
                app: AppId(1),
                conversation: ConversationKey::from_trusted("s:a|b"),
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

    fn taken(feed: &Feed) -> (Vec<u64>, bool) {
        let (entries, gap) = feed.take();
        (entries.iter().map(|entry| entry.id.0).collect(), gap)
    }

    #[test]
    fn it_begins_with_what_the_log_holds() {
        let feed = Feed::default();
        feed.push(&[entry(1, 0)]);
        assert_eq!(taken(&feed), (vec![], true));
        feed.push(&[entry(2, 0), entry(3, 0)]);
        assert_eq!(taken(&feed), (vec![2, 3], false));
        feed.push(&[entry(4, 0)]);
        feed.lose();
        assert_eq!(taken(&feed), (vec![], true));
    }

    #[test]
    fn what_does_not_fit_is_left_to_the_log() {
        let feed = Feed::default();
        feed.take();
        let large = entry(1, BYTES);
        for _ in 0..3 {
            feed.push(std::slice::from_ref(&large));
        }
        assert_eq!(taken(&feed), (vec![1], true));
        let small = vec![entry(1, 0); ENTRIES];
        feed.push(&small);
        feed.push(&small);
        let (entries, gap) = feed.take();
        assert_eq!((entries.len(), gap), (ENTRIES, true));
        feed.push(&small[..1]);
        assert_eq!(taken(&feed), (vec![1], false));
    }
}
