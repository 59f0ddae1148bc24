//! Reading a catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;

use super::billing::RawBilling;
use super::{Catalogue, Gives, Meter, Money, Overage, PRESETS, PlanOffer, Rounding, Service};
use crate::Plan;
use crate::feature::{Feature, FeatureKind, REGISTRY, Scope};

/// The form of the file that this program reads.
const SCHEMA: u32 = 1;
/// A file may name a preset as its base, which may name another.
const DEPTH: u32 = 3;

/// Everything that is wrong with a catalogue, in lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CatalogueError(Vec<String>);

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for CatalogueError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCatalogue {
    schema: u32,
    id: String,
    base: Option<String>,
    currency: Option<String>,
    #[serde(default)]
    billing: RawBilling,
    #[serde(default)]
    common: RawTreatment,
    #[serde(default)]
    plan: BTreeMap<String, RawPlan>,
    vas: Option<Vec<RawService>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawTreatment {
    quota: BTreeMap<String, i64>,
    feature: BTreeMap<String, RawScope>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawScope {
    Included,
    Vas,
    Upgrade,
    Operator,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawPlan {
    name_zh: Option<String>,
    name_en: Option<String>,
    offered: Option<bool>,
    monthly_fee: Option<String>,
    purchasable: Option<bool>,
    buy_from: Option<Vec<String>>,
    vas_allowed: Option<bool>,
    highlights_zh: Option<Vec<String>>,
    highlights_en: Option<Vec<String>>,
    overage: Option<BTreeMap<String, RawOverage>>,
    quota: BTreeMap<String, i64>,
    feature: BTreeMap<String, RawScope>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOverage {
    included: u64,
    block: u64,
    unit_price: String,
    rounding: RawRounding,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawRounding {
    Floor,
    Ceil,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawService {
    key: String,
    name_zh: String,
    name_en: String,
    kind: RawKind,
    quota: Option<String>,
    step: Option<u64>,
    #[serde(default)]
    values: BTreeMap<String, u64>,
    #[serde(default)]
    features: Vec<String>,
    price: BTreeMap<String, String>,
    max_units: Option<u32>,
    #[serde(default = "one_month")]
    terms_months: Vec<u32>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawKind {
    QuotaAdd,
    QuotaSet,
    Switch,
}

fn one_month() -> Vec<u32> {
    vec![1]
}

/// What is wrong so far.
#[derive(Default)]
pub(super) struct Wrong(Vec<String>);

impl Wrong {
    pub(super) fn say(&mut self, what: impl Into<String>) {
        self.0.push(what.into());
    }

    /// The value, or a note that there is none.
    fn some<T>(&mut self, value: Option<T>, what: impl FnOnce() -> String) -> Option<T> {
        if value.is_none() {
            self.say(what());
        }
        value
    }

    fn plan(&mut self, place: &str, key: &str) -> Option<Plan> {
        self.some(Plan::from_key(key), || format!("{place}: there is no plan {key:?}"))
    }

    fn feature(&mut self, place: &str, key: &str) -> Option<Feature> {
        self.some(Feature::from_key(key), || format!("{place}: there is no feature {key:?}"))
    }

    pub(super) fn money(&mut self, place: &str, text: &str) -> Option<Money> {
        let amount = Money::parse(text).filter(|amount| *amount >= Money::ZERO);
        self.some(amount, || format!("{place}: {text:?} is no amount such as \"888\" or \"0.27\""))
    }
}

pub(super) fn parse(text: &str) -> Result<Catalogue, CatalogueError> {
    read(text, 1)
}

fn read(text: &str, depth: u32) -> Result<Catalogue, CatalogueError> {
    let raw: RawCatalogue =
        toml::from_str(text).map_err(|error| CatalogueError(vec![error.to_string()]))?;
    let mut wrong = Wrong::default();
    if raw.schema != SCHEMA {
        wrong.say(format!("schema: {} is not {SCHEMA}", raw.schema));
    }
    if raw.id.trim().is_empty() {
        wrong.say("id: it is empty");
    }
    let base = match &raw.base {
        Some(base) => {
            let preset = PRESETS.iter().find(|(name, _)| name == base);
            let preset = preset.filter(|_| depth < DEPTH);
            let preset =
                wrong.some(preset, || format!("base: there is no preset {base:?} to begin with"));
            preset.map(|(_, text)| read(text, depth + 1)).transpose()?
        }
        None => None,
    };
    let mut services = match raw.vas {
        Some(services) => services.into_iter().filter_map(|raw| service(&mut wrong, raw)).collect(),
        None => base.as_ref().map(|base| base.services.clone()).unwrap_or_default(),
    };
    let mut table = match &base {
        Some(base) => Table {
            scopes: base.scopes.iter().map(|row| row.map(|s| Some(settled(s)))).collect(),
            operator: base.operator.clone(),
        },
        None => Table { scopes: vec![[None; 4]; REGISTRY.len()], operator: BTreeSet::new() },
    };
    for plan in Plan::ALL {
        treat(&mut wrong, &mut table, "common", plan, (&raw.common.quota, &raw.common.feature));
    }
    let mut offers: Vec<Option<PlanOffer>> =
        Plan::ALL.map(|plan| base.as_ref().map(|base| base.plan(plan).clone())).into();
    for (key, raw) in raw.plan {
        let place = format!("plan.{key}");
        let Some(plan) = wrong.plan("plan", &key) else { continue };
        treat(&mut wrong, &mut table, &place, plan, (&raw.quota, &raw.feature));
        offers[plan as usize] = offer(&mut wrong, &place, offers[plan as usize].take(), raw);
    }
    for (plan, offer) in Plan::ALL.into_iter().zip(&offers) {
        if offer.is_none() {
            wrong.say(format!("plan.{}: it is missing", plan.key()));
        }
    }
    let billing = base.as_ref().map(|base| base.billing.clone()).unwrap_or_default();
    let billing = raw.billing.over(billing, &mut wrong);
    let Table { scopes: table, operator } = table;
    let scopes = scopes(&mut wrong, table, &services);
    check_sold(&mut wrong, &scopes, &services);
    check_offers(&mut wrong, &offers, &services);
    check_amounts(&mut wrong, &offers, &services);
    drop_needless(&scopes, &mut services);
    let currency = raw.currency.or_else(|| base.map(|base| base.currency));
    let currency = currency.unwrap_or_default();
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        wrong.say(format!("currency: {currency:?} is no code such as \"CNY\""));
    }
    let offers: Option<Vec<PlanOffer>> = offers.into_iter().collect();
    match offers.map(<[PlanOffer; 4]>::try_from) {
        Some(Ok(plans)) if wrong.0.is_empty() => {
            let (id, base, text) = (raw.id, raw.base, text.to_owned());
            Ok(Catalogue { id, base, text, currency, billing, plans, services, scopes, operator })
        }
        _ => Err(CatalogueError(wrong.0)),
    }
}

/// Whether a limit can be raised is said by the services.
const fn settled(scope: Scope) -> Scope {
    match scope {
        Scope::Raisable(limit) => Scope::Limit(limit),
        other => other,
    }
}

/// How plans treat features, as far as it is said.
struct Table {
    scopes: Vec<[Option<Scope>; 4]>,
    operator: BTreeSet<(Feature, Plan)>,
}

/// Notes how a plan treats what a table names.
fn treat(
    wrong: &mut Wrong,
    table: &mut Table,
    place: &str,
    plan: Plan,
    (quotas, features): (&BTreeMap<String, i64>, &BTreeMap<String, RawScope>),
) {
    // What is common is looked at once for each plan, and wrong once.
    let is_first = place != "common" || plan == Plan::Free;
    let mut silent = Wrong::default();
    let wrong = if is_first { wrong } else { &mut silent };
    for (key, number) in quotas {
        let place = format!("{place}.quota");
        let Some(feature) = wrong.feature(&place, key) else { continue };
        if !feature.spec().is_limit() {
            wrong.say(format!("{place}.{key}: it is a switch, not a limit"));
            continue;
        }
        table.scopes[feature as usize][plan as usize] = match u64::try_from(*number) {
            Ok(limit) => Some(Scope::Limit(limit)),
            Err(_) if *number == -1 => Some(Scope::Unlimited),
            Err(_) => {
                wrong.say(format!("{place}.{key}: {number} is neither a number nor -1, no limit"));
                continue;
            }
        };
    }
    for (key, scope) in features {
        let place = format!("{place}.feature");
        let Some(feature) = wrong.feature(&place, key) else { continue };
        if feature.spec().is_limit() {
            wrong.say(format!("{place}.{key}: it is a limit, not a switch"));
            continue;
        }
        table.scopes[feature as usize][plan as usize] = Some(match scope {
            RawScope::Included => Scope::Included,
            RawScope::Vas => Scope::Sold,
            RawScope::Upgrade | RawScope::Operator => Scope::Absent,
        });
        match scope {
            RawScope::Operator => table.operator.insert((feature, plan)),
            RawScope::Included | RawScope::Vas | RawScope::Upgrade => {
                table.operator.remove(&(feature, plan))
            }
        };
    }
}

/// The plan's offer, with what the file says of it.
fn offer(
    wrong: &mut Wrong,
    place: &str,
    base: Option<PlanOffer>,
    raw: RawPlan,
) -> Option<PlanOffer> {
    let before = base.unwrap_or_else(|| PlanOffer {
        name_zh: String::new(),
        name_en: String::new(),
        offered: true,
        monthly_fee: Money::ZERO,
        purchasable: false,
        buy_from: Vec::new(),
        services_allowed: false,
        highlights_zh: Vec::new(),
        highlights_en: Vec::new(),
        overage: BTreeMap::new(),
    });
    let fee = raw.monthly_fee.map(|text| wrong.money(&format!("{place}.monthly_fee"), &text));
    let buy_from = raw.buy_from.map(|keys| {
        let place = format!("{place}.buy_from");
        keys.iter().filter_map(|key| wrong.plan(&place, key)).collect()
    });
    let overage = raw.overage.map(|given| {
        let meters = given.into_iter().filter_map(|(key, raw)| {
            let place = format!("{place}.overage.{key}");
            let meter = Meter::ALL.into_iter().find(|meter| meter.key() == key);
            let meter = wrong.some(meter, || format!("{place}: there is no such meter"))?;
            if raw.block == 0 {
                wrong.say(format!("{place}.block: it is 0"));
                return None;
            }
            let unit_price = wrong.money(&format!("{place}.unit_price"), &raw.unit_price)?;
            let rounding = match raw.rounding {
                RawRounding::Floor => Rounding::Floor,
                RawRounding::Ceil => Rounding::Ceil,
            };
            let RawOverage { included, block, .. } = raw;
            Some((meter, Overage { included, block, unit_price, rounding }))
        });
        meters.collect()
    });
    let offer = PlanOffer {
        name_zh: raw.name_zh.unwrap_or(before.name_zh),
        name_en: raw.name_en.unwrap_or(before.name_en),
        offered: raw.offered.unwrap_or(before.offered),
        monthly_fee: fee.flatten().unwrap_or(before.monthly_fee),
        purchasable: raw.purchasable.unwrap_or(before.purchasable),
        buy_from: buy_from.unwrap_or(before.buy_from),
        services_allowed: raw.vas_allowed.unwrap_or(before.services_allowed),
        highlights_zh: raw.highlights_zh.unwrap_or(before.highlights_zh),
        highlights_en: raw.highlights_en.unwrap_or(before.highlights_en),
        overage: overage.unwrap_or(before.overage),
    };
    if offer.name_zh.is_empty() || offer.name_en.is_empty() {
        wrong.say(format!("{place}: name_zh or name_en is missing"));
    }
    Some(offer)
}

fn service(wrong: &mut Wrong, raw: RawService) -> Option<Service> {
    let place = format!("vas {}", raw.key);
    let quota = |wrong: &mut Wrong| {
        let key = wrong.some(raw.quota.as_deref(), || format!("{place}.quota: it is missing"))?;
        let quota = wrong.feature(&format!("{place}.quota"), key)?;
        let is_limit = quota.spec().is_limit();
        wrong.some(is_limit.then_some(quota), || format!("{place}.quota: {key} is no limit"))
    };
    let gives = match raw.kind {
        RawKind::QuotaAdd => {
            let step = raw.step.filter(|step| *step > 0);
            let step = wrong.some(step, || format!("{place}.step: it is missing, or 0"));
            Gives::Add { quota: quota(wrong)?, step: step? }
        }
        RawKind::QuotaSet => {
            let mut values = BTreeMap::new();
            for (key, value) in &raw.values {
                values.insert(wrong.plan(&format!("{place}.values"), key)?, *value);
            }
            Gives::Set { quota: quota(wrong)?, values }
        }
        RawKind::Switch => {
            let mut features = Vec::with_capacity(raw.features.len());
            for key in &raw.features {
                let feature = wrong.feature(&format!("{place}.features"), key)?;
                if feature.spec().kind != FeatureKind::Switch {
                    wrong.say(format!("{place}.features: {key} is no switch"));
                }
                features.push(feature);
            }
            if features.is_empty() {
                wrong.say(format!("{place}.features: it is empty"));
            }
            Gives::Switches(features)
        }
    };
    let mut prices = BTreeMap::new();
    for (key, text) in &raw.price {
        let plan = wrong.plan(&format!("{place}.price"), key)?;
        prices.insert(plan, wrong.money(&format!("{place}.price.{key}"), text)?);
    }
    if let Gives::Set { values, .. } = &gives
        && !values.keys().eq(prices.keys())
    {
        wrong.say(format!("{place}: values and price name different plans"));
    }
    let max_units = match gives {
        Gives::Add { .. } => raw.max_units.unwrap_or(1),
        Gives::Set { .. } | Gives::Switches(_) => 1,
    };
    if max_units == 0 || raw.terms_months.is_empty() || raw.terms_months.contains(&0) {
        wrong.say(format!("{place}: max_units and terms_months are at least 1"));
    }
    let RawService { key, name_zh, name_en, terms_months, .. } = raw;
    Some(Service { key, name_zh, name_en, gives, prices, max_units, terms_months })
}

/// The finished table, in which limits that a service raises are so marked.
fn scopes(
    wrong: &mut Wrong,
    table: Vec<[Option<Scope>; 4]>,
    services: &[Service],
) -> Vec<[Scope; 4]> {
    let mut scopes = Vec::with_capacity(table.len());
    for (spec, row) in REGISTRY.iter().zip(table) {
        let mut line = [Scope::Absent; 4];
        for plan in Plan::ALL {
            let Some(scope) = row[plan as usize] else {
                wrong.say(format!("plan.{}: it does not say {}", plan.key(), spec.key));
                continue;
            };
            let raises = |service: &Service| {
                let quota = match &service.gives {
                    Gives::Add { quota, .. } | Gives::Set { quota, .. } => Some(*quota),
                    Gives::Switches(_) => None,
                };
                quota == Some(spec.feature) && service.prices.contains_key(&plan)
            };
            line[plan as usize] = match scope {
                Scope::Limit(limit) if services.iter().any(raises) => Scope::Raisable(limit),
                scope => scope,
            };
            if spec.kind == FeatureKind::Always && scope != Scope::Included {
                wrong.say(format!("plan.{}.feature.{}: it is always on", plan.key(), spec.key));
            }
        }
        scopes.push(line);
    }
    scopes
}

/// Plans lead upwards, and services are sold where they can be bought.
fn check_offers(wrong: &mut Wrong, offers: &[Option<PlanOffer>], services: &[Service]) {
    for (plan, offer) in Plan::ALL.into_iter().zip(offers) {
        let from = offer.iter().flat_map(|offer| &offer.buy_from);
        for above in from.filter(|from| **from >= plan) {
            let (plan, above) = (plan.key(), above.key());
            wrong.say(format!("plan.{plan}.buy_from: {above} is not below it"));
        }
    }
    for service in services {
        for plan in service.prices.keys() {
            let (place, key) = (format!("vas {}", service.key), plan.key());
            let offer = offers.get(*plan as usize).and_then(Option::as_ref);
            if offer.is_some_and(|offer| !offer.services_allowed) {
                wrong.say(format!("{place}.price: no services are sold beside {key}"));
            }
        }
    }
}

/// Most that an order or a meter may come to, in the smallest unit: fifty of them are summed without loss here, and in the
/// numbers of a browser.
const MOST: Money = Money(100_000_000_000_000);
/// More users, groups or rooms than an app ever has.
const MOST_USED: u64 = 10_000_000_000;

/// What is charged can be written down.
fn check_amounts(wrong: &mut Wrong, offers: &[Option<PlanOffer>], services: &[Service]) {
    let fits = |amount: Option<Money>| amount.is_some_and(|amount| amount <= MOST);
    for (plan, offer) in Plan::ALL.into_iter().zip(offers) {
        let Some(offer) = offer else { continue };
        let place = format!("plan.{}", plan.key());
        if !fits(Some(offer.monthly_fee)) {
            wrong.say(format!("{place}.monthly_fee: {} is too much", offer.monthly_fee));
        }
        for (meter, overage) in &offer.overage {
            if !fits(overage.unit_price.times(MOST_USED / overage.block + 1)) {
                let (meter, price) = (meter.key(), overage.unit_price);
                wrong.say(format!(
                    "{place}.overage.{meter}.unit_price: {price} is too much for such blocks"
                ));
            }
        }
    }
    for service in services {
        let months = service.terms_months.iter().copied().max().unwrap_or(1);
        for (plan, price) in &service.prices {
            let units = price.times(service.max_units.into());
            if !fits(units.and_then(|units| units.times(months.into()))) {
                let (key, plan, units) = (&service.key, plan.key(), service.max_units);
                wrong.say(format!("vas {key}.price.{plan}: {price} is too much for {units} units and {months} months"));
            }
        }
    }
}

/// Nobody buys what the plan includes.
fn drop_needless(scopes: &[[Scope; 4]], services: &mut [Service]) {
    for service in services {
        let Gives::Switches(features) = &service.gives else { continue };
        service.prices.retain(|plan, _| {
            let is_included = |feature: &Feature| {
                scopes
                    .get(*feature as usize)
                    .is_some_and(|row| row[*plan as usize] == Scope::Included)
            };
            !features.iter().all(is_included)
        });
    }
}

/// What is to be bought is sold, once.
fn check_sold(wrong: &mut Wrong, scopes: &[[Scope; 4]], services: &[Service]) {
    let mut keys = BTreeSet::new();
    for service in services {
        if !keys.insert(service.key.as_str()) {
            wrong.say(format!("vas {}: there are two", service.key));
        }
    }
    for (spec, row) in REGISTRY.iter().zip(scopes) {
        for plan in Plan::ALL {
            let sells = |service: &&Service| {
                let has = matches!(&service.gives, Gives::Switches(features) if features.contains(&spec.feature));
                has && service.prices.contains_key(&plan)
            };
            let sellers = services.iter().filter(sells).count();
            if row[plan as usize] == Scope::Sold && sellers != 1 {
                let (plan, key) = (plan.key(), spec.key);
                wrong.say(format!(
                    "plan.{plan}.feature.{key}: \"vas\", but {sellers} services sell it"
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(change: &str) -> String {
        let text = format!("schema = 1\nid = \"own\"\nbase = \"gen2023\"\n{change}");
        parse(&text).unwrap_err().to_string()
    }

    #[test]
    fn a_file_changes_what_it_names_and_keeps_the_rest_of_its_base() {
        let text = r#"
            schema = 1
            id = "own"
            base = "gen2023"
            [plan.pro]
            monthly_fee = "1000"
            [plan.pro.quota]
            groups_max = 7
            friends_per_user_max = -1
            [plan.pro.feature]
            thread = "included"
        "#;
        let (own, base) = (parse(text).unwrap(), Catalogue::builtin());
        assert_eq!(own.plan(Plan::Pro).monthly_fee, Money(100_000));
        assert_eq!(own.plan(Plan::Pro).name_zh, base.plan(Plan::Pro).name_zh);
        assert_eq!(own.scope(Feature::GroupsMax, Plan::Pro), Scope::Limit(7));
        assert_eq!(own.scope(Feature::FriendsPerUserMax, Plan::Pro), Scope::Unlimited);
        assert_eq!(own.scope(Feature::Thread, Plan::Pro), Scope::Included);
        assert_eq!(
            own.scope(Feature::GroupsMax, Plan::Free),
            base.scope(Feature::GroupsMax, Plan::Free)
        );
        // What the plan includes is not sold beside it any more.
        let sold = |catalogue: &Catalogue, key: &str| {
            catalogue.service(key).unwrap().prices.contains_key(&Plan::Pro)
        };
        assert!(!sold(&own, "thread") && sold(&own, "reaction") && sold(base, "thread"));
    }

    #[test]
    fn every_preset_can_be_a_base() {
        for (name, _) in PRESETS {
            let own = parse(&format!(
                "schema = 1\nid = \"own\"\nbase = {name:?}\n[billing]\ngrace_days = 1\nmonth_close_at = \"03:15\"\n"
            ));
            let own = own.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!((own.billing.grace_days, own.billing.month_close_minutes), (1, 195));
        }
        assert!(wrong("[billing]\nmonth_close_at = \"25:00\"\n").contains("month_close_at"));
        assert!(wrong("[billing]\ngrace = 1\n").contains("grace"));
    }

    #[test]
    fn everything_that_is_wrong_is_said() {
        let all =
            wrong("[plan.pro.quota]\nnothing = 1\nthread = 1\ngroups_max = -2\n[plan.gold]\n");
        for part in ["\"nothing\"", "thread: it is a switch", "groups_max: -2", "\"gold\""] {
            assert!(all.contains(part), "{all}");
        }
        assert!(wrong("[plan.pro]\nmonthly_fee = \"a lot\"\n").contains("a lot"));
        assert!(wrong("[plan.pro]\nmonthly_fee = \"-1\"\n").contains("monthly_fee"));
        assert!(wrong("[plan.pro]\nmonthly_fee = \"10000000000000\"\n").contains("too much"));
        let meter = "[plan.pro.overage.dau]\nincluded = 0\nblock = 1\nunit_price = \"1000\"\nrounding = \"ceil\"\n";
        assert!(wrong(meter).contains("plan.pro.overage.dau.unit_price: 1000.00 is too much"));
        assert!(wrong("[plan.pro]\ncolour = \"red\"\n").contains("colour"));
        assert!(wrong("currency = \"yuan\"\n").contains("currency"));
        assert!(wrong("[plan.pro.feature]\ngroups_max = \"vas\"\n").contains("it is a limit"));
        let all =
            wrong("[plan.flagship]\nbuy_from = [\"premier\"]\n[plan.pro]\nvas_allowed = false\n");
        assert!(
            all.contains("premier is not below it") && all.contains("no services are sold"),
            "{all}"
        );
        // Nobody sells threads any more.
        assert!(wrong("vas = []\n").contains("0 services sell it"));
        let dear = "[[vas]]\nkey = \"a\"\nname_zh = \"a\"\nname_en = \"a\"\nkind = \"quota_add\"\nquota = \"groups_max\"\nstep = 1\n\
                    max_units = 4000000000\nterms_months = [4000000000]\nprice = { pro = \"1\" }\n";
        assert!(wrong(dear).contains("vas a.price.pro: 1.00 is too much for 4000000000 units"));
        let twice = "[[vas]]\nkey = \"a\"\nname_zh = \"a\"\nname_en = \"a\"\nkind = \"switch\"\nfeatures = [\"thread\"]\nprice = { pro = \"1\" }\n";
        assert!(wrong(&format!("{twice}{twice}")).contains("there are two"));
        let all = parse("schema = 1\nid = \"own\"\ncurrency = \"CNY\"\n").unwrap_err().to_string();
        assert!(
            all.contains("plan.free: it is missing") && all.contains("it does not say groups_max")
        );
        assert!(parse("schema = 2\nid = \"own\"\nbase = \"gen2023\"\n").is_err());
        assert!(parse("schema = 1\nid = \"own\"\nbase = \"no\"\n").is_err());
    }
}
