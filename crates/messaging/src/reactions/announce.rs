//! What those who take part are told of a reaction (docs/protocol.md, "Annotations").

use hongyan_model::{Audience, Caller, Conversation, Result, Timestamp, UserId};
use hongyan_store::reactions as stored;
use serde_json::{Value, json};

use super::{is_blocked, read};
use crate::Messaging;
use crate::messages::access::Visible;
use crate::messages::{events, receiver_of};

/// A reaction that came or went.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) reaction: &'a str,
    pub(super) added: bool,
    pub(super) at: Timestamp,
}

/// Tells of a change that is committed, so a failure is only logged. Costs one entry in a group, one for each side of
/// a one-to-one conversation.
pub(super) async fn changed(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    found: &Visible,
    change: Change<'_>,
) {
    if let Err(error) = post(m, caller, user, found, change).await {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        let message = found.message.id;
        tracing::error!(%message, %error, source, "a reaction changed but nobody could be told");
    }
}

async fn post(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    found: &Visible,
    change: Change<'_>,
) -> Result<()> {
    let conversation = &found.conversation;
    let mut viewers = conversation.owners();
    if viewers.is_empty() {
        // Members of a group share the entry, so it cannot say who of them has added a reaction.
        return post_to(m, caller, user, found, change, None).await;
    }
    if is_blocked(m, &caller.app, user, conversation).await? {
        viewers.retain(|viewer| viewer == user);
    }
    for viewer in &viewers {
        post_to(m, caller, user, found, change, Some(viewer)).await?;
    }
    Ok(())
}

async fn post_to(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    found: &Visible,
    change: Change<'_>,
    viewer: Option<&UserId>,
) -> Result<()> {
    let (app, message) = (&caller.app, &found.message);
    let all = stored::of_messages(m.store(), app.id, &[message.id], viewer.unwrap_or(user)).await?;
    let kind = if change.added { "create" } else { "delete" };
    let op = json!([{ "operator": user.as_str(), "reactionType": kind }]);
    let mut rows: Vec<Value> = all.iter().map(read::to_json).collect();
    match rows.iter_mut().find(|row| row["reaction"] == change.reaction) {
        Some(row) => row["op"] = op,
        None => rows.push(json!({
            "reaction": change.reaction, "count": 0, "userCount": 0, "state": false, "userList": [], "op": op,
        })),
    }
    if viewer.is_none() {
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            row.remove("state");
        }
    }
    let is_group = matches!(found.conversation, Conversation::Group(_) | Conversation::Thread(_));
    let notification = json!({
        "type": "reaction",
        "data": [{
            "from": message.entry.sender.as_str(),
            "to": receiver_of(message),
            "channel_type": if is_group { "groupchat" } else { "chat" },
            "messageId": message.id.to_string(),
            "reactions": rows,
            "ts": change.at,
        }],
    });
    let audience = match viewer {
        Some(viewer) => Audience::Only(vec![viewer.clone()]),
        None => message.entry.audience.clone(),
    };
    let sender = (user, caller.device.as_ref());
    events::post_notify_in(m, app, sender, &found.conversation, audience, &notification).await
}
