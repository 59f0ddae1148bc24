//! Attributes of users: nickname, avatar and whatever the app likes.

use std::collections::BTreeMap;

use hongyan_model::{Caller, Feature, Refusal, Result, UserId, limits};
use hongyan_store::attributes::{self as stored, Merged};
use hongyan_store::counters::{Counted, count};

use crate::Messaging;
use crate::users::{addressed, require_app, require_self_or_app};

pub use hongyan_store::attributes::Attributes;

/// Attributes that clients know by these names, and how many characters each may have.
const LENGTHS: [(&str, usize); 6] = [
    ("nickname", 64),
    ("avatarurl", 256),
    ("phone", 32),
    ("mail", 64),
    ("sign", 256),
    ("birth", 64),
];
/// What clients know as a gender: unknown, male, female.
const GENDERS: [&str; 3] = ["0", "1", "2"];

/// Sets some attributes, keeps the others; all of them after that. A `gender` that is none has no effect: the vendor's
/// own samples send words.
pub async fn set(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    changes: Vec<(String, String)>,
) -> Result<Attributes> {
    let id = addressed(user)?;
    require_self_or_app(caller, &id)?;
    let mut changes: Attributes = changes.into_iter().collect();
    for (name, limit) in LENGTHS {
        if changes.get(name).is_some_and(|value| value.chars().count() > limit) {
            return Err(Refusal::TooLong { name, limit }.into());
        }
    }
    changes.retain(|name, value| name != "gender" || GENDERS.contains(&value.as_str()));
    let limit = caller.app.most(Feature::UserAttributeBytesMax);
    let feature = Feature::UserAttributesTotalBytesMax;
    let limits = (limit, caller.app.quota(feature));
    match stored::merge(m.store(), caller.app.id, &id, changes, limits).await? {
        Merged::Stored(attributes) => Ok(attributes),
        Merged::NoUser => Err(Refusal::UserNotFound { user: user.to_owned() }.into()),
        Merged::TooLarge => Err(Refusal::AttributesTooLarge { limit }.into()),
        Merged::AppFull => Err(Refusal::QuotaExceeded { feature }.into()),
    }
}

/// The attributes of one user; none for an unknown one.
pub async fn get(m: &Messaging, caller: &Caller, user: &str) -> Result<Attributes> {
    let Ok(id) = UserId::parse(user) else { return Ok(Attributes::new()) };
    require_self_or_app(caller, &id)?;
    let mut found = stored::find(m.store(), caller.app.id, std::slice::from_ref(&id)).await?;
    Ok(found.remove(&id).unwrap_or_default())
}

/// The attributes `keys` of up to 100 users, for any user of the app: they are the public profile. Every user asked
/// for has a row, unknown ones an empty one.
pub async fn get_many(
    m: &Messaging,
    caller: &Caller,
    users: &[String],
    keys: &[String],
) -> Result<BTreeMap<String, Attributes>> {
    if users.is_empty() {
        return Err(Refusal::Missing { name: "targets" }.into());
    }
    if users.len() > limits::ATTRIBUTE_BATCH {
        return Err(Refusal::TooMany { name: "targets", limit: limits::ATTRIBUTE_BATCH }.into());
    }
    let ids: Vec<UserId> = users.iter().filter_map(|user| UserId::parse(user).ok()).collect();
    let mut found = stored::find(m.store(), caller.app.id, &ids).await?;
    let mut profiles = BTreeMap::new();
    for user in users {
        let Ok(id) = UserId::parse(user) else {
            profiles.insert(user.clone(), Attributes::new());
            continue;
        };
        // Asked for twice: the first time took the row.
        if profiles.contains_key(id.as_str()) {
            continue;
        }
        let mut attributes = found.remove(&id).unwrap_or_default();
        attributes.retain(|name, _| keys.contains(name));
        profiles.insert(id.to_string(), attributes);
    }
    Ok(profiles)
}

/// How many bytes the attributes of all users of the app are, names and values together. For the customer's server.
pub async fn capacity(m: &Messaging, caller: &Caller) -> Result<u64> {
    require_app(caller)?;
    Ok(count(m.store(), caller.app.id, Counted::AttributeBytes).await?)
}

/// Drops all attributes of a user.
pub async fn clear(m: &Messaging, caller: &Caller, user: &str) -> Result<()> {
    let Ok(id) = UserId::parse(user) else { return Ok(()) };
    require_self_or_app(caller, &id)?;
    Ok(stored::delete(m.store(), caller.app.id, &id).await?)
}
