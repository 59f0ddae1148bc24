//! Messages to every user of an app.

use hongyan_messaging::broadcasts::{self, NewBroadcast, Target};
use hongyan_messaging::messages::Priority;
use hongyan_messaging::messages::content::Content;
use hongyan_model::{Feature, Refusal};

use crate::fixture::{Fixture, refusal, single};

fn notice(target: Target, text: &str) -> NewBroadcast {
    NewBroadcast {
        target,
        from: "admin".to_owned(),
        content: Content::Text { text: text.to_owned() },
        ext: None,
        priority: Priority::Normal,
        size: 10,
    }
}

#[tokio::test]
async fn every_user_gets_it_also_who_is_away_and_nobody_who_comes_later() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let names: Vec<String> = (0..130).map(|n| format!("u{n:03}")).collect();
    for name in &names {
        f.make_user(name).await;
    }
    let mut alice = f.connect("alice", "webim_1").await;
    let id =
        broadcasts::broadcast(&f.m, &f.server(), notice(Target::Users, "all hands")).await.unwrap();
    f.clock.advance(1);
    f.make_user("late").await;
    // The task of the server may have been faster.
    broadcasts::spread(&f.m).await.unwrap();
    f.settle().await;
    let progress = broadcasts::progress(&f.m, &f.server(), id).await.unwrap().unwrap();
    assert_eq!((progress.written, progress.done), (132, true));
    assert_eq!(alice.receive(&single("admin", "alice")).await, ["all hands"]);
    for (name, seen) in [("bob", 1), ("u129", 1), ("late", 0)] {
        let mut session = f.connect(name, "webim_1").await;
        assert_eq!(session.receive(&single("admin", name)).await.len(), seen, "{name}");
    }
    let elsewhere = hongyan_model::Caller { app: f.other_app.clone(), ..f.server() };
    assert_eq!(broadcasts::progress(&f.m, &elsewhere, id).await.unwrap(), None);
    let user = broadcasts::progress(&f.m, &f.user("alice"), id).await;
    assert_eq!(refusal(user), Refusal::NotPermitted);
}

#[tokio::test]
async fn who_is_online_gets_it_and_others_never() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let mut alice = f.connect("alice", "webim_1").await;
    let new = notice(Target::OnlineUsers, "now");
    let id = broadcasts::broadcast(&f.m, &f.server(), new).await.unwrap();
    broadcasts::spread(&f.m).await.unwrap();
    f.settle().await;
    assert_eq!(alice.receive(&single("admin", "alice")).await, ["now"]);
    f.clock.advance(1);
    let mut bob = f.connect("bob", "webim_1").await;
    assert_eq!(bob.receive(&single("admin", "bob")).await, [""; 0]);
    let progress = broadcasts::progress(&f.m, &f.server(), id).await.unwrap().unwrap();
    assert_eq!(progress.written, 1);
}

#[tokio::test]
async fn each_kind_is_made_as_often_as_the_plan_allows() {
    let mut f = Fixture::with_users(&["alice"]).await;
    let say = async |f: &Fixture, target| {
        broadcasts::broadcast(&f.m, &f.server(), notice(target, "x")).await
    };
    // The plan's: one in half an hour, one in a minute.
    say(&f, Target::Users).await.unwrap();
    assert_eq!(refusal(say(&f, Target::Users).await), Refusal::BroadcastTooSoon);
    say(&f, Target::OnlineUsers).await.unwrap();
    assert_eq!(refusal(say(&f, Target::OnlineUsers).await), Refusal::BroadcastTooSoon);
    f.clock.advance(61_000);
    say(&f, Target::OnlineUsers).await.unwrap();
    assert_eq!(refusal(say(&f, Target::Users).await), Refusal::BroadcastTooSoon);
    f.clock.advance(29 * 60_000);
    say(&f, Target::Users).await.unwrap();
    f.clock.advance(31 * 60_000);
    f.limit(Feature::UserBroadcastsPerDay, 2).await;
    assert_eq!(refusal(say(&f, Target::Users).await), Refusal::BroadcastsExhausted);
    f.switch(Feature::UserBroadcast, false).await;
    let feature = Feature::UserBroadcast;
    assert_eq!(refusal(say(&f, Target::Users).await), Refusal::FeatureDisabled { feature });
}
