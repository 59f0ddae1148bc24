//! Access tokens: asked for once, kept, renewed.

use crate::support::{World, kind, plain};

/// Vendors that are asked for access tokens.
const ASKED: [&str; 5] = ["fcm", "huawei", "honor", "oppo", "vivo"];

#[tokio::test]
async fn many_notices_at_once_ask_for_one_token() {
    for name in ASKED {
        let world = World::new().await;
        let channel = world.channel(name);
        let mut tasks = Vec::new();
        for number in 0..20 {
            let channel = channel.clone();
            let token = format!("ok-{number}");
            tasks.push(tokio::spawn(async move { channel.send(&token, &plain()).await.unwrap() }));
        }
        for task in tasks {
            assert_eq!(kind(&task.await.unwrap()), "delivered", "{name}");
        }
        assert_eq!((world.double.grants(), world.double.sent().len()), (1, 20), "{name}");
        world.double.assert_no_faults();
    }
}

#[tokio::test]
async fn a_token_is_renewed_in_time_and_when_it_is_refused() {
    for name in ASKED {
        let world = World::new().await;
        let channel = world.channel(name);
        channel.send("ok-1", &plain()).await.unwrap();
        world.double.revoke();
        let outcome = channel.send("ok-2", &plain()).await.unwrap();
        assert_eq!(kind(&outcome), "delivered", "{name}: nobody notices");
        assert_eq!((world.double.grants(), world.double.sent().len()), (2, 3), "{name}");
        assert!(world.pauses.take().is_empty(), "at once");
        if name == "honor" {
            // Its double compares the time.
            continue;
        }
        // Past four fifths of the longest life.
        world.clock.advance(20 * 3_600_000);
        channel.send("ok-3", &plain()).await.unwrap();
        assert_eq!(world.double.grants(), 3, "{name}");
        world.double.assert_no_faults();
    }
}

#[tokio::test]
async fn signed_tokens_are_renewed_too() {
    for name in ["apns", "harmony"] {
        let world = World::new().await;
        let channel = world.channel(name);
        let used = |number: usize| {
            world.double.sent()[number].headers["authorization"].to_str().unwrap().to_owned()
        };
        channel.send("ok-1", &plain()).await.unwrap();
        channel.send("ok-2", &plain()).await.unwrap();
        assert_eq!(used(0), used(1), "{name}: kept");
        world.double.revoke();
        let outcome = channel.send("ok-3", &plain()).await.unwrap();
        assert_eq!(kind(&outcome), "delivered", "{name}");
        assert_ne!(used(2), used(3), "{name}: renewed");
        world.double.assert_no_faults();
    }
}

#[tokio::test]
async fn a_token_that_is_refused_again_is_not_asked_for_a_third_time() {
    let world = World::new().await;
    let channel = world.channel("huawei");
    let outcome = channel.send("code-200-80200003-x", &plain()).await.unwrap();
    assert_eq!(kind(&outcome), "auth failed");
    assert_eq!((world.double.grants(), world.double.sent().len()), (2, 2));
}

#[tokio::test]
async fn where_no_token_is_to_be_had_nothing_is_sent() {
    let world = World::new().await;
    let channel = world.channel("huawei");
    world.double.fail_grants(Some(400));
    let outcome = channel.send("ok-1", &plain()).await.unwrap();
    let why = format!("{outcome:?}");
    assert!(kind(&outcome) == "auth failed" && why.contains("invalid client"), "{why}");
    assert_eq!((world.double.grants(), world.double.sent().len()), (1, 0));
    world.double.fail_grants(Some(503));
    // Its words say nothing: the status does.
    let outcome = channel.send("ok-1", &plain()).await.unwrap();
    assert_eq!(kind(&outcome), "unavailable");
    assert_eq!(world.pauses.take(), [1, 4]);
    world.double.fail_grants(None);
    let outcome = channel.send("ok-1", &plain()).await.unwrap();
    assert_eq!(kind(&outcome), "delivered");
}
