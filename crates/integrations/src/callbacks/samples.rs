//! Events that a test sends: made as real ones are, of things that did not happen.

use std::slice;
use std::sync::Arc;

use hongyan_messaging::files::StoredFile;
use hongyan_messaging::messages::content;
use hongyan_messaging::moderation::Record;
use hongyan_messaging::muc::{Info, InfoOf, Joining, Leaving, MucList, MucOperation, SharedFile};
use hongyan_model::{
    Actor, App, Audience, Caller, ChatType, Conversation, DeviceId, EntryFlags, EntryKind, FileId,
    Group, GroupEventFormat, GroupId, LogEntry, ModeratedKind, ModerationAct, Muc, NewEntry,
    Origin, Outcome, PostRule, Refusal, RoomId, Timestamp, UserId, WordPolicy,
};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::meta::NameSpace;
use hongyan_msync::proto::{Jid, MessageBody, Meta, roster_body};
use hongyan_msync::{Message, meta};
use hongyan_store::connections::{ConnectionEvent, Operation};
use hongyan_store::pushes::{PushResult, PushStatus};
use serde_json::{Value, json};

use super::events::{self, Event};
use super::group_events::{self, NEWER};
use super::push_events;
use crate::Integrations;
use crate::push::Told;

/// Who does something in a sample, and to whom, or where.
const SENDER: &str = "test";
const OTHER: &str = "test2";
const MUC: &str = "1";
const TEXT: &str = "This is a test of the callback rule.";
const FILE: &str = "00000000-0000-4000-8000-000000000000";

/// A sample of what `selector` names, as the rule would be told of it; of a family some member.
pub(super) fn event(
    i: &Integrations,
    app: &App,
    rule: &PostRule,
    selector: &str,
) -> Result<Event, Refusal> {
    let (family, member) = selector.split_once(':').unwrap_or((selector, ""));
    let now = i.0.clock.now();
    let (sender, other) = (user(SENDER), user(OTHER));
    let sample = match family {
        "*" => of_entry(i, app, ChatType::Single, message_body("txt")),
        "chat" => of_entry(i, app, ChatType::Single, message_body(member)),
        "groupchat" => of_entry(i, app, ChatType::Group, message_body(member)),
        "chatroom" => of_entry(i, app, ChatType::Room, message_body(member)),
        "recall" => of_entry(i, app, ChatType::Single, change(EntryKind::Recall)),
        "edit" => of_entry(i, app, ChatType::Single, edit(now)),
        "read_ack" => of_entry(i, app, ChatType::Single, change(EntryKind::ReadAck)),
        "group_read_ack" => of_entry(i, app, ChatType::Group, change(EntryKind::ReadAck)),
        "channel_ack" => of_entry(i, app, ChatType::Single, change(EntryKind::ChannelAck)),
        "delivery_ack" => of_entry(i, app, ChatType::Single, change(EntryKind::DeliverAck)),
        "muc" | NEWER => of_muc(i, app, rule, (family, member)),
        "roster" => {
            let member = if member.is_empty() { "add" } else { member };
            let operation = roster_body::Operation::from_str_name(&member.to_uppercase());
            operation
                .map(|operation| events::of_roster(i, app, (&sender, &other), operation, Some("")))
        }
        "userStatus" => {
            let operation = match member {
                "replaced" => Operation::Kick,
                "logout" => Operation::Logout,
                _ => Operation::Login,
            };
            events::of_connection(i, app, &connection(i, app, operation))
        }
        "sensitiveWords" => {
            let policy = match member {
                "replaced" => WordPolicy::Replace,
                "through" => WordPolicy::Record,
                _ => WordPolicy::Block,
            };
            let (words, id) = (["test".to_owned()], i.0.ids.next(now));
            let place = (&sender, OTHER, ChatType::Single);
            Some(events::of_words(i, app, place, &words, policy, id))
        }
        "moderation" => Some(events::of_moderation(i, app, &record(i, now))),
        "push" => {
            let status = match member {
                "fail" => PushStatus::Failure,
                "error" => PushStatus::Unknown,
                _ => PushStatus::Success,
            };
            Some(push_events::of_push(app, &pushed(i, status)))
        }
        _ => None,
    };
    sample.ok_or_else(|| {
        let why = format!("there is no event {selector:.64}, or not in the form of the rule");
        Refusal::Invalid { name: "event", why }
    })
}

/// A text as stored messages are shown.
pub(super) fn message(from: &str, to: &str, kind: &str) -> Value {
    json!({
        "type": kind,
        "from": from,
        "to": to,
        "ext": {},
        "bodies": [{ "type": "txt", "msg": TEXT }],
    })
}

fn user(id: &str) -> UserId {
    UserId::from_trusted(id)
}

/// What a message of this kind says.
fn message_body(kind: &str) -> (EntryKind, MessageBody) {
    let file = json!({
        "url": format!("https://example.com/chatfiles/{FILE}"),
        "filename": "test", "secret": "test", "file_length": 1024,
    });
    let with = |more: Value| {
        let fields = file.as_object().into_iter().chain(more.as_object()).flatten();
        fields.map(|(key, value)| (key.clone(), value.clone())).collect::<Value>()
    };
    let size = json!({ "width": 640.0, "height": 480.0 });
    let (kind, body) = match kind {
        "img" => ("img", with(json!({ "size": size }))),
        "audio" => ("audio", with(json!({ "length": 10 }))),
        "video" => {
            let thumb = "https://example.com/chatfiles/thumb";
            ("video", with(json!({ "length": 10, "thumb": thumb, "thumb_secret": "test" })))
        }
        "file" => ("file", file.clone()),
        "loc" => ("loc", json!({ "lat": 39.9, "lng": 116.4, "addr": "test" })),
        "cmd" => ("cmd", json!({ "action": "test" })),
        "custom" => ("custom", json!({ "customEvent": "test", "customExts": { "key": "value" } })),
        "combine" => return combined(),
        _ => ("txt", json!({ "msg": TEXT })),
    };
    match content::parse_body(kind, &body) {
        Ok(content) => content::to_message_body(&content, None),
        Err(_) => (EntryKind::Text, MessageBody::default()),
    }
}

/// Messages that were forwarded together: a text with a file.
fn combined() -> (EntryKind, MessageBody) {
    let (_, mut body) = message_body("file");
    for content in &mut body.contents {
        content.r#type = Some(hongyan_msync::proto::content::Type::Combine as i32);
        content.text = Some(TEXT.to_owned());
        content.title = Some("test".to_owned());
        content.summary = Some("test".to_owned());
        content.combine_level = Some(1);
    }
    (EntryKind::Combine, body)
}

/// A receipt or a recall.
fn change(kind: EntryKind) -> (EntryKind, MessageBody) {
    (kind, MessageBody { ack_message_id: Some(1), ..MessageBody::default() })
}

fn edit(now: Timestamp) -> (EntryKind, MessageBody) {
    let edited = json!({
        "count": 1, "edit_time": now, "operator": SENDER, "send_time": now, "sender": SENDER,
    });
    let (_, body) = message_body("txt");
    let meta = Some(json!({ "edit_msg": edited }).to_string());
    (EntryKind::Edit, MessageBody { edit_message_id: Some(1), meta, ..body })
}

/// What is told of an entry of the log that says this.
fn of_entry(
    i: &Integrations,
    app: &App,
    chat: ChatType,
    (kind, body): (EntryKind, MessageBody),
) -> Option<Event> {
    let sender = user(SENDER);
    let (conversation, to, body_type) = match chat {
        ChatType::Single => (Conversation::single(&sender, &user(OTHER)), OTHER, BodyType::Chat),
        ChatType::Group => {
            (Conversation::Group(GroupId::from_trusted(MUC)), MUC, BodyType::Groupchat)
        }
        ChatType::Room => (Conversation::Room(RoomId::from_trusted(MUC)), MUC, BodyType::Chatroom),
    };
    let name = |name: &str| Some(Jid { name: Some(name.to_owned()), ..Jid::default() });
    let body =
        MessageBody { r#type: Some(body_type as i32), from: name(SENDER), to: name(to), ..body };
    let envelope = Meta {
        from: name(SENDER),
        to: name(to),
        ns: Some(NameSpace::Chat as i32),
        payload: Some(body.encode_to_vec().into()),
        ..Meta::default()
    };
    let now = i.0.clock.now();
    let entry = NewEntry {
        app: app.id,
        conversation: conversation.key(),
        kind,
        flags: EntryFlags::default(),
        sender,
        device: None,
        client_id: None,
        audience: Audience::All,
        meta: meta::to_stored(envelope),
        recalls: None,
        edits: None,
        reads: None,
        unroamed: Vec::new(),
    };
    let entry = LogEntry { id: i.0.ids.next(now), seq: 1, timestamp: now, imported: None, entry };
    events::of_entry(i, app, &entry, &[]).into_iter().next()
}

/// What the rule is told of an operation on a group, of several the one that was asked for.
fn of_muc(
    i: &Integrations,
    app: &App,
    rule: &PostRule,
    (family, member): (&str, &str),
) -> Option<Event> {
    let (sender, other) = (user(SENDER), user(OTHER));
    let group = group(i.0.clock.now());
    let file = file(i.0.clock.now());
    let caller = Caller {
        app: Arc::new(app.clone()),
        actor: Actor::User(sender.clone()),
        origin: Origin::Gateway,
        device: Some(DeviceId::from_trusted("webim_test")),
        client: None,
    };
    let others = slice::from_ref(&other);
    let members = [sender.clone(), other.clone()];
    let info = Info { of: InfoOf::Group(&group), all_muted: false };
    let joined = |how| MucOperation::Joined { users: others, how, count: 2 };
    let left = |how| MucOperation::Left { users: others, how, count: 1 };
    let listed = |list, on: bool| {
        let until = on.then(|| group.created.saturating_add(3_600_000));
        MucOperation::Listed { list, until, users: others }
    };
    let operations = [
        MucOperation::Created { info, members: &members },
        joined(Joining::Direct),
        joined(Joining::Invitation(Some(&sender))),
        joined(Joining::Application),
        left(Leaving::Quit),
        left(Leaving::Kick),
        left(Leaving::Block),
        left(Leaving::Deletion),
        MucOperation::Updated(info),
        MucOperation::Disabled(true),
        MucOperation::Announced("test"),
        MucOperation::Announced(""),
        MucOperation::Transferred { former: &sender, new: &other },
        MucOperation::Applied { reason: "test", recipients: others },
        MucOperation::ApplicationDeclined { user: &other, reason: "test" },
        MucOperation::Invited(others),
        MucOperation::InvitationDeclined { inviter: Some(&other) },
        listed(MucList::Admins, true),
        listed(MucList::Admins, false),
        listed(MucList::Blocked, true),
        listed(MucList::Blocked, false),
        listed(MucList::Muted, true),
        listed(MucList::Muted, false),
        listed(MucList::Allowed, true),
        listed(MucList::Allowed, false),
        MucOperation::AllMuted(true),
        MucOperation::AllMuted(false),
        MucOperation::Shielded(true),
        MucOperation::Shielded(false),
        MucOperation::FileShared(&file),
        MucOperation::FileRemoved(&file),
        MucOperation::Destroyed,
    ];
    let muc = Muc::Group(group.id.clone());
    let told = operations
        .into_iter()
        .flat_map(|what| group_events::of_muc(i, app, &caller, &muc, what))
        .chain([group_events::of_super_admin(i, app, &caller, &other, true)]);
    let wanted = match (family, rule.group_event_format) {
        ("muc", GroupEventFormat::Muc | GroupEventFormat::Both) => GroupEventFormat::Muc,
        _ => GroupEventFormat::GroupOpEvent,
    };
    let mut told = told.filter(|event| event.format == Some(wanted));
    if member.is_empty() {
        return told.next();
    }
    let selector = format!("{family}:{member}");
    told.find(|event| event.selector == selector || event.also.as_ref() == Some(&selector))
}

fn group(now: Timestamp) -> Group {
    Group {
        id: GroupId::from_trusted(MUC),
        name: "test".to_owned(),
        description: "test".to_owned(),
        avatar: String::new(),
        custom: String::new(),
        owner: user(SENDER),
        public: true,
        members_only: true,
        allow_invites: false,
        invite_need_confirm: false,
        disabled: false,
        max_users: 200,
        member_count: 2,
        created: now,
        modified: now,
    }
}

fn file(now: Timestamp) -> SharedFile {
    let file = StoredFile {
        id: FileId::from_trusted(FILE),
        secret: "test".to_owned(),
        name: "test".to_owned(),
        content_type: "text/plain".to_owned(),
        size: 1024,
        restrict: false,
        created: now,
    };
    SharedFile { file, owner: user(SENDER) }
}

fn connection(i: &Integrations, app: &App, operation: Operation) -> ConnectionEvent {
    let now = i.0.clock.now();
    ConnectionEvent {
        id: i.0.ids.next(now),
        app: app.id,
        user: user(SENDER),
        time: now,
        version: "4.21.1".to_owned(),
        device: DeviceId::from_trusted("webim_test"),
        address: Some([203, 0, 113, 1].into()),
        operation,
        online: operation == Operation::Login,
    }
}

fn record(i: &Integrations, now: Timestamp) -> Record {
    Record {
        id: i.0.ids.next(now).0,
        time: now,
        sender: user(SENDER),
        target: OTHER.to_owned(),
        chat: ChatType::Single,
        kind: ModeratedKind::Text,
        content: TEXT.to_owned(),
        rule: "test".to_owned(),
        outcome: Outcome::Reject,
        act: ModerationAct::Block,
        risk: "test".to_owned(),
        detail: "test".to_owned(),
        message: None,
        is_trial: true,
        review: 0,
    }
}

fn pushed(i: &Integrations, status: PushStatus) -> Told {
    let now = i.0.clock.now();
    let reason = match status {
        PushStatus::Success => "",
        PushStatus::Failure => "push yet but fail",
        PushStatus::Unknown => "interrupted while being sent",
    };
    let result = PushResult {
        message: i.0.ids.next(now),
        user: user(OTHER),
        device: "android_test".to_owned(),
        notifier: "test".to_owned(),
        channel: "HUAWEI".to_owned(),
        status,
        reason: reason.to_owned(),
        answer: "test".to_owned(),
        time: now,
    };
    let token = Some("test".to_owned());
    Told { result, token, from: SENDER.to_owned(), group: None, payload: None }
}
