//! Tasks that are started again when they end.

use std::collections::HashMap;
use std::hash::Hash;

use hongyan_model::Result;
use tokio::task::JoinHandle;

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
