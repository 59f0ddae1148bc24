//! What happens by itself: days sealed, orders set up and renewed, months billed, debtors reminded.

use hongyan_model::billing::{BillKind, EndReason, Item, Operation, Order, OrderState};
use hongyan_model::catalogue::Money;
use hongyan_model::{AppStatus, Error, Plan, Refusal, Result};
use hongyan_store::billing::{self as stored, BillingState, Scope};

use super::purchase::{self, endings, take_terms};
use super::{arrears, month, number, seal, term, terms, with_books};
use crate::{Day, Platform};

/// Orders, or organisations, in one step.
const STEP: u32 = 100;

/// Does everything that is due. To be called every few seconds, by as many nodes as there are: what one has done the
/// others find done.
pub async fn tick(p: &Platform) -> Result<()> {
    let state = begin(p).await?;
    let state = seal::seal(p, state).await?;
    for order in stored::due_orders(p.store(), p.clock().now(), STEP).await? {
        unless_gone(due(p, &order).await)?;
    }
    for order in stored::orders_of_gone_apps(p.store(), STEP).await? {
        unless_gone(end_of_gone_app(p, &order).await)?;
    }
    if !terms(p).enabled {
        return arrears::release(p).await;
    }
    // A plan that ends takes its services with it, which are then found ended.
    for order in stored::expired_orders(p.store(), p.clock().now(), STEP).await? {
        unless_gone(expired(p, &order).await)?;
    }
    bill_months(p, state).await?;
    arrears::follow(p).await
}

/// Something may be gone by the time one comes to it.
fn unless_gone(done: Result<()>) -> Result<()> {
    match done {
        Err(Error::Refused(Refusal::Billing(_) | Refusal::Staff(_))) => Ok(()),
        done => done,
    }
}

/// Notes from which day on money is on for the first time, and on which days it is off. A day on which it was on at
/// all is billed: who switches it off and on again has lost nothing.
async fn begin(p: &Platform) -> Result<BillingState> {
    let state = stored::state(p.store()).await?;
    let today = p.calendar().day(p.clock().now()).number();
    let is_paused = stored::pauses(p.store()).await?.iter().any(|(_, last)| last.is_none());
    match (terms(p).enabled, state.since) {
        (true, None) => {
            let after = BillingState { since: Some(today), ..state };
            stored::set_state(p.store(), state, after).await?;
            Ok(after)
        }
        (true, Some(_)) if is_paused => {
            stored::resume(p.store(), today).await?;
            Ok(state)
        }
        (false, Some(_)) if !is_paused => {
            stored::pause(p.store(), today + 1).await?;
            Ok(state)
        }
        _ => Ok(state),
    }
}

/// An order that waited long enough: what was to be set up is, what was to be paid is cancelled.
async fn due(p: &Platform, order: &Order) -> Result<()> {
    let scope = Scope { app: Some(order.app), ..Scope::default() };
    let (terms, calendar) = (terms(p), p.calendar());
    with_books(p, order.org, &scope, |open| {
        let books = &mut open.books;
        let state = books.of_purchase(&order.purchase).next().map(|order| order.state);
        match state {
            Some(OrderState::PendingPayment) => purchase::cancel_pending(books, &order.purchase),
            Some(OrderState::Provisioning) => {
                purchase::provide(books, &order.purchase, &terms, calendar);
            }
            _ => {}
        }
        Ok(())
    })
    .await
}

/// An order whose app was deleted.
async fn end_of_gone_app(p: &Platform, order: &Order) -> Result<()> {
    let app = crate::apps::find_by_id(p, order.app).await?;
    let scope = Scope { app: app.map(|app| app.id), ..Scope::default() };
    let (terms, calendar) = (terms(p), p.calendar());
    with_books(p, order.org, &scope, |open| {
        let books = &mut open.books;
        if books.app.as_ref().is_some_and(|app| app.status != AppStatus::Deleting) {
            return Ok(());
        }
        if books.app.is_none() {
            // Its row is gone already; the order alone is left.
            books.orders = vec![order.clone()];
        }
        let live: Vec<Order> =
            books.orders.iter().filter(|order| order.is_live()).cloned().collect();
        for order in live {
            match order.state {
                OrderState::PendingPayment => purchase::cancel_pending(books, &order.purchase),
                _ => {
                    let refund = purchase::refund(&order, &terms, calendar, books.now);
                    books.end(&order.no, EndReason::AppDeleted, refund);
                }
            }
        }
        // Restored, it is what a new app is.
        books.apply(Some(Plan::Free));
        Ok(())
    })
    .await
}

/// An order whose term is over: renewed, or ended.
async fn expired(p: &Platform, order: &Order) -> Result<()> {
    let bill = number(p, 'B')?;
    let pauses = stored::pauses(p.store()).await?;
    let scope = Scope { app: Some(order.app), ..Scope::default() };
    let (terms, calendar) = (terms(p), p.calendar());
    with_books(p, order.org, &scope, |open| {
        let books = &mut open.books;
        let now = books.now;
        let kept = books.orders.iter().find(|kept| kept.no == order.no);
        let Some(kept) = kept.filter(|kept| kept.expires.is_some_and(|expires| expires <= now))
        else {
            return Ok(());
        };
        let kept = kept.clone();
        let is_plan = matches!(kept.item, Item::Plan(_));
        if kept.auto_renew && !books.account.suspended {
            let next = term::days(calendar, &Order { terms: kept.terms + 1, ..kept.clone() });
            let is_free = next.is_some_and(|(from, until)| {
                let covers = |&(first, last): &(i64, Option<i64>)| {
                    first <= from.number() && last.is_none_or(|last| until.number() <= last + 1)
                };
                pauses.iter().any(covers)
            });
            let fee = if is_free { Money::ZERO } else { kept.term_fee() };
            if !is_free {
                let source = format!("renewal:{}:{}", kept.no, kept.terms + 1);
                let orders = std::slice::from_ref(&kept);
                take_terms(books, (bill, source), BillKind::Renewal, orders, calendar);
            }
            if let Some(kept) = books.orders.iter_mut().find(|kept| kept.no == order.no) {
                kept.terms += 1;
                if is_free {
                    // Nothing of it is paid back either.
                    kept.paid_cash = Money::ZERO;
                }
                kept.expires = term::expiry(calendar, kept);
            }
            books.note(&kept.no, Operation::Renewed, "", fee);
            return Ok(());
        }
        let reason = match books.account.suspended {
            true => EndReason::Arrears,
            false => EndReason::Expired,
        };
        if is_plan {
            for ending in endings(books, &terms, calendar) {
                let refund = if ending.order_no == kept.no { Money::ZERO } else { ending.refund };
                books.end(&ending.order_no, reason, refund);
            }
            books.apply(Some(Plan::Free));
        } else {
            books.end(&kept.no, reason, Money::ZERO);
            books.apply(None);
        }
        Ok(())
    })
    .await
}

/// Bills every month that is over, the oldest first.
async fn bill_months(p: &Platform, mut state: BillingState) -> Result<()> {
    let calendar = p.calendar();
    let Some(since) = state.since else { return Ok(()) };
    loop {
        let month = match state.billed {
            Some(billed) => Day::of_number(billed).next_month(),
            None => Day::of_number(since).month_start(),
        };
        let end = calendar.start(month.next_month());
        let close = i64::from(terms(p).month_close_minutes) * 60_000;
        let is_over = end.saturating_add(close) <= p.clock().now();
        let is_sealed =
            state.sealed.is_some_and(|sealed| sealed >= month.next_month().number() - 1);
        if !is_over || !is_sealed {
            return Ok(());
        }
        let first = Day::of_number(since).max(month).number();
        loop {
            let orgs = stored::orgs_to_bill(p.store(), first, end, STEP).await?;
            for org in &orgs {
                month::run(p, *org, month).await?;
            }
            if orgs.len() < STEP as usize {
                break;
            }
        }
        tracing::info!(month = month.month(), "every organisation is billed");
        let after = BillingState { billed: Some(month.number()), ..state };
        stored::set_state(p.store(), state, after).await?;
        state = after;
    }
}
