//! Reactions: exact numbers, whoever else reacts.

use hongyan_model::{AppId, Conversation, ConversationKey, GroupId, MessageId, UserId};
use hongyan_store::reactions::{self as stored, Addition, Place};
use hongyan_store::{Store, users};

use crate::on_every_engine;

fn group(id: &str) -> ConversationKey {
    Conversation::Group(GroupId::from_trusted(id)).key()
}

fn place<'a>(app: AppId, message: u64, reaction: &'a str, user: &'a UserId) -> Place<'a> {
    Place { app, message: MessageId(message), reaction, user }
}

/// What `viewer` sees below a message: reaction, number, first users, own.
async fn seen(
    store: &Store,
    app: AppId,
    message: u64,
    viewer: &UserId,
) -> Vec<(String, u64, Vec<String>, bool)> {
    let found = stored::of_messages(store, app, &[MessageId(message)], viewer).await.unwrap();
    let row = |r: stored::Reaction| {
        (r.reaction, r.users, r.first.iter().map(ToString::to_string).collect(), r.own)
    };
    found.into_iter().map(row).collect()
}

#[tokio::test]
async fn they_come_and_go_and_are_counted() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let mut users = Vec::new();
        for name in ["a", "b", "c", "d"] {
            users.push(f.user(app, name).await);
        }
        let add = async |message, reaction, user: usize, id| {
            let place = place(app, message, reaction, &users[user]);
            stored::add(&f.store, place, &group("g"), id, Some(2)).await.unwrap()
        };
        assert_eq!(add(1, "👍", 3, 10).await, Addition::Added(10));
        assert_eq!(add(1, "👍", 0, 11).await, Addition::Added(10));
        assert_eq!(add(1, "👍", 1, 12).await, Addition::Added(10));
        assert_eq!(add(1, "👍", 2, 13).await, Addition::Added(10));
        assert_eq!(add(1, "👍", 2, 14).await, Addition::Already);
        assert_eq!(add(1, "a,b'", 0, 15).await, Addition::Added(15));
        assert_eq!(add(1, "third", 0, 16).await, Addition::TooMany);
        assert_eq!(add(2, "third", 0, 17).await, Addition::Added(17));
        let nobody = UserId::from_trusted("nobody");
        let (place_of_nobody, key) = (place(app, 1, "👍", &nobody), group("g"));
        let unknown = stored::add(&f.store, place_of_nobody, &key, 18, None).await.unwrap();
        assert_eq!(unknown, Addition::UnknownUser);

        let rows = [
            ("👍".to_owned(), 4, ["d", "a", "b"].map(String::from).to_vec(), true),
            ("a,b'".to_owned(), 1, vec!["a".to_owned()], true),
        ];
        assert_eq!(seen(&f.store, app, 1, &users[0]).await, rows);
        assert!(!seen(&f.store, app, 1, &users[1]).await[1].3);
        assert_eq!(seen(&f.store, other, 1, &users[0]).await, []);
        let both = [MessageId(1), MessageId(2), MessageId(3)];
        assert_eq!(stored::of_messages(&f.store, app, &both, &users[0]).await.unwrap().len(), 3);
        let page = stored::users(&f.store, app, MessageId(1), "👍", 10, 2).await.unwrap();
        assert_eq!(page, [(11, users[0].clone()), (12, users[1].clone())]);

        let gone = async |reaction, user: usize| {
            stored::remove(&f.store, place(app, 1, reaction, &users[user])).await.unwrap()
        };
        assert!(gone("👍", 3).await);
        assert!(!gone("👍", 3).await);
        assert!(!stored::remove(&f.store, place(other, 1, "👍", &users[0])).await.unwrap());
        assert_eq!(seen(&f.store, app, 1, &users[3]).await[0].1, 3);
        // The last one makes room for another kind.
        assert!(gone("a,b'", 0).await);
        assert_eq!(add(1, "third", 0, 19).await, Addition::Added(19));
    })
    .await;
}

#[tokio::test]
async fn no_two_of_them_exceed_the_limit_together() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let alice = f.user(app, "alice").await;
        let tries = (0..30).map(|n: i64| {
            let (store, alice) = (f.store.clone(), alice.clone());
            tokio::spawn(async move {
                let (reaction, key) = (n.to_string(), group("g"));
                let place = place(app, 1, &reaction, &alice);
                stored::add(&store, place, &key, n, Some(5)).await.unwrap()
            })
        });
        let mut added = 0;
        for one in tries.collect::<Vec<_>>() {
            added += usize::from(matches!(one.await.unwrap(), Addition::Added(_)));
        }
        assert_eq!(added, 5);
        assert_eq!(seen(&f.store, app, 1, &alice).await.len(), 5);
    })
    .await;
}

#[tokio::test]
async fn they_go_with_their_message_their_conversation_and_their_user() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let (alice, bob) = (f.user(app, "alice").await, f.user(app, "bob").await);
        for (message, conversation) in [(1, "g"), (2, "g"), (3, "g"), (4, "h")] {
            for (user, id) in [(&alice, 1), (&bob, 2)] {
                let place = place(app, message, "👍", user);
                stored::add(&f.store, place, &group(conversation), id, None).await.unwrap();
            }
        }
        let left = async |message| seen(&f.store, app, message, &bob).await.len();
        stored::forget_message(&f.store, app, MessageId(1)).await.unwrap();
        assert_eq!((left(1).await, left(2).await), (0, 1));

        // Of one user, a little at a time, then the rest with the user.
        assert_eq!(stored::forget_user(&f.store, app, &alice, 1).await.unwrap(), 1);
        assert_eq!(seen(&f.store, app, 2, &bob).await[0].1, 1);
        assert_eq!(seen(&f.store, app, 3, &bob).await[0].1, 2);
        users::delete(&f.store, app, &alice).await.unwrap().unwrap();
        assert_eq!(seen(&f.store, app, 3, &bob).await[0].1, 1);
        assert!(!seen(&f.store, app, 4, &alice).await[0].3);

        assert_eq!(stored::forget_conversation(&f.store, app, &group("g"), 10).await.unwrap(), 2);
        assert_eq!((left(2).await, left(3).await, left(4).await), (0, 0, 1));
        assert_eq!(stored::forget_conversation(&f.store, app, &group("g"), 10).await.unwrap(), 0);
        // Nothing is left that would count.
        stored::remove(&f.store, place(app, 4, "👍", &bob)).await.unwrap();
        assert_eq!(stored::forget_conversation(&f.store, app, &group("h"), 10).await.unwrap(), 0);
    })
    .await;
}
