//! How a line of the table is written.

use super::{Feature, FeatureKind, FeatureSection, FeatureSettings, FeatureSpec, Scope};

/// A limit under 基础功能.
pub(super) const fn limit(
    feature: Feature,
    key: &'static str,
    kind: FeatureKind,
    (name_zh, name_en): (&'static str, &'static str),
    scopes: [Scope; 4],
) -> FeatureSpec {
    let section = FeatureSection::Basic;
    let starts_on = true;
    FeatureSpec { feature, key, name_zh, name_en, section, kind, starts_on, scopes, settings: None }
}

/// A limit under 使用限制.
pub(super) const fn detail(
    feature: Feature,
    key: &'static str,
    kind: FeatureKind,
    names: (&'static str, &'static str),
    scopes: [Scope; 4],
) -> FeatureSpec {
    let section = FeatureSection::Limits;
    FeatureSpec { section, ..limit(feature, key, kind, names, scopes) }
}

/// A switch.
pub(super) const fn switch(
    feature: Feature,
    key: &'static str,
    starts_on: bool,
    (name_zh, name_en): (&'static str, &'static str),
    scopes: [Scope; 4],
    settings: Option<FeatureSettings>,
) -> FeatureSpec {
    let (section, kind) = (FeatureSection::Basic, FeatureKind::Switch);
    FeatureSpec { feature, key, name_zh, name_en, section, kind, starts_on, scopes, settings }
}

/// A limit of single things that is the same in every plan.
pub(super) const fn same(
    feature: Feature,
    key: &'static str,
    names: (&'static str, &'static str),
    most: u64,
) -> FeatureSpec {
    detail(feature, key, FeatureKind::Count, names, [Scope::Limit(most); 4])
}
