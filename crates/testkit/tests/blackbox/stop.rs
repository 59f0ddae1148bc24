//! The server is asked to stop in full flow.

use std::time::Duration;

use anyhow::{Result, ensure};
use hongyan_testkit::{Engine, TestServer};

use crate::flow::{Command, Traffic};

const STOP_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_loses_nothing_on_sqlite() -> Result<()> {
    stop_in_full_flow(Engine::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_loses_nothing_on_postgres() -> Result<()> {
    stop_in_full_flow(Engine::Postgres).await
}

async fn stop_in_full_flow(engine: Engine) -> Result<()> {
    let Some(mut server) = TestServer::start(engine, &[]).await? else { return Ok(()) };
    let traffic = Traffic::start(&server).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let took = server.stop(STOP_WITHIN * 2).await?;
    println!("stopped in {took:?}");
    ensure!(took < STOP_WITHIN, "the server took {took:?} to stop");
    traffic.command(|number| number % 3 == 0, Command::Abandon);
    server.restart().await?;
    traffic.command(|number| number % 3 != 0, Command::Finish);
    traffic.check(&server).await?;
    server.check_health().await
}
