//! Settings of the way to phones' vendors.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use hongyan_integrations::push::{Meaning, Settings, VendorSettings};
use serde::{Deserialize, Serialize};

use super::reference::{self, Describe, Entry};

settings! {
    /// The push services of phones' vendors.
    pub struct PushSettings {
        /// A connection to a vendor that is not there after this long is given up.
        connect_timeout_seconds: u64 = 5,
        /// An answer of a vendor that is not there after this long is given up.
        timeout_seconds: u64 = 10,
        /// Calls at once with one certificate.
        in_flight: usize = 64,
        /// Notices of one certificate that wait for a turn or for another try beside those; one more waits in the database.
        waiting: usize = 1024,
        /// A file with certificates (PEM) that are trusted beside those of the system, for proxies and
        /// doubles of vendors. Empty: none.
        ca_file: String = String::new(),
        /// Apple, for builds from the store.
        apns: PushVendorSettings = PushVendorSettings::default(),
        /// Apple, for builds of developers.
        apns_sandbox: PushVendorSettings = PushVendorSettings::default(),
        /// Google, with service accounts.
        fcm: PushVendorSettings = PushVendorSettings::default(),
        /// Google, with server keys: for gateways that still speak it.
        fcm_legacy: PushVendorSettings = PushVendorSettings::default(),
        /// Huawei.
        huawei: PushVendorSettings = PushVendorSettings::default(),
        /// Honor.
        honor: PushVendorSettings = PushVendorSettings::default(),
        /// Xiaomi.
        xiaomi: PushVendorSettings = PushVendorSettings::default(),
        /// OPPO.
        oppo: PushVendorSettings = PushVendorSettings::default(),
        /// vivo.
        vivo: PushVendorSettings = PushVendorSettings::default(),
        /// Meizu.
        meizu: PushVendorSettings = PushVendorSettings::default(),
        /// HarmonyOS 5 and later.
        harmony: PushVendorSettings = PushVendorSettings::default(),
    }
}

settings! {
    /// One vendor.
    pub struct PushVendorSettings {
        /// Where its API is, without the paths of its documents. Empty: where the vendor has it.
        base_url: String = String::new(),
        /// Where it gives access tokens, completely, if it has a place of its own for that. Empty: where
        /// the vendor has it.
        auth_url: String = String::new(),
        /// What its codes mean, where that is not what this program thinks (docs/push-vendors.md; in a file
        /// only, as variables have no names of settings such as these): `delivered`,
        /// `invalid_token`, `stale_access`, `auth_failed`, `over_quota`, `rate_limited`, `unavailable` or
        /// `rejected`.
        codes: BTreeMap<String, Meaning> = BTreeMap::new(),
    }
}

impl PushSettings {
    /// As the way to vendors is opened.
    pub fn options(&self) -> anyhow::Result<Settings> {
        let mut settings = Settings {
            connect_timeout: Duration::from_secs(self.connect_timeout_seconds),
            timeout: Duration::from_secs(self.timeout_seconds),
            in_flight: self.in_flight,
            waiting: self.waiting,
            // Pauses are made in the queue, where they hold up nobody and a restart does no harm.
            unavailable_pauses: Vec::new(),
            longest_pause: Duration::ZERO,
            ..Settings::default()
        };
        if !self.ca_file.is_empty() {
            let pem = std::fs::read_to_string(&self.ca_file);
            let pem = pem.with_context(|| format!("push.ca_file {:?}", self.ca_file))?;
            settings.ca_pem = Some(pem);
        }
        let vendors = [
            (&self.apns, &mut settings.apns),
            (&self.apns_sandbox, &mut settings.apns_sandbox),
            (&self.fcm, &mut settings.fcm),
            (&self.fcm_legacy, &mut settings.fcm_legacy),
            (&self.huawei, &mut settings.huawei),
            (&self.honor, &mut settings.honor),
            (&self.xiaomi, &mut settings.xiaomi),
            (&self.oppo, &mut settings.oppo),
            (&self.vivo, &mut settings.vivo),
            (&self.meizu, &mut settings.meizu),
            (&self.harmony, &mut settings.harmony),
        ];
        for (own, vendor) in vendors {
            own.apply(vendor);
        }
        Ok(settings)
    }
}

impl PushVendorSettings {
    fn apply(&self, vendor: &mut VendorSettings) {
        let set = |value: &String, to: &mut String| {
            if !value.is_empty() {
                value.trim_end_matches('/').clone_into(to);
            }
        };
        set(&self.base_url, &mut vendor.base_url);
        set(&self.auth_url, &mut vendor.auth_url);
        vendor.codes.clone_from(&self.codes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flags, load};

    #[test]
    fn a_vendor_is_where_the_operator_says() {
        let variables = [("HONGYAN_PUSH__XIAOMI__BASE_URL", "http://127.0.0.1:9/")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = load(None, variables, Flags::default()).unwrap();
        let settings = config.push.options().unwrap();
        assert_eq!(settings.xiaomi.base_url, "http://127.0.0.1:9");
        assert_eq!(settings.apns, Settings::default().apns);
    }
}
