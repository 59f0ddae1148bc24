//! Examining audio and video, which are delivered at once: from a queue in the database, and recalled if need be.

use futures_util::StreamExt;
use futures_util::stream;
use hongyan_model::{
    App, AppId, ChatType, EntryFlags, EntryKind, Feature, LogEntry, MessageId, ModeratedKind,
    Result, Timestamp,
};
use hongyan_msync::Message;
use hongyan_msync::proto::{MessageBody, Meta};
use hongyan_platform::apps;
use hongyan_store::moderation as stored;

use super::examine::examine_delivered;
use super::{handling, parts, queue};
use crate::Messaging;
use crate::messages;

/// Messages that are taken from the queue at once.
const TAKEN: u32 = 64;
/// Messages that are examined at the same time.
const CONCURRENT: usize = 16;
/// A message whose examination has not ended after this long is taken again: who took it may be gone.
const AGAIN_MS: Timestamp = 120_000;
/// How often a provider is asked about a message before the rule says what a failure means.
const ATTEMPTS: u32 = 3;
/// After a failure, times the number of failures.
const RETRY_MS: Timestamp = 10_000;

/// Whether such a message is examined once it is delivered.
pub(crate) fn is_examined_later(app: &App, kind: EntryKind, (chat, to): (ChatType, &str)) -> bool {
    let kind = ModeratedKind::of(kind).filter(|kind| kind.is_examined_later());
    kind.is_some_and(|kind| app.settings.moderation.rule(kind, chat, to).is_some())
        && app.enabled(Feature::ContentModeration)
}

/// Notes durably that a delivered message is to be examined.
pub(crate) async fn examine_later(m: &Messaging, app: AppId, message: MessageId) -> Result<()> {
    stored::add_job(m.store(), app, message, m.clock().now()).await?;
    m.0.moderation.wake.notify_one();
    Ok(())
}

/// Starts the task that examines; it ends with the last [`Messaging`].
pub(super) fn start(m: &Messaging) {
    let wake = m.0.moderation.wake.clone();
    queue::work_off(
        m,
        wake,
        "delivered messages could not be examined",
        |m| async move { Ok(stored::release_jobs(m.store(), m.clock().now()).await?) },
        |m| async move { work(&m).await },
    );
}

/// Examines what is due; whether there may be more.
async fn work(m: &Messaging) -> Result<bool> {
    let now = m.clock().now();
    let jobs = stored::take_jobs(m.store(), now, now + AGAIN_MS, TAKEN).await?;
    let is_full = jobs.len() == TAKEN as usize;
    stream::iter(jobs)
        .for_each_concurrent(CONCURRENT, |(app, message, attempts)| async move {
            if let Err(error) = examine(m, app, message, attempts).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(%message, error, "a message could not be examined; trying again");
            }
        })
        .await;
    Ok(is_full)
}

async fn examine(m: &Messaging, app: AppId, message: MessageId, attempts: u32) -> Result<()> {
    let Some(app) = apps::find_by_id(m.platform(), app).await? else {
        return Ok(stored::end_job(m.store(), app, message).await?);
    };
    let found = m.store().log().entry(app.id, message).await?;
    let found = found.filter(|found| !found.entry.flags.contains(EntryFlags::RECALLED));
    if let Some(entry) = found
        && app.enabled(Feature::ContentModeration)
        && let Some((chat, to, body)) = opened(&entry)
    {
        let last = attempts + 1 >= ATTEMPTS;
        for part in parts::of(entry.entry.kind, &body) {
            let sender = (&*app, &entry.entry.sender);
            let what = (message, part);
            match examine_delivered(m, sender, (chat, &to), what, last).await? {
                Some(false) => {}
                Some(true) => messages::withdraw(m, &handling::on_behalf_of(&app), &entry).await?,
                None => {
                    let due = m.clock().now() + RETRY_MS * Timestamp::from(attempts + 1);
                    return Ok(stored::put_off(m.store(), app.id, message, due).await?);
                }
            }
        }
    }
    Ok(stored::end_job(m.store(), app.id, message).await?)
}

/// Where a message was said, and what it says.
fn opened(entry: &LogEntry) -> Option<(ChatType, String, MessageBody)> {
    let chat = ChatType::of(&entry.entry.conversation)?;
    let envelope = Meta::decode(entry.entry.meta.clone()).ok()?;
    let body = MessageBody::decode(envelope.payload?).ok()?;
    let to = body.to.as_ref().and_then(|to| to.name.clone()).unwrap_or_default();
    Some((chat, to, body))
}
