//! Moderation (内容审核): what users say and show is examined by the app's rules, for keywords and by the provider.
//!
//! Texts and pictures wait for the judgement; audio and video are delivered at once, examined from a queue in the
//! database, and recalled if need be. Rules, lists and tags are kept by `hongyan_platform::moderation`; this module
//! applies them (docs/moderation.md).

mod check;
mod examine;
mod exports;
mod handling;
mod keywords;
mod later;
mod lists;
mod parts;
mod queue;
mod records;
mod tags;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::Messaging;
use crate::periodic::every;

pub(crate) use examine::{Finding, Reviewed, review};
pub(crate) use later::{examine_later, is_examined_later};

pub use check::{TextCheck, check};
pub use examine::{Trial, TrialContent, test};
pub use exports::{
    ExportFile, list_exports, make_exports, open_export, start_export, sweep_exports,
};
pub use hongyan_store::moderation::{Count, Record, RecordFilter, Tagged};
pub use hongyan_store::moderation_exports::{Export, ExportState};
pub use lists::{
    ListChange, ListQuery, Listed, add_listed_words, add_words, change_list, change_word,
    clear_words, create_list, delete_list, find_lists, list_sizes, remove_list,
    remove_listed_words, remove_words, search_words, words,
};
pub use records::{export, flush, records, statistics, sweep};
pub use tags::{clear_tag, delete_tag, tag, tag_sizes, tagged, untag};

/// How often records of messages that passed are written.
const FLUSH: Duration = Duration::from_millis(500);

/// What moderation remembers between messages.
pub(crate) struct Moderation {
    spool: Mutex<records::Spool>,
    /// One writes at a time.
    writing: tokio::sync::Mutex<()>,
    tags: tags::TagCache,
    /// Something is to be examined later.
    wake: Arc<Notify>,
    /// Records are to be exported.
    exports: Arc<Notify>,
    /// Held while exports are made.
    making: tokio::sync::Mutex<()>,
}

impl Default for Moderation {
    fn default() -> Self {
        Self {
            spool: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
            tags: tags::TagCache::default(),
            wake: Arc::new(Notify::new()),
            exports: Arc::new(Notify::new()),
            making: tokio::sync::Mutex::default(),
        }
    }
}

/// Starts what goes on beside the messages; ends with the last [`Messaging`].
pub(crate) fn start(m: &Messaging) {
    every(
        m,
        FLUSH,
        "records of moderation could not be written",
        |m| async move { flush(&m).await },
    );
    later::start(m);
    exports::start(m);
}

/// Whether this installation has a provider.
#[must_use]
pub fn has_provider(m: &Messaging) -> bool {
    m.providers().moderator().is_some()
}
