//! Following what other nodes publish, and noticing what was missed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hongyan_model::{IdGenerator, MessageId};
use tokio::sync::mpsc;

use crate::barrier;
use crate::event::{Event, Publication};
use crate::mailbox::Kick;
use crate::others::{Change, Remote};
use crate::router::Router;

/// What a node had under way when it published may have smaller ids than what it published: so much is read again where
/// something was missed.
const UNDER_WAY_MS: i64 = 10_000;
/// A node that is silent for this long is not there: its users are offline.
pub(crate) const GONE: Duration = Duration::from_secs(3);

struct Peer {
    incarnation: u64,
    /// Of its last publication.
    number: u64,
    newest: MessageId,
    heard: Instant,
}

/// The nodes that are heard.
pub(crate) struct Peers {
    router: Arc<Router>,
    ids: Arc<IdGenerator>,
    remote: mpsc::Sender<Remote>,
    peers: HashMap<u8, Peer>,
}

impl Peers {
    pub(crate) fn new(
        router: Arc<Router>,
        ids: Arc<IdGenerator>,
        remote: mpsc::Sender<Remote>,
    ) -> Self {
        Self { router, ids, remote, peers: HashMap::new() }
    }

    /// Takes a publication.
    pub(crate) async fn take(&mut self, publication: Publication) {
        let Publication { node, incarnation, number, newest, events } = publication;
        if node == self.ids.node() {
            return;
        }
        self.ids.start_after(newest);
        let former = self.peers.get(&node).filter(|known| known.incarnation != incarnation);
        let known = self.peers.get(&node).filter(|known| known.incarnation == incarnation);
        let expected = known.map_or(1, |known| known.number + 1);
        if number < expected {
            return;
        }
        let since = known.or(former).map_or(newest, |known| known.newest);
        if let Some(former) = former {
            // Of the one that had its number before nothing is left; it may have died with something to tell.
            self.router.others.lose_node(node, former.incarnation);
        }
        self.router.others.lost.heard(node, incarnation);
        self.router.others.heard(node);
        let is_gap = number > expected || former.is_some();
        // Who is heard for the first time has not waited for this node.
        let is_known = known.or(former).is_some();
        if is_gap {
            self.missed(node, since).await;
        }
        let heard = Instant::now();
        self.peers.insert(node, Peer { incarnation, number, newest, heard });
        for event in events {
            if matches!(event, Event::Leaving) {
                self.peers.remove(&node);
                self.router.others.forget_node(node);
                return;
            }
            // What was missed before this barrier is not done yet.
            let is_barrier =
                matches!(&event, Event::Signal { topic, .. } if topic == barrier::TOPIC);
            if !(is_gap && is_known && is_barrier) {
                self.apply(node, newest, event).await;
            }
        }
    }

    /// Something of `node` was missed behind its id `since`: everything it may have been is made good.
    async fn missed(&self, node: u8, since: MessageId) {
        tracing::info!(
            node,
            "something that another node said was missed; the log is read instead"
        );
        metrics::counter!("hongyan_bus_gaps_total").increment(1);
        self.router.others.missed(node);
        self.router.others.signal_all();
        self.delivery_missed(since).await;
    }

    /// What was committed behind `since` may have been missed.
    pub(crate) async fn delivery_missed(&self, since: MessageId) {
        let time = IdGenerator::time_of(since).saturating_sub(UNDER_WAY_MS);
        let _ = self.remote.send(Remote::Missed(IdGenerator::floor(time))).await;
    }

    /// Forgets the nodes that have been silent for too long, and asks others again what they have not answered. To be
    /// called every second.
    pub(crate) fn look(&mut self) {
        self.router.others.ask_again();
        self.peers.retain(|node, peer| {
            let is_there = peer.heard.elapsed() < GONE;
            if !is_there {
                tracing::warn!(node, "a node is not heard any more: its users count as offline");
                self.router.others.lose_node(*node, peer.incarnation);
            }
            is_there
        });
    }

    async fn apply(&self, node: u8, newest: MessageId, event: Event) {
        let router = &self.router;
        match event {
            Event::Entered(session) => {
                router.give_way(&session);
                router.others.directory.enter(node, session);
            }
            Event::Left { app, user, serial } => {
                router.others.directory.leave(node, app, &user, serial);
            }
            Event::Listed { round } => {
                router.others.forget_sessions(node, round);
            }
            Event::List { node } if node == self.ids.node() => router.list(),
            Event::List { .. } | Event::Leaving => {}
            // A barrier is answered in its turn, when what was told before is done.
            Event::Signal { topic, key } if topic != barrier::TOPIC => {
                router.others.signal(&topic, key.as_deref());
            }
            Event::Committed(entries) => {
                let _ = self.remote.send(Remote::Committed(entries)).await;
            }
            change => {
                let change = Change { event: change, told_at: newest };
                let _ = self.remote.send(Remote::Change(change)).await;
            }
        }
    }
}

impl Router {
    /// Does with the sessions of this node what another node has done with its own.
    pub fn apply(&self, Change { event, told_at }: Change) {
        match event {
            Event::Kick { app, user, device, kick } => {
                // It may come late, when the user has logged in again; or while a login is under way that does not know of it.
                let is_spared = self.end_outdated(app, (&user, device.as_ref()), &kick, |login| {
                    login.is_none_or(|login| login.at < told_at)
                });
                if is_spared && kick != Kick::LoggedOut {
                    self.others.spared.lock().push((app, user));
                }
            }
            Event::KickApp { app, kick } => self.kick_app_here(app, &kick),
            Event::Circle { app, circle, change } => self.change_circle_here(app, &circle, &change),
            Event::Room { app, room, change } => self.change_room_here(app, &room, &change),
            Event::Show { app, user, subject, state, conversation } => {
                self.show_here(app, &user, (&subject, state), &conversation);
            }
            Event::ShowGroup { app, group, subject, state } => {
                self.show_group_here(app, &group, (&subject, &state));
            }
            // The others are noted as they come.
            Event::Signal { key, .. } => self.others.answer_round(key.as_deref()),
            Event::Committed(_)
            | Event::Entered(_)
            | Event::Left { .. }
            | Event::Leaving
            | Event::Listed { .. }
            | Event::List { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use hongyan_model::{AppId, ConversationKey, DeviceId, DeviceLimit, GroupId, UserId};

    use super::*;
    use crate::mailbox::{DeviceFacts, LoginMark, Signals};
    use crate::outbox::Outbox;
    use crate::router::Registration;

    const APP: AppId = AppId(1);

    /// A node without a bus: what it says is handed over by hand.
    struct Node {
        router: Arc<Router>,
        peers: Peers,
        outbox: Arc<Outbox>,
        remote: mpsc::Receiver<Remote>,
        number: u64,
        node: u8,
        missed: usize,
    }

    impl Node {
        fn new(node: u8) -> Self {
            let router: Arc<Router> = Arc::default();
            let (outbox, sender) = router.others.open();
            let remote = router.take_remote().unwrap();
            let peers = Peers::new(router.clone(), Arc::new(IdGenerator::new(node)), sender);
            Self { router, peers, outbox, remote, number: 0, node, missed: 0 }
        }

        fn publish(&mut self) -> Publication {
            let parcel = self.outbox.take();
            self.number += 1 + u64::from(parcel.lost);
            let (node, number, newest) = (self.node, self.number, MessageId(self.number));
            Publication { node, incarnation: 7, number, newest, events: parcel.events }
        }

        async fn tell(&mut self, other: &mut Self) {
            other.peers.take(self.publish()).await;
            while let Ok(remote) = other.remote.try_recv() {
                match remote {
                    Remote::Change(change) => other.router.apply(change),
                    Remote::Missed(_) => other.missed += 1,
                    Remote::Committed(_) => {}
                }
            }
        }

        fn enter(&self, user: &str, device: &str, since: i64) -> Registration {
            let (user, device) = (UserId::from_trusted(user), DeviceId::from_trusted(device));
            let limit = DeviceLimit::PerPlatform(2);
            let session = self.router.register(APP, &user, &device, limit, "new here");
            let login = LoginMark { at: MessageId(since.unsigned_abs()), token_epoch: 1 };
            session.describe(DeviceFacts { since, ..DeviceFacts::default() }, login);
            session
        }

        fn is_online(&self, user: &str) -> bool {
            self.router.is_online(APP, &UserId::from_trusted(user))
        }
    }

    fn signals(session: &Registration) -> Signals {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        match session.mailbox().poll_take(&mut cx) {
            std::task::Poll::Ready(signals) => signals,
            std::task::Poll::Pending => Signals::default(),
        }
    }

    #[tokio::test]
    async fn who_is_connected_elsewhere_is_known_until_it_leaves_or_its_node_is_gone() {
        let (mut a, mut b) = (Node::new(1), Node::new(2));
        let (alice, bob) = (a.enter("alice", "web_1", 1), a.enter("bob", "web_1", 1));
        a.tell(&mut b).await;
        assert!(b.is_online("alice") && b.is_online("bob") && !b.is_online("carol"));
        assert_eq!(b.router.connections_elsewhere(APP), 2);
        drop(alice);
        a.tell(&mut b).await;
        assert!(!b.is_online("alice") && b.is_online("bob"));
        b.router.others.forget_node(1);
        assert!(!b.is_online("bob"));
        assert_eq!(b.router.connections_elsewhere(APP), 0);
        drop(bob);
    }

    #[tokio::test]
    async fn what_was_missed_is_noticed_and_made_good() {
        let (mut a, mut b) = (Node::new(1), Node::new(2));
        let heard = Arc::new(parking_lot::Mutex::new(Vec::new()));
        b.router.on_signal("cache", {
            let heard = heard.clone();
            move |key| heard.lock().push(key.map(<[u8]>::to_vec))
        });
        let alice = a.enter("alice", "web_1", 1);
        a.tell(&mut b).await;
        // This one gets lost.
        drop(alice);
        let bob = a.enter("bob", "web_1", 1);
        let _ = a.publish();
        a.router.signal("cache", || vec![5]);
        a.tell(&mut b).await;
        assert_eq!(b.missed, 1, "the log is to be read");
        assert_eq!(*heard.lock(), [None, Some(vec![5])], "whatever was kept may be outdated");
        assert!(b.is_online("alice") && !b.is_online("bob"));
        b.tell(&mut a).await;
        a.tell(&mut b).await;
        assert!(!b.is_online("alice") && b.is_online("bob"));
        assert_eq!(b.missed, 1, "nothing more was missed");
        drop(bob);
    }

    #[tokio::test]
    async fn devices_give_way_to_newer_ones_on_other_nodes() {
        let (mut a, mut b) = (Node::new(1), Node::new(2));
        let first = a.enter("alice", "web_1", 1);
        let second = b.enter("alice", "web_2", 2);
        a.tell(&mut b).await;
        b.tell(&mut a).await;
        assert!(signals(&first).kick.is_none() && signals(&second).kick.is_none());
        let third = b.enter("alice", "web_3", 3);
        assert!(signals(&second).kick.is_none(), "not the oldest");
        b.tell(&mut a).await;
        let reason = "new here".to_owned();
        assert_eq!(signals(&first).kick, Some(Kick::OtherDevice { reason }));
        let again = a.enter("alice", "web_3", 4);
        a.tell(&mut b).await;
        assert_eq!(signals(&third).kick, Some(Kick::Replaced));
        assert!(signals(&again).kick.is_none() && signals(&second).kick.is_none());
    }

    #[tokio::test]
    async fn joining_kicks_and_signals_reach_sessions_on_other_nodes() {
        let (mut a, mut b) = (Node::new(1), Node::new(2));
        let bob = b.enter("bob", "web_1", 1);
        b.tell(&mut a).await;
        let (user, group) = (UserId::from_trusted("bob"), GroupId::from_trusted("7"));
        a.router.group_joined(APP, &group, &user);
        a.tell(&mut b).await;
        let key = ConversationKey::from_trusted("g:7");
        b.router.notify_circle(APP, &key, (&UserId::from_trusted("alice"), None));
        assert!(signals(&bob).conversations.contains(&key));
        a.router.group_left(APP, &group, &user);
        a.tell(&mut b).await;
        b.router.notify_circle(APP, &key, (&UserId::from_trusted("alice"), None));
        assert!(signals(&bob).conversations.is_empty());
        let device = DeviceId::from_trusted("web_1");
        assert!(a.router.kick_device(APP, &user, &device, Kick::LoggedOut));
        assert!(!a.router.kick_device(AppId(2), &user, &device, Kick::LoggedOut));
        a.tell(&mut b).await;
        assert_eq!(signals(&bob).kick, Some(Kick::LoggedOut));
    }

    #[tokio::test]
    async fn a_barrier_comes_behind_what_was_told_unless_something_was_missed() {
        let (mut a, mut b) = (Node::new(1), Node::new(2));
        let told = async |a: &mut Node, b: &mut Node| {
            a.router.group_left(APP, &GroupId::from_trusted("7"), &UserId::from_trusted("bob"));
            a.router.hint(barrier::TOPIC, Vec::new);
            b.peers.take(a.publish()).await;
            let mut changes = Vec::new();
            while let Ok(remote) = b.remote.try_recv() {
                if let Remote::Change(change) = remote {
                    changes.push(matches!(change.event, Event::Signal { .. }));
                }
            }
            changes
        };
        // The first that is heard of a node, too, whatever it has said before.
        a.number = 3;
        assert_eq!(told(&mut a, &mut b).await, [false, true]);
        assert_eq!(told(&mut a, &mut b).await, [false, true]);
        a.number += 1;
        assert_eq!(told(&mut a, &mut b).await, [false]);
        assert_eq!(told(&mut a, &mut b).await, [false, true]);
    }

    #[tokio::test]
    async fn a_kick_that_comes_late_does_not_end_a_newer_session() {
        let (mut a, mut b) = (Node::new(1), Node::new(2));
        let old = b.enter("bob", "web_1", 1);
        b.tell(&mut a).await;
        a.number = 10;
        a.router.kick(APP, &UserId::from_trusted("bob"), Kick::LoggedOut);
        let new = b.enter("bob", "ios_1", 50);
        a.tell(&mut b).await;
        assert_eq!(signals(&old).kick, Some(Kick::LoggedOut));
        assert!(signals(&new).kick.is_none());
    }
}
