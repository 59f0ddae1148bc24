//! Devices: what each has received, and what it may pull.

mod backlog;
mod cursors;
mod queues;
mod repeats;

pub use backlog::{is_delivered, offline_count, undelivered};
pub use cursors::flush;
pub use queues::{Batch, Login, Queues, Unread};

pub(crate) use cursors::{CursorCache, flush_user_here, start_flusher};
