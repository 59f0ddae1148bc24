//! A sliding window: never more than so many within any stretch of so long.

use std::collections::VecDeque;

use hongyan_model::Timestamp;

/// Parts of a window whose takings are kept apart.
const PARTS: i64 = 1000;

/// What was taken within the last window.
///
/// Takings of the same thousandth of the window are kept as one, as if all were the latest of them: so its memory is
/// bounded, however much may be taken, and a place is free again at most a thousandth of the window late.
#[derive(Default, Debug)]
pub(crate) struct Window {
    /// When and how many, the oldest first.
    taken: VecDeque<(Timestamp, u64)>,
    sum: u64,
    /// Of that, what other nodes know.
    told: u64,
}

impl Window {
    /// Takes `number` of the `most` within `length` milliseconds, all or none.
    pub(crate) fn take(&mut self, number: u64, (most, length): (u64, i64), now: Timestamp) -> bool {
        let now = self.forget(length, now);
        if number > most.saturating_sub(self.sum) {
            return false;
        }
        self.add(number, length, now);
        true
    }

    /// Notes what was taken elsewhere, however much that is.
    pub(crate) fn note(&mut self, number: u64, length: i64, now: Timestamp) {
        let now = self.forget(length, now);
        self.add(number, length, now);
        self.told = self.told.saturating_add(number);
    }

    /// What other nodes do not know yet and have to know: nothing as long as not more than `least` is taken. They are told.
    pub(crate) fn untold(&mut self, least: u64) -> u64 {
        if self.sum <= least {
            return 0;
        }
        let untold = self.sum - self.told;
        self.told = self.sum;
        untold
    }

    /// Forgets what is a window old; answers the moment that counts as now.
    fn forget(&mut self, length: i64, now: Timestamp) -> Timestamp {
        let latest = self.taken.back().map_or(now, |(at, _)| *at);
        if latest > now.saturating_add(length) {
            // The clock was set back, and what lies so far ahead would count until it comes there again.
            *self = Self::default();
        }
        let now = self.taken.back().map_or(now, |(at, _)| now.max(*at));
        while let Some((at, gone)) = self.taken.front().copied()
            && at.saturating_add(length) <= now
        {
            self.taken.pop_front();
            self.sum -= gone;
        }
        self.told = self.told.min(self.sum);
        now
    }

    fn add(&mut self, number: u64, length: i64, now: Timestamp) {
        self.sum = self.sum.saturating_add(number);
        let part = (length / PARTS).max(1);
        match self.taken.back_mut() {
            Some((at, taken)) if at.div_euclid(part) == now.div_euclid(part) => {
                *at = now;
                *taken += number;
            }
            _ => self.taken.push_back((now, number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = 1_794_961_600_000;

    /// How many of `tries` are let through at a moment.
    fn passed(window: &mut Window, limit: (u64, i64), at: Timestamp, tries: u32) -> usize {
        (0..tries).filter(|_| window.take(1, limit, at)).count()
    }

    #[test]
    fn so_many_within_a_window_and_not_one_more_until_the_first_are_a_window_old() {
        let (mut window, limit) = (Window::default(), (50, 1000));
        assert_eq!(passed(&mut window, limit, NOW, 30), 30);
        assert_eq!(passed(&mut window, limit, NOW + 400, 80), 20);
        assert_eq!(passed(&mut window, limit, NOW + 999, 80), 0);
        assert_eq!(passed(&mut window, limit, NOW + 1000, 80), 30);
        assert_eq!(passed(&mut window, limit, NOW + 1399, 80), 0);
        assert_eq!(passed(&mut window, limit, NOW + 1400, 80), 20);
        assert_eq!(passed(&mut window, limit, NOW + 10_000, 80), 50);
    }

    #[test]
    fn no_window_of_the_length_holds_more_however_the_calls_come() {
        for (limit, step) in [((7_u64, 1000_i64), 13_u64), ((10, 60_000), 997), ((300, 1000), 1)] {
            let (mut window, mut passed, mut seed) = (Window::default(), Vec::new(), 7_u64);
            let mut at = NOW;
            for _ in 0..5000 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                at += ((seed >> 33) % (step * 3)).cast_signed();
                if window.take(1, limit, at) {
                    passed.push(at);
                }
            }
            let most = usize::try_from(limit.0).unwrap();
            let close = passed.windows(most + 1).find(|run| run[most] - run[0] < limit.1);
            assert_eq!(close, None, "{limit:?}");
            assert!(passed.len() > most, "{limit:?}");
        }
    }

    #[test]
    fn who_calls_at_exactly_the_rate_is_never_refused() {
        let (mut window, limit) = (Window::default(), (100, 1000));
        let calls = (0..5000).map(|n| NOW + n * 10);
        assert_eq!(calls.filter(|at| !window.take(1, limit, *at)).count(), 0);
    }

    #[test]
    fn of_several_all_are_taken_or_none() {
        let (mut window, limit) = (Window::default(), (20, 1000));
        assert!(window.take(15, limit, NOW));
        assert!(!window.take(6, limit, NOW + 1) && window.take(5, limit, NOW + 1));
        assert!(!window.take(1, limit, NOW + 999) && window.take(15, limit, NOW + 1000));
        // More than there are at once are never had.
        assert!(!window.take(21, limit, NOW + 60_000) && window.take(20, limit, NOW + 60_000));
    }

    #[test]
    fn its_memory_does_not_grow_with_what_may_be_taken() {
        let (mut window, limit) = (Window::default(), (u64::MAX, 60_000));
        for at in 0..200_000 {
            assert!(window.take(9, limit, NOW + at));
        }
        assert!(window.taken.len() <= 1001, "{}", window.taken.len());
        assert!(window.sum < 9 * 60_100, "{}", window.sum);
    }

    #[test]
    fn what_was_taken_elsewhere_counts_also_beyond_the_limit() {
        let (mut window, limit) = (Window::default(), (10, 1000));
        assert!(window.take(4, limit, NOW));
        window.note(4, 1000, NOW + 100);
        assert!(!window.take(3, limit, NOW + 200) && window.take(2, limit, NOW + 200));
        window.note(20, 1000, NOW + 300);
        assert!(!window.take(1, limit, NOW + 1299) && window.take(10, limit, NOW + 1300));
    }

    #[test]
    fn others_are_told_nothing_twice_however_the_sum_moves_about_the_least() {
        let (limit, least) = ((6000, 60_000), 187);
        for step in [310, 320, 333, 1000] {
            let (mut window, mut taken, mut told) = (Window::default(), 0, 0);
            for at in (0..1_800_000).step_by(step) {
                taken += u64::from(window.take(1, limit, NOW + at));
                told += window.untold(least);
                assert!(told <= taken, "{told} of {taken}, one in {step} ms");
            }
            assert_eq!(told == 0, step >= 333, "one in {step} ms");
        }
        let mut window = Window::default();
        window.note(300, 60_000, NOW);
        assert!(window.take(5, limit, NOW));
        assert_eq!(
            (window.untold(least), window.untold(least)),
            (5, 0),
            "what they told comes back"
        );
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let (mut window, limit) = (Window::default(), (2, 1000));
        assert!(window.take(2, limit, NOW));
        // A little: what was taken counts until it is as old as the window.
        assert!(!window.take(1, limit, NOW - 500));
        assert!(window.take(2, limit, NOW - 3_600_000));
    }
}
