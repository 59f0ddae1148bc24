//! 功能配置总览.

use hongyan_model::{App, Feature, Plan, REGISTRY};
use hongyan_platform::{ConsoleOptions, apps};
use serde_json::{Value, json};

use crate::harness::{CHAT, Client, Console};

async fn row(client: &Client, key: &str) -> Value {
    let table = client.get(&format!("{CHAT}/features")).await.ok();
    let rows = table["items"].as_array().unwrap();
    rows.iter().find(|row| row["key"] == key).unwrap().clone()
}

#[tokio::test]
async fn the_table_has_every_feature_of_the_registry_once() {
    let c = Console::start().await;
    let table = c.developer.get(&format!("{CHAT}/features")).await.ok();
    assert_eq!(table["plan"], "premier");
    assert_eq!(table["plans"], json!(["free", "pro", "flagship", "premier"]));
    assert_eq!(table["effect_delay_hint"], Value::Null);
    let keys: Vec<_> = table["items"].as_array().unwrap().iter().map(|row| &row["key"]).collect();
    assert_eq!(keys, REGISTRY.iter().map(|spec| spec.key).collect::<Vec<_>>());
    let groups = row(&c.owner, "group_members_max").await;
    assert_eq!((&groups["kind"], &groups["limit"]), (&json!("count"), &json!(8000)));
    let raisable = json!({"plan": "pro", "scope": "raisable", "limit": 300});
    assert_eq!(groups["by_plan"][1], raisable);
    let users = row(&c.owner, "registered_users_max").await;
    assert_eq!((&users["unlimited"], &users["limit"]), (&json!(true), &Value::Null));
    assert_eq!(users["used"], 0);
    c.owner.post(&format!("{CHAT}/users"), json!({"user": "alice", "password": "x"})).await.ok();
    assert_eq!(row(&c.owner, "registered_users_max").await["used"], 1);
}

#[tokio::test]
async fn the_operator_may_say_that_changes_take_their_time() {
    let hint = "about 10 minutes".to_owned();
    let options = ConsoleOptions { feature_effect_delay_hint: hint, ..ConsoleOptions::default() };
    let c = Console::start_with(options).await;
    let table = c.owner.get(&format!("{CHAT}/features")).await.ok();
    assert_eq!(table["effect_delay_hint"], "about 10 minutes");
}

#[tokio::test]
async fn a_switch_is_turned_and_felt_at_once() {
    let c = Console::start().await;
    let path = format!("{CHAT}/features/friend_check");
    assert_eq!(row(&c.owner, "friend_check").await["action"], "enable");
    c.developer.put(&path, json!({"enabled": true})).await.ok();
    assert!(c.chat_now().await.enabled(Feature::FriendCheck));
    let on = row(&c.owner, "friend_check").await;
    assert_eq!(
        (&on["enabled"], &on["can_disable"], &on["action"]),
        (&json!(true), &json!(true), &json!("none"))
    );
    c.developer.put(&path, json!({"enabled": false})).await.ok();
    assert!(!c.chat_now().await.enabled(Feature::FriendCheck));
    c.developer.put(&path, json!({})).await.refused(400, "malformed_request");
}

#[tokio::test]
async fn what_the_plan_lacks_cannot_be_switched_on() {
    let c = Console::start().await;
    let to_free = |app: &mut App| {
        app.plan = Plan::Free;
        Ok(())
    };
    apps::update(&c.platform, c.chat.id, to_free).await.unwrap();
    let put = async |key: &str| {
        c.owner.put(&format!("{CHAT}/features/{key}"), json!({"enabled": true})).await
    };
    let refused = put("global_mute").await.refused(403, "feature_disabled");
    assert_eq!(refused["params"]["feature"], "global_mute");
    assert_eq!(row(&c.owner, "global_mute").await["action"], "upgrade");
    put("groups_max").await.invalid("feature");
    put("single_read_ack").await.invalid("feature");
    put("time_travel").await.refused(404, "feature_not_found");
}
