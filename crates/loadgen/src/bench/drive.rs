//! Runs workers on threads of their own through warm-up, measurement and drain.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use tokio::task::LocalSet;

use super::Bench;
use crate::cli;
use crate::report::{Latency, Report};
use crate::usage::{Machine, Usage};

/// What a worker knows of the run.
pub(crate) struct Run {
    pub(crate) epoch: Instant,
    phase: AtomicU8,
    ready: AtomicUsize,
    failed: AtomicBool,
    lanes: Vec<Lane>,
}

const PREPARE: u8 = 0;
const WARM_UP: u8 = 1;
const MEASURE: u8 = 2;
const DRAIN: u8 = 3;

/// Counters of one worker, apart from the others' so that no cache line is shared.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Lane {
    /// Acknowledged messages (or logins).
    pub(crate) acknowledged: AtomicU64,
    /// Delivered messages.
    pub(crate) delivered: AtomicU64,
    /// Deliveries out of order, repeated or missing.
    pub(crate) wrong: AtomicU64,
}

/// Latencies in nanoseconds, of what was sent while measuring.
pub(crate) struct Latencies {
    pub(crate) acknowledged: Latency,
    pub(crate) delivered: Latency,
}

impl Latencies {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { acknowledged: Latency::new()?, delivered: Latency::new()? })
    }
}

impl Run {
    /// Nanoseconds since the run began.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn is_measuring(&self) -> bool {
        self.phase.load(Ordering::Relaxed) == MEASURE
    }

    /// Whether to go on sending.
    pub(crate) fn is_sending(&self) -> bool {
        self.phase.load(Ordering::Relaxed) < DRAIN
    }

    /// Deliveries of all workers.
    pub(crate) fn delivered(&self) -> u64 {
        self.sum(|lane| &lane.delivered)
    }

    /// Whether every acknowledged message had its deliveries.
    pub(crate) fn is_drained(&self, deliveries_per_message: u64) -> bool {
        self.sum(|lane| &lane.acknowledged) * deliveries_per_message <= self.delivered()
    }

    fn sum(&self, counter: impl Fn(&Lane) -> &AtomicU64) -> u64 {
        self.lanes.iter().map(|lane| counter(lane).load(Ordering::Relaxed)).sum()
    }

    async fn wait_for(&self, reached: impl Fn(&Self) -> bool) {
        while !reached(self) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// A worker's place in the run.
#[derive(Clone)]
pub(crate) struct Seat {
    pub(crate) run: Arc<Run>,
    index: usize,
}

impl Seat {
    pub(crate) fn lane(&self) -> &Lane {
        &self.run.lanes[self.index]
    }

    /// Says that this worker is prepared, and waits for the others.
    pub(crate) async fn ready(&self) -> Result<()> {
        self.run.ready.fetch_add(1, Ordering::Relaxed);
        let over = |run: &Run| {
            run.phase.load(Ordering::Relaxed) != PREPARE || run.failed.load(Ordering::Relaxed)
        };
        self.run.wait_for(over).await;
        if self.run.failed.load(Ordering::Relaxed) {
            return Err(anyhow!("another worker failed"));
        }
        Ok(())
    }

    pub(crate) async fn measuring_begins(&self) {
        self.run.wait_for(|run| run.phase.load(Ordering::Relaxed) >= MEASURE).await;
    }

    pub(crate) async fn drain_begins(&self) {
        self.run.wait_for(|run| !run.is_sending()).await;
    }
}

type Work = Pin<Box<dyn Future<Output = Result<Latencies>>>>;
/// Connects, calls [`Seat::ready`], works until [`Run::is_sending`] ends, and drains.
pub(crate) type Worker = Box<dyn FnOnce(Seat) -> Work + Send>;

/// What a run measured.
pub(crate) struct Measured {
    pub(crate) seconds: f64,
    pub(crate) acknowledged: u64,
    pub(crate) delivered: u64,
    /// Acknowledged and delivered from the first to the last message, drain included.
    pub(crate) totals: (u64, u64),
    pub(crate) wrong: u64,
    pub(crate) latencies: Latencies,
    server: Option<(Usage, Usage)>,
    generator: (Usage, Usage),
    machine: (Machine, Machine),
}

/// Runs the workers.
pub(crate) async fn drive(
    bench: &Bench,
    duration: cli::Duration,
    workers: Vec<Worker>,
) -> Result<Measured> {
    let run = Arc::new(Run {
        epoch: Instant::now(),
        phase: AtomicU8::new(PREPARE),
        ready: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
        lanes: workers.iter().map(|_| Lane::default()).collect(),
    });
    let count = workers.len();
    let threads: Vec<_> = workers
        .into_iter()
        .enumerate()
        .map(|(index, worker)| {
            let seat = Seat { run: Arc::clone(&run), index };
            thread::spawn(move || work(seat, worker))
        })
        .collect();

    let failed = |run: &Run| run.failed.load(Ordering::Relaxed);
    run.wait_for(|run| run.ready.load(Ordering::Relaxed) == count || failed(run)).await;
    run.phase.store(WARM_UP, Ordering::Relaxed);
    sleep_unless(&run, duration.warmup, failed).await;
    run.phase.store(MEASURE, Ordering::Relaxed);
    let before = Sample::take(bench, &run)?;
    sleep_unless(&run, duration.seconds, failed).await;
    let after = Sample::take(bench, &run)?;
    run.phase.store(DRAIN, Ordering::Relaxed);

    let mut latencies = Latencies::new()?;
    let mut failures = Vec::new();
    for thread in threads {
        // A blocking join is fine: nothing else runs on this thread's runtime any more.
        match thread.join().map_err(|_| anyhow!("a worker panicked")).flatten() {
            Ok(part) => {
                latencies.acknowledged.merge(&part.acknowledged)?;
                latencies.delivered.merge(&part.delivered)?;
            }
            Err(failure) => failures.push(failure),
        }
    }
    // The first to fail says why; the others only that one failed.
    if let Some(failure) = failures.into_iter().min_by_key(|f| f.chain().count() == 1) {
        return Err(failure);
    }
    Ok(Measured {
        seconds: (after.at - before.at).as_secs_f64(),
        acknowledged: after.acknowledged - before.acknowledged,
        delivered: after.delivered - before.delivered,
        totals: (run.sum(|lane| &lane.acknowledged), run.delivered()),
        wrong: run.sum(|lane| &lane.wrong),
        latencies,
        server: before.server.zip(after.server),
        generator: (before.generator, after.generator),
        machine: (before.machine, after.machine),
    })
}

fn work(seat: Seat, worker: Worker) -> Result<Latencies> {
    let run = Arc::clone(&seat.run);
    let result = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start a runtime")
        .and_then(|runtime| LocalSet::new().block_on(&runtime, worker(seat)));
    if result.is_err() {
        run.failed.store(true, Ordering::Relaxed);
    }
    result.context("the generator failed")
}

async fn sleep_unless(run: &Run, seconds: f64, stop: impl Fn(&Run) -> bool) {
    let end = Instant::now() + Duration::from_secs_f64(seconds.max(0.0));
    run.wait_for(|run| stop(run) || Instant::now() >= end).await;
}

struct Sample {
    at: Instant,
    acknowledged: u64,
    delivered: u64,
    server: Option<Usage>,
    generator: Usage,
    machine: Machine,
}

impl Sample {
    fn take(bench: &Bench, run: &Run) -> Result<Self> {
        Ok(Self {
            at: Instant::now(),
            acknowledged: run.sum(|lane| &lane.acknowledged),
            delivered: run.delivered(),
            server: Usage::of_all(&bench.server_pids)?,
            generator: Usage::own()?,
            machine: Machine::now()?,
        })
    }
}

impl Measured {
    /// What the server used at the end of the measured interval.
    pub(crate) fn server_usage(&self) -> Option<Usage> {
        self.server.map(|(_, after)| after)
    }

    /// Adds how many messages were acknowledged and delivered per second.
    pub(crate) fn add_rates(&self, report: &mut Report) {
        let per_second = |count: u64| count as f64 / self.seconds;
        report.add("messages_per_second", per_second(self.acknowledged), "messages/s");
        report.add("deliveries_per_second", per_second(self.delivered), "deliveries/s");
    }

    /// Adds the CPU time of the server per 1,000 of `count`, how busy both sides were, and how much
    /// others disturbed them.
    pub(crate) fn add_usage(&self, report: &mut Report, count: u64, name: &'static str) {
        let cores = |time: Duration| time.as_secs_f64() / self.seconds;
        let mut ours = Duration::ZERO;
        if let Some((before, after)) = self.server {
            let cpu = after.cpu.saturating_sub(before.cpu);
            ours += cpu;
            if count > 0 {
                report.add(name, cpu.as_secs_f64() * 1e6 / count as f64, "ms");
            }
            report.add("server_cpu_cores", cores(cpu), "cores");
            report.add("server_resident_mib", after.resident as f64 / f64::from(1 << 20), "MiB");
        }
        let (before, after) = self.generator;
        let cpu = after.cpu.saturating_sub(before.cpu);
        ours += cpu;
        report.add("generator_cpu_cores", cores(cpu), "cores");
        let (before, after) = self.machine;
        let busy = after.busy.saturating_sub(before.busy);
        report.add("others_cpu_cores", cores(busy.saturating_sub(ours)), "cores");
        report.add("stolen_cpu_cores", cores(after.stolen.saturating_sub(before.stolen)), "cores");
    }
}
