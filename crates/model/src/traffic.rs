//! What messages are counted and looked up by: the type of their chat, and who sent them.

use serde::{Deserialize, Serialize};

use crate::{ConversationKey, NewEntry};

/// The type of a chat. The numbers are stored: never reuse one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ChatType {
    /// 单聊: two users.
    Single = 0,
    /// 群聊: a group, or a thread below one of its messages.
    Group = 1,
    /// 聊天室: a chat room.
    Room = 2,
}

impl ChatType {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::Single, Self::Group, Self::Room];

    /// `chat`, `groupchat`, `chatroom`: as REST, callbacks and the console write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Single => "chat",
            Self::Group => "groupchat",
            Self::Room => "chatroom",
        }
    }

    /// The type of this [`word`](Self::word).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chat| chat.word() == word)
    }

    /// The type of a conversation; `None` for a user's own events.
    #[must_use]
    pub fn of(conversation: &ConversationKey) -> Option<Self> {
        match conversation.as_str().as_bytes().first()? {
            b's' => Some(Self::Single),
            b'g' | b't' => Some(Self::Group),
            b'r' => Some(Self::Room),
            _ => None,
        }
    }

    /// The type stored as `number`.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|chat| *chat as i64 == number)
    }
}

/// Who sent a message. The numbers are stored: never reuse one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Source {
    /// A device of a user.
    Sdk = 0,
    /// The customer's server, or staff in the console.
    Rest = 1,
}

impl Source {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sdk, Self::Rest];

    /// Who sent an entry: only devices name one.
    #[must_use]
    pub fn of(entry: &NewEntry) -> Self {
        if entry.device.is_some() { Self::Sdk } else { Self::Rest }
    }

    /// The source stored as `number`.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|source| *source as i64 == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Conversation, GroupId, RoomId, ThreadId, UserId};

    #[test]
    fn a_conversation_tells_the_type_of_its_chat() {
        let (alice, bob) = (UserId::from_trusted("alice"), UserId::from_trusted("bob"));
        for (conversation, chat) in [
            (Conversation::single(&alice, &bob), Some(ChatType::Single)),
            (Conversation::Group(GroupId::from_trusted("1")), Some(ChatType::Group)),
            (Conversation::Room(RoomId::from_trusted("1")), Some(ChatType::Room)),
            (Conversation::Thread(ThreadId::from_trusted("1")), Some(ChatType::Group)),
            (Conversation::System(alice), None),
        ] {
            assert_eq!(ChatType::of(&conversation.key()), chat);
        }
    }
}
