//! Who may not be in a group or room.

use hongyan_model::{Caller, Muc, Result, Role, UserId};
use hongyan_store::muc::{self as stored, FOREVER, List};

use super::{Leaving, MucList, Outcome, added, announce, forget, most, place, strike, targets};
use crate::Messaging;

/// Who is blocked, the first one first; for the owner and administrators.
pub async fn blocked(m: &Messaging, caller: &Caller, muc: &Muc) -> Result<Vec<UserId>> {
    place::require(m, caller, muc, Role::Admin).await?;
    let (app, now) = (caller.app.id, m.clock().now());
    let rows = stored::list(m.store(), app, muc, List::Blocked, now).await?;
    Ok(rows.into_iter().map(|row| row.user).collect())
}

/// Blocks members, who leave with that; one row for each. The owner blocks anybody, an administrator plain members.
pub async fn block(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    users: &[String],
) -> Result<Vec<Outcome>> {
    let standing = place::act(m, caller, muc, Role::Admin).await?;
    let app = caller.app.id;
    let (members, rows) = targets(m, app, muc, standing, users).await?;
    // Blocked first: who comes in from here on is refused.
    let end = (FOREVER, m.clock().now(), most(caller));
    let listed = stored::add(m.store(), app, muc, List::Blocked, &members, end).await?;
    forget(m, app, muc);
    let blocked = added(listed, caller, muc, "blocks")?;
    announce::blocked(m, caller, muc, &blocked).await;
    place::remove(m, caller, muc, &blocked, (standing, Leaving::Block)).await?;
    Ok(rows)
}

/// Lets users come in again; one row for each. They are not members by that.
pub async fn unblock(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    users: &[String],
) -> Result<Vec<Outcome>> {
    place::act(m, caller, muc, Role::Admin).await?;
    let (removed, rows) = strike(m, caller, muc, List::Blocked, users).await?;
    announce::to_each(m, caller, muc, (MucList::Blocked, None), &removed).await;
    Ok(rows)
}
