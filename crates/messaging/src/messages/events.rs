//! Events: for single users, kept in their system conversation until each device has them; for all who take part in a
//! conversation, one entry of it.

use bytes::Bytes;
use hongyan_model::{
    App, Audience, Caller, Conversation, DeviceId, EntryFlags, EntryKind, MessageId, NewEntry,
    Result, UserId,
};
use hongyan_msync::proto::{Meta, MucBody, RosterBody, meta::NameSpace, roster_body};
use hongyan_msync::{Message, meta};
use serde_json::Value;

use super::jid;
use crate::Messaging;
use crate::hooks::Happening;

/// Tells whoever listens outside the domain; a failure is only logged, for what happened has happened.
pub(crate) async fn told_outside(m: &Messaging, app: &App, what: Happening<'_>) {
    if let Err(error) = m.hooks().tell(app, what).await {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%error, source, "what happened could not be noted for callbacks");
    }
}

/// Writes a group event for each of `to`; durable when it returns.
pub(crate) async fn post_muc(
    m: &Messaging,
    caller: &Caller,
    to: &[UserId],
    body: MucBody,
) -> Result<()> {
    let sender = caller.user().cloned().unwrap_or_else(UserId::admin);
    let payload: Bytes = body.encode_to_vec().into();
    let events = to.iter().map(|user| (user, payload.clone()));
    post(m, &caller.app, (&sender, caller.device.as_ref()), NameSpace::Muc, events).await
}

/// Writes a chat room's event for each of `to`, on the devices that are online; whoever connects later does not
/// get it.
pub(crate) async fn post_muc_online(
    m: &Messaging,
    caller: &Caller,
    to: &[UserId],
    body: MucBody,
) -> Result<()> {
    let sender = caller.user().cloned().unwrap_or_else(UserId::admin);
    let payload: Bytes = body.encode_to_vec().into();
    let online = to.iter().filter(|user| m.router().may_be_online(caller.app.id, user));
    let events = online.map(|user| (user, payload.clone()));
    let sender = (&sender, caller.device.as_ref());
    post_flagged(m, &caller.app, sender, (NameSpace::Muc, EntryFlags::ONLINE_ONLY), events).await
}

/// Writes an event once, into the conversation of its group or chat room, for those of `audience` who are in there; durable
/// when it returns. Devices that are away get it when they come back, but not in chat rooms.
pub(crate) async fn post_muc_in(
    m: &Messaging,
    caller: &Caller,
    conversation: &Conversation,
    body: MucBody,
    audience: Audience,
) -> Result<MessageId> {
    let sender = caller.user().cloned().unwrap_or_else(UserId::admin);
    let sender = (&sender, caller.device.as_ref());
    let event = (NameSpace::Muc, body.encode_to_vec().into());
    append(m, &caller.app, sender, conversation, event, audience).await
}

/// Writes a contact event of `from` for each of `to`, on all their devices; durable when it returns.
pub(crate) async fn post_roster(
    m: &Messaging,
    app: &App,
    from: &UserId,
    to: &[UserId],
    operation: roster_body::Operation,
    reason: Option<&str>,
) -> Result<()> {
    let events = to.iter().map(|user| {
        // Clients need both sides; without one of them they throw.
        let body = RosterBody {
            operation: Some(operation.into()),
            from: Some(jid::user(app, from, None)),
            to: vec![jid::user(app, user, None)],
            reason: reason.map(str::to_owned),
        };
        (user, body.encode_to_vec().into())
    });
    post(m, app, (from, None), NameSpace::Roster, events).await
}

/// Writes a notification, JSON that the SDK reads by its `type`, for each of `to`, on all their devices but the acting
/// one; durable when it returns.
pub(crate) async fn post_notify(
    m: &Messaging,
    caller: &Caller,
    to: &[UserId],
    notification: &Value,
) -> Result<()> {
    let sender = caller.user().cloned().unwrap_or_else(UserId::admin);
    // Compact: the SDK cannot read control characters (docs/protocol.md, "Traps" 12).
    let payload = Bytes::from(notification.to_string());
    let events = to.iter().map(|user| (user, payload.clone()));
    post(m, &caller.app, (&sender, caller.device.as_ref()), NameSpace::Notify, events).await
}

/// Writes a notification into the conversation it is about, for those of `audience`; durable when it returns. Costs one
/// entry, whoever takes part: devices that are away get it when they come back, but not in chat rooms. It is
/// neither unread nor history.
pub(crate) async fn post_notify_in(
    m: &Messaging,
    app: &App,
    sender: (&UserId, Option<&DeviceId>),
    conversation: &Conversation,
    audience: Audience,
    notification: &Value,
) -> Result<()> {
    let event = (NameSpace::Notify, Bytes::from(notification.to_string()));
    append(m, app, sender, conversation, event, audience).await?;
    Ok(())
}

async fn append(
    m: &Messaging,
    app: &App,
    (sender, device): (&UserId, Option<&DeviceId>),
    conversation: &Conversation,
    (namespace, payload): (NameSpace, Bytes),
    audience: Audience,
) -> Result<MessageId> {
    let to = match conversation {
        Conversation::Single(a, b) => jid::user(app, if a == sender { b } else { a }, None),
        Conversation::System(user) => jid::user(app, user, None),
        Conversation::Group(group) => jid::group(app, group),
        Conversation::Room(room) => jid::room(app, room),
        Conversation::Thread(thread) => jid::thread(app, thread),
    };
    let event = Meta {
        from: Some(jid::user(app, sender, device)),
        to: Some(to),
        ns: Some(namespace as i32),
        payload: Some(payload),
        ..Meta::default()
    };
    let is_room = matches!(conversation, Conversation::Room(_));
    let entry = NewEntry {
        app: app.id,
        conversation: conversation.key(),
        kind: EntryKind::Event,
        flags: if is_room { EntryFlags::ONLINE_ONLY } else { EntryFlags::default() },
        sender: sender.clone(),
        device: device.cloned(),
        client_id: None,
        audience,
        meta: meta::to_stored(event),
        recalls: None,
        edits: None,
        reads: None,
        unroamed: Vec::new(),
    };
    Ok(m.store().log().append(entry).await?.await?.id)
}

/// A notification as entries are stored, for a session that is shown it without the log.
pub(crate) fn notification(
    app: &App,
    (sender, device): (&UserId, Option<&DeviceId>),
    to: &UserId,
    notification: &Value,
) -> Bytes {
    meta::to_stored(Meta {
        from: Some(jid::user(app, sender, device)),
        to: Some(jid::user(app, to, None)),
        ns: Some(NameSpace::Notify as i32),
        payload: Some(notification.to_string().into()),
        ..Meta::default()
    })
}

async fn post(
    m: &Messaging,
    app: &App,
    (sender, device): (&UserId, Option<&DeviceId>),
    namespace: NameSpace,
    events: impl Iterator<Item = (&UserId, Bytes)> + Send,
) -> Result<()> {
    let kind = (namespace, EntryFlags::default());
    post_flagged(m, app, (sender, device), kind, events).await
}

async fn post_flagged(
    m: &Messaging,
    app: &App,
    (sender, device): (&UserId, Option<&DeviceId>),
    (namespace, flags): (NameSpace, EntryFlags),
    events: impl Iterator<Item = (&UserId, Bytes)> + Send,
) -> Result<()> {
    let from = jid::user(app, sender, device);
    let mut pending = Vec::new();
    for (user, payload) in events {
        let event = Meta {
            from: Some(from.clone()),
            to: Some(jid::user(app, user, None)),
            ns: Some(namespace as i32),
            payload: Some(payload),
            ..Meta::default()
        };
        let entry = NewEntry {
            app: app.id,
            conversation: Conversation::System(user.clone()).key(),
            kind: EntryKind::Event,
            flags,
            sender: sender.clone(),
            device: device.cloned(),
            client_id: None,
            audience: Audience::All,
            meta: meta::to_stored(event),
            recalls: None,
            edits: None,
            reads: None,
            unroamed: Vec::new(),
        };
        pending.push(m.store().log().append(entry).await?);
    }
    for append in pending {
        append.await?;
    }
    Ok(())
}
