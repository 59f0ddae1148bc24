//! Callbacks (消息回调): rules by which the customer's server decides about messages, and learns of what happened.

use serde::{Deserialize, Serialize};

use crate::{ChatType, EntryKind, Timestamp};

/// A rule of an app.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CallbackRule {
    /// Id, unique in the installation.
    pub id: String,
    /// Name, unique in the app.
    pub name: String,
    /// Where the customer's server is asked or told, `http://` or `https://`.
    pub url: String,
    /// Whether it counts.
    pub enabled: bool,
    /// The secret that the installation made.
    pub hx_secret: String,
    /// The customer's own secret, which then signs.
    pub custom_secret: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// From when on it counts: when it was last switched on.
    pub since: Timestamp,
    /// Before or after sending, and of what.
    #[serde(flatten)]
    pub scope: CallbackScope,
}

impl CallbackRule {
    /// What signs.
    #[must_use]
    pub fn secret(&self) -> &str {
        self.custom_secret.as_deref().unwrap_or(&self.hx_secret)
    }

    /// Its part as a rule before sending.
    #[must_use]
    pub fn pre(&self) -> Option<&PreRule> {
        match &self.scope {
            CallbackScope::Pre(rule) => Some(rule),
            CallbackScope::Post(_) => None,
        }
    }

    /// Its part as a rule after sending.
    #[must_use]
    pub fn post(&self) -> Option<&PostRule> {
        match &self.scope {
            CallbackScope::Post(rule) => Some(rule),
            CallbackScope::Pre(_) => None,
        }
    }
}

/// When a rule is asked or told, and of what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CallbackScope {
    /// 发送前回调: the customer's server decides.
    Pre(PreRule),
    /// 发送后回调: the customer's server learns.
    Post(PostRule),
}

/// Asked before a client's message is sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct PreRule {
    /// In which chats.
    pub chats: Vec<ChatType>,
    /// Also of new contents of messages.
    pub edits: bool,
    /// Of which kinds of messages.
    pub kinds: Vec<EntryKind>,
    /// Within which an answer must have come, in milliseconds.
    pub timeout_ms: u64,
    /// What becomes of a message when there is no sensible answer in time.
    pub on_failure: OnFailure,
    /// Whether a sender is told that its message was blocked.
    pub report_error: bool,
    /// What `payload` is.
    pub payload_form: PayloadForm,
}

impl Default for PreRule {
    fn default() -> Self {
        Self {
            chats: Vec::new(),
            edits: false,
            kinds: Vec::new(),
            timeout_ms: 200,
            on_failure: OnFailure::Pass,
            report_error: false,
            payload_form: PayloadForm::Message,
        }
    }
}

/// What becomes of a message without an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// 放行.
    Pass,
    /// 不放行.
    Block,
}

/// What the `payload` of a question is: both have been published.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayloadForm {
    /// As a stored message: `{"bodies": […], "ext": {…}, …}`.
    Message,
    /// The first body alone.
    Body,
}

/// Told of what happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct PostRule {
    /// Selectors such as `chat:txt`; a prefix such as `chat` means all below it, `*` everything.
    pub events: Vec<String>,
    /// 聊天消息: messages that were sent.
    pub sent: bool,
    /// 离线消息: messages to users who were offline.
    pub offline: bool,
    /// Messages of the customer's server.
    pub rest_messages: bool,
    /// Messages of clients.
    pub sdk_messages: bool,
    /// Only of these senders or actors; empty: of everybody.
    pub from_ids: Vec<String>,
    /// Only to these users.
    pub to_ids: Vec<String>,
    /// Only in these groups and chat rooms.
    pub group_ids: Vec<String>,
    /// Only messages with one of these keys in `ext`.
    pub ext_keys: Vec<String>,
    /// In which form operations of groups and chat rooms are told.
    pub group_event_format: GroupEventFormat,
    /// What becomes of what could not be delivered.
    pub delivery: Delivery,
}

impl Default for PostRule {
    fn default() -> Self {
        Self {
            events: vec!["*".to_owned()],
            sent: true,
            offline: false,
            rest_messages: true,
            sdk_messages: true,
            from_ids: Vec::new(),
            to_ids: Vec::new(),
            group_ids: Vec::new(),
            ext_keys: Vec::new(),
            group_event_format: GroupEventFormat::Muc,
            delivery: Delivery::Compatible,
        }
    }
}

impl PostRule {
    /// Whether the rule wants what `selector` names.
    #[must_use]
    pub fn selects(&self, selector: &str) -> bool {
        self.events.iter().any(|wanted| wanted == "*") || self.names(selector)
    }

    /// Whether the rule wants it by its name, or that of its family.
    #[must_use]
    pub fn names(&self, selector: &str) -> bool {
        self.events.iter().any(|wanted| {
            wanted == selector
                || selector.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.starts_with(':'))
        })
    }
}

/// Form of operations of groups and chat rooms.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupEventFormat {
    /// `chat_type: "muc"`, of the older apps.
    Muc,
    /// `event: "group_op_event"`, of the newer ones.
    GroupOpEvent,
    /// One of each.
    Both,
}

/// How hard delivery is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// As documented: twice at once, then given up (or kept, with the failure cache); many failures ban the rule.
    Compatible,
    /// Again and again with growing pauses, in order within a conversation; then kept.
    Durable,
}

/// Mail when deliveries fail.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct CallbackAlert {
    /// Whether it is on.
    pub enabled: bool,
    /// One mail in so long at most, in minutes.
    pub interval_minutes: u32,
    /// Failures of a rule in that time that make one.
    pub failures: u32,
    /// To whom.
    pub emails: Vec<String>,
}

impl Default for CallbackAlert {
    fn default() -> Self {
        Self { enabled: false, interval_minutes: 5, failures: 100, emails: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_means_all_below_it() {
        let rule = |events: &[&str]| PostRule {
            events: events.iter().map(|&event| event.to_owned()).collect(),
            ..PostRule::default()
        };
        assert!(rule(&["*"]).selects("muc:kick"));
        assert!(rule(&["chat"]).selects("chat:txt"));
        assert!(rule(&["chat:txt"]).selects("chat:txt"));
        assert!(!rule(&["chat"]).selects("chatroom:txt"));
        assert!(!rule(&["chat:txt"]).selects("chat:img"));
        assert!(!rule(&[]).selects("chat:txt"));
    }

    #[test]
    fn a_rule_reads_back() {
        let rule = CallbackRule {
            id: "1".into(),
            name: "n".into(),
            url: "https://example.com".into(),
            enabled: true,
            hx_secret: "s".into(),
            custom_secret: None,
            created: 1,
            updated: 2,
            since: 2,
            scope: CallbackScope::Post(PostRule::default()),
        };
        let text = serde_json::to_string(&rule).unwrap();
        assert!(text.contains(r#""kind":"post""#), "{text}");
        assert_eq!(serde_json::from_str::<CallbackRule>(&text).unwrap(), rule);
    }
}
