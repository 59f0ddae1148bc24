//! The disk is full.

use std::time::Duration;

use anyhow::{Result, ensure};
use hongyan_testkit::device::Event;
use hongyan_testkit::wire::Target;
use hongyan_testkit::{SmallDisk, TestServer, seed};
use rand::Rng;
use tokio::time::{Instant, sleep};

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
