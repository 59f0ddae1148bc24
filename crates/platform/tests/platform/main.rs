//! Apps, staff and secrets on a store of their own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod allowlist;
mod app_settings;
mod audit;
mod billing;
mod billing_arrears;
mod billing_money;
mod billing_prepaid;
mod billing_year;
mod client_secrets;
mod factors;
mod features;
mod lifecycle;
mod login;
mod members;
mod passwords;
mod registration;
mod smtp;
mod world;

use std::sync::Arc;

use hongyan_model::{AppId, Error, IdGenerator, ManualClock, Refusal, Result};
use hongyan_platform::apps::NewApp;
use hongyan_platform::data_centers::DataCenter;
use hongyan_platform::discovery::{self, Host};
use hongyan_platform::{ConsoleOptions, Platform, apps, password, secrets};
use hongyan_store::{Database, Store, StoreOptions};

const NOW: i64 = 1_794_961_600_000;

async fn platform() -> (Platform, tempfile::TempDir) {
    platform_with(ConsoleOptions::default()).await
}

async fn platform_with(console: ConsoleOptions) -> (Platform, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let options = StoreOptions {
        database: Database::Sqlite { path: folder.path().join("hongyan.db") },
        data_dir: folder.path().to_owned(),
        clock: clock.clone(),
        ids: Arc::new(IdGenerator::new(0)),
    };
    let store = Store::open_control(options).await.unwrap();
    (Platform::with_console(store, clock, console), folder)
}

fn new_app(org: &str, name: &str) -> NewApp {
    NewApp::named(org, name)
}

fn refusal<T>(result: Result<T>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        Err(Error::Fault(fault)) => panic!("a fault instead of a refusal: {fault:?}"),
        Ok(_) => panic!("not refused"),
    }
}

#[tokio::test]
async fn an_app_is_made_with_credentials_that_open_it() {
    let (p, _folder) = platform().await;
    let (app, credentials) = apps::create(&p, new_app("my-org", "shop1")).await.unwrap();
    assert_eq!((app.key().as_str(), app.created), ("my-org#shop1", NOW));
    assert_eq!(app.client_id, credentials.client_id);
    assert_eq!(apps::find(&p, "my-org", "shop1").await.unwrap(), app);
    assert_eq!(apps::find_by_id(&p, app.id).await.unwrap(), Some(app.clone()));

    let verify =
        async |id: &str, secret: &str| apps::verify_credentials(&p, &app, id, secret).await;
    verify(&credentials.client_id, &credentials.client_secret).await.unwrap();
    assert_eq!(refusal(verify("x", &credentials.client_secret).await), Refusal::ClientIdMismatch);
    for wrong in ["", "x", &credentials.client_id] {
        assert_eq!(
            refusal(verify(&credentials.client_id, wrong).await),
            Refusal::ClientSecretMismatch
        );
    }

    let (_, others) = apps::create(&p, new_app("my-org", "shop2")).await.unwrap();
    assert_ne!(others.client_secret, credentials.client_secret);
    let again = Refusal::AppExists { org: "my-org".to_owned(), app: "shop1".to_owned() };
    assert_eq!(refusal(apps::create(&p, new_app("my-org", "shop1")).await), again);
}

#[tokio::test]
async fn names_of_apps_are_plain_and_leave_our_paths_alone() {
    let (p, _folder) = platform().await;
    let long = "x".repeat(33);
    for bad in ["", "Org", "o rg", "o_rg", "ö", "a/b", "a\0", long.as_str()] {
        assert!(matches!(
            refusal(apps::create(&p, new_app(bad, "app")).await),
            Refusal::Invalid { name: "org", .. }
        ));
        assert!(matches!(
            refusal(apps::create(&p, new_app("org", bad)).await),
            Refusal::Invalid { name: "name", .. }
        ));
        assert!(matches!(refusal(apps::find(&p, bad, "app").await), Refusal::AppNotFound { .. }));
    }
    for reserved in [
        "app-id",
        "chat",
        "console",
        "ws",
        "websocket",
        "healthz",
        "readyz",
        "easemob",
        "api",
        "docs",
        "metrics",
    ] {
        assert!(matches!(
            refusal(apps::create(&p, new_app(reserved, "app")).await),
            Refusal::Invalid { .. }
        ));
    }
    apps::create(&p, new_app(&"x".repeat(32), "chat")).await.unwrap();
}

#[tokio::test]
async fn an_app_is_found_as_soon_as_it_is_made() {
    let (p, _folder) = platform().await;
    let missing = Refusal::AppNotFound { org: "org".to_owned(), app: "late".to_owned() };
    assert_eq!(refusal(apps::find(&p, "org", "late").await), missing);
    assert_eq!(apps::find_by_id(&p, AppId(1)).await.unwrap(), None);
    let (app, _) = apps::create(&p, new_app("org", "late")).await.unwrap();
    assert_eq!(apps::find(&p, "org", "late").await.unwrap(), app);
    assert_eq!(apps::find_by_id(&p, app.id).await.unwrap(), Some(app.clone()));
    for id in [app.uuid.clone(), app.uuid.replace('-', ""), app.uuid.to_uppercase()] {
        assert_eq!(apps::find_by_app_id(&p, &id).await.unwrap(), app);
        assert_eq!(apps::find(&p, "app-id", &id).await.unwrap(), app);
    }
    for nobody in ["", "late", "5fd74830-0000-4000-822a-000000000001"] {
        let found = apps::find_by_app_id(&p, nobody).await;
        assert!(matches!(refusal(found), Refusal::AppNotFound { .. }), "{nobody}");
    }
}

#[tokio::test]
async fn clients_find_an_app_where_the_operator_says_or_where_they_asked() {
    let with = async |hosts: &[&str], hosts_are_known| {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let center = DataCenter {
            rest_hosts: hosts.clone(),
            ws_hosts: hosts,
            hosts_are_known,
            ..DataCenter::default()
        };
        let options = ConsoleOptions { data_centers: vec![center], ..ConsoleOptions::default() };
        let (p, _folder) = platform_with(options).await;
        let (app, _) = apps::create(&p, new_app("org", "app")).await.unwrap();
        discovery::reach(&p, &app, "http://asked.test:8080")
    };
    let host = |secure, domain: &str, port| Host { secure, domain: domain.to_owned(), port };
    let named = with(&["https://a.test", "https://b.test:444"], true).await;
    assert_eq!(named.rest, [host(true, "a.test", 443), host(true, "b.test", 444)]);
    assert_eq!(named.sockets, named.rest);
    for reach in [with(&["http://0.0.0.0:1"], false).await, with(&[], true).await] {
        assert_eq!(reach.rest, [host(false, "asked.test", 8080)]);
        assert_eq!(reach.sockets, reach.rest);
    }
}

#[tokio::test]
async fn a_password_opens_its_own_hash_only() {
    let (p, _folder) = platform().await;
    let hash = password::hash(&p, "密码".to_owned()).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    assert_ne!(hash, password::hash(&p, "密码".to_owned()).await.unwrap());
    assert!(password::verify(&p, "密码".to_owned(), hash.clone()).await.unwrap());
    assert!(!password::verify(&p, "密".to_owned(), hash).await.unwrap());
    assert!(password::verify(&p, "x".to_owned(), "no hash".to_owned()).await.is_err());
}

#[tokio::test]
async fn the_token_key_is_made_once() {
    let (p, _folder) = platform().await;
    let (other, _other_folder) = platform().await;
    let key = secrets::token_key(&p).await.unwrap();
    assert_eq!(secrets::token_key(&p).await.unwrap(), key);
    assert_ne!(secrets::token_key(&other).await.unwrap(), key);
}
