//! `/users/{user}`: bans, devices that are logged in, logging them out, what waits for them.

use hongyan_messaging::{devices, users};
use hongyan_model::DeviceId;
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope, pair};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::users::entity;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Users, "Users");
    routes
        .post("/users/{user}/deactivate", deactivate)
        .ids(&["U7"])
        .access(Access::App)
        .about(
            "Bans a user: its devices are logged out, its logins and tokens refused",
            "封禁用户：强制其设备下线，不能登录，Token 失效",
        )
        .answers("{entities: User[]}");
    routes
        .post("/users/{user}/activate", activate)
        .ids(&["U8"])
        .access(Access::App)
        .about("Lifts the ban of a user", "解除对用户的封禁");
    routes
        .get("/users/{user}/disconnect", all_devices)
        .ids(&["O4"])
        .access(Access::App)
        .about("Logs out all devices of a user", "强制用户的所有设备下线")
        .answers("{data: {result: true}}");
    // The Java SDK asks with GET.
    routes
        .get("/users/{user}/disconnect/{device}", one_device)
        .ids(&["O5"])
        .access(Access::App)
        .about(
            "Logs out one device of a user, for SDKs that ask so",
            "强制用户的一个设备下线，供以此方式请求的 SDK 使用",
        )
        .answers("{data: {result: bool}}");
    routes
        .delete("/users/{user}/disconnect/{device}", one_device)
        .ids(&["O5"])
        .access(Access::App)
        .about(
            "Logs out one device of a user, and says whether it was logged in",
            "强制用户的一个设备下线，并说明该设备是否在线",
        )
        .answers("{data: {result: bool}}");
    routes
        .get("/users/{user}/resources", resources)
        .ids(&["O3"])
        .access(Access::Itself)
        .about("Reads the devices on which a user is logged in", "查询用户已登录的设备")
        .answers("{data: {res: string, device_uuid: string, device_name: string}[], count: int}");
    routes
        .get("/users/{user}/offline_msg_count", offline_count)
        .ids(&["O6"])
        .access(Access::App)
        .about(
            "Counts the messages that wait for the device that logged in last, up to 2000",
            "统计最近登录的设备尚未收到的消息数，最多 2000",
        )
        .answers("{data: {[key]: int}}");
    routes
        .get("/users/{user}/offline_msg_status/{message}", offline_status)
        .ids(&["O7"])
        .access(Access::App)
        .about(
            "Says whether a device of a user has received a message",
            "查询用户的设备是否已收到某条消息",
        )
        .answers("{data: {[key]: 'delivered' | 'undelivered'}}");
    routes
}

async fn deactivate(call: Call) -> Result<Answer, Failure> {
    let user = users::deactivate(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(Envelope::entities(vec![entity(&user)]).action("Deactivate user").into())
}

async fn activate(call: Call) -> Result<Answer, Failure> {
    users::activate(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(Envelope::empty().action("activate user").into())
}

async fn all_devices(call: Call) -> Result<Answer, Failure> {
    users::disconnect(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(Envelope::data(json!({ "result": true })).into())
}

async fn one_device(call: Call) -> Result<Answer, Failure> {
    let (user, device) = (call.path("user"), call.path("device"));
    let done = users::disconnect_device(call.messaging(), &call.caller()?, user, device).await?;
    Ok(Envelope::data(json!({ "result": done })).into())
}

async fn resources(call: Call) -> Result<Answer, Failure> {
    let devices = users::resources(call.messaging(), &call.caller()?, call.path("user")).await?;
    let own = |of_device: &str, derived: &str| {
        if of_device.is_empty() { derived.to_owned() } else { of_device.to_owned() }
    };
    let rows = devices.iter().map(|(device, facts)| {
        let (name, id) = words(device);
        let (name, id) = (own(&facts.name, name), own(&facts.uuid, id));
        json!({ "res": device.as_str(), "device_uuid": id, "device_name": name })
    });
    let rows: Vec<Value> = rows.collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).into())
}

/// What a resource is made of, for a device that says nothing else: its name and its own id.
fn words(device: &DeviceId) -> (&str, &str) {
    let id = device.as_str().split_once('_').map_or(device.as_str(), |(_, id)| id);
    (device.platform(), id)
}

async fn offline_count(call: Call) -> Result<Answer, Failure> {
    let user = call.path("user");
    let count = devices::offline_count(call.messaging(), &call.caller()?, user).await?;
    Ok(Envelope::data(pair(user.to_lowercase(), count)).into())
}

async fn offline_status(call: Call) -> Result<Answer, Failure> {
    let (user, message) = (call.path("user"), call.path("message"));
    let delivered = devices::is_delivered(call.messaging(), &call.caller()?, user, message).await?;
    let word = if delivered { "delivered" } else { "undelivered" };
    Ok(Envelope::data(pair(message, word)).into())
}
