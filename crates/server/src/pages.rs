//! The pages a browser can open: the landing page and the embedded demo chat.

use axum::body::Body;
use http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, LOCATION, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

/// The bundle as it was when the server was built; empty when it was built without Node.
#[derive(RustEmbed)]
#[folder = "../../web/chat/dist"]
struct ChatBundle;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// `GET /`.
pub(crate) fn landing() -> Response<Body> {
    html(StatusCode::OK, include_str!("../pages/landing.html"))
}

/// `GET /chat` and below; `path` is what follows `/chat`.
pub(crate) fn chat(path: &str, request_headers: &HeaderMap) -> Response<Body> {
    let name = match path {
        // The bundle's links are relative to the folder.
        "" => return redirect("/chat/"),
        "/" => "index.html",
        _ => path.trim_start_matches('/'),
    };
    match ChatBundle::get(name) {
        Some(file) => bundled(name, file, request_headers),
        None if name == "index.html" => {
            html(StatusCode::OK, include_str!("../pages/chat-missing.html"))
        }
        None => html(StatusCode::NOT_FOUND, "<!doctype html><title>404</title>Not found"),
    }
}

fn bundled(name: &str, file: EmbeddedFile, request_headers: &HeaderMap) -> Response<Body> {
    let digest = file.metadata.sha256_hash();
    let etag = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
    let etag = format!("\"{etag}\"");
    let known = request_headers.get(IF_NONE_MATCH).is_some_and(|known| known == etag.as_str());

    let mut response = if known {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        Response::new(Body::from(file.data))
    };
    // The bundler puts a digest of the content in the names below assets/.
    let caching = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    set(&mut response, CACHE_CONTROL, HeaderValue::from_static(caching));
    set(&mut response, X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    set(&mut response, CONTENT_TYPE, content_type(file.metadata.mimetype()));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        set(&mut response, ETAG, etag);
    }
    response
}

fn content_type(guessed: &str) -> HeaderValue {
    if guessed == "text/html" {
        return HTML;
    }
    HeaderValue::from_str(guessed).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

fn html(status: StatusCode, page: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, HTML);
    set(&mut response, CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn redirect(to: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    set(&mut response, LOCATION, HeaderValue::from_static(to));
    response
}

fn set(response: &mut Response<Body>, name: HeaderName, value: HeaderValue) {
    response.headers_mut().insert(name, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chat_is_there_with_or_without_its_bundle() {
        let none = HeaderMap::new();
        assert_eq!(chat("", &none).headers()[LOCATION], "/chat/");
        let page = chat("/", &none);
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.headers()[CONTENT_TYPE], HTML);
        assert_eq!(chat("/../Cargo.toml", &none).status(), StatusCode::NOT_FOUND);
        assert_eq!(chat("/assets/none.js", &none).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn an_unchanged_page_is_not_sent_again() {
        let Some(file) = ChatBundle::get("index.html") else { return };
        let fresh = bundled("index.html", file.clone(), &HeaderMap::new());
        let seen = HeaderMap::from_iter([(IF_NONE_MATCH, fresh.headers()[ETAG].clone())]);
        assert_eq!(bundled("index.html", file, &seen).status(), StatusCode::NOT_MODIFIED);
    }
}
