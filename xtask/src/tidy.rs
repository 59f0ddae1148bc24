//! What the compiler does not check: the floors of the house, files that grow too long, and statements that a newer
//! schema breaks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Which of our crates may use which others (ARCHITECTURE.md, "Floors"). Arrows only point down.
const FLOORS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("msync", &[]),
    ("store", &["model"]),
    ("cluster", &["model"]),
    ("providers", &["model"]),
    ("push", &["model"]),
    ("platform", &["store", "cluster", "model"]),
    ("words", &[]),
    ("messaging", &["platform", "store", "cluster", "providers", "words", "msync", "model"]),
    (
        "integrations",
        &["messaging", "platform", "store", "cluster", "providers", "push", "msync", "model"],
    ),
    ("gateway", &["messaging", "platform", "cluster", "msync", "model"]),
    ("rest", &["integrations", "messaging", "platform", "cluster", "model"]),
    ("console", &["integrations", "messaging", "platform", "model"]),
    ("loadgen", &["msync", "model"]),
    (
        "server",
        &[
            "gateway",
            "rest",
            "console",
            "integrations",
            "messaging",
            "platform",
            "store",
            "cluster",
            "providers",
            "model",
            "loadgen",
        ],
    ),
    ("testkit", &["loadgen", "msync", "model"]),
];
/// Black-box tests may use these from anywhere.
const FOR_TESTS: &[&str] = &["testkit"];
const PREFIX: &str = "hongyan-";
const XTASK: &str = "xtask";

const SOURCES: &str = "crates";
const MAX_LINES: usize = 700;
const STATEMENTS: &str = "crates/store/src";
/// Statements of one process alone, which knows its schema.
const OF_SQLITE: &str = "sqlite";

pub(crate) fn run() -> anyhow::Result<()> {
    let metadata = MetadataCommand::new().no_deps().exec().context("cargo metadata failed")?;
    let mut faults = wrong_arrows(&metadata);
    faults.extend(long_files(Path::new(SOURCES))?);
    faults.extend(starred(Path::new(STATEMENTS))?);
    if faults.is_empty() {
        return Ok(());
    }
    bail!("the tree is not tidy:\n  {}", faults.join("\n  "))
}

fn wrong_arrows(metadata: &Metadata) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        if name == XTASK {
            continue;
        }
        let floor = name.strip_prefix(PREFIX).and_then(|n| FLOORS.iter().find(|(f, _)| *f == n));
        let Some((own, allowed)) = floor else {
            faults.push(format!("crate {name} is on no floor: see xtask/src/tidy.rs"));
            continue;
        };
        seen.insert(*own);
        for dependency in &package.dependencies {
            let Some(used) = dependency.name.strip_prefix(PREFIX) else { continue };
            let is_test = dependency.kind == DependencyKind::Development;
            let in_tests = is_test && (FOR_TESTS.contains(&used) || below(own).contains(used));
            if !(allowed.contains(&used) || in_tests) {
                faults.push(format!("{own} may not use {used}"));
            }
        }
    }
    let missing = FLOORS.iter().filter(|(floor, _)| !seen.contains(floor));
    faults.extend(missing.map(|(floor, _)| format!("there is no crate {floor}")));
    faults
}

/// Every crate that `own` stands on: its tests may wire all of them together.
fn below(own: &'static str) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut pending = vec![own];
    while let Some(floor) = pending.pop() {
        let used = FLOORS.iter().filter(|(name, _)| *name == floor).flat_map(|(_, used)| *used);
        pending.extend(used.filter(|name| found.insert(**name)));
    }
    found
}

fn long_files(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in files(root)? {
        // Whatever is not text has no lines.
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let lines = text.lines().count();
        if lines > MAX_LINES {
            let file = file.display();
            faults.push(format!("{file} has {lines} lines; split it, {MAX_LINES} is the most"));
        }
    }
    Ok(faults)
}

/// Statements that read whatever columns a table has: on PostgreSQL they fail in nodes that run while a newer version
/// adds one ("cached plan must not change result type").
fn starred(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in files(root)? {
        if file.components().any(|part| part.as_os_str() == OF_SQLITE) {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        for (number, line) in text.lines().enumerate().filter(|(_, line)| is_starred(line)) {
            let place = format!("{}:{}", file.display(), number + 1);
            faults.push(format!("{place} reads `*`; name the columns: {}", line.trim()));
        }
    }
    Ok(faults)
}

fn is_starred(line: &str) -> bool {
    let of_table = line.split("SELECT * FROM ").skip(1).any(|rest| !rest.starts_with("unnest"));
    // Such as `SELECT r.* FROM`.
    let of_alias = line.rsplit(".*").skip(1).any(|before| {
        let alias = before.as_bytes();
        matches!(alias, [.., b' ', name] if name.is_ascii_lowercase())
    });
    of_table || of_alias || line.contains("RETURNING *")
}

fn files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut pending = vec![root.to_owned()];
    while let Some(folder) = pending.pop() {
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() { pending.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::is_starred;

    #[test]
    fn stars_of_tables_are_found_and_no_others() {
        for line in [
            "SELECT * FROM rooms",
            "SELECT r.* FROM x r",
            "UPDATE x RETURNING *",
            "SELECT a, r.*, b",
        ] {
            assert!(is_starred(line), "{line}");
        }
        for line in ["SELECT * FROM unnest($1)", "count(*)", "2 * 3", "r.id FROM rooms r"] {
            assert!(!is_starred(line), "{line}");
        }
    }
}
