//! Ending what nobody goes on with.

use std::time::Duration;

use hongyan_model::{EntryFlags, EntryKind, IdGenerator, Result};
use hongyan_msync::Message;
use hongyan_msync::proto::{MessageBody, Meta};
use hongyan_store::streams::{self, OpenStream};
use tokio::time::MissedTickBehavior;

use super::chunk::Words;
use super::{Broken, end, overdue};
use crate::Messaging;

const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Looks after which it is looked for messages of nodes that are gone, too.
const NODES_EVERY: u32 = 5;
/// Entries read together.
const READ: usize = 500;

/// Starts the task that ends what was left behind by the last process, and then what is overdue; it ends with the last
/// [`Messaging`].
pub(crate) fn start(m: &Messaging) {
    let weak = m.downgrade();
    tokio::spawn(async move {
        let mut left_behind = true;
        let mut looks: u32 = 0;
        let mut tick = tokio::time::interval(LOOK_INTERVAL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let Some(m) = weak.upgrade().map(Messaging) else { return };
            looks = looks.wrapping_add(1);
            // Messages of a node that is gone are ended by one of those that are left.
            let is_due = looks.is_multiple_of(NODES_EVERY) && m.router().is_clustered();
            left_behind |= is_due && m.router().is_first(m.ids().node());
            let done = match left_behind {
                true => end_left_behind(&m).await.map(|()| left_behind = false),
                false => end_overdue(&m).await,
            };
            if let Err(error) = done {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "streamed messages could not be ended; trying again");
            }
        }
    });
}

/// Ends messages whose next chunk, or end, has not come in time.
pub async fn end_overdue(m: &Messaging) -> Result<()> {
    let now = m.clock().now();
    for stream in m.0.streams.all() {
        // Somebody who holds it is adding to it.
        let Ok(mut stream) = stream.try_lock() else { continue };
        if let Some(broken) = overdue(&stream, now, 0).filter(|_| !stream.ended) {
            end::finish(m, &mut stream, Words::broken(broken)).await?;
        }
    }
    Ok(())
}

/// Ends messages that the last process of this node left open, or a node that is gone, with all the chunks that it had
/// acknowledged. Doing it twice changes nothing.
async fn end_left_behind(m: &Messaging) -> Result<()> {
    // Before the nodes: one that joins meanwhile has begun none of these.
    let all = streams::open(m.store()).await?;
    let others = m.store().log().nodes().await?;
    for open in all {
        let goes_on = others.contains(&IdGenerator::node_of(open.id));
        if goes_on || m.0.streams.find(open.app, open.id).is_some() {
            continue;
        }
        let (text, chunks) = gathered(m, &open).await?;
        let words = Words { text: &text, seq: chunks, ..Words::broken(Broken::Gap) };
        end::store(m, open.app, open.id, words).await?;
        streams::end(m.store(), open.app, open.id).await?;
        tracing::info!(app = open.app.0, message = %open.id, "a streamed message that a stop interrupted is ended");
    }
    Ok(())
}

/// The text so far, and of how many chunks.
async fn gathered(m: &Messaging, open: &OpenStream) -> Result<(String, u64)> {
    let (mut text, mut chunks) = (String::new(), 0);
    let mut seq = open.seq;
    loop {
        let entries = m.store().log().after(open.app, &open.conversation, seq, READ).await?;
        for entry in &entries {
            let is_chunk = entry.entry.kind == EntryKind::Event
                && entry.entry.flags.contains(EntryFlags::STREAMED);
            if !is_chunk {
                continue;
            }
            let envelope = Meta::decode(entry.entry.meta.clone()).unwrap_or_default();
            if envelope.id == Some(open.id.0) {
                let body = envelope.payload.unwrap_or_default();
                let body = MessageBody::decode(body).unwrap_or_default();
                text.extend(body.contents.first().map(|content| content.text()));
                chunks += 1;
            }
        }
        match entries.last() {
            Some(last) if entries.len() == READ => seq = last.seq,
            _ => return Ok((text, chunks)),
        }
    }
}
