//! What became of one message at each of its recipients.

use std::collections::HashMap;

use hongyan_model::limits::LIVE_QUERY_PAGE;
use hongyan_model::{
    AppId, Audience, Caller, Conversation, DeviceId, EntryKind, IdGenerator, LogEntry, MessageId,
    Refusal, Result, Timestamp, UserId,
};
use hongyan_msync::Message;
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::{MessageBody, Meta};
use hongyan_store::{DeviceProgress, HistoryFilter};

use super::TracedMessage;
use crate::page::Page;
use crate::users::require_app;
use crate::{Messaging, circles, devices, users};

/// Receipts looked at for the one that says that a message was read.
const RECEIPTS: usize = 500;

/// A message and where it went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TraceDetail {
    /// The message.
    pub message: TracedMessage,
    /// Users who have confirmed to have read it; of groups and threads only.
    pub readers: u64,
    /// Its recipients, but not its sender; `None` in chat rooms, which keep no account of them.
    pub recipients: Option<Page<Recipient>>,
}

/// A recipient of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recipient {
    /// Who.
    pub user: UserId,
    /// What became of it there.
    pub state: RecipientState,
    /// When it was read (Unix ms), if that was confirmed.
    pub read: Option<Timestamp>,
    /// Its devices, the one seen last first.
    pub devices: Vec<TracedDevice>,
}

/// How far a message has come with a recipient.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecipientState {
    /// A device has it, or, if it was withdrawn or only for those who were there, has passed it by.
    Delivered,
    /// It waits for a device.
    Waiting,
    /// The user is in the group or thread no more, and will not get it.
    NotMember,
    /// There was no such user.
    NoUser,
}

/// A device of a recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TracedDevice {
    /// Which.
    pub device: DeviceId,
    /// Whether it has acknowledged the message.
    pub delivered: bool,
    /// When it last logged in (Unix ms).
    pub last_seen: Timestamp,
    /// Whether it is connected now.
    pub online: bool,
}

/// What became of a message at each recipient, a page of them at a time; for the app.
pub async fn trace_detail(
    m: &Messaging,
    caller: &Caller,
    id: MessageId,
    cursor: Option<&str>,
    limit: usize,
) -> Result<TraceDetail> {
    require_app(caller)?;
    let app = caller.app.id;
    let found = m.store().log().entry(app, id).await?;
    let found = found.filter(|found| found.imported.is_none());
    let sent = found.ok_or(Refusal::MessageNotFound)?;
    let message = TracedMessage::of(&sent).ok_or(Refusal::MessageNotFound)?;
    // What devices have acknowledged a moment ago counts.
    devices::flush(m).await?;
    let limit = limit.clamp(1, LIVE_QUERY_PAGE);
    let (readers, recipients) = match sent.entry.conversation.conversation() {
        Some(circle @ (Conversation::Group(_) | Conversation::Thread(_))) => {
            let readers = m.store().log().readers(app, id).await?;
            (readers, Some(of_circle(m, caller, &sent, &circle, cursor, limit).await?))
        }
        Some(Conversation::Room(_)) => (0, None),
        _ => (0, Some(Page { items: of_single(m, app, &sent).await?, cursor: None })),
    };
    Ok(TraceDetail { message, readers, recipients })
}

async fn of_single(m: &Messaging, app: AppId, sent: &LogEntry) -> Result<Vec<Recipient>> {
    let owners = sent.entry.conversation.conversation().map(|c| c.owners()).unwrap_or_default();
    let is_recipient = |user: &UserId| *user != sent.entry.sender && may_see(sent, user);
    let mut recipients = Vec::new();
    for user in owners.into_iter().filter(is_recipient) {
        let facts = users::facts(m, app, &user).await?;
        // A later user of the same name is somebody else.
        let was_there = facts.is_some_and(|facts| IdGenerator::floor(facts.created) < sent.id);
        let state = if was_there { RecipientState::Waiting } else { RecipientState::NoUser };
        let read = read_by(m, app, sent, &user).await?;
        recipients.push(Recipient { user, state, read, devices: Vec::new() });
    }
    add_devices(m, app, sent, &mut recipients).await?;
    Ok(recipients)
}

/// Of a group or a thread.
async fn of_circle(
    m: &Messaging,
    caller: &Caller,
    sent: &LogEntry,
    circle: &Conversation,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<Recipient>> {
    let app = caller.app.id;
    let recipient = |user, state| Recipient { user, state, read: None, devices: Vec::new() };
    let mut page = match named(&sent.entry.audience) {
        Some(users) => {
            let mut items = Vec::with_capacity(users.len());
            for user in users.iter().filter(|user| **user != sent.entry.sender) {
                let state = match circles::is_member(m, app, circle, user).await? {
                    true => RecipientState::Waiting,
                    false => RecipientState::NotMember,
                };
                items.push(recipient(user.clone(), state));
            }
            Page { items, cursor: None }
        }
        None => {
            let members = circles::members(m, caller, circle, cursor, limit).await?;
            let concerned = members.items.into_iter().filter(|(user, joined_at)| {
                *joined_at < sent.id && *user != sent.entry.sender && may_see(sent, user)
            });
            let waiting = |user| recipient(user, RecipientState::Waiting);
            let items = concerned.map(|(user, _)| waiting(user)).collect();
            Page { items, cursor: members.cursor }
        }
    };
    let users = page.items.iter().map(|recipient| recipient.user.clone()).collect();
    let readers = m.store().log().readers_among(app, sent.id, users).await?;
    let readers: HashMap<UserId, Timestamp> = readers.into_iter().collect();
    for recipient in &mut page.items {
        recipient.read = readers.get(&recipient.user).copied();
    }
    add_devices(m, app, sent, &mut page.items).await?;
    Ok(page)
}

/// The users whom a message names, if it is for those only.
fn named(audience: &Audience) -> Option<&[UserId]> {
    match audience {
        Audience::All | Audience::Except(_) => None,
        Audience::Only(users) => Some(users),
        Audience::Device(user, _) => Some(std::slice::from_ref(user)),
    }
}

fn may_see(sent: &LogEntry, user: &UserId) -> bool {
    match &sent.entry.audience {
        Audience::All => true,
        Audience::Only(users) => users.contains(user),
        Audience::Except(users) => !users.contains(user),
        Audience::Device(only, _) => only == user,
    }
}

/// Adds the devices that the message is for, and what they say of it.
async fn add_devices(
    m: &Messaging,
    app: AppId,
    sent: &LogEntry,
    recipients: &mut [Recipient],
) -> Result<()> {
    let concerned = recipients.iter().filter(|r| r.state == RecipientState::Waiting);
    let users = concerned.map(|recipient| recipient.user.clone()).collect();
    let progress = m.store().log().progress(app, &sent.entry.conversation, users).await?;
    let mut by_user: HashMap<UserId, Vec<DeviceProgress>> = HashMap::new();
    let is_for = |device: &DeviceProgress| match &sent.entry.audience {
        Audience::Device(_, only) => device.device == *only,
        _ => device.base < sent.id,
    };
    for device in progress.into_iter().filter(is_for) {
        by_user.entry(device.user.clone()).or_default().push(device);
    }
    for recipient in recipients {
        let Some(devices) = by_user.remove(&recipient.user) else { continue };
        let online = m.router().devices(app, &recipient.user);
        let traced = devices.into_iter().map(|device| TracedDevice {
            delivered: device.cursor.is_some_and(|cursor| cursor >= sent.seq),
            last_seen: device.last_seen,
            online: online.contains(&device.device),
            device: device.device,
        });
        recipient.devices = traced.collect();
        if recipient.devices.iter().any(|device| device.delivered) {
            recipient.state = RecipientState::Delivered;
        }
    }
    Ok(())
}

/// When `reader` has confirmed to have read a one-to-one message, or the conversation with it.
async fn read_by(
    m: &Messaging,
    app: AppId,
    sent: &LogEntry,
    reader: &UserId,
) -> Result<Option<Timestamp>> {
    let filter = HistoryFilter {
        oldest_first: true,
        limit: RECEIPTS,
        kinds: vec![EntryKind::ReadAck, EntryKind::ChannelAck],
        sender: Some(reader.clone()),
        from: Some(sent.seq),
        ..HistoryFilter::default()
    };
    let receipts = m.store().log().history(app, &sent.entry.conversation, filter).await?;
    let says_so = |receipt: &&LogEntry| {
        receipt.entry.kind == EntryKind::ChannelAck || acknowledged(receipt) == Some(sent.id)
    };
    Ok(receipts.iter().find(says_so).map(|receipt| receipt.timestamp))
}

/// The message that a receipt is for.
fn acknowledged(receipt: &LogEntry) -> Option<MessageId> {
    let envelope = Meta::decode(receipt.entry.meta.clone()).ok()?;
    let body = MessageBody::decode(envelope.payload?).ok()?;
    (body.r#type() == BodyType::ReadAck).then_some(())?;
    body.ack_message_id.map(MessageId)
}
