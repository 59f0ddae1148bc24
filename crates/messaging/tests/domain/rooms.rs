//! What may be done with chat rooms, and by whom.

use hongyan_messaging::messages::content::Content;
use hongyan_messaging::messages::{OutgoingMessage, Priority, TargetKind, send_from_server};
use hongyan_messaging::muc::MemberPage;
use hongyan_messaging::rooms::{self, Joining, NewRoom, RoomChange};
use hongyan_messaging::{groups, users};
use hongyan_model::{Caller, Feature, Member, Refusal, Result, Role, Room, UserId};

use crate::fixture::{Fixture, new_group, refusal, strings};

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

pub(crate) fn new_room(owner: &str, members: &[&str]) -> NewRoom {
    NewRoom {
        id: None,
        name: "Lobby".to_owned(),
        description: "d".to_owned(),
        custom: String::new(),
        owner: owner.to_owned(),
        members: strings(members),
        max_users: None,
    }
}

/// A room of alice with bob; carol and dave are outside.
async fn with_room() -> (Fixture, Room) {
    let f = Fixture::with_users(&["alice", "bob", "carol", "dave"]).await;
    let room = rooms::create(&f.m, &f.server(), new_room("Alice", &["bob", "alice"])).await;
    (f, room.unwrap())
}

async fn join(f: &Fixture, user: &str, room: &Room) -> Result<rooms::Joined> {
    rooms::join(&f.m, &f.user(user), room.id.as_str(), Joining::default()).await
}

async fn members(f: &Fixture, room: &Room) -> Vec<String> {
    let members = rooms::members(&f.m, &f.server(), room.id.as_str(), 1, 100).await.unwrap();
    let [found] = &rooms::details(&f.m, &f.server(), &[room.id.to_string()]).await.unwrap()[..]
    else {
        panic!("not one room")
    };
    let count = found.1.as_ref().unwrap().room.member_count;
    assert_eq!(members.len(), count as usize, "the count differs from the members");
    members.into_iter().map(|Member { user, .. }| user.to_string()).collect()
}

#[tokio::test]
async fn a_new_room_has_its_owner_and_members_once() {
    let (f, room) = with_room().await;
    assert!(room.id.as_str().bytes().all(|b| b.is_ascii_digit()));
    assert_eq!((room.member_count, room.owner.as_str(), room.max_users), (2, "alice", 1000));
    assert_eq!(members(&f, &room).await, ["alice", "bob"]);
}

#[tokio::test]
async fn creation_refuses_what_is_out_of_bounds() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let create = async |new: NewRoom| refusal(rooms::create(&f.m, &f.server(), new).await);
    let base = || new_room("alice", &["bob"]);
    let too_long = NewRoom { name: "室".repeat(129), ..base() };
    assert_eq!(create(too_long).await, Refusal::TooLong { name: "title", limit: 128 });
    let too_long = NewRoom { description: "d".repeat(513), ..base() };
    assert_eq!(create(too_long).await, Refusal::TooLong { name: "desc", limit: 512 });
    let nobody_fits = NewRoom { max_users: Some(0), ..base() };
    assert!(matches!(create(nobody_fits).await, Refusal::Invalid { name: "maxusers", .. }));
    let full = NewRoom { max_users: Some(1), ..base() };
    assert_eq!(create(full).await, Refusal::GroupFull);
    let ghost = new_room("alice", &["ghost"]);
    assert_eq!(create(ghost).await, Refusal::UserNotFound { user: "ghost".to_owned() });
    let bad_id = NewRoom { id: Some("A/b".to_owned()), ..base() };
    assert!(matches!(create(bad_id).await, Refusal::Invalid { name: "groupid", .. }));

    let huge = NewRoom { max_users: Some(10_001), ..base() };
    let feature = Feature::ChatroomMembersMax;
    assert_eq!(create(huge).await, Refusal::QuotaExceeded { feature });
    let most = NewRoom { max_users: Some(10_000), ..base() };
    assert_eq!(rooms::create(&f.m, &f.server(), most).await.unwrap().max_users, 10_000);
}

#[tokio::test]
async fn no_room_has_the_id_of_a_group() {
    let f = Fixture::with_users(&["alice"]).await;
    f.group("club", "alice", &[]).await;
    let chosen = |id: &str| NewRoom { id: Some(id.to_owned()), ..new_room("alice", &[]) };
    let taken = rooms::create(&f.m, &f.server(), chosen("club")).await;
    assert_eq!(refusal(taken), Refusal::GroupExists { group: "club".to_owned() });
    rooms::create(&f.m, &f.server(), chosen("lobby")).await.unwrap();
    let group = groups::NewGroup { id: Some("lobby".to_owned()), ..new_group("alice", &[]) };
    let taken = groups::create(&f.m, &f.server(), group).await;
    assert_eq!(refusal(taken), Refusal::GroupExists { group: "lobby".to_owned() });
}

#[tokio::test]
async fn users_make_rooms_for_themselves_if_the_app_says_so() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let (alice, server) = (f.user("alice"), f.server());
    let create =
        async |caller: &Caller, owner| rooms::create(&f.m, caller, new_room(owner, &[])).await;
    assert_eq!(refusal(create(&alice, "alice").await), Refusal::RoleTooLow);
    let grant = rooms::add_super_admin(&f.m, &alice, "alice").await;
    assert_eq!(refusal(grant), Refusal::NotPermitted, "nobody grants it to themselves");
    rooms::add_super_admin(&f.m, &server, "ALICE").await.unwrap();
    create(&alice, "alice").await.unwrap();
    assert_eq!(refusal(create(&alice, "bob").await), Refusal::NotPermitted);
    assert_eq!(rooms::super_admins(&f.m, &server, 1, 10).await.unwrap(), [id("alice")]);

    rooms::remove_super_admin(&f.m, &server, "alice").await.unwrap();
    assert_eq!(refusal(create(&alice, "alice").await), Refusal::RoleTooLow);
    let ghost = || Refusal::UserNotFound { user: "ghost".to_owned() };
    assert_eq!(refusal(rooms::add_super_admin(&f.m, &server, "ghost").await), ghost());
    assert_eq!(refusal(rooms::remove_super_admin(&f.m, &server, "ghost").await), ghost());
}

#[tokio::test]
async fn an_app_has_as_many_rooms_as_its_plan_allows() {
    let mut f = Fixture::with_users(&["alice"]).await;
    f.app = std::sync::Arc::new(hongyan_model::App {
        plan: hongyan_model::Plan::Free,
        ..(*f.app).clone()
    });
    let most = f.app.quota(Feature::ChatroomsMax).unwrap();
    for _ in 0..most {
        rooms::create(&f.m, &f.server(), new_room("alice", &[])).await.unwrap();
    }
    let surplus = rooms::create(&f.m, &f.server(), new_room("alice", &[])).await;
    assert_eq!(refusal(surplus), Refusal::QuotaExceeded { feature: Feature::ChatroomsMax });
}

#[tokio::test]
async fn anybody_joins_and_leaves_as_often_as_they_like() {
    let (f, room) = with_room().await;
    let joined = join(&f, "carol", &room).await.unwrap();
    assert_eq!((joined.room.member_count, joined.all_muted, joined.allowed), (3, false, false));
    assert_eq!(joined.muted_until, None);
    let again = join(&f, "carol", &room).await.unwrap();
    assert_eq!(again.room.member_count, 3);
    assert_eq!(members(&f, &room).await, ["alice", "bob", "carol"]);

    let leave = async |user| rooms::leave(&f.m, &f.user(user), room.id.as_str()).await;
    leave("carol").await.unwrap();
    assert_eq!(refusal(leave("carol").await), Refusal::NotInGroup);
    leave("alice").await.unwrap();
    assert_eq!(members(&f, &room).await, ["alice", "bob"], "the owner stays a member");
    assert_eq!(
        refusal(rooms::join(&f.m, &f.server(), room.id.as_str(), Joining::default()).await),
        Refusal::NotPermitted
    );
    let nowhere = rooms::join(&f.m, &f.user("carol"), "9", Joining::default()).await;
    assert_eq!(refusal(nowhere), Refusal::RoomNotFound { room: "9".to_owned() });
}

#[tokio::test]
async fn a_full_room_takes_nobody_in() {
    let (f, room) = with_room().await;
    let smaller = RoomChange { max_users: Some(3), ..RoomChange::default() };
    rooms::update(&f.m, &f.server(), room.id.as_str(), smaller).await.unwrap();
    join(&f, "carol", &room).await.unwrap();
    assert_eq!(refusal(join(&f, "dave", &room).await), Refusal::RoomFull);
    join(&f, "carol", &room).await.unwrap();
    let too_small = RoomChange { max_users: Some(2), ..RoomChange::default() };
    let too_small = rooms::update(&f.m, &f.server(), room.id.as_str(), too_small).await;
    assert!(matches!(refusal(too_small), Refusal::Invalid { name: "maxusers", .. }));
}

#[tokio::test]
async fn joining_may_mean_leaving_the_others() {
    let (f, lobby) = with_room().await;
    let owned = rooms::create(&f.m, &f.server(), new_room("bob", &["carol"])).await.unwrap();
    let third = rooms::create(&f.m, &f.server(), new_room("alice", &[])).await.unwrap();
    let only = Joining { leave_others: true, ..Joining::default() };
    rooms::join(&f.m, &f.user("bob"), third.id.as_str(), only).await.unwrap();
    assert_eq!(members(&f, &lobby).await, ["alice"]);
    assert_eq!(members(&f, &owned).await, ["bob", "carol"]);
    assert_eq!(members(&f, &third).await, ["alice", "bob"]);
}

#[tokio::test]
async fn owner_and_administrators_bring_in_and_take_out() {
    let (f, room) = with_room().await;
    let room_id = room.id.as_str();
    let carol = strings(&["carol"]);
    let add = async |caller, users: &[&str]| {
        rooms::add_members(&f.m, &caller, room_id, &strings(users)).await
    };
    assert_eq!(refusal(add(f.user("bob"), &["carol"]).await), Refusal::RoleTooLow);
    assert_eq!(refusal(add(f.user("dave"), &["carol"]).await), Refusal::NotInGroup);
    let added = add(f.user("alice"), &["BOB", "carol", "dave"]).await.unwrap();
    assert_eq!(added, [id("carol"), id("dave")]);
    let expected = Refusal::AlreadyMember { user: "bob".to_owned(), group: room_id.to_owned() };
    assert_eq!(refusal(add(f.server(), &["bob"]).await), expected);
    let many: Vec<String> = (0..61).map(|n| format!("u{n}")).collect();
    let many = rooms::add_members(&f.m, &f.server(), room_id, &many).await;
    assert_eq!(refusal(many), Refusal::TooMany { name: "usernames", limit: 60 });

    let muc = hongyan_model::Muc::Room(room.id.clone());
    hongyan_messaging::muc::promote(&f.m, &f.user("alice"), &muc, "bob").await.unwrap();
    let remove = async |caller, users: &[&str]| {
        rooms::remove_members(&f.m, &caller, room_id, &strings(users)).await
    };
    assert_eq!(refusal(remove(f.user("carol"), &["dave"]).await), Refusal::RoleTooLow);
    assert_eq!(refusal(remove(f.user("bob"), &["alice"]).await), Refusal::GroupOwner);
    let removed = remove(f.user("bob"), &["carol", "ghost"]).await.unwrap();
    let removed: Vec<_> = removed.iter().map(|row| (row.user.as_str(), row.removed)).collect();
    assert_eq!(removed, [("carol", true), ("ghost", false)]);
    assert_eq!(refusal(remove(f.server(), &["carol"]).await), Refusal::NotMembers { users: carol });
    assert_eq!(members(&f, &room).await, ["alice", "bob", "dave"]);
}

#[tokio::test]
async fn a_room_is_changed_by_administrators_and_ended_by_its_owner() {
    let (f, room) = with_room().await;
    let room_id = room.id.as_str();
    let rename = || RoomChange { name: Some("Hall".to_owned()), ..RoomChange::default() };
    let update = async |caller| rooms::update(&f.m, &caller, room_id, rename()).await;
    assert_eq!(refusal(update(f.user("bob")).await), Refusal::RoleTooLow);
    f.clock.advance(5);
    let changed = update(f.user("alice")).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.description.as_str()), ("Hall", "d"));
    assert_eq!(changed.modified, room.modified + 5);

    let destroy = async |caller| rooms::destroy(&f.m, &caller, room_id).await;
    assert_eq!(refusal(destroy(f.user("bob")).await), Refusal::RoleTooLow);
    destroy(f.user("alice")).await.unwrap();
    let gone = || Refusal::RoomNotFound { room: room_id.to_owned() };
    assert_eq!(refusal(destroy(f.server()).await), gone());
    assert_eq!(refusal(join(&f, "bob", &room).await), gone());
    assert_eq!(rooms::joined(&f.m, &f.server(), "bob", 1, 10).await.unwrap(), []);
}

#[tokio::test]
async fn everybody_sees_rooms_and_members_see_each_other() {
    let (f, room) = with_room().await;
    let ids = [room.id.to_string(), "9".to_owned()];
    let seen = rooms::details(&f.m, &f.user("dave"), &ids).await.unwrap();
    let detail = seen[0].1.clone().unwrap();
    assert_eq!((detail.room, detail.all_muted), (room.clone(), false));
    assert_eq!(detail.members.iter().map(|m| m.role).collect::<Vec<_>>(), [Role::Owner]);
    assert_eq!(seen[1], ("9".to_owned(), None));
    let all = rooms::details(&f.m, &f.server(), &ids).await.unwrap();
    assert_eq!(all[0].1.as_ref().unwrap().members.len(), 2);
    let nothing = rooms::details(&f.m, &f.server(), &ids[1..]).await;
    assert_eq!(refusal(nothing), Refusal::RoomNotFound { room: "9".to_owned() });

    let page = rooms::page(&f.m, &f.user("dave"), 10, None).await.unwrap();
    assert_eq!((page.items, page.cursor), (vec![room.clone()], None));
    let outside = rooms::members(&f.m, &f.user("dave"), room.id.as_str(), 1, 10).await;
    assert_eq!(refusal(outside), Refusal::NotInGroup);
    let page = async |limit, cursor| {
        let page = MemberPage { limit, cursor, ..MemberPage::default() };
        rooms::members_after(&f.m, &f.user("bob"), room.id.as_str(), page).await.unwrap()
    };
    let first = page(1, None).await;
    assert_eq!(first.items[0].user, id("alice"));
    assert_eq!(page(9, first.cursor.as_deref()).await.items[0].user, id("bob"));
    let others = rooms::joined(&f.m, &f.user("dave"), "bob", 1, 10).await;
    assert_eq!(refusal(others), Refusal::NotPermitted);
}

#[tokio::test]
async fn rooms_and_groups_do_not_see_each_other() {
    let (f, room) = with_room().await;
    f.group("club", "alice", &["bob"]).await;
    let server = f.server();
    let listed = groups::joined(&f.m, &server, "bob", 1, 10).await.unwrap().0;
    assert_eq!(listed.len(), 1);
    let as_group = groups::destroy(&f.m, &server, room.id.as_str()).await;
    assert_eq!(refusal(as_group), Refusal::GroupNotFound { group: room.id.to_string() });
    let as_room = rooms::destroy(&f.m, &server, "club").await;
    assert_eq!(refusal(as_room), Refusal::RoomNotFound { room: "club".to_owned() });
    assert_eq!(rooms::joined(&f.m, &server, "bob", 1, 10).await.unwrap(), [room]);
}

#[tokio::test]
async fn another_app_knows_nothing_of_a_room() {
    let (f, room) = with_room().await;
    f.make_user_of(&f.other_app, "alice").await;
    let foreign = Caller { app: f.other_app.clone(), ..f.user("alice") };
    let nothing = || Refusal::RoomNotFound { room: room.id.to_string() };
    let joined = rooms::join(&f.m, &foreign, room.id.as_str(), Joining::default()).await;
    assert_eq!(refusal(joined), nothing());
    assert_eq!(refusal(rooms::destroy(&f.m, &foreign, room.id.as_str()).await), nothing());
    let server = Caller { app: f.other_app.clone(), ..f.server() };
    assert_eq!(rooms::page(&f.m, &server, 10, None).await.unwrap().items, []);
    let removed = rooms::remove_members(&f.m, &server, room.id.as_str(), &strings(&["bob"])).await;
    assert_eq!(refusal(removed), nothing());
}

#[tokio::test]
async fn a_deleted_user_leaves_its_rooms_and_ends_those_it_owns() {
    let (f, room) = with_room().await;
    let other = rooms::create(&f.m, &f.server(), new_room("bob", &["alice"])).await.unwrap();
    users::delete(&f.m, &f.server(), "alice").await.unwrap();
    assert_eq!(members(&f, &other).await, ["bob"]);
    let ids = [room.id.to_string()];
    let gone = rooms::details(&f.m, &f.server(), &ids).await;
    assert_eq!(refusal(gone), Refusal::RoomNotFound { room: room.id.to_string() });
}

#[tokio::test]
async fn the_customers_server_writes_to_ten_rooms_at_most() {
    let (f, room) = with_room().await;
    let message = |to: Vec<String>| OutgoingMessage {
        from: "admin".to_owned(),
        to,
        kind: TargetKind::Rooms { priority: Priority::Low },
        content: Content::Text { text: "welcome".to_owned() },
        ext: None,
        online_only: false,
        sync_device: false,
        need_group_ack: false,
        unroamed: Vec::new(),
        size: 10,
    };
    let send = async |to| send_from_server(&f.m, &f.server(), message(to)).await;
    let sent = send(vec![room.id.to_string()]).await.unwrap();
    assert_eq!(sent[0].0, room.id.as_str());
    let nowhere = send(vec!["9".to_owned()]).await;
    assert_eq!(refusal(nowhere), Refusal::RoomNotFound { room: "9".to_owned() });
    let many = send((0..11).map(|n| n.to_string()).collect()).await;
    assert_eq!(refusal(many), Refusal::TooMany { name: "to", limit: 10 });
}
