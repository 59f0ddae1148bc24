//! Conversations and the key under which the log keeps them.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{GroupId, RoomId, ThreadId, UserId};

/// A stream of messages with its own sequence.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Conversation {
    /// Two users (or one user's note to self); the ids are in order.
    Single(UserId, UserId),
    /// A group.
    Group(GroupId),
    /// A chat room.
    Room(RoomId),
    /// A thread below a message of a group.
    Thread(ThreadId),
    /// Events for one user: group, contact and multi-device events.
    System(UserId),
}

impl Conversation {
    /// The conversation of two users, whoever writes.
    #[must_use]
    pub fn single(a: &UserId, b: &UserId) -> Self {
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        Self::Single(first.clone(), second.clone())
    }

    /// The key under which the log keeps the conversation; unique within an app.
    #[must_use]
    pub fn key(&self) -> ConversationKey {
        ConversationKey(match self {
            Self::Single(a, b) => format!("s:{a}|{b}").into(),
            Self::Group(group) => format!("g:{group}").into(),
            Self::Room(room) => format!("r:{room}").into(),
            Self::Thread(thread) => format!("t:{thread}").into(),
            Self::System(user) => format!("n:{user}").into(),
        })
    }

    /// The users who own this conversation, where the log itself knows them (groups, rooms and threads ask membership).
    #[must_use]
    pub fn owners(&self) -> Vec<UserId> {
        match self {
            Self::Single(a, b) if a == b => vec![a.clone()],
            Self::Single(a, b) => vec![a.clone(), b.clone()],
            Self::System(user) => vec![user.clone()],
            Self::Group(_) | Self::Room(_) | Self::Thread(_) => Vec::new(),
        }
    }
}

/// `s:alice|bob`, `g:1234`, `r:5678`, `t:9012`, `n:alice`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConversationKey(Arc<str>);

impl ConversationKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a key read from the store.
    #[must_use]
    pub fn from_trusted(key: impl Into<Arc<str>>) -> Self {
        Self(key.into())
    }

    /// Whether it is the key of a chat room.
    #[must_use]
    pub fn is_room(&self) -> bool {
        self.0.starts_with("r:")
    }

    /// Whether it is the key of a thread.
    #[must_use]
    pub fn is_thread(&self) -> bool {
        self.0.starts_with("t:")
    }

    /// Whether it is the key of a one-to-one chat.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.0.starts_with("s:")
    }

    /// Whether conversations of this kind stand in a user's list: one-to-one chats and groups.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.is_single() || self.0.starts_with("g:")
    }

    /// The conversation behind the key; `None` if the key was not made by [`Conversation::key`].
    #[must_use]
    pub fn conversation(&self) -> Option<Conversation> {
        let (kind, rest) = self.0.split_once(':')?;
        match kind {
            "s" => {
                let (a, b) = rest.split_once('|')?;
                Some(Conversation::Single(UserId::from_trusted(a), UserId::from_trusted(b)))
            }
            "g" => Some(Conversation::Group(GroupId::from_trusted(rest))),
            "r" => Some(Conversation::Room(RoomId::from_trusted(rest))),
            "t" => Some(Conversation::Thread(ThreadId::from_trusted(rest))),
            "n" => Some(Conversation::System(UserId::from_trusted(rest))),
            _ => None,
        }
    }
}

impl fmt::Debug for ConversationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_its_conversation() {
        let (alice, bob) = (UserId::from_trusted("alice"), UserId::from_trusted("bob"));
        let single = Conversation::single(&bob, &alice);
        assert_eq!(single, Conversation::single(&alice, &bob));
        assert_eq!(single.key().as_str(), "s:alice|bob");
        for c in [
            single,
            Conversation::Group(GroupId::from_trusted("12")),
            Conversation::Room(RoomId::from_trusted("13")),
            Conversation::Thread(ThreadId::from_trusted("14")),
            Conversation::System(alice),
        ] {
            assert_eq!(c.key().conversation(), Some(c));
        }
    }
}
