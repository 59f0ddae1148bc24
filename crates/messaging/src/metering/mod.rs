//! Metering: what each app uses, by day, exactly where it can be.
//!
//! What was sent follows from the message log: the delivery task hands over what it has delivered ([`Feed`]), a
//! worker adds it up and writes it every second together with the log's position up to which it is counted, and goes
//! on from there after a restart. What was handed to devices and who was connected is known to sessions only; a crash
//! loses at most what was not yet written. Users, groups and rooms that come and go are noted by the store in the
//! transaction of their change. Pages read small tables; nobody scans the log.
//!
//! What counts (docs/operations.md, "Figures"): *uplink* a message that was stored; *downlink* each time it is handed
//! to a device of somebody else than its sender; *offline* each recipient without a connection when it is counted,
//! which is milliseconds after it was stored.

mod downlink;
mod feed;
mod read;
mod recipients;
mod upkeep;
mod visits;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use hongyan_model::{AppId, LogEntry, Result, UserId};
use tokio::time::Instant;

use crate::Messaging;

pub use hongyan_store::metering::{KindCounts, MessageCounts, SUBJECT_KINDS, Subject};
pub use read::{
    DayFigures, DayMessages, DayRange, Hot, MessageRow, MessageSums, Today, days, messages,
    platforms, today, top,
};

pub(crate) use feed::Feed;
pub(crate) use visits::{Visit, require_room};

/// How often figures are written. Where writing takes long, less often, so that it takes a tenth of the time.
const INTERVAL: Duration = Duration::from_secs(1);
const SHARE: u32 = 10;
const LONGEST_INTERVAL: Duration = Duration::from_secs(10);

/// What is being counted.
pub(crate) struct Metering {
    feed: Arc<Feed>,
    downlink: downlink::Downlink,
    visits: visits::Visits,
    worker: tokio::sync::Mutex<worker::Worker>,
}

impl Metering {
    pub(crate) fn new(feed: Arc<Feed>) -> Self {
        Self {
            feed,
            downlink: downlink::Downlink::default(),
            visits: visits::Visits::default(),
            worker: tokio::sync::Mutex::default(),
        }
    }
}

/// Counts entries that are handed to a device of `user`.
pub(crate) fn served(m: &Messaging, app: AppId, user: &UserId, entries: &[Arc<LogEntry>]) {
    let today = m.platform().calendar().day(m.clock().now());
    m.0.metering.downlink.served(app, user, today, entries);
}

/// Counts everything that has been delivered so far, and makes the figures durable.
pub async fn flush(m: &Messaging) -> Result<()> {
    m.0.metering.worker.lock().await.flush(m).await
}

/// Starts the task that counts; it ends with the last [`Messaging`].
pub(crate) fn start(m: &Messaging) {
    let (weak, feed) = (m.downgrade(), m.0.metering.feed.clone());
    tokio::spawn(async move {
        // At once: the log may hold what the last process did not come to count.
        let mut next = Instant::now();
        let mut failing = false;
        loop {
            tokio::select! {
                () = feed.filled() => {}
                () = tokio::time::sleep_until(next) => {}
            }
            let Some(m) = weak.upgrade().map(Messaging) else { return };
            let started = Instant::now();
            let counted = if started < next {
                m.0.metering.worker.lock().await.collect(&m).await.map(drop)
            } else {
                let flushed = flush(&m).await;
                next =
                    Instant::now() + (started.elapsed() * SHARE).clamp(INTERVAL, LONGEST_INTERVAL);
                flushed
            };
            match counted {
                Ok(()) => failing = false,
                // One line when it begins, not one per second.
                Err(error) if !failing => {
                    failing = true;
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "figures could not be counted; trying again");
                }
                Err(_) => {}
            }
        }
    });
}
