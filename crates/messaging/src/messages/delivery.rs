//! From the log to the sessions.

use std::sync::Arc;

use hongyan_cluster::Router;
use hongyan_model::{Audience, Conversation, LogEntry, UserId};
use hongyan_store::Store;

use super::Tail;

/// Starts the task that tells sessions of what the log commits; it ends with the log.
pub(crate) fn start_delivery(store: &Store, tail: Arc<Tail>, router: Arc<Router>) {
    let mut committed = store.log().subscribe();
    tokio::spawn(async move {
        while let Some(group) = committed.recv().await {
            for entry in group {
                tail.push(entry.clone());
                announce(&router, &entry);
            }
            // A large group must not keep the other tasks of this thread waiting.
            tokio::task::consume_budget().await;
        }
    });
}

fn announce(router: &Router, committed: &LogEntry) {
    let entry = &committed.entry;
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
        Audience::All => match key.conversation() {
            Some(Conversation::Group(group)) => {
                router.notify_group(app, &group, key, (&entry.sender, entry.device.as_ref()));
            }
            Some(conversation) => {
                for user in conversation.owners() {
                    router.notify_user(app, &user, key, of_sender(&user));
                }
            }
            None => {}
        },
    }
}
