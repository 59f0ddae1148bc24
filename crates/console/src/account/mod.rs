//! Accounts: signing in, one's own account and its security, members, invitations, organisations, operation log.

pub(crate) mod audit;
pub(crate) mod invites;
pub(crate) mod login;
pub(crate) mod members;
pub(crate) mod organisations;
pub(crate) mod profile;
pub(crate) mod registration;
pub(crate) mod security;
pub(crate) mod session;
pub(crate) mod words;

use hongyan_platform::accounts::Client;
use serde::Deserialize;

use crate::call::Call;
use crate::endpoint::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(session::routes())
        .merge(login::routes())
        .merge(registration::routes())
        .merge(profile::routes())
        .merge(security::routes())
        .merge(members::routes())
        .merge(invites::routes())
        .merge(organisations::routes())
        .merge(audit::routes())
}

/// The organisation that an operator acts on; others need not name their own.
#[derive(Deserialize)]
struct OrgQuery {
    org: Option<String>,
}

impl OrgQuery {
    fn name(&self) -> Option<&str> {
        self.org.as_deref().filter(|org| !org.is_empty())
    }
}

/// Where the request came from.
fn client(call: &Call) -> Client {
    Client { ip: call.client() }
}
