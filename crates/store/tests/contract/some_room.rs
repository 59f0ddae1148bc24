//! A room with three members, for what belongs to members of rooms.

use hongyan_model::{AppId, Member, MessageId, Role, Room, RoomId, UserId};
use hongyan_store::rooms::{self, RoomQuota};

use crate::{Fixture, NOW};

pub(crate) fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

pub(crate) fn rid() -> RoomId {
    RoomId::from_trusted("1")
}

/// An app with a room of alice, in which bob and carol are.
pub(crate) async fn app_with_room(f: &Fixture, name: &str) -> AppId {
    let app = f.app(name).await;
    let mut members = Vec::new();
    for (user, role) in [("alice", Role::Owner), ("bob", Role::Member), ("carol", Role::Member)] {
        f.user(app, user).await;
        members.push(Member { user: id(user), role, joined: NOW, joined_at: MessageId(1) });
    }
    let room = Room {
        id: rid(),
        name: String::new(),
        description: String::new(),
        custom: String::new(),
        owner: id("alice"),
        max_users: 9,
        member_count: 3,
        created: NOW,
        modified: NOW,
    };
    rooms::insert(&f.store, app, &room, &members, RoomQuota::default()).await.unwrap();
    app
}
