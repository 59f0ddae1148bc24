//! Threads.

use crate::{GroupId, MessageId, ThreadId, Timestamp, UserId};

/// A thread: a conversation below one message of a group, of those members of the group who have joined it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thread {
    /// Id.
    pub id: ThreadId,
    /// The group whose members may join.
    pub group: GroupId,
    /// The message below which it hangs; no other thread hangs there.
    pub message: MessageId,
    /// Name, ≤ 64 characters.
    pub name: String,
    /// Who made it.
    pub owner: UserId,
    /// When it was made.
    pub created: Timestamp,
}
