//! What a message's extension asks of vendors. Whatever is malformed is not there: a message never fails for it.

use serde_json::{Map, Value};

use crate::credential::NOTIFY_LEVELS;

/// The longest text, in characters.
const MAX_TEXT: usize = 1024;

/// What one message wants otherwise than the credential says.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Overrides {
    /// The title for every vendor, if the message has one of its own.
    pub title: Option<String>,
    /// The text for every vendor, if the message has one of its own.
    pub content: Option<String>,
    /// What the app gets as `e`.
    pub custom: Option<Value>,
    /// Android's channel, for the vendors that have one and get none of their own.
    pub channel_id: Option<String>,
    /// APNs.
    pub apns: ApnsOverrides,
    /// FCM.
    pub fcm: FcmOverrides,
    /// Huawei.
    pub huawei: HuaweiOverrides,
    /// Honor.
    pub honor: HonorOverrides,
    /// Xiaomi.
    pub xiaomi: XiaomiOverrides,
    /// OPPO.
    pub oppo: OppoOverrides,
    /// vivo.
    pub vivo: VivoOverrides,
    /// Meizu.
    pub meizu: MeizuOverrides,
    /// HarmonyOS.
    pub harmony: HarmonyOverrides,
}

/// APNs.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ApnsOverrides {
    /// The title, on Apple's devices only.
    pub title: Option<String>,
    /// The second title.
    pub subtitle: Option<String>,
    /// The text, on Apple's devices only.
    pub body: Option<String>,
    /// What is played.
    pub sound: Option<String>,
    /// The number on the icon.
    pub badge: Option<u32>,
    /// Which buttons there are.
    pub category: Option<String>,
    /// Whether an extension of the app may change the notice.
    pub mutable_content: bool,
    /// Whether it is a call.
    pub voip: bool,
}

/// FCM.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FcmOverrides {
    /// Google's own options, as they are.
    pub options: Option<Map<String, Value>>,
    /// Android's channel.
    pub channel_id: Option<String>,
}

/// Huawei.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct HuaweiOverrides {
    /// 1 for a test message.
    pub target_user_type: Option<u8>,
    /// The kind of message.
    pub category: Option<String>,
    /// Where receipts go.
    pub receipt_id: Option<String>,
    /// What a tap does.
    pub click_action: Option<String>,
    /// The channel.
    pub channel_id: Option<String>,
    /// The activity whose badge counts.
    pub badge_class: Option<String>,
}

/// Honor.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct HonorOverrides {
    /// What a tap does.
    pub click_action: Option<String>,
    /// `LOW` or `NORMAL`.
    pub importance: Option<String>,
    /// 1 for a test message.
    pub target_user_type: Option<u8>,
}

/// Xiaomi.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct XiaomiOverrides {
    /// The channel.
    pub channel_id: Option<String>,
    /// What a tap does.
    pub click_action: Option<String>,
}

/// OPPO.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct OppoOverrides {
    /// The channel.
    pub channel_id: Option<String>,
    /// What a tap opens.
    pub click_activity: Option<String>,
    /// The kind of message.
    pub category: Option<String>,
    /// 1, 2 or 16.
    pub notify_level: Option<u8>,
}

/// vivo.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct VivoOverrides {
    /// The kind of message.
    pub category: Option<String>,
    /// What a tap opens.
    pub click_activity: Option<String>,
}

/// Meizu.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MeizuOverrides {
    /// What a tap opens.
    pub click_activity: Option<String>,
}

/// HarmonyOS.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct HarmonyOverrides {
    /// The kind of message.
    pub category: Option<String>,
    /// What a tap does.
    pub click_action: Option<String>,
    /// Whether it is a test.
    pub is_test_message: Option<bool>,
    /// Of notices with the same number the last one stays.
    pub notify_id: Option<u32>,
    /// Where receipts go.
    pub receipt_id: Option<String>,
}

impl Overrides {
    /// Reads the keys `em_push_ext`, `em_apns_ext`, `em_android_push_ext` and `em_harmony_push_ext` of an extension.
    #[must_use]
    pub fn of(ext: &Map<String, Value>) -> Self {
        let push = object(ext, "em_push_ext");
        let mut apple = object(ext, "em_apns_ext");
        let android = Keys(object(ext, "em_android_push_ext"));
        let mut harmony = Keys(object(ext, "em_harmony_push_ext"));

        let own = Keys(push);
        let custom = own.0.get("custom").cloned();
        let named = apple.remove("extern");
        let mut used = Used(&mut apple);
        let title = used.text("em_push_title");
        // As old clients call it.
        let old_title = used.text("em_push_name");
        let content = used.text("em_push_content");
        let channel_id = used.text("em_push_channel_id");
        let badge_class = used.text("em_huawei_push_badge_class");
        let apns = ApnsOverrides {
            title: used.text("em_alert_title"),
            subtitle: used.text("em_alert_subTitle"),
            body: used.text("em_alert_body"),
            sound: used.text("em_push_sound"),
            badge: used.number("em_push_badge"),
            category: used.text("em_push_category"),
            mutable_content: used.flag("em_push_mutable_content"),
            voip: used.text("em_push_type").is_some_and(|kind| kind.eq_ignore_ascii_case("voip")),
        };
        let rest = (!apple.is_empty()).then_some(Value::Object(apple));
        Self {
            title: own.text("title").or(title).or(old_title),
            content: own.text("content").or(content),
            custom: custom.or(named).or(rest),
            channel_id,
            apns,
            fcm: FcmOverrides {
                options: android.object("fcm_options"),
                channel_id: android.text("fcm_channel_id"),
            },
            huawei: HuaweiOverrides {
                target_user_type: android.user_type("huawei_target_user_type"),
                category: android.text("huawei_category"),
                receipt_id: android.text("huawei_receipt_id"),
                click_action: android.text("huawei_click_action"),
                channel_id: android.text("huawei_channel_id"),
                badge_class,
            },
            honor: HonorOverrides {
                click_action: android.text("honor_click_action"),
                importance: android
                    .text("honor_importance")
                    .filter(|importance| matches!(importance.as_str(), "LOW" | "NORMAL")),
                target_user_type: android.user_type("honor_target_user_type"),
            },
            xiaomi: XiaomiOverrides {
                channel_id: android.text("xiaomi_channel_id"),
                click_action: android.text("xiaomi_click_action"),
            },
            oppo: OppoOverrides {
                channel_id: android.text("oppo_channel_id"),
                click_activity: android.text("oppo_click_activity"),
                category: android.text("oppo_category"),
                notify_level: android
                    .number("oppo_notify_level")
                    .and_then(|level| u8::try_from(level).ok())
                    .filter(|level| NOTIFY_LEVELS.contains(level)),
            },
            vivo: VivoOverrides {
                category: android.text("vivo_category"),
                click_activity: android.text("vivo_click_activity"),
            },
            meizu: MeizuOverrides { click_activity: android.text("meizu_click_activity") },
            harmony: HarmonyOverrides {
                is_test_message: harmony.0.remove("is_test_message").as_ref().and_then(flag),
                category: harmony.text("category"),
                click_action: harmony.text("click_action"),
                notify_id: harmony.number("notify_id"),
                receipt_id: harmony.text("receipt_id"),
            },
        }
    }
}

/// An object, or one that stands in a text, as some clients send it.
fn object(ext: &Map<String, Value>, key: &str) -> Map<String, Value> {
    match ext.get(key) {
        Some(Value::Object(object)) => object.clone(),
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        _ => Map::new(),
    }
}

struct Keys(Map<String, Value>);

impl Keys {
    fn text(&self, key: &str) -> Option<String> {
        self.0.get(key).and_then(text)
    }

    fn number(&self, key: &str) -> Option<u32> {
        self.0.get(key).and_then(number)
    }

    fn user_type(&self, key: &str) -> Option<u8> {
        self.number(key).and_then(|kind| u8::try_from(kind).ok()).filter(|kind| *kind <= 1)
    }

    fn object(&self, key: &str) -> Option<Map<String, Value>> {
        Some(object(&self.0, key)).filter(|object| !object.is_empty())
    }
}

/// Keys that are taken out, so that what remains is the app's own.
struct Used<'a>(&'a mut Map<String, Value>);

impl Used<'_> {
    fn text(&mut self, key: &str) -> Option<String> {
        self.0.remove(key).as_ref().and_then(text)
    }

    fn number(&mut self, key: &str) -> Option<u32> {
        self.0.remove(key).as_ref().and_then(number)
    }

    fn flag(&mut self, key: &str) -> bool {
        self.0.remove(key).as_ref().and_then(flag).unwrap_or(false)
    }
}

fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    (!text.trim().is_empty() && text.chars().count() <= MAX_TEXT).then(|| text.to_owned())
}

/// A number up to 31 bits, which is what vendors keep; also one in a text.
fn number(value: &Value) -> Option<u32> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok()?,
        value => value.as_u64()?,
    };
    u32::try_from(number).ok().filter(|number| *number <= 0x7fff_ffff)
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => Some(number.as_u64()? == 1),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(ext: Value) -> Overrides {
        Overrides::of(ext.as_object().unwrap())
    }

    #[test]
    fn what_the_app_gets_is_the_custom_part_then_extern_then_what_nobody_used() {
        let apple = json!({ "em_push_title": "T", "extern": { "x": 1 }, "order": 7 });
        let all = json!({ "em_push_ext": { "custom": [1] }, "em_apns_ext": apple });
        assert_eq!(read(all).custom, Some(json!([1])));
        assert_eq!(read(json!({ "em_apns_ext": apple })).custom, Some(json!({ "x": 1 })));
        let rest =
            json!({ "em_apns_ext": { "em_push_title": "T", "em_push_badge": 3, "order": 7 } });
        assert_eq!(read(rest).custom, Some(json!({ "order": 7 })));
        assert_eq!(read(json!({ "em_apns_ext": { "em_push_title": "T" } })).custom, None);
        assert_eq!(read(json!({})), Overrides::default());
    }

    #[test]
    fn the_newer_container_comes_before_the_older_one() {
        let ext = json!({
            "em_push_ext": { "title": "new" },
            "em_apns_ext": { "em_push_title": "old", "em_push_content": "text", "em_push_name": "n" },
        });
        let overrides = read(ext);
        assert_eq!(overrides.title.as_deref(), Some("new"));
        assert_eq!(overrides.content.as_deref(), Some("text"));
        let named = read(json!({ "em_apns_ext": { "em_push_name": "n" } }));
        assert_eq!(named.title.as_deref(), Some("n"));
    }

    #[test]
    fn containers_may_stand_in_texts() {
        let ext = json!({ "em_apns_ext": r#"{"em_push_sound":"ring.caf"}"# });
        assert_eq!(read(ext).apns.sound.as_deref(), Some("ring.caf"));
    }

    #[test]
    fn malformed_values_are_not_there() {
        let ext = json!({
            "em_push_ext": 7,
            "em_apns_ext": {
                "em_push_badge": -1, "em_push_sound": ["x"], "em_push_mutable_content": "maybe",
                "em_push_category": "  ", "em_alert_title": "x".repeat(1025),
            },
            "em_android_push_ext": {
                "honor_importance": "HIGH", "huawei_target_user_type": 2, "oppo_notify_level": 3,
                "fcm_options": "no", "vivo_category": null, "xiaomi_channel_id": 5,
            },
            "em_harmony_push_ext": "{broken",
        });
        assert_eq!(read(ext), Overrides::default());
    }

    #[test]
    fn numbers_and_flags_come_in_several_forms() {
        let ext = json!({
            "em_apns_ext": { "em_push_badge": "12", "em_push_mutable_content": 1 },
            "em_android_push_ext": { "oppo_notify_level": "16", "honor_target_user_type": 1 },
            "em_harmony_push_ext": { "is_test_message": "true", "notify_id": 9 },
        });
        let overrides = read(ext);
        assert_eq!(overrides.apns.badge, Some(12));
        assert!(overrides.apns.mutable_content);
        assert_eq!(overrides.oppo.notify_level, Some(16));
        assert_eq!(overrides.honor.target_user_type, Some(1));
        assert_eq!(overrides.harmony.is_test_message, Some(true));
        assert_eq!(overrides.harmony.notify_id, Some(9));
    }
}
