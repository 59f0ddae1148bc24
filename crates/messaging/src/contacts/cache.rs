//! Who is a contact of whom, in memory: asked for every message where the app wants friends only.

use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::Router;
use hongyan_model::{AppId, Result, UserId};
use hongyan_platform::FactCache;

use crate::Messaging;

/// Pairs kept in memory.
const PAIRS: u64 = 200_000;
/// How long the end of a friendship on another node may stay unseen.
const LIFETIME: Duration = Duration::from_secs(60);

/// Friends seen lately. Holds friends only: a friendship made by way of another node is seen at once.
pub(crate) struct FriendCache(FactCache<(AppId, UserId, UserId), ()>);

impl FriendCache {
    pub(crate) fn new(router: &Arc<Router>) -> Self {
        Self(FactCache::new(router, "friends", PAIRS, LIFETIME))
    }
}

impl FriendCache {
    /// To be called after every committed end of a friendship.
    pub(super) fn forget(&self, app: AppId, user: &UserId, other: &UserId) {
        self.0.invalidate(&pair(app, user, other));
    }
}

/// Whether two users are contacts of each other; from memory where they were lately.
pub(crate) async fn are_contacts(
    m: &Messaging,
    app: AppId,
    user: &UserId,
    other: &UserId,
) -> Result<bool> {
    let load = async {
        let found = hongyan_store::contacts::are_contacts(m.store(), app, user, other).await?;
        Ok::<_, hongyan_model::Error>(found.then_some(()))
    };
    Ok(m.0.friends.0.get(&pair(app, user, other), load).await?.is_some())
}

/// One key for both directions.
fn pair(app: AppId, user: &UserId, other: &UserId) -> (AppId, UserId, UserId) {
    let (first, second) = if user <= other { (user, other) } else { (other, user) };
    (app, first.clone(), second.clone())
}
