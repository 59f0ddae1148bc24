//! What the operator does with the money of organisations, and gives to apps.

use hongyan_model::catalogue::Money;
use hongyan_model::{Feature, FeatureKind, Grant, Refusal, Timestamp};
use hongyan_platform::billing::{self, Adjustment, PlanChange};
use hongyan_platform::billing::{OrgAccount as Listed, RechargeFilter};
use hongyan_platform::roles::Permission;
use hongyan_platform::{Day, features};
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::account::{LedgerEntry, RechargeQuery, RechargeRow};
use super::bills::BillDetail;
use super::words::EntryKind;
use super::{ListQuery, org_of_path, page};
use crate::answer::Answer;
use crate::apps::shapes::Plan;
use crate::call::Call;
use crate::endpoint::{Access, Routes, protected, write};
use crate::errors::Failure;

const OPERATE: Access = Access::Staff(Permission::ManageInstallation);
const OF_APP: Access = Access::App(Permission::ManageInstallation);

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/operator/billing/orgs", OPERATE, orgs)
        .write(
            Method::PUT,
            "/operator/billing/orgs/{org}",
            OPERATE,
            write("billing", "set_credit_limit"),
            set_credit_limit,
        )
        .write(
            Method::POST,
            "/operator/billing/orgs/{org}/adjustments",
            OPERATE,
            protected("billing", "adjust"),
            adjust,
        )
        .get("/operator/billing/orgs/{org}/preview", OPERATE, preview)
        .write(
            Method::POST,
            "/operator/billing/orgs/{org}/rerun",
            OPERATE,
            protected("billing", "rerun"),
            rerun,
        )
        .get("/operator/billing/recharges", OPERATE, recharges)
        .write(
            Method::POST,
            "/operator/billing/recharges/{recharge}/confirm",
            OPERATE,
            protected("billing", "confirm_recharge"),
            confirm,
        )
        .write(
            Method::PUT,
            "/operator/apps/{org}/{app}/plan",
            OF_APP,
            write("apps", "set_plan"),
            set_plan,
        )
        .get("/operator/apps/{org}/{app}/grants", OF_APP, grants)
        .write(
            Method::PUT,
            "/operator/apps/{org}/{app}/grants/{feature}",
            OF_APP,
            write("features", "grant"),
            grant,
        )
        .write(
            Method::DELETE,
            "/operator/apps/{org}/{app}/grants/{feature}",
            OF_APP,
            write("features", "revoke"),
            revoke,
        )
}

/// An organisation and its account.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct OrgAccount {
    org: String,
    title: String,
    #[ts(type = "number")]
    balance: Money,
    #[ts(type = "number")]
    gift: Money,
    #[ts(type = "number")]
    credit_limit: Money,
    #[ts(type = "number")]
    owed: Money,
    in_arrears_since: Option<Timestamp>,
    suspended: bool,
}

/// One page of organisations, by name.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct OrgAccounts {
    items: Vec<OrgAccount>,
    total: i64,
}

/// What an organisation may owe.
#[derive(Deserialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct SetCreditLimit {
    #[ts(type = "number")]
    credit_limit: Money,
}

/// A change of a balance by hand.
#[derive(Deserialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct AdjustBalance {
    #[ts(type = "\"recharge\" | \"gift\" | \"adjustment\"")]
    kind: EntryKind,
    /// Only an adjustment can be negative.
    #[ts(type = "number")]
    amount: Money,
    reason: String,
}

/// A month to be computed once more.
#[derive(Deserialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct Rerun {
    /// Such as `2026-11`.
    month: String,
}

/// What came of it.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct RerunResult {
    /// The bill that corrects the month; `null`: it was right.
    bill_no: Option<String>,
}

/// Another plan for an app.
#[derive(Deserialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct ChangePlan {
    plan: Plan,
    /// Whether it costs what the catalogue says, or nothing.
    charged: bool,
    reason: String,
}

/// What an app was granted.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct AppGrants {
    items: Vec<AppGrant>,
}

/// Something that an app was granted.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct AppGrant {
    feature: &'static str,
    name_zh: &'static str,
    name_en: &'static str,
    #[ts(type = "\"switch\" | \"count\" | \"days\"")]
    kind: &'static str,
    limit: Option<u64>,
    unlimited: bool,
    /// Until when; `null`: until it is taken back.
    expires: Option<Timestamp>,
}

/// Something to be granted; a switch needs neither number.
#[derive(Deserialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct GrantFeature {
    limit: Option<u64>,
    unlimited: bool,
    expires: Option<Timestamp>,
}

/// Which organisations a page shows.
#[derive(Deserialize, Default)]
#[serde(default)]
struct OrgQuery {
    search: String,
    page: Option<u32>,
    size: Option<u32>,
    month: String,
}

async fn orgs(call: Call) -> Result<Answer, Failure> {
    let OrgQuery { search, page, size, .. } = call.query()?;
    let p = call.platform();
    let (page, size) = (page.unwrap_or(1), size.unwrap_or(20));
    let (listed, total) = billing::org_accounts(p, &search, page, size).await?;
    let default_limit = billing::terms(p).credit_limit;
    let row = |Listed { name, title, account }: Listed| OrgAccount {
        org: name,
        title,
        balance: account.balance,
        gift: account.gift,
        credit_limit: account.credit_limit.unwrap_or(default_limit),
        owed: account.owed(),
        in_arrears_since: account.in_arrears_since,
        suspended: account.suspended,
    };
    Ok(Answer::json(&OrgAccounts { items: listed.into_iter().map(row).collect(), total }))
}

async fn set_credit_limit(call: Call) -> Result<Answer, Failure> {
    let SetCreditLimit { credit_limit } = call.body()?;
    let org = org_of_path(&call).await?;
    billing::set_credit_limit(call.platform(), org, credit_limit).await?;
    Ok(Answer::done().within(Some(org)))
}

async fn adjust(call: Call) -> Result<Answer, Failure> {
    let AdjustBalance { kind, amount, reason } = call.body()?;
    let org = org_of_path(&call).await?;
    let change = Adjustment { kind: kind.into(), amount, reason };
    let entry = billing::adjust(call.platform(), org, &change).await?;
    Ok(Answer::json(&LedgerEntry::of(entry)).within(Some(org)))
}

async fn preview(call: Call) -> Result<Answer, Failure> {
    let OrgQuery { month, .. } = call.query()?;
    let month = Day::of_month(&month).map_err(Failure::from)?;
    let org = org_of_path(&call).await?;
    Ok(Answer::json(&BillDetail::of(&billing::preview(call.platform(), org, month).await?)))
}

async fn rerun(call: Call) -> Result<Answer, Failure> {
    let Rerun { month } = call.body()?;
    let month = Day::of_month(&month).map_err(Failure::from)?;
    let org = org_of_path(&call).await?;
    let bill_no = billing::rerun(call.platform(), org, month).await?;
    Ok(Answer::json(&RerunResult { bill_no }).within(Some(org)))
}

async fn recharges(call: Call) -> Result<Answer, Failure> {
    let query: ListQuery = call.query()?;
    let state: RechargeQuery = call.query()?;
    let filter = RechargeFilter { org: None, paid: state.paid() };
    let limit = query.limit();
    let rows = billing::recharges(call.platform(), &filter, query.before(), limit + 1).await?;
    Ok(Answer::json(&page(rows, limit, |(id, _)| *id, |(_, row)| RechargeRow::of(row))))
}

async fn confirm(call: Call) -> Result<Answer, Failure> {
    let paid = billing::confirm_recharge(call.platform(), call.path("recharge")).await?;
    let org = paid.org;
    Ok(Answer::json(&RechargeRow::of(paid)).within(Some(org)))
}

async fn set_plan(call: Call) -> Result<Answer, Failure> {
    let ChangePlan { plan, charged, reason } = call.body()?;
    let by = call.session()?.staff.email.clone();
    let change = PlanChange { plan: plan.into(), charged, reason, by };
    billing::set_plan(call.platform(), call.app()?, &change).await?;
    Ok(Answer::done())
}

async fn grants(call: Call) -> Result<Answer, Failure> {
    let app = call.app()?;
    let one = |(feature, grant): (&Feature, &Grant)| {
        let spec = feature.spec();
        AppGrant {
            feature: spec.key,
            name_zh: spec.name_zh,
            name_en: spec.name_en,
            kind: match spec.kind {
                FeatureKind::Switch | FeatureKind::Always => "switch",
                FeatureKind::Count => "count",
                FeatureKind::Days => "days",
            },
            limit: match grant {
                Grant::Limit(limit) => Some(*limit),
                Grant::Included | Grant::Unlimited => None,
            },
            unlimited: *grant == Grant::Unlimited,
            expires: app.features.grants_until.get(feature).copied(),
        }
    };
    Ok(Answer::json(&AppGrants { items: app.features.grants.iter().map(one).collect() }))
}

fn feature_of_path(call: &Call) -> Result<Feature, Failure> {
    let key = call.path("feature");
    let why = format!("there is no feature {key:?}");
    Ok(Feature::from_key(key).ok_or(Refusal::Invalid { name: "feature", why })?)
}

async fn grant(call: Call) -> Result<Answer, Failure> {
    let GrantFeature { limit, unlimited, expires } = call.body()?;
    let feature = feature_of_path(&call)?;
    let grant = match (limit, unlimited) {
        (_, true) => Grant::Unlimited,
        (Some(limit), false) => Grant::Limit(limit),
        (None, false) if feature.spec().is_limit() => {
            return Err(Refusal::Missing { name: "limit" }.into());
        }
        (None, false) => Grant::Included,
    };
    features::grant_until(call.platform(), call.app()?.id, feature, grant, expires).await?;
    Ok(Answer::done())
}

async fn revoke(call: Call) -> Result<Answer, Failure> {
    let feature = feature_of_path(&call)?;
    features::grant(call.platform(), call.app()?.id, feature, None).await?;
    Ok(Answer::done())
}
