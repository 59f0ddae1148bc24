//! Huawei, Honor, HarmonyOS: one family of APIs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Fields, Reason};
use crate::jwt::Signer;
use crate::secret::Secret;

/// Huawei.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Huawei {
    /// The app's id, which is its OAuth client's.
    pub app_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// The app's package.
    pub package: String,
    /// With it the second version of the API is used.
    #[serde(default)]
    pub project_id: Option<String>,
    /// The kind of message that the app may send, such as `IM`.
    #[serde(default)]
    pub category: Option<String>,
    /// What a tap does: an intent's action; the app is opened if absent.
    #[serde(default)]
    pub action: Option<String>,
    /// The activity whose badge counts.
    #[serde(default)]
    pub badge_class: Option<String>,
}

/// Honor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Honor {
    /// The app's id.
    pub app_id: String,
    /// The OAuth client.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// The activity whose badge counts.
    #[serde(default)]
    pub badge_class: Option<String>,
    /// What a tap does: an intent's action; the app is opened if absent.
    #[serde(default)]
    pub action: Option<String>,
}

/// HarmonyOS.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Harmony {
    /// The app's client id.
    pub client_id: String,
    /// The key of the service account: JSON.
    pub file: Secret,
    /// The kind of message; `IM` if absent.
    #[serde(default)]
    pub category: Option<String>,
    /// What a tap does: the action of an ability; the app is opened if absent.
    #[serde(default)]
    pub action: Option<String>,
}

/// What the file of a service account says.
pub(crate) struct Account {
    pub(crate) project_id: String,
    pub(crate) key_id: String,
    pub(crate) sub_account: String,
    pub(crate) signer: Signer,
}

impl Account {
    pub(crate) fn read(file: &Secret) -> Result<Self, Reason> {
        let value: Value = serde_json::from_str(file.text()).map_err(|_| Reason::NotJson)?;
        let object = value.as_object().ok_or(Reason::NotJson)?;
        let text = |key: &'static str| {
            let text = object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or(Reason::Lacks { key })
        };
        Ok(Self {
            project_id: text("project_id")?,
            key_id: text("key_id")?,
            sub_account: text("sub_account")?,
            signer: Signer::ps256(&text("private_key")?)?,
        })
    }
}

impl Huawei {
    pub(super) fn check(&self, fields: &mut Fields) {
        fields.digits("app_id", &self.app_id);
        fields.secret("client_secret", &self.client_secret);
        fields.package("package", &self.package);
        if let Some(project) = &self.project_id {
            fields.digits("project_id", project);
        }
        fields.optional("category", self.category.as_deref());
        fields.optional("action", self.action.as_deref());
        fields.optional("badge_class", self.badge_class.as_deref());
    }
}

impl Honor {
    pub(super) fn check(&self, fields: &mut Fields) {
        fields.digits("app_id", &self.app_id);
        fields.word("client_id", &self.client_id);
        fields.secret("client_secret", &self.client_secret);
        fields.optional("badge_class", self.badge_class.as_deref());
        fields.optional("action", self.action.as_deref());
    }
}

impl Harmony {
    pub(super) fn check(&self, fields: &mut Fields) {
        fields.digits("client_id", &self.client_id);
        fields.optional("category", self.category.as_deref());
        fields.optional("action", self.action.as_deref());
        if fields.file("file", &self.file)
            && let Err(reason) = Account::read(&self.file)
        {
            fields.fail("file", reason);
        }
    }
}
