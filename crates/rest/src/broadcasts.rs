//! Messages to every chat room, to every user and to users who are online.

use hongyan_messaging::broadcasts::{self, NewBroadcast, Target};
use hongyan_messaging::messages::content::parse_body;
use hongyan_model::Refusal;
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;
use crate::messages::{DEFAULT_SENDER, ext, priority, size};
use crate::rates::Rate;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Broadcasts, "Messages");
    routes
        .post("/messages/chatrooms/broadcast", |call| send(call, Target::Rooms))
        .ids(&["M5"])
        .access(Access::App)
        .keyed()
        .rate(Rate::each_minute(10))
        .about(
            "Sends a message to every room in which anything ever happened",
            "向所有曾有过动静的聊天室发送消息",
        )
        .body(
            "{msg: TypedBody, \
             from?: string, ext?: {[key]: any}, chatroom_msg_level?: 'high' | 'normal' | 'low'}",
        )
        .answers("{data: {id: int}}");
    routes
        .post("/messages/broadcast", |call| send(call, Target::Users))
        .ids(&["M6"])
        .access(Access::App)
        .keyed()
        .about("Sends a message to every user of the app", "向应用的所有用户发送消息")
        .body(
            "{target_type: 'users', \
             msg: TypedBody, \
             from?: string, ext?: {[key]: any}}",
        )
        .answers("{data: {id: int}}");
    routes
        .post("/messages/users/broadcast", |call| send(call, Target::OnlineUsers))
        .ids(&["M7"])
        .access(Access::App)
        .keyed()
        .about(
            "Sends a message to every user who is online, and keeps it for nobody",
            "向所有在线用户发送消息，不为任何人保留",
        )
        .body(
            "{msg: TypedBody, \
             from?: string, ext?: {[key]: any}}",
        )
        .answers("{data: {id: int}}");
    routes
        .get("/messages/broadcasts/{broadcast}", progress)
        .access(Access::App)
        .about("Says how far a broadcast is", "查询广播的进度")
        .answers(
            "{data: {id: int, target: 'chatrooms' | 'users' | 'online_users', \
             state: 'running' | 'done', sent: int}}",
        );
    routes
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
