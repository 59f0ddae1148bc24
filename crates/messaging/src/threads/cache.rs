//! Threads and who is in them, in memory: asked for every message to a thread.

use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::Router;
use hongyan_model::{AppId, MessageId, Result, Thread, ThreadId, UserId};
use hongyan_platform::FactCache;
use hongyan_store::threads as stored;

use crate::Messaging;

/// Threads kept in memory, and memberships.
const THREADS: u64 = 50_000;
const MEMBERS: u64 = 200_000;
/// How long a change made by another node may stay unseen.
const LIFETIME: Duration = Duration::from_secs(60);

/// Threads seen lately.
pub(crate) struct ThreadCache(FactCache<(AppId, ThreadId), Thread>);

impl ThreadCache {
    pub(crate) fn new(router: &Arc<Router>) -> Self {
        Self(FactCache::new(router, "threads", THREADS, LIFETIME))
    }
}

/// Who is in which thread, as far as it was asked lately, and since which log position.
pub(crate) struct ThreadMembers(FactCache<(AppId, ThreadId, UserId), MessageId>);

impl ThreadMembers {
    pub(crate) fn new(router: &Arc<Router>) -> Self {
        Self(FactCache::new(router, "thread members", MEMBERS, LIFETIME))
    }
}

/// A thread, from memory where it was seen lately.
pub(crate) async fn facts(
    m: &Messaging,
    app: AppId,
    thread: &ThreadId,
) -> Result<Option<Arc<Thread>>> {
    let load = stored::find(m.store(), app, thread);
    Ok(m.0.threads.0.get(&(app, thread.clone()), load).await?)
}

/// The log position at which `user` joined the thread; `None` if it is not in it.
pub(crate) async fn joined_at(
    m: &Messaging,
    app: AppId,
    thread: &ThreadId,
    user: &UserId,
) -> Result<Option<MessageId>> {
    let load = stored::joined_at(m.store(), app, thread, user);
    let key = (app, thread.clone(), user.clone());
    Ok(m.0.thread_members.0.get(&key, load).await?.map(|position| *position))
}

/// To be called when a thread was changed or has ended.
pub(super) fn forget(m: &Messaging, app: AppId, thread: &ThreadId) {
    m.0.threads.0.invalidate(&(app, thread.clone()));
}

/// To be called when `user` has left the thread.
pub(super) fn forget_member(m: &Messaging, app: AppId, thread: &ThreadId, user: &UserId) {
    m.0.thread_members.0.invalidate(&(app, thread.clone(), user.clone()));
}
