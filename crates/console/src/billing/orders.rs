//! 订单中心.

use hongyan_model::Timestamp;
use hongyan_model::billing::{Item, Order};
use hongyan_model::catalogue::Money;
use hongyan_platform::billing;
use hongyan_platform::billing::OrderFilter;
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::words::{EndReason, OperationKind, OrderState};
use super::{FILE_ROWS, ListQuery, amount, org, page, table, time};
use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;

const READ: Access = Access::Staff(Permission::BillingRead);

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/billing/orders", READ, list)
        .get("/billing/products", READ, products)
        .get("/billing/orders.csv", READ, file)
        .get("/billing/orders/{order}", READ, detail)
        .write(
            Method::PUT,
            "/billing/orders/{order}/auto-renew",
            Access::Staff(Permission::BillingWrite),
            write("billing", "set_auto_renew"),
            set_auto_renew,
        )
}

/// An order in a list.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct OrderRow {
    order_no: String,
    purchase_no: String,
    app_key: String,
    item: String,
    is_plan: bool,
    name_zh: String,
    name_en: String,
    state: OrderState,
    end_reason: Option<EndReason>,
    units: u32,
    #[ts(type = "number")]
    unit_price: Money,
    #[ts(type = "number")]
    monthly: Money,
    /// `null`: billed afterwards.
    term_months: Option<u32>,
    created: Timestamp,
    effective: Option<Timestamp>,
    expires: Option<Timestamp>,
    ended: Option<Timestamp>,
    auto_renew: bool,
}

/// 订单详情.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct OrderDetail {
    order: OrderRow,
    data_center: String,
    creator: String,
    /// Everything bought in the same go, this order first.
    lines: Vec<OrderRow>,
    /// What all of them cost a month.
    #[ts(type = "number")]
    monthly: Money,
    operations: Vec<OrderOperation>,
}

/// A step of an order.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct OrderOperation {
    time: Timestamp,
    name_zh: String,
    name_en: String,
    what: OperationKind,
    detail: String,
    #[ts(type = "number")]
    amount: Money,
}

/// A plan or service that was ordered.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct Product {
    item: String,
    name_zh: String,
    name_en: String,
}

/// Whether the next term is paid by itself.
#[derive(Deserialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct SetAutoRenew {
    auto_renew: bool,
}

/// Which orders a page shows.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Filter {
    app_key: String,
    order_no: String,
    item: String,
    state: Option<OrderState>,
}

impl OrderRow {
    pub(super) fn of(order: &Order) -> Self {
        Self {
            order_no: order.no.clone(),
            purchase_no: order.purchase.clone(),
            app_key: order.app_key.clone(),
            item: order.item.key().to_owned(),
            is_plan: matches!(order.item, Item::Plan(_)),
            name_zh: order.snapshot.name_zh.clone(),
            name_en: order.snapshot.name_en.clone(),
            state: order.state.into(),
            end_reason: order.end_reason.map(Into::into),
            units: order.units,
            unit_price: order.unit_price,
            monthly: order.monthly(),
            term_months: order.term_months,
            created: order.created,
            effective: order.effective,
            expires: order.expires,
            ended: order.ended,
            auto_renew: order.auto_renew,
        }
    }
}

fn filter(call: &Call, list: &ListQuery) -> Result<OrderFilter, Failure> {
    let Filter { app_key, order_no, item, state } = call.query()?;
    Ok(OrderFilter {
        no: order_no.trim().to_owned(),
        app_key: app_key.trim().to_owned(),
        item,
        state: state.map(Into::into),
        from: list.from,
        to: list.to,
    })
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let filter = filter(&call, &query)?;
    let (org, limit) = (org(&call, query.org.as_deref()).await?, query.limit());
    let orders = billing::orders(call.platform(), org, &filter, query.before(), limit + 1).await?;
    Ok(Answer::json(&page(orders, limit, |order| order.id, |order| OrderRow::of(&order))))
}

async fn file(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let filter = filter(&call, &query)?;
    let org = org(&call, query.org.as_deref()).await?;
    let mut csv = table(&[
        "order_no",
        "app_key",
        "item",
        "name_zh",
        "name_en",
        "state",
        "units",
        "unit_price",
        "monthly",
        "term_months",
        "created",
        "effective",
        "expires",
        "ended",
    ]);
    for order in billing::orders(call.platform(), org, &filter, None, FILE_ROWS).await? {
        let months = order.term_months.map(|months| months.to_string()).unwrap_or_default();
        let cells = [
            order.no.clone(),
            order.app_key.clone(),
            order.item.key().to_owned(),
            order.snapshot.name_zh.clone(),
            order.snapshot.name_en.clone(),
            order.state.key().to_owned(),
            order.units.to_string(),
            amount(order.unit_price),
            amount(order.monthly()),
            months,
            time(&call, Some(order.created)),
            time(&call, order.effective),
            time(&call, order.expires),
            time(&call, order.ended),
        ];
        csv.row(cells.into_iter());
    }
    Ok(csv.download("orders.csv"))
}

async fn products(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let org = org(&call, query.org.as_deref()).await?;
    let products = billing::products(call.platform(), org).await?.into_iter();
    let product = |(item, name_zh, name_en)| Product { item, name_zh, name_en };
    Ok(Answer::json(&products.map(product).collect::<Vec<_>>()))
}

async fn detail(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let org = org(&call, query.org.as_deref()).await?;
    let view = billing::order(call.platform(), org, call.path("order")).await?;
    let operation = |(order, step): &(Order, billing::OrderOperation)| OrderOperation {
        time: step.time,
        name_zh: order.snapshot.name_zh.clone(),
        name_en: order.snapshot.name_en.clone(),
        what: step.what.into(),
        detail: step.detail.clone(),
        amount: step.amount,
    };
    Ok(Answer::json(&OrderDetail {
        data_center: view.order.data_center.clone(),
        creator: view.order.creator.clone(),
        monthly: view.lines.iter().map(Order::monthly).sum(),
        lines: view.lines.iter().map(OrderRow::of).collect(),
        operations: view.operations.iter().map(operation).collect(),
        order: OrderRow::of(&view.order),
    }))
}

async fn set_auto_renew(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let SetAutoRenew { auto_renew } = call.body()?;
    let org = org(&call, query.org.as_deref()).await?;
    billing::set_auto_renew(call.platform(), org, call.path("order"), auto_renew).await?;
    Ok(Answer::done().within(Some(org)))
}
