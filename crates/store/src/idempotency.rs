//! Requests with an idempotency key: who was first, and what it was answered.

use hongyan_model::{AppId, Timestamp};
use sqlx::Row;

use crate::{Store, StoreError};

const IN_PROGRESS: i64 = 0;
const ANSWERED: i64 = 1;
const UNKNOWN: i64 = 2;

/// A key of an app, and the request that came with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyedRequest {
    /// App.
    pub app: AppId,
    /// The key.
    pub key: String,
    /// What tells this request from others.
    pub fingerprint: String,
    /// When it came (Unix ms).
    pub came: Timestamp,
}

/// What is known of a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// Nobody had it: it is this request's.
    New,
    /// Another request has it.
    Other,
    /// The same request has it and is being carried out, or was when its server ended, since then (Unix ms).
    InProgress(Timestamp),
    /// The same request has it and was answered so.
    Answered(String),
    /// The same request has it, and nobody knows what it has done.
    Unknown,
}

/// Takes a key for a request unless it was taken after `since`; of several who do so at once one is the first.
pub async fn claim(
    store: &Store,
    request: &KeyedRequest,
    since: Timestamp,
) -> Result<Claim, StoreError> {
    let KeyedRequest { app, key, fingerprint, came } = request;
    // One from before the window is as good as none.
    let taken = sqlx::query(
        "INSERT INTO idempotency_keys (app_id, idem_key, fingerprint, state, answer, created) \
         VALUES ($1, $2, $3, $4, '', $5) ON CONFLICT (app_id, idem_key) DO UPDATE SET \
         fingerprint = excluded.fingerprint, state = excluded.state, answer = excluded.answer, \
         created = excluded.created WHERE idempotency_keys.created <= $6",
    )
    .bind(app.0)
    .bind(key)
    .bind(fingerprint)
    .bind(IN_PROGRESS)
    .bind(came)
    .bind(since)
    .execute(store.pool())
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(Claim::New);
    }
    let row = sqlx::query(
        "SELECT fingerprint, state, answer, created FROM idempotency_keys WHERE app_id = $1 AND idem_key = $2",
    )
    .bind(app.0)
    .bind(key)
    .fetch_optional(store.pool())
    .await?;
    // Given back between the two: whoever asks again gets it.
    let Some(row) = row else { return Ok(Claim::InProgress(*came)) };
    if row.try_get::<String, _>("fingerprint")? != *fingerprint {
        return Ok(Claim::Other);
    }
    Ok(match row.try_get::<i64, _>("state")? {
        IN_PROGRESS => Claim::InProgress(row.try_get("created")?),
        ANSWERED => Claim::Answered(row.try_get("answer")?),
        _ => Claim::Unknown,
    })
}

/// Remembers what a request was answered; `None`: nobody knows what it has done.
pub async fn answer(
    store: &Store,
    request: &KeyedRequest,
    answer: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE idempotency_keys SET state = $5, answer = $6 \
         WHERE app_id = $1 AND idem_key = $2 AND fingerprint = $3 AND created = $4",
    )
    .bind(request.app.0)
    .bind(&request.key)
    .bind(&request.fingerprint)
    .bind(request.came)
    .bind(if answer.is_some() { ANSWERED } else { UNKNOWN })
    .bind(answer.unwrap_or_default())
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Gives a key back: its request has done nothing.
pub async fn release(store: &Store, request: &KeyedRequest) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM idempotency_keys WHERE app_id = $1 AND idem_key = $2 AND fingerprint = $3 \
         AND created = $4 AND state = $5",
    )
    .bind(request.app.0)
    .bind(&request.key)
    .bind(&request.fingerprint)
    .bind(request.came)
    .bind(IN_PROGRESS)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Forgets up to `limit` keys that were taken until `before`; answers how many.
pub async fn forget(store: &Store, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let forgotten = sqlx::query(
        "DELETE FROM idempotency_keys WHERE created <= $1 AND (app_id, idem_key) IN (SELECT app_id, idem_key \
         FROM idempotency_keys WHERE created <= $1 ORDER BY created LIMIT $2)",
    )
    .bind(before)
    .bind(i64::from(limit))
    .execute(store.pool())
    .await?;
    Ok(forgotten.rows_affected())
}
