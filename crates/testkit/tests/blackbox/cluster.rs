//! Three nodes over one PostgreSQL and one NATS, and what happens to them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hongyan_testkit::device::{Device, Event};
use hongyan_testkit::messages::Text;
use hongyan_testkit::socket::Link;
use hongyan_testkit::wire::Target;
use hongyan_testkit::{Site, TestCluster, TestPostgres, Weather, seed};
use rand::Rng;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::flow::{Command, Faults, Traffic, pull_all};

pub(crate) const NODES: usize = 3;
/// Within which a message arrives while all is well, and while nodes do not hear each other.
pub(crate) const SOON: Duration = Duration::from_secs(2);
pub(crate) const LATE: Duration = Duration::from_secs(10);
/// Within which a node that is asked to stop ends.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// A device on a node, with everything pulled that waited for it.
pub(crate) async fn connect(cluster: &TestCluster, node: usize, user: &str) -> Result<Device> {
    let identity = cluster.identity(user).await?;
    let login = Device::login_synced(cluster.endpoint(node)?, identity, Link::default());
    Ok(login.await?.0)
}

/// Sends a text and waits until it is acknowledged.
pub(crate) async fn send(device: &mut Device, to: &Target, text: &str) -> Result<()> {
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
pub(crate) async fn receive(device: &mut Device, text: &str, within: Duration) -> Result<Duration> {
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
async fn a_node_that_starts_without_a_bus_serves_and_joins_the_others_later() -> Result<()> {
    let Some(mut cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let mut bob = connect(&cluster, 0, "bob").await?;
    cluster.nats().kill()?;
    cluster.kill(1)?;
    cluster.restart(1).await?;
    let mut alice = connect(&cluster, 1, "alice").await?;
    let (to_alice, to_bob) = (Target::User("alice".into()), Target::User("bob".into()));
    send(&mut alice, &to_bob, "without a bus").await?;
    receive(&mut bob, "without a bus", LATE).await?;
    send(&mut bob, &to_alice, "without one, too").await?;
    receive(&mut alice, "without one, too", LATE).await?;
    cluster.nats().restart().await?;
    let begun = Instant::now();
    let api = cluster.api_of(0)?;
    loop {
        let answer =
            api.expect(Method::GET, "/users/alice/status", Some(api.app_token()), None).await?;
        if answer["data"]["alice"] == json!("online") {
            break;
        }
        ensure!(begun.elapsed() < LATE, "nobody knows who is connected there: {answer}");
        sleep(Duration::from_millis(50)).await;
    }
    send(&mut alice, &to_bob, "with a bus").await?;
    receive(&mut bob, "with a bus", SOON).await?;
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

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_are_replaced_one_by_one_hand_their_clients_over() -> Result<()> {
    const DRAIN: Duration = Duration::from_secs(2);
    let drain = [("HONGYAN_GATEWAY__DRAIN_SECONDS", "2")];
    let Some(mut cluster) = TestCluster::start_with(NODES, &drain).await? else { return Ok(()) };
    let traffic = Traffic::start(&cluster).await?;
    let mut devices = Vec::new();
    for number in 0..20 {
        devices.push(connect(&cluster, 1, &format!("resting-{number}")).await?);
    }
    let begun = Instant::now();
    let ends = devices.into_iter().map(|mut device| {
        tokio::spawn(async move {
            while let Ok(Some(_)) = device.next().await {}
            begun.elapsed()
        })
    });
    let ends: Vec<_> = ends.collect();
    let took = cluster.stop(1, DRAIN + STOP_WITHIN).await?;
    ensure!(took < DRAIN + STOP_WITHIN, "the node took {took:?} to stop");
    let mut ended = Vec::new();
    for end in ends {
        ended.push(end.await?);
    }
    ended.sort();
    println!("ended after {ended:?}");
    ensure!(ended[5] < DRAIN * 3 / 4 && ended[14] > DRAIN / 4, "not evenly: {ended:?}");
    cluster.restart(1).await?;
    cluster.stop(2, DRAIN + STOP_WITHIN).await?;
    cluster.restart(2).await?;
    traffic.command(|_| true, Command::Finish);
    traffic.check(&cluster).await?;
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_node_without_the_bus() -> Result<()> {
    let mut rng = seed::rng("node without the bus");
    let Some(cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let traffic = Traffic::start(&cluster).await?;
    for (node, weather) in [(1, Weather::Silent), (2, Weather::Cut), (0, Weather::Silent)] {
        sleep(Duration::from_millis(rng.random_range(300..900))).await;
        cluster.to_nats(node)?.set(weather);
        sleep(Duration::from_millis(rng.random_range(1000..5000))).await;
        cluster.to_nats(node)?.set(Weather::Fair);
    }
    traffic.command(|_| true, Command::Finish);
    traffic.check(&cluster).await?;
    // Who is on the node that was apart hears everybody again, at once.
    let mut alice = connect(&cluster, 0, "alice").await?;
    let mut bob = connect(&cluster, 1, "bob").await?;
    sleep(SOON).await;
    send(&mut alice, &Target::User("bob".into()), "together again").await?;
    receive(&mut bob, "together again", LATE).await?;
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_node_without_the_database() -> Result<()> {
    let mut rng = seed::rng("node without the database");
    let Some(cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let traffic = Traffic::start_through(&cluster, Faults::Told).await?;
    for (node, weather) in [(1, Weather::Silent), (2, Weather::Cut)] {
        sleep(Duration::from_millis(rng.random_range(300..900))).await;
        cluster.to_database(node)?.set(weather);
        sleep(Duration::from_millis(rng.random_range(2000..9000))).await;
        cluster.to_database(node)?.set(Weather::Fair);
    }
    // Nobody reaches it, and then everybody does.
    for node in 0..NODES {
        cluster.to_database(node)?.set(Weather::Cut);
    }
    sleep(Duration::from_secs(2)).await;
    for node in 0..NODES {
        cluster.to_database(node)?.set(Weather::Fair);
    }
    sleep(Duration::from_secs(1)).await;
    traffic.command(|_| true, Command::Finish);
    traffic.check(&cluster).await?;
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_slow_database() -> Result<()> {
    let Some(cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let traffic = Traffic::start(&cluster).await?;
    let mut alice = connect(&cluster, 0, "alice").await?;
    let mut bob = connect(&cluster, 1, "bob").await?;
    for delay in [Duration::ZERO, Duration::from_millis(20), Duration::from_millis(100)] {
        for node in 0..NODES {
            cluster.to_database(node)?.set(Weather::Slow(delay));
        }
        sleep(Duration::from_secs(1)).await;
        let mut took = Vec::new();
        for round in 0..5 {
            let text = format!("{delay:?} {round}");
            let begun = Instant::now();
            send(&mut alice, &Target::User("bob".into()), &text).await?;
            let acknowledged = begun.elapsed();
            receive(&mut bob, &text, LATE).await?;
            took.push((acknowledged, begun.elapsed()));
        }
        println!("with {delay:?} each way: acknowledged and received after {took:?}");
    }
    for node in 0..NODES {
        cluster.to_database(node)?.set(Weather::Fair);
    }
    traffic.command(|_| true, Command::Finish);
    traffic.check(&cluster).await?;
    cluster.check_health()
}

/// A PostgreSQL that may be killed; `None`, with a word, where its programs are not known.
async fn own_postgres() -> Result<Option<TestPostgres>> {
    match TestPostgres::programs() {
        Some(programs) => TestPostgres::start(programs).await.map(Some),
        None => {
            println!("skipped: HONGYAN_TEST_POSTGRES_PROGRAMS is not set");
            Ok(None)
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_killed_database() -> Result<()> {
    let mut rng = seed::rng("killed database");
    let Some(postgres) = own_postgres().await? else { return Ok(()) };
    let cluster = TestCluster::start_on_own(&postgres, NODES, &[]).await?;
    let Some(cluster) = cluster else { return Ok(()) };
    let traffic = Traffic::start_through(&cluster, Faults::Told).await?;
    for _ in 0..3 {
        sleep(Duration::from_millis(rng.random_range(300..1500))).await;
        postgres.kill()?;
        sleep(Duration::from_millis(rng.random_range(0..2000))).await;
        postgres.restart().await?;
    }
    sleep(Duration::from_secs(1)).await;
    traffic.command(|_| true, Command::Finish);
    traffic.check(&cluster).await?;
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_the_change_to_a_standby() -> Result<()> {
    let mut rng = seed::rng("standby");
    let Some(postgres) = own_postgres().await? else { return Ok(()) };
    let cluster = TestCluster::start_on_own(&postgres, NODES, &[]).await?;
    let Some(cluster) = cluster else { return Ok(()) };
    let standby = postgres.start_standby().await?;
    let traffic = Traffic::start_through(&cluster, Faults::Told).await?;
    sleep(Duration::from_millis(rng.random_range(500..1500))).await;
    postgres.kill()?;
    standby.promote()?;
    let begun = Instant::now();
    for node in 0..NODES {
        cluster.to_database(node)?.lead_to(standby.address());
    }
    let mut alice = connect_at_last(&cluster, 0, "alice").await?;
    println!("logged in again after {:?}", begun.elapsed());
    let mut bob = connect_at_last(&cluster, 1, "bob").await?;
    send(&mut alice, &Target::User("bob".into()), "on the standby").await?;
    receive(&mut bob, "on the standby", LATE).await?;
    traffic.command(|_| true, Command::Finish);
    traffic.check(&cluster).await?;
    cluster.check_health()
}

/// As [`connect`], again and again until it is possible.
pub(crate) async fn connect_at_last(
    cluster: &TestCluster,
    node: usize,
    user: &str,
) -> Result<Device> {
    let connected = async {
        loop {
            match connect(cluster, node, user).await {
                Ok(device) => return device,
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    };
    timeout(LATE * 3, connected).await.with_context(|| format!("{user} cannot log in"))
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_count_calls_together() -> Result<()> {
    // Of the hourly files: ten calls a minute.
    const MOST: usize = 10;
    let Some(cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    cluster.set_feature("rest_rate_max", "100")?;
    sleep(Duration::from_secs(3)).await;
    let mut passed = 0;
    for call in 0..MOST * 3 {
        let api = cluster.api_of(call % NODES)?;
        let path = "/chatmessages/2020010100";
        let (status, _) = api.call(Method::GET, path, Some(api.app_token()), None).await?;
        passed += usize::from(status.as_u16() != 429);
        // Longer than nodes take to tell each other.
        sleep(Duration::from_millis(150)).await;
    }
    // What one node took while another was about to hear of it.
    let few = MOST..=MOST + NODES;
    ensure!(few.contains(&passed), "{passed} calls passed, not {MOST}");
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_counted_by_all_nodes_together() -> Result<()> {
    // After so many of an account a piece of work is asked for.
    const FREE: usize = 5;
    let Some(cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let http = reqwest::Client::new();
    let mut answers = Vec::new();
    for guess in 0..=FREE {
        let node = cluster.endpoint(guess % NODES)?.address();
        let login = json!({ "email": "somebody@localhost", "password": format!("wrong-{guess}") });
        let request = http.post(format!("http://{node}/console/api/login")).json(&login);
        let answer: Value = request.send().await?.json().await?;
        answers.push(answer["error"].as_str().unwrap_or_default().to_owned());
        // Longer than nodes take to tell each other.
        sleep(Duration::from_millis(500)).await;
    }
    let (last, before) = answers.split_last().context("no answer")?;
    ensure!(before.iter().all(|code| code == "login_failed"), "{answers:?}");
    ensure!(last == "challenge_required", "{answers:?}");
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_share_what_a_room_may_say() -> Result<()> {
    // Together more than may be said, each node by itself less.
    const LIMIT: f64 = 64.0;
    const EVERY: Duration = Duration::from_millis(25);
    const SENT: usize = 150;
    let limit = [("HONGYAN_ROOMS__MESSAGES_PER_SECOND", "64")];
    let Some(cluster) = TestCluster::start_with(NODES, &limit).await? else { return Ok(()) };
    let mut devices = Vec::new();
    for (node, user) in ["anna", "bert", "carl"].iter().enumerate() {
        devices.push(connect(&cluster, node, user).await?);
    }
    let mut listener = connect(&cluster, 0, "dora").await?;
    let members = ["anna", "bert", "carl"].map(str::to_owned);
    let room = cluster.api_of(0)?.create_room("dora", &members).await?;
    let says = |priority| Target::Room { id: room.clone(), priority };
    let begun = Instant::now();
    let all = devices.into_iter().map(|mut device| {
        let says = says(1);
        async move {
            let mut pace = tokio::time::interval(EVERY);
            let (mut sent, mut acknowledged) = (0, 0);
            while acknowledged < SENT {
                tokio::select! {
                    _ = pace.tick(), if sent < SENT => {
                        device.send_text(&says, "more");
                        sent += 1;
                    }
                    event = device.next() => {
                        let event = event?.context("the connection closed")?;
                        acknowledged += usize::from(matches!(event, Event::Receipt(_)));
                    }
                }
            }
            Ok::<_, anyhow::Error>(device)
        }
    });
    let mut devices = futures_util::future::try_join_all(all).await?;
    let seconds = begun.elapsed().as_secs_f64();
    send(&mut devices[0], &says(0), "over").await?;
    let mut heard = 0;
    let over = async {
        loop {
            if let Event::Batch(batch) = listener.next().await?.context("the connection closed")? {
                let texts = Text::of_batch(&batch)?;
                heard += texts.iter().filter(|one| one.text == "more").count();
                if texts.iter().any(|one| one.text == "over") {
                    return Ok::<_, anyhow::Error>(());
                }
            }
        }
    };
    timeout(LATE, over).await.context("the last one does not arrive")??;
    // A second's worth at once, what the time gave, and what nodes took while they were about to hear of each other.
    let most = LIMIT * (1.0 + seconds) * 1.2;
    ensure!(heard as f64 > LIMIT && (heard as f64) < most, "{heard} of {SENT} each in {seconds} s");
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_of_a_message_may_reach_any_node() -> Result<()> {
    let Some(mut cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    cluster.identity("alice").await?;
    let chunk = |message: Option<&str>, seq: u64, finish: bool| {
        let mut body = json!({ "msg": format!("part {seq} "), "seq": seq, "finish": finish });
        if let Some(message) = message {
            body["msgId"] = message.into();
        }
        json!({ "from": "robot", "to": "alice", "body": body })
    };
    let send = async |cluster: &TestCluster, node: usize, chunk: Value| {
        let api = cluster.api_of(node)?;
        let path = "/stream_message/user";
        api.call(Method::POST, path, Some(api.app_token()), Some(&chunk)).await
    };
    let (status, begun) = send(&cluster, 1, chunk(None, 0, false)).await?;
    ensure!(status.is_success(), "{begun}");
    let id = begun["data"]["msgId"].as_str().context("no id")?.to_owned();
    for seq in 1..6 {
        let node = usize::try_from(seq)? % NODES;
        let (status, said) = send(&cluster, node, chunk(Some(&id), seq, false)).await?;
        ensure!(status.is_success(), "chunk {seq} by way of node {node}: {said}");
    }
    let (status, said) = send(&cluster, 0, chunk(Some(&id), 3, false)).await?;
    ensure!(!status.is_success(), "a number that was there already: {said}");
    let (status, said) = send(&cluster, 2, chunk(Some(&id), 6, true)).await?;
    ensure!(status.is_success(), "the end: {said}");
    let alice = cluster.identity("alice").await?;
    let texts = pull_all(&cluster, &alice).await?;
    let whole: String = (0..7).map(|seq| format!("part {seq} ")).collect();
    ensure!(texts.len() == 1 && texts[0].text == whole, "{texts:?}");

    // A message whose node is gone ends with what it has.
    let (_, begun) = send(&cluster, 1, chunk(None, 0, false)).await?;
    let id = begun["data"]["msgId"].as_str().context("no id")?.to_owned();
    cluster.kill(1)?;
    let begun = Instant::now();
    let texts = loop {
        let texts = pull_all(&cluster, &alice).await?;
        if !texts.is_empty() {
            break texts;
        }
        ensure!(begun.elapsed() < LATE * 3, "a message of a node that is gone is never ended");
        sleep(Duration::from_millis(200)).await;
    };
    println!("ended after {:?}", begun.elapsed());
    ensure!(texts[0].text == "part 0 ", "{texts:?}");
    let (status, said) = send(&cluster, 0, chunk(Some(&id), 1, false)).await?;
    ensure!(!status.is_success(), "it went on after its end: {said}");
    cluster.restart(1).await?;
    cluster.check_health()
}

/// For whoever makes a version: the one before has to be built apart.
#[tokio::test(flavor = "multi_thread")]
async fn two_versions_run_side_by_side_while_nodes_are_upgraded() -> Result<()> {
    let Some(mut cluster) = TestCluster::start_previous(NODES).await? else { return Ok(()) };
    let traffic = Traffic::start(&cluster).await?;
    // The first brings the schema up to date, with which the others have to live until it is their turn.
    for node in 0..NODES {
        let other = (node + 1) % NODES;
        let mut alice = connect(&cluster, other, "alice").await?;
        let text = format!("before node {node}");
        let mut bob = connect(&cluster, (node + 2) % NODES, "bob").await?;
        send(&mut alice, &Target::User("bob".into()), &text).await?;
        receive(&mut bob, &text, SOON).await?;
        cluster.upgrade(node, STOP_WITHIN).await?;
    }
    traffic.command(|_| true, Command::Finish);
    traffic.check(&cluster).await?;
    cluster.check_health()
}
