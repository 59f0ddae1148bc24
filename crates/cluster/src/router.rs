//! Which sessions are interested in which users, groups, threads and chat rooms.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use hongyan_model::{
    AppId, Conversation, ConversationKey, DeviceId, DeviceLimit, GroupId, MessageId, RoomId,
    ThreadId, Timestamp, UserId,
};

use crate::event::{CircleChange, Event, RoomChange, Session};
use crate::mailbox::{DeviceFacts, Kick, LoginMark, Mailbox, RoomWindow, Subject};
use crate::others::Others;

mod reconcile;

pub use reconcile::{Memberships, Seat};

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
    /// What the other nodes have told.
    pub(crate) others: Others,
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
            let (most, any_platform) = most_devices(limit);
            let counts = |s: &&Arc<Mailbox>| {
                s.device != *device && (any_platform || s.device.platform() == device.platform())
            };
            let others: Vec<_> = sessions.iter().filter(counts).cloned().collect();
            let elsewhere = self.others.counted(app, user, device, any_platform);
            let surplus = (others.len() + elsewhere.len() + 1).saturating_sub(most);
            for oldest in oldest_here(&others, &elsewhere, surplus) {
                oldest.kick(Kick::OtherDevice { reason: reason.to_owned() });
            }
            sessions.push(mailbox.clone());
        }
        self.connections.fetch_add(1, Ordering::Relaxed);
        let limit = (limit, reason.to_owned());
        Registration { router: self.clone(), app, mailbox, limit }
    }

    /// A device has connected to another node: gives way as it would here.
    pub(crate) fn give_way(&self, entered: &Session) {
        let Some((limit, reason)) = &entered.limit else { return };
        let (app, user, device) = (entered.app, &entered.user, &entered.device);
        let sessions = self.sessions(app, user);
        if sessions.is_empty() {
            return;
        }
        let is_older = |s: &&Arc<Mailbox>| s.facts().since <= entered.facts.since;
        for stale in sessions.iter().filter(|s| s.device == *device).filter(is_older) {
            stale.kick(Kick::Replaced);
        }
        let (most, any_platform) = most_devices(*limit);
        let counts = |s: &&Arc<Mailbox>| {
            s.device != *device && (any_platform || s.device.platform() == device.platform())
        };
        let here: Vec<_> = sessions.iter().filter(counts).filter(is_older).cloned().collect();
        let elsewhere = self.others.counted(app, user, device, any_platform);
        let surplus = (here.len() + elsewhere.len() + 1).saturating_sub(most);
        for oldest in oldest_here(&here, &elsewhere, surplus) {
            oldest.kick(Kick::OtherDevice { reason: reason.clone() });
        }
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
        if self.others.directory.is_online(app, user) {
            let (user, subject) = (user.clone(), subject.clone());
            let (state, conversation) = (state.clone(), conversation.clone());
            self.others.tell(|| Event::Show { app, user, subject, state, conversation });
        }
        self.show_here(app, user, (subject, state), conversation);
    }

    pub(crate) fn show_here(
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
        self.others.tell(|| {
            let (subject, state) = (subject.clone(), state.clone());
            Event::ShowGroup { app, group: group.clone(), subject, state }
        });
        self.show_group_here(app, group, (subject, state));
    }

    pub(crate) fn show_group_here(
        &self,
        app: AppId,
        group: &GroupId,
        (subject, state): (&Subject, &Bytes),
    ) {
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
        self.others.tell_change(|| Event::Kick {
            app,
            user: user.clone(),
            device: None,
            kick: kick.clone(),
        });
        self.kick_here(app, user, None, &kick);
    }

    /// Answers whether there was a session.
    pub(crate) fn kick_here(
        &self,
        app: AppId,
        user: &UserId,
        device: Option<&DeviceId>,
        kick: &Kick,
    ) -> bool {
        let mut sessions = self.sessions(app, user);
        sessions.retain(|session| device.is_none_or(|device| session.device == *device));
        for session in &sessions {
            session.kick(kick.clone());
        }
        !sessions.is_empty()
    }

    /// Ends every session of `app`. Looks at all users of this node: not for the path of a message.
    pub fn kick_app(&self, app: AppId, kick: &Kick) {
        self.others.tell_change(|| Event::KickApp { app, kick: kick.clone() });
        self.kick_app_here(app, kick);
    }

    pub(crate) fn kick_app_here(&self, app: AppId, kick: &Kick) {
        for sessions in self.users.iter().filter(|sessions| sessions.key().0 == app) {
            for session in sessions.iter() {
                session.kick(kick.clone());
            }
        }
    }

    /// Ends the sessions of `user` on one device; answers whether there was one.
    pub fn kick_device(&self, app: AppId, user: &UserId, device: &DeviceId, kick: Kick) -> bool {
        let elsewhere = self.others.directory.has_device(app, user, device);
        self.others.tell_change(|| {
            let (user, device) = (user.clone(), Some(device.clone()));
            Event::Kick { app, user, device, kick: kick.clone() }
        });
        self.kick_here(app, user, Some(device), &kick) || elsewhere
    }

    /// Ends every session of this node.
    pub fn kick_all(&self, kick: &Kick) {
        for sessions in &self.users {
            for session in sessions.iter() {
                session.kick(kick.clone());
            }
        }
    }

    /// Ends `most` sessions of this node, whichever come first.
    pub fn kick_some(&self, most: usize, kick: &Kick) {
        let mut left = most;
        for sessions in &self.users {
            for session in sessions.iter().take(left) {
                session.kick(kick.clone());
                left -= 1;
            }
            if left == 0 {
                return;
            }
        }
    }

    /// From now on the sessions of `user` hear of the group's messages.
    pub fn group_joined(&self, app: AppId, group: &GroupId, user: &UserId) {
        let circle = Conversation::Group(group.clone()).key();
        self.change_circle(app, circle, CircleChange::Joined(user.clone()));
    }

    /// From now on the sessions of `user` no longer hear of the group's messages.
    pub fn group_left(&self, app: AppId, group: &GroupId, user: &UserId) {
        let circle = Conversation::Group(group.clone()).key();
        self.change_circle(app, circle, CircleChange::Left(user.clone()));
    }

    /// From now on the sessions of `user` hear of the thread's messages.
    pub fn thread_joined(&self, app: AppId, thread: &ThreadId, user: &UserId) {
        let circle = Conversation::Thread(thread.clone()).key();
        self.change_circle(app, circle, CircleChange::Joined(user.clone()));
    }

    /// From now on the sessions of `user` no longer hear of the thread's messages.
    pub fn thread_left(&self, app: AppId, thread: &ThreadId, user: &UserId) {
        let circle = Conversation::Thread(thread.clone()).key();
        self.change_circle(app, circle, CircleChange::Left(user.clone()));
    }

    /// From now on nobody hears of the thread's messages.
    pub fn thread_ended(&self, app: AppId, thread: &ThreadId) {
        self.change_circle(app, Conversation::Thread(thread.clone()).key(), CircleChange::Ended);
    }

    fn change_circle(&self, app: AppId, circle: ConversationKey, change: CircleChange) {
        self.change_circle_here(app, &circle, &change);
        self.others.tell_change(|| Event::Circle { app, circle, change });
    }

    pub(crate) fn change_circle_here(
        &self,
        app: AppId,
        circle: &ConversationKey,
        change: &CircleChange,
    ) {
        match change {
            CircleChange::Joined(user) => self.joined(app, circle, user),
            CircleChange::Left(user) => self.left(app, circle, user),
            CircleChange::Ended => {
                let ended = self.circles.remove(&(app, circle.clone()));
                for session in ended.into_iter().flat_map(|(_, sessions)| sessions) {
                    session.circles.lock().remove(circle);
                }
            }
        }
    }

    /// From now on the sessions of `user` hear of what the room's conversation holds after `since`; those that
    /// are in the room already go on as before.
    pub fn room_joined(&self, app: AppId, room: &RoomId, user: &UserId, since: MessageId) {
        self.change_room(app, room, RoomChange::Joined(user.clone(), since));
    }

    /// From now on the sessions of `user` no longer hear of the room.
    pub fn room_left(&self, app: AppId, room: &RoomId, user: &UserId) {
        self.change_room(app, room, RoomChange::Left(user.clone()));
    }

    /// The room ended with the entry `last`, of which its sessions have been told. They may read it, and nothing
    /// of a later room of the same id.
    pub fn room_ended(&self, app: AppId, room: &RoomId, last: MessageId) {
        self.change_room(app, room, RoomChange::Ended(last));
    }

    fn change_room(&self, app: AppId, room: &RoomId, change: RoomChange) {
        self.change_room_here(app, room, &change);
        self.others.tell_change(|| Event::Room { app, room: room.clone(), change });
    }

    pub(crate) fn change_room_here(&self, app: AppId, room: &RoomId, change: &RoomChange) {
        match change {
            RoomChange::Joined(user, since) => {
                for session in self.sessions(app, user) {
                    self.join_room(app, room, &session, *since);
                }
            }
            RoomChange::Left(user) => {
                for session in self.sessions(app, user) {
                    session.rooms.lock().retain(|(listed, _)| listed != room);
                    self.remove_from_room(app, room, session.serial);
                }
            }
            RoomChange::Ended(last) => {
                let ended = self.rooms.remove(&(app, room.clone()));
                for session in ended.iter().flat_map(|(_, sessions)| sessions.values()) {
                    session.close_room(room, *last);
                }
            }
        }
    }

    /// Whether `user` has a session, on whatever node.
    #[must_use]
    pub fn is_online(&self, app: AppId, user: &UserId) -> bool {
        self.users.contains_key(&(app, user.clone())) || self.others.directory.is_online(app, user)
    }

    /// The members of a group or thread, known by its conversation, who have a session on this node.
    #[must_use]
    pub fn online_here(&self, app: AppId, conversation: &ConversationKey) -> HashSet<UserId> {
        let sessions = self.circles.get(&(app, conversation.clone()));
        sessions.map(|s| s.iter().map(|s| s.user.clone()).collect()).unwrap_or_default()
    }

    /// The devices on which `user` has a session, on whatever node.
    #[must_use]
    pub fn devices(&self, app: AppId, user: &UserId) -> Vec<DeviceId> {
        self.described_devices(app, user).into_iter().map(|(device, _)| device).collect()
    }

    /// The devices on which `user` has a session, on whatever node, with what they say of themselves.
    #[must_use]
    pub fn described_devices(&self, app: AppId, user: &UserId) -> Vec<(DeviceId, DeviceFacts)> {
        let here = self.sessions(app, user).into_iter().map(|s| (s.device.clone(), s.facts()));
        here.chain(self.others.directory.devices(app, user)).collect()
    }

    /// Tells the other nodes of every session of this one.
    pub(crate) fn list(&self) {
        let round = self.others.begin_round();
        for sessions in &self.users {
            let app = sessions.key().0;
            // Told while nobody can leave: who leaves does so behind this.
            sessions.iter().for_each(|session| self.tell_of(app, session, None));
        }
        self.others.tell(|| Event::Listed { round });
    }

    fn tell_of(&self, app: AppId, session: &Mailbox, limit: Option<(DeviceLimit, String)>) {
        self.others.tell(|| {
            Event::Entered(Session {
                app,
                user: session.user.clone(),
                device: session.device.clone(),
                serial: session.serial,
                round: self.others.round(),
                facts: session.facts(),
                limit,
            })
        });
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
            self.leave(app, circle, &session);
        }
    }

    fn leave(&self, app: AppId, circle: &ConversationKey, session: &Mailbox) {
        // Held, so that list and entry agree, whoever else joins or leaves.
        let mut circles = session.circles.lock();
        circles.remove(circle);
        self.remove_from_circle(app, circle, session);
    }

    fn join(&self, app: AppId, circle: &ConversationKey, session: &Arc<Mailbox>) {
        // Held, so that list and entry agree. A session that ends meanwhile either finds the circle in its list or is found
        // gone below.
        let mut circles = session.circles.lock();
        if !circles.insert(circle.clone()) {
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
            self.others.tell_left(app, mailbox.user.clone(), mailbox.serial);
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

/// How many devices may be connected, and whether those of all platforms count.
fn most_devices(limit: DeviceLimit) -> (usize, bool) {
    match limit {
        DeviceLimit::OneInAll => (1, true),
        DeviceLimit::PerPlatform(most) => (most.max(1), false),
    }
}

/// Those of `here` that are among the `surplus` oldest of all.
fn oldest_here(
    here: &[Arc<Mailbox>],
    elsewhere: &[Timestamp],
    surplus: usize,
) -> Vec<Arc<Mailbox>> {
    if elsewhere.is_empty() {
        return here.iter().take(surplus).cloned().collect();
    }
    let mut all: Vec<(Timestamp, Option<&Arc<Mailbox>>)> =
        here.iter().map(|session| (session.facts().since, Some(session))).collect();
    all.extend(elsewhere.iter().map(|since| (*since, None)));
    all.sort_by_key(|(since, _)| *since);
    all.into_iter().take(surplus).filter_map(|(_, session)| session.cloned()).collect()
}

/// A session's place in the router; leaves it when dropped.
#[derive(Debug)]
pub struct Registration {
    router: Arc<Router>,
    app: AppId,
    mailbox: Arc<Mailbox>,
    limit: (DeviceLimit, String),
}

impl Registration {
    /// Notes, once, what the device says of itself and how the session began; the other nodes hear of it with that.
    pub fn describe(&self, facts: DeviceFacts, login: LoginMark) {
        self.mailbox.describe(facts, login);
        let users = &self.router.users;
        // Held, so that nobody is told of it behind its end.
        let _sessions = users.get(&(self.app, self.mailbox.user.clone()));
        self.router.tell_of(self.app, &self.mailbox, Some(self.limit.clone()));
    }

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
mod tests;
