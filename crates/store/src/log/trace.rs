//! Reads for those who look at the log from outside: metering, where a message went, how long a conversation is.
//!
//! None of them returns what a message says.

use futures_util::future::BoxFuture;
use hongyan_model::{
    AppId, ConversationKey, DeviceId, EntryKind, LogEntry, MessageId, Source, Timestamp, UserId,
};

use super::MessageLog;
use crate::StoreError;

/// Which entries of a conversation [`MessageLog::sent`] looks for.
#[derive(Clone, Debug)]
pub struct SentFilter {
    /// From this sender.
    pub sender: UserId,
    /// Only ids greater than this.
    pub after: MessageId,
    /// Only ids smaller than this.
    pub before: MessageId,
    /// Only these kinds.
    pub kinds: Vec<EntryKind>,
    /// Only from this source; both if `None`.
    pub source: Option<Source>,
    /// Most entries of the conversation that are looked at, from `before` back.
    pub scan: u64,
    /// Most entries that are returned.
    pub limit: usize,
}

/// What [`MessageLog::sent`] found.
#[derive(Clone, Debug)]
pub struct SentEntries {
    /// The newest first, without what they say.
    pub entries: Vec<LogEntry>,
    /// The last entry looked at, if there may be older ones within the filter's ids.
    pub stopped_at: Option<MessageId>,
}

/// How far a device is in a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceProgress {
    /// Whose device.
    pub user: UserId,
    /// Which.
    pub device: DeviceId,
    /// Nothing up to this id is meant for it.
    pub base: MessageId,
    /// When it last logged in.
    pub last_seen: Timestamp,
    /// What it has acknowledged of the conversation; `None` if nothing.
    pub cursor: Option<u64>,
}

/// How much a conversation holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Messages that history shows to everybody in it.
    pub messages: u64,
    /// The newest of them.
    pub newest: Option<MessageId>,
    /// Its last position when they were counted.
    pub seq: u64,
}

/// These reads of an engine.
pub(super) trait LogInspector: Send + Sync {
    fn newest(&self) -> BoxFuture<'_, Result<MessageId, StoreError>>;
    /// Where one node writes, what is committed is all there is.
    fn horizon(&self) -> BoxFuture<'_, Result<MessageId, StoreError>> {
        Box::pin(async { Ok(MessageId(u64::MAX)) })
    }
    fn nodes(&self) -> BoxFuture<'_, Result<Vec<u8>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    /// Asked where several nodes write.
    fn heads(
        &self,
        _app: AppId,
        _conversations: Vec<ConversationKey>,
    ) -> BoxFuture<'_, Result<Vec<(ConversationKey, u64)>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn since(
        &self,
        after: MessageId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>>;
    fn active_conversations(
        &self,
        app: AppId,
        user: UserId,
        groups: Vec<ConversationKey>,
        after: MessageId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(ConversationKey, MessageId)>, StoreError>>;
    fn sent(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: SentFilter,
    ) -> BoxFuture<'_, Result<SentEntries, StoreError>>;
    fn progress(
        &self,
        app: AppId,
        conversation: ConversationKey,
        users: Vec<UserId>,
    ) -> BoxFuture<'_, Result<Vec<DeviceProgress>, StoreError>>;
    fn readers_among(
        &self,
        app: AppId,
        message: MessageId,
        users: Vec<UserId>,
    ) -> BoxFuture<'_, Result<Vec<(UserId, Timestamp)>, StoreError>>;
    fn readers_after(
        &self,
        app: AppId,
        message: MessageId,
        after: Option<UserId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(UserId, Timestamp)>, StoreError>>;
    fn tally(
        &self,
        app: AppId,
        conversation: ConversationKey,
    ) -> BoxFuture<'_, Result<Tally, StoreError>>;
}

impl MessageLog {
    /// The id of the newest entry of all apps; 0 if there is none.
    pub(crate) async fn newest(&self) -> Result<MessageId, StoreError> {
        self.reader()?.newest().await
    }

    /// Up to here everything is committed that ever will be.
    pub async fn horizon(&self) -> Result<MessageId, StoreError> {
        self.reader()?.horizon().await
    }

    /// The newest position of each conversation, where other nodes may have written it; nothing where one node writes.
    pub async fn heads(
        &self,
        app: AppId,
        conversations: &[ConversationKey],
    ) -> Result<Vec<(ConversationKey, u64)>, StoreError> {
        self.reader()?.heads(app, conversations.to_vec()).await
    }

    /// The other nodes that write this log, as far as is known.
    pub async fn nodes(&self) -> Result<Vec<u8>, StoreError> {
        self.reader()?.nodes().await
    }

    /// The entries of all apps behind `after` and up to the horizon, in the order of their ids, without what they say.
    pub async fn since(&self, after: MessageId, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        self.reader()?.since(after, limit).await
    }

    /// Those of the user's conversations, its one-to-one chats and `groups`, whose newest entry is younger than
    /// `after`, with that entry, the youngest first.
    pub async fn active_conversations(
        &self,
        app: AppId,
        user: &UserId,
        groups: Vec<ConversationKey>,
        after: MessageId,
        limit: usize,
    ) -> Result<Vec<(ConversationKey, MessageId)>, StoreError> {
        self.reader()?.active_conversations(app, user.clone(), groups, after, limit).await
    }

    /// What a sender wrote in a conversation.
    pub async fn sent(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        filter: SentFilter,
    ) -> Result<SentEntries, StoreError> {
        self.reader()?.sent(app, conversation.clone(), filter).await
    }

    /// How far the devices of `users` are in a conversation, by user, the one seen last first.
    pub async fn progress(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        users: Vec<UserId>,
    ) -> Result<Vec<DeviceProgress>, StoreError> {
        self.reader()?.progress(app, conversation.clone(), users).await
    }

    /// Which of `users` have confirmed to have read a group message, and when.
    pub async fn readers_among(
        &self,
        app: AppId,
        message: MessageId,
        users: Vec<UserId>,
    ) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
        self.reader()?.readers_among(app, message, users).await
    }

    /// Who has confirmed to have read a group message, and when: `limit` of them behind `after`, by user.
    pub async fn readers_after(
        &self,
        app: AppId,
        message: MessageId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
        self.reader()?.readers_after(app, message, after.cloned(), limit).await
    }

    /// Counts a conversation from its beginning.
    pub async fn tally(
        &self,
        app: AppId,
        conversation: &ConversationKey,
    ) -> Result<Tally, StoreError> {
        self.reader()?.tally(app, conversation.clone()).await
    }
}

/// The kinds that history shows, as a list for SQL.
pub(super) fn shown_kinds() -> String {
    let kinds = EntryKind::ALL.into_iter().filter(|kind| kind.is_history());
    kinds.map(|kind| (kind as u8).to_string()).collect::<Vec<_>>().join(",")
}
