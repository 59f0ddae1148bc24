//! What groups and chat rooms have in common: members, roles, lists.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Conversation, GroupId, RoomId};

/// A group or a chat room. Their ids are one space: no room has the id of a group.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Muc {
    /// A group.
    Group(GroupId),
    /// A chat room.
    Room(RoomId),
}

impl Muc {
    /// The id as text.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Group(group) => group.as_str(),
            Self::Room(room) => room.as_str(),
        }
    }

    /// Whether it is a chat room.
    #[must_use]
    pub fn is_room(&self) -> bool {
        matches!(self, Self::Room(_))
    }

    /// Where its messages are.
    #[must_use]
    pub fn conversation(&self) -> Conversation {
        match self {
            Self::Group(group) => Conversation::Group(group.clone()),
            Self::Room(room) => Conversation::Room(room.clone()),
        }
    }
}

impl fmt::Display for Muc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
