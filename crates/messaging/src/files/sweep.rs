//! Removing files whose lifetime is over.

use hongyan_model::Result;
use hongyan_store::files;

use super::parts;
use crate::Messaging;

/// Files per batch.
const BATCH: u32 = 500;
/// How long it is still known of a removed file that it has expired, rather than that it never was.
const REMEMBERED_MS: i64 = 30 * 24 * 3600 * 1000;

/// Removes the bytes of expired files, and uploads that nobody finished, of every app; answers how many these were.
///
/// A file whose bytes cannot be removed is logged and tried again by the next sweep. Stopping a sweep at any
/// point loses nothing.
pub async fn sweep(m: &Messaging) -> Result<u64> {
    let store = m.store();
    let now = m.clock().now();
    let mut swept = parts::sweep(m).await?;
    let mut last = None;
    loop {
        let expired = files::expired(store, now, last.as_ref(), BATCH).await?;
        let Some(end) = expired.last().cloned() else {
            break;
        };
        last = Some(end);
        let mut removed = Vec::with_capacity(expired.len());
        for file in expired {
            let (_, app, id) = &file;
            match store.attachments().delete(*app, id).await {
                Ok(()) => removed.push(file),
                Err(error) => {
                    tracing::warn!(app = app.0, file = %id, %error, "an expired file cannot be removed")
                }
            }
        }
        files::mark_swept(store, &removed).await?;
        swept += u64::try_from(removed.len()).unwrap_or_default();
    }
    while files::forget(store, now - REMEMBERED_MS, BATCH).await? > 0 {}
    Ok(swept)
}
