//! FCM, HTTP v1: a service account.

use hongyan_model::Timestamp;
use serde_json::{Value, json};

use super::{Adapter, Grant, Order, first, oauth, put, url};
use crate::codes::{Codes, Meaning, Said, Table, Verdict, unknown, verdict, words};
use crate::credential::{FcmPriority, FcmShape, FcmV1, GoogleAccount, Reason};
use crate::http::{Call, Reply, escaped};
use crate::notice::{Badge, Notice, fit};
use crate::outcome::Outcome;
use crate::settings::VendorSettings;
use crate::tokens::Access;

const BYTES: usize = 4096;
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The longest that Google lets an assertion live, in seconds.
const ASSERTION_LIVES: i64 = 3600;

const CODES: Table = &[
    ("UNREGISTERED", Meaning::InvalidToken),
    ("SENDER_ID_MISMATCH", Meaning::InvalidToken),
    ("THIRD_PARTY_AUTH_ERROR", Meaning::AuthFailed),
    ("UNAUTHENTICATED", Meaning::StaleAccess),
    ("PERMISSION_DENIED", Meaning::AuthFailed),
    ("QUOTA_EXCEEDED", Meaning::RateLimited),
    ("RESOURCE_EXHAUSTED", Meaning::RateLimited),
    ("UNAVAILABLE", Meaning::Unavailable),
    ("INTERNAL", Meaning::Unavailable),
    ("DEADLINE_EXCEEDED", Meaning::Unavailable),
    ("INVALID_ARGUMENT", Meaning::Rejected),
    ("NOT_FOUND", Meaning::Rejected),
];

pub(crate) struct Fcm {
    settings: VendorSettings,
    codes: Codes,
    account: GoogleAccount,
    own: FcmV1,
}

impl Fcm {
    pub(crate) fn new(own: &FcmV1, settings: &VendorSettings) -> Result<Self, Reason> {
        Ok(Self {
            settings: settings.clone(),
            codes: Codes::new(&settings.codes, CODES),
            account: GoogleAccount::read(&own.file)?,
            own: own.clone(),
        })
    }

    fn message(&self, notice: &Notice, token: &str, body: &str, with_custom: bool) -> Value {
        let wishes = &notice.overrides;
        let mut message = json!({ "token": token });
        if self.own.shape != FcmShape::Data {
            message["notification"] = json!({ "title": notice.title, "body": body });
        }
        if self.own.shape != FcmShape::Notification {
            let mut data = notice.data.texts(with_custom);
            data.insert("alert".to_owned(), body.into());
            message["data"] = data.into();
        }
        let mut android = json!({
            "priority": match self.own.priority {
                FcmPriority::High => "HIGH",
                FcmPriority::Normal => "NORMAL",
            },
            "ttl": format!("{}s", notice.ttl_seconds()),
        });
        put(&mut android, "collapse_key", notice.collapse.as_deref());
        if self.own.shape != FcmShape::Data {
            let channels = [&wishes.fcm.channel_id, &wishes.channel_id, &self.own.channel_id];
            let mut shown = json!({});
            put(&mut shown, "channel_id", first(&channels));
            put(&mut shown, "sound", first(&[&self.own.sound, &notice.sound]));
            put(&mut shown, "tag", notice.collapse.as_deref());
            android["notification"] = shown;
        }
        message["android"] = android;
        if self.own.with_apns {
            let apple = &wishes.apns;
            let mut aps = json!({
                "alert": {
                    "title": apple.title.as_deref().unwrap_or(&notice.title),
                    "body": apple.body.as_deref().unwrap_or(body),
                },
            });
            let badge = match notice.badge {
                Some(Badge::Set(number)) => Some(number),
                _ => None,
            };
            put(&mut aps, "badge", apple.badge.or(badge));
            aps["sound"] = first(&[&apple.sound, &notice.sound]).unwrap_or("default").into();
            put(&mut aps, "mutable-content", apple.mutable_content.then_some(1));
            put(&mut aps, "category", first(&[&apple.category, &notice.category]));
            message["apns"] = json!({ "payload": { "aps": aps } });
        }
        put(&mut message, "fcm_options", wishes.fcm.options.clone());
        json!({ "message": message })
    }
}

impl Adapter for Fcm {
    fn has_access(&self) -> bool {
        true
    }

    fn grant(&self, now: Timestamp) -> Result<Grant, Outcome> {
        let issued = now / 1000;
        let claims = json!({
            "iss": self.account.client_email,
            "scope": SCOPE,
            "aud": self.account.token_uri,
            "iat": issued,
            "exp": issued + ASSERTION_LIVES,
        });
        let assertion = self.account.signer.token(&self.account.key_id, &claims)?;
        let fields = [("grant_type", GRANT), ("assertion", assertion.as_str())];
        Ok(Grant::Asked(Call::form(self.settings.auth_url.clone(), &fields)))
    }

    fn granted(&self, reply: &Reply) -> Result<Access, Outcome> {
        oauth::granted(reply)
    }

    fn call(&self, order: &Order<'_>) -> Result<Call, Outcome> {
        let limit = BYTES + order.token.len();
        let body = fit(&order.notice.body, limit, |body, with| {
            self.message(order.notice, order.token, body, with)
        })?;
        let path = format!("/v1/projects/{}/messages:send", escaped(&self.account.project_id));
        Call::json(url(&self.settings, &path), body)
            .header("authorization", &format!("Bearer {}", order.access))
    }

    fn read(&self, reply: &Reply, _token: &str) -> Verdict {
        let body = reply.json();
        if reply.status.is_success() && body["name"].is_string() {
            let vendor_id = body["name"].as_str().map(str::to_owned);
            return Verdict::Done(Outcome::Delivered { vendor_id });
        }
        let error = &body["error"];
        let details = error["details"].as_array().map(Vec::as_slice).unwrap_or_default();
        let detail = details.iter().find_map(|detail| detail["errorCode"].as_str());
        let Some(code) = detail.or_else(|| error["status"].as_str()) else {
            return unknown(reply, None, "");
        };
        let why = error["message"].as_str().unwrap_or_default();
        // The same code stands for a token that is none and for everything else that is wrong with a message.
        if code == "INVALID_ARGUMENT" && why.to_ascii_lowercase().contains("registration token") {
            return Verdict::Done(Outcome::InvalidToken { why: words(code, why) });
        }
        match self.codes.of(code) {
            Some(meaning) => verdict(meaning, Said { code, why, vendor_id: None }, reply),
            None => unknown(reply, Some(code), why),
        }
    }
}
