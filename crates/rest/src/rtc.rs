//! `/token/rtc` and `/rtc_mapper`: what clients need for audio and video calls.

use hongyan_messaging::rtc;
use hongyan_model::Refusal;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

/// Every channel of the app, for callers who name none.
const ANY_CHANNEL: &str = "*";

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Users, "Calls");
    routes
        .get("/users/{user}/token/rtc", token)
        .access(Access::Itself)
        .about(
            "Issues a token with which a user joins a call, or any call of the app",
            "签发用户加入某个通话、或应用内任一通话的 Token",
        )
        .query("{channelName?: string(64)}")
        .answers_bare(
            "{app_id: string, rtc_token: string, channel_name: string, rtcUid: int, \
             expires_in: int}",
        );
    routes
        .post("/rtc_mapper/batch/get", users)
        .access(Access::Member)
        .about(
            "Finds the users behind the numbers by which a call knows them",
            "查询通话中的数字 ID 对应的用户",
        )
        .body("{data: int[100]}")
        .answers("{data: {[key]: string}}");
    routes
}

async fn token(call: Call) -> Result<Answer, Failure> {
    let (caller, user) = call.caller_for_path_user()?;
    let channel = call.query().text("channelName").unwrap_or(ANY_CHANNEL);
    let token = rtc::issue(call.messaging(), &caller, &user, channel).await?;
    Ok(Answer::Bare(json!({
        "app_id": token.project,
        "rtc_token": token.token,
        "channel_name": channel,
        "rtcUid": token.uid,
        "expires_in": token.expires_in,
    })))
}

async fn users(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let uids = uids(call.fields().await?.value("data"))?;
    let users = rtc::users(call.messaging(), &caller, &uids).await?;
    let named = |(uid, user): &(i64, _)| (uid.to_string(), Value::from(format!("{user}")));
    Ok(Envelope::data(users.iter().map(named).collect::<Map<_, _>>()).into())
}

fn uids(given: Option<&Value>) -> Result<Vec<i64>, Refusal> {
    let Some(Value::Array(given)) = given else { return Err(Refusal::Missing { name: "data" }) };
    let uid = |value: &Value| match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let uids: Option<Vec<i64>> = given.iter().map(uid).collect();
    let why = "not a list of numbers".to_owned();
    uids.ok_or(Refusal::Invalid { name: "data", why })
}
