//! End users and their attributes.

use std::collections::BTreeMap;

use hongyan_model::{AppId, UserId};
use hongyan_store::attributes::{self, Attributes, Merged};
use hongyan_store::counters::{Counted, count};
use hongyan_store::users::{self, Insertion, NewUser, Place};

use crate::{NOW, new_user, on_every_engine};

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Attributes {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[tokio::test]
async fn a_user_is_read_as_it_was_stored() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let mut user = new_user("alice", NOW);
        user.nickname = Some("小爱 🐦".to_owned());
        user.activated = false;
        let new = NewUser { user: user.clone(), password_hash: Some("hash".to_owned()) };
        assert_eq!(users::insert(&f.store, app, &[new], None).await.unwrap(), [Insertion::Done]);

        assert_eq!(users::find(&f.store, app, &id("alice")).await.unwrap(), Some(user.clone()));
        let with_password = users::find_with_password(&f.store, app, &id("alice")).await.unwrap();
        assert_eq!(with_password, Some((user, Some("hash".to_owned()))));
        assert_eq!(users::find(&f.store, app, &id("bob")).await.unwrap(), None);
        assert_eq!(users::find_with_password(&f.store, app, &id("bob")).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn users_of_one_app_are_unknown_to_another() {
    on_every_engine(|f| async move {
        let (one, two) = (f.app("one").await, f.app("two").await);
        f.user(one, "alice").await;
        assert_eq!(users::find(&f.store, two, &id("alice")).await.unwrap(), None);
        assert_eq!(users::existing(&f.store, two, &[id("alice")]).await.unwrap(), []);
        assert!(users::page(&f.store, two, None, 10).await.unwrap().is_empty());
        assert_eq!(users::delete(&f.store, two, &id("alice")).await.unwrap(), None);
        f.user(two, "alice").await;
        assert!(users::delete(&f.store, two, &id("alice")).await.unwrap().is_some());
        assert!(users::find(&f.store, one, &id("alice")).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_taken_id_leaves_the_first_user_and_the_rest_of_the_batch() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        f.user(app, "bob").await;
        let batch = ["alice", "bob", "carol", "alice"].map(|name| {
            let mut user = new_user(name, NOW + 1);
            user.uuid = "second".to_owned();
            NewUser { user, password_hash: Some("second".to_owned()) }
        });
        let outcomes = users::insert(&f.store, app, &batch, None).await.unwrap();
        let [done, taken] = [Insertion::Done, Insertion::Taken];
        assert_eq!(outcomes, [done, taken, done, taken]);
        let (bob, password) =
            users::find_with_password(&f.store, app, &id("bob")).await.unwrap().unwrap();
        assert_eq!((bob.uuid.as_str(), password), ("uuid-bob", None));

        let asked = ["dave", "carol", "bob"].map(id);
        let mut existing = users::existing(&f.store, app, &asked).await.unwrap();
        existing.sort();
        assert_eq!(existing, ["bob", "carol"].map(id));
        assert_eq!(users::existing(&f.store, app, &[]).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn an_id_is_given_once_to_many_who_ask_at_once() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let tasks: Vec<_> = (0..24)
            .map(|n| {
                let store = f.store.clone();
                // Opposite orders: writers that lock row by row must not stop each other for ever.
                let mut batch: Vec<NewUser> = ["a", "b", "c", "d"]
                    .map(|name| NewUser { user: new_user(name, NOW), password_hash: None })
                    .into();
                if n % 2 == 0 {
                    batch.reverse();
                }
                tokio::spawn(async move { users::insert(&store, app, &batch, None).await.unwrap() })
            })
            .collect();
        let mut made = 0;
        for task in tasks {
            made += task
                .await
                .unwrap()
                .into_iter()
                .filter(|outcome| *outcome == Insertion::Done)
                .count();
        }
        assert_eq!(made, 4);
    })
    .await;
}

#[tokio::test]
async fn pages_go_by_age_then_id_without_gap_or_repetition() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        // Two in one millisecond; '_' and '-' and digits sort by byte on both engines.
        let named = [
            ("zoe", NOW - 5),
            ("b_", NOW),
            ("b-", NOW),
            ("b1", NOW),
            ("ba", NOW),
            ("adam", NOW + 1),
        ];
        for (name, created) in named {
            let new = NewUser { user: new_user(name, created), password_hash: None };
            users::insert(&f.store, app, &[new], None).await.unwrap();
        }
        let mut seen = Vec::new();
        let mut after: Option<Place> = None;
        loop {
            let page = users::page(&f.store, app, after.as_ref(), 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(Place { created: last.created, id: last.id.clone() });
            seen.extend(page.into_iter().map(|user| user.id.to_string()));
        }
        assert_eq!(seen, ["zoe", "b-", "b1", "b_", "ba", "adam"]);
    })
    .await;
}

#[tokio::test]
async fn password_and_nickname_change_the_user_they_name() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let alice = f.user(app, "alice").await;
        let bob = f.user(app, "bob").await;

        assert!(users::set_password(&f.store, app, &alice, "new", 8, NOW + 1).await.unwrap());
        let (user, password) =
            users::find_with_password(&f.store, app, &alice).await.unwrap().unwrap();
        assert_eq!(
            (user.token_epoch, user.modified, password.as_deref()),
            (8, NOW + 1, Some("new"))
        );

        let renamed =
            users::set_nickname(&f.store, app, &alice, "Al", NOW + 2).await.unwrap().unwrap();
        assert_eq!(
            (renamed.nickname.as_deref(), renamed.modified, renamed.created),
            (Some("Al"), NOW + 2, NOW)
        );
        assert_eq!(users::find(&f.store, app, &alice).await.unwrap(), Some(renamed));

        assert_eq!(users::find(&f.store, app, &bob).await.unwrap(), Some(new_user("bob", NOW)));
        assert!(!users::set_password(&f.store, app, &id("carol"), "new", 8, NOW).await.unwrap());
        assert_eq!(users::set_nickname(&f.store, app, &id("carol"), "C", NOW).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn deletion_takes_the_attributes_along() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let alice = f.user(app, "alice").await;
        attributes::merge(&f.store, app, &alice, pairs([("k", "v")]), (100, None)).await.unwrap();
        assert_eq!(
            users::delete(&f.store, app, &alice).await.unwrap(),
            Some(new_user("alice", NOW))
        );
        assert_eq!(users::delete(&f.store, app, &alice).await.unwrap(), None);
        f.user(app, "alice").await;
        assert_eq!(attributes::find(&f.store, app, &[alice]).await.unwrap(), BTreeMap::new());
    })
    .await;
}

#[tokio::test]
async fn attributes_are_merged_within_their_limit() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let alice = f.user(app, "alice").await;
        let merge = |changes| attributes::merge(&f.store, app, &alice, changes, (20, None));
        let stored = |attributes| Merged::Stored(attributes);

        assert_eq!(merge(pairs([("nick", "小")])).await.unwrap(), stored(pairs([("nick", "小")])));
        let both = pairs([("nick", "A"), ("ext", "x\u{0}y")]);
        assert_eq!(merge(both.clone()).await.unwrap(), stored(both.clone()));
        // 4+1 + 3+3 = 11 bytes; 3+6 more are exactly 20.
        let full = pairs([("nick", "A"), ("ext", "x\u{0}y"), ("big", "123456")]);
        assert_eq!(merge(pairs([("big", "1234567")])).await.unwrap(), Merged::TooLarge);
        assert_eq!(merge(pairs([("big", "123456")])).await.unwrap(), stored(full.clone()));

        let asked = [id("bob"), alice.clone()];
        let found = attributes::find(&f.store, app, &asked).await.unwrap();
        assert_eq!(found, BTreeMap::from([(alice.clone(), full)]));
        assert_eq!(attributes::find(&f.store, AppId(999), &asked).await.unwrap(), BTreeMap::new());

        let nobody = attributes::merge(&f.store, app, &id("bob"), pairs([("k", "v")]), (20, None))
            .await
            .unwrap();
        assert_eq!(nobody, Merged::NoUser);
        attributes::delete(&f.store, app, &alice).await.unwrap();
        attributes::delete(&f.store, app, &id("bob")).await.unwrap();
        assert_eq!(attributes::find(&f.store, app, &asked).await.unwrap(), BTreeMap::new());
    })
    .await;
}

#[tokio::test]
async fn no_attribute_is_lost_between_changes_at_once() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let alice = f.user(app, "alice").await;
        let tasks: Vec<_> = (0..32)
            .map(|n| {
                let (store, alice) = (f.store.clone(), alice.clone());
                let change = Attributes::from([(format!("k{n}"), n.to_string())]);
                tokio::spawn(async move {
                    attributes::merge(&store, app, &alice, change, (2048, None)).await.unwrap()
                })
            })
            .collect();
        for task in tasks {
            assert!(matches!(task.await.unwrap(), Merged::Stored(_)));
        }
        let found = attributes::find(&f.store, app, std::slice::from_ref(&alice)).await.unwrap();
        assert_eq!(found[&alice].len(), 32);
    })
    .await;
}

#[tokio::test]
async fn a_ban_is_set_and_lifted() {
    on_every_engine(|f| async move {
        let (app, other_app) = (f.app("one").await, f.app("two").await);
        let alice = f.user(app, "alice").await;
        f.user(other_app, "alice").await;
        let set = async |activated: bool, now: i64| {
            users::set_activated(&f.store, app, &alice, activated, now).await.unwrap().unwrap()
        };
        let banned = set(false, NOW + 1).await;
        assert_eq!((banned.activated, banned.modified), (false, NOW + 1));
        assert_eq!(users::find(&f.store, app, &alice).await.unwrap(), Some(banned));
        let elsewhere = users::find(&f.store, other_app, &alice).await.unwrap().unwrap();
        assert!(elsewhere.activated);
        assert!(set(true, NOW + 2).await.activated);
        let ghost = UserId::from_trusted("ghost");
        let nobody = users::set_activated(&f.store, app, &ghost, false, NOW).await.unwrap();
        assert_eq!(nobody, None);
    })
    .await;
}

#[tokio::test]
async fn bytes_of_attributes_are_counted_as_they_come_and_go() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let (alice, bob) = (f.user(app, "alice").await, f.user(app, "bob").await);
        f.user(other, "alice").await;
        let bytes = async |app| count(&f.store, app, Counted::AttributeBytes).await.unwrap();
        let merge = async |user: &UserId, changes| {
            attributes::merge(&f.store, app, user, changes, (20, None)).await.unwrap()
        };
        assert_eq!(bytes(app).await, 0);
        merge(&alice, pairs([("k", "four"), ("图", "é")])).await;
        merge(&bob, pairs([("k", "v")])).await;
        assert_eq!(bytes(app).await, 5 + 5 + 2);
        merge(&alice, pairs([("k", "")])).await;
        assert_eq!(bytes(app).await, 1 + 5 + 2);
        assert_eq!(merge(&alice, pairs([("k", &"x".repeat(30))])).await, Merged::TooLarge);
        attributes::delete(&f.store, app, &alice).await.unwrap();
        attributes::delete(&f.store, app, &alice).await.unwrap();
        assert_eq!((bytes(app).await, bytes(other).await), (2, 0));
        users::delete(&f.store, app, &bob).await.unwrap();
        assert_eq!(bytes(app).await, 0);
    })
    .await;
}
