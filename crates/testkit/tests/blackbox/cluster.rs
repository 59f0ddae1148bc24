//! Three nodes over one PostgreSQL and one NATS, and what happens to them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hongyan_testkit::device::{Device, Event};
use hongyan_testkit::messages::Text;
use hongyan_testkit::socket::Link;
use hongyan_testkit::wire::Target;
use hongyan_testkit::{Site, TestCluster, seed};
use rand::Rng;
use tokio::time::{Instant, sleep, timeout};

use crate::flow::{Command, Traffic};

const NODES: usize = 3;
/// Within which a message arrives while all is well, and while nodes do not hear each other.
const SOON: Duration = Duration::from_secs(2);
const LATE: Duration = Duration::from_secs(10);

/// A device on a node, with everything pulled that waited for it.
async fn connect(cluster: &TestCluster, node: usize, user: &str) -> Result<Device> {
    let identity = cluster.identity(user).await?;
    let login = Device::login_synced(cluster.endpoint(node)?, identity, Link::default());
    Ok(login.await?.0)
}

/// Sends a text and waits until it is acknowledged.
async fn send(device: &mut Device, to: &Target, text: &str) -> Result<()> {
    let id = device.send_text(to, text);
    loop {
        match device.next().await?.context("the connection closed")? {
            Event::Receipt(receipt) if receipt.meta_id == id => {
                ensure!(receipt.code == 0, "refused with {} {}", receipt.code, receipt.reason);
                return Ok(());
            }
            Event::Receipt(_) | Event::Batch(_) | Event::Synced => {}
        }
    }
}

/// Waits until a device is served this text; answers how long that took.
async fn receive(device: &mut Device, text: &str, within: Duration) -> Result<Duration> {
    let started = Instant::now();
    let received = async {
        loop {
            if let Event::Batch(batch) = device.next().await?.context("the connection closed")?
                && Text::of_batch(&batch)?.iter().any(|one| one.text == text)
            {
                return Ok(started.elapsed());
            }
        }
    };
    timeout(within, received).await.with_context(|| format!("{text:?} does not arrive"))?
}

#[tokio::test(flavor = "multi_thread")]
async fn users_on_different_nodes_chat_without_asking() -> Result<()> {
    let Some(cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let mut alice = connect(&cluster, 0, "alice").await?;
    let mut bob = connect(&cluster, 1, "bob").await?;
    let mut carol = connect(&cluster, 2, "carol").await?;
    send(&mut alice, &Target::User("bob".into()), "hello").await?;
    receive(&mut bob, "hello", SOON).await?;
    // Members who are connected hear of a group that is made by way of any node.
    let members = ["alice".to_owned(), "carol".to_owned()];
    let group = cluster.api_of(2)?.create_group("bob", &members).await?;
    let group = Target::Group(group);
    for round in 0..20 {
        let text = format!("in the group {round}");
        send(&mut bob, &group, &text).await?;
        receive(&mut alice, &text, SOON).await?;
        receive(&mut carol, &text, SOON).await?;
    }
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_arrive_while_there_is_no_bus_and_afterwards() -> Result<()> {
    let Some(mut cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let mut alice = connect(&cluster, 0, "alice").await?;
    let mut bob = connect(&cluster, 1, "bob").await?;
    let bob_of_alice = Target::User("bob".into());
    send(&mut alice, &bob_of_alice, "with a bus").await?;
    receive(&mut bob, "with a bus", SOON).await?;
    cluster.nats().kill()?;
    for round in 0..5 {
        let text = format!("without one {round}");
        send(&mut alice, &bob_of_alice, &text).await?;
        let took = receive(&mut bob, &text, LATE).await?;
        println!("without a bus: {took:?}");
    }
    cluster.nats().restart().await?;
    for round in 0..20 {
        let text = format!("with one again {round}");
        send(&mut alice, &bob_of_alice, &text).await?;
        let took = receive(&mut bob, &text, LATE).await?;
        println!("with a bus again: {took:?}");
    }
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_killed_nodes() -> Result<()> {
    let mut rng = seed::rng("killed nodes");
    let Some(mut cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let traffic = Traffic::start(&cluster).await?;
    for round in 0..4 {
        sleep(Duration::from_millis(rng.random_range(300..900))).await;
        // The first one answers questions of the test.
        let node = 1 + round % (NODES - 1);
        cluster.kill(node)?;
        sleep(Duration::from_millis(rng.random_range(100..900))).await;
        cluster.restart(node).await?;
    }
    traffic.command(|_| true, Command::Finish);
    traffic.check(&cluster).await?;
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_frozen_node() -> Result<()> {
    let mut rng = seed::rng("frozen node");
    let Some(cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let traffic = Traffic::start(&cluster).await?;
    for node in [1, 2] {
        sleep(Duration::from_millis(rng.random_range(300..900))).await;
        cluster.freeze(node)?;
        // Longer than the others wait for it.
        sleep(Duration::from_secs(9)).await;
        cluster.thaw(node)?;
        sleep(Duration::from_secs(1)).await;
    }
    traffic.command(|_| true, Command::Finish);
    traffic.check(&cluster).await?;
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_bus_that_comes_and_goes() -> Result<()> {
    let mut rng = seed::rng("bus");
    let Some(mut cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let traffic = Traffic::start(&cluster).await?;
    for _ in 0..4 {
        sleep(Duration::from_millis(rng.random_range(300..900))).await;
        cluster.nats().kill()?;
        sleep(Duration::from_millis(rng.random_range(100..2000))).await;
        cluster.nats().restart().await?;
    }
    traffic.command(|_| true, Command::Finish);
    traffic.check(&cluster).await?;
    cluster.check_health()
}
