//! `hongyan app …`. Works beside a running server, which feels changes within a second or two.

mod feature;
mod rtc;
mod values;

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use clap::Subcommand;
use hongyan_model::{App, AppSettings, AppStatus, Authority, Plan};
use hongyan_platform::{Platform, apps, data_centers};
use serde_json::{Value, json};

use super::{StorageArgs, print, with_runtime};
use crate::config::Flags;
use crate::parts::Parts;

#[derive(Subcommand)]
pub(super) enum AppCommand {
    /// Makes an app, and its organisation when there is none of that name.
    Create(CreateArgs),
    /// Lists the apps.
    List(ListArgs),
    /// Shows what an app has, and switches and sets it.
    Feature(feature::FeatureArgs),
    /// Says who carries an app's audio and video calls, and sets it.
    Rtc(rtc::RtcArgs),
    /// Stops an app: its clients and its server are refused.
    Suspend(AppArgs),
    /// Lets a suspended app serve again.
    Resume(AppArgs),
}

#[derive(clap::Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    storage: StorageArgs,
    /// Organisation, first half of the App Key.
    #[arg(long)]
    org: String,
    /// App, second half of the App Key.
    #[arg(long)]
    name: String,
    /// Plan, which decides what the app may use.
    #[arg(long, default_value = Plan::Premier.key(), value_parser = plan)]
    plan: Plan,
    /// Product name, for people.
    #[arg(long, default_value = "")]
    product_name: String,
    /// Id of the data centre, one of the configuration's; the first if absent.
    #[arg(long, value_name = "ID")]
    data_center: Option<String>,
    /// Lets anybody register users, without a token.
    #[arg(long)]
    open_registration: bool,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    storage: StorageArgs,
    /// Only those of this organisation.
    #[arg(long)]
    org: Option<String>,
    /// Prints one JSON array.
    #[arg(long)]
    json: bool,
}

/// Which app.
#[derive(clap::Args)]
pub(super) struct AppArgs {
    #[command(flatten)]
    storage: StorageArgs,
    /// Organisation, first half of the App Key.
    #[arg(long)]
    org: String,
    /// App, second half of the App Key.
    #[arg(long)]
    name: String,
}

pub(super) fn run(command: AppCommand) -> anyhow::Result<()> {
    match command {
        AppCommand::Create(args) => create(args),
        AppCommand::List(args) => list(args),
        AppCommand::Feature(args) => feature::run(args),
        AppCommand::Rtc(args) => rtc::run(args),
        AppCommand::Suspend(args) => {
            with_app(args, async |p, app| Ok(apps::suspend(p, app.id, Authority::Operator).await?))
        }
        AppCommand::Resume(args) => {
            with_app(args, async |p, app| Ok(apps::resume(p, app.id, Authority::Operator).await?))
        }
    }
}

fn create(args: CreateArgs) -> anyhow::Result<()> {
    let config = args.storage.load(Flags::default())?;
    with_runtime(async {
        let parts = Parts::open_control(&config).await?;
        let p = &parts.platform;
        let data_center = args.data_center.unwrap_or_else(|| data_centers::list(p)[0].id.clone());
        ensure!(
            data_centers::find(p, &data_center).is_some(),
            "the configuration has no data centre {data_center:?}",
        );
        let new = apps::NewApp {
            plan: args.plan,
            product_name: args.product_name,
            data_center,
            settings: AppSettings {
                open_registration: args.open_registration,
                ..AppSettings::default()
            },
            ..apps::NewApp::named(args.org, args.name)
        };
        let created = apps::create(p, new).await;
        parts.store.close().await;
        let (app, credentials) = created.context("cannot make the app")?;
        let apps::Credentials { client_id, client_secret } = credentials;
        print(&if args.json {
            let answer = json!({
                "appkey": app.key(),
                "app_id": app.uuid,
                "org": app.org,
                "app": app.name,
                "client_id": client_id,
                "client_secret": client_secret,
            });
            format!("{answer}\n")
        } else {
            format!(
                "App Key        {}\nclient id      {client_id}\nclient secret  {client_secret}\n\
                 The console shows the secret again.\n",
                app.key(),
            )
        })
    })
}

fn list(args: ListArgs) -> anyhow::Result<()> {
    let config = args.storage.load(Flags::default())?;
    with_runtime(async {
        let parts = Parts::open_control(&config).await?;
        let listed = apps::all(&parts.platform).await;
        parts.store.close().await;
        let mut listed = listed.context("cannot list the apps")?;
        listed.retain(|app| args.org.as_ref().is_none_or(|org| *org == app.org));
        if args.json {
            let lines = listed.iter().map(summary).collect::<Vec<_>>();
            return print(&format!("{}\n", Value::from(lines)));
        }
        let width = listed.iter().map(|app| app.key().len()).max().unwrap_or_default().max(7);
        let mut text = format!("{:width$}  {:8}  status\n", "App Key", "plan");
        for app in &listed {
            let (key, plan, status) = (app.key(), app.plan.key(), app.status.key());
            let _ = writeln!(text, "{key:width$}  {plan:8}  {status}");
        }
        print(&text)
    })
}

fn summary(app: &App) -> Value {
    json!({
        "appkey": app.key(),
        "app_id": app.uuid,
        "org": app.org,
        "app": app.name,
        "plan": app.plan.key(),
        "status": app.status.key(),
        "product_name": app.product_name,
        "data_center": app.data_center,
        "created": app.created,
    })
}

/// Does something to an app and prints what it is then.
fn with_app(
    args: AppArgs,
    act: impl AsyncFnOnce(&Platform, &App) -> anyhow::Result<Arc<App>>,
) -> anyhow::Result<()> {
    let AppArgs { storage, org, name } = args;
    let config = storage.load(Flags::default())?;
    with_runtime(async {
        let parts = Parts::open_control(&config).await?;
        let acted = async {
            let app = apps::find_any(&parts.platform, &org, &name).await?;
            act(&parts.platform, &app).await
        };
        let acted = acted.await;
        parts.store.close().await;
        let app = acted.with_context(|| format!("cannot change the app {org}#{name}"))?;
        let is = match app.status {
            AppStatus::Active => "serves",
            AppStatus::Suspended => "is suspended",
            AppStatus::Deleting => "is deleted",
        };
        print(&format!("{} {is}\n", app.key()))
    })
}

fn plan(word: &str) -> Result<Plan, String> {
    Plan::from_key(word).ok_or_else(|| {
        let plans = Plan::ALL.map(Plan::key).join(", ");
        format!("one of {plans}")
    })
}
