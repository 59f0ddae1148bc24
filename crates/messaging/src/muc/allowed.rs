//! Who may write while all are muted.

use hongyan_model::{Caller, Muc, Refusal, Result, Role, UserId};
use hongyan_store::muc::{self as stored, FOREVER, List};

use super::{
    Failed, MucList, Outcome, added, announce, forget, most, named, place, require_some,
    restrictions, strike,
};
use crate::Messaging;
use crate::users::addressed;

/// Who is allowed, the first one first; for the owner and administrators.
pub async fn allowed(m: &Messaging, caller: &Caller, muc: &Muc) -> Result<Vec<UserId>> {
    place::require(m, caller, muc, Role::Admin).await?;
    let (app, now) = (caller.app.id, m.clock().now());
    let rows = stored::list(m.store(), app, muc, List::Allowed, now).await?;
    Ok(rows.into_iter().map(|row| row.user).collect())
}

/// Whether `user` is allowed. A member asks for itself, the owner and administrators for anybody.
pub async fn is_allowed(m: &Messaging, caller: &Caller, muc: &Muc, user: &str) -> Result<bool> {
    let user = addressed(user)?;
    own_or_managed(m, caller, muc, &user).await?;
    Ok(restrictions(m, caller.app.id, muc, &user).await?.allowed)
}

/// Refuses to plain members what concerns others.
pub(super) async fn own_or_managed(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    user: &UserId,
) -> Result<()> {
    let standing = place::standing(m, caller, muc).await?;
    if standing < Role::Admin && !caller.acts_for(user) {
        return Err(Refusal::RoleTooLow.into());
    }
    Ok(())
}

/// Allows members, whatever their role; one row for each. For the owner and administrators.
pub async fn allow(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    users: &[String],
) -> Result<Vec<Outcome>> {
    place::act(m, caller, muc, Role::Admin).await?;
    let app = caller.app.id;
    let (mut members, mut rows) = (Vec::new(), Vec::new());
    for (name, user) in named(users)? {
        let is_member = match &user {
            Some(user) => place::role(m, app, muc, user).await?.is_some(),
            None => false,
        };
        if is_member {
            members.extend(user);
        }
        rows.push(Outcome { user: name, failure: (!is_member).then_some(Failed::NotMember) });
    }
    require_some(&rows)?;
    let end = (FOREVER, m.clock().now(), most(caller));
    let listed = stored::add(m.store(), app, muc, List::Allowed, &members, end).await?;
    forget(m, app, muc);
    let allowed = added(listed, caller, muc, "whitelist")?;
    announce::to_each(m, caller, muc, (MucList::Allowed, Some(FOREVER)), &allowed).await;
    Ok(rows)
}

/// Takes users off the allow list; one row for each. For the owner and administrators.
pub async fn disallow(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    users: &[String],
) -> Result<Vec<Outcome>> {
    place::act(m, caller, muc, Role::Admin).await?;
    let (removed, rows) = strike(m, caller, muc, List::Allowed, users).await?;
    announce::to_each(m, caller, muc, (MucList::Allowed, None), &removed).await;
    Ok(rows)
}
