//! End users: registration, facts, password, nickname, bans, devices, deletion.

mod ban;
mod disconnect;
mod registration;
mod search;

use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::Router;
use hongyan_model::{
    App, AppId, Caller, Feature, Refusal, Result, Timestamp, User, UserId, limits,
};
use hongyan_platform::{FactCache, password};
use hongyan_store::session_ends::EndReason;
use hongyan_store::users::{self as stored, Place};

use crate::page::{Page, decode_cursor};
use crate::{
    Messaging, blocks, contacts, favourites, files, groups, muc, mutes, nodes, push_settings,
    reactions, rooms,
};

pub use ban::{activate, deactivate, require_active};
pub use disconnect::{disconnect, disconnect_device, resources};
pub(crate) use registration::create_without_password;
pub use registration::{BatchRegistration, NewUser, may_register, register, register_batch};
pub use search::search;

const PAGE_LIMIT: usize = 100;
const CACHED_USERS: u64 = 100_000;
/// How long a change made by another node may stay unseen.
const CACHE_LIFETIME: Duration = Duration::from_secs(60);

/// Users seen lately.
pub(crate) struct UserCache(FactCache<(AppId, UserId), User>);

impl UserCache {
    pub(crate) fn new(router: &Arc<Router>) -> Self {
        Self(FactCache::new(router, "users", CACHED_USERS, CACHE_LIFETIME))
    }
}

/// A user, from memory where it was seen lately.
pub(crate) async fn facts(m: &Messaging, app: AppId, user: &UserId) -> Result<Option<Arc<User>>> {
    let load = stored::find(m.store(), app, user);
    Ok(m.0.users.0.get(&(app, user.clone()), load).await?)
}

/// The same of somebody who comes: not from memory where another node may have banned it without being heard here yet.
pub(crate) async fn facts_of_comer(
    m: &Messaging,
    app: AppId,
    user: &UserId,
) -> Result<Option<Arc<User>>> {
    if m.router().is_deaf() || m.router().has_slept() {
        m.0.users.0.forget(&(app, user.clone()));
    }
    facts(m, app, user).await
}

/// One user; a user token reads only its own.
pub async fn get(m: &Messaging, caller: &Caller, user: &str) -> Result<User> {
    let id = addressed(user)?;
    require_self_or_app(caller, &id)?;
    let found = stored::find(m.store(), caller.app.id, &id).await?;
    found.ok_or_else(|| not_found(user))
}

/// Users by age, the oldest first.
pub async fn page(
    m: &Messaging,
    caller: &Caller,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<User>> {
    require_app(caller)?;
    let after = cursor.map(|cursor| decode_cursor(cursor, place_from_key)).transpose()?;
    let limit = limit.clamp(1, PAGE_LIMIT);
    let users = stored::page(m.store(), caller.app.id, after.as_ref(), limit + 1).await?;
    Ok(Page::of(users, limit, place_to_key))
}

/// Deletes a user: it leaves its groups and chat rooms, those it owns are destroyed, its contacts lose it, every block list
/// drops it, its sessions and tokens end.
pub async fn delete(m: &Messaging, caller: &Caller, user: &str) -> Result<User> {
    require_app(caller)?;
    let id = addressed(user)?;
    let app = caller.app.id;
    if stored::find(m.store(), app, &id).await?.is_none() {
        return Err(not_found(user));
    }
    // What ties it to others first: if it fails halfway, the user is still there and the call can be repeated.
    groups::forget_user(m, caller, &id).await?;
    rooms::forget_user(m, caller, &id).await?;
    contacts::forget_user(m, caller, &id).await?;
    blocks::forget_user(m, caller, &id).await?;
    muc::forget_user(m, app, &id).await?;
    reactions::forget_user(m, app, &id).await?;
    push_settings::forget_user(m, caller, &id).await?;
    favourites::forget_user(m, caller, &id).await?;
    let deleted = stored::delete(m.store(), app, &id).await?;
    changed(m, app, &id);
    mutes::forget(m, app, &id);
    // Nobody can call this again, so that each is done, whatever becomes of the others.
    let ended = disconnect::end_sessions(m, app, &id, EndReason::UserRemoved).await;
    // A later user of this name starts with new devices.
    nodes::forget_acknowledged(m, app, &id);
    m.0.deletions.forget(app, &id);
    let devices = m.store().log().forget_user(app, &id).await;
    let parts = files::parts::forget_user(m, app, &id).await;
    // Somebody may have added the user to a group or room meanwhile.
    let groups = groups::forget_user(m, caller, &id).await;
    let rooms = rooms::forget_user(m, caller, &id).await;
    devices?;
    ended.and(parts).and(groups).and(rooms)?;
    deleted.ok_or_else(|| not_found(user))
}

/// Deletes the users of one page.
pub async fn delete_page(
    m: &Messaging,
    caller: &Caller,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<User>> {
    let page = page(m, caller, limit, cursor).await?;
    for user in &page.items {
        match delete(m, caller, user.id.as_str()).await {
            // Another call was faster.
            Ok(_) | Err(hongyan_model::Error::Refused(Refusal::UserNotFound { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(page)
}

/// Sets a password without knowing the old one; sessions and tokens end.
pub async fn set_password(m: &Messaging, caller: &Caller, user: &str, new: &str) -> Result<()> {
    require_app(caller)?;
    let id = addressed(user)?;
    if new.is_empty() {
        return Err(Refusal::Missing { name: "newpassword" }.into());
    }
    check_password(new)?;
    let app = caller.app.id;
    if facts(m, app, &id).await?.is_none() {
        return Err(not_found(user));
    }
    let hash = password::hash(m.platform(), new.to_owned()).await?;
    let now = m.clock().now();
    let found = stored::set_password(m.store(), app, &id, &hash, fresh_epoch(m), now).await?;
    changed(m, app, &id);
    if !found {
        return Err(not_found(user));
    }
    let ended = disconnect::end_sessions(m, app, &id, EndReason::PasswordChanged).await;
    // Its phones are logged out as well, also those that are not connected.
    hongyan_store::push_bindings::forget_user(m.store(), app, &id).await?;
    ended
}

/// Sets the nickname that push notifications show.
pub async fn set_nickname(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    nickname: &str,
) -> Result<User> {
    let id = addressed(user)?;
    require_self_or_app(caller, &id)?;
    check_nickname(&caller.app, nickname)?;
    let app = caller.app.id;
    let user_after = stored::set_nickname(m.store(), app, &id, nickname, m.clock().now()).await?;
    changed(m, app, &id);
    user_after.ok_or_else(|| not_found(user))
}

/// Sets the nicknames of up to 50 users, all of whom have to exist; for the customer's server.
pub async fn set_nicknames(
    m: &Messaging,
    caller: &Caller,
    nicknames: &[(String, String)],
) -> Result<Vec<User>> {
    require_app(caller)?;
    if nicknames.is_empty() {
        return Err(Refusal::Missing { name: "push_nickname" }.into());
    }
    let limit = limits::NICKNAME_BATCH;
    if nicknames.len() > limit {
        return Err(Refusal::TooMany { name: "push_nickname", limit }.into());
    }
    for (user, nickname) in nicknames {
        if nickname.chars().count() > caller.app.most(Feature::NicknameCharsMax) {
            let why = format!("{user:.64} push nickname length exceeds the limit");
            return Err(Refusal::Invalid { name: "push_nickname", why }.into());
        }
        check_nickname(&caller.app, nickname)?;
        existing(m, caller.app.id, user).await?;
    }
    let mut named = Vec::with_capacity(nicknames.len());
    for (user, nickname) in nicknames {
        named.push(set_nickname(m, caller, user, nickname).await?);
    }
    Ok(named)
}

/// The user whom a path or parameter names; an illegal id names nobody.
pub(crate) fn addressed(user: &str) -> Result<UserId, Refusal> {
    UserId::parse(user).map_err(|_| Refusal::UserNotFound { user: user.chars().take(80).collect() })
}

/// The user on whose behalf a call comes: it exists, and the caller may act for it.
pub(crate) async fn subject(m: &Messaging, caller: &Caller, user: &str) -> Result<UserId> {
    let id = addressed(user)?;
    require_self_or_app(caller, &id)?;
    Ok(existing(m, caller.app.id, id.as_str()).await?.id.clone())
}

/// Whether who has this name today had it already at that time.
pub(crate) async fn was_there(
    m: &Messaging,
    app: AppId,
    user: &UserId,
    at: Timestamp,
) -> Result<bool> {
    Ok(facts(m, app, user).await?.is_some_and(|facts| facts.created <= at))
}

/// The user whom a path or parameter names, who has to exist.
pub(crate) async fn existing(m: &Messaging, app: AppId, user: &str) -> Result<Arc<User>> {
    let id = addressed(user)?;
    facts(m, app, &id).await?.ok_or_else(|| not_found(user))
}

/// Only the customer's server may do this.
pub(crate) fn require_app(caller: &Caller) -> Result<(), Refusal> {
    if caller.user().is_none() { Ok(()) } else { Err(Refusal::NotPermitted) }
}

/// A user only for itself, the customer's server for anybody.
pub(crate) fn require_self_or_app(caller: &Caller, user: &UserId) -> Result<(), Refusal> {
    if caller.acts_for(user) { Ok(()) } else { Err(Refusal::NotPermitted) }
}

/// A token epoch that no user had before: neither an old password's tokens nor those of a deleted user of the same
/// name hold under it.
fn fresh_epoch(m: &Messaging) -> i64 {
    m.ids().next(m.clock().now()).0.cast_signed()
}

fn changed(m: &Messaging, app: AppId, user: &UserId) {
    m.0.users.0.invalidate(&(app, user.clone()));
}

fn check_password(password: &str) -> Result<(), Refusal> {
    let fits = password.chars().count() <= limits::PASSWORD_CHARS;
    if fits { Ok(()) } else { Err(Refusal::PasswordTooLong) }
}

fn check_nickname(app: &App, nickname: &str) -> Result<(), Refusal> {
    if nickname.chars().count() > app.most(Feature::NicknameCharsMax) {
        return Err(Refusal::NicknameTooLong);
    }
    // PostgreSQL has no text with it.
    if nickname.contains('\0') {
        return Err(Refusal::Invalid { name: "nickname", why: "holds a NUL character".to_owned() });
    }
    Ok(())
}

fn not_found(user: &str) -> hongyan_model::Error {
    Refusal::UserNotFound { user: user.chars().take(80).collect() }.into()
}

fn place_to_key(user: &User) -> String {
    format!("{} {}", user.created, user.id)
}

fn place_from_key(key: &str) -> Option<Place> {
    let (created, id) = key.split_once(' ')?;
    Some(Place { created: created.parse().ok()?, id: UserId::parse(id).ok()? })
}
