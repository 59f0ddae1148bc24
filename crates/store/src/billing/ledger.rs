//! Changes of balances. Rows are added, and never changed.

use hongyan_model::billing::{EntryKind, LedgerEntry, Posting};
use hongyan_model::catalogue::Money;
use hongyan_model::{OrgId, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Tx, known};
use crate::{Store, StoreError};

/// Which entries a list shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LedgerFilter {
    /// Of this kind.
    pub kind: Option<EntryKind>,
    /// Not older.
    pub from: Option<Timestamp>,
    /// Not newer.
    pub to: Option<Timestamp>,
}

/// Entries of an organisation from new to old, those before the entry `before`.
pub async fn ledger(
    store: &Store,
    org: OrgId,
    filter: &LedgerFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<LedgerEntry>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, time, kind, amount, balance_after, reference, note FROM ledger \
         WHERE org_id = $1 AND id < $2 AND (kind = $3 OR $3 = '') AND time >= $4 AND time <= $5 ORDER BY id DESC LIMIT $6",
    )
    .bind(org.0)
    .bind(before.unwrap_or(i64::MAX))
    .bind(filter.kind.map_or("", EntryKind::key))
    .bind(filter.from.unwrap_or(i64::MIN))
    .bind(filter.to.unwrap_or(i64::MAX))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read).collect()
}

/// The sum of all entries of an organisation, which its balance has to be.
pub async fn ledger_sum(store: &Store, org: OrgId) -> Result<Money, StoreError> {
    let sum =
        "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS sum FROM ledger WHERE org_id = $1";
    let row = sqlx::query(sum).bind(org.0).fetch_one(store.pool()).await?;
    Ok(Money(row.try_get("sum")?))
}

pub(super) async fn insert(
    tx: &mut Tx,
    org: OrgId,
    posting: &Posting,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ledger (org_id, time, kind, amount, balance_after, reference, note) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(org.0)
    .bind(now)
    .bind(posting.kind.key())
    .bind(posting.amount.0)
    .bind(posting.balance_after.0)
    .bind(posting.reference.as_str())
    .bind(posting.note.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<LedgerEntry, StoreError> {
    let kind: String = row.try_get("kind")?;
    Ok(LedgerEntry {
        id: row.try_get("id")?,
        time: row.try_get("time")?,
        kind: known("kind of entry", &kind, EntryKind::from_key)?,
        amount: Money(row.try_get("amount")?),
        balance_after: Money(row.try_get("balance_after")?),
        reference: row.try_get("reference")?,
        note: row.try_get("note")?,
    })
}
