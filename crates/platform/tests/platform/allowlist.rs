//! From which addresses the customer's server may send.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hongyan_model::{
    Actor, App, Caller, Feature, IdGenerator, ManualClock, Origin, Refusal, UserId,
};
use hongyan_platform::allowlist::{add, admit, list, remove};
use hongyan_platform::{ConsoleOptions, Platform, apps};
use hongyan_store::{Database, Store, StoreOptions};

use crate::{NOW, new_app, refusal};

/// A platform on which new lines wait for a minute, and an app that has the feature.
struct World {
    p: Platform,
    app: Arc<App>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let options = StoreOptions {
            database: Database::Sqlite { path: folder.path().join("hongyan.db") },
            data_dir: folder.path().to_owned(),
            clock: clock.clone(),
            ids: Arc::new(IdGenerator::new(0)),
        };
        let store = Store::open_control(options).await.unwrap();
        let allowlist_delay = Duration::from_secs(60);
        let console = ConsoleOptions { allowlist_delay, ..ConsoleOptions::default() };
        let p = Platform::with_console(store, clock, console);
        let (app, _) = apps::create(&p, new_app("org", "one")).await.unwrap();
        let mut world = Self { p, app, _folder: folder };
        world.switch(true).await;
        world
    }

    async fn switch(&mut self, on: bool) {
        let switch = |app: &mut App| {
            app.features.switches.insert(Feature::RestIpAllowlist, on);
            Ok(())
        };
        self.app = apps::update(&self.p, self.app.id, switch).await.unwrap();
    }

    async fn add(&mut self, network: &str) {
        self.app = add(&self.p, self.app.id, network).await.unwrap();
    }

    async fn remove(&mut self, network: &str) {
        self.app = remove(&self.p, self.app.id, network).await.unwrap();
    }

    fn caller(&self, client: &str) -> Caller {
        let client: Option<IpAddr> = client.parse().ok();
        let (actor, origin) = (Actor::App, Origin::Rest);
        Caller { app: self.app.clone(), actor, origin, device: None, client }
    }

    /// Whether the app's server may send from there, a minute from now.
    fn admits(&self, client: &str) -> bool {
        admit(&self.caller(client), NOW + 60_000).is_ok()
    }
}

#[tokio::test]
async fn an_empty_list_admits_all_and_any_line_only_those_it_names() {
    let mut w = World::new().await;
    assert!(w.admits("203.0.113.9") && w.admits("nowhere"));
    w.add("203.0.113.0/24").await;
    w.add("2001:db8::1").await;
    for (client, admitted) in [
        ("203.0.113.0", true),
        ("203.0.113.255", true),
        ("203.0.112.255", false),
        ("203.0.114.0", false),
        ("2001:db8::1", true),
        ("2001:db8::2", false),
        ("127.0.0.1", false),
        ("unknown", false),
    ] {
        assert_eq!(w.admits(client), admitted, "{client}");
    }
    w.remove("203.0.113.7/24").await;
    assert!(!w.admits("203.0.113.9"));
    w.remove("2001:db8::1").await;
    assert!(w.admits("203.0.113.9"));
}

#[tokio::test]
async fn a_line_counts_after_the_delay() {
    let mut w = World::new().await;
    w.add("203.0.113.9").await;
    let stranger = w.caller("198.51.100.1");
    assert_eq!(admit(&stranger, NOW + 59_999), Ok(()), "the list is as good as empty");
    assert_eq!(admit(&stranger, NOW + 60_000), Err(Refusal::IpNotAllowed));
    let lines = list(&w.p, w.app.id).await.unwrap();
    assert_eq!((lines[0].added, lines[0].effective), (NOW, NOW + 60_000));
    assert_eq!(lines[0].network.to_string(), "203.0.113.9/32");
}

#[tokio::test]
async fn only_the_customers_server_is_concerned_and_only_where_the_feature_is_on() {
    let mut w = World::new().await;
    w.add("203.0.113.9").await;
    let server = w.caller("198.51.100.1");
    let user = Actor::User(UserId::from_trusted("alice"));
    let console = Caller { origin: Origin::Console, ..server.clone() };
    for free in [Caller { actor: user, ..server.clone() }, console] {
        assert_eq!(admit(&free, NOW + 60_000), Ok(()), "{free:?}");
    }
    w.switch(false).await;
    assert!(w.admits("198.51.100.1"));
    assert_eq!(list(&w.p, w.app.id).await.unwrap().len(), 1, "kept");
    w.switch(true).await;
    assert!(!w.admits("198.51.100.1"));
}

#[tokio::test]
async fn the_list_holds_eight_different_networks() {
    let mut w = World::new().await;
    for n in 0..8 {
        w.add(&format!("203.0.113.{n}")).await;
    }
    let refused = |result| refusal(result);
    let ninth = refused(add(&w.p, w.app.id, "203.0.113.9").await);
    assert_eq!(ninth, Refusal::TooMany { name: "ip", limit: 8 });
    for (wrong, why) in [("203.0.113.7/32", "on the list"), ("here", "neither")] {
        let refusal = refused(add(&w.p, w.app.id, wrong).await);
        assert!(matches!(&refusal, Refusal::Invalid { name: "ip", why: w } if w.contains(why)));
    }
    let unknown = refused(remove(&w.p, w.app.id, "203.0.113.9").await);
    assert!(matches!(unknown, Refusal::Invalid { name: "ip", .. }));
    w.switch(false).await;
    let off = refused(add(&w.p, w.app.id, "203.0.113.9").await);
    assert_eq!(off, Refusal::FeatureDisabled { feature: Feature::RestIpAllowlist });
    w.remove("203.0.113.0").await;
}
