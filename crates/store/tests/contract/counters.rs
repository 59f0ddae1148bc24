//! How many an app has, and limits that hold whoever comes at the same time.

use hongyan_model::{AppId, Group, GroupId, Member, MessageId, Role, Room, RoomId, UserId};
use hongyan_store::counters::{Counted, count};
use hongyan_store::groups::{self, Addition, GroupQuota, Insertion};
use hongyan_store::users::{self, NewUser};
use hongyan_store::{Store, rooms};

use crate::{Fixture, NOW, new_user, on_every_engine};

fn gid(id: &str) -> GroupId {
    GroupId::from_trusted(id)
}

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn member(user: &str, role: Role) -> Member {
    Member { user: id(user), role, joined: NOW, joined_at: MessageId(1) }
}

fn new_users(names: &[&str]) -> Vec<NewUser> {
    let new = |name: &&str| NewUser { user: new_user(name, NOW), password_hash: None };
    names.iter().map(new).collect()
}

async fn register(
    store: &Store,
    app: AppId,
    names: &[&str],
    most: Option<u64>,
) -> Vec<users::Insertion> {
    users::insert(store, app, &new_users(names), most).await.unwrap()
}

/// A group of alice with room for 9.
async fn make_group(store: &Store, app: AppId, name: &str, quota: GroupQuota) -> Insertion {
    let group = Group {
        id: gid(name),
        name: "g".to_owned(),
        description: String::new(),
        avatar: String::new(),
        custom: String::new(),
        owner: id("alice"),
        public: false,
        members_only: false,
        allow_invites: false,
        invite_need_confirm: false,
        disabled: false,
        max_users: 9,
        member_count: 1,
        created: NOW,
        modified: NOW,
    };
    groups::insert(store, app, &group, &[member("alice", Role::Owner)], quota).await.unwrap()
}

async fn add(store: &Store, app: AppId, group: &str, user: &str, quota: GroupQuota) -> Addition {
    let members = [member(user, Role::Member)];
    groups::add_members(store, app, &gid(group), &members, quota).await.unwrap()
}

async fn counts(f: &Fixture, app: AppId) -> [u64; 3] {
    let mut counts = [0; 3];
    for what in [Counted::Users, Counted::Groups, Counted::Rooms] {
        counts[what as usize] = count(&f.store, app, what).await.unwrap();
    }
    counts
}

#[tokio::test]
async fn whatever_comes_and_goes_is_counted() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        assert_eq!(counts(&f, app).await, [0, 0, 0]);
        register(&f.store, app, &["alice", "bob", "alice"], None).await;
        register(&f.store, other, &["alice"], None).await;
        assert_eq!(counts(&f, app).await, [2, 0, 0]);

        make_group(&f.store, app, "1", GroupQuota::default()).await;
        make_group(&f.store, app, "1", GroupQuota::default()).await;
        let room = Room {
            id: RoomId::from_trusted("2"),
            name: "r".to_owned(),
            description: String::new(),
            custom: String::new(),
            owner: id("alice"),
            max_users: 9,
            member_count: 1,
            created: NOW,
            modified: NOW,
        };
        let owner = [member("alice", Role::Owner)];
        let most = rooms::RoomQuota { rooms: Some(1), ..rooms::RoomQuota::default() };
        rooms::insert(&f.store, app, &room, &owner, most).await.unwrap();
        let second = Room { id: RoomId::from_trusted("3"), ..room.clone() };
        let refused = rooms::insert(&f.store, app, &second, &owner, most).await.unwrap();
        assert_eq!(refused, rooms::Insertion::TooMany);
        assert_eq!(counts(&f, app).await, [2, 1, 1]);

        for _ in 0..2 {
            groups::delete(&f.store, app, &gid("1")).await.unwrap();
            rooms::delete(&f.store, app, &room.id).await.unwrap();
            users::delete(&f.store, app, &id("bob")).await.unwrap();
        }
        assert_eq!(counts(&f, app).await, [1, 0, 0]);
        assert_eq!(counts(&f, other).await, [1, 0, 0]);
    })
    .await;
}

#[tokio::test]
async fn those_users_are_stored_who_fit_the_first_of_them_first() {
    on_every_engine(|f| async move {
        use users::Insertion::{Done, Taken, TooMany};
        let app = f.app("one").await;
        let names = ["zoe", "bob", "zoe", "adam", "carol"];
        let outcomes = register(&f.store, app, &names, Some(3)).await;
        assert_eq!(outcomes, [Done, Done, Taken, Done, TooMany]);
        assert_eq!(register(&f.store, app, &["dave"], Some(3)).await, [TooMany]);
        users::delete(&f.store, app, &id("bob")).await.unwrap();
        assert_eq!(register(&f.store, app, &["dave"], Some(3)).await, [Done]);
        // A limit that was lowered stops newcomers only.
        assert_eq!(register(&f.store, app, &["eve"], Some(1)).await, [TooMany]);
        assert_eq!(counts(&f, app).await, [3, 0, 0]);
    })
    .await;
}

#[tokio::test]
async fn no_more_users_than_allowed_whoever_registers_and_leaves_at_once() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        register(&f.store, app, &["old"], None).await;
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let store = f.store.clone();
                tokio::spawn(async move {
                    if n % 5 == 0 {
                        users::delete(&store, app, &id("old")).await.unwrap();
                    }
                    register(&store, app, &["old", &format!("u{n}")], Some(7)).await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let stored = users::page(&f.store, app, None, 99).await.unwrap().len() as u64;
        assert_eq!((stored, counts(&f, app).await), (7, [7, 0, 0]));
    })
    .await;
}

#[tokio::test]
async fn no_more_groups_than_allowed_whoever_makes_them_at_once() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        register(&f.store, app, &["alice"], None).await;
        let quota = GroupQuota { groups: Some(3), ..GroupQuota::default() };
        let tasks: Vec<_> = (0..12)
            .map(|n| {
                let store = f.store.clone();
                tokio::spawn(async move { make_group(&store, app, &n.to_string(), quota).await })
            })
            .collect();
        let mut made = 0;
        for task in tasks {
            match task.await.unwrap() {
                Insertion::Done => made += 1,
                outcome => assert_eq!(outcome, Insertion::TooMany),
            }
        }
        let alices = groups::joined_count(&f.store, app, &id("alice")).await.unwrap();
        assert_eq!((made, alices, counts(&f, app).await), (3, 3, [1, 3, 0]));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_in_more_groups_than_allowed_whoever_adds_them_at_once() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        register(&f.store, app, &["alice", "bob", "carol"], None).await;
        for n in 0..8 {
            make_group(&f.store, app, &n.to_string(), GroupQuota::default()).await;
        }
        let quota = GroupQuota { groups_per_user: Some(3), ..GroupQuota::default() };
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let store = f.store.clone();
                // Opposite orders: whoever takes rows one by one must not stop others for ever.
                let mut members = [member("bob", Role::Member), member("carol", Role::Member)];
                if n % 2 == 0 {
                    members.reverse();
                }
                tokio::spawn(async move {
                    let group = gid(&n.to_string());
                    groups::add_members(&store, app, &group, &members, quota).await.unwrap()
                })
            })
            .collect();
        let mut added = 0;
        for task in tasks {
            match task.await.unwrap() {
                Addition::Added { .. } => added += 1,
                outcome => assert_eq!(outcome, Addition::UserFull(id("bob"))),
            }
        }
        let bobs = groups::joined_count(&f.store, app, &id("bob")).await.unwrap();
        assert_eq!((added, bobs), (3, 3));
        // Whoever makes a group is in it.
        let full = make_group(&f.store, app, "new", quota).await;
        assert_eq!(full, Insertion::UserFull(id("alice")));
        assert_eq!(groups::find(&f.store, app, &gid("new")).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_group_takes_no_more_members_than_the_plan_allows() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        register(&f.store, app, &["alice", "bob", "carol"], None).await;
        make_group(&f.store, app, "1", GroupQuota::default()).await;
        let quota = GroupQuota { members: Some(2), ..GroupQuota::default() };
        assert!(matches!(add(&f.store, app, "1", "bob", quota).await, Addition::Added { .. }));
        assert_eq!(add(&f.store, app, "1", "carol", quota).await, Addition::Full);
        // Who is in it already is no newcomer.
        assert!(matches!(add(&f.store, app, "1", "bob", quota).await, Addition::Added { .. }));
    })
    .await;
}
