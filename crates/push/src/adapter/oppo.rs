//! OPPO: a day's token for a signature.

use std::time::Duration;

use hongyan_model::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Adapter, Grant, Order, first, hex, put, url};
use crate::codes::{Codes, Meaning, Said, Table, Verdict, unknown, verdict};
use crate::credential::Oppo as Own;
use crate::http::{Call, Reply};
use crate::notice::{Cap, Notice};
use crate::outcome::Outcome;
use crate::settings::VendorSettings;
use crate::tokens::Access;

const TITLE: Cap = Cap::Chars(32);
const BODY: Cap = Cap::Chars(200);
const TOKEN_LIVES: Duration = Duration::from_secs(24 * 3600);

const CODES: Table = &[
    ("0", Meaning::Delivered),
    ("10000", Meaning::InvalidToken),
    ("11", Meaning::StaleAccess),
    ("29", Meaning::StaleAccess),
    ("-2", Meaning::RateLimited),
    ("13", Meaning::RateLimited),
    ("55", Meaning::RateLimited),
    ("-1", Meaning::Unavailable),
    ("33", Meaning::OverQuota),
    ("14", Meaning::AuthFailed),
    ("15", Meaning::AuthFailed),
    ("16", Meaning::AuthFailed),
    ("17", Meaning::AuthFailed),
    ("18", Meaning::AuthFailed),
    ("19", Meaning::AuthFailed),
    ("26", Meaning::AuthFailed),
    ("27", Meaning::AuthFailed),
    ("28", Meaning::AuthFailed),
    ("30", Meaning::AuthFailed),
    ("40", Meaning::Rejected),
    ("41", Meaning::Rejected),
    ("67", Meaning::Rejected),
];

pub(crate) struct Oppo {
    settings: VendorSettings,
    codes: Codes,
    own: Own,
}

impl Oppo {
    pub(crate) fn new(own: &Own, settings: &VendorSettings) -> Self {
        let codes = Codes::new(&settings.codes, CODES);
        Self { settings: settings.clone(), codes, own: own.clone() }
    }

    fn message(&self, notice: &Notice, token: &str) -> Value {
        let wishes = &notice.overrides;
        let own = &wishes.oppo;
        let mut shown = json!({
            "title": TITLE.on(&notice.title),
            "sub_title": Cap::Chars(10).on(&notice.subtitle),
            "content": BODY.on(&notice.body),
            "off_line": true,
            "off_line_ttl": notice.ttl_seconds(),
            "app_message_id": notice.data.message,
            "action_parameters": Value::Object(notice.data.object(true)).to_string(),
        });
        match first(&[&own.click_activity, &self.own.activity]) {
            Some(activity) => {
                shown["click_action_type"] = 1.into();
                shown["click_action_activity"] = activity.into();
            }
            None => shown["click_action_type"] = 0.into(),
        }
        let channels = [&own.channel_id, &wishes.channel_id, &self.own.channel_id];
        put(&mut shown, "channel_id", first(&channels));
        let category = first(&[&own.category, &self.own.category]);
        put(&mut shown, "category", category);
        // OPPO refuses a level without a category.
        let level = own.notify_level.or(self.own.notify_level);
        put(&mut shown, "notify_level", level.filter(|_| category.is_some()));
        put(&mut shown, "notify_id", notice.notify_id());
        if let Some(receipt) = &notice.receipt {
            shown["call_back_url"] = receipt.url.as_str().into();
            shown["call_back_parameter"] = receipt.param.as_str().into();
        }
        json!({
            "target_type": 2,
            "target_value": token,
            "verify_registration_id": false,
            "notification": shown,
        })
    }

    fn judged(&self, reply: &Reply) -> (Value, Verdict) {
        let body = reply.json();
        let Some(code) = body["code"].as_i64().map(|code| code.to_string()) else {
            return (body, unknown(reply, None, ""));
        };
        let why = body["message"].as_str().unwrap_or_default();
        let data = &body["data"];
        let id = data["messageId"].as_str().or_else(|| data["message_id"].as_str());
        let vendor_id = id.map(str::to_owned);
        let judged = match self.codes.of(&code) {
            Some(meaning) => verdict(meaning, Said { code: &code, why, vendor_id }, reply),
            None => unknown(reply, Some(&code), why),
        };
        (body, judged)
    }
}

impl Adapter for Oppo {
    fn has_access(&self) -> bool {
        true
    }

    fn grant(&self, now: Timestamp) -> Result<Grant, Outcome> {
        let timestamp = now.to_string();
        let sign = sign(&self.own.app_key, &timestamp, self.own.master_secret.reveal());
        let fields =
            [("app_key", self.own.app_key.as_str()), ("timestamp", &timestamp), ("sign", &sign)];
        Ok(Grant::Asked(Call::form(url(&self.settings, "/server/v1/auth"), &fields)))
    }

    fn granted(&self, reply: &Reply) -> Result<Access, Outcome> {
        let (body, judged) = self.judged(reply);
        match (judged, body["data"]["auth_token"].as_str()) {
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
        let message = self.message(order.notice, order.token).to_string();
        let fields = [("auth_token", order.access), ("message", &message)];
        Ok(Call::form(url(&self.settings, "/server/v1/message/notification/unicast"), &fields))
    }

    fn read(&self, reply: &Reply, _token: &str) -> Verdict {
        self.judged(reply).1
    }
}

fn sign(app_key: &str, timestamp: &str, master_secret: &str) -> String {
    let digest = Sha256::digest(format!("{app_key}{timestamp}{master_secret}"));
    hex(&digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_others_compute() {
        // printf 'key1700000000000secret' | sha256sum
        let expected = "ee412f504f93d283888979ab4f37e98beb471243575d468a4048c57285abad84";
        assert_eq!(sign("key", "1700000000000", "secret"), expected);
    }
}
