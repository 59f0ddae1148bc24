//! Messages of the past.

use hongyan_model::Feature;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::conversations::rows;
use crate::features::limit;
use crate::messages::{metas, roaming};
use crate::support::{START, Server};

const HOUR: i64 = 3600 * 1000;
const DAY: i64 = 24 * HOUR;
const LIST: &str = "user_channels/list?limit=20&cursor=&need_mark=true&needEmptySession=false";

fn past(msg: &str, time: i64) -> Value {
    json!({"from": "bob", "target": "alice", "type": "txt", "body": {"msg": msg}, "msg_timestamp": time})
}

async fn import(server: &Server, message: Value) -> String {
    let body = server.post("/messages/users/import", &server.app_token, message).await.ok();
    let id = body["data"]["msg_id"].as_str().unwrap().to_owned();
    assert!(id.len() == 19 && id.bytes().all(|b| b.is_ascii_digit()), "{id}");
    id
}

/// What history says to alice, with the times, page by page.
async fn history(server: &Server, token: &str, query: &Value) -> Vec<(String, i64)> {
    let mut query = query.clone();
    let mut seen = Vec::new();
    for _ in 0..20 {
        let body = server.post("/users/alice/messageroaming", token, query.clone()).await.ok();
        for (meta, body) in metas(&body) {
            let time = i64::try_from(meta.timestamp()).unwrap();
            seen.push((body.contents[0].text().to_owned(), time));
        }
        if body["data"]["is_last"] == true {
            assert_eq!(body["data"]["next_key"], "");
            return seen;
        }
        query["start"] = body["data"]["next_key"].clone();
    }
    panic!("history comes to no end");
}

#[tokio::test]
async fn an_imported_message_stands_where_its_time_is() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let mut expected = Vec::new();
    for (msg, minutes) in [("said 1", 0), ("said 2", 10), ("said 3", 10)] {
        server.clock.advance(minutes * 60_000);
        let message = json!({"from": "bob", "to": ["alice"], "type": "txt", "body": {"msg": msg}});
        server.post("/messages/users", &server.app_token, message).await.ok();
        expected.push((msg.to_owned(), START + 10 * 60_000 * expected.len() as i64));
    }
    let times = [-2 * DAY, -HOUR, -HOUR, 5 * 60_000, 15 * 60_000];
    let mut ids = Vec::new();
    for (n, time) in times.into_iter().enumerate().rev() {
        ids.push(import(&server, past(&format!("past {n}"), START + time)).await);
        expected.push((format!("past {n}"), START + time));
    }
    // Of one moment in the order in which they came.
    expected.sort_by_key(|(msg, time)| (*time, msg == "past 1"));
    for oldest_first in [true, false] {
        for number in [1, 2, 3, 7, 20] {
            let mut query = roaming("bob@easemob.com", json!(-1), number);
            query["is_positive"] = oldest_first.into();
            assert_eq!(history(&server, &alice, &query).await, expected, "{number}");
        }
        expected.reverse();
    }

    let mut query = roaming("bob@easemob.com", json!(-1), 2);
    (query["startTime"], query["endTime"]) = (json!(START - HOUR), json!(START + 10 * 60_000));
    let within: Vec<_> = expected[1..6].iter().rev().cloned().collect();
    assert_eq!(history(&server, &alice, &query).await, within);
    // Clients go on from an id.
    let mut query = roaming("bob@easemob.com", json!(ids[0]), 20);
    let before: Vec<_> = expected[..6].iter().rev().cloned().collect();
    assert_eq!(history(&server, &alice, &query).await, before);
    query["is_positive"] = true.into();
    assert_eq!(history(&server, &alice, &query).await, expected[7..]);
    let mut query = roaming("bob@easemob.com", json!(-1), 20);
    query["userId"] = "alice".into();
    assert_eq!(history(&server, &alice, &query).await, []);
}

#[tokio::test]
async fn an_imported_chat_is_listed_and_unread_until_it_is_read() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let list = async |user: &str, token: &str| {
        rows(&server.get(&format!("/sdk/user/{user}/{LIST}"), token).await.ok())
    };
    for n in 1..=3 {
        import(&server, past("hi", START - n * HOUR)).await;
    }
    assert_eq!(list("alice", &alice).await, [("bob".to_owned(), 3)]);
    assert_eq!(list("bob", &bob).await, [("alice".to_owned(), 0)]);
    let mut read = past("read", START - 2 * HOUR);
    read["is_ack_read"] = true.into();
    import(&server, read.clone()).await;
    assert_eq!(list("alice", &alice).await, [("bob".to_owned(), 1)]);
    read["msg_timestamp"] = json!(START - 1);
    let id = import(&server, read).await;
    let body = server.get(&format!("/sdk/user/alice/{LIST}"), &alice).await.ok();
    assert_eq!(rows(&body), [("bob".to_owned(), 0)]);
    let meta = &body["data"]["channel_infos"][0]["meta"];
    assert_eq!((&meta["id"], &meta["timestamp"]), (&json!(id), &json!(START - 1)));
    // Deleted with everything in it, also what was imported.
    let gone = json!({"channel": "bob", "type": "chat", "delete_roam": true});
    let request = server.request(reqwest::Method::DELETE, "/users/alice/user_channel", &alice);
    crate::support::send(request.json(&gone)).await.ok();
    assert_eq!(list("alice", &alice).await, []);
    assert_eq!(history(&server, &alice, &roaming("bob@easemob.com", json!(-1), 20)).await, []);
}

#[tokio::test]
async fn what_was_imported_for_somebody_is_not_for_the_next_of_that_name() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    import(&server, past("secret", START - HOUR)).await;
    let query = roaming("bob@easemob.com", json!(-1), 20);
    assert_eq!(history(&server, &alice, &query).await.len(), 1);
    server.clock.advance(1000);
    server.delete("/users/alice", &server.app_token).await.ok();
    server.clock.advance(1000);
    let [alice] = server.users(["alice"]).await;
    assert_eq!(history(&server, &alice, &query).await, []);
    let list = server.get(&format!("/sdk/user/alice/{LIST}"), &alice).await.ok();
    assert_eq!(rows(&list), []);
    import(&server, past("for her", START - HOUR)).await;
    let expected = [("for her".to_owned(), START - HOUR)];
    assert_eq!(history(&server, &alice, &query).await, expected);
}

#[tokio::test]
async fn groups_get_messages_of_the_past() {
    let server = Server::start().await;
    let [alice, eve] = server.users(["alice", "eve"]).await;
    let new = json!({"owner": "alice", "public": true, "groupname": "g"});
    let made = server.post("/chatgroups", &server.app_token, new).await.ok();
    let group = made["data"]["groupid"].as_str().unwrap();
    let message = json!({"from": "former", "target": group, "type": "loc",
        "body": {"lat": 1, "lng": 2, "addr": "there"}, "msg_timestamp": START - DAY});
    let path = "/messages/chatgroups/import";
    server.post(path, &server.app_token, message.clone()).await.ok();
    let query = roaming(&format!("{group}@conference.easemob.com"), json!(-1), 20);
    let body = server.post("/users/alice/messageroaming", &alice, query.clone()).await.ok();
    let found = metas(&body);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0.timestamp(), u64::try_from(START - DAY).unwrap());
    assert_eq!(found[0].1.from.as_ref().unwrap().name(), "former");
    assert_eq!(found[0].1.to.as_ref().unwrap().name(), group);
    let reply = server.post("/users/eve/messageroaming", &eve, query).await;
    reply.refused(403, "forbidden_op", "you are not in this group");
    let mut unknown = message;
    unknown["target"] = "7".into();
    let reply = server.post(path, &server.app_token, unknown).await;
    reply.refused(404, "resource_not_found", "grpID 7 does not exist!");
}

#[tokio::test]
async fn what_is_wrong_with_an_imported_message_is_told() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    server.change_app(limit(Feature::MsgStorageDays, 3)).await;
    let wrong = async |change: fn(&mut Value), error: &str, text: &str| {
        let mut message = past("hi", START);
        change(&mut message);
        let reply = server.post("/messages/users/import", &server.app_token, message).await;
        reply.refused(400, error, text);
    };
    let (illegal, invalid) = ("illegal_argument", "invalid_request_body");
    let irb = "Request body is invalid. Please check body is correct.";
    wrong(|m| m["from"] = json!(""), illegal, "from not allow empty").await;
    wrong(|m| m["target"] = json!(null), illegal, "target not allow empty").await;
    wrong(|m| m["type"] = json!(null), illegal, "type not allow empty").await;
    wrong(|m| m["body"] = json!(null), illegal, "message body not allow empty").await;
    wrong(|m| m["body"] = json!({}), illegal, "message body not allow empty").await;
    wrong(|m| m["body"] = json!([1]), invalid, irb).await;
    wrong(|m| m["type"] = json!("poem"), invalid, irb).await;
    wrong(|m| m["ext"] = json!("x"), invalid, irb).await;
    let too_old = "msg_timestamp is older than the 3 days for which messages are kept";
    wrong(|m| m["msg_timestamp"] = json!(START - 3 * DAY), illegal, too_old).await;
    let no_time = "msg_timestamp: not a whole number";
    wrong(|m| m["msg_timestamp"] = json!("x"), illegal, no_time).await;
    let large = "message is too large";
    wrong(|m| m["ext"] = json!({"x": "x".repeat(6000)}), "message_send_error", large).await;
    let query = roaming("bob@easemob.com", json!(-1), 20);
    assert_eq!(history(&server, &alice, &query).await, []);
    // What lies ahead, and what has no time, is now.
    for time in [json!(START + HOUR), json!(null)] {
        let mut message = past("now", 0);
        message["msg_timestamp"] = time;
        import(&server, message).await;
    }
    let found = history(&server, &alice, &query).await;
    assert_eq!(found, [("now".to_owned(), START), ("now".to_owned(), START)]);
}

/// Serves a file at every path, but nothing below `/missing`; where.
async fn elsewhere(bytes: &'static [u8]) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 1024];
            let read = stream.read(&mut asked).await.unwrap();
            let missing = asked[..read].starts_with(b"GET /missing");
            let status = if missing { "404 Not Found" } else { "200 OK" };
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: image/png\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                bytes.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(bytes).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn files_of_imported_messages_are_fetched_if_that_is_wanted() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let there = elsewhere(b"moving pictures").await;
    let video = |path: &str, need_download: bool| {
        json!({"from": "bob", "target": "alice", "type": "video", "need_download": need_download,
            "body": {"url": format!("{there}/{path}"), "thumb": format!("{there}/cover.png"), "length": 3},
            "msg_timestamp": START - HOUR})
    };
    let query = roaming("bob@easemob.com", json!(-1), 20);
    import(&server, video("v.mp4?x=1", true)).await;
    let body = server.post("/users/alice/messageroaming", &alice, query.clone()).await.ok();
    let content = metas(&body).remove(0).1.contents.remove(0);
    let here = format!("{}/acme/chat/chatfiles/", server.address);
    assert_eq!(content.file_length(), 15);
    for (url, secret) in [
        (content.remote_path(), content.secret_key()),
        (content.thumbnail_remote_path(), content.thumbnail_secret_key()),
    ] {
        assert!(url.starts_with(&here), "{url}");
        let refused = server.client.get(url).send().await.unwrap();
        assert_eq!(refused.status(), 403);
        let file = server.client.get(url).header("share-secret", secret).send().await.unwrap();
        assert_eq!(file.headers()["content-type"], "image/png");
        assert_eq!(file.bytes().await.unwrap(), "moving pictures");
    }

    import(&server, video("left.mp4", false)).await;
    let path = "/messages/users/import";
    let reply = server.post(path, &server.app_token, video("missing/v.mp4", true)).await;
    let text = "the file could not be fetched: status 404";
    reply.refused(400, "file_download_failed", text);
    server.change_app(limit(Feature::FileBytesMax, 10)).await;
    let reply = server.post(path, &server.app_token, video("v.mp4", true)).await;
    let text = "the file size exceeds the maximum limit.";
    reply.refused(413, "file exceeding maximum limit", text);
    let body = server.post("/users/alice/messageroaming", &alice, query).await.ok();
    let urls: Vec<String> = metas(&body)
        .into_iter()
        .map(|(_, body)| body.contents[0].remote_path().to_owned())
        .collect();
    assert_eq!(urls, [format!("{there}/left.mp4"), content.remote_path().to_owned()]);
}

#[tokio::test]
async fn users_react_to_imported_messages_and_the_server_withdraws_them() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let id = import(&server, past("hi", START - HOUR)).await;
    let reaction = json!({"msgId": id, "message": "smile"});
    server.post("/reaction/user/alice", &alice, reaction).await.ok();
    let recall =
        json!({"msg_id": id, "to": "alice", "from": "bob", "chat_type": "chat", "force": true});
    let body = server.post("/messages/msg_recall", &server.app_token, recall).await.ok();
    assert_eq!(body["data"]["recalled"], "yes");
    let query = roaming("bob@easemob.com", json!(-1), 20);
    assert_eq!(history(&server, &alice, &query).await, []);
}
