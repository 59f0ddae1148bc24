//! 回调失败告警: a mail when the deliveries of a rule fail too often.

use std::time::{Duration, Instant};

use hongyan_model::{App, CallbackRule};
use hongyan_platform::mail::alerts;

use crate::Integrations;

/// What one rule has failed in the current interval.
#[derive(Default)]
pub(super) struct Alert {
    begun: Option<Instant>,
    failures: u32,
    mailed: bool,
}

impl Alert {
    /// Notes what failed, and mails at most once in an interval.
    pub(super) fn note(
        &mut self,
        i: &Integrations,
        app: &App,
        rule: &CallbackRule,
        failed: &[&str],
    ) {
        let alert = &app.settings.callback_alert;
        let Some(last) = failed.last().filter(|_| alert.enabled) else { return };
        let interval = Duration::from_secs(60 * u64::from(alert.interval_minutes));
        let now = Instant::now();
        if self.begun.is_none_or(|begun| now - begun > interval) {
            *self = Self { begun: Some(now), failures: 0, mailed: false };
        }
        self.failures =
            self.failures.saturating_add(u32::try_from(failed.len()).unwrap_or(u32::MAX));
        if self.mailed || self.failures < alert.failures {
            return;
        }
        self.mailed = true;
        let (name, failures) = (&rule.name, self.failures);
        if let Err(error) = alerts::callbacks_failed(i.platform(), app, name, failures, last) {
            tracing::warn!(app = app.key(), %error, "nobody could be mailed of failed callbacks");
        }
    }
}
