//! Apps (tenants).

use serde::{Deserialize, Serialize};

use crate::{AppId, Timestamp};

/// An app of an organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct App {
    /// Internal number.
    pub id: AppId,
    /// UUID, shown as `application` in REST answers.
    pub uuid: String,
    /// Organisation name, first half of the App Key.
    pub org: String,
    /// App name, second half of the App Key.
    pub name: String,
    /// Public half of the app's credentials.
    pub client_id: String,
    /// Rises when every app token issued so far has to die (secret reset).
    pub token_epoch: i64,
    /// When it was made.
    pub created: Timestamp,
    /// What the app's owner may change.
    pub settings: AppSettings,
}

impl App {
    /// `org#app`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}#{}", self.org, self.name)
    }
}

/// Settings of an app; stored as JSON, absent keys read as their defaults.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct AppSettings {
    /// Whether anybody may register (`POST /users` without a token).
    pub open_registration: bool,
    /// Lifetime of tokens for which the caller asks none, in seconds.
    pub token_ttl_seconds: u64,
    /// How long after sending a client may recall a message, in milliseconds.
    pub recall_window_ms: i64,
    /// Devices of one platform a user may have online; one more and the oldest is logged out.
    pub devices_per_platform: usize,
    /// How long a message waits for a device that has never been seen, in milliseconds.
    pub offline_window_ms: i64,
    /// Whether a user may only write to its contacts. Friendship is mutual, so one check covers both.
    pub friend_check: bool,
}

impl Default for AppSettings {
    fn default() -> Self {
        use crate::limits;
        Self {
            open_registration: false,
            token_ttl_seconds: limits::TOKEN_TTL_SECONDS,
            recall_window_ms: limits::RECALL_WINDOW_MS,
            devices_per_platform: limits::DEVICES_PER_PLATFORM,
            offline_window_ms: limits::OFFLINE_WINDOW_MS,
            friend_check: false,
        }
    }
}
