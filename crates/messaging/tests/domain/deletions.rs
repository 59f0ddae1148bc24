//! Deleting for oneself.

use hongyan_messaging::conversations::{
    ListQuery, Selection, delete, delete_all, delete_before, delete_messages, page, pin,
};
use hongyan_messaging::messages::{HistoryQuery, history};
use hongyan_model::{MessageId, Refusal};

use crate::conversations::{CHAT, GROUP, all, list, notifications, say, seen};
use crate::fixture::{Fixture, group_id, refusal, single, strings};
use crate::uplink::{text, to_group, told};

const DAY_MS: i64 = 24 * 3600 * 1000;

#[tokio::test]
async fn a_deleted_conversation_comes_back_with_the_next_message() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let (alice, talk) = (f.user("alice"), single("alice", "bob"));
    say(&f, "bob", "alice", "one").await;
    say(&f, "carol", "alice", "hello").await;
    pin(&f.m, &alice, "alice", (CHAT, "bob")).await.unwrap();
    delete(&f.m, &alice, "alice", (CHAT, "bob"), false).await.unwrap();
    assert_eq!(list(&f, "alice", all()).await, ["carol:1:hello"]);
    let with_empty = ListQuery { with_empty: true, ..all() };
    assert_eq!(list(&f, "alice", with_empty).await, ["carol:1:hello"]);
    let gone = refusal(pin(&f.m, &alice, "alice", (CHAT, "bob")).await);
    assert_eq!(gone, Refusal::ConversationNotFound { name: "bob".to_owned() });
    // What was said is still there, for both.
    assert_eq!(seen(&f, "alice", &talk).await, ["one"]);
    assert_eq!(list(&f, "bob", all()).await, ["alice:0:one"]);
    say(&f, "bob", "alice", "two").await;
    assert_eq!(list(&f, "alice", all()).await, ["bob:1:two", "carol:1:hello"]);
    let rows = page(&f.m, &alice, "alice", all()).await.unwrap().items;
    assert!(rows[0].pinned.is_none());

    delete(&f.m, &alice, "alice", (CHAT, "bob"), true).await.unwrap();
    assert_eq!(seen(&f, "alice", &talk).await, [""; 0]);
    assert_eq!(seen(&f, "bob", &talk).await, ["one", "two"]);
    say(&f, "bob", "alice", "three").await;
    assert_eq!(seen(&f, "alice", &talk).await, ["three"]);
    assert_eq!(list(&f, "alice", all()).await, ["bob:1:three", "carol:1:hello"]);
    let told = notifications(&f, "alice").await;
    let deleted: Vec<_> = told.iter().filter(|told| told["data"]["op"] == "del").collect();
    assert_eq!(deleted.len(), 2);
    assert_eq!(
        (&deleted[0]["data"]["id"], &deleted[0]["data"]["type"]),
        (&"bob".into(), &"chat".into())
    );
    // One that was never there is none afterwards.
    delete(&f.m, &alice, "alice", (CHAT, "nobody"), true).await.unwrap();
}

#[tokio::test]
async fn single_messages_are_deleted_for_their_reader_alone() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let (alice, talk) = (f.user("alice"), single("alice", "bob"));
    let elsewhere = say(&f, "carol", "alice", "elsewhere").await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(say(&f, "bob", "alice", &n.to_string()).await);
    }
    let named = |ids: &[MessageId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut deleted = named(&[ids[4], ids[1], elsewhere]);
    deleted.extend(strings(&["7", "no id"]));
    let (m, target) = (&f.m, (CHAT, "bob"));
    delete_messages(m, &alice, "alice", target, &deleted, true).await.unwrap();
    assert_eq!(seen(&f, "alice", &talk).await, ["0", "2", "3"]);
    assert_eq!(seen(&f, "bob", &talk).await.len(), 5);
    assert_eq!(seen(&f, "alice", &single("alice", "carol")).await, ["elsewhere"]);
    assert_eq!(list(&f, "alice", all()).await, ["bob:3:3", "carol:1:elsewhere"]);
    // A page stays whole around what is missing.
    let query = HistoryQuery {
        conversation: talk.clone(),
        cursor: None,
        limit: 2,
        oldest_first: false,
        kinds: Vec::new(),
        from_time: None,
        to_time: None,
        sender: None,
    };
    let page = history(m, &alice, query).await.unwrap();
    assert_eq!(page.metas.iter().map(told).collect::<Vec<_>>(), ["3", "2"]);
    assert!(!page.is_last);
    let expected = serde_json::json!({"type": "roaming_delete",
        "data": {"resource": "webim_alice", "to": "bob", "chatType": "chat"}});
    assert_eq!(notifications(&f, "alice").await, [expected]);
    delete_messages(m, &alice, "alice", target, &named(&ids[2..3]), false).await.unwrap();
    assert_eq!(notifications(&f, "alice").await.len(), 1);

    let refused = refusal(delete_messages(m, &alice, "alice", target, &[], true).await);
    assert_eq!(refused, Refusal::Missing { name: "msgIdList" });
    let many = vec!["1".to_owned(); 51];
    let refused = refusal(delete_messages(m, &alice, "alice", target, &many, true).await);
    assert_eq!(refused, Refusal::TooMany { name: "msg list", limit: 50 });
}

#[tokio::test]
async fn what_is_older_than_a_moment_is_deleted_but_nothing_yet_to_come() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let club = f.group("club", "bob", &["alice"]).await;
    let (alice, bob) = (f.user("alice"), f.user("bob"));
    let mut times = Vec::new();
    for n in 0..3 {
        f.clock.advance(1000);
        times.push(f.send(&bob, text(to_group(group_id(&club)), &n.to_string())).await.timestamp);
    }
    let target = (GROUP, "club");
    delete_before(&f.m, &alice, "alice", target, times[1], true).await.unwrap();
    assert_eq!(seen(&f, "alice", &club).await, ["1", "2"]);
    assert_eq!(list(&f, "alice", all()).await, ["club:2:2"]);
    // An earlier moment brings nothing back.
    delete_before(&f.m, &alice, "alice", target, times[0], true).await.unwrap();
    assert_eq!(seen(&f, "alice", &club).await, ["1", "2"]);
    delete_before(&f.m, &alice, "alice", target, times[2] + DAY_MS, true).await.unwrap();
    assert_eq!(seen(&f, "alice", &club).await, [""; 0]);
    assert_eq!(list(&f, "alice", all()).await, [""; 0]);
    let with_empty = ListQuery { with_empty: true, ..all() };
    assert_eq!(list(&f, "alice", with_empty).await, ["club:0:"]);
    f.send(&bob, text(to_group(group_id(&club)), "3")).await;
    assert_eq!(seen(&f, "alice", &club).await, ["3"]);
    assert_eq!(list(&f, "alice", all()).await, ["club:1:3"]);
    assert_eq!(seen(&f, "bob", &club).await.len(), 4);
}

#[tokio::test]
async fn all_can_be_deleted_at_once() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let club = f.group("club", "bob", &["alice"]).await;
    let alice = f.user("alice");
    say(&f, "bob", "alice", "one").await;
    say(&f, "carol", "alice", "two").await;
    f.send(&f.user("bob"), text(to_group(group_id(&club)), "three")).await;
    pin(&f.m, &alice, "alice", (CHAT, "bob")).await.unwrap();
    delete_all(&f.m, &alice, "alice").await.unwrap();
    let with_empty = ListQuery { with_empty: true, ..all() };
    assert_eq!(list(&f, "alice", with_empty).await, [""; 0]);
    let pinned = ListQuery { selection: Selection::Pinned, ..with_empty };
    assert_eq!(list(&f, "alice", pinned).await, [""; 0]);
    for conversation in [single("alice", "bob"), single("alice", "carol"), club.clone()] {
        assert_eq!(seen(&f, "alice", &conversation).await, [""; 0]);
    }
    assert_eq!(list(&f, "bob", all()).await, ["club:0:three", "alice:0:one"]);
    say(&f, "carol", "alice", "four").await;
    assert_eq!(list(&f, "alice", all()).await, ["carol:1:four"]);
    assert_eq!(seen(&f, "alice", &single("alice", "carol")).await, ["four"]);
}

#[tokio::test]
async fn a_device_that_comes_back_is_not_sent_what_was_deleted_meanwhile() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let (alice, talk) = (f.on("alice", "ios_1"), single("alice", "bob"));
    drop(f.connect("alice", "webim_1").await);
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(say(&f, "bob", "alice", &n.to_string()).await.to_string());
    }
    say(&f, "carol", "alice", "hello").await;
    let time = f.m.clock().now();
    delete_messages(&f.m, &alice, "alice", (CHAT, "bob"), &ids[3..4], true).await.unwrap();
    let second: u64 = ids[1].parse().unwrap();
    let entry = f.store.log().entry(f.app.id, MessageId(second)).await.unwrap().unwrap();
    let after_second = entry.timestamp + 1;
    delete_before(&f.m, &alice, "alice", (CHAT, "bob"), after_second, true).await.unwrap();
    let mut laptop = f.connect("alice", "webim_1").await;
    assert_eq!(laptop.receive(&talk).await, ["2", "4"]);
    assert_eq!(laptop.receive(&single("alice", "carol")).await, ["hello"]);
    drop(laptop);
    assert!(time > 0);

    say(&f, "bob", "alice", "5").await;
    delete_all(&f.m, &alice, "alice").await.unwrap();
    say(&f, "bob", "alice", "6").await;
    let mut laptop = f.connect("alice", "webim_1").await;
    assert_eq!(laptop.receive(&talk).await, ["6"]);
    // What arrives while it is connected is on its way.
    say(&f, "bob", "alice", "7").await;
    delete_all(&f.m, &alice, "alice").await.unwrap();
    assert_eq!(laptop.receive(&talk).await, ["7"]);
}
