//! Figures of appends, for the installation's monitoring.

use std::sync::LazyLock;
use std::time::Instant;

use hongyan_model::NewEntry;
use metrics::{Counter, Histogram, counter, histogram};

/// From handing an entry to the log until it is durable.
static SECONDS: LazyLock<Histogram> = LazyLock::new(|| histogram!("hongyan_append_seconds"));
static OF_CLIENTS: LazyLock<Counter> = LazyLock::new(|| entries("gateway"));
static OF_SERVERS: LazyLock<Counter> = LazyLock::new(|| entries("rest"));
/// Receipts, events, and whatever else is no message.
static OTHERS: LazyLock<Counter> = LazyLock::new(|| entries("system"));

fn entries(origin: &'static str) -> Counter {
    counter!("hongyan_messages_total", "origin" => origin)
}

/// An append that is being made.
pub(super) struct Appending {
    since: Instant,
    count: &'static LazyLock<Counter>,
}

impl Appending {
    pub(super) fn begin(entry: &NewEntry) -> Self {
        let count = match (entry.kind.is_message(), &entry.device) {
            (false, _) => &OTHERS,
            (true, Some(_)) => &OF_CLIENTS,
            (true, None) => &OF_SERVERS,
        };
        Self { since: Instant::now(), count }
    }

    /// It is durable.
    pub(super) fn ended(&self) {
        SECONDS.record(self.since.elapsed());
        self.count.increment(1);
    }
}
