//! Removing what is left of deleted apps.

use hongyan_model::{App, Result};
use hongyan_store::{apps, purge};

use super::forget;
use crate::Platform;

/// Apps looked at in one go.
const APPS: u32 = 100;

/// Removes everything of the apps whose time of grace is over; answers how many apps. Works in small steps, and
/// stopping at any point loses nothing: the next call goes on.
pub async fn sweep(p: &Platform) -> Result<u64> {
    let mut removed = 0;
    loop {
        let overdue = apps::overdue(p.store(), p.clock().now(), APPS).await?;
        if overdue.is_empty() {
            return Ok(removed);
        }
        for app in overdue {
            remove(p, &app).await?;
            removed += 1;
        }
    }
}

async fn remove(p: &Platform, app: &App) -> Result<()> {
    while !purge::step(p.store(), app.id).await? {
        // Whoever serves comes first.
        tokio::task::yield_now().await;
    }
    forget(p, app);
    tracing::info!(app = app.key(), "everything of a deleted app is removed");
    Ok(())
}
