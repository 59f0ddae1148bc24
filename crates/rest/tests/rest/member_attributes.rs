use serde_json::{Value, json};

use crate::support::{Reply, Server};

/// A server with the group `club` of alice with bob; tokens of alice, bob and eve, who is outside.
async fn with_group() -> (Server, [String; 3]) {
    let server = Server::start().await;
    let tokens = server.users(["alice", "bob", "eve"]).await;
    let body = json!({
        "owner": "alice", "groupname": "g", "description": "d", "public": true, "members": ["bob"], "groupid": "club",
    });
    server.post("/chatgroups", &server.app_token, body).await.ok();
    (server, tokens)
}

#[track_caller]
fn refused(reply: &Reply, status: u16, code: u32, description: &str) {
    reply.refused(status, "metadata_error", description);
    assert_eq!(reply.body["error_code"], code);
}

#[tokio::test]
async fn attributes_are_set_and_read_by_clients_and_servers() {
    let (server, [alice, bob, _]) = with_group().await;
    let path = "/sdk/metadata/chatgroup/club/user/BOB?resource=x&version=v3";
    let body = json!({"metaData": {"name": "Bob", "age": 7}});
    let set = server.put(path, &bob, body).await.ok();
    assert_eq!(set["data"], json!({"name": "Bob", "age": "7"}));
    let asked = json!({"targets": ["bob", "alice"], "properties": ["name"]});
    let read = server.post("/sdk/metadata/chatgroup/club/get?version=v3", &alice, asked).await.ok();
    assert_eq!(read["data"], json!({"alice": {}, "bob": {"name": "Bob"}}));

    let asked = json!({"targets": ["bob"], "properties": []});
    let path = "/metadata/chatgroup/club/get";
    let read = server.post(path, &server.app_token, asked).await.ok();
    assert_eq!(read["data"], json!({"bob": {"name": "Bob", "age": "7"}}));
    let read = server.get("/sdk/metadata/chatgroup/club/user/bob?resource=x", &bob).await.ok();
    assert_eq!(read["data"], json!({"name": "Bob", "age": "7"}));

    let gone = json!({"metaData": {"age": ""}});
    let path = "/metadata/chatgroup/club/user/bob";
    server.put(path, &server.app_token, gone).await.ok();
    let read = server.get(path, &server.app_token).await.ok();
    assert_eq!(read["data"], json!({"name": "Bob"}));
    let batch = json!([{"username": "bob", "metadata": {"k": "v"}}]);
    let path = "/metadata/chatgroup/club/users/batch";
    let set = server.put(path, &server.app_token, batch).await.ok();
    let done = json!([{"username": "bob", "metadata": {"k": "v", "name": "Bob"}}]);
    assert_eq!(set["data"]["updateMetadataSucceeded"], done);
    assert_eq!(set["data"]["updateMetadataSucceeded:"], done);
    assert_eq!(set["data"]["updateMetadataFailed:"], json!([]));
}

#[tokio::test]
async fn refusals_have_the_numbers_of_the_sdk() {
    let (server, [alice, bob, eve]) = with_group().await;
    let set = async |user: &str, token: &str, name: &str, value: &str| {
        let mut attributes = json!({});
        attributes[name] = value.into();
        let path = format!("/sdk/metadata/chatgroup/club/user/{user}?version=v3");
        server.put(&path, token, json!({"metaData": attributes})).await
    };
    let long = set("bob", &bob, &"n".repeat(17), "v").await;
    refused(&long, 400, 60006, "exceeds chatgroup user metadata single key limit");
    let long = set("bob", &bob, "n", &"v".repeat(513)).await;
    refused(&long, 400, 60010, "exceeds chatgroup user metadata single value limit");
    for n in 0..7 {
        set("bob", &bob, &format!("name{n}"), &"v".repeat(512)).await.ok();
    }
    let full = set("bob", &bob, "name7", &"v".repeat(512)).await;
    refused(&full, 400, 60007, "exceeds chatgroup user metadata total limit");
    refused(&set("alice", &bob, "k", "v").await, 403, 60002, "permission denied");
    refused(&set("eve", &alice, "k", "v").await, 404, 60003, "user not in group");
    refused(&set("eve", &eve, "k", "v").await, 404, 60003, "user not in group");
    let read = async |users: Vec<&str>| {
        let body = json!({"targets": users, "properties": []});
        server.post("/sdk/metadata/chatgroup/club/get", &bob, body).await
    };
    refused(&read(vec!["bob"; 11]).await, 400, 60009, "query param reaches limit.");
    refused(&read(vec!["eve"]).await, 404, 60003, "user not in group");
    let nowhere = "/metadata/chatgroup/77/user/bob";
    for token in [&bob, &server.app_token] {
        refused(&server.get(nowhere, token).await, 404, 60003, "group not exists");
    }
    let one = server.get("/metadata/chatgroup/club/user/eve", &server.app_token).await;
    one.refused(404, "MetadataException", "user not in group");
    assert_eq!(one.body["error_code"], 60003);
    let batch = "/metadata/chatgroup/club/users/batch";
    let stranger = json!([{"username": "eve", "metadata": {"k": "v"}}]);
    let reply = server.put(batch, &server.app_token, stranger).await;
    refused(&reply, 400, 60005, "Some users are not in the group: eve");
    let many: Vec<Value> = (0..21).map(|_| json!({"username": "bob", "metadata": {}})).collect();
    let reply = server.put(batch, &server.app_token, many.into()).await;
    refused(&reply, 400, 60009, "exceeds chatgroup metadata batch put users limit");
}
