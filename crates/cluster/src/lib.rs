//! Routing to where a user is connected.
//!
//! Today every connection is on this node. A message itself never travels here: a session is only
//! told *that* a conversation has something new, and reads it from the log. So nothing that gets
//! lost here is lost, only later. The exception are states of which only the newest matters and that
//! nobody keeps, such as who is online or what was said last in a thread: they wait in the session's
//! mailbox, one for each subject.

mod mailbox;
mod router;

pub use mailbox::{DeviceFacts, Kick, Mailbox, RoomWindow, Signals, Subject};
pub use router::{Registration, Router};
