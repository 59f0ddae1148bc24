//! Reporting messages, and the list of what was reported.

use axum::Router;
use axum::routing::{get, post};
use hongyan_messaging::reports::{self, NewReport, ReportFilter, ReportedMessage};
use serde_json::{Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;

const PAGE: usize = 20;

pub(crate) fn routes() -> Router<RestState> {
    Router::new()
        .route(
            "/user/{user}/moderation/report/message/{message}",
            post(handle(Area::Reports, report)),
        )
        .route("/moderation/reports", get(handle(Area::Reports, list)))
}

async fn report(mut call: Call) -> Result<Answer, Failure> {
    let (caller, user) = call.caller_for_path_user()?;
    let fields = call.fields().await?;
    let report = NewReport {
        message: call.path("message").to_owned(),
        kind: fields.required_text("reportType")?,
        reason: fields.required_text("reportReason")?,
    };
    reports::report(call.messaging(), &caller, &user, report).await?;
    Ok(Envelope::data(json!({})).into())
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let (limit, cursor) = call.page(PAGE);
    let page =
        reports::list(call.messaging(), &caller, &ReportFilter::default(), limit, cursor).await?;
    let rows: Vec<Value> = page.items.iter().map(row).collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).cursor(page.cursor).into())
}

fn row(report: &ReportedMessage) -> Value {
    json!({
        "id": report.id.to_string(),
        "reporter": report.reporter,
        "msg_id": report.message.to_string(),
        "from": report.sender,
        "report_type": report.kind,
        "report_reason": report.reason,
        "message": report.snapshot,
        "created": report.created,
        "state": report.state.key(),
    })
}
