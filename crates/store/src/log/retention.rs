//! Removing what is too old, a little at a time.

use futures_util::future::BoxFuture;
use hongyan_model::{AppId, ConversationKey, MessageId};
use tokio::sync::oneshot;

use super::{Job, MessageLog, Write};
use crate::StoreError;

/// Conversations looked at in one step.
pub(super) const CONVERSATIONS: usize = 200;

/// Up to which entries the conversations of an app are removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retention {
    /// In chat rooms.
    pub rooms: MessageId,
    /// In all others.
    pub others: MessageId,
}

impl Retention {
    /// Entries of the conversation that are older are to go.
    #[must_use]
    pub fn of(&self, conversation: &ConversationKey) -> MessageId {
        if conversation.is_room() { self.rooms } else { self.others }
    }
}

/// An entry that is too old.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expired {
    /// Its conversation.
    pub conversation: ConversationKey,
    /// Its position there; 0 of an imported message.
    pub seq: u64,
    /// Its id.
    pub id: MessageId,
}

/// A step through the conversations of an app.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ExpiredPage {
    /// What is too old, of one conversation after the other.
    pub entries: Vec<Expired>,
    /// The next step begins behind this conversation; `None` is the beginning.
    pub next: Option<ConversationKey>,
    /// There is nothing behind it.
    pub is_last: bool,
}

pub(super) trait LogAge {
    /// At most `limit` entries that are too old, in conversations behind `after`. The newest entry of a conversation is
    /// never too old: it says where the conversation goes on.
    fn expired(
        &self,
        app: AppId,
        after: Option<ConversationKey>,
        retention: Retention,
        limit: usize,
    ) -> BoxFuture<'_, Result<ExpiredPage, StoreError>>;
}

impl MessageLog {
    /// At most `limit` entries of an app that are too old, in conversations behind `after`.
    pub async fn expired(
        &self,
        app: AppId,
        after: Option<ConversationKey>,
        retention: Retention,
        limit: usize,
    ) -> Result<ExpiredPage, StoreError> {
        self.reader()?.expired(app, after, retention, limit).await
    }

    /// Removes entries with what was noted of them. Appends of others wait for one such step at most.
    pub async fn remove(&self, app: AppId, entries: Vec<Expired>) -> Result<(), StoreError> {
        let (done, result) = oneshot::channel();
        self.write(Write::Job(Job::Remove(app, entries, done))).await?;
        result.await.map_err(|_| StoreError::Closed)?
    }
}
