//! How far billing has come.

use hongyan_model::{OrgId, Timestamp};
use sqlx::Row;

use crate::{Store, StoreError};

/// How far billing has come. Days are numbers of days from 1970.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BillingState {
    /// The first day that is billed; `None` as long as money was never on.
    pub since: Option<i64>,
    /// The last day whose figures are sealed for every app.
    pub sealed: Option<i64>,
    /// The first day of the last month that is billed for every organisation.
    pub billed: Option<i64>,
}

/// How far billing has come.
pub async fn state(store: &Store) -> Result<BillingState, StoreError> {
    let row = sqlx::query("SELECT since, sealed, billed FROM billing_state WHERE id = 0")
        .fetch_one(store.pool())
        .await?;
    Ok(BillingState {
        since: row.try_get("since")?,
        sealed: row.try_get("sealed")?,
        billed: row.try_get("billed")?,
    })
}

/// Writes it, unless somebody else has meanwhile.
pub async fn set_state(
    store: &Store,
    before: BillingState,
    after: BillingState,
) -> Result<(), StoreError> {
    // NULL is written as a number that no day has: the engines compare NULLs with different words.
    let known = |day: Option<i64>| day.unwrap_or(i64::MIN);
    sqlx::query(
        "UPDATE billing_state SET since = $1, sealed = $2, billed = $3 WHERE id = 0 \
         AND COALESCE(since, $7) = $4 AND COALESCE(sealed, $7) = $5 AND COALESCE(billed, $7) = $6",
    )
    .bind(after.since)
    .bind(after.sealed)
    .bind(after.billed)
    .bind(known(before.since))
    .bind(known(before.sealed))
    .bind(known(before.billed))
    .bind(i64::MIN)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Up to `limit` organisations that were there before `made_before` and have no bill of the month that begins with the day
/// `month`.
pub async fn orgs_to_bill(
    store: &Store,
    month: i64,
    made_before: Timestamp,
    limit: u32,
) -> Result<Vec<OrgId>, StoreError> {
    let rows = sqlx::query(
        "SELECT o.id FROM organizations o LEFT JOIN bills b \
         ON b.org_id = o.id AND b.kind = 'monthly' AND b.first_day = $1 \
         WHERE b.id IS NULL AND o.created < $2 ORDER BY o.id LIMIT $3",
    )
    .bind(month)
    .bind(made_before)
    .bind(i64::from(limit))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(|row| Ok(OrgId(row.try_get("id")?))).collect()
}

/// Notes that money is off from a day on, if it is not noted; the same day twice is one pause.
pub async fn pause(store: &Store, first_day: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO billing_pauses (first_day) SELECT $1 WHERE NOT EXISTS \
         (SELECT 1 FROM billing_pauses WHERE last_day IS NULL) ON CONFLICT (first_day) DO UPDATE SET last_day = NULL",
    )
    .bind(first_day)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Notes that money is on again from a day on. A pause without a whole day is none.
pub async fn resume(store: &Store, day: i64) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    sqlx::query("DELETE FROM billing_pauses WHERE last_day IS NULL AND first_day >= $1")
        .bind(day)
        .execute(&mut *tx)
        .await?;
    sqlx::query("UPDATE billing_pauses SET last_day = $1 WHERE last_day IS NULL")
        .bind(day - 1)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The pauses: first and last day, `None` while it lasts.
pub async fn pauses(store: &Store) -> Result<Vec<(i64, Option<i64>)>, StoreError> {
    let rows = sqlx::query("SELECT first_day, last_day FROM billing_pauses ORDER BY first_day")
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(|row| Ok((row.try_get("first_day")?, row.try_get("last_day")?))).collect()
}
