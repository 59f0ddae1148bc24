//! How fast connections log in, so that the clients of a node that died, which all come at once, take no time from users who
//! are there.
//!
//! They wait for their turns in the order in which they came, each for as long as it likes: web clients do for ten seconds,
//! and try five times. Whoever waited in vain is told when to come again: each at its own time, one after the other at the
//! pace of the logins, so that those who obey do not come together once more.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// The pace of logins. Those of a second may come at once; more wait for their turn.
#[derive(Debug)]
pub(crate) struct Admission {
    /// Between two logins.
    pace: Duration,
    /// When the next login is due. Whoever holds it is next; the lock is fair.
    due: tokio::sync::Mutex<Instant>,
    /// To when the last one was sent away.
    promised: Mutex<Option<Instant>>,
}

impl Admission {
    /// Logins that begin without waiting cover this much of the pace.
    const AT_ONCE: Duration = Duration::from_secs(1);
    /// Nobody is told to come again later than this.
    const FARTHEST: Duration = Duration::from_secs(60);

    /// `per_second` is at least 1.
    pub(crate) fn new(per_second: u32) -> Self {
        Self {
            pace: Duration::from_secs(1) / per_second.max(1),
            due: tokio::sync::Mutex::new(Instant::now()),
            promised: Mutex::default(),
        }
    }

    /// Takes a turn at once, if there is one and nobody waits.
    pub(crate) fn try_turn(&self) -> bool {
        let Ok(mut due) = self.due.try_lock() else { return false };
        let now = Instant::now();
        let is_due = self.since(*due, now) <= now;
        if is_due {
            *due = self.since(*due, now) + self.pace;
        }
        is_due
    }

    /// Waits for a turn. Whoever stops waiting leaves it to the next.
    pub(crate) async fn turn(&self) {
        let mut due = self.due.lock().await;
        let begin = self.since(*due, Instant::now());
        tokio::time::sleep_until(begin).await;
        *due = begin + self.pace;
    }

    /// When a login is due, where those that did not come in time are made up for.
    fn since(&self, due: Instant, now: Instant) -> Instant {
        now.checked_sub(Self::AT_ONCE).map_or(due, |oldest| due.max(oldest))
    }

    /// In how long somebody may come again who has waited in vain.
    pub(crate) fn send_away(&self) -> Duration {
        let now = Instant::now();
        let mut promised = self.promised.lock();
        let next = promised.map_or(now, |promised| promised.max(now)) + self.pace;
        if next.duration_since(now) > Self::FARTHEST {
            // Many were sent away, or some who do not obey often: as evenly as may be.
            return Self::FARTHEST.mul_f64(rand::random_range(0.5..1.0));
        }
        *promised = Some(next);
        // Nodes do not keep step with each other.
        next.duration_since(now) + Self::AT_ONCE.mul_f64(rand::random_range(0.0..1.0))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_second_of_logins_comes_at_once_and_more_at_the_pace() {
        let admission = Admission::new(50);
        // As after a second in which nobody came.
        *admission.due.lock().await -= Duration::from_secs(5);
        let begun = Instant::now();
        let at_once = (0..100).filter(|_| admission.try_turn()).count();
        assert!((51..=60).contains(&at_once), "{at_once}");
        for _ in 0..20 {
            admission.turn().await;
        }
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(380), "20 more took {took:?} at 50 per second");
    }

    #[tokio::test]
    async fn turns_go_in_order_and_nobody_takes_one_along_who_does_not_wait() {
        let begun = Instant::now();
        let admission = Arc::new(Admission::new(4));
        admission.turn().await;
        let mut waiting = Vec::new();
        for _ in 0..9 {
            let admission = admission.clone();
            waiting.push(tokio::spawn(async move {
                admission.turn().await;
                Instant::now()
            }));
            tokio::task::yield_now().await;
        }
        assert!(!admission.try_turn(), "others wait already");
        let last = waiting.pop().unwrap();
        let first = waiting.remove(0);
        waiting.iter().for_each(tokio::task::JoinHandle::abort);
        let (first, last) = (first.await.unwrap() - begun, last.await.unwrap() - begun);
        let steps = Duration::from_millis(250);
        assert!(first < last && last >= steps * 2 - steps / 10, "{first:?} {last:?}");
        assert!(last < steps * 6, "seven that had gone were waited for: {last:?}");
    }

    #[test]
    fn who_is_sent_away_comes_again_one_after_the_other() {
        let admission = Admission::new(10);
        for number in 1..=79 {
            let again = admission.send_away();
            let after = Duration::from_millis(number * 100);
            let slack = Duration::from_millis(500);
            assert!(again >= after.saturating_sub(slack), "{number}: {again:?}");
            assert!(again < after + Admission::AT_ONCE + slack, "{number}: {again:?}");
        }
        let farthest = (0..1000).map(|_| admission.send_away()).max();
        assert!(farthest <= Some(Admission::FARTHEST + Admission::AT_ONCE));
    }
}
