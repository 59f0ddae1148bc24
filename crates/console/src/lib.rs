//! The console's HTTP API: what the web page of an organisation's staff and of the operator calls.
//!
//! Every endpoint is one line in the [`routes`](crate::endpoint::Routes) of its module: method, path, who may, and,
//! for a write, how the operation log names it. Around the handler, once for all: session, CSRF, permission, the
//! app of the path (another organisation's does not exist), the operation log. A handler decodes a
//! [`Call`](call::Call), calls one function of the domain, and encodes an [`Answer`](answer::Answer).
//!
//! The shapes of requests and answers are the types marked `TS`; a test writes them to
//! `web/console/src/api/types`, so that the page cannot disagree.

mod account;
mod answer;
mod apps;
mod billing;
mod call;
mod callbacks;
mod csv;
mod endpoint;
mod errors;
mod features;
mod groups;
mod messages;
mod moderation;
mod muc;
mod page;
mod push;
mod queries;
mod reports;
mod rooms;
mod sensitive_words;
mod settings;
mod statistics;
#[cfg(test)]
mod types;
mod users;

use std::any::Any;

use axum::Router;
use hongyan_integrations::Integrations;
use hongyan_messaging::Messaging;
use hongyan_platform::Platform;
use http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;

use crate::endpoint::Routes;
use crate::errors::Failure;

pub use crate::endpoint::{Access, Action, Endpoint};

/// What the API works on.
#[derive(Clone)]
pub struct ConsoleState {
    /// Accounts, organisations, apps.
    pub platform: Platform,
    /// What is in an app.
    pub messaging: Messaging,
    /// What its server is asked and told.
    pub integrations: Integrations,
    /// Origin under which clients reach this server, without a slash at the end; `None` takes it from each request.
    pub public_url: Option<String>,
    /// Whether browsers reach this server by HTTPS only: then the session's cookie travels by nothing else.
    pub secure_cookie: bool,
}

/// Serves `/console/api/…`.
pub fn router(state: ConsoleState) -> Router {
    let api = routes().into_router(state);
    Router::new().nest("/console/api", api).layer(CatchPanicLayer::custom(panicked))
}

/// Every endpoint of the API, without its handler: who may call what is a table, and is tested as one.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    routes().endpoints()
}

fn routes() -> Routes {
    Routes::default()
        .merge(account::routes())
        .merge(apps::routes())
        .merge(billing::routes())
        .merge(features::routes())
        .merge(settings::routes())
        .merge(callbacks::routes())
        .merge(push::routes())
        .merge(sensitive_words::routes())
        .merge(reports::routes())
        .merge(moderation::routes())
        .merge(users::routes())
        .merge(groups::routes())
        .merge(rooms::routes())
        .merge(muc::routes())
        .merge(messages::routes())
        .merge(statistics::routes())
        .merge(queries::routes())
}

fn panicked(panic: Box<dyn Any + Send>) -> axum::response::Response {
    let message = panic.downcast_ref::<String>().map(String::as_str);
    let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
    tracing::error!(message, "a console handler panicked");
    Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "internal error").into_response()
}
