//! "Delivered" and "read": who hears of it.

use hongyan_model::{MessageId, Refusal};
use hongyan_msync::proto::key_value::Value;
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::{KeyValue, MessageBody};

use crate::fixture::{Fixture, Session, group_id, refusal, single};
use crate::uplink::{about, decode, text, to, to_group, uplink};

/// Two devices of alice and two of bob, who has a message of hers.
async fn with_message(f: &Fixture) -> ([Session; 4], MessageId) {
    let mut sessions = [
        f.connect("alice", "webim_1").await,
        f.connect("alice", "ios_1").await,
        f.connect("bob", "webim_1").await,
        f.connect("bob", "ios_1").await,
    ];
    let id = f.send(&sessions[0].caller, text(to("bob"), "hi")).await.id;
    for session in &mut sessions {
        session.receive(&single("alice", "bob")).await;
        session.heard();
    }
    (sessions, id)
}

/// Who of the sessions is told, and gets, what bob's first device then sends to alice.
async fn told_of(kind: BodyType) -> [bool; 4] {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let (mut sessions, id) = with_message(&f).await;
    f.send(&sessions[2].caller, about(to("alice"), kind, id)).await;
    let mut told = [false; 4];
    for (session, told) in sessions.iter_mut().zip(&mut told) {
        let heard = session.heard();
        let received = session.receive(&single("alice", "bob")).await;
        assert_eq!(heard.is_empty(), received.is_empty(), "announced and delivered differ");
        assert!(received.is_empty() || received == [kind.as_str_name()]);
        assert_eq!(session.unread().await, [""; 0]);
        *told = !received.is_empty();
    }
    told
}

#[tokio::test]
async fn a_delivery_receipt_is_for_the_author() {
    assert_eq!(told_of(BodyType::DeliverAck).await, [true, true, false, false]);
}

#[tokio::test]
async fn a_read_receipt_is_for_the_author_and_the_readers_other_devices() {
    assert_eq!(told_of(BodyType::ReadAck).await, [true, true, false, true]);
    assert_eq!(told_of(BodyType::ChannelAck).await, [true, true, false, true]);
}

#[tokio::test]
async fn a_group_read_receipt_is_for_the_author_with_the_number_of_readers() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let group = f.group("club", "alice", &["bob", "carol"]).await;
    let club = || to_group(group_id(&group));
    let mut alice = f.connect("alice", "webim_1").await;
    let mut phone = f.connect("alice", "ios_1").await;
    let mut others = [f.connect("bob", "ios_1").await, f.connect("carol", "webim_1").await];
    let id = f.send(&alice.caller, text(club(), "who reads?")).await.id;
    for session in [&mut phone].into_iter().chain(&mut others) {
        session.receive(&group).await;
        session.heard();
    }

    for reader in ["bob", "carol", "bob"] {
        // What the reader claims does not count.
        let lie = KeyValue { key: Some("group_ack".to_owned()), ..KeyValue::default() };
        let read = MessageBody {
            r#type: Some(BodyType::ReadAck as i32),
            ack_message_id: Some(id.0),
            ext: vec![lie],
            ..MessageBody::default()
        };
        f.send(&f.user(reader), uplink(club(), &read)).await;
    }
    for session in [&mut alice, &mut phone] {
        assert_eq!(session.heard(), ["g:club"]);
        let batch = session.pull(&group, None).await.unwrap();
        assert_eq!(batch.entries.len(), 3);
        for entry in &batch.entries {
            let (_, body) = decode(&entry.entry.meta);
            assert_eq!(body.r#type(), BodyType::ReadAck);
            assert_eq!(body.ack_message_id, Some(id.0));
            let [count] = &body.ext[..] else { panic!("not one field: {:?}", body.ext) };
            assert_eq!(count.key(), "group_ack");
            let expected = format!("{{\"{id}\":2}}");
            assert_eq!(count.value, Some(Value::StringValue(expected)));
        }
    }
    for session in &mut others {
        assert_eq!(session.heard(), [""; 0]);
        assert_eq!(session.receive(&group).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_group_marked_as_read_concerns_only_the_readers_other_devices() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let mut alice = f.connect("alice", "webim_1").await;
    let mut web = f.connect("bob", "webim_1").await;
    let mut phone = f.connect("bob", "ios_1").await;
    f.send(&web.caller, about(to_group(group_id(&group)), BodyType::ChannelAck, None::<MessageId>))
        .await;
    assert_eq!((alice.heard(), web.heard()), (vec![], vec![]));
    assert_eq!(phone.heard(), ["g:club"]);
    assert_eq!(phone.receive(&group).await, ["CHANNEL_ACK"]);
    assert_eq!(alice.receive(&group).await, [""; 0]);
    assert_eq!(web.receive(&group).await, [""; 0]);
}

#[tokio::test]
async fn receipts_that_fit_nothing_are_refused() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let club = || to_group(group_id(&group));
    let bob = f.user("bob");
    let in_talk = f.send(&bob, text(to("alice"), "hi")).await.id;
    let refused = async |uplink| refusal(f.submit(&bob, uplink).await);

    let delivered = refused(about(club(), BodyType::DeliverAck, in_talk)).await;
    assert!(matches!(delivered, Refusal::Invalid { name: "type", .. }));
    let read = |id: Option<MessageId>| about(club(), BodyType::ReadAck, id);
    assert_eq!(refused(read(None)).await, Refusal::Missing { name: "ackMessageId" });
    assert_eq!(refused(read(Some(in_talk))).await, Refusal::MessageNotFound);
    assert_eq!(refused(read(Some(MessageId(7)))).await, Refusal::MessageNotFound);
    let ghost = refused(about(to("ghost"), BodyType::ReadAck, in_talk)).await;
    assert_eq!(ghost, Refusal::UserNotFound { user: "ghost".to_owned() });
}
