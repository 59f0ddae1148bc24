//! How staff prove who they are, besides the password of the login: authenticator app, recovery codes, codes by
//! mail. The app comes before the mail; where neither is there, the password serves again.

mod codes;
mod recovery;
mod totp;

use hongyan_model::{Factor, Refusal, Result, StaffRefusal, Timestamp};
use hongyan_store::{staff, staff_factors};

use crate::lockout::{self, Subject};
use crate::sessions::{self, Session};
use crate::staff::Staff;
use crate::{Platform, mail, password};

pub(crate) use totp::remove as remove_totp;

pub use recovery::renew as renew_recovery_codes;
pub use totp::{TotpOffer, begin as begin_totp, confirm as confirm_totp, unbind as unbind_totp};

/// What a factor is shown for: a code by mail serves for one of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    Login,
    Operation,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Operation => "operation",
        }
    }
}

/// The factors of an account for protected operations, the preferred one first; there is always one.
#[must_use]
pub fn of(p: &Platform, staff: &Staff) -> Vec<Factor> {
    let factors = at_login(p, staff);
    if factors.is_empty() { vec![Factor::Password] } else { factors }
}

/// The factors that a login can ask for after the password.
#[must_use]
pub fn at_login(p: &Platform, staff: &Staff) -> Vec<Factor> {
    if staff.totp_bound {
        vec![Factor::Totp, Factor::Recovery]
    } else if mail::is_configured(p) && staff.email_verified {
        vec![Factor::Email]
    } else {
        Vec::new()
    }
}

/// Number of recovery codes that are left.
pub async fn recovery_codes_left(p: &Platform, staff: &Staff) -> Result<i64> {
    Ok(staff_factors::recovery_codes_left(p.store(), staff.id).await?)
}

/// Mails a code for [`verify`].
pub async fn send_code(p: &Platform, session: &Session) -> Result<()> {
    require_offered(&of(p, &session.staff), Factor::Email)?;
    codes::send(p, &session.staff, Purpose::Operation).await
}

/// Opens protected operations for ten minutes; answers until when.
pub async fn verify(
    p: &Platform,
    session: &Session,
    factor: Factor,
    given: &str,
) -> Result<Timestamp> {
    require_offered(&of(p, &session.staff), factor)?;
    check(p, &session.staff, factor, given, Purpose::Operation).await?;
    sessions::mark_verified(p, session).await
}

/// Sends the code of a login.
pub(crate) async fn send_login_code(p: &Platform, staff: &Staff) -> Result<()> {
    require_offered(&at_login(p, staff), Factor::Email)?;
    codes::send(p, staff, Purpose::Login).await
}

/// Checks the factor of a login.
pub(crate) async fn check_login(
    p: &Platform,
    staff: &Staff,
    factor: Factor,
    given: &str,
) -> Result<()> {
    require_offered(&at_login(p, staff), factor)?;
    check(p, staff, factor, given, Purpose::Login).await
}

async fn check(
    p: &Platform,
    staff: &Staff,
    factor: Factor,
    given: &str,
    purpose: Purpose,
) -> Result<()> {
    let begun = lockout::begin(p, vec![Subject::Factor(staff.id)], None).await?;
    let given = given.trim();
    let is_right = match factor {
        Factor::Totp => totp::check(p, staff.id, given).await?,
        Factor::Recovery => recovery::take(p, staff.id, given).await?,
        Factor::Email => codes::check(p, staff.id, given, purpose).await?,
        Factor::Password => is_password(p, staff, given).await?,
    };
    if !is_right {
        return Err(StaffRefusal::WrongCode.into());
    }
    lockout::succeeded(p, begun);
    Ok(())
}

async fn is_password(p: &Platform, staff: &Staff, given: &str) -> Result<bool> {
    let Some(row) = staff::find(p.store(), staff.id).await? else { return Ok(false) };
    password::verify(p, given.to_owned(), row.password_hash).await
}

fn require_offered(offered: &[Factor], factor: Factor) -> Result<(), Refusal> {
    if offered.contains(&factor) {
        return Ok(());
    }
    let offered: Vec<&str> = offered.iter().map(|factor| factor.as_str()).collect();
    let why = format!("this account has {}", offered.join(", "));
    Err(Refusal::Invalid { name: "factor", why })
}
