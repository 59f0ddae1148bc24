use reqwest::Method;
use serde_json::json;

use crate::support::{Reply, Server, send};

const NO_USER: (u16, &str, &str) =
    (404, "service_resource_not_found", "Service resource not found");

#[track_caller]
fn no_user(reply: &Reply) {
    reply.refused(NO_USER.0, NO_USER.1, NO_USER.2);
    assert_eq!(reply.body["exception"], "UserNotFoundException");
}

#[tokio::test]
async fn users_invite_accept_and_part() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let body = json!({"usernames": ["Bob"], "reason": "hi"});
    let path = "/users/alice/contacts/apply?resource=webim_1";
    let reply = server.post(path, &alice, body).await.ok();
    assert_eq!(reply["data"], json!({"applyContacts": ["bob"]}));
    let path = "/users/bob/contacts/accept/users/alice";
    assert_eq!(send(server.request(Method::POST, path, &bob)).await.ok()["data"], json!({}));

    let reply = server.get("/users/alice/contacts/users", &alice).await.ok();
    assert_eq!((&reply["data"], &reply["count"]), (&json!(["bob"]), &json!(1)));
    assert_eq!(server.get("/users/bob/contacts/users", &bob).await.ok()["data"], json!(["alice"]));

    for base in ["/users", "/user"] {
        let path = format!("{base}/alice/contacts/users/bob");
        let reply = server.put(&path, &alice, json!({"remark": base})).await.ok();
        assert_eq!(reply["status"], "ok");
        let path = format!("{base}/alice/contacts?needReturnRemark=true&limit=20&cursor=");
        let reply = server.get(&path, &alice).await.ok();
        let expected = json!({"contacts": [{"username": "bob", "remark": base}]});
        assert_eq!(reply["data"], expected);
    }
    let reply = server.get("/users/alice/contacts/users?needReturnRemark=true", &alice).await.ok();
    assert_eq!(reply["entities"], json!([{"username": "bob", "remark": "/user"}]));
    let reply = server.get("/user/alice/contacts", &server.app_token).await.ok();
    assert_eq!(reply["data"]["contacts"], json!([{"username": "bob", "remark": null}]));

    let reply = server.delete("/users/bob/contacts/users/alice", &bob).await.ok();
    assert_eq!(reply["entities"][0]["username"], "alice");
    assert_eq!(server.get("/users/alice/contacts/users", &alice).await.ok()["data"], json!([]));

    server.post("/users/alice/contacts/apply", &alice, json!({"usernames": ["bob"]})).await.ok();
    let path = "/users/bob/contacts/decline/users/alice";
    assert_eq!(send(server.request(Method::POST, path, &bob)).await.ok()["data"], json!({}));
    let path = "/users/bob/contacts/accept/users/alice";
    let reply = send(server.request(Method::POST, path, &bob)).await;
    reply.refused(403, "forbidden_op", "there is no invitation of this user");
}

#[tokio::test]
async fn the_app_manages_contacts() {
    let server = Server::start().await;
    let [alice, ..] = server.users(["alice", "bob", "carol"]).await;
    let token = &server.app_token;
    let path = "/users/alice/contacts/users/bob";
    let reply = send(server.request(Method::POST, path, token)).await.ok();
    assert_eq!(reply["entities"][0]["username"], "bob");
    send(server.request(Method::POST, path, &alice)).await.refused(
        401,
        "unauthorized",
        "unauthorized",
    );
    server.clock.advance(1);
    let body = json!({"usernames": ["carol", "nobody", "alice"]});
    let reply = server.post("/users/alice/contacts/import", token, body).await.ok();
    let data = json!({"success": ["carol"], "NotExistFailed": ["nobody"],
        "maxLimitFailed": [], "UnKnowFailed": ["alice"]});
    assert_eq!((&reply["status"], &reply["data"]), (&json!("ok"), &data));
    let reply = server.get("/users/alice/contacts/users", token).await.ok();
    assert_eq!(reply["data"], json!(["carol", "bob"]));
    let reply = server.get("/users/alice/contacts?limit=1", token).await.ok();
    let cursor = reply["data"]["cursor"].as_str().unwrap();
    let path = format!("/users/alice/contacts?limit=1&cursor={cursor}");
    let reply = server.get(&path, token).await.ok();
    assert_eq!(reply["data"], json!({"contacts": [{"username": "bob", "remark": null}]}));

    let body = json!({"username": "alice", "check_list": ["bob", "dave"]});
    let reply = server.post("/contacts/check", token, body).await.ok();
    let expected = json!([{"username": "bob", "relation": "friend"},
        {"username": "dave", "relation": "not_friend"}]);
    assert_eq!(reply["entities"], expected);
    server.delete("/contacts/users/alice", token).await.ok();
    assert_eq!(server.get("/users/bob/contacts/users", token).await.ok()["data"], json!([]));
}

#[tokio::test]
async fn block_lists_are_kept_by_their_owner() {
    let server = Server::start().await;
    let [alice, bob, _carol] = server.users(["alice", "bob", "carol"]).await;
    let body = json!({"usernames": ["Bob"]});
    let reply = server.post("/sdk/user/alice/blocks?resource=webim_1", &alice, body).await.ok();
    assert_eq!(reply["data"], json!(["bob"]));
    server.clock.advance(1);
    let body = json!({"usernames": ["carol"]});
    let reply = server.post("/users/alice/blocks/users", &server.app_token, body).await.ok();
    assert_eq!(reply["data"], json!(["carol"]));
    let reply = server.get("/users/alice/blocks/users", &alice).await.ok();
    assert_eq!((&reply["data"], &reply["count"]), (&json!(["carol", "bob"]), &json!(2)));
    let reply = server.get("/users/alice/blocks/users?pageSize=1", &alice).await.ok();
    let cursor = reply["cursor"].as_str().unwrap();
    let path = format!("/users/alice/blocks/users?pageSize=1&cursor={cursor}");
    let reply = server.get(&path, &alice).await.ok();
    assert_eq!((&reply["data"], reply.get("cursor")), (&json!(["bob"]), None));
    let body = json!({"username": "alice", "check_list": ["bob", "dave"]});
    let reply = server.post("/blocks/check", &server.app_token, body).await.ok();
    let expected = json!([{"username": "bob", "relation": "blacklist"},
        {"username": "dave", "relation": "not_blacklist"}]);
    assert_eq!(reply["entities"], expected);

    let invitation = json!({"usernames": ["alice"]});
    let reply = server.post("/users/bob/contacts/apply", &bob, invitation).await;
    reply.refused(403, "forbidden_op", "the user is in the blacklist");
    let unblock = server.request(Method::DELETE, "/sdk/user/alice/blocks", &alice);
    send(unblock.json(&json!({"usernames": ["bob", "nobody"]}))).await.ok();
    let reply = server.delete("/users/alice/blocks/users/carol", &alice).await.ok();
    assert_eq!(reply["entities"][0]["username"], "carol");
    assert_eq!(server.get("/users/alice/blocks/users", &alice).await.ok()["data"], json!([]));
}

#[tokio::test]
async fn what_is_refused_reads_as_documented() {
    let server = Server::start().await;
    let [alice, _bob] = server.users(["alice", "bob"]).await;
    let token = &server.app_token;
    let long = "x".repeat(101);
    let remark = async |remark: &str| {
        server.put("/users/alice/contacts/users/bob", &alice, json!({"remark": remark})).await
    };
    let text = "updateRemark | they are not friends, please add as a friend first.";
    remark("x").await.refused(400, "illegal_argument", text);
    let text = "remark length must less than or equal to 100";
    remark(&long).await.refused(400, "illegal_argument", text);
    let reply = server.get("/users/alice/contacts?limit=51", &alice).await;
    reply.refused(400, "illegal_argument", "getContacts | page size more than max limit : 50");
    let names: Vec<String> = (0..11).map(|n| format!("u{n}")).collect();
    let body = json!({"usernames": names});
    let reply = server.post("/users/alice/contacts/import", token, body).await;
    reply.refused(400, "illegal_argument", "request user over flow limit:10.");
    for path in ["/contacts/check", "/blocks/check"] {
        let reply = server.post(path, token, json!({"username": "", "check_list": ["a"]})).await;
        reply.refused(400, "illegal_argument", "username cannot be blank");
        let reply = server.post(path, token, json!({"username": "alice", "check_list": []})).await;
        reply.refused(400, "illegal_argument", "check_list size must be between 1 and 100");
    }

    let nobody = json!({"usernames": ["nobody"]});
    no_user(&server.post("/users/alice/contacts/apply", &alice, nobody.clone()).await);
    no_user(&server.post("/sdk/user/alice/blocks", &alice, nobody).await);
    no_user(&server.delete("/users/alice/contacts/users/nobody", &alice).await);
    no_user(&server.delete("/users/alice/blocks/users/nobody", &alice).await);
    no_user(&server.get("/users/nobody/contacts/users", token).await);
    no_user(&server.get("/users/nobody/blocks/users", token).await);
    let add = server.request(Method::POST, "/users/nobody/contacts/users/alice", token);
    no_user(&send(add).await);
}

#[tokio::test]
async fn tokens_open_their_own_users_and_app_only() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let foreign = server.foreign_token().await;
    let calls = [
        (Method::GET, "/users/alice/contacts/users"),
        (Method::GET, "/users/alice/contacts"),
        (Method::POST, "/users/alice/contacts/users/bob"),
        (Method::DELETE, "/users/alice/contacts/users/bob"),
        (Method::PUT, "/users/alice/contacts/users/bob"),
        (Method::PUT, "/user/alice/contacts/users/bob"),
        (Method::POST, "/users/alice/contacts/apply"),
        (Method::POST, "/users/alice/contacts/accept/users/bob"),
        (Method::POST, "/users/alice/contacts/decline/users/bob"),
        (Method::POST, "/users/alice/contacts/import"),
        (Method::DELETE, "/contacts/users/alice"),
        (Method::POST, "/contacts/check"),
        (Method::GET, "/users/alice/blocks/users"),
        (Method::POST, "/users/alice/blocks/users"),
        (Method::DELETE, "/users/alice/blocks/users/bob"),
        (Method::POST, "/sdk/user/alice/blocks"),
        (Method::DELETE, "/sdk/user/alice/blocks"),
        (Method::POST, "/blocks/check"),
    ];
    let body =
        json!({"usernames": ["bob"], "remark": "x", "username": "alice", "check_list": ["bob"]});
    for (method, path) in calls {
        let call =
            async |token: &str| send(server.request(method.clone(), path, token).json(&body)).await;
        call(&bob).await.refused(401, "unauthorized", "unauthorized");
        call(&foreign).await.refused(401, "auth_bad_access_token", "Unable to authenticate");
        let text = "Unable to authenticate due to expired access token";
        call("").await.refused(401, "unauthorized", text);
    }
    assert_eq!(server.get("/users/alice/contacts/users", &alice).await.ok()["data"], json!([]));
}
