//! Following the presence of others.

use std::collections::HashSet;

use hongyan_model::{Caller, Feature, Refusal, Result, Timestamp, UserId, limits};
use hongyan_store::presence::{self as stored, Subscribed, Subscription, Terms};

use super::{Presence, look, named, require_presence};
use crate::Messaging;
use crate::users::subject;

/// The presence of a user who is followed, and until when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Followed {
    /// How it is now.
    pub presence: Presence,
    /// Until when it is followed.
    pub expires: Timestamp,
}

/// A page of the users whom somebody follows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Following {
    /// How many there are in all.
    pub total: u64,
    /// These, and until when.
    pub users: Vec<(UserId, Timestamp)>,
}

/// Follows up to 100 users for so many seconds, 30 days at most, from now on; answers how they are now. Those who do not
/// exist are passed over. If the user would follow too many, those that would end first give way; a user with too
/// many followers refuses the whole call.
pub async fn subscribe(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    followed: &[String],
    seconds: u64,
) -> Result<Vec<Followed>> {
    require_presence(&caller.app)?;
    let follower = subject(m, caller, user).await?;
    let followed = named(followed)?;
    if followed.contains(&follower) {
        let why = "you can't sub yourself".to_owned();
        return Err(Refusal::Invalid { name: "usernames", why }.into());
    }
    if seconds == 0 {
        let why = "expiry must be a number of seconds".to_owned();
        return Err(Refusal::Invalid { name: "expiry", why }.into());
    }
    let wish = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
    let most = caller.app.days(Feature::PresenceSubscriptionDaysMax);
    let now = m.clock().now();
    let terms = Terms {
        expires: now.saturating_add(wish.min(most)),
        now,
        most_followed: caller.app.quota(Feature::PresenceFollowedMax),
        most_followers: caller.app.quota(Feature::PresenceFollowersMax),
    };
    let app = caller.app.id;
    match stored::subscribe(m.store(), app, &follower, &followed, terms).await? {
        Subscribed::Done(done) => {
            let done: HashSet<UserId> = done.into_iter().collect();
            let followed: Vec<UserId> =
                followed.into_iter().filter(|user| done.contains(user)).collect();
            let present = look(m, app, &followed).await?;
            let expires = terms.expires;
            Ok(present.into_iter().map(|presence| Followed { presence, expires }).collect())
        }
        Subscribed::Full(_) => {
            Err(Refusal::QuotaExceeded { feature: Feature::PresenceFollowersMax }.into())
        }
    }
}

/// Follows up to 100 users no longer.
pub async fn unsubscribe(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    followed: &[String],
) -> Result<()> {
    require_presence(&caller.app)?;
    let follower = subject(m, caller, user).await?;
    let followed = named(followed)?;
    Ok(stored::unsubscribe(m.store(), caller.app.id, &follower, &followed).await?)
}

/// Whom a user follows, by id: page `page`, from 1 on, with `size` of them.
pub async fn following(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    (page, size): (usize, usize),
) -> Result<Following> {
    require_presence(&caller.app)?;
    let follower = subject(m, caller, user).await?;
    let limit = limits::PRESENCE_PAGE;
    if size > limit {
        return Err(Refusal::TooMany { name: "pageSize", limit }.into());
    }
    let size = size.max(1);
    // Some clients count from 0.
    let offset = page.saturating_sub(1).saturating_mul(size);
    let (app, now) = (caller.app.id, m.clock().now());
    let (total, users) = stored::page(m.store(), app, &follower, now, (offset, size)).await?;
    let row = |Subscription { followed, expires, .. }| (followed, expires);
    Ok(Following { total, users: users.into_iter().map(row).collect() })
}
