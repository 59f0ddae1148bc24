//! Bringing others into a room and taking them out of it.

use std::collections::HashSet;

use hongyan_model::{
    App, AppId, Caller, Feature, Member, Muc, Refusal, Result, Role, Room, RoomId, UserId, limits,
};
use hongyan_store::rooms::{self, Addition, Departure, RoomQuota};

use super::{
    Membership, announce, forget_member, lifecycle, membership, not_found, note_absence, standing,
};
use crate::muc::Leaving;
use crate::users::addressed;
use crate::{Messaging, muc};

/// What became of one user of [`remove_members`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Removal {
    /// As asked for.
    pub user: String,
    /// Whether it was a member and no longer is.
    pub removed: bool,
}

/// Adds users, without asking them; answers those who were not members before. For the owner and administrators.
///
/// Who is offline by then leaves again like any member who stays away, unless it never logged in.
pub async fn add_members(
    m: &Messaging,
    caller: &Caller,
    room: &str,
    users: &[String],
) -> Result<Vec<UserId>> {
    let room = RoomId::parse(room)?;
    if standing(m, caller, &room).await? < Role::Admin {
        return Err(Refusal::RoleTooLow.into());
    }
    check_batch(users)?;
    let mut seen = HashSet::new();
    let mut members = Vec::with_capacity(users.len());
    for user in users {
        let user = addressed(user)?;
        if seen.insert(user.clone()) {
            members.push(newcomer(m, user, Role::Member));
        }
    }

    let app = caller.app.id;
    let quota = quota_of_members(&caller.app);
    let addition = rooms::add_members(m.store(), app, &room, &members, quota).await?;
    let (changed, added) = admitted(addition, &room)?;
    if added.is_empty() {
        let user = members.first().map(|member| member.user.to_string()).unwrap_or_default();
        return Err(Refusal::AlreadyMember { user, group: room.to_string() }.into());
    }

    members.retain(|member| added.contains(&member.user));
    seat(m, caller, &changed, &members).await?;
    announce::pulled_in(m, caller, &changed, &added).await;
    announce::joined(m, caller, &changed, &added, None).await;
    Ok(added)
}

/// Removes users; one row for each. The owner removes anybody, an administrator plain members.
pub async fn remove_members(
    m: &Messaging,
    caller: &Caller,
    room: &str,
    users: &[String],
) -> Result<Vec<Removal>> {
    let room = RoomId::parse(room)?;
    let standing = standing(m, caller, &room).await?;
    if standing < Role::Admin {
        return Err(Refusal::RoleTooLow.into());
    }
    check_batch(users)?;
    let users: Vec<String> = users.iter().map(|user| user.to_lowercase()).collect();
    // An illegal id is nobody's, so nobody's membership either.
    let named: Vec<UserId> = users.iter().filter_map(|user| UserId::parse(user).ok()).collect();
    for user in &named {
        match membership(m, caller.app.id, &room, user).await? {
            Membership::Member { role: Role::Owner } => return Err(Refusal::GroupOwner.into()),
            Membership::Member { role } if role >= standing => {
                return Err(Refusal::RoleTooLow.into());
            }
            Membership::Member { .. } | Membership::NotMember | Membership::NoRoom => {}
        }
    }
    let removed = expel(m, caller, &room, &named, (standing, Leaving::Kick)).await?;
    if removed.is_empty() {
        return Err(Refusal::NotMembers { users }.into());
    }
    let removed: HashSet<UserId> = removed.into_iter().collect();
    let row = |user: &String| Removal {
        user: user.clone(),
        removed: UserId::parse(user).is_ok_and(|user| removed.contains(&user)),
    };
    Ok(users.iter().map(row).collect())
}

/// Removes those of `users` whose role is lower than `below`, and tells them and the others; answers who that was. `how`:
/// kicked or blocked.
pub(crate) async fn expel(
    m: &Messaging,
    caller: &Caller,
    room: &RoomId,
    users: &[UserId],
    below: (Role, Leaving),
) -> Result<Vec<UserId>> {
    let removed = take_out(m, caller, room, users, below).await?;
    let removed = removed.ok_or_else(|| not_found(room))?;
    announce::kicked(m, caller, room, &removed).await;
    Ok(removed)
}

/// Takes a user who is being deleted out of its rooms; those it owns end.
pub(crate) async fn forget_user(m: &Messaging, caller: &Caller, user: &UserId) -> Result<()> {
    for (room, role) in rooms::roles(m.store(), caller.app.id, user).await? {
        if role == Role::Owner {
            lifecycle::dissolve(m, caller, &room).await?;
        } else {
            let (users, below) = (std::slice::from_ref(user), (Role::Owner, Leaving::Deletion));
            take_out(m, caller, &room, users, below).await?;
        }
    }
    Ok(())
}

/// Ends memberships with a role lower than `below` and tells the others; answers whose, or `None` if there is no such
/// room.
pub(super) async fn take_out(
    m: &Messaging,
    caller: &Caller,
    room: &RoomId,
    users: &[UserId],
    (below, how): (Role, Leaving),
) -> Result<Option<Vec<UserId>>> {
    let app = caller.app.id;
    let before = m.ids().next(m.clock().now());
    let departed = rooms::remove_members(m.store(), app, room, users, below).await?;
    let Some(Departure { room: changed, users: removed, attributes, tags }) = departed else {
        return Ok(None);
    };
    if tags {
        muc::forget(m, app, &Muc::Room(room.clone()));
    }
    for user in &removed {
        forget_member(m, app, room, user);
        m.router().room_left(app, room, user);
        // Whoever brought it in again meanwhile may have looked for its sessions too early.
        if m.router().may_be_online(app, user)
            && matches!(membership(m, app, room, user).await, Ok(Membership::Member { .. }))
        {
            m.router().room_joined(app, room, user, before);
        }
    }
    if !removed.is_empty() {
        announce::left(m, caller, &changed, &removed, how).await;
    }
    if let Some(first) = removed.first()
        && !attributes.is_empty()
    {
        // Also to the device that took them out, which does not know what they had set.
        let told = Caller { device: None, ..caller.clone() };
        announce::attributes_removed(m, &told, room, first, &attributes).await;
    }
    Ok(Some(removed))
}

/// The room as it is now and who is new in it, or why nobody is.
pub(super) fn admitted(addition: Addition, room: &RoomId) -> Result<(Room, Vec<UserId>), Refusal> {
    match addition {
        Addition::Added { room, users } => Ok((room, users)),
        Addition::NoRoom => Err(not_found(room)),
        Addition::UnknownUser(user) => Err(Refusal::UserNotFound { user: user.to_string() }),
        Addition::Blocked(user) => {
            Err(Refusal::OnBlockList { user: user.to_string(), muc: room.to_string() })
        }
        Addition::Full => Err(Refusal::RoomFull),
        Addition::UserFull(user) => Err(Refusal::UserRoomsFull { user: user.to_string() }),
    }
}

/// How many may be brought into a room, and in how many rooms they may be.
pub(super) fn quota_of_members(app: &App) -> RoomQuota {
    RoomQuota {
        rooms: None,
        per_user: app.quota(Feature::RoomsPerUserMax),
        members: app.quota(Feature::ChatroomMembersMax),
        only_owned: false,
    }
}

/// A member who comes in now.
pub(super) fn newcomer(m: &Messaging, user: UserId, role: Role) -> Member {
    let now = m.clock().now();
    Member { user, role, joined: now, joined_at: m.ids().next(now) }
}

/// Lets the sessions of members who were brought in hear of the room; who has none is away from now on.
pub(super) async fn seat(
    m: &Messaging,
    caller: &Caller,
    room: &Room,
    members: &[Member],
) -> Result<()> {
    let app = caller.app.id;
    for member in members {
        if m.router().may_be_online(app, &member.user) {
            hear(m, app, &room.id, member).await?;
        }
        if !m.router().is_online(app, &member.user) {
            note_absence(m, app, &member.user);
        }
    }
    Ok(())
}

/// Lets the sessions of a new member hear of the room.
pub(super) async fn hear(m: &Messaging, app: AppId, room: &RoomId, member: &Member) -> Result<()> {
    m.router().room_joined(app, room, &member.user, member.joined_at);
    // Whoever took it out again meanwhile may have looked for its sessions too early.
    if !matches!(membership(m, app, room, &member.user).await?, Membership::Member { .. }) {
        m.router().room_left(app, room, &member.user);
    }
    Ok(())
}

fn check_batch(users: &[String]) -> Result<(), Refusal> {
    if users.is_empty() {
        return Err(Refusal::Missing { name: "usernames" });
    }
    if users.len() > limits::ROOM_MEMBER_BATCH {
        return Err(Refusal::TooMany { name: "usernames", limit: limits::ROOM_MEMBER_BATCH });
    }
    Ok(())
}
