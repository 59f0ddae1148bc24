//! Stops asking a vendor that would only say no.

use std::collections::VecDeque;

use hongyan_model::Timestamp;
use parking_lot::Mutex;

use crate::outcome::{NotSent, Outcome};

/// So many refusals of a credential …
const REFUSALS: usize = 10;
/// … within so long (ms) …
const WITHIN: i64 = 60_000;
/// … and nobody asks for so long (ms).
const BAN: i64 = 10 * 60_000;

const DAY: i64 = 24 * 3_600_000;
/// Every vendor that counts by day counts days of China.
const ZONE: i64 = 8 * 3_600_000;

/// What is remembered of one credential.
#[derive(Default)]
pub(crate) struct Guard(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    refusals: VecDeque<Timestamp>,
    banned_until: Timestamp,
    out_until: Timestamp,
}

impl Guard {
    pub(crate) fn pass(&self, now: Timestamp) -> Result<(), NotSent> {
        let memory = self.0.lock();
        if now < memory.banned_until {
            return Err(NotSent::Banned { until: memory.banned_until });
        }
        if now < memory.out_until {
            return Err(NotSent::OutOfLimit { until: memory.out_until });
        }
        Ok(())
    }

    pub(crate) fn note(&self, outcome: &Outcome, now: Timestamp) {
        let mut memory = self.0.lock();
        match outcome {
            Outcome::AuthFailed { .. } => {
                memory.refusals.push_back(now);
                memory.refusals.retain(|at| now - at < WITHIN);
                if memory.refusals.len() >= REFUSALS {
                    memory.refusals.clear();
                    memory.banned_until = now + BAN;
                }
            }
            Outcome::OverQuota { .. } => memory.out_until = next_day(now),
            _ => {}
        }
    }
}

/// When the day ends in which `now` is.
fn next_day(now: Timestamp) -> Timestamp {
    ((now + ZONE).div_euclid(DAY) + 1) * DAY - ZONE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Outcome {
        Outcome::AuthFailed { why: String::new() }
    }

    #[test]
    fn ten_refusals_within_a_minute_ban_for_ten_minutes() {
        let guard = Guard::default();
        for at in 0..9 {
            guard.note(&refused(), at * 1000);
        }
        assert_eq!(guard.pass(9_000), Ok(()), "nine are not enough");
        // The first nine are too long ago to count.
        guard.note(&refused(), 70_000);
        assert_eq!(guard.pass(70_000), Ok(()));
        for at in 1..10 {
            guard.note(&refused(), 70_000 + at);
        }
        let until = 70_009 + 600_000;
        assert_eq!(guard.pass(70_009), Err(NotSent::Banned { until }));
        assert_eq!(guard.pass(until - 1), Err(NotSent::Banned { until }));
        assert_eq!(guard.pass(until), Ok(()), "and counts anew");
        guard.note(&refused(), until);
        assert_eq!(guard.pass(until), Ok(()));
    }

    #[test]
    fn over_the_limit_lasts_until_midnight_in_china() {
        let guard = Guard::default();
        // 2026-11-29T15:59:59Z is one second to midnight there.
        let now = 1_795_967_999_000;
        guard.note(&Outcome::OverQuota { why: String::new() }, now);
        assert_eq!(guard.pass(now), Err(NotSent::OutOfLimit { until: now + 1000 }));
        assert_eq!(guard.pass(now + 1000), Ok(()));
        assert_eq!(next_day(now + 1000), now + 1000 + DAY);
    }
}
