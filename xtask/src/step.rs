//! Running commands, and saying so.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// A command with its arguments, run from the repository's root.
pub(crate) fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

/// Runs a command whose output the reader should see; a failure names it.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed with {status}");
    }
    Ok(())
}

/// Runs a command and returns what it prints.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let shown = shown(command);
    let output = command.output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` failed with {}: {}", output.status, errors.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The steps of a longer run, each announced and timed.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration)>,
}

impl Steps {
    pub(crate) fn step<T>(
        &mut self,
        title: &str,
        work: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        eprintln!("\n==> {title}");
        let start = Instant::now();
        let result = work().with_context(|| format!("{title}: failed"))?;
        let took = start.elapsed();
        eprintln!("    {title}: {:.1} s", took.as_secs_f64());
        self.done.push((title.to_owned(), took));
        Ok(result)
    }

    /// Says that something is left out, and why.
    pub(crate) fn skip(&self, title: &str, reason: &str) {
        eprintln!("\n==> {title}: skipped ({reason})");
    }

    /// The table at the end.
    pub(crate) fn summary(&self) {
        eprintln!("\nAll passed:");
        for (title, took) in &self.done {
            eprintln!("  {:>7.1} s  {title}", took.as_secs_f64());
        }
        let total: Duration = self.done.iter().map(|(_, took)| *took).sum();
        eprintln!("  {:>7.1} s  in all", total.as_secs_f64());
    }
}
