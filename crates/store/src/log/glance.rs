//! Looking at the newest messages of many conversations, and reading history in bounded steps.

use futures_util::future::BoxFuture;
use hongyan_model::{
    AppId, Audience, ConversationKey, EntryFlags, EntryKind, LogEntry, MessageId, UserId,
};

use super::{GlanceAtImports, HistoryFilter, MessageLog};
use crate::StoreError;

/// Messages of a conversation, from its newest back, that a glance looks at.
pub(super) const GLANCE: usize = 1000;

/// A conversation whose newest messages are looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Glance {
    /// Which.
    pub conversation: ConversationKey,
    /// What lies up to here is not there for the reader.
    pub after: MessageId,
    /// Count what others wrote behind this; `None` counts nothing.
    pub unread_after: Option<MessageId>,
    /// Which imported messages are looked at, too.
    pub imports: Option<GlanceAtImports>,
}

/// What a [`Glance`] found among the newest 1000 messages of its conversation, and the newest 1000 imported ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Glanced {
    /// The newest message.
    pub last: Option<MessageId>,
    /// There is none for the reader among these, but there may be one before them.
    pub looked_short: bool,
    /// Messages that the reader has not read.
    pub unread: u64,
}

impl Glanced {
    /// With what was found among imported messages.
    pub(super) fn with(self, imported: Self) -> Self {
        Self {
            last: self.last.max(imported.last),
            looked_short: self.looked_short && imported.last.is_none(),
            unread: self.unread + imported.unread,
        }
    }
}

/// A step through history.
#[derive(Clone, Debug)]
pub struct HistoryEntries {
    /// What matches, in the order asked for.
    pub entries: Vec<LogEntry>,
    /// The step has looked at as many entries as it may: reading goes on from here.
    pub stopped_at: Option<u64>,
}

/// These reads of an engine.
pub(super) trait LogOverview: Send + Sync {
    fn glance(
        &self,
        app: AppId,
        reader: UserId,
        glances: Vec<Glance>,
        hidden: Vec<MessageId>,
    ) -> BoxFuture<'_, Result<Vec<Glanced>, StoreError>>;
    fn entries(
        &self,
        app: AppId,
        ids: Vec<MessageId>,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>>;
    fn history_within(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: HistoryFilter,
        scan: u64,
    ) -> BoxFuture<'_, Result<HistoryEntries, StoreError>>;
}

impl MessageLog {
    /// The newest message of each conversation as `reader` sees it, and how many it has not read; in the order of
    /// `glances`. Messages that a group's member directed to some others do not count, nor do those in `hidden`.
    pub async fn glance(
        &self,
        app: AppId,
        reader: &UserId,
        mut glances: Vec<Glance>,
        hidden: Vec<MessageId>,
    ) -> Result<Vec<Glanced>, StoreError> {
        if !self.has_imports(app).await? {
            glances.iter_mut().for_each(|glance| glance.imports = None);
        }
        self.reader()?.glance(app, reader.clone(), glances, hidden).await
    }

    /// Entries by their ids, in no order; those that do not exist are missing.
    pub async fn entries(
        &self,
        app: AppId,
        ids: Vec<MessageId>,
    ) -> Result<Vec<LogEntry>, StoreError> {
        self.reader()?.entries(app, ids).await
    }

    /// A step through history that looks at `scan` entries at most.
    pub async fn history_within(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        filter: HistoryFilter,
        scan: u64,
    ) -> Result<HistoryEntries, StoreError> {
        self.reader()?.history_within(app, conversation.clone(), filter, scan).await
    }
}

/// Whether an entry is a message that the list of conversations shows to `reader`: lasting, and in a group written
/// for everybody.
pub(super) fn is_listed(
    conversation: &ConversationKey,
    (kind, flags): (EntryKind, EntryFlags),
    (sender, audience): (&str, &Audience),
    reader: &UserId,
) -> bool {
    let unseen = EntryFlags::RECALLED.with(EntryFlags::ONLINE_ONLY);
    let meant = match audience {
        Audience::All => true,
        Audience::Except(users) => !users.contains(reader),
        Audience::Only(_) | Audience::Device(..) if !conversation.is_single() => false,
        Audience::Only(users) => sender == reader.as_str() || users.contains(reader),
        Audience::Device(user, _) => sender == reader.as_str() || user == reader,
    };
    kind.is_history() && flags.0 & unseen.0 == 0 && meant
}
