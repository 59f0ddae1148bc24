//! Invitations into an organisation, or to register one.

use hongyan_model::{StaffRefusal, Timestamp};
use hongyan_platform::invitations::{self, NewInvite};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::OrgQuery;
use super::words::{Language, Role};
use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, protected, write};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/invites";
    const MANAGE: Access = Access::Staff(Permission::Members);
    Routes::default()
        .get(ALL, MANAGE, list)
        .write(Method::POST, ALL, MANAGE, protected("members", "invite"), create)
        .write(
            Method::DELETE,
            "/invites/{id}",
            MANAGE,
            write("members", "revoke_invitation"),
            revoke,
        )
}

/// An open invitation.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct Invite {
    id: i64,
    /// Who is invited; empty for whoever has the link.
    email: String,
    /// `null` where a new organisation is to be registered.
    role: Option<Role>,
    invited_by: String,
    created: Timestamp,
    expires: Timestamp,
}

/// An invitation to be made. An operator who names no organisation invites to register one.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts", optional_fields)]
pub(crate) struct CreateInvite {
    email: Option<String>,
    /// Needed where an organisation is to be joined.
    role: Option<Role>,
    /// Language of the mail; absent: the inviter's.
    language: Option<Language>,
}

/// An invitation that was made.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct CreatedInvite {
    id: i64,
    /// To be passed on; `null` when it was mailed.
    link: Option<String>,
    expires: Timestamp,
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let org: OrgQuery = call.query()?;
    let open = invitations::list(call.platform(), &call.session()?.staff, org.name()).await?;
    let invite = |open: invitations::OpenInvite| Invite {
        id: open.id,
        email: open.email,
        role: open.role.map(Role::from),
        invited_by: open.invited_by,
        created: open.created,
        expires: open.expires,
    };
    Ok(Answer::json(&open.into_iter().map(invite).collect::<Vec<_>>()))
}

async fn create(call: Call) -> Result<Answer, Failure> {
    let org: OrgQuery = call.query()?;
    let CreateInvite { email, role, language } = call.body()?;
    let by = &call.session()?.staff;
    let email = email.unwrap_or_default();
    let new = NewInvite {
        org: org.name().map(str::to_owned),
        role: role.map(Into::into),
        email: email.clone(),
        language: language.map_or(by.language, Into::into),
    };
    let made = invitations::create(call.platform(), by, new).await?;
    let answer = CreatedInvite { id: made.id, link: made.link, expires: made.expires };
    Ok(Answer::json(&answer).target(email).within(made.org))
}

async fn revoke(call: Call) -> Result<Answer, Failure> {
    let org: OrgQuery = call.query()?;
    let id = call.path("id").parse().map_err(|_| StaffRefusal::LinkInvalid)?;
    let by = &call.session()?.staff;
    let org = invitations::revoke(call.platform(), by, org.name(), id).await?;
    Ok(Answer::done().within(org))
}
