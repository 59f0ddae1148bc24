//! Broadcasts that wait, and how many an app may make.

use hongyan_model::{AppId, EntryKind, RoomId, UserId};
use hongyan_store::room_broadcasts::{self as broadcasts, Broadcast, Insertion, Quota};

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
        reached: None,
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

        let room = RoomId::from_trusted("7");
        broadcasts::moved(&f.store, &waiting[0], Some(&room)).await.unwrap();
        broadcasts::moved(&f.store, &waiting[1], None).await.unwrap();
        let waiting = broadcasts::waiting(&f.store, 9).await.unwrap();
        let places: Vec<_> = waiting.iter().map(|b| (b.app, b.id, b.reached.clone())).collect();
        assert_eq!(places, [(app, NOW, Some(room)), (app, NOW + 1, None)]);
    })
    .await;
}

#[tokio::test]
async fn an_app_makes_so_many_in_a_minute_and_a_day() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let quota = Quota { per_minute: Some(2), per_day: Some(3) };
        let make = async |app, at| {
            let made = broadcasts::insert(&f.store, &broadcast(app, at), quota).await.unwrap();
            for waiting in broadcasts::waiting(&f.store, 9).await.unwrap() {
                broadcasts::moved(&f.store, &waiting, None).await.unwrap();
            }
            made
        };
        let day = MIDNIGHT + 86_400_000;
        assert_eq!(make(app, day - 1000).await, Insertion::Done(day - 1000));
        assert_eq!(make(app, day).await, Insertion::Done(day));
        assert_eq!(make(app, day + 1).await, Insertion::MinuteFull);
        assert_eq!(make(other, day + 1).await, Insertion::Done(day + 1));
        assert_eq!(make(app, day + 59_000).await, Insertion::Done(day + 59_000));
        assert_eq!(make(app, day + 119_000).await, Insertion::Done(day + 119_000));
        assert_eq!(make(app, day + 200_000).await, Insertion::DayFull);
        let next = day + 86_400_000;
        assert_eq!(make(app, next).await, Insertion::Done(next));
    })
    .await;
}
