//! Groups: who is in them and what the members may change.
//!
//! Each write goes: may the caller, write in one transaction, forget what was cached, tell the router whose
//! sessions now hear (or no longer hear) of the group, announce. The announcements come after the commit; one
//! that fails is logged and does not undo the write.

pub(crate) mod announce;
mod cache;
mod lifecycle;
mod members;
mod read;

use hongyan_model::{App, Caller, Feature, Group, GroupId, Refusal, Result, Role};
use hongyan_store::groups::GroupQuota;

use crate::Messaging;

pub use lifecycle::{GroupChange, NewGroup, create, destroy, update};
pub use members::{Removal, add_members, leave, remove_members};
pub use read::{GroupDetail, details, get, is_member, joined, members, members_after, page};

pub(crate) use cache::{MembershipCache, member_count, membership};
pub(crate) use hongyan_store::groups::Membership;
pub(crate) use members::{expel, forget_user};
pub(crate) use read::{joined_positions, position_from_key, position_to_key};

/// What the caller may do in the group: a member according to its role, the app everything.
///
/// Refuses unknown groups and, to users, groups of which they are no members.
pub(crate) async fn standing(m: &Messaging, caller: &Caller, group: &GroupId) -> Result<Role> {
    let Some(user) = caller.user() else {
        require(m, caller, group).await?;
        return Ok(Role::Owner);
    };
    match membership(m, caller.app.id, group, user).await? {
        Membership::NoGroup => Err(not_found(group).into()),
        Membership::NotMember => Err(Refusal::NotInGroup.into()),
        Membership::Member { role, .. } => Ok(role),
    }
}

async fn require(m: &Messaging, caller: &Caller, group: &GroupId) -> Result<Group> {
    let found = hongyan_store::groups::find(m.store(), caller.app.id, group).await?;
    found.ok_or_else(|| not_found(group).into())
}

/// What the app's plan allows of groups.
fn quota(app: &App) -> GroupQuota {
    GroupQuota {
        groups: app.quota(Feature::GroupsMax),
        members: app.quota(Feature::GroupMembersMax),
        groups_per_user: app.quota(Feature::GroupsPerUserMax),
    }
}

fn not_found(group: &GroupId) -> Refusal {
    Refusal::GroupNotFound { group: group.to_string() }
}
