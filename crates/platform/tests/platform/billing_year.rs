//! A year of many organisations: whatever is billed, charged and paid back can be computed again from what was ordered and
//! used, nobody is charged twice, and nobody is missed, also where purchases and nightly work are broken off anywhere and
//! done again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use hongyan_model::billing::{
    Bill, BillKind, BillLine, EndReason, EntryKind, LedgerEntry, LineKind, Order, OrderState,
    SealedDay,
};
use hongyan_model::catalogue::{Meter, Money, PRESETS};
use hongyan_model::{App, Catalogue, Clock as _, OrgId, Plan};
use hongyan_platform::billing::{self, BillFilter, LedgerFilter, OrderFilter, Wish};
use hongyan_platform::{Calendar, Day, apps};
use hongyan_store::billing as stored;

use crate::billing::{DAY, plan, service};
use crate::world::{World, cut_off};

const YEAR: i64 = 366;
/// The first day.
const BEGIN: &str = "2027-12-15";

/// xorshift64*: the same year for the same seed, but for what happens at once.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % sides
    }

    fn choose<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.throw(of.len() as u64)).unwrap()]
    }

    /// How far something gets before it is broken off; often to its end.
    fn polls(&mut self) -> usize {
        match self.throw(3) {
            0 => usize::MAX,
            _ => usize::try_from(self.throw(60)).unwrap(),
        }
    }
}

/// An app, and since when there is one.
struct Known {
    org: OrgId,
    app: Arc<App>,
    since: Day,
}

struct Year {
    w: World,
    apps: Vec<Known>,
    dice: Dice,
    /// What was used, by app, day and meter.
    used: HashMap<(i64, i64, Meter), u64>,
    /// What was broken off.
    crashes: u32,
}

impl Year {
    async fn begin(w: World, preset: &str, orgs: usize, seed: u64) -> Self {
        let text = PRESETS.iter().find(|(name, _)| *name == preset).unwrap().1;
        apps::use_catalogue(&w.p, Arc::new(Catalogue::parse(text).unwrap()));
        let first: Day = BEGIN.parse().unwrap();
        w.clock.advance(w.p.calendar().start(first) + DAY / 2 - w.clock.now());
        billing::tick(&w.p).await.unwrap();
        let dice = Dice(seed | 1);
        let mut year = Self { w, apps: Vec::new(), dice, used: HashMap::new(), crashes: 0 };
        for n in 0..orgs {
            for name in ["a", "b"] {
                year.make(&format!("org{n}"), name).await;
            }
        }
        year
    }

    fn today(&self) -> Day {
        self.w.p.calendar().day(self.w.clock.now())
    }

    async fn make(&mut self, org: &str, name: &str) {
        let (app, _) = apps::create(&self.w.p, apps::NewApp::named(org, name)).await.unwrap();
        let (org, since) = (app.org_id, self.today());
        let app = self.w.put_on(app.id, Plan::Free).await;
        self.apps.push(Known { org, app, since });
    }

    /// Something that somebody does; what is refused is refused, and what is broken off is done or not done.
    async fn live(&mut self) {
        let known = self.dice.choose(&self.apps);
        let (org, app) = (known.org, known.app.clone());
        let p = &self.w.p;
        let Ok(app) = apps::find_any(p, &app.org, &app.name).await else { return };
        match self.dice.throw(8) {
            0 | 1 => {
                let wanted = *self.dice.choose(&[Plan::Pro, Plan::Flagship]);
                let storage = "msg_storage_ext";
                let services = match self.dice.throw(3) {
                    0 => vec![service(storage, 1 + u32::try_from(self.dice.throw(3)).unwrap(), 1)],
                    _ => Vec::new(),
                };
                self.buy(&app, Wish { services, ..plan(wanted) }).await;
            }
            2 => {
                let months = *self.dice.choose(&[1, 3, 6, 12]);
                let auto_renew = self.dice.throw(2) == 0;
                let services = vec![service("callback_failure_cache", 1, months)];
                self.buy(&app, Wish { plan: None, services, auto_renew }).await;
            }
            3 if self.dice.throw(20) == 0 => {
                let _ = apps::delete(p, app.id, &app.key()).await;
            }
            3 if self.dice.throw(20) == 0 => {
                let (org, name) = (app.org.clone(), format!("new{}", self.apps.len()));
                self.make(&org, &name).await;
            }
            4 => {
                let change = billing::PlanChange {
                    plan: *self.dice.choose(&Plan::ALL),
                    charged: self.dice.throw(2) == 0,
                    reason: "agreed".to_owned(),
                    by: "operator@host".to_owned(),
                };
                let _ = cut_off(billing::set_plan(p, &app, &change), self.dice.polls()).await;
            }
            _ => {
                let adjustment = billing::Adjustment {
                    kind: EntryKind::Recharge,
                    amount: Money(i64::try_from(1 + self.dice.throw(600_000)).unwrap()),
                    reason: "money".to_owned(),
                };
                let _ = cut_off(billing::adjust(p, org, &adjustment), self.dice.polls()).await;
            }
        }
    }

    async fn buy(&mut self, app: &App, wish: Wish) {
        let p = &self.w.p;
        let polls = self.dice.polls();
        let bought = cut_off(billing::purchase(p, app, &wish, "boss@host"), polls).await;
        let Some(Ok(bought)) = bought else { return };
        if bought.state() != OrderState::PendingPayment {
            return;
        }
        // Somebody presses the button twice, and the first answer may never come.
        let first = cut_off(billing::pay(p, app, &bought.no), self.dice.polls()).await;
        if matches!(first, Some(Err(_))) || billing::pay(p, app, &bought.no).await.is_err() {
            let _ = billing::cancel(p, app, &bought.no).await;
        }
    }

    /// The figures of the day; and of a day before there was an app, when its first month is billed.
    async fn meter(&mut self) {
        let today = self.today();
        for at in 0..self.apps.len() {
            let (dau, muc) = (self.dice.throw(45_000), 90_000 + self.dice.throw(40_000));
            self.seal(at, today.number(), dau, muc).await;
        }
        if today != today.month_start().plus(1) {
            return;
        }
        let month = today.plus(-2).month_start();
        for at in 0..self.apps.len() {
            let late = self.apps[at].since.plus(-1);
            if late >= month {
                let dau = 45_000 + self.dice.throw(45_000);
                self.seal(at, late.number(), dau, 140_000).await;
            }
        }
    }

    async fn seal(&mut self, at: usize, day: i64, dau: u64, groups_and_rooms: u64) {
        let Known { org, app, .. } = &self.apps[at];
        // A night that was put off has sealed the day before there was an app, too.
        let sealed = stored::sealed_days(&self.w.store, *org, day, day).await.unwrap();
        if sealed.iter().any(|(sealed, _)| sealed.app == app.id) {
            return;
        }
        self.used.insert((app.id.0, day, Meter::Dau), dau);
        self.used.insert((app.id.0, day, Meter::GroupsAndRooms), groups_and_rooms);
        let sealed = SealedDay {
            app: app.id,
            org: *org,
            app_key: app.key(),
            day,
            dau,
            groups_and_rooms,
            // Nothing is charged for these, be they as many as they like.
            registered: self.dice.throw(1_000_000),
            messages: self.dice.throw(100_000_000),
        };
        stored::seal(&self.w.store, &sealed).await.unwrap();
    }

    /// The work of a night. Servers die at any moment of it, and others, which know nothing, do it again; then two do it at
    /// once. Sometimes the operator has a month computed again, which is broken off as well.
    async fn night(&mut self) {
        for _ in 0..self.dice.throw(4) {
            let polls = usize::try_from(self.dice.throw(40)).unwrap();
            let died = cut_off(billing::tick(&self.w.restarted()), polls).await.is_none();
            self.crashes += u32::from(died);
        }
        let beside = self.w.restarted();
        let (one, two) = tokio::join!(billing::tick(&self.w.p), billing::tick(&beside));
        one.unwrap();
        two.unwrap();
        if self.dice.throw(4) == 0 {
            let org = self.dice.choose(&self.apps).org;
            let back = i64::try_from(self.dice.throw(100)).unwrap();
            let month = self.today().plus(-back).month_start();
            let _ = cut_off(billing::rerun(&self.w.p, org, month), self.dice.polls()).await;
        }
    }
}

/// So many days by a price list.
async fn year(w: World, preset: &str, (orgs, days): (usize, i64), seed: u64) {
    let mut y = Year::begin(w, preset, orgs, seed).await;
    for _ in 0..days {
        for _ in 0..3 {
            y.live().await;
        }
        y.meter().await;
        y.w.clock.advance(DAY);
        y.night().await;
    }
    // How many polls a night takes, and so how many of those that are to die do, is up to a busy PostgreSQL.
    assert!(i64::from(y.crashes) > days / 10, "{}", y.crashes);
    let mut orgs: Vec<OrgId> = y.apps.iter().map(|known| known.org).collect();
    orgs.sort_unstable();
    orgs.dedup();
    let (mut corrected, mut back, mut purchases) = (0, 0, 0);
    for org in orgs {
        let books = Books::of(&y, org).await;
        books.ledger_adds_up(&y).await;
        books.months_add_up(&y);
        books.terms_add_up();
        books.one_plan_at_a_time(&y);
        let of = |kind| books.bills.iter().filter(|bill| bill.kind == kind).count();
        corrected += of(BillKind::Adjustment);
        purchases += of(BillKind::Purchase);
        back += books.refunds().count();
    }
    // It was a year in which something happened.
    assert!(corrected > 0 && back > 0 && purchases > 5, "{corrected} {back} {purchases}");
}

/// Everything that was written down of an organisation.
struct Books {
    org: OrgId,
    calendar: Calendar,
    bills: Vec<Bill>,
    orders: Vec<Order>,
    entries: Vec<LedgerEntry>,
}

impl Books {
    async fn of(y: &Year, org: OrgId) -> Self {
        let p = &y.w.p;
        // What was not known when a month was billed is billed by now, once.
        let mut month = BEGIN.parse::<Day>().unwrap().month_start();
        while month.next_month() <= y.today().month_start() {
            billing::rerun(p, org, month).await.unwrap();
            assert_eq!(billing::rerun(p, org, month).await.unwrap(), None, "{}", month.month());
            month = month.next_month();
        }
        let bills = BillFilter::default();
        let orders = OrderFilter::default();
        let entries = LedgerFilter::default();
        Self {
            org,
            calendar: p.calendar().clone(),
            bills: billing::bills(p, org, &bills, None, 10_000).await.unwrap(),
            orders: billing::orders(p, org, &orders, None, 10_000).await.unwrap(),
            entries: billing::entries(p, org, &entries, None, 10_000).await.unwrap(),
        }
    }

    /// What was paid back of orders.
    fn refunds(&self) -> impl Iterator<Item = &LedgerEntry> {
        self.entries.iter().filter(|entry| entry.kind == EntryKind::Refund)
    }

    /// The balance is the sum of the ledger, each entry follows from the one before, and every bill is charged once.
    async fn ledger_adds_up(&self, y: &Year) {
        let mut balance = Money::ZERO;
        for entry in self.entries.iter().rev() {
            balance = balance + entry.amount;
            assert_eq!(entry.balance_after, balance);
        }
        let account = billing::account(&y.w.p, self.org).await.unwrap().account;
        let sum = stored::ledger_sum(&y.w.store, self.org).await.unwrap();
        assert_eq!((account.balance, sum), (balance, balance));
        for bill in &self.bills {
            let of_bill = self.entries.iter().filter(|entry| entry.reference == bill.no);
            let charged: Vec<Money> = of_bill.map(|entry| -entry.amount).collect();
            match bill.total {
                Money::ZERO => assert_eq!(charged, [], "{}", bill.no),
                total => assert_eq!(charged, [total], "{}", bill.no),
            }
        }
        let charges = self.entries.iter().filter(|entry| entry.kind == EntryKind::Charge);
        let billed = self.bills.iter().filter(|bill| bill.total != Money::ZERO);
        assert_eq!(charges.count(), billed.count(), "nothing else is charged");
    }

    /// Each month is billed once; with its corrections it comes to what is computed again, line by line.
    fn months_add_up(&self, y: &Year) {
        let mut month = BEGIN.parse::<Day>().unwrap().month_start();
        while month.next_month() <= y.today().month_start() {
            let of_month: Vec<&Bill> = self
                .bills
                .iter()
                .filter(|bill| matches!(bill.kind, BillKind::Monthly | BillKind::Adjustment))
                .filter(|bill| Day::of_number(bill.days.0).month() == month.month())
                .collect();
            let monthly = of_month.iter().filter(|bill| bill.kind == BillKind::Monthly);
            assert_eq!(monthly.count(), 1, "{} of {:?}", month.month(), self.org);
            let mut billed: BTreeMap<(String, LineKind), Money> = BTreeMap::new();
            for bill in &of_month {
                assert_eq!(bill.total, bill.lines.iter().map(|line| line.amount).sum());
                for line in &bill.lines {
                    let sum = billed.entry((line.order_no.clone(), line.kind)).or_default();
                    *sum = *sum + line.amount;
                }
            }
            let span = (of_month[0].days.0, of_month[0].days.1 + 1);
            assert_eq!(billed, again(self, span, &y.used, month), "{}", month.month());
            month = month.next_month();
        }
    }

    /// Every term of every order is paid once, and its rest paid back when it ends early.
    fn terms_add_up(&self) {
        let mut terms: HashMap<&str, Vec<(BillKind, &BillLine)>> = HashMap::new();
        for bill in &self.bills {
            for line in bill.lines.iter().filter(|line| line.kind == LineKind::Term) {
                terms.entry(&line.order_no).or_default().push((bill.kind, line));
            }
        }
        for order in &self.orders {
            let paid = terms.remove(&*order.no).unwrap_or_default();
            let months = i64::from(order.term_months.unwrap_or_default());
            let fee = Money(order.unit_price.0 * i64::from(order.units) * months);
            let is_paid = order.effective.is_some() && fee != Money::ZERO;
            let of = |kind| paid.iter().filter(|(of, _)| *of == kind).count();
            let expected = if is_paid { (1, order.terms as usize - 1) } else { (0, 0) };
            assert_eq!((of(BillKind::Purchase), of(BillKind::Renewal)), expected, "{order:?}");
            assert!(paid.iter().all(|(_, line)| line.amount == fee), "{order:?}");
            let refunds: Vec<Money> = self
                .refunds()
                .filter(|entry| entry.reference == order.no)
                .map(|entry| entry.amount)
                .collect();
            let expected = self.rest(order, fee).filter(|rest| *rest > Money::ZERO);
            assert_eq!(refunds, expected.into_iter().collect::<Vec<_>>(), "{order:?}");
        }
        assert!(terms.is_empty(), "{terms:?} of no order");
    }

    /// What is left of an order's last term on the day on which it ended, counted day by day.
    fn rest(&self, order: &Order, fee: Money) -> Option<Money> {
        let (ended, months) = (self.calendar.day(order.ended?), order.term_months?);
        let first = self.calendar.day(order.effective?);
        let (from, until) = (
            first.plus_months((order.terms - 1) * months),
            first.plus_months(order.terms * months),
        );
        let days = from.number()..until.number();
        let whole = i64::try_from(days.clone().count()).unwrap();
        let left = i64::try_from(days.filter(|day| *day >= ended.number()).count()).unwrap();
        // Half up.
        Some(Money((fee.0 * left * 2 + whole) / (whole * 2)))
    }

    /// An app has one plan at any moment.
    fn one_plan_at_a_time(&self, y: &Year) {
        let mut day = BEGIN.parse::<Day>().unwrap();
        while day < y.today() {
            day = day.plus(1);
            let start = self.calendar.start(day);
            for known in y.apps.iter().filter(|known| known.org == self.org) {
                let is_plan = |order: &&Order| order.app == known.app.id && order.item.is_plan();
                let plans = self.orders.iter().filter(is_plan).filter(|order| {
                    order.effective.is_some_and(|effective| effective <= start)
                        && order.ended.is_none_or(|ended| ended > start)
                });
                assert!(plans.count() <= 1, "{} on {day}", known.app.key());
            }
        }
    }
}

/// What the lines of a month come to, computed in another way: day by day.
fn again(
    books: &Books,
    (from, until): (i64, i64),
    used: &HashMap<(i64, i64, Meter), u64>,
    month: Day,
) -> BTreeMap<(String, LineKind), Money> {
    let (calendar, orders) = (&books.calendar, &books.orders);
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
            let keeps_it =
                order.end_reason != Some(EndReason::Superseded) && !(order.item.is_plan() && taken);
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
    let mut lines = BTreeMap::new();
    for (no, days) in days {
        let order = of(no);
        if order.term_months.is_none() {
            let kind = if order.item.is_plan() { LineKind::Plan } else { LineKind::Service };
            let fee = order.monthly().share(days, month.month_days().into()).unwrap();
            lines.insert((no.to_owned(), kind), fee);
        }
    }
    for (_, order) in last.values() {
        for (meter, overage) in &order.snapshot.overage {
            let whole_month = month.number()..month.next_month().number();
            let peak = whole_month.filter_map(|day| used.get(&(order.app.0, day, *meter))).max();
            let over = peak.copied().unwrap_or_default().saturating_sub(overage.included);
            let blocks = match overage.rounding {
                hongyan_model::catalogue::Rounding::Floor => over / overage.block,
                hongyan_model::catalogue::Rounding::Ceil => over.div_ceil(overage.block),
            };
            let fee = Money(overage.unit_price.0 * i64::try_from(blocks).unwrap());
            lines.insert((order.no.clone(), LineKind::from(*meter)), fee);
        }
    }
    lines
}

#[tokio::test]
async fn a_year_that_is_billed_afterwards_adds_up() {
    year(World::new().await, "gen2023", (8, YEAR), 0x0bad_cafe).await;
}

#[tokio::test]
async fn a_year_that_is_paid_in_advance_adds_up() {
    year(World::new().await, "gen2024", (8, YEAR), 0x00c0_ffee).await;
}

#[tokio::test]
async fn a_season_on_postgres_adds_up() {
    World::on_postgres(async |w| year(w, "gen2024", (3, 110), 0x0bad_f00d).await).await;
}
