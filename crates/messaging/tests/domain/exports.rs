//! What was said in an hour, as a file.

use std::io::Read as _;

use bytes::Bytes;
use flate2::read::GzDecoder;
use futures_util::TryStreamExt as _;
use hongyan_messaging::exports::{self, Link};
use hongyan_messaging::messages::content::Content as Said;
use hongyan_messaging::messages::{
    ImportTarget, ImportedMessage, StreamChunk, StreamReceiver, import, send_chunk,
};
use hongyan_messaging::threads::{self, NewThread};
use hongyan_model::{App, ExportRefusal, Feature, FileId, NewEntry, Refusal, Result};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::{Content, MessageBody, content};
use hongyan_store::attachments::Part;
use hongyan_store::exports as stored;
use serde_json::{Value, json};

use crate::fixture::{Fixture, NOW, group_id, refusal, single};
use crate::uplink::{
    about, directed, of_kind, online_only, text, thread_text, to, to_group, uplink,
};

const HOUR_MS: i64 = 3_600_000;
/// 2026-11-18T00:00:00Z, in which [`NOW`] lies.
const HOUR: i64 = NOW - NOW % HOUR_MS;
const NAME: &str = "2026111800";
const NEXT: &str = "2026111801";
/// After the end of an hour.
const SETTLE_MS: i64 = 60_000;

async fn link(f: &Fixture, hour: &str) -> Result<Link> {
    exports::link(&f.m, &f.server(), hour).await
}

async fn fetch(f: &Fixture, app: &App, hour: &str, link: &Link) -> Result<Vec<u8>> {
    let signed = (link.expires.to_string(), link.signature.clone());
    let file = exports::download(&f.m, app, hour, (&signed.0, &signed.1)).await?;
    let size = file.size();
    let pieces: Vec<Bytes> = file.pieces(0..size).try_collect().await?;
    Ok(pieces.concat())
}

/// The lines of an hour of the app.
async fn lines(f: &Fixture, hour: &str) -> Vec<Value> {
    let link = link(f, hour).await.unwrap();
    let packed = fetch(f, &f.app, hour, &link).await.unwrap();
    let mut text = String::new();
    GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn texts(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["payload"]["bodies"][0]["msg"].as_str().unwrap()).collect()
}

async fn refused(f: &Fixture, hour: &str) -> ExportRefusal {
    match refusal(link(f, hour).await) {
        Refusal::Export(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// Until the hour after this one can be had.
fn until_over(f: &Fixture) {
    f.clock.advance(HOUR + HOUR_MS + SETTLE_MS - NOW);
}

fn named(time: &str) -> (String, String) {
    ("org#one".to_owned(), time.to_owned())
}

/// The files of the app on the disk.
fn files(f: &Fixture) -> usize {
    let folder = f.folder.path().join(format!("attachments/app/{}/exports", f.app.id.0));
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[tokio::test]
async fn an_hour_holds_what_was_stored_in_it() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let (alice, say) = (f.user("alice"), |words: &str| text(to("bob"), words));
    f.send(&alice, say("first")).await;
    f.clock.advance(HOUR + HOUR_MS - 1 - NOW);
    f.send(&alice, say("last")).await;
    let (app, time) = named(NAME);
    assert_eq!(refused(&f, NAME).await, ExportRefusal::NoHour { app, time });
    f.clock.advance(1);
    f.send(&alice, say("of the next hour")).await;
    // It is over, but not everything of it has to be on the disk.
    assert_eq!(refused(&f, NAME).await, ExportRefusal::NotReady);
    f.clock.advance(SETTLE_MS);
    assert_eq!(texts(&lines(&f, NAME).await), ["first", "last"]);
    f.clock.advance(HOUR_MS);
    assert_eq!(texts(&lines(&f, NEXT).await), ["of the next hour"]);
    assert_eq!(files(&f), 2);
    f.clock.advance(HOUR_MS);
    let (app, time) = named("2026111802");
    assert_eq!(refused(&f, "2026111802").await, ExportRefusal::Nothing { app, time });
    // Before there was an app nothing was said, but something may be imported.
    let (app, time) = named("2026111723");
    assert_eq!(refused(&f, "2026111723").await, ExportRefusal::Nothing { app, time });
    assert_eq!(files(&f), 2, "nothing said needs no file");
    let old = ImportedMessage {
        from: "alice".to_owned(),
        to: "bob".to_owned(),
        target: ImportTarget::User,
        content: Said::Text { text: "said elsewhere".to_owned() },
        ext: None,
        time: Some(HOUR - 2 * HOUR_MS),
        is_read: false,
        fetch: false,
        files: String::new(),
        size: 20,
    };
    import(&f.m, &f.server(), old).await.unwrap();
    assert_eq!(texts(&lines(&f, "2026111722").await), ["said elsewhere"]);
}

#[tokio::test]
async fn the_file_shows_messages_as_they_are_and_nothing_else() {
    let mut f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.switch(Feature::Thread, true).await;
    let group = f.group("club", "alice", &["bob", "carol"]).await;
    let group = group_id(&group).clone();
    let (alice, bob) = (f.user("alice"), f.user("bob"));
    let recalled = f.send(&alice, text(to("bob"), "recalled")).await;
    let edited = f.send(&alice, text(to("bob"), "before")).await;
    f.send(&alice, online_only(text(to("bob"), "online"))).await;
    f.send(&bob, about(to("alice"), BodyType::ReadAck, edited.id)).await;
    f.send(&alice, about(to("bob"), BodyType::Recall, recalled.id)).await;
    let edit = MessageBody {
        r#type: Some(BodyType::Edit as i32),
        edit_message_id: Some(edited.id.0),
        edit_scope: Some(1),
        ..crate::uplink::text_body("after")
    };
    f.send(&alice, uplink(to("bob"), &edit)).await;
    f.send(&alice, directed(text(to_group(&group), "to carol"), &["carol"])).await;
    let root = f.send(&alice, text(to_group(&group), "hello")).await;
    let new = NewThread {
        group: group.to_string(),
        message: root.id.to_string(),
        name: "details".to_owned(),
        owner: "alice".to_owned(),
    };
    let thread = threads::create(&f.m, &alice, new).await.unwrap();
    f.send(&alice, thread_text(&thread.id, "below")).await;
    let chunk = |message: Option<String>, seq, words: &str, finish| StreamChunk {
        from: "bot".to_owned(),
        to: StreamReceiver::User("bob".to_owned()),
        message,
        seq: Some(seq),
        text: words.to_owned(),
        finish,
        format: "text".to_owned(),
        ext: None,
    };
    let id = send_chunk(&f.m, &f.server(), chunk(None, 0, "in ", None)).await.unwrap().unwrap();
    let last = chunk(Some(id.to_string()), 1, "chunks", Some(1));
    send_chunk(&f.m, &f.server(), last).await.unwrap();
    until_over(&f);

    let lines = lines(&f, NAME).await;
    assert_eq!(texts(&lines), ["after", "to carol", "hello", "below", "in chunks"]);
    let chat = |line: &Value| (line["chat_type"].clone(), line["to"].clone());
    assert_eq!(chat(&lines[0]), (json!("chat"), json!("bob")));
    assert_eq!(chat(&lines[1]), (json!("groupchat"), json!("club")));
    assert_eq!(chat(&lines[3]), (json!("groupchat"), json!(thread.id.as_str())));
    assert_eq!(lines[0]["msg_id"], edited.id.to_string());
    assert_eq!(lines[0]["timestamp"], NOW);
    assert_eq!(lines[4]["from"], "bot");
}

#[tokio::test]
async fn combined_messages_and_those_of_clients_have_the_documented_keys() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let some = |text: &str| Some(text.to_owned());
    let combined = Content {
        r#type: Some(content::Type::Text as i32),
        sub_type: Some(0),
        text: some("upgrade to read this"),
        title: some("Chat of two"),
        summary: some("alice: hi"),
        combine_level: Some(1),
        remote_path: some("https://h/org/one/chatfiles/1"),
        display_name: some("combined"),
        secret_key: some("s"),
        file_length: Some(321),
        ..Content::default()
    };
    let size = |width| hongyan_msync::proto::Size { width: Some(width), height: Some(90.0) };
    let video = Content {
        r#type: Some(content::Type::Video as i32),
        remote_path: some("https://h/v"),
        display_name: some("v.mp4"),
        secret_key: some("s"),
        file_length: Some(4000),
        duration: Some(7),
        thumbnail_remote_path: some("https://h/t"),
        thumbnail_secret_key: some("ts"),
        thumbnail_size: Some(size(160.0)),
        size: Some(size(1920.0)),
        ..Content::default()
    };
    for content in [combined, video] {
        let kind = Some(BodyType::Chat as i32);
        let body = MessageBody { r#type: kind, contents: vec![content], ..MessageBody::default() };
        f.send(&f.user("alice"), uplink(to("bob"), &body)).await;
    }
    f.send(&f.user("alice"), of_kind(to("bob"), content::Type::Command, "c")).await;
    until_over(&f);
    let lines = lines(&f, NAME).await;
    let body = |n: usize| lines[n]["payload"]["bodies"][0].clone();
    assert_eq!(
        body(0),
        json!({"type": "txt", "msg": "upgrade to read this", "subType": "sub_combine", "combineLevel": 1,
            "title": "Chat of two", "summary": "alice: hi", "url": "https://h/org/one/chatfiles/1",
            "filename": "combined", "secret": "s", "file_length": 321})
    );
    assert_eq!(
        body(1),
        json!({"type": "video", "url": "https://h/v", "filename": "v.mp4", "secret": "s", "file_length": 4000,
            "length": 7, "thumb": "https://h/t", "thumb_secret": "ts", "size": {"width": 160, "height": 90}})
    );
    assert_eq!(body(2)["type"], "cmd");
    let keys: Vec<&String> = lines[1].as_object().unwrap().keys().collect();
    let documented = ["msg_id", "timestamp", "direction", "from", "to", "chat_type", "payload"];
    assert_eq!(keys, documented);
    let keys: Vec<&String> = lines[1]["payload"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["bodies", "ext", "from", "to"]);
}

#[tokio::test]
async fn many_messages_make_many_steps_and_other_apps_are_not_among_them() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    f.send(&f.user("alice"), text(to("bob"), "0")).await;
    let first = f.store.log().after(f.app.id, &single("alice", "bob").key(), 0, 1).await.unwrap();
    let mut last = None;
    for n in 1..=1200 {
        let app = if n % 3 == 0 { f.other_app.id } else { f.app.id };
        let entry = NewEntry { app, device: None, client_id: None, ..first[0].entry.clone() };
        last = Some(f.store.log().append(entry).await.unwrap());
    }
    last.unwrap().await.unwrap();
    until_over(&f);
    let lines = lines(&f, NAME).await;
    assert_eq!(lines.len(), 801);
    let ids: Vec<u64> =
        lines.iter().map(|line| line["msg_id"].as_str().unwrap().parse().unwrap()).collect();
    assert!(ids.is_sorted());
    let export = stored::find(&f.store, f.app.id, HOUR).await.unwrap().unwrap();
    assert_eq!(export.messages, 801);
}

#[tokio::test]
async fn what_a_killed_process_began_the_next_one_makes() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    f.send(&f.user("alice"), text(to("bob"), "hello")).await;
    until_over(&f);
    let now = HOUR + HOUR_MS + SETTLE_MS;
    // A process notes that it makes the file, writes half of it, and is gone.
    stored::ask(&f.store, (f.app.id, HOUR), now, now).await.unwrap();
    let half = FileId::from_trusted("5ca1ab1e-0000-4000-8000-000000000000");
    let dead = stored::take(&f.store, &half, now, now + 60_000).await.unwrap().unwrap();
    let mut writing = f.store.attachments().write(f.app.id, &half, Part::Export).await.unwrap();
    writing.add(Bytes::from("half")).await.unwrap();
    std::mem::forget(writing);
    assert_eq!(files(&f), 1);

    assert_eq!(exports::make_due(&f.m).await.unwrap(), 0, "it may still be at it");
    f.clock.advance(60_000);
    assert_eq!(texts(&lines(&f, NAME).await), ["hello"]);
    assert_eq!(files(&f), 1, "half a file is left");
    // Should it not have been dead after all, what it has made is nobody's.
    assert!(!stored::finish(&f.store, &dead, 1, now).await.unwrap());
    // What is made is not made again.
    f.clock.advance(60_000);
    assert_eq!(exports::make_due(&f.m).await.unwrap(), 0);
}

#[tokio::test]
async fn who_asks_finds_the_hours_that_follow_made() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    f.make_user_of(&f.other_app, "alice").await;
    f.send(&f.user("alice"), text(to("bob"), "one")).await;
    until_over(&f);
    lines(&f, NAME).await;
    f.send(&f.user("alice"), text(to("bob"), "two")).await;
    f.clock.advance(HOUR_MS);
    exports::make_due(&f.m).await.unwrap();
    let next = HOUR + HOUR_MS;
    let made = stored::find(&f.store, f.app.id, next).await.unwrap().unwrap();
    assert_eq!((made.made.is_some(), made.messages), (true, 1));
    assert_eq!(stored::find(&f.store, f.other_app.id, next).await.unwrap(), None);
    // Who has not asked for days is not served beforehand any more.
    f.clock.advance(73 * HOUR_MS);
    exports::make_due(&f.m).await.unwrap();
    let late = HOUR + 74 * HOUR_MS;
    assert_eq!(stored::find(&f.store, f.app.id, late).await.unwrap(), None);
}

#[tokio::test]
async fn files_go_when_they_cannot_be_had_any_more() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    f.send(&f.user("alice"), text(to("bob"), "hello")).await;
    until_over(&f);
    let old = link(&f, NAME).await.unwrap();
    assert_eq!(exports::sweep(&f.m).await.unwrap(), 0);
    f.clock.advance(72 * HOUR_MS - HOUR_MS - SETTLE_MS);
    let link_at_last = link(&f, NAME).await.unwrap();
    f.clock.advance(1);
    let (app, time) = named(NAME);
    assert_eq!(refused(&f, NAME).await, ExportRefusal::NotKept { app, time });
    // A link opens to its end, and not longer.
    exports::sweep(&f.m).await.unwrap();
    fetch(&f, &f.app, NAME, &link_at_last).await.unwrap();
    let expired = refusal(fetch(&f, &f.app, NAME, &old).await);
    assert_eq!(expired, Refusal::Export(ExportRefusal::LinkExpired));
    f.clock.advance(HOUR_MS);
    assert_eq!(exports::sweep(&f.m).await.unwrap(), 1);
    assert_eq!((files(&f), exports::sweep(&f.m).await.unwrap()), (0, 0));
    let gone = refusal(fetch(&f, &f.app, NAME, &link_at_last).await);
    assert_eq!(gone, Refusal::Export(ExportRefusal::LinkExpired));

    // The operator can give an app more, but no more than its messages are kept.
    f.limit(Feature::MessageExportDays, 7).await;
    f.limit(Feature::MsgStorageDays, 5).await;
    assert_eq!(texts(&lines(&f, NAME).await), ["hello"]);
    f.clock.advance(48 * HOUR_MS);
    let (app, time) = named(NAME);
    assert_eq!(refused(&f, NAME).await, ExportRefusal::NotKept { app, time });
    f.limit(Feature::MessageExportDays, 0).await;
    let (app, time) = named("2026112300");
    assert_eq!(refused(&f, "2026112300").await, ExportRefusal::NotKept { app, time });
}

#[tokio::test]
async fn a_link_is_for_one_hour_of_one_app() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    f.send(&f.user("alice"), text(to("bob"), "hello")).await;
    until_over(&f);
    let link = link(&f, NAME).await.unwrap();
    fetch(&f, &f.app, NAME, &link).await.unwrap();
    let invalid = async |app: &App, hour: &str, link: &Link| {
        let why = refusal(fetch(&f, app, hour, link).await);
        assert_eq!(why, Refusal::Export(ExportRefusal::LinkInvalid));
    };
    invalid(&f.other_app, NAME, &link).await;
    invalid(&f.app, NEXT, &link).await;
    invalid(&f.app, "nonsense", &link).await;
    invalid(&f.app, NAME, &Link { expires: link.expires + 1, ..link.clone() }).await;
    for signature in ["", "nonsense", "AAAA", &link.signature[..20], &f.app.uuid] {
        let forged = Link { signature: signature.to_owned(), ..link.clone() };
        invalid(&f.app, NAME, &forged).await;
    }
    let by_user = refusal(exports::link(&f.m, &f.user("alice"), NAME).await);
    assert_eq!(by_user, Refusal::NotPermitted);
}
