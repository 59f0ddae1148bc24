//! What the domain asks and tells outside of itself: who decides about messages before they are sent, and who learns
//! of what happened. Implemented by whoever calls customers' servers; an app without rules costs a look at its settings.

use futures_util::future::BoxFuture;
use hongyan_model::{
    App, Caller, ChatType, EntryKind, GroupId, MessageId, Muc, Result, UserId, WordPolicy,
};
use hongyan_msync::proto::roster_body;
use hongyan_store::connections::ConnectionEvent;
use hongyan_store::moderation::Record;
use serde_json::{Map, Value};

use crate::messages::Priority;
use crate::messages::content::Content;
use crate::muc::MucOperation;

/// A message of a client, admitted but not yet sent.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// App.
    pub app: &'a App,
    /// Who sends it.
    pub sender: &'a UserId,
    /// The other user, the group or thread, or the chat room.
    pub to: &'a str,
    /// Where.
    pub chat: ChatType,
    /// Kind of message.
    pub kind: EntryKind,
    /// The message whose new content it is.
    pub edits: Option<MessageId>,
    /// Names the question; the message gets its id when it is stored.
    pub id: MessageId,
    /// The message as JSON: `{type, from, to, ext, bodies}`.
    pub payload: &'a Value,
}

/// What becomes of a draft.
#[derive(Clone, PartialEq, Debug)]
pub enum Verdict {
    /// It is sent, with what was changed of it.
    Send(Changes),
    /// It is not; the sender is told why, or believes that it was.
    Block {
        /// In words for the sender; `None`: not told.
        reason: Option<String>,
    },
}

/// What is changed of a draft.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Changes {
    /// What it says instead.
    pub content: Option<Content>,
    /// The caller's fields it has instead.
    pub ext: Option<Map<String, Value>>,
    /// Its importance in a chat room.
    pub priority: Option<Priority>,
}

/// Something that happened and is not in the message log as such.
#[derive(Clone, Copy, Debug)]
pub enum Happening<'a> {
    /// An operation on a group or chat room.
    Muc(&'a Caller, &'a Muc, MucOperation<'a>),
    /// The customer's server gave a user the right to make chat rooms, or took it.
    SuperAdmin {
        /// Who did it.
        caller: &'a Caller,
        /// Whose right it is.
        user: &'a UserId,
        /// Whether it was given.
        given: bool,
    },
    /// Somebody joined or left a thread.
    Thread {
        /// Who did it.
        caller: &'a Caller,
        /// The thread's group.
        group: &'a GroupId,
        /// As members are told of a thread.
        notification: &'a Value,
    },
    /// An operation on contacts.
    Roster {
        /// Who did it.
        from: &'a UserId,
        /// To whom.
        to: &'a UserId,
        /// What.
        operation: roster_body::Operation,
        /// In the words of who did it.
        reason: Option<&'a str>,
    },
    /// A message held sensitive words.
    Words {
        /// Who wrote it.
        sender: &'a UserId,
        /// The other user, the group or the chat room.
        to: &'a str,
        /// Where.
        chat: ChatType,
        /// The words.
        words: &'a [String],
        /// What became of it.
        policy: WordPolicy,
        /// Names the message, or what it would have been.
        id: MessageId,
    },
    /// A message was examined.
    Moderation(&'a Record),
}

/// The other end.
pub trait Hooks: Send + Sync + 'static {
    /// Whether anybody is asked about such messages: then [`ask`](Self::ask) is worth its draft.
    fn asks(&self, app: &App, chat: ChatType, kind: EntryKind, edit: bool) -> bool;

    /// Asks about a message before it is sent. The session waits meanwhile, others do not.
    fn ask<'a>(&'a self, draft: Draft<'a>) -> BoxFuture<'a, Verdict>;

    /// Notes durably that something happened.
    fn tell<'a>(&'a self, app: &'a App, what: Happening<'a>) -> BoxFuture<'a, Result<()>>;

    /// Notes durably that users of any apps came and went.
    fn tell_connections<'a>(&'a self, events: &'a [ConnectionEvent]) -> BoxFuture<'a, Result<()>>;
}

/// Nobody is asked or told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unhooked;

impl Hooks for Unhooked {
    fn asks(&self, _: &App, _: ChatType, _: EntryKind, _: bool) -> bool {
        false
    }

    fn ask<'a>(&'a self, _: Draft<'a>) -> BoxFuture<'a, Verdict> {
        Box::pin(async { Verdict::Send(Changes::default()) })
    }

    fn tell<'a>(&'a self, _: &'a App, _: Happening<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn tell_connections<'a>(&'a self, _: &'a [ConnectionEvent]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
