//! Clients that do not read, or ask for too much, hurt nobody else.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use hongyan_testkit::TestServer;
use hongyan_testkit::device::{Device, Event, Identity};
use hongyan_testkit::messages::Text;
use hongyan_testkit::socket::{Link, TurnedAway};
use hongyan_testkit::wire::Target;

const MIB: u64 = 1 << 20;
/// Who waits for so long for what takes some milliseconds is held up by somebody, however slow the machine is.
const HELD_UP: Duration = Duration::from_secs(10);
/// A receiver whose kernel takes little on its behalf.
const SMALL: Link = Link { source: None, receive_buffer: Some(4096) };

/// Sends `count` texts with a window, and waits for the last receipt.
async fn send_all(device: &mut Device, to: &Target, text: &str, count: usize) -> Result<()> {
    const WINDOW: usize = 32;
    let (mut sent, mut acknowledged) = (0, 0);
    while acknowledged < count {
        while sent < count && sent - acknowledged < WINDOW {
            device.send_text(to, text);
            sent += 1;
        }
        match device.next().await?.context("the server closed the connection")? {
            Event::Receipt(receipt) => {
                ensure!(receipt.code == 0, "refused: {} {}", receipt.code, receipt.reason);
                acknowledged += 1;
            }
            Event::Batch(_) | Event::Synced => {}
        }
    }
    Ok(())
}

/// Two users send each other a text and wait for it, `rounds` times; returns the slowest round.
async fn ping(server: &TestServer, rounds: usize) -> Result<Duration> {
    let (left, right) = (server.identity("left").await?, server.identity("right").await?);
    let target = Target::User(right.user.clone());
    let mut left = server.log_in(&left).await?;
    let mut right = server.log_in(&right).await?;
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        let started = Instant::now();
        send_all(&mut left, &target, "ping", 1).await?;
        while !matches!(right.next().await?.context("closed")?, Event::Batch(_)) {}
        slowest = slowest.max(started.elapsed());
    }
    Ok(slowest)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_never_reads_slows_nobody_and_costs_little() -> Result<()> {
    const MESSAGES: usize = 4_000;
    let mut server = TestServer::start_sqlite(&[]).await?;
    let deaf = server.identity("deaf").await?;
    let sender = server.identity("sender").await?;
    let deaf_device = Device::login(server.endpoint(), deaf.clone(), SMALL).await?;
    let mut device = server.log_in(&sender).await?;
    let target = Target::User(deaf.user.clone());
    let text = "x".repeat(4_000);

    // The log's caches fill once; what is measured is growth beyond that.
    send_all(&mut device, &target, &text, MESSAGES).await?;
    let before = server.usage()?.resident;
    let (flood, slowest) =
        tokio::join!(send_all(&mut device, &target, &text, MESSAGES), ping(&server, 100),);
    flood?;
    let slowest = slowest?;
    let grown = server.usage()?.resident.saturating_sub(before) / MIB;
    println!("slowest ping {slowest:?}, memory grown by {grown} MiB");
    ensure!(slowest < HELD_UP, "a ping took {slowest:?}");
    ensure!(grown < 64, "memory grew by {grown} MiB");
    drop(deaf_device);

    // Whoever was deaf finds everything at the next login.
    let (_, batches) = Device::login_synced(server.endpoint(), deaf, Link::default()).await?;
    let count: usize = batches.iter().map(|batch| batch.count).sum();
    ensure!(count == 2 * MESSAGES, "{count} of {} messages arrived", 2 * MESSAGES);
    server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_and_never_reads_the_answers_is_held_back() -> Result<()> {
    const FLOOD: Duration = Duration::from_secs(3);
    /// More than the kernels on both sides take.
    const MUCH: usize = 64 << 20;
    let mut server = TestServer::start_sqlite(&[]).await?;
    let mut greedy =
        Device::login(server.endpoint(), server.identity("greedy").await?, SMALL).await?;
    let before = server.usage()?.resident;
    let flood = async {
        let mut written = 0;
        let end = Instant::now() + FLOOD;
        while written < MUCH {
            for _ in 0..1_000 {
                greedy.heartbeat();
            }
            let chunk = greedy.socket().unwritten();
            match tokio::time::timeout_at(end.into(), greedy.flush()).await {
                Ok(Ok(())) => written += chunk,
                // Held back or thrown out: both are fine.
                Ok(Err(_)) | Err(_) => break,
            }
        }
        written
    };
    let (written, slowest) = tokio::join!(flood, ping(&server, 100));
    let slowest = slowest?;
    let grown = server.usage()?.resident.saturating_sub(before) / MIB;
    println!("{written} bytes taken, slowest ping {slowest:?}, memory grown by {grown} MiB");
    ensure!(written < MUCH, "the server took everything");
    ensure!(slowest < HELD_UP, "a ping took {slowest:?}");
    ensure!(grown < 64, "memory grew by {grown} MiB");
    server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_not_held_up_by_a_member_that_never_reads() -> Result<()> {
    const MESSAGES: usize = 2_000;
    let mut server = TestServer::start_sqlite(&[]).await?;
    let sender = server.identity("sender").await?;
    let mut names = Vec::new();
    let mut readers = Vec::new();
    for number in 0..20 {
        let identity = server.identity(&format!("member-{number}")).await?;
        names.push(identity.user.clone());
        readers.push(identity);
    }
    let group = Target::Group(server.api().create_group(&sender.user, &names).await?);
    let deaf = Device::login(server.endpoint(), readers.remove(0), SMALL).await?;
    let mut listeners = Vec::new();
    for reader in readers {
        let mut device = server.log_in(&reader).await?;
        listeners.push(tokio::spawn(async move {
            let mut texts = Vec::new();
            while texts.len() < MESSAGES {
                if let Event::Batch(batch) = device.next().await?.context("closed")? {
                    texts.extend(Text::of_batch(&batch)?);
                }
            }
            let repeated = texts.windows(2).find(|pair| pair[0].id >= pair[1].id);
            ensure!(repeated.is_none(), "repeated or out of order: {repeated:?}");
            Ok(())
        }));
    }
    let mut device = server.log_in(&sender).await?;
    let all = async {
        send_all(&mut device, &group, &"x".repeat(1_000), MESSAGES).await?;
        for listener in listeners {
            listener.await??;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(HELD_UP * 12, all).await.context("the group is held up")??;
    drop(deaf);
    server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_with_too_many_is_told_when_to_come_again() -> Result<()> {
    const USERS: usize = 20;
    let settings = [
        ("HONGYAN_GATEWAY__LOGINS_PER_SECOND", "2"),
        ("HONGYAN_GATEWAY__LOGIN_TIMEOUT_SECONDS", "2"),
    ];
    let server = TestServer::start_sqlite(&settings).await?;
    let mut users = Vec::new();
    for number in 0..USERS {
        users.push(server.identity(&format!("user-{number}")).await?);
    }
    let log_in = |user: &Identity| Device::login(server.endpoint(), user.clone(), Link::default());
    let logins = join_all(users.iter().map(log_in)).await;
    let (mut devices, mut told) = (Vec::new(), Vec::new());
    for (login, user) in logins.into_iter().zip(&users) {
        match login {
            Ok(device) => devices.push(device),
            Err(error) => {
                let turned_away = error.downcast::<TurnedAway>()?;
                told.push((turned_away.retry_after, user));
            }
        }
    }
    ensure!(devices.len() >= 4 && told.len() >= 4, "{} in, {} not", devices.len(), told.len());
    let waits = || told.iter().map(|(retry_after, _)| *retry_after);
    let spread = waits().max().unwrap_or_default() - waits().min().unwrap_or_default();
    ensure!(spread >= Duration::from_secs(1), "all come together once more: {told:?}");
    // Who obeys is in.
    let again = told.iter().map(async |(retry_after, user)| {
        tokio::time::sleep(*retry_after).await;
        log_in(user).await
    });
    for login in join_all(again).await {
        devices.push(login?);
    }
    ensure!(devices.len() == USERS);
    Ok(())
}
