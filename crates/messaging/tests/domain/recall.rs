//! Who may withdraw what, and until when.

use hongyan_model::{AppSettings, MessageId, Refusal, limits};
use hongyan_msync::proto::message_body::Type as BodyType;

use crate::fixture::{Fixture, group_id, refusal, single};
use crate::uplink::{about, text, to, to_group};

#[tokio::test]
async fn a_message_may_be_recalled_until_the_window_closes() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let alice = f.user("alice");
    let recall = |id: MessageId| about(to("bob"), BodyType::Recall, id);
    let (first, second) = (
        f.send(&alice, text(to("bob"), "first")).await.id,
        f.send(&alice, text(to("bob"), "second")).await.id,
    );
    f.clock.advance(limits::RECALL_WINDOW_MS);
    assert_eq!(limits::RECALL_WINDOW_MS, 120_000);
    f.send(&alice, recall(first)).await;
    f.clock.advance(1);
    assert_eq!(refusal(f.submit(&alice, recall(second)).await), Refusal::RecallTooLate);
    let mut bob = f.connect("bob", "webim_1").await;
    assert_eq!(bob.receive(&single("alice", "bob")).await, ["second", "RECALL"]);
}

#[tokio::test]
async fn the_window_is_the_apps() {
    let f = Fixture::with(AppSettings { recall_window_ms: 10, ..AppSettings::default() }).await;
    f.make_user("alice").await;
    let alice = f.user("alice");
    let id = f.send(&alice, text(to("alice"), "x")).await.id;
    f.clock.advance(11);
    let late = f.submit(&alice, about(to("alice"), BodyType::Recall, id)).await;
    assert_eq!(refusal(late), Refusal::RecallTooLate);
}

#[tokio::test]
async fn everybody_who_has_the_message_is_told() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let web = f.connect("alice", "webim_1").await;
    let mut phone = f.connect("alice", "ios_1").await;
    let mut bob = f.connect("bob", "webim_1").await;
    let talk = single("alice", "bob");
    let id = f.send(&web.caller, text(to("bob"), "oops")).await.id;
    assert_eq!(phone.receive(&talk).await, ["oops"]);
    assert_eq!(bob.receive(&talk).await, ["oops"]);
    for session in [&web, &phone, &bob] {
        session.heard();
    }

    // From whichever of the sender's devices.
    f.send(&phone.caller, about(to("bob"), BodyType::Recall, id)).await;
    assert_eq!(phone.heard(), [""; 0]);
    let mut web = web;
    for session in [&mut web, &mut bob] {
        assert_eq!(session.heard(), ["s:alice|bob"]);
        assert_eq!(session.receive(&talk).await, ["RECALL"]);
    }
    // A device that did not have it never gets to see it.
    let mut late = f.connect("bob", "ios_1").await;
    assert!(!late.receive(&talk).await.contains(&"oops".to_owned()));
}

#[tokio::test]
async fn a_repeated_recall_is_answered_and_announced_to_nobody() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let alice = f.user("alice");
    let mut bob = f.connect("bob", "webim_1").await;
    let talk = single("alice", "bob");
    let id = f.send(&alice, text(to("bob"), "oops")).await.id;
    let recall = || about(to("bob"), BodyType::Recall, id);
    f.send(&alice, recall()).await;
    assert_eq!(bob.receive(&talk).await, ["RECALL"]);
    bob.heard();

    f.clock.advance(limits::RECALL_WINDOW_MS + 1);
    f.send(&alice, recall()).await;
    assert_eq!(bob.heard(), [""; 0]);
    assert_eq!(bob.receive(&talk).await, [""; 0]);
    assert_eq!(bob.unread().await, [""; 0]);
    // The very same frame is the first one.
    let first = f.send(&alice, text(to("bob"), "again")).await.id;
    let frame = about(to("bob"), BodyType::Recall, first);
    let recalled = f.send(&alice, frame.clone()).await;
    assert_eq!(f.send(&alice, frame).await, recalled);
}

#[tokio::test]
async fn only_ones_own_messages_of_this_conversation_can_be_recalled() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let club = || to_group(group_id(&group));
    let (alice, bob, carol) = (f.user("alice"), f.user("bob"), f.user("carol"));
    let id = f.send(&alice, text(to("bob"), "hi")).await.id;
    let in_group = f.send(&alice, text(club(), "hi all")).await.id;
    let ack = f.send(&bob, about(to("alice"), BodyType::ReadAck, id)).await.id;
    let refused = async |caller, receiver, id: Option<MessageId>| {
        refusal(f.submit(caller, about(receiver, BodyType::Recall, id)).await)
    };

    assert_eq!(refused(&bob, to("alice"), Some(id)).await, Refusal::NotSender);
    assert_eq!(refused(&bob, club(), Some(in_group)).await, Refusal::NotSender);
    let not_here = [
        refused(&carol, to("bob"), Some(id)).await,
        refused(&alice, to("carol"), Some(id)).await,
        refused(&alice, club(), Some(id)).await,
        refused(&alice, to("bob"), Some(in_group)).await,
        refused(&alice, to("bob"), Some(MessageId(7))).await,
        refused(&alice, to("bob"), Some(MessageId(u64::MAX))).await,
        // A receipt is no message.
        refused(&bob, to("alice"), Some(ack)).await,
    ];
    for refusal in not_here {
        assert_eq!(refusal, Refusal::MessageNotFound);
    }
    let nothing = refused(&alice, to("bob"), None).await;
    assert_eq!(nothing, Refusal::Missing { name: "ackMessageId" });
    assert_eq!(refused(&carol, club(), Some(in_group)).await, Refusal::NotInGroup);

    let mut bob = f.connect("bob", "ios_1").await;
    assert_eq!(bob.receive(&group).await, ["hi all"]);
    f.send(&alice, about(club(), BodyType::Recall, in_group)).await;
    assert_eq!(bob.receive(&group).await, ["RECALL"]);
}
