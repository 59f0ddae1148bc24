//! Queues as the client names them, and conversations.

use hongyan_model::{App, Conversation, GroupId, UserId};
use hongyan_msync::proto::Jid;
use hongyan_msync::{GROUP_DOMAIN, USER_DOMAIN};

/// The queue of the user's own events: no name.
pub(crate) fn system(app: &App) -> Jid {
    Jid { app_key: Some(app.key()), domain: Some(USER_DOMAIN.to_owned()), ..Jid::default() }
}

/// How `user` calls the queue of a conversation.
pub(crate) fn of(app: &App, user: &UserId, conversation: &Conversation) -> Jid {
    let (name, domain) = match conversation {
        Conversation::System(_) => return system(app),
        Conversation::Single(a, b) => (if a == user { b } else { a }.as_str(), USER_DOMAIN),
        Conversation::Group(group) => (group.as_str(), GROUP_DOMAIN),
        Conversation::Room(room) => (room.as_str(), GROUP_DOMAIN),
        Conversation::Thread(thread) => (thread.as_str(), GROUP_DOMAIN),
    };
    Jid {
        app_key: Some(app.key()),
        name: Some(name.to_owned()),
        domain: Some(domain.to_owned()),
        client_resource: None,
    }
}

/// The conversation that `user` means by a queue; `None` if there can be none of that name. Groups, chat rooms and
/// threads share a domain: `room_or_thread` tells what of that name the connection is in.
pub(crate) fn conversation(
    user: &UserId,
    queue: &Jid,
    room_or_thread: impl FnOnce(&str) -> Option<Conversation>,
) -> Option<Conversation> {
    let name = queue.name.as_deref().unwrap_or_default();
    if queue.domain.as_deref() == Some(GROUP_DOMAIN) {
        let group = || GroupId::parse(name).ok().map(Conversation::Group);
        return room_or_thread(name).or_else(group);
    }
    if name.is_empty() {
        return Some(Conversation::System(user.clone()));
    }
    UserId::parse(name).ok().map(|peer| Conversation::single(user, &peer))
}

#[cfg(test)]
mod tests {
    use hongyan_model::{RoomId, ThreadId};

    use super::*;

    #[test]
    fn a_conference_is_the_room_or_thread_the_connection_is_in_or_else_a_group() {
        let alice = UserId::from_trusted("alice");
        let queue = |name: &str| Jid {
            name: Some(name.to_owned()),
            domain: Some(GROUP_DOMAIN.to_owned()),
            ..Jid::default()
        };
        let key = |name: &str| {
            let room_or_thread = |name: &str| match name {
                "7" => Some(Conversation::Room(RoomId::from_trusted(name))),
                "9" => Some(Conversation::Thread(ThreadId::from_trusted(name))),
                _ => None,
            };
            let found = conversation(&alice, &queue(name), room_or_thread);
            found.map(|found| found.key().as_str().to_owned())
        };
        assert_eq!(key("7").as_deref(), Some("r:7"));
        assert_eq!(key("8").as_deref(), Some("g:8"));
        assert_eq!(key("9").as_deref(), Some("t:9"));
        assert_eq!(key("A/b"), None);
    }
}
