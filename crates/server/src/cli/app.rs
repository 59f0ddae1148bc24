//! `hongyan app …`. Works beside a running server.

use anyhow::Context as _;
use clap::Subcommand;
use hongyan_model::AppSettings;
use hongyan_platform::apps;
use serde_json::json;

use super::{StorageArgs, print, with_runtime};
use crate::config::Flags;
use crate::parts::Parts;

#[derive(Subcommand)]
pub(super) enum AppCommand {
    /// Makes an app, and its organisation when there is none of that name. The client secret is
    /// shown this once.
    Create(CreateArgs),
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
    /// Lets anybody register users, without a token.
    #[arg(long)]
    open_registration: bool,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: AppCommand) -> anyhow::Result<()> {
    match command {
        AppCommand::Create(args) => create(args),
    }
}

fn create(args: CreateArgs) -> anyhow::Result<()> {
    let CreateArgs { storage, org, name, open_registration, json } = args;
    let config = storage.load(Flags::default())?;
    with_runtime(async {
        let parts = Parts::open_control(&config).await?;
        let settings = AppSettings { open_registration, ..AppSettings::default() };
        let created = apps::create(&parts.platform, apps::NewApp { org, name, settings }).await;
        parts.store.close().await;
        let (app, credentials) = created.context("cannot make the app")?;
        let apps::Credentials { client_id, client_secret } = credentials;
        print(&if json {
            let answer = json!({
                "appkey": app.key(),
                "org": app.org,
                "app": app.name,
                "client_id": client_id,
                "client_secret": client_secret,
            });
            format!("{answer}\n")
        } else {
            format!(
                "App Key        {}\nclient id      {client_id}\nclient secret  {client_secret}\n\
                 Keep the secret: it is not shown again.\n",
                app.key(),
            )
        })
    })
}
