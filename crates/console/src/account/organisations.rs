//! What an operator sees and does: organisations, and how the mails do.

use hongyan_model::Timestamp;
use hongyan_platform::mail;
use hongyan_platform::organisations::{self, NewOrg, OrgSummary};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::words::OrgKind;
use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, protected, write};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/organisations";
    const OPERATE: Access = Access::Staff(Permission::ManageInstallation);
    Routes::default()
        .get(ALL, OPERATE, list)
        .write(Method::POST, ALL, OPERATE, write("organisations", "create"), create)
        .write(
            Method::DELETE,
            "/organisations/{org}",
            OPERATE,
            protected("organisations", "close"),
            close,
        )
        .get("/mail", OPERATE, mail_status)
}

/// Which organisations a page shows.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ListQuery {
    /// In name or title.
    search: String,
    /// From 1.
    page: Option<u32>,
    size: Option<u32>,
}

/// An organisation as an operator sees it.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct Organisation {
    id: i64,
    name: String,
    title: String,
    kind: OrgKind,
    /// Its apps, whatever their status.
    apps: i64,
    members: i64,
    /// When its super admin asked to close it.
    closing_requested: Option<Timestamp>,
    created: Timestamp,
}

/// One page of organisations, by name.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct Organisations {
    items: Vec<Organisation>,
    total: i64,
}

/// An organisation to be made. With `email` and `password` it gets a super admin, who changes the password at the
/// first login.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct CreateOrganisation {
    /// First half of its App Keys.
    org: String,
    title: String,
    #[ts(optional)]
    email: Option<String>,
    #[ts(optional)]
    password: Option<String>,
}

/// How the mails do since the start.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct MailStatus {
    configured: bool,
    /// Mails that wait.
    queued: usize,
    sent: u64,
    /// Mails that were given up; the operation log names them.
    failed: u64,
    last_failure: Option<MailFailure>,
}

/// An attempt to send a mail that failed.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct MailFailure {
    time: Timestamp,
    why: String,
}

impl From<OrgSummary> for Organisation {
    fn from(org: OrgSummary) -> Self {
        Self {
            id: org.id.0,
            name: org.name,
            title: org.title,
            kind: org.kind.into(),
            apps: org.apps,
            members: org.members,
            closing_requested: org.closing_requested,
            created: org.created,
        }
    }
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let ListQuery { search, page, size } = call.query()?;
    let (page, size) = (page.unwrap_or(1), size.unwrap_or(20));
    let (p, by) = (call.platform(), &call.session()?.staff);
    let (items, total) = organisations::page(p, by, search.trim(), page, size).await?;
    let items = items.into_iter().map(Organisation::from).collect();
    Ok(Answer::json(&Organisations { items, total }))
}

async fn create(call: Call) -> Result<Answer, Failure> {
    let CreateOrganisation { org, title, email, password } = call.body()?;
    let admin =
        email.filter(|email| !email.is_empty()).map(|email| (email, password.unwrap_or_default()));
    let new = NewOrg { name: org.clone(), title, admin };
    let id = organisations::create(call.platform(), &call.session()?.staff, new).await?;
    Ok(Answer::done().target(org).within(Some(id)))
}

async fn close(call: Call) -> Result<Answer, Failure> {
    let org = call.path("org");
    organisations::close(call.platform(), call.session()?, org).await?;
    Ok(Answer::done().target(org))
}

async fn mail_status(call: Call) -> Result<Answer, Failure> {
    let status = mail::status(call.platform());
    Ok(Answer::json(&MailStatus {
        configured: status.configured,
        queued: status.queued,
        sent: status.sent,
        failed: status.failed,
        last_failure: status.last_failure.map(|(time, why)| MailFailure { time, why }),
    }))
}
