//! Broadcasts that wait, and how many an app may make.

use hongyan_model::{AppId, EntryKind, UserId};
use hongyan_store::broadcasts::{self, Broadcast, Insertion, Progress, Quota, Target};

use crate::{NOW, on_every_engine};

/// 2026-11-18T00:00:00Z.
const MIDNIGHT: i64 = NOW - NOW % 86_400_000;

fn broadcast(app: AppId, at: i64) -> Broadcast {
    Broadcast {
        app,
        id: at,
        sender: UserId::from_trusted("admin"),
        kind: EntryKind::Text,
        priority: 2,
        body: vec![0, 255, 7],
        target: Target::Rooms,
        reached: None,
        written: 0,
    }
}

#[tokio::test]
async fn it_waits_until_it_has_reached_all() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let none = Quota::default();
        let first = broadcasts::insert(&f.store, &broadcast(app, NOW), none).await.unwrap();
        let second = broadcasts::insert(&f.store, &broadcast(app, NOW), none).await.unwrap();
        assert_eq!((first, second), (Insertion::Done(NOW), Insertion::Done(NOW + 1)));
        broadcasts::insert(&f.store, &broadcast(other, NOW), none).await.unwrap();
        let waiting = broadcasts::waiting(&f.store, 9).await.unwrap();
        assert_eq!(waiting.len(), 3);
        assert_eq!(waiting[0], broadcast(app, NOW));
        assert_eq!(broadcasts::waiting(&f.store, 1).await.unwrap().len(), 1);

        broadcasts::moved(&f.store, &waiting[0], Some("7"), 3).await.unwrap();
        broadcasts::moved(&f.store, &waiting[1], None, 2).await.unwrap();
        let progress = async |app, id| broadcasts::progress(&f.store, app, id).await.unwrap();
        let far = |written, done| Some(Progress { target: Target::Rooms, written, done });
        assert_eq!(progress(app, NOW).await, far(3, false));
        assert_eq!(progress(other, NOW).await, far(2, true));
        assert_eq!(progress(app, NOW + 9).await, None);
        // A node that was slow tells of what it read before another one went on.
        broadcasts::moved(&f.store, &waiting[0], Some("3"), 1).await.unwrap();
        broadcasts::moved(&f.store, &waiting[1], Some("3"), 1).await.unwrap();
        assert_eq!(progress(app, NOW).await, far(3, false));
        assert_eq!(progress(other, NOW).await, far(2, true));
        let waiting = broadcasts::waiting(&f.store, 9).await.unwrap();
        let places: Vec<_> = waiting.iter().map(|b| (b.app, b.id, b.reached.clone())).collect();
        assert_eq!(places, [(app, NOW, Some("7".to_owned())), (app, NOW + 1, None)]);
    })
    .await;
}

#[tokio::test]
async fn an_app_makes_so_many_in_a_minute_and_a_day() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let quota = Quota { window_ms: 60_000, per_window: Some(2), per_day: Some(3) };
        let make = async |app, at| {
            let made = broadcasts::insert(&f.store, &broadcast(app, at), quota).await.unwrap();
            for waiting in broadcasts::waiting(&f.store, 9).await.unwrap() {
                broadcasts::moved(&f.store, &waiting, None, 0).await.unwrap();
            }
            made
        };
        let day = MIDNIGHT + 86_400_000;
        assert_eq!(make(app, day - 1000).await, Insertion::Done(day - 1000));
        assert_eq!(make(app, day).await, Insertion::Done(day));
        assert_eq!(make(app, day + 1).await, Insertion::WindowFull);
        assert_eq!(make(other, day + 1).await, Insertion::Done(day + 1));
        assert_eq!(make(app, day + 59_000).await, Insertion::Done(day + 59_000));
        assert_eq!(make(app, day + 119_000).await, Insertion::Done(day + 119_000));
        assert_eq!(make(app, day + 200_000).await, Insertion::DayFull);
        // Other targets are counted for themselves.
        let to_users = Broadcast { target: Target::Users, ..broadcast(app, day + 200_001) };
        let made = broadcasts::insert(&f.store, &to_users, quota).await.unwrap();
        assert_eq!(made, Insertion::Done(day + 200_001));
        let next = day + 86_400_000;
        assert_eq!(make(app, next).await, Insertion::Done(next));
    })
    .await;
}
