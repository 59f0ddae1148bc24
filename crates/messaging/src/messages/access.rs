//! Which single message somebody may see: what history would show, and what devices were served.

use hongyan_model::{
    App, AppId, Caller, Conversation, EntryFlags, Feature, GroupId, IdGenerator, LogEntry,
    MessageId, Refusal, Result, UserId,
};

use super::history;
use crate::{Messaging, groups, rooms, threads, users};

/// A message that somebody may see, and where it is.
pub(crate) struct Visible {
    pub(crate) message: LogEntry,
    pub(crate) conversation: Conversation,
}

impl Visible {
    /// Whether history keeps it, as opposed to commands and what was only for those who were there.
    pub(crate) fn is_kept(&self) -> bool {
        let entry = &self.message.entry;
        entry.kind.is_history() && !entry.flags.contains(EntryFlags::ONLINE_ONLY)
    }
}

/// The message of this id, as written in a request, whoever may see it; `None` if it was recalled or is older than the
/// app keeps messages.
pub(crate) async fn any(m: &Messaging, app: &App, id: &str) -> Result<Option<Visible>> {
    let Some(found) = find(m, app, id).await? else { return Ok(None) };
    let kept = m.clock().now().saturating_sub(app.days(storage(&found.conversation)));
    Ok(Some(found).filter(|found| found.message.id > IdGenerator::floor(kept)))
}

/// The message of this id, as written in a request, if `reader` takes part in its conversation and it is for it;
/// `None` as well if it was recalled, is older than the app keeps messages, or came before the reader's own registration,
/// or before the group or room was made.
pub(crate) async fn visible(
    m: &Messaging,
    app: &App,
    reader: &UserId,
    id: &str,
) -> Result<Option<Visible>> {
    let Some(found) = any(m, app, id).await? else { return Ok(None) };
    if !history::is_visible(&found.message, reader) {
        return Ok(None);
    }
    let floor = floor(m, app, reader, &found.conversation).await?;
    Ok(Some(found).filter(|found| floor.is_some_and(|floor| found.message.arrived() > floor)))
}

/// Whether `user` wrote the message, and not somebody who had its name before.
pub(crate) async fn is_own(
    m: &Messaging,
    app: AppId,
    user: &UserId,
    message: &LogEntry,
) -> Result<bool> {
    if message.entry.sender != *user {
        return Ok(false);
    }
    let at = message.imported.map_or(message.timestamp, IdGenerator::time_of);
    users::was_there(m, app, user, at).await
}

async fn find(m: &Messaging, app: &App, id: &str) -> Result<Option<Visible>> {
    let Ok(id) = id.parse().map(MessageId) else { return Ok(None) };
    let Some(message) = m.store().log().entry(app.id, id).await? else { return Ok(None) };
    let entry = &message.entry;
    let is_there = entry.kind.is_message() && !entry.flags.contains(EntryFlags::RECALLED);
    let conversation = entry.conversation.conversation();
    Ok(conversation.filter(|_| is_there).map(|conversation| Visible { message, conversation }))
}

/// How long messages of a conversation are kept.
fn storage(conversation: &Conversation) -> Feature {
    match conversation {
        Conversation::Room(_) => Feature::RoomMsgStorageDays,
        _ => Feature::MsgStorageDays,
    }
}

/// The group, or the thread, of that name, of whose messages `user` sees some.
pub(crate) async fn conference(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    name: &str,
) -> Result<Conversation> {
    let group = GroupId::parse(name)?;
    match groups::membership(m, caller.app.id, &group, user).await? {
        groups::Membership::Member { .. } => Ok(Conversation::Group(group)),
        groups::Membership::NotMember => Err(Refusal::NotInGroup.into()),
        groups::Membership::NoGroup => {
            let thread = threads::seen_by(m, caller, Some(user), group.as_str()).await?;
            let unknown = || Refusal::GroupNotFound { group: group.to_string() };
            Ok(Conversation::Thread(thread.ok_or_else(unknown)?.id.clone()))
        }
    }
}

/// The id after which `reader` may read in a conversation; `None` if it takes no part.
async fn floor(
    m: &Messaging,
    app: &App,
    reader: &UserId,
    conversation: &Conversation,
) -> Result<Option<MessageId>> {
    let created = match conversation {
        Conversation::Single(a, b) if a == reader || b == reader => {
            let user = users::facts(m, app.id, reader).await?;
            user.map(|user| user.created)
        }
        Conversation::Group(group) => {
            let membership = groups::membership(m, app.id, group, reader).await?;
            if !matches!(membership, groups::Membership::Member { .. }) {
                return Ok(None);
            }
            let found = hongyan_store::groups::find(m.store(), app.id, group).await?;
            found.map(|group| group.created)
        }
        Conversation::Room(room) => {
            let membership = rooms::membership(m, app.id, room, reader).await?;
            if !matches!(membership, rooms::Membership::Member { .. }) {
                return Ok(None);
            }
            let found = hongyan_store::rooms::find(m.store(), app.id, room).await?;
            found.map(|room| room.created)
        }
        // Whoever is in the group sees its threads, too.
        Conversation::Thread(id) if app.enabled(Feature::Thread) => {
            let Some(thread) = threads::facts(m, app.id, id).await? else { return Ok(None) };
            let membership = groups::membership(m, app.id, &thread.group, reader).await?;
            matches!(membership, groups::Membership::Member { .. }).then_some(thread.created)
        }
        Conversation::Single(..) | Conversation::Thread(_) | Conversation::System(_) => None,
    };
    Ok(created.map(IdGenerator::floor))
}
