//! What a client sends: messages, receipts, recalls, edits.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{BufMut, Bytes, BytesMut};
use hongyan_model::{
    App, AppId, Audience, Caller, ConversationKey, DeviceId, EntryFlags, EntryKind, Fault, Feature,
    MessageId, Muc, NewEntry, Refusal, Result, Timestamp, UserId,
};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::meta::{NameSpace, RouteType};
use hongyan_msync::proto::{Jid, MessageBody, Meta, content};
use hongyan_msync::{Message, meta};
use hongyan_store::{Appended, PendingAppend};
use tokio::task::JoinHandle;

use super::screening::{self, Candidate, Screened, Untold};
use super::target::Target;
use super::{Priority, edit, jid, recall, receipts, thread_mark};
use crate::{Messaging, blocks, contacts, moderation, mutes, rooms};

/// A stored message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    /// Message id.
    pub id: MessageId,
    /// Server time.
    pub timestamp: Timestamp,
    /// Where it went.
    pub conversation: ConversationKey,
    /// Its position there.
    pub seq: u64,
    /// What its sender is told beside: of an edit, what became of the message (JSON).
    pub told: Option<String>,
}

/// A message on its way to the disk; resolves when it is durable.
#[must_use = "a message is only known to be stored when this resolves"]
pub struct PendingSend(Stage);

enum Stage {
    Append { conversation: ConversationKey, append: PendingAppend, reads: Option<Reading> },
    Follow(JoinHandle<Result<Sent>>),
}

/// What the sender has read, once its receipt is stored.
struct Reading {
    m: Messaging,
    app: AppId,
    user: UserId,
    /// Up to here; `None`: up to the receipt itself.
    up_to: Option<MessageId>,
}

impl PendingSend {
    /// Something is left to do once it is durable. It is done, also when nobody waits for it any more: a client that closes
    /// its connection escapes nothing.
    pub(super) fn follow(rest: impl Future<Output = Result<Sent>> + Send + 'static) -> Self {
        Self(Stage::Follow(tokio::spawn(rest)))
    }
}

impl Future for PendingSend {
    type Output = Result<Sent>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Stage::Append { conversation, append, reads } => {
                Pin::new(append).poll(cx).map(|appended| {
                    let Appended { id, seq, timestamp, .. } = appended?;
                    if let Some(Reading { m, app, user, up_to }) = reads.take() {
                        let read = up_to.map_or(id, |up_to| up_to.min(id));
                        m.0.reading.moved(app, &user, conversation, read);
                    }
                    Ok(Sent { id, timestamp, conversation: conversation.clone(), seq, told: None })
                })
            }
            Stage::Follow(rest) => Pin::new(rest).poll(cx).map(|ended| match ended {
                Ok(sent) => sent,
                Err(error) => {
                    Err(Fault::new("what follows a message was not done", error.to_string()).into())
                }
            }),
        }
    }
}

/// Admits an uplink of the CHAT name space and queues it for the log.
///
/// Calls of one session in order are stored in order. `caller` is a user with a device; what the
/// client says of its own identity inside the message is replaced by the caller's.
#[tracing::instrument(name = "message", skip_all)]
pub async fn submit(m: &Messaging, caller: &Caller, mut uplink: Meta) -> Result<PendingSend> {
    let sender = caller.user().ok_or(Refusal::NotPermitted)?.clone();
    let mut payload = uplink.payload.clone().unwrap_or_default();
    if payload.len() > caller.app.most(Feature::MessageBytesMax) {
        return Err(Refusal::MessageTooLarge.into());
    }
    let mut body = MessageBody::decode(payload.clone())
        .map_err(|error| Refusal::Invalid { name: "payload", why: error.to_string() })?;
    let target = Target::admit(m, caller, &sender, uplink.to.as_ref(), &body).await?;
    if !matches!(body.r#type(), BodyType::ReadAck | BodyType::DeliverAck | BodyType::ChannelAck) {
        target.admit_change(m, caller.app.id).await?;
    }
    let blocked = match &target {
        Target::User(user) => blocks::is_blocked(m, &caller.app, user, &sender).await?,
        Target::Muc(..) | Target::Thread(..) => false,
    };

    let (mut recalls, mut reads, mut untold) = (None, None, None);
    let (kind, audience) = match body.r#type() {
        BodyType::Chat | BodyType::Groupchat | BodyType::Chatroom if blocked => {
            return Err(Refusal::Blocked.into());
        }
        BodyType::Chat | BodyType::Groupchat | BodyType::Chatroom => {
            mutes::admit(m, &caller.app, &sender, target.chat_kind()).await?;
            admit_stranger(m, caller, &sender, &target).await?;
            target.admit_speech(m, &caller.app, &sender).await?;
            let candidate = candidate(caller, &sender, &target, &body)?;
            let in_chat = !matches!(target, Target::User(_));
            let directed = in_chat && !uplink.directed_users.is_empty();
            let (screened, found) = screening::of_client(m, candidate, directed).await?;
            let place = (&sender, target.name(), target.chat_type());
            untold = Untold::new(m, &caller.app, place, found);
            match screened {
                Screened::Unchanged => {}
                Screened::Changed(changed, priority) => {
                    body = *changed;
                    payload = body.encode_to_vec().into();
                    if let Some(priority) = priority {
                        priority.set(&mut uplink.ext);
                    }
                }
                Screened::Dropped(id) => return Ok(pretended(m, &target, &sender, id)),
            }
            (message_kind(&body)?, message_audience(&caller.app, &uplink, &sender, &target)?)
        }
        BodyType::ReadAck => match &target {
            Target::User(_) => (EntryKind::ReadAck, receipt_audience(blocked, &sender)),
            Target::Muc(Muc::Room(_), _) => {
                let why = "no read receipts in chat rooms".into();
                return Err(Refusal::Invalid { name: "type", why }.into());
            }
            Target::Muc(Muc::Group(_), _) | Target::Thread(..) => {
                let here = target.conversation(&sender).key();
                let read = receipts::admit_group_read(m, caller, &here, &body).await?;
                reads = Some(read.id);
                (EntryKind::ReadAck, Audience::Only(vec![read.author]))
            }
        },
        // Nobody else would hear of it.
        BodyType::DeliverAck if blocked => (EntryKind::DeliverAck, Audience::Only(Vec::new())),
        BodyType::DeliverAck => (EntryKind::DeliverAck, only_peer(&target)?),
        BodyType::ChannelAck => {
            // A read group, room or thread concerns nobody but the reader's other devices.
            let audience = match &target {
                Target::User(_) => receipt_audience(blocked, &sender),
                Target::Muc(..) | Target::Thread(..) => Audience::Only(vec![sender.clone()]),
            };
            (EntryKind::ChannelAck, audience)
        }
        BodyType::Recall => {
            mutes::admit(m, &caller.app, &sender, target.chat_kind()).await?;
            let recalled = recall::admit(m, caller, &sender, &target, &body).await?;
            recalls = Some(recalled.id);
            let audience = match recalled.again {
                true => Audience::Only(Vec::new()),
                false => recalled.audience,
            };
            (EntryKind::Recall, audience)
        }
        BodyType::Edit if blocked => return Err(Refusal::Blocked.into()),
        BodyType::Edit => {
            // A new content is spoken like a message.
            mutes::admit(m, &caller.app, &sender, target.chat_kind()).await?;
            admit_stranger(m, caller, &sender, &target).await?;
            target.admit_speech(m, &caller.app, &sender).await?;
            let candidate = candidate(caller, &sender, &target, &body)?;
            match screening::of_client(m, candidate, false).await?.0 {
                Screened::Unchanged => {}
                Screened::Changed(changed, _) => {
                    body = *changed;
                    uplink.payload = Some(body.encode_to_vec().into());
                }
                Screened::Dropped(id) => return Ok(pretended(m, &target, &sender, id)),
            }
            return edit::submit(m, caller, &sender, &target, uplink, &body).await;
        }
        BodyType::Normal => {
            return Err(Refusal::Invalid { name: "type", why: "0 is no message".into() }.into());
        }
    };
    let online_only = uplink.routetype() == RouteType::RouteOnline && kind.is_message();
    let mut flags = if online_only { EntryFlags::ONLINE_ONLY } else { EntryFlags::default() };
    if let Target::Muc(Muc::Room(room), role) = &target
        && kind.is_message()
    {
        let (from, says) = ((&sender, *role), Priority::of(&uplink.ext));
        flags = flags.with(rooms::keeps_back(m, caller, room, from, says).await?);
    }

    let conversation = target.conversation(&sender).key();
    let up_to = match kind {
        EntryKind::ChannelAck => Some(None),
        EntryKind::ReadAck => body.ack_message_id.map(|id| Some(MessageId(id))),
        _ => None,
    };
    let reading = |up_to| Reading { m: m.clone(), app: caller.app.id, user: sender.clone(), up_to };
    let reads_up_to = up_to.filter(|_| conversation.is_listed()).map(reading);
    let payload = match kind.is_message() {
        true => {
            let asked_for = receipts::asked_for(m, &caller.app, &target, payload, &body).await?;
            thread_mark::marked(asked_for, &body, target.thread())
        }
        false => receipts::without_ext(payload, &body),
    };
    let stored = Meta {
        from: Some(jid::user(&caller.app, &sender, caller.device.as_ref())),
        to: Some(target.jid(caller)),
        ns: Some(NameSpace::Chat as i32),
        payload: Some(with_identity(payload, &body, &sender, &target)),
        routetype: uplink.routetype,
        ext: uplink.ext,
        ..Meta::default()
    };
    let entry = NewEntry {
        app: caller.app.id,
        conversation: conversation.clone(),
        kind,
        flags,
        sender,
        device: caller.device.clone(),
        client_id: uplink.id,
        audience,
        meta: meta::to_stored(stored),
        recalls,
        edits: None,
        reads,
        unroamed: Vec::new(),
    };
    let is_examined =
        moderation::is_examined_later(&caller.app, kind, (target.chat_type(), target.name()));
    let append = m.store().log().append(entry).await?;
    let pending = if is_examined {
        examined_later(m, caller.app.id, conversation, append)
    } else if let Some(recalled) = recalls {
        PendingSend::follow(recall::follow(m, caller, recalled, conversation, append))
    } else {
        PendingSend(Stage::Append { conversation, append, reads: reads_up_to })
    };
    Ok(match untold {
        Some(untold) => told_later(pending, untold),
        None => pending,
    })
}

/// A message is only acknowledged when it is told what was found in it.
fn told_later(pending: PendingSend, mut untold: Untold) -> PendingSend {
    PendingSend::follow(async move {
        match pending.await {
            Ok(sent) => {
                untold.stored(sent.id);
                untold.tell().await?;
                Ok(sent)
            }
            Err(error) => {
                untold.forget();
                Err(error)
            }
        }
    })
}

/// A message is only acknowledged when it is sure to be examined.
fn examined_later(
    m: &Messaging,
    app: AppId,
    conversation: ConversationKey,
    append: PendingAppend,
) -> PendingSend {
    let m = m.clone();
    PendingSend::follow(async move {
        let Appended { id, seq, timestamp, .. } = append.await?;
        moderation::examine_later(&m, app, id).await?;
        Ok(Sent { id, timestamp, conversation, seq, told: None })
    })
}

fn candidate<'a>(
    caller: &'a Caller,
    sender: &'a UserId,
    target: &'a Target,
    body: &'a MessageBody,
) -> Result<Candidate<'a>> {
    let is_edit = body.r#type() == BodyType::Edit;
    Ok(Candidate {
        app: &caller.app,
        sender,
        to: target.name(),
        chat: target.chat_type(),
        kind: message_kind(body)?,
        edits: is_edit.then_some(MessageId(body.edit_message_id.unwrap_or_default())),
        body,
    })
}

/// The answer to a message that is not sent, as if it were.
fn pretended(m: &Messaging, target: &Target, sender: &UserId, id: MessageId) -> PendingSend {
    let (timestamp, conversation) = (m.clock().now(), target.conversation(sender).key());
    let sent = Sent { id, timestamp, conversation, seq: 0, told: None };
    PendingSend::follow(async { Ok(sent) })
}

/// Where the app wants it, only contacts write to each other; the app itself, notes to oneself and groups are free.
async fn admit_stranger(
    m: &Messaging,
    caller: &Caller,
    sender: &UserId,
    target: &Target,
) -> Result<()> {
    let Target::User(user) = target else { return Ok(()) };
    let free =
        !caller.app.enabled(Feature::FriendCheck) || user == sender || *user == UserId::admin();
    if free || contacts::are_contacts(m, caller.app.id, sender, user).await? {
        return Ok(());
    }
    Err(Refusal::NotContact.into())
}

/// A receipt to somebody who has blocked its sender is answered like any other, and kept from them.
fn receipt_audience(blocked: bool, sender: &UserId) -> Audience {
    if blocked { Audience::Only(vec![sender.clone()]) } else { Audience::All }
}

pub(super) fn message_kind(body: &MessageBody) -> Result<EntryKind> {
    use content::Type;
    // Clients only receive them: the customer's server writes streamed messages.
    if body.stream.is_some() {
        let why = "streamed messages come from the app's server".to_owned();
        return Err(Refusal::Invalid { name: "stream", why }.into());
    }
    let content = body.contents.first().ok_or(Refusal::Missing { name: "contents" })?;
    Ok(match content.r#type() {
        // A combined message is a text with an explicit sub-type 0 (docs/protocol.md, "Traps" 4).
        Type::Text if content.sub_type == Some(0) => EntryKind::Combine,
        Type::Text => EntryKind::Text,
        Type::Image => EntryKind::Image,
        Type::Video => EntryKind::Video,
        Type::Location => EntryKind::Location,
        Type::Voice => EntryKind::Voice,
        Type::File => EntryKind::File,
        Type::Command => EntryKind::Command,
        Type::Custom => EntryKind::Custom,
        Type::Combine => EntryKind::Combine,
    })
}

fn message_audience(
    app: &App,
    uplink: &Meta,
    sender: &UserId,
    target: &Target,
) -> Result<Audience> {
    if let Target::User(user) = target {
        let device = uplink.to.as_ref().and_then(|to| to.client_resource.as_deref());
        return Ok(match device.filter(|device| !device.is_empty()) {
            Some(device) => Audience::Device(user.clone(), DeviceId::parse(device)?),
            None => Audience::All,
        });
    }
    if uplink.directed_users.is_empty() {
        return Ok(Audience::All);
    }
    let limit = app.most(Feature::DirectedUsersMax);
    if uplink.directed_users.len() > limit {
        return Err(Refusal::TooMany { name: "directed users", limit }.into());
    }
    let mut users = vec![sender.clone()];
    for name in &uplink.directed_users {
        let user = UserId::parse(name)?;
        if !users.contains(&user) {
            users.push(user);
        }
    }
    Ok(Audience::Only(users))
}

fn only_peer(target: &Target) -> Result<Audience> {
    match target {
        Target::User(user) => Ok(Audience::Only(vec![user.clone()])),
        Target::Muc(..) | Target::Thread(..) => {
            let why = "no delivery receipts in groups and chat rooms".into();
            Err(Refusal::Invalid { name: "type", why }.into())
        }
    }
}

/// The body with the true sender and receiver; unchanged bytes where the client told the truth.
///
/// A later protobuf field wins over an earlier one, so the true values are appended: whatever else
/// the body holds, known to us or not, travels untouched.
fn with_identity(payload: Bytes, body: &MessageBody, sender: &UserId, target: &Target) -> Bytes {
    let is = |jid: &Option<Jid>, name: &str| *jid == Some(jid::bare(name));
    if is(&body.from, sender.as_str()) && is(&body.to, target.name()) {
        return payload;
    }
    let identity = MessageBody {
        from: Some(jid::bare(sender.as_str())),
        to: Some(jid::bare(target.name())),
        ..MessageBody::default()
    };
    let mut bytes = BytesMut::with_capacity(payload.len() + identity.encoded_len());
    bytes.put_slice(&payload);
    bytes.put_slice(&identity.encode_to_vec());
    bytes.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_cannot_write_in_another_name() {
        let lie = MessageBody { from: Some(jid::bare("mallory")), ..MessageBody::default() };
        let bytes = Bytes::from(lie.encode_to_vec());
        let (alice, bob) = (UserId::from_trusted("alice"), UserId::from_trusted("bob"));
        let target = Target::User(bob);
        let sent = MessageBody::decode(with_identity(bytes, &lie, &alice, &target)).unwrap();
        assert_eq!(sent.from.unwrap().name.as_deref(), Some("alice"));
        assert_eq!(sent.to.unwrap().name.as_deref(), Some("bob"));
    }

    #[test]
    fn true_bytes_travel_unchanged() {
        let honest = MessageBody {
            from: Some(jid::bare("alice")),
            to: Some(jid::bare("bob")),
            ..MessageBody::default()
        };
        // Field 100, unknown to this version.
        let mut bytes = honest.encode_to_vec();
        bytes.extend([0xa0, 0x06, 0x07]);
        let bytes = Bytes::from(bytes);
        let body = MessageBody::decode(bytes.clone()).unwrap();
        let (alice, bob) = (UserId::from_trusted("alice"), UserId::from_trusted("bob"));
        assert_eq!(with_identity(bytes.clone(), &body, &alice, &Target::User(bob)), bytes);
    }
}
