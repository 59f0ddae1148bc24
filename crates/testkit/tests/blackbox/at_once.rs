//! What is changed by way of one node holds on all of them as soon as the answer is there.

use std::time::Duration;

use anyhow::{Result, ensure};
use hongyan_testkit::wire::Target;
use hongyan_testkit::{Site, TestCluster};
use reqwest::{Method, StatusCode};
use tokio::time::sleep;

use crate::cluster::{NODES, SOON, connect, receive, send};

/// Changes in a row: one that the others are told of a moment later would be caught.
const ROUNDS: usize = 40;

/// Bans bob and lets him in again, by way of each node in turn; every time all nodes know.
async fn ban_and_let_in(cluster: &TestCluster) -> Result<()> {
    let bob = cluster.identity("bob").await?;
    for round in 0..ROUNDS / 4 {
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

#[tokio::test(flavor = "multi_thread")]
async fn who_is_shut_out_by_one_node_is_refused_by_all_at_once() -> Result<()> {
    let Some(cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let bob = cluster.identity("bob").await?;
    let group = cluster.api_of(0)?.create_group("bob", &[]).await?;
    for round in 0..ROUNDS {
        let by = cluster.api_of(round % NODES)?;
        let (change, expected) = match round % 2 {
            0 => ("disable", StatusCode::FORBIDDEN),
            _ => ("enable", StatusCode::OK),
        };
        let path = format!("/chatgroups/{group}/{change}");
        by.expect(Method::POST, &path, Some(by.app_token()), None).await?;
        for node in 0..NODES {
            let path = format!("/chatgroups/{group}/announcement");
            let words = serde_json::json!({ "announcement": format!("round {round}") });
            let api = cluster.api_of(node)?;
            let (status, answer) =
                api.call(Method::POST, &path, Some(&bob.token), Some(&words)).await?;
            ensure!(status == expected, "node {node} after {change}: {status} {answer}");
        }
    }
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_added_by_one_node_hears_what_is_said_by_way_of_another() -> Result<()> {
    let Some(cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let mut alice = connect(&cluster, 1, "alice").await?;
    let mut bob = connect(&cluster, 2, "bob").await?;
    let api = cluster.api_of(0)?;
    let group = api.create_group("alice", &["bob".to_owned()]).await?;
    let path = format!("/chatgroups/{group}/users/bob");
    for round in 0..ROUNDS {
        api.expect(Method::DELETE, &path, Some(api.app_token()), None).await?;
        api.expect(Method::POST, &path, Some(api.app_token()), None).await?;
        let text = format!("round {round}");
        send(&mut alice, &Target::Group(group.clone()), &text).await?;
        receive(&mut bob, &text, SOON).await?;
    }
    cluster.check_health()
}
