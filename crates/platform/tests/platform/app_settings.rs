//! What an app's owner sets.

use std::collections::BTreeMap;

use hongyan_model::{DevicePolicy, Refusal, ThumbnailFit, ThumbnailPolicy};
use hongyan_platform::apps::{self, NewApp};
use hongyan_platform::settings::{self, RecallWindows};

use crate::world::{World, invalid, refusal};

const WEEK: u64 = 7 * 24 * 3600;

#[tokio::test]
async fn recall_windows_are_between_a_second_and_a_week() {
    let w = World::new().await;
    let (app, _) = apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    let set = async |client_seconds, rest_seconds| {
        settings::set_recall(&w.p, app.id, RecallWindows { client_seconds, rest_seconds }).await
    };
    for (client, rest) in [(1, WEEK), (WEEK, 1), (120, 86_400)] {
        let set = set(client, rest).await.unwrap();
        let windows = RecallWindows { client_seconds: client, rest_seconds: rest };
        assert_eq!(RecallWindows::of(&set), windows);
    }
    for (client, rest, wrong) in [
        (0, 1, "client_seconds"),
        (1, 0, "rest_seconds"),
        (WEEK + 1, 1, "client_seconds"),
        (1, WEEK + 1, "rest_seconds"),
        (u64::MAX, 1, "client_seconds"),
    ] {
        assert_eq!(invalid(set(client, rest).await), wrong, "{client} {rest}");
    }
    let windows = RecallWindows { client_seconds: 120, rest_seconds: 86_400 };
    assert_eq!(RecallWindows::of(&apps::find(&w.p, "acme", "shop").await.unwrap()), windows);
}

#[tokio::test]
async fn devices_are_up_to_four_of_each_platform() {
    let w = World::new().await;
    let (app, _) = apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    let set = async |others, platforms: Vec<(String, u8)>| {
        let platforms = BTreeMap::from_iter(platforms);
        settings::set_devices(&w.p, app.id, DevicePolicy { others, platforms }).await
    };
    let of = |name: &str, devices| vec![(name.to_owned(), devices)];
    let named = set(0, of("go-server-imsdk-x", 4)).await.unwrap();
    assert_eq!(named.settings.devices.of("go-server-imsdk-x"), 4);
    assert_eq!(named.settings.devices.of("webim"), 0);
    set(4, of(&"x".repeat(32), 0)).await.unwrap();
    assert_eq!(invalid(set(5, Vec::new()).await), "others");
    // A device's platform ends before the first underscore, so no device would ever match the last one.
    for bad in ["", "Web", "web im", "网", "custom_7", &"x".repeat(33)] {
        assert_eq!(invalid(set(1, of(bad, 1)).await), "platforms", "{bad}");
    }
    assert_eq!(invalid(set(1, of("webim", 5)).await), "platforms");
    let many = |n: u8| (0..n).map(|n| (format!("custom{n}"), 1)).collect();
    set(1, many(20)).await.unwrap();
    let refused = refusal(set(1, many(21)).await);
    assert_eq!(refused, Refusal::TooMany { name: "platforms", limit: 20 });
}

#[tokio::test]
async fn thumbnails_registration_and_token_lifetimes_are_set() {
    let w = World::new().await;
    let (app, _) = apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    let policy = |width, height| ThumbnailPolicy { fit: ThumbnailFit::ShortSide, width, height };
    let set = settings::set_thumbnail(&w.p, app.id, policy(1, 1024)).await.unwrap();
    assert_eq!(set.settings.thumbnail, policy(1, 1024));
    for (width, height, wrong) in [(0, 1, "width"), (1, 0, "height"), (1025, 1, "width")] {
        let refused = settings::set_thumbnail(&w.p, app.id, policy(width, height)).await;
        assert_eq!(invalid(refused), wrong);
    }
    for open in [true, false] {
        let set = settings::set_open_registration(&w.p, app.id, open).await.unwrap();
        assert_eq!(set.settings.open_registration, open);
    }
    for seconds in [0, 1, 3_153_600_000] {
        let set = settings::set_token_ttl(&w.p, app.id, seconds).await.unwrap();
        assert_eq!(set.settings.token_ttl_seconds, seconds);
    }
    assert_eq!(invalid(settings::set_token_ttl(&w.p, app.id, u64::MAX).await), "seconds");
}
