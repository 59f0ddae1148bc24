//! `/metadata/chatroom`: attributes of chat rooms.

use axum::Router;
use axum::routing::{post, put};
use hongyan_messaging::rooms::{self, AttributeFailure, AttributeOutcome, AttributeWriter};
use hongyan_model::Refusal;
use serde_json::{Map, Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;

const AREA: Area = Area::RoomAttributes;

pub(crate) fn routes() -> Router<RestState> {
    let own = put(handle(AREA, set_own)).delete(handle(AREA, remove_own));
    let forced = put(handle(AREA, set_any)).delete(handle(AREA, remove_any));
    Router::new()
        .route("/metadata/chatroom/{room}", post(handle(AREA, get)))
        .route("/metadata/chatroom/{room}/user/{user}", own)
        .route("/metadata/chatroom/{room}/user/{user}/forced", forced)
}

async fn get(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let names = call.fields().await?.texts("keys")?;
    let room = call.path("room");
    let found = rooms::attributes(call.messaging(), &caller, room, names.as_deref()).await?;
    let data: Value = found.into_iter().collect();
    Ok(Envelope::data(data).with("status", "ok").into())
}

async fn set_own(call: Call) -> Result<Answer, Failure> {
    set(call, false).await
}

async fn set_any(call: Call) -> Result<Answer, Failure> {
    set(call, true).await
}

async fn remove_own(call: Call) -> Result<Answer, Failure> {
    remove(call, false).await
}

async fn remove_any(call: Call) -> Result<Answer, Failure> {
    remove(call, true).await
}

async fn set(mut call: Call, forced: bool) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let attributes = match fields.value("metaData") {
        None => Map::new(),
        Some(Value::Object(attributes)) => attributes.clone(),
        Some(_) => {
            let why = "not an object".to_owned();
            return Err(Refusal::Invalid { name: "metaData", why }.into());
        }
    };
    let attributes = attributes.into_iter().map(|(name, value)| (name, plain(value))).collect();
    let auto_delete = match fields.text("autoDelete")?.as_deref() {
        None | Some("DELETE") => true,
        Some("NO_DELETE") => false,
        Some(_) => {
            let why = "must be DELETE or NO_DELETE".to_owned();
            return Err(Refusal::Invalid { name: "autoDelete", why }.into());
        }
    };
    let writer = AttributeWriter { user: call.path("user"), forced };
    let (m, room) = (call.messaging(), call.path("room"));
    let outcomes = rooms::set_attributes(m, &caller, room, writer, auto_delete, attributes).await?;
    Ok(outcome(outcomes))
}

async fn remove(mut call: Call, forced: bool) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let names = call.fields().await?.texts("keys")?.unwrap_or_default();
    let writer = AttributeWriter { user: call.path("user"), forced };
    let (m, room) = (call.messaging(), call.path("room"));
    Ok(outcome(rooms::remove_attributes(m, &caller, room, writer, names).await?))
}

/// Status 200 even if nothing was done: the reasons stand beside the names.
fn outcome(outcomes: Vec<AttributeOutcome>) -> Answer {
    let (mut done, mut failed) = (Vec::new(), Map::new());
    for AttributeOutcome { name, failure } in outcomes {
        match failure {
            None => done.push(name),
            Some(failure) => {
                let reason = reason(&name, failure);
                failed.insert(name, reason.into());
            }
        }
    }
    let data = json!({ "successKeys": done, "errorKeys": failed });
    Envelope::data(data).with("status", "ok").into()
}

/// The SDK tells what went wrong by parts of these texts.
fn reason(name: &str, failure: AttributeFailure) -> String {
    match failure {
        AttributeFailure::NotLegal => format!("properties key '{name}' is not Legal"),
        AttributeFailure::NameTooLong { limit } => {
            format!("properties key '{name}' is exceeding maximum limit {limit}")
        }
        AttributeFailure::ValueTooLong { limit } => {
            format!("properties value of key '{name}' is exceeding maximum limit {limit}")
        }
        AttributeFailure::NotOwn => format!("properties key '{name}' is not part of you"),
        AttributeFailure::Full { limit } => format!(
            "size of metadata for this single chatroom exceeds the user defined limit, {limit}"
        ),
    }
}

fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
