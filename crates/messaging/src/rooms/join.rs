//! Joining and leaving from a client.

use hongyan_model::{
    AppId, Caller, MessageId, Muc, Refusal, Result, Role, Room, RoomId, Timestamp, UserId,
};
use hongyan_msync::proto::muc_body::Operation;
use hongyan_store::rooms::{self, RoomQuota};

use super::members::{admitted, hear, newcomer, quota_of_members, take_out};
use super::{Membership, announce, attributes, membership, not_found, tags};
use crate::muc::Leaving;
use crate::{Messaging, muc};

/// How a user wants to join.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Joining {
    /// What the others are told with the news; for the app to read.
    pub ext: Option<String>,
    /// Whether it leaves the other rooms it is in.
    pub leave_others: bool,
}

/// What a user who joined finds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Joined {
    /// The room.
    pub room: Room,
    /// Whether only owner, administrators and allowed members may write.
    pub all_muted: bool,
    /// Whether the user may write all the same.
    pub allowed: bool,
    /// Until when the user may not write (Unix ms).
    pub muted_until: Option<Timestamp>,
}

/// The calling user joins, with all its devices; joining twice is fine.
pub async fn join(m: &Messaging, caller: &Caller, room: &str, joining: Joining) -> Result<Joined> {
    let user = caller.user().ok_or(Refusal::NotPermitted)?;
    let room = RoomId::parse(room)?;
    let app = caller.app.id;
    let member = newcomer(m, user.clone(), Role::Member);
    // The others are left in a moment.
    let quota = RoomQuota { only_owned: joining.leave_others, ..quota_of_members(&caller.app) };
    let new = std::slice::from_ref(&member);
    let added = rooms::add_members(m.store(), app, &room, new, quota).await?;
    let (joined, new) = admitted(added, &room)?;

    if new.is_empty() && joined.owner == *user {
        rooms::set_left_at(m.store(), app, &room, user, MessageId(0)).await?;
    }
    hear(m, app, &room, &member).await?;
    if !new.is_empty() {
        announce::joined(m, caller, &joined, std::slice::from_ref(user), joining.ext).await;
        announce::moved(m, caller, &room, user, Operation::Join).await;
    }
    if joining.leave_others {
        leave_others(m, caller, user, &room).await?;
    }
    let restrictions = muc::restrictions(m, app, &Muc::Room(room), user).await?;
    Ok(Joined {
        all_muted: restrictions.all_muted,
        allowed: restrictions.allowed,
        muted_until: restrictions.muted_until(&caller.app),
        room: joined,
    })
}

/// The calling user leaves, with all its devices. The owner stays a member, but hears of the room no more until it
/// joins or connects again.
pub async fn leave(m: &Messaging, caller: &Caller, room: &str) -> Result<()> {
    let user = caller.user().ok_or(Refusal::NotPermitted)?;
    let room = RoomId::parse(room)?;
    match membership(m, caller.app.id, &room, user).await? {
        Membership::NoRoom => Err(not_found(&room).into()),
        Membership::NotMember => Err(Refusal::NotInGroup.into()),
        Membership::Member { role } => step_out(m, caller, user, &room, role).await,
    }
}

/// Lets a session that has just connected hear of the user's rooms, from `after` on.
pub(crate) async fn enter_all(
    m: &Messaging,
    app: AppId,
    session: &hongyan_cluster::Registration,
    user: &UserId,
    after: MessageId,
) -> Result<()> {
    let mine = rooms::roles(m.store(), app, user).await?;
    if mine.is_empty() {
        return Ok(());
    }
    for (room, _) in &mine {
        session.join_room(room, after);
    }
    // Whoever took the user out meanwhile may have looked for this session too early.
    let still = rooms::roles(m.store(), app, user).await?;
    for (room, _) in &mine {
        if !still.iter().any(|(other, _)| other == room) {
            m.router().room_left(app, room, user);
        }
    }
    Ok(())
}

async fn leave_others(m: &Messaging, caller: &Caller, user: &UserId, stay: &RoomId) -> Result<()> {
    for (room, role) in rooms::roles(m.store(), caller.app.id, user).await? {
        if room != *stay {
            step_out(m, caller, user, &room, role).await?;
        }
    }
    Ok(())
}

async fn step_out(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    room: &RoomId,
    role: Role,
) -> Result<()> {
    if role == Role::Owner {
        // For nodes that are not told.
        let now = m.ids().next(m.clock().now());
        rooms::set_left_at(m.store(), caller.app.id, room, user, now).await?;
        m.router().room_left(caller.app.id, room, user);
        tags::forget_left_by(m, caller, room, user).await?;
        return attributes::forget_left_by(m, caller, room, user).await;
    }
    let below = (Role::Owner, Leaving::Quit);
    take_out(m, caller, room, std::slice::from_ref(user), below).await?;
    announce::moved(m, caller, room, user, Operation::Leave).await;
    Ok(())
}
