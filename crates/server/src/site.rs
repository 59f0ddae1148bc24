//! Which part answers which path of the one port.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use hongyan_gateway::{Framing, Gateway};
use hongyan_model::{Clock as _, SystemClock};
use hongyan_store::Store;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, UPGRADE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use metrics::{counter, histogram};
use serde_json::json;
use tracing::warn;

use crate::client_addr::TrustedProxies;
use crate::{pages, sockjs};

/// How long `/readyz` waits for the database.
const READY_WITHIN: Duration = Duration::from_secs(3);

/// What the port is made of.
pub(crate) struct Behind {
    pub(crate) gateway: Gateway,
    pub(crate) rest: axum::Router,
    pub(crate) console: axum::Router,
    pub(crate) store: Store,
    pub(crate) proxies: TrustedProxies,
}

/// Everything behind the port. Clones share it.
#[derive(Clone)]
pub(crate) struct Site {
    gateway: Gateway,
    rest: TowerToHyperService<axum::Router>,
    console: TowerToHyperService<axum::Router>,
    store: Store,
    proxies: TrustedProxies,
}

impl Site {
    pub(crate) fn new(behind: Behind) -> Self {
        let Behind { gateway, rest, console, store, proxies } = behind;
        let rest = TowerToHyperService::new(rest.fallback(async || unknown_path()));
        Self { gateway, rest, console: TowerToHyperService::new(console), store, proxies }
    }

    /// Answers one request of the connection from `peer`. Reserved organisation names keep these paths apart from REST's
    /// `/{org}/{app}/…`.
    pub(crate) async fn answer(
        &self,
        mut request: Request<Incoming>,
        peer: IpAddr,
    ) -> Result<Response<Body>, Infallible> {
        let client = self.proxies.client(peer, request.headers());
        request.extensions_mut().insert(client);
        let path = request.uri().path();
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let response = match path {
            "/websocket" | "/ws" => self.upgrade(&mut request, Framing::Plain),
            "/" if request.headers().contains_key(UPGRADE) => {
                self.upgrade(&mut request, Framing::Plain)
            }
            "/" if is_read => pages::landing(),
            "/docs" | "/docs/" if is_read => pages::docs(),
            "/healthz" if is_read => status(StatusCode::OK, "ok\n"),
            "/readyz" if is_read => ready(&self.store).await,
            _ if path.starts_with("/ws/") => {
                let rest = path["/ws".len()..].to_owned();
                self.sockjs(&mut request, &rest)
            }
            _ => match (below(path, "/chat"), below(path, "/console")) {
                (Some(rest), _) if is_read => pages::chat(rest, request.headers()),
                (_, Some(rest)) if below(rest, "/api").is_some() => {
                    return measured("console", self.console.call(request)).await;
                }
                (_, Some(rest)) if is_read => pages::console(rest, request.headers()),
                _ => return measured("rest", self.rest.call(request)).await,
            },
        };
        Ok(response)
    }

    /// What is below `/ws`.
    fn sockjs(&self, request: &mut Request<Incoming>, rest: &str) -> Response<Body> {
        let resource = sockjs::Resource::of(rest);
        if resource == sockjs::Resource::Socket && request.headers().contains_key(UPGRADE) {
            return self.upgrade(request, Framing::SockJs);
        }
        sockjs::answer(resource, request.method(), request.headers())
    }

    fn upgrade(&self, request: &mut Request<Incoming>, framing: Framing) -> Response<Body> {
        match self.gateway.upgrade(request, framing) {
            Ok(response) => response.map(|()| Body::empty()),
            Err(code) => status(code, "this address speaks WebSocket\n"),
        }
    }
}

/// `/readyz`: whether the database answers.
pub(crate) async fn ready(store: &Store) -> Response<Body> {
    match tokio::time::timeout(READY_WITHIN, store.ping()).await {
        Ok(Ok(())) => return status(StatusCode::OK, "ready\n"),
        Ok(Err(error)) => warn!(%error, "not ready: the database does not answer"),
        Err(_) => warn!("not ready: the database takes longer than {READY_WITHIN:?}"),
    }
    status(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
}

/// Counts an answer, and how long it took until it began.
async fn measured(
    part: &'static str,
    answering: impl Future<Output = Result<Response<Body>, Infallible>>,
) -> Result<Response<Body>, Infallible> {
    let since = Instant::now();
    let response = answering.await?;
    let status = match response.status().as_u16() {
        ..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    counter!("hongyan_http_requests_total", "part" => part, "status" => status).increment(1);
    histogram!("hongyan_http_request_seconds", "part" => part).record(since.elapsed());
    Ok(response)
}

/// What follows `folder` in a path at or below it.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// In REST's error shape: whoever calls a wrong path most likely meant REST.
fn unknown_path() -> Response<Body> {
    let error = json!({
        "error": "web_application",
        "exception": "WebApplicationException",
        "timestamp": SystemClock.now(),
        "duration": 0,
        "error_description": "No such path; REST is at /{org}/{app}/…",
    });
    let mut response = Response::new(Body::from(error.to_string()));
    *response.status_mut() = StatusCode::NOT_FOUND;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

pub(crate) fn status(code: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
