//! `/messages/…recall`: withdrawing messages. Three forms of one thing: one message, several, and several as older
//! server SDKs ask.

use hongyan_messaging::messages::{self, ServerRecall};
use hongyan_model::{ChatType, Error, Refusal};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;

/// In whose name a message is withdrawn for which the caller names nobody.
const DEFAULT_SENDER: &str = "admin";
/// Messages in one call.
const BATCH: usize = 30;
/// What goes with the recall.
const NOTE: &str = "recallMessageExtensionInfo";
/// What names several messages.
const SEVERAL: &str = "{msgs: {msg_id: string, to: string, \
                       chat_type: 'chat' | 'groupchat' | 'chatroom', from?: string, \
                       force?: bool, sync_device?: bool}[1..30], \
                       recallMessageExtensionInfo?: string}";

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Recall, "Messages");
    routes
        .post("/messages/msg_recall", one)
        .ids(&["M9"])
        .access(Access::App)
        .about(
            "Withdraws a message from everybody who got it, with its attachment",
            "撤回消息，所有收到的人都不再可见，附件一并删除",
        )
        .body(
            "{msg_id: string, to: string, chat_type: 'chat' | 'groupchat' | 'chatroom', \
             from?: string, force?: bool, sync_device?: bool, recallMessageExtensionInfo?: string}",
        )
        .answers(
            "{data: {recalled: 'yes', chattype: 'chat' | 'groupchat' | 'chatroom', from: string, \
             to: string, msg_id: string}}",
        );
    routes
        .post("/messages/batch_recall", batch)
        .ids(&["M10"])
        .access(Access::App)
        .about(
            "Withdraws up to 30 messages, and says of each whether it was, or why not",
            "撤回最多 30 条消息，并说明每条是否成功及原因",
        )
        .body(SEVERAL)
        .answers(
            "{data: {recalled: string, chattype: 'chat' | 'groupchat' | 'chatroom', from: string, \
             to: string, msg_id: string}[], count: int}",
        );
    routes
        .post("/messages/recall", batch_of_old)
        .ids(&["M10X"])
        .access(Access::App)
        .about(
            "Withdraws up to 30 messages, as older server SDKs ask for it",
            "撤回最多 30 条消息，供旧版服务端 SDK 使用",
        )
        .body(SEVERAL)
        .answers(
            "{data: {msgs: {recalled: string, chattype: 'chat' | 'groupchat' | 'chatroom', \
             from: string, to: string, msg_id: string}[]}}",
        );
    routes
}

async fn one(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let wish = recall(&fields, fields.text(NOTE)?)?;
    let shown = outcome(&wish, "yes");
    messages::recall_from_server(call.messaging(), &caller, wish).await?;
    Ok(Envelope::data(shown).into())
}

async fn batch(call: Call) -> Result<Answer, Failure> {
    let outcomes = all(call).await?;
    let count = outcomes.len();
    Ok(Envelope::data(outcomes).count(count).into())
}

async fn batch_of_old(call: Call) -> Result<Answer, Failure> {
    Ok(Envelope::data(json!({ "msgs": all(call).await? })).into())
}

/// Withdraws each of several messages; one row for each says what became of it.
async fn all(mut call: Call) -> Result<Vec<Value>, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let note = fields.text(NOTE)?;
    let mut wishes = Vec::new();
    for one in rows(&fields)? {
        let Value::Object(one) = one else { return Err(Failure::NotAnObject) };
        wishes.push(recall(&Fields::new(one.clone()), note.clone())?);
    }
    let mut outcomes = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let mut shown = outcome(&wish, "yes");
        match messages::recall_from_server(call.messaging(), &caller, wish).await {
            Ok(()) => {}
            Err(Error::Refused(refusal)) => {
                shown["recalled"] = reason(&refusal).ok_or(refusal)?.into();
            }
            Err(fault) => return Err(fault.into()),
        }
        outcomes.push(shown);
    }
    Ok(outcomes)
}

fn rows(fields: &Fields) -> Result<&[Value], Refusal> {
    match fields.value("msgs") {
        Some(Value::Array(rows)) if rows.len() > BATCH => {
            Err(Refusal::TooMany { name: "msgs", limit: BATCH })
        }
        Some(Value::Array(rows)) if !rows.is_empty() => Ok(rows),
        // As the PHP SDK withdraws a single message.
        Some(one @ Value::Object(_)) => Ok(std::slice::from_ref(one)),
        None | Some(Value::Array(_)) => Err(Refusal::Missing { name: "msgs" }),
        Some(_) => Err(Refusal::Invalid { name: "msgs", why: "is not a list".to_owned() }),
    }
}

fn recall(fields: &Fields, note: Option<String>) -> Result<ServerRecall, Refusal> {
    let message = fields.required_text("msg_id")?;
    let to = fields.required_text("to")?;
    let chat = fields.required_text("chat_type")?;
    let chat = ChatType::from_word(&chat).ok_or_else(|| Refusal::Invalid {
        name: "chat_type",
        why: "is none of chat, groupchat, chatroom".to_owned(),
    })?;
    let from = match fields.value("from") {
        None => DEFAULT_SENDER.to_owned(),
        Some(_) => fields.required_text("from")?,
    };
    let force = fields.flag("force")?.unwrap_or(false);
    let sync_device = fields.flag("sync_device")?.unwrap_or(true);
    Ok(ServerRecall { message, chat, to, from, force, sync_device, note })
}

fn outcome(wish: &ServerRecall, recalled: &str) -> Value {
    json!({
        "recalled": recalled,
        "chattype": wish.chat.word(),
        "from": wish.from.to_lowercase(),
        "to": wish.to.to_lowercase(),
        "msg_id": wish.message,
    })
}

/// Why one message of several was not withdrawn; `None` for what concerns the whole call.
fn reason(refusal: &Refusal) -> Option<String> {
    match refusal {
        Refusal::MessageNotFound => Some("not_found msg".to_owned()),
        Refusal::RecallTooLate => Some("exceed recall time limit".to_owned()),
        Refusal::Invalid { name: "to", why } => Some(why.clone()),
        _ => None,
    }
}
