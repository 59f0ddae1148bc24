//! CORS: the SDK runs on the customers' pages, so any origin may call (tokens, no cookies).

use std::time::Duration;

use http::{HeaderName, Method, header};
use tower_http::cors::{Any, CorsLayer};

use crate::idempotency;

/// Preflights are answered for a day.
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);

/// Also marks errors: without the headers the SDK sees a network failure instead of the error.
pub(crate) fn layer() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            idempotency::KEY,
            HeaderName::from_static("restrict-access"),
            HeaderName::from_static("share-secret"),
            HeaderName::from_static("thumbnail"),
            HeaderName::from_static("thumbnail-height"),
            HeaderName::from_static("thumbnail-width"),
            HeaderName::from_static("x-requested-with"),
        ])
        .expose_headers([idempotency::REPLAYED])
        .max_age(MAX_AGE)
}
