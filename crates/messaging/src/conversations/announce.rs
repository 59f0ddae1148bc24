//! What a user's other devices are told (docs/protocol.md, "Notifications").

use hongyan_model::{Caller, Conversation, DeviceId, UserId};
use serde_json::{Value, json};

use crate::Messaging;
use crate::messages::events;

/// What was done to a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    Deleted,
    Pinned,
    Unpinned,
    Marked(u8),
    Unmarked(u8),
}

/// A conversation of `user` was changed.
pub(super) async fn changed(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    conversation: &Conversation,
    change: Change,
) {
    // The SDK looks a mark up by this name; by its number it would find the name, not the mark.
    let mark = |mark| format!("mark_{mark}");
    let (operation, ext) = match change {
        Change::Deleted => ("del", String::new()),
        Change::Pinned => ("top", String::new()),
        Change::Unpinned => ("not_top", String::new()),
        Change::Marked(number) => ("mark", mark(number)),
        Change::Unmarked(number) => ("mark_delete", mark(number)),
    };
    let (kind, id) = address(user, conversation);
    let notification = json!({
        "type": "conv",
        "data": {
            "res": device(caller),
            "from": user.as_str(),
            "op": operation,
            "id": id,
            "type": kind,
            "ts": m.clock().now(),
            "ext": ext,
        },
    });
    post(m, caller, user, &notification).await;
}

/// `user` has deleted messages of a conversation for itself.
pub(super) async fn messages_deleted(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    conversation: &Conversation,
) {
    let (kind, id) = address(user, conversation);
    let notification = json!({
        "type": "roaming_delete",
        "data": { "resource": device(caller), "to": id, "chatType": kind },
    });
    post(m, caller, user, &notification).await;
}

fn device(caller: &Caller) -> &str {
    caller.device.as_ref().map_or("", DeviceId::as_str)
}

/// Kind and name of a conversation as `user` knows it.
fn address(user: &UserId, conversation: &Conversation) -> (&'static str, String) {
    match conversation {
        Conversation::Single(a, b) => ("chat", if a == user { b } else { a }.to_string()),
        Conversation::Group(group) => ("groupchat", group.to_string()),
        Conversation::Thread(thread) => ("groupchat", thread.to_string()),
        Conversation::Room(room) => ("chatroom", room.to_string()),
        Conversation::System(user) => ("chat", user.to_string()),
    }
}

async fn post(m: &Messaging, caller: &Caller, user: &UserId, notification: &Value) {
    let told = events::post_notify(m, caller, std::slice::from_ref(user), notification).await;
    if let Err(error) = told {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%user, %error, source, "a conversation changed but the user's other devices could not be told");
    }
}
