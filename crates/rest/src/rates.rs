//! How often an app may call an endpoint.
//!
//! The rates of single endpoints are those of the published table and stand at the endpoints; others have the default.
//! A plan's limit `rest_rate_max` is the default in calls per second, and all others change with it. Counted are calls of
//! the customer's server, and those that need no token, for each address that they come from: a stranger takes nothing
//! from the app. What users do by their SDK is bounded by their number.
//!
//! Beside calls, messages are counted: a call may send many. Their rates are limits of the plan.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hongyan_model::{App, AppId, Feature, Refusal, Timestamp};
use http::Method;

use crate::endpoint::Endpoint;

/// The default, in calls per second, that the table is made for.
const DEFAULT: u64 = 100;
/// Endpoints of apps that are remembered; those not called for some seconds have nothing to remember.
const REMEMBERED: u64 = 100_000;
const IDLE: Duration = Duration::from_secs(70);

/// Calls that may be made within a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rate {
    calls: u64,
    seconds: u64,
}

impl Rate {
    /// What endpoints have that name no other.
    pub(crate) const DEFAULT: Self = Self::each_second(DEFAULT);

    pub(crate) const fn each_second(calls: u64) -> Self {
        Self { calls, seconds: 1 }
    }

    pub(crate) const fn each_ten_seconds(calls: u64) -> Self {
        Self { calls, seconds: 10 }
    }

    pub(crate) const fn each_minute(calls: u64) -> Self {
        Self { calls, seconds: 60 }
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.seconds {
            1 => write!(f, "{}/s", self.calls),
            60 => write!(f, "{}/min", self.calls),
            other => write!(f, "{}/{other} s", self.calls),
        }
    }
}

/// Within how many seconds a limit of messages holds.
const fn seconds_of(limit: Feature) -> u64 {
    match limit {
        Feature::RestUserMessagesPerMinute => 60,
        _ => 1,
    }
}

/// When nothing of the past counts any more, in microseconds.
type Bucket = Arc<AtomicI64>;

/// For whom a call counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum By {
    /// The app's server, which shows its token.
    App,
    /// Somebody without a token, by the address if that is known.
    Stranger(Option<IpAddr>),
}

/// An endpoint of an app, and who calls it.
type Called = (AppId, Method, Arc<str>, By);

/// Who has called what and sent how much, on this node.
#[derive(Clone, Debug)]
pub struct Rates {
    calls: moka::sync::Cache<Called, Bucket>,
    messages: moka::sync::Cache<(AppId, Feature), Bucket>,
}

impl Default for Rates {
    fn default() -> Self {
        let calls = moka::sync::Cache::builder();
        let messages = moka::sync::Cache::builder();
        Self {
            calls: calls.max_capacity(REMEMBERED).time_to_idle(IDLE).build(),
            messages: messages.max_capacity(REMEMBERED).time_to_idle(IDLE).build(),
        }
    }
}

impl Rates {
    /// Counts a call, or refuses it.
    pub(crate) fn admit(
        &self,
        app: &App,
        endpoint: &Endpoint,
        by: By,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(quota) = app.quota(Feature::RestRateMax) else { return Ok(()) };
        let Rate { calls, seconds } = endpoint.rate;
        let calls = (calls * quota / DEFAULT).max(1);
        let key = (app.id, endpoint.method.clone(), endpoint.path.clone(), by);
        let next = self.calls.get_with(key, || Arc::new(AtomicI64::new(i64::MIN)));
        match take(&next, 1, (calls, seconds), now) {
            true => Ok(()),
            false => Err(Refusal::TooManyCalls),
        }
    }

    /// Counts messages that are about to be sent, or refuses all of them. A limit of 0 is none.
    pub(crate) fn admit_messages(
        &self,
        app: &App,
        limit: Feature,
        number: usize,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(most) = app.quota(limit).filter(|most| *most > 0) else { return Ok(()) };
        let next = self.messages.get_with((app.id, limit), || Arc::new(AtomicI64::new(i64::MIN)));
        match take(&next, number as u64, (most, seconds_of(limit)), now) {
            true => Ok(()),
            false => Err(Refusal::TooManyMessages),
        }
    }
}

/// Takes `number` of `most` within `seconds`, all or none, as the generic cell rate algorithm does: what is kept is the
/// moment at which nothing of the past counts any more. In microseconds.
fn take(full_again: &AtomicI64, number: u64, (most, seconds): (u64, u64), now: Timestamp) -> bool {
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let period = signed(seconds.saturating_mul(1_000_000));
    let each = period / signed(most).max(1);
    let all = each.saturating_mul(signed(number));
    let now = now.saturating_mul(1000);
    let taken = full_again.fetch_update(Ordering::AcqRel, Ordering::Acquire, |full| {
        let after = full.max(now).saturating_add(all);
        (after - now <= period).then_some(after)
    });
    taken.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_calls_within_so_many_seconds_and_not_one_more() {
        let bucket = AtomicI64::new(i64::MIN);
        let now = 1_794_961_600_000;
        let taken = |at: Timestamp, tries: u32| {
            (0..tries).filter(|_| take(&bucket, 1, (50, 1), at)).count()
        };
        assert_eq!(taken(now, 80), 50);
        assert_eq!(taken(now, 1), 0);
        // A fiftieth of a second later there is one more.
        assert_eq!(taken(now + 20, 5), 1);
        assert_eq!(taken(now + 520, 80), 25);
        assert_eq!(taken(now + 10_000, 80), 50);
        let slow = AtomicI64::new(i64::MIN);
        let taken = |at: Timestamp| (0..20).filter(|_| take(&slow, 1, (10, 60), at)).count();
        assert_eq!((taken(now), taken(now + 5_999), taken(now + 6_000)), (10, 0, 1));
    }

    #[test]
    fn of_several_all_are_taken_or_none() {
        let bucket = AtomicI64::new(i64::MIN);
        let now = 1_794_961_600_000;
        let takes = |number, at| take(&bucket, number, (20, 1), at);
        assert!(takes(15, now));
        assert!(!takes(6, now) && takes(5, now) && !takes(1, now));
        assert!(!takes(3, now + 100) && takes(2, now + 100));
        // More than there are at once are never had.
        assert!(!takes(21, now + 60_000) && takes(20, now + 60_000));
    }
}
