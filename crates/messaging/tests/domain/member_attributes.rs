//! What members say of themselves in a group.

use std::collections::BTreeMap;

use hongyan_messaging::{groups, muc};
use hongyan_model::{Caller, Feature, GroupId, Muc, Refusal, Result};
use hongyan_msync::proto::muc_body::Operation;
use serde_json::{Value, json};

use crate::fixture::{Fixture, refusal, strings};

type Attributes = BTreeMap<String, String>;

fn attributes(pairs: &[(&str, &str)]) -> Attributes {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

async fn set(f: &Fixture, by: Caller, user: &str, pairs: &[(&str, &str)]) -> Result<Attributes> {
    groups::set_attributes(&f.m, &by, "club", user, &attributes(pairs)).await
}

async fn with_group() -> Fixture {
    let f = Fixture::with_users(&["alice", "bob", "carol", "eve"]).await;
    f.group("club", "alice", &["bob", "carol"]).await;
    f
}

#[tokio::test]
async fn a_member_says_something_of_itself_and_the_others_are_told() {
    let f = with_group().await;
    let bob = || f.user("bob");
    set(&f, bob(), "BOB", &[("name", "Bobby"), ("colour", "red")]).await.unwrap();
    let all = set(&f, bob(), "bob", &[("name", "Bob"), ("colour", "")]).await.unwrap();
    assert_eq!(all, attributes(&[("name", "Bob")]), "an empty value removes");

    for user in ["alice", "bob", "carol"] {
        let events = f.events(user).await;
        let event = events.last().unwrap();
        assert_eq!(event.operation(), Operation::GroupMemberMetadataUpdate);
        let told: Value = serde_json::from_str(event.event_info.as_ref().unwrap().ext()).unwrap();
        let properties = json!({"name": "Bob", "colour": ""});
        assert_eq!(told, json!({"username": "bob", "properties": properties}));
        // So that its own other devices know themselves.
        assert_eq!(event.from.as_ref().unwrap().client_resource(), "webim_bob");
    }

    let read = async |by: Caller, users: &[&str], names: &[&str]| {
        groups::attributes(&f.m, &by, "club", &strings(users), &strings(names)).await
    };
    set(&f, bob(), "bob", &[("age", "7")]).await.unwrap();
    let found = read(f.user("carol"), &["bob", "carol", "eve"], &["name"]).await.unwrap();
    let found: Vec<_> = found.iter().map(|(user, all)| (user.as_str(), all.clone())).collect();
    assert_eq!(found, [("bob", attributes(&[("name", "Bob")])), ("carol", Attributes::new())]);
    let everything = read(f.server(), &["bob"], &[]).await.unwrap();
    assert_eq!(everything.into_values().next().unwrap().len(), 2);
    assert_eq!(refusal(read(f.user("eve"), &["bob"], &[]).await), Refusal::NotInGroup);
    let nobody = refusal(read(f.user("bob"), &["eve"], &[]).await);
    assert_eq!(nobody, Refusal::NotMembers { users: strings(&["eve"]) });
    let eleven = ["bob"; 11];
    let too_many = Refusal::TooMany { name: "targets", limit: 10 };
    assert_eq!(refusal(read(bob(), &eleven, &[]).await), too_many);

    // They end with the membership.
    groups::leave(&f.m, &bob(), "club").await.unwrap();
    groups::add_members(&f.m, &f.server(), "club", &strings(&["bob"])).await.unwrap();
    let again = read(f.server(), &["bob"], &[]).await.unwrap();
    assert_eq!(again.into_values().next().unwrap(), Attributes::new());
    groups::destroy(&f.m, &f.user("alice"), "club").await.unwrap();
}

#[tokio::test]
async fn managers_say_something_of_those_below_them() {
    let f = with_group().await;
    let one = [("k", "v")];
    assert_eq!(refusal(set(&f, f.user("bob"), "carol", &one).await), Refusal::RoleTooLow);
    assert_eq!(refusal(set(&f, f.user("eve"), "eve", &one).await), Refusal::NotInGroup);
    let eve = Refusal::NotMembers { users: strings(&["eve"]) };
    assert_eq!(refusal(set(&f, f.user("alice"), "eve", &one).await), eve);
    set(&f, f.user("alice"), "carol", &one).await.unwrap();
    let muc = Muc::Group(GroupId::from_trusted("club"));
    muc::promote(&f.m, &f.server(), &muc, "bob").await.unwrap();
    set(&f, f.user("bob"), "carol", &one).await.unwrap();
    assert_eq!(refusal(set(&f, f.user("bob"), "alice", &one).await), Refusal::RoleTooLow);
    set(&f, f.server(), "alice", &one).await.unwrap();
}

#[tokio::test]
async fn names_values_and_all_of_them_together_have_limits() {
    let mut f = with_group().await;
    let bob = f.user("bob");
    let (long_name, long_value) = ("n".repeat(17), "v".repeat(513));
    let name = set(&f, bob.clone(), "bob", &[(&long_name, "v")]).await;
    assert_eq!(refusal(name), Refusal::TooLong { name: "key", limit: 16 });
    let value = set(&f, bob.clone(), "bob", &[("n", &long_value)]).await;
    assert_eq!(refusal(value), Refusal::TooLong { name: "value", limit: 512 });
    f.limit(Feature::MemberAttributeBytesMax, 10).await;
    let bob = f.user("bob");
    set(&f, bob.clone(), "bob", &[("12345", "12345")]).await.unwrap();
    let more = set(&f, bob.clone(), "bob", &[("x", "y")]).await;
    assert_eq!(refusal(more), Refusal::AttributesTooLarge { limit: 10 });
    // What is taken away in the same call makes room.
    set(&f, bob, "bob", &[("12345", ""), ("1234567", "123")]).await.unwrap();

    let changes = [
        ("bob".to_owned(), attributes(&[("z", "z")])),
        ("carol".to_owned(), attributes(&[("z", "z")])),
    ];
    let set = groups::set_attributes_of_many(&f.m, &f.server(), "club", &changes).await;
    let (failed, done) = set.unwrap();
    assert_eq!((failed[0].as_str(), done[0].0.as_str()), ("bob", "carol"));
    let stranger = [("eve".to_owned(), Attributes::new())];
    let refused = groups::set_attributes_of_many(&f.m, &f.server(), "club", &stranger).await;
    assert_eq!(refusal(refused), Refusal::NotMembers { users: strings(&["eve"]) });
}
