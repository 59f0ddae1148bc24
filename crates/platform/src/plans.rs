//! The catalogue of plans of an installation: where it comes from, and its changes.

use std::path::Path;
use std::sync::Arc;

use hongyan_model::catalogue::{PRESETS, Service};
use hongyan_model::{Catalogue, Plan, REGISTRY, Scope};

use crate::{Platform, apps};

/// What is different from the preset that a catalogue is based on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// A limit, a switch, a service, or a part of the offer.
    pub key: String,
    /// Of which plan, where it is one's.
    pub plan: Option<Plan>,
    /// In the preset; empty if it is not there.
    pub was: String,
    /// In the catalogue; empty if it is not there.
    pub is: String,
}

/// The text of a preset.
#[must_use]
pub fn preset(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Reads the catalogue that the setting `plans` names, a preset or a file; the error says everything that is wrong with it.
pub fn load(plans: &str) -> Result<Catalogue, String> {
    if let Some(text) = preset(plans) {
        return Catalogue::parse(text).map_err(|error| format!("the preset {plans}: {error}"));
    }
    let text = std::fs::read_to_string(Path::new(plans)).map_err(|error| {
        format!("plans: {plans:?} is no preset, and no file that can be read: {error}")
    })?;
    Catalogue::parse(&text).map_err(|error| format!("{plans} is no catalogue of plans:\n{error}"))
}

/// Goes by the catalogue as it is written now, in this process; one that cannot be used changes nothing.
pub fn reload(p: &Platform) -> Result<Arc<Catalogue>, String> {
    let catalogue = Arc::new(load(&p.console().plans)?);
    apps::use_catalogue(p, catalogue.clone());
    Ok(catalogue)
}

/// The catalogue in use.
#[must_use]
pub fn current(p: &Platform) -> Arc<Catalogue> {
    p.store().catalogue()
}

/// What is different from the preset that a catalogue is based on, or, if it is a preset itself, from the first one.
#[must_use]
pub fn differences(catalogue: &Catalogue) -> (String, Vec<Difference>) {
    let name = catalogue.base.clone().unwrap_or_else(|| PRESETS[0].0.to_owned());
    let Some(Ok(base)) = preset(&name).map(Catalogue::parse) else { return (name, Vec::new()) };
    let mut differences = Vec::new();
    let mut compare = |key: &str, plan: Option<Plan>, was: String, is: String| {
        if was != is {
            differences.push(Difference { key: key.to_owned(), plan, was, is });
        }
    };
    compare("currency", None, base.currency.clone(), catalogue.currency.clone());
    for ((key, was), (_, is)) in base.billing.words().into_iter().zip(catalogue.billing.words()) {
        compare(key, None, was, is);
    }
    for plan in Plan::ALL {
        let (was, is) = (base.plan(plan), catalogue.plan(plan));
        let of = |key| (key, Some(plan));
        let mut offer = |(key, plan): (&str, Option<Plan>), was: String, is: String| {
            compare(key, plan, was, is);
        };
        offer(of("monthly_fee"), was.monthly_fee.to_string(), is.monthly_fee.to_string());
        offer(of("purchasable"), was.purchasable.to_string(), is.purchasable.to_string());
        offer(of("vas_allowed"), was.services_allowed.to_string(), is.services_allowed.to_string());
        offer(of("buy_from"), plans(&was.buy_from), plans(&is.buy_from));
        offer(of("overage"), format!("{:?}", was.overage), format!("{:?}", is.overage));
        for spec in &REGISTRY {
            let was = scope(base.scope(spec.feature, plan));
            compare(spec.key, Some(plan), was, scope(catalogue.scope(spec.feature, plan)));
        }
    }
    let keys = base.services.iter().chain(&catalogue.services).map(|service| service.key.clone());
    let keys: std::collections::BTreeSet<String> = keys.collect();
    for key in keys {
        let text = |catalogue: &Catalogue| catalogue.service(&key).map(service).unwrap_or_default();
        compare(&key, None, text(&base), text(catalogue));
    }
    (name, differences)
}

fn plans(plans: &[Plan]) -> String {
    plans.iter().map(|plan| plan.key()).collect::<Vec<_>>().join(", ")
}

fn scope(scope: Scope) -> String {
    match scope {
        Scope::Included => "included".to_owned(),
        Scope::Sold => "vas".to_owned(),
        Scope::Absent => "upgrade".to_owned(),
        Scope::Limit(limit) | Scope::Raisable(limit) => limit.to_string(),
        Scope::Unlimited => "-1".to_owned(),
    }
}

fn service(service: &Service) -> String {
    let price = |(plan, price): (&Plan, &hongyan_model::catalogue::Money)| {
        format!("{} {price}", plan.key())
    };
    let prices: Vec<_> = service.prices.iter().map(price).collect();
    format!("{} × {}", prices.join(", "), service.max_units)
}
