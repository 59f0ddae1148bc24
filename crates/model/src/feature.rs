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
    /// Contacts of one user.
    FriendsPerUserMax,
    /// Registered users of the app.
    RegisteredUsersMax,
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
    /// Reading the history of conversations.
    MessageRoaming,
    /// The list of conversations, with their marks and pins.
    ServerConversationList,
    /// Changing messages after they were sent.
    MessageEdit,
    /// Pinning messages in their conversation.
    MessagePin,
    /// Publishing and following online status.
    Presence,
    /// Emoji under messages.
    Reaction,
    /// Discussions below a group message.
    Thread,
    /// Reporting messages to the app.
    MessageReport,
    /// Priorities of chat room messages.
    RoomPriority,
    /// Reading what a chat room said before.
    RoomHistory,
    /// Messages to every chat room of the app.
    RoomBroadcast,
    /// Translating texts by the provider of the installation.
    Translation,
    /// Turning voice into text by the provider of the installation.
    SpeechToText,
    /// Days for which the messages of chat rooms can be read.
    #[serde(rename = "chatroom_msg_storage_days")]
    RoomMsgStorageDays,
    /// Conversations of one user in the list of the server.
    ConversationListMax,
    /// Messages of one one-to-one conversation that wait for a device.
    #[serde(rename = "offline_single_messages_max")]
    OfflineSingleMax,
    /// Messages of one group that wait for a device.
    #[serde(rename = "offline_group_messages_max")]
    OfflineGroupMax,
    /// Members up to which a group has read receipts.
    GroupAckMembersMax,
    /// Size of a message from a client, in bytes.
    MessageBytesMax,
    /// Size of an uploaded file, in bytes.
    FileBytesMax,
    /// Receivers of one directed message.
    DirectedUsersMax,
    /// How often one message can be edited.
    MessageEditsMax,
    /// Users on the block list of one user.
    #[serde(rename = "user_blocklist_max")]
    BlockListMax,
    /// Administrators of a group or chat room beside its owner.
    MucAdminsMax,
    /// Users on one list (blocked, muted, allowed) of a group or chat room.
    MucListMax,
    /// Shared files of one group or chat room.
    GroupFilesMax,
    /// Attributes of one member of a group, names and values, in bytes.
    MemberAttributeBytesMax,
    /// Attributes of one chat room.
    #[serde(rename = "chatroom_attributes_max")]
    RoomAttributesMax,
    /// Chat rooms in which one user may be at once.
    #[serde(rename = "chatrooms_per_user_max")]
    RoomsPerUserMax,
    /// Pinned messages of one conversation.
    #[serde(rename = "pinned_messages_max")]
    PinsMax,
    /// Pinned conversations of one user.
    PinnedConversationsMax,
    /// Marks of one conversation.
    ConversationMarksMax,
    /// Different reactions below one message.
    ReactionsMax,
    /// Threads of the app.
    ThreadsMax,
    /// Threads in which one user may be.
    ThreadsPerUserMax,
    /// Users whose presence one user may follow.
    PresenceFollowedMax,
    /// Users who may follow the presence of one user.
    PresenceFollowersMax,
    /// Text of a published presence, in bytes.
    PresenceExtBytesMax,
    /// Broadcasts to chat rooms within a minute.
    RoomBroadcastsPerMinute,
    /// Broadcasts to chat rooms within a day.
    RoomBroadcastsPerDay,
    /// Characters of one call for a translation, times the languages asked for.
    TranslationCharsMax,
    /// Size of a streamed message's text, in bytes.
    StreamBytesMax,
    /// Seconds between two chunks of a streamed message.
    StreamGapSecondsMax,
    /// Seconds from the first chunk of a streamed message to the last.
    StreamSecondsMax,
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

/// Under which heading the table shows a feature.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureSection {
    /// 基础功能: what plans differ in.
    Basic,
    /// 使用限制: sizes and counts of single things, which the operator can change for an app.
    Limits,
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
    /// Under which heading it is shown.
    pub section: FeatureSection,
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
    let section = FeatureSection::Basic;
    let starts_on = true;
    FeatureSpec { feature, key, name_zh, name_en, section, kind, starts_on, scopes, settings: None }
}

const fn detail(
    feature: Feature,
    key: &'static str,
    kind: FeatureKind,
    names: (&'static str, &'static str),
    scopes: [Scope; 4],
) -> FeatureSpec {
    let section = FeatureSection::Limits;
    FeatureSpec { section, ..limit(feature, key, kind, names, scopes) }
}

const fn switch(
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

use FeatureKind::{Count, Days};
use Scope::{Absent, Included, Limit, Raisable, Sold, Unlimited};

const EVERY_PLAN: [Scope; 4] = [Included; 4];
const SOLD_ON_PRO: [Scope; 4] = [Absent, Sold, Included, Included];
const FROM_PRO: [Scope; 4] = [Absent, Included, Included, Included];

/// Every feature, in the order of the console's table.
pub const REGISTRY: [FeatureSpec; 61] = [
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
        section: FeatureSection::Basic,
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
    switch(
        Feature::MessageRoaming,
        "message_roaming",
        true,
        ("消息漫游", "Roaming history"),
        EVERY_PLAN,
        None,
    ),
    switch(
        Feature::ServerConversationList,
        "server_conversation_list",
        true,
        ("服务端会话列表", "Conversation list on the server"),
        EVERY_PLAN,
        None,
    ),
    switch(
        Feature::MessageEdit,
        "message_edit",
        true,
        ("消息修改", "Editing messages"),
        EVERY_PLAN,
        None,
    ),
    switch(
        Feature::MessagePin,
        "message_pin",
        true,
        ("消息置顶", "Pinned messages"),
        EVERY_PLAN,
        None,
    ),
    switch(
        Feature::Presence,
        "presence",
        true,
        ("在线状态订阅 Presence", "Presence"),
        SOLD_ON_PRO,
        None,
    ),
    switch(
        Feature::Reaction,
        "reaction",
        true,
        ("消息表情回复 Reaction", "Reactions"),
        SOLD_ON_PRO,
        None,
    ),
    switch(Feature::Thread, "thread", true, ("子区 Thread", "Threads"), SOLD_ON_PRO, None),
    switch(
        Feature::MessageReport,
        "message_report",
        true,
        ("消息举报", "Message reports"),
        SOLD_ON_PRO,
        None,
    ),
    switch(
        Feature::RoomPriority,
        "room_priority",
        true,
        ("聊天室消息优先级", "Priorities in chatrooms"),
        FROM_PRO,
        None,
    ),
    switch(
        Feature::RoomHistory,
        "room_history",
        true,
        ("聊天室历史消息", "Chatroom history"),
        FROM_PRO,
        None,
    ),
    switch(
        Feature::RoomBroadcast,
        "room_broadcast",
        true,
        ("聊天室全局广播", "Broadcasts to chatrooms"),
        [Absent, Absent, Included, Included],
        None,
    ),
    switch(
        Feature::Translation,
        "translation",
        true,
        ("消息翻译", "Translation"),
        [Absent; 4],
        None,
    ),
    switch(
        Feature::SpeechToText,
        "speech_to_text",
        true,
        ("语音转文字", "Speech to text"),
        [Absent; 4],
        None,
    ),
    detail(
        Feature::RoomMsgStorageDays,
        "chatroom_msg_storage_days",
        Days,
        ("聊天室消息云存储时长", "Chatroom message storage"),
        [Limit(0), Limit(0), Limit(60), Limit(60)],
    ),
    detail(
        Feature::ConversationListMax,
        "conversation_list_max",
        Count,
        ("服务端会话列表数量", "Conversations on the server"),
        [Limit(100), Limit(100), Limit(500), Limit(500)],
    ),
    detail(
        Feature::OfflineSingleMax,
        "offline_single_messages_max",
        Count,
        ("离线消息上限（单聊，每会话）", "Offline messages per one-to-one chat"),
        [Unlimited; 4],
    ),
    detail(
        Feature::OfflineGroupMax,
        "offline_group_messages_max",
        Count,
        ("离线消息上限（群聊，每会话）", "Offline messages per group"),
        [Unlimited; 4],
    ),
    detail(
        Feature::GroupAckMembersMax,
        "group_ack_members_max",
        Count,
        ("支持已读回执的群成员数", "Members of a group with read receipts"),
        [Unlimited; 4],
    ),
    detail(
        Feature::MessageBytesMax,
        "message_bytes_max",
        Count,
        ("客户端消息大小（字节）", "Bytes of a client's message"),
        [Limit(64 * 1024); 4],
    ),
    detail(
        Feature::FileBytesMax,
        "file_bytes_max",
        Count,
        ("附件大小（字节）", "Bytes of a file"),
        [Limit(10 * 1024 * 1024); 4],
    ),
    detail(
        Feature::DirectedUsersMax,
        "directed_users_max",
        Count,
        ("定向消息接收人数", "Receivers of a directed message"),
        [Limit(20); 4],
    ),
    detail(
        Feature::MessageEditsMax,
        "message_edits_max",
        Count,
        ("单条消息修改次数", "Edits of a message"),
        [Limit(10); 4],
    ),
    detail(
        Feature::BlockListMax,
        "user_blocklist_max",
        Count,
        ("用户黑名单人数", "Users on a block list"),
        [Limit(500); 4],
    ),
    detail(
        Feature::MucAdminsMax,
        "muc_admins_max",
        Count,
        ("群组/聊天室管理员人数", "Administrators"),
        [Limit(99); 4],
    ),
    detail(
        Feature::MucListMax,
        "muc_list_max",
        Count,
        ("群组/聊天室名单人数", "Users on a list of a group or chatroom"),
        [Limit(10_000); 4],
    ),
    detail(
        Feature::GroupFilesMax,
        "group_files_max",
        Count,
        ("单个群组/聊天室共享文件数", "Shared files"),
        [Limit(10_000); 4],
    ),
    detail(
        Feature::MemberAttributeBytesMax,
        "member_attribute_bytes_max",
        Count,
        ("群成员属性大小（字节）", "Bytes of a member's attributes"),
        [Limit(4 * 1024); 4],
    ),
    detail(
        Feature::RoomAttributesMax,
        "chatroom_attributes_max",
        Count,
        ("单个聊天室自定义属性数", "Attributes of a chatroom"),
        [Limit(100); 4],
    ),
    detail(
        Feature::RoomsPerUserMax,
        "chatrooms_per_user_max",
        Count,
        ("单个用户可加入聊天室数", "Chatrooms per user"),
        [Limit(200); 4],
    ),
    detail(
        Feature::PinsMax,
        "pinned_messages_max",
        Count,
        ("单会话置顶消息数", "Pinned messages of a conversation"),
        [Limit(20); 4],
    ),
    detail(
        Feature::PinnedConversationsMax,
        "pinned_conversations_max",
        Count,
        ("置顶会话数", "Pinned conversations"),
        [Limit(50); 4],
    ),
    detail(
        Feature::ConversationMarksMax,
        "conversation_marks_max",
        Count,
        ("单会话标记数", "Marks of a conversation"),
        [Limit(20); 4],
    ),
    detail(
        Feature::ReactionsMax,
        "reactions_max",
        Count,
        ("单条消息表情种类", "Reactions of a message"),
        [Limit(20); 4],
    ),
    detail(
        Feature::ThreadsMax,
        "threads_max",
        Count,
        ("子区总数上限", "Threads"),
        [Limit(100_000); 4],
    ),
    detail(
        Feature::ThreadsPerUserMax,
        "threads_per_user_max",
        Count,
        ("单个用户可加入子区数", "Threads per user"),
        [Limit(100_000); 4],
    ),
    detail(
        Feature::PresenceFollowedMax,
        "presence_followed_max",
        Count,
        ("可订阅在线状态的用户数", "Users whose presence is followed"),
        [Limit(3000); 4],
    ),
    detail(
        Feature::PresenceFollowersMax,
        "presence_followers_max",
        Count,
        ("可被订阅在线状态的用户数", "Followers of a user's presence"),
        [Limit(3000); 4],
    ),
    detail(
        Feature::PresenceExtBytesMax,
        "presence_ext_bytes_max",
        Count,
        ("在线状态扩展信息大小（字节）", "Bytes of a presence text"),
        [Limit(1024); 4],
    ),
    detail(
        Feature::RoomBroadcastsPerMinute,
        "room_broadcasts_per_minute",
        Count,
        ("每分钟聊天室全局广播次数", "Broadcasts to chatrooms per minute"),
        [Limit(10); 4],
    ),
    detail(
        Feature::RoomBroadcastsPerDay,
        "room_broadcasts_per_day",
        Count,
        ("每日聊天室全局广播次数", "Broadcasts to chatrooms per day"),
        [Limit(100); 4],
    ),
    detail(
        Feature::TranslationCharsMax,
        "translation_chars_max",
        Count,
        ("单次翻译字符数（乘以语言数）", "Characters of a translation, times its languages"),
        [Limit(10_000); 4],
    ),
    detail(
        Feature::StreamBytesMax,
        "stream_bytes_max",
        Count,
        ("流式消息大小（字节）", "Bytes of a streamed message"),
        [Limit(128 * 1024); 4],
    ),
    detail(
        Feature::StreamGapSecondsMax,
        "stream_gap_seconds_max",
        Count,
        ("流式消息分片间隔（秒）", "Seconds between chunks of a streamed message"),
        [Limit(30); 4],
    ),
    detail(
        Feature::StreamSecondsMax,
        "stream_seconds_max",
        Count,
        ("流式消息总时长（秒）", "Seconds of a streamed message"),
        [Limit(30 * 60); 4],
    ),
];

impl Feature {
    /// Its line of the registry.
    #[must_use]
    pub fn spec(self) -> &'static FeatureSpec {
        // Every variant has its line, in the same order (tested).
        &REGISTRY[self as usize]
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
        assert_eq!(Feature::StreamSecondsMax as usize + 1, REGISTRY.len());
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
