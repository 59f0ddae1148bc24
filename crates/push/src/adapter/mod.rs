//! One file for each vendor: what a notice becomes as a call, and what a reply means. Nothing here waits or remembers.

mod apns;
mod fcm;
mod fcm_legacy;
mod harmony;
mod honor;
mod huawei;
mod meizu;
mod oppo;
mod vivo;
mod xiaomi;

use hongyan_model::Timestamp;

use crate::codes::Verdict;
use crate::credential::{Credential, FieldError, Reason, p12};
use crate::http::{Call, Http, Reply};
use crate::notice::Notice;
use crate::outcome::Outcome;
use crate::settings::{Settings, VendorSettings};
use crate::tokens::Access;

/// A notice on its way to a device.
pub(crate) struct Order<'a> {
    pub(crate) token: &'a str,
    pub(crate) notice: &'a Notice,
    /// For vendors that give one out.
    pub(crate) access: &'a str,
    pub(crate) now: Timestamp,
}

/// How an access token is had.
pub(crate) enum Grant {
    /// It is signed here.
    Made(Access),
    /// The vendor is asked.
    Asked(Call),
}

/// A vendor, with a credential.
pub(crate) trait Adapter: Send + Sync {
    /// Whether there are access tokens; otherwise the secret is in each call, or in the connection.
    fn has_access(&self) -> bool {
        false
    }

    /// How one is had.
    fn grant(&self, _now: Timestamp) -> Result<Grant, Outcome> {
        Err(Outcome::AuthFailed { why: "there are no access tokens".to_owned() })
    }

    /// What the vendor answered when it was asked for one.
    fn granted(&self, reply: &Reply) -> Result<Access, Outcome> {
        let why = format!("an answer {} to no question", reply.status);
        Err(Outcome::unavailable(why))
    }

    fn call(&self, order: &Order<'_>) -> Result<Call, Outcome>;

    /// What the vendor answered to a notice for `token`.
    fn read(&self, reply: &Reply, token: &str) -> Verdict;
}

/// How a credential is used: the vendor, and connections of its own if it needs them.
pub(crate) struct Outfit {
    pub(crate) adapter: Box<dyn Adapter>,
    pub(crate) http: Http,
}

/// Readies a credential that was checked.
pub(crate) fn outfit(
    credential: &Credential,
    settings: &Settings,
    shared: &Http,
    apple: impl FnOnce(Option<crate::http::Identity>) -> Result<Http, rustls::Error>,
) -> Result<Outfit, Vec<FieldError>> {
    let fail = |field, reason| vec![FieldError { field, reason }];
    let unusable = |_| fail("file", Reason::UnknownEncryption);
    let mut http = None;
    let adapter: Box<dyn Adapter> = match credential {
        Credential::ApnsP12(own) => {
            let opened = p12::open(&own.file, &own.password);
            let opened = opened.map_err(|(field, reason)| fail(field, reason))?;
            http = Some(apple(Some(opened.identity)).map_err(unusable)?);
            Box::new(apns::Apns::by_certificate(own, settings))
        }
        Credential::ApnsP8(own) => {
            http = Some(apple(None).map_err(unusable)?);
            Box::new(apns::Apns::by_key(own, settings).map_err(|reason| fail("file", reason))?)
        }
        Credential::FcmV1(own) => {
            Box::new(fcm::Fcm::new(own, &settings.fcm).map_err(|reason| fail("file", reason))?)
        }
        Credential::FcmLegacy(own) => {
            Box::new(fcm_legacy::FcmLegacy::new(own, &settings.fcm_legacy))
        }
        Credential::Huawei(own) => Box::new(huawei::Huawei::new(own, &settings.huawei)),
        Credential::Honor(own) => Box::new(honor::Honor::new(own, &settings.honor)),
        Credential::Xiaomi(own) => Box::new(xiaomi::Xiaomi::new(own, &settings.xiaomi)),
        Credential::Oppo(own) => Box::new(oppo::Oppo::new(own, &settings.oppo)),
        Credential::Vivo(own) => Box::new(vivo::Vivo::new(own, &settings.vivo)),
        Credential::Meizu(own) => Box::new(meizu::Meizu::new(own, &settings.meizu)),
        Credential::Harmony(own) => Box::new(
            harmony::Harmony::new(own, &settings.harmony).map_err(|reason| fail("file", reason))?,
        ),
    };
    Ok(Outfit { adapter, http: http.unwrap_or_else(|| shared.clone()) })
}

/// An address below a vendor's.
fn url(settings: &VendorSettings, path: &str) -> String {
    format!("{}{path}", settings.base_url.trim_end_matches('/'))
}

/// The first that there is: the message's wish, the credential's.
fn first<'a>(wishes: &[&'a Option<String>]) -> Option<&'a str> {
    wishes.iter().find_map(|wish| wish.as_deref()).filter(|wish| !wish.is_empty())
}

/// Sets what there is.
fn put(object: &mut serde_json::Value, key: &str, value: Option<impl Into<serde_json::Value>>) {
    if let Some(value) = value {
        object[key] = value.into();
    }
}

/// A page of an app as Android names it in an address: what is one already stays.
fn intent(what: &str, named: &str) -> String {
    if what.starts_with("intent:") {
        what.to_owned()
    } else {
        format!("intent:#Intent;{named};end")
    }
}

/// OAuth's answer, as Google, Huawei and Honor give it.
mod oauth {
    use std::time::Duration;

    use crate::codes::{Meaning, shortened};
    use crate::codes::{Said, Verdict, by_status, verdict};
    use crate::http::Reply;
    use crate::outcome::Outcome;
    use crate::tokens::Access;

    /// Where an answer does not say how long a token lives.
    const LIVES: u64 = 3600;

    pub(super) fn granted(reply: &Reply) -> Result<Access, Outcome> {
        let body = reply.json();
        if let Some(value) = body["access_token"].as_str().filter(|value| !value.is_empty()) {
            let seconds = body["expires_in"].as_u64().unwrap_or(LIVES);
            let (value, lives) = (value.to_owned(), Duration::from_secs(seconds));
            return Ok(Access { value, lives });
        }
        let text = |key: &str| match &body[key] {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        let (code, why) = (text("error"), text("error_description"));
        // A refusal has status 400 or 401, with one vendor even 200 or 403; a word says that it is one.
        let meaning = match by_status(reply.status) {
            Some(limited @ (Meaning::RateLimited | Meaning::Unavailable)) => limited,
            _ if !code.is_empty() => Meaning::AuthFailed,
            None => Meaning::Unavailable,
            Some(_) => Meaning::AuthFailed,
        };
        let said = Said { code: &code, why: &why, vendor_id: None };
        match verdict(meaning, said, reply) {
            Verdict::Done(outcome) => Err(outcome),
            Verdict::Stale { why } => Err(Outcome::AuthFailed { why: shortened(&why) }),
        }
    }
}

/// Small letters, as the vendors want signatures.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
