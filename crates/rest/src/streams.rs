//! `/stream_message`: messages that the customer's server sends in chunks.

use hongyan_messaging::messages::{self, StreamChunk, StreamReceiver};
use hongyan_model::{Feature, Refusal};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;

const DEFAULT_SENDER: &str = "admin";
/// How a text is to be read.
const FORMATS: [&str; 2] = ["text", "markdown"];
/// What a chunk holds.
const CHUNK: &str = "{from?: string, to: string, body: {msg: string, seq: int(0..2147483647), msgId?: string, \
                     finish?: bool, finishReason?: int, type?: 'text' | 'markdown'}, \
                     ext?: {[key]: any}}";

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Messages, "Messages");
    routes
        .post("/stream_message/user", to_user)
        .ids(&["M8"])
        .access(Access::App)
        .keyed()
        .about(
            "Sends a user the next chunk of a message that is being written; the first begins it",
            "向用户发送流式消息的下一个片段；第一个片段开始该消息",
        )
        .body(CHUNK)
        .answers("{data: {msgId?: string}}");
    routes
        .post("/stream_message/chatgroup", to_group)
        .ids(&["M8"])
        .access(Access::App)
        .keyed()
        .about(
            "Sends a group the next chunk of a message that is being written; the first begins it",
            "向群组发送流式消息的下一个片段；第一个片段开始该消息",
        )
        .body(CHUNK)
        .answers("{data: {msgId?: string}}");
    routes
}

async fn to_user(call: Call) -> Result<Answer, Failure> {
    send(call, StreamReceiver::User).await
}

async fn to_group(call: Call) -> Result<Answer, Failure> {
    send(call, StreamReceiver::Group).await
}

async fn send(
    mut call: Call,
    receiver: impl FnOnce(String) -> StreamReceiver,
) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let chunk = chunk(&call.fields().await?, receiver)?;
    call.admit_messages(Feature::RestStreamChunksPerSecond, 1)?;
    let begun = messages::send_chunk(call.messaging(), &caller, chunk).await?;
    Ok(match begun {
        Some(id) => Envelope::data(json!({ "msgId": id.to_string() })).into(),
        None => Envelope::data(json!({})).into(),
    })
}

fn chunk(
    fields: &Fields,
    receiver: impl FnOnce(String) -> StreamReceiver,
) -> Result<StreamChunk, Refusal> {
    let from = match fields.value("from") {
        None => DEFAULT_SENDER.to_owned(),
        Some(_) => fields.required_text("from")?,
    };
    let to = receiver(fields.required_text("to")?);
    let body = match fields.value("body") {
        Some(Value::Object(body)) => Fields::new(body.clone()),
        _ => return Err(Refusal::Missing { name: "body" }),
    };
    let text = body.text("msg")?.ok_or(Refusal::Missing { name: "body" })?;
    let ext = match fields.value("ext") {
        None => None,
        Some(Value::Object(ext)) => Some(ext.clone()),
        Some(_) => return Err(Refusal::Invalid { name: "ext", why: "not an object".into() }),
    };
    let format = body.text("type")?.unwrap_or_else(|| FORMATS[0].to_owned());
    if !FORMATS.contains(&&*format) {
        return Err(Refusal::Invalid { name: "body", why: "unknown type".into() });
    }
    let reason = body.signed("finishReason").ok().flatten().unwrap_or_default();
    let reason = i32::try_from(reason).unwrap_or_default();
    Ok(StreamChunk {
        from,
        to,
        message: body.text("msgId")?.filter(|id| !id.is_empty()),
        // What is no number is no legal one.
        seq: body.signed("seq").ok().flatten(),
        text,
        finish: body.flag("finish")?.unwrap_or(false).then_some(reason),
        format,
        ext,
    })
}
