//! A NATS server of one's own.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hongyan_loadgen::process::free_address;
use tokio::net::TcpStream;

/// Who may connect, and how that is written in an address.
const USER: &str = "hongyan";
const PASSWORD: (&str, &str) = ("p@ss/word", "p%40ss%2Fword");

/// A running NATS, which asks for a user and password; it can be killed and started again.
#[derive(Debug)]
pub struct TestNats {
    program: String,
    address: SocketAddr,
    process: Option<Child>,
}

impl TestNats {
    /// The program, from `HONGYAN_TEST_NATS`.
    #[must_use]
    pub fn program() -> Option<String> {
        std::env::var("HONGYAN_TEST_NATS").ok().filter(|program| !program.is_empty())
    }

    /// Starts it on a free port.
    pub async fn start(program: String) -> Result<Self> {
        let mut nats = Self { program, address: free_address()?, process: None };
        nats.restart().await?;
        Ok(nats)
    }

    /// Its URL, for who reaches it at `address`.
    #[must_use]
    pub fn url_by(&self, address: SocketAddr) -> String {
        format!("nats://{USER}:{}@{address}", PASSWORD.1)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills it at once.
    pub fn kill(&mut self) -> Result<()> {
        let mut process = self.process.take().context("NATS does not run")?;
        process.kill()?;
        process.wait()?;
        Ok(())
    }

    /// Starts it again on the same port.
    pub async fn restart(&mut self) -> Result<()> {
        let port = self.address.port().to_string();
        let process = Command::new(&self.program)
            .args(["-a", "127.0.0.1", "-p", &port, "--user", USER, "--pass", PASSWORD.0])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", self.program))?;
        self.process = Some(process);
        let started = tokio::time::Instant::now();
        while TcpStream::connect(self.address).await.is_err() {
            ensure!(started.elapsed() < Duration::from_secs(10), "NATS does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

impl Drop for TestNats {
    fn drop(&mut self) {
        if self.process.is_some() {
            // It fails only when the process has ended already.
            let _ = self.kill();
        }
    }
}
