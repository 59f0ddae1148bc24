//! What waits for a user's devices, seen from outside.

use hongyan_model::{
    AppId, Caller, Conversation, DeviceId, EntryFlags, Feature, IdGenerator, LogEntry, MessageId,
    Result, Timestamp, UserId,
};
use hongyan_store::DeviceKey;

use super::cursors;
use crate::users::{existing, require_app};
use crate::{Messaging, circles};

/// Most conversations that are looked at.
const CONVERSATIONS: usize = 500;
/// Entries read at once, and most of all conversations together: the count is no greater than this.
const PAGE: usize = 200;
const ENTRIES: usize = 2000;

/// How many messages wait for the device of the user that logged in last; for a user without a device, for its
/// first one. Counts at most 2000. For the customer's server.
pub async fn offline_count(m: &Messaging, caller: &Caller, user: &str) -> Result<u64> {
    require_app(caller)?;
    let app = caller.app.id;
    let facts = existing(m, app, user).await?;
    let user = &facts.id;
    cursors::flush_user(m, app, user).await?;

    let log = m.store().log();
    let own = Conversation::System(user.clone()).key();
    let devices = log.progress(app, &own, vec![user.clone()]).await?;
    let (device, base) = match devices.into_iter().max_by_key(|device| device.last_seen) {
        Some(device) => (device.device, device.base),
        None => {
            let kept = m.clock().now().saturating_sub(caller.app.days(Feature::MsgStorageDays));
            // No device has this name.
            (DeviceId::from_trusted(""), IdGenerator::floor(kept.max(facts.created)))
        }
    };
    let waiting = waiting(m, app, user, (&device, base)).await?;
    Ok(u64::try_from(waiting.len()).unwrap_or(u64::MAX))
}

/// Messages from `since` (Unix ms) on that wait for a device, at most 2000; none for a device that nobody knows.
pub async fn undelivered(
    m: &Messaging,
    app: AppId,
    user: &UserId,
    device: &DeviceId,
    since: Timestamp,
) -> Result<Vec<LogEntry>> {
    cursors::flush_user(m, app, user).await?;
    let own = Conversation::System(user.clone()).key();
    let devices = m.store().log().progress(app, &own, vec![user.clone()]).await?;
    let Some(known) = devices.into_iter().find(|known| known.device == *device) else {
        return Ok(Vec::new());
    };
    let base = known.base.max(IdGenerator::floor(since));
    waiting(m, app, user, (device, base)).await
}

/// What waits for a device of what is younger than `base`.
async fn waiting(
    m: &Messaging,
    app: AppId,
    user: &UserId,
    (device, base): (&DeviceId, MessageId),
) -> Result<Vec<LogEntry>> {
    let log = m.store().log();
    let joined = circles::joined(m, app, user).await?;
    let key = DeviceKey { app, user, device };
    let unread = log.unread(key, base, joined.clone(), CONVERSATIONS).await?;
    let (mut waiting, mut read) = (Vec::new(), 0);
    for conversation in unread {
        let since = joined.iter().find(|(key, _)| *key == conversation);
        let since = since.map_or(base, |(_, joined_at)| base.max(*joined_at));
        let begin = log.position(app, &conversation, since).await?;
        let mut seq = match log.cursor(key, &conversation).await? {
            Some(cursor) => cursor.max(begin),
            None => begin,
        };
        while read < ENTRIES {
            let entries = log.after(app, &conversation, seq, PAGE).await?;
            let Some(last) = entries.last() else { break };
            seq = last.seq;
            read += entries.len();
            let meant = entries.into_iter().filter(|entry| waits(entry, since, user, device));
            waiting.extend(meant);
        }
    }
    Ok(waiting)
}

/// Whether one of the user's devices has received the message; for the customer's server.
pub async fn is_delivered(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    message: &str,
) -> Result<bool> {
    require_app(caller)?;
    let app = caller.app.id;
    let user = existing(m, app, user).await?.id.clone();
    let Ok(id) = message.parse().map(MessageId) else { return Ok(false) };
    let Some(found) = m.store().log().entry(app, id).await? else { return Ok(false) };
    cursors::flush_user(m, app, &user).await?;
    let conversation = &found.entry.conversation;
    let devices = m.store().log().progress(app, conversation, vec![user]).await?;
    let has = |device: &hongyan_store::DeviceProgress| {
        device.base < id && device.cursor.is_some_and(|cursor| cursor >= found.seq)
    };
    Ok(devices.iter().any(has))
}

/// Whether it is a message from somebody else that the device would be served.
fn waits(found: &LogEntry, since: MessageId, user: &UserId, device: &DeviceId) -> bool {
    let entry = &found.entry;
    let hidden =
        entry.flags.contains(EntryFlags::RECALLED) || entry.flags.contains(EntryFlags::ONLINE_ONLY);
    let meant = entry.sender != *user && entry.audience.includes(user, device);
    found.id > since && entry.kind.is_message() && meant && !hidden
}
