//! Login: the password, then a second factor where the account wants one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hongyan_model::{Error, Factor, Refusal, Result, StaffId, StaffRefusal};
use hongyan_store::staff::{self, StaffRow};
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::trail::{self, Who};
use super::{Client, parse_email};
use crate::challenge::Proof;
use crate::lockout::{self, Subject};
use crate::sessions::{self, NewSession};
use crate::staff::Staff;
use crate::{Platform, factors, password, seal};

/// The second factor has to be shown within.
const TICKET_MS: i64 = 10 * 60 * 1000;
const TICKET_PURPOSE: &str = "login_ticket";
const FINGERPRINT_BYTES: usize = 16;
/// Longer passwords are not hashed.
const PASSWORD_BYTES: usize = 1024;

/// What somebody logs in with.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginAttempt {
    /// Address.
    pub email: String,
    /// Password.
    pub password: String,
    /// The work that an attempt before was told to do.
    pub proof: Option<Proof>,
}

/// What a right password comes to.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    /// Signed in.
    SignedIn(Box<NewSession>),
    /// The second factor is due.
    SecondFactor(SecondFactor),
}

/// A login that waits for its second factor.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// To be handed back with the factor, within ten minutes.
    pub ticket: String,
    /// What can be shown, the preferred one first. A code by mail has been sent already.
    pub factors: Vec<Factor>,
    /// The address, most of it hidden.
    pub email_hint: String,
}

/// Checks the password. Whether an address has an account shows neither in the answer nor in its time.
pub async fn login(p: &Platform, attempt: LoginAttempt, client: Client) -> Result<Login> {
    // An address that cannot be one takes the same way as one without an account.
    let email = parse_email(&attempt.email).unwrap_or_default();
    let subjects = vec![Subject::Account(email.clone()), Subject::network(client.ip)];
    let begun = lockout::begin(p, subjects, attempt.proof.as_ref()).await?;
    let is_last = begun.is_last;

    let row = staff::find_by_email(p.store(), &email).await?;
    let is_right = is_password(p, row.as_ref(), attempt.password).await?;
    let fingerprint = row.as_ref().map(fingerprint_of).unwrap_or_default();
    let staff = row.map(Staff::of_row).transpose()?;
    let who = staff.as_ref().map_or(Who::Claimed(&email), Who::Known);
    let Some(staff) = staff.as_ref().filter(|_| is_right) else {
        let failure = StaffRefusal::LoginFailed.into();
        let detail = if is_last { json!({ "locked": true }) } else { json!({}) };
        trail::write(p, client, who, "login", Some(&failure), detail).await;
        return Err(failure);
    };
    lockout::succeeded(p, begun);
    let result = after_password(p, staff, fingerprint).await;
    let asks_for_more = matches!(result, Ok(Login::SecondFactor(_)));
    let action = if asks_for_more { "login_password" } else { "login" };
    trail::write(p, client, who, action, result.as_ref().err(), json!({})).await;
    result
}

/// Mails another code to a login that waits for it.
pub async fn send_code(p: &Platform, ticket: &str) -> Result<()> {
    factors::send_login_code(p, &holder(p, ticket).await?).await
}

/// Checks the second factor and signs in.
pub async fn finish(
    p: &Platform,
    ticket: &str,
    factor: Factor,
    given: &str,
    client: Client,
) -> Result<NewSession> {
    let staff = holder(p, ticket).await?;
    let result = async {
        factors::check_login(p, &staff, factor, given).await?;
        sessions::create(p, staff.clone(), true).await
    };
    let result = result.await;
    let detail = json!({ "factor": factor.as_str() });
    trail::write(p, client, Who::Known(&staff), "login", result.as_ref().err(), detail).await;
    result
}

async fn after_password(
    p: &Platform,
    staff: &Staff,
    fingerprint: [u8; FINGERPRINT_BYTES],
) -> Result<Login> {
    if !staff.activated {
        return Err(StaffRefusal::NotActivated.into());
    }
    let factors = if staff.login_protection { factors::at_login(p, staff) } else { Vec::new() };
    if factors.is_empty() {
        return Ok(Login::SignedIn(Box::new(sessions::create(p, staff.clone(), false).await?)));
    }
    if factors.contains(&Factor::Email) {
        match factors::send_login_code(p, staff).await {
            // The one before is still good.
            Ok(()) | Err(Error::Refused(Refusal::Staff(StaffRefusal::TooSoon { .. }))) => {}
            Err(error) => return Err(error),
        }
    }
    let ticket = issue_ticket(p, staff.id, fingerprint).await?;
    Ok(Login::SecondFactor(SecondFactor { ticket, factors, email_hint: hint(&staff.email) }))
}

/// Takes as long for an address without an account as for one with.
async fn is_password(p: &Platform, row: Option<&StaffRow>, given: String) -> Result<bool> {
    let given = if given.len() <= PASSWORD_BYTES { given } else { String::new() };
    match row {
        Some(row) => password::verify(p, given, row.password_hash.clone()).await,
        None => {
            password::hash(p, given).await?;
            Ok(false)
        }
    }
}

/// Account, end of its time, fingerprint of the password: a new password ends logins that wait.
async fn issue_ticket(
    p: &Platform,
    staff: StaffId,
    fingerprint: [u8; FINGERPRINT_BYTES],
) -> Result<String> {
    let expires = p.clock().now() + TICKET_MS;
    let plain = [staff.0.to_be_bytes().as_slice(), &expires.to_be_bytes(), &fingerprint].concat();
    Ok(URL_SAFE_NO_PAD.encode(seal::seal(p, TICKET_PURPOSE, &plain).await?))
}

/// Whose ticket it is.
async fn holder(p: &Platform, ticket: &str) -> Result<Staff> {
    let row = match opened(p, ticket).await? {
        Some((staff, expires, fingerprint)) if expires > p.clock().now() => {
            let row = staff::find(p.store(), staff).await?;
            row.filter(|row| row.activated && fingerprint_of(row).ct_eq(&fingerprint).into())
        }
        _ => None,
    };
    match row {
        Some(row) => Staff::of_row(row),
        None => Err(StaffRefusal::SignedOut.into()),
    }
}

async fn opened(
    p: &Platform,
    ticket: &str,
) -> Result<Option<(StaffId, i64, [u8; FINGERPRINT_BYTES])>> {
    let Ok(sealed) = URL_SAFE_NO_PAD.decode(ticket) else { return Ok(None) };
    let Some(plain) = seal::open_if_ours(p, TICKET_PURPOSE, &sealed).await? else {
        return Ok(None);
    };
    let read = || {
        let (staff, rest) = plain.split_first_chunk()?;
        let (expires, rest) = rest.split_first_chunk()?;
        let fingerprint = rest.first_chunk()?;
        Some((StaffId(i64::from_be_bytes(*staff)), i64::from_be_bytes(*expires), *fingerprint))
    };
    Ok(read())
}

fn fingerprint_of(row: &StaffRow) -> [u8; FINGERPRINT_BYTES] {
    let digest = Sha256::digest(row.password_hash.as_bytes());
    *digest.first_chunk().unwrap_or(&[0; FINGERPRINT_BYTES])
}

/// `a***@example.com`.
fn hint(email: &str) -> String {
    let (name, host) = email.split_once('@').unwrap_or_default();
    format!("{}***@{host}", name.chars().next().unwrap_or('*'))
}
