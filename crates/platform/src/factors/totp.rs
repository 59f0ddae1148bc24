//! Authenticator apps: TOTP (RFC 6238), six digits, 30 seconds, one step of tolerance; a step is used once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hongyan_model::{Fault, Result, StaffId, StaffRefusal};
use hongyan_store::{staff, staff_factors};
use totp_rs::{Builder, Totp};

use super::recovery;
use crate::lockout::{self, Subject};
use crate::sessions::{self, Session};
use crate::{Platform, accounts, random, seal};

/// Name that the app shows.
const ISSUER: &str = "Hongyan";
const SECRET_BYTES: usize = 20;
/// An offer has to be confirmed within.
const OFFER_MS: i64 = 15 * 60 * 1000;

/// A secret for the app, not yet bound.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpOffer {
    /// Base 32, to be typed.
    pub secret: String,
    /// `otpauth://…`, to be drawn as a QR code.
    pub url: String,
    /// To be handed back with the first code.
    pub ticket: String,
}

/// Offers a secret. Needs a fresh verification, whatever the account protects.
pub async fn begin(p: &Platform, session: &Session) -> Result<TotpOffer> {
    if session.staff.totp_bound {
        return Err(StaffRefusal::FactorState.into());
    }
    sessions::require_fresh(p, session)?;
    let secret = random::bytes::<SECRET_BYTES>()?;
    let totp = totp(&secret, &session.staff.email)?;
    let url = totp.to_url().map_err(|error| Fault::new("no URL of a second factor", error))?;
    let expires = p.clock().now() + OFFER_MS;
    let plain = [&expires.to_be_bytes(), secret.as_slice()].concat();
    let sealed = seal::seal(p, &offered_to(session.staff.id), &plain).await?;
    Ok(TotpOffer { secret: totp.secret().to_base32(), url, ticket: URL_SAFE_NO_PAD.encode(sealed) })
}

/// Binds the app that shows `code` for the offered secret, and sets what is protected; answers the recovery codes.
pub async fn confirm(
    p: &Platform,
    session: &Session,
    ticket: &str,
    code: &str,
    login_protection: bool,
    operation_protection: bool,
) -> Result<Vec<String>> {
    let id = session.staff.id;
    if session.staff.totp_bound {
        return Err(StaffRefusal::FactorState.into());
    }
    sessions::require_fresh(p, session)?;
    let secret = offered_secret(p, id, ticket).await?.ok_or(StaffRefusal::LinkInvalid)?;
    let begun = lockout::begin(p, vec![Subject::Factor(id)], None).await?;
    let step = step(p, &secret, code.trim())?.ok_or(StaffRefusal::WrongCode)?;
    lockout::succeeded(p, begun);
    let sealed = seal::seal(p, &sealed_for(id), &secret).await?;
    let (codes, hashes) = recovery::fresh()?;
    staff_factors::set_totp(p.store(), id, Some(&sealed), step, &hashes).await?;
    accounts::save_protection(p, id, login_protection, operation_protection).await?;
    Ok(codes)
}

/// Unbinds the app. Login protection ends with it where no other factor is there to ask for.
pub async fn unbind(p: &Platform, session: &Session) -> Result<()> {
    if !session.staff.totp_bound {
        return Err(StaffRefusal::FactorState.into());
    }
    sessions::require_fresh(p, session)?;
    remove(p, session.staff.id).await
}

/// Removes the app and the recovery codes.
pub(crate) async fn remove(p: &Platform, id: StaffId) -> Result<()> {
    staff_factors::set_totp(p.store(), id, None, 0, &[]).await?;
    let Some(staff) = crate::staff::find(p, id).await? else { return Ok(()) };
    if staff.login_protection && super::at_login(p, &staff).is_empty() {
        accounts::save_protection(p, id, false, staff.operation_protection).await?;
    }
    Ok(())
}

/// Whether `code` is one of the bound app's that was not used before; it is used then.
pub(super) async fn check(p: &Platform, id: StaffId, code: &str) -> Result<bool> {
    let row = staff::find(p.store(), id).await?;
    let Some(sealed) = row.and_then(|row| row.totp_secret) else { return Ok(false) };
    let secret = seal::open(p, &sealed_for(id), &sealed).await?;
    let Some(step) = step(p, &secret, code)? else { return Ok(false) };
    Ok(staff::use_totp_step(p.store(), id, step).await?)
}

/// The time step whose code it is, if it is one of now.
fn step(p: &Platform, secret: &[u8], code: &str) -> Result<Option<i64>> {
    let seconds = u64::try_from(p.clock().now() / 1000).unwrap_or_default();
    let step = totp(secret, "")?.check(code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn totp(secret: &[u8], account: &str) -> Result<Totp> {
    let builder = Builder::new().with_secret(secret.to_vec()).with_issuer(Some(ISSUER));
    let totp = builder.with_account_name(account).with_skew(1).build();
    Ok(totp.map_err(|error| Fault::new("unusable second factor", error))?)
}

async fn offered_secret(p: &Platform, id: StaffId, ticket: &str) -> Result<Option<Vec<u8>>> {
    let Ok(sealed) = URL_SAFE_NO_PAD.decode(ticket) else { return Ok(None) };
    let Some(plain) = seal::open_if_ours(p, &offered_to(id), &sealed).await? else {
        return Ok(None);
    };
    let Some((expires, secret)) = plain.split_first_chunk() else { return Ok(None) };
    let is_fresh = i64::from_be_bytes(*expires) > p.clock().now();
    Ok(is_fresh.then(|| secret.to_vec()))
}

fn offered_to(id: StaffId) -> String {
    format!("totp_offer {}", id.0)
}

fn sealed_for(id: StaffId) -> String {
    format!("totp_secret {}", id.0)
}
