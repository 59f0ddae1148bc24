//! What a vendor gave an app, and whether it looks as if it worked.

mod android;
mod apns;
mod fcm;
mod huawei;
pub(crate) mod p12;

use hongyan_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

pub use android::{Meizu, Oppo, Vivo, VivoPushType, Xiaomi};
pub use apns::{ApnsP8, ApnsP12, Environment};
pub use fcm::{FcmLegacy, FcmPriority, FcmShape, FcmV1};
pub use huawei::{Harmony, Honor, Huawei};

pub(crate) use android::NOTIFY_LEVELS;
pub(crate) use fcm::Account as GoogleAccount;
pub(crate) use huawei::Account as HarmonyAccount;

/// The longest text of a field, in characters; files have limits of their own.
const MAX_TEXT: usize = 512;
/// The largest file, as it is stored.
const MAX_FILE: usize = 64 * 1024;

/// Who delivers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Vendor {
    /// Apple.
    Apns,
    /// Google: FCM.
    #[serde(rename = "ANDROID")]
    Fcm,
    /// Huawei, up to HarmonyOS 4.
    Huawei,
    /// Honor.
    Honor,
    /// Xiaomi.
    Xiaomi,
    /// OPPO, OnePlus, realme.
    Oppo,
    /// vivo.
    Vivo,
    /// Meizu.
    Meizu,
    /// HarmonyOS 5 and later.
    Harmony,
}

impl Vendor {
    /// As callbacks and statistics name the channel.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Apns => "APNS",
            Self::Fcm => "ANDROID",
            Self::Huawei => "HUAWEI",
            Self::Honor => "HONOR",
            Self::Xiaomi => "XIAOMI",
            Self::Oppo => "OPPO",
            Self::Vivo => "VIVO",
            Self::Meizu => "MEIZU",
            Self::Harmony => "HARMONY",
        }
    }
}

/// A credential, with what an app wants of this channel. Serialised it holds its secrets readable.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Credential {
    /// Apple, by certificate.
    ApnsP12(ApnsP12),
    /// Apple, by key.
    ApnsP8(ApnsP8),
    /// Google, by service account.
    FcmV1(FcmV1),
    /// Google, by server key.
    FcmLegacy(FcmLegacy),
    /// Huawei.
    Huawei(Huawei),
    /// Honor.
    Honor(Honor),
    /// Xiaomi.
    Xiaomi(Xiaomi),
    /// OPPO.
    Oppo(Oppo),
    /// vivo.
    Vivo(Vivo),
    /// Meizu.
    Meizu(Meizu),
    /// HarmonyOS.
    Harmony(Harmony),
}

impl Credential {
    /// Who delivers.
    #[must_use]
    pub fn vendor(&self) -> Vendor {
        match self {
            Self::ApnsP12(_) | Self::ApnsP8(_) => Vendor::Apns,
            Self::FcmV1(_) | Self::FcmLegacy(_) => Vendor::Fcm,
            Self::Huawei(_) => Vendor::Huawei,
            Self::Honor(_) => Vendor::Honor,
            Self::Xiaomi(_) => Vendor::Xiaomi,
            Self::Oppo(_) => Vendor::Oppo,
            Self::Vivo(_) => Vendor::Vivo,
            Self::Meizu(_) => Vendor::Meizu,
            Self::Harmony(_) => Vendor::Harmony,
        }
    }

    /// What devices say they belong to: the `notifier_name` of their bindings.
    #[must_use]
    pub fn notifier_name(&self) -> String {
        match self {
            Self::ApnsP12(apns) => apns.name.clone(),
            Self::ApnsP8(apns) => apns.name.clone(),
            Self::FcmV1(fcm) => fcm.sender_id.clone(),
            Self::FcmLegacy(fcm) => fcm.sender_id.clone(),
            Self::Huawei(huawei) => huawei.app_id.clone(),
            Self::Honor(honor) => honor.app_id.clone(),
            Self::Xiaomi(xiaomi) => xiaomi.app_id.clone(),
            Self::Oppo(oppo) => oppo.app_key.clone(),
            Self::Vivo(vivo) => format!("{}#{}", vivo.app_id, vivo.app_key),
            Self::Meizu(meizu) => meizu.app_id.clone(),
            Self::Harmony(harmony) => harmony.client_id.clone(),
        }
    }

    /// Whether it looks right at `now`, without asking the vendor. Opening a `.p12` takes as long as the file says it should, as
    /// any password's protection does: call it where that blocks nobody.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn check(&self, now: Timestamp) -> Result<Facts, Vec<FieldError>> {
        let mut fields = Fields::default();
        let (mut expires_at, mut topic) = (None, None);
        match self {
            Self::ApnsP12(apns) => {
                expires_at = apns.check(now, &mut fields);
                topic = Some(apns.bundle_id.clone());
            }
            Self::ApnsP8(apns) => {
                apns.check(&mut fields);
                topic = Some(apns.bundle_id.clone());
            }
            Self::FcmV1(fcm) => fcm.check(&mut fields),
            Self::FcmLegacy(fcm) => fcm.check(&mut fields),
            Self::Huawei(huawei) => huawei.check(&mut fields),
            Self::Honor(honor) => honor.check(&mut fields),
            Self::Xiaomi(xiaomi) => xiaomi.check(&mut fields),
            Self::Oppo(oppo) => oppo.check(&mut fields),
            Self::Vivo(vivo) => vivo.check(&mut fields),
            Self::Meizu(meizu) => meizu.check(&mut fields),
            Self::Harmony(harmony) => harmony.check(&mut fields),
        }
        if fields.0.is_empty() {
            Ok(Facts { notifier_name: self.notifier_name(), expires_at, topic })
        } else {
            Err(fields.0)
        }
    }
}

/// What a credential says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// The `notifier_name` of bindings.
    pub notifier_name: String,
    /// When it ends (Unix ms), if it does.
    pub expires_at: Option<Timestamp>,
    /// The bundle id, with Apple.
    pub topic: Option<String>,
}

/// A field that is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct FieldError {
    /// The field, as it is serialised.
    pub field: &'static str,
    /// What is wrong.
    #[serde(flatten)]
    pub reason: Reason,
}

/// What is wrong with a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// It is empty.
    Required,
    /// It is longer than this.
    TooLong {
        /// Characters.
        most: usize,
    },
    /// It has not this length.
    WrongLength {
        /// Characters.
        length: usize,
    },
    /// It is more than digits.
    NotDigits,
    /// It has spaces, controls or letters beyond ASCII.
    NotPrintable,
    /// It is no name of a package.
    NotAPackage,
    /// It is no aiff, wav or caf file, nor `default`.
    NotASound,
    /// It is not base64.
    NotBase64,
    /// It is no PKCS#12 file.
    NotPkcs12,
    /// The file is encrypted in a way that is not known.
    UnknownEncryption,
    /// The password does not open the file.
    WrongPassword,
    /// The file has no private key.
    NoPrivateKey,
    /// The file has no certificate.
    NoCertificate,
    /// No certificate of the file belongs to its key.
    KeyMismatch,
    /// The certificate has ended.
    Expired,
    /// The certificate has not begun.
    NotYetValid,
    /// The certificate is not one for push.
    NotForPush,
    /// The certificate is not for this environment.
    WrongEnvironment,
    /// The certificate is not for this app.
    WrongTopic,
    /// It is no private key on the curve P-256.
    NotP256Key,
    /// It is no private RSA key of 2048 to 4096 bits.
    NotRsaKey,
    /// It is not a JSON object.
    NotJson,
    /// The JSON object lacks this key.
    Lacks {
        /// The key.
        key: &'static str,
    },
    /// The JSON object is not the key of a service account.
    NotAServiceAccount,
    /// It is not one of the values that there are.
    UnknownValue,
    /// It needs a category.
    NeedsCategory,
}

/// Collects what is wrong: the first thing of each field.
#[derive(Default)]
pub(crate) struct Fields(Vec<FieldError>);

impl Fields {
    pub(crate) fn fail(&mut self, field: &'static str, reason: Reason) {
        if !self.0.iter().any(|error| error.field == field) {
            self.0.push(FieldError { field, reason });
        }
    }

    /// A text for people.
    fn name(&mut self, field: &'static str, value: &str) {
        if value.trim().is_empty() {
            self.fail(field, Reason::Required);
        } else if value.chars().count() > MAX_TEXT {
            self.fail(field, Reason::TooLong { most: MAX_TEXT });
        }
    }

    /// A text that goes into headers and addresses.
    fn word(&mut self, field: &'static str, value: &str) {
        self.name(field, value);
        if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.fail(field, Reason::NotPrintable);
        }
    }

    fn secret(&mut self, field: &'static str, value: &Secret) {
        self.word(field, value.reveal());
    }

    fn digits(&mut self, field: &'static str, value: &str) {
        self.name(field, value);
        // As many as a number of 64 bits has.
        if !value.bytes().all(|byte| byte.is_ascii_digit()) {
            self.fail(field, Reason::NotDigits);
        } else if value.len() > 19 {
            self.fail(field, Reason::TooLong { most: 19 });
        }
    }

    fn package(&mut self, field: &'static str, value: &str) {
        self.name(field, value);
        let is_part = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        if !value.split('.').all(is_part) {
            self.fail(field, Reason::NotAPackage);
        }
    }

    /// A text that may be absent.
    fn optional(&mut self, field: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.word(field, value);
        }
    }

    fn file(&mut self, field: &'static str, value: &Secret) -> bool {
        let text = value.reveal();
        if text.trim().is_empty() {
            self.fail(field, Reason::Required);
        } else if text.len() > MAX_FILE {
            self.fail(field, Reason::TooLong { most: MAX_FILE });
        } else {
            return true;
        }
        false
    }
}
