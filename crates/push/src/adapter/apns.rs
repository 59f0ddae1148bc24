//! APNs: HTTP/2, a certificate or a signed token.

use std::time::Duration;

use hongyan_model::Timestamp;
use serde_json::{Value, json};

use super::{Adapter, Grant, Order, first, put, url};
use crate::codes::{Codes, Meaning, Said, Table, Verdict, unknown, verdict, words};
use crate::credential::{ApnsP8, ApnsP12, Environment, Reason};
use crate::http::{Call, Reply, escaped};
use crate::jwt::Signer;
use crate::notice::{Badge, Notice, fit};
use crate::outcome::Outcome;
use crate::settings::{Settings, VendorSettings};
use crate::tokens::Access;

/// The largest payload of a notice, and of a call.
const ALERT_BYTES: usize = 4096;
const VOIP_BYTES: usize = 5120;
const COLLAPSE_BYTES: usize = 64;
/// Apple takes a token for an hour, and wants no other within 20 minutes: renewed at 80 %, after 40 minutes.
const TOKEN_LIVES: Duration = Duration::from_secs(50 * 60);
/// Topics for calls end so.
const VOIP: &str = ".voip";

const REASONS: Table = &[
    ("BadDeviceToken", Meaning::InvalidToken),
    ("DeviceTokenNotForTopic", Meaning::InvalidToken),
    ("Unregistered", Meaning::InvalidToken),
    ("ExpiredToken", Meaning::InvalidToken),
    ("ExpiredProviderToken", Meaning::StaleAccess),
    ("InvalidProviderToken", Meaning::AuthFailed),
    ("MissingProviderToken", Meaning::AuthFailed),
    ("BadCertificate", Meaning::AuthFailed),
    ("BadCertificateEnvironment", Meaning::AuthFailed),
    ("BadEnvironmentKeyIdInToken", Meaning::AuthFailed),
    ("BadEnvironmentKeyInToken", Meaning::AuthFailed),
    ("UnrelatedKeyIdInToken", Meaning::AuthFailed),
    ("Forbidden", Meaning::AuthFailed),
    ("TopicDisallowed", Meaning::AuthFailed),
    ("TooManyRequests", Meaning::RateLimited),
    ("TooManyProviderTokenUpdates", Meaning::RateLimited),
    ("IdleTimeout", Meaning::Unavailable),
    ("InternalServerError", Meaning::Unavailable),
    ("ServiceUnavailable", Meaning::Unavailable),
    ("Shutdown", Meaning::Unavailable),
    ("PayloadTooLarge", Meaning::Rejected),
];

pub(crate) struct Apns {
    settings: VendorSettings,
    codes: Codes,
    topic: String,
    sound: Option<String>,
    key: Option<Key>,
}

struct Key {
    signer: Signer,
    id: String,
    team: String,
}

impl Apns {
    pub(crate) fn by_certificate(own: &ApnsP12, settings: &Settings) -> Self {
        Self::new(own.environment, &own.bundle_id, &own.sound, None, settings)
    }

    pub(crate) fn by_key(own: &ApnsP8, settings: &Settings) -> Result<Self, Reason> {
        let signer = Signer::es256(own.file.text())?;
        let key = Key { signer, id: own.key_id.clone(), team: own.team_id.clone() };
        Ok(Self::new(own.environment, &own.bundle_id, &own.sound, Some(key), settings))
    }

    fn new(
        environment: Environment,
        topic: &str,
        sound: &Option<String>,
        key: Option<Key>,
        settings: &Settings,
    ) -> Self {
        let settings = match environment {
            Environment::Production => &settings.apns,
            Environment::Sandbox => &settings.apns_sandbox,
        };
        Self {
            codes: Codes::new(&settings.codes, REASONS),
            settings: settings.clone(),
            topic: topic.to_owned(),
            sound: sound.clone(),
            key,
        }
    }

    fn payload(&self, notice: &Notice, body: &str, with_custom: bool) -> Value {
        let own = &notice.overrides.apns;
        let mut alert = json!({ "title": own.title.as_deref().unwrap_or(&notice.title) });
        let subtitle = own.subtitle.as_deref().unwrap_or(&notice.subtitle);
        put(&mut alert, "subtitle", Some(subtitle).filter(|subtitle| !subtitle.is_empty()));
        alert["body"] = body.into();
        let mut aps = json!({ "alert": alert });
        let badge = match notice.badge {
            Some(Badge::Set(number)) => Some(number),
            _ => None,
        };
        put(&mut aps, "badge", own.badge.or(badge));
        aps["sound"] = first(&[&own.sound, &self.sound, &notice.sound]).unwrap_or("default").into();
        put(&mut aps, "mutable-content", own.mutable_content.then_some(1));
        put(&mut aps, "category", first(&[&own.category, &notice.category]));
        let mut payload = json!({ "aps": aps });
        for (key, value) in notice.data.object(with_custom) {
            payload[key] = value;
        }
        payload
    }
}

impl Adapter for Apns {
    fn has_access(&self) -> bool {
        self.key.is_some()
    }

    fn grant(&self, now: Timestamp) -> Result<Grant, Outcome> {
        let Some(key) = &self.key else {
            return Err(Outcome::AuthFailed { why: "there is no key".to_owned() });
        };
        let claims = json!({ "iss": key.team, "iat": now / 1000 });
        let value = key.signer.token(&key.id, &claims)?;
        Ok(Grant::Made(Access { value, lives: TOKEN_LIVES }))
    }

    fn call(&self, order: &Order<'_>) -> Result<Call, Outcome> {
        let notice = order.notice;
        let is_voip = self.topic.ends_with(VOIP);
        if is_voip && !notice.overrides.apns.voip {
            let why = "the topic is for calls, and the message is none".to_owned();
            return Err(Outcome::Rejected { code: "invalid VOIP notification".to_owned(), why });
        }
        let (kind, limit) = if is_voip { ("voip", VOIP_BYTES) } else { ("alert", ALERT_BYTES) };
        let text = notice.overrides.apns.body.as_deref().unwrap_or(&notice.body);
        let body = fit(text, limit, |body, with| self.payload(notice, body, with))?;
        let until = order.now / 1000 + i64::try_from(notice.ttl_seconds()).unwrap_or_default();
        let mut call =
            Call::json(url(&self.settings, &format!("/3/device/{}", escaped(order.token))), body)
                .header("apns-topic", &self.topic)?
                .header("apns-push-type", kind)?
                .header("apns-priority", "10")?
                .header("apns-expiration", &until.to_string())?;
        if let Some(collapse) = &notice.collapse {
            call = call.header("apns-collapse-id", &collapse_id(collapse))?;
        }
        if self.key.is_some() {
            call = call.header("authorization", &format!("bearer {}", order.access))?;
        }
        Ok(call)
    }

    fn read(&self, reply: &Reply, _token: &str) -> Verdict {
        if reply.status.is_success() {
            let id = reply.headers.get("apns-id").and_then(|id| id.to_str().ok());
            return Verdict::Done(Outcome::Delivered { vendor_id: id.map(str::to_owned) });
        }
        let body = reply.json();
        let code = body["reason"].as_str().unwrap_or_default();
        match self.codes.of(code) {
            Some(meaning) => verdict(meaning, Said { code, why: "", vendor_id: None }, reply),
            // Gone, whatever the word for it.
            None if reply.status.as_u16() == 410 => {
                Verdict::Done(Outcome::InvalidToken { why: words("410", code) })
            }
            None => unknown(reply, Some(code).filter(|code| !code.is_empty()), ""),
        }
    }
}

/// Apple takes 64 bytes of ASCII or less; longer words are told apart by a number.
fn collapse_id(word: &str) -> String {
    if word.len() <= COLLAPSE_BYTES && word.bytes().all(|byte| byte.is_ascii_graphic()) {
        word.to_owned()
    } else {
        format!("c{}", crate::notice::number(word))
    }
}
