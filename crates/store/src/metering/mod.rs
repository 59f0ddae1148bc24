//! Figures of the apps by day: what changed, what was sent, who was there.
//!
//! A change of users, groups or rooms [`note`]s itself in its own transaction. Everything else is gathered above and
//! comes as one [`Batch`], which [`flush`] applies once: it moves the position in the message log and a counter of
//! flushes in the same transaction. Which day a moment belongs to is known above only; here a day is a number.

mod flush;
mod prune;
mod read;

use hongyan_model::{AppId, ChatType, EntryKind, MessageId, Source, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use crate::{Store, StoreError};

pub use flush::{Batch, Flushed, admit, flush};
pub use prune::{apps_of_day, forget_active, forget_subjects, trim_subjects};
pub use read::{
    active_users, changes, days, is_active, messages, platforms, position, position_of_node,
    room_members, subjects,
};

/// Days since 1970-01-01 of a date in the installation's time zone.
pub type DayNumber = i64;

/// A number that is kept for each app and day. The numbers are stored: never reuse one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Figure {
    /// Users registered.
    Registrations = 0,
    /// Users deleted.
    Deletions = 1,
    /// Groups made.
    NewGroups = 2,
    /// Groups ended.
    DissolvedGroups = 3,
    /// Chat rooms made.
    NewRooms = 4,
    /// Chat rooms ended.
    DissolvedRooms = 5,
    /// Members who came into groups.
    GroupJoins = 6,
    /// Members who went out of groups, with the group or before.
    GroupLeaves = 7,
    /// Members who came into chat rooms.
    RoomJoins = 8,
    /// Members who went out of chat rooms, with the room or before.
    RoomLeaves = 9,
    /// Messages that a chat room was sent and its members were not: it said too much.
    RoomMessagesKeptBack = 10,
    /// Users who were connected (DAU).
    ActiveUsers = 20,
    /// Groups with a message.
    ActiveGroups = 21,
    /// Chat rooms with a message.
    ActiveRooms = 22,
    /// Users with a message of theirs, also one that the customer's server sent for them.
    Senders = 23,
    /// Most connections at once.
    PeakConnections = 30,
    /// Most members of all chat rooms at once.
    PeakRoomMembers = 31,
    /// Most groups and chat rooms at once.
    PeakGroupsAndRooms = 32,
}

impl Figure {
    /// Every figure.
    pub const ALL: [Self; 18] = [
        Self::Registrations,
        Self::Deletions,
        Self::NewGroups,
        Self::DissolvedGroups,
        Self::NewRooms,
        Self::DissolvedRooms,
        Self::GroupJoins,
        Self::GroupLeaves,
        Self::RoomJoins,
        Self::RoomLeaves,
        Self::RoomMessagesKeptBack,
        Self::ActiveUsers,
        Self::ActiveGroups,
        Self::ActiveRooms,
        Self::Senders,
        Self::PeakConnections,
        Self::PeakRoomMembers,
        Self::PeakGroupsAndRooms,
    ];

    fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| *figure as i64 == number)
    }
}

/// Whose messages are counted one by one. The numbers are stored: never reuse one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Subject {
    /// A user: what it sent.
    User = 0,
    /// A group: what was sent there.
    Group = 1,
    /// A chat room: what was sent there.
    Room = 2,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Self; 3] = [Self::User, Self::Group, Self::Room];

    /// The figure that counts the subjects of a day.
    fn figure(self) -> Figure {
        match self {
            Self::User => Figure::Senders,
            Self::Group => Figure::ActiveGroups,
            Self::Room => Figure::ActiveRooms,
        }
    }
}

/// What messages are counted by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MessageKey {
    /// App.
    pub app: AppId,
    /// Day.
    pub day: DayNumber,
    /// Type of the chat.
    pub chat: ChatType,
    /// What it is.
    pub kind: EntryKind,
    /// Who sent it.
    pub source: Source,
}

/// How many messages of one [`MessageKey`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MessageCounts {
    /// 上行: accepted.
    pub uplink: u64,
    /// 下行: handed to a device of a recipient.
    pub downlink: u64,
    /// 离线: recipients who were not there.
    pub offline: u64,
}

impl MessageCounts {
    /// Adds `other`.
    pub fn add(&mut self, other: Self) {
        self.uplink += other.uplink;
        self.downlink += other.downlink;
        self.offline += other.offline;
    }
}

/// A user, group or chat room on a day.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SubjectKey {
    /// App.
    pub app: AppId,
    /// Day.
    pub day: DayNumber,
    /// What `id` names.
    pub subject: Subject,
    /// Which.
    pub id: String,
}

/// Kinds of messages that are counted for each subject, in the order of their numbers.
pub const SUBJECT_KINDS: [EntryKind; 9] = [
    EntryKind::Text,
    EntryKind::Image,
    EntryKind::Video,
    EntryKind::Location,
    EntryKind::Voice,
    EntryKind::File,
    EntryKind::Command,
    EntryKind::Custom,
    EntryKind::Combine,
];

/// Messages of a subject by [`SUBJECT_KINDS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct KindCounts(pub [u64; SUBJECT_KINDS.len()]);

impl KindCounts {
    /// Counts a message; receipts and the like are none.
    pub fn count(&mut self, kind: EntryKind) {
        if let Some(count) = self.0.get_mut(kind as usize) {
            *count += 1;
        }
    }

    /// Of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// A user who was connected on a day.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ActiveUser {
    /// App.
    pub app: AppId,
    /// Day.
    pub day: DayNumber,
    /// Platform of its device; empty for the user as such.
    pub platform: String,
    /// Who.
    pub user: UserId,
}

/// A figure of an app on a day.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DayKey {
    /// App.
    pub app: AppId,
    /// Day.
    pub day: DayNumber,
    /// Which.
    pub figure: Figure,
}

/// Something that was noted with [`note`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// Names the row.
    pub id: i64,
    /// App.
    pub app: AppId,
    /// What changed.
    pub figure: Figure,
    /// How often.
    pub n: u64,
    /// When.
    pub at: Timestamp,
}

/// Up to where the log is counted, and how many flushes there were.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// Whose flushes: 0 of whoever counts the log, else of a node that counts its own sessions, by its number and 1.
    pub counter: i64,
    /// The log is counted up to this entry.
    pub message: MessageId,
    /// Flushes so far.
    pub flushes: i64,
}

/// Notes in the transaction of a change that it happened `n` times, now.
pub(crate) async fn note(
    store: &Store,
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    figure: Figure,
    n: usize,
) -> Result<(), StoreError> {
    if n == 0 {
        return Ok(());
    }
    sqlx::query("INSERT INTO metering_changes (app_id, figure, n, at) VALUES ($1, $2, $3, $4)")
        .bind(app.0)
        .bind(figure as i64)
        .bind(stored(n as u64))
        .bind(store.now())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Begins counting the log behind `newest`, unless that was done before.
pub(crate) async fn begin(store: &Store, newest: MessageId) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO metering_position (id, message, flushes) VALUES (0, $1, 0) ON CONFLICT (id) DO NOTHING",
    )
    .bind(stored(newest.0))
    .execute(store.pool())
    .await?;
    Ok(())
}

/// The stored form of an unsigned number of 63 bits or less.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn loaded(row: &AnyRow, column: &str) -> Result<u64, StoreError> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
}

/// The value of a stored number that this version has to know.
fn known<T>(what: &'static str, number: i64, value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Unreadable { what, source: format!("{number}").into() })
}
