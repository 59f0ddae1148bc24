//! `/messages/chatrooms/broadcast`: messages to every chat room of the app.

use axum::Router;
use axum::routing::post;
use hongyan_messaging::messages::content::parse_body;
use hongyan_messaging::rooms::{self, NewBroadcast};
use hongyan_model::Refusal;
use serde_json::{Map, Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;
use crate::fields::Fields;
use crate::messages::{DEFAULT_SENDER, priority};

pub(crate) fn routes() -> Router<RestState> {
    Router::new().route("/messages/chatrooms/broadcast", post(handle(Area::Broadcasts, send)))
}

async fn send(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let new = new_broadcast(&call.fields().await?)?;
    let id = rooms::broadcast(call.messaging(), &caller, new).await?;
    Ok(Envelope::data(json!({ "id": id })).into())
}

/// The type stands among the fields of the body.
fn new_broadcast(fields: &Fields) -> Result<NewBroadcast, Failure> {
    let from = match fields.value("from") {
        None => DEFAULT_SENDER.to_owned(),
        Some(_) => fields.required_text("from")?,
    };
    let ext: Option<&Map<String, Value>> = match fields.value("ext") {
        None => None,
        Some(Value::Object(ext)) => Some(ext),
        Some(_) => return Err(Refusal::Invalid { name: "ext", why: "not an object".into() }.into()),
    };
    let body = fields.value("msg").ok_or(Refusal::Missing { name: "msg" })?;
    let kind = body.get("type").and_then(Value::as_str).ok_or(Refusal::Missing { name: "type" })?;
    let size = body.to_string().len() + fields.value("ext").map_or(0, |ext| ext.to_string().len());
    Ok(NewBroadcast {
        from,
        content: parse_body(kind, body)?,
        ext: ext.cloned(),
        priority: priority(fields)?,
        size,
    })
}
