//! `Idempotency-Key`.

use hongyan_model::Feature;
use reqwest::Method;
use serde_json::{Value, json};

use crate::features::limit;
use crate::messages::{metas, roaming};
use crate::support::{Reply, Server, send};

async fn keyed(server: &Server, path: &str, key: &str, body: &Value) -> Reply {
    let request = server.request(Method::POST, path, &server.app_token);
    send(request.header("idempotency-key", key).json(body)).await
}

fn hello(to: &str) -> Value {
    json!({"from": "bob", "to": [to], "type": "txt", "body": {"msg": "hi"}})
}

fn is_replayed(reply: &Reply) -> bool {
    reply.headers.get("idempotent-replayed").is_some_and(|value| value == "true")
}

/// How many messages bob has sent to alice.
async fn sent(server: &Server, alice: &str) -> usize {
    let query = roaming("bob@easemob.com", json!(-1), 50);
    metas(&server.post("/users/alice/messageroaming", alice, query).await.ok()).len()
}

#[tokio::test]
async fn a_request_that_is_sent_again_gets_its_first_answer_and_sends_nothing() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let first = keyed(&server, "/messages/users", "k1", &hello("alice")).await;
    assert!(!is_replayed(&first));
    let first = first.ok();
    server.clock.advance(60_000);
    let again = keyed(&server, "/messages/users", "k1", &hello("alice")).await;
    assert!(is_replayed(&again) && again.headers["content-type"] == "application/json");
    assert_eq!(again.ok(), first);
    assert_eq!(sent(&server, &alice).await, 1);

    let reused = "the idempotency key was used for another request";
    for (path, body) in [
        ("/messages/users", hello("carol")),
        ("/messages/users?x=1", hello("alice")),
        ("/messages/chatgroups", hello("alice")),
    ] {
        let reply = keyed(&server, path, "k1", &body).await;
        reply.refused(422, "idempotency_key_reused", reused);
    }
    assert!(!is_replayed(&keyed(&server, "/messages/users", "k2", &hello("alice")).await));
    assert_eq!(sent(&server, &alice).await, 2);
    // A day later it is a key like any other.
    server.clock.advance(24 * 3600 * 1000);
    assert!(!is_replayed(&keyed(&server, "/messages/users", "k1", &hello("alice")).await));
    assert_eq!(sent(&server, &alice).await, 3);
}

#[tokio::test]
async fn keys_belong_to_an_app_and_to_its_server() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    keyed(&server, "/messages/users", "k", &hello("alice")).await.ok();
    let foreign = server.foreign_token().await;
    let url = format!("{}/acme/other/messages/users", server.address);
    let request = |token: &str| {
        let request = server.client.post(&url).bearer_auth(token).json(&hello("dave"));
        send(request.header("idempotency-key", "k"))
    };
    let reply = request(&foreign).await;
    assert!(!is_replayed(&reply));
    assert!(reply.ok()["data"]["dave"].is_string());
    for token in [&server.app_token, &alice, ""] {
        assert_eq!(request(token).await.status, 401);
    }
    // Nor does a user get to read what the server was answered.
    let request = server.request(Method::POST, "/messages/users", &alice);
    let request = request.header("idempotency-key", "k").json(&hello("alice"));
    send(request).await.refused(401, "unauthorized", "unauthorized");
    for bad in ["", &"x".repeat(256)] {
        let text = "Idempotency-Key has to be 1 to 255 printable ASCII characters";
        let reply = keyed(&server, "/messages/users", bad, &hello("alice")).await;
        reply.refused(400, "illegal_argument", text);
    }
}

#[tokio::test]
async fn a_refused_request_gives_its_key_back() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let mut wrong = hello("alice");
    wrong["body"] = json!(null);
    let reply = keyed(&server, "/messages/users", "k", &wrong).await;
    reply.refused(400, "message_send_error", "param body can't be empty");
    server.change_app(limit(Feature::RestUserMessagesPerMinute, 1)).await;
    keyed(&server, "/messages/users", "other", &hello("alice")).await.ok();
    let reply = keyed(&server, "/messages/users", "k", &hello("alice")).await;
    reply.refused(403, "message_send_error", "message send reach limit");
    server.clock.advance(60_000);
    let reply = keyed(&server, "/messages/users", "k", &hello("alice")).await;
    assert!(!is_replayed(&reply) && reply.status == 200);
    assert_eq!(sent(&server, &alice).await, 2);
}

#[tokio::test]
async fn of_requests_at_once_one_sends() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let body = hello("alice");
    let requests = (0..10).map(|_| keyed(&server, "/messages/users", "k", &body));
    let replies = futures_util::future::join_all(requests).await;
    let first = replies.iter().filter(|reply| reply.status == 200 && !is_replayed(reply)).count();
    assert_eq!(first, 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        let text = "a request with this idempotency key is in progress";
        reply.refused(409, "idempotency_in_progress", text);
    }
    assert_eq!(sent(&server, &alice).await, 1);
}

#[tokio::test]
async fn whatever_sends_takes_a_key() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let token = &server.app_token;
    let group = json!({"owner": "alice", "public": true, "groupname": "g", "members": ["bob"]});
    let group = server.post("/chatgroups", token, group).await.ok()["data"]["groupid"].clone();
    let room = json!({"name": "r", "description": "d", "owner": "alice"});
    let room = server.post("/chatrooms", token, room).await.ok()["data"]["id"].clone();
    let (txt, msg) = (json!({"msg": "hi"}), json!({"type": "txt", "msg": "hi"}));
    let to = |to: &Value| json!({"to": [to], "type": "txt", "body": txt, "users": ["bob"]});
    let past =
        |target: &Value| json!({"from": "bob", "target": target, "type": "txt", "body": txt});
    let chunk = |to: &Value| json!({"to": to, "body": {"msg": "hi", "seq": 0, "type": "text"}});
    for (path, body) in [
        ("/messages/users", to(&json!("alice"))),
        ("/messages/chatgroups", to(&group)),
        ("/messages/chatrooms", to(&room)),
        ("/messages/chatgroups/users", to(&group)),
        ("/messages/chatrooms/users", to(&room)),
        ("/messages/chatrooms/broadcast", json!({"msg": msg})),
        ("/messages/users/broadcast", json!({"msg": msg})),
        ("/messages/broadcast", json!({"target_type": "users", "msg": msg})),
        ("/messages/users/import", past(&json!("alice"))),
        ("/messages/chatgroups/import", past(&group)),
        ("/stream_message/user", chunk(&json!("alice"))),
        ("/stream_message/chatgroup", chunk(&group)),
        ("/messages", json!({"target_type": "users", "target": ["alice"], "msg": msg})),
    ] {
        let first = keyed(&server, path, path, &body).await;
        assert_eq!(first.status, 200, "{path} {}", first.body);
        let again = keyed(&server, path, path, &body).await;
        assert!(is_replayed(&again), "{path} {}", again.body);
        assert_eq!(again.body, first.body);
    }
    // Elsewhere the header means nothing.
    for _ in 0..2 {
        let reply = keyed(&server, "/users", "u", &json!({"username": "x", "password": "x"})).await;
        assert!(!is_replayed(&reply));
    }
}
