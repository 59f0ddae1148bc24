//! What groups and chat rooms have in common: owner and administrators, block list, mutes, allow list,
//! announcement, shared files. Written once over [`Muc`](hongyan_model::Muc); only `place` knows which of the two it is.
//!
//! Each write goes: may the caller, write in one transaction, forget what was cached, announce.
//!
//! | list | who is on it | may it write? |
//! |---|---|---|
//! | blocked | was removed and cannot come back | – |
//! | muted, until some time; in rooms also by tag | anybody but the owner | no |
//! | allowed | members | while all are muted, unless it is muted itself |
//!
//! For the modules that own members: [`speaking`] on the path of every message, [`forget`] when a group or room ends.
//! Who is blocked is refused by the storage, in the transaction that adds members.

mod admins;
mod allowed;
mod announce;
mod announcement;
mod blocks;
mod facts;
mod files;
mod mutes;
mod operation;
mod place;

use std::collections::HashSet;

use hongyan_model::{AppId, Caller, Feature, Muc, Refusal, Result, Role, UserId, limits};

use crate::Messaging;
use crate::users::addressed;

pub use admins::{administrators, appoint, demote, promote, transfer};
pub use allowed::{allow, allowed, disallow, is_allowed};
pub use announcement::{announcement, set_announcement};
pub use blocks::{block, blocked, unblock};
pub use files::{SharedFile, download_file, files, remove_file, share_file};
pub use hongyan_store::muc::FOREVER;
pub use mutes::{Muting, is_muted, mute, muted, set_all_muted, unmute};
pub use operation::{Info, InfoOf, Joining, Leaving, MucList, MucOperation};

pub(crate) use facts::{SpeechCache, all_muted, forget, restrictions, speaking};
pub(crate) use operation::{info, told};

/// Which members of a group or chat room are read, by cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MemberPage<'a> {
    /// At most so many.
    pub limit: usize,
    /// Where the page before ended; from the beginning without it.
    pub cursor: Option<&'a str>,
    /// The last member first.
    pub backwards: bool,
    /// The owner is left out, and the page is as full without it.
    pub without_owner: bool,
}

/// What became of one user of a call with several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// As asked for, lower case.
    pub user: String,
    /// Why nothing was done; `None`: it was.
    pub failure: Option<Failed>,
}

/// Why nothing was done for a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failed {
    /// It is not in the group or room.
    NotMember,
    /// It is not on the list.
    NotListed,
}

/// Whether all are muted; for the app and for members.
pub async fn is_all_muted(m: &Messaging, caller: &Caller, muc: &Muc) -> Result<bool> {
    place::standing(m, caller, muc).await?;
    facts::all_muted(m, caller.app.id, muc).await
}

/// Takes a user who is being deleted off every list.
pub(crate) async fn forget_user(m: &Messaging, app: AppId, user: &UserId) -> Result<()> {
    for id in hongyan_store::muc::remove_everywhere(m.store(), app, user).await? {
        facts::forget_id(m, app, &id);
    }
    Ok(())
}

/// The members among `users`, each once, whom somebody with `standing` may put on a list; all of them are below it.
/// One row for each user asked for; refused if nobody of them is a member.
async fn targets(
    m: &Messaging,
    app: AppId,
    muc: &Muc,
    standing: Role,
    users: &[String],
) -> Result<(Vec<UserId>, Vec<Outcome>)> {
    let (mut members, mut rows) = (Vec::new(), Vec::new());
    for (name, user) in named(users)? {
        // An illegal id is nobody's, so nobody's membership either.
        let role = match &user {
            Some(user) => place::role(m, app, muc, user).await?,
            None => None,
        };
        match role {
            Some(Role::Owner) => return Err(Refusal::GroupOwner.into()),
            Some(role) if role >= standing => return Err(Refusal::RoleTooLow.into()),
            Some(_) => members.extend(user),
            None => {}
        }
        let failure = role.is_none().then_some(Failed::NotMember);
        rows.push(Outcome { user: name, failure });
    }
    require_some(&rows)?;
    Ok((members, rows))
}

/// The users that a call names, each once, with the names in lower case.
fn named(users: &[String]) -> Result<Vec<(String, Option<UserId>)>, Refusal> {
    if users.is_empty() {
        return Err(Refusal::Missing { name: "usernames" });
    }
    if users.len() > limits::MUC_LIST_BATCH {
        return Err(Refusal::TooMany { name: "usernames", limit: limits::MUC_LIST_BATCH });
    }
    let mut seen = HashSet::new();
    let named = users.iter().map(|name| (name.to_lowercase(), addressed(name).ok()));
    Ok(named.filter(|(name, _)| seen.insert(name.clone())).collect())
}

/// Takes users off a list for [`unblock`] and [`disallow`]: one row for each; refused if nobody was on it.
async fn strike(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    list: hongyan_store::muc::List,
    users: &[String],
) -> Result<(Vec<UserId>, Vec<Outcome>)> {
    let named = named(users)?;
    let ids: Vec<UserId> = named.iter().filter_map(|(_, user)| user.clone()).collect();
    let (app, now) = (caller.app.id, m.clock().now());
    let removed = hongyan_store::muc::remove(m.store(), app, muc, list, &ids, now).await?;
    forget(m, app, muc);
    let row = |(name, user): (String, Option<UserId>)| {
        let is_removed = user.is_some_and(|user| removed.contains(&user));
        Outcome { user: name, failure: (!is_removed).then_some(Failed::NotListed) }
    };
    let rows: Vec<Outcome> = named.into_iter().map(row).collect();
    require_some(&rows)?;
    Ok((removed, rows))
}

fn require_some(rows: &[Outcome]) -> Result<(), Refusal> {
    if rows.iter().any(|row| row.failure.is_none()) {
        return Ok(());
    }
    Err(Refusal::NotMembers { users: rows.iter().map(|row| row.user.clone()).collect() })
}

/// Users that one list may hold.
fn most(caller: &Caller) -> usize {
    caller.app.most(Feature::MucListMax)
}

/// The users who are on the list now, or why there are none.
fn added(
    addition: hongyan_store::muc::Addition,
    caller: &Caller,
    muc: &Muc,
    list: &'static str,
) -> Result<Vec<UserId>, Refusal> {
    use hongyan_store::muc::Addition;
    match addition {
        Addition::Done(users) => Ok(users),
        Addition::Nowhere => Err(place::not_found(muc)),
        Addition::Full => Err(Refusal::ListFull { list, limit: most(caller) }),
    }
}
