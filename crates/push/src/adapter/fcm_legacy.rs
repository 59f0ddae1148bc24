//! FCM as it was until 2024: a server key.

use serde_json::{Value, json};

use super::{Adapter, Order, first, put, url};
use crate::codes::{Codes, Meaning, Said, Table, Verdict, unknown, verdict};
use crate::credential::{FcmLegacy as Own, FcmPriority, FcmShape};
use crate::http::{Call, Reply};
use crate::notice::{Notice, fit};
use crate::outcome::Outcome;
use crate::settings::VendorSettings;

const BYTES: usize = 4096;

const ERRORS: Table = &[
    ("NotRegistered", Meaning::InvalidToken),
    ("InvalidRegistration", Meaning::InvalidToken),
    ("MismatchSenderId", Meaning::InvalidToken),
    ("Unavailable", Meaning::Unavailable),
    ("InternalServerError", Meaning::Unavailable),
    ("DeviceMessageRateExceeded", Meaning::RateLimited),
    ("InvalidApnsCredential", Meaning::AuthFailed),
    ("MissingRegistration", Meaning::Rejected),
    ("InvalidPackageName", Meaning::Rejected),
    ("MessageTooBig", Meaning::Rejected),
    ("InvalidDataKey", Meaning::Rejected),
    ("InvalidTtl", Meaning::Rejected),
];

pub(crate) struct FcmLegacy {
    settings: VendorSettings,
    codes: Codes,
    own: Own,
}

impl FcmLegacy {
    pub(crate) fn new(own: &Own, settings: &VendorSettings) -> Self {
        let codes = Codes::new(&settings.codes, ERRORS);
        Self { settings: settings.clone(), codes, own: own.clone() }
    }

    fn message(&self, notice: &Notice, token: &str, body: &str, with_custom: bool) -> Value {
        let mut message = json!({
            "to": token,
            "priority": match self.own.priority {
                FcmPriority::High => "high",
                FcmPriority::Normal => "normal",
            },
            "time_to_live": notice.ttl_seconds(),
        });
        put(&mut message, "collapse_key", notice.collapse.as_deref());
        if self.own.shape != FcmShape::Data {
            let wishes = &notice.overrides;
            let channels = [&wishes.fcm.channel_id, &wishes.channel_id, &self.own.channel_id];
            let mut shown = json!({ "title": notice.title, "body": body });
            put(&mut shown, "sound", first(&[&self.own.sound, &notice.sound]));
            put(&mut shown, "android_channel_id", first(&channels));
            put(&mut shown, "tag", notice.collapse.as_deref());
            message["notification"] = shown;
        }
        if self.own.shape != FcmShape::Notification {
            let mut data = notice.data.texts(with_custom);
            data.insert("alert".to_owned(), body.into());
            message["data"] = data.into();
        }
        message
    }
}

impl Adapter for FcmLegacy {
    fn call(&self, order: &Order<'_>) -> Result<Call, Outcome> {
        let limit = BYTES + order.token.len();
        let body = fit(&order.notice.body, limit, |body, with| {
            self.message(order.notice, order.token, body, with)
        })?;
        Call::json(url(&self.settings, "/fcm/send"), body)
            .header("authorization", &format!("key={}", self.own.server_key.reveal()))
    }

    fn read(&self, reply: &Reply, _token: &str) -> Verdict {
        let body = reply.json();
        let result = &body["results"][0];
        if let Some(code) = result["error"].as_str() {
            let meaning = self.codes.of(code).unwrap_or(Meaning::Rejected);
            return verdict(meaning, Said { code, why: "", vendor_id: None }, reply);
        }
        match result["message_id"].as_str() {
            Some(id) if reply.status.is_success() => {
                Verdict::Done(Outcome::Delivered { vendor_id: Some(id.to_owned()) })
            }
            _ => unknown(reply, None, ""),
        }
    }
}
