//! A rule whose receiver fails again and again is told nothing for a while, as documented.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hongyan_model::Timestamp;
use hongyan_store::callbacks::Ban;

/// So many failures within so long.
const FAILURES: usize = 90;
const WITHIN: Duration = Duration::from_secs(30);
/// Length of a ban for each that began within a day, up to five.
const STEP_MS: i64 = 5 * 60 * 1000;
const STEPS: usize = 5;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// The failures of one rule in the last moments.
#[derive(Default)]
pub(super) struct Failures(VecDeque<Instant>);

impl Failures {
    /// Notes one; `true`: these are too many.
    pub(super) fn note(&mut self, now: Instant) -> bool {
        self.0.push_back(now);
        while self.0.front().is_some_and(|when| now - *when > WITHIN) {
            self.0.pop_front();
        }
        let too_many = self.0.len() >= FAILURES;
        if too_many {
            self.0.clear();
        }
        too_many
    }
}

/// The ban that begins now, after those of `before`.
pub(super) fn begin(before: Option<Ban>, now: Timestamp) -> Ban {
    let mut begun = before.map(|ban| ban.begun).unwrap_or_default();
    begun.retain(|begin| *begin > now - DAY_MS);
    begun.push(now);
    let steps = i64::try_from(begun.len().min(STEPS)).unwrap_or(1);
    let reason = format!("{FAILURES} failures within {} seconds", WITHIN.as_secs());
    Ban { until: now + steps * STEP_MS, reason, begun }
}

/// How many bans began within the last day.
pub(super) fn of_today(ban: &Ban, now: Timestamp) -> usize {
    ban.begun.iter().filter(|begin| **begin > now - DAY_MS).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ninety_failures_in_half_a_minute_are_too_many() {
        let begin = Instant::now();
        let mut failures = Failures::default();
        for _ in 0..FAILURES - 1 {
            assert!(!failures.note(begin));
        }
        assert!(failures.note(begin + WITHIN));
        let mut slow = Failures::default();
        for n in 0..200 {
            assert!(!slow.note(begin + Duration::from_millis(340) * n), "{n}");
        }
    }

    #[test]
    fn bans_grow_by_five_minutes_up_to_twenty_five() {
        let (mut ban, mut now) = (None, 0);
        for minutes in [5, 10, 15, 20, 25, 25] {
            let next = begin(ban, now);
            assert_eq!(next.until - now, minutes * 60_000);
            now = next.until;
            ban = Some(next);
        }
        let next = begin(ban, now + DAY_MS);
        assert_eq!(next.until - (now + DAY_MS), STEP_MS);
    }
}
