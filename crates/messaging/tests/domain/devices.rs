//! What a device is told, may pull, and has received.

use hongyan_messaging::devices::{Login, Queues, flush};
use hongyan_messaging::groups;
use hongyan_model::{Conversation, DeviceId, Feature, Refusal, UserId, limits};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_store::DeviceKey;

use crate::fixture::{Fixture, Session, group_id, refusal, single, strings, texts};
use crate::uplink::{about, directed, text, to, to_group};

const DAY_MS: i64 = 24 * 3_600_000;

async fn say(f: &Fixture, words: &[&str]) {
    for word in words {
        f.send(&f.user("alice"), text(to("bob"), word)).await;
    }
}

fn talk() -> Conversation {
    single("alice", "bob")
}

/// What the device of a user has acknowledged, on disk.
async fn durable(f: &Fixture, session: &Session, conversation: &Conversation) -> Option<u64> {
    flush(&f.m).await.unwrap();
    let (user, device) = (session.caller.user().unwrap(), session.caller.device.as_ref().unwrap());
    let key = DeviceKey { app: f.app.id, user, device };
    f.store.log().cursor(key, &conversation.key()).await.unwrap()
}

#[tokio::test]
async fn only_a_registered_user_has_queues() {
    let f = Fixture::new().await;
    let login = || Login {
        device: DeviceId::from_trusted("webim_1"),
        note: String::new(),
        uuid: String::new(),
        name: String::new(),
    };
    let ghost = Queues::open(&f.m, &f.user("ghost"), login()).await.map(|_| ());
    assert_eq!(refusal(ghost), Refusal::UserNotFound { user: "ghost".to_owned() });
    let server = Queues::open(&f.m, &f.server(), login()).await.map(|_| ());
    assert_eq!(refusal(server), Refusal::NotPermitted);
    assert_eq!(f.router().connections(), 0);
}

#[tokio::test]
async fn a_device_is_online_while_it_is_connected() {
    let f = Fixture::with_users(&["alice"]).await;
    let alice = UserId::from_trusted("alice");
    let session = f.connect("alice", "webim_1").await;
    assert_eq!(f.router().devices(f.app.id, &alice), [DeviceId::from_trusted("webim_1")]);
    drop(session);
    assert!(!f.router().is_online(f.app.id, &alice));
}

#[tokio::test]
async fn unread_lists_exactly_what_is_not_acknowledged() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let mut bob = f.connect("bob", "webim_1").await;
    let system = Conversation::System(UserId::from_trusted("bob"));
    assert_eq!(bob.unread().await, ["n:bob"]);
    let batch = bob.pull(&system, None).await.unwrap();
    assert_eq!(batch.entries.len(), 1);
    assert_eq!(bob.unread().await, ["n:bob"], "served is not acknowledged");
    assert!(bob.pull(&system, Some(batch.next_key)).await.is_none());
    assert_eq!(bob.unread().await, [""; 0]);

    f.send(&f.user("alice"), text(to_group(group_id(&group)), "hi all")).await;
    say(&f, &["hi"]).await;
    assert_eq!(bob.unread().await, ["g:club", "s:alice|bob"]);
    assert_eq!(bob.receive(&talk()).await, ["hi"]);
    assert_eq!(bob.unread().await, ["g:club"]);
    assert_eq!(bob.receive(&group).await, ["hi all"]);
    assert_eq!(bob.unread().await, [""; 0]);
}

#[tokio::test]
async fn a_device_is_not_told_of_what_it_sent_itself() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let mut bob = f.connect("bob", "webim_1").await;
    // The first in a conversation nobody pulled yet: listed perhaps, empty surely.
    f.send(&bob.caller, text(to("alice"), "one")).await;
    assert_eq!(bob.receive(&talk()).await, [""; 0]);
    assert_eq!(bob.unread().await, [""; 0]);
    let sent = f.send(&bob.caller, text(to("alice"), "two")).await;
    bob.queues.sent(&sent);
    assert_eq!(bob.unread().await, [""; 0]);
    assert_eq!(durable(&f, &bob, &talk()).await, Some(2));

    // Something else came in between: that is still to be received.
    say(&f, &["hi"]).await;
    let sent = f.send(&bob.caller, text(to("alice"), "three")).await;
    bob.queues.sent(&sent);
    assert_eq!(bob.unread().await, ["s:alice|bob"]);
    assert_eq!(bob.receive(&talk()).await, ["hi"]);
    assert_eq!(bob.unread().await, [""; 0]);
}

#[tokio::test]
async fn an_acknowledgement_moves_the_cursor_for_good() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    say(&f, &["1", "2"]).await;
    let mut bob = f.connect("bob", "webim_1").await;
    let batch = bob.pull(&talk(), None).await.unwrap();
    assert_eq!(texts(&batch), ["1", "2"]);
    assert_eq!(durable(&f, &bob, &talk()).await, None);
    assert!(bob.pull(&talk(), Some(batch.next_key)).await.is_none());
    assert_eq!(durable(&f, &bob, &talk()).await, Some(2));

    say(&f, &["3"]).await;
    drop(bob);
    let mut bob = f.connect("bob", "webim_1").await;
    assert_eq!(bob.unread().await, ["s:alice|bob"]);
    assert_eq!(bob.receive(&talk()).await, ["3"]);
}

#[tokio::test]
async fn what_was_not_acknowledged_is_served_again_under_another_key() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    say(&f, &["1"]).await;
    let mut keys = Vec::new();
    for _ in 0..3 {
        // A connection that breaks before the acknowledgement.
        let mut bob = f.connect("bob", "webim_1").await;
        let batch = bob.pull(&talk(), None).await.unwrap();
        assert_eq!(texts(&batch), ["1"]);
        assert!(!keys.contains(&batch.next_key));
        keys.push(batch.next_key);
    }
    // A key of the former connection still tells what was received.
    let mut bob = f.connect("bob", "webim_1").await;
    bob.pull(&talk(), None).await.unwrap();
    assert!(bob.pull(&talk(), Some(keys[2])).await.is_none());
    assert_eq!(durable(&f, &bob, &talk()).await, Some(1));
}

#[tokio::test]
async fn a_pull_without_a_key_goes_on_and_acknowledges_nothing() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let mut bob = f.connect("bob", "webim_1").await;
    say(&f, &["1"]).await;
    let first = bob.pull(&talk(), None).await.unwrap();
    say(&f, &["2"]).await;
    let second = bob.pull(&talk(), None).await.unwrap();
    assert_eq!((texts(&first), texts(&second)), (strings(&["1"]), strings(&["2"])));
    assert!(bob.pull(&talk(), None).await.is_none());
    assert_eq!(durable(&f, &bob, &talk()).await, None);
    // The later key acknowledges both.
    assert!(bob.pull(&talk(), Some(second.next_key)).await.is_none());
    assert_eq!(durable(&f, &bob, &talk()).await, Some(2));
}

#[tokio::test]
async fn keys_of_the_past_and_of_the_future_are_ignored() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let mut bob = f.connect("bob", "webim_1").await;
    say(&f, &["1"]).await;
    let first = bob.pull(&talk(), None).await.unwrap();
    say(&f, &["2"]).await;
    let second = bob.pull(&talk(), Some(first.next_key)).await.unwrap();
    for ignored in [u64::MAX, second.next_key + (1 << 16), first.next_key, 0, 7] {
        assert!(bob.pull(&talk(), Some(ignored)).await.is_none());
        assert_eq!(durable(&f, &bob, &talk()).await, Some(1), "{ignored}");
    }
    assert_eq!(bob.unread().await, ["s:alice|bob"]);
    assert!(bob.pull(&talk(), Some(second.next_key)).await.is_none());
    assert!(bob.pull(&talk(), Some(first.next_key)).await.is_none());
    assert_eq!(durable(&f, &bob, &talk()).await, Some(2));
}

#[tokio::test]
async fn a_batch_is_bounded_in_number() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let words: Vec<String> = (0..120).map(|n| n.to_string()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    say(&f, &words).await;
    let mut bob = f.connect("bob", "webim_1").await;
    let (mut sizes, mut received, mut key) = (Vec::new(), Vec::new(), None);
    while let Some(batch) = bob.pull(&talk(), key).await {
        sizes.push(batch.entries.len());
        received.extend(texts(&batch));
        key = Some(batch.next_key);
    }
    assert_eq!(sizes, [50, 50, 20]);
    assert_eq!(received, words);
}

#[tokio::test]
async fn a_batch_is_bounded_in_bytes() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let large = "x".repeat(60_000);
    say(&f, &[large.as_str(); 9]).await;
    let mut bob = f.connect("bob", "webim_1").await;
    let (mut sizes, mut key) = (Vec::new(), None);
    while let Some(batch) = bob.pull(&talk(), key).await {
        sizes.push(batch.entries.len());
        key = Some(batch.next_key);
    }
    assert_eq!(sizes, [4, 4, 1]);
    assert_eq!(bob.unread().await, [""; 0]);
}

#[tokio::test]
async fn a_tail_of_messages_for_others_ends() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let group = f.group("club", "alice", &["bob", "carol"]).await;
    let club = || to_group(group_id(&group));
    let mut bob = f.connect("bob", "webim_1").await;
    bob.receive(&Conversation::System(UserId::from_trusted("bob"))).await;
    // More than memory keeps and than fits two batches.
    f.send(&f.user("alice"), text(club(), "for all")).await;
    for _ in 0..130 {
        f.send(&f.user("alice"), directed(text(club(), "psst"), &["carol"])).await;
    }
    assert_eq!(bob.unread().await, ["g:club"]);
    let batch = bob.pull(&group, None).await.unwrap();
    assert_eq!(texts(&batch), ["for all"]);
    assert!(bob.pull(&group, Some(batch.next_key)).await.is_none());
    assert_eq!(bob.unread().await, [""; 0]);
    assert_eq!(durable(&f, &bob, &group).await, Some(131));

    f.send(&f.user("alice"), directed(text(club(), "psst"), &["carol"])).await;
    f.send(&f.user("alice"), text(club(), "for all again")).await;
    assert_eq!(bob.receive(&group).await, ["for all again"]);
}

#[tokio::test]
async fn acknowledging_the_last_visible_message_acknowledges_the_hidden_ones_after_it() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let group = f.group("club", "alice", &["bob", "carol"]).await;
    let club = || to_group(group_id(&group));
    let mut bob = f.connect("bob", "webim_1").await;
    bob.receive(&Conversation::System(UserId::from_trusted("bob"))).await;
    f.send(&f.user("alice"), text(club(), "for all")).await;
    let batch = bob.pull(&group, None).await.unwrap();
    // Seen, and skipped, before the acknowledgement arrives.
    f.send(&f.user("alice"), directed(text(club(), "psst"), &["carol"])).await;
    assert!(bob.pull(&group, None).await.is_none());
    assert!(bob.pull(&group, Some(batch.next_key)).await.is_none());
    assert_eq!(bob.unread().await, [""; 0]);
}

#[tokio::test]
async fn a_conversation_of_others_is_empty() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    say(&f, &["hi"]).await;
    f.send(&f.user("alice"), text(to_group(group_id(&group)), "hi all")).await;
    let mut carol = f.connect("carol", "webim_1").await;
    let nowhere = Conversation::Group(hongyan_model::GroupId::from_trusted("nowhere"));
    let bobs = Conversation::System(UserId::from_trusted("bob"));
    for conversation in [&talk(), &group, &nowhere, &bobs] {
        assert!(carol.pull(conversation, None).await.is_none(), "{conversation:?}");
        assert!(carol.pull(conversation, Some(1 << 16)).await.is_none());
    }
    assert_eq!(carol.unread().await, [""; 0]);
}

#[tokio::test]
async fn the_first_device_starts_at_the_offline_window() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    say(&f, &["too old"]).await;
    f.clock.advance(1);
    say(&f, &["just in time"]).await;
    f.clock.advance(f.app.days(Feature::MsgStorageDays));
    let mut bob = f.connect("bob", "webim_1").await;
    assert_eq!(bob.receive(&talk()).await, ["just in time"]);
}

#[tokio::test]
async fn a_device_that_was_here_before_receives_everything_since() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    drop(f.connect("bob", "webim_1").await);
    say(&f, &["1"]).await;
    f.clock.advance(60 * DAY_MS);
    say(&f, &["2"]).await;
    let mut bob = f.connect("bob", "webim_1").await;
    assert_eq!(bob.unread().await, ["s:alice|bob"]);
    assert_eq!(bob.receive(&talk()).await, ["1", "2"]);
}

#[tokio::test]
async fn a_new_device_starts_where_the_least_recently_seen_one_stands() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    say(&f, &["1"]).await;
    let mut behind = f.connect("bob", "webim_1").await;
    assert_eq!(behind.receive(&talk()).await, ["1"]);
    f.clock.advance(1_000);
    say(&f, &["2"]).await;
    let mut ahead = f.connect("bob", "webim_2").await;
    assert_eq!(ahead.receive(&talk()).await, ["2"]);
    f.clock.advance(1_000);
    say(&f, &["3"]).await;
    let mut new = f.connect("bob", "ios_1").await;
    assert_eq!(new.unread().await, ["s:alice|bob"]);
    assert_eq!(new.receive(&talk()).await, ["2", "3"]);
    // Each goes on for itself.
    assert_eq!(ahead.receive(&talk()).await, ["3"]);
    assert_eq!(behind.receive(&talk()).await, ["2", "3"]);
    assert_eq!(new.unread().await, [""; 0]);
}

#[tokio::test]
async fn a_new_device_starts_no_earlier_than_the_offline_window() {
    let mut f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.limit(Feature::MsgStorageDays, 7).await;
    let mut behind = f.connect("bob", "webim_1").await;
    say(&f, &["1"]).await;
    f.send(&f.user("carol"), text(to("bob"), "long ago")).await;
    let with_carol = single("bob", "carol");
    assert_eq!(behind.receive(&talk()).await, ["1"]);
    assert_eq!(behind.receive(&with_carol).await, ["long ago"]);
    say(&f, &["2"]).await;
    f.send(&f.user("carol"), text(to("bob"), "old")).await;
    f.clock.advance(30 * DAY_MS);
    say(&f, &["3"]).await;

    let mut new = f.connect("bob", "ios_1").await;
    assert_eq!(new.unread().await, ["s:alice|bob"]);
    let batch = new.pull(&talk(), None).await.unwrap();
    assert_eq!(texts(&batch), ["3"]);
    // Nor does it when it connects again without having acknowledged anything.
    drop(new);
    let mut new = f.connect("bob", "ios_1").await;
    assert_eq!(new.unread().await, ["s:alice|bob"]);
    assert!(new.pull(&with_carol, None).await.is_none());
    assert_eq!(new.receive(&talk()).await, ["3"]);
    assert_eq!(behind.receive(&talk()).await, ["2", "3"]);
    assert_eq!(behind.receive(&with_carol).await, ["old"]);
}

#[tokio::test]
async fn a_forgotten_device_counts_as_new() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    f.limit(Feature::MsgStorageDays, 7).await;
    drop(f.connect("bob", "webim_1").await);
    say(&f, &["1"]).await;
    f.clock.advance(limits::DEVICE_LIFETIME_MS + 1);
    // Forgotten when another device appears.
    drop(f.connect("bob", "ios_1").await);
    let mut back = f.connect("bob", "webim_1").await;
    assert_eq!(back.unread().await, [""; 0]);
    assert_eq!(back.receive(&talk()).await, [""; 0]);
}

#[tokio::test]
async fn a_device_with_a_throw_away_name_goes_on_as_its_former_self() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    // A device that never acknowledges anything.
    drop(f.connect("bob", "ios_1").await);
    f.clock.advance(1);
    say(&f, &["1"]).await;
    let mut bob = f.connect("bob", "webim_random_web_1").await;
    assert_eq!(bob.receive(&talk()).await, ["1"]);
    drop(bob);
    say(&f, &["2"]).await;
    let mut bob = f.connect("bob", "webim_random_web_1700000000000").await;
    assert_eq!(bob.unread().await, ["s:alice|bob"]);
    assert_eq!(bob.receive(&talk()).await, ["2"]);

    // A second tab is not the first one's next self, as long as that is online.
    let mut tab = f.connect("bob", "webim_random_web_3").await;
    assert_eq!(tab.receive(&talk()).await, ["1", "2"]);
    drop((bob, tab));
    // Names that only look alike, and fixed ones, start like any new device.
    for device in ["android_random_web_3", "webim_random_webx_3", "webim_web_3", "webim_web_4"] {
        let mut other = f.connect("bob", device).await;
        assert_eq!(other.receive(&talk()).await, ["1", "2"], "{device}");
    }
}

#[tokio::test]
async fn who_left_a_group_gets_nothing_and_who_rejoins_not_what_it_missed() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let say = async |word: &str| {
        f.send(&f.user("alice"), text(to_group(group_id(&group)), word)).await;
    };
    let mut connected = f.connect("bob", "webim_1").await;
    drop(f.connect("bob", "ios_1").await);
    say("1").await;
    assert_eq!(connected.unread().await, ["g:club", "n:bob"]);
    assert_eq!(connected.receive(&group).await, ["1"]);
    say("2").await;
    groups::leave(&f.m, &f.user("bob"), "club").await.unwrap();
    // Bob's devices are told that he left.
    f.settle().await;
    connected.heard();
    say("while bob was out").await;
    assert_eq!(connected.heard(), [""; 0]);
    assert_eq!(connected.receive(&group).await, [""; 0]);
    assert!(!connected.unread().await.contains(&"g:club".to_owned()));

    groups::add_members(&f.m, &f.server(), "club", &strings(&["bob"])).await.unwrap();
    assert!(!connected.unread().await.contains(&"g:club".to_owned()));
    say("3").await;
    assert_eq!(connected.heard(), ["g:club", "n:bob"]);
    assert_eq!(connected.receive(&group).await, ["3"]);
    assert_eq!(f.connect("bob", "ios_1").await.receive(&group).await, ["3"]);
}

#[tokio::test]
async fn a_session_that_did_not_look_meanwhile_skips_what_was_missed_too() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let say = async |word: &str| {
        f.send(&f.user("alice"), text(to_group(group_id(&group)), word)).await;
    };
    let mut bob = f.connect("bob", "webim_1").await;
    say("1").await;
    let batch = bob.pull(&group, None).await.unwrap();
    assert_eq!(texts(&batch), ["1"]);
    groups::leave(&f.m, &f.user("bob"), "club").await.unwrap();
    say("while bob was out").await;
    groups::add_members(&f.m, &f.server(), "club", &strings(&["bob"])).await.unwrap();
    say("2").await;
    let next = bob.pull(&group, Some(batch.next_key)).await.unwrap();
    assert_eq!(texts(&next), ["2"]);
    assert!(bob.pull(&group, Some(next.next_key)).await.is_none());
}

#[tokio::test]
async fn repeats_of_a_group_that_was_left_keep_nothing_waiting() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let mut bob = f.connect("bob", "webim_1").await;
    bob.receive(&Conversation::System(UserId::from_trusted("bob"))).await;
    f.send(&f.user("alice"), text(to_group(group_id(&group)), "seen, not acknowledged")).await;
    bob.pull(&group, None).await.unwrap();
    drop(bob);
    // As long as it is repeated, what else there is waits.
    let mut bob = f.connect("bob", "webim_1").await;
    say(&f, &["hello"]).await;
    assert!(bob.unread().await.contains(&"g:club".to_owned()));
    assert!(bob.pull(&talk(), None).await.is_none());
    drop(bob);

    groups::leave(&f.m, &f.user("bob"), "club").await.unwrap();
    let mut bob = f.connect("bob", "webim_1").await;
    assert!(!bob.unread().await.contains(&"g:club".to_owned()));
    assert_eq!(bob.receive(&talk()).await, ["hello"]);
}

#[tokio::test]
async fn a_recalled_message_is_not_served() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let id = f.send(&f.user("alice"), text(to("bob"), "oops")).await.id;
    f.send(&f.user("alice"), about(to("bob"), BodyType::Recall, id)).await;
    let mut bob = f.connect("bob", "webim_1").await;
    assert_eq!(bob.receive(&talk()).await, ["RECALL"]);
}
