//! What a server does now and then beside serving.

use std::time::Duration;

use hongyan_integrations::{Integrations, callbacks, push};
use hongyan_messaging::{
    Messaging, exports, files, idempotency, moderation, reports, retention, words,
};
use hongyan_model::{Clock as _, SystemClock};
use hongyan_platform::{Platform, apps, audit, billing, mail, sessions};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};
use tracing::{error, info};

const FOLLOW_APPS_EVERY: Duration = Duration::from_secs(1);
const BILL_EVERY: Duration = Duration::from_secs(5);
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
const SWEEP_ACCOUNTS_EVERY: Duration = Duration::from_secs(24 * 3600);

/// The tasks; they end when it is dropped.
pub(crate) struct Upkeep {
    _tasks: JoinSet<()>,
}

impl Upkeep {
    pub(crate) fn start(
        messaging: &Messaging,
        platform: &Platform,
        integrations: &Integrations,
    ) -> Self {
        let mut tasks = JoinSet::new();
        let of = || messaging.clone();
        tasks.spawn(sweep(of(), "attachments", |m| async move { files::sweep(&m).await }));
        tasks.spawn(sweep(
            of(),
            "reports of messages",
            |m| async move { reports::sweep(&m).await },
        ));
        tasks.spawn(sweep(
            of(),
            "hits of sensitive words",
            |m| async move { words::sweep(&m).await },
        ));
        tasks.spawn(sweep(of(), "records of moderation", |m| async move {
            moderation::sweep(&m).await
        }));
        tasks.spawn(sweep(of(), "exports of moderation", |m| async move {
            moderation::sweep_exports(&m).await
        }));
        tasks.spawn(sweep(
            of(),
            "idempotency keys",
            |m| async move { idempotency::sweep(&m).await },
        ));
        tasks.spawn(sweep(of(), "messages", |m| async move { retention::sweep(&m).await }));
        tasks.spawn(sweep(of(), "hourly files of messages", |m| async move {
            exports::sweep(&m).await
        }));
        tasks.spawn(callbacks::run(integrations.clone(), messaging.clone()));
        tasks.spawn(push::run(integrations.clone(), messaging.clone()));
        tasks.spawn(follow_apps(platform.clone()));
        tasks.spawn(crate::plans::follow(platform.clone()));
        tasks.spawn(bill(platform.clone()));
        tasks.spawn(sweep_apps(platform.clone()));
        tasks.spawn(sweep_accounts(platform.clone()));
        let platform = platform.clone();
        tasks.spawn(async move { mail::deliver(&platform).await });
        Self { _tasks: tasks }
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// Removes again and again what is over, of `what` it is.
async fn sweep<F>(messaging: Messaging, what: &'static str, work: fn(Messaging) -> F)
where
    F: Future<Output = hongyan_model::Result<u64>>,
{
    let mut interval = every(SWEEP_EVERY);
    loop {
        interval.tick().await;
        match work(messaging.clone()).await {
            Ok(0) => {}
            Ok(removed) => info!(removed, what, "what was over is removed"),
            Err(fault) => error!(error = ?fault, what, "what is over could not be removed"),
        }
    }
}

/// Makes felt what the commands change beside this server.
async fn follow_apps(platform: Platform) {
    let mut interval = every(FOLLOW_APPS_EVERY);
    let mut since = SystemClock.now();
    let mut failing = false;
    loop {
        interval.tick().await;
        match apps::follow(&platform, since).await {
            Ok(next) => (since, failing) = (next, false),
            // One line when it begins, not one per second.
            Err(fault) if !failing => {
                failing = true;
                error!(error = ?fault, "changed apps could not be read; trying again");
            }
            Err(_) => {}
        }
    }
}

/// Seals days, sets up and renews orders, bills months, and reminds who owes.
async fn bill(platform: Platform) {
    let mut interval = every(BILL_EVERY);
    let mut failing = false;
    loop {
        interval.tick().await;
        let done = billing::tick(&platform).await;
        if let Err(fault) = &done
            && !failing
        {
            let error = fault as &dyn std::error::Error;
            error!(error, "billing does not get on; trying again");
        }
        failing = done.is_err();
    }
}

/// Removes what is left of deleted apps.
async fn sweep_apps(platform: Platform) {
    let mut interval = every(SWEEP_EVERY);
    loop {
        interval.tick().await;
        if let Err(fault) = apps::sweep(&platform).await {
            error!(error = ?fault, "deleted apps could not be removed");
        }
    }
}

/// Removes sessions, links and lines of the operation log whose time is over.
async fn sweep_accounts(platform: Platform) {
    let mut interval = every(SWEEP_ACCOUNTS_EVERY);
    loop {
        interval.tick().await;
        if let Err(fault) = sessions::sweep(&platform).await {
            error!(error = ?fault, "ended sessions could not be removed");
        }
        match audit::sweep(&platform).await {
            Ok(0) => {}
            Ok(removed) => info!(removed, "old lines of the operation log removed"),
            Err(fault) => error!(error = ?fault, "the operation log could not be swept"),
        }
    }
}
