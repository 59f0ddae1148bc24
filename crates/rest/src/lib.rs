//! The Easemob-compatible HTTP API: paths, JSON shapes, the error envelope, CORS.
//!
//! A handler decodes a [`Call`](call::Call), calls one function of `hongyan-messaging`, and encodes
//! an [`Answer`](answer::Answer). Envelope, tokens, rates, paging and errors are done once, around it: a new
//! endpoint is one entry in its module's `routes` and one short function. No rule of the domain and
//! no storage in here. The entries are also the OpenAPI document; `docs/rest.md` describes what is served.

mod answer;
mod attributes;
mod blocks;
mod body;
mod broadcasts;
mod call;
mod callbacks;
mod contacts;
mod conversations;
mod cors;
mod deletions;
mod disconnect;
mod discovery;
mod endpoint;
mod errors;
mod exports;
mod favourites;
mod fields;
mod files;
mod groups;
mod idempotency;
mod imports;
mod legacy_messages;
mod messages;
mod moderation;
mod moderation_records;
mod muc;
mod mutes;
mod part_uploads;
mod pins;
mod presence;
mod push_bindings;
mod push_settings;
mod push_templates;
mod query;
mod range;
mod rates;
mod reactions;
mod recall;
mod reference;
mod reports;
mod rewrite;
mod rooms;
mod rtc;
mod shared_files;
mod speech;
mod streams;
mod threads;
mod tokens;
mod translation;
mod users;
mod window;

use std::any::Any;

use axum::Router;
use axum::routing::{any, get};
use hongyan_integrations::Integrations;
use hongyan_messaging::Messaging;
use hongyan_model::Timestamp;
use hongyan_platform::Platform;
use tower_http::catch_panic::CatchPanicLayer;

use crate::call::{Area, SDK_PREFIX, handle};
use crate::endpoint::{Routes, handler};
use crate::errors::{ErrorBody, Failure};

pub use crate::endpoint::{Access, AnswerForm, BodyForm, Endpoint};
pub use crate::rates::Rates;
pub use crate::reference::openapi;

/// What the API works on.
#[derive(Clone)]
pub struct RestState {
    /// The domain.
    pub messaging: Messaging,
    /// What customers' servers are asked and told.
    pub integrations: Integrations,
    /// Apps.
    pub platform: Platform,
    /// Origin under which clients reach this server (`https://im.example.com`, no slash at the end);
    /// `None` takes it from each request's `Host` and `X-Forwarded-Proto`.
    pub public_url: Option<String>,
    /// Who has called what.
    pub rates: Rates,
}

/// Serves `/{org}/{app}` and everything below it, and the file by which clients find both.
pub fn router(state: RestState) -> Router {
    let unknown =
        any(handle(Endpoint::nowhere(Area::Users), handler(async |_| Err(Failure::UnknownRoute))));
    let wrong_method =
        |area| handle(Endpoint::nowhere(area), handler(async |_| Err(Failure::MethodNotAllowed)));
    let messaging = state.messaging.clone();
    let now = move || messaging.clock().now();
    let speech =
        speech::routes().into_router().method_not_allowed_fallback(wrong_method(Area::Speech));
    let routes = routes()
        .into_router()
        .method_not_allowed_fallback(wrong_method(Area::Users))
        .route("/{*rest}", unknown.clone());
    let routes = Router::new()
        .nest("/{org}/{app}", routes)
        .nest(&format!("{SDK_PREFIX}/{{org}}/{{app}}"), speech)
        .route("/{org}/{app}", unknown.clone())
        .route("/{org}/{app}/", unknown)
        .route("/easemob/server.json", get(discovery::server_json))
        .route("/docs/openapi.json", get(reference::openapi_json))
        .method_not_allowed_fallback({
            let now = now.clone();
            async move || ErrorBody::method_not_allowed().into_response(now(), 0)
        })
        .with_state(state);
    guarded(routes, now)
}

/// Every endpoint below `/{org}/{app}`, without its handler: what is served, as a table.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    routes().merge(speech::routes()).endpoints()
}

fn routes() -> Routes {
    tokens::routes()
        .merge(users::routes())
        .merge(attributes::routes())
        .merge(favourites::routes())
        .merge(presence::routes())
        .merge(push_bindings::routes())
        .merge(push_settings::routes())
        .merge(push_templates::routes())
        .merge(contacts::routes())
        .merge(blocks::routes())
        .merge(conversations::routes())
        .merge(deletions::routes())
        .merge(messages::routes())
        .merge(exports::routes())
        .merge(legacy_messages::routes())
        .merge(imports::routes())
        .merge(broadcasts::routes())
        .merge(recall::routes())
        .merge(rewrite::routes())
        .merge(reactions::routes())
        .merge(pins::routes())
        .merge(files::routes())
        .merge(part_uploads::routes())
        .merge(groups::routes())
        .merge(rooms::routes())
        .merge(threads::routes())
        .merge(muc::routes())
        .merge(shared_files::routes())
        .merge(mutes::routes())
        .merge(disconnect::routes())
        .merge(translation::routes())
        .merge(reports::routes())
        .merge(moderation::routes())
        .merge(moderation_records::routes())
        .merge(callbacks::routes())
        .merge(streams::routes())
        .merge(rtc::routes())
}

/// Answers panics in the error envelope, and everything with the CORS headers.
fn guarded(routes: Router, now: impl Fn() -> Timestamp + Clone + Send + Sync + 'static) -> Router {
    let panicked = move |panic: Box<dyn Any + Send>| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
        tracing::error!(message, "A REST handler panicked");
        ErrorBody::internal().into_response(now(), 0)
    };
    routes.layer(CatchPanicLayer::custom(panicked)).layer(cors::layer())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_in_the_envelope() {
        async fn boom() {
            panic!("boom");
        }
        let router = guarded(Router::new().route("/boom", get(boom)), || 17);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/boom", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });

        let response = reqwest::get(url).await.unwrap();
        assert_eq!(response.status().as_u16(), 500);
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        let body: serde_json::Value = response.json().await.unwrap();
        assert_eq!((&body["error"], &body["timestamp"]), (&"internal_error".into(), &17.into()));
        assert!(!body["error_description"].to_string().contains("boom"));
    }
}
