//! Exports of records: files that are made in the background, for the customer's server.
//!
//! An export is noted in the database and answered; a task of this node then reads the records a page at a time and
//! writes them into the file, which is seen once it is whole. After a crash the file is made anew.

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, StreamExt};
use hongyan_model::{
    Caller, Feature, FileId, ModeratedKind, ModerationRefusal, Refusal, Result, Timestamp, limits,
};
use hongyan_platform::{apps, moderation};
use hongyan_store::attachments::{Part, Stored};
use hongyan_store::moderation as records;
use hongyan_store::moderation_exports::{self as stored, Export, ExportState};
use serde_json::json;
use uuid::Uuid;

use super::records::flush;
use super::{Record, RecordFilter, queue};
use crate::users::require_app;
use crate::{Messaging, NumberedPage, files};

const DAY_MS: Timestamp = 24 * 3600 * 1000;
/// How long an export is kept.
const KEPT_MS: Timestamp = 7 * DAY_MS;
/// Exports on a page.
const PAGE: usize = 200;
/// Records that are read at once.
const READ: usize = 200;
/// Exports that are made at the same time; the others wait.
const CONCURRENT: usize = 2;
/// An export of which nothing was heard for so long is made by somebody else: who made it may be gone.
const AGAIN_MS: Timestamp = 120_000;
/// How often it is tried before it has failed.
const ATTEMPTS: u32 = 5;
/// After a failure, times the number of failures.
const RETRY_MS: Timestamp = 10_000;
/// Exports removed at once.
const SWEEP_BATCH: usize = 100;

/// A file of records: a JSON object in each line, the newest first.
pub struct ExportFile {
    /// The export.
    pub export: Export,
    bytes: Stored,
}

impl ExportFile {
    /// How many bytes there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes.size()
    }

    /// All of the bytes, a piece at a time.
    pub fn pieces(self) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
        let all = 0..self.bytes.size();
        files::pieces(self.bytes, all)
    }
}

/// Has a file made of the records that are there now; answers its uuid as soon as that is noted durably.
pub async fn start_export(m: &Messaging, caller: &Caller, filter: RecordFilter) -> Result<String> {
    require_app(caller)?;
    moderation::require(&caller.app)?;
    if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
        let why = "is after dateTo".to_owned();
        return Err(Refusal::Invalid { name: "dateFrom", why }.into());
    }
    let now = m.clock().now();
    let export = Export {
        app: caller.app.id,
        id: m.ids().next(now).0,
        uuid: Uuid::new_v4().to_string(),
        filter,
        state: ExportState::Waiting,
        records: 0,
        cut: false,
        bytes: 0,
        created: now,
        updated: now,
        expires: now + KEPT_MS,
    };
    let feature = Feature::ModerationExportsMax;
    if !stored::insert(m.store(), &export, caller.app.quota(feature)).await? {
        return Err(Refusal::QuotaExceeded { feature }.into());
    }
    m.0.moderation.exports.notify_one();
    Ok(export.uuid)
}

/// A page of the app's exports, the newest first; with a uuid only that one.
pub async fn list_exports(
    m: &Messaging,
    caller: &Caller,
    uuid: Option<&str>,
    (number, size): (usize, usize),
) -> Result<NumberedPage<Export>> {
    require_app(caller)?;
    moderation::require(&caller.app)?;
    let size = size.clamp(1, PAGE);
    let place = (number.saturating_mul(size), size);
    let now = m.clock().now();
    let (items, total) = stored::page(m.store(), caller.app.id, uuid, now, place).await?;
    Ok(NumberedPage { items, number, size, total })
}

/// The file of an export.
pub async fn open_export(m: &Messaging, caller: &Caller, uuid: &str) -> Result<ExportFile> {
    require_app(caller)?;
    moderation::require(&caller.app)?;
    let not_found = ModerationRefusal::ExportNotFound;
    let uuid = Uuid::try_parse(uuid).map_err(|_| not_found)?.to_string();
    let (app, now) = (caller.app.id, m.clock().now());
    let (found, _) = stored::page(m.store(), app, Some(&uuid), now, (0, 1)).await?;
    let export = found.into_iter().next().ok_or(not_found)?;
    if export.state != ExportState::Done {
        return Err(ModerationRefusal::ExportNotReady.into());
    }
    let file = file_of(&export);
    let bytes = m.store().attachments().find(app, &file, Part::Original).await?;
    let Some(bytes) = bytes else {
        tracing::error!(app = app.0, %file, "the file of an export is missing in the data directory");
        return Err(not_found.into());
    };
    Ok(ExportFile { export, bytes })
}

/// Removes exports, of every app, whose time is over; answers how many these were.
pub async fn sweep_exports(m: &Messaging) -> Result<u64> {
    let mut swept = 0;
    loop {
        let expired = stored::expired(m.store(), m.clock().now(), SWEEP_BATCH).await?;
        if expired.is_empty() {
            return Ok(swept);
        }
        for export in expired {
            // First the file: what stops this is made up for by the next sweep.
            let (attachments, file) = (m.store().attachments(), file_of(&export));
            attachments.delete(export.app, &file).await?;
            attachments.clear_unfinished(export.app, &file, Part::Original).await?;
            stored::remove(m.store(), (export.app, export.id)).await?;
            swept += 1;
        }
    }
}

/// Starts the task that makes the files, also those that an earlier process has begun; it ends with the last
/// [`Messaging`].
pub(super) fn start(m: &Messaging) {
    let wake = m.0.moderation.exports.clone();
    queue::work_off(
        m,
        wake,
        "records of moderation could not be exported",
        |m| async move { Ok(stored::release(m.store(), m.clock().now()).await?) },
        |m| async move { make_exports(&m).await.map(|_| false) },
    );
}

/// Makes every file that is due; answers how many exports these were.
pub async fn make_exports(m: &Messaging) -> Result<u64> {
    let _making = m.0.moderation.making.lock().await;
    let mut made = 0;
    loop {
        let now = m.clock().now();
        let taken = stored::take(m.store(), now, now + AGAIN_MS, CONCURRENT).await?;
        if taken.is_empty() {
            return Ok(made);
        }
        made += taken.len() as u64;
        stream::iter(taken)
            .for_each_concurrent(CONCURRENT, |(export, attempts)| {
                make_or_put_off(m, export, attempts)
            })
            .await;
    }
}

async fn make_or_put_off(m: &Messaging, export: Export, attempts: u32) {
    let Err(error) = make(m, export.clone()).await else { return };
    warn(&export, &error, "records of moderation could not be exported");
    let noted = if attempts + 1 >= ATTEMPTS {
        end(m, Export { state: ExportState::Failed, ..export.clone() }).await
    } else {
        let due = m.clock().now() + RETRY_MS * Timestamp::from(attempts + 1);
        stored::put_off(m.store(), (export.app, export.id), due).await.map_err(Into::into)
    };
    if let Err(error) = noted {
        warn(&export, &error, "an export that failed is tried again later");
    }
}

fn warn(export: &Export, error: &hongyan_model::Error, what: &str) {
    let error = error as &dyn std::error::Error;
    tracing::warn!(app = export.app.0, error, "{what}");
}

/// Makes the file of an export, and notes that it is there.
async fn make(m: &Messaging, export: Export) -> Result<()> {
    let app = apps::find_by_id(m.platform(), export.app).await?;
    let Some(app) = app.filter(|app| app.enabled(Feature::ContentModeration)) else {
        return end(m, Export { state: ExportState::Aborted, ..export }).await;
    };
    flush(m).await?;
    let most = app.quota(Feature::ModerationExportRecordsMax).unwrap_or(u64::MAX);
    let (store, file) = (m.store(), file_of(&export));
    let mut writing = None;
    let mut gathered = BytesMut::new();
    let (mut count, mut bytes, mut cut) = (0, 0, false);
    let mut before = export.id;
    'pages: loop {
        let page = records::records(store, export.app, &export.filter, Some(before), READ).await?;
        for record in &page {
            if count == most {
                cut = true;
                break 'pages;
            }
            let line = line(record);
            gathered.extend_from_slice(line.as_bytes());
            bytes += line.len() as u64;
            count += 1;
        }
        if gathered.len() >= limits::UPLOAD_PART_BYTES {
            if writing.is_none() {
                writing = Some(store.attachments().write(export.app, &file, Part::Original).await?);
            }
            if let Some(writing) = &mut writing {
                writing.add(std::mem::take(&mut gathered).freeze()).await?;
            }
            stored::put_off(store, (export.app, export.id), m.clock().now() + AGAIN_MS).await?;
        }
        match page.last() {
            Some(last) if page.len() == READ => before = last.id,
            _ => break,
        }
    }
    match writing {
        None => {
            let bytes = gathered.freeze();
            store.attachments().put(export.app, &file, Part::Original, bytes).await?;
        }
        Some(mut writing) => {
            if !gathered.is_empty() {
                writing.add(gathered.freeze()).await?;
            }
            writing.finish().await?;
        }
    }
    end(m, Export { state: ExportState::Done, records: count, cut, bytes, ..export }).await
}

async fn end(m: &Messaging, export: Export) -> Result<()> {
    let now = m.clock().now();
    Ok(stored::end(m.store(), &Export { updated: now, expires: now + KEPT_MS, ..export }).await?)
}

fn file_of(export: &Export) -> FileId {
    FileId::from_trusted(export.uuid.as_str())
}

/// A record as it stands in the file, in the words of the event `moderation` (docs/callbacks.md).
fn line(record: &Record) -> String {
    let id = record.message.map_or(record.id, |message| message.0);
    let mut line = json!({
        "timestamp": record.time,
        "from": record.sender.as_str(),
        "to": record.target,
        "targetType": record.chat.word(),
        "messageType": record.kind.word(),
        "messageId": id.to_string(),
        "moderationResult": record.act.word(),
        "providerResult": record.outcome.word(),
        "source": { "rule": record.rule, "riskType": record.risk, "riskDetail": record.detail },
        "isTest": record.is_trial,
    });
    let field = if record.kind == ModeratedKind::Text { "msg" } else { "url" };
    line[field] = record.content.as_str().into();
    format!("{line}\n")
}
