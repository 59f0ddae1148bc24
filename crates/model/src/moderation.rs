//! Moderation (内容审核): an app's rules for what its users say, its lists of keywords, and its tags.

use serde::{Deserialize, Serialize};

use crate::{ChatType, EntryKind, Timestamp};

/// What an app examines, and how.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ModerationSettings {
    /// Kinds that are examined.
    pub kinds: Vec<ModeratedKind>,
    /// Whether messages of the customer's server are examined, too.
    pub rest: bool,
    /// Rules, the oldest first.
    pub rules: Vec<ModerationRule>,
    /// Lists of keywords, the oldest first.
    pub lists: Vec<KeywordList>,
    /// Tags of users, groups and rooms, the oldest first.
    pub tags: Vec<ModerationTag>,
    /// Rises with every change of who has a tag, so that every process reads it anew.
    pub tagged: u64,
}

/// What can be examined.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModeratedKind {
    /// 文本.
    Text,
    /// 图片.
    Image,
    /// 音频.
    Audio,
    /// 视频.
    Video,
}

impl ModeratedKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Text, Self::Image, Self::Audio, Self::Video];

    /// As stored, and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }

    /// The kind stored as `key`.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// As records and events call it outside.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Image => "img",
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }

    /// The kind that is called `word` outside.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// As what a message of this kind is examined. Custom messages say themselves what in them is.
    #[must_use]
    pub const fn of(kind: EntryKind) -> Option<Self> {
        match kind {
            EntryKind::Text => Some(Self::Text),
            EntryKind::Image => Some(Self::Image),
            EntryKind::Voice => Some(Self::Audio),
            EntryKind::Video => Some(Self::Video),
            _ => None,
        }
    }

    /// Whether such messages are delivered at once and examined afterwards.
    #[must_use]
    pub const fn is_examined_later(self) -> bool {
        matches!(self, Self::Audio | Self::Video)
    }
}

/// What is done with messages of one kind in some chats.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModerationRule {
    /// Names it within its app.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Of which kind of messages.
    pub kind: ModeratedKind,
    /// In which chats.
    pub target: RuleTarget,
    /// Whether it counts.
    pub enabled: bool,
    /// What is done.
    pub measures: Measures,
    /// For senders with certain tags instead.
    #[serde(default)]
    pub sub_rules: Vec<SubRule>,
    /// When it was changed last.
    pub updated: Timestamp,
}

/// In which chats a rule counts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleTarget {
    /// All of one type.
    Chats(ChatType),
    /// These groups, before any rule for groups.
    Groups(Vec<String>),
    /// These chat rooms, before any rule for rooms.
    Rooms(Vec<String>),
}

impl RuleTarget {
    /// Whether it names the chat, or its type.
    #[must_use]
    pub fn covers(&self, chat: ChatType, to: &str) -> bool {
        match self {
            Self::Chats(chats) => *chats == chat,
            Self::Groups(ids) => chat == ChatType::Group && ids.iter().any(|id| id == to),
            Self::Rooms(ids) => chat == ChatType::Room && ids.iter().any(|id| id == to),
        }
    }

    /// Whether it goes before rules for all chats of a type.
    #[must_use]
    pub const fn is_specific(&self) -> bool {
        !matches!(self, Self::Chats(_))
    }
}

/// What is done with a message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Measures {
    /// 选择模型: whether the provider is asked, beside the lists of keywords.
    pub model: bool,
    /// 审核结果为拒绝.
    pub on_reject: Measure,
    /// 审核结果为疑似: pass or block.
    pub on_suspect: Measure,
    /// 审核服务调用失败: pass or block.
    pub on_failure: Measure,
    /// 消息拦截后客户端是否报错.
    pub report: bool,
    /// 用户处理策略: what happens to senders whose messages are rejected again and again.
    pub handling: Option<Handling>,
}

impl Default for Measures {
    fn default() -> Self {
        Self {
            model: true,
            on_reject: Measure::Block,
            on_suspect: Measure::Pass,
            on_failure: Measure::Pass,
            report: true,
            handling: None,
        }
    }
}

/// What is done with a message, or with one that holds a keyword.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// 通过.
    Pass,
    /// 替换为***.
    Replace,
    /// 拦截.
    Block,
}

impl Measure {
    /// As stored, and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Replace => "replace",
            Self::Block => "block",
        }
    }
}

/// What happens to a user, after how many rejected messages within which time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Handling {
    /// What.
    pub act: HandlingAct,
    /// Rejected messages, of any rule.
    pub hits: u32,
    /// Within so many minutes.
    pub minutes: u32,
}

/// What happens to a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandlingAct {
    /// 删除.
    Delete,
    /// 强制下线.
    Kick,
    /// 封禁.
    Ban,
}

/// Measures for senders with certain tags.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SubRule {
    /// Names it within its rule.
    pub id: String,
    /// Tags of users; a tag is in one sub-rule of a rule only.
    pub tags: Vec<String>,
    /// What is done.
    pub measures: Measures,
}

/// A list of keywords; its words are in the store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeywordList {
    /// Names it within its app; 1 and up.
    pub id: i64,
    /// Its name for people.
    pub name: String,
    /// 命中处置: `Pass` makes it a list of what is allowed.
    pub measure: Measure,
    /// 生效范围.
    pub scope: ListScope,
    /// 匹配方式: the whole text, not a part of it.
    pub whole_text: bool,
    /// Whether upper and lower case are the same.
    pub ignore_case: bool,
    /// Whether full width is half width, traditional characters are simplified ones, and symbols between characters do
    /// not count.
    pub normalise: bool,
    /// Whether it counts.
    pub enabled: bool,
    /// Rises with every change of its words.
    pub version: u64,
    /// When it was made; 0 for lists from before this was kept.
    #[serde(default)]
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
}

/// Where a list of keywords counts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListScope {
    /// 全部.
    All,
    /// Chats of one type.
    Chats(ChatType),
    /// Groups and chat rooms with one of these tags.
    Tags(Vec<String>),
}

/// A tag of users, or of groups and chat rooms; who has it is in the store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModerationTag {
    /// Names it within its app.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Of whom.
    pub of: TagOf,
    /// When it was changed last.
    pub updated: Timestamp,
}

/// Whom a tag is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TagOf {
    /// 用户: a user has one such tag only.
    Users,
    /// 群组/聊天室.
    Chats,
}

impl ModerationSettings {
    /// The rule for messages of a kind in a chat: one that names the chat, or else one for its type.
    #[must_use]
    pub fn rule(&self, kind: ModeratedKind, chat: ChatType, to: &str) -> Option<&ModerationRule> {
        if !self.kinds.contains(&kind) {
            return None;
        }
        let counts = |rule: &&ModerationRule| {
            rule.enabled && rule.kind == kind && rule.target.covers(chat, to)
        };
        let mut rules = self.rules.iter().filter(counts);
        let first = rules.next()?;
        if first.target.is_specific() {
            return Some(first);
        }
        rules.find(|rule| rule.target.is_specific()).or(Some(first))
    }
}

/// What was found out about a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Outcome {
    /// 通过.
    Pass,
    /// 调用失败: nobody could say.
    Failed,
    /// 疑似.
    Suspect,
    /// 拒绝.
    Reject,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Pass, Self::Failed, Self::Suspect, Self::Reject];

    /// As stored, and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Failed => "failed",
            Self::Suspect => "suspect",
            Self::Reject => "reject",
        }
    }

    /// The outcome stored as `key`.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.key() == key)
    }

    /// As records and events call it outside (`providerResult`).
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Failed => "UNKNOWN",
            Self::Suspect => "REVIEWED",
            Self::Reject => "REJECT",
        }
    }

    /// The outcome that is called `word` outside.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

/// What became of a message that was examined.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ModerationAct {
    /// 通过.
    Pass,
    /// 替换***.
    Replace,
    /// 撤回: it had been delivered before.
    Recall,
    /// 拦截.
    Block,
}

impl ModerationAct {
    const ALL: [Self; 4] = [Self::Pass, Self::Replace, Self::Recall, Self::Block];

    /// As stored, and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Replace => "replace",
            Self::Recall => "recall",
            Self::Block => "block",
        }
    }

    /// The act stored as `key`.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.key() == key)
    }

    /// As records and events call it outside (`moderationResult`).
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Replace => "EXCHANGE",
            Self::Recall => "RECALL",
            Self::Block => "REJECT",
        }
    }

    /// The act that is called `word` outside.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.word() == word)
    }
}

/// Why lists of keywords, a check of a text or an export of records is not what was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ModerationRefusal {
    /// The app has no such list of keywords.
    #[error("there is nothing of this id")]
    ListNotFound,
    /// Names of lists are unique within their app.
    #[error("another list has this name")]
    ListExists,
    /// The list has no such keyword.
    #[error("there is no such keyword")]
    WordNotFound,
    /// The list has the keyword, or all of the keywords, already.
    #[error("the list has this keyword already")]
    WordExists,
    /// The app does not have its texts examined.
    #[error("texts are not examined")]
    TextOff,
    /// The app has no rule for texts in one-to-one chats.
    #[error("there is no rule for texts")]
    NoTextRule,
    /// The rule for texts in one-to-one chats is switched off.
    #[error("the rule for texts is switched off")]
    TextRuleOff,
    /// The app has no such export, or its time is over.
    #[error("there is no such export")]
    ExportNotFound,
    /// The export has no file: it is being made, or it failed.
    #[error("the export has no file")]
    ExportNotReady,
}
