//! 功能配置总览: what an app has, and switching it.

use hongyan_model as model;
use hongyan_model::{App, Feature, Plan as AppPlan};
use hongyan_platform::features;
use hongyan_platform::roles::Permission;
use hongyan_platform::settings::RecallWindows as Windows;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::apps::shapes::Plan;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;
use crate::settings::{Devices, RecallWindows};

const ACCESS: Access = Access::App(Permission::Features);

pub(crate) fn routes() -> Routes {
    Routes::default().get("/apps/{org}/{app}/features", ACCESS, list).write(
        Method::PUT,
        "/apps/{org}/{app}/features/{feature}",
        ACCESS,
        write("features", "switch"),
        switch,
    )
}

/// The table.
#[derive(Serialize, TS)]
#[ts(export_to = "features.ts")]
pub(crate) struct Features {
    plan: Plan,
    /// Every plan, the smallest first.
    plans: Vec<Plan>,
    /// What the operator says about when changes take effect; absent where they do at once.
    effect_delay_hint: Option<String>,
    items: Vec<FeatureRow>,
}

/// A line of the table.
#[derive(Serialize, TS)]
#[ts(export_to = "features.ts")]
pub(crate) struct FeatureRow {
    key: &'static str,
    name_zh: &'static str,
    name_en: &'static str,
    section: FeatureSection,
    kind: FeatureKind,
    /// 版本功能范围: whether the app may use it.
    included: bool,
    enabled: bool,
    /// The limit of a count or a number of days.
    limit: Option<u64>,
    /// Whether it is a count without limit.
    unlimited: bool,
    /// How much of the limit is used, where that is counted.
    used: Option<u64>,
    /// Where it is set up.
    settings: Option<FeatureSettings>,
    action: FeatureAction,
    can_disable: bool,
    /// What is set up, where something is.
    summary: Option<FeatureSummary>,
    by_plan: Vec<PlanScope>,
}

/// Under which heading it is shown.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "features.ts")]
pub(crate) enum FeatureSection {
    /// 基础功能.
    Basic,
    /// 使用限制.
    Limits,
}

/// What kind of line it is.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "features.ts")]
pub(crate) enum FeatureKind {
    /// On or off.
    Switch,
    /// On.
    Always,
    /// A number of things.
    Count,
    /// A number of days.
    Days,
}

/// Where a feature is set up.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "features.ts")]
pub(crate) enum FeatureSettings {
    /// 消息撤回时间设置.
    RecallWindows,
    /// Devices per platform.
    DevicePolicy,
    /// The page 安全配置.
    IpAllowlist,
    /// The page 消息回调.
    Callbacks,
    /// The page 敏感词.
    SensitiveWords,
    /// The pages 内容审核.
    Moderation,
    /// The page 证书管理.
    PushCertificates,
    /// The page 模板管理.
    PushTemplates,
}

/// The one thing to do.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "features.ts")]
pub(crate) enum FeatureAction {
    /// 免费开通.
    Enable,
    /// 设置.
    Settings,
    /// 升级.
    Upgrade,
    /// 增值服务.
    Vas,
    /// Nothing.
    None,
}

/// What is set up.
#[derive(Serialize, TS)]
#[serde(untagged)]
#[ts(export_to = "features.ts")]
pub(crate) enum FeatureSummary {
    /// Of recall.
    Recall(RecallWindows),
    /// Of devices.
    Devices(Devices),
    /// Of the allowlist: its lines.
    Allowlist {
        /// How many.
        networks: usize,
    },
    /// Of callbacks: their rules.
    Callbacks {
        /// How many.
        rules: usize,
    },
    /// Of sensitive words.
    SensitiveWords {
        /// `block`, `replace`, `record`.
        policy: &'static str,
    },
    /// Of moderation: its rules that count.
    Moderation {
        /// How many.
        moderating: usize,
    },
}

/// How a plan treats a feature.
#[derive(Serialize, TS)]
#[ts(export_to = "features.ts")]
pub(crate) struct PlanScope {
    plan: Plan,
    scope: ScopeKind,
    limit: Option<u64>,
}

/// How a plan treats a feature.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "features.ts")]
pub(crate) enum ScopeKind {
    /// It has it.
    Included,
    /// It can be bought on top.
    Sold,
    /// A higher plan has it.
    Absent,
    /// A limit.
    Limit,
    /// A limit that can be raised by buying something on top.
    Raisable,
    /// No limit.
    Unlimited,
}

/// On or off.
#[derive(Deserialize, TS)]
#[ts(export_to = "features.ts")]
pub(crate) struct SwitchFeature {
    enabled: bool,
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let app = call.app()?;
    let rows = features::list(call.platform(), app).await?;
    let hint = &call.platform().console().feature_effect_delay_hint;
    Ok(Answer::json(&Features {
        plan: app.plan.into(),
        plans: app.catalogue.plans_for(app.plan).map(Into::into).collect(),
        effect_delay_hint: Some(hint.clone()).filter(|hint| !hint.is_empty()),
        items: rows.iter().map(|row| FeatureRow::of(app, row)).collect(),
    }))
}

async fn switch(call: Call) -> Result<Answer, Failure> {
    let SwitchFeature { enabled } = call.body()?;
    let feature = Feature::from_key(call.path("feature")).ok_or_else(|| {
        Failure::new(StatusCode::NOT_FOUND, "feature_not_found", "there is no such feature")
    })?;
    features::switch(call.platform(), call.app()?.id, feature, enabled).await?;
    Ok(Answer::done())
}

impl FeatureRow {
    fn of(app: &App, row: &features::FeatureRow) -> Self {
        let spec = row.spec;
        Self {
            key: spec.key,
            name_zh: spec.name_zh,
            name_en: spec.name_en,
            section: spec.section.into(),
            kind: spec.kind.into(),
            included: row.included,
            enabled: row.enabled,
            limit: row.limit,
            unlimited: spec.is_limit() && row.limit.is_none(),
            used: row.used,
            settings: spec.settings.map(Into::into),
            action: row.action.into(),
            can_disable: row.can_disable,
            summary: spec.settings.and_then(|settings| FeatureSummary::of(app, settings)),
            by_plan: AppPlan::ALL
                .map(|plan| PlanScope::of(plan, app.catalogue.scope(spec.feature, plan)))
                .into(),
        }
    }
}

impl FeatureSummary {
    /// `None` where there is nothing to say in a few words.
    fn of(app: &App, settings: model::FeatureSettings) -> Option<Self> {
        Some(match settings {
            model::FeatureSettings::RecallWindows => Self::Recall(Windows::of(app).into()),
            model::FeatureSettings::DevicePolicy => {
                Self::Devices(app.settings.devices.clone().into())
            }
            model::FeatureSettings::IpAllowlist => {
                Self::Allowlist { networks: app.settings.ip_allowlist.len() }
            }
            model::FeatureSettings::Callbacks => {
                Self::Callbacks { rules: app.settings.callbacks.len() }
            }
            model::FeatureSettings::SensitiveWords => {
                Self::SensitiveWords { policy: app.settings.words.policy.key() }
            }
            model::FeatureSettings::Moderation => {
                let moderation = &app.settings.moderation;
                let counts = |rule: &&model::ModerationRule| {
                    rule.enabled && moderation.kinds.contains(&rule.kind)
                };
                Self::Moderation { moderating: moderation.rules.iter().filter(counts).count() }
            }
            model::FeatureSettings::PushCertificates | model::FeatureSettings::PushTemplates => {
                return None;
            }
        })
    }
}

impl PlanScope {
    fn of(plan: AppPlan, scope: model::Scope) -> Self {
        let (scope, limit) = match scope {
            model::Scope::Included => (ScopeKind::Included, None),
            model::Scope::Sold => (ScopeKind::Sold, None),
            model::Scope::Absent => (ScopeKind::Absent, None),
            model::Scope::Limit(limit) => (ScopeKind::Limit, Some(limit)),
            model::Scope::Raisable(limit) => (ScopeKind::Raisable, Some(limit)),
            model::Scope::Unlimited => (ScopeKind::Unlimited, None),
        };
        Self { plan: plan.into(), scope, limit }
    }
}

impl From<model::FeatureSection> for FeatureSection {
    fn from(section: model::FeatureSection) -> Self {
        match section {
            model::FeatureSection::Basic => Self::Basic,
            model::FeatureSection::Limits => Self::Limits,
        }
    }
}

impl From<model::FeatureKind> for FeatureKind {
    fn from(kind: model::FeatureKind) -> Self {
        match kind {
            model::FeatureKind::Switch => Self::Switch,
            model::FeatureKind::Always => Self::Always,
            model::FeatureKind::Count => Self::Count,
            model::FeatureKind::Days => Self::Days,
        }
    }
}

impl From<model::FeatureSettings> for FeatureSettings {
    fn from(settings: model::FeatureSettings) -> Self {
        match settings {
            model::FeatureSettings::RecallWindows => Self::RecallWindows,
            model::FeatureSettings::DevicePolicy => Self::DevicePolicy,
            model::FeatureSettings::IpAllowlist => Self::IpAllowlist,
            model::FeatureSettings::Callbacks => Self::Callbacks,
            model::FeatureSettings::SensitiveWords => Self::SensitiveWords,
            model::FeatureSettings::Moderation => Self::Moderation,
            model::FeatureSettings::PushCertificates => Self::PushCertificates,
            model::FeatureSettings::PushTemplates => Self::PushTemplates,
        }
    }
}

impl From<features::Action> for FeatureAction {
    fn from(action: features::Action) -> Self {
        match action {
            features::Action::Enable => Self::Enable,
            features::Action::Settings => Self::Settings,
            features::Action::Upgrade => Self::Upgrade,
            features::Action::Vas => Self::Vas,
            features::Action::None => Self::None,
        }
    }
}
