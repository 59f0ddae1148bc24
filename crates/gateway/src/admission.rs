//! How fast connections log in, so that the clients of a node that died, which all come at once, take no time from users who
//! are there.
//!
//! Who would wait for too long is sent away and told when to come again: each to its own time, one after the other at the
//! pace of the logins, so that those who obey do not come together once more.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// The pace of logins. Those of a second may come at once; more wait for their turn, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Admission {
    /// Between two logins.
    pace: Duration,
    turns: Mutex<Turns>,
}

#[derive(Debug, Default)]
struct Turns {
    /// When a login would begin if every one before it had kept the pace.
    next: Option<Instant>,
    /// To when the last one was sent away.
    promised: Option<Instant>,
}

impl Admission {
    /// Logins that begin without waiting cover this much of the pace.
    const AT_ONCE: Duration = Duration::from_secs(1);
    /// Nobody is told to come again later than this.
    const FARTHEST: Duration = Duration::from_secs(60);

    /// `per_second` is at least 1.
    pub(crate) fn new(per_second: u32) -> Self {
        Self { pace: Duration::from_secs(1) / per_second.max(1), turns: Mutex::default() }
    }

    /// When a login that comes `now` may begin. If that is later than `latest`, no turn is taken, and the error says in how
    /// long it may come again.
    pub(crate) fn turn(&self, now: Instant, latest: Instant) -> Result<Instant, Duration> {
        let mut turns = self.turns.lock();
        let due = turns.next.map_or(now, |next| next.max(now));
        let begin = due.checked_sub(Self::AT_ONCE).map_or(now, |begin| begin.max(now));
        if begin > latest {
            let promised = turns.promised.map_or(begin, |promised| promised.max(begin)) + self.pace;
            if promised.duration_since(now) > Self::FARTHEST {
                // Many have been sent away, or some who do not obey often: as evenly as may be.
                return Err(Self::FARTHEST.mul_f64(rand::random_range(0.5..1.0)));
            }
            turns.promised = Some(promised);
            // Nodes do not keep step with each other.
            let jitter = Self::AT_ONCE.mul_f64(rand::random_range(0.0..1.0));
            return Err(promised.duration_since(now) + jitter);
        }
        turns.next = Some(due + self.pace);
        Ok(begin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_logins_comes_at_once_and_more_at_the_pace() {
        let (admission, now) = (Admission::new(10), Instant::now());
        let latest = now + Duration::from_secs(15);
        let waits: Vec<u128> = (0..40)
            .map(|_| admission.turn(now, latest).unwrap().duration_since(now).as_millis())
            .collect();
        assert_eq!(waits[..11], [0; 11]);
        assert_eq!(waits[11..14], [100, 200, 300]);
        assert_eq!(waits[39], 2900);
        let later = now + Duration::from_secs(20);
        let begin = admission.turn(later, later).unwrap();
        assert_eq!(begin, later, "who comes when all have had their turn does not wait");
    }

    #[test]
    fn who_would_wait_too_long_takes_no_turn() {
        let (admission, now) = (Admission::new(1), Instant::now());
        let latest = now + Duration::from_secs(2);
        let turns = (0..10).filter(|_| admission.turn(now, latest).is_ok()).count();
        assert_eq!(turns, 4, "one at once, one of its second, two that wait");
        let second = now + Duration::from_secs(1);
        assert!(admission.turn(second, second + Duration::from_secs(2)).is_ok());
    }

    #[test]
    fn who_is_sent_away_comes_again_one_after_the_other() {
        let (admission, now) = (Admission::new(10), Instant::now());
        let latest = now + Duration::from_secs(1);
        let (mut in_time, mut sent_away) = (0, Vec::new());
        for _ in 0..100 {
            match admission.turn(now, latest) {
                Ok(_) => in_time += 1,
                Err(again) => sent_away.push(again),
            }
        }
        assert_eq!((in_time, sent_away.len()), (21, 79));
        for (number, again) in (1..).zip(sent_away) {
            let after = Duration::from_millis(1100 + number * 100);
            assert!((after..after + Admission::AT_ONCE).contains(&again), "{number}: {again:?}");
        }
        let again = (0..1000).filter_map(|_| admission.turn(now, latest).err());
        assert!(again.max() <= Some(Admission::FARTHEST + Admission::AT_ONCE));
    }
}
