//! How fast connections log in, so that the clients of a node that died, which all come at once, take no time from users who
//! are there.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// The pace of logins. Those of a second may come at once; more wait for their turn, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Admission {
    /// Between two logins.
    pace: Duration,
    /// When a login would begin if every one before it had kept the pace.
    next: Mutex<Option<Instant>>,
}

impl Admission {
    /// Logins that begin without waiting cover this much of the pace.
    const AT_ONCE: Duration = Duration::from_secs(1);

    /// `per_second` is at least 1.
    pub(crate) fn new(per_second: u32) -> Self {
        Self { pace: Duration::from_secs(1) / per_second.max(1), next: Mutex::new(None) }
    }

    /// When a login that comes `now` may begin; `None` if that is later than `latest`, and then no turn is taken.
    pub(crate) fn turn(&self, now: Instant, latest: Instant) -> Option<Instant> {
        let mut next = self.next.lock();
        let due = next.map_or(now, |next| next.max(now));
        let begin = due.checked_sub(Self::AT_ONCE).map_or(now, |begin| begin.max(now));
        if begin > latest {
            return None;
        }
        *next = Some(due + self.pace);
        Some(begin)
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
        let turns = (0..10).filter(|_| admission.turn(now, latest).is_some()).count();
        assert_eq!(turns, 4, "one at once, one of its second, two that wait");
        let second = now + Duration::from_secs(1);
        assert!(admission.turn(second, second + Duration::from_secs(2)).is_some());
    }
}
