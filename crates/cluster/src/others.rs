//! What a node knows of the others, and tells them.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use hongyan_model::{AppId, DeviceId, LogEntry, MessageId, Timestamp, UserId};
use parking_lot::{Mutex, RwLock};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::barrier::{self, Barrier, Round};
use crate::directory::Directory;
use crate::event::{Answer, Event, Question};
use crate::lost::{DeadSessions, LostNodes};
use crate::nats::Asking;
use crate::outbox::Outbox;
use crate::router::Router;

/// What the bus has for delivery and delivery has not taken; when it is full, the bus waits.
const REMOTE: usize = 256;
/// Bytes of messages in one event.
const BYTES: usize = 128 << 10;
/// After which a node is asked again for the list of its sessions.
const LISTED_WITHIN: Duration = Duration::from_secs(30);
/// After which a node that has not looked whether it hears the others cannot know: it looks every 250 ms.
const SLEPT: Duration = Duration::from_secs(1);
/// After which a node that says nothing is not counted on.
pub(crate) const SILENT: Duration = Duration::from_millis(1500);

/// What other nodes have committed.
#[derive(Debug)]
pub enum Remote {
    /// These entries, in the order of the node that has committed them.
    Committed(Vec<Arc<LogEntry>>),
    /// Entries behind this one may have been missed: the log has them.
    Missed(MessageId),
    /// What happened between commits, to be applied in its turn ([`Router::apply`]): who has left a room is still told of
    /// what was said before.
    Change(Change),
}

/// A change of sessions that another node wants.
#[derive(Debug)]
pub struct Change {
    pub(crate) event: Event,
    /// When it said so.
    pub(crate) told_at: MessageId,
}

type Hears = Box<dyn Fn(Option<&[u8]>) + Send + Sync>;
/// What is to be done before the others hear that a session has ended.
type Parting = Box<dyn Fn(AppId, UserId) -> BoxFuture<'static, ()> + Send + Sync>;
/// Answers the questions of other nodes.
pub type Answers = Box<dyn Fn(Question) -> BoxFuture<'static, Answer> + Send + Sync>;

/// The other nodes, as far as there are any.
#[derive(Default)]
pub(crate) struct Others {
    pub(crate) directory: Directory,
    outbox: OnceLock<Arc<Outbox>>,
    round: AtomicU64,
    listeners: RwLock<HashMap<&'static str, Vec<Hears>>>,
    remote: Mutex<Option<mpsc::Receiver<Remote>>>,
    /// When each node was heard last.
    heard: Mutex<HashMap<u8, Instant>>,
    pub(crate) connected: AtomicBool,
    pub(crate) asking: OnceLock<Asking>,
    pub(crate) answers: OnceLock<Answers>,
    pub(crate) lost: LostNodes,
    pub(crate) barrier: Barrier,
    /// Users of whom sessions were spared that began after they were ended.
    pub(crate) spared: Mutex<Vec<(AppId, UserId)>>,
    /// How often something that others told was missed.
    gaps: AtomicU64,
    /// Whether what others tell may not be heard at the moment, as it was found last, and when that was.
    deaf: AtomicBool,
    looked: Mutex<Option<Instant>>,
    /// Nodes that were asked to list their sessions and have not come to the end.
    listing: Mutex<HashMap<u8, Instant>>,
    parting: OnceLock<Parting>,
    left: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl fmt::Debug for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Others").field("heard", &self.heard.lock().len()).finish_non_exhaustive()
    }
}

impl Others {
    /// Tells the other nodes; costs nothing where there are none.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(outbox) = self.outbox.get() {
            outbox.push(event());
        }
    }

    /// The same of something on which they act, so that who has caused it waits until they have
    /// ([`Router::known_to_all`]).
    pub(crate) fn tell_change(&self, event: impl FnOnce() -> Event) {
        self.tell(event);
        barrier::note_told();
    }

    /// Asks the other nodes to say when they have done what they were told before; answers which those are.
    pub(crate) fn ask_around(&self, round: Round) -> HashSet<u8> {
        let Some(asking) = self.asking.get() else { return HashSet::new() };
        let key = asking.naming(round);
        self.tell(|| Event::Signal { topic: barrier::TOPIC.to_owned(), key });
        let heard = self.heard.lock();
        let is_heard = |(node, at): (&u8, &Instant)| (at.elapsed() <= SILENT).then_some(*node);
        heard.iter().filter_map(is_heard).collect()
    }

    /// Tells the other nodes that a session has ended, as soon as what it has left to be written is written: until then
    /// they ask this node for it.
    pub(crate) fn tell_left(&self, app: AppId, user: UserId, serial: u64) {
        let Some(outbox) = self.outbox.get().cloned() else { return };
        let left = Event::Left { app, user: user.clone(), serial };
        match (self.parting.get(), Handle::try_current()) {
            (Some(parting), Ok(runtime)) => {
                let parting = parting(app, user);
                runtime.spawn(async move {
                    parting.await;
                    outbox.push(left);
                });
            }
            _ => outbox.push(left),
        }
    }

    /// Says that what was told before this round is done.
    pub(crate) fn answer_round(&self, round: Option<&[u8]>) {
        if let (Some(asking), Some(round)) = (self.asking.get(), round) {
            asking.answer_round(round);
        }
    }

    /// From now on there may be others.
    pub(crate) fn open(&self) -> (Arc<Outbox>, mpsc::Sender<Remote>) {
        let outbox = self.outbox.get_or_init(Arc::default).clone();
        let (sender, receiver) = mpsc::channel(REMOTE);
        *self.remote.lock() = Some(receiver);
        (outbox, sender)
    }

    pub(crate) fn round(&self) -> u64 {
        self.round.load(Ordering::SeqCst)
    }

    pub(crate) fn begin_round(&self) -> u64 {
        self.round.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Since when the devices of a user on other nodes are connected, as far as they count beside `device`.
    pub(crate) fn counted(
        &self,
        app: AppId,
        user: &UserId,
        device: &DeviceId,
        any_platform: bool,
    ) -> Vec<Timestamp> {
        let counts = |other: &DeviceId| {
            other != device && (any_platform || other.platform() == device.platform())
        };
        let known = self.directory.devices(app, user).into_iter();
        known.filter(|(other, _)| counts(other)).map(|(_, facts)| facts.since).collect()
    }

    pub(crate) fn heard(&self, node: u8) {
        let before = self.heard.lock().insert(node, Instant::now());
        if before.is_none_or(|before| before.elapsed() > SILENT) {
            self.barrier.is_back(node);
        }
    }

    /// Whether a node has been heard and has not left.
    pub(crate) fn hears(&self, node: u8) -> bool {
        self.heard.lock().contains_key(&node)
    }

    /// Forgets a node that has left.
    pub(crate) fn forget_node(&self, node: u8) {
        self.heard.lock().remove(&node);
        self.barrier.look_again();
        self.forget_sessions(node, u64::MAX);
        if let Some(hears) = self.left.get() {
            hears();
        }
    }

    /// Forgets a node that is not heard any more, and remembers which sessions it had.
    pub(crate) fn lose_node(&self, node: u8, incarnation: u64) {
        self.heard.lock().remove(&node);
        self.barrier.look_again();
        let sessions = self.forget_sessions(node, u64::MAX);
        self.lost.add((node, incarnation), sessions);
    }

    /// Forgets the sessions of a node that it has not told of in `round` or later, and answers them.
    pub(crate) fn forget_sessions(&self, node: u8, round: u64) -> Vec<(AppId, UserId, DeviceId)> {
        self.listing.lock().remove(&node);
        self.directory.forget(node, round)
    }

    /// Notes that something which `node` told was missed, and asks it for the list of its sessions.
    pub(crate) fn missed(&self, node: u8) {
        self.listing.lock().insert(node, Instant::now());
        self.tell(|| Event::List { node });
        self.gap();
    }

    /// Asks the nodes again that have not come to the end of their lists for long: what was asked may have been lost.
    pub(crate) fn ask_again(&self) {
        for (node, asked) in self.listing.lock().iter_mut() {
            if asked.elapsed() > LISTED_WITHIN {
                *asked = Instant::now();
                self.tell(|| Event::List { node: *node });
            }
        }
    }

    /// Notes that something was missed.
    pub(crate) fn gap(&self) {
        self.gaps.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether some node has not come to the end of the list of its sessions.
    pub(crate) fn is_listing(&self) -> bool {
        !self.listing.lock().is_empty()
    }

    /// Tells the listeners of a topic on this node.
    pub(crate) fn signal(&self, topic: &str, key: Option<&[u8]>) {
        for hears in self.listeners.read().get(topic).into_iter().flatten() {
            hears(key);
        }
    }

    /// Tells all listeners on this node that they may have missed something.
    pub(crate) fn signal_all(&self) {
        for hears in self.listeners.read().values().flatten() {
            hears(None);
        }
    }
}

/// What the floors above do with other nodes.
impl Router {
    /// Whether other nodes may be there.
    #[must_use]
    pub fn is_clustered(&self) -> bool {
        self.others.outbox.get().is_some()
    }

    /// What other nodes commit; `None` if this one is alone. To be taken once.
    #[must_use]
    pub fn take_remote(&self) -> Option<mpsc::Receiver<Remote>> {
        self.others.remote.lock().take()
    }

    /// Tells the other nodes what this one has committed.
    pub fn committed(&self, group: &[Arc<LogEntry>]) {
        let mut rest = group;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |entry: &&Arc<LogEntry>| {
                bytes += entry.entry.meta.len();
                bytes <= BYTES
            };
            let (some, more) = rest.split_at(rest.iter().take_while(fits).count().max(1));
            self.others.tell(|| Event::Committed(some.to_vec()));
            rest = more;
        }
    }

    /// Sessions of an app on other nodes.
    #[must_use]
    pub fn connections_elsewhere(&self, app: AppId) -> u64 {
        self.others.directory.connections(app)
    }

    /// Whether what one of `nodes`, which live, tells may not be heard here at the moment: the database is to be asked.
    pub fn is_deaf_to(&self, nodes: &[u8]) -> bool {
        let deaf = !self.others.connected.load(Ordering::SeqCst) || {
            let heard = self.others.heard.lock();
            nodes.iter().any(|node| heard.get(node).is_none_or(|at| at.elapsed() > SILENT))
        };
        self.others.deaf.store(deaf, Ordering::SeqCst);
        *self.others.looked.lock() = Some(Instant::now());
        deaf
    }

    /// Whether other nodes may not be heard at the moment, or not all of their sessions are known yet.
    #[must_use]
    pub fn is_deaf(&self) -> bool {
        self.others.deaf.load(Ordering::SeqCst) || self.others.is_listing()
    }

    /// Whether this node was frozen until a moment ago, or does not get to look whether it hears the others: it may have
    /// been told something that it hears only now.
    #[must_use]
    pub fn has_slept(&self) -> bool {
        self.others.looked.lock().is_some_and(|at| at.elapsed() > SLEPT)
    }

    /// How often something that other nodes told was missed and has to be looked up.
    #[must_use]
    pub fn gaps(&self) -> u64 {
        self.others.gaps.load(Ordering::SeqCst)
    }

    /// Has every cache of this node forget what other nodes may have changed.
    pub fn forget_cached(&self) {
        self.others.signal_all();
    }

    /// Whether there are nodes that are not heard any more, dead or not.
    #[must_use]
    pub fn has_lost_nodes(&self) -> bool {
        !self.others.lost.is_empty()
    }

    /// Whether a node is dead, when `alive` are the other nodes that live, for longer than `patience`.
    #[must_use]
    pub fn has_dead(&self, alive: &[u8], patience: Duration) -> bool {
        self.others.lost.has_dead(alive, patience)
    }

    /// Takes up to `most` sessions, of one app, that have ended with their node, when `alive` are the other nodes that live.
    #[must_use]
    pub fn take_dead(&self, alive: &[u8], most: usize) -> Option<DeadSessions> {
        self.others.lost.take(alive, most)
    }

    /// Forgets sessions that have ended with their nodes, where it is another node that tells of them and has had time to.
    pub fn leave_dead(&self, alive: &[u8]) {
        self.others.lost.forget_old(alive);
    }

    /// Notes users again whose sessions could not be looked up.
    pub fn put_back_spared(&self, users: Vec<(AppId, UserId)>) {
        self.others.spared.lock().extend(users);
    }

    /// Takes users of whom sessions were spared that began after they were ended: whether rightly so, the database says.
    #[must_use]
    pub fn take_spared(&self) -> Vec<(AppId, UserId)> {
        std::mem::take(&mut *self.others.spared.lock())
    }

    /// Whether it is known of every user whether it is connected.
    #[must_use]
    pub fn knows_who_is_online(&self) -> bool {
        !self.is_deaf() && self.others.lost.is_empty()
    }

    /// Whether `user` has a session, or may have one on a node that is not heard at the moment.
    #[must_use]
    pub fn may_be_online(&self, app: AppId, user: &UserId) -> bool {
        self.is_online(app, user) || self.is_deaf()
    }

    /// Has `hears` called with the key of each signal of that topic on another node; without a key when some may have
    /// been missed.
    pub fn on_signal(
        &self,
        topic: &'static str,
        hears: impl Fn(Option<&[u8]>) + Send + Sync + 'static,
    ) {
        self.others.listeners.write().entry(topic).or_default().push(Box::new(hears));
    }

    /// Tells the listeners of a topic on other nodes that what they know under a key has changed.
    pub fn signal(&self, topic: &'static str, key: impl FnOnce() -> Vec<u8>) {
        self.others.tell_change(|| Event::Signal { topic: topic.to_owned(), key: Some(key()) });
    }

    /// The same of what nobody relies on at once: who has caused it does not wait for them.
    pub fn hint(&self, topic: &'static str, key: impl FnOnce() -> Vec<u8>) {
        self.others.tell(|| Event::Signal { topic: topic.to_owned(), key: Some(key()) });
    }

    /// Whether it is this node that does what is to be done once about others.
    #[must_use]
    pub fn is_first(&self, node: u8) -> bool {
        self.others.heard.lock().keys().all(|other| *other > node)
    }

    /// Has `hears` called when another node has stopped.
    pub fn on_left(&self, hears: impl Fn() + Send + Sync + 'static) {
        // There is one domain in a process.
        let _ = self.others.left.set(Box::new(hears));
    }

    /// Has `parting` done before the other nodes hear that a session of a user has ended.
    pub fn on_parting(
        &self,
        parting: impl Fn(AppId, UserId) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) {
        // There is one domain in a process.
        let _ = self.others.parting.set(Box::new(parting));
    }

    /// Answers what other nodes ask from now on.
    pub fn answer_with(&self, answers: Answers) {
        // There is one domain in a process.
        let _ = self.others.answers.set(answers);
    }

    /// Asks the nodes to which a user is connected, and waits for their answers, not for long.
    pub async fn ask_nodes_of(&self, app: AppId, user: &UserId, question: &Question) {
        let nodes = self.others.directory.nodes(app, user);
        if let Some(asking) = self.others.asking.get()
            && !nodes.is_empty()
        {
            asking.ask(nodes, question).await;
        }
    }

    /// Has another node do something that the floor above understands; what came of it, or `None` if the node does not answer:
    /// whether it has done it is then not known.
    pub async fn send_errand(
        &self,
        node: u8,
        errand: Vec<u8>,
        within: Duration,
    ) -> Option<Vec<u8>> {
        let asking = self.others.asking.get()?;
        let question = Question::Errand(errand);
        let answers = asking.ask_within(HashSet::from([node]), &question, within).await;
        answers.into_iter().find_map(|answer| match answer {
            Answer::Errand(came) => Some(came),
            Answer::Done | Answer::Users(_) => None,
        })
    }

    /// Asks every other node, and answers what those say that answer in time.
    pub async fn ask_all(&self, question: &Question) -> Vec<Answer> {
        let Some(asking) = self.others.asking.get() else { return Vec::new() };
        let nodes: HashSet<u8> = self.others.heard.lock().keys().copied().collect();
        asking.ask(nodes, question).await
    }
}
