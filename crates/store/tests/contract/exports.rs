//! What was said in an app, step by step, and who makes which file of it.

use bytes::Bytes;
use hongyan_model::{
    AppId, Audience, Conversation, ConversationKey, EntryFlags, EntryKind, FileId, GroupId,
    MessageId, NewEntry, Rewrite, RoomId, UserId,
};
use hongyan_store::attachments::Part;
use hongyan_store::exports::{self, Claim, Export};
use hongyan_store::{Appended, MessageLog, Store};

use crate::{NOW, on_every_engine};

const APP: AppId = AppId(1);
const OTHER: AppId = AppId(2);
const HOUR: i64 = 1_794_960_000_000;
const ALL: (MessageId, MessageId) = (MessageId(0), MessageId(i64::MAX as u64));

fn talk() -> ConversationKey {
    Conversation::single(&UserId::from_trusted("alice"), &UserId::from_trusted("bob")).key()
}

fn entry(app: AppId, conversation: &ConversationKey, words: &str) -> NewEntry {
    NewEntry {
        app,
        conversation: conversation.clone(),
        kind: EntryKind::Text,
        flags: EntryFlags::default(),
        sender: UserId::from_trusted("alice"),
        device: None,
        client_id: None,
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

/// Everything said in `app` in steps over `scan` entries, and how many steps that were.
async fn said(
    log: &MessageLog,
    app: AppId,
    (mut after, until): (MessageId, MessageId),
    scan: usize,
) -> (Vec<String>, usize) {
    let mut said = Vec::new();
    for step in 1..100 {
        let page = log.messages_between(app, (after, until), scan).await.unwrap();
        assert!(page.messages.len() <= scan);
        said.extend(page.messages.iter().map(|message| {
            assert_eq!(message.entry.app, app);
            String::from_utf8(message.entry.meta.to_vec()).unwrap()
        }));
        let Some(reached) = page.reached else { return (said, step) };
        assert!(reached > after && reached <= until);
        after = reached;
    }
    panic!("it comes to no end");
}

#[tokio::test]
async fn messages_of_all_conversations_come_in_their_order_step_by_step() {
    on_every_engine(|f| async move {
        let log = f.store.log();
        let group = Conversation::Group(GroupId::from_trusted("7")).key();
        let room = Conversation::Room(RoomId::from_trusted("8")).key();
        let mut ids = Vec::new();
        for n in 0..12 {
            let conversation = [&talk(), &group, &room][n % 3].clone();
            ids.push(append(log, entry(APP, &conversation, &n.to_string())).await.id);
            append(log, entry(OTHER, &talk(), "of another app")).await;
        }
        let all: Vec<String> = (0..12).map(|n| n.to_string()).collect();
        for scan in [1, 2, 5, 12, 1000] {
            assert_eq!(said(log, APP, ALL, scan).await.0, all, "{scan}");
        }
        assert_eq!(said(log, APP, ALL, 1000).await.1, 1);
        assert!(said(log, APP, ALL, 5).await.1 >= 3);
        // Behind the first bound, up to the second.
        assert_eq!(said(log, APP, (ids[2], ids[5]), 2).await.0, all[3..=5]);
        assert_eq!(said(log, APP, (ids[11], ALL.1), 2).await.0, [""; 0]);
        assert_eq!(said(log, AppId(3), ALL, 5).await.0, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn only_what_was_said_and_still_is_comes() {
    on_every_engine(|f| async move {
        let log = f.store.log();
        let of = |kind, words| NewEntry { kind, ..entry(APP, &talk(), words) };
        let recalled = append(log, of(EntryKind::Text, "recalled")).await.id;
        let edited = append(log, of(EntryKind::Text, "before")).await.id;
        append(log, of(EntryKind::Command, "command")).await;
        append(log, of(EntryKind::Combine, "combined")).await;
        let online = NewEntry { flags: EntryFlags::ONLINE_ONLY, ..of(EntryKind::Text, "online") };
        append(log, online).await;
        let kept_back = NewEntry { flags: EntryFlags::KEPT_BACK, ..of(EntryKind::Text, "busy") };
        append(log, kept_back).await;
        for kind in [EntryKind::ReadAck, EntryKind::DeliverAck, EntryKind::Event] {
            append(log, of(kind, "no message")).await;
        }
        let recall = NewEntry { recalls: Some(recalled), ..of(EntryKind::Recall, "recall") };
        append(log, recall).await;
        let rewrite = Rewrite {
            of: edited,
            seen: Some(EntryFlags::default()),
            becomes: EntryFlags::default().edited(),
            meta: Some(Bytes::from("after")),
        };
        append(log, NewEntry { edits: Some(rewrite), ..of(EntryKind::Edit, "edit") }).await;
        for scan in [1, 3, 100] {
            let (said, _) = said(log, APP, ALL, scan).await;
            assert_eq!(said, ["after", "command", "combined", "busy"], "{scan}");
        }
    })
    .await;
}

fn file(name: &str) -> FileId {
    FileId::from_trusted(name)
}

async fn take(store: &Store, name: &str, now: i64) -> Option<Claim> {
    exports::take(store, &file(name), now, now + 60_000).await.unwrap()
}

#[tokio::test]
async fn a_file_is_made_by_one_and_taken_over_from_who_falls_silent() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let store = &f.store;
        assert_eq!(take(store, "none", NOW).await, None);
        exports::ask(store, (app, HOUR), NOW, NOW).await.unwrap();
        exports::ask(store, (other, HOUR), NOW + 5, NOW).await.unwrap();
        // Asking again changes nothing of what is made.
        exports::ask(store, (app, HOUR), NOW + 70_000, NOW + 1).await.unwrap();
        let waiting = Export { app, hour: HOUR, file: None, made: None, messages: 0 };
        assert_eq!(exports::find(store, app, HOUR).await.unwrap(), Some(waiting));
        assert_eq!(exports::find(store, app, HOUR + 1).await.unwrap(), None);

        // Two at once: each gets one, or one of them nothing.
        let (a, b) = tokio::join!(take(store, "a", NOW), take(store, "b", NOW));
        assert!(a.is_some() != b.is_some());
        let first = a.or(b).unwrap();
        assert_eq!((first.app, first.hour, &first.abandoned), (app, HOUR, &None));
        let second = take(store, "c", NOW + 5).await.unwrap();
        assert_eq!((second.app, &second.abandoned), (other, &None));
        assert_eq!(take(store, "d", NOW + 59_999).await, None);

        // Who says that it goes on keeps it.
        assert!(exports::hold(store, &first, NOW + 120_000).await.unwrap());
        let over = take(store, "e", NOW + 60_005).await.unwrap();
        assert_eq!((over.app, &over.abandoned), (other, &Some(file("c"))));
        assert!(!exports::hold(store, &second, NOW + 999_999).await.unwrap());
        assert!(!exports::finish(store, &second, 3, NOW).await.unwrap());
        assert!(exports::finish(store, &first, 7, NOW + 9).await.unwrap());
        assert!(!exports::finish(store, &first, 8, NOW + 10).await.unwrap());
        let made = Export {
            app,
            hour: HOUR,
            file: Some(first.file.clone()),
            made: Some(NOW + 9),
            messages: 7,
        };
        assert_eq!(exports::find(store, app, HOUR).await.unwrap(), Some(made));
        assert!(exports::finish(store, &over, 0, NOW + 11).await.unwrap());
        let nothing =
            Export { app: other, hour: HOUR, file: None, made: Some(NOW + 11), messages: 0 };
        assert_eq!(exports::find(store, other, HOUR).await.unwrap(), Some(nothing));
        assert_eq!(take(store, "f", i64::MAX - 60_000).await, None);
    })
    .await;
}

#[tokio::test]
async fn who_asked_lately_has_the_next_hour_noted() {
    on_every_engine(|f| async move {
        let (app, late, never) = (f.app("one").await, f.app("two").await, f.app("three").await);
        let store = &f.store;
        exports::ask(store, (app, HOUR), NOW, NOW).await.unwrap();
        exports::ask(store, (app, HOUR - 1), NOW, NOW).await.unwrap();
        exports::ask(store, (late, HOUR), NOW, NOW - 1000).await.unwrap();
        assert_eq!(exports::plan(store, HOUR + 1, NOW + 3, NOW - 999).await.unwrap(), 1);
        assert_eq!(exports::plan(store, HOUR + 1, NOW + 3, NOW - 999).await.unwrap(), 0);
        for (app, noted) in [(app, true), (late, false), (never, false)] {
            let found = exports::find(store, app, HOUR + 1).await.unwrap();
            assert_eq!(found.is_some(), noted);
        }
        // What was noted for it is not what it asked for.
        assert_eq!(exports::plan(store, HOUR + 2, NOW, NOW + 1).await.unwrap(), 0);

        let hours = async |before, limit| {
            let ended = exports::ended(store, app, before, limit).await.unwrap();
            ended.iter().map(|export| export.hour - HOUR).collect::<Vec<_>>()
        };
        assert_eq!(hours(HOUR + 1, 9).await, [-1, 0]);
        assert_eq!(hours(HOUR + 2, 2).await, [-1, 0]);
        exports::forget(store, app, HOUR - 1).await.unwrap();
        exports::forget(store, late, HOUR + 1).await.unwrap();
        assert_eq!(hours(HOUR + 2, 9).await, [0, 1]);
    })
    .await;
}

#[tokio::test]
async fn what_a_killed_maker_left_on_the_disk_is_cleared() {
    on_every_engine(|f| async move {
        let attachments = f.store.attachments();
        let name = file("0123456789abcdef");
        let mut writing = attachments.write(APP, &name, Part::Export).await.unwrap();
        writing.add(Bytes::from("half")).await.unwrap();
        // A killed process drops nothing.
        std::mem::forget(writing);
        let folder = f.options.data_dir.join(format!("attachments/app/{}/exports", APP.0));
        let files = || std::fs::read_dir(&folder).unwrap().count();
        assert_eq!(files(), 1);
        assert!(attachments.find(APP, &name, Part::Export).await.unwrap().is_none());
        for _ in 0..2 {
            attachments.clear_unfinished(APP, &name, Part::Export).await.unwrap();
            assert_eq!(files(), 0);
        }
        let mut writing = attachments.write(APP, &name, Part::Export).await.unwrap();
        writing.add(Bytes::from("whole")).await.unwrap();
        writing.finish().await.unwrap();
        attachments.clear_unfinished(APP, &name, Part::Export).await.unwrap();
        let found = attachments.find(APP, &name, Part::Export).await.unwrap().unwrap();
        assert_eq!(found.read(0..found.size()).await.unwrap(), "whole");
        attachments.delete_parts(APP, &name, [Part::Export]).await.unwrap();
        assert_eq!(files(), 0);
    })
    .await;
}
