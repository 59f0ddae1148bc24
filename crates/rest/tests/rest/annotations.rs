//! Edits, reactions and pins: the shapes and words that the SDKs know.

use hongyan_model::{Feature, Grant};
use reqwest::Method;
use serde_json::{Value, json};

use crate::features::switch;
use crate::support::{Reply, Server, send};

/// A server with alice, bob and mallory, and their tokens.
async fn start() -> (Server, [String; 3]) {
    let server = Server::start().await;
    let tokens = server.users(["alice", "bob", "mallory"]).await;
    (server, tokens)
}

async fn limit(server: &Server, feature: Feature, most: u64) {
    let grant = |app: &mut hongyan_model::App| {
        app.features.grants.insert(feature, Grant::Limit(most));
    };
    server.change_app(grant).await;
}

/// Sends a text from alice and answers its id.
async fn sent(server: &Server, path: &str, to: &str) -> String {
    let message = json!({"from": "alice", "to": [to], "type": "txt", "body": {"msg": "x"}});
    let reply = server.post(path, &server.app_token, message).await.ok();
    reply["data"][to].as_str().unwrap().to_owned()
}

async fn to_bob(server: &Server) -> String {
    sent(server, "/messages/users", "bob").await
}

async fn group_of_alice(server: &Server) -> String {
    let new = json!({"owner": "alice", "public": true, "groupname": "g", "members": ["bob"]});
    let made = server.post("/chatgroups", &server.app_token, new).await.ok();
    made["data"]["groupid"].as_str().unwrap().to_owned()
}

async fn delete_with(server: &Server, path: &str, token: &str, body: Value) -> Reply {
    send(server.request(Method::DELETE, path, token).json(&body)).await
}

#[tokio::test]
async fn a_reaction_is_added_listed_and_taken_back() {
    let (server, [alice, bob, _]) = start().await;
    let id = to_bob(&server).await;
    let body = json!({"msgId": id, "message": "👍"});
    let reply = server.post("/reaction/user/bob?resource=web", &bob, body.clone()).await.ok();
    assert_eq!(reply["requestStatusCode"], "ok");
    let data = &reply["data"];
    assert_eq!(
        (&data["msgId"], &data["msgType"], &data["groupId"]),
        (&json!(id), &json!("chat"), &Value::Null)
    );
    assert_eq!(
        (&data["reaction"], &data["createdAt"]),
        (&json!("👍"), &json!("2026-11-23T00:00:00.000Z"))
    );
    // The app for somebody, and with a number for an id.
    let number: u64 = id.parse().unwrap();
    let body = json!({"msgId": number, "message": "+1"});
    server.post("/reaction/user/Alice", &server.app_token, body).await.ok();

    let query = format!("msgIdList={id},1&msgType=chat&groupId=null&_v=1");
    let list = server.get(&format!("/reaction/user/bob?{query}"), &bob).await.ok();
    let rows = &list["data"][0]["reactionList"];
    let kind = rows[0]["reactionId"].clone();
    assert!(kind.is_string());
    let expected = json!({
        "reactionId": kind, "reaction": "👍", "count": 1, "userCount": 1, "state": true, "userList": ["bob"],
    });
    assert_eq!(rows[0], expected);
    assert_eq!((&rows[1]["reaction"], &rows[1]["state"]), (&json!("+1"), &json!(false)));
    assert_eq!(list["data"][1], json!({"msgId": "1", "reactionList": []}));

    let detail = |query: &str| format!("/reaction/user/alice/detail?msgId={id}&{query}");
    // As the SDK writes it, without encoding.
    let found = server.get(&detail("message=+1&currentPage=null&pageSize=20"), &alice).await.ok();
    let data = &found["data"];
    assert_eq!(
        (&data["state"], &data["userList"], &data["cursor"]),
        (&json!(true), &json!(["alice"]), &Value::Null)
    );
    let none = server.get(&detail("message=never&limit=50"), &alice).await.ok();
    assert_eq!((&none["data"]["count"], &none["data"]["userList"]), (&json!(0), &json!([])));

    let path = format!("/reaction/user/bob?msgId={id}&message=%F0%9F%91%8D");
    assert_eq!(server.delete(&path, &bob).await.ok()["requestStatusCode"], "ok");
    server.delete(&format!("/reaction/user/alice?msgId={id}&message=+1"), &alice).await.ok();
    let list = server.get(&format!("/reaction/user/bob?{query}"), &bob).await.ok();
    assert_eq!(list["data"][0]["reactionList"], json!([]));
}

#[tokio::test]
async fn refused_reactions_have_the_words_of_the_sdk() {
    let (server, [alice, bob, mallory]) = start().await;
    limit(&server, Feature::ReactionsMax, 1).await;
    let id = to_bob(&server).await;
    let add = async |user: &str, token: &str, body: Value| {
        server.post(&format!("/reaction/user/{user}"), token, body).await
    };
    let bad = |reply: Reply, words: &str| reply.refused(400, "Bad Request", words);
    add("bob", &bob, json!({"msgId": id, "message": "a"})).await.ok();
    let again = add("bob", &bob, json!({"msgId": id, "message": "a"})).await;
    bad(again, "the user is already operation this message");
    let full = add("bob", &bob, json!({"msgId": id, "message": "b"})).await;
    bad(full, "The quantity has exceeded the limit!");
    let outsider = add("mallory", &mallory, json!({"msgId": id, "message": "a"})).await;
    bad(outsider, "the user operation is illegal!");
    bad(
        add("bob", &bob, json!({"msgId": "x", "message": "a"})).await,
        "the user operation is illegal!",
    );
    let long = json!({"msgId": id, "message": "x".repeat(129)});
    bad(add("bob", &bob, long).await, "message cannot exceed to 128");
    bad(add("bob", &bob, json!({"msgId": id})).await, "message can not be null!");
    add("bob", &mallory, json!({"msgId": id, "message": "a"})).await.refused(
        401,
        "unauthorized",
        "unauthorized",
    );
    let foreign = server.foreign_token().await;
    assert_eq!(add("bob", &foreign, json!({"msgId": id, "message": "a"})).await.status, 401);

    let never = server.delete(&format!("/reaction/user/alice?msgId={id}&message=a"), &alice).await;
    bad(never, "the user operation is illegal!");
    let list = async |token: &str, user: &str, query: &str| {
        server.get(&format!("/reaction/user/{user}?{query}"), token).await
    };
    let query = format!("msgIdList={id}&msgType=groupchat&groupId=null");
    bad(list(&bob, "bob", &query).await, "groupId can not be null!");
    let group = group_of_alice(&server).await;
    let query = format!("msgIdList={id}&msgType=groupchat&groupId={group}");
    bad(list(&mallory, "mallory", &query).await, "The user not in this group!");
    assert_eq!(list(&bob, "bob", &query).await.ok()["data"][0]["reactionList"], json!([]));
    let many = vec!["1"; 21].join(",");
    let many = list(&bob, "bob", &format!("msgIdList={many}&msgType=chat")).await;
    bad(many, "msgIdList exceeds the maximum number limit");
    let path = format!("/reaction/user/bob/detail?msgId={id}&message=a&limit=51");
    bad(server.get(&path, &bob).await, "Limit exceeds the maximum quantity limit");

    server.change_app(switch(Feature::Reaction, false)).await;
    let off = add("alice", &alice, json!({"msgId": id, "message": "a"})).await;
    bad(off, "this appKey is not open reaction service!");
    bad(
        list(&bob, "bob", "msgIdList=1&msgType=chat").await,
        "this appKey is not open reaction service!",
    );
}

#[tokio::test]
async fn messages_are_pinned_and_listed() {
    let (server, [alice, bob, mallory]) = start().await;
    limit(&server, Feature::PinsMax, 2).await;
    let group = group_of_alice(&server).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(sent(&server, "/messages/chatgroups", &group).await);
    }
    let path = |user: &str| format!("/sdk/user/{user}/user_channel/pin");
    let body = |id: &str| json!({"to": group, "type": "groupchat", "pin_msg_id": id});
    let pinned = async |token: &str, user: &str, body: Value| {
        server.post(&format!("{}?resource=web", path(user)), token, body).await
    };
    assert_eq!(pinned(&bob, "bob", body(&ids[0])).await.ok()["data"], json!({}));
    server.clock.advance(1);
    pinned(&alice, "alice", body(&ids[1])).await.ok();
    let third = pinned(&bob, "bob", body(&ids[2])).await;
    assert_eq!((third.status, &third.body["error_code"]), (403, &json!(91101)));

    let query = format!("{}?to={group}&type=groupchat", path("bob"));
    let first = server.get(&format!("{query}&limit=1&cursor="), &bob).await.ok();
    let row = &first["data"]["msg_infos"][0];
    assert_eq!((&row["pin_msg_id"], &row["pin_operator"]), (&json!(ids[1]), &json!("alice")));
    assert!(row["pin_opt_at"].is_i64());
    assert_eq!(row["message"]["to"], json!(group));
    let payload: Value = serde_json::from_str(row["message"]["payload"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&payload["type"], &payload["bodies"][0]["msg"]),
        (&json!("groupchat"), &json!("x"))
    );
    let cursor = first["data"]["cursor"].as_str().unwrap();
    let rest = server.get(&format!("{query}&limit=1&cursor={cursor}"), &bob).await.ok();
    assert_eq!(rest["data"]["msg_infos"][0]["pin_msg_id"], json!(ids[0]));
    assert_eq!(rest["data"]["cursor"], "");

    delete_with(&server, &path("alice"), &alice, body(&ids[0])).await.ok();
    let gone = delete_with(&server, &path("alice"), &alice, body(&ids[0])).await;
    gone.refused(404, "resource_not_found", "user session pin message not exist");
    pinned(&bob, "bob", body("1")).await.refused(
        404,
        "resource_not_found",
        "user session pin message not exist",
    );
    pinned(&bob, "bob", body("x")).await.refused(
        400,
        "illegal_argument",
        "param pin_msg_id illegal, please check it!",
    );
    pinned(&mallory, "mallory", body(&ids[0])).await.refused(
        400,
        "Bad Request",
        "The user not in this group!",
    );
    let elsewhere = json!({"to": "8", "type": "groupchat", "pin_msg_id": ids[0]});
    pinned(&bob, "bob", elsewhere).await.refused(400, "Bad Request", "groupId can not be null!");
    let room = json!({"to": "8", "type": "chatroom", "pin_msg_id": ids[0]});
    pinned(&bob, "bob", room).await.refused(404, "resource_not_found", "grpID 8 does not exist!");
    let word = json!({"to": group, "type": "group", "pin_msg_id": ids[0]});
    assert_eq!(pinned(&bob, "bob", word).await.status, 400);
    pinned(&mallory, "bob", body(&ids[0])).await.refused(401, "unauthorized", "unauthorized");
    let foreign = server.foreign_token().await;
    assert_eq!(pinned(&foreign, "bob", body(&ids[0])).await.status, 401);

    server.change_app(switch(Feature::MessagePin, false)).await;
    let off = pinned(&bob, "bob", body(&ids[0])).await;
    assert_eq!((off.status, &off.body["error_code"]), (403, &json!(15002)));
    assert_eq!(server.get(&query, &bob).await.status, 403);
}

#[tokio::test]
async fn the_server_rewrites_messages() {
    let (server, [_, bob, _]) = start().await;
    limit(&server, Feature::MessageEditsMax, 2).await;
    let id = to_bob(&server).await;
    let error = "message_rewrite_error";
    let rewrite = async |id: &str, body: Value| {
        server.put(&format!("/messages/rewrite/{id}"), &server.app_token, body).await
    };
    let text = json!({"type": "txt", "msg": "new"});
    let done = rewrite(&id, json!({"user": "alice", "new_msg": text, "new_ext": {"a": 1}})).await;
    assert_eq!(done.ok()["data"], "success");

    rewrite(&id, json!({"user": "alice"})).await.refused(
        400,
        "illegal_argument",
        "new_msg is required",
    );
    let number = "The provided message ID is not a valid number.";
    rewrite("x", json!({"new_msg": text})).await.refused(400, "InvalidMessageIdException", number);
    rewrite("1", json!({"new_msg": text})).await.refused(
        404,
        error,
        "The message is unavailable or has expired.",
    );
    rewrite(&id, json!({"user": "bob", "new_msg": text})).await.refused(
        401,
        error,
        "You are not authorized to edit this message.",
    );
    let kind = "The message is of a type that is currently not supported for modification.";
    rewrite(&id, json!({"new_msg": {"type": "cmd"}})).await.refused(400, error, kind);
    rewrite(&id, json!({"new_msg": {"type": "img"}, "new_ext": {}}))
        .await
        .refused(400, error, kind);
    let request = rewrite(&id, json!({"new_msg": "new"})).await;
    assert_eq!(request.body["error"], "invalid_request_body");

    rewrite(&id, json!({"new_msg": text})).await.ok();
    rewrite(&id, json!({"new_msg": text})).await.refused(
        403,
        error,
        "The message has reached its edit limit and cannot be modified further.",
    );
    let path = format!("/messages/rewrite/{id}");
    server.put(&path, &bob, json!({"new_msg": text})).await.refused(
        401,
        "unauthorized",
        "unauthorized",
    );
    let foreign = server.foreign_token().await;
    assert_eq!(server.put(&path, &foreign, json!({"new_msg": text})).await.status, 401);
    server.change_app(switch(Feature::MessageEdit, false)).await;
    rewrite(&id, json!({"new_msg": text})).await.refused(
        403,
        error,
        "The rewrite message feature is not open.",
    );
}
