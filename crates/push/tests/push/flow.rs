//! Patience with vendors, and its end.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hongyan_model::Clock;
use hongyan_push::{NotSent, Outcome, State};

use crate::support::{CHANNELS, World, kind, plain};

#[tokio::test]
async fn a_vendor_that_is_out_of_order_is_asked_twice_more() {
    let world = World::new().await;
    let channel = world.channel("xiaomi");
    assert_eq!(kind(&channel.send("500-1", &plain()).await.unwrap()), "unavailable");
    assert_eq!((world.pauses.take(), world.double.sent().len()), (vec![1, 4], 3));
    assert_eq!(kind(&channel.send("once500-1", &plain()).await.unwrap()), "delivered");
    assert_eq!((world.pauses.take(), world.double.sent().len()), (vec![1], 5));
}

#[tokio::test]
async fn a_vendor_that_says_too_fast_is_asked_once_more_after_the_time_it_names() {
    for name in CHANNELS {
        let world = World::new().await;
        let channel = world.channel(name);
        let outcome = channel.send("once429-1", &plain()).await.unwrap();
        assert_eq!((kind(&outcome), world.pauses.take()), ("delivered", vec![7]), "{name}");
        let outcome = channel.send("429-9-1", &plain()).await.unwrap();
        let retry_after = Some(Duration::from_secs(9));
        assert_eq!(outcome, Outcome::RateLimited { retry_after }, "{name}");
        assert_eq!((world.pauses.take(), world.double.sent().len()), (vec![9], 4), "{name}");
        // Nobody waits for an hour.
        channel.send("429-3600-1", &plain()).await.unwrap();
        assert_eq!((world.pauses.take(), world.double.sent().len()), (vec![], 5), "{name}");
    }
}

#[tokio::test]
async fn other_answers_are_final() {
    let world = World::new().await;
    let channel = world.channel("meizu");
    for token in ["ok-1", "bad-1", "auth-1", "code-200-1005-x"] {
        channel.send(token, &plain()).await.unwrap();
    }
    assert_eq!((world.pauses.take(), world.double.sent().len()), (vec![], 4));
}

#[tokio::test]
async fn a_silent_vendor_is_given_up() {
    let world = World::with(|settings| {
        settings.timeout = Duration::from_millis(100);
        settings.unavailable_pauses.clear();
    })
    .await;
    let outcome = world.channel("xiaomi").send("slow-1", &plain()).await.unwrap();
    let Outcome::Unavailable { why, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(why, "no answer within 0.1 s");
}

#[tokio::test]
async fn a_vendor_that_is_not_there_is_unavailable() {
    let world = World::with(|settings| {
        // Nothing listens on the port of discarding.
        settings.xiaomi.base_url = "http://127.0.0.1:9".to_owned();
    })
    .await;
    let outcome = world.channel("xiaomi").send("ok-1", &plain()).await.unwrap();
    assert_eq!(kind(&outcome), "unavailable");
}

#[tokio::test]
async fn a_hanging_vendor_holds_back_only_itself() {
    let world = World::with(|settings| {
        settings.in_flight = 2;
        settings.waiting = 1;
        settings.timeout = Duration::from_secs(60);
    })
    .await;
    let hanging = world.channel("xiaomi");
    for number in 0..2 {
        let hanging = hanging.clone();
        let token = format!("slow-{number}");
        tokio::spawn(async move { hanging.send(&token, &plain()).await });
    }
    world.double.wait_for(2).await;
    let notice = plain();
    let mut third = pin!(hanging.send("ok-3", &notice));
    let waits = third.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(waits, Poll::Pending), "it waits for its turn");
    assert_eq!(hanging.send("ok-4", &notice).await, Err(NotSent::Busy));
    assert_eq!(world.double.sent().len(), 2, "neither was sent");

    // Another vendor, and another credential of the same vendor.
    for other in [world.channel("meizu"), world.channel("xiaomi")] {
        assert_eq!(kind(&other.send("ok-5", &notice).await.unwrap()), "delivered");
    }
}

#[tokio::test]
async fn a_credential_that_is_refused_ten_times_is_left_alone_for_ten_minutes() {
    let world = World::new().await;
    let channel = world.channel("xiaomi");
    for _ in 0..10 {
        assert_eq!(channel.state(), State::Ready);
        assert_eq!(kind(&channel.send("auth-1", &plain()).await.unwrap()), "auth failed");
    }
    let until = world.clock.now() + 600_000;
    let banned = NotSent::Banned { until };
    assert_eq!(channel.send("ok-1", &plain()).await, Err(banned));
    assert_eq!((channel.state(), world.double.sent().len()), (State::Closed(banned), 10));
    // A credential that was saved again is another channel.
    let saved = world.channel("xiaomi");
    assert_eq!(kind(&saved.send("ok-1", &plain()).await.unwrap()), "delivered");
    world.clock.advance(600_000);
    assert_eq!(kind(&channel.send("ok-1", &plain()).await.unwrap()), "delivered");
}

#[tokio::test]
async fn no_more_today_means_until_tomorrow() {
    let world = World::new().await;
    let channel = world.channel("oppo");
    assert_eq!(kind(&channel.send("quota-1", &plain()).await.unwrap()), "over quota");
    // It is 16:00 in China.
    let until = world.clock.now() + 8 * 3_600_000;
    assert_eq!(channel.send("ok-1", &plain()).await, Err(NotSent::OutOfLimit { until }));
    world.clock.advance(8 * 3_600_000);
    assert_eq!(kind(&channel.send("ok-1", &plain()).await.unwrap()), "delivered");
}

#[tokio::test]
async fn what_is_said_of_a_failure_has_no_token() {
    let world = World::new().await;
    let channel = world.channel("harmony");
    let token = "code-200-80300011+illegal code-1";
    let outcome = channel.send(token, &plain()).await.unwrap();
    let Outcome::Rejected { code, why } = outcome else { panic!("{outcome:?}") };
    assert_eq!((code.as_str(), why.as_str()), ("80300011", "illegal code"));
    let token = "code-200-80300011+illegal_tokens";
    let outcome = channel.send(token, &plain()).await.unwrap();
    assert!(!format!("{outcome:?}").contains(token));
}
