//! `cargo xtask run`.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::anyhow;

use crate::step::{Steps, command, run as run_command};
use crate::tools;

/// The page that the server embeds.
pub(crate) const CHAT: &str = "web/chat";

#[derive(clap::Args)]
pub(crate) struct RunArgs {
    /// More arguments for `hongyan serve`, after `--`.
    #[arg(last = true)]
    serve: Vec<String>,
}

pub(crate) fn run(args: RunArgs) -> anyhow::Result<()> {
    let mut steps = Steps::default();
    if tools::find("npm").is_some() {
        steps.step("building the demo chat", build_chat)?;
    } else {
        steps.skip("building the demo chat", "no npm: install Node 20 or newer to have it");
    }
    steps.step("building the server (release)", || {
        run_command(&mut command("cargo", &["build", "--release", "--package", "hongyan-server"]))
    })?;

    let mut serve = Command::new("target/release/hongyan");
    serve.args(["serve", "--demo"]);
    let names_a_place = |arg: &String| arg.starts_with("--data-dir") || arg.starts_with("--config");
    if !args.serve.iter().any(names_a_place) {
        serve.args(["--data-dir", "data"]);
    }
    serve.args(&args.serve);
    eprintln!("\n==> starting {:?}", serve);
    // In our place, so that signals reach the server itself.
    Err(anyhow!(serve.exec()).context("cannot start the server"))
}

/// Builds the page into `web/chat/dist`, from where the server's build takes it.
pub(crate) fn build_chat() -> anyhow::Result<()> {
    tools::npm_packages(Path::new(CHAT))?;
    run_command(command("npm", &["run", "--silent", "build"]).current_dir(CHAT))
}
