//! Sessions of staff, by the hash of their token.

use hongyan_model::{StaffId, Timestamp};
use sqlx::Row;

use crate::{Store, StoreError};

/// A session as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionRow {
    /// Whose.
    pub staff: StaffId,
    /// When it began.
    pub created: Timestamp,
    /// When it was last used, give or take.
    pub seen: Timestamp,
    /// Until when protected operations are open; 0 before they ever were.
    pub verified_until: Timestamp,
}

/// Stores a session and notes the login.
pub async fn insert(
    store: &Store,
    token_hash: &[u8],
    staff: StaffId,
    verified_until: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    sqlx::query("UPDATE staff SET last_login = $2 WHERE id = $1")
        .bind(staff.0)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "INSERT INTO staff_sessions (token_hash, staff_id, created, seen, verified_until) VALUES ($1, $2, $3, $3, $4)",
    )
    .bind(token_hash.to_vec())
    .bind(staff.0)
    .bind(now)
    .bind(verified_until)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// The session with this token.
pub async fn find(store: &Store, token_hash: &[u8]) -> Result<Option<SessionRow>, StoreError> {
    let row = sqlx::query(
        "SELECT staff_id, created, seen, verified_until FROM staff_sessions WHERE token_hash = $1",
    )
    .bind(token_hash.to_vec())
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(SessionRow {
        staff: StaffId(row.try_get("staff_id")?),
        created: row.try_get("created")?,
        seen: row.try_get("seen")?,
        verified_until: row.try_get("verified_until")?,
    }))
}

/// Notes that it was used.
pub async fn touch(store: &Store, token_hash: &[u8], now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE staff_sessions SET seen = $2 WHERE token_hash = $1")
        .bind(token_hash.to_vec())
        .bind(now)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Opens protected operations until then.
pub async fn set_verified(
    store: &Store,
    token_hash: &[u8],
    until: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE staff_sessions SET verified_until = $2 WHERE token_hash = $1")
        .bind(token_hash.to_vec())
        .bind(until)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Ends one session.
pub async fn delete(store: &Store, token_hash: &[u8]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM staff_sessions WHERE token_hash = $1")
        .bind(token_hash.to_vec())
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Ends all sessions of an account, except the one with the token `kept`.
pub async fn delete_of(
    store: &Store,
    staff: StaffId,
    kept: Option<&[u8]>,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM staff_sessions WHERE staff_id = $1 AND token_hash <> $2")
        .bind(staff.0)
        // No hash is empty.
        .bind(kept.unwrap_or_default().to_vec())
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Deletes sessions, links, invitations and codes whose time is over: sessions not used since `idle` or begun
/// before `oldest`, the others expired before `now`.
pub async fn prune(
    store: &Store,
    idle: Timestamp,
    oldest: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM staff_sessions WHERE seen < $1 OR created < $2")
        .bind(idle)
        .bind(oldest)
        .execute(store.pool())
        .await?;
    for expired in [
        "DELETE FROM staff_links WHERE expires < $1",
        "DELETE FROM staff_invitations WHERE expires < $1",
        "DELETE FROM staff_codes WHERE expires < $1",
    ] {
        sqlx::query(expired).bind(now).execute(store.pool()).await?;
    }
    Ok(())
}
