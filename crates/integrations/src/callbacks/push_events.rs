//! What is told of notices to phones.

use hongyan_model::{App, Result};
use hongyan_store::pushes::PushStatus;
use serde_json::{Value, json};

use super::collect;
use super::events::{self, Event, call_id};
use crate::Integrations;
use crate::push::Told;

/// What selects these events; what became of the notice follows.
const FAMILY: &str = "push";

/// Whether a rule of the app is told what becomes of notices.
pub(crate) fn wants_pushes(app: &App) -> bool {
    let selects = |rule: &hongyan_model::CallbackRule| {
        let is_push = |event: &String| {
            event == "*" || event.split(':').next().is_some_and(|family| family == FAMILY)
        };
        rule.enabled && rule.post().is_some_and(|post| post.events.iter().any(is_push))
    };
    collect::is_wanted(app) && app.settings.callbacks.iter().any(selects)
}

/// Queues what became of notices for the rules that want it.
pub(crate) async fn tell_pushes(i: &Integrations, app: &App, told: &[Told]) -> Result<()> {
    if told.is_empty() || !wants_pushes(app) {
        return Ok(());
    }
    events::queue(i, app, told.iter().map(|told| of_push(app, told)).collect()).await
}

pub(super) fn of_push(app: &App, told: &Told) -> Event {
    let result = &told.result;
    // A message makes several phones ring: receivers tell repetitions by it.
    let name = format!("{}_{}_{}", result.message, result.user, result.device);
    let status = match result.status {
        PushStatus::Success => "success",
        PushStatus::Failure => "fail",
        PushStatus::Unknown => "error",
    };
    let mut body = json!({
        "callId": call_id(app, name.trim_end_matches('_')),
        "timestamp": result.time,
        "securityVersion": "1.0.0",
        "appkey": app.key(),
        "step": "push",
        "status": status,
        "chat_type": if told.group.is_some() { "groupchat" } else { "chat" },
        "msg_id": result.message.to_string(),
        "target": result.user.as_str(),
        "from": told.from,
    });
    let mut set = |key: &str, value: &str| {
        if !value.is_empty() {
            body[key] = value.into();
        }
    };
    set("channel", &result.channel);
    set("group_id", told.group.as_deref().unwrap_or_default());
    set("notifier_name", &result.notifier);
    set("device_id", &result.device);
    set("device_token", told.token.as_deref().unwrap_or_default());
    set("detail", &result.reason);
    if !result.answer.is_empty() {
        body["data"] = json!({ "result": result.answer });
    }
    if let Some(payload) = &told.payload {
        body["payload"] = Value::clone(payload);
    }
    let selector = format!("{FAMILY}:{status}");
    Event::of_push((selector, &told.from), (result, told.group.as_deref()), body)
}
