//! Proof of work: what stands in the place of a picture puzzle. Nothing is kept of a challenge until it is solved.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hongyan_model::{Result, StaffRefusal};
use lru::LruCache;
use sha2::{Digest, Sha256};

use crate::{Platform, seal};

/// Leading zero bits of the hash: 65 536 hashes on average, a second in a browser.
const DIFFICULTY: u32 = 16;
/// A challenge has to be solved within.
const LIFETIME_MS: i64 = 5 * 60 * 1000;
/// Solved challenges that are remembered, so that each serves once. Whoever pushes one out has solved as many.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");
/// Longest nonce.
const NONCE_BYTES: usize = 64;
const PURPOSE: &str = "challenge";

/// A piece of work to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Challenge {
    /// What to hash.
    pub challenge: String,
    /// Leading zero bits that SHA-256 of `challenge:nonce` has to have.
    pub difficulty: u32,
}

/// A challenge with its solution.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proof {
    /// As it was given.
    pub challenge: String,
    /// What was found.
    pub nonce: String,
}

/// Challenges that were solved.
pub(crate) struct Solved(Mutex<LruCache<String, ()>>);

impl Default for Solved {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED)))
    }
}

/// A fresh challenge.
pub async fn issue(p: &Platform) -> Result<Challenge> {
    let expires = p.clock().now() + LIFETIME_MS;
    let sealed = seal::seal(p, PURPOSE, &expires.to_be_bytes()).await?;
    Ok(Challenge { challenge: URL_SAFE_NO_PAD.encode(sealed), difficulty: DIFFICULTY })
}

/// Refuses without a proof that is good, fresh and was not used before; the refusal holds a new challenge.
pub(crate) async fn require(p: &Platform, proof: Option<&Proof>) -> Result<()> {
    if let Some(proof) = proof
        && is_solution(proof)
        && is_ours_and_fresh(p, &proof.challenge).await?
        && is_first_use(p, &proof.challenge)
    {
        return Ok(());
    }
    let Challenge { challenge, difficulty } = issue(p).await?;
    Err(StaffRefusal::ChallengeRequired { challenge, difficulty }.into())
}

fn is_solution(proof: &Proof) -> bool {
    if proof.nonce.len() > NONCE_BYTES {
        return false;
    }
    let digest = Sha256::digest(format!("{}:{}", proof.challenge, proof.nonce));
    digest.first_chunk().is_some_and(|head| u32::from_be_bytes(*head).leading_zeros() >= DIFFICULTY)
}

async fn is_ours_and_fresh(p: &Platform, challenge: &str) -> Result<bool> {
    let Ok(sealed) = URL_SAFE_NO_PAD.decode(challenge) else { return Ok(false) };
    let opened = seal::open_if_ours(p, PURPOSE, &sealed).await?;
    let expires = opened.and_then(|bytes| Some(i64::from_be_bytes(bytes.try_into().ok()?)));
    Ok(expires.is_some_and(|expires| expires > p.clock().now()))
}

fn is_first_use(p: &Platform, challenge: &str) -> bool {
    // A panic under the lock leaves nothing half done.
    let mut solved = p.0.solved.0.lock().unwrap_or_else(PoisonError::into_inner);
    solved.put(challenge.to_owned(), ()).is_none()
}
