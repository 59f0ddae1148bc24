//! `cargo xtask test`: everything that CI runs, in its order.

use std::path::{Path, PathBuf};

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
    /// Writes the documents that tests make, instead of comparing them.
    #[arg(long)]
    update_docs: bool,
}

pub(crate) fn run(args: TestArgs) -> anyhow::Result<()> {
    let mut steps = Steps::default();
    if !args.skip_lints {
        lints(&mut steps)?;
    }
    let programs = steps.step("PostgreSQL's programs", tools::postgres_programs)?;
    let nats = steps.step("NATS", tools::nats_server)?;
    let browser = if args.skip_web {
        None
    } else {
        let chromium = steps.step("Chromium", tools::chromium)?;
        let schemathesis = steps.step("schemathesis", tools::schemathesis)?;
        // Before the server, which embeds them.
        build_pages(&mut steps)?;
        Some((chromium, schemathesis))
    };
    // The server comes with them. `cargo build` would compile everything once more: without tests some crates have
    // fewer features.
    steps.step("cargo test --no-run", || cargo(&["test", "--workspace", "--no-run"]))?;

    let postgres = steps.step("private PostgreSQL", || Postgres::start(&programs))?;
    if !args.skip_rust {
        steps.step("Rust tests", || rust_tests(&args, &programs, &postgres, &nats))?;
    }
    if let Some((chromium, schemathesis)) = browser {
        let programs =
            [("CHROMIUM", &chromium), ("SCHEMATHESIS", &schemathesis), ("NATS_SERVER", &nats)];
        let tests = || web_tests(&programs, &postgres, args.update_docs);
        steps.step("official SDK and Chromium", tests)?;
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

fn rust_tests(
    args: &TestArgs,
    programs: &Path,
    postgres: &Postgres,
    nats: &Path,
) -> anyhow::Result<()> {
    let runner: &[&str] = match tools::find("cargo-nextest") {
        Some(_) => &["nextest", "run", "--no-fail-fast"],
        None => &["test", "--no-fail-fast"],
    };
    // What tests see of the REST API, for the document that is made of it.
    let cases = std::path::absolute("target/rest-cases")?;
    if cases.exists() {
        std::fs::remove_dir_all(&cases)?;
    }
    std::fs::create_dir_all(&cases)?;
    let test = |more: &[&str]| {
        let mut tests = command("cargo", &[runner, &["--workspace"], more].concat());
        tests.env("HONGYAN_TEST_POSTGRES", postgres.url()).env("HONGYAN_TEST_NATS", nats);
        tests.env("HONGYAN_TEST_POSTGRES_PROGRAMS", programs);
        tests.env("HONGYAN_TEST_REST_CASES", &cases);
        if args.update_docs {
            tests.env("HONGYAN_TEST_UPDATE_DOCS", "1");
        }
        run_command(&mut tests)
    };
    if let Some(filter) = &args.filter {
        return test(&[filter]);
    }
    test(&[])?;
    let ignored: &[&str] = match tools::find("cargo-nextest") {
        Some(_) => &["--run-ignored", "only", "the_document_is_what_the_tests_show"],
        None => &["the_document_is_what_the_tests_show", "--", "--ignored"],
    };
    test(ignored)
}

fn web_tests(
    programs: &[(&str, &PathBuf)],
    postgres: &Postgres,
    update_docs: bool,
) -> anyhow::Result<()> {
    let server = std::path::absolute("target/debug/hongyan")?;
    tools::npm_packages(Path::new(E2E))?;
    let mut tests = command("npm", &["test"]);
    tests
        .current_dir(E2E)
        .env("HONGYAN_BIN", server)
        .env("HONGYAN_TEST_POSTGRES", postgres.url())
        .envs(programs.iter().copied());
    if update_docs {
        tests.env("HONGYAN_TEST_UPDATE_DOCS", "1");
    }
    run_command(&mut tests)
}
