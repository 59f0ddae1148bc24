//! How long the disk takes to make a small write durable.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::report::Latency;

/// Appends blocks to a file in `folder` for `duration`, each followed by an fsync, and adds how
/// long they took. On an otherwise idle server, so that it is the disk that is measured.
pub(crate) fn measure_fsync(folder: &Path, duration: Duration, times: &mut Latency) -> Result<()> {
    const BLOCK: [u8; 4096] = [7; 4096];
    let path = folder.join("fsync-probe");
    let mut file = File::create(&path)?;
    let end = Instant::now() + duration;
    while Instant::now() < end {
        let started = Instant::now();
        file.write_all(&BLOCK)?;
        file.sync_data()?;
        times.record(u64::try_from(started.elapsed().as_nanos())?);
    }
    fs::remove_file(path)?;
    Ok(())
}
