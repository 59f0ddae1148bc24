//! Passwords of staff: their rule, changing one, and setting a new one when the old is forgotten.

use hongyan_model::{Refusal, Result, StaffId, StaffRefusal};
use hongyan_store::{staff, staff_links, staff_sessions};
use serde_json::json;

use super::trail::{self, Who};
use super::{Client, fresh_link, link_hash, parse_email, stored, update};
use crate::challenge::{self, Proof};
use crate::lockout::{self, Subject};
use crate::mail::{self, Mail, texts};
use crate::roles::Role;
use crate::sessions::{self, Session};
use crate::staff::Staff;
use crate::{Platform, password};

/// Length of a password in characters.
pub const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=22;
/// Length of an operator's password in characters.
pub(super) const OPERATOR_PASSWORD_CHARS: usize = 128;
/// Kinds of characters a password has to have, of capitals, small letters, digits and others.
const CLASSES: usize = 2;
const PURPOSE: &str = "reset_password";
const LINK_MS: i64 = 3600 * 1000;
/// Between two mails.
const PAUSE_MS: i64 = 60 * 1000;

/// Sets a new password and ends all other sessions.
pub async fn change(p: &Platform, session: &Session, old: &str, new: &str) -> Result<()> {
    sessions::require_verified(p, session)?;
    // Checked first: a new password that will not do is no guess at the old one.
    check("new", new, longest(session))?;
    let row = stored(p, session).await?;
    let begun = lockout::begin(p, vec![Subject::Factor(row.id)], None).await?;
    if !password::verify(p, old.to_owned(), row.password_hash).await? {
        return Err(Refusal::WrongPassword.into());
    }
    lockout::succeeded(p, begun);
    if old == new {
        let why = "is the old one".to_owned();
        return Err(Refusal::Invalid { name: "new", why }.into());
    }
    let hash = password::hash(p, new.to_owned()).await?;
    set(p, &session.staff, hash).await?;
    sessions::end_all_of(p, session.staff.id, Some(session)).await
}

/// Operators' passwords may be longer: those from the command line always could.
fn longest(session: &Session) -> usize {
    match session.staff.role {
        Role::Operator => OPERATOR_PASSWORD_CHARS,
        _ => *PASSWORD_CHARS.end(),
    }
}

/// Mails a link with which a new password can be set. The answer is the same whether the address has an account or
/// not, and does not wait for finding out.
pub async fn request_reset(
    p: &Platform,
    email: &str,
    proof: Option<&Proof>,
    client: Client,
) -> Result<()> {
    if !mail::is_configured(p) {
        return Err(StaffRefusal::MailNotConfigured.into());
    }
    let email = parse_email(email)?;
    challenge::require(p, proof).await?;
    lockout::begin(p, vec![Subject::requests(client.ip)], None).await?;
    let p = p.clone();
    tokio::spawn(async move {
        if let Err(error) = mail_link(&p, &email, client).await {
            tracing::error!(?error, "a link for a new password could not be sent");
        }
    });
    Ok(())
}

/// Sets the password of the account that `token` was mailed to, and ends all its sessions.
pub async fn reset(p: &Platform, token: &str, new: &str, client: Client) -> Result<()> {
    let hash = hash_new(p, "password", new, *PASSWORD_CHARS.end()).await?;
    let now = p.clock().now();
    let taken = staff_links::take(p.store(), &link_hash(token), PURPOSE, now).await?;
    let (id, _) = taken.ok_or(StaffRefusal::LinkInvalid)?;
    let staff = crate::staff::find(p, id).await?.ok_or(StaffRefusal::LinkInvalid)?;
    let result = async {
        set(p, &staff, hash).await?;
        Ok(staff_sessions::delete_of(p.store(), id, None).await?)
    };
    let result = result.await;
    trail::write(p, client, Who::Known(&staff), "reset_password", result.as_ref().err(), json!({}))
        .await;
    result
}

/// Checks the rule for a new password of at most `longest` characters and hashes it.
pub(crate) async fn hash_new(
    p: &Platform,
    name: &'static str,
    new: &str,
    longest: usize,
) -> Result<String> {
    check(name, new, longest)?;
    password::hash(p, new.to_owned()).await
}

/// Makes the links for a new password, which were mailed to the account, worthless.
pub(super) async fn drop_reset_links(p: &Platform, staff: StaffId) -> Result<()> {
    Ok(staff_links::drop_all(p.store(), staff, PURPOSE).await?)
}

async fn mail_link(p: &Platform, email: &str, client: Client) -> Result<()> {
    let Some(row) = staff::find_by_email(p.store(), email).await? else { return Ok(()) };
    let staff = Staff::of_row(row)?;
    let (link, token_hash) = fresh_link(p, "/user/reset")?;
    let now = p.clock().now();
    let new = staff_links::NewLink {
        token_hash,
        staff: staff.id,
        purpose: PURPOSE,
        email: staff.email.clone(),
        created: now,
        expires: now + LINK_MS,
    };
    if !staff_links::insert(p.store(), &new, now - PAUSE_MS).await? {
        return Ok(());
    }
    let (subject, text) = texts::reset_password(staff.language, &link);
    let (to, org) = (staff.email.clone(), staff.org_id());
    let result = mail::send(p, Mail { purpose: PURPOSE, to, org, subject, text });
    trail::write(
        p,
        client,
        Who::Known(&staff),
        "forgot_password",
        result.as_ref().err(),
        json!({}),
    )
    .await;
    result
}

/// Stores a password that its owner chose.
async fn set(p: &Platform, staff: &Staff, hash: String) -> Result<()> {
    let change = |row: &mut staff::StaffRow| {
        row.password_hash = hash;
        row.must_change_password = false;
        Ok(())
    };
    update(p, staff.id, change).await?;
    drop_reset_links(p, staff.id).await?;
    lockout::forgive(p, &staff.email);
    Ok(())
}

fn check(name: &'static str, password: &str, longest: usize) -> Result<(), Refusal> {
    let chars = password.chars().count();
    let classes = [
        password.chars().any(char::is_uppercase),
        password.chars().any(char::is_lowercase),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_uppercase() && !c.is_lowercase() && !c.is_ascii_digit()),
    ];
    let kinds = classes.into_iter().filter(|there| *there).count();
    let shortest = *PASSWORD_CHARS.start();
    if (shortest..=longest).contains(&chars) && kinds >= CLASSES {
        return Ok(());
    }
    let why = format!(
        "{shortest} to {longest} characters of at least {CLASSES} kinds: capitals, small letters, digits, others"
    );
    Err(Refusal::Invalid { name, why })
}
