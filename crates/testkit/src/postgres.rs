//! A PostgreSQL database of one's own.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};

/// A new, empty database, dropped with this.
#[derive(Debug)]
pub struct FreshDatabase {
    admin_url: String,
    name: String,
}

impl FreshDatabase {
    /// The URL of a server on which databases may be made, from `HONGYAN_TEST_POSTGRES`.
    #[must_use]
    pub fn admin_url() -> Option<String> {
        std::env::var("HONGYAN_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
    }

    /// Makes a database.
    pub async fn create(admin_url: &str) -> Result<Self> {
        let name = format!("hongyan_test_{:016x}", rand::random::<u64>());
        execute(admin_url, format!("CREATE DATABASE {name}")).await?;
        Ok(Self { admin_url: admin_url.to_owned(), name })
    }

    /// Its URL, where `address` leads to the server.
    pub fn url_by(&self, address: SocketAddr) -> Result<String> {
        let url = self.url()?;
        let (before, host) = url.split_once('@').context("a user")?;
        let (_, path) = host.split_once('/').context("a database")?;
        Ok(format!("{before}@{address}/{path}"))
    }

    /// Where the server is.
    pub async fn address(&self) -> Result<SocketAddr> {
        let host = self.admin_url.split_once('@').map_or("", |(_, host)| host);
        let host = host.split(['/', '?']).next().unwrap_or_default();
        let found = tokio::net::lookup_host(host).await.context("the address of PostgreSQL")?;
        found.into_iter().next().context("PostgreSQL has no address")
    }

    /// Its URL.
    pub fn url(&self) -> Result<String> {
        let (address, query) = match self.admin_url.split_once('?') {
            Some((address, query)) => (address, format!("?{query}")),
            None => (self.admin_url.as_str(), String::new()),
        };
        let (server, _database) = address
            .rsplit_once('/')
            .context("HONGYAN_TEST_POSTGRES is postgres://USER:PASSWORD@HOST:PORT/DATABASE")?;
        Ok(format!("{server}/{}{query}", self.name))
    }
}

impl Drop for FreshDatabase {
    fn drop(&mut self) {
        let url = self.admin_url.clone();
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(execute(&url, drop))
        })
        .join();
        if !matches!(dropped, Ok(Ok(()))) {
            eprintln!("the test database {} is left behind: {dropped:?}", self.name);
        }
    }
}

async fn execute(url: &str, sql: String) -> Result<()> {
    let mut connection = PgConnection::connect(url).await.context("cannot reach PostgreSQL")?;
    // The only variable part is a name made above.
    raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
