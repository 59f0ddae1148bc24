//! A session's view of its queues: what to announce, what to serve next, what is acknowledged.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use hongyan_cluster::{DeviceFacts, LoginMark, Mailbox, Registration, Subject};
use hongyan_model::limits::DEVICE_LIFETIME_MS;
use hongyan_model::{
    AppId, Audience, Caller, Conversation, ConversationKey, DeviceId, DeviceLimit, EntryFlags,
    EntryKind, Feature, IdGenerator, LogEntry, MessageId, NewEntry, Refusal, Result, RoomId,
    ThreadId, UserId,
};
use hongyan_store::{DeviceKey, DeviceSighting};

use super::cursors;
use super::repeats::Repeats;
use crate::conversations::{self, Deletions};
use crate::groups::Membership;
use crate::messages::{self, Sent};
use crate::{Messaging, circles, groups, metering, rooms, threads, users};

/// Entries in one batch.
const BATCH: usize = 50;
/// Bytes of messages in one batch, one message at least.
const BATCH_BYTES: usize = 256 * 1024;
/// Queues named in one answer to UNREAD; the rest is announced when the client has read those.
const UNREAD: usize = 500;
/// Low bits of an acknowledgement key; they tell apart keys of the same position.
const KEY_BITS: u32 = 16;

/// A device that comes online.
#[derive(Clone, Debug)]
pub struct Login {
    /// The device.
    pub device: DeviceId,
    /// What it says of itself to a device that it displaces.
    pub note: String,
    /// Its own id of the device; empty if it says none.
    pub uuid: String,
    /// Its name; empty if it says none.
    pub name: String,
}

/// What a device has not received.
#[derive(Debug)]
pub struct Unread {
    /// Conversations with something to pull.
    pub conversations: Vec<ConversationKey>,
    /// There may be more conversations than these.
    pub has_more: bool,
}

/// The queues of one connection.
pub struct Queues {
    m: Messaging,
    caller: Caller,
    user: UserId,
    device: DeviceId,
    /// Nothing up to this id is meant for this device.
    base: MessageId,
    /// Position in time of this connection: older online-only messages are not for it.
    connected_at: MessageId,
    /// Which rooms this connection is in.
    mailbox: Arc<Mailbox>,
    states: HashMap<ConversationKey, Progress>,
    /// What the device was served on its last connection and has not acknowledged, if anything.
    repeats: Option<Box<Repeats>>,
    /// The conversations of the user's groups and threads as read at login, for the UNREAD that follows at once.
    circles: Option<Vec<(ConversationKey, MessageId)>>,
    keys: u16,
}

/// How far a conversation is on this connection.
#[derive(Clone, Copy)]
struct Progress {
    /// The client has received everything up to here.
    acked: u64,
    /// Served, or skipped, on this connection up to here.
    served: u64,
    /// Where the last served batch ended; what lies between it and `served` was skipped.
    batch_end: u64,
}

impl Progress {
    /// Everything up to `seq` is received.
    fn received(seq: u64) -> Self {
        Self { acked: seq, served: seq, batch_end: seq }
    }
}

/// What a batch holds that the web SDK does not raise at once: messages, which it may store first, and edits and recalls,
/// which take it longer. Commands and events are raised as they are read, so that in one batch they would overtake what
/// was said before them (docs/protocol.md, Traps). Receipts may: nobody can tell.
#[derive(Default)]
struct PutOff<'a> {
    /// Who wrote messages.
    messages: Vec<&'a UserId>,
    /// Who edited or recalled.
    changes: Vec<&'a UserId>,
}

impl<'a> PutOff<'a> {
    /// Whether the client would raise the entry before others that precede it. In chat rooms, where people come and go
    /// while others speak, only those of the same sender count.
    fn is_overtaken_by(&self, entry: &NewEntry) -> bool {
        let is_in_room = entry.conversation.is_room();
        let after = |senders: &[&UserId]| match is_in_room || entry.kind == EntryKind::Command {
            true => senders.contains(&&entry.sender),
            false => !senders.is_empty(),
        };
        match entry.kind {
            EntryKind::ReadAck | EntryKind::DeliverAck | EntryKind::ChannelAck => false,
            EntryKind::Event | EntryKind::Command => after(&self.messages) || after(&self.changes),
            _ => after(&self.changes),
        }
    }

    fn take(&mut self, entry: &'a NewEntry) {
        let senders = match entry.kind {
            EntryKind::Edit | EntryKind::Recall => &mut self.changes,
            kind if kind.is_history() => &mut self.messages,
            _ => return,
        };
        if !senders.contains(&&entry.sender) {
            senders.push(&entry.sender);
        }
    }
}

/// The entries of a conversation that are meant for a device: those behind `since`, up to `until`.
struct Window {
    since: MessageId,
    until: MessageId,
}

/// Entries to deliver.
#[derive(Debug)]
pub struct Batch {
    /// The entries, oldest first; never empty.
    pub entries: Vec<Arc<LogEntry>>,
    /// What the client acknowledges them with. A batch that is served again, also on another
    /// connection, gets another key: the SDK does not acknowledge the same key twice.
    pub next_key: u64,
}

impl Queues {
    /// Registers the device as online and opens its queues.
    pub async fn open(
        m: &Messaging,
        caller: &Caller,
        login: Login,
    ) -> Result<(Self, Registration)> {
        let user = caller.user().ok_or(Refusal::NotPermitted)?.clone();
        let app = caller.app.id;
        let limit = caller.app.device_limit(&login.device);
        if limit == DeviceLimit::PerPlatform(0) {
            return Err(Refusal::PlatformNotAllowed.into());
        }
        let facts = users::facts(m, app, &user).await?;
        let facts = facts.ok_or(Refusal::UserNotFound { user: user.to_string() })?;
        let token_epoch = facts.token_epoch;
        metering::require_room(m, &caller.app, &user).await?;
        cursors::flush_user(m, app, &user).await?;

        let now = m.clock().now();
        let kept = IdGenerator::floor(now.saturating_sub(caller.app.days(Feature::MsgStorageDays)));
        // A former user of this name may have left a device of the same id.
        let offline = kept.max(IdGenerator::floor(facts.created));
        let sighting = DeviceSighting {
            now,
            forget_before: now - DEVICE_LIFETIME_MS,
            first_base: offline,
            former: former_self(m, app, &user, &login.device).await?,
        };
        let key = DeviceKey { app, user: &user, device: &login.device };
        // What is older is not kept for it, be it still there.
        let base = m.store().log().open_device(key, sighting).await?.max(offline);
        let connected_at = m.ids().next(now);
        let broken_off = m.0.cursors.take_broken_off((app, &user, &login.device));
        let registration = m.router().register(app, &user, &login.device, limit, &login.note);
        let facts = DeviceFacts { uuid: login.uuid, name: login.name, since: now };
        registration.describe(facts, LoginMark { at: connected_at, token_epoch });
        // Listed after registering: a group joined in between reaches the session through the router.
        let groups = groups::enter_all(m, app, &registration, &user).await?;
        let threads = threads::enter_all(m, app, &registration, &user).await?;
        rooms::enter_all(m, app, &registration, &user, connected_at).await?;
        let caller = Caller { device: Some(login.device.clone()), ..caller.clone() };
        let queues = Self {
            m: m.clone(),
            caller,
            user,
            device: login.device,
            base,
            connected_at,
            mailbox: registration.mailbox().clone(),
            states: HashMap::new(),
            repeats: broken_off.map(|open| Box::new(Repeats::new(open))),
            circles: Some(circles::keys(groups, threads)),
            keys: rand::random(),
        };
        Ok((queues, registration))
    }

    /// The conversations with something to pull, or as many of them as a client is told of at once.
    pub async fn unread(&mut self) -> Result<Unread> {
        cursors::flush_user(&self.m, self.caller.app.id, &self.user).await?;
        let circles = match self.circles.take() {
            Some(circles) => circles,
            None => circles::joined(&self.m, self.caller.app.id, &self.user).await?,
        };
        let key = self.device_key();
        let unread = self.m.store().log().unread(key, self.base, circles, UNREAD);
        let mut unread = unread.await?;
        if self.m.router().is_clustered() && !unread.is_empty() {
            // What other nodes have committed may not have come here yet.
            let app = self.caller.app.id;
            for (key, head) in self.m.store().log().heads(app, &unread).await? {
                self.m.0.tail.require(app, &key, head);
            }
        }
        let has_more = unread.len() >= UNREAD;
        // The connection before this one may have ended only now.
        let device = (self.caller.app.id, &self.user, &self.device);
        if let Some(more) = self.m.0.cursors.take_broken_off(device) {
            self.repeats.get_or_insert_with(|| Box::new(Repeats::new(HashMap::new()))).extend(more);
        }
        for key in self.repeated_queues().await? {
            // Among more than one list holds it may be missing, and all others wait for it.
            if !unread.contains(&key) {
                unread.push(key);
            }
        }
        let own = Conversation::System(self.user.clone()).key();
        if self.mailbox.has_states() && !unread.contains(&own) {
            unread.push(own);
        }
        Ok(Unread { conversations: unread, has_more })
    }

    /// The queues that hold repeats. What the user has no part in any more, it does not read again.
    async fn repeated_queues(&mut self) -> Result<Vec<ConversationKey>> {
        let queues = self.repeats.iter().flat_map(|repeats| repeats.queues()).cloned();
        let mut open = Vec::new();
        for key in queues.collect::<Vec<_>>() {
            let is_open = match key.conversation() {
                Some(conversation) => self.window(&conversation).await?.is_some(),
                None => false,
            };
            if is_open {
                open.push(key);
            } else {
                self.drop_repeats(&key);
            }
        }
        Ok(open)
    }

    fn drop_repeats(&mut self, key: &ConversationKey) {
        if let Some(repeats) = &mut self.repeats {
            repeats.received(key, u64::MAX);
        }
    }

    /// Whether the client is not to be told of this queue yet, because what it was served before is repeated first. If
    /// so, [`Queues::take_held_back`] has it later.
    pub fn hold_back(&mut self, key: &ConversationKey) -> bool {
        self.repeats.as_mut().is_some_and(|repeats| repeats.hold_back(key))
    }

    /// The queues that were held back, as soon as there is no reason to any more.
    pub fn take_held_back(&mut self) -> HashSet<ConversationKey> {
        self.repeats.as_mut().map(|repeats| repeats.take_held_back()).unwrap_or_default()
    }

    /// Takes the client's acknowledgement, if it sent one, and serves what comes next; `None` at
    /// the end of the queue. A queue the user has no part in is empty.
    pub async fn pull(
        &mut self,
        conversation: &Conversation,
        acknowledged: Option<u64>,
    ) -> Result<Option<Batch>> {
        let key = conversation.key();
        let Some(Window { since, until }) = self.window(conversation).await? else {
            self.drop_repeats(&key);
            return Ok(None);
        };
        let mut progress = match self.states.get(&key) {
            Some(progress) => *progress,
            None => Progress::received(self.first_start(conversation, &key, since).await?),
        };
        if let Some(acknowledged) = acknowledged {
            let seq = acknowledged >> KEY_BITS;
            if seq > progress.acked && seq <= progress.batch_end {
                progress.acked = if seq == progress.batch_end { progress.served } else { seq };
                self.moved(&key, progress.acked);
            }
        }
        if let Some(repeats) = &mut self.repeats {
            repeats.received(&key, progress.acked);
        }
        if let Conversation::System(_) = conversation
            && !self.hold_back(&key)
            && let Some(entries) = self.states(&key)
        {
            // A key that acknowledges nothing: who does not take them is not shown them again.
            let next_key = self.next_key(progress.acked);
            self.states.insert(key, progress);
            return Ok(Some(Batch { entries, next_key }));
        }
        let batch = loop {
            if self.hold_back(&key) {
                break None;
            }
            let entries = self.entries(&key, progress.served).await?;
            let entries = self.repeated(&key, entries);
            let Some(last) = entries.last() else { break None };
            let deletions = self.deletions(conversation, &entries).await?;
            let deleted = |entry: &LogEntry| {
                deletions.as_ref().is_some_and(|deletions| {
                    entry.id <= deletions.until(&key) || deletions.holds(entry.id)
                })
            };
            let nothing_pending = progress.acked == progress.served;
            let mut bytes = 0;
            let mut visible: Vec<Arc<LogEntry>> = Vec::with_capacity(entries.len());
            let mut served = last.seq;
            let mut put_off = PutOff::default();
            for entry in &entries {
                let is_here = entry.id > since && entry.id <= until;
                if !is_here || !self.is_visible(entry) {
                    continue;
                }
                let shown = messages::delivered_as(&self.m, entry.clone()).await?;
                let Some(shown) = shown.filter(|shown| !deleted(shown)) else { continue };
                bytes += shown.entry.meta.len();
                let is_full = bytes > BATCH_BYTES && !visible.is_empty();
                if is_full || put_off.is_overtaken_by(&entry.entry) {
                    served = entry.seq - 1;
                    break;
                }
                put_off.take(&entry.entry);
                visible.push(shown);
            }
            progress.served = served;
            for entry in &mut visible {
                *entry = messages::with_read_count(&self.m, entry.clone()).await?;
            }
            if !visible.is_empty() {
                metering::served(&self.m, self.caller.app.id, &self.user, &visible);
                progress.batch_end = served;
                break Some(Batch { entries: visible, next_key: self.next_key(served) });
            }
            if last.id <= since {
                // A cursor from before: the rest of what is not meant for this device in one step.
                let log = self.m.store().log();
                let skipped = log.position(self.caller.app.id, &key, since).await?;
                progress.served = skipped.max(served);
            }
            if nothing_pending {
                // Only what this device does not see: received as far as it is concerned.
                progress.acked = progress.served;
                self.moved(&key, progress.served);
            }
        };
        self.states.insert(key, progress);
        Ok(batch)
    }

    /// Notes that this device sent the message itself, so that it need not be told of it.
    pub fn sent(&mut self, sent: &Sent) {
        let Some(progress) = self.states.get_mut(&sent.conversation) else { return };
        let caught_up = progress.acked == progress.served && progress.served + 1 == sent.seq;
        if caught_up {
            *progress = Progress::received(sent.seq);
            self.moved(&sent.conversation, sent.seq);
        }
    }

    async fn entries(&self, key: &ConversationKey, after: u64) -> Result<Vec<Arc<LogEntry>>> {
        let app = self.caller.app.id;
        if let Some(entries) = self.m.0.tail.after(app, key, after, BATCH) {
            return Ok(entries);
        }
        let entries = self.m.store().log().after(app, key, after, BATCH).await?;
        Ok(entries.into_iter().map(Arc::new).collect())
    }

    /// Of entries to be served, those that are repeats, as long as there are any.
    fn repeated(
        &mut self,
        key: &ConversationKey,
        mut entries: Vec<Arc<LogEntry>>,
    ) -> Vec<Arc<LogEntry>> {
        let Some(repeats) = &mut self.repeats else { return entries };
        let Some(until) = repeats.until(key) else { return entries };
        match entries.first() {
            Some(first) if first.seq <= until => entries.retain(|entry| entry.seq <= until),
            // What was to be repeated is gone.
            _ => {
                repeats.received(key, until);
                if repeats.hold_back(key) {
                    entries.clear();
                }
            }
        }
        entries
    }

    /// The states of others that this session is to be shown and that are in no log, in the form of entries.
    fn states(&self, key: &ConversationKey) -> Option<Vec<Arc<LogEntry>>> {
        let states = self.mailbox.take_states(BATCH);
        let now = self.m.clock().now();
        let entry = |(subject, meta): (Subject, Bytes)| {
            let sender = match subject {
                Subject::User(user) => user,
                Subject::Thread(_) => UserId::admin(),
            };
            let entry = NewEntry {
                app: self.caller.app.id,
                conversation: key.clone(),
                kind: EntryKind::Event,
                flags: EntryFlags::ONLINE_ONLY,
                sender,
                device: None,
                client_id: None,
                audience: Audience::All,
                meta,
                recalls: None,
                edits: None,
                reads: None,
                unroamed: Vec::new(),
            };
            let id = self.m.ids().next(now);
            Arc::new(LogEntry { id, seq: 0, timestamp: now, imported: None, entry })
        };
        (!states.is_empty()).then(|| states.into_iter().map(entry).collect())
    }

    /// The chat room or thread of that name, if this connection is in one; groups have other names.
    #[must_use]
    pub fn room_or_thread(&self, name: &str) -> Option<Conversation> {
        if let Ok(room) = RoomId::parse(name)
            && self.mailbox.room_window(&room).is_some()
        {
            return Some(Conversation::Room(room));
        }
        let thread = ThreadId::parse(name).ok()?;
        self.mailbox.is_in_thread(&thread).then_some(Conversation::Thread(thread))
    }

    /// The part of a conversation that is meant for this device; `None` if the user has no part in it. A user who
    /// left a group and came back has another one than before.
    async fn window(&self, conversation: &Conversation) -> Result<Option<Window>> {
        let since = match conversation {
            Conversation::Group(group) => {
                match groups::membership(&self.m, self.caller.app.id, group, &self.user).await? {
                    Membership::Member { joined_at, .. } => joined_at.max(self.base),
                    Membership::NotMember | Membership::NoGroup => return Ok(None),
                }
            }
            Conversation::Thread(thread) => {
                let Some(joined_at) = self.in_thread(thread).await? else { return Ok(None) };
                joined_at.max(self.base)
            }
            Conversation::Room(room) => {
                let window = self.mailbox.room_window(room);
                return Ok(window.map(|window| Window { since: window.after, until: window.last }));
            }
            Conversation::Single(..) | Conversation::System(_) => {
                if !conversation.owners().contains(&self.user) {
                    return Ok(None);
                }
                self.base
            }
        };
        Ok(Some(Window { since, until: MessageId(u64::MAX) }))
    }

    /// The log position at which the user joined the thread; `None` if it is not in it, or not in its group.
    async fn in_thread(&self, id: &ThreadId) -> Result<Option<MessageId>> {
        let app = self.caller.app.id;
        let Some(thread) = threads::facts(&self.m, app, id).await? else { return Ok(None) };
        match groups::membership(&self.m, app, &thread.group, &self.user).await? {
            Membership::Member { .. } => threads::joined_at(&self.m, app, id, &self.user).await,
            Membership::NotMember | Membership::NoGroup => Ok(None),
        }
    }

    /// What the user has deleted, where `entries` may hold some of it: what was written before this connection. Whatever
    /// is newer is on its way already.
    async fn deletions(
        &self,
        conversation: &Conversation,
        entries: &[Arc<LogEntry>],
    ) -> Result<Option<Arc<Deletions>>> {
        let is_backlog = entries.first().is_some_and(|first| first.id <= self.connected_at);
        if !is_backlog || matches!(conversation, Conversation::System(_) | Conversation::Room(_)) {
            return Ok(None);
        }
        Ok(Some(conversations::deletions(&self.m, self.caller.app.id, &self.user).await?))
    }

    /// Where this connection begins with a conversation: at what the device has received, or as far before the
    /// connection as the app lets messages wait. Entries are counted, receipts too: the position is all it costs.
    async fn first_start(
        &self,
        conversation: &Conversation,
        key: &ConversationKey,
        since: MessageId,
    ) -> Result<u64> {
        let start = self.start(key, since).await?;
        let feature = match conversation {
            Conversation::Single(..) => Feature::OfflineSingleMax,
            Conversation::Group(_) | Conversation::Thread(_) => Feature::OfflineGroupMax,
            Conversation::Room(_) | Conversation::System(_) => return Ok(start),
        };
        let Some(most) = self.caller.app.quota(feature) else { return Ok(start) };
        let log = self.m.store().log();
        let waiting = log.position(self.caller.app.id, key, self.connected_at).await?;
        let first = waiting.saturating_sub(most);
        if first > start {
            self.moved(key, first);
        }
        Ok(first.max(start))
    }

    /// The position up to which this device has received a conversation.
    async fn start(&self, key: &ConversationKey, since: MessageId) -> Result<u64> {
        let (app, log) = (self.caller.app.id, self.m.store().log());
        if key.is_room() {
            // Nothing is kept of rooms for a device; thousands of them begin here at once.
            return match self.m.0.tail.position(app, key, since) {
                Some(position) => Ok(position),
                None => Ok(log.position(app, key, since).await?),
            };
        }
        match log.cursor(self.device_key(), key).await? {
            Some(cursor) => Ok(cursor),
            None => Ok(log.position(app, key, since).await?),
        }
    }

    fn is_visible(&self, committed: &LogEntry) -> bool {
        let entry = &committed.entry;
        let own = entry.sender == self.user && entry.device.as_ref() == Some(&self.device);
        let missed =
            entry.flags.contains(EntryFlags::ONLINE_ONLY) && committed.id < self.connected_at;
        let withheld = [EntryFlags::RECALLED, EntryFlags::KEPT_BACK];
        let withheld = withheld.into_iter().any(|flag| entry.flags.contains(flag));
        // Its chunks tell it to those who are there, its end to everybody.
        let told = entry.flags.contains(EntryFlags::STREAMED) && entry.kind.is_message();
        !own && !missed && !withheld && !told && entry.audience.includes(&self.user, &self.device)
    }

    fn moved(&self, key: &ConversationKey, seq: u64) {
        if key.is_room() {
            return;
        }
        self.m.0.cursors.moved((self.caller.app.id, &self.user), &self.device, key, seq);
    }

    fn next_key(&mut self, served: u64) -> u64 {
        self.keys = self.keys.wrapping_add(1);
        served << KEY_BITS | u64::from(self.keys)
    }

    fn device_key(&self) -> DeviceKey<'_> {
        DeviceKey { app: self.caller.app.id, user: &self.user, device: &self.device }
    }
}

impl Drop for Queues {
    /// What was served and not acknowledged comes again. Whoever has no other connection is away from its rooms from now
    /// on.
    fn drop(&mut self) {
        // This connection may have been too short to come to all repeats.
        let mut open = self.repeats.take().map(|repeats| repeats.into_open()).unwrap_or_default();
        for (key, progress) in &self.states {
            // Nothing is repeated in rooms.
            if progress.batch_end > progress.acked && !key.is_room() {
                let until = open.entry(key.clone()).or_default();
                *until = progress.batch_end.max(*until);
            }
        }
        if !open.is_empty() {
            let device = (self.caller.app.id, &self.user, &self.device);
            self.m.0.cursors.break_off(device, open);
        }
        if self.mailbox.is_in_rooms() {
            rooms::note_absence(&self.m, self.caller.app.id, &self.user);
        }
    }
}

/// The device that `device` was on its last connection, if its name is one the SDK makes anew for
/// each connection (`webim_random_web_1700000000000`): the last such device that is not online.
async fn former_self(
    m: &Messaging,
    app: AppId,
    user: &UserId,
    device: &DeviceId,
) -> Result<Option<DeviceId>> {
    let stem = device.as_str().trim_end_matches(|c: char| c.is_ascii_digit());
    if !stem.contains("random") || stem == device.as_str() {
        return Ok(None);
    }
    let online = m.router().devices(app, user);
    let known = m.store().log().devices_named(app, user, stem).await?;
    Ok(known.into_iter().find(|known| known != device && !online.contains(known)))
}
