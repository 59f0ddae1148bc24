//! What the plan keeps no longer is removed from the disk.

use hongyan_messaging::retention::sweep;
use hongyan_messaging::{groups, reactions};
use hongyan_model::{ChatType, Conversation, Feature, MessageId};
use hongyan_store::Retention;

use crate::fixture::{Fixture, single};
use crate::uplink::{text, to};

const DAY_MS: i64 = 24 * 3600 * 1000;

fn talk() -> Conversation {
    single("alice", "bob")
}

async fn say(f: &Fixture, words: &[&str]) -> Vec<MessageId> {
    let mut ids = Vec::new();
    for words in words {
        ids.push(f.send(&f.user("alice"), text(to("bob"), words)).await.id);
    }
    f.settle().await;
    ids
}

/// Entries on the disk.
async fn stored(f: &Fixture, conversation: &Conversation) -> Vec<u64> {
    let entries = f.store.log().after(f.app.id, &conversation.key(), 0, 1000).await.unwrap();
    entries.into_iter().map(|entry| entry.seq).collect()
}

#[tokio::test]
async fn what_is_older_than_the_app_keeps_it_is_removed_and_the_rest_goes_on() {
    let mut f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.limit(Feature::MsgStorageDays, 7).await;
    let mut behind = f.connect("bob", "webim_1").await;
    assert_eq!(behind.unread().await, [""; 0]);
    drop(behind);
    say(&f, &["1", "2"]).await;
    f.send(&f.user("alice"), text(to("carol"), "only one")).await;
    f.clock.advance(5 * DAY_MS);
    let kept = say(&f, &["3", "4"]).await;
    assert_eq!(sweep(&f.m).await.unwrap(), 0);

    f.clock.advance(3 * DAY_MS);
    assert!(sweep(&f.m).await.unwrap() >= 2);
    assert_eq!(stored(&f, &talk()).await, [3, 4]);
    // The newest entry of a conversation says where it goes on, and is shown to nobody any more.
    assert_eq!(stored(&f, &single("alice", "carol")).await, [1]);
    let mut carol = f.connect("carol", "webim_1").await;
    assert_eq!(carol.receive(&single("alice", "carol")).await, [""; 0]);
    assert_eq!(f.send(&f.user("alice"), text(to("carol"), "again")).await.seq, 2);
    f.settle().await;
    assert_eq!(carol.receive(&single("alice", "carol")).await, ["again"]);

    // A device that was away receives what is kept.
    let mut bob = f.connect("bob", "webim_1").await;
    assert_eq!(bob.unread().await, ["s:alice|bob"]);
    assert_eq!(bob.receive(&talk()).await, ["3", "4"]);
    assert_eq!(say(&f, &["5"]).await.len(), 1);
    assert_eq!(stored(&f, &talk()).await, [3, 4, 5]);
    assert!(f.store.log().entry(f.app.id, kept[0]).await.unwrap().is_some());
}

#[tokio::test]
async fn reactions_and_pins_go_with_their_messages() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    f.limit(Feature::MsgStorageDays, 7).await;
    f.limit(Feature::PinsMax, 1).await;
    let place =
        |to: &str| hongyan_messaging::pins::PinPlace { chat: ChatType::Single, to: to.to_owned() };
    let pin = async |f: &Fixture, id: MessageId| {
        let caller = f.user("alice");
        hongyan_messaging::pins::pin(&f.m, &caller, "alice", &place("bob"), &id.to_string()).await
    };
    let old = say(&f, &["old"]).await[0];
    reactions::add(&f.m, &f.user("bob"), "bob", &old.to_string(), "like").await.unwrap();
    pin(&f, old).await.unwrap();
    f.clock.advance(8 * DAY_MS);
    let new = say(&f, &["new"]).await[0];
    assert!(pin(&f, new).await.is_err(), "one is pinned");
    sweep(&f.m).await.unwrap();
    pin(&f, new).await.unwrap();
    assert!(f.store.log().entry(f.app.id, old).await.unwrap().is_none());
}

#[tokio::test]
async fn rooms_and_groups_keep_what_is_theirs() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    f.limit(Feature::MsgStorageDays, 7).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let to_club = || crate::uplink::to_group(crate::fixture::group_id(&group));
    for words in ["1", "2"] {
        f.send(&f.user("alice"), text(to_club(), words)).await;
    }
    f.clock.advance(8 * DAY_MS);
    f.send(&f.user("alice"), text(to_club(), "3")).await;
    f.settle().await;
    sweep(&f.m).await.unwrap();
    // Events of the group are entries, too: all but the newest ones are gone.
    assert_eq!(stored(&f, &group).await.len(), 1);
    groups::destroy(&f.m, &f.server(), crate::fixture::group_id(&group).as_str()).await.unwrap();
}

#[tokio::test]
async fn many_conversations_take_many_steps() {
    let mut f = Fixture::with_users(&["alice"]).await;
    f.limit(Feature::MsgStorageDays, 7).await;
    let peers: Vec<String> = (0..230).map(|n| format!("u{n}")).collect();
    for peer in &peers {
        f.make_user(peer).await;
        for words in ["1", "2", "3"] {
            f.send(&f.user("alice"), text(to(peer), words)).await;
        }
    }
    let later = Retention { rooms: MessageId(u64::MAX), others: MessageId(u64::MAX) };
    let first = f.store.log().expired(f.app.id, None, later, 10).await.unwrap();
    assert_eq!(first.entries.len(), 10);
    f.clock.advance(8 * DAY_MS);
    let alice = f.user("alice");
    let sending = f.send(&alice, text(to("u1"), "meanwhile"));
    let (removed, _) = tokio::join!(sweep(&f.m), sending);
    assert!(removed.unwrap() >= 460);
    // What was the newest of u1 may have become older than "meanwhile" in between.
    assert!(sweep(&f.m).await.unwrap() <= 1);
    assert_eq!(stored(&f, &single("alice", "u2")).await.len(), 1);
}
