//! 账号信息: one's own account.

use hongyan_model::{Error, Refusal};
use hongyan_platform::accounts::{self, ProfileChange};
use hongyan_platform::organisations;
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::session::Me;
use super::words::Language;
use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, protected, write};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    const POST: Method = Method::POST;
    const OWN: Access = Access::Staff(Permission::OwnAccount);
    const CLOSE: &str = "/account/close";
    const MANAGE: Access = Access::Staff(Permission::Members);
    Routes::default()
        .get("/account", OWN, show)
        .write(Method::PUT, "/account", OWN, write("account", "edit"), edit)
        // Also while a new password is due: it is how it is given.
        .write(
            POST,
            "/account/password",
            Access::SignedIn,
            protected("account", "change_password"),
            change_password,
        )
        .write(POST, "/account/email", OWN, protected("account", "change_email"), change_email)
        .write(
            POST,
            "/email/send-verification",
            OWN,
            write("account", "send_verification"),
            send_verification,
        )
        .write(POST, CLOSE, MANAGE, protected("account", "request_closing"), request_closing)
        .write(Method::DELETE, CLOSE, MANAGE, protected("account", "keep_open"), keep_open)
}

/// New values of one's own account; absent ones stay.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts", optional_fields)]
pub(crate) struct EditAccount {
    name: Option<String>,
    phone: Option<String>,
    qq: Option<String>,
    /// 企业名称: for the super admin.
    company: Option<String>,
    language: Option<Language>,
}

/// A new password.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct ChangePassword {
    old: String,
    new: String,
}

/// A new address.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct ChangeEmail {
    email: String,
}

/// What became of a new address.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct EmailChange {
    /// Whether it changes when the mailed link is opened; otherwise it has changed, unverified.
    mailed: bool,
}

async fn show(call: Call) -> Result<Answer, Failure> {
    Ok(Answer::json(&Me::from(call.session()?.staff.clone())))
}

async fn edit(call: Call) -> Result<Answer, Failure> {
    let EditAccount { name, phone, qq, company, language } = call.body()?;
    let language = language.map(Into::into);
    let change = ProfileChange { name, phone, qq, company, language };
    accounts::update_profile(call.platform(), call.session()?, change).await?;
    Ok(Answer::done())
}

async fn change_password(call: Call) -> Result<Answer, Failure> {
    let ChangePassword { old, new } = call.body()?;
    match accounts::change_password(call.platform(), call.session()?, &old, &new).await {
        Ok(()) => Ok(Answer::done()),
        Err(Error::Refused(refusal @ Refusal::WrongPassword)) => {
            Err(Failure::from(refusal).field("old"))
        }
        Err(error) => Err(error.into()),
    }
}

async fn change_email(call: Call) -> Result<Answer, Failure> {
    let ChangeEmail { email } = call.body()?;
    let mailed = accounts::change_email(call.platform(), call.session()?, &email).await?;
    Ok(Answer::json(&EmailChange { mailed }))
}

async fn send_verification(call: Call) -> Result<Answer, Failure> {
    accounts::send_verification(call.platform(), call.session()?).await?;
    Ok(Answer::done())
}

async fn request_closing(call: Call) -> Result<Answer, Failure> {
    organisations::request_closing(call.platform(), call.session()?, true).await?;
    Ok(Answer::done())
}

async fn keep_open(call: Call) -> Result<Answer, Failure> {
    organisations::request_closing(call.platform(), call.session()?, false).await?;
    Ok(Answer::done())
}
