//! What is told of roles and lists (docs/protocol.md, "Group events").

use futures_util::StreamExt;
use futures_util::stream;
use hongyan_model::{Caller, Muc, Timestamp, UserId};
use hongyan_msync::proto::MucBody;
use hongyan_msync::proto::muc_body::Operation;
use serde_json::json;

use super::mutes::shown;
use super::place::{self, Hearers};
use super::{FOREVER, MucList, MucOperation, SharedFile, told};
use crate::groups::announce::body;
use crate::{Messaging, groups, rooms};

/// Events to single users that are written at the same time.
const CONCURRENT: usize = 64;

/// To each of `users`: it is on a list now, until some time, or off it. The owner and administrators hear of it, too, and
/// the other devices of who did it.
pub(super) async fn to_each(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    (list, until): (MucList, Option<Timestamp>),
    users: &[UserId],
) {
    told(m, caller, muc, MucOperation::Listed { list, until, users }).await;
    let operation = operation(list, until.is_some());
    let watchers = watchers(m, caller, muc, operation).await;
    let tell = |user: &UserId| {
        let mut body = event(caller, muc, operation, user);
        if let (MucList::Muted, Some(until)) = (list, until) {
            // Clients take it for JSON whenever it is there.
            let ext = json!({ "user_mute_time": { user.as_str(): until } });
            body.ext = Some(ext.to_string());
        }
        let (user, watchers) = (user.clone(), &watchers);
        async move { tell(m, caller, muc, (&user, watchers), body).await }
    };
    stream::iter(users).for_each_concurrent(CONCURRENT, tell).await;
}

const fn operation(list: MucList, on: bool) -> Operation {
    match (list, on) {
        (MucList::Admins, true) => Operation::AddAdmin,
        (MucList::Admins, false) => Operation::RemoveAdmin,
        (MucList::Blocked, true) => Operation::Ban,
        (MucList::Blocked, false) => Operation::Allow,
        (MucList::Muted, true) => Operation::AddMute,
        (MucList::Muted, false) => Operation::RemoveMute,
        (MucList::Allowed, true) => Operation::AddUserWhiteList,
        (MucList::Allowed, false) => Operation::RemoveUserWhiteList,
    }
}

/// Members are told that somebody was removed; that it is blocked, too, is told outside only.
pub(super) async fn blocked(m: &Messaging, caller: &Caller, muc: &Muc, users: &[UserId]) {
    let (list, until) = (MucList::Blocked, Some(shown(FOREVER)));
    told(m, caller, muc, MucOperation::Listed { list, until, users }).await;
}

/// To every member: there is a new shared file.
pub(super) async fn file_shared(m: &Messaging, caller: &Caller, muc: &Muc, file: &SharedFile) {
    told(m, caller, muc, MucOperation::FileShared(file)).await;
    to_members(m, caller, muc, Operation::UploadFile, None).await;
}

/// To every member: there is a shared file fewer.
pub(super) async fn file_removed(m: &Messaging, caller: &Caller, muc: &Muc, file: &SharedFile) {
    told(m, caller, muc, MucOperation::FileRemoved(file)).await;
    to_members(m, caller, muc, Operation::DeleteFile, None).await;
}

/// To the old and the new owner.
pub(super) async fn transferred(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    former: &UserId,
    new: &UserId,
) {
    told(m, caller, muc, MucOperation::Transferred { former, new }).await;
    let body = event(caller, muc, Operation::AssignOwner, new);
    place::tell(m, caller, muc, Hearers::Users(&[former.clone(), new.clone()]), body).await;
}

/// To every member.
pub(super) async fn all_muted(m: &Messaging, caller: &Caller, muc: &Muc, muted: bool) {
    told(m, caller, muc, MucOperation::AllMuted(muted)).await;
    let operation = if muted { Operation::BanGroup } else { Operation::RemoveBanGroup };
    to_members(m, caller, muc, operation, None).await;
}

/// To every member; an empty announcement is none.
pub(super) async fn announcement(m: &Messaging, caller: &Caller, muc: &Muc, text: &str) {
    told(m, caller, muc, MucOperation::Announced(text)).await;
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
