//! One credential in use.

use std::sync::Arc;
use std::time::Duration;

use hongyan_model::Clock;
use tokio::sync::Semaphore;

use crate::adapter::{Grant, Order, Outfit};
use crate::codes::Verdict;
use crate::credential::{Facts, Vendor};
use crate::guard::Guard;
use crate::notice::Notice;
use crate::outcome::{NotSent, Outcome};
use crate::settings::Settings;
use crate::tokens::Tokens;
use crate::vendors::Pauses;

/// A credential in use: its connections, its access token, and what its vendor thinks of it. Clones share everything; whoever
/// changes a credential opens another channel, which starts with a clean slate.
#[derive(Clone)]
pub struct Channel(Arc<Inner>);

struct Inner {
    vendor: Vendor,
    facts: Facts,
    outfit: Outfit,
    tokens: Tokens,
    guard: Guard,
    /// Notices under way and waiting. When they are taken the next notice is refused, not kept: whoever sends decides.
    places: Semaphore,
    /// Calls under way.
    turns: Semaphore,
    clock: Arc<dyn Clock>,
    pauses: Arc<dyn Pauses>,
    patience: Patience,
}

struct Patience {
    unavailable: Vec<Duration>,
    rate_limited: Duration,
    longest: Duration,
}

/// Whether a channel takes notices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It does.
    Ready,
    /// It does not, for this reason.
    Closed(NotSent),
}

/// What was tried so far.
#[derive(Default)]
struct Tries {
    unavailable: usize,
    rate_limited: bool,
}

impl Channel {
    pub(crate) fn new(
        vendor: Vendor,
        facts: Facts,
        outfit: Outfit,
        settings: &Settings,
        clock: Arc<dyn Clock>,
        pauses: Arc<dyn Pauses>,
    ) -> Self {
        Self(Arc::new(Inner {
            vendor,
            facts,
            outfit,
            tokens: Tokens::new(clock.clone()),
            guard: Guard::default(),
            places: semaphore(settings.in_flight.saturating_add(settings.waiting)),
            turns: semaphore(settings.in_flight),
            clock,
            pauses,
            patience: Patience {
                unavailable: settings.unavailable_pauses.clone(),
                rate_limited: settings.rate_limited_pause,
                longest: settings.longest_pause,
            },
        }))
    }

    /// Who delivers.
    #[must_use]
    pub fn vendor(&self) -> Vendor {
        self.0.vendor
    }

    /// What the credential says of itself.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.0.facts
    }

    /// Whether the channel takes notices now.
    #[must_use]
    pub fn state(&self) -> State {
        match self.0.guard.pass(self.0.clock.now()) {
            Ok(()) => State::Ready,
            Err(why) => State::Closed(why),
        }
    }

    /// Sends to one device. A vendor that is out of order is asked again after each of the pauses of the settings, one that says
    /// "too fast" once more after the time it names; meanwhile other notices of the channel have their turn.
    ///
    /// # Errors
    /// [`NotSent`]: the vendor was not asked, or not again.
    pub async fn send(&self, token: &str, notice: &Notice) -> Result<Outcome, NotSent> {
        let inner = &*self.0;
        inner.guard.pass(inner.clock.now())?;
        let _place = inner.places.try_acquire().map_err(|_| NotSent::Busy)?;
        let mut tries = Tries::default();
        loop {
            let outcome = {
                // Closed never: the channel holds it.
                let _turn = inner.turns.acquire().await.map_err(|_| NotSent::Busy)?;
                // What came back for others meanwhile may have closed the door.
                inner.guard.pass(inner.clock.now())?;
                let outcome = inner.attempt(token, notice).await;
                inner.guard.note(&outcome, inner.clock.now());
                outcome
            };
            match inner.patience.next(&mut tries, &outcome) {
                Some(pause) => inner.pauses.pause(pause).await,
                None => return Ok(outcome.without(token)),
            }
        }
    }
}

fn semaphore(permits: usize) -> Semaphore {
    Semaphore::new(permits.min(Semaphore::MAX_PERMITS))
}

impl Inner {
    async fn attempt(&self, token: &str, notice: &Notice) -> Outcome {
        let tried = async {
            let access = self.access(None).await?;
            match self.exchange(token, notice, access.as_deref()).await? {
                Verdict::Done(outcome) => Ok(outcome),
                // There is no other key to try.
                Verdict::Stale { why } if access.is_none() => Err(Outcome::AuthFailed { why }),
                Verdict::Stale { .. } => {
                    let access = self.access(access.as_deref()).await?;
                    match self.exchange(token, notice, access.as_deref()).await? {
                        Verdict::Done(outcome) => Ok(outcome),
                        Verdict::Stale { why } => Err(Outcome::AuthFailed { why }),
                    }
                }
            }
        };
        tried.await.unwrap_or_else(|outcome| outcome)
    }

    /// An access token that is not `stale`; `None` if the vendor gives none.
    async fn access(&self, stale: Option<&str>) -> Result<Option<Arc<str>>, Outcome> {
        let adapter = &self.outfit.adapter;
        if !adapter.has_access() {
            return Ok(None);
        }
        let ask = async || match adapter.grant(self.clock.now())? {
            Grant::Made(access) => Ok(access),
            Grant::Asked(call) => adapter.granted(&self.outfit.http.post(call).await?),
        };
        self.tokens.get(stale, ask).await.map(Some)
    }

    async fn exchange(
        &self,
        token: &str,
        notice: &Notice,
        access: Option<&str>,
    ) -> Result<Verdict, Outcome> {
        let access = access.unwrap_or_default();
        let order = Order { token, notice, access, now: self.clock.now() };
        let call = self.outfit.adapter.call(&order)?;
        let reply = self.outfit.http.post(call).await?;
        Ok(self.outfit.adapter.read(&reply, token))
    }
}

impl Patience {
    /// How long to wait before another try; `None`: that was it.
    fn next(&self, tries: &mut Tries, outcome: &Outcome) -> Option<Duration> {
        match outcome {
            Outcome::Unavailable { retry_after, .. } => {
                let pause = self.unavailable.get(tries.unavailable).copied();
                tries.unavailable += 1;
                let pause = pause.map(|pause| pause.max(retry_after.unwrap_or_default()));
                pause.filter(|pause| *pause <= self.longest)
            }
            Outcome::RateLimited { retry_after } if !tries.rate_limited => {
                tries.rate_limited = true;
                let pause = retry_after.unwrap_or(self.rate_limited);
                Some(pause).filter(|pause| *pause <= self.longest)
            }
            _ => None,
        }
    }
}

impl Outcome {
    /// Vendors like to repeat what they were told: a token has no business in logs.
    fn without(self, token: &str) -> Self {
        let clean = |why: String| if token.is_empty() { why } else { why.replace(token, "…") };
        match self {
            Self::AuthFailed { why } => Self::AuthFailed { why: clean(why) },
            Self::OverQuota { why } => Self::OverQuota { why: clean(why) },
            Self::Unavailable { why, retry_after } => {
                Self::Unavailable { why: clean(why), retry_after }
            }
            Self::Rejected { code, why } => Self::Rejected { code, why: clean(why) },
            other => other,
        }
    }
}
