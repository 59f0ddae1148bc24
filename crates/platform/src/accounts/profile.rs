//! What people say of themselves, and how they protect their account.

use hongyan_model::{Factor, Refusal, Result, StaffId, StaffRefusal};
use hongyan_store as store;
use hongyan_store::staff::StaffRow;

use super::update as update_account;
use crate::roles::Permission;
use crate::sessions::{self, Session};
use crate::staff::{Language, Staff};
use crate::{Platform, factors, mail, organisations};

const NAME_CHARS: usize = 64;
const PHONE_CHARS: usize = 32;
const QQ_CHARS: usize = 16;
const REMARK_CHARS: usize = 128;

/// New values of an account; absent ones stay.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProfileChange {
    /// Name, ≤ 64 characters.
    pub name: Option<String>,
    /// Phone number, ≤ 32 characters. Operation protection covers it.
    pub phone: Option<String>,
    /// QQ number, ≤ 16 digits.
    pub qq: Option<String>,
    /// The company's name, 1–64 characters: for its super admin.
    pub company: Option<String>,
    /// Language of pages and mails.
    pub language: Option<Language>,
}

/// How an account is protected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecuritySettings {
    /// Whether an authenticator app is bound.
    pub totp_bound: bool,
    /// Recovery codes that are left.
    pub recovery_codes_left: i64,
    /// Whether logins ask for a second factor.
    pub login_protection: bool,
    /// Whether sensitive operations ask for a factor.
    pub operation_protection: bool,
    /// The factors for sensitive operations, the preferred one first.
    pub factors: Vec<Factor>,
    /// Whether a login has a second factor to ask for.
    pub login_factor: bool,
    /// Whether mails are sent.
    pub mail_configured: bool,
}

/// Changes one's own account.
pub async fn update(p: &Platform, session: &Session, change: ProfileChange) -> Result<()> {
    if change.phone.as_ref().is_some_and(|phone| *phone != session.staff.phone) {
        sessions::require_verified(p, session)?;
    }
    let ProfileChange { name, phone, qq, company, language } = change;
    texts(name.as_deref(), phone.as_deref(), None)?;
    if let Some(qq) = &qq
        && (qq.len() > QQ_CHARS || !qq.bytes().all(|b| b.is_ascii_digit()))
    {
        let why = format!("up to {QQ_CHARS} digits");
        return Err(Refusal::Invalid { name: "qq", why }.into());
    }
    if let Some(company) = company {
        set_company(p, &session.staff, &company).await?;
    }
    let apply = |row: &mut StaffRow| {
        set(&mut row.name, name);
        set(&mut row.phone, phone);
        set(&mut row.qq, qq);
        set(&mut row.language, language.map(|language| language.as_str().to_owned()));
        Ok(())
    };
    update_account(p, session.staff.id, apply).await?;
    Ok(())
}

async fn set_company(p: &Platform, by: &Staff, company: &str) -> Result<()> {
    let Some(org) = by.org.as_ref() else {
        return Err(StaffRefusal::OrganisationNotFound.into());
    };
    if org.title == company {
        return Ok(());
    }
    if !by.role.allows(Permission::Members) {
        return Err(Refusal::NotPermitted.into());
    }
    let title = organisations::check_title("company", company)?;
    store::organisations::set_title(p.store(), org.id, &title).await?;
    Ok(())
}

/// How one's own account is protected.
pub async fn security(p: &Platform, session: &Session) -> Result<SecuritySettings> {
    let staff = &session.staff;
    Ok(SecuritySettings {
        totp_bound: staff.totp_bound,
        recovery_codes_left: factors::recovery_codes_left(p, staff).await?,
        login_protection: staff.login_protection,
        operation_protection: staff.operation_protection,
        factors: factors::of(p, staff),
        login_factor: !factors::at_login(p, staff).is_empty(),
        mail_configured: mail::is_configured(p),
    })
}

/// Switches login protection and operation protection; absent ones stay.
pub async fn set_protection(
    p: &Platform,
    session: &Session,
    login: Option<bool>,
    operation: Option<bool>,
) -> Result<()> {
    sessions::require_verified(p, session)?;
    let staff = &session.staff;
    let turns_on = login == Some(true) && !staff.login_protection;
    if turns_on && factors::at_login(p, staff).is_empty() {
        return Err(StaffRefusal::NoSecondFactor.into());
    }
    let login = login.unwrap_or(staff.login_protection);
    let operation = operation.unwrap_or(staff.operation_protection);
    save_protection(p, staff.id, login, operation).await
}

pub(crate) async fn save_protection(
    p: &Platform,
    id: StaffId,
    login: bool,
    operation: bool,
) -> Result<()> {
    let apply = |row: &mut StaffRow| {
        row.login_protection = login;
        row.operation_protection = operation;
        Ok(())
    };
    update_account(p, id, apply).await?;
    Ok(())
}

/// Checks the texts that an account has.
pub(crate) fn texts(
    name: Option<&str>,
    phone: Option<&str>,
    remark: Option<&str>,
) -> Result<(), Refusal> {
    let check = |field: &'static str, text: Option<&str>, limit: usize| {
        let text = text.unwrap_or_default();
        if text.chars().count() > limit || text.chars().any(char::is_control) {
            return Err(Refusal::Invalid {
                name: field,
                why: format!("one line of at most {limit} characters"),
            });
        }
        Ok(())
    };
    check("name", name, NAME_CHARS)?;
    check("phone", phone, PHONE_CHARS)?;
    check("remark", remark, REMARK_CHARS)
}

fn set(text: &mut String, new: Option<String>) {
    if let Some(new) = new {
        *text = new;
    }
}
