//! Operators: who runs the installation.

use hongyan_model::{Refusal, Result};
use hongyan_store::staff::{self, NewStaff};

use super::parse_email;
use super::passwords::{OPERATOR_PASSWORD_CHARS, hash_new};
use crate::staff::Language;
use crate::{Platform, random};

/// Account of the operator that the first start makes.
const FIRST_OPERATOR: &str = "operator@localhost";
const ONE_TIME_CHARS: usize = 16;
/// Letters and digits that are not mistaken for one another: 80 bits in 16 of them.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// A password to be shown once, and changed at the first login.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimePassword {
    /// Address to sign in with.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Makes an operator's account.
pub async fn create_operator(p: &Platform, email: &str, password: &str) -> Result<()> {
    let email = parse_email(email)?;
    let hash = hash_new(p, "password", password, OPERATOR_PASSWORD_CHARS).await?;
    if !insert(p, email, hash, false).await? {
        let why = "has an account already".to_owned();
        return Err(Refusal::Invalid { name: "email", why }.into());
    }
    tracing::info!("operator account created");
    Ok(())
}

/// Makes the first operator of an installation without one, with a random password.
pub async fn ensure_operator(p: &Platform) -> Result<Option<OneTimePassword>> {
    if staff::any_operator(p.store()).await? {
        return Ok(None);
    }
    let password = one_time_password()?;
    let hash = hash_new(p, "password", &password, OPERATOR_PASSWORD_CHARS).await?;
    let email = FIRST_OPERATOR.to_owned();
    // Another node may have been quicker.
    let is_made = insert(p, email.clone(), hash, true).await?;
    Ok(is_made.then_some(OneTimePassword { email, password }))
}

async fn insert(p: &Platform, email: String, hash: String, must_change: bool) -> Result<bool> {
    let new = NewStaff {
        email,
        password_hash: hash,
        language: Language::default().as_str().to_owned(),
        activated: true,
        must_change_password: must_change,
        may_reveal_secret: true,
        created: p.clock().now(),
        ..NewStaff::default()
    };
    Ok(staff::insert_operator(p.store(), &new).await?.is_some())
}

/// Four groups of four, easy to type.
fn one_time_password() -> Result<String> {
    let bytes = random::bytes::<ONE_TIME_CHARS>()?;
    let letters = bytes.map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}
