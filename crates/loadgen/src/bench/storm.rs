//! `bench storm`: what users who are there feel of many who come at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;
use tokio::task::JoinSet;

use super::Bench;
use super::drive::{Latencies, Measured, Worker, drive};
use super::modes::{Pace, deal, pairs, worker};
use crate::cli;
use crate::device::{Device, Identity};
use crate::report::Report;
use crate::socket::{Endpoint, Link, TurnedAway};
use crate::usage::raise_open_files;

/// How long a client waits before it tries again: from one to five seconds, each as long as no other, like SDKs.
fn pause(number: usize) -> Duration {
    Duration::from_millis(1000 + number as u64 * 7919 % 4000)
}

/// What the clients that come have seen.
#[derive(Default)]
struct Arrived {
    /// Of them, so many are in.
    clients: AtomicUsize,
    /// Tries that the server ended without an answer.
    turned_away: AtomicUsize,
    /// When the last one was in, in nanoseconds since measuring began.
    last: AtomicU64,
}

/// The same load twice, the second time beside the logins of `--clients`.
pub(crate) async fn storm(bench: &mut Bench, args: &cli::Storm) -> Result<Report> {
    ensure!(args.rate > 0.0 && args.clients > 0, "--rate and --clients must be above 0");
    raise_open_files((args.clients + args.pairs * 2) as u64 + 100);
    let pace = Pace::Rate { period: Duration::from_secs_f64(args.pairs as f64 / args.rate) };
    let alone = pairs(bench, args.pairs, args.bytes, pace).await?;
    let alone = drive(bench, args.duration, alone).await?;
    let arrived = Arc::new(Arrived::default());
    let clients = bench.identities(args.clients).await?;
    let mut beside = pairs(bench, args.pairs, args.bytes, pace).await?;
    for part in deal(clients.into_iter().enumerate(), bench.threads) {
        beside.push(coming(&bench.endpoint, part, &arrived, args.obey));
    }
    let beside = drive(bench, args.duration, beside).await?;

    let parameters = json!({
        "clients": args.clients, "obey": args.obey, "admitted": args.admitted, "rate": args.rate, "pairs": args.pairs,
        "bytes": args.bytes,
    });
    let mut report = Report::new("storm", parameters, beside.seconds);
    let clients = arrived.clients.load(Ordering::Relaxed) as f64;
    report.add("logged_in", 100.0 * clients / args.clients as f64, "%");
    let last = Duration::from_nanos(arrived.last.load(Ordering::Relaxed)).as_secs_f64();
    report.add("last_logged_in_after", last, "s");
    let turned_away = arrived.turned_away.load(Ordering::Relaxed) as f64;
    report.add("turned_away", turned_away, "tries");
    let names = ["alone_delivered_p50_ms", "alone_delivered_p99_ms"];
    report.add_latency(names, &alone.latencies.delivered);
    let names = ["beside_delivered_p50_ms", "beside_delivered_p99_ms"];
    report.add_latency(names, &beside.latencies.delivered);
    for (name, quantile) in [("p50_beside_per_alone", 0.5), ("p99_beside_per_alone", 0.99)] {
        let of = |measured: &Measured| measured.latencies.delivered.quantile(quantile);
        if let (Some(alone), Some(beside)) = (of(&alone), of(&beside)) {
            report.add(name, beside as f64 / alone as f64, "times");
        }
    }
    beside.add_usage(&mut report, beside.acknowledged, "server_cpu_ms_per_1000");
    Ok(report)
}

/// Clients that log in when measuring begins, and stay. Who is turned away comes again when it was told to, if it `obeys`,
/// or after a pause of its own.
fn coming(
    endpoint: &Endpoint,
    clients: Vec<(usize, Identity)>,
    arrived: &Arc<Arrived>,
    obeys: bool,
) -> Worker {
    let (endpoint, arrived) = (endpoint.clone(), Arc::clone(arrived));
    worker(move |seat| async move {
        seat.ready().await?;
        seat.measuring_begins().await;
        let begun = seat.run.now();
        let mut coming = JoinSet::new();
        for (number, identity) in clients {
            let (endpoint, arrived) = (endpoint.nth(number).clone(), Arc::clone(&arrived));
            let run = seat.run.clone();
            coming.spawn_local(async move {
                let link = Link { source: endpoint.source(number), ..Link::default() };
                loop {
                    let login = Device::login_synced(&endpoint, identity.clone(), link).await;
                    let mut again = pause(number);
                    match login {
                        Ok((mut device, _)) => {
                            arrived.clients.fetch_add(1, Ordering::Relaxed);
                            arrived.last.fetch_max(run.now() - begun, Ordering::Relaxed);
                            while let Ok(Some(_)) = device.next().await {}
                        }
                        Err(error) => {
                            arrived.turned_away.fetch_add(1, Ordering::Relaxed);
                            if obeys && let Some(told) = error.downcast_ref::<TurnedAway>() {
                                again = told.retry_after;
                            }
                        }
                    }
                    tokio::time::sleep(again).await;
                }
            });
        }
        seat.drain_begins().await;
        coming.shutdown().await;
        Latencies::new()
    })
}
