//! Owner and administrators.

use hongyan_model::{Caller, Feature, Muc, Refusal, Result, Role, RoomId, UserId};
use hongyan_store::muc_roles::{self, RoleChange, Transfer};

use super::{FOREVER, MucList, announce, facts, place};
use crate::Messaging;
use crate::users::{addressed, existing};

/// The administrators without the owner, by age of their membership; for members.
pub async fn administrators(m: &Messaging, caller: &Caller, muc: &Muc) -> Result<Vec<UserId>> {
    place::standing(m, caller, muc).await?;
    Ok(muc_roles::administrators(m.store(), caller.app.id, muc).await?)
}

/// Makes a member an administrator, of whom the app's plan allows some; for the owner.
pub async fn promote(m: &Messaging, caller: &Caller, muc: &Muc, user: &str) -> Result<UserId> {
    let user = set_administrator(m, caller, muc, user, true).await?;
    if let (user, true) = &user {
        let users = std::slice::from_ref(user);
        announce::to_each(m, caller, muc, (MucList::Admins, Some(FOREVER)), users).await;
    }
    Ok(user.0)
}

/// Makes an administrator a plain member; for the owner.
pub async fn demote(m: &Messaging, caller: &Caller, muc: &Muc, user: &str) -> Result<UserId> {
    let (user, changed) = set_administrator(m, caller, muc, user, false).await?;
    if !changed {
        let (user, muc) = (user.to_string(), muc.to_string());
        return Err(Refusal::NotAdministrator { user, muc }.into());
    }
    let users = std::slice::from_ref(&user);
    announce::to_each(m, caller, muc, (MucList::Admins, None), users).await;
    Ok(user)
}

/// Makes these users the administrators of a room, and nobody else; who is no member joins with that. The owner may
/// be among them. For the owner.
pub async fn appoint(
    m: &Messaging,
    caller: &Caller,
    room: &RoomId,
    users: &[String],
) -> Result<()> {
    let muc = Muc::Room(room.clone());
    let mut wanted = Vec::with_capacity(users.len());
    for user in users {
        wanted.push(addressed(user)?);
    }
    let former = administrators(m, caller, &muc).await?;
    for user in former.iter().filter(|user| !wanted.contains(user)) {
        demote(m, caller, &muc, user.as_str()).await?;
    }
    for user in wanted.iter().filter(|user| !former.contains(user)) {
        match place::role(m, caller.app.id, &muc, user).await? {
            Some(Role::Owner) => continue,
            Some(_) => {}
            None => place::bring_in(m, caller, &muc, user).await?,
        }
        promote(m, caller, &muc, user.as_str()).await?;
    }
    Ok(())
}

async fn set_administrator(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    user: &str,
    administrator: bool,
) -> Result<(UserId, bool)> {
    place::act(m, caller, muc, Role::Owner).await?;
    let user = addressed(user)?;
    let (app, limit) = (caller.app.id, caller.app.most(Feature::MucAdminsMax));
    let changed =
        muc_roles::set_administrator(m.store(), app, muc, &user, administrator, limit).await?;
    place::forget_role(m, app, muc, &user);
    match changed {
        RoleChange::Done { changed } => Ok((user, changed)),
        RoleChange::Nowhere => Err(place::not_found(muc).into()),
        RoleChange::Owner => Err(Refusal::GroupOwner.into()),
        RoleChange::Full => Err(Refusal::ListFull { list: "admins", limit }.into()),
        RoleChange::NotMember => {
            // Of rooms the published API tells users that do not exist from those who are elsewhere.
            if muc.is_room() {
                existing(m, app, user.as_str()).await?;
            }
            let (user, muc) = (user.to_string(), muc.to_string());
            Err(match administrator {
                true => Refusal::NotMember { user, muc },
                false => Refusal::NotAdministrator { user, muc },
            }
            .into())
        }
    }
}

/// Gives a group or room to one of its members, a room also to somebody else, who joins with that; the former owner
/// stays as a plain member. For the owner.
pub async fn transfer(m: &Messaging, caller: &Caller, muc: &Muc, to: &str) -> Result<()> {
    place::act(m, caller, muc, Role::Owner).await?;
    let to = addressed(to)?;
    let (app, now) = (caller.app.id, m.clock().now());
    if muc.is_room() && place::role(m, app, muc, &to).await?.is_none() {
        place::bring_in(m, caller, muc, &to).await?;
    }
    let transfer = muc_roles::transfer(m.store(), app, muc, &to, now).await?;
    facts::forget(m, app, muc);
    match transfer {
        Transfer::Done { former } => {
            place::forget_role(m, app, muc, &former);
            place::forget_role(m, app, muc, &to);
            announce::transferred(m, caller, muc, &former, &to).await;
            Ok(())
        }
        Transfer::Nowhere => Err(place::not_found(muc).into()),
        Transfer::SameOwner => Err(Refusal::SameOwner.into()),
        Transfer::NotMember => {
            Err(Refusal::NotMember { user: to.to_string(), muc: muc.to_string() }.into())
        }
    }
}
