//! One call over HTTP.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use crate::outcome::Outcome;
use crate::settings::Settings;

/// What is read of a reply.
const REPLY_BYTES: usize = 64 * 1024;
/// How long a connection without a call is kept.
const IDLE: Duration = Duration::from_secs(90);
/// How often a connection with HTTP/2 is asked whether it is still there, and how long that may take.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A call to be made; always `POST`.
pub(crate) struct Call {
    url: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    pub(crate) fn json(url: String, body: impl Into<Bytes>) -> Self {
        Self { url, headers: HeaderMap::from_iter([(CONTENT_TYPE, JSON)]), body: body.into() }
    }

    pub(crate) fn form(url: String, fields: &[(&str, &str)]) -> Self {
        let body = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect::<Vec<_>>()
            .join("&");
        Self { url, headers: HeaderMap::from_iter([(CONTENT_TYPE, FORM)]), body: body.into() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Result<Self, Outcome> {
        let name = HeaderName::from_static(name);
        let Ok(mut value) = HeaderValue::from_str(value) else {
            let why = format!("{name} cannot stand in a header");
            return Err(Outcome::Rejected { code: "invalid message".to_owned(), why });
        };
        value.set_sensitive(name == http::header::AUTHORIZATION);
        self.headers.insert(name, value);
        Ok(self)
    }
}

/// Percent-encoded, but for what never needs it.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// How long to wait, if the vendor names a number of seconds, or a date.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let asked = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = asked.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = httpdate::parse_http_date(asked).ok()?;
        // By the vendor's clock, where it tells it.
        let date = self.headers.get(DATE).and_then(|date| date.to_str().ok());
        let now = date.and_then(|date| httpdate::parse_http_date(date).ok());
        until.duration_since(now.unwrap_or_else(SystemTime::now)).ok()
    }
}

/// What the client shows of itself.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

/// Connections, kept between calls. Redirects are not followed.
#[derive(Clone)]
pub(crate) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    timeout: Duration,
}

impl Http {
    /// For every vendor but Apple: HTTP/1.1, so that a call that hangs has a connection to itself.
    pub(crate) fn shared(
        roots: &Arc<RootCertStore>,
        settings: &Settings,
    ) -> Result<Self, rustls::Error> {
        let tls = tls(roots, None)?;
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let connector = builder.enable_http1().wrap_connector(tcp(settings.connect_timeout));
        Ok(Self { client: client().build(connector), timeout: settings.timeout })
    }

    /// HTTP/2 only, with connections of its own: APNs ties a connection to one certificate, or one team's tokens.
    pub(crate) fn apple(
        roots: &Arc<RootCertStore>,
        settings: &Settings,
        identity: Option<Identity>,
    ) -> Result<Self, rustls::Error> {
        let tls = tls(roots, identity)?;
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let connector = builder.enable_http2().wrap_connector(tcp(settings.connect_timeout));
        Ok(Self { client: client().http2_only(true).build(connector), timeout: settings.timeout })
    }

    pub(crate) async fn post(&self, call: Call) -> Result<Reply, Outcome> {
        match tokio::time::timeout(self.timeout, self.exchange(call)).await {
            Ok(reply) => reply,
            Err(_) => {
                let why = format!("no answer within {} s", self.timeout.as_secs_f64());
                Err(Outcome::unavailable(why))
            }
        }
    }

    async fn exchange(&self, call: Call) -> Result<Reply, Outcome> {
        let mut request = Request::new(Full::new(call.body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = call.url.parse().map_err(|error| Outcome::Rejected {
            code: "invalid message".to_owned(),
            why: format!("not an address: {error}"),
        })?;
        *request.headers_mut() = call.headers;
        let response = self.client.request(request).await.map_err(|error| failed(&error))?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, REPLY_BYTES).collect().await;
        let body = body.map_err(|error| failed(error.as_ref()))?.to_bytes();
        Ok(Reply { status: head.status, headers: head.headers, body })
    }
}

fn client() -> hyper_util::client::legacy::Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .http2_keep_alive_interval(PING_EVERY)
        .http2_keep_alive_timeout(PING_TIMEOUT);
    builder
}

fn tcp(timeout: Duration) -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(timeout));
    connector
}

fn tls(
    roots: &Arc<RootCertStore>,
    identity: Option<Identity>,
) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots.clone());
    match identity {
        Some(Identity { chain, key }) => builder.with_client_auth_cert(chain, key),
        None => Ok(builder.with_no_client_auth()),
    }
}

/// How TLS words it that the other side looked at our certificate and closed the door. HTTP/2's errors keep the words only, not
/// the error.
const REFUSED: &str = "received fatal alert";
const OF_CERTIFICATE: [&str; 4] = ["ertificate", "UnknownCA", "UnknownCa", "AccessDenied"];

fn failed(error: &(dyn StdError + 'static)) -> Outcome {
    let mut why = String::from("not reached");
    let mut cause = Some(error);
    while let Some(error) = cause {
        why = format!("{why}: {error}");
        cause = error.source();
    }
    let is_refused = why.contains(REFUSED) && OF_CERTIFICATE.iter().any(|word| why.contains(word));
    let why = crate::codes::shortened(&why);
    if is_refused { Outcome::AuthFailed { why } } else { Outcome::unavailable(why) }
}
