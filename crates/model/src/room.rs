//! Chat rooms.

use crate::{RoomId, Timestamp, UserId};

/// A chat room: like a group, but its messages reach only who is online, and who stays away leaves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Room {
    /// Id.
    pub id: RoomId,
    /// Name, ≤ 128 characters.
    pub name: String,
    /// Description, ≤ 512 characters.
    pub description: String,
    /// The caller's own text, ≤ 8 KB.
    pub custom: String,
    /// Owner; always a member.
    pub owner: UserId,
    /// Most members, the owner included.
    pub max_users: u32,
    /// Members now, the owner included.
    pub member_count: u32,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
}
