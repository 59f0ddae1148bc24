//! vivo: a day's token for a signature.

use std::time::Duration;

use hongyan_model::Timestamp;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::{Adapter, Grant, Order, first, hex, intent, put, url};
use crate::codes::{Codes, Meaning, Said, Table, Verdict, shortened, unknown, verdict};
use crate::credential::{Vivo as Own, VivoPushType};
use crate::http::{Call, Reply};
use crate::notice::{Cap, Notice};
use crate::outcome::Outcome;
use crate::settings::VendorSettings;
use crate::tokens::Access;

const TITLE: Cap = Cap::Halves(40);
const BODY: Cap = Cap::Halves(100);
/// All keys and values of what the app gets, in characters.
const CUSTOM_CHARS: usize = 1024;
const REQUEST_ID: Cap = Cap::Chars(64);
/// It lives a day; vivo advises to ask again after an hour or two.
const TOKEN_LIVES: Duration = Duration::from_secs(2 * 3600);
/// Rings and shakes.
const NOTIFY_TYPE: u8 = 4;

const CODES: Table = &[
    ("0", Meaning::Delivered),
    ("10302", Meaning::InvalidToken),
    ("10000", Meaning::StaleAccess),
    ("10200", Meaning::AuthFailed),
    ("10201", Meaning::AuthFailed),
    ("10202", Meaning::AuthFailed),
    ("10203", Meaning::AuthFailed),
    ("10204", Meaning::AuthFailed),
    ("10205", Meaning::AuthFailed),
    ("10206", Meaning::AuthFailed),
    ("10094", Meaning::AuthFailed),
    ("10070", Meaning::OverQuota),
    ("10073", Meaning::OverQuota),
    ("10072", Meaning::RateLimited),
    ("10071", Meaning::Rejected),
];

pub(crate) struct Vivo {
    settings: VendorSettings,
    codes: Codes,
    own: Own,
    app_id: u64,
}

impl Vivo {
    pub(crate) fn new(own: &Own, settings: &VendorSettings) -> Self {
        Self {
            settings: settings.clone(),
            codes: Codes::new(&settings.codes, CODES),
            app_id: own.app_id.parse().unwrap_or_default(),
            own: own.clone(),
        }
    }

    fn message(&self, notice: &Notice, token: &str) -> Value {
        let own = &notice.overrides.vivo;
        let mut custom = notice.data.texts(true);
        let length = |(key, value): (&String, &Value)| {
            key.chars().count() + value.as_str().map_or(0, |value| value.chars().count())
        };
        if custom.iter().map(length).sum::<usize>() > CUSTOM_CHARS {
            custom = notice.data.texts(false);
        }
        let mut message = json!({
            "appId": self.app_id,
            "regId": token,
            "notifyType": NOTIFY_TYPE,
            "title": TITLE.on(&notice.title),
            "content": BODY.on(&notice.body),
            "timeToLive": notice.ttl_seconds(),
            "networkType": -1,
            "clientCustomMap": custom,
            "requestId": REQUEST_ID.on(&notice.data.message),
            "pushMode": 0,
        });
        match first(&[&own.click_activity, &self.own.activity]) {
            Some(activity) => {
                let component = format!("component={}/{activity}", self.own.package);
                message["skipType"] = 4.into();
                message["skipContent"] = intent(activity, &component).into();
            }
            None => message["skipType"] = 1.into(),
        }
        let classification = self.own.push_type.map(|kind| match kind {
            VivoPushType::Operation => 0,
            VivoPushType::System => 1,
        });
        put(&mut message, "classification", classification);
        put(&mut message, "category", first(&[&own.category, &self.own.category]));
        put(&mut message, "notifyId", notice.notify_id());
        if let Some(receipt) = &notice.receipt {
            message["extra"] = json!({ "callback": receipt.url, "callback.param": receipt.param });
        }
        message
    }

    fn judged(&self, reply: &Reply) -> (Value, Verdict) {
        let body = reply.json();
        let Some(code) = body["result"].as_i64().map(|code| code.to_string()) else {
            return (body, unknown(reply, None, ""));
        };
        let why = body["desc"].as_str().unwrap_or_default();
        let vendor_id = match &body["taskId"] {
            Value::String(id) => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        };
        let judged = match self.codes.of(&code) {
            Some(meaning) => verdict(meaning, Said { code: &code, why, vendor_id }, reply),
            None => unknown(reply, Some(&code), why),
        };
        (body, judged)
    }
}

impl Adapter for Vivo {
    fn has_access(&self) -> bool {
        true
    }

    fn grant(&self, now: Timestamp) -> Result<Grant, Outcome> {
        let own = &self.own;
        let sign = sign(&own.app_id, &own.app_key, now, own.app_secret.reveal());
        let body = json!({
            "appId": self.app_id,
            "appKey": own.app_key,
            "timestamp": now,
            "sign": sign,
        });
        Ok(Grant::Asked(Call::json(url(&self.settings, "/message/auth"), body.to_string())))
    }

    fn granted(&self, reply: &Reply) -> Result<Access, Outcome> {
        let (body, judged) = self.judged(reply);
        match (judged, body["authToken"].as_str()) {
            (Verdict::Done(Outcome::Delivered { .. }), Some(value)) => {
                Ok(Access { value: value.to_owned(), lives: TOKEN_LIVES })
            }
            (Verdict::Done(Outcome::Delivered { .. }), None) => {
                Err(Outcome::unavailable("no token in the answer"))
            }
            (Verdict::Done(outcome), _) => Err(outcome),
            (Verdict::Stale { why }, _) => Err(Outcome::AuthFailed { why }),
        }
    }

    fn call(&self, order: &Order<'_>) -> Result<Call, Outcome> {
        let body = self.message(order.notice, order.token).to_string();
        Call::json(url(&self.settings, "/message/send"), body).header("authtoken", order.access)
    }

    fn read(&self, reply: &Reply, token: &str) -> Verdict {
        let (body, judged) = self.judged(reply);
        // Taken, but for nobody.
        let invalid = &body["invalidUser"];
        let is_named = !invalid.is_null() && *invalid != json!({}) && *invalid != json!([]);
        match judged {
            Verdict::Done(Outcome::Delivered { .. }) if is_named => {
                let why = format!("invalidUser {invalid}").replace(token, "…");
                Verdict::Done(Outcome::InvalidToken { why: shortened(&why) })
            }
            judged => judged,
        }
    }
}

fn sign(app_id: &str, app_key: &str, timestamp: Timestamp, app_secret: &str) -> String {
    let digest = Md5::digest(format!("{app_id}{app_key}{timestamp}{app_secret}"));
    hex(&digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_others_compute() {
        // printf '10004key1700000000000secret' | md5sum
        assert_eq!(
            sign("10004", "key", 1_700_000_000_000, "secret"),
            "c8c535379302fced2a2076f8473068db"
        );
    }
}
