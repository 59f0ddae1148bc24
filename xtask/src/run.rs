//! `cargo xtask run`.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::anyhow;

use crate::step::{Steps, command, run as run_command};
use crate::tools;

/// The pages that the server embeds, and what they are.
const PAGES: [(&str, &str); 2] = [("web/chat", "demo chat"), ("web/console", "console")];

#[derive(clap::Args)]
pub(crate) struct RunArgs {
    /// More arguments for `hongyan serve`, after `--`.
    #[arg(last = true)]
    serve: Vec<String>,
}

pub(crate) fn run(args: RunArgs) -> anyhow::Result<()> {
    let mut steps = Steps::default();
    if tools::find("npm").is_some() {
        build_pages(&mut steps)?;
    } else {
        steps.skip("building the pages", "no npm: install Node 20 or newer to have them");
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

/// Builds each page into its `dist`, from where the server's build takes it.
pub(crate) fn build_pages(steps: &mut Steps) -> anyhow::Result<()> {
    PAGES.into_iter().try_for_each(|(folder, what)| {
        steps.step(&format!("building the {what}"), || build_page(folder))
    })
}

fn build_page(folder: &str) -> anyhow::Result<()> {
    tools::npm_packages(Path::new(folder))?;
    run_command(command("npm", &["run", "--silent", "build"]).current_dir(folder))
}
