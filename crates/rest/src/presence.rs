//! `/users/{user}/status` and `/users/{user}/presence`: who is online, what users say of themselves, who follows whom.

use axum::Router;
use axum::routing::{get, post};
use hongyan_messaging::presence::{self, Presence};
use hongyan_model::{Refusal, Timestamp, UserId};
use serde_json::{Map, Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope, pair};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;
use crate::fields;

pub(crate) fn routes() -> Router<RestState> {
    let of_user =
        post(handle(Area::Presence, get_many)).delete(handle(Area::Presence, unsubscribe));
    Router::new()
        .route("/users/{user}/status", get(handle(Area::Users, one)))
        .route("/users/batch/status", post(handle(Area::Status, many)))
        .route("/users/{user}/presence", of_user)
        .route("/users/{user}/presence/{expiry}", post(handle(Area::Presence, subscribe)))
        .route("/users/{user}/presence/{device}/{status}", post(handle(Area::Presence, publish)))
        .route("/users/{user}/presence/sublist", get(handle(Area::Presence, following)))
        .route("/presence/online/{group}/type/{type}", get(handle(Area::Presence, in_group)))
}

async fn one(call: Call) -> Result<Answer, Failure> {
    let user = call.path("user");
    let online = presence::is_online(call.messaging(), &call.caller()?, user).await?;
    Ok(Envelope::data(pair(user.to_lowercase(), word(online))).count(0).into())
}

async fn many(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let users = call.fields().await?.required_texts("usernames")?;
    let found = presence::status_batch(call.messaging(), &caller, &users).await?;
    let rows: Value = found.into_iter().map(|(user, online)| pair(user, word(online))).collect();
    Ok(Envelope::data(rows).action("get batch user status").into())
}

fn word(online: bool) -> &'static str {
    if online { "online" } else { "offline" }
}

async fn publish(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let ext = call.fields().await?.text("ext")?.ok_or(Refusal::Missing { name: "ext" })?;
    let status: u32 = call.path("status").parse().map_err(|_| {
        let why = "status must be a number".to_owned();
        Refusal::Invalid { name: "status", why }
    })?;
    let (m, user, device) = (call.messaging(), call.path("user"), call.path("device"));
    presence::publish(m, &caller, user, (device, status), &ext).await?;
    Ok(result("ok"))
}

async fn subscribe(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let followed = call.fields().await?.required_texts("usernames")?;
    // What is no number is refused like 0.
    let seconds = call.path("expiry").parse().unwrap_or_default();
    let (m, user) = (call.messaging(), call.path("user"));
    let followed = presence::subscribe(m, &caller, user, &followed, seconds).await?;
    let rows = followed.iter().map(|followed| {
        let mut row = object(&followed.presence);
        row["expiry"] = second(followed.expires).into();
        row
    });
    Ok(result(rows.collect::<Value>()))
}

async fn get_many(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let asked = call.fields().await?.required_texts("usernames")?;
    let found = presence::get(call.messaging(), &caller, call.path("user"), &asked).await?;
    Ok(result(found.iter().map(object).collect::<Value>()))
}

/// The body is a bare array.
async fn unsubscribe(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let users = match call.json().await? {
        Value::Array(users) => users,
        Value::Object(mut fields) => match fields.remove("users") {
            Some(Value::Array(users)) => users,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let users: Option<Vec<String>> = users.iter().map(fields::text).collect();
    let users = users.ok_or_else(|| {
        let why = "usernames must be strings".to_owned();
        Refusal::Invalid { name: "usernames", why }
    })?;
    presence::unsubscribe(call.messaging(), &caller, call.path("user"), &users).await?;
    Ok(result("ok"))
}

async fn following(call: Call) -> Result<Answer, Failure> {
    let number = |name, default| call.query().number(name).unwrap_or(default);
    let page = (number("pageNum", 1), number("pageSize", 1));
    let (caller, user) = (call.caller()?, call.path("user"));
    let found = presence::following(call.messaging(), &caller, user, page).await?;
    let row = |(user, expires): &(UserId, Timestamp)| json!({ "uid": user.as_str(), "expiry": second(*expires) });
    let rows: Value = found.users.iter().map(row).collect();
    Ok(result(json!({ "totalnum": found.total.to_string(), "sublist": rows })))
}

/// Type 0 is a product of its own, which there is not.
async fn in_group(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    match call.path("type") {
        "1" => {}
        "0" => return Err(Failure::NoGroupOnlineService),
        _ => {
            let why = "Type must be 0 or 1.".to_owned();
            return Err(Refusal::Invalid { name: "type", why }.into());
        }
    }
    let online = presence::online_in_group(call.messaging(), &caller, call.path("group")).await?;
    Ok(result(online))
}

/// Without the envelope; times and totals are numbers in strings.
fn result(result: impl Into<Value>) -> Answer {
    Answer::Bare(pair("result", result))
}

fn object(presence: &Presence) -> Value {
    let devices = presence.devices.iter();
    let status: Map<String, Value> =
        devices.map(|(device, status)| (device.to_string(), status.to_string().into())).collect();
    json!({
        "uid": presence.user.as_str(),
        "last_time": second(presence.changed),
        "ext": presence.ext,
        "status": status,
    })
}

fn second(time: Timestamp) -> String {
    (time / 1000).to_string()
}
