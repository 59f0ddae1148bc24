//! 账户中心 and 充值记录: the money of an organisation.

use hongyan_model::billing::{Account, BillingRefusal, Channel, EntryKind, LedgerEntry, Recharge};
use hongyan_model::catalogue::Money;
use hongyan_model::{OrgId, Refusal, Result, Timestamp};
use hongyan_store::billing::{self as stored, LedgerFilter, RechargeFilter, Scope};

use super::{arrears, month, number, terms, with_books};
use crate::Platform;

/// Most that is recharged at once: a hundred million of the large unit.
pub(super) const MOST: Money = Money(10_000_000_000);
/// Characters of a note.
const NOTE_CHARS: usize = 200;

/// The account of an organisation, and what comes of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountView {
    /// The account.
    pub account: Account,
    /// What it may owe.
    pub credit_limit: Money,
    /// When its apps are stopped unless it pays.
    pub suspends_at: Option<Timestamp>,
    /// When they are deleted unless it pays; `None` also when they have been.
    pub purge_at: Option<Timestamp>,
    /// What this month costs so far.
    pub month_to_date: Money,
    /// How money can come in.
    pub channels: Vec<Channel>,
}

/// A recharge to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRecharge {
    /// How much.
    pub amount: Money,
    /// How.
    pub channel: Channel,
    /// What is said of it.
    pub note: String,
}

/// The account of an organisation.
pub async fn account(p: &Platform, org: OrgId) -> Result<AccountView> {
    require_on(p)?;
    let terms = terms(p);
    let account = stored::account(p.store(), org).await?;
    let today = p.calendar().day(p.clock().now());
    let costs = month::costs(p, org, today.month_start()).await?;
    let since = account.in_arrears_since;
    let purge_at = since.map(|since| arrears::purge(since, &terms));
    Ok(AccountView {
        credit_limit: account.credit_limit.unwrap_or(terms.credit_limit),
        suspends_at: since.map(|since| arrears::suspension(since, &terms)),
        purge_at: purge_at.filter(|at| *at > p.clock().now()),
        month_to_date: costs.total,
        channels: channels(terms.test_channel),
        account,
    })
}

/// Sets, or forgets, the balance below which a mail is sent.
pub async fn set_alert(p: &Platform, org: OrgId, below: Option<Money>) -> Result<()> {
    require_on(p)?;
    if below.is_some_and(|below| below < Money::ZERO || below > MOST) {
        let why = "an amount from 0 on".to_owned();
        return Err(Refusal::Invalid { name: "alert_below", why }.into());
    }
    with_books(p, org, &Scope::default(), |open| {
        let account = &mut open.books.account;
        account.alert_below = below;
        account.alerted = false;
        Ok(())
    })
    .await
}

/// Changes of the balance from new to old, those before the entry `before`.
pub async fn entries(
    p: &Platform,
    org: OrgId,
    filter: &LedgerFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<LedgerEntry>> {
    require_on(p)?;
    Ok(stored::ledger(p.store(), org, filter, before, limit).await?)
}

/// Recharges from new to old, those before the row `before`, with their rows. Without an organisation in the filter those
/// of all: for operators.
pub async fn recharges(
    p: &Platform,
    filter: &RechargeFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<(i64, Recharge)>> {
    require_on(p)?;
    Ok(stored::recharges(p.store(), filter, before, limit).await?)
}

/// Makes a recharge, which is paid by [`pay_recharge`], or when the operator has the money.
pub async fn add_recharge(
    p: &Platform,
    org: OrgId,
    creator: &str,
    new: NewRecharge,
) -> Result<Recharge> {
    require_on(p)?;
    let NewRecharge { amount, channel, note } = new;
    check_amount(amount)?;
    if !channels(terms(p).test_channel).contains(&channel) {
        return Err(Refusal::Invalid { name: "channel", why: "not offered here".to_owned() }.into());
    }
    let recharge = Recharge {
        no: number(p, 'R')?,
        org,
        org_name: String::new(),
        amount,
        channel,
        note: check_note(&note)?,
        creator: creator.to_owned(),
        created: p.clock().now(),
        paid: None,
    };
    stored::insert_recharge(p.store(), &recharge).await?;
    find(p, org, &recharge.no).await
}

/// Removes a recharge that is not paid.
pub async fn delete_recharge(p: &Platform, org: OrgId, no: &str) -> Result<()> {
    require_on(p)?;
    if stored::delete_recharge(p.store(), org, no).await? {
        return Ok(());
    }
    find(p, org, no).await?;
    Err(BillingRefusal::RechargePaid.into())
}

/// Pays a recharge of the pretended channel.
pub async fn pay_recharge(p: &Platform, org: OrgId, no: &str) -> Result<Recharge> {
    require_on(p)?;
    let recharge = find(p, org, no).await?;
    if recharge.channel != Channel::Test || !terms(p).test_channel {
        return Err(Refusal::NotPermitted.into());
    }
    paid(p, org, no).await
}

/// Enters a recharge into the account: the money is there.
pub(super) async fn paid(p: &Platform, org: OrgId, no: &str) -> Result<Recharge> {
    require_on(p)?;
    let scope = Scope { recharge: Some(no.to_owned()), ..Scope::default() };
    with_books(p, org, &scope, |open| {
        let recharge = open.recharge.as_mut().ok_or(BillingRefusal::RechargeNotFound)?;
        if recharge.paid.is_some() {
            return Err(BillingRefusal::RechargePaid.into());
        }
        recharge.paid = Some(open.books.now);
        let (amount, note) = (recharge.amount, recharge.note.clone());
        open.books.post(EntryKind::Recharge, amount, no, &note);
        Ok(())
    })
    .await?;
    find(p, org, no).await
}

/// Without money there is nothing to be seen of it either.
pub(super) fn require_on(p: &Platform) -> Result<()> {
    if terms(p).enabled { Ok(()) } else { Err(BillingRefusal::BillingOff.into()) }
}

pub(super) fn check_amount(amount: Money) -> Result<(), Refusal> {
    if Money::ZERO < amount && amount <= MOST {
        return Ok(());
    }
    Err(Refusal::Invalid { name: "amount", why: format!("from 0.01 to {MOST}") })
}

pub(super) fn check_note(note: &str) -> Result<String, Refusal> {
    let note = note.trim();
    if note.chars().count() > NOTE_CHARS {
        return Err(Refusal::TooLong { name: "note", limit: NOTE_CHARS });
    }
    Ok(note.replace('\0', ""))
}

async fn find(p: &Platform, org: OrgId, no: &str) -> Result<Recharge> {
    let found = stored::recharge(p.store(), no).await?.filter(|recharge| recharge.org == org);
    Ok(found.ok_or(BillingRefusal::RechargeNotFound)?)
}

fn channels(test: bool) -> Vec<Channel> {
    if test { vec![Channel::Offline, Channel::Test] } else { vec![Channel::Offline] }
}
