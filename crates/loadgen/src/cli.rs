//! The arguments of `hongyan bench`.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand, ValueEnum};
use tempfile::TempDir;

use crate::api::{Api, AppCredentials};
use crate::bench::{self, Bench};
use crate::process::{ServerOptions, ServerProcess, free_address};
use crate::socket::Endpoint;

/// Measure a server with devices that speak MSYNC.
///
/// Without `--url` a server of this executable is started on a new data dir for the run.
#[derive(Args, Debug)]
pub struct BenchArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Server")]
struct ServerArgs {
    /// Start a server for the run (the default without --url).
    #[arg(long, global = true)]
    spawn: bool,
    /// Where the started server keeps its data: a folder is made inside and removed afterwards.
    /// It decides which disk is measured.
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Database of the started server, instead of SQLite.
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// WebSocket address of a running server, such as ws://127.0.0.1:8080/websocket; of several nodes
    /// with commas between: devices connect to them in turn.
    #[arg(long, global = true)]
    url: Option<String>,
    /// REST address of the running server; by default that of --url.
    #[arg(long, global = true, value_name = "URL")]
    api: Option<String>,
    /// App of the running server, as org#app.
    #[arg(long, global = true)]
    appkey: Option<String>,
    /// Client id of the app.
    #[arg(long, global = true)]
    client_id: Option<String>,
    /// Client secret of the app.
    #[arg(long, global = true)]
    client_secret: Option<String>,
    /// Process of the running server, to measure its CPU time and memory; of several nodes with
    /// commas between.
    #[arg(long, global = true, value_name = "PID", value_delimiter = ',')]
    server_pid: Vec<u32>,
    /// Threads of the generator; by default one per core.
    #[arg(long, global = true)]
    threads: Option<usize>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand, Debug)]
enum Mode {
    /// Pairs of users, each sending to one receiver with a window of unacknowledged messages.
    OneToOne(OneToOne),
    /// Logged-in devices that do nothing: memory per connection.
    Idle(Idle),
    /// Devices that log in with a token and leave, as fast as they can.
    Login(Login),
    /// A group: deliveries per second to the members that are online.
    Group(Group),
    /// A chat room that says more than it may: what arrives of high, normal and low messages.
    Room(Room),
    /// Pairs of users at a fixed rate: latency, beside the disk's own.
    Latency(LatencyArgs),
    /// A backend that sends texts to users over REST.
    Rest(Rest),
    /// Pairs of users at a fixed rate, alone and while a file of an hour is being made.
    Export(Export),
    /// Pairs of users at a fixed rate, alone and while many other devices log in at once.
    Storm(Storm),
}

/// How long to measure.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Duration {
    /// Seconds to measure.
    #[arg(long, default_value_t = 10.0)]
    pub(crate) seconds: f64,
    /// Seconds of load before measuring.
    #[arg(long, default_value_t = 2.0)]
    pub(crate) warmup: f64,
}

/// When a message leaves the sender's window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Until {
    /// When the server acknowledged it; receivers may be a bounded number of messages behind.
    Acknowledged,
    /// When the receiver has it, too.
    Delivered,
}

#[derive(Args, Debug)]
pub(crate) struct OneToOne {
    #[command(flatten)]
    pub(crate) duration: Duration,
    /// Messages each sender has on the way.
    #[arg(long, default_value_t = 1)]
    pub(crate) window: usize,
    /// When a message leaves the window.
    #[arg(long, value_enum, default_value_t = Until::Acknowledged)]
    pub(crate) until: Until,
    /// Pairs of a sender and a receiver.
    #[arg(long, default_value_t = 200)]
    pub(crate) pairs: usize,
    /// Length of a text.
    #[arg(long, default_value_t = 200)]
    pub(crate) bytes: usize,
}

#[derive(Args, Debug)]
pub(crate) struct Idle {
    /// Connections, each of its own user.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) connections: usize,
    /// Seconds to stay connected before measuring.
    #[arg(long, default_value_t = 5.0)]
    pub(crate) settle: f64,
}

#[derive(Args, Debug)]
pub(crate) struct Login {
    #[command(flatten)]
    pub(crate) duration: Duration,
    /// Logins at the same time.
    #[arg(long, default_value_t = 32)]
    pub(crate) concurrency: usize,
}

#[derive(Args, Debug)]
pub(crate) struct Group {
    #[command(flatten)]
    pub(crate) duration: Duration,
    /// Members that are online.
    #[arg(long, default_value_t = 500)]
    pub(crate) members: usize,
    /// Members beside them that are never there.
    #[arg(long, default_value_t = 0)]
    pub(crate) offline: usize,
    /// Members that send.
    #[arg(long, default_value_t = 4)]
    pub(crate) senders: usize,
    /// Messages each sender has on the way.
    #[arg(long, default_value_t = 4)]
    pub(crate) window: usize,
    /// Length of a text.
    #[arg(long, default_value_t = 200)]
    pub(crate) bytes: usize,
}

#[derive(Args, Debug)]
pub(crate) struct Room {
    #[command(flatten)]
    pub(crate) duration: Duration,
    /// Members, all online; three of them send.
    #[arg(long, default_value_t = 200)]
    pub(crate) members: usize,
    /// Messages per second that the server delivers in a room: its setting where the run starts
    /// it, otherwise what it is known to have.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: u32,
    /// How many times that is sent, a third with each priority; 0: nothing is sent, members only listen.
    #[arg(long, default_value_t = 2.0)]
    pub(crate) overload: f64,
    /// A room that exists, which the members enter, instead of one of their own: several generators
    /// together have more members than one may have open files.
    #[arg(long, value_name = "ID")]
    pub(crate) room: Option<String>,
    /// Length of a text.
    #[arg(long, default_value_t = 200)]
    pub(crate) bytes: usize,
}

#[derive(Args, Debug)]
pub(crate) struct LatencyArgs {
    #[command(flatten)]
    pub(crate) duration: Duration,
    /// Messages per second offered by all pairs together.
    #[arg(long, default_value_t = 2_000.0)]
    pub(crate) rate: f64,
    /// Pairs of a sender and a receiver.
    #[arg(long, default_value_t = 200)]
    pub(crate) pairs: usize,
    /// Length of a text.
    #[arg(long, default_value_t = 200)]
    pub(crate) bytes: usize,
}

#[derive(Args, Debug)]
pub(crate) struct Rest {
    #[command(flatten)]
    pub(crate) duration: Duration,
    /// Keep-alive connections, each with one request on the way.
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// Length of a text.
    #[arg(long, default_value_t = 200)]
    pub(crate) bytes: usize,
    /// Change users instead, which other nodes have heard of when the call is answered.
    #[arg(long)]
    pub(crate) change: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) duration: Duration,
    /// Messages of the hour, which are imported before measuring.
    #[arg(long, default_value_t = 300_000)]
    pub(crate) messages: usize,
    /// Messages per second offered by all pairs together.
    #[arg(long, default_value_t = 1_000.0)]
    pub(crate) rate: f64,
    /// Pairs of a sender and a receiver.
    #[arg(long, default_value_t = 200)]
    pub(crate) pairs: usize,
    /// Length of a text.
    #[arg(long, default_value_t = 200)]
    pub(crate) bytes: usize,
}

#[derive(Args, Debug)]
pub(crate) struct Storm {
    #[command(flatten)]
    pub(crate) duration: Duration,
    /// Devices that log in when measuring begins, all at once, as those of a node that died.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) clients: usize,
    /// Logins per second that a server started for the run admits.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) admitted: u32,
    /// Who is turned away comes again when the server said, not after a pause of its own.
    #[arg(long)]
    pub(crate) obey: bool,
    /// Messages per second offered by all pairs together.
    #[arg(long, default_value_t = 500.0)]
    pub(crate) rate: f64,
    /// Pairs of a sender and a receiver.
    #[arg(long, default_value_t = 100)]
    pub(crate) pairs: usize,
    /// Length of a text.
    #[arg(long, default_value_t = 200)]
    pub(crate) bytes: usize,
}

/// Runs `hongyan bench`.
pub fn run(args: BenchArgs) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let BenchArgs { server, mode } = args;
    let json = server.json;
    let report = runtime.block_on(async {
        let mut bench = server.prepare(mode.settings()).await?;
        match mode {
            Mode::OneToOne(args) => bench::one_to_one(&mut bench, &args).await,
            Mode::Idle(args) => bench::idle(&mut bench, &args).await,
            Mode::Login(args) => bench::login(&mut bench, &args).await,
            Mode::Group(args) => bench::group(&mut bench, &args).await,
            Mode::Room(args) => bench::room(&mut bench, &args).await,
            Mode::Latency(args) => bench::latency(&mut bench, &args).await,
            Mode::Rest(args) => bench::rest_send(&mut bench, &args).await,
            Mode::Export(args) => bench::export(&mut bench, &args).await,
            Mode::Storm(args) => bench::storm(&mut bench, &args).await,
        }
    })?;
    if json {
        println!("{}", report.to_json());
    } else {
        print!("{report}");
    }
    Ok(())
}

impl Mode {
    /// What a server has to be told for the run.
    fn settings(&self) -> Vec<(String, String)> {
        match self {
            Self::Room(Room { limit, .. }) => {
                vec![("HONGYAN_ROOMS__MESSAGES_PER_SECOND".to_owned(), limit.to_string())]
            }
            Self::Storm(Storm { admitted, .. }) => {
                vec![("HONGYAN_GATEWAY__LOGINS_PER_SECOND".to_owned(), admitted.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

impl ServerArgs {
    /// `settings` are those of a server that is started for the run.
    async fn prepare(self, settings: Vec<(String, String)>) -> Result<Bench> {
        let threads = match self.threads {
            Some(threads) => threads.max(1),
            None => std::thread::available_parallelism()?.get(),
        };
        if self.url.is_none() {
            return self.start_server(threads, settings).await;
        }
        ensure!(!self.spawn, "--spawn starts a server, --url names one: choose");
        let url = self.url.context("--url is missing")?;
        let api_url = match self.api {
            Some(api) => api,
            None => url
                .split(',')
                .next()
                .unwrap_or_default()
                .strip_prefix("ws")
                .and_then(|rest| rest.rsplit_once('/'))
                .map(|(host, _path)| format!("http{host}"))
                .context("--url is such as ws://127.0.0.1:8080/websocket")?,
        };
        let credentials = AppCredentials {
            appkey: self.appkey.context("--appkey is missing")?,
            client_id: self.client_id.context("--client-id is missing")?,
            client_secret: self.client_secret.context("--client-secret is missing")?,
        };
        Ok(Bench {
            endpoint: Endpoint::resolve_all(&url).await?,
            started: None,
            api: Api::open(&api_url, &credentials).await?,
            server_pids: self.server_pid,
            disk: self.data_dir,
            threads,
            _server: None,
        })
    }

    async fn start_server(self, threads: usize, settings: Vec<(String, String)>) -> Result<Bench> {
        let folder = match &self.data_dir {
            Some(parent) => TempDir::with_prefix_in("hongyan-bench-", parent),
            None => TempDir::with_prefix("hongyan-bench-"),
        }
        .context("cannot make a data dir")?;
        let options = ServerOptions {
            binary: server_binary()?,
            data_dir: folder.path().to_owned(),
            listen: free_address()?,
            database: self.database,
            settings,
        };
        let server = ServerProcess::start(options).await?;
        let options = server.options();
        // Named by the process, so that runs on one PostgreSQL database do not meet.
        let app = format!("run-{}", std::process::id());
        let credentials = options.create_app("bench", &app)?;
        Ok(Bench {
            endpoint: Endpoint::resolve(&options.socket_url()).await?,
            api: Api::open(&options.api_url(), &credentials).await?,
            started: Some(options.clone()),
            server_pids: vec![server.pid()],
            disk: Some(options.data_dir.clone()),
            threads,
            _server: Some((server, folder)),
        })
    }
}

/// `hongyan bench` measures itself; `loadgen` the `hongyan` beside it.
fn server_binary() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    if own.file_stem().is_none_or(|name| name != "loadgen") {
        return Ok(own);
    }
    let beside = own.with_file_name("hongyan");
    anyhow::ensure!(beside.exists(), "no {} to start: build it, or give --url", beside.display());
    Ok(beside)
}
