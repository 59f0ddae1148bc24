//! Looking at the message log from outside.

use bytes::Bytes;
use hongyan_model::{
    AppId, Audience, Conversation, ConversationKey, DeviceId, EntryFlags, EntryKind, GroupId,
    MessageId, NewEntry, Source, UserId,
};
use hongyan_store::{
    Appended, CursorRow, DeviceKey, DeviceProgress, DeviceSighting, SentFilter, Store,
};

use crate::{Fixture, NOW, on_every_engine};

const APP: AppId = AppId(1);

fn user(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn single(a: &str, b: &str) -> ConversationKey {
    Conversation::single(&user(a), &user(b)).key()
}

fn group(id: &str) -> ConversationKey {
    Conversation::Group(GroupId::from_trusted(id)).key()
}

fn entry(app: AppId, conversation: &ConversationKey, sender: &str, kind: EntryKind) -> NewEntry {
    NewEntry {
        app,
        conversation: conversation.clone(),
        kind,
        flags: EntryFlags::default(),
        sender: user(sender),
        device: None,
        client_id: None,
        audience: Audience::All,
        meta: Bytes::from_static(b"secret"),
        recalls: None,
        edits: None,
        reads: None,
        unroamed: Vec::new(),
    }
}

async fn append(store: &Store, entry: NewEntry) -> Appended {
    store.log().append(entry).await.unwrap().await.unwrap()
}

async fn say(store: &Store, conversation: &ConversationKey, sender: &str) -> MessageId {
    append(store, entry(APP, conversation, sender, EntryKind::Text)).await.id
}

fn all_of(sender: &str) -> SentFilter {
    SentFilter {
        sender: user(sender),
        after: MessageId(0),
        before: MessageId(i64::MAX.unsigned_abs()),
        kinds: EntryKind::ALL.to_vec(),
        source: None,
        scan: 1000,
        limit: 100,
    }
}

#[tokio::test]
async fn the_log_is_read_on_in_the_order_of_its_commits() {
    on_every_engine(async |Fixture { store, .. }| {
        assert!(store.log().since(MessageId(0), 10).await.unwrap().is_empty());
        let mut ids = Vec::new();
        for (app, conversation) in
            [(7, single("a", "b")), (1, group("7")), (3, single("a", "b")), (7, group("7"))]
        {
            ids.push(
                append(&store, entry(AppId(app), &conversation, "a", EntryKind::Image)).await.id,
            );
        }
        let read = async |after, limit| {
            let entries = store.log().since(after, limit).await.unwrap();
            assert!(entries.iter().all(|entry| entry.entry.meta.is_empty()));
            entries.iter().map(|entry| (entry.id, entry.entry.app.0)).collect::<Vec<_>>()
        };
        let all = [(ids[0], 7), (ids[1], 1), (ids[2], 3), (ids[3], 7)];
        assert_eq!(read(MessageId(0), 10).await, all);
        assert_eq!(read(ids[0], 2).await, all[1..3]);
        assert_eq!(read(ids[3], 2).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_users_active_conversations_come_the_youngest_first() {
    on_every_engine(async |Fixture { store, .. }| {
        let old = say(&store, &single("alice", "dave"), "dave").await;
        let bob = say(&store, &single("alice", "bob"), "bob").await;
        let club = say(&store, &group("club"), "bob").await;
        say(&store, &group("foreign"), "bob").await;
        say(&store, &single("carol", "bob"), "bob").await;
        let own_events = Conversation::System(user("alice")).key();
        append(&store, entry(APP, &own_events, "alice", EntryKind::Event)).await;
        append(&store, entry(AppId(2), &single("alice", "bob"), "bob", EntryKind::Text)).await;

        let active = async |limit| {
            let groups = vec![group("club"), group("silent")];
            let log = store.log();
            log.active_conversations(APP, &user("alice"), groups, old, limit).await.unwrap()
        };
        let expected = [(group("club"), club), (single("alice", "bob"), bob)];
        assert_eq!(active(10).await, expected);
        assert_eq!(active(1).await, expected[..1]);
    })
    .await;
}

#[tokio::test]
async fn what_a_sender_wrote_is_found_within_bounds() {
    on_every_engine(async |Fixture { store, .. }| {
        let club = group("club");
        let device = Some(DeviceId::from_trusted("webim_1"));
        let mut own = Vec::new();
        for n in 0..30 {
            let new = entry(APP, &club, "alice", EntryKind::Text);
            own.push(match n % 3 {
                0 => append(&store, new).await.id,
                1 => append(&store, NewEntry { device: device.clone(), ..new }).await.id,
                _ => append(&store, NewEntry { kind: EntryKind::Image, ..new }).await.id,
            });
            say(&store, &club, "bob").await;
        }
        own.reverse();
        let sent = async |filter| {
            let found = store.log().sent(APP, &club, filter).await.unwrap();
            assert!(found.entries.iter().all(|entry| entry.entry.meta.is_empty()));
            let ids: Vec<_> = found.entries.iter().map(|entry| entry.id).collect();
            (ids, found.stopped_at)
        };
        assert_eq!(sent(all_of("alice")).await, (own.clone(), None));
        let some = SentFilter { limit: 4, ..all_of("alice") };
        assert_eq!(sent(some).await.0, own[..4]);
        let between = SentFilter { after: own[9], before: own[5], ..all_of("alice") };
        assert_eq!(sent(between).await, (own[6..9].to_vec(), None));
        let images = SentFilter { kinds: vec![EntryKind::Image], ..all_of("alice") };
        assert_eq!(sent(images).await.0.len(), 10);
        let by_device = SentFilter { source: Some(Source::Sdk), ..all_of("alice") };
        let by_server = SentFilter { source: Some(Source::Rest), ..all_of("alice") };
        assert_eq!((sent(by_device).await.0.len(), sent(by_server).await.0.len()), (10, 20));
        assert_eq!(sent(all_of("carol")).await, (vec![], None));

        // The newest ten, of which five are hers; the next call goes on from there.
        let few = SentFilter { scan: 10, ..all_of("alice") };
        let (found, stopped_at) = sent(few.clone()).await;
        assert_eq!((found.as_slice(), stopped_at), (&own[..5], Some(own[4])));
        let next = SentFilter { before: own[4], ..few.clone() };
        assert_eq!(sent(next).await.0, own[5..10]);
        let last = SentFilter { before: own[27], ..few };
        assert_eq!(sent(last).await, (own[28..].to_vec(), None));
        let elsewhere = store.log().sent(AppId(2), &club, all_of("alice")).await.unwrap();
        assert!(elsewhere.entries.is_empty());
        let recent = SentFilter { scan: 10, after: own[3], ..all_of("alice") };
        assert_eq!(sent(recent).await, (own[..3].to_vec(), None), "what is older is not wanted");
    })
    .await;
}

#[tokio::test]
async fn devices_tell_how_far_they_are() {
    on_every_engine(async |Fixture { store, .. }| {
        let log = store.log();
        let talk = single("alice", "bob");
        say(&store, &talk, "alice").await;
        let open = async |name: &str, device: &str, now| {
            let sighting =
                DeviceSighting { now, forget_before: 0, first_base: MessageId(5), former: None };
            let device = DeviceId::from_trusted(device);
            let key = DeviceKey { app: APP, user: &user(name), device: &device };
            log.open_device(key, sighting).await.unwrap();
        };
        open("bob", "ios_1", NOW).await;
        open("bob", "webim_1", NOW + 1).await;
        open("carol", "webim_1", NOW).await;
        let row = |device: &str, conversation: &ConversationKey| CursorRow {
            app: APP,
            user: user("bob"),
            device: DeviceId::from_trusted(device),
            conversation: conversation.clone(),
            seq: 1,
        };
        let elsewhere = group("elsewhere");
        log.save_cursors(vec![row("webim_1", &talk), row("ios_1", &elsewhere)]).await.unwrap();

        let wanted = vec![user("bob"), user("dave")];
        let progress = log.progress(APP, &talk, wanted).await.unwrap();
        let device = |device: &str, last_seen, cursor| DeviceProgress {
            user: user("bob"),
            device: DeviceId::from_trusted(device),
            base: MessageId(5),
            last_seen,
            cursor,
        };
        assert_eq!(progress, [device("webim_1", NOW + 1, Some(1)), device("ios_1", NOW, None)]);
    })
    .await;
}

#[tokio::test]
async fn who_read_a_group_message_is_named() {
    on_every_engine(async |Fixture { store, clock, .. }| {
        let club = group("club");
        let message = say(&store, &club, "alice").await;
        clock.advance(5);
        for reader in ["bob", "carol"] {
            let reads = Some(message);
            let ack = NewEntry { reads, ..entry(APP, &club, reader, EntryKind::ReadAck) };
            append(&store, ack).await;
        }
        let wanted = vec![user("bob"), user("dave")];
        let readers = store.log().readers_among(APP, message, wanted).await.unwrap();
        assert_eq!(readers, [(user("bob"), NOW + 5)]);
        let page = async |after: Option<UserId>| {
            store.log().readers_after(APP, message, after.as_ref(), 1).await.unwrap()
        };
        assert_eq!(page(None).await, [(user("bob"), NOW + 5)]);
        assert_eq!(page(Some(user("bob"))).await, [(user("carol"), NOW + 5)]);
        assert!(page(Some(user("carol"))).await.is_empty());
    })
    .await;
}
