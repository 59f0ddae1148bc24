//! Exports of what was examined.

use hongyan_messaging::moderation::{make_exports, sweep_exports};
use hongyan_model::{App, Feature, Grant};
use serde_json::{Value, json};

use crate::features::switch;
use crate::moderation::{made, moderated, say};
use crate::support::{Reply, START, Server};

const DAY_MS: i64 = 24 * 3600 * 1000;

fn wish() -> Value {
    json!({"dateFrom": START - DAY_MS, "dateTo": START + DAY_MS})
}

async fn start(server: &Server, wish: Value) -> Reply {
    server.post("/moderation/record/message/export", &server.app_token, wish).await
}

/// Has an export made; its uuid.
async fn exported(server: &Server, wish: Value) -> String {
    let body = start(server, wish).await.ok();
    assert_eq!(body["status"], "OK");
    // The task of the server may be faster.
    make_exports(server.messaging()).await.unwrap();
    body["entity"]["uuid"].as_str().unwrap().to_owned()
}

async fn files(server: &Server, query: &str) -> Value {
    server.get(&format!("/moderation/export/files{query}"), &server.app_token).await.ok()
}

async fn download(server: &Server, uuid: &str) -> Reply {
    server.get(&format!("/moderationfiles/{uuid}?type=record"), &server.app_token).await
}

/// The lines of a file.
async fn lines(server: &Server, uuid: &str) -> Vec<Value> {
    let url = format!("{}/acme/chat/moderationfiles/{uuid}?type=record", server.address);
    let response = server.client.get(url).bearer_auth(&server.app_token).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A server on which two messages were blocked, one was masked, and one passed.
async fn examined() -> Server {
    let server = moderated().await;
    server.users(["alice", "bob"]).await;
    made(&server, "no", "REJECT", &["casino"]).await;
    made(&server, "stars", "EXCHANGE", &["poker"]).await;
    for text in ["casino", "hello", "poker", "the casino"] {
        say(&server, text).await;
        server.clock.advance(10);
    }
    server
}

#[tokio::test]
async fn records_are_exported_as_lines_of_json() {
    let server = examined().await;
    let uuid = exported(&server, wish()).await;
    // What comes later is not in it.
    say(&server, "casino").await;
    let found = lines(&server, &uuid).await;
    let texts: Vec<&Value> = found.iter().map(|line| &line["msg"]).collect();
    assert_eq!(texts, ["the casino", "poker", "hello", "casino"]);
    let mut first = found[0].clone();
    first.as_object_mut().unwrap().remove("messageId").unwrap();
    let expected = json!({
        "timestamp": START + 30, "from": "alice", "to": "bob", "targetType": "chat", "messageType": "txt",
        "msg": "the casino", "moderationResult": "REJECT", "providerResult": "REJECT", "isTest": false,
        "source": {"rule": "text_chat", "riskType": "no", "riskDetail": "casino"},
    });
    assert_eq!(first, expected);
    let reply = download(&server, &uuid).await;
    assert_eq!(reply.headers["content-type"], "application/x-ndjson");
    let name = format!("moderation-{uuid}.jsonl");
    assert_eq!(reply.headers["content-disposition"], format!("attachment; filename={name}"));

    let page = files(&server, &format!("?uuid={uuid}")).await;
    let file = &page["entities"][0];
    let size: i64 = reply.headers["content-length"].to_str().unwrap().parse().unwrap();
    let condition = json!({"dateFrom": START - DAY_MS, "dateTo": START + DAY_MS});
    let facts = json!({
        "id": file["id"].as_str().unwrap(), "uuid": uuid, "fileName": name, "status": "Finished",
        "cond": condition.to_string(), "detail": "4 records", "size": size,
        "expiredAt": "2026-11-30T00:00:00.040Z", "createdAt": "2026-11-23T00:00:00.040Z",
        "updatedAt": "2026-11-23T00:00:00.040Z",
    });
    assert_eq!(*file, facts);
}

#[tokio::test]
async fn only_what_was_asked_for_is_in_the_file() {
    let server = examined().await;
    let count = async |more: Value| {
        let mut wish = wish();
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let uuid = exported(&server, wish).await;
        lines(&server, &uuid).await.len()
    };
    assert_eq!(count(json!({"moderationResult": "REJECT"})).await, 2);
    assert_eq!(count(json!({"moderationResult": "EXCHANGE"})).await, 1);
    assert_eq!(count(json!({"providerResult": "PASS", "targetType": null})).await, 1);
    assert_eq!(count(json!({"msgType": "txt", "targetType": "chat"})).await, 4);
    assert_eq!(count(json!({"msgType": "img"})).await, 0);
    assert_eq!(count(json!({"targetType": "groupchat"})).await, 0);
    assert_eq!(count(json!({"dateFrom": START + 10, "dateTo": START + 20})).await, 2);
    let cond = files(&server, "?size=2").await["entities"][1]["cond"].clone();
    let cond: Value = serde_json::from_str(cond.as_str().unwrap()).unwrap();
    assert_eq!(cond["targetType"], "groupchat");

    let bad = [
        ("dateFrom", Value::Null),
        ("dateTo", Value::Null),
        ("dateFrom", json!(START + 2 * DAY_MS)),
        ("msgType", json!("text")),
        ("targetType", json!("x")),
        ("moderationResult", json!("pass")),
        ("providerResult", json!("EXCHANGE")),
    ];
    for (name, value) in bad {
        let mut wish = wish();
        wish[name] = value;
        let reply = start(&server, wish).await;
        assert_eq!(
            (reply.status, &reply.body["error"]),
            (400, &json!("illegal_argument")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn exports_are_listed_from_new_to_old() {
    let server = examined().await;
    let limit = |most| {
        move |app: &mut App| {
            app.features.grants.insert(Feature::ModerationExportsMax, Grant::Limit(most));
        }
    };
    server.change_app(limit(3)).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(exported(&server, wish()).await);
    }
    let full = start(&server, wish()).await;
    full.refused(403, "exceed_limit", "moderation_exports_max is reached");
    let page = files(&server, "?page=0&size=2&uuid=null").await;
    let uuids = |page: &Value| {
        let files = page["entities"].as_array().unwrap().iter();
        files.map(|file| file["uuid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(uuids(&page), [made[2].clone(), made[1].clone()]);
    let figures =
        ["first", "last", "size", "number", "numberOfElements", "totalPages", "totalElements"];
    let shown = figures.map(|key| page[key].clone());
    assert_eq!(json!(shown), json!([true, false, 2, 0, 2, 2, 3]));
    let page = files(&server, "?page=1&size=2").await;
    assert_eq!((uuids(&page), &page["last"]), (vec![made[0].clone()], &json!(true)));
    assert_eq!(files(&server, "?uuid=nothing").await["totalElements"], 0);
}

#[tokio::test]
async fn an_export_holds_so_many_records_and_says_so() {
    let server = examined().await;
    server
        .change_app(|app| {
            app.features.grants.insert(Feature::ModerationExportRecordsMax, Grant::Limit(3));
        })
        .await;
    let uuid = exported(&server, wish()).await;
    assert_eq!(lines(&server, &uuid).await.len(), 3);
    let file = files(&server, "").await["entities"][0].clone();
    assert_eq!(file["detail"], "the newest 3 records; there are more");
    let mut fits = wish();
    fits["moderationResult"] = "REJECT".into();
    exported(&server, fits).await;
    assert_eq!(files(&server, "").await["entities"][0]["detail"], "2 records");
}

#[tokio::test]
async fn an_export_ends_after_a_week_with_its_file() {
    let server = examined().await;
    let uuid = exported(&server, wish()).await;
    server.clock.advance(7 * DAY_MS - 1);
    download(&server, &uuid).await.ok();
    assert_eq!(sweep_exports(server.messaging()).await.unwrap(), 0);
    server.clock.advance(1);
    let gone = async || {
        let reply = download(&server, &uuid).await;
        reply.refused(404, "entity_not_found", "there is no such export");
        assert_eq!(files(&server, "").await["totalElements"], 0);
    };
    gone().await;
    assert_eq!(sweep_exports(server.messaging()).await.unwrap(), 1);
    assert_eq!(sweep_exports(server.messaging()).await.unwrap(), 0);
    gone().await;
}

#[tokio::test]
async fn exports_belong_to_their_app_and_need_moderation() {
    let server = examined().await;
    let uuid = exported(&server, wish()).await;
    let stranger = server.foreign_token().await;
    let other = hongyan_platform::apps::find(server.platform(), "acme", "other").await.unwrap();
    let grant = |app: &mut App| {
        app.features.grants.insert(Feature::ContentModeration, Grant::Included);
        Ok(())
    };
    hongyan_platform::apps::update(server.platform(), other.id, grant).await.unwrap();
    let call = async |path: String| {
        let url = format!("{}/acme/other{path}", server.address);
        crate::support::send(server.client.get(url).bearer_auth(&stranger)).await
    };
    let reply = call(format!("/moderationfiles/{uuid}?type=record")).await;
    reply.refused(404, "entity_not_found", "there is no such export");
    let page = call(format!("/moderation/export/files?uuid={uuid}")).await.ok();
    assert_eq!(page["totalElements"], 0);

    let other_type =
        server.get(&format!("/moderationfiles/{uuid}?type=x"), &server.app_token).await;
    assert_eq!(other_type.status, 400);
    download(&server, "x").await.refused(404, "entity_not_found", "there is no such export");
    // Nor is it among the app's files.
    let file = server.get(&format!("/chatfiles/{uuid}"), &server.app_token).await;
    assert_eq!(file.status, 404);

    server.change_app(switch(Feature::ContentModeration, false)).await;
    let off = "content_moderation service not open!";
    start(&server, wish()).await.refused(403, "forbidden_op", off);
    download(&server, &uuid).await.refused(403, "forbidden_op", off);
    let path = "/moderation/export/files";
    server.get(path, &server.app_token).await.refused(403, "forbidden_op", off);
}
