//! Huawei: OAuth, versions 1 and 2 of the API.

use hongyan_model::Timestamp;
use http::StatusCode;
use serde_json::{Value, json};

use super::{Adapter, Grant, Order, first, oauth, put, url};
use crate::codes::{Codes, Meaning, Said, Table, Verdict, unknown, verdict};
use crate::credential::Huawei as Own;
use crate::http::{Call, Reply, escaped};
use crate::notice::{Badge, Notice, fit};
use crate::outcome::Outcome;
use crate::settings::VendorSettings;
use crate::tokens::Access;

const BYTES: usize = 4096;

/// Those of Huawei's references for Android and for HarmonyOS; Honor's are of the same family.
pub(super) const CODES: Table = &[
    ("80000000", Meaning::Delivered),
    // Of the tokens some are bad: there is one.
    ("80100000", Meaning::InvalidToken),
    ("80300007", Meaning::InvalidToken),
    ("80200001", Meaning::StaleAccess),
    ("80200003", Meaning::StaleAccess),
    ("80200005", Meaning::StaleAccess),
    ("80300002", Meaning::AuthFailed),
    ("80300036", Meaning::AuthFailed),
    ("80300037", Meaning::AuthFailed),
    ("80600003", Meaning::AuthFailed),
    ("80300029", Meaning::RateLimited),
    ("81000001", Meaning::Unavailable),
    ("80100001", Meaning::Rejected),
    ("80100003", Meaning::Rejected),
    ("80100004", Meaning::Rejected),
    ("80100013", Meaning::Rejected),
    ("80100016", Meaning::Rejected),
    ("80300008", Meaning::Rejected),
    ("80300010", Meaning::Rejected),
    ("80300011", Meaning::Rejected),
];

pub(crate) struct Huawei {
    settings: VendorSettings,
    codes: Codes,
    own: Own,
}

impl Huawei {
    pub(crate) fn new(own: &Own, settings: &VendorSettings) -> Self {
        let codes = Codes::new(&settings.codes, CODES);
        Self { settings: settings.clone(), codes, own: own.clone() }
    }

    fn message(&self, notice: &Notice, token: &str, body: &str, with_custom: bool) -> Value {
        let wishes = &notice.overrides;
        let own = &wishes.huawei;
        let mut shown = json!({
            "title": notice.title,
            "body": body,
            "importance": "NORMAL",
            "foreground_show": true,
            "click_action": match first(&[&own.click_action, &self.own.action]) {
                Some(action) => json!({ "type": 1, "action": action }),
                None => json!({ "type": 3 }),
            },
        });
        put(&mut shown, "channel_id", first(&[&own.channel_id, &wishes.channel_id]));
        put(&mut shown, "notify_id", notice.notify_id());
        if let (Some(badge), Some(class)) =
            (notice.badge, first(&[&own.badge_class, &self.own.badge_class]))
        {
            let (key, number) = match badge {
                Badge::Add(number) => ("add_num", number.clamp(1, 99)),
                Badge::Set(number) => ("set_num", number.min(99)),
            };
            shown["badge"] = json!({ key: number, "class": class });
        }
        let mut android = json!({
            "urgency": "NORMAL",
            "ttl": format!("{}s", notice.ttl_seconds()),
            "target_user_type": own.target_user_type.unwrap_or(0),
            "notification": shown,
        });
        put(&mut android, "category", first(&[&own.category, &self.own.category]));
        put(&mut android, "receipt_id", own.receipt_id.as_deref());
        let data = Value::Object(notice.data.object(with_custom)).to_string();
        json!({
            "validate_only": false,
            "message": { "data": data, "token": [token], "android": android },
        })
    }
}

impl Adapter for Huawei {
    fn has_access(&self) -> bool {
        true
    }

    fn grant(&self, _now: Timestamp) -> Result<Grant, Outcome> {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", self.own.app_id.as_str()),
            ("client_secret", self.own.client_secret.reveal()),
        ];
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
        let path = match &self.own.project_id {
            Some(project) => format!("/v2/{}/messages:send", escaped(project)),
            None => format!("/v1/{}/messages:send", escaped(&self.own.app_id)),
        };
        Call::json(url(&self.settings, &path), body)
            .header("authorization", &format!("Bearer {}", order.access))
    }

    fn read(&self, reply: &Reply, _token: &str) -> Verdict {
        read(&self.codes, reply)
    }
}

/// `{"code", "msg", "requestId"}`.
pub(super) fn read(codes: &Codes, reply: &Reply) -> Verdict {
    let body = reply.json();
    let why = body["msg"].as_str().or_else(|| body["message"].as_str()).unwrap_or_default();
    let code = match &body["code"] {
        Value::String(code) => code.clone(),
        Value::Number(code) => code.to_string(),
        _ if reply.status == StatusCode::SERVICE_UNAVAILABLE => {
            // Huawei's word for "too fast".
            let retry_after = reply.retry_after();
            return Verdict::Done(Outcome::RateLimited { retry_after });
        }
        _ => return unknown(reply, None, why),
    };
    let vendor_id = body["requestId"].as_str().map(str::to_owned);
    match codes.of(&code) {
        Some(meaning) => verdict(meaning, Said { code: &code, why, vendor_id }, reply),
        None if reply.status == StatusCode::SERVICE_UNAVAILABLE => {
            Verdict::Done(Outcome::RateLimited { retry_after: reply.retry_after() })
        }
        None => unknown(reply, Some(&code), why),
    }
}
