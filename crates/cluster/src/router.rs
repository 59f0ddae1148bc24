//! Which sessions are interested in which users, groups, threads and chat rooms.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use hongyan_model::{
    AppId, Conversation, ConversationKey, DeviceId, DeviceLimit, GroupId, MessageId, RoomId,
    ThreadId, UserId,
};

use crate::mailbox::{DeviceFacts, Kick, Mailbox, RoomWindow, Subject};

type Sessions = Vec<Arc<Mailbox>>;

/// The sessions of this node by user, by group or thread, and by chat room.
///
/// The entry of a group, thread or room holds only sessions of members who are online, so a message costs nothing for
/// members who are not.
#[derive(Debug, Default)]
pub struct Router {
    users: DashMap<(AppId, UserId), Sessions>,
    /// Of groups and threads, by their conversations.
    circles: DashMap<(AppId, ConversationKey), Sessions>,
    /// By serial number: thousands come and go in a room.
    rooms: DashMap<(AppId, RoomId), HashMap<u64, Arc<Mailbox>>>,
    serial: AtomicU64,
    connections: AtomicUsize,
}

impl Router {
    /// Enters a session of `user` on `device`. It hears of groups and threads once it has joined them
    /// ([`Registration::join`], [`Registration::join_thread`]).
    ///
    /// A session of the same device is stale and is told so. Of the other devices on the same
    /// platform (or of all platforms), the oldest ones beyond `limit` are logged out with `reason`.
    pub fn register(
        self: &Arc<Self>,
        app: AppId,
        user: &UserId,
        device: &DeviceId,
        limit: DeviceLimit,
        reason: &str,
    ) -> Registration {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let mailbox = Arc::new(Mailbox::new(user.clone(), device.clone(), serial));
        {
            let mut sessions = self.users.entry((app, user.clone())).or_default();
            for stale in sessions.iter().filter(|s| s.device == *device) {
                stale.kick(Kick::Replaced);
            }
            let (most, any_platform) = match limit {
                DeviceLimit::OneInAll => (1, true),
                DeviceLimit::PerPlatform(most) => (most.max(1), false),
            };
            let counts = |s: &&Arc<Mailbox>| {
                s.device != *device && (any_platform || s.device.platform() == device.platform())
            };
            let others: Vec<_> = sessions.iter().filter(counts).cloned().collect();
            let surplus = (others.len() + 1).saturating_sub(most);
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

    /// Shows every session of `user` a state of `subject`, in place of an older one that it has not taken yet, and tells
    /// it that `conversation` has something new. Nobody who connects later sees it.
    pub fn show(
        &self,
        app: AppId,
        user: &UserId,
        (subject, state): (&Subject, Bytes),
        conversation: &ConversationKey,
    ) {
        if let Some(sessions) = self.users.get(&(app, user.clone())) {
            for session in sessions.iter() {
                session.show(subject, state.clone(), conversation);
            }
        }
    }

    /// The same for every session that hears of a group, each in the conversation of its own user's events.
    pub fn show_group(&self, app: AppId, group: &GroupId, (subject, state): (&Subject, &Bytes)) {
        if let Some(sessions) = self.circles.get(&(app, Conversation::Group(group.clone()).key())) {
            for session in sessions.iter() {
                let own = Conversation::System(session.user.clone()).key();
                session.show(subject, state.clone(), &own);
            }
        }
    }

    /// Tells every session that hears of a group's or thread's `conversation`, but the sending one, about it.
    pub fn notify_circle(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        sender: (&UserId, Option<&DeviceId>),
    ) {
        if let Some(sessions) = self.circles.get(&(app, conversation.clone())) {
            for session in sessions.iter() {
                let is_sender = session.user == *sender.0 && Some(&session.device) == sender.1;
                if !is_sender {
                    session.notice(conversation);
                }
            }
        }
    }

    /// Tells every session in the room, but the sending one and those of `except`, about `conversation`.
    pub fn notify_room(
        &self,
        app: AppId,
        room: &RoomId,
        conversation: &ConversationKey,
        sender: (&UserId, Option<&DeviceId>),
        except: &[UserId],
    ) {
        if let Some(sessions) = self.rooms.get(&(app, room.clone())) {
            for session in sessions.values() {
                let is_sender = session.user == *sender.0 && Some(&session.device) == sender.1;
                if !is_sender && !except.contains(&session.user) {
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

    /// Ends every session of `app`. Looks at all users of this node: not for the path of a message.
    pub fn kick_app(&self, app: AppId, kick: &Kick) {
        for sessions in self.users.iter().filter(|sessions| sessions.key().0 == app) {
            for session in sessions.iter() {
                session.kick(kick.clone());
            }
        }
    }

    /// Ends the sessions of `user` on one device; answers whether there was one.
    pub fn kick_device(&self, app: AppId, user: &UserId, device: &DeviceId, kick: Kick) -> bool {
        let sessions = self.sessions(app, user);
        let on_device: Vec<_> = sessions.iter().filter(|s| s.device == *device).collect();
        for session in &on_device {
            session.kick(kick.clone());
        }
        !on_device.is_empty()
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
        self.joined(app, &Conversation::Group(group.clone()).key(), user);
    }

    /// From now on the sessions of `user` no longer hear of the group's messages.
    pub fn group_left(&self, app: AppId, group: &GroupId, user: &UserId) {
        self.left(app, &Conversation::Group(group.clone()).key(), user);
    }

    /// From now on the sessions of `user` hear of the thread's messages.
    pub fn thread_joined(&self, app: AppId, thread: &ThreadId, user: &UserId) {
        self.joined(app, &Conversation::Thread(thread.clone()).key(), user);
    }

    /// From now on the sessions of `user` no longer hear of the thread's messages.
    pub fn thread_left(&self, app: AppId, thread: &ThreadId, user: &UserId) {
        self.left(app, &Conversation::Thread(thread.clone()).key(), user);
    }

    /// From now on nobody hears of the thread's messages.
    pub fn thread_ended(&self, app: AppId, thread: &ThreadId) {
        let key = Conversation::Thread(thread.clone()).key();
        let Some((_, sessions)) = self.circles.remove(&(app, key.clone())) else { return };
        for session in sessions {
            session.circles.lock().remove(&key);
        }
    }

    /// From now on the sessions of `user` hear of what the room's conversation holds after `since`; those that
    /// are in the room already go on as before.
    pub fn room_joined(&self, app: AppId, room: &RoomId, user: &UserId, since: MessageId) {
        for session in self.sessions(app, user) {
            self.join_room(app, room, &session, since);
        }
    }

    /// From now on the sessions of `user` no longer hear of the room.
    pub fn room_left(&self, app: AppId, room: &RoomId, user: &UserId) {
        for session in self.sessions(app, user) {
            session.rooms.lock().retain(|(listed, _)| listed != room);
            self.remove_from_room(app, room, session.serial);
        }
    }

    /// The room ended with the entry `last`, of which its sessions have been told. They may read it, and nothing
    /// of a later room of the same id.
    pub fn room_ended(&self, app: AppId, room: &RoomId, last: MessageId) {
        let Some((_, sessions)) = self.rooms.remove(&(app, room.clone())) else { return };
        for session in sessions.values() {
            let mut rooms = session.rooms.lock();
            if let Some((_, window)) = rooms.iter_mut().find(|(listed, _)| listed == room) {
                window.last = last;
            }
        }
    }

    /// Whether `user` has a session.
    #[must_use]
    pub fn is_online(&self, app: AppId, user: &UserId) -> bool {
        self.users.contains_key(&(app, user.clone()))
    }

    /// The members of a group or thread, known by its conversation, who have a session.
    #[must_use]
    pub fn online_in(&self, app: AppId, conversation: &ConversationKey) -> HashSet<UserId> {
        let sessions = self.circles.get(&(app, conversation.clone()));
        sessions.map(|s| s.iter().map(|s| s.user.clone()).collect()).unwrap_or_default()
    }

    /// The devices on which `user` has a session.
    #[must_use]
    pub fn devices(&self, app: AppId, user: &UserId) -> Vec<DeviceId> {
        self.sessions(app, user).iter().map(|s| s.device.clone()).collect()
    }

    /// The devices on which `user` has a session, with what they say of themselves.
    #[must_use]
    pub fn described_devices(&self, app: AppId, user: &UserId) -> Vec<(DeviceId, DeviceFacts)> {
        self.sessions(app, user).iter().map(|s| (s.device.clone(), s.facts())).collect()
    }

    /// Sessions on this node.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    fn sessions(&self, app: AppId, user: &UserId) -> Sessions {
        self.users.get(&(app, user.clone())).map(|s| s.clone()).unwrap_or_default()
    }

    fn joined(&self, app: AppId, circle: &ConversationKey, user: &UserId) {
        for session in self.sessions(app, user) {
            self.join(app, circle, &session);
        }
    }

    fn left(&self, app: AppId, circle: &ConversationKey, user: &UserId) {
        for session in self.sessions(app, user) {
            session.circles.lock().remove(circle);
        }
        if let Entry::Occupied(mut entry) = self.circles.entry((app, circle.clone())) {
            entry.get_mut().retain(|s| s.user != *user);
            if entry.get().is_empty() {
                entry.remove();
            }
        }
    }

    fn join(&self, app: AppId, circle: &ConversationKey, session: &Arc<Mailbox>) {
        // Listed first: a session that leaves meanwhile either finds the circle in its list or is
        // found gone below.
        if !session.circles.lock().insert(circle.clone()) {
            return;
        }
        self.circles.entry((app, circle.clone())).or_default().push(session.clone());
        if session.gone.load(Ordering::SeqCst) {
            self.remove_from_circle(app, circle, session);
        }
    }

    fn join_room(&self, app: AppId, room: &RoomId, session: &Arc<Mailbox>, since: MessageId) {
        {
            let mut rooms = session.rooms.lock();
            let mut sessions = self.rooms.entry((app, room.clone())).or_default();
            if sessions.insert(session.serial, session.clone()).is_some() {
                return;
            }
            // A room of the same id may have ended.
            rooms.retain(|(listed, _)| listed != room);
            rooms.push((room.clone(), RoomWindow::open(since)));
        }
        // Looked at last: a session that leaves meanwhile either finds the room in its list or is found gone.
        if session.gone.load(Ordering::SeqCst) {
            self.remove_from_room(app, room, session.serial);
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
        let circles = std::mem::take(&mut *mailbox.circles.lock());
        for circle in circles {
            self.remove_from_circle(app, &circle, mailbox);
        }
        let rooms = mailbox.rooms.lock().clone();
        for (room, _) in rooms {
            self.remove_from_room(app, &room, mailbox.serial);
        }
    }

    fn remove_from_room(&self, app: AppId, room: &RoomId, serial: u64) {
        if let Entry::Occupied(mut entry) = self.rooms.entry((app, room.clone())) {
            entry.get_mut().remove(&serial);
            if entry.get().is_empty() {
                entry.remove();
            }
        }
    }

    fn remove_from_circle(&self, app: AppId, circle: &ConversationKey, mailbox: &Mailbox) {
        if let Entry::Occupied(mut entry) = self.circles.entry((app, circle.clone())) {
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
    pub fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// From now on this session hears of the group's messages.
    pub fn join(&self, group: &GroupId) {
        self.router.join(self.app, &Conversation::Group(group.clone()).key(), &self.mailbox);
    }

    /// From now on this session hears of the thread's messages.
    pub fn join_thread(&self, thread: &ThreadId) {
        self.router.join(self.app, &Conversation::Thread(thread.clone()).key(), &self.mailbox);
    }

    /// From now on this session hears of what the room's conversation holds after `since`.
    pub fn join_room(&self, room: &RoomId, since: MessageId) {
        self.router.join_room(self.app, room, &self.mailbox, since);
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
        let session = router.register(
            APP,
            &user(name),
            &device(resource),
            DeviceLimit::PerPlatform(2),
            "new here",
        );
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
        let ping = || router.notify_circle(APP, &key, (&user("c"), None));
        ping();
        assert!(heard(&a) && !heard(&b));
        router.group_joined(APP, &group(), &user("b"));
        ping();
        assert!(heard(&a) && heard(&b));
        let online = router.online_in(APP, &key);
        assert_eq!(online, HashSet::from([user("a"), user("b")]));
        router.group_left(APP, &group(), &user("a"));
        ping();
        assert!(!heard(&a) && heard(&b));
        router.group_joined(APP, &group(), &user("a"));
        ping();
        assert!(heard(&a) && heard(&b));
        drop((a, b));
        assert!(router.circles.is_empty());
        assert!(!router.is_online(APP, &user("b")));
    }

    #[test]
    fn thread_notices_follow_membership_and_end_with_the_thread() {
        let router = Arc::new(Router::default());
        let (a, b) = (enter(&router, "a", "web_1", vec![]), enter(&router, "b", "web_1", vec![]));
        let thread = ThreadId::from_trusted("7");
        let key = ConversationKey::from_trusted("t:7");
        let ping = || router.notify_circle(APP, &key, (&user("c"), None));
        a.join_thread(&thread);
        router.thread_joined(APP, &thread, &user("b"));
        ping();
        assert!(heard(&a) && heard(&b));
        router.thread_left(APP, &thread, &user("b"));
        assert!(a.mailbox().is_in_thread(&thread) && !b.mailbox().is_in_thread(&thread));
        ping();
        assert!(heard(&a) && !heard(&b));
        router.thread_ended(APP, &thread);
        ping();
        assert!(!heard(&a) && !a.mailbox().is_in_thread(&thread));
    }

    #[test]
    fn what_is_new_in_threads_is_shown_to_the_group_and_no_more_of_it_than_fits() {
        let router = Arc::new(Router::default());
        let (a, b) =
            (enter(&router, "a", "web_1", vec![group()]), enter(&router, "b", "web_1", vec![]));
        let thread = |n: usize| Subject::Thread(ThreadId::from_trusted(n.to_string()));
        let show = |n, state: &'static str| {
            router.show_group(APP, &group(), (&thread(n), &Bytes::from_static(state.as_bytes())));
        };
        show(1, "old");
        show(1, "new");
        assert!(signals(&a).conversations.contains(&ConversationKey::from_trusted("n:a")));
        let states = a.mailbox().take_states(9);
        assert_eq!(states, [(thread(1), Bytes::from_static(b"new"))]);
        assert!(!heard(&b) && !b.mailbox().has_states(), "not in the group");
        (0..5000).for_each(|n| show(n, "x"));
        show(0, "y");
        let key = ConversationKey::from_trusted("n:a");
        router.show(APP, &user("a"), (&Subject::User(user("b")), Bytes::new()), &key);
        let states = a.mailbox().take_states(usize::MAX);
        assert_eq!(states.len(), 4097);
        assert!(states.contains(&(thread(0), Bytes::from_static(b"y"))));
    }

    #[test]
    fn room_notices_end_with_the_room_whose_last_entry_stays_readable() {
        let router = Arc::new(Router::default());
        let room = RoomId::from_trusted("9");
        let (a, b) = (enter(&router, "a", "web_1", vec![]), enter(&router, "b", "web_1", vec![]));
        let key = ConversationKey::from_trusted("r:9");
        let ping = |except: &[UserId]| {
            router.notify_room(APP, &room, &key, (&user("c"), None), except);
        };
        ping(&[]);
        assert!(!heard(&a) && !heard(&b));
        router.room_joined(APP, &room, &user("a"), MessageId(5));
        b.join_room(&room, MessageId(6));
        ping(&[]);
        assert!(heard(&a) && heard(&b));
        ping(&[user("a")]);
        assert!(!heard(&a) && heard(&b));
        router.notify_room(APP, &room, &key, (&user("a"), Some(&device("web_1"))), &[]);
        assert!(!heard(&a) && heard(&b), "the sending device");

        router.room_joined(APP, &room, &user("a"), MessageId(8));
        let window = |session: &Registration| session.mailbox().room_window(&room);
        assert_eq!(window(&a), Some(RoomWindow::open(MessageId(5))), "joined twice");
        router.room_left(APP, &room, &user("a"));
        assert_eq!(window(&a), None);
        router.room_ended(APP, &room, MessageId(9));
        ping(&[]);
        assert!(!heard(&a) && !heard(&b));
        assert_eq!(window(&b), Some(RoomWindow { after: MessageId(6), last: MessageId(9) }));
        assert!(!b.mailbox().is_in_rooms());
        b.join_room(&room, MessageId(10));
        ping(&[]);
        assert!(heard(&b), "a new room of the same id");
        assert_eq!(window(&b), Some(RoomWindow::open(MessageId(10))));

        b.join_room(&RoomId::from_trusted("10"), MessageId(7));
        drop((a, b));
        assert!(router.rooms.is_empty());
    }

    #[test]
    fn of_each_subject_a_session_is_shown_the_newest_state_only() {
        let router = Arc::new(Router::default());
        let (web, phone) =
            (enter(&router, "a", "web_1", vec![]), enter(&router, "a", "ios_1", vec![]));
        let key = ConversationKey::from_trusted("n:a");
        let show = |app, subject: &str, state: &'static str| {
            let subject = Subject::User(user(subject));
            router.show(app, &user("a"), (&subject, Bytes::from(state)), &key);
        };
        let taken = |session: &Registration| {
            let mut states = session.mailbox().take_states(2);
            states.sort();
            states.into_iter().map(|(_, state)| state).collect::<Vec<_>>()
        };
        show(APP, "b", "online");
        show(APP, "b", "offline");
        show(APP, "c", "online");
        show(AppId(2), "d", "another app's user of the same name");
        assert!(heard(&web) && heard(&phone));
        assert_eq!(taken(&web), ["offline", "online"]);
        assert!(!web.mailbox().has_states() && phone.mailbox().has_states());
        show(APP, "d", "online");
        assert_eq!((taken(&phone).len(), taken(&phone).len()), (2, 1));
        show(APP, "b", "for nobody who comes later");
        let later = enter(&router, "a", "web_2", vec![]);
        assert!(taken(&later).is_empty());
    }

    #[test]
    fn one_device_is_logged_out_alone() {
        let router = Arc::new(Router::default());
        let web = enter(&router, "a", "web_1", vec![]);
        let phone = enter(&router, "a", "ios_1", vec![]);
        let kick = |app, name: &str| {
            router.kick_device(app, &user(name), &device("web_1"), Kick::LoggedOut)
        };
        assert!(!kick(AppId(2), "a") && !kick(APP, "b"), "somebody else's device");
        assert!(kick(APP, "a"));
        assert_eq!((kicked(&web), kicked(&phone)), (Some(Kick::LoggedOut), None));
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
    #[test]
    fn an_app_that_stops_ends_its_own_sessions_only() {
        let router = Arc::new(Router::default());
        let (a, b) = (enter(&router, "a", "web_1", vec![]), enter(&router, "b", "web_1", vec![]));
        let (other, limit) = (AppId(2), DeviceLimit::PerPlatform(2));
        let foreign = router.register(other, &user("a"), &device("web_1"), limit, "");
        router.kick_app(APP, &Kick::AppStopped);
        assert_eq!((kicked(&a), kicked(&b)), (Some(Kick::AppStopped), Some(Kick::AppStopped)));
        assert_eq!(kicked(&foreign), None);
    }
}
