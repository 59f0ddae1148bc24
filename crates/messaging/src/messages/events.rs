//! Events for single users, kept in their system conversation until each device has them.

use bytes::Bytes;
use hongyan_model::{
    App, Audience, Caller, Conversation, DeviceId, EntryFlags, EntryKind, NewEntry, Result, UserId,
};
use hongyan_msync::proto::{Meta, MucBody, RosterBody, meta::NameSpace, roster_body};
use hongyan_msync::{Message, meta};

use super::jid;
use crate::Messaging;

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

async fn post(
    m: &Messaging,
    app: &App,
    (sender, device): (&UserId, Option<&DeviceId>),
    namespace: NameSpace,
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
            flags: EntryFlags::default(),
            sender: sender.clone(),
            device: device.cloned(),
            client_id: None,
            audience: Audience::All,
            meta: meta::to_stored(event),
            recalls: None,
            reads: None,
        };
        pending.push(m.store().log().append(entry).await?);
    }
    for append in pending {
        append.await?;
    }
    Ok(())
}
