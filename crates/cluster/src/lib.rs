//! Routing to where users are connected, on this node and on others.
//!
//! A session is only told *that* a conversation has something new, and reads it from the log. So nothing that gets
//! lost here is lost, only later. The exception are states of which only the newest matters and that
//! nobody keeps, such as who is online or what was said last in a thread: they wait in the session's
//! mailbox, one for each subject.
//!
//! Nodes tell each other in order and with numbers what happens on them ([`join`]); who has missed something knows it
//! within a quarter of a second and makes it good: it reads the log, forgets its caches, and asks who is connected.

mod barrier;
mod counts;
mod directory;
mod event;
mod lost;
mod mailbox;
mod nats;
mod others;
mod outbox;
mod peers;
mod router;

pub use counts::Counts;
pub use event::{Answer, Question};
pub use lost::DeadSessions;
pub use mailbox::{DeviceFacts, Kick, LoginMark, Mailbox, RoomWindow, Signals, Subject};
pub use nats::{Bus, BusError, BusOptions, join, probe};
pub use others::{Answers, Change, Remote};
pub use router::{Memberships, Registration, Router, Seat};
