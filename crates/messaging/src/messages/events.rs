//! Events for single users, kept in their system conversation until each device has them.

use bytes::Bytes;
use hongyan_model::{
    Audience, Caller, Conversation, EntryFlags, EntryKind, NewEntry, Result, UserId,
};
use hongyan_msync::proto::{Meta, MucBody, meta::NameSpace};
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
    post(m, caller, to, NameSpace::Muc, body.encode_to_vec().into()).await
}

async fn post(
    m: &Messaging,
    caller: &Caller,
    to: &[UserId],
    namespace: NameSpace,
    payload: Bytes,
) -> Result<()> {
    let sender = caller.user().cloned().unwrap_or_else(UserId::admin);
    let from = jid::user(&caller.app, &sender, caller.device.as_ref());
    let mut pending = Vec::with_capacity(to.len());
    for user in to {
        let event = Meta {
            from: Some(from.clone()),
            to: Some(jid::user(&caller.app, user, None)),
            ns: Some(namespace as i32),
            payload: Some(payload.clone()),
            ..Meta::default()
        };
        let entry = NewEntry {
            app: caller.app.id,
            conversation: Conversation::System(user.clone()).key(),
            kind: EntryKind::Event,
            flags: EntryFlags::default(),
            sender: sender.clone(),
            device: caller.device.clone(),
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
