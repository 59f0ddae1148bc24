//! Rules of callbacks (消息回调) of an app: what may stand in one, and which secret signs.
//!
//! They are kept with the app's settings, so that every process sees a change as fast as any other. Where the app's
//! plan lacks a kind its rules are kept and mean nothing.

use std::collections::HashSet;
use std::sync::Arc;

use hongyan_model::{
    App, AppId, CallbackAlert, CallbackRule, CallbackScope, ChatType, EntryKind, Feature, PostRule,
    PreRule, Refusal, Result, Timestamp,
};
use http::Uri;
use uuid::Uuid;

use crate::accounts::parse_email;
use crate::{Platform, apps, random};

/// Length of a name in characters.
const NAME_CHARS: usize = 32;
/// Length of a URL in characters.
const URL_CHARS: usize = 512;
/// Length of a secret of the customer's.
const SECRET_CHARS: std::ops::RangeInclusive<usize> = 8..=64;
/// How long a rule may wait for an answer, in milliseconds.
const TIMEOUT_MS: std::ops::RangeInclusive<u64> = 10..=10_000;
/// Lines of a filter.
const FILTER_LINES: usize = 50;
/// Length of a line of a filter in bytes.
const LINE_BYTES: usize = 128;
/// Addresses of an alert.
const EMAILS: usize = 20;
/// Longest interval of an alert, in minutes.
const INTERVAL_MINUTES: u32 = 24 * 60;
/// The interval's unit, in minutes.
const INTERVAL_UNIT: u32 = 5;
/// Most failures before an alert.
const ALERT_FAILURES: u32 = 10_000;

/// What a rule may select: families, and what is below each (docs/callbacks.md, "Events"). Everything is `*`.
pub const SELECTORS: [(&str, &[&str]); 16] = [
    ("chat", &MESSAGE_KINDS),
    ("groupchat", &MESSAGE_KINDS),
    ("chatroom", &MESSAGE_KINDS),
    ("recall", &[]),
    ("edit", &[]),
    ("read_ack", &[]),
    ("group_read_ack", &[]),
    ("channel_ack", &[]),
    ("delivery_ack", &[]),
    ("muc", &MUC_OPERATIONS),
    ("group_op_event", &GROUP_OPERATIONS),
    (
        "roster",
        &["add", "remove", "accept", "decline", "remote_accept", "remote_decline", "ban", "allow"],
    ),
    ("userStatus", &["login", "logout", "replaced"]),
    ("sensitiveWords", &["intercepted", "replaced", "through"]),
    ("moderation", &[]),
    ("push", &["success", "fail", "error"]),
];
const MESSAGE_KINDS: [&str; 10] =
    ["txt", "img", "audio", "video", "loc", "file", "cmd", "custom", "combine", "unknown"];
/// Operations on groups and chat rooms by their older names; the last one is told in the newer form only.
const MUC_OPERATIONS: [&str; 32] = [
    "create",
    "destroy",
    "apply",
    "apply_accept",
    "apply_decline",
    "invite",
    "invite_accept",
    "invite_decline",
    "kick",
    "ban",
    "allow",
    "update",
    "block",
    "unblock",
    "presence",
    "absence",
    "direct_joined",
    "leave",
    "assing_owner",
    "add_admin",
    "remove_admin",
    "add_mute",
    "remove_mute",
    "update_announcement",
    "delete_announcement",
    "upload_file",
    "delete_file",
    "add_user_white_list",
    "remove_user_white_list",
    "ban_group",
    "remove_ban_group",
    "room_super_admin",
];
/// The same by their newer names.
const GROUP_OPERATIONS: [&str; 12] = [
    "CREATE",
    "DELETE",
    "JOIN",
    "LEAVE",
    "UPDATE",
    "ADMIN",
    "MUTE",
    "WHITE",
    "BLOCK",
    "SHIELD",
    "SHARE_FILE",
    "ROOM_SUPER_ADMIN",
];

/// A rule as a form writes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleForm {
    /// Name.
    pub name: String,
    /// Where to.
    pub url: String,
    /// Whether it counts.
    pub enabled: bool,
    /// The customer's own secret.
    pub custom_secret: Option<String>,
    /// Before or after sending, and of what.
    pub scope: CallbackScope,
}

/// Makes a rule; answers it with the secret that the installation made for it.
pub async fn create(p: &Platform, app: AppId, form: RuleForm) -> Result<CallbackRule> {
    let form = checked(form)?;
    let now = p.clock().now();
    let secret = Uuid::from_bytes(random::bytes::<16>()?).simple().to_string();
    let rule = CallbackRule {
        id: Uuid::new_v4().simple().to_string(),
        name: form.name,
        url: form.url,
        enabled: form.enabled,
        hx_secret: secret,
        custom_secret: form.custom_secret,
        created: now,
        updated: now,
        since: now,
        scope: form.scope,
    };
    let new = rule.clone();
    apps::update(p, app, |app| {
        require(app, &new.scope)?;
        free_name(app, &new.name, None)?;
        let most = app.most(Feature::CallbackRulesMax);
        if app.settings.callbacks.len() >= most {
            return Err(Refusal::QuotaExceeded { feature: Feature::CallbackRulesMax });
        }
        app.settings.callbacks.push(new);
        Ok(())
    })
    .await?;
    Ok(rule)
}

/// Changes a rule; its kind, id and secret stay.
pub async fn edit(p: &Platform, app: AppId, id: &str, form: RuleForm) -> Result<CallbackRule> {
    let form = checked(form)?;
    let now = p.clock().now();
    changed(p, app, id, |app| {
        require(app, &form.scope)?;
        free_name(app, &form.name, Some(id))?;
        let rule = of(app, id)?;
        if std::mem::discriminant(&rule.scope) != std::mem::discriminant(&form.scope) {
            let why = "a rule stays before or after sending".to_owned();
            return Err(Refusal::Invalid { name: "kind", why });
        }
        rule.name = form.name;
        rule.url = form.url;
        switch(rule, form.enabled, now);
        rule.custom_secret = form.custom_secret;
        rule.scope = form.scope;
        rule.updated = now;
        Ok(())
    })
    .await
}

/// Switches a rule on or off.
pub async fn enable(p: &Platform, app: AppId, id: &str, enabled: bool) -> Result<CallbackRule> {
    let now = p.clock().now();
    changed(p, app, id, |app| {
        let rule = of(app, id)?;
        switch(rule, enabled, now);
        rule.updated = now;
        Ok(())
    })
    .await
}

/// Removes a rule; the rule as it was.
pub async fn delete(p: &Platform, app: AppId, id: &str) -> Result<CallbackRule> {
    let mut removed = None;
    apps::update(p, app, |app| {
        let rules = &mut app.settings.callbacks;
        let place = rules.iter().position(|rule| rule.id == id).ok_or_else(unknown)?;
        removed = Some(rules.remove(place));
        Ok(())
    })
    .await?;
    removed.ok_or_else(|| unknown().into())
}

/// The rule of this id.
pub fn find<'a>(app: &'a App, id: &str) -> Result<&'a CallbackRule, Refusal> {
    app.settings.callbacks.iter().find(|rule| rule.id == id).ok_or_else(unknown)
}

/// Sets when whom mails tell of failures.
pub async fn set_alert(p: &Platform, app: AppId, alert: CallbackAlert) -> Result<Arc<App>> {
    let minutes = alert.interval_minutes;
    if !(INTERVAL_UNIT..=INTERVAL_MINUTES).contains(&minutes)
        || !minutes.is_multiple_of(INTERVAL_UNIT)
    {
        let why = format!("a multiple of {INTERVAL_UNIT}, at most {INTERVAL_MINUTES}");
        return Err(invalid("interval_minutes", why).into());
    }
    if !(1..=ALERT_FAILURES).contains(&alert.failures) {
        return Err(invalid("failures", format!("1 to {ALERT_FAILURES}")).into());
    }
    let mut emails = Vec::with_capacity(alert.emails.len());
    for email in lines(alert.emails) {
        let why = || invalid("emails", format!("{email:.64} is no address"));
        emails.push(parse_email(&email).map_err(|_| why())?);
    }
    if emails.len() > EMAILS {
        return Err(Refusal::TooMany { name: "emails", limit: EMAILS }.into());
    }
    if alert.enabled && emails.is_empty() {
        return Err(Refusal::Missing { name: "emails" }.into());
    }
    let alert = CallbackAlert { emails, ..alert };
    apps::update_settings(p, app, |settings| {
        settings.callback_alert = alert;
        Ok(())
    })
    .await
}

async fn changed(
    p: &Platform,
    app: AppId,
    id: &str,
    change: impl FnOnce(&mut App) -> Result<(), Refusal> + Send,
) -> Result<CallbackRule> {
    let app = apps::update(p, app, change).await?;
    Ok(find(&app, id)?.clone())
}

/// What happened while it was off is not told later.
fn switch(rule: &mut CallbackRule, on: bool, now: Timestamp) {
    if on && !rule.enabled {
        rule.since = now;
    }
    rule.enabled = on;
}

fn of<'a>(app: &'a mut App, id: &str) -> Result<&'a mut CallbackRule, Refusal> {
    app.settings.callbacks.iter_mut().find(|rule| rule.id == id).ok_or_else(unknown)
}

fn require(app: &App, scope: &CallbackScope) -> Result<(), Refusal> {
    let feature = match scope {
        CallbackScope::Pre(_) => Feature::CallbackPre,
        CallbackScope::Post(_) => Feature::CallbackPost,
    };
    if app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}

fn free_name(app: &App, name: &str, own: Option<&str>) -> Result<(), Refusal> {
    let taken = |rule: &CallbackRule| rule.name == name && Some(rule.id.as_str()) != own;
    if app.settings.callbacks.iter().any(taken) {
        return Err(invalid("name", "another rule has this name"));
    }
    Ok(())
}

fn checked(form: RuleForm) -> Result<RuleForm, Refusal> {
    let name = form.name.trim().to_owned();
    check_name(&name, matches!(form.scope, CallbackScope::Post(_)))?;
    let url = form.url.trim().to_owned();
    check_url(&url)?;
    let custom_secret = form.custom_secret.filter(|secret| !secret.is_empty());
    if let Some(secret) = &custom_secret
        && !(SECRET_CHARS.contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic()))
    {
        let why = "8 to 64 letters, digits and signs, no spaces";
        return Err(invalid("custom_secret", why));
    }
    let scope = match form.scope {
        CallbackScope::Pre(rule) => CallbackScope::Pre(checked_pre(rule)?),
        CallbackScope::Post(rule) => CallbackScope::Post(checked_post(rule)?),
    };
    Ok(RuleForm { name, url, custom_secret, scope, ..form })
}

/// A rule after sending has a plain name: it stands in file names and headers of receivers.
fn check_name(name: &str, plain: bool) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(Refusal::Missing { name: "name" });
    }
    if name.chars().count() > NAME_CHARS {
        return Err(Refusal::TooLong { name: "name", limit: NAME_CHARS });
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_legal = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ');
    if plain && !name.chars().all(is_plain) {
        return Err(invalid("name", "letters a-z, digits and _ only"));
    }
    if !name.chars().all(is_legal) {
        return Err(invalid("name", "letters, digits, _, - and spaces only"));
    }
    Ok(())
}

/// Absolute, in ASCII, without user and fragment. Where it may lead is looked at with each call, after its name is resolved.
fn check_url(url: &str) -> Result<(), Refusal> {
    if url.is_empty() {
        return Err(Refusal::Missing { name: "url" });
    }
    if url.chars().count() > URL_CHARS {
        return Err(Refusal::TooLong { name: "url", limit: URL_CHARS });
    }
    let why = || {
        invalid("url", "an address such as https://example.com/callback, other characters encoded")
    };
    let uri: Uri = url.parse().map_err(|_| why())?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    // What follows the host is a port, or no number of one.
    let has_port = uri.authority().is_some_and(|authority| {
        let host = authority.host().len();
        authority.as_str().len() == host || authority.port_u16().is_some_and(|port| port > 0)
    });
    if !is_http || !has_host || has_user || !has_port || !url.is_ascii() || url.contains('#') {
        return Err(why());
    }
    Ok(())
}

fn checked_pre(mut rule: PreRule) -> Result<PreRule, Refusal> {
    rule.chats = ChatType::ALL.into_iter().filter(|chat| rule.chats.contains(chat)).collect();
    if rule.chats.is_empty() && !rule.edits {
        return Err(Refusal::Missing { name: "chat_types" });
    }
    let kinds = EntryKind::ALL.into_iter().filter(|kind| kind.is_message());
    rule.kinds = kinds.filter(|kind| rule.kinds.contains(kind)).collect();
    if rule.kinds.is_empty() {
        return Err(Refusal::Missing { name: "msg_types" });
    }
    if !TIMEOUT_MS.contains(&rule.timeout_ms) {
        return Err(invalid("timeout_ms", "10 to 10000"));
    }
    Ok(rule)
}

fn checked_post(mut rule: PostRule) -> Result<PostRule, Refusal> {
    rule.events = lines(rule.events);
    if rule.events.is_empty() {
        return Err(Refusal::Missing { name: "events" });
    }
    if let Some(unknown) = rule.events.iter().find(|event| !is_selector(event)) {
        return Err(invalid("events", format!("there is no event {unknown:.64}")));
    }
    if !rule.sent && !rule.offline {
        return Err(Refusal::Missing { name: "event_classes" });
    }
    if !rule.rest_messages && !rule.sdk_messages {
        return Err(Refusal::Missing { name: "rest_messages" });
    }
    let ids = |name, given: Vec<String>| {
        filter(name, given.into_iter().map(|id| id.to_lowercase()).collect())
    };
    rule.from_ids = ids("from_ids", rule.from_ids)?;
    rule.to_ids = ids("to_ids", rule.to_ids)?;
    rule.group_ids = ids("group_ids", rule.group_ids)?;
    rule.ext_keys = filter("ext_keys", rule.ext_keys)?;
    Ok(rule)
}

fn is_selector(given: &str) -> bool {
    let (family, member) = match given.split_once(':') {
        Some((family, member)) => (family, Some(member)),
        None => (given, None),
    };
    let below = SELECTORS.into_iter().find(|(known, _)| *known == family);
    given == "*"
        || below.is_some_and(|(_, members)| member.is_none_or(|member| members.contains(&member)))
}

fn filter(name: &'static str, given: Vec<String>) -> Result<Vec<String>, Refusal> {
    let lines = lines(given);
    if lines.len() > FILTER_LINES {
        return Err(Refusal::TooMany { name, limit: FILTER_LINES });
    }
    if lines.iter().any(|line| line.len() > LINE_BYTES) {
        return Err(Refusal::TooLong { name, limit: LINE_BYTES });
    }
    Ok(lines)
}

/// Each once, without what is around it, in the given order.
fn lines(given: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    let trimmed = given.into_iter().map(|line| line.trim().to_owned());
    trimmed.filter(|line| !line.is_empty() && seen.insert(line.clone())).collect()
}

fn unknown() -> Refusal {
    Refusal::Invalid { name: "rule", why: "there is no such rule".to_owned() }
}

fn invalid(name: &'static str, why: impl Into<String>) -> Refusal {
    Refusal::Invalid { name, why: why.into() }
}
