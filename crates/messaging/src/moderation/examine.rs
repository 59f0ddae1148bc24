//! Examining one message.

use hongyan_model::{
    App, Caller, ChatType, EntryKind, Feature, Handling, Measure, Measures, MessageId,
    ModeratedKind, ModerationAct, ModerationRule, Outcome, Refusal, Result, RuleTarget, UserId,
};
use hongyan_msync::proto::MessageBody;
use hongyan_platform::moderation as rules;
use hongyan_providers::moderation::{Judgement, Opinion, Question};

use super::keywords::{self, Found};
use super::parts::{self, Part};
use super::records::{self, note};
use super::{Record, handling, tags};
use crate::Messaging;
use crate::messages::screening::{Candidate, Findings};
use crate::users::require_app;

/// The sender of what is tried out.
const TESTER: &str = "test";
/// Length of what is tried out, in characters.
pub(super) const TRIED_CHARS: usize = 5000;

/// What becomes of a message.
#[derive(Debug)]
pub(crate) enum Reviewed {
    /// It is sent as it is.
    Unchanged,
    /// It is sent, but says this.
    Changed(Box<MessageBody>),
    /// It is not sent, and its sender believes that it was, under this id.
    Dropped(MessageId),
}

/// What was found out about a part of a message.
pub(super) struct Examined {
    pub(super) outcome: Outcome,
    pub(super) act: ModerationAct,
    /// What the text becomes, where it is replaced.
    pub(super) replaced: Option<String>,
    pub(super) risk: String,
    pub(super) detail: String,
    /// Whether lists of keywords say so.
    pub(super) by_lists: bool,
    /// The words of a text that are minded, and where they stand, in bytes.
    pub(super) words: Vec<String>,
    pub(super) places: Vec<(usize, usize)>,
}

/// Where a part was said.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) app: &'a App,
    pub(super) sender: &'a UserId,
    pub(super) chat: ChatType,
    pub(super) to: &'a str,
    pub(super) message: Option<MessageId>,
    /// A rule is tried out.
    pub(super) is_trial: bool,
}

/// Examines a message before it is sent. What is examined later passes here. What is found in what is sent is added to
/// `findings`; whoever knows the message's id notes it.
pub(crate) async fn review(
    m: &Messaging,
    candidate: Candidate<'_>,
    findings: &mut Findings,
) -> Result<Reviewed> {
    let Candidate { app, sender, to, chat, kind, body, .. } = candidate;
    let moderation = &app.settings.moderation;
    if moderation.kinds.is_empty() || !app.enabled(Feature::ContentModeration) {
        return Ok(Reviewed::Unchanged);
    }
    let mut changed = None;
    let place = Place { app, sender, chat, to, message: None, is_trial: false };
    let review = m.ids().next(m.clock().now()).0;
    for part in parts::of(kind, body) {
        if part.kind.is_examined_later() {
            continue;
        }
        let Some(rule) = moderation.rule(part.kind, chat, to) else { continue };
        let measures = measures(m, app, rule, sender).await?;
        if !is_judged(m, part.kind, measures) {
            continue;
        }
        let mut examined = examine(m, place, measures, &part).await?;
        let is_whole_text = kind == EntryKind::Text;
        if examined.act == ModerationAct::Replace && !is_whole_text {
            // Of a custom message nobody knows where the text stands.
            examined.act = ModerationAct::Block;
        }
        let (act, replaced) = (examined.act, examined.replaced.take());
        let finding = Finding::new(m, place, (rule, measures), part, (examined, review));
        let id = MessageId(finding.record.id);
        if matches!(act, ModerationAct::Block | ModerationAct::Recall) {
            finding.note(m, app, None).await?;
        } else {
            findings.parts.push(finding);
        }
        match act {
            ModerationAct::Block | ModerationAct::Recall if measures.report => {
                return Err(Refusal::Moderated.into());
            }
            ModerationAct::Block | ModerationAct::Recall => return Ok(Reviewed::Dropped(id)),
            ModerationAct::Replace => {
                let mut body = body.clone();
                if let Some(content) = body.contents.first_mut() {
                    content.text = replaced;
                }
                changed = Some(Box::new(body));
            }
            ModerationAct::Pass => {}
        }
    }
    Ok(changed.map_or(Reviewed::Unchanged, Reviewed::Changed))
}

/// Examines a file that was delivered already; whether its message is to be recalled. `last`: nobody is asked again, so
/// that a failure counts; otherwise it answers `None`.
pub(super) async fn examine_delivered(
    m: &Messaging,
    (app, sender): (&App, &UserId),
    (chat, to): (ChatType, &str),
    (message, part): (MessageId, Part),
    last: bool,
) -> Result<Option<bool>> {
    let Some(rule) = app.settings.moderation.rule(part.kind, chat, to) else {
        return Ok(Some(false));
    };
    let measures = measures(m, app, rule, sender).await?;
    if !is_judged(m, part.kind, measures) {
        return Ok(Some(false));
    }
    let place = Place { app, sender, chat, to, message: Some(message), is_trial: false };
    let mut examined = examine(m, place, measures, &part).await?;
    if examined.outcome == Outcome::Failed && !last {
        return Ok(None);
    }
    let is_recalled = examined.act != ModerationAct::Pass;
    if is_recalled {
        examined.act = ModerationAct::Recall;
    }
    let finding = Finding::new(m, place, (rule, measures), part, (examined, message.0));
    finding.note(m, app, None).await?;
    Ok(Some(is_recalled))
}

/// Whether anybody looks at such a part: texts are searched for keywords, everything else is the provider's.
fn is_judged(m: &Messaging, kind: ModeratedKind, measures: &Measures) -> bool {
    kind == ModeratedKind::Text || (measures.model && m.providers().moderator().is_some())
}

/// What was found out about a part, to be noted when it is known what becomes of its message.
#[derive(Debug)]
pub(crate) struct Finding {
    record: Record,
    /// What is done to its sender.
    handling: Option<Handling>,
}

impl Finding {
    fn new(
        m: &Messaging,
        place: Place<'_>,
        (rule, measures): (&ModerationRule, &Measures),
        part: Part,
        (examined, review): (Examined, u64),
    ) -> Self {
        let Place { sender, chat, to, message, is_trial, .. } = place;
        let now = m.clock().now();
        let is_handled = examined.outcome == Outcome::Reject && !is_trial;
        let record = Record {
            id: m.ids().next(now).0,
            time: now,
            sender: sender.clone(),
            target: to.to_owned(),
            chat,
            kind: part.kind,
            content: part.content,
            rule: rule.name.clone(),
            outcome: examined.outcome,
            act: examined.act,
            risk: examined.risk,
            detail: examined.detail,
            message,
            is_trial,
            review,
        };
        Self { record, handling: measures.handling.filter(|_| is_handled) }
    }

    /// Notes and tells it, with the id of its message if that is stored, and then does to the sender what the rule says:
    /// that depends on what was noted.
    pub(crate) async fn note(
        self,
        m: &Messaging,
        app: &App,
        message: Option<MessageId>,
    ) -> Result<()> {
        let Self { record, handling } = self;
        let sender = record.sender.clone();
        let message = message.or(record.message);
        note(m, app, Record { message, ..record }).await?;
        if let Some(wanted) = handling {
            handling::handle(m, app, &sender, wanted);
        }
        Ok(())
    }
}

/// The measures for this sender.
async fn measures<'a>(
    m: &Messaging,
    app: &App,
    rule: &'a ModerationRule,
    sender: &UserId,
) -> Result<&'a Measures> {
    if rule.sub_rules.is_empty() {
        return Ok(&rule.measures);
    }
    let tags = tags::of(m, app, sender.as_str()).await?;
    let sub = rule.sub_rules.iter().find(|sub| sub.tags.iter().any(|tag| tags.contains(tag)));
    Ok(sub.map_or(&rule.measures, |sub| &sub.measures))
}

pub(super) async fn examine(
    m: &Messaging,
    place: Place<'_>,
    measures: &Measures,
    part: &Part,
) -> Result<Examined> {
    let Place { app, chat, to, .. } = place;
    let mut found = Found::default();
    if part.kind == ModeratedKind::Text {
        found = keywords::find(m, app, (chat, to), &part.content).await?;
        if found.measure == Some(Measure::Block) {
            return Ok(by_keywords(found, &part.content));
        }
    }
    let Some(moderator) = m.providers().moderator().filter(|_| measures.model) else {
        return Ok(by_keywords(found, &part.content));
    };
    let id = m.ids().next(m.clock().now()).to_string();
    let message = place.message.map(|message| message.to_string());
    let question = Question {
        app_key: &app.key(),
        id: &id,
        kind: part.kind.key(),
        chat: chat.word(),
        from: place.sender.as_str(),
        to,
        message: message.as_deref(),
        content: &part.content,
    };
    let judgement = match moderator.judge(app.id, question).await {
        Ok(judgement) => judgement,
        Err(error) => {
            tracing::debug!(app = app.key(), %error, "the moderation provider gave no judgement");
            let failed = Examined {
                outcome: Outcome::Failed,
                act: of_measure(measures.on_failure),
                replaced: None,
                risk: String::new(),
                detail: error.to_string(),
                by_lists: false,
                words: Vec::new(),
                places: Vec::new(),
            };
            return Ok(gentler(failed, found, &part.content));
        }
    };
    let Judgement { result, risk_type, risk_detail, words } = judgement;
    let named = match part.kind {
        ModeratedKind::Text => keywords::places(&part.content, &words),
        ModeratedKind::Image | ModeratedKind::Audio | ModeratedKind::Video => Vec::new(),
    };
    let judged = |outcome, act, replaced| Examined {
        outcome,
        act,
        replaced,
        risk: risk_type.clone(),
        detail: risk_detail.clone(),
        by_lists: false,
        words: words.clone(),
        places: named.clone(),
    };
    Ok(match result {
        Opinion::Pass => {
            gentler(judged(Outcome::Pass, ModerationAct::Pass, None), found, &part.content)
        }
        Opinion::Review => gentler(
            judged(Outcome::Suspect, of_measure(measures.on_suspect), None),
            found,
            &part.content,
        ),
        Opinion::Reject if measures.on_reject == Measure::Replace => {
            let mut places = named.clone();
            if places.is_empty() {
                // It names no words that could be replaced.
                return Ok(judged(Outcome::Reject, ModerationAct::Block, None));
            }
            places.extend(found.places);
            let masked = keywords::mask(&part.content, places.into_iter());
            judged(Outcome::Reject, ModerationAct::Replace, Some(masked))
        }
        Opinion::Reject => gentler(
            judged(Outcome::Reject, of_measure(measures.on_reject), None),
            found,
            &part.content,
        ),
    })
}

/// What the lists alone say.
fn by_keywords(found: Found, text: &str) -> Examined {
    let (outcome, act) = match found.measure {
        Some(Measure::Block) => (Outcome::Reject, ModerationAct::Block),
        Some(Measure::Replace) => (Outcome::Reject, ModerationAct::Replace),
        Some(Measure::Pass) | None => (Outcome::Pass, ModerationAct::Pass),
    };
    Examined {
        outcome,
        act,
        replaced: (act == ModerationAct::Replace)
            .then(|| keywords::mask(text, found.places.iter().copied())),
        risk: found.lists.join(", "),
        detail: found.words.join(", "),
        by_lists: true,
        words: found.words,
        places: found.places,
    }
}

/// Where the provider lets a text pass, words of lists are replaced all the same.
fn gentler(judged: Examined, found: Found, text: &str) -> Examined {
    if judged.act == ModerationAct::Pass && found.measure == Some(Measure::Replace) {
        return by_keywords(found, text);
    }
    judged
}

const fn of_measure(measure: Measure) -> ModerationAct {
    match measure {
        Measure::Pass => ModerationAct::Pass,
        Measure::Replace | Measure::Block => ModerationAct::Block,
    }
}

/// What is tried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrialContent {
    /// A rule of the app.
    pub rule: String,
    /// A text, or the address of a file.
    pub content: String,
}

/// What would become of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trial {
    /// The rule's name.
    pub rule: String,
    /// What was found out.
    pub outcome: Outcome,
    /// What would be done.
    pub act: ModerationAct,
    /// What receivers would read, where the text is replaced.
    pub replaced: Option<String>,
    /// The risk.
    pub risk: String,
    /// More of it.
    pub detail: String,
}

/// Tries a rule, with a sender called `test`; the history has a line of it.
pub async fn test(m: &Messaging, caller: &Caller, trial: TrialContent) -> Result<Trial> {
    require_app(caller)?;
    rules::require(&caller.app)?;
    let app = &caller.app;
    let rule = rules::rule(app, &trial.rule)?;
    let content = trial.content.trim().to_owned();
    if content.is_empty() {
        return Err(Refusal::Missing { name: "content" }.into());
    }
    if content.chars().count() > TRIED_CHARS {
        return Err(Refusal::TooLong { name: "content", limit: TRIED_CHARS }.into());
    }
    let is_address = content.starts_with("http://") || content.starts_with("https://");
    if rule.kind != ModeratedKind::Text && !is_address {
        let why = "an address that begins with https:// or http://".to_owned();
        return Err(Refusal::Invalid { name: "content", why }.into());
    }
    let sender = UserId::parse(TESTER)?;
    let (chat, to) = match &rule.target {
        RuleTarget::Chats(chat) => (*chat, TESTER),
        RuleTarget::Groups(ids) => (ChatType::Group, ids.first().map_or(TESTER, String::as_str)),
        RuleTarget::Rooms(ids) => (ChatType::Room, ids.first().map_or(TESTER, String::as_str)),
    };
    if !is_judged(m, rule.kind, &rule.measures) {
        let why = "nobody judges this kind: there is no provider, or the rule does not ask it";
        return Err(Refusal::Invalid { name: "rule", why: why.to_owned() }.into());
    }
    let place = Place { app, sender: &sender, chat, to, message: None, is_trial: true };
    let part = Part { kind: rule.kind, content };
    let mut examined = examine(m, place, &rule.measures, &part).await?;
    if rule.kind.is_examined_later() && examined.act == ModerationAct::Block {
        examined.act = ModerationAct::Recall;
    }
    let tried = Trial {
        rule: rule.name.clone(),
        outcome: examined.outcome,
        act: examined.act,
        replaced: examined.replaced.clone(),
        risk: examined.risk.clone(),
        detail: examined.detail.clone(),
    };
    let finding = Finding::new(m, place, (rule, &rule.measures), part, (examined, 0));
    finding.note(m, app, None).await?;
    records::flush(m).await?;
    Ok(tried)
}
