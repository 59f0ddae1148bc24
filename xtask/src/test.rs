//! `cargo xtask test`: everything that CI runs, in its order.

use std::path::Path;

use crate::postgres::Postgres;
use crate::step::{Steps, command, run as run_command};
use crate::{run::build_pages, tidy, tools};

/// Tests through the official SDK and in Chromium.
const E2E: &str = "web/e2e";

#[derive(clap::Args)]
pub(crate) struct TestArgs {
    /// Only Rust tests whose name contains this.
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    /// Leaves out formatting, lints, tidy and cargo-deny.
    #[arg(long)]
    skip_lints: bool,
    /// Leaves out the Rust tests.
    #[arg(long)]
    skip_rust: bool,
    /// Leaves out what needs Node: the pages, and the tests with the official SDK.
    #[arg(long)]
    skip_web: bool,
}

pub(crate) fn run(args: TestArgs) -> anyhow::Result<()> {
    let mut steps = Steps::default();
    if !args.skip_lints {
        lints(&mut steps)?;
    }
    let programs = steps.step("PostgreSQL's programs", tools::postgres_programs)?;
    let chromium = if args.skip_web {
        None
    } else {
        let chromium = steps.step("Chromium", tools::chromium)?;
        // Before the server, which embeds them.
        build_pages(&mut steps)?;
        Some(chromium)
    };
    steps.step("cargo build", || cargo(&["build", "--workspace"]))?;

    let postgres = steps.step("private PostgreSQL", || Postgres::start(&programs))?;
    if !args.skip_rust {
        steps.step("Rust tests", || rust_tests(args.filter.as_deref(), &postgres))?;
    }
    if let Some(chromium) = chromium {
        steps.step("official SDK and Chromium", || web_tests(&chromium, &postgres))?;
    }
    drop(postgres);
    steps.summary();
    Ok(())
}

fn lints(steps: &mut Steps) -> anyhow::Result<()> {
    steps.step("cargo fmt", || cargo(&["fmt", "--all", "--check"]))?;
    steps.step("cargo clippy", || {
        cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])
    })?;
    steps.step("tidy", tidy::run)?;
    steps.step("cargo deny", || {
        tools::cargo_deny()?;
        cargo(&[
            "deny",
            "--workspace",
            "check",
            "--hide-inclusion-graph",
            "bans",
            "licenses",
            "sources",
        ])
    })?;
    // The list of known vulnerabilities is fetched; a machine without a way to it can still test.
    match cargo(&["deny", "fetch", "db"]) {
        Ok(()) => steps.step("cargo deny advisories", || {
            cargo(&["deny", "--workspace", "check", "--disable-fetch", "advisories"])
        })?,
        Err(_) => steps.skip("cargo deny advisories", "the advisory database cannot be fetched"),
    }
    Ok(())
}

fn cargo(args: &[&str]) -> anyhow::Result<()> {
    run_command(&mut command("cargo", args))
}

fn rust_tests(filter: Option<&str>, postgres: &Postgres) -> anyhow::Result<()> {
    let mut tests = if tools::find("cargo-nextest").is_some() {
        command("cargo", &["nextest", "run", "--workspace", "--no-fail-fast"])
    } else {
        command("cargo", &["test", "--workspace", "--no-fail-fast"])
    };
    run_command(tests.args(filter).env("HONGYAN_TEST_POSTGRES", postgres.url()))
}

fn web_tests(chromium: &Path, postgres: &Postgres) -> anyhow::Result<()> {
    let server = std::path::absolute("target/debug/hongyan")?;
    tools::npm_packages(Path::new(E2E))?;
    run_command(
        command("npm", &["test"])
            .current_dir(E2E)
            .env("HONGYAN_BIN", server)
            .env("HONGYAN_TEST_POSTGRES", postgres.url())
            .env("CHROMIUM", chromium),
    )
}
