//! Starts what follows and delivers, where an app has rules, and starts it again when it fails.

use std::collections::HashMap;
use std::time::Duration;

use hongyan_messaging::{Messaging, leases};
use hongyan_model::{AppId, Feature, IdGenerator, Result};
use hongyan_platform::apps;
use hongyan_store::callbacks as stored;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::{collect, deliver};
use crate::Integrations;
use crate::tasks::{keep, spawn};

/// How often it is looked for apps that have got rules, and for what has ended.
const INTERVAL: Duration = Duration::from_secs(1);
/// How often old deliveries are removed, in intervals.
const SWEEP_EVERY: u64 = 600;
/// Deliveries removed at once.
const SWEPT: u32 = 500;
/// How often the place in the log of an app that has no callbacks now is moved, in intervals.
const MOVED_EVERY: u64 = 60;

/// Under which one node follows and delivers.
const LEASE: &str = "callbacks";

/// Follows every app with rules for as long as it is polled, and as long as this node is the one to do it. One task of
/// the process does this.
pub async fn run(i: Integrations, m: Messaging) {
    let mut tasks = Tasks::default();
    let mut tick = tokio::time::interval(INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut failing, mut ticks) = (false, 0_u64);
    loop {
        tick.tick().await;
        ticks += 1;
        let moves = ticks.is_multiple_of(MOVED_EVERY);
        let mut done = match leases::holds(&m, LEASE).await {
            Ok(true) => tasks.look(&i, &m, moves).await,
            other => {
                tasks = Tasks::default();
                other.map(drop)
            }
        };
        if done.is_ok() && ticks.is_multiple_of(SWEEP_EVERY) {
            done = sweep(&i).await;
        }
        if let Err(error) = &done
            && !failing
        {
            let error = error as &dyn std::error::Error;
            tracing::error!(error, "callbacks cannot be followed; trying again");
        }
        failing = done.is_err();
    }
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

#[derive(Default)]
struct Tasks {
    following: HashMap<AppId, JoinHandle<()>>,
    delivering: HashMap<(AppId, String), JoinHandle<()>>,
}

impl Tasks {
    async fn look(&mut self, i: &Integrations, m: &Messaging, moves: bool) -> Result<()> {
        for app in stored::followed(i.store()).await? {
            let Some(current) = apps::find_by_id(i.platform(), app).await? else { continue };
            if !collect::is_wanted(&current) {
                // What happens meanwhile is not told later.
                if current.settings.callbacks.iter().all(|rule| rule.post().is_none()) {
                    stored::unfollow(i.store(), app).await?;
                } else if moves {
                    let place = IdGenerator::floor(i.0.clock.now());
                    stored::collect(i.store(), app, place, &[]).await?;
                }
                continue;
            }
            keep(&mut self.following, app, || {
                spawn("an app's log cannot be followed", collect::follow(i.clone(), m.clone(), app))
            });
            for rule in &current.settings.callbacks {
                if rule.enabled && rule.post().is_some() {
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
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.following.values().chain(self.delivering.values()).for_each(JoinHandle::abort);
    }
}
