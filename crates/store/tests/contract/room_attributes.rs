//! What rooms remember: whose it is, how much there is, and when it goes.

use std::collections::BTreeMap;

use hongyan_model::{AppId, Role, RoomId, UserId};
use hongyan_store::room_attributes::{self as attributes, Outcome, Setting, Writer, Written};
use hongyan_store::rooms;

use crate::some_room::{app_with_room, id, rid};
use crate::{Fixture, on_every_engine};

use Outcome::{Absent, Done, Full, NotOwn};

fn by(user: &UserId) -> Writer<'_> {
    Writer { user, member: true, forced: false }
}

const STAYING: Setting = Setting { auto_delete: false, most: None };
const GOING: Setting = Setting { auto_delete: true, most: None };

async fn set(f: &Fixture, app: AppId, user: &str, names: &[&str], how: Setting) -> Written {
    let all: Vec<_> = names.iter().map(|name| ((*name).to_owned(), format!("{user}'s"))).collect();
    attributes::set(&f.store, app, &rid(), by(&id(user)), &all, how).await.unwrap()
}

async fn found(f: &Fixture, app: AppId) -> BTreeMap<String, String> {
    attributes::find(&f.store, app, &rid(), None).await.unwrap()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn whoever_sets_one_owns_it() {
    on_every_engine(|f| async move {
        let (app, other) = (app_with_room(&f, "one").await, app_with_room(&f, "two").await);
        assert_eq!(set(&f, app, "bob", &["a", "b"], STAYING).await, Written::Each(vec![Done; 2]));
        let carols = set(&f, app, "carol", &["a", "c"], STAYING).await;
        assert_eq!(carols, Written::Each(vec![NotOwn, Done]));
        let carol = id("carol");
        let forced = Writer { forced: true, ..by(&carol) };
        let taken = [("a".to_owned(), "taken".to_owned())];
        attributes::set(&f.store, app, &rid(), forced, &taken, STAYING).await.unwrap();
        assert_eq!(set(&f, app, "bob", &["a"], STAYING).await, Written::Each(vec![NotOwn]));
        assert_eq!(found(&f, app).await["a"], "taken");
        let some = strings(&["a", "nothing"]);
        let some = attributes::find(&f.store, app, &rid(), Some(&some)).await.unwrap();
        assert_eq!(some.into_keys().collect::<Vec<_>>(), ["a"]);

        let names = strings(&["a", "b", "x"]);
        let removed = attributes::remove(&f.store, app, &rid(), by(&id("bob")), &names).await;
        assert_eq!(removed.unwrap(), Written::Each(vec![NotOwn, Done, Absent]));
        let removed = attributes::remove(&f.store, app, &rid(), forced, &names[..1]).await;
        assert_eq!(removed.unwrap(), Written::Each(vec![Done]));
        assert_eq!(found(&f, app).await.into_keys().collect::<Vec<_>>(), ["c"]);
        assert!(found(&f, other).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn strangers_write_nothing_and_nowhere() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, "one").await;
        assert_eq!(set(&f, app, "dave", &["a"], STAYING).await, Written::NotMember);
        let dave = id("dave");
        let anybody = Writer { user: &dave, member: false, forced: true };
        let one = [("a".to_owned(), "v".to_owned())];
        let written = attributes::set(&f.store, app, &rid(), anybody, &one, STAYING).await;
        assert_eq!(written.unwrap(), Written::Each(vec![Done]));
        let nowhere = RoomId::from_trusted("9");
        let written = attributes::set(&f.store, app, &nowhere, anybody, &one, STAYING).await;
        assert_eq!(written.unwrap(), Written::NoRoom);
        let names = strings(&["a"]);
        let removed = attributes::remove(&f.store, app, &nowhere, anybody, &names).await;
        assert_eq!(removed.unwrap(), Written::NoRoom);
    })
    .await;
}

#[tokio::test]
async fn the_limit_holds_whoever_writes_at_the_same_time() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, "one").await;
        let most = Setting { auto_delete: true, most: Some(5) };
        let write = |n: usize| {
            let store = f.store.clone();
            async move {
                let (user, name) = (id(["alice", "bob", "carol"][n % 3]), format!("k{n}"));
                let one = [(name, "v".to_owned())];
                attributes::set(&store, app, &rid(), by(&user), &one, most).await.unwrap()
            }
        };
        let written = futures_util::future::join_all((0..9).map(write)).await;
        let done = written.iter().filter(|w| **w == Written::Each(vec![Done])).count();
        let full = written.iter().filter(|w| **w == Written::Each(vec![Full])).count();
        assert_eq!((done, full, found(&f, app).await.len()), (5, 4, 5));
        // What is there may be changed.
        let name = found(&f, app).await.into_keys().next().unwrap();
        let alice = id("alice");
        let forced = Writer { forced: true, ..by(&alice) };
        let again = [(name, "w".to_owned()), ("new".to_owned(), "x".to_owned())];
        let written = attributes::set(&f.store, app, &rid(), forced, &again, most).await;
        assert_eq!(written.unwrap(), Written::Each(vec![Done, Full]));
    })
    .await;
}

#[tokio::test]
async fn they_go_with_their_setter_or_with_the_room() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, "one").await;
        set(&f, app, "bob", &["b1", "b2"], GOING).await;
        set(&f, app, "bob", &["kept"], STAYING).await;
        set(&f, app, "carol", &["c"], GOING).await;
        set(&f, app, "alice", &["a"], GOING).await;
        let gone = rooms::remove_members(&f.store, app, &rid(), &[id("bob")], Role::Owner).await;
        assert_eq!(gone.unwrap().unwrap().attributes, ["b1", "b2"]);
        let owner = [id("alice")];
        let gone = attributes::remove_left_by(&f.store, app, &rid(), &owner).await.unwrap();
        assert_eq!(gone, ["a"]);
        assert_eq!(found(&f, app).await.into_keys().collect::<Vec<_>>(), ["c", "kept"]);
        rooms::delete(&f.store, app, &rid()).await.unwrap();
        assert!(found(&f, app).await.is_empty());
    })
    .await;
}
