//! Long-lived connections of end users: MSYNC over WebSocket, plain or below SockJS, and over TCP.
//!
//! A connection is one task: it logs the user in ([`login`]), then serves frames, signals and
//! commits until it ends ([`session`]). Every frame becomes one call of the messaging crate; what
//! that refuses is told in the words the SDKs know ([`refusal`]). No rule of the domain lives here.

mod admission;
mod handshake;
mod login;
mod payload;
mod queue;
mod refusal;
mod rooms;
mod session;
mod socket;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use hongyan_cluster::Kick;
use hongyan_messaging::{
    Messaging, connections, conversations, devices, metering, moderation, presence,
};
use hongyan_model::ClientAddr;
use hongyan_platform::Platform;
use http::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::admission::Admission;
use crate::socket::{Socket, TcpSocket, WebSocket};

/// What a [`Gateway`] is made of.
pub struct GatewayOptions {
    /// The domain.
    pub messaging: Messaging,
    /// Apps.
    pub platform: Platform,
    /// A connection that says nothing for this long is closed. Web clients speak every 60 s,
    /// native ones every 120 s.
    pub idle_timeout: Duration,
    /// Time a new connection has to log in.
    pub login_timeout: Duration,
    /// Logins that begin within a second; more wait, for as long as `login_timeout`.
    pub logins_per_second: u32,
    /// Largest frame a client may send; more closes the connection.
    pub max_frame_bytes: usize,
    /// Messages of one connection on their way to the disk; more wait in the client's socket.
    pub max_in_flight: usize,
}

/// What a WebSocket carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Framing {
    /// One message is one frame.
    Plain,
    /// SockJS, with its own words around the frames.
    SockJs,
}

/// Serves connections. Clones share everything.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    admission: Admission,
    options: GatewayOptions,
    open: AtomicUsize,
    closed: Notify,
    stopping: AtomicBool,
}

impl Gateway {
    /// A gateway without connections.
    #[must_use]
    pub fn new(options: GatewayOptions) -> Self {
        Self(Arc::new(Inner {
            admission: Admission::new(options.logins_per_second),
            options,
            open: AtomicUsize::new(0),
            closed: Notify::new(),
            stopping: AtomicBool::new(false),
        }))
    }

    /// Answers a WebSocket handshake: the head of the `101` answer, or the status to refuse with.
    ///
    /// The connection is served by a task of its own as soon as the answer is written.
    pub fn upgrade<B>(
        &self,
        request: &mut Request<B>,
        framing: Framing,
    ) -> Result<Response<()>, StatusCode> {
        let response = handshake::answer(request)?;
        let client = request.extensions().get::<ClientAddr>().map(|client| client.0);
        let upgraded = hyper::upgrade::on(request);
        let open = OpenConnection::new(self.clone());
        tokio::spawn(async move {
            match upgraded.await {
                Ok(upgraded) => {
                    let gateway = &open.0;
                    let (io, most) = (TokioIo::new(upgraded), gateway.options().max_frame_bytes);
                    let socket = Box::new(match framing {
                        Framing::Plain => WebSocket::plain(io, most),
                        Framing::SockJs => WebSocket::sockjs(io, most),
                    });
                    serve(gateway, Socket::Web(socket), client).await;
                }
                Err(error) => tracing::debug!(%error, "a WebSocket handshake was not completed"),
            }
        });
        Ok(response)
    }

    /// Serves a TCP connection, by a task of its own.
    pub fn accept(&self, stream: TcpStream, client: IpAddr) {
        let open = OpenConnection::new(self.clone());
        tokio::spawn(async move {
            let gateway = &open.0;
            let socket = TcpSocket::new(stream, gateway.options().max_frame_bytes);
            serve(gateway, Socket::Tcp(Box::new(socket)), Some(client)).await;
        });
    }

    /// Ends the sessions little by little, spread evenly over `within`, so that other nodes are not met by all clients at once.
    /// Sessions are served until their turn. Stopping at any point is fine.
    pub async fn drain(&self, within: Duration) {
        /// Between two parts of the sessions.
        const STEP: Duration = Duration::from_millis(200);
        let router = self.0.options.messaging.router();
        let end = Instant::now() + within;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let steps = left.as_millis().div_ceil(STEP.as_millis()).max(1);
            let sessions = router.connections();
            if sessions == 0 || left.is_zero() {
                return;
            }
            router
                .kick_some(sessions.div_ceil(usize::try_from(steps).unwrap_or(1)), &Kick::Stopping);
            // Few end one by one; no two nodes keep step.
            let each = left / u32::try_from(sessions).unwrap_or(u32::MAX);
            let pause = STEP.max(each).mul_f64(rand::random_range(0.5..1.5));
            tokio::time::sleep(pause.min(left)).await;
        }
    }

    /// Closes every session, waits until each has answered what it had accepted, at most `within`,
    /// and makes acknowledgements and figures durable. Clients reconnect by themselves.
    pub async fn shutdown(&self, within: Duration) {
        let deadline = Instant::now() + within;
        let messaging = &self.0.options.messaging;
        // A session that is not yet registered when all are kicked finds this set.
        self.0.stopping.store(true, Ordering::SeqCst);
        messaging.router().kick_all(&Kick::Stopping);
        loop {
            let closed = self.0.closed.notified();
            if messaging.router().connections() == 0 {
                break;
            }
            if tokio::time::timeout_at(deadline, closed).await.is_err() {
                let left = messaging.router().connections();
                tracing::warn!(left, "some sessions did not close in time");
                break;
            }
        }
        // Followers on other nodes are told; those of this one are gone.
        if messaging.router().is_clustered() {
            match tokio::time::timeout_at(deadline, presence::announce_last(messaging)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(%error, "followers could not be told who is gone")
                }
                Err(_) => tracing::warn!("not all followers were told in time who is gone"),
            }
        }
        if let Err(error) = devices::flush(messaging).await {
            tracing::error!(%error, "cursors could not be written; devices receive some messages again");
        }
        if let Err(error) = conversations::flush(messaging).await {
            tracing::error!(%error, "read positions could not be written; some messages count as unread again");
        }
        if let Err(error) = metering::flush(messaging).await {
            tracing::error!(%error, "figures could not be written; some are lost");
        }
        if let Err(error) = connections::flush(messaging).await {
            tracing::error!(%error, "the history of connections could not be written to its end");
        }
        if let Err(error) = moderation::flush(messaging).await {
            tracing::error!(%error, "the history of moderation could not be written to its end");
        }
    }

    /// Connections, logged in or not.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.open.load(Ordering::Relaxed)
    }

    fn options(&self) -> &GatewayOptions {
        &self.0.options
    }
}

async fn serve(gateway: &Gateway, mut socket: Socket, client: Option<IpAddr>) {
    if socket.greet().await.is_err() {
        return;
    }
    let login = Box::pin(login::login(gateway, &mut socket, client)).await;
    if let Some(session) = login
        && !gateway.0.stopping.load(Ordering::SeqCst)
    {
        session::run(gateway, socket, session).await;
    }
}

/// Counts a connection for as long as it lives.
struct OpenConnection(Gateway);

impl OpenConnection {
    fn new(gateway: Gateway) -> Self {
        gateway.0.open.fetch_add(1, Ordering::Relaxed);
        Self(gateway)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.0.open.fetch_sub(1, Ordering::Relaxed);
        self.0.0.closed.notify_waiters();
    }
}
