//! `hongyan app feature`: what the console's 功能配置总览 does, on the operator's authority.

use std::fmt::Write as _;

use anyhow::{Context as _, ensure};
use hongyan_model::{App, AppId, Feature, FeatureSettings, Grant, REGISTRY};
use hongyan_platform::features::{self, FeatureRow};
use hongyan_platform::settings::{self, RecallWindows};
use hongyan_platform::{Platform, apps};
use serde_json::{Value, json};

use super::super::{StorageArgs, print, with_runtime};
use super::values::{self, Change};
use crate::config::Flags;
use crate::parts::Parts;

/// Examples:
///   hongyan app feature --org acme --name shop                               (the table)
///   hongyan app feature --org acme --name shop friend_check on
///   hongyan app feature --org acme --name shop groups_max 500
///   hongyan app feature --org acme --name shop message_recall client=2m rest=1d
///   hongyan app feature --org acme --name shop multi_device 2 webim=1
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct FeatureArgs {
    #[command(flatten)]
    storage: StorageArgs,
    /// Organisation, first half of the App Key.
    #[arg(long)]
    org: String,
    /// App, second half of the App Key.
    #[arg(long)]
    name: String,
    /// The feature; without it, all are shown.
    key: Option<String>,
    /// `on` (granted where the plan lacks it), `off`, a limit's number or `unlimited`, or `plan` for
    /// what the plan says. Also windows of `message_recall` (`10m`, `client=2m`, `rest=1d`) and
    /// devices of `multi_device` (`2`, `webim=2`).
    values: Vec<String>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: FeatureArgs) -> anyhow::Result<()> {
    let FeatureArgs { storage, org, name, key, values, json } = args;
    let feature = key.as_deref().map(feature).transpose()?;
    let changes = match feature {
        Some(feature) => values.iter().map(|word| values::parse(feature, word)).collect(),
        None => Ok(Vec::new()),
    };
    let changes: Vec<Change> = changes?;
    let config = storage.load(Flags::default())?;
    for change in &changes {
        check_frames(feature, change, config.gateway.max_frame_bytes)?;
    }
    with_runtime(async {
        let parts = Parts::open_control(&config).await?;
        let done = async {
            let p = &parts.platform;
            let app = apps::find_any(p, &org, &name).await?;
            for change in changes {
                if let Some(feature) = feature {
                    apply(p, app.id, feature, change).await?;
                }
            }
            let app = apps::find_any(p, &org, &name).await?;
            let rows = features::list(p, &app).await?;
            anyhow::Ok((app, rows))
        };
        let done = done.await;
        parts.store.close().await;
        let (app, mut rows) = done.with_context(|| format!("the app {org}#{name}"))?;
        rows.retain(|row| feature.is_none_or(|feature| row.spec.feature == feature));
        print(&if json { as_json(&app, feature, &rows) } else { as_text(&app, feature, &rows) })
    })
}

fn feature(key: &str) -> anyhow::Result<Feature> {
    Feature::from_key(key).with_context(|| {
        let keys: Vec<_> = REGISTRY.iter().map(|spec| spec.key).collect();
        format!("there is no feature {key:?}; there are {}", keys.join(", "))
    })
}

/// What is around a message's content in its frame, at most: names, times, ids.
const AROUND_MESSAGE_BYTES: usize = 4096;

/// A message that is too large for a frame is not refused with words: the connection ends.
fn check_frames(
    feature: Option<Feature>,
    change: &Change,
    max_frame_bytes: usize,
) -> anyhow::Result<()> {
    let wish = match change {
        Change::Grant(Grant::Limit(most)) => usize::try_from(*most).unwrap_or(usize::MAX),
        Change::Grant(Grant::Unlimited) => usize::MAX,
        _ => return Ok(()),
    };
    let fits = max_frame_bytes.saturating_sub(AROUND_MESSAGE_BYTES);
    ensure!(
        feature != Some(Feature::MessageBytesMax) || wish <= fits,
        "message_bytes_max can be {fits} at most: gateway.max_frame_bytes is {max_frame_bytes}"
    );
    Ok(())
}

async fn apply(p: &Platform, id: AppId, feature: Feature, change: Change) -> anyhow::Result<()> {
    match change {
        Change::Switch(on) => drop(features::force(p, id, feature, on).await?),
        Change::Grant(grant) => drop(features::grant(p, id, feature, Some(grant)).await?),
        Change::FollowPlan => drop(features::reset(p, id, feature).await?),
        Change::Recall { .. } => {
            let app = current(p, id).await?;
            let windows = values::set_windows(RecallWindows::of(&app), &change);
            settings::set_recall(p, id, windows).await?;
        }
        Change::Devices { .. } => {
            let app = current(p, id).await?;
            let policy = values::set_devices(app.settings.devices.clone(), &change);
            settings::set_devices(p, id, policy).await?;
        }
    }
    Ok(())
}

async fn current(p: &Platform, id: AppId) -> anyhow::Result<std::sync::Arc<App>> {
    apps::find_by_id(p, id).await?.context("the app is gone")
}

fn as_json(app: &App, feature: Option<Feature>, rows: &[FeatureRow]) -> String {
    let lines = rows.iter().map(|row| line(app, row));
    let answer = match feature {
        Some(_) => lines.into_iter().next().unwrap_or_default(),
        None => json!({
            "appkey": app.key(),
            "plan": app.plan.key(),
            "features": lines.collect::<Vec<_>>(),
        }),
    };
    format!("{answer}\n")
}

fn line(app: &App, row: &FeatureRow) -> Value {
    let mut line = json!({
        "key": row.spec.key,
        "included": row.included,
        "enabled": row.enabled,
    });
    if row.spec.is_limit() {
        // null is no limit.
        line["limit"] = json!(row.limit);
    }
    if let Some(used) = row.used {
        line["used"] = json!(used);
    }
    match row.spec.settings {
        Some(FeatureSettings::RecallWindows) => {
            let RecallWindows { client_seconds, rest_seconds } = RecallWindows::of(app);
            line["client_seconds"] = json!(client_seconds);
            line["rest_seconds"] = json!(rest_seconds);
        }
        Some(FeatureSettings::DevicePolicy) => {
            line["others"] = json!(app.settings.devices.others);
            line["platforms"] = json!(app.settings.devices.platforms);
        }
        Some(FeatureSettings::IpAllowlist) => {
            let list = app.settings.ip_allowlist.iter().map(|line| line.network.to_string());
            line["networks"] = json!(list.collect::<Vec<_>>());
        }
        Some(FeatureSettings::Callbacks) => {
            line["rules"] = json!(app.settings.callbacks.len());
        }
        Some(FeatureSettings::SensitiveWords) => {
            line["policy"] = json!(app.settings.words.policy.key());
        }
        Some(FeatureSettings::Moderation) => {
            line["rules"] = json!(app.settings.moderation.rules.len());
        }
        // What there is of them is in tables of their own.
        Some(FeatureSettings::PushCertificates | FeatureSettings::PushTemplates) | None => {}
    }
    line
}

fn as_text(app: &App, feature: Option<Feature>, rows: &[FeatureRow]) -> String {
    let mut text = String::new();
    if feature.is_none() {
        let _ = writeln!(text, "{}, plan {}\n", app.key(), app.plan.key());
    }
    let width = rows.iter().map(|row| row.spec.key.len()).max().unwrap_or_default();
    for row in rows {
        let state = match (row.spec.is_limit(), row.limit) {
            (true, Some(limit)) => limit.to_string(),
            (true, None) => "unlimited".to_owned(),
            (false, _) if row.enabled => "on".to_owned(),
            (false, _) if row.included => "off".to_owned(),
            (false, _) => "not in the plan".to_owned(),
        };
        let _ = write!(text, "{:width$}  {state}", row.spec.key);
        if let Some(used) = row.used {
            let _ = write!(text, ", {used} used");
        }
        let _ = writeln!(text, "{}", set_up(app, row));
    }
    text
}

fn set_up(app: &App, row: &FeatureRow) -> String {
    match row.spec.settings {
        Some(FeatureSettings::RecallWindows) => {
            let RecallWindows { client_seconds, rest_seconds } = RecallWindows::of(app);
            format!(", client={client_seconds}s rest={rest_seconds}s")
        }
        Some(FeatureSettings::DevicePolicy) => {
            let policy = &app.settings.devices;
            let named = policy.platforms.iter().map(|(name, devices)| format!(" {name}={devices}"));
            format!(", {} of each platform{}", policy.others, named.collect::<String>())
        }
        Some(FeatureSettings::IpAllowlist) => {
            format!(", {} networks", app.settings.ip_allowlist.len())
        }
        Some(FeatureSettings::Callbacks) => {
            format!(", {} rules", app.settings.callbacks.len())
        }
        Some(FeatureSettings::SensitiveWords) => {
            format!(", {}", app.settings.words.policy.key())
        }
        Some(FeatureSettings::Moderation) => {
            format!(", {} rules", app.settings.moderation.rules.len())
        }
        Some(FeatureSettings::PushCertificates | FeatureSettings::PushTemplates) | None => {
            String::new()
        }
    }
}
