use hongyan_model::Feature;
use serde_json::{Value, json};

use crate::features::switch;
use crate::support::{START, Server};

const NO_ROOM: &str = "grpID 7 does not exist!";

async fn new_room(server: &Server, token: &str, body: Value) -> String {
    let made = server.post("/chatrooms", token, body).await.ok();
    made["data"]["id"].as_str().unwrap().to_owned()
}

/// A room of alice with bob in it.
async fn lobby(server: &Server) -> String {
    let body = json!({
        "name": "Lobby", "description": "d", "owner": "Alice", "members": ["Bob"], "maxusers": 300,
        "scale": "large", "need_verify": false,
    });
    new_room(server, &server.app_token, body).await
}

#[tokio::test]
async fn a_room_is_made_read_changed_and_dissolved() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = lobby(&server).await;
    assert!(room.bytes().all(|b| b.is_ascii_digit()));

    let body = server.get(&format!("/chatrooms/{room}"), &server.app_token).await.ok();
    assert_eq!((&body["count"], &body["path"]), (&json!(1), &json!("/chatrooms")));
    assert_eq!(
        body["data"][0],
        json!({
            "id": room, "name": "Lobby", "description": "d", "owner": "alice", "custom": "",
            "maxusers": 300, "created": START, "affiliations_count": 2,
            "affiliations": [{"owner": "alice"}, {"member": "bob"}], "mute": false, "public": true,
            "membersonly": false, "allowinvites": false, "shieldgroup": false, "disabled": false,
        })
    );
    let body = server.get(&format!("/chatrooms/{room}"), &bob).await.ok();
    assert_eq!(body["data"][0]["affiliations"], json!([{"owner": "alice"}]));

    // The name as the server API and as the SDK writes it.
    for (name, token) in [("name", &server.app_token), ("groupname", &alice)] {
        let change = json!({name: "Hall", "description": "e", "maxusers": 10_000, "custom": "x"});
        let body = server.put(&format!("/chatrooms/{room}"), token, change).await.ok();
        let all_true =
            json!({"groupname": true, "description": true, "maxusers": true, "custom": true});
        assert_eq!(body["data"], all_true);
    }
    let more = json!({"maxusers": 10_001});
    let reply = server.put(&format!("/chatrooms/{room}"), &server.app_token, more.clone()).await;
    reply.refused(403, "exceed_limit", "maxUsers cannot exceed 10000");
    // In the words that the SDK knows.
    let reply = server.put(&format!("/chatrooms/{room}"), &alice, more).await;
    reply.refused(403, "exceed_limit", "members size is greater than max user size !");
    let body = server.get(&format!("/chatrooms/{room},7"), &bob).await.ok();
    let facts = &body["data"][0];
    assert_eq!((&facts["name"], &facts["maxusers"]), (&json!("Hall"), &json!(10_000)));
    assert_eq!(body["data"][1], json!({"id": "7", "error": "group id doesn't exist"}));

    let reply = server.put(&format!("/chatrooms/{room}"), &bob, json!({"name": "x"})).await;
    reply.refused(403, "forbidden_op", "user has no permission to operate this group");
    let reply = server.delete(&format!("/chatrooms/{room}"), &bob).await;
    reply.refused(403, "forbidden_op", "user has no permission to operate this group");
    let body = server.delete(&format!("/chatrooms/{room}?version=v3"), &alice).await.ok();
    assert_eq!(body["data"], json!({"success": true, "id": room}));
    let reply = server.get(&format!("/chatrooms/{room}"), &alice).await;
    let text = format!("do not find this group:{room}");
    reply.refused(404, "service_resource_not_found", &text);
}

#[tokio::test]
async fn illegal_rooms_are_named() {
    let server = Server::start().await;
    server.users(["alice"]).await;
    let make = async |body: Value| server.post("/chatrooms", &server.app_token, body).await;
    let with = |extra: Value| {
        let mut body = json!({"name": "n", "description": "d", "owner": "alice"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    let parameter = "invalid_parameter";
    make(json!({"name": "n", "description": "d"})).await.refused(
        400,
        parameter,
        "owner must be provided",
    );
    make(json!({"owner": "alice", "description": "d"})).await.refused(
        400,
        parameter,
        "name must be provided",
    );
    make(json!({"owner": "alice", "name": "n"})).await.refused(
        400,
        parameter,
        "description must be provided",
    );
    let long = make(with(json!({"name": "n".repeat(129)}))).await;
    long.refused(403, "exceed_limit", "title cannot exceed to 128");
    let long = make(with(json!({"description": "n".repeat(513)}))).await;
    long.refused(403, "exceed_limit", "desc cannot exceed to 512");
    let small = make(with(json!({"members": ["b"], "maxusers": 1}))).await;
    small.refused(403, "exceed_limit", "members size is greater than max user size !");
    let large = make(with(json!({"maxusers": 10_001}))).await;
    large.refused(403, "exceed_limit", "maxUsers cannot exceed 10000");
    let nobody = make(with(json!({"members": ["nobody"]}))).await;
    nobody.refused(404, "resource_not_found", "username nobody doesn't exist!");
    assert_eq!(make(with(json!({"groupid": "mine"}))).await.ok()["data"]["id"], "mine");
    assert_eq!(make(with(json!({"roomid": "ours"}))).await.ok()["data"]["id"], "ours");
    let again = make(with(json!({"groupid": "mine"}))).await;
    again.refused(400, "illegal_argument", "group ID mine already exists!");
    let change = json!({"name": "x", "owner": "bob"});
    let reply = server.put("/chatrooms/mine", &server.app_token, change).await;
    reply.refused(400, parameter, "some of [owner] are not valid fields");
}

#[tokio::test]
async fn every_call_names_a_room_that_is_not_there() {
    let server = Server::start().await;
    server.users(["alice"]).await;
    let (token, missing) = (&server.app_token, "resource_not_found");
    server.put("/chatrooms/7", token, json!({"name": "x"})).await.refused(404, missing, NO_ROOM);
    server.delete("/chatrooms/7", token).await.refused(404, missing, NO_ROOM);
    server.post("/chatrooms/7/users/alice", token, json!({})).await.refused(404, missing, NO_ROOM);
    server.delete("/chatrooms/7/users/alice", token).await.refused(404, missing, NO_ROOM);
    let owner = json!({"newowner": "alice"});
    server.put("/chatrooms/7", token, owner).await.refused(404, missing, NO_ROOM);
    let absent = "do not find this group:7";
    let viewed = "service_resource_not_found";
    server.get("/chatrooms/7", token).await.refused(404, viewed, absent);
    server.get("/chatrooms/7/users", token).await.refused(404, viewed, absent);
}

#[tokio::test]
async fn members_come_and_go() {
    let server = Server::start().await;
    let [alice, bob, carol] = server.users(["alice", "bob", "carol"]).await;
    let room = lobby(&server).await;
    let users = format!("/chatrooms/{room}/users");

    let body = server.post(&format!("{users}/Carol"), &alice, json!({})).await.ok();
    let data = json!({"result": true, "action": "add_member", "user": "carol", "id": room});
    assert_eq!(body["data"], data);
    let reply = server.post(&format!("{users}/carol"), &bob, json!({})).await;
    reply.refused(403, "forbidden_op", "user has no permission to operate this group");
    let rows = |body: &Value| body["data"].clone();
    let body = server.get(&format!("{users}?pagenum=1&pagesize=2&version=v3"), &carol).await.ok();
    assert_eq!(rows(&body), json!([{"owner": "alice"}, {"member": "bob"}]));
    assert_eq!(body["params"]["pagenum"], json!(["1"]));
    let path = format!("{users}?limit=2&cursor=undefined&joined_time=true");
    let body = server.get(&path, &carol).await.ok();
    assert_eq!(rows(&body)[1], json!({"member": "bob", "joined_time": START}));
    let cursor = body["cursor"].as_str().unwrap();
    let body = server.get(&format!("{users}?limit=2&cursor={cursor}"), &carol).await.ok();
    assert_eq!(rows(&body), json!([{"member": "carol"}]));
    assert!(body.get("cursor").is_none());
    let body = server.get(&format!("{users}?limit=9&version=v3"), &server.app_token).await.ok();
    assert_eq!(rows(&body), json!(["bob", "carol"]), "without the owner");

    let body = server.delete(&format!("{users}/bob"), &alice).await.ok();
    let data = json!({"result": true, "action": "remove_member", "user": "bob", "id": room});
    assert_eq!(body["data"], data);
    let body = server.delete(&format!("{users}/bob,carol"), &alice).await.ok();
    let reason = format!("user: bob doesn't exist in group: {room}");
    assert_eq!(
        body["data"],
        json!([
            {"result": false, "action": "remove_member", "user": "bob", "id": room, "reason": reason},
            {"result": true, "action": "remove_member", "user": "carol", "id": room},
        ])
    );
    let reply = server.delete(&format!("{users}/bob"), &server.app_token).await;
    reply.refused(400, "forbidden_op", "users [bob] are not members of this group!");
    let reply = server.get(&users, &bob).await;
    reply.refused(403, "forbidden_op", "users [bob] are not members of this group!");

    let many = json!({"usernames": ["bob", "carol"]});
    let body = server.post(&users, &server.app_token, many).await.ok();
    let data = json!({"newmembers": ["bob", "carol"], "action": "add_member", "id": room});
    assert_eq!(body["data"], data);
    let many: Vec<String> = (0..61).map(|n| format!("u{n}")).collect();
    let reply = server.post(&users, &server.app_token, json!({"usernames": many})).await;
    let text = "addMembers: addMembers number more than maxSize : 60";
    reply.refused(400, "invalid_parameter", text);
    let small = json!({"maxusers": 3});
    server.put(&format!("/chatrooms/{room}"), &server.app_token, small).await.ok();
    server.users(["dave"]).await;
    let reply = server.post(&format!("{users}/dave"), &alice, json!({})).await;
    reply.refused(403, "forbidden_op", "group member list is full!");
}

#[tokio::test]
async fn rooms_are_listed_for_everybody_and_for_their_members() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let first = lobby(&server).await;
    server.clock.advance(1);
    let second = new_room(
        &server,
        &server.app_token,
        json!({"name": "Two", "description": "", "owner": "bob"}),
    )
    .await;
    let body = server.get("/chatrooms?limit=1", &server.app_token).await.ok();
    assert_eq!(
        body["data"],
        json!([{"id": second, "name": "Two", "owner": "bob", "affiliations_count": 1, "disabled": false}])
    );
    let cursor = body["cursor"].as_str().unwrap();
    let body = server.get(&format!("/chatrooms?limit=1&cursor={cursor}"), &bob).await.ok();
    assert_eq!((&body["data"][0]["id"], body.get("cursor")), (&json!(first), None));
    // As the SDK asks.
    let body = server.get("/chatrooms?pagenum=2&pagesize=1&_v=17", &alice).await.ok();
    assert_eq!(body["data"][0]["affiliations_count"], 2);
    assert_eq!(body["data"][0]["id"], json!(first));

    let body = server.get("/users/bob/joined_chatrooms", &server.app_token).await.ok();
    assert_eq!(
        body["data"],
        json!([
            {"id": second, "name": "Two", "disabled": "false"},
            {"id": first, "name": "Lobby", "disabled": "false"},
        ])
    );
    let path = "/users/bob/joined_chatrooms?pagenum=2&pagesize=1&detail=true";
    let body = server.get(path, &bob).await.ok();
    assert_eq!(
        body["data"],
        json!([{
            "id": first, "title": "Lobby", "owner": "acme#chat_alice", "created": START,
            "description": "d", "max_users": 300,
        }])
    );
    let reply = server.get("/users/bob/joined_chatrooms", &alice).await;
    reply.refused(401, "unauthorized", "unauthorized");
    let reply = server.get("/users/nobody/joined_chatrooms", &server.app_token).await;
    reply.refused(404, "service_resource_not_found", "Service resource not found");
}

#[tokio::test]
async fn super_administrators_make_rooms_from_their_clients() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let as_sdk = || json!({"name": "r", "description": "d", "maxusers": 100, "owner": "alice"});
    let reply = server.post("/chatrooms?resource=web", &alice, as_sdk()).await;
    reply.refused(403, "forbidden_op", "user has no permission to operate this group");

    let (path, token) = ("/chatrooms/super_admin", &server.app_token);
    let body = server.post(path, token, json!({"superadmin": "Alice"})).await.ok();
    assert_eq!(body["data"], json!({"result": "success", "resource": ""}));
    server.post(path, &alice, json!({"superadmin": "bob"})).await.refused(
        401,
        "unauthorized",
        "unauthorized",
    );
    new_room(&server, &alice, as_sdk()).await;
    let body = server.get(&format!("{path}?pagenum=1&pagesize=2"), token).await.ok();
    assert_eq!((&body["data"], &body["count"]), (&json!(["alice"]), &json!(1)));
    assert_eq!(body["params"]["pagenum"], json!(["1"]));
    let body = server.delete(&format!("{path}/alice"), token).await.ok();
    assert_eq!(body["data"], json!({"newSuperAdmin": "alice", "resource": ""}));
    let reply = server.post("/chatrooms", &alice, as_sdk()).await;
    assert_eq!(reply.status, 403);
    let reply = server.post(path, token, json!({"superadmin": "nobody"})).await;
    reply.refused(404, "resource_not_found", "username nobody doesn't exist!");
    let reply = server.delete(&format!("{path}/nobody"), token).await;
    reply.refused(404, "resource_not_found", "username nobody doesn't exist!");
}

#[tokio::test]
async fn a_room_changes_hands() {
    let server = Server::start().await;
    let [alice, bob, _] = server.users(["alice", "bob", "carol"]).await;
    let path = format!("/chatrooms/{}", lobby(&server).await);
    let give =
        async |token: &String, to: &str| server.put(&path, token, json!({"newowner": to})).await;
    give(&bob, "bob").await.refused(
        403,
        "forbidden_op",
        "user has no permission to operate this group",
    );
    assert_eq!(give(&alice, "bob").await.ok()["data"], json!({"newowner": true}));
    let same = give(&server.app_token, "bob").await;
    same.refused(403, "forbidden_op", "new owner and old owner are the same");
    assert_eq!(give(&bob, "carol").await.ok()["data"], json!({"newowner": true}));
    let body = server.get(&path, &server.app_token).await.ok();
    let facts = &body["data"][0];
    assert_eq!((&facts["owner"], &facts["affiliations_count"]), (&json!("carol"), &json!(3)));
}

#[tokio::test]
async fn messages_go_to_ten_rooms_at_most() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let room = lobby(&server).await;
    let say = |to: Value| {
        json!({
            "from": "alice", "to": to, "type": "txt", "body": {"msg": "hi"}, "chatroom_msg_level": "low",
        })
    };
    let send = async |body| server.post("/messages/chatrooms", &server.app_token, body).await;
    let body = send(say(json!([room]))).await.ok();
    let id = body["data"][&room].as_str().unwrap();
    assert!(id.bytes().all(|b| b.is_ascii_digit()));
    let nowhere = send(say(json!(["7"]))).await;
    nowhere.refused(404, "resource_not_found", NO_ROOM);
    let eleven: Vec<String> = (0..11).map(|n| n.to_string()).collect();
    let text = "params to's size can't exceed limit 10";
    send(say(json!(eleven))).await.refused(400, "message_send_error", text);
    let mut odd = say(json!([room]));
    odd["chatroom_msg_level"] = "urgent".into();
    assert_eq!(send(odd).await.status, 400);
}

#[tokio::test]
async fn some_members_of_a_room_or_group_are_addressed() {
    let server = Server::start().await;
    let [alice, bob, _] = server.users(["alice", "bob", "carol"]).await;
    let room = lobby(&server).await;
    let group = json!({
        "groupname": "g", "description": "d", "public": false, "owner": "alice", "members": ["bob", "carol"],
    });
    let group = server.post("/chatgroups", &server.app_token, group).await.ok();
    let group = group["data"]["groupid"].as_str().unwrap().to_owned();
    let say = |to: &str, users: Value| json!({"from": "alice", "to": [to], "type": "txt", "body": {"msg": "hi"}, "users": users});
    for (path, to) in [("chatrooms", &room), ("chatgroups", &group)] {
        let path = format!("/messages/{path}/users");
        let send = async |token: &String, body| server.post(&path, token, body).await;
        let body = send(&server.app_token, say(to, json!(["bob"]))).await.ok();
        assert!(body["data"][to].is_string(), "{body}");
        let none = send(&server.app_token, say(to, json!([]))).await;
        none.refused(400, "message_send_error", "param users can't be empty");
        let many: Vec<String> = (0..21).map(|n| format!("u{n}")).collect();
        let many = send(&server.app_token, say(to, json!(many))).await;
        many.refused(400, "message_send_error", "params users's size can't exceed limit 20");
        let mut two = say(to, json!(["bob"]));
        two["to"] = json!([to, "7"]);
        let two = send(&server.app_token, two).await;
        two.refused(400, "message_send_error", "params to's size can't exceed limit 1");
        let user = send(&alice, say(to, json!(["bob"]))).await;
        user.refused(401, "unauthorized", "unauthorized");
    }
    let query = |user: &str| {
        let (room, user) = (room.clone(), user.to_owned());
        (
            format!("/users/{user}/messageroaming"),
            json!({"queue": format!("{room}@conference.easemob.com")}),
        )
    };
    server.change_app(switch(Feature::DirectedRoaming, true)).await;
    let (path, body) = query("bob");
    let page = server.post(&path, &bob, body).await.ok();
    assert_eq!(page["data"]["msgs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn another_apps_token_opens_nothing() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let room = lobby(&server).await;
    let foreign = server.foreign_token().await;
    let wrong = |reply: crate::support::Reply| {
        reply.refused(401, "auth_bad_access_token", "Unable to authenticate");
    };
    let body = json!({"name": "n", "description": "d", "owner": "alice"});
    wrong(server.post("/chatrooms", &foreign, body).await);
    wrong(server.get("/chatrooms", &foreign).await);
    wrong(server.get("/chatrooms/super_admin", &foreign).await);
    for path in [format!("/chatrooms/{room}"), format!("/chatrooms/{room}/users")] {
        wrong(server.get(&path, &foreign).await);
    }
    wrong(server.delete(&format!("/chatrooms/{room}"), &foreign).await);
    wrong(server.delete(&format!("/chatrooms/{room}/users/bob"), &foreign).await);
    wrong(server.post(&format!("/chatrooms/{room}/users/bob"), &foreign, json!({})).await);
    let none = server.get("/chatrooms", "").await;
    none.refused(401, "unauthorized", "Unable to authenticate due to expired access token");

    // The other app's own token, under its own name: there is no such room.
    let url = format!("{}/acme/other/chatrooms/{room}", server.address);
    let reply = crate::support::send(server.client.get(url).bearer_auth(&foreign)).await;
    reply.refused(404, "service_resource_not_found", &format!("do not find this group:{room}"));
}
