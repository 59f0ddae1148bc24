//! The paths of SockJS below `/ws`, over which builds of the SDK before 4.13 come. Of its transports there is WebSocket
//! only.

use axum::body::Body;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, CACHE_CONTROL, CONTENT_TYPE,
    ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use serde_json::json;

/// What a path below `/ws` is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Resource {
    /// `/ws/info`: what the server can do.
    Info,
    /// `/ws/{server}/{session}/websocket`.
    Socket,
    /// Another transport, or nothing.
    Other,
}

impl Resource {
    /// Of what follows `/ws`, beginning with a slash. The names of server and session are the client's and mean
    /// nothing here.
    pub(crate) fn of(rest: &str) -> Self {
        let mut segments = rest.trim_start_matches('/').split('/');
        let found = [segments.next(), segments.next(), segments.next(), segments.next()];
        match found {
            [Some("info"), None | Some(""), None, None] => Self::Info,
            [Some(server), Some(session), Some("websocket"), None]
                if !server.is_empty() && !session.is_empty() =>
            {
                Self::Socket
            }
            _ => Self::Other,
        }
    }
}

/// Answers what is no WebSocket handshake.
pub(crate) fn answer(resource: Resource, method: &Method, headers: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    match (resource, method) {
        (_, &Method::OPTIONS) => *response.status_mut() = StatusCode::NO_CONTENT,
        (Resource::Info, &Method::GET | &Method::HEAD) => {
            let info = json!({
                "websocket": true,
                "origins": ["*:*"],
                "cookie_needed": false,
                "entropy": rand::random::<u32>(),
            });
            *response.body_mut() = info.to_string().into();
            let json = HeaderValue::from_static("application/json; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, json);
        }
        _ => {
            *response.status_mut() = StatusCode::NOT_FOUND;
            *response.body_mut() = Body::from("of SockJS only the transport websocket is served\n");
            let text = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, text);
        }
    }
    let answered = response.headers_mut();
    answered.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Its clients ask with credentials, for which browsers do not take `*`. No cookie means anything here.
    if let Some(origin) = headers.get(ORIGIN) {
        answered.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        answered.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        answered.insert(VARY, HeaderValue::from_static("origin"));
        let methods = HeaderValue::from_static("GET, OPTIONS");
        answered.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        if let Some(asked) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            answered.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart() {
        for (rest, resource) in [
            ("/info", Resource::Info),
            ("/info/", Resource::Info),
            ("/623/k3b2hz/websocket", Resource::Socket),
            ("/websocket", Resource::Other),
            ("//k3b2hz/websocket", Resource::Other),
            ("/623/k3b2hz/xhr_streaming", Resource::Other),
            ("/623/k3b2hz/websocket/x", Resource::Other),
            ("/iframe.html", Resource::Other),
            ("", Resource::Other),
        ] {
            assert_eq!(Resource::of(rest), resource, "{rest}");
        }
    }

    #[test]
    fn pages_of_other_origins_may_ask() {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_static("https://page.test"));
        let response = answer(Resource::Info, &Method::GET, &headers);
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "https://page.test");
        assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        let refused = answer(Resource::Other, &Method::POST, &headers);
        assert_eq!(refused.status(), StatusCode::NOT_FOUND);
        assert_eq!(refused.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "https://page.test");
        let preflight = answer(Resource::Info, &Method::OPTIONS, &headers);
        assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
    }
}
