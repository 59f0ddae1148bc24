//! Who is connected to other nodes.

use std::collections::HashSet;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use hongyan_model::{AppId, DeviceId, UserId};

use crate::event::Session;
use crate::mailbox::DeviceFacts;

/// The sessions of the other nodes by user, as those tell of them: a moment behind what is. Costs some hundred bytes for
/// each session of the whole cluster.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    users: DashMap<(AppId, UserId), Vec<(u8, Session)>>,
    /// How many of each app.
    apps: DashMap<AppId, u64>,
}

impl Directory {
    pub(crate) fn enter(&self, node: u8, session: Session) {
        let app = session.app;
        let mut sessions = self.users.entry((app, session.user.clone())).or_default();
        let before = sessions.len();
        sessions.retain(|(of, known)| (*of, known.serial) != (node, session.serial));
        if sessions.len() == before {
            *self.apps.entry(app).or_default() += 1;
        }
        sessions.push((node, session));
    }

    pub(crate) fn leave(&self, node: u8, app: AppId, user: &UserId, serial: u64) {
        if let Entry::Occupied(mut entry) = self.users.entry((app, user.clone())) {
            let before = entry.get().len();
            entry.get_mut().retain(|(of, known)| (*of, known.serial) != (node, serial));
            self.fewer(app, before - entry.get().len());
            if entry.get().is_empty() {
                entry.remove();
            }
        }
    }

    /// Forgets the sessions of a node that it has not told of in `round` or later, and answers them. Looks at all.
    pub(crate) fn forget(&self, node: u8, round: u64) -> Vec<(AppId, UserId, DeviceId)> {
        let mut forgotten = Vec::new();
        self.users.retain(|(app, user), sessions| {
            let before = sessions.len();
            let is_old = |(of, known): &mut (u8, Session)| *of == node && known.round < round;
            for (_, old) in sessions.extract_if(.., is_old) {
                forgotten.push((*app, user.clone(), old.device));
            }
            self.fewer(*app, before - sessions.len());
            !sessions.is_empty()
        });
        forgotten
    }

    fn fewer(&self, app: AppId, gone: usize) {
        if gone > 0
            && let Some(mut sessions) = self.apps.get_mut(&app)
        {
            *sessions = sessions.saturating_sub(gone as u64);
        }
    }

    pub(crate) fn connections(&self, app: AppId) -> u64 {
        self.apps.get(&app).map_or(0, |sessions| *sessions)
    }

    pub(crate) fn is_online(&self, app: AppId, user: &UserId) -> bool {
        self.users.contains_key(&(app, user.clone()))
    }

    pub(crate) fn has_device(&self, app: AppId, user: &UserId, device: &DeviceId) -> bool {
        let sessions = self.users.get(&(app, user.clone()));
        sessions.is_some_and(|sessions| sessions.iter().any(|(_, known)| known.device == *device))
    }

    pub(crate) fn devices(&self, app: AppId, user: &UserId) -> Vec<(DeviceId, DeviceFacts)> {
        let sessions = self.users.get(&(app, user.clone()));
        let described = |(_, known): &(u8, Session)| (known.device.clone(), known.facts.clone());
        sessions.map(|sessions| sessions.iter().map(described).collect()).unwrap_or_default()
    }

    /// The nodes to which a user is connected.
    pub(crate) fn nodes(&self, app: AppId, user: &UserId) -> HashSet<u8> {
        let sessions = self.users.get(&(app, user.clone()));
        sessions.map(|sessions| sessions.iter().map(|(of, _)| *of).collect()).unwrap_or_default()
    }
}
