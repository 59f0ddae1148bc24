//! What is done by way of one node to users who are connected to another one, however that hears of it.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::try_join_all;
use hongyan_testkit::device::{Device, Event};
use hongyan_testkit::socket::Link;
use hongyan_testkit::wire::Target;
use hongyan_testkit::{Site, TestCluster, Weather};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::cluster::{LATE, NODES, SOON, connect, receive, send};

/// Within which it is known of a node that it is dead, and its users' followers are told.
const DEAD: Duration = Duration::from_secs(15);

/// Why nodes do not hear each other.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Outage {
    /// NATS is away all the while.
    NoBus,
    /// NATS is restarted meanwhile.
    Blink,
    /// The node of the users is cut off from NATS.
    Cut,
    /// The same, without a word: what is sent gets lost.
    Silent,
}

impl Outage {
    async fn begin(self, cluster: &mut TestCluster) -> Result<()> {
        match self {
            Self::NoBus | Self::Blink => cluster.nats().kill()?,
            Self::Cut => cluster.to_nats(1)?.set(Weather::Cut),
            Self::Silent => cluster.to_nats(1)?.set(Weather::Silent),
        }
        Ok(())
    }

    async fn end(self, cluster: &mut TestCluster) -> Result<()> {
        match self {
            Self::NoBus | Self::Blink => cluster.nats().restart().await?,
            Self::Cut | Self::Silent => cluster.to_nats(1)?.set(Weather::Fair),
        }
        Ok(())
    }
}

/// Waits until the server ends a connection.
async fn ended(mut device: Device) -> Result<Duration> {
    let begun = Instant::now();
    let user = device_user(&device);
    let ended = async { while let Ok(Some(_)) = device.next().await {} };
    timeout(LATE, ended).await.with_context(|| format!("{user} is still connected"))?;
    Ok(begun.elapsed())
}

fn device_user(device: &Device) -> String {
    device.identity().user.clone()
}

/// Refuses a text that arrives within a second.
async fn never_receives(device: &mut Device, text: &str) -> Result<()> {
    match receive(device, text, Duration::from_secs(1)).await {
        Ok(_) => bail!("{} still hears {text:?}", device_user(device)),
        Err(_) => Ok(()),
    }
}

async fn call(cluster: &TestCluster, method: Method, path: &str, body: Value) -> Result<Value> {
    let api = cluster.api_of(0)?;
    let body = (!body.is_null()).then_some(&body);
    api.expect(method, path, Some(api.app_token()), body).await
}

async fn sessions_hear_of_everything(outage: Outage) -> Result<()> {
    let Some(mut cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let mut host = connect(&cluster, 0, "host").await?;
    let (mut to_end, mut others) = (Vec::new(), Vec::new());
    let banned = cluster.identity("banned").await?;
    for user in ["banned", "rekeyed", "disconnected", "deleted"] {
        to_end.push(connect(&cluster, 1, user).await?);
    }
    for user in ["stays", "added", "removed"] {
        others.push(connect(&cluster, 1, user).await?);
    }
    let members = ["stays", "removed"].map(str::to_owned);
    let group = cluster.api_of(0)?.create_group("host", &members).await?;
    let room = cluster.api_of(0)?.create_room("host", &members).await?;
    let to_group = Target::Group(group.clone());
    let to_room = Target::Room { id: room.clone(), priority: 0 };
    for target in [&to_group, &to_room] {
        send(&mut host, target, "before").await?;
        receive(&mut others[0], "before", SOON).await?;
        receive(&mut others[2], "before", SOON).await?;
    }

    outage.begin(&mut cluster).await?;
    if outage == Outage::Silent {
        // Nobody has noticed yet.
        sleep(Duration::from_millis(100)).await;
    }
    call(&cluster, Method::POST, "/users/banned/deactivate", Value::Null).await?;
    let password = json!({ "newpassword": "another" });
    call(&cluster, Method::PUT, "/users/rekeyed/password", password).await?;
    call(&cluster, Method::GET, "/users/disconnected/disconnect", Value::Null).await?;
    call(&cluster, Method::DELETE, "/users/deleted", Value::Null).await?;
    for place in [format!("/chatgroups/{group}"), format!("/chatrooms/{room}")] {
        call(&cluster, Method::DELETE, &format!("{place}/users/removed"), Value::Null).await?;
        call(&cluster, Method::POST, &format!("{place}/users/added"), Value::Null).await?;
    }
    for target in [&to_group, &to_room] {
        send(&mut host, target, "just added").await?;
    }
    if outage == Outage::Blink {
        outage.end(&mut cluster).await?;
    }

    // Nobody says anything more, and no heartbeat asks.
    let [stays, added, removed] = &mut others[..] else { bail!("three of them") };
    for _ in [&to_group, &to_room] {
        let took = receive(added, "just added", LATE).await?;
        println!("{outage:?}: who was added hears after {took:?}");
    }
    for device in to_end {
        let user = device_user(&device);
        println!("{outage:?}: {user} is out after {:?}", ended(device).await?);
    }
    let again = connect(&cluster, 1, "disconnected").await?;
    let banned = Device::login(cluster.endpoint(1)?, banned, Link::default()).await;
    ensure!(banned.is_err(), "who is banned may come in again");
    for target in [&to_group, &to_room] {
        send(&mut host, target, "later").await?;
        receive(stays, "later", LATE).await?;
        receive(added, "later", LATE).await?;
    }
    never_receives(removed, "later").await?;

    if outage != Outage::Blink {
        outage.end(&mut cluster).await?;
        // Whom the bus reaches again.
        sleep(SOON).await;
        call(&cluster, Method::DELETE, &format!("/chatgroups/{group}/users/added"), Value::Null)
            .await?;
        send(&mut host, &to_group, "together again").await?;
        receive(stays, "together again", LATE).await?;
        never_receives(added, "together again").await?;
    }
    // Nobody is out who was not to be.
    others.push(again);
    for device in &mut others {
        let target = Target::User("host".into());
        send(device, &target, "still here").await?;
        receive(&mut host, "still here", LATE).await?;
    }
    cluster.check_health()
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_hear_of_everything_without_a_bus() -> Result<()> {
    sessions_hear_of_everything(Outage::NoBus).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_hear_of_everything_while_the_bus_is_restarted() -> Result<()> {
    sessions_hear_of_everything(Outage::Blink).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_hear_of_everything_on_a_node_that_is_cut_off() -> Result<()> {
    sessions_hear_of_everything(Outage::Cut).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_hear_of_everything_on_a_node_that_loses_what_it_is_told() -> Result<()> {
    sessions_hear_of_everything(Outage::Silent).await
}

/// Devices that log in while nodes do not hear each other may be too many.
#[tokio::test(flavor = "multi_thread")]
async fn devices_give_way_once_nodes_hear_each_other_again() -> Result<()> {
    let Some(mut cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    cluster.identity("bob").await?;
    let mut first = connect(&cluster, 0, "alice").await?;
    cluster.nats().kill()?;
    sleep(Duration::from_millis(500)).await;
    // The same device once more.
    let mut second = connect(&cluster, 1, "alice").await?;
    send(&mut first, &Target::User("bob".into()), "still here").await?;
    cluster.nats().restart().await?;
    println!("the older one is out after {:?}", ended(first).await?);
    send(&mut second, &Target::User("bob".into()), "still here").await?;
    cluster.check_health()
}

/// Waits until a device is shown that a user is connected, or that it is not.
async fn is_shown(device: &mut Device, user: &str, online: bool) -> Result<Duration> {
    let begun = Instant::now();
    let of_user = format!("\"uid\":\"{user}\"");
    let status = format!("\"webim_web_1\":\"{}\"", u8::from(online));
    let shown = async {
        loop {
            if let Event::Batch(batch) = device.next().await?.context("the connection closed")? {
                let says = |meta: &[u8], text: &str| {
                    meta.windows(text.len()).any(|part| part == text.as_bytes())
                };
                if batch.metas().any(|meta| says(meta, &of_user) && says(meta, &status)) {
                    return Ok(begun.elapsed());
                }
            }
        }
    };
    let what = || format!("nobody is told that {user} is there: {online}");
    timeout(DEAD, shown).await.with_context(what)?
}

async fn follow(cluster: &TestCluster, follower: &Device, followed: &[&str]) -> Result<()> {
    let api = cluster.api_of(0)?;
    let path = format!("/users/{}/presence/3600", device_user(follower));
    let followed = json!({ "usernames": followed });
    api.expect(Method::POST, &path, Some(&follower.identity().token), Some(&followed)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_came_while_there_was_no_bus_is_shown_once_there_is() -> Result<()> {
    let Some(mut cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let mut follower = connect(&cluster, 0, "follower").await?;
    cluster.identity("comer").await?;
    follow(&cluster, &follower, &["comer"]).await?;
    cluster.nats().kill()?;
    sleep(LATE / 2).await;
    let _comer = connect(&cluster, 1, "comer").await?;
    sleep(SOON).await;
    cluster.nats().restart().await?;
    let took = is_shown(&mut follower, "comer", true).await?;
    println!("shown {took:?} after NATS was back");
    cluster.check_health()
}

/// Waits until exactly this has happened to a user's connections.
async fn has_history(cluster: &TestCluster, user: &str, history: &[(i64, bool)]) -> Result<()> {
    let begun = Instant::now();
    loop {
        let found = cluster.connection_history(user).await?;
        if found == history {
            return Ok(());
        }
        ensure!(begun.elapsed() < LATE, "the history of {user} is {found:?}, not {history:?}");
        sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_on_a_node_that_is_gone_is_told_to_be_offline() -> Result<()> {
    /// As in the history: came, went because the connection was closed.
    const CAME: (i64, bool) = (0, true);
    const CLOSED: (i64, bool) = (3, false);
    let Some(mut cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    let mut follower = connect(&cluster, 0, "follower").await?;
    let on_killed = connect(&cluster, 1, "on-killed").await?;
    let mut on_frozen = connect(&cluster, 2, "on-frozen").await?;
    let moved_from = connect(&cluster, 2, "moved-on").await?;
    let gone_meanwhile = connect(&cluster, 2, "gone-meanwhile").await?;
    follow(&cluster, &follower, &["on-killed", "on-frozen"]).await?;
    // So long it takes until a login is in the history.
    sleep(SOON).await;

    cluster.kill(1)?;
    let took = is_shown(&mut follower, "on-killed", false).await?;
    println!("followers are told after {took:?} that a user's node has died");
    drop(on_killed);
    has_history(&cluster, "on-killed", &[CAME, CLOSED]).await?;
    cluster.restart(1).await?;

    // A node that was only frozen comes back, and with it its users.
    cluster.freeze(2)?;
    let moved_on = connect(&cluster, 0, "moved-on").await?;
    drop(gone_meanwhile);
    let took = is_shown(&mut follower, "on-frozen", false).await?;
    println!("followers are told after {took:?} that a user's node is frozen");
    has_history(&cluster, "on-frozen", &[CAME, CLOSED]).await?;
    cluster.thaw(2)?;
    let took = is_shown(&mut follower, "on-frozen", true).await?;
    println!("followers are told after {took:?} that it is not any more");
    send(&mut on_frozen, &Target::User("follower".into()), "back").await?;
    receive(&mut follower, "back", LATE).await?;
    has_history(&cluster, "on-frozen", &[CAME, CLOSED, CAME]).await?;
    // Of those who were gone before it went on, it tells nothing new.
    ended(moved_from).await?;
    sleep(SOON).await;
    let history = cluster.connection_history("moved-on").await?;
    ensure!(history.iter().all(|(_, online)| *online), "{history:?}");
    has_history(&cluster, "gone-meanwhile", &[CAME, CLOSED]).await?;
    moved_on.close().await?;
    let begun = Instant::now();
    while cluster.connection_history("moved-on").await?.last() != Some(&CLOSED) {
        ensure!(begun.elapsed() < LATE, "nobody is told that who moved on is gone");
        sleep(Duration::from_millis(200)).await;
    }

    // A node that stops tells it itself.
    cluster.stop(2, LATE).await?;
    let took = is_shown(&mut follower, "on-frozen", false).await?;
    println!("followers are told after {took:?} that a user's node has stopped");
    cluster.restart(2).await?;
    cluster.check_health()
}

/// A node that is only cut off from the bus is not dead.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_on_a_node_that_is_cut_off_is_not_told_to_be_gone() -> Result<()> {
    let Some(cluster) = TestCluster::start(NODES).await? else { return Ok(()) };
    cluster.identity("bob").await?;
    let mut cut_off = connect(&cluster, 1, "cut-off").await?;
    sleep(SOON).await;
    cluster.to_nats(1)?.set(Weather::Cut);
    sleep(LATE).await;
    cluster.to_nats(1)?.set(Weather::Fair);
    sleep(SOON).await;
    send(&mut cut_off, &Target::User("bob".into()), "still here").await?;
    ensure!(cluster.connection_history("cut-off").await?.len() == 1);
    cluster.check_health()
}

async fn members_of_room(cluster: &TestCluster, room: &str) -> Result<Vec<String>> {
    let answer = call(cluster, Method::GET, &format!("/chatrooms/{room}"), Value::Null).await?;
    let listed = answer["data"][0]["affiliations"].as_array().context("no members")?;
    let name = |row: &Value| Some(row.get("member").or(row.get("owner"))?.as_str()?.to_owned());
    let mut members: Vec<String> = listed.iter().filter_map(name).collect();
    members.sort();
    Ok(members)
}

/// Members of rooms who have been away for some time leave; who seems to be away because its node is not heard does not.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_put_out_of_a_room_because_nodes_do_not_hear_each_other() -> Result<()> {
    /// Longer than it takes to notice, to wait, and to look.
    const LONG: Duration = Duration::from_secs(14);
    let settings = [("HONGYAN_ROOMS__ABSENCE_SECONDS", "2")];
    let Some(mut cluster) = TestCluster::start_with(NODES, &settings).await? else { return Ok(()) };
    let mut host = connect(&cluster, 0, "host").await?;
    let mut near = connect(&cluster, 0, "near").await?;
    let mut far = connect(&cluster, 1, "far").await?;
    let members = ["near", "far"].map(str::to_owned);
    let room = cluster.api_of(0)?.create_room("host", &members).await?;
    cluster.nats().kill()?;
    sleep(LONG).await;
    ensure!(members_of_room(&cluster, &room).await? == ["far", "host", "near"]);
    cluster.nats().restart().await?;
    sleep(LONG).await;
    ensure!(members_of_room(&cluster, &room).await? == ["far", "host", "near"]);
    send(&mut host, &Target::Room { id: room.clone(), priority: 0 }, "all are here").await?;
    receive(&mut near, "all are here", SOON).await?;
    receive(&mut far, "all are here", SOON).await?;

    cluster.kill(1)?;
    let begun = Instant::now();
    while members_of_room(&cluster, &room).await? != ["host", "near"] {
        ensure!(begun.elapsed() < LONG * 2, "who was on a dead node stays in the room");
        sleep(Duration::from_millis(500)).await;
    }
    println!("who was on a dead node is out of the room after {:?}", begun.elapsed());
    cluster.restart(1).await?;
    cluster.check_health()
}

/// Nodes know of each other's users who is there, and not since when: who is away for a moment at the wrong time stays.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_put_out_of_a_room_for_a_moment_between_two_nodes() -> Result<()> {
    const MOVERS: usize = 6;
    /// Long enough for all nodes to look several times.
    const LONG: Duration = Duration::from_secs(20);
    let settings = [("HONGYAN_ROOMS__ABSENCE_SECONDS", "4")];
    let Some(mut cluster) = TestCluster::start_with(NODES, &settings).await? else { return Ok(()) };
    let _host = connect(&cluster, 0, "host").await?;
    let movers: Vec<String> = (0..MOVERS).map(|number| format!("mover-{number}")).collect();
    let mut devices = Vec::new();
    for mover in &movers {
        devices.push(connect(&cluster, 2, mover).await?);
    }
    let room = cluster.api_of(0)?.create_room("host", &movers).await?;
    let all = [vec!["host".to_owned()], movers.clone()].concat();
    // After a start it looks for members who did not come back.
    cluster.stop(1, LATE).await?;
    cluster.restart(1).await?;
    let begun = Instant::now();
    let moving = devices.into_iter().zip(&movers).map(async |(mut device, mover)| {
        // The one that looks has never met them.
        for node in [0, 2].into_iter().cycle() {
            device.close().await?;
            sleep(Duration::from_millis(900)).await;
            device = connect(&cluster, node, mover).await?;
            sleep(Duration::from_millis(100)).await;
            if begun.elapsed() > LONG {
                break;
            }
        }
        Ok::<_, anyhow::Error>(device)
    });
    let devices = try_join_all(moving).await?;
    ensure!(members_of_room(&cluster, &room).await? == all, "some are out");
    for device in devices {
        device.close().await?;
    }
    let begun = Instant::now();
    while members_of_room(&cluster, &room).await? != ["host"] {
        ensure!(begun.elapsed() < LONG, "who has gone stays in the room");
        sleep(Duration::from_millis(500)).await;
    }
    println!("who has gone is out of the room after {:?}", begun.elapsed());
    cluster.check_health()
}
