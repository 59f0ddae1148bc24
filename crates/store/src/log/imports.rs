//! Messages of the past that are imported.
//!
//! They belong to a conversation and to a moment, and have no position: what was there before them was delivered long
//! ago, so that no cursor can stand before or behind them. Nothing that follows positions sees them: no device, no
//! callback, no count. Their ids are made of their own time, in a range of their own, and order them among the
//! others: history reads both by their ids.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use hongyan_model::{
    AppId, ConversationKey, EntryKind, LogEntry, MessageId, NewEntry, Timestamp, UserId,
};
use parking_lot::RwLock;
use tokio::sync::oneshot;

use super::{MessageLog, Write};
use crate::StoreError;

/// Which imported messages of a conversation [`MessageLog::imported`] returns.
#[derive(Clone, Debug)]
pub struct ImportFilter {
    /// Only ids smaller (newest first) or greater (oldest first) than this.
    pub from: MessageId,
    /// Order and direction of reading.
    pub oldest_first: bool,
    /// Most messages.
    pub limit: usize,
    /// Only these kinds.
    pub kinds: Vec<EntryKind>,
    /// Only from this sender.
    pub sender: Option<UserId>,
    /// Only ids greater than this.
    pub after: MessageId,
    /// Only ids up to this.
    pub until: MessageId,
    /// Only what was imported after this.
    pub arrived_after: MessageId,
}

/// A step through imported messages.
#[derive(Clone, Debug)]
pub struct ImportedEntries {
    /// What matches, in the order asked for.
    pub entries: Vec<LogEntry>,
    /// The step has looked at as many as it may: reading goes on from here.
    pub stopped_at: Option<MessageId>,
}

/// Which imported messages a [`Glance`](super::Glance) looks at beside the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GlanceAtImports {
    /// What lies up to here is not there for the reader.
    pub after: MessageId,
    /// Nor is what was imported up to here.
    pub arrived_after: MessageId,
    /// Count what others wrote behind this; `None` counts nothing.
    pub unread_after: Option<MessageId>,
}

/// A message of the past on its way to the disk.
pub(super) struct Import {
    pub(super) entry: Box<NewEntry>,
    /// When it was said.
    pub(super) time: Timestamp,
    pub(super) done: oneshot::Sender<Result<MessageId, StoreError>>,
}

/// These reads of an engine.
pub(super) trait LogImports: Send + Sync {
    fn imported(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: ImportFilter,
        scan: u64,
    ) -> BoxFuture<'_, Result<ImportedEntries, StoreError>>;
    fn imported_chats(
        &self,
        app: AppId,
        user: UserId,
        after: MessageId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(ConversationKey, MessageId)>, StoreError>>;
    /// Whether the app has any imported message.
    fn any_imported(&self, app: AppId) -> BoxFuture<'_, Result<bool, StoreError>>;
}

/// The apps that are known to have imported messages (`None`), or to have had none at a moment: another node may have
/// begun to import since.
pub(super) type ImportingApps = Arc<RwLock<HashMap<AppId, Option<Instant>>>>;

/// How long it is believed that an app has imported nothing.
const BELIEVED: Duration = Duration::from_secs(5);

impl MessageLog {
    /// Writes a message of `time` (Unix ms), durably when it returns, and answers its id. One-to-one chats are listed for
    /// their users from then on.
    pub async fn import(&self, entry: NewEntry, time: Timestamp) -> Result<MessageId, StoreError> {
        let (done, result) = oneshot::channel();
        self.importing.write().insert(entry.app, None);
        self.write(Write::Import(Import { entry: Box::new(entry), time, done })).await?;
        result.await.map_err(|_| StoreError::Closed)?
    }

    /// A step through the imported messages of a conversation that looks at `scan` of them at most.
    pub async fn imported(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        filter: ImportFilter,
        scan: u64,
    ) -> Result<ImportedEntries, StoreError> {
        if !self.has_imports(app).await? {
            return Ok(ImportedEntries { entries: Vec::new(), stopped_at: None });
        }
        self.reader()?.imported(app, conversation.clone(), filter, scan).await
    }

    /// Those of the user's one-to-one chats with an imported message behind `after`, with the newest, the youngest
    /// first.
    pub async fn imported_chats(
        &self,
        app: AppId,
        user: &UserId,
        after: MessageId,
        limit: usize,
    ) -> Result<Vec<(ConversationKey, MessageId)>, StoreError> {
        if !self.has_imports(app).await? {
            return Ok(Vec::new());
        }
        self.reader()?.imported_chats(app, user.clone(), after, limit).await
    }

    /// Whether anything was ever imported into the app: most apps have nothing, and are asked nothing more.
    pub(super) async fn has_imports(&self, app: AppId) -> Result<bool, StoreError> {
        let known = self.importing.read().get(&app).copied();
        match known {
            Some(None) => return Ok(true),
            Some(Some(since)) if since.elapsed() < BELIEVED => return Ok(false),
            _ => {}
        }
        let found = self.reader()?.any_imported(app).await?;
        let mut importing = self.importing.write();
        // An import that began meanwhile has noted itself, and stands.
        let has = found || importing.get(&app) == Some(&None);
        importing.insert(app, (!has).then(Instant::now));
        Ok(has)
    }
}
