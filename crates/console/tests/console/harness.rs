//! A console with two organisations and somebody of every role, and short ways to call it.
//!
//! ```ignore
//! let c = Console::start().await;
//! c.owner.post("/apps/acme/chat/users", json!({"user": "alice", "password": "x"})).await.ok();
//! c.stranger.get("/apps").await.refused(401, "signed_out");
//! ```

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use hongyan_cluster::Registration;
use hongyan_console::{ConsoleState, router};
use hongyan_integrations::push::{Settings as PushSettings, Vendors};
use hongyan_integrations::{IntegrationOptions, Integrations};
use hongyan_messaging::{Messaging, MessagingOptions};
use hongyan_model::{
    App, AppId, ClientAddr, Clock, DeviceId, DeviceLimit, IdGenerator, ManualClock, OrgId, StaffId,
    Timestamp, UserId,
};
use hongyan_platform::apps::NewApp;
use hongyan_platform::roles::Role;
use hongyan_platform::{ConsoleOptions, Platform, apps, password, secrets, sessions};
use hongyan_providers::Outgoing;
use hongyan_store::organisations::NewOrganisation;
use hongyan_store::staff::{self, Founding, Membership, NewStaff};
use hongyan_store::{Database, Store, StoreOptions, staff_sessions};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// 2026-11-23.
pub(crate) const START: i64 = 1_795_392_000_000;
/// The password of every account.
pub(crate) const PASSWORD: &str = "Secret-123";
/// The app `acme#chat`, on the largest plan, below `/console/api`.
pub(crate) const CHAT: &str = "/apps/acme/chat";

/// A running console.
///
/// Organisation `acme` has the apps `acme#chat` (on the largest plan) and `acme#shop`, `globex` has `globex#chat`.
pub(crate) struct Console {
    pub(crate) clock: ManualClock,
    pub(crate) store: Store,
    pub(crate) platform: Platform,
    pub(crate) messaging: Messaging,
    /// `acme#chat`, as it was made.
    pub(crate) chat: Arc<App>,
    /// `acme#shop`, as it was made.
    pub(crate) shop: Arc<App>,
    pub(crate) acme: OrgId,
    /// Runs the installation.
    pub(crate) operator: Client,
    /// Super admin of `acme`.
    pub(crate) owner: Client,
    /// Admin of `acme`.
    pub(crate) admin: Client,
    /// Developer of `acme`.
    pub(crate) developer: Client,
    /// Super admin of `globex`.
    pub(crate) foreigner: Client,
    /// Not signed in.
    pub(crate) stranger: Client,
    address: String,
    password_hash: String,
    _folder: TempDir,
}

impl Console {
    pub(crate) async fn start() -> Self {
        Self::start_with(ConsoleOptions::default()).await
    }

    pub(crate) async fn start_with(options: ConsoleOptions) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = ManualClock::at(START);
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let ids = Arc::new(IdGenerator::new(0));
        let store = Store::open(StoreOptions {
            database: Database::Sqlite { path: folder.path().join("hongyan.db") },
            data_dir: folder.path().to_owned(),
            clock: shared.clone(),
            ids: ids.clone(),
        });
        let store = store.await.unwrap();
        let platform = Platform::with_console(store.clone(), shared.clone(), options);
        let outgoing = Outgoing::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
        let integrations = Integrations::new(IntegrationOptions {
            store: store.clone(),
            platform: platform.clone(),
            clock: shared.clone(),
            ids: ids.clone(),
            outgoing: outgoing.clone(),
            host: "node0".to_owned(),
            vendors: Vendors::new(PushSettings::default(), shared.clone()).unwrap(),
            public_url: None,
        });
        let messaging = Messaging::new(MessagingOptions {
            store: store.clone(),
            platform: platform.clone(),
            router: platform.router().clone(),
            clock: shared,
            ids,
            token_key: secrets::token_key(&platform).await.unwrap(),
            rooms: hongyan_messaging::rooms::RoomOptions::default(),
            hooks: integrations.hooks(),
            providers: Default::default(),
            outgoing,
        });
        let state = ConsoleState {
            platform: platform.clone(),
            messaging: messaging.clone(),
            integrations,
            public_url: None,
            secure_cookie: false,
        };
        let client = ClientAddr(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let router = router(state).layer(axum::Extension(client));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/console/api", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });

        let password_hash = password::hash(&platform, PASSWORD.to_owned()).await.unwrap();
        let people = People {
            store: &store,
            platform: &platform,
            address: &address,
            password_hash: &password_hash,
            now: START,
        };
        let operator = people.operator("operator@hongyan.test").await;
        let (acme, owner) = people.organisation("acme", "owner@acme.test").await;
        let (_, foreigner) = people.organisation("globex", "owner@globex.test").await;
        let admin = people.member(acme, Role::Admin, "admin@acme.test", None).await;
        let developer = people.member(acme, Role::Developer, "developer@acme.test", None).await;
        let stranger = Client::new(&address);
        let make = async |org, name| apps::create(&platform, NewApp::named(org, name)).await;
        let (chat, _) = make("acme", "chat").await.unwrap();
        let (shop, _) = make("acme", "shop").await.unwrap();
        make("globex", "chat").await.unwrap();
        Self {
            clock,
            store,
            messaging,
            chat,
            shop,
            acme,
            operator,
            owner,
            admin,
            developer,
            foreigner,
            stranger,
            address,
            password_hash,
            platform,
            _folder: folder,
        }
    }

    /// Another member of `acme`, signed in; it may work on `apps` only, if given.
    pub(crate) async fn member(&self, role: Role, apps: Option<Vec<AppId>>) -> Client {
        let email = format!("{:x}@acme.test", rand::random::<u64>());
        self.people().member(self.acme, role, &email, apps).await
    }

    /// The same person with a new session: one ends when the clock is moved by more than half a day.
    pub(crate) async fn signed_in_again(&self, client: &Client) -> Client {
        self.people().sign_in(client.id.unwrap()).await
    }

    /// `acme#chat` as it is now.
    pub(crate) async fn chat_now(&self) -> Arc<App> {
        apps::find_any(&self.platform, "acme", "chat").await.unwrap()
    }

    /// Connects a device of a user of `acme#chat`.
    pub(crate) fn connect(&self, user: &str) -> Registration {
        let (user, device) = (UserId::from_trusted(user), DeviceId::from_trusted("webim_1"));
        let limit = DeviceLimit::PerPlatform(4);
        self.messaging.router().register(self.chat.id, &user, &device, limit, "")
    }

    fn people(&self) -> People<'_> {
        People {
            store: &self.store,
            platform: &self.platform,
            address: &self.address,
            password_hash: &self.password_hash,
            now: self.clock.now(),
        }
    }
}

/// Makes accounts without the detour of registration, mails and invitations.
struct People<'c> {
    store: &'c Store,
    platform: &'c Platform,
    address: &'c str,
    password_hash: &'c str,
    now: Timestamp,
}

impl People<'_> {
    async fn operator(&self, email: &str) -> Client {
        let id = staff::insert_operator(self.store, &self.account(email, None)).await.unwrap();
        self.sign_in(id.unwrap()).await
    }

    async fn organisation(&self, name: &str, email: &str) -> (OrgId, Client) {
        let org = NewOrganisation {
            name: name.to_owned(),
            title: name.to_uppercase(),
            kind: "company".to_owned(),
            created: START,
        };
        let owner = self.account(email, Some(Role::SuperAdmin));
        let made = staff::insert_with_organisation(self.store, &org, &owner, None).await.unwrap();
        let Founding::Done(id) = made else { panic!("{name} was not made") };
        let owner = staff::find(self.store, id).await.unwrap().unwrap();
        (owner.org.unwrap().id, self.sign_in(id).await)
    }

    async fn member(
        &self,
        org: OrgId,
        role: Role,
        email: &str,
        apps: Option<Vec<AppId>>,
    ) -> Client {
        let member = NewStaff { granted_apps: apps, ..self.account(email, Some(role)) };
        let made = staff::insert_member(self.store, org, &member, 1000, None).await.unwrap();
        let Membership::Done(id) = made else { panic!("{email} was not made") };
        self.sign_in(id).await
    }

    fn account(&self, email: &str, role: Option<Role>) -> NewStaff {
        NewStaff {
            email: email.to_owned(),
            password_hash: self.password_hash.to_owned(),
            role: role.map(|role| role.as_str().to_owned()),
            name: String::new(),
            phone: String::new(),
            remark: String::new(),
            language: "zh".to_owned(),
            email_verified: true,
            activated: true,
            must_change_password: false,
            may_reveal_secret: true,
            granted_apps: None,
            created: START,
        }
    }

    async fn sign_in(&self, id: StaffId) -> Client {
        let token = format!("{:032x}", rand::random::<u128>());
        let hash = Sha256::digest(token.as_bytes());
        staff_sessions::insert(self.store, &hash, id, 0, self.now).await.unwrap();
        let session = sessions::authenticate(self.platform, &token).await.unwrap().unwrap();
        Client { id: Some(id), token, csrf: session.csrf, ..Client::new(self.address) }
    }
}

/// Somebody's browser.
#[derive(Clone)]
pub(crate) struct Client {
    /// The account.
    pub(crate) id: Option<StaffId>,
    address: String,
    token: String,
    csrf: String,
    http: reqwest::Client,
}

impl Client {
    fn new(address: &str) -> Self {
        Self {
            id: None,
            address: address.to_owned(),
            token: String::new(),
            csrf: String::new(),
            http: reqwest::Client::new(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::PUT, path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        send(self.request(Method::DELETE, path)).await
    }

    /// A request with the session's cookie and CSRF token, to be sent with [`send`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.address));
        if self.token.is_empty() {
            return request;
        }
        request
            .header("cookie", format!("hongyan_session={}", self.token))
            .header("x-csrf-token", &self.csrf)
    }

    /// The same session with another CSRF token.
    pub(crate) fn with_csrf(&self, csrf: &str) -> Self {
        Self { csrf: csrf.to_owned(), ..self.clone() }
    }
}

/// What the console answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// JSON, or the text as it is.
    pub(crate) body: Value,
}

impl Reply {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// Checks an error; answers its body.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, error: &str) -> Value {
        let found = (self.status.as_u16(), self.body["error"].as_str());
        assert_eq!(found, (status, Some(error)), "{}", self.body);
        self.body
    }

    /// Checks a complaint about a field of the form.
    #[track_caller]
    pub(crate) fn invalid(self, field: &str) {
        assert_eq!(self.status, 400, "{}", self.body);
        assert_eq!(self.body["field"], field, "{}", self.body);
    }
}

/// Sends a request.
pub(crate) async fn send(request: RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Reply { status, body }
}
