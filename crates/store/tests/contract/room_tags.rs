//! Tags of members of rooms: whose they are, what their mutes hit, when they go.

use std::collections::BTreeMap;

use hongyan_model::{AppId, Muc, Role, RoomId, UserId};
use hongyan_store::room_tags::{self as tags, TagMute, Tagging};
use hongyan_store::rooms;
use hongyan_store::{muc_roles, users};

use crate::some_room::{app_with_room, id, rid};
use crate::{Fixture, NOW, on_every_engine};

async fn set(f: &Fixture, app: AppId, user: &str, names: &[&str]) -> Tagging {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    tags::set(&f.store, app, &rid(), &id(user), &names).await.unwrap()
}

async fn mute(f: &Fixture, app: AppId, tag: &str, expires: Option<i64>) -> TagMute {
    tags::mute(&f.store, app, &rid(), tag, expires).await.unwrap()
}

async fn of(f: &Fixture, app: AppId, user: &str) -> Vec<(String, Option<i64>)> {
    let found: BTreeMap<_, _> =
        tags::of_member(&f.store, app, &rid(), &id(user), NOW).await.unwrap();
    found.into_iter().collect()
}

async fn muted(f: &Fixture, app: AppId, now: i64) -> Vec<(UserId, i64)> {
    tags::muted(&f.store, app, &rid(), now).await.unwrap()
}

fn tag(name: &str, end: Option<i64>) -> (String, Option<i64>) {
    (name.to_owned(), end)
}

#[tokio::test]
async fn a_muted_tag_hits_whoever_has_it() {
    on_every_engine(|f| async move {
        let (app, other) = (app_with_room(&f, "one").await, app_with_room(&f, "two").await);
        assert_eq!(set(&f, app, "dave", &["t"]).await, Tagging::NotMember);
        let nowhere = RoomId::from_trusted("9");
        let tagged = tags::set(&f.store, app, &nowhere, &id("bob"), &[]).await.unwrap();
        assert_eq!(tagged, Tagging::NoRoom);
        let muting = tags::mute(&f.store, app, &nowhere, "t", None).await.unwrap();
        assert_eq!(muting, TagMute::NoRoom);
        assert_eq!(mute(&f, app, "t", Some(NOW + 5)).await, TagMute::NoTag);

        assert_eq!(set(&f, app, "bob", &["t", "u"]).await, Tagging::Done);
        assert_eq!(set(&f, app, "alice", &["t"]).await, Tagging::Done);
        assert_eq!(mute(&f, other, "t", Some(NOW + 5)).await, TagMute::NoTag);
        assert_eq!(mute(&f, app, "t", Some(NOW + 5)).await, TagMute::Done);
        assert_eq!(of(&f, app, "bob").await, [tag("t", Some(NOW + 5)), tag("u", None)]);
        assert_eq!(muted(&f, app, NOW).await, [(id("bob"), NOW + 5)], "not the owner");
        assert_eq!(muted(&f, other, NOW).await, []);
        // Of two the later end counts, and whoever gets the tag afterwards is muted.
        assert_eq!(mute(&f, app, "u", Some(i64::MAX)).await, TagMute::Done);
        set(&f, app, "carol", &["t"]).await;
        assert_eq!(muted(&f, app, NOW).await, [(id("bob"), i64::MAX), (id("carol"), NOW + 5)]);
        assert_eq!(muted(&f, app, NOW + 5).await, [(id("bob"), i64::MAX)]);
        assert_eq!(mute(&f, app, "u", None).await, TagMute::Done);
        assert_eq!(mute(&f, app, "t", Some(NOW)).await, TagMute::Done);
        assert_eq!(muted(&f, app, NOW).await, []);
        assert_eq!(of(&f, app, "bob").await, [tag("t", None), tag("u", None)]);

        // Who owned the room is muted like anybody.
        mute(&f, app, "t", Some(NOW + 9)).await;
        let room = Muc::Room(rid());
        muc_roles::transfer(&f.store, app, &room, &id("bob"), NOW).await.unwrap();
        assert_eq!(muted(&f, app, NOW).await, [(id("alice"), NOW + 9), (id("carol"), NOW + 9)]);
    })
    .await;
}

#[tokio::test]
async fn tags_go_with_their_members_and_mutes_with_their_tags() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, "one").await;
        set(&f, app, "bob", &["t"]).await;
        set(&f, app, "carol", &["t", "u"]).await;
        mute(&f, app, "t", Some(i64::MAX)).await;
        mute(&f, app, "u", Some(i64::MAX)).await;
        let leave = async |user: &str| {
            let users = [id(user)];
            rooms::remove_members(&f.store, app, &rid(), &users, Role::Owner).await.unwrap()
        };
        assert!(leave("carol").await.unwrap().tags);
        assert_eq!(of(&f, app, "carol").await, []);
        assert_eq!(of(&f, app, "bob").await, [tag("t", Some(i64::MAX))]);
        // Nobody had the other one any more, so that its mute has ended.
        set(&f, app, "bob", &["t", "u"]).await;
        assert_eq!(of(&f, app, "bob").await, [tag("t", Some(i64::MAX)), tag("u", None)]);
        set(&f, app, "bob", &[]).await;
        assert_eq!(of(&f, app, "bob").await, []);
        set(&f, app, "bob", &["t"]).await;
        assert_eq!(muted(&f, app, NOW).await, []);
        set(&f, app, "bob", &[]).await;
        assert!(!leave("bob").await.unwrap().tags);

        set(&f, app, "alice", &["t"]).await;
        mute(&f, app, "t", Some(i64::MAX)).await;
        rooms::delete(&f.store, app, &rid()).await.unwrap().unwrap();
        assert_eq!(of(&f, app, "alice").await, []);
        users::delete(&f.store, app, &id("alice")).await.unwrap();
    })
    .await;
}
