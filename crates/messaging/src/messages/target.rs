//! Where an uplink goes, and whether its sender may send there.

use std::sync::Arc;

use hongyan_model::{
    App, AppId, Caller, ChatType, Conversation, Error, GroupId, Muc, Refusal, Result, Role, RoomId,
    Thread, ThreadId, UserId,
};
use hongyan_msync::GROUP_DOMAIN;
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::{Jid, MessageBody};

use super::{jid, thread_mark};
use crate::mutes::ChatKind;
use crate::{Messaging, groups, muc, rooms, threads, users};

/// Where an uplink goes.
pub(super) enum Target {
    User(UserId),
    /// A group or room in which the sender has this role.
    Muc(Muc, Role),
    /// A thread that the sender has joined, in whose group it has this role.
    Thread(Arc<Thread>, Role),
}

impl Target {
    /// The receiver in `to`, who exists and lets the sender in.
    ///
    /// Groups, rooms and threads share a domain: messages say whether they are for a room, receipts and recalls do
    /// not; what is for a thread is marked by the SDK. The mark saves a look, no more.
    pub(super) async fn admit(
        m: &Messaging,
        caller: &Caller,
        sender: &UserId,
        to: Option<&Jid>,
        body: &MessageBody,
    ) -> Result<Self> {
        let missing = Refusal::Missing { name: "to" };
        let name = to.and_then(|to| to.name.as_deref()).filter(|name| !name.is_empty());
        let name = name.ok_or(missing)?;
        let app = caller.app.id;
        if to.and_then(|to| to.domain.as_deref()) != Some(GROUP_DOMAIN) {
            return user(m, app, name).await;
        }
        let marked = thread_mark::is_marked(body);
        match body.r#type() {
            BodyType::Chatroom => room(m, app, sender, name).await,
            BodyType::Chat | BodyType::Groupchat => {
                group_or_thread(m, caller, sender, name, marked).await
            }
            _ => match group_or_thread(m, caller, sender, name, marked).await {
                Err(Error::Refused(Refusal::GroupNotFound { .. })) => {
                    room(m, app, sender, name).await
                }
                admitted => admitted,
            },
        }
    }

    /// The thread, if it is one.
    pub(super) fn thread(&self) -> Option<&Thread> {
        match self {
            Self::Thread(thread, _) => Some(thread),
            Self::User(_) | Self::Muc(..) => None,
        }
    }

    /// Refuses what changes a disabled group: messages, also in its threads, and what becomes of them. Receipts do
    /// not.
    pub(super) async fn admit_change(&self, m: &Messaging, app: AppId) -> Result<()> {
        match self {
            Self::Muc(Muc::Group(group), _) => groups::require_enabled(m, app, group).await,
            Self::Thread(thread, _) => groups::require_enabled(m, app, &thread.group).await,
            Self::User(_) | Self::Muc(Muc::Room(_), _) => Ok(()),
        }
    }

    /// Whether the sender may say something there now.
    pub(super) async fn admit_speech(
        &self,
        m: &Messaging,
        app: &App,
        sender: &UserId,
    ) -> Result<()> {
        match self {
            Self::User(_) => Ok(()),
            Self::Muc(muc, role) => muc::speaking(m, app, muc, *role, sender).await,
            // Who may not speak in the group may not in its threads either.
            Self::Thread(thread, role) => {
                let group = Muc::Group(thread.group.clone());
                muc::speaking(m, app, &group, *role, sender).await
            }
        }
    }

    /// What a global mute distinguishes.
    pub(super) fn chat_kind(&self) -> ChatKind {
        match self {
            Self::User(_) => ChatKind::User,
            Self::Muc(Muc::Group(_), _) | Self::Thread(..) => ChatKind::Group,
            Self::Muc(Muc::Room(_), _) => ChatKind::Room,
        }
    }

    /// The type of its chat.
    pub(super) fn chat_type(&self) -> ChatType {
        match self {
            Self::User(_) => ChatType::Single,
            Self::Muc(Muc::Group(_), _) | Self::Thread(..) => ChatType::Group,
            Self::Muc(Muc::Room(_), _) => ChatType::Room,
        }
    }

    /// The sender's role there; in a one-to-one conversation there is only one.
    pub(super) fn role(&self) -> Role {
        match self {
            Self::User(_) => Role::Member,
            Self::Muc(_, role) | Self::Thread(_, role) => *role,
        }
    }

    pub(super) fn conversation(&self, sender: &UserId) -> Conversation {
        match self {
            Self::User(user) => Conversation::single(sender, user),
            Self::Muc(muc, _) => muc.conversation(),
            Self::Thread(thread, _) => Conversation::Thread(thread.id.clone()),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::User(user) => user.as_str(),
            Self::Muc(muc, _) => muc.id(),
            Self::Thread(thread, _) => thread.id.as_str(),
        }
    }

    pub(super) fn jid(&self, caller: &Caller) -> Jid {
        match self {
            Self::User(user) => jid::user(&caller.app, user, None),
            Self::Muc(muc, _) => jid::muc(&caller.app, muc),
            Self::Thread(thread, _) => jid::thread(&caller.app, &thread.id),
        }
    }
}

async fn user(m: &Messaging, app: AppId, name: &str) -> Result<Target> {
    let user = UserId::parse(name)?;
    if users::facts(m, app, &user).await?.is_none() && user != UserId::admin() {
        return Err(Refusal::UserNotFound { user: user.to_string() }.into());
    }
    Ok(Target::User(user))
}

/// No group has the id of a thread, so that the order in which they are asked for only matters for what it costs.
async fn group_or_thread(
    m: &Messaging,
    caller: &Caller,
    sender: &UserId,
    name: &str,
    thread_first: bool,
) -> Result<Target> {
    if thread_first && let Some(target) = thread(m, caller, sender, name).await? {
        return Ok(target);
    }
    match group(m, caller.app.id, sender, name).await {
        Err(Error::Refused(unknown @ Refusal::GroupNotFound { .. })) if !thread_first => {
            let found = thread(m, caller, sender, name).await?;
            found.ok_or_else(|| unknown.into())
        }
        admitted => admitted,
    }
}

/// `None` if there is no such thread.
async fn thread(
    m: &Messaging,
    caller: &Caller,
    sender: &UserId,
    name: &str,
) -> Result<Option<Target>> {
    let app = caller.app.id;
    let Ok(id) = ThreadId::parse(name) else { return Ok(None) };
    let Some(thread) = threads::facts(m, app, &id).await? else { return Ok(None) };
    threads::require_enabled(caller)?;
    let groups::Membership::Member { role, .. } =
        groups::membership(m, app, &thread.group, sender).await?
    else {
        return Err(Refusal::NotInGroup.into());
    };
    if threads::joined_at(m, app, &id, sender).await?.is_none() {
        return Err(Refusal::NotInGroup.into());
    }
    Ok(Some(Target::Thread(thread, role)))
}

async fn group(m: &Messaging, app: AppId, sender: &UserId, name: &str) -> Result<Target> {
    use groups::Membership;
    let group = GroupId::parse(name)?;
    match groups::membership(m, app, &group, sender).await? {
        Membership::Member { role, .. } => Ok(Target::Muc(Muc::Group(group), role)),
        Membership::NotMember => Err(Refusal::NotInGroup.into()),
        Membership::NoGroup => Err(Refusal::GroupNotFound { group: group.to_string() }.into()),
    }
}

async fn room(m: &Messaging, app: AppId, sender: &UserId, name: &str) -> Result<Target> {
    use rooms::Membership;
    let room = RoomId::parse(name)?;
    match rooms::membership(m, app, &room, sender).await? {
        Membership::Member { role } => Ok(Target::Muc(Muc::Room(room), role)),
        Membership::NotMember => Err(Refusal::NotInGroup.into()),
        Membership::NoRoom => Err(Refusal::RoomNotFound { room: room.to_string() }.into()),
    }
}
