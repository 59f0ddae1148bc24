//! Reporting messages, and the list of what was reported.

use hongyan_messaging::reports::{self, NewReport, ReportFilter, ReportedMessage};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

const PAGE: usize = 20;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Reports, "Moderation");
    routes
        .post("/user/{user}/moderation/report/message/{message}", report)
        .access(Access::Itself)
        .about(
            "Reports a message that a user can see; again, type and reason are replaced",
            "举报用户可见的一条消息；再次举报会替换类型和原因",
        )
        .body("{reportType: string, reportReason: string}")
        .answers("{data: {}}");
    routes
        .get("/moderation/reports", list)
        .access(Access::App)
        .about("Reads the reports of messages, the newest first", "查询消息举报，最新的在前")
        .query("{limit?: int(1..100), cursor?: string}")
        .answers(
            "{data: {id: string, reporter: string, msg_id: string, from: string, \
             report_type: string, report_reason: string, message: StoredMessage | null, \
             created: int, state: 'pending' | 'banned' | 'kicked' | 'blocklisted' | 'deleted' \
             | 'recalled' | 'dismissed'}[], count: int, cursor?: string}",
        );
    routes
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
