//! How far users have read their conversations: by id, one position for each, whatever the device.
//!
//! Moved by receipts: one for a conversation reads everything before it, one for a message reads it and what is older.
//! Kept in memory and written together several times a second; a crash loses at most the last 300 ms, and what was
//! read then counts as unread again.

use std::collections::HashMap;
use std::time::Duration;

use hongyan_model::{AppId, ConversationKey, MessageId, Result, UserId};
use hongyan_store::conversations::{self as stored, ReadRow};
use parking_lot::Mutex;

use crate::periodic::every;
use crate::{Messaging, nodes};

const FLUSH_INTERVAL: Duration = Duration::from_millis(300);

type User = (AppId, UserId);

/// Positions that moved and are not yet durable.
#[derive(Default)]
pub(crate) struct ReadPositions {
    moved: Mutex<HashMap<User, HashMap<ConversationKey, MessageId>>>,
    /// Held while positions are being written, so that a list reads behind the write.
    writing: tokio::sync::Mutex<()>,
}

impl ReadPositions {
    /// Notes that a user has read a conversation up to `read`.
    pub(crate) fn moved(
        &self,
        app: AppId,
        user: &UserId,
        conversation: &ConversationKey,
        read: MessageId,
    ) {
        let mut moved = self.moved.lock();
        let positions = moved.entry((app, user.clone())).or_default();
        let position = positions.entry(conversation.clone()).or_insert(read);
        *position = read.max(*position);
    }

    /// Forgets what a user has read (the user is deleted).
    pub(crate) fn forget(&self, app: AppId, user: &UserId) {
        self.moved.lock().remove(&(app, user.clone()));
    }
}

/// Notes durably that a user has read a conversation up to `read`.
pub(crate) async fn read_up_to(
    m: &Messaging,
    app: AppId,
    user: &UserId,
    conversation: &ConversationKey,
    read: MessageId,
) -> Result<()> {
    m.0.reading.moved(app, user, conversation, read);
    flush_user_here(m, app, user).await
}

/// How far `user` has read a conversation; 0 if not at all. A position that is just being written may be missed.
pub(super) async fn read_position(
    m: &Messaging,
    app: AppId,
    user: &UserId,
    conversation: &ConversationKey,
) -> Result<MessageId> {
    let moved =
        m.0.reading
            .moved
            .lock()
            .get(&(app, user.clone()))
            .and_then(|p| p.get(conversation).copied());
    let one = std::slice::from_ref(conversation);
    let states = stored::states(m.store(), app, user, one).await?;
    let written = states.first().map(|state| state.read);
    Ok(written.max(moved).unwrap_or(MessageId(0)))
}

/// Makes every position so far durable.
pub async fn flush(m: &Messaging) -> Result<()> {
    let _writing = m.0.reading.writing.lock().await;
    let moved = std::mem::take(&mut *m.0.reading.moved.lock());
    save(m, moved).await
}

/// Makes the positions of one user durable, before its list is read.
pub(super) async fn flush_user(m: &Messaging, app: AppId, user: &UserId) -> Result<()> {
    nodes::flush_elsewhere(m, app, user).await;
    flush_user_here(m, app, user).await
}

/// The same for what was read by way of this node.
pub(crate) async fn flush_user_here(m: &Messaging, app: AppId, user: &UserId) -> Result<()> {
    let _writing = m.0.reading.writing.lock().await;
    let moved = m.0.reading.moved.lock().remove_entry(&(app, user.clone()));
    save(m, moved.into_iter().collect()).await
}

async fn save(
    m: &Messaging,
    moved: HashMap<User, HashMap<ConversationKey, MessageId>>,
) -> Result<()> {
    let rows = moved.into_iter().flat_map(|((app, user), positions)| {
        positions.into_iter().map(move |(conversation, read)| ReadRow {
            app,
            user: user.clone(),
            conversation,
            read,
        })
    });
    let mut rows: Vec<ReadRow> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    // In one order for everybody, so that two writers do not wait for each other.
    rows.sort_by(|a, b| (a.app, &a.user, &a.conversation).cmp(&(b.app, &b.user, &b.conversation)));
    stored::save_read(m.store(), &rows).await.inspect_err(|_| {
        // Not durable: they are tried again with the next flush.
        for row in &rows {
            m.0.reading.moved(row.app, &row.user, &row.conversation, row.read);
        }
    })?;
    Ok(())
}

/// Starts the task that writes moved positions; it ends with the last [`Messaging`].
pub(crate) fn start_flusher(m: &Messaging) {
    let failed = "read positions could not be written";
    every(m, FLUSH_INTERVAL, failed, |m| async move { flush(&m).await });
}
