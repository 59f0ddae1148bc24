//! Guessing is slowed down: after some failures a piece of work has to be done for each further try, after more
//! nothing is tried for a while.
//!
//! Counted in memory, for the newest [`SUBJECTS`] accounts and addresses; a restart forgets. A try counts as failed
//! from its beginning, so that many at once win nothing. Other nodes hear of it when it has failed.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hongyan_cluster::{Counts, Router};
use hongyan_model::{Clock, Result, StaffId, StaffRefusal, Timestamp};
use lru::LruCache;
use serde::{Deserialize, Serialize};

use crate::Platform;
use crate::challenge::{self, Proof};

/// Failures count for this long.
const WINDOW_MS: i64 = 10 * 60 * 1000;
/// How long nothing is tried.
const LOCK_MS: i64 = 15 * 60 * 1000;
/// Accounts and addresses that are remembered; with more, those that tried longest ago are forgotten.
const SUBJECTS: NonZeroUsize = NonZeroUsize::new(50_000).expect("not zero");
/// Under which other nodes are told that an account's failures are forgiven.
const FORGIVEN: &str = "lockout.forgiven";

/// Whose tries are counted.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(crate) enum Subject {
    /// Passwords of the account with this address, whether there is one or not.
    Account(String),
    /// Codes of this account.
    Factor(StaffId),
    /// Passwords from this address.
    Network(IpAddr),
    /// Registrations, and mails asked for, from this address.
    Requests(IpAddr),
}

impl Subject {
    pub(crate) fn network(ip: IpAddr) -> Self {
        Self::Network(network(ip))
    }

    pub(crate) fn requests(ip: IpAddr) -> Self {
        Self::Requests(network(ip))
    }

    /// After how many failures work has to be done, and after how many nothing is tried.
    fn limits(&self) -> (usize, usize) {
        match self {
            Self::Account(_) => (5, 10),
            Self::Factor(_) => (usize::MAX, 10),
            Self::Network(_) => (20, 100),
            Self::Requests(_) => (usize::MAX, 20),
        }
    }
}

/// The tries of all subjects.
pub(crate) struct Lockout {
    subjects: Arc<Mutex<Subjects>>,
    /// Failures, as nodes tell each other.
    failed: Arc<Counts<Subject>>,
}

type Subjects = LruCache<Subject, Tries>;

impl Lockout {
    pub(crate) fn new(router: &Arc<Router>, clock: Arc<dyn Clock>) -> Self {
        let subjects = Arc::new(Mutex::new(LruCache::new(SUBJECTS)));
        let failed = Counts::new(router, "lockout.failed", {
            let subjects = subjects.clone();
            move |subject: Subject, number| {
                let (now, limit) = (clock.now(), subject.limits().1);
                let mut subjects = lock(&subjects);
                let tries = subjects.get_or_insert_mut(subject, Tries::default);
                for _ in 0..number.min(limit as u64) {
                    tries.fail(limit, now);
                }
            }
        });
        let forgiving = subjects.clone();
        router.on_signal(FORGIVEN, move |subject| {
            if let Some(subject) = subject.and_then(|subject| postcard::from_bytes(subject).ok()) {
                lock(&forgiving).pop::<Subject>(&subject);
            }
        });
        Self { subjects, failed }
    }
}

#[derive(Default)]
struct Tries {
    /// Times of failures, the oldest first; bounded by the limit.
    failed: VecDeque<Timestamp>,
    locked_until: Timestamp,
}

/// A try that has begun, and counts as failed unless [`succeeded`] is told of it.
pub(crate) struct Try {
    /// For whom it has failed when it is over.
    subjects: Vec<Subject>,
    /// Whether it is the last before a pause.
    pub(crate) is_last: bool,
    failed: Arc<Counts<Subject>>,
}

impl Drop for Try {
    fn drop(&mut self) {
        for subject in self.subjects.drain(..) {
            self.failed.add(subject, 1);
        }
    }
}

/// Begins a try on behalf of all `subjects`.
pub(crate) async fn begin(
    p: &Platform,
    subjects: Vec<Subject>,
    proof: Option<&Proof>,
) -> Result<Try> {
    let now = p.clock().now();
    let Lockout { subjects: all, failed } = &p.0.lockout;
    refuse_locked(&mut lock(all), &subjects, now)?;
    let needs_work = subjects.iter().any(|subject| {
        let mut all = lock(all);
        let failed = all.get_mut(subject).map_or(0, |tries| tries.recent(now));
        failed >= subject.limits().0
    });
    if needs_work {
        challenge::require(p, proof).await?;
    }
    let mut all = lock(all);
    // Others may have tried while the proof was checked.
    refuse_locked(&mut all, &subjects, now)?;
    let mut is_last = false;
    for subject in &subjects {
        let limit = subject.limits().1;
        is_last |= all.get_or_insert_mut(subject.clone(), Tries::default).fail(limit, now);
    }
    Ok(Try { subjects, is_last, failed: failed.clone() })
}

/// The try was no failure. What the account failed before is forgiven; an address is not, or whoever has an account
/// could guess those of others for ever.
pub(crate) fn succeeded(p: &Platform, mut done: Try) {
    done.subjects.retain(|subject| match subject {
        Subject::Account(_) | Subject::Factor(_) => {
            forget(p, subject);
            false
        }
        Subject::Network(_) => {
            if let Some(tries) = lock(&p.0.lockout.subjects).get_mut(subject) {
                tries.failed.pop_back();
            }
            false
        }
        // Success is what is counted here.
        Subject::Requests(_) => true,
    });
}

/// Forgives what an account failed: its password is another one now.
pub(crate) fn forgive(p: &Platform, email: &str) {
    forget(p, &Subject::Account(email.to_owned()));
}

fn forget(p: &Platform, subject: &Subject) {
    lock(&p.0.lockout.subjects).pop(subject);
    p.router().signal(FORGIVEN, || postcard::to_stdvec(subject).unwrap_or_default());
}

impl Tries {
    /// Number of failures that still count.
    fn recent(&mut self, now: Timestamp) -> usize {
        while self.failed.front().is_some_and(|time| now - time >= WINDOW_MS) {
            self.failed.pop_front();
        }
        self.failed.len()
    }

    /// Counts one more; whether it is the last before a pause, after so many.
    fn fail(&mut self, limit: usize, now: Timestamp) -> bool {
        let is_last = self.recent(now) + 1 >= limit;
        if is_last {
            self.failed.clear();
            self.locked_until = now + LOCK_MS;
        } else {
            self.failed.push_back(now);
        }
        is_last
    }
}

fn refuse_locked(all: &mut Subjects, subjects: &[Subject], now: Timestamp) -> Result<()> {
    let locks = subjects.iter().filter_map(|subject| Some(all.get(subject)?.locked_until));
    let until = locks.max().unwrap_or_default();
    if until <= now {
        return Ok(());
    }
    // Rounded up: told to wait 0 seconds, nobody waits.
    let retry_after_seconds = (until - now + 999) / 1000;
    Err(StaffRefusal::TooSoon { retry_after_seconds }.into())
}

/// Whoever has one IPv6 address usually has its /64.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}

/// A panic under the lock leaves nothing half done.
fn lock(subjects: &Mutex<Subjects>) -> MutexGuard<'_, Subjects> {
    subjects.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_ipv6_are_one_and_mapped_addresses_are_ipv4() {
        let of = |ip: &str| network(ip.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2::"));
        assert_ne!(of("2001:db8:1:3::1"), of("2001:db8:1:2::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }
}
