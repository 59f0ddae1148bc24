//! Removing what is too old.

use bytes::Bytes;
use hongyan_model::{
    AppId, Audience, Conversation, ConversationKey, DeviceId, EntryFlags, EntryKind, GroupId,
    MessageId, NewEntry, RoomId, UserId,
};
use hongyan_store::{Appended, MessageLog, Retention};

use crate::on_every_engine;

const APP: AppId = AppId(1);

fn entry(conversation: &ConversationKey, words: &str) -> NewEntry {
    NewEntry {
        app: APP,
        conversation: conversation.clone(),
        kind: EntryKind::Text,
        flags: EntryFlags::default(),
        sender: UserId::from_trusted("alice"),
        device: Some(DeviceId::from_trusted("webim_1")),
        client_id: Some(words.len() as u64),
        audience: Audience::All,
        meta: Bytes::from(words.to_owned()),
        recalls: None,
        edits: None,
        reads: None,
        unroamed: Vec::new(),
    }
}

async fn append(log: &MessageLog, entry: NewEntry) -> Appended {
    log.append(entry).await.unwrap().await.unwrap()
}

async fn seqs(log: &MessageLog, conversation: &ConversationKey) -> Vec<u64> {
    let entries = log.after(APP, conversation, 0, 100).await.unwrap();
    entries.into_iter().map(|entry| entry.seq).collect()
}

/// Removes step by step, few at a time.
async fn remove_all(log: &MessageLog, retention: Retention) -> usize {
    let (mut after, mut removed) = (None, 0);
    for _ in 0..100 {
        let page = log.expired(APP, after, retention, 3).await.unwrap();
        removed += page.entries.len();
        log.remove(APP, page.entries).await.unwrap();
        after = page.next;
        if page.is_last {
            return removed;
        }
    }
    panic!("it comes to no end");
}

#[tokio::test]
async fn old_entries_go_and_conversations_go_on() {
    on_every_engine(|f| async move {
        let log = f.store.log();
        let chat =
            Conversation::single(&UserId::from_trusted("alice"), &UserId::from_trusted("bob"));
        let chat = chat.key();
        let group = Conversation::Group(GroupId::from_trusted("7")).key();
        let room = Conversation::Room(RoomId::from_trusted("8")).key();
        let mut ids = Vec::new();
        for conversation in [&chat, &group, &room] {
            for n in 1..=8 {
                ids.push(
                    append(log, entry(conversation, &"x".repeat(n + ids.len() * 10))).await.id,
                );
            }
        }
        let nothing = Retention { rooms: MessageId(0), others: MessageId(0) };
        assert_eq!(remove_all(log, nothing).await, 0);
        // Rooms keep less than others: 5 of the chat are old, and all of the room.
        let retention = Retention { rooms: MessageId(u64::MAX), others: ids[5] };
        assert_eq!(remove_all(log, retention).await, 5 + 7);
        assert_eq!(seqs(log, &chat).await, [6, 7, 8]);
        assert_eq!(seqs(log, &group).await.len(), 8);
        assert_eq!(seqs(log, &room).await, [8]);
        assert!(log.entry(APP, ids[0]).await.unwrap().is_none());
        assert_eq!(remove_all(log, retention).await, 0);
        // Everything is old: the newest of each stays, and what comes next comes behind it.
        let all = Retention { rooms: MessageId(u64::MAX), others: MessageId(u64::MAX) };
        assert_eq!(remove_all(log, all).await, 2 + 7);
        assert_eq!(append(log, entry(&chat, "next")).await.seq, 9);
        assert_eq!(seqs(log, &chat).await, [8, 9]);
        assert_eq!(log.position(APP, &chat, MessageId(u64::MAX)).await.unwrap(), 9);
    })
    .await;
}
