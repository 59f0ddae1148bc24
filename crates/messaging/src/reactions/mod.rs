//! Reactions: short signs that members of a conversation put below its messages.
//!
//! In one-to-one conversations and groups, below what history shows. They live as long as their message: they go when
//! it is recalled.

mod announce;
mod read;

use hongyan_model::{
    App, AppId, Caller, Conversation, ConversationKey, DeviceId, EntryFlags, Feature, MessageId,
    Refusal, Result, Timestamp, UserId,
};
use hongyan_store::reactions as stored;
use hongyan_store::reactions::{Addition, Place};

use self::announce::Change;
use crate::messages::access::{self, Visible};
use crate::mutes::{self, ChatKind};
use crate::{Messaging, blocks, groups, users};

pub use hongyan_store::reactions::Reaction;
pub use read::{ListQuery, ReactionUsers, list, users_of};

pub(crate) use read::of_page;

/// Rows removed at once with a user or a conversation.
const FORGOTTEN: usize = 200;

/// A reaction that was added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Added {
    /// Id of its kind below the message.
    pub id: i64,
    /// Below which message.
    pub message: MessageId,
    /// Where that is.
    pub conversation: Conversation,
    /// Now (Unix ms).
    pub at: Timestamp,
}

/// Puts a user's reaction below a message and tells everybody who takes part.
pub async fn add(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    message: &str,
    reaction: &str,
) -> Result<Added> {
    let user = users::subject(m, caller, user).await?;
    require_reactions(caller)?;
    check(&caller.app, reaction)?;
    let found = reactable(m, caller, &user, message).await?;
    let (message, conversation) = (&found.message, &found.conversation);
    if is_blocked(m, &caller.app, &user, conversation).await? {
        return Err(Refusal::Blocked.into());
    }

    // One at a time below a message, so that events tell of changes in their order.
    let _turn = m.0.turns.take(message.id).await;
    let place = Place { app: caller.app.id, message: message.id, reaction, user: &user };
    let at = m.clock().now();
    let id = m.ids().next(at).0.cast_signed();
    let most = caller.app.quota(Feature::ReactionsMax);
    let id = match stored::add(m.store(), place, &conversation.key(), id, most).await? {
        Addition::Added(id) => id,
        Addition::Already => return Err(Refusal::ReactionExists.into()),
        Addition::TooMany => {
            return Err(Refusal::QuotaExceeded { feature: Feature::ReactionsMax }.into());
        }
        Addition::UnknownUser => {
            return Err(Refusal::UserNotFound { user: user.to_string() }.into());
        }
    };
    // A recall that was faster has removed what was there before.
    let now = m.store().log().entry(caller.app.id, message.id).await?;
    if now.is_none_or(|message| message.entry.flags.contains(EntryFlags::RECALLED)) {
        stored::forget_message(m.store(), caller.app.id, message.id).await?;
        return Err(Refusal::MessageNotFound.into());
    }
    let change = Change { reaction, added: true, at };
    announce::changed(m, &with_device(m, caller), &user, &found, change).await;
    Ok(Added { id, message: message.id, conversation: found.conversation, at })
}

/// Takes a user's reaction back and tells everybody who takes part.
pub async fn remove(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    message: &str,
    reaction: &str,
) -> Result<()> {
    let user = users::subject(m, caller, user).await?;
    require_reactions(caller)?;
    check(&caller.app, reaction)?;
    let found = reactable(m, caller, &user, message).await?;
    let message = found.message.id;
    let _turn = m.0.turns.take(message).await;
    let place = Place { app: caller.app.id, message, reaction, user: &user };
    if !stored::remove(m.store(), place).await? {
        return Err(Refusal::ReactionNotFound.into());
    }
    let change = Change { reaction, added: false, at: m.clock().now() };
    announce::changed(m, &with_device(m, caller), &user, &found, change).await;
    Ok(())
}

/// Takes back everything of a user who is being deleted. Nobody is told: there may be thousands.
pub(crate) async fn forget_user(m: &Messaging, app: AppId, user: &UserId) -> Result<()> {
    while stored::forget_user(m.store(), app, user, FORGOTTEN).await? == FORGOTTEN {}
    Ok(())
}

/// Removes the reactions of a group that is gone. What a crash leaves behind belongs to messages that nobody sees.
pub(crate) async fn forget_conversation(
    m: &Messaging,
    app: AppId,
    conversation: &ConversationKey,
) -> Result<()> {
    while stored::forget_conversation(m.store(), app, conversation, FORGOTTEN).await? == FORGOTTEN {
    }
    Ok(())
}

/// The message, if `user` sees it, reactions can hang below it, and the user is not muted there in the whole app.
async fn reactable(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    message: &str,
) -> Result<Visible> {
    let found = access::visible(m, &caller.app, user, message).await?;
    let has_reactions =
        |found: &Visible| found.is_kept() && !matches!(found.conversation, Conversation::Room(_));
    let found = found.filter(has_reactions).ok_or(Refusal::MessageNotFound)?;
    groups::require_open(m, caller, &found.conversation).await?;
    let kind = match found.conversation {
        Conversation::Group(_) | Conversation::Thread(_) => ChatKind::Group,
        Conversation::Room(_) => ChatKind::Room,
        Conversation::Single(..) | Conversation::System(_) => ChatKind::User,
    };
    mutes::admit(m, &caller.app, user, kind).await?;
    Ok(found)
}

/// Whether the other side of a one-to-one conversation wants to hear nothing of `user`.
async fn is_blocked(
    m: &Messaging,
    app: &App,
    user: &UserId,
    conversation: &Conversation,
) -> Result<bool> {
    for peer in conversation.owners().iter().filter(|owner| *owner != user) {
        if blocks::is_blocked(m, app, peer, user).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The client SDK does not name its device in these calls: of a user with one device online it is that one. Of several
/// none is left out.
fn with_device(m: &Messaging, caller: &Caller) -> Caller {
    let online = || match (caller.user(), &caller.device) {
        (Some(user), None) => m.router().devices(caller.app.id, user),
        _ => Vec::new(),
    };
    match <[DeviceId; 1]>::try_from(online()) {
        Ok([device]) => Caller { device: Some(device), ..caller.clone() },
        Err(_) => caller.clone(),
    }
}

fn check(app: &App, reaction: &str) -> Result<(), Refusal> {
    if reaction.is_empty() {
        return Err(Refusal::Missing { name: "message" });
    }
    let limit = app.most(Feature::ReactionBytesMax);
    if reaction.len() > limit {
        return Err(Refusal::TooLong { name: "message", limit });
    }
    // PostgreSQL has no text with it.
    if reaction.contains('\0') {
        return Err(Refusal::Invalid { name: "message", why: "holds a NUL character".to_owned() });
    }
    Ok(())
}

fn require_reactions(caller: &Caller) -> Result<(), Refusal> {
    let feature = Feature::Reaction;
    if caller.app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}
