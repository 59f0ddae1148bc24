//! Roles and lists of groups and chat rooms.

use hongyan_model::{AppId, Group, GroupId, Member, MessageId, Muc, Role, Room, RoomId, UserId};
use hongyan_store::groups::{self, Addition as MemberAddition, GroupQuota, Insertion, Membership};
use hongyan_store::muc::{self, Addition, FOREVER, List, Listed, Settings};
use hongyan_store::muc_roles::{self, RoleChange, Transfer};
use hongyan_store::{rooms, users};

use crate::{Fixture, NOW, on_every_engine};

const LIMIT: usize = 10;

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn ids(names: &[&str]) -> Vec<UserId> {
    names.iter().copied().map(id).collect()
}

fn member(user: &str, role: Role, position: u64) -> Member {
    Member { user: id(user), role, joined: NOW, joined_at: MessageId(position) }
}

/// A group or room of alice with bob and carol as members; dave and eve are outside.
async fn place(f: &Fixture, app: AppId, muc: &Muc) {
    for user in ["alice", "bob", "carol", "dave", "eve"] {
        if users::find(&f.store, app, &id(user)).await.unwrap().is_none() {
            f.user(app, user).await;
        }
    }
    let members = [
        member("alice", Role::Owner, 1),
        member("bob", Role::Member, 2),
        member("carol", Role::Member, 3),
    ];
    match muc {
        Muc::Group(group) => {
            let new = Group {
                id: group.clone(),
                name: "g".to_owned(),
                description: String::new(),
                avatar: String::new(),
                custom: String::new(),
                owner: id("alice"),
                public: true,
                members_only: false,
                allow_invites: true,
                invite_need_confirm: false,
                disabled: false,
                max_users: 100,
                member_count: 3,
                created: NOW,
                modified: NOW,
            };
            let inserted =
                groups::insert(&f.store, app, &new, &members, GroupQuota::default()).await.unwrap();
            assert_eq!(inserted, Insertion::Done);
        }
        Muc::Room(room) => {
            let new = Room {
                id: room.clone(),
                name: "r".to_owned(),
                description: String::new(),
                custom: String::new(),
                owner: id("alice"),
                max_users: 100,
                member_count: 3,
                created: NOW,
                modified: NOW,
            };
            let inserted =
                rooms::insert(&f.store, app, &new, &members, rooms::RoomQuota::default())
                    .await
                    .unwrap();
            assert_eq!(inserted, rooms::Insertion::Done);
        }
    }
}

fn group(id: &str) -> Muc {
    Muc::Group(GroupId::from_trusted(id))
}

fn room(id: &str) -> Muc {
    Muc::Room(RoomId::from_trusted(id))
}

async fn add(f: &Fixture, app: AppId, muc: &Muc, list: List, users: &[&str]) -> Addition {
    let end = (FOREVER, NOW, LIMIT);
    muc::add(&f.store, app, muc, list, &ids(users), end).await.unwrap()
}

async fn listed(f: &Fixture, app: AppId, muc: &Muc, list: List, now: i64) -> Vec<UserId> {
    let rows = muc::list(&f.store, app, muc, list, now).await.unwrap();
    rows.into_iter().map(|row| row.user).collect()
}

#[tokio::test]
async fn lists_of_groups_and_rooms_keep_apart() {
    on_every_engine(|f| async move {
        let (app, other_app) = (f.app("one").await, f.app("two").await);
        for muc in [group("1"), room("2")] {
            place(&f, app, &muc).await;
            let done = add(&f, app, &muc, List::Blocked, &["dave", "ghost"]).await;
            assert_eq!(done, Addition::Done(ids(&["dave"])), "a ghost is no user");
            add(&f, app, &muc, List::Allowed, &["bob", "carol"]).await;
            assert_eq!(listed(&f, app, &muc, List::Blocked, NOW).await, ids(&["dave"]));
            assert_eq!(listed(&f, app, &muc, List::Allowed, NOW).await, ids(&["bob", "carol"]));
            assert_eq!(listed(&f, app, &muc, List::Muted, NOW).await, []);
            assert_eq!(listed(&f, other_app, &muc, List::Blocked, NOW).await, []);

            let both = ids(&["carol", "dave"]);
            let removed = muc::remove(&f.store, app, &muc, List::Allowed, &both, NOW).await;
            assert_eq!(removed.unwrap(), ids(&["carol"]));
            assert_eq!(listed(&f, app, &muc, List::Allowed, NOW).await, ids(&["bob"]));
        }
        for nowhere in [group("2"), room("1"), group("9")] {
            assert_eq!(add(&f, app, &nowhere, List::Muted, &["bob"]).await, Addition::Nowhere);
            assert!(!muc::set_all_muted(&f.store, app, &nowhere, true).await.unwrap());
            assert!(!muc::set_announcement(&f.store, app, &nowhere, "x").await.unwrap());
        }
        let elsewhere = add(&f, other_app, &group("1"), List::Muted, &["bob"]).await;
        assert_eq!(elsewhere, Addition::Nowhere, "another app's group");
    })
    .await;
}

#[tokio::test]
async fn a_mute_ends_by_itself_and_can_be_moved() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let muc = group("1");
        place(&f, app, &muc).await;
        let mute = async |user: &str, until: i64, now: i64| {
            let end = (until, now, 2);
            muc::add(&f.store, app, &muc, List::Muted, &ids(&[user]), end).await.unwrap()
        };
        mute("bob", NOW + 10, NOW).await;
        mute("carol", FOREVER, NOW).await;
        let until = async |user: &str, now: i64| {
            let rows = muc::list(&f.store, app, &muc, List::Muted, now).await.unwrap();
            rows.into_iter().find(|row| row.user == id(user)).map(|row| row.expires)
        };
        assert_eq!(until("bob", NOW + 9).await, Some(NOW + 10));
        assert_eq!(until("bob", NOW + 10).await, None);
        assert_eq!(until("carol", NOW + 10).await, Some(FOREVER));
        assert_eq!(listed(&f, app, &muc, List::Muted, NOW + 10).await, ids(&["carol"]));

        assert_eq!(mute("dave", NOW + 30, NOW).await, Addition::Full, "two is all there may be");
        let after = mute("dave", NOW + 30, NOW + 10).await;
        assert_eq!(after, Addition::Done(ids(&["dave"])), "what is over does not count");
        mute("dave", NOW + 50, NOW + 11).await;
        assert_eq!(until("dave", NOW + 40).await, Some(NOW + 50));
        let over = muc::remove(&f.store, app, &muc, List::Muted, &ids(&["dave"]), NOW + 50).await;
        assert_eq!(over.unwrap(), [], "it was over");
    })
    .await;
}

#[tokio::test]
async fn who_may_write_is_read_at_once() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let muc = room("1");
        place(&f, app, &muc).await;
        let speech = async |now: i64| muc::speech(&f.store, app, &muc, now).await.unwrap();
        assert_eq!(speech(NOW).await, muc::Speech::default());

        let end = (NOW + 5, NOW, LIMIT);
        muc::add(&f.store, app, &muc, List::Muted, &ids(&["bob"]), end).await.unwrap();
        add(&f, app, &muc, List::Allowed, &["carol"]).await;
        add(&f, app, &muc, List::Blocked, &["dave"]).await;
        assert!(muc::set_all_muted(&f.store, app, &muc, true).await.unwrap());
        assert!(muc::set_announcement(&f.store, app, &muc, "喂").await.unwrap());
        let settings = Settings { all_muted: true, announcement: "喂".to_owned() };
        assert_eq!(muc::settings(&f.store, app, &muc).await.unwrap(), settings);
        let now = speech(NOW).await;
        assert_eq!(now.muted, [Listed { user: id("bob"), expires: NOW + 5 }]);
        assert_eq!((now.all_muted, now.allowed), (true, ids(&["carol"])));
        assert_eq!(speech(NOW + 5).await.muted, []);
        assert!(muc::set_all_muted(&f.store, app, &muc, false).await.unwrap());
        let settings = muc::settings(&f.store, app, &muc).await.unwrap();
        assert_eq!((settings.all_muted, settings.announcement.as_str()), (false, "喂"));
    })
    .await;
}

#[tokio::test]
async fn the_blocked_do_not_come_in_and_the_removed_are_not_allowed() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let (muc, gid) = (group("1"), GroupId::from_trusted("1"));
        place(&f, app, &muc).await;
        add(&f, app, &muc, List::Blocked, &["dave"]).await;
        let wanted = [member("eve", Role::Member, 7), member("dave", Role::Member, 8)];
        let refused =
            groups::add_members(&f.store, app, &gid, &wanted, GroupQuota::default()).await.unwrap();
        assert_eq!(refused, MemberAddition::Blocked(id("dave")));
        let eve = groups::membership(&f.store, app, &gid, &id("eve")).await.unwrap();
        assert_eq!(eve, Membership::NotMember, "none was added");

        let (muc, rid) = (room("2"), RoomId::from_trusted("2"));
        place(&f, app, &muc).await;
        add(&f, app, &muc, List::Blocked, &["dave"]).await;
        let refused = rooms::add_members(&f.store, app, &rid, &wanted, rooms::RoomQuota::default())
            .await
            .unwrap();
        assert_eq!(refused, rooms::Addition::Blocked(id("dave")));

        add(&f, app, &muc, List::Allowed, &["bob", "carol"]).await;
        add(&f, app, &muc, List::Blocked, &["bob"]).await;
        assert_eq!(listed(&f, app, &muc, List::Allowed, NOW).await, ids(&["carol"]));

        let muc = group("1");
        add(&f, app, &muc, List::Allowed, &["bob", "carol"]).await;
        let bob = ids(&["bob"]);
        groups::remove_members(&f.store, app, &gid, &bob, Role::Owner).await.unwrap();
        assert_eq!(listed(&f, app, &muc, List::Allowed, NOW).await, ids(&["carol"]));
    })
    .await;
}

#[tokio::test]
async fn lists_end_with_user_group_and_room() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let (one, two) = (group("1"), room("2"));
        for muc in [&one, &two] {
            place(&f, app, muc).await;
            add(&f, app, muc, List::Muted, &["bob", "carol"]).await;
            muc::set_all_muted(&f.store, app, muc, true).await.unwrap();
        }
        let mut places = muc::remove_everywhere(&f.store, app, &id("bob")).await.unwrap();
        places.sort();
        assert_eq!(places, ["1", "2"]);
        assert_eq!(listed(&f, app, &one, List::Muted, NOW).await, ids(&["carol"]));

        let gid = GroupId::from_trusted("1");
        groups::delete(&f.store, app, &gid).await.unwrap();
        rooms::delete(&f.store, app, &RoomId::from_trusted("2")).await.unwrap();
        // Their successors start with nothing.
        for muc in [&one, &two] {
            place(&f, app, muc).await;
            assert_eq!(muc::speech(&f.store, app, muc, NOW).await.unwrap(), muc::Speech::default());
        }

        add(&f, app, &one, List::Blocked, &["eve"]).await;
        users::delete(&f.store, app, &id("eve")).await.unwrap();
        assert_eq!(listed(&f, app, &one, List::Blocked, NOW).await, []);
    })
    .await;
}

#[tokio::test]
async fn administrators_are_counted() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        for muc in [group("1"), room("2")] {
            place(&f, app, &muc).await;
            let set = async |user: &str, administrator: bool, limit: usize| {
                let user = id(user);
                muc_roles::set_administrator(&f.store, app, &muc, &user, administrator, limit)
                    .await
                    .unwrap()
            };
            assert_eq!(set("bob", true, 1).await, RoleChange::Done { changed: true });
            assert_eq!(set("bob", true, 1).await, RoleChange::Done { changed: false });
            assert_eq!(set("carol", true, 1).await, RoleChange::Full);
            assert_eq!(set("dave", true, 1).await, RoleChange::NotMember);
            assert_eq!(set("alice", false, 1).await, RoleChange::Owner);
            let admins = muc_roles::administrators(&f.store, app, &muc).await.unwrap();
            assert_eq!(admins, ids(&["bob"]));
            assert_eq!(set("carol", true, 2).await, RoleChange::Done { changed: true });
            assert_eq!(set("bob", false, 1).await, RoleChange::Done { changed: true });
            let admins = muc_roles::administrators(&f.store, app, &muc).await.unwrap();
            assert_eq!(admins, ids(&["carol"]));
        }
        let nowhere =
            muc_roles::set_administrator(&f.store, app, &group("9"), &id("bob"), true, 1).await;
        assert_eq!(nowhere.unwrap(), RoleChange::Nowhere);
    })
    .await;
}

#[tokio::test]
async fn a_transfer_leaves_one_owner() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let (muc, gid) = (group("1"), GroupId::from_trusted("1"));
        place(&f, app, &muc).await;
        add(&f, app, &muc, List::Muted, &["bob", "carol"]).await;
        let transfer = async |to: &str| {
            muc_roles::transfer(&f.store, app, &muc, &id(to), NOW + 5).await.unwrap()
        };
        assert_eq!(transfer("dave").await, Transfer::NotMember);
        assert_eq!(transfer("alice").await, Transfer::SameOwner);
        assert_eq!(transfer("bob").await, Transfer::Done { former: id("alice") });
        let after = groups::find(&f.store, app, &gid).await.unwrap().unwrap();
        assert_eq!((after.owner, after.modified), (id("bob"), NOW + 5));
        let role = async |user: &str| groups::membership(&f.store, app, &gid, &id(user)).await;
        let is = |membership, role| matches!(membership, Ok(Membership::Member { role: r, .. }) if r == role);
        assert!(is(role("bob").await, Role::Owner));
        assert!(is(role("alice").await, Role::Member));
        assert_eq!(listed(&f, app, &muc, List::Muted, NOW).await, ids(&["carol"]));
        let nowhere = muc_roles::transfer(&f.store, app, &group("9"), &id("bob"), NOW).await;
        assert_eq!(nowhere.unwrap(), Transfer::Nowhere);
    })
    .await;
}
