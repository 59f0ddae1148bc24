//! Whether the control database answers, and whether its schema is the one this version knows.

use hongyan_model::Timestamp;
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, Connection as _};

use crate::engine::{POSTGRES_MIGRATIONS, SQLITE_MIGRATIONS, sqlite_url};
use crate::{Database, Store, StoreError};

/// How a database's schema stands to the migrations of this version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SchemaState {
    /// Nothing of ours is there yet.
    Absent,
    /// Some migrations have not run.
    Behind {
        /// How many.
        migrations: usize,
    },
    /// All have run, and no others.
    Current,
    /// A newer version has been here.
    Ahead,
}

impl Store {
    /// Asks the control database for a sign of life.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(self.pool()).await?;
        Ok(())
    }

    /// Connections to the control database: those at rest, and those in use.
    #[must_use]
    pub fn pool_use(&self) -> (usize, usize) {
        let (all, idle) = (self.pool().size() as usize, self.pool().num_idle());
        (idle, all.saturating_sub(idle))
    }
}

/// Looks at a database without changing it.
pub async fn schema_state(database: &Database) -> Result<SchemaState, StoreError> {
    const SQLITE_TABLES: &str =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'";
    const POSTGRES_TABLES: &str = "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'";

    sqlx::any::install_default_drivers();
    let (url, tables, migrations) = match database {
        Database::Sqlite { path } if !path.exists() => return Ok(SchemaState::Absent),
        Database::Sqlite { path } => (sqlite_url(path), SQLITE_TABLES, &SQLITE_MIGRATIONS),
        Database::Postgres { url } => (url.clone(), POSTGRES_TABLES, &POSTGRES_MIGRATIONS),
    };
    let mut connection = AnyConnection::connect(&url).await?;
    let table: Option<(String,)> = sqlx::query_as(tables).fetch_optional(&mut connection).await?;
    let state = match table {
        None => SchemaState::Absent,
        Some(_) => {
            let ran: Vec<(i64,)> =
                sqlx::query_as("SELECT version FROM _sqlx_migrations WHERE success")
                    .fetch_all(&mut connection)
                    .await?;
            compare(migrations, &ran)
        }
    };
    connection.close().await?;
    Ok(state)
}

/// What the clock of the machine with the database says; `None` with SQLite, which has none of its own.
pub async fn clock_of(database: &Database) -> Result<Option<Timestamp>, StoreError> {
    let Database::Postgres { url } = database else { return Ok(None) };
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await?;
    let (now,): (i64,) =
        sqlx::query_as("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
            .fetch_one(&mut connection)
            .await?;
    connection.close().await?;
    Ok(Some(now))
}

fn compare(migrations: &Migrator, ran: &[(i64,)]) -> SchemaState {
    let known: Vec<i64> = migrations.iter().map(|m| m.version).collect();
    if ran.iter().any(|(version,)| !known.contains(version)) {
        return SchemaState::Ahead;
    }
    match known.iter().filter(|version| !ran.contains(&(**version,))).count() {
        0 => SchemaState::Current,
        migrations => SchemaState::Behind { migrations },
    }
}
