use std::collections::BTreeMap;

use hongyan_messaging::attributes::{Attributes, clear, get, get_many, set};
use hongyan_messaging::users;
use hongyan_model::Refusal;

use crate::fixture::{Fixture, refusal};

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn map<const N: usize>(of: [(&str, &str); N]) -> Attributes {
    pairs(of).into_iter().collect()
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}

#[tokio::test]
async fn a_user_keeps_its_own_attributes_and_the_app_everybodys() {
    let f = Fixture::new().await;
    f.register("alice").await;
    f.register("bob").await;
    let (server, alice) = (f.server(), f.user("alice"));

    let all =
        set(&f.m, &alice, "Alice", pairs([("nickname", "A"), ("nickname", "爱"), ("gender", "2")]))
            .await;
    assert_eq!(all.unwrap(), map([("nickname", "爱"), ("gender", "2")]));
    let merged = map([("nickname", "爱"), ("gender", "2"), ("ext", "")]);
    assert_eq!(set(&f.m, &server, "alice", pairs([("ext", "")])).await.unwrap(), merged);
    assert_eq!(get(&f.m, &alice, "alice").await.unwrap(), merged);
    assert_eq!(get(&f.m, &server, "ALICE").await.unwrap(), merged);

    assert_eq!(
        refusal(set(&f.m, &alice, "bob", pairs([("ext", "x")])).await),
        Refusal::NotPermitted
    );
    assert_eq!(refusal(get(&f.m, &alice, "bob").await), Refusal::NotPermitted);
    assert_eq!(refusal(clear(&f.m, &alice, "bob").await), Refusal::NotPermitted);

    clear(&f.m, &alice, "alice").await.unwrap();
    clear(&f.m, &server, "alice").await.unwrap();
    assert_eq!(get(&f.m, &alice, "alice").await.unwrap(), Attributes::new());
}

#[tokio::test]
async fn unknown_users_have_no_attributes() {
    let f = Fixture::new().await;
    let server = f.server();
    for unknown in ["carol", "c a"] {
        let refused = set(&f.m, &server, unknown, pairs([("ext", "x")])).await;
        assert_eq!(refusal(refused), Refusal::UserNotFound { user: unknown.to_owned() });
        assert_eq!(get(&f.m, &server, unknown).await.unwrap(), Attributes::new());
        clear(&f.m, &server, unknown).await.unwrap();
    }
}

#[tokio::test]
async fn attributes_have_a_size() {
    let f = Fixture::new().await;
    f.register("alice").await;
    let limit = 2048;
    let alice = f.user("alice");
    let fits = "x".repeat(limit - 3);
    set(&f.m, &alice, "alice", pairs([("ext", &fits)])).await.unwrap();
    let refused = set(&f.m, &alice, "alice", pairs([("a", "")])).await;
    assert_eq!(refusal(refused), Refusal::AttributesTooLarge { limit });
    assert_eq!(get(&f.m, &alice, "alice").await.unwrap(), map([("ext", &fits)]));
    let phone = "1".repeat(33);
    let refused = set(&f.m, &alice, "alice", pairs([("phone", &phone), ("a", "b")])).await;
    assert_eq!(refusal(refused), Refusal::TooLong { name: "phone", limit: 32 });
    assert_eq!(get(&f.m, &alice, "alice").await.unwrap(), map([("ext", &fits)]));
    // What replaces it counts, not what it replaces.
    set(&f.m, &alice, "alice", pairs([("ext", ""), ("a", "")])).await.unwrap();
}

#[tokio::test]
async fn everybody_reads_public_profiles() {
    let f = Fixture::new().await;
    f.register("alice").await;
    f.register("bob").await;
    let full = pairs([("nickname", "B"), ("phone", "1"), ("gender", "0")]);
    set(&f.m, &f.server(), "bob", full).await.unwrap();

    let asked = texts(["Bob", "bob", "carol", "a b"]);
    let profiles =
        get_many(&f.m, &f.user("alice"), &asked, &texts(["nickname", "gender", "mail"])).await;
    let expected = BTreeMap::from([
        ("bob".to_owned(), map([("nickname", "B"), ("gender", "0")])),
        ("carol".to_owned(), Attributes::new()),
        ("a b".to_owned(), Attributes::new()),
    ]);
    assert_eq!(profiles.unwrap(), expected);

    let keys = texts(["nickname"]);
    let nobody = get_many(&f.m, &f.user("alice"), &[], &keys).await;
    assert_eq!(refusal(nobody), Refusal::Missing { name: "targets" });
    let many: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
    let refused = get_many(&f.m, &f.user("alice"), &many, &keys).await;
    assert_eq!(refusal(refused), Refusal::TooMany { name: "targets", limit: 100 });
    assert_eq!(get_many(&f.m, &f.user("alice"), &many[..100], &keys).await.unwrap().len(), 100);
}

#[tokio::test]
async fn attributes_end_with_their_user() {
    let f = Fixture::new().await;
    f.register("alice").await;
    set(&f.m, &f.server(), "alice", pairs([("ext", "x")])).await.unwrap();
    users::delete(&f.m, &f.server(), "alice").await.unwrap();
    f.register("alice").await;
    assert_eq!(get(&f.m, &f.server(), "alice").await.unwrap(), Attributes::new());
}
