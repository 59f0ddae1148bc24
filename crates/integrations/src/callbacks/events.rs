//! What is told of an entry of the log, and of what happens beside it (docs/callbacks.md, "Events").

use std::sync::Arc;

use hongyan_messaging::messages;
use hongyan_messaging::moderation::Record;
use hongyan_model::{
    App, AppId, Audience, Caller, ChatType, Conversation, EntryFlags, EntryKind, GroupEventFormat,
    GroupId, LogEntry, MessageId, ModeratedKind, PostRule, Result, Source, Timestamp, UserId,
    WordPolicy,
};
use hongyan_msync::Message;
use hongyan_msync::proto::meta::NameSpace;
use hongyan_msync::proto::{MessageBody, Meta, roster_body};
use hongyan_store::callbacks::{self as stored, NewDelivery};
use hongyan_store::connections::{ConnectionEvent, Operation};
use hongyan_store::pushes::PushResult;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::filter::{self, Facts};
use crate::Integrations;

/// The domain that addresses have in events, whatever the installation is called: receivers parse it.
pub(super) const USER_DOMAIN: &str = "easemob.com";
/// The domain of groups and rooms.
pub(super) const GROUP_DOMAIN: &str = "conference.easemob.com";

/// Something to be told to whoever wants it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// Such as `chat:txt`.
    pub(super) selector: String,
    /// What selects it, too.
    pub(super) also: Option<String>,
    /// What it stays in order with.
    pub(super) conversation: String,
    pub(super) call_id: String,
    pub(super) created: Timestamp,
    /// JSON but for the signature.
    pub(super) body: Value,
    pub(super) from: String,
    pub(super) peer: Option<String>,
    pub(super) group: Option<String>,
    /// Of a message: its sender's fields, and who sent it.
    pub(super) message: Option<(Map<String, Value>, Source)>,
    /// Told to rules with 离线消息 rather than to those with 聊天消息.
    pub(super) offline: bool,
    /// Only to rules that want this form.
    pub(super) format: Option<GroupEventFormat>,
}

impl Event {
    /// One that is no message and has no sides.
    pub(super) fn new(
        (selector, conversation): (impl Into<String>, impl Into<String>),
        (call_id, created): (String, Timestamp),
        from: &UserId,
        body: Value,
    ) -> Self {
        Self {
            selector: selector.into(),
            also: None,
            conversation: conversation.into(),
            call_id,
            created,
            body,
            from: from.to_string(),
            peer: None,
            group: None,
            message: None,
            offline: false,
            format: None,
        }
    }

    /// What became of a notice about a message of `from`.
    pub(super) fn of_push(
        (selector, from): (String, &str),
        (result, group): (&PushResult, Option<&str>),
        body: Value,
    ) -> Self {
        let id = body["callId"].as_str().unwrap_or_default().to_owned();
        let place = (selector, format!("p:{}", result.user));
        let event = Self::new(place, (id, result.time), &UserId::from_trusted(from), body);
        let peer = group.is_none().then(|| result.user.to_string());
        Self { peer, group: group.map(str::to_owned), ..event }
    }

    /// What is told of an entry of the log to `to`, beside what `body` says already.
    fn of_log(
        app: &App,
        entry: &LogEntry,
        selector: &str,
        to: &str,
        mut body: Value,
    ) -> Option<Self> {
        let chat = ChatType::of(&entry.entry.conversation)?;
        let (peer, group) = sides(chat, to);
        body["eventType"] = "chat".into();
        body["from"] = entry.entry.sender.as_str().into();
        body["to"] = to.into();
        if let Some(group) = &group {
            body["group_id"] = group.as_str().into();
        }
        let id = call_id(app, &entry.id.0.to_string());
        let place = (selector, entry.entry.conversation.as_str());
        let event = Self::new(place, (id, entry.timestamp), &entry.entry.sender, body);
        Some(Self { peer, group, ..event })
    }

    fn is_wanted(&self, rule: &PostRule) -> bool {
        let class = match (&self.message, self.offline) {
            (_, true) => rule.offline,
            (Some(_), false) => rule.sent,
            (None, false) => true,
        };
        // Whoever names an operation of the newer form wants it in that form.
        let is_named = self.also.as_deref().is_some_and(|also| rule.names(also));
        let form = self.format.is_none_or(|format| {
            let wanted = rule.group_event_format;
            is_named || wanted == format || wanted == GroupEventFormat::Both
        });
        let message = self.message.as_ref().map(|(ext, source)| (ext, *source));
        let facts = Facts {
            selector: &self.selector,
            also: self.also.as_deref(),
            from: &self.from,
            // Whom a message waits for is not whom it was sent to.
            peer: self.peer.as_deref(),
            group: self.group.as_deref(),
            message,
        };
        class && form && filter::matches(rule, facts)
    }
}

/// Queues events for the rules that want them, and wakes who delivers.
pub(crate) async fn queue(i: &Integrations, app: &App, events: Vec<Event>) -> Result<()> {
    let new = deliveries(i, app, &events);
    if new.is_empty() {
        return Ok(());
    }
    stored::enqueue(i.store(), app.id, &new).await?;
    wake(i, app, &new);
    Ok(())
}

/// Under which the node that delivers hears that something was queued.
const WAKE: &str = "callbacks";

/// Has deliveries go on when another node has queued something.
pub(crate) fn wake_with_others(i: &Integrations) {
    let weak = Arc::downgrade(&i.0);
    i.platform().router().on_signal(WAKE, move |key| {
        let Some(i) = weak.upgrade().map(Integrations) else { return };
        match key.and_then(|key| postcard::from_bytes::<(AppId, String)>(key).ok()) {
            Some((app, rule)) => i.wake(app, &rule).notify_one(),
            None => i.wake_all(),
        }
    });
}

pub(super) fn wake(i: &Integrations, app: &App, new: &[NewDelivery]) {
    for rule in &app.settings.callbacks {
        if new.iter().any(|one| one.rule == rule.id) {
            wake_rule(i, app.id, &rule.id);
        }
    }
}

/// Has deliveries of a rule go on, on whatever node.
pub(super) fn wake_rule(i: &Integrations, app: AppId, rule: &str) {
    i.wake(app, rule).notify_one();
    let router = i.platform().router();
    router.hint(WAKE, || postcard::to_stdvec(&(app, rule)).unwrap_or_default());
}

/// One delivery for each rule that wants an event.
pub(super) fn deliveries(i: &Integrations, app: &App, events: &[Event]) -> Vec<NewDelivery> {
    let mut new = Vec::new();
    for event in events {
        for rule in &app.settings.callbacks {
            let is_on = rule.enabled && event.created >= rule.since;
            if !is_on || !rule.post().is_some_and(|post| event.is_wanted(post)) {
                continue;
            }
            new.push(NewDelivery {
                rule: rule.id.clone(),
                id: i.0.ids.next(i.0.clock.now()).0,
                conversation: event.conversation.clone(),
                kind: event.selector.clone(),
                call_id: event.call_id.clone(),
                body: event.body.to_string(),
                created: event.created,
            });
        }
    }
    new
}

/// What an entry of the log tells, and whom a message waits for: `offline` are those of its receivers who were not
/// connected.
pub(super) fn of_entry(
    i: &Integrations,
    app: &App,
    entry: &LogEntry,
    offline: &[UserId],
) -> Vec<Event> {
    if entry.entry.flags.contains(EntryFlags::RECALLED) {
        return Vec::new();
    }
    let Ok(envelope) = Meta::decode(entry.entry.meta.clone()) else { return Vec::new() };
    match entry.entry.kind {
        EntryKind::Event => of_notification(i, app, entry, &envelope).into_iter().collect(),
        kind if kind.is_message() => of_message(i, app, entry, offline),
        _ => of_change(i, app, entry, &envelope).into_iter().collect(),
    }
}

/// `chat:txt`, `groupchat:img`, …
pub(super) fn message_selector(chat: ChatType, kind: EntryKind) -> String {
    format!("{}:{}", chat.word(), message_kind(kind))
}

fn message_kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Text => "txt",
        EntryKind::Image => "img",
        EntryKind::Voice => "audio",
        EntryKind::Video => "video",
        EntryKind::Location => "loc",
        EntryKind::File => "file",
        EntryKind::Command => "cmd",
        EntryKind::Custom => "custom",
        EntryKind::Combine => "combine",
        _ => "unknown",
    }
}

/// The newer name of a kind of message.
fn content_type(chat: ChatType, kind: EntryKind) -> String {
    let place = match chat {
        ChatType::Single => "user",
        ChatType::Group => "group",
        ChatType::Room => "room",
    };
    let kind = match kind {
        EntryKind::Text => "text",
        EntryKind::Image => "image",
        EntryKind::Voice => "voice",
        EntryKind::Location => "location",
        EntryKind::Video => "video",
        EntryKind::File => "file",
        EntryKind::Command => "command",
        EntryKind::Custom => "custom",
        EntryKind::Combine => "txt",
        _ => "unknown",
    };
    format!("chat:{place}:{kind}")
}

fn of_message(i: &Integrations, app: &App, entry: &LogEntry, offline: &[UserId]) -> Vec<Event> {
    let Some(chat) = ChatType::of(&entry.entry.conversation) else { return Vec::new() };
    let Some(mut message) = messages::to_json(entry) else { return Vec::new() };
    let payload = message["payload"].take();
    let ext = payload["ext"].as_object().cloned().unwrap_or_default();
    let to = payload["to"].as_str().unwrap_or_default().to_owned();
    let kind = entry.entry.kind;
    let mut body = envelope(i, app, (&entry.id.0.to_string(), entry.timestamp));
    body["chat_type"] = if chat == ChatType::Single { "chat" } else { "groupchat" }.into();
    if chat == ChatType::Room {
        body["is_chatroom"] = true.into();
    }
    body["payload"] = payload;
    body["content_type"] = content_type(chat, kind).into();
    let selector = message_selector(chat, kind);
    let Some(sent) = Event::of_log(app, entry, &selector, &to, body) else { return Vec::new() };
    let sent = Event { message: Some((ext, Source::of(&entry.entry))), ..sent };
    let waiting = offline.iter().map(|user| {
        let mut waiting = sent.clone();
        waiting.offline = true;
        // Receivers tell repetitions by it.
        waiting.call_id = call_id(app, &format!("{}_{user}", entry.id));
        waiting.body["callId"] = waiting.call_id.as_str().into();
        waiting.body["eventType"] = "chat_offline".into();
        waiting.body["to"] = user.as_str().into();
        waiting
    });
    let waiting: Vec<Event> = waiting.collect();
    [sent].into_iter().chain(waiting).collect()
}

/// A receipt, a recall or an edit.
fn of_change(i: &Integrations, app: &App, entry: &LogEntry, envelope: &Meta) -> Option<Event> {
    // A recall that was sent again, a receipt that nobody is to see.
    if matches!(&entry.entry.audience, Audience::Only(users) if users.is_empty()) {
        return None;
    }
    let chat = ChatType::of(&entry.entry.conversation)?;
    let body = MessageBody::decode(envelope.payload.clone()?).ok()?;
    let to = envelope.to.as_ref().and_then(|to| to.name.clone()).unwrap_or_default();
    let id = entry.id.0.to_string();
    let ack = body.ack_message_id.map(|id| id.to_string()).unwrap_or_default();
    let mut told = self::envelope(i, app, (&id, entry.timestamp));
    let acked = json!({ "ext": {}, "ack_message_id": ack, "bodies": [] });
    let selector = match entry.entry.kind {
        EntryKind::Recall => {
            let recalled = entry.entry.recalls.map(|id| id.0.to_string()).unwrap_or(ack);
            told["chat_type"] = "recall".into();
            told["recall_id"] = recalled.as_str().into();
            told["payload"] = json!({ "ext": {}, "ack_message_id": recalled, "bodies": [] });
            "recall"
        }
        EntryKind::Edit => {
            let edited = body.edit_message_id.map(|id| id.to_string());
            let meta = body.meta.as_deref().and_then(|meta| serde_json::from_str(meta).ok());
            told["chat_type"] = "edit".into();
            told["payload"] = json!({
                "type": "edit",
                "edit_message_id": edited.unwrap_or_default(),
                "bodies": messages::bodies(&body),
                "ext": messages::ext(&body),
                "from": entry.entry.sender.as_str(),
                "to": to,
                "meta": meta.unwrap_or_else(|| json!({})),
            });
            "edit"
        }
        EntryKind::ReadAck if chat == ChatType::Single => {
            told["chat_type"] = "read_ack".into();
            told["payload"] = acked;
            "read_ack"
        }
        EntryKind::ReadAck => {
            told["chat_type"] = "read_ack".into();
            told["content_type"] = "chat:ack:read".into();
            told["channel_channel"] = group_address(app, &to).into();
            told["channel_user"] = entry.entry.sender.as_str().into();
            told["payload"] = json!({
                "ext": {}, "ack_message_id": ack, "bodies": [], "type": "read_ack",
                "msg_config": { "allow_group_ack": true },
            });
            "group_read_ack"
        }
        EntryKind::ChannelAck => {
            told["chat_type"] = "channel_ack".into();
            told["payload"] = json!({ "ack_message_id": ack, "type": "channel_ack" });
            "channel_ack"
        }
        EntryKind::DeliverAck => {
            told["chat_type"] = "delivery_ack".into();
            told["payload"] = acked;
            "delivery_ack"
        }
        _ => return None,
    };
    Event::of_log(app, entry, selector, &to, told)
}

/// Reactions and threads, which are told to all who take part.
fn of_notification(
    i: &Integrations,
    app: &App,
    entry: &LogEntry,
    envelope: &Meta,
) -> Option<Event> {
    let conversation = entry.entry.conversation.conversation()?;
    let is_told =
        envelope.ns() == NameSpace::Notify && !matches!(conversation, Conversation::System(_));
    let mut payload: Value = serde_json::from_slice(&envelope.payload.clone()?).ok()?;
    let chat = ChatType::of(&entry.entry.conversation)?;
    // Of a one-to-one conversation each side has an entry of its own.
    let is_others = matches!(
        &entry.entry.audience, Audience::Only(users) if !users.contains(&entry.entry.sender)
    );
    match payload["type"].as_str() {
        Some("thread") if is_told => {}
        Some("reaction") if is_told && !is_others => complete_reaction(&mut payload),
        _ => return None,
    }
    let to = envelope.to.as_ref().and_then(|to| to.name.clone()).unwrap_or_default();
    let id = entry.id.0.to_string();
    let mut told = self::envelope(i, app, (&id, entry.timestamp));
    told["chat_type"] = "notify".into();
    told["payload"] = payload;
    // As documented: whoever wants the texts of a kind of chat gets them, too.
    Event::of_log(app, entry, &message_selector(chat, EntryKind::Text), &to, told)
}

/// What clients are not told, or not in this place; what only one side may see is left out.
fn complete_reaction(payload: &mut Value) {
    let Some(data) = payload["data"].as_array_mut() else { return };
    let mut operations = 0;
    for reaction in data.iter_mut().filter_map(|one| one["reactions"].as_array_mut()).flatten() {
        operations += reaction["op"].as_array().map_or(0, Vec::len);
        if let Some(reaction) = reaction.as_object_mut() {
            reaction.remove("state");
        }
    }
    let channel = data.first().map(|one| one["channel_type"].clone()).unwrap_or_default();
    payload["channel_type"] = channel;
    payload["num"] = operations.into();
}

/// What selects what is told of threads: as documented, whoever wants texts of groups gets it, too.
pub(super) fn thread_selector() -> String {
    message_selector(ChatType::Group, EntryKind::Text)
}

/// What is told of a thread after something was said in it: `update` to the members of `group`.
pub(super) fn of_thread_update(
    i: &Integrations,
    app: &App,
    entry: &LogEntry,
    (group, update): (&GroupId, Value),
) -> Option<Event> {
    let mut told = envelope(i, app, (&entry.id.to_string(), entry.timestamp));
    told["chat_type"] = "notify".into();
    told["payload"] = update;
    let selector = thread_selector();
    let mut event = Event::of_log(app, entry, &selector, group.as_str(), told)?;
    // The message itself has the other one.
    event.call_id = call_id(app, &format!("{}_thread", entry.id));
    event.body["callId"] = event.call_id.as_str().into();
    Some(event)
}

/// What is told of somebody who joined or left a thread.
pub(crate) fn of_thread(
    i: &Integrations,
    app: &App,
    caller: &Caller,
    group: &GroupId,
    notification: &Value,
) -> Event {
    let actor = caller.user().cloned().unwrap_or_else(UserId::admin);
    let (now, uuid) = (i.0.clock.now(), Uuid::new_v4().to_string());
    let mut body = envelope(i, app, (&uuid, now));
    body["eventType"] = "chat".into();
    body["chat_type"] = "notify".into();
    body["msg_id"] = i.0.ids.next(now).0.to_string().into();
    body["from"] = actor.as_str().into();
    body["to"] = group.as_str().into();
    body["group_id"] = group.as_str().into();
    body["payload"] = notification.clone();
    let selector = thread_selector();
    let place = (selector, Conversation::Group(group.clone()).key().as_str().to_owned());
    let event = Event::new(place, (call_id(app, &uuid), now), &actor, body);
    Event { group: Some(group.to_string()), ..event }
}

/// What is told of an operation on contacts.
pub(crate) fn of_roster(
    i: &Integrations,
    app: &App,
    (from, to): (&UserId, &UserId),
    operation: roster_body::Operation,
    reason: Option<&str>,
) -> Event {
    let now = i.0.clock.now();
    let uuid = Uuid::new_v4().to_string();
    let operation = operation.as_str_name().to_lowercase();
    let mut body = envelope(i, app, (&uuid, now));
    body["eventType"] = "chat".into();
    body["chat_type"] = "roster".into();
    body["from"] = from.as_str().into();
    body["to"] = to.as_str().into();
    body["msg_id"] = i.0.ids.next(now).0.to_string().into();
    let mut payload = json!({ "operation": operation, "reason": reason.unwrap_or_default() });
    match operation.as_str() {
        "add" => {}
        "ban" | "allow" => payload["status"] = json!({ "error_code": "ok" }),
        _ => payload["roster_ver"] = now.to_string().into(),
    }
    body["payload"] = payload;
    let conversation = Conversation::single(from, to).key().as_str().to_owned();
    let place = (format!("roster:{operation}"), conversation);
    let event = Event::new(place, (call_id(app, &uuid), now), from, body);
    Event { peer: Some(to.to_string()), ..event }
}

/// What is told of a device that came or went; nothing where a newer connection of it has taken over.
pub(crate) fn of_connection(i: &Integrations, app: &App, event: &ConnectionEvent) -> Option<Event> {
    let (reason, status) = match event.operation {
        Operation::Login => ("login", "online"),
        Operation::Kick => ("replaced", "offline"),
        Operation::Logout | Operation::Closed if event.online => return None,
        Operation::Logout | Operation::Closed => ("logout", "offline"),
    };
    let uuid = Uuid::new_v4().to_string();
    let mut body = envelope(i, app, (&uuid, event.time));
    body["reason"] = reason.into();
    body["status"] = status.into();
    body["user"] = format!("{}/{}", user_address(app, event.user.as_str()), event.device).into();
    body["os"] = event.device.platform().into();
    body["ip"] = event.address.map(|address| address.to_string()).unwrap_or_default().into();
    body["version"] = event.version.as_str().into();
    let place = (format!("userStatus:{reason}"), format!("u:{}", event.user));
    Some(Event::new(place, (call_id(app, &uuid), event.time), &event.user, body))
}

/// What is told of a message that held sensitive words.
pub(crate) fn of_words(
    i: &Integrations,
    app: &App,
    (sender, to, chat): (&UserId, &str, ChatType),
    words: &[String],
    policy: WordPolicy,
    id: MessageId,
) -> Event {
    let now = i.0.clock.now();
    let uuid = Uuid::new_v4().to_string();
    let (reason, status) = match policy {
        WordPolicy::Block => ("intercepted", "refuse"),
        WordPolicy::Replace => ("replaced", "replace"),
        WordPolicy::Record => ("through", "pass"),
    };
    let receiver = match chat {
        ChatType::Single => user_address(app, to),
        ChatType::Group | ChatType::Room => group_address(app, to),
    };
    let mut body = envelope(i, app, (&uuid, now));
    body["eventType"] = "keyword_alert".into();
    body["alertReason"] = reason.into();
    body["status"] = status.into();
    body["sensitiveWords"] = words.to_vec().into();
    body["contentOwner"] = user_address(app, sender.as_str()).into();
    body["contentReceiver"] = receiver.into();
    body["contentUri"] = format!("msync:{id}").into();
    body["contentType"] = "message".into();
    body["chatType"] = content_type(chat, EntryKind::Text).into();
    let (peer, group) = sides(chat, to);
    let place = (format!("sensitiveWords:{reason}"), format!("w:{sender}"));
    let event = Event::new(place, (call_id(app, &uuid), now), sender, body);
    Event { peer, group, ..event }
}

/// What is told of a message that was examined.
pub(crate) fn of_moderation(i: &Integrations, app: &App, record: &Record) -> Event {
    let now = i.0.clock.now();
    let uuid = Uuid::new_v4().to_string();
    let mut body = envelope(i, app, (&uuid, now));
    body["eventType"] = "moderation".into();
    body["moderationResult"] = record.act.word().into();
    body["providerResult"] = record.outcome.word().into();
    body["messageType"] = record.kind.word().into();
    let id = record.message.map_or(record.id, |message| message.0);
    body["messageId"] = id.to_string().into();
    body["targetType"] = record.chat.word().into();
    body["from"] = record.sender.as_str().into();
    body["to"] = record.target.as_str().into();
    let field = if record.kind == ModeratedKind::Text { "msg" } else { "url" };
    body[field] = record.content.as_str().into();
    body["source"] = json!({
        "rule": record.rule, "riskType": record.risk, "riskDetail": record.detail,
    });
    let (peer, group) = sides(record.chat, &record.target);
    let place = ("moderation".to_owned(), format!("w:{}", record.sender));
    let event = Event::new(place, (call_id(app, &uuid), now), &record.sender, body);
    Event { peer, group, ..event }
}

/// Peer and group of a conversation with `to`.
fn sides(chat: ChatType, to: &str) -> (Option<String>, Option<String>) {
    match chat {
        ChatType::Single => (Some(to.to_owned()), None),
        ChatType::Group | ChatType::Room => (None, Some(to.to_owned())),
    }
}

/// What every event has; `msg_id` where the name is a message's.
pub(super) fn envelope(i: &Integrations, app: &App, (name, time): (&str, Timestamp)) -> Value {
    let mut body = json!({
        "callId": call_id(app, name),
        "timestamp": time,
        "securityVersion": "1.0.0",
        "appkey": app.key(),
        "host": i.0.host,
    });
    if name.bytes().all(|b| b.is_ascii_digit()) {
        body["msg_id"] = name.into();
    }
    body
}

/// `org#app_…`.
pub(super) fn call_id(app: &App, name: &str) -> String {
    format!("{}_{name}", app.key())
}

pub(super) fn user_address(app: &App, user: &str) -> String {
    format!("{}_{user}@{USER_DOMAIN}", app.key())
}

pub(super) fn group_address(app: &App, group: &str) -> String {
    format!("{}_{group}@{GROUP_DOMAIN}", app.key())
}
