//! Meizu: each call is signed.

use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::{Adapter, Order, first, hex, url};
use crate::codes::{Codes, Meaning, Said, Table, Verdict, unknown, verdict};
use crate::credential::Meizu as Own;
use crate::http::{Call, Reply};
use crate::notice::{Cap, Notice};
use crate::outcome::Outcome;
use crate::settings::VendorSettings;

const TITLE: Cap = Cap::Chars(32);
const BODY: Cap = Cap::Chars(100);
/// How long Meizu keeps a notice at most, in hours.
const MAX_HOURS: u64 = 72;
/// Receipts for what arrived and for what was tapped.
const ALL_RECEIPTS: &str = "3";

const CODES: Table = &[
    ("200", Meaning::Delivered),
    ("520", Meaning::Delivered),
    ("110002", Meaning::InvalidToken),
    ("110003", Meaning::InvalidToken),
    ("201", Meaning::AuthFailed),
    ("1006", Meaning::AuthFailed),
    ("110000", Meaning::AuthFailed),
    ("110001", Meaning::AuthFailed),
    ("110009", Meaning::OverQuota),
    ("110010", Meaning::RateLimited),
    ("519", Meaning::RateLimited),
    ("500", Meaning::Unavailable),
    ("501", Meaning::Unavailable),
    ("513", Meaning::Unavailable),
    ("1001", Meaning::Unavailable),
    ("1003", Meaning::Unavailable),
    ("1005", Meaning::Rejected),
    ("110004", Meaning::Rejected),
];

pub(crate) struct Meizu {
    settings: VendorSettings,
    codes: Codes,
    own: Own,
}

impl Meizu {
    pub(crate) fn new(own: &Own, settings: &VendorSettings) -> Self {
        let codes = Codes::new(&settings.codes, CODES);
        Self { settings: settings.clone(), codes, own: own.clone() }
    }

    fn message(&self, notice: &Notice) -> Value {
        let parameters = notice.data.object(true);
        let activities = [&notice.overrides.meizu.click_activity, &self.own.activity];
        let click = match first(&activities) {
            Some(activity) => {
                json!({ "clickType": 1, "activity": activity, "parameters": parameters })
            }
            None => json!({ "clickType": 0, "parameters": parameters }),
        };
        let hours = notice.ttl_seconds().div_ceil(3600).clamp(1, MAX_HOURS);
        let mut message = json!({
            "noticeBarInfo": {
                "noticeBarType": 0,
                "title": TITLE.on(&notice.title),
                "content": BODY.on(&notice.body),
            },
            "noticeExpandInfo": { "noticeExpandType": 0 },
            "clickTypeInfo": click,
            "pushTimeInfo": { "offLine": 1, "validTime": hours },
            "advanceInfo": {
                "suspend": 1,
                "clearNoticeBar": 1,
                "notificationType": { "vibrate": 1, "lights": 1, "sound": 1 },
            },
        });
        if let Some(id) = notice.notify_id() {
            // At most eight characters.
            message["advanceInfo"]["notifyKey"] = format!("{id:x}").into();
        }
        if let Some(receipt) = notice.receipt.as_ref().filter(|_| self.own.receipts) {
            message["extra"] = json!({
                "callback": receipt.url,
                "callback.param": receipt.param,
                "callback.type": ALL_RECEIPTS,
            });
        }
        message
    }
}

impl Adapter for Meizu {
    fn call(&self, order: &Order<'_>) -> Result<Call, Outcome> {
        let message = self.message(order.notice).to_string();
        let mut fields = vec![
            ("appId", self.own.app_id.as_str()),
            ("messageJson", &message),
            ("pushIds", order.token),
        ];
        let sign = sign(&fields, self.own.app_secret.reveal());
        fields.push(("sign", &sign));
        let path = "/garcia/api/server/push/varnished/pushByPushId";
        Ok(Call::form(url(&self.settings, path), &fields))
    }

    fn read(&self, reply: &Reply, token: &str) -> Verdict {
        let body = reply.json();
        let code = match &body["code"] {
            Value::String(code) => code.clone(),
            Value::Number(code) => code.to_string(),
            _ => return unknown(reply, None, ""),
        };
        let why = body["message"].as_str().unwrap_or_default();
        let vendor_id = body["msgId"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
        // The whole went well; what went wrong with a device stands below a code of its own.
        let of_device = body["value"].as_object().filter(|_| code == "200").and_then(|value| {
            let named = |tokens: &Value| {
                tokens.as_array().is_some_and(|tokens| tokens.iter().any(|named| named == token))
            };
            value.iter().find(|(_, tokens)| named(tokens)).map(|(code, _)| code.clone())
        });
        let code = of_device.unwrap_or(code);
        match self.codes.of(&code) {
            Some(meaning) => verdict(meaning, Said { code: &code, why, vendor_id }, reply),
            None => unknown(reply, Some(&code), why),
        }
    }
}

/// `fields` stand in the order of their names.
fn sign(fields: &[(&str, &str)], secret: &str) -> String {
    let mut digest = Md5::new();
    for (name, value) in fields {
        digest.update(format!("{name}={value}"));
    }
    digest.update(secret);
    hex(&digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_others_compute() {
        // printf 'appId=10000messageJson={"title":"标题"}pushIds=RA50csecret' | md5sum
        let fields =
            [("appId", "10000"), ("messageJson", r#"{"title":"标题"}"#), ("pushIds", "RA50c")];
        assert_eq!(sign(&fields, "secret"), "164700bc37d69310bfe6b8a4737daa00");
    }
}
