//! Where an uplink goes, and whether its sender may send there.

use hongyan_model::{
    AppId, Caller, Conversation, GroupId, Muc, Refusal, Result, Role, RoomId, UserId,
};
use hongyan_msync::GROUP_DOMAIN;
use hongyan_msync::proto::Jid;
use hongyan_msync::proto::message_body::Type as BodyType;

use super::jid;
use crate::mutes::ChatKind;
use crate::{Messaging, groups, muc, rooms, users};

/// Where an uplink goes.
pub(super) enum Target {
    User(UserId),
    /// A group or room in which the sender has this role.
    Muc(Muc, Role),
}

impl Target {
    /// The receiver in `to`, who exists and lets the sender in.
    ///
    /// Groups and rooms share a domain: messages say which of them they are for, receipts and recalls do not.
    pub(super) async fn admit(
        m: &Messaging,
        caller: &Caller,
        sender: &UserId,
        to: Option<&Jid>,
        kind: BodyType,
    ) -> Result<Self> {
        let missing = Refusal::Missing { name: "to" };
        let name = to.and_then(|to| to.name.as_deref()).filter(|name| !name.is_empty());
        let name = name.ok_or(missing)?;
        let app = caller.app.id;
        if to.and_then(|to| to.domain.as_deref()) != Some(GROUP_DOMAIN) {
            return user(m, app, name).await;
        }
        match kind {
            BodyType::Chatroom => room(m, app, sender, name).await,
            BodyType::Chat | BodyType::Groupchat => group(m, app, sender, name).await,
            _ => match group(m, app, sender, name).await {
                Err(hongyan_model::Error::Refused(Refusal::GroupNotFound { .. })) => {
                    room(m, app, sender, name).await
                }
                admitted => admitted,
            },
        }
    }

    /// Refuses what changes a disabled group: messages, and what becomes of them. Receipts do not.
    pub(super) async fn admit_change(&self, m: &Messaging, app: AppId) -> Result<()> {
        match self {
            Self::Muc(Muc::Group(group), _) => groups::require_enabled(m, app, group).await,
            Self::User(_) | Self::Muc(Muc::Room(_), _) => Ok(()),
        }
    }

    /// Whether the sender may say something there now.
    pub(super) async fn admit_speech(
        &self,
        m: &Messaging,
        app: AppId,
        sender: &UserId,
    ) -> Result<()> {
        match self {
            Self::User(_) => Ok(()),
            Self::Muc(muc, role) => muc::speaking(m, app, muc, *role, sender).await,
        }
    }

    /// What a global mute distinguishes.
    pub(super) fn chat_kind(&self) -> ChatKind {
        match self {
            Self::User(_) => ChatKind::User,
            Self::Muc(Muc::Group(_), _) => ChatKind::Group,
            Self::Muc(Muc::Room(_), _) => ChatKind::Room,
        }
    }

    /// The sender's role there; in a one-to-one conversation there is only one.
    pub(super) fn role(&self) -> Role {
        match self {
            Self::User(_) => Role::Member,
            Self::Muc(_, role) => *role,
        }
    }

    pub(super) fn conversation(&self, sender: &UserId) -> Conversation {
        match self {
            Self::User(user) => Conversation::single(sender, user),
            Self::Muc(muc, _) => muc.conversation(),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::User(user) => user.as_str(),
            Self::Muc(muc, _) => muc.id(),
        }
    }

    pub(super) fn jid(&self, caller: &Caller) -> Jid {
        match self {
            Self::User(user) => jid::user(&caller.app, user, None),
            Self::Muc(muc, _) => jid::muc(&caller.app, muc),
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
