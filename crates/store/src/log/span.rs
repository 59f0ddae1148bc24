//! Reading what was said in an app, of all conversations, in bounded steps.

use futures_util::future::BoxFuture;
use hongyan_model::{AppId, EntryFlags, LogEntry, MessageId};

use super::MessageLog;
use crate::StoreError;

/// Of these entries nothing is left, or they were never to stay.
pub(super) const GONE: EntryFlags = EntryFlags(EntryFlags::RECALLED.0 | EntryFlags::ONLINE_ONLY.0);

/// A step through the messages of an app.
#[derive(Clone, Debug, Default)]
pub struct MessagePage {
    /// Messages in commit order, commands included; neither receipts and events nor what was recalled or was for who
    /// was online only.
    pub messages: Vec<LogEntry>,
    /// The step has looked at as many entries as it may: reading goes on behind this one.
    pub reached: Option<MessageId>,
}

pub(super) trait LogSpan {
    fn messages_between(
        &self,
        app: AppId,
        after: MessageId,
        until: MessageId,
        scan: usize,
    ) -> BoxFuture<'_, Result<MessagePage, StoreError>>;
}

impl MessageLog {
    /// Messages of an app whose ids are greater than `after` and at most `until`, among the next `scan` entries: on
    /// SQLite of all apps, whose entries lie in one row, on PostgreSQL of this app.
    pub async fn messages_between(
        &self,
        app: AppId,
        (after, until): (MessageId, MessageId),
        scan: usize,
    ) -> Result<MessagePage, StoreError> {
        self.reader()?.messages_between(app, after, until, scan.max(1)).await
    }
}
