//! Groups, and the members of groups and chat rooms.

use serde::{Deserialize, Serialize};

use crate::{GroupId, MessageId, Timestamp, UserId};

/// A group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// Id.
    pub id: GroupId,
    /// Name, ≤ 128 characters.
    pub name: String,
    /// Description, ≤ 512 characters.
    pub description: String,
    /// Avatar URL, ≤ 1024 characters.
    pub avatar: String,
    /// The caller's own text, ≤ 8 KB.
    pub custom: String,
    /// Owner.
    pub owner: UserId,
    /// Whether it is listed and can be applied for.
    pub public: bool,
    /// Whether joining needs approval.
    pub members_only: bool,
    /// Whether plain members may invite.
    pub allow_invites: bool,
    /// Whether an invited user has to agree.
    pub invite_need_confirm: bool,
    /// Whether the customer's server has closed it: nobody writes and nobody changes it.
    pub disabled: bool,
    /// Most members, the owner included.
    pub max_users: u32,
    /// Members now, the owner included.
    pub member_count: u32,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
}

/// What a member may do. The numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Plain member.
    Member = 0,
    /// Administrator.
    Admin = 1,
    /// Owner.
    Owner = 2,
}

/// A member of a group or chat room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Role.
    pub role: Role,
    /// When it joined.
    pub joined: Timestamp,
    /// Log position when it joined. Earlier messages of a group are not delivered to it as offline messages.
    pub joined_at: MessageId,
}
