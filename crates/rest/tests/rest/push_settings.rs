use serde_json::{Value, json};

use crate::support::{START, Server};

const ILLEGAL: &str = "illegal_argument";

#[tokio::test]
async fn rules_are_set_and_read_in_the_documented_form() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let group = json!({"owner": "alice", "public": false, "groupid": "77"});
    server.post("/chatgroups", &server.app_token, group).await.ok();
    let own = "/users/alice/notification/user/Alice";
    let with_bob = "/users/alice/notification/user/bob";
    let of_group = "/users/alice/notification/chatgroup/77";
    let rule = |kind: &str, end: i64, interval: &str| json!({"type": kind, "ignoreDuration": end, "ignoreInterval": interval});

    assert_eq!(server.get(own, &alice).await.ok()["data"], rule("ALL", 0, ""));
    let all = json!({"type": "AT", "ignoreInterval": "21:30-8:5", "ignoreDuration": "1000"});
    let reply = server.put(own, &server.app_token, all).await.ok();
    assert_eq!(reply["data"], rule("AT", START + 1000, "21:30-08:05"));
    assert_eq!(server.get(own, &alice).await.ok()["data"], reply["data"]);
    assert_eq!(server.get(with_bob, &alice).await.ok()["data"], rule("DEFAULT", 0, ""));
    server.put(with_bob, &alice, json!({"type": "none"})).await.ok();
    server.put(of_group, &alice, json!({"ignoreDuration": 5})).await.ok();
    assert_eq!(server.get(of_group, &alice).await.ok()["data"], rule("DEFAULT", START + 5, ""));

    let path = "/users/alice/notification?user=bob,carol&group=77";
    let found = server.get(path, &alice).await.ok();
    let expected = json!({
        "user": {"bob": rule("NONE", 0, "")},
        "group": {"77": rule("DEFAULT", START + 5, "")},
    });
    assert_eq!(found["data"], expected);
    server.clock.advance(5);
    assert_eq!(server.get(path, &alice).await.ok()["data"]["group"], json!({}));
    let reply = server.get("/users/alice/notification?user=&group=", &alice).await.ok();
    assert_eq!(reply["data"], json!({"user": {}, "group": {}}));

    server.put(of_group, &alice, json!({"type": "AT"})).await.ok();
    let path = "/users/alice/notification/mute/type";
    let first = server.get(&format!("{path}?limit=1&_v=1"), &alice).await.ok();
    assert_eq!(first["data"], json!([{"user": "bob", "value": "NONE"}]));
    let cursor = first["cursor"].as_str().unwrap();
    let last = server.get(&format!("{path}?limit=1&cursor={cursor}"), &alice).await.ok();
    assert_eq!(last["data"], json!([{"group": "77", "value": "AT"}]));
    assert!(last.get("cursor").is_none());
}

#[tokio::test]
async fn language_style_and_nicknames() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let token = &server.app_token;
    let path = "/users/alice/notification/language";
    assert_eq!(server.get(path, &alice).await.ok()["data"], json!({"language": ""}));
    let reply = server.put(path, &alice, json!({"translationLanguage": "zh"})).await.ok();
    assert_eq!(reply["data"], json!({"language": "zh"}));
    assert_eq!(server.get(path, token).await.ok()["data"], json!({"language": "zh"}));
    server.put(path, &alice, json!({"translationLanguage": ""})).await.ok();
    assert_eq!(server.get(path, token).await.ok()["data"], json!({"language": ""}));

    let change = json!({"nickname": "Ally", "notification_display_style": "1",
        "notification_no_disturbing": true, "notification_no_disturbing_start": "22",
        "notification_no_disturbing_end": "7"});
    let reply = server.put("/users/alice", &alice, change.clone()).await.ok();
    let shown = &reply["entities"][0];
    for (name, value) in [
        ("nickname", json!("Ally")),
        ("notification_display_style", json!(1)),
        ("notification_no_disturbing", json!(true)),
        ("notification_no_disturbing_start", json!(22)),
        ("notification_no_disturbing_end", json!(7)),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }

    let names = json!([{"username": "alice", "push_nickname": "A"}, {"username": "BOB", "push_nickname": "B"}]);
    let reply = server.put("/push/nickname", token, names).await.ok();
    let expected = json!([{"username": "alice", "push_nickname": "A"}, {"username": "bob", "push_nickname": "B"}]);
    assert_eq!(reply["entities"], expected);
}

#[tokio::test]
async fn what_is_refused_reads_as_documented() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let put = async |path: &str, body: Value, name: &str| {
        let text = format!("parameters is invalid : {name}");
        server.put(path, &alice, body).await.refused(400, "IllegalArgumentException", &text);
    };
    let own = "/users/alice/notification/user/alice";
    put(own, json!({}), "type").await;
    put(own, json!({"type": "DEFAULT"}), "type").await;
    put(own, json!({"ignoreDuration": 604_800_001}), "ignoreDuration").await;
    put(own, json!({"ignoreDuration": "soon"}), "ignoreDuration").await;
    put(own, json!({"ignoreInterval": "8-9"}), "ignoreInterval").await;
    put("/users/alice/notification/user/bob", json!({"ignoreInterval": ""}), "ignoreInterval")
        .await;
    put("/users/alice/notification/language", json!({}), "translationLanguage").await;

    let reply =
        server.put("/users/alice/notification/user/ghost", &alice, json!({"type": "AT"})).await;
    reply.refused(404, "service_resource_not_found", "Service resource not found");
    assert_eq!(reply.body["exception"], "UserNotFoundException");
    let reply =
        server.put("/users/alice/notification/chatgroup/9", &alice, json!({"type": "AT"})).await;
    reply.refused(404, "resource_not_found", "grpID 9 does not exist!");
    let many: Vec<String> = (0..21).map(|n| format!("u{n}")).collect();
    let path = format!("/users/alice/notification?user={}", many.join(","));
    let reply = server.get(&path, &alice).await;
    reply.refused(400, ILLEGAL, "conversations is more than max limit : 20");

    let nickname = async |body: Value, status, error: &str, text: &str| {
        server.put("/push/nickname", &server.app_token, body).await.refused(status, error, text);
    };
    let row = |name: &str, nickname: String| json!({"username": name, "push_nickname": nickname});
    let empty = "put user push nicknames illegal empty request body";
    nickname(json!([]), 400, ILLEGAL, empty).await;
    let many: Vec<Value> = (0..51).map(|_| row("alice", "x".into())).collect();
    let text = "put user push nicknames exceeds the limit";
    nickname(json!(many), 400, ILLEGAL, text).await;
    let text = "alice push nickname length exceeds the limit";
    nickname(json!([row("alice", "x".repeat(101))]), 400, ILLEGAL, text).await;
    let nobody = json!([row("alice", "changed".into()), row("ghost", "x".into())]);
    let text = "Service resource not found";
    nickname(nobody, 404, "service_resource_not_found", text).await;
    let of_alice = server.get("/users/alice", &alice).await.ok();
    assert_eq!(of_alice["entities"][0].get("nickname"), None, "all or none");
}

#[tokio::test]
async fn templates_are_made_changed_chosen_and_removed() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let token = &server.app_token;
    const ALL: &str = "/notification/template";
    let body =
        |name: &str| json!({"name": name, "title_pattern": "T {0}", "content_pattern": "{$msg}"});
    let made = server.post(ALL, token, body("order")).await.ok();
    let shown = json!({
        "name": "order", "createAt": START, "updateAt": START,
        "title_pattern": "T {0}", "content_pattern": "{$msg}",
    });
    assert_eq!(made["data"], shown);
    assert_eq!(server.get("/notification/template/order", token).await.ok()["data"], shown);
    server.post(ALL, token, body("order")).await.refused(400, ILLEGAL, "order template exists");
    server.clock.advance(7);
    let change = json!({"title_pattern": "N", "content_pattern": "n"});
    let changed = server.put("/notification/template/order", token, change).await.ok();
    let shown = json!({
        "name": "order", "createAt": START, "updateAt": START + 7, "title_pattern": "N", "content_pattern": "n",
    });
    assert_eq!(changed["data"], shown);

    let own = "/users/alice/notification/template";
    assert_eq!(server.get(own, &alice).await.ok()["data"], json!({"templateName": ""}));
    let chosen = server.put(own, &alice, json!({"templateName": "order"})).await.ok();
    assert_eq!(chosen["data"], json!({"templateName": "order"}));
    assert_eq!(server.get(own, token).await.ok()["data"], json!({"templateName": "order"}));
    let unknown = server.put(own, &alice, json!({"templateName": "gone"})).await;
    unknown.refused(400, "EntityNotFoundException", "gone template is not exist");
    assert_eq!(unknown.body["exception"], "EntityNotFoundException");

    // Every app has two, which can be changed and not removed.
    let built_in = server.get("/notification/template/detail", token).await.ok();
    assert_eq!(built_in["data"]["content_pattern"], "{$fromNickname}: {$msg}");
    server.post(ALL, token, body("default")).await.ok();
    for name in ["a1", "a2", "a3", "a4"] {
        server.post(ALL, token, body(name)).await.ok();
    }
    assert_eq!(server.post(ALL, token, body("a5")).await.status, 403, "five of its own");
    let long = "c".repeat(1001);
    for (status, body, text) in [
        (400, json!({"title_pattern": "t", "content_pattern": "c"}), "name"),
        (400, json!({"name": "a-b", "title_pattern": "t", "content_pattern": "c"}), "name"),
        (400, json!({"name": "b", "content_pattern": "c"}), "title_pattern"),
        (
            403,
            json!({"name": "b", "title_pattern": "t", "content_pattern": long}),
            "content_pattern",
        ),
    ] {
        let reply = server.post(ALL, token, body).await;
        assert_eq!(reply.status, status, "{text}");
        let description = reply.body["error_description"].as_str().unwrap();
        assert!(description.contains(text), "{description}");
    }
    let removed = server.delete("/notification/template/order", token).await.ok();
    assert_eq!(removed["data"]["name"], "order");
    let gone = server.get("/notification/template/order", token).await;
    gone.refused(400, "EntityNotFoundException", "order template is not exist");
    server.delete("/notification/template/detail", token).await.refused(
        400,
        "EntityNotFoundException",
        "detail template is not exist",
    );
}

#[tokio::test]
async fn without_the_advanced_functions_only_the_older_ones_work() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    server
        .change_app(|app| {
            app.features.switches.insert(hongyan_model::Feature::PushAdvanced, false);
        })
        .await;
    let own = "/users/alice/notification/user/alice";
    for (path, body) in [
        (own, json!({"type": "NONE"})),
        ("/users/alice/notification/language", json!({"translationLanguage": "en"})),
        ("/users/alice/notification/template", json!({"templateName": ""})),
    ] {
        assert_eq!(server.put(path, &alice, body).await.status, 403, "{path}");
    }
    let template = json!({"name": "a", "title_pattern": "t", "content_pattern": "c"});
    assert_eq!(
        server.post("/notification/template", &server.app_token, template).await.status,
        403
    );
    server.put("/users/alice", &alice, json!({"notification_display_style": 1})).await.ok();
}

#[tokio::test]
async fn a_user_is_shown_with_its_phones_and_what_they_show() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let bound = json!({"device_id": "d", "device_token": "t", "notifier_name": "n"});
    server.put("/users/alice/push/binding", &alice, bound.clone()).await.ok();
    let style = json!({"notification_display_style": 1, "notification_no_disturbing": true, "notification_no_disturbing_start": 22});
    server.put("/users/alice", &alice, style).await.ok();
    let shown = server.get("/users/alice", &server.app_token).await.ok();
    let shown = &shown["entities"][0];
    let mut info = bound;
    info["device_Id"] = json!("d");
    assert_eq!(shown["pushInfo"], json!([info]), "under both of its names");
    assert_eq!(
        (&shown["notification_display_style"], &shown["notification_no_disturbing"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(shown["notification_no_disturbing_start"], 22);
    assert!(shown.get("notification_no_disturbing_end").is_none());
    let other = server.get("/users/bob", &server.app_token).await.ok();
    assert!(other["entities"][0].get("pushInfo").is_none());
}

#[tokio::test]
async fn vendors_tell_what_arrived_and_figures_are_read_by_day() {
    let server = Server::start_with(Default::default(), Some("https://im.example.com")).await;
    let url = server.receipts_url().await;
    let (_, path) = url.split_once("/acme/chat").unwrap();
    let tell = async |path: &str, body: Value| server.post(path, "", body).await;
    let arrived = json!({"statuses": [{"status": 0}, {"status": 0}, {"status": 5}]});
    let told = tell(&format!("{path}/huawei"), arrived.clone()).await.ok();
    assert_eq!(told["result"], 2);
    assert_eq!(tell(&format!("{path}x/huawei"), arrived.clone()).await.status, 401);
    assert_eq!(tell(&format!("{path}/nobody"), arrived.clone()).await.status, 401);
    assert_eq!(tell(&format!("{path}/oppo"), arrived).await.status, 400);

    let token = &server.app_token;
    let day = server.platform().calendar().day(START).to_string();
    let read = async |query: &str| {
        let path = format!("/push/data/offline-push/begin/{day}/end/{day}{query}");
        server.get(&path, token).await.ok()
    };
    let all = read("").await;
    assert_eq!(all["status"], "OK");
    let of_day = json!({"HUAWEIPUSH": {"successCount": 0, "failCount": 0, "arriveCount": 2}});
    assert_eq!(all["data"], json!({day.clone(): of_day}));
    assert_eq!(read("?platform=HUAWEIPUSH").await["data"], all["data"]);
    assert_eq!(read("?platform=APNS").await["data"], json!({}));
    let reply = server.get("/push/data/offline-push/begin/soon/end/2024-01-01", token).await;
    reply.refused(400, "IllegalArgumentException", "parameters is invalid : begin");
    let reply = server.get("/push/data/offline-push/begin/2024-01-02/end/2024-01-01", token).await;
    reply.refused(400, "IllegalArgumentException", "parameters is invalid : end");
}
