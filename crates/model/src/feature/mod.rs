//! The feature registry: everything of an app that a plan includes, limits or sells, in one table.
//!
//! The console's 功能配置总览, `hongyan app feature` and every check of the domain read this table; nothing else
//! knows which plan has what. Numbers: generation `gen2023` of the published plans (docs/decisions.md).

mod registry;
mod row;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use registry::REGISTRY;

use crate::Timestamp;

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
    /// Attributes of one user, names and values, in bytes.
    UserAttributeBytesMax,
    /// Push nickname, in characters.
    NicknameCharsMax,
    /// Remark on a contact, in characters.
    RemarkCharsMax,
    /// Invitations to be contacts that one user has sent and nobody has answered.
    ContactRequestsMax,
    /// Users who wait to come into one group, and as many who were asked to.
    GroupRequestsMax,
    /// Name of a group or chat room, in characters.
    MucNameCharsMax,
    /// Description of a group or chat room, in characters.
    MucDescriptionCharsMax,
    /// `custom` of a group or chat room, in bytes.
    MucCustomBytesMax,
    /// Avatar URL of a group, in characters.
    GroupAvatarCharsMax,
    /// Announcement of a group or chat room, in characters.
    AnnouncementCharsMax,
    /// Name of a member's attribute, in bytes.
    MemberAttributeNameBytesMax,
    /// Value of a member's attribute, in bytes.
    MemberAttributeValueBytesMax,
    /// Name of a chat room's attribute, in bytes.
    #[serde(rename = "chatroom_attribute_name_bytes_max")]
    RoomAttributeNameBytesMax,
    /// Value of a chat room's attribute, in bytes.
    #[serde(rename = "chatroom_attribute_value_bytes_max")]
    RoomAttributeValueBytesMax,
    /// A reaction, in bytes.
    ReactionBytesMax,
    /// Name of a thread, in characters.
    ThreadNameCharsMax,
    /// Days for which presence is followed; a longer wish means this.
    PresenceSubscriptionDaysMax,
    /// Days for which notifications can be silenced at once.
    QuietDaysMax,
    /// Body and ext of a message sent by REST, in bytes.
    RestMessageBytesMax,
    /// Users that one REST call may send to.
    RestUsersMax,
    /// Groups that one REST call may send to.
    RestGroupsMax,
    /// Chat rooms that one REST call may send to.
    RestRoomsMax,
    /// Asking the customer's server before a message is sent.
    CallbackPre,
    /// Telling the customer's server what happened.
    CallbackPost,
    /// Keeping what the customer's server could not be told.
    CallbackFailureCache,
    /// Looking for sensitive words in messages.
    SensitiveWords,
    /// Examining messages by rules, keywords and a provider.
    ContentModeration,
    /// Rules of callbacks, of both kinds together.
    CallbackRulesMax,
    /// Days for which callbacks that failed are kept.
    CallbackCacheDays,
    /// Sensitive words of the app.
    SensitiveWordsMax,
    /// Rules of moderation, of all kinds together.
    ModerationRulesMax,
    /// Sub-rules of one rule of moderation.
    ModerationSubRulesMax,
    /// Lists of keywords.
    KeywordListsMax,
    /// Keywords of one list.
    KeywordsMax,
    /// Tags of users.
    UserTagsMax,
    /// Users with one tag.
    UserTagMembersMax,
    /// Tags of groups and chat rooms.
    ChatTagsMax,
    /// Groups and chat rooms with one tag.
    ChatTagMembersMax,
    /// Reports of one user within an hour; the same message again counts once.
    ReportsPerHourMax,
    /// Type of a report, in characters.
    ReportTypeCharsMax,
    /// Reason of a report, in characters.
    ReportReasonCharsMax,
    /// What an invitation or application says, in characters.
    InvitationCharsMax,
    /// Conversations of one user that notify otherwise than in general.
    QuietConversationsMax,
    /// Push bindings of one user; the oldest give way.
    PushBindingsMax,
    /// Messages that one user has deleted for itself one by one, those that are still stored.
    DeletedMessagesMax,
    /// Calls per second of an endpoint of REST that has no rate of its own; the others change with it.
    RestRateMax,
    /// Users who may be connected on one day.
    DauMax,
    /// Devices of one platform that a user may have online.
    DevicesPerPlatformMax,
    /// Messages to every user of the app.
    #[serde(rename = "broadcast_app")]
    UserBroadcast,
    /// Broadcasts to every user within half an hour.
    UserBroadcastsPerHalfHour,
    /// Broadcasts to every user within a day.
    UserBroadcastsPerDay,
    /// Broadcasts to users who are online within a minute.
    OnlineBroadcastsPerMinute,
    /// Broadcasts to users who are online within a day.
    OnlineBroadcastsPerDay,
    /// Favourites of one user.
    FavouritesPerUserMax,
    /// Content of a favourite, in characters.
    FavouriteDataCharsMax,
    /// `ext` of a favourite, in characters.
    FavouriteExtCharsMax,
    /// Tags of a chat room's members, and muting by tag.
    #[serde(rename = "chatroom_tag_mute")]
    RoomTagMute,
    /// Tags of one member of a chat room.
    #[serde(rename = "chatroom_tags_per_member_max")]
    RoomTagsPerMemberMax,
    /// Tag of a chat room's member, in characters.
    #[serde(rename = "chatroom_tag_chars_max")]
    RoomTagCharsMax,
    /// Days for which what was said in an hour can be fetched as a file, within those for which messages are kept.
    MessageExportDays,
    /// Exports of records of moderation that are kept at once.
    ModerationExportsMax,
    /// Records in one export.
    ModerationExportRecordsMax,
    /// Messages to users by REST within a minute; a message to many users is many.
    RestUserMessagesPerMinute,
    /// Messages to groups by REST within a second.
    RestGroupMessagesPerSecond,
    /// Messages to chat rooms by REST within a second.
    RestRoomMessagesPerSecond,
    /// Messages to some members of a group or chat room by REST within a second.
    RestDirectedMessagesPerSecond,
    /// Chunks of streamed messages by REST within a second.
    RestStreamChunksPerSecond,
    /// Messages that are imported within a second.
    RestImportsPerSecond,
    /// Notices to phones whose user is away.
    Push,
    /// When, of what and how each user is notified; templates.
    PushAdvanced,
    /// Push certificates of the app.
    PushCertificatesMax,
    /// Templates of notices, the built-in ones aside.
    PushTemplatesMax,
    /// Members of a group whose messages are notified; of larger ones nothing is.
    PushGroupMembersMax,
    /// Reading what was said to some members of a group or chat room in its history.
    DirectedRoaming,
    /// Attributes of all users of the app, names and values, in bytes.
    UserAttributesTotalBytesMax,
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

impl Scope {
    /// What a plan allows of a limit, to compare: no limit is more than any. 0 for switches.
    #[must_use]
    pub const fn limit(self) -> u64 {
        match self {
            Self::Limit(limit) | Self::Raisable(limit) => limit,
            Self::Unlimited => u64::MAX,
            Self::Included | Self::Sold | Self::Absent => 0,
        }
    }
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
    /// Where it is set up.
    pub settings: Option<FeatureSettings>,
}

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
    /// Whether it is a limit rather than a switch.
    #[must_use]
    pub const fn is_limit(&self) -> bool {
        matches!(self.kind, FeatureKind::Count | FeatureKind::Days)
    }
}

/// What the operator gives an app whatever its plan has.
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

/// What services that an app has bought give of a feature; of a switch, that it may be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Bought {
    /// The limit is no less than this.
    pub at_least: u64,
    /// So much on top of it.
    pub more: u64,
}

/// What an app has chosen, bought and been granted; absent features follow the plan.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FeatureStates {
    /// Switches that the app's owner has turned.
    pub switches: BTreeMap<Feature, bool>,
    /// What its services give on top of the plan.
    pub bought: BTreeMap<Feature, Bought>,
    /// What the operator has granted instead of all that.
    pub grants: BTreeMap<Feature, Grant>,
    /// Until when, for grants that end.
    pub grants_until: BTreeMap<Feature, Timestamp>,
}

impl FeatureStates {
    /// Takes back what was granted until now at the latest.
    pub fn expire(&mut self, now: Timestamp) {
        let Self { grants, grants_until, .. } = self;
        grants_until.retain(|feature, until| {
            let holds = *until > now;
            if !holds {
                grants.remove(feature);
            }
            holds
        });
    }

    /// Whether an app whose plan treats the feature so may switch it on.
    #[must_use]
    pub fn includes(&self, feature: Feature, scope: Scope) -> bool {
        self.grants.contains_key(&feature)
            || self.bought.contains_key(&feature)
            || !matches!(scope, Scope::Absent | Scope::Sold)
    }

    /// Whether the feature works for an app whose plan treats it so.
    #[must_use]
    pub fn enabled(&self, feature: Feature, scope: Scope) -> bool {
        let spec = feature.spec();
        let switched_on = match spec.kind {
            FeatureKind::Switch => self.switches.get(&feature).copied().unwrap_or(spec.starts_on),
            FeatureKind::Always | FeatureKind::Count | FeatureKind::Days => true,
        };
        switched_on && self.includes(feature, scope)
    }

    /// The limit for an app whose plan treats it so; `None` is no limit.
    #[must_use]
    pub fn quota(&self, feature: Feature, scope: Scope) -> Option<u64> {
        match (self.grants.get(&feature), scope) {
            (Some(Grant::Limit(limit)), _) => Some(*limit),
            (Some(Grant::Unlimited), _) => None,
            (_, Scope::Limit(limit) | Scope::Raisable(limit)) => {
                let Bought { at_least, more } =
                    self.bought.get(&feature).copied().unwrap_or_default();
                Some(limit.max(at_least).saturating_add(more))
            }
            (_, Scope::Included | Scope::Sold | Scope::Absent | Scope::Unlimited) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalogue, Plan};

    #[test]
    fn every_feature_has_one_line_and_its_key_is_its_json_name() {
        for spec in &REGISTRY {
            assert_eq!(spec.feature.spec().key, spec.key);
            assert_eq!(Feature::from_key(spec.key), Some(spec.feature));
            assert_eq!(serde_json::to_string(&spec.feature).unwrap(), format!("{:?}", spec.key));
        }
        // Adding a variant without a line makes this list incomplete: the count is the check.
        assert_eq!(Feature::UserAttributesTotalBytesMax as usize + 1, REGISTRY.len());
    }

    #[test]
    fn limits_have_numbers_and_switches_have_none() {
        for spec in &REGISTRY {
            for plan in Plan::ALL {
                let scope = Catalogue::builtin().scope(spec.feature, plan);
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
        assert!(!states.enabled(mute, Scope::Absent) && !states.enabled(mute, Scope::Sold));
        assert!(states.enabled(mute, Scope::Included));
        states.grants.insert(mute, Grant::Included);
        assert!(states.enabled(mute, Scope::Sold));
        states.switches.insert(mute, false);
        assert!(!states.enabled(mute, Scope::Included));
        assert!(!FeatureStates::default().enabled(Feature::FriendCheck, Scope::Included));
    }

    #[test]
    fn a_grant_wins_over_the_plan() {
        let mut states = FeatureStates::default();
        let groups = Feature::GroupsMax;
        assert_eq!(states.quota(groups, Scope::Limit(100)), Some(100));
        assert_eq!(states.quota(groups, Scope::Unlimited), None);
        states.grants.insert(groups, Grant::Limit(5));
        assert_eq!(states.quota(groups, Scope::Unlimited), Some(5));
        states.grants.insert(groups, Grant::Unlimited);
        assert_eq!(states.quota(groups, Scope::Raisable(100)), None);
    }
}
