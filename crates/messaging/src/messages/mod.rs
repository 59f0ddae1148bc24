//! Messages: admission, the append to the log, delivery, recall, history.

pub(crate) mod access;
pub(crate) mod annotations;
pub mod content;
mod delivery;
mod edit;
pub(crate) mod events;
mod history;
pub(crate) mod jid;
mod json;
mod priority;
mod recall;
mod receipts;
pub(crate) mod screening;
mod send;
mod server;
mod streams;
mod tail;
mod target;
mod thread_mark;
mod trace;
mod trace_detail;
mod watch;

pub use edit::{ServerEdit, edit_from_server};
pub use history::{HistoryPage, HistoryQuery, history};
pub use json::{bodies, ext, to_json};
pub use priority::Priority;
pub(crate) use recall::withdraw;
pub use recall::{ServerRecall, recall_from_server};
pub use receipts::{Readers, readers};
pub use send::{PendingSend, Sent, submit};
pub use server::{OutgoingMessage, TargetKind, send_directed_from_server, send_from_server};
pub use streams::{StreamChunk, StreamReceiver, end_overdue_streams, send_chunk};
pub use trace::{TraceBy, TraceQuery, TracedMessage, trace};
pub use trace_detail::{Recipient, RecipientState, TraceDetail, TracedDevice, trace_detail};
pub use watch::{AppWatch, entries_after, watch};

pub(crate) use annotations::Annotations;
pub(crate) use delivery::{Delivered, delivered, start_delivery};
pub(crate) use history::is_visible;
pub(crate) use json::receiver_of;
pub(crate) use receipts::with_read_count;
pub(crate) use streams::{Streams, delivered_as, start_streams};
pub(crate) use tail::Tail;
pub(crate) use watch::CommitWatch;
