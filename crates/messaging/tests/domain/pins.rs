//! Pinned messages: who pins, who is told, who sees them.

use hongyan_messaging::messages::{ServerRecall, recall_from_server};
use hongyan_messaging::pins::{self, PinPlace};
use hongyan_messaging::rooms::{self, Joining};
use hongyan_messaging::{blocks, groups};
use hongyan_model::{Caller, ChatType, Conversation, Feature, MessageId, Refusal, Result};
use hongyan_msync::Message;
use hongyan_msync::proto::Meta;
use hongyan_msync::proto::content::Type;
use hongyan_msync::proto::message_body::Type as BodyType;
use serde_json::{Value, json};

use crate::fixture::{Fixture, Session, group_id, refusal, single, strings};
use crate::rooms::new_room;
use crate::uplink::{about, directed, of_kind, room_text, text, to, to_group};

fn place(chat: ChatType, to: &str) -> PinPlace {
    PinPlace { chat, to: to.to_owned() }
}

async fn pin(f: &Fixture, caller: &Caller, place: &PinPlace, message: MessageId) -> Result<()> {
    let user = caller.user().unwrap().to_string();
    pins::pin(&f.m, caller, &user, place, &message.to_string()).await?;
    f.settle().await;
    Ok(())
}

async fn unpin(f: &Fixture, caller: &Caller, place: &PinPlace, message: MessageId) -> Result<()> {
    let user = caller.user().unwrap().to_string();
    pins::unpin(&f.m, caller, &user, place, &message.to_string()).await?;
    f.settle().await;
    Ok(())
}

/// Pinned messages as `user` sees them, with who pinned them.
async fn pinned(f: &Fixture, user: &str, place: &PinPlace) -> Vec<(MessageId, String)> {
    let page = pins::page(&f.m, &f.user(user), user, place, None, 50).await.unwrap();
    page.items.into_iter().map(|pin| (pin.message.id, pin.operator.to_string())).collect()
}

async fn notified(session: &mut Session, conversation: &Conversation) -> Vec<Value> {
    let (mut found, mut key) = (Vec::new(), None);
    while let Some(batch) = session.pull(conversation, key).await {
        for entry in &batch.entries {
            let meta = Meta::decode(entry.entry.meta.clone()).unwrap();
            if meta.ns == Some(5) {
                let value: Value = serde_json::from_slice(&meta.payload.unwrap()).unwrap();
                assert_eq!(value["type"], "conv");
                found.push(value["data"].clone());
            }
        }
        key = Some(batch.next_key);
    }
    found
}

#[tokio::test]
async fn every_member_pins_and_all_are_told() {
    let f = Fixture::with_users(&["alice", "bob", "carol", "mallory"]).await;
    let group = f.group("7", "alice", &["bob", "carol"]).await;
    let here = place(ChatType::Group, "7");
    let mut carol = f.connect("carol", "webim_carol").await;
    let mut web = f.connect("bob", "webim_bob").await;
    let mut phone = f.connect("bob", "ios_1").await;
    let bob = web.caller.clone();
    let first = f.send(&f.user("alice"), text(to_group(group_id(&group)), "first")).await.id;
    let second = f.send(&bob, text(to_group(group_id(&group)), "second")).await.id;
    f.clock.advance(10);
    pin(&f, &bob, &here, first).await.unwrap();
    let event = json!({
        "op": "pin", "id": "7", "type": "groupchat", "from": "bob", "res": "webim_bob",
        "ext": first.to_string(), "ts": hongyan_model::Clock::now(&f.clock),
    });
    for session in [&mut carol, &mut phone] {
        assert_eq!(notified(session, &group).await, std::slice::from_ref(&event));
    }
    assert_eq!(notified(&mut web, &group).await, [] as [Value; 0]);
    f.clock.advance(10);
    pin(&f, &bob, &here, second).await.unwrap();
    f.clock.advance(10);
    // Whoever pins it again has pinned it.
    pin(&f, &f.user("carol"), &here, first).await.unwrap();
    let rows = [(first, "carol".to_owned()), (second, "bob".to_owned())];
    assert_eq!(pinned(&f, "alice", &here).await, rows);
    unpin(&f, &f.user("alice"), &here, first).await.unwrap();
    assert_eq!(refusal(unpin(&f, &bob, &here, first).await), Refusal::MessageNotFound);
    let ops: Vec<Value> =
        notified(&mut carol, &group).await.iter().map(|event| event["op"].clone()).collect();
    assert_eq!(ops, ["pin", "pin_delete"], "and nothing of her own");

    let mallory = f.user("mallory");
    assert_eq!(refusal(pin(&f, &mallory, &here, first).await), Refusal::NotInGroup);
    let list = pins::page(&f.m, &mallory, "mallory", &here, None, 10).await;
    assert_eq!(refusal(list), Refusal::NotInGroup);
    let unknown = place(ChatType::Group, "8");
    let none = Refusal::GroupNotFound { group: "8".into() };
    assert_eq!(refusal(pin(&f, &bob, &unknown, first).await), none);
    let in_her_name = pins::pin(&f.m, &mallory, "bob", &here, &first.to_string()).await;
    assert_eq!(refusal(in_her_name), Refusal::NotPermitted);
    let other = Caller { app: f.other_app.clone(), ..bob.clone() };
    f.make_user_of(&f.other_app, "bob").await;
    let theirs = Refusal::GroupNotFound { group: "7".into() };
    assert_eq!(refusal(pin(&f, &other, &here, first).await), theirs);

    groups::destroy(&f.m, &f.user("alice"), "7").await.unwrap();
    let left = hongyan_store::pins::page(&f.store, f.app.id, &group.key(), None, 9).await.unwrap();
    assert_eq!(left, []);
}

#[tokio::test]
async fn one_to_one_both_sides_share_them() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let (alice, bob) = (f.user("alice"), f.user("bob"));
    let talk = single("alice", "bob");
    let mut other_side = f.connect("alice", "ios_1").await;
    let sent = f.send(&alice, text(to("bob"), "x")).await.id;
    pin(&f, &bob, &place(ChatType::Single, "alice"), sent).await.unwrap();
    let told = notified(&mut other_side, &talk).await;
    let read = |event: &Value| (event["from"].clone(), event["id"].clone(), event["type"].clone());
    assert_eq!(read(&told[0]), (json!("bob"), json!("alice"), json!("chat")));
    let rows = [(sent, "bob".to_owned())];
    assert_eq!(pinned(&f, "alice", &place(ChatType::Single, "bob")).await, rows);
    assert_eq!(pinned(&f, "bob", &place(ChatType::Single, "Alice")).await, rows);
    assert_eq!(pinned(&f, "carol", &place(ChatType::Single, "alice")).await, []);
    let elsewhere = pin(&f, &f.user("carol"), &place(ChatType::Single, "alice"), sent).await;
    assert_eq!(refusal(elsewhere), Refusal::MessageNotFound);
    let misplaced = pin(&f, &alice, &place(ChatType::Single, "carol"), sent).await;
    assert_eq!(refusal(misplaced), Refusal::MessageNotFound);
    let nonsense = pins::pin(&f.m, &alice, "alice", &place(ChatType::Single, "bob"), "x1").await;
    assert!(matches!(refusal(nonsense), Refusal::Invalid { name: "pin_msg_id", .. }));
    blocks::add(&f.m, &alice, "alice", &strings(&["bob"])).await.unwrap();
    let blocked = unpin(&f, &bob, &place(ChatType::Single, "alice"), sent).await;
    assert_eq!(refusal(blocked), Refusal::Blocked);
}

#[tokio::test]
async fn in_rooms_those_who_are_there_hear_of_it() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let room = rooms::create(&f.m, &f.server(), new_room("alice", &[])).await.unwrap();
    let here = place(ChatType::Room, room.id.as_str());
    let talk = Conversation::Room(room.id.clone());
    let mut bob = f.connect("bob", "webim_b").await;
    rooms::join(&f.m, &bob.caller.clone(), room.id.as_str(), Joining::default()).await.unwrap();
    let sent = f.send(&f.user("alice"), room_text(&room.id, "rules")).await.id;
    bob.receive(&talk).await;
    pin(&f, &f.user("alice"), &here, sent).await.unwrap();
    assert_eq!(notified(&mut bob, &talk).await[0]["type"], "chatroom");
    assert_eq!(pinned(&f, "bob", &here).await, [(sent, "alice".to_owned())]);
    let outside = pin(&f, &f.user("carol"), &here, sent).await;
    assert_eq!(refusal(outside), Refusal::NotMembers { users: strings(&["carol"]) });
    rooms::destroy(&f.m, &f.user("alice"), room.id.as_str()).await.unwrap();
    let left = hongyan_store::pins::page(&f.store, f.app.id, &talk.key(), None, 9).await.unwrap();
    assert_eq!(left, []);
}

#[tokio::test]
async fn what_is_pinned_can_be_seen() {
    let mut f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.limit(Feature::PinsMax, 2).await;
    let group = f.group("7", "alice", &["bob", "carol"]).await;
    let there = || to_group(group_id(&group));
    let here = place(ChatType::Group, "7");
    let (alice, bob) = (f.user("alice"), f.user("bob"));
    let secret = f.send(&alice, directed(text(there(), "for bob"), &["bob"])).await.id;
    let refused = pin(&f, &f.user("carol"), &here, secret).await;
    assert_eq!(refusal(refused), Refusal::MessageNotFound);
    pin(&f, &bob, &here, secret).await.unwrap();
    assert_eq!(pinned(&f, "carol", &here).await, []);
    assert_eq!(pinned(&f, "alice", &here).await.len(), 1);
    let command = f.send(&alice, of_kind(there(), Type::Command, "go")).await.id;
    assert_eq!(refusal(pin(&f, &alice, &here, command).await), Refusal::MessageNotFound);

    let oops = f.send(&alice, text(there(), "oops")).await.id;
    pin(&f, &bob, &here, oops).await.unwrap();
    let third = f.send(&alice, text(there(), "third")).await.id;
    let full = Refusal::QuotaExceeded { feature: Feature::PinsMax };
    assert_eq!(refusal(pin(&f, &bob, &here, third).await), full);
    f.send(&alice, about(there(), BodyType::Recall, oops)).await;
    assert_eq!(pinned(&f, "alice", &here).await, [(secret, "bob".to_owned())]);
    pin(&f, &bob, &here, third).await.unwrap();
    let recall = ServerRecall {
        message: third.to_string(),
        chat: ChatType::Group,
        to: "7".into(),
        from: "admin".into(),
        force: false,
        sync_device: true,
        note: None,
    };
    recall_from_server(&f.m, &f.server(), recall).await.unwrap();
    assert_eq!(pinned(&f, "alice", &here).await.len(), 1);

    f.switch(Feature::MessagePin, false).await;
    let off = Refusal::FeatureDisabled { feature: Feature::MessagePin };
    assert_eq!(refusal(pin(&f, &f.user("bob"), &here, third).await), off);
}
