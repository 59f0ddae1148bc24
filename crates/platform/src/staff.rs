//! Staff: the accounts of the console. An operator runs the installation.

use hongyan_model::{Refusal, Result};
use hongyan_store::staff;

use crate::{Platform, password};

const EMAIL_BYTES: usize = 254;
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=128;

/// Makes an operator's account.
pub async fn create_operator(p: &Platform, email: &str, password: &str) -> Result<()> {
    let email = email.trim().to_lowercase();
    let plausible = email.len() <= EMAIL_BYTES
        && !email.contains(char::is_whitespace)
        && email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if !plausible {
        return Err(
            Refusal::Invalid { name: "email", why: "not an e-mail address".to_owned() }.into()
        );
    }
    if !PASSWORD_CHARS.contains(&password.chars().count()) {
        let why =
            format!("needs {} to {} characters", PASSWORD_CHARS.start(), PASSWORD_CHARS.end());
        return Err(Refusal::Invalid { name: "password", why }.into());
    }
    let hash = password::hash(p, password.to_owned()).await?;
    let created = staff::insert_operator(p.store(), &email, &hash, p.clock().now()).await?;
    if !created {
        return Err(
            Refusal::Invalid { name: "email", why: "has an account already".to_owned() }.into()
        );
    }
    tracing::info!("operator account created");
    Ok(())
}

/// Whether the installation has an operator.
pub async fn any_operator(p: &Platform) -> Result<bool> {
    Ok(staff::any_operator(p.store()).await?)
}
