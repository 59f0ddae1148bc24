//! 版本开通: what an app can buy, and buying it.

use hongyan_model::billing::BillingRefusal;
use hongyan_model::billing::Order;
use hongyan_model::catalogue::{Meter as Measured, Money, Overage};
use hongyan_model::{self as model, FeatureSpec, Refusal, Timestamp};
use hongyan_platform::billing::{self, Deal, DealLine, Ending, Wish, WishedService};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

use super::orders::OrderRow;
use super::words::{ChargeMode, Meter, OrderState, PlanState, Rounding};
use crate::answer::Answer;
use crate::apps::shapes::Plan;
use crate::call::Call;
use crate::endpoint::{Access, Routes, protected, write};
use crate::errors::Failure;

const BUY: Access = Access::App(Permission::Purchase);
const PURCHASES: &str = "/apps/{org}/{app}/purchases";

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/apps/{org}/{app}/offers", BUY, offers)
        .write(
            Method::POST,
            "/apps/{org}/{app}/purchases/estimate",
            BUY,
            write("billing", "estimate"),
            estimate,
        )
        .write(Method::POST, PURCHASES, BUY, protected("billing", "purchase"), purchase)
        .get("/apps/{org}/{app}/purchases/{purchase}", BUY, show)
        .write(
            Method::POST,
            "/apps/{org}/{app}/purchases/{purchase}/pay",
            BUY,
            protected("billing", "pay"),
            pay,
        )
        .write(
            Method::POST,
            "/apps/{org}/{app}/purchases/{purchase}/cancel",
            BUY,
            write("billing", "cancel_purchase"),
            cancel,
        )
}

/// What an app can buy.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct Offers {
    plan: Plan,
    /// ISO code.
    currency: String,
    data_center: String,
    plan_mode: ChargeMode,
    vas_mode: ChargeMode,
    /// Where the agreement can be read; `null` for plain words.
    agreement_url: Option<String>,
    provision_delay_seconds: u32,
    auto_renew_default: bool,
    /// The smallest first.
    plans: Vec<PlanOffer>,
    /// What can be bought beside the current plan.
    services: Vec<ServiceOffer>,
    /// The purchase that has to be finished first.
    open_purchase: Option<String>,
}

/// A plan as it is offered.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct PlanOffer {
    plan: Plan,
    name_zh: String,
    name_en: String,
    #[ts(type = "number")]
    monthly_fee: Money,
    state: PlanState,
    highlights_zh: Vec<String>,
    highlights_en: Vec<String>,
    limits: Vec<PlanLimit>,
    features: Vec<PlanFeature>,
    overage: Vec<PlanOverage>,
    /// What can be bought together with it.
    services: Vec<ServiceOffer>,
}

/// A limit of a plan.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct PlanLimit {
    key: &'static str,
    name_zh: &'static str,
    name_en: &'static str,
    #[ts(type = "\"count\" | \"days\"")]
    kind: &'static str,
    /// `null`: none.
    limit: Option<u64>,
}

/// A switch that a plan includes.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct PlanFeature {
    key: &'static str,
    name_zh: &'static str,
    name_en: &'static str,
}

/// What a plan charges beyond what it includes.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct PlanOverage {
    meter: Meter,
    included: u64,
    block: u64,
    #[ts(type = "number")]
    unit_price: Money,
    rounding: Rounding,
}

/// A service as it is offered.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct ServiceOffer {
    key: String,
    name_zh: String,
    name_en: String,
    #[ts(type = "\"add\" | \"set\" | \"switch\"")]
    gives: &'static str,
    /// The limit that it raises.
    quota: Option<&'static str>,
    #[ts(type = "\"count\" | \"days\" | null")]
    quota_kind: Option<&'static str>,
    /// The switches that it gives.
    features: Vec<&'static str>,
    /// By how much for each unit.
    step: Option<u64>,
    /// What it becomes.
    value: Option<u64>,
    /// What the plan has; `null`: no limit.
    base: Option<u64>,
    /// A unit for a month.
    #[ts(type = "number")]
    price: Money,
    max_units: u32,
    /// In service now.
    owned_units: u32,
    /// Something in service gives as much.
    needless: bool,
    terms_months: Vec<u32>,
    charge: ChargeMode,
}

/// What somebody wants to buy.
#[derive(Deserialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct PurchaseRequest {
    plan: Option<Plan>,
    services: Vec<PurchasedService>,
    auto_renew: bool,
    /// Whether the agreement was ticked.
    agreed: bool,
}

/// A service that somebody wants to buy.
#[derive(Deserialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct PurchasedService {
    key: String,
    units: u32,
    term_months: u32,
}

/// What a purchase would come to.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct Estimate {
    lines: Vec<EstimateLine>,
    #[ts(type = "number")]
    monthly: Money,
    #[ts(type = "number")]
    due_now: Money,
    #[ts(type = "number")]
    refund: Money,
    ends: Vec<EndingOrder>,
    overage: Vec<PlanOverage>,
    /// What can be spent at once, credit included; `null` for who may not see it.
    #[ts(type = "number | null")]
    balance: Option<Money>,
}

/// A line of an estimate.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct EstimateLine {
    item: String,
    name_zh: String,
    name_en: String,
    #[ts(type = "number")]
    unit_price: Money,
    units: u32,
    #[ts(type = "number")]
    monthly: Money,
    /// `null`: billed afterwards.
    term_months: Option<u32>,
    #[ts(type = "number")]
    due_now: Money,
}

/// An order that a purchase ends.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct EndingOrder {
    order_no: String,
    name_zh: String,
    name_en: String,
    #[ts(type = "number")]
    refund: Money,
}

/// What was bought in one go.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct Purchase {
    purchase_no: String,
    app_key: String,
    state: OrderState,
    #[ts(type = "number")]
    due_now: Money,
    /// What is paid back with the payment, and so need not be there.
    #[ts(type = "number")]
    refund: Money,
    created: Timestamp,
    pay_until: Option<Timestamp>,
    /// What can be spent at once, credit included; `null` for who may not see it.
    #[ts(type = "number | null")]
    balance: Option<Money>,
    orders: Vec<OrderRow>,
}

fn overages(overage: &BTreeMap<Measured, Overage>) -> Vec<PlanOverage> {
    let one = |(meter, overage): (&Measured, &Overage)| PlanOverage {
        meter: (*meter).into(),
        included: overage.included,
        block: overage.block,
        unit_price: overage.unit_price,
        rounding: overage.rounding.into(),
    };
    overage.iter().map(one).collect()
}

/// Word for what a limit counts.
pub(super) const fn limit_kind(spec: &FeatureSpec) -> &'static str {
    match spec.kind {
        model::FeatureKind::Days => "days",
        _ => "count",
    }
}

fn service(offer: billing::ServiceOffer) -> ServiceOffer {
    ServiceOffer {
        key: offer.key,
        name_zh: offer.name_zh,
        name_en: offer.name_en,
        gives: offer.gives,
        quota: offer.quota.map(|spec| spec.key),
        quota_kind: offer.quota.map(limit_kind),
        features: offer.features,
        step: offer.step,
        value: offer.value,
        base: offer.base,
        price: offer.price,
        max_units: offer.max_units,
        owned_units: offer.owned,
        needless: offer.needless,
        terms_months: offer.terms_months,
        charge: offer.charge.into(),
    }
}

async fn offers(call: Call) -> Result<Answer, Failure> {
    let app = call.app()?;
    let offers = billing::offers(call.platform(), app).await?;
    let plan = |(plan, state): &(model::Plan, billing::PlanState)| {
        let offer = offers.offer(*plan);
        let limit = |(spec, limit): (&'static FeatureSpec, Option<u64>)| PlanLimit {
            key: spec.key,
            name_zh: spec.name_zh,
            name_en: spec.name_en,
            kind: limit_kind(spec),
            limit,
        };
        let feature = |spec: &'static FeatureSpec| PlanFeature {
            key: spec.key,
            name_zh: spec.name_zh,
            name_en: spec.name_en,
        };
        PlanOffer {
            plan: (*plan).into(),
            name_zh: offer.name_zh.clone(),
            name_en: offer.name_en.clone(),
            monthly_fee: if offers.terms.enabled { offer.monthly_fee } else { Money::ZERO },
            state: (*state).into(),
            highlights_zh: offer.highlights_zh.clone(),
            highlights_en: offer.highlights_en.clone(),
            limits: offers.limits(*plan).into_iter().map(limit).collect(),
            features: offers.features(*plan).into_iter().map(feature).collect(),
            overage: if offers.terms.enabled { overages(&offer.overage) } else { Vec::new() },
            services: offers.services_with(*plan).into_iter().map(service).collect(),
        }
    };
    let url = offers.terms.agreement_url.clone();
    Ok(Answer::json(&Offers {
        plan: offers.plan.into(),
        currency: offers.currency.clone(),
        data_center: app.data_center.clone(),
        plan_mode: offers.terms.plan_mode.into(),
        vas_mode: offers.terms.vas_mode.into(),
        agreement_url: (!url.is_empty()).then_some(url),
        provision_delay_seconds: offers.terms.provision_delay_seconds,
        auto_renew_default: offers.terms.auto_renew_default,
        plans: offers.plans.iter().map(plan).collect(),
        services: offers.services.iter().cloned().map(service).collect(),
        open_purchase: offers.open_purchase.clone(),
    }))
}

/// The wish, and whether the agreement was ticked.
fn wish(call: &Call) -> Result<(Wish, bool), Failure> {
    let PurchaseRequest { plan, services, auto_renew, agreed } = call.body()?;
    let service = |PurchasedService { key, units, term_months }: PurchasedService| WishedService {
        key,
        units,
        term_months,
    };
    let services = services.into_iter().map(service).collect();
    Ok((Wish { plan: plan.map(Into::into), services, auto_renew }, agreed))
}

fn may_see_balance(call: &Call) -> Result<bool, Failure> {
    Ok(call.session()?.staff.may(Permission::BillingRead))
}

async fn estimate(call: Call) -> Result<Answer, Failure> {
    let (wish, _) = wish(&call)?;
    let deal = billing::estimate(call.platform(), call.app()?, &wish).await?;
    let (monthly, due_now, refund) = (deal.monthly(), deal.due_now(), deal.refund());
    let Deal { lines, ends, available } = deal;
    let may_see_balance = may_see_balance(&call)?;
    let plan = lines.iter().find(|line| line.item.is_plan());
    let overage = plan.map(|line| overages(&line.snapshot.overage)).unwrap_or_default();
    let line = |line: &DealLine| EstimateLine {
        item: line.item.key().to_owned(),
        name_zh: line.snapshot.name_zh.clone(),
        name_en: line.snapshot.name_en.clone(),
        unit_price: line.unit_price,
        units: line.units,
        monthly: line.monthly(),
        term_months: line.term_months,
        due_now: line.due_now(),
    };
    let ending = |Ending { order_no, names: (name_zh, name_en), refund }: Ending| EndingOrder {
        order_no,
        name_zh,
        name_en,
        refund,
    };
    Ok(Answer::json(&Estimate {
        lines: lines.iter().map(line).collect(),
        monthly,
        due_now,
        refund,
        ends: ends.into_iter().map(ending).collect(),
        overage,
        balance: available.filter(|_| may_see_balance),
    }))
}

fn answer(call: &Call, purchase: billing::Purchase) -> Result<Answer, Failure> {
    let may_see_balance = may_see_balance(call)?;
    let is_pending = purchase.state() == model::billing::OrderState::PendingPayment;
    let first = purchase.orders.first();
    let no = purchase.no.clone();
    Ok(Answer::json(&Purchase {
        purchase_no: no.clone(),
        app_key: first.map(|order| order.app_key.clone()).unwrap_or_default(),
        state: purchase.state().into(),
        due_now: purchase.due_now(),
        refund: purchase.refund,
        created: first.map_or(0, |order| order.created),
        pay_until: first.filter(|_| is_pending).map(|order| order.due),
        balance: purchase.available.filter(|_| may_see_balance),
        orders: purchase.orders.iter().map(|order: &Order| OrderRow::of(order)).collect(),
    })
    .target(no))
}

async fn purchase(call: Call) -> Result<Answer, Failure> {
    let (wish, agreed) = wish(&call)?;
    if !agreed && billing::terms(call.platform()).enabled {
        return Err(Refusal::from(BillingRefusal::AgreementRequired).into());
    }
    let creator = call.session()?.staff.email.clone();
    let bought = billing::purchase(call.platform(), call.app()?, &wish, &creator).await?;
    answer(&call, bought)
}

async fn show(call: Call) -> Result<Answer, Failure> {
    let app = call.app()?;
    let no = call.path("purchase");
    answer(&call, billing::purchase_of(call.platform(), app.org_id, app.id, no).await?)
}

async fn pay(call: Call) -> Result<Answer, Failure> {
    let paid = billing::pay(call.platform(), call.app()?, call.path("purchase")).await?;
    answer(&call, paid)
}

async fn cancel(call: Call) -> Result<Answer, Failure> {
    let cancelled = billing::cancel(call.platform(), call.app()?, call.path("purchase")).await?;
    answer(&call, cancelled)
}
