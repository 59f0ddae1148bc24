//! What each device sent last, to recognise a resend.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use hongyan_model::{AppId, DeviceId, NewEntry, UserId};
use lru::LruCache;

use super::Appended;

/// Devices remembered; the one that has been silent longest goes first.
const DEVICES: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();
/// Messages remembered per device.
pub(super) const PER_DEVICE: usize = 128;

type Sender = (AppId, UserId, DeviceId);

/// The last messages of each device by the client's id.
pub(super) struct RecentSends {
    devices: LruCache<Sender, VecDeque<(u64, Appended)>>,
}

impl RecentSends {
    pub(super) fn new() -> Self {
        Self { devices: LruCache::new(DEVICES) }
    }

    /// The first result of a message that its device sent before.
    pub(super) fn find(&mut self, entry: &NewEntry) -> Option<Appended> {
        let (sender, client_id) = identity(entry)?;
        let sends = self.devices.get(&sender)?;
        let (_, first) = sends.iter().rev().find(|(id, _)| *id == client_id)?;
        Some(Appended { resent: true, ..*first })
    }

    /// Remembers what a committed entry became.
    pub(super) fn remember(&mut self, entry: &NewEntry, appended: Appended) {
        let Some((sender, client_id)) = identity(entry) else { return };
        let sends = self.devices.get_or_insert_mut(sender, VecDeque::new);
        if sends.len() == PER_DEVICE {
            sends.pop_front();
        }
        sends.push_back((client_id, appended));
    }
}

/// What makes a send recognisable; `None` for entries that cannot be resent.
pub(super) fn identity(entry: &NewEntry) -> Option<(Sender, u64)> {
    let device = entry.device.clone()?;
    Some(((entry.app, entry.sender.clone(), device), entry.client_id?))
}
