use serde_json::{Value, json};

use crate::support::{START, Server, send};

/// A server with a group of alice (administrator anna, member bob), and the id of a message of hers there; mallory is
/// outside.
struct Club {
    server: Server,
    group: String,
    message: String,
    alice: String,
    anna: String,
    bob: String,
    mallory: String,
}

impl Club {
    async fn new() -> Self {
        let server = Server::start().await;
        let [alice, anna, bob, mallory] = server.users(["alice", "anna", "bob", "mallory"]).await;
        let body = json!({
            "owner": "alice", "groupname": "club", "public": false, "members": ["anna", "bob"],
        });
        let made = server.post("/chatgroups", &server.app_token, body).await.ok();
        let group = made["data"]["groupid"].as_str().unwrap().to_owned();
        let admin = json!({"newadmin": "anna"});
        server.post(&format!("/chatgroups/{group}/admin"), &alice, admin).await.ok();
        let mut club = Self { server, group, message: String::new(), alice, anna, bob, mallory };
        club.message = club.say("alice", "hello").await;
        club
    }

    async fn say(&self, from: &str, text: &str) -> String {
        let group = self.group.clone();
        self.send("/messages/chatgroups", from, &group, text).await
    }

    async fn send(&self, path: &str, from: &str, to: &str, text: &str) -> String {
        let body = json!({"from": from, "to": [to], "type": "txt", "body": {"msg": text}});
        let sent = self.server.post(path, &self.server.app_token, body).await.ok();
        sent["data"][to].as_str().unwrap().to_owned()
    }

    fn new_thread(&self, owner: &str) -> Value {
        json!({"name": "t", "msg_id": self.message, "group_id": self.group, "owner": owner})
    }

    async fn thread(&self) -> String {
        let made = self.server.post("/thread?resource=webim_1", &self.bob, self.new_thread("Bob"));
        made.await.ok()["data"]["thread_id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_thread_is_made_joined_read_renamed_and_ended() {
    let c = Club::new().await;
    let (server, group, message) = (&c.server, &c.group, &c.message);
    let thread = c.thread().await;
    let one = format!("/thread/{thread}");
    let facts = json!({
        "id": thread, "name": "t", "owner": "bob", "msgId": message, "groupId": group, "created": START,
    });

    let join = format!("{one}/user/Alice/join?resource=x");
    let body = server.post(&join, &c.alice, Value::Null).await.ok();
    let mut detail = facts.clone();
    detail["affiliationsCount"] = 2.into();
    assert_eq!(body["data"], json!({"status": "ok", "detail": detail}));
    let body = server.get(&one, &c.anna).await.ok();
    let mut detail = facts.clone();
    detail["affiliations_count"] = 2.into();
    assert_eq!(body["data"], detail);

    let page = server.get(&format!("{one}/users?limit=1&cursor=&_v=1"), &c.anna).await.ok();
    assert_eq!(page["data"], json!({"affiliations": ["bob"]}));
    let cursor = page["properties"]["cursor"].as_str().unwrap();
    let page = server.get(&format!("{one}/users?limit=1&cursor={cursor}"), &c.anna).await.ok();
    assert_eq!(page["data"], json!({"affiliations": ["alice"]}));
    assert_eq!(page["properties"], json!({}));

    let of_group = format!("/threads/chatgroups/{group}");
    for (path, token) in [
        ("/threads/user/bob?limit=20&cursor=".to_owned(), &c.bob),
        (format!("{of_group}/user/bob?limit=20&cursor="), &c.bob),
        (format!("{of_group}?limit=20&cursor=undefined"), &c.anna),
    ] {
        let list = server.get(&path, token).await.ok();
        assert_eq!(list["entities"], json!([facts]), "{path}");
        assert_eq!(list["properties"], json!({}), "{path}");
    }
    let all = server.get("/thread?limit=50&sort=asc", &server.app_token).await.ok();
    assert_eq!(all["entities"], json!([{"id": thread}]));

    let renamed = server.put(&one, &c.bob, json!({"name": "n"})).await.ok();
    assert_eq!(renamed["data"], json!({"name": "n"}));

    let said = c.send("/messages/chatgroups", "bob", &thread, "in the thread").await;
    let asked = json!({"threadIds": [thread]});
    let last = server.post("/thread/message", &c.anna, asked.clone()).await.ok();
    let row = &last["entities"][0];
    assert_eq!((&row["thread_id"], &row["last_message"]["id"]), (&json!(thread), &json!(said)));
    let payload = &row["last_message"]["payload"];
    assert_eq!(payload["bodies"], json!([{"type": "txt", "msg": "in the thread"}]));
    assert_eq!(payload["meta"]["thread"]["msg_parent_id"], json!(message));

    let queue = json!({"queue": format!("{thread}@conference.easemob.com"), "start": -1});
    let history = server.post("/users/anna/messageroaming", &c.anna, queue.clone()).await.ok();
    assert_eq!(history["data"]["msgs"].as_array().unwrap().len(), 1);
    let stranger = server.post("/users/mallory/messageroaming", &c.mallory, queue).await;
    stranger.refused(403, "forbidden_op", "you are not in this group");

    let left = server.delete(&format!("{one}/user/alice/quit?resource=x"), &c.alice).await.ok();
    assert_eq!(left["data"], json!({"status": "ok"}));
    let gone = server.delete(&format!("{one}?resource=x"), &c.anna).await.ok();
    assert_eq!(gone["data"], json!({"status": "ok"}));
    let last = server.post("/thread/message", &c.anna, asked).await.ok();
    assert_eq!(last["entities"], json!([]));
    let reply = server.get(&one, &c.anna).await;
    reply.refused(404, "group_error", "thread not found.");
    assert_eq!(reply.body["error_code"], 40011);
}

#[tokio::test]
async fn members_are_added_and_removed_one_by_one_and_together() {
    let c = Club::new().await;
    let server = &c.server;
    let thread = c.thread().await;
    let users = format!("/thread/{thread}/users");
    let both = json!({"usernames": ["alice", "anna"]});
    let added = server.post(&users, &server.app_token, both.clone()).await.ok();
    assert_eq!(added["data"], json!({"status": "ok"}));
    let removed = server.delete(&format!("{users}/bob?resource=x"), &c.alice).await.ok();
    assert_eq!(removed["data"], json!({"result": true, "user": "bob"}));
    let again = server.delete(&format!("{users}/bob"), &c.alice).await;
    again.refused(404, "group_error", "user not in group.");
    for (path, expected) in [(users.clone(), true), (format!("/threads/{thread}/users"), false)] {
        let request = server.request(reqwest::Method::DELETE, &path, &server.app_token);
        let reply = send(request.json(&both)).await.ok();
        let row = |user: &str| json!({"result": expected, "user": user});
        assert_eq!(reply["entities"], json!([row("alice"), row("anna")]));
    }
    let many: Vec<String> = (0..11).map(|n| format!("u{n}")).collect();
    let reply = server.post(&users, &server.app_token, json!({"usernames": many})).await;
    reply.refused(400, "group_error", "request body reaches limit.");
    let outsider = json!({"usernames": ["mallory"]});
    let reply = server.post(&users, &server.app_token, outsider).await;
    reply.refused(404, "group_error", "user not in group.");
}

#[tokio::test]
async fn refusals_have_the_numbers_that_the_sdk_knows() {
    let c = Club::new().await;
    let server = &c.server;
    let refused = |reply: &crate::support::Reply| {
        let text = reply.body["error_description"].as_str().unwrap().to_owned();
        (reply.status, reply.body["error_code"].as_u64(), text)
    };
    let create = async |token: &str, change: &[(&str, Value)]| {
        let mut body = c.new_thread("bob");
        for (name, value) in change {
            body[*name] = value.clone();
        }
        refused(&server.post("/thread", token, body).await)
    };
    let elsewhere = json!({"owner": "bob", "groupname": "x", "public": false});
    let elsewhere = server.post("/chatgroups", &server.app_token, elsewhere).await.ok();
    let elsewhere = elsewhere["data"]["groupid"].as_str().unwrap();
    let foreign = c.send("/messages/chatgroups", "bob", elsewhere, "x").await;
    let private = c.send("/messages/users", "alice", "bob", "x").await;
    let answer = |status, code: Option<u64>, text: &str| (status, code, text.to_owned());
    for (change, expected) in [
        (("name", json!("x".repeat(65))), answer(400, Some(60007), "thread name limit reached.")),
        (("name", json!("")), answer(400, None, "Failed to read HTTP message")),
        (("msg_id", json!("17")), answer(404, None, "msg not exist.")),
        (("msg_id", json!(foreign)), answer(400, None, "msg not belong to group .")),
        (
            ("msg_id", json!(private)),
            answer(400, Some(40009), "thread must on group message to create."),
        ),
        (("group_id", json!("9")), answer(404, None, "group not found.")),
        (("owner", json!("alice")), answer(401, Some(40001), "unauthorized")),
    ] {
        assert_eq!(create(&c.bob, &[change]).await, expected);
    }
    let outside = [("owner", json!("mallory"))];
    let expected = answer(404, Some(40012), "user not in group.");
    assert_eq!(create(&c.mallory, &outside).await, expected);
    assert_eq!(create(&server.app_token, &outside).await, expected);

    let thread = c.thread().await;
    let expected = answer(403, Some(40003), "msg already create thread.not allow to create.");
    assert_eq!(create(&c.bob, &[]).await, expected);
    let inside = c.send("/messages/chatgroups", "bob", &thread, "x").await;
    let expected = answer(400, Some(40009), "thread not nested.");
    assert_eq!(create(&c.bob, &[("msg_id", json!(inside))]).await, expected);

    let one = format!("/thread/{thread}");
    let join = format!("{one}/user/bob/join");
    let reply = refused(&server.post(&join, &c.bob, Value::Null).await);
    assert_eq!(reply, answer(403, Some(40004), "user already join thread."));
    let reply = refused(&server.delete(&one, &c.bob).await);
    assert_eq!(reply, answer(401, Some(40001), "no permission."));
    let reply = refused(&server.get(&format!("{one}/users?limit=51"), &c.bob).await);
    assert_eq!(reply, answer(400, None, "query param reaches limit."));
    for path in ["/thread/17", "/thread/x", "/thread/17/users"] {
        let reply = refused(&server.get(path, &c.bob).await);
        assert_eq!(reply, answer(404, Some(40011), "thread not found."), "{path}");
    }
    let off = |app: &mut hongyan_model::App| {
        app.features.switches.insert(hongyan_model::Feature::Thread, false);
    };
    server.change_app(off).await;
    let reply = refused(&server.get(&one, &c.bob).await);
    assert_eq!(reply, answer(403, Some(40000), "thread not open."));
}
