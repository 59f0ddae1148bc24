//! Start and graceful stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use hongyan_cluster::Bus;
use hongyan_console::ConsoleState;
use hongyan_gateway::{Gateway, GatewayOptions};
use hongyan_integrations::{Integrations, push};
use hongyan_messaging::{Messaging, leases};
use hongyan_platform::accounts::{self, OneTimePassword};
use hongyan_rest::{Rates, RestState};
use hongyan_store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{info, warn};

use crate::client_addr::TrustedProxies;
use crate::config::Config;
use crate::http::Slots;
use crate::monitoring::{self, Measured};
use crate::parts::Parts;
use crate::site::{Behind, Site};
use crate::upkeep::Upkeep;
use crate::{demo, http, tcp};

/// Connections may finish what they are doing for this long; the rest of the ten seconds after
/// which an operator's patience ends belongs to the storage.
const FINISH_WITHIN: Duration = Duration::from_secs(6);
const CLOSE_WITHIN: Duration = Duration::from_secs(3);

/// A server that accepts connections.
pub struct RunningServer {
    addr: SocketAddr,
    tcp_addr: Option<SocketAddr>,
    metrics_addr: Option<SocketAddr>,
    stopping: watch::Sender<bool>,
    /// What readiness says to monitoring.
    leaving: Arc<AtomicBool>,
    _watched: JoinSet<()>,
    drain: Duration,
    gateway: Gateway,
    upkeep: Upkeep,
    first_operator: Option<OneTimePassword>,
    store: Store,
    messaging: Messaging,
    integrations: Integrations,
    bus: Option<Bus>,
}

/// Starts a server; it accepts connections when this returns.
pub async fn start(mut config: Config) -> anyhow::Result<RunningServer> {
    config.validate()?;
    // First, so that a port in use is noticed before anything is written.
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let addr = listener.local_addr()?;
    config.listen = addr;
    let tcp = match config.tcp.address()? {
        Some(address) => {
            let listener = TcpListener::bind(address).await;
            Some(listener.with_context(|| format!("cannot listen on {address} for TCP clients"))?)
        }
        None => None,
    };
    let figures = monitoring::bind(config.metrics.address()?).await?;
    let metrics_addr = figures.as_ref().map(TcpListener::local_addr).transpose()?;
    // Before anything is counted.
    let kept = figures.is_some().then(monitoring::install).transpose()?;
    let tcp_addr = tcp.as_ref().map(TcpListener::local_addr).transpose()?;

    let parts = Parts::open(&config).await?;
    let bus = parts.join_others(&config).await?;
    let first_operator = accounts::ensure_operator(&parts.platform).await?;
    let outgoing = Parts::outgoing(&config)?;
    let integrations = parts.integrations(&config, outgoing.clone())?;
    let messaging = parts.messaging(&config, &integrations, outgoing).await?;
    if config.demo {
        demo::set_up(&messaging, &parts.platform).await.context("cannot set up the demo")?;
    }
    let gateway = Gateway::new(GatewayOptions {
        messaging: messaging.clone(),
        platform: parts.platform.clone(),
        idle_timeout: Duration::from_secs(config.gateway.idle_timeout_seconds),
        login_timeout: Duration::from_secs(config.gateway.login_timeout_seconds),
        logins_per_second: config.gateway.logins_per_second,
        max_frame_bytes: config.gateway.max_frame_bytes,
        max_in_flight: config.gateway.max_in_flight,
    });
    let rest = hongyan_rest::router(RestState {
        messaging: messaging.clone(),
        integrations: integrations.clone(),
        platform: parts.platform.clone(),
        rates: Rates::new(&messaging),
        public_url: config.public_url(),
    });
    let proxies = TrustedProxies::new(&config.http.trusted_proxies);
    let console = hongyan_console::router(ConsoleState {
        messaging: messaging.clone(),
        integrations: integrations.clone(),
        platform: parts.platform.clone(),
        public_url: config.public_url(),
        secure_cookie: config.public_url.starts_with("https:"),
    });
    let store = parts.store.clone();
    let site = Site::new(Behind { gateway: gateway.clone(), rest, console, store, proxies });
    let (stopping, stop) = watch::channel(false);
    let slots = Slots::new(config.http.max_connections, gateway.clone());
    if let Some(listener) = tcp {
        tokio::spawn(tcp::serve(listener, gateway.clone(), slots.clone(), stop.clone()));
        info!(addr = ?tcp_addr, "serving MSYNC over TCP");
    }
    let leaving = Arc::new(AtomicBool::new(false));
    let mut watched = JoinSet::new();
    if let (Some(listener), Some(handle)) = (figures, kept) {
        let (gateway, messaging) = (gateway.clone(), messaging.clone());
        let measured =
            Measured { gateway, messaging, slots: slots.clone(), store: parts.store.clone() };
        watched.spawn(monitoring::serve(listener, handle, measured, leaving.clone()));
        info!(addr = ?metrics_addr, "serving figures");
    }
    tokio::spawn(http::serve(listener, site, slots, config.http, stop));
    let upkeep = Upkeep::start(&messaging, &parts.platform, &integrations);
    info!(%addr, database = %config.database, data_dir = %config.data_dir.display(), "serving");
    Ok(RunningServer {
        addr,
        tcp_addr,
        metrics_addr,
        stopping,
        leaving,
        _watched: watched,
        drain: Duration::from_secs(config.gateway.drain_seconds),
        gateway,
        upkeep,
        first_operator,
        store: parts.store,
        messaging,
        integrations,
        bus,
    })
}

impl RunningServer {
    /// Where it listens; tells the port when the configuration asked for any.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where it listens for clients that speak MSYNC over TCP, if it does.
    #[must_use]
    pub fn tcp_addr(&self) -> Option<SocketAddr> {
        self.tcp_addr
    }

    /// Where monitoring finds the figures, if they are kept.
    #[must_use]
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_addr
    }

    /// The operator that this start made, since the installation had none.
    #[must_use]
    pub fn first_operator(&self) -> Option<&OneTimePassword> {
        self.first_operator.as_ref()
    }

    /// Accepts no more, and hands the clients over to other nodes, for as long as the configuration says. Everything else goes
    /// on meanwhile; dropping this ends it.
    pub async fn drain(&self) {
        self.leaving.store(true, Ordering::SeqCst);
        self.stopping.send_replace(true);
        let sessions = self.gateway.connections();
        if !self.drain.is_zero() && sessions > 0 {
            info!(sessions, within = ?self.drain, "handing clients over to other nodes");
            self.gateway.drain(self.drain).await;
        }
    }

    /// Accepts no more, lets every connection finish what it is doing, then closes the storage.
    /// What was acknowledged is durable already, so the deadlines lose nothing.
    pub async fn stop(self) {
        let Self { stopping, gateway, upkeep, integrations, messaging, store, bus, .. } = self;
        stopping.send_replace(true);
        let upkeep = async {
            push::finish(&integrations, FINISH_WITHIN).await;
            drop(upkeep);
        };
        let requests = timeout(FINISH_WITHIN, stopping.closed());
        let sessions = gateway.shutdown(FINISH_WITHIN);
        let (requests, (), ()) = tokio::join!(requests, sessions, upkeep);
        if requests.is_err() {
            warn!("some requests did not finish in time");
        }
        if let Some(bus) = bus {
            bus.leave().await;
        }
        if let Err(error) = leases::release(&messaging).await {
            warn!(
                error = &error as &dyn std::error::Error,
                "other nodes wait a moment before they take over"
            );
        }
        if timeout(CLOSE_WITHIN, store.close()).await.is_err() {
            warn!("the storage did not close in time");
        }
        info!("stopped");
    }
}
