//! Banning users: they keep everything and cannot come in.

use hongyan_model::{Caller, Refusal, Result, User};
use hongyan_store::session_ends::EndReason;
use hongyan_store::users as stored;

use super::disconnect::end_sessions;
use super::{addressed, changed, facts_of_comer, not_found, require_app};
use crate::Messaging;

/// Bans a user: its sessions end, logins and tokens are refused until [`activate`]. What is sent to it waits.
pub async fn deactivate(m: &Messaging, caller: &Caller, user: &str) -> Result<User> {
    let banned = set_activated(m, caller, user, false).await?;
    end_sessions(m, caller.app.id, &banned.id, EndReason::Banned).await?;
    Ok(banned)
}

/// Lifts a ban; the tokens from before hold again.
pub async fn activate(m: &Messaging, caller: &Caller, user: &str) -> Result<User> {
    set_activated(m, caller, user, true).await
}

/// Refuses a user who is banned, or no more.
pub async fn require_active(m: &Messaging, caller: &Caller) -> Result<()> {
    let user = caller.user().ok_or(Refusal::NotPermitted)?;
    let facts =
        facts_of_comer(m, caller.app.id, user).await?.ok_or_else(|| not_found(user.as_str()))?;
    if facts.activated { Ok(()) } else { Err(Refusal::UserBanned.into()) }
}

async fn set_activated(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    activated: bool,
) -> Result<User> {
    require_app(caller)?;
    let id = addressed(user)?;
    let (app, now) = (caller.app.id, m.clock().now());
    let user_after = stored::set_activated(m.store(), app, &id, activated, now).await?;
    changed(m, app, &id);
    user_after.ok_or_else(|| not_found(user))
}
