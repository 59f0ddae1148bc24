//! The words of the domain: typed ids, entities, limits, refusals, and the clock. No I/O.

mod app;
mod caller;
mod clock;
mod conversation;
mod error;
mod group;
mod id;
pub mod limits;
mod log;
mod user;

pub use app::{App, AppSettings};
pub use caller::{Actor, Caller, Origin};
pub use clock::{Clock, IdGenerator, ManualClock, SystemClock, Timestamp};
pub use conversation::{Conversation, ConversationKey};
pub use error::{Error, Fault, Refusal, Result};
pub use group::{Group, Member, Role};
pub use id::{AppId, DeviceId, FileId, GroupId, MessageId, UserId};
pub use log::{Audience, EntryFlags, EntryKind, LogEntry, NewEntry};
pub use user::User;
