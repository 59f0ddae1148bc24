//! What only the operator does.

use hongyan_model::billing::{
    Bill, BillKind, BillingRefusal, EndReason, EntryKind, LedgerEntry, OrderState, Recharge,
};
use hongyan_model::catalogue::Money;
use hongyan_model::{App, AppStatus, OrgId, Plan, Refusal, Result, StaffRefusal};
use hongyan_store::billing::{self as stored, LedgerFilter, OrgAccount, Scope};
use hongyan_store::organisations;

use super::accounts::{self, check_amount, check_note, require_on};
use super::purchase::{
    Deal, Place, cancel_pending, charge_terms, endings, plan_line, refund, set_up,
};
use super::{month, number, terms, with_books};
use crate::{Day, Platform};

/// Largest page.
const PAGE: u32 = 100;

/// Another plan for an app, whatever it may buy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlanChange {
    /// The plan.
    pub plan: Plan,
    /// Whether it costs what the catalogue says, or nothing.
    pub charged: bool,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
}

/// A change of a balance by hand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Adjustment {
    /// Recharge, gift or adjustment.
    pub kind: EntryKind,
    /// By how much; only an adjustment can be negative.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

/// Puts an app on a plan: what it has bought ends, with its rest paid back.
pub async fn set_plan(p: &Platform, app: &App, change: &PlanChange) -> Result<()> {
    let reason = check_note(&change.reason)?;
    if reason.is_empty() {
        return Err(Refusal::Missing { name: "reason" }.into());
    }
    let (no, order, bill) = (number(p, 'P')?, number(p, 'O')?, number(p, 'B')?);
    let scope = Scope { app: Some(app.id), ..Scope::default() };
    let (terms, calendar) = (terms(p), p.calendar());
    with_books(p, app.org_id, &scope, |open| {
        let books = &mut open.books;
        let app = books.app.clone().ok_or(BillingRefusal::PurchaseNotFound)?;
        if app.status == AppStatus::Deleting {
            return Err(Refusal::AppNotFound { org: app.org, app: app.name });
        }
        if change.plan != app.plan && !app.catalogue.plan(change.plan).offered {
            return Err(BillingRefusal::PlanNotAllowed.into());
        }
        for waiting in books.orders.clone() {
            match waiting.state {
                OrderState::PendingPayment => cancel_pending(books, &waiting.purchase),
                OrderState::Provisioning => {
                    let refund = refund(&waiting, &terms, calendar, books.now);
                    books.end(&waiting.no, EndReason::Closed, refund);
                }
                _ => {}
            }
        }
        for ending in endings(books, &terms, calendar) {
            books.end(&ending.order_no, EndReason::Closed, ending.refund);
        }
        if change.plan == Plan::Free {
            books.apply(Some(Plan::Free));
            return Ok(());
        }
        let mut line = plan_line(&app, change.plan, &terms);
        if !change.charged {
            line.unit_price = Money::ZERO;
            line.term_months = None;
            line.snapshot.overage.clear();
        }
        let deal = Deal { lines: vec![line], ends: Vec::new(), available: None };
        let auto_renew = terms.auto_renew_default;
        let place = Place { no: &no, creator: &change.by, auto_renew, detail: &reason };
        place.write(books, &deal, vec![order], &terms);
        if deal.due_now() > Money::ZERO {
            let orders: Vec<_> = books.of_purchase(&no).cloned().collect();
            let names = (bill, format!("purchase:{no}"));
            charge_terms(books, names, BillKind::Purchase, &orders, calendar)?;
        }
        set_up(books, &no, &terms, calendar);
        Ok(())
    })
    .await
}

/// One page of organisations with their accounts, of those whose name or title contains `text`, and the number of all
/// such.
pub async fn accounts(
    p: &Platform,
    text: &str,
    page: u32,
    size: u32,
) -> Result<(Vec<OrgAccount>, i64)> {
    require_on(p)?;
    let size = size.clamp(1, PAGE);
    let offset = u64::from(page.saturating_sub(1)) * u64::from(size);
    Ok(stored::accounts_page(p.store(), &text.replace('\0', ""), offset, size).await?)
}

/// Says what an organisation may owe.
pub async fn set_credit_limit(p: &Platform, org: OrgId, limit: Money) -> Result<()> {
    if limit < Money::ZERO || limit > accounts::MOST {
        let why = format!("from 0 to {}", accounts::MOST);
        return Err(Refusal::Invalid { name: "credit_limit", why }.into());
    }
    require_on(p)?;
    with_books(p, org, &Scope::default(), |open| {
        open.books.set_credit_limit(Some(limit));
        Ok(())
    })
    .await
}

/// Changes a balance by hand.
pub async fn adjust(p: &Platform, org: OrgId, change: &Adjustment) -> Result<LedgerEntry> {
    require_on(p)?;
    let Adjustment { kind, amount, reason } = change;
    let note = check_note(reason)?;
    if note.is_empty() {
        return Err(Refusal::Missing { name: "reason" }.into());
    }
    let size = if *amount < Money::ZERO { -*amount } else { *amount };
    check_amount(size)?;
    let may_be_negative = *kind == EntryKind::Adjustment;
    let is_by_hand = matches!(kind, EntryKind::Recharge | EntryKind::Gift | EntryKind::Adjustment);
    if !is_by_hand {
        return Err(Refusal::Invalid { name: "kind", why: "not done by hand".to_owned() }.into());
    }
    if *amount < Money::ZERO && !may_be_negative {
        let why = "only an adjustment takes money".to_owned();
        return Err(Refusal::Invalid { name: "amount", why }.into());
    }
    let no = number(p, 'A')?;
    with_books(p, org, &Scope::default(), |open| {
        open.books.post(*kind, *amount, &no, &note);
        Ok(())
    })
    .await?;
    let newest = stored::ledger(p.store(), org, &LedgerFilter::default(), None, 20).await?;
    let entry = newest.into_iter().find(|entry| entry.reference == no);
    Ok(entry.ok_or(BillingRefusal::RechargeNotFound)?)
}

/// The money of a recharge has come.
pub async fn confirm_recharge(p: &Platform, no: &str) -> Result<Recharge> {
    require_on(p)?;
    let found = stored::recharge(p.store(), no).await?.ok_or(BillingRefusal::RechargeNotFound)?;
    accounts::paid(p, found.org, no).await
}

/// What a run would bill for a month now.
pub async fn preview(p: &Platform, org: OrgId, month: Day) -> Result<Bill> {
    require_on(p)?;
    require_org(p, org).await?;
    month::preview(p, org, month.month_start()).await
}

/// Computes a month that is billed once more; answers the number of the bill that corrects it, if it has to be.
pub async fn rerun(p: &Platform, org: OrgId, month: Day) -> Result<Option<String>> {
    require_on(p)?;
    require_org(p, org).await?;
    month::rerun(p, org, month.month_start()).await
}

async fn require_org(p: &Platform, org: OrgId) -> Result<()> {
    let found = organisations::find_by_id(p.store(), org).await?;
    if found.is_some() { Ok(()) } else { Err(StaffRefusal::OrganisationNotFound.into()) }
}
