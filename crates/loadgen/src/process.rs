//! A server as a child process.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::api::AppCredentials;

/// How to run `hongyan`.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The executable.
    pub binary: PathBuf,
    /// Its data dir.
    pub data_dir: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Another database than the SQLite file of the data dir.
    pub database: Option<String>,
    /// Settings as `HONGYAN_…` variables.
    pub settings: Vec<(String, String)>,
}

impl ServerOptions {
    fn command(&self, subcommand: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(subcommand).arg("--data-dir").arg(&self.data_dir);
        if let Some(database) = &self.database {
            command.arg("--database").arg(database);
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// The WebSocket address of the server.
    #[must_use]
    pub fn socket_url(&self) -> String {
        format!("ws://{}/websocket", self.listen)
    }

    /// The REST address of the server.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// Where the server's log is kept, over all its starts.
    #[must_use]
    pub fn log_path(&self) -> PathBuf {
        self.data_dir.join("server.log")
    }

    /// Creates an app; a server may be running beside.
    pub fn create_app(&self, org: &str, name: &str) -> Result<AppCredentials> {
        let mut command = self.command(&["app", "create"]);
        let output = command
            .args(["--org", org, "--name", name, "--json"])
            .output()
            .with_context(|| format!("cannot run {}", self.binary.display()))?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "app create failed with {}: {errors}", output.status);
        serde_json::from_slice(&output.stdout)
            .context("app create printed something else than JSON")
    }

    /// Sets a feature of an app (`org#app`); a server may be running beside.
    pub fn set_feature(&self, app_key: &str, feature: &str, value: &str) -> Result<()> {
        let (org, name) = app_key.split_once('#').context("not an App Key")?;
        let mut command = self.command(&["app", "feature"]);
        let output = command.args(["--org", org, "--name", name, feature, value]).output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{feature} {value}: {errors}");
        Ok(())
    }
}

/// A running server, killed when dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    options: ServerOptions,
}

impl ServerProcess {
    /// Starts a server and waits until it is ready.
    pub async fn start(options: ServerOptions) -> Result<Self> {
        fs::create_dir_all(&options.data_dir)?;
        let log = File::options().create(true).append(true).open(options.log_path())?;
        let mut command = options.command(&["serve"]);
        command.arg("--listen").arg(options.listen.to_string());
        command.stdout(log.try_clone()?).stderr(log);
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", options.binary.display()))?;
        let mut server = Self { child, options };
        server.wait_ready().await?;
        Ok(server)
    }

    async fn wait_ready(&mut self) -> Result<()> {
        const PATIENCE: Duration = Duration::from_secs(30);
        let http = reqwest::Client::builder().timeout(Duration::from_secs(2)).build()?;
        let url = format!("{}/readyz", self.options.api_url());
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status} at its start:\n{}", self.log());
            }
            if http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "the server is not ready:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its options.
    #[must_use]
    pub fn options(&self) -> &ServerOptions {
        &self.options
    }

    /// What the server has logged, over all its starts.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.options.log_path()).unwrap_or_default()
    }

    /// How the process ended; `None` while it runs.
    pub fn exit_status(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Kills the process at once (SIGKILL).
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Stops the process where it is, as a machine that stalls does (SIGSTOP).
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets a frozen process go on.
    pub fn thaw(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid =
            i32::try_from(self.pid()).ok().and_then(Pid::from_raw).context("no process id")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Asks the process to stop (SIGTERM) and returns how it ended and how long it took.
    pub async fn stop(&mut self, patience: Duration) -> Result<(ExitStatus, Duration)> {
        let started = Instant::now();
        self.signal(Signal::TERM)?;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok((status, started.elapsed()));
            }
            ensure!(started.elapsed() < patience, "the server does not stop:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // Both fail only when the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A loopback address whose port is free now, outside the range that outgoing connections take
/// their ports from, so that a restarted server finds it free again.
pub fn free_address() -> Result<SocketAddr> {
    const FIRST: u32 = 15_000;
    const COUNT: u32 = 15_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let offset = std::process::id().wrapping_mul(97).wrapping_add(step) % COUNT;
        let port = u16::try_from(FIRST + offset)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("no free port")
}
