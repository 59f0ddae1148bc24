//! Block lists: what the blocked may not do, and what they do not notice.

use hongyan_messaging::messages::content::Content;
use hongyan_messaging::messages::{OutgoingMessage, TargetKind, send_from_server};
use hongyan_messaging::{blocks, contacts};
use hongyan_model::{Caller, Refusal};
use hongyan_msync::proto::message_body::Type as BodyType;

use crate::contacts::told;
use crate::fixture::{Fixture, refusal, single, strings};
use crate::uplink::{about, text, to};

async fn block(f: &Fixture, owner: &str, blocked: &str) {
    blocks::add(&f.m, &f.user(owner), owner, &strings(&[blocked])).await.unwrap();
}

async fn unblock(f: &Fixture, owner: &str, blocked: &str) {
    blocks::remove(&f.m, &f.user(owner), owner, &strings(&[blocked])).await.unwrap();
}

#[tokio::test]
async fn the_blocked_cannot_write_until_they_are_unblocked() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let (alice, bob) = (f.user("alice"), f.user("bob"));
    // The empty list is in memory now.
    f.send(&bob, text(to("alice"), "1")).await;
    block(&f, "alice", "Bob").await;
    assert_eq!(refusal(f.submit(&bob, text(to("alice"), "2")).await), Refusal::Blocked);
    // Only one direction is closed.
    f.send(&alice, text(to("bob"), "3")).await;
    unblock(&f, "alice", "bob").await;
    f.send(&bob, text(to("alice"), "4")).await;
}

#[tokio::test]
async fn the_app_writes_past_block_lists() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    block(&f, "alice", "bob").await;
    let message = OutgoingMessage {
        from: "bob".to_owned(),
        to: strings(&["alice"]),
        kind: TargetKind::Users,
        content: Content::Text { text: "hi".to_owned() },
        ext: None,
        online_only: false,
        sync_device: false,
        need_group_ack: false,
        unroamed: Vec::new(),
        size: 2,
    };
    assert_eq!(send_from_server(&f.m, &f.server(), message).await.unwrap().len(), 1);
}

#[tokio::test]
async fn receipts_of_the_blocked_are_accepted_and_kept_from_the_owner() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let conversation = single("alice", "bob");
    let mut alice = f.connect("alice", "webim_1").await;
    let mut bob = f.connect("bob", "webim_1").await;
    let mut other_bob = f.connect("bob", "ios_1").await;
    let sent = f.send(&alice.caller, text(to("bob"), "hi")).await;
    let early = f.send(&bob.caller, text(to("alice"), "before")).await;
    for session in [&mut alice, &mut bob, &mut other_bob] {
        session.receive(&conversation).await;
        session.heard();
    }
    block(&f, "alice", "bob").await;
    for kind in [BodyType::DeliverAck, BodyType::ReadAck, BodyType::ChannelAck] {
        f.send(&bob.caller, about(to("alice"), kind, sent.id)).await;
    }
    assert_eq!(alice.heard(), [""; 0]);
    assert_eq!(alice.receive(&conversation).await, [""; 0]);
    let own = [BodyType::ReadAck.as_str_name(), BodyType::ChannelAck.as_str_name()];
    assert_eq!(other_bob.receive(&conversation).await, own);

    // What was written before may be withdrawn.
    f.send(&bob.caller, about(to("alice"), BodyType::Recall, early.id)).await;
    assert_eq!(alice.receive(&conversation).await, [BodyType::Recall.as_str_name()]);
}

#[tokio::test]
async fn the_blocked_cannot_invite_and_contacts_stay_contacts() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let invite = async |from: &str, to: &str| {
        contacts::invite(&f.m, &f.user(from), from, &strings(&[to]), None).await
    };
    contacts::add(&f.m, &f.server(), "alice", "bob").await.unwrap();
    block(&f, "alice", "bob").await;
    block(&f, "alice", "carol").await;
    assert_eq!(refusal(invite("carol", "alice").await), Refusal::Blocked);
    assert_eq!(contacts::all(&f.m, &f.user("alice"), "alice").await.unwrap().len(), 1);

    // Nor do they reach her by answering an invitation of hers.
    invite("alice", "carol").await.unwrap();
    let accepted = contacts::accept(&f.m, &f.user("carol"), "carol", "alice").await;
    assert_eq!(refusal(accepted), Refusal::Blocked);
    let before = told(&f, "alice").await.len();
    contacts::decline(&f.m, &f.user("carol"), "carol", "alice").await.unwrap();
    contacts::remove(&f.m, &f.user("bob"), "bob", "alice").await.unwrap();
    assert_eq!(told(&f, "alice").await.len(), before);
}

#[tokio::test]
async fn a_list_has_an_owner_pages_and_a_limit() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let (m, alice) = (&f.m, f.user("alice"));
    let added = blocks::add(m, &alice, "alice", &strings(&["bob", "BOB"])).await.unwrap();
    assert_eq!(added.len(), 1);
    f.clock.advance(1);
    block(&f, "alice", "carol").await;
    let all = blocks::page(m, &f.server(), "alice", None, None).await.unwrap();
    assert_eq!(all.items.iter().map(ToString::to_string).collect::<Vec<_>>(), ["carol", "bob"]);
    let first = blocks::page(m, &alice, "alice", Some(1), None).await.unwrap();
    let rest = blocks::page(m, &alice, "alice", Some(1), first.cursor.as_deref()).await.unwrap();
    assert_eq!((rest.items[0].as_str(), rest.cursor), ("bob", None));
    let asked = strings(&["Bob", "alice", "no body"]);
    let rows = blocks::relations(m, &f.server(), "alice", &asked).await.unwrap();
    assert_eq!(rows.iter().map(|(_, blocked)| *blocked).collect::<Vec<_>>(), [true, false, false]);

    let bob = f.user("bob");
    let one = strings(&["carol"]);
    let refused = [
        refusal(blocks::add(m, &bob, "alice", &one).await),
        refusal(blocks::remove(m, &bob, "alice", &one).await),
        refusal(blocks::remove_one(m, &bob, "alice", "carol").await),
        refusal(blocks::page(m, &bob, "alice", None, None).await),
        refusal(blocks::relations(m, &bob, "bob", &one).await),
    ];
    assert!(refused.iter().all(|refusal| *refusal == Refusal::NotPermitted));
    let nobody = Refusal::UserNotFound { user: "nobody".to_owned() };
    let unknown = blocks::add(m, &alice, "alice", &strings(&["nobody"])).await;
    assert_eq!(refusal(unknown), nobody);
    assert_eq!(refusal(blocks::remove_one(m, &alice, "alice", "nobody").await), nobody);
    let own = blocks::add(m, &alice, "alice", &strings(&["alice"])).await;
    assert!(matches!(refusal(own), Refusal::Invalid { .. }));
    let foreign = Caller { app: f.other_app.clone(), ..f.server() };
    let other = blocks::page(m, &foreign, "alice", None, None).await;
    assert_eq!(refusal(other), Refusal::UserNotFound { user: "alice".to_owned() });
}
