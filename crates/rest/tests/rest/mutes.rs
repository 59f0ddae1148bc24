//! `/mutes`.

use serde_json::json;

use crate::support::{START, Server};

#[tokio::test]
async fn a_user_is_muted_in_the_whole_app() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let change = json!({"username": "Alice", "chat": 60, "groupchat": "-1"});
    let body = server.post("/mutes", &server.app_token, change).await.ok();
    assert_eq!(body["data"], json!({"result": "ok"}));
    let body = server.get("/mutes/alice", &server.app_token).await.ok();
    let shown = json!({
        "userid": "acme#chat_alice", "chat": 60, "groupchat": -1, "chatroom": 0,
        "unixtime": START / 1000,
    });
    assert_eq!(body["data"], shown);
    let body = server.get("/mutes?pageNum=1&pageSize=10", &server.app_token).await.ok();
    let rows = json!([{"username": "alice", "chat": 60}, {"username": "alice", "groupchat": -1}]);
    assert_eq!(body["data"], json!({"data": rows, "unixtime": START / 1000}));

    // Neither does the app's server write in its name.
    let message =
        |from: &str| json!({"from": from, "to": ["bob"], "type": "txt", "body": {"msg": "hello"}});
    let reply = server.post("/messages/users", &server.app_token, message("alice")).await;
    reply.refused(403, "forbidden_op", "user is mute");
    server.post("/messages/users", &server.app_token, message("admin")).await.ok();
    server.clock.advance(60_000);
    server.post("/messages/users", &server.app_token, message("alice")).await.ok();

    assert_eq!(server.get("/mutes/alice", &alice).await.status, 401, "for the app alone");
    let reply = server.post("/mutes", &alice, json!({"username": "alice", "chat": 0})).await;
    reply.refused(401, "unauthorized", "unauthorized");
    let foreign = server.foreign_token().await;
    let reply = server.get("/mutes", &foreign).await;
    reply.refused(401, "auth_bad_access_token", "Unable to authenticate");
}

#[tokio::test]
async fn what_cannot_be_muted() {
    let server = Server::start().await;
    server.users(["alice"]).await;
    let mute = async |body| server.post("/mutes", &server.app_token, body).await;
    let missing = "Entity user requires a property named username";
    mute(json!({"chat": 1})).await.refused(400, "required_property_not_found", missing);
    let reply = mute(json!({"username": "alice", "chat": -2})).await;
    reply.refused(400, "illegal_argument", "chat: must be -1 to 2147483647");
    assert_eq!(mute(json!({"username": "ghost", "chat": 1})).await.status, 404);
    assert_eq!(server.get("/mutes/ghost", &server.app_token).await.status, 404);
}
