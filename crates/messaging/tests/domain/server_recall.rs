//! What the customer's server withdraws.

use hongyan_messaging::messages::{ServerRecall, recall_from_server};
use hongyan_model::{ChatType, Feature, MessageId, Refusal, limits};
use hongyan_msync::proto::content;
use hongyan_msync::proto::key_value::Value;
use hongyan_msync::proto::message_body::Type as BodyType;

use crate::fixture::{Fixture, group_id, refusal, single};
use crate::uplink::{about, decode, of_kind, text, to, to_group};

fn of(message: MessageId, chat: ChatType, to: &str) -> ServerRecall {
    ServerRecall {
        message: message.to_string(),
        chat,
        to: to.to_owned(),
        from: "admin".to_owned(),
        force: false,
        sync_device: true,
        note: None,
    }
}

fn elsewhere() -> Refusal {
    Refusal::Invalid { name: "to", why: "can't find msg to".to_owned() }
}

#[tokio::test]
async fn the_receiver_is_told_and_the_sender_where_it_is_its_recall() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let talk = single("alice", "bob");
    let mut alice = f.connect("alice", "webim_1").await;
    let mut bob = f.connect("bob", "webim_1").await;
    let tells = [("admin", true, false), ("alice", true, true), ("alice", false, false)];
    for (from, sync_device, tells_sender) in tells {
        let id = f.send(&f.on("alice", "ios_1"), text(to("bob"), "oops")).await.id;
        f.settle().await;
        assert_eq!(bob.receive(&talk).await, ["oops"]);
        assert_eq!(alice.receive(&talk).await, ["oops"]);
        alice.heard();
        bob.heard();
        let from = from.to_owned();
        let recall = ServerRecall { from, sync_device, ..of(id, ChatType::Single, "Bob") };
        recall_from_server(&f.m, &f.server(), recall).await.unwrap();
        f.settle().await;
        assert_eq!(bob.heard(), ["s:alice|bob"]);
        assert_eq!(bob.receive(&talk).await, ["RECALL"]);
        assert_eq!(alice.heard().is_empty(), !tells_sender);
        assert_eq!(alice.receive(&talk).await.len(), usize::from(tells_sender));
    }
    // Who has not received it never does.
    let mut late = f.connect("bob", "ios_1").await;
    assert!(!late.receive(&talk).await.contains(&"oops".to_owned()));
}

#[tokio::test]
async fn the_event_names_the_message_and_carries_the_note() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let mut bob = f.connect("bob", "webim_1").await;
    let id = f.send(&f.user("alice"), text(to("bob"), "oops")).await.id;
    let note = Some("by order".to_owned());
    let recall = ServerRecall { note, ..of(id, ChatType::Single, "bob") };
    recall_from_server(&f.m, &f.server(), recall.clone()).await.unwrap();
    f.settle().await;
    let batch = bob.pull(&single("alice", "bob"), None).await.unwrap();
    let (meta, body) = decode(&batch.entries[0].entry.meta);
    assert_eq!((body.r#type(), body.ack_message_id), (BodyType::Recall, Some(id.0)));
    assert_eq!(body.from.unwrap().name(), "admin");
    assert_eq!(body.to.unwrap().name(), "bob");
    let [note] = &meta.ext[..] else { panic!("not one field: {:?}", meta.ext) };
    assert_eq!(note.key(), "recallMessageExtensionInfo");
    assert_eq!(note.value, Some(Value::StringValue("by order".to_owned())));

    // Again it is done, and told to nobody.
    bob.heard();
    recall_from_server(&f.m, &f.server(), recall).await.unwrap();
    f.settle().await;
    assert_eq!(bob.heard(), [""; 0]);
}

#[tokio::test]
async fn a_groups_message_is_withdrawn_for_every_member() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let mut sessions = [f.connect("alice", "ios_1").await, f.connect("bob", "webim_1").await];
    let id = f.send(&f.user("alice"), text(to_group(group_id(&group)), "oops")).await.id;
    let recall = of(id, ChatType::Group, "club");
    recall_from_server(&f.m, &f.server(), recall).await.unwrap();
    f.settle().await;
    for session in &mut sessions {
        assert_eq!(session.receive(&group).await, ["RECALL"]);
    }
}

#[tokio::test]
async fn the_window_is_that_of_the_customers_server_and_force_knows_none() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    assert_eq!(f.app.settings.rest_recall_window_ms, limits::RECALL_WINDOW_MS);
    f.set(|settings| settings.rest_recall_window_ms = 604_800_000).await;
    f.limit(Feature::MsgStorageDays, 3).await;
    let id = f.send(&f.user("alice"), text(to("bob"), "old")).await.id;
    f.clock.advance(604_800_000);
    let client = f.submit(&f.user("alice"), about(to("bob"), BodyType::Recall, id)).await;
    assert_eq!(refusal(client), Refusal::RecallTooLate, "clients have a window of their own");
    f.clock.advance(1);
    let recall = of(id, ChatType::Single, "bob");
    let late = recall_from_server(&f.m, &f.server(), recall.clone()).await;
    assert_eq!(refusal(late), Refusal::RecallTooLate);
    f.set(|settings| settings.rest_recall_window_ms = 604_800_001).await;
    let in_time = ServerRecall { force: false, ..recall.clone() };
    recall_from_server(&f.m, &f.server(), in_time).await.unwrap();

    let id = f.send(&f.user("alice"), text(to("bob"), "older")).await.id;
    f.clock.advance(400 * 24 * 3_600_000);
    let forced = ServerRecall { force: true, ..of(id, ChatType::Single, "bob") };
    recall_from_server(&f.m, &f.server(), forced).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_withdrawn_is_refused() {
    let mut f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.group("club", "alice", &["bob"]).await;
    let alice = f.user("alice");
    let id = f.send(&alice, text(to("bob"), "hi")).await.id;
    let command = f.send(&alice, of_kind(to("bob"), content::Type::Command, "run")).await.id;
    let receipt = f.send(&alice, about(to("bob"), BodyType::ReadAck, id)).await.id;
    let refused = async |recall| refusal(recall_from_server(&f.m, &f.server(), recall).await);

    for none in [MessageId(7), MessageId(u64::MAX), command, receipt] {
        assert_eq!(refused(of(none, ChatType::Single, "bob")).await, Refusal::MessageNotFound);
    }
    let no_number = ServerRecall { message: "x1".to_owned(), ..of(id, ChatType::Single, "bob") };
    assert_eq!(refused(no_number).await, Refusal::MessageNotFound);
    for (chat, to) in [
        (ChatType::Single, "carol"),
        (ChatType::Single, "alice"),
        (ChatType::Single, "a b"),
        (ChatType::Group, "bob"),
        (ChatType::Group, "club"),
        (ChatType::Room, "club"),
    ] {
        assert_eq!(refused(of(id, chat, to)).await, elsewhere(), "{chat:?} {to}");
    }
    let by_user = recall_from_server(&f.m, &alice, of(id, ChatType::Single, "bob")).await;
    assert_eq!(refusal(by_user), Refusal::NotPermitted);

    f.switch(Feature::MessageRecall, false).await;
    let off = recall_from_server(&f.m, &f.server(), of(id, ChatType::Single, "bob")).await;
    let feature = Feature::MessageRecall;
    assert_eq!(refusal(off), Refusal::FeatureDisabled { feature });
}
