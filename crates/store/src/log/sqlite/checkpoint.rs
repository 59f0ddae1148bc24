//! Moves what the writer of the SQLite log has committed from the WAL into the database file.
//!
//! A checkpoint of thousands of pages takes tens of milliseconds. Left to the writer, every message
//! of that moment would wait for it; here a thread with a connection of its own does it meanwhile.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use crate::StoreError;

const INTERVAL: Duration = Duration::from_millis(200);
/// Below this a checkpoint is not worth its syncs.
const WORTHWHILE: u64 = 4 << 20;
/// Above this the writer is asked to wait for a full checkpoint, so that the WAL stays bounded.
const TOO_LARGE: u64 = 256 << 20;

/// The running thread; it ends when this is dropped.
pub(super) struct Checkpointer {
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    overdue: AtomicBool,
}

impl Checkpointer {
    /// Starts checkpointing the database at `path`.
    pub(super) fn start(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        let wal = PathBuf::from(wal);
        let shared = Arc::new(Shared::default());
        let thread = thread::Builder::new()
            .name("log-checkpoint".into())
            .spawn({
                let shared = shared.clone();
                move || run(&connection, &wal, &shared)
            })
            .map_err(|source| StoreError::File { path: path.to_owned(), source })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Whether the writer has to make room in the WAL itself, once.
    pub(super) fn is_overdue(&self) -> bool {
        self.shared.overdue.swap(false, Ordering::Relaxed)
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

fn run(connection: &Connection, wal: &Path, shared: &Shared) {
    while !shared.stop.load(Ordering::Relaxed) {
        thread::park_timeout(INTERVAL);
        let size = std::fs::metadata(wal).map(|wal| wal.len()).unwrap_or_default();
        if size > WORTHWHILE {
            // Passive: does what it can without making anybody wait.
            let checkpoint = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
            if let Err(error) = checkpoint {
                tracing::warn!(%error, "the message log's WAL could not be checkpointed");
            }
        }
        if size > TOO_LARGE {
            shared.overdue.store(true, Ordering::Relaxed);
        }
    }
}
