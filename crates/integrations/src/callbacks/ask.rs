//! Before sending: the customer's server decides about a client's message, and may rewrite it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use hongyan_messaging::hooks::{Changes, Draft, Verdict};
use hongyan_messaging::messages::{Priority, content};
use hongyan_model::{
    App, CallbackRule, ChatType, EntryKind, Feature, OnFailure, PayloadForm, PreRule, Timestamp,
};
use hongyan_providers::{Answer, OutgoingError, Post};
use serde_json::{Value, json};
use tracing::Instrument as _;

use super::deliver::counted;
use super::events::call_id;
use super::sign;
use crate::Integrations;

/// Length of an answer in characters; none has more bytes to a character than four.
const ANSWER_CHARS: usize = 1000;
const ANSWER_BYTES: usize = 8 * 1024;
/// What a rewritten text and its ext may have, and any other message, in bytes.
const TEXT_BYTES: usize = 1024;
const OTHER_BYTES: usize = 5 * 1024;
/// What a blocked sender reads where the server gave no words.
const DENIED: &str = "custom logic denied";
/// What it reads where there was no answer.
const FAILED: &str = "custom internal error";

/// Whether a rule of the app is asked about such messages.
pub(crate) fn asks(app: &App, chat: ChatType, kind: EntryKind, edit: bool) -> bool {
    !app.settings.callbacks.is_empty()
        && app.enabled(Feature::CallbackPre)
        && app.settings.callbacks.iter().any(|rule| concerns(rule, chat, kind, edit).is_some())
}

fn concerns(rule: &CallbackRule, chat: ChatType, kind: EntryKind, edit: bool) -> Option<&PreRule> {
    let pre = rule.pre().filter(|_| rule.enabled)?;
    let here = if edit { pre.edits } else { pre.chats.contains(&chat) };
    (here && pre.kinds.contains(&kind)).then_some(pre)
}

/// Asks the rules of the app one after the other, in the order in which they were made: the first that blocks decides,
/// and each sees what those before it made of the message.
pub(crate) async fn ask(i: &Integrations, draft: Draft<'_>) -> Verdict {
    let mut changes = Changes::default();
    let mut payload = draft.payload.clone();
    for rule in &draft.app.settings.callbacks {
        let Some(pre) = concerns(rule, draft.chat, draft.kind, draft.edits.is_some()) else {
            continue;
        };
        let (_, answer) = ask_rule(i, rule, pre, draft, &payload).await;
        counted(
            "before",
            match &answer {
                Ok(Decision::Pass { .. }) => "allowed",
                Ok(Decision::Block { .. }) => "refused",
                Err(_) => "failed",
            },
        );
        match answer {
            Ok(Decision::Pass { rewritten, priority }) => {
                changes.priority = priority.or(changes.priority);
                if let Some(new) = rewritten {
                    let Rewritten { content, ext, body } = *new;
                    payload["bodies"] = json!([body]);
                    if let Some(ext) = ext {
                        payload["ext"] = ext.clone().into();
                        changes.ext = Some(ext);
                    }
                    changes.content = Some(content);
                }
            }
            Ok(Decision::Block { words }) => {
                let reason = pre.report_error.then(|| words.unwrap_or_else(|| DENIED.to_owned()));
                return Verdict::Block { reason };
            }
            Err(why) => {
                tracing::debug!(rule = rule.name, why, "a callback before sending failed");
                if pre.on_failure == OnFailure::Block {
                    let reason = pre.report_error.then(|| FAILED.to_owned());
                    return Verdict::Block { reason };
                }
            }
        }
    }
    Verdict::Send(changes)
}

/// What a server decided.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Decision {
    Pass { rewritten: Option<Box<Rewritten>>, priority: Option<Priority> },
    Block { words: Option<String> },
}

/// A message in the server's words.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Rewritten {
    content: content::Content,
    ext: Option<serde_json::Map<String, Value>>,
    body: Value,
}

/// A question as it went out, for whoever wants to see it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) post: Post,
    pub(super) answer: Option<Result<Answer, OutgoingError>>,
    pub(super) took: Duration,
}

pub(super) async fn ask_rule(
    i: &Integrations,
    rule: &CallbackRule,
    pre: &PreRule,
    draft: Draft<'_>,
    payload: &Value,
) -> (Asked, Result<Decision, String>) {
    let now = i.0.clock.now();
    let post = question(rule, pre, draft, payload, now);
    let begin = Instant::now();
    let Some(question) = i.0.circuits.begin(&rule.id) else {
        let asked = Asked { post, answer: None, took: Duration::ZERO };
        return (asked, Err("not asked: too many questions failed or are open".to_owned()));
    };
    let asking = i.0.outgoing.post(post.clone());
    let answer = asking.instrument(tracing::info_span!("callback", step = "before")).await;
    let decision = decision(&answer, draft.kind);
    question.end(decision.is_ok());
    (Asked { post, answer: Some(answer), took: begin.elapsed() }, decision)
}

fn question(
    rule: &CallbackRule,
    pre: &PreRule,
    draft: Draft<'_>,
    payload: &Value,
    now: Timestamp,
) -> Post {
    let name = uuid::Uuid::new_v4().to_string();
    let id = call_id(draft.app, &name);
    let shown = match pre.payload_form {
        PayloadForm::Message => payload.clone(),
        PayloadForm::Body => payload["bodies"][0].clone(),
    };
    let is_group = draft.chat != ChatType::Single;
    let mut body = json!({
        "callId": id,
        "timestamp": now,
        "chat_type": if is_group { "groupchat" } else { "chat" },
    });
    if is_group {
        body["group_id"] = draft.to.into();
        body["is_chatroom"] = (draft.chat == ChatType::Room).into();
    }
    body["from"] = draft.sender.as_str().into();
    body["to"] = draft.to.into();
    body["msg_id"] = draft.id.to_string().into();
    if let Some(edited) = draft.edits {
        body["edit_message_id"] = edited.to_string().into();
    }
    body["payload"] = shown;
    body["securityVersion"] = "1.0.0".into();
    body["security"] = sign::security(&id, rule.secret(), now).into();
    body["appkey"] = draft.app.key().into();
    let body = body.to_string();
    Post {
        url: rule.url.clone(),
        headers: sign::headers(&rule.name, (&id, rule.secret()), (now, 1), &body),
        body: Bytes::from(body),
        timeout: Duration::from_millis(pre.timeout_ms),
        answer_bytes: ANSWER_BYTES,
    }
}

/// Reads an answer; anything but the documented form is a failure.
fn decision(answer: &Result<Answer, OutgoingError>, kind: EntryKind) -> Result<Decision, String> {
    let answer = answer.as_ref().map_err(ToString::to_string)?;
    if answer.status != 200 {
        return Err(format!("answered with status {}", answer.status));
    }
    let body = answer.body.as_ref().ok_or("the answer is too long")?;
    let text = std::str::from_utf8(body).map_err(|_| "the answer is no text")?;
    let answer: Value = serde_json::from_str(text).map_err(|_| "the answer is no JSON")?;
    // A payload has limits of its own.
    if answer["payload"].is_null() && text.chars().count() > ANSWER_CHARS {
        return Err("the answer is too long".to_owned());
    }
    let valid = answer["valid"].as_bool().ok_or("`valid` is missing or no boolean")?;
    let words = match &answer["code"] {
        Value::Null => None,
        Value::String(code) => Some(code.clone()).filter(|code| !code.is_empty()),
        _ => return Err("`code` is no text".to_owned()),
    };
    if !valid {
        return Ok(Decision::Block { words });
    }
    let priority = match answer["chatroom_msg_level"].as_str() {
        None if answer["chatroom_msg_level"].is_null() => None,
        Some("high") => Some(Priority::High),
        Some("normal") => Some(Priority::Normal),
        Some("low") => Some(Priority::Low),
        _ => return Err("`chatroom_msg_level` is none of high, normal, low".to_owned()),
    };
    let rewritten = match &answer["payload"] {
        Value::Null => None,
        payload => Some(Box::new(rewritten(payload, kind)?)),
    };
    Ok(Decision::Pass { rewritten, priority })
}

/// What a message is to say; in either form, of the same kind as before.
fn rewritten(payload: &Value, kind: EntryKind) -> Result<Rewritten, String> {
    let expected = match kind {
        EntryKind::Text => "txt",
        EntryKind::Image => "img",
        EntryKind::Voice => "audio",
        EntryKind::Video => "video",
        EntryKind::Location => "loc",
        EntryKind::Custom => "custom",
        _ => return Err("a message of this kind cannot be rewritten".to_owned()),
    };
    let most = if kind == EntryKind::Text { TEXT_BYTES } else { OTHER_BYTES };
    if payload.to_string().len() > most {
        return Err(format!("`payload` has more than {most} bytes"));
    }
    let body = match &payload["bodies"] {
        Value::Array(bodies) => match bodies.as_slice() {
            [body] => body,
            _ => return Err("`payload` has not one body".to_owned()),
        },
        _ => payload,
    };
    let is_same = body["type"].as_str().is_none_or(|given| given == expected);
    if !is_same {
        return Err("`payload` is of another kind".to_owned());
    }
    let content = content::parse_body(expected, body).map_err(|error| error.to_string())?;
    let ext = match &payload["ext"] {
        Value::Null => None,
        Value::Object(ext) => Some(ext.clone()),
        _ => return Err("`ext` is no object".to_owned()),
    };
    Ok(Rewritten { content, ext, body: body.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<Decision, String> {
        let body = Some(Bytes::copy_from_slice(body.as_bytes()));
        decision(&Ok(Answer { status, body }), EntryKind::Text)
    }

    fn pass() -> Result<Decision, String> {
        Ok(Decision::Pass { rewritten: None, priority: None })
    }

    #[test]
    fn the_documented_answers() {
        assert_eq!(read(200, r#"{"valid":true}"#), pass());
        assert_eq!(read(200, r#"{"valid":true,"code":"HX:10000"}"#), pass());
        let blocked = |words: Option<&str>| Ok(Decision::Block { words: words.map(str::to_owned) });
        assert_eq!(read(200, r#"{"valid":false}"#), blocked(None));
        assert_eq!(read(200, r#"{"valid":false,"code":""}"#), blocked(None));
        assert_eq!(read(200, r#"{"valid":false,"code":"no"}"#), blocked(Some("no")));
        let high = Decision::Pass { rewritten: None, priority: Some(Priority::High) };
        assert_eq!(read(200, r#"{"valid":true,"chatroom_msg_level":"high"}"#), Ok(high));
    }

    #[test]
    fn anything_else_is_a_failure() {
        for (status, body) in [
            (201, r#"{"valid":true}"#),
            (500, ""),
            (200, ""),
            (200, "true"),
            (200, r#"{"valid":"true"}"#),
            (200, r#"{"code":"x"}"#),
            (200, r#"{"valid":true,"code":1}"#),
            (200, r#"{"valid":true,"payload":1}"#),
            (200, r#"{"valid":true,"payload":{"type":"img","url":"u"}}"#),
            (200, r#"{"valid":true,"chatroom_msg_level":"urgent"}"#),
        ] {
            assert!(read(status, body).is_err(), "{status} {body}");
        }
        let padded = |n: usize| format!(r#"{{"valid":true,"code":"{}"}}"#, "长".repeat(n));
        let around = padded(0).chars().count();
        assert_eq!(read(200, &padded(ANSWER_CHARS - around)), pass());
        assert!(read(200, &padded(ANSWER_CHARS - around + 1)).is_err());
        let answer = Err(OutgoingError::TimedOut);
        assert!(decision(&answer, EntryKind::Text).is_err());
    }

    #[test]
    fn a_text_is_rewritten_in_either_form() {
        for payload in [
            r#"{"bodies":[{"type":"txt","msg":"new"}],"ext":{"a":1},"from":"x","to":"y"}"#,
            r#"{"type":"txt","msg":"new","ext":{"a":1}}"#,
        ] {
            let answer = read(200, &format!(r#"{{"valid":true,"payload":{payload}}}"#));
            let Ok(Decision::Pass { rewritten: Some(new), .. }) = answer else {
                panic!("{answer:?}");
            };
            assert_eq!(new.content, content::Content::Text { text: "new".into() });
            assert_eq!(new.ext.unwrap()["a"], 1);
        }
        let large = format!(r#"{{"type":"txt","msg":"{}"}}"#, "x".repeat(TEXT_BYTES));
        let large = serde_json::from_str(&large).unwrap();
        assert!(rewritten(&large, EntryKind::Text).is_err());
        assert!(rewritten(&json!({"type": "cmd", "action": "x"}), EntryKind::Command).is_err());
    }
}
