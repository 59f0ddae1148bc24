//! 消息举报: what users have reported, and what is done about it.

use hongyan_messaging::reports::{self, ReportFilter, ReportState as State, ReportedMessage};
use hongyan_model::{ChatType, Refusal, Timestamp};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;

/// Reports in one call.
const BATCH: usize = 100;

pub(crate) fn routes() -> Routes {
    let handled = write("reports", "handle");
    Routes::default()
        .get("/apps/{org}/{app}/reports", Access::App(Permission::ModerationRead), list)
        .write(
            Method::POST,
            "/apps/{org}/{app}/reports/handle",
            Access::App(Permission::ModerationWrite),
            handled,
            handle,
        )
}

/// What became of a report.
#[derive(Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "reports.ts")]
pub(crate) enum ReportState {
    /// 待审核.
    Pending,
    /// 封禁用户.
    Banned,
    /// 强制下线.
    Kicked,
    /// 加入黑名单.
    Blocklisted,
    /// 删除用户.
    Deleted,
    /// 撤回.
    Recalled,
    /// 驳回.
    Dismissed,
}

/// A report.
#[derive(Serialize, TS)]
#[ts(export_to = "reports.ts")]
pub(crate) struct ReportRow {
    id: String,
    created: Timestamp,
    reporter: String,
    sender: String,
    #[ts(type = "\"chat\" | \"groupchat\" | \"chatroom\"")]
    chat_type: &'static str,
    /// The other user, the group or the chat room.
    target: String,
    kind: String,
    reason: String,
    message_id: String,
    /// The message as it was, as JSON.
    message: String,
    state: ReportState,
    handler: Option<String>,
    handled: Option<Timestamp>,
    note: String,
}

/// A page of reports, the newest first.
#[derive(Serialize, TS)]
#[ts(export_to = "reports.ts")]
pub(crate) struct Reports {
    items: Vec<ReportRow>,
    cursor: Option<String>,
}

/// What to do.
#[derive(Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "reports.ts")]
pub(crate) enum Measure {
    /// 封禁用户.
    Ban,
    /// 强制下线.
    Kick,
    /// 加入黑名单.
    Blocklist,
    /// 删除用户.
    Delete,
    /// 撤回.
    Recall,
    /// 驳回.
    Dismiss,
}

/// Reports to be handled in the same way.
#[derive(Deserialize, TS)]
#[ts(export_to = "reports.ts")]
pub(crate) struct HandleReports {
    ids: Vec<String>,
    measure: Measure,
    /// At most 500 characters.
    note: String,
}

/// What could not be done.
#[derive(Serialize, TS)]
#[ts(export_to = "reports.ts")]
pub(crate) struct FailedReport {
    id: String,
    /// Code of an error.
    why: String,
}

/// What was done.
#[derive(Serialize, TS)]
#[ts(export_to = "reports.ts")]
pub(crate) struct HandledReports {
    handled: usize,
    failed: Vec<FailedReport>,
}

/// Which reports a list shows.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ReportQuery {
    state: String,
    chat_type: String,
    sender: String,
    reporter: String,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    cursor: Option<String>,
    limit: Option<usize>,
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let (caller, query) = (call.caller()?, call.query::<ReportQuery>()?);
    // A conversation's name begins with its type.
    let conversation = match query.chat_type.as_str() {
        "" => "",
        "chat" => "s:",
        "groupchat" => "g:",
        "chatroom" => "r:",
        _ => {
            let why = "chat, groupchat or chatroom".to_owned();
            return Err(Refusal::Invalid { name: "chat_type", why }.into());
        }
    };
    let filter = ReportFilter {
        state: query.state,
        conversation: conversation.to_owned(),
        sender: query.sender.trim().to_lowercase(),
        reporter: query.reporter.trim().to_lowercase(),
        from: query.from,
        to: query.to,
    };
    let (cursor, limit) = (query.cursor.as_deref(), query.limit.unwrap_or(20));
    let page = reports::list(call.messaging(), &caller, &filter, limit, cursor).await?;
    let items = page.items.into_iter().map(ReportRow::from).collect();
    Ok(Answer::json(&Reports { items, cursor: page.cursor }))
}

async fn handle(call: Call) -> Result<Answer, Failure> {
    let (caller, given) = (call.caller()?, call.body::<HandleReports>()?);
    if given.ids.len() > BATCH {
        return Err(Refusal::TooMany { name: "ids", limit: BATCH }.into());
    }
    let handler = call.session()?.staff.email.clone();
    let (mut handled, mut failed) = (0, Vec::new());
    for id in given.ids {
        let number = id.parse().unwrap_or_default();
        let by = (handler.as_str(), given.note.trim());
        let measure = given.measure.into();
        match reports::handle(call.messaging(), &caller, number, measure, by).await {
            Ok(()) => handled += 1,
            Err(hongyan_model::Error::Refused(refusal)) => {
                let why = Failure::from(refusal).error.to_owned();
                failed.push(FailedReport { id, why });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Answer::json(&HandledReports { handled, failed }))
}

impl From<ReportedMessage> for ReportRow {
    fn from(report: ReportedMessage) -> Self {
        let chat = ChatType::of(&report.conversation).unwrap_or(ChatType::Single);
        let target = report.snapshot["to"].as_str().unwrap_or_default().to_owned();
        Self {
            id: report.id.to_string(),
            created: report.created,
            reporter: report.reporter.to_string(),
            sender: report.sender.to_string(),
            chat_type: chat.word(),
            target,
            kind: report.kind,
            reason: report.reason,
            message_id: report.message.to_string(),
            message: report.snapshot.to_string(),
            state: report.state.into(),
            handler: report.handler,
            handled: report.handled,
            note: report.note,
        }
    }
}

impl From<State> for ReportState {
    fn from(state: State) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::Banned => Self::Banned,
            State::Kicked => Self::Kicked,
            State::Blocklisted => Self::Blocklisted,
            State::Deleted => Self::Deleted,
            State::Recalled => Self::Recalled,
            State::Dismissed => Self::Dismissed,
        }
    }
}

impl From<Measure> for State {
    fn from(measure: Measure) -> Self {
        match measure {
            Measure::Ban => Self::Banned,
            Measure::Kick => Self::Kicked,
            Measure::Blocklist => Self::Blocklisted,
            Measure::Delete => Self::Deleted,
            Measure::Recall => Self::Recalled,
            Measure::Dismiss => Self::Dismissed,
        }
    }
}
