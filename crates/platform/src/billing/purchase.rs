//! Buying plans and services.

use hongyan_model::billing::{
    BillKind, BillLine, BillingRefusal, Books, EndReason, Item, LineKind, Operation, Order,
    OrderState, Snapshot,
};
use hongyan_model::catalogue::{BillingTerms, ChargeMode, Gives, Money};
use hongyan_model::{App, AppId, AppStatus, Feature, OrgId, Plan, Refusal, Result, Timestamp};
use hongyan_store::billing::{self as stored, Scope};

use super::accounts::require_on;
use super::{number, term, terms, with_books};
use crate::{Calendar, Platform};

/// Services in one purchase.
const MOST_SERVICES: usize = 50;

/// What somebody wants to buy for an app.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wish {
    /// Another plan; `None` for services beside the current one.
    pub plan: Option<Plan>,
    /// Services.
    pub services: Vec<WishedService>,
    /// Whether what is paid in advance is renewed by itself.
    pub auto_renew: bool,
}

/// A service that somebody wants to buy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WishedService {
    /// Its key.
    pub key: String,
    /// Units.
    pub units: u32,
    /// Months to be paid in advance; where services are billed afterwards it means nothing.
    pub term_months: u32,
}

/// What a purchase comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deal {
    /// What is bought.
    pub lines: Vec<DealLine>,
    /// What ends by it.
    pub ends: Vec<Ending>,
    /// What can be spent at once: the balance, and what may be owed; `None` while money is off.
    pub available: Option<Money>,
}

/// A line of a deal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DealLine {
    /// What.
    pub item: Item,
    /// On which terms.
    pub snapshot: Snapshot,
    /// A unit for a month.
    pub unit_price: Money,
    /// Units.
    pub units: u32,
    /// Months that are paid in advance; `None`: billed afterwards.
    pub term_months: Option<u32>,
}

/// An order that ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ending {
    /// Its number.
    pub order_no: String,
    /// 中文名 and English name.
    pub names: (String, String),
    /// What is paid back.
    pub refund: Money,
}

impl DealLine {
    /// All units for a month.
    #[must_use]
    pub fn monthly(&self) -> Money {
        self.unit_price.times(self.units.into()).unwrap_or(Money(i64::MAX))
    }

    /// What is to be paid at once.
    #[must_use]
    pub fn due_now(&self) -> Money {
        let months = self.term_months.unwrap_or_default();
        self.monthly().times(months.into()).unwrap_or(Money(i64::MAX))
    }
}

impl Deal {
    /// What it costs a month, but for what is measured.
    #[must_use]
    pub fn monthly(&self) -> Money {
        self.lines.iter().map(DealLine::monthly).sum()
    }

    /// What is to be paid at once.
    #[must_use]
    pub fn due_now(&self) -> Money {
        self.lines.iter().map(DealLine::due_now).sum()
    }

    /// What is paid back.
    #[must_use]
    pub fn refund(&self) -> Money {
        self.ends.iter().map(|ending| ending.refund).sum()
    }
}

/// A purchase: what was bought in one go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Purchase {
    /// Its number.
    pub no: String,
    /// Its orders, the plan first.
    pub orders: Vec<Order>,
    /// What is paid back with its payment, and so need not be there.
    pub refund: Money,
    /// What its organisation can spend at once: the balance, and what may be owed; `None` while money is off.
    pub available: Option<Money>,
}

impl Purchase {
    /// Where its orders are.
    #[must_use]
    pub fn state(&self) -> OrderState {
        self.orders.first().map_or(OrderState::Cancelled, |order| order.state)
    }

    /// What had, or has, to be paid at once.
    #[must_use]
    pub fn due_now(&self) -> Money {
        self.orders.iter().map(Order::term_fee).sum()
    }
}

/// What a purchase would come to.
pub async fn estimate(p: &Platform, app: &App, wish: &Wish) -> Result<Deal> {
    let scope = Scope { app: Some(app.id), ..Scope::default() };
    let now = p.clock().now();
    let (terms, calendar) = (terms(p), p.calendar());
    let tried = stored::try_books(p.store(), app.org_id, &scope, now, |open| {
        deal(&open.books, wish, &terms, calendar)
    });
    let (deal, _) = tried.await?.ok_or_else(|| gone(app))??;
    Ok(deal)
}

/// Buys. What has to be paid in advance waits for [`pay`]; everything else is in service when this returns, unless
/// setting up is made to take its time.
pub async fn purchase(p: &Platform, app: &App, wish: &Wish, creator: &str) -> Result<Purchase> {
    if wish.services.len() > MOST_SERVICES {
        return Err(Refusal::TooMany { name: "services", limit: MOST_SERVICES }.into());
    }
    let no = number(p, 'P')?;
    let mut numbers = Vec::new();
    for _ in 0..=wish.services.len() {
        numbers.push(number(p, 'O')?);
    }
    let scope = Scope { app: Some(app.id), ..Scope::default() };
    let (terms, calendar) = (terms(p), p.calendar());
    with_books(p, app.org_id, &scope, |open| {
        let books = &mut open.books;
        let deal = deal(books, wish, &terms, calendar)?;
        let place = Place { no: &no, creator, auto_renew: wish.auto_renew, detail: "" };
        place.write(books, &deal, numbers, &terms);
        if deal.due_now() == Money::ZERO {
            set_up(books, &no, &terms, calendar);
        }
        Ok(())
    })
    .await?;
    purchase_of(p, app.org_id, app.id, &no).await
}

/// Pays a purchase from the balance.
pub async fn pay(p: &Platform, app: &App, no: &str) -> Result<Purchase> {
    require_on(p)?;
    let bill = number(p, 'B')?;
    let scope = Scope { app: Some(app.id), ..Scope::default() };
    let (terms, calendar) = (terms(p), p.calendar());
    with_books(p, app.org_id, &scope, |open| {
        let books = &mut open.books;
        let pending = pending(books, no)?;
        if pending.iter().any(|order| order.due <= books.now) {
            return Err(BillingRefusal::PurchaseClosed.into());
        }
        if ends_at_once(&pending, &terms) {
            // What is paid back of the old plan pays for the new one.
            supersede(books, &terms, calendar);
        }
        charge_terms(
            books,
            (bill, format!("purchase:{no}")),
            BillKind::Purchase,
            &pending,
            calendar,
        )?;
        for order in &pending {
            books.note(&order.no, Operation::Paid, "", order.term_fee());
        }
        set_up(books, no, &terms, calendar);
        Ok(())
    })
    .await?;
    purchase_of(p, app.org_id, app.id, no).await
}

/// Takes back a purchase that is not paid.
pub async fn cancel(p: &Platform, app: &App, no: &str) -> Result<Purchase> {
    let scope = Scope { app: Some(app.id), ..Scope::default() };
    with_books(p, app.org_id, &scope, |open| {
        pending(&open.books, no)?;
        cancel_pending(&mut open.books, no);
        Ok(())
    })
    .await?;
    purchase_of(p, app.org_id, app.id, no).await
}

/// A purchase of an app.
pub async fn purchase_of(p: &Platform, org: OrgId, app: AppId, no: &str) -> Result<Purchase> {
    let orders = stored::orders_of_purchase(p.store(), org, no).await?;
    let orders: Vec<_> = orders.into_iter().filter(|order| order.app == app).collect();
    if orders.is_empty() {
        return Err(BillingRefusal::PurchaseNotFound.into());
    }
    let (no, terms) = (no.to_owned(), terms(p));
    if !terms.enabled {
        let without_price = |order| Order { unit_price: Money::ZERO, ..order };
        let orders = orders.into_iter().map(without_price).collect();
        return Ok(Purchase { no, orders, refund: Money::ZERO, available: None });
    }
    let is_pending = |order: &Order| order.state == OrderState::PendingPayment;
    let refund = match orders.iter().all(is_pending) && ends_at_once(&orders, &terms) {
        true => {
            let now = p.clock().now();
            let live = stored::orders_of_app_between(p.store(), app, now, now + 1).await?;
            let live = live.iter().filter(|order| order.state == OrderState::InService);
            live.map(|order| refund(order, &terms, p.calendar(), now)).sum()
        }
        false => Money::ZERO,
    };
    let account = stored::account(p.store(), org).await?;
    let credit = account.credit_limit.unwrap_or(terms.credit_limit);
    Ok(Purchase { no, orders, refund, available: Some(account.balance + credit) })
}

/// What a wish comes to, if it may be.
fn deal(
    books: &Books,
    wish: &Wish,
    terms: &BillingTerms,
    calendar: &Calendar,
) -> Result<Deal, Refusal> {
    let app = books.app.as_ref().ok_or(BillingRefusal::PurchaseNotFound)?;
    if app.status == AppStatus::Deleting {
        return Err(gone(app));
    }
    if wish.plan.is_none() && wish.services.is_empty() {
        return Err(Refusal::Missing { name: "plan" });
    }
    let waits = |order: &&Order| {
        matches!(order.state, OrderState::PendingPayment | OrderState::Provisioning)
    };
    if let Some(order) = books.orders.iter().find(waits) {
        return Err(BillingRefusal::UnfinishedPurchase { purchase: order.purchase.clone() }.into());
    }
    if terms.enabled && books.account.in_arrears_since.is_some() {
        return Err(BillingRefusal::InArrears.into());
    }
    let catalogue = &app.catalogue;
    let mut lines = Vec::new();
    if let Some(plan) = wish.plan {
        let offer = catalogue.plan(plan);
        if !offer.purchasable || !offer.buy_from.contains(&app.plan) {
            return Err(BillingRefusal::PlanNotAllowed.into());
        }
        lines.push(plan_line(app, plan, terms));
    }
    let plan = wish.plan.unwrap_or(app.plan);
    for (at, wished) in wish.services.iter().enumerate() {
        let refused = || BillingRefusal::ServiceNotAllowed { key: wished.key.clone() };
        let twice = wish.services[..at].iter().any(|before| before.key == wished.key);
        let service = catalogue.service(&wished.key).filter(|_| !twice).ok_or_else(refused)?;
        let price = service.prices.get(&plan).ok_or_else(refused)?;
        let owned = if wish.plan.is_none() { owned(books, &service.key) } else { 0 };
        let free = service.max_units.saturating_sub(owned);
        if let Some((quota, value)) = set_limit(&service.gives, plan) {
            let kept = if wish.plan.is_none() { books.orders.as_slice() } else { &[] };
            let in_service = kept.iter().filter(|order| order.state == OrderState::InService);
            let sets_it = |line: &DealLine| {
                let set = line.snapshot.gives.as_ref().and_then(|gives| set_limit(gives, plan));
                set.is_some_and(|(other, _)| other == quota)
            };
            if bought_limit(in_service, quota, plan) >= value || lines.iter().any(sets_it) {
                return Err(refused().into());
            }
        }
        let is_prepaid = terms.enabled && terms.vas_mode == ChargeMode::Prepaid;
        let term_ok = !is_prepaid || service.terms_months.contains(&wished.term_months);
        let allowed = catalogue.plan(plan).services_allowed && term_ok;
        if !allowed || !(1..=free).contains(&wished.units) {
            return Err(refused().into());
        }
        lines.push(DealLine {
            item: Item::Service(service.key.clone()),
            snapshot: Snapshot {
                catalogue: catalogue.id.clone(),
                name_zh: service.name_zh.clone(),
                name_en: service.name_en.clone(),
                gives: Some(service.gives.clone()),
                whole_months: !terms.proration,
                ..Snapshot::default()
            },
            unit_price: if terms.enabled { *price } else { Money::ZERO },
            units: wished.units,
            term_months: is_prepaid.then_some(wished.term_months),
        });
    }
    let mut ends = match wish.plan {
        Some(_) => endings(books, terms, calendar),
        None => Vec::new(),
    };
    if !terms.enabled {
        ends.iter_mut().for_each(|ending| ending.refund = Money::ZERO);
    }
    Ok(Deal { lines, ends, available: terms.enabled.then(|| books.available()) })
}

/// A plan at the catalogue's price.
pub(super) fn plan_line(app: &App, plan: Plan, terms: &BillingTerms) -> DealLine {
    let offer = app.catalogue.plan(plan);
    let is_prepaid = terms.enabled && terms.plan_mode == ChargeMode::Prepaid;
    DealLine {
        item: Item::Plan(plan),
        snapshot: Snapshot {
            catalogue: app.catalogue.id.clone(),
            name_zh: offer.name_zh.clone(),
            name_en: offer.name_en.clone(),
            gives: None,
            whole_months: !terms.proration,
            overage: if terms.enabled { offer.overage.clone() } else { Default::default() },
        },
        unit_price: if terms.enabled { offer.monthly_fee } else { Money::ZERO },
        units: 1,
        term_months: is_prepaid.then_some(1),
    }
}

/// The limit that a service sets beside a plan, and to what.
pub(super) fn set_limit(gives: &Gives, plan: Plan) -> Option<(Feature, u64)> {
    match gives {
        Gives::Set { quota, values } => values.get(&plan).map(|value| (*quota, *value)),
        Gives::Add { .. } | Gives::Switches(_) => None,
    }
}

/// The most to which these orders set a limit.
pub(super) fn bought_limit<'a>(
    orders: impl Iterator<Item = &'a Order>,
    quota: Feature,
    plan: Plan,
) -> u64 {
    let set = orders.filter_map(|order| set_limit(order.snapshot.gives.as_ref()?, plan));
    set.filter(|(other, _)| *other == quota).map(|(_, value)| value).max().unwrap_or_default()
}

/// Units of a service that are in service.
pub(super) fn owned(books: &Books, key: &str) -> u32 {
    let of_it = |order: &&Order| {
        order.state == OrderState::InService && order.item == Item::Service(key.to_owned())
    };
    books.orders.iter().filter(of_it).map(|order| order.units).sum()
}

/// What ends when the app gets another plan: its plan and everything bought beside it.
pub(super) fn endings(books: &Books, terms: &BillingTerms, calendar: &Calendar) -> Vec<Ending> {
    let in_service = books.orders.iter().filter(|order| order.state == OrderState::InService);
    let ending = |order: &Order| Ending {
        order_no: order.no.clone(),
        names: (order.snapshot.name_zh.clone(), order.snapshot.name_en.clone()),
        refund: refund(order, terms, calendar, books.now),
    };
    in_service.map(ending).collect()
}

/// What is paid back of an order that ends now.
pub(super) fn refund(
    order: &Order,
    terms: &BillingTerms,
    calendar: &Calendar,
    now: Timestamp,
) -> Money {
    match (terms.refund_on_upgrade, order.state) {
        (false, _) => Money::ZERO,
        // Paid, and not yet given.
        (true, OrderState::Provisioning) => order.paid_cash,
        (true, _) => term::refund(calendar, order, now),
    }
}

/// How orders are written down.
pub(super) struct Place<'a> {
    /// Number of the purchase.
    pub(super) no: &'a str,
    /// Who buys.
    pub(super) creator: &'a str,
    /// Whether terms are renewed.
    pub(super) auto_renew: bool,
    /// What is said of it.
    pub(super) detail: &'a str,
}

impl Place<'_> {
    /// Writes the orders of a deal, waiting for their payment.
    pub(super) fn write(
        &self,
        books: &mut Books,
        deal: &Deal,
        numbers: Vec<String>,
        terms: &BillingTerms,
    ) {
        let Some(app) = books.app.clone() else { return };
        let due = books.now + i64::from(terms.pay_within_minutes) * 60_000;
        for (line, no) in deal.lines.iter().zip(numbers) {
            books.note(&no, Operation::Created, self.detail, Money::ZERO);
            books.orders.push(Order {
                id: 0,
                no,
                purchase: self.no.to_owned(),
                org: app.org_id,
                app: app.id,
                app_key: app.key(),
                data_center: app.data_center.clone(),
                item: line.item.clone(),
                snapshot: line.snapshot.clone(),
                unit_price: line.unit_price,
                units: line.units,
                term_months: line.term_months,
                terms: 0,
                paid_cash: Money::ZERO,
                auto_renew: self.auto_renew && line.term_months.is_some(),
                state: OrderState::PendingPayment,
                end_reason: None,
                creator: self.creator.to_owned(),
                created: books.now,
                due,
                effective: None,
                expires: None,
                ended: None,
            });
        }
    }
}

/// Takes what a term of these orders costs, in one bill; refuses if the account has less.
pub(super) fn charge_terms(
    books: &mut Books,
    names: (String, String),
    kind: BillKind,
    orders: &[Order],
    calendar: &Calendar,
) -> Result<(), Refusal> {
    let due: Money = orders.iter().map(Order::term_fee).sum();
    if books.available() < due {
        return Err(BillingRefusal::BalanceTooLow { available: books.available(), due }.into());
    }
    take_terms(books, names, kind, orders, calendar);
    Ok(())
}

/// [`charge_terms`], whatever the account has.
pub(super) fn take_terms(
    books: &mut Books,
    names: (String, String),
    kind: BillKind,
    orders: &[Order],
    calendar: &Calendar,
) {
    let total: Money = orders.iter().map(Order::term_fee).sum();
    let line = |order: &Order| BillLine {
        app: order.app,
        app_key: order.app_key.clone(),
        order_no: order.no.clone(),
        item: order.item.key().to_owned(),
        name_zh: order.snapshot.name_zh.clone(),
        name_en: order.snapshot.name_en.clone(),
        kind: LineKind::Term,
        days: None,
        unit_price: order.unit_price,
        units: order.units.into(),
        months: order.term_months,
        peak: None,
        included: None,
        amount: order.term_fee(),
    };
    let lines = orders.iter().filter(|order| order.term_months.is_some()).map(line).collect();
    let today = calendar.day(books.now).number();
    let cash = books.charge(names, kind, (today, today), lines);
    // Gifts are spread over the orders; the last one takes what rounding leaves.
    let mut left = cash;
    for (at, order) in orders.iter().enumerate() {
        let fee = order.term_fee();
        let share = match at + 1 == orders.len() {
            true => left,
            false => {
                let (part, whole) =
                    (u64::try_from(fee.0).unwrap_or(0), u64::try_from(total.0).unwrap_or(0));
                cash.share(part, whole).unwrap_or_default().min(left).min(fee)
            }
        };
        left = left - share;
        if let Some(kept) = books.orders.iter_mut().find(|kept| kept.no == order.no) {
            kept.paid_cash = share.min(fee);
        }
    }
}

/// Begins to set up a purchase; what takes no time is in service at once.
pub(super) fn set_up(books: &mut Books, no: &str, terms: &BillingTerms, calendar: &Calendar) {
    let due = books.now + i64::from(terms.provision_delay_seconds) * 1000;
    for order in books.orders.iter_mut().filter(|order| order.purchase == no) {
        order.state = OrderState::Provisioning;
        order.due = due;
        // Paid, or for nothing.
        order.terms = u32::from(order.term_months.is_some());
    }
    if due <= books.now {
        provide(books, no, terms, calendar);
    }
}

/// Puts a purchase into service: a plan takes the place of the one before and of everything bought beside it.
pub(super) fn provide(books: &mut Books, no: &str, terms: &BillingTerms, calendar: &Calendar) {
    let now = books.now;
    let bought: Vec<Order> = books.of_purchase(no).cloned().collect();
    let plan = bought.iter().find_map(|order| match order.item {
        Item::Plan(plan) => Some(plan),
        Item::Service(_) => None,
    });
    if plan.is_some() {
        supersede(books, terms, calendar);
    }
    for order in books.orders.iter_mut().filter(|order| order.purchase == no) {
        order.state = OrderState::InService;
        order.effective = Some(now);
        order.expires = term::expiry(calendar, order);
    }
    for order in &bought {
        books.note(&order.no, Operation::Provisioned, "", Money::ZERO);
    }
    books.apply(plan);
    for order in &bought {
        let_end(books, order);
    }
}

/// Where `better` is renewed, what sets the same limit to no more than it serves to its end and is not.
fn let_end(books: &mut Books, better: &Order) {
    let Some(plan) = books.app.as_ref().map(|app| app.plan) else { return };
    if !better.auto_renew {
        return;
    }
    let limit = |order: &Order| set_limit(order.snapshot.gives.as_ref()?, plan);
    let Some((quota, value)) = limit(better) else { return };
    let is_needless = |order: &&mut Order| {
        let is_other = order.state == OrderState::InService && order.no != better.no;
        let sets = limit(order).is_some_and(|(other, less)| other == quota && less <= value);
        is_other && sets && order.auto_renew
    };
    let mut ended = Vec::new();
    for order in books.orders.iter_mut().filter(is_needless) {
        order.auto_renew = false;
        ended.push(order.no.clone());
    }
    for no in ended {
        books.note(&no, Operation::AutoRenewOff, "", Money::ZERO);
    }
}

/// Ends the plan and everything bought beside it: another one takes its place.
fn supersede(books: &mut Books, terms: &BillingTerms, calendar: &Calendar) {
    for Ending { order_no, refund, .. } in endings(books, terms, calendar) {
        books.end(&order_no, EndReason::Superseded, refund);
    }
}

/// Whether a purchase ends the app's plan in the moment in which it is paid.
fn ends_at_once(orders: &[Order], terms: &BillingTerms) -> bool {
    terms.provision_delay_seconds == 0 && orders.iter().any(|order| order.item.is_plan())
}

/// Cancels what is not paid.
pub(super) fn cancel_pending(books: &mut Books, no: &str) {
    let now = books.now;
    let mut cancelled = Vec::new();
    for order in books.orders.iter_mut() {
        if order.purchase == no && order.state == OrderState::PendingPayment {
            order.state = OrderState::Cancelled;
            order.ended = Some(now);
            cancelled.push(order.no.clone());
        }
    }
    for no in cancelled {
        books.note(&no, Operation::Cancelled, "", Money::ZERO);
    }
}

/// The orders of a purchase that waits for its payment.
fn pending(books: &Books, no: &str) -> Result<Vec<Order>, Refusal> {
    let orders: Vec<Order> = books.of_purchase(no).cloned().collect();
    match orders.first().map(|order| order.state) {
        Some(OrderState::PendingPayment) => Ok(orders),
        Some(_) => Err(BillingRefusal::PurchaseClosed.into()),
        None => Err(BillingRefusal::PurchaseNotFound.into()),
    }
}

fn gone(app: &App) -> Refusal {
    Refusal::AppNotFound { org: app.org.clone(), app: app.name.clone() }
}

/// What a service gives, as a word.
#[must_use]
pub(super) const fn gives_word(gives: &Gives) -> &'static str {
    match gives {
        Gives::Add { .. } => "add",
        Gives::Set { .. } => "set",
        Gives::Switches(_) => "switch",
    }
}
