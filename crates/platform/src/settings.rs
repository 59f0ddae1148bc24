//! What an app's owner sets beyond on and off.

use std::sync::Arc;

use hongyan_model::{
    App, AppId, DevicePolicy, Feature, PushPolicy, Refusal, Result, ThumbnailPolicy, limits,
};

use crate::{Platform, apps};

/// Longest token lifetime that is not for ever, in seconds: a hundred years.
const TOKEN_TTL_MAX_SECONDS: u64 = 100 * 365 * 24 * 3600;
/// Platforms that a device policy names.
const PLATFORMS: usize = 20;
/// Bytes of a platform's name.
const PLATFORM_BYTES: usize = 32;
/// Side of a thumbnail, in pixels.
const THUMBNAIL_PIXELS: u32 = 1024;

/// How long after sending a message may be recalled, in seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecallWindows {
    /// By its sender.
    pub client_seconds: u64,
    /// By the customer's server.
    pub rest_seconds: u64,
}

impl RecallWindows {
    /// Those of an app.
    #[must_use]
    pub fn of(app: &App) -> Self {
        let seconds = |ms: i64| u64::try_from(ms / 1000).unwrap_or_default();
        Self {
            client_seconds: seconds(app.settings.recall_window_ms),
            rest_seconds: seconds(app.settings.rest_recall_window_ms),
        }
    }
}

/// Sets the recall windows: 1 second to 7 days each.
pub async fn set_recall(p: &Platform, id: AppId, windows: RecallWindows) -> Result<Arc<App>> {
    let client = recall_window_ms("client_seconds", windows.client_seconds)?;
    let rest = recall_window_ms("rest_seconds", windows.rest_seconds)?;
    apps::update_settings(p, id, |settings| {
        settings.recall_window_ms = client;
        settings.rest_recall_window_ms = rest;
        Ok(())
    })
    .await
}

/// Sets when phones are notified, in which zone users are quiet, and the language of notices.
pub async fn set_push(p: &Platform, id: AppId, policy: PushPolicy) -> Result<Arc<App>> {
    if jiff::tz::TimeZone::get(&policy.time_zone).is_err() {
        let why = "no time zone such as Asia/Shanghai".to_owned();
        return Err(Refusal::Invalid { name: "time_zone", why }.into());
    }
    apps::update_settings(p, id, |settings| {
        settings.push = policy;
        Ok(())
    })
    .await
}

/// Sets how many devices of a user may be online, by platform.
///
/// A platform is the part of a device's resource before the first `_`, so no name holds one.
pub async fn set_devices(p: &Platform, id: AppId, policy: DevicePolicy) -> Result<Arc<App>> {
    apps::update(p, id, |app| {
        let most = app.quota(Feature::DevicesPerPlatformMax).unwrap_or(u8::MAX.into());
        check_devices(&policy, most)?;
        app.settings.devices = policy;
        Ok(())
    })
    .await
}

/// Sets whether anybody may register.
pub async fn set_open_registration(p: &Platform, id: AppId, open: bool) -> Result<Arc<App>> {
    apps::update_settings(p, id, |settings| {
        settings.open_registration = open;
        Ok(())
    })
    .await
}

/// Sets the size of thumbnails: 1 to 1024 pixels each way.
pub async fn set_thumbnail(p: &Platform, id: AppId, policy: ThumbnailPolicy) -> Result<Arc<App>> {
    for (name, pixels) in [("width", policy.width), ("height", policy.height)] {
        if !(1..=THUMBNAIL_PIXELS).contains(&pixels) {
            return Err(out_of_range(name, 1, THUMBNAIL_PIXELS.into()).into());
        }
    }
    apps::update_settings(p, id, |settings| {
        settings.thumbnail = policy;
        Ok(())
    })
    .await
}

/// Sets the lifetime of tokens issued from now on for callers who ask for none; 0 is for ever.
pub async fn set_token_ttl(p: &Platform, id: AppId, seconds: u64) -> Result<Arc<App>> {
    if seconds > TOKEN_TTL_MAX_SECONDS {
        return Err(out_of_range("seconds", 0, TOKEN_TTL_MAX_SECONDS).into());
    }
    apps::update_settings(p, id, |settings| {
        settings.token_ttl_seconds = seconds;
        Ok(())
    })
    .await
}

fn recall_window_ms(name: &'static str, seconds: u64) -> Result<i64, Refusal> {
    let ms = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
    if (1..=limits::RECALL_WINDOW_MAX_MS).contains(&ms) {
        return Ok(ms);
    }
    let most = (limits::RECALL_WINDOW_MAX_MS / 1000).unsigned_abs();
    Err(out_of_range(name, 1, most))
}

fn check_devices(policy: &DevicePolicy, most: u64) -> Result<(), Refusal> {
    const NAME: &str = "platforms";
    if u64::from(policy.others) > most {
        return Err(out_of_range("others", 0, most));
    }
    if policy.platforms.len() > PLATFORMS {
        return Err(Refusal::TooMany { name: NAME, limit: PLATFORMS });
    }
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    for (platform, devices) in &policy.platforms {
        if !(1..=PLATFORM_BYTES).contains(&platform.len()) || !platform.bytes().all(legal) {
            let why = format!("a name is 1 to {PLATFORM_BYTES} of a-z, 0-9 and -");
            return Err(Refusal::Invalid { name: NAME, why });
        }
        if u64::from(*devices) > most {
            return Err(out_of_range(NAME, 0, most));
        }
    }
    Ok(())
}

fn out_of_range(name: &'static str, least: u64, most: u64) -> Refusal {
    Refusal::Invalid { name, why: format!("{least} to {most}") }
}
