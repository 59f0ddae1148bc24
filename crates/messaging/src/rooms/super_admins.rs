//! Users who may make rooms from a client.

use hongyan_model::{Caller, Refusal, Result, UserId};
use hongyan_store::rooms;

use crate::Messaging;
use crate::hooks::Happening;
use crate::messages::events;
use crate::users::{addressed, require_app};

/// Most users on one page.
const PAGE: usize = 1000;

/// Lets a user make rooms from a client.
pub async fn add_super_admin(m: &Messaging, caller: &Caller, user: &str) -> Result<UserId> {
    require_app(caller)?;
    let user = addressed(user)?;
    if rooms::add_super_admin(m.store(), caller.app.id, &user, m.clock().now()).await? {
        told(m, caller, &user, true).await;
        return Ok(user);
    }
    Err(Refusal::UserNotFound { user: user.to_string() }.into())
}

/// Takes that right from a user, who has to have it.
pub async fn remove_super_admin(m: &Messaging, caller: &Caller, user: &str) -> Result<UserId> {
    require_app(caller)?;
    let user = addressed(user)?;
    if rooms::remove_super_admin(m.store(), caller.app.id, &user).await? {
        told(m, caller, &user, false).await;
        return Ok(user);
    }
    Err(Refusal::UserNotFound { user: user.to_string() }.into())
}

async fn told(m: &Messaging, caller: &Caller, user: &UserId, given: bool) {
    let happening = Happening::SuperAdmin { caller, user, given };
    events::told_outside(m, &caller.app, happening).await;
}

/// A page of those who may, by number from 1, the one with the oldest right first.
pub async fn super_admins(
    m: &Messaging,
    caller: &Caller,
    page: usize,
    size: usize,
) -> Result<Vec<UserId>> {
    require_app(caller)?;
    let size = size.clamp(1, PAGE);
    let offset = page.saturating_sub(1).saturating_mul(size);
    Ok(rooms::super_admins(m.store(), caller.app.id, offset, size).await?)
}
