//! The address of an account: proven by a link that is mailed to it.

use hongyan_model::{Result, StaffRefusal};
use hongyan_store::{staff, staff_links};
use serde_json::json;

use super::trail::{self, Who};
use super::{Client, fresh_link, link_hash, parse_email};
use crate::Platform;
use crate::mail::{self, Mail, texts};
use crate::sessions::{self, Session};
use crate::staff::Staff;

const PURPOSE: &str = "verify_email";
const LINK_MS: i64 = 24 * 3600 * 1000;
/// Between two mails.
const PAUSE_MS: i64 = 60 * 1000;

/// Mails a link that proves the account's address.
pub async fn send_verification(p: &Platform, session: &Session) -> Result<()> {
    mail_link(p, &session.staff, &session.staff.email).await
}

/// Changes the address. With a mail server it changes when the link that is mailed to the new address is opened;
/// without one at once, unverified. Answers whether a link was mailed.
pub async fn change(p: &Platform, session: &Session, email: &str) -> Result<bool> {
    sessions::require_verified(p, session)?;
    let email = parse_email(email)?;
    let holder = staff::find_by_email(p.store(), &email).await?;
    if holder.is_some_and(|holder| holder.id != session.staff.id) {
        return Err(StaffRefusal::EmailTaken.into());
    }
    if mail::is_configured(p) {
        mail_link(p, &session.staff, &email).await?;
        return Ok(true);
    }
    if !staff::set_email(p.store(), session.staff.id, &email, false).await? {
        return Err(StaffRefusal::EmailTaken.into());
    }
    super::drop_reset_links(p, session.staff.id).await?;
    Ok(false)
}

/// Opens the link: the address it was mailed to is the account's, and verified.
pub async fn verify(p: &Platform, token: &str, client: Client) -> Result<()> {
    let now = p.clock().now();
    let taken = staff_links::take(p.store(), &link_hash(token), PURPOSE, now).await?;
    let (id, email) = taken.ok_or(StaffRefusal::LinkInvalid)?;
    let staff = crate::staff::find(p, id).await?.ok_or(StaffRefusal::LinkInvalid)?;
    let result = if staff::set_email(p.store(), id, &email, true).await? {
        // Whoever still reads the address before gets in by none of its links.
        super::drop_reset_links(p, id).await?;
        Ok(())
    } else {
        Err(StaffRefusal::EmailTaken.into())
    };
    let detail = json!({ "email": email });
    trail::write(p, client, Who::Known(&staff), "verify_email", result.as_ref().err(), detail)
        .await;
    result
}

pub(super) async fn mail_link(p: &Platform, staff: &Staff, email: &str) -> Result<()> {
    if !mail::is_configured(p) {
        return Err(StaffRefusal::MailNotConfigured.into());
    }
    let (link, token_hash) = fresh_link(p, "/user/verify")?;
    let now = p.clock().now();
    let new = staff_links::NewLink {
        token_hash,
        staff: staff.id,
        purpose: PURPOSE,
        email: email.to_owned(),
        created: now,
        expires: now + LINK_MS,
    };
    if !staff_links::insert(p.store(), &new, now - PAUSE_MS).await? {
        return Err(StaffRefusal::TooSoon { retry_after_seconds: PAUSE_MS / 1000 }.into());
    }
    let (subject, text) = texts::verify_email(staff.language, &link);
    let (to, org) = (email.to_owned(), staff.org_id());
    mail::send(p, Mail { purpose: PURPOSE, to, org, subject, text })
}
