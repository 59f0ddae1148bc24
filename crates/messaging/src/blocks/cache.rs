//! Block lists in memory: asked for every message to a user.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::Router;
use hongyan_model::{App, AppId, Feature, Result, UserId};
use hongyan_platform::FactCache;

use crate::Messaging;

/// Lists kept in memory; most are empty.
const LISTS: u64 = 100_000;
/// How long a change made by another node may stay unseen.
const LIFETIME: Duration = Duration::from_secs(60);

/// Block lists of users who were written to lately. Costs one lookup when nobody is blocked.
pub(crate) struct BlockCache(FactCache<(AppId, UserId), HashSet<UserId>>);

impl BlockCache {
    pub(crate) fn new(router: &Arc<Router>) -> Self {
        Self(FactCache::new(router, "blocks", LISTS, LIFETIME))
    }
}

impl BlockCache {
    /// To be called after every committed write to the list.
    pub(super) fn forget(&self, app: AppId, owner: &UserId) {
        self.0.invalidate(&(app, owner.clone()));
    }
}

/// Whether `owner` blocks `user`; from memory where somebody wrote to `owner` lately. Where the app has no block
/// lists, nobody does.
pub(crate) async fn is_blocked(
    m: &Messaging,
    app: &App,
    owner: &UserId,
    user: &UserId,
) -> Result<bool> {
    if !app.enabled(Feature::UserBlocklist) {
        return Ok(false);
    }
    let app = app.id;
    let load = async {
        let rows = hongyan_store::blocks::page(m.store(), app, owner, None, usize::MAX).await?;
        let blocked: HashSet<UserId> = rows.into_iter().map(|row| row.user).collect();
        Ok::<_, hongyan_model::Error>(Some(blocked))
    };
    let list = m.0.blocks.0.get(&(app, owner.clone()), load).await?;
    Ok(list.is_some_and(|list| list.contains(user)))
}
