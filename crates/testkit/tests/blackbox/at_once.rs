//! What is changed by way of one node holds on all of them as soon as the answer is there.

use anyhow::{Result, ensure};
use hongyan_testkit::device::Identity;
use hongyan_testkit::{Site, TestCluster, Weather};
use reqwest::{Method, StatusCode};
use tokio::time::{Duration, Instant, sleep};

use crate::cluster::{LATE, NODES};

/// Changes by way of each node in turn.
const ROUNDS: usize = 6;
/// How long what nodes tell takes to NATS, and from there: who did not wait would be caught.
const WAY: Duration = Duration::from_millis(40);

/// Bans bob, or lets him in again, by way of a node.
async fn set(cluster: &TestCluster, by: usize, banned: bool) -> Result<()> {
    let path = format!("/users/bob/{}", if banned { "deactivate" } else { "activate" });
    let by = cluster.api_of(by)?;
    by.expect(Method::POST, &path, Some(by.app_token()), None).await?;
    Ok(())
}

/// The first node that lets bob in, or refuses him, wrongly.
async fn wrong(cluster: &TestCluster, bob: &Identity, banned: bool) -> Result<Option<usize>> {
    let expected = if banned { StatusCode::FORBIDDEN } else { StatusCode::OK };
    for node in 0..NODES {
        let api = cluster.api_of(node)?;
        let (status, _) = api.call(Method::GET, "/users/bob", Some(&bob.token), None).await?;
        if status != expected {
            return Ok(Some(node));
        }
    }
    Ok(None)
}

async fn all_know_at_once(cluster: &TestCluster, bob: &Identity) -> Result<()> {
    for round in 0..ROUNDS {
        let by = round % NODES;
        for banned in [true, false] {
            // On a machine that is busy for half a second nobody is waited for, and a word is said about it.
            let late = || anyhow::Ok(cluster.log(by)?.matches("do not do in time").count());
            let before = late()?;
            set(cluster, by, banned).await?;
            let wrong = wrong(cluster, bob, banned).await?;
            let was_late = late()? > before;
            ensure!(wrong.is_none() || was_late, "{round}: {wrong:?} does not know after {by}");
            if was_late {
                // Until it is waited for again.
                sleep(Duration::from_secs(2)).await;
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_one_node_bans_all_refuse_at_once_bus_or_not() -> Result<()> {
    let Some(mut cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let bob = cluster.identity("bob").await?;
    for node in 0..NODES {
        cluster.to_nats(node)?.set(Weather::Slow(WAY));
    }
    all_know_at_once(&cluster, &bob).await?;
    cluster.nats().kill()?;
    // Until the nodes have noticed.
    let killed = Instant::now();
    set(&cluster, 0, true).await?;
    while wrong(&cluster, &bob, true).await?.is_some() {
        ensure!(killed.elapsed() < LATE, "who is banned is never refused");
        sleep(Duration::from_millis(50)).await;
    }
    sleep(Duration::from_secs(1)).await;
    set(&cluster, 0, false).await?;
    all_know_at_once(&cluster, &bob).await?;
    cluster.check_health()
}
