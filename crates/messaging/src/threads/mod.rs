//! Threads: conversations below a message of a group, for those of its members who join.
//!
//! A thread has no roles and no lists of its own: what a member of the group may do in it follows from the group.
//! Members of the group see its threads and what is said in them; who has joined one receives it and may write.

mod announce;
mod cache;
mod lifecycle;
mod members;
mod overview;
mod read;
mod updates;

use std::sync::Arc;

use hongyan_model::{Caller, Feature, Refusal, Result, Role, Thread, ThreadId, UserId};
use hongyan_store::threads::ThreadQuota;

use crate::Messaging;
use crate::groups::{self, Membership};

pub use lifecycle::{NewThread, create, destroy, rename};
pub use members::{add_members, join, leave, remove_member, remove_members};
pub use read::{ThreadDetail, ThreadPage, all, below_group, get, joined, last_messages, members};
pub use updates::update_by;

pub(crate) use announce::{left_group, lost_group};
pub(crate) use cache::{ThreadCache, ThreadMembers, facts, joined_at};
pub(crate) use overview::{Tallies, below};
pub(crate) use read::{enter_all, joined_positions, members_since};
pub(crate) use updates::{Updates, start_updates};

/// A thread that has to exist, in an app that has threads.
pub(crate) async fn existing(m: &Messaging, caller: &Caller, thread: &str) -> Result<Arc<Thread>> {
    require_enabled(caller)?;
    let thread = ThreadId::parse(thread)?;
    facts(m, caller.app.id, &thread).await?.ok_or_else(|| not_found(&thread).into())
}

/// The thread of that name, which `reader` sees, being in its group, or the app (`None`); `None` if there is none.
pub(crate) async fn seen_by(
    m: &Messaging,
    caller: &Caller,
    reader: Option<&UserId>,
    name: &str,
) -> Result<Option<Arc<Thread>>> {
    let Ok(id) = ThreadId::parse(name) else { return Ok(None) };
    let Some(thread) = facts(m, caller.app.id, &id).await? else { return Ok(None) };
    require_enabled(caller)?;
    let Some(reader) = reader else { return Ok(Some(thread)) };
    match groups::membership(m, caller.app.id, &thread.group, reader).await? {
        Membership::Member { .. } => Ok(Some(thread)),
        Membership::NotMember | Membership::NoGroup => Err(Refusal::NotInGroup.into()),
    }
}

/// What the caller may do there: a member of the group according to its role in it, the app everything.
async fn standing(m: &Messaging, caller: &Caller, thread: &Thread) -> Result<Role> {
    groups::standing(m, caller, &thread.group).await
}

/// [`standing`] of somebody who is about to change something: not while the group is disabled.
async fn acting(m: &Messaging, caller: &Caller, thread: &Thread) -> Result<Role> {
    groups::acting(m, caller, &thread.group).await
}

/// Only for the app, the group's owner and its administrators.
async fn require_head(m: &Messaging, caller: &Caller, thread: &Thread) -> Result<Role> {
    let role = acting(m, caller, thread).await?;
    if role < Role::Admin { Err(Refusal::RoleTooLow.into()) } else { Ok(role) }
}

pub(crate) fn require_enabled(caller: &Caller) -> Result<(), Refusal> {
    let feature = Feature::Thread;
    if caller.app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}

fn quota(caller: &Caller) -> ThreadQuota {
    ThreadQuota {
        threads: caller.app.quota(Feature::ThreadsMax),
        threads_per_user: caller.app.quota(Feature::ThreadsPerUserMax),
    }
}

fn not_found(thread: &ThreadId) -> Refusal {
    Refusal::ThreadNotFound { thread: thread.to_string() }
}
