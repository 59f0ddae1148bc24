//! Time and ids as values that are handed in.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::MessageId;

/// Unix milliseconds.
pub type Timestamp = i64;

/// Tells the time. Tests hand in a [`ManualClock`].
pub trait Clock: Send + Sync + 'static {
    /// Now, in Unix milliseconds.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// A clock that tests move by hand; clones share the time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that stands at `now` (Unix ms).
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now)))
    }

    /// Moves the clock by `ms`.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.load(Ordering::SeqCst)
    }
}

/// 2015-01-01T00:00:00Z: keeps ids at 19 digits and within 63 bits until the year 2084.
const ID_EPOCH: Timestamp = 1_420_070_400_000;
const NODE_BITS: u32 = 8;
const COUNTER_BITS: u32 = 14;
/// In the ids of imported messages, which are made for moments of the past; no node has this number.
const IMPORT_NODE: u8 = u8::MAX;
/// The greatest number of a node.
pub const NODE_MAX: u8 = IMPORT_NODE - 1;

/// Makes message and group ids: 41 bits of milliseconds, 8 bits of node, 14 bits of counter.
///
/// Strictly rising within one generator, even when the clock steps back.
#[derive(Debug)]
pub struct IdGenerator {
    node: u64,
    /// Milliseconds and counter of the last id, without the node.
    last: AtomicU64,
}

impl IdGenerator {
    /// A generator for a node (0–254; two running nodes never share a number).
    #[must_use]
    pub fn new(node: u8) -> Self {
        Self { node: u64::from(node), last: AtomicU64::new(0) }
    }

    /// The node whose ids it makes.
    #[must_use]
    pub fn node(&self) -> u8 {
        u8::try_from(self.node).unwrap_or(u8::MAX)
    }

    /// Ids made from now on are greater than `seen`: the newest found in the store at start, or made by another node.
    pub fn start_after(&self, seen: MessageId) {
        let mut tick = Self::tick_of(seen);
        if u64::from(Self::node_of(seen)) > self.node {
            // Within its millisecond every id of that node is greater than any of this one.
            tick |= (1 << COUNTER_BITS) - 1;
        }
        self.last.fetch_max(tick, Ordering::SeqCst);
    }

    /// The next id at time `now`.
    pub fn next(&self, now: Timestamp) -> MessageId {
        let current = millis_since_epoch(now) << COUNTER_BITS;
        let last = self
            .last
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(current.max(last + 1)))
            .unwrap_or_default();
        let tick = current.max(last + 1);
        let (millis, counter) = (tick >> COUNTER_BITS, tick & ((1 << COUNTER_BITS) - 1));
        MessageId(millis << (NODE_BITS + COUNTER_BITS) | self.node << COUNTER_BITS | counter)
    }

    /// A position in time for cursors: ids made at `time` or later are greater, earlier ones not.
    #[must_use]
    pub fn floor(time: Timestamp) -> MessageId {
        MessageId((millis_since_epoch(time) << (NODE_BITS + COUNTER_BITS)).saturating_sub(1))
    }

    /// The node that has made an id.
    #[must_use]
    pub fn node_of(id: MessageId) -> u8 {
        u8::try_from(id.0 >> COUNTER_BITS & u64::from(u8::MAX)).unwrap_or_default()
    }

    /// When an id was made, in Unix milliseconds.
    #[must_use]
    pub fn time_of(id: MessageId) -> Timestamp {
        let millis = id.0 >> (NODE_BITS + COUNTER_BITS);
        i64::try_from(millis).unwrap_or(i64::MAX).saturating_add(ID_EPOCH)
    }

    /// The first and the last id that messages of that moment may have that are imported: those of a node that is none.
    #[must_use]
    pub fn imported_at(time: Timestamp) -> (MessageId, MessageId) {
        let first = millis_since_epoch(time) << (NODE_BITS + COUNTER_BITS)
            | u64::from(IMPORT_NODE) << COUNTER_BITS;
        (MessageId(first), MessageId(first | ((1 << COUNTER_BITS) - 1)))
    }

    fn tick_of(id: MessageId) -> u64 {
        let millis = id.0 >> (NODE_BITS + COUNTER_BITS);
        millis << COUNTER_BITS | (id.0 & ((1 << COUNTER_BITS) - 1))
    }
}

fn millis_since_epoch(time: Timestamp) -> u64 {
    u64::try_from(time - ID_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = 1_795_000_000_000;

    #[test]
    fn ids_rise_and_have_19_digits() {
        let ids = IdGenerator::new(3);
        let mut last = MessageId(0);
        for i in 0..100_000 {
            // A clock that sometimes steps back.
            let id = ids.next(NOW + i64::from(i % 7) - i64::from(i % 3));
            assert!(id > last);
            last = id;
        }
        assert_eq!(last.to_string().len(), 19);
        assert!(i64::try_from(last.0).is_ok());
    }

    #[test]
    fn ids_continue_after_what_the_store_holds() {
        let seen = IdGenerator::new(0).next(NOW + 60_000);
        let ids = IdGenerator::new(0);
        ids.start_after(seen);
        assert!(ids.next(NOW) > seen);
    }

    #[test]
    fn ids_continue_after_those_of_other_nodes_in_the_same_millisecond() {
        for (other, own) in [(0, 3), (3, 0), (3, 3)] {
            let (others, ids) = (IdGenerator::new(other), IdGenerator::new(own));
            for _ in 0..3 {
                let seen = others.next(NOW);
                ids.start_after(seen);
                let id = ids.next(NOW);
                assert!(id > seen);
                others.start_after(id);
            }
        }
    }

    #[test]
    fn floor_separates_before_and_after() {
        let ids = IdGenerator::new(NODE_MAX);
        let before = ids.next(NOW);
        assert!(before <= IdGenerator::floor(NOW + 1));
        assert_eq!(IdGenerator::time_of(before), NOW);
        assert_eq!(IdGenerator::node_of(before), NODE_MAX);
        assert!(IdGenerator::new(0).next(NOW + 1) > IdGenerator::floor(NOW + 1));
    }

    #[test]
    fn imported_messages_have_ids_of_their_moment_that_no_node_makes() {
        let (first, last) = IdGenerator::imported_at(NOW);
        assert!(IdGenerator::floor(NOW) < first && last <= IdGenerator::floor(NOW + 1));
        assert_eq!(last.0 - first.0, (1 << COUNTER_BITS) - 1);
        for node in [0, NODE_MAX] {
            let made = IdGenerator::new(node).next(NOW);
            assert!(made < first && made > IdGenerator::floor(NOW));
        }
    }
}
