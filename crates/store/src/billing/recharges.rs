//! Wishes to put money into an account.

use hongyan_model::OrgId;
use hongyan_model::billing::{Channel, Recharge};
use hongyan_model::catalogue::Money;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Tx, known};
use crate::{Store, StoreError};

const SELECT: &str = "SELECT r.id, r.recharge_no, r.org_id, o.name AS org, r.amount, r.channel, r.note, r.creator, \
                      r.created, r.paid FROM recharges r LEFT JOIN organizations o ON o.id = r.org_id";

/// Which recharges a list shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RechargeFilter {
    /// Of this organisation; of all without.
    pub org: Option<OrgId>,
    /// Only those that are paid, or only those that are not.
    pub paid: Option<bool>,
}

/// Recharges from new to old, those before the row `before`, with their rows.
pub async fn recharges(
    store: &Store,
    filter: &RechargeFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<(i64, Recharge)>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE r.id < $1 AND (r.org_id = $2 OR $2 = -1) \
         AND ($3 = -1 OR ($3 = 1 AND r.paid IS NOT NULL) OR ($3 = 0 AND r.paid IS NULL)) ORDER BY r.id DESC LIMIT $4"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(before.unwrap_or(i64::MAX))
        .bind(filter.org.map_or(-1, |org| org.0))
        .bind(filter.paid.map_or(-1, i64::from))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, read(row)?))).collect()
}

/// The recharge of this number.
pub async fn recharge(store: &Store, no: &str) -> Result<Option<Recharge>, StoreError> {
    let sql = format!("{SELECT} WHERE r.recharge_no = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(no).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// Stores a recharge.
pub async fn insert_recharge(store: &Store, new: &Recharge) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO recharges (recharge_no, org_id, amount, channel, note, creator, created, paid) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(new.no.as_str())
    .bind(new.org.0)
    .bind(new.amount.0)
    .bind(new.channel.key())
    .bind(new.note.as_str())
    .bind(new.creator.as_str())
    .bind(new.created)
    .bind(new.paid)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Removes a recharge that is not paid; `false` if there is none.
pub async fn delete_recharge(store: &Store, org: OrgId, no: &str) -> Result<bool, StoreError> {
    let gone = sqlx::query(
        "DELETE FROM recharges WHERE recharge_no = $1 AND org_id = $2 AND paid IS NULL",
    )
    .bind(no)
    .bind(org.0)
    .execute(store.pool())
    .await?;
    Ok(gone.rows_affected() == 1)
}

/// The recharge under the lock of its account.
pub(super) async fn lock(
    tx: &mut Tx,
    org: OrgId,
    no: &str,
) -> Result<Option<Recharge>, StoreError> {
    let sql = format!("{SELECT} WHERE r.recharge_no = $1 AND r.org_id = $2");
    let row =
        sqlx::query(AssertSqlSafe(sql)).bind(no).bind(org.0).fetch_optional(&mut **tx).await?;
    row.as_ref().map(read).transpose()
}

pub(super) async fn save(tx: &mut Tx, recharge: &Recharge) -> Result<(), StoreError> {
    sqlx::query("UPDATE recharges SET paid = $2 WHERE recharge_no = $1")
        .bind(recharge.no.as_str())
        .bind(recharge.paid)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Recharge, StoreError> {
    let channel: String = row.try_get("channel")?;
    Ok(Recharge {
        no: row.try_get("recharge_no")?,
        org: OrgId(row.try_get("org_id")?),
        org_name: row.try_get::<Option<String>, _>("org")?.unwrap_or_default(),
        amount: Money(row.try_get("amount")?),
        channel: known("channel", &channel, Channel::from_key)?,
        note: row.try_get("note")?,
        creator: row.try_get("creator")?,
        created: row.try_get("created")?,
        paid: row.try_get("paid")?,
    })
}
