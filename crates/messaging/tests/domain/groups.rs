//! What may be done with groups, by whom, and who hears of it.

use std::task::{Context, Poll, Waker};

use hongyan_messaging::groups::{self, GroupChange, NewGroup};
use hongyan_messaging::muc::MemberPage;
use hongyan_messaging::users;
use hongyan_model::{DeviceId, DeviceLimit, Group, Member, Refusal, Role, UserId};
use hongyan_msync::proto::MucBody;
use hongyan_msync::proto::muc_body::Operation;

use crate::fixture::{Fixture, new_group, refusal, strings};

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

/// A group of alice with bob and carol; dave is outside.
async fn with_group() -> (Fixture, Group) {
    let f = Fixture::with_users(&["alice", "bob", "carol", "dave"]).await;
    let group =
        groups::create(&f.m, &f.server(), new_group("Alice", &["bob", "carol", "alice"])).await;
    (f, group.unwrap())
}

fn names(members: &[Member]) -> Vec<&str> {
    members.iter().map(|member| member.user.as_str()).collect()
}

fn operations(events: &[MucBody]) -> Vec<Operation> {
    events.iter().map(MucBody::operation).collect()
}

async fn is_member(f: &Fixture, group: &Group, user: &str) -> bool {
    groups::is_member(&f.m, &f.server(), group.id.as_str(), user).await.unwrap()
}

#[tokio::test]
async fn a_new_group_has_its_owner_and_members_once() {
    let (f, group) = with_group().await;
    assert!(group.id.as_str().bytes().all(|b| b.is_ascii_digit()));
    assert_eq!((group.member_count, group.owner.as_str()), (3, "alice"));
    let members = groups::members(&f.m, &f.server(), group.id.as_str(), 1, 10).await.unwrap();
    assert_eq!(names(&members), ["alice", "bob", "carol"]);
    assert_eq!(members[0].role, Role::Owner);
    let positions: Vec<_> = members.iter().map(|member| member.joined_at).collect();
    assert!(positions.is_sorted(), "{positions:?}");
}

#[tokio::test]
async fn creation_refuses_what_is_out_of_bounds() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let create = async |caller, new: NewGroup| refusal(groups::create(&f.m, &caller, new).await);
    let base = || new_group("alice", &["bob"]);

    let too_long = NewGroup { name: "群".repeat(129), ..base() };
    let refused = Refusal::TooLong { name: "groupname", limit: 128 };
    assert_eq!(create(f.server(), too_long).await, refused);
    let nul = NewGroup { custom: "a\0b".to_owned(), ..base() };
    assert!(matches!(create(f.server(), nul).await, Refusal::Invalid { name: "custom", .. }));
    let nobody_fits = NewGroup { max_users: Some(0), ..base() };
    assert!(matches!(
        create(f.server(), nobody_fits).await,
        Refusal::Invalid { name: "maxusers", .. }
    ));
    let full = NewGroup { max_users: Some(1), ..base() };
    assert_eq!(create(f.server(), full).await, Refusal::GroupFull);
    let ghost = new_group("alice", &["ghost"]);
    assert_eq!(create(f.server(), ghost).await, Refusal::UserNotFound { user: "ghost".to_owned() });
    let bad_id = NewGroup { id: Some("A/b".to_owned()), ..base() };
    assert!(matches!(create(f.server(), bad_id).await, Refusal::Invalid { name: "groupid", .. }));
    assert_eq!(create(f.user("bob"), base()).await, Refusal::NotPermitted);
    let chosen = || NewGroup { id: Some("mine".to_owned()), ..base() };
    assert_eq!(create(f.user("alice"), chosen()).await, Refusal::NotPermitted);

    groups::create(&f.m, &f.server(), chosen()).await.unwrap();
    assert_eq!(
        create(f.server(), chosen()).await,
        Refusal::GroupExists { group: "mine".to_owned() }
    );
}

#[tokio::test]
async fn creation_tells_the_owner_and_those_pulled_in() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = groups::create(&f.m, &f.user("alice"), new_group("alice", &["bob"])).await.unwrap();

    let [created] = &f.events("alice").await[..] else { panic!("not one event") };
    assert_eq!(created.operation(), Operation::Create);
    let [pulled_in] = &f.events("bob").await[..] else { panic!("not one event") };
    assert_eq!(pulled_in.operation(), Operation::DirectJoined);
    assert_eq!(pulled_in.muc_name(), "Rustaceans");
    let muc_id = pulled_in.muc_id.clone().unwrap();
    assert_eq!(
        (muc_id.app_key(), muc_id.name(), muc_id.domain()),
        ("org#one", group.id.as_str(), "conference.easemob.com")
    );
    let from = pulled_in.from.clone().unwrap();
    assert_eq!((from.name(), from.client_resource()), ("alice", "webim_alice"));
    assert_eq!(pulled_in.to[0].name(), "bob");
}

#[tokio::test]
async fn adding_pulls_in_the_new_ones_and_tells_the_others() {
    let (f, group) = with_group().await;
    f.register("eve").await;
    let users = strings(&["bob", "DAVE", "eve"]);
    let added = groups::add_members(&f.m, &f.server(), group.id.as_str(), &users).await.unwrap();
    assert_eq!(added, [id("dave"), id("eve")]);

    assert_eq!(operations(&f.events("dave").await), [Operation::DirectJoined]);
    let events = f.events("bob").await;
    assert_eq!(operations(&events), [Operation::DirectJoined, Operation::Presence]);
    assert_eq!(events[1].members, ["dave", "eve"]);
    assert_eq!(events[1].muc_member_count(), 5);
    assert_eq!(events[1].from.clone().unwrap().name(), "admin");

    let again =
        groups::add_members(&f.m, &f.server(), group.id.as_str(), &strings(&["dave"])).await;
    let expected = Refusal::AlreadyMember { user: "dave".to_owned(), group: group.id.to_string() };
    assert_eq!(refusal(again), expected);
}

#[tokio::test]
async fn plain_members_add_only_where_the_group_allows_it() {
    let (f, group) = with_group().await;
    let group = group.id.as_str();
    let dave = strings(&["dave"]);
    let add = async |caller| groups::add_members(&f.m, &caller, group, &dave).await;
    assert_eq!(refusal(add(f.user("bob")).await), Refusal::RoleTooLow);
    assert_eq!(refusal(add(f.user("dave")).await), Refusal::NotInGroup);
    let open = GroupChange { allow_invites: Some(true), ..GroupChange::default() };
    groups::update(&f.m, &f.user("alice"), group, open).await.unwrap();
    assert_eq!(add(f.user("bob")).await.unwrap(), [id("dave")]);
}

#[tokio::test]
async fn batches_are_bounded() {
    let (f, group) = with_group().await;
    let group = group.id.as_str();
    let many: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
    let too_many = |limit| Refusal::TooMany { name: "usernames", limit };
    assert_eq!(refusal(groups::add_members(&f.m, &f.server(), group, &many).await), too_many(100));
    let removed = groups::remove_members(&f.m, &f.server(), group, &many[..61]).await;
    assert_eq!(refusal(removed), too_many(60));
    let nobody = groups::add_members(&f.m, &f.server(), group, &[]).await;
    assert_eq!(refusal(nobody), Refusal::Missing { name: "usernames" });
}

#[tokio::test]
async fn removal_answers_one_row_each_and_tells_everybody() {
    let (f, group) = with_group().await;
    let asked = strings(&["Bob", "ghost", "a b"]);
    let rows =
        groups::remove_members(&f.m, &f.user("alice"), group.id.as_str(), &asked).await.unwrap();
    let rows: Vec<_> =
        rows.iter().map(|row| (row.user.as_str(), row.removed, row.reason.is_some())).collect();
    assert_eq!(rows, [("bob", true, false), ("ghost", false, true), ("a b", false, true)]);
    assert!(!is_member(&f, &group, "bob").await);

    assert_eq!(operations(&f.events("bob").await), [Operation::DirectJoined, Operation::Kick]);
    let carol = f.events("carol").await;
    assert_eq!(operations(&carol), [Operation::DirectJoined, Operation::Absence]);
    // One alone is told as itself.
    assert_eq!((carol[1].from.as_ref().unwrap().name(), carol[1].muc_member_count()), ("bob", 2));
    assert!(carol[1].members.is_empty());

    let absent =
        groups::remove_members(&f.m, &f.server(), group.id.as_str(), &strings(&["bob"])).await;
    assert_eq!(refusal(absent), Refusal::NotMembers { users: strings(&["bob"]) });
}

#[tokio::test]
async fn the_owner_stays_and_members_remove_nobody() {
    let (f, group) = with_group().await;
    let group_id = group.id.as_str();
    let remove = async |caller, user| {
        groups::remove_members(&f.m, &caller, group_id, &strings(&[user])).await
    };
    assert_eq!(refusal(remove(f.server(), "alice").await), Refusal::GroupOwner);
    assert_eq!(refusal(remove(f.user("bob"), "carol").await), Refusal::RoleTooLow);
    assert_eq!(refusal(groups::leave(&f.m, &f.user("alice"), group_id).await), Refusal::GroupOwner);
    assert_eq!(refusal(groups::leave(&f.m, &f.user("dave"), group_id).await), Refusal::NotInGroup);
    assert_eq!(refusal(groups::leave(&f.m, &f.server(), group_id).await), Refusal::NotPermitted);
}

#[tokio::test]
async fn who_leaves_is_out_at_once() {
    let (f, group) = with_group().await;
    assert!(is_member(&f, &group, "bob").await);
    groups::leave(&f.m, &f.user("bob"), group.id.as_str()).await.unwrap();
    assert!(!is_member(&f, &group, "bob").await);
    assert_eq!(operations(&f.events("alice").await), [Operation::Create, Operation::Absence]);
    // For its other devices.
    assert_eq!(operations(&f.events("bob").await), [Operation::DirectJoined, Operation::Leave]);
}

#[tokio::test]
async fn sessions_hear_of_a_group_while_their_user_is_in_it() {
    let (f, group) = with_group().await;
    let device = DeviceId::from_trusted("webim_dave");
    let session =
        f.m.router().register(f.app.id, &id("dave"), &device, DeviceLimit::PerPlatform(4), "");
    let hears = || {
        let conversation = hongyan_model::Conversation::Group(group.id.clone()).key();
        f.m.router().notify_circle(f.app.id, &conversation, (&id("alice"), None));
        let mut context = Context::from_waker(Waker::noop());
        let signals = session.mailbox().poll_take(&mut context);
        matches!(signals, Poll::Ready(signals) if signals.conversations.contains(&conversation))
    };
    assert!(!hears());
    groups::add_members(&f.m, &f.server(), group.id.as_str(), &strings(&["dave"])).await.unwrap();
    assert!(hears());
    groups::leave(&f.m, &f.user("dave"), group.id.as_str()).await.unwrap();
    assert!(!hears());
}

#[tokio::test]
async fn changes_are_for_the_owner_and_reach_the_members() {
    let (f, group) = with_group().await;
    let group_id = group.id.as_str();
    let change = || GroupChange {
        name: Some("New".to_owned()),
        max_users: Some(3),
        ..GroupChange::default()
    };
    let refused = groups::update(&f.m, &f.user("bob"), group_id, change()).await;
    assert_eq!(refusal(refused), Refusal::RoleTooLow);
    let too_small = GroupChange { max_users: Some(2), ..GroupChange::default() };
    let refused = groups::update(&f.m, &f.server(), group_id, too_small).await;
    assert!(matches!(refusal(refused), Refusal::Invalid { name: "maxusers", .. }));

    f.clock.advance(5);
    let changed = groups::update(&f.m, &f.user("alice"), group_id, change()).await.unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.max_users, changed.description.as_str()),
        ("New", 3, "d")
    );
    assert_eq!(changed.modified, group.modified + 5);
    let events = f.events("bob").await;
    let detail = events[1].event_info.clone().unwrap().ext.unwrap();
    let detail: serde_json::Value = serde_json::from_str(&detail).unwrap();
    assert_eq!((&detail["name"], &detail["max_users"]), (&"New".into(), &3.into()));

    let full = groups::add_members(&f.m, &f.server(), group_id, &strings(&["dave"])).await;
    assert_eq!(refusal(full), Refusal::GroupFull);
}

#[tokio::test]
async fn a_destroyed_group_is_gone_for_everybody() {
    let (f, group) = with_group().await;
    let group_id = group.id.as_str();
    assert_eq!(refusal(groups::destroy(&f.m, &f.user("bob"), group_id).await), Refusal::RoleTooLow);
    groups::destroy(&f.m, &f.user("alice"), group_id).await.unwrap();
    let gone = Refusal::GroupNotFound { group: group_id.to_owned() };
    assert_eq!(refusal(groups::destroy(&f.m, &f.server(), group_id).await), gone);
    assert_eq!(refusal(groups::members(&f.m, &f.user("bob"), group_id, 1, 10).await), gone);
    assert_eq!(refusal(groups::is_member(&f.m, &f.server(), group_id, "bob").await), gone);
    assert_eq!(operations(&f.events("carol").await), [Operation::DirectJoined, Operation::Destroy]);
}

#[tokio::test]
async fn details_show_members_to_members_only() {
    let (f, group) = with_group().await;
    let public = NewGroup { public: true, allow_invites: true, ..new_group("alice", &[]) };
    let public = groups::create(&f.m, &f.server(), public).await.unwrap();
    assert!(!public.allow_invites);
    let ids = vec![public.id.to_string(), "9".to_owned(), group.id.to_string()];
    let look = async |caller| groups::details(&f.m, &caller, &ids).await;

    let seen = look(f.server()).await.unwrap();
    let counts: Vec<_> =
        seen.iter().map(|(_, seen)| seen.as_ref().map(|s| s.members.len())).collect();
    assert_eq!(counts, [Some(1), None, Some(3)]);
    let seen = look(f.user("bob")).await.unwrap();
    assert_eq!(seen[2].1.as_ref().unwrap().own_role, Some(Role::Member));
    let seen = look(f.user("dave")).await.unwrap();
    assert_eq!(seen[0].1.as_ref().map(|s| (s.members.len(), s.own_role)), Some((0, None)));
    assert!(seen[2].1.is_none());

    let hidden = groups::details(&f.m, &f.user("dave"), &[group.id.to_string()]).await;
    assert_eq!(refusal(hidden), Refusal::NotInGroup);
    let unknown = groups::details(&f.m, &f.server(), &strings(&["8", "9"])).await;
    assert_eq!(refusal(unknown), Refusal::GroupNotFound { group: "8,9".to_owned() });
}

#[tokio::test]
async fn member_pages_join_up_by_cursor() {
    let (f, group) = with_group().await;
    let group = group.id.as_str();
    let read = async |user: &str, page: MemberPage<'_>| {
        groups::members_after(&f.m, &f.user(user), group, page).await
    };
    let two = MemberPage { limit: 2, ..MemberPage::default() };
    let first = read("bob", two).await.unwrap();
    assert_eq!(names(&first.items), ["alice", "bob"]);
    let cursor = first.cursor.as_deref();
    assert!(cursor.is_some());
    let second = read("bob", MemberPage { cursor, ..two }).await.unwrap();
    assert_eq!((names(&second.items), second.cursor), (vec!["carol"], None));
    let bad = read("bob", MemberPage { cursor: Some("undefined"), ..two }).await;
    assert!(matches!(refusal(bad), Refusal::Invalid { name: "cursor", .. }));

    // Full pages, and no empty one at the end, wherever the owner stands.
    for (backwards, expected) in [(false, ["bob", "carol"]), (true, ["carol", "bob"])] {
        let page = MemberPage { backwards, without_owner: true, ..two };
        let all = read("bob", page).await.unwrap();
        assert_eq!((names(&all.items), all.cursor), (expected.to_vec(), None));
        let first = read("bob", MemberPage { limit: 1, ..page }).await.unwrap();
        assert_eq!(names(&first.items), expected[..1]);
        let cursor = first.cursor.as_deref();
        let second = read("bob", MemberPage { limit: 1, cursor, ..page }).await.unwrap();
        assert_eq!((names(&second.items), second.cursor), (expected[1..].to_vec(), None));
    }
    let outside = read("dave", two).await;
    assert_eq!(refusal(outside), Refusal::NotInGroup);
}

#[tokio::test]
async fn groups_of_a_user_and_of_the_app() {
    let (f, first) = with_group().await;
    f.clock.advance(1);
    let second = groups::create(&f.m, &f.user("bob"), new_group("bob", &["alice"])).await.unwrap();

    let (joined, total) = groups::joined(&f.m, &f.user("alice"), "alice", 1, 1).await.unwrap();
    assert_eq!((joined[0].0.id.clone(), joined[0].1, total), (second.id.clone(), Role::Member, 2));
    let (joined, _) = groups::joined(&f.m, &f.server(), "alice", 2, 1).await.unwrap();
    assert_eq!((joined[0].0.id.clone(), joined[0].1), (first.id.clone(), Role::Owner));
    let other = groups::joined(&f.m, &f.user("alice"), "bob", 1, 10).await;
    assert_eq!(refusal(other), Refusal::NotPermitted);
    let ghost = groups::joined(&f.m, &f.server(), "ghost", 1, 10).await;
    assert_eq!(refusal(ghost), Refusal::UserNotFound { user: "ghost".to_owned() });

    let page = groups::page(&f.m, &f.server(), 1, None).await.unwrap();
    assert_eq!(page.items[0].id, second.id);
    let page = groups::page(&f.m, &f.server(), 1, page.cursor.as_deref()).await.unwrap();
    assert_eq!((page.items[0].id.clone(), page.cursor), (first.id, None));
    assert_eq!(refusal(groups::page(&f.m, &f.user("alice"), 1, None).await), Refusal::NotPermitted);
}

#[tokio::test]
async fn a_deleted_user_leaves_its_groups_and_ends_its_own() {
    let (f, group) = with_group().await;
    let own = groups::create(&f.m, &f.user("bob"), new_group("bob", &["carol"])).await.unwrap();
    users::delete(&f.m, &f.server(), "bob").await.unwrap();
    assert!(!is_member(&f, &group, "bob").await);
    let details = groups::details(&f.m, &f.server(), &[group.id.to_string()]).await.unwrap();
    assert_eq!(details[0].1.as_ref().unwrap().group.member_count, 2);
    let ended = groups::is_member(&f.m, &f.server(), own.id.as_str(), "carol").await;
    assert_eq!(refusal(ended), Refusal::GroupNotFound { group: own.id.to_string() });
}

#[tokio::test]
async fn groups_of_one_app_are_unknown_to_another() {
    let (f, group) = with_group().await;
    let stranger = hongyan_model::Caller { app: f.other_app.clone(), ..f.server() };
    let seen = groups::is_member(&f.m, &stranger, group.id.as_str(), "bob").await;
    assert_eq!(refusal(seen), Refusal::GroupNotFound { group: group.id.to_string() });
    let destroyed = groups::destroy(&f.m, &stranger, group.id.as_str()).await;
    assert_eq!(refusal(destroyed), Refusal::GroupNotFound { group: group.id.to_string() });
}
