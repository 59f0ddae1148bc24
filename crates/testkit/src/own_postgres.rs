//! A PostgreSQL server of one's own, which can be killed, started again, and replaced by its standby.

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hongyan_loadgen::process::free_address;
use sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// PostgreSQL refuses to run as root; Debian's package makes this user.
const USER: &str = "postgres";
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A running server; it ends, and its data goes, when this is dropped.
#[derive(Debug)]
pub struct TestPostgres {
    programs: PathBuf,
    folder: TempDir,
    address: SocketAddr,
}

impl TestPostgres {
    /// The folder of `initdb` and `postgres`, from `HONGYAN_TEST_POSTGRES_PROGRAMS`.
    #[must_use]
    pub fn programs() -> Option<PathBuf> {
        let programs = std::env::var_os("HONGYAN_TEST_POSTGRES_PROGRAMS");
        programs.filter(|programs| !programs.is_empty()).map(PathBuf::from)
    }

    /// Starts an empty server.
    pub async fn start(programs: PathBuf) -> Result<Self> {
        Self::start_in(programs, &std::env::temp_dir()).await
    }

    /// The same with its data below a folder.
    pub async fn start_in(programs: PathBuf, place: &Path) -> Result<Self> {
        let postgres = Self::prepare(programs, place)?;
        let data = postgres.data();
        let settings = ["--username", USER, "--auth", "trust", "--encoding", "UTF8"];
        let mut initdb = postgres.command("initdb");
        run(initdb.args(settings).args(["--no-instructions", "--pgdata"]).arg(data))?;
        postgres.restart().await?;
        Ok(postgres)
    }

    /// Starts a standby without which nothing is acknowledged any more.
    pub async fn start_standby(&self) -> Result<Self> {
        let standby = Self::prepare(self.programs.clone(), &std::env::temp_dir())?;
        let (host, port) = (self.address.ip().to_string(), self.address.port().to_string());
        let mut copy = standby.command("pg_basebackup");
        copy.args(["--host", &host, "--port", &port, "--username", USER, "--write-recovery-conf"]);
        run(copy.args(["--checkpoint", "fast", "--pgdata"]).arg(standby.data()))?;
        standby.restart().await?;
        self.execute("ALTER SYSTEM SET synchronous_standby_names = '*'").await?;
        self.execute("SELECT pg_reload_conf()").await?;
        let begun = Instant::now();
        while self.execute(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync') \
             THEN RAISE 'not yet'; END IF; END $$",
        ).await.is_err() {
            ensure!(begun.elapsed() < READY_WITHIN, "the standby does not follow");
            sleep(Duration::from_millis(50)).await;
        }
        Ok(standby)
    }

    fn prepare(programs: PathBuf, place: &Path) -> Result<Self> {
        let folder = TempDir::with_prefix_in("hongyan-postgres-", place);
        let folder = folder.context("cannot make a folder")?;
        if is_root()? {
            run(Command::new("chown").arg(USER).arg(folder.path()))?;
        }
        Ok(Self { programs, folder, address: free_address()? })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = match is_root() {
            Ok(true) => {
                let mut command = Command::new("runuser");
                command.args(["-u", USER, "--"]).arg(program);
                command
            }
            _ => Command::new(program),
        };
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of its maintenance database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{USER}@{}/{USER}", self.address)
    }

    async fn execute(&self, sql: &str) -> Result<()> {
        let mut connection = PgConnection::connect(&self.url()).await?;
        raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// Ends it at once: what it had not made durable is lost.
    pub fn kill(&self) -> Result<()> {
        let mut stop = self.command("pg_ctl");
        run(stop.args(["stop", "--silent", "--mode", "immediate", "--pgdata"]).arg(self.data()))
    }

    /// Starts it again, on the same port.
    pub async fn restart(&self) -> Result<()> {
        let port = self.address.port().to_string();
        let log = self.folder.path().join("log");
        let mut server = self.command("postgres");
        server
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path())
            .args(["-p", &port, "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"])
            .stdout(Stdio::null())
            .stderr(File::options().create(true).append(true).open(&log)?);
        // It is ended by its own program, and waited for there.
        drop(server.spawn().context("cannot start postgres")?);
        let begun = Instant::now();
        while PgConnection::connect(&self.url()).await.is_err() {
            ensure!(begun.elapsed() < READY_WITHIN, "PostgreSQL does not start:\n{}", read(&log));
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Has it begin a new segment of its log, for which it needs room: without, it ends, and starts anew.
    pub async fn need_room(&self) {
        // What becomes of this call is what is tried.
        let _ = self.execute("SELECT pg_switch_wal(); CHECKPOINT").await;
    }

    /// Waits until it answers, and starts it if it has given up.
    pub async fn back(&self) -> Result<()> {
        let begun = Instant::now();
        while PgConnection::connect(&self.url()).await.is_err() {
            ensure!(begun.elapsed() < READY_WITHIN, "PostgreSQL does not answer");
            let mut status = self.command("pg_ctl");
            if run(status.args(["status", "--pgdata"]).arg(self.data())).is_err() {
                return self.restart().await;
            }
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Makes a standby the server that takes writes.
    pub fn promote(&self) -> Result<()> {
        let mut promote = self.command("pg_ctl");
        run(promote.args(["promote", "--silent", "--wait", "--pgdata"]).arg(self.data()))
    }
}

impl Drop for TestPostgres {
    fn drop(&mut self) {
        // It fails only when the server has ended already.
        let _ = self.kill();
    }
}

/// The owner of what this process makes.
fn is_root() -> Result<bool> {
    Ok(std::fs::metadata("/proc/self").context("no /proc")?.uid() == 0)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{command:?} ended with {}: {said}", output.status);
    Ok(())
}

fn read(log: &Path) -> String {
    std::fs::read_to_string(log).unwrap_or_default()
}
