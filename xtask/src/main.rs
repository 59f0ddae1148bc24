//! `cargo xtask run | test | tidy`: run, test and tidy the project.

mod postgres;
mod run;
mod step;
mod test;
mod tidy;
mod tools;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Runs, tests and tidies the project")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds web and server, and starts the server with the demo on ./data.
    Run(run::RunArgs),
    /// Runs everything that CI runs, installing what it needs.
    Test(test::TestArgs),
    /// Checks the crates' arrows and the sizes of files.
    Tidy,
}

fn main() -> ExitCode {
    let result = enter_root().and_then(|()| match Cli::parse().command {
        Command::Run(args) => run::run(args),
        Command::Test(args) => test::run(args),
        Command::Tidy => tidy::run(),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Everything below works with paths from the repository's root.
fn enter_root() -> anyhow::Result<()> {
    // Asked at run time: a target folder may be shared by several checkouts.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").context("to be run by `cargo xtask`")?;
    let root = Path::new(&manifest).parent().context("xtask has no parent")?;
    std::env::set_current_dir(root).with_context(|| format!("cannot enter {}", root.display()))
}
