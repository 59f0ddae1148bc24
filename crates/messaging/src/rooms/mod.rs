//! Chat rooms: like groups, but messages and events reach only members who are online, and a member who stays away
//! leaves.
//!
//! Membership is durable, so that it can be listed; who hears of a room is a matter of sessions and lives in the
//! router ([`hongyan_cluster`]). Each write goes: may the caller, write in one transaction, forget what was cached,
//! tell the router, announce. Announcements come after the commit; one that fails is logged and undoes nothing.

mod absence;
pub(crate) mod announce;
mod attributes;
mod cache;
mod join;
mod lifecycle;
mod members;
mod pace;
mod read;
mod super_admins;
mod tags;

use hongyan_model::{Caller, Refusal, Result, Role, Room, RoomId};

use crate::Messaging;

pub use absence::sweep;
pub use attributes::{
    AttributeFailure, AttributeOutcome, AttributeWriter, attributes, remove_attributes,
    set_attributes,
};
pub use join::{Joined, Joining, join, leave};
pub use lifecycle::{NewRoom, RoomChange, create, destroy, update};
pub use members::{Removal, add_members, remove_members};
pub use read::{RoomDetail, details, get, joined, members, members_after, numbered, page};
pub use super_admins::{add_super_admin, remove_super_admin, super_admins};
pub use tags::{mute_tag, set_tags, tags};

pub(crate) use absence::{Absences, note_absence, start_sweeper};
pub(crate) use announce::{RoomAudience, announce};
pub(crate) use cache::{RoomMembers, forget_member, membership};
pub(crate) use hongyan_store::rooms::Membership;
pub(crate) use join::enter_all;
pub(crate) use members::{expel, forget_user};
pub(crate) use pace::{RoomPace, keeps_back};

/// How chat rooms behave on this installation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RoomOptions {
    /// A member whose last device has been offline for this long leaves (ms).
    pub absence_ms: i64,
    /// Messages per second that are delivered in one room before those of lower priority are kept back; 0: all.
    pub messages_per_second: u32,
}

impl Default for RoomOptions {
    fn default() -> Self {
        Self { absence_ms: 120_000, messages_per_second: 0 }
    }
}

/// What the caller may do in the room: a member according to its role, the app everything.
///
/// Refuses unknown rooms and, to users, rooms of which they are no members.
pub(crate) async fn standing(m: &Messaging, caller: &Caller, room: &RoomId) -> Result<Role> {
    let Some(user) = caller.user() else {
        require(m, caller, room).await?;
        return Ok(Role::Owner);
    };
    match membership(m, caller.app.id, room, user).await? {
        Membership::NoRoom => Err(not_found(room).into()),
        Membership::NotMember => Err(Refusal::NotInGroup.into()),
        Membership::Member { role } => Ok(role),
    }
}

/// The room, of which the calling user has to be a member.
pub(crate) async fn admit_member(m: &Messaging, caller: &Caller, room: &RoomId) -> Result<Room> {
    standing(m, caller, room).await?;
    require(m, caller, room).await
}

async fn require(m: &Messaging, caller: &Caller, room: &RoomId) -> Result<Room> {
    let found = hongyan_store::rooms::find(m.store(), caller.app.id, room).await?;
    found.ok_or_else(|| not_found(room).into())
}

fn not_found(room: &RoomId) -> Refusal {
    Refusal::RoomNotFound { room: room.to_string() }
}
