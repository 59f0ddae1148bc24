//! Which part answers which path of the one port.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use hongyan_gateway::{Framing, Gateway};
use hongyan_model::{Clock as _, SystemClock};
use hongyan_store::Store;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, UPGRADE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use metrics::{counter, histogram};
use serde_json::json;
use tracing::{Instrument as _, Span, field, info_span, warn};

use crate::client_addr::TrustedProxies;
use crate::{pages, sockjs, traces};

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
        // Preflights are REST's to answer, wherever they go.
        let is_wrong = !is_read && *request.method() != Method::OPTIONS;
        let response = match path {
            "/websocket" | "/ws" => self.upgrade(&mut request, Framing::Plain),
            "/" if request.headers().contains_key(UPGRADE) => {
                self.upgrade(&mut request, Framing::Plain)
            }
            "/" if is_read => pages::landing(),
            "/docs" | "/docs/" if is_read => pages::docs(),
            "/healthz" if is_read => status(StatusCode::OK, "ok\n"),
            "/readyz" if is_read => ready(&self.store).await,
            "/" | "/docs" | "/docs/" | "/healthz" | "/readyz" if is_wrong => wrong_method(),
            _ if path.starts_with("/ws/") => {
                let rest = path["/ws".len()..].to_owned();
                self.sockjs(&mut request, &rest)
            }
            _ => match (below(path, "/chat"), below(path, "/console")) {
                (Some(rest), _) if is_read => pages::chat(rest, request.headers()),
                (_, Some(rest)) if below(rest, "/api").is_some() => {
                    let span = span_of(&request);
                    return measured("console", self.console.call(request)).instrument(span).await;
                }
                (_, Some(rest)) if is_read => pages::console(rest, request.headers()),
                (Some(_), _) | (_, Some(_)) if is_wrong => wrong_method(),
                _ => {
                    let span = span_of(&request);
                    return measured("rest", self.rest.call(request)).instrument(span).await;
                }
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
            Err(code) => refused(code, "web_application", "This address speaks WebSocket"),
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

/// Of a request, in the trace of its caller.
fn span_of(request: &Request<Incoming>) -> Span {
    let span = info_span!(
        "request",
        otel.kind = "server",
        http.request.method = request.method().as_str(),
        url.path = request.uri().path(),
        http.response.status_code = field::Empty,
    );
    traces::follow_caller(&span, request.headers());
    span
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
    Span::current().record("http.response.status_code", response.status().as_u16());
    counter!("hongyan_http_requests_total", "part" => part, "status" => status).increment(1);
    histogram!("hongyan_http_request_seconds", "part" => part).record(since.elapsed());
    Ok(response)
}

/// What follows `folder` in a path at or below it.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn unknown_path() -> Response<Body> {
    let text = "No such path; REST is at /{org}/{app}/…";
    refused(StatusCode::NOT_FOUND, "web_application", text)
}

/// Pages are read only.
fn wrong_method() -> Response<Body> {
    let (error, text) = ("unsupported_service_operation", "Service operation not supported");
    let mut response = refused(StatusCode::METHOD_NOT_ALLOWED, error, text);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

/// In REST's error shape: whoever gets it most likely meant REST.
fn refused(code: StatusCode, error: &str, text: &str) -> Response<Body> {
    let error = json!({
        "error": error,
        "exception": "WebApplicationException",
        "timestamp": SystemClock.now(),
        "duration": 0,
        "error_description": text,
    });
    let mut response = Response::new(Body::from(error.to_string()));
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
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
