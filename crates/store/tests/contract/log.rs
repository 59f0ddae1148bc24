//! The message log.

use std::collections::HashMap;

use bytes::Bytes;
use hongyan_model::{
    AppId, Audience, Conversation, ConversationKey, DeviceId, EntryFlags, EntryKind, GroupId,
    IdGenerator, LogEntry, MessageId, NewEntry, UserId,
};
use hongyan_store::{
    Appended, CursorRow, DeviceKey, DeviceSighting, HistoryFilter, MessageLog, Store, StoreError,
};

use crate::{Fixture, NOW, on_every_engine};

const APP: AppId = AppId(1);
const OTHER_APP: AppId = AppId(2);

fn user(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn device(id: &str) -> DeviceId {
    DeviceId::from_trusted(id)
}

fn alice_and_bob() -> ConversationKey {
    Conversation::single(&user("alice"), &user("bob")).key()
}

fn group() -> ConversationKey {
    Conversation::Group(GroupId::from_trusted("77")).key()
}

fn text(conversation: &ConversationKey, sender: &str, text: &str) -> NewEntry {
    NewEntry {
        app: APP,
        conversation: conversation.clone(),
        kind: EntryKind::Text,
        flags: EntryFlags::default(),
        sender: user(sender),
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

fn from_device(entry: NewEntry, resource: &str, client_id: u64) -> NewEntry {
    NewEntry { device: Some(device(resource)), client_id: Some(client_id), ..entry }
}

async fn append(log: &MessageLog, entry: NewEntry) -> Appended {
    log.append(entry).await.unwrap().await.unwrap()
}

#[tokio::test]
async fn a_conversation_is_counted_as_far_as_everybody_in_it_reads() {
    on_every_engine(|f| async move {
        let log = f.store.log();
        let thread = Conversation::Thread(hongyan_model::ThreadId::from_trusted("7")).key();
        assert_eq!(log.tally(APP, &thread).await.unwrap(), hongyan_store::Tally::default());
        let first = append(log, text(&thread, "alice", "one")).await;
        let second = append(log, text(&thread, "bob", "two")).await;
        let command = NewEntry { kind: EntryKind::Command, ..text(&thread, "bob", "cmd") };
        append(log, command).await;
        let audience = Audience::Only(vec![user("bob")]);
        append(log, NewEntry { audience, ..text(&thread, "alice", "psst") }).await;
        let passing = NewEntry { flags: EntryFlags::ONLINE_ONLY, ..text(&thread, "bob", "now") };
        append(log, passing).await;
        let tally = log.tally(APP, &thread).await.unwrap();
        assert_eq!((tally.messages, tally.newest, tally.seq), (2, Some(second.id), 5));
        let recall = NewEntry {
            kind: EntryKind::Recall,
            recalls: Some(second.id),
            ..text(&thread, "bob", "recall")
        };
        append(log, recall).await;
        let tally = log.tally(APP, &thread).await.unwrap();
        assert_eq!((tally.messages, tally.newest, tally.seq), (1, Some(first.id), 6));
        let elsewhere = log.tally(OTHER_APP, &thread).await.unwrap();
        assert_eq!(elsewhere.messages, 0);
    })
    .await;
}

fn texts(entries: &[LogEntry]) -> Vec<&str> {
    entries.iter().map(|e| std::str::from_utf8(&e.entry.meta).unwrap()).collect()
}

async fn all(log: &MessageLog, conversation: &ConversationKey) -> Vec<LogEntry> {
    log.after(APP, conversation, 0, 10_000).await.unwrap()
}

fn messages() -> Vec<EntryKind> {
    EntryKind::ALL.into_iter().filter(|kind| kind.is_history()).collect()
}

fn sighting(now: i64) -> DeviceSighting {
    let forget_before = now - 1_000_000;
    DeviceSighting { now, forget_before, first_base: MessageId(0), former: None }
}

#[tokio::test]
async fn entries_come_back_as_they_were_committed() {
    on_every_engine(async |Fixture { store, .. }| {
        let log = store.log();
        let full = NewEntry {
            audience: Audience::Device(user("bob"), device("web_1")),
            flags: EntryFlags::ONLINE_ONLY,
            kind: EntryKind::Custom,
            ..from_device(text(&alice_and_bob(), "alice", "one"), "ios_1", u64::MAX)
        };
        let first = append(log, full.clone()).await;
        let only = Audience::Only(vec![user("bob"), user("carol")]);
        let second =
            append(log, NewEntry { audience: only.clone(), ..text(&group(), "alice", "") }).await;
        let except = Audience::Except(vec![user("bob"), user("carol")]);
        append(log, NewEntry { audience: except.clone(), ..text(&group(), "alice", "") }).await;
        let third = append(log, text(&alice_and_bob(), "bob", "two")).await;
        assert_eq!((first.seq, second.seq, third.seq), (1, 1, 2));
        assert!(first.id < second.id && second.id < third.id);
        assert_eq!(first.timestamp, NOW);

        let entries = all(log, &alice_and_bob()).await;
        assert_eq!(texts(&entries), ["one", "two"]);
        let back = &entries[0].entry;
        assert_eq!((back.device.clone(), back.client_id), (full.device, full.client_id));
        assert_eq!(
            (&back.audience, back.flags, back.kind),
            (&full.audience, full.flags, full.kind)
        );
        let in_group = log.entry(APP, second.id).await.unwrap().unwrap();
        assert_eq!((in_group.entry.audience, in_group.seq), (only, 1));
        assert_eq!(all(log, &group()).await[1].entry.audience, except);
        assert_eq!(texts(&log.after(APP, &alice_and_bob(), 1, 10).await.unwrap()), ["two"]);
    })
    .await;
}

#[tokio::test]
async fn apps_never_meet() {
    on_every_engine(async |Fixture { store, .. }| {
        let log = store.log();
        let ours = append(log, text(&alice_and_bob(), "alice", "ours")).await;
        let theirs =
            append(log, NewEntry { app: OTHER_APP, ..text(&alice_and_bob(), "alice", "theirs") })
                .await;
        assert_eq!((ours.seq, theirs.seq), (1, 1));
        assert_eq!(texts(&all(log, &alice_and_bob()).await), ["ours"]);
        assert!(log.entry(OTHER_APP, ours.id).await.unwrap().is_none());
        let recall = NewEntry {
            app: OTHER_APP,
            recalls: Some(ours.id),
            ..text(&alice_and_bob(), "alice", "")
        };
        append(log, recall).await;
        assert_eq!(texts(&all(log, &alice_and_bob()).await), ["ours"]);
    })
    .await;
}

#[tokio::test]
async fn a_resend_is_answered_with_the_first_result_also_after_a_restart() {
    on_every_engine(async |Fixture { store, options, .. }| {
        let entry = |n| from_device(text(&alice_and_bob(), "alice", "hi"), "web_1", n);
        let log = store.log();
        // The same message twice in one group, then once more later.
        let (one, two) = (log.append(entry(7)).await.unwrap(), log.append(entry(7)).await.unwrap());
        let (one, two) = (one.await.unwrap(), two.await.unwrap());
        assert!(!one.resent && two.resent);
        assert_eq!((one.id, one.seq, one.timestamp), (two.id, two.seq, two.timestamp));
        assert_eq!(append(log, entry(7)).await, two);
        // Another device may use the same number for another message.
        let other = from_device(text(&alice_and_bob(), "alice", "hi"), "web_2", 7);
        assert!(!append(log, other).await.resent);
        store.close().await;

        let store = Store::open(options).await.unwrap();
        assert_eq!(append(store.log(), entry(7)).await, two);
        let next = append(store.log(), entry(8)).await;
        assert_eq!(next.seq, 3);
        assert!(next.id > one.id);
        assert_eq!(all(store.log(), &alice_and_bob()).await.len(), 3);
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_recall_empties_the_message_and_hides_it_from_history() {
    on_every_engine(async |Fixture { store, .. }| {
        let log = store.log();
        let secret = append(log, text(&alice_and_bob(), "alice", "secret")).await;
        append(log, text(&alice_and_bob(), "alice", "open")).await;
        let recall = NewEntry {
            kind: EntryKind::Recall,
            recalls: Some(secret.id),
            ..text(&alice_and_bob(), "alice", "recall")
        };
        append(log, recall).await;
        let entries = all(log, &alice_and_bob()).await;
        assert_eq!(texts(&entries), ["", "open", "recall"]);
        assert!(entries[0].entry.flags.contains(EntryFlags::RECALLED));
        let filter = HistoryFilter { limit: 10, kinds: messages(), ..HistoryFilter::default() };
        let history = log.history(APP, &alice_and_bob(), filter).await.unwrap();
        assert_eq!(texts(&history), ["open"]);
    })
    .await;
}

#[tokio::test]
async fn history_pages_in_both_directions_and_filters() {
    on_every_engine(async |Fixture { store, clock, .. }| {
        let log = store.log();
        let mut ids = Vec::new();
        for n in 0..7 {
            let sender = if n % 2 == 0 { "alice" } else { "bob" };
            let kind = if n == 3 { EntryKind::Image } else { EntryKind::Text };
            let entry = NewEntry { kind, ..text(&alice_and_bob(), sender, &n.to_string()) };
            ids.push(append(log, entry).await.id);
            clock.advance(1000);
        }
        let hidden = [
            NewEntry { kind: EntryKind::ReadAck, ..text(&alice_and_bob(), "bob", "ack") },
            NewEntry { kind: EntryKind::Command, ..text(&alice_and_bob(), "bob", "cmd") },
            NewEntry { flags: EntryFlags::ONLINE_ONLY, ..text(&alice_and_bob(), "bob", "now") },
        ];
        for entry in hidden {
            append(log, entry).await;
        }
        let base = HistoryFilter { limit: 3, kinds: messages(), ..HistoryFilter::default() };
        let read = async |filter: HistoryFilter| {
            let page = log.history(APP, &alice_and_bob(), filter).await.unwrap();
            texts(&page).join("")
        };
        assert_eq!(read(base.clone()).await, "654");
        assert_eq!(read(HistoryFilter { from: Some(5), ..base.clone() }).await, "321");
        assert_eq!(read(HistoryFilter { oldest_first: true, ..base.clone() }).await, "012");
        let on = HistoryFilter { oldest_first: true, from: Some(3), ..base.clone() };
        assert_eq!(read(on).await, "345");
        let images = HistoryFilter { kinds: vec![EntryKind::Image], ..base.clone() };
        assert_eq!(read(images).await, "3");
        assert_eq!(read(HistoryFilter { sender: Some(user("bob")), ..base.clone() }).await, "531");
        let times = HistoryFilter {
            from_time: Some(NOW + 1000),
            to_time: Some(NOW + 2000),
            ..base.clone()
        };
        assert_eq!(read(times).await, "21");
        assert_eq!(read(HistoryFilter { after_id: Some(ids[5]), ..base }).await, "6");
    })
    .await;
}

#[tokio::test]
async fn readers_of_a_group_message_are_counted_once() {
    on_every_engine(async |Fixture { store, .. }| {
        let log = store.log();
        let message = append(log, text(&group(), "alice", "who reads?")).await.id;
        let read = |reader| NewEntry {
            kind: EntryKind::ReadAck,
            reads: Some(message),
            ..text(&group(), reader, "")
        };
        assert_eq!(log.readers(APP, message).await.unwrap(), 0);
        for reader in ["bob", "carol", "bob"] {
            append(log, read(reader)).await;
        }
        assert_eq!(log.readers(APP, message).await.unwrap(), 2);
        assert_eq!(log.readers(OTHER_APP, message).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_position_is_found_by_id() {
    on_every_engine(async |Fixture { store, clock, .. }| {
        let log = store.log();
        assert_eq!(log.position(APP, &group(), MessageId(i64::MAX as u64)).await.unwrap(), 0);
        let mut ids = Vec::new();
        for n in 0..20 {
            ids.push(append(log, text(&group(), "alice", &n.to_string())).await.id);
            append(log, text(&alice_and_bob(), "alice", "between")).await;
            clock.advance(10);
        }
        for (n, id) in ids.iter().enumerate() {
            let seq = n as u64 + 1;
            assert_eq!(log.position(APP, &group(), *id).await.unwrap(), seq);
            assert_eq!(log.position(APP, &group(), MessageId(id.0 - 1)).await.unwrap(), seq - 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_device_hears_of_what_it_has_not_acknowledged() {
    on_every_engine(async |Fixture { store, clock, .. }| {
        let log = store.log();
        let bob = user("bob");
        let (web, phone) = (device("web_1"), device("ios_1"));
        let web_key = DeviceKey { app: APP, user: &bob, device: &web };
        let phone_key = DeviceKey { app: APP, user: &bob, device: &phone };
        let cursor = |device: &DeviceId, conversation: &ConversationKey, seq| CursorRow {
            app: APP,
            user: user("bob"),
            device: device.clone(),
            conversation: conversation.clone(),
            seq,
        };
        append(log, text(&alice_and_bob(), "alice", "1")).await;
        append(log, text(&alice_and_bob(), "alice", "2")).await;
        append(log, text(&group(), "alice", "before bob joined")).await;
        clock.advance(10);
        let joined = IdGenerator::floor(NOW + 10);
        let groups = vec![(group(), joined)];

        // The first device starts from the base it is given.
        let base = log.open_device(web_key, sighting(NOW)).await.unwrap();
        assert_eq!(base, MessageId(0));
        let unread = async |key, base| log.unread(key, base, groups.clone(), 100).await.unwrap();
        assert_eq!(unread(web_key, base).await, [alice_and_bob()]);
        assert_eq!(unread(web_key, IdGenerator::floor(NOW + 10)).await, []);
        append(log, text(&group(), "alice", "after")).await;
        let mut both = unread(web_key, base).await;
        both.sort();
        assert_eq!(both, [group(), alice_and_bob()]);

        // Acknowledged is acknowledged, and a cursor never moves back.
        log.save_cursors(vec![cursor(&web, &alice_and_bob(), 2), cursor(&web, &group(), 2)])
            .await
            .unwrap();
        log.save_cursors(vec![cursor(&web, &alice_and_bob(), 1)]).await.unwrap();
        assert_eq!(log.cursor(web_key, &alice_and_bob()).await.unwrap(), Some(2));
        assert_eq!(unread(web_key, base).await, []);
        append(log, text(&alice_and_bob(), "alice", "3")).await;
        assert_eq!(unread(web_key, base).await, [alice_and_bob()]);

        // A new device stands where the least recently seen one stands.
        assert_eq!(log.cursor(phone_key, &alice_and_bob()).await.unwrap(), None);
        log.open_device(phone_key, sighting(NOW + 20)).await.unwrap();
        assert_eq!(log.cursor(phone_key, &alice_and_bob()).await.unwrap(), Some(2));
        assert_eq!(unread(phone_key, base).await, [alice_and_bob()]);

        // A device that makes itself a new name for each connection goes on as what it was.
        let renamed = device("web_2");
        let renamed_key = DeviceKey { device: &renamed, ..web_key };
        let sighting_of_it = DeviceSighting { former: Some(web.clone()), ..sighting(NOW + 30) };
        log.open_device(renamed_key, sighting_of_it).await.unwrap();
        assert_eq!(log.cursor(renamed_key, &alice_and_bob()).await.unwrap(), Some(2));
        assert_eq!(
            log.devices_named(APP, &bob, "web_").await.unwrap(),
            std::slice::from_ref(&renamed)
        );
        let back = DeviceSighting { former: Some(renamed), ..sighting(NOW + 5) };
        log.open_device(web_key, back).await.unwrap();
        assert_eq!(log.cursor(web_key, &alice_and_bob()).await.unwrap(), Some(2));

        // A device that was not seen for long is forgotten with its cursors.
        let later = NOW + 1_000_010;
        log.open_device(phone_key, sighting(later)).await.unwrap();
        let third = device("web_3");
        let third_key = DeviceKey { app: APP, user: &bob, device: &third };
        log.open_device(third_key, sighting(later)).await.unwrap();
        assert_eq!(log.cursor(web_key, &alice_and_bob()).await.unwrap(), None);
        assert_eq!(log.cursor(third_key, &alice_and_bob()).await.unwrap(), Some(2));

        log.forget_user(APP, &bob).await.unwrap();
        assert_eq!(log.cursor(third_key, &alice_and_bob()).await.unwrap(), None);
        // A later user of the name hears only of what came after its registration.
        clock.advance(later);
        let registered = IdGenerator::floor(NOW + later);
        let base = DeviceSighting { first_base: registered, ..sighting(later) };
        let base = log.open_device(third_key, base).await.unwrap();
        assert_eq!(log.unread(third_key, base, vec![], 100).await.unwrap(), []);
        append(log, text(&alice_and_bob(), "alice", "4")).await;
        assert_eq!(log.unread(third_key, base, vec![], 100).await.unwrap(), [alice_and_bob()]);
    })
    .await;
}

#[tokio::test]
async fn a_new_device_is_not_told_of_what_lies_before_its_base() {
    on_every_engine(async |Fixture { store, clock, .. }| {
        let log = store.log();
        let bob = user("bob");
        let (web, phone) = (device("web_1"), device("ios_1"));
        let web_key = DeviceKey { app: APP, user: &bob, device: &web };
        let phone_key = DeviceKey { app: APP, user: &bob, device: &phone };
        append(log, text(&alice_and_bob(), "alice", "1")).await;
        append(log, text(&alice_and_bob(), "alice", "2")).await;
        let cursor = |device: &DeviceId, seq| CursorRow {
            app: APP,
            user: user("bob"),
            device: device.clone(),
            conversation: alice_and_bob(),
            seq,
        };
        let seen = log.open_device(web_key, sighting(NOW)).await.unwrap();
        log.save_cursors(vec![cursor(&web, 1)]).await.unwrap();
        // An acknowledgement that was written after the phone had been forgotten.
        log.save_cursors(vec![cursor(&phone, 2)]).await.unwrap();
        clock.advance(10);
        let first_base = IdGenerator::floor(NOW + 10);
        let late = DeviceSighting { first_base, ..sighting(NOW + 10) };
        assert_eq!(log.open_device(phone_key, late.clone()).await.unwrap(), first_base);
        assert_eq!(log.cursor(phone_key, &alice_and_bob()).await.unwrap(), Some(2));
        assert_eq!(log.unread(web_key, seen, vec![], 100).await.unwrap(), [alice_and_bob()]);

        let tablet = device("ipad_1");
        let tablet_key = DeviceKey { device: &tablet, ..web_key };
        let base = log.open_device(tablet_key, late).await.unwrap();
        assert_eq!(log.cursor(tablet_key, &alice_and_bob()).await.unwrap(), Some(1));
        assert_eq!(log.unread(tablet_key, base, vec![], 100).await.unwrap(), []);
        assert_eq!(log.open_device(tablet_key, sighting(NOW + 20)).await.unwrap(), base);
        append(log, text(&alice_and_bob(), "alice", "3")).await;
        assert_eq!(log.unread(tablet_key, base, vec![], 100).await.unwrap(), [alice_and_bob()]);
    })
    .await;
}

#[tokio::test]
async fn many_writers_leave_no_gap_and_the_subscriber_sees_commit_order() {
    on_every_engine(async |Fixture { store, .. }| {
        let log = store.log();
        let mut committed = log.subscribe();
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let log = log.clone();
                tokio::spawn(async move {
                    let conversation = if writer % 2 == 0 { group() } else { alice_and_bob() };
                    let sender = format!("u{writer}");
                    let mut pending = Vec::new();
                    for n in 0..50 {
                        let entry = from_device(text(&conversation, &sender, ""), "web_1", n);
                        pending.push(log.append(entry).await.unwrap());
                    }
                    let mut seqs = Vec::new();
                    for append in pending {
                        seqs.push(append.await.unwrap().seq);
                    }
                    assert!(seqs.is_sorted(), "one writer's entries keep their order");
                })
            })
            .collect();
        let mut heard: HashMap<ConversationKey, Vec<u64>> = HashMap::new();
        let mut count = 0;
        while count < 800 {
            let entries = committed.recv().await.unwrap();
            count += entries.len();
            for entry in entries {
                heard.entry(entry.entry.conversation.clone()).or_default().push(entry.seq);
            }
        }
        for writer in writers {
            writer.await.unwrap();
        }
        let expected: Vec<u64> = (1..=400).collect();
        assert_eq!(heard[&group()], expected);
        assert_eq!(heard[&alice_and_bob()], expected);
        let stored: Vec<u64> = all(log, &group()).await.iter().map(|e| e.seq).collect();
        assert_eq!(stored, expected);
    })
    .await;
}

#[tokio::test]
async fn closing_commits_what_is_queued_and_refuses_what_comes_later() {
    on_every_engine(async |Fixture { store, options, .. }| {
        let log = store.log().clone();
        let mut pending = Vec::new();
        for n in 0..100 {
            pending.push(log.append(text(&group(), "alice", &n.to_string())).await.unwrap());
        }
        store.close().await;
        for append in pending {
            append.await.unwrap();
        }
        let late = log.append(text(&group(), "alice", "late")).await;
        assert!(matches!(late, Err(StoreError::Closed)));
        let store = Store::open(options).await.unwrap();
        assert_eq!(all(store.log(), &group()).await.len(), 100);
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_second_process_may_administer_but_not_write_messages() {
    on_every_engine(async |Fixture { store, options, .. }| {
        let beside = Store::open_control(options.clone()).await.unwrap();
        let app = hongyan_store::apps::insert(&beside, &crate::new_app("org", "beside")).await;
        assert!(app.unwrap().is_ok());
        let refused = beside.log().append(text(&group(), "alice", "x")).await;
        assert!(matches!(refused, Err(StoreError::Closed)));
        beside.close().await;
        assert!(matches!(Store::open(options).await, Err(StoreError::InUse { .. })));
        append(store.log(), text(&group(), "alice", "still here")).await;
    })
    .await;
}
