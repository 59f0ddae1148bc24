//! Lists of keywords, and the check of texts.

use std::time::Duration;

use base64::Engine as _;
use hongyan_model::{
    AppSettings, ChatType, Feature, Grant, ModeratedKind, RuleTarget, TagOf, WordPolicy,
};
use hongyan_platform::moderation;
use hongyan_providers::moderation::ModeratorSettings;
use hongyan_providers::{ProviderOptions, ProviderSettings, Providers};
use reqwest::Method;
use serde_json::{Value, json};

use crate::features::switch;
use crate::support::{Reply, START, Server, send};

const BAD: &str = "Bad Request";

/// A server whose app examines texts, also those of the customer's server.
pub(crate) async fn moderated() -> Server {
    prepared(Server::start().await).await
}

async fn prepared(server: Server) -> Server {
    server
        .change_app(|app| {
            app.features.grants.insert(Feature::ContentModeration, Grant::Included);
        })
        .await;
    let kinds = [ModeratedKind::Text];
    moderation::set(server.platform(), server.app.id, &kinds, true).await.unwrap();
    server
}

fn list(name: &str, disposition: &str, words: &[&str]) -> Value {
    json!({
        "name": name, "scope": "ALL", "disposition": disposition, "userId": "V1", "textContexts": words,
    })
}

async fn create(server: &Server, body: Value) -> Reply {
    server.post("/moderation/text/list", &server.app_token, body).await
}

/// Makes a list; its id.
pub(crate) async fn made(server: &Server, name: &str, disposition: &str, words: &[&str]) -> String {
    let body = create(server, list(name, disposition, words)).await.ok();
    body["entity"]["id"].as_str().unwrap().to_owned()
}

/// Sends a text from `alice` to `bob` by REST.
pub(crate) async fn say(server: &Server, text: &str) -> Reply {
    let message = json!({"from": "alice", "to": ["bob"], "type": "txt", "body": {"msg": text}});
    server.post("/messages/users", &server.app_token, message).await
}

async fn is_blocked(server: &Server, text: &str) -> bool {
    let reply = say(server, text).await;
    match reply.status {
        200 => false,
        _ => {
            reply.refused(403, "forbidden_op", "the message was blocked by moderation");
            true
        }
    }
}

/// Whether the newest message that bob can read says this.
async fn reads(server: &Server, bob: &str, text: &str) -> bool {
    let body = json!({"queue": "alice@easemob.com", "start": -1});
    let history = server.post("/users/bob/messageroaming", bob, body).await.ok();
    let newest = history["data"]["msgs"][0]["msg"].as_str().unwrap();
    let newest = base64::engine::general_purpose::STANDARD.decode(newest).unwrap();
    newest.windows(text.len()).any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn a_list_is_made_with_its_words_and_counts_at_once() {
    let server = moderated().await;
    server.users(["alice", "bob"]).await;
    assert!(!is_blocked(&server, "buy Music now").await);
    let body = create(&server, list(" list_1 ", "REJECT", &["music", "sport", "music"])).await.ok();
    assert_eq!(body["status"], "OK");
    let entity = &body["entity"];
    let id = entity["id"].as_str().unwrap();
    let uuid = &server.app.uuid;
    let mut facts = entity.clone();
    facts.as_object_mut().unwrap().remove("textList");
    let expected = json!({
        "id": id, "name": "list_1", "moderationId": uuid, "appkey": "acme#chat", "category": "DEFAULT",
        "scope": "ALL", "tagId": null, "fullMatch": false, "suggestion": "REJECT",
        "disposition": "REJECT", "quantity": 2, "status": "ACTIVE", "createDataTime": START,
        "updateDataTime": START,
    });
    assert_eq!(facts, expected);
    let word = &entity["textList"][0];
    let expected = json!({
        "id": word["id"].as_str().unwrap(), "appId": uuid, "word": "music", "userId": "v1",
        "listId": id, "status": true, "createDateTime": START, "updateDateTime": START,
    });
    assert_eq!(*word, expected);
    assert_eq!(entity["textList"].as_array().unwrap().len(), 2);

    assert!(is_blocked(&server, "buy Music now").await);
    assert!(!is_blocked(&server, "buy books").await);
    let path = format!("/moderation/text/list/{id}");
    assert_eq!(server.delete(&path, &server.app_token).await.ok(), json!({"status": "OK"}));
    assert!(!is_blocked(&server, "buy Music now").await);
    server.delete(&path, &server.app_token).await.refused(400, BAD, "textList data is empty");
}

#[tokio::test]
async fn a_list_replaces_allows_and_is_changed() {
    let server = moderated().await;
    let [_, bob] = server.users(["alice", "bob"]).await;
    let id = made(&server, "masked", "EXCHANGE", &["bad"]).await;
    say(&server, "a bad word").await.ok();
    assert!(reads(&server, &bob, "a *** word").await);
    made(&server, "fine", "PASS", &["bad weather"]).await;
    say(&server, "this bad weather").await.ok();
    assert!(reads(&server, &bob, "this bad weather").await);

    let path = format!("/moderation/text/list/{id}");
    let put = async |body: Value| server.put(&path, &server.app_token, body).await;
    server.clock.advance(1000);
    let change =
        json!({"name": "whole", "scope": "CHAT", "disposition": "REJECT", "fullMatch": true});
    let entity = put(change.clone()).await.ok()["entity"].clone();
    let facts = ["name", "scope", "disposition", "suggestion", "status"].map(|key| &entity[key]);
    assert_eq!(facts, ["whole", "CHAT", "REJECT", "REJECT", "ACTIVE"]);
    assert_eq!((&entity["fullMatch"], &entity["quantity"]), (&json!(true), &json!(1)));
    let times = (&entity["createDataTime"], &entity["updateDataTime"]);
    assert_eq!(times, (&json!(START), &json!(START + 1000)));
    assert!(!is_blocked(&server, "a bad word").await);
    assert!(is_blocked(&server, " Bad ").await);

    // Its own name is not taken, that of another one is.
    put(change.clone()).await.ok();
    let taken = json!({"name": "fine", "scope": "ALL", "disposition": "PASS"});
    put(taken.clone()).await.refused(400, BAD, "The textList already exists");
    create(&server, taken).await.refused(400, BAD, "The textList already exists");
    let mut closed = change;
    closed["status"] = "CLOSE".into();
    assert_eq!(put(closed).await.ok()["entity"]["status"], "CLOSE");
    assert!(!is_blocked(&server, "bad").await);
}

#[tokio::test]
async fn a_list_counts_in_some_chats_only() {
    let server = moderated().await;
    server.users(["alice", "bob"]).await;
    let tag = moderation::create_tag(server.platform(), server.app.id, "t", TagOf::Chats).await;
    let tag = tag.unwrap().id;
    let of_users =
        moderation::create_tag(server.platform(), server.app.id, "u", TagOf::Users).await;
    let new = |scope: &str, tag: &str| json!({"name": scope, "scope": scope, "tagId": tag, "disposition": "REJECT", "textContexts": [scope]});
    let body = create(&server, new("TAG", &tag)).await.ok();
    assert_eq!((&body["entity"]["scope"], &body["entity"]["tagId"]), (&json!("TAG"), &json!(tag)));
    for scope in ["GROUP", "ROOM", "CHAT"] {
        create(&server, new(scope, "")).await.ok();
    }
    let blocked = is_blocked(&server, "CHAT").await;
    assert!(blocked && !is_blocked(&server, "GROUP ROOM TAG").await);

    let mut untagged = new("TAG", "");
    untagged["name"] = "other".into();
    create(&server, untagged.clone()).await.refused(400, BAD, "request param is empty");
    untagged["tagId"] = of_users.unwrap().id.into();
    assert_eq!(create(&server, untagged).await.status, 400);
    let found =
        server.post("/moderation/text/list/search", &server.app_token, json!({"tagId": tag}));
    let found = found.await.ok();
    assert_eq!(
        (&found["totalElements"], &found["entities"][0]["name"]),
        (&json!(1), &json!("TAG"))
    );
}

#[tokio::test]
async fn lists_are_found_by_name_and_page_by_page() {
    let server = moderated().await;
    for name in ["a", "b", "c"] {
        made(&server, name, "PASS", &["x"]).await;
    }
    let find = async |body: Value| {
        let reply = server.post("/moderation/text/list/search", &server.app_token, body).await;
        let body = reply.ok();
        let names = body["entities"].as_array().unwrap().iter().map(|list| list["name"].clone());
        (Value::from(names.collect::<Vec<_>>()), body)
    };
    let (names, page) = find(Value::Null).await;
    assert_eq!(names, json!(["a", "b", "c"]));
    assert!(page["entities"][0].get("textList").is_none());
    assert_eq!(page["entities"][0]["quantity"], 1);
    let (names, mut page) = find(json!({"page": "1", "size": "2"})).await;
    page.as_object_mut().unwrap().remove("entities");
    assert_eq!(names, json!(["c"]));
    let figures = json!({
        "status": "OK", "first": false, "last": true, "size": 2, "number": 1, "numberOfElements": 1,
        "totalPages": 2, "totalElements": 3,
    });
    assert_eq!(page, figures);
    let (names, page) = find(json!({"name": "b", "size": 500})).await;
    assert_eq!((names, &page["size"]), (json!(["b"]), &json!(200)));
    let (names, page) = find(json!({"name": "none"})).await;
    assert_eq!((names, &page["totalPages"], &page["last"]), (json!([]), &json!(0), &json!(true)));
}

#[tokio::test]
async fn words_are_added_found_changed_and_removed() {
    let server = moderated().await;
    server.users(["alice", "bob"]).await;
    let id = made(&server, "l", "REJECT", &["music"]).await;
    let (batch, one) = (
        format!("/moderation/text/list/{id}/word/batch"),
        format!("/moderation/text/list/{id}/word"),
    );
    let token = &server.app_token;
    let add = async |words: Value| {
        server.post(&batch, token, json!({"wordContents": words, "userId": "v2"})).await
    };
    server.clock.advance(500);
    let entity = add(json!(["music", "musicradio", "50%"])).await.ok()["entity"].clone();
    let words: Vec<&Value> =
        entity["textList"].as_array().unwrap().iter().map(|word| &word["word"]).collect();
    assert_eq!(words, ["music", "musicradio", "50%"]);
    assert_eq!(entity["quantity"], 3);
    let [music, radio] = [&entity["textList"][0], &entity["textList"][1]];
    assert_eq!((&music["userId"], &radio["userId"]), (&json!("v1"), &json!("v2")));
    assert_eq!(radio["createDateTime"], START + 500);
    let there = add(json!(["music", "50%"])).await;
    there.refused(400, BAD, "The textList already contains the text");
    assert!(is_blocked(&server, "50% off").await);

    let find = async |body: Value| server.post(&one, token, body).await.ok();
    let found = find(json!({"word": "MUSIC", "size": 1})).await;
    let figures = ["totalElements", "totalPages", "last"].map(|key| &found[key]);
    assert_eq!(figures, [&json!(2), &json!(2), &json!(false)]);
    assert_eq!(found["entities"], json!([radio]));
    assert_eq!(
        find(json!({"word": "music", "page": 1, "size": 1})).await["entities"],
        json!([music])
    );
    assert_eq!(find(json!({})).await["totalElements"], 3);

    let change = async |body: Value| server.put(&one, token, body).await;
    let changed = change(json!({"id": radio["id"], "word": "video", "userId": "v3"})).await.ok();
    let mut expected = radio.clone();
    expected["word"] = "video".into();
    expected["userId"] = "v3".into();
    assert_eq!(changed, json!({"status": "OK", "entity": expected}));
    assert!(is_blocked(&server, "a video").await);
    let taken = change(json!({"id": radio["id"], "word": "music"})).await;
    taken.refused(400, BAD, "The textList already contains the text");
    change(json!({"word": "x"})).await.refused(400, BAD, "the param can not be empty");
    let unknown = change(json!({"id": "17", "word": "x"})).await;
    unknown.refused(400, BAD, "text data is empty");

    let query = format!("{one}?wordId={}", radio["id"].as_str().unwrap());
    let gone = json!({"status": "OK", "entity": true});
    assert_eq!(server.delete(&query, token).await.ok(), gone);
    assert_eq!(server.delete(&query, token).await.ok()["entity"], false);
    assert!(!is_blocked(&server, "a video").await);
    let remove = async |ids: Value| {
        send(server.request(Method::DELETE, &batch, token).json(&json!({"wordIds": ids}))).await
    };
    let done = remove(json!([music["id"], radio["id"], "none"])).await.ok();
    assert_eq!(done, json!({"status": "OK", "entity": 0}));
    assert_eq!(remove(json!([music["id"]])).await.ok()["entity"], 1);
    assert!(!is_blocked(&server, "music").await && is_blocked(&server, "50%").await);
    remove(json!([])).await.refused(400, BAD, "request data is empty");
    let many = remove((0..101).collect()).await;
    many.refused(400, BAD, "wordIds is more than max limit : 100");
}

#[tokio::test]
async fn lists_and_words_have_their_limits() {
    let server = moderated().await;
    let exceeded = "The text count exceeds the maximum number";
    let words = |n: usize| (0..n).map(|n| format!("w{n}")).collect::<Vec<_>>();
    let new = |name: &str, words: &[String]| json!({"name": name, "scope": "ALL", "disposition": "PASS", "textContexts": words});
    create(&server, new("n", &words(201))).await.refused(400, BAD, exceeded);
    let id = create(&server, new("n", &words(200))).await.ok()["entity"]["id"].clone();
    let batch = format!("/moderation/text/list/{}/word/batch", id.as_str().unwrap());
    let add = async |words: &[String]| {
        server.post(&batch, &server.app_token, json!({"wordContents": words})).await
    };
    add(&words(101)).await.refused(400, BAD, exceeded);
    add(&[]).await.refused(400, BAD, "request data is empty");
    add(&["字".repeat(128)]).await.ok();
    let long = add(&["字".repeat(129)]).await;
    long.refused(400, BAD, "wordContents is longer than 128 characters");
    assert_eq!(add(&["a\nb".to_owned()]).await.status, 400);

    // All or nothing.
    server
        .change_app(|app| {
            app.features.grants.insert(Feature::KeywordsMax, Grant::Limit(203));
            app.features.grants.insert(Feature::KeywordListsMax, Grant::Limit(2));
        })
        .await;
    add(&["x".into(), "y".into(), "z".into()]).await.refused(400, BAD, exceeded);
    assert_eq!(add(&["x".into(), "y".into()]).await.ok()["entity"]["quantity"], 203);

    create(&server, new(&"名".repeat(32), &[])).await.ok();
    let full = create(&server, new("third", &[])).await;
    full.refused(400, BAD, "The textList count exceeds the maximum number");
    let long = create(&server, new(&"名".repeat(33), &[])).await;
    assert_eq!(long.status, 400);
    for missing in ["name", "scope", "disposition"] {
        let mut body = new("x", &[]);
        body[missing] = "".into();
        create(&server, body).await.refused(400, BAD, "request param is empty");
    }
    for wrong in ["scope", "disposition", "status"] {
        let mut body = new("x", &[]);
        body[wrong] = "all".into();
        let reply = create(&server, body).await;
        assert_eq!(
            (reply.status, &reply.body["error"]),
            (400, &json!("illegal_argument")),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn lists_of_another_app_are_not_there() {
    let server = moderated().await;
    let id = made(&server, "l", "REJECT", &["music"]).await;
    let stranger = server.foreign_token().await;
    let other = hongyan_platform::apps::find(server.platform(), "acme", "other").await.unwrap();
    let grant = |app: &mut hongyan_model::App| {
        app.features.grants.insert(Feature::ContentModeration, Grant::Included);
        Ok(())
    };
    hongyan_platform::apps::update(server.platform(), other.id, grant).await.unwrap();
    let call = async |method: Method, path: &str, body: Value| {
        let url = format!("{}/acme/other/moderation/text/list{path}", server.address);
        send(server.client.request(method, url).bearer_auth(&stranger).json(&body)).await
    };
    let none = "textList data is empty";
    let change = json!({"name": "n", "scope": "ALL", "disposition": "PASS"});
    call(Method::PUT, &format!("/{id}"), change).await.refused(400, BAD, none);
    call(Method::DELETE, &format!("/{id}"), Value::Null).await.refused(400, BAD, none);
    let words = format!("/{id}/word");
    call(Method::POST, &words, json!({"word": "m"})).await.refused(400, BAD, none);
    call(Method::PUT, &words, json!({"id": "1", "word": "m"})).await.refused(400, BAD, none);
    let removed = call(Method::DELETE, &format!("{words}?wordId=1"), Value::Null).await;
    removed.refused(400, BAD, "request data is empty");
    let batch = format!("/{id}/word/batch");
    call(Method::POST, &batch, json!({"wordContents": ["m"]})).await.refused(400, BAD, none);
    call(Method::DELETE, &batch, json!({"wordIds": ["1"]})).await.refused(400, BAD, none);
    assert_eq!(call(Method::POST, "/search", Value::Null).await.ok()["totalElements"], 0);
    for odd in ["x", "0", "99999999999999999999"] {
        let path = format!("/moderation/text/list/{odd}");
        server.delete(&path, &server.app_token).await.refused(400, BAD, none);
    }
}

async fn check(server: &Server, content: &str) -> Value {
    let body = json!({"content": content});
    server.post("/moderation/txt/check", &server.app_token, body).await.ok()
}

#[tokio::test]
async fn a_text_is_checked_by_words_of_the_app() {
    let server = moderated().await;
    made(&server, "blocked", "REJECT", &["casino"]).await;
    made(&server, "masked", "EXCHANGE", &["poker"]).await;
    let body = check(&server, "hello").await;
    let fine = json!({
        "type": "PASS", "riskType": "无风险", "riskLabel": "NONE", "exchangeText": "hello", "sensitiveWords": [],
    });
    let expected =
        json!({"code": 200, "data": fine, "meta": {"timestamp": START, "requestId": ""}});
    assert_eq!(body, expected);
    let data = async |content: &str| check(&server, content).await["data"].clone();
    let found = |text: &str, words: Value| json!({"type": "REJECT", "riskType": "违禁", "riskLabel": "BAN", "exchangeText": text, "sensitiveWords": words});
    let both = found("*** and *** here", json!(["casino", "poker"]));
    assert_eq!(data("Casino and poker here").await, both);
    assert_eq!(data("poker").await, found("***", json!(["poker"])));

    // Sensitive words come first.
    let platform = server.platform();
    let caller = hongyan_model::Caller {
        app: hongyan_platform::apps::find(platform, "acme", "chat").await.unwrap(),
        actor: hongyan_model::Actor::App,
        origin: hongyan_model::Origin::Rest,
        device: None,
        client: None,
    };
    server.change_app(switch(Feature::SensitiveWords, true)).await;
    server
        .change_app(|app| {
            app.features.grants.insert(Feature::SensitiveWords, Grant::Included);
        })
        .await;
    let app = hongyan_platform::apps::find(platform, "acme", "chat").await.unwrap();
    let caller = hongyan_model::Caller { app, ..caller };
    hongyan_messaging::words::add(server.messaging(), &caller, "secret").await.unwrap();
    assert_eq!(data("a secret poker").await, found("a *** poker", json!(["secret"])));
    let policy = async |policy| {
        server.change_app(move |app| app.settings.words.policy = policy).await;
    };
    policy(WordPolicy::Replace).await;
    assert_eq!(data("a secret").await, found("a ***", json!(["secret"])));
    assert_eq!(data("a secret poker").await["type"], "REJECT");
    policy(WordPolicy::Record).await;
    let mut noted = found("a secret", json!(["secret"]));
    noted["type"] = "REVIEWED".into();
    assert_eq!(data("a secret").await, noted);
    assert_eq!(data("secret poker").await, found("secret ***", json!(["secret", "poker"])));
    // Nothing of it is noted.
    let filter = hongyan_messaging::moderation::RecordFilter::default();
    let m = server.messaging();
    let records = hongyan_messaging::moderation::records(m, &caller, &filter, None, 9).await;
    assert!(records.unwrap().items.is_empty());
    let hits = hongyan_messaging::words::hits(m, &caller, &Default::default(), None, 9).await;
    assert!(hits.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_check_needs_a_text_and_a_rule() {
    let server = Server::start().await;
    let token = server.app_token.clone();
    let check = async |content: Value| {
        server.post("/moderation/txt/check", &token, json!({"content": content})).await
    };
    let coded = |reply: Reply, code: u32, words: &str| {
        reply.refused(400, BAD, words);
        assert_eq!(reply.body["error_code"], code);
    };
    coded(check("x".into()).await, 4_000_404, "text moderation not open");
    let new = list("l", "PASS", &[]);
    create(&server, new).await.refused(400, BAD, "moderation org data is empty");
    let search = server.post("/moderation/text/list/search", &token, Value::Null).await;
    search.refused(400, BAD, "moderation org data is empty");

    server
        .change_app(|app| {
            app.features.grants.insert(Feature::ContentModeration, Grant::Included);
        })
        .await;
    coded(check("x".into()).await, 4_000_404, "text moderation not open");
    let kinds = [ModeratedKind::Text];
    moderation::set(server.platform(), server.app.id, &kinds, false).await.unwrap();
    for empty in [Value::Null, "".into(), " ".into()] {
        coded(check(empty).await, 4_000_005, "message content is empty or null");
    }
    check("字".repeat(5000).into()).await.ok();
    let long = check("字".repeat(5001).into()).await;
    coded(long, 4_000_005, "message content is longer than 5000 characters");

    let is_single = |target: &RuleTarget| *target == RuleTarget::Chats(ChatType::Single);
    server
        .change_app(|app| {
            let mut rules = app.settings.moderation.rules.iter_mut();
            rules.find(|rule| is_single(&rule.target)).unwrap().enabled = false;
        })
        .await;
    coded(check("x".into()).await, 4_000_404, "text rule moderation not active");
    server
        .change_app(|app| app.settings.moderation.rules.retain(|rule| !is_single(&rule.target)))
        .await;
    coded(check("x".into()).await, 4_000_303, "text rule moderation not exist");
}

#[tokio::test]
async fn a_text_is_checked_by_the_provider() {
    let judge = axum::routing::post(|axum::Json(asked): axum::Json<Value>| async move {
        let judgement = match asked["text"].as_str().unwrap() {
            "ad https://x" => json!({
                "result": "REJECT", "risk_type": "AD", "risk_detail": "广告:网址", "words": ["https://x"],
            }),
            "all bad" => json!({"result": "REJECT", "risk_type": "PORN"}),
            "maybe" => json!({"result": "REVIEW"}),
            "broken" => json!({"result": "WHAT"}),
            _ => json!({"result": "PASS"}),
        };
        axum::Json(judgement)
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/moderate", judge);
    tokio::spawn(async { axum::serve(listener, router).await });
    let provider = ProviderSettings {
        url,
        token: String::new(),
        timeout: Duration::from_secs(20),
        most: 9,
        most_of_app: 9,
    };
    let timeout = Duration::from_secs(20);
    let moderator = ModeratorSettings { provider, text_timeout: timeout, image_timeout: timeout };
    let providers =
        ProviderOptions { translation: None, speech: None, moderation: Some(moderator) };
    let providers = Providers::new(&providers).unwrap();
    let server = Server::start_on(AppSettings::default(), None, providers).await;
    let server = prepared(server).await;
    let check = async |content: &str| {
        let data = check(&server, content).await["data"].clone();
        let keys = ["type", "riskType", "riskLabel", "exchangeText"];
        keys.map(|key| data[key].as_str().unwrap().to_owned())
    };
    assert_eq!(check("fine").await, ["PASS", "无风险", "NONE", "fine"]);
    assert_eq!(check("ad https://x").await, ["REJECT", "广告:网址", "AD", "ad ***"]);
    assert_eq!(check("all bad").await, ["REJECT", "PORN", "PORN", "***"]);
    assert_eq!(check("maybe").await, ["REVIEWED", "UNKNOWN", "UNKNOWN", "maybe"]);
    assert_eq!(check("broken").await, ["UNKNOWN", "未知", "UNKNOWN", "broken"]);
}
