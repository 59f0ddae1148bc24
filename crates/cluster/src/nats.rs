//! The bus: NATS.
//!
//! | subject | who publishes | who subscribes |
//! |---|---|---|
//! | `PREFIX.from.NODE` | the node, what happens there | every node, to `PREFIX.from.*` |
//! | `PREFIX.to.NODE` | others, what they ask it | the node |
//! | `PREFIX.done.NODE` | others, how far they have done what it told them | the node |

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_nats::{
    Client, ConnectError, ConnectErrorKind, ConnectOptions, Event as State, Subscriber,
};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use hongyan_model::{Clock, IdGenerator};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, timeout};

use crate::barrier::Round;
use crate::event::{Answer, Event, Publication, Question};
use crate::outbox::Outbox;
use crate::peers::{GONE, Peers};
use crate::router::Router;

/// How often a node says that it is there: so long it takes to notice that something was missed.
const BEAT: Duration = Duration::from_millis(250);
/// How long a question waits for its answer.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
/// How a connection that is dead is noticed.
const PING: Duration = Duration::from_secs(1);
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// How long a node that stops tries to say so.
const LEAVE_WITHIN: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// Publications that wait to be taken; when there are more, NATS' client drops them, which is noticed.
const RECEIVED: usize = 4096;

/// What [`join`] needs.
pub struct BusOptions {
    /// Address of NATS, or several with commas between: `nats://[USER:PASSWORD@]HOST[:PORT]`, `tls://…`, or with a token
    /// in place of user and password. All have the user of the first that names one.
    pub url: String,
    /// First part of the subjects: installations that share NATS have different ones.
    pub prefix: String,
    /// Ids; shared with the message log.
    pub ids: Arc<IdGenerator>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Why there is no bus.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The address cannot be used.
    #[error("the address of NATS")]
    Address(#[from] std::io::Error),
    /// NATS does not want us.
    #[error("NATS")]
    Connect(#[from] async_nats::ConnectError),
    /// A subject cannot be subscribed to.
    #[error("NATS")]
    Subscribe(#[from] async_nats::SubscribeError),
    /// What is published does not arrive.
    #[error("NATS takes messages, but does not deliver them: may this account use the prefix?")]
    Silent,
}

/// This node's part of the bus; ends when dropped.
#[derive(Debug)]
pub struct Bus {
    outbox: Arc<Outbox>,
    client: Client,
    _tasks: JoinSet<()>,
}

impl Bus {
    /// Tells the others that this node stops, and everything before that.
    pub async fn leave(self) {
        let told = async {
            self.outbox.push(Event::Leaving);
            while !self.outbox.is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            self.client.flush().await
        };
        if !matches!(timeout(LEAVE_WITHIN, told).await, Ok(Ok(()))) {
            tracing::warn!("the other nodes could not be told that this one stops");
        }
    }
}

/// Addresses with commas between.
fn servers(url: &str) -> std::io::Result<Vec<async_nats::ServerAddr>> {
    url.split(',').map(|one| one.trim().parse()).collect()
}

/// Options with the user, or token, of the addresses, which the client itself does not look for.
fn signed_in(servers: &[async_nats::ServerAddr]) -> ConnectOptions {
    let options = ConnectOptions::new().connection_timeout(CONNECT_WITHIN);
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let Some(server) = servers.iter().find(|server| server.has_user_pass()) else { return options };
    let user = server.username().map(decoded).unwrap_or_default();
    match server.password() {
        Some(password) => options.user_and_password(user, decoded(password)),
        None => options.token(user),
    }
}

/// How long NATS takes to carry a message below `prefix` and back, without joining anybody.
pub async fn probe(url: &str, prefix: &str) -> Result<Duration, BusError> {
    let servers = servers(url)?;
    let client = signed_in(&servers).connect(servers).await?;
    let subject = format!("{prefix}.probe.{}", client.new_inbox().replace('.', "-"));
    let mut answers = client.subscribe(subject.clone()).await?;
    let since = Instant::now();
    let _ = client.publish(subject, Default::default()).await;
    match timeout(CONNECT_WITHIN, answers.next()).await {
        Ok(Some(_)) => Ok(since.elapsed()),
        Ok(None) | Err(_) => Err(BusError::Silent),
    }
}

/// A client of this node. When NATS does not answer it goes on trying: a node serves without, too.
async fn connect(
    router: &Arc<Router>,
    node: u8,
    servers: &[async_nats::ServerAddr],
) -> Result<Client, ConnectError> {
    let options = || {
        let weak = Arc::downgrade(router);
        signed_in(servers)
            .name(format!("hongyan node {node}"))
            .no_echo()
            .ping_interval(PING)
            .subscription_capacity(RECEIVED)
            .reconnect_delay_callback(|attempts| {
                let pause = Duration::from_millis(50 << attempts.min(6));
                pause.min(LONGEST_PAUSE)
            })
            .event_callback(move |state| {
                let router = weak.upgrade();
                async move { router.into_iter().for_each(|router| note(&router, &state)) }
            })
    };
    let error = match options().connect(servers).await {
        Ok(client) => {
            router.others.connected.store(true, Ordering::SeqCst);
            return Ok(client);
        }
        Err(error) => error,
    };
    match error.kind() {
        ConnectErrorKind::Dns | ConnectErrorKind::Io | ConnectErrorKind::TimedOut => {
            tracing::warn!(%error, "NATS does not answer: this node begins without and goes on trying");
            options().retry_on_initial_connect().connect(servers).await
        }
        _ => Err(error),
    }
}

/// Notes what has become of the connection.
fn note(router: &Router, state: &State) {
    match state {
        State::Connected => {
            tracing::info!("connected to NATS");
            router.others.barrier.all_are_back();
            router.others.connected.store(true, Ordering::SeqCst);
        }
        State::Disconnected => {
            tracing::warn!("no connection to NATS: what other nodes commit is read from the log");
            router.others.connected.store(false, Ordering::SeqCst);
        }
        state => tracing::debug!(%state, "NATS"),
    }
}

/// Connects `router` with those of the other nodes. To be called before anybody uses it. NATS need not answer yet; it must
/// not refuse.
pub async fn join(router: &Arc<Router>, options: BusOptions) -> Result<Bus, BusError> {
    let BusOptions { url, prefix, ids, clock } = options;
    let node = ids.node();
    let servers = servers(&url)?;
    let client = connect(router, node, &servers).await?;
    let published = client.subscribe(format!("{prefix}.from.*")).await?;
    let asked = client.subscribe(format!("{prefix}.to.{node}")).await?;
    let done = client.subscribe(format!("{prefix}.done.{node}")).await?;
    let (outbox, remote) = router.others.open();
    let asking = Asking { client: client.clone(), prefix: prefix.clone(), node };
    let _ = router.others.asking.set(asking);
    let leaving = (outbox.clone(), client.clone());
    let peers = Peers::new(router.clone(), ids.clone(), remote);
    let incarnation = ids.next(clock.now()).0;
    router.others.barrier.number_from(incarnation);
    let publisher = Publisher {
        client: client.clone(),
        subject: format!("{prefix}.from.{node}"),
        router: router.clone(),
        ids,
        clock,
        incarnation,
        number: 0,
    };
    let mut tasks = JoinSet::new();
    tasks.spawn(publish(publisher, outbox));
    tasks.spawn(listen(peers, published));
    tasks.spawn(answer(client, router.clone(), asked));
    tasks.spawn(hear_done(router.clone(), done));
    tasks.spawn(ask_around(router.clone()));
    let (outbox, client) = leaving;
    Ok(Bus { outbox, client, _tasks: tasks })
}

struct Publisher {
    client: Client,
    subject: String,
    router: Arc<Router>,
    ids: Arc<IdGenerator>,
    clock: Arc<dyn Clock>,
    incarnation: u64,
    number: u64,
}

async fn publish(mut publisher: Publisher, outbox: Arc<Outbox>) {
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut told, mut dropped) = (Instant::now(), false);
    loop {
        tokio::select! {
            () = outbox.filled() => {}
            _ = beat.tick() => {}
        }
        let parcel = outbox.take();
        publisher.number += 1 + u64::from(parcel.lost);
        if !publisher.router.others.connected.load(Ordering::SeqCst) {
            // The next one that arrives says by its number that this one is missing.
            dropped |= !parcel.events.is_empty();
            continue;
        }
        if std::mem::take(&mut dropped) || parcel.lost || told.elapsed() > GONE {
            // The others have not heard everything, or this node was frozen or cut off for so long that they may have taken
            // its sessions for ended.
            publisher.router.others.gap();
        }
        told = Instant::now();
        let publication = Publication {
            node: publisher.ids.node(),
            incarnation: publisher.incarnation,
            number: publisher.number,
            newest: publisher.ids.next(publisher.clock.now()),
            events: parcel.events,
        };
        let leaves = publication.events.iter().any(|event| matches!(event, Event::Leaving));
        let Some(bytes) = encoded(&publication) else { continue };
        if let Err(error) = publisher.client.publish(publisher.subject.clone(), bytes).await {
            tracing::warn!(%error, "the other nodes could not be told something; they will read the log");
        }
        if leaves {
            return;
        }
    }
}

async fn listen(mut peers: Peers, mut published: Subscriber) {
    let mut look = tokio::time::interval(Duration::from_secs(1));
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            message = published.next() => {
                let Some(message) = message else { return };
                match postcard::from_bytes(&message.payload) {
                    Ok(publication) => peers.take(publication).await,
                    Err(error) => tracing::warn!(%error, "another node says what this version does not know"),
                }
            }
            _ = look.tick() => peers.look(),
        }
    }
}

async fn answer(client: Client, router: Arc<Router>, mut asked: Subscriber) {
    while let Some(message) = asked.next().await {
        let question = postcard::from_bytes::<Question>(&message.payload);
        let (Ok(question), Some(reply)) = (question, message.reply) else { continue };
        let (client, router) = (client.clone(), router.clone());
        tokio::spawn(async move {
            let answer = match (&question, router.others.answers.get()) {
                (Question::OnlineIn { app, circle }, _) => {
                    Answer::Users(router.online_here(*app, circle).into_iter().collect())
                }
                (Question::Flush { .. } | Question::Errand(_), Some(answers)) => {
                    answers(question).await
                }
                (Question::Flush { .. } | Question::Errand(_), None) => Answer::Done,
            };
            if let Some(bytes) = encoded(&answer) {
                // Who asks does not wait for long.
                let _ = client.publish(reply, bytes).await;
            }
        });
    }
}

async fn ask_around(router: Arc<Router>) {
    let others = &router.others;
    others.barrier.run(|round| others.ask_around(round), |node| others.hears(node)).await;
}

async fn hear_done(router: Arc<Router>, mut done: Subscriber) {
    while let Some(message) = done.next().await {
        if let Ok((node, round)) = postcard::from_bytes(&message.payload) {
            router.others.barrier.answer(node, round);
        }
    }
}

/// Questions to other nodes, and answers to theirs.
pub(crate) struct Asking {
    client: Client,
    prefix: String,
    node: u8,
}

impl Asking {
    /// Asks `nodes` and answers what those say that answer in time.
    pub(crate) async fn ask(&self, nodes: HashSet<u8>, question: &Question) -> Vec<Answer> {
        self.ask_within(nodes, question, ANSWER_WITHIN).await
    }

    /// The same with a patience of one's own.
    pub(crate) async fn ask_within(
        &self,
        nodes: HashSet<u8>,
        question: &Question,
        within: Duration,
    ) -> Vec<Answer> {
        let Some(bytes) = encoded(question) else { return Vec::new() };
        let asked = nodes.into_iter().map(|node| {
            let subject = format!("{}.to.{node}", self.prefix);
            timeout(within, self.client.request(subject, bytes.clone()))
        });
        let answers = join_all(asked).await.into_iter();
        let read = |answered: Result<Result<async_nats::Message, _>, _>| {
            postcard::from_bytes(&answered.ok()?.ok()?.payload).ok()
        };
        answers.filter_map(read).collect()
    }

    /// How a round of this node is named to others.
    pub(crate) fn naming(&self, round: Round) -> Option<Vec<u8>> {
        encoded(&(self.node, round)).map(Vec::from)
    }

    /// Says to the node that has begun a round that what it told before is done.
    pub(crate) fn answer_round(&self, round: &[u8]) {
        let Ok((asker, round)) = postcard::from_bytes::<(u8, Round)>(round) else { return };
        let Some(bytes) = encoded(&(self.node, round)) else { return };
        let (client, subject) = (self.client.clone(), format!("{}.done.{asker}", self.prefix));
        tokio::spawn(async move {
            // Who asks does not wait for long.
            let _ = client.publish(subject, bytes).await;
        });
    }
}

fn encoded(value: &impl Serialize) -> Option<bytes::Bytes> {
    match postcard::to_stdvec(value) {
        Ok(bytes) => Some(bytes.into()),
        Err(error) => {
            tracing::error!(%error, "something cannot be told to other nodes");
            None
        }
    }
}
