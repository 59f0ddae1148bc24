//! Users who may not write anywhere in their app.

use hongyan_model::UserId;
use hongyan_store::mutes::{self, Mutes};
use hongyan_store::users;

use crate::{NOW, on_every_engine};

const FOREVER: i64 = i64::MAX;

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

#[tokio::test]
async fn mutes_are_kept_by_kind_and_listed_while_they_last() {
    on_every_engine(|f| async move {
        let (app, other_app) = (f.app("one").await, f.app("two").await);
        for user in ["alice", "bob", "carol"] {
            f.user(app, user).await;
        }
        f.user(other_app, "alice").await;
        let set = async |user: &str, change: fn(&mut Mutes)| {
            mutes::update(&f.store, app, &id(user), change).await.unwrap()
        };
        let find = async |user: &str| mutes::find(&f.store, app, &id(user)).await.unwrap();
        let page = async |now: i64, offset: usize, limit: usize| {
            let rows = mutes::page(&f.store, app, now, offset, limit).await.unwrap();
            rows.into_iter().map(|(user, _)| user).collect::<Vec<_>>()
        };

        assert_eq!(set("ghost", |_| {}).await, None);
        assert_eq!(find("alice").await, None);
        set("alice", |mutes| mutes.to_users = NOW + 10).await;
        set("alice", |mutes| mutes.to_rooms = FOREVER).await;
        let both = Mutes { to_users: NOW + 10, to_groups: 0, to_rooms: FOREVER };
        assert_eq!(find("alice").await, Some(both));
        assert_eq!(mutes::find(&f.store, other_app, &id("alice")).await.unwrap(), None);

        set("bob", |mutes| mutes.to_groups = NOW + 5).await;
        set("carol", |mutes| mutes.to_groups = NOW + 20).await;
        assert_eq!(page(NOW, 0, 10).await, [id("alice"), id("bob"), id("carol")]);
        assert_eq!(page(NOW, 1, 1).await, [id("bob")]);
        assert_eq!(page(NOW + 5, 0, 10).await, [id("alice"), id("carol")]);
        assert_eq!(mutes::page(&f.store, other_app, NOW, 0, 10).await.unwrap(), []);

        mutes::drop_expired(&f.store, app, NOW + 5).await.unwrap();
        assert_eq!(find("bob").await, None);
        assert!(find("carol").await.is_some());
        users::delete(&f.store, app, &id("alice")).await.unwrap();
        assert_eq!(page(NOW, 0, 10).await, [id("carol")]);
    })
    .await;
}
