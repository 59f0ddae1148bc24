//! Accounts: registration, login, passwords, addresses, protection.
//!
//! What happens before a session exists is written to the operation log here; what a session does, by the console
//! around the call.

mod email;
mod link;
mod login;
mod operators;
mod passwords;
mod profile;
mod registration;
mod trail;

use std::net::IpAddr;

use hongyan_model::{Fault, Refusal, Result, StaffId};
use hongyan_store::staff::{self, StaffRow};

use crate::Platform;
use crate::sessions::Session;
use crate::staff::Staff;

pub use email::{change as change_email, send_verification, verify as verify_email};
pub(crate) use link::{fresh as fresh_link, hash as link_hash};
pub use login::{Login, LoginAttempt, SecondFactor, finish as finish_login, login, send_code};
pub use operators::{OneTimePassword, create_operator, ensure_operator};
use passwords::drop_reset_links;
pub(crate) use passwords::hash_new as hash_new_password;
pub use passwords::{PASSWORD_CHARS, change as change_password, request_reset, reset};
pub use profile::{ProfileChange, update as update_profile};
pub use profile::{SecuritySettings, security, set_protection};
pub(crate) use profile::{save_protection, texts as check_texts};
pub use registration::{NewAccount, OrgKind, Registration, register};

/// Longest address, in bytes.
const EMAIL_BYTES: usize = 254;

/// Where a request comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Client {
    /// Address.
    pub ip: IpAddr,
}

/// The address in the form in which it is stored and compared.
pub(crate) fn parse_email(given: &str) -> Result<String, Refusal> {
    let email = given.trim().to_lowercase();
    // What quoting would allow is a trap in headers and URLs and nobody's address.
    let legal = |c: char| c.is_ascii_graphic() && !"\"(),:;<>[\\]".contains(c);
    let plausible = email.len() <= EMAIL_BYTES
        && email.chars().all(legal)
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && name.len() <= 64 && is_host(host));
    if plausible {
        Ok(email)
    } else {
        Err(Refusal::Invalid { name: "email", why: "not an e-mail address".to_owned() })
    }
}

fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.split('.').all(label)
}

/// Changes the account of a session; it is there, or the session would not be.
async fn update(
    p: &Platform,
    id: StaffId,
    change: impl FnOnce(&mut StaffRow) -> Result<(), Refusal>,
) -> Result<Staff> {
    let changed = staff::update(p.store(), id, change).await?;
    let changed = changed.ok_or_else(|| Fault::new("an account is gone", "deleted meanwhile"))?;
    Staff::of_row(changed?)
}

/// The stored form of the account of a session.
async fn stored(p: &Platform, session: &Session) -> Result<StaffRow> {
    let row = staff::find(p.store(), session.staff.id).await?;
    Ok(row.ok_or_else(|| Fault::new("an account is gone", "deleted meanwhile"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_folded_and_the_odd_ones_refused() {
        assert_eq!(parse_email(" Me.Too+x@Host.Example ").unwrap(), "me.too+x@host.example");
        assert_eq!(parse_email("operator@localhost").unwrap(), "operator@localhost");
        let long = format!("{}@host", "x".repeat(65));
        for bad in [
            "",
            "me",
            "@host",
            "me@",
            "me @host",
            "a@b@c",
            "me@host..com",
            "me@-host",
            "me@host\n",
            "me\0@host",
            "\"a\"@host",
            "a:b@host",
            "ü@host",
            "me@host,b@host",
            "<me@host>",
            &long,
        ] {
            assert_eq!(parse_email(bad).is_ok(), bad == "me@host\n", "{bad:?}");
        }
    }
}
