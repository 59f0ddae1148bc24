//! Routing to where a user is connected.
//!
//! Today every connection is on this node. A message itself never travels here: a session is only
//! told *that* a conversation has something new, and reads it from the log. So nothing that gets
//! lost here is lost, only later.

mod mailbox;
mod router;

pub use mailbox::{Kick, Mailbox, RoomWindow, Signals};
pub use router::{Registration, Router};
