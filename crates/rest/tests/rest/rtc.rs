//! What clients need for audio and video calls.

use hongyan_platform::rtc::{self, RtcProject};
use serde_json::{Value, json};

use crate::support::Server;

const CLOSED: &str = "rtc service not open!";

async fn set_up(server: &Server) {
    let project = RtcProject { id: "970ca35d".to_owned(), certificate: "5cfd2fd1".to_owned() };
    rtc::set_project(server.platform(), &server.app, &project).await.unwrap();
}

async fn token(server: &Server, user: &str, token: &str) -> Value {
    server.get(&format!("/users/{user}/token/rtc?channelName=c"), token).await.ok()
}

#[tokio::test]
async fn a_user_has_one_number_for_as_long_as_it_is_there() {
    let server = Server::start().await;
    set_up(&server).await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let first = token(&server, "Alice", &alice).await;
    assert_eq!(first["app_id"], "970ca35d");
    assert_eq!((&first["channel_name"], &first["expires_in"]), (&json!("c"), &json!(86_400)));
    assert!(first["rtc_token"].as_str().unwrap().starts_with("007"));
    assert_eq!(token(&server, "alice", &server.app_token).await["rtcUid"], first["rtcUid"]);
    let other = token(&server, "bob", &bob).await;
    assert_ne!(other["rtcUid"], first["rtcUid"]);

    let asked = json!({"data": [first["rtcUid"], other["rtcUid"].to_string(), 0, -1]});
    let reply = server.post("/rtc_mapper/batch/get", &bob, asked.clone()).await.ok();
    let key = |token: &Value| token["rtcUid"].to_string();
    let expected = Value::from_iter([(key(&first), json!("alice")), (key(&other), json!("bob"))]);
    assert_eq!(reply["data"], expected);

    server.delete("/users/bob", &server.app_token).await.ok();
    let reply = server.post("/rtc_mapper/batch/get", &alice, asked).await.ok();
    assert_eq!(reply["data"], Value::from_iter([(key(&first), json!("alice"))]));
    let [bob] = server.users(["bob"]).await;
    let again = token(&server, "bob", &bob).await;
    assert_ne!(again["rtcUid"], other["rtcUid"], "a new bob is somebody else");
}

#[tokio::test]
async fn without_a_project_calls_are_not_enabled() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let reply = server.get("/users/alice/token/rtc", &alice).await;
    reply.refused(403, "forbidden_op", CLOSED);
    let reply = server.post("/rtc_mapper/batch/get", &alice, json!({"data": [1]})).await;
    reply.refused(403, "forbidden_op", CLOSED);
    set_up(&server).await;
    assert_eq!(server.get("/users/alice/token/rtc", &alice).await.ok()["channel_name"], "*");
    rtc::remove_project(server.platform(), &server.app).await.unwrap();
    server.get("/users/alice/token/rtc", &alice).await.refused(403, "forbidden_op", CLOSED);
}

#[tokio::test]
async fn what_is_asked_must_make_sense_and_be_ones_own() {
    let server = Server::start().await;
    set_up(&server).await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let foreign = server.foreign_token().await;
    let path = "/users/alice/token/rtc";
    server.get(path, &bob).await.refused(401, "unauthorized", "unauthorized");
    for path in [path, "/users/nobody/token/rtc"] {
        let reply = server.get(path, &foreign).await;
        reply.refused(401, "auth_bad_access_token", "Unable to authenticate");
    }
    let reply = server.post("/rtc_mapper/batch/get", &foreign, json!({"data": [1]})).await;
    reply.refused(401, "auth_bad_access_token", "Unable to authenticate");
    let reply = server.get("/users/nobody/token/rtc", &server.app_token).await;
    assert_eq!((reply.status, &reply.body["exception"]), (404, &json!("UserNotFoundException")));
    let long = format!("{path}?channelName={}", "x".repeat(65));
    assert_eq!(server.get(&long, &alice).await.status, 400);
    for data in [json!({}), json!({"data": "x"}), json!({"data": ["x"]})] {
        assert_eq!(server.post("/rtc_mapper/batch/get", &alice, data).await.status, 400);
    }
    let many: Vec<i64> = (0..101).collect();
    let reply = server.post("/rtc_mapper/batch/get", &alice, json!({"data": many})).await;
    assert_eq!(reply.status, 400);
}
