//! What the message log keeps.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{AppId, ConversationKey, DeviceId, MessageId, Timestamp, UserId};

/// What an entry of the log is. The numbers are stored: never reuse one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum EntryKind {
    /// Text.
    Text = 0,
    /// Image.
    Image = 1,
    /// Video.
    Video = 2,
    /// Location.
    Location = 3,
    /// Voice.
    Voice = 4,
    /// File.
    File = 5,
    /// Command (not kept in history).
    Command = 6,
    /// Custom.
    Custom = 7,
    /// Combined messages.
    Combine = 8,
    /// "Read", of one message.
    ReadAck = 20,
    /// "Delivered", of one message.
    DeliverAck = 21,
    /// "Read", of a whole conversation.
    ChannelAck = 22,
    /// Withdraws another entry.
    Recall = 23,
    /// Gives a message another content.
    Edit = 24,
    /// Group, contact or multi-device event.
    Event = 30,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Text,
        Self::Image,
        Self::Video,
        Self::Location,
        Self::Voice,
        Self::File,
        Self::Command,
        Self::Custom,
        Self::Combine,
        Self::ReadAck,
        Self::DeliverAck,
        Self::ChannelAck,
        Self::Recall,
        Self::Edit,
        Self::Event,
    ];

    /// The kind stored as `number`.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i64 == number)
    }

    /// Whether history shows entries of this kind.
    #[must_use]
    pub fn is_history(self) -> bool {
        (self as u8) < 20 && self != Self::Command
    }

    /// Whether a user wrote it as a message, as opposed to receipts and events.
    #[must_use]
    pub fn is_message(self) -> bool {
        (self as u8) < 20
    }
}

/// Properties of an entry, stored as a bit set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct EntryFlags(pub u32);

impl EntryFlags {
    /// Only for devices that were connected when it was committed; not in history.
    pub const ONLINE_ONLY: Self = Self(1);
    /// Withdrawn: its bytes are gone, only the place in the sequence remains.
    pub const RECALLED: Self = Self(2);
    /// Where the number of edits begins.
    const EDITS_SHIFT: u32 = 8;
    /// Kept back: its chat room said more than is delivered. History shows it.
    pub const KEPT_BACK: Self = Self(4);
    /// A message that comes in chunks, which is never delivered itself, or one of its chunks. While the message goes on
    /// it is online-only, too, so that history does not show it.
    pub const STREAMED: Self = Self(8);
    /// The end of a message that came in chunks: delivered as that message.
    pub const STREAM_END: Self = Self(16);

    /// Whether all of `other` is set.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set without `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// How often the message was edited.
    #[must_use]
    pub fn edits(self) -> u32 {
        self.0 >> Self::EDITS_SHIFT
    }

    /// The same after one more edit.
    #[must_use]
    pub fn edited(self) -> Self {
        Self(self.0.saturating_add(1 << Self::EDITS_SHIFT))
    }
}

/// Who may see an entry, among those who see the conversation. The sending device never does.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Audience {
    /// Everybody in the conversation, the sender's other devices included.
    #[default]
    All,
    /// Only these users (their devices; the sender's other devices only if listed).
    Only(Vec<UserId>),
    /// Everybody in the conversation but these users.
    Except(Vec<UserId>),
    /// One device of one user.
    Device(UserId, DeviceId),
}

impl Audience {
    /// Whether a device of `user` is among them.
    #[must_use]
    pub fn includes(&self, user: &UserId, device: &DeviceId) -> bool {
        match self {
            Self::All => true,
            Self::Only(users) => users.contains(user),
            Self::Except(users) => !users.contains(user),
            Self::Device(only_user, only_device) => only_user == user && only_device == device,
        }
    }
}

/// An entry to be appended; the log gives it id, sequence and time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewEntry {
    /// App.
    pub app: AppId,
    /// Conversation.
    pub conversation: ConversationKey,
    /// What it is.
    pub kind: EntryKind,
    /// Properties.
    pub flags: EntryFlags,
    /// Who sent it.
    pub sender: UserId,
    /// The sending device; `None` for the server's own entries and REST.
    pub device: Option<DeviceId>,
    /// The client's id of the message: together with sender and device it tells a resend.
    /// `None` where resends cannot be told (REST, events).
    pub client_id: Option<u64>,
    /// Who may see it.
    pub audience: Audience,
    /// Serialized protobuf `Meta` without id and timestamp.
    #[serde(with = "crate::as_bytes")]
    pub meta: Bytes,
    /// The entry of the same conversation that this one withdraws, in the same transaction.
    pub recalls: Option<MessageId>,
    /// The message of the same conversation that this entry rewrites, in the same transaction.
    pub edits: Option<Rewrite>,
    /// The group message that `sender` confirms to have read, counted in the same transaction.
    pub reads: Option<MessageId>,
    /// Users whose history does not show it, though it may be for them.
    pub unroamed: Vec<UserId>,
}

/// What an entry makes of a message that it belongs to: an edit, or a chunk or the end of a message in chunks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rewrite {
    /// The message.
    pub of: MessageId,
    /// What its properties have to be still: whoever was faster has changed them. `None` is never the case: the
    /// log only tells whether it has this entry already.
    pub seen: Option<EntryFlags>,
    /// What its properties are from now on.
    pub becomes: EntryFlags,
    /// The message as it is to be from now on; `None`: as it was. Either way the entry goes with the message when
    /// that is withdrawn.
    pub meta: Option<Bytes>,
}

/// A committed entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogEntry {
    /// Message id, rising in commit order, and with the time; that of an imported message belongs to its own time.
    pub id: MessageId,
    /// Position in the conversation, from 1, without reuse.
    pub seq: u64,
    /// Server time; of an imported message the time that was named.
    pub timestamp: Timestamp,
    /// Of an imported message: the id it would have, had it been written when it was imported. It has no position.
    pub imported: Option<MessageId>,
    /// What was appended.
    pub entry: NewEntry,
}

impl LogEntry {
    /// The id that tells when the entry came here, in whatever time it belongs.
    #[must_use]
    pub fn arrived(&self) -> MessageId {
        self.imported.unwrap_or(self.id)
    }

    /// The entry after its withdrawal: place, sender and time remain.
    #[must_use]
    pub fn recalled(&self) -> Self {
        let mut tombstone = self.clone();
        tombstone.entry.flags = tombstone.entry.flags.with(EntryFlags::RECALLED);
        tombstone.entry.meta = Bytes::new();
        tombstone.entry.edits = None;
        tombstone
    }

    /// The entry after an edit: what it says is another, and so are its properties.
    #[must_use]
    pub fn rewritten(&self, rewrite: &Rewrite) -> Self {
        let mut edited = self.clone();
        edited.entry.flags = rewrite.becomes;
        if let Some(meta) = &rewrite.meta {
            edited.entry.meta = meta.clone();
        }
        edited
    }
}
