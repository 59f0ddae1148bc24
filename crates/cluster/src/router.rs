//! Which sessions are interested in which users and groups.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use hongyan_model::{AppId, ConversationKey, DeviceId, GroupId, UserId};

use crate::mailbox::{Kick, Mailbox};

type Sessions = Vec<Arc<Mailbox>>;

/// The sessions of this node by user and by group.
///
/// A group's entry holds only sessions of members who are online, so a message costs nothing for
/// members who are not.
#[derive(Debug, Default)]
pub struct Router {
    users: DashMap<(AppId, UserId), Sessions>,
    groups: DashMap<(AppId, GroupId), Sessions>,
    serial: AtomicU64,
    connections: AtomicUsize,
}

impl Router {
    /// Enters a session of `user` on `device`. It hears of groups once it has joined them
    /// ([`Registration::join`]).
    ///
    /// A session of the same device is stale and is told so. Of the other devices on the same
    /// platform, the oldest ones beyond `devices_per_platform` are logged out with `reason`.
    pub fn register(
        self: &Arc<Self>,
        app: AppId,
        user: &UserId,
        device: &DeviceId,
        devices_per_platform: usize,
        reason: &str,
    ) -> Registration {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let mailbox = Arc::new(Mailbox::new(user.clone(), device.clone(), serial));
        {
            let mut sessions = self.users.entry((app, user.clone())).or_default();
            for stale in sessions.iter().filter(|s| s.device == *device) {
                stale.kick(Kick::Replaced);
            }
            let same_platform =
                |s: &&Arc<Mailbox>| s.device != *device && s.device.platform() == device.platform();
            let others: Vec<_> = sessions.iter().filter(same_platform).cloned().collect();
            let surplus = (others.len() + 1).saturating_sub(devices_per_platform.max(1));
            for oldest in others.iter().take(surplus) {
                oldest.kick(Kick::OtherDevice { reason: reason.to_owned() });
            }
            sessions.push(mailbox.clone());
        }
        self.connections.fetch_add(1, Ordering::Relaxed);
        Registration { router: self.clone(), app, mailbox }
    }

    /// Tells every session of `user` but the one on `except` that `conversation` has something new.
    pub fn notify_user(
        &self,
        app: AppId,
        user: &UserId,
        conversation: &ConversationKey,
        except: Option<&DeviceId>,
    ) {
        if let Some(sessions) = self.users.get(&(app, user.clone())) {
            for session in sessions.iter().filter(|s| Some(&s.device) != except) {
                session.notice(conversation);
            }
        }
    }

    /// Tells every session of the group's members, but the sending one, about `conversation`.
    pub fn notify_group(
        &self,
        app: AppId,
        group: &GroupId,
        conversation: &ConversationKey,
        sender: (&UserId, Option<&DeviceId>),
    ) {
        if let Some(sessions) = self.groups.get(&(app, group.clone())) {
            for session in sessions.iter() {
                let is_sender = session.user == *sender.0 && Some(&session.device) == sender.1;
                if !is_sender {
                    session.notice(conversation);
                }
            }
        }
    }

    /// Ends every session of `user`.
    pub fn kick(&self, app: AppId, user: &UserId, kick: Kick) {
        if let Some(sessions) = self.users.get(&(app, user.clone())) {
            for session in sessions.iter() {
                session.kick(kick.clone());
            }
        }
    }

    /// Ends every session of this node.
    pub fn kick_all(&self, kick: &Kick) {
        for sessions in &self.users {
            for session in sessions.iter() {
                session.kick(kick.clone());
            }
        }
    }

    /// From now on the sessions of `user` hear of the group's messages.
    pub fn group_joined(&self, app: AppId, group: &GroupId, user: &UserId) {
        for session in self.sessions(app, user) {
            self.join(app, group, &session);
        }
    }

    /// From now on the sessions of `user` no longer hear of the group's messages.
    pub fn group_left(&self, app: AppId, group: &GroupId, user: &UserId) {
        for session in self.sessions(app, user) {
            session.groups.lock().retain(|listed| listed != group);
        }
        if let Entry::Occupied(mut entry) = self.groups.entry((app, group.clone())) {
            entry.get_mut().retain(|s| s.user != *user);
            if entry.get().is_empty() {
                entry.remove();
            }
        }
    }

    /// Whether `user` has a session.
    #[must_use]
    pub fn is_online(&self, app: AppId, user: &UserId) -> bool {
        self.users.contains_key(&(app, user.clone()))
    }

    /// The devices on which `user` has a session.
    #[must_use]
    pub fn devices(&self, app: AppId, user: &UserId) -> Vec<DeviceId> {
        self.sessions(app, user).iter().map(|s| s.device.clone()).collect()
    }

    /// Sessions on this node.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    fn sessions(&self, app: AppId, user: &UserId) -> Sessions {
        self.users.get(&(app, user.clone())).map(|s| s.clone()).unwrap_or_default()
    }

    fn join(&self, app: AppId, group: &GroupId, session: &Arc<Mailbox>) {
        // Listed first: a session that leaves meanwhile either finds the group in its list or is
        // found gone below.
        {
            let mut groups = session.groups.lock();
            if groups.contains(group) {
                return;
            }
            groups.push(group.clone());
        }
        self.groups.entry((app, group.clone())).or_default().push(session.clone());
        if session.gone.load(Ordering::SeqCst) {
            self.remove_from_group(app, group, session);
        }
    }

    fn remove(&self, app: AppId, mailbox: &Mailbox) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
        mailbox.gone.store(true, Ordering::SeqCst);
        if let Entry::Occupied(mut entry) = self.users.entry((app, mailbox.user.clone())) {
            entry.get_mut().retain(|s| s.serial != mailbox.serial);
            if entry.get().is_empty() {
                entry.remove();
            }
        }
        let groups = std::mem::take(&mut *mailbox.groups.lock());
        for group in groups {
            self.remove_from_group(app, &group, mailbox);
        }
    }

    fn remove_from_group(&self, app: AppId, group: &GroupId, mailbox: &Mailbox) {
        if let Entry::Occupied(mut entry) = self.groups.entry((app, group.clone())) {
            entry.get_mut().retain(|s| s.serial != mailbox.serial);
            if entry.get().is_empty() {
                entry.remove();
            }
        }
    }
}

/// A session's place in the router; leaves it when dropped.
#[derive(Debug)]
pub struct Registration {
    router: Arc<Router>,
    app: AppId,
    mailbox: Arc<Mailbox>,
}

impl Registration {
    /// The session's signals.
    #[must_use]
    pub fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// From now on this session hears of the group's messages.
    pub fn join(&self, group: &GroupId) {
        self.router.join(self.app, group, &self.mailbox);
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.router.remove(self.app, &self.mailbox);
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::Signals;

    const APP: AppId = AppId(1);

    fn user(id: &str) -> UserId {
        UserId::from_trusted(id)
    }

    fn device(id: &str) -> DeviceId {
        DeviceId::from_trusted(id)
    }

    fn group() -> GroupId {
        GroupId::from_trusted("7")
    }

    fn enter(
        router: &Arc<Router>,
        name: &str,
        resource: &str,
        groups: Vec<GroupId>,
    ) -> Registration {
        let session = router.register(APP, &user(name), &device(resource), 2, "new here");
        for group in groups {
            session.join(&group);
        }
        session
    }

    fn signals(session: &Registration) -> Signals {
        let mut cx = Context::from_waker(Waker::noop());
        match session.mailbox().poll_take(&mut cx) {
            Poll::Ready(signals) => signals,
            Poll::Pending => Signals::default(),
        }
    }

    fn heard(session: &Registration) -> bool {
        !signals(session).conversations.is_empty()
    }

    fn kicked(session: &Registration) -> Option<Kick> {
        signals(session).kick
    }

    #[test]
    fn a_notice_reaches_every_device_but_the_sending_one() {
        let router = Arc::new(Router::default());
        let (web, phone) =
            (enter(&router, "a", "web_1", vec![]), enter(&router, "a", "ios_1", vec![]));
        let key = ConversationKey::from_trusted("s:a|b");
        router.notify_user(APP, &user("a"), &key, Some(&device("web_1")));
        assert!(!heard(&web));
        assert!(heard(&phone));
        router.notify_user(AppId(2), &user("a"), &key, None);
        assert!(!heard(&web), "another app's user of the same name");
    }

    #[test]
    fn group_notices_follow_membership_and_end_with_the_session() {
        let router = Arc::new(Router::default());
        let (a, b) =
            (enter(&router, "a", "web_1", vec![group()]), enter(&router, "b", "web_1", vec![]));
        let key = ConversationKey::from_trusted("g:7");
        let ping = || router.notify_group(APP, &group(), &key, (&user("c"), None));
        ping();
        assert!(heard(&a) && !heard(&b));
        router.group_joined(APP, &group(), &user("b"));
        ping();
        assert!(heard(&a) && heard(&b));
        router.group_left(APP, &group(), &user("a"));
        ping();
        assert!(!heard(&a) && heard(&b));
        router.group_joined(APP, &group(), &user("a"));
        ping();
        assert!(heard(&a) && heard(&b));
        drop((a, b));
        assert!(router.groups.is_empty());
        assert!(!router.is_online(APP, &user("b")));
    }

    #[test]
    fn the_same_device_replaces_itself_and_one_device_too_many_ends_the_oldest() {
        let router = Arc::new(Router::default());
        let first = enter(&router, "a", "web_1", vec![]);
        let again = enter(&router, "a", "web_1", vec![]);
        assert_eq!(kicked(&first), Some(Kick::Replaced));
        drop(first);
        let second = enter(&router, "a", "web_2", vec![]);
        let phone = enter(&router, "a", "ios_1", vec![]);
        assert_eq!(kicked(&again), None);
        let _third = enter(&router, "a", "web_3", vec![]);
        let reason = "new here".to_owned();
        assert_eq!(kicked(&again), Some(Kick::OtherDevice { reason }));
        assert_eq!(kicked(&second), None);
        assert_eq!(kicked(&phone), None);
    }
}
