//! What is changed by way of one node holds on all of them as soon as the answer is there.

use std::time::Duration;

use anyhow::{Result, ensure};
use hongyan_testkit::{Site, TestCluster};
use reqwest::{Method, StatusCode};
use tokio::time::sleep;

use crate::cluster::NODES;

/// Changes in a row: one that the others are told of a moment later would be caught.
const ROUNDS: usize = 15;

/// Bans bob and lets him in again, by way of each node in turn; every time all nodes know.
async fn ban_and_let_in(cluster: &TestCluster) -> Result<()> {
    let bob = cluster.identity("bob").await?;
    for round in 0..ROUNDS {
        for (change, expected) in
            [("deactivate", StatusCode::FORBIDDEN), ("activate", StatusCode::OK)]
        {
            let by = cluster.api_of(round % NODES)?;
            let path = format!("/users/bob/{change}");
            by.expect(Method::POST, &path, Some(by.app_token()), None).await?;
            for node in 0..NODES {
                let api = cluster.api_of(node)?;
                let (status, answer) =
                    api.call(Method::GET, "/users/bob", Some(&bob.token), None).await?;
                ensure!(status == expected, "node {node} after {change}: {status} {answer}");
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_one_node_bans_all_refuse_at_once_bus_or_not() -> Result<()> {
    let Some(mut cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    ban_and_let_in(&cluster).await?;
    cluster.nats().kill()?;
    // Within which the nodes have noticed.
    sleep(Duration::from_secs(1)).await;
    ban_and_let_in(&cluster).await?;
    cluster.check_health()
}
