//! `loadgen`: the same as `hongyan bench`, for a machine that has only the generator.

use clap::Parser;

/// Measures a running Hongyan server, or starts the `hongyan` beside it.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    bench: hongyan_loadgen::BenchArgs,
}

fn main() -> anyhow::Result<()> {
    hongyan_loadgen::run(Cli::parse().bench)
}
