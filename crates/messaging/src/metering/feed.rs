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
