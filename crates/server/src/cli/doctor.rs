//! `hongyan doctor`: can the server run here? Reads only.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use hongyan_model::{Clock as _, SystemClock, Timestamp};
use hongyan_store::SchemaState;
use rustix::fs::{Access, access, statvfs};
use rustix::process::{Resource, getrlimit};
use serde::Serialize;
use serde_json::json;

use super::{StorageArgs, print, with_runtime};
use crate::config::{Config, Flags, NatsFlags};

#[derive(clap::Args)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    storage: StorageArgs,
    /// Address and port that `serve` would use [setting: listen].
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Address of NATS [setting: nats.url].
    #[arg(long, value_name = "URL")]
    nats: Option<String>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    /// Works, but an operator should know.
    Warning,
    Failed,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    status: Status,
    detail: String,
}

/// Exits with 1 when a check failed; warnings are for reading.
pub(super) fn run(args: DoctorArgs) -> anyhow::Result<ExitCode> {
    let DoctorArgs { storage, listen, nats, json } = args;
    let nats = nats.map(|url| NatsFlags { url });
    let checks = match storage.load(Flags { listen, nats, ..Flags::default() }) {
        Ok(config) => examine(&config)?,
        Err(error) => vec![check("configuration", Err(format!("{error:#}")))],
    };
    let ok = checks.iter().all(|c| c.status != Status::Failed);
    if json {
        print(&format!("{}\n", json!({ "ok": ok, "checks": checks })))?;
    } else {
        for Check { name, status, detail } in &checks {
            let mark = match status {
                Status::Ok => "ok     ",
                Status::Warning => "warning",
                Status::Failed => "FAILED ",
            };
            print(&format!("{mark}  {name:<15} {detail}\n"))?;
        }
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn examine(config: &Config) -> anyhow::Result<Vec<Check>> {
    let data_dir = &config.data_dir;
    let (database, database_clock, bus) = with_runtime(async {
        Ok((database(config).await, database_clock(config).await, bus(config).await))
    })?;
    Ok(vec![
        check("configuration", Ok((Status::Ok, "readable and consistent".to_owned()))),
        check("data directory", directory(data_dir)),
        check("free space", free_space(data_dir)),
        check("database", database),
        check("clock", clock(SystemClock.now(), data_dir)),
        check("database clock", database_clock),
        check("NATS", bus),
        check("certificates", certificates(config)),
        check("open files", open_files(config.http.max_connections)),
        check("port", port(config.listen)),
    ])
}

/// The database's answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What a check found; `Err` is a failure with its reason.
type Finding = Result<(Status, String), String>;

fn check(name: &'static str, finding: Finding) -> Check {
    let (status, detail) = finding.unwrap_or_else(|reason| (Status::Failed, reason));
    Check { name, status, detail }
}

fn directory(path: &Path) -> Finding {
    let existing = nearest_existing(path);
    let unusable = |error: std::io::Error| format!("{}: {error}", existing.display());
    let metadata = existing.metadata().map_err(unusable)?;
    if !metadata.is_dir() {
        return Err(format!("{} is not a directory", existing.display()));
    }
    access(existing, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| format!("{} is not writable: {error}", existing.display()))?;
    if existing != path {
        return Ok((Status::Ok, format!("{} will be made at the first start", path.display())));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        let detail = format!("{0} is open to others; `chmod 700 {0}` closes it", path.display());
        return Ok((Status::Warning, detail));
    }
    Ok((Status::Ok, format!("{} is writable, and for its owner only", path.display())))
}

fn free_space(path: &Path) -> Finding {
    const FAILED_BELOW_MB: u64 = 100;
    const WARNING_BELOW_MB: u64 = 1024;
    let existing = nearest_existing(path);
    let space = statvfs(existing).map_err(|error| format!("{}: {error}", existing.display()))?;
    let free_mb = space.f_bavail.saturating_mul(space.f_frsize) / (1024 * 1024);
    let status = match free_mb {
        0..FAILED_BELOW_MB => Status::Failed,
        FAILED_BELOW_MB..WARNING_BELOW_MB => Status::Warning,
        _ => Status::Ok,
    };
    Ok((status, format!("{free_mb} MB free at {}", existing.display())))
}

fn nearest_existing(path: &Path) -> &Path {
    let named = |p: &&Path| !p.as_os_str().is_empty();
    path.ancestors().filter(named).find(|p| p.exists()).unwrap_or(Path::new("."))
}

async fn database(config: &Config) -> Finding {
    let url = &config.database;
    let database = url.in_dir(&config.data_dir).map_err(|error| error.to_string())?;
    let state = tokio::time::timeout(ANSWER_WITHIN, hongyan_store::schema_state(&database))
        .await
        .map_err(|_| format!("{url} does not answer"))?
        .map_err(|error| format!("{url}: {error}"))?;
    Ok(match state {
        SchemaState::Absent => (Status::Ok, format!("{url} will be filled at the first start")),
        SchemaState::Current => (Status::Ok, format!("{url} answers and is up to date")),
        SchemaState::Behind { migrations } => {
            let detail = format!("{url} lacks {migrations} migrations; serve and migrate run them");
            (Status::Warning, detail)
        }
        SchemaState::Ahead => {
            return Err(format!("{url} was used by a newer version of Hongyan"));
        }
    })
}

/// Ids and tokens hold times: a clock that runs far ahead or behind breaks their order.
fn clock(now: Timestamp, data_dir: &Path) -> Finding {
    const YEAR_2025: Timestamp = 1_735_689_600_000;
    const TOLERATED: Duration = Duration::from_secs(60);
    if now < YEAR_2025 {
        return Err("the system clock is years behind".to_owned());
    }
    let limit = SystemTime::now() + TOLERATED;
    let files = std::fs::read_dir(data_dir).into_iter().flatten().flatten();
    let mut changes = files.filter_map(|file| file.metadata().ok()?.modified().ok());
    if changes.any(|changed| changed > limit) {
        return Err("a file in the data directory is from the future: the clock is behind".into());
    }
    Ok((Status::Ok, "plausible".to_owned()))
}

/// Nodes take times from their own clocks: those that differ show messages in another order than that of their times.
async fn database_clock(config: &Config) -> Finding {
    const TOLERATED_MS: i64 = 1000;
    const FAILED_BEYOND_MS: i64 = 60_000;
    let url = &config.database;
    let database = url.in_dir(&config.data_dir).map_err(|error| error.to_string())?;
    let before = SystemClock.now();
    let theirs = tokio::time::timeout(ANSWER_WITHIN, hongyan_store::clock_of(&database))
        .await
        .map_err(|_| format!("{url} does not answer"))?
        .map_err(|error| format!("{url}: {error}"))?;
    let Some(theirs) = theirs else {
        return Ok((Status::Ok, "the database is on this machine".to_owned()));
    };
    let after = SystemClock.now();
    // It was asked at some moment between.
    let apart = (before - theirs).max(theirs - after).max(0);
    match apart {
        0..=TOLERATED_MS => Ok((Status::Ok, "agrees with the clock of this machine".to_owned())),
        ..=FAILED_BEYOND_MS => {
            Ok((Status::Warning, format!("{apart} ms apart from this machine's: is NTP running?")))
        }
        _ => Err(format!("{apart} ms apart from this machine's")),
    }
}

async fn bus(config: &Config) -> Finding {
    let Some(url) = config.nats.address() else {
        return Ok((Status::Ok, "not used: this node is alone on its database".to_owned()));
    };
    match hongyan_cluster::probe(url, &config.nats.prefix).await {
        Ok(took) => Ok((Status::Ok, format!("carries messages within {} ms", took.as_millis()))),
        Err(error) => Err(format!("{:#}", anyhow::Error::new(error))),
    }
}

/// Which servers of others are believed: vendors of phones, customers, providers.
fn certificates(config: &Config) -> Finding {
    let system = rustls_native_certs::load_native_certs();
    config.push.options().map_err(|error| format!("{error:#}"))?;
    match system.certs.len() {
        0 => {
            let detail = "the system trusts nobody: callbacks and pushes over TLS fail \
                          (Debian has them in ca-certificates)";
            Ok((Status::Warning, detail.to_owned()))
        }
        n => Ok((Status::Ok, format!("{n} authorities of the system are trusted"))),
    }
}

fn open_files(max_connections: usize) -> Finding {
    const NEEDED: u64 = 1024;
    let Some(limit) = getrlimit(Resource::Nofile).maximum else {
        return Ok((Status::Ok, "no limit".to_owned()));
    };
    if limit < NEEDED {
        return Err(format!("at most {limit}; at least {NEEDED} are needed"));
    }
    if limit < max_connections as u64 {
        let detail = format!("at most {limit}, fewer than http.max_connections {max_connections}");
        return Ok((Status::Warning, detail));
    }
    Ok((Status::Ok, format!("at most {limit}")))
}

fn port(listen: SocketAddr) -> Finding {
    match TcpListener::bind(listen) {
        Ok(_) => Ok((Status::Ok, format!("{listen} is free"))),
        Err(_) if is_hongyan(listen) => {
            Ok((Status::Ok, format!("a Hongyan server answers at {listen}")))
        }
        Err(error) => Err(format!("cannot listen on {listen}: {error}")),
    }
}

/// Whether a Hongyan server has the port already.
fn is_hongyan(addr: SocketAddr) -> bool {
    const ANSWER_WITHIN: Duration = Duration::from_secs(2);
    let ask = || -> std::io::Result<String> {
        let mut socket = TcpStream::connect_timeout(&addr, ANSWER_WITHIN)?;
        socket.set_read_timeout(Some(ANSWER_WITHIN))?;
        socket.write_all(b"GET / HTTP/1.1\r\nHost: doctor\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        socket.take(4096).read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains("<title>Hongyan"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(finding: Finding) -> Status {
        check("", finding).status
    }

    #[test]
    fn the_directory_may_be_missing_but_not_a_file() {
        let parent = tempfile::tempdir().unwrap();
        assert_eq!(status(directory(&parent.path().join("a/b"))), Status::Ok);
        let file = parent.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(status(directory(&file)), Status::Failed);
        assert_eq!(status(directory(&file.join("a"))), Status::Failed);
    }

    #[test]
    fn a_directory_open_to_others_is_mentioned() {
        let dir = tempfile::tempdir().unwrap();
        let with_mode = |mode| {
            std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            status(directory(dir.path()))
        };
        assert_eq!(with_mode(0o700), Status::Ok);
        assert_eq!(with_mode(0o755), Status::Warning);
    }

    #[test]
    fn a_wrong_clock_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(status(clock(0, dir.path())), Status::Failed);
        let now = SystemClock.now();
        assert_eq!(status(clock(now, dir.path())), Status::Ok);
        let file = std::fs::File::create(dir.path().join("f")).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(7200)).unwrap();
        assert_eq!(status(clock(now, dir.path())), Status::Failed);
    }

    #[test]
    fn a_port_in_use_by_somebody_else_fails() {
        let free = hongyan_loadgen::process::free_address().unwrap();
        assert_eq!(status(port(free)), Status::Ok);
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(status(port(silent.local_addr().unwrap())), Status::Failed);
    }
}
