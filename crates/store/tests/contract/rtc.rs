//! Numbers of users for audio and video calls, and the project of an app.

use hongyan_model::UserId;
use hongyan_store::rtc::{self, StoredProject};
use hongyan_store::users;

use crate::on_every_engine;

fn id(user: &str) -> UserId {
    UserId::from_trusted(user)
}

#[tokio::test]
async fn a_number_belongs_to_one_user_of_one_app() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        for app in [app, other] {
            f.user(app, "alice").await;
            f.user(app, "bob").await;
        }
        let uid = async |app, user| rtc::uid(&f.store, app, &id(user)).await.unwrap();
        assert_eq!(uid(app, "alice").await, Some(1));
        assert_eq!(uid(app, "bob").await, Some(2));
        assert_eq!(uid(app, "alice").await, Some(1));
        assert_eq!(uid(other, "bob").await, Some(1));
        assert_eq!(uid(app, "nobody").await, None);
        let of = async |app, uids: &[i64]| rtc::users(&f.store, app, uids).await.unwrap();
        assert_eq!(of(app, &[2, 1, 7]).await, [(1, id("alice")), (2, id("bob"))]);
        assert_eq!(of(other, &[1]).await, [(1, id("bob"))]);
        assert!(of(app, &[]).await.is_empty());

        users::delete(&f.store, app, &id("alice")).await.unwrap();
        f.user(app, "alice").await;
        assert!(of(app, &[1]).await.is_empty());
        assert_eq!(uid(app, "alice").await, Some(3), "a number is not given out again");
    })
    .await;
}

#[tokio::test]
async fn who_asks_at_the_same_time_gets_the_same_number() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        f.user(app, "alice").await;
        let ask = || {
            let store = f.store.clone();
            tokio::spawn(async move { rtc::uid(&store, app, &id("alice")).await.unwrap() })
        };
        for asked in [ask(), ask(), ask(), ask()] {
            assert_eq!(asked.await.unwrap(), Some(1));
        }
    })
    .await;
}

#[tokio::test]
async fn an_app_has_one_project() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let project = async || rtc::project(&f.store, app).await.unwrap();
        assert!(project().await.is_none());
        for name in ["first", "second"] {
            let new = StoredProject { project: name.to_owned(), certificate: vec![0, 255] };
            rtc::set_project(&f.store, app, &new).await.unwrap();
            let found = project().await.unwrap();
            assert_eq!((found.project.as_str(), &*found.certificate), (name, &[0, 255][..]));
        }
        rtc::remove_project(&f.store, app).await.unwrap();
        assert!(project().await.is_none());
    })
    .await;
}
