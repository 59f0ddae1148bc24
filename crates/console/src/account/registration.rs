//! Registration, and what is done with the links of mails.

use hongyan_platform::accounts::{self, NewAccount};
use hongyan_platform::organisations::{self, Unavailable};
use hongyan_platform::{invitations, staff};
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::client;
use super::login::LoginState;
use super::session::with_cookie;
use super::words::{Language, OrgKind, Proof, Role};
use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    const POST: Method = Method::POST;
    const ANYBODY: Access = Access::Public;
    Routes::default()
        .write(POST, "/register", ANYBODY, write("security", "register"), register)
        .get("/register/check", ANYBODY, check)
        .get("/invite/{token}", ANYBODY, invite)
        .write(POST, "/email/verify", ANYBODY, write("security", "verify_email"), verify_email)
        .write(POST, "/password/forgot", ANYBODY, write("security", "forgot_password"), forgot)
        .write(POST, "/password/reset", ANYBODY, write("security", "reset_password"), reset)
}

/// Who wants to register an organisation, or to join one by invitation.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts", optional_fields)]
pub(crate) struct RegisterRequest {
    /// Absent where an invitation leads into an organisation.
    kind: Option<OrgKind>,
    /// 企业名称, for companies.
    company: Option<String>,
    /// First half of the App Keys; without one it gets 16 random digits.
    org: Option<String>,
    email: String,
    password: String,
    name: Option<String>,
    phone: Option<String>,
    language: Option<Language>,
    /// Token of an invitation.
    invite: Option<String>,
    /// Whether the terms were agreed to.
    agree: bool,
    /// Needed without an invitation.
    proof: Option<Proof>,
}

/// The name that somebody would like.
#[derive(Deserialize)]
struct NameQuery {
    org: String,
}

/// Whether a new organisation could have the name.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct NameCheck {
    available: bool,
    reason: Option<NameProblem>,
}

/// Why it could not.
#[derive(Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "account.ts")]
pub(crate) enum NameProblem {
    /// Not 1–32 of `a-z 0-9 -`, or reserved.
    Illegal,
    /// Another has it.
    Taken,
}

/// What an invitation is for.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct InviteInfo {
    /// The address it is for; `null` for any.
    email: Option<String>,
    /// What the organisation to join is called; `null` to register a new one.
    org: Option<String>,
    /// Role there.
    role: Option<Role>,
}

/// The token of a link.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct VerifyEmailRequest {
    token: String,
}

/// Who forgot the password.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct ForgotRequest {
    email: String,
    /// Without one, the answer is `challenge_required`.
    #[ts(optional)]
    proof: Option<Proof>,
}

/// A new password, by the link of a mail.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct ResetRequest {
    token: String,
    password: String,
}

async fn register(call: Call) -> Result<Answer, Failure> {
    let request: RegisterRequest = call.body()?;
    let registration = accounts::Registration {
        org: request.org,
        kind: request.kind.map(Into::into).unwrap_or_default(),
        company: request.company.unwrap_or_default(),
        account: NewAccount {
            email: request.email,
            password: request.password,
            name: request.name.unwrap_or_default(),
            phone: request.phone.unwrap_or_default(),
            language: request.language.map_or_else(staff::Language::default, Into::into),
        },
        agree: request.agree,
        invite: request.invite,
        proof: request.proof.map(Into::into),
    };
    let new = accounts::register(call.platform(), registration, client(&call)).await?;
    Ok(with_cookie(&call, Answer::json(&LoginState::SignedIn), &new))
}

async fn check(call: Call) -> Result<Answer, Failure> {
    let NameQuery { org } = call.query()?;
    let by = call.session_if_any().map(|session| &session.staff);
    let available = organisations::check_available(call.platform(), by, &org).await?;
    let reason = available.err().map(|problem| match problem {
        Unavailable::Illegal => NameProblem::Illegal,
        Unavailable::Taken => NameProblem::Taken,
    });
    Ok(Answer::json(&NameCheck { available: reason.is_none(), reason }))
}

async fn invite(call: Call) -> Result<Answer, Failure> {
    let info = invitations::inspect(call.platform(), call.path("token")).await?;
    Ok(Answer::json(&InviteInfo {
        email: Some(info.email).filter(|email| !email.is_empty()),
        org: info.org,
        role: info.role.map(Role::from),
    }))
}

async fn verify_email(call: Call) -> Result<Answer, Failure> {
    let VerifyEmailRequest { token } = call.body()?;
    accounts::verify_email(call.platform(), &token, client(&call)).await?;
    Ok(Answer::done())
}

async fn forgot(call: Call) -> Result<Answer, Failure> {
    let ForgotRequest { email, proof } = call.body()?;
    let proof = proof.map(Into::into);
    accounts::request_reset(call.platform(), &email, proof.as_ref(), client(&call)).await?;
    Ok(Answer::done())
}

async fn reset(call: Call) -> Result<Answer, Failure> {
    let ResetRequest { token, password } = call.body()?;
    accounts::reset(call.platform(), &token, &password, client(&call)).await?;
    Ok(Answer::done())
}
