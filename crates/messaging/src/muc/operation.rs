//! What happened to a group or chat room, as it is told outside the domain (docs/callbacks.md, "Operations").
//!
//! Told once for each operation, with what a listener has to know; what members' devices are told is another matter, of
//! the modules that announce.

use hongyan_model::{AppId, Caller, Group, Muc, Result, Room, Timestamp, UserId};

use super::{SharedFile, facts};
use crate::Messaging;
use crate::hooks::Happening;
use crate::messages::events;

/// What happened.
#[derive(Clone, Copy, Debug)]
pub enum MucOperation<'a> {
    /// It is new.
    Created {
        /// What it looks like.
        info: Info<'a>,
        /// Who is in it, the owner first.
        members: &'a [UserId],
    },
    /// It is gone.
    Destroyed,
    /// It looks like this now.
    Updated(Info<'a>),
    /// The customer's server closed or opened it.
    Disabled(bool),
    /// It shows this text; an empty one: none.
    Announced(&'a str),
    /// It has another owner.
    Transferred {
        /// Who was it.
        former: &'a UserId,
        /// Who is it.
        new: &'a UserId,
    },
    /// The caller wants to come in.
    Applied {
        /// In its words.
        reason: &'a str,
        /// Who can answer.
        recipients: &'a [UserId],
    },
    /// Who wants to come in may not.
    ApplicationDeclined {
        /// Who.
        user: &'a UserId,
        /// In the words of who declined.
        reason: &'a str,
    },
    /// Users are asked to come in.
    Invited(&'a [UserId]),
    /// The caller does not come in.
    InvitationDeclined {
        /// Who invited it; `None`: the customer's server, or somebody who is no more.
        inviter: Option<&'a UserId>,
    },
    /// Users came in.
    Joined {
        /// Who.
        users: &'a [UserId],
        /// How.
        how: Joining<'a>,
        /// Members with them.
        count: u32,
    },
    /// Users are gone.
    Left {
        /// Who.
        users: &'a [UserId],
        /// How.
        how: Leaving,
        /// Members without them.
        count: u32,
    },
    /// Users are on or off a list.
    Listed {
        /// Which.
        list: MucList,
        /// On it, until when; `None`: off it.
        until: Option<Timestamp>,
        /// Who.
        users: &'a [UserId],
    },
    /// Nobody but some may write, or everybody again.
    AllMuted(bool),
    /// The caller does not want to hear of it, or does again.
    Shielded(bool),
    /// A file is shared.
    FileShared(&'a SharedFile),
    /// It is no more.
    FileRemoved(&'a SharedFile),
}

/// How users came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Joining<'a> {
    /// By themselves, or somebody brought them in.
    Direct,
    /// The caller accepted the invitation of this user; `None`: of the customer's server, or of somebody who is no more.
    Invitation(Option<&'a UserId>),
    /// The caller accepted their applications.
    Application,
}

/// How users left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leaving {
    /// By themselves.
    Quit,
    /// They stayed away from a chat room for too long.
    Absence,
    /// The caller removed them.
    Kick,
    /// The caller put them on the block list.
    Block,
    /// They are being deleted.
    Deletion,
}

/// A list of members.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MucList {
    /// Administrators.
    Admins,
    /// Who may not be in it.
    Blocked,
    /// Who may not write.
    Muted,
    /// Who may write while all are muted.
    Allowed,
}

/// What a group or chat room looks like.
#[derive(Clone, Copy, Debug)]
pub struct Info<'a> {
    /// The group or room.
    pub of: InfoOf<'a>,
    /// Whether all are muted.
    pub all_muted: bool,
}

/// Of which it is.
#[derive(Clone, Copy, Debug)]
pub enum InfoOf<'a> {
    /// A group.
    Group(&'a Group),
    /// A chat room.
    Room(&'a Room),
}

/// Tells what happened; it has happened, so a failure is only logged.
pub(crate) async fn told(m: &Messaging, caller: &Caller, muc: &Muc, what: MucOperation<'_>) {
    events::told_outside(m, &caller.app, Happening::Muc(caller, muc, what)).await;
}

/// What a group or room that is not new looks like.
pub(crate) async fn info<'a>(
    m: &Messaging,
    app: AppId,
    muc: &Muc,
    of: InfoOf<'a>,
) -> Result<Info<'a>> {
    Ok(Info { of, all_muted: facts::all_muted(m, app, muc).await? })
}
