//! What a month costs: the bill of a month that is over, and the costs of one that is not.

use std::collections::{BTreeMap, HashMap, HashSet};

use hongyan_model::billing::{
    Bill, BillKind, BillLine, BillingRefusal, EndReason, EntryKind, Item, LineKind, Order,
    SealedDay,
};
use hongyan_model::catalogue::{Meter, Money};
use hongyan_model::{AppId, OrgId, Result};
use hongyan_store::billing::{self as stored, BillFilter, LedgerFilter, Scope};
use hongyan_store::metering::{self, Figure};

use super::accounts::require_on;
use super::{number, with_books};
use crate::{Calendar, Day, Platform, apps};

/// Days of a month that are charged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Span {
    /// The first day.
    pub(super) from: Day,
    /// The first day after the last one.
    pub(super) until: Day,
    /// Days between them on which money was off: the first, and the first after the last one.
    pub(super) pauses: Vec<(i64, i64)>,
}

impl Span {
    fn is_paused(&self, day: i64) -> bool {
        self.pauses.iter().any(|(first, end)| (*first..*end).contains(&day))
    }
}

/// The greatest figures of an app, with their days as numbers.
pub(super) type Peaks = HashMap<(AppId, Meter), (u64, i64)>;

/// What a month costs so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Costs {
    /// Its first day.
    pub month: Day,
    /// What it costs up to and including each day.
    pub days: Vec<(Day, Money)>,
    /// By app.
    pub apps: Vec<AppCosts>,
    /// All of it.
    pub total: Money,
}

/// What a month of an app costs so far.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AppCosts {
    /// App Key.
    pub app_key: String,
    /// The plan's days.
    pub plan_fee: Money,
    /// What was used beyond the plan.
    pub overage: Money,
    /// Services.
    pub services: Money,
    /// The most users who were active on one day, and which.
    pub peak_dau: Option<(u64, i64)>,
}

impl AppCosts {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> Money {
        self.plan_fee + self.overage + self.services
    }
}

/// Bills of an organisation from new to old, those before the row `before`.
pub async fn bills(
    p: &Platform,
    org: OrgId,
    filter: &BillFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Bill>> {
    require_on(p)?;
    Ok(stored::bills(p.store(), org, filter, before, limit).await?)
}

/// A bill of an organisation.
pub async fn bill(p: &Platform, org: OrgId, no: &str) -> Result<Bill> {
    require_on(p)?;
    Ok(stored::bill(p.store(), org, no).await?.ok_or(BillingRefusal::BillNotFound)?)
}

/// The lines of a bill over `span`: for each app its plans and services that are billed afterwards, by days, and what was
/// used beyond the last plan.
///
/// A day belongs to what is in service when it ends: on the day of an upgrade that is the new plan. What ends without
/// another plan in its place is charged for its last day, too.
pub(super) fn lines(
    calendar: &Calendar,
    span: &Span,
    orders: &[Order],
    peaks: &Peaks,
) -> Vec<BillLine> {
    let month_days = span.from.month_days();
    let mut lines = Vec::new();
    let apps: BTreeMap<AppId, Vec<&Order>> =
        orders.iter().fold(BTreeMap::new(), |mut apps, order| {
            apps.entry(order.app).or_insert_with(Vec::new).push(order);
            apps
        });
    for (app, orders) in apps {
        let mut last_plan: Option<&Order> = None;
        for order in &orders {
            let order = *order;
            let days = days_used(calendar, order, &orders, span);
            if days == 0 {
                continue;
            }
            if order.item.is_plan()
                && last_plan.is_none_or(|last| last.effective <= order.effective)
            {
                last_plan = Some(order);
            }
            if order.term_months.is_some() {
                continue;
            }
            let share = order.monthly().share(days.into(), month_days.into());
            lines.push(BillLine {
                kind: if order.item.is_plan() { LineKind::Plan } else { LineKind::Service },
                days: Some((days, month_days)),
                unit_price: order.unit_price,
                units: order.units.into(),
                amount: match order.snapshot.whole_months {
                    false => share.unwrap_or_default(),
                    true => order.monthly(),
                },
                ..line(order)
            });
        }
        let Some(plan) = last_plan else { continue };
        for (meter, overage) in &plan.snapshot.overage {
            let peak = peaks.get(&(app, *meter)).copied();
            let used = peak.map_or(0, |(used, _)| used);
            lines.push(BillLine {
                kind: LineKind::from(*meter),
                unit_price: overage.unit_price,
                units: overage.blocks(used),
                peak,
                included: Some(overage.included),
                amount: overage.fee(used).unwrap_or(Money(i64::MAX)),
                ..line(plan)
            });
        }
    }
    lines
}

fn line(order: &Order) -> BillLine {
    BillLine {
        app: order.app,
        app_key: order.app_key.clone(),
        order_no: order.no.clone(),
        item: order.item.key().to_owned(),
        name_zh: order.snapshot.name_zh.clone(),
        name_en: order.snapshot.name_en.clone(),
        kind: LineKind::Plan,
        days: None,
        months: None,
        unit_price: Money::ZERO,
        units: 0,
        peak: None,
        included: None,
        amount: Money::ZERO,
    }
}

/// Days that are the order's, of those that are billed.
fn days_used(calendar: &Calendar, order: &Order, of_app: &[&Order], span: &Span) -> u32 {
    let Some(effective) = order.effective else { return 0 };
    let from = calendar.day(effective).max(span.from);
    let until = order.ended.map_or(span.until, |ended| {
        let last = calendar.day(ended);
        let has_successor = order.end_reason == Some(EndReason::Superseded)
            || of_app.iter().any(|other| {
                let follows = other.item.is_plan() && other.no != order.no;
                let begun = other.effective.filter(|begun| *begun >= ended);
                order.item.is_plan()
                    && follows
                    && begun.map(|begun| calendar.day(begun)) == Some(last)
            });
        let until = if has_successor { last } else { last.plus(1) };
        until.min(span.until)
    });
    let days = (from.number()..until.number()).filter(|day| !span.is_paused(*day));
    u32::try_from(days.count()).unwrap_or(0)
}

/// The greatest figures of days that are sealed. One whose hash is not its own is said so in the log, and counts.
pub(super) fn peaks<'a>(days: impl Iterator<Item = &'a (SealedDay, bool)>) -> Peaks {
    let mut peaks = Peaks::new();
    for (day, intact) in days {
        if !intact {
            tracing::error!(app = day.app_key, day = day.day, "sealed figures were changed");
        }
        for (meter, value) in [(Meter::Dau, day.dau), (Meter::GroupsAndRooms, day.groups_and_rooms)]
        {
            let peak = peaks.entry((day.app, meter)).or_insert((value, day.day));
            if value > peak.0 {
                *peak = (value, day.day);
            }
        }
    }
    peaks
}

/// The days of a month that are billed: from when money was switched on.
async fn billed(p: &Platform, month: Day) -> Result<Option<Span>> {
    let since = stored::state(p.store()).await?.since;
    let until = month.next_month();
    let from = since.map(|since| Day::of_number(since).max(month));
    let Some(from) = from.filter(|from| *from < until) else { return Ok(None) };
    let pauses = stored::pauses(p.store()).await?.into_iter();
    let pauses =
        pauses.map(|(first, last)| (first, last.map_or(i64::MAX, |last| last + 1))).collect();
    Ok(Some(Span { from, until, pauses }))
}

/// The lines that the bill of a month has by what is known now.
async fn compute(p: &Platform, org: OrgId, span: &Span) -> Result<Vec<BillLine>> {
    let calendar = p.calendar();
    let (from, until) = (calendar.start(span.from), calendar.start(span.until));
    let orders = stored::orders_of_org_between(p.store(), org, from, until).await?;
    let month = span.from.month_start().number();
    let sealed = stored::sealed_days(p.store(), org, month, span.until.number() - 1).await?;
    let sealed = sealed.iter().filter(|(day, _)| !span.is_paused(day.day));
    Ok(lines(calendar, span, &orders, &peaks(sealed)))
}

/// Bills a month that is over, once: a second call finds the bill and does nothing.
pub(super) async fn run(p: &Platform, org: OrgId, month: Day) -> Result<()> {
    let Some(span) = billed(p, month).await? else { return Ok(()) };
    let lines = compute(p, org, &span).await?;
    let no = number(p, 'B')?;
    let scope = Scope { month: Some(span.from.number()), ..Scope::default() };
    let days = (span.from.number(), span.until.number() - 1);
    with_books(p, org, &scope, |open| {
        if open.month_bills.iter().all(|bill| bill.kind != BillKind::Monthly) {
            let source = format!("monthly:{}:{}", org.0, month.month());
            open.books.charge((no, source), BillKind::Monthly, days, lines);
        }
        Ok(())
    })
    .await
}

/// The correction that a month needs which is billed: what its lines cost now, less what they were billed at.
fn correction(now: Vec<BillLine>, billed: &[Bill]) -> Vec<BillLine> {
    type Key = (AppId, String, LineKind);
    let key = |line: &BillLine| -> Key { (line.app, line.order_no.clone(), line.kind) };
    let mut before: BTreeMap<Key, (Money, BillLine)> = BTreeMap::new();
    for line in billed.iter().flat_map(|bill| &bill.lines) {
        let entry = before.entry(key(line)).or_insert_with(|| (Money::ZERO, line.clone()));
        entry.0 = entry.0 + line.amount;
    }
    let seen: HashSet<Key> = now.iter().map(key).collect();
    let mut corrections: Vec<BillLine> = now
        .into_iter()
        .filter_map(|line| {
            let billed = before.get(&key(&line)).map_or(Money::ZERO, |(amount, _)| *amount);
            let amount = line.amount - billed;
            (amount != Money::ZERO).then_some(BillLine { amount, ..line })
        })
        .collect();
    let gone = before.into_iter().filter(|(key, _)| !seen.contains(key));
    corrections.extend(
        gone.filter(|(_, (amount, _))| *amount != Money::ZERO)
            .map(|(_, (amount, line))| BillLine { amount: -amount, days: None, units: 0, ..line }),
    );
    corrections
}

/// What a run would bill for a month now, without billing it: the whole of it, or its correction.
pub(super) async fn preview(p: &Platform, org: OrgId, month: Day) -> Result<Bill> {
    let span = billable(p, month, false).await?;
    let lines = compute(p, org, &span).await?;
    let bills = stored::bills_of_month(p.store(), org, span.from.number()).await?;
    let (kind, lines) = match bills.is_empty() {
        true => (BillKind::Monthly, lines),
        false => (BillKind::Adjustment, correction(lines, &bills)),
    };
    let total: Money = lines.iter().map(|line| line.amount).sum();
    let days = (span.from.number(), span.until.number() - 1);
    let (issued, zero) = (p.clock().now(), Money::ZERO);
    Ok(Bill {
        id: 0,
        no: String::new(),
        org,
        kind,
        days,
        issued,
        total,
        from_gift: zero,
        paid: zero,
        lines,
    })
}

/// Computes a month that is billed once more; answers the number of the bill that corrects it, if it has to be.
pub(super) async fn rerun(p: &Platform, org: OrgId, month: Day) -> Result<Option<String>> {
    let span = billable(p, month, true).await?;
    let now = compute(p, org, &span).await?;
    let no = number(p, 'B')?;
    let scope = Scope { month: Some(span.from.number()), ..Scope::default() };
    let days = (span.from.number(), span.until.number() - 1);
    with_books(p, org, &scope, |open| {
        if open.month_bills.is_empty() {
            // The run itself makes the bill of the month.
            return Err(BillingRefusal::MonthNotBillable.into());
        }
        let lines = correction(now, &open.month_bills);
        if lines.is_empty() {
            return Ok(None);
        }
        let source = format!("adjustment:{}:{}:{}", org.0, month.month(), open.month_bills.len());
        open.books.charge((no.clone(), source), BillKind::Adjustment, days, lines);
        Ok(Some(no))
    })
    .await
}

async fn billable(p: &Platform, month: Day, must_be_over: bool) -> Result<Span> {
    let today = p.calendar().day(p.clock().now());
    let span = billed(p, month).await?.ok_or(BillingRefusal::MonthNotBillable)?;
    let is_due = if must_be_over { span.until <= today } else { span.from <= today };
    if is_due { Ok(span) } else { Err(BillingRefusal::MonthNotBillable.into()) }
}

/// What a month of an organisation costs, or has cost so far: what is billed afterwards by days, terms that were paid in
/// it, and what was used beyond plans by today's figures.
pub async fn costs(p: &Platform, org: OrgId, month: Day) -> Result<Costs> {
    require_on(p)?;
    let calendar = p.calendar();
    let today = calendar.day(p.clock().now());
    let mut costs = Costs { month, days: Vec::new(), apps: Vec::new(), total: Money::ZERO };
    let Some(span) = billed(p, month).await? else { return Ok(costs) };
    let until = span.until.min(today.plus(1));
    if until <= span.from {
        return Ok(costs);
    }
    let (from, to) = (calendar.start(span.from), calendar.start(span.until));
    let orders = stored::orders_of_org_between(p.store(), org, from, to).await?;
    let days = figures(p, org, span.from.month_start(), until).await?;
    let filter = BillFilter { from: Some(from), to: Some(to - 1), ..BillFilter::default() };
    let bills = stored::bills(p.store(), org, &filter, None, 10_000).await?;
    let kind = Some(EntryKind::Refund);
    let back = LedgerFilter { kind, from: Some(from), to: Some(to - 1) };
    let refunds = stored::ledger(p.store(), org, &back, None, 10_000).await?;
    let is_term = |bill: &&Bill| matches!(bill.kind, BillKind::Purchase | BillKind::Renewal);
    let prepaid: Vec<&Bill> = bills.iter().filter(is_term).collect();

    let up_to = |end: Day| {
        let known =
            days.iter().filter(|(day, _)| day.day < end.number() && !span.is_paused(day.day));
        let span = Span { until: end, ..span.clone() };
        let mut lines = lines(calendar, &span, &orders, &peaks(known));
        let paid = prepaid.iter().filter(|bill| bill.days.0 < end.number());
        lines.extend(paid.flat_map(|bill| bill.lines.iter().cloned()));
        let back = refunds.iter().filter(|entry| calendar.day(entry.time) < end);
        lines.extend(back.filter_map(|entry| {
            let order = orders.iter().find(|order| order.no == entry.reference)?;
            Some(BillLine { kind: LineKind::Term, amount: -entry.amount, ..line(order) })
        }));
        lines
    };
    let mut day = span.from;
    while day < until {
        let total = up_to(day.plus(1)).iter().map(|line| line.amount).sum();
        costs.days.push((day, total));
        day = day.plus(1);
    }
    let mut by_app: BTreeMap<String, AppCosts> = BTreeMap::new();
    let plans: HashSet<String> = orders
        .iter()
        .filter(|order| matches!(order.item, Item::Plan(_)))
        .map(|order| order.no.clone())
        .collect();
    for line in up_to(until) {
        let app = by_app.entry(line.app_key.clone()).or_default();
        match line.kind {
            LineKind::Plan => app.plan_fee = app.plan_fee + line.amount,
            LineKind::Term if plans.contains(&line.order_no) => {
                app.plan_fee = app.plan_fee + line.amount;
            }
            LineKind::Service | LineKind::Term => app.services = app.services + line.amount,
            LineKind::Dau => {
                app.overage = app.overage + line.amount;
                app.peak_dau = line.peak;
            }
            LineKind::GroupsAndRooms => app.overage = app.overage + line.amount,
        }
    }
    costs.apps = by_app.into_iter().map(|(app_key, app)| AppCosts { app_key, ..app }).collect();
    costs.total = costs.apps.iter().map(AppCosts::total).sum();
    Ok(costs)
}

/// The figures of an organisation's apps by day: sealed ones, and of the others what is counted so far.
pub(super) async fn figures(
    p: &Platform,
    org: OrgId,
    from: Day,
    until: Day,
) -> Result<Vec<(SealedDay, bool)>> {
    let mut days = stored::sealed_days(p.store(), org, from.number(), until.number() - 1).await?;
    let sealed: HashSet<(AppId, i64)> = days.iter().map(|(day, _)| (day.app, day.day)).collect();
    for app in apps::of_org(p, org).await? {
        let mut open: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
        let figures = metering::days(p.store(), app.id, from.number(), until.number() - 1).await?;
        for (day, figure, value) in figures {
            match figure {
                Figure::ActiveUsers => open.entry(day).or_default().0 = value,
                Figure::PeakGroupsAndRooms => open.entry(day).or_default().1 = value,
                _ => {}
            }
        }
        open.retain(|day, _| !sealed.contains(&(app.id, *day)));
        days.extend(open.into_iter().map(|(day, (dau, groups_and_rooms))| {
            let (app, app_key) = (app.id, app.key());
            let day = SealedDay {
                app,
                org,
                app_key,
                day,
                dau,
                groups_and_rooms,
                registered: 0,
                messages: 0,
            };
            (day, true)
        }));
    }
    Ok(days)
}
