//! What members' devices are told of a group (docs/protocol.md, "Group events").

use std::collections::HashSet;

use futures_util::StreamExt;
use futures_util::stream;
use hongyan_model::{Audience, Caller, Conversation, Group, GroupId, Muc, Result, UserId};
use hongyan_msync::proto::muc_body::{EventInfo, Operation};
use hongyan_msync::proto::{Jid, MucBody};
use hongyan_msync::{GROUP_DOMAIN, USER_DOMAIN};
use hongyan_store::attributes::Attributes;
use hongyan_store::groups as stored;
use serde_json::json;

use crate::messages::events;
use crate::muc::{Info, InfoOf, Joining, Leaving, MucOperation};
use crate::{Messaging, muc};

/// A group of more members: what all are told is one entry of the group there. It is beside its messages then: it counts
/// for the limit of what waits, and goes when a member deletes the history (docs/decisions.md).
const LARGE: usize = 2000;
/// Events to single users that are written at the same time.
const CONCURRENT: usize = 64;

/// To the owner's other devices: there is a new group, with these members.
pub(super) async fn created(m: &Messaging, caller: &Caller, group: &Group, members: &[UserId]) {
    let info = Info { of: InfoOf::Group(group), all_muted: false };
    told(m, caller, &group.id, MucOperation::Created { info, members }).await;
    let body = MucBody {
        muc_name: Some(group.name.clone()),
        ..body(caller, group.id.as_str(), Operation::Create, &group.owner)
    };
    post(m, caller, std::slice::from_ref(&group.owner), body).await;
}

/// To each of `users`: you are in the group now.
pub(super) async fn pulled_in(m: &Messaging, caller: &Caller, group: &Group, users: &[UserId]) {
    stream::iter(users)
        .for_each_concurrent(CONCURRENT, |user| {
            let body = MucBody {
                muc_name: Some(group.name.clone()),
                ..body(caller, group.id.as_str(), Operation::DirectJoined, user)
            };
            post(m, caller, std::slice::from_ref(user), body)
        })
        .await;
}

/// To the other members: `users` joined.
pub(super) async fn joined(
    m: &Messaging,
    caller: &Caller,
    group: &Group,
    users: &[UserId],
    how: Joining<'_>,
) {
    let joined = MucOperation::Joined { users, how, count: group.member_count };
    told(m, caller, &group.id, joined).await;
    if let Some(body) = of_members(caller, group, Operation::Presence, users) {
        post_to_others(m, caller, &group.id, users, body).await;
    }
}

/// To each of `users`: you have been removed.
pub(super) async fn kicked(m: &Messaging, caller: &Caller, group: &Group, users: &[UserId]) {
    stream::iter(users)
        .for_each_concurrent(CONCURRENT, |user| {
            post(
                m,
                caller,
                std::slice::from_ref(user),
                body(caller, group.id.as_str(), Operation::Kick, user),
            )
        })
        .await;
}

/// To the remaining members: `users` are gone.
pub(super) async fn left(
    m: &Messaging,
    caller: &Caller,
    group: &Group,
    users: &[UserId],
    how: Leaving,
) {
    let left = MucOperation::Left { users, how, count: group.member_count };
    told(m, caller, &group.id, left).await;
    if let Some(body) = of_members(caller, group, Operation::Absence, users) {
        post_to_others(m, caller, &group.id, users, body).await;
    }
}

/// To those who were its members: the group is gone.
pub(super) async fn destroyed(m: &Messaging, caller: &Caller, group: &Group, members: &[UserId]) {
    told(m, caller, &group.id, MucOperation::Destroyed).await;
    let body = MucBody {
        muc_name: Some(group.name.clone()),
        ..body(caller, group.id.as_str(), Operation::Destroy, &group.owner)
    };
    post(m, caller, members, body).await;
}

/// To the members: what the group looks like now.
pub(super) async fn updated(m: &Messaging, caller: &Caller, group: &Group) {
    let muc = Muc::Group(group.id.clone());
    match muc::info(m, caller.app.id, &muc, InfoOf::Group(group)).await {
        Ok(info) => muc::told(m, caller, &muc, MucOperation::Updated(info)).await,
        Err(error) => warn(group.id.as_str(), &error),
    }
    let detail = json!({
        "name": group.name,
        "description": group.description,
        "avatar": group.avatar,
        "custom": group.custom,
        "public": group.public,
        "members_only": group.members_only,
        "allow_user_invites": group.allow_invites,
        "invite_need_confirm": group.invite_need_confirm,
        "max_users": group.max_users,
        "last_modified": group.modified,
    });
    let body = MucBody {
        event_info: Some(EventInfo { event_type: None, ext: Some(detail.to_string()) }),
        ..body(caller, group.id.as_str(), Operation::Update, &group.owner)
    };
    post_to_others(m, caller, &group.id, &[], body).await;
}

/// To the owner and administrators: `user` wants to come in.
pub(super) async fn applied(
    m: &Messaging,
    caller: &Caller,
    group: &Group,
    user: &UserId,
    message: &str,
) {
    let hearers = heads(m, caller, &group.id).await;
    let applied = MucOperation::Applied { reason: message, recipients: &hearers };
    told(m, caller, &group.id, applied).await;
    let body = MucBody {
        muc_name: Some(group.name.clone()),
        reason: (!message.is_empty()).then(|| message.to_owned()),
        ..body(caller, group.id.as_str(), Operation::Apply, user)
    };
    post(m, caller, &hearers, body).await;
}

/// Owner and administrators; a failure is only logged.
pub(crate) async fn heads(m: &Messaging, caller: &Caller, group: &GroupId) -> Vec<UserId> {
    match stored::heads(m.store(), caller.app.id, group).await {
        Ok(heads) => heads.into_iter().map(|head| head.user).collect(),
        Err(error) => {
            warn(group.as_str(), &error.into());
            Vec::new()
        }
    }
}

/// To the applicant: it may come in, or not, for a reason.
pub(super) async fn application_answered(
    m: &Messaging,
    caller: &Caller,
    group: &Group,
    applicant: &UserId,
    declined: Option<&str>,
) {
    if let Some(reason) = declined {
        let declined = MucOperation::ApplicationDeclined { user: applicant, reason };
        told(m, caller, &group.id, declined).await;
    }
    let operation =
        if declined.is_some() { Operation::ApplyDecline } else { Operation::ApplyAccept };
    let body = MucBody {
        muc_name: Some(group.name.clone()),
        reason: declined.filter(|reason| !reason.is_empty()).map(str::to_owned),
        ..body(caller, group.id.as_str(), operation, applicant)
    };
    post(m, caller, std::slice::from_ref(applicant), body).await;
}

/// To each of `users`: will you come in?
pub(super) async fn invited(m: &Messaging, caller: &Caller, group: &Group, users: &[UserId]) {
    told(m, caller, &group.id, MucOperation::Invited(users)).await;
    stream::iter(users)
        .for_each_concurrent(CONCURRENT, |user| async move {
            let body = MucBody {
                muc_name: Some(group.name.clone()),
                ..body(caller, group.id.as_str(), Operation::Invite, user)
            };
            post(m, caller, std::slice::from_ref(user), body).await;
        })
        .await;
}

/// To who invited: `user` comes in, or does not; its other devices hear that it joined.
pub(super) async fn invitation_answered(
    m: &Messaging,
    caller: &Caller,
    group: &Group,
    user: &UserId,
    inviter: Option<UserId>,
    operation: Operation,
) {
    if operation == Operation::InviteDecline {
        let declined = MucOperation::InvitationDeclined { inviter: inviter.as_ref() };
        told(m, caller, &group.id, declined).await;
    }
    let affected = inviter.clone().unwrap_or_else(UserId::admin);
    let body = MucBody {
        muc_name: Some(group.name.clone()),
        ..body(caller, group.id.as_str(), operation, &affected)
    };
    let hearers: Vec<UserId> = inviter.into_iter().collect();
    post(m, caller, &hearers, body).await;
    if operation == Operation::InviteAccept {
        to_own_devices(m, caller, &group.id, Operation::Join, user).await;
    }
}

/// To the caller's other devices: this one did something that concerns `user`.
pub(super) async fn to_own_devices(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
    operation: Operation,
    user: &UserId,
) {
    if let Some(own) = caller.user() {
        let body = body(caller, group.as_str(), operation, user);
        post(m, caller, std::slice::from_ref(own), body).await;
    }
}

/// To the members: nobody writes here any more, or they do again.
pub(super) async fn disabled(m: &Messaging, caller: &Caller, group: &Group) {
    told(m, caller, &group.id, MucOperation::Disabled(group.disabled)).await;
    let operation = if group.disabled { Operation::DisableGroup } else { Operation::AbleGroup };
    let body = MucBody {
        muc_name: Some(group.name.clone()),
        ..body(caller, group.id.as_str(), operation, &group.owner)
    };
    post_to_others(m, caller, &group.id, &[], body).await;
}

/// To the members: what `user` says of itself now; an empty value: no more.
pub(super) async fn attributes(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
    user: &UserId,
    changes: &Attributes,
) {
    let change = json!({ "username": user.as_str(), "properties": changes });
    let body = MucBody {
        event_info: Some(EventInfo { event_type: None, ext: Some(change.to_string()) }),
        ..body(caller, group.as_str(), Operation::GroupMemberMetadataUpdate, user)
    };
    post_to_others(m, caller, group, &[], body).await;
}

/// Tells those who listen outside.
async fn told(m: &Messaging, caller: &Caller, group: &GroupId, what: MucOperation<'_>) {
    muc::told(m, caller, &Muc::Group(group.clone()), what).await;
}

/// Who came or went: one user as itself, several in a list. `None` if it is nobody.
fn of_members(
    caller: &Caller,
    group: &Group,
    operation: Operation,
    users: &[UserId],
) -> Option<MucBody> {
    let first = users.first()?;
    let mut event = MucBody {
        muc_member_count: count(group),
        ..body(caller, group.id.as_str(), operation, first)
    };
    match users {
        [one] if caller.user() != Some(one) => {
            event.from = Some(Jid {
                name: Some(one.to_string()),
                client_resource: None,
                ..event.from.take().unwrap_or_default()
            });
        }
        [_] => {}
        several => event.members = several.iter().map(ToString::to_string).collect(),
    }
    Some(event)
}

/// An event for all members but some; a failure is only logged. Each has an entry of its own; in a group of more than
/// [`LARGE`] it is one entry of the group, and only those who do not hear that have their own.
pub(crate) async fn post_to_others(
    m: &Messaging,
    caller: &Caller,
    group: &GroupId,
    except: &[UserId],
    body: MucBody,
) {
    let post = async {
        let app = caller.app.id;
        let mut hearers = stored::member_ids(m.store(), app, group, LARGE + 1).await?;
        if hearers.len() > LARGE {
            let conversation = Conversation::Group(group.clone());
            let audience = match except {
                [] => Audience::All,
                some => Audience::Except(some.to_vec()),
            };
            events::post_muc_in(m, caller, &conversation, body.clone(), audience).await?;
            hearers = stored::shielded(m.store(), app, group).await?;
        }
        let except: HashSet<&UserId> = except.iter().collect();
        hearers.retain(|hearer| !except.contains(hearer));
        events::post_muc(m, caller, &hearers, body).await
    };
    if let Err(error) = post.await {
        warn(group.as_str(), &error);
    }
}

/// An event for each of `to`; a failure is only logged.
pub(crate) async fn post(m: &Messaging, caller: &Caller, to: &[UserId], body: MucBody) {
    let group = body.muc_id.as_ref().and_then(|id| id.name.clone()).unwrap_or_default();
    let posted: Result<()> = events::post_muc(m, caller, to, body).await;
    if let Err(error) = posted {
        warn(&group, &error);
    }
}

fn warn(group: &str, error: &hongyan_model::Error) {
    let source = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(group, %error, source, "a group changed but its members could not be told");
}

/// Clients need all four fields; without `from` they throw.
pub(crate) fn body(
    caller: &Caller,
    group: &str,
    operation: Operation,
    affected: &UserId,
) -> MucBody {
    let app_key = caller.app.key();
    let jid = |name: &str, domain: &str| Jid {
        app_key: Some(app_key.clone()),
        name: Some(name.to_owned()),
        domain: Some(domain.to_owned()),
        client_resource: None,
    };
    let actor = caller.user().cloned().unwrap_or_else(UserId::admin);
    MucBody {
        muc_id: Some(jid(group, GROUP_DOMAIN)),
        operation: Some(operation.into()),
        // The acting device knows its own resource and ignores the echo.
        from: Some(Jid {
            client_resource: caller.device.as_ref().map(ToString::to_string),
            ..jid(actor.as_str(), USER_DOMAIN)
        }),
        to: vec![jid(affected.as_str(), USER_DOMAIN)],
        ..MucBody::default()
    }
}

fn count(group: &Group) -> Option<i32> {
    i32::try_from(group.member_count).ok()
}
