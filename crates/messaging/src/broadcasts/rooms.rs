//! A broadcast in chat rooms.

use futures_util::{StreamExt, TryStreamExt, stream};
use hongyan_model::{Audience, Caller, Conversation, MessageId, NewEntry, Result, Role, Room};
use hongyan_msync::proto::key_value::{Value, ValueType};
use hongyan_msync::proto::meta::NameSpace;
use hongyan_msync::proto::{KeyValue, MessageBody, Meta};
use hongyan_msync::{Message, meta};
use hongyan_store::broadcasts::Broadcast;
use hongyan_store::rooms;

use super::{CONCURRENT, PAGE};
use crate::Messaging;
use crate::messages::{Priority, jid};
use crate::rooms::keeps_back;

/// Writes a broadcast into the next rooms; answers into how many, and the last one unless it is the app's last.
pub(super) async fn write_page(
    m: &Messaging,
    caller: &Caller,
    broadcast: &Broadcast,
    body: &MessageBody,
) -> Result<(usize, Option<String>)> {
    let reached = broadcast.reached.clone().map(hongyan_model::RoomId::from_trusted);
    let page = rooms::by_id(m.store(), broadcast.app, reached.as_ref(), PAGE).await?;
    // Rooms that were made later are none of its concern.
    let there = page.iter().filter(|room| room.created <= broadcast.id);
    let writes: Vec<_> = there.map(|room| write(m, caller, broadcast, body, room)).collect();
    let written: Vec<bool> =
        stream::iter(writes).buffer_unordered(CONCURRENT).try_collect().await?;
    let last = page.last().filter(|_| page.len() == PAGE);
    let written = written.into_iter().filter(|written| *written).count();
    Ok((written, last.map(|room| room.id.to_string())))
}

/// Writes a broadcast into a room unless it is dead; durable when it returns.
async fn write(
    m: &Messaging,
    caller: &Caller,
    broadcast: &Broadcast,
    body: &MessageBody,
    room: &Room,
) -> Result<bool> {
    let (app, sender) = (&caller.app, &broadcast.sender);
    let conversation = Conversation::Room(room.id.clone()).key();
    let newest = MessageId(i64::MAX.unsigned_abs());
    if m.store().log().position(app.id, &conversation, newest).await? == 0 {
        return Ok(false);
    }
    let priority = Priority::from_number(broadcast.priority.into());
    let flags = keeps_back(m, caller, &room.id, (sender, Role::Member), priority).await?;
    let body = MessageBody { to: Some(jid::bare(room.id.as_str())), ..body.clone() };
    let stored = Meta {
        from: Some(jid::user(app, sender, None)),
        to: Some(jid::room(app, &room.id)),
        ns: Some(NameSpace::Chat as i32),
        payload: Some(body.encode_to_vec().into()),
        ext: vec![priority.tag(), is_broadcast()],
        ..Meta::default()
    };
    let entry = NewEntry {
        app: app.id,
        conversation,
        kind: broadcast.kind,
        flags,
        sender: sender.clone(),
        device: None,
        client_id: None,
        audience: Audience::Except(vec![sender.clone()]),
        meta: meta::to_stored(stored),
        recalls: None,
        reads: None,
        edits: None,
        unroamed: Vec::new(),
    };
    m.store().log().append(entry).await?.await?;
    Ok(true)
}

/// What tells clients that every room has the message.
fn is_broadcast() -> KeyValue {
    KeyValue {
        key: Some("is_broadcast".to_owned()),
        r#type: Some(ValueType::Bool as i32),
        value: Some(Value::VarintValue(1)),
    }
}
