//! The catalogue of plans of an installation: where it comes from, and its changes.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use hongyan_model::catalogue::{Gives, PRESETS, Rounding, Service};
use hongyan_model::{Catalogue, Feature, Plan, REGISTRY, Scope};

use crate::{Platform, apps};

/// What a value of a catalogue belongs to.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Place {
    /// A plan, where it is one's.
    pub plan: Option<Plan>,
    /// Key of a service, where it is one's.
    pub service: Option<String>,
    /// The limit or switch that it is.
    pub feature: Option<Feature>,
    /// What of it, as in the file; for a feature `quota` or `feature`.
    pub field: &'static str,
}

/// What is different from the preset that a catalogue is based on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Where.
    pub place: Place,
    /// In the preset, as a file writes it; empty if it is not there.
    pub was: String,
    /// In the catalogue; empty if it is not there.
    pub is: String,
}

/// A limit that an operator may not have meant: allowed, and worth a look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Warning {
    /// The limit.
    pub feature: Feature,
    /// Of which plan.
    pub plan: Plan,
    /// The plan below that has more of it; `None`: it is less than it was before the file was changed.
    pub below: Option<Plan>,
    /// What is more; `None` is no limit.
    pub than: Option<u64>,
    /// What it is.
    pub limit: Option<u64>,
}

/// A catalogue that was read again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reloaded {
    /// The one in use now.
    pub catalogue: Arc<Catalogue>,
    /// What is worth a look.
    pub warnings: Vec<Warning>,
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

/// Goes by the catalogue as it is written now, in this process; one that cannot be used changes nothing. What is worth a
/// look is said in the log, too.
pub fn reload(p: &Platform) -> Result<Reloaded, String> {
    let before = current(p);
    let catalogue = Arc::new(load(&p.console().plans)?);
    apps::use_catalogue(p, catalogue.clone());
    let mut warnings = fallen(&before, &catalogue);
    warnings.extend(self::warnings(&catalogue));
    for warning in &warnings {
        tracing::warn!(id = catalogue.id, "{warning}");
    }
    Ok(Reloaded { catalogue, warnings })
}

/// Limits that fall where plans rise.
#[must_use]
pub fn warnings(catalogue: &Catalogue) -> Vec<Warning> {
    let limit = |feature, plan| finite(catalogue.scope(feature, plan));
    let warning = |(feature, plan, below)| Warning {
        feature,
        plan,
        below: Some(below),
        than: limit(feature, below),
        limit: limit(feature, plan),
    };
    catalogue.falling_limits().into_iter().map(warning).collect()
}

/// Limits that are less than they were.
fn fallen(before: &Catalogue, after: &Catalogue) -> Vec<Warning> {
    let mut fallen = Vec::new();
    for spec in REGISTRY.iter().filter(|spec| spec.is_limit()) {
        for plan in Plan::ALL {
            let (was, is) = (before.scope(spec.feature, plan), after.scope(spec.feature, plan));
            if is.limit() < was.limit() {
                let (feature, below) = (spec.feature, None);
                fallen.push(Warning { feature, plan, below, than: finite(was), limit: finite(is) });
            }
        }
    }
    fallen
}

fn finite(scope: Scope) -> Option<u64> {
    Some(scope.limit()).filter(|limit| *limit < u64::MAX)
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = |limit: Option<u64>| limit.map_or("-1".to_owned(), |limit| limit.to_string());
        let (plan, key) = (self.plan.key(), self.feature.key());
        let (limit, than) = (amount(self.limit), amount(self.than));
        match self.below {
            Some(below) => {
                write!(
                    f,
                    "plan.{plan}.quota.{key}: {limit} is less than {}, which has {than}",
                    below.key()
                )
            }
            None => write!(f, "plan.{plan}.quota.{key}: {limit} is less than {than}, which it was"),
        }
    }
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
    let (was, is) = (values(&base), values(catalogue));
    let old: HashMap<&Place, &String> = was.iter().map(|(place, value)| (place, value)).collect();
    let new: HashMap<&Place, &String> = is.iter().map(|(place, value)| (place, value)).collect();
    let gone = was.iter().filter(|(place, _)| !new.contains_key(place));
    let value = |of: &HashMap<&Place, &String>, place| {
        of.get(place).map_or_else(String::new, |v| (*v).clone())
    };
    let differences = is.iter().chain(gone).filter_map(|(place, _)| {
        let (was, is) = (value(&old, place), value(&new, place));
        (was != is).then(|| Difference { place: place.clone(), was, is })
    });
    (name, differences.collect())
}

/// Everything that a catalogue says, in order, as a file writes it.
fn values(catalogue: &Catalogue) -> Vec<(Place, String)> {
    let mut values = vec![(of("currency"), catalogue.currency.clone())];
    let billing = catalogue.billing.words().into_iter();
    values.extend(billing.map(|(field, value)| (of(field), value)));
    for plan in Plan::ALL {
        let offer = catalogue.plan(plan);
        let of = |field| Place { plan: Some(plan), ..of(field) };
        values.extend([
            (of("name_zh"), offer.name_zh.clone()),
            (of("name_en"), offer.name_en.clone()),
            (of("offered"), offer.offered.to_string()),
            (of("monthly_fee"), offer.monthly_fee.to_string()),
            (of("purchasable"), offer.purchasable.to_string()),
            (of("buy_from"), list(offer.buy_from.iter().map(|plan| plan.key()))),
            (of("vas_allowed"), offer.services_allowed.to_string()),
            (of("highlights_zh"), list(&offer.highlights_zh)),
            (of("highlights_en"), list(&offer.highlights_en)),
        ]);
        for (meter, overage) in &offer.overage {
            let of = |field: [&'static str; 2]| of(field[*meter as usize]);
            let rounding = match overage.rounding {
                Rounding::Floor => "floor",
                Rounding::Ceil => "ceil",
            };
            values.extend([
                (of(["dau.included", "groups_and_rooms.included"]), overage.included.to_string()),
                (of(["dau.block", "groups_and_rooms.block"]), overage.block.to_string()),
                (
                    of(["dau.unit_price", "groups_and_rooms.unit_price"]),
                    overage.unit_price.to_string(),
                ),
                (of(["dau.rounding", "groups_and_rooms.rounding"]), rounding.to_owned()),
            ]);
        }
        for spec in &REGISTRY {
            let field = if spec.is_limit() { "quota" } else { "feature" };
            let place = Place { feature: Some(spec.feature), ..of(field) };
            values.push((place, treatment(catalogue, spec.feature, plan)));
        }
    }
    for service in &catalogue.services {
        values.extend(of_service(service));
    }
    values
}

fn of_service(service: &Service) -> Vec<(Place, String)> {
    let of = |field| Place { service: Some(service.key.clone()), ..of(field) };
    let of_plan = |field, plan: &Plan| Place { plan: Some(*plan), ..of(field) };
    let mut values =
        vec![(of("name_zh"), service.name_zh.clone()), (of("name_en"), service.name_en.clone())];
    match &service.gives {
        Gives::Add { quota, step } => values.extend([
            (of("kind"), "quota_add".to_owned()),
            (of("quota"), quota.key().to_owned()),
            (of("step"), step.to_string()),
        ]),
        Gives::Set { quota, values: by_plan } => {
            values.extend([
                (of("kind"), "quota_set".to_owned()),
                (of("quota"), quota.key().to_owned()),
            ]);
            values.extend(by_plan.iter().map(|(plan, v)| (of_plan("values", plan), v.to_string())));
        }
        Gives::Switches(features) => values.extend([
            (of("kind"), "switch".to_owned()),
            (of("features"), list(features.iter().map(|feature| feature.key()))),
        ]),
    }
    let prices = service.prices.iter();
    values.extend(prices.map(|(plan, price)| (of_plan("price", plan), price.to_string())));
    values.extend([
        (of("max_units"), service.max_units.to_string()),
        (of("terms_months"), list(service.terms_months.iter().map(u32::to_string))),
    ]);
    values
}

fn of(field: &'static str) -> Place {
    Place { field, ..Place::default() }
}

fn list(items: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.as_ref().to_owned()).collect();
    items.join(", ")
}

fn treatment(catalogue: &Catalogue, feature: Feature, plan: Plan) -> String {
    match catalogue.scope(feature, plan) {
        Scope::Included => "included".to_owned(),
        Scope::Sold => "vas".to_owned(),
        Scope::Absent if catalogue.is_granted(feature, plan) => "operator".to_owned(),
        Scope::Absent => "upgrade".to_owned(),
        Scope::Limit(limit) | Scope::Raisable(limit) => limit.to_string(),
        Scope::Unlimited => "-1".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(changes: &str) -> Catalogue {
        let text = format!("schema = 1\nid = \"own\"\nbase = \"gen2023\"\n{changes}");
        Catalogue::parse(&text).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Differences as `plan service feature field: was → is`.
    fn shown(changes: &str) -> Vec<String> {
        let show = |difference: Difference| {
            let Place { plan, service, feature, field } = difference.place;
            let words = [
                plan.map(|plan| plan.key().to_owned()),
                service,
                feature.map(|feature| feature.key().to_owned()),
                Some(field.to_owned()),
            ];
            let words: Vec<String> = words.into_iter().flatten().collect();
            format!("{}: {} → {}", words.join(" "), difference.was, difference.is)
        };
        differences(&own(changes)).1.into_iter().map(show).collect()
    }

    #[test]
    fn every_change_of_a_catalogue_is_shown_as_the_file_writes_it() {
        assert_eq!(shown(""), [""; 0]);
        for (changes, expected) in [
            ("currency = \"USD\"\n", "currency: CNY → USD"),
            ("[billing]\ngrace_days = 1\n", "grace_days: 7 → 1"),
            ("[plan.pro]\nname_en = \"P\"\n", "pro name_en: Professional → P"),
            ("[plan.pro]\noffered = false\n", "pro offered: true → false"),
            ("[plan.pro]\nmonthly_fee = \"9\"\n", "pro monthly_fee: 888.00 → 9.00"),
            ("[plan.flagship]\nbuy_from = [\"pro\"]\n", "flagship buy_from: free, pro → pro"),
            (
                "[plan.pro]\nhighlights_en = [\"a\", \"b\"]\n",
                "pro highlights_en: Any number of registered users, Several devices at once, Messages kept for 7 days → a, b",
            ),
            ("[plan.pro.quota]\ngroups_max = -1\n", "pro groups_max quota: 100000 → -1"),
            (
                "[plan.free.feature]\nthread = \"operator\"\n",
                "free thread feature: upgrade → operator",
            ),
            (
                "[plan.pro.overage.dau]\nincluded = 10000\nblock = 10000\nunit_price = \"850\"\nrounding = \"ceil\"\n",
                "pro dau.rounding: floor → ceil",
            ),
        ] {
            assert_eq!(shown(changes), [expected]);
        }
        let preset = preset("gen2023").unwrap();
        let services = &preset[preset.find("[[vas]]").unwrap()..];
        for (from, to, expected) in [
            ("step = 30", "step = 31", "msg_storage_ext step: 30 → 31"),
            ("max_units = 24", "max_units = 2", "msg_storage_ext max_units: 24 → 2"),
            (
                "\"Message storage\"",
                "\"Storage\"",
                "msg_storage_ext name_en: Message storage → Storage",
            ),
            (
                "values = { pro = 2000 }",
                "values = { pro = 9 }",
                "pro groups_per_user_ext values: 2000 → 9",
            ),
            (
                "price = { pro = \"600\" }",
                "price = { pro = \"601\" }",
                "pro reaction price: 600.00 → 601.00",
            ),
            (
                "terms_months = [1, 3, 6, 12]",
                "terms_months = [1]",
                "msg_storage_ext terms_months: 1, 3, 6, 12 → 1",
            ),
        ] {
            assert_eq!(shown(&services.replacen(from, to, 1)), [expected]);
        }
    }

    #[test]
    fn a_limit_that_falls_is_worth_a_look() {
        let (before, after) = (own(""), own("[plan.flagship.quota]\ngroup_members_max = 299\n"));
        let fallen: Vec<_> = fallen(&before, &after).iter().map(Warning::to_string).collect();
        assert_eq!(
            fallen,
            ["plan.flagship.quota.group_members_max: 299 is less than 3000, which it was"]
        );
        let falling: Vec<_> = warnings(&after).iter().map(Warning::to_string).collect();
        assert_eq!(
            falling,
            ["plan.flagship.quota.group_members_max: 299 is less than pro, which has 300"]
        );
        assert_eq!(super::fallen(&after, &before), []);
    }
}
