//! Counting together with other nodes: each tells the others what was taken on it, and counts what they tell.
//!
//! What is told arrives some milliseconds later, so that several nodes let a little more through than one: at most what comes
//! within [`EVERY`], and for each other node a [`PART`] of the limit, which is not told to spare the bus what does not matter.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hongyan_messaging::Messaging;
use hongyan_model::{AppId, Clock as _, SystemClock};
use parking_lot::Mutex;

use super::{Key, Windows};

const TOPIC: &str = "rates";
const EVERY: Duration = Duration::from_millis(50);
/// Until so much of a limit is taken it is not told.
const PART: u64 = 32;
/// Told in one piece.
const TOLD: usize = 2000;

/// What was taken here and is still to be told: how many, of a window of how many milliseconds.
#[derive(Default, Debug)]
pub(super) struct Untold(Mutex<HashMap<Key, (u64, i64)>>);

impl Untold {
    /// `number` were taken, with which it is `sum`.
    pub(super) fn add(&self, key: Key, number: u64, (most, length): (u64, i64), sum: u64) {
        if sum <= most / PART {
            return;
        }
        let mut untold = self.0.lock();
        // The first time with what was not told before.
        let first = if sum - number <= most / PART { sum } else { number };
        untold.entry(key).and_modify(|(told, _)| *told += number).or_insert((first, length));
    }

    fn take(&self) -> Vec<(AppId, u64, u64, i64)> {
        let untold = std::mem::take(&mut *self.0.lock());
        untold.into_iter().map(|((app, of), (number, length))| (app, of, number, length)).collect()
    }
}

/// Hears the other nodes, and tells them until the last user of what is returned is gone.
pub(super) fn start(m: &Messaging, windows: Windows) -> Arc<Untold> {
    m.router().on_signal(TOPIC, move |told| {
        let told = told.and_then(|told| postcard::from_bytes::<Vec<_>>(told).ok());
        for (app, of, number, length) in told.into_iter().flatten() {
            let window = windows.get_with((app, of), Arc::default);
            window.lock().note(number, length, SystemClock.now());
        }
    });
    let untold = Arc::new(Untold::default());
    let (weak, router) = (Arc::downgrade(&untold), m.router().clone());
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            let Some(untold) = weak.upgrade() else { return };
            for part in untold.take().chunks(TOLD) {
                router.signal(TOPIC, || postcard::to_stdvec(part).unwrap_or_default());
            }
        }
    });
    untold
}
