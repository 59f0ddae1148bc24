//! Orders and their steps.

use hongyan_model::billing::{EndReason, Item, Operation, Order, OrderState};
use hongyan_model::catalogue::Money;
use hongyan_model::{AppId, OrgId, Plan, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Tx, known};
use crate::apps::{from_text, to_text};
use crate::{Store, StoreError};

const COLUMNS: &str = "id, order_no, purchase_no, org_id, billed_app, app_key, data_center, is_plan, item, snapshot, \
                       unit_price, units, term_months, terms, paid_cash, auto_renew, state, end_reason, creator, \
                       created, due, effective, expires, ended";
const IS_LIVE: &str = "state IN ('pending_payment', 'provisioning', 'in_service')";

/// Which orders a list shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OrderFilter {
    /// Of this number; empty for all.
    pub no: String,
    /// For the app of this App Key; empty for all.
    pub app_key: String,
    /// For this plan or service; empty for all.
    pub item: String,
    /// In this state.
    pub state: Option<OrderState>,
    /// Not older.
    pub from: Option<Timestamp>,
    /// Not newer.
    pub to: Option<Timestamp>,
}

/// A step of an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderOperation {
    /// When.
    pub time: Timestamp,
    /// What.
    pub what: Operation,
    /// More of it.
    pub detail: String,
    /// What it cost, or brought back.
    pub amount: Money,
}

/// Orders of an organisation from new to old, those before the order `before`.
pub async fn orders(
    store: &Store,
    org: OrgId,
    filter: &OrderFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Order>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM orders WHERE org_id = $1 AND id < $2 AND (order_no = $3 OR $3 = '') \
         AND (app_key = $4 OR $4 = '') AND (state = $5 OR $5 = '') AND created >= $6 AND created <= $7 \
         AND (item = $8 OR $8 = '') ORDER BY id DESC LIMIT $9"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(org.0)
        .bind(before.unwrap_or(i64::MAX))
        .bind(filter.no.as_str())
        .bind(filter.app_key.as_str())
        .bind(filter.state.map_or("", OrderState::key))
        .bind(filter.from.unwrap_or(i64::MIN))
        .bind(filter.to.unwrap_or(i64::MAX))
        .bind(filter.item.as_str())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(read).collect()
}

/// The newest order of each plan and service that an organisation has ever ordered, plans first.
pub async fn newest_of_items(store: &Store, org: OrgId) -> Result<Vec<Order>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM orders WHERE id IN (SELECT MAX(id) FROM orders WHERE org_id = $1 GROUP BY item) \
         ORDER BY is_plan DESC, id"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(org.0).fetch_all(store.pool()).await?;
    rows.iter().map(read).collect()
}

/// An order of an organisation.
pub async fn order(store: &Store, org: OrgId, no: &str) -> Result<Option<Order>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM orders WHERE org_id = $1 AND order_no = $2");
    let row =
        sqlx::query(AssertSqlSafe(sql)).bind(org.0).bind(no).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// What was bought for an app in one go, the plan first.
pub async fn orders_of_purchase(
    store: &Store,
    org: OrgId,
    purchase: &str,
) -> Result<Vec<Order>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM orders WHERE org_id = $1 AND purchase_no = $2 ORDER BY is_plan DESC, id"
    );
    let rows =
        sqlx::query(AssertSqlSafe(sql)).bind(org.0).bind(purchase).fetch_all(store.pool()).await?;
    rows.iter().map(read).collect()
}

/// The orders of an organisation that were in service at some time from `from` to `to`, the oldest first.
pub async fn orders_of_org_between(
    store: &Store,
    org: OrgId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Order>, StoreError> {
    between(store, "org_id", org.0, from, to).await
}

/// The orders of an app that were in service at some time from `from` to `to`, the oldest first.
pub async fn orders_of_app_between(
    store: &Store,
    app: AppId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Order>, StoreError> {
    between(store, "billed_app", app.0, from, to).await
}

async fn between(
    store: &Store,
    column: &str,
    id: i64,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Order>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM orders WHERE {column} = $1 AND effective < $3 AND (ended IS NULL OR ended >= $2) ORDER BY id"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(id)
        .bind(from)
        .bind(to)
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(read).collect()
}

/// Orders that waited until `now` at the latest, for their payment or for being set up.
pub async fn due_orders(
    store: &Store,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Order>, StoreError> {
    const DUE: &str = "state IN ('pending_payment', 'provisioning') AND due <= $1 ORDER BY due";
    until(store, DUE, now, limit).await
}

/// Orders in service whose paid term is over, the plans first.
pub async fn expired_orders(
    store: &Store,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Order>, StoreError> {
    const EXPIRED: &str = "state = 'in_service' AND expires IS NOT NULL AND expires <= $1 \
                           ORDER BY expires, is_plan DESC, id";
    until(store, EXPIRED, now, limit).await
}

async fn until(
    store: &Store,
    condition: &str,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Order>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM orders WHERE {condition} LIMIT $2");
    let rows = sqlx::query(AssertSqlSafe(sql));
    let rows = rows.bind(now).bind(i64::from(limit)).fetch_all(store.pool()).await?;
    rows.iter().map(read).collect()
}

/// Orders that may still change, of apps that are deleted.
pub async fn orders_of_gone_apps(store: &Store, limit: u32) -> Result<Vec<Order>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM orders WHERE {IS_LIVE} AND NOT EXISTS \
         (SELECT 1 FROM apps WHERE apps.id = orders.billed_app AND apps.status <> 'deleting') ORDER BY id LIMIT $1"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit)).fetch_all(store.pool());
    rows.await?.iter().map(read).collect()
}

/// The purchase of an app that is neither paid nor cancelled, or that is being set up.
pub async fn open_purchase(store: &Store, app: AppId) -> Result<Option<String>, StoreError> {
    let row = sqlx::query(
        "SELECT purchase_no FROM orders WHERE billed_app = $1 AND state IN ('pending_payment', 'provisioning') LIMIT 1",
    )
    .bind(app.0)
    .fetch_optional(store.pool())
    .await?;
    Ok(row.map(|row| row.try_get("purchase_no")).transpose()?)
}

/// Whether something that the app had in service has ended since then.
pub async fn ended_since(store: &Store, app: AppId, since: Timestamp) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT id FROM orders WHERE billed_app = $1 AND effective IS NOT NULL AND ended >= $2 LIMIT 1",
    )
    .bind(app.0)
    .bind(since)
    .fetch_optional(store.pool())
    .await?;
    Ok(row.is_some())
}

/// The steps of an order, the oldest first.
pub async fn operations(store: &Store, no: &str) -> Result<Vec<OrderOperation>, StoreError> {
    let rows = sqlx::query(
        "SELECT time, what, detail, amount FROM order_operations WHERE order_no = $1 ORDER BY id",
    )
    .bind(no)
    .fetch_all(store.pool())
    .await?;
    let one = |row: &AnyRow| {
        let what: String = row.try_get("what")?;
        Ok(OrderOperation {
            time: row.try_get("time")?,
            what: known("operation", &what, Operation::from_key)?,
            detail: row.try_get("detail")?,
            amount: Money(row.try_get("amount")?),
        })
    };
    rows.iter().map(one).collect()
}

/// The orders of an app that may still change, the oldest first.
pub(super) async fn live_of_app(tx: &mut Tx, app: AppId) -> Result<Vec<Order>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM orders WHERE billed_app = $1 AND {IS_LIVE} ORDER BY id");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(app.0).fetch_all(&mut **tx).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn insert(tx: &mut Tx, order: &Order) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO orders (order_no, purchase_no, org_id, billed_app, app_key, data_center, is_plan, item, snapshot, \
         unit_price, units, term_months, terms, paid_cash, auto_renew, state, end_reason, creator, created, due, \
         effective, expires, ended) VALUES \
         ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
    )
    .bind(order.no.as_str())
    .bind(order.purchase.as_str())
    .bind(order.org.0)
    .bind(order.app.0)
    .bind(order.app_key.as_str())
    .bind(order.data_center.as_str())
    .bind(i64::from(order.item.is_plan()))
    .bind(order.item.key())
    .bind(to_text("terms of an order", &order.snapshot)?)
    .bind(order.unit_price.0)
    .bind(i64::from(order.units))
    .bind(order.term_months.map(i64::from))
    .bind(i64::from(order.terms))
    .bind(order.paid_cash.0)
    .bind(i64::from(order.auto_renew))
    .bind(order.state.key())
    .bind(order.end_reason.map(EndReason::key))
    .bind(order.creator.as_str())
    .bind(order.created)
    .bind(order.due)
    .bind(order.effective)
    .bind(order.expires)
    .bind(order.ended)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes what changes in the life of an order.
pub(super) async fn update(tx: &mut Tx, order: &Order) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE orders SET terms = $2, paid_cash = $3, auto_renew = $4, state = $5, end_reason = $6, due = $7, \
         effective = $8, expires = $9, ended = $10 WHERE id = $1",
    )
    .bind(order.id)
    .bind(i64::from(order.terms))
    .bind(order.paid_cash.0)
    .bind(i64::from(order.auto_renew))
    .bind(order.state.key())
    .bind(order.end_reason.map(EndReason::key))
    .bind(order.due)
    .bind(order.effective)
    .bind(order.expires)
    .bind(order.ended)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn insert_operation(
    tx: &mut Tx,
    (no, what, detail, amount): (&str, Operation, &str, &Money),
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO order_operations (order_no, time, what, detail, amount) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(no)
    .bind(now)
    .bind(what.key())
    .bind(detail)
    .bind(amount.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Order, StoreError> {
    let item: String = row.try_get("item")?;
    let state: String = row.try_get("state")?;
    let end_reason: Option<String> = row.try_get("end_reason")?;
    let end_reason =
        end_reason.map(|key| known("end of an order", &key, EndReason::from_key)).transpose()?;
    let small = |name: &str| {
        let number: i64 = row.try_get(name)?;
        Ok::<_, StoreError>(u32::try_from(number).unwrap_or_default())
    };
    let term: Option<i64> = row.try_get("term_months")?;
    Ok(Order {
        id: row.try_get("id")?,
        no: row.try_get("order_no")?,
        purchase: row.try_get("purchase_no")?,
        org: OrgId(row.try_get("org_id")?),
        app: AppId(row.try_get("billed_app")?),
        app_key: row.try_get("app_key")?,
        data_center: row.try_get("data_center")?,
        item: match row.try_get::<i64, _>("is_plan")? {
            0 => Item::Service(item),
            _ => Item::Plan(known("plan", &item, Plan::from_key)?),
        },
        snapshot: from_text("terms of an order", row.try_get("snapshot")?)?,
        unit_price: Money(row.try_get("unit_price")?),
        units: small("units")?,
        term_months: term.map(|months| u32::try_from(months).unwrap_or_default()),
        terms: small("terms")?,
        paid_cash: Money(row.try_get("paid_cash")?),
        auto_renew: row.try_get::<i64, _>("auto_renew")? != 0,
        state: known("state of an order", &state, OrderState::from_key)?,
        end_reason,
        creator: row.try_get("creator")?,
        created: row.try_get("created")?,
        due: row.try_get("due")?,
        effective: row.try_get("effective")?,
        expires: row.try_get("expires")?,
        ended: row.try_get("ended")?,
    })
}
