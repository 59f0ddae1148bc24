//! Contacts: two users who know each other, after one invited and the other accepted, or by the customer's server.
//!
//! A friendship is mutual. Each write goes: may the caller, write in one transaction, forget what was cached,
//! announce. An announcement that fails is logged and does not undo the write.

mod announce;
mod cache;
mod import;
mod invitation;
mod uplink;

use std::collections::HashSet;

use hongyan_model::{App, Caller, Feature, Refusal, Result, Timestamp, User, UserId, limits};
use hongyan_store::contacts::{self as stored, Friendship};

use crate::page::{Page, decode_cursor};
use crate::users::{addressed, existing, require_app, subject};
use crate::{Messaging, blocks};

pub use hongyan_store::contacts::Contact;
pub use import::{Import, import};
pub use invitation::{accept, decline, invite};
pub use uplink::apply_uplink;

pub(crate) use cache::{FriendCache, are_contacts};

/// Makes two users contacts of each other; nobody is asked.
pub async fn add(m: &Messaging, caller: &Caller, user: &str, contact: &str) -> Result<User> {
    require_app(caller)?;
    let user = subject(m, caller, user).await?;
    let contact = existing(m, caller.app.id, contact).await?;
    require_other(&user, &contact.id)?;
    if befriend(m, &caller.app, &user, &contact.id, false).await? {
        announce::added(m, &caller.app, &user, &contact.id).await;
        announce::added(m, &caller.app, &contact.id, &user).await;
    }
    Ok((*contact).clone())
}

/// Ends a friendship on both sides. Repeated, it is nothing.
pub async fn remove(m: &Messaging, caller: &Caller, user: &str, contact: &str) -> Result<User> {
    let user = subject(m, caller, user).await?;
    let contact = existing(m, caller.app.id, contact).await?;
    let removed = stored::remove(m.store(), caller.app.id, &user, &contact.id).await?;
    m.0.friends.forget(caller.app.id, &user, &contact.id);
    if removed {
        if !blocks::is_blocked(m, &caller.app, &contact.id, &user).await? {
            announce::removed(m, &caller.app, &user, std::slice::from_ref(&contact.id)).await;
        }
        // What a user does itself is not told to its devices; this it has not done.
        if caller.user().is_none() {
            announce::removed(m, &caller.app, &contact.id, std::slice::from_ref(&user)).await;
        }
    }
    Ok((*contact).clone())
}

/// Ends every friendship of a user, and tells it and its contacts.
pub async fn remove_all(m: &Messaging, caller: &Caller, user: &str) -> Result<()> {
    require_app(caller)?;
    let user = subject(m, caller, user).await?;
    for contact in end_all(m, caller, &user).await? {
        announce::removed(m, &caller.app, &contact, std::slice::from_ref(&user)).await;
    }
    Ok(())
}

/// Sets the user's own words on a contact; an empty text clears them.
pub async fn set_remark(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    contact: &str,
    remark: &str,
) -> Result<()> {
    let user = subject(m, caller, user).await?;
    let contact = existing(m, caller.app.id, contact).await?;
    let limit = caller.app.most(Feature::RemarkCharsMax);
    if remark.chars().count() > limit {
        let why = format!("remark length must less than or equal to {limit}");
        return Err(Refusal::Invalid { name: "remark", why }.into());
    }
    check_text("remark", remark)?;
    if !stored::set_remark(m.store(), caller.app.id, &user, &contact.id, remark).await? {
        return Err(Refusal::NotContact.into());
    }
    Ok(())
}

/// All contacts of a user, the newest first.
pub async fn all(m: &Messaging, caller: &Caller, user: &str) -> Result<Vec<Contact>> {
    let user = subject(m, caller, user).await?;
    Ok(stored::page(m.store(), caller.app.id, &user, None, usize::MAX).await?)
}

/// Contacts of a user page by page, the newest first.
pub async fn page(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Contact>> {
    let user = subject(m, caller, user).await?;
    if limit > limits::CONTACT_PAGE {
        return Err(Refusal::TooMany { name: "limit", limit: limits::CONTACT_PAGE }.into());
    }
    let limit = limit.max(1);
    let after = cursor.map(|cursor| decode_cursor(cursor, place_from_key)).transpose()?;
    let contacts = stored::page(m.store(), caller.app.id, &user, after, limit + 1).await?;
    Ok(Page::of(contacts, limit, |contact| place_to_key(contact.created, &contact.user)))
}

/// Which of up to 100 users are contacts of `user`, in the order given.
pub async fn relations(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    others: &[String],
) -> Result<Vec<(String, bool)>> {
    require_app(caller)?;
    check_relations(others)?;
    let user = subject(m, caller, user).await?;
    // An illegal id is nobody's.
    let named: Vec<UserId> = others.iter().filter_map(|other| addressed(other).ok()).collect();
    let contacts = stored::among(m.store(), caller.app.id, &user, &named).await?;
    let contacts: HashSet<UserId> = contacts.into_iter().collect();
    let is_contact = |other: &String| addressed(other).is_ok_and(|id| contacts.contains(&id));
    Ok(others.iter().map(|other| (other.to_lowercase(), is_contact(other))).collect())
}

/// Ends what ties a user who is to be deleted to its contacts, and tells them.
pub(crate) async fn forget_user(m: &Messaging, caller: &Caller, user: &UserId) -> Result<()> {
    end_all(m, caller, user).await?;
    Ok(())
}

/// Ends what ties a user to its contacts, and tells them; answers who they were.
async fn end_all(m: &Messaging, caller: &Caller, user: &UserId) -> Result<Vec<UserId>> {
    let contacts = stored::remove_all(m.store(), caller.app.id, user).await?;
    for contact in &contacts {
        m.0.friends.forget(caller.app.id, user, contact);
    }
    announce::removed(m, &caller.app, user, &contacts).await;
    Ok(contacts)
}

/// Makes friends of two users, if `invited` only on the invitation of `contact`; whether they were none before.
async fn befriend(
    m: &Messaging,
    app: &App,
    user: &UserId,
    contact: &UserId,
    invited: bool,
) -> Result<bool> {
    let inviter = if invited { contact } else { user };
    let (most, now) = (app.quota(Feature::FriendsPerUserMax), m.clock().now());
    match stored::befriend(m.store(), app.id, user, contact, invited, most, now).await? {
        Friendship::New => Ok(true),
        Friendship::Old => Ok(false),
        Friendship::NotInvited => Err(Refusal::NotInvited.into()),
        Friendship::UnknownUser(user) => {
            Err(Refusal::UserNotFound { user: user.to_string() }.into())
        }
        Friendship::Full(user) if user == *inviter => Err(Refusal::InviterContactsFull.into()),
        Friendship::Full(_) => Err(Refusal::InviteeContactsFull.into()),
    }
}

pub(crate) fn check_relations(others: &[String]) -> Result<(), Refusal> {
    if others.is_empty() {
        return Err(Refusal::Missing { name: "check_list" });
    }
    if others.len() > limits::RELATION_BATCH {
        return Err(Refusal::TooMany { name: "check_list", limit: limits::RELATION_BATCH });
    }
    Ok(())
}

/// Nobody is a contact of oneself, or blocks oneself.
pub(crate) fn require_other(user: &UserId, other: &UserId) -> Result<(), Refusal> {
    if user != other {
        return Ok(());
    }
    Err(Refusal::Invalid { name: "username", why: "is the user itself".to_owned() })
}

/// PostgreSQL has no text with a NUL character.
fn check_text(name: &'static str, text: &str) -> Result<(), Refusal> {
    if !text.contains('\0') {
        return Ok(());
    }
    Err(Refusal::Invalid { name, why: "holds a NUL character".to_owned() })
}

fn check_batch(users: &[String]) -> Result<(), Refusal> {
    if users.is_empty() {
        return Err(Refusal::Missing { name: "usernames" });
    }
    if users.len() > limits::CONTACT_BATCH {
        return Err(Refusal::TooMany { name: "usernames", limit: limits::CONTACT_BATCH });
    }
    Ok(())
}

pub(crate) fn place_to_key(created: Timestamp, user: &UserId) -> String {
    format!("{created} {user}")
}

pub(crate) fn place_from_key(key: &str) -> Option<(Timestamp, UserId)> {
    let (created, user) = key.split_once(' ')?;
    Some((created.parse().ok()?, addressed(user).ok()?))
}
