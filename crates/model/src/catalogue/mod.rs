//! The plan catalogue: what the plans (版本) and the services sold beside them (增值服务) give and cost.
//!
//! One TOML file, validated as a whole ([`Catalogue::parse`]). Presets are built in; what a file leaves out is as in the
//! preset it names as its `base`. The registry of features (`feature`) says which there are, the catalogue what each
//! plan has of them: enforcement and the feature table of the console read the same numbers.

mod billing;
mod money;
mod parse;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

pub use billing::{BillingTerms, ChargeMode};
pub use money::Money;
pub use parse::CatalogueError;

use crate::Plan;
use crate::feature::{Feature, REGISTRY, Scope};

/// The presets: name and text.
pub const PRESETS: [(&str, &str); 4] = [
    ("gen2023", include_str!("../../catalogues/gen2023.toml")),
    ("gen2024", include_str!("../../catalogues/gen2024.toml")),
    ("gen2026", include_str!("../../catalogues/gen2026.toml")),
    ("unlimited", include_str!("../../catalogues/unlimited.toml")),
];

/// What the plans and services of an installation give and cost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Catalogue {
    /// Its name.
    pub id: String,
    /// The preset that has what its file leaves out.
    pub base: Option<String>,
    /// As it is written.
    pub text: String,
    /// ISO code.
    pub currency: String,
    /// By [`Plan::ALL`], in that order.
    pub plans: [PlanOffer; 4],
    /// How money is dealt with.
    pub billing: BillingTerms,
    /// What is sold beside plans, in the order of the file.
    pub services: Vec<Service>,
    /// How plans treat features: by feature, then by plan.
    scopes: Vec<[Scope; 4]>,
    /// Switches that are [`Scope::Absent`] since the operator grants them, not since a higher plan has them.
    operator: BTreeSet<(Feature, Plan)>,
}

/// A plan as it is offered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlanOffer {
    /// 中文名.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Whether the price list has it; one that it has not is shown to nobody but apps that are on it.
    pub offered: bool,
    /// For a month.
    pub monthly_fee: Money,
    /// Whether customers can buy it themselves.
    pub purchasable: bool,
    /// Plans from which one may move to it.
    pub buy_from: Vec<Plan>,
    /// Whether services are sold beside it.
    pub services_allowed: bool,
    /// What its card says, 中文.
    pub highlights_zh: Vec<String>,
    /// What its card says, in English.
    pub highlights_en: Vec<String>,
    /// What is charged beyond what it includes.
    pub overage: BTreeMap<Meter, Overage>,
}

/// What is measured by the month.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meter {
    /// The highest number of users active on one day.
    Dau,
    /// The highest number of groups and chat rooms.
    GroupsAndRooms,
}

impl Meter {
    /// Every meter.
    pub const ALL: [Self; 2] = [Self::Dau, Self::GroupsAndRooms];

    /// As in the file, and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Dau => "dau",
            Self::GroupsAndRooms => "groups_and_rooms",
        }
    }
}

/// What is charged beyond what is included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Overage {
    /// So much costs nothing.
    pub included: u64,
    /// What is beyond counts in blocks of so many.
    pub block: u64,
    /// For a block.
    pub unit_price: Money,
    /// What a started block counts.
    pub rounding: Rounding,
}

impl Overage {
    /// Blocks beyond what is included.
    #[must_use]
    pub const fn blocks(&self, used: u64) -> u64 {
        let over = used.saturating_sub(self.included);
        match self.rounding {
            Rounding::Floor => over / self.block,
            Rounding::Ceil => over.div_ceil(self.block),
        }
    }

    /// What they cost; `None` if it does not fit.
    #[must_use]
    pub fn fee(&self, used: u64) -> Option<Money> {
        self.unit_price.times(self.blocks(used))
    }
}

/// What a started block counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Nothing.
    Floor,
    /// As a whole one.
    Ceil,
}

/// A service sold beside plans.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    /// Its name in orders.
    pub key: String,
    /// 中文名.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// What it gives.
    pub gives: Gives,
    /// What a unit costs for a month, by plan; it is not sold beside the others.
    pub prices: BTreeMap<Plan, Money>,
    /// Units that an app may have.
    pub max_units: u32,
    /// For how many months it can be bought.
    pub terms_months: Vec<u32>,
}

/// What a service gives.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gives {
    /// Each unit adds so much to a limit.
    Add {
        /// The limit.
        quota: Feature,
        /// By how much.
        step: u64,
    },
    /// A limit becomes so much, by plan; never less than the plan has.
    Set {
        /// The limit.
        quota: Feature,
        /// How much.
        values: BTreeMap<Plan, u64>,
    },
    /// These may be switched on.
    Switches(Vec<Feature>),
}

impl Catalogue {
    /// The preset `gen2023`.
    #[must_use]
    pub fn builtin() -> &'static Arc<Self> {
        static BUILTIN: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::first()));
        &BUILTIN
    }

    /// Reads a file; `Err` says everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        parse::parse(text)
    }

    /// The service of this key.
    #[must_use]
    pub fn service(&self, key: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.key == key)
    }

    /// How a plan treats a feature.
    #[must_use]
    pub fn scope(&self, feature: Feature, plan: Plan) -> Scope {
        // Every feature has its line (checked when the file is read).
        self.scopes[feature as usize][plan as usize]
    }

    /// Whether a plan lacks a feature because the operator grants it.
    #[must_use]
    pub fn is_granted(&self, feature: Feature, plan: Plan) -> bool {
        self.operator.contains(&(feature, plan))
    }

    /// The plans that the price list has, the smallest first, with the one that an app is on.
    pub fn plans_for(&self, current: Plan) -> impl Iterator<Item = Plan> {
        Plan::ALL.into_iter().filter(move |plan| *plan == current || self.plan(*plan).offered)
    }

    /// Limits that fall where plans rise: limit, plan, and the plan below that has more. Allowed, and worth a look.
    #[must_use]
    pub fn falling_limits(&self) -> Vec<(Feature, Plan, Plan)> {
        let mut falling = Vec::new();
        for spec in REGISTRY.iter().filter(|spec| spec.is_limit()) {
            let mut below: Option<Plan> = None;
            for plan in Plan::ALL.into_iter().filter(|plan| self.plan(*plan).offered) {
                let limit = |plan| self.scope(spec.feature, plan).limit();
                if let Some(below) = below.filter(|below| limit(plan) < limit(*below)) {
                    falling.push((spec.feature, plan, below));
                } else {
                    below = Some(plan);
                }
            }
        }
        falling
    }

    /// The plan as it is offered.
    #[must_use]
    pub fn plan(&self, plan: Plan) -> &PlanOffer {
        &self.plans[plan as usize]
    }

    #[expect(clippy::expect_used, reason = "a preset is part of the program, and tested")]
    fn first() -> Self {
        parse::parse(PRESETS[0].1).expect("the preset gen2023 can be read")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_read() {
        for (name, text) in PRESETS {
            let catalogue =
                Catalogue::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(catalogue.id, name);
        }
    }

    #[test]
    fn later_lists_have_no_premier_and_sell_storage_in_tiers() {
        let preset = |name: &str| {
            let (_, text) = PRESETS.iter().find(|(known, _)| *known == name).unwrap();
            Catalogue::parse(text).unwrap()
        };
        for (name, plans) in [("gen2023", 4), ("gen2024", 3), ("gen2026", 3)] {
            let catalogue = preset(name);
            assert_eq!(catalogue.plans_for(Plan::Free).count(), plans, "{name}");
            assert_eq!(catalogue.falling_limits(), [], "{name}");
        }
        assert_eq!(preset("gen2024").plans_for(Plan::Premier).count(), 4, "an app may be on it");
        let latest = preset("gen2026");
        let limit = |feature, plan| latest.scope(feature, plan);
        assert_eq!(limit(Feature::ChatroomsMax, Plan::Free), Scope::Limit(0));
        assert_eq!(limit(Feature::RoomMsgStorageDays, Plan::Flagship), Scope::Raisable(0));
        for (key, value, pro, flagship) in [
            ("msg_storage_180", 180, 500, 250),
            ("msg_storage_360", 360, 1000, 750),
            ("msg_storage_720", 720, 2000, 1750),
            ("room_storage_30", 30, 500, 500),
            ("room_storage_60", 60, 1000, 1000),
            ("room_storage_90", 90, 1500, 1500),
        ] {
            let service = latest.service(key).unwrap();
            let prices = [(Plan::Pro, Money(pro * 100)), (Plan::Flagship, Money(flagship * 100))];
            assert_eq!(service.prices, BTreeMap::from(prices), "{key}");
            let Gives::Set { values, .. } = &service.gives else { panic!("{key}") };
            assert!(values.values().all(|given| *given == value), "{key}");
        }
        assert!(latest.service("msg_storage_ext").is_none());
        // Pro of 2026 with 15,000 users, and the cache of failed callbacks for the whole month.
        let pro = latest.plan(Plan::Pro);
        let cache = latest.service("callback_failure_cache").unwrap().prices[&Plan::Pro];
        let overage = pro.overage[&Meter::Dau].fee(15_000).unwrap();
        assert_eq!(pro.monthly_fee + overage + cache, Money(429_900));
    }

    #[test]
    fn limits_that_fall_where_plans_rise_are_found() {
        let text = "schema = 1\nid = \"own\"\nbase = \"gen2023\"\n[plan.flagship.quota]\ngroup_members_max = 299\n";
        let falling = Catalogue::parse(text).unwrap().falling_limits();
        assert_eq!(falling, [(Feature::GroupMembersMax, Plan::Flagship, Plan::Pro)]);
    }

    #[test]
    fn the_published_examples_of_both_roundings() {
        let fee = |catalogue: &Catalogue, plan, dau| {
            let offer = catalogue.plan(plan);
            offer.monthly_fee + offer.overage[&Meter::Dau].fee(dau).unwrap()
        };
        let floor = Catalogue::builtin();
        assert_eq!(fee(floor, Plan::Pro, 82_370), Money(683_800));
        assert_eq!(fee(floor, Plan::Flagship, 17_865), Money(288_800));
        let both = fee(floor, Plan::Pro, 82_370) + fee(floor, Plan::Flagship, 17_865);
        assert_eq!(both, Money(972_600));
        let mut ceil = (**floor).clone();
        for plan in &mut ceil.plans {
            for overage in plan.overage.values_mut() {
                overage.rounding = Rounding::Ceil;
            }
        }
        let both = fee(&ceil, Plan::Pro, 82_370) + fee(&ceil, Plan::Flagship, 17_865);
        assert_eq!(both, Money(1_142_600));
        // Pro of 2024 with 15,000 users and 110,000 groups and rooms.
        let later = Catalogue::parse(PRESETS[1].1).unwrap();
        let groups = later.plan(Plan::Pro).overage[&Meter::GroupsAndRooms].fee(110_000).unwrap();
        assert_eq!(fee(&later, Plan::Pro, 15_000) + groups, Money(239_900));
    }
}
