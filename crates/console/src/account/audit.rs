//! 操作日志: the operation log.

use axum::body::Body;
use axum::body::Bytes;
use futures_util::stream;
use hongyan_model::{StaffId, Timestamp};
use hongyan_platform::Platform;
use hongyan_platform::audit::{self, Entry, Filter};
use hongyan_platform::roles::Permission;
use hongyan_platform::staff::{Language, Staff};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::words::Role;
use crate::answer::Answer;
use crate::call::Call;
use crate::csv::Csv;
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::page::CursorPage;

/// Lines on a page when the page names no number.
const PAGE: u32 = 20;
const MOST: u32 = 100;
/// Lines that are read at once for a file.
const CHUNK: u32 = 500;

pub(crate) fn routes() -> Routes {
    const READ: Access = Access::Staff(Permission::AuditOwn);
    Routes::default().get("/audit", READ, list).get("/audit.csv", READ, export)
}

/// Which lines; absent fields do not narrow.
#[derive(Deserialize, Default)]
#[serde(default)]
struct AuditQuery {
    /// For operators.
    org: Option<String>,
    /// Number of an account.
    member: Option<i64>,
    /// App Key.
    app: Option<String>,
    module: Option<String>,
    result: Option<Outcome>,
    /// Not before.
    from: Option<Timestamp>,
    /// Before.
    to: Option<Timestamp>,
    /// In address, action, target or detail.
    text: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// How it ended.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Ok,
    Failed,
}

/// One line of the operation log.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct AuditLine {
    id: i64,
    time: Timestamp,
    /// Number of the account; `null` for somebody who had none.
    member: Option<i64>,
    /// Its address, or the one that somebody gave.
    email: String,
    role: Option<Role>,
    ip: String,
    app_key: Option<String>,
    module: String,
    action: String,
    target: String,
    /// `ok`, or the code of the error.
    result: String,
    /// JSON of what the request said, without its secrets; cut at 4 KB.
    detail: String,
}

impl AuditQuery {
    fn into_filter(self) -> Filter {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        Filter {
            org: given(self.org),
            staff: self.member.map(StaffId),
            app_key: given(self.app),
            module: given(self.module),
            succeeded: self.result.map(|outcome| matches!(outcome, Outcome::Ok)),
            from: self.from,
            to: self.to,
            text: given(self.text),
        }
    }
}

impl AuditLine {
    fn of((id, entry): (i64, Entry)) -> Self {
        Self {
            id,
            time: entry.time,
            member: entry.staff.map(|staff| staff.0),
            email: entry.email,
            role: entry.role.map(Role::from),
            ip: entry.ip,
            app_key: entry.app_key,
            module: entry.module,
            action: entry.action,
            target: entry.target,
            result: entry.result,
            detail: entry.detail,
        }
    }
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let mut query: AuditQuery = call.query()?;
    let cursor = query.cursor.take();
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MOST);
    let (p, by) = (call.platform(), &call.session()?.staff);
    let page = audit::page(p, by, query.into_filter(), cursor.as_deref(), limit).await?;
    let items: Vec<_> = page.entries.into_iter().map(AuditLine::of).collect();
    Ok(Answer::json(&CursorPage { items, cursor: page.cursor }))
}

/// All lines that match, written while they are read.
async fn export(call: Call) -> Result<Answer, Failure> {
    let query: AuditQuery = call.query()?;
    let by = call.session()?.staff.clone();
    let export =
        Export { p: call.platform().clone(), by, filter: query.into_filter(), next: Next::First };
    // What is refused is refused before the file begins.
    let begun = export.chunk().await?;
    let first = stream::iter([Ok(begun.0)]);
    let rest = stream::try_unfold(begun.1, async |export| {
        let Some(export) = export else { return Ok(None) };
        export.chunk().await.map(Some)
    });
    let body = Body::from_stream(stream::StreamExt::chain(first, rest));
    Ok(Answer::download(body, "text/csv; charset=utf-8", "operation-log.csv"))
}

/// A file on its way.
struct Export {
    p: Platform,
    by: Staff,
    filter: Filter,
    next: Next,
}

/// Where its next part begins.
enum Next {
    First,
    Behind(String),
}

impl Export {
    /// The next part, and what is left.
    async fn chunk(self) -> hongyan_model::Result<(Bytes, Option<Self>)> {
        let cursor = match &self.next {
            Next::First => None,
            Next::Behind(cursor) => Some(cursor.as_str()),
        };
        let page = audit::page(&self.p, &self.by, self.filter.clone(), cursor, CHUNK).await?;
        let mut csv = match self.next {
            Next::First => Csv::with_header(&columns(self.by.language)),
            Next::Behind(_) => Csv::continued(),
        };
        for (_, entry) in page.entries {
            csv.row(row(&self.p, entry));
        }
        let rest = page.cursor.map(|cursor| Self { next: Next::Behind(cursor), ..self });
        Ok((csv.into_text().into(), rest))
    }
}

fn columns(language: Language) -> [&'static str; 10] {
    match language {
        Language::Zh => {
            ["时间", "操作人", "角色", "IP", "应用", "模块", "操作", "对象", "结果", "详情"]
        }
        Language::En => [
            "Time", "Operator", "Role", "IP", "App Key", "Module", "Action", "Target", "Result",
            "Detail",
        ],
    }
}

fn row(p: &Platform, entry: Entry) -> impl Iterator<Item = String> {
    let role = entry.role.map(|role| role.as_str().to_owned());
    [
        p.calendar().clock(entry.time),
        entry.email,
        role.unwrap_or_default(),
        entry.ip,
        entry.app_key.unwrap_or_default(),
        entry.module,
        entry.action,
        entry.target,
        entry.result,
        entry.detail,
    ]
    .into_iter()
}
