//! What each vendor is sent, for both display styles. `HONGYAN_TEST_UPDATE_GOLDEN=1` writes what is sent now; look at the
//! difference before committing it.

use std::path::PathBuf;

use hongyan_push::{Badge, Data, Notice, Outcome, Overrides, Receipt};
use serde_json::{Map, Value, json};

use crate::double::Seen;
use crate::support::{CHANNELS, World, plain};

const HEADERS: [&str; 11] = [
    "content-type",
    "authorization",
    "authtoken",
    "timestamp",
    "push-type",
    "apns-topic",
    "apns-push-type",
    "apns-priority",
    "apns-expiration",
    "apns-collapse-id",
    "apns-id",
];

/// Display style 1, in a group, with everything that a message can ask of vendors.
fn detailed() -> Notice {
    let ext = json!({
        "em_push_ext": { "title": "T", "content": "C", "custom": { "order": 7 } },
        "em_apns_ext": {
            "em_alert_title": "Team (iOS)", "em_alert_subTitle": "sub", "em_alert_body": "Alice: hi (iOS)",
            "em_push_sound": "ring.caf", "em_push_badge": 5, "em_push_category": "reply",
            "em_push_mutable_content": true, "em_push_channel_id": "general",
            "em_huawei_push_badge_class": "com.acme.chat.Splash",
        },
        "em_android_push_ext": {
            "fcm_options": { "analytics_label": "chat" }, "fcm_channel_id": "fcm-own",
            "honor_click_action": "com.acme.OPEN", "honor_importance": "LOW", "honor_target_user_type": 1,
            "huawei_target_user_type": 1, "huawei_category": "VOIP", "huawei_receipt_id": "RCP1",
            "huawei_click_action": "com.acme.OPEN", "huawei_channel_id": "hw-own",
            "meizu_click_activity": "com.acme.chat.Push", "oppo_channel_id": "oppo-own",
            "oppo_click_activity": "com.acme.chat.Push", "oppo_category": "ACCOUNT", "oppo_notify_level": 16,
            "vivo_category": "ACCOUNT", "vivo_click_activity": "com.acme.chat.Push",
            "xiaomi_channel_id": "mi-own", "xiaomi_click_action": "com.acme.OPEN",
        },
        "em_harmony_push_ext": {
            "category": "WORK", "click_action": "com.acme.open", "is_test_message": true, "notify_id": 77,
            "receipt_id": "RCP2",
        },
    });
    let overrides = Overrides::of(ext.as_object().unwrap());
    let data = Data::new("u2", "u1", "1234567890123456789", Some("42"));
    Notice {
        subtitle: "ten letters and more".to_owned(),
        badge: Some(Badge::Add(1)),
        collapse: Some("group-42".to_owned()),
        receipt: Some(Receipt {
            url: "https://im.example.com/r".to_owned(),
            param: "p1".to_owned(),
        }),
        ..Notice::new("项目组", "Alice: 你好 & welcome \"all\"", data, overrides)
    }
}

/// A call as it is kept: what is signed at random is left out, what stands in texts is opened.
fn kept(seen: &Seen) -> Value {
    let mut headers = Map::new();
    for name in HEADERS {
        let Some(value) = seen.headers.get(name) else { continue };
        let mut value = value.to_str().unwrap().to_owned();
        if let Some((scheme, token)) = value.split_once(' ')
            && token.matches('.').count() == 2
        {
            value = format!("{scheme} <JWT>");
        }
        headers.insert(name.to_owned(), value.into());
    }
    let body = if seen.body.starts_with('{') {
        opened(seen.json())
    } else {
        let fields = seen.form().into_iter();
        opened(
            fields.map(|(name, value)| (name, Value::String(value))).collect::<Map<_, _>>().into(),
        )
    };
    json!({ "path": seen.path, "headers": headers, "body": body })
}

/// JSON in texts, as JSON below a name that says so.
fn opened(value: Value) -> Value {
    match value {
        Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| match value {
                Value::String(text) if text.starts_with('{') && text != "{}" => {
                    (format!("{key} (text)"), opened(serde_json::from_str(&text).unwrap()))
                }
                value => (key, opened(value)),
            })
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

#[tokio::test]
async fn every_vendor_is_sent_what_the_golden_files_say() {
    let world = World::new().await;
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/push/golden");
    let mut wrong = Vec::new();
    for name in CHANNELS {
        let channel = world.channel(name);
        for (style, notice) in [("plain", plain()), ("detailed", detailed())] {
            let token = format!("ok-{name}-{style}");
            let outcome = channel.send(&token, &notice).await.unwrap();
            assert!(
                matches!(outcome, Outcome::Delivered { vendor_id: Some(_) }),
                "{name}: {outcome:?}"
            );
            let sent = world.double.sent();
            let text = format!("{:#}\n", kept(sent.last().unwrap()));
            let file = folder.join(format!("{name}-{style}.json"));
            if std::env::var_os("HONGYAN_TEST_UPDATE_GOLDEN").is_some() {
                std::fs::write(&file, &text).unwrap();
            }
            if std::fs::read_to_string(&file).ok().as_deref() != Some(&text) {
                wrong.push(format!("{}:\n{text}", file.display()));
            }
        }
    }
    world.double.assert_no_faults();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
