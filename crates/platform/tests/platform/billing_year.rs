//! A year of many organisations: what is billed can be computed again from what was used, nobody is charged twice, and
//! nobody is missed.

use std::collections::{BTreeMap, HashMap};

use hongyan_model::billing::{Bill, BillKind, LineKind, Order, OrderState};
use hongyan_model::catalogue::{Meter, Money, PRESETS};
use hongyan_model::{App, Catalogue, Clock as _, OrgId, Plan};
use hongyan_platform::billing::{self, BillFilter, OrderFilter, Wish};
use hongyan_platform::{Day, apps};
use hongyan_store::billing as stored;
use std::sync::Arc;

use crate::billing::{DAY, plan, service};
use crate::world::World;

const ORGS: usize = 12;
const DAYS: i64 = 366;

/// xorshift64*: the same year for the same seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % sides
    }
}

struct Year {
    w: World,
    apps: Vec<(OrgId, Arc<App>)>,
    dice: Dice,
}

impl Year {
    async fn begin(preset: &str, seed: u64) -> Self {
        let w = World::new().await;
        let text = PRESETS.iter().find(|(name, _)| *name == preset).unwrap().1;
        apps::use_catalogue(&w.p, Arc::new(Catalogue::parse(text).unwrap()));
        let first: Day = "2027-12-15".parse().unwrap();
        w.clock.advance(w.p.calendar().start(first) + DAY / 2 - w.clock.now());
        billing::tick(&w.p).await.unwrap();
        let mut apps = Vec::new();
        for n in 0..ORGS {
            for name in ["a", "b"] {
                let new = apps::NewApp::named(format!("org{n}"), name);
                let (app, _) = apps::create(&w.p, new).await.unwrap();
                apps.push((app.org_id, w.put_on(app.id, Plan::Free).await));
            }
        }
        Self { w, apps, dice: Dice(seed | 1) }
    }

    /// One day of somebody: buys, pays, deletes; what is refused is refused.
    async fn live(&mut self) {
        let at = usize::try_from(self.dice.throw(self.apps.len() as u64)).unwrap();
        let (org, app) = self.apps[at].clone();
        let p = &self.w.p;
        let Ok(app) = apps::find_any(p, &app.org, &app.name).await else { return };
        match self.dice.throw(8) {
            0 | 1 => {
                let wanted = if self.dice.throw(2) == 0 { Plan::Pro } else { Plan::Flagship };
                let services = match self.dice.throw(3) {
                    0 => vec![service(
                        "msg_storage_ext",
                        1 + u32::try_from(self.dice.throw(3)).unwrap(),
                        1,
                    )],
                    _ => Vec::new(),
                };
                self.buy(&app, Wish { services, ..plan(wanted) }).await;
            }
            2 => {
                let months = [1, 3, 6, 12][usize::try_from(self.dice.throw(4)).unwrap()];
                let auto_renew = self.dice.throw(2) == 0;
                let services = vec![service("callback_failure_cache", 1, months)];
                self.buy(&app, Wish { plan: None, services, auto_renew }).await;
            }
            3 if self.dice.throw(20) == 0 => {
                let _ = apps::delete(p, app.id, &app.key()).await;
            }
            4 => {
                let change = billing::PlanChange {
                    plan: Plan::ALL[usize::try_from(self.dice.throw(4)).unwrap()],
                    charged: self.dice.throw(2) == 0,
                    reason: "agreed".to_owned(),
                    by: "operator@host".to_owned(),
                };
                let _ = billing::set_plan(p, &app, &change).await;
            }
            _ => {
                let adjustment = billing::Adjustment {
                    kind: hongyan_model::billing::EntryKind::Recharge,
                    amount: Money(i64::try_from(1 + self.dice.throw(600_000)).unwrap()),
                    reason: "money".to_owned(),
                };
                billing::adjust(p, org, &adjustment).await.unwrap();
            }
        }
    }

    async fn buy(&mut self, app: &App, wish: Wish) {
        let Ok(bought) = billing::purchase(&self.w.p, app, &wish, "boss@host").await else {
            return;
        };
        if bought.state() == OrderState::PendingPayment
            && billing::pay(&self.w.p, app, &bought.no).await.is_err()
        {
            billing::cancel(&self.w.p, app, &bought.no).await.unwrap();
        }
    }

    /// The work of a night; a node may die at any moment of it, and another one does it again.
    async fn night(&mut self) {
        for _ in 0..self.dice.throw(3) {
            let patience = std::time::Duration::from_micros(self.dice.throw(20_000));
            let beside = self.w.p.clone();
            let _ = tokio::time::timeout(patience, billing::tick(&beside)).await;
        }
        // Two nodes at once.
        let (one, two) = (self.w.p.clone(), self.w.p.clone());
        let (one, two) = tokio::join!(billing::tick(&one), billing::tick(&two));
        one.unwrap();
        two.unwrap();
    }
}

/// A year by a price list.
async fn year(preset: &str, seed: u64) {
    let mut y = Year::begin(preset, seed).await;
    let mut used: HashMap<(i64, i64), u64> = HashMap::new();
    for _ in 0..DAYS {
        for _ in 0..3 {
            y.live().await;
        }
        let today = y.w.p.calendar().day(y.w.clock.now());
        for (org, app) in y.apps.clone() {
            let dau = y.dice.throw(45_000);
            used.insert((app.id.0, today.number()), dau);
            let sealed = hongyan_model::billing::SealedDay {
                app: app.id,
                org,
                app_key: app.key(),
                day: today.number(),
                dau,
                groups_and_rooms: 0,
                registered: 0,
                messages: 0,
            };
            stored::seal(&y.w.store, &sealed).await.unwrap();
        }
        y.w.clock.advance(DAY);
        y.night().await;
    }
    let calendar = y.w.p.calendar().clone();
    let today = calendar.day(y.w.clock.now());
    let orgs: Vec<OrgId> = {
        let mut orgs: Vec<_> = y.apps.iter().map(|(org, _)| *org).collect();
        orgs.dedup();
        orgs
    };
    for org in orgs {
        let p = &y.w.p;
        let (bills, orders) = (BillFilter::default(), OrderFilter::default());
        let bills = billing::bills(p, org, &bills, None, 10_000).await.unwrap();
        let orders = billing::orders(p, org, &orders, None, 10_000).await.unwrap();
        // The balance is the sum of the ledger, and of its entries each one follows from the one before.
        let entries = billing::entries(p, org, &billing::LedgerFilter::default(), None, 10_000)
            .await
            .unwrap();
        let mut balance = Money::ZERO;
        for entry in entries.iter().rev() {
            balance = balance + entry.amount;
            assert_eq!(entry.balance_after, balance);
        }
        let account = billing::account(p, org).await.unwrap().account;
        assert_eq!(
            (account.balance, stored::ledger_sum(&y.w.store, org).await.unwrap()),
            (balance, balance)
        );
        let charged: Money = bills.iter().map(|bill| bill.total).sum();
        let taken: Money = entries
            .iter()
            .filter(|entry| entry.kind == hongyan_model::billing::EntryKind::Charge)
            .map(|entry| -entry.amount)
            .sum();
        assert_eq!(charged, taken, "every bill is charged, and nothing else");
        // What is paid back is never more than what was paid.
        let mut terms: BTreeMap<String, Money> = BTreeMap::new();
        for line in
            bills.iter().flat_map(|bill| &bill.lines).filter(|line| line.kind == LineKind::Term)
        {
            let sum = terms.entry(line.order_no.clone()).or_default();
            *sum = *sum + line.amount;
        }
        for entry in
            entries.iter().filter(|entry| entry.kind == hongyan_model::billing::EntryKind::Refund)
        {
            assert!(entry.amount <= terms[&entry.reference], "{entry:?}");
        }
        // One bill for each month.
        let mut month = "2027-12-01".parse::<Day>().unwrap();
        while month.next_month() <= today.month_start() {
            let of_month: Vec<&Bill> = bills
                .iter()
                .filter(|bill| bill.kind == BillKind::Monthly)
                .filter(|bill| Day::of_number(bill.days.0).month() == month.month())
                .collect();
            assert_eq!(of_month.len(), 1, "{} of {org:?}", month.month());
            let span = (of_month[0].days.0, of_month[0].days.1 + 1);
            assert_eq!(
                of_month[0].total,
                again(&calendar, &orders, span, &used, month),
                "{}",
                month.month()
            );
            month = month.next_month();
        }
        // An app has one plan at any moment.
        for day in (0..DAYS).map(|n| "2027-12-16".parse::<Day>().unwrap().plus(n)) {
            let start = calendar.start(day);
            for (_, app) in y.apps.iter().filter(|(of, _)| *of == org) {
                let plans =
                    orders.iter().filter(|order| order.app == app.id && order.item.is_plan());
                let plans = plans.filter(|order| {
                    order.effective.is_some_and(|effective| effective <= start)
                        && order.ended.is_none_or(|ended| ended > start)
                });
                assert!(plans.count() <= 1, "{} on {day}", app.key());
            }
        }
    }
}

/// What a month costs, computed in another way: day by day.
fn again(
    calendar: &hongyan_platform::Calendar,
    orders: &[Order],
    (from, until): (i64, i64),
    used: &HashMap<(i64, i64), u64>,
    month: Day,
) -> Money {
    let mut days: BTreeMap<&str, u64> = BTreeMap::new();
    let mut last: BTreeMap<i64, (i64, &Order)> = BTreeMap::new();
    for day in from..until {
        let (start, end) =
            (calendar.start(Day::of_number(day)), calendar.start(Day::of_number(day + 1)));
        for order in orders {
            let Some(effective) = order.effective.filter(|effective| *effective < end) else {
                continue;
            };
            let is_last_day = order.ended.is_some_and(|ended| (start..end).contains(&ended));
            let goes_on = order.ended.is_none_or(|ended| ended >= end);
            // On its last day it counts unless another plan takes the day.
            let taken = orders.iter().any(|other| {
                let later = other.effective.is_some_and(|begun| begun < end && begun >= effective);
                other.item.is_plan()
                    && other.app == order.app
                    && other.no != order.no
                    && later
                    && other.effective >= order.ended
            });
            let keeps_it = order.end_reason != Some(hongyan_model::billing::EndReason::Superseded)
                && !(order.item.is_plan() && taken);
            if !(goes_on || is_last_day && keeps_it) {
                continue;
            }
            *days.entry(&order.no).or_default() += 1;
            if order.item.is_plan() {
                last.insert(order.app.0, (day, order));
            }
        }
    }
    let of = |no: &str| orders.iter().find(|order| order.no == no).unwrap();
    let fees = days
        .iter()
        .filter(|(no, _)| of(no).term_months.is_none())
        .map(|(no, days)| of(no).monthly().share(*days, month.month_days().into()).unwrap());
    let fees: Money = fees.sum();
    let overage = last.values().map(|(_, order)| {
        let whole_month = month.number()..month.next_month().number();
        let peak = whole_month.filter_map(|day| used.get(&(order.app.0, day))).max();
        let overage = order.snapshot.overage.get(&Meter::Dau);
        overage
            .map_or(Money::ZERO, |overage| overage.fee(peak.copied().unwrap_or_default()).unwrap())
    });
    fees + overage.sum()
}

#[tokio::test]
async fn a_year_that_is_billed_afterwards_adds_up() {
    year("gen2023", 0x0bad_cafe).await;
}

#[tokio::test]
async fn a_year_that_is_paid_in_advance_adds_up() {
    year("gen2024", 0x00c0_ffee).await;
}
