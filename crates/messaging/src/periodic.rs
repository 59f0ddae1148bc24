//! Work that is done again and again for as long as the domain lives.

use std::future::Future;
use std::time::Duration;

use hongyan_model::Result;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::Messaging;

/// Calls `work` every `interval`, the first time after one; ends with the last [`Messaging`]. When it fails it is tried
/// again the next time, and `failed` is logged once until it succeeds.
pub(crate) fn every<F>(
    m: &Messaging,
    interval: Duration,
    failed: &'static str,
    work: impl Fn(Messaging) -> F + Send + 'static,
) where
    F: Future<Output = Result<()>> + Send,
{
    let weak = m.downgrade();
    tokio::spawn(async move {
        let mut tick = interval_at(Instant::now() + interval, interval);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            tick.tick().await;
            let Some(m) = weak.upgrade().map(Messaging) else { return };
            let done = work(m).await;
            if let Err(error) = &done
                && !failing
            {
                let error = error as &dyn std::error::Error;
                tracing::error!(error, "{failed}; trying again");
            }
            failing = done.is_err();
        }
    });
}
