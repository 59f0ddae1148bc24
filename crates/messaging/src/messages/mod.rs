//! Messages: admission, the append to the log, delivery, recall, history.

pub mod content;
mod delivery;
pub(crate) mod events;
mod history;
mod jid;
mod recall;
mod receipts;
mod send;
mod server;
mod tail;

pub use history::{HistoryPage, HistoryQuery, history};
pub use send::{PendingSend, Sent, submit};
pub use server::{OutgoingMessage, TargetKind, send_from_server};

pub(crate) use delivery::start_delivery;
pub(crate) use receipts::with_read_count;
pub(crate) use tail::Tail;
