//! `docs/rest-compatibility.md`: every endpoint with the tests that show it, made of what the other tests have seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use hongyan_rest::{Access, Endpoint, endpoints};
use serde_json::Value;

/// Endpoints of the published API that are not served, and why.
const NOT_SERVED: &[(&str, &str)] = &[("S1–S13", "instant push is a product of its own")];

/// How many endpoints of the published API each group has; those with a letter behind are variants.
const PUBLISHED: &[(&str, u32, u32, &[&str])] = &[
    ("T", 1, 1, &[]),
    ("U", 1, 8, &[]),
    ("O", 1, 10, &[]),
    ("C", 1, 12, &[]),
    ("A", 1, 5, &[]),
    ("F", 1, 5, &[]),
    ("M", 1, 24, &["M10X", "MX"]),
    ("D", 1, 4, &[]),
    ("G", 1, 17, &[]),
    ("G", 20, 43, &["G20J"]),
    ("H", 1, 9, &[]),
    ("R", 1, 40, &["R13J"]),
    ("E", 1, 4, &[]),
    ("P", 1, 6, &[]),
    ("N", 1, 13, &[]),
    ("B", 1, 2, &[]),
    ("X", 1, 13, &[]),
];

/// What was seen of an endpoint.
#[derive(Default)]
struct Seen {
    succeeds: BTreeSet<String>,
    refused: BTreeMap<(u64, String), u32>,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cases(folder: &Path) -> BTreeMap<(String, String), Seen> {
    let mut seen: BTreeMap<_, Seen> = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for case in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
            // Those go through all endpoints alike.
            if text("test").starts_with("access::") {
                continue;
            }
            let seen = seen.entry((text("method"), text("path"))).or_default();
            match case["status"].as_u64().unwrap() {
                200 => {
                    seen.succeeds.insert(text("test"));
                }
                status => *seen.refused.entry((status, text("error"))).or_default() += 1,
            }
        }
    }
    seen
}

fn row(endpoint: &Endpoint, seen: &Seen) -> String {
    let token = match endpoint.access {
        Access::Open => "–",
        Access::App => "A",
        Access::Itself | Access::Member => "AU",
        Access::User => "U",
    };
    let tests: Vec<_> = seen.succeeds.iter().map(|test| format!("`{test}`")).collect();
    let shown = match tests.len() {
        0..=3 => tests.join(", "),
        more => format!("{} and {} more", tests[..3].join(", "), more - 3),
    };
    let refused: Vec<_> = seen
        .refused
        .keys()
        .map(|(status, error)| format!("{status} {error}").trim().to_owned())
        .collect();
    format!(
        "| {} | `{} {}{}` | {token} | {shown} | {} |\n",
        endpoint.ids.join(", "),
        endpoint.method,
        endpoint.prefix,
        endpoint.path,
        refused.join(", ")
    )
}

#[test]
fn every_published_endpoint_is_served_or_said_not_to_be() {
    let mut served = BTreeSet::new();
    for endpoint in endpoints() {
        served.extend(endpoint.ids.iter().map(|id| (*id).to_owned()));
    }
    let mut published = BTreeSet::new();
    for (letter, first, last, variants) in PUBLISHED {
        published.extend((*first..=*last).map(|n| format!("{letter}{n}")));
        published.extend(variants.iter().map(|id| (*id).to_owned()));
    }
    let not_served: BTreeSet<_> = NOT_SERVED.iter().map(|(id, _)| (*id).to_owned()).collect();
    let missing: Vec<_> =
        published.iter().filter(|id| !served.contains(*id) && !not_served.contains(*id)).collect();
    let unknown: Vec<_> = served.difference(&published).collect();
    let both: Vec<_> = served.intersection(&not_served).collect();
    assert!(
        missing.is_empty() && unknown.is_empty() && both.is_empty(),
        "{missing:?} {unknown:?} {both:?}"
    );
}

#[test]
#[ignore = "reads what the other tests have seen; `cargo xtask test` runs it after them"]
fn the_document_is_what_the_tests_show() {
    let folder = PathBuf::from(std::env::var_os("HONGYAN_TEST_REST_CASES").unwrap());
    let mut seen = cases(&folder);
    let mut document = String::from(
        "# The REST API and its tests\n\n\
         Made by the tests; `cargo xtask test --update-docs` writes it. Every endpoint that is served stands here with the tests in\n\
         `crates/rest/tests` in which it succeeds, and the errors that tests have provoked of it. That each of them refuses absent,\n\
         unreadable, expired and foreign tokens, and lets in who may come, is tested for all alike by `access`; that every answer\n\
         has the shape of the OpenAPI document, by all tests. What the requests and answers are: [rest.md](rest.md), and\n\
         `/docs/` of a running server.\n\n\
         *token*: **A** app, **U** user, **AU** both (a user for itself, or as its role allows), **–** none. An endpoint without an id is called by\n\
         client SDKs only, or is ours.\n",
    );
    let mut chapters: Vec<&str> = Vec::new();
    let endpoints = endpoints();
    for endpoint in &endpoints {
        if !chapters.contains(&endpoint.chapter) {
            chapters.push(endpoint.chapter);
        }
    }
    let mut unseen = Vec::new();
    for chapter in chapters {
        write!(document, "\n## {chapter}\n\n| id | endpoint | token | succeeds in | is refused with |\n|---|---|---|---|---|\n").unwrap();
        for endpoint in endpoints.iter().filter(|endpoint| endpoint.chapter == chapter) {
            let path = format!("{}{}", endpoint.prefix, endpoint.path);
            let seen =
                seen.remove(&(endpoint.method.to_string(), path.clone())).unwrap_or_default();
            if seen.succeeds.is_empty() {
                unseen.push(format!("{} {path}", endpoint.method));
            }
            document.push_str(&row(endpoint, &seen));
        }
    }
    document.push_str("\n## Not served\n\n| id | why |\n|---|---|\n");
    for (id, why) in NOT_SERVED {
        writeln!(document, "| {id} | {why} |").unwrap();
    }
    assert!(unseen.is_empty(), "no test shows {unseen:#?}");
    let file = repository().join("docs/rest-compatibility.md");
    if std::env::var_os("HONGYAN_TEST_UPDATE_DOCS").is_some() {
        std::fs::write(file, document).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    let difference = committed.lines().zip(document.lines()).find(|(old, new)| old != new);
    assert!(
        committed == document,
        "docs/rest-compatibility.md is not what the tests show: {difference:?}; `cargo xtask test --update-docs` writes it"
    );
}
