//! `/users/{user}`: bans, devices that are logged in, logging them out, what waits for them.

use axum::Router;
use axum::routing::{get, post};
use hongyan_messaging::{devices, users};
use hongyan_model::DeviceId;
use serde_json::{Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope, pair};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;
use crate::users::entity;

pub(crate) fn routes() -> Router<RestState> {
    // The Java SDK asks with GET.
    let one = get(handle(Area::Users, one_device)).delete(handle(Area::Users, one_device));
    let status = get(handle(Area::Users, offline_status));
    Router::new()
        .route("/users/{user}/deactivate", post(handle(Area::Users, deactivate)))
        .route("/users/{user}/activate", post(handle(Area::Users, activate)))
        .route("/users/{user}/disconnect", get(handle(Area::Users, all_devices)))
        .route("/users/{user}/disconnect/{device}", one)
        .route("/users/{user}/resources", get(handle(Area::Users, resources)))
        .route("/users/{user}/offline_msg_count", get(handle(Area::Users, offline_count)))
        .route("/users/{user}/offline_msg_status/{message}", status)
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
