//! What the tests work on: two apps, their users, and devices with a connection.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use hongyan_cluster::{Kick, Registration, Router, Signals, Subject};
use hongyan_messaging::devices::{Batch, Login, Queues};
use hongyan_messaging::groups::{self, NewGroup};
use hongyan_messaging::messages::{self, Sent};
use hongyan_messaging::rooms::RoomOptions;
use hongyan_messaging::tokens::issue_inherited;
use hongyan_messaging::users::{NewUser, register};
use hongyan_messaging::{Messaging, MessagingOptions};
use hongyan_model::{
    Actor, App, AppSettings, Audience, Caller, Conversation, DeviceId, DeviceLimit, EntryFlags,
    EntryKind, Error, Feature, Grant, GroupId, IdGenerator, ManualClock, NewEntry, Origin, Refusal,
    Result, User, UserId,
};
use hongyan_msync::Message;
use hongyan_msync::proto::{Meta, MucBody};
use hongyan_platform::apps::{Credentials, NewApp};
use hongyan_platform::{Platform, apps, secrets};
use hongyan_providers::Outgoing;
use hongyan_store::{Database, Store, StoreOptions};

use crate::uplink::told;

/// 2026-11-18T00:26:40Z.
pub(crate) const NOW: i64 = 1_794_961_600_000;

/// Two apps on a fresh installation.
pub(crate) struct Fixture {
    pub(crate) m: Messaging,
    pub(crate) store: Store,
    pub(crate) platform: Platform,
    pub(crate) clock: ManualClock,
    pub(crate) app: Arc<App>,
    pub(crate) credentials: Credentials,
    pub(crate) other_app: Arc<App>,
    pub(crate) folder: tempfile::TempDir,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with(AppSettings::default()).await
    }

    /// With users who have no password.
    pub(crate) async fn with_users(users: &[&str]) -> Self {
        let fixture = Self::new().await;
        for user in users {
            fixture.make_user(user).await;
        }
        fixture
    }

    pub(crate) async fn with(settings: AppSettings) -> Self {
        Self::with_options(settings, RoomOptions::default()).await
    }

    /// On an installation whose chat rooms behave in a way of their own.
    pub(crate) async fn with_rooms(room_options: RoomOptions, users: &[&str]) -> Self {
        let fixture = Self::with_options(AppSettings::default(), room_options).await;
        for user in users {
            fixture.make_user(user).await;
        }
        fixture
    }

    async fn with_options(settings: AppSettings, room_options: RoomOptions) -> Self {
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
        let new_app = |name: &str, settings| NewApp { settings, ..NewApp::named("org", name) };
        let (app, credentials) = apps::create(&platform, new_app("one", settings)).await.unwrap();
        let second = new_app("two", AppSettings::default());
        let (other_app, _) = apps::create(&platform, second).await.unwrap();
        let m = Messaging::new(MessagingOptions {
            store: store.clone(),
            platform: platform.clone(),
            router: Arc::default(),
            clock: Arc::new(clock.clone()),
            ids,
            token_key,
            rooms: room_options,
            hooks: Arc::new(hongyan_messaging::hooks::Unhooked),
            providers: Default::default(),
            outgoing: Outgoing::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap(),
        });
        Self { m, store, platform, clock, app, credentials, other_app, folder }
    }

    /// Switches a feature of the app.
    pub(crate) async fn switch(&mut self, feature: Feature, on: bool) {
        let switch = |app: &mut App| {
            app.features.switches.insert(feature, on);
            Ok(())
        };
        self.app = apps::update(&self.platform, self.app.id, switch).await.unwrap();
    }

    /// Gives the app a limit.
    pub(crate) async fn limit(&mut self, feature: Feature, most: u64) {
        let grant = |app: &mut App| {
            app.features.grants.insert(feature, Grant::Limit(most));
            Ok(())
        };
        self.app = apps::update(&self.platform, self.app.id, grant).await.unwrap();
    }

    /// Changes the settings of the app.
    pub(crate) async fn set(&mut self, change: impl FnOnce(&mut AppSettings) + Send) {
        let set = |settings: &mut AppSettings| {
            change(settings);
            Ok(())
        };
        self.app = apps::update_settings(&self.platform, self.app.id, set).await.unwrap();
    }

    /// Registers a user whose password is its name, twice.
    pub(crate) async fn register(&self, id: &str) -> User {
        register(&self.m, Some(&self.server()), &self.app, new_user(id)).await.unwrap()
    }

    /// Makes a user without a password.
    pub(crate) async fn make_user(&self, id: &str) {
        self.make_user_of(&self.app, id).await;
    }

    /// Makes a user of any app without a password.
    pub(crate) async fn make_user_of(&self, app: &Arc<App>, id: &str) {
        let server = Caller { app: app.clone(), ..self.server() };
        issue_inherited(&self.m, &server, id, true, None).await.unwrap();
    }

    /// The customer's server.
    pub(crate) fn server(&self) -> Caller {
        self.caller(Actor::App)
    }

    /// An end user on its device `webim_<id>`.
    pub(crate) fn user(&self, id: &str) -> Caller {
        self.on(id, &format!("webim_{id}"))
    }

    /// An end user on a device.
    pub(crate) fn on(&self, id: &str, device: &str) -> Caller {
        let device = Some(DeviceId::from_trusted(device));
        Caller { device, ..self.caller(Actor::User(UserId::from_trusted(id))) }
    }

    fn caller(&self, actor: Actor) -> Caller {
        Caller { app: self.app.clone(), actor, origin: Origin::Rest, device: None, client: None }
    }

    pub(crate) fn router(&self) -> &Arc<Router> {
        self.m.router()
    }

    /// The group events of a user so far, oldest first.
    pub(crate) async fn events(&self, user: &str) -> Vec<MucBody> {
        let conversation = Conversation::System(UserId::from_trusted(user)).key();
        let entries = self.store.log().after(self.app.id, &conversation, 0, 100).await.unwrap();
        let decode = |meta: &[u8]| {
            let meta = Meta::decode(meta).unwrap();
            MucBody::decode(meta.payload.unwrap()).unwrap()
        };
        entries.iter().map(|entry| decode(&entry.entry.meta)).collect()
    }

    /// A group with an id of the caller's choice.
    pub(crate) async fn group(&self, id: &str, owner: &str, members: &[&str]) -> Conversation {
        let new = NewGroup { id: Some(id.to_owned()), ..new_group(owner, members) };
        let group = groups::create(&self.m, &self.server(), new).await.unwrap();
        Conversation::Group(group.id)
    }

    /// Sends, and waits until the sessions have been told.
    pub(crate) async fn submit(&self, caller: &Caller, uplink: Meta) -> Result<Sent> {
        let sent = messages::submit(&self.m, caller, uplink).await?.await?;
        self.settle().await;
        Ok(sent)
    }

    /// Sends what must not be refused.
    pub(crate) async fn send(&self, caller: &Caller, uplink: Meta) -> Sent {
        self.submit(caller, uplink).await.unwrap()
    }

    /// Waits until everything committed so far has been delivered.
    pub(crate) async fn settle(&self) {
        let watcher = UserId::from_trusted("watcher");
        let device = DeviceId::from_trusted("webim_watcher");
        let session =
            self.router().register(self.app.id, &watcher, &device, DeviceLimit::OneInAll, "");
        let last = NewEntry {
            app: self.app.id,
            conversation: Conversation::System(watcher.clone()).key(),
            kind: EntryKind::Event,
            flags: EntryFlags::default(),
            sender: UserId::admin(),
            device: None,
            client_id: None,
            audience: Audience::All,
            meta: Bytes::new(),
            recalls: None,
            edits: None,
            reads: None,
            unroamed: Vec::new(),
        };
        self.store.log().append(last).await.unwrap().await.unwrap();
        poll_fn(|cx| session.mailbox().poll_take(cx)).await;
    }

    /// Connects an end user's device.
    pub(crate) async fn connect(&self, id: &str, device: &str) -> Session {
        self.connect_as(&self.on(id, device)).await
    }

    pub(crate) async fn connect_as(&self, caller: &Caller) -> Session {
        let login = Login {
            device: caller.device.clone().unwrap(),
            note: "hello".to_owned(),
            uuid: String::new(),
            name: "Fixture".to_owned(),
        };
        let (queues, registration) = Queues::open(&self.m, caller, login).await.unwrap();
        Session { caller: caller.clone(), queues, registration }
    }
}

/// A connected device; its connection ends when dropped.
pub(crate) struct Session {
    pub(crate) caller: Caller,
    pub(crate) queues: Queues,
    registration: Registration,
}

impl Session {
    /// One pull.
    pub(crate) async fn pull(
        &mut self,
        conversation: &Conversation,
        acknowledged: Option<u64>,
    ) -> Option<Batch> {
        let batch = self.queues.pull(conversation, acknowledged).await.unwrap();
        assert!(batch.as_ref().is_none_or(|batch| !batch.entries.is_empty()), "an empty batch");
        batch
    }

    /// Pulls to the end, acknowledging everything; what the entries say.
    pub(crate) async fn receive(&mut self, conversation: &Conversation) -> Vec<String> {
        let (mut received, mut key) = (Vec::new(), None);
        while let Some(batch) = self.pull(conversation, key).await {
            received.extend(texts(&batch));
            key = Some(batch.next_key);
        }
        received
    }

    /// What UNREAD lists, in alphabetical order.
    pub(crate) async fn unread(&mut self) -> Vec<String> {
        let unread = self.queues.unread().await.unwrap().conversations;
        sorted(unread.iter().map(|key| key.as_str().to_owned()))
    }

    /// Why this session has to end, if it has been told since the last look.
    pub(crate) fn kicked(&self) -> Option<Kick> {
        let mut context = Context::from_waker(Waker::noop());
        match self.registration.mailbox().poll_take(&mut context) {
            Poll::Ready(signals) => signals.kick,
            Poll::Pending => None,
        }
    }

    /// The states that this session is to be shown, which are in no log; waits for them.
    pub(crate) async fn shown(&self) -> Vec<(Subject, Bytes)> {
        loop {
            let states = self.registration.mailbox().take_states(usize::MAX);
            if !states.is_empty() {
                return states;
            }
            poll_fn(|cx| self.registration.mailbox().poll_take(cx)).await;
        }
    }

    /// The conversations this session was told of since the last look, in alphabetical order.
    pub(crate) fn heard(&self) -> Vec<String> {
        let mut context = Context::from_waker(Waker::noop());
        let signals = match self.registration.mailbox().poll_take(&mut context) {
            Poll::Ready(signals) => signals,
            Poll::Pending => Signals::default(),
        };
        sorted(signals.conversations.iter().map(|key| key.as_str().to_owned()))
    }
}

/// What the entries of a batch say.
pub(crate) fn texts(batch: &Batch) -> Vec<String> {
    batch.entries.iter().map(|entry| told(&entry.entry.meta)).collect()
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<_> = texts.collect();
    texts.sort();
    texts
}

/// The conversation of two users.
pub(crate) fn single(a: &str, b: &str) -> Conversation {
    Conversation::single(&UserId::from_trusted(a), &UserId::from_trusted(b))
}

pub(crate) fn group_id(conversation: &Conversation) -> &GroupId {
    let Conversation::Group(group) = conversation else { panic!("not a group") };
    group
}

/// A user whose password is its name, twice.
pub(crate) fn new_user(id: &str) -> NewUser {
    NewUser { username: id.to_owned(), password: format!("{id}{id}"), nickname: None }
}

pub(crate) fn new_group(owner: &str, members: &[&str]) -> NewGroup {
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
        max_users: Some(200),
    }
}

pub(crate) fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

/// The refusal of a call that had to be refused.
pub(crate) fn refusal<T>(result: Result<T>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        Err(Error::Fault(fault)) => panic!("a fault instead of a refusal: {fault:?}"),
        Ok(_) => panic!("not refused"),
    }
}
