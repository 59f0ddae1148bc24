//! A message as a line of a file.

use hongyan_model::{ChatType, LogEntry};
use hongyan_msync::Message;
use hongyan_msync::proto::{MessageBody, Meta};
use serde_json::{Map, Value, json};

use crate::messages;

/// `{msg_id, timestamp, direction, from, to, chat_type, payload: {bodies, ext, from, to}}`; `None` if the entry is no
/// message (any more). A message in a thread is one of a group, whose `to` is the thread.
pub(super) fn of(message: &LogEntry) -> Option<Value> {
    let envelope = Meta::decode(message.entry.meta.clone()).ok()?;
    let body = MessageBody::decode(envelope.payload?).ok()?;
    body.contents.first()?;
    let chat = ChatType::of(&message.entry.conversation)?;
    let from = message.entry.sender.as_str();
    let to = body.to.as_ref().or(envelope.to.as_ref()).and_then(|to| to.name.as_deref());
    let to = to.unwrap_or_default();
    let mut bodies = messages::bodies(&body);
    bodies.as_array_mut().into_iter().flatten().for_each(with_map);
    Some(json!({
        "msg_id": message.id.0.to_string(),
        "timestamp": message.timestamp,
        "direction": "outgoing",
        "from": from,
        "to": to,
        "chat_type": chat.word(),
        "payload": { "bodies": bodies, "ext": messages::ext(&body), "from": from, "to": to },
    }))
}

/// Fields of a custom message stand in a file as one object, too.
fn with_map(body: &mut Value) {
    let Some(pairs) = body.get("customExts").and_then(Value::as_array) else { return };
    let map = pairs.iter().filter_map(Value::as_object).flatten();
    let map: Map<_, _> = map.map(|(key, value)| (key.clone(), value.clone())).collect();
    body["v2:customExts"] = map.into();
}
