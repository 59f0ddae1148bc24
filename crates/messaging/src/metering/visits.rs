//! Who is connected: active users of a day, and the most connections at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use hongyan_model::{App, AppId, DeviceId, Feature, Refusal, Result, Timestamp, UserId};
use hongyan_platform::Day;
use hongyan_store::metering::{self as stored, ActiveUser, DayKey, DayNumber, Figure};
use parking_lot::Mutex;

use crate::Messaging;

/// Visits that may wait to be written. More are dropped, until the database takes them again.
const WAITING: usize = 500_000;
/// Users of whom it is remembered that they are counted today, so that connecting again writes nothing.
const REMEMBERED: usize = 200_000;
/// Platforms as the SDKs name them. Devices name themselves, so all others are one, but for those that the app's
/// device policy names and the custom platforms of the SDKs.
const PLATFORMS: [&str; 8] =
    ["webim", "android", "ios", "windows", "mac", "linux", "harmony", "ohos"];
const CUSTOM_PLATFORM: &str = "custom";
const OTHER_PLATFORM: &str = "other";

/// The connections of each app, and who has made one.
#[derive(Default)]
pub(crate) struct Visits {
    gauges: DashMap<AppId, Arc<Gauge>>,
    waiting: Mutex<HashSet<ActiveUser>>,
}

/// Connections of an app.
#[derive(Default)]
struct Gauge {
    now: AtomicU64,
    peak: AtomicU64,
}

impl Visits {
    /// Connections of an app now.
    pub(super) fn connections(&self, app: AppId) -> u64 {
        self.gauges.get(&app).map_or(0, |gauge| gauge.now.load(Ordering::Relaxed))
    }

    fn enter(&self, app: AppId, user: &UserId, platform: &str, day: Day) {
        let mut waiting = self.waiting.lock();
        if waiting.len() >= WAITING {
            return;
        }
        let day = day.number();
        for platform in ["", platform] {
            let platform = platform.to_owned();
            waiting.insert(ActiveUser { app, day, platform, user: user.clone() });
        }
    }

    /// Takes who is to be written down, and the greatest number of connections of each app since the last look, with
    /// those `elsewhere`.
    pub(super) fn take(
        &self,
        today: Day,
        elsewhere: impl Fn(AppId) -> u64,
    ) -> (HashSet<ActiveUser>, HashMap<DayKey, u64>) {
        let visits = std::mem::take(&mut *self.waiting.lock());
        let mut peaks = HashMap::new();
        for gauge in &self.gauges {
            let now = gauge.now.load(Ordering::Relaxed);
            let peak = gauge.peak.swap(now, Ordering::Relaxed).max(now);
            let (app, figure) = (*gauge.key(), Figure::PeakConnections);
            let peak = peak + elsewhere(app);
            if peak > 0 {
                peaks.insert(DayKey { app, day: today.number(), figure }, peak);
            }
        }
        (visits, peaks)
    }
}

/// Counts a user who may come in today, and refuses one who would be one more than the app may have. Who was connected
/// today comes in again, which writes nothing.
pub(crate) async fn require_room(m: &Messaging, app: &App, user: &UserId) -> Result<()> {
    let Some(most) = app.quota(Feature::DauMax) else { return Ok(()) };
    let day = m.platform().calendar().day(m.clock().now()).number();
    let (is_known, waiting) = {
        let waiting = m.0.metering.visits.waiting.lock();
        let of_app = waiting
            .iter()
            .filter(|visit| visit.app == app.id && visit.day == day && visit.platform.is_empty());
        of_app.fold((false, 0), |(known, n), visit| (known || visit.user == *user, n + 1))
    };
    if is_known || stored::is_active(m.store(), app.id, day, user).await? {
        return Ok(());
    }
    // Whoever is refused again and again costs reads only.
    let active = stored::active_users(m.store(), app.id, day).await?;
    if active < most {
        if active + waiting >= most {
            // Who stayed connected over midnight counts without being asked, and first.
            super::flush(m).await?;
        }
        if stored::admit(m.store(), app.id, day, user, most).await? {
            return Ok(());
        }
    }
    Err(Refusal::QuotaExceeded { feature: Feature::DauMax }.into())
}

/// A connection as far as it counts. Ends when dropped.
pub(crate) struct Visit {
    m: Messaging,
    app: AppId,
    user: UserId,
    platform: String,
    gauge: Arc<Gauge>,
    /// The end of the day on which it is counted.
    counted_until: Timestamp,
}

impl Visit {
    /// A connection that begins now.
    pub(crate) fn begin(m: &Messaging, app: &App, user: &UserId, device: &DeviceId) -> Self {
        let gauge = m.0.metering.visits.gauges.entry(app.id).or_default().clone();
        let now = gauge.now.fetch_add(1, Ordering::Relaxed) + 1;
        gauge.peak.fetch_max(now, Ordering::Relaxed);
        let mut visit = Self {
            m: m.clone(),
            app: app.id,
            user: user.clone(),
            platform: known(app, device.platform()).to_owned(),
            gauge,
            counted_until: i64::MIN,
        };
        visit.heard();
        visit
    }

    /// The client has said something: one that stays connected over midnight is active on the new day too.
    pub(crate) fn heard(&mut self) {
        let now = self.m.clock().now();
        if now < self.counted_until {
            return;
        }
        let calendar = self.m.platform().calendar();
        let today = calendar.day(now);
        self.counted_until = calendar.start(today.plus(1));
        self.m.0.metering.visits.enter(self.app, &self.user, &self.platform, today);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.gauge.now.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is written of a day, so that it is not written again.
#[derive(Default)]
pub(super) struct Counted {
    day: DayNumber,
    users: HashSet<ActiveUser>,
    peaks: HashMap<DayKey, u64>,
}

impl Counted {
    /// Those of `visits` who may not have been written yet.
    pub(super) fn fresh(&self, visits: HashSet<ActiveUser>) -> Vec<ActiveUser> {
        visits.into_iter().filter(|visit| !self.users.contains(visit)).collect()
    }

    /// Those of `peaks` that are higher than what was written.
    pub(super) fn risen(&self, peaks: HashMap<DayKey, u64>) -> HashMap<DayKey, u64> {
        let is_higher = |key: &DayKey, peak: &u64| self.peaks.get(key).is_none_or(|old| old < peak);
        peaks.into_iter().filter(|(key, peak)| is_higher(key, peak)).collect()
    }

    /// Remembers what was written.
    pub(super) fn remember(
        &mut self,
        today: Day,
        written: Vec<ActiveUser>,
        peaks: HashMap<DayKey, u64>,
    ) {
        if self.day != today.number() || self.users.len() > REMEMBERED {
            *self = Self { day: today.number(), ..Self::default() };
        }
        let day = self.day;
        self.users.extend(written.into_iter().filter(|visit| visit.day == day));
        self.peaks.extend(peaks.into_iter().filter(|(key, _)| key.day == day));
    }
}

fn known<'a>(app: &App, platform: &'a str) -> &'a str {
    let is_custom = platform
        .strip_prefix(CUSTOM_PLATFORM)
        .is_some_and(|n| n.len() <= 3 && n.bytes().all(|b| b.is_ascii_digit()));
    let is_known =
        PLATFORMS.contains(&platform) || app.settings.devices.platforms.contains_key(platform);
    if is_known || is_custom { platform } else { OTHER_PLATFORM }
}
