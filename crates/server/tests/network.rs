//! From where clients come: through proxies or not, as far as that can be believed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use hongyan_loadgen::api::{Api, AppCredentials};
use hongyan_loadgen::device::{Device, Identity};
use hongyan_loadgen::socket::{Endpoint, Link};
use hongyan_model::{AppId, AppSettings, Feature, IdGenerator, MessageId, SystemClock, UserId};
use hongyan_platform::apps::{self, NewApp};
use hongyan_platform::{ConsoleOptions, Platform, allowlist};
use hongyan_server::config::Config;
use hongyan_server::{RunningServer, start};
use hongyan_store::connections::{self, Operation};
use hongyan_store::{Database, Store, StoreOptions};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A server whose app lets only 203.0.113.0/24 send.
struct World {
    server: RunningServer,
    folder: TempDir,
    app: AppId,
    credentials: AppCredentials,
}

impl World {
    async fn start(trusted: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder).await;
        let (app, credentials) = prepare(&store).await;
        store.close().await;
        let mut config = Config {
            data_dir: folder.path().to_owned(),
            listen: "127.0.0.1:0".parse().unwrap(),
            ..Config::default()
        };
        config.http.trusted_proxies = trusted.iter().map(|net| net.parse().unwrap()).collect();
        Self { server: start(config).await.unwrap(), folder, app, credentials }
    }

    fn address(&self) -> String {
        self.server.addr().to_string()
    }

    async fn api(&self) -> Api {
        Api::open(&format!("http://{}", self.address()), &self.credentials).await.unwrap()
    }

    /// The status with which a message is answered that comes with this `X-Forwarded-For`.
    async fn send(&self, token: &str, forwarded: Option<&str>) -> u16 {
        let body = r#"{"to":["bob"],"type":"txt","body":{"msg":"hi"}}"#;
        let forwarded = forwarded.map(|hops| format!("X-Forwarded-For: {hops}\r\n"));
        let request = format!(
            "POST /org/app/messages/users HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
             Authorization: Bearer {token}\r\n{}Content-Length: {}\r\n\r\n{body}",
            forwarded.unwrap_or_default(),
            body.len()
        );
        let mut socket = TcpStream::connect(self.address()).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

async fn open(folder: &TempDir) -> Store {
    let options = StoreOptions {
        database: Database::Sqlite { path: folder.path().join("hongyan.db") },
        data_dir: folder.path().to_owned(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(IdGenerator::new(0)),
    };
    Store::open_control(options).await.unwrap()
}

async fn prepare(store: &Store) -> (AppId, AppCredentials) {
    let console =
        ConsoleOptions { allowlist_delay: std::time::Duration::ZERO, ..ConsoleOptions::default() };
    let platform = Platform::with_console(store.clone(), Arc::new(SystemClock), console);
    let new = NewApp { settings: AppSettings::default(), ..NewApp::named("org", "app") };
    let (app, credentials) = apps::create(&platform, new).await.unwrap();
    let switch = |app: &mut hongyan_model::App| {
        app.features.switches.insert(Feature::RestIpAllowlist, true);
        Ok(())
    };
    apps::update(&platform, app.id, switch).await.unwrap();
    allowlist::add(&platform, app.id, "203.0.113.0/24").await.unwrap();
    let (client_id, client_secret) = (credentials.client_id, credentials.client_secret);
    (app.id, AppCredentials { appkey: app.key(), client_id, client_secret })
}

#[tokio::test]
async fn a_trusted_proxy_names_the_client_and_nobody_else_does() {
    let behind_proxy = World::start(&["127.0.0.1/32", "10.0.0.0/8"]).await;
    let token = behind_proxy.api().await.app_token().to_owned();
    for (forwarded, status) in [
        (Some("203.0.113.9"), 200),
        (Some("203.0.113.9, 10.1.2.3"), 200),
        (Some("::ffff:203.0.113.9"), 200),
        // What the client says of itself stands left of what the proxy says of the client.
        (Some("203.0.113.9, 198.51.100.1"), 403),
        (Some("203.0.113.9, unknown"), 403),
        (None, 403),
    ] {
        assert_eq!(behind_proxy.send(&token, forwarded).await, status, "{forwarded:?}");
    }
    behind_proxy.server.stop().await;

    let open = World::start(&[]).await;
    let token = open.api().await.app_token().to_owned();
    assert_eq!(open.send(&token, Some("203.0.113.9")).await, 403, "forged");
    open.server.stop().await;
}

#[tokio::test]
async fn who_was_connected_is_on_record_after_the_stop() {
    let world = World::start(&[]).await;
    let api = world.api().await;
    let token = api.user_token("alice").await.unwrap();
    let endpoint = Endpoint::resolve(&format!("ws://{}/websocket", world.address())).await.unwrap();
    let identity = |resource: &str| Identity {
        app_key: world.credentials.appkey.clone(),
        user: "alice".to_owned(),
        token: token.clone(),
        resource: resource.to_owned(),
    };
    let first = Device::login(&endpoint, identity("ios_1"), Link::default()).await.unwrap();
    let _second = Device::login(&endpoint, identity("webim_1"), Link::default()).await.unwrap();
    first.close().await.unwrap();
    let bob = Identity { user: "bob".to_owned(), ..identity("android_1") };
    let bob = Identity { token: api.user_token("bob").await.unwrap(), ..bob };
    let mut bob = Device::login(&endpoint, bob, Link::default()).await.unwrap();
    let password = serde_json::json!({"newpassword": "new"});
    let path = "/users/bob/password";
    api.expect("PUT".parse().unwrap(), path, Some(api.app_token()), Some(&password)).await.unwrap();
    while bob.next().await.unwrap().is_some() {}
    world.server.stop().await;

    let store = open(&world.folder).await;
    let (alice, all) = (UserId::from_trusted("alice"), (MessageId(0), MessageId(u64::MAX >> 1)));
    let mut history = connections::page(&store, world.app, &alice, all, 10).await.unwrap();
    history.sort_by(|a, b| (&a.device, a.id).cmp(&(&b.device, b.id)));
    let lines: Vec<_> =
        history.iter().map(|line| (line.device.as_str(), line.operation, line.online)).collect();
    let expected = [
        ("ios_1", Operation::Login, true),
        ("ios_1", Operation::Closed, false),
        ("webim_1", Operation::Login, true),
        ("webim_1", Operation::Closed, false),
    ];
    assert_eq!(lines, expected);
    assert!(history.iter().all(|line| line.address == Some("127.0.0.1".parse().unwrap())));
    let bob = UserId::from_trusted("bob");
    let history = connections::page(&store, world.app, &bob, all, 10).await.unwrap();
    let operations: Vec<_> = history.iter().map(|line| line.operation).collect();
    assert_eq!(operations, [Operation::Kick, Operation::Login]);
    let figures = hongyan_store::metering::days(&store, world.app, 0, i64::MAX).await.unwrap();
    let active = hongyan_store::metering::Figure::ActiveUsers;
    let sum: u64 = figures.iter().filter(|(_, figure, _)| *figure == active).map(|(.., n)| n).sum();
    // Who is active on both sides of a midnight is so on two days.
    assert!((2..=4).contains(&sum), "{figures:?}");
    store.close().await;
}
