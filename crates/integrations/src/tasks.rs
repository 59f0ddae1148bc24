//! Work for apps that one node does at a time, in tasks that are started again when they end.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use hongyan_messaging::{Messaging, leases};
use hongyan_model::Result;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::Integrations;

/// How often it is looked for apps that have got work, and for what has ended.
const INTERVAL: Duration = Duration::from_secs(1);
/// How often what is old is removed, in intervals.
const SWEEP_EVERY: u64 = 600;
/// How often the place in the log of an app that has no work now is moved, in intervals.
const MOVED_EVERY: u64 = 60;

/// Tasks for apps.
pub(crate) trait Supervised: Default + Send {
    /// Under which one node does the work.
    const LEASE: &'static str;

    /// Starts what has to run; `moves`: the places in the logs of apps that have no work now are to be moved.
    fn look(
        &mut self,
        i: &Integrations,
        m: &Messaging,
        moves: bool,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Removes what is old.
    fn sweep(i: &Integrations) -> impl Future<Output = Result<()>> + Send;
}

/// Does the work for as long as it is polled, and as long as this node is the one to do it.
pub(crate) async fn supervise<T: Supervised>(i: Integrations, m: Messaging) {
    let mut tasks = T::default();
    let mut tick = tokio::time::interval(INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut failing, mut ticks) = (false, 0_u64);
    loop {
        tick.tick().await;
        ticks += 1;
        let moves = ticks.is_multiple_of(MOVED_EVERY);
        let mut done = match leases::holds(&m, T::LEASE).await {
            Ok(true) => tasks.look(&i, &m, moves).await,
            other => {
                tasks = T::default();
                other.map(drop)
            }
        };
        if done.is_ok() && ticks.is_multiple_of(SWEEP_EVERY) {
            done = T::sweep(&i).await;
        }
        if let Err(error) = &done
            && !failing
        {
            let error = error as &dyn std::error::Error;
            tracing::error!(error, work = T::LEASE, "apps cannot be looked after; trying again");
        }
        failing = done.is_err();
    }
}

/// Starts a task unless it runs.
pub(crate) fn keep<K: Eq + Hash>(
    tasks: &mut HashMap<K, JoinHandle<()>>,
    key: K,
    start: impl FnOnce() -> JoinHandle<()>,
) {
    if tasks.get(&key).is_none_or(JoinHandle::is_finished) {
        tasks.insert(key, start());
    }
}

/// Runs `work`, whose failure is a line in the log.
pub(crate) fn spawn(
    failed: &'static str,
    work: impl Future<Output = Result<()>> + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        if let Err(error) = work.await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "{failed}; trying again");
        }
    })
}
