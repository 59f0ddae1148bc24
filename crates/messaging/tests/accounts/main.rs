//! Tokens, users and their attributes, on a store of their own with a clock moved by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attributes;
mod tokens;
mod users;

use std::sync::Arc;

use hongyan_cluster::Router;
use hongyan_messaging::users::{NewUser, register};
use hongyan_messaging::{Messaging, MessagingOptions};
use hongyan_model::{
    Actor, App, AppSettings, Caller, Error, IdGenerator, ManualClock, Origin, Refusal, Result,
    User, UserId,
};
use hongyan_platform::apps::{Credentials, NewApp};
use hongyan_platform::{Platform, apps, secrets};
use hongyan_store::{Database, Store, StoreOptions};

/// 2026-11-18T00:26:40Z.
const NOW: i64 = 1_794_961_600_000;

/// One app on a fresh installation.
struct Fixture {
    m: Messaging,
    platform: Platform,
    clock: ManualClock,
    app: Arc<App>,
    credentials: Credentials,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        Self::with(AppSettings::default()).await
    }

    async fn with(settings: AppSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(NOW);
        let ids = Arc::new(IdGenerator::new(0));
        let options = StoreOptions {
            database: Database::Sqlite { path: folder.path().join("hongyan.db") },
            data_dir: folder.path().to_owned(),
            clock: Arc::new(clock.clone()),
            ids: ids.clone(),
        };
        let store = Store::open(options).await.unwrap();
        let platform = Platform::new(store.clone(), Arc::new(clock.clone()));
        let token_key = secrets::token_key(&platform).await.unwrap();
        assert_eq!(secrets::token_key(&platform).await.unwrap(), token_key);
        let new = NewApp { org: "org".to_owned(), name: "app".to_owned(), settings };
        let (app, credentials) = apps::create(&platform, new).await.unwrap();
        let m = Messaging::new(MessagingOptions {
            store,
            platform: platform.clone(),
            router: Arc::default(),
            clock: Arc::new(clock.clone()),
            ids,
            token_key,
        });
        Self { m, platform, clock, app, credentials, _folder: folder }
    }

    /// The customer's server.
    fn server(&self) -> Caller {
        self.caller(Actor::App)
    }

    /// An end user.
    fn as_user(&self, id: &str) -> Caller {
        self.caller(Actor::User(UserId::from_trusted(id)))
    }

    fn caller(&self, actor: Actor) -> Caller {
        Caller { app: self.app.clone(), actor, origin: Origin::Rest, device: None }
    }

    async fn register(&self, id: &str) -> User {
        register(&self.m, Some(&self.server()), &self.app, new_user(id)).await.unwrap()
    }

    fn router(&self) -> &Arc<Router> {
        self.m.router()
    }
}

/// A user whose password is its name, twice.
fn new_user(id: &str) -> NewUser {
    NewUser { username: id.to_owned(), password: format!("{id}{id}"), nickname: None }
}

/// The refusal of a call that had to be refused.
fn refusal<T>(result: Result<T>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        Err(Error::Fault(fault)) => panic!("a fault instead of a refusal: {fault:?}"),
        Ok(_) => panic!("not refused"),
    }
}
