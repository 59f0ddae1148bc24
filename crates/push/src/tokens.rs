//! The access token of one credential.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hongyan_model::{Clock, Timestamp};
use tokio::sync::Mutex;

use crate::outcome::Outcome;

/// An old token that is still good is used for so long (ms) after a new one could not be had.
const AFTER_FAILURE: i64 = 30_000;

/// What a vendor gave.
pub(crate) struct Access {
    pub(crate) value: String,
    pub(crate) lives: Duration,
}

/// Keeps it, and lets one at a time ask for another.
pub(crate) struct Tokens {
    clock: Arc<dyn Clock>,
    held: Mutex<Held>,
    /// How often one was asked for.
    rounds: AtomicU64,
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    failure: Option<Outcome>,
}

#[derive(Clone)]
struct Token {
    value: Arc<str>,
    renew_at: Timestamp,
    expires_at: Timestamp,
}

impl Tokens {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, held: Mutex::default(), rounds: AtomicU64::new(0) }
    }

    /// A good token that is not `stale`; `ask` is called if there is none, by one caller while the others wait for what it gets.
    pub(crate) async fn get<F>(&self, stale: Option<&str>, ask: F) -> Result<Arc<str>, Outcome>
    where
        F: AsyncFnOnce() -> Result<Access, Outcome>,
    {
        let round = self.rounds.load(Ordering::Acquire);
        let mut held = self.held.lock().await;
        if held.token.as_ref().is_some_and(|token| Some(&*token.value) == stale) {
            held.token = None;
        }
        if let Some(token) = &held.token
            && self.clock.now() < token.renew_at
        {
            return Ok(token.value.clone());
        }
        // Whoever waited while another asked in vain has its answer: otherwise a silent vendor would be asked by each in turn.
        if self.rounds.load(Ordering::Acquire) != round
            && let Some(failure) = &held.failure
        {
            return Err(failure.clone());
        }
        let asked = ask().await;
        self.rounds.fetch_add(1, Ordering::AcqRel);
        let now = self.clock.now();
        match asked {
            Ok(Access { value, lives }) => {
                let lives = i64::try_from(lives.as_millis()).unwrap_or(i64::MAX / 8);
                let value: Arc<str> = value.into();
                let (renew_at, expires_at) = (now + lives * 8 / 10, now + lives);
                *held = Held {
                    token: Some(Token { value: value.clone(), renew_at, expires_at }),
                    failure: None,
                };
                Ok(value)
            }
            Err(failure) => match &mut held.token {
                Some(token) if now < token.expires_at => {
                    token.renew_at = now + AFTER_FAILURE;
                    Ok(token.value.clone())
                }
                _ => {
                    held.failure = Some(failure.clone());
                    Err(failure)
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use hongyan_model::ManualClock;

    use super::*;

    fn access(value: &str) -> Result<Access, Outcome> {
        Ok(Access { value: value.to_owned(), lives: Duration::from_secs(100) })
    }

    fn down() -> Outcome {
        Outcome::unavailable("down")
    }

    #[tokio::test]
    async fn a_token_is_renewed_at_four_fifths_of_its_life() {
        let clock = ManualClock::at(0);
        let tokens = Tokens::new(Arc::new(clock.clone()));
        assert_eq!(&*tokens.get(None, async || access("a")).await.unwrap(), "a");
        clock.advance(79_999);
        assert_eq!(&*tokens.get(None, async || access("b")).await.unwrap(), "a");
        clock.advance(1);
        assert_eq!(&*tokens.get(None, async || access("b")).await.unwrap(), "b");
    }

    #[tokio::test]
    async fn an_old_token_serves_until_its_end_where_no_new_one_is_to_be_had() {
        let clock = ManualClock::at(0);
        let tokens = Tokens::new(Arc::new(clock.clone()));
        tokens.get(None, async || access("a")).await.unwrap();
        clock.advance(80_000);
        assert_eq!(&*tokens.get(None, async || Err(down())).await.unwrap(), "a");
        clock.advance(30_000);
        assert_eq!(tokens.get(None, async || Err(down())).await, Err(down()), "past its end");
        assert_eq!(&*tokens.get(None, async || access("b")).await.unwrap(), "b");
    }

    #[tokio::test]
    async fn a_refused_token_is_not_given_out_again() {
        let tokens = Tokens::new(Arc::new(ManualClock::at(0)));
        let first = tokens.get(None, async || access("a")).await.unwrap();
        let second = tokens.get(Some(&first), async || access("b")).await.unwrap();
        assert_eq!(&*second, "b");
        // Another call that had the first one finds it renewed already.
        let third = tokens.get(Some(&first), async || access("c")).await.unwrap();
        assert_eq!(&*third, "b");
    }

    #[tokio::test]
    async fn whoever_waited_for_a_token_in_vain_does_not_ask_again() {
        let tokens = Tokens::new(Arc::new(ManualClock::at(0)));
        let asked = AtomicU64::new(0);
        let ask = || {
            tokens.get(None, async || {
                asked.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Err(down())
            })
        };
        let (first, second) = tokio::join!(ask(), ask());
        assert_eq!((first, second), (Err(down()), Err(down())));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert_eq!(ask().await, Err(down()));
        assert_eq!(asked.load(Ordering::SeqCst), 2, "who comes later does");
    }
}
