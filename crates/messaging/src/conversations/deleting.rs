//! Deleting for oneself: messages, what is older than some moment, conversations, everything.
//!
//! The others keep what they have. Devices that have not received a deleted message yet do not get it any more.

use hongyan_model::limits::DELETION_BATCH;
use hongyan_model::{
    Caller, ChatType, Conversation, Feature, GroupId, IdGenerator, MessageId, Refusal, Result,
    RoomId, ThreadId, Timestamp, UserId,
};
use hongyan_store::conversations::{self as stored, Kept};

use super::announce::{self, Change};
use super::{named, require_list, require_roaming};
use crate::Messaging;
use crate::rooms::{self, Membership};
use crate::threads;
use crate::users::subject;

/// Takes a conversation off the user's list until something new is said, with pin and marks; `history` deletes what
/// was said, too. One that is not on the list is none any more.
pub async fn delete(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    (chat, name): (ChatType, &str),
    history: bool,
) -> Result<()> {
    let user = subject(m, caller, user).await?;
    require_list(caller)?;
    let conversation = named(&user, chat, name)?;
    let (app, now) = (caller.app.id, m.ids().next(m.clock().now()));
    stored::remove(m.store(), app, &user, &conversation.key(), now, history).await?;
    m.0.deletions.forget(app, &user);
    announce::changed(m, caller, &user, &conversation, Change::Deleted).await;
    Ok(())
}

/// Deletes single messages of a conversation, at most 50 in one call. Ids that name no message there mean nothing.
pub async fn delete_messages(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    (chat, name): (ChatType, &str),
    messages: &[String],
    notify: bool,
) -> Result<()> {
    let user = subject(m, caller, user).await?;
    require_roaming(caller)?;
    if messages.is_empty() {
        return Err(Refusal::Missing { name: "msgIdList" }.into());
    }
    if messages.len() > DELETION_BATCH {
        return Err(Refusal::TooMany { name: "msg list", limit: DELETION_BATCH }.into());
    }
    let app = caller.app.id;
    let conversation = place(m, caller, &user, chat, name).await?;
    let key = conversation.key();
    let ids = messages.iter().filter_map(|id| id.parse().ok().map(MessageId)).collect();
    let found = m.store().log().entries(app, ids).await?;
    let here = found.iter().filter(|found| found.entry.conversation == key);
    let here: Vec<MessageId> =
        here.filter(|found| found.entry.kind.is_message()).map(|e| e.id).collect();
    if here.is_empty() {
        return Ok(());
    }
    // What nobody can read any more need not be hidden.
    let days = caller.app.days(Feature::MsgStorageDays);
    let days = days.max(caller.app.days(Feature::RoomMsgStorageDays));
    let gone = IdGenerator::floor(m.clock().now().saturating_sub(days));
    let limit = caller.app.most(Feature::DeletedMessagesMax);
    let kept = stored::hide(m.store(), app, &user, &key, &here, (limit, gone)).await?;
    m.0.deletions.forget(app, &user);
    if kept == Kept::Full {
        return Err(Refusal::ListFull { list: "deleted messages", limit }.into());
    }
    if notify {
        announce::messages_deleted(m, caller, &user, &conversation).await;
    }
    Ok(())
}

/// Deletes what was said in a conversation before `time` (Unix ms).
pub async fn delete_before(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    (chat, name): (ChatType, &str),
    time: Timestamp,
    notify: bool,
) -> Result<()> {
    let user = subject(m, caller, user).await?;
    require_roaming(caller)?;
    let app = caller.app.id;
    let conversation = place(m, caller, &user, chat, name).await?;
    // What is yet to be said stays, whatever the client's clock says.
    let until = IdGenerator::floor(time).min(m.ids().next(m.clock().now()));
    stored::hide_until(m.store(), app, &user, &conversation.key(), until).await?;
    m.0.deletions.forget(app, &user);
    if notify {
        announce::messages_deleted(m, caller, &user, &conversation).await;
    }
    Ok(())
}

/// Deletes everything that was said to the user, and empties its list of conversations. The SDK has no event for it.
pub async fn delete_all(m: &Messaging, caller: &Caller, user: &str) -> Result<()> {
    let user = subject(m, caller, user).await?;
    require_roaming(caller)?;
    let (app, now) = (caller.app.id, m.ids().next(m.clock().now()));
    stored::remove_all(m.store(), app, &user, now).await?;
    m.0.deletions.forget(app, &user);
    Ok(())
}

/// The conversation whose messages are deleted. A group may be a thread or a chat room: the SDK calls them all groups.
async fn place(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    chat: ChatType,
    name: &str,
) -> Result<Conversation> {
    if chat != ChatType::Single
        && let Ok(thread) = ThreadId::parse(name)
        && threads::facts(m, caller.app.id, &thread).await?.is_some()
    {
        return Ok(Conversation::Thread(thread));
    }
    if chat != ChatType::Single
        && let Ok(room) = RoomId::parse(name)
        && rooms::membership(m, caller.app.id, &room, user).await? != Membership::NoRoom
    {
        return Ok(Conversation::Room(room));
    }
    match chat {
        ChatType::Single => Ok(named(user, chat, name)?),
        ChatType::Group | ChatType::Room => Ok(Conversation::Group(GroupId::parse(name)?)),
    }
}
