//! Making files, one after the other, slowly enough for sends.

use std::io::{self, Write};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hongyan_model::{
    AppStatus, Fault, FileId, IdGenerator, LogEntry, MessageId, Result, Timestamp, limits,
};
use hongyan_platform::apps;
use hongyan_store::attachments::{Part, Writing};
use hongyan_store::exports::{self as stored, Claim};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use uuid::Uuid;

use super::{HOUR_MS, SETTLE_MS, discard, record};
use crate::Messaging;

/// Entries of the log that are looked at in one step; what they say is in memory.
const STEP: usize = 250;
/// A file whose maker has said nothing for so long is taken over.
const LEASE_MS: i64 = 60_000;
/// After a failure.
const RETRY_MS: i64 = 60_000;
/// Who has asked for a file within so long finds the hours that follow made.
const ASKED_MS: i64 = 3 * 24 * HOUR_MS;
/// How often it is looked for files to be made when nobody says that there are some.
const LOOK: Duration = Duration::from_secs(10);

/// Starts the task that makes files; it ends with the last [`Messaging`].
pub(crate) fn start(m: &Messaging) {
    let (weak, wanted) = (m.downgrade(), m.0.exports.wanted.clone());
    tokio::spawn(async move {
        let mut failing = false;
        loop {
            let Some(m) = weak.upgrade().map(Messaging) else { return };
            let done = make_due(&m).await;
            drop(m);
            if let Err(error) = &done
                && !failing
            {
                let error = error as &dyn std::error::Error;
                tracing::error!(
                    error,
                    "it is not known which files of messages are due; trying again"
                );
            }
            failing = done.is_err();
            let _ = timeout(LOOK, wanted.notified()).await;
        }
    });
}

/// Makes every file that is due; answers how many. One that fails is tried again later.
pub async fn make_due(m: &Messaging) -> Result<usize> {
    let _making = m.0.exports.making.lock().await;
    plan(m).await?;
    let mut made = 0;
    loop {
        let now = m.clock().now();
        let file = FileId::from_trusted(Uuid::new_v4().to_string());
        let taken = stored::take(m.store(), &file, now, now + LEASE_MS).await?;
        let Some(claim) = taken else { return Ok(made) };
        match make(m, &claim).await {
            Ok(()) => made += 1,
            Err(error) => {
                warn(&claim, &error);
                stored::hold(m.store(), &claim, m.clock().now() + RETRY_MS).await?;
            }
        }
        m.0.exports.made.notify_waiters();
    }
}

fn warn(claim: &Claim, error: &hongyan_model::Error) {
    let (app, hour, error) = (claim.app.0, claim.hour, error as &dyn std::error::Error);
    tracing::error!(app, hour, error, "a file of messages could not be made; trying again");
}

/// Notes the last hour for the apps that fetch hour after hour.
async fn plan(m: &Messaging) -> Result<()> {
    let now = m.clock().now();
    let over = now - SETTLE_MS - HOUR_MS;
    let hour = over - over.rem_euclid(HOUR_MS);
    if m.0.exports.planned.load(Ordering::Relaxed) == hour {
        return Ok(());
    }
    stored::plan(m.store(), hour, hour + HOUR_MS + SETTLE_MS, now - ASKED_MS).await?;
    m.0.exports.planned.store(hour, Ordering::Relaxed);
    Ok(())
}

async fn make(m: &Messaging, claim: &Claim) -> Result<()> {
    if let Some(file) = &claim.abandoned {
        discard(m, claim.app, file).await?;
    }
    let app = apps::find_by_id(m.platform(), claim.app).await?;
    if app.is_none_or(|app| app.status == AppStatus::Deleting) {
        return Ok(stored::forget(m.store(), claim.app, claim.hour).await?);
    }
    let Some(messages) = write(m, claim).await? else { return Ok(()) };
    if !stored::finish(m.store(), claim, messages, m.clock().now()).await? {
        discard(m, claim.app, &claim.file).await?;
    }
    Ok(())
}

/// Writes the file, if there is something to write; answers how many messages it holds, or nothing if somebody else has
/// taken over.
async fn write(m: &Messaging, claim: &Claim) -> Result<Option<u64>> {
    let (mut packer, mut writing) = (Packer::default(), None);
    let mut place = IdGenerator::floor(claim.hour);
    let mut held = m.clock().now();
    loop {
        let began = Instant::now();
        let next;
        (packer, next) = step(m, claim, place, packer).await?;
        if packer.packed() >= limits::UPLOAD_PART_BYTES {
            add(m, claim, &mut writing, packer.take()).await?;
        }
        let Some(next) = next else { break };
        place = next;
        if !still_ours(m, claim, &mut held).await? {
            return Ok(None);
        }
        // Half of the time is for others.
        tokio::time::sleep(began.elapsed()).await;
    }
    let messages = packer.messages;
    if messages > 0 {
        add(m, claim, &mut writing, packer.finish().map_err(not_packed)?).await?;
        if let Some(writing) = writing {
            writing.finish().await?;
        }
    }
    Ok(Some(messages))
}

/// Packs what the next entries behind `place` say; answers from where it goes on.
async fn step(
    m: &Messaging,
    claim: &Claim,
    place: MessageId,
    mut packer: Packer,
) -> Result<(Packer, Option<MessageId>)> {
    let until = IdGenerator::floor(claim.hour + HOUR_MS);
    let page = m.store().log().messages_between(claim.app, (place, until), STEP).await?;
    if !page.messages.is_empty() {
        let packed = spawn_blocking(move || packer.add(&page.messages).map(|()| packer));
        packer = packed.await.map_err(not_packed)?.map_err(not_packed)?;
    }
    Ok((packer, page.reached))
}

async fn add(
    m: &Messaging,
    claim: &Claim,
    writing: &mut Option<Writing>,
    bytes: Bytes,
) -> Result<()> {
    if writing.is_none() {
        let attachments = m.store().attachments();
        *writing = Some(attachments.write(claim.app, &claim.file, Part::Export).await?);
    }
    if let Some(writing) = writing {
        writing.add(bytes).await?;
    }
    Ok(())
}

/// Keeps others from taking over in time.
async fn still_ours(m: &Messaging, claim: &Claim, held: &mut Timestamp) -> Result<bool> {
    let now = m.clock().now();
    if now - *held < LEASE_MS / 4 {
        return Ok(true);
    }
    *held = now;
    Ok(stored::hold(m.store(), claim, now + LEASE_MS).await?)
}

fn not_packed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
    Fault::new("messages could not be packed", error)
}

/// Lines of JSON on their way into a file.
struct Packer {
    gzip: GzEncoder<Vec<u8>>,
    line: Vec<u8>,
    messages: u64,
}

impl Default for Packer {
    fn default() -> Self {
        // Sends want the processor more than anybody wants the space.
        let gzip = GzEncoder::new(Vec::new(), Compression::fast());
        Self { gzip, line: Vec::new(), messages: 0 }
    }
}

impl Packer {
    fn add(&mut self, entries: &[LogEntry]) -> io::Result<()> {
        for record in entries.iter().filter_map(record::of) {
            self.line.clear();
            serde_json::to_writer(&mut self.line, &record)?;
            self.line.push(b'\n');
            self.gzip.write_all(&self.line)?;
            self.messages += 1;
        }
        Ok(())
    }

    /// Packed bytes in memory.
    fn packed(&self) -> usize {
        self.gzip.get_ref().len()
    }

    fn take(&mut self) -> Bytes {
        std::mem::take(self.gzip.get_mut()).into()
    }

    /// The last bytes.
    fn finish(self) -> io::Result<Bytes> {
        Ok(self.gzip.finish()?.into())
    }
}
