//! Groups: who is in them and what the members may change.
//!
//! Each write goes: may the caller, write in one transaction, forget what was cached, tell the router whose
//! sessions now hear (or no longer hear) of the group, announce. The announcements come after the commit; one
//! that fails is logged and does not undo the write.

pub(crate) mod announce;
mod attributes;
mod cache;
mod lifecycle;
mod members;
mod read;
mod requests;
mod shield;

use hongyan_model::{App, Caller, Conversation, Feature, Group, GroupId, Refusal, Result, Role};
use hongyan_store::groups::GroupQuota;

use crate::{Messaging, threads};

pub use attributes::{attributes, set_attributes, set_attributes_of_many};
pub use lifecycle::{GroupChange, NewGroup, create, destroy, set_disabled, update};
pub use members::{Removal, add_members, leave, remove_members};
pub use read::{
    GroupDetail, details, get, is_member, joined, joined_count, members, members_after, page,
    public_page,
};
pub use requests::{Invited, NotInvited, answer_application, answer_invitation, apply, invite};
pub use shield::set_shielded;

pub(crate) use cache::{MembershipCache, member_count, membership, require_enabled};
pub(crate) use hongyan_store::groups::{Membership, UNHEARD};
pub(crate) use members::{expel, forget_user};
pub(crate) use read::{
    enter_all, joined_positions, memberships, position_from_key, position_to_key,
};

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

/// [`standing`] of somebody who is about to change something. While a group is disabled its members change nothing;
/// the customer's server, which has disabled it, does.
pub(crate) async fn acting(m: &Messaging, caller: &Caller, group: &GroupId) -> Result<Role> {
    let standing = standing(m, caller, group).await?;
    if caller.user().is_some() {
        require_enabled(m, caller.app.id, group).await?;
    }
    Ok(standing)
}

/// [`acting`] on what a conversation holds, for those who take part in it: only groups can be disabled, and with them
/// their threads.
pub(crate) async fn require_open(
    m: &Messaging,
    caller: &Caller,
    conversation: &Conversation,
) -> Result<()> {
    match conversation {
        Conversation::Group(group) if caller.user().is_some() => {
            require_enabled(m, caller.app.id, group).await
        }
        Conversation::Thread(thread) if caller.user().is_some() => {
            match threads::facts(m, caller.app.id, thread).await? {
                Some(thread) => require_enabled(m, caller.app.id, &thread.group).await,
                None => Ok(()),
            }
        }
        _ => Ok(()),
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
