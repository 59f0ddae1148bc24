//! What is told of roles and lists (docs/protocol.md, "Group events").

use futures_util::StreamExt;
use futures_util::stream;
use hongyan_model::{Caller, Muc, Timestamp, UserId};
use hongyan_msync::proto::MucBody;
use hongyan_msync::proto::muc_body::Operation;
use serde_json::json;

use super::place::{self, Hearers};
use crate::Messaging;
use crate::groups::announce::body;

/// Events to single users that are written at the same time.
const CONCURRENT: usize = 64;

/// To each of `users`: something about itself has changed.
pub(super) async fn to_each(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    operation: Operation,
    users: &[UserId],
) {
    let tell = |user| to_user(m, caller, muc, user, event(caller, muc, operation, user));
    stream::iter(users).for_each_concurrent(CONCURRENT, tell).await;
}

/// To each of `users`: it is muted until `expires`.
pub(super) async fn muted(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    users: &[UserId],
    expires: Timestamp,
) {
    let tell = |user: &UserId| {
        // Clients take it for JSON whenever it is there.
        let ext = json!({ "user_mute_time": { user.as_str(): expires } }).to_string();
        let event = event(caller, muc, Operation::AddMute, user);
        let body = MucBody { ext: Some(ext), ..event };
        let user = user.clone();
        async move { to_user(m, caller, muc, &user, body).await }
    };
    stream::iter(users).for_each_concurrent(CONCURRENT, tell).await;
}

/// To the old and the new owner.
pub(super) async fn transferred(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    former: &UserId,
    new: &UserId,
) {
    let body = event(caller, muc, Operation::AssignOwner, new);
    place::tell(m, caller, muc, Hearers::Users(&[former.clone(), new.clone()]), body).await;
}

/// To every member.
pub(super) async fn all_muted(m: &Messaging, caller: &Caller, muc: &Muc, muted: bool) {
    let operation = if muted { Operation::BanGroup } else { Operation::RemoveBanGroup };
    to_members(m, caller, muc, operation, None).await;
}

/// To every member; an empty announcement is none.
pub(super) async fn announcement(m: &Messaging, caller: &Caller, muc: &Muc, text: &str) {
    if text.is_empty() {
        return to_members(m, caller, muc, Operation::DeleteAnnouncement, None).await;
    }
    to_members(m, caller, muc, Operation::UpdateAnnouncement, Some(text.to_owned())).await;
}

async fn to_members(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    operation: Operation,
    reason: Option<String>,
) {
    let actor = caller.user().cloned().unwrap_or_else(UserId::admin);
    let body = MucBody { reason, ..event(caller, muc, operation, &actor) };
    place::tell(m, caller, muc, Hearers::Members, body).await;
}

async fn to_user(m: &Messaging, caller: &Caller, muc: &Muc, user: &UserId, body: MucBody) {
    place::tell(m, caller, muc, Hearers::Users(std::slice::from_ref(user)), body).await;
}

fn event(caller: &Caller, muc: &Muc, operation: Operation, affected: &UserId) -> MucBody {
    body(caller, muc.id(), operation, affected)
}
