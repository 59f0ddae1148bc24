//! Whether users are online, for anybody's server; nothing of it is published or followed.

use hongyan_model::limits::STATUS_BATCH;
use hongyan_model::{Caller, Refusal, Result, UserId};

use crate::Messaging;

/// Whether a user has a connection. Nobody is refused for not existing: such a user is offline.
pub async fn is_online(m: &Messaging, caller: &Caller, user: &str) -> Result<bool> {
    let user = UserId::parse(user)?;
    if !caller.acts_for(&user) {
        return Err(Refusal::NotPermitted.into());
    }
    Ok(m.router().is_online(caller.app.id, &user))
}

/// The same for up to 100 users at once, in the order given; for the customer's server only.
pub async fn status_batch(
    m: &Messaging,
    caller: &Caller,
    users: &[String],
) -> Result<Vec<(String, bool)>> {
    if caller.user().is_some() {
        return Err(Refusal::NotPermitted.into());
    }
    if users.len() > STATUS_BATCH {
        return Err(Refusal::TooMany { name: "usernames", limit: STATUS_BATCH }.into());
    }
    let online = |user: &String| {
        let id = UserId::parse(user).ok()?;
        Some(m.router().is_online(caller.app.id, &id))
    };
    Ok(users.iter().map(|user| (user.to_lowercase(), online(user).unwrap_or(false))).collect())
}
