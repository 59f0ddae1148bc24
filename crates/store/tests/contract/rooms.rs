//! Chat rooms, their members, and who may make them.

use hongyan_model::{AppId, Group, GroupId, Member, MessageId, Muc, Role, Room, RoomId, UserId};
use hongyan_store::groups::GroupQuota;
use hongyan_store::rooms::{
    self, Addition, Departure, Insertion, MemberPosition, Membership, RoomQuota,
};
use hongyan_store::{groups, muc, users};

use crate::{Fixture, NOW, on_every_engine};

fn rid(id: &str) -> RoomId {
    RoomId::from_trusted(id)
}

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn member(user: &str, role: Role, position: u64) -> Member {
    Member { user: id(user), role, joined: NOW, joined_at: MessageId(position) }
}

fn room(id: &str, owner: &str, max_users: u32) -> Room {
    Room {
        id: rid(id),
        name: "大厅".to_owned(),
        description: "d".to_owned(),
        custom: "{}".to_owned(),
        owner: UserId::from_trusted(owner),
        max_users,
        member_count: 1,
        created: NOW,
        modified: NOW,
    }
}

/// The app may have so many rooms.
fn at_most(rooms: Option<u64>) -> RoomQuota {
    RoomQuota { rooms, ..RoomQuota::default() }
}

async fn insert(f: &Fixture, app: AppId, room: &Room, most: Option<u64>) -> Insertion {
    let owner = [member(room.owner.as_str(), Role::Owner, 1)];
    rooms::insert(&f.store, app, room, &owner, at_most(most)).await.unwrap()
}

/// An app with the room `1` of alice, and the other users outside it.
async fn app_with_room(f: &Fixture, max_users: u32, others: &[&str]) -> AppId {
    let app = f.app("one").await;
    f.user(app, "alice").await;
    for user in others {
        f.user(app, user).await;
    }
    assert_eq!(insert(f, app, &room("1", "alice", max_users), None).await, Insertion::Done);
    app
}

async fn add(f: &Fixture, app: AppId, users: &[&str]) -> Addition {
    let members: Vec<Member> = users
        .iter()
        .zip(10..)
        .map(|(user, position)| member(user, Role::Member, position))
        .collect();
    rooms::add_members(&f.store, app, &rid("1"), &members, at_most(None)).await.unwrap()
}

async fn added(f: &Fixture, app: AppId, users: &[&str]) -> Vec<UserId> {
    match add(f, app, users).await {
        Addition::Added { users, .. } => users,
        other => panic!("{other:?}"),
    }
}

async fn member_count(f: &Fixture, app: AppId) -> u32 {
    let count = rooms::find(&f.store, app, &rid("1")).await.unwrap().unwrap().member_count;
    let members = rooms::members(&f.store, app, &rid("1"), 0, 100).await.unwrap();
    assert_eq!(members.len(), count as usize, "the count differs from the members");
    count
}

#[tokio::test]
async fn a_room_is_read_as_it_was_stored_and_belongs_to_its_app() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, 200, &[]).await;
        let other_app = f.app("two").await;
        let found = rooms::find(&f.store, app, &rid("1")).await.unwrap();
        assert_eq!(found, Some(room("1", "alice", 200)));
        assert_eq!(rooms::find(&f.store, other_app, &rid("1")).await.unwrap(), None);
        let alice = id("alice");
        let membership = rooms::membership(&f.store, other_app, &rid("1"), &alice).await.unwrap();
        assert_eq!(membership, Membership::NoRoom);
        assert_eq!(rooms::roles(&f.store, other_app, &alice).await.unwrap(), []);
        assert_eq!(rooms::count(&f.store, other_app).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn groups_and_rooms_share_one_space_of_ids() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, 200, &[]).await;
        let group = |id: &str| Group {
            id: GroupId::from_trusted(id),
            name: String::new(),
            description: String::new(),
            avatar: String::new(),
            custom: String::new(),
            owner: UserId::from_trusted("alice"),
            public: true,
            members_only: false,
            allow_invites: false,
            invite_need_confirm: false,
            disabled: false,
            max_users: 2,
            member_count: 1,
            created: NOW,
            modified: NOW,
        };
        let owner = [member("alice", Role::Owner, 1)];
        let taken = groups::insert(&f.store, app, &group("1"), &owner, GroupQuota::default()).await;
        let taken = taken.unwrap();
        assert_eq!(taken, groups::Insertion::Exists);
        groups::insert(&f.store, app, &group("2"), &owner, GroupQuota::default()).await.unwrap();
        assert_eq!(insert(&f, app, &room("2", "alice", 9), None).await, Insertion::Exists);
        assert_eq!(insert(&f, app, &room("1", "alice", 9), None).await, Insertion::Exists);
        assert_eq!(rooms::find(&f.store, app, &rid("2")).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn creation_refuses_unknown_members_and_rooms_beyond_the_limit() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, 200, &[]).await;
        let ghosts = [member("alice", Role::Owner, 1), member("ghost", Role::Member, 2)];
        let refused =
            rooms::insert(&f.store, app, &room("2", "alice", 9), &ghosts, at_most(None)).await;
        assert_eq!(refused.unwrap(), Insertion::UnknownUser(id("ghost")));
        assert_eq!(insert(&f, app, &room("2", "alice", 9), Some(1)).await, Insertion::TooMany);
        assert_eq!(rooms::count(&f.store, app).await.unwrap(), 1);
        assert_eq!(insert(&f, app, &room("2", "alice", 9), Some(2)).await, Insertion::Done);
        let other = f.app("two").await;
        f.user(other, "alice").await;
        assert_eq!(insert(&f, other, &room("1", "alice", 9), Some(1)).await, Insertion::Done);
    })
    .await;
}

#[tokio::test]
async fn members_come_in_once_and_all_or_none() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, 3, &["bob", "carol", "dave"]).await;
        assert_eq!(added(&f, app, &["alice", "bob"]).await, [id("bob")]);
        assert_eq!(added(&f, app, &["bob"]).await, []);
        assert_eq!(member_count(&f, app).await, 2);
        assert_eq!(add(&f, app, &["carol", "dave"]).await, Addition::Full);
        assert_eq!(member_count(&f, app).await, 2);
        assert_eq!(add(&f, app, &["carol", "ghost"]).await, Addition::UnknownUser(id("ghost")));
        assert_eq!(added(&f, app, &["carol"]).await, [id("carol")]);
        // A full room does not refuse those who are in it.
        assert_eq!(added(&f, app, &["bob"]).await, []);
        let nowhere =
            rooms::add_members(&f.store, app, &rid("9"), &[], at_most(None)).await.unwrap();
        assert_eq!(nowhere, Addition::NoRoom);
    })
    .await;
}

#[tokio::test]
async fn members_go_by_rank_and_the_owner_never() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, 10, &["bob", "carol"]).await;
        added(&f, app, &["bob", "carol"]).await;
        let remove = async |users: &[&str], below| {
            let users: Vec<UserId> = users.iter().map(|user| id(user)).collect();
            let removed = rooms::remove_members(&f.store, app, &rid("1"), &users, below).await;
            let Departure { room, users, .. } = removed.unwrap().unwrap();
            (room, users)
        };
        let (changed, removed) = remove(&["alice", "bob", "dave"], Role::Owner).await;
        assert_eq!((changed.member_count, removed), (2, vec![id("bob")]));
        assert_eq!(remove(&["alice", "bob"], Role::Owner).await.1, []);
        assert_eq!(member_count(&f, app).await, 2);
        let membership =
            async |user| rooms::membership(&f.store, app, &rid("1"), &id(user)).await.unwrap();
        assert_eq!(membership("alice").await, Membership::Member { role: Role::Owner });
        assert_eq!(membership("carol").await, Membership::Member { role: Role::Member });
        assert_eq!(membership("bob").await, Membership::NotMember);
        let nowhere = rooms::remove_members(&f.store, app, &rid("9"), &[], Role::Owner).await;
        assert_eq!(nowhere.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn members_are_listed_by_age_behind_the_owner() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, 10, &["dave", "bob", "carol"]).await;
        added(&f, app, &["dave", "bob", "carol"]).await;
        let names = |members: Vec<Member>| -> Vec<String> {
            members.into_iter().map(|member| member.user.to_string()).collect()
        };
        let all = rooms::members(&f.store, app, &rid("1"), 0, 10).await.unwrap();
        let after = MemberPosition::of(&all[1]);
        assert_eq!(names(all), ["alice", "dave", "bob", "carol"]);
        let page = rooms::members(&f.store, app, &rid("1"), 1, 2).await.unwrap();
        assert_eq!(names(page), ["dave", "bob"]);
        let rest =
            rooms::members_after(&f.store, app, &rid("1"), Some(&after), false, 10).await.unwrap();
        assert_eq!(names(rest), ["bob", "carol"]);
        let back = async |after: Option<&MemberPosition>| {
            names(rooms::members_after(&f.store, app, &rid("1"), after, true, 3).await.unwrap())
        };
        assert_eq!(back(None).await, ["carol", "bob", "dave"]);
        assert_eq!(back(Some(&after)).await, ["alice"]);
        let heads = rooms::heads(&f.store, app, &rid("1")).await.unwrap();
        assert_eq!(names(heads), ["alice"]);
    })
    .await;
}

#[tokio::test]
async fn rooms_are_listed_the_newest_first() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, 10, &["bob"]).await;
        for (id, created) in [("2", NOW + 1), ("3", NOW + 1), ("4", NOW - 5)] {
            insert(&f, app, &Room { created, ..room(id, "alice", 9) }, None).await;
        }
        let ids = |rooms: Vec<Room>| -> Vec<String> {
            rooms.into_iter().map(|room| room.id.to_string()).collect()
        };
        let page = async |after, limit| rooms::page(&f.store, app, after, limit).await.unwrap();
        assert_eq!(ids(page(None, 10).await), ["3", "2", "1", "4"]);
        assert_eq!(ids(page(Some((NOW + 1, rid("2"))), 1).await), ["1"]);
        let numbered = rooms::numbered(&f.store, app, 1, 2).await.unwrap();
        assert_eq!(ids(numbered), ["2", "1"]);
        assert_eq!(rooms::count(&f.store, app).await.unwrap(), 4);

        added(&f, app, &["bob"]).await;
        let joined = rooms::joined(&f.store, app, &id("bob"), 0, 10).await.unwrap();
        assert_eq!(ids(joined), ["1"]);
        let roles = rooms::roles(&f.store, app, &id("bob")).await.unwrap();
        assert_eq!(roles, [(rid("1"), Role::Member)]);
    })
    .await;
}

#[tokio::test]
async fn guests_of_every_app_are_found_page_by_page() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, 10, &["bob", "carol"]).await;
        insert(&f, app, &room("2", "alice", 9), None).await;
        added(&f, app, &["carol", "bob"]).await;
        let second = [member("bob", Role::Member, 5)];
        rooms::add_members(&f.store, app, &rid("2"), &second, at_most(None)).await.unwrap();
        let other = f.app("two").await;
        f.user(other, "alice").await;
        f.user(other, "bob").await;
        insert(&f, other, &room("1", "alice", 9), None).await;
        rooms::add_members(&f.store, other, &rid("1"), &second, at_most(None)).await.unwrap();

        let all = rooms::guests(&f.store, None, 10).await.unwrap();
        assert_eq!(all, [(app, id("bob")), (app, id("carol")), (other, id("bob"))]);
        let page = rooms::guests(&f.store, Some(&all[0]), 1).await.unwrap();
        assert_eq!(page, [all[1].clone()]);
        assert_eq!(rooms::guests(&f.store, Some(&all[2]), 10).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_change_sees_the_room_as_it_is_and_may_refuse() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, 10, &[]).await;
        let change = |room: &mut Room| {
            room.name = format!("{} 2", room.name);
            room.max_users = 3;
            room.modified = NOW + 7;
            Ok::<_, ()>(())
        };
        let changed = rooms::update(&f.store, app, &rid("1"), change).await.unwrap();
        let found = rooms::find(&f.store, app, &rid("1")).await.unwrap().unwrap();
        assert_eq!(changed, Some(Ok(found.clone())));
        assert_eq!((found.name.as_str(), found.max_users, found.modified), ("大厅 2", 3, NOW + 7));

        let refuse = |room: &mut Room| {
            room.name = String::new();
            Err(())
        };
        let refused = rooms::update(&f.store, app, &rid("1"), refuse).await.unwrap();
        assert_eq!(refused, Some(Err(())));
        assert_eq!(rooms::find(&f.store, app, &rid("1")).await.unwrap(), Some(found));
        let nowhere = rooms::update(&f.store, app, &rid("9"), |_| Ok::<_, ()>(())).await;
        assert_eq!(nowhere.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_room_ends_with_everything_of_it() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, 10, &["bob"]).await;
        added(&f, app, &["bob"]).await;
        let lobby = Muc::Room(rid("1"));
        muc::set_announcement(&f.store, app, &lobby, "hello").await.unwrap();
        let (deleted, mut members) =
            rooms::delete(&f.store, app, &rid("1")).await.unwrap().unwrap();
        members.sort();
        assert_eq!((deleted.member_count, members), (2, vec![id("alice"), id("bob")]));
        assert_eq!(rooms::find(&f.store, app, &rid("1")).await.unwrap(), None);
        assert_eq!(rooms::delete(&f.store, app, &rid("1")).await.unwrap(), None);
        assert_eq!(rooms::roles(&f.store, app, &id("bob")).await.unwrap(), []);
        assert_eq!(insert(&f, app, &room("1", "alice", 9), None).await, Insertion::Done);
        let settings = muc::settings(&f.store, app, &lobby).await.unwrap();
        assert_eq!(settings.announcement, "");
    })
    .await;
}

#[tokio::test]
async fn the_right_to_make_rooms_ends_with_the_user() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, 10, &["bob"]).await;
        let other = f.app("two").await;
        f.user(other, "bob").await;
        let (alice, bob) = (id("alice"), id("bob"));
        assert!(rooms::add_super_admin(&f.store, app, &bob, NOW).await.unwrap());
        assert!(rooms::add_super_admin(&f.store, app, &bob, NOW + 9).await.unwrap());
        assert!(rooms::add_super_admin(&f.store, app, &alice, NOW + 1).await.unwrap());
        assert!(!rooms::add_super_admin(&f.store, app, &id("ghost"), NOW).await.unwrap());
        let listed = async |offset| rooms::super_admins(&f.store, app, offset, 1).await.unwrap();
        assert_eq!((listed(0).await, listed(1).await), (vec![bob.clone()], vec![alice.clone()]));
        assert!(rooms::is_super_admin(&f.store, app, &bob).await.unwrap());
        assert!(!rooms::is_super_admin(&f.store, other, &bob).await.unwrap());

        assert!(rooms::remove_super_admin(&f.store, app, &alice).await.unwrap());
        assert!(!rooms::remove_super_admin(&f.store, app, &alice).await.unwrap());
        users::delete(&f.store, app, &bob).await.unwrap();
        assert!(!rooms::is_super_admin(&f.store, app, &bob).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_user_is_in_so_many_rooms_whoever_comes_at_the_same_time() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, 50, &["bob"]).await;
        for number in 2..8 {
            insert(&f, app, &room(&number.to_string(), "alice", 9), None).await;
        }
        let quota = RoomQuota { per_user: Some(3), ..RoomQuota::default() };
        let come = |number: usize| {
            let (store, room) = (f.store.clone(), rid(&number.to_string()));
            async move {
                let bob = [member("bob", Role::Member, 5)];
                rooms::add_members(&store, app, &room, &bob, quota).await.unwrap()
            }
        };
        let came = futures_util::future::join_all((1..8).map(come)).await;
        let inside = came.iter().filter(|came| matches!(came, Addition::Added { .. })).count();
        assert_eq!(inside, 3);
        assert!(came.contains(&Addition::UserFull(id("bob"))));
        let mine = rooms::roles(&f.store, app, &id("bob")).await.unwrap();
        assert_eq!(mine.len(), 3);

        // Who comes again, and who leaves all others, has a place.
        let again = [member("bob", Role::Member, 6)];
        let there = rooms::add_members(&f.store, app, &mine[0].0, &again, quota).await.unwrap();
        assert!(matches!(there, Addition::Added { users, .. } if users.is_empty()));
        let leaving = RoomQuota { only_owned: true, ..quota };
        let others = (1..8).map(|number| rid(&number.to_string()));
        let other =
            others.into_iter().find(|room| mine.iter().all(|(own, _)| own != room)).unwrap();
        let there = rooms::add_members(&f.store, app, &other, &again, leaving).await.unwrap();
        assert!(matches!(there, Addition::Added { .. }), "{there:?}");
        let owner = [member("bob", Role::Owner, 7)];
        let made = rooms::insert(&f.store, app, &room("9", "bob", 9), &owner, quota).await;
        assert_eq!(made.unwrap(), Insertion::UserFull(id("bob")));
    })
    .await;
}
