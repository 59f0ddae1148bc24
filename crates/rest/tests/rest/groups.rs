use serde_json::{Value, json};

use crate::support::{START, Server};

const NO_GROUP: &str = "grpID 7 does not exist!";

async fn new_group(server: &Server, token: &str, body: Value) -> String {
    let made = server.post("/chatgroups", token, body).await.ok();
    made["data"]["groupid"].as_str().unwrap().to_owned()
}

/// A group of alice with bob in it, whose members may not invite.
async fn alices_group(server: &Server) -> String {
    let body = json!({
        "owner": "Alice", "groupname": "Rustaceans", "description": "d", "public": true, "members": ["Bob"],
    });
    new_group(server, &server.app_token, body).await
}

#[tokio::test]
async fn a_group_is_made_read_changed_and_dissolved() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let group = alices_group(&server).await;
    assert!(group.bytes().all(|b| b.is_ascii_digit()));

    let body = server.get(&format!("/chatgroups/{group}?joined_time=true"), &alice).await.ok();
    assert_eq!((&body["count"], &body["path"]), (&json!(1), &json!("/chatgroups")));
    assert_eq!(
        body["data"][0],
        json!({
            "id": group, "name": "Rustaceans", "avatar": "", "description": "d", "owner": "alice",
            "custom": "", "public": true, "membersonly": false, "allowinvites": false,
            "invite_need_confirm": true, "maxusers": 200, "created": START, "disabled": false, "mute": false,
            "shieldgroup": false, "permission": "owner", "affiliations_count": 2,
            "affiliations": [
                {"owner": "alice", "joined_time": START}, {"member": "bob", "joined_time": START},
            ],
        })
    );

    let change = json!({"name": "n", "maxusers": 300, "membersonly": "true", "allowinvites": true});
    let body = server.put(&format!("/chatgroups/{group}"), &alice, change).await.ok();
    let all_true =
        json!({"groupname": true, "maxusers": true, "membersonly": true, "allowinvites": true});
    assert_eq!(body["data"], all_true);
    let body = server.get(&format!("/chatgroups/{group}"), &alice).await.ok();
    assert_eq!(
        (&body["data"][0]["name"], &body["data"][0]["maxusers"]),
        (&json!("n"), &json!(300))
    );

    let body = server.delete(&format!("/chatgroups/{group}?version=v3"), &alice).await.ok();
    assert_eq!(body["data"], json!({"success": true, "id": group, "groupid": group}));
    let reply = server.get(&format!("/chatgroups/{group}"), &alice).await;
    reply.refused(404, "resource_not_found", &format!("grpID {group} does not exist!"));
}

#[tokio::test]
async fn the_client_sdk_makes_its_group() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let body = json!({
        "owner": "Alice", "groupname": "g", "avatar": "", "desc": "about", "members": ["bob"],
        "public": true, "approval": true, "allowinvites": true, "invite_need_confirm": false,
        "maxusers": 200, "custom": "ext"
    });
    let group = new_group(&server, &alice, body).await;
    let body = server.get(&format!("/chatgroups/{group}"), &alice).await.ok();
    let facts = &body["data"][0];
    assert_eq!((&facts["description"], &facts["membersonly"]), (&json!("about"), &json!(true)));
    // `createGroup` leaves out what the app left out.
    new_group(&server, &alice, json!({"groupname": "h"})).await;
    let reply = server.post("/chatgroups", &alice, json!({"owner": "bob", "public": true})).await;
    reply.refused(401, "unauthorized", "unauthorized");
    let with_nobody = json!({"owner": "alice", "public": true, "members": ["nobody"]});
    let reply = server.post("/chatgroups", &alice, with_nobody).await;
    reply.refused(404, "service_resource_not_found", "Service resource not found");
    assert_eq!(reply.body["exception"], "UserNotFoundException");
}

#[tokio::test]
async fn illegal_groups_are_named() {
    let server = Server::start().await;
    server.users(["alice"]).await;
    let make = async |body: Value| server.post("/chatgroups", &server.app_token, body).await;
    let parameter = "invalid_parameter";
    make(json!({"public": true})).await.refused(400, parameter, "owner must be provided");
    make(json!({"owner": "alice"})).await.refused(
        400,
        parameter,
        "group must contain public field!",
    );
    let avatar = json!({"owner": "alice", "public": true, "avatar": "x".repeat(1025)});
    make(avatar).await.refused(400, parameter, "avatar length is too big");
    let small = json!({"owner": "alice", "public": true, "members": ["b", "c"], "maxusers": 2});
    make(small).await.refused(403, "exceed_limit", "members size is greater than max user size !");
    let reply = make(json!({"owner": "nobody", "public": true})).await;
    reply.refused(404, "resource_not_found", "username nobody doesn't exist!");
    let own_id = json!({"owner": "alice", "public": true, "groupid": "mine"});
    assert_eq!(make(own_id.clone()).await.ok()["data"]["groupid"], "mine");
    make(own_id).await.refused(400, "illegal_argument", "group ID mine already exists!");
    let change = json!({"groupname": "x", "owner": "bob", "groupid": "1"});
    let reply = server.put("/chatgroups/mine", &server.app_token, change).await;
    reply.refused(400, parameter, "some of [owner, groupid] are not valid fields");
}

#[tokio::test]
async fn every_call_names_a_group_that_is_not_there() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    for token in [&server.app_token, &alice] {
        for reply in [
            server.get("/chatgroups/7", token).await,
            server.put("/chatgroups/7", token, json!({"groupname": "x"})).await,
            server.delete("/chatgroups/7", token).await,
            server.post("/chatgroups/7/users", token, json!({"usernames": ["alice"]})).await,
            server.post("/chatgroups/7/users/alice", token, json!({})).await,
            server.delete("/chatgroups/7/users/alice", token).await,
            server.get("/chatgroups/7/user/alice/is_joined", token).await,
        ] {
            reply.refused(404, "resource_not_found", NO_GROUP);
        }
        let reply = server.get("/chatgroups/7/users", token).await;
        reply.refused(404, "service_resource_not_found", "do not find this group:7");
    }
    server.delete("/chatgroups/7/quit", &alice).await.refused(404, "resource_not_found", NO_GROUP);
    let group = new_group(&server, &alice, json!({"groupname": "g"})).await;
    let body = server.get(&format!("/chatgroups/7,{group}"), &alice).await.ok();
    assert_eq!(body["data"][0], json!({"id": "7", "error": "group id doesn't exist"}));
    assert_eq!(body["data"][1]["id"], *group);
}

#[tokio::test]
async fn members_are_added_and_removed() {
    let server = Server::start().await;
    let [alice, bob, _, _] = server.users(["alice", "bob", "carl", "dora"]).await;
    let group = alices_group(&server).await;
    let path = format!("/chatgroups/{group}/users");
    let add = async |users: Value, token: &str| {
        server.post(&path, token, json!({"usernames": users})).await
    };
    let body = server.post(&format!("{path}/Carl"), &server.app_token, json!({})).await.ok();
    let carl = json!({"result": true, "action": "add_member", "user": "carl", "groupid": group, "id": group});
    assert_eq!(body["data"], carl);
    let body = add(json!(["carl", "dora"]), &alice).await.ok();
    assert_eq!(body["data"]["newmembers"], json!(["dora"]));
    let already = format!("can not join this group, reason:user: carl already in group: {group}\n");
    add(json!(["carl"]), &alice).await.refused(403, "forbidden_op", &already);
    let missing = "username nobody doesn't exist!";
    add(json!(["nobody"]), &server.app_token).await.refused(404, "resource_not_found", missing);
    assert_eq!(add(json!(["carl"]), &bob).await.status, 403, "plain members do not add");
    let many: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
    let reply = add(json!(many), &server.app_token).await;
    let too_many = "usernames size is more than max limit : 100";
    reply.refused(400, "invalid_parameter", too_many);
    // As many as the newest documents say; these users are not there.
    let reply = add(json!(many[..100]), &server.app_token).await;
    reply.refused(404, "resource_not_found", "username u0 doesn't exist!");
    let document = hongyan_rest::openapi();
    let body = &document["paths"]["/{org}/{app}/chatgroups/{group}/users"]["post"]["requestBody"];
    let users = &body["content"]["application/json"]["schema"]["properties"]["usernames"];
    assert_eq!((&users["minItems"], &users["maxItems"]), (&json!(1), &json!(100)));

    let remove =
        async |users: &str, token: &str| server.delete(&format!("{path}/{users}"), token).await;
    let row = |user: &str, result: bool| json!({"result": result, "action": "remove_member", "user": user, "groupid": group, "id": group});
    assert_eq!(remove("carl", &alice).await.ok()["data"], row("carl", true));
    let body = remove("dora%2Ccarl", &alice).await.ok();
    assert_eq!(body["data"][0], row("dora", true));
    assert_eq!(body["data"][1]["reason"], "user carl doesn't exist.");
    let nobody = "users [carl] are not members of this group!";
    remove("carl", &alice).await.refused(403, "forbidden_op", nobody);
    remove("alice", &alice).await.refused(
        403,
        "forbidden_op",
        "forbidden operation on group owner!",
    );
    assert_eq!(remove("alice", &bob).await.status, 403);
    let reply = remove(&many[..61].join(","), &server.app_token).await;
    let too_many = "kickMember: kickMembers number more than maxSize : 60";
    reply.refused(400, "invalid_parameter", too_many);
}

#[tokio::test]
async fn members_leave_and_strangers_stay_out() {
    let server = Server::start().await;
    let [alice, bob, eve] = server.users(["alice", "bob", "eve"]).await;
    let group = alices_group(&server).await;
    let joined = async |user: &str| {
        let path = format!("/chatgroups/{group}/user/{user}/is_joined");
        server.get(&path, &server.app_token).await.ok()["data"].clone()
    };
    assert_eq!((joined("bob").await, joined("eve").await), (json!(true), json!(false)));
    let quit = format!("/chatgroups/{group}/quit");
    assert_eq!(server.delete(&quit, &bob).await.ok()["data"], json!({"result": true}));
    assert_eq!(joined("bob").await, json!(false));
    let not_member = "users [eve] are not members of this group!";
    server.delete(&quit, &eve).await.refused(403, "forbidden_op", not_member);
    let owner = "forbidden operation on group owner!";
    server.delete(&quit, &alice).await.refused(403, "forbidden_op", owner);

    let members = server.get(&format!("/chatgroups/{group}/users"), &eve).await;
    members.refused(403, "forbidden_op", not_member);
    let seen = server.get(&format!("/chatgroups/{group}"), &eve).await.ok();
    assert_eq!(seen["data"][0]["affiliations"], json!([]), "a public group, from outside");
    let hidden = new_group(&server, &alice, json!({"public": false})).await;
    let reply = server.get(&format!("/chatgroups/{hidden}"), &eve).await;
    reply.refused(403, "forbidden_op", not_member);
    assert_eq!(server.delete(&format!("/chatgroups/{group}"), &eve).await.status, 403);
    let change = server.put(&format!("/chatgroups/{group}"), &eve, json!({"groupname": "x"})).await;
    assert_eq!(change.status, 403);
}

#[tokio::test]
async fn members_are_listed_in_every_shape() {
    let server = Server::start().await;
    let [alice, ..] = server.users(["alice", "bob", "carl"]).await;
    let group = alices_group(&server).await;
    let path = format!("/chatgroups/{group}/users");
    server.clock.advance(5);
    server.post(&path, &alice, json!({"usernames": ["carl"]})).await.ok();
    let list = async |query: &str| server.get(&format!("{path}?{query}"), &alice).await.ok();

    let body = list("pagenum=1&pagesize=2").await;
    assert_eq!(body["data"], json!([{"owner": "alice"}, {"member": "bob"}]));
    assert_eq!((&body["count"], &body["params"]["pagenum"]), (&json!(2), &json!(["1"])));
    assert_eq!(
        list("pagenum=2&pagesize=2&version=v3&_v=1").await["data"],
        json!([{"member": "carl"}])
    );
    assert_eq!(list("").await["count"], 3);

    // The SDK's cursor form: its first cursor is the word "undefined".
    let first = list("cursor=undefined&limit=2&joined_time=true").await;
    let rows =
        json!([{"owner": "alice", "joined_time": START}, {"member": "bob", "joined_time": START}]);
    assert_eq!(first["data"], rows);
    let cursor = first["cursor"].as_str().unwrap();
    let last = list(&format!("cursor={cursor}&limit=2")).await;
    assert_eq!(last["data"], json!([{"member": "carl"}]));
    assert!(last.get("cursor").is_none());

    // The Java SDK's: plain ids without the owner.
    assert_eq!(list("version=v3&limit=10").await["data"], json!(["bob", "carl"]));
}

#[tokio::test]
async fn groups_of_a_user_are_listed_in_every_shape() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let group = alices_group(&server).await;
    let own = |path: &str| format!("/users/bob/joined_chatgroups{path}");
    let row = json!({
        "groupid": group, "groupname": "Rustaceans", "id": group, "name": "Rustaceans", "disabled": false,
        "permission": "member",
    });
    for query in ["", "?pagenum=0&pagesize=20&version=v3", "?pagenum=1&pagesize=20"] {
        let body = server.get(&own(query), &bob).await.ok();
        assert_eq!((&body["data"], &body["count"]), (&json!([row]), &json!(1)), "{query}");
        assert!(body["uri"].as_str().unwrap().contains("joined_chatgroups"));
    }
    assert_eq!(server.get(&own("?pagenum=2"), &bob).await.ok()["data"], json!([]));

    let body = server
        .get("/chatgroups/user/bob?pagenum=0&pagesize=20&needRole=undefined", &bob)
        .await
        .ok();
    let facts = &body["entities"][0];
    assert_eq!((&facts["groupId"], &facts["permission"]), (&json!(group), &json!("member")));
    assert_eq!((&facts["affiliations_count"], &facts["owner"]), (&json!(2), &json!("alice")));
    assert_eq!(body["total"], 1);
    assert!(!body["uri"].as_str().unwrap().contains("joined_chatgroups"));
    assert_eq!(
        server.get("/chatgroups/user/bob?pagenum=1", &bob).await.ok()["entities"],
        json!([])
    );

    assert_eq!(server.get("/chatgroups/user/bob", &alice).await.status, 401);
    for path in ["/users/nobody/joined_chatgroups", "/chatgroups/user/nobody"] {
        let reply = server.get(path, &server.app_token).await;
        reply.refused(404, "service_resource_not_found", "Service resource not found");
    }
}

#[tokio::test]
async fn all_groups_are_paged_newest_first() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(alices_group(&server).await);
        server.clock.advance(1);
    }
    let first = server.get("/chatgroups?limit=2", &server.app_token).await.ok();
    assert_eq!(
        first["data"][0],
        json!({
            "owner": "acme#chat_alice", "groupid": made[2], "affiliations": 2, "type": "group",
            "lastModified": (START + 2).to_string(), "groupname": "Rustaceans",
        })
    );
    assert_eq!(first["count"], 2);
    let cursor = first["cursor"].as_str().unwrap();
    let last =
        server.get(&format!("/chatgroups?limit=2&cursor={cursor}"), &server.app_token).await.ok();
    assert_eq!(last["data"][0]["groupid"], *made[0]);
    assert!(last.get("cursor").is_none());
}
