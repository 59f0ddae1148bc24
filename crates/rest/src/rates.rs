//! How often an app may call an endpoint.
//!
//! The rates of single endpoints are those of the published table and stand at the endpoints; others have the default.
//! A plan's limit `rest_rate_max` is the default in calls per second, and all others change with it. Calls of the
//! customer's server and of the app's users count together, as the table has it; what only client SDKs call is in no
//! table and is not counted. Calls that need no token are counted for each address that they come from: a stranger takes
//! nothing from the app.
//!
//! Beside calls, messages are counted: a call may send many. Their rates are limits of the plan.
//!
//! Several nodes count together: each tells the others what was taken on it, but for a [`PART`] of each limit.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::Counts;
use hongyan_messaging::Messaging;
use hongyan_model::{App, AppId, Clock as _, Feature, Refusal, SystemClock, Timestamp, UserId};
use http::Method;
use parking_lot::Mutex;

use crate::endpoint::Endpoint;
use crate::window::Window;

/// The default, in calls per second, that the table is made for.
const DEFAULT: u64 = 100;
/// Windows that are remembered; those of endpoints that are not called for some seconds have nothing to remember.
const REMEMBERED: u64 = 100_000;
const IDLE: Duration = Duration::from_secs(70);
/// Until so much of a limit is taken other nodes are not told: it does not matter to them.
const PART: u64 = 32;

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

    const fn milliseconds(self) -> i64 {
        self.seconds.cast_signed().saturating_mul(1000)
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

/// Within how many milliseconds a limit of messages holds.
const fn window_of(limit: Feature) -> i64 {
    match limit {
        Feature::RestUserMessagesPerMinute => 60_000,
        _ => 1_000,
    }
}

/// What counts together.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Pool {
    /// The calls of one URL.
    Endpoint(Method, Arc<str>),
    /// Those of several, such as all of a published endpoint.
    Named(&'static str),
}

/// For whom a call counts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum By {
    /// The app: whoever shows a token of it.
    App,
    /// Somebody without a token, by the address if that is known.
    Stranger(Option<IpAddr>),
    /// The user whom the path names, whoever calls.
    Subject(UserId),
}

/// What counts together, of an app: a digest of it, which is the same on all nodes.
type Key = (AppId, u64);
type Windows = moka::sync::Cache<Key, Arc<Mutex<Window>>>;

/// Who has called what and sent how much.
#[derive(Clone, Debug)]
pub struct Rates {
    windows: Windows,
    /// With the milliseconds of the window.
    together: Arc<Counts<(Key, i64)>>,
}

impl Rates {
    /// Nobody has called anything yet.
    #[must_use]
    pub fn new(m: &Messaging) -> Self {
        let windows = moka::sync::Cache::builder();
        let windows: Windows = windows.max_capacity(REMEMBERED).time_to_idle(IDLE).build();
        let known = windows.clone();
        let together = Counts::new(m.router(), "rest.rates", move |(key, length), number| {
            known.get_with(key, Arc::default).lock().note(number, length, SystemClock.now());
        });
        Self { windows, together }
    }

    /// Counts a call, or refuses it.
    pub(crate) fn admit(
        &self,
        app: &App,
        endpoint: &Endpoint,
        by: By,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(quota) = app.quota(Feature::RestRateMax) else { return Ok(()) };
        let rate = match by {
            By::Subject(_) => endpoint.rate_of_user,
            By::App | By::Stranger(_) => Some(endpoint.rate),
        };
        let Some(rate) = rate else { return Ok(()) };
        let calls = (rate.calls * quota / DEFAULT).max(1);
        let key = (app.id, digest(&(endpoint.counts_for(), by)));
        match self.take(key, 1, (calls, rate.milliseconds()), now) {
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
        match self.take(
            (app.id, digest(&limit.key())),
            number as u64,
            (most, window_of(limit)),
            now,
        ) {
            true => Ok(()),
            false => Err(Refusal::TooManyMessages),
        }
    }

    fn take(&self, key: Key, number: u64, limit: (u64, i64), now: Timestamp) -> bool {
        let window = self.windows.get_with(key, Arc::default);
        let mut window = window.lock();
        let taken = window.take(number, limit, now);
        let untold = if taken { window.untold(limit.0 / PART) } else { 0 };
        drop(window);
        if untold > 0 {
            self.together.add((key, limit.1), untold);
        }
        taken
    }
}

fn digest(of: &impl Hash) -> u64 {
    // Not `RandomState`: nodes understand each other's.
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
