//! Messages to every chat room of an app.
//!
//! A broadcast is noted in the database and answered; a task of this node then writes it into one room after the
//! other, a page of rooms at a time, and notes how far it is. After a crash it goes on with the page that was not
//! finished, whose rooms may get it twice. Broadcasts of several apps take turns.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use hongyan_model::{
    Actor, Audience, Caller, ChatType, Conversation, Fault, Feature, MessageId, NewEntry, Origin,
    Refusal, Result, Role, Room, UserId,
};
use hongyan_msync::proto::key_value::{Value, ValueType};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::meta::NameSpace;
use hongyan_msync::proto::{KeyValue, MessageBody, Meta};
use hongyan_msync::{Message, meta};
use hongyan_platform::{allowlist, apps};
use hongyan_store::room_broadcasts::{self as stored, Broadcast, Insertion, Quota};
use hongyan_store::rooms;
use serde_json::Map;
use tokio::sync::{Mutex, Notify};

use super::keeps_back;
use crate::messages::content::{self, Content};
use crate::messages::screening::{self, Candidate};
use crate::messages::{Priority, jid};
use crate::mutes::ChatKind;
use crate::{Messaging, mutes};

/// Rooms between two notes of how far a broadcast is.
const PAGE: usize = 100;
/// Rooms that are written to at the same time.
const CONCURRENT: usize = 16;
/// Broadcasts that take turns; the others wait.
const AT_ONCE: usize = 20;
/// Pause after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A message to every chat room.
#[derive(Clone, Debug)]
pub struct NewBroadcast {
    /// In whose name; need not exist.
    pub from: String,
    /// What it says.
    pub content: Content,
    /// The caller's own fields.
    pub ext: Option<Map<String, serde_json::Value>>,
    /// How important it is.
    pub priority: Priority,
    /// Size of body and ext as they came, in bytes.
    pub size: usize,
}

/// Wakes the task that spreads broadcasts.
#[derive(Default)]
pub(crate) struct Broadcasts {
    made: Arc<Notify>,
    /// Held while broadcasts are being spread.
    spreading: Mutex<()>,
}

impl Drop for Broadcasts {
    /// Lets the task find out that there is nothing to spread any more.
    fn drop(&mut self) {
        self.made.notify_one();
    }
}

/// Sends a message to every room of the app in which anything was ever said, or anybody came or went; answers the
/// broadcast's number as soon as it is noted durably. For the customer's server.
pub async fn broadcast(m: &Messaging, caller: &Caller, new: NewBroadcast) -> Result<i64> {
    let app = &caller.app;
    if caller.user().is_some() {
        return Err(Refusal::NotPermitted.into());
    }
    let now = m.clock().now();
    allowlist::admit(caller, now)?;
    if !app.enabled(Feature::RoomBroadcast) {
        return Err(Refusal::FeatureDisabled { feature: Feature::RoomBroadcast }.into());
    }
    if new.size > app.most(Feature::RestMessageBytesMax) {
        return Err(Refusal::MessageTooLarge.into());
    }
    let sender = UserId::parse(&new.from)?;
    mutes::admit_sender_of_server(m, app, &sender, ChatKind::Room).await?;

    let (kind, body) = content::to_message_body(&new.content, new.ext.as_ref());
    let body = MessageBody {
        r#type: Some(BodyType::Chatroom as i32),
        from: Some(jid::bare(sender.as_str())),
        ..body
    };
    // Room by room it is the same text: it is looked at once.
    let (chat, to) = (ChatType::Room, "");
    let candidate = Candidate { app, sender: &sender, to, chat, kind, edits: None, body: &body };
    let body = screening::of_server(m, candidate).await?.unwrap_or(body);
    let broadcast = Broadcast {
        app: app.id,
        id: now,
        sender,
        kind,
        priority: new.priority as u8,
        body: body.encode_to_vec(),
        reached: None,
    };
    let quota = Quota {
        per_minute: app.quota(Feature::RoomBroadcastsPerMinute),
        per_day: app.quota(Feature::RoomBroadcastsPerDay),
    };
    match stored::insert(m.store(), &broadcast, quota).await? {
        Insertion::Done(id) => {
            m.0.broadcasts.made.notify_one();
            Ok(id)
        }
        Insertion::MinuteFull => Err(Refusal::BroadcastTooSoon.into()),
        Insertion::DayFull => Err(Refusal::BroadcastsExhausted.into()),
    }
}

/// Spreads every broadcast that waits; answers how many rooms it wrote to.
pub async fn spread(m: &Messaging) -> Result<usize> {
    let _spreading = m.0.broadcasts.spreading.lock().await;
    let mut reached = 0;
    loop {
        let waiting = stored::waiting(m.store(), AT_ONCE).await?;
        if waiting.is_empty() {
            return Ok(reached);
        }
        for broadcast in &waiting {
            reached += spread_page(m, broadcast).await?;
        }
    }
}

/// Writes a broadcast into the next rooms; answers into how many.
async fn spread_page(m: &Messaging, broadcast: &Broadcast) -> Result<usize> {
    let Some(app) = apps::find_by_id(m.platform(), broadcast.app).await? else {
        stored::moved(m.store(), broadcast, None).await?;
        return Ok(0);
    };
    let page = rooms::by_id(m.store(), broadcast.app, broadcast.reached.as_ref(), PAGE).await?;
    let body = MessageBody::decode(broadcast.body.as_slice())
        .map_err(|source| Fault::new("a broadcast could not be read", source))?;
    let caller =
        Caller { app, actor: Actor::App, origin: Origin::System, device: None, client: None };
    // Rooms that were made later are none of its concern.
    let there = page.iter().filter(|room| room.created <= broadcast.id);
    let writes: Vec<_> = there.map(|room| write(m, &caller, broadcast, &body, room)).collect();
    let written: Vec<bool> =
        stream::iter(writes).buffer_unordered(CONCURRENT).try_collect().await?;
    let written = written.into_iter().filter(|written| *written).count();
    let last = page.last().filter(|_| page.len() == PAGE);
    stored::moved(m.store(), broadcast, last.map(|room| &room.id)).await?;
    Ok(written)
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

/// Starts the task that spreads broadcasts, also those that a former run left; it ends with the last [`Messaging`].
pub(crate) fn start_broadcasting(m: &Messaging) {
    let (weak, made) = (m.downgrade(), m.0.broadcasts.made.clone());
    tokio::spawn(async move {
        loop {
            let Some(m) = weak.upgrade().map(Messaging) else { return };
            let spread = spread(&m).await;
            drop(m);
            match spread {
                Ok(_) => made.notified().await,
                Err(error) => {
                    warn(&error);
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
        }
    });
}

fn warn(error: &hongyan_model::Error) {
    let error = error as &dyn std::error::Error;
    tracing::error!(error, "a broadcast could not be spread; trying again");
}
