//! What members say of themselves in a group: names and texts that the app chooses.

use std::collections::BTreeMap;

use hongyan_model::{App, Caller, Feature, GroupId, Refusal, Result, Role, UserId, limits};
use hongyan_store::attributes::Attributes;
use hongyan_store::groups::Membership;
use hongyan_store::member_attributes::{self as stored, Merged};

use super::{acting, announce, membership, standing};
use crate::Messaging;
use crate::users::addressed;

/// Sets attributes of a member and answers all that it has then; an empty value removes its name. Members set their
/// own, the owner those of everybody, an administrator those of plain members.
pub async fn set_attributes(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    user: &str,
    changes: &Attributes,
) -> Result<Attributes> {
    let group = GroupId::parse(group)?;
    let standing = acting(m, caller, &group).await?;
    let user = addressed(user)?;
    admit(m, caller, &group, standing, &user).await?;
    check(&caller.app, changes)?;
    merge(m, caller, &group, &user, changes).await
}

/// [`set_attributes`] for up to 20 members, each with its own; answers those whose attributes would have become too
/// large, and what the others have then. For the customer's server.
pub async fn set_attributes_of_many(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    changes: &[(String, Attributes)],
) -> Result<(Vec<UserId>, Vec<(UserId, Attributes)>)> {
    let group = GroupId::parse(group)?;
    let standing = acting(m, caller, &group).await?;
    let limit = limits::MEMBER_ATTRIBUTES_SET;
    if changes.len() > limit {
        return Err(Refusal::TooMany { name: "users", limit }.into());
    }
    let mut users = Vec::with_capacity(changes.len());
    for (user, attributes) in changes {
        let user = addressed(user)?;
        admit(m, caller, &group, standing, &user).await?;
        check(&caller.app, attributes)?;
        users.push(user);
    }
    let (mut failed, mut set) = (Vec::new(), Vec::with_capacity(users.len()));
    for (user, (_, attributes)) in users.into_iter().zip(changes) {
        match merge(m, caller, &group, &user, attributes).await {
            Ok(all) => set.push((user, all)),
            Err(hongyan_model::Error::Refused(Refusal::AttributesTooLarge { .. })) => {
                failed.push(user);
            }
            Err(error) => return Err(error),
        }
    }
    Ok((failed, set))
}

/// The attributes of up to 10 members, of each only those in `names` unless that is empty; who is no member is not in
/// it. For members.
pub async fn attributes(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    users: &[String],
    names: &[String],
) -> Result<BTreeMap<UserId, Attributes>> {
    let group = GroupId::parse(group)?;
    standing(m, caller, &group).await?;
    if users.is_empty() {
        return Err(Refusal::Missing { name: "targets" }.into());
    }
    let limit = limits::MEMBER_ATTRIBUTES_READ;
    if users.len() > limit {
        return Err(Refusal::TooMany { name: "targets", limit }.into());
    }
    let ids = users.iter().map(|user| addressed(user)).collect::<Result<Vec<_>, _>>()?;
    let found = stored::of(m.store(), caller.app.id, &group, &ids).await?;
    if found.is_empty() {
        return Err(Refusal::NotMembers { users: users.to_vec() }.into());
    }
    let wanted = |name: &String| names.is_empty() || names.contains(name);
    let chosen = found.into_iter().map(|(user, mut attributes)| {
        attributes.retain(|name, _| wanted(name));
        (user, attributes)
    });
    Ok(chosen.collect())
}

/// Refuses who is no member, and to members what is not theirs to say.
async fn admit(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
    standing: Role,
    user: &UserId,
) -> Result<()> {
    let Membership::Member { role, .. } = membership(m, caller.app.id, group, user).await? else {
        return Err(Refusal::NotMembers { users: vec![user.to_string()] }.into());
    };
    if !caller.acts_for(user) && standing <= role {
        return Err(Refusal::RoleTooLow.into());
    }
    Ok(())
}

async fn merge(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
    user: &UserId,
    changes: &Attributes,
) -> Result<Attributes> {
    let (app, limit) = (caller.app.id, caller.app.most(Feature::MemberAttributeBytesMax));
    match stored::merge(m.store(), app, group, user, changes, limit).await? {
        Merged::Stored(all) => {
            announce::attributes(m, caller, group, user, changes).await;
            Ok(all)
        }
        Merged::NotMember => Err(Refusal::NotMembers { users: vec![user.to_string()] }.into()),
        Merged::TooLarge => Err(Refusal::AttributesTooLarge { limit }.into()),
    }
}

fn check(app: &App, changes: &Attributes) -> Result<(), Refusal> {
    for (name, value) in changes {
        let limit = app.most(Feature::MemberAttributeNameBytesMax);
        if name.is_empty() || name.len() > limit {
            return Err(Refusal::TooLong { name: "key", limit });
        }
        let limit = app.most(Feature::MemberAttributeValueBytesMax);
        if value.len() > limit {
            return Err(Refusal::TooLong { name: "value", limit });
        }
    }
    Ok(())
}
