//! `/metadata/chatroom`: attributes of chat rooms.

use hongyan_messaging::rooms::{self, AttributeFailure, AttributeOutcome, AttributeWriter};
use hongyan_model::Refusal;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::RoomAttributes, "Chat rooms");
    routes
        .post("/metadata/chatroom/{room}", get)
        .ids(&["R34"])
        .access(Access::Member)
        .about(
            "Reads attributes of a chat room: those that are named, or all",
            "查询聊天室属性：指定的属性，或全部属性",
        )
        .body("{keys?: string[]}")
        .answers("{data: {[key]: string}, status: 'ok'}");
    routes
        .put("/metadata/chatroom/{room}/user/{user}", set_own)
        .ids(&["R33"])
        .access(Access::Itself)
        .about(
            "Sets up to 10 attributes of a chat room in a member's name, unless others own them",
            "以成员的名义设置聊天室的最多 10 个属性，他人设置的除外",
        )
        .body("{metaData: {[key]: string}, autoDelete?: 'DELETE' | 'NO_DELETE'}")
        .answers("{data: AttributesSet, status: 'ok'}");
    routes
        .delete("/metadata/chatroom/{room}/user/{user}", remove_own)
        .ids(&["R35"])
        .access(Access::Itself)
        .about(
            "Removes attributes of a chat room that a member has set",
            "删除成员自己设置的聊天室属性",
        )
        .body("{keys: string[1..ROOM_ATTRIBUTE_BATCH]}")
        .answers("{data: AttributesSet, status: 'ok'}");
    routes
        .put("/metadata/chatroom/{room}/user/{user}/forced", set_any)
        .ids(&["R36"])
        .access(Access::Itself)
        .about(
            "Sets up to 10 attributes of a chat room, also those that others own",
            "设置聊天室的最多 10 个属性，包括他人设置的",
        )
        .body("{metaData: {[key]: string}, autoDelete?: 'DELETE' | 'NO_DELETE'}")
        .answers("{data: AttributesSet, status: 'ok'}");
    routes
        .delete("/metadata/chatroom/{room}/user/{user}/forced", remove_any)
        .ids(&["R37"])
        .access(Access::Itself)
        .about(
            "Removes attributes of a chat room, whoever has set them",
            "删除聊天室属性，无论由谁设置",
        )
        .body("{keys: string[1..ROOM_ATTRIBUTE_BATCH]}")
        .answers("{data: AttributesSet, status: 'ok'}");
    routes
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
