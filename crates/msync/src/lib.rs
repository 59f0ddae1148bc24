//! MSYNC, the wire protocol of the Easemob SDKs: protobuf types and the frames the server writes.
//!
//! No I/O. One WebSocket message is one serialized [`proto::MSync`]. The server-side frames are built
//! in [`frame`]; stored messages travel as ready-made bytes ([`meta`]) so that a message is encoded
//! once, whatever the number of its receivers. `docs/protocol.md` describes the protocol.

pub mod fields;
pub mod frame;
pub mod meta;

/// Types generated from `proto/msync.proto` (package `easemob.pb`).
#[allow(missing_docs, clippy::all, unreachable_pub, reason = "generated code")]
pub mod proto {
    include!(concat!(env!("OUT_DIR"), "/easemob.pb.rs"));
}

pub use prost::{DecodeError, Message};

/// Domain of a user's JID.
pub const USER_DOMAIN: &str = "easemob.com";
/// Domain of a group's, chatroom's or thread's JID.
pub const GROUP_DOMAIN: &str = "conference.easemob.com";
