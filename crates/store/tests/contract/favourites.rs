//! What users keep: replaced by id, counted exactly, listed by age, gone with the user.

use hongyan_model::{AppId, Favourite, UserId};
use hongyan_store::favourites::{self, Addition, NewFavourite, Span};
use hongyan_store::users;

use crate::{Fixture, NOW, on_every_engine};

fn new(id: &str, kind: i32, created: Option<i64>) -> NewFavourite {
    NewFavourite { id: id.to_owned(), kind, data: format!("data of {id}"), ext: None, created }
}

fn kept(id: &str, kind: i32, created: i64, modified: i64) -> Favourite {
    let (id, data) = (id.to_owned(), format!("data of {id}"));
    Favourite { id, kind, data, ext: None, created, modified }
}

async fn add(
    f: &Fixture,
    (app, user): (AppId, &UserId),
    new: &[NewFavourite],
    most: Option<u64>,
) -> Addition {
    favourites::add(&f.store, app, user, new, (NOW, most)).await.unwrap()
}

fn ids(found: Vec<Favourite>) -> Vec<String> {
    found.into_iter().map(|favourite| favourite.id).collect()
}

#[tokio::test]
async fn what_has_an_id_already_is_replaced() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let alice = f.user(app, "alice").await;
        f.user(other, "alice").await;
        let bob = f.user(app, "bob").await;
        let ghost = UserId::from_trusted("ghost");
        assert_eq!(add(&f, (app, &ghost), &[new("a", 1, None)], None).await, Addition::NoUser);

        let first = add(&f, (app, &alice), &[new("a", 1, Some(5)), new("b", 2, None)], None).await;
        assert_eq!(first, Addition::Done(vec![kept("a", 1, 5, NOW), kept("b", 2, NOW, NOW)]));
        // Its age stays, unless another is given.
        let again = NewFavourite { ext: Some("x".to_owned()), ..new("a", 3, None) };
        let later = (NOW + 1, None);
        let replaced = favourites::add(&f.store, app, &alice, &[again], later).await.unwrap();
        let expected = Favourite { ext: Some("x".to_owned()), ..kept("a", 3, 5, NOW + 1) };
        assert_eq!(replaced, Addition::Done(vec![expected.clone()]));
        let found = async |app, user: &UserId, id: &str| {
            favourites::find(&f.store, app, user, id).await.unwrap()
        };
        assert_eq!(found(app, &alice, "a").await, Some(expected));
        add(&f, (app, &alice), &[new("a", 1, Some(9))], None).await;
        assert_eq!(found(app, &alice, "a").await, Some(kept("a", 1, 9, NOW)));

        // Of others nothing is seen, changed or removed.
        let all = [String::from("a"), String::from("b")];
        for (app, user) in [(app, &bob), (other, &alice)] {
            assert_eq!(found(app, user, "a").await, None);
            let change = ("a", Some("stolen".to_owned()));
            let changed = favourites::set_ext(&f.store, app, user, change, NOW).await.unwrap();
            assert_eq!(changed, None);
            assert_eq!(favourites::remove(&f.store, app, user, &all).await.unwrap(), 0);
        }
        let change = ("b", Some("mine".to_owned()));
        let changed = favourites::set_ext(&f.store, app, &alice, change, NOW + 7).await.unwrap();
        let ext = Some("mine".to_owned());
        assert_eq!(changed, Some(Favourite { ext, ..kept("b", 2, NOW, NOW + 7) }));
        let changed = favourites::set_ext(&f.store, app, &alice, ("b", None), NOW + 8).await;
        assert_eq!(changed.unwrap(), Some(kept("b", 2, NOW, NOW + 8)));
        assert_eq!(favourites::remove(&f.store, app, &alice, &all).await.unwrap(), 2);
        assert_eq!(found(app, &alice, "b").await, None);
    })
    .await;
}

#[tokio::test]
async fn the_limit_is_exact_whoever_adds_at_the_same_time() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let alice = f.user(app, "alice").await;
        let one = |n: usize| {
            let (store, alice) = (f.store.clone(), alice.clone());
            async move {
                let new = [new(&format!("f{n}"), 1, None)];
                favourites::add(&store, app, &alice, &new, (NOW, Some(3))).await.unwrap()
            }
        };
        let added = futures_util::future::join_all((0..6).map(one)).await;
        assert_eq!(added.iter().filter(|added| **added == Addition::Full).count(), 3);
        let span = || Span::Between(0, i64::MAX);
        let found = favourites::page(&f.store, app, &alice, span(), (None, true), 9).await.unwrap();
        assert_eq!(found.len(), 3);
        // All or nothing; what is replaced needs no room, also where the limit was lowered.
        let both = [new(&found[0].id, 2, None), new("more", 2, None)];
        assert_eq!(add(&f, (app, &alice), &both, Some(3)).await, Addition::Full);
        let unchanged =
            favourites::page(&f.store, app, &alice, span(), (None, true), 9).await.unwrap();
        assert_eq!(unchanged, found);
        let replaced = add(&f, (app, &alice), &both[..1], Some(1)).await;
        assert!(matches!(replaced, Addition::Done(_)));
    })
    .await;
}

#[tokio::test]
async fn pages_go_by_age_in_both_directions() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let alice = f.user(app, "alice").await;
        let rows: Vec<_> = [("a", 10), ("b", 20), ("c", 20), ("d", 30), ("e", 40)]
            .into_iter()
            .enumerate()
            .map(|(n, (id, created))| new(id, i32::try_from(n % 2).unwrap(), Some(created)))
            .collect();
        add(&f, (app, &alice), &rows, None).await;
        let page = async |span: Span, kind: Option<i32>, oldest_first: bool, limit: usize| {
            let order = (kind, oldest_first);
            ids(favourites::page(&f.store, app, &alice, span, order, limit).await.unwrap())
        };
        let all = || Span::Between(0, i64::MAX);
        assert_eq!(page(all(), None, false, 9).await, ["e", "d", "c", "b", "a"]);
        assert_eq!(page(all(), None, true, 2).await, ["a", "b"]);
        assert_eq!(page(all(), Some(1), true, 9).await, ["b", "d"]);
        assert_eq!(page(Span::Between(20, 30), None, true, 9).await, ["b", "c", "d"]);
        assert_eq!(page(Span::Between(20, 20), None, false, 9).await, ["c", "b"]);
        assert_eq!(page(Span::Between(21, 29), None, true, 9).await, [""; 0]);
        // From one on, itself included; those of the same moment are not skipped.
        let from = |created, id: &str| Span::From(created, id.to_owned());
        assert_eq!(page(from(20, "b"), None, true, 9).await, ["b", "c", "d", "e"]);
        assert_eq!(page(from(20, "b"), None, false, 9).await, ["b", "a"]);
        assert_eq!(page(from(20, "c"), None, false, 2).await, ["c", "b"]);
        assert_eq!(page(from(20, "c"), Some(1), false, 9).await, ["b"]);
    })
    .await;
}

#[tokio::test]
async fn they_go_with_their_user() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let (alice, bob) = (f.user(app, "alice").await, f.user(app, "bob").await);
        for user in [&alice, &bob] {
            let rows: Vec<_> = (0..5).map(|n| new(&format!("f{n}"), 1, None)).collect();
            add(&f, (app, user), &rows, None).await;
        }
        assert_eq!(favourites::remove_some(&f.store, app, &alice, 2).await.unwrap(), 2);
        users::delete(&f.store, app, &alice).await.unwrap();
        f.user(app, "alice").await;
        for (user, number) in [(&alice, 0), (&bob, 5)] {
            let span = Span::Between(0, i64::MAX);
            let found = favourites::page(&f.store, app, user, span, (None, true), 9).await.unwrap();
            assert_eq!(found.len(), number, "{user}");
        }
        assert_eq!(favourites::remove_some(&f.store, app, &bob, 9).await.unwrap(), 5);
    })
    .await;
}
