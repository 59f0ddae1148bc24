//! The settings' documentation, as TOML and as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use hongyan_integrations::push::Meaning;
use ipnet::IpNet;

use super::{
    Config, DataCenterSettings, DatabaseUrl, LogFormat, MailEncryption, Registration, Secret,
};

/// One setting or section with its documentation.
pub(super) struct Entry {
    /// Dotted; empty for the root.
    path: String,
    docs: &'static [&'static str],
    /// `None` for a section.
    default: Option<toml::Value>,
    /// For a list of tables, which is empty by default: what one looks like.
    example: Option<&'static str>,
}

impl Entry {
    pub(super) fn section(path: &str, docs: &'static [&'static str]) -> Self {
        Self { path: path.to_owned(), docs, default: None, example: None }
    }

    fn doc_lines(&self) -> impl Iterator<Item = &'static str> {
        self.docs.iter().map(|line| line.trim())
    }
}

/// Lists a setting, or a section with all it holds.
pub(super) trait Describe {
    fn describe(&self, path: &str, docs: &'static [&'static str], out: &mut Vec<Entry>);
}

macro_rules! scalars {
    ($($type:ty),+) => { $(
        impl Describe for $type {
            fn describe(&self, path: &str, docs: &'static [&'static str], out: &mut Vec<Entry>) {
                // All of these are plain values, which TOML can always hold.
                let default = toml::Value::try_from(self).ok();
                out.push(Entry { path: path.to_owned(), docs, default, example: None });
            }
        }
    )+ };
}

scalars!(String, bool, u8, u16, u32, u64, usize, PathBuf, SocketAddr, Vec<IpNet>);
scalars!(DatabaseUrl, LogFormat, Registration, MailEncryption, Secret);
scalars!(BTreeMap<String, Meaning>);

impl Describe for Vec<DataCenterSettings> {
    fn describe(&self, path: &str, docs: &'static [&'static str], out: &mut Vec<Entry>) {
        let default = Some(toml::Value::Array(Vec::new()));
        let example = Some(DataCenterSettings::EXAMPLE);
        out.push(Entry { path: path.to_owned(), docs, default, example });
    }
}

/// `section` and `key` as one dotted path.
pub(super) fn join(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    Config::default().describe("", &[], &mut entries);
    entries
}

/// Every setting by its dotted path, with its default.
pub(super) fn defaults() -> BTreeMap<String, toml::Value> {
    entries().into_iter().filter_map(|e| Some((e.path, e.default?))).collect()
}

/// A configuration file that says what every setting does and sets each to its default.
#[must_use]
pub fn default_toml() -> String {
    let mut text = String::from(
        "# Configuration of Hongyan. Every setting has its default here.\n\
         # Each can also be set by a variable: log.format is HONGYAN_LOG__FORMAT.\n",
    );
    for entry in entries().iter().filter(|e| !e.path.is_empty()) {
        text.push('\n');
        for line in entry.doc_lines() {
            let _ = writeln!(text, "# {line}");
        }
        let name = entry.path.rsplit('.').next().unwrap_or_default();
        if let Some(example) = entry.example {
            for line in example.lines() {
                let _ = writeln!(text, "# {line}");
            }
            continue;
        }
        let _ = match &entry.default {
            Some(value) => writeln!(text, "{name} = {value}"),
            None => writeln!(text, "[{}]", entry.path),
        };
    }
    text
}

/// The reference part of `docs/configuration.md`.
#[must_use]
pub fn reference_markdown() -> String {
    const HEAD: &str = "| key | default | variable | what it does |\n|---|---|---|---|\n";
    let mut text = String::new();
    for entry in &entries() {
        let docs = entry.doc_lines().collect::<Vec<_>>().join(" ").replace('|', "\\|");
        let path = &entry.path;
        if let Some(example) = entry.example {
            let _ = write!(text, "\n### `[[{path}]]`\n\n{docs}\n\n```toml\n{example}\n```\n");
            continue;
        }
        let _ = match &entry.default {
            None if path.is_empty() => write!(text, "{HEAD}"),
            None => write!(text, "\n### `[{path}]`\n\n{docs}\n\n{HEAD}"),
            Some(value) => {
                let variable = path.to_uppercase().replace('.', "__");
                writeln!(text, "| `{path}` | `{value}` | `HONGYAN_{variable}` | {docs} |")
            }
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flags, load};

    #[test]
    fn the_printed_defaults_read_back_as_the_defaults() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), default_toml()).unwrap();
        let read = load(Some(file.path()), [], Flags::default()).unwrap();
        assert_eq!(read, Config::default());
        // All of them are there, not just compatible by absence.
        let table: toml::Table = default_toml().parse().unwrap();
        let mut expected = toml::Table::try_from(Config::default()).unwrap();
        // A list of tables cannot be there and be added to below.
        expected.remove("data_center");
        assert_eq!(table, expected);
    }

    /// `HONGYAN_TEST_UPDATE_DOCS=1 cargo test -p hongyan-server` rewrites the reference.
    #[test]
    fn the_documentation_has_every_setting() {
        const BEGIN: &str = "<!-- settings: generated from crates/server/src/config/mod.rs -->\n";
        const END: &str = "<!-- end of settings -->\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (before, rest) = page.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let fresh = format!("{before}{BEGIN}\n{}\n{END}{after}", reference_markdown());
        if std::env::var_os("HONGYAN_TEST_UPDATE_DOCS").is_some() {
            std::fs::write(path, fresh).unwrap();
        } else {
            assert!(page == fresh, "docs/configuration.md is stale; see the comment of this test");
        }
    }
}
