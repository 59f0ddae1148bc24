//! Where vendors are, and how patiently they are asked.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::codes::Meaning;

/// Everything an operator may change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// APNs for production.
    pub apns: VendorSettings,
    /// APNs for development.
    pub apns_sandbox: VendorSettings,
    /// FCM, HTTP v1.
    pub fcm: VendorSettings,
    /// FCM as it was until 2024; for gateways that still speak it.
    pub fcm_legacy: VendorSettings,
    /// Huawei.
    pub huawei: VendorSettings,
    /// Honor.
    pub honor: VendorSettings,
    /// Xiaomi.
    pub xiaomi: VendorSettings,
    /// OPPO, OnePlus, realme.
    pub oppo: VendorSettings,
    /// vivo.
    pub vivo: VendorSettings,
    /// Meizu.
    pub meizu: VendorSettings,
    /// HarmonyOS 5 and later.
    pub harmony: VendorSettings,
    /// For a TCP connection.
    pub connect_timeout: Duration,
    /// Within which a call must have been answered completely.
    pub timeout: Duration,
    /// Calls of one credential under way at once.
    pub in_flight: usize,
    /// Notices of one credential that may wait for their turn or their next try; one more is refused.
    pub waiting: usize,
    /// Pauses before a vendor that was unavailable is asked again.
    pub unavailable_pauses: Vec<Duration>,
    /// The pause before the one more try that follows "too fast", where the vendor names none.
    pub rate_limited_pause: Duration,
    /// A vendor that asks for more patience than this is not asked again.
    pub longest_pause: Duration,
    /// Certificates (PEM) that are trusted besides those of the system: proxies, doubles.
    pub ca_pem: Option<String>,
}

/// One vendor.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VendorSettings {
    /// `http://` or `https://`, and where; paths of the vendor's API are added to it.
    pub base_url: String,
    /// Where access tokens are asked for, completely; empty where a vendor has no place of its own for that.
    pub auth_url: String,
    /// What codes of the vendor mean, where that is not what this program thinks.
    pub codes: BTreeMap<String, Meaning>,
}

impl VendorSettings {
    fn at(base_url: &str, auth_url: &str) -> Self {
        let (base_url, auth_url) = (base_url.to_owned(), auth_url.to_owned());
        Self { base_url, auth_url, codes: BTreeMap::new() }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let huawei = "https://push-api.cloud.huawei.com";
        let huawei_auth = "https://oauth-login.cloud.huawei.com/oauth2/v3/token";
        let honor_auth =
            "https://iam.developer.honor.com/auth/realms/developer/protocol/openid-connect/token";
        Self {
            apns: VendorSettings::at("https://api.push.apple.com", ""),
            apns_sandbox: VendorSettings::at("https://api.sandbox.push.apple.com", ""),
            fcm: VendorSettings::at(
                "https://fcm.googleapis.com",
                "https://oauth2.googleapis.com/token",
            ),
            fcm_legacy: VendorSettings::at("https://fcm.googleapis.com", ""),
            huawei: VendorSettings::at(huawei, huawei_auth),
            honor: VendorSettings::at("https://push-api.cloud.honor.com", honor_auth),
            xiaomi: VendorSettings::at("https://api.xmpush.xiaomi.com", ""),
            oppo: VendorSettings::at("https://api.push.oppomobile.com", ""),
            vivo: VendorSettings::at("https://api-push.vivo.com.cn", ""),
            meizu: VendorSettings::at("https://server-api-push.meizu.com", ""),
            harmony: VendorSettings::at(huawei, ""),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            in_flight: 64,
            waiting: 1024,
            unavailable_pauses: vec![Duration::from_secs(1), Duration::from_secs(4)],
            rate_limited_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            ca_pem: None,
        }
    }
}

impl Settings {
    pub(crate) fn vendors(&self) -> [(&'static str, &VendorSettings); 11] {
        [
            ("apns", &self.apns),
            ("apns_sandbox", &self.apns_sandbox),
            ("fcm", &self.fcm),
            ("fcm_legacy", &self.fcm_legacy),
            ("huawei", &self.huawei),
            ("honor", &self.honor),
            ("xiaomi", &self.xiaomi),
            ("oppo", &self.oppo),
            ("vivo", &self.vivo),
            ("meizu", &self.meizu),
            ("harmony", &self.harmony),
        ]
    }
}
