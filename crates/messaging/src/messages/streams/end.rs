//! The end of a streamed message.

use std::sync::Arc;

use bytes::Bytes;
use hongyan_model::{EntryFlags, EntryKind, LogEntry, MessageId, NewEntry, Result, Rewrite};
use hongyan_msync::proto::{MessageBody, Meta};
use hongyan_msync::{Message, meta};
use hongyan_store::{StoreError, streams};

use super::chunk::Words;
use super::registry::Stream;
use crate::Messaging;

/// How often an end is tried while somebody else changes the message.
const ATTEMPTS: u32 = 5;

/// Ends it: the message gets its whole text and everybody hears of it. Durable when it returns; a fault leaves the
/// message open, and the next look at what is overdue ends it.
pub(super) async fn finish(m: &Messaging, stream: &mut Stream, words: Words<'_>) -> Result<()> {
    let words = Words { text: &stream.text, seq: stream.chunks, ..words };
    store(m, stream.app, stream.id, words).await?;
    close(m, stream).await
}

/// Forgets it.
pub(super) async fn close(m: &Messaging, stream: &mut Stream) -> Result<()> {
    streams::end(m.store(), stream.app, stream.id).await?;
    stream.ended = true;
    m.0.streams.leave(stream);
    Ok(())
}

/// Stores the end of the message `id`, unless it has ended or was recalled.
pub(super) async fn store(
    m: &Messaging,
    app: hongyan_model::AppId,
    id: MessageId,
    words: Words<'_>,
) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let Some(message) = m.store().log().entry(app, id).await? else { return Ok(()) };
        let flags = message.entry.flags;
        let goes_on = flags.contains(EntryFlags::ONLINE_ONLY.with(EntryFlags::STREAMED));
        if !goes_on || flags.contains(EntryFlags::RECALLED) {
            return Ok(());
        }
        let rewrite = Rewrite {
            of: id,
            seen: Some(flags),
            becomes: flags.without(EntryFlags::ONLINE_ONLY),
            meta: Some(whole(&message, words)),
        };
        let end = NewEntry {
            kind: EntryKind::Event,
            flags: EntryFlags::STREAM_END,
            meta: meta::to_stored_as(Meta::default(), id.0),
            edits: Some(rewrite),
            ..message.entry
        };
        match m.store().log().append(end).await?.await {
            Ok(_) => return Ok(()),
            Err(StoreError::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    tracing::warn!(app = app.0, message = %id, "a streamed message is changed all the time; its end is not stored");
    Ok(())
}

/// The message with its whole text.
fn whole(message: &LogEntry, words: Words<'_>) -> Bytes {
    let envelope = Meta::decode(message.entry.meta.clone()).unwrap_or_default();
    let body = envelope.payload.clone().unwrap_or_default();
    let body = MessageBody::decode(body).unwrap_or_default();
    let format = body.stream.as_ref().map_or("", |stream| stream.stream_type()).to_owned();
    words.meta(&envelope, body, &format, None)
}

/// An entry as a device gets it: the end of a streamed message is delivered as the message, which is `None` if it was
/// recalled. Most entries are themselves.
pub(crate) async fn delivered_as(
    m: &Messaging,
    entry: Arc<LogEntry>,
) -> Result<Option<Arc<LogEntry>>> {
    if !entry.entry.flags.contains(EntryFlags::STREAM_END) {
        return Ok(Some(entry));
    }
    let end = Meta::decode(entry.entry.meta.clone()).unwrap_or_default();
    let id = MessageId(end.id.unwrap_or_default());
    let (app, conversation) = (entry.entry.app, &entry.entry.conversation);
    let message = match m.0.tail.entry(app, conversation, id) {
        Some(message) => Some((*message).clone()),
        None => m.store().log().entry(app, id).await?,
    };
    let is_there = |message: &LogEntry| !message.entry.flags.contains(EntryFlags::RECALLED);
    Ok(message.filter(is_there).map(|message| Arc::new(LogEntry { seq: entry.seq, ..message })))
}
