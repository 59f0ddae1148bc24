//! Who is in which group, in memory: asked for every message to a group.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hongyan_cluster::Router;
use hongyan_model::{AppId, GroupId, MessageId, Refusal, Result, Role, UserId};
use hongyan_store::groups::Membership;
use moka::sync::Cache;
use parking_lot::RwLock;

use crate::Messaging;

/// Groups kept in memory.
const GROUPS: u64 = 100_000;
/// How long a removal made by another node may stay unseen.
const LIFETIME: Duration = Duration::from_secs(60);

/// The members of groups, filled as they are asked for. Holds members only: whoever joins by way of another node
/// is seen at once.
///
/// A write drops the group's entry. Whoever was reading the database at that moment still holds the dropped
/// entry and puts its outdated answer there, where nobody looks any more.
pub(crate) struct MembershipCache {
    known: Cache<(AppId, GroupId), Arc<Known>>,
    router: Arc<Router>,
}

/// Under which the caches of all nodes forget together.
const NAME: &str = "memberships";

#[derive(Default)]
struct Known {
    members: RwLock<HashMap<UserId, (Role, MessageId)>>,
    facts: OnceLock<Facts>,
}

/// What every message to a group asks of it.
#[derive(Clone, Copy)]
struct Facts {
    /// How many members there are.
    members: u64,
    /// Whether nobody may write.
    disabled: bool,
}

impl MembershipCache {
    pub(crate) fn new(router: &Arc<Router>) -> Self {
        let known: Cache<(AppId, GroupId), Arc<Known>> =
            Cache::builder().max_capacity(GROUPS).time_to_live(LIFETIME).build();
        let forgetful = known.clone();
        router.on_signal(NAME, move |key| {
            match key.and_then(|key| postcard::from_bytes::<(AppId, GroupId)>(key).ok()) {
                Some(key) => forgetful.invalidate(&key),
                None => forgetful.invalidate_all(),
            }
        });
        Self { known, router: router.clone() }
    }

    /// To be called after every committed write to the group or its members.
    pub(crate) fn forget(&self, app: AppId, group: &GroupId) {
        let key = (app, group.clone());
        self.known.invalidate(&key);
        self.router.signal(NAME, || postcard::to_stdvec(&key).unwrap_or_default());
    }

    fn of(&self, app: AppId, group: &GroupId) -> Arc<Known> {
        self.known.get_with((app, group.clone()), Arc::default)
    }
}

/// What `user` is to `group`; from memory unless it is asked for the first time.
pub(crate) async fn membership(
    m: &Messaging,
    app: AppId,
    group: &GroupId,
    user: &UserId,
) -> Result<Membership> {
    let known = m.0.memberships.of(app, group);
    let remembered = known.members.read().get(user).copied();
    if let Some((role, joined_at)) = remembered {
        return Ok(Membership::Member { role, joined_at });
    }
    let membership = hongyan_store::groups::membership(m.store(), app, group, user).await?;
    if let Membership::Member { role, joined_at } = membership {
        known.members.write().insert(user.clone(), (role, joined_at));
    }
    Ok(membership)
}

/// How many members `group` has, 0 if there is none; from memory unless it is asked for the first time.
pub(crate) async fn member_count(m: &Messaging, app: AppId, group: &GroupId) -> Result<u64> {
    Ok(facts(m, app, group).await?.members)
}

/// Refuses what nobody may do in a disabled group.
pub(crate) async fn require_enabled(m: &Messaging, app: AppId, group: &GroupId) -> Result<()> {
    if facts(m, app, group).await?.disabled {
        return Err(Refusal::GroupDisabled.into());
    }
    Ok(())
}

async fn facts(m: &Messaging, app: AppId, group: &GroupId) -> Result<Facts> {
    let known = m.0.memberships.of(app, group);
    if let Some(facts) = known.facts.get() {
        return Ok(*facts);
    }
    let found = hongyan_store::groups::find(m.store(), app, group).await?;
    let facts = found.map_or(Facts { members: 0, disabled: false }, |group| Facts {
        members: group.member_count.into(),
        disabled: group.disabled,
    });
    Ok(*known.facts.get_or_init(|| facts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_read_before_a_write_is_not_remembered_after_it() {
        let cache = MembershipCache::new(&Arc::default());
        let (app, group) = (AppId(1), GroupId::from_trusted("1"));
        let alice = UserId::from_trusted("alice");

        let reading = cache.of(app, &group);
        cache.forget(app, &group);
        reading.members.write().insert(alice.clone(), (Role::Member, MessageId(1)));

        assert_eq!(cache.of(app, &group).members.read().get(&alice), None);
    }
}
