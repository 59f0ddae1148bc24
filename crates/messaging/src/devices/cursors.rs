//! Cursors on their way to the disk.
//!
//! Acknowledgements are kept in memory and written together several times a second. A crash loses at
//! most the last 300 ms: the device then receives again what it had acknowledged, under the same ids.

use std::collections::HashMap;
use std::time::Duration;

use hongyan_model::{AppId, ConversationKey, DeviceId, Result, UserId};
use hongyan_store::CursorRow;
use parking_lot::Mutex;

use super::repeats::BrokenOff;
use crate::periodic::every;
use crate::{Messaging, nodes};

const FLUSH_INTERVAL: Duration = Duration::from_millis(300);

/// Devices that come back after their connections broke off; of more, some may see a message twice.
const BROKEN_OFF: u64 = 100_000;
const BROKEN_OFF_FOR: Duration = Duration::from_secs(10 * 60);

type User = (AppId, UserId);
type Position = (DeviceId, ConversationKey);

/// Cursors that moved and are not yet durable.
pub(crate) struct CursorCache {
    moved: Mutex<HashMap<User, HashMap<Position, u64>>>,
    /// Held while moved cursors are being written, so that a login reads behind the write.
    writing: tokio::sync::Mutex<()>,
    /// What was served and not acknowledged when a device's connection ended.
    broken_off: moka::sync::Cache<(AppId, UserId, DeviceId), BrokenOff>,
}

impl Default for CursorCache {
    fn default() -> Self {
        let broken_off = moka::sync::Cache::builder();
        Self {
            moved: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
            broken_off: broken_off.max_capacity(BROKEN_OFF).time_to_live(BROKEN_OFF_FOR).build(),
        }
    }
}

impl CursorCache {
    /// Notes that a device has received a conversation up to `seq`.
    pub(crate) fn moved(
        &self,
        user: (AppId, &UserId),
        device: &DeviceId,
        conversation: &ConversationKey,
        seq: u64,
    ) {
        let mut moved = self.moved.lock();
        let positions = moved.entry((user.0, user.1.clone())).or_default();
        let cursor = positions.entry((device.clone(), conversation.clone())).or_default();
        *cursor = seq.max(*cursor);
    }

    /// Remembers what a device will be served again.
    pub(super) fn break_off(
        &self,
        (app, user, device): (AppId, &UserId, &DeviceId),
        open: BrokenOff,
    ) {
        self.broken_off.insert((app, user.clone(), device.clone()), open);
    }

    /// That, once.
    pub(super) fn take_broken_off(
        &self,
        (app, user, device): (AppId, &UserId, &DeviceId),
    ) -> Option<BrokenOff> {
        self.broken_off.remove(&(app, user.clone(), device.clone()))
    }

    /// Forgets what a user's devices acknowledged (the user is deleted).
    pub(crate) fn forget(&self, app: AppId, user: &UserId) {
        self.moved.lock().remove(&(app, user.clone()));
    }
}

/// Makes every acknowledgement so far durable.
pub async fn flush(m: &Messaging) -> Result<()> {
    let _writing = m.0.cursors.writing.lock().await;
    let moved = std::mem::take(&mut *m.0.cursors.moved.lock());
    save(m, moved).await
}

/// Makes the acknowledgements of one user's devices durable, before a device of theirs is opened.
pub(crate) async fn flush_user(m: &Messaging, app: AppId, user: &UserId) -> Result<()> {
    nodes::flush_elsewhere(m, app, user).await;
    flush_user_here(m, app, user).await
}

/// The same for devices on this node.
pub(crate) async fn flush_user_here(m: &Messaging, app: AppId, user: &UserId) -> Result<()> {
    let _writing = m.0.cursors.writing.lock().await;
    let key = (app, user.clone());
    let moved = m.0.cursors.moved.lock().remove_entry(&key);
    save(m, moved.into_iter().collect()).await
}

async fn save(m: &Messaging, moved: HashMap<User, HashMap<Position, u64>>) -> Result<()> {
    let rows: Vec<_> = moved
        .into_iter()
        .flat_map(|((app, user), positions)| {
            positions.into_iter().map(move |((device, conversation), seq)| CursorRow {
                app,
                user: user.clone(),
                device,
                conversation,
                seq,
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    m.store().log().save_cursors(rows.clone()).await.inspect_err(|_| {
        // Not durable: they are tried again with the next flush.
        for row in rows {
            m.0.cursors.moved((row.app, &row.user), &row.device, &row.conversation, row.seq);
        }
    })?;
    Ok(())
}

/// Starts the task that writes moved cursors; it ends with the last [`Messaging`].
pub(crate) fn start_flusher(m: &Messaging) {
    every(m, FLUSH_INTERVAL, "cursors could not be written", |m| async move { flush(&m).await });
}
