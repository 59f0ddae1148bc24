//! Messages to every chat room, to every user and to users who are online.

use axum::Router;
use axum::routing::{get, post};
use hongyan_messaging::broadcasts::{self, NewBroadcast, Target};
use hongyan_messaging::messages::content::parse_body;
use hongyan_model::Refusal;
use serde_json::{Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;
use crate::fields::Fields;
use crate::messages::{DEFAULT_SENDER, ext, priority, size};

pub(crate) fn routes() -> Router<RestState> {
    let send =
        |target: Target| post(handle(Area::Broadcasts, move |call: Call| send(call, target)));
    Router::new()
        .route("/messages/chatrooms/broadcast", send(Target::Rooms))
        .route("/messages/broadcast", send(Target::Users))
        .route("/messages/users/broadcast", send(Target::OnlineUsers))
        .route("/messages/broadcasts/{broadcast}", get(handle(Area::Broadcasts, progress)))
}

async fn send(mut call: Call, target: Target) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    if target == Target::Users {
        match fields.value("target_type").map(|given| given.as_str()) {
            None => return Err(Refusal::Missing { name: "target_type" }.into()),
            Some(Some("users")) => {}
            Some(_) => {
                let why = "target_type can only be 'users'".to_owned();
                return Err(Refusal::Invalid { name: "target_type", why }.into());
            }
        }
    }
    let new = new_broadcast(&fields, target)?;
    let id = broadcasts::broadcast(call.messaging(), &caller, new).await?;
    Ok(Envelope::data(json!({ "id": id })).into())
}

/// How far it is: ours, the vendor has no such call.
async fn progress(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let id = call.path("broadcast").parse().unwrap_or_default();
    let progress = broadcasts::progress(call.messaging(), &caller, id).await?;
    let progress = progress.ok_or(Failure::UnknownRoute)?;
    let target = match progress.target {
        Target::Rooms => "chatrooms",
        Target::Users => "users",
        Target::OnlineUsers => "online_users",
    };
    let state = if progress.done { "done" } else { "running" };
    let data = json!({ "id": id, "target": target, "state": state, "sent": progress.written });
    Ok(Envelope::data(data).into())
}

/// The type stands among the fields of the body.
fn new_broadcast(fields: &Fields, target: Target) -> Result<NewBroadcast, Failure> {
    let from = match fields.value("from") {
        None => DEFAULT_SENDER.to_owned(),
        Some(_) => fields.required_text("from")?,
    };
    let ext = ext(fields)?;
    let body = fields.value("msg").ok_or(Refusal::Missing { name: "msg" })?;
    let kind = body.get("type").and_then(Value::as_str).ok_or(Refusal::Missing { name: "type" })?;
    Ok(NewBroadcast {
        target,
        from,
        content: parse_body(kind, body)?,
        ext,
        priority: priority(fields)?,
        size: size(body, fields),
    })
}
