//! Signing in and out.

use hongyan_platform::accounts::{self, Login, LoginAttempt};
use hongyan_platform::{challenge, sessions};
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::client;
use super::session::{with_cookie, without_cookie};
use super::words::{Challenge, Factor, Proof};
use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    const POST: Method = Method::POST;
    Routes::default()
        .get("/challenge", Access::Public, issue_challenge)
        .write(POST, "/login", Access::Public, write("security", "login"), login)
        .write(POST, "/login/factor", Access::Public, write("security", "login"), factor)
        .write(
            POST,
            "/login/email-code",
            Access::Public,
            write("security", "login_code"),
            email_code,
        )
        .write(POST, "/logout", Access::SignedIn, write("security", "logout"), logout)
}

/// Address and password.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct LoginRequest {
    email: String,
    password: String,
    /// Work that an attempt before was told to do (`challenge_required`).
    #[ts(optional)]
    proof: Option<Proof>,
}

/// What a right password comes to.
#[derive(Serialize, TS)]
#[serde(tag = "status", rename_all = "snake_case")]
#[ts(export_to = "account.ts")]
pub(crate) enum LoginState {
    /// Done.
    SignedIn,
    /// The second factor is due, within ten minutes.
    FactorRequired {
        /// To be sent with the factor.
        ticket: String,
        /// What can be shown, the preferred one first. A code by mail has been sent already.
        factors: Vec<Factor>,
        /// The address, most of it hidden.
        email_hint: String,
    },
}

/// The second factor of a login.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct FactorRequest {
    ticket: String,
    factor: Factor,
    code: String,
}

/// A login that waits for its code.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct TicketRequest {
    ticket: String,
}

async fn issue_challenge(call: Call) -> Result<Answer, Failure> {
    let issued = challenge::issue(call.platform()).await?;
    Ok(Answer::json(&Challenge::from(issued)))
}

async fn login(call: Call) -> Result<Answer, Failure> {
    let LoginRequest { email, password, proof } = call.body()?;
    let attempt = LoginAttempt { email, password, proof: proof.map(Into::into) };
    match accounts::login(call.platform(), attempt, client(&call)).await? {
        Login::SignedIn(new) => Ok(with_cookie(&call, Answer::json(&LoginState::SignedIn), &new)),
        Login::SecondFactor(second) => Ok(Answer::json(&LoginState::FactorRequired {
            ticket: second.ticket,
            factors: second.factors.into_iter().map(Factor::from).collect(),
            email_hint: second.email_hint,
        })),
    }
}

async fn factor(call: Call) -> Result<Answer, Failure> {
    let FactorRequest { ticket, factor, code } = call.body()?;
    let p = call.platform();
    let new = accounts::finish_login(p, &ticket, factor.into(), &code, client(&call)).await?;
    Ok(with_cookie(&call, Answer::json(&LoginState::SignedIn), &new))
}

async fn email_code(call: Call) -> Result<Answer, Failure> {
    let TicketRequest { ticket } = call.body()?;
    accounts::send_code(call.platform(), &ticket).await?;
    Ok(Answer::done())
}

async fn logout(call: Call) -> Result<Answer, Failure> {
    sessions::end(call.platform(), call.session()?).await?;
    Ok(without_cookie(&call, Answer::done()))
}
