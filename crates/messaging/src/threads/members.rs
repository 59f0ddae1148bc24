//! Coming into a thread and leaving it.

use std::collections::HashSet;
use std::sync::Arc;

use hongyan_model::limits::THREAD_MEMBER_BATCH;
use hongyan_model::{AppId, Caller, MessageId, Refusal, Result, Thread, ThreadId, UserId};
use hongyan_store::threads::{self as stored, Joining};

use super::read::{ThreadDetail, detail};
use super::{acting, announce, cache, existing, not_found, quota, require_head, standing};
use crate::Messaging;
use crate::groups::{self, Membership};
use crate::users::{addressed, require_self_or_app};

/// A member of the group joins; from here on the thread's messages are meant for it.
pub async fn join(
    m: &Messaging,
    caller: &Caller,
    thread: &str,
    user: &str,
) -> Result<ThreadDetail> {
    let user = addressed(user)?;
    require_self_or_app(caller, &user)?;
    let thread = existing(m, caller, thread).await?;
    acting(m, caller, &thread).await?;
    let users = std::slice::from_ref(&user);
    if enter(m, caller, &thread, users).await?.is_empty() {
        return Err(Refusal::AlreadyInThread.into());
    }
    announce::joined(m, caller, &thread, users).await;
    detail(m, caller.app.id, (*thread).clone()).await
}

/// Puts members of the group into the thread; who is there already stays. For the owner and administrators of the group.
pub async fn add_members(
    m: &Messaging,
    caller: &Caller,
    thread: &str,
    users: &[String],
) -> Result<()> {
    let thread = existing(m, caller, thread).await?;
    require_head(m, caller, &thread).await?;
    let users = named(users)?;
    let joined = enter(m, caller, &thread, &users).await?;
    announce::joined(m, caller, &thread, &joined).await;
    Ok(())
}

/// A member leaves the thread; its owner may, too, and the thread stays.
pub async fn leave(m: &Messaging, caller: &Caller, thread: &str, user: &str) -> Result<()> {
    let user = addressed(user)?;
    require_self_or_app(caller, &user)?;
    let thread = existing(m, caller, thread).await?;
    standing(m, caller, &thread).await?;
    if take_out(m, caller.app.id, &thread.id, std::slice::from_ref(&user)).await?.is_empty() {
        return Err(Refusal::NotInGroup.into());
    }
    announce::left(m, caller, &thread, &user).await;
    Ok(())
}

/// Removes a member. The group's owner removes anybody, an administrator plain members of the group.
pub async fn remove_member(
    m: &Messaging,
    caller: &Caller,
    thread: &str,
    user: &str,
) -> Result<UserId> {
    let (mut removed, _) = remove(m, caller, thread, &[user.to_owned()]).await?;
    removed.pop().ok_or_else(|| Refusal::NotInGroup.into())
}

/// Removes members as [`remove_member`] does; for each whether it was in the thread.
pub async fn remove_members(
    m: &Messaging,
    caller: &Caller,
    thread: &str,
    users: &[String],
) -> Result<Vec<(UserId, bool)>> {
    let (removed, named) = remove(m, caller, thread, users).await?;
    let removed: HashSet<UserId> = removed.into_iter().collect();
    let row = |user: UserId| {
        let is_removed = removed.contains(&user);
        (user, is_removed)
    };
    Ok(named.into_iter().map(row).collect())
}

/// Those who were removed, and all that were named.
async fn remove(
    m: &Messaging,
    caller: &Caller,
    thread: &str,
    users: &[String],
) -> Result<(Vec<UserId>, Vec<UserId>)> {
    let thread = existing(m, caller, thread).await?;
    let standing = require_head(m, caller, &thread).await?;
    let named = named(users)?;
    for user in &named {
        let membership = groups::membership(m, caller.app.id, &thread.group, user).await?;
        if let Membership::Member { role, .. } = membership
            && role >= standing
            && caller.user().is_some()
        {
            return Err(Refusal::RoleTooLow.into());
        }
    }
    let removed = take_out(m, caller.app.id, &thread.id, &named).await?;
    announce::kicked(m, caller, &thread, &removed).await;
    Ok((removed, named))
}

/// Enters those who are not in the thread yet, and answers them.
async fn enter(
    m: &Messaging,
    caller: &Caller,
    thread: &Arc<Thread>,
    users: &[UserId],
) -> Result<Vec<UserId>> {
    let (app, now) = (caller.app.id, m.clock().now());
    let positioned: Vec<(UserId, MessageId)> =
        users.iter().map(|user| (user.clone(), m.ids().next(now))).collect();
    let most = quota(caller).threads_per_user;
    let joined = match stored::add_members(m.store(), app, &thread.id, &positioned, most).await? {
        Joining::Joined(users) => users,
        Joining::NoThread => return Err(not_found(&thread.id).into()),
        Joining::NotInGroup(_) => return Err(Refusal::NotInGroup.into()),
        Joining::UserFull(user) => {
            return Err(Refusal::UserThreadsFull { user: user.to_string() }.into());
        }
    };
    for user in &joined {
        m.router().thread_joined(app, &thread.id, user);
    }
    Ok(joined)
}

/// Takes those who are in the thread out of it, and answers them.
async fn take_out(
    m: &Messaging,
    app: AppId,
    thread: &ThreadId,
    users: &[UserId],
) -> Result<Vec<UserId>> {
    let removed = stored::remove_members(m.store(), app, thread, users).await?;
    for user in &removed {
        cache::forget_member(m, app, thread, user);
        m.router().thread_left(app, thread, user);
        // Whoever brought it in again meanwhile may have looked for its sessions too early.
        if m.router().may_be_online(app, user)
            && matches!(cache::joined_at(m, app, thread, user).await, Ok(Some(_)))
        {
            m.router().thread_joined(app, thread, user);
        }
    }
    Ok(removed)
}

/// The users that a call names, each once.
fn named(users: &[String]) -> Result<Vec<UserId>, Refusal> {
    if users.is_empty() {
        return Err(Refusal::Missing { name: "usernames" });
    }
    if users.len() > THREAD_MEMBER_BATCH {
        return Err(Refusal::TooMany { name: "usernames", limit: THREAD_MEMBER_BATCH });
    }
    let mut named: Vec<UserId> = Vec::with_capacity(users.len());
    for user in users {
        let user = addressed(user)?;
        if !named.contains(&user) {
            named.push(user);
        }
    }
    Ok(named)
}
