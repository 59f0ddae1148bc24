//! Offline push: when phones are notified, and in which words.

use serde::{Deserialize, Serialize};

/// What holds for all users of an app.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct PushPolicy {
    /// Whether a phone is notified while its user is online elsewhere.
    pub when: PushWhen,
    /// IANA name of the zone of users' quiet times.
    pub time_zone: String,
    /// Of notices that do not quote a message.
    pub language: PushLanguage,
}

impl Default for PushPolicy {
    fn default() -> Self {
        Self {
            when: PushWhen::default(),
            time_zone: "Asia/Shanghai".to_owned(),
            language: PushLanguage::default(),
        }
    }
}

/// 多设备消息推送策略.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushWhen {
    /// Only while no device of the user is online.
    #[default]
    AllOffline,
    /// Each device that is offline, whatever the others are.
    AnyOffline,
}

/// A language that the server has words in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushLanguage {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}
