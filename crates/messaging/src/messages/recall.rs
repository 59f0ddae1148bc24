//! Withdrawing a message.

use futures_util::future::BoxFuture;
use hongyan_model::{
    AppId, Audience, Caller, ChatType, Conversation, ConversationKey, EntryFlags, EntryKind,
    Feature, GroupId, LogEntry, MessageId, Muc, NewEntry, Refusal, Result, RoomId, ThreadId,
    UserId,
};
use hongyan_msync::proto::key_value::{Value, ValueType};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::meta::NameSpace;
use hongyan_msync::proto::{Jid, KeyValue, MessageBody, Meta};
use hongyan_msync::{Message, meta};
use hongyan_platform::allowlist;
use hongyan_store::{Appended, PendingAppend, pins, reactions};

use super::send::Sent;
use super::target::Target;
use super::{access, jid, receiver_of};
use crate::messages::require_size;
use crate::users::require_app;
use crate::{Messaging, files};

/// Where a recall carries the words that go with it.
const NOTE: &str = "recallMessageExtensionInfo";

/// A message that may be withdrawn.
pub(super) struct Recallable {
    pub(super) id: MessageId,
    /// It is withdrawn already: the client lost the first answer, and everybody else knows.
    pub(super) again: bool,
    /// Who saw it.
    pub(super) audience: Audience,
}

/// Checks that `sender` may withdraw the message that `body` names.
pub(super) async fn admit(
    m: &Messaging,
    caller: &Caller,
    sender: &UserId,
    target: &Target,
    body: &MessageBody,
) -> Result<Recallable> {
    require_recall(caller)?;
    let id = MessageId(body.ack_message_id.ok_or(Refusal::Missing { name: "ackMessageId" })?);
    let here = target.conversation(sender).key();
    let is_here =
        |found: &LogEntry| found.entry.conversation == here && found.entry.kind.is_message();
    let message = m.store().log().entry(caller.app.id, id).await?;
    let message = message.filter(is_here).ok_or(Refusal::MessageNotFound)?;
    if !access::is_own(m, caller.app.id, sender, &message).await? {
        return Err(Refusal::NotSender.into());
    }
    let age = m.clock().now() - message.timestamp;
    let again = message.entry.flags.contains(EntryFlags::RECALLED);
    if !again && age > caller.app.settings.recall_window_ms {
        return Err(Refusal::RecallTooLate.into());
    }
    Ok(Recallable { id, again, audience: told(&message) })
}

/// Who is told that a message is withdrawn: whom it was directed to, or everybody.
fn told(message: &LogEntry) -> Audience {
    match &message.entry.audience {
        Audience::Only(users) => Audience::Only(users.clone()),
        Audience::All | Audience::Except(_) | Audience::Device(..) => Audience::All,
    }
}

/// Waits for a recall; what hung at the message is gone when it is answered.
pub(super) fn follow(
    m: &Messaging,
    caller: &Caller,
    recalled: MessageId,
    conversation: ConversationKey,
    append: PendingAppend,
) -> BoxFuture<'static, Result<Sent>> {
    let (m, app) = (m.clone(), caller.app.id);
    Box::pin(async move {
        let Appended { id, seq, timestamp, .. } = append.await?;
        clear(&m, app, recalled, &conversation).await?;
        Ok(Sent { id, timestamp, conversation, seq, told: None })
    })
}

/// Removes what others have added to a withdrawn message. After a crash before it, nothing shows what is left.
async fn clear(
    m: &Messaging,
    app: AppId,
    recalled: MessageId,
    conversation: &ConversationKey,
) -> Result<()> {
    reactions::forget_message(m.store(), app, recalled).await?;
    pins::remove(m.store(), app, conversation, recalled).await?;
    Ok(())
}

/// A message that the customer's server withdraws.
#[derive(Clone, Debug)]
pub struct ServerRecall {
    /// Its id.
    pub message: String,
    /// What `to` is.
    pub chat: ChatType,
    /// To whom it was sent: a user, a group (or a thread of one) or a chat room.
    pub to: String,
    /// In whose name the receivers are told; need not exist.
    pub from: String,
    /// Whatever the message's age.
    pub force: bool,
    /// Whether the devices of `from` are told, if it sent the message (one-to-one; groups and chat rooms: always).
    pub sync_device: bool,
    /// What goes with it, for the receivers' apps.
    pub note: Option<String>,
}

/// Withdraws a message of whatever sender, with its attachment; durable when it returns. Repeated, it is nothing.
///
/// Commands cannot be withdrawn: they have been obeyed.
pub async fn recall_from_server(
    m: &Messaging,
    caller: &Caller,
    recall: ServerRecall,
) -> Result<()> {
    require_app(caller)?;
    allowlist::admit(caller, m.clock().now())?;
    require_recall(caller)?;
    require_size(&caller.app, recall.note.as_ref().map_or(0, String::len))?;
    let from = UserId::parse(&recall.from)?;
    let id = recall.message.parse().map(MessageId).map_err(|_| Refusal::MessageNotFound)?;
    let found = m.store().log().entry(caller.app.id, id).await?;
    let is_lasting =
        |found: &LogEntry| found.entry.kind.is_message() && found.entry.kind != EntryKind::Command;
    let message = found.filter(is_lasting).ok_or(Refusal::MessageNotFound)?;
    let to = receiver(&recall, &message)?;
    if message.entry.flags.contains(EntryFlags::RECALLED) {
        return Ok(());
    }
    let age = m.clock().now() - message.timestamp;
    if !recall.force && age > caller.app.settings.rest_recall_window_ms {
        return Err(Refusal::RecallTooLate.into());
    }
    // Before the message is emptied: asked again after a crash in between, both are done.
    end_attachments(m, &message).await?;
    store(m, caller, withdrawal(caller, &recall, from, &to, &message), &message).await
}

/// Ends the files that a message has brought along: those that its sender has uploaded, or the server whose message it
/// is. What somebody else has uploaded was passed on, and stays where it came from.
async fn end_attachments(m: &Messaging, message: &LogEntry) -> Result<()> {
    let entry = &message.entry;
    let envelope = Meta::decode(entry.meta.clone()).unwrap_or_default();
    let body = MessageBody::decode(envelope.payload.unwrap_or_default()).unwrap_or_default();
    let is_of_server = entry.device.is_none();
    for content in &body.contents {
        for address in [content.remote_path(), content.thumbnail_remote_path()] {
            if let Some(file) = files::file_at(address) {
                files::end(m, entry.app, &file, (&entry.sender, is_of_server)).await?;
            }
        }
    }
    Ok(())
}

/// Withdraws a message that should not have been delivered, in its sender's name, so that its devices are told, too:
/// whatever the app has switched off and however old it is.
pub(crate) async fn withdraw(m: &Messaging, caller: &Caller, message: &LogEntry) -> Result<()> {
    let chat = ChatType::of(&message.entry.conversation).ok_or(Refusal::MessageNotFound)?;
    let recall = ServerRecall {
        message: message.id.to_string(),
        chat,
        to: receiver_of(message),
        from: message.entry.sender.to_string(),
        force: true,
        sync_device: true,
        note: None,
    };
    let to = receiver(&recall, message)?;
    let sender = message.entry.sender.clone();
    store(m, caller, withdrawal(caller, &recall, sender, &to, message), message).await
}

/// Durable when it returns.
async fn store(
    m: &Messaging,
    caller: &Caller,
    withdrawal: NewEntry,
    message: &LogEntry,
) -> Result<()> {
    m.store().log().append(withdrawal).await?.await?;
    clear(m, caller.app.id, message.id, &message.entry.conversation).await
}

/// To whom a message was sent.
enum Receiver {
    User(UserId),
    Muc(Muc),
    Thread(ThreadId),
}

/// The receiver that `recall` names, to whom the message was sent indeed.
fn receiver(recall: &ServerRecall, message: &LogEntry) -> Result<Receiver, Refusal> {
    let elsewhere = || Refusal::Invalid { name: "to", why: "can't find msg to".to_owned() };
    let to = match recall.chat {
        ChatType::Single => UserId::parse(&recall.to).map(Receiver::User),
        ChatType::Group if message.entry.conversation.is_thread() => {
            ThreadId::parse(&recall.to).map(Receiver::Thread)
        }
        ChatType::Group => GroupId::parse(&recall.to).map(|group| Receiver::Muc(Muc::Group(group))),
        ChatType::Room => RoomId::parse(&recall.to).map(|room| Receiver::Muc(Muc::Room(room))),
    };
    let to = to.map_err(|_| elsewhere())?;
    let conversation = match &to {
        Receiver::User(user) => Conversation::single(&message.entry.sender, user),
        Receiver::Muc(muc) => muc.conversation(),
        Receiver::Thread(thread) => Conversation::Thread(thread.clone()),
    };
    if conversation.key() == message.entry.conversation { Ok(to) } else { Err(elsewhere()) }
}

/// The entry that withdraws `message`.
fn withdrawal(
    caller: &Caller,
    recall: &ServerRecall,
    from: UserId,
    to: &Receiver,
    message: &LogEntry,
) -> NewEntry {
    let (to, name, audience): (Jid, &str, Audience) = match to {
        Receiver::User(user) => {
            let tells_sender = recall.sync_device && from == message.entry.sender;
            let audience = match tells_sender {
                true => Audience::All,
                false => Audience::Only(vec![user.clone()]),
            };
            (jid::user(&caller.app, user, None), user.as_str(), audience)
        }
        Receiver::Muc(muc) => (jid::muc(&caller.app, muc), muc.id(), told(message)),
        Receiver::Thread(thread) => {
            (jid::thread(&caller.app, thread), thread.as_str(), Audience::All)
        }
    };
    let body = MessageBody {
        r#type: Some(BodyType::Recall as i32),
        from: Some(jid::bare(from.as_str())),
        to: Some(jid::bare(name)),
        ack_message_id: Some(message.id.0),
        ..MessageBody::default()
    };
    let note = recall.note.as_ref().map(|note| KeyValue {
        key: Some(NOTE.to_owned()),
        r#type: Some(ValueType::String as i32),
        value: Some(Value::StringValue(note.clone())),
    });
    let stored = Meta {
        from: Some(jid::user(&caller.app, &from, None)),
        to: Some(to),
        ns: Some(NameSpace::Chat as i32),
        payload: Some(body.encode_to_vec().into()),
        ext: note.into_iter().collect(),
        ..Meta::default()
    };
    NewEntry {
        app: caller.app.id,
        conversation: message.entry.conversation.clone(),
        kind: EntryKind::Recall,
        flags: EntryFlags::default(),
        sender: from,
        device: None,
        client_id: None,
        audience,
        meta: meta::to_stored(stored),
        recalls: Some(message.id),
        edits: None,
        reads: None,
        unroamed: Vec::new(),
    }
}

fn require_recall(caller: &Caller) -> Result<(), Refusal> {
    let feature = Feature::MessageRecall;
    if caller.app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}
