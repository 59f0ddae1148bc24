//! Edits: one entry, and the message it rewrites, in one commit.

use bytes::Bytes;
use hongyan_model::{
    AppId, Audience, Conversation, ConversationKey, DeviceId, EntryFlags, EntryKind, GroupId,
    LogEntry, MessageId, NewEntry, Rewrite, UserId,
};
use hongyan_store::{Appended, HistoryFilter, MessageLog, Store, StoreError};

use crate::{Fixture, on_every_engine};

const APP: AppId = AppId(1);
const OTHER_APP: AppId = AppId(2);

fn talk() -> ConversationKey {
    Conversation::single(&UserId::from_trusted("alice"), &UserId::from_trusted("bob")).key()
}

fn text(text: &str) -> NewEntry {
    NewEntry {
        app: APP,
        conversation: talk(),
        kind: EntryKind::Text,
        flags: EntryFlags::default(),
        sender: UserId::from_trusted("alice"),
        device: None,
        client_id: None,
        audience: Audience::All,
        meta: Bytes::from(text.to_owned()),
        recalls: None,
        edits: None,
        reads: None,
        unroamed: Vec::new(),
    }
}

/// An edit of `of` that makes it say `new`, by somebody who has seen it after `edits` others.
fn edit(of: MessageId, edits: u32, new: &str) -> NewEntry {
    let seen = (0..edits).fold(EntryFlags::default(), |flags, _| flags.edited());
    let meta = Some(Bytes::from(new.to_owned()));
    let edits = Some(Rewrite { of, seen: Some(seen), becomes: seen.edited(), meta });
    NewEntry { kind: EntryKind::Edit, edits, ..text(&format!("edit: {new}")) }
}

fn again(entry: NewEntry, client_id: u64) -> NewEntry {
    let device = Some(DeviceId::from_trusted("web_1"));
    NewEntry { device, client_id: Some(client_id), ..entry }
}

async fn append(log: &MessageLog, entry: NewEntry) -> Result<Appended, StoreError> {
    log.append(entry).await.unwrap().await
}

async fn all(log: &MessageLog) -> Vec<LogEntry> {
    log.after(APP, &talk(), 0, 1000).await.unwrap()
}

fn said(entries: &[LogEntry]) -> Vec<(&str, u32)> {
    let said = |entry: &LogEntry| entry.entry.flags.edits();
    entries.iter().map(|e| (std::str::from_utf8(&e.entry.meta).unwrap(), said(e))).collect()
}

#[tokio::test]
async fn an_edit_rewrites_the_message_and_stands_beside_it() {
    on_every_engine(async |Fixture { store, options, .. }| {
        let log = store.log();
        let message = append(log, text("helo")).await.unwrap();
        append(log, text("between")).await.unwrap();
        let edited = append(log, edit(message.id, 0, "hello")).await.unwrap();
        assert_eq!(edited.seq, 3);
        let entries = all(log).await;
        assert_eq!(said(&entries), [("hello", 1), ("between", 0), ("edit: hello", 0)]);
        // Its place, its sender and its time remain.
        assert_eq!((entries[0].id, entries[0].timestamp), (message.id, message.timestamp));
        append(log, edit(message.id, 1, "hello!")).await.unwrap();
        store.close().await;

        let store = Store::open(options).await.unwrap();
        let found = store.log().entry(APP, message.id).await.unwrap().unwrap();
        assert_eq!(said(&[found]), [("hello!", 2)]);
        let kinds = EntryKind::ALL.into_iter().filter(|kind| kind.is_history()).collect();
        let filter = HistoryFilter { limit: 10, kinds, ..HistoryFilter::default() };
        let history = store.log().history(APP, &talk(), filter).await.unwrap();
        assert_eq!(said(&history), [("between", 0), ("hello!", 2)]);
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_has_not_seen_the_last_edit_is_told_and_nothing_is_stored() {
    on_every_engine(async |Fixture { store, .. }| {
        let log = store.log();
        let message = append(log, text("zero")).await.unwrap();
        let stale = async |entry| matches!(append(log, entry).await, Err(StoreError::Stale));
        // Many at the same moment, of whom each has seen the same.
        let mut pending = Vec::new();
        for n in 0..20 {
            pending.push(log.append(again(edit(message.id, 0, &n.to_string()), n)).await.unwrap());
        }
        let mut done = 0;
        for append in pending {
            match append.await {
                Ok(_) => done += 1,
                Err(StoreError::Stale) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(done, 1);
        assert_eq!(all(log).await.len(), 2);
        // Who was too late tries again under the same number, having seen it.
        append(log, again(edit(message.id, 1, "later"), 7)).await.unwrap();
        assert_eq!(said(&all(log).await)[0], ("later", 2));

        assert!(stale(edit(message.id, 1, "old")).await);
        assert!(stale(edit(MessageId(message.id.0 + 1_000_000), 0, "nothing")).await);
        assert!(stale(NewEntry { app: OTHER_APP, ..edit(message.id, 2, "another app's") }).await);
        let elsewhere = Conversation::Group(GroupId::from_trusted("7")).key();
        assert!(stale(NewEntry { conversation: elsewhere, ..edit(message.id, 2, "x") }).await);
        // Positions have no gap for what was not stored.
        assert_eq!(append(log, text("next")).await.unwrap().seq, 4);
    })
    .await;
}

#[tokio::test]
async fn an_edit_sent_again_is_answered_with_the_first_result() {
    on_every_engine(async |Fixture { store, options, .. }| {
        let log = store.log();
        let message = append(log, text("a")).await.unwrap();
        let first = append(log, again(edit(message.id, 0, "b"), 7)).await.unwrap();
        let resent = append(log, again(edit(message.id, 1, "b"), 7)).await.unwrap();
        assert_eq!(resent, Appended { resent: true, ..first });
        // Asked without a wish to change anything: only a resend is answered.
        let ask = |entry: NewEntry| {
            let edits = entry.edits.map(|edit| Rewrite { seen: None, ..edit });
            NewEntry { edits, ..entry }
        };
        let asked = append(log, ask(again(edit(message.id, 0, "b"), 7))).await.unwrap();
        assert_eq!(asked.id, first.id);
        let unknown = append(log, ask(again(edit(message.id, 1, "c"), 8))).await;
        assert!(matches!(unknown, Err(StoreError::Stale)));
        assert_eq!(said(&all(log).await), [("b", 1), ("edit: b", 0)]);
        store.close().await;

        let store = Store::open(options).await.unwrap();
        let resent = append(store.log(), again(edit(message.id, 1, "b"), 7)).await.unwrap();
        assert_eq!(resent.id, first.id);
        assert_eq!(said(&all(store.log()).await), [("b", 1), ("edit: b", 0)]);
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_recall_takes_the_edits_with_it() {
    on_every_engine(async |Fixture { store, .. }| {
        let log = store.log();
        let message = append(log, text("secret")).await.unwrap();
        append(log, edit(message.id, 0, "secret too")).await.unwrap();
        append(log, edit(message.id, 1, "still secret")).await.unwrap();
        let other = append(log, text("open")).await.unwrap();
        append(log, edit(other.id, 0, "wide open")).await.unwrap();
        // A recall and a late edit on their way together.
        let recall =
            NewEntry { kind: EntryKind::Recall, recalls: Some(message.id), ..text("recall") };
        let (recall, late) =
            (log.append(recall).await.unwrap(), log.append(edit(message.id, 2, "late")).await);
        recall.await.unwrap();
        assert!(matches!(late.unwrap().await, Err(StoreError::Stale)));
        let entries = all(log).await;
        assert_eq!(
            said(&entries),
            [("", 2), ("", 0), ("", 0), ("wide open", 1), ("edit: wide open", 0), ("recall", 0)]
        );
        for gone in &entries[..3] {
            assert!(gone.entry.flags.contains(EntryFlags::RECALLED));
        }
    })
    .await;
}
