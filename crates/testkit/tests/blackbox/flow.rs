//! Senders that keep on sending through crashes, and the check that nothing acknowledged is lost.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hongyan_testkit::device::{Device, Event, Identity, Receipt};
use hongyan_testkit::messages::Text;
use hongyan_testkit::socket::{Endpoint, Link};
use hongyan_testkit::wire::Target;
use hongyan_testkit::{Site, history};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Messages a sender has on the way.
const WINDOW: usize = 16;
const RECONNECT_AFTER: Duration = Duration::from_millis(20);
/// Within which a sender logs in and has something acknowledged.
const BEGUN_WITHIN: Duration = Duration::from_secs(30);

/// What senders are to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Command {
    /// Send.
    Send,
    /// Send nothing new, but again what is not acknowledged, until it is.
    Finish,
    /// Leave, whatever is not acknowledged.
    Abandon,
}

/// What the server may say of what it cannot store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Faults {
    /// Nothing: there is always somewhere to store it.
    Never,
    /// That it could not.
    Told,
}

/// What one sender knows when it is done.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) user: String,
    /// Message ids by sequence.
    pub(crate) acknowledged: BTreeMap<u64, u64>,
    /// Sent at least once and never acknowledged.
    pub(crate) unacknowledged: HashSet<u64>,
    /// How often it had to log in again.
    pub(crate) reconnects: usize,
}

/// A sender in its own task.
pub(crate) struct Sender {
    pub(crate) command: watch::Sender<Command>,
    begun: watch::Receiver<bool>,
    task: JoinHandle<Result<Sent>>,
}

impl Sender {
    pub(crate) fn start(
        endpoints: &[Endpoint],
        identity: Identity,
        to: Target,
        faults: Faults,
    ) -> Self {
        let (command, commands) = watch::channel(Command::Send);
        let (begins, begun) = watch::channel(false);
        let state = State {
            endpoints: Endpoints::of(endpoints),
            faults,
            to,
            commands,
            begins,
            next: 0,
            pending: BTreeMap::new(),
            sent: Sent {
                user: identity.user.clone(),
                acknowledged: BTreeMap::new(),
                unacknowledged: HashSet::new(),
                reconnects: 0,
            },
            identity,
        };
        Self { command, begun, task: tokio::spawn(state.run()) }
    }

    /// Waits for its first acknowledgement.
    async fn begun(&mut self) -> Result<()> {
        let begun = self.begun.wait_for(|begun| *begun);
        let begun = tokio::time::timeout(BEGUN_WITHIN, begun).await;
        begun.context("a sender does not begin")?.context("a sender ended before it began")?;
        Ok(())
    }

    /// Waits for the sender's end.
    pub(crate) async fn done(self, patience: Duration) -> Result<Sent> {
        tokio::time::timeout(patience, self.task).await.context("a sender does not finish")??
    }
}

/// Where to connect: each time somewhere else, if there are several.
struct Endpoints {
    all: Vec<Endpoint>,
    next: usize,
    /// How long silence is borne: what a device expects may never come from a node that is frozen.
    patience: Duration,
}

impl Endpoints {
    fn of(all: &[Endpoint]) -> Self {
        static FIRST: AtomicUsize = AtomicUsize::new(0);
        let patience = Duration::from_secs(if all.len() > 1 { 3 } else { 3600 });
        Self { all: all.to_vec(), next: FIRST.fetch_add(1, Ordering::Relaxed), patience }
    }

    async fn login(&mut self, identity: &Identity) -> Result<Device> {
        self.next += 1;
        let endpoint = &self.all[self.next % self.all.len()];
        let login = Device::login(endpoint, identity.clone(), Link::default());
        tokio::time::timeout(self.patience, login).await.context("nobody answers")?
    }
}

struct State {
    endpoints: Endpoints,
    faults: Faults,
    identity: Identity,
    to: Target,
    commands: watch::Receiver<Command>,
    begins: watch::Sender<bool>,
    next: u64,
    /// Sent and not acknowledged, in order.
    pending: BTreeMap<u64, ()>,
    sent: Sent,
}

impl State {
    async fn run(mut self) -> Result<Sent> {
        loop {
            if let Ok(device) = self.endpoints.login(&self.identity).await
                && self.send_until_done(device).await?
            {
                self.sent.unacknowledged.extend(self.pending.into_keys());
                return Ok(self.sent);
            }
            if self.command() == Command::Abandon {
                self.sent.unacknowledged.extend(self.pending.into_keys());
                return Ok(self.sent);
            }
            tokio::time::sleep(RECONNECT_AFTER).await;
            self.sent.reconnects += 1;
        }
    }

    fn command(&self) -> Command {
        *self.commands.borrow()
    }

    /// Sends until told to end (true) or disconnected (false).
    async fn send_until_done(&mut self, mut device: Device) -> Result<bool> {
        // A resend of what the server acknowledged in an earlier connection: it has to know it.
        if let Some((&last, _)) = self.sent.acknowledged.last_key_value() {
            self.put(&mut device, last);
        }
        let pending: Vec<_> = self.pending.keys().copied().collect();
        for sequence in pending {
            self.put(&mut device, sequence);
        }
        loop {
            match self.command() {
                Command::Send => {
                    while self.pending.len() < WINDOW {
                        self.put(&mut device, self.next);
                        self.pending.insert(self.next, ());
                        self.next += 1;
                    }
                }
                Command::Finish if self.pending.is_empty() => return Ok(true),
                Command::Finish => {}
                Command::Abandon => return Ok(true),
            }
            tokio::select! {
                event = device.next() => match event {
                    Ok(Some(Event::Receipt(receipt))) => self.acknowledge(&receipt)?,
                    Ok(Some(Event::Batch(_) | Event::Synced)) => {}
                    Ok(None) | Err(_) => return Ok(false),
                },
                changed = self.commands.changed() => changed?,
                () = tokio::time::sleep(self.endpoints.patience) => return Ok(false),
            }
        }
    }

    /// The sequence is the message's id on the device, so that a resend carries the same.
    fn put(&self, device: &mut Device, sequence: u64) {
        let text = text_of(&self.identity.user, sequence);
        device.send_text_as(sequence + 1, &self.to, &text);
    }

    fn acknowledge(&mut self, receipt: &Receipt) -> Result<()> {
        let user = &self.identity.user;
        if receipt.code != 0 && self.faults == Faults::Told {
            // Whether it is stored is not known; it is not sent again.
            self.pending.remove(&(receipt.meta_id - 1));
            self.sent.unacknowledged.insert(receipt.meta_id - 1);
            return Ok(());
        }
        ensure!(receipt.code == 0, "{user}: refused with {} {}", receipt.code, receipt.reason);
        ensure!(receipt.server_id != 0, "{user}: a receipt without message id");
        let sequence = receipt.meta_id - 1;
        self.pending.remove(&sequence);
        self.begins.send_replace(true);
        let first = *self.sent.acknowledged.entry(sequence).or_insert(receipt.server_id);
        ensure!(
            first == receipt.server_id,
            "{user}: message {sequence} was acknowledged as {first} and as {}",
            receipt.server_id,
        );
        Ok(())
    }
}

fn text_of(user: &str, sequence: u64) -> String {
    format!("{user} {sequence} {}", "x".repeat(80))
}

/// User and sequence of a text made by [`text_of`].
fn parse(text: &str) -> Option<(&str, u64)> {
    let mut words = text.split(' ');
    Some((words.next()?, words.next()?.parse().ok()?))
}

/// Checks what one reader sees of the senders: everything acknowledged, once, in order, under the
/// acknowledged id; what was not acknowledged at most once.
pub(crate) fn check(what: &str, seen: &[Text], senders: &[&Sent]) -> Result<()> {
    let mut ids = HashSet::new();
    for text in seen {
        ensure!(ids.insert(text.id), "{what}: message id {} twice", text.id);
    }
    ensure!(seen.is_sorted_by_key(|text| text.id), "{what}: message ids do not rise");
    let mut counted = 0;
    for sender in senders {
        let mut previous = None;
        let mut found = BTreeMap::new();
        for text in seen.iter().filter(|text| text.from == sender.user) {
            let (user, sequence) = parse(&text.text).context("a text that nobody sent")?;
            ensure!(user == sender.user, "{what}: a text of {user} from {}", sender.user);
            ensure!(previous < Some(sequence), "{what}: {user}: {sequence} after {previous:?}");
            previous = Some(sequence);
            found.insert(sequence, text.id);
        }
        for (sequence, id) in &sender.acknowledged {
            let user = &sender.user;
            let seen_as = found.remove(sequence);
            ensure!(seen_as.is_some(), "{what}: {user}: acknowledged message {sequence} is lost");
            ensure!(seen_as == Some(*id), "{what}: {user}: {sequence} is {seen_as:?}, not {id}");
            counted += 1;
        }
        for sequence in found.keys() {
            let known = sender.unacknowledged.contains(sequence);
            ensure!(known, "{what}: {}: {sequence} was never sent", sender.user);
            counted += 1;
        }
    }
    ensure!(counted == seen.len(), "{what}: {} texts of nobody", seen.len() - counted);
    Ok(())
}

/// Everything that waits for `reader`, at a login.
pub(crate) async fn pull_all(site: &impl Site, reader: &Identity) -> Result<Vec<Text>> {
    let endpoint = site.endpoints().last().context("nowhere to connect")?;
    let login = Device::login_synced(endpoint, reader.clone(), Link::default());
    let (device, batches) = login.await?;
    device.close().await?;
    let mut texts = Vec::new();
    for batch in &batches {
        texts.extend(Text::of_batch(batch)?);
    }
    Ok(texts)
}

/// Several conversations in full flow: pairs whose receivers are offline, pairs whose receivers are
/// online, and a group with senders that are online and a member who is not.
pub(crate) struct Traffic {
    pub(crate) senders: Vec<Sender>,
    conversations: Vec<Conversation>,
    listeners: Vec<JoinHandle<Result<Vec<Text>>>>,
    listening: watch::Sender<bool>,
}

struct Conversation {
    reader: Identity,
    /// The conversation, as its reader names it.
    target: Target,
    senders: Vec<String>,
    reader_is_online: bool,
}

impl Traffic {
    pub(crate) async fn start(site: &impl Site) -> Result<Self> {
        Self::start_through(site, Faults::Never).await
    }

    /// The same where the server may refuse what it cannot store.
    pub(crate) async fn start_through(site: &impl Site, faults: Faults) -> Result<Self> {
        const OFFLINE_PAIRS: usize = 3;
        const ONLINE_PAIRS: usize = 2;
        const GROUP_SENDERS: usize = 3;
        let (listening, _) = watch::channel(true);
        let mut traffic = Self {
            senders: Vec::new(),
            conversations: Vec::new(),
            listeners: Vec::new(),
            listening,
        };
        for number in 0..OFFLINE_PAIRS + ONLINE_PAIRS {
            let sender = site.identity(&format!("sender-{number}")).await?;
            let reader = site.identity(&format!("receiver-{number}")).await?;
            let reader_is_online = number >= OFFLINE_PAIRS;
            if reader_is_online {
                let listener = listen(
                    Endpoints::of(site.endpoints()),
                    reader.clone(),
                    traffic.listening.subscribe(),
                );
                traffic.listeners.push(tokio::spawn(listener));
            }
            let to = Target::User(reader.user.clone());
            traffic.conversations.push(Conversation {
                reader,
                target: Target::User(sender.user.clone()),
                senders: vec![sender.user.clone()],
                reader_is_online,
            });
            traffic.senders.push(Sender::start(site.endpoints(), sender, to, faults));
        }
        let reader = site.identity("group-reader").await?;
        let mut members = Vec::new();
        for number in 0..GROUP_SENDERS {
            members.push(site.identity(&format!("group-sender-{number}")).await?);
        }
        let names: Vec<_> = members.iter().map(|member| member.user.clone()).collect();
        let target = Target::Group(site.api().create_group(&reader.user, &names).await?);
        for member in members {
            let sender = Sender::start(site.endpoints(), member, target.clone(), faults);
            traffic.senders.push(sender);
        }
        let reader_is_online = false;
        traffic.conversations.push(Conversation {
            reader,
            target,
            senders: names,
            reader_is_online,
        });
        // What happens from now on happens to all of them.
        for sender in &mut traffic.senders {
            sender.begun().await?;
        }
        Ok(traffic)
    }

    pub(crate) fn command(&self, which: impl Fn(usize) -> bool, command: Command) {
        for (_, sender) in self.senders.iter().enumerate().filter(|(number, _)| which(*number)) {
            // A sender that has ended does not listen any more; its result tells why.
            let _ = sender.command.send(command);
        }
    }

    /// Waits for the senders, and checks every reader's login and history on a running server.
    pub(crate) async fn check(self, site: &impl Site) -> Result<()> {
        const PATIENCE: Duration = Duration::from_secs(60);
        let mut sent = BTreeMap::new();
        for sender in self.senders {
            let done = sender.done(PATIENCE).await?;
            println!(
                "{}: {} acknowledged, {} not, {} reconnects",
                done.user,
                done.acknowledged.len(),
                done.unacknowledged.len(),
                done.reconnects,
            );
            ensure!(!done.acknowledged.is_empty(), "{} sent nothing", done.user);
            sent.insert(done.user.clone(), done);
        }
        self.listening.send(false)?;
        let mut heard = self.listeners.into_iter();
        for conversation in &self.conversations {
            let reader = &conversation.reader;
            let senders: Vec<_> =
                conversation.senders.iter().filter_map(|user| sent.get(user)).collect();
            if conversation.reader_is_online {
                let texts = heard.next().context("no listener")?.await??;
                let once = without_repeats(&texts);
                println!("{}: {} repeated after a kill", reader.user, texts.len() - once.len());
                check(&format!("{}, online", reader.user), &once, &senders)?;
            } else {
                let texts = pull_all(site, reader).await?;
                check(&format!("{}, at login", reader.user), &texts, &senders)?;
                let again = pull_all(site, reader).await?;
                ensure!(
                    again.is_empty(),
                    "{}: {} texts at the second login",
                    reader.user,
                    again.len()
                );
            }
            let past = history::texts(site.api(), reader, &conversation.target).await?;
            check(&format!("{}, history", reader.user), &past, &senders)?;
        }
        Ok(())
    }
}

/// A receiver that comes back whenever it is disconnected. Ends when told to and nothing waits.
async fn listen(
    mut endpoints: Endpoints,
    identity: Identity,
    mut listening: watch::Receiver<bool>,
) -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    loop {
        if let Ok(mut device) = endpoints.login(&identity).await {
            // A login after the last message pulls what was never announced.
            let last_login = !*listening.borrow_and_update();
            loop {
                tokio::select! {
                    event = device.next() => match event {
                        Ok(Some(Event::Batch(batch))) => texts.extend(Text::of_batch(&batch)?),
                        Ok(Some(Event::Synced)) if last_login => return Ok(texts),
                        Ok(Some(Event::Synced | Event::Receipt(_))) => {}
                        Ok(None) | Err(_) => break,
                    },
                    changed = listening.changed() => {
                        changed?;
                        break;
                    }
                    () = tokio::time::sleep(endpoints.patience) => break,
                }
            }
        }
        tokio::time::sleep(RECONNECT_AFTER).await;
    }
}

/// Drops what came again: cursors may be a little behind after a crash, and the SDKs tell by id.
fn without_repeats(texts: &[Text]) -> Vec<Text> {
    let mut ids = HashSet::new();
    texts.iter().filter(|text| ids.insert(text.id)).cloned().collect()
}

mod tests {
    use super::*;

    fn sent() -> Sent {
        Sent {
            user: "ann".to_owned(),
            acknowledged: BTreeMap::from([(0, 10), (1, 11), (2, 12)]),
            unacknowledged: HashSet::from([3, 4]),
            reconnects: 0,
        }
    }

    /// Checks texts given as (message id, sequence).
    fn check_seen(seen: &[(u64, u64)]) -> Result<()> {
        let text = |(id, sequence): &(u64, u64)| Text {
            id: *id,
            from: "ann".to_owned(),
            text: text_of("ann", *sequence),
        };
        check("test", &seen.iter().map(text).collect::<Vec<_>>(), &[&sent()])
    }

    #[test]
    fn the_check_accepts_what_is_right() {
        check_seen(&[(10, 0), (11, 1), (12, 2)]).unwrap();
        check_seen(&[(10, 0), (11, 1), (12, 2), (13, 3)]).unwrap();
    }

    #[test]
    fn the_check_finds_what_is_wrong() {
        let wrong: [&[(u64, u64)]; 6] = [
            // Lost, repeated under its id and under another, out of order, another id, unknown.
            &[(10, 0), (12, 2)],
            &[(10, 0), (11, 1), (11, 1), (12, 2)],
            &[(10, 0), (11, 1), (12, 2), (13, 2)],
            &[(11, 1), (10, 0), (12, 2)],
            &[(9, 0), (11, 1), (12, 2)],
            &[(10, 0), (11, 1), (12, 2), (15, 5)],
        ];
        for seen in wrong {
            assert!(check_seen(seen).is_err(), "{seen:?}");
        }
    }
}
