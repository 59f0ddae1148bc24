//! How a line of the table is written.

use super::{Feature, FeatureKind, FeatureSection, FeatureSettings, FeatureSpec};

/// A limit under 基础功能.
pub(super) const fn limit(
    feature: Feature,
    key: &'static str,
    kind: FeatureKind,
    (name_zh, name_en): (&'static str, &'static str),
) -> FeatureSpec {
    let section = FeatureSection::Basic;
    let starts_on = true;
    FeatureSpec { feature, key, name_zh, name_en, section, kind, starts_on, settings: None }
}

/// A limit under 使用限制.
pub(super) const fn detail(
    feature: Feature,
    key: &'static str,
    kind: FeatureKind,
    names: (&'static str, &'static str),
) -> FeatureSpec {
    let section = FeatureSection::Limits;
    FeatureSpec { section, ..limit(feature, key, kind, names) }
}

/// A limit of single things under 使用限制.
pub(super) const fn count(
    feature: Feature,
    key: &'static str,
    names: (&'static str, &'static str),
) -> FeatureSpec {
    detail(feature, key, FeatureKind::Count, names)
}

/// A switch.
pub(super) const fn switch(
    feature: Feature,
    key: &'static str,
    starts_on: bool,
    (name_zh, name_en): (&'static str, &'static str),
    settings: Option<FeatureSettings>,
) -> FeatureSpec {
    let (section, kind) = (FeatureSection::Basic, FeatureKind::Switch);
    FeatureSpec { feature, key, name_zh, name_en, section, kind, starts_on, settings }
}
