//! What the tests of accounts work on: an installation that anybody may register at.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hongyan_model::{
    App, AppId, Error, IdGenerator, ManualClock, OrgId, Plan, Refusal, Result, StaffId,
    StaffRefusal,
};
use hongyan_platform::accounts::{
    self, Client, Login, LoginAttempt, NewAccount, Registration, register,
};
use hongyan_platform::audit::{self, Entry, Filter};
use hongyan_platform::challenge::{self, Challenge, Proof};
use hongyan_platform::members::{self, NewMember};
use hongyan_platform::roles::Role;
use hongyan_platform::sessions::{self, Session};
use hongyan_platform::staff::Language;
use hongyan_platform::{ConsoleOptions, Platform, RegistrationMode, apps};
use hongyan_store::{Database, Store, StoreOptions};
use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};

use crate::NOW;
use crate::smtp::MailServer;

pub(crate) const PASSWORD: &str = "correct-horse";
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const CLIENT: Client = Client { ip: IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)) };

pub(crate) struct World {
    pub(crate) p: Platform,
    pub(crate) clock: ManualClock,
    pub(crate) mail: Option<MailServer>,
    pub(crate) store: Store,
    _folder: tempfile::TempDir,
}

impl World {
    /// Without a mail server.
    pub(crate) async fn new() -> Self {
        Self::with(RegistrationMode::Open, None).await
    }

    pub(crate) async fn with_mail() -> Self {
        Self::with(RegistrationMode::Open, Some(MailServer::start().await)).await
    }

    pub(crate) async fn with(registration: RegistrationMode, mail: Option<MailServer>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hongyan.db");
        Self::on(Database::Sqlite { path }, folder, registration, mail).await
    }

    /// On a database of its own on the server of `HONGYAN_TEST_POSTGRES`, which `work` gets; nothing happens without one.
    pub(crate) async fn on_postgres<F: Future<Output = ()>>(work: impl FnOnce(Self) -> F) {
        let Ok(server) = std::env::var("HONGYAN_TEST_POSTGRES") else { return };
        let server: PgConnectOptions = server.parse().unwrap();
        let name = format!("platform_{}_{:x}", std::process::id(), rand::random::<u32>());
        let mut connection = server.connect().await.unwrap();
        let mut run = async |sql: String| {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        };
        run(format!("CREATE DATABASE {name}")).await;
        // Nothing of it outlives the test.
        run(format!("ALTER DATABASE {name} SET synchronous_commit = off")).await;
        let url = server.clone().database(&name).to_url_lossy().to_string();
        let folder = tempfile::tempdir().unwrap();
        let (database, open) = (Database::Postgres { url }, RegistrationMode::Open);
        let w = Self::on(database, folder, open, None).await;
        let store = w.store.clone();
        work(w).await;
        store.close().await;
        run(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }

    async fn on(
        database: Database,
        folder: tempfile::TempDir,
        registration: RegistrationMode,
        mail: Option<MailServer>,
    ) -> Self {
        let clock = ManualClock::at(NOW);
        let options = StoreOptions {
            database,
            data_dir: folder.path().to_owned(),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(IdGenerator::new(0)),
        };
        let store = Store::open_control(options).await.unwrap();
        let console = ConsoleOptions {
            registration,
            public_url: "https://im.test".to_owned(),
            mail: mail.as_ref().map(MailServer::settings),
            mail_pause: Duration::from_millis(1),
            ..ConsoleOptions::default()
        };
        let p = Platform::with_console(store.clone(), Arc::new(clock.clone()), console);
        if mail.is_some() {
            let p = p.clone();
            tokio::spawn(async move { hongyan_platform::mail::deliver(&p).await });
        }
        Self { p, clock, mail, store, _folder: folder }
    }

    /// Puts an app on a plan, without an order.
    pub(crate) async fn put_on(&self, app: AppId, plan: Plan) -> Arc<App> {
        let change = |app: &mut App| {
            app.plan = plan;
            Ok(())
        };
        apps::update(&self.p, app, change).await.unwrap()
    }

    /// Another process on the same storage.
    pub(crate) fn beside(&self) -> Platform {
        Platform::new(self.store.clone(), Arc::new(self.clock.clone()))
    }

    /// The server as it is after a restart, with nothing in its memory; its mails are sent by whoever polls for it.
    pub(crate) fn restarted(&self) -> Platform {
        let clock = Arc::new(self.clock.clone());
        Platform::with_console(self.store.clone(), clock, self.p.console().clone())
    }

    /// Registers the organisation `org` with the super admin `org@host`.
    pub(crate) async fn register(&self, org: &str) -> Session {
        self.try_register(org, &format!("{org}@host")).await.unwrap()
    }

    pub(crate) async fn try_register(&self, org: &str, email: &str) -> Result<Session> {
        let new = self.registration(org, email).await;
        Ok(register(&self.p, new, CLIENT).await?.session)
    }

    pub(crate) async fn registration(&self, org: &str, email: &str) -> Registration {
        Registration {
            org: Some(org.to_owned()),
            company: format!("{org} Ltd"),
            account: account(email),
            agree: true,
            proof: Some(self.proof().await),
            ..Registration::default()
        }
    }

    /// An operator with a session.
    pub(crate) async fn operator(&self) -> Session {
        accounts::create_operator(&self.p, "operator@host", PASSWORD).await.unwrap();
        self.sign_in("operator@host", PASSWORD).await
    }

    /// Makes and activates a member, whose name is `email`.
    pub(crate) async fn member(&self, by: &Session, role: Role, email: &str) -> Session {
        let made = members::create(&self.p, by, None, new_member(email, role)).await.unwrap();
        members::activate(&self.p, by, None, made.staff.id).await.unwrap();
        let session = self.sign_in(email, PASSWORD).await;
        let changed = format!("{PASSWORD}!");
        accounts::change_password(&self.p, &session, PASSWORD, &changed).await.unwrap();
        self.sign_in(email, &changed).await
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Result<Login> {
        let attempt =
            LoginAttempt { email: email.to_owned(), password: password.to_owned(), proof: None };
        accounts::login(&self.p, attempt, CLIENT).await
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Session {
        match self.login(email, password).await.unwrap() {
            Login::SignedIn(new) => new.session,
            Login::SecondFactor(_) => panic!("asked for a second factor"),
        }
    }

    /// The token of a fresh login.
    pub(crate) async fn token(&self, email: &str, password: &str) -> String {
        match self.login(email, password).await.unwrap() {
            Login::SignedIn(new) => new.token,
            Login::SecondFactor(_) => panic!("asked for a second factor"),
        }
    }

    pub(crate) async fn authenticate(&self, token: &str) -> Option<Session> {
        sessions::authenticate(&self.p, token).await.unwrap()
    }

    pub(crate) async fn proof(&self) -> Proof {
        solve(&challenge::issue(&self.p).await.unwrap())
    }

    /// The whole operation log, the newest line first.
    pub(crate) async fn log(&self, by: &Session) -> Vec<Entry> {
        let page = audit::page(&self.p, &by.staff, Filter::default(), None, 500).await.unwrap();
        page.entries.into_iter().map(|(_, entry)| entry).collect()
    }
}

/// A server that dies: polls so many times, then drops what was begun. `None` if it was not finished.
pub(crate) async fn cut_off<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let (mut future, mut left) = (std::pin::pin!(future), polls);
    std::future::poll_fn(|cx| match left.checked_sub(1) {
        None => std::task::Poll::Ready(None),
        Some(rest) => {
            left = rest;
            future.as_mut().poll(cx).map(Some)
        }
    })
    .await
}

pub(crate) fn account(email: &str) -> NewAccount {
    NewAccount {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        language: Language::En,
        ..NewAccount::default()
    }
}

pub(crate) fn new_member(email: &str, role: Role) -> NewMember {
    NewMember {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        role,
        name: "Name".to_owned(),
        phone: String::new(),
        remark: String::new(),
        apps: None,
        may_reveal_secret: true,
    }
}

/// Does the work.
pub(crate) fn solve(challenge: &Challenge) -> Proof {
    let Challenge { challenge, difficulty } = challenge;
    let is_solution = |nonce: &u32| {
        let digest = Sha256::digest(format!("{challenge}:{nonce}"));
        u32::from_be_bytes(*digest.first_chunk().unwrap()).leading_zeros() >= *difficulty
    };
    let nonce = (0..).find(is_solution).unwrap();
    Proof { challenge: challenge.clone(), nonce: nonce.to_string() }
}

pub(crate) fn refusal<T>(result: Result<T>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        Err(Error::Fault(fault)) => panic!("a fault instead of a refusal: {fault:?}"),
        Ok(_) => panic!("not refused"),
    }
}

pub(crate) fn staff_refusal<T>(result: Result<T>) -> StaffRefusal {
    match refusal(result) {
        Refusal::Staff(refusal) => refusal,
        other => panic!("refused otherwise: {other:?}"),
    }
}

/// The parameter that was refused.
pub(crate) fn invalid<T>(result: Result<T>) -> &'static str {
    match refusal(result) {
        Refusal::Invalid { name, .. } => name,
        other => panic!("refused otherwise: {other:?}"),
    }
}

/// Organisation and number of a session's account.
pub(crate) fn ids(session: &Session) -> (OrgId, StaffId) {
    (session.staff.org_id().unwrap(), session.staff.id)
}
