//! What was examined, and what became of it.

use std::collections::VecDeque;

use hongyan_model::{App, AppId, Caller, ModerationAct, Outcome, Result, Timestamp};
use hongyan_store::moderation::{self as stored, Count, Record, RecordFilter};

use crate::hooks::Happening;
use crate::messages::events;
use crate::page::decode_cursor;
use crate::users::require_app;
use crate::{Messaging, Page};

const DAY_MS: Timestamp = 24 * 3600 * 1000;
/// How long a record is kept.
const KEPT_MS: Timestamp = 30 * DAY_MS;
/// Records removed at once.
const SWEEP_BATCH: u32 = 500;
/// Lines on a page.
const PAGE: usize = 100;
/// Lines of an export.
const EXPORTED: usize = 50_000;
/// Records that wait to be written; more are lost, and the log says so.
const WAITING: usize = 20_000;
/// Records in one transaction.
const BATCH: usize = 500;
/// Length of what is kept of a message, in characters.
const CONTENT_CHARS: usize = 5000;

/// Records of messages that passed: they are written in groups, so that such messages do not wait for it.
#[derive(Default)]
pub(super) struct Spool {
    records: VecDeque<(AppId, Record)>,
    lost: u64,
}

/// Notes what became of a message, and tells it outside. Anything but a pass is on disk when this returns.
pub(super) async fn note(m: &Messaging, app: &App, mut record: Record) -> Result<()> {
    // PostgreSQL has no text with it.
    let kept = |text: &str| -> String {
        text.chars().filter(|c| *c != '\0').take(CONTENT_CHARS).collect()
    };
    record.content = kept(&record.content);
    record.detail = kept(&record.detail);
    events::told_outside(m, app, Happening::Moderation(&record)).await;
    if record.outcome == Outcome::Pass && record.act == ModerationAct::Pass {
        let mut spool = m.0.moderation.spool.lock();
        if spool.records.len() >= WAITING {
            spool.lost += 1;
        } else {
            spool.records.push_back((app.id, record));
        }
        return Ok(());
    }
    Ok(stored::note(m.store(), &[(app.id, record)]).await?)
}

/// Writes what is waiting.
pub async fn flush(m: &Messaging) -> Result<()> {
    let _writing = m.0.moderation.writing.lock().await;
    loop {
        let (records, lost) = {
            let mut spool = m.0.moderation.spool.lock();
            let most = spool.records.len().min(BATCH);
            let records: Vec<_> = spool.records.drain(..most).collect();
            (records, std::mem::take(&mut spool.lost))
        };
        if lost > 0 {
            tracing::warn!(lost, "messages that passed moderation are missing in its history");
        }
        if records.is_empty() {
            return Ok(());
        }
        if let Err(error) = stored::note(m.store(), &records).await {
            let mut spool = m.0.moderation.spool.lock();
            for record in records.into_iter().rev() {
                spool.records.push_front(record);
            }
            return Err(error.into());
        }
    }
}

/// Messages that were examined, the newest first.
pub async fn records(
    m: &Messaging,
    caller: &Caller,
    filter: &RecordFilter,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<Record>> {
    require_app(caller)?;
    flush(m).await?;
    let before = cursor.map(|cursor| decode_cursor(cursor, |id| id.parse().ok())).transpose()?;
    let limit = limit.clamp(1, PAGE);
    let found = stored::records(m.store(), caller.app.id, filter, before, limit + 1).await?;
    Ok(Page::of(found, limit, |record| record.id.to_string()))
}

/// The newest 50,000 of them, for a file.
pub async fn export(m: &Messaging, caller: &Caller, filter: &RecordFilter) -> Result<Vec<Record>> {
    require_app(caller)?;
    flush(m).await?;
    Ok(stored::records(m.store(), caller.app.id, filter, None, EXPORTED).await?)
}

/// How many messages of the last `days` days (UTC, today included) ended how.
pub async fn statistics(m: &Messaging, caller: &Caller, days: u32) -> Result<Vec<Count>> {
    require_app(caller)?;
    flush(m).await?;
    let today = m.clock().now().div_euclid(DAY_MS);
    let days = i64::from(days.clamp(1, 30));
    Ok(stored::counts(m.store(), caller.app.id, (today - days + 1, today)).await?)
}

/// Removes records, of every app, whose time is over; answers how many these were.
pub async fn sweep(m: &Messaging) -> Result<u64> {
    let before = m.clock().now() - KEPT_MS;
    let mut swept = 0;
    loop {
        match stored::forget(m.store(), before, SWEEP_BATCH).await? {
            0 => return Ok(swept),
            removed => swept += removed,
        }
    }
}
