//! What a device is served again after its connection broke off.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use hongyan_model::ConversationKey;

/// A client that has not read its repeats by then reads everything in whatever order it likes.
const AT_MOST: Duration = Duration::from_secs(10);

/// Served on the last connection and not acknowledged: conversations, and up to which position.
pub(super) type BrokenOff = HashMap<ConversationKey, u64>;

/// Repeats that come before anything else. The SDK recognises a repeat only among the last 100 ids, so what is new waits
/// until the client has acknowledged them.
pub(super) struct Repeats {
    open: BrokenOff,
    /// Queues that have something, of which the client is told once the repeats are through.
    held_back: HashSet<ConversationKey>,
    since: Instant,
}

impl Repeats {
    pub(super) fn new(open: BrokenOff) -> Self {
        Self { open, held_back: HashSet::new(), since: Instant::now() }
    }

    /// Another connection of the device has ended with these.
    pub(super) fn extend(&mut self, more: BrokenOff) {
        for (key, until) in more {
            let open = self.open.entry(key).or_default();
            *open = until.max(*open);
        }
    }

    /// The queues that hold repeats.
    pub(super) fn queues(&self) -> impl Iterator<Item = &ConversationKey> {
        self.open.keys()
    }

    /// Up to where a queue holds repeats.
    pub(super) fn until(&self, key: &ConversationKey) -> Option<u64> {
        self.open.get(key).copied()
    }

    /// The client has received a queue up to `acked`.
    pub(super) fn received(&mut self, key: &ConversationKey, acked: u64) {
        if self.until(key).is_some_and(|until| until <= acked) {
            self.open.remove(key);
        }
    }

    /// Whether the queue has to wait for repeats of others; it is remembered for [`Repeats::take_held_back`].
    pub(super) fn hold_back(&mut self, key: &ConversationKey) -> bool {
        let waits = self.is_going_on() && !self.open.contains_key(key);
        if waits {
            self.held_back.insert(key.clone());
        }
        waits
    }

    /// The queues that waited, if there is nothing left to wait for.
    pub(super) fn take_held_back(&mut self) -> HashSet<ConversationKey> {
        if self.held_back.is_empty() || self.is_going_on() {
            return HashSet::new();
        }
        std::mem::take(&mut self.held_back)
    }

    /// What remains to be repeated.
    pub(super) fn into_open(self) -> BrokenOff {
        self.open
    }

    fn is_going_on(&mut self) -> bool {
        if !self.open.is_empty() && self.since.elapsed() > AT_MOST {
            self.open.clear();
        }
        !self.open.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> ConversationKey {
        ConversationKey::from_trusted(name)
    }

    #[test]
    fn others_wait_until_every_repeat_is_received() {
        let mut repeats = Repeats::new(HashMap::from([(key("a"), 7), (key("b"), 3)]));
        assert!(!repeats.hold_back(&key("a")));
        assert!(repeats.hold_back(&key("c")));
        repeats.received(&key("a"), 6);
        repeats.received(&key("b"), 9);
        assert!(repeats.take_held_back().is_empty());
        assert!(repeats.hold_back(&key("b")), "what is new in it waits, too");
        repeats.received(&key("a"), 7);
        assert_eq!(repeats.take_held_back(), HashSet::from([key("b"), key("c")]));
        assert!(!repeats.hold_back(&key("c")));
    }
}
