//! Roles and lists below `/chatgroups/{group}` and `/chatrooms/{room}`.

use serde_json::{Value, json};

use crate::support::{Reply, START, Server};

const FOREVER: i64 = 4_638_873_600_000;

/// A group and a room of alice with bob and carol, by their paths.
async fn both(server: &Server) -> [Place; 2] {
    server.users(["alice", "bob", "carol", "dave"]).await;
    let body = json!({
        "owner": "alice", "groupname": "g", "description": "d", "public": true,
        "members": ["bob", "carol"],
    });
    let group = server.post("/chatgroups", &server.app_token, body).await.ok();
    let body = json!({
        "owner": "alice", "name": "r", "description": "d", "members": ["bob", "carol"],
    });
    let room = server.post("/chatrooms", &server.app_token, body).await.ok();
    let text = |id: &Value| id.as_str().unwrap().to_owned();
    [
        Place { id: text(&group["data"]["groupid"]), base: "chatgroups", key: "groupid" },
        Place { id: text(&room["data"]["id"]), base: "chatrooms", key: "chatroomid" },
    ]
}

struct Place {
    id: String,
    base: &'static str,
    key: &'static str,
}

impl Place {
    fn path(&self, rest: &str) -> String {
        format!("/{}/{}{rest}", self.base, self.id)
    }

    fn is_room(&self) -> bool {
        self.base == "chatrooms"
    }

    /// A row of a list.
    fn row(&self, user: &str, action: &str) -> Value {
        let mut row = json!({ "result": true, "action": action, "user": user, "id": self.id });
        row[self.key] = self.id.as_str().into();
        row
    }

    fn absent(&self, user: &str, action: &str) -> Value {
        let kind = if self.is_room() { "chatroom" } else { "group" };
        let mut row = self.row(user, action);
        row["result"] = false.into();
        row["reason"] = format!("user: {user} doesn't exist in {kind}: {}", self.id).into();
        row
    }

    /// Nobody named is a member.
    #[track_caller]
    fn refuses_strangers(&self, reply: &Reply, users: &str) {
        let status = if self.is_room() { 400 } else { 403 };
        let text = format!("users [{users}] are not members of this group!");
        reply.refused(status, "forbidden_op", &text);
    }
}

#[tokio::test]
async fn administrators_come_and_go() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    for place in both(&server).await {
        let path = place.path("/admin");
        let named = json!({"newadmin": "Bob"});
        let body = server.post(&path, &alice, named.clone()).await.ok();
        assert_eq!(body["data"], json!({"result": "success", "newadmin": "bob"}));
        let body = server.get(&format!("{path}?version=v3"), &bob).await.ok();
        assert_eq!((&body["data"], &body["count"]), (&json!(["bob"]), &json!(1)));
        assert_eq!(server.post(&path, &bob, named).await.status, 403);
        let detail = server.get(&place.path(""), &server.app_token).await.ok();
        let rows = detail["data"][0]["affiliations"].as_array().unwrap();
        assert!(rows.contains(&json!({"admin": "bob"})), "{rows:?}");

        let reply = server.post(&path, &server.app_token, json!({"newadmin": "dave"})).await;
        let text = format!("user: dave doesn't exist in group: {}", place.id);
        reply.refused(404, "resource_not_found", &text);
        if place.is_room() {
            let unknown = "username nobody doesn't exist!";
            let reply = server.post(&path, &server.app_token, json!({"newadmin": "nobody"})).await;
            reply.refused(404, "resource_not_found", unknown);
            let reply = server.delete(&format!("{path}/nobody"), &server.app_token).await;
            reply.refused(404, "resource_not_found", unknown);
        }
        let reply = server.post(&path, &server.app_token, json!({})).await;
        reply.refused(400, "invalid_parameter", "newadmin must be provided");

        let body = server.delete(&format!("{path}/bob"), &server.app_token).await.ok();
        assert_eq!(body["data"], json!({"result": "success", "oldadmin": "bob"}));
        let reply = server.delete(&format!("{path}/bob"), &server.app_token).await;
        let text = format!("user:bob is not admin of group:{}", place.id);
        reply.refused(403, "forbidden_op", &text);
    }
}

#[tokio::test]
async fn a_group_and_a_room_change_hands() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let [group, room] = both(&server).await;
    let path = group.path("");
    let to = |user: &str| json!({ "newowner": user });
    assert_eq!(server.put(&path, &bob, to("bob")).await.status, 403);
    let reply = server.put(&path, &alice, to("dave")).await;
    let text = format!("user: dave doesn't exist in group: {}", group.id);
    reply.refused(403, "forbidden_op", &text);
    let same = "new owner and old owner are the same";
    server.put(&path, &alice, to("alice")).await.refused(403, "forbidden_op", same);
    let reply = server.put(&path, &alice, json!({"newowner": "bob", "groupname": "x"})).await;
    reply.refused(400, "invalid_parameter", "some of [groupname] are not valid fields");
    let body = server.put(&path, &alice, to("bob")).await.ok();
    assert_eq!(body["data"], json!({"newowner": true}));
    let detail = server.get(&path, &server.app_token).await.ok();
    assert_eq!(detail["data"][0]["owner"], "bob");

    let path = room.path("");
    server.put(&path, &alice, to("alice")).await.refused(403, "forbidden_op", same);
    let body = server.put(&path, &alice, to("dave")).await.ok();
    assert_eq!(body["data"], json!({"newowner": true}));
    let detail = server.get(&path, &server.app_token).await.ok();
    assert_eq!(detail["data"][0]["owner"], "dave");
}

#[tokio::test]
async fn block_lists_have_two_shapes() {
    let server = Server::start().await;
    let [alice, carol] = server.users(["alice", "carol"]).await;
    for place in both(&server).await {
        let path = place.path("/blocks/users");
        let one = format!("{path}/Bob");
        let body = server.post(&one, &alice, json!({})).await.ok();
        assert_eq!(body["data"], place.row("bob", "add_blocks"));
        let body = server.get(&path, &server.app_token).await.ok();
        assert_eq!((&body["data"], &body["count"]), (&json!(["bob"]), &json!(1)));
        assert_eq!(server.get(&path, &carol).await.status, 403, "not for plain members");

        let add = server.post(&place.path("/users/bob"), &server.app_token, json!({})).await;
        let text = "can not join this group, reason: user bob is in the blacklist";
        add.refused(403, "forbidden_op", text);
        let body = server.delete(&one, &server.app_token).await.ok();
        assert_eq!(body["data"], place.row("bob", "remove_blocks"));
        place.refuses_strangers(&server.delete(&one, &server.app_token).await, "bob");
        server.post(&place.path("/users/bob"), &server.app_token, json!({})).await.ok();

        let v3 = |path: &str| format!("{path}?version=v3");
        let body = server.post(&v3(&one), &alice, json!({})).await.ok();
        assert_eq!(body["data"], json!([place.row("bob", "add_blocks")]));
        let body = server.delete(&v3(&one), &alice).await.ok();
        assert_eq!(body["data"], json!([place.row("bob", "remove_blocks")]));
        server.post(&place.path("/users/bob"), &server.app_token, json!({})).await.ok();

        let named = json!({"usernames": ["bob", "dave", "carol"]});
        let body = server.post(&path, &server.app_token, named).await.ok();
        let rows = json!([
            place.row("bob", "add_blocks"),
            place.absent("dave", "add_blocks"),
            place.row("carol", "add_blocks"),
        ]);
        assert_eq!(body["data"], rows);
        let body = server.delete(&format!("{path}/bob%2Ccarol"), &server.app_token).await.ok();
        assert_eq!(body["data"].as_array().unwrap().len(), 2);

        let reply = server.post(&path, &server.app_token, json!({"usernames": ["dave"]})).await;
        place.refuses_strangers(&reply, "dave");
        let reply = server.post(&path, &server.app_token, json!({"usernames": ["alice"]})).await;
        reply.refused(403, "forbidden_op", "forbidden operation on group owner!");
    }
}

#[tokio::test]
async fn mutes_show_their_end() {
    let server = Server::start().await;
    let [alice, bob, carol] = server.users(["alice", "bob", "carol"]).await;
    for place in both(&server).await {
        let path = place.path("/mute");
        let body = json!({"usernames": ["Bob", "dave"], "mute_duration": 5000});
        let body = server.post(&path, &alice, body).await.ok();
        let kind = if place.is_room() { "chatroom" } else { "group" };
        let reason = format!("user: dave doesn't exist in {kind}: {}", place.id);
        let rows = json!([
            {"result": true, "expire": START + 5000, "user": "bob"},
            {"result": false, "user": "dave", "reason": reason},
        ]);
        assert_eq!(body["data"], rows);
        let forever = json!({"usernames": ["carol"], "mute_duration": "-1"});
        let body = server.post(&path, &server.app_token, forever).await.ok();
        assert_eq!(body["data"][0]["expire"], FOREVER);
        let body = server.get(&format!("{path}?version=v3"), &server.app_token).await.ok();
        let rows = json!([
            {"user": "bob", "expire": START + 5000}, {"user": "carol", "expire": FOREVER},
        ]);
        assert_eq!(body["data"], rows);

        let own = |user: &str| format!("/sdk{path}/{user}?version=v3");
        assert_eq!(server.get(&own("bob"), &bob).await.ok()["data"], json!(true));
        assert_eq!(server.get(&own("bob"), &carol).await.status, 403);
        let body = server.delete(&format!("{path}/bob,carol"), &server.app_token).await.ok();
        let rows = json!([{"result": true, "user": "bob"}, {"result": true, "user": "carol"}]);
        assert_eq!(body["data"], rows);
        assert_eq!(server.get(&own("bob"), &bob).await.ok()["data"], json!(false));

        let reply = server.post(&path, &alice, json!({"usernames": ["bob"]})).await;
        reply.refused(400, "invalid_parameter", "mute_duration must be provided");
        let zero = json!({"usernames": ["bob"], "mute_duration": 0});
        let text = "mute_duration: must be -1 or more than 0";
        server.post(&path, &alice, zero).await.refused(400, "invalid_parameter", text);
        let owner = json!({"usernames": ["alice"], "mute_duration": 1});
        let text = "forbidden operation on group owner!";
        server.post(&path, &server.app_token, owner).await.refused(403, "forbidden_op", text);
        let by_member = json!({"usernames": ["carol"], "mute_duration": 1});
        assert_eq!(server.post(&path, &bob, by_member).await.status, 403);
    }
}

#[tokio::test]
async fn all_are_muted_but_the_allowed() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    for place in both(&server).await {
        let ban = place.path("/ban");
        assert_eq!(server.post(&ban, &bob, json!({})).await.status, 403);
        let shown = async || {
            let detail = server.get(&place.path(""), &server.app_token).await.ok();
            detail["data"][0]["mute"].clone()
        };
        let body = server.post(&ban, &alice, json!({})).await.ok();
        assert_eq!((&body["data"], shown().await), (&json!({"mute": true}), json!(true)));

        let path = place.path("/white/users");
        let body = server.post(&format!("{path}/bob"), &alice, json!({})).await.ok();
        assert_eq!(body["data"], place.row("bob", "add_user_whitelist"));
        let named = json!({"usernames": ["carol", "dave"]});
        let body = server.post(&path, &server.app_token, named).await.ok();
        let rows = json!([
            place.row("carol", "add_user_whitelist"),
            place.absent("dave", "add_user_whitelist"),
        ]);
        assert_eq!(body["data"], rows);
        let body = server.get(&path, &server.app_token).await.ok();
        assert_eq!((&body["data"], &body["count"]), (&json!(["bob", "carol"]), &json!(2)));
        let body = server.get(&format!("{path}/Bob"), &bob).await.ok();
        assert_eq!(body["data"], json!({"white": true, "member": "bob"}));
        let body = server.delete(&format!("{path}/bob"), &alice).await.ok();
        assert_eq!(body["data"], json!([place.row("bob", "remove_user_whitelist")]));

        let body = server.delete(&ban, &alice).await.ok();
        assert_eq!((&body["data"], shown().await), (&json!({"mute": false}), json!(false)));
    }
}

#[tokio::test]
async fn an_announcement_is_set_and_read() {
    let server = Server::start().await;
    let [alice, bob, dave] = server.users(["alice", "bob", "dave"]).await;
    for place in both(&server).await {
        let path = place.path("/announcement");
        let body = server.get(&path, &bob).await.ok();
        assert_eq!(body["data"], json!({"announcement": ""}));
        let text = json!({"announcement": "欢迎"});
        assert_eq!(server.post(&path, &bob, text.clone()).await.status, 403);
        let body = server.post(&format!("{path}?resource=webim_1"), &alice, text).await.ok();
        assert_eq!(body["data"], json!({"id": place.id, "result": true}));
        let body = server.get(&path, &bob).await.ok();
        assert_eq!(body["data"], json!({"announcement": "欢迎"}));
        assert_eq!(server.get(&path, &dave).await.status, 403);

        let reply = server.post(&path, &alice, json!({})).await;
        reply.refused(400, "illegal_argument", "announcement is null");
        let reply = server.post(&path, &alice, json!({"announcement": "x".repeat(513)})).await;
        let error = if place.is_room() { "forbidden_op" } else { "FORBIDDEN" };
        reply.refused(403, error, "announce info length exceeds limit!");
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_theirs_is_refused() {
    let server = Server::start().await;
    let [_, _, _, dave] = server.users(["alice", "bob", "carol", "dave"]).await;
    let foreign = server.foreign_token().await;
    for place in both(&server).await {
        for list in ["/admin", "/mute", "/blocks/users", "/white/users", "/announcement"] {
            let path = place.path(list);
            let reply = server.get(&path, &foreign).await;
            reply.refused(401, "auth_bad_access_token", "Unable to authenticate");
            assert_eq!(server.get(&path, "").await.status, 401);
            // A stranger's user token; the SDK reads the words.
            let text = "users [dave] are not members of this group!";
            let reply = server.get(&path, &dave).await;
            assert_eq!(reply.body["error_description"], text, "{path}");
            let nowhere =
                server.get(&format!("/{}/404{list}", place.base), &server.app_token).await;
            nowhere.refused(404, "resource_not_found", "grpID 404 does not exist!");
        }
    }
    // The id of one is none of the other's.
    let [group, room] = both(&server).await;
    assert_eq!(server.get(&format!("/chatrooms/{}/mute", group.id), &dave).await.status, 404);
    assert_eq!(server.get(&format!("/chatgroups/{}/mute", room.id), &dave).await.status, 404);
}

#[tokio::test]
async fn sixty_at_once_are_enough() {
    let server = Server::start().await;
    for place in both(&server).await {
        let many: Vec<String> = (0..61).map(|n| format!("user{n}")).collect();
        let named = json!({ "usernames": many, "mute_duration": 1 });
        let ids = many.join(",");
        for (list, added, removed) in [
            (
                "/blocks/users",
                "userNames is more than max limit : 60",
                "removeBlacklist: list size more than max limit : 60",
            ),
            (
                "/white/users",
                "usernames size is more than max limit : 60",
                "removeWhitelist size is more than max limit : 60",
            ),
            (
                "/mute",
                "userNames size is more than max limit : 60",
                "removeMute member size more than max limit : 60",
            ),
        ] {
            let path = place.path(list);
            let reply = server.post(&path, &server.app_token, named.clone()).await;
            reply.refused(400, "invalid_parameter", added);
            let reply = server.delete(&format!("{path}/{ids}"), &server.app_token).await;
            reply.refused(400, "invalid_parameter", removed);
        }
    }
}

#[tokio::test]
async fn the_oldest_builds_ask_by_another_word_whether_somebody_is_muted() {
    let server = Server::start().await;
    let [group, _] = both(&server).await;
    let token = &server.app_token;
    let (asked, id) = (format!("/sdk/group/{}/mute/bob", group.id), &group.id);
    assert_eq!(server.get(&asked, token).await.ok()["data"], false);
    let body = json!({"usernames": ["bob"], "mute_duration": -1});
    server.post(&format!("/chatgroups/{id}/mute"), token, body).await.ok();
    assert_eq!(server.get(&asked, token).await.ok()["data"], true);
}
