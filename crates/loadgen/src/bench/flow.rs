//! Devices that send stamped texts and check what they receive.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval_at};

use super::drive::{Latencies, Run, Seat};
use crate::device::{Device, Event, Receipt};
use crate::wire::{self, SyncDown, Target};

const SEQUENCE_DIGITS: usize = 12;
const TIME_DIGITS: usize = 16;
/// A text starts with its sender's number and sequence, and the time it was sent, in hex.
pub(crate) const STAMP_LEN: usize = SEQUENCE_DIGITS + TIME_DIGITS;

/// A serialized message whose stamp can be rewritten in place.
pub(crate) struct Template {
    body: Vec<u8>,
    stamp_at: usize,
    sender: u64,
}

impl Template {
    /// A text of `length` bytes; `sender` tells the senders to one receiver apart.
    pub(crate) fn new(device: &Device, to: &Target, length: usize, sender: u64) -> Result<Self> {
        ensure!(length >= STAMP_LEN, "a text needs at least {STAMP_LEN} bytes");
        let text = "x".repeat(length);
        let identity = device.identity();
        let body = wire::text_body(&identity.app_key, &identity.user, to, &text);
        let stamp_at = body
            .windows(length)
            .position(|window| window == text.as_bytes())
            .context("the text is not in its message")?;
        Ok(Self { body, stamp_at, sender })
    }

    fn stamped(&mut self, sequence: u64, time: u64) -> &[u8] {
        let stamp = &mut self.body[self.stamp_at..][..STAMP_LEN];
        let (number, moment) = stamp.split_at_mut(SEQUENCE_DIGITS);
        put_hex(number, self.sender << 32 | sequence);
        put_hex(moment, time);
        &self.body
    }
}

fn put_hex(digits: &mut [u8], mut value: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(value & 15) as usize];
        value >>= 4;
    }
}

fn read_hex(digits: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Sender, sequence and time of a stamped text.
fn read_stamp(meta: &[u8]) -> Option<(usize, u64, u64)> {
    let stamp = wire::first_text(meta)?.get(..STAMP_LEN)?;
    let (number, moment) = stamp.split_at(SEQUENCE_DIGITS);
    let number = read_hex(number)?;
    Some((usize::try_from(number >> 32).ok()?, number & 0xFFFF_FFFF, read_hex(moment)?))
}

/// What arrives at one device, checked: every sender's messages once and in order.
pub(crate) struct Inbox {
    seat: Seat,
    latencies: Rc<RefCell<Latencies>>,
    next: Vec<u64>,
    progress: Option<Rc<Progress>>,
    tally: Option<Arc<Tally>>,
}

/// Messages by their sender, while measuring.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) acknowledged: [AtomicU64; Self::SENDERS],
    pub(crate) delivered: [AtomicU64; Self::SENDERS],
}

impl Tally {
    pub(crate) const SENDERS: usize = 3;

    fn count(counters: &[AtomicU64; Self::SENDERS], sender: usize) {
        if let Some(counter) = counters.get(sender) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// How far a pair's receiver is, for its sender.
#[derive(Default)]
pub(crate) struct Progress {
    delivered: Cell<u64>,
    changed: Notify,
}

impl Inbox {
    pub(crate) fn new(
        seat: &Seat,
        latencies: &Rc<RefCell<Latencies>>,
        senders: usize,
        progress: Option<Rc<Progress>>,
    ) -> Self {
        Self {
            seat: seat.clone(),
            latencies: Rc::clone(latencies),
            next: vec![0; senders],
            progress,
            tally: None,
        }
    }

    /// Also counts by sender.
    pub(crate) fn tallied(self, tally: &Arc<Tally>) -> Self {
        Self { tally: Some(Arc::clone(tally)), ..self }
    }

    fn receive(&mut self, batch: &SyncDown) {
        let now = self.seat.run.now();
        let measuring = self.seat.run.is_measuring();
        let lane = self.seat.lane();
        let mut latencies = self.latencies.borrow_mut();
        let mut count = 0;
        for (sender, sequence, sent_at) in batch.metas().filter_map(read_stamp) {
            count += 1;
            let Some(next) = self.next.get_mut(sender) else { continue };
            if sequence != *next {
                lane.wrong.fetch_add(1, Ordering::Relaxed);
            }
            *next = sequence + 1;
            if measuring {
                latencies.delivered.record(now.saturating_sub(sent_at));
                if let Some(tally) = &self.tally {
                    Tally::count(&tally.delivered, sender);
                }
            }
        }
        lane.delivered.fetch_add(count, Ordering::Relaxed);
        if let Some(progress) = &self.progress {
            progress.delivered.set(progress.delivered.get() + count);
            progress.changed.notify_one();
        }
    }

    /// Receives for ever.
    pub(crate) async fn listen(mut self, mut device: Device) -> Result<()> {
        loop {
            match device.next().await?.context("the server closed a connection")? {
                Event::Batch(batch) => self.receive(&batch),
                Event::Receipt(_) | Event::Synced => {}
            }
        }
    }
}

/// Keeps a sender from running away from its receivers.
pub(crate) enum Gate {
    /// At most so many messages that the receiver does not have.
    Pair(Rc<Progress>, u64),
    /// At most so many deliveries of the whole group outstanding; `receivers` per message and
    /// `senders` that send alike.
    Group { receivers: u64, senders: u64, limit: u64 },
}

impl Gate {
    fn is_open(&self, run: &Run, sent: u64) -> bool {
        match self {
            Self::Pair(progress, limit) => sent - progress.delivered.get() < *limit,
            Self::Group { receivers, senders, limit } => {
                sent * senders * receivers < run.delivered() + limit
            }
        }
    }

    async fn changed(&self) {
        match self {
            Self::Pair(progress, _) => progress.changed.notified().await,
            Self::Group { .. } => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
}

/// A device that sends.
pub(crate) struct Sender {
    seat: Seat,
    device: Device,
    template: Template,
    inbox: Inbox,
    latencies: Rc<RefCell<Latencies>>,
    first_id: u64,
    sent: u64,
    acknowledged: u64,
    /// When the last messages were sent, by their sequence.
    sent_at: Vec<u64>,
}

impl Sender {
    pub(crate) fn new(
        seat: &Seat,
        mut device: Device,
        template: Template,
        inbox: Inbox,
        latencies: &Rc<RefCell<Latencies>>,
    ) -> Self {
        const REMEMBERED: usize = 4096;
        Self {
            seat: seat.clone(),
            first_id: device.reserve_ids(u64::from(u32::MAX)),
            device,
            template,
            inbox,
            latencies: Rc::clone(latencies),
            sent: 0,
            acknowledged: 0,
            sent_at: vec![0; REMEMBERED],
        }
    }

    /// Keeps `window` messages unacknowledged, as far as the gate allows.
    pub(crate) async fn closed_loop(mut self, window: u64, gate: Gate) -> Result<()> {
        let run = Arc::clone(&self.seat.run);
        loop {
            while run.is_sending() && self.outstanding() < window && gate.is_open(&run, self.sent) {
                self.send();
            }
            if !run.is_sending() && self.outstanding() == 0 {
                return self.keep_listening().await;
            }
            if self.outstanding() == window {
                let event = self.device.next().await?;
                self.handle(event)?;
            } else {
                tokio::select! {
                    event = self.device.next() => self.handle(event?)?,
                    () = gate.changed() => {}
                }
            }
        }
    }

    /// Sends one message every `period`, the first after `offset`.
    pub(crate) async fn open_loop(mut self, period: Duration, offset: Duration) -> Result<()> {
        let mut ticks = interval_at(tokio::time::Instant::now() + offset, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            if !self.seat.run.is_sending() && self.outstanding() == 0 {
                return self.keep_listening().await;
            }
            tokio::select! {
                biased;
                _ = ticks.tick() => {
                    if self.seat.run.is_sending() {
                        self.send();
                        self.device.flush().await?;
                    }
                }
                event = self.device.next() => self.handle(event?)?,
            }
        }
    }

    fn outstanding(&self) -> u64 {
        self.sent - self.acknowledged
    }

    fn send(&mut self) {
        let now = self.seat.run.now();
        let slot = self.sent as usize % self.sent_at.len();
        self.sent_at[slot] = now;
        let body = self.template.stamped(self.sent, now);
        self.device.send_meta(self.first_id + self.sent, body);
        self.sent += 1;
    }

    fn handle(&mut self, event: Option<Event>) -> Result<()> {
        match event.context("the server closed a connection")? {
            Event::Receipt(receipt) => self.acknowledge(&receipt),
            Event::Batch(batch) => {
                self.inbox.receive(&batch);
                Ok(())
            }
            Event::Synced => Ok(()),
        }
    }

    fn acknowledge(&mut self, receipt: &Receipt) -> Result<()> {
        ensure!(receipt.code == 0, "a message was refused: {} {}", receipt.code, receipt.reason);
        let sequence = receipt.meta_id - self.first_id;
        self.acknowledged += 1;
        self.seat.lane().acknowledged.fetch_add(1, Ordering::Relaxed);
        if self.seat.run.is_measuring() {
            let sent_at = self.sent_at[sequence as usize % self.sent_at.len()];
            let latency = self.seat.run.now().saturating_sub(sent_at);
            self.latencies.borrow_mut().acknowledged.record(latency);
            if let Some(tally) = &self.inbox.tally {
                Tally::count(&tally.acknowledged, self.template.sender as usize);
            }
        }
        Ok(())
    }

    async fn keep_listening(self) -> Result<()> {
        self.inbox.listen(self.device).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips() {
        let mut digits = [0; SEQUENCE_DIGITS];
        put_hex(&mut digits, 3 << 32 | 77);
        assert_eq!(&digits, b"00030000004d");
        assert_eq!(read_hex(&digits), Some(3 << 32 | 77));
    }
}
