//! 账户中心 and 充值记录.

use hongyan_model::Timestamp;
use hongyan_model::billing as model;
use hongyan_model::catalogue::Money;
use hongyan_platform::billing::{self, NewRecharge};
use hongyan_platform::billing::{LedgerFilter, RechargeFilter};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::words::{EntryKind, RechargeChannel};
use super::{FILE_ROWS, ListQuery, amount, org, page, table, time};
use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, protected, write};
use crate::errors::Failure;

const READ: Access = Access::Staff(Permission::BillingRead);
const WRITE: Access = Access::Staff(Permission::BillingWrite);

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/billing/account", READ, account)
        .write(Method::PUT, "/billing/alert", WRITE, write("billing", "set_alert"), set_alert)
        .get("/billing/resources", READ, resources)
        .get("/billing/entries", READ, entries)
        .get("/billing/entries.csv", READ, entries_file)
        .get("/billing/recharges", READ, recharges)
        .write(
            Method::POST,
            "/billing/recharges",
            WRITE,
            write("billing", "add_recharge"),
            add_recharge,
        )
        .write(
            Method::DELETE,
            "/billing/recharges/{recharge}",
            WRITE,
            write("billing", "delete_recharge"),
            delete_recharge,
        )
        .write(
            Method::POST,
            "/billing/recharges/{recharge}/pay",
            WRITE,
            protected("billing", "pay_recharge"),
            pay_recharge,
        )
}

/// The account of an organisation.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct BillingAccount {
    currency: String,
    #[ts(type = "number")]
    balance: Money,
    /// The part of it that was given.
    #[ts(type = "number")]
    gift: Money,
    #[ts(type = "number")]
    credit_limit: Money,
    #[ts(type = "number | null")]
    alert_below: Option<Money>,
    #[ts(type = "number")]
    owed: Money,
    in_arrears_since: Option<Timestamp>,
    suspends_at: Option<Timestamp>,
    suspended: bool,
    /// Until when the data are kept; `null` for who is suspended: they are deleted.
    purge_at: Option<Timestamp>,
    #[ts(type = "number")]
    month_to_date: Money,
    channels: Vec<RechargeChannel>,
}

/// What an app has left of something that an order includes.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct Resource {
    app_key: String,
    order_no: String,
    name_zh: String,
    name_en: String,
    #[ts(type = "\"dau\" | \"groups_and_rooms\" | \"days\"")]
    kind: &'static str,
    included: u64,
    used: u64,
    remaining: u64,
    /// `null`: until the month is over.
    expires: Option<Timestamp>,
}

/// The balance below which a mail is sent.
#[derive(Deserialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct SetAlert {
    /// `null`: none is.
    #[ts(type = "number | null")]
    alert_below: Option<Money>,
}

/// A change of the balance.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct LedgerEntry {
    id: i64,
    time: Timestamp,
    kind: EntryKind,
    #[ts(type = "number")]
    amount: Money,
    #[ts(type = "number")]
    balance_after: Money,
    reference: String,
    note: String,
    /// The bill that it pays.
    bill_no: Option<String>,
}

/// A recharge.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct RechargeRow {
    recharge_no: String,
    org: String,
    #[ts(type = "number")]
    amount: Money,
    channel: RechargeChannel,
    #[ts(type = "\"unpaid\" | \"paid\"")]
    state: &'static str,
    note: String,
    creator: String,
    created: Timestamp,
    paid: Option<Timestamp>,
}

/// A recharge to be made.
#[derive(Deserialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct AddRecharge {
    #[ts(type = "number")]
    amount: Money,
    channel: RechargeChannel,
    note: String,
}

/// Which entries a page shows.
#[derive(Deserialize, Default)]
#[serde(default)]
struct EntryQuery {
    kind: Option<EntryKind>,
}

/// Which recharges a page shows.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RechargeQuery {
    state: Option<String>,
}

impl LedgerEntry {
    pub(super) fn of(entry: model::LedgerEntry) -> Self {
        let is_bill = entry.reference.starts_with('B');
        Self {
            id: entry.id,
            time: entry.time,
            kind: entry.kind.into(),
            amount: entry.amount,
            balance_after: entry.balance_after,
            bill_no: is_bill.then(|| entry.reference.clone()),
            reference: entry.reference,
            note: entry.note,
        }
    }
}

impl RechargeRow {
    pub(super) fn of(recharge: model::Recharge) -> Self {
        Self {
            recharge_no: recharge.no,
            org: recharge.org_name,
            amount: recharge.amount,
            channel: recharge.channel.into(),
            state: if recharge.paid.is_some() { "paid" } else { "unpaid" },
            note: recharge.note,
            creator: recharge.creator,
            created: recharge.created,
            paid: recharge.paid,
        }
    }
}

async fn account(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let p = call.platform();
    let view = billing::account(p, org(&call, query.org.as_deref()).await?).await?;
    let account = &view.account;
    Ok(Answer::json(&BillingAccount {
        currency: billing::currency(p),
        balance: account.balance,
        gift: account.gift,
        credit_limit: view.credit_limit,
        alert_below: account.alert_below,
        owed: account.owed(),
        in_arrears_since: account.in_arrears_since,
        suspends_at: view.suspends_at,
        suspended: account.suspended,
        purge_at: view.purge_at,
        month_to_date: view.month_to_date,
        channels: view.channels.into_iter().map(Into::into).collect(),
    }))
}

async fn resources(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let org = org(&call, query.org.as_deref()).await?;
    let shape = |resource: billing::Resource| Resource {
        app_key: resource.app_key,
        order_no: resource.order_no,
        name_zh: resource.names.0,
        name_en: resource.names.1,
        kind: match resource.kind {
            billing::ResourceKind::Dau => "dau",
            billing::ResourceKind::GroupsAndRooms => "groups_and_rooms",
            billing::ResourceKind::Days => "days",
        },
        included: resource.included,
        used: resource.used,
        remaining: resource.included.saturating_sub(resource.used),
        expires: resource.expires,
    };
    let resources = billing::resources(call.platform(), org).await?.into_iter();
    Ok(Answer::json(&resources.map(shape).collect::<Vec<_>>()))
}

async fn set_alert(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let SetAlert { alert_below } = call.body()?;
    let org = org(&call, query.org.as_deref()).await?;
    billing::set_alert(call.platform(), org, alert_below).await?;
    Ok(Answer::done().within(Some(org)))
}

fn entry_filter(call: &Call, list: &ListQuery) -> Result<LedgerFilter, Failure> {
    let EntryQuery { kind } = call.query()?;
    Ok(LedgerFilter { kind: kind.map(Into::into), from: list.from, to: list.to })
}

async fn entries(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let filter = entry_filter(&call, &query)?;
    let (org, limit) = (org(&call, query.org.as_deref()).await?, query.limit());
    let entries =
        billing::entries(call.platform(), org, &filter, query.before(), limit + 1).await?;
    Ok(Answer::json(&page(entries, limit, |entry| entry.id, LedgerEntry::of)))
}

async fn entries_file(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let filter = entry_filter(&call, &query)?;
    let org = org(&call, query.org.as_deref()).await?;
    let mut csv = table(&["time", "kind", "amount", "balance_after", "reference", "note"]);
    for entry in billing::entries(call.platform(), org, &filter, None, FILE_ROWS).await? {
        let cells = [
            time(&call, Some(entry.time)),
            entry.kind.key().to_owned(),
            amount(entry.amount),
            amount(entry.balance_after),
            entry.reference,
            entry.note,
        ];
        csv.row(cells.into_iter());
    }
    Ok(csv.download("entries.csv"))
}

impl RechargeQuery {
    pub(super) fn paid(&self) -> Option<bool> {
        match self.state.as_deref() {
            Some("paid") => Some(true),
            Some("unpaid") => Some(false),
            _ => None,
        }
    }
}

async fn recharges(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let state: RechargeQuery = call.query()?;
    let org = org(&call, query.org.as_deref()).await?;
    let filter = RechargeFilter { org: Some(org), paid: state.paid() };
    let limit = query.limit();
    let rows = billing::recharges(call.platform(), &filter, query.before(), limit + 1).await?;
    Ok(Answer::json(&page(rows, limit, |(id, _)| *id, |(_, row)| RechargeRow::of(row))))
}

async fn add_recharge(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let AddRecharge { amount, channel, note } = call.body()?;
    let org = org(&call, query.org.as_deref()).await?;
    let new = NewRecharge { amount, channel: channel.into(), note };
    let creator = call.session()?.staff.email.clone();
    let made = billing::add_recharge(call.platform(), org, &creator, new).await?;
    let no = made.no.clone();
    Ok(Answer::json(&RechargeRow::of(made)).target(no).within(Some(org)))
}

async fn delete_recharge(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let org = org(&call, query.org.as_deref()).await?;
    billing::delete_recharge(call.platform(), org, call.path("recharge")).await?;
    Ok(Answer::done().within(Some(org)))
}

async fn pay_recharge(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let org = org(&call, query.org.as_deref()).await?;
    let paid = billing::pay_recharge(call.platform(), org, call.path("recharge")).await?;
    Ok(Answer::json(&RechargeRow::of(paid)).within(Some(org)))
}
