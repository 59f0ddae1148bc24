//! What the members of a room are told of it (docs/protocol.md, "Chat rooms"); only those who are online.

use futures_util::StreamExt;
use futures_util::stream;
use hongyan_model::{
    Audience, Caller, Conversation, DeviceId, MessageId, Muc, Room, RoomId, UserId,
};
use hongyan_msync::proto::MucBody;
use hongyan_msync::proto::muc_body::{EventInfo, Operation};
use serde_json::{Map, Value, json};

use crate::groups::announce as groups;
use crate::messages::{events, jid};
use crate::muc::{Info, InfoOf, Joining, Leaving, MucOperation};
use crate::{Messaging, muc};

/// Events to single users that are written at the same time.
const CONCURRENT: usize = 64;

/// Who is told.
#[derive(Clone, Copy)]
pub(crate) enum RoomAudience<'a> {
    /// Whoever is in the room.
    Members,
    /// Whoever is in the room, but for these.
    Others(&'a [UserId]),
    /// These, in the room or not.
    Users(&'a [UserId]),
}

/// Tells of a change that is committed, so a failure is only logged. Costs one entry of the log for all members, or
/// one for each user. Answers the entry that all members get.
pub(crate) async fn announce(
    m: &Messaging,
    caller: &Caller,
    room: &RoomId,
    body: MucBody,
    to: RoomAudience<'_>,
) -> Option<MessageId> {
    let body = MucBody { is_chatroom: Some(true), ..body };
    let audience = match to {
        RoomAudience::Members => Audience::All,
        RoomAudience::Others(except) => Audience::Except(except.to_vec()),
        RoomAudience::Users(users) => {
            if let Err(error) = events::post_muc_online(m, caller, users, body).await {
                warn(room, &error);
            }
            return None;
        }
    };
    let conversation = Conversation::Room(room.clone());
    let posted = events::post_muc_in(m, caller, &conversation, body, audience).await;
    posted.inspect_err(|error| warn(room, error)).ok()
}

/// Owner and administrators; a failure is only logged.
pub(crate) async fn heads(m: &Messaging, caller: &Caller, room: &RoomId) -> Vec<UserId> {
    match hongyan_store::rooms::heads(m.store(), caller.app.id, room).await {
        Ok(heads) => heads.into_iter().map(|head| head.user).collect(),
        Err(error) => {
            warn(room, &error.into());
            Vec::new()
        }
    }
}

/// To each of `users`: it is in the room now, without having asked.
pub(super) async fn pulled_in(m: &Messaging, caller: &Caller, room: &Room, users: &[UserId]) {
    to_each(m, caller, &room.id, users, |user| MucBody {
        muc_name: Some(room.name.clone()),
        ..groups::body(caller, room.id.as_str(), Operation::DirectJoined, user)
    })
    .await;
}

/// To the others: `users` are in the room now. `ext` is what a user who joined by itself says with it.
pub(super) async fn joined(
    m: &Messaging,
    caller: &Caller,
    room: &Room,
    users: &[UserId],
    ext: Option<String>,
) {
    let (how, count) = (Joining::Direct, room.member_count);
    told(m, caller, &room.id, MucOperation::Joined { users, how, count }).await;
    let body = MucBody { ext, ..of_members(caller, room, Operation::Presence, users) };
    announce(m, caller, &room.id, body, RoomAudience::Others(users)).await;
}

/// To the others: `users` are gone.
pub(super) async fn left(
    m: &Messaging,
    caller: &Caller,
    room: &Room,
    users: &[UserId],
    how: Leaving,
) {
    let left = MucOperation::Left { users, how, count: room.member_count };
    told(m, caller, &room.id, left).await;
    let body = of_members(caller, room, Operation::Absence, users);
    announce(m, caller, &room.id, body, RoomAudience::Others(users)).await;
}

/// To the user's other devices, if there are any: it has joined or left.
pub(super) async fn moved(
    m: &Messaging,
    caller: &Caller,
    room: &RoomId,
    user: &UserId,
    operation: Operation,
) {
    let is_other = |device: &DeviceId| Some(device) != caller.device.as_ref();
    let others = m.router().devices(caller.app.id, user);
    if others.iter().any(is_other) || m.router().is_deaf() {
        let body = groups::body(caller, room.as_str(), operation, user);
        announce(m, caller, room, body, RoomAudience::Users(std::slice::from_ref(user))).await;
    }
}

/// To each of `users`: it has been removed.
pub(super) async fn kicked(m: &Messaging, caller: &Caller, room: &RoomId, users: &[UserId]) {
    to_each(m, caller, room, users, |user| {
        groups::body(caller, room.as_str(), Operation::Kick, user)
    })
    .await;
}

/// To those who were in it: the room is gone.
pub(super) async fn destroyed(m: &Messaging, caller: &Caller, room: &Room) -> Option<MessageId> {
    told(m, caller, &room.id, MucOperation::Destroyed).await;
    let body = MucBody {
        muc_name: Some(room.name.clone()),
        ..groups::body(caller, room.id.as_str(), Operation::Destroy, &room.owner)
    };
    announce(m, caller, &room.id, body, RoomAudience::Members).await
}

/// To the members: what the room looks like now.
pub(super) async fn updated(m: &Messaging, caller: &Caller, room: &Room) {
    let muc = Muc::Room(room.id.clone());
    match muc::info(m, caller.app.id, &muc, InfoOf::Room(room)).await {
        Ok(info) => muc::told(m, caller, &muc, MucOperation::Updated(info)).await,
        Err(error) => warn(&room.id, &error),
    }
    let detail = json!({
        "name": room.name,
        "description": room.description,
        "custom": room.custom,
        "max_users": room.max_users,
        "last_modified": room.modified,
    });
    let body = MucBody {
        event_info: Some(EventInfo { event_type: None, ext: Some(detail.to_string()) }),
        ..groups::body(caller, room.id.as_str(), Operation::Update, &room.owner)
    };
    announce(m, caller, &room.id, body, RoomAudience::Members).await;
}

/// To the other devices of the user who made it: there is a new room, with these members.
pub(super) async fn created(m: &Messaging, caller: &Caller, room: &Room, members: &[UserId]) {
    let info = Info { of: InfoOf::Room(room), all_muted: false };
    told(m, caller, &room.id, MucOperation::Created { info, members }).await;
    if caller.user().is_none() {
        return;
    }
    let body = MucBody {
        muc_name: Some(room.name.clone()),
        ..groups::body(caller, room.id.as_str(), Operation::Create, &room.owner)
    };
    let owner = RoomAudience::Users(std::slice::from_ref(&room.owner));
    announce(m, caller, &room.id, body, owner).await;
}

/// To the members: `user` has set these attributes.
pub(super) async fn attributes_set(
    m: &Messaging,
    caller: &Caller,
    room: &RoomId,
    user: &UserId,
    attributes: &[(String, String)],
) {
    let names: Vec<&str> = attributes.iter().map(|(name, _)| name.as_str()).collect();
    let values: Map<String, Value> =
        attributes.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let told = json!({
        "result": { "successKeys": names, "errorKeys": {} },
        "properties": values,
    });
    of_attributes(m, caller, room, (Operation::SetMetadata, user), told).await;
}

/// To the members: these attributes are gone; `user` has removed them, or has left and they with it.
pub(super) async fn attributes_removed(
    m: &Messaging,
    caller: &Caller,
    room: &RoomId,
    user: &UserId,
    names: &[String],
) {
    let told = json!({ "result": { "successKeys": names, "errorKeys": {} } });
    of_attributes(m, caller, room, (Operation::DeleteMetadata, user), told).await;
}

async fn of_attributes(
    m: &Messaging,
    caller: &Caller,
    room: &RoomId,
    (operation, user): (Operation, &UserId),
    told: Value,
) {
    let body = MucBody {
        from: Some(jid::user(&caller.app, user, None)),
        event_info: Some(EventInfo { event_type: None, ext: Some(told.to_string()) }),
        ..groups::body(caller, room.as_str(), operation, user)
    };
    announce(m, caller, room, body, RoomAudience::Members).await;
}

async fn to_each(
    m: &Messaging,
    caller: &Caller,
    room: &RoomId,
    users: &[UserId],
    body: impl Fn(&UserId) -> MucBody,
) {
    stream::iter(users)
        .for_each_concurrent(CONCURRENT, |user| {
            let (to, body) = (RoomAudience::Users(std::slice::from_ref(user)), body(user));
            async move {
                announce(m, caller, room, body, to).await;
            }
        })
        .await;
}

/// Tells those who listen outside.
async fn told(m: &Messaging, caller: &Caller, room: &RoomId, what: MucOperation<'_>) {
    muc::told(m, caller, &Muc::Room(room.clone()), what).await;
}

/// `users` came or went. A single one is told of as if it had acted itself; of several the SDK makes an event each.
fn of_members(caller: &Caller, room: &Room, operation: Operation, users: &[UserId]) -> MucBody {
    let affected = users.first().unwrap_or(&room.owner);
    let mut body = MucBody {
        muc_member_count: i32::try_from(room.member_count).ok(),
        ..groups::body(caller, room.id.as_str(), operation, affected)
    };
    if users.len() > 1 {
        body.members = users.iter().map(ToString::to_string).collect();
    } else if caller.user() != Some(affected) {
        body.from = Some(jid::user(&caller.app, affected, None));
    }
    body
}

fn warn(room: &RoomId, error: &hongyan_model::Error) {
    let source = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(%room, %error, source, "a room changed but its members could not be told");
}
