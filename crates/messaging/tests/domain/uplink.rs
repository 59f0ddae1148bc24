//! What clients write, made by hand, and how the tests name what they read.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hongyan_model::{GroupId, MessageId, RoomId, ThreadId};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::meta::{NameSpace, RouteType};
use hongyan_msync::proto::{Content, Jid, MessageBody, Meta, content};
use hongyan_msync::{GROUP_DOMAIN, Message, USER_DOMAIN};

/// A user as receiver.
pub(crate) fn to(user: &str) -> Jid {
    Jid { name: Some(user.to_owned()), domain: Some(USER_DOMAIN.to_owned()), ..Jid::default() }
}

/// One device of a user as receiver.
pub(crate) fn to_device(user: &str, device: &str) -> Jid {
    Jid { client_resource: Some(device.to_owned()), ..to(user) }
}

/// A group as receiver.
pub(crate) fn to_group(group: &GroupId) -> Jid {
    let domain = Some(GROUP_DOMAIN.to_owned());
    Jid { name: Some(group.as_str().to_owned()), domain, ..Jid::default() }
}

/// A chat room as receiver.
pub(crate) fn to_room(room: &RoomId) -> Jid {
    let domain = Some(GROUP_DOMAIN.to_owned());
    Jid { name: Some(room.as_str().to_owned()), domain, ..Jid::default() }
}

/// A thread as receiver.
pub(crate) fn to_thread(thread: &ThreadId) -> Jid {
    let domain = Some(GROUP_DOMAIN.to_owned());
    Jid { name: Some(thread.as_str().to_owned()), domain, ..Jid::default() }
}

/// A text message to a chat room.
pub(crate) fn room_text(room: &RoomId, text: &str) -> Meta {
    let body = MessageBody { r#type: Some(BodyType::Chatroom as i32), ..text_body(text) };
    uplink(to_room(room), &body)
}

/// A message with a new client id.
pub(crate) fn uplink(to: Jid, body: &MessageBody) -> Meta {
    static LAST_ID: AtomicU64 = AtomicU64::new(0);
    Meta {
        id: Some(LAST_ID.fetch_add(1, Ordering::Relaxed)),
        to: Some(to),
        ns: Some(NameSpace::Chat as i32),
        payload: Some(body.encode_to_vec().into()),
        ..Meta::default()
    }
}

/// A text message.
pub(crate) fn text(to: Jid, text: &str) -> Meta {
    uplink(to, &text_body(text))
}

pub(crate) fn text_body(text: &str) -> MessageBody {
    let text = Some(text.to_owned());
    message_body(Content { r#type: Some(content::Type::Text as i32), text, ..Content::default() })
}

/// A message with a content of any kind; `text` names it to the tests.
pub(crate) fn of_kind(to: Jid, kind: content::Type, text: &str) -> Meta {
    let text = Some(text.to_owned());
    let content = Content { r#type: Some(kind as i32), text, ..Content::default() };
    uplink(to, &message_body(content))
}

/// A text message to a thread, as the SDK marks it.
pub(crate) fn thread_text(thread: &ThreadId, text: &str) -> Meta {
    let body = MessageBody {
        r#type: Some(BodyType::Groupchat as i32),
        meta: Some(r#"{"thread":{}}"#.to_owned()),
        ..text_body(text)
    };
    uplink(to_thread(thread), &body)
}

fn message_body(content: Content) -> MessageBody {
    let kind = Some(BodyType::Chat as i32);
    MessageBody { r#type: kind, contents: vec![content], ..MessageBody::default() }
}

/// The same for those who are online only.
pub(crate) fn online_only(uplink: Meta) -> Meta {
    Meta { routetype: Some(RouteType::RouteOnline as i32), ..uplink }
}

/// The same to some members only.
pub(crate) fn directed(uplink: Meta, users: &[&str]) -> Meta {
    Meta { directed_users: users.iter().map(ToString::to_string).collect(), ..uplink }
}

/// A receipt or a recall, of `message` where it names one.
pub(crate) fn about(to: Jid, kind: BodyType, message: impl Into<Option<MessageId>>) -> Meta {
    let ack_message_id = message.into().map(|id| id.0);
    uplink(to, &MessageBody { r#type: Some(kind as i32), ack_message_id, ..MessageBody::default() })
}

/// The message and its body, as a receiver decodes them.
pub(crate) fn decode(meta: &Bytes) -> (Meta, MessageBody) {
    let meta = Meta::decode(meta.clone()).unwrap();
    let body = MessageBody::decode(meta.payload.clone().unwrap()).unwrap();
    (meta, body)
}

/// The text of a message; `READ_ACK`, `RECALL` … for what is none; the name space of events.
pub(crate) fn told(meta: &Bytes) -> String {
    let envelope = Meta::decode(meta.clone()).unwrap();
    if envelope.ns() != NameSpace::Chat {
        return envelope.ns().as_str_name().to_owned();
    }
    let (_, body) = decode(meta);
    match body.contents.first() {
        Some(content) => content.text().to_owned(),
        None => body.r#type().as_str_name().to_owned(),
    }
}
