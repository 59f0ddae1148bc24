//! Messages withdrawn by the customer's server.

use hongyan_model::Feature;
use serde_json::{Value, json};

use crate::features::switch;
use crate::files::{stored, upload};
use crate::support::Server;

const RECALL: &str = "message_recall_error";

/// Sends "oops" from alice and answers its id.
async fn sent(server: &Server, path: &str, to: &str) -> String {
    let message = json!({"from": "alice", "to": [to], "type": "txt", "body": {"msg": "oops"}});
    let reply = server.post(path, &server.app_token, message).await.ok();
    reply["data"][to].as_str().unwrap().to_owned()
}

async fn to_bob(server: &Server) -> String {
    sent(server, "/messages/users", "bob").await
}

async fn history(server: &Server, token: &str) -> usize {
    let query = json!({"queue": "alice@easemob.com", "start": -1, "pull_number": 20});
    let body = server.post("/users/bob/messageroaming", token, query).await.ok();
    body["data"]["msgs"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_recalled_message_is_gone_from_the_history() {
    let server = Server::start().await;
    let [_, bob] = server.users(["alice", "bob"]).await;
    let id = to_bob(&server).await;
    assert_eq!(history(&server, &bob).await, 1);
    let body =
        json!({"msg_id": id, "to": "bob", "chat_type": "chat", "from": "alice", "force": false});
    let reply = server.post("/messages/msg_recall", &server.app_token, body.clone()).await.ok();
    let outcome = json!({
        "recalled": "yes", "chattype": "chat", "from": "alice", "to": "bob", "msg_id": id,
    });
    assert_eq!((&reply["data"], &reply["path"]), (&outcome, &json!("/messages/msg_recall")));
    assert_eq!(history(&server, &bob).await, 0);
    // Its answer was lost, so it is asked again.
    server.post("/messages/msg_recall", &server.app_token, body).await.ok();
}

#[tokio::test]
async fn a_recall_takes_the_attachment_with_it() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let app = server.app_token.clone();
    let sent = async |from: &str, kind: &str, body: Value| {
        let message = json!({"from": from, "to": ["bob"], "type": kind, "body": body});
        let reply = server.post("/messages/users", &app, message).await.ok();
        json!({"msg_id": reply["data"]["bob"], "to": "bob", "chat_type": "chat"})
    };
    let put = async |token: &str| {
        stored(&upload(&server, token, b"secret plans".to_vec(), "true").await.ok())
    };
    let url = |path: &str| format!("{}/acme/chat{path}", server.address);
    let gone = async |path: &str, token: &str| {
        let reply = server.get(path, token).await;
        assert_eq!((reply.status, &reply.body["error"]), (404, &json!("file_expired")));
    };

    for (uploader, from) in [(&app, "admin"), (&alice, "alice")] {
        let (path, secret) = put(uploader).await;
        let opened = format!("{path}?share-secret={secret}");
        let message = sent(from, "file", json!({"url": url(&opened), "secret": secret})).await;
        assert_eq!(server.get(&opened, "").await.status, 200);
        server.post("/messages/msg_recall", &app, message).await.ok();
        gone(&opened, "").await;
        gone(&path, &bob).await;
        gone(&path, &app).await;
        let file = path.trim_start_matches("/chatfiles/");
        let longer = json!({"lifetime": "forever", "chatfile_ids": [file]});
        let reply = server.put("/users/alice/chatfiles/lifetime", &app, longer).await.ok();
        assert_eq!(reply["data"][file], "failed");
    }

    // Several at once, with the cover of a film.
    let ((film, _), (cover, _)) = (put(&alice).await, put(&alice).await);
    let body = json!({"url": url(&film), "thumb": url(&cover), "filename": "f"});
    let rows = json!({"msgs": [sent("alice", "video", body).await]});
    server.post("/messages/batch_recall", &app, rows).await.ok();
    gone(&film, &bob).await;
    gone(&cover, &bob).await;

    // What was passed on belongs to somebody else's message.
    let (path, _) = put(&bob).await;
    let message = sent("alice", "file", json!({"url": url(&path)})).await;
    server.post("/messages/msg_recall", &app, message).await.ok();
    assert_eq!(server.get(&path, &bob).await.status, 200);
}

#[tokio::test]
async fn a_message_of_a_group_is_recalled_as_admin() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let new = json!({"owner": "alice", "public": true, "groupname": "g"});
    let made = server.post("/chatgroups", &server.app_token, new).await.ok();
    let group = made["data"]["groupid"].as_str().unwrap();
    let id = sent(&server, "/messages/chatgroups", group).await;
    let body = json!({"msg_id": id, "to": group, "chat_type": "groupchat"});
    let reply = server.post("/messages/msg_recall", &server.app_token, body).await.ok();
    assert_eq!(reply["data"]["from"], "admin");
    assert_eq!(reply["data"]["chattype"], "groupchat");
}

#[tokio::test]
async fn what_is_wrong_with_a_recall_is_named() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let id = to_bob(&server).await;
    let good = json!({"msg_id": id, "to": "bob", "chat_type": "chat"});
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let ask = async |body: Value, status, text: &str| {
        let reply = server.post("/messages/msg_recall", &server.app_token, body).await;
        reply.refused(status, RECALL, text);
    };
    for name in ["msg_id", "to", "chat_type"] {
        ask(with(name, json!(null)), 400, &format!("param {name} can't be empty")).await;
    }
    ask(with("from", json!("")), 400, "param from can't be empty").await;
    let unknown = "param chat_type is none of chat, groupchat, chatroom";
    ask(with("chat_type", json!("group")), 400, unknown).await;
    ask(with("to", json!("carol")), 400, "can't find msg to").await;
    ask(with("chat_type", json!("groupchat")), 400, "can't find msg to").await;
    ask(with("msg_id", json!("1234567890")), 403, "not_found msg").await;
    ask(with("msg_id", json!("nonsense")), 403, "not_found msg").await;
    let by_user = server.post("/messages/msg_recall", &alice, good.clone()).await;
    by_user.refused(401, "unauthorized", "unauthorized");

    server.change_app(|app| app.settings.rest_recall_window_ms = 5_000).await;
    server.clock.advance(5_001);
    ask(good.clone(), 403, "exceed recall time limit").await;
    server.change_app(switch(Feature::MessageRecall, false)).await;
    let reply = server.post("/messages/msg_recall", &server.app_token, good.clone()).await;
    reply.refused(403, "forbidden_op", "message recall service is unopened");
    server.change_app(switch(Feature::MessageRecall, true)).await;
    let forced = with("force", json!(true));
    server.post("/messages/msg_recall", &server.app_token, forced).await.ok();
}

#[tokio::test]
async fn several_messages_are_recalled_each_for_itself() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let old = to_bob(&server).await;
    server.clock.advance(120_001);
    let (first, second) = (to_bob(&server).await, to_bob(&server).await);
    let of = |id: &str, to: &str| json!({"msg_id": id, "to": to, "chat_type": "chat"});
    let msgs = json!([of(&old, "bob"), of(&first, "bob"), of("7", "bob"), of(&second, "carol")]);
    let expected = ["exceed recall time limit", "yes", "not_found msg", "can't find msg to"];
    let recalled = |rows: &Value| -> Vec<String> {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["recalled"].as_str().unwrap().to_owned()).collect()
    };
    let body = json!({"msgs": msgs, "recallMessageExtensionInfo": "why"});
    let reply = server.post("/messages/batch_recall", &server.app_token, body.clone()).await.ok();
    assert_eq!(recalled(&reply["data"]), expected);
    assert_eq!((&reply["data"][0]["msg_id"], &reply["count"]), (&json!(old), &json!(4)));
    let reply = server.post("/messages/recall", &server.app_token, body).await.ok();
    assert_eq!(recalled(&reply["data"]["msgs"]), expected);

    let ask = async |body: Value, text: &str| {
        let reply = server.post("/messages/batch_recall", &server.app_token, body).await;
        reply.refused(400, RECALL, text);
    };
    ask(json!({}), "param msgs can't be empty").await;
    ask(json!({"msgs": []}), "param msgs can't be empty").await;
    let many: Vec<Value> = (0..31).map(|_| of(&first, "bob")).collect();
    ask(json!({"msgs": many}), "params msgs's size can't exceed limit 30").await;
    // Nothing is recalled where one of them cannot be read.
    let half = json!([of(&second, "bob"), {"msg_id": first}]);
    ask(json!({"msgs": half}), "param to can't be empty").await;
    let one = of(&second, "bob");
    server.change_app(|app| app.settings.rest_recall_window_ms = 0).await;
    server.clock.advance(1);
    let reply = server.post("/messages/msg_recall", &server.app_token, one).await;
    reply.refused(403, RECALL, "exceed recall time limit");
}
