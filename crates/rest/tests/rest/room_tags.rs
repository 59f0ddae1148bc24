//! `/chatrooms/{room}/users/{user}/tag` and `/chatrooms/{room}/tag/mute`.

use hongyan_model::Feature;
use serde_json::{Value, json};

use crate::features::switch;
use crate::support::{Reply, START, Server};

/// A server with a room of alice in which bob is; carol is outside.
async fn with_room() -> (Server, String) {
    let server = Server::start().await;
    server.users(["alice", "bob", "carol"]).await;
    let body = json!({"owner": "alice", "name": "r", "description": "d", "members": ["bob"]});
    let room = server.post("/chatrooms", &server.app_token, body).await.ok();
    let room = format!("/chatrooms/{}", room["data"]["id"].as_str().unwrap());
    (server, room)
}

async fn tag(server: &Server, room: &str, user: &str, tags: Value) -> Reply {
    let path = format!("{room}/users/{user}/tag");
    server.put(&path, &server.app_token, json!({ "tags": tags })).await
}

async fn mute(server: &Server, room: &str, tag: &str, seconds: Value) -> Reply {
    let body = json!({"tag": tag, "mute_duration": seconds});
    server.put(&format!("{room}/tag/mute"), &server.app_token, body).await
}

async fn tags(server: &Server, room: &str, user: &str) -> Value {
    let path = format!("{room}/users/{user}/tag");
    server.get(&path, &server.app_token).await.ok()["data"].take()
}

#[tokio::test]
async fn members_are_tagged_and_tags_are_muted() {
    let (server, room) = with_room().await;
    let done = json!({"result": true});
    assert_eq!(tags(&server, &room, "bob").await, json!({}));
    let body = tag(&server, &room, "Bob", json!(["a", "b", "a", "长".repeat(32)])).await.ok();
    assert_eq!((&body["data"], &body["action"]), (&done, &json!("put")));
    assert_eq!(mute(&server, &room, "a", json!(30)).await.ok()["data"], done);
    mute(&server, &room, "b", json!("-1")).await.ok();
    let long = "长".repeat(32);
    let shown = json!({"a": (START + 30_000).to_string(), "b": "-1", long.as_str(): "0"});
    assert_eq!(tags(&server, &room, "bob").await, shown);
    let muted = server.get(&format!("{room}/mute"), &server.app_token).await.ok();
    assert_eq!(muted["data"], json!([{"user": "bob", "expire": 4_638_873_600_000_i64}]));

    server.clock.advance(30_000);
    mute(&server, &room, "b", json!(0)).await.ok();
    assert_eq!(tags(&server, &room, "bob").await, json!({"a": "0", "b": "0", long: "0"}));
    tag(&server, &room, "bob", json!(["c"])).await.ok();
    assert_eq!(tags(&server, &room, "bob").await, json!({"c": "0"}));
    tag(&server, &room, "bob", json!([])).await.ok();
    assert_eq!(tags(&server, &room, "bob").await, json!({}));

    tag(&server, &room, "bob", json!(["c"])).await.ok();
    server.delete(&format!("{room}/users/bob"), &server.app_token).await.ok();
    server.post(&format!("{room}/users/bob"), &server.app_token, json!({})).await.ok();
    assert_eq!(tags(&server, &room, "bob").await, json!({}), "they went when it left");
}

#[tokio::test]
async fn refusals_have_the_documented_words() {
    let (server, room) = with_room().await;
    let token = &server.app_token;
    let many: Vec<String> = (0..11).map(|n| n.to_string()).collect();
    let count = "user group tag count exceed limit";
    tag(&server, &room, "bob", json!(many)).await.refused(403, "exceed_limit", count);
    tag(&server, &room, "bob", json!(many[..10])).await.ok();
    let long = "tag length exceeds limit!";
    tag(&server, &room, "bob", json!(["t".repeat(33)])).await.refused(403, "exceed_limit", long);
    mute(&server, &room, &"t".repeat(33), json!(1)).await.refused(403, "exceed_limit", long);
    let list = "tags should be type of List";
    for bad in [json!("a"), json!({}), json!([1]), json!([null])] {
        tag(&server, &room, "bob", bad).await.refused(400, "invalid_parameter", list);
    }
    let missing = "tags must be provided";
    tag(&server, &room, "bob", Value::Null).await.refused(400, "invalid_parameter", missing);
    let empty = "tags: a tag must not be empty or hold a NUL character";
    for bad in ["", "a\0b"] {
        tag(&server, &room, "bob", json!([bad])).await.refused(400, "invalid_parameter", empty);
    }
    assert_eq!(tags(&server, &room, "bob").await.as_object().unwrap().len(), 10);

    for stranger in ["carol", "ghost", "no%20body"] {
        let name = stranger.replace("%20", " ");
        let text = format!("users [{name}] are not members of this group!");
        tag(&server, &room, stranger, json!(["t"])).await.refused(400, "forbidden_op", &text);
        let reply = server.get(&format!("{room}/users/{stranger}/tag"), token).await;
        reply.refused(400, "forbidden_op", &text);
    }
    let nowhere = "grpID 7 does not exist!";
    let at = "/chatrooms/7";
    tag(&server, at, "bob", json!(["t"])).await.refused(404, "resource_not_found", nowhere);
    mute(&server, at, "t", json!(1)).await.refused(404, "resource_not_found", nowhere);
    let reply = server.get(&format!("{at}/users/bob/tag"), token).await;
    reply.refused(404, "resource_not_found", nowhere);
    let unknown = "group tag not found";
    mute(&server, &room, "t", json!(1)).await.refused(404, "resource_not_found", unknown);
    let range = "mute_duration: must be -1 or more";
    mute(&server, &room, "1", json!(-2)).await.refused(400, "invalid_parameter", range);
    let missing = "mute_duration must be provided";
    mute(&server, &room, "1", Value::Null).await.refused(400, "invalid_parameter", missing);
    mute(&server, &room, "", json!(1)).await.refused(
        400,
        "invalid_parameter",
        "tag must be provided",
    );
    mute(&server, &room, "1", json!(i64::MAX)).await.ok();

    server.change_app(switch(Feature::RoomTagMute, false)).await;
    let off = "Group tag mute is disabled";
    tag(&server, &room, "bob", json!([])).await.refused(403, "forbidden_op", off);
    mute(&server, &room, "1", json!(0)).await.refused(403, "forbidden_op", off);
    let reply = server.get(&format!("{room}/users/bob/tag"), token).await;
    reply.refused(403, "forbidden_op", off);
}
