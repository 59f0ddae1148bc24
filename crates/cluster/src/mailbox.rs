//! What a session has been told and not yet looked at.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use hongyan_model::{
    Conversation, ConversationKey, DeviceId, MessageId, RoomId, ThreadId, Timestamp, UserId,
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// States that a session may have to be shown before those of further threads are kept from it.
const STATES: usize = 4096;

/// Why a session has to end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Kick {
    /// The user was deleted.
    UserRemoved,
    /// The user's password changed.
    PasswordChanged,
    /// The user was banned.
    Banned,
    /// The customer's server, or the console, has logged the device out; it may come again.
    LoggedOut,
    /// Another device logged in and took this one's place.
    OtherDevice {
        /// What the other device says of itself (the SDK's `loginInfoCustomExt`).
        reason: String,
    },
    /// The same device connected again; this connection is stale and closes without a word.
    Replaced,
    /// The app was suspended or deleted. Closes without a word: the client connects again, and the refusal of its
    /// login says why.
    AppStopped,
    /// This node is stopping; the client connects again, elsewhere or later.
    Stopping,
}

/// What a state is of.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Subject {
    /// A user whom the session's user follows.
    User(UserId),
    /// A thread of a group in which the session's user is.
    Thread(ThreadId),
}

/// How a session began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoginMark {
    /// When, as a position in the log.
    pub at: MessageId,
    /// Under which its user's tokens were issued then.
    pub token_epoch: i64,
}

/// The signals since the last look.
#[derive(Debug, Default)]
pub struct Signals {
    /// Conversations with something new.
    pub conversations: HashSet<ConversationKey>,
    /// Set when the session has to end.
    pub kick: Option<Kick>,
}

impl Signals {
    fn is_empty(&self) -> bool {
        self.conversations.is_empty() && self.kick.is_none()
    }
}

/// The part of a chat room's conversation that is meant for a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RoomWindow {
    /// It begins behind this entry.
    pub after: MessageId,
    /// It ends with this entry.
    pub last: MessageId,
}

impl RoomWindow {
    /// End of a window of a room that goes on.
    const OPEN: MessageId = MessageId(u64::MAX);

    pub(crate) fn open(after: MessageId) -> Self {
        Self { after, last: Self::OPEN }
    }
}

/// What a session's device says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DeviceFacts {
    /// Its own id of the device; empty if it says none.
    pub uuid: String,
    /// Its name; empty if it says none.
    pub name: String,
    /// When the session began.
    pub since: Timestamp,
}

/// A session's inbox of signals. Signals of one conversation collapse, so it is bounded by the
/// user's conversations and a slow reader loses nothing.
#[derive(Debug)]
pub struct Mailbox {
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
    pub(crate) serial: u64,
    /// Set when the session leaves the router.
    pub(crate) gone: AtomicBool,
    /// The groups and threads whose entries may hold this mailbox, by their conversations.
    pub(crate) circles: Mutex<HashSet<ConversationKey>>,
    /// The rooms that the session is in. Kept when the session ends, so that it is known what it leaves behind.
    pub(crate) rooms: Mutex<Vec<(RoomId, RoomWindow)>>,
    facts: OnceLock<DeviceFacts>,
    login: OnceLock<LoginMark>,
    inbox: Mutex<Inbox>,
}

#[derive(Debug, Default)]
struct Inbox {
    signals: Signals,
    /// The newest state of each subject that the session is to be shown. Bounded by the users whom it follows, and by
    /// [`STATES`].
    states: HashMap<Subject, Bytes>,
    reader: Option<Waker>,
}

impl Mailbox {
    pub(crate) fn new(user: UserId, device: DeviceId, serial: u64) -> Self {
        Self {
            user,
            device,
            serial,
            gone: AtomicBool::new(false),
            circles: Mutex::default(),
            rooms: Mutex::default(),
            facts: OnceLock::new(),
            login: OnceLock::new(),
            inbox: Mutex::default(),
        }
    }

    /// Notes, once, what the device says of itself and how the session began.
    pub(crate) fn describe(&self, facts: DeviceFacts, login: LoginMark) {
        // A session is described when it begins, and never again.
        let _ = self.facts.set(facts);
        let _ = self.login.set(login);
    }

    /// How the session began; `None` if it is about to.
    pub(crate) fn login(&self) -> Option<LoginMark> {
        self.login.get().copied()
    }

    /// The rooms that the session is in and that have not ended.
    pub(crate) fn open_rooms(&self) -> Vec<RoomId> {
        let rooms = self.rooms.lock();
        let open = rooms.iter().filter(|(_, window)| window.last == RoomWindow::OPEN);
        open.map(|(room, _)| room.clone()).collect()
    }

    /// From now on nothing of the room behind `last` is for the session.
    pub(crate) fn close_room(&self, room: &RoomId, last: MessageId) {
        let mut rooms = self.rooms.lock();
        if let Some((_, window)) = rooms.iter_mut().find(|(listed, _)| listed == room) {
            window.last = last;
        }
    }

    /// What the device has said of itself.
    #[must_use]
    pub fn facts(&self) -> DeviceFacts {
        self.facts.get().cloned().unwrap_or_default()
    }

    /// What the session may read of a room's conversation; `None` if it is not in the room.
    #[must_use]
    pub fn room_window(&self, room: &RoomId) -> Option<RoomWindow> {
        let rooms = self.rooms.lock();
        rooms.iter().find(|(listed, _)| listed == room).map(|(_, window)| *window)
    }

    /// Whether the session hears of the thread.
    #[must_use]
    pub fn is_in_thread(&self, thread: &ThreadId) -> bool {
        self.circles.lock().contains(&Conversation::Thread(thread.clone()).key())
    }

    /// Whether the session is in a room that has not ended.
    #[must_use]
    pub fn is_in_rooms(&self) -> bool {
        self.rooms.lock().iter().any(|(_, window)| window.last == RoomWindow::OPEN)
    }

    pub(crate) fn notice(&self, conversation: &ConversationKey) {
        let reader = {
            let mut inbox = self.inbox.lock();
            if inbox.signals.conversations.contains(conversation) {
                return;
            }
            inbox.signals.conversations.insert(conversation.clone());
            inbox.reader.take()
        };
        wake(reader);
    }

    /// Shows the session a state of `subject` in place of the one before, and tells it that `conversation` has
    /// something new.
    pub(crate) fn show(&self, subject: &Subject, state: Bytes, conversation: &ConversationKey) {
        {
            let states = &mut self.inbox.lock().states;
            let is_thread = matches!(subject, Subject::Thread(_));
            if is_thread && states.len() >= STATES && !states.contains_key(subject) {
                return;
            }
            states.insert(subject.clone(), state);
        }
        self.notice(conversation);
    }

    /// Takes up to `limit` of the states that the session is to be shown.
    pub fn take_states(&self, limit: usize) -> Vec<(Subject, Bytes)> {
        let mut inbox = self.inbox.lock();
        if inbox.states.len() <= limit {
            return std::mem::take(&mut inbox.states).into_iter().collect();
        }
        let subjects: Vec<Subject> = inbox.states.keys().take(limit).cloned().collect();
        subjects.into_iter().filter_map(|subject| inbox.states.remove_entry(&subject)).collect()
    }

    /// Whether there is a state that the session is to be shown.
    #[must_use]
    pub fn has_states(&self) -> bool {
        !self.inbox.lock().states.is_empty()
    }

    pub(crate) fn kick(&self, kick: Kick) {
        let reader = {
            let mut inbox = self.inbox.lock();
            inbox.signals.kick.get_or_insert(kick);
            inbox.reader.take()
        };
        wake(reader);
    }

    /// Takes what has come in, or waits for it.
    pub fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Signals> {
        let mut inbox = self.inbox.lock();
        if inbox.signals.is_empty() {
            inbox.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(std::mem::take(&mut inbox.signals))
    }

    /// Forgets that `conversation` has something new: the caller is about to read it anyway.
    pub fn forget(&self, conversation: &ConversationKey) {
        self.inbox.lock().signals.conversations.remove(conversation);
    }
}

/// Outside the lock, which the woken task takes at once.
fn wake(reader: Option<Waker>) {
    if let Some(reader) = reader {
        reader.wake();
    }
}
