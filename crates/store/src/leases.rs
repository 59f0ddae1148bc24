//! Work that one node does at a time.
//!
//! The database's clock counts. SQLite has one node, which holds everything.

use crate::{Store, StoreError};

/// Takes, or keeps, the lease of that name for `ms` milliseconds from now on; `false`: another node holds it.
pub async fn hold(store: &Store, name: &str, holder: i64, ms: i64) -> Result<bool, StoreError> {
    if !store.is_shared() {
        return Ok(true);
    }
    let held = sqlx::query(
        "INSERT INTO leases AS l (name, holder, ends) \
         VALUES ($1, $2, clock_timestamp() + CAST(CAST($3 AS BIGINT) AS DOUBLE PRECISION) * interval '1 millisecond') \
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends = excluded.ends \
         WHERE l.holder = excluded.holder OR l.ends < clock_timestamp()",
    )
    .bind(name)
    .bind(holder)
    .bind(ms)
    .execute(store.pool())
    .await?;
    Ok(held.rows_affected() == 1)
}

/// Gives up every lease of a holder, so that others need not wait for their ends.
pub async fn release(store: &Store, holder: i64) -> Result<(), StoreError> {
    if store.is_shared() {
        sqlx::query("DELETE FROM leases WHERE holder = $1")
            .bind(holder)
            .execute(store.pool())
            .await?;
    }
    Ok(())
}
