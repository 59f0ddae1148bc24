//! Several nodes of one's own.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hongyan_loadgen::api::{Api, AppCredentials};
use hongyan_loadgen::process::{ServerOptions, ServerProcess, free_address};
use hongyan_loadgen::socket::Endpoint;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::nats::TestNats;
use crate::own_postgres::TestPostgres;
use crate::postgres::FreshDatabase;
use crate::proxy::Proxy;
use crate::server::{Site, binary, check_log};

/// Nodes over one PostgreSQL database and one NATS, with one app. Each can be killed, frozen and started again.
#[derive(Debug)]
pub struct TestCluster {
    nodes: Vec<Node>,
    endpoints: Vec<Endpoint>,
    /// By way of each node.
    apis: Vec<Api>,
    nats: TestNats,
    database: FreshDatabase,
    _folder: TempDir,
}

#[derive(Debug)]
struct Node {
    options: ServerOptions,
    process: Option<ServerProcess>,
    to_nats: Proxy,
    to_database: Proxy,
}

impl TestCluster {
    /// Starts `count` nodes. `None` where `HONGYAN_TEST_POSTGRES` or `HONGYAN_TEST_NATS` is not set.
    pub async fn start(count: usize) -> Result<Option<Self>> {
        Self::start_with(count, &[]).await
    }

    /// The same with settings such as `("HONGYAN_GATEWAY__DRAIN_SECONDS", "2")`.
    pub async fn start_with(count: usize, settings: &[(&str, &str)]) -> Result<Option<Self>> {
        let (Some(postgres), Some(program)) = (FreshDatabase::admin_url(), TestNats::program())
        else {
            println!("skipped: HONGYAN_TEST_POSTGRES or HONGYAN_TEST_NATS is not set");
            return Ok(None);
        };
        Self::start_on(&postgres, (binary()?, program), count, settings).await.map(Some)
    }

    /// The same with nodes of the version before, which `HONGYAN_TEST_PREVIOUS` names.
    pub async fn start_previous(count: usize) -> Result<Option<Self>> {
        let previous = std::env::var_os("HONGYAN_TEST_PREVIOUS").filter(|path| !path.is_empty());
        let (Some(previous), Some(postgres), Some(program)) =
            (previous, FreshDatabase::admin_url(), TestNats::program())
        else {
            println!("skipped: HONGYAN_TEST_PREVIOUS, …_POSTGRES or …_NATS is not set");
            return Ok(None);
        };
        Self::start_on(&postgres, (previous.into(), program), count, &[]).await.map(Some)
    }

    /// The same on a PostgreSQL of one's own. `None` where the programs are not known.
    pub async fn start_on_own(
        postgres: &TestPostgres,
        count: usize,
        settings: &[(&str, &str)],
    ) -> Result<Option<Self>> {
        let Some(program) = TestNats::program() else {
            println!("skipped: HONGYAN_TEST_NATS is not set");
            return Ok(None);
        };
        Self::start_on(&postgres.url(), (binary()?, program), count, settings).await.map(Some)
    }

    async fn start_on(
        postgres: &str,
        (server, program): (PathBuf, String),
        count: usize,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let database = FreshDatabase::create(postgres).await?;
        let nats = TestNats::start(program).await?;
        let folder = TempDir::with_prefix("hongyan-test-").context("cannot make a data dir")?;
        let mut nodes = Vec::new();
        let (mut endpoints, mut apis) = (Vec::new(), Vec::new());
        let mut credentials: Option<AppCredentials> = None;
        for number in 0..count {
            let to_nats = Proxy::to(nats.address()).await?;
            let to_database = Proxy::to(database.address().await?).await?;
            let mut own = vec![
                ("HONGYAN_NODE".to_owned(), number.to_string()),
                ("HONGYAN_NATS__URL".to_owned(), nats.url_by(to_nats.address())),
            ];
            own.extend(settings.iter().map(|(name, value)| ((*name).into(), (*value).into())));
            let options = ServerOptions {
                binary: server.clone(),
                data_dir: folder.path().join(format!("node-{number}")),
                listen: free_address()?,
                database: Some(database.url_by(to_database.address())?),
                settings: own,
            };
            let process = ServerProcess::start(options.clone()).await?;
            let credentials = match &credentials {
                Some(credentials) => credentials,
                None => credentials.insert(options.create_app("test", "chat")?),
            };
            endpoints.push(Endpoint::resolve(&options.socket_url()).await?);
            apis.push(Api::open(&options.api_url(), credentials).await?);
            nodes.push(Node { options, process: Some(process), to_nats, to_database });
        }
        Ok(Self { nodes, endpoints, apis, nats, database, _folder: folder })
    }

    fn process(&self, node: usize) -> Result<&ServerProcess> {
        let node = self.nodes.get(node).context("no such node")?;
        node.process.as_ref().context("the node does not run")
    }

    /// Where devices connect to a node.
    pub fn endpoint(&self, node: usize) -> Result<&Endpoint> {
        self.endpoints.get(node).context("no such node")
    }

    /// The app's API by way of a node.
    pub fn api_of(&self, node: usize) -> Result<&Api> {
        self.apis.get(node).context("no such node")
    }

    /// What a node has logged.
    pub fn log(&self, node: usize) -> Result<String> {
        Ok(self.process(node)?.log())
    }

    /// Sets a feature of the app, as an operator would; the nodes know it within two seconds.
    pub fn set_feature(&self, feature: &str, value: &str) -> Result<()> {
        let node = self.nodes.first().context("no node")?;
        node.options.set_feature(self.api().app_key(), feature, value)
    }

    /// Kills a node at once.
    pub fn kill(&mut self, node: usize) -> Result<()> {
        let node = self.nodes.get_mut(node).context("no such node")?;
        node.process.take().context("the node does not run")?.kill()
    }

    /// Asks a node to stop, which must end well. Returns how long that took.
    pub async fn stop(&mut self, node: usize, patience: Duration) -> Result<Duration> {
        let node = self.nodes.get_mut(node).context("no such node")?;
        let mut process = node.process.take().context("the node does not run")?;
        let (status, took) = process.stop(patience).await?;
        ensure!(status.success(), "the node ended with {status}:\n{}", process.log());
        check_log(&process)?;
        Ok(took)
    }

    /// The way of a node to NATS.
    pub fn to_nats(&self, node: usize) -> Result<&Proxy> {
        Ok(&self.nodes.get(node).context("no such node")?.to_nats)
    }

    /// The way of a node to the database.
    pub fn to_database(&self, node: usize) -> Result<&Proxy> {
        Ok(&self.nodes.get(node).context("no such node")?.to_database)
    }

    /// Replaces a node by one of this version, as an operator upgrades it. Others keep theirs meanwhile.
    pub async fn upgrade(&mut self, node: usize, patience: Duration) -> Result<()> {
        self.stop(node, patience).await?;
        self.nodes.get_mut(node).context("no such node")?.options.binary = binary()?;
        self.restart(node).await
    }

    /// Starts a node again, on the same address.
    pub async fn restart(&mut self, node: usize) -> Result<()> {
        let node = self.nodes.get_mut(node).context("no such node")?;
        node.process = Some(ServerProcess::start(node.options.clone()).await?);
        Ok(())
    }

    /// Freezes a node: its connections stay, and nothing is heard of it.
    pub fn freeze(&self, node: usize) -> Result<()> {
        self.process(node)?.freeze()
    }

    /// Lets a frozen node go on.
    pub fn thaw(&self, node: usize) -> Result<()> {
        self.process(node)?.thaw()
    }

    /// The bus.
    pub fn nats(&mut self) -> &mut TestNats {
        &mut self.nats
    }

    /// What happened to the connections of a user, and whether its device was connected after it, as it is stored.
    pub async fn connection_history(&self, user: &str) -> Result<Vec<(i64, bool)>> {
        let mut connection = PgConnection::connect(&self.database.url()?).await?;
        let lines: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT operation, online FROM connection_events WHERE user_id = $1 ORDER BY id",
        )
        .bind(user)
        .fetch_all(&mut connection)
        .await?;
        Ok(lines.into_iter().map(|(operation, online)| (operation, online != 0)).collect())
    }

    /// Checks that every node runs and never panicked.
    pub fn check_health(&self) -> Result<()> {
        (0..self.nodes.len()).try_for_each(|node| check_log(self.process(node)?))
    }
}

impl Site for TestCluster {
    fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    fn api(&self) -> &Api {
        &self.apis[0]
    }
}
