//! 其余资源剩余情况: what was paid for and is not used up.

use hongyan_model::billing::{Order, OrderState};
use hongyan_model::catalogue::Meter;
use hongyan_model::{OrgId, Result, Timestamp};
use hongyan_store::billing as stored;

use super::accounts::require_on;
use super::{month, term};
use crate::Platform;

/// Something of an app of which there is so much.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resource {
    /// App Key.
    pub app_key: String,
    /// The order that gives it.
    pub order_no: String,
    /// 中文名 and English name of its plan or service.
    pub names: (String, String),
    /// What it is.
    pub kind: ResourceKind,
    /// So much there is.
    pub included: u64,
    /// So much of it is used.
    pub used: u64,
    /// Until when it is paid; `None`: until the month is over.
    pub expires: Option<Timestamp>,
}

/// What is used up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResourceKind {
    /// Users on one day of this month, which the plan includes.
    Dau,
    /// Groups and chat rooms at once in this month, which the plan includes.
    GroupsAndRooms,
    /// Days of the term that was paid in advance.
    Days,
}

/// What an organisation's apps have left of what their orders in service include.
pub async fn resources(p: &Platform, org: OrgId) -> Result<Vec<Resource>> {
    require_on(p)?;
    let (now, calendar) = (p.clock().now(), p.calendar());
    let today = calendar.day(now);
    let orders = stored::orders_of_org_between(p.store(), org, now, now.saturating_add(1)).await?;
    let days = month::figures(p, org, today.month_start(), today.plus(1)).await?;
    let peaks = month::peaks(days.iter());
    let mut resources = Vec::new();
    for order in orders.iter().filter(|order| order.state == OrderState::InService) {
        for (meter, overage) in &order.snapshot.overage {
            let used = peaks.get(&(order.app, *meter)).map_or(0, |(peak, _)| *peak);
            let kind = match meter {
                Meter::Dau => ResourceKind::Dau,
                Meter::GroupsAndRooms => ResourceKind::GroupsAndRooms,
            };
            resources.push(Resource { included: overage.included, used, ..resource(order, kind) });
        }
        if let Some((from, until)) = term::days(calendar, order) {
            let count = |days: i64| u64::try_from(days).unwrap_or(0);
            resources.push(Resource {
                included: count(until.number() - from.number()),
                used: count(today.number() - from.number()),
                expires: order.expires,
                ..resource(order, ResourceKind::Days)
            });
        }
    }
    resources.sort_by(|a, b| a.app_key.cmp(&b.app_key));
    Ok(resources)
}

fn resource(order: &Order, kind: ResourceKind) -> Resource {
    Resource {
        app_key: order.app_key.clone(),
        order_no: order.no.clone(),
        names: (order.snapshot.name_zh.clone(), order.snapshot.name_en.clone()),
        kind,
        included: 0,
        used: 0,
        expires: None,
    }
}
