//! `hongyan admin …`. Works beside a running server.

use anyhow::{Context as _, ensure};
use clap::Subcommand;
use hongyan_platform::accounts;

use super::{StorageArgs, print, with_runtime};
use crate::config::Flags;
use crate::parts::Parts;

#[derive(Subcommand)]
pub(super) enum AdminCommand {
    /// Makes an operator account: who may run this whole installation.
    Create(CreateArgs),
}

#[derive(clap::Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    storage: StorageArgs,
    /// Address with which the operator signs in.
    #[arg(long)]
    email: String,
    /// Reads the password from the first line of standard input, so that it shows neither in the
    /// process list nor in the shell's history.
    #[arg(long, required = true)]
    password_stdin: bool,
}

pub(super) fn run(command: AdminCommand) -> anyhow::Result<()> {
    match command {
        AdminCommand::Create(args) => create(args),
    }
}

fn create(args: CreateArgs) -> anyhow::Result<()> {
    let config = args.storage.load(Flags::default())?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("cannot read the password")?;
    let password = line.trim_end_matches(['\r', '\n']);
    ensure!(!password.is_empty(), "the first line of standard input holds no password");
    with_runtime(async {
        let parts = Parts::open_control(&config).await?;
        let created = accounts::create_operator(&parts.platform, &args.email, password).await;
        parts.store.close().await;
        created.context("cannot make the operator")?;
        print(&format!("operator {} made\n", args.email))
    })
}
