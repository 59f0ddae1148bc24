//! Messages that users report to their app: stored for whoever runs it, with what was reported.

use hongyan_model::{
    Caller, Conversation, ConversationKey, Feature, MessageId, Muc, Refusal, Result, Timestamp,
    UserId,
};
use hongyan_store::reports::{self, Report};
use serde_json::Value;

use crate::messages::{self, ServerRecall, access};
use crate::page::decode_cursor;
use crate::users::require_app;
use crate::{Messaging, Page, blocks, muc, threads, users};

pub use hongyan_store::reports::ReportFilter;

const HOUR_MS: i64 = 3600 * 1000;
/// Reports on one page.
const PAGE: usize = 100;
/// How long a report is kept.
const KEPT_MS: i64 = 180 * 24 * 3600 * 1000;
/// Length of a note, in characters.
const NOTE_CHARS: usize = 500;
/// Reports removed at once.
const SWEEP_BATCH: u32 = 500;

/// What a user reports.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// The message, as written in the request.
    pub message: String,
    /// Of which type it is; the app's own words.
    pub kind: String,
    /// Why.
    pub reason: String,
}

/// A report as the app sees it.
#[derive(Clone, Debug)]
pub struct ReportedMessage {
    /// The report's id.
    pub id: u64,
    /// Who reports.
    pub reporter: UserId,
    /// The message.
    pub message: MessageId,
    /// Who wrote it.
    pub sender: UserId,
    /// Of which type it is.
    pub kind: String,
    /// Why.
    pub reason: String,
    /// The message as it was when it was reported first.
    pub snapshot: Value,
    /// When that was.
    pub created: Timestamp,
    /// Where it was said.
    pub conversation: ConversationKey,
    /// What became of the report.
    pub state: ReportState,
    /// Who decided that.
    pub handler: Option<String>,
    /// When.
    pub handled: Option<Timestamp>,
    /// What whoever decided says of it.
    pub note: String,
}

/// Reports a message that `user` may see. Reported again, type and reason are replaced.
///
/// The report holds the message as it is now, whatever becomes of it.
pub async fn report(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    report: NewReport,
) -> Result<()> {
    let feature = Feature::MessageReport;
    if !caller.app.enabled(feature) {
        return Err(Refusal::FeatureDisabled { feature }.into());
    }
    check("reportType", &report.kind, caller.app.most(Feature::ReportTypeCharsMax))?;
    check("reportReason", &report.reason, caller.app.most(Feature::ReportReasonCharsMax))?;
    let found = access::visible(m, &caller.app, user, &report.message).await?;
    let message = found.ok_or(Refusal::MessageNotFound)?.message;
    let snapshot = messages::to_json(&message).ok_or(Refusal::MessageNotFound)?;
    let now = m.clock().now();
    let stored = Report {
        id: m.ids().next(now).0,
        reporter: user.clone(),
        message: message.id,
        sender: message.entry.sender,
        conversation: message.entry.conversation,
        kind: report.kind,
        reason: report.reason,
        snapshot: snapshot.to_string(),
        created: now,
        state: ReportState::Pending.key().to_owned(),
        handler: None,
        handled: None,
        note: String::new(),
    };
    let limit = caller.app.most(Feature::ReportsPerHourMax);
    let bound = (now - HOUR_MS, limit);
    if reports::insert(m.store(), caller.app.id, &stored, bound).await? {
        return Ok(());
    }
    Err(Refusal::TooManyReports { limit }.into())
}

/// The reports of the app that fit, from new to old.
pub async fn list(
    m: &Messaging,
    caller: &Caller,
    filter: &ReportFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<ReportedMessage>> {
    require_app(caller)?;
    let before = cursor.map(|cursor| decode_cursor(cursor, |id| id.parse().ok())).transpose()?;
    let limit = limit.clamp(1, PAGE);
    let found = reports::list(m.store(), caller.app.id, filter, before, limit + 1).await?;
    let page = Page::of(found, limit, |report| report.id.to_string());
    Ok(Page { items: page.items.into_iter().map(shown).collect(), cursor: page.cursor })
}

fn shown(report: Report) -> ReportedMessage {
    ReportedMessage {
        id: report.id,
        reporter: report.reporter,
        message: report.message,
        sender: report.sender,
        kind: report.kind,
        reason: report.reason,
        snapshot: serde_json::from_str(&report.snapshot).unwrap_or_default(),
        created: report.created,
        conversation: report.conversation,
        state: ReportState::from_key(&report.state),
        handler: report.handler,
        handled: report.handled,
        note: report.note,
    }
}

/// What became of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReportState {
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

impl ReportState {
    const ALL: [Self; 7] = [
        Self::Pending,
        Self::Banned,
        Self::Kicked,
        Self::Blocklisted,
        Self::Deleted,
        Self::Recalled,
        Self::Dismissed,
    ];

    /// As stored, and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Banned => "banned",
            Self::Kicked => "kicked",
            Self::Blocklisted => "blocklisted",
            Self::Deleted => "deleted",
            Self::Recalled => "recalled",
            Self::Dismissed => "dismissed",
        }
    }

    fn from_key(key: &str) -> Self {
        // Written from the type.
        Self::ALL.into_iter().find(|state| state.key() == key).unwrap_or(Self::Pending)
    }
}

/// Does what a report asks for, and notes it; `measure` is the state that the report is in afterwards. For the
/// customer's server and its staff, of whom `handler` is one.
pub async fn handle(
    m: &Messaging,
    caller: &Caller,
    id: u64,
    measure: ReportState,
    (handler, note): (&str, &str),
) -> Result<()> {
    require_app(caller)?;
    if note.chars().count() > NOTE_CHARS || note.contains('\0') {
        return Err(Refusal::TooLong { name: "note", limit: NOTE_CHARS }.into());
    }
    let app = caller.app.id;
    let found = reports::find(m.store(), app, id).await?;
    let report = found.ok_or(Refusal::MessageNotFound)?;
    take(m, caller, &report, measure).await?;
    let decided = (measure.key(), handler, note);
    Ok(reports::settle(m.store(), app, id, decided, m.clock().now()).await?)
}

async fn take(m: &Messaging, caller: &Caller, report: &Report, measure: ReportState) -> Result<()> {
    let sender = report.sender.as_str();
    match measure {
        ReportState::Pending | ReportState::Dismissed => {}
        ReportState::Banned => drop(users::deactivate(m, caller, sender).await?),
        ReportState::Kicked => users::disconnect(m, caller, sender).await?,
        ReportState::Deleted => drop(users::delete(m, caller, sender).await?),
        ReportState::Recalled => {
            let Some(chat) = hongyan_model::ChatType::of(&report.conversation) else {
                return Err(Refusal::MessageNotFound.into());
            };
            let recall = ServerRecall {
                message: report.message.to_string(),
                chat,
                to: receiver(report),
                from: UserId::admin().to_string(),
                force: true,
                sync_device: true,
                note: None,
            };
            messages::recall_from_server(m, caller, recall).await?;
        }
        ReportState::Blocklisted => {
            let blocked = [report.sender.to_string()];
            match report.conversation.conversation() {
                Some(Conversation::Group(group)) => {
                    muc::block(m, caller, &Muc::Group(group), &blocked).await?;
                }
                Some(Conversation::Room(room)) => {
                    muc::block(m, caller, &Muc::Room(room), &blocked).await?;
                }
                Some(Conversation::Thread(thread)) => {
                    let thread = threads::facts(m, caller.app.id, &thread).await?;
                    let thread = thread.ok_or(Refusal::MessageNotFound)?;
                    muc::block(m, caller, &Muc::Group(thread.group.clone()), &blocked).await?;
                }
                // Whoever reports does not want to hear of the sender any more.
                _ => drop(blocks::add(m, caller, report.reporter.as_str(), &blocked).await?),
            }
        }
    }
    Ok(())
}

/// Whom the message was sent to.
fn receiver(report: &Report) -> String {
    let snapshot: Value = serde_json::from_str(&report.snapshot).unwrap_or_default();
    snapshot["to"].as_str().unwrap_or_default().to_owned()
}

/// Removes reports, of every app, whose time is over; answers how many these were.
pub async fn sweep(m: &Messaging) -> Result<u64> {
    let before = m.clock().now() - KEPT_MS;
    let mut swept = 0;
    loop {
        match reports::forget(m.store(), before, SWEEP_BATCH).await? {
            0 => return Ok(swept),
            removed => swept += removed,
        }
    }
}

fn check(name: &'static str, text: &str, limit: usize) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(Refusal::Missing { name });
    }
    if text.chars().count() > limit {
        return Err(Refusal::TooLong { name, limit });
    }
    // PostgreSQL has no text with it.
    if text.contains('\0') {
        return Err(Refusal::Invalid { name, why: "holds a NUL character".to_owned() });
    }
    Ok(())
}
