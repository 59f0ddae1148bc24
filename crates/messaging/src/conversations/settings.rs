//! Pins and marks of conversations.

use hongyan_model::limits::{CONVERSATION_BATCH, CONVERSATION_MARKS};
use hongyan_model::{
    Caller, ChatType, Conversation, ConversationKey, Feature, Refusal, Result, Timestamp, UserId,
};
use hongyan_store::conversations::{self as stored, Kept};

use super::announce::{self, Change};
use super::{Standing, named, require_list, standings};
use crate::Messaging;
use crate::users::subject;

/// Whether a conversation is pinned, and since when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pinned(pub Option<Timestamp>);

/// Marks are put on conversations, or taken off; the rest of what [`mark`] and [`unmark`] ask for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Marking {
    /// Which of the 20 marks.
    pub mark: u8,
    /// Which conversations, at most 20.
    pub conversations: Vec<(ChatType, String)>,
}

/// Pins one of the user's conversations; one that is pinned keeps its time.
pub async fn pin(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    (chat, name): (ChatType, &str),
) -> Result<Pinned> {
    let user = subject(m, caller, user).await?;
    require_list(caller)?;
    let conversation = own(m, caller, &user, chat, name).await?;
    let feature = Feature::PinnedConversationsMax;
    let (most, now) = (caller.app.quota(feature), m.clock().now());
    let app = caller.app.id;
    let (kept, since) = stored::pin(m.store(), app, &user, &conversation.key(), now, most).await?;
    if kept == Kept::Full {
        return Err(Refusal::QuotaExceeded { feature }.into());
    }
    announce::changed(m, caller, &user, &conversation, Change::Pinned).await;
    Ok(Pinned(Some(since)))
}

/// Unpins a conversation. One that is not pinned is none the less so afterwards.
pub async fn unpin(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    (chat, name): (ChatType, &str),
) -> Result<Pinned> {
    let user = subject(m, caller, user).await?;
    require_list(caller)?;
    let conversation = named(&user, chat, name)?;
    if stored::unpin(m.store(), caller.app.id, &user, &conversation.key()).await? {
        announce::changed(m, caller, &user, &conversation, Change::Unpinned).await;
    } else {
        own(m, caller, &user, chat, name).await?;
    }
    Ok(Pinned(None))
}

/// Puts a mark on conversations of the user; answers which of those named are none and got no mark.
pub async fn mark(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    marking: &Marking,
) -> Result<Vec<(ChatType, String)>> {
    let (user, conversations, ignored) = marked(m, caller, user, marking).await?;
    let feature = Feature::ConversationMarksMax;
    let (keys, most) = (keys(&conversations), caller.app.quota(feature));
    let kept =
        stored::mark(m.store(), caller.app.id, &user, &keys, 1 << marking.mark, most).await?;
    if kept == Kept::Full {
        return Err(Refusal::QuotaExceeded { feature }.into());
    }
    for conversation in &conversations {
        announce::changed(m, caller, &user, conversation, Change::Marked(marking.mark)).await;
    }
    Ok(ignored)
}

/// Takes a mark off conversations of the user; answers which of those named are none.
pub async fn unmark(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    marking: &Marking,
) -> Result<Vec<(ChatType, String)>> {
    let (user, conversations, ignored) = marked(m, caller, user, marking).await?;
    let keys = keys(&conversations);
    stored::unmark(m.store(), caller.app.id, &user, &keys, 1 << marking.mark).await?;
    for conversation in &conversations {
        announce::changed(m, caller, &user, conversation, Change::Unmarked(marking.mark)).await;
    }
    Ok(ignored)
}

/// Whose conversations get or lose a mark, which, and which of those named are none.
async fn marked(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    marking: &Marking,
) -> Result<(UserId, Vec<Conversation>, Vec<(ChatType, String)>)> {
    let user = subject(m, caller, user).await?;
    require_list(caller)?;
    if marking.mark >= CONVERSATION_MARKS {
        let why = format!("no mark {}", marking.mark);
        return Err(Refusal::Invalid { name: "mark", why }.into());
    }
    if marking.conversations.is_empty() {
        return Err(Refusal::Missing { name: "targets" }.into());
    }
    if marking.conversations.len() > CONVERSATION_BATCH {
        return Err(Refusal::TooMany { name: "targets", limit: CONVERSATION_BATCH }.into());
    }
    let (mut asked, mut ignored) = (Vec::new(), Vec::new());
    for (chat, name) in &marking.conversations {
        match named(&user, *chat, name) {
            Ok(conversation) => asked.push((conversation, (*chat, name.clone()))),
            Err(_) => ignored.push((*chat, name.clone())),
        }
    }
    let conversations: Vec<Conversation> = asked.iter().map(|(asked, _)| asked.clone()).collect();
    let standings = standings(m, caller.app.id, &user, &conversations).await?;
    let mut own: Vec<Conversation> = Vec::with_capacity(asked.len());
    for ((conversation, target), standing) in asked.into_iter().zip(&standings) {
        match standing {
            Standing::Own if own.contains(&conversation) => {}
            Standing::Own => own.push(conversation),
            Standing::Missing | Standing::Foreign => ignored.push(target),
        }
    }
    if own.is_empty() {
        let name =
            ignored.first().map(|(_, name)| name.chars().take(80).collect()).unwrap_or_default();
        return Err(match standings.contains(&Standing::Foreign) {
            true => Refusal::NotInGroup,
            false => Refusal::ConversationNotFound { name },
        }
        .into());
    }
    Ok((user, own, ignored))
}

/// A conversation that the user has.
async fn own(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    chat: ChatType,
    name: &str,
) -> Result<Conversation> {
    let conversation = named(user, chat, name)?;
    let one = std::slice::from_ref(&conversation);
    match standings(m, caller.app.id, user, one).await?.first() {
        Some(Standing::Own) => Ok(conversation),
        Some(Standing::Foreign) => Err(Refusal::NotInGroup.into()),
        Some(Standing::Missing) | None => {
            Err(Refusal::ConversationNotFound { name: name.chars().take(80).collect() }.into())
        }
    }
}

/// In one order for everybody, so that two calls do not wait for each other.
fn keys(conversations: &[Conversation]) -> Vec<ConversationKey> {
    let mut keys: Vec<_> = conversations.iter().map(Conversation::key).collect();
    keys.sort();
    keys
}
