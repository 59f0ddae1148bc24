//! What nodes tell each other.
//!
//! Nodes of two adjacent versions run side by side: variants are added at the end, their fields stay as they are, and none is removed before
//! the next version but one.

use std::sync::Arc;

use bytes::Bytes;
use hongyan_model::{
    AppId, ConversationKey, DeviceId, DeviceLimit, GroupId, LogEntry, MessageId, RoomId, UserId,
};
use serde::{Deserialize, Serialize};

use crate::mailbox::{DeviceFacts, Kick, Subject};

/// Something that happened on one node and concerns the others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    /// Entries that were committed, in commit order.
    Committed(Vec<Arc<LogEntry>>),
    /// A device is connected there.
    Entered(Session),
    /// It is no longer.
    Left { app: AppId, user: UserId, serial: u64 },
    /// The sender stops: it has no sessions any more.
    Leaving,
    /// Every session of the sender has been told under this round, or in a later one.
    Listed { round: u64 },
    /// Somebody has missed something of `node`, which is to list its sessions.
    List { node: u8 },
    /// The sessions of a user end, or those on one device.
    Kick { app: AppId, user: UserId, device: Option<DeviceId>, kick: Kick },
    /// The sessions of an app end.
    KickApp { app: AppId, kick: Kick },
    /// Who hears of a group or thread has changed.
    Circle { app: AppId, circle: ConversationKey, change: CircleChange },
    /// Who hears of a room has changed.
    Room { app: AppId, room: RoomId, change: RoomChange },
    /// A state is to be shown to a user's sessions.
    Show {
        app: AppId,
        user: UserId,
        subject: Subject,
        #[serde(with = "hongyan_model::as_bytes")]
        state: Bytes,
        conversation: ConversationKey,
    },
    /// A state is to be shown to the sessions that hear of a group.
    ShowGroup {
        app: AppId,
        group: GroupId,
        subject: Subject,
        #[serde(with = "hongyan_model::as_bytes")]
        state: Bytes,
    },
    /// What listeners of this topic know under this key has changed; without one, all of it may have.
    Signal { topic: String, key: Option<Vec<u8>> },
}

/// A connection on another node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) app: AppId,
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
    /// Tells it from others of its node.
    pub(crate) serial: u64,
    /// In which round of listing its node has told of it.
    pub(crate) round: u64,
    pub(crate) facts: DeviceFacts,
    /// Of a session that begins: how many devices may be connected, and what those are told that have to go.
    pub(crate) limit: Option<(DeviceLimit, String)>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum CircleChange {
    Joined(UserId),
    Left(UserId),
    Ended,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum RoomChange {
    /// Who hears of what the room's conversation holds behind this entry.
    Joined(UserId, MessageId),
    Left(UserId),
    /// With this last entry.
    Ended(MessageId),
}

/// Events of one node in the order in which they happened there; none: it is alive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Publication {
    pub(crate) node: u8,
    /// Tells a node from the one that had its number before.
    pub(crate) incarnation: u64,
    /// Counts publications from 1: a receiver knows what it has missed.
    pub(crate) number: u64,
    /// The newest id that the node has made, so that others make greater ones.
    pub(crate) newest: MessageId,
    pub(crate) events: Vec<Event>,
}

/// What one node asks another, and waits for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Question {
    /// Make durable what devices of the user have acknowledged and read.
    Flush {
        /// App.
        app: AppId,
        /// Whose.
        user: UserId,
    },
    /// Who of a group or thread is connected?
    OnlineIn {
        /// App.
        app: AppId,
        /// The group's or thread's conversation.
        circle: ConversationKey,
    },
    /// Something that the floor above understands.
    Errand(Vec<u8>),
}

/// What is answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// It is done.
    Done,
    /// These users.
    Users(Vec<UserId>),
    /// What came of an errand.
    Errand(Vec<u8>),
}
