//! `/messages`: sending in the name of a user or of `admin`; `messageroaming`: history.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hongyan_messaging::messages::content::parse_body;
use hongyan_messaging::messages::{self, HistoryQuery, OutgoingMessage, Priority, TargetKind};
use hongyan_model::{Conversation, EntryKind, Feature, GroupId, MessageId, Refusal, UserId};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;
use crate::rates::Rate;

/// Sender of a message for which the caller names none.
pub(crate) const DEFAULT_SENDER: &str = "admin";
/// Messages on a page of history when the caller names no number.
const HISTORY_PAGE: u64 = 20;
/// Domain of a queue that is a group.
const GROUP_DOMAIN: &str = "conference.easemob.com";

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Messages, "Messages");
    routes
        .post("/messages/users", send_to_users)
        .ids(&["M1"])
        .access(Access::App)
        .keyed()
        .about(
            "Sends a message to users, in the name of a user or of `admin`",
            "以某用户或 `admin` 的名义向用户发送消息",
        )
        .body("MessageToSend")
        .answers("{data: {[key]: string}}");
    routes
        .post("/messages/chatgroups", send_to_groups)
        .ids(&["M2"])
        .access(Access::App)
        .keyed()
        .rate(Rate::each_second(20))
        .about("Sends a message to groups or threads", "向群组或子区发送消息")
        .body("MessageToSend")
        .answers("{data: {[key]: string}}");
    routes
        .post("/messages/chatrooms", send_to_rooms)
        .ids(&["M3"])
        .access(Access::App)
        .keyed()
        .about("Sends a message to rooms", "向聊天室发送消息")
        .body("MessageToSend")
        .answers("{data: {[key]: string}}");
    routes
        .post("/messages/chatgroups/users", send_to_some_of_group)
        .ids(&["M4"])
        .access(Access::App)
        .keyed()
        .about("Sends a message to some members of one group", "向一个群组的部分成员发送消息")
        .body("DirectedMessage")
        .answers("{data: {[key]: string}}");
    routes
        .post("/messages/chatrooms/users", send_to_some_of_room)
        .ids(&["M4"])
        .access(Access::App)
        .keyed()
        .about("Sends a message to some members of one room", "向一个聊天室的部分成员发送消息")
        .body("DirectedMessage")
        .answers("{data: {[key]: string}}");
    routes
        .post("/users/{user}/messageroaming", history)
        .area(Area::History)
        .access(Access::User)
        .about(
            "Reads a page of a conversation's history, whose messages are protobuf in base64",
            "分页查询会话的历史消息，消息为 base64 编码的 protobuf",
        )
        .body(
            "{queue: string, start?: string, pull_number?: int(1..50), is_positive?: bool, \
             msgType?: string, startTime?: int, endTime?: int, userId?: string}",
        )
        .answers(
            "{data: {msgs: {msg: string}[], next_key: string, is_last: bool, timestamp: int}}",
        );
    routes
}

async fn send_to_users(call: Call) -> Result<Answer, Failure> {
    send(call, TargetKind::Users).await
}

async fn send_to_groups(call: Call) -> Result<Answer, Failure> {
    send(call, TargetKind::Groups).await
}

async fn send_to_rooms(call: Call) -> Result<Answer, Failure> {
    send(call, TargetKind::Rooms { priority: Priority::default() }).await
}

async fn send(mut call: Call, kind: TargetKind) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let message = outgoing(&call.fields().await?, kind)?;
    call.admit_messages(rate(kind), message.to.len())?;
    let sent = messages::send_from_server(call.messaging(), &caller, message).await?;
    Ok(ids(sent))
}

async fn send_to_some_of_group(call: Call) -> Result<Answer, Failure> {
    send_to_some(call, TargetKind::Groups).await
}

async fn send_to_some_of_room(call: Call) -> Result<Answer, Failure> {
    send_to_some(call, TargetKind::Rooms { priority: Priority::default() }).await
}

/// To some members of a group or room.
async fn send_to_some(mut call: Call, kind: TargetKind) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let message = outgoing(&fields, kind)?;
    call.admit_messages(Feature::RestDirectedMessagesPerSecond, 1)?;
    let users = fields.texts("users")?.unwrap_or_default();
    let m = call.messaging();
    Ok(ids(messages::send_directed_from_server(m, &caller, message, &users).await?))
}

/// The limit that messages to such targets count for.
pub(crate) const fn rate(kind: TargetKind) -> Feature {
    match kind {
        TargetKind::Users => Feature::RestUserMessagesPerMinute,
        TargetKind::Groups => Feature::RestGroupMessagesPerSecond,
        TargetKind::Rooms { .. } => Feature::RestRoomMessagesPerSecond,
    }
}

/// The message's id by target.
pub(crate) fn ids(sent: Vec<(String, MessageId)>) -> Answer {
    let ids: Value = sent.into_iter().map(|(target, id)| (target, id.to_string())).collect();
    Envelope::data(ids).into()
}

fn outgoing(fields: &Fields, kind: TargetKind) -> Result<OutgoingMessage, Failure> {
    let from = match fields.value("from") {
        None => DEFAULT_SENDER.to_owned(),
        Some(_) => fields.required_text("from")?,
    };
    let to = fields.required_texts("to")?;
    if to.is_empty() {
        return Err(Refusal::Missing { name: "to" }.into());
    }
    let message_type = fields.required_text("type")?;
    let body = fields.value("body").ok_or(Refusal::Missing { name: "body" })?;
    let ext = ext(fields)?;
    let kind = match kind {
        TargetKind::Rooms { .. } => TargetKind::Rooms { priority: priority(fields)? },
        other => other,
    };
    Ok(OutgoingMessage {
        from,
        to,
        kind,
        content: parse_body(&message_type, body)?,
        ext,
        online_only: fields.text("routetype")?.as_deref() == Some("ROUTE_ONLINE"),
        sync_device: fields.flag("sync_device")?.unwrap_or(false),
        need_group_ack: fields.flag("need_group_ack")?.unwrap_or(false),
        unroamed: fields.texts("roam_ignore_users")?.unwrap_or_default(),
        size: size(body, fields),
    })
}

/// The caller's own fields.
pub(crate) fn ext(fields: &Fields) -> Result<Option<Map<String, Value>>, Refusal> {
    match fields.value("ext") {
        None => Ok(None),
        Some(Value::Object(ext)) => Ok(Some(ext.clone())),
        Some(_) => Err(Refusal::Invalid { name: "ext", why: "not an object".into() }),
    }
}

/// Size of a message's body and ext as they came, in bytes.
pub(crate) fn size(body: &Value, fields: &Fields) -> usize {
    body.to_string().len() + fields.value("ext").map_or(0, |ext| ext.to_string().len())
}

pub(crate) fn priority(fields: &Fields) -> Result<Priority, Refusal> {
    match fields.text("chatroom_msg_level")?.as_deref() {
        Some("high") => Ok(Priority::High),
        Some("normal") | None => Ok(Priority::Normal),
        Some("low") => Ok(Priority::Low),
        Some(other) => {
            let why = format!("unknown level {other:.20}");
            Err(Refusal::Invalid { name: "chatroom_msg_level", why })
        }
    }
}

async fn history(mut call: Call) -> Result<Answer, Failure> {
    let (caller, user) = call.caller_for_path_user()?;
    let query = history_query(&call.fields().await?, &user)?;
    let page = messages::history(call.messaging(), &caller, query).await?;
    let messages: Value =
        page.metas.iter().map(|meta| json!({ "msg": STANDARD.encode(meta) })).collect();
    let data = json!({
        "msgs": messages,
        "next_key": page.next_cursor.unwrap_or_default(),
        "is_last": page.is_last,
        "timestamp": call.messaging().clock().now(),
    });
    Ok(Envelope::data(data).action("get message roaming").into())
}

fn history_query(fields: &Fields, user: &UserId) -> Result<HistoryQuery, Refusal> {
    let queue = fields.required_text("queue")?;
    let (target, domain) = queue.rsplit_once('@').unwrap_or((&queue, ""));
    let conversation = if domain == GROUP_DOMAIN {
        Conversation::Group(GroupId::parse(target)?)
    } else {
        Conversation::single(user, &UserId::parse(target)?)
    };
    let cursor =
        fields.text("start")?.filter(|start| !matches!(start.as_str(), "" | "-1" | "undefined"));
    let limit = fields.number("pull_number")?.unwrap_or(HISTORY_PAGE);
    let sender = match fields.text("userId")?.filter(|sender| !sender.is_empty()) {
        Some(sender) => Some(UserId::parse(&sender)?),
        None => None,
    };
    Ok(HistoryQuery {
        conversation,
        cursor,
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        oldest_first: fields.flag("is_positive")?.unwrap_or(false),
        kinds: kinds(&fields.text("msgType")?.unwrap_or_default())?,
        from_time: time(fields, "startTime")?,
        to_time: time(fields, "endTime")?,
        sender,
    })
}

/// A moment; 0 and nothing mean no bound.
fn time(fields: &Fields, name: &'static str) -> Result<Option<i64>, Refusal> {
    let time = fields.number(name)?.filter(|time| *time > 0);
    Ok(time.map(|time| i64::try_from(time).unwrap_or(i64::MAX)))
}

/// The kinds in a comma list such as `txt,img`; none means all.
fn kinds(list: &str) -> Result<Vec<EntryKind>, Refusal> {
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let unknown = || format!("unknown type {word:.20}");
            kind(word).ok_or_else(|| Refusal::Invalid { name: "msgType", why: unknown() })
        })
        .collect()
}

/// The kind of message that the API calls so.
pub(crate) fn kind(name: &str) -> Option<EntryKind> {
    Some(match name {
        "txt" => EntryKind::Text,
        "img" => EntryKind::Image,
        "video" => EntryKind::Video,
        "loc" => EntryKind::Location,
        "audio" => EntryKind::Voice,
        "file" => EntryKind::File,
        "cmd" => EntryKind::Command,
        "custom" => EntryKind::Custom,
        "combine" => EntryKind::Combine,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(value: Value) -> Fields {
        Fields::new(value.as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn the_sdk_query_for_history_is_read() {
        let user = UserId::from_trusted("alice");
        let query = history_query(
            &fields(json!({
                "queue": "Bob@easemob.com", "start": -1, "pull_number": 20, "is_positive": false,
                "msgType": "", "end": -1, "startTime": null, "endTime": null, "userId": null
            })),
            &user,
        );
        let query = query.unwrap();
        assert_eq!(query.conversation.key().as_str(), "s:alice|bob");
        assert_eq!((query.cursor, query.limit, query.oldest_first), (None, 20, false));
        let group = history_query(
            &fields(json!({
                "queue": "42@conference.easemob.com", "start": "c1", "msgType": "txt,img", "userId": "Carl"
            })),
            &user,
        );
        let group = group.unwrap();
        assert_eq!(group.conversation.key().as_str(), "g:42");
        assert_eq!(group.cursor.as_deref(), Some("c1"));
        assert_eq!(group.kinds, [EntryKind::Text, EntryKind::Image]);
        assert_eq!(group.sender, Some(UserId::from_trusted("carl")));
    }

    #[test]
    fn what_a_message_lacks_is_named_in_the_documented_order() {
        let lacks = |value| match outgoing(&fields(value), TargetKind::Users) {
            Err(Failure::Refused(Refusal::Missing { name })) => name,
            _ => panic!("nothing is missing"),
        };
        assert_eq!(lacks(json!({"from": ""})), "from");
        assert_eq!(lacks(json!({})), "to");
        assert_eq!(lacks(json!({"to": []})), "to");
        assert_eq!(lacks(json!({"to": ["a"]})), "type");
        assert_eq!(lacks(json!({"to": ["a"], "type": "txt"})), "body");
        assert_eq!(lacks(json!({"to": ["a"], "type": "txt", "body": {}})), "msg");
    }
}
