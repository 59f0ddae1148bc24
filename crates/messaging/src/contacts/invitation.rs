//! How users become contacts of each other by themselves.

use hongyan_model::{App, Caller, Feature, Refusal, Result, UserId};
use hongyan_store::contacts::{self as stored, Invitation};

use super::{announce, befriend, check_batch, check_text, require_other};
use crate::users::{existing, subject};
use crate::{Messaging, blocks};

/// Invites users, with `reason` to read. Repeated, the invited are told again; to contacts it is nothing.
pub async fn invite(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    invited: &[String],
    reason: Option<&str>,
) -> Result<Vec<UserId>> {
    let inviter = subject(m, caller, user).await?;
    check_batch(invited)?;
    check_reason(&caller.app, reason)?;
    let app = caller.app.id;
    let mut asked = Vec::with_capacity(invited.len());
    for name in invited {
        let invitee = existing(m, app, name).await?.id.clone();
        require_other(&inviter, &invitee)?;
        if blocks::is_blocked(m, &caller.app, &invitee, &inviter).await? {
            return Err(Refusal::Blocked.into());
        }
        let most_open = caller.app.most(Feature::ContactRequestsMax);
        let limits = (caller.app.quota(Feature::FriendsPerUserMax), most_open);
        let now = m.clock().now();
        match stored::invite(m.store(), app, &inviter, &invitee, limits, now).await? {
            Invitation::Open => {
                announce::invited(m, &caller.app, &inviter, &invitee, reason).await;
            }
            Invitation::AlreadyContacts => {}
            Invitation::UnknownUser(user) => {
                return Err(Refusal::UserNotFound { user: user.to_string() }.into());
            }
            Invitation::TooMany => return Err(Refusal::InviterContactsFull.into()),
        }
        asked.push(invitee);
    }
    Ok(asked)
}

/// Accepts the invitation of `inviter`: they are contacts of each other then.
pub async fn accept(m: &Messaging, caller: &Caller, user: &str, inviter: &str) -> Result<()> {
    let user = subject(m, caller, user).await?;
    let inviter = existing(m, caller.app.id, inviter).await?.id.clone();
    if blocks::is_blocked(m, &caller.app, &inviter, &user).await? {
        return Err(Refusal::Blocked.into());
    }
    if befriend(m, &caller.app, &user, &inviter, true).await? {
        announce::agreed(m, &caller.app, &user, &inviter).await;
        announce::added(m, &caller.app, &inviter, &user).await;
    }
    Ok(())
}

/// Declines the invitation of `inviter`; without one it is nothing.
pub async fn decline(m: &Messaging, caller: &Caller, user: &str, inviter: &str) -> Result<()> {
    let user = subject(m, caller, user).await?;
    let inviter = existing(m, caller.app.id, inviter).await?.id.clone();
    let app = caller.app.id;
    if stored::drop_invitation(m.store(), app, &inviter, &user).await?
        && !blocks::is_blocked(m, &caller.app, &inviter, &user).await?
    {
        announce::declined(m, &caller.app, &user, &inviter).await;
    }
    Ok(())
}

fn check_reason(app: &App, reason: Option<&str>) -> Result<(), Refusal> {
    let reason = reason.unwrap_or_default();
    let limit = app.most(Feature::InvitationCharsMax);
    if reason.chars().count() > limit {
        return Err(Refusal::TooLong { name: "reason", limit });
    }
    check_text("reason", reason)
}
