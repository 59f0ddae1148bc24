//! What an app's plan limits.

use futures_util::future::join_all;
use hongyan_messaging::connections::Connection;
use hongyan_messaging::devices::{Login, Queues};
use hongyan_messaging::groups::{self, GroupChange, NewGroup};
use hongyan_messaging::tokens::issue_inherited;
use hongyan_messaging::users::{register, register_batch};
use hongyan_messaging::{contacts, users};
use hongyan_model::{AppSettings, Feature, Refusal};

use crate::fixture::{Fixture, new_group, new_user, refusal, strings};

fn exceeded(feature: Feature) -> Refusal {
    Refusal::QuotaExceeded { feature }
}

#[tokio::test]
async fn an_app_has_no_more_users_than_its_plan_allows() {
    let open = AppSettings { open_registration: true, ..AppSettings::default() };
    let mut f = Fixture::with(open).await;
    f.limit(Feature::RegisteredUsersMax, 3).await;
    f.register("alice").await;
    let full = exceeded(Feature::RegisteredUsersMax);

    // As many as fit, in the order given; those who are there already need no room.
    let batch = ["bob", "alice", "carol", "dave"].map(new_user).into();
    let outcome = register_batch(&f.m, Some(&f.server()), &f.app, batch).await.unwrap();
    let registered: Vec<&str> = outcome.registered.iter().map(|user| user.id.as_str()).collect();
    assert_eq!(registered, ["bob", "carol"]);
    let taken = Refusal::UserExists { user: "alice".to_owned() };
    let failed = [("alice".to_owned(), taken), ("dave".to_owned(), full.clone())];
    assert_eq!(outcome.failed, failed);

    // Every way to come in is closed now.
    let batch = ["dave", "alice"].map(new_user).into();
    let none = register_batch(&f.m, Some(&f.server()), &f.app, batch).await;
    assert_eq!(none.unwrap_err().to_string(), full.to_string());
    let one = register(&f.m, Some(&f.server()), &f.app, new_user("dave")).await;
    assert_eq!(refusal(one), full);
    assert_eq!(refusal(register(&f.m, None, &f.app, new_user("dave")).await), full);
    assert_eq!(refusal(issue_inherited(&f.m, &f.server(), "dave", true, None).await), full);
    issue_inherited(&f.m, &f.server(), "bob", true, None).await.unwrap();

    users::delete(&f.m, &f.server(), "carol").await.unwrap();
    f.register("dave").await;
}

#[tokio::test]
async fn users_who_register_at_once_do_not_exceed_the_limit() {
    let mut f = Fixture::new().await;
    f.limit(Feature::RegisteredUsersMax, 5).await;
    let server = f.server();
    let names: Vec<String> = (0..12).map(|n| format!("u{n}")).collect();
    let tokens = names.iter().map(|name| issue_inherited(&f.m, &server, name, true, None));
    let made = join_all(tokens).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(made, 5);
}

#[tokio::test]
async fn a_user_has_no_more_contacts_than_the_plan_allows() {
    let mut f = Fixture::with_users(&["alice", "bob", "carol", "dave", "erin"]).await;
    f.limit(Feature::FriendsPerUserMax, 2).await;
    let (m, server) = (&f.m, f.server());
    contacts::add(m, &server, "alice", "bob").await.unwrap();
    contacts::invite(m, &f.user("alice"), "alice", &strings(&["dave"]), None).await.unwrap();
    contacts::add(m, &server, "carol", "alice").await.unwrap();

    // By the customer's server, by invitation, and by import; on either side.
    let add = contacts::add(m, &server, "dave", "alice").await;
    assert_eq!(refusal(add), Refusal::InviteeContactsFull);
    let invited = contacts::invite(m, &f.user("alice"), "alice", &strings(&["erin"]), None).await;
    assert_eq!(refusal(invited), Refusal::InviterContactsFull);
    let accepted = contacts::accept(m, &f.user("dave"), "dave", "alice").await;
    assert_eq!(refusal(accepted), Refusal::InviterContactsFull);
    let wanted = strings(&["dave", "alice"]);
    let import = contacts::import(m, &server, "erin", &wanted, false).await.unwrap();
    assert_eq!((import.contacts, import.full), (strings(&["dave"]), strings(&["alice"])));

    f.limit(Feature::FriendsPerUserMax, 3).await;
    contacts::accept(&f.m, &f.user("dave"), "dave", "alice").await.unwrap();
    let asked = strings(&["Dave", "erin", "a b"]);
    let relations = contacts::relations(&f.m, &f.server(), "alice", &asked).await.unwrap();
    assert_eq!(relations.iter().map(|(_, is)| *is).collect::<Vec<_>>(), [true, false, false]);
}

#[tokio::test]
async fn an_app_has_no_more_groups_than_its_plan_allows() {
    let mut f = Fixture::with_users(&["alice"]).await;
    f.limit(Feature::GroupsMax, 1).await;
    let group = groups::create(&f.m, &f.user("alice"), new_group("alice", &[])).await.unwrap();
    let second = groups::create(&f.m, &f.server(), new_group("alice", &[])).await;
    assert_eq!(refusal(second), exceeded(Feature::GroupsMax));
    groups::destroy(&f.m, &f.server(), group.id.as_str()).await.unwrap();
    groups::create(&f.m, &f.server(), new_group("alice", &[])).await.unwrap();
}

#[tokio::test]
async fn a_group_is_made_for_no_more_members_than_the_plan_allows() {
    let mut f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.limit(Feature::GroupMembersMax, 100).await;
    let wanting = |max_users| NewGroup { max_users, ..new_group("alice", &["bob"]) };
    let create = async |max_users| groups::create(&f.m, &f.server(), wanting(max_users)).await;
    let too_many = exceeded(Feature::GroupMembersMax);
    assert_eq!(refusal(create(Some(101)).await), too_many);
    assert!(matches!(refusal(create(Some(0)).await), Refusal::Invalid { name: "maxusers", .. }));
    assert_eq!(create(None).await.unwrap().max_users, 100);
    let group = create(Some(100)).await.unwrap();
    let change = GroupChange { max_users: Some(101), ..GroupChange::default() };
    let changed = groups::update(&f.m, &f.server(), group.id.as_str(), change).await;
    assert_eq!(refusal(changed), too_many);

    // A group from better times takes nobody any more.
    f.limit(Feature::GroupMembersMax, 2).await;
    let add = groups::add_members(&f.m, &f.server(), group.id.as_str(), &strings(&["carol"])).await;
    assert_eq!(refusal(add), Refusal::GroupFull);
    f.limit(Feature::GroupMembersMax, 3000).await;
    let create = groups::create(&f.m, &f.server(), wanting(None)).await.unwrap();
    assert_eq!(create.max_users, 200);
}

#[tokio::test]
async fn a_user_is_in_no_more_groups_than_the_plan_allows() {
    let mut f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.limit(Feature::GroupsPerUserMax, 2).await;
    f.group("one", "alice", &["bob"]).await;
    f.group("two", "alice", &["bob"]).await;
    let full = |user: &str| Refusal::UserGroupsFull { user: user.to_owned() };
    let own = groups::create(&f.m, &f.user("alice"), new_group("alice", &[])).await;
    assert_eq!(refusal(own), full("alice"));
    let with_bob = groups::create(&f.m, &f.server(), new_group("carol", &["bob"])).await;
    assert_eq!(refusal(with_bob), full("bob"));

    f.group("three", "carol", &[]).await;
    let add = async |user| groups::add_members(&f.m, &f.server(), "three", &strings(&[user])).await;
    assert_eq!(refusal(add("bob").await), full("bob"));
    groups::leave(&f.m, &f.user("bob"), "one").await.unwrap();
    add("bob").await.unwrap();
}

#[tokio::test]
async fn an_app_has_no_more_active_users_in_a_day_than_its_plan_allows() {
    let mut f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.limit(Feature::DauMax, 2).await;
    let come = async |user: &str| {
        let caller = f.on(user, "webim_1");
        let login = Login {
            device: caller.device.clone().unwrap(),
            note: String::new(),
            uuid: String::new(),
            name: String::new(),
        };
        Queues::open(&f.m, &caller, login)
            .await
            .map(|queues| (queues, Connection::begin(&f.m, &caller, "4.21.1").unwrap()))
    };
    let first = come("alice").await.unwrap();
    drop(come("bob").await.unwrap());
    assert_eq!(refusal(come("carol").await.map(|_| ())), exceeded(Feature::DauMax));
    // Who was there today comes in again, also when it is written down.
    hongyan_messaging::metering::flush(&f.m).await.unwrap();
    assert!(come("bob").await.is_ok());
    assert_eq!(refusal(come("carol").await.map(|_| ())), exceeded(Feature::DauMax));
    drop(first);
    f.clock.advance(24 * 3600 * 1000);
    // All at once: each is looked at and counted in one step.
    let (alice, bob, carol) = tokio::join!(come("alice"), come("bob"), come("carol"));
    let come_in = [alice.is_ok(), bob.is_ok(), carol.is_ok()];
    assert_eq!(come_in.into_iter().filter(|is_in| *is_in).count(), 2, "{come_in:?}");
}
