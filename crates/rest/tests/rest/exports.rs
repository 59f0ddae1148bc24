//! What was said in an hour, as a file: from sends of every kind to unpacked lines.

use std::io::Read as _;

use flate2::read::GzDecoder;
use hongyan_model::{AppSettings, Feature, Grant};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{START, Server};

/// The hour in which [`START`] lies: it begins with it.
const HOUR: &str = "/chatmessages/2026112300";
const HOUR_MS: i64 = 3_600_000;
/// After the end of an hour.
const SETTLE_MS: i64 = 60_000;
const FILE: &str = "https://h/acme/chat/chatfiles/1";

fn until_over(server: &Server) {
    server.clock.advance(HOUR_MS + SETTLE_MS);
}

/// The address of an hour's file.
async fn url(server: &Server, hour: &str) -> String {
    let answer = server.get(hour, &server.app_token).await.ok();
    let data = answer["data"].as_array().unwrap();
    assert_eq!(data.len(), 1);
    data[0]["url"].as_str().unwrap().to_owned()
}

/// A request as of whoever got the address: without a token.
async fn open(server: &Server, url: &str) -> Response {
    server.client.get(url).send().await.unwrap()
}

async fn refused(server: &Server, url: &str, words: &str) {
    let response = open(server, url).await;
    assert_eq!(response.status().as_u16(), 403);
    let body: Value = response.json().await.unwrap();
    assert_eq!(
        (&body["error"], &body["error_description"]),
        (&json!("forbidden_op"), &json!(words))
    );
}

async fn lines(server: &Server, hour: &str) -> Vec<Value> {
    let response = open(server, &url(server, hour).await).await;
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(response.headers()["content-type"], "application/gzip");
    assert!(response.headers().get("content-encoding").is_none());
    let packed = response.bytes().await.unwrap();
    let mut text = String::new();
    GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn named(time: &str) -> String {
    format!("illegal arguments: appkey: acme#chat, time: {time}")
}

/// What is sent, and what the file shows of it, for every kind that servers send.
fn kinds() -> Vec<(&'static str, Value, Value)> {
    let file = |kind: &str| json!({"type": kind, "url": FILE, "filename": "f", "secret": "s", "file_length": 9});
    let with = |mut body: Value, more: Value| {
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let sent = |kind: &str, more: Value| {
        let mut body = with(file(kind), more);
        body.as_object_mut().unwrap().remove("type");
        body
    };
    let size = json!({"size": {"width": 480, "height": 720}});
    vec![
        ("txt", json!({"msg": "hi 鸿雁"}), json!({"type": "txt", "msg": "hi 鸿雁"})),
        ("img", sent("img", size.clone()), with(file("img"), size)),
        ("audio", sent("audio", json!({"length": 4})), with(file("audio"), json!({"length": 4}))),
        (
            "video",
            sent("video", json!({"length": 4, "thumb": "https://h/t", "thumb_secret": "ts"})),
            with(file("video"), json!({"length": 4, "thumb": "https://h/t", "thumb_secret": "ts"})),
        ),
        ("file", sent("file", json!({})), file("file")),
        (
            "loc",
            json!({"lat": "39.9", "lng": "116.3", "addr": "Beijing"}),
            json!({"type": "loc", "lat": 39.9, "lng": 116.3, "addr": "Beijing", "buildingName": ""}),
        ),
        (
            "cmd",
            json!({"action": "run", "param": {"n": 1}}),
            json!({"type": "cmd", "action": "run", "param": {"n": 1}}),
        ),
        (
            "custom",
            json!({"customEvent": "gift", "customExts": {"a": "1", "b": "2"}}),
            json!({"type": "custom", "customEvent": "gift", "customExts": [{"a": "1"}, {"b": "2"}],
                "v2:customExts": {"a": "1", "b": "2"}}),
        ),
    ]
}

#[tokio::test]
async fn messages_of_every_kind_are_lines_of_the_file() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let token = &server.app_token;
    let mut ids = Vec::new();
    for (kind, body, _) in kinds() {
        let message = json!({"from": "Alice", "to": ["Bob"], "type": kind, "body": body, "ext": {"k": {"n": 1}}});
        let sent = server.post("/messages/users", token, message).await.ok();
        ids.push(sent["data"]["bob"].as_str().unwrap().to_owned());
        server.clock.advance(1);
    }
    until_over(&server);
    let lines = lines(&server, HOUR).await;
    assert_eq!(lines.len(), ids.len());
    for (n, (kind, _, shown)) in kinds().into_iter().enumerate() {
        let expected = json!({
            "msg_id": ids[n], "timestamp": START + n as i64, "direction": "outgoing", "from": "alice", "to": "bob",
            "chat_type": "chat",
            "payload": {"bodies": [shown], "ext": {"k": {"n": 1}}, "from": "alice", "to": "bob"},
        });
        assert_eq!(lines[n], expected, "{kind}");
    }
}

#[tokio::test]
async fn chats_groups_and_rooms_are_told_apart_and_shown_as_they_are_now() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let token = &server.app_token;
    let group = json!({"owner": "alice", "public": true, "groupname": "g", "members": ["bob"]});
    let group = server.post("/chatgroups", token, group).await.ok()["data"]["groupid"].clone();
    let room = json!({"name": "r", "description": "d", "owner": "alice", "members": ["bob"]});
    let room = server.post("/chatrooms", token, room).await.ok()["data"]["id"].clone();
    let send = async |path: &str, to: &Value, words: &str| {
        let message = json!({"from": "alice", "to": [to], "type": "txt", "body": {"msg": words}});
        let sent = server.post(path, token, message).await.ok();
        sent["data"][to.as_str().unwrap()].as_str().unwrap().to_owned()
    };
    let bob = json!("bob");
    let recalled = send("/messages/users", &bob, "recalled").await;
    let edited = send("/messages/users", &bob, "before").await;
    send("/messages/chatgroups", &group, "to the group").await;
    send("/messages/chatrooms", &room, "to the room").await;
    let recall = json!({"msg_id": recalled, "from": "alice", "to": "bob", "chat_type": "chat"});
    server.post("/messages/msg_recall", token, recall).await.ok();
    let edit = json!({"user": "alice", "new_msg": {"type": "txt", "msg": "after"}});
    server.put(&format!("/messages/rewrite/{edited}"), token, edit).await.ok();
    until_over(&server);

    let lines = lines(&server, HOUR).await;
    let shown: Vec<_> = lines
        .iter()
        .map(|line| {
            let text = &line["payload"]["bodies"][0]["msg"];
            (line["chat_type"].clone(), line["payload"]["to"].clone(), text.clone())
        })
        .collect();
    let expected = [
        (json!("chat"), bob, json!("after")),
        (json!("groupchat"), group, json!("to the group")),
        (json!("chatroom"), room, json!("to the room")),
    ];
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn the_link_opens_for_an_hour_for_whoever_has_it() {
    let server = Server::start_with(AppSettings::default(), Some("https://im.example.com")).await;
    server.users(["alice", "bob"]).await;
    let message = json!({"to": ["bob"], "type": "txt", "body": {"msg": "hi"}});
    server.post("/messages/users", &server.app_token, message).await.ok();
    until_over(&server);
    let public = url(&server, HOUR).await;
    let expires = START + 2 * HOUR_MS + SETTLE_MS;
    let prefix =
        format!("https://im.example.com/acme/chat{HOUR}/file?expires={expires}&signature=");
    assert!(public.starts_with(&prefix), "{public}");
    let url = public.replace("https://im.example.com", &server.address);

    let whole = open(&server, &url).await;
    let disposition = whole.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(disposition, "attachment; filename*=UTF-8''acme-chat-2026112300.gz");
    let whole = whole.bytes().await.unwrap();
    let piece = server.client.get(&url).header("range", "bytes=2-5").send().await.unwrap();
    assert_eq!(piece.status().as_u16(), 206);
    assert_eq!(piece.bytes().await.unwrap(), whole[2..=5]);
    assert_eq!(server.client.head(&url).send().await.unwrap().content_length(), Some(0));
    // Somebody else's token changes nothing: the link says it all.
    let foreign = server.foreign_token().await;
    let asked = server.client.get(&url).bearer_auth(&foreign).send().await.unwrap();
    assert_eq!(asked.status().as_u16(), 200);

    let invalid = "the link is not valid";
    refused(&server, &url.replace("/acme/chat/", "/acme/other/"), invalid).await;
    refused(&server, &url.replace("2026112300", "2026112223"), invalid).await;
    refused(&server, &url.replace("expires=1", "expires=2"), invalid).await;
    refused(&server, &url[..url.len() - 1], invalid).await;
    refused(&server, url.split_once('?').unwrap().0, invalid).await;
    server.clock.advance(HOUR_MS - 1);
    assert_eq!(open(&server, &url).await.status().as_u16(), 200);
    server.clock.advance(1);
    refused(&server, &url, "the link has expired").await;
}

#[tokio::test]
async fn what_cannot_be_had_is_refused_in_the_documented_words() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = &server.app_token;
    for time in ["2026112300", "2026112301", "20261123", "2026112324", "today", "2026112300x"] {
        let reply = server.get(&format!("/chatmessages/{time}"), token).await;
        reply.refused(400, "illegal_argument", &named(time));
    }
    server.clock.advance(HOUR_MS);
    let reply = server.get(HOUR, token).await;
    let words = "The chat message history is being prepared, please try again later";
    reply.refused(503, "service_unavailable", words);
    server.clock.advance(SETTLE_MS);
    let reply = server.get(HOUR, token).await;
    let words =
        "Failed to find chat message history download url for appkey: acme#chat, time: 2026112300";
    reply.refused(404, "storage_object_not_found", words);
    let rate = |app: &mut hongyan_model::App| {
        app.features.grants.insert(Feature::RestRateMax, Grant::Limit(100));
    };
    server.change_app(rate).await;
    for _ in 0..10 {
        assert_eq!(server.get(HOUR, token).await.status, 404);
    }
    let reply = server.get(HOUR, token).await;
    reply.refused(429, "reach_limit", "This request has reached api limit");
    server.clock.advance(60_000);

    // Of a time when there was no app yet.
    let words =
        "Failed to find chat message history download url for appkey: acme#chat, time: 2026112223";
    let reply = server.get("/chatmessages/2026112223", token).await;
    reply.refused(404, "storage_object_not_found", words);
    server.clock.advance(72 * HOUR_MS);
    let old = format!("{}, maybe chat message history is expired or unstored", named("2026112300"));
    server.get(HOUR, token).await.refused(400, "illegal_argument", &old);
    server
        .change_app(|app| {
            app.features.grants.insert(Feature::MessageExportDays, Grant::Limit(4));
            app.features.grants.insert(Feature::MsgStorageDays, Grant::Limit(7));
        })
        .await;
    assert_eq!(server.get(HOUR, token).await.status, 404);

    server.get(HOUR, &alice).await.refused(401, "unauthorized", "unauthorized");
    let foreign = server.foreign_token().await;
    let reply = server.get(HOUR, &foreign).await;
    reply.refused(401, "auth_bad_access_token", "Unable to authenticate");
    let wrong = crate::support::send(server.request(Method::POST, HOUR, token)).await;
    assert_eq!(wrong.status, 405);
}

#[tokio::test]
async fn an_app_sees_its_own_messages_only() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let message = json!({"to": ["bob"], "type": "txt", "body": {"msg": "secret of chat"}});
    server.post("/messages/users", &server.app_token, message).await.ok();
    let foreign = server.foreign_token().await;
    let other = |path: &str| format!("{}/acme/other{path}", server.address);
    let message = json!({"to": ["bob"], "type": "txt", "body": {"msg": "of other"}});
    let send = server.client.post(other("/messages/users")).bearer_auth(&foreign).json(&message);
    assert_eq!(send.send().await.unwrap().status().as_u16(), 200);
    until_over(&server);
    assert_eq!(lines(&server, HOUR).await.len(), 1);
    let answer = server.client.get(other(HOUR)).bearer_auth(&foreign).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    let packed = open(&server, answer["data"][0]["url"].as_str().unwrap()).await;
    let mut text = String::new();
    let packed = packed.bytes().await.unwrap();
    GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert!(text.contains("of other") && !text.contains("secret of chat"), "{text}");
}
