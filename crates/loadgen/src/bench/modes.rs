//! One function per mode: makes users, deals them out to workers, and reports.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use tokio::task::JoinSet;

use super::Bench;
use super::disk::measure_fsync;
use super::drive::{Latencies, Measured, Seat, Worker, drive};
use super::flow::{Gate, Inbox, Progress, Sender, Template};
use super::rest::{Content, RestSender};
use crate::cli::{self, Until};
use crate::device::{Device, Identity};
use crate::report::{Latency, Report};
use crate::socket::{Endpoint, Link};
use crate::usage::{Usage, raise_open_files};
use crate::wire::Target;

const DRAIN_PATIENCE: Duration = Duration::from_secs(10);

/// `bench one-to-one`.
pub(crate) async fn one_to_one(bench: &mut Bench, args: &cli::OneToOne) -> Result<Report> {
    let window = args.window.max(1) as u64;
    let limit = match args.until {
        Until::Acknowledged => window * 4 + 60,
        Until::Delivered => window,
    };
    let pace = Pace::Window { window, limit };
    let workers = pairs(bench, args.pairs, args.bytes, pace).await?;
    let measured = drive(bench, args.duration, workers).await?;
    let parameters = json!({
        "window": window,
        "until": format!("{:?}", args.until).to_lowercase(),
        "pairs": args.pairs,
        "bytes": args.bytes,
    });
    let mut report = Report::new("one-to-one", parameters, measured.seconds);
    add_message_figures(&mut report, &measured);
    Ok(report)
}

/// `bench latency`.
pub(crate) async fn latency(bench: &mut Bench, args: &cli::LatencyArgs) -> Result<Report> {
    const PROBE: Duration = Duration::from_secs(2);
    ensure!(args.rate > 0.0, "--rate must be above 0");
    let mut fsync = Latency::new()?;
    let disk = bench.disk.clone();
    let mut probe =
        || disk.as_deref().map_or(Ok(()), |disk| measure_fsync(disk, PROBE, &mut fsync));
    probe()?;
    let period = Duration::from_secs_f64(args.pairs as f64 / args.rate);
    let pace = Pace::Rate { period };
    let workers = pairs(bench, args.pairs, args.bytes, pace).await?;
    let measured = drive(bench, args.duration, workers).await?;
    probe()?;
    let parameters = json!({ "rate": args.rate, "pairs": args.pairs, "bytes": args.bytes });
    let mut report = Report::new("latency", parameters, measured.seconds);
    add_message_figures(&mut report, &measured);
    report.add_latency(["fsync_p50_ms", "fsync_p99_ms"], &fsync);
    if let (Some(ours), Some(disks)) =
        (measured.latencies.acknowledged.quantile(0.99), fsync.quantile(0.99))
    {
        report.add("acknowledged_p99_per_fsync_p99", ours as f64 / disks as f64, "times");
    }
    Ok(report)
}

/// `bench group`.
pub(crate) async fn group(bench: &mut Bench, args: &cli::Group) -> Result<Report> {
    ensure!(args.members > args.senders && args.senders > 0, "more members than senders, please");
    raise_open_files(args.members as u64 + 100);
    let identities = bench.identities(args.members).await?;
    let names: Vec<_> = identities.iter().map(|identity| identity.user.clone()).collect();
    let absent = bench.identities(args.offline).await?;
    let absent = absent.into_iter().map(|identity| identity.user);
    let members: Vec<_> = names[1..].iter().cloned().chain(absent).collect();
    bench.unlimited("group_members_max")?;
    let group = bench.api.create_group(&names[0], &members).await?;
    let receivers = args.members as u64 - 1;
    let window = args.window.max(1) as u64;
    let senders = args.senders;
    let bytes = args.bytes;
    let workers = deal(identities.into_iter().enumerate(), bench.threads)
        .into_iter()
        .map(|members| {
            let endpoint = bench.endpoint.clone();
            let target = Target::Group(group.clone());
            worker(move |seat| async move {
                let latencies = Rc::new(RefCell::new(Latencies::new()?));
                let devices = connect(&endpoint, members).await?;
                seat.ready().await?;
                let mut tasks = JoinSet::new();
                for (number, device) in devices {
                    let inbox = Inbox::new(&seat, &latencies, senders, None);
                    if number < senders {
                        let template = Template::new(&device, &target, bytes, number as u64)?;
                        let sender = Sender::new(&seat, device, template, inbox, &latencies);
                        let limit = receivers * senders as u64 * (window * 4 + 16);
                        let gate = Gate::Group { receivers, senders: senders as u64, limit };
                        tasks.spawn_local(sender.closed_loop(window, gate));
                    } else {
                        tasks.spawn_local(inbox.listen(device));
                    }
                }
                settle(&seat, tasks, latencies, receivers).await
            })
        })
        .collect();
    let measured = drive(bench, args.duration, workers).await?;
    let parameters = json!({
        "members": args.members, "offline": args.offline, "senders": senders, "window": window,
        "bytes": bytes,
    });
    let mut report = Report::new("group", parameters, measured.seconds);
    measured.add_rates(&mut report);
    add_latencies(&mut report, &measured.latencies);
    measured.add_usage(&mut report, measured.delivered, "server_cpu_ms_per_1000");
    let (acknowledged, delivered) = measured.totals;
    add_losses(&mut report, acknowledged * receivers, delivered, measured.wrong);
    Ok(report)
}

/// `bench idle`.
pub(crate) async fn idle(bench: &mut Bench, args: &cli::Idle) -> Result<Report> {
    let limit = raise_open_files(args.connections as u64 + 100);
    ensure!(limit > args.connections as u64, "only {limit} open files are allowed (ulimit -n)");
    let identities = bench.identities(args.connections).await?;
    let before = Usage::of_all(&bench.server_pids)?;
    let started = Instant::now();
    let workers = deal(identities.into_iter().enumerate(), bench.threads)
        .into_iter()
        .map(|members| {
            let endpoint = bench.endpoint.clone();
            worker(move |seat| async move {
                let devices = connect(&endpoint, members).await?;
                seat.ready().await?;
                seat.drain_begins().await;
                drop(devices);
                Latencies::new()
            })
        })
        .collect();
    let duration = cli::Duration { warmup: args.settle, seconds: 1.0 };
    let measured = drive(bench, duration, workers).await?;
    let connecting = started.elapsed().as_secs_f64() - args.settle - measured.seconds;
    let parameters = json!({ "connections": args.connections, "settle": args.settle });
    let mut report = Report::new("idle", parameters, measured.seconds);
    report.add("connects_per_second", args.connections as f64 / connecting, "connections/s");
    if let (Some(before), Some(after)) = (before, measured.server_usage()) {
        let grown = after.resident.saturating_sub(before.resident) as f64;
        report.add("resident_kib_before", before.resident as f64 / 1024.0, "KiB");
        report.add("resident_kib_per_connection", grown / 1024.0 / args.connections as f64, "KiB");
    }
    measured.add_usage(&mut report, 0, "");
    Ok(report)
}

/// `bench login`.
pub(crate) async fn login(bench: &mut Bench, args: &cli::Login) -> Result<Report> {
    /// So that a device is gone before it comes back.
    const USERS_PER_TASK: usize = 8;
    ensure!(args.concurrency > 0, "--concurrency must be above 0");
    raise_open_files(args.concurrency as u64 * 4 + 100);
    let identities = bench.identities(args.concurrency * USERS_PER_TASK).await?;
    let tasks: Vec<_> = identities.chunks(USERS_PER_TASK).map(<[Identity]>::to_vec).collect();
    let attempts = Arc::new(AtomicUsize::new(0));
    let workers = deal(tasks.into_iter(), bench.threads)
        .into_iter()
        .map(|tasks| {
            let endpoint = bench.endpoint.clone();
            let attempts = Arc::clone(&attempts);
            worker(move |seat| async move {
                let latencies = Rc::new(RefCell::new(Latencies::new()?));
                seat.ready().await?;
                let logins = tasks
                    .into_iter()
                    .map(|users| log_in_and_out(&seat, &endpoint, users, &attempts, &latencies));
                futures_util::future::try_join_all(logins).await?;
                take(latencies)
            })
        })
        .collect();
    let measured = drive(bench, args.duration, workers).await?;
    let parameters = json!({ "concurrency": args.concurrency });
    let mut report = Report::new("login", parameters, measured.seconds);
    report.add("logins_per_second", measured.acknowledged as f64 / measured.seconds, "logins/s");
    report.add_latency(["login_p50_ms", "login_p99_ms"], &measured.latencies.acknowledged);
    measured.add_usage(&mut report, measured.acknowledged, "server_cpu_ms_per_1000");
    Ok(report)
}

async fn log_in_and_out(
    seat: &Seat,
    endpoint: &Endpoint,
    users: Vec<Identity>,
    attempts: &AtomicUsize,
    latencies: &Rc<RefCell<Latencies>>,
) -> Result<()> {
    for identity in users.iter().cycle() {
        if !seat.run.is_sending() {
            break;
        }
        let started = Instant::now();
        let number = attempts.fetch_add(1, Ordering::Relaxed);
        let endpoint = endpoint.nth(number);
        let link = Link { source: endpoint.source(number), ..Link::default() };
        let (device, _) = Device::login_synced(endpoint, identity.clone(), link).await?;
        seat.lane().acknowledged.fetch_add(1, Ordering::Relaxed);
        if seat.run.is_measuring() {
            let nanoseconds = u64::try_from(started.elapsed().as_nanos())?;
            latencies.borrow_mut().acknowledged.record(nanoseconds);
        }
        device.close().await?;
    }
    Ok(())
}

/// `bench rest`.
pub(crate) async fn rest_send(bench: &mut Bench, args: &cli::Rest) -> Result<Report> {
    ensure!(args.connections > 0, "--connections must be above 0");
    raise_open_files(args.connections as u64 + 100);
    let receivers = bench.identities(args.connections).await?;
    let content = if args.change { Content::Change } else { Content::Text(args.bytes) };
    let workers = deal(receivers.into_iter().enumerate(), bench.threads)
        .into_iter()
        .map(|receivers| {
            let endpoint = bench.endpoint.clone();
            let api = bench.api.clone();
            worker(move |seat| async move {
                let latencies = Rc::new(RefCell::new(Latencies::new()?));
                let mut senders = Vec::new();
                for (number, receiver) in receivers {
                    let link = Link { source: endpoint.source(number), ..Link::default() };
                    let user = &receiver.user;
                    senders.push(RestSender::connect(&endpoint, link, &api, user, content).await?);
                }
                seat.ready().await?;
                let loops = senders.into_iter().map(|sender| rest_loop(&seat, sender, &latencies));
                futures_util::future::try_join_all(loops).await?;
                take(latencies)
            })
        })
        .collect();
    let measured = drive(bench, args.duration, workers).await?;
    let parameters =
        json!({ "connections": args.connections, "bytes": args.bytes, "change": args.change });
    let mut report = Report::new("rest", parameters, measured.seconds);
    let rate = measured.acknowledged as f64 / measured.seconds;
    match args.change {
        true => report.add("changes_per_second", rate, "changes/s"),
        false => report.add("messages_per_second", rate, "messages/s"),
    }
    add_latencies(&mut report, &measured.latencies);
    measured.add_usage(&mut report, measured.acknowledged, "server_cpu_ms_per_1000");
    Ok(report)
}

async fn rest_loop(
    seat: &Seat,
    mut sender: RestSender,
    latencies: &Rc<RefCell<Latencies>>,
) -> Result<()> {
    while seat.run.is_sending() {
        let sent_at = seat.run.now();
        sender.send().await?;
        seat.lane().acknowledged.fetch_add(1, Ordering::Relaxed);
        if seat.run.is_measuring() {
            latencies.borrow_mut().acknowledged.record(seat.run.now() - sent_at);
        }
    }
    Ok(())
}

/// How a pair's sender sends.
#[derive(Clone, Copy)]
pub(super) enum Pace {
    Window { window: u64, limit: u64 },
    Rate { period: Duration },
}

/// Workers with pairs of a sender and a receiver.
pub(super) async fn pairs(
    bench: &Bench,
    pairs: usize,
    bytes: usize,
    pace: Pace,
) -> Result<Vec<Worker>> {
    ensure!(pairs > 0, "--pairs must be above 0");
    raise_open_files(pairs as u64 * 2 + 100);
    let mut senders = bench.identities(pairs * 2).await?;
    let receivers = senders.split_off(pairs);
    let workers = deal(senders.into_iter().zip(receivers).enumerate(), bench.threads)
        .into_iter()
        .map(|dealt| {
            let endpoint = bench.endpoint.clone();
            worker(move |seat| async move {
                let latencies = Rc::new(RefCell::new(Latencies::new()?));
                let both = dealt.into_iter().flat_map(|(number, (sender, receiver))| {
                    [(number * 2, sender), (number * 2 + 1, receiver)]
                });
                let mut devices = connect(&endpoint, both.collect()).await?.into_iter();
                seat.ready().await?;
                let mut tasks = JoinSet::new();
                while let (Some((number, device)), Some((_, receiver))) =
                    (devices.next(), devices.next())
                {
                    let progress = Rc::new(Progress::default());
                    let inbox = Inbox::new(&seat, &latencies, 1, Some(Rc::clone(&progress)));
                    let target = Target::User(receiver.identity().user.clone());
                    tasks.spawn_local(inbox.listen(receiver));
                    let template = Template::new(&device, &target, bytes, 0)?;
                    let unused = Inbox::new(&seat, &latencies, 0, None);
                    let sender = Sender::new(&seat, device, template, unused, &latencies);
                    match pace {
                        Pace::Window { window, limit } => {
                            let gate = Gate::Pair(progress, limit);
                            tasks.spawn_local(sender.closed_loop(window, gate));
                        }
                        Pace::Rate { period } => {
                            let offset = period.mul_f64(number as f64 / 2.0 / pairs as f64);
                            tasks.spawn_local(sender.open_loop(period, offset));
                        }
                    }
                }
                settle(&seat, tasks, latencies, 1).await
            })
        })
        .collect();
    Ok(workers)
}

/// Waits until sending ends and everything acknowledged is delivered, or patience does.
async fn settle(
    seat: &Seat,
    mut tasks: JoinSet<Result<()>>,
    latencies: Rc<RefCell<Latencies>>,
    deliveries_per_message: u64,
) -> Result<Latencies> {
    let all_delivered = async {
        seat.drain_begins().await;
        let end = Instant::now() + DRAIN_PATIENCE;
        while !seat.run.is_drained(deliveries_per_message) && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        // The tasks only end when they fail.
        Some(ended) = tasks.join_next() => ended??,
        () = all_delivered => {}
    }
    tasks.shutdown().await;
    take(latencies)
}

pub(super) fn take(latencies: Rc<RefCell<Latencies>>) -> Result<Latencies> {
    let cell = Rc::try_unwrap(latencies).ok().context("latencies are still in use")?;
    Ok(cell.into_inner())
}

/// Logs in devices, a few at a time, and keeps their numbers and order.
pub(super) async fn connect(
    endpoint: &Endpoint,
    identities: Vec<(usize, Identity)>,
) -> Result<Vec<(usize, Device)>> {
    const AT_ONCE: usize = 16;
    stream::iter(identities)
        .map(|(number, identity)| async move {
            let link = Link { source: endpoint.source(number), ..Link::default() };
            let endpoint = endpoint.nth(number);
            let (device, _) = Device::login_synced(endpoint, identity, link).await?;
            anyhow::Ok((number, device))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// Deals items out to `hands`, in turn.
pub(super) fn deal<T>(items: impl Iterator<Item = T>, hands: usize) -> Vec<Vec<T>> {
    let mut dealt: Vec<Vec<T>> = (0..hands).map(|_| Vec::new()).collect();
    for (index, item) in items.enumerate() {
        dealt[index % hands].push(item);
    }
    dealt
}

pub(super) fn worker<F, W>(work: F) -> Worker
where
    F: FnOnce(Seat) -> W + Send + 'static,
    W: Future<Output = Result<Latencies>> + 'static,
{
    Box::new(move |seat| Box::pin(work(seat)))
}

fn add_message_figures(report: &mut Report, measured: &Measured) {
    report.add(
        "messages_per_second",
        measured.acknowledged as f64 / measured.seconds,
        "messages/s",
    );
    report.add(
        "deliveries_per_second",
        measured.delivered as f64 / measured.seconds,
        "deliveries/s",
    );
    add_latencies(report, &measured.latencies);
    measured.add_usage(report, measured.acknowledged, "server_cpu_ms_per_1000");
    let (acknowledged, delivered) = measured.totals;
    add_losses(report, acknowledged, delivered, measured.wrong);
}

pub(super) fn add_latencies(report: &mut Report, latencies: &Latencies) {
    report.add_latency(["acknowledged_p50_ms", "acknowledged_p99_ms"], &latencies.acknowledged);
    report.add_latency(["delivered_p50_ms", "delivered_p99_ms"], &latencies.delivered);
}

fn add_losses(report: &mut Report, expected: u64, delivered: u64, wrong: u64) {
    report.add("undelivered", expected as f64 - delivered as f64, "messages");
    report.add("out_of_order", wrong as f64, "messages");
}
