//! Xiaomi: the app's secret in each call.

use serde_json::Value;

use super::{Adapter, Order, first, intent, url};
use crate::codes::{Codes, Meaning, Said, Table, Verdict, unknown, verdict};
use crate::credential::Xiaomi as Own;
use crate::http::{Call, Reply, escaped};
use crate::notice::{Badge, Cap, number};
use crate::outcome::Outcome;
use crate::settings::VendorSettings;

const TITLE: Cap = Cap::Chars(50);
const BODY: Cap = Cap::Chars(128);

const CODES: Table = &[
    ("0", Meaning::Delivered),
    ("20301", Meaning::InvalidToken),
    ("21301", Meaning::AuthFailed),
    ("21302", Meaning::AuthFailed),
    ("10001", Meaning::Unavailable),
    ("10002", Meaning::Unavailable),
    ("10003", Meaning::Unavailable),
    ("10009", Meaning::Unavailable),
    ("10022", Meaning::RateLimited),
    ("10023", Meaning::RateLimited),
    ("10024", Meaning::RateLimited),
    ("200001", Meaning::OverQuota),
];

pub(crate) struct Xiaomi {
    settings: VendorSettings,
    codes: Codes,
    own: Own,
}

impl Xiaomi {
    pub(crate) fn new(own: &Own, settings: &VendorSettings) -> Self {
        let codes = Codes::new(&settings.codes, CODES);
        Self { settings: settings.clone(), codes, own: own.clone() }
    }
}

impl Adapter for Xiaomi {
    fn call(&self, order: &Order<'_>) -> Result<Call, Outcome> {
        let notice = order.notice;
        let wishes = &notice.overrides;
        // The phone decodes what it gets once more.
        let payload = escaped(&Value::Object(notice.data.object(true)).to_string());
        let (title, body) = (TITLE.on(&notice.title), BODY.on(&notice.body));
        // Notices with the same number replace each other: each message has its own, unless they are to.
        let notify_id = notice.notify_id().unwrap_or_else(|| number(&notice.data.message));
        let notify_id = notify_id.to_string();
        let ttl = notice.ttl_seconds().saturating_mul(1000).to_string();
        let tap = first(&[&wishes.xiaomi.click_action, &self.own.action]);
        let tap = tap.map(|tap| intent(tap, &format!("action={tap}")));
        let badge = match notice.badge {
            Some(Badge::Set(number)) => Some(number.to_string()),
            _ => None,
        };
        let mut fields = vec![
            ("registration_id", order.token),
            ("restricted_package_name", &self.own.package),
            ("title", &title),
            ("description", &body),
            ("payload", &payload),
            ("pass_through", "0"),
            ("notify_type", "-1"),
            ("notify_id", &notify_id),
            ("time_to_live", &ttl),
            ("extra.notify_foreground", "1"),
        ];
        match &tap {
            Some(tap) => {
                fields.push(("extra.notify_effect", "2"));
                fields.push(("extra.intent_uri", tap));
            }
            None => fields.push(("extra.notify_effect", "1")),
        }
        let channels = [&wishes.xiaomi.channel_id, &wishes.channel_id, &self.own.channel_id];
        if let Some(channel) = first(&channels) {
            fields.push(("extra.channel_id", channel));
        }
        if let Some(badge) = &badge {
            fields.push(("extra.badge", badge));
        }
        if let Some(receipt) = &notice.receipt {
            fields.push(("extra.callback", &receipt.url));
            fields.push(("extra.callback.param", &receipt.param));
        }
        Call::form(url(&self.settings, "/v3/message/regid"), &fields)
            .header("authorization", &format!("key={}", self.own.app_secret.reveal()))
    }

    fn read(&self, reply: &Reply, _token: &str) -> Verdict {
        let body = reply.json();
        let Some(code) = body["code"].as_i64().map(|code| code.to_string()) else {
            return unknown(reply, None, "");
        };
        let why = body["description"].as_str().filter(|why| !why.is_empty());
        let why = why.or_else(|| body["reason"].as_str()).unwrap_or_default();
        let vendor_id = body["data"]["id"].as_str().map(str::to_owned);
        match self.codes.of(&code) {
            Some(meaning) => verdict(meaning, Said { code: &code, why, vendor_id }, reply),
            None => unknown(reply, Some(&code), why),
        }
    }
}
