//! A stored message in the JSON form of the REST API (docs/rest.md, "Messages").
//!
//! The other direction, what a customer's server sends, is [`content`](super::content).

use hongyan_model::LogEntry;
use hongyan_msync::Message;
use hongyan_msync::proto::content::Type;
use hongyan_msync::proto::key_value::{Value as Slot, ValueType};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::{Content, KeyValue, MessageBody, Meta, Size};
use serde_json::{Map, Value, json};

/// The name of whom a stored message is for: a user, a group or a chat room.
pub(crate) fn receiver_of(message: &LogEntry) -> String {
    let envelope = Meta::decode(message.entry.meta.clone()).unwrap_or_default();
    envelope.to.and_then(|to| to.name).unwrap_or_default()
}

/// `{id, from, to, timestamp, payload: {type, from, to, ext, bodies, msgConfig?, stream?, meta?}}`; `None` if the entry is
/// no message (any more).
///
/// Some endpoints show `payload` as an object, others as its JSON text: that is for the caller to choose.
#[must_use]
pub fn to_json(message: &LogEntry) -> Option<Value> {
    let envelope = Meta::decode(message.entry.meta.clone()).ok()?;
    let body = MessageBody::decode(envelope.payload?).ok()?;
    let name = |jid: &Option<hongyan_msync::proto::Jid>| {
        jid.as_ref().and_then(|jid| jid.name.clone()).unwrap_or_default()
    };
    let (from, to) = (message.entry.sender.to_string(), name(&body.to));
    Some(json!({
        "id": message.id.0.to_string(),
        "from": from,
        "to": to,
        "timestamp": message.timestamp,
        "payload": payload(&body, &from, &to)?,
    }))
}

/// What a message says; `None` if the body is none of a message.
pub(super) fn payload(body: &MessageBody, from: &str, to: &str) -> Option<Value> {
    let kind = match body.r#type() {
        BodyType::Chat => "chat",
        BodyType::Groupchat => "groupchat",
        BodyType::Chatroom => "chatroom",
        _ => return None,
    };
    let mut payload = json!({
        "type": kind,
        "from": from,
        "to": to,
        "ext": object(&body.ext),
        "bodies": [content(body.contents.first()?)],
    });
    if let Some(config) = &body.msg_config {
        payload["msgConfig"] = json!({ "allowGroupAck": config.allow_group_ack() });
    }
    if let Some(stream) = &body.stream {
        payload["stream"] = json!({
            "stream_type": stream.stream_type(),
            "stream_status": stream_status(stream.stream_status()),
            "stream_error": stream.stream_error(),
            "stream_finish_reason": stream.stream_finish_reason(),
        });
    }
    if let Some(meta) = body.meta.as_deref().and_then(|meta| serde_json::from_str(meta).ok()) {
        payload["meta"] = meta;
    }
    Some(payload)
}

/// What a message says, as JSON: its `bodies`.
#[must_use]
pub fn bodies(body: &MessageBody) -> Value {
    body.contents.first().map(content).into_iter().collect()
}

/// The fields of a message's sender, as JSON: its `ext`.
#[must_use]
pub fn ext(body: &MessageBody) -> Value {
    object(&body.ext)
}

/// The words of the protocol's numbers.
fn stream_status(status: i32) -> &'static str {
    match status {
        0 => "stream_start",
        1 => "stream_start_completed",
        2 => "stream_in_progress",
        3 => "stream_completed",
        _ => "stream_full",
    }
}

fn content(content: &Content) -> Value {
    match content.r#type() {
        Type::Text if content.sub_type == Some(0) => combined(content),
        Type::Combine => combined(content),
        Type::Text => {
            let mut body = json!({ "type": "txt", "msg": content.text() });
            if content.sub_type == Some(10) {
                body["subType"] = "sub_stream".into();
            }
            body
        }
        Type::Image => {
            let mut body = file(content, "img");
            if let Some(size) = &content.size {
                body["size"] = dimensions(size);
            }
            if content.sub_type == Some(1) {
                body["subType"] = "sub_gif".into();
            }
            body
        }
        Type::Voice => file(content, "audio"),
        Type::Video => {
            let mut body = file(content, "video");
            if let Some(thumb) = &content.thumbnail_remote_path {
                body["thumb"] = thumb.as_str().into();
            }
            if let Some(secret) = &content.thumbnail_secret_key {
                body["thumb_secret"] = secret.as_str().into();
            }
            if let Some(size) = content.thumbnail_size.as_ref().or(content.size.as_ref()) {
                body["size"] = dimensions(size);
            }
            body
        }
        Type::File => file(content, "file"),
        Type::Location => json!({
            "type": "loc",
            "lat": content.latitude(),
            "lng": content.longitude(),
            "addr": content.address(),
            "buildingName": content.building_name(),
        }),
        Type::Command => {
            json!({ "type": "cmd", "action": content.action(), "param": object(&content.params) })
        }
        Type::Custom => {
            // One object for each: the SDK maps over them.
            let exts = content.custom_exts.iter().map(|pair| object(std::slice::from_ref(pair)));
            json!({
                "type": "custom",
                "customEvent": content.custom_event(),
                "customExts": exts.collect::<Value>(),
            })
        }
    }
}

fn combined(content: &Content) -> Value {
    let mut body = file(content, "txt");
    body["msg"] = content.text().into();
    body["subType"] = "sub_combine".into();
    body["title"] = content.title().into();
    body["summary"] = content.summary().into();
    body["combineLevel"] = content.combine_level().into();
    body
}

fn file(content: &Content, kind: &str) -> Value {
    let mut body = json!({
        "type": kind,
        "url": content.remote_path(),
        "filename": content.display_name(),
        "secret": content.secret_key(),
        "file_length": content.file_length(),
    });
    if let Some(seconds) = content.duration {
        body["length"] = seconds.into();
    }
    body
}

fn dimensions(size: &Size) -> Value {
    json!({ "width": whole(size.width()), "height": whole(size.height()) })
}

/// Pixels, which the protocol has as floating-point numbers, are whole ones in JSON.
fn whole(pixels: f64) -> Value {
    let rounded = pixels as i64;
    if rounded as f64 == pixels { rounded.into() } else { pixels.into() }
}

/// Typed pairs as the object they were made of.
fn object(pairs: &[KeyValue]) -> Value {
    let pairs = pairs.iter().filter_map(|pair| Some((pair.key.clone()?, value(pair)?)));
    pairs.collect::<Map<String, Value>>().into()
}

fn value(pair: &KeyValue) -> Option<Value> {
    let kind = pair.r#type.and_then(|kind| ValueType::try_from(kind).ok());
    Some(match pair.value.as_ref()? {
        Slot::VarintValue(number) if kind == Some(ValueType::Bool) => (*number != 0).into(),
        Slot::VarintValue(number) => (*number).into(),
        Slot::FloatValue(number) => (*number).into(),
        Slot::DoubleValue(number) => (*number).into(),
        Slot::StringValue(text) if kind == Some(ValueType::JsonString) => {
            serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into())
        }
        Slot::StringValue(text) => text.as_str().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::content as sent;
    use super::*;

    #[test]
    fn what_a_server_sent_reads_as_it_was_written() {
        let ext = json!({"n": 1, "yes": true, "f": 1.5, "s": "t", "o": {"a": [1]}, "z": null});
        for (kind, body) in [
            ("txt", json!({"type": "txt", "msg": "hi"})),
            (
                "loc",
                json!({"type": "loc", "lat": 1.5, "lng": 2.0, "addr": "x", "buildingName": "b"}),
            ),
            ("cmd", json!({"type": "cmd", "action": "run", "param": {"n": 1}})),
            (
                "custom",
                json!({"type": "custom", "customEvent": "e", "customExts": [{"a": "1"}, {"b": "2"}]}),
            ),
            (
                "img",
                json!({"type": "img", "url": "u", "filename": "a.png", "secret": "s", "file_length": 9,
                    "size": {"width": 4, "height": 3}}),
            ),
            (
                "audio",
                json!({"type": "audio", "url": "u", "filename": "a", "secret": "s", "file_length": 9, "length": 4}),
            ),
        ] {
            let content = sent::parse_body(kind, &body).unwrap();
            let (_, mut message) = sent::to_message_body(&content, ext.as_object());
            message.r#type = Some(BodyType::Groupchat as i32);
            let read = payload(&message, "alice", "7").unwrap();
            assert_eq!(read["bodies"], json!([body]));
            assert_eq!(read["ext"], ext);
            assert_eq!(
                (&read["type"], &read["from"], &read["to"]),
                (&json!("groupchat"), &json!("alice"), &json!("7"))
            );
        }
    }
}
