//! Sensitive words (敏感词): what an app does with messages that hold one.

use serde::{Deserialize, Serialize};

use crate::ChatType;

/// How an app looks for its words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct WordSettings {
    /// 屏蔽政策.
    pub policy: WordPolicy,
    /// 忽略大小写.
    pub ignore_case: bool,
    /// Whether full width is half width, traditional characters are simplified ones, and symbols between characters do
    /// not count.
    pub normalise: bool,
    /// In which chats.
    pub scopes: Vec<ChatType>,
    /// Rises with every change of the words, so that every process builds its matcher anew.
    pub version: u64,
}

impl Default for WordSettings {
    fn default() -> Self {
        Self {
            policy: WordPolicy::Block,
            ignore_case: false,
            normalise: false,
            scopes: ChatType::ALL.to_vec(),
            version: 0,
        }
    }
}

/// What becomes of a message with a sensitive word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WordPolicy {
    /// 发送端不能发送: refused.
    Block,
    /// 接收端使用***代替: each word becomes `***`.
    Replace,
    /// 放行并记录: sent as it is, and noted.
    Record,
}

impl WordPolicy {
    /// As stored, and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Replace => "replace",
            Self::Record => "record",
        }
    }

    /// The policy stored as `key`.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Block, Self::Replace, Self::Record].into_iter().find(|policy| policy.key() == key)
    }
}
