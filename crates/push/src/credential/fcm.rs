//! Google.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Fields, Reason};
use crate::jwt::Signer;
use crate::secret::Secret;

/// How urgent notices are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FcmPriority {
    /// At once.
    #[default]
    High,
    /// When the phone wakes anyway.
    Normal,
}

/// What a message has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FcmShape {
    /// Data; the app shows it.
    Data,
    /// A notice; the system shows it.
    Notification,
    /// Both.
    #[default]
    Both,
}

/// A service account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FcmV1 {
    /// The sender id; digits.
    pub sender_id: String,
    /// The key of the service account: JSON.
    pub file: Secret,
    /// What is played.
    #[serde(default)]
    pub sound: Option<String>,
    /// Android's channel.
    #[serde(default)]
    pub channel_id: Option<String>,
    /// How urgent.
    #[serde(default)]
    pub priority: FcmPriority,
    /// What a message has.
    #[serde(default)]
    pub shape: FcmShape,
    /// Whether a message also says what iPhones show that get it through FCM.
    #[serde(default)]
    pub with_apns: bool,
}

/// A server key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FcmLegacy {
    /// The sender id; digits.
    pub sender_id: String,
    /// The key.
    pub server_key: Secret,
    /// What is played.
    #[serde(default)]
    pub sound: Option<String>,
    /// Android's channel.
    #[serde(default)]
    pub channel_id: Option<String>,
    /// How urgent.
    #[serde(default)]
    pub priority: FcmPriority,
    /// What a message has.
    #[serde(default)]
    pub shape: FcmShape,
}

/// What the file of a service account says.
pub(crate) struct Account {
    pub(crate) project_id: String,
    pub(crate) client_email: String,
    pub(crate) key_id: String,
    /// For whom a token is meant. What the file says is named, never called: customers upload it.
    pub(crate) token_uri: String,
    pub(crate) signer: Signer,
}

impl Account {
    pub(crate) fn read(file: &Secret) -> Result<Self, Reason> {
        let value: Value = serde_json::from_str(file.text()).map_err(|_| Reason::NotJson)?;
        let object = value.as_object().ok_or(Reason::NotJson)?;
        if object.get("type").is_some_and(|kind| kind != "service_account") {
            return Err(Reason::NotAServiceAccount);
        }
        let text = |key: &'static str| {
            let text = object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or(Reason::Lacks { key })
        };
        Ok(Self {
            project_id: text("project_id")?,
            client_email: text("client_email")?,
            key_id: text("private_key_id").unwrap_or_default(),
            token_uri: text("token_uri")?,
            signer: Signer::rs256(&text("private_key")?)?,
        })
    }
}

impl FcmV1 {
    pub(super) fn check(&self, fields: &mut Fields) {
        fields.digits("sender_id", &self.sender_id);
        fields.optional("sound", self.sound.as_deref());
        fields.optional("channel_id", self.channel_id.as_deref());
        if fields.file("file", &self.file)
            && let Err(reason) = Account::read(&self.file)
        {
            fields.fail("file", reason);
        }
    }
}

impl FcmLegacy {
    pub(super) fn check(&self, fields: &mut Fields) {
        fields.digits("sender_id", &self.sender_id);
        fields.secret("server_key", &self.server_key);
        fields.optional("sound", self.sound.as_deref());
        fields.optional("channel_id", self.channel_id.as_deref());
    }
}
