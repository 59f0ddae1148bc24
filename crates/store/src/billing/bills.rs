//! Bills. What they say never changes; how far they are paid does.

use hongyan_model::billing::{Bill, BillKind, NewBill};
use hongyan_model::catalogue::Money;
use hongyan_model::{OrgId, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Tx, known};
use crate::apps::{from_text, to_text};
use crate::{Store, StoreError};

const COLUMNS: &str =
    "id, bill_no, org_id, kind, first_day, last_day, issued, total, from_gift, paid, lines";

/// Which bills a list shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BillFilter {
    /// Of this number; empty for all.
    pub no: String,
    /// With a line for this plan or service; empty for all.
    pub item: String,
    /// Not older.
    pub from: Option<Timestamp>,
    /// Not newer.
    pub to: Option<Timestamp>,
}

/// Bills of an organisation from new to old, those before the bill `before`.
pub async fn bills(
    store: &Store,
    org: OrgId,
    filter: &BillFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Bill>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM bills WHERE org_id = $1 AND id < $2 AND (bill_no = $3 OR $3 = '') \
         AND issued >= $4 AND issued <= $5 AND lines LIKE $6 ESCAPE '\\' ORDER BY id DESC LIMIT $7"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(org.0)
        .bind(before.unwrap_or(i64::MAX))
        .bind(filter.no.as_str())
        .bind(filter.from.unwrap_or(i64::MIN))
        .bind(filter.to.unwrap_or(i64::MAX))
        .bind(with_item(&filter.item))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(read).collect()
}

/// Pattern of the lines of bills that have one for this item.
fn with_item(item: &str) -> String {
    if item.is_empty() {
        return "%".to_owned();
    }
    let quoted = serde_json::Value::from(item).to_string();
    let escaped: String = quoted
        .chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
        .collect();
    format!("%\"item\":{escaped}%")
}

/// A bill of an organisation.
pub async fn bill(store: &Store, org: OrgId, no: &str) -> Result<Option<Bill>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM bills WHERE org_id = $1 AND bill_no = $2");
    let row =
        sqlx::query(AssertSqlSafe(sql)).bind(org.0).bind(no).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// The bill of a month, by its first day, and what corrects it.
pub async fn bills_of_month(
    store: &Store,
    org: OrgId,
    month: i64,
) -> Result<Vec<Bill>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(of_month_sql())).bind(org.0).bind(month);
    rows.fetch_all(store.pool()).await?.iter().map(read).collect()
}

pub(super) async fn of_month(tx: &mut Tx, org: OrgId, month: i64) -> Result<Vec<Bill>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(of_month_sql())).bind(org.0).bind(month);
    rows.fetch_all(&mut **tx).await?.iter().map(read).collect()
}

fn of_month_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM bills WHERE org_id = $1 AND first_day = $2 AND kind IN ('monthly', 'adjustment') ORDER BY id"
    )
}

/// The bills of an organisation that are not paid in full, the oldest first.
pub(super) async fn open_of(tx: &mut Tx, org: OrgId) -> Result<Vec<Bill>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM bills WHERE org_id = $1 AND paid < total ORDER BY id");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(org.0).fetch_all(&mut **tx).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn insert(tx: &mut Tx, new: &NewBill) -> Result<(), StoreError> {
    let NewBill { bill, source } = new;
    sqlx::query(
        "INSERT INTO bills (bill_no, source, org_id, kind, first_day, last_day, issued, total, from_gift, paid, lines) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(bill.no.as_str())
    .bind(source.as_str())
    .bind(bill.org.0)
    .bind(bill.kind.key())
    .bind(bill.days.0)
    .bind(bill.days.1)
    .bind(bill.issued)
    .bind(bill.total.0)
    .bind(bill.from_gift.0)
    .bind(bill.paid.0)
    .bind(to_text("lines of a bill", &bill.lines)?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn set_paid(tx: &mut Tx, bill: &Bill) -> Result<(), StoreError> {
    sqlx::query("UPDATE bills SET paid = $2 WHERE id = $1")
        .bind(bill.id)
        .bind(bill.paid.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Bill, StoreError> {
    let kind: String = row.try_get("kind")?;
    Ok(Bill {
        id: row.try_get("id")?,
        no: row.try_get("bill_no")?,
        org: OrgId(row.try_get("org_id")?),
        kind: known("kind of bill", &kind, BillKind::from_key)?,
        days: (row.try_get("first_day")?, row.try_get("last_day")?),
        issued: row.try_get("issued")?,
        total: Money(row.try_get("total")?),
        from_gift: Money(row.try_get("from_gift")?),
        paid: Money(row.try_get("paid")?),
        lines: from_text("lines of a bill", row.try_get("lines")?)?,
    })
}
