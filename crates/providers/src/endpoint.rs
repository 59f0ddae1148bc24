//! One provider: where it is, and one call of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hongyan_model::AppId;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::Value;

use crate::gate::Gate;

/// What is read of an answer.
const ANSWER_BYTES: usize = 1024 * 1024;
/// What is kept of a provider's word for what is wrong, in characters.
const WORD_CHARS: usize = 64;

/// How a provider is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// `http://` or `https://` and where; paths of the contract are added to it.
    pub url: String,
    /// Shown as `Authorization: Bearer`; empty for none.
    pub token: String,
    /// Within which an answer must have come completely.
    pub timeout: Duration,
    /// Calls under way at once.
    pub most: usize,
    /// Calls of one app under way at once.
    pub most_of_app: usize,
}

impl fmt::Debug for ProviderSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the token.
        f.debug_struct("ProviderSettings")
            .field("url", &self.url)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl ProviderSettings {
    /// Refuses an address that is none, and a token that cannot be shown.
    pub fn validate(&self) -> Result<(), InvalidProvider> {
        self.check().map(drop)
    }

    /// The header that shows the token.
    fn check(&self) -> Result<Option<HeaderValue>, InvalidProvider> {
        let is_legal = |uri: Uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.query().is_none()
        };
        if !self.url.parse().is_ok_and(is_legal) {
            return Err(InvalidProvider::Url(self.url.clone()));
        }
        if self.token.is_empty() {
            return Ok(None);
        }
        let mut header = HeaderValue::from_str(&format!("Bearer {}", self.token))
            .map_err(|_| InvalidProvider::Token)?;
        header.set_sensitive(true);
        Ok(Some(header))
    }
}

/// Settings with which no provider can be called.
#[derive(Debug, thiserror::Error)]
pub enum InvalidProvider {
    /// The address is none.
    #[error("{0:?} is not of the form https://HOST[:PORT][/PATH]")]
    Url(String),
    /// The token cannot stand in a header.
    #[error("the token holds characters that a header cannot")]
    Token,
    /// The certificates of the system cannot be read.
    #[error("the system's certificates cannot be read")]
    Certificates(#[source] std::io::Error),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// As many calls as are allowed are under way.
    #[error("as many calls as are allowed are under way")]
    Busy,
    /// The provider says what is wrong with what it was asked, in one word of the contract.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// It was not reached, was too slow, or its answer is not one of the contract.
    #[error("{0}")]
    Failed(String),
}

impl ProviderError {
    fn failed(what: &str, error: impl std::error::Error) -> Self {
        let mut text = format!("{what}: {error}");
        let mut source = error.source();
        while let Some(error) = source {
            text = format!("{text}: {error}");
            source = error.source();
        }
        Self::Failed(text)
    }
}

/// One provider. Certificates are checked against those of the system; redirects are not followed.
pub(crate) struct Endpoint {
    base: String,
    authorization: Option<HeaderValue>,
    timeout: Duration,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    gate: Arc<Gate>,
}

/// What is sent.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path, and query, below the provider's address.
    pub(crate) path: String,
    pub(crate) content_type: Option<HeaderValue>,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn json(path: &str, body: &Value) -> Self {
        Self {
            method: Method::POST,
            path: path.to_owned(),
            content_type: Some(HeaderValue::from_static("application/json")),
            body: body.to_string().into(),
        }
    }
}

/// How a provider says what is wrong.
#[derive(Deserialize)]
struct Word {
    error: String,
}

impl Endpoint {
    pub(crate) fn new(settings: &ProviderSettings) -> Result<Self, InvalidProvider> {
        let authorization = settings.check()?;
        let provider = rustls::crypto::ring::default_provider();
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)
            .map_err(InvalidProvider::Certificates)?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            base: settings.url.trim_end_matches('/').to_owned(),
            authorization,
            timeout: settings.timeout,
            client: Client::builder(TokioExecutor::new()).build(connector),
            gate: Gate::new(settings.most, settings.most_of_app),
        })
    }

    /// One call on behalf of `app`: the JSON of a 200.
    pub(crate) async fn call<T: for<'a> Deserialize<'a>>(
        &self,
        app: AppId,
        call: Call,
    ) -> Result<T, ProviderError> {
        let _pass = self.gate.enter(app).ok_or(ProviderError::Busy)?;
        let (status, body) = match tokio::time::timeout(self.timeout, self.exchange(call)).await {
            Ok(answer) => answer?,
            Err(_) => {
                let seconds = self.timeout.as_secs_f64();
                return Err(ProviderError::Failed(format!("no answer within {seconds} s")));
            }
        };
        if status == StatusCode::OK {
            return serde_json::from_slice(&body)
                .map_err(|error| ProviderError::failed("an answer that is not understood", error));
        }
        if status.is_client_error()
            && let Ok(Word { error }) = serde_json::from_slice(&body)
        {
            return Err(ProviderError::Refused(error.chars().take(WORD_CHARS).collect()));
        }
        Err(ProviderError::Failed(format!("answered with status {}", status.as_u16())))
    }

    async fn exchange(&self, call: Call) -> Result<(StatusCode, Bytes), ProviderError> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(format!("{}{}", self.base, call.path))
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some(content_type) = call.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let request = request
            .body(Full::new(call.body))
            .map_err(|error| ProviderError::failed("cannot be asked", error))?;
        let response = self.client.request(request).await;
        let response = response.map_err(|error| ProviderError::failed("not reached", error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
        let body =
            body.map_err(|error| ProviderError::Failed(format!("answer broken off: {error}")))?;
        Ok((status, body.to_bytes()))
    }
}
