use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Server, send};

/// Every endpoint that wants a token, and whether a user token may call it (for its own user `alice`).
fn endpoints() -> Vec<(Method, &'static str, Value, bool)> {
    let names = json!({"usernames": ["bob"]});
    let message = json!({"to": ["bob"], "type": "txt", "body": {"msg": "hi"}});
    vec![
        (Method::POST, "/users", json!({"username": "x", "password": "x"}), false),
        (Method::POST, "/users", json!([{"username": "x", "password": "x"}]), false),
        (Method::POST, "/token", json!({"grant_type": "inherit", "username": "alice"}), false),
        (Method::GET, "/sdk/users/alice/token/expires", Value::Null, true),
        (Method::GET, "/users", Value::Null, false),
        (Method::DELETE, "/users", Value::Null, false),
        (Method::GET, "/users/alice", Value::Null, true),
        (Method::PUT, "/users/alice", json!({"nickname": "A"}), true),
        (Method::DELETE, "/users/alice", Value::Null, false),
        (Method::PUT, "/users/alice/password", json!({"newpassword": "x"}), false),
        (Method::PUT, "/metadata/user/alice", json!({"nickname": "A"}), true),
        (Method::GET, "/metadata/user/alice", Value::Null, true),
        (Method::DELETE, "/metadata/user/alice", Value::Null, true),
        (
            Method::POST,
            "/metadata/user/get",
            json!({"targets": ["alice"], "properties": ["nickname"]}),
            true,
        ),
        (Method::GET, "/users/alice/status", Value::Null, true),
        (Method::POST, "/users/batch/status", names.clone(), false),
        (Method::POST, "/users/alice/presence/webim_1/0", json!({"ext": "x"}), true),
        (Method::POST, "/users/alice/presence/600", names.clone(), true),
        (Method::POST, "/users/alice/presence", names.clone(), true),
        (Method::DELETE, "/users/alice/presence", json!(["bob"]), true),
        (Method::GET, "/users/alice/presence/sublist", Value::Null, true),
        (Method::GET, "/presence/online/1/type/1", Value::Null, false),
        (Method::GET, "/users/alice/push/binding", Value::Null, true),
        (
            Method::PUT,
            "/users/alice/push/binding",
            json!({"device_id": "d", "device_token": "", "notifier_name": ""}),
            true,
        ),
        (
            Method::PUT,
            "/push/nickname",
            json!([{"username": "alice", "push_nickname": "A"}]),
            false,
        ),
        (Method::GET, "/users/alice/notification", Value::Null, true),
        (Method::GET, "/users/alice/notification/user/alice", Value::Null, true),
        (Method::PUT, "/users/alice/notification/user/alice", json!({"type": "ALL"}), true),
        (Method::GET, "/users/alice/notification/chatgroup/1", Value::Null, true),
        (Method::PUT, "/users/alice/notification/chatgroup/1", json!({"type": "AT"}), true),
        (Method::GET, "/users/alice/notification/language", Value::Null, true),
        (
            Method::PUT,
            "/users/alice/notification/language",
            json!({"translationLanguage": "zh"}),
            true,
        ),
        (Method::GET, "/users/alice/notification/mute/type", Value::Null, true),
        (Method::GET, "/users/alice/resources", Value::Null, true),
        (Method::POST, "/messages/users", message.clone(), false),
        (Method::POST, "/messages/chatgroups", message, false),
        (Method::POST, "/users/alice/messageroaming", json!({"queue": "bob@easemob.com"}), true),
        (Method::POST, "/chatgroups", json!({"owner": "alice", "public": false}), true),
        (Method::GET, "/chatgroups", Value::Null, false),
        (Method::GET, "/chatgroups/1", Value::Null, true),
        (Method::PUT, "/chatgroups/1", json!({"groupname": "x"}), true),
        (Method::DELETE, "/chatgroups/1", Value::Null, true),
        (Method::GET, "/chatgroups/user/alice", Value::Null, true),
        (Method::GET, "/users/alice/joined_chatgroups", Value::Null, true),
        (Method::GET, "/chatgroups/1/users", Value::Null, true),
        (Method::POST, "/chatgroups/1/users", names, true),
        (Method::POST, "/chatgroups/1/users/bob", Value::Null, true),
        (Method::DELETE, "/chatgroups/1/users/bob", Value::Null, true),
        (Method::DELETE, "/chatgroups/1/quit", Value::Null, true),
        (Method::GET, "/chatgroups/1/user/alice/is_joined", Value::Null, true),
        (Method::GET, "/publicchatgroups", Value::Null, true),
        (Method::GET, "/chatgroups/user/alice/joined_count", Value::Null, true),
        (Method::POST, "/chatgroups/1/disable", Value::Null, false),
        (Method::POST, "/chatgroups/1/enable", Value::Null, false),
        (Method::POST, "/chatgroups/1/apply", Value::Null, true),
        (
            Method::POST,
            "/chatgroups/1/apply_verify",
            json!({"applicant": "bob", "verifyResult": true}),
            true,
        ),
        (Method::POST, "/chatgroups/1/invite", json!({"usernames": ["bob"]}), true),
        (
            Method::POST,
            "/chatgroups/1/invite_verify",
            json!({"invitee": "alice", "verifyResult": true}),
            true,
        ),
        (Method::POST, "/chatgroups/1/shield", Value::Null, true),
        (Method::DELETE, "/chatgroups/1/shield", Value::Null, true),
        (Method::GET, "/chatgroups/1/share_files", Value::Null, true),
        (Method::POST, "/chatgroups/1/share_files", Value::Null, true),
        (Method::GET, "/chatgroups/1/share_files/x", Value::Null, true),
        (Method::DELETE, "/chatgroups/1/share_files/x", Value::Null, true),
        (Method::GET, "/chatrooms/1/share_files", Value::Null, true),
        (Method::POST, "/chatrooms/1/share_files", Value::Null, true),
        (Method::DELETE, "/chatrooms/1/share_files/x", Value::Null, true),
        (Method::GET, "/chatgroups/1/acks/5", Value::Null, true),
        (Method::PUT, "/sdk/metadata/chatgroup/1/user/bob", json!({"metaData": {"k": "v"}}), true),
        (Method::GET, "/metadata/chatgroup/1/user/bob", Value::Null, true),
        (Method::PUT, "/metadata/chatgroup/1/users/batch", json!([]), true),
        (Method::POST, "/metadata/chatgroup/1/get", json!({"targets": ["bob"]}), true),
        (Method::GET, "/metadata/user/capacity", Value::Null, false),
        (
            Method::PUT,
            "/users/alice/chatfiles/lifetime",
            json!({"lifetime": "refresh", "chatfile_ids": ["5fd74830-0000-4000-822a-000000000001"]}),
            true,
        ),
        (
            Method::POST,
            "/messages",
            json!({"target_type": "users", "target": ["bob"], "msg": {"type": "txt", "msg": "hi"}}),
            false,
        ),
        (
            Method::POST,
            "/messages/users/import",
            json!({"from": "bob", "target": "carol", "type": "txt", "body": {"msg": "hi"}}),
            false,
        ),
        (
            Method::POST,
            "/messages/chatgroups/import",
            json!({"from": "bob", "target": "1", "type": "txt", "body": {"msg": "hi"}}),
            false,
        ),
        (Method::GET, "/thread", Value::Null, false),
        (
            Method::POST,
            "/thread",
            json!({"name": "t", "msg_id": "1", "group_id": "1", "owner": "alice"}),
            true,
        ),
        (Method::GET, "/thread/1", Value::Null, true),
        (Method::PUT, "/thread/1", json!({"name": "x"}), true),
        (Method::DELETE, "/thread/1", Value::Null, true),
        (Method::POST, "/thread/message", json!({"threadIds": ["1"]}), true),
        (Method::GET, "/thread/1/users", Value::Null, true),
        (Method::POST, "/thread/1/users", json!({"usernames": ["bob"]}), true),
        (Method::DELETE, "/thread/1/users/bob", Value::Null, true),
        (Method::POST, "/thread/1/user/alice/join", Value::Null, true),
        (Method::DELETE, "/thread/1/user/alice/quit", Value::Null, true),
        (Method::GET, "/threads/user/alice", Value::Null, true),
        (Method::GET, "/threads/chatgroups/1", Value::Null, true),
        (Method::GET, "/threads/chatgroups/1/user/alice", Value::Null, true),
        (Method::POST, "/chatfiles", Value::Null, true),
    ]
}

#[tokio::test]
async fn every_endpoint_wants_a_token_of_its_own_app() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let foreign = server.foreign_token().await;
    for (method, path, body, _) in endpoints() {
        let call = async |token: &str| {
            let reply = send(server.request(method.clone(), path, token).json(&body)).await;
            assert_eq!(reply.status, 401, "{method} {path}: {}", reply.body);
            assert!(reply.body["error_description"].is_string(), "{method} {path}");
            reply
        };
        let corrupt = "Unable to authenticate due to corrupt access token";
        let absent = match (path, &method) {
            ("/users", &Method::POST) => {
                "Open registration doesn't allow, so register user need token"
            }
            _ => "Unable to authenticate due to expired access token",
        };
        call("").await.refused(401, "unauthorized", absent);
        call("garbage").await.refused(401, "auth_bad_access_token", corrupt);
        let elsewhere = if path == "/token" { corrupt } else { "Unable to authenticate" };
        call(&foreign).await.refused(401, "auth_bad_access_token", elsewhere);
    }
}

#[tokio::test]
async fn a_user_token_acts_only_for_its_user() {
    let server = Server::start().await;
    let [_, bob] = server.users(["alice", "bob"]).await;
    for (method, path, body, _) in endpoints() {
        if !path.contains("alice") && path != "/token" {
            continue;
        }
        let reply = send(server.request(method.clone(), path, &bob).json(&body)).await;
        let refused = reply.status == 401 || path.ends_with("is_joined") && reply.status == 404;
        assert!(refused, "{method} {path}: {} {}", reply.status, reply.body);
    }
}

#[tokio::test]
async fn what_is_for_the_customers_server_refuses_user_tokens() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    for (method, path, body, for_users) in endpoints() {
        let reply = send(server.request(method.clone(), path, &alice).json(&body)).await;
        assert_eq!(
            reply.status == 401,
            !for_users,
            "{method} {path}: {} {}",
            reply.status,
            reply.body
        );
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
