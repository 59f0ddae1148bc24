//! Members who do not want to hear a group: its messages are not delivered to them, and its history stays readable.
//!
//! The member's row says from which log position on messages are meant for it, and its sessions are not told of the
//! group's messages: nobody else's messages cost more by that.

use hongyan_model::{Caller, GroupId, Muc, Refusal, Result, Role, UserId};
use hongyan_msync::proto::muc_body::Operation;
use hongyan_store::groups::{self, Membership, UNHEARD};

use super::{announce, membership, not_found};
use crate::muc::MucOperation;
use crate::{Messaging, muc};

/// The calling user wants to hear nothing of the group, or hears it again: what was written meanwhile, or had not
/// been delivered by then, is in the history only. Not for the owner and administrators.
pub async fn set_shielded(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    shielded: bool,
) -> Result<UserId> {
    let group = GroupId::parse(group)?;
    let (app, user) = (caller.app.id, caller.user().ok_or(Refusal::NotPermitted)?);
    let before = match membership(m, app, &group, user).await? {
        Membership::NoGroup => return Err(not_found(&group).into()),
        Membership::NotMember => return Err(Refusal::NotInGroup.into()),
        Membership::Member { role, .. } if shielded && role > Role::Member => {
            return Err(Refusal::RoleTooLow.into());
        }
        Membership::Member { joined_at, .. } => joined_at == UNHEARD,
    };
    if before == shielded {
        return Ok(user.clone());
    }
    let from = if shielded { UNHEARD } else { m.ids().next(m.clock().now()) };
    if !groups::set_heard_from(m.store(), app, &group, user, from).await? {
        return Err(Refusal::NotInGroup.into());
    }
    m.0.memberships.forget(app, &group);
    let operation = if shielded {
        m.router().group_left(app, &group, user);
        Operation::Block
    } else {
        m.router().group_joined(app, &group, user);
        Operation::Unblock
    };
    let told = MucOperation::Shielded(shielded);
    muc::told(m, caller, &Muc::Group(group.clone()), told).await;
    announce::to_own_devices(m, caller, &group, operation, user).await;
    Ok(user.clone())
}
