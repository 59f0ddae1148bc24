//! Waiting until the other nodes have done what this one has told them.
//!
//! A customer's server that changes something by way of one node may use it by way of another as soon as it has the
//! answer. So the answer waits until the others know. One task asks them, round after round, and those that wait at the
//! same time share a round; rounds are so far apart that their answers stay few however many nodes there are.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::router::Router;

/// The topic of the signal that asks for an answer; nodes of a version that does not know it say nothing.
pub(crate) const TOPIC: &str = "barrier";
/// How long others are waited for. Who is later knows within some milliseconds of hearing it, or makes good what it has
/// missed.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two rounds, for each other node.
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

/// Names a round, and says when it was asked for; answered as it came.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Round {
    number: u64,
    /// Milliseconds after the asking process began.
    asked: u64,
}

/// Rounds of asking, which are numbered.
#[derive(Debug)]
pub(crate) struct Barrier {
    born: Instant,
    begun: AtomicU64,
    /// The last round that somebody waits for.
    wanted: AtomicU64,
    demand: Notify,
    ended: watch::Sender<u64>,
    nodes: Mutex<Nodes>,
    /// Something that the present round waits for may have come.
    news: Notify,
}

#[derive(Debug, Default)]
struct Nodes {
    /// The last round that each has answered.
    answered: HashMap<u8, u64>,
    /// Those that have not answered in time, and are not waited for until they do.
    late: HashSet<u8>,
    /// Counts what makes them waited for again without that.
    returns: u64,
}

impl Default for Barrier {
    fn default() -> Self {
        Self {
            born: Instant::now(),
            begun: AtomicU64::default(),
            wanted: AtomicU64::default(),
            demand: Notify::new(),
            ended: watch::Sender::default(),
            nodes: Mutex::default(),
            news: Notify::new(),
        }
    }
}

impl Barrier {
    /// From now on rounds are numbered from `number`, which is greater than what a former process with this node's
    /// number has used.
    pub(crate) fn number_from(&self, number: u64) {
        self.begun.store(number, Ordering::SeqCst);
        self.wanted.store(number, Ordering::SeqCst);
        self.ended.send_replace(number);
    }

    /// `node` has done what it was told before that round.
    pub(crate) fn answer(&self, node: u8, round: Round) {
        let mut nodes = self.nodes.lock();
        let last = nodes.answered.entry(node).or_default();
        *last = round.number.max(*last);
        let took = Duration::from_millis(self.now().saturating_sub(round.asked));
        let is_late = if took <= PATIENCE {
            nodes.late.remove(&node);
            false
        } else {
            nodes.late.contains(&node)
        };
        drop(nodes);
        if is_late {
            // Whether it still is, is asked at once: the next change is to wait for it again.
            self.ask();
        }
        self.look_again();
    }

    /// A node is heard that was not: it is waited for.
    pub(crate) fn is_back(&self, node: u8) {
        let mut nodes = self.nodes.lock();
        nodes.late.remove(&node);
        nodes.returns += 1;
    }

    /// The same of all.
    pub(crate) fn all_are_back(&self) {
        let mut nodes = self.nodes.lock();
        nodes.late.clear();
        nodes.returns += 1;
    }

    /// Some that are waited for may be gone.
    pub(crate) fn look_again(&self) {
        self.news.notify_one();
    }

    /// Milliseconds since this process began.
    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Asks for a round that begins from now on; answers its number.
    fn ask(&self) -> u64 {
        let wanted = self.begun.load(Ordering::SeqCst) + 1;
        self.wanted.fetch_max(wanted, Ordering::SeqCst);
        self.demand.notify_one();
        wanted
    }

    /// Waits for a round that begins from now on, not for long.
    async fn wait(&self) {
        let mut ended = self.ended.subscribe();
        let wanted = self.ask();
        let _ = timeout(PATIENCE, ended.wait_for(|ended| *ended >= wanted)).await;
    }

    /// Asks whenever somebody waits. `ask` has the other nodes asked and says which those are, `is_there` whether one
    /// still is.
    pub(crate) async fn run(
        &self,
        ask: impl Fn(Round) -> HashSet<u8>,
        is_there: impl Fn(u8) -> bool,
    ) {
        loop {
            while self.wanted.load(Ordering::SeqCst) <= self.begun.load(Ordering::SeqCst) {
                self.demand.notified().await;
            }
            // Who has told something before this is asked for.
            let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
            let asked = ask(Round { number, asked: self.now() });
            let pause = PAUSE * u32::try_from(asked.len()).unwrap_or(u32::MAX);
            self.answered_by_all(number, asked, &is_there).await;
            self.ended.send_replace(number);
            sleep(pause).await;
        }
    }

    /// Waits until these nodes have answered a round, as far as they are there and in time.
    async fn answered_by_all(
        &self,
        number: u64,
        mut missing: HashSet<u8>,
        is_there: &impl Fn(u8) -> bool,
    ) {
        let until = Instant::now() + PATIENCE;
        let returns = self.nodes.lock().returns;
        loop {
            missing.retain(|node| is_there(*node));
            {
                let mut nodes = self.nodes.lock();
                missing.retain(|node| {
                    nodes.answered.get(node).is_none_or(|last| *last < number)
                        && !nodes.late.contains(node)
                });
                if missing.is_empty() {
                    return;
                }
                if Instant::now() >= until {
                    metrics::counter!("hongyan_bus_late_total").increment(missing.len() as u64);
                    tracing::warn!(nodes = ?missing, "other nodes do not do in time what they are told: changes do not wait for them");
                    // Who has come back meanwhile may not have been asked.
                    if nodes.returns == returns {
                        nodes.late.extend(missing);
                    }
                    return;
                }
            }
            let _ = timeout_at(until, self.news.notified()).await;
        }
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
                self.others.barrier.wait().await;
            }
            done
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::future::join_all;
    use tokio::task::JoinSet;

    use super::*;

    /// A barrier whose rounds ask these nodes.
    struct Rounds {
        barrier: Arc<Barrier>,
        asked: watch::Receiver<Round>,
        gone: Arc<Mutex<HashSet<u8>>>,
        _task: JoinSet<()>,
    }

    impl Rounds {
        fn of(nodes: &[u8]) -> Self {
            let barrier = Arc::new(Barrier::default());
            barrier.number_from(7);
            let (told, asked) = watch::channel(Round { number: 0, asked: 0 });
            let gone: Arc<Mutex<HashSet<u8>>> = Arc::default();
            let (nodes, is_gone): (HashSet<u8>, _) =
                (nodes.iter().copied().collect(), gone.clone());
            let mut task = JoinSet::new();
            let running = barrier.clone();
            task.spawn(async move {
                let ask = |round| {
                    told.send_replace(round);
                    nodes.clone()
                };
                running.run(ask, |node| !is_gone.lock().contains(&node)).await;
            });
            Self { barrier, asked, gone, _task: task }
        }

        /// Waits for a round to be asked for.
        async fn round(&mut self, number: u64) -> Round {
            *self.asked.wait_for(|round| round.number == number).await.unwrap()
        }

        fn waiting(&self) -> tokio::task::JoinHandle<Duration> {
            let barrier = self.barrier.clone();
            tokio::spawn(async move {
                let began = Instant::now();
                barrier.wait().await;
                began.elapsed()
            })
        }
    }

    #[tokio::test]
    async fn who_waits_waits_for_all_and_for_what_was_told_by_then() {
        let mut rounds = Rounds::of(&[1, 2]);
        let waiting = rounds.waiting();
        let round = rounds.round(8).await;
        // A late answer to an earlier round, and one of the two.
        rounds.barrier.answer(1, Round { number: 7, ..round });
        rounds.barrier.answer(2, round);
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(!waiting.is_finished());
        rounds.barrier.answer(1, round);
        assert!(waiting.await.unwrap() < PATIENCE);
    }

    #[tokio::test]
    async fn those_who_wait_at_once_share_a_round_that_begins_after_they_came() {
        let mut rounds = Rounds::of(&[1]);
        let first = rounds.waiting();
        let round = rounds.round(8).await;
        let more: Vec<_> = (0..100).map(|_| rounds.waiting()).collect();
        tokio::task::yield_now().await;
        rounds.barrier.answer(1, round);
        first.await.unwrap();
        let round = rounds.round(9).await;
        assert!(more.iter().all(|one| !one.is_finished()), "they came after the first had begun");
        rounds.barrier.answer(1, round);
        join_all(more).await;
        assert_eq!(rounds.asked.borrow().number, 9);
    }

    #[tokio::test]
    async fn who_is_late_is_waited_for_once_until_it_is_in_time_or_back() {
        let mut rounds = Rounds::of(&[1]);
        assert!(rounds.waiting().await.unwrap() >= PATIENCE);
        let late = rounds.round(8).await;
        // Once it is noted to be late.
        rounds.barrier.wait().await;
        rounds.barrier.answer(1, late);
        rounds.round(10).await;
        assert!(rounds.waiting().await.unwrap() < PATIENCE, "late as before");
        let in_time = Round { asked: rounds.barrier.now(), ..late };
        rounds.barrier.answer(1, in_time);
        assert!(rounds.waiting().await.unwrap() >= PATIENCE);
        rounds.barrier.wait().await;
        rounds.barrier.is_back(1);
        assert!(rounds.waiting().await.unwrap() >= PATIENCE);
    }

    #[tokio::test]
    async fn who_leaves_is_not_waited_for() {
        let mut rounds = Rounds::of(&[1]);
        let waiting = rounds.waiting();
        rounds.round(8).await;
        rounds.gone.lock().insert(1);
        rounds.barrier.look_again();
        assert!(waiting.await.unwrap() < PATIENCE);
    }
}
