//! From the message log of an app to notices that wait for vendors.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hongyan_messaging::{Messaging, messages};
use hongyan_model::{App, AppId, Feature, LogEntry, MessageId, Result};
use hongyan_platform::apps;
use hongyan_store::pushes::{self as stored, Decided};

use super::channels::BELIEVED;
use super::collect::{Means, Outcome, collect};
use super::message::Message;
use super::recheck;
use crate::{Integrations, callbacks};

/// Entries read at once.
const BATCH: usize = 200;
/// The place is stored so often where nothing was decided.
const STORED_EVERY: Duration = Duration::from_secs(1);
/// Devices whose connection broke are looked for at least so often.
const RECHECK_EVERY: Duration = Duration::from_secs(5);

/// Whether phones of the app's users are notified.
pub(super) fn is_wanted(app: &App) -> bool {
    app.enabled(Feature::Push)
}

/// Follows the log of an app for as long as it has push; ends with an error when something fails.
pub(super) async fn follow(i: Integrations, m: Messaging, app: AppId) -> Result<()> {
    let watch = messages::watch(&m, app);
    // Whatever was committed before somebody watched.
    let Some(mut place) = stored::cursor(i.store(), app).await? else { return Ok(()) };
    let mut stored_at = (place, Instant::now());
    let mut known: Option<(Instant, u64, Means)> = None;
    loop {
        loop {
            let entries = messages::entries_after(&m, app, place, BATCH).await?;
            let Some(current) = wanted(&i, app).await? else { return Ok(()) };
            let Some((last, _)) = entries.last() else { break };
            place = *last;
            let found: Vec<Message> =
                entries.iter().filter_map(|(_, entry)| message(entry)).collect();
            let mut outcome = Outcome::default();
            if !found.is_empty() {
                let changes = i.0.pushing.changes();
                let is_true = |(since, then, _): &(Instant, u64, Means)| {
                    *then == changes && since.elapsed() < BELIEVED
                };
                let means = match known.take().filter(is_true) {
                    Some(known) => known,
                    None => (Instant::now(), changes, Means::of(&i, &current).await?),
                };
                outcome = collect(&i, &m, &current, &means.2, &found).await?;
                known = Some(means);
            }
            // Where everybody was there is nothing to be stored: after a crash it is seen again that they were.
            if outcome.decided != Decided::default() || stored_at.1.elapsed() > STORED_EVERY {
                keep(&i, &current, Some(place), outcome).await?;
                stored_at = (place, Instant::now());
            }
            if entries.len() < BATCH {
                break;
            }
        }
        recheck::run(&i, &m, app).await?;
        let Some(current) = wanted(&i, app).await? else { return Ok(()) };
        let next = messages::next(&m, &watch, place);
        match tokio::time::timeout(RECHECK_EVERY, next).await {
            Ok(next) => place = next?,
            Err(_) if stored_at.0 < place => {
                keep(&i, &current, Some(place), Outcome::default()).await?;
                stored_at = (place, Instant::now());
            }
            Err(_) => {}
        }
    }
}

fn message(entry: &Option<LogEntry>) -> Option<Message> {
    entry.as_ref().and_then(Message::of)
}

/// Stores what was decided, tells who wants to know, and wakes who sends.
pub(super) async fn keep(
    i: &Integrations,
    app: &App,
    place: Option<MessageId>,
    outcome: Outcome,
) -> Result<()> {
    // First: after a crash they are told again, under the same ids.
    callbacks::tell_pushes(i, app, &outcome.told).await?;
    let new = stored::decide(i.store(), app.id, place, &outcome.decided).await?;
    if !new.is_empty() {
        for push in &outcome.decided.pushes {
            i.0.pushing.wake(app.id, &push.certificate).notify_one();
        }
    }
    Ok(())
}

/// The app, if it still has push.
async fn wanted(i: &Integrations, app: AppId) -> Result<Option<Arc<App>>> {
    Ok(apps::find_by_id(i.platform(), app).await?.filter(|app| is_wanted(app)))
}
