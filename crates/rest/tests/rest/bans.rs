//! Bans, devices, and what waits for them.

use serde_json::json;

use crate::support::Server;

#[tokio::test]
async fn a_ban_ends_every_token_until_it_is_lifted() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let ban = "/users/Alice/deactivate";
    let reply = server.post(ban, &alice, json!({})).await;
    reply.refused(401, "unauthorized", "unauthorized");

    let body = server.post(ban, &server.app_token, json!({})).await.ok();
    assert_eq!(body["action"], "Deactivate user");
    let user = &body["entities"][0];
    assert_eq!((&user["username"], &user["activated"]), (&json!("alice"), &json!(false)));
    let banned = "Service operation not allowed";
    let reply = server.get("/users/alice", &alice).await;
    reply.refused(403, "forbidden_service_operation", banned);
    let inherit = json!({"grant_type": "inherit", "username": "alice", "autoCreateUser": true});
    let reply = server.post("/token", &server.app_token, inherit).await;
    reply.refused(400, "invalid_grant", "user not activated");
    let message = json!({"from": "alice", "to": ["bob"], "type": "txt", "body": {"msg": "hi"}});
    let reply = server.post("/messages/users", &server.app_token, message).await;
    reply.refused(403, "forbidden_service_operation", banned);
    let body = server.get("/users/alice", &server.app_token).await.ok();
    assert_eq!(body["entities"][0]["activated"], false);

    let body = server.post("/users/alice/activate", &server.app_token, json!({})).await.ok();
    assert_eq!((&body["action"], &body["entities"]), (&json!("activate user"), &json!([])));
    server.get("/users/alice", &alice).await.ok();
    for path in ["/users/ghost/deactivate", "/users/ghost/activate"] {
        let reply = server.post(path, &server.app_token, json!({})).await;
        reply.refused(404, "service_resource_not_found", "Service resource not found");
        assert_eq!(reply.body["exception"], "UserNotFoundException");
    }
    let foreign = server.foreign_token().await;
    assert_eq!(server.post(ban, &foreign, json!({})).await.status, 401);
}

#[tokio::test]
async fn devices_are_listed_and_logged_out() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let body = server.get("/users/alice/resources", &alice).await.ok();
    assert_eq!((&body["data"], &body["count"]), (&json!([]), &json!(0)));
    assert_eq!(server.get("/users/alice/resources", &bob).await.status, 401);

    let body = server.get("/users/alice/disconnect", &server.app_token).await.ok();
    assert_eq!(body["data"], json!({"result": true}));
    let one = "/users/alice/disconnect/webim_1";
    let by_get = server.get(one, &server.app_token).await;
    for reply in [by_get, server.delete(one, &server.app_token).await] {
        assert_eq!(reply.ok()["data"], json!({"result": false}), "not logged in");
    }
    assert_eq!(server.get("/users/alice/disconnect", &alice).await.status, 401);
    for path in ["/users/ghost/disconnect", "/users/ghost/disconnect/x", "/users/ghost/resources"] {
        let reply = server.get(path, &server.app_token).await;
        reply.refused(404, "service_resource_not_found", "Service resource not found");
    }
}

#[tokio::test]
async fn what_waits_is_counted() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let message = json!({"from": "bob", "to": ["alice"], "type": "txt", "body": {"msg": "hi"}});
    let sent = server.post("/messages/users", &server.app_token, message).await.ok();
    let id = sent["data"]["alice"].as_str().unwrap();
    let body = server.get("/users/Alice/offline_msg_count", &server.app_token).await.ok();
    assert_eq!(body["data"], json!({"alice": 1}));
    let path = format!("/users/alice/offline_msg_status/{id}");
    let body = server.get(&path, &server.app_token).await.ok();
    assert_eq!(body["data"][id], "undelivered");
    assert_eq!(server.get(&path, &alice).await.status, 401);
    // Of what is no message nobody says that it was received.
    for id in ["123", "nonsense"] {
        let path = format!("/users/alice/offline_msg_status/{id}");
        let body = server.get(&path, &server.app_token).await.ok();
        assert_eq!(body["data"], json!({id: "undelivered"}));
    }
}
