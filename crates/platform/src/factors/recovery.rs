//! Recovery codes: shown once, each used once, for when the authenticator app is lost.

use hongyan_model::{Result, StaffId, StaffRefusal};
use hongyan_store::staff_factors;
use sha2::{Digest, Sha256};

use crate::sessions::{self, Session};
use crate::{Platform, random};

const CODES: usize = 10;
/// Characters of a code: 80 bits, nothing to guess, so a plain hash is enough.
const CHARS: usize = 16;
/// Base 32 without what is mistaken for something else.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Replaces the codes of an account with an authenticator app by new ones, which are shown this once.
pub async fn renew(p: &Platform, session: &Session) -> Result<Vec<String>> {
    if !session.staff.totp_bound {
        return Err(StaffRefusal::FactorState.into());
    }
    sessions::require_fresh(p, session)?;
    let (codes, hashes) = fresh()?;
    staff_factors::set_recovery_codes(p.store(), session.staff.id, &hashes).await?;
    Ok(codes)
}

/// New codes and the hashes to store.
pub(super) fn fresh() -> Result<(Vec<String>, Vec<Vec<u8>>)> {
    let codes = (0..CODES).map(|_| code()).collect::<Result<Vec<_>>>()?;
    let hashes = codes.iter().map(|code| hash(code)).collect();
    Ok((codes, hashes))
}

/// Uses up a code; `false` if there is none such.
pub(super) async fn take(p: &Platform, staff: StaffId, given: &str) -> Result<bool> {
    Ok(staff_factors::take_recovery_code(p.store(), staff, &hash(given)).await?)
}

/// Four groups of four characters.
fn code() -> Result<String> {
    let bytes = random::bytes::<CHARS>()?;
    let mut code = String::with_capacity(CHARS + 3);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && index % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(code)
}

/// However it was typed: dashes, spaces and case do not matter.
fn hash(code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    Sha256::digest(plain.to_ascii_lowercase()).to_vec()
}
