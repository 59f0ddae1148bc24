use hongyan_model::Feature;
use reqwest::Method;
use serde_json::json;

use crate::features::limit;
use crate::support::{Server, send};

#[tokio::test]
async fn attributes_are_merged_read_and_dropped() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let set = async |form: &'static str| {
        let request = server.request(Method::PUT, "/metadata/user/Alice", &alice).body(form);
        let form_type = "application/x-www-form-urlencoded";
        send(request.header("content-type", form_type)).await.ok()["data"].clone()
    };
    assert_eq!(set("nickname=A%20b&gender=0").await, json!({"nickname": "A b", "gender": "0"}));
    // The SDK's (key, value) form is not encoded at all.
    let merged = json!({"nickname": "A b&c", "gender": "0"});
    assert_eq!(set("nickname=A b&c").await, merged);
    // What is no gender changes none.
    assert_eq!(set("gender=female").await, merged);
    assert_eq!(set("gender=3&nickname=A b&c").await, merged);
    assert_eq!(server.get("/metadata/user/alice", &alice).await.ok()["data"], merged);

    let query = json!({"targets": ["Alice", "bob", "nobody"], "properties": ["nickname", "mail"]});
    let body = server.post("/metadata/user/get", &bob, query).await.ok();
    assert_eq!(body["data"], json!({"alice": {"nickname": "A b&c"}, "bob": {}, "nobody": {}}));
    let one = json!({"targets": "alice", "properties": "gender"});
    let body = server.post("/metadata/user/get", &bob, one).await.ok();
    assert_eq!(body["data"], json!({"alice": {"gender": "0"}}));

    assert_eq!(server.delete("/metadata/user/alice", &alice).await.ok()["data"], true);
    assert_eq!(server.delete("/metadata/user/alice", &alice).await.ok()["data"], true);
    let body = server.get("/metadata/user/alice", &server.app_token).await.ok();
    assert_eq!(body["data"], json!({}));
}

#[tokio::test]
async fn attributes_have_limits_and_owners() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let reply = server.get("/metadata/user/alice", &bob).await;
    reply.refused(401, "metadata_error", "auth error");
    let reply = server.put("/metadata/user/alice", &alice, json!({"ext": "x".repeat(3000)})).await;
    let text = "size of metadata for this single user exceeds the user defined limit, 2048Bytes";
    reply.refused(403, "FORBIDDEN", text);
    for (name, most) in [
        ("nickname", 64),
        ("avatarurl", 256),
        ("phone", 32),
        ("mail", 64),
        ("sign", 256),
        ("birth", 64),
    ] {
        let path = "/metadata/user/alice";
        server.put(path, &alice, json!({name: "图".repeat(most)})).await.ok();
        let reply = server.put(path, &alice, json!({name: "图".repeat(most + 1)})).await;
        let text = format!(
            "size of metadata for this single user exceeds the current mysql column size, {most}Bytes"
        );
        reply.refused(403, "FORBIDDEN", &text);
        assert_eq!(reply.body["error_code"], 91002);
        server.delete(path, &alice).await.ok();
    }
    let targets: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
    let query = json!({"targets": targets, "properties": ["nickname"]});
    let reply = server.post("/metadata/user/get", &alice, query).await;
    reply.refused(400, "BAD_REQUEST", "exceed allowed batch size 100");
    let reply = server.post("/metadata/user/get", &alice, json!({"targets": ["a"]})).await;
    reply.refused(400, "illegal_argument", "properties must be provided");
    let reply = server.put("/metadata/user/nobody", &server.app_token, json!({"a": "b"})).await;
    reply.refused(404, "service_resource_not_found", "Service resource not found");
}

#[tokio::test]
async fn the_bytes_of_all_attributes_are_told() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let path = "/metadata/user/capacity";
    let bytes = async || server.get(path, &server.app_token).await.ok()["data"].clone();
    assert_eq!(bytes().await, 0);
    server.put("/metadata/user/alice", &alice, json!({"ext": "12345", "图": "1"})).await.ok();
    server.put("/metadata/user/bob", &server.app_token, json!({"a": "b"})).await.ok();
    assert_eq!(bytes().await, 8 + 4 + 2);
    server.put("/metadata/user/alice", &alice, json!({"ext": ""})).await.ok();
    server.delete("/users/bob", &server.app_token).await.ok();
    assert_eq!(bytes().await, 3 + 4);
    server.get(path, &alice).await.refused(401, "unauthorized", "unauthorized");

    server.change_app(limit(Feature::UserAttributesTotalBytesMax, 9)).await;
    let set =
        async |ext: &str| server.put("/metadata/user/alice", &alice, json!({"ext": ext})).await;
    let full = "total size of user metadata for this app exceeds the user defined limit, 9Bytes";
    set("123").await.refused(403, "FORBIDDEN", full);
    assert_eq!(bytes().await, 7);
    set("12").await.ok();
    set("1").await.ok();
    assert_eq!(bytes().await, 8);
}
