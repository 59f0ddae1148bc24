//! Pinned messages.

use hongyan_model::{Conversation, ConversationKey, GroupId, MessageId, UserId};
use hongyan_store::pins::{self as stored, Pin};

use crate::on_every_engine;

fn group(id: &str) -> ConversationKey {
    Conversation::Group(GroupId::from_trusted(id)).key()
}

fn pin(message: u64, operator: &str, pinned: i64) -> Pin {
    Pin { message: MessageId(message), operator: UserId::from_trusted(operator), pinned }
}

#[tokio::test]
async fn the_newest_comes_first_and_the_last_who_pins_counts() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let key = group("g");
        for pinned in [pin(1, "alice", 100), pin(2, "alice", 100), pin(3, "bob", 50)] {
            assert!(stored::add(&f.store, app, &key, &pinned, Some(3)).await.unwrap());
        }
        assert!(!stored::add(&f.store, app, &key, &pin(4, "bob", 200), Some(3)).await.unwrap());
        assert!(stored::add(&f.store, app, &group("h"), &pin(4, "bob", 1), Some(3)).await.unwrap());
        // A pinned one is no further one.
        assert!(stored::add(&f.store, app, &key, &pin(3, "carol", 200), Some(3)).await.unwrap());

        let page = stored::page(&f.store, app, &key, None, 2).await.unwrap();
        assert_eq!(page, [pin(3, "carol", 200), pin(2, "alice", 100)]);
        let after = Some((page[1].pinned, page[1].message));
        let rest = stored::page(&f.store, app, &key, after, 2).await.unwrap();
        assert_eq!(rest, [pin(1, "alice", 100)]);
        assert_eq!(stored::page(&f.store, other, &key, None, 9).await.unwrap(), []);

        assert!(!stored::remove(&f.store, other, &key, MessageId(1)).await.unwrap());
        assert!(!stored::remove(&f.store, app, &group("h"), MessageId(1)).await.unwrap());
        assert!(stored::remove(&f.store, app, &key, MessageId(1)).await.unwrap());
        assert!(!stored::remove(&f.store, app, &key, MessageId(1)).await.unwrap());
        assert!(stored::add(&f.store, app, &key, &pin(4, "bob", 300), Some(3)).await.unwrap());
        assert_eq!(
            stored::find(&f.store, app, &key, MessageId(4)).await.unwrap(),
            Some(pin(4, "bob", 300))
        );
    })
    .await;
}

#[tokio::test]
async fn no_two_pins_exceed_the_limit_together() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let tries = (0..20).map(|n| {
            let store = f.store.clone();
            tokio::spawn(async move {
                stored::add(&store, app, &group("g"), &pin(n, "alice", 1), Some(4)).await.unwrap()
            })
        });
        let mut pinned = 0;
        for one in tries.collect::<Vec<_>>() {
            pinned += usize::from(one.await.unwrap());
        }
        assert_eq!(pinned, 4);
    })
    .await;
}
