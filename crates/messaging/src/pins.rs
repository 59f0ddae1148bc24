//! Pinned messages: what everybody in a conversation finds at its top. Whoever takes part may pin and unpin.

use hongyan_model::limits::PIN_PAGE;
use hongyan_model::{
    AppId, Audience, Caller, ChatType, Conversation, EntryFlags, Feature, LogEntry, MessageId,
    Refusal, Result, RoomId, Timestamp, UserId,
};
use hongyan_store::pins as stored;
use hongyan_store::pins::Pin;
use serde_json::json;

use crate::messages::access::{self, Visible};
use crate::messages::{annotations, events, receiver_of};
use crate::page::{Page, decode_cursor, encode_cursor};
use crate::{Messaging, blocks, groups, rooms, users};

/// Which conversation, as its user calls it.
#[derive(Clone, Debug)]
pub struct PinPlace {
    /// What `to` is.
    pub chat: ChatType,
    /// The other user, the group, the thread or the chat room.
    pub to: String,
}

/// A pinned message.
#[derive(Clone, Debug)]
pub struct PinnedMessage {
    /// The message, with what was added to it.
    pub message: LogEntry,
    /// Who pinned it last.
    pub operator: UserId,
    /// When (Unix ms).
    pub pinned: Timestamp,
}

/// Pins a message and tells everybody who takes part. A pinned message becomes the pin of who pins it again.
pub async fn pin(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    place: &PinPlace,
    message: &str,
) -> Result<()> {
    let (user, conversation, found) = admit(m, caller, user, place, message).await?;
    let found = found.ok_or(Refusal::MessageNotFound)?;
    let message = found.message.id;
    let _turn = m.0.turns.take(message).await;
    let pin = Pin { message, operator: user, pinned: m.clock().now() };
    let (app, key) = (caller.app.id, conversation.key());
    let most = caller.app.quota(Feature::PinsMax);
    let mut done = stored::add(m.store(), app, &key, &pin, most).await?;
    if !done && drop_gone(m, app, &conversation).await? {
        done = stored::add(m.store(), app, &key, &pin, most).await?;
    }
    if !done {
        return Err(Refusal::QuotaExceeded { feature: Feature::PinsMax }.into());
    }
    // A recall that was faster has found no pin.
    if is_gone(m, app, message).await? {
        stored::remove(m.store(), app, &key, message).await?;
        return Err(Refusal::MessageNotFound.into());
    }
    announce(m, caller, &pin, &found, "pin").await;
    Ok(())
}

/// Unpins a message, whoever pinned it, and tells everybody who takes part.
pub async fn unpin(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    place: &PinPlace,
    message: &str,
) -> Result<()> {
    let (user, conversation, found) = admit(m, caller, user, place, message).await?;
    let found = found.ok_or(Refusal::MessageNotFound)?;
    let message = found.message.id;
    let _turn = m.0.turns.take(message).await;
    if !stored::remove(m.store(), caller.app.id, &conversation.key(), message).await? {
        return Err(Refusal::MessageNotFound.into());
    }
    let pin = Pin { message, operator: user, pinned: m.clock().now() };
    announce(m, caller, &pin, &found, "pin_delete").await;
    Ok(())
}

/// Pinned messages of a conversation that `user` may see, the newest pin first: a page of at most 50.
pub async fn page(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    place: &PinPlace,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<PinnedMessage>> {
    let (user, conversation) = place_of(m, caller, user, place).await?;
    let after = cursor.map(|cursor| decode_cursor(cursor, position_from_key)).transpose()?;
    let limit = limit.clamp(1, PIN_PAGE);
    let (app, key) = (&caller.app, conversation.key());
    let pins = stored::page(m.store(), app.id, &key, after, limit + 1).await?;
    let more = pins.len() > limit;
    let shown = &pins[..pins.len().min(limit)];
    let last = shown.last().filter(|_| more);
    let cursor = last.map(|pin| encode_cursor(&format!("{} {}", pin.pinned, pin.message)));
    let mut items = Vec::with_capacity(shown.len());
    for pin in shown {
        // A place in the list that this reader does not see is passed over.
        let found = access::visible(m, app, &user, &pin.message.to_string()).await?;
        let Some(Visible { message, .. }) = found else { continue };
        items.push(PinnedMessage { message, operator: pin.operator.clone(), pinned: pin.pinned });
    }
    let messages: Vec<LogEntry> = items.iter().map(|pin| pin.message.clone()).collect();
    let mut added = annotations::of(m, caller, &user, &messages).await?;
    for PinnedMessage { message, .. } in &mut items {
        if let Some(added) = added.remove(&message.id) {
            message.entry.meta = annotations::annotated(&message.entry.meta, added);
        }
    }
    Ok(Page { items, cursor })
}

/// Who acts, where, and on which message, if there is such a one in that conversation.
async fn admit(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    place: &PinPlace,
    message: &str,
) -> Result<(UserId, Conversation, Option<Visible>)> {
    let (user, conversation) = place_of(m, caller, user, place).await?;
    groups::require_open(m, caller, &conversation).await?;
    if message.parse::<u64>().is_err() {
        let why = "not a message id".to_owned();
        return Err(Refusal::Invalid { name: "pin_msg_id", why }.into());
    }
    for peer in conversation.owners().iter().filter(|owner| **owner != user) {
        if blocks::is_blocked(m, &caller.app, peer, &user).await? {
            return Err(Refusal::Blocked.into());
        }
    }
    let found = access::visible(m, &caller.app, &user, message).await?;
    let found = found.filter(|found| found.is_kept() && found.conversation == conversation);
    Ok((user, conversation, found))
}

/// Who acts, and the conversation, in which it takes part.
async fn place_of(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    place: &PinPlace,
) -> Result<(UserId, Conversation)> {
    let user = users::subject(m, caller, user).await?;
    let feature = Feature::MessagePin;
    if !caller.app.enabled(feature) {
        return Err(Refusal::FeatureDisabled { feature }.into());
    }
    let app = caller.app.id;
    let conversation = match place.chat {
        ChatType::Single => Conversation::single(&user, &UserId::parse(&place.to)?),
        ChatType::Group => access::conference(m, caller, &user, &place.to).await?,
        ChatType::Room => {
            let room = RoomId::parse(&place.to)?;
            match rooms::membership(m, app, &room, &user).await? {
                rooms::Membership::Member { .. } => Conversation::Room(room),
                rooms::Membership::NotMember => {
                    let users = vec![user.to_string()];
                    return Err(Refusal::NotMembers { users }.into());
                }
                rooms::Membership::NoRoom => {
                    return Err(Refusal::RoomNotFound { room: room.to_string() }.into());
                }
            }
        }
    };
    Ok((user, conversation))
}

/// Unpins what was recalled while nobody could unpin it (a crash in between); whether there was some.
async fn drop_gone(m: &Messaging, app: AppId, conversation: &Conversation) -> Result<bool> {
    let key = conversation.key();
    let mut dropped = false;
    for pin in stored::page(m.store(), app, &key, None, usize::MAX).await? {
        if is_gone(m, app, pin.message).await? {
            dropped |= stored::remove(m.store(), app, &key, pin.message).await?;
        }
    }
    Ok(dropped)
}

async fn is_gone(m: &Messaging, app: AppId, message: MessageId) -> Result<bool> {
    let found = m.store().log().entry(app, message).await?;
    Ok(found.is_none_or(|message| message.entry.flags.contains(EntryFlags::RECALLED)))
}

/// Tells of a change that is committed, so a failure is only logged. Costs one entry, whoever takes part.
async fn announce(m: &Messaging, caller: &Caller, pin: &Pin, found: &Visible, op: &str) {
    let Visible { message, conversation } = found;
    let (id, kind) = match conversation {
        Conversation::Group(group) => (group.to_string(), "groupchat"),
        Conversation::Room(room) => (room.to_string(), "chatroom"),
        Conversation::Thread(thread) => (thread.to_string(), "groupchat"),
        Conversation::Single(..) | Conversation::System(_) => {
            let to = receiver_of(message);
            let peer =
                if to == pin.operator.as_str() { message.entry.sender.to_string() } else { to };
            (peer, "chat")
        }
    };
    let notification = json!({
        "type": "conv",
        "data": {
            "op": op,
            "id": id,
            "type": kind,
            "from": pin.operator.as_str(),
            "res": caller.device.as_ref().map(|device| device.as_str()).unwrap_or_default(),
            "ext": pin.message.to_string(),
            "ts": pin.pinned,
        },
    });
    let sender = (&pin.operator, caller.device.as_ref());
    let audience = match conversation {
        Conversation::Single(..) => Audience::All,
        _ => message.entry.audience.clone(),
    };
    let posted =
        events::post_notify_in(m, &caller.app, sender, conversation, audience, &notification).await;
    if let Err(error) = posted {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        let message = pin.message;
        tracing::error!(%message, %error, source, "a pin changed but nobody could be told");
    }
}

fn position_from_key(key: &str) -> Option<(Timestamp, MessageId)> {
    let (pinned, message) = key.split_once(' ')?;
    Some((pinned.parse().ok()?, MessageId(message.parse().ok()?)))
}
