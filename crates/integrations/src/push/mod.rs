//! Offline push: notices to the phones of users who are away (docs/push.md).
//!
//! A task for each app with certificates follows its message log and decides who is notified of what: notices, and the
//! place in the log, are stored in one transaction. A task for each certificate takes its notices and sends them to its
//! vendor, and notes what became of them.

mod certificates;
mod channels;
mod collect;
mod content;
#[cfg(test)]
mod content_tests;
mod follow;
mod message;
mod receipts;
mod recheck;
mod rules;
#[cfg(test)]
mod rules_tests;
mod send;
mod statistics;
mod supervise;
mod templates;

use serde_json::Value;

pub use certificates::{
    Certificate, CertificateForm, CertificateRefusal, CertificateState, Tested, add, all, edit,
    enable, remove, test_device, test_token,
};
pub use receipts::{note as note_receipts, url as receipts_url};
pub use rules::Reason;
pub use statistics::{Day, OfChannel, Statistics, of_message, statistics, unnotified};
pub use supervise::{finish, run};
pub use templates::{Template, add_template, edit_template, remove_template, template, templates};

pub use hongyan_push::{
    FieldError, InvalidSettings, Meaning, NotSent, Outcome, Reason as FieldReason, Settings,
    VendorSettings, Vendors,
};
pub use hongyan_store::pushes::{PushResult, PushStatus};

pub(crate) use channels::Channels;
pub(crate) use recheck::note_connections;

/// What is told of a notice that has come to an end.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Told {
    pub(crate) result: PushResult,
    /// The device's address.
    pub(crate) token: Option<String>,
    pub(crate) from: String,
    pub(crate) group: Option<String>,
    /// The message, where nothing was sent.
    pub(crate) payload: Option<Value>,
}
