//! The contract of the store, the same on both engines.
//!
//! Every test runs on SQLite in a temporary folder and, with `HONGYAN_TEST_POSTGRES` set to the URL of a database
//! whose user may create others, on PostgreSQL in a fresh database of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod apps;
mod audit;
mod billing;
mod broadcasts;
mod callbacks;
mod connections;
mod contacts;
mod conversations;
mod counters;
mod edits;
mod exports;
mod favourites;
mod files;
mod group_members;
mod groups;
mod idempotency;
mod imports;
mod log;
mod metering;
mod moderation;
mod moderation_exports;
mod muc;
mod mutes;
mod nodes;
mod part_uploads;
mod pins;
mod presence;
mod purge;
mod push;
mod reactions;
mod reports;
mod retention;
mod room_attributes;
mod room_tags;
mod rooms;
mod rtc;
mod some_room;
mod staff;
mod staff_access;
mod standings;
mod streams;
mod threads;
mod trace;
mod users;
mod words;

use std::path::Path;
use std::sync::Arc;

use hongyan_model::{AppId, AppSettings, IdGenerator, ManualClock, Plan, User, UserId};
use hongyan_store::users as stored_users;
use hongyan_store::{Database, Store, StoreOptions};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

/// 2026-11-18T00:26:40Z.
pub(crate) const NOW: i64 = 1_794_961_600_000;

/// What a test works on.
#[derive(Clone)]
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) options: StoreOptions,
    pub(crate) clock: ManualClock,
}

impl Fixture {
    async fn open(database: Database, data_dir: &Path) -> Self {
        let clock = ManualClock::at(NOW);
        let options = StoreOptions {
            database,
            data_dir: data_dir.to_owned(),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(IdGenerator::new(0)),
        };
        let store = Store::open(options.clone()).await.unwrap();
        Self { store, options, clock }
    }

    /// Makes an app in the organisation `org`.
    pub(crate) async fn app(&self, name: &str) -> AppId {
        let app = hongyan_store::apps::insert(&self.store, &new_app("org", name)).await.unwrap();
        app.unwrap().id
    }

    /// Registers a user without a password.
    pub(crate) async fn user(&self, app: AppId, id: &str) -> UserId {
        let user = new_user(id, NOW);
        let id = user.id.clone();
        let new = stored_users::NewUser { user, password_hash: None };
        let outcome = stored_users::insert(&self.store, app, &[new], None).await.unwrap();
        assert_eq!(outcome, [stored_users::Insertion::Done]);
        id
    }
}

pub(crate) fn new_app(org: &str, name: &str) -> hongyan_store::apps::NewApp {
    hongyan_store::apps::NewApp {
        org: org.to_owned(),
        name: name.to_owned(),
        uuid: format!("uuid-{org}-{name}"),
        client_id: format!("client-{org}-{name}"),
        secret: hongyan_store::apps::StoredSecret {
            hash: vec![1, 0, 255],
            sealed: Some(vec![2]),
            previous: None,
        },
        plan: Plan::Free,
        product_name: "产品".to_owned(),
        description: "描述".to_owned(),
        data_center: "default".to_owned(),
        settings: AppSettings { open_registration: true, ..AppSettings::default() },
        most: None,
        created: NOW,
    }
}

pub(crate) fn new_user(id: &str, created: i64) -> User {
    User {
        id: UserId::from_trusted(id),
        uuid: format!("uuid-{id}"),
        nickname: None,
        activated: true,
        token_epoch: 7,
        created,
        modified: created,
    }
}

/// Runs a test on every engine there is.
pub(crate) async fn on_every_engine<F: Future<Output = ()>>(test: impl Fn(Fixture) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd name?#%.db");
    let fixture = Fixture::open(Database::Sqlite { path }, folder.path()).await;
    test(fixture.clone()).await;
    fixture.store.close().await;

    let Ok(server) = std::env::var("HONGYAN_TEST_POSTGRES") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server: PgConnectOptions = server.parse().unwrap();
    let name =
        format!("contract_{}_{}", std::process::id(), folder.path().display()).to_lowercase();
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut connection = server.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await
        .unwrap();
    let url = server.clone().database(&name).to_url_lossy().to_string();
    let fixture = Fixture::open(Database::Postgres { url }, folder.path()).await;
    test(fixture.clone()).await;
    fixture.store.close().await;
    sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}
