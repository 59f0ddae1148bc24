//! 附加设置, 安全配置, 服务概览.

use std::time::Duration;

use hongyan_platform::ConsoleOptions;
use hongyan_platform::data_centers::{DataCenter, Region};
use serde_json::{Value, json};

use crate::harness::{CHAT, Console, START};

#[tokio::test]
async fn settings_are_read_as_they_were_written() {
    let c = Console::start().await;
    for (name, before, after) in [
        (
            "recall",
            json!({"client_seconds": 120, "rest_seconds": 120}),
            json!({"client_seconds": 604_800, "rest_seconds": 1}),
        ),
        (
            "devices",
            json!({"others": 4, "platforms": {}}),
            json!({"others": 0, "platforms": {"webim": 2, "ios": 4}}),
        ),
        ("registration", json!({"open": false}), json!({"open": true})),
        (
            "thumbnail",
            json!({"fit": "long_side", "width": 170, "height": 170}),
            json!({"fit": "short_side", "width": 1, "height": 1024}),
        ),
    ] {
        let path = format!("{CHAT}/settings/{name}");
        assert_eq!(c.developer.get(&path).await.ok(), before, "{name}");
        c.developer.put(&path, after.clone()).await.ok();
        assert_eq!(c.developer.get(&path).await.ok(), after, "{name}");
    }
    let settings = &c.chat_now().await.settings;
    assert_eq!((settings.recall_window_ms, settings.rest_recall_window_ms), (604_800_000, 1000));
    assert_eq!((settings.devices.of("webim"), settings.devices.of("android")), (2, 0));
    assert!(settings.open_registration);
}

#[tokio::test]
async fn what_cannot_be_set_is_named_by_its_field() {
    let c = Console::start().await;
    for (name, body, field) in [
        ("recall", json!({"client_seconds": 604_801, "rest_seconds": 1}), "client_seconds"),
        ("recall", json!({"client_seconds": 1, "rest_seconds": 0}), "rest_seconds"),
        ("devices", json!({"others": 5, "platforms": {}}), "others"),
        ("devices", json!({"others": 1, "platforms": {"Web": 1}}), "platforms"),
        ("thumbnail", json!({"fit": "long_side", "width": 0, "height": 1}), "width"),
        ("thumbnail", json!({"fit": "long_side", "width": 1, "height": 1025}), "height"),
    ] {
        c.owner.put(&format!("{CHAT}/settings/{name}"), body).await.invalid(field);
    }
    let bad = json!({"client_seconds": -1, "rest_seconds": 1});
    c.owner.put(&format!("{CHAT}/settings/recall"), bad).await.refused(400, "malformed_request");
}

#[tokio::test]
async fn the_allowlist_shows_when_a_line_counts() {
    let delay = Duration::from_secs(600);
    let options = ConsoleOptions { allowlist_delay: delay, ..ConsoleOptions::default() };
    let c = Console::start_with(options).await;
    let path = format!("{CHAT}/allowlist");
    let empty = json!({"enabled": false, "delay_seconds": 600, "items": []});
    assert_eq!(c.owner.get(&path).await.ok(), empty);
    let add = async |network: &str| c.owner.post(&path, json!({"network": network})).await;
    add("203.0.113.9").await.refused(403, "feature_disabled");
    c.owner.put(&format!("{CHAT}/features/rest_ip_allowlist"), json!({"enabled": true})).await.ok();
    let line = json!({"network": "203.0.113.9", "added": START, "effective": START + 600_000});
    assert_eq!(add(" 203.0.113.9 ").await.ok()["items"], json!([line]));
    add("203.0.113.9").await.invalid("network");
    add("somewhere").await.invalid("network");
    for n in 1..8 {
        add(&format!("10.{n}.0.0/16")).await.ok();
    }
    let full = add("2001:db8::/32").await.refused(400, "too_many");
    assert_eq!((&full["field"], &full["params"]["limit"]), (&json!("network"), &json!(8)));
    c.owner.delete(&format!("{path}/10.7.0.0%2F16")).await.ok();
    c.owner.delete(&format!("{path}/203.0.113.9")).await.ok();
    let listed = c.owner.get(&path).await.ok();
    let networks: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|line| &line["network"]).collect();
    assert_eq!(networks.len(), 6);
    assert_eq!(networks[0], "10.1.0.0/16");
}

#[tokio::test]
async fn the_overview_shows_the_place_the_settings_and_todays_figures() {
    let center = DataCenter {
        id: "default".to_owned(),
        name_zh: "北京1区".to_owned(),
        name_en: "Beijing 1".to_owned(),
        region: Region::Overseas,
        rest_hosts: vec!["https://a1.test".to_owned()],
        ws_hosts: vec!["wss://im.test".to_owned()],
        hosts_are_known: true,
    };
    let options = ConsoleOptions { data_centers: vec![center], ..ConsoleOptions::default() };
    let c = Console::start_with(options).await;
    c.owner.post(&format!("{CHAT}/users"), json!({"user": "alice", "password": "x"})).await.ok();
    let shown = c.developer.get(&format!("{CHAT}/overview")).await.ok();
    assert_eq!(
        (&shown["plan"], &shown["data_center"]["name_zh"]),
        (&json!("premier"), &json!("北京1区"))
    );
    assert_eq!(shown["rest_hosts"], json!(["https://a1.test"]));
    assert_eq!(shown["ws_hosts"], json!(["wss://im.test"]));
    assert_eq!(shown["settings"]["friend_check"], json!({"enabled": false, "included": true}));
    assert_eq!(shown["settings"]["thumbnail"]["width"], 170);
    let figures: &Value = &shown["figures"];
    assert_eq!((&figures["registered_users"], &figures["dau"]), (&json!(1), &json!(0)));
    let centers = c.developer.get("/data-centers").await.ok();
    assert_eq!(
        (centers[0]["region"].as_str(), centers.as_array().unwrap().len()),
        (Some("overseas"), 1)
    );
}
