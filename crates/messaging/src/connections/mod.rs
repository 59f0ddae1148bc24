//! The history of connections (IM用户连接状态): who came and went in the last days, on what, from where.
//!
//! A login costs one push into a queue. The queue is written together every second; a crash loses what was not yet
//! written, and when the database takes nothing for long the oldest lines give way, which the log says.

mod elsewhere;

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use hongyan_model::limits::{LIVE_QUERY_MS, LIVE_QUERY_PAGE};
use hongyan_model::{
    AppId, Caller, DeviceId, IdGenerator, MessageId, Refusal, Result, Timestamp, UserId,
};
use hongyan_store::{StoreError, connections as stored};
use parking_lot::Mutex;

use crate::Messaging;
use crate::metering::Visit;
use crate::page::{Page, decode_cursor};
use crate::periodic::every;
use crate::presence;
use crate::users::{addressed, require_app};

pub(crate) use elsewhere::{note_gone, note_returned};
pub use hongyan_store::connections::{ConnectionEvent, Operation};

use elsewhere::{Doubt, Key, key};

/// Lines that may wait to be written; then the oldest goes.
const WAITING: usize = 20_000;
/// Lines written in one transaction.
const BATCH: usize = 1000;
const INTERVAL: Duration = Duration::from_secs(1);
/// How long it takes until a node knows who has come to another one.
const SETTLED_MS: Timestamp = 500;
/// How often old lines are removed, and how many in one statement.
const SWEEP_EVERY_MS: Timestamp = 10 * 60 * 1000;
const SWEPT: usize = 1000;
/// Characters kept of what an SDK says of its version.
const VERSION_CHARS: usize = 32;

/// Lines on their way to the disk.
#[derive(Default)]
pub(crate) struct History {
    queue: Mutex<Queue>,
    /// Held while lines are being written, so that they are written in order.
    writing: tokio::sync::Mutex<Sweep>,
}

#[derive(Default)]
struct Queue {
    lines: VecDeque<Line>,
    dropped: u64,
}

/// A line, and the node to which the connection was.
struct Line {
    event: ConnectionEvent,
    node: u8,
}

#[derive(Default)]
struct Sweep {
    next: Timestamp,
    doubt: Doubt,
}

impl History {
    fn push(&self, event: ConnectionEvent, node: u8) {
        let mut queue = self.queue.lock();
        if queue.lines.len() >= WAITING {
            queue.lines.pop_front();
            queue.dropped += 1;
        }
        queue.lines.push_back(Line { event, node });
    }

    /// Takes lines in their order, up to the first of a time that is to be `left`, and how many were dropped.
    fn take(&self, left: &Range<Timestamp>) -> (Vec<Line>, u64) {
        let mut queue = self.queue.lock();
        let settled = queue.lines.iter().take_while(|line| !left.contains(&line.event.time));
        let most = settled.take(BATCH).count();
        (queue.lines.drain(..most).collect(), std::mem::take(&mut queue.dropped))
    }

    /// Whether a login of the device waits to be written.
    fn has_login(&self, device: &Key) -> bool {
        let is_it =
            |event: &ConnectionEvent| event.operation == Operation::Login && key(event) == *device;
        self.queue.lock().lines.iter().any(|line| is_it(&line.event))
    }

    fn put_back(&self, lines: Vec<Line>) {
        let mut queue = self.queue.lock();
        for line in lines.into_iter().rev() {
            if queue.lines.len() >= WAITING {
                queue.dropped += 1;
            } else {
                queue.lines.push_front(line);
            }
        }
    }
}

/// A logged-in connection in the history, in the figures and in the presence of its user. Its end is noted when it is dropped, which is to
/// happen after the session has left the router.
pub struct Connection {
    visit: Visit,
    m: Messaging,
    app: AppId,
    user: UserId,
    device: DeviceId,
    version: String,
    address: Option<std::net::IpAddr>,
    end: Operation,
}

impl Connection {
    /// Notes that the caller, a user with a device, has logged in with an SDK of this `version`.
    pub fn begin(m: &Messaging, caller: &Caller, version: &str) -> Result<Self> {
        let user = caller.user().ok_or(Refusal::NotPermitted)?.clone();
        let device = caller.device.clone().ok_or(Refusal::InvalidDevice)?;
        let printable = version.chars().filter(|c| !c.is_control());
        let connection = Self {
            visit: Visit::begin(m, &caller.app, &user, &device),
            m: m.clone(),
            app: caller.app.id,
            user,
            device,
            version: printable.take(VERSION_CHARS).collect(),
            address: caller.client,
            end: Operation::Closed,
        };
        connection.note(Operation::Login, true);
        Ok(connection)
    }

    /// The client has said something. To be called for every frame: it costs a look at the clock.
    pub fn heard(&mut self) {
        self.visit.heard();
    }

    /// What the end of the connection will be called; otherwise it is [`Operation::Closed`].
    pub fn ends_with(&mut self, operation: Operation) {
        self.end = operation;
    }

    fn note(&self, operation: Operation, online: bool) {
        presence::note(&self.m, self.app, &self.user, &self.device);
        let time = self.m.clock().now();
        let event = ConnectionEvent {
            id: self.m.ids().next(time),
            app: self.app,
            user: self.user.clone(),
            time,
            version: self.version.clone(),
            device: self.device.clone(),
            address: self.address,
            operation,
            online,
        };
        self.m.0.connections.push(event, self.m.ids().node());
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // A newer connection of the same device may have taken its place.
        let online = self.m.router().devices(self.app, &self.user).contains(&self.device);
        self.note(self.end, online);
    }
}

/// A page of a user's history between two moments (Unix ms, both included), the newest line first; for the app.
/// Nothing is older than three days.
pub async fn page(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    (from, to): (Timestamp, Timestamp),
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<ConnectionEvent>> {
    require_app(caller)?;
    let user = addressed(user)?;
    if to < from {
        return Err(Refusal::Invalid { name: "to", why: "before the beginning".to_owned() }.into());
    }
    let oldest = m.clock().now() - LIVE_QUERY_MS;
    let after = IdGenerator::floor(from.max(oldest));
    let place = cursor.map(|cursor| decode_cursor(cursor, |key| key.parse().ok())).transpose()?;
    let end = MessageId(IdGenerator::floor(to.saturating_add(1)).0 + 1);
    let before = place.map_or(end, |place: u64| MessageId(place).min(end));
    let limit = limit.clamp(1, LIVE_QUERY_PAGE);
    let app = caller.app.id;
    let found = stored::page(m.store(), app, &user, (after, before), limit + 1).await?;
    Ok(Page::of(found, limit, |event| event.id.to_string()))
}

/// Writes what is waiting.
pub async fn flush(m: &Messaging) -> Result<()> {
    flush_but(m, 0..0).await
}

/// Writes what has waited long enough: a device that ends its connection here may have gone to another node, of which this
/// one is about to hear.
async fn flush_settled(m: &Messaging) -> Result<()> {
    let now = m.clock().now();
    flush_but(m, if m.router().is_clustered() { now - SETTLED_MS..now + 1 } else { 0..0 }).await
}

/// Writes what is waiting, up to the first line of a time that is to be `left`.
async fn flush_but(m: &Messaging, left: Range<Timestamp>) -> Result<()> {
    let mut sweep = m.0.connections.writing.lock().await;
    loop {
        let (mut lines, dropped) = m.0.connections.take(&left);
        if dropped > 0 {
            tracing::warn!(
                dropped,
                "the history of connections has a gap: lines were not written in time"
            );
        }
        if lines.is_empty() {
            break;
        }
        let written = async {
            if m.router().is_clustered() {
                sweep.doubt.settle(m, &mut lines).await?;
            }
            let events: Vec<_> = lines.iter().map(|line| line.event.clone()).collect();
            stored::insert(m.store(), &events).await?;
            Ok::<_, StoreError>(events)
        };
        let events = match written.await {
            Ok(events) => events,
            Err(error) => {
                m.0.connections.put_back(lines);
                return Err(error.into());
            }
        };
        m.hooks().tell_connections(&events).await?;
    }
    let now = m.clock().now();
    if now >= sweep.next {
        sweep.next = now + SWEEP_EVERY_MS;
        let oldest = IdGenerator::floor(now - LIVE_QUERY_MS);
        while stored::forget(m.store(), oldest, SWEPT).await? == SWEPT as u64 {}
    }
    Ok(())
}

/// Starts the task that writes the history; it ends with the last [`Messaging`].
pub(crate) fn start(m: &Messaging) {
    let failed = "the history of connections could not be written";
    every(m, INTERVAL, failed, |m| async move { flush_settled(&m).await });
}
