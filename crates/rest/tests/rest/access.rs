//! Who may call what: the table of endpoints × every kind of token.

use hongyan_rest::{Access, Endpoint, endpoints};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Reply, Server, send};

/// An address of the endpoint, as the user `alice` would call it.
fn address(endpoint: &Endpoint) -> String {
    let part = |part: &str| match part {
        "{user}" => "alice".to_owned(),
        "{users}" | "{contact}" | "{blocked}" | "{peer}" => "bob".to_owned(),
        "{device}" => "webim_1".to_owned(),
        "{status}" => "0".to_owned(),
        "{expiry}" => "600".to_owned(),
        variable if variable.starts_with('{') => "1".to_owned(),
        word => word.to_owned(),
    };
    endpoint.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn call(server: &Server, endpoint: &Endpoint, token: &str) -> Reply {
    let url = format!("{}{}/acme/chat{}", server.address, endpoint.prefix, address(endpoint));
    let request = server.client.request(endpoint.method.clone(), url);
    let request = if token.is_empty() { request } else { request.bearer_auth(token) };
    let request = match endpoint.method {
        Method::GET => request,
        _ => request.json(&json!({})),
    };
    send(request).await
}

/// What the error says; the paths of speech say it elsewhere.
fn said(body: &Value) -> &str {
    body["error_description"].as_str().or_else(|| body["msg"].as_str()).unwrap_or_default()
}

#[test]
fn few_endpoints_need_no_token() {
    let open = endpoints().into_iter().filter(|endpoint| endpoint.access == Access::Open);
    let open: Vec<_> =
        open.map(|endpoint| format!("{} {}", endpoint.method, endpoint.path)).collect();
    assert_eq!(
        open,
        [
            "POST /token",
            "POST /users",
            // By the secret in its path: vendors have no token.
            "POST /push/receipts/{secret}/{vendor}",
            // By its signature.
            "GET /chatmessages/{hour}/file",
            "GET /chatfiles/{file}",
        ]
    );
}

#[tokio::test]
async fn every_endpoint_wants_a_token_of_its_own_app() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let foreign = server.foreign_token().await;
    let body = json!({"grant_type": "inherit", "username": "alice", "ttl": 1});
    let expired = server.post("/token", &server.app_token, body).await.ok();
    let expired = expired["access_token"].as_str().unwrap().to_owned();
    server.clock.advance(2_000);
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.access != Access::Open) {
        for (token, error, description) in [
            ("", "unauthorized", "Unable to authenticate due to expired access token"),
            (&*expired, "unauthorized", "Unable to authenticate due to expired access token"),
            (
                "garbage",
                "auth_bad_access_token",
                "Unable to authenticate due to corrupt access token",
            ),
            (&*foreign, "auth_bad_access_token", "Unable to authenticate"),
        ] {
            let reply = call(&server, endpoint, token).await;
            let what =
                format!("{} {} with {token:.7?}: {}", endpoint.method, endpoint.path, reply.body);
            assert_eq!((reply.status, said(&reply.body)), (401, description), "{what}");
            assert!(!endpoint.prefix.is_empty() || reply.body["error"] == error, "{what}");
        }
    }
}

#[tokio::test]
async fn tokens_open_what_the_table_says() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let app = server.app_token.clone();
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.access != Access::Open) {
        // What ends the users or their tokens comes with a token that may not do it, or not at all.
        let ends = ["DELETE /users", "DELETE /users/{user}", "PUT /users/{user}/password"];
        let ends = ends.contains(&&*format!("{} {}", endpoint.method, endpoint.path))
            || endpoint.path.ends_with("/deactivate");
        for (token, who, may) in [
            (&alice, "the user", endpoint.access != Access::App),
            (&bob, "another user", matches!(endpoint.access, Access::Member | Access::User)),
            (&app, "the app", endpoint.access != Access::User),
        ] {
            if may && ends {
                continue;
            }
            let reply = call(&server, endpoint, token).await;
            let what = format!(
                "{} {} by {who}: {} {}",
                endpoint.method, endpoint.path, reply.status, reply.body
            );
            assert!(reply.status < 500 || reply.status == 503, "{what}");
            // Attributes of rooms say it in words of their own.
            let refused =
                reply.status == 401 || said(&reply.body) == "others are not allowed to be set";
            match who {
                // The domain may have more to say.
                "another user" if may => {}
                _ => assert_eq!(refused, !may, "{what}"),
            }
        }
    }
}

#[tokio::test]
async fn the_authorization_header_is_read_strictly() {
    let server = Server::start().await;
    let request = |value: &str| {
        send(server.request(Method::GET, "/users", "").header("authorization", value))
    };
    request(&format!("bearer {}", server.app_token)).await.ok();
    for bad in ["Basic abc", "abc", "Bearer", "Bearer undefined", "Bearer YWMtAAAA"] {
        let reply = request(bad).await;
        assert_eq!(
            (reply.status, &reply.body["error"]),
            (401, &json!("auth_bad_access_token")),
            "{bad}"
        );
    }
}
