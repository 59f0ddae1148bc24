//! Bringing the sessions of this node in line with what is stored, where nobody has told of what has changed.

use std::collections::HashSet;

use hongyan_model::{
    AppId, Conversation, ConversationKey, DeviceId, DeviceLimit, MessageId, RoomId, UserId,
};

use super::{Router, most_devices};
use crate::mailbox::{Kick, LoginMark};

/// What a user's sessions are to hear.
#[derive(Debug, Default)]
pub struct Memberships {
    /// Groups and threads, by their conversations.
    pub circles: HashSet<ConversationKey>,
    /// Rooms.
    pub rooms: Vec<Seat>,
}

/// A user's place in a room.
#[derive(Debug)]
pub struct Seat {
    /// The room.
    pub room: RoomId,
    /// What is said there behind this is for the user.
    pub since: MessageId,
    /// Sessions that began before do not hear it: the user left, and stays a member.
    pub left_at: MessageId,
}

impl Router {
    /// The users with sessions on this node, those of an app together.
    #[must_use]
    pub fn users_here(&self) -> Vec<(AppId, UserId)> {
        let mut users: Vec<_> = self.users.iter().map(|sessions| sessions.key().clone()).collect();
        users.sort_unstable();
        users
    }

    /// Whether a user has a session on this node.
    #[must_use]
    pub fn is_here(&self, app: AppId, user: &UserId) -> bool {
        self.users.contains_key(&(app, user.clone()))
    }

    /// The devices on which `user` has had a session on this node since before `until`.
    #[must_use]
    pub fn devices_here(
        &self,
        app: AppId,
        user: &UserId,
        until: MessageId,
    ) -> Vec<(DeviceId, MessageId)> {
        let sessions = self.sessions(app, user).into_iter();
        let begun =
            sessions.filter_map(|session| Some((session.device.clone(), session.login()?.at)));
        begun.filter(|(_, at)| *at < until).collect()
    }

    /// Ends those sessions of `user` on this node, on one device or on all, that began in a way that is `outdated`; `None`
    /// of one that is about to begin. Answers whether there are others.
    pub fn end_outdated(
        &self,
        app: AppId,
        (user, device): (&UserId, Option<&DeviceId>),
        kick: &Kick,
        outdated: impl Fn(Option<LoginMark>) -> bool,
    ) -> bool {
        let mut others = false;
        for session in self.sessions(app, user) {
            let is_meant = device.is_none_or(|device| session.device == *device);
            if is_meant && outdated(session.login()) {
                session.kick(kick.clone());
            } else {
                others |= is_meant;
            }
        }
        others
    }

    /// Has the sessions of `user` on this node that began before `until` hear of these conversations and no others; of a
    /// room that they have to leave they may read what was said until now. Answers whether they did not already.
    pub fn reconcile(
        &self,
        app: AppId,
        user: &UserId,
        wanted: &Memberships,
        until: MessageId,
    ) -> bool {
        let mut changed = false;
        for session in self.sessions(app, user) {
            let Some(login) = session.login().filter(|login| login.at < until) else { continue };
            let heard = session.circles.lock().clone();
            for circle in wanted.circles.difference(&heard) {
                self.join(app, circle, &session);
                session.notice(circle);
                changed = true;
            }
            for circle in heard.difference(&wanted.circles) {
                self.leave(app, circle, &session);
                changed = true;
            }
            let open = session.open_rooms();
            let wanted = || wanted.rooms.iter().filter(|seat| seat.left_at < login.at);
            for seat in wanted().filter(|seat| !open.contains(&seat.room)) {
                self.join_room(app, &seat.room, &session, login.at.max(seat.since));
                session.notice(&Conversation::Room(seat.room.clone()).key());
                changed = true;
            }
            for room in open.into_iter().filter(|room| wanted().all(|seat| seat.room != *room)) {
                session.close_room(&room, until);
                self.remove_from_room(app, &room, session.serial);
                changed = true;
            }
        }
        changed
    }

    /// Ends those sessions of `user` on this node for which there are too many newer ones on other nodes, as they would
    /// have if they had been told of those.
    pub fn give_way_late(
        &self,
        app: AppId,
        user: &UserId,
        limit: impl Fn(&DeviceId) -> DeviceLimit,
    ) {
        if self.others.is_listing() {
            // Some that are known may have ended.
            return;
        }
        let elsewhere = self.others.directory.devices(app, user);
        if elsewhere.is_empty() {
            return;
        }
        let here = self.sessions(app, user);
        for session in here.iter().filter(|session| session.login().is_some()) {
            let since = session.facts().since;
            let newer = |other: &DeviceId, began| *other == session.device && began > since;
            if elsewhere.iter().any(|(device, facts)| newer(device, facts.since)) {
                session.kick(Kick::Replaced);
                continue;
            }
            let (most, any_platform) = most_devices(limit(&session.device));
            let counts = |other: &DeviceId, began| {
                let is_same_kind = any_platform || other.platform() == session.device.platform();
                *other != session.device && is_same_kind && began > since
            };
            let of_here = here.iter().map(|other| (other.device.clone(), other.facts().since));
            let of_others = elsewhere.iter().map(|(device, facts)| (device.clone(), facts.since));
            let newer: HashSet<DeviceId> = of_here
                .chain(of_others)
                .filter(|(device, began)| counts(device, *began))
                .map(|(device, _)| device)
                .collect();
            if newer.len() >= most {
                session.kick(Kick::OtherDevice { reason: String::new() });
            }
        }
    }
}
