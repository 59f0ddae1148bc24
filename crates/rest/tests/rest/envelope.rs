use hongyan_model::AppSettings;
use reqwest::Method;
use serde_json::json;

use crate::support::{START, Server, send};

#[tokio::test]
async fn the_envelope_repeats_the_request() {
    let server = Server::start().await;
    let body = server.get("/users?limit=2&cursor=undefined", &server.app_token).await.ok();
    assert_eq!(
        body,
        json!({
            "action": "get",
            "path": "/users",
            "uri": format!("{}/acme/chat/users", server.address),
            "application": server.app.uuid,
            "applicationName": "chat",
            "organization": "acme",
            "params": {"limit": ["2"], "cursor": ["undefined"]},
            "entities": [],
            "count": 0,
            "timestamp": START,
            "duration": 0,
        })
    );
}

#[tokio::test]
async fn the_uri_is_the_public_one() {
    let server = Server::start_with(AppSettings::default(), Some("https://im.example.com")).await;
    let body = server.get("/users", &server.app_token).await.ok();
    assert_eq!(body["uri"], "https://im.example.com/acme/chat/users");

    let server = Server::start().await;
    let request = server.request(Method::GET, "/users", &server.app_token);
    let proxied = request.header("host", "im.example.org").header("x-forwarded-proto", "https");
    assert_eq!(send(proxied).await.ok()["uri"], "https://im.example.org/acme/chat/users");
}

#[tokio::test]
async fn unknown_apps_paths_and_methods_are_json_errors() {
    let server = Server::start().await;
    let token = &server.app_token;
    let nowhere = server.client.get(format!("{}/no/app/users/bob", server.address));
    send(nowhere).await.refused(
        404,
        "organization_application_not_found",
        "Could not find application for no/app from URI: no/app/users/bob",
    );
    for path in ["", "/nothing", "/users/bob/nothing", "/threads", "/users/a/b/c"] {
        let reply = server.get(path, token).await;
        reply.refused(404, "service_resource_not_found", "Service resource not found");
        // To the SDK this text alone is no missing user; with the exception it would be.
        assert_ne!(reply.body["exception"], "UserNotFoundException");
    }
    let reply = server.put("/users", token, json!({})).await;
    reply.refused(405, "unsupported_service_operation", "Service operation not supported");
    let reply = server.get("/users/%ff", token).await;
    assert_eq!((reply.status, &reply.body["error"]), (400, &json!("illegal_argument")));
}

#[tokio::test]
async fn bodies_are_json_whatever_the_content_type() {
    let server = Server::start().await;
    let body = r#"{"username": "Alice", "password": "p"}"#;
    let request = server.request(Method::POST, "/users", &server.app_token).body(body);
    assert_eq!(send(request).await.ok()["entities"][0]["username"], "alice");

    let body = r#"{"usernames": ["alice"]}"#;
    let request = server.request(Method::POST, "/users/batch/status", &server.app_token).body(body);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(send(request).await.ok()["data"], json!([{"alice": "offline"}]));

    // The SDK sends the JSON content type without a body.
    let request = server.request(Method::GET, "/users", &server.app_token);
    send(request.header("content-type", "application/json")).await.ok();
}

#[tokio::test]
async fn broken_and_oversized_bodies_are_json_errors() {
    let server = Server::start().await;
    let post =
        |body: String| send(server.request(Method::POST, "/users", &server.app_token).body(body));
    for broken in ["{", "{\"username\" = 1}", "\u{0}", "[[[["] {
        let reply = post(broken.to_owned()).await;
        assert_eq!((reply.status, &reply.body["error"]), (400, &json!("json_parse")), "{broken}");
    }
    for no_object in ["", "1", "\"x\"", "[1]", "null"] {
        let reply = post(no_object.to_owned()).await;
        let text = "Request body is invalid. Please check body is correct.";
        reply.refused(400, "invalid_request_body", text);
    }
    let nested = "[".repeat(200_000);
    assert_eq!(post(nested).await.status, 400);
    let reply = post(" ".repeat(3 << 20)).await;
    reply.refused(413, "Request Entity Too Large", "Request Entity Too Large");
    // The server is unharmed.
    server.get("/users", &server.app_token).await.ok();
}

#[tokio::test]
async fn browsers_of_any_origin_may_call() {
    let server = Server::start().await;
    let preflight = server
        .request(Method::OPTIONS, "/users/alice/messageroaming", "")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    let reply = send(preflight).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["access-control-allow-origin"], "*");
    let header = |name| reply.headers[name].to_str().unwrap().to_lowercase();
    for method in ["get", "post", "put", "delete"] {
        assert!(header("access-control-allow-methods").contains(method), "{method}");
    }
    for allowed in [
        "authorization",
        "content-type",
        "accept",
        "restrict-access",
        "share-secret",
        "x-requested-with",
    ] {
        assert!(header("access-control-allow-headers").contains(allowed), "{allowed}");
    }
    for path in ["/users", "/nothing", "/chatfiles/x"] {
        let request =
            server.request(Method::GET, path, "").header("origin", "https://shop.example");
        let reply = send(request).await;
        assert!(reply.status >= 400);
        assert_eq!(reply.headers["access-control-allow-origin"], "*", "{path}");
        assert_eq!(reply.headers["content-type"], "application/json");
    }
}
