//! A server with one app, and short ways to call it.

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use hongyan_integrations::push::{Settings as PushSettings, Vendors, receipts_url};
use hongyan_integrations::{IntegrationOptions, Integrations};
use hongyan_messaging::{Messaging, MessagingOptions};
use hongyan_model::{App, AppSettings, ClientAddr, Clock, IdGenerator, ManualClock};
use hongyan_platform::apps::{self, Credentials, NewApp};
use hongyan_platform::{Platform, secrets};
use hongyan_providers::{Outgoing, Providers};
use hongyan_rest::{Rates, RestState, router};
use hongyan_store::{Database, Store, StoreOptions};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cases;

/// 2026-11-23.
pub(crate) const START: i64 = 1_795_392_000_000;
pub(crate) const PASSWORD: &str = "secret";

/// Stands in for the server around the router, which knows from where a request came.
pub(crate) const CLIENT_HEADER: &str = "x-test-client";

async fn between(test: Arc<str>, mut request: Request, next: Next) -> Response {
    let client = request.headers().get(CLIENT_HEADER).map(|client| client.to_str().unwrap());
    if let Some(client) = client.map(|client| ClientAddr(client.parse().unwrap())) {
        request.extensions_mut().insert(client);
    }
    cases::observe(&test, next.run(request).await).await
}

pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) clock: ManualClock,
    pub(crate) app: Arc<App>,
    pub(crate) credentials: Credentials,
    pub(crate) app_token: String,
    pub(crate) client: Client,
    platform: Platform,
    messaging: Messaging,
    integrations: Integrations,
    _folder: TempDir,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Server {
    /// A server with the app `acme#chat`.
    pub(crate) async fn start() -> Self {
        Self::start_with(AppSettings::default(), None).await
    }

    pub(crate) async fn start_with(settings: AppSettings, public_url: Option<&str>) -> Self {
        Self::start_on(settings, public_url, Providers::default()).await
    }

    /// A server that uses providers.
    pub(crate) async fn start_on(
        settings: AppSettings,
        public_url: Option<&str>,
        providers: Providers,
    ) -> Self {
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
        let platform = Platform::new(store.clone(), shared.clone());
        let outgoing = Outgoing::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
        let integrations = Integrations::new(IntegrationOptions {
            store: store.clone(),
            platform: platform.clone(),
            clock: shared.clone(),
            ids: ids.clone(),
            outgoing: outgoing.clone(),
            host: "node0".to_owned(),
            vendors: Vendors::new(PushSettings::default(), shared.clone()).unwrap(),
            public_url: public_url.map(str::to_owned),
        });
        let messaging = Messaging::new(MessagingOptions {
            hooks: integrations.hooks(),
            store,
            platform: platform.clone(),
            router: Arc::default(),
            clock: shared,
            ids,
            token_key: secrets::token_key(&platform).await.unwrap(),
            rooms: hongyan_messaging::rooms::RoomOptions::default(),
            providers,
            outgoing,
        });
        let (app, credentials) = new_app(&platform, "chat", settings).await;
        let state = RestState {
            messaging: messaging.clone(),
            integrations: integrations.clone(),
            platform: platform.clone(),
            rates: Rates::new(&messaging),
            public_url: public_url.map(str::to_owned),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let test = cases::name_of_test();
        let between = move |request, next| between(test.clone(), request, next);
        let router = router(state).layer(axum::middleware::from_fn(between));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut server = Self {
            address,
            clock,
            app,
            credentials,
            app_token: String::new(),
            client: Client::new(),
            platform,
            messaging,
            integrations,
            _folder: folder,
        };
        server.app_token = server.new_app_token("chat", &server.credentials).await;
        server
    }

    /// Apps, as those who run the installation see them.
    pub(crate) fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Where vendors tell what became of notices.
    pub(crate) async fn receipts_url(&self) -> String {
        receipts_url(&self.integrations, &self.app).await.unwrap().unwrap()
    }

    /// What customers' servers are told.
    pub(crate) fn integrations(&self) -> &Integrations {
        &self.integrations
    }

    /// The domain, for what a server does beside its calls.
    pub(crate) fn messaging(&self) -> &Messaging {
        &self.messaging
    }

    /// Changes the app, as its owner does in the console.
    pub(crate) async fn change_app(&self, change: impl FnOnce(&mut App) + Send) {
        let change = |app: &mut App| {
            change(app);
            Ok(())
        };
        apps::update(&self.platform, self.app.id, change).await.unwrap();
    }

    /// A token of another app of the same installation.
    pub(crate) async fn foreign_token(&self) -> String {
        let (app, credentials) = new_app(&self.platform, "other", AppSettings::default()).await;
        self.new_app_token(&app.name, &credentials).await
    }

    async fn new_app_token(&self, app: &str, credentials: &Credentials) -> String {
        let url = format!("{}/acme/{app}/token", self.address);
        let body = json!({
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
        });
        let reply = send(self.client.post(url).json(&body)).await;
        reply.body["access_token"].as_str().unwrap().to_owned()
    }

    /// Registers users and returns a token of each.
    pub(crate) async fn users<const N: usize>(&self, names: [&str; N]) -> [String; N] {
        let mut tokens = Vec::new();
        for name in names {
            let body = json!({"grant_type": "inherit", "username": name, "autoCreateUser": true});
            let reply = self.post("/token", &self.app_token, body).await.ok();
            tokens.push(reply["access_token"].as_str().unwrap().to_owned());
        }
        tokens.try_into().unwrap()
    }

    /// A request to the app; no token if it is empty.
    pub(crate) fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}/acme/chat{path}", self.address));
        if token.is_empty() { request } else { request.bearer_auth(token) }
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Reply {
        send(self.request(Method::GET, path, token)).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> Reply {
        send(self.request(Method::DELETE, path, token)).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Reply {
        send(self.request(Method::POST, path, token).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, token: &str, body: Value) -> Reply {
        send(self.request(Method::PUT, path, token).json(&body)).await
    }
}

impl Reply {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// Checks an error.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, error: &str, description: &str) {
        let found =
            (self.status, self.body["error"].as_str(), self.body["error_description"].as_str());
        assert_eq!(found, (status, Some(error), Some(description)), "{}", self.body);
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Reply { status, headers, body }
}

async fn new_app(
    platform: &Platform,
    name: &str,
    settings: AppSettings,
) -> (Arc<App>, Credentials) {
    let new = NewApp { settings, ..NewApp::named("acme", name) };
    apps::create(platform, new).await.unwrap()
}
