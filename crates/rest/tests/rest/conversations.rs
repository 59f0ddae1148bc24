use hongyan_model::Feature;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Reply, Server, send};

/// Alice, bob and carol; bob has written two messages to alice, then carol one to a group with alice.
async fn with_talk() -> (Server, [String; 3], Vec<String>) {
    let server = Server::start().await;
    let tokens = server.users(["alice", "bob", "carol"]).await;
    let mut ids = Vec::new();
    for msg in ["one", "two"] {
        server.clock.advance(1);
        let body = json!({"from": "bob", "to": ["alice"], "type": "txt", "body": {"msg": msg}, "sync_device": true});
        let sent = server.post("/messages/users", &server.app_token, body).await.ok();
        ids.push(sent["data"]["alice"].as_str().unwrap().to_owned());
    }
    let group = json!({"groupname": "g", "groupid": "club", "desc": "d", "public": false, "maxusers": 10,
        "owner": "carol", "members": ["alice"]});
    server.post("/chatgroups", &server.app_token, group).await.ok();
    server.clock.advance(1);
    let body = json!({"from": "carol", "to": ["club"], "type": "custom",
        "body": {"customEvent": "gift", "customExts": {"n": "1"}}, "ext": {"a": 1}});
    server.post("/messages/chatgroups", &server.app_token, body).await.ok();
    (server, tokens, ids)
}

pub(crate) fn rows(body: &Value) -> Vec<(String, u64)> {
    let rows = body["data"]["channel_infos"].as_array().unwrap().iter();
    rows.map(|row| {
        (row["session_to"].as_str().unwrap().to_owned(), row["unread_num"].as_u64().unwrap())
    })
    .collect()
}

async fn delete_with(server: &Server, path: &str, token: &str, body: &Value) -> Reply {
    send(server.request(Method::DELETE, path, token).json(body)).await
}

#[track_caller]
fn coded(reply: &Reply, status: u16, code: u32) {
    assert_eq!((reply.status, reply.body["error_code"].as_u64()), (status, Some(code.into())));
}

#[tokio::test]
async fn the_list_is_the_one_that_the_sdk_reads() {
    let (server, [alice, ..], ids) = with_talk().await;
    let path = "/sdk/user/alice/user_channels/list?&limit=20&cursor=&need_mark=true&needEmptySession=false&_v=1";
    let body = server.get(path, &alice).await.ok();
    assert_eq!(body["data"]["cursor"], "");
    assert_eq!(rows(&body), [("club".to_owned(), 1), ("bob".to_owned(), 2)]);
    let row = &body["data"]["channel_infos"][1];
    let expected = json!({"session_to": "bob", "session_type": "chat", "is_top": false,
        "update_top_status_time": 0, "unread_num": 2, "marks": [], "meta": row["meta"]});
    assert_eq!(row, &expected);
    let meta = &row["meta"];
    assert_eq!(
        (&meta["id"], &meta["from"], &meta["to"]),
        (&json!(ids[1]), &json!("bob"), &json!("alice"))
    );
    let payload: Value = serde_json::from_str(meta["payload"].as_str().unwrap()).unwrap();
    assert_eq!(payload["bodies"], json!([{"type": "txt", "msg": "two"}]));
    let group = &body["data"]["channel_infos"][0];
    assert_eq!(group["session_type"], "groupchat");
    let payload: Value = serde_json::from_str(group["meta"]["payload"].as_str().unwrap()).unwrap();
    assert_eq!(payload["bodies"][0]["customExts"], json!([{"n": "1"}]));
    assert_eq!((&payload["ext"], &payload["type"]), (&json!({"a": 1}), &json!("groupchat")));

    let first = server.get("/sdk/user/Alice/user_channels/list?limit=1", &alice).await.ok();
    let cursor = first["data"]["cursor"].as_str().unwrap();
    assert!(
        !cursor.is_empty()
            && cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    );
    let path = format!("/sdk/user/alice/user_channels/list?limit=1&cursor={cursor}");
    let second = server.get(&path, &server.app_token).await.ok();
    assert_eq!(rows(&second), [("bob".to_owned(), 2)]);
}

#[tokio::test]
async fn older_builds_get_the_older_form() {
    let (server, [alice, ..], ids) = with_talk().await;
    for path in [
        "/users/alice/user_channels",
        "/user/alice/user_channels",
        "/users/alice/user_channels/page?pageNum=1&pageSize=20&_v=1",
    ] {
        let body = server.get(path, &alice).await.ok();
        let rows = body["data"]["channel_infos"].as_array().unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0]["channel_id"], "acme#chat_club@conference.easemob.com");
        assert_eq!(
            (&rows[1]["channel_id"], &rows[1]["unread_num"]),
            (&json!("acme#chat_bob@easemob.com"), &json!(2))
        );
        assert_eq!(rows[1]["meta"]["id"], json!(ids[1]));
        assert!(rows[1]["meta"]["payload"].is_string());
    }
    let path = "/users/alice/user_channels/page?pageNum=2&pageSize=1";
    let body = server.get(path, &alice).await.ok();
    assert_eq!(body["data"]["channel_infos"][0]["channel_id"], "acme#chat_bob@easemob.com");
    assert_eq!(body["data"]["channel_infos"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn conversations_are_pinned_and_unpinned() {
    let (server, [alice, ..], _) = with_talk().await;
    let top = "/sdk/user/alice/user_channel/top";
    let now = crate::support::START + 3;
    let body = json!({"type": "groupChat", "to": "club"});
    let reply = server.post(&format!("{top}?resource=webim_1"), &alice, body).await.ok();
    assert_eq!(reply["data"], json!({"is_top": true, "update_top_status_time": now}));
    let path = "/sdk/user/alice/user_channels/list?&limit=20&cursor=&is_top=true&need_mark=true";
    let pinned = server.get(path, &alice).await.ok();
    assert_eq!(rows(&pinned), [("club".to_owned(), 1)]);
    let row = &pinned["data"]["channel_infos"][0];
    assert_eq!((&row["is_top"], &row["update_top_status_time"]), (&json!(true), &json!(now)));
    let path = format!("{top}?type=groupChat&to=club&resource=webim_1");
    let reply = server.delete(&path, &alice).await.ok();
    assert_eq!(reply["data"], json!({"is_top": false, "update_top_status_time": 0}));

    let nobody = server.post(top, &alice, json!({"type": "chat", "to": "nobody"})).await;
    coded(&nobody, 404, 91001);
    let one = |app: &mut hongyan_model::App| {
        let feature = Feature::PinnedConversationsMax;
        app.features.grants.insert(feature, hongyan_model::Grant::Limit(1));
    };
    server.change_app(one).await;
    server.post(top, &alice, json!({"type": "chat", "to": "bob"})).await.ok();
    let full = server.post(top, &alice, json!({"type": "groupchat", "to": "club"})).await;
    coded(&full, 403, 91002);
    let wrong = server.post(top, &alice, json!({"type": "chatroom", "to": "1"})).await;
    wrong.refused(400, "illegal_argument", "type: unknown type chatroom");
}

#[tokio::test]
async fn conversations_are_marked_and_found_by_their_marks() {
    let (server, [alice, bob, carol], _) = with_talk().await;
    let mark = "/sdk/user/alice/user_channels/mark";
    let targets = json!([{"to": "bob", "type": "chat"}, {"to": "club", "type": "groupchat"}, {"to": "eve", "type": "chat"}]);
    let body = json!({"mark": "mark_3", "targets": targets});
    let reply = server.post(&format!("{mark}?resource=webim_1"), &alice, body.clone()).await.ok();
    assert_eq!(reply["data"], json!({"ignore": [{"to": "eve", "type": "chat"}]}));
    let search = "/sdk/user/alice/user_channels/mark/search?&limit=10&cursor=&need_mark=true&mark=mark_3&_v=1";
    let found = server.get(search, &alice).await.ok();
    assert_eq!(rows(&found), [("club".to_owned(), 1), ("bob".to_owned(), 2)]);
    assert_eq!(found["data"]["channel_infos"][0]["marks"], json!(["mark_3"]));
    let one = json!({"mark": "mark_3", "targets": [{"to": "bob", "type": "chat"}]});
    let reply = delete_with(&server, mark, &alice, &one).await.ok();
    assert_eq!(reply["data"], json!({"ignore": []}));
    assert_eq!(rows(&server.get(search, &alice).await.ok()), [("club".to_owned(), 1)]);

    let asked = async |body: Value| server.post(mark, &alice, body).await;
    let empty = "param mark must be not empty, please check!";
    asked(json!({"targets": targets})).await.refused(400, "illegal_argument", empty);
    asked(json!({"mark": "", "targets": targets})).await.refused(400, "illegal_argument", empty);
    for bad in ["mark_20", "star"] {
        let illegal = "param mark illegal, please check it!";
        asked(json!({"mark": bad, "targets": targets})).await.refused(
            400,
            "illegal_argument",
            illegal,
        );
    }
    let eve = json!({"mark": "mark_1", "targets": [{"to": "eve", "type": "chat"}]});
    coded(&asked(eve).await, 404, 91001);
    let many: Vec<Value> =
        (0..21).map(|n| json!({"to": format!("u{n}"), "type": "chat"})).collect();
    coded(&asked(json!({"mark": "mark_1", "targets": many})).await, 403, 91002);
    let theirs = json!({"mark": "mark_1", "targets": [{"to": "club", "type": "groupchat"}]});
    let reply = server.post("/sdk/user/bob/user_channels/mark", &bob, theirs).await;
    coded(&reply, 400, 91104);
    let limit = |app: &mut hongyan_model::App| {
        let feature = Feature::ConversationMarksMax;
        app.features.grants.insert(feature, hongyan_model::Grant::Limit(0));
    };
    server.change_app(limit).await;
    let own = json!({"mark": "mark_1", "targets": [{"to": "club", "type": "groupchat"}]});
    let reply = server.post("/sdk/user/carol/user_channels/mark", &carol, own).await;
    coded(&reply, 403, 91002);
}

#[tokio::test]
async fn a_conversation_is_deleted_with_its_history_or_without() {
    let (server, [alice, ..], _) = with_talk().await;
    let list = "/sdk/user/alice/user_channels/list";
    let roaming = json!({"queue": "bob@easemob.com", "start": -1, "end": -1});
    let history = async || {
        let body = server.post("/users/alice/messageroaming", &alice, roaming.clone()).await.ok();
        body["data"]["msgs"].as_array().unwrap().len()
    };
    let body = json!({"channel": "bob", "type": "chat", "delete_roam": false});
    let path = "/user/alice/user_channel?resource=webim_1";
    let reply = delete_with(&server, path, &alice, &body).await.ok();
    assert_eq!(reply["data"], json!({"result": "ok"}));
    assert_eq!(rows(&server.get(list, &alice).await.ok()), [("club".to_owned(), 1)]);
    assert_eq!(history().await, 2);
    // As the customer's server says it.
    let body = json!({"channel": "bob", "type": "chat", "delete_roam": true});
    delete_with(&server, "/users/alice/user_channel", &server.app_token, &body).await.ok();
    assert_eq!(history().await, 0);
    let path = "/users/alice/user_channel";
    for (field, words) in [
        ("channel", "field channel cannot be null or empty"),
        ("type", "field type cannot be null or empty"),
        ("delete_roam", "field delete_roam cannot be null"),
    ] {
        let mut lacking = body.clone();
        lacking.as_object_mut().unwrap().remove(field);
        let reply = delete_with(&server, path, &server.app_token, &lacking).await;
        reply.refused(400, "illegal_argument", words);
    }
}

#[tokio::test]
async fn messages_are_deleted_by_id_by_time_and_all_at_once() {
    let (server, [alice, bob, _], ids) = with_talk().await;
    let left = async |user: &str, token: &str, queue: &str| {
        let path = format!("/users/{user}/messageroaming");
        let body = server.post(&path, token, json!({"queue": queue, "start": -1})).await.ok();
        body["data"]["msgs"].as_array().unwrap().len()
    };
    let of_bob = "bob@easemob.com";
    let single = "/sdk/message/roaming/chat/user/alice";
    let path = format!("{single}?userId=bob&msgIdList={},17&resource=webim_1", ids[1]);
    let reply = server.delete(&path, &alice).await.ok();
    assert_eq!(reply["requestStatusCode"], "ok");
    assert_eq!(left("alice", &alice, of_bob).await, 1);
    assert_eq!(left("bob", &bob, "alice@easemob.com").await, 2);
    let until = crate::support::START + 2;
    let path = format!("{single}/time?userId=bob&delTime={until}&&resource=webim_1");
    server.delete(&path, &alice).await.ok();
    assert_eq!(left("alice", &alice, of_bob).await, 0);

    let group = "/rest/message/roaming/group/user/alice";
    let path = format!("{group}/time?groupId=club&delTime={}&isNotify=false", until + 100);
    server.delete(&path, &server.app_token).await.ok();
    assert_eq!(left("alice", &alice, "club@conference.easemob.com").await, 0);
    let path = "/rest/message/roaming/user/bob/delete/all";
    let reply = send(server.request(Method::POST, path, &server.app_token)).await.ok();
    assert_eq!(reply["requestStatusCode"], "ok");
    assert_eq!(left("bob", &bob, "alice@easemob.com").await, 0);
    let path = "/sdk/message/roaming/user/alice/delete/all?resource=webim_1";
    send(server.request(Method::POST, path, &alice)).await.ok();

    for path in
        [single.to_owned(), format!("{single}?userId=bob"), format!("{single}/time?userId=bob")]
    {
        server.delete(&path, &alice).await.refused(400, "Bad Request", "Bad Request");
    }
    let many = vec!["1"; 51].join(",");
    let reply = server.delete(&format!("{single}?userId=bob&msgIdList={many}"), &alice).await;
    let words = "delete msg list limit can not greater than 50";
    reply.refused(400, "param exception", words);
}

#[tokio::test]
async fn clients_and_servers_delete_by_paths_of_their_own() {
    for face in ["sdk", "rest"] {
        let (server, [alice, ..], ids) = with_talk().await;
        let left = async |queue: &str| {
            let body = json!({"queue": queue, "start": -1});
            let body = server.post("/users/alice/messageroaming", &alice, body).await.ok();
            body["data"]["msgs"].as_array().unwrap().clone()
        };
        let (chat, club) = ("bob@easemob.com", "club@conference.easemob.com");
        let base = format!("/{face}/message/roaming");
        let delete =
            async |path: String| server.delete(&format!("{base}/{path}"), &alice).await.ok();

        delete(format!("chat/user/alice?userId=bob&msgIdList={}", ids[0])).await;
        assert_eq!(left(chat).await.len(), 1);
        let until = crate::support::START + 100;
        delete(format!("chat/user/alice/time?userId=bob&delTime={until}")).await;
        assert_eq!(left(chat).await.len(), 0);

        let body = json!({"from": "carol", "to": ["club"], "type": "txt", "body": {"msg": "2"}});
        let sent = server.post("/messages/chatgroups", &server.app_token, body).await.ok();
        let id = sent["data"]["club"].as_str().unwrap();
        delete(format!("group/user/alice?groupId=club&msgIdList={id}")).await;
        assert_eq!(left(club).await.len(), 1);
        delete(format!("group/user/alice/time?groupId=club&delTime={until}")).await;
        assert_eq!(left(club).await.len(), 0);
    }
}

#[tokio::test]
async fn nobody_touches_the_conversations_of_others() {
    let (server, [_, bob, _], ids) = with_talk().await;
    let foreign = server.foreign_token().await;
    let target = json!({"type": "chat", "to": "bob"});
    let mark = json!({"mark": "mark_1", "targets": [target.clone()]});
    let channel = json!({"channel": "bob", "type": "chat", "delete_roam": true});
    let messages = format!("/sdk/message/roaming/chat/user/alice?userId=bob&msgIdList={}", ids[0]);
    let calls = [
        (Method::GET, "/users/alice/user_channels".to_owned(), Value::Null),
        (Method::GET, "/users/alice/user_channels/page?pageNum=1".to_owned(), Value::Null),
        (Method::GET, "/sdk/user/alice/user_channels/list".to_owned(), Value::Null),
        (
            Method::GET,
            "/sdk/user/alice/user_channels/mark/search?mark=mark_1".to_owned(),
            Value::Null,
        ),
        (Method::POST, "/sdk/user/alice/user_channels/mark".to_owned(), mark.clone()),
        (Method::DELETE, "/sdk/user/alice/user_channels/mark".to_owned(), mark),
        (Method::POST, "/sdk/user/alice/user_channel/top".to_owned(), target),
        (
            Method::DELETE,
            "/sdk/user/alice/user_channel/top?type=chat&to=bob".to_owned(),
            Value::Null,
        ),
        (Method::DELETE, "/user/alice/user_channel".to_owned(), channel.clone()),
        (Method::DELETE, "/users/alice/user_channel".to_owned(), channel),
        (Method::DELETE, messages.clone(), Value::Null),
        (Method::DELETE, messages.replace("sdk", "rest"), Value::Null),
        (
            Method::DELETE,
            "/sdk/message/roaming/chat/user/alice/time?userId=bob&delTime=1".to_owned(),
            Value::Null,
        ),
        (
            Method::DELETE,
            "/sdk/message/roaming/group/user/alice?groupId=club&msgIdList=1".to_owned(),
            Value::Null,
        ),
        (
            Method::DELETE,
            "/sdk/message/roaming/group/user/alice/time?groupId=club&delTime=1".to_owned(),
            Value::Null,
        ),
        (Method::POST, "/sdk/message/roaming/user/alice/delete/all".to_owned(), Value::Null),
    ];
    for (method, path, body) in calls {
        for (token, words) in [
            (bob.as_str(), "unauthorized"),
            (&foreign, "Unable to authenticate"),
            ("", "Unable to authenticate due to expired access token"),
        ] {
            let request = server.request(method.clone(), &path, token);
            let request = if body.is_null() { request } else { request.json(&body) };
            let reply = send(request).await;
            let found = (reply.status, reply.body["error_description"].as_str());
            assert_eq!(found, (401, Some(words)), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn what_is_switched_off_has_the_words_of_the_sdk() {
    let (server, [alice, ..], ids) = with_talk().await;
    let off = |app: &mut hongyan_model::App| {
        app.features.switches.insert(Feature::MessageRoaming, false);
        app.features.switches.insert(Feature::ServerConversationList, false);
    };
    server.change_app(off).await;
    let words = "this appKey not open message roaming";
    let query = json!({"queue": "bob@easemob.com", "start": -1});
    let reply = server.post("/users/alice/messageroaming", &alice, query).await;
    reply.refused(400, "service open exception", words);
    let path = format!("/sdk/message/roaming/chat/user/alice?userId=bob&msgIdList={}", ids[0]);
    server.delete(&path, &alice).await.refused(400, "service open exception", words);
    let reply = server.get("/sdk/user/alice/user_channels/list", &alice).await;
    reply.refused(403, "forbidden_op", "server_conversation_list service not open!");
}
