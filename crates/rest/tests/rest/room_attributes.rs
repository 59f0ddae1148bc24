//! Attributes of chat rooms, and messages to all of them.

use hongyan_model::{Feature, Grant, Plan};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Reply, Server, send};

/// A room of alice with bob in it.
async fn lobby(server: &Server) -> String {
    let body = json!({"name": "Lobby", "description": "d", "owner": "alice", "members": ["bob"]});
    let made = server.post("/chatrooms", &server.app_token, body).await.ok();
    made["data"]["id"].as_str().unwrap().to_owned()
}

async fn delete(server: &Server, path: &str, token: &str, body: Value) -> Reply {
    send(server.request(Method::DELETE, path, token).json(&body)).await
}

#[tokio::test]
async fn attributes_are_set_read_and_removed() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let path = format!("/metadata/chatroom/{}", lobby(&server).await);
    let (alices, bobs) = (format!("{path}/user/alice"), format!("{path}/user/bob"));

    // As the SDK writes it.
    let body = json!({"metaData": {"a": "1", "b": "2"}, "autoDelete": "NO_DELETE"});
    let body = server.put(&alices, &alice, body).await.ok();
    assert_eq!(body["status"], "ok");
    assert_eq!(body["data"], json!({"successKeys": ["a", "b"], "errorKeys": {}}));
    let mut wanted = json!({"a": "x", "c": 3, "d d": "1", "e": "v".repeat(4097)});
    wanted["n".repeat(129)] = json!("1");
    let body = server.put(&bobs, &bob, json!({"metaData": wanted})).await.ok();
    assert_eq!(body["data"]["successKeys"], json!(["c"]));
    let reasons = body["data"]["errorKeys"].as_object().unwrap();
    assert_eq!(reasons.len(), 4);
    assert_eq!(reasons["a"], "properties key 'a' is not part of you");
    assert_eq!(reasons["d d"], "properties key 'd d' is not Legal");
    assert_eq!(reasons["e"], "properties value of key 'e' is exceeding maximum limit 4096");
    let long = format!("properties key '{0}' is exceeding maximum limit 128", "n".repeat(129));
    assert_eq!(reasons[&"n".repeat(129)], json!(long));
    server.change_app(limit(Feature::RoomAttributesMax, 3)).await;
    let body = server.put(&bobs, &bob, json!({"metaData": {"full": "1"}})).await.ok();
    let full = "size of metadata for this single chatroom exceeds the user defined limit, 3";
    assert_eq!(body["data"]["errorKeys"], json!({"full": full}));

    let read = server.post(&path, &bob, json!({})).await.ok();
    assert_eq!(read["data"], json!({"a": "1", "b": "2", "c": "3"}));
    let read = server.post(&path, &server.app_token, json!({"keys": ["b", "z"]})).await.ok();
    assert_eq!(read["data"], json!({"b": "2"}));

    let body = delete(&server, &bobs, &bob, json!({"keys": ["a", "c"]})).await.ok();
    assert_eq!(body["data"]["successKeys"], json!(["c"]));
    let forced = format!("{bobs}/forced");
    let body = delete(&server, &forced, &bob, json!({"keys": ["a"]})).await.ok();
    assert_eq!(body["data"], json!({"successKeys": ["a"], "errorKeys": {}}));
    let body = json!({"metaData": {"b": "bob's"}});
    server.put(&forced, &bob, body).await.ok();
    let of_app = format!("{path}/user/admin/forced");
    server.put(&of_app, &server.app_token, json!({"metaData": {"by": "app"}})).await.ok();
    let read = server.post(&path, &alice, json!({"keys": null})).await.ok();
    assert_eq!(read["data"], json!({"b": "bob's", "by": "app"}));
}

#[tokio::test]
async fn what_the_sdk_knows_by_numbers_has_them() {
    let server = Server::start().await;
    let [alice, _, carol] = server.users(["alice", "bob", "carol"]).await;
    let room = lobby(&server).await;
    let path = format!("/metadata/chatroom/{room}");
    let own = |user: &str| format!("{path}/user/{user}");
    let one = || json!({"metaData": {"a": "1"}});
    let number = |reply: &Reply, text: &str| {
        reply.refused(400, "BAD_REQUEST", text);
        assert_eq!(reply.body["desc"], text);
        reply.body["error_code"].as_u64().unwrap()
    };
    let reply = server.put(&own("bob"), &alice, one()).await;
    assert_eq!(number(&reply, "others are not allowed to be set"), 60010);
    let reply = server.put(&own("carol"), &carol, one()).await;
    assert_eq!(number(&reply, "user is not in chatroom"), 60011);
    let reply = server.post(&path, &carol, json!({})).await;
    assert_eq!(number(&reply, "user is not in chatroom"), 60011);
    let many: Value = (0..11).map(|n| (n.to_string(), json!("v"))).collect();
    let reply = server.put(&own("alice"), &alice, json!({"metaData": many})).await;
    assert_eq!(number(&reply, "exceed allowed batch size 10"), 60012);
    let keys: Vec<String> = (0..11).map(|n| n.to_string()).collect();
    let reply = delete(&server, &own("alice"), &alice, json!({"keys": keys})).await;
    assert_eq!(number(&reply, "exceed allowed batch size 10"), 60012);

    // To the server of the app.
    let reply = server.put(&own("carol"), &server.app_token, one()).await;
    reply.refused(401, "MetadataException", "user is not in chatroom");
    let reply = server.put("/metadata/chatroom/7/user/alice", &server.app_token, one()).await;
    reply.refused(404, "resource_not_found", "grpID 7 does not exist!");
    assert_eq!(server.put(&own("alice"), &alice, json!({})).await.status, 400);
    assert_eq!(server.put(&own("alice"), &alice, json!({"metaData": [1]})).await.status, 400);
    let odd = json!({"metaData": {"a": "1"}, "autoDelete": "maybe"});
    assert_eq!(server.put(&own("alice"), &alice, odd).await.status, 400);

    let foreign = server.foreign_token().await;
    let refused = "Unable to authenticate";
    for reply in [
        server.post(&path, &foreign, json!({})).await,
        server.put(&own("alice"), &foreign, one()).await,
        delete(&server, &format!("{}/forced", own("alice")), &foreign, json!({"keys": ["a"]}))
            .await,
        server.post("/messages/chatrooms/broadcast", &foreign, json!({})).await,
    ] {
        reply.refused(401, "auth_bad_access_token", refused);
    }
}

fn limit(feature: Feature, most: u64) -> impl FnOnce(&mut hongyan_model::App) + Send {
    move |app| {
        app.features.grants.insert(feature, Grant::Limit(most));
    }
}

#[tokio::test]
async fn a_broadcast_is_taken_and_numbered() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = lobby(&server).await;
    // Somebody comes and goes: the room lives.
    server.delete(&format!("/chatrooms/{room}/users/bob"), &server.app_token).await.ok();
    server.post(&format!("/chatrooms/{room}/users/bob"), &server.app_token, json!({})).await.ok();
    let path = "/messages/chatrooms/broadcast";
    let new =
        || json!({"from": "admin", "msg": {"type": "txt", "msg": "all hands"}, "ext": {"k": 1}});
    let body = server.post(path, &server.app_token, new()).await.ok();
    assert!(body["data"]["id"].as_i64().unwrap() > 0);
    server.post(path, &bob, new()).await.refused(401, "unauthorized", "unauthorized");
    let but = |name: &str, value: Value| {
        let mut body = new();
        body[name] = value;
        body
    };
    let refused = async |body: Value, text: &str| {
        server.post(path, &server.app_token, body).await.refused(400, "illegal_argument", text);
    };
    refused(but("from", json!("")), "from can't be empty").await;
    refused(but("ext", json!("text")), "ext must be JSONObject").await;
    refused(but("msg", Value::Null), "msg can't be empty").await;
    refused(but("msg", json!({"msg": "x"})), "type can't be empty").await;

    // It arrives in the room's history, whenever the server gets to it.
    let query = json!({"queue": format!("{room}@conference.easemob.com"), "start": -1});
    for attempt in 0.. {
        let page = server.post("/users/alice/messageroaming", &alice, query.clone()).await.ok();
        if page["data"]["msgs"].as_array().unwrap().len() == 1 {
            break;
        }
        assert!(attempt < 200, "{page}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    server.change_app(limit(Feature::RoomBroadcastsPerMinute, 1)).await;
    let often = server.post(path, &server.app_token, new()).await;
    often.refused(429, "reach_limit", "This request has reached api limit");
    server.clock.advance(60_000);
    server.change_app(limit(Feature::RoomBroadcastsPerDay, 1)).await;
    let often = server.post(path, &server.app_token, new()).await;
    often.refused(403, "forbidden_op", "broadcast message limit exceeded");
    server.change_app(|app| app.plan = Plan::Pro).await;
    let closed = server.post(path, &server.app_token, new()).await;
    closed.refused(403, "forbidden_op", "message broadcast service is unopened");
}

#[tokio::test]
async fn a_broadcast_to_users_is_taken_numbered_and_followed() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let new = || {
        let msg = json!({"type": "txt", "msg": "all hands"});
        json!({"from": "admin", "target_type": "users", "msg": msg})
    };
    let path = "/messages/broadcast";
    let id = server.post(path, &server.app_token, new()).await.ok()["data"]["id"].clone();
    server.post(path, &alice, new()).await.refused(401, "unauthorized", "unauthorized");
    let but = |value: Value| {
        let mut body = new();
        body["target_type"] = value;
        body
    };
    let words = "target_type must be provided";
    server.post(path, &server.app_token, but(Value::Null)).await.refused(
        400,
        "illegal_argument",
        words,
    );
    let words = "target_type can only be 'users'";
    server.post(path, &server.app_token, but(json!("all"))).await.refused(
        400,
        "illegal_argument",
        words,
    );
    let words = "This request has reached api limit";
    server.post(path, &server.app_token, new()).await.refused(429, "reach_limit", words);

    let progress = format!("/messages/broadcasts/{id}");
    for attempt in 0.. {
        let data = server.get(&progress, &server.app_token).await.ok()["data"].clone();
        if data["state"] == "done" {
            assert_eq!(data, json!({"id": id, "target": "users", "state": "done", "sent": 2}));
            break;
        }
        assert!(attempt < 200, "{data}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    server.get(&progress, &alice).await.refused(401, "unauthorized", "unauthorized");
    server.get(&progress, &server.foreign_token().await).await.refused(
        401,
        "auth_bad_access_token",
        "Unable to authenticate",
    );
    assert_eq!(server.get("/messages/broadcasts/7", &server.app_token).await.status, 404);

    let path = "/messages/users/broadcast";
    server.post(path, &server.app_token, new()).await.ok();
    server.change_app(limit(Feature::OnlineBroadcastsPerDay, 1)).await;
    server.clock.advance(61_000);
    let words = "online user broadcast limit exceeded";
    server.post(path, &server.app_token, new()).await.refused(403, "forbidden_op", words);
}

#[tokio::test]
async fn a_user_is_in_so_many_rooms() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    lobby(&server).await;
    server.change_app(limit(Feature::RoomsPerUserMax, 1)).await;
    let new = json!({"name": "n", "description": "d", "owner": "alice"});
    let reply = server.post("/chatrooms", &server.app_token, new).await;
    reply.refused(403, "exceed_limit", "user alice has joined too many chatrooms!");
    server.users(["carol"]).await;
    let new = json!({"name": "n", "description": "d", "owner": "carol"});
    let made = server.post("/chatrooms", &server.app_token, new).await.ok();
    let room = made["data"]["id"].as_str().unwrap().to_owned();
    let text = "can not join this group, reason:user bob has joined too many chatrooms!";
    let bob = format!("/chatrooms/{room}/users/bob");
    let reply = server.post(&bob, &server.app_token, json!({})).await;
    reply.refused(403, "forbidden_op", text);
    let own = server.get("/users/alice/joined_chatrooms", &alice).await.ok();
    assert_eq!(own["data"].as_array().unwrap().len(), 1);
}
