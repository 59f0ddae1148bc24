use serde_json::{Value, json};

use crate::support::Server;

/// A group of alice.
async fn alices_group(server: &Server, fields: Value) -> String {
    let mut body = json!({
        "owner": "alice", "groupname": "Rustaceans", "description": "d", "public": true, "members": ["carol"],
    });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = server.post("/chatgroups", &server.app_token, body).await.ok();
    made["data"]["groupid"].as_str().unwrap().to_owned()
}

fn done(group: &str, action: &str, user: &str) -> Value {
    json!({"result": true, "action": action, "user": user, "id": group, "groupid": group})
}

#[tokio::test]
async fn users_apply_and_are_let_in() {
    let server = Server::start().await;
    let [alice, bob, carol] = server.users(["alice", "bob", "carol"]).await;
    let group = alices_group(&server, json!({"approval": true})).await;
    let path = |rest: &str| format!("/chatgroups/{group}/{rest}");
    let apply = async |token: &str| {
        server.post(&path("apply?resource=x"), token, json!({"message": "hi"})).await
    };
    let verify = async |token: &str, accepted: bool| {
        let body = json!({"applicant": "Bob", "verifyResult": accepted, "reason": "no clue"});
        server.post(&path("apply_verify"), token, body).await
    };
    assert_eq!(apply(&bob).await.ok()["data"], done(&group, "apply", "bob"));
    let too_low = "user has no permission to operate this group";
    verify(&carol, true).await.refused(403, "forbidden_op", too_low);
    assert_eq!(verify(&alice, true).await.ok()["data"], done(&group, "apply_verify", "bob"));
    // The SDK has a code for it, and knows it by these words.
    let already =
        format!("invite users to join group failed, reason: user: bob already in group: {group}");
    apply(&bob).await.refused(403, "forbidden_op", &already);
    let [dave] = server.users(["dave"]).await;
    apply(&dave).await.ok();
    let dave = json!({"applicant": "dave", "verifyResult": false});
    server.post(&path("apply_verify"), &server.app_token, dave.clone()).await.ok();
    let again = server.post(&path("apply_verify"), &alice, dave).await;
    let none = format!("there is no request of user: dave in group: {group}");
    again.refused(403, "forbidden_op", &none);
    let nobody = server.post(&path("apply_verify"), &alice, json!({"applicant": "x"})).await;
    nobody.refused(400, "invalid_parameter", "verifyResult must be provided");
}

#[tokio::test]
async fn private_and_full_groups_refuse_applicants() {
    let server = Server::start().await;
    let [_, bob, _] = server.users(["alice", "bob", "carol"]).await;
    let private = alices_group(&server, json!({"public": false})).await;
    let apply = async |group: &str| {
        server.post(&format!("/chatgroups/{group}/apply"), &bob, json!({"message": ""})).await
    };
    let closed = "can not join this group, reason: the group is not public";
    apply(&private).await.refused(403, "forbidden_op", closed);
    let full = alices_group(&server, json!({"maxusers": 2})).await;
    apply(&full).await.refused(403, "forbidden_op", "group member list is full!");
    apply("77").await.refused(404, "resource_not_found", "grpID 77 does not exist!");
}

#[tokio::test]
async fn users_are_invited_and_answer() {
    let server = Server::start().await;
    let [alice, bob, carol] = server.users(["alice", "bob", "carol"]).await;
    let group = alices_group(&server, json!({"public": false, "invite_need_confirm": true})).await;
    let path = |rest: &str| format!("/chatgroups/{group}/{rest}");
    let invite = async |token: &str, users: &[&str]| {
        server.post(&path("invite"), token, json!({"usernames": users})).await
    };
    let verify = async |token: &str, accepted: bool| {
        let body = json!({"invitee": "bob", "verifyResult": accepted});
        server.post(&path("invite_verify"), token, body).await
    };
    let rows = invite(&alice, &["bob", "carol"]).await.ok();
    let row = |user: &str| json!({"action": "invite", "id": group, "groupid": group, "user": user, "result": true});
    let mut carols = row("carol");
    (carols["result"], carols["reason"]) = (false.into(), "already in group".into());
    assert_eq!(rows["data"], json!([row("bob"), carols]));
    verify(&carol, true).await.refused(401, "unauthorized", "unauthorized");
    let joined = format!("/chatgroups/{group}/user/bob/is_joined");
    assert_eq!(server.get(&joined, &server.app_token).await.ok()["data"], false);
    assert_eq!(verify(&bob, true).await.ok()["data"], done(&group, "invite_verify", "bob"));
    assert_eq!(server.get(&joined, &server.app_token).await.ok()["data"], true);

    let already =
        format!("invite users to join group failed, reason: user: bob already in group: {group}");
    invite(&alice, &["bob"]).await.refused(403, "forbidden_op", &already);
    let unknown = invite(&alice, &["ghost"]).await;
    unknown.refused(404, "service_resource_not_found", "Service resource not found");
    let missing = server.post(&path("invite"), &alice, json!({})).await;
    missing.refused(400, "invalid_parameter", "usernames must be provided");
}

#[tokio::test]
async fn groups_are_closed_and_opened_by_the_server() {
    let server = Server::start().await;
    let [alice, bob, _] = server.users(["alice", "bob", "carol"]).await;
    let group = alices_group(&server, json!({})).await;
    let path = |rest: &str| format!("/chatgroups/{group}{rest}");
    server.post(&path("/disable"), &alice, Value::Null).await.refused(
        401,
        "unauthorized",
        "unauthorized",
    );
    let closed = server.post(&path("/disable"), &server.app_token, Value::Null).await.ok();
    assert_eq!(closed["data"], json!({"disabled": true}));
    let words = "can not operate this group, reason: group is disabled";
    let rename = json!({"groupname": "x"});
    server.put(&path(""), &alice, rename.clone()).await.refused(403, "forbidden_op", words);
    let apply = server.post(&path("/apply"), &bob, json!({"message": ""})).await;
    apply.refused(403, "forbidden_op", words);
    assert_eq!(server.get(&path(""), &alice).await.ok()["data"][0]["disabled"], true);
    let joined = server.get("/users/alice/joined_chatgroups?version=v3", &alice).await.ok();
    assert_eq!(joined["data"][0]["disabled"], true);
    let detailed = server.get("/chatgroups/user/alice", &alice).await.ok();
    assert_eq!(detailed["entities"][0]["disabled"], true);
    let open = server.post(&path("/enable"), &server.app_token, Value::Null).await.ok();
    assert_eq!(open["data"], json!({"disabled": false}));
    server.put(&path(""), &alice, rename).await.ok();
}

#[tokio::test]
async fn public_groups_are_found_by_everybody() {
    let server = Server::start().await;
    let [_, bob, _] = server.users(["alice", "bob", "carol"]).await;
    let mut groups = Vec::new();
    for public in [true, false, true] {
        server.clock.advance(1);
        groups.push(alices_group(&server, json!({"public": public})).await);
    }
    let first = server.get("/publicchatgroups?version=v3&limit=1&_v=1", &bob).await.ok();
    let row = |id: &str| json!({"id": id, "name": "Rustaceans", "groupid": id, "groupname": "Rustaceans"});
    assert_eq!((&first["data"], &first["count"]), (&json!([row(&groups[2])]), &json!(1)));
    let cursor = first["cursor"].as_str().unwrap();
    let second = server.get(&format!("/publicchatgroups?limit=1&cursor={cursor}"), &bob).await.ok();
    assert_eq!(second["data"], json!([row(&groups[0])]));
    assert!(second.get("cursor").is_none());
    let count = server.get("/chatgroups/user/carol/joined_count", &server.app_token).await.ok();
    assert_eq!(count["data"], 3);
}

#[tokio::test]
async fn a_member_shields_a_group_in_the_newer_and_the_older_way() {
    let server = Server::start().await;
    let [alice, bob, carol] = server.users(["alice", "bob", "carol"]).await;
    let group = alices_group(&server, json!({})).await;
    let shield = format!("/chatgroups/{group}/shield?version=v3&resource=x");
    let shielded = async || {
        let body = server.get(&format!("/chatgroups/{group}"), &carol).await.ok();
        body["data"][0]["shieldgroup"].as_bool().unwrap()
    };
    let body = server.post(&shield, &carol, Value::Null).await.ok();
    assert_eq!(body["data"], done(&group, "shield", "carol"));
    assert!(shielded().await);
    let body = server.delete(&shield, &carol).await.ok();
    assert_eq!(body["data"], done(&group, "unshield", "carol"));
    assert!(!shielded().await);

    let ignore = pair(&format!("notification_ignore_{group}"), true);
    let older = json!({"entities": [ignore]});
    let body = server.put("/users/carol?resource=x", &carol, older.clone()).await.ok();
    assert_eq!(body["entities"][0]["username"], "carol");
    assert!(shielded().await);
    server.put("/users/carol", &bob, older.clone()).await.refused(
        401,
        "unauthorized",
        "unauthorized",
    );
    let stranger = server.put("/users/bob", &bob, older).await;
    stranger.refused(403, "forbidden_op", "users [bob] are not members of this group!");
    let nonsense = json!({"entities": [{"x": 1}]});
    assert_eq!(server.put("/users/bob", &bob, nonsense).await.status, 400);
    let owner = server.post(&shield, &alice, Value::Null).await;
    owner.refused(403, "forbidden_op", "user has no permission to operate this group");
}

fn pair(name: &str, value: bool) -> Value {
    let mut object = json!({});
    object[name] = value.into();
    object
}
