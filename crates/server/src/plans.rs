//! Following changes of the file with the catalogue of plans.

use std::path::Path;
use std::time::{Duration, SystemTime};

use hongyan_platform::{Platform, plans};
use tracing::{error, info};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Reads the file again when it has changed. One that cannot be used changes nothing, and the log says why.
pub(crate) async fn follow(platform: Platform) {
    let file = platform.console().plans.clone();
    if plans::preset(&file).is_some() {
        return;
    }
    let mut interval = tokio::time::interval(LOOK_EVERY);
    let mut seen = modified(&file);
    loop {
        interval.tick().await;
        let now = modified(&file);
        if now == seen {
            continue;
        }
        seen = now;
        match plans::reload(&platform) {
            Ok(reloaded) => info!(id = reloaded.catalogue.id, "the catalogue of plans has changed"),
            Err(error) => {
                error!(error, "a changed catalogue of plans is not used; the one before still is");
            }
        }
    }
}

/// When, and how long it is: clocks of file systems are coarse.
fn modified(path: &str) -> Option<(SystemTime, u64)> {
    let facts = std::fs::metadata(Path::new(path)).ok()?;
    Some((facts.modified().ok()?, facts.len()))
}
