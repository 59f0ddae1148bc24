//! The only place that knows whether it is a group or a room.

use hongyan_model::{AppId, Caller, Muc, Refusal, Result, Role, UserId};
use hongyan_msync::proto::MucBody;

use super::Leaving;
use crate::Messaging;
use crate::groups::{self, Membership};
use crate::rooms::{self, RoomAudience};

/// Who hears of a change.
pub(super) enum Hearers<'a> {
    /// Every member; of a room those who are online.
    Members,
    /// These users; about a room those of them who are online.
    Users(&'a [UserId]),
}

pub(super) fn not_found(muc: &Muc) -> Refusal {
    match muc {
        Muc::Group(group) => Refusal::GroupNotFound { group: group.to_string() },
        Muc::Room(room) => Refusal::RoomNotFound { room: room.to_string() },
    }
}

/// What `user` is to the group or room, which has to exist; `None`: no member.
pub(super) async fn role(
    m: &Messaging,
    app: AppId,
    muc: &Muc,
    user: &UserId,
) -> Result<Option<Role>> {
    match muc {
        Muc::Group(group) => match groups::membership(m, app, group, user).await? {
            Membership::NoGroup => Err(not_found(muc).into()),
            Membership::NotMember => Ok(None),
            Membership::Member { role, .. } => Ok(Some(role)),
        },
        Muc::Room(room) => match rooms::membership(m, app, room, user).await? {
            rooms::Membership::NoRoom => Err(not_found(muc).into()),
            rooms::Membership::NotMember => Ok(None),
            rooms::Membership::Member { role } => Ok(Some(role)),
        },
    }
}

/// What the caller may do: a member according to its role, the app everything. Refuses what does not exist and, to
/// users, where they are no members.
pub(super) async fn standing(m: &Messaging, caller: &Caller, muc: &Muc) -> Result<Role> {
    match muc {
        Muc::Group(group) => groups::standing(m, caller, group).await,
        Muc::Room(room) => rooms::standing(m, caller, room).await,
    }
}

/// [`require`] for who is about to change something: refused to users while the group is disabled.
pub(super) async fn act(m: &Messaging, caller: &Caller, muc: &Muc, least: Role) -> Result<Role> {
    let standing = match muc {
        Muc::Group(group) => groups::acting(m, caller, group).await?,
        Muc::Room(room) => rooms::standing(m, caller, room).await?,
    };
    if standing < least { Err(Refusal::RoleTooLow.into()) } else { Ok(standing) }
}

/// [`standing`], which has to be `least` or higher.
pub(super) async fn require(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    least: Role,
) -> Result<Role> {
    let standing = standing(m, caller, muc).await?;
    if standing < least { Err(Refusal::RoleTooLow.into()) } else { Ok(standing) }
}

/// Takes members out, with everything that they and the others are told of it.
pub(super) async fn remove(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    users: &[UserId],
    (below, how): (Role, Leaving),
) -> Result<()> {
    match muc {
        Muc::Group(group) => {
            groups::expel(m, caller, group, users, (below, how)).await?;
        }
        Muc::Room(room) => {
            rooms::expel(m, caller, room, users, (below, how)).await?;
        }
    }
    Ok(())
}

/// Adds a user, with everything that it and the others are told of it.
pub(super) async fn bring_in(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    user: &UserId,
) -> Result<()> {
    let user = [user.to_string()];
    match muc {
        Muc::Group(group) => groups::add_members(m, caller, group.as_str(), &user).await?,
        Muc::Room(room) => rooms::add_members(m, caller, room.as_str(), &user).await?,
    };
    Ok(())
}

/// To be called when the role of `user` was written: it is cached with its membership.
pub(super) fn forget_role(m: &Messaging, app: AppId, muc: &Muc, user: &UserId) {
    match muc {
        Muc::Group(group) => m.0.memberships.forget(app, group),
        Muc::Room(room) => rooms::forget_member(m, app, room, user),
    }
}

/// Announces a change. It is committed, so a failure is only logged.
pub(super) async fn tell(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    hearers: Hearers<'_>,
    body: MucBody,
) {
    match (muc, hearers) {
        (Muc::Group(group), Hearers::Members) => {
            groups::announce::post_to_others(m, caller, group, &[], body).await;
        }
        (Muc::Group(_), Hearers::Users(users)) => {
            groups::announce::post(m, caller, users, body).await;
        }
        (Muc::Room(room), Hearers::Members) => {
            rooms::announce(m, caller, room, body, RoomAudience::Members).await;
        }
        (Muc::Room(room), Hearers::Users(users)) => {
            rooms::announce(m, caller, room, body, RoomAudience::Users(users)).await;
        }
    }
}
