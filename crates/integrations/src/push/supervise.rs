//! Starts what decides and sends, where an app has certificates, and starts it again when it fails.

use std::collections::HashMap;
use std::time::Duration;

use hongyan_messaging::Messaging;
use hongyan_model::limits::LIVE_QUERY_MS;
use hongyan_model::{AppId, IdGenerator, Result, Timestamp};
use hongyan_platform::apps;
use hongyan_store::{push_certificates as certificates, push_figures, pushes as stored};
use tokio::task::JoinHandle;

use super::{follow, send};
use crate::Integrations;
use crate::tasks::{Supervised, keep, spawn, supervise};

/// Results removed at once.
const SWEPT: usize = 500;
/// Days for which figures are kept.
const FIGURE_DAYS: i64 = 400;

/// Notifies the users of every app with certificates for as long as it is polled, and as long as this node is the one to
/// do it. One task of the process does this.
pub async fn run(i: Integrations, m: Messaging) {
    supervise::<Tasks>(i, m).await;
}

/// Before the process ends: what vendors are being asked is waited for, so that no phone rings twice for a restart.
pub async fn finish(i: &Integrations, within: Duration) {
    i.0.pushing.finish(within).await;
}

#[derive(Default)]
struct Tasks {
    following: HashMap<AppId, JoinHandle<()>>,
    sending: HashMap<(AppId, String), JoinHandle<()>>,
    /// Apps whose push is off, and when that was seen last.
    resting: HashMap<AppId, Timestamp>,
}

impl Supervised for Tasks {
    const LEASE: &'static str = "push";

    async fn look(&mut self, i: &Integrations, m: &Messaging, moves: bool) -> Result<()> {
        if *i.0.pushing.sending().borrow() {
            return Ok(());
        }
        for app in stored::followed(i.store()).await? {
            // Before the app is looked at: what is said once push is on is notified.
            let now = i.0.clock.now();
            let Some(current) = apps::find_by_id(i.platform(), app).await? else { continue };
            // What is said while push is off makes no phone ring later.
            let skip = async |until| {
                let place = Some(IdGenerator::floor(until));
                stored::decide(i.store(), app, place, &stored::Decided::default()).await
            };
            if !follow::is_wanted(&current) {
                self.resting.insert(app, now);
                if moves {
                    skip(now).await?;
                }
                continue;
            }
            if let Some(until) = self.resting.get(&app).copied() {
                skip(until).await?;
                self.resting.remove(&app);
            }
            keep(&mut self.following, app, || {
                spawn("an app's log cannot be followed", follow::follow(i.clone(), m.clone(), app))
            });
            for certificate in certificates::list(i.store(), app).await? {
                let id = certificate.id;
                keep(&mut self.sending, (app, id.clone()), || {
                    spawn("notices cannot be sent", send::run(i.clone(), m.clone(), app, id))
                });
            }
        }
        self.following.retain(|_, task| !task.is_finished());
        self.sending.retain(|_, task| !task.is_finished());
        Ok(())
    }

    async fn sweep(i: &Integrations) -> Result<()> {
        let now = i.0.clock.now();
        while stored::forget(i.store(), now - LIVE_QUERY_MS, SWEPT).await? == SWEPT as u64 {}
        while stored::drop_orphans(i.store(), SWEPT).await? == SWEPT {}
        let today = i.platform().calendar().day(now).number();
        Ok(push_figures::forget(i.store(), today - FIGURE_DAYS).await?)
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.following.values().chain(self.sending.values()).for_each(JoinHandle::abort);
    }
}
