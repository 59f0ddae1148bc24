//! `/messages`: the older way of sending, to any kind of target.

use hongyan_messaging::messages::content::parse_body;
use hongyan_messaging::messages::{self, OutgoingMessage, TargetKind};
use hongyan_model::Refusal;
use serde_json::Value;

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;
use crate::messages::{DEFAULT_SENDER, ext, ids, priority, rate, size};

/// What stands for an id where ids are not asked for.
const SUCCESS: &str = "success";

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Broadcasts, "Messages");
    routes
        .post("/messages", send)
        .ids(&["MX"])
        .access(Access::App)
        .keyed()
        .about(
            "Sends a message to users, groups or chat rooms, as older servers do",
            "向用户、群组或聊天室发送消息，供旧版服务端使用",
        )
        .query("{useMsgId?: bool}")
        .body(
            "{target_type: 'users' | 'chatgroups' | 'chatrooms', target: string[1..600], \
             msg: TypedBody, from?: string, ext?: {[key]: any}, routetype?: string, \
             sync_device?: bool, chatroom_msg_level?: 'high' | 'normal' | 'low'}",
        )
        .answers("{data: {[key]: string}}");
    routes
}

async fn send(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let message = outgoing(&call.fields().await?)?;
    call.admit_messages(rate(message.kind), message.to.len())?;
    let sent = messages::send_from_server(call.messaging(), &caller, message).await?;
    if call.query().flag("useMsgId") {
        return Ok(ids(sent));
    }
    let done: Value = sent.into_iter().map(|(target, _)| (target, SUCCESS.to_owned())).collect();
    Ok(Envelope::data(done).into())
}

/// The type stands among the fields of the body.
fn outgoing(fields: &Fields) -> Result<OutgoingMessage, Failure> {
    let from = match fields.value("from") {
        None => DEFAULT_SENDER.to_owned(),
        Some(_) => fields.required_text("from")?,
    };
    let kind = match fields.text("target_type")?.as_deref() {
        Some("users") => TargetKind::Users,
        Some("chatgroups") => TargetKind::Groups,
        Some("chatrooms") => TargetKind::Rooms { priority: priority(fields)? },
        _ => {
            let why = "target_type can only be 'users' or 'chatgroups' or 'chatrooms'".to_owned();
            return Err(Refusal::Invalid { name: "target_type", why }.into());
        }
    };
    let to = fields.required_texts("target")?;
    if to.is_empty() {
        return Err(Refusal::Missing { name: "target" }.into());
    }
    let body = fields.value("msg").ok_or(Refusal::Missing { name: "msg" })?;
    let kind_of_body = body.get("type").and_then(Value::as_str);
    let kind_of_body = kind_of_body.ok_or(Refusal::Missing { name: "type" })?;
    Ok(OutgoingMessage {
        from,
        to,
        kind,
        content: parse_body(kind_of_body, body)?,
        ext: ext(fields)?,
        online_only: fields.text("routetype")?.as_deref() == Some("ROUTE_ONLINE"),
        sync_device: fields.flag("sync_device")?.unwrap_or(false),
        need_group_ack: false,
        unroamed: Vec::new(),
        size: size(body, fields),
    })
}
