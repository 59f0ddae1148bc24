//! The message log: the one durable write of a message, and every read of it.
//!
//! Appends are queued in order and committed in groups: while one group is on its way to the disk,
//! the next one gathers, so there is no timer and a lone message waits for nobody. [`MessageLog::append`]
//! resolves when the entry is durable. What this process has committed is handed, in commit order, to the
//! subscriber who delivers it.
//!
//! Two engines keep the same promise (`tests/log`): [`sqlite`], one node, own database files, so that
//! its writer never waits for the control plane; [`postgres`], many nodes, ordered by the database.

mod appending;
mod glance;
mod imports;
mod postgres;
mod recent;
mod retention;
mod span;
mod sqlite;
mod trace;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use hongyan_model::{
    AppId, Audience, ConversationKey, DeviceId, EntryKind, LogEntry, MessageId, NewEntry,
    Timestamp, UserId,
};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use crate::{Database, StoreError, StoreOptions};

use self::appending::Appending;
use self::glance::LogOverview;
use self::imports::{Import, ImportingApps, LogImports};
use self::retention::LogAge;
use self::span::LogSpan;
use self::trace::LogInspector;

pub use self::glance::{Glance, Glanced, HistoryEntries};
pub use self::imports::{GlanceAtImports, ImportFilter, ImportedEntries};
pub use self::retention::{Expired, ExpiredPage, Retention};
pub use self::span::MessagePage;
pub use self::trace::{DeviceProgress, SentEntries, SentFilter, Tally};

/// Appends waiting for the writer; a full queue makes senders wait, which stops reading their sockets.
const QUEUE: usize = 8192;
/// Entries in one commit.
const GROUP: usize = 1024;
/// Committed groups waiting for delivery; a full queue makes the writer wait.
const DELIVERY_QUEUE: usize = 256;

/// What an append became.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Appended {
    /// Message id.
    pub id: MessageId,
    /// Position in the conversation.
    pub seq: u64,
    /// Server time.
    pub timestamp: Timestamp,
    /// The client had sent it before; this is the first result, nothing new was stored.
    pub resent: bool,
}

/// Which entries of a conversation [`MessageLog::history`] returns.
#[derive(Clone, Debug, Default)]
pub struct HistoryFilter {
    /// Only entries before (newest first) or after (oldest first) this position.
    pub from: Option<u64>,
    /// Order and direction of reading.
    pub oldest_first: bool,
    /// Most entries.
    pub limit: usize,
    /// Only these kinds.
    pub kinds: Vec<EntryKind>,
    /// Only from this sender.
    pub sender: Option<UserId>,
    /// Only at or after this time.
    pub from_time: Option<Timestamp>,
    /// Only at or before this time.
    pub to_time: Option<Timestamp>,
    /// Only entries with a greater id.
    pub after_id: Option<MessageId>,
}

impl HistoryFilter {
    /// The positions that a step of `scan` entries looks at, both included, in a conversation whose newest entry is at
    /// `newest`; and where the next step goes on, if there is more.
    fn window(&self, newest: u64, scan: u64) -> ((u64, u64), Option<u64>) {
        if self.oldest_first {
            let first = self.from.unwrap_or_default() + 1;
            let last = self.from.unwrap_or_default().saturating_add(scan);
            return ((first, last), (last < newest).then_some(last));
        }
        let end = self.from.unwrap_or(u64::MAX).min(newest + 1);
        let first = end.saturating_sub(scan).max(1);
        ((first, end.saturating_sub(1)), (first > 1).then_some(first))
    }
}

/// How far a device has received a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CursorRow {
    /// App.
    pub app: AppId,
    /// User.
    pub user: UserId,
    /// Device.
    pub device: DeviceId,
    /// Conversation.
    pub conversation: ConversationKey,
    /// Everything up to this position is received.
    pub seq: u64,
}

/// A user's device.
#[derive(Clone, Copy, Debug)]
pub struct DeviceKey<'a> {
    /// App.
    pub app: AppId,
    /// User.
    pub user: &'a UserId,
    /// Device.
    pub device: &'a DeviceId,
}

/// When a device was seen and what counts as new to it.
#[derive(Clone, Debug)]
pub struct DeviceSighting {
    /// Now.
    pub now: Timestamp,
    /// Devices not seen since are forgotten.
    pub forget_before: Timestamp,
    /// A device seen for the first time starts from here at the earliest.
    pub first_base: MessageId,
    /// The device that this one was before it made itself a new name, if that can be told.
    pub former: Option<DeviceId>,
}

struct Append {
    entry: NewEntry,
    done: oneshot::Sender<Result<Appended, StoreError>>,
}

enum Write {
    Append(Append),
    Job(Job),
    Import(Import),
}

/// A write beside the appends, in the same transaction as the group it falls into.
enum Job {
    SaveCursors(Vec<CursorRow>, oneshot::Sender<Result<(), StoreError>>),
    OpenDevice {
        app: AppId,
        user: UserId,
        device: DeviceId,
        sighting: DeviceSighting,
        done: oneshot::Sender<Result<MessageId, StoreError>>,
    },
    ForgetUser(AppId, UserId, oneshot::Sender<Result<(), StoreError>>),
    /// Rows of each table, at most.
    Purge(AppId, usize, oneshot::Sender<Result<u64, StoreError>>),
    Remove(AppId, Vec<Expired>, oneshot::Sender<Result<(), StoreError>>),
}

/// The reads an engine answers.
trait LogReader: LogInspector + LogOverview + LogImports + LogAge + LogSpan {
    fn after(
        &self,
        app: AppId,
        conversation: ConversationKey,
        seq: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>>;
    fn history(
        &self,
        app: AppId,
        conversation: ConversationKey,
        filter: HistoryFilter,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>>;
    fn entry(
        &self,
        app: AppId,
        id: MessageId,
    ) -> BoxFuture<'_, Result<Option<LogEntry>, StoreError>>;
    /// Entries of all conversations with a greater id, in the order of their ids, up to the horizon
    /// ([`MessageLog::horizon`]); none that were imported.
    fn of_app(
        &self,
        app: AppId,
        after: MessageId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<LogEntry>, StoreError>>;
    fn readers(&self, app: AppId, message: MessageId) -> BoxFuture<'_, Result<u64, StoreError>>;
    fn devices_named(
        &self,
        app: AppId,
        user: UserId,
        prefix: String,
    ) -> BoxFuture<'_, Result<Vec<DeviceId>, StoreError>>;
    fn cursor(
        &self,
        app: AppId,
        user: UserId,
        device: DeviceId,
        conversation: ConversationKey,
    ) -> BoxFuture<'_, Result<Option<u64>, StoreError>>;
    /// The greatest position whose id is at most `id`; 0 if there is none.
    fn position(
        &self,
        app: AppId,
        conversation: ConversationKey,
        id: MessageId,
    ) -> BoxFuture<'_, Result<u64, StoreError>>;
    fn unread(
        &self,
        app: AppId,
        user: UserId,
        device: DeviceId,
        base: MessageId,
        groups: Vec<(ConversationKey, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<ConversationKey>, StoreError>>;
}

type Subscriber = Arc<Mutex<Option<mpsc::Sender<Vec<Arc<LogEntry>>>>>>;

/// The message log. Clones share it.
#[derive(Clone)]
pub struct MessageLog {
    queue: Arc<Mutex<Option<mpsc::Sender<Write>>>>,
    writes: mpsc::WeakSender<Write>,
    reader: Option<Arc<dyn LogReader>>,
    subscriber: Subscriber,
    writer: Arc<Mutex<Option<Writer>>>,
    importing: ImportingApps,
}

/// The running writer, to be waited for at close.
enum Writer {
    Thread(std::thread::JoinHandle<()>),
    Task(tokio::task::JoinHandle<()>),
}

impl MessageLog {
    /// Opens the log and starts its writer.
    pub(crate) async fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        let (queue, writes) = mpsc::channel(QUEUE);
        let subscriber = Subscriber::default();
        let (reader, writer): (Arc<dyn LogReader>, _) = match &options.database {
            Database::Sqlite { .. } => {
                let (reader, thread) = sqlite::open(options, writes, subscriber.clone())?;
                (Arc::new(reader), Writer::Thread(thread))
            }
            Database::Postgres { url } => {
                let (reader, task) =
                    postgres::open(options, url, writes, subscriber.clone()).await?;
                (Arc::new(reader), Writer::Task(task))
            }
        };
        Ok(Self {
            writes: queue.downgrade(),
            queue: Arc::new(Mutex::new(Some(queue))),
            reader: Some(reader),
            subscriber,
            writer: Arc::new(Mutex::new(Some(writer))),
            importing: ImportingApps::default(),
        })
    }

    /// A log that answers every call with [`StoreError::Closed`].
    pub(crate) fn closed() -> Self {
        Self {
            writes: mpsc::channel(1).0.downgrade(),
            queue: Arc::default(),
            reader: None,
            subscriber: Subscriber::default(),
            writer: Arc::default(),
            importing: ImportingApps::default(),
        }
    }

    fn reader(&self) -> Result<&dyn LogReader, StoreError> {
        self.reader.as_deref().ok_or(StoreError::Closed)
    }

    /// Queues an entry; appends of one caller commit in the order of these calls.
    ///
    /// Waits while the queue is full. The returned [`PendingAppend`] resolves when the entry is
    /// durable, or with an error when it was not stored.
    pub async fn append(&self, entry: NewEntry) -> Result<PendingAppend, StoreError> {
        let (done, result) = oneshot::channel();
        let appending = Appending::begin(&entry);
        self.write(Write::Append(Append { entry, done })).await?;
        Ok(PendingAppend { result, appending })
    }

    /// From now on every committed group goes to the returned receiver, in commit order.
    ///
    /// One subscriber: the delivery of this process. It must keep receiving: when it falls behind,
    /// the writer waits for it.
    #[must_use]
    pub fn subscribe(&self) -> mpsc::Receiver<Vec<Arc<LogEntry>>> {
        let (sender, receiver) = mpsc::channel(DELIVERY_QUEUE);
        *self.subscriber.lock() = Some(sender);
        receiver
    }

    /// Entries after position `seq`, oldest first.
    pub async fn after(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        seq: u64,
        limit: usize,
    ) -> Result<Vec<LogEntry>, StoreError> {
        self.reader()?.after(app, conversation.clone(), seq, limit).await
    }

    /// A page of history.
    pub async fn history(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        filter: HistoryFilter,
    ) -> Result<Vec<LogEntry>, StoreError> {
        self.reader()?.history(app, conversation.clone(), filter).await
    }

    /// One entry by its id.
    pub async fn entry(&self, app: AppId, id: MessageId) -> Result<Option<LogEntry>, StoreError> {
        self.reader()?.entry(app, id).await
    }

    /// Entries of an app after `after`, of all conversations, in the order of their ids; none that were imported. Whoever
    /// goes on behind the last one misses nothing: what may still be preceded by others is not among them.
    pub async fn of_app(
        &self,
        app: AppId,
        after: MessageId,
        limit: usize,
    ) -> Result<Vec<LogEntry>, StoreError> {
        self.reader()?.of_app(app, after, limit).await
    }

    /// How many users have confirmed to have read a group message.
    pub async fn readers(&self, app: AppId, message: MessageId) -> Result<u64, StoreError> {
        self.reader()?.readers(app, message).await
    }

    /// The devices of a user whose name begins with `prefix`, most recently seen first.
    pub async fn devices_named(
        &self,
        app: AppId,
        user: &UserId,
        prefix: &str,
    ) -> Result<Vec<DeviceId>, StoreError> {
        self.reader()?.devices_named(app, user.clone(), prefix.to_owned()).await
    }

    /// How far `device` has received `conversation`; `None` if it never acknowledged anything there.
    pub async fn cursor(
        &self,
        device: DeviceKey<'_>,
        conversation: &ConversationKey,
    ) -> Result<Option<u64>, StoreError> {
        let DeviceKey { app, user, device } = device;
        self.reader()?.cursor(app, user.clone(), device.clone(), conversation.clone()).await
    }

    /// The greatest position of `conversation` whose id is at most `id`; 0 if there is none.
    pub async fn position(
        &self,
        app: AppId,
        conversation: &ConversationKey,
        id: MessageId,
    ) -> Result<u64, StoreError> {
        self.reader()?.position(app, conversation.clone(), id).await
    }

    /// The conversations in which `device` has something to receive, at most `limit`.
    ///
    /// `groups` are the groups of the user with the position at which it joined each.
    pub async fn unread(
        &self,
        device: DeviceKey<'_>,
        base: MessageId,
        groups: Vec<(ConversationKey, MessageId)>,
        limit: usize,
    ) -> Result<Vec<ConversationKey>, StoreError> {
        let DeviceKey { app, user, device } = device;
        self.reader()?.unread(app, user.clone(), device.clone(), base, groups, limit).await
    }

    /// Notes that a device is here, and returns its base: nothing up to that id is meant for it,
    /// whatever its cursors say.
    ///
    /// A new device takes over from its former self, or begins where the user's least recently
    /// seen device stands.
    pub async fn open_device(
        &self,
        device: DeviceKey<'_>,
        sighting: DeviceSighting,
    ) -> Result<MessageId, StoreError> {
        let (done, result) = oneshot::channel();
        let (user, id) = (device.user.clone(), device.device.clone());
        let job = Job::OpenDevice { app: device.app, user, device: id, sighting, done };
        self.write(Write::Job(job)).await?;
        result.await.map_err(|_| StoreError::Closed)?
    }

    /// Makes cursors durable; a cursor never moves back.
    pub async fn save_cursors(&self, cursors: Vec<CursorRow>) -> Result<(), StoreError> {
        let (done, result) = oneshot::channel();
        self.write(Write::Job(Job::SaveCursors(cursors, done))).await?;
        result.await.map_err(|_| StoreError::Closed)?
    }

    /// Drops a user's devices and cursors. The conversations stay listed: a later user of the same
    /// name goes on with them, from the base that its first device is given.
    pub async fn forget_user(&self, app: AppId, user: &UserId) -> Result<(), StoreError> {
        let (done, result) = oneshot::channel();
        self.write(Write::Job(Job::ForgetUser(app, user.clone(), done))).await?;
        result.await.map_err(|_| StoreError::Closed)?
    }

    /// Removes up to `limit` rows of the app from each table; answers how many, 0 once nothing is left. Appends of
    /// others wait for one such step at most.
    pub(crate) async fn purge(&self, app: AppId, limit: usize) -> Result<u64, StoreError> {
        let (done, result) = oneshot::channel();
        self.write(Write::Job(Job::Purge(app, limit, done))).await?;
        result.await.map_err(|_| StoreError::Closed)?
    }

    /// Commits what is queued and stops the writer. Later appends fail.
    pub async fn close(&self) {
        self.queue.lock().take();
        let writer = self.writer.lock().take();
        match writer {
            Some(Writer::Thread(thread)) => {
                let _ = tokio::task::spawn_blocking(move || thread.join()).await;
            }
            Some(Writer::Task(task)) => {
                let _ = task.await;
            }
            None => {}
        }
        self.subscriber.lock().take();
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        let queue = self.writes.upgrade().ok_or(StoreError::Closed)?;
        queue.send(write).await.map_err(|_| StoreError::Closed)
    }
}

/// An append on its way to the disk.
#[must_use = "an append is only known to be durable when this resolves"]
pub struct PendingAppend {
    result: oneshot::Receiver<Result<Appended, StoreError>>,
    appending: Appending,
}

impl Future for PendingAppend {
    type Output = Result<Appended, StoreError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.result).poll(cx).map(|done| {
            let done = done.unwrap_or(Err(StoreError::Closed));
            if done.as_ref().is_ok_and(|appended| !appended.resent) {
                self.appending.ended();
            }
            done
        })
    }
}

/// Receivers of an entry as they are stored: `NULL` for everybody, `user/device`, or ids joined by
/// commas, with `!` in front for everybody but them (an id holds none of `/`, `,`, `!`).
fn audience_text(audience: &Audience) -> Option<String> {
    match audience {
        Audience::All => None,
        Audience::Only(users) => Some(id_list(users)),
        Audience::Except(users) => Some(format!("!{}", id_list(users))),
        Audience::Device(user, device) => Some(format!("{user}/{device}")),
    }
}

fn parse_audience(text: Option<String>) -> Audience {
    let Some(text) = text else { return Audience::All };
    if let Some((user, device)) = text.split_once('/') {
        return Audience::Device(UserId::from_trusted(user), DeviceId::from_trusted(device));
    }
    let ids = |list: &str| {
        list.split(',').filter(|id| !id.is_empty()).map(UserId::from_trusted).collect()
    };
    match text.strip_prefix('!') {
        Some(list) => Audience::Except(ids(list)),
        None => Audience::Only(ids(&text)),
    }
}

/// Users whose history does not show an entry, as they are stored: `NULL` for nobody.
fn unroamed_text(users: &[UserId]) -> Option<String> {
    (!users.is_empty()).then(|| id_list(users))
}

fn parse_unroamed(text: Option<String>) -> Vec<UserId> {
    let ids = text.iter().flat_map(|list| list.split(','));
    ids.map(UserId::from_trusted).collect()
}

fn id_list(users: &[UserId]) -> String {
    users.iter().map(UserId::as_str).collect::<Vec<_>>().join(",")
}

/// The stored form of an unsigned number of 63 bits or less.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The number behind its stored form.
fn loaded(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The position under which an imported message is stored: it is none, and tells when it was imported.
fn imported_position(arrived: MessageId) -> i64 {
    -stored(arrived.0)
}

/// When an entry with this stored position was imported, if it was.
fn imported_by(position: i64) -> Option<MessageId> {
    (position < 0).then(|| MessageId(position.unsigned_abs()))
}
