//! Ids of users come in any letter case and go in lower case, wherever they stand.

use reqwest::Method;
use serde_json::{Value, json};

use super::{bodiless, ids, places, untyped};
use crate::support::{PASSWORD, Server};

/// Answers that are not what they should be.
#[derive(Default)]
struct Differing(Vec<String>);

impl Differing {
    fn compare(&mut self, what: &str, found: &Value, expected: Value) {
        if *found != expected {
            self.0.push(format!("{what}: {found}, not {expected}"));
        }
    }
}

#[tokio::test]
async fn users_among_themselves() {
    let server = Server::start().await;
    let [alice, ..] = server.users(["alice", "bob", "carol"]).await;
    let token = &server.app_token;
    let post = async |path: &str, body: Value| server.post(path, token, body).await.ok();
    let delete = async |path: &str| server.delete(path, token).await.ok();
    let mut differing = Differing::default();
    let mut compare =
        |what: &str, found: &Value, expected: Value| differing.compare(what, found, expected);
    let new = json!([{"username": "DAVE", "password": PASSWORD}]);
    let made = post("/users", new.clone()).await;
    compare("registered", &made["entities"][0]["username"], json!("dave"));
    let failed = json!([{"username": "dave", "registerUserFailReason": "the dave already exists"}]);
    compare("registered twice", &post("/users", new).await["data"], failed);

    let added = bodiless(&server, Method::POST, "/users/ALICE/contacts/users/BOB").await.ok();
    compare("contact", &added["entities"][0]["username"], json!("bob"));
    let names = json!({"usernames": ["CAROL", "GHOST", "ALICE"]});
    let imported = post("/users/ALICE/contacts/import", names).await;
    let expected = json!({
        "success": ["carol"], "NotExistFailed": ["ghost"], "maxLimitFailed": [],
        "UnKnowFailed": ["alice"],
    });
    compare("imported", &imported["data"], expected);
    let asked = || json!({"username": "ALICE", "check_list": ["BOB", "DAVE"]});
    let relations = json!([
        {"username": "bob", "relation": "friend"}, {"username": "dave", "relation": "not_friend"},
    ]);
    compare("contacts", &post("/contacts/check", asked()).await["entities"], relations);
    let remark = json!({"remark": "r"});
    server.put("/user/ALICE/contacts/users/BOB", token, remark).await.ok();
    let gone = delete("/users/ALICE/contacts/users/BOB").await;
    compare("parted", &gone["entities"][0]["username"], json!("bob"));

    let blocked = post("/users/ALICE/blocks/users", json!({"usernames": ["BOB"]})).await;
    compare("blocked", &blocked["data"], json!(["bob"]));
    let relations = json!([
        {"username": "bob", "relation": "blacklist"},
        {"username": "dave", "relation": "not_blacklist"},
    ]);
    compare("block list", &post("/blocks/check", asked()).await["entities"], relations);
    let gone = delete("/users/ALICE/blocks/users/BOB").await;
    compare("unblocked", &gone["entities"][0]["username"], json!("bob"));

    let followed = json!({"usernames": ["BOB"]});
    let seen = post("/users/ALICE/presence/600", followed).await;
    compare("followed", &seen["result"][0]["uid"], json!("bob"));
    untyped(&server, Method::DELETE, "/users/ALICE/presence", json!(["BOB"])).await.ok();
    let left = server.get("/users/ALICE/presence/sublist", token).await.ok();
    compare("followed no more", &left["result"]["totalnum"], json!("0"));

    let history = async || {
        let query = json!({"queue": "BOB@easemob.com", "start": -1});
        let page = server.post("/users/ALICE/messageroaming", &alice, query).await.ok();
        page["data"]["msgs"].as_array().unwrap().len()
    };
    let message = json!({"from": "BOB", "to": ["ALICE"], "type": "txt", "body": {"msg": "hi"}});
    let sent = post("/messages/users", message).await;
    let id = sent["data"]["alice"].as_str().unwrap();
    assert_eq!((sent["data"].as_object().unwrap().len(), history().await), (1, 1));
    let waits = server.get(&format!("/users/ALICE/offline_msg_status/{id}"), token).await.ok();
    compare("waiting", &waits["data"][id], json!("undelivered"));
    let talk = json!({"channel": "BOB", "type": "chat", "delete_roam": true});
    untyped(&server, Method::DELETE, "/users/ALICE/user_channel", talk).await.ok();
    assert_eq!(history().await, 0);
    assert!(differing.0.is_empty(), "{:#?}", differing.0);
}

#[tokio::test]
async fn what_is_said_of_a_withdrawal() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let message = json!({"from": "ALICE", "to": ["BOB"], "type": "txt", "body": {"msg": "oops"}});
    let sent = server.post("/messages/users", &server.app_token, message).await.ok();
    let wish =
        json!({"msg_id": sent["data"]["bob"], "to": "BOB", "chat_type": "chat", "from": "ALICE"});
    let done = server.post("/messages/msg_recall", &server.app_token, wish).await.ok();
    let shown = (&done["data"]["recalled"], &done["data"]["from"], &done["data"]["to"]);
    assert_eq!(shown, (&json!("yes"), &json!("alice"), &json!("bob")));
}

#[tokio::test]
async fn groups_and_rooms() {
    let server = Server::start().await;
    let token = &server.app_token;
    let post = async |path: String, body: Value| server.post(&path, token, body).await.ok();
    let put = async |path: &str, body: Value| server.put(path, token, body).await.ok();
    let delete = async |path: String| server.delete(&path, token).await.ok();
    let users = |body: &Value| json!(ids(body["data"].as_array().unwrap(), "user"));
    let mut differing = Differing::default();
    let mut compare =
        |what: &str, found: &Value, expected: Value| differing.compare(what, found, expected);
    for place in places(&server).await {
        let named = |names: Value| json!({"usernames": names, "mute_duration": 1000});
        let (both, lower) = (json!(["BOB", "CAROL"]), json!(["bob", "carol"]));
        for list in ["/white/users", "/mute", "/blocks/users"] {
            let path = format!("{place}{list}");
            // Who is no member is named as well.
            let added = post(path.clone(), named(json!(["BOB", "GHOST", "CAROL"]))).await;
            compare(&format!("POST {path}"), &users(&added), json!(["bob", "ghost", "carol"]));
            let gone = delete(format!("{path}/BOB%2CCAROL")).await;
            compare(&format!("DELETE {path}"), &users(&gone), lower.clone());
        }
        let added = post(format!("{place}/users"), named(both.clone())).await;
        compare(&format!("POST {place}/users"), &added["data"]["newmembers"], lower.clone());
        for list in ["/white/users", "/blocks/users"] {
            let path = format!("{place}{list}/BOB");
            let added = post(path.clone(), json!({})).await;
            compare(&format!("POST {path}"), &added["data"]["user"], json!("bob"));
            let gone = delete(path.clone()).await["data"].clone();
            let row = gone.get(0).unwrap_or(&gone);
            compare(&format!("DELETE {path}"), &row["user"], json!("bob"));
        }
        let added = post(format!("{place}/users/BOB"), json!({})).await;
        compare(&format!("POST {place}/users/BOB"), &added["data"]["user"], json!("bob"));
        let gone = delete(format!("{place}/users/BOB,CAROL")).await;
        compare(&format!("DELETE {place}/users"), &users(&gone), lower);
        post(format!("{place}/users"), named(both)).await;
        let gone = delete(format!("{place}/users/CAROL")).await;
        compare(&format!("DELETE {place}/users/CAROL"), &gone["data"]["user"], json!("carol"));

        post(format!("{place}/admin"), json!({"newadmin": "BOB"})).await;
        let demoted = delete(format!("{place}/admin/BOB")).await;
        compare(&format!("DELETE {place}/admin"), &demoted["data"]["oldadmin"], json!("bob"));
        put(&place, json!({"newowner": "BOB"})).await;
        let detail = server.get(&place, token).await.ok();
        compare(&format!("GET {place}"), &detail["data"][0]["owner"], json!("bob"));

        let attributes = format!("/metadata{}", place.replace("s/", "/"));
        put(&format!("{attributes}/user/BOB"), json!({"metaData": {"k": "v"}})).await;
        if place.starts_with("/chatgroups") {
            let batch = json!([{"username": "BOB", "metadata": {"k": "w"}}]);
            let set = put(&format!("{attributes}/users/batch"), batch).await;
            let set = &set["data"]["updateMetadataSucceeded"][0]["username"];
            compare("PUT users/batch", set, json!("bob"));
            let read = post(format!("{attributes}/get"), json!({"targets": ["BOB"]})).await;
            compare("POST get", &read["data"], json!({"bob": {"k": "w"}}));
            let joined = server.get(&format!("{place}/user/BOB/is_joined"), token).await.ok();
            compare("GET is_joined", &joined["data"], json!(true));
        } else {
            let own = format!("{attributes}/user/bob");
            let gone = untyped(&server, Method::DELETE, &own, json!({"keys": ["k"]})).await.ok();
            compare("DELETE attributes", &gone["data"]["successKeys"], json!(["k"]));
        }
    }
    post("/chatrooms/super_admin".to_owned(), json!({"superadmin": "DAVE"})).await;
    let admins = server.get("/chatrooms/super_admin", token).await.ok();
    compare("super administrators", &admins["data"], json!(["dave"]));
    let gone = delete("/chatrooms/super_admin/DAVE".to_owned()).await;
    compare("super administrator", &gone["data"]["newSuperAdmin"], json!("dave"));
    assert!(differing.0.is_empty(), "{:#?}", differing.0);
}
