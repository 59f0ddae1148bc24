//! A private PostgreSQL in a temporary folder, for one test run.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::step::{output, run};
use crate::tools;

const READY_WITHIN: Duration = Duration::from_secs(30);
const LOG: &str = "postgres.log";
/// PostgreSQL refuses to run as root; Debian's package makes this user.
const USER: &str = "postgres";

/// A running server; it ends, and its folder goes, when this is dropped.
pub(crate) struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    server: Child,
}

impl Postgres {
    pub(crate) fn start(programs: &Path) -> anyhow::Result<Self> {
        let name = format!("hongyan-postgres-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        if tools::is_root() {
            run(Command::new("chown").arg(USER).arg(&folder))?;
        }
        let initdb = as_user(programs, "initdb")
            .args(["--username", "postgres", "--auth", "trust", "--encoding", "UTF8"])
            .args(["--locale", "C.UTF-8", "--no-instructions", "--pgdata"])
            .arg(folder.join("data"))
            .current_dir(&folder)
            .output();
        let initdb = initdb.context("cannot start initdb")?;
        if !initdb.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&initdb.stderr));
        }

        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        // A child of ours, so that Ctrl-C reaches it too. Many tests connect at once.
        let server = as_user(programs, "postgres")
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(&folder)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "max_connections=400"])
            .current_dir(&folder)
            .stderr(File::create(folder.join(LOG))?)
            .spawn()
            .context("cannot start postgres")?;
        let mut postgres = Self { folder, programs: programs.to_owned(), port, server };
        postgres.wait_until_ready()?;
        Ok(postgres)
    }

    /// The URL of its maintenance database; whoever tests makes databases of its own.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join(LOG)).unwrap_or_default()
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let port = self.port.to_string();
            let mut probe = Command::new(self.programs.join("pg_isready"));
            if output(probe.args(["-h", "127.0.0.1", "-p", &port])).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.server.try_wait()? {
                bail!("postgres ended with {status}:\n{}", self.log());
            }
            if Instant::now() > deadline {
                bail!("postgres is not ready after {READY_WITHIN:?}:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Nobody needs the data any more: no checkpoint.
        let stopped = as_user(&self.programs, "pg_ctl")
            .args(["stop", "--silent", "--mode", "immediate", "--pgdata"])
            .arg(self.folder.join("data"))
            .current_dir(&self.folder)
            .status();
        if !stopped.is_ok_and(|status| status.success()) {
            eprintln!("xtask: the private PostgreSQL in {} did not stop", self.folder.display());
        }
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn as_user(programs: &Path, program: &str) -> Command {
    let program = programs.join(program);
    if !tools::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", USER, "--"]).arg(program);
    command
}
