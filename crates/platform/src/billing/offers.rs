//! What an app can buy.

use hongyan_model::billing::{Item, OrderState};
use hongyan_model::catalogue::{BillingTerms, ChargeMode, Gives, Money, PlanOffer, Service};
use hongyan_model::{App, Catalogue, Feature, FeatureSpec, Plan, REGISTRY, Result, Scope};
use hongyan_store::billing as stored;
use std::sync::Arc;

use super::purchase::{bought_limit, gives_word, set_limit};
use super::terms;
use crate::Platform;

/// What an app can buy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offers {
    /// The plan it is on.
    pub plan: Plan,
    /// How money is dealt with.
    pub terms: BillingTerms,
    /// ISO code.
    pub currency: String,
    /// Every plan that can be shown, the smallest first.
    pub plans: Vec<(Plan, PlanState)>,
    /// The catalogue.
    pub catalogue: Arc<Catalogue>,
    /// Services beside the current plan.
    pub services: Vec<ServiceOffer>,
    /// The purchase that has to be finished first.
    pub open_purchase: Option<String>,
}

/// How a plan stands to an app.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlanState {
    /// It is on it.
    Current,
    /// It can buy it.
    Available,
    /// It is on a higher one.
    Below,
    /// The operator opens it.
    Operator,
}

/// A service beside a plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceOffer {
    /// Its key.
    pub key: String,
    /// 中文名.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// `add`, `set` or `switch`.
    pub gives: &'static str,
    /// The limit that it raises.
    pub quota: Option<&'static FeatureSpec>,
    /// The switches that it gives.
    pub features: Vec<&'static str>,
    /// By how much for each unit.
    pub step: Option<u64>,
    /// What it becomes.
    pub value: Option<u64>,
    /// What the plan has; `None` is no limit.
    pub base: Option<u64>,
    /// A unit for a month.
    pub price: Money,
    /// Units that an app may have.
    pub max_units: u32,
    /// Units in service.
    pub owned: u32,
    /// Whether something in service gives as much: nobody buys it beside that.
    pub needless: bool,
    /// Months for which it can be bought.
    pub terms_months: Vec<u32>,
    /// When it is paid.
    pub charge: ChargeMode,
}

impl Offers {
    /// A plan as it is offered.
    #[must_use]
    pub fn offer(&self, plan: Plan) -> &PlanOffer {
        self.catalogue.plan(plan)
    }

    /// The services that can be bought together with a plan.
    #[must_use]
    pub fn services_with(&self, plan: Plan) -> Vec<ServiceOffer> {
        services(&self.catalogue, &self.terms, plan, |_| (0, false))
    }

    /// Limits that its card shows.
    #[must_use]
    pub fn limits(&self, plan: Plan) -> Vec<(&'static FeatureSpec, Option<u64>)> {
        use Feature as F;
        let core = [
            F::FriendsPerUserMax,
            F::RegisteredUsersMax,
            F::MsgStorageDays,
            F::GroupsMax,
            F::GroupMembersMax,
            F::GroupsPerUserMax,
            F::ChatroomsMax,
        ];
        let limit = |feature: Feature| (feature.spec(), limit(&self.catalogue, feature, plan));
        core.map(limit).to_vec()
    }

    /// Switches that it includes.
    #[must_use]
    pub fn features(&self, plan: Plan) -> Vec<&'static FeatureSpec> {
        let included = |spec: &&FeatureSpec| {
            !spec.is_limit() && self.catalogue.scope(spec.feature, plan) == Scope::Included
        };
        REGISTRY.iter().filter(included).collect()
    }
}

/// What an app can buy now.
pub async fn offers(p: &Platform, app: &App) -> Result<Offers> {
    let now = p.clock().now();
    let orders =
        stored::orders_of_app_between(p.store(), app.id, now, now.saturating_add(1)).await?;
    let in_service = || {
        orders.iter().filter(|order| order.state == OrderState::InService && !order.item.is_plan())
    };
    let owned = |service: &Service| {
        let item = Item::Service(service.key.clone());
        let units = in_service().filter(|order| order.item == item).map(|order| order.units).sum();
        let set = set_limit(&service.gives, app.plan);
        let is_as_good = |(quota, value)| bought_limit(in_service(), quota, app.plan) >= value;
        (units, set.is_some_and(is_as_good))
    };
    let open = stored::open_purchase(p.store(), app.id).await?;
    let terms = terms(p);
    let catalogue = app.catalogue.clone();
    let state = |plan: Plan| {
        let offer = catalogue.plan(plan);
        if plan == app.plan {
            PlanState::Current
        } else if plan < app.plan {
            PlanState::Below
        } else if offer.purchasable && offer.buy_from.contains(&app.plan) {
            PlanState::Available
        } else {
            PlanState::Operator
        }
    };
    Ok(Offers {
        plan: app.plan,
        currency: catalogue.currency.clone(),
        plans: catalogue.plans_for(app.plan).map(|plan| (plan, state(plan))).collect(),
        services: services(&catalogue, &terms, app.plan, owned),
        open_purchase: open,
        terms,
        catalogue,
    })
}

fn services(
    catalogue: &Catalogue,
    terms: &BillingTerms,
    plan: Plan,
    owned: impl Fn(&Service) -> (u32, bool),
) -> Vec<ServiceOffer> {
    if !catalogue.plan(plan).services_allowed {
        return Vec::new();
    }
    let offer = |service: &Service| {
        let price = service.prices.get(&plan)?;
        let (quota, step, value) = match &service.gives {
            Gives::Add { quota, step } => (Some(*quota), Some(*step), None),
            Gives::Set { quota, values } => (Some(*quota), None, values.get(&plan).copied()),
            Gives::Switches(_) => (None, None, None),
        };
        let (owned, needless) = owned(service);
        Some(ServiceOffer {
            key: service.key.clone(),
            name_zh: service.name_zh.clone(),
            name_en: service.name_en.clone(),
            gives: gives_word(&service.gives),
            quota: quota.map(Feature::spec),
            features: match &service.gives {
                Gives::Switches(features) => features.iter().map(|feature| feature.key()).collect(),
                Gives::Add { .. } | Gives::Set { .. } => Vec::new(),
            },
            step,
            value,
            base: quota.and_then(|quota| limit(catalogue, quota, plan)),
            price: if terms.enabled { *price } else { Money::ZERO },
            max_units: service.max_units,
            owned,
            needless,
            terms_months: service.terms_months.clone(),
            charge: if terms.enabled { terms.vas_mode } else { ChargeMode::Postpaid },
        })
    };
    catalogue.services.iter().filter_map(offer).collect()
}

fn limit(catalogue: &Catalogue, feature: Feature, plan: Plan) -> Option<u64> {
    match catalogue.scope(feature, plan) {
        Scope::Limit(limit) | Scope::Raisable(limit) => Some(limit),
        Scope::Included | Scope::Sold | Scope::Absent | Scope::Unlimited => None,
    }
}
