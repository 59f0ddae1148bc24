//! Working off queues that are in the database.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hongyan_model::Result;
use tokio::sync::Notify;

use crate::Messaging;

/// How often a queue is looked at when nobody says that there is something.
const LOOK: Duration = Duration::from_secs(5);

/// Starts a task that first `release`s what an earlier process had taken, and then `work`s whenever it is woken, or now and
/// then, and at once as long as `work` says that there may be more; it ends with the last [`Messaging`].
pub(super) fn work_off<R, W>(
    m: &Messaging,
    wake: Arc<Notify>,
    failed: &'static str,
    release: impl FnOnce(Messaging) -> R + Send + 'static,
    work: impl Fn(Messaging) -> W + Send + 'static,
) where
    R: Future<Output = Result<()>> + Send,
    W: Future<Output = Result<bool>> + Send,
{
    let weak = m.downgrade();
    tokio::spawn(async move {
        let mut failing = false;
        if let Some(m) = weak.upgrade().map(Messaging)
            && let Err(error) = release(m).await
        {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "{failed}; what an earlier process had begun waits a while");
        }
        loop {
            let Some(m) = weak.upgrade().map(Messaging) else { return };
            let done = work(m).await;
            if let Err(error) = &done
                && !failing
            {
                let error = error as &dyn std::error::Error;
                tracing::error!(error, "{failed}; trying again");
            }
            failing = done.is_err();
            if !matches!(done, Ok(true)) {
                let _ = tokio::time::timeout(LOOK, wake.notified()).await;
            }
        }
    });
}
