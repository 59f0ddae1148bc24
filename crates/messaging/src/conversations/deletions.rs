//! What users have deleted for themselves, in memory: asked for each page of history and each offline queue.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::Router;
use hongyan_model::{AppId, ConversationKey, MessageId, Result, UserId};
use hongyan_platform::FactCache;

use crate::Messaging;

/// Users kept in memory; most have deleted nothing.
const USERS: u64 = 20_000;
/// How long a deletion by way of another node may stay unseen.
const LIFETIME: Duration = Duration::from_secs(60);

/// What a user has deleted for itself.
#[derive(Debug, Default)]
pub(crate) struct Deletions {
    everything: Option<MessageId>,
    conversations: HashMap<ConversationKey, MessageId>,
    messages: HashSet<MessageId>,
}

impl Deletions {
    /// Everything up to here, in every conversation.
    pub(crate) fn everything(&self) -> MessageId {
        self.everything.unwrap_or(MessageId(0))
    }

    /// Everything of the conversation up to here.
    pub(crate) fn until(&self, conversation: &ConversationKey) -> MessageId {
        let here = self.conversations.get(conversation).copied();
        here.max(self.everything).unwrap_or(MessageId(0))
    }

    /// Whether this message was deleted by itself.
    pub(crate) fn holds(&self, message: MessageId) -> bool {
        self.messages.contains(&message)
    }

    /// The messages that were deleted by themselves.
    pub(crate) fn messages(&self) -> Vec<MessageId> {
        self.messages.iter().copied().collect()
    }
}

/// Deletions of users seen lately.
pub(crate) struct DeletionCache(FactCache<(AppId, UserId), Deletions>);

impl DeletionCache {
    pub(crate) fn new(router: &Arc<Router>) -> Self {
        Self(FactCache::new(router, "deletions", USERS, LIFETIME))
    }
}

impl DeletionCache {
    /// To be called after every committed deletion of the user.
    pub(crate) fn forget(&self, app: AppId, user: &UserId) {
        self.0.invalidate(&(app, user.clone()));
    }
}

/// What `user` has deleted for itself; from memory unless it is asked for the first time.
pub(crate) async fn deletions(m: &Messaging, app: AppId, user: &UserId) -> Result<Arc<Deletions>> {
    let load = async {
        let found = hongyan_store::conversations::deletions(m.store(), app, user).await?;
        Ok::<_, hongyan_model::Error>(Some(Deletions {
            everything: found.everything,
            conversations: found.conversations.into_iter().collect(),
            messages: found.messages.into_iter().collect(),
        }))
    };
    let known = m.0.deletions.0.get(&(app, user.clone()), load).await?;
    Ok(known.unwrap_or_default())
}
