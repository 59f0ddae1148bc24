//! From the log to the sessions.

mod elsewhere;

use std::sync::Arc;

use hongyan_cluster::Router;
use hongyan_model::{
    Audience, Clock, Conversation, EntryFlags, IdGenerator, LogEntry, MessageId, UserId,
};
use hongyan_store::Store;
use tokio::sync::watch;

use super::{CommitWatch, Tail};
use crate::Messaging;
use crate::metering::Feed;
use crate::threads::Updates;

/// How far delivery has come: sessions have been told of every entry up to this one.
pub(crate) type Delivered = watch::Receiver<MessageId>;

/// What the delivery task hands on.
pub(crate) struct Delivery {
    pub(crate) tail: Arc<Tail>,
    pub(crate) router: Arc<Router>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) updates: Arc<Updates>,
    pub(crate) watch: Arc<CommitWatch>,
}

/// Starts the task that tells sessions of what the log commits, here and on other nodes; it ends with the log.
pub(crate) fn start_delivery(
    store: &Store,
    delivery: Delivery,
    (ids, clock): (Arc<IdGenerator>, Arc<dyn Clock>),
) -> Delivered {
    let mut committed = store.log().subscribe();
    let (progress, delivered) = watch::channel(MessageId(0));
    let delivery = Arc::new(delivery);
    if let Some(remote) = delivery.router.take_remote() {
        let log = store.log().clone();
        tokio::spawn(elsewhere::deliver(delivery.clone(), remote, log, ids, clock));
    }
    tokio::spawn(async move {
        while let Some(group) = committed.recv().await {
            let last = group.iter().map(|entry| entry.id).max();
            if delivery.router.is_clustered() {
                delivery.router.committed(&group);
                delivery.feed.read_on();
            } else {
                delivery.feed.push(&group);
            }
            delivery.watch.note(&group);
            for entry in group {
                delivery.tail.push(entry.clone());
                announce(&delivery.router, &entry);
                delivery.updates.note(&entry);
            }
            progress.send_if_modified(|told| {
                *told = last.unwrap_or(*told).max(*told);
                true
            });
            // A large group must not keep the other tasks of this thread waiting.
            tokio::task::consume_budget().await;
        }
    });
    delivered
}

/// Waits until the sessions have been told of a stored entry, or the log is closed.
pub(crate) async fn delivered(m: &Messaging, entry: MessageId) {
    let mut progress = m.0.delivered.clone();
    let _ = progress.wait_for(|told| *told >= entry).await;
}

fn announce(router: &Router, committed: &LogEntry) {
    let entry = &committed.entry;
    if entry.flags.contains(EntryFlags::KEPT_BACK) {
        return;
    }
    let (app, key) = (entry.app, &entry.conversation);
    // The sending device does not hear of its own message.
    let of_sender =
        |user: &UserId| if *user == entry.sender { entry.device.as_ref() } else { None };
    match &entry.audience {
        Audience::Only(users) => {
            for user in users {
                router.notify_user(app, user, key, of_sender(user));
            }
        }
        Audience::Device(user, _) => router.notify_user(app, user, key, of_sender(user)),
        Audience::All => announce_to_all(router, committed, &[]),
        Audience::Except(users) => announce_to_all(router, committed, users),
    }
}

fn announce_to_all(router: &Router, committed: &LogEntry, except: &[UserId]) {
    let entry = &committed.entry;
    let (app, key) = (entry.app, &entry.conversation);
    let sender = (&entry.sender, entry.device.as_ref());
    match key.conversation() {
        Some(Conversation::Group(_) | Conversation::Thread(_)) => {
            router.notify_circle(app, key, sender);
        }
        Some(Conversation::Room(room)) => router.notify_room(app, &room, key, sender, except),
        Some(conversation) => {
            for user in conversation.owners() {
                let device = if user == entry.sender { entry.device.as_ref() } else { None };
                router.notify_user(app, &user, key, device);
            }
        }
        None => {}
    }
}
