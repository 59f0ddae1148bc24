//! Pages of lists.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Items on a page when the page names no number.
const PAGE: usize = 20;
/// Most items on a page.
const MOST: usize = 50;

/// What every list understands.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct PageQuery {
    search: String,
    limit: Option<usize>,
    /// Where the page begins.
    pub(crate) cursor: Option<String>,
}

impl PageQuery {
    /// What is searched for.
    pub(crate) fn search(&self) -> &str {
        self.search.trim()
    }

    /// Items on the page.
    pub(crate) fn limit(&self) -> usize {
        self.limit.unwrap_or(PAGE).clamp(1, MOST)
    }
}

/// A page of a list that is read forward.
#[derive(Serialize, TS)]
#[ts(export_to = "page.ts")]
pub(crate) struct CursorPage<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// Where the next page begins; `null` on the last one.
    pub(crate) cursor: Option<String>,
}
