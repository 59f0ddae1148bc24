//! Contact and block-list changes as SDKs before 4.7 send them: over the socket, awaiting no answer.

use hongyan_model::{Caller, Refusal, Result};
use hongyan_msync::Message;
use hongyan_msync::proto::roster_body::Operation;
use hongyan_msync::proto::{Meta, RosterBody};

use super::{accept, decline, invite, remove};
use crate::{Messaging, blocks};

/// Does what an uplink of the ROSTER name space asks for; what is no request is ignored.
pub async fn apply_uplink(m: &Messaging, caller: &Caller, uplink: Meta) -> Result<()> {
    let user = caller.user().ok_or(Refusal::NotPermitted)?.to_string();
    let body = RosterBody::decode(uplink.payload.unwrap_or_default())
        .map_err(|error| Refusal::Invalid { name: "payload", why: error.to_string() })?;
    let names: Vec<String> = body.to.iter().filter_map(|to| to.name.clone()).collect();
    let first = names.first().ok_or(Refusal::Missing { name: "to" })?;
    match body.operation() {
        Operation::Add => drop(invite(m, caller, &user, &names, body.reason.as_deref()).await?),
        Operation::Remove => drop(remove(m, caller, &user, first).await?),
        Operation::Accept => accept(m, caller, &user, first).await?,
        Operation::Decline => decline(m, caller, &user, first).await?,
        Operation::Ban => drop(blocks::add(m, caller, &user, &names).await?),
        Operation::Allow => blocks::remove(m, caller, &user, &names).await?,
        Operation::GetRoster
        | Operation::GetBlacklist
        | Operation::RemoteAccept
        | Operation::RemoteDecline => {}
    }
    Ok(())
}
