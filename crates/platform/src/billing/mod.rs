//! Money: orders, the account of an organisation, its bills, and what becomes of who does not pay.
//!
//! The catalogue says what there is and what it costs, `model::billing` what is written down; here is decided who may
//! buy what, what a month costs, and when. What an order gives is what the app has (`App::quota`, `App::enabled`): nothing
//! else asks for orders.

mod accounts;
mod arrears;
mod month;
mod offers;
mod operator;
mod orders;
mod purchase;
mod resources;
mod seal;
mod term;
mod upkeep;

use hongyan_model::catalogue::BillingTerms;
use hongyan_model::{AppId, OrgId, Result, StaffRefusal};
use hongyan_store::billing::Open;

pub use accounts::{
    AccountView, NewRecharge, account, add_recharge, delete_recharge, entries, pay_recharge,
    recharges, set_alert,
};
pub use month::{AppCosts, Costs, bill, bills, costs};
pub use offers::{Offers, PlanState, ServiceOffer, offers};
pub use operator::{
    Adjustment, PlanChange, accounts as org_accounts, adjust, confirm_recharge, preview, rerun,
    set_credit_limit, set_plan,
};
pub use orders::{OrderView, order, orders, products, set_auto_renew};
pub use purchase::{
    Deal, DealLine, Ending, Purchase, Wish, WishedService, cancel, estimate, pay, purchase,
    purchase_of,
};
pub use resources::{Resource, ResourceKind, resources};
pub use upkeep::tick;

pub use hongyan_store::billing::{
    BillFilter, LedgerFilter, OrderFilter, OrderOperation, OrgAccount, RechargeFilter,
};

use crate::{Platform, random};

/// How money is dealt with now.
#[must_use]
pub fn terms(p: &Platform) -> BillingTerms {
    let mut terms = p.store().catalogue().billing.clone();
    terms.test_channel |= p.console().pretend_payments;
    terms
}

/// Whether a plan or service of the app has ended a short time ago: what it kept is still kept.
pub async fn has_just_ended(p: &Platform, app: AppId) -> Result<bool> {
    let days = terms(p).downgrade_retention_grace_days;
    let since = p.clock().now() - i64::from(days) * 24 * 3600 * 1000;
    Ok(hongyan_store::billing::ended_since(p.store(), app, since).await?)
}

/// ISO code of the currency.
#[must_use]
pub fn currency(p: &Platform) -> String {
    p.store().catalogue().currency.clone()
}

/// A number such as `O20261118082640482910`: a letter, the time on the installation's clock, six random digits.
fn number(p: &Platform, letter: char) -> Result<String> {
    let clock = p.calendar().clock(p.clock().now());
    let time: String = clock.chars().take(19).filter(char::is_ascii_digit).collect();
    let random = u32::from_le_bytes(random::bytes::<4>()?) % 1_000_000;
    Ok(format!("{letter}{time}{random:06}"))
}

/// Opens the books of an organisation; see [`hongyan_store::billing::with_books`].
async fn with_books<T>(
    p: &Platform,
    org: OrgId,
    scope: &hongyan_store::billing::Scope,
    change: impl FnOnce(&mut Open) -> Result<T, hongyan_model::Refusal>,
) -> Result<T> {
    let now = p.clock().now();
    let done = hongyan_store::billing::with_books(p.store(), org, scope, now, change).await?;
    let (done, books) = done.ok_or(StaffRefusal::OrganisationNotFound)??;
    if let Some(app) = &books.app {
        crate::apps::forget(p, app);
    }
    Ok(done)
}
