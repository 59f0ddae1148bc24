//! What the customer's server sends.

use std::collections::HashSet;
use std::sync::Arc;

use hongyan_model::{
    App, Audience, Caller, ChatType, Conversation, EntryFlags, Feature, GroupId, MessageId,
    NewEntry, Refusal, Result, Role, RoomId, Thread, ThreadId, UserId, limits,
};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::meta::{NameSpace, RouteType};
use hongyan_msync::proto::{KeyValue, MessageBody, MessageConfig, Meta};
use hongyan_msync::{Message, meta};
use hongyan_platform::allowlist;

use super::content::{self, Content};
use super::screening::{self, Candidate, Untold};
use super::{Priority, jid, receipts, thread_mark};
use crate::users::require_app;
use crate::{Messaging, groups, moderation, mutes, rooms, threads};

/// Whom a message of the customer's server addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TargetKind {
    /// Users.
    Users,
    /// Groups, or threads of groups.
    Groups,
    /// Chat rooms.
    Rooms {
        /// What they are told of its importance.
        priority: Priority,
    },
}

/// A message of the customer's server.
#[derive(Clone, Debug)]
pub struct OutgoingMessage {
    /// In whose name; need not exist.
    pub from: String,
    /// Receivers: ids of users, groups or chat rooms.
    pub to: Vec<String>,
    /// What `to` holds.
    pub kind: TargetKind,
    /// What it says.
    pub content: Content,
    /// The caller's own fields.
    pub ext: Option<serde_json::Map<String, serde_json::Value>>,
    /// Only for receivers who are online now.
    pub online_only: bool,
    /// Whether the devices of `from` get it too (groups: always; chat rooms: never).
    pub sync_device: bool,
    /// Whether group members are asked for read receipts.
    pub need_group_ack: bool,
    /// Users whose history does not show it.
    pub unroamed: Vec<String>,
    /// Size of body and ext as they came, in bytes.
    pub size: usize,
}

/// What a customer's server says at once has a size: body and ext of a message, of an edit, of what goes with a recall.
pub(crate) fn require_size(app: &App, bytes: usize) -> Result<(), Refusal> {
    match bytes > app.most(Feature::RestMessageBytesMax) {
        true => Err(Refusal::MessageTooLarge),
        false => Ok(()),
    }
}

/// Sends to every target once, however often it is named; each message is durable when this returns. Users are not checked to
/// exist (one who registers later does not get the message); groups and chat rooms are.
pub async fn send_from_server(
    m: &Messaging,
    caller: &Caller,
    message: OutgoingMessage,
) -> Result<Vec<(String, MessageId)>> {
    send(m, caller, message, None).await
}

/// [`send_from_server`] to some members of one group or chat room. Who of them is no member does not get it; the
/// devices of `from` do in a group.
pub async fn send_directed_from_server(
    m: &Messaging,
    caller: &Caller,
    message: OutgoingMessage,
    users: &[String],
) -> Result<Vec<(String, MessageId)>> {
    require_app(caller)?;
    if message.to.len() > 1 {
        return Err(Refusal::TooMany { name: "to", limit: 1 }.into());
    }
    let limit = caller.app.most(Feature::DirectedUsersMax);
    match users.len() {
        0 => return Err(Refusal::Missing { name: "users" }.into()),
        given if given > limit => return Err(Refusal::TooMany { name: "users", limit }.into()),
        _ => {}
    }
    let mut only = Vec::with_capacity(users.len() + 1);
    for user in users {
        only.push(UserId::parse(user)?);
    }
    if message.kind == TargetKind::Groups {
        only.push(UserId::parse(&message.from)?);
    }
    send(m, caller, message, Some(only)).await
}

async fn send(
    m: &Messaging,
    caller: &Caller,
    message: OutgoingMessage,
    only: Option<Vec<UserId>>,
) -> Result<Vec<(String, MessageId)>> {
    require_app(caller)?;
    allowlist::admit(caller, m.clock().now())?;
    let limit = caller.app.most(match message.kind {
        TargetKind::Users => Feature::RestUsersMax,
        TargetKind::Groups => Feature::RestGroupsMax,
        TargetKind::Rooms { .. } => Feature::RestRoomsMax,
    });
    if message.to.len() > limit {
        return Err(Refusal::TooMany { name: "to", limit }.into());
    }
    let unroamed = unroamed(&message)?;
    require_size(&caller.app, message.size)?;
    let sender = UserId::parse(&message.from)?;
    mutes::admit_sender_of_server(m, &caller.app, &sender, message.kind.into()).await?;
    let (kind, mut body) = content::to_message_body(&message.content, message.ext.as_ref());
    let chat = match message.kind {
        TargetKind::Users => ChatType::Single,
        TargetKind::Groups => ChatType::Group,
        TargetKind::Rooms { .. } => ChatType::Room,
    };
    let to = message.to.first().map(String::as_str).unwrap_or_default();
    let app = &caller.app;
    let candidate = Candidate { app, sender: &sender, to, chat, kind, edits: None, body: &body };
    let (screened, found) = screening::of_server_later(m, candidate).await?;
    let mut untold = Untold::new(m, &caller.app, (&sender, to, chat), found);
    if let Some(screened) = screened {
        body = screened;
    }
    let is_examined = app.settings.moderation.rest;

    let mut receivers = HashSet::with_capacity(message.to.len());
    let mut entries = Vec::with_capacity(message.to.len());
    for name in &message.to {
        let mut thread = None;
        let online_only = message.online_only.then_some(EntryFlags::ONLINE_ONLY);
        let mut flags = online_only.unwrap_or_default();
        let (to, conversation, body_type, audience) = match message.kind {
            TargetKind::Users => {
                let user = UserId::parse(name)?;
                let audience = match message.sync_device {
                    true => Audience::All,
                    false => Audience::Only(vec![user.clone()]),
                };
                let conversation = Conversation::single(&sender, &user);
                (jid::user(&caller.app, &user, None), conversation, BodyType::Chat, audience)
            }
            TargetKind::Groups => {
                let group = GroupId::parse(name)?;
                let membership = groups::membership(m, caller.app.id, &group, &sender).await?;
                if membership == groups::Membership::NoGroup {
                    thread = Some(thread_named(m, caller, name).await?);
                }
                let parent = thread.as_ref().map_or(&group, |thread| &thread.group);
                groups::require_enabled(m, caller.app.id, parent).await?;
                let jid = jid::group(&caller.app, &group);
                let conversation = match &thread {
                    Some(thread) => Conversation::Thread(thread.id.clone()),
                    None => Conversation::Group(group),
                };
                (jid, conversation, BodyType::Groupchat, Audience::All)
            }
            TargetKind::Rooms { priority } => {
                let room = RoomId::parse(name)?;
                let role = match rooms::membership(m, caller.app.id, &room, &sender).await? {
                    rooms::Membership::NoRoom => {
                        return Err(Refusal::RoomNotFound { room: name.clone() }.into());
                    }
                    rooms::Membership::NotMember => Role::Member,
                    rooms::Membership::Member { role } => role,
                };
                let kept = rooms::keeps_back(m, caller, &room, (&sender, role), priority).await?;
                flags = flags.with(kept);
                let audience = Audience::Except(vec![sender.clone()]);
                let jid = jid::room(&caller.app, &room);
                (jid, Conversation::Room(room), BodyType::Chatroom, audience)
            }
        };
        let asks = match (&conversation, message.need_group_ack) {
            (Conversation::Group(group), true) => receipts::has(m, &caller.app, group).await?,
            (Conversation::Thread(_), true) => match &thread {
                Some(thread) => receipts::has(m, &caller.app, &thread.group).await?,
                None => false,
            },
            _ => false,
        };
        let receiver = to.name.clone().unwrap_or_default();
        if !receivers.insert(receiver.clone()) {
            continue;
        }
        let body = MessageBody {
            r#type: Some(body_type as i32),
            from: Some(jid::bare(sender.as_str())),
            to: Some(jid::bare(&receiver)),
            msg_config: asks.then_some(MessageConfig { allow_group_ack: Some(true) }),
            meta: thread
                .map(|thread| serde_json::Value::from(thread_mark::mark(&thread)).to_string()),
            ..body.clone()
        };
        let route = match (&only, message.online_only) {
            (Some(_), _) => RouteType::RouteDirect,
            (None, true) => RouteType::RouteOnline,
            (None, false) => RouteType::RouteAll,
        };
        let stored = Meta {
            from: Some(jid::user(&caller.app, &sender, None)),
            to: Some(to),
            ns: Some(NameSpace::Chat as i32),
            payload: Some(body.encode_to_vec().into()),
            routetype: Some(route as i32),
            ext: importance(message.kind),
            ..Meta::default()
        };
        let entry = NewEntry {
            app: caller.app.id,
            conversation: conversation.key(),
            kind,
            flags,
            sender: sender.clone(),
            device: None,
            client_id: None,
            audience: only.clone().map_or(audience, Audience::Only),
            meta: meta::to_stored(stored),
            recalls: None,
            edits: None,
            reads: None,
            unroamed: concerned(&unroamed, &conversation),
        };
        entries.push((receiver, entry));
    }
    let mut pending = Vec::with_capacity(entries.len());
    for (receiver, entry) in entries {
        pending.push((receiver, m.store().log().append(entry).await?));
    }
    let mut sent = Vec::with_capacity(pending.len());
    for (receiver, append) in pending {
        let id = append.await?.id;
        // Of several they are those of the first.
        if let Some(untold) = untold.as_mut().filter(|_| sent.is_empty()) {
            untold.stored(id);
        }
        if is_examined && moderation::is_examined_later(app, kind, (chat, &receiver)) {
            moderation::examine_later(m, app.id, id).await?;
        }
        sent.push((receiver, id));
    }
    if let Some(untold) = untold {
        untold.tell().await?;
    }
    Ok(sent)
}

/// Whose history does not show the message; in groups and chat rooms of a few only.
fn unroamed(message: &OutgoingMessage) -> Result<Vec<UserId>, Refusal> {
    let limit = limits::UNROAMED_USERS;
    if message.unroamed.len() > limit && message.kind != TargetKind::Users {
        return Err(Refusal::TooMany { name: "roam_ignore_users", limit });
    }
    message.unroamed.iter().map(|name| UserId::parse(name)).collect()
}

/// Those of the users who could read the conversation, as far as it tells.
fn concerned(users: &[UserId], conversation: &Conversation) -> Vec<UserId> {
    match conversation {
        Conversation::Single(a, b) => {
            users.iter().filter(|user| [a, b].contains(user)).cloned().collect()
        }
        _ => users.to_vec(),
    }
}

/// The thread of an id that is no group's.
async fn thread_named(m: &Messaging, caller: &Caller, name: &str) -> Result<Arc<Thread>> {
    let unknown = || Refusal::GroupNotFound { group: name.to_owned() };
    let id = ThreadId::parse(name).map_err(|_| unknown())?;
    let thread = threads::facts(m, caller.app.id, &id).await?.ok_or_else(unknown)?;
    threads::require_enabled(caller)?;
    Ok(thread)
}

/// What rooms read beside the message.
fn importance(kind: TargetKind) -> Vec<KeyValue> {
    match kind {
        TargetKind::Rooms { priority } => vec![priority.tag()],
        TargetKind::Users | TargetKind::Groups => Vec::new(),
    }
}
