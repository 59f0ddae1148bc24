//! 历史记录 and 审核总览.

use hongyan_messaging::moderation::{self as domain, Count, Record, RecordFilter};
use hongyan_model::{ChatType, ModeratedKind, ModerationAct, Outcome, Refusal, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::READ;
use crate::answer::Answer;
use crate::call::Call;
use crate::csv::Csv;
use crate::endpoint::Routes;
use crate::errors::Failure;

/// Days of figures when the page names no number.
const DAYS: u32 = 7;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/apps/{org}/{app}/moderation/records", READ, list)
        .get("/apps/{org}/{app}/moderation/records.csv", READ, export)
        .get("/apps/{org}/{app}/moderation/statistics", READ, statistics)
}

/// A message that was examined.
#[derive(Serialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct ModerationRecord {
    id: String,
    time: Timestamp,
    sender: String,
    /// The other user, the group or the chat room.
    target: String,
    #[ts(type = "\"chat\" | \"groupchat\" | \"chatroom\"")]
    chat_type: &'static str,
    #[ts(type = "\"text\" | \"image\" | \"audio\" | \"video\"")]
    kind: &'static str,
    /// The text, or the address of the file.
    content: String,
    rule: String,
    #[ts(type = "\"pass\" | \"failed\" | \"suspect\" | \"reject\"")]
    result: &'static str,
    #[ts(type = "\"pass\" | \"replace\" | \"recall\" | \"block\"")]
    act: &'static str,
    /// The provider's word, or the lists of keywords.
    risk: String,
    /// More of it, or the keywords.
    detail: String,
    message_id: Option<String>,
}

/// A page of them, the newest first.
#[derive(Serialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct ModerationRecords {
    items: Vec<ModerationRecord>,
    cursor: Option<String>,
}

/// How many messages of a day ended how.
#[derive(Serialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct ModerationCount {
    /// When the day begins, UTC.
    day: Timestamp,
    #[ts(type = "\"text\" | \"image\" | \"audio\" | \"video\"")]
    kind: &'static str,
    #[ts(type = "\"pass\" | \"failed\" | \"suspect\" | \"reject\"")]
    result: &'static str,
    #[ts(type = "\"pass\" | \"replace\" | \"recall\" | \"block\"")]
    act: &'static str,
    risk: String,
    messages: u64,
}

/// Figures.
#[derive(Serialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct ModerationStatistics {
    counts: Vec<ModerationCount>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RecordQuery {
    sender: String,
    target: String,
    chat_type: String,
    kind: String,
    result: String,
    act: String,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    cursor: Option<String>,
    limit: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DaysQuery {
    /// Today included, at most 30.
    days: Option<u32>,
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let (caller, query) = (call.caller()?, call.query::<RecordQuery>()?);
    let filter = query.filter()?;
    let (cursor, limit) = (query.cursor.as_deref(), query.limit.unwrap_or(20));
    let page = domain::records(call.messaging(), &caller, &filter, cursor, limit).await?;
    let items = page.items.into_iter().map(ModerationRecord::from).collect();
    Ok(Answer::json(&ModerationRecords { items, cursor: page.cursor }))
}

async fn export(call: Call) -> Result<Answer, Failure> {
    let (caller, query) = (call.caller()?, call.query::<RecordQuery>()?);
    let found = domain::export(call.messaging(), &caller, &query.filter()?).await?;
    let mut csv = Csv::with_header(&[
        "time",
        "sender",
        "target",
        "chat_type",
        "kind",
        "content",
        "rule",
        "act",
        "result",
        "risk",
        "detail",
        "message_id",
    ]);
    for record in found.into_iter().map(ModerationRecord::from) {
        let ModerationRecord { time, sender, target, chat_type, kind, .. } = record;
        let words = [chat_type, kind].map(str::to_owned);
        let [chat_type, kind] = words;
        let (act, result) = (record.act.to_owned(), record.result.to_owned());
        let row = [
            call.platform().calendar().clock(time),
            sender,
            target,
            chat_type,
            kind,
            record.content,
            record.rule,
            act,
            result,
            record.risk,
            record.detail,
            record.message_id.unwrap_or_default(),
        ];
        csv.row(row.into_iter());
    }
    Ok(csv.download("moderation.csv"))
}

async fn statistics(call: Call) -> Result<Answer, Failure> {
    let (caller, query) = (call.caller()?, call.query::<DaysQuery>()?);
    let days = query.days.unwrap_or(DAYS);
    let counts = domain::statistics(call.messaging(), &caller, days).await?;
    let count = |count: Count| ModerationCount {
        day: count.day * 24 * 3600 * 1000,
        kind: count.kind.key(),
        result: count.outcome.key(),
        act: count.act.key(),
        risk: count.risk,
        messages: count.n,
    };
    Ok(Answer::json(&ModerationStatistics { counts: counts.into_iter().map(count).collect() }))
}

impl RecordQuery {
    fn filter(&self) -> Result<RecordFilter, Refusal> {
        let chat: Option<ChatType> = named("chat_type", &self.chat_type, ChatType::from_word)?;
        Ok(RecordFilter {
            sender: self.sender.trim().to_lowercase(),
            target: self.target.trim().to_lowercase(),
            chat,
            kind: named("kind", &self.kind, ModeratedKind::from_key)?,
            outcome: named("result", &self.result, Outcome::from_key)?,
            act: named("act", &self.act, ModerationAct::from_key)?,
            from: self.from,
            to: self.to,
        })
    }
}

/// What an empty text leaves open.
fn named<T>(
    name: &'static str,
    key: &str,
    from_key: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    if key.is_empty() {
        return Ok(None);
    }
    let unknown = || Refusal::Invalid { name, why: format!("there is no {key:.32}") };
    from_key(key).map(Some).ok_or_else(unknown)
}

impl From<Record> for ModerationRecord {
    fn from(record: Record) -> Self {
        Self {
            id: record.id.to_string(),
            time: record.time,
            sender: record.sender.to_string(),
            target: record.target,
            chat_type: record.chat.word(),
            kind: record.kind.key(),
            content: record.content,
            rule: record.rule,
            result: record.outcome.key(),
            act: record.act.key(),
            risk: record.risk,
            detail: record.detail,
            message_id: record.message.map(|message| message.to_string()),
        }
    }
}
