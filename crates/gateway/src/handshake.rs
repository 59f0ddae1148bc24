//! The WebSocket handshake (RFC 6455, section 4.2), without sub-protocols or extensions.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{
    CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{Method, Request, Response, StatusCode};
use sha1::{Digest, Sha1};

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The head of the `101` answer, or the status that refuses the handshake.
pub(crate) fn answer<B>(request: &Request<B>) -> Result<Response<()>, StatusCode> {
    if request.method() != Method::GET {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    if !lists(request, UPGRADE, "websocket") || !lists(request, CONNECTION, "upgrade") {
        return Err(StatusCode::UPGRADE_REQUIRED);
    }
    if header(request, SEC_WEBSOCKET_VERSION) != Some("13") {
        return Err(StatusCode::BAD_REQUEST);
    }
    let key = header(request, SEC_WEBSOCKET_KEY).ok_or(StatusCode::BAD_REQUEST)?;
    if BASE64_STANDARD.decode(key).map(|nonce| nonce.len()) != Ok(16) {
        return Err(StatusCode::BAD_REQUEST);
    }
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(UPGRADE, "websocket")
        .header(CONNECTION, "Upgrade")
        .header(SEC_WEBSOCKET_ACCEPT, accept_key(key))
        .body(())
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

fn accept_key(key: &str) -> String {
    BASE64_STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

fn header<B>(request: &Request<B>, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok().map(str::trim)
}

/// Whether the comma list of a header holds `token`.
fn lists<B>(request: &Request<B>, name: HeaderName, token: &str) -> bool {
    let values = request.headers().get_all(name).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> http::request::Builder {
        Request::get("/websocket")
            .header("connection", "keep-alive, Upgrade")
            .header("upgrade", "WebSocket")
            .header("sec-websocket-version", "13")
    }

    #[test]
    fn the_example_of_the_rfc_is_answered() {
        let request = request().header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==").body(());
        let response = answer(&request.unwrap()).unwrap();
        assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_is_no_handshake_is_refused() {
        let no_key = request().body(()).unwrap();
        assert_eq!(answer(&no_key).unwrap_err(), StatusCode::BAD_REQUEST);
        let short_key = request().header("sec-websocket-key", "AAAA").body(()).unwrap();
        assert_eq!(answer(&short_key).unwrap_err(), StatusCode::BAD_REQUEST);
        let plain = Request::get("/").body(()).unwrap();
        assert_eq!(answer(&plain).unwrap_err(), StatusCode::UPGRADE_REQUIRED);
    }
}
