//! The command line. Exit codes: 0 done, 1 failed, 2 not understood.

mod admin;
mod app;
mod doctor;
mod serve;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser, Subcommand};
use hongyan_loadgen::BenchArgs;
use hongyan_platform::plans;

use crate::config::{self, Config, Flags};
use crate::parts::Parts;

/// Hongyan 鸿雁: an instant-messaging server for the Easemob SDKs.
#[derive(Parser)]
#[command(name = "hongyan", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server.
    Serve(serve::ServeArgs),
    /// Administers apps.
    #[command(subcommand)]
    App(app::AppCommand),
    /// Administers operator accounts.
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Shows configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Shows and checks catalogues of plans.
    #[command(subcommand)]
    Plans(PlansCommand),
    /// Brings the database's schema up to date and exits; `serve` does so by itself.
    Migrate(StorageArgs),
    /// Checks whether the server can run here. Changes nothing.
    Doctor(doctor::DoctorArgs),
    /// Measures a running server.
    Bench(BenchArgs),
    /// Prints shell completions.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Prints a configuration file with every setting, documented, at its default.
    PrintDefault,
}

#[derive(Subcommand)]
enum PlansCommand {
    /// Prints a preset, to begin a file of one's own with.
    Print {
        /// gen2023, gen2024, gen2026 or unlimited.
        preset: String,
    },
    /// Says what is wrong with a file, or that nothing is.
    Check {
        /// The file.
        file: PathBuf,
    },
}

/// Where the configuration and the data are.
#[derive(clap::Args)]
struct StorageArgs {
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE", env = "HONGYAN_CONFIG")]
    config: Option<PathBuf>,
    /// Directory of everything the server keeps [setting: data_dir].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// sqlite:FILE or postgres://… [setting: database].
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl StorageArgs {
    /// Reads the configuration, with `flags` on top besides these.
    fn load(self, flags: Flags) -> anyhow::Result<Config> {
        let Self { config, data_dir, database } = self;
        // A name or value that is not Unicode cannot be a setting of ours.
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        config::load(config.as_deref(), variables, Flags { data_dir, database, ..flags })
    }
}

/// Runs the program with the process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    match execute(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hongyan: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(args) => serve::serve(args)?,
        Command::App(command) => app::run(command)?,
        Command::Admin(command) => admin::run(command)?,
        Command::Config(ConfigCommand::PrintDefault) => print(&config::default_toml())?,
        Command::Plans(command) => of_plans(command)?,
        Command::Migrate(args) => migrate(args)?,
        Command::Doctor(args) => return doctor::run(args),
        Command::Bench(args) => hongyan_loadgen::run(args)?,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "hongyan", &mut script);
            std::io::stdout().write_all(&script)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn of_plans(command: PlansCommand) -> anyhow::Result<()> {
    match command {
        PlansCommand::Print { preset } => {
            let text = plans::preset(&preset);
            print(text.with_context(|| format!("there is no preset {preset:?}"))?)
        }
        PlansCommand::Check { file } => {
            let catalogue = plans::load(&file.to_string_lossy()).map_err(anyhow::Error::msg)?;
            let warnings = plans::warnings(&catalogue).into_iter();
            let warnings: String =
                warnings.map(|warning| format!("a look at it: {warning}\n")).collect();
            print(&format!("{warnings}{} can be used: {}\n", file.display(), catalogue.id))
        }
    }
}

fn migrate(args: StorageArgs) -> anyhow::Result<()> {
    let config = args.load(Flags::default())?;
    with_runtime(async {
        let parts = Parts::open(&config).await?;
        parts.store.close().await;
        print(&format!("{} is up to date\n", config.database))
    })
}

/// Prints to standard output; unlike `println!`, a closed pipe is an error, not a panic.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

fn with_runtime<T>(task: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(task)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_consistent() {
        Cli::command().debug_assert();
    }
}
