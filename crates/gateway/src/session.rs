//! A logged-in connection.
//!
//! One task reads frames, signals and commits, and writes in the order in which it decides. So an
//! announcement never overtakes the answer that ends a queue, and the client never waits for a
//! message it was not told of.

use std::collections::{HashSet, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hongyan_cluster::{Kick, Registration, Signals};
use hongyan_messaging::connections::{self, Connection};
use hongyan_messaging::contacts;
use hongyan_messaging::devices::{Queues, Unread};
use hongyan_messaging::messages::{self, PendingSend, Sent};
use hongyan_model::{
    App, Caller, Conversation, ConversationKey, Error, Result, RoomId, ThreadId, UserId,
};
use hongyan_msync::frame;
use hongyan_msync::proto::m_sync::Command;
use hongyan_msync::proto::meta::NameSpace;
use hongyan_msync::proto::statistics_body::Operation;
use hongyan_msync::proto::{CommSyncUl, Jid, Logout, MSync, Meta, StatisticsBody};
use hongyan_msync::{DecodeError, Message};
use hongyan_platform::apps;
use tokio::time::{Instant, Sleep};

use crate::login::LoggedIn;
use crate::socket::{Closed, Incoming, Socket};
use crate::{Gateway, payload, queue, refusal, rooms};

/// Frames that cannot be read before the connection is closed.
const MAX_MALFORMED: u32 = 20;

/// Serves a session until it ends.
pub(crate) async fn run(gateway: &Gateway, socket: Socket, logged_in: LoggedIn) {
    let LoggedIn { app, user, caller, queues, registration, connection, reads_rich_replies } =
        logged_in;
    let mut session = Session {
        gateway: gateway.clone(),
        socket,
        app,
        user,
        caller,
        queues,
        registration,
        connection,
        reads_rich_replies,
        in_flight: VecDeque::new(),
        announced: HashSet::new(),
        listed: None,
        synced: false,
        malformed: 0,
        heard: Instant::now(),
        idle: Box::pin(tokio::time::sleep(gateway.options().idle_timeout)),
    };
    let ended = session.serve().await;
    let Session { socket, registration, connection, .. } = session;
    // Gone from the router before the socket is: whoever sees it closed sees the user offline.
    drop(registration);
    drop(connection);
    if let Ok(End) = ended {
        socket.close().await;
    }
}

/// The session is over by decision, not because the connection broke.
struct End;

/// A frame that cannot be read: what it is.
struct Malformed(String);

impl From<DecodeError> for Malformed {
    fn from(error: DecodeError) -> Self {
        Self(error.to_string())
    }
}

struct Session {
    gateway: Gateway,
    socket: Socket,
    app: Arc<App>,
    user: UserId,
    caller: Caller,
    queues: Queues,
    registration: Registration,
    connection: Connection,
    reads_rich_replies: bool,
    /// Messages on their way to the disk, by the client's id, in the order of their commits.
    in_flight: VecDeque<(u64, PendingSend)>,
    /// Queues the client knows to have something: it is pulling, or will.
    announced: HashSet<ConversationKey>,
    /// What was listed as unread, for as long as more conversations wait than one list holds.
    listed: Option<HashSet<ConversationKey>>,
    /// Whether the first UNREAD was answered.
    synced: bool,
    malformed: u32,
    heard: Instant,
    idle: Pin<Box<Sleep>>,
}

enum Event {
    Stored(u64, Result<Sent>),
    Incoming(Incoming),
    Signals(Signals),
    Idle,
}

impl Session {
    async fn serve(&mut self) -> Result<End, Closed> {
        loop {
            match poll_fn(|cx| self.poll_event(cx)).await? {
                Event::Stored(client_id, result) => self.stored(client_id, result).await?,
                Event::Incoming(incoming) => {
                    self.heard = Instant::now();
                    self.connection.heard();
                    // On the heap: a connection at rest does not pay for what handling a frame
                    // needs.
                    if let Some(End) = Box::pin(self.incoming(incoming)).await? {
                        Box::pin(self.settle()).await?;
                        return Ok(End);
                    }
                }
                Event::Signals(Signals { conversations, kick }) => {
                    if let Some(kick) = kick {
                        if !matches!(kick, Kick::Replaced | Kick::Stopping) {
                            self.connection.ends_with(connections::Operation::Kick);
                        }
                        Box::pin(async {
                            self.settle().await?;
                            self.kicked(kick).await
                        })
                        .await?;
                        return Ok(End);
                    }
                    for conversation in conversations {
                        self.announce(conversation).await?;
                    }
                    self.announce_held_back().await?;
                }
                Event::Idle => {
                    tracing::debug!(user = %self.user, "a connection is closed: it has been silent");
                    return Ok(End);
                }
            }
        }
    }

    /// The next thing to do. What is queued for the client leaves when there is nothing else.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Event, Closed>> {
        if let Some((client_id, pending)) = self.in_flight.front_mut()
            && let Poll::Ready(result) = Pin::new(pending).poll(cx)
        {
            let client_id = *client_id;
            self.in_flight.pop_front();
            return Poll::Ready(Ok(Event::Stored(client_id, result)));
        }
        if self.in_flight.len() < self.gateway.options().max_in_flight
            && let Poll::Ready(incoming) = self.socket.poll_incoming(cx)
        {
            return Poll::Ready(incoming.map(Event::Incoming));
        }
        if let Poll::Ready(signals) = self.registration.mailbox().poll_take(cx) {
            return Poll::Ready(Ok(Event::Signals(signals)));
        }
        if self.socket.has_unflushed()
            && let Poll::Ready(Err(Closed)) = self.socket.poll_flush(cx)
        {
            return Poll::Ready(Err(Closed));
        }
        self.poll_idle(cx).map(|()| Ok(Event::Idle))
    }

    /// Ready when the client has been silent too long. The timer is moved only when it fires.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.idle.as_mut().poll(cx).is_ready() {
            let deadline = self.heard + self.gateway.options().idle_timeout;
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            self.idle.as_mut().reset(deadline);
        }
        Poll::Pending
    }

    async fn incoming(&mut self, incoming: Incoming) -> Result<Option<End>, Closed> {
        let handled = match incoming {
            Incoming::Frame(bytes) if bytes.is_empty() => {
                Err(Malformed("an empty frame".to_owned()))
            }
            Incoming::Frame(bytes) => self.frame(bytes).await?,
            Incoming::Foreign(what) => Err(Malformed(what.to_owned())),
        };
        match handled {
            Ok(end) => Ok(end),
            Err(Malformed(what)) => {
                self.malformed += 1;
                tracing::info!(user = %self.user, what, "a malformed frame is ignored");
                Ok((self.malformed >= MAX_MALFORMED).then_some(End))
            }
        }
    }

    async fn frame(&mut self, bytes: Bytes) -> Result<Result<Option<End>, Malformed>, Closed> {
        let mut envelope = match MSync::decode(bytes) {
            Ok(envelope) => envelope,
            Err(error) => return Ok(Err(error.into())),
        };
        let payload = match payload::take(&mut envelope, self.gateway.options().max_frame_bytes) {
            Ok(payload) => payload,
            Err(what) => return Ok(Err(Malformed(what.to_owned()))),
        };
        // An absent enum reads as its first value.
        let command = Command::try_from(envelope.command.unwrap_or_default()).ok();
        let works = matches!(command, Some(Command::Sync | Command::Unread));
        if works && !self.refresh_app().await {
            return Ok(Ok(Some(End)));
        }
        match command {
            Some(Command::Sync) => {
                let sync = match CommSyncUl::decode(payload) {
                    Ok(sync) => sync,
                    Err(error) => return Ok(Err(error.into())),
                };
                if let Some(meta) = sync.meta {
                    self.uplink(meta).await?;
                } else {
                    self.pull(sync.queue.unwrap_or_default(), sync.key).await?;
                }
            }
            Some(Command::Unread) => self.unread().await?,
            Some(Command::Logout) => {
                self.connection.ends_with(connections::Operation::Logout);
                let session_id = Logout::decode(payload).ok().and_then(|logout| logout.session_id);
                self.socket.write(frame::logout(session_id)).await?;
                return Ok(Ok(Some(End)));
            }
            Some(Command::Notice | Command::Provision) | None => {
                return Ok(Err(Malformed(format!("command {:?}", envelope.command))));
            }
        }
        Ok(Ok(None))
    }

    /// Takes the app as it is now, so that its switches and settings hold for open sessions, too; answers whether
    /// it still serves. From memory unless somebody has changed it.
    async fn refresh_app(&mut self) -> bool {
        match apps::find_by_id(&self.gateway.options().platform, self.app.id).await {
            Ok(Some(app)) => {
                let serves = app.serves();
                if !Arc::ptr_eq(&app, &self.app) {
                    self.caller.app = app.clone();
                    self.app = app;
                }
                serves
            }
            Ok(None) => false,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(
                    app = self.app.key(),
                    error,
                    "an app could not be read; it goes on as it was"
                );
                true
            }
        }
    }

    async fn uplink(&mut self, meta: Meta) -> Result<(), Closed> {
        let client_id = meta.id.unwrap_or_default();
        match meta.ns.and_then(|ns| NameSpace::try_from(ns).ok()) {
            Some(NameSpace::Chat) => {
                let submitted =
                    messages::submit(&self.gateway.options().messaging, &self.caller, meta).await;
                match submitted {
                    Ok(pending) => self.in_flight.push_back((client_id, pending)),
                    Err(error) => self.refuse(client_id, &error).await?,
                }
            }
            Some(NameSpace::Muc) => {
                let messaging = &self.gateway.options().messaging;
                let payload = meta.payload.unwrap_or_default();
                let now = self.now();
                match rooms::uplink(messaging, &self.caller, payload).await {
                    Ok(Some(told)) if self.reads_rich_replies => {
                        let receipt = frame::receipt_with(client_id, now, now, told);
                        self.socket.write(receipt).await?;
                    }
                    Ok(_) => self.receipt(client_id, now, frame::ok()).await?,
                    Err(error) => self.refuse(client_id, &error).await?,
                }
            }
            Some(NameSpace::Roster) => {
                // Old builds only, and they expect no answer.
                let messaging = &self.gateway.options().messaging;
                match contacts::apply_uplink(messaging, &self.caller, meta).await {
                    Ok(()) => {}
                    Err(Error::Refused(refusal)) => {
                        tracing::debug!(user = %self.user, %refusal, "a contact change is refused");
                    }
                    Err(Error::Fault(fault)) => {
                        let error = &fault as &dyn std::error::Error;
                        tracing::error!(user = %self.user, error, "a contact change failed");
                    }
                }
            }
            // Clients report about themselves and expect no answer.
            _ => {}
        }
        Ok(())
    }

    async fn stored(&mut self, client_id: u64, result: Result<Sent>) -> Result<(), Closed> {
        match result {
            Ok(sent) => {
                self.queues.sent(&sent);
                let timestamp = sent.timestamp.unsigned_abs();
                let receipt = match sent.told {
                    Some(told) if self.reads_rich_replies => {
                        let told = Meta {
                            ns: Some(NameSpace::Notify as i32),
                            payload: Some(told.into()),
                            ..Meta::default()
                        };
                        frame::receipt_with(client_id, sent.id.0, timestamp, told)
                    }
                    _ => frame::receipt(client_id, sent.id.0, timestamp, frame::ok()),
                };
                self.socket.write(receipt).await
            }
            Err(error) => self.refuse(client_id, &error).await,
        }
    }

    async fn refuse(&mut self, client_id: u64, error: &Error) -> Result<(), Closed> {
        if let Error::Fault(_) = error {
            let error = error as &dyn std::error::Error;
            tracing::error!(user = %self.user, error, "an uplink failed");
        }
        self.receipt(client_id, 0, refusal::of_uplink(error)).await
    }

    async fn receipt(
        &mut self,
        client_id: u64,
        server_id: u64,
        status: hongyan_msync::proto::Status,
    ) -> Result<(), Closed> {
        let now = self.now();
        self.socket.write(frame::receipt(client_id, server_id, now, status)).await
    }

    async fn unread(&mut self) -> Result<(), Closed> {
        let unread = self.list_unread().await;
        let mut queues = Vec::with_capacity(unread.len());
        // Chat rooms are never unread, but a client may have missed a notice.
        for room in self.announced.iter().filter(|key| key.is_room()) {
            queues.extend(room.conversation().map(|room| queue::of(&self.app, &self.user, &room)));
        }
        for key in unread.into_iter().filter(|key| !self.queues.hold_back(key)) {
            if let Some(conversation) = key.conversation() {
                queues.push(queue::of(&self.app, &self.user, &conversation));
            }
            // The client pulls every listed queue at once; a notice would be one too many.
            self.announced.insert(key);
        }
        let now = self.now();
        self.socket.write(frame::unread(queues, now)).await?;
        if !self.synced {
            self.synced = true;
            // Frees a client whose list of announced queues survived a lost connection.
            self.socket.write(frame::queue_end(queue::system(&self.app), now)).await?;
        }
        Ok(())
    }

    /// What there is to pull, and in `listed` whether that is all.
    async fn list_unread(&mut self) -> Vec<ConversationKey> {
        match self.queues.unread().await {
            Ok(Unread { conversations, has_more }) => {
                self.listed = has_more.then(|| conversations.iter().cloned().collect());
                conversations
            }
            Err(error) => {
                self.fault(&error, "unread queues could not be listed");
                self.listed = None;
                Vec::new()
            }
        }
    }

    /// The client has pulled all that it was told of: it is told of what one list did not hold.
    async fn announce_rest(&mut self) -> Result<(), Closed> {
        let Some(before) = self.listed.take() else { return Ok(()) };
        // What is still unread after it was pulled stays so; asking again would not end.
        for key in self.list_unread().await.into_iter().filter(|key| !before.contains(key)) {
            self.announce(key).await?;
        }
        if self.announced.is_empty() {
            self.listed = None;
        }
        Ok(())
    }

    async fn pull(&mut self, queue: Jid, key: Option<u64>) -> Result<(), Closed> {
        let room_or_thread = |name: &str| self.queues.room_or_thread(name);
        let conversation = queue::conversation(&self.user, &queue, room_or_thread);
        let batch = match &conversation {
            Some(conversation) => {
                // Whatever is announced from here on is answered by a notice after this answer.
                self.registration.mailbox().forget(&conversation.key());
                self.queues.pull(conversation, key).await
            }
            None => Ok(None),
        };
        let batch = batch.unwrap_or_else(|error| {
            self.fault(&error, "a queue could not be read");
            None
        });
        let now = self.now();
        let Some(batch) = batch else {
            if let Some(conversation) = conversation {
                self.announced.remove(&conversation.key());
                if let Conversation::Group(group) = &conversation {
                    // It may be the queue of a room or thread that the user has left.
                    let room = Conversation::Room(RoomId::from_trusted(group.as_str()));
                    self.announced.remove(&room.key());
                    let thread = Conversation::Thread(ThreadId::from_trusted(group.as_str()));
                    self.announced.remove(&thread.key());
                }
            }
            self.socket.write(frame::queue_end(queue, now)).await?;
            self.announce_held_back().await?;
            if self.announced.is_empty() {
                self.announce_rest().await?;
            }
            return Ok(());
        };
        let messages: Vec<_> = batch
            .entries
            .iter()
            .map(|entry| frame::Stored {
                id: entry.id.0,
                timestamp: entry.timestamp.unsigned_abs(),
                meta: &entry.entry.meta,
            })
            .collect();
        let frame = frame::batch(queue, batch.next_key, now, &messages);
        self.socket.write(frame).await?;
        self.announce_held_back().await
    }

    /// What the client acknowledged may have been the last repeat: it is told of what waited for that.
    async fn announce_held_back(&mut self) -> Result<(), Closed> {
        for key in self.queues.take_held_back() {
            self.announce(key).await?;
        }
        Ok(())
    }

    async fn announce(&mut self, key: ConversationKey) -> Result<(), Closed> {
        let Some(conversation) = key.conversation() else { return Ok(()) };
        if self.queues.hold_back(&key) {
            return Ok(());
        }
        // A client that is already pulling the queue comes back for what is new.
        if !self.announced.insert(key) {
            return Ok(());
        }
        let queue = queue::of(&self.app, &self.user, &conversation);
        self.socket.write(frame::notice(queue)).await
    }

    /// Waits for the messages on their way to the disk and answers them.
    async fn settle(&mut self) -> Result<(), Closed> {
        while let Some((client_id, pending)) = self.in_flight.pop_front() {
            let result = pending.await;
            self.stored(client_id, result).await?;
        }
        Ok(())
    }

    async fn kicked(&mut self, kick: Kick) -> Result<(), Closed> {
        let (operation, reason) = match kick {
            Kick::UserRemoved => (Operation::UserRemoved, None),
            Kick::PasswordChanged => (Operation::UserKickedByChangePassword, None),
            Kick::OtherDevice { reason } => (Operation::UserLoginAnotherDevice, Some(reason)),
            // The protocol has one word for both.
            Kick::Banned | Kick::LoggedOut => (Operation::UserKickedByOtherDevice, None),
            // The page's own newer connection, or a node or app that goes away: no reason to log out.
            Kick::Replaced | Kick::Stopping | Kick::AppStopped => return Ok(()),
        };
        let body = StatisticsBody {
            operation: Some(operation as i32),
            reason,
            ..StatisticsBody::default()
        };
        let now = self.now();
        let meta = Meta {
            id: Some(now),
            // Older builds, 4.17 among them, break on a meta that comes from nobody.
            from: Some(Jid { name: Some(self.user.to_string()), ..queue::system(&self.app) }),
            ns: Some(NameSpace::Statistic as i32),
            timestamp: Some(now),
            payload: Some(body.encode_to_vec().into()),
            ..Meta::default()
        };
        self.socket.write(frame::push(queue::system(&self.app), meta, now)).await
    }

    fn fault(&self, error: &Error, what: &'static str) {
        let error = error as &dyn std::error::Error;
        tracing::error!(user = %self.user, error, "{what}; the client asks again");
    }

    fn now(&self) -> u64 {
        self.gateway.options().messaging.clock().now().unsigned_abs()
    }
}
