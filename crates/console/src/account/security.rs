//! 安全设置: second factors, what they protect, and showing one before a protected operation.

use hongyan_model::Timestamp;
use hongyan_platform::roles::Permission;
use hongyan_platform::{accounts, factors};
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::words::Factor;
use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, protected, write};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    const POST: Method = Method::POST;
    const OWN: Access = Access::Staff(Permission::OwnAccount);
    // Also while a new password is due, which operation protection may cover.
    const SELF: Access = Access::SignedIn;
    Routes::default()
        .get("/account/security", OWN, show)
        .write(
            Method::PUT,
            "/account/protection",
            OWN,
            protected("account", "set_protection"),
            protect,
        )
        .write(POST, "/account/totp/begin", OWN, write("account", "totp_begin"), begin)
        .write(POST, "/account/totp/confirm", OWN, write("account", "totp_bind"), confirm)
        .write(POST, "/account/totp/unbind", OWN, write("account", "totp_unbind"), unbind)
        .write(
            POST,
            "/account/recovery-codes",
            OWN,
            write("account", "renew_recovery_codes"),
            renew,
        )
        .get("/verify", SELF, offered)
        .write(POST, "/verify", SELF, write("security", "verify"), verify)
        .write(POST, "/verify/email-code", SELF, write("security", "verify_code"), email_code)
}

/// How one's own account is protected.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct Security {
    totp_bound: bool,
    recovery_codes_left: i64,
    login_protection: bool,
    operation_protection: bool,
    /// The factors for protected operations, the preferred one first.
    factors: Vec<Factor>,
    /// Whether a login has a second factor to ask for.
    login_factor: bool,
    mail_configured: bool,
}

/// What is to be protected; absent ones stay.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts", optional_fields)]
pub(crate) struct SetProtection {
    login: Option<bool>,
    operation: Option<bool>,
}

/// A secret for the authenticator app, not yet bound.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct TotpOffer {
    /// Base 32, to be typed.
    secret: String,
    /// `otpauth://…`, to be drawn as a QR code.
    uri: String,
    /// To be sent with the first code, within a quarter of an hour.
    ticket: String,
}

/// The first code of the app, and what it protects from then on.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct ConfirmTotp {
    ticket: String,
    code: String,
    login_protection: bool,
    operation_protection: bool,
}

/// Codes to be kept for when the app is lost; shown this once.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// What can be shown before a protected operation.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct OfferedFactors {
    /// The preferred one first.
    factors: Vec<Factor>,
    /// Until when none is needed.
    verified_until: Option<Timestamp>,
}

/// A factor.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct VerifyRequest {
    factor: Factor,
    code: String,
}

/// Protected operations are open.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct Verified {
    verified_until: Timestamp,
}

async fn show(call: Call) -> Result<Answer, Failure> {
    let security = accounts::security(call.platform(), call.session()?).await?;
    Ok(Answer::json(&Security {
        totp_bound: security.totp_bound,
        recovery_codes_left: security.recovery_codes_left,
        login_protection: security.login_protection,
        operation_protection: security.operation_protection,
        factors: security.factors.into_iter().map(Factor::from).collect(),
        login_factor: security.login_factor,
        mail_configured: security.mail_configured,
    }))
}

async fn protect(call: Call) -> Result<Answer, Failure> {
    let SetProtection { login, operation } = call.body()?;
    accounts::set_protection(call.platform(), call.session()?, login, operation).await?;
    Ok(Answer::done())
}

async fn begin(call: Call) -> Result<Answer, Failure> {
    let offer = factors::begin_totp(call.platform(), call.session()?).await?;
    Ok(Answer::json(&TotpOffer { secret: offer.secret, uri: offer.url, ticket: offer.ticket }))
}

async fn confirm(call: Call) -> Result<Answer, Failure> {
    let ConfirmTotp { ticket, code, login_protection, operation_protection } = call.body()?;
    let (p, session) = (call.platform(), call.session()?);
    let (login, operation) = (login_protection, operation_protection);
    let codes = factors::confirm_totp(p, session, &ticket, &code, login, operation).await?;
    Ok(Answer::json(&RecoveryCodes { recovery_codes: codes }))
}

async fn unbind(call: Call) -> Result<Answer, Failure> {
    factors::unbind_totp(call.platform(), call.session()?).await?;
    Ok(Answer::done())
}

async fn renew(call: Call) -> Result<Answer, Failure> {
    let codes = factors::renew_recovery_codes(call.platform(), call.session()?).await?;
    Ok(Answer::json(&RecoveryCodes { recovery_codes: codes }))
}

async fn offered(call: Call) -> Result<Answer, Failure> {
    let session = call.session()?;
    let factors = factors::of(call.platform(), &session.staff);
    Ok(Answer::json(&OfferedFactors {
        factors: factors.into_iter().map(Factor::from).collect(),
        verified_until: session.verified_until,
    }))
}

async fn verify(call: Call) -> Result<Answer, Failure> {
    let VerifyRequest { factor, code } = call.body()?;
    let until = factors::verify(call.platform(), call.session()?, factor.into(), &code).await?;
    Ok(Answer::json(&Verified { verified_until: until }))
}

async fn email_code(call: Call) -> Result<Answer, Failure> {
    factors::send_code(call.platform(), call.session()?).await?;
    Ok(Answer::done())
}
