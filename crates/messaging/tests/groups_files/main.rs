//! Groups and files, on a store of their own with a clock moved by hand.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod files;
mod groups;

use std::sync::Arc;

use hongyan_messaging::groups::NewGroup;
use hongyan_messaging::users::{NewUser, register};
use hongyan_messaging::{Messaging, MessagingOptions};
use hongyan_model::{
    Actor, App, AppSettings, Caller, Conversation, DeviceId, Error, IdGenerator, ManualClock,
    Origin, Refusal, Result, UserId,
};
use hongyan_msync::Message;
use hongyan_msync::proto::{Meta, MucBody};
use hongyan_platform::apps::NewApp;
use hongyan_platform::{Platform, apps};
use hongyan_store::{Database, Store, StoreOptions};

/// 2026-11-18T00:26:40Z.
const NOW: i64 = 1_794_961_600_000;

/// Two apps on a fresh installation; the first has users.
struct Fixture {
    m: Messaging,
    store: Store,
    clock: ManualClock,
    app: Arc<App>,
    other_app: Arc<App>,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn new(users: &[&str]) -> Self {
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
        let new_app = |name: &str| NewApp {
            org: "org".to_owned(),
            name: name.to_owned(),
            settings: AppSettings::default(),
        };
        let (app, _) = apps::create(&platform, new_app("one")).await.unwrap();
        let (other_app, _) = apps::create(&platform, new_app("two")).await.unwrap();
        let m = Messaging::new(MessagingOptions {
            store: store.clone(),
            platform,
            router: Arc::default(),
            clock: Arc::new(clock.clone()),
            ids,
            token_key: [7; 32],
        });
        let fixture = Self { m, store, clock, app, other_app, folder };
        for user in users {
            fixture.register(user).await;
        }
        fixture
    }

    async fn register(&self, id: &str) {
        let new = NewUser { username: id.to_owned(), password: "1".to_owned(), nickname: None };
        register(&self.m, Some(&self.server()), &self.app, new).await.unwrap();
    }

    /// The customer's server.
    fn server(&self) -> Caller {
        self.caller(Actor::App)
    }

    /// An end user on its device `webim_<id>`.
    fn user(&self, id: &str) -> Caller {
        let device = DeviceId::parse(&format!("webim_{id}")).ok();
        Caller { device, ..self.caller(Actor::User(UserId::from_trusted(id))) }
    }

    fn caller(&self, actor: Actor) -> Caller {
        Caller { app: self.app.clone(), actor, origin: Origin::Rest, device: None }
    }

    /// The group events of a user so far, oldest first.
    async fn events(&self, user: &str) -> Vec<MucBody> {
        let conversation = Conversation::System(UserId::from_trusted(user)).key();
        let entries = self.store.log().after(self.app.id, &conversation, 0, 100).await.unwrap();
        let decode = |meta: &[u8]| {
            let meta = Meta::decode(meta).unwrap();
            MucBody::decode(meta.payload.unwrap()).unwrap()
        };
        entries.iter().map(|entry| decode(&entry.entry.meta)).collect()
    }
}

fn new_group(owner: &str, members: &[&str]) -> NewGroup {
    NewGroup {
        id: None,
        name: "Rustaceans".to_owned(),
        description: "d".to_owned(),
        avatar: String::new(),
        custom: String::new(),
        owner: owner.to_owned(),
        members: strings(members),
        public: false,
        members_only: false,
        allow_invites: false,
        invite_need_confirm: false,
        max_users: 200,
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

/// The refusal of a call that had to be refused.
fn refusal<T>(result: Result<T>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        Err(Error::Fault(fault)) => panic!("a fault instead of a refusal: {fault:?}"),
        Ok(_) => panic!("not refused"),
    }
}
