//! Durable appends and reads of the message log on SQLite.
//!
//! `cargo bench -p hongyan-store`; figures are per message.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hongyan_model::{
    AppId, Audience, Conversation, DeviceId, EntryFlags, EntryKind, IdGenerator, NewEntry,
    SystemClock, UserId,
};
use hongyan_store::{Database, MessageLog, Store, StoreOptions};
use tokio::runtime::Runtime;

const PAIRS: u64 = 200;

fn message(n: u64) -> NewEntry {
    let pair = n % PAIRS;
    let sender = UserId::from_trusted(format!("sender{pair}"));
    let receiver = UserId::from_trusted(format!("receiver{pair}"));
    NewEntry {
        app: AppId(1),
        conversation: Conversation::single(&sender, &receiver).key(),
        kind: EntryKind::Text,
        flags: EntryFlags::default(),
        sender,
        device: Some(DeviceId::from_trusted("webim_web_1")),
        client_id: Some(n),
        audience: Audience::All,
        meta: Bytes::from(vec![b'x'; 300]),
        recalls: None,
        edits: None,
        reads: None,
        unroamed: Vec::new(),
    }
}

/// Appends `count` messages with at most `window` unanswered.
async fn append(log: &MessageLog, first: u64, count: u64, window: usize) {
    let mut pending = std::collections::VecDeque::with_capacity(window);
    for n in first..first + count {
        if pending.len() == window
            && let Some(oldest) = pending.pop_front()
        {
            let _: hongyan_store::Appended = finish(oldest).await;
        }
        pending.push_back(log.append(message(n)).await.expect("the log is open"));
    }
    for append in pending {
        finish(append).await;
    }
}

async fn finish(append: hongyan_store::PendingAppend) -> hongyan_store::Appended {
    append.await.expect("stored")
}

fn appends(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let options = StoreOptions {
        database: Database::Sqlite { path: folder.path().join("control.db") },
        data_dir: folder.path().to_owned(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(IdGenerator::new(0)),
    };
    let store = runtime.block_on(Store::open(options)).expect("a store");
    let mut next = 0;
    let mut group = criterion.benchmark_group("durable append");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(5));
    for window in [1, 16, 200, 1000] {
        group.bench_function(BenchmarkId::from_parameter(window), |bencher| {
            bencher.iter_custom(|count| {
                let start = Instant::now();
                runtime.block_on(append(store.log(), next, count, window));
                next += count;
                start.elapsed()
            });
        });
    }
    group.finish();
    runtime.block_on(store.close());
}

criterion_group!(benches, appends);
criterion_main!(benches);
