//! HarmonyOS 5 and later: a signed token, version 3 of Huawei's API.

use std::time::Duration;

use hongyan_model::Timestamp;
use serde_json::{Value, json};

use super::{Adapter, Grant, Order, first, huawei, put, url};
use crate::codes::{Codes, Verdict, shortened};
use crate::credential::{Harmony as Own, HarmonyAccount, Reason};
use crate::http::{Call, Reply, escaped};
use crate::notice::{Badge, Notice, fit};
use crate::outcome::Outcome;
use crate::settings::VendorSettings;
use crate::tokens::Access;

const BYTES: usize = 4096;
/// For whom tokens are, whoever is asked.
const AUDIENCE: &str = "https://oauth-login.cloud.huawei.com/oauth2/v3/token";
const TOKEN_LIVES: Duration = Duration::from_secs(3600);
/// What chat is to Huawei.
const CATEGORY: &str = "IM";
/// "All tokens are invalid" is also said for these, where the token is not to blame: it would be unbound for nothing.
const NOT_THE_TOKEN: [&str; 10] = [
    "noPushTypeRight",
    "noRight",
    "atomicUnableSendUnsubscribedMsg",
    "countryNotSupport",
    "disableSendHuaweiMsgBecauseOfPenalty",
    "differentImgVerifyPolicy",
    "appinfoError",
    "notSupportPlayVoice",
    "noRightToSendThisLiveNotificationEvent",
    "disableSend",
];

pub(crate) struct Harmony {
    settings: VendorSettings,
    codes: Codes,
    account: HarmonyAccount,
    own: Own,
}

impl Harmony {
    pub(crate) fn new(own: &Own, settings: &VendorSettings) -> Result<Self, Reason> {
        Ok(Self {
            settings: settings.clone(),
            codes: Codes::new(&settings.codes, huawei::CODES),
            account: HarmonyAccount::read(&own.file)?,
            own: own.clone(),
        })
    }

    fn message(&self, notice: &Notice, token: &str, body: &str, with_custom: bool) -> Value {
        let own = &notice.overrides.harmony;
        let mut click = match first(&[&own.click_action, &self.own.action]) {
            Some(action) => json!({ "actionType": 1, "action": action }),
            None => json!({ "actionType": 0 }),
        };
        click["data"] = notice.data.object(with_custom).into();
        let mut shown = json!({
            "category": first(&[&own.category, &self.own.category]).unwrap_or(CATEGORY),
            "title": notice.title,
            "body": body,
            "clickAction": click,
        });
        put(&mut shown, "notifyId", own.notify_id.or(notice.notify_id()));
        match notice.badge {
            Some(Badge::Add(number)) => shown["badge"] = json!({ "addNum": number.clamp(1, 99) }),
            Some(Badge::Set(number)) => shown["badge"] = json!({ "setNum": number.min(99) }),
            None => {}
        }
        let mut options = json!({
            "testMessage": own.is_test_message.unwrap_or(false),
            "ttl": notice.ttl_seconds(),
        });
        put(&mut options, "receiptId", own.receipt_id.as_deref());
        json!({
            "payload": { "notification": shown },
            "target": { "token": [token] },
            "pushOptions": options,
        })
    }
}

impl Adapter for Harmony {
    fn has_access(&self) -> bool {
        true
    }

    fn grant(&self, now: Timestamp) -> Result<Grant, Outcome> {
        let issued = now / 1000;
        let lives = i64::try_from(TOKEN_LIVES.as_secs()).unwrap_or_default();
        let claims = json!({
            "aud": AUDIENCE,
            "iss": self.account.sub_account,
            "iat": issued,
            "exp": issued + lives,
        });
        let value = self.account.signer.token(&self.account.key_id, &claims)?;
        Ok(Grant::Made(Access { value, lives: TOKEN_LIVES }))
    }

    fn call(&self, order: &Order<'_>) -> Result<Call, Outcome> {
        let limit = BYTES + order.token.len();
        let body = fit(&order.notice.body, limit, |body, with| {
            self.message(order.notice, order.token, body, with)
        })?;
        let path = format!("/v3/{}/messages:send", escaped(&self.account.project_id));
        Call::json(url(&self.settings, &path), body)
            .header("authorization", &format!("Bearer {}", order.access))?
            .header("push-type", "0")
    }

    fn read(&self, reply: &Reply, _token: &str) -> Verdict {
        let verdict = huawei::read(&self.codes, reply);
        if matches!(verdict, Verdict::Done(Outcome::InvalidToken { .. })) {
            let body = reply.json();
            let why = body["msg"].as_str().unwrap_or_default();
            if NOT_THE_TOKEN.iter().any(|word| why.contains(word)) {
                let code = body["code"].as_str().unwrap_or_default().to_owned();
                return Verdict::Done(Outcome::Rejected { code, why: shortened(why) });
            }
        }
        verdict
    }
}
