//! Honor: OAuth, an API that grew out of Huawei's.

use hongyan_model::Timestamp;
use serde_json::{Value, json};

use super::{Adapter, Grant, Order, first, huawei, oauth, put, url};
use crate::codes::{Codes, Verdict, shortened};
use crate::credential::Honor as Own;
use crate::http::{Call, Reply, escaped};
use crate::notice::{Badge, Notice, fit};
use crate::outcome::Outcome;
use crate::settings::VendorSettings;
use crate::tokens::Access;

const BYTES: usize = 4096;

pub(crate) struct Honor {
    settings: VendorSettings,
    codes: Codes,
    own: Own,
}

impl Honor {
    pub(crate) fn new(own: &Own, settings: &VendorSettings) -> Self {
        let codes = Codes::new(&settings.codes, huawei::CODES);
        Self { settings: settings.clone(), codes, own: own.clone() }
    }

    fn message(&self, notice: &Notice, token: &str, body: &str, with_custom: bool) -> Value {
        let own = &notice.overrides.honor;
        let mut shown = json!({
            "title": notice.title,
            "body": body,
            "importance": own.importance.as_deref().unwrap_or("NORMAL"),
            "clickAction": match first(&[&own.click_action, &self.own.action]) {
                Some(action) => json!({ "type": 1, "action": action }),
                None => json!({ "type": 3 }),
            },
        });
        put(&mut shown, "notifyId", notice.notify_id());
        if let (Some(badge), Some(class)) = (notice.badge, first(&[&self.own.badge_class])) {
            let (key, number) = match badge {
                Badge::Add(number) => ("addNum", number.clamp(1, 99)),
                Badge::Set(number) => ("setNum", number.min(99)),
            };
            shown["badge"] = json!({ key: number, "badgeClass": class });
        }
        json!({
            "android": {
                "ttl": format!("{}s", notice.ttl_seconds()),
                "targetUserType": own.target_user_type.unwrap_or(0),
                "notification": shown,
            },
            "data": Value::Object(notice.data.object(with_custom)).to_string(),
            "token": [token],
        })
    }
}

impl Adapter for Honor {
    fn has_access(&self) -> bool {
        true
    }

    fn grant(&self, _now: Timestamp) -> Result<Grant, Outcome> {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", self.own.client_id.as_str()),
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
        let path = format!("/api/v1/{}/sendMessage", escaped(&self.own.app_id));
        Call::json(url(&self.settings, &path), body)
            .header("authorization", &format!("Bearer {}", order.access))?
            .header("timestamp", &order.now.to_string())
    }

    fn read(&self, reply: &Reply, token: &str) -> Verdict {
        let body = reply.json();
        let is_fine = body["code"] == 200 || body["code"] == "200" || body["code"] == "80000000";
        if !is_fine || !reply.status.is_success() {
            return huawei::read(&self.codes, reply);
        }
        let data = &body["data"];
        let names = |key: &str| {
            data[key].as_array().is_some_and(|tokens| tokens.iter().any(|named| named == token))
        };
        if let Some(list) = ["expireTokens", "failTokens"].into_iter().find(|list| names(list)) {
            return Verdict::Done(Outcome::InvalidToken { why: list.to_owned() });
        }
        if data["sendResult"] == false {
            let why = shortened(body["message"].as_str().unwrap_or_default());
            return Verdict::Done(Outcome::Rejected { code: "sendResult".to_owned(), why });
        }
        let vendor_id = data["requestId"].as_str().map(str::to_owned);
        Verdict::Done(Outcome::Delivered { vendor_id })
    }
}
