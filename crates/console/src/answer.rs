//! What a handler answers.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use hongyan_model::{App, OrgId};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

/// A successful answer, with what the operation log says of it.
pub(crate) struct Answer {
    response: Response,
    /// What was acted on, where the path does not say it.
    pub(crate) target: Option<String>,
    /// The app that it is about, where the path does not say it.
    pub(crate) app: Option<Arc<App>>,
    /// The organisation that it is about, where an operator named it.
    pub(crate) org: Option<OrgId>,
}

impl Answer {
    /// `value` as JSON.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        // The shapes are ours: strings as keys, no failing serializers.
        let body = serde_json::to_vec(value).unwrap_or_default();
        Self::of(Body::from(body), "application/json")
    }

    /// `{}`.
    pub(crate) fn done() -> Self {
        Self::json(&serde_json::json!({}))
    }

    /// A file to save; `body` may be written while it is read.
    pub(crate) fn download(body: Body, content_type: &'static str, file: &str) -> Self {
        let mut answer = Self::of(body, content_type);
        let safe: String =
            file.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{safe}\"")) {
            answer.response.headers_mut().insert(CONTENT_DISPOSITION, value);
        }
        answer
    }

    /// Names what was acted on, for the operation log.
    pub(crate) fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Names the app that it is about, for the operation log.
    pub(crate) fn about(mut self, app: &Arc<App>) -> Self {
        self.app = Some(app.clone());
        self
    }

    /// Names the organisation that it is about, whose operation log has the line.
    pub(crate) fn within(mut self, org: Option<OrgId>) -> Self {
        self.org = org;
        self
    }

    /// Sets a cookie.
    pub(crate) fn cookie(mut self, cookie: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            self.response.headers_mut().append(SET_COOKIE, value);
        }
        self
    }

    pub(crate) fn into_response(self) -> Response {
        self.response
    }

    fn of(body: Body, content_type: &'static str) -> Self {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::OK;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { response, target: None, app: None, org: None }
    }
}
