//! What was said in an hour of an app, as a file that its server fetches.
//!
//! A file is made when it is asked for first, by a task beside the sends, and kept; who has asked lately finds the hours
//! that follow made. The database says who makes which file: another node, or the next process, takes over what was not
//! brought to its end.

mod link;
mod make;
mod record;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use hongyan_model::{App, Caller, ExportRefusal, Feature, FileId, Result, Timestamp};
use hongyan_platform::apps;
use hongyan_store::attachments::Part;
use hongyan_store::exports as stored;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, timeout};

use crate::Messaging;
use crate::files::Download;
use crate::users::require_app;

pub use link::Link;
pub use make::make_due;
pub(crate) use make::start;

const HOUR_MS: i64 = 3_600_000;
/// After the end of an hour something of it may still be on its way to the disk, and clocks of nodes differ.
const SETTLE_MS: i64 = 60_000;
/// How long a link opens.
const LINK_MS: i64 = HOUR_MS;
/// How long a call waits for a file that is being made.
const WAIT: Duration = Duration::from_secs(8);
/// How soon it is noticed that another node has made it.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Rows that a sweep reads at once.
const BATCH: usize = 100;

/// What the task that makes files and those who wait for them tell each other.
#[derive(Default)]
pub(crate) struct Exports {
    wanted: Arc<Notify>,
    made: Notify,
    /// Held while files are being made: one after the other.
    making: Mutex<()>,
    /// The hour that was noted for every app which asks for files.
    planned: AtomicI64,
}

/// A link to what was said in an hour of the app, `time` = `yyyyMMddHH` in UTC. For the customer's server.
///
/// A message is of the hour in which it was stored. The file holds what was there when it was made: messages and commands
/// of chats, groups, threads and chat rooms with their newest content, without what was recalled or was for who was online
/// only. Hours that began within `message_export_days`, and within `msg_storage_days`, can be had. Waits some seconds for
/// a file that has to be made first.
pub async fn link(m: &Messaging, caller: &Caller, time: &str) -> Result<Link> {
    require_app(caller)?;
    let app = &caller.app;
    let now = m.clock().now();
    let named = || (app.key(), time.to_owned());
    let Some(hour) = parse(time).filter(|hour| hour + HOUR_MS <= now) else {
        let (app, time) = named();
        return Err(ExportRefusal::NoHour { app, time }.into());
    };
    if hour < oldest(app, now) {
        let (app, time) = named();
        return Err(ExportRefusal::NotKept { app, time }.into());
    }

    let due = hour + HOUR_MS + SETTLE_MS;
    stored::ask(m.store(), (app.id, hour), due, now).await?;
    if due > now {
        return Err(ExportRefusal::NotReady.into());
    }
    let made = wait(m, app, hour).await?.ok_or(ExportRefusal::NotReady)?;
    if made.file.is_none() {
        let (app, time) = named();
        return Err(ExportRefusal::Nothing { app, time }.into());
    }
    Ok(link::sign(m, app.id, hour, now + LINK_MS))
}

/// The file behind a link, for whoever has the link.
pub async fn download(
    m: &Messaging,
    app: &App,
    time: &str,
    (expires, signature): (&str, &str),
) -> Result<Download> {
    let hour = parse(time).ok_or(ExportRefusal::LinkInvalid)?;
    let expires = link::verify(m, app.id, hour, (expires, signature))?;
    if expires <= m.clock().now() {
        return Err(ExportRefusal::LinkExpired.into());
    }
    let found = stored::find(m.store(), app.id, hour).await?;
    let made = found.and_then(|found| Some((found.file?, found.made?)));
    let nothing = || ExportRefusal::Nothing { app: app.key(), time: time.to_owned() };
    let (file, made) = made.ok_or_else(nothing)?;
    let Some(bytes) = m.store().attachments().find(app.id, &file, Part::Export).await? else {
        tracing::error!(app = app.id.0, %file, "a file of messages is missing in the data directory");
        return Err(nothing().into());
    };
    let name = format!("{}-{}-{time}.gz", app.org, app.name);
    Ok(Download::of_ours(file, name, made, bytes))
}

/// Removes files that are not reachable any more, of every app; answers how many.
pub async fn sweep(m: &Messaging) -> Result<u64> {
    let mut removed = 0;
    for app in apps::all(m.platform()).await? {
        // A link that was just given opens to its end.
        let before = oldest(&app, m.clock().now()).saturating_sub(LINK_MS);
        loop {
            let ended = stored::ended(m.store(), app.id, before, BATCH).await?;
            for export in &ended {
                if let Some(file) = &export.file {
                    discard(m, app.id, file).await?;
                }
                stored::forget(m.store(), app.id, export.hour).await?;
            }
            removed += ended.len() as u64;
            if ended.len() < BATCH {
                break;
            }
        }
    }
    Ok(removed)
}

/// Hours that began before are not given.
fn oldest(app: &App, now: Timestamp) -> Timestamp {
    let kept = app.days(Feature::MessageExportDays).min(app.days(Feature::MsgStorageDays));
    now.saturating_sub(kept)
}

/// The made file of an hour that is noted; `None` if it is still being made after a while.
async fn wait(m: &Messaging, app: &App, hour: Timestamp) -> Result<Option<stored::Export>> {
    let until = Instant::now() + WAIT;
    m.0.exports.wanted.notify_one();
    loop {
        let mut made = pin!(m.0.exports.made.notified());
        made.as_mut().enable();
        let found = stored::find(m.store(), app.id, hour).await?;
        match found {
            Some(found) if found.made.is_some() => return Ok(Some(found)),
            Some(_) if Instant::now() < until => drop(timeout(LOOK_AGAIN, made).await),
            _ => return Ok(None),
        }
    }
}

/// Removes the bytes of a file, finished or not.
async fn discard(m: &Messaging, app: hongyan_model::AppId, file: &FileId) -> Result<()> {
    let attachments = m.store().attachments();
    attachments.delete_parts(app, file, [Part::Export]).await?;
    Ok(attachments.clear_unfinished(app, file, Part::Export).await?)
}

/// Where the hour `yyyyMMddHH` begins.
fn parse(time: &str) -> Option<Timestamp> {
    if time.len() != 10 || !time.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| time.get(from..to)?.parse::<i8>().ok();
    let year = time.get(..4)?.parse().ok()?;
    let (month, day, hour) = (number(4, 6)?, number(6, 8)?, number(8, 10)?);
    let begin = DateTime::new(year, month, day, hour, 0, 0, 0).ok()?;
    Some(begin.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_hour_is_ten_digits_in_utc() {
        assert_eq!(parse("1970010100"), Some(0));
        assert_eq!(parse("2026112301"), Some(1_795_395_600_000));
        assert_eq!(parse("2028022923"), Some(1_835_478_000_000));
        for bad in [
            "",
            "2026112324",
            "2026022900",
            "2026130100",
            "2026000100",
            "20261123",
            "202611230100",
            "2026-11-23",
            "+026112301",
            "２０26112",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
