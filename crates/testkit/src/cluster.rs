//! Several nodes of one's own.

use anyhow::{Context, Result};
use hongyan_loadgen::api::{Api, AppCredentials};
use hongyan_loadgen::process::{ServerOptions, ServerProcess, free_address};
use hongyan_loadgen::socket::Endpoint;
use tempfile::TempDir;

use crate::nats::TestNats;
use crate::postgres::FreshDatabase;
use crate::server::{Site, binary, check_log};

/// Nodes over one PostgreSQL database and one NATS, with one app. Each can be killed, frozen and started again.
#[derive(Debug)]
pub struct TestCluster {
    nodes: Vec<Node>,
    endpoints: Vec<Endpoint>,
    /// By way of each node.
    apis: Vec<Api>,
    nats: TestNats,
    _database: FreshDatabase,
    _folder: TempDir,
}

#[derive(Debug)]
struct Node {
    options: ServerOptions,
    process: Option<ServerProcess>,
}

impl TestCluster {
    /// Starts `count` nodes. `None` where `HONGYAN_TEST_POSTGRES` or `HONGYAN_TEST_NATS` is not set.
    pub async fn start(count: usize) -> Result<Option<Self>> {
        let (Some(postgres), Some(program)) = (FreshDatabase::admin_url(), TestNats::program())
        else {
            println!("skipped: HONGYAN_TEST_POSTGRES or HONGYAN_TEST_NATS is not set");
            return Ok(None);
        };
        let database = FreshDatabase::create(&postgres).await?;
        let nats = TestNats::start(program).await?;
        let folder = TempDir::with_prefix("hongyan-test-").context("cannot make a data dir")?;
        let mut nodes = Vec::new();
        let (mut endpoints, mut apis) = (Vec::new(), Vec::new());
        let mut credentials: Option<AppCredentials> = None;
        for number in 0..count {
            let settings = vec![
                ("HONGYAN_NODE".to_owned(), number.to_string()),
                ("HONGYAN_NATS__URL".to_owned(), nats.url()),
            ];
            let options = ServerOptions {
                binary: binary()?,
                data_dir: folder.path().join(format!("node-{number}")),
                listen: free_address()?,
                database: Some(database.url()?),
                settings,
            };
            let process = ServerProcess::start(options.clone()).await?;
            let credentials = match &credentials {
                Some(credentials) => credentials,
                None => credentials.insert(options.create_app("test", "chat")?),
            };
            endpoints.push(Endpoint::resolve(&options.socket_url()).await?);
            apis.push(Api::open(&options.api_url(), credentials).await?);
            nodes.push(Node { options, process: Some(process) });
        }
        Ok(Some(Self { nodes, endpoints, apis, nats, _database: database, _folder: folder }))
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

    /// Kills a node at once.
    pub fn kill(&mut self, node: usize) -> Result<()> {
        let node = self.nodes.get_mut(node).context("no such node")?;
        node.process.take().context("the node does not run")?.kill()
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
