//! A broadcast to users.

use futures_util::{StreamExt, TryStreamExt, stream};
use hongyan_model::{Audience, Caller, Conversation, EntryFlags, NewEntry, Result, User, UserId};
use hongyan_msync::proto::meta::{NameSpace, RouteType};
use hongyan_msync::proto::{MessageBody, Meta};
use hongyan_msync::{Message, meta};
use hongyan_store::broadcasts::{Broadcast, Target};
use hongyan_store::users;

use super::{CONCURRENT, PAGE};
use crate::Messaging;
use crate::messages::jid;

/// Writes a broadcast to the next users; answers to how many, and the last one unless it is the app's last.
pub(super) async fn write_page(
    m: &Messaging,
    caller: &Caller,
    broadcast: &Broadcast,
    body: &MessageBody,
) -> Result<(usize, Option<String>)> {
    let reached = broadcast.reached.clone().map(UserId::from_trusted);
    let page = users::by_id(m.store(), broadcast.app, reached.as_ref(), PAGE).await?;
    let only_online = broadcast.target == Target::OnlineUsers;
    let gets_it = |user: &&User| {
        // Who registered later is none of its concern.
        let is_there = user.created <= broadcast.id && user.id != broadcast.sender;
        is_there && (!only_online || !m.router().devices(broadcast.app, &user.id).is_empty())
    };
    let receivers = page.iter().filter(gets_it);
    let writes: Vec<_> =
        receivers.map(|user| write(m, caller, broadcast, body, &user.id)).collect();
    let written = writes.len();
    stream::iter(writes).buffer_unordered(CONCURRENT).try_collect::<Vec<()>>().await?;
    let last = page.last().filter(|_| page.len() == PAGE);
    Ok((written, last.map(|user| user.id.to_string())))
}

/// Writes a broadcast to a user; durable when it returns. To who is online only what is shown on no other day.
async fn write(
    m: &Messaging,
    caller: &Caller,
    broadcast: &Broadcast,
    body: &MessageBody,
    user: &UserId,
) -> Result<()> {
    let (app, sender) = (&caller.app, &broadcast.sender);
    let (flags, route) = match broadcast.target {
        Target::OnlineUsers => (EntryFlags::ONLINE_ONLY, RouteType::RouteOnline),
        Target::Rooms | Target::Users => (EntryFlags::default(), RouteType::RouteAll),
    };
    let body = MessageBody { to: Some(jid::bare(user.as_str())), ..body.clone() };
    let stored = Meta {
        from: Some(jid::user(app, sender, None)),
        to: Some(jid::user(app, user, None)),
        ns: Some(NameSpace::Chat as i32),
        payload: Some(body.encode_to_vec().into()),
        routetype: Some(route as i32),
        ..Meta::default()
    };
    let entry = NewEntry {
        app: app.id,
        conversation: Conversation::single(sender, user).key(),
        kind: broadcast.kind,
        flags,
        sender: sender.clone(),
        device: None,
        client_id: None,
        // Devices of whoever is named as its sender would get as many as there are users.
        audience: Audience::Only(vec![user.clone()]),
        meta: meta::to_stored(stored),
        recalls: None,
        reads: None,
        edits: None,
        unroamed: Vec::new(),
    };
    m.store().log().append(entry).await?.await?;
    Ok(())
}
