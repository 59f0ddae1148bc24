//! The older way of sending, and rates of messages.

use hongyan_model::Feature;
use serde_json::{Value, json};

use crate::features::limit;
use crate::messages::{metas, roaming};
use crate::support::Server;

fn message(target_type: &str, target: Value) -> Value {
    json!({"target_type": target_type, "target": target, "from": "bob",
        "msg": {"type": "txt", "msg": "hi"}, "ext": {"k": 1}})
}

#[tokio::test]
async fn the_old_way_sends_to_whatever_it_names() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let token = &server.app_token;
    let to_users = message("users", json!(["alice", "stranger"]));
    let body = server.post("/messages", token, to_users.clone()).await.ok();
    assert_eq!(body["data"], json!({"alice": "success", "stranger": "success"}));
    let body = server.post("/messages?useMsgId=true", token, to_users).await.ok();
    let id = body["data"]["alice"].as_str().unwrap();
    let query = roaming("bob@easemob.com", json!(-1), 20);
    let found = server.post("/users/alice/messageroaming", &alice, query).await.ok();
    let found = metas(&found);
    assert_eq!((found.len(), found[0].0.id().to_string().as_str()), (2, id));
    assert_eq!((found[0].1.contents[0].text(), found[0].1.ext.len()), ("hi", 1));

    let group = json!({"owner": "alice", "public": true, "groupname": "g"});
    let group = server.post("/chatgroups", token, group).await.ok()["data"]["groupid"].clone();
    let room = json!({"name": "r", "description": "d", "owner": "alice"});
    let room = server.post("/chatrooms", token, room).await.ok()["data"]["id"].clone();
    for (kind, target) in [("chatgroups", &group), ("chatrooms", &room)] {
        let body =
            server.post("/messages?useMsgId=true", token, message(kind, json!([target]))).await;
        assert!(body.ok()["data"][target.as_str().unwrap()].is_string());
    }
    let query =
        roaming(&format!("{}@conference.easemob.com", group.as_str().unwrap()), json!(-1), 20);
    let found = server.post("/users/alice/messageroaming", &alice, query).await.ok();
    assert_eq!(metas(&found).len(), 1);
    let reply = server.post("/messages", token, message("chatgroups", json!(["7"]))).await;
    reply.refused(404, "resource_not_found", "grpID 7 does not exist!");
}

#[tokio::test]
async fn what_is_wrong_with_an_old_message_is_told() {
    let server = Server::start().await;
    let wrong = async |change: fn(&mut Value), text: &str| {
        let mut message = message("users", json!(["alice"]));
        change(&mut message);
        let reply = server.post("/messages", &server.app_token, message).await;
        reply.refused(400, "illegal_argument", text);
    };
    let types = "target_type can only be 'users' or 'chatgroups' or 'chatrooms'";
    wrong(|m| m["target_type"] = json!("cats"), types).await;
    wrong(|m| m["target_type"] = json!(null), types).await;
    wrong(|m| m["from"] = json!(""), "from can't be empty").await;
    wrong(|m| m["target"] = json!([]), "target can't be empty").await;
    wrong(|m| m["msg"] = json!(null), "msg can't be empty").await;
    wrong(|m| m["msg"] = json!({"msg": "hi"}), "type can't be empty").await;
    wrong(|m| m["ext"] = json!("x"), "ext must be JSONObject").await;
}

#[tokio::test]
async fn a_call_that_would_pass_the_rate_of_messages_sends_nothing() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = &server.app_token;
    server.change_app(limit(Feature::RestUserMessagesPerMinute, 5)).await;
    let send = async |to: Value| {
        let message = json!({"from": "bob", "to": to, "type": "txt", "body": {"msg": "hi"}});
        server.post("/messages/users", token, message).await
    };
    let full = |reply: crate::support::Reply| {
        reply.refused(403, "message_send_error", "message send reach limit");
    };
    send(json!(["a", "b", "c"])).await.ok();
    full(send(json!(["alice", "d", "e"])).await);
    // A user who may not send uses nothing of it.
    let forbidden = json!({"to": ["x"], "type": "txt", "body": {"msg": "hi"}});
    server.post("/messages/users", &bob, forbidden).await.refused(
        401,
        "unauthorized",
        "unauthorized",
    );
    send(json!(["d", "e"])).await.ok();
    full(send(json!(["alice"])).await);
    full(server.post("/messages", token, message("users", json!(["alice"]))).await);
    let query = roaming("bob@easemob.com", json!(-1), 20);
    let found = server.post("/users/alice/messageroaming", &alice, query).await.ok();
    assert_eq!(metas(&found).len(), 0);
    // Until those are a minute old.
    server.clock.advance(59_999);
    full(send(json!(["alice"])).await);
    server.clock.advance(1);
    send(json!(["alice"])).await.ok();
    server.change_app(limit(Feature::RestUserMessagesPerMinute, 0)).await;
    send(json!(["1", "2", "3", "4", "5", "6"])).await.ok();
}

#[tokio::test]
async fn each_way_of_sending_has_its_rate() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let token = &server.app_token;
    let group = json!({"owner": "alice", "public": true, "groupname": "g", "members": ["bob"]});
    let group = server.post("/chatgroups", token, group).await.ok()["data"]["groupid"].clone();
    let room = json!({"name": "r", "description": "d", "owner": "alice"});
    let room = server.post("/chatrooms", token, room).await.ok()["data"]["id"].clone();
    let txt = json!({"msg": "hi"});
    let to = |to: &Value| json!({"to": [to], "type": "txt", "body": txt, "users": ["bob"]});
    let past =
        |target: &Value| json!({"from": "bob", "target": target, "type": "txt", "body": txt});
    let chunk = |to: &Value| json!({"to": to, "body": {"msg": "hi", "seq": 0, "type": "text"}});
    for (feature, paths) in [
        (Feature::RestGroupMessagesPerSecond, vec![("/messages/chatgroups", to(&group))]),
        (Feature::RestRoomMessagesPerSecond, vec![("/messages/chatrooms", to(&room))]),
        (
            Feature::RestDirectedMessagesPerSecond,
            vec![
                ("/messages/chatgroups/users", to(&group)),
                ("/messages/chatrooms/users", to(&room)),
            ],
        ),
        (
            Feature::RestImportsPerSecond,
            vec![
                ("/messages/users/import", past(&json!("alice"))),
                ("/messages/chatgroups/import", past(&group)),
            ],
        ),
        (
            Feature::RestStreamChunksPerSecond,
            vec![
                ("/stream_message/user", chunk(&json!("alice"))),
                ("/stream_message/chatgroup", chunk(&group)),
            ],
        ),
    ] {
        server.change_app(limit(feature, 1)).await;
        server.post(paths[0].0, token, paths[0].1.clone()).await.ok();
        for (path, body) in &paths {
            let reply = server.post(path, token, body.clone()).await;
            reply.refused(403, "message_send_error", "message send reach limit");
        }
        server.clock.advance(1000);
        for (path, body) in &paths {
            server.post(path, token, body.clone()).await.ok();
            server.clock.advance(1000);
        }
    }
}
