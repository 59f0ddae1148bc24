//! The disk is full.

use std::time::Duration;

use anyhow::{Result, ensure};
use hongyan_testkit::device::Event;
use hongyan_testkit::wire::Target;
use hongyan_testkit::{Site, SmallDisk, TestCluster, TestPostgres, TestServer, seed};
use rand::Rng;
use tokio::time::{Instant, sleep, timeout};

use crate::cluster::{LATE, NODES, connect_at_last, send};
use crate::flow::{Command, Faults, Traffic};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_full_disk() -> Result<()> {
    let mut rng = seed::rng("full disk");
    let Some(disk) = SmallDisk::mount(96)? else { return Ok(()) };
    let mut server = TestServer::start_at(disk.path()).await?;
    let traffic = Traffic::start_through(&server, Faults::Told).await?;
    let identity = server.identity("alice").await?;
    let mut alice = server.log_in(&identity).await?;
    server.identity("bob").await?;
    let bob = Target::User("bob".into());
    for round in 0..3 {
        sleep(Duration::from_millis(rng.random_range(300..900))).await;
        disk.fill()?;
        // Whoever sends is told, and is not kept waiting.
        let (mut refused, since) = (false, Instant::now());
        for number in 0.. {
            let id =
                alice.send_text(&bob, &format!("round {round}, {number}: {}", "x".repeat(3000)));
            let code = loop {
                match alice.next().await? {
                    Some(Event::Receipt(receipt)) if receipt.meta_id == id => break receipt.code,
                    Some(_) => {}
                    None => anyhow::bail!("the connection closed"),
                }
            };
            refused |= code != 0;
            if refused || since.elapsed() > Duration::from_secs(20) {
                break;
            }
        }
        ensure!(refused, "the disk is full, and everything is acknowledged");
        disk.clear()?;
        let since = Instant::now();
        loop {
            let id = alice.send_text(&bob, "is there room again?");
            match alice.next().await? {
                Some(Event::Receipt(receipt)) if receipt.meta_id == id && receipt.code == 0 => {
                    break;
                }
                Some(_) => sleep(Duration::from_millis(20)).await,
                None => anyhow::bail!("the connection closed"),
            }
            ensure!(
                since.elapsed() < Duration::from_secs(10),
                "there is room, and nothing is stored"
            );
        }
        println!("stored again after {:?}", since.elapsed());
    }
    traffic.command(|_| true, Command::Finish);
    traffic.check(&server).await?;
    server.check_health().await
}

/// The disk of the database of three nodes.
#[tokio::test(flavor = "multi_thread")]
async fn what_nodes_acknowledged_survives_a_full_disk_of_their_database() -> Result<()> {
    let mut rng = seed::rng("full disk of the database");
    let Some(programs) = TestPostgres::programs() else {
        println!("skipped: HONGYAN_TEST_POSTGRES_PROGRAMS is not set");
        return Ok(());
    };
    let Some(disk) = SmallDisk::mount(512)? else { return Ok(()) };
    let postgres = TestPostgres::start_in(programs, disk.path()).await?;
    let cluster = TestCluster::start_on_own(&postgres, NODES, &[]).await?;
    let Some(cluster) = cluster else { return Ok(()) };
    let traffic = Traffic::start_through(&cluster, Faults::Told).await?;
    cluster.identity("bob").await?;
    let bob = Target::User("bob".into());
    for round in 0..3 {
        let mut alice = connect_at_last(&cluster, round % NODES, "alice").await?;
        sleep(Duration::from_millis(rng.random_range(300..900))).await;
        disk.fill()?;
        if round > 0 {
            postgres.need_room().await;
        }
        // What cannot be stored is refused, or waits for a database that starts anew.
        let full = Instant::now();
        let long = "x".repeat(3000);
        let patience = if round > 0 { LATE / 4 } else { LATE };
        loop {
            match timeout(patience, send(&mut alice, &bob, &long)).await {
                Ok(Ok(())) => ensure!(full.elapsed() < LATE * 3, "there is room for everything"),
                Ok(Err(_)) => break,
                Err(_) => {
                    ensure!(round > 0, "nobody is told");
                    break;
                }
            }
        }
        println!("round {round}: full after {:?}", full.elapsed());
        disk.clear()?;
        postgres.back().await?;
        let clear = Instant::now();
        let mut alice = connect_at_last(&cluster, (round + 1) % NODES, "alice").await?;
        while let Err(error) = send(&mut alice, &bob, "is there room again?").await {
            ensure!(clear.elapsed() < LATE * 2, "still no room: {error:#}");
            sleep(Duration::from_millis(100)).await;
        }
        println!("round {round}: stored again after {:?}", clear.elapsed());
    }
    traffic.command(|_| true, Command::Finish);
    traffic.check(&cluster).await?;
    cluster.check_health()
}
