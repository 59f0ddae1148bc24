//! Block lists: whom a user does not want to hear from. Who is blocked is not told; the customer's server is. An app can
//! switch them off; the lists are kept then, but nobody reads or changes them, and they keep nobody away.

mod cache;

use std::collections::HashSet;

use hongyan_model::{Caller, Feature, Refusal, Result, User, UserId, limits};
use hongyan_msync::proto::roster_body::Operation;
use hongyan_store::blocks::{self as stored, Addition};

use crate::Messaging;
use crate::contacts::{check_relations, place_from_key, place_to_key, require_other};
use crate::hooks::Happening;
use crate::messages::events;
use crate::page::{Page, decode_cursor};
use crate::users::{addressed, existing, require_app, subject};

pub(crate) use cache::{BlockCache, is_blocked};

/// Blocks users: all of them, or none. They stay contacts if they are.
pub async fn add(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    blocked: &[String],
) -> Result<Vec<UserId>> {
    require_block_lists(caller)?;
    let owner = subject(m, caller, user).await?;
    let blocked = named(blocked)?;
    for other in &blocked {
        require_other(&owner, other)?;
    }
    let (app, now) = (caller.app.id, m.clock().now());
    let most = caller.app.quota(Feature::BlockListMax);
    let added = stored::add(m.store(), app, &owner, &blocked, most, now).await?;
    m.0.blocks.forget(app, &owner);
    match added {
        Addition::Done(new) => {
            told(m, caller, &owner, &new, Operation::Ban).await;
            Ok(blocked)
        }
        Addition::UnknownUser(user) => Err(Refusal::UserNotFound { user: user.to_string() }.into()),
        Addition::Full => Err(Refusal::QuotaExceeded { feature: Feature::BlockListMax }.into()),
    }
}

/// Unblocks users; those who are not blocked, or do not exist, do not matter.
pub async fn remove(m: &Messaging, caller: &Caller, user: &str, blocked: &[String]) -> Result<()> {
    require_block_lists(caller)?;
    let owner = subject(m, caller, user).await?;
    let blocked = named(blocked)?;
    let removed = stored::remove(m.store(), caller.app.id, &owner, &blocked).await?;
    m.0.blocks.forget(caller.app.id, &owner);
    told(m, caller, &owner, &removed, Operation::Allow).await;
    Ok(())
}

/// Unblocks one user, who has to exist.
pub async fn remove_one(m: &Messaging, caller: &Caller, user: &str, blocked: &str) -> Result<User> {
    require_block_lists(caller)?;
    let owner = subject(m, caller, user).await?;
    let blocked = existing(m, caller.app.id, blocked).await?;
    let users = std::slice::from_ref(&blocked.id);
    let removed = stored::remove(m.store(), caller.app.id, &owner, users).await?;
    m.0.blocks.forget(caller.app.id, &owner);
    told(m, caller, &owner, &removed, Operation::Allow).await;
    Ok((*blocked).clone())
}

/// Whom the user blocks, the newest first; all of them without a limit.
pub async fn page(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    limit: Option<usize>,
    cursor: Option<&str>,
) -> Result<Page<UserId>> {
    require_block_lists(caller)?;
    let owner = subject(m, caller, user).await?;
    let after = cursor.map(|cursor| decode_cursor(cursor, place_from_key)).transpose()?;
    let limit = limit.map_or(usize::MAX, |limit| limit.clamp(1, limits::CONTACT_PAGE));
    let read = limit.saturating_add(1);
    let rows = stored::page(m.store(), caller.app.id, &owner, after, read).await?;
    let page = Page::of(rows, limit, |row| place_to_key(row.created, &row.user));
    Ok(Page { items: page.items.into_iter().map(|row| row.user).collect(), cursor: page.cursor })
}

/// Which of up to 100 users the user blocks, in the order given.
pub async fn relations(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    others: &[String],
) -> Result<Vec<(String, bool)>> {
    require_block_lists(caller)?;
    require_app(caller)?;
    check_relations(others)?;
    let owner = subject(m, caller, user).await?;
    let mut rows = Vec::with_capacity(others.len());
    for other in others {
        let blocked = match addressed(other) {
            Ok(id) => is_blocked(m, &caller.app, &owner, &id).await?,
            Err(_) => false,
        };
        rows.push((other.to_lowercase(), blocked));
    }
    Ok(rows)
}

/// Takes a user who is to be deleted off every list.
pub(crate) async fn forget_user(m: &Messaging, caller: &Caller, user: &UserId) -> Result<()> {
    let app = caller.app.id;
    for owner in stored::remove_everywhere(m.store(), app, user).await? {
        m.0.blocks.forget(app, &owner);
    }
    m.0.blocks.forget(app, user);
    Ok(())
}

/// Tells those who listen outside whom `owner` blocks now, or blocks no more.
async fn told(
    m: &Messaging,
    caller: &Caller,
    owner: &UserId,
    users: &[UserId],
    operation: Operation,
) {
    for user in users {
        let happening = Happening::Roster { from: owner, to: user, operation, reason: None };
        events::told_outside(m, &caller.app, happening).await;
    }
}

/// The app has block lists.
fn require_block_lists(caller: &Caller) -> Result<(), Refusal> {
    let feature = Feature::UserBlocklist;
    if caller.app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}

/// The users that a call names, each once.
fn named(names: &[String]) -> Result<Vec<UserId>, Refusal> {
    if names.is_empty() {
        return Err(Refusal::Missing { name: "usernames" });
    }
    if names.len() > limits::BLOCK_BATCH {
        return Err(Refusal::TooMany { name: "usernames", limit: limits::BLOCK_BATCH });
    }
    let mut seen = HashSet::new();
    let mut users = Vec::with_capacity(names.len());
    for name in names {
        let user = addressed(name)?;
        if seen.insert(user.clone()) {
            users.push(user);
        }
    }
    Ok(users)
}
