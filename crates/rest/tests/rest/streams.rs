//! Messages in chunks, as the customer's server sends them.

use hongyan_model::{Feature, Grant};
use serde_json::{Value, json};

use crate::support::{Reply, Server};

const TO_USER: &str = "/stream_message/user";

async fn send(server: &Server, from: &str, to: &str, body: Value) -> Reply {
    let chunk = json!({"from": from, "to": to, "body": body});
    server.post(TO_USER, &server.app_token, chunk).await
}

#[track_caller]
fn refused(reply: &Reply, code: u32, description: &str) {
    reply.refused(400, "message_send_error", description);
    assert_eq!(reply.body["error_code"], code);
}

/// Refused so, unless the look at what is overdue was faster.
#[track_caller]
fn broken_off(reply: &Reply, code: u32, description: &str) {
    if reply.body["error_code"] != 14035 {
        refused(reply, code, description);
    }
}

#[tokio::test]
async fn the_first_answer_names_the_message_and_the_others_do_not() {
    let server = Server::start().await;
    let reply =
        send(&server, "bot", "bob", json!({"msg": "a", "seq": 0, "type": "markdown"})).await;
    let id = reply.ok()["data"]["msgId"].as_str().unwrap().to_owned();
    assert!(id.parse::<u64>().unwrap() > 0);
    let next = json!({"msgId": id, "msg": "b", "seq": "1", "finish": false, "finishReason": 0});
    assert_eq!(send(&server, "bot", "bob", next).await.ok()["data"], json!({}));
    let last = json!({"msgId": id, "msg": "", "seq": 2, "finish": true, "finishReason": 1});
    assert_eq!(send(&server, "BOT", "Bob", last).await.ok()["data"], json!({}));
    // Without a sender it is admin.
    let chunk = json!({"to": "bob", "body": {"msg": "a", "seq": 0, "finish": true}});
    server.post(TO_USER, &server.app_token, chunk).await.ok();
}

#[tokio::test]
async fn what_is_wrong_has_the_documented_number() {
    let server = Server::start().await;
    let id = send(&server, "bot", "bob", json!({"msg": "a", "seq": 0})).await.ok();
    let id = id["data"]["msgId"].as_str().unwrap();
    let of = |seq: i64| json!({"msgId": id, "msg": "b", "seq": seq});

    let empty = "param from can't be empty";
    refused(&send(&server, "", "bob", of(1)).await, 14001, empty);
    refused(&send(&server, "bot", "", of(1)).await, 14002, "param to can't be empty");
    let body = "param body can't be empty";
    refused(&send(&server, "bot", "bob", Value::Null).await, 14005, body);
    refused(&send(&server, "bot", "bob", json!({"msgId": id, "seq": 1})).await, 14005, body);
    for seq in [json!(-1), json!("x"), Value::Null] {
        let reply = send(&server, "bot", "bob", json!({"msgId": id, "msg": "b", "seq": seq})).await;
        refused(&reply, 14030, "param body.seq is illegal");
    }
    let unknown = json!({"msgId": "17", "msg": "b", "seq": 1});
    let reply = send(&server, "bot", "bob", unknown).await;
    refused(&reply, 14031, "can not find stream message by msgId");
    refused(&send(&server, "eve", "bob", of(1)).await, 14036, "stream message from user mismatch");
    refused(&send(&server, "bot", "eve", of(1)).await, 14037, "stream message to user mismatch");
    refused(&send(&server, "bot", "bob", of(0)).await, 14038, "stream message chunk seq too small");

    server.clock.advance(30_001);
    let reply = send(&server, "bot", "bob", of(1)).await;
    broken_off(&reply, 14033, "stream message chunk interval timeout");
    let reply = send(&server, "bot", "bob", of(1)).await;
    refused(&reply, 14035, "stream message has already finished");

    server
        .change_app(|app| {
            app.features.grants.insert(Feature::StreamBytesMax, Grant::Limit(1));
            app.features.grants.insert(Feature::StreamSecondsMax, Grant::Limit(0));
        })
        .await;
    let reply = send(&server, "bot", "bob", json!({"msg": "ab", "seq": 0})).await;
    refused(&reply, 14032, "stream message total length exceeds limit");
    let id = send(&server, "bot", "bob", json!({"msg": "a", "seq": 0})).await.ok();
    server.clock.advance(1);
    let late = json!({"msgId": id["data"]["msgId"], "msg": "", "seq": 1});
    let reply = send(&server, "bot", "bob", late).await;
    broken_off(&reply, 14034, "stream message total timeout");
}

#[tokio::test]
async fn only_the_customers_server_speaks_in_chunks() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let foreign = server.foreign_token().await;
    let chunk = json!({"from": "alice", "to": "bob", "body": {"msg": "a", "seq": 0}});
    for path in [TO_USER, "/stream_message/chatgroup"] {
        let reply = server.post(path, &alice, chunk.clone()).await;
        reply.refused(401, "unauthorized", "unauthorized");
        let reply = server.post(path, &foreign, chunk.clone()).await;
        reply.refused(401, "auth_bad_access_token", "Unable to authenticate");
    }
    let reply = server.post("/stream_message/chatgroup", &server.app_token, chunk).await;
    reply.refused(404, "resource_not_found", "grpID bob does not exist!");
}

#[tokio::test]
async fn a_group_is_streamed_to_as_well() {
    let server = Server::start().await;
    server.users(["alice"]).await;
    let group = json!({"owner": "alice", "public": false, "groupid": "club"});
    server.post("/chatgroups", &server.app_token, group).await.ok();
    let chunk =
        |to: &str| json!({"from": "bot", "to": to, "body": {"msg": "a", "seq": 0, "finish": true}});
    let path = "/stream_message/chatgroup";
    let sent = server.post(path, &server.app_token, chunk("club")).await.ok();
    assert!(sent["data"]["msgId"].is_string());
    assert_eq!(server.post(path, &server.app_token, chunk("")).await.body["error_code"], 14002);
}
