//! What is told of roles and lists (docs/protocol.md, "Group events").

use futures_util::StreamExt;
use futures_util::stream;
use hongyan_model::{Caller, Muc, Timestamp, UserId};
use hongyan_msync::proto::MucBody;
use hongyan_msync::proto::muc_body::Operation;
use serde_json::json;

use super::place::{self, Hearers};
use crate::groups::announce::body;
use crate::{Messaging, groups, rooms};

/// Events to single users that are written at the same time.
const CONCURRENT: usize = 64;

/// To each of `users`: something about itself has changed. The owner and administrators hear of it, too, and the other
/// devices of who did it.
pub(super) async fn to_each(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    operation: Operation,
    users: &[UserId],
) {
    let watchers = watchers(m, caller, muc, operation).await;
    let tell = |user| tell(m, caller, muc, (user, &watchers), event(caller, muc, operation, user));
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
    let watchers = watchers(m, caller, muc, Operation::AddMute).await;
    let tell = |user: &UserId| {
        // Clients take it for JSON whenever it is there.
        let ext = json!({ "user_mute_time": { user.as_str(): expires } }).to_string();
        let event = event(caller, muc, Operation::AddMute, user);
        let body = MucBody { ext: Some(ext), ..event };
        let (user, watchers) = (user.clone(), &watchers);
        async move { tell(m, caller, muc, (&user, watchers), body).await }
    };
    stream::iter(users).for_each_concurrent(CONCURRENT, tell).await;
}

/// To every member: there is a new shared file, or one fewer.
pub(super) async fn files(m: &Messaging, caller: &Caller, muc: &Muc, operation: Operation) {
    to_members(m, caller, muc, operation, None).await;
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

/// To `user` and each of `watchers`.
async fn tell(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    (user, watchers): (&UserId, &[UserId]),
    body: MucBody,
) {
    let others = watchers.iter().filter(|watcher| *watcher != user);
    let hearers: Vec<UserId> = [user].into_iter().chain(others).cloned().collect();
    place::tell(m, caller, muc, Hearers::Users(&hearers), body).await;
}

/// Who hears of what concerns a single user of a group or room, beside that. The SDK does not show whom REMOVE_ADMIN and
/// ALLOW are about: to the others they would read as about themselves.
async fn watchers(m: &Messaging, caller: &Caller, muc: &Muc, operation: Operation) -> Vec<UserId> {
    if matches!(operation, Operation::RemoveAdmin | Operation::Allow) {
        return Vec::new();
    }
    let own = caller.user().cloned();
    let mut watchers = match muc {
        Muc::Group(group) => groups::announce::heads(m, caller, group).await,
        Muc::Room(room) => rooms::announce::heads(m, caller, room).await,
    };
    if let Some(own) = own.filter(|own| !watchers.contains(own)) {
        watchers.push(own);
    }
    watchers
}

fn event(caller: &Caller, muc: &Muc, operation: Operation, affected: &UserId) -> MucBody {
    body(caller, muc.id(), operation, affected)
}
