//! 消息推送: certificates and the policy (证书管理), templates (模板管理), and what became of notices (推送统计).

use hongyan_integrations::push::{
    self as integrations, Certificate, CertificateRefusal, CertificateState, FieldError,
    FieldReason, NotSent, OfChannel, Outcome, Tested,
};
use hongyan_model::{App, Feature, PushLanguage, PushPolicy, PushWhen, Refusal, Timestamp};
use hongyan_platform::roles::Permission;
use hongyan_platform::{Day, settings};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::csv::Csv;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;

const ACCESS: Access = Access::App(Permission::Features);
const FIGURES: Access = Access::App(Permission::Statistics);
/// Days shown when the page names none.
const DAYS: i64 = 7;
/// Length of a test's title and text in characters.
const TEST_CHARS: usize = 200;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/apps/{org}/{app}/push/certificates";
    const ONE: &str = "/apps/{org}/{app}/push/certificates/{certificate}";
    const TEMPLATES: &str = "/apps/{org}/{app}/push/templates";
    const TEMPLATE: &str = "/apps/{org}/{app}/push/templates/{template}";
    let of_certificate = |action: &'static str| write("push_certificates", action);
    let of_template = |action: &'static str| write("push_templates", action);
    Routes::default()
        .get("/apps/{org}/{app}/push", ACCESS, overview)
        .write(
            Method::PUT,
            "/apps/{org}/{app}/push/policy",
            ACCESS,
            of_certificate("set_policy"),
            set_policy,
        )
        .write(Method::POST, ALL, ACCESS, of_certificate("create"), add)
        .write(Method::PUT, ONE, ACCESS, of_certificate("edit"), edit)
        .write(Method::DELETE, ONE, ACCESS, of_certificate("delete"), remove)
        .write(
            Method::PUT,
            "/apps/{org}/{app}/push/certificates/{certificate}/enabled",
            ACCESS,
            of_certificate("enable"),
            enable,
        )
        .write(
            Method::POST,
            "/apps/{org}/{app}/push/certificates/{certificate}/test",
            ACCESS,
            of_certificate("test"),
            test,
        )
        .get(TEMPLATES, ACCESS, templates)
        .write(Method::POST, TEMPLATES, ACCESS, of_template("create"), add_template)
        .write(Method::PUT, TEMPLATE, ACCESS, of_template("edit"), edit_template)
        .write(Method::DELETE, TEMPLATE, ACCESS, of_template("delete"), remove_template)
        .get("/apps/{org}/{app}/stats/push", FIGURES, statistics)
        .get("/apps/{org}/{app}/stats/push.csv", FIGURES, statistics_csv)
}

/// 多设备消息推送策略.
#[derive(Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "push.ts", rename = "DevicePolicy")]
pub(crate) enum Policy {
    /// Only while no device of the user is online.
    AllOffline,
    /// Each device that is offline.
    AnyOffline,
}

/// When phones are notified, and in which words.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct PushPolicyForm {
    policy: Policy,
    /// IANA name of the zone of users' quiet times.
    time_zone: String,
    #[ts(type = "\"zh\" | \"en\"")]
    language: PushLanguage,
}

/// All of an app's push.
#[derive(Serialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct Push {
    /// Whether the app has push.
    enabled: bool,
    /// Whether users' finer wishes and templates count.
    advanced: bool,
    #[serde(flatten)]
    policy: PushPolicyForm,
    certificates: Vec<PushCertificate>,
    /// How many there may be; `null`: any number.
    most: Option<u64>,
    /// Where vendors tell what became of notices, without the vendor's name; `null`: the installation does not know its address.
    receipts_url: Option<String>,
}

/// How a certificate does.
#[derive(Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "push.ts")]
pub(crate) enum CertificateStatus {
    /// 正常.
    Ok,
    /// 未启用.
    Disabled,
    /// 封禁: its vendor refused it too often.
    Banned,
    /// Its vendor takes no more today.
    OverQuota,
    /// 即将过期.
    Expiring,
    /// It has ended.
    Expired,
}

/// A certificate, without its secrets.
#[derive(Serialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct PushCertificate {
    id: String,
    /// By which bindings name it.
    name: String,
    kind: String,
    vendor: String,
    #[ts(type = "\"sandbox\" | \"production\" | null")]
    environment: Option<String>,
    /// Bundle id or package.
    package: Option<String>,
    /// All that are no secrets.
    #[ts(type = "{ [key: string]: string | number | boolean | null }")]
    fields: Map<String, Value>,
    enabled: bool,
    status: CertificateStatus,
    status_until: Option<Timestamp>,
    /// In the vendor's words.
    status_reason: Option<String>,
    expires: Option<Timestamp>,
    /// Notices that wait.
    waiting: u64,
    created: Timestamp,
    updated: Timestamp,
}

impl From<Certificate> for PushCertificate {
    fn from(certificate: Certificate) -> Self {
        let text =
            |name: &str| certificate.fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let (environment, package) = (text("environment"), text("bundle_id"));
        let package = package.or_else(|| text("package"));
        let (status, status_until, status_reason) = match certificate.state {
            CertificateState::Ok => (CertificateStatus::Ok, None, None),
            CertificateState::Disabled => (CertificateStatus::Disabled, None, None),
            CertificateState::Banned { until, why } => {
                (CertificateStatus::Banned, Some(until), Some(why))
            }
            CertificateState::OverQuota { until, why } => {
                (CertificateStatus::OverQuota, Some(until), Some(why))
            }
            CertificateState::Expiring => (CertificateStatus::Expiring, None, None),
            CertificateState::Expired => (CertificateStatus::Expired, None, None),
        };
        let stored = certificate.stored;
        Self {
            id: stored.id,
            name: stored.name,
            kind: stored.kind,
            vendor: stored.vendor,
            environment,
            package,
            fields: certificate.fields,
            enabled: stored.enabled,
            status,
            status_until,
            status_reason: status_reason.filter(|why| !why.is_empty()),
            expires: stored.expires,
            waiting: certificate.waiting,
            created: stored.created,
            updated: stored.updated,
        }
    }
}

/// What a form writes.
#[derive(Deserialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct CertificateForm {
    kind: String,
    /// Of a certificate that exists, secrets that are absent or empty stay.
    #[ts(type = "{ [key: string]: string | number | boolean | null }")]
    fields: Map<String, Value>,
}

impl From<CertificateForm> for integrations::CertificateForm {
    fn from(form: CertificateForm) -> Self {
        Self { kind: form.kind, fields: form.fields }
    }
}

/// On or off.
#[derive(Deserialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct EnableCertificate {
    enabled: bool,
}

/// A notice to a device of a user, or to an address at the vendor.
#[derive(Deserialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct CertificateTest {
    user: Option<String>,
    device: Option<String>,
    token: Option<String>,
    title: String,
    content: String,
}

/// What came of a test.
#[derive(Serialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct CertificateTested {
    delivered: bool,
    /// `delivered`, `invalid_token`, `auth_failed`, `over_quota`, `rate_limited`, `unavailable`, `rejected`, `busy`, `banned`,
    /// `out_of_limit` or `no_binding`.
    outcome: &'static str,
    /// In the vendor's words.
    why: Option<String>,
    vendor_id: Option<String>,
    took_ms: u64,
}

/// A template.
#[derive(Serialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct PushTemplate {
    name: String,
    title: String,
    content: String,
    built_in: bool,
    /// `null`: it is as it was built in.
    created: Option<Timestamp>,
    updated: Option<Timestamp>,
}

impl From<integrations::Template> for PushTemplate {
    fn from(template: integrations::Template) -> Self {
        Self {
            name: template.name,
            title: template.title,
            content: template.content,
            built_in: template.built_in,
            created: template.created,
            updated: template.updated,
        }
    }
}

/// All templates of an app.
#[derive(Serialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct PushTemplates {
    /// Whether the app has templates.
    enabled: bool,
    /// Of those that are as they were built in.
    #[ts(type = "\"zh\" | \"en\"")]
    language: PushLanguage,
    templates: Vec<PushTemplate>,
    /// Of its own.
    configured: usize,
    /// Of its own at most; `null`: any number.
    most: Option<u64>,
}

/// What a form writes; the name of a template that exists means nothing.
#[derive(Deserialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct PushTemplateForm {
    #[serde(default)]
    name: String,
    title: String,
    content: String,
}

/// Notices of a channel.
#[derive(Serialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct PushFigures {
    /// The vendor; empty for what was for none.
    channel: String,
    success: u64,
    failure: u64,
    unknown: u64,
    /// Where the vendor says so.
    arrived: u64,
    /// Where the vendor says so.
    clicked: u64,
}

impl From<OfChannel> for PushFigures {
    fn from(of: OfChannel) -> Self {
        let OfChannel { channel, success, failure, unknown, arrived, clicked } = of;
        Self { channel, success, failure, unknown, arrived, clicked }
    }
}

/// Notices of a day.
#[derive(Serialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct PushDay {
    /// `2026-11-18`, in the installation's time zone.
    day: String,
    channels: Vec<PushFigures>,
}

/// Why notices failed.
#[derive(Serialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct PushReason {
    /// Of the published words (docs/push.md).
    reason: String,
    count: u64,
}

/// Notices of some days.
#[derive(Serialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct PushStatistics {
    /// Days with notices.
    days: Vec<PushDay>,
    /// The most frequent first.
    reasons: Vec<PushReason>,
}

impl From<CertificateRefusal> for Failure {
    fn from(refusal: CertificateRefusal) -> Self {
        match refusal {
            CertificateRefusal::Field(FieldError { field, reason }) => {
                let failure = Self::new(
                    StatusCode::BAD_REQUEST,
                    "certificate_invalid",
                    format!("{field} is wrong: {reason:?}"),
                );
                words(reason)
                    .into_iter()
                    .fold(failure.field(field), |failure, (name, value)| failure.with(&name, value))
            }
            CertificateRefusal::UnknownKind => Self::malformed("no such kind of certificate"),
            CertificateRefusal::NameTaken(field) => Self::new(
                StatusCode::CONFLICT,
                "certificate_name_taken",
                "another certificate has this name",
            )
            .field(field),
            CertificateRefusal::NotFound => {
                Self::new(StatusCode::NOT_FOUND, "certificate_not_found", "no such certificate")
            }
            CertificateRefusal::Other(error) => error.into(),
        }
    }
}

/// The reason and what it holds.
fn words(reason: FieldReason) -> Map<String, Value> {
    match serde_json::to_value(reason) {
        Ok(Value::Object(words)) => words,
        _ => Map::new(),
    }
}

async fn overview(call: Call) -> Result<Answer, Failure> {
    let (i, app) = (call.integrations(), call.app()?);
    let certificates = integrations::all(i, app).await?;
    let policy = &app.settings.push;
    Ok(Answer::json(&Push {
        enabled: app.enabled(Feature::Push),
        advanced: app.enabled(Feature::PushAdvanced),
        policy: PushPolicyForm {
            policy: match policy.when {
                PushWhen::AllOffline => Policy::AllOffline,
                PushWhen::AnyOffline => Policy::AnyOffline,
            },
            time_zone: policy.time_zone.clone(),
            language: policy.language,
        },
        certificates: certificates.into_iter().map(PushCertificate::from).collect(),
        most: app.quota(Feature::PushCertificatesMax),
        receipts_url: integrations::receipts_url(i, app).await?,
    }))
}

async fn set_policy(call: Call) -> Result<Answer, Failure> {
    let form: PushPolicyForm = call.body()?;
    let policy = PushPolicy {
        when: match form.policy {
            Policy::AllOffline => PushWhen::AllOffline,
            Policy::AnyOffline => PushWhen::AnyOffline,
        },
        time_zone: form.time_zone,
        language: form.language,
    };
    settings::set_push(call.platform(), call.app()?.id, policy).await?;
    Ok(Answer::done())
}

async fn add(call: Call) -> Result<Answer, Failure> {
    let form: CertificateForm = call.body()?;
    let added = integrations::add(call.integrations(), call.app()?, form.into()).await?;
    Ok(Answer::json(&PushCertificate::from(added)))
}

async fn edit(call: Call) -> Result<Answer, Failure> {
    let form: CertificateForm = call.body()?;
    let (i, id) = (call.integrations(), call.path("certificate"));
    let edited = integrations::edit(i, call.app()?, id, form.into()).await?;
    Ok(Answer::json(&PushCertificate::from(edited)))
}

async fn enable(call: Call) -> Result<Answer, Failure> {
    let EnableCertificate { enabled } = call.body()?;
    let (i, id) = (call.integrations(), call.path("certificate"));
    let enabled = integrations::enable(i, call.app()?, id, enabled).await?;
    Ok(Answer::json(&PushCertificate::from(enabled)))
}

async fn remove(call: Call) -> Result<Answer, Failure> {
    integrations::remove(call.integrations(), call.app()?, call.path("certificate")).await?;
    Ok(Answer::done())
}

async fn test(call: Call) -> Result<Answer, Failure> {
    let form: CertificateTest = call.body()?;
    let (i, app, id) = (call.integrations(), call.app()?, call.path("certificate"));
    for (name, text) in [("title", &form.title), ("content", &form.content)] {
        if text.trim().is_empty() {
            return Err(Refusal::Missing { name }.into());
        }
        if text.chars().count() > TEST_CHARS {
            return Err(Refusal::TooLong { name, limit: TEST_CHARS }.into());
        }
    }
    let notice = (form.title.as_str(), form.content.as_str());
    let given = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
    let tested = match (given(&form.token), given(&form.user), given(&form.device)) {
        (Some(token), ..) => Some(integrations::test_token(i, app, (id, &token), notice).await?),
        (None, Some(user), Some(device)) => {
            integrations::test_device(i, app, (id, &user, &device), notice).await?
        }
        (None, None, _) => return Err(Refusal::Missing { name: "user" }.into()),
        (None, _, None) => return Err(Refusal::Missing { name: "device" }.into()),
    };
    Ok(Answer::json(&shown(tested)))
}

fn shown(tested: Option<Tested>) -> CertificateTested {
    let Some(Tested { outcome, took }) = tested else {
        let outcome = "no_binding";
        return CertificateTested {
            delivered: false,
            outcome,
            why: None,
            vendor_id: None,
            took_ms: 0,
        };
    };
    let mut vendor = None;
    let (outcome, why) = match outcome {
        Ok(Outcome::Delivered { vendor_id }) => {
            vendor = vendor_id;
            ("delivered", None)
        }
        Ok(Outcome::InvalidToken { why }) => ("invalid_token", Some(why)),
        Ok(Outcome::AuthFailed { why }) => ("auth_failed", Some(why)),
        Ok(Outcome::OverQuota { why }) => ("over_quota", Some(why)),
        Ok(Outcome::RateLimited { .. }) => ("rate_limited", None),
        Ok(Outcome::Unavailable { why, .. }) => ("unavailable", Some(why)),
        Ok(Outcome::Rejected { code, why }) => {
            ("rejected", Some(format!("{code} {why}").trim_end().to_owned()))
        }
        Err(NotSent::Busy) => ("busy", None),
        Err(NotSent::Banned { .. }) => ("banned", None),
        Err(NotSent::OutOfLimit { .. }) => ("out_of_limit", None),
    };
    CertificateTested {
        delivered: outcome == "delivered",
        outcome,
        why,
        vendor_id: vendor,
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    }
}

async fn templates(call: Call) -> Result<Answer, Failure> {
    let app = call.app()?;
    let templates = integrations::templates(call.integrations(), app).await?;
    Ok(Answer::json(&PushTemplates {
        enabled: app.enabled(Feature::PushAdvanced),
        language: app.settings.push.language,
        configured: templates.iter().filter(|template| !template.built_in).count(),
        templates: templates.into_iter().map(PushTemplate::from).collect(),
        most: app.quota(Feature::PushTemplatesMax),
    }))
}

async fn add_template(call: Call) -> Result<Answer, Failure> {
    let form: PushTemplateForm = call.body()?;
    let says = (form.title.as_str(), form.content.as_str());
    let (i, app) = (call.integrations(), call.app()?);
    let added = integrations::add_template(i, app, &form.name, says).await.map_err(renamed)?;
    Ok(Answer::json(&PushTemplate::from(added)))
}

async fn edit_template(call: Call) -> Result<Answer, Failure> {
    let form: PushTemplateForm = call.body()?;
    let says = (form.title.as_str(), form.content.as_str());
    let (i, app, name) = (call.integrations(), call.app()?, call.path("template"));
    let edited = integrations::edit_template(i, app, name, says).await.map_err(renamed)?;
    Ok(Answer::json(&PushTemplate::from(edited)))
}

/// The form's fields have other names than those of REST.
fn renamed(error: hongyan_model::Error) -> Failure {
    let failure = Failure::from(error);
    failure.renamed("title_pattern", "title").renamed("content_pattern", "content")
}

async fn remove_template(call: Call) -> Result<Answer, Failure> {
    let (i, app) = (call.integrations(), call.app()?);
    integrations::remove_template(i, app, call.path("template")).await?;
    Ok(Answer::done())
}

#[derive(Deserialize)]
struct Days {
    from: Option<String>,
    to: Option<String>,
}

async fn read(call: &Call, app: &App) -> Result<integrations::Statistics, Failure> {
    let days: Days = call.query()?;
    let today = call.platform().calendar().day(call.messaging().clock().now());
    let day = |text: Option<String>, name| match text.as_deref().map(str::parse::<Day>) {
        Some(Err(_)) => Err(Failure::malformed("a day is written 2026-11-18").field(name)),
        Some(Ok(day)) => Ok(Some(day)),
        None => Ok(None),
    };
    let last = day(days.to, "to")?.unwrap_or(today);
    let first = day(days.from, "from")?.unwrap_or_else(|| last.plus(1 - DAYS));
    Ok(integrations::statistics(call.integrations(), app, (first, last)).await?)
}

async fn statistics(call: Call) -> Result<Answer, Failure> {
    let found = read(&call, call.app()?).await?;
    let day = |day: integrations::Day| PushDay {
        day: day.day.to_string(),
        channels: day.channels.into_iter().map(PushFigures::from).collect(),
    };
    let reason = |(reason, count)| PushReason { reason, count };
    Ok(Answer::json(&PushStatistics {
        days: found.days.into_iter().map(day).collect(),
        reasons: found.reasons.into_iter().map(reason).collect(),
    }))
}

async fn statistics_csv(call: Call) -> Result<Answer, Failure> {
    let found = read(&call, call.app()?).await?;
    let mut csv = Csv::with_header(&[
        "day", "channel", "success", "failure", "unknown", "arrived", "clicked",
    ]);
    for day in found.days {
        for of in day.channels {
            let figures = [of.success, of.failure, of.unknown, of.arrived, of.clicked];
            let head = [day.day.to_string(), of.channel];
            csv.row(head.into_iter().chain(figures.map(|figure| figure.to_string())));
        }
    }
    Ok(csv.download("push.csv"))
}
