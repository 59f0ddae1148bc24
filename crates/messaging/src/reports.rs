//! Messages that users report to their app: stored for whoever runs it, with what was reported.

use hongyan_model::{Caller, Feature, MessageId, Refusal, Result, Timestamp, UserId};
use hongyan_store::reports::{self, Report};
use serde_json::Value;

use crate::messages::{self, access};
use crate::page::decode_cursor;
use crate::users::require_app;
use crate::{Messaging, Page};

/// Length of a report's type and reason, in characters.
const KIND_CHARS: usize = 64;
const REASON_CHARS: usize = 512;
/// Reports of one user within an hour; the same message again counts once.
const REPORTS_PER_HOUR: usize = 20;
const HOUR_MS: i64 = 3600 * 1000;
/// Reports on one page.
const PAGE: usize = 100;
/// How long a report is kept.
const KEPT_MS: i64 = 180 * 24 * 3600 * 1000;
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
    check("reportType", &report.kind, KIND_CHARS)?;
    check("reportReason", &report.reason, REASON_CHARS)?;
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
    };
    let bound = (now - HOUR_MS, REPORTS_PER_HOUR);
    if reports::insert(m.store(), caller.app.id, &stored, bound).await? {
        return Ok(());
    }
    Err(Refusal::TooManyReports { limit: REPORTS_PER_HOUR }.into())
}

/// The reports of the app, from new to old.
pub async fn list(
    m: &Messaging,
    caller: &Caller,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<ReportedMessage>> {
    require_app(caller)?;
    let before = cursor.map(|cursor| decode_cursor(cursor, |id| id.parse().ok())).transpose()?;
    let limit = limit.clamp(1, PAGE);
    let found = reports::list(m.store(), caller.app.id, before, limit + 1).await?;
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
    }
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
    if text.chars().count() > limit || text.contains('\0') {
        return Err(Refusal::Invalid { name, why: format!("at most {limit} characters") });
    }
    Ok(())
}
