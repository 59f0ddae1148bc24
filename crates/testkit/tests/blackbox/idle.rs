//! Silent connections are closed, others are not.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hongyan_testkit::TestServer;
use hongyan_testkit::socket::{Link, Socket};

#[tokio::test]
async fn a_silent_device_is_disconnected_and_a_heartbeat_keeps_the_other() -> Result<()> {
    let settings = [("HONGYAN_GATEWAY__IDLE_TIMEOUT_SECONDS", "2")];
    let server = TestServer::start_sqlite(&settings).await?;
    let (silent, lively) = (server.identity("silent").await?, server.identity("lively").await?);
    let started = Instant::now();
    let mut silent = server.log_in(&silent).await?;
    let mut lively = server.log_in(&lively).await?;

    let silence = async {
        let closed = tokio::time::timeout(Duration::from_secs(8), silent.next()).await;
        anyhow::Ok((closed, started.elapsed()))
    };
    let life = async {
        while started.elapsed() < Duration::from_secs(6) {
            lively.heartbeat();
            let event = tokio::time::timeout(Duration::from_millis(500), lively.next()).await;
            // Nothing happens but the answers to the heartbeats, which are no events.
            ensure!(event.is_err(), "the lively device got {event:?}");
        }
        Ok(())
    };
    let ((closed, after), ()) = tokio::try_join!(silence, life)?;
    ensure!(matches!(closed, Ok(Ok(None) | Err(_))), "the silent device is still connected");
    ensure!(after >= Duration::from_millis(1_900), "closed after {after:?} already");
    Ok(())
}

#[tokio::test]
async fn a_connection_that_does_not_log_in_is_closed() -> Result<()> {
    let settings = [("HONGYAN_GATEWAY__LOGIN_TIMEOUT_SECONDS", "1")];
    let server = TestServer::start_sqlite(&settings).await?;
    let mut socket = Socket::connect(server.endpoint(), Link::default()).await?;
    let closed = tokio::time::timeout(Duration::from_secs(6), socket.recv()).await;
    ensure!(matches!(closed, Ok(Ok(None) | Err(_))), "still connected: {closed:?}");
    Ok(())
}
