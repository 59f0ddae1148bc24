//! Keywords for what clients send, and exports that do not go smoothly.

use futures_util::TryStreamExt as _;
use hongyan_messaging::messages;
use hongyan_messaging::moderation::{
    Export, ExportState, ListChange, Record, RecordFilter, add_listed_words, create_list,
    list_exports, make_exports, open_export, records, remove_listed_words, start_export,
};
use hongyan_model::{
    ChatType, Clock as _, Feature, Grant, IdGenerator, ListScope, Measure, ModeratedKind,
    ModerationAct, ModerationRefusal, Outcome, Refusal, UserId,
};
use hongyan_platform::moderation as rules;
use hongyan_store::{moderation as stored_records, moderation_exports as stored};

use crate::fixture::{Fixture, NOW, refusal, single, strings};
use crate::uplink::{text, to};

/// With texts examined, and two users.
async fn moderated() -> Fixture {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    let grant = |app: &mut hongyan_model::App| {
        app.features.grants.insert(Feature::ContentModeration, Grant::Included);
        Ok(())
    };
    hongyan_platform::apps::update(&f.platform, f.app.id, grant).await.unwrap();
    let kinds = [ModeratedKind::Text];
    f.app = rules::set(&f.platform, f.app.id, &kinds, false).await.unwrap();
    f
}

async fn refresh(f: &mut Fixture) {
    f.app = hongyan_platform::apps::find_by_id(&f.platform, f.app.id).await.unwrap().unwrap();
}

#[tokio::test]
async fn words_of_the_customers_server_count_for_the_next_message_of_a_client() {
    let mut f = moderated().await;
    let new = |name: &str, measure| ListChange {
        name: name.to_owned(),
        measure,
        scope: ListScope::All,
        whole_text: false,
        enabled: None,
    };
    let server = f.server();
    let (blocking, _) =
        create_list(&f.m, &server, new("no", Measure::Block), &strings(&["casino"]), None)
            .await
            .unwrap();
    let (masking, _) =
        create_list(&f.m, &server, new("stars", Measure::Replace), &[], None).await.unwrap();
    refresh(&mut f).await;
    let alice = f.user("alice");
    let sent = f.submit(&alice, text(to("bob"), "a Casino")).await;
    assert_eq!(refusal(sent), Refusal::Moderated);
    f.send(&alice, text(to("bob"), "poker")).await;
    let words = strings(&["poker"]);
    let server = f.server();
    add_listed_words(&f.m, &server, masking.list.id, &words, Some("carol")).await.unwrap();
    let (_, added) =
        add_listed_words(&f.m, &server, blocking.list.id, &strings(&["dice"]), None).await.unwrap();
    refresh(&mut f).await;
    let alice = f.user("alice");
    f.send(&alice, text(to("bob"), "more poker")).await;
    assert_eq!(refusal(f.submit(&alice, text(to("bob"), "dice")).await), Refusal::Moderated);
    let ids = [added[0].id.to_string()];
    assert_eq!(remove_listed_words(&f.m, &f.server(), blocking.list.id, &ids).await.unwrap(), 1);
    refresh(&mut f).await;
    f.send(&f.user("alice"), text(to("bob"), "dice")).await;
    let mut bob = f.connect("bob", "webim_1").await;
    assert_eq!(bob.receive(&single("alice", "bob")).await, ["poker", "more ***", "dice"]);
}

#[tokio::test]
async fn who_closes_the_connection_after_sending_escapes_nothing() {
    let mut f = moderated().await;
    let masking = ListChange {
        name: "stars".to_owned(),
        measure: Measure::Replace,
        scope: ListScope::All,
        whole_text: false,
        enabled: None,
    };
    create_list(&f.m, &f.server(), masking, &strings(&["poker"]), None).await.unwrap();
    refresh(&mut f).await;
    let alice = f.user("alice");
    drop(messages::submit(&f.m, &alice, text(to("bob"), "poker")).await.unwrap());
    let noted = async {
        loop {
            let all = RecordFilter::default();
            let page = records(&f.m, &f.server(), &all, None, 9).await.unwrap();
            if let Some(record) = page.items.into_iter().next() {
                return record;
            }
        }
    };
    let noted = tokio::time::timeout(std::time::Duration::from_secs(10), noted).await.unwrap();
    assert_eq!((noted.sender.as_str(), noted.act), ("alice", ModerationAct::Replace));
    assert!(noted.message.is_some(), "it was stored");
}

fn record(id: u64, content: String) -> Record {
    Record {
        id,
        time: NOW,
        sender: UserId::from_trusted("alice"),
        target: "bob".to_owned(),
        chat: ChatType::Single,
        kind: ModeratedKind::Text,
        content,
        rule: "rule".to_owned(),
        outcome: Outcome::Reject,
        act: ModerationAct::Block,
        risk: String::new(),
        detail: String::new(),
        message: None,
        is_trial: false,
        review: id,
    }
}

/// An export that nobody has told the task of.
async fn noted(f: &Fixture, uuid: &str) -> Export {
    let export = Export {
        app: f.app.id,
        id: IdGenerator::new(0).next(f.clock.now()).0,
        uuid: uuid.to_owned(),
        filter: RecordFilter::default(),
        state: ExportState::Waiting,
        records: 0,
        cut: false,
        bytes: 0,
        created: f.clock.now(),
        updated: f.clock.now(),
        expires: f.clock.now() + 1_000_000_000,
    };
    assert!(stored::insert(&f.store, &export, None).await.unwrap());
    export
}

async fn state(f: &Fixture, uuid: &str) -> ExportState {
    let page = list_exports(&f.m, &f.server(), Some(uuid), (0, 1)).await.unwrap();
    page.items[0].state
}

const UUID: &str = "287c0730-9e97-41ec-ba62-139a925bb42e";

#[tokio::test]
async fn a_long_export_is_written_piece_by_piece() {
    let f = moderated().await;
    let content = "坏".repeat(5000);
    let many: Vec<_> = (1..=450).map(|id| (f.app.id, record(id, content.clone()))).collect();
    stored_records::note(&f.store, &many).await.unwrap();
    let uuid = start_export(&f.m, &f.server(), RecordFilter::default()).await.unwrap();
    make_exports(&f.m).await.unwrap();
    let file = open_export(&f.m, &f.server(), &uuid).await.unwrap();
    let (size, export) = (file.size(), file.export.clone());
    assert!(size > 6_000_000, "{size}");
    assert_eq!((export.records, export.bytes), (450, size));
    let pieces: Vec<_> = file.pieces().try_collect().await.unwrap();
    let whole = pieces.concat();
    assert_eq!(whole.len() as u64, size);
    let lines: Vec<serde_json::Value> = std::str::from_utf8(&whole)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ids: Vec<_> = lines.iter().map(|line| line["messageId"].as_str().unwrap()).collect();
    let expected: Vec<_> = (1..=450).rev().map(|id: u64| id.to_string()).collect();
    assert_eq!(ids, expected);
    assert!(lines.iter().all(|line| line["msg"] == content));
}

#[tokio::test]
async fn an_export_whose_maker_is_gone_is_made_by_another_one() {
    let f = moderated().await;
    stored_records::note(&f.store, &[(f.app.id, record(1, "x".to_owned()))]).await.unwrap();
    noted(&f, UUID).await;
    // Somebody takes it and is never heard of again.
    let taken = stored::take(&f.store, NOW, NOW + 120_000, 9).await.unwrap();
    assert_eq!(taken.len(), 1);
    make_exports(&f.m).await.unwrap();
    assert_eq!(state(&f, UUID).await, ExportState::Waiting);
    let early = open_export(&f.m, &f.server(), UUID).await;
    assert_eq!(refusal(early), Refusal::Moderation(ModerationRefusal::ExportNotReady));
    f.clock.advance(120_000);
    make_exports(&f.m).await.unwrap();
    assert_eq!(open_export(&f.m, &f.server(), UUID).await.unwrap().export.records, 1);
}

#[tokio::test]
async fn an_export_fails_after_some_tries_and_is_aborted_without_moderation() {
    let mut f = moderated().await;
    f.switch(Feature::ContentModeration, false).await;
    noted(&f, UUID).await;
    make_exports(&f.m).await.unwrap();
    f.switch(Feature::ContentModeration, true).await;
    assert_eq!(state(&f, UUID).await, ExportState::Aborted);

    // Nothing can be written where there is no folder.
    let folder = f.folder.path().join("attachments");
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "").unwrap();
    f.clock.advance(1);
    let failing = "387c0730-9e97-41ec-ba62-139a925bb42e";
    noted(&f, failing).await;
    for _ in 0..4 {
        make_exports(&f.m).await.unwrap();
        assert_eq!(state(&f, failing).await, ExportState::Waiting);
        f.clock.advance(60_000);
    }
    make_exports(&f.m).await.unwrap();
    assert_eq!(state(&f, failing).await, ExportState::Failed);
    let none = open_export(&f.m, &f.server(), failing).await;
    assert_eq!(refusal(none), Refusal::Moderation(ModerationRefusal::ExportNotReady));
}
