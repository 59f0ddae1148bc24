//! Accepting connections and reading requests from them.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hongyan_gateway::Gateway;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::config::HttpSettings;
use crate::site::Site;

/// Open files kept back for databases, attachments and logs.
const FILES_KEPT_BACK: usize = 256;
/// After an accept that failed for want of files or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How many connections there may be, of all kinds and on all ports. Clones count together.
#[derive(Clone)]
pub(crate) struct Slots {
    most: usize,
    /// Connections that speak HTTP; the gateway counts the others.
    http: Arc<AtomicUsize>,
    gateway: Gateway,
}

/// The place of a connection that speaks HTTP.
struct Slot(Arc<AtomicUsize>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Slots {
    pub(crate) fn new(wanted: usize, gateway: Gateway) -> Self {
        Self { most: connections_that_fit(wanted), http: Arc::default(), gateway }
    }

    /// Whether one more would be too many.
    fn are_full(&self) -> bool {
        self.http.load(Ordering::Relaxed) + self.gateway.connections() >= self.most
    }

    /// Connections that speak HTTP.
    pub(crate) fn http(&self) -> usize {
        self.http.load(Ordering::Relaxed)
    }

    fn take(&self) -> Slot {
        self.http.fetch_add(1, Ordering::Relaxed);
        Slot(self.http.clone())
    }
}

/// Accepts connections on one port as long as there is room for them.
pub(crate) struct Acceptor {
    listener: TcpListener,
    slots: Slots,
    stopping: watch::Receiver<bool>,
    was_full: bool,
}

impl Acceptor {
    pub(crate) fn new(
        listener: TcpListener,
        slots: Slots,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self { listener, slots, stopping, was_full: false }
    }

    /// The next connection; `None` once the server stops.
    pub(crate) async fn next(&mut self) -> Option<(TcpStream, SocketAddr)> {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stop_requested(&mut self.stopping) => return None,
            };
            let accepted = match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_the_peers_doing(error.kind()) => continue,
                Err(error) => {
                    warn!(%error, "cannot accept connections for the moment");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let is_full = self.slots.are_full();
            if is_full && !self.was_full {
                // One line when it begins, not one per connection.
                let most = self.slots.most;
                warn!(most, "closing new connections: there are as many as allowed");
            }
            self.was_full = is_full;
            if !is_full {
                return Some(accepted);
            }
        }
    }
}

/// Accepts until `stopping` is set, then waits for nothing: whoever set it sees the connections end
/// when all receivers of `stopping` are gone.
pub(crate) async fn serve(
    listener: TcpListener,
    site: Site,
    slots: Slots,
    settings: HttpSettings,
    stopping: watch::Receiver<bool>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(settings.header_timeout_seconds))
        .max_buf_size(settings.max_header_bytes);
    let mut acceptor = Acceptor::new(listener, slots, stopping.clone());
    while let Some((socket, peer)) = acceptor.next().await {
        let slot = acceptor.slots.take();
        let (site, http, stopping) = (site.clone(), http.clone(), stopping.clone());
        tokio::spawn(async move {
            serve_connection(socket, peer.ip(), site, http, stopping).await;
            drop(slot);
        });
    }
}

async fn serve_connection(
    socket: TcpStream,
    peer: IpAddr,
    site: Site,
    http: http1::Builder,
    mut stopping: watch::Receiver<bool>,
) {
    // Small frames leave at once; whoever has more to say writes it in one go.
    if let Err(error) = socket.set_nodelay(true) {
        debug!(%error, "connection gone before it was served");
        return;
    }
    let service = service_fn(|request| site.answer(request, peer));
    let connection = http.serve_connection(TokioIo::new(socket), service).with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stop_requested(&mut stopping) => None,
    };
    let served = match ended {
        Some(served) => served,
        None => {
            // Finishes the request in progress, then closes.
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        debug!(%error, "connection ended early");
    }
}

async fn stop_requested(stopping: &mut watch::Receiver<bool>) {
    // An error means that whoever could set it is gone, which is as good.
    let _ = stopping.wait_for(|stop| *stop).await;
}

fn is_the_peers_doing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

/// Lifts the process's limit of open files to what the system allows, and fits `wanted` into it.
fn connections_that_fit(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            warn!(%error, "the limit of open files stays as it is");
            limit.current
        }
    };
    // `None` is no limit.
    let files = files.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let fitting = files.saturating_sub(FILES_KEPT_BACK).clamp(1, wanted);
    if fitting < wanted {
        info!(most = fitting, "the limit of open files bounds the number of connections");
    }
    fitting
}
