//! Codes sent by mail: six digits, for ten minutes and five tries.

use hongyan_model::{Result, StaffId, StaffRefusal};
use hongyan_store::staff_factors;
use subtle::ConstantTimeEq;

use super::Purpose;
use crate::mail::{self, Mail, texts};
use crate::staff::Staff;
use crate::{Platform, random, seal};

const LIFETIME_MS: i64 = 10 * 60 * 1000;
/// Between two codes.
const PAUSE_MS: i64 = 60 * 1000;
const TRIES: i64 = 5;

/// Mails a new code, which replaces the one before.
pub(super) async fn send(p: &Platform, staff: &Staff, purpose: Purpose) -> Result<()> {
    let code = fresh()?;
    let sealed = seal::seal(p, &sealed_for(staff.id), code.as_bytes()).await?;
    let now = p.clock().now();
    let word = purpose.as_str();
    let put = staff_factors::put_code(
        p.store(),
        staff.id,
        word,
        &sealed,
        now - PAUSE_MS,
        now,
        now + LIFETIME_MS,
    );
    if !put.await? {
        return Err(StaffRefusal::TooSoon { retry_after_seconds: PAUSE_MS / 1000 }.into());
    }
    let (subject, text) = texts::code(staff.language, &code);
    let to = staff.email.clone();
    mail::send(p, Mail { purpose: "code", to, org: staff.org_id(), subject, text })
}

/// Whether `given` is the code that was mailed; it is used up then.
pub(super) async fn check(
    p: &Platform,
    staff: StaffId,
    given: &str,
    purpose: Purpose,
) -> Result<bool> {
    let word = purpose.as_str();
    let now = p.clock().now();
    let sealed = staff_factors::try_code(p.store(), staff, word, TRIES, now).await?;
    let Some(sealed) = sealed else { return Ok(false) };
    let code = seal::open(p, &sealed_for(staff), &sealed).await?;
    let matches: bool = code.ct_eq(given.as_bytes()).into();
    Ok(matches && staff_factors::take_code(p.store(), staff, word).await?)
}

/// Six random digits.
fn fresh() -> Result<String> {
    // The bias of the remainder is one in a billion.
    let number = u64::from_be_bytes(random::bytes()?) % 1_000_000;
    Ok(format!("{number:06}"))
}

fn sealed_for(staff: StaffId) -> String {
    format!("mailed_code {}", staff.0)
}
