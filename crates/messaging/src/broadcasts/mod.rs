//! Messages to every chat room, or to every user, of an app.
//!
//! A broadcast is noted in the database and answered; a task of this node then writes it into one room after the
//! other, or to one user after the other, a page at a time, and notes how far it is. After a crash it goes on with the
//! page that was not finished, which may get it twice. Broadcasts of several apps take turns.

mod rooms;
mod users;

use std::sync::Arc;
use std::time::Duration;

use hongyan_model::{Actor, Caller, ChatType, Fault, Feature, Origin, Refusal, Result, UserId};
use hongyan_msync::Message;
use hongyan_msync::proto::MessageBody;
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_platform::{allowlist, apps};
use hongyan_store::broadcasts::{self as stored, Broadcast, Insertion, Quota};
use serde_json::Map;
use tokio::sync::{Mutex, Notify};
use tokio::time::timeout;

use crate::messages::content::{self, Content};
use crate::messages::require_size;
use crate::messages::screening::{self, Candidate};
use crate::messages::{Priority, jid};
use crate::mutes::ChatKind;
use crate::{Messaging, leases, mutes};

pub use hongyan_store::broadcasts::{Progress, Target};

/// Rooms, or users, between two notes of how far a broadcast is.
const PAGE: usize = 100;
/// Rooms, or users, that are written to at the same time.
const CONCURRENT: usize = 16;
/// Broadcasts that take turns; the others wait.
const AT_ONCE: usize = 20;
const MINUTE_MS: i64 = 60_000;
/// Under which one node spreads them, and how often it looks whether others have noted some.
const LEASE: &str = "broadcasts";
const LOOK: Duration = Duration::from_secs(1);
/// Pause after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A message to everybody.
#[derive(Clone, Debug)]
pub struct NewBroadcast {
    /// Who gets it.
    pub target: Target,
    /// In whose name; need not exist.
    pub from: String,
    /// What it says.
    pub content: Content,
    /// The caller's own fields.
    pub ext: Option<Map<String, serde_json::Value>>,
    /// How important it is, in chat rooms.
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

/// Sends a message to every room of the app in which anything was ever said, or anybody came or went, or to every user,
/// or to those who are online; answers the broadcast's number as soon as it is noted durably. For the customer's server.
pub async fn broadcast(m: &Messaging, caller: &Caller, new: NewBroadcast) -> Result<i64> {
    let app = &caller.app;
    if caller.user().is_some() {
        return Err(Refusal::NotPermitted.into());
    }
    let now = m.clock().now();
    allowlist::admit(caller, now)?;
    let Rules { feature, chat, window_ms, per_window, per_day } = rules(new.target);
    if !app.enabled(feature) {
        return Err(Refusal::FeatureDisabled { feature }.into());
    }
    require_size(app, new.size)?;
    let sender = UserId::parse(&new.from)?;
    let in_room = new.target == Target::Rooms;
    let place = if in_room { ChatKind::Room } else { ChatKind::User };
    mutes::admit_sender_of_server(m, app, &sender, place).await?;

    let (kind, body) = content::to_message_body(&new.content, new.ext.as_ref());
    let body = MessageBody {
        r#type: Some(if in_room { BodyType::Chatroom } else { BodyType::Chat } as i32),
        from: Some(jid::bare(sender.as_str())),
        ..body
    };
    // It is the same text for everybody: it is looked at once.
    let to = "";
    let candidate = Candidate { app, sender: &sender, to, chat, kind, edits: None, body: &body };
    let body = screening::of_server(m, candidate).await?.unwrap_or(body);
    let broadcast = Broadcast {
        app: app.id,
        id: now,
        sender,
        kind,
        priority: new.priority as u8,
        body: body.encode_to_vec(),
        target: new.target,
        reached: None,
        written: 0,
    };
    let quota = Quota { window_ms, per_window: app.quota(per_window), per_day: app.quota(per_day) };
    match stored::insert(m.store(), &broadcast, quota).await? {
        Insertion::Done(id) => {
            m.0.broadcasts.made.notify_one();
            Ok(id)
        }
        Insertion::WindowFull => Err(Refusal::BroadcastTooSoon.into()),
        Insertion::DayFull => Err(Refusal::BroadcastsExhausted.into()),
    }
}

/// How far a broadcast is. For the customer's server.
pub async fn progress(m: &Messaging, caller: &Caller, id: i64) -> Result<Option<Progress>> {
    if caller.user().is_some() {
        return Err(Refusal::NotPermitted.into());
    }
    Ok(stored::progress(m.store(), caller.app.id, id).await?)
}

/// What holds for broadcasts to a target.
struct Rules {
    feature: Feature,
    chat: ChatType,
    window_ms: i64,
    per_window: Feature,
    per_day: Feature,
}

const fn rules(target: Target) -> Rules {
    match target {
        Target::Rooms => Rules {
            feature: Feature::RoomBroadcast,
            chat: ChatType::Room,
            window_ms: MINUTE_MS,
            per_window: Feature::RoomBroadcastsPerMinute,
            per_day: Feature::RoomBroadcastsPerDay,
        },
        Target::Users => Rules {
            feature: Feature::UserBroadcast,
            chat: ChatType::Single,
            window_ms: 30 * MINUTE_MS,
            per_window: Feature::UserBroadcastsPerHalfHour,
            per_day: Feature::UserBroadcastsPerDay,
        },
        Target::OnlineUsers => Rules {
            feature: Feature::UserBroadcast,
            chat: ChatType::Single,
            window_ms: MINUTE_MS,
            per_window: Feature::OnlineBroadcastsPerMinute,
            per_day: Feature::OnlineBroadcastsPerDay,
        },
    }
}

/// Spreads every broadcast that waits; answers to how many rooms and users it wrote.
pub async fn spread(m: &Messaging) -> Result<usize> {
    let _spreading = m.0.broadcasts.spreading.lock().await;
    let mut reached = 0;
    loop {
        let waiting = stored::waiting(m.store(), AT_ONCE).await?;
        if waiting.is_empty() {
            return Ok(reached);
        }
        for broadcast in &waiting {
            // A page may take longer than the lease holds.
            if !leases::holds(m, LEASE).await? {
                return Ok(reached);
            }
            reached += spread_page(m, broadcast).await?;
        }
    }
}

/// Writes a broadcast to the next ones; answers to how many.
async fn spread_page(m: &Messaging, broadcast: &Broadcast) -> Result<usize> {
    let Some(app) = apps::find_by_id(m.platform(), broadcast.app).await? else {
        stored::moved(m.store(), broadcast, None, 0).await?;
        return Ok(0);
    };
    let body = MessageBody::decode(broadcast.body.as_slice())
        .map_err(|source| Fault::new("a broadcast could not be read", source))?;
    let caller =
        Caller { app, actor: Actor::App, origin: Origin::System, device: None, client: None };
    let (written, last) = match broadcast.target {
        Target::Rooms => rooms::write_page(m, &caller, broadcast, &body).await?,
        Target::Users | Target::OnlineUsers => {
            users::write_page(m, &caller, broadcast, &body).await?
        }
    };
    stored::moved(m.store(), broadcast, last.as_deref(), written as u64).await?;
    Ok(written)
}

/// Starts the task that spreads broadcasts, also those that a former run left; it ends with the last [`Messaging`].
pub(crate) fn start_broadcasting(m: &Messaging) {
    let (weak, made) = (m.downgrade(), m.0.broadcasts.made.clone());
    tokio::spawn(async move {
        loop {
            let Some(m) = weak.upgrade().map(Messaging) else { return };
            let spread = spread_if_ours(&m).await;
            let clustered = m.router().is_clustered();
            drop(m);
            match spread {
                // Another node may have noted one, or have died over one.
                Ok(()) if clustered => drop(timeout(LOOK, made.notified()).await),
                Ok(()) => made.notified().await,
                Err(error) => {
                    warn(&error);
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
        }
    });
}

async fn spread_if_ours(m: &Messaging) -> Result<()> {
    if leases::holds(m, LEASE).await? {
        spread(m).await?;
    }
    Ok(())
}

fn warn(error: &hongyan_model::Error) {
    let error = error as &dyn std::error::Error;
    tracing::error!(error, "a broadcast could not be spread; trying again");
}
