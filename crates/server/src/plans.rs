//! The plan catalogue: where it comes from, and its changes.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, anyhow};
use hongyan_model::Catalogue;
use hongyan_model::catalogue::PRESETS;
use hongyan_platform::{Platform, apps};
use tracing::{error, info};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The text of a preset.
pub(crate) fn preset(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The catalogue that the setting `plans` names.
pub(crate) fn load(plans: &str) -> anyhow::Result<Catalogue> {
    if let Some(text) = preset(plans) {
        return Catalogue::parse(text).with_context(|| format!("the preset {plans}"));
    }
    let text = std::fs::read_to_string(plans)
        .with_context(|| format!("plans: {plans:?} is no preset, and no file that can be read"))?;
    Catalogue::parse(&text).map_err(|error| anyhow!("{plans} is no catalogue of plans:\n{error}"))
}

/// Reads the file again when it has changed. One that cannot be used changes nothing, and the log says why.
pub(crate) async fn follow(platform: Platform, plans: String) {
    if preset(&plans).is_some() {
        return;
    }
    let mut interval = tokio::time::interval(LOOK_EVERY);
    let mut seen = modified(&plans);
    loop {
        interval.tick().await;
        let now = modified(&plans);
        if now == seen {
            continue;
        }
        seen = now;
        match load(&plans) {
            Ok(catalogue) => {
                info!(id = catalogue.id, "the catalogue of plans has changed");
                apps::use_catalogue(&platform, Arc::new(catalogue));
            }
            Err(error) => {
                let error = format!("{error:#}");
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
