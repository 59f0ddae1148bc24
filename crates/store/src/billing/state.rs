//! How far billing has come.

use hongyan_model::{OrgId, Timestamp};
use sqlx::Row;

use crate::{Store, StoreError};

/// How far billing has come. Days are numbers of days from 1970.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BillingState {
    /// The first day that is billed; `None` while money is off.
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
