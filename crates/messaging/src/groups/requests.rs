//! Coming into a group when somebody has to agree: applications, which its owner and administrators answer, and
//! invitations, which the invited user answers.
//!
//! What waits is a row, so that it can be answered whenever, by whoever logs in then. Repeated, it is the same row, and
//! those who can answer are told again.

use hongyan_model::{App, Caller, Feature, Group, GroupId, Refusal, Result, Role, UserId};
use hongyan_msync::proto::muc_body::Operation;
use hongyan_store::group_requests::{self, Asking, RequestKind};
use hongyan_store::groups::Membership;

use super::members::{distinct, enroll, require_inviter};
use super::{acting, announce, membership, not_found, require, require_enabled};
use crate::Messaging;
use crate::muc::Joining;
use crate::users::{self, addressed};

/// What became of one user of [`invite`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invited {
    /// Who.
    pub user: UserId,
    /// Why it was not invited; `None`: it was, or is a member now.
    pub failure: Option<NotInvited>,
}

/// Why a user was not invited.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotInvited {
    /// It is in the group already.
    Member,
    /// It is on the group's block list.
    Blocked,
}

/// The calling user wants to come into a public group: it is in at once, or asks the owner and administrators with
/// `message`, as the group wants it.
pub async fn apply(m: &Messaging, caller: &Caller, group: &str, message: &str) -> Result<UserId> {
    let group = GroupId::parse(group)?;
    let user = caller.user().ok_or(Refusal::NotPermitted)?;
    let found = require(m, caller, &group).await?;
    require_enabled(m, caller.app.id, &group).await?;
    if is_member(m, caller, &group, user).await? {
        return Err(already_member(user, &group).into());
    }
    if !found.public {
        return Err(Refusal::GroupNotPublic.into());
    }
    check_reason(&caller.app, "message", message)?;
    if !found.members_only {
        let (changed, added) = enroll(m, caller, &group, std::slice::from_ref(user)).await?;
        if added.is_empty() {
            return Err(already_member(user, &group).into());
        }
        announce::to_own_devices(m, caller, &group, Operation::Join, user).await;
        announce::joined(m, caller, &changed, &added, Joining::Direct).await;
        return Ok(user.clone());
    }
    if is_full(&found) {
        return Err(Refusal::GroupFull.into());
    }
    ask(m, caller, &group, RequestKind::Application, user).await?;
    announce::applied(m, caller, &found, user, message).await;
    Ok(user.clone())
}

/// Lets an applicant in, or declines with a reason; for the owner and administrators.
pub async fn answer_application(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    applicant: &str,
    accepted: bool,
    reason: &str,
) -> Result<UserId> {
    let group = GroupId::parse(group)?;
    if acting(m, caller, &group).await? < Role::Admin {
        return Err(Refusal::RoleTooLow.into());
    }
    let applicant = addressed(applicant)?;
    check_reason(&caller.app, "reason", reason)?;
    let (app, kind) = (caller.app.id, RequestKind::Application);
    if group_requests::find(m.store(), app, &group, kind, &applicant).await?.is_none() {
        return Err(unanswerable(m, caller, &group, &applicant).await?.into());
    }
    if !accepted {
        if !group_requests::drop(m.store(), app, &group, kind, &applicant).await? {
            // Somebody else was faster.
            return Err(unanswerable(m, caller, &group, &applicant).await?.into());
        }
        let found = require(m, caller, &group).await?;
        announce::application_answered(m, caller, &found, &applicant, Some(reason)).await;
        return Ok(applicant);
    }
    let (changed, added) = enroll(m, caller, &group, std::slice::from_ref(&applicant)).await?;
    if added.is_empty() {
        return Err(unanswerable(m, caller, &group, &applicant).await?.into());
    }
    announce::application_answered(m, caller, &changed, &applicant, None).await;
    announce::joined(m, caller, &changed, &added, Joining::Application).await;
    Ok(applicant)
}

/// Invites users: they are members at once where the group does not ask them, and otherwise when they agree. One row
/// for each; refused if nobody can be invited. For whoever may add members.
pub async fn invite(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    users: &[String],
) -> Result<Vec<Invited>> {
    let group = GroupId::parse(group)?;
    let found = require_inviter(m, caller, &group).await?;
    let wanted = distinct(users)?;
    for user in &wanted {
        if users::facts(m, caller.app.id, user).await?.is_none() {
            return Err(Refusal::UserNotFound { user: user.to_string() }.into());
        }
    }
    let mut rows = Vec::with_capacity(wanted.len());
    for user in wanted {
        let member = is_member(m, caller, &group, &user).await?;
        rows.push(Invited { user, failure: member.then_some(NotInvited::Member) });
    }
    if rows.iter().any(|row| row.failure.is_none()) {
        if is_full(&found) {
            return Err(Refusal::GroupFull.into());
        }
        if found.invite_need_confirm {
            ask_each(m, caller, &found, &mut rows).await?;
        } else {
            pull_in(m, caller, &group, &mut rows).await?;
        }
    }
    match rows.first() {
        Some(first) if rows.iter().all(|row| row.failure.is_some()) => Err(match first.failure {
            Some(NotInvited::Blocked) => blocked(&first.user, &group),
            _ => already_member(&first.user, &group),
        }
        .into()),
        _ => Ok(rows),
    }
}

/// Invites those of `rows` who have not failed.
async fn ask_each(
    m: &Messaging,
    caller: &Caller,
    group: &Group,
    rows: &mut [Invited],
) -> Result<()> {
    let mut asked = Vec::with_capacity(rows.len());
    for row in rows.iter_mut().filter(|row| row.failure.is_none()) {
        match ask(m, caller, &group.id, RequestKind::Invitation, &row.user).await {
            Ok(()) => asked.push(row.user.clone()),
            Err(hongyan_model::Error::Refused(Refusal::OnBlockList { .. })) => {
                row.failure = Some(NotInvited::Blocked);
            }
            Err(hongyan_model::Error::Refused(Refusal::AlreadyMember { .. })) => {
                row.failure = Some(NotInvited::Member);
            }
            Err(error) => {
                announce::invited(m, caller, group, &asked).await;
                return Err(error);
            }
        }
    }
    announce::invited(m, caller, group, &asked).await;
    Ok(())
}

/// Adds those of `rows` who have not failed; whoever is blocked fails alone.
async fn pull_in(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
    rows: &mut [Invited],
) -> Result<()> {
    loop {
        let open = rows.iter().filter(|row| row.failure.is_none());
        let open: Vec<UserId> = open.map(|row| row.user.clone()).collect();
        if open.is_empty() {
            return Ok(());
        }
        match enroll(m, caller, group, &open).await {
            Ok((changed, added)) => {
                announce::pulled_in(m, caller, &changed, &added).await;
                announce::joined(m, caller, &changed, &added, Joining::Direct).await;
                return Ok(());
            }
            Err(hongyan_model::Error::Refused(Refusal::OnBlockList { user, .. })) => {
                for row in rows.iter_mut().filter(|row| row.user.as_str() == user) {
                    row.failure = Some(NotInvited::Blocked);
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// The calling user, `invitee`, accepts or declines an invitation.
pub async fn answer_invitation(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    invitee: &str,
    accepted: bool,
) -> Result<UserId> {
    let group = GroupId::parse(group)?;
    let user = caller.user().ok_or(Refusal::NotPermitted)?.clone();
    if addressed(invitee)? != user {
        return Err(Refusal::NotPermitted.into());
    }
    let found = require(m, caller, &group).await?;
    let (app, kind) = (caller.app.id, RequestKind::Invitation);
    require_enabled(m, app, &group).await?;
    let Some(inviter) = group_requests::find(m.store(), app, &group, kind, &user).await? else {
        return Err(unanswerable(m, caller, &group, &user).await?.into());
    };
    let inviter = match inviter {
        // It may have been deleted since.
        Some(inviter) if users::facts(m, app, &inviter).await?.is_some() => Some(inviter),
        _ => None,
    };
    if !accepted {
        if group_requests::drop(m.store(), app, &group, kind, &user).await? {
            let declined = Operation::InviteDecline;
            announce::invitation_answered(m, caller, &found, &user, inviter, declined).await;
        }
        return Ok(user);
    }
    let (changed, added) = enroll(m, caller, &group, std::slice::from_ref(&user)).await?;
    if !added.is_empty() {
        let (accepted, by) = (Operation::InviteAccept, inviter.clone());
        announce::invitation_answered(m, caller, &changed, &user, by, accepted).await;
        let how = Joining::Invitation(inviter.as_ref());
        announce::joined(m, caller, &changed, &added, how).await;
    }
    Ok(user)
}

async fn ask(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
    kind: RequestKind,
    user: &UserId,
) -> Result<()> {
    let inviter = match kind {
        RequestKind::Application => None,
        RequestKind::Invitation => caller.user(),
    };
    let (app, limit) = (caller.app.id, caller.app.most(Feature::GroupRequestsMax));
    let ends = (m.clock().now(), limit);
    match group_requests::ask(m.store(), (app, group), kind, user, inviter, ends).await? {
        Asking::Waiting => Ok(()),
        Asking::NoGroup => Err(not_found(group).into()),
        Asking::UnknownUser => Err(Refusal::UserNotFound { user: user.to_string() }.into()),
        Asking::Member => Err(already_member(user, group).into()),
        Asking::Blocked => Err(blocked(user, group).into()),
        Asking::TooMany => Err(Refusal::ListFull { list: "requests", limit }.into()),
    }
}

async fn is_member(m: &Messaging, caller: &Caller, group: &GroupId, user: &UserId) -> Result<bool> {
    let membership = membership(m, caller.app.id, group, user).await?;
    Ok(matches!(membership, Membership::Member { .. }))
}

fn is_full(group: &Group) -> bool {
    group.member_count >= group.max_users
}

/// Why there is nothing of `user` to answer.
async fn unanswerable(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
    user: &UserId,
) -> Result<Refusal> {
    if is_member(m, caller, group, user).await? {
        return Ok(already_member(user, group));
    }
    Ok(Refusal::NoRequest { user: user.to_string(), group: group.to_string() })
}

fn already_member(user: &UserId, group: &GroupId) -> Refusal {
    Refusal::AlreadyMember { user: user.to_string(), group: group.to_string() }
}

fn blocked(user: &UserId, group: &GroupId) -> Refusal {
    Refusal::OnBlockList { user: user.to_string(), muc: group.to_string() }
}

fn check_reason(app: &App, name: &'static str, reason: &str) -> Result<(), Refusal> {
    let limit = app.most(Feature::InvitationCharsMax);
    if reason.chars().count() > limit {
        return Err(Refusal::TooLong { name, limit });
    }
    Ok(())
}
