//! Second factors of staff: codes sent by mail, recovery codes.

use hongyan_model::{StaffId, Timestamp};
use sqlx::{Any, Row, Transaction};

use crate::{Store, StoreError};

/// Stores a code for `purpose` in place of the one before, unless that is younger than `not_before`; answers
/// whether it did.
pub async fn put_code(
    store: &Store,
    staff: StaffId,
    purpose: &str,
    sealed: &[u8],
    not_before: Timestamp,
    now: Timestamp,
    expires: Timestamp,
) -> Result<bool, StoreError> {
    let put = sqlx::query(
        "INSERT INTO staff_codes (staff_id, purpose, code, tries, created, expires) VALUES ($1, $2, $3, 0, $4, $5) \
         ON CONFLICT (staff_id, purpose) DO UPDATE SET code = excluded.code, tries = 0, created = excluded.created, \
         expires = excluded.expires WHERE staff_codes.created <= $6",
    )
    .bind(staff.0)
    .bind(purpose)
    .bind(sealed.to_vec())
    .bind(now)
    .bind(expires)
    .bind(not_before)
    .execute(store.pool())
    .await?;
    Ok(put.rows_affected() == 1)
}

/// Counts a try and answers the sealed code to compare with; `None` if there is none, its time is over, or all
/// `tries` are used.
pub async fn try_code(
    store: &Store,
    staff: StaffId,
    purpose: &str,
    tries: i64,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query(
        "UPDATE staff_codes SET tries = tries + 1 \
         WHERE staff_id = $1 AND purpose = $2 AND tries < $3 AND expires > $4 RETURNING code",
    )
    .bind(staff.0)
    .bind(purpose)
    .bind(tries)
    .bind(now)
    .fetch_optional(store.pool())
    .await?;
    Ok(row.map(|row| row.try_get("code")).transpose()?)
}

/// Uses up the code; `false` if it was used meanwhile.
pub async fn take_code(store: &Store, staff: StaffId, purpose: &str) -> Result<bool, StoreError> {
    let deleted = sqlx::query("DELETE FROM staff_codes WHERE staff_id = $1 AND purpose = $2")
        .bind(staff.0)
        .bind(purpose)
        .execute(store.pool())
        .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Binds an authenticator app whose code of `step` was just used, or unbinds it, and replaces the recovery codes.
pub async fn set_totp(
    store: &Store,
    staff: StaffId,
    sealed_secret: Option<&[u8]>,
    step: i64,
    recovery_hashes: &[Vec<u8>],
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    sqlx::query("UPDATE staff SET totp_secret = $2, totp_step = $3 WHERE id = $1")
        .bind(staff.0)
        .bind(sealed_secret.map(<[u8]>::to_vec))
        .bind(step)
        .execute(&mut *tx)
        .await?;
    replace_recovery_codes(&mut tx, staff, recovery_hashes).await?;
    tx.commit().await?;
    Ok(())
}

/// Replaces the recovery codes.
pub async fn set_recovery_codes(
    store: &Store,
    staff: StaffId,
    hashes: &[Vec<u8>],
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    replace_recovery_codes(&mut tx, staff, hashes).await?;
    tx.commit().await?;
    Ok(())
}

/// Uses up a recovery code; `false` if there is none such.
pub async fn take_recovery_code(
    store: &Store,
    staff: StaffId,
    hash: &[u8],
) -> Result<bool, StoreError> {
    let deleted =
        sqlx::query("DELETE FROM staff_recovery_codes WHERE staff_id = $1 AND code_hash = $2")
            .bind(staff.0)
            .bind(hash.to_vec())
            .execute(store.pool())
            .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Number of recovery codes that are left.
pub async fn recovery_codes_left(store: &Store, staff: StaffId) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM staff_recovery_codes WHERE staff_id = $1")
        .bind(staff.0)
        .fetch_one(store.pool())
        .await?;
    Ok(row.try_get("n")?)
}

async fn replace_recovery_codes(
    tx: &mut Transaction<'static, Any>,
    staff: StaffId,
    hashes: &[Vec<u8>],
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM staff_recovery_codes WHERE staff_id = $1")
        .bind(staff.0)
        .execute(&mut **tx)
        .await?;
    for hash in hashes {
        sqlx::query("INSERT INTO staff_recovery_codes (staff_id, code_hash) VALUES ($1, $2)")
            .bind(staff.0)
            .bind(hash.clone())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}
