//! A user's conversations: the list of them, how far it has read, what it has pinned, marked and deleted.
//!
//! Nothing of the list is written when somebody sends a message. Which conversations there are follows from the log
//! and from memberships; their order and what is unread from their newest entries. Only what the user does itself has
//! rows: a position up to which it has read, one up to which it has deleted, pins, marks.

mod announce;
mod deleting;
mod deletions;
mod list;
mod reading;
mod receipts;
mod settings;

use hongyan_model::{
    AppId, Caller, ChatType, Conversation, ConversationKey, Feature, GroupId, IdGenerator,
    MessageId, Refusal, Result, UserId,
};
use hongyan_store::conversations as stored;
use hongyan_store::{Glance, GlanceAtImports};

use crate::groups::Membership;
use crate::{Messaging, groups, users};

pub use deleting::{delete, delete_all, delete_before, delete_messages};
pub use list::{ListQuery, Listed, Selection, numbered, page};
pub use reading::flush;
pub use settings::{Marking, Pinned, mark, pin, unmark, unpin};

pub(crate) use deletions::{DeletionCache, Deletions, deletions};
pub(crate) use reading::{ReadPositions, flush_user_here, read_up_to, start_flusher};
pub(crate) use receipts::add_receipts;

/// Forgets what everybody did to a conversation that is no more. What cannot be forgotten now is of a conversation
/// that nobody sees any more.
pub(crate) async fn forget(m: &Messaging, app: AppId, conversation: &Conversation) {
    let key = conversation.key();
    if let Err(error) = stored::forget(m.store(), app, &key).await {
        let error = &error as &dyn std::error::Error;
        tracing::error!(
            ?key,
            error,
            "what users did to a conversation that has ended stays stored"
        );
    }
}

/// Takes pin and marks of a group off the lists of those who have left it, where they could not find them any more.
pub(crate) async fn left(m: &Messaging, app: AppId, group: &GroupId, users: &[UserId]) {
    let key = Conversation::Group(group.clone()).key();
    if let Err(error) = stored::let_go(m.store(), app, &key, users).await {
        let error = &error as &dyn std::error::Error;
        tracing::error!(?key, error, "a group stays pinned or marked for users who have left it");
    }
}

/// The conversation that `user` calls `name`; an illegal name names none.
fn named(user: &UserId, chat: ChatType, name: &str) -> Result<Conversation, Refusal> {
    let unknown = |_| Refusal::ConversationNotFound { name: name.chars().take(80).collect() };
    match chat {
        ChatType::Single => UserId::parse(name).map(|peer| Conversation::single(user, &peer)),
        ChatType::Group => GroupId::parse(name).map(Conversation::Group),
        ChatType::Room => Err(Refusal::ConversationNotFound { name: String::new() }),
    }
    .map_err(unknown)
}

/// What a conversation is to a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    /// One of its conversations.
    Own,
    /// Nobody ever said anything there, or the user has deleted it since.
    Missing,
    /// Other people's group.
    Foreign,
}

/// Which of the conversations `user` has: groups in which it is, and chats in which something was said since it
/// deleted them last.
async fn standings(
    m: &Messaging,
    app: AppId,
    user: &UserId,
    conversations: &[Conversation],
) -> Result<Vec<Standing>> {
    let begin = beginning(m, app, user).await?;
    let keys: Vec<ConversationKey> = conversations.iter().map(Conversation::key).collect();
    let states = stored::states(m.store(), app, user, &keys).await?;
    let everything = deletions(m, app, user).await?.everything();
    let removed = |key: &ConversationKey| {
        let state = states.iter().find(|state| state.conversation == *key);
        state.map_or(MessageId(0), |state| state.removed).max(everything)
    };
    let singles = keys.iter().filter(|key| key.is_single()).cloned();
    let glance = |conversation: ConversationKey| {
        let after = removed(&conversation);
        let imports = GlanceAtImports { after, arrived_after: begin, unread_after: None };
        Glance { conversation, after: begin.max(after), unread_after: None, imports: Some(imports) }
    };
    let glances: Vec<Glance> = singles.map(glance).collect();
    let glanced = m.store().log().glance(app, user, glances.clone(), Vec::new()).await?;
    let mut standings = Vec::with_capacity(conversations.len());
    for (conversation, key) in conversations.iter().zip(&keys) {
        if let Conversation::Group(group) = conversation {
            standings.push(match groups::membership(m, app, group, user).await? {
                Membership::Member { .. } => Standing::Own,
                Membership::NotMember => Standing::Foreign,
                Membership::NoGroup => Standing::Missing,
            });
            continue;
        }
        let kept = states.iter().any(|state| {
            state.conversation == *key && (state.pinned.is_some() || state.marks != 0)
        });
        let at = glances.iter().position(|glance| glance.conversation == *key);
        let found = at.and_then(|at| glanced.get(at)).copied().unwrap_or_default();
        let is_own = kept || found.last.is_some() || found.looked_short;
        standings.push(if is_own { Standing::Own } else { Standing::Missing });
    }
    Ok(standings)
}

/// Nothing up to here was said to this user: somebody else may have had the name.
async fn beginning(m: &Messaging, app: AppId, user: &UserId) -> Result<MessageId> {
    let facts = users::facts(m, app, user).await?;
    let facts = facts.ok_or(Refusal::UserNotFound { user: user.to_string() })?;
    Ok(IdGenerator::floor(facts.created))
}

fn require_list(caller: &Caller) -> Result<(), Refusal> {
    require(caller, Feature::ServerConversationList)
}

fn require_roaming(caller: &Caller) -> Result<(), Refusal> {
    require(caller, Feature::MessageRoaming)
}

fn require(caller: &Caller, feature: Feature) -> Result<(), Refusal> {
    if caller.app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}
