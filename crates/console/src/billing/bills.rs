//! 消费账单, and what the month costs so far.

use hongyan_model::Timestamp;
use hongyan_model::billing as model;
use hongyan_model::catalogue::Money;
use hongyan_platform::Day;
use hongyan_platform::billing;
use hongyan_platform::billing::BillFilter;
use hongyan_platform::roles::Permission;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::words::{BillKind, BillState, LineKind};
use super::{FILE_ROWS, ListQuery, amount, org, page, table, time};
use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

const READ: Access = Access::Staff(Permission::BillingRead);

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/billing/bills", READ, list)
        .get("/billing/bills.csv", READ, file)
        .get("/billing/bills/{bill}", READ, detail)
        .get("/billing/bills/{bill}/lines.csv", READ, lines_file)
        .get("/billing/costs", READ, costs)
}

/// A bill in a list.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct BillRow {
    bill_no: String,
    kind: BillKind,
    /// The month that it is for, such as `2026-11`.
    month: Option<String>,
    issued: Timestamp,
    #[ts(type = "number")]
    total: Money,
    #[ts(type = "number")]
    paid: Money,
    /// What was paid with anything but gifts.
    #[ts(type = "number")]
    cash: Money,
    state: BillState,
}

/// 账单详情.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct BillDetail {
    bill: BillRow,
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    lines: Vec<BillLine>,
}

/// A line of a bill.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct BillLine {
    app_key: String,
    order_no: String,
    item: String,
    name_zh: String,
    name_en: String,
    kind: LineKind,
    days: Option<u32>,
    month_days: Option<u32>,
    /// Months that were paid in advance.
    months: Option<u32>,
    #[ts(type = "number")]
    unit_price: Money,
    units: u64,
    peak: Option<u64>,
    peak_day: Option<String>,
    included: Option<u64>,
    #[ts(type = "number")]
    amount: Money,
}

/// What a month costs so far.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct Costs {
    month: String,
    days: Vec<CostDay>,
    apps: Vec<AppCosts>,
    #[ts(type = "number")]
    total: Money,
}

/// The cost of a month up to and including a day.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct CostDay {
    day: String,
    #[ts(type = "number")]
    amount: Money,
}

/// What a month of an app costs so far.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct AppCosts {
    app_key: String,
    #[ts(type = "number")]
    plan_fee: Money,
    #[ts(type = "number")]
    overage: Money,
    #[ts(type = "number")]
    services: Money,
    #[ts(type = "number")]
    total: Money,
    peak_dau: u64,
    peak_day: Option<String>,
}

/// Which bills a page shows, and of which month the costs.
#[derive(Deserialize, Default)]
#[serde(default)]
struct BillQuery {
    bill_no: String,
    item: String,
    month: String,
}

impl BillDetail {
    pub(super) fn of(bill: &model::Bill) -> Self {
        Self {
            bill: BillRow::of(bill),
            from: Day::of_number(bill.days.0).to_string(),
            to: Day::of_number(bill.days.1).to_string(),
            lines: bill.lines.iter().map(BillLine::of).collect(),
        }
    }
}

impl BillRow {
    fn of(bill: &model::Bill) -> Self {
        let is_of_month =
            matches!(bill.kind, model::BillKind::Monthly | model::BillKind::Adjustment);
        Self {
            bill_no: bill.no.clone(),
            kind: bill.kind.into(),
            month: is_of_month.then(|| Day::of_number(bill.days.0).month()),
            issued: bill.issued,
            total: bill.total,
            paid: bill.paid,
            cash: bill.cash(),
            state: bill.state().into(),
        }
    }
}

impl BillLine {
    fn of(line: &model::BillLine) -> Self {
        Self {
            app_key: line.app_key.clone(),
            order_no: line.order_no.clone(),
            item: line.item.clone(),
            name_zh: line.name_zh.clone(),
            name_en: line.name_en.clone(),
            kind: line.kind.into(),
            days: line.days.map(|(days, _)| days),
            month_days: line.days.map(|(_, month)| month),
            months: line.months,
            unit_price: line.unit_price,
            units: line.units,
            peak: line.peak.map(|(peak, _)| peak),
            peak_day: line.peak.map(|(_, day)| Day::of_number(day).to_string()),
            included: line.included,
            amount: line.amount,
        }
    }
}

fn filter(call: &Call, list: &ListQuery) -> Result<BillFilter, Failure> {
    let BillQuery { bill_no, item, .. } = call.query()?;
    Ok(BillFilter { no: bill_no.trim().to_owned(), item, from: list.from, to: list.to })
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let filter = filter(&call, &query)?;
    let (org, limit) = (org(&call, query.org.as_deref()).await?, query.limit());
    let bills = billing::bills(call.platform(), org, &filter, query.before(), limit + 1).await?;
    Ok(Answer::json(&page(bills, limit, |bill| bill.id, |bill| BillRow::of(&bill))))
}

async fn file(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let filter = filter(&call, &query)?;
    let org = org(&call, query.org.as_deref()).await?;
    let mut csv =
        table(&["bill_no", "kind", "from", "to", "issued", "total", "paid", "cash", "state"]);
    for bill in billing::bills(call.platform(), org, &filter, None, FILE_ROWS).await? {
        let cells = [
            bill.no.clone(),
            bill.kind.key().to_owned(),
            Day::of_number(bill.days.0).to_string(),
            Day::of_number(bill.days.1).to_string(),
            time(&call, Some(bill.issued)),
            amount(bill.total),
            amount(bill.paid),
            amount(bill.cash()),
            bill.state().key().to_owned(),
        ];
        csv.row(cells.into_iter());
    }
    Ok(csv.download("bills.csv"))
}

async fn one(call: &Call) -> Result<model::Bill, Failure> {
    let query: ListQuery = call.query()?;
    let org = org(call, query.org.as_deref()).await?;
    Ok(billing::bill(call.platform(), org, call.path("bill")).await?)
}

async fn detail(call: Call) -> Result<Answer, Failure> {
    Ok(Answer::json(&BillDetail::of(&one(&call).await?)))
}

async fn lines_file(call: Call) -> Result<Answer, Failure> {
    let bill = one(&call).await?;
    let mut csv = table(&[
        "app_key",
        "order_no",
        "item",
        "name_zh",
        "name_en",
        "kind",
        "days",
        "month_days",
        "months",
        "unit_price",
        "units",
        "peak",
        "peak_day",
        "included",
        "amount",
    ]);
    for line in &bill.lines {
        let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
        let cells = [
            line.app_key.clone(),
            line.order_no.clone(),
            line.item.clone(),
            line.name_zh.clone(),
            line.name_en.clone(),
            line.kind.key().to_owned(),
            number(line.days.map(|(days, _)| days.into())),
            number(line.days.map(|(_, month)| month.into())),
            line.months.map(|months| months.to_string()).unwrap_or_default(),
            amount(line.unit_price),
            line.units.to_string(),
            number(line.peak.map(|(peak, _)| peak)),
            line.peak.map(|(_, day)| Day::of_number(day).to_string()).unwrap_or_default(),
            number(line.included),
            amount(line.amount),
        ];
        csv.row(cells.into_iter());
    }
    Ok(csv.download(&format!("{}.csv", bill.no)))
}

async fn costs(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let BillQuery { month, .. } = call.query()?;
    let p = call.platform();
    let month = match month.as_str() {
        "" => p.calendar().day(call.messaging().clock().now()).month_start(),
        month => Day::of_month(month).map_err(Failure::from)?,
    };
    let costs = billing::costs(p, org(&call, query.org.as_deref()).await?, month).await?;
    let app = |app: &billing::AppCosts| AppCosts {
        app_key: app.app_key.clone(),
        plan_fee: app.plan_fee,
        overage: app.overage,
        services: app.services,
        total: app.total(),
        peak_dau: app.peak_dau.map_or(0, |(peak, _)| peak),
        peak_day: app.peak_dau.map(|(_, day)| Day::of_number(day).to_string()),
    };
    let days = costs.days.iter();
    Ok(Answer::json(&Costs {
        month: costs.month.month(),
        days: days.map(|(day, amount)| CostDay { day: day.to_string(), amount: *amount }).collect(),
        apps: costs.apps.iter().map(app).collect(),
        total: costs.total,
    }))
}
