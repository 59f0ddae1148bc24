//! 订单中心: looking at orders.

use hongyan_model::billing::{BillingRefusal, Operation, Order};
use hongyan_model::catalogue::Money;
use hongyan_model::{OrgId, Result};
use hongyan_store::billing::{self as stored, OrderFilter, OrderOperation, Scope};

use super::accounts::require_on;
use super::with_books;
use crate::Platform;

/// An order with what belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderView {
    /// The order.
    pub order: Order,
    /// Everything bought in the same go, this order first.
    pub lines: Vec<Order>,
    /// Its steps and those of what was bought with it, the oldest first, each with the order it is of.
    pub operations: Vec<(Order, OrderOperation)>,
}

/// Orders of an organisation from new to old, those before the row `before`.
pub async fn orders(
    p: &Platform,
    org: OrgId,
    filter: &OrderFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Order>> {
    require_on(p)?;
    Ok(stored::orders(p.store(), org, filter, before, limit).await?)
}

/// The plans and services that an organisation has ordered, plans first: by key, 中文名 and English name.
pub async fn products(p: &Platform, org: OrgId) -> Result<Vec<(String, String, String)>> {
    require_on(p)?;
    let newest = stored::newest_of_items(p.store(), org).await?.into_iter();
    let product = |order: Order| {
        (order.item.key().to_owned(), order.snapshot.name_zh, order.snapshot.name_en)
    };
    Ok(newest.map(product).collect())
}

/// An order of an organisation.
pub async fn order(p: &Platform, org: OrgId, no: &str) -> Result<OrderView> {
    require_on(p)?;
    let order = stored::order(p.store(), org, no).await?.ok_or(BillingRefusal::OrderNotFound)?;
    let mut lines = stored::orders_of_purchase(p.store(), org, &order.purchase).await?;
    lines.sort_by_key(|line| line.no != order.no);
    let mut operations = Vec::new();
    for line in &lines {
        let steps = stored::operations(p.store(), &line.no).await?;
        operations.extend(steps.into_iter().map(|step| (line.clone(), step)));
    }
    operations.sort_by_key(|(_, step)| step.time);
    Ok(OrderView { order, lines, operations })
}

/// Says whether the next term of an order is paid by itself.
pub async fn set_auto_renew(p: &Platform, org: OrgId, no: &str, on: bool) -> Result<()> {
    require_on(p)?;
    let order = stored::order(p.store(), org, no).await?.ok_or(BillingRefusal::OrderNotFound)?;
    let scope = Scope { app: Some(order.app), ..Scope::default() };
    with_books(p, org, &scope, |open| {
        let books = &mut open.books;
        let kept = books.orders.iter_mut().find(|kept| kept.no == no && kept.term_months.is_some());
        let kept = kept.ok_or(BillingRefusal::OrderNotFound)?;
        if kept.auto_renew != on {
            kept.auto_renew = on;
            let what = if on { Operation::AutoRenewOn } else { Operation::AutoRenewOff };
            books.note(no, what, "", Money::ZERO);
        }
        Ok(())
    })
    .await
}
