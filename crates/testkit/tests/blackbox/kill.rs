//! The server is killed in full flow, five times.

use std::time::Duration;

use anyhow::Result;
use hongyan_testkit::{Engine, TestServer, seed};
use rand::Rng;

use crate::flow::{Command, Traffic};

const KILLS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_sigkill_on_sqlite() -> Result<()> {
    kill_in_full_flow(Engine::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_sigkill_on_postgres() -> Result<()> {
    kill_in_full_flow(Engine::Postgres).await
}

async fn kill_in_full_flow(engine: Engine) -> Result<()> {
    let mut rng = seed::rng("kill");
    let Some(mut server) = TestServer::start(engine, &[]).await? else { return Ok(()) };
    let traffic = Traffic::start(&server).await?;
    for kill in 1..=KILLS {
        tokio::time::sleep(Duration::from_millis(rng.random_range(200..900))).await;
        if kill == KILLS {
            // Some senders never come back for what was on the way.
            traffic.command(|number| number % 3 == 0, Command::Abandon);
        }
        server.kill()?;
        server.restart().await?;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    traffic.command(|number| number % 3 != 0, Command::Finish);
    traffic.check(&server).await?;
    server.check_health().await
}
