//! `/users/{user}/status` and `/users/{user}/presence`: who is online, what users say of themselves, who follows whom.

use hongyan_messaging::presence::{self, Presence};
use hongyan_model::{Refusal, Timestamp, UserId};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Envelope, pair};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields;
use crate::rates::Rate;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Presence, "Presence");
    routes
        .get("/users/{user}/status", one)
        .ids(&["O1"])
        .area(Area::Users)
        .chapter("Users")
        .access(Access::Itself)
        .about("Says whether a user is online", "查询用户是否在线")
        .answers("{data: {[key]: 'online' | 'offline'}, count: int}");
    routes
        .post("/users/batch/status", many)
        .ids(&["O2"])
        .area(Area::Status)
        .chapter("Users")
        .access(Access::App)
        .rate(Rate::each_second(50))
        .about(
            "Says of up to 100 users who is online; who does not exist is offline",
            "查询最多 100 个用户是否在线；不存在的用户视为离线",
        )
        .body("{usernames: string[100]}")
        .answers("{data: {[key]: 'online' | 'offline'}[]}");
    routes
        .post("/users/{user}/presence", get_many)
        .ids(&["P3"])
        .access(Access::Itself)
        .rate(Rate::each_second(50))
        .about(
            "Reads the presence of up to 100 users, whether the user follows them or not",
            "查询最多 100 个用户的在线状态，无论是否已订阅",
        )
        .body("{usernames: string[1..PRESENCE_BATCH]}")
        .answers_bare("{result: Presence[]}");
    routes
        .delete("/users/{user}/presence", unsubscribe)
        .ids(&["P4"])
        .access(Access::Itself)
        .rate(Rate::each_second(50))
        .about("Ends that the user follows the presence of others", "取消订阅其他用户的在线状态")
        .body("string[1..PRESENCE_BATCH] | {users: string[1..PRESENCE_BATCH]}")
        .answers_bare("{result: 'ok'}");
    routes
        .post("/users/{user}/presence/{expiry}", subscribe)
        .ids(&["P2"])
        .access(Access::Itself)
        .rate(Rate::each_second(50))
        .about(
            "Has the user follow the presence of up to 100 users for some time, or anew",
            "在一段时间内订阅最多 100 个用户的在线状态，或重新订阅",
        )
        .body("{usernames: string[1..PRESENCE_BATCH]}")
        .answers_bare("{result: Presence[]}");
    routes
        .post("/users/{user}/presence/{device}/{status}", publish)
        .ids(&["P1"])
        .access(Access::Itself)
        .rate(Rate::each_second(50))
        .about(
            "Publishes the status of one of the user's devices, with words to it",
            "发布用户某个设备的状态及其说明",
        )
        .body("{ext: string}")
        .answers_bare("{result: 'ok'}");
    routes
        .get("/users/{user}/presence/sublist", following)
        .ids(&["P6"])
        .access(Access::Itself)
        .rate(Rate::each_second(50))
        .about(
            "Reads whose presence the user follows, and until when, by user ID",
            "查询用户订阅了哪些用户的在线状态及到期时间，按用户 ID 排列",
        )
        .query("{pageNum?: int, pageSize?: int(1..500)}")
        .answers_bare("{result: {totalnum: string, sublist: {uid: string, expiry: string}[]}}");
    routes
        .get("/presence/online/{group}/type/{type}", in_group)
        .ids(&["P5"])
        .access(Access::App)
        .about("Counts the members of a group who are online", "统计群组的在线成员数")
        .answers_bare("{result: int}");
    routes
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
