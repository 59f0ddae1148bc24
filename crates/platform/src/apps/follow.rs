//! Hearing of what other processes change: `hongyan app …` beside a running server, and other nodes.

use hongyan_cluster::Kick;
use hongyan_model::{Result, Timestamp};
use hongyan_store::apps;

use super::forget;
use crate::Platform;

/// How far back changes are looked at again: for clocks that differ a little, and for logins that had found the app
/// serving and finish after it was stopped.
const OVERLAP_MS: i64 = 10_000;

/// Makes felt what was changed since `since`, and ends the sessions of apps that were stopped; answers from when on
/// the next call has to look. To be called every second.
pub async fn follow(p: &Platform, since: Timestamp) -> Result<Timestamp> {
    let now = p.clock().now();
    for app in apps::changed_since(p.store(), since.saturating_sub(OVERLAP_MS)).await? {
        forget(p, &app);
        if !app.serves() {
            p.router().kick_app(app.id, &Kick::AppStopped);
        }
    }
    Ok(now)
}
