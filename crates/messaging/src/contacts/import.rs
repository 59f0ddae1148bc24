//! Contacts that the customer's server brings along.

use hongyan_model::{Caller, Error, Refusal, Result};

use super::{announce, befriend, check_batch, require_other};
use crate::Messaging;
use crate::users::{existing, subject};

/// What became of each name of an import, as it was given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Import {
    /// They are contacts now.
    pub contacts: Vec<String>,
    /// There is no such user.
    pub unknown: Vec<String>,
    /// This user has no room for more contacts.
    pub full: Vec<String>,
    /// It cannot be, such as the user itself.
    pub illegal: Vec<String>,
}

/// Makes up to 10 users contacts of `user`; nobody is asked, and told only if `notify`.
pub async fn import(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    names: &[String],
    notify: bool,
) -> Result<Import> {
    crate::users::require_app(caller)?;
    let user = subject(m, caller, user).await?;
    check_batch(names)?;
    let mut import = Import::default();
    for name in names {
        let row = match import_one(m, caller, &user, name, notify).await {
            Ok(()) => &mut import.contacts,
            Err(Error::Refused(Refusal::UserNotFound { .. })) => &mut import.unknown,
            Err(Error::Refused(Refusal::InviteeContactsFull)) => &mut import.full,
            Err(Error::Refused(Refusal::Invalid { .. })) => &mut import.illegal,
            Err(error) => return Err(error),
        };
        row.push(name.to_lowercase());
    }
    Ok(import)
}

async fn import_one(
    m: &Messaging,
    caller: &Caller,
    user: &hongyan_model::UserId,
    name: &str,
    notify: bool,
) -> Result<()> {
    let contact = existing(m, caller.app.id, name).await?.id.clone();
    require_other(user, &contact)?;
    if befriend(m, &caller.app, user, &contact, false).await? && notify {
        announce::added(m, &caller.app, user, &contact).await;
        announce::added(m, &caller.app, &contact, user).await;
    }
    Ok(())
}
