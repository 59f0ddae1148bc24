//! Reported messages.

use hongyan_model::{Feature, Plan};
use serde_json::{Value, json};

use crate::support::{Reply, Server};

fn words() -> Value {
    json!({"username": "bob", "reportType": "spam", "reportReason": "buy now"})
}

async fn report(server: &Server, user: &str, token: &str, message: &str, body: Value) -> Reply {
    let path = format!("/user/{user}/moderation/report/message/{message}");
    server.post(&path, token, body).await
}

/// A message of alice to bob; its id.
async fn said(server: &Server, text: &str) -> String {
    let body = json!({"from": "alice", "to": ["bob"], "type": "txt", "body": {"msg": text}});
    let reply = server.post("/messages/users", &server.app_token, body).await.ok();
    reply["data"]["bob"].as_str().unwrap().to_owned()
}

async fn listed(server: &Server) -> Vec<Value> {
    let reply = server.get("/moderation/reports", &server.app_token).await.ok();
    reply["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_report_holds_the_message_also_when_that_is_recalled() {
    let server = Server::start().await;
    let [_, bob] = server.users(["alice", "bob"]).await;
    let id = said(&server, "cheap watches").await;
    let reply = report(&server, "Bob", &bob, &id, words()).await.ok();
    assert_eq!(reply["data"], json!({}));
    let recall = json!({"msg_id": id, "to": "bob", "chat_type": "chat", "from": "alice"});
    server.post("/messages/msg_recall", &server.app_token, recall).await.ok();
    let rows = listed(&server).await;
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(
        (&row["reporter"], &row["from"], &row["msg_id"]),
        (&json!("bob"), &json!("alice"), &json!(id))
    );
    assert_eq!((&row["report_type"], &row["report_reason"]), (&json!("spam"), &json!("buy now")));
    assert_eq!(row["message"]["payload"]["bodies"][0]["msg"], "cheap watches");
    assert_eq!(row["message"]["payload"]["type"], "chat");
    // What is gone cannot be reported any more.
    let reply = report(&server, "bob", &bob, &id, words()).await;
    reply.refused(400, "illegal_argument", "report failed, get message by id failed");
}

#[tokio::test]
async fn nobody_reports_what_it_cannot_see() {
    let server = Server::start().await;
    let [alice, bob, carol] = server.users(["alice", "bob", "carol"]).await;
    let id = said(&server, "hello").await;
    let not_found = "report failed, get message by id failed";
    for (user, token, message) in
        [("carol", &carol, id.as_str()), ("bob", &bob, "17"), ("bob", &bob, "x")]
    {
        let reply = report(&server, user, token, message, words()).await;
        reply.refused(400, "illegal_argument", not_found);
    }
    let reply = report(&server, "bob", &alice, &id, words()).await;
    reply.refused(401, "unauthorized", "unauthorized");
    let foreign = server.foreign_token().await;
    let reply = report(&server, "bob", &foreign, &id, words()).await;
    reply.refused(401, "auth_bad_access_token", "Unable to authenticate");
    for (token, error) in [(&bob, "unauthorized"), (&foreign, "auth_bad_access_token")] {
        let reply = server.get("/moderation/reports", token).await;
        assert_eq!((reply.status, &reply.body["error"]), (401, &json!(error)));
    }
    assert!(listed(&server).await.is_empty());
    report(&server, "alice", &alice, &id, words()).await.ok();
}

#[tokio::test]
async fn reports_have_words_and_there_are_not_too_many() {
    let server = Server::start().await;
    let [_, bob] = server.users(["alice", "bob"]).await;
    let id = said(&server, "0").await;
    for body in [json!({"reportReason": "x"}), json!({"reportType": "x"})] {
        assert_eq!(report(&server, "bob", &bob, &id, body).await.status, 400);
    }
    for body in [
        json!({"reportType": "x".repeat(65), "reportReason": "x"}),
        json!({"reportType": "x", "reportReason": "x".repeat(513)}),
    ] {
        let reply = report(&server, "bob", &bob, &id, body).await;
        assert_eq!((reply.status, &reply.body["error_code"]), (403, &json!(91002)));
    }
    for n in 0..20 {
        let id = said(&server, &n.to_string()).await;
        report(&server, "bob", &bob, &id, words()).await.ok();
        report(&server, "bob", &bob, &id, words()).await.ok();
    }
    let reply = report(&server, "bob", &bob, &id, words()).await;
    reply.refused(429, "resource_limited", "The request has reached the maximum limit");
    server.clock.advance(3_600_001);
    report(&server, "bob", &bob, &id, words()).await.ok();

    let page = server.get("/moderation/reports?limit=15", &server.app_token).await.ok();
    assert_eq!((&page["count"], page["data"][0]["msg_id"].as_str()), (&json!(15), Some(&*id)));
    let cursor = page["cursor"].as_str().unwrap();
    let path = format!("/moderation/reports?limit=15&cursor={cursor}");
    let page = server.get(&path, &server.app_token).await.ok();
    assert_eq!((&page["count"], &page["cursor"]), (&json!(6), &Value::Null));
    assert_eq!(server.get("/moderation/reports?cursor=x", &server.app_token).await.status, 400);
}

#[tokio::test]
async fn an_app_without_reports_says_so() {
    let server = Server::start().await;
    let [_, bob] = server.users(["alice", "bob"]).await;
    let id = said(&server, "hello").await;
    server.change_app(|app| app.plan = Plan::Free).await;
    let reply = report(&server, "bob", &bob, &id, words()).await;
    reply.refused(403, "forbidden_op", "message report not open");
    server
        .change_app(|app| {
            app.plan = Plan::Premier;
            app.features.switches.insert(Feature::MessageReport, false);
        })
        .await;
    let reply = report(&server, "bob", &bob, &id, words()).await;
    reply.refused(403, "forbidden_op", "message report not open");
}
