//! Coming into a group and leaving it.

use std::collections::HashSet;

use hongyan_model::{
    AppId, Caller, Group, GroupId, Member, Muc, Refusal, Result, Role, UserId, limits,
};
use hongyan_msync::proto::muc_body::Operation;
use hongyan_store::groups::{self, Addition, Joined, Membership, Removed};

use super::{
    UNHEARD, acting, announce, lifecycle, membership, not_found, quota, require, standing,
};
use crate::muc::{Joining, Leaving};
use crate::users::addressed;
use crate::{Messaging, conversations, muc, threads};

/// What became of one user of [`remove_members`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Removal {
    /// As asked for.
    pub user: String,
    /// Whether it was a member and no longer is.
    pub removed: bool,
    /// Why it was not removed.
    pub reason: Option<String>,
}

/// Adds users, without asking them; answers those who were not members before. For the owner and
/// administrators, and for every member if the group allows that.
pub async fn add_members(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    users: &[String],
) -> Result<Vec<UserId>> {
    let group = GroupId::parse(group)?;
    require_inviter(m, caller, &group).await?;
    let wanted = distinct(users)?;
    let (changed, added) = enroll(m, caller, &group, &wanted).await?;
    if added.is_empty() {
        let user = wanted.first().map(ToString::to_string).unwrap_or_default();
        return Err(Refusal::AlreadyMember { user, group: group.to_string() }.into());
    }
    announce::pulled_in(m, caller, &changed, &added).await;
    announce::joined(m, caller, &changed, &added, Joining::Direct).await;
    Ok(added)
}

/// The group, into which the caller may bring others: the owner and administrators, and plain members of a private
/// group that allows it.
pub(super) async fn require_inviter(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
) -> Result<Group> {
    let standing = acting(m, caller, group).await?;
    let found = require(m, caller, group).await?;
    if standing < Role::Admin && (found.public || !found.allow_invites) {
        return Err(Refusal::RoleTooLow.into());
    }
    Ok(found)
}

/// The users that a call names, each once.
pub(super) fn distinct(users: &[String]) -> Result<Vec<UserId>> {
    check_batch(users, limits::GROUP_ADD_BATCH)?;
    let mut seen = HashSet::new();
    let mut wanted = Vec::with_capacity(users.len());
    for user in users {
        let user = addressed(user)?;
        if seen.insert(user.clone()) {
            wanted.push(user);
        }
    }
    Ok(wanted)
}

/// Makes users members, all of them or none, and ends what waits of their requests. Answers the group as it is then,
/// and who was no member before. Whoever calls announces it.
pub(super) async fn enroll(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
    users: &[UserId],
) -> Result<(Group, Vec<UserId>)> {
    let now = m.clock().now();
    let members: Vec<Member> = users
        .iter()
        .map(|user| Member {
            user: user.clone(),
            role: Role::Member,
            joined: now,
            joined_at: m.ids().next(now),
        })
        .collect();
    let app = caller.app.id;
    let (changed, added) =
        match groups::add_members(m.store(), app, group, &members, quota(&caller.app)).await? {
            Addition::Added { group, users } => (group, users),
            Addition::NoGroup => return Err(not_found(group).into()),
            Addition::UnknownUser(user) => {
                return Err(Refusal::UserNotFound { user: user.to_string() }.into());
            }
            Addition::Blocked(user) => {
                let (user, muc) = (user.to_string(), group.to_string());
                return Err(Refusal::OnBlockList { user, muc }.into());
            }
            Addition::Full => return Err(Refusal::GroupFull.into()),
            Addition::UserFull(user) => {
                return Err(Refusal::UserGroupsFull { user: user.to_string() }.into());
            }
        };
    if !added.is_empty() {
        m.0.memberships.forget(app, group);
        for user in &added {
            m.router().group_joined(app, group, user);
        }
    }
    Ok((changed, added))
}

/// Removes users; one row for each. The owner removes anybody, an administrator plain members.
pub async fn remove_members(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    users: &[String],
) -> Result<Vec<Removal>> {
    let group = GroupId::parse(group)?;
    let standing = acting(m, caller, &group).await?;
    if standing < Role::Admin {
        return Err(Refusal::RoleTooLow.into());
    }
    check_batch(users, limits::GROUP_REMOVE_BATCH)?;
    let users: Vec<String> = users.iter().map(|user| user.to_lowercase()).collect();
    // An illegal id is nobody's, so nobody's membership either.
    let named: Vec<UserId> = users.iter().filter_map(|user| UserId::parse(user).ok()).collect();
    for user in &named {
        match membership(m, caller.app.id, &group, user).await? {
            Membership::Member { role: Role::Owner, .. } => return Err(Refusal::GroupOwner.into()),
            Membership::Member { role, .. } if role >= standing => {
                return Err(Refusal::RoleTooLow.into());
            }
            Membership::Member { .. } | Membership::NotMember | Membership::NoGroup => {}
        }
    }

    let removed = expel(m, caller, &group, &named, (standing, Leaving::Kick)).await?;
    if removed.is_empty() {
        return Err(Refusal::NotMembers { users }.into());
    }
    let removed: HashSet<UserId> = removed.into_iter().collect();
    let row = |user: &String| {
        let is_removed = UserId::parse(user).is_ok_and(|user| removed.contains(&user));
        let reason = (!is_removed).then(|| format!("user {user} doesn't exist."));
        Removal { user: user.clone(), removed: is_removed, reason }
    };
    Ok(users.iter().map(row).collect())
}

/// Removes those of `users` who are members with a role lower than `below`, and answers them. `how`: kicked or blocked.
pub(crate) async fn expel(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
    users: &[UserId],
    (below, how): (Role, Leaving),
) -> Result<Vec<UserId>> {
    let removed = groups::remove_members(m.store(), caller.app.id, group, users, below).await?;
    let removed = removed.ok_or_else(|| not_found(group))?;
    if !removed.users.is_empty() {
        depart(m, caller, group, &removed).await;
        announce::kicked(m, caller, &removed.group, &removed.users).await;
        announce::left(m, caller, &removed.group, &removed.users, how).await;
    }
    Ok(removed.users)
}

/// The calling user leaves the group; its owner cannot.
pub async fn leave(m: &Messaging, caller: &Caller, group: &str) -> Result<()> {
    let group = GroupId::parse(group)?;
    let user = caller.user().ok_or(Refusal::NotPermitted)?;
    if standing(m, caller, &group).await? == Role::Owner {
        return Err(Refusal::GroupOwner.into());
    }
    match take_out(m, caller, &group, user, Leaving::Quit).await? {
        Some(_) => {
            announce::to_own_devices(m, caller, &group, Operation::Leave, user).await;
            Ok(())
        }
        None => Err(Refusal::NotInGroup.into()),
    }
}

/// Takes a user who is being deleted out of its groups; those it owns end.
pub(crate) async fn forget_user(m: &Messaging, caller: &Caller, user: &UserId) -> Result<()> {
    for joined in groups::joined_positions(m.store(), caller.app.id, user).await? {
        let Joined { group, role, .. } = joined;
        if role == Role::Owner {
            lifecycle::dissolve(m, caller, &group).await?;
        } else {
            take_out(m, caller, &group, user, Leaving::Deletion).await?;
        }
    }
    Ok(())
}

/// `None` if the user was no member.
async fn take_out(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
    user: &UserId,
    how: Leaving,
) -> Result<Option<Group>> {
    let users = std::slice::from_ref(user);
    let removed =
        groups::remove_members(m.store(), caller.app.id, group, users, Role::Owner).await?;
    let Some(removed) = removed.filter(|removed| !removed.users.is_empty()) else {
        return Ok(None);
    };
    depart(m, caller, group, &removed).await;
    announce::left(m, caller, &removed.group, &removed.users, how).await;
    Ok(Some(removed.group))
}

async fn depart(m: &Messaging, caller: &Caller, group: &GroupId, removed: &Removed) {
    m.0.memberships.forget(caller.app.id, group);
    // Who is gone is off the allow list, too.
    muc::forget(m, caller.app.id, &Muc::Group(group.clone()));
    for user in &removed.users {
        m.router().group_left(caller.app.id, group, user);
        rejoin(m, caller.app.id, group, user).await;
    }
    threads::left_group(m, caller.app.id, &removed.threads);
    conversations::left(m, caller.app.id, group, &removed.users).await;
}

/// Lets the sessions of a user who has just been taken out hear of the group again if somebody has added the user since:
/// that may have looked for sessions too early. Should this fail, they hear of it when they connect again.
async fn rejoin(m: &Messaging, app: AppId, group: &GroupId, user: &UserId) {
    if m.router().may_be_online(app, user)
        && let Ok(Membership::Member { joined_at, .. }) = membership(m, app, group, user).await
        && joined_at != UNHEARD
    {
        m.router().group_joined(app, group, user);
    }
}

fn check_batch(users: &[String], limit: usize) -> Result<(), Refusal> {
    if users.is_empty() {
        return Err(Refusal::Missing { name: "usernames" });
    }
    if users.len() > limit {
        return Err(Refusal::TooMany { name: "usernames", limit });
    }
    Ok(())
}
