//! A server of one's own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use hongyan_loadgen::api::{Api, AppCredentials};
use hongyan_loadgen::device::{Device, Identity};
use hongyan_loadgen::process::{ServerOptions, ServerProcess, free_address};
use hongyan_loadgen::socket::{Endpoint, Link};
use hongyan_loadgen::usage::Usage;
use tempfile::TempDir;

use crate::postgres::FreshDatabase;

/// Which database a server keeps its data in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// The default.
    Sqlite,
    /// Needs `HONGYAN_TEST_POSTGRES`.
    Postgres,
}

/// A server with an empty database and one app. It can be killed and started again.
#[derive(Debug)]
pub struct TestServer {
    process: Option<ServerProcess>,
    options: ServerOptions,
    endpoint: Endpoint,
    api: Api,
    credentials: AppCredentials,
    _database: Option<FreshDatabase>,
    _folder: TempDir,
}

/// Where users can connect, whatever is behind.
pub trait Site {
    /// Where devices connect; one that loses its connection tries the next.
    fn endpoints(&self) -> &[Endpoint];
    /// The app's API.
    fn api(&self) -> &Api;
    /// A user (made when missing) with one device.
    fn identity(&self, user: &str) -> impl Future<Output = Result<Identity>> {
        identity(self.api(), user)
    }
}

impl Site for TestServer {
    fn endpoints(&self) -> &[Endpoint] {
        std::slice::from_ref(&self.endpoint)
    }

    fn api(&self) -> &Api {
        &self.api
    }
}

impl TestServer {
    /// Starts a server with settings such as `("HONGYAN_GATEWAY__IDLE_TIMEOUT_SECONDS", "2")`.
    /// `None` when PostgreSQL is asked for and there is none.
    pub async fn start(engine: Engine, settings: &[(&str, &str)]) -> Result<Option<Self>> {
        let database = match (engine, FreshDatabase::admin_url()) {
            (Engine::Sqlite, _) => None,
            (Engine::Postgres, Some(url)) => Some(FreshDatabase::create(&url).await?),
            (Engine::Postgres, None) => {
                println!("skipped: HONGYAN_TEST_POSTGRES is not set");
                return Ok(None);
            }
        };
        let folder = TempDir::with_prefix("hongyan-test-").context("cannot make a data dir")?;
        Self::start_in(folder, database, settings).await.map(Some)
    }

    /// [`TestServer::start`] on SQLite, with everything that the server keeps below `place`.
    pub async fn start_at(place: &Path) -> Result<Self> {
        let folder = TempDir::with_prefix_in("hongyan-test-", place);
        Self::start_in(folder.context("cannot make a data dir")?, None, &[]).await
    }

    async fn start_in(
        folder: TempDir,
        database: Option<FreshDatabase>,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let settings = settings.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let options = ServerOptions {
            binary: binary()?,
            data_dir: folder.path().join("data"),
            listen: free_address()?,
            database: database.as_ref().map(FreshDatabase::url).transpose()?,
            settings: settings.collect(),
        };
        let process = ServerProcess::start(options.clone()).await?;
        let credentials = options.create_app("test", "chat")?;
        Ok(Self {
            process: Some(process),
            endpoint: Endpoint::resolve(&options.socket_url()).await?,
            api: Api::open(&options.api_url(), &credentials).await?,
            options,
            credentials,
            _database: database,
            _folder: folder,
        })
    }

    /// [`TestServer::start`] on SQLite.
    pub async fn start_sqlite(settings: &[(&str, &str)]) -> Result<Self> {
        Self::start(Engine::Sqlite, settings).await?.context("SQLite is always there")
    }

    /// Where devices connect.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The app's API.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The app.
    #[must_use]
    pub fn credentials(&self) -> &AppCredentials {
        &self.credentials
    }

    /// CPU time and memory of the process.
    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.process.as_ref().context("the server does not run")?.pid())
    }

    /// Kills the process at once.
    pub fn kill(&mut self) -> Result<()> {
        self.process.take().context("the server does not run")?.kill()
    }

    /// Asks the process to stop; it must end well. Returns how long that took.
    pub async fn stop(&mut self, patience: Duration) -> Result<Duration> {
        let mut process = self.process.take().context("the server does not run")?;
        let (status, took) = process.stop(patience).await?;
        ensure!(status.success(), "the server ended with {status}:\n{}", process.log());
        check_log(&process)?;
        Ok(took)
    }

    /// Starts the process again, on the same address and data.
    pub async fn restart(&mut self) -> Result<()> {
        ensure!(self.process.is_none(), "the server runs already");
        self.process = Some(ServerProcess::start(self.options.clone()).await?);
        Ok(())
    }

    /// Checks that the process runs, answers, and never panicked.
    pub async fn check_health(&mut self) -> Result<()> {
        let process = self.process.as_mut().context("the server does not run")?;
        if let Some(status) = process.exit_status()? {
            bail!("the server ended with {status}:\n{}", process.log());
        }
        check_log(process)?;
        Api::open(&self.options.api_url(), &self.credentials).await?;
        Ok(())
    }

    /// What the server has logged.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.as_ref().map(ServerProcess::log).unwrap_or_default()
    }

    /// A user (made when missing) with one device.
    pub async fn identity(&self, user: &str) -> Result<Identity> {
        identity(&self.api, user).await
    }

    /// Logs in and pulls what waits, which is dropped.
    pub async fn log_in(&self, identity: &Identity) -> Result<Device> {
        let login = Device::login_synced(&self.endpoint, identity.clone(), Link::default());
        Ok(login.await?.0)
    }
}

pub(crate) async fn identity(api: &Api, user: &str) -> Result<Identity> {
    Ok(Identity {
        app_key: api.app_key().to_owned(),
        user: user.to_owned(),
        token: api.user_token(user).await?,
        resource: "webim_web_1".to_owned(),
    })
}

/// A panic that a task caught is still one.
pub(crate) fn check_log(process: &ServerProcess) -> Result<()> {
    let log = process.log();
    let panic = log.lines().find(|line| line.contains("panicked"));
    ensure!(panic.is_none(), "the server panicked: {panic:?}");
    Ok(())
}

/// `HONGYAN_BIN`, or the executable built beside the test's.
pub(crate) fn binary() -> Result<PathBuf> {
    if let Some(binary) = std::env::var_os("HONGYAN_BIN") {
        return Ok(binary.into());
    }
    let test = std::env::current_exe()?;
    let target = test.parent().and_then(|deps| deps.parent()).context("no target folder")?;
    let binary = target.join("hongyan");
    ensure!(binary.exists(), "{} is missing: run `cargo build` first", binary.display());
    Ok(binary)
}
