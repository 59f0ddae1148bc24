//! Devices: what each has received, and what it may pull.

mod cursors;
mod queues;

pub use cursors::flush;
pub use queues::{Batch, Login, Queues};

pub(crate) use cursors::{CursorCache, start_flusher};
