use hongyan_model::AppSettings;
use serde_json::{Value, json};

use crate::support::{START, Server};

const ILLEGAL: &str = "illegal_argument";

#[tokio::test]
async fn a_user_is_registered_read_renamed_and_deleted() {
    let server = Server::start().await;
    let token = &server.app_token;
    let new = json!({"username": "Alice", "password": "p", "nickname": "Al"});
    let body = server.post("/users", token, new).await.ok();
    assert_eq!((&body["action"], &body["path"]), (&json!("post"), &json!("/users")));
    let alice = &body["entities"][0];
    assert_eq!(alice["uuid"].as_str().unwrap().len(), 36);
    let expected = json!({
        "uuid": alice["uuid"], "type": "user", "created": START, "modified": START,
        "username": "alice", "activated": true, "nickname": "Al",
    });
    assert_eq!(*alice, expected);

    let body = server.get("/users/ALICE", token).await.ok();
    let mut shown = alice.clone();
    shown["notification_display_style"] = json!(0);
    shown["notification_no_disturbing"] = json!(false);
    assert_eq!((&body["entities"][0], &body["count"]), (&shown, &json!(1)));
    server.clock.advance(5);
    let body = server.put("/users/alice", token, json!({"nickname": "Lis"})).await.ok();
    assert_eq!(body["entities"][0]["nickname"], "Lis");
    assert_eq!(body["entities"][0]["modified"], START + 5);
    let body = server.delete("/users/alice", token).await.ok();
    assert_eq!(body["entities"][0]["username"], "alice");
    for reply in [
        server.get("/users/alice", token).await,
        server.delete("/users/alice", token).await,
        server.put("/users/alice", token, json!({"nickname": "x"})).await,
    ] {
        reply.refused(404, "service_resource_not_found", "Service resource not found");
        assert_eq!(reply.body["exception"], "UserNotFoundException");
    }
    let reply = server.put("/users/alice/password", token, json!({"newpassword": "x"})).await;
    reply.refused(404, "entity_not_found", "User null not found");
}

#[tokio::test]
async fn illegal_registrations_are_named() {
    let server = Server::start().await;
    let register = async |body: Value, error, text: &str| {
        server.post("/users", &server.app_token, body).await.refused(400, error, text);
    };
    let new = |name: &str| json!({"username": name, "password": "p"});
    server.post("/users", &server.app_token, new("bob")).await.ok();
    let taken = format!(
        "Application {} Entity user requires that property named username be unique, value of bob exists",
        server.app.uuid
    );
    register(new("BOB"), "duplicate_unique_property_exists", &taken).await;
    register(new("a b"), ILLEGAL, "username [a b] is not legal").await;
    register(new(&"x".repeat(65)), ILLEGAL, "USERNAME_TOO_LONG").await;
    let no_name = "Entity user requires a property named username";
    register(json!({"password": "p"}), ILLEGAL, no_name).await;
    register(json!({"username": "x"}), ILLEGAL, "password or pin must provided").await;
    let nickname = json!({"username": "x", "password": "p", "nickname": "n".repeat(101)});
    register(nickname, ILLEGAL, "NICKNAME_TOO_LONG").await;
    let many: Vec<Value> = (0..61).map(|n| new(&format!("u{n}"))).collect();
    let too_many = "Request body array size[61] had almost reached or been greater than the upper range value[60]";
    register(many.into(), ILLEGAL, too_many).await;
    let twice = json!([new("x"), {"username": "X", "password": "another"}]);
    let words = "the same user x has a different password";
    register(twice, "duplicate_unique_property_exists", words).await;
    register(json!([new("x"), new("a b")]), ILLEGAL, "username [a b] is not legal").await;
    assert_eq!(server.get("/users/x", &server.app_token).await.status, 404);
}

#[tokio::test]
async fn a_batch_registers_what_it_can() {
    let server = Server::start().await;
    let token = &server.app_token;
    let one = |name| json!({"username": name, "password": "p"});
    let body = server.post("/users", token, json!([one("a")])).await.ok();
    assert_eq!(body["data"], json!([]), "an array of one is an array");
    let body = server.post("/users", token, json!([one("a"), one("b")])).await.ok();
    assert_eq!(body["entities"][0]["username"], "b");
    let failed = json!([{"username": "a", "registerUserFailReason": "the a already exists"}]);
    assert_eq!(body["data"], failed);
}

#[tokio::test]
async fn anybody_registers_where_the_app_allows_it() {
    let settings = AppSettings { open_registration: true, ..AppSettings::default() };
    let server = Server::start_with(settings, None).await;
    let new = json!({"username": "Bob", "password": "p", "nickname": ""});
    assert_eq!(server.post("/users", "", new.clone()).await.ok()["entities"][0]["username"], "bob");
    assert_eq!(server.post("/users", "garbage", new).await.status, 401);
}

#[tokio::test]
async fn who_may_not_register_is_told_before_what_is_wrong_with_the_body() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let closed = "Open registration doesn't allow, so register user need token";
    for body in [json!({}), json!([]), json!("text"), json!({"username": "a b", "password": ""})] {
        server.post("/users", "", body.clone()).await.refused(401, "unauthorized", closed);
        server.post("/users", &alice, body).await.refused(401, "unauthorized", "unauthorized");
    }
}

#[tokio::test]
async fn pages_begin_with_the_oldest_and_end_without_a_cursor() {
    let server = Server::start().await;
    let token = &server.app_token;
    for name in ["zoe", "adam", "mia"] {
        server.users([name]).await;
        server.clock.advance(1);
    }
    let names = |body: &Value| -> Vec<String> {
        let users = body["entities"].as_array().unwrap();
        users.iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
    };
    let first = server.get("/users?limit=2", token).await.ok();
    assert_eq!((names(&first), &first["count"]), (vec!["zoe".into(), "adam".into()], &json!(2)));
    let cursor = first["cursor"].as_str().unwrap();
    assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    let last = server.get(&format!("/users?limit=2&cursor={cursor}"), token).await.ok();
    assert_eq!(names(&last), ["mia"]);
    assert!(last.get("cursor").is_none());
    assert_eq!(names(&server.get("/users?limit=0", token).await.ok()), ["zoe"]);
    assert_eq!(names(&server.get("/users?limit=100000", token).await.ok()).len(), 3);
    assert_eq!(server.get("/users?cursor=nonsense!", token).await.status, 400);

    let deleted = server.delete("/users?limit=2", token).await.ok();
    assert_eq!(names(&deleted), ["zoe", "adam"]);
    assert!(deleted["cursor"].is_string());
    assert_eq!(names(&server.get("/users", token).await.ok()), ["mia"]);
}

#[tokio::test]
async fn a_user_changes_its_nickname_and_its_push_binding_under_one_path() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    server.put("/users/alice", &alice, json!({"nickname": "Own"})).await.ok();
    let push = |token: &str| json!({"device_id": "d", "device_token": token, "notifier_name": "n"});
    let bound = server.put("/users/alice", &alice, push("t")).await.ok();
    assert_eq!(bound["entities"][0]["pushInfo"], json!([push("t")]));
    assert_eq!(bound["entities"][0]["nickname"], "Own");
    // The phone changes hands.
    let path = "/users/bob/push/binding";
    server.put(path, &bob, push("t")).await.ok();
    assert_eq!(server.get(path, &server.app_token).await.ok()["entities"], json!([push("t")]));
    let of_alice = server.get("/users/alice/push/binding", &alice).await.ok();
    assert_eq!(of_alice["entities"], json!([]));
    server.put(path, &bob, push("")).await.ok();
    assert_eq!(server.get(path, &bob).await.ok()["entities"], json!([]));
    assert_eq!(server.get(path, &alice).await.status, 401);
    let reply = server.put("/users/alice", &alice, json!({"level": 3})).await;
    reply.refused(
        400,
        ILLEGAL,
        "body: nickname, push settings and push binding can be changed, not level",
    );
    let reply = server.put("/users/alice", &alice, json!({})).await;
    reply.refused(400, ILLEGAL, "nickname must be provided");
    let reply = server.put("/users/alice/password", &server.app_token, json!({})).await;
    reply.refused(400, ILLEGAL, "newpassword is required");
}
