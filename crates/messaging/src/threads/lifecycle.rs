//! Making, renaming and ending a thread.

use hongyan_model::{
    Caller, Conversation, EntryFlags, Feature, GroupId, LogEntry, MessageId, Refusal, Result, Role,
    Thread, ThreadId, UserId,
};
use hongyan_store::threads::{self as stored, Creation};

use super::{acting, announce, cache, existing, not_found, quota, require_enabled, require_head};
use crate::groups::Membership;
use crate::users::{self, addressed, require_self_or_app};
use crate::{Messaging, groups, messages};

/// A thread to be made.
#[derive(Clone, Debug)]
pub struct NewThread {
    /// The group.
    pub group: String,
    /// The message of the group below which it hangs.
    pub message: String,
    /// Name.
    pub name: String,
    /// Owner; a member of the group.
    pub owner: String,
}

/// Makes a thread with its owner in it. Every member of the group may, below any message that it sees; there is one
/// thread below a message.
pub async fn create(m: &Messaging, caller: &Caller, new: NewThread) -> Result<Thread> {
    require_enabled(caller)?;
    let owner = addressed(&new.owner)?;
    require_self_or_app(caller, &owner)?;
    let group = GroupId::parse(&new.group)?;
    let app = caller.app.id;
    match groups::membership(m, app, &group, &owner).await? {
        Membership::Member { .. } => {}
        Membership::NotMember => return Err(Refusal::NotInGroup.into()),
        Membership::NoGroup => return Err(no_group(&group).into()),
    }
    groups::acting(m, caller, &group).await?;
    check_name(caller, &new.name)?;
    let message = parent(m, caller, &group, &new.message, &owner).await?;

    let now = m.clock().now();
    let thread = Thread {
        id: ThreadId::from_trusted(m.ids().next(now).to_string()),
        group,
        message,
        name: new.name,
        owner,
        created: now,
    };
    let joined_at = m.ids().next(now);
    match stored::insert(m.store(), app, &thread, joined_at, quota(caller)).await? {
        Creation::Done => {}
        Creation::NoGroup => return Err(no_group(&thread.group).into()),
        Creation::NotInGroup => return Err(Refusal::NotInGroup.into()),
        Creation::Exists => return Err(Refusal::ThreadExists.into()),
        Creation::TooMany => {
            return Err(Refusal::QuotaExceeded { feature: Feature::ThreadsMax }.into());
        }
        Creation::UserFull => {
            return Err(Refusal::UserThreadsFull { user: thread.owner.to_string() }.into());
        }
    }
    m.router().thread_joined(app, &thread.id, &thread.owner);
    announce::created(m, caller, &thread).await;
    Ok(thread)
}

/// Renames a thread; for its owner, and the owner and administrators of the group.
pub async fn rename(m: &Messaging, caller: &Caller, thread: &str, name: &str) -> Result<Thread> {
    let thread = existing(m, caller, thread).await?;
    let role = acting(m, caller, &thread).await?;
    if role < Role::Admin && !is_own(m, caller, &thread).await? {
        return Err(Refusal::RoleTooLow.into());
    }
    check_name(caller, name)?;
    let app = caller.app.id;
    let renamed = stored::rename(m.store(), app, &thread.id, name).await?;
    cache::forget(m, app, &thread.id);
    let renamed = renamed.ok_or_else(|| not_found(&thread.id))?;
    announce::renamed(m, caller, &renamed).await;
    Ok(renamed)
}

/// Whether the caller made the thread, and not somebody who had its name before.
async fn is_own(m: &Messaging, caller: &Caller, thread: &Thread) -> Result<bool> {
    let Some(user) = caller.user().filter(|user| **user == thread.owner) else {
        return Ok(false);
    };
    users::was_there(m, caller.app.id, user, thread.created).await
}

/// Ends a thread; for the owner and administrators of the group.
pub async fn destroy(m: &Messaging, caller: &Caller, thread: &str) -> Result<()> {
    let thread = existing(m, caller, thread).await?;
    require_head(m, caller, &thread).await?;
    let app = caller.app.id;
    let deleted = stored::delete(m.store(), app, &thread.id).await?;
    cache::forget(m, app, &thread.id);
    let (deleted, members) = deleted.ok_or_else(|| not_found(&thread.id))?;
    for user in &members {
        cache::forget_member(m, app, &deleted.id, user);
    }
    announce::destroyed(m, caller, &deleted).await;
    announce::ended(m, app, &thread.id).await
}

/// The message of `group` that `given` names, which has to be there for `reader`.
async fn parent(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
    given: &str,
    reader: &UserId,
) -> Result<MessageId> {
    let id = given.parse().map(MessageId).map_err(|_| Refusal::MessageNotFound)?;
    let found = m.store().log().entry(caller.app.id, id).await?;
    let is_there = |found: &LogEntry| {
        found.entry.kind.is_history() && !found.entry.flags.contains(EntryFlags::RECALLED)
    };
    let message = found.filter(is_there).ok_or(Refusal::MessageNotFound)?;
    match message.entry.conversation.conversation() {
        Some(Conversation::Group(of)) if of == *group => {}
        Some(Conversation::Group(_)) => return Err(Refusal::MessageOfOtherGroup.into()),
        Some(Conversation::Thread(_)) => return Err(Refusal::ThreadNested.into()),
        _ => return Err(Refusal::NotGroupMessage.into()),
    }
    if messages::is_visible(&message, reader) {
        return Ok(id);
    }
    Err(Refusal::MessageNotFound.into())
}

fn check_name(caller: &Caller, name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(Refusal::Missing { name: "name" });
    }
    if name.chars().count() > caller.app.most(Feature::ThreadNameCharsMax) {
        return Err(Refusal::ThreadNameTooLong);
    }
    // PostgreSQL has no text with it.
    if name.contains('\0') {
        return Err(Refusal::Invalid { name: "name", why: "holds a NUL character".to_owned() });
    }
    Ok(())
}

fn no_group(group: &GroupId) -> Refusal {
    Refusal::GroupNotFound { group: group.to_string() }
}
