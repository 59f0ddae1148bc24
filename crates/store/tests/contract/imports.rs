//! Messages of the past in the log.

use bytes::Bytes;
use hongyan_model::{
    AppId, Audience, Conversation, ConversationKey, DeviceId, EntryFlags, EntryKind, IdGenerator,
    LogEntry, MessageId, NewEntry, UserId,
};
use hongyan_store::{
    DeviceKey, DeviceSighting, Glance, GlanceAtImports, Glanced, HistoryFilter, ImportFilter,
    MessageLog, Retention,
};

use tokio::task::unconstrained;

use crate::{NOW, on_every_engine};

const APP: AppId = AppId(1);
const OTHER_APP: AppId = AppId(2);
const DAY: i64 = 24 * 3600 * 1000;
const END: MessageId = MessageId(i64::MAX as u64);

fn user(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn chat() -> ConversationKey {
    Conversation::single(&user("alice"), &user("bob")).key()
}

fn text(sender: &str, text: &str) -> NewEntry {
    NewEntry {
        app: APP,
        conversation: chat(),
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

/// All there are, the oldest first.
fn all() -> ImportFilter {
    ImportFilter {
        from: MessageId(0),
        oldest_first: true,
        limit: 100,
        kinds: vec![EntryKind::Text],
        sender: None,
        after: MessageId(0),
        until: END,
        arrived_after: MessageId(0),
    }
}

fn words(entries: &[LogEntry]) -> Vec<String> {
    let words = |entry: &LogEntry| String::from_utf8(entry.entry.meta.to_vec()).unwrap();
    entries.iter().map(words).collect()
}

async fn found(log: &MessageLog, filter: ImportFilter) -> Vec<String> {
    words(&log.imported(APP, &chat(), filter, 10_000).await.unwrap().entries)
}

#[tokio::test]
async fn they_are_read_in_the_order_of_their_times_and_by_nobody_who_follows_positions() {
    on_every_engine(|f| async move {
        let log = f.store.log();
        let mut commits = log.subscribe();
        let said = log.append(text("alice", "said")).await.unwrap().await.unwrap();
        assert_eq!(commits.recv().await.unwrap().len(), 1);
        let (old, older) = (NOW - DAY, NOW - 2 * DAY);
        let old_id = log.import(text("bob", "old"), old).await.unwrap();
        let older_id = log.import(text("alice", "older"), older).await.unwrap();
        let twin_id = log.import(text("alice", "twin"), older).await.unwrap();
        assert!(older_id < twin_id && twin_id < old_id && old_id < said.id);
        assert_eq!([old_id, older_id].map(IdGenerator::time_of), [old, older]);

        let entry = log.entry(APP, old_id).await.unwrap().unwrap();
        assert_eq!((entry.timestamp, entry.seq, entry.entry.sender), (old, 0, user("bob")));
        assert!(entry.imported.unwrap() > said.id);
        assert!(log.entry(OTHER_APP, old_id).await.unwrap().is_none());

        assert_eq!(found(log, all()).await, ["older", "twin", "old"]);
        let newest_first = ImportFilter { from: END, oldest_first: false, ..all() };
        assert_eq!(found(log, newest_first.clone()).await, ["old", "twin", "older"]);
        let before = ImportFilter { from: twin_id, ..newest_first };
        assert_eq!(found(log, before).await, ["older"]);
        let of_alice = ImportFilter { sender: Some(user("alice")), ..all() };
        assert_eq!(found(log, of_alice).await, ["older", "twin"]);
        let between = ImportFilter { after: older_id, until: twin_id, ..all() };
        assert_eq!(found(log, between).await, ["twin"]);
        let late = ImportFilter { arrived_after: entry.imported.unwrap(), ..all() };
        assert_eq!(found(log, late).await, ["older", "twin"]);
        let images = ImportFilter { kinds: vec![EntryKind::Image], ..all() };
        assert_eq!(found(log, images).await, [""; 0]);

        // A step looks at so many and says where it stopped.
        let step = log.imported(APP, &chat(), all(), 2).await.unwrap();
        assert_eq!(
            (words(&step.entries), step.stopped_at),
            (vec!["older".into(), "twin".into()], Some(twin_id))
        );
        let rest = ImportFilter { from: twin_id, ..all() };
        let rest = log.imported(APP, &chat(), rest, 2).await.unwrap();
        assert_eq!((words(&rest.entries), rest.stopped_at), (vec!["old".into()], None));

        // Who follows positions or commits sees one entry.
        assert!(commits.try_recv().is_err());
        assert_eq!(log.after(APP, &chat(), 0, 9).await.unwrap().len(), 1);
        assert_eq!(log.of_app(APP, MessageId(0), 9).await.unwrap().len(), 1);
        assert_eq!(log.since(MessageId(0), 9).await.unwrap().len(), 1);
        assert_eq!(log.position(APP, &chat(), END).await.unwrap(), 1);
        let filter =
            HistoryFilter { limit: 9, kinds: vec![EntryKind::Text], ..HistoryFilter::default() };
        assert_eq!(words(&log.history(APP, &chat(), filter).await.unwrap()), ["said"]);
        let next = log.append(text("bob", "next")).await.unwrap().await.unwrap();
        assert_eq!(next.seq, 2);
    })
    .await;
}

#[tokio::test]
async fn they_make_a_chat_that_is_listed_but_has_nothing_to_be_received() {
    on_every_engine(|f| async move {
        let log = f.store.log();
        let (alice, webim) = (user("alice"), DeviceId::from_trusted("webim_1"));
        let device = DeviceKey { app: APP, user: &alice, device: &webim };
        let zero = MessageId(0);
        let sighting =
            DeviceSighting { now: NOW, forget_before: 0, first_base: zero, former: None };
        log.open_device(device, sighting).await.unwrap();
        let first = log.import(text("bob", "first"), NOW - DAY).await.unwrap();
        let second = log.import(text("bob", "second"), NOW - 1).await.unwrap();
        assert_eq!(log.unread(device, zero, Vec::new(), 9).await.unwrap(), []);
        for (user, expected) in [("alice", vec![(chat(), second)]), ("carol", vec![])] {
            let user = UserId::from_trusted(user);
            assert_eq!(log.imported_chats(APP, &user, zero, 9).await.unwrap(), expected);
        }
        assert_eq!(log.imported_chats(APP, &alice, second, 9).await.unwrap(), []);
        assert_eq!(log.imported_chats(OTHER_APP, &alice, zero, 9).await.unwrap(), []);

        let look = async |reader: &str, at: Option<GlanceAtImports>, hidden: Vec<MessageId>| {
            let glance =
                Glance { conversation: chat(), after: zero, unread_after: Some(zero), imports: at };
            let reader = UserId::from_trusted(reader);
            log.glance(APP, &reader, vec![glance], hidden).await.unwrap().remove(0)
        };
        let glance = GlanceAtImports { after: zero, arrived_after: zero, unread_after: Some(zero) };
        let seen = |last, unread| Glanced { last, looked_short: false, unread };
        assert_eq!(look("alice", None, vec![]).await, Glanced::default());
        assert_eq!(look("alice", Some(glance), vec![]).await, seen(Some(second), 2));
        assert_eq!(look("bob", Some(glance), vec![]).await, seen(Some(second), 0));
        assert_eq!(look("alice", Some(glance), vec![second]).await, seen(Some(first), 1));
        let read = GlanceAtImports { unread_after: Some(first), ..glance };
        assert_eq!(look("alice", Some(read), vec![]).await, seen(Some(second), 1));
        let gone = GlanceAtImports { after: second, ..glance };
        assert_eq!(look("alice", Some(gone), vec![]).await, Glanced::default());
        let imported = log.entry(APP, second).await.unwrap().unwrap().imported.unwrap();
        let later = GlanceAtImports { arrived_after: imported, ..glance };
        assert_eq!(look("alice", Some(later), vec![]).await, Glanced::default());
        // What is said later is younger than what is imported.
        let said = log.append(text("bob", "said")).await.unwrap().await.unwrap();
        assert_eq!(look("alice", Some(glance), vec![]).await, seen(Some(said.id), 3));
    })
    .await;
}

#[tokio::test]
async fn they_are_withdrawn_and_go_when_they_are_too_old() {
    on_every_engine(|f| async move {
        let log = f.store.log();
        let mut ids = Vec::new();
        for day in (1..=5).rev() {
            let entry = text("bob", &day.to_string());
            ids.push(log.import(entry, NOW - day * DAY).await.unwrap());
        }
        let recall =
            NewEntry { kind: EntryKind::Recall, recalls: Some(ids[3]), ..text("bob", "recall") };
        log.append(recall).await.unwrap().await.unwrap();
        assert_eq!(found(log, all()).await, ["5", "4", "3", "1"]);

        let until = IdGenerator::floor(NOW - 3 * DAY);
        let retention = Retention { rooms: until, others: until };
        let (mut after, mut removed) = (None, Vec::new());
        loop {
            let page = log.expired(APP, after, retention, 1).await.unwrap();
            removed.extend(page.entries.iter().map(|entry| entry.id));
            log.remove(APP, page.entries).await.unwrap();
            after = page.next;
            if page.is_last {
                break;
            }
        }
        assert_eq!(removed, ids[..2]);
        assert_eq!(found(log, all()).await, ["3", "1"]);
    })
    .await;
}

#[tokio::test]
async fn many_at_once_keep_their_order_and_leave_sends_alone() {
    on_every_engine(|f| async move {
        let log = f.store.log();
        const MANY: usize = 3000;
        // More of one moment than are written at once, and some of another between them.
        let time = |n: usize| if n.is_multiple_of(10) { NOW - 2 * DAY } else { NOW - DAY };
        let imports = (0..MANY).map(|n| log.import(text("bob", &n.to_string()), time(n)));
        // In the order in which they are made, whatever the runtime thinks of so many at once.
        let imports = unconstrained(futures_util::future::try_join_all(imports));
        let said = async {
            let mut said = Vec::new();
            for n in 0..20 {
                let sent = log.append(text("alice", &n.to_string())).await.unwrap().await.unwrap();
                said.push(sent.seq);
            }
            said
        };
        let (ids, said) = tokio::join!(imports, said);
        assert_eq!(said, (1..=20).collect::<Vec<_>>());
        let ids = ids.unwrap();
        for of_one in [0, 1] {
            let picked = (0..MANY).filter(|n| usize::from(n.is_multiple_of(10)) == of_one);
            let ids: Vec<MessageId> = picked.map(|n| ids[n]).collect();
            assert!(ids.is_sorted_by(|a, b| a < b), "of one moment in the order of the calls");
        }
        let everything = ImportFilter { limit: MANY + 1, ..all() };
        assert_eq!(found(log, everything).await.len(), MANY);
        for (user, expected) in [("alice", 1), ("bob", 1), ("carol", 0)] {
            let chats = log
                .imported_chats(APP, &UserId::from_trusted(user), MessageId(0), 9)
                .await
                .unwrap();
            assert_eq!(chats.len(), expected, "{user}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_app_that_has_imported_nothing_is_told_so_until_it_does() {
    on_every_engine(|f| async move {
        let log = f.store.log();
        log.append(text("alice", "said")).await.unwrap().await.unwrap();
        for _ in 0..2 {
            assert_eq!(found(log, all()).await, [""; 0]);
        }
        log.import(text("bob", "old"), NOW - DAY).await.unwrap();
        assert_eq!(found(log, all()).await, ["old"]);
        let zero = MessageId(0);
        assert_eq!(log.imported_chats(APP, &user("alice"), zero, 9).await.unwrap().len(), 1);
        assert_eq!(log.imported_chats(OTHER_APP, &user("alice"), zero, 9).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_moment_has_room_for_all() {
    on_every_engine(|f| async move {
        let log = f.store.log();
        let (_, last) = IdGenerator::imported_at(NOW - DAY);
        let mut ids = Vec::new();
        for n in 0..5 {
            ids.push(log.import(text("bob", &n.to_string()), NOW - DAY).await.unwrap());
        }
        ids.dedup();
        assert!(ids.is_sorted() && ids.len() == 5 && ids.iter().all(|id| *id <= last));
    })
    .await;
}
