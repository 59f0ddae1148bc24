//! The pages a browser can open: the landing page, the embedded console and the embedded demo chat.

use axum::body::Body;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderName, IF_NONE_MATCH, LOCATION, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

/// The bundle as it was when the server was built; empty when it was built without Node.
#[derive(RustEmbed)]
#[folder = "../../web/chat/dist"]
struct ChatBundle;

/// The same of the console.
#[derive(RustEmbed)]
#[folder = "../../web/console/dist"]
struct ConsoleBundle;

const INDEX: &str = "index.html";
/// Below it, the bundler puts a digest of the content into the names.
const ASSETS: &str = "assets/";

/// The console loads nothing from elsewhere, runs no script but its own files, and stands in no frame. Its component
/// library writes its styles into the page, some of them without a nonce (while a dialog is open), so styles may be.
const CONSOLE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'",
);
const NO_OTHER_WINDOWS: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

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
        "/" => INDEX,
        _ => path.trim_start_matches('/'),
    };
    match ChatBundle::get(name) {
        Some(file) => bundled(name, file, request_headers),
        None if name == INDEX => html(StatusCode::OK, include_str!("../pages/chat-missing.html")),
        None => not_found(),
    }
}

/// `GET /docs`: the REST reference is a page of the console.
pub(crate) fn docs() -> Response<Body> {
    redirect("/console/docs")
}

/// `GET /console` and below, except its API; `path` is what follows `/console`.
pub(crate) fn console(path: &str, request_headers: &HeaderMap) -> Response<Body> {
    let name = match path {
        "" => return redirect("/console/"),
        _ => path.trim_start_matches('/'),
    };
    let mut response = match (ConsoleBundle::get(name), ConsoleBundle::get(INDEX)) {
        (Some(file), _) => packed(name, file, request_headers),
        (None, _) if name.starts_with(ASSETS) => not_found(),
        // The page reads the address to find out what to show.
        (None, Some(page)) => bundled(INDEX, page, request_headers),
        (None, None) => {
            return html(StatusCode::OK, include_str!("../pages/console-missing.html"));
        }
    };
    set(&mut response, CONTENT_SECURITY_POLICY, CONSOLE_POLICY);
    set(&mut response, X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Addresses of the page hold tokens of mails and names of apps.
    set(&mut response, REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    set(&mut response, NO_OTHER_WINDOWS, HeaderValue::from_static("same-origin"));
    response
}

/// The file as the bundler has packed it beside it, for browsers that unpack.
fn packed(name: &str, file: EmbeddedFile, request_headers: &HeaderMap) -> Response<Body> {
    let Some(packed) = ConsoleBundle::get(&format!("{name}.gz")) else {
        return bundled(name, file, request_headers);
    };
    let encodings = request_headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let unpacks = encodings.is_some_and(|all| all.split(',').any(|one| one.trim() == "gzip"));
    let mut response = if unpacks {
        let mut response = bundled(name, packed, request_headers);
        set(&mut response, CONTENT_TYPE, content_type(file.metadata.mimetype()));
        set(&mut response, CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response
    } else {
        bundled(name, file, request_headers)
    };
    set(&mut response, VARY, HeaderValue::from_static("accept-encoding"));
    response
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
    let caching =
        if name.starts_with(ASSETS) { "public, max-age=31536000, immutable" } else { "no-cache" };
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

fn not_found() -> Response<Body> {
    html(StatusCode::NOT_FOUND, "<!doctype html><title>404</title>Not found")
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
    fn every_address_of_the_console_is_its_page() {
        let none = HeaderMap::new();
        assert_eq!(console("", &none).headers()[LOCATION], "/console/");
        assert_eq!(docs().headers()[LOCATION], "/console/docs");
        for path in ["/", "/docs", "/user/login", "/app/acme/shop/im/users"] {
            let page = console(path, &none);
            assert_eq!(page.status(), StatusCode::OK, "{path}");
            assert_eq!(page.headers()[CONTENT_TYPE], HTML, "{path}");
            assert_eq!(page.headers()[CACHE_CONTROL], "no-cache", "{path}");
        }
        assert_eq!(console("/assets/none.js", &none).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn the_console_runs_nobody_elses_scripts() {
        let Some(page) = ConsoleBundle::get(INDEX) else { return };
        let html = String::from_utf8(page.data.into_owned()).unwrap();
        assert!(html.matches("<script").count() == html.matches("src=\"/console/assets/").count());
        let headers = console("/", &HeaderMap::new()).headers().clone();
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert_eq!(headers[X_FRAME_OPTIONS], "DENY");
    }

    #[test]
    fn scripts_are_kept_and_packed() {
        let packed = ConsoleBundle::iter().find(|name| name.ends_with(".js.gz"));
        let Some(packed) = packed else { return };
        let path = format!("/{}", packed.trim_end_matches(".gz"));
        let plain = console(&path, &HeaderMap::new());
        assert!(plain.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        let browser = HeaderValue::from_static("gzip, deflate, br");
        let packed = console(&path, &HeaderMap::from_iter([(ACCEPT_ENCODING, browser)]));
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(packed.headers()[CONTENT_TYPE], plain.headers()[CONTENT_TYPE]);
        assert_eq!(packed.headers()[VARY], plain.headers()[VARY]);
        assert_ne!(packed.headers()[ETAG], plain.headers()[ETAG]);
    }

    #[test]
    fn the_console_has_words_for_every_operation_that_is_logged() {
        let words =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/console/src/features/audit/words.ts");
        let words = std::fs::read_to_string(words).unwrap();
        let named = |key: &str| {
            words.contains(&format!("\n  {key}: [")) || words.contains(&format!("\n  '{key}': ["))
        };
        let logged = hongyan_console::endpoints().into_iter().filter_map(|one| one.action);
        let missing: Vec<String> = logged
            .filter(|a| {
                !named(a.module) || !(named(a.name) || named(&format!("{}.{}", a.module, a.name)))
            })
            .map(|a| format!("{}.{}", a.module, a.name))
            .collect();
        assert_eq!(missing, <[String; 0]>::default());
    }

    #[test]
    fn an_unchanged_page_is_not_sent_again() {
        let Some(file) = ChatBundle::get("index.html") else { return };
        let fresh = bundled("index.html", file.clone(), &HeaderMap::new());
        let seen = HeaderMap::from_iter([(IF_NONE_MATCH, fresh.headers()[ETAG].clone())]);
        assert_eq!(bundled("index.html", file, &seen).status(), StatusCode::NOT_MODIFIED);
    }
}
