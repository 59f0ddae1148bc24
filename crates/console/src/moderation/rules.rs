//! 规则配置 and 规则测试.

use hongyan_messaging::moderation::{self as domain, Trial, TrialContent};
use hongyan_model::{
    ChatType, Handling, HandlingAct, Measure, Measures, ModeratedKind, ModerationRule, Refusal,
    RuleTarget, SubRule, Timestamp,
};
use hongyan_platform::moderation::{self, RuleForm};
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{READ, WRITE};
use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Routes, write};
use crate::errors::Failure;

const GROUPS: &str = "groups";
const ROOMS: &str = "rooms";

pub(super) fn routes() -> Routes {
    const ALL: &str = "/apps/{org}/{app}/moderation/rules";
    const ONE: &str = "/apps/{org}/{app}/moderation/rules/{rule}";
    const ENABLED: &str = "/apps/{org}/{app}/moderation/rules/{rule}/enabled";
    let of_rule = |action: &'static str| write("moderation_rules", action);
    Routes::default()
        .write(Method::POST, ALL, WRITE, of_rule("create"), create)
        .write(Method::PUT, ONE, WRITE, of_rule("edit"), edit)
        .write(Method::DELETE, ONE, WRITE, of_rule("delete"), delete)
        .write(Method::PUT, ENABLED, WRITE, of_rule("enable"), enable)
        .write(Method::POST, "/apps/{org}/{app}/moderation/test", READ, of_rule("test"), test)
}

/// In which chats a rule counts.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct ModerationTarget {
    #[ts(type = "\"chat\" | \"groupchat\" | \"chatroom\" | \"groups\" | \"rooms\"")]
    r#type: String,
    /// Of `groups` and `rooms`.
    ids: Vec<String>,
}

/// What happens to senders whose messages are rejected again and again.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct ModerationHandling {
    #[ts(type = "\"delete\" | \"kick\" | \"ban\"")]
    act: HandlingAct,
    /// 1 to 1000.
    hits: u32,
    /// 1 to 43200.
    minutes: u32,
}

/// What is done.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct ModerationMeasures {
    /// Whether the provider is asked, beside the lists of keywords.
    model: bool,
    #[ts(type = "\"pass\" | \"replace\" | \"block\"")]
    on_reject: Measure,
    #[ts(type = "\"pass\" | \"block\"")]
    on_suspect: Measure,
    #[ts(type = "\"pass\" | \"block\"")]
    on_failure: Measure,
    /// Whether a sender is told that its message was blocked.
    report: bool,
    handling: Option<ModerationHandling>,
}

/// Measures for senders with certain tags.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct ModerationSubRule {
    /// Empty: a new one.
    id: String,
    /// Ids of tags of users, at most 5.
    tags: Vec<String>,
    measures: ModerationMeasures,
}

/// What a form writes.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct ModerationRuleForm {
    name: String,
    /// A rule's kind stays.
    #[ts(type = "\"text\" | \"image\" | \"audio\" | \"video\"")]
    kind: ModeratedKind,
    target: ModerationTarget,
    enabled: bool,
    measures: ModerationMeasures,
    sub_rules: Vec<ModerationSubRule>,
}

/// A rule.
#[derive(Serialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct ModerationRuleRow {
    id: String,
    #[serde(flatten)]
    form: ModerationRuleForm,
    updated: Timestamp,
}

/// On or off.
#[derive(Deserialize)]
struct Enable {
    enabled: bool,
}

/// What is tried out.
#[derive(Deserialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct TryModeration {
    rule: String,
    /// A text, or the address of a file.
    content: String,
}

/// What would become of it.
#[derive(Serialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct ModerationTrial {
    rule: String,
    #[ts(type = "\"pass\" | \"failed\" | \"suspect\" | \"reject\"")]
    result: &'static str,
    #[ts(type = "\"pass\" | \"replace\" | \"recall\" | \"block\"")]
    act: &'static str,
    /// What receivers would read.
    replaced: Option<String>,
    risk: String,
    detail: String,
}

async fn create(call: Call) -> Result<Answer, Failure> {
    let (app, form) = (call.app()?, call.body::<ModerationRuleForm>()?);
    let rule = moderation::create_rule(call.platform(), app.id, form.try_into()?).await?;
    Ok(Answer::json(&ModerationRuleRow::from(&rule)).target(rule.name.clone()))
}

async fn edit(call: Call) -> Result<Answer, Failure> {
    let (app, form) = (call.app()?, call.body::<ModerationRuleForm>()?);
    let (p, id) = (call.platform(), call.path("rule"));
    let rule = moderation::edit_rule(p, app.id, id, form.try_into()?).await?;
    Ok(Answer::json(&ModerationRuleRow::from(&rule)).target(rule.name.clone()))
}

async fn enable(call: Call) -> Result<Answer, Failure> {
    let (app, Enable { enabled }) = (call.app()?, call.body()?);
    let rule = moderation::enable_rule(call.platform(), app.id, call.path("rule"), enabled).await?;
    Ok(Answer::json(&ModerationRuleRow::from(&rule)).target(rule.name.clone()))
}

async fn delete(call: Call) -> Result<Answer, Failure> {
    let app = call.app()?;
    let name = moderation::rule(app, call.path("rule"))?.name.clone();
    moderation::delete_rule(call.platform(), app.id, call.path("rule")).await?;
    Ok(Answer::done().target(name))
}

async fn test(call: Call) -> Result<Answer, Failure> {
    let (caller, TryModeration { rule, content }) = (call.caller()?, call.body()?);
    let trial = domain::test(call.messaging(), &caller, TrialContent { rule, content }).await?;
    let Trial { rule, outcome, act, replaced, risk, detail } = trial;
    let (result, act) = (outcome.key(), act.key());
    let name = rule.clone();
    let trial = ModerationTrial { rule, result, act, replaced, risk, detail };
    Ok(Answer::json(&trial).target(name))
}

impl TryFrom<ModerationRuleForm> for RuleForm {
    type Error = Refusal;

    fn try_from(form: ModerationRuleForm) -> Result<Self, Refusal> {
        let ModerationTarget { r#type, ids } = form.target;
        let target = match r#type.as_str() {
            GROUPS => RuleTarget::Groups(ids),
            ROOMS => RuleTarget::Rooms(ids),
            name => {
                let unknown =
                    || Refusal::Invalid { name: "target", why: "no such chats".to_owned() };
                RuleTarget::Chats(ChatType::from_word(name).ok_or_else(unknown)?)
            }
        };
        let sub_rule = |sub: ModerationSubRule| SubRule {
            id: sub.id,
            tags: sub.tags,
            measures: sub.measures.into(),
        };
        Ok(Self {
            name: form.name,
            kind: form.kind,
            target,
            enabled: form.enabled,
            measures: form.measures.into(),
            sub_rules: form.sub_rules.into_iter().map(sub_rule).collect(),
        })
    }
}

impl From<&ModerationRule> for ModerationRuleRow {
    fn from(rule: &ModerationRule) -> Self {
        let (r#type, ids) = match &rule.target {
            RuleTarget::Chats(chat) => (chat.word(), Vec::new()),
            RuleTarget::Groups(ids) => (GROUPS, ids.clone()),
            RuleTarget::Rooms(ids) => (ROOMS, ids.clone()),
        };
        let sub_rule = |sub: &SubRule| ModerationSubRule {
            id: sub.id.clone(),
            tags: sub.tags.clone(),
            measures: (&sub.measures).into(),
        };
        Self {
            id: rule.id.clone(),
            form: ModerationRuleForm {
                name: rule.name.clone(),
                kind: rule.kind,
                target: ModerationTarget { r#type: r#type.to_owned(), ids },
                enabled: rule.enabled,
                measures: (&rule.measures).into(),
                sub_rules: rule.sub_rules.iter().map(sub_rule).collect(),
            },
            updated: rule.updated,
        }
    }
}

impl From<ModerationMeasures> for Measures {
    fn from(given: ModerationMeasures) -> Self {
        let handling = given.handling.map(|handling| Handling {
            act: handling.act,
            hits: handling.hits,
            minutes: handling.minutes,
        });
        Self {
            model: given.model,
            on_reject: given.on_reject,
            on_suspect: given.on_suspect,
            on_failure: given.on_failure,
            report: given.report,
            handling,
        }
    }
}

impl From<&Measures> for ModerationMeasures {
    fn from(measures: &Measures) -> Self {
        let handling = measures.handling.map(|handling| ModerationHandling {
            act: handling.act,
            hits: handling.hits,
            minutes: handling.minutes,
        });
        Self {
            model: measures.model,
            on_reject: measures.on_reject,
            on_suspect: measures.on_suspect,
            on_failure: measures.on_failure,
            report: measures.report,
            handling,
        }
    }
}
