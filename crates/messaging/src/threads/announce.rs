//! What devices are told of a thread (docs/protocol.md, "Threads").
//!
//! The group's members hear of it through one entry in the group's conversation, whatever their number; who joins,
//! leaves or is removed, through its own events.

use hongyan_model::{
    AppId, Audience, Caller, Conversation, GroupId, Result, Thread, ThreadId, Timestamp, UserId,
};
use hongyan_msync::proto::MucBody;
use hongyan_msync::proto::muc_body::Operation;
use serde_json::{Value, json};

use super::{cache, overview};
use crate::groups::announce::body;
use crate::hooks::Happening;
use crate::messages::{events, jid};
use crate::{Messaging, conversations, reactions};

/// To the group's members: there is a new thread. To the owner's other devices: you are in it.
pub(super) async fn created(m: &Messaging, caller: &Caller, thread: &Thread) {
    let created = notification(thread, "create", thread.owner.as_str(), thread.created);
    tell_group(m, caller, thread, created).await;
    tell(m, caller, thread, Operation::ThreadCreate, &thread.owner).await;
}

/// To the group's members: it has another name.
pub(super) async fn renamed(m: &Messaging, caller: &Caller, thread: &Thread) {
    let mut update = notification(thread, "update", actor(caller).as_str(), m.clock().now());
    match overview::tally(m, caller.app.id, &thread.id).await {
        Ok(tally) => update["data"]["message_count"] = tally.messages.into(),
        Err(error) => warn(thread, &error),
    }
    tell_group(m, caller, thread, update).await;
    tell_acting(m, caller, thread, Operation::ThreadUpdate).await;
}

/// To the group's members: it is gone.
pub(super) async fn destroyed(m: &Messaging, caller: &Caller, thread: &Thread) {
    let delete = notification(thread, "delete", actor(caller).as_str(), m.clock().now());
    tell_group(m, caller, thread, delete).await;
    tell_acting(m, caller, thread, Operation::ThreadDestroy).await;
}

/// To each of `users`, on devices other than the acting one: you are in the thread.
pub(super) async fn joined(m: &Messaging, caller: &Caller, thread: &Thread, users: &[UserId]) {
    for user in users {
        told(m, caller, thread, "join", user).await;
        tell(m, caller, thread, Operation::ThreadJoin, user).await;
    }
}

/// To the other devices of one who has left.
pub(super) async fn left(m: &Messaging, caller: &Caller, thread: &Thread, user: &UserId) {
    told(m, caller, thread, "leave", user).await;
    tell(m, caller, thread, Operation::ThreadLeave, user).await;
}

/// To each of `users`: you have been removed.
pub(super) async fn kicked(m: &Messaging, caller: &Caller, thread: &Thread, users: &[UserId]) {
    for user in users {
        told(m, caller, thread, "leave", user).await;
        tell(m, caller, thread, Operation::ThreadKick, user).await;
    }
}

/// What the SDK reads of a thread, without what is said in it.
pub(super) fn notification(thread: &Thread, operation: &str, by: &str, at: Timestamp) -> Value {
    json!({
        "type": "thread",
        "data": {
            "id": thread.id.as_str(),
            "name": thread.name,
            "muc_parent_id": thread.group.as_str(),
            "msg_parent_id": thread.message.to_string(),
            "timestamp": at,
            "from": by,
            "operation": operation,
        },
    })
}

/// Those who have left a group hear of its threads no more.
pub(crate) fn left_group(m: &Messaging, app: AppId, left: &[(ThreadId, UserId)]) {
    for (thread, user) in left {
        cache::forget_member(m, app, thread, user);
        m.router().thread_left(app, thread, user);
    }
}

/// Nobody hears of the threads of a group that has ended.
pub(crate) async fn lost_group(m: &Messaging, app: AppId, threads: &[ThreadId]) -> Result<()> {
    for thread in threads {
        ended(m, app, thread).await?;
    }
    Ok(())
}

/// Nobody hears of a thread that has ended.
pub(super) async fn ended(m: &Messaging, app: AppId, thread: &ThreadId) -> Result<()> {
    cache::forget(m, app, thread);
    overview::forget(m, app, thread);
    m.router().thread_ended(app, thread);
    let conversation = Conversation::Thread(thread.clone());
    conversations::forget(m, app, &conversation).await;
    reactions::forget_conversation(m, app, &conversation.key()).await
}

async fn tell_group(m: &Messaging, caller: &Caller, thread: &Thread, notification: Value) {
    let (app, by) = (&caller.app, actor(caller));
    let (sender, group) =
        ((&by, caller.device.as_ref()), Conversation::Group(thread.group.clone()));
    let posted = events::post_notify_in(m, app, sender, &group, Audience::All, &notification).await;
    if let Err(error) = posted {
        warn(thread, &error);
    }
}

/// Tells those who listen outside that `user` joined or left: members of the group are not told.
async fn told(m: &Messaging, caller: &Caller, thread: &Thread, operation: &str, user: &UserId) {
    let notification = &notification(thread, operation, user.as_str(), m.clock().now());
    let happening = Happening::Thread { caller, group: &thread.group, notification };
    events::told_outside(m, &caller.app, happening).await;
}

/// To the other devices of the user who acts; the app has none.
async fn tell_acting(m: &Messaging, caller: &Caller, thread: &Thread, operation: Operation) {
    if let Some(user) = caller.user() {
        tell(m, caller, thread, operation, user).await;
    }
}

async fn tell(
    m: &Messaging,
    caller: &Caller,
    thread: &Thread,
    operation: Operation,
    user: &UserId,
) {
    let group: &GroupId = &thread.group;
    // Without these three fields the SDK takes it for an event of a group, and throws.
    let body = MucBody {
        is_thread: Some(true),
        muc_parent_id: Some(jid::group(&caller.app, group)),
        muc_name: Some(thread.name.clone()),
        ..body(caller, thread.id.as_str(), operation, user)
    };
    let posted: Result<()> = events::post_muc(m, caller, std::slice::from_ref(user), body).await;
    if let Err(error) = posted {
        warn(thread, &error);
    }
}

fn actor(caller: &Caller) -> UserId {
    caller.user().cloned().unwrap_or_else(UserId::admin)
}

fn warn(thread: &Thread, error: &hongyan_model::Error) {
    let source = std::error::Error::source(error).map(ToString::to_string);
    let thread = thread.id.as_str();
    tracing::error!(thread, %error, source, "a thread changed but devices could not be told");
}
