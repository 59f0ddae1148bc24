//! Who may call what: the whole table, over HTTP.

use hongyan_console::{Access, Endpoint, endpoints};
use hongyan_platform::roles::Role;
use reqwest::Method;
use serde_json::json;

use crate::harness::{Client, Console, send};

/// What the request is refused with before its handler runs, if it is.
async fn verdict(client: &Client, method: &Method, path: &str) -> Option<String> {
    // No endpoint's shape: whoever gets as far as the handler is told so, and nothing is done.
    let body = json!([]);
    let reply = send(client.request(method.clone(), path).json(&body)).await;
    let error = reply.body["error"].as_str().unwrap_or_default().to_owned();
    let before_the_handler = [
        "signed_out",
        "not_permitted",
        "csrf",
        "app_not_found",
        "password_change_required",
        "verification_required",
    ];
    before_the_handler.contains(&error.as_str()).then_some(error)
}

/// The endpoint's path with something for each variable.
fn path(endpoint: &Endpoint, org: &str, app: &str) -> String {
    let segments = endpoint.path.split('/').map(|segment| match segment {
        "{org}" if matches!(endpoint.access, Access::App(_)) => org,
        "{app}" => app,
        variable if variable.starts_with('{') => "1",
        fixed => fixed,
    });
    segments.collect::<Vec<_>>().join("/")
}

fn roles(c: &Console) -> [(Role, &Client); 4] {
    [
        (Role::Operator, &c.operator),
        (Role::SuperAdmin, &c.owner),
        (Role::Admin, &c.admin),
        (Role::Developer, &c.developer),
    ]
}

#[tokio::test]
async fn every_endpoint_is_for_the_roles_of_the_table_and_nobody_else() {
    let c = Console::start().await;
    for endpoint in endpoints() {
        let (permission, path) = match endpoint.access {
            Access::Public | Access::SignedIn => continue,
            Access::Staff(permission) | Access::App(permission) => {
                (permission, path(&endpoint, "acme", "nowhere"))
            }
        };
        let name = format!("{} {}", endpoint.method, endpoint.path);
        let on_app = matches!(endpoint.access, Access::App(_));
        for (role, client) in roles(&c) {
            let found = verdict(client, &endpoint.method, &path).await;
            let refused = found.as_deref() == Some("not_permitted");
            // An app that does not exist is looked for last of all.
            let passed = if on_app { found.as_deref() == Some("app_not_found") } else { !refused };
            assert_ne!(passed, refused, "{name} for {role:?}: {found:?}");
            assert_eq!(passed, role.allows(permission), "{name} for {role:?}: {found:?}");
        }
        let found = verdict(&c.stranger, &endpoint.method, &path).await;
        assert_eq!(found.as_deref(), Some("signed_out"), "{name} without a session");
    }
}

#[tokio::test]
async fn what_needs_a_session_is_refused_without_one() {
    let c = Console::start().await;
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.access == Access::SignedIn) {
        let path = path(endpoint, "acme", "chat");
        let found = verdict(&c.stranger, &endpoint.method, &path).await;
        assert_eq!(found.as_deref(), Some("signed_out"), "{} {}", endpoint.method, endpoint.path);
    }
}

#[tokio::test]
async fn another_organisations_app_does_not_exist() {
    let c = Console::start().await;
    let limited = c.member(Role::Admin, Some(vec![c.shop.id])).await;
    for endpoint in endpoints() {
        let Access::App(permission) = endpoint.access else { continue };
        let path = path(&endpoint, "acme", "chat");
        let name = format!("{} {}", endpoint.method, endpoint.path);
        if Role::SuperAdmin.allows(permission) {
            let found = verdict(&c.foreigner, &endpoint.method, &path).await;
            assert_eq!(found.as_deref(), Some("app_not_found"), "{name}");
        }
        if Role::Admin.allows(permission) {
            let found = verdict(&limited, &endpoint.method, &path).await;
            assert_eq!(found.as_deref(), Some("app_not_found"), "{name} for a limited member");
        }
    }
}

#[tokio::test]
async fn whether_another_organisation_has_an_app_does_not_show() {
    let c = Console::start().await;
    let answer = async |app: &str| {
        let body =
            c.foreigner.get(&format!("/apps/acme/{app}")).await.refused(404, "app_not_found");
        body.to_string().replace(app, "APP")
    };
    assert_eq!(answer("shop").await, answer("none").await);
}

#[tokio::test]
async fn a_write_needs_the_sessions_own_token() {
    let c = Console::start().await;
    let stale = c.owner.with_csrf("stale");
    for endpoint in endpoints() {
        let needs_token = endpoint.action.is_some() && endpoint.access != Access::Public;
        if !needs_token {
            continue;
        }
        let path = path(&endpoint, "acme", "chat");
        let found = verdict(&stale, &endpoint.method, &path).await;
        assert_eq!(found.as_deref(), Some("csrf"), "{} {}", endpoint.method, endpoint.path);
    }
    // Reading needs none.
    stale.get("/apps").await.ok();
    // A page of another site has the cookie of a lax browser at most.
    let request = c.owner.request(Method::PUT, "/apps/acme/chat/settings/registration");
    let request = request.header("sec-fetch-site", "cross-site").json(&json!({"open": true}));
    send(request).await.refused(403, "csrf");
    assert!(!c.chat_now().await.settings.open_registration);
}

#[tokio::test]
async fn every_write_but_those_of_strangers_has_a_name_for_the_operation_log() {
    for endpoint in endpoints() {
        assert_eq!(endpoint.action.is_none(), endpoint.method == Method::GET, "{}", endpoint.path);
        if let Some(action) = endpoint.action {
            let is_word = |text: &str| {
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
            };
            assert!(is_word(action.module) && is_word(action.name), "{}", endpoint.path);
        }
    }
}

#[tokio::test]
async fn a_stranger_cannot_make_the_server_hold_much() {
    let c = Console::start().await;
    let large = json!({"email": "x".repeat(70 * 1024), "password": "x"});
    c.stranger.post("/login", large).await.refused(413, "body_too_large");
    c.stranger.get("/nothing").await.refused(404, "no_such_endpoint");
}
