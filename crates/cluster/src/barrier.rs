//! Waiting until the other nodes have done what this one has told them.
//!
//! A customer's server that changes something by way of one node may use it by way of another as soon as it has the
//! answer. So the answer waits until the others know. They say so to the node that asks; who asks at the same time shares
//! one round, and rounds are so far apart that their answers stay few however many nodes there are.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::router::Router;

/// The topic of the signal that asks for an answer; nodes of a version that does not know it say nothing.
pub(crate) const TOPIC: &str = "barrier";
/// How long others are waited for. Who is later knows within some milliseconds of hearing it, or makes good what it has
/// missed.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between the beginnings of two rounds, for each other node.
const PAUSE: Duration = Duration::from_micros(100);

tokio::task_local! {
    /// Whether this task has told others something on which they act.
    static TOLD: Cell<bool>;
}

/// Notes that the others were told something on which they act.
pub(crate) fn note_told() {
    // Outside of `Router::known_to_all` nobody waits.
    let _ = TOLD.try_with(|told| told.set(true));
}

/// Rounds of asking, which are numbered.
#[derive(Debug, Default)]
pub(crate) struct Barrier {
    /// Who holds it asks; when the last round began.
    turn: tokio::sync::Mutex<Option<Instant>>,
    begun: AtomicU64,
    ended: AtomicU64,
    nodes: Mutex<Nodes>,
    answered: Notify,
}

#[derive(Debug, Default)]
struct Nodes {
    /// The last round that each has answered.
    answered: HashMap<u8, u64>,
    /// Those that have not answered in time, and are not waited for until they do.
    mute: HashSet<u8>,
}

impl Barrier {
    /// From now on rounds are numbered from `number`, which is greater than what a former process with this node's
    /// number has used.
    pub(crate) fn number_from(&self, number: u64) {
        self.begun.store(number, Ordering::SeqCst);
        self.ended.store(number, Ordering::SeqCst);
    }

    /// `node` has done what it was told before that round.
    pub(crate) fn answer(&self, node: u8, round: u64) {
        let mut nodes = self.nodes.lock();
        let last = nodes.answered.entry(node).or_default();
        *last = round.max(*last);
        nodes.mute.remove(&node);
        drop(nodes);
        self.answered.notify_waiters();
    }

    /// Waits for a round that begins from now on. `ask` has the other nodes asked and says which those are.
    async fn wait(&self, ask: impl FnOnce(u64) -> HashSet<u8>) {
        let wanted = self.begun.load(Ordering::SeqCst) + 1;
        let mut began = self.turn.lock().await;
        if self.ended.load(Ordering::SeqCst) >= wanted {
            return;
        }
        let round = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let pause = PAUSE * u32::try_from(self.nodes.lock().answered.len()).unwrap_or(u32::MAX);
        if let Some(next) = began.map(|began| began + pause).filter(|next| *next > Instant::now()) {
            sleep_until(next).await;
        }
        let now = Instant::now();
        *began = Some(now);
        let mut missing = ask(round);
        loop {
            let answered = self.answered.notified();
            tokio::pin!(answered);
            answered.as_mut().enable();
            {
                let mut nodes = self.nodes.lock();
                missing.retain(|node| {
                    nodes.answered.get(node).is_none_or(|last| *last < round)
                        && !nodes.mute.contains(node)
                });
                if !missing.is_empty() && now.elapsed() >= PATIENCE {
                    tracing::debug!(
                        ?missing,
                        "nodes that have not done in time what they were told"
                    );
                    nodes.mute.extend(missing.drain());
                }
            }
            if missing.is_empty() {
                break;
            }
            let _ = timeout_at(now + PATIENCE, answered).await;
        }
        self.ended.store(round, Ordering::SeqCst);
    }
}

impl Router {
    /// Does `work` and, if that has told other nodes something on which they act, waits until those that are heard have
    /// done so, not for long.
    pub async fn known_to_all<T>(&self, work: impl Future<Output = T>) -> T {
        if !self.is_clustered() {
            return work.await;
        }
        TOLD.scope(Cell::new(false), async {
            let done = work.await;
            if TOLD.with(Cell::get) && self.others.connected.load(Ordering::SeqCst) {
                self.others.barrier.wait(|round| self.others.ask_around(round)).await;
            }
            done
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt as _;
    use futures_util::future::join_all;

    use super::*;

    /// Waits for these nodes.
    async fn wait(barrier: &Barrier, nodes: &[u8]) {
        barrier.wait(|_| nodes.iter().copied().collect()).await;
    }

    #[tokio::test]
    async fn who_asks_waits_for_all_and_for_what_was_asked_by_then() {
        let barrier = Barrier::default();
        barrier.number_from(7);
        let mut waiting = pin!(wait(&barrier, &[1, 2]));
        assert!(waiting.as_mut().now_or_never().is_none());
        // One of the two, and a late answer to an earlier round.
        barrier.answer(2, 8);
        barrier.answer(1, 7);
        assert!(waiting.as_mut().now_or_never().is_none());
        barrier.answer(1, 8);
        assert!(waiting.as_mut().now_or_never().is_some());
        assert!(wait(&Barrier::default(), &[]).now_or_never().is_some(), "nobody to wait for");
    }

    #[tokio::test]
    async fn those_who_ask_at_once_share_a_round_that_begins_after_they_came() {
        let barrier = Barrier::default();
        let asked = Cell::new(0);
        let ask = |round| {
            asked.set(round);
            HashSet::from([1])
        };
        let mut first = pin!(barrier.wait(ask));
        assert!(first.as_mut().now_or_never().is_none());
        let mut more: Vec<_> = (0..100).map(|_| Box::pin(barrier.wait(ask))).collect();
        for one in &mut more {
            assert!(one.as_mut().now_or_never().is_none());
        }
        barrier.answer(1, 1);
        first.await;
        let mut together = pin!(join_all(more));
        assert!(
            together.as_mut().now_or_never().is_none(),
            "they came after the first round had begun"
        );
        while asked.get() < 2 {
            tokio::task::yield_now().await;
            assert!(together.as_mut().now_or_never().is_none());
        }
        barrier.answer(1, 2);
        together.await;
        assert_eq!(asked.get(), 2);
    }

    #[tokio::test]
    async fn who_does_not_answer_is_waited_for_once_until_it_does() {
        let barrier = Barrier::default();
        let began = Instant::now();
        wait(&barrier, &[1]).await;
        assert!(began.elapsed() >= PATIENCE);
        assert!(wait(&barrier, &[1]).now_or_never().is_some());
        barrier.answer(1, 1);
        assert!(wait(&barrier, &[1]).now_or_never().is_none());
    }

    #[tokio::test]
    async fn who_gives_up_while_asking_holds_nobody_up() {
        let barrier = Barrier::default();
        assert!(wait(&barrier, &[1]).now_or_never().is_none());
        let mut next = pin!(wait(&barrier, &[1]));
        assert!(next.as_mut().now_or_never().is_none());
        barrier.answer(1, 2);
        next.await;
    }
}
