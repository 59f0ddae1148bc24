//! `bench export`: what sends feel of a file that is being made.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use super::Bench;
use super::drive::{Latencies, Measured, Worker, drive};
use super::modes::{Pace, pairs, worker};
use crate::api::Api;
use crate::cli;
use crate::report::Report;

const HOUR_MS: i64 = 3_600_000;

/// The same load twice, the second time beside the making of a file of `--messages`.
pub(crate) async fn export(bench: &mut Bench, args: &cli::Export) -> Result<Report> {
    ensure!(args.rate > 0.0, "--rate must be above 0");
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
    let now = i64::try_from(now)?;
    let hour = now - now.rem_euclid(HOUR_MS) - 2 * HOUR_MS;
    let began = Instant::now();
    fill(&bench.api, hour, args).await?;
    let filling = began.elapsed().as_secs_f64();

    let pace = Pace::Rate { period: Duration::from_secs_f64(args.pairs as f64 / args.rate) };
    let alone = pairs(bench, args.pairs, args.bytes, pace).await?;
    let alone = drive(bench, args.duration, alone).await?;
    let took = Arc::new(AtomicU64::new(0));
    let mut beside = pairs(bench, args.pairs, args.bytes, pace).await?;
    beside.push(maker(&bench.api, hour, &took));
    let beside = drive(bench, args.duration, beside).await?;

    let parameters = json!({
        "messages": args.messages, "rate": args.rate, "pairs": args.pairs, "bytes": args.bytes,
    });
    let mut report = Report::new("export", parameters, beside.seconds);
    let took = Duration::from_nanos(took.load(Ordering::Relaxed)).as_secs_f64();
    report.add("imported_per_second", args.messages as f64 / filling, "messages/s");
    report.add("export_seconds", took, "s");
    report.add("exported_per_second", args.messages as f64 / took, "messages/s");
    report.add("measured_beside_export", 100.0 * (took / beside.seconds).min(1.0), "%");
    let names = ["alone_acknowledged_p50_ms", "alone_acknowledged_p99_ms"];
    report.add_latency(names, &alone.latencies.acknowledged);
    let names = ["beside_acknowledged_p50_ms", "beside_acknowledged_p99_ms"];
    report.add_latency(names, &beside.latencies.acknowledged);
    for (name, quantile) in [("p50_beside_per_alone", 0.5), ("p99_beside_per_alone", 0.99)] {
        let of = |measured: &Measured| measured.latencies.acknowledged.quantile(quantile);
        if let (Some(alone), Some(beside)) = (of(&alone), of(&beside)) {
            report.add(name, beside as f64 / alone as f64, "times");
        }
    }
    let rate = |measured: &Measured| measured.acknowledged as f64 / measured.seconds;
    report.add("rate_beside_per_alone", rate(&beside) / rate(&alone), "times");
    beside.add_usage(&mut report, beside.acknowledged, "server_cpu_ms_per_1000");
    Ok(report)
}

/// Imports the messages of the hour.
async fn fill(api: &Api, hour: i64, args: &cli::Export) -> Result<()> {
    const AT_ONCE: usize = 64;
    const CHATS: usize = 1000;
    let text = "x".repeat(args.bytes);
    let step = HOUR_MS as f64 / args.messages as f64;
    let import = async |n: usize| {
        let (to, at) = (format!("past-{}", n % CHATS), hour + (step * n as f64) as i64);
        let (status, answer) = api.import_text(("past", &to), &text, at).await?;
        ensure!(status.is_success(), "an import was refused: {status} {answer}");
        Ok(())
    };
    let imports = stream::iter(0..args.messages).map(import).buffer_unordered(AT_ONCE);
    imports.try_collect::<()>().await
}

/// Asks for the file when measuring begins, and notes the nanoseconds until it is there.
fn maker(api: &Api, hour: i64, took: &Arc<AtomicU64>) -> Worker {
    let (api, took) = (api.clone(), Arc::clone(took));
    worker(move |seat| async move {
        let api = api.apart()?;
        seat.ready().await?;
        seat.measuring_begins().await;
        let began = seat.run.now();
        api.file_of_hour(hour).await?;
        took.store(seat.run.now() - began, Ordering::Relaxed);
        seat.drain_begins().await;
        Latencies::new()
    })
}
