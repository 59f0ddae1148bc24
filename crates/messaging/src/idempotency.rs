//! Requests of the customer's server that it may send again: what was done once is not done twice.
//!
//! A request takes its key in the database before anything else, so that of several, on whatever node, one is the first. What
//! it was answered is stored before it is answered. A request that was refused has done nothing and gives its key back. Where a
//! server ends, or fails, between the two, nobody knows what was done: the key stays taken, and whoever comes again is told so,
//! rather than that anything is sent a second time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hongyan_model::{Caller, IdempotencyRefusal, Result};
use hongyan_store::idempotency::{self as stored, Claim};
use sha2::{Digest, Sha256};

use crate::Messaging;
use crate::users::require_app;

pub use hongyan_store::idempotency::KeyedRequest;

/// How long a key is remembered.
pub const REMEMBERED_MS: i64 = 24 * 3600 * 1000;
/// No request takes longer.
const IN_PROGRESS_MS: i64 = 2 * 60 * 1000;
/// Length of a key in characters.
const KEY_CHARS: usize = 255;
/// Keys that are forgotten in one step.
const BATCH: u32 = 500;

/// What becomes of a request with a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Turn {
    /// It is the first one: to be carried out, and to be [`answered`], [`given_back`] or [`lost`] then.
    First(KeyedRequest),
    /// It was carried out before and answered so.
    Again(String),
}

/// Takes `key` for a request, which its `parts` tell from others. For the customer's server.
pub async fn begin(m: &Messaging, caller: &Caller, key: &str, parts: &[&[u8]]) -> Result<Turn> {
    require_app(caller)?;
    let is_legal = !key.is_empty() && key.len() <= KEY_CHARS;
    if !is_legal || !key.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Err(IdempotencyRefusal::IllegalKey.into());
    }
    let (came, fingerprint) = (m.clock().now(), fingerprint(parts));
    let request = KeyedRequest { app: caller.app.id, key: key.to_owned(), fingerprint, came };
    match stored::claim(m.store(), &request, came - REMEMBERED_MS).await? {
        Claim::New => Ok(Turn::First(request)),
        Claim::Answered(answer) => Ok(Turn::Again(answer)),
        Claim::Other => Err(IdempotencyRefusal::KeyReused.into()),
        Claim::InProgress(since) if came - since < IN_PROGRESS_MS => {
            Err(IdempotencyRefusal::InProgress.into())
        }
        Claim::InProgress(_) | Claim::Unknown => Err(IdempotencyRefusal::OutcomeUnknown.into()),
    }
}

fn fingerprint(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// Remembers what a request was answered.
pub async fn answered(m: &Messaging, request: &KeyedRequest, answer: &str) -> Result<()> {
    Ok(stored::answer(m.store(), request, Some(answer)).await?)
}

/// Remembers that nobody knows what a request has done.
pub async fn lost(m: &Messaging, request: &KeyedRequest) -> Result<()> {
    Ok(stored::answer(m.store(), request, None).await?)
}

/// Gives the key of a request back that was refused.
pub async fn given_back(m: &Messaging, request: &KeyedRequest) -> Result<()> {
    Ok(stored::release(m.store(), request).await?)
}

/// Forgets keys that were taken long enough ago; answers how many.
pub async fn sweep(m: &Messaging) -> Result<u64> {
    let before = m.clock().now() - REMEMBERED_MS;
    let mut forgotten = 0;
    loop {
        match stored::forget(m.store(), before, BATCH).await? {
            0 => return Ok(forgotten),
            some => forgotten += some,
        }
    }
}
