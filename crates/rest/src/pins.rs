//! `/sdk/user/{user}/user_channel/pin`: pinned messages.

use hongyan_messaging::messages::to_json;
use hongyan_messaging::pins::{self, PinPlace, PinnedMessage};
use hongyan_model::{ChatType, Refusal};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

/// Pins on a page when the caller names no limit.
const PAGE: usize = 10;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Pins, "Reactions and pins");
    routes
        .get("/sdk/user/{user}/user_channel/pin", page)
        .access(Access::Itself)
        .about(
            "Reads the pinned messages of a conversation, the newest pin first",
            "查询会话中的置顶消息，最近置顶的在前",
        )
        .query(
            "{to: string, type: 'chat' | 'groupchat' | 'chatroom', limit?: int(1..50), \
             cursor?: string}",
        )
        .answers(
            "{data: {msg_infos: {pin_msg_id: string, pin_opt_at: int, pin_operator: string, \
             message: {id: string, from: string, to: string, timestamp: int, payload: string}}[], \
             cursor: string}}",
        );
    routes
        .post("/sdk/user/{user}/user_channel/pin", pin)
        .access(Access::Itself)
        .about("Pins a message for everybody in its conversation", "为会话中的所有人置顶一条消息")
        .body("{to: string, type: 'chat' | 'groupchat' | 'chatroom', pin_msg_id: string}")
        .answers("{data: {}}");
    routes
        .delete("/sdk/user/{user}/user_channel/pin", unpin)
        .access(Access::Itself)
        .about(
            "Unpins a message for everybody in its conversation",
            "为会话中的所有人取消置顶一条消息",
        )
        .body("{to: string, type: 'chat' | 'groupchat' | 'chatroom', pin_msg_id: string}")
        .answers("{data: {}}");
    routes
}

async fn pin(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let (place, message) = named(&mut call).await?;
    pins::pin(call.messaging(), &caller, call.path("user"), &place, &message).await?;
    Ok(Envelope::data(json!({})).into())
}

async fn unpin(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let (place, message) = named(&mut call).await?;
    pins::unpin(call.messaging(), &caller, call.path("user"), &place, &message).await?;
    Ok(Envelope::data(json!({})).into())
}

async fn page(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let query = call.query();
    let to = query.text("to").ok_or(Refusal::Missing { name: "to" })?;
    let chat = chat_type(query.text("type").unwrap_or_default())?;
    let place = PinPlace { chat, to: to.to_owned() };
    let (limit, cursor) = call.page(PAGE);
    let user = call.path("user");
    let page = pins::page(call.messaging(), &caller, user, &place, cursor, limit).await?;
    let rows: Vec<Value> = page.items.iter().filter_map(row).collect();
    let data = json!({ "msg_infos": rows, "cursor": page.cursor.unwrap_or_default() });
    Ok(Envelope::data(data).into())
}

async fn named(call: &mut Call) -> Result<(PinPlace, String), Failure> {
    let fields = call.fields().await?;
    let to = fields.required_text("to")?;
    let chat = chat_type(&fields.required_text("type")?)?;
    let message = fields.required_text("pin_msg_id")?;
    Ok((PinPlace { chat, to }, message))
}

fn chat_type(name: &str) -> Result<ChatType, Refusal> {
    match name.to_ascii_lowercase().as_str() {
        "chat" => Ok(ChatType::Single),
        "groupchat" => Ok(ChatType::Group),
        "chatroom" => Ok(ChatType::Room),
        _ => {
            let why = "is none of chat, groupchat, chatroom".to_owned();
            Err(Refusal::Invalid { name: "type", why })
        }
    }
}

/// The SDK parses the payload itself.
fn row(pin: &PinnedMessage) -> Option<Value> {
    let mut message = to_json(&pin.message)?;
    message["payload"] = message["payload"].to_string().into();
    Some(json!({
        "pin_msg_id": pin.message.id.to_string(),
        "pin_opt_at": pin.pinned,
        "pin_operator": pin.operator.as_str(),
        "message": message,
    }))
}
