//! Events that a test sends: as real ones, of nobody.

use hongyan_model::App;
use serde_json::{Value, json};

use super::events::{GROUP_DOMAIN, USER_DOMAIN, call_id};

/// A sample of what `selector` names; a text where it names nothing special.
pub(super) fn event(app: &App, selector: &str, now: i64, host: &str) -> Value {
    let (family, member) = selector.split_once(':').unwrap_or((selector, ""));
    let key = app.key();
    let mut body = json!({
        "callId": call_id(app, &uuid::Uuid::new_v4().to_string()),
        "timestamp": now,
        "securityVersion": "1.0.0",
        "appkey": key,
        "host": host,
        "eventType": "chat",
        "from": "test",
        "to": "test2",
    });
    match family {
        "muc" => {
            body["chat_type"] = "muc".into();
            body["group_id"] = "1".into();
            body["from"] = format!("{key}_test@{USER_DOMAIN}").into();
            body["payload"] = json!({
                "muc_id": format!("{key}_1@{GROUP_DOMAIN}"),
                "is_chatroom": false,
                "operation": if member.is_empty() { "create" } else { member },
                "reason": "",
                "status": { "description": "", "error_code": "ok" },
            });
        }
        "roster" => {
            body["chat_type"] = "roster".into();
            let operation = if member.is_empty() { "add" } else { member };
            body["payload"] = json!({ "operation": operation, "reason": "" });
        }
        "userStatus" => {
            let reason = if member.is_empty() { "login" } else { member };
            body["reason"] = reason.into();
            body["status"] = if reason == "login" { "online" } else { "offline" }.into();
            body["user"] = format!("{key}_test@{USER_DOMAIN}/webim_test").into();
            body["os"] = "webim".into();
            body["ip"] = "203.0.113.1".into();
            body["version"] = "4.21.1".into();
        }
        "recall" | "read_ack" | "group_read_ack" | "channel_ack" | "delivery_ack" => {
            body["chat_type"] = if family == "group_read_ack" { "read_ack" } else { family }.into();
            if family == "recall" {
                body["recall_id"] = "1".into();
            }
            body["payload"] = json!({ "ext": {}, "ack_message_id": "1", "bodies": [] });
        }
        "edit" => {
            body["chat_type"] = "edit".into();
            body["payload"] = message("test", "test2", "chat");
            body["payload"]["edit_message_id"] = "1".into();
        }
        "sensitiveWords" => {
            body["eventType"] = "keyword_alert".into();
            body["alertReason"] = if member.is_empty() { "intercepted" } else { member }.into();
            body["sensitiveWords"] = json!(["test"]);
        }
        "push" => {
            body["step"] = "push".into();
            body["status"] = if member.is_empty() { "success" } else { member }.into();
            body["channel"] = "HUAWEI".into();
            body["chat_type"] = "chat".into();
            body["msg_id"] = "1".into();
            body["target"] = "test2".into();
            body["notifier_name"] = "test".into();
            body["device_id"] = "test".into();
            body["device_token"] = "test".into();
            match member {
                "fail" => body["detail"] = "push yet but fail".into(),
                "error" => body["detail"] = "interrupted while being sent".into(),
                _ => {}
            }
            body["data"] = json!({ "result": "test" });
            if let Some(fields) = body.as_object_mut() {
                fields.retain(|name, _| !matches!(name.as_str(), "eventType" | "to" | "host"));
            }
        }
        "moderation" => {
            body["eventType"] = "moderation".into();
            body["moderationResult"] = "REJECT".into();
            body["providerResult"] = "REJECT".into();
            body["messageType"] = "txt".into();
            body["messageId"] = "1".into();
            body["targetType"] = "chat".into();
            body["msg"] = "test".into();
            body["source"] = json!({ "rule": "test", "riskType": "test", "riskDetail": "" });
        }
        _ => {
            let is_group = matches!(family, "groupchat" | "chatroom");
            let kind = if is_group { "groupchat" } else { "chat" };
            body["chat_type"] = kind.into();
            if kind == "groupchat" {
                body["group_id"] = "1".into();
                body["to"] = "1".into();
            }
            body["payload"] = message("test", body["to"].as_str().unwrap_or_default(), kind);
        }
    }
    body
}

/// A text as stored messages are shown.
pub(super) fn message(from: &str, to: &str, kind: &str) -> Value {
    json!({
        "type": kind,
        "from": from,
        "to": to,
        "ext": {},
        "bodies": [{ "type": "txt", "msg": "This is a test of the callback rule." }],
    })
}
