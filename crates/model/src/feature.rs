//! The feature registry: everything of an app that a plan includes, limits or sells, in one table.
//!
//! The console's 功能配置总览, `hongyan app feature` and every check of the domain read this table; nothing else
//! knows which plan has what. Numbers: generation `gen2023` of the published plans (docs/decisions.md).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Plan;

/// A function or limit of an app that depends on its plan.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Registered users of the app.
    RegisteredUsersMax,
    /// Contacts of one user.
    FriendsPerUserMax,
    /// Days for which messages are kept for devices that were offline and for roaming.
    MsgStorageDays,
    /// Days for which an uploaded file is kept.
    AttachmentStorageDays,
    /// Groups of the app.
    GroupsMax,
    /// Members of one group, the owner included.
    GroupMembersMax,
    /// Groups in which one user may be.
    GroupsPerUserMax,
    /// Chatrooms of the app.
    ChatroomsMax,
    /// Members of one chatroom.
    ChatroomMembersMax,
    /// Several devices of one user online at once.
    MultiDevice,
    /// "Read" in one-to-one chats.
    SingleReadAck,
    /// "Read" in groups.
    GroupReadAck,
    /// Withdrawing messages.
    MessageRecall,
    /// Addresses that may send by REST.
    RestIpAllowlist,
    /// Muting a user in the whole app.
    GlobalMute,
    /// Block lists of users.
    UserBlocklist,
    /// Only contacts write to each other.
    FriendCheck,
}

/// How a plan treats a feature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// A switch that the plan includes.
    Included,
    /// A switch that can be bought on top of the plan (增值服务).
    Sold,
    /// A switch that only a higher plan has.
    Absent,
    /// A limit.
    Limit(u64),
    /// A limit that can be raised by buying something on top of the plan.
    Raisable(u64),
    /// No limit.
    Unlimited,
}

/// What kind of row a feature is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureKind {
    /// On or off.
    Switch,
    /// On, whatever anybody wishes.
    Always,
    /// A number of things.
    Count,
    /// A number of days.
    Days,
}

/// Where a feature is set up beyond on and off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureSettings {
    /// The dialog of the two recall windows.
    RecallWindows,
    /// The dialog of devices per platform.
    DevicePolicy,
    /// The page 安全配置.
    IpAllowlist,
}

/// A line of the registry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FeatureSpec {
    /// The feature.
    pub feature: Feature,
    /// Its name on the command line, in JSON and in the store.
    pub key: &'static str,
    /// 中文名.
    pub name_zh: &'static str,
    /// English name.
    pub name_en: &'static str,
    /// What kind of row it is.
    pub kind: FeatureKind,
    /// Whether a new app has it switched on (where its plan includes it).
    pub starts_on: bool,
    /// Treatment by [`Plan::ALL`], in that order.
    pub scopes: [Scope; 4],
    /// Where it is set up.
    pub settings: Option<FeatureSettings>,
}

const fn limit(
    feature: Feature,
    key: &'static str,
    kind: FeatureKind,
    (name_zh, name_en): (&'static str, &'static str),
    scopes: [Scope; 4],
) -> FeatureSpec {
    FeatureSpec { feature, key, name_zh, name_en, kind, starts_on: true, scopes, settings: None }
}

const fn switch(
    feature: Feature,
    key: &'static str,
    starts_on: bool,
    (name_zh, name_en): (&'static str, &'static str),
    scopes: [Scope; 4],
    settings: Option<FeatureSettings>,
) -> FeatureSpec {
    let kind = FeatureKind::Switch;
    FeatureSpec { feature, key, name_zh, name_en, kind, starts_on, scopes, settings }
}

use FeatureKind::{Count, Days};
use Scope::{Absent, Included, Limit, Raisable, Sold, Unlimited};

const EVERY_PLAN: [Scope; 4] = [Included; 4];
const SOLD_ON_PRO: [Scope; 4] = [Absent, Sold, Included, Included];

/// Every feature, in the order of the console's table.
pub const REGISTRY: [FeatureSpec; 17] = [
    limit(
        Feature::FriendsPerUserMax,
        "friends_per_user_max",
        Count,
        ("用户好友数上限", "Contacts per user"),
        [Limit(100), Limit(3000), Unlimited, Unlimited],
    ),
    limit(
        Feature::RegisteredUsersMax,
        "registered_users_max",
        Count,
        ("注册用户总数上限", "Registered users"),
        [Limit(100), Unlimited, Unlimited, Unlimited],
    ),
    limit(
        Feature::MsgStorageDays,
        "msg_storage_days",
        Days,
        ("消息云存储时长（漫游与离线消息）", "Message storage (roaming and offline)"),
        [Limit(3), Raisable(7), Raisable(90), Raisable(180)],
    ),
    limit(
        Feature::AttachmentStorageDays,
        "attachment_storage_days",
        Days,
        ("存储时长-附件", "Attachment storage"),
        [Limit(7), Limit(7), Limit(7), Limit(7)],
    ),
    limit(
        Feature::GroupsMax,
        "groups_max",
        Count,
        ("群组总数上限", "Groups"),
        [Limit(100), Limit(100_000), Unlimited, Unlimited],
    ),
    limit(
        Feature::GroupMembersMax,
        "group_members_max",
        Count,
        ("单个群成员数上限", "Members per group"),
        [Limit(100), Raisable(300), Raisable(3000), Limit(8000)],
    ),
    limit(
        Feature::GroupsPerUserMax,
        "groups_per_user_max",
        Count,
        ("单个用户可加入群组数上限", "Groups per user"),
        [Limit(100), Raisable(600), Unlimited, Unlimited],
    ),
    limit(
        Feature::ChatroomsMax,
        "chatrooms_max",
        Count,
        ("聊天室总数上限", "Chatrooms"),
        [Limit(10), Limit(100), Unlimited, Unlimited],
    ),
    limit(
        Feature::ChatroomMembersMax,
        "chatroom_members_max",
        Count,
        ("单个聊天室成员数上限", "Members per chatroom"),
        [Limit(10_000), Limit(10_000), Limit(10_000), Limit(10_000)],
    ),
    switch(
        Feature::MultiDevice,
        "multi_device",
        true,
        ("多端多设备在线", "Multiple devices online"),
        [Absent, Included, Included, Included],
        Some(FeatureSettings::DevicePolicy),
    ),
    FeatureSpec {
        feature: Feature::SingleReadAck,
        key: "single_read_ack",
        name_zh: "消息已读回执（单聊）",
        name_en: "Read receipts (one-to-one)",
        kind: FeatureKind::Always,
        starts_on: true,
        scopes: EVERY_PLAN,
        settings: None,
    },
    switch(
        Feature::GroupReadAck,
        "group_read_ack",
        true,
        ("消息已读回执（群聊）", "Read receipts (groups)"),
        SOLD_ON_PRO,
        None,
    ),
    switch(
        Feature::MessageRecall,
        "message_recall",
        true,
        ("消息撤回（REST&客户端）", "Recall (REST & client)"),
        EVERY_PLAN,
        Some(FeatureSettings::RecallWindows),
    ),
    switch(
        Feature::RestIpAllowlist,
        "rest_ip_allowlist",
        false,
        ("REST-IP 白名单", "REST IP allowlist"),
        EVERY_PLAN,
        Some(FeatureSettings::IpAllowlist),
    ),
    switch(
        Feature::GlobalMute,
        "global_mute",
        true,
        ("全局禁言", "Global mute"),
        SOLD_ON_PRO,
        None,
    ),
    switch(
        Feature::UserBlocklist,
        "user_blocklist",
        true,
        ("用户黑名单", "User block lists"),
        EVERY_PLAN,
        None,
    ),
    switch(
        Feature::FriendCheck,
        "friend_check",
        false,
        ("好友关系检查", "Friend check"),
        EVERY_PLAN,
        None,
    ),
];

impl Feature {
    /// Its line of the registry.
    #[must_use]
    pub fn spec(self) -> &'static FeatureSpec {
        // Every variant has a line (tested), and the table is short.
        REGISTRY.iter().find(|spec| spec.feature == self).unwrap_or(&REGISTRY[0])
    }

    /// Its name on the command line, in JSON and in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.spec().key
    }

    /// The feature of this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        REGISTRY.iter().find(|spec| spec.key == key).map(|spec| spec.feature)
    }
}

impl FeatureSpec {
    /// How `plan` treats it.
    #[must_use]
    pub const fn scope(&self, plan: Plan) -> Scope {
        self.scopes[plan as usize]
    }

    /// Whether it is a limit rather than a switch.
    #[must_use]
    pub const fn is_limit(&self) -> bool {
        matches!(self.kind, FeatureKind::Count | FeatureKind::Days)
    }
}

/// What the operator, or a purchase, gives an app beyond its plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// The switch may be used.
    Included,
    /// The limit.
    Limit(u64),
    /// No limit.
    Unlimited,
}

/// What an app has chosen and been granted; absent features follow the plan.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FeatureStates {
    /// Switches that the app's owner has turned.
    pub switches: BTreeMap<Feature, bool>,
    /// What comes on top of the plan.
    pub grants: BTreeMap<Feature, Grant>,
}

impl FeatureStates {
    /// Whether an app on `plan` may switch the feature on.
    #[must_use]
    pub fn includes(&self, plan: Plan, feature: Feature) -> bool {
        self.grants.contains_key(&feature)
            || !matches!(feature.spec().scope(plan), Scope::Absent | Scope::Sold)
    }

    /// Whether the feature works for an app on `plan`.
    #[must_use]
    pub fn enabled(&self, plan: Plan, feature: Feature) -> bool {
        let spec = feature.spec();
        let switched_on = match spec.kind {
            FeatureKind::Switch => self.switches.get(&feature).copied().unwrap_or(spec.starts_on),
            FeatureKind::Always | FeatureKind::Count | FeatureKind::Days => true,
        };
        switched_on && self.includes(plan, feature)
    }

    /// The limit for an app on `plan`; `None` is no limit.
    #[must_use]
    pub fn quota(&self, plan: Plan, feature: Feature) -> Option<u64> {
        match (self.grants.get(&feature), feature.spec().scope(plan)) {
            (Some(Grant::Limit(limit)), _) => Some(*limit),
            (Some(Grant::Unlimited), _) => None,
            (_, Scope::Limit(limit) | Scope::Raisable(limit)) => Some(limit),
            (_, Scope::Included | Scope::Sold | Scope::Absent | Scope::Unlimited) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_one_line_and_its_key_is_its_json_name() {
        for spec in &REGISTRY {
            assert_eq!(spec.feature.spec().key, spec.key);
            assert_eq!(Feature::from_key(spec.key), Some(spec.feature));
            assert_eq!(serde_json::to_string(&spec.feature).unwrap(), format!("{:?}", spec.key));
        }
        // Adding a variant without a line makes this list incomplete: the count is the check.
        assert_eq!(Feature::FriendCheck as usize + 1, REGISTRY.len());
    }

    #[test]
    fn limits_have_numbers_and_switches_have_none() {
        for spec in &REGISTRY {
            for scope in spec.scopes {
                let is_number =
                    matches!(scope, Scope::Limit(_) | Scope::Raisable(_) | Scope::Unlimited);
                assert_eq!(is_number, spec.is_limit(), "{}", spec.key);
            }
        }
    }

    #[test]
    fn a_switch_works_where_the_plan_or_a_grant_includes_it_and_nobody_turned_it_off() {
        let mut states = FeatureStates::default();
        let mute = Feature::GlobalMute;
        assert!(!states.enabled(Plan::Free, mute) && !states.enabled(Plan::Pro, mute));
        assert!(states.enabled(Plan::Flagship, mute));
        states.grants.insert(mute, Grant::Included);
        assert!(states.enabled(Plan::Pro, mute));
        states.switches.insert(mute, false);
        assert!(!states.enabled(Plan::Flagship, mute));
        assert!(!FeatureStates::default().enabled(Plan::Premier, Feature::FriendCheck));
    }

    #[test]
    fn a_grant_wins_over_the_plan() {
        let mut states = FeatureStates::default();
        let groups = Feature::GroupsMax;
        assert_eq!(states.quota(Plan::Free, groups), Some(100));
        assert_eq!(states.quota(Plan::Flagship, groups), None);
        states.grants.insert(groups, Grant::Limit(5));
        assert_eq!(states.quota(Plan::Flagship, groups), Some(5));
        states.grants.insert(groups, Grant::Unlimited);
        assert_eq!(states.quota(Plan::Free, groups), None);
    }
}
