//! Xiaomi, OPPO, vivo, Meizu: a secret that signs.

use serde::{Deserialize, Serialize};

use super::{Fields, Reason};
use crate::secret::Secret;

/// How loud OPPO's phones may be: in the bar; and on the lock screen; and as a banner with sound.
pub(crate) const NOTIFY_LEVELS: [u8; 3] = [1, 2, 16];

/// Xiaomi.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Xiaomi {
    /// The app's id.
    pub app_id: String,
    /// The app's secret.
    pub app_secret: Secret,
    /// The app's package.
    pub package: String,
    /// The channel.
    #[serde(default)]
    pub channel_id: Option<String>,
    /// What a tap does: an intent's action, or an `intent:` URI; the app is opened if absent.
    #[serde(default)]
    pub action: Option<String>,
}

/// OPPO.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Oppo {
    /// The app's key.
    pub app_key: String,
    /// The master secret, which is not the app's secret.
    pub master_secret: Secret,
    /// The app's package.
    pub package: String,
    /// The channel.
    #[serde(default)]
    pub channel_id: Option<String>,
    /// What a tap opens; the app if absent.
    #[serde(default)]
    pub activity: Option<String>,
    /// The kind of message.
    #[serde(default)]
    pub category: Option<String>,
    /// 1, 2 or 16; needs a category.
    #[serde(default)]
    pub notify_level: Option<u8>,
}

/// What vivo calls the kind of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VivoPushType {
    /// 运营消息.
    Operation,
    /// 系统消息.
    System,
}

/// vivo.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Vivo {
    /// The app's id; digits.
    pub app_id: String,
    /// The app's key.
    pub app_key: String,
    /// The app's secret.
    pub app_secret: Secret,
    /// The app's package.
    pub package: String,
    /// The kind of message, finer.
    #[serde(default)]
    pub category: Option<String>,
    /// What a tap opens: a class of the package, or an `intent:` URI; the app if absent.
    #[serde(default)]
    pub activity: Option<String>,
    /// The kind of message; vivo's own default if absent.
    #[serde(default)]
    pub push_type: Option<VivoPushType>,
}

/// Meizu.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Meizu {
    /// The app's id.
    pub app_id: String,
    /// The app's secret.
    pub app_secret: Secret,
    /// The app's package.
    pub package: String,
    /// What a tap opens: a class; the app if absent.
    #[serde(default)]
    pub activity: Option<String>,
    /// Whether Meizu is asked for receipts.
    #[serde(default)]
    pub receipts: bool,
}

impl Xiaomi {
    pub(super) fn check(&self, fields: &mut Fields) {
        fields.digits("app_id", &self.app_id);
        fields.secret("app_secret", &self.app_secret);
        fields.package("package", &self.package);
        fields.optional("channel_id", self.channel_id.as_deref());
        fields.optional("action", self.action.as_deref());
    }
}

impl Oppo {
    pub(super) fn check(&self, fields: &mut Fields) {
        fields.word("app_key", &self.app_key);
        fields.secret("master_secret", &self.master_secret);
        fields.package("package", &self.package);
        fields.optional("channel_id", self.channel_id.as_deref());
        fields.optional("activity", self.activity.as_deref());
        fields.optional("category", self.category.as_deref());
        match self.notify_level {
            Some(level) if !NOTIFY_LEVELS.contains(&level) => {
                fields.fail("notify_level", Reason::UnknownValue);
            }
            Some(_) if self.category.is_none() => {
                fields.fail("notify_level", Reason::NeedsCategory);
            }
            _ => {}
        }
    }
}

impl Vivo {
    pub(super) fn check(&self, fields: &mut Fields) {
        fields.digits("app_id", &self.app_id);
        fields.word("app_key", &self.app_key);
        fields.secret("app_secret", &self.app_secret);
        fields.package("package", &self.package);
        fields.optional("category", self.category.as_deref());
        fields.optional("activity", self.activity.as_deref());
    }
}

impl Meizu {
    pub(super) fn check(&self, fields: &mut Fields) {
        fields.digits("app_id", &self.app_id);
        fields.secret("app_secret", &self.app_secret);
        fields.package("package", &self.package);
        fields.optional("activity", self.activity.as_deref());
    }
}
