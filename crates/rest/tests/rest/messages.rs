use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hongyan_model::Feature;
use hongyan_msync::Message;
use hongyan_msync::proto::{MessageBody, Meta};
use serde_json::{Value, json};

use crate::features::switch;
use crate::support::{Reply, Server};

fn text(to: Value, msg: &str) -> Value {
    json!({"from": "alice", "to": to, "type": "txt", "body": {"msg": msg}})
}

/// The roaming call of the SDK.
pub(crate) fn roaming(queue: &str, start: Value, number: u32) -> Value {
    json!({
        "queue": queue, "start": start, "pull_number": number, "is_positive": false, "msgType": "",
        "end": -1, "startTime": null, "endTime": null, "userId": null
    })
}

pub(crate) fn metas(body: &Value) -> Vec<(Meta, MessageBody)> {
    let rows = body["data"]["msgs"].as_array().unwrap().iter();
    rows.map(|row| {
        let meta = Meta::decode(STANDARD.decode(row["msg"].as_str().unwrap()).unwrap().as_slice())
            .unwrap();
        let body = MessageBody::decode(meta.payload.clone().unwrap()).unwrap();
        (meta, body)
    })
    .collect()
}

#[tokio::test]
async fn a_message_gets_an_id_per_receiver_and_is_in_the_history() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let mut message = text(json!(["Bob", "stranger"]), "hi");
    message["ext"] = json!({"n": 7, "at": ["x"]});
    let sent = server.post("/messages/users", &server.app_token, message).await.ok();
    let ids = sent["data"].as_object().unwrap();
    assert_eq!(ids.len(), 2);
    let id = ids["bob"].as_str().unwrap();
    assert!(id.len() >= 18 && id.bytes().all(|b| b.is_ascii_digit()), "{id}");
    assert!(ids["stranger"].is_string(), "receivers are not checked to exist");

    for (reader, token, peer) in [("alice", &alice, "Bob"), ("bob", &bob, "alice")] {
        let query = roaming(&format!("{peer}@easemob.com"), json!(-1), 20);
        let body = server.post(&format!("/users/{reader}/messageroaming"), token, query).await.ok();
        assert_eq!(body["action"], "get message roaming");
        assert_eq!(
            (&body["data"]["is_last"], &body["data"]["next_key"]),
            (&json!(true), &json!(""))
        );
        let found = metas(&body);
        assert_eq!(found.len(), 1);
        let (meta, body) = &found[0];
        assert_eq!((meta.id().to_string().as_str(), meta.ns), (id, Some(1)));
        assert_eq!(body.contents[0].text(), "hi");
        assert_eq!((body.from.as_ref().unwrap().name(), body.ext.len()), ("alice", 2));
    }
}

#[tokio::test]
async fn what_history_does_not_show_is_for_the_server_and_the_app_to_say() {
    let server = Server::start().await;
    let [alice, bob, carol] = server.users(["alice", "bob", "carol"]).await;
    let new = |place: &str| {
        json!({"owner": "alice", "groupname": place, "name": place, "description": "d", "public": true,
            "members": ["bob", "carol"], "groupid": place})
    };
    server.post("/chatgroups", &server.app_token, new("club")).await.ok();
    server.post("/chatrooms", &server.app_token, new("lobby")).await.ok();
    let shown = async |user: &str, token: &str, place: &str| {
        let query = roaming(&format!("{place}@conference.easemob.com"), json!(-1), 20);
        let path = format!("/users/{user}/messageroaming");
        let page = server.post(&path, token, query).await.ok();
        let found = metas(&page);
        found.iter().map(|(_, body)| body.contents[0].text().to_owned()).collect::<Vec<_>>()
    };
    for (face, place) in [("chatgroups", "club"), ("chatrooms", "lobby")] {
        let send = async |below: &str, more: Value| {
            let mut message = text(json!([place]), more["says"].as_str().unwrap());
            message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            server.post(&format!("/messages/{face}{below}"), &server.app_token, message).await
        };
        send("", json!({"says": "for all"})).await.ok();
        send("", json!({"says": "not for bob", "roam_ignore_users": ["Bob"]})).await.ok();
        send("/users", json!({"says": "to bob", "users": ["bob"]})).await.ok();
        assert_eq!(shown("bob", &bob, place).await, ["for all"]);
        assert_eq!(shown("carol", &carol, place).await, ["not for bob", "for all"]);
        server.change_app(switch(Feature::DirectedRoaming, true)).await;
        assert_eq!(shown("bob", &bob, place).await, ["to bob", "for all"]);
        assert_eq!(shown("carol", &carol, place).await, ["not for bob", "for all"]);
        server.change_app(switch(Feature::DirectedRoaming, false)).await;

        let many: Vec<String> = (0..21).map(|n| format!("u{n}")).collect();
        let reply = send("", json!({"says": "x", "roam_ignore_users": many})).await;
        let words = "params roam_ignore_users's size can't exceed limit 20";
        reply.refused(400, "message_send_error", words);
        let reply = send("", json!({"says": "x", "roam_ignore_users": [{}]})).await;
        let words = "Request body is invalid. Please check body is correct.";
        reply.refused(400, "invalid_request_body", words);
    }
    let mut message = text(json!(["bob", "carol"]), "hi");
    message["roam_ignore_users"] = json!(["bob"]);
    server.post("/messages/users", &server.app_token, message).await.ok();
    for (user, token, expected) in [("bob", &bob, 0), ("carol", &carol, 1), ("alice", &alice, 1)] {
        let peer = if user == "alice" { "bob" } else { "alice" };
        let query = roaming(&format!("{peer}@easemob.com"), json!(-1), 20);
        let page = server.post(&format!("/users/{user}/messageroaming"), token, query).await.ok();
        assert_eq!(metas(&page).len(), expected, "{user}");
    }
}

#[tokio::test]
async fn history_is_paged_in_both_directions() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    for n in 0..5 {
        server.clock.advance(10);
        let message = text(json!("bob"), &n.to_string());
        server.post("/messages/users", &server.app_token, message).await.ok();
    }
    for (oldest_first, expected) in [(false, "43210"), (true, "01234")] {
        let mut seen = String::new();
        let mut start = json!(null);
        loop {
            let mut query = roaming("bob@easemob.com", start, 2);
            query["is_positive"] = oldest_first.into();
            let body = server.post("/users/alice/messageroaming", &alice, query).await.ok();
            for (_, body) in metas(&body) {
                seen.push_str(body.contents[0].text());
            }
            start = body["data"]["next_key"].clone();
            if body["data"]["is_last"] == true {
                break;
            }
        }
        assert_eq!(seen, expected);
    }
    let mut query = roaming("bob@easemob.com", json!(""), 20);
    query["msgType"] = "img,loc".into();
    let body = server.post("/users/alice/messageroaming", &alice, query).await.ok();
    assert_eq!(metas(&body).len(), 0);
}

#[tokio::test]
async fn every_kind_of_message_is_sent() {
    let server = Server::start().await;
    let url = "https://h/acme/chat/chatfiles/x";
    for (kind, body) in [
        (
            "img",
            json!({"url": url, "filename": "a.png", "secret": "s", "size": {"width": 4, "height": 3}}),
        ),
        ("audio", json!({"url": url, "filename": "a.amr", "secret": "s", "length": 4})),
        (
            "video",
            json!({"url": url, "length": 4, "file_length": 9, "thumb": url, "thumb_secret": "t"}),
        ),
        ("file", json!({"url": url, "filename": "a.txt"})),
        ("loc", json!({"lat": "39.9", "lng": 116.3, "addr": "Beijing"})),
        ("cmd", json!({"action": "run"})),
        ("custom", json!({"customEvent": "gift", "customExts": {"k": "v"}})),
    ] {
        let message = json!({"to": ["bob"], "type": kind, "body": body});
        let sent = server.post("/messages/users", &server.app_token, message).await.ok();
        assert!(sent["data"]["bob"].is_string(), "{kind}");
    }
}

#[tokio::test]
async fn group_messages_are_read_by_members_only() {
    let server = Server::start().await;
    let [alice, eve] = server.users(["alice", "eve"]).await;
    let new = json!({"owner": "alice", "public": true, "groupname": "g"});
    let made = server.post("/chatgroups", &server.app_token, new).await.ok();
    let group = made["data"]["groupid"].as_str().unwrap();
    let sent = server
        .post("/messages/chatgroups", &server.app_token, text(json!([group]), "all"))
        .await
        .ok();
    assert!(sent["data"][group].is_string());

    let query = roaming(&format!("{group}@conference.easemob.com"), json!(-1), 20);
    let body = server.post("/users/alice/messageroaming", &alice, query.clone()).await.ok();
    assert_eq!(metas(&body)[0].1.contents[0].text(), "all");
    let reply = server.post("/users/eve/messageroaming", &eve, query).await;
    reply.refused(403, "forbidden_op", "you are not in this group");
    let unknown =
        server.post("/messages/chatgroups", &server.app_token, text(json!(["7"]), "x")).await;
    unknown.refused(404, "resource_not_found", "grpID 7 does not exist!");
    let four = text(json!([1, 2, 3, 4]), "x");
    let reply = server.post("/messages/chatgroups", &server.app_token, four).await;
    reply.refused(400, "message_send_error", "params to's size can't exceed limit 3");
}

#[tokio::test]
async fn what_is_wrong_with_a_message_is_named() {
    let server = Server::start().await;
    let wrong =
        async |change: fn(&mut Value), error: &str, text_of_error: &str, code: Option<u32>| {
            let mut message = text(json!(["bob"]), "hi");
            change(&mut message);
            let reply = server.post("/messages/users", &server.app_token, message).await;
            reply.refused(400, error, text_of_error);
            assert_eq!(reply.body.get("error_code").cloned(), code.map(Value::from));
        };
    let (send, invalid) = ("message_send_error", "invalid_request_body");
    let not_readable = "Request body is invalid. Please check body is correct.";
    wrong(|m| m["from"] = "".into(), send, "param from can't be empty", Some(14001)).await;
    wrong(|m| m["to"] = json!([]), send, "param to can't be empty", Some(14002)).await;
    wrong(|m| m["to"] = json!({}), invalid, not_readable, Some(14002)).await;
    wrong(|m| m["type"] = json!(null), send, "param type can't be empty", None).await;
    wrong(|m| m["type"] = "nope".into(), invalid, not_readable, None).await;
    wrong(|m| m["body"] = json!(null), send, "param body can't be empty", Some(14005)).await;
    wrong(|m| m["body"] = "hi".into(), invalid, not_readable, Some(14005)).await;
    wrong(|m| m["body"] = json!({}), send, "param msg can't be empty", Some(14005)).await;
    wrong(|m| m["ext"] = "x".into(), send, "param ext must be JSONObject", None).await;
    let large = |m: &mut Value| m["body"]["msg"] = "x".repeat(5200).into();
    wrong(large, send, "message is too large", Some(14007)).await;
    let many = |m: &mut Value| m["to"] = (0..601).map(|n| format!("u{n}")).collect();
    wrong(many, send, "params to's size can't exceed limit 600", Some(14002)).await;
}

#[tokio::test]
async fn wrong_questions_about_history_are_refused() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let ask = async |body: Value| server.post("/users/alice/messageroaming", &alice, body).await;
    let reply = ask(json!({})).await;
    reply.refused(400, "illegal_argument", "queue must be provided");
    assert_eq!(ask(json!({"queue": "a b@easemob.com"})).await.status, 400);
    assert_eq!(ask(json!({"queue": "bob@easemob.com", "start": "nonsense"})).await.status, 400);
    assert_eq!(ask(json!({"queue": "bob@easemob.com", "msgType": "nope"})).await.status, 400);
    let reply = ask(json!({"queue": "7@conference.easemob.com"})).await;
    reply.refused(404, "resource_not_found", "grpID 7 does not exist!");
    let old_form = ask(json!({"queue": "bob@easemob.com", "start": -1, "end": -1})).await.ok();
    assert_eq!(old_form["data"]["msgs"], json!([]));
    let message = text(json!("bob"), "hi");
    server.post("/messages/users", &server.app_token, message).await.ok();
    let commands = ask(json!({"queue": "bob@easemob.com", "msgType": "cmd"})).await.ok();
    assert_eq!(commands["data"]["msgs"], json!([]), "commands are not history");
}

#[tokio::test]
async fn who_has_read_a_message_of_a_group_is_listed() {
    let server = Server::start().await;
    let [_, bob, eve] = server.users(["alice", "bob", "eve"]).await;
    let group = json!({"owner": "alice", "public": false, "groupid": "club", "members": ["bob"]});
    server.post("/chatgroups", &server.app_token, group).await.ok();
    let body = json!({
        "from": "alice", "to": ["club"], "type": "txt", "body": {"msg": "hi"}, "need_group_ack": true,
    });
    let sent = server.post("/messages/chatgroups", &server.app_token, body).await.ok();
    let id = sent["data"]["club"].as_str().unwrap();
    let path = format!("/chatgroups/club/acks/{id}?limit=10");
    let read = server.get(&path, &bob).await.ok();
    assert_eq!(read["data"]["ackmid"], *id);
    assert_eq!((&read["data"]["total"], &read["data"]["is_last"]), (&json!(0), &json!(true)));
    assert_eq!((&read["data"]["userlist"], &read["data"]["acks"]), (&json!([]), &json!([])));
    assert_eq!(server.get(&path, &eve).await.status, 403);
    let unknown = server.get("/chatgroups/club/acks/17", &bob).await;
    assert_ne!(unknown.status, 200, "{}", unknown.body);
}

#[tokio::test]
async fn no_way_to_say_something_is_longer_than_a_message() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let token = &server.app_token;
    let long = "x".repeat(6000);
    let body = json!({"from": "alice", "to": ["bob"], "type": "txt", "body": {"msg": "hi"}});
    let sent = server.post("/messages/users", token, body).await.ok();
    let id = sent["data"]["bob"].as_str().unwrap();
    let too_large = |reply: Reply| {
        let said = (reply.status, reply.body["error_description"].as_str());
        assert_eq!(said, (400, Some("message is too large")), "{}", reply.body);
    };
    let path = format!("/messages/rewrite/{id}");
    let edit = |msg: &str, ext: &str| json!({"user": "alice", "new_msg": {"type": "txt", "msg": msg}, "new_ext": {"k": ext}});
    too_large(server.put(&path, token, edit(&long, "")).await);
    too_large(server.put(&path, token, edit("hi", &long)).await);
    let chunk =
        json!({"from": "bot", "to": "bob", "body": {"msg": "a", "seq": 0}, "ext": {"k": long}});
    too_large(server.post("/stream_message/user", token, chunk).await);
    let recall = json!({
        "msg_id": id, "to": "bob", "chat_type": "chat", "from": "alice", "force": true,
        "recallMessageExtensionInfo": long,
    });
    too_large(server.post("/messages/msg_recall", token, recall).await);
    server.put(&path, token, edit("hello", "short")).await.ok();
}
