//! The Easemob-compatible HTTP API: paths, JSON shapes, the error envelope, CORS.
//!
//! A handler decodes a [`Call`](call::Call), calls one function of `hongyan-messaging`, and encodes
//! an [`Answer`](answer::Answer). Envelope, tokens, paging and errors are done once, around it: a new
//! endpoint is one line in its module's `routes` and one short function. No rule of the domain and
//! no storage in here. `docs/rest.md` describes what is served.

mod answer;
mod attributes;
mod body;
mod call;
mod cors;
mod errors;
mod fields;
mod files;
mod groups;
mod messages;
mod presence;
mod query;
mod tokens;
mod users;

use std::any::Any;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use axum::routing::any;
use hongyan_messaging::Messaging;
use hongyan_platform::Platform;
use tower_http::catch_panic::CatchPanicLayer;

use crate::call::{Area, handle};
use crate::errors::{ErrorBody, Failure};

/// What the API works on.
#[derive(Clone)]
pub struct RestState {
    /// The domain.
    pub messaging: Messaging,
    /// Apps.
    pub platform: Platform,
    /// Origin under which clients reach this server (`https://im.example.com`, no slash at the end);
    /// `None` takes it from each request's `Host` and `X-Forwarded-Proto`.
    pub public_url: Option<String>,
}

/// Serves `/{org}/{app}` and everything below it.
pub fn router(state: RestState) -> Router {
    let clock = state.messaging.clone();
    let panicked = move |_: Box<dyn Any + Send>| -> Response {
        ErrorBody::internal().into_response(clock.clock().now(), 0)
    };
    let unknown = any(handle(Area::Users, async |_| Err(Failure::UnknownRoute)));
    let routes = Router::new()
        .merge(tokens::routes())
        .merge(users::routes())
        .merge(attributes::routes())
        .merge(presence::routes())
        .merge(messages::routes())
        .merge(files::routes())
        .merge(groups::routes())
        .method_not_allowed_fallback(handle(Area::Users, async |_| Err(Failure::MethodNotAllowed)))
        .route("/{*rest}", unknown.clone());
    Router::new()
        .nest("/{org}/{app}", routes)
        .route("/{org}/{app}", unknown)
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(cors::layer())
        .with_state(state)
}
