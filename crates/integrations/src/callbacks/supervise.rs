//! Starts what follows and delivers, where an app has rules, and starts it again when it fails.

use std::collections::HashMap;

use hongyan_messaging::Messaging;
use hongyan_model::{AppId, Feature, IdGenerator, Result};
use hongyan_platform::apps;
use hongyan_store::callbacks as stored;
use tokio::task::JoinHandle;

use super::{collect, deliver};
use crate::Integrations;
use crate::tasks::{Supervised, keep, spawn, supervise};

/// Deliveries removed at once.
const SWEPT: u32 = 500;

/// Follows every app with rules for as long as it is polled, and as long as this node is the one to
/// do it. One task of the process does this.
pub async fn run(i: Integrations, m: Messaging) {
    supervise::<Tasks>(i, m).await;
}

#[derive(Default)]
struct Tasks {
    following: HashMap<AppId, JoinHandle<()>>,
    delivering: HashMap<(AppId, String), JoinHandle<()>>,
}

impl Supervised for Tasks {
    const LEASE: &'static str = "callbacks";

    async fn look(&mut self, i: &Integrations, m: &Messaging, moves: bool) -> Result<()> {
        for app in stored::followed(i.store()).await? {
            // Before the app is looked at: what is said once it wants to be told is told.
            let now = i.0.clock.now();
            let Some(current) = apps::find_by_id(i.platform(), app).await? else {
                stored::unfollow(i.store(), app).await?;
                continue;
            };
            if !collect::is_wanted(&current) {
                // What happens meanwhile is not told later.
                if current.settings.rules_after_sending().next().is_none() {
                    stored::unfollow(i.store(), app).await?;
                } else if moves {
                    let place = IdGenerator::floor(now);
                    stored::collect(i.store(), app, place, &[]).await?;
                }
                continue;
            }
            keep(&mut self.following, app, || {
                spawn("an app's log cannot be followed", collect::follow(i.clone(), m.clone(), app))
            });
            for rule in current.settings.rules_after_sending() {
                if rule.enabled {
                    let id = rule.id.clone();
                    keep(&mut self.delivering, (app, id.clone()), || {
                        spawn("callbacks cannot be delivered", deliver::run(i.clone(), app, id))
                    });
                }
            }
        }
        self.following.retain(|_, task| !task.is_finished());
        self.delivering.retain(|_, task| !task.is_finished());
        Ok(())
    }

    /// Gives up what has waited for too long, whatever became of its rule, and removes what ended as long ago.
    async fn sweep(i: &Integrations) -> Result<()> {
        let now = i.0.clock.now();
        for app in stored::followed(i.store()).await? {
            let Some(current) = apps::find_by_id(i.platform(), app).await? else { continue };
            let before = now.saturating_sub(current.days(Feature::CallbackCacheDays));
            while stored::expire(i.store(), app, before, now, SWEPT).await? == u64::from(SWEPT) {}
            while stored::forget(i.store(), app, before, SWEPT).await? == u64::from(SWEPT) {}
        }
        Ok(())
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.following.values().chain(self.delivering.values()).for_each(JoinHandle::abort);
    }
}
