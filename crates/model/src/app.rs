//! Apps (tenants).

use std::collections::BTreeMap;
use std::sync::Arc;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{
    AppId, CallbackAlert, CallbackRule, Catalogue, DeviceId, Feature, FeatureStates,
    ModerationSettings, OrgId, Plan, PushPolicy, Scope, Timestamp, WordSettings,
};

/// An app of an organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct App {
    /// Internal number.
    pub id: AppId,
    /// UUID, shown as `application` in REST answers.
    pub uuid: String,
    /// The organisation's number.
    pub org_id: OrgId,
    /// Organisation name, first half of the App Key.
    pub org: String,
    /// App name, second half of the App Key.
    pub name: String,
    /// Public half of the app's credentials.
    pub client_id: String,
    /// Rises when every app token issued so far has to die (secret reset).
    pub token_epoch: i64,
    /// Plan.
    pub plan: Plan,
    /// What the plans of the installation have.
    pub catalogue: Arc<Catalogue>,
    /// Whether it serves.
    pub status: AppStatus,
    /// Who has suspended it; kept while it is deleted, so that a restored app is what it was.
    pub suspended_by: Option<Authority>,
    /// Whether it is stopped because its organisation owes money.
    pub in_arrears: bool,
    /// While it is deleted: until when it can be restored.
    pub restorable_until: Option<Timestamp>,
    /// What its owner has switched and what it was granted beyond its plan.
    pub features: FeatureStates,
    /// 产品名称, ≤ 32 characters.
    pub product_name: String,
    /// 描述, ≤ 512 characters.
    pub description: String,
    /// Id of the data centre, from the configuration; never changes.
    pub data_center: String,
    /// When it was made.
    pub created: Timestamp,
    /// When its owner last changed it.
    pub modified: Timestamp,
    /// What the app's owner may change.
    pub settings: AppSettings,
}

impl App {
    /// `org#app`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}#{}", self.org, self.name)
    }

    /// Whether clients and its server are served.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.status == AppStatus::Active && !self.in_arrears
    }

    /// Whether `feature` works for this app now.
    #[must_use]
    pub fn enabled(&self, feature: Feature) -> bool {
        self.features.enabled(feature, self.scope(feature))
    }

    /// Whether its plan has the feature, or it was granted.
    #[must_use]
    pub fn includes(&self, feature: Feature) -> bool {
        self.features.includes(feature, self.scope(feature))
    }

    /// How its plan treats the feature.
    #[must_use]
    pub fn scope(&self, feature: Feature) -> Scope {
        self.catalogue.scope(feature, self.plan)
    }

    /// The app's limit; `None` is no limit.
    #[must_use]
    pub fn quota(&self, feature: Feature) -> Option<u64> {
        self.features.quota(feature, self.scope(feature))
    }

    /// [`quota`](Self::quota) as a number of things; no limit is more than there can be.
    #[must_use]
    pub fn most(&self, feature: Feature) -> usize {
        self.quota(feature).map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX))
    }

    /// [`quota`](Self::quota) in days as milliseconds; no limit is as long as time goes.
    #[must_use]
    pub fn days(&self, feature: Feature) -> i64 {
        const DAY_MS: i64 = 24 * 3600 * 1000;
        match self.quota(feature) {
            Some(days) => i64::try_from(days).unwrap_or(i64::MAX).saturating_mul(DAY_MS),
            None => i64::MAX,
        }
    }

    /// How many devices of a user may be online beside a new one of this platform.
    #[must_use]
    pub fn device_limit(&self, device: &DeviceId) -> DeviceLimit {
        if self.enabled(Feature::MultiDevice) {
            let chosen = usize::from(self.settings.devices.of(device.platform()));
            DeviceLimit::PerPlatform(chosen.min(self.most(Feature::DevicesPerPlatformMax)))
        } else {
            DeviceLimit::OneInAll
        }
    }
}

/// Whether an app serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppStatus {
    /// Everything works.
    #[default]
    Active,
    /// Its owner or the operator has stopped it: clients and REST are refused.
    Suspended,
    /// Deleted, and restorable for some time; to the outside it does not exist.
    Deleting,
}

impl AppStatus {
    /// As stored.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deleting => "deleting",
        }
    }

    /// The status stored as `key`.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Deleting].into_iter().find(|s| s.key() == key)
    }
}

/// On whose authority something is done to an app.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Authority {
    /// Its organisation's.
    Owner,
    /// That of who runs the installation: what the operator has suspended, no owner resumes, and no limit of an
    /// organisation's apps holds.
    Operator,
}

impl Authority {
    /// As stored, and as shown.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Operator => "operator",
        }
    }

    /// The authority stored as `key`.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Owner, Self::Operator].into_iter().find(|authority| authority.key() == key)
    }
}

/// Devices of one user that may be online at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum DeviceLimit {
    /// One, whatever its platform.
    OneInAll,
    /// So many of one platform; 0 keeps the platform out.
    PerPlatform(usize),
}

/// Settings of an app; stored as JSON, absent keys read as their defaults.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct AppSettings {
    /// Whether anybody may register (`POST /users` without a token).
    pub open_registration: bool,
    /// Lifetime of tokens for which the caller asks none, in seconds; 0 is for ever.
    pub token_ttl_seconds: u64,
    /// How long after sending a client may recall a message, in milliseconds.
    pub recall_window_ms: i64,
    /// How long after sending the customer's server may recall a message, in milliseconds.
    pub rest_recall_window_ms: i64,
    /// Devices of one user online at once, where the app has multiple devices.
    pub devices: DevicePolicy,
    /// Thumbnails of uploaded images.
    pub thumbnail: ThumbnailPolicy,
    /// Addresses from which the customer's server may send; empty allows all.
    pub ip_allowlist: Vec<AllowedNetwork>,
    /// Rules of callbacks, the oldest first.
    pub callbacks: Vec<CallbackRule>,
    /// Mail when callbacks fail.
    pub callback_alert: CallbackAlert,
    /// How messages are searched for sensitive words.
    pub words: WordSettings,
    /// What is examined before others read it.
    pub moderation: ModerationSettings,
    /// When phones are notified, and in which words.
    pub push: PushPolicy,
}

impl AppSettings {
    /// The rules that are told of what happened, those that are off included.
    pub fn rules_after_sending(&self) -> impl Iterator<Item = &CallbackRule> {
        self.callbacks.iter().filter(|rule| rule.post().is_some())
    }
}

impl Default for AppSettings {
    fn default() -> Self {
        use crate::limits;
        Self {
            open_registration: false,
            token_ttl_seconds: limits::TOKEN_TTL_SECONDS,
            recall_window_ms: limits::RECALL_WINDOW_MS,
            rest_recall_window_ms: limits::RECALL_WINDOW_MS,
            devices: DevicePolicy::default(),
            thumbnail: ThumbnailPolicy::default(),
            ip_allowlist: Vec::new(),
            callbacks: Vec::new(),
            callback_alert: CallbackAlert::default(),
            words: WordSettings::default(),
            moderation: ModerationSettings::default(),
            push: PushPolicy::default(),
        }
    }
}

/// Devices of one platform that a user may have online; one more and the oldest is logged out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct DevicePolicy {
    /// For platforms that are not named.
    pub others: u8,
    /// By platform, the first part of the SDK's resource (`webim`, `android`, `ios`, …); 0 keeps it out.
    pub platforms: BTreeMap<String, u8>,
}

impl DevicePolicy {
    /// Devices of `platform`.
    #[must_use]
    pub fn of(&self, platform: &str) -> u8 {
        self.platforms.get(platform).copied().unwrap_or(self.others)
    }
}

impl Default for DevicePolicy {
    fn default() -> Self {
        Self { others: crate::limits::DEVICES_PER_PLATFORM, platforms: BTreeMap::new() }
    }
}

/// Size of a thumbnail where the uploader asks for none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ThumbnailPolicy {
    /// Which side has to fit.
    pub fit: ThumbnailFit,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl Default for ThumbnailPolicy {
    fn default() -> Self {
        let pixels = crate::limits::THUMBNAIL_PIXELS;
        Self { fit: ThumbnailFit::default(), width: pixels, height: pixels }
    }
}

/// Which side of a picture has to fit into the thumbnail's size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThumbnailFit {
    /// 按较长边压缩: the whole picture fits.
    #[default]
    LongSide,
    /// 按较短边压缩: the shorter side fits, the longer one may reach beyond.
    ShortSide,
}

/// A line of the REST allowlist.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AllowedNetwork {
    /// An address (as a network of one) or a network, host bits zero.
    pub network: IpNet,
    /// When it was added.
    pub added: Timestamp,
    /// From when it counts.
    pub effective: Timestamp,
}
