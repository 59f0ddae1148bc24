//! Exports of what was examined: asking for one, how far it is, and its file.

use axum::body::Body;
use axum::response::Response;
use futures_util::TryStreamExt as _;
use hongyan_messaging::moderation::{self, Export, ExportState, RecordFilter};
use hongyan_model::{ChatType, ModeratedKind, ModerationAct, Outcome, Refusal, Timestamp};
use http::{HeaderValue, header};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;
use crate::moderation::{DEFAULT_SIZE, numbered};
use crate::reactions::iso;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Moderation, "Moderation");
    routes
        .post("/moderation/record/message/export", start)
        .ids(&["X1"])
        .access(Access::App)
        .about(
            "Begins an export of what was examined between two times, in ms",
            "开始导出两个时间（毫秒）之间的审核记录",
        )
        .body(
            "{dateFrom: int, dateTo: int, targetType?: string, msgType?: string, \
             moderationResult?: string, providerResult?: string}",
        )
        .answers_bare("{status: 'OK', entity: {uuid: string}}");
    routes
        .get("/moderation/export/files", list)
        .ids(&["X2"])
        .access(Access::App)
        .about(
            "Reads exports and how far they are, the newest first",
            "查询导出任务及其进度，最新的在前",
        )
        .query("{page?: int, size?: int(1..200), uuid?: string}")
        .answers_bare(
            "{status: 'OK', first: bool, last: bool, size: int, number: int, numberOfElements: int, \
             totalPages: int, totalElements: int, entities: {id: string, uuid: string, \
             fileName: string, status: string, cond: string, detail: string, size: int, \
             expiredAt: string, createdAt: string, updatedAt: string}[]}",
        );
    routes
        .get("/moderationfiles/{export}", download)
        .ids(&["X3"])
        .access(Access::App)
        .about(
            "Downloads an export: a JSON object on each line, the newest first",
            "下载导出文件：每行一个 JSON 对象，最新的在前",
        )
        .query("{type?: 'record'}")
        .answers_bytes();
    routes
}

async fn start(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let filter = filter(&call.fields().await?)?;
    let uuid = moderation::start_export(call.messaging(), &caller, filter).await?;
    Ok(Answer::Bare(json!({ "status": "OK", "entity": { "uuid": uuid } })))
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let query = call.query();
    let number = query.number("page").unwrap_or_default();
    let size = query.number("size").unwrap_or(DEFAULT_SIZE);
    let (m, uuid) = (call.messaging(), query.text("uuid"));
    let page = moderation::list_exports(m, &caller, uuid, (number, size)).await?;
    Ok(numbered(&page, shown))
}

async fn download(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    if call.query().text("type").is_some_and(|kind| kind != "record") {
        let why = "must be record".to_owned();
        return Err(Refusal::Invalid { name: "type", why }.into());
    }
    let file = moderation::open_export(call.messaging(), &caller, call.path("export")).await?;
    let (size, name) = (file.size(), file_name(&file.export));
    // A file that cannot be read to its end breaks the connection, so that nobody takes a part for the whole.
    let pieces = file.pieces().inspect_err(|error| {
        tracing::error!(error = error as &dyn std::error::Error, "an export could not be read");
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, size.into());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename={name}")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(Answer::Raw(response))
}

fn filter(fields: &Fields) -> Result<RecordFilter, Refusal> {
    let time = |name| fields.signed(name)?.ok_or(Refusal::Missing { name });
    Ok(RecordFilter {
        from: Some(time("dateFrom")?),
        to: Some(time("dateTo")?),
        chat: word(fields, "targetType", ChatType::from_word)?,
        kind: word(fields, "msgType", ModeratedKind::from_word)?,
        act: word(fields, "moderationResult", ModerationAct::from_word)?,
        outcome: word(fields, "providerResult", Outcome::from_word)?,
        ..RecordFilter::default()
    })
}

/// What an empty text leaves open.
fn word<T>(
    fields: &Fields,
    name: &'static str,
    known: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    let given = fields.text(name)?.filter(|given| !given.is_empty());
    let unknown = |given: &str| Refusal::Invalid { name, why: format!("there is no {given:.32}") };
    given.map(|given| known(&given).ok_or_else(|| unknown(&given))).transpose()
}

fn file_name(export: &Export) -> String {
    format!("moderation-{}.jsonl", export.uuid)
}

fn shown(export: &Export) -> Value {
    let (status, detail) = match export.state {
        ExportState::Waiting => ("Creating", String::new()),
        ExportState::Failed => ("Failed", "the server's log says why".to_owned()),
        ExportState::Aborted => ("Abort", "the app does not have moderation".to_owned()),
        ExportState::Done if export.cut => {
            ("Finished", format!("the newest {} records; there are more", export.records))
        }
        ExportState::Done => ("Finished", format!("{} records", export.records)),
    };
    json!({
        "id": export.id.to_string(),
        "uuid": export.uuid,
        "fileName": file_name(export),
        "status": status,
        "cond": condition(&export.filter).to_string(),
        "detail": detail,
        "size": export.bytes,
        "expiredAt": iso(export.expires),
        "createdAt": iso(export.created),
        "updatedAt": iso(export.updated),
    })
}

/// What was asked for, as it was asked for.
fn condition(filter: &RecordFilter) -> Value {
    let time = |time: Option<Timestamp>| time.map_or(Value::Null, Value::from);
    let mut asked = json!({ "dateFrom": time(filter.from), "dateTo": time(filter.to) });
    let words = [
        ("targetType", filter.chat.map(ChatType::word)),
        ("msgType", filter.kind.map(ModeratedKind::word)),
        ("moderationResult", filter.act.map(ModerationAct::word)),
        ("providerResult", filter.outcome.map(Outcome::word)),
    ];
    for (name, word) in words {
        if let Some(word) = word {
            asked[name] = word.into();
        }
    }
    asked
}
