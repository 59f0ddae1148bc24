//! 消息回调: rules, their tests, deliveries and bans, and the mail about failures.

use hongyan_integrations::callbacks::{
    self as integrations, Chosen, Delivery, DeliveryFilter, DeliveryState,
};
use hongyan_model as model;
use hongyan_model::{App, CallbackScope, ChatType, EntryKind, Feature, Refusal, Timestamp};
use hongyan_platform::callbacks::{self, RuleForm};
use hongyan_platform::mail;
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;

const ACCESS: Access = Access::App(Permission::Features);

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/apps/{org}/{app}/callbacks";
    const ONE: &str = "/apps/{org}/{app}/callbacks/{rule}";
    const ENABLED: &str = "/apps/{org}/{app}/callbacks/{rule}/enabled";
    const ALERT: &str = "/apps/{org}/{app}/callback-alert";
    let of_rule = |action: &'static str| write("callbacks", action);
    Routes::default()
        .get(ALL, ACCESS, list)
        .write(Method::POST, ALL, ACCESS, of_rule("create"), create)
        .write(Method::PUT, ONE, ACCESS, of_rule("edit"), edit)
        .write(Method::DELETE, ONE, ACCESS, of_rule("delete"), delete)
        .write(Method::PUT, ENABLED, ACCESS, of_rule("enable"), enable)
        .write(
            Method::POST,
            "/apps/{org}/{app}/callbacks/{rule}/test",
            ACCESS,
            of_rule("test"),
            test,
        )
        .get("/apps/{org}/{app}/callbacks/{rule}/deliveries", ACCESS, deliveries)
        .write(
            Method::POST,
            "/apps/{org}/{app}/callbacks/{rule}/replay",
            ACCESS,
            of_rule("replay"),
            replay,
        )
        .write(
            Method::POST,
            "/apps/{org}/{app}/callbacks/{rule}/unban",
            ACCESS,
            of_rule("unban"),
            unban,
        )
        .write(Method::PUT, ALERT, ACCESS, of_rule("set_alert"), set_alert)
}

/// Before or after sending.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "callbacks.ts")]
pub(crate) enum CallbackKind {
    /// 发送前回调.
    Pre,
    /// 发送后回调.
    Post,
}

/// What a form writes. Fields of the other kind mean nothing.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "callbacks.ts")]
pub(crate) struct CallbackForm {
    kind: CallbackKind,
    name: String,
    url: String,
    enabled: bool,
    /// Empty or `null`: the rule's own secret signs. `********`: there is one, which stays.
    custom_secret: Option<String>,
    /// Before: of `chat`, `groupchat`, `chatroom`, `edit`.
    chat_types: Vec<String>,
    /// Before: of `TEXT`, `IMAGE`, `VIDEO`, `LOCATION`, `VOICE`, `FILE`, `CUSTOM`, `COMMAND`, `COMBINE`.
    msg_types: Vec<String>,
    /// Before: 10 to 10000.
    timeout_ms: u64,
    /// Before: `pass` or `block`.
    #[ts(type = "\"pass\" | \"block\"")]
    on_failure: model::OnFailure,
    /// Before: whether a sender is told that its message was blocked.
    report_error: bool,
    /// Before: `message` or `body`.
    #[ts(type = "\"message\" | \"body\"")]
    payload_form: model::PayloadForm,
    /// After: selectors; `*` is everything.
    events: Vec<String>,
    /// After: of `chat`, `chat_offline`.
    event_classes: Vec<String>,
    /// After: messages of the app's server.
    rest_messages: bool,
    /// After: messages of clients.
    sdk_messages: bool,
    /// After: at most 50.
    from_ids: Vec<String>,
    /// After: at most 50.
    to_ids: Vec<String>,
    /// After: at most 50.
    group_ids: Vec<String>,
    /// After: at most 50.
    ext_keys: Vec<String>,
    /// After: `muc`, `group_op_event` or `both`.
    #[ts(type = "\"muc\" | \"group_op_event\" | \"both\"")]
    group_event_format: model::GroupEventFormat,
    /// After: `compatible` or `durable`.
    #[ts(type = "\"compatible\" | \"durable\"")]
    delivery: model::Delivery,
}

/// A rule.
#[derive(Serialize, TS)]
#[ts(export_to = "callbacks.ts")]
pub(crate) struct CallbackRule {
    id: String,
    /// What signs, unless there is a custom secret.
    hx_secret: String,
    #[serde(flatten)]
    form: CallbackForm,
    created: Timestamp,
    updated: Timestamp,
    /// How a rule after sending does.
    state: Option<CallbackState>,
}

/// How a rule after sending does.
#[derive(Serialize, TS)]
#[ts(export_to = "callbacks.ts")]
pub(crate) struct CallbackState {
    banned_until: Option<Timestamp>,
    ban_reason: Option<String>,
    bans_today: usize,
    /// Not yet delivered.
    waiting: u64,
    /// Given up, and kept.
    failed: u64,
    delivered_today: u64,
    last_error: Option<String>,
}

/// 回调失败告警.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "callbacks.ts")]
pub(crate) struct CallbackAlert {
    enabled: bool,
    /// A multiple of 5.
    interval_minutes: u32,
    failures: u32,
    /// At most 20.
    emails: Vec<String>,
}

/// All rules of an app.
#[derive(Serialize, TS)]
#[ts(export_to = "callbacks.ts")]
pub(crate) struct Callbacks {
    rules: Vec<CallbackRule>,
    /// How many there may be; `null`: any number.
    most: Option<u64>,
    /// Whether the app has callbacks before sending.
    pre: bool,
    /// Whether the app has callbacks after sending.
    post: bool,
    /// Whether what failed is kept for the app's server.
    failure_cache: bool,
    /// Whether the installation sends mail.
    mail: bool,
    alert: CallbackAlert,
}

/// On or off.
#[derive(Deserialize, TS)]
#[ts(export_to = "callbacks.ts")]
pub(crate) struct EnableCallback {
    enabled: bool,
}

/// What a test sends.
#[derive(Deserialize, TS)]
#[ts(export_to = "callbacks.ts")]
pub(crate) struct TestCallback {
    /// A selector; before sending it means nothing.
    #[serde(default)]
    event: String,
}

/// A test as it went.
#[derive(Serialize, TS)]
#[ts(export_to = "callbacks.ts")]
pub(crate) struct CallbackTest {
    request_headers: Vec<(String, String)>,
    request_body: String,
    status: Option<u16>,
    latency_ms: u64,
    answer: Option<String>,
    error: Option<String>,
    /// Before sending: `pass`, `rewrite`, `block` or `failed`.
    verdict: Option<&'static str>,
}

/// Something that was, or is to be, delivered.
#[derive(Serialize, TS)]
#[ts(export_to = "callbacks.ts")]
pub(crate) struct CallbackDelivery {
    id: String,
    call_id: String,
    /// Selector.
    kind: String,
    conversation: String,
    created: Timestamp,
    /// `waiting`, `retrying`, `delivered`, `failed` or `dropped`.
    #[ts(type = "\"waiting\" | \"retrying\" | \"delivered\" | \"failed\" | \"dropped\"")]
    state: &'static str,
    attempts: u32,
    status: Option<u16>,
    latency_ms: Option<u64>,
    error: Option<String>,
    finished: Option<Timestamp>,
    /// JSON, without its signature.
    body: String,
}

/// A page of deliveries, the newest first.
#[derive(Serialize, TS)]
#[ts(export_to = "callbacks.ts")]
pub(crate) struct CallbackDeliveries {
    items: Vec<CallbackDelivery>,
    /// Where the next page begins.
    cursor: Option<String>,
}

/// Which deliveries are sent again: these, or those of a time.
#[derive(Deserialize, TS)]
#[ts(export_to = "callbacks.ts", optional_fields)]
pub(crate) struct ReplayCallbacks {
    ids: Option<Vec<String>>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

/// How many are sent again.
#[derive(Serialize, TS)]
#[ts(export_to = "callbacks.ts")]
pub(crate) struct ReplayedCallbacks {
    replayed: u64,
}

/// Which deliveries a list shows.
#[derive(Deserialize, Default)]
#[serde(default)]
struct DeliveryQuery {
    state: String,
    kind: String,
    search: String,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    cursor: Option<String>,
    limit: Option<usize>,
}

/// The names of the kinds of messages that are asked about.
const MESSAGES: [(EntryKind, &str); 9] = [
    (EntryKind::Text, "TEXT"),
    (EntryKind::Image, "IMAGE"),
    (EntryKind::Video, "VIDEO"),
    (EntryKind::Location, "LOCATION"),
    (EntryKind::Voice, "VOICE"),
    (EntryKind::File, "FILE"),
    (EntryKind::Custom, "CUSTOM"),
    (EntryKind::Command, "COMMAND"),
    (EntryKind::Combine, "COMBINE"),
];

/// In place of secrets, for members who are kept from them; sent back, the secret stays.
const HIDDEN: &str = "********";
const EDIT: &str = "edit";
const SENT: &str = "chat";
const OFFLINE: &str = "chat_offline";

async fn list(call: Call) -> Result<Answer, Failure> {
    let app = call.app()?;
    let mut rules = Vec::with_capacity(app.settings.callbacks.len());
    for rule in &app.settings.callbacks {
        rules.push(shown(&call, app, rule).await?);
    }
    let alert = &app.settings.callback_alert;
    Ok(Answer::json(&Callbacks {
        rules,
        most: app.quota(Feature::CallbackRulesMax),
        pre: app.enabled(Feature::CallbackPre),
        post: app.enabled(Feature::CallbackPost),
        failure_cache: app.enabled(Feature::CallbackFailureCache),
        mail: mail::is_configured(call.platform()),
        alert: CallbackAlert::of(alert),
    }))
}

async fn create(call: Call) -> Result<Answer, Failure> {
    let (app, form) = (call.app()?, call.body::<CallbackForm>()?);
    let rule = callbacks::create(call.platform(), app.id, form.try_into()?).await?;
    let target = rule.name.clone();
    Ok(Answer::json(&shown(&call, app, &rule).await?).target(target))
}

async fn edit(call: Call) -> Result<Answer, Failure> {
    let (app, mut form) = (call.app()?, call.body::<CallbackForm>()?);
    if form.custom_secret.as_deref() == Some(HIDDEN) {
        form.custom_secret = callbacks::find(app, call.path("rule"))?.custom_secret.clone();
    }
    let rule =
        callbacks::edit(call.platform(), app.id, call.path("rule"), form.try_into()?).await?;
    integrations::unban(call.integrations(), app, &rule.id).await?;
    let target = rule.name.clone();
    Ok(Answer::json(&shown(&call, app, &rule).await?).target(target))
}

async fn delete(call: Call) -> Result<Answer, Failure> {
    let app = call.app()?;
    let rule = callbacks::delete(call.platform(), app.id, call.path("rule")).await?;
    integrations::forget(call.integrations(), app, &rule.id).await?;
    Ok(Answer::done().target(rule.name))
}

async fn enable(call: Call) -> Result<Answer, Failure> {
    let (app, EnableCallback { enabled }) = (call.app()?, call.body()?);
    let rule = callbacks::enable(call.platform(), app.id, call.path("rule"), enabled).await?;
    if enabled {
        integrations::unban(call.integrations(), app, &rule.id).await?;
    }
    let target = rule.name.clone();
    Ok(Answer::json(&shown(&call, app, &rule).await?).target(target))
}

async fn test(call: Call) -> Result<Answer, Failure> {
    let (app, TestCallback { event }) = (call.app()?, call.body()?);
    let rule = callbacks::find(app, call.path("rule"))?;
    let event = if event.is_empty() { "chat:txt" } else { &event };
    let test = integrations::test(call.integrations(), app, rule, event).await?;
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let shown = CallbackTest {
        request_headers: test.headers.iter().map(header).collect(),
        request_body: test.body,
        status: test.status,
        latency_ms: u64::try_from(test.took.as_millis()).unwrap_or(u64::MAX),
        answer: test.answer,
        error: test.error,
        verdict: test.verdict,
    };
    Ok(Answer::json(&shown).target(rule.name.clone()))
}

async fn deliveries(call: Call) -> Result<Answer, Failure> {
    let (app, query) = (call.app()?, call.query::<DeliveryQuery>()?);
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = DeliveryFilter {
        state: state_named(&query.state)?,
        kind: some(&query.kind),
        search: some(&query.search),
        from: query.from,
        to: query.to,
    };
    let before = query.cursor.as_deref().map(parse_id).transpose()?;
    let (rule, limit) = (call.path("rule"), query.limit.unwrap_or(20));
    let (found, more) =
        integrations::deliveries(call.integrations(), app, rule, &filter, before, limit).await?;
    let cursor = found.last().filter(|_| more).map(|last| last.id.to_string());
    let items = found.into_iter().map(CallbackDelivery::from).collect();
    Ok(Answer::json(&CallbackDeliveries { items, cursor }))
}

async fn replay(call: Call) -> Result<Answer, Failure> {
    let (app, ReplayCallbacks { ids, from, to }) = (call.app()?, call.body()?);
    let chosen = match (ids, from, to) {
        (Some(ids), _, _) => {
            Chosen::Ids(ids.iter().map(|id| parse_id(id)).collect::<Result<_, _>>()?)
        }
        (None, Some(from), Some(to)) => Chosen::Time(from, to),
        _ => return Err(Refusal::Missing { name: "ids" }.into()),
    };
    let rule = callbacks::find(app, call.path("rule"))?;
    let replayed = integrations::replay(call.integrations(), app, &rule.id, &chosen).await?;
    Ok(Answer::json(&ReplayedCallbacks { replayed }).target(rule.name.clone()))
}

async fn unban(call: Call) -> Result<Answer, Failure> {
    let app = call.app()?;
    let rule = callbacks::find(app, call.path("rule"))?;
    integrations::unban(call.integrations(), app, &rule.id).await?;
    Ok(Answer::json(&shown(&call, app, rule).await?).target(rule.name.clone()))
}

async fn set_alert(call: Call) -> Result<Answer, Failure> {
    let (app, alert) = (call.app()?, call.body::<CallbackAlert>()?);
    let CallbackAlert { enabled, interval_minutes, failures, emails } = alert;
    let alert = model::CallbackAlert { enabled, interval_minutes, failures, emails };
    let app = callbacks::set_alert(call.platform(), app.id, alert).await?;
    Ok(Answer::json(&CallbackAlert::of(&app.settings.callback_alert)))
}

async fn shown(
    call: &Call,
    app: &App,
    rule: &model::CallbackRule,
) -> Result<CallbackRule, Failure> {
    let state = match rule.post() {
        Some(_) => Some(integrations::state(call.integrations(), app, rule).await?.into()),
        None => None,
    };
    let mut form = CallbackForm::of(rule);
    let mut hx_secret = rule.hx_secret.clone();
    if !call.session()?.staff.may(Permission::RevealSecret) {
        // Whoever has them can call the customer's server in our name.
        hx_secret = HIDDEN.to_owned();
        form.custom_secret = form.custom_secret.map(|_| HIDDEN.to_owned());
    }
    Ok(CallbackRule {
        id: rule.id.clone(),
        hx_secret,
        form,
        created: rule.created,
        updated: rule.updated,
        state,
    })
}

fn parse_id(id: &str) -> Result<u64, Refusal> {
    id.parse().map_err(|_| Refusal::Invalid { name: "ids", why: "no such delivery".to_owned() })
}

fn state_name(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Retrying => "retrying",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Failed => "failed",
        DeliveryState::Dropped => "dropped",
    }
}

fn state_named(name: &str) -> Result<Option<DeliveryState>, Refusal> {
    if name.is_empty() {
        return Ok(None);
    }
    let found = DeliveryState::ALL.into_iter().find(|state| state_name(*state) == name);
    let unknown = || Refusal::Invalid { name: "state", why: "no such state".to_owned() };
    found.map(Some).ok_or_else(unknown)
}

impl CallbackForm {
    fn of(rule: &model::CallbackRule) -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let pre = rule.pre().cloned().unwrap_or_default();
        let post = rule.post().cloned().unwrap_or_default();
        let chats = pre.chats.iter().map(|chat| chat.word());
        let chats = chats.chain(pre.edits.then_some(EDIT));
        let kinds = MESSAGES.iter().filter(|(kind, _)| pre.kinds.contains(kind));
        let classes = [(post.sent, SENT), (post.offline, OFFLINE)];
        let classes = classes.iter().filter(|(wanted, _)| *wanted).map(|(_, name)| *name);
        Self {
            kind: if rule.pre().is_some() { CallbackKind::Pre } else { CallbackKind::Post },
            name: rule.name.clone(),
            url: rule.url.clone(),
            enabled: rule.enabled,
            custom_secret: rule.custom_secret.clone(),
            chat_types: texts(&chats.collect::<Vec<_>>()),
            msg_types: texts(&kinds.map(|(_, name)| *name).collect::<Vec<_>>()),
            timeout_ms: pre.timeout_ms,
            on_failure: pre.on_failure,
            report_error: pre.report_error,
            payload_form: pre.payload_form,
            events: post.events,
            event_classes: texts(&classes.collect::<Vec<_>>()),
            rest_messages: post.rest_messages,
            sdk_messages: post.sdk_messages,
            from_ids: post.from_ids,
            to_ids: post.to_ids,
            group_ids: post.group_ids,
            ext_keys: post.ext_keys,
            group_event_format: post.group_event_format,
            delivery: post.delivery,
        }
    }
}

impl TryFrom<CallbackForm> for RuleForm {
    type Error = Refusal;

    fn try_from(form: CallbackForm) -> Result<Self, Refusal> {
        let unknown =
            |name| Refusal::Invalid { name, why: "holds something that there is not".to_owned() };
        let scope = match form.kind {
            CallbackKind::Pre => {
                let mut rule = model::PreRule {
                    timeout_ms: form.timeout_ms,
                    on_failure: form.on_failure,
                    report_error: form.report_error,
                    payload_form: form.payload_form,
                    ..model::PreRule::default()
                };
                for name in &form.chat_types {
                    match ChatType::from_word(name) {
                        Some(chat) => rule.chats.push(chat),
                        None if name == EDIT => rule.edits = true,
                        None => return Err(unknown("chat_types")),
                    }
                }
                for name in &form.msg_types {
                    let found = MESSAGES.iter().find(|(_, kind)| kind == name);
                    rule.kinds.push(found.ok_or_else(|| unknown("msg_types"))?.0);
                }
                CallbackScope::Pre(rule)
            }
            CallbackKind::Post => {
                let has = |class: &str| form.event_classes.iter().any(|given| given == class);
                CallbackScope::Post(model::PostRule {
                    sent: has(SENT),
                    offline: has(OFFLINE),
                    events: form.events,
                    rest_messages: form.rest_messages,
                    sdk_messages: form.sdk_messages,
                    from_ids: form.from_ids,
                    to_ids: form.to_ids,
                    group_ids: form.group_ids,
                    ext_keys: form.ext_keys,
                    group_event_format: form.group_event_format,
                    delivery: form.delivery,
                })
            }
        };
        let CallbackForm { name, url, enabled, custom_secret, .. } = form;
        Ok(Self { name, url, enabled, custom_secret, scope })
    }
}

impl CallbackAlert {
    fn of(alert: &model::CallbackAlert) -> Self {
        let model::CallbackAlert { enabled, interval_minutes, failures, emails } = alert.clone();
        Self { enabled, interval_minutes, failures, emails }
    }
}

impl From<integrations::RuleState> for CallbackState {
    fn from(state: integrations::RuleState) -> Self {
        let (banned_until, ban_reason) = state.ban.unzip();
        Self {
            banned_until,
            ban_reason,
            bans_today: state.bans_today,
            waiting: state.waiting,
            failed: state.failed,
            delivered_today: state.delivered_today,
            last_error: state.last_error,
        }
    }
}

impl From<Delivery> for CallbackDelivery {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            call_id: delivery.call_id,
            kind: delivery.kind,
            conversation: delivery.conversation,
            created: delivery.created,
            state: state_name(delivery.state),
            attempts: delivery.attempts,
            status: delivery.status,
            latency_ms: delivery.latency,
            error: delivery.error,
            finished: delivery.finished,
            body: delivery.body,
        }
    }
}
