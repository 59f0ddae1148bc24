//! Who is signed in, and what the page has to know of the installation.

use hongyan_model::Timestamp;
use hongyan_platform::accounts::OrgKind as StoredKind;
use hongyan_platform::roles;
use hongyan_platform::sessions::{LIFETIME_MS, NewSession};
use hongyan_platform::staff::{Staff, StaffOrg};
use hongyan_platform::{Platform, billing, mail};
use serde::Serialize;
use ts_rs::TS;

use super::words::{Language, OrgKind, Permission, RegistrationPolicy, Role};
use crate::answer::Answer;
use crate::call::{COOKIE, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/session", Access::Public, show)
}

/// The session, and the installation.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct SessionInfo {
    /// `null` for strangers.
    signed_in: Option<Me>,
    /// For the header `x-csrf-token` of every write; `null` for strangers.
    csrf: Option<String>,
    installation: Installation,
}

/// The account that is signed in.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct Me {
    id: i64,
    email: String,
    email_verified: bool,
    name: String,
    phone: String,
    qq: String,
    language: Language,
    role: Role,
    permissions: Vec<Permission>,
    /// `null` for operators.
    org: Option<MyOrg>,
    /// Whether nothing else works until the password is changed.
    must_change_password: bool,
    totp_bound: bool,
    login_protection: bool,
    operation_protection: bool,
    may_reveal_secret: bool,
    created: Timestamp,
    last_login: Option<Timestamp>,
}

/// The organisation of an account.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct MyOrg {
    /// First half of its App Keys.
    name: String,
    /// 企业名称; empty for individuals.
    title: String,
    kind: OrgKind,
    /// When its super admin asked to close it.
    closing_requested: Option<Timestamp>,
}

/// What holds for everybody.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct Installation {
    registration: RegistrationPolicy,
    /// Whether mails are sent: without a mail server no address is verified, and forgotten passwords are set by a
    /// super admin or an operator.
    mail_configured: bool,
    /// Whom customers can ask; `null` when nobody is named.
    contact: Option<ContactCard>,
    version: &'static str,
    /// IANA name of the time zone in which days begin.
    time_zone: String,
    /// Whether anything costs money.
    billing: bool,
    /// ISO code.
    currency: String,
}

/// 您的商务经理; each part may be empty.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct ContactCard {
    name: String,
    phone: String,
    email: String,
}

impl From<Staff> for Me {
    fn from(staff: Staff) -> Self {
        let permissions = roles::Permission::ALL.into_iter().filter(|one| staff.may(*one));
        Self {
            id: staff.id.0,
            permissions: permissions.map(Permission::from).collect(),
            email: staff.email,
            email_verified: staff.email_verified,
            name: staff.name,
            phone: staff.phone,
            qq: staff.qq,
            language: staff.language.into(),
            role: staff.role.into(),
            org: staff.org.map(MyOrg::from),
            must_change_password: staff.must_change_password,
            totp_bound: staff.totp_bound,
            login_protection: staff.login_protection,
            operation_protection: staff.operation_protection,
            may_reveal_secret: staff.may_reveal_secret,
            created: staff.created,
            last_login: staff.last_login,
        }
    }
}

impl From<StaffOrg> for MyOrg {
    fn from(org: StaffOrg) -> Self {
        let StaffOrg { id: _, name, title, kind, closing_requested } = org;
        let title = if kind == StoredKind::Individual { String::new() } else { title };
        Self { name, title, kind: kind.into(), closing_requested }
    }
}

impl Installation {
    fn of(p: &Platform) -> Self {
        let console = p.console();
        let contact = &console.contact;
        let is_named =
            [&contact.name, &contact.phone, &contact.email].iter().any(|part| !part.is_empty());
        Self {
            registration: console.registration.into(),
            mail_configured: mail::is_configured(p),
            contact: is_named.then(|| ContactCard {
                name: contact.name.clone(),
                phone: contact.phone.clone(),
                email: contact.email.clone(),
            }),
            version: env!("CARGO_PKG_VERSION"),
            time_zone: console.time_zone.clone(),
            billing: billing::terms(p).enabled,
            currency: billing::currency(p),
        }
    }
}

async fn show(call: Call) -> Result<Answer, Failure> {
    let session = call.session_if_any().cloned();
    let csrf = session.as_ref().map(|session| session.csrf.clone());
    let signed_in = session.map(|session| Me::from(session.staff));
    let installation = Installation::of(call.platform());
    Ok(Answer::json(&SessionInfo { signed_in, csrf, installation }))
}

/// The answer with the cookie of a session that has just begun.
pub(super) fn with_cookie(call: &Call, answer: Answer, new: &NewSession) -> Answer {
    answer.cookie(&cookie(call, &new.token, LIFETIME_MS / 1000))
}

/// The answer that makes the browser forget its session.
pub(super) fn without_cookie(call: &Call, answer: Answer) -> Answer {
    answer.cookie(&cookie(call, "", 0))
}

fn cookie(call: &Call, token: &str, seconds: i64) -> String {
    let secure = if call.state().secure_cookie { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/console; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}
