//! The operator's address: what monitoring reads, in Prometheus' text form, and whether the node is ready.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use hongyan_gateway::Gateway;
use hongyan_messaging::Messaging;
use hongyan_model::{Clock as _, IdGenerator, SystemClock};
use hongyan_store::Store;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::http::Slots;
use crate::site::{ready, status};

/// Upper bounds of what takes time, in seconds.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// What was measured is put together so often, also when nobody asks.
const TIDY_EVERY: Duration = Duration::from_secs(5);
/// For a figure that the database gives.
const ASKED_WITHIN: Duration = Duration::from_secs(1);

/// What the figures are of.
#[derive(Clone)]
pub(crate) struct Measured {
    pub(crate) gateway: Gateway,
    pub(crate) messaging: Messaging,
    pub(crate) slots: Slots,
    pub(crate) store: Store,
}

/// From now on figures are kept, in the whole process.
pub(crate) fn install() -> anyhow::Result<&'static PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle);
    }
    let builder = PrometheusBuilder::new().set_buckets(&SECONDS).context("buckets")?;
    let handle = builder.install_recorder().context("figures cannot be kept")?;
    describe();
    Ok(HANDLE.get_or_init(|| handle))
}

/// Serves the figures for as long as it is polled, also while the node hands over its clients, which `stopping` says.
pub(crate) async fn serve(
    listener: TcpListener,
    handle: &'static PrometheusHandle,
    measured: Measured,
    stopping: Arc<AtomicBool>,
) {
    let tidy = async {
        loop {
            tokio::time::sleep(TIDY_EVERY).await;
            handle.run_upkeep();
        }
    };
    let of = (measured.store.clone(), stopping);
    let site = Router::new()
        .route(
            "/metrics",
            get(async move |State(measured): State<Measured>| {
                measured.look().await;
                ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render())
            }),
        )
        .route("/healthz", get(async || "ok\n"))
        .route(
            "/readyz",
            get(async move || {
                let (store, stopping) = &of;
                if stopping.load(Ordering::SeqCst) {
                    return status(StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
                }
                ready(store).await.into_response()
            }),
        )
        .with_state(measured);
    tokio::select! {
        served = axum::serve(listener, site) => {
            if let Err(error) = served {
                tracing::warn!(%error, "figures are not served any more");
            }
        }
        () = tidy => {}
    }
}

impl Measured {
    /// Takes the figures that are not counted as they happen.
    async fn look(&self) {
        let number = |name: &'static str, n: usize| gauge!(name).set(n as f64);
        let router = self.messaging.router();
        number("hongyan_sessions", router.connections());
        number("hongyan_connections", self.gateway.connections());
        number("hongyan_http_connections", self.slots.http());
        let (idle, used) = self.store.pool_use();
        gauge!("hongyan_database_connections", "state" => "idle").set(idle as f64);
        gauge!("hongyan_database_connections", "state" => "used").set(used as f64);
        gauge!("hongyan_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        if router.is_clustered() {
            let log = self.store.log();
            let asked = async { Ok((log.nodes().await?, log.horizon().await?)) };
            let asked: Result<Result<_, hongyan_store::StoreError>, _> =
                timeout(ASKED_WITHIN, asked).await;
            if let Ok(Ok((nodes, horizon))) = asked {
                let lag = SystemClock.now() - IdGenerator::time_of(horizon);
                gauge!("hongyan_log_horizon_lag_seconds").set(lag.max(0) as f64 / 1000.0);
                let is_complete = !router.is_deaf_to(&nodes);
                gauge!("hongyan_bus_complete").set(f64::from(u8::from(is_complete)));
            }
        }
        Collector::default().collect();
    }
}

/// What the figures mean.
fn describe() {
    describe_gauge!("hongyan_sessions", "Sessions that are logged in on this node.");
    describe_gauge!(
        "hongyan_connections",
        "Long-lived connections of this node, logged in or not."
    );
    describe_gauge!("hongyan_http_connections", "Connections that speak HTTP.");
    describe_gauge!("hongyan_database_connections", "Connections to the control database.");
    describe_gauge!("hongyan_build_info", "1, with the version.");
    describe_gauge!(
        "hongyan_log_horizon_lag_seconds",
        Unit::Seconds,
        "How far what is followed along the log (callbacks, pushes, figures) is behind at least."
    );
    describe_gauge!(
        "hongyan_bus_complete",
        "1: this node hears all others; 0: it reads from the log what they commit."
    );
    describe_counter!(
        "hongyan_bus_dropped_total",
        "Events not told to other nodes: too many waited."
    );
    describe_counter!(
        "hongyan_bus_gaps_total",
        "Times that something other nodes told was missed."
    );
    describe_counter!(
        "hongyan_bus_late_total",
        "Times that another node did too late what it was told for a change to wait for it."
    );
    describe_counter!("hongyan_logins_total", "Logins, by what became of them.");
    describe_counter!("hongyan_messages_total", "Entries of the log that became durable.");
    describe_histogram!(
        "hongyan_append_seconds",
        Unit::Seconds,
        "From handing an entry to the log until it is durable."
    );
    describe_counter!("hongyan_http_requests_total", "Answers to HTTP requests.");
    describe_histogram!(
        "hongyan_http_request_seconds",
        Unit::Seconds,
        "From an HTTP request until its answer begins."
    );
    describe_counter!(
        "hongyan_callbacks_total",
        "Calls of customers' servers, by what came of them."
    );
    describe_counter!("hongyan_pushes_total", "Notices to phones that have come to an end.");
    Collector::default().describe();
}

/// Where figures are served, if they are to be.
pub(crate) async fn bind(address: Option<SocketAddr>) -> anyhow::Result<Option<TcpListener>> {
    let Some(address) = address else { return Ok(None) };
    let listener = TcpListener::bind(address).await;
    listener.map(Some).with_context(|| format!("cannot listen on {address} for monitoring"))
}
