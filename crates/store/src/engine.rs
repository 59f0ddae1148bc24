//! The control database: one [`AnyPool`] over SQLite or PostgreSQL.
//!
//! For the modules beside this one:
//! - reads: `sqlx::query("… $1 …").bind(…).fetch_all(store.pool())`;
//! - writes: `let mut tx = store.begin_write().await?; ….execute(&mut *tx).await?; tx.commit().await?`.
//!   On SQLite it begins with `BEGIN IMMEDIATE`: a transaction that reads first and upgrades later fails
//!   as soon as another writer was in between. A single statement may run on the pool directly;
//! - a list of values: [`placeholders`], with `sqlx::AssertSqlSafe` around the text;
//! - SQL stays in the shared subset: `$1`, `ON CONFLICT … DO …`, `RETURNING`, CTEs, row values, BIGINT, TEXT,
//!   BLOB/BYTEA. Bind `i64`, `&str`/`String`, `Vec<u8>` and `Option`s of them, nothing else (the `Any` driver of
//!   SQLite panics on `Arc<str>`); `COUNT(*)` is BIGINT on both, `SUM` of BIGINT is not: cast it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::Migrator;
use sqlx::{Any, AnyPool, Transaction};

use crate::StoreError;

pub(crate) static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
pub(crate) static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// Connections of one process to the control database.
const SQLITE_CONNECTIONS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;

/// An acknowledged control-plane write survives a power cut: synchronous=FULL.
const SQLITE_PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; \
     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";

/// Which database, and where.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file of our own; the message log lies beside it in the data directory.
    Sqlite {
        /// The file; it and its folder are made when missing.
        path: PathBuf,
    },
    /// A PostgreSQL database, for the control tables and the message log.
    Postgres {
        /// `postgres://…`, credentials included.
        url: String,
    },
}

impl Database {
    /// Reads `sqlite:PATH` or `postgres://…`.
    pub fn parse(location: &str) -> Result<Self, StoreError> {
        if location.starts_with("postgres://") || location.starts_with("postgresql://") {
            return Ok(Self::Postgres { url: location.to_owned() });
        }
        let path =
            location.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
        match path {
            Some("") => Err(StoreError::Location { why: "sqlite: needs a path".to_owned() }),
            Some(path) => Ok(Self::Sqlite { path: path.into() }),
            None => Err(StoreError::Location {
                why: "neither sqlite:PATH nor postgres://…".to_owned(),
            }),
        }
    }
}

impl std::fmt::Debug for Database {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite { path } => f.debug_struct("Sqlite").field("path", path).finish(),
            Self::Postgres { .. } => f.write_str("Postgres"),
        }
    }
}

/// The open control database.
pub(crate) struct Engine {
    pool: AnyPool,
    begin_write: &'static str,
    skip_locked: &'static str,
    is_shared: bool,
}

impl Engine {
    /// Connects and brings the schema up to date.
    pub(crate) async fn open(database: &Database) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        match database {
            Database::Sqlite { path } => Self::open_sqlite(path).await,
            Database::Postgres { url } => Self::open_postgres(url).await,
        }
    }

    async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        let path = std::path::absolute(path).map_err(|source| file_error(path, source))?;
        // Two processes may meet a new file at once (`serve` and `app create`); neither the switch to WAL nor
        // the migrations wait for the other by themselves. The lock ends with the handle.
        let _lock = tokio::task::spawn_blocking({
            let path = path.clone();
            move || prepare_sqlite_file(&path)
        })
        .await
        .map_err(|error| file_error(&path, std::io::Error::other(error)))??;

        let pool = AnyPoolOptions::new()
            .max_connections(SQLITE_CONNECTIONS)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql(SQLITE_PRAGMAS).execute(&mut *connection).await?;
                    Ok(())
                })
            })
            .connect(&sqlite_url(&path))
            .await?;
        SQLITE_MIGRATIONS.run(&pool).await?;
        Ok(Self { pool, begin_write: "BEGIN IMMEDIATE", skip_locked: "", is_shared: false })
    }

    async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let pool = AnyPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(Duration::from_secs(10))
            .connect(url)
            .await?;
        // Nodes that start together wait for each other: the migrator holds an advisory lock.
        POSTGRES_MIGRATIONS.run(&pool).await?;
        Ok(Self {
            pool,
            begin_write: "BEGIN",
            skip_locked: "FOR UPDATE SKIP LOCKED",
            is_shared: true,
        })
    }

    /// Whether several nodes may use it.
    pub(crate) fn is_shared(&self) -> bool {
        self.is_shared
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Behind a `SELECT` of rows to be taken: rows that another transaction is taking are left out. On SQLite there is none,
    /// which writes one transaction at a time.
    pub(crate) fn skip_locked(&self) -> &'static str {
        self.skip_locked
    }

    /// A transaction that writes.
    ///
    /// On PostgreSQL it begins in a task of its own: a caller that gives up while BEGIN is on its way would leave the connection in
    /// a transaction that nobody ends, with everything that later users of the connection write and lock. The task sees it begun,
    /// and then gives it up.
    pub(crate) async fn begin_write(&self) -> Result<Transaction<'static, Any>, StoreError> {
        let (pool, begin) = (self.pool.clone(), self.begin_write);
        if !self.is_shared {
            return Ok(pool.begin_with(begin).await?);
        }
        let begun = tokio::spawn(async move { pool.begin_with(begin).await });
        Ok(begun.await.map_err(|_| sqlx::Error::WorkerCrashed)??)
    }
}

/// `$first, $first+1, …`: the list for `IN (…)` with `count` values.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    let numbered: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    numbered.join(", ")
}

/// Makes folder and file and takes the lock that keeps a second process from preparing the same file.
fn prepare_sqlite_file(path: &Path) -> Result<File, StoreError> {
    if let Some(folder) = path.parent() {
        create_private_folder(folder)?;
    }
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(".lock");
    let lock_path = PathBuf::from(lock_path);
    let lock = private_file().create(true).truncate(false).open(&lock_path);
    let lock = lock.map_err(|source| file_error(&lock_path, source))?;
    lock.lock().map_err(|source| file_error(&lock_path, source))?;
    create_private_file(path)?;
    Ok(lock)
}

/// Makes a folder, readable by us only, unless it exists.
pub(crate) fn create_private_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| file_error(folder, source))
}

/// Makes a file of ours, readable by us only, unless it exists. SQLite gives its side files (`-wal`, `-shm`) the
/// mode of the main file.
pub(crate) fn create_private_file(path: &Path) -> Result<(), StoreError> {
    // An existing database is not opened: closing it again would drop the locks that this process holds on it.
    if path.exists() {
        return Ok(());
    }
    let file = private_file().create_new(true).open(path);
    file.map(drop).map_err(|source| file_error(path, source))
}

/// Takes the lock that keeps a second process from writing the same files; it ends with the handle.
pub(crate) fn lock_exclusively(path: &Path) -> Result<File, StoreError> {
    let lock = private_file().create(true).truncate(false).open(path);
    let lock = lock.map_err(|source| file_error(path, source))?;
    lock.try_lock().map_err(|_| StoreError::InUse { path: path.to_owned() })?;
    Ok(lock)
}

/// Options for a new file that only we may read.
fn private_file() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn file_error(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), source }
}

/// The path as a URL, every byte that could mean something in a URL escaped.
pub(crate) fn sqlite_url(path: &Path) -> String {
    let mut url = String::from("sqlite://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                url.push(char::from(*byte))
            }
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_read() {
        let sqlite = |path: &str| Database::Sqlite { path: path.into() };
        assert_eq!(Database::parse("sqlite:data/hongyan.db").unwrap(), sqlite("data/hongyan.db"));
        assert_eq!(Database::parse("sqlite:///var/lib/h.db").unwrap(), sqlite("/var/lib/h.db"));
        let url = "postgresql://me:secret@host/db";
        assert_eq!(Database::parse(url).unwrap(), Database::Postgres { url: url.to_owned() });
        assert!(!format!("{:?}", Database::parse(url).unwrap()).contains("secret"));
        for bad in ["", "sqlite:", "mysql://x", "/var/lib/h.db"] {
            assert!(Database::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn odd_paths_survive_the_url() {
        assert_eq!(sqlite_url(Path::new("/a b/c?d#e%.db")), "sqlite:///a%20b/c%3Fd%23e%25.db");
    }

    #[test]
    fn placeholders_count_on() {
        assert_eq!(placeholders(2, 3), "$2, $3, $4");
    }
}
