//! Presence: what followers are shown, and what is left of it for nobody.

use hongyan_messaging::connections::Connection;
use hongyan_messaging::presence::{self, Presence};
use hongyan_messaging::{contacts, users};
use hongyan_model::{Caller, Conversation, DeviceId, DeviceLimit, Feature, Refusal, UserId};
use hongyan_msync::Message;
use hongyan_msync::proto::Meta;
use serde_json::{Value, json};

use crate::fixture::{Fixture, NOW, Session, refusal, strings};

const DAY: u64 = 24 * 3600;
/// Longer than a user who was announced to one follower has to wait.
const PAUSE_MS: i64 = 2000;

/// A device with everything that belongs to its connection, in the order in which it ends.
struct Device {
    session: Session,
    _connection: Connection,
}

async fn connect(f: &Fixture, user: &str, device: &str) -> Device {
    let caller = f.on(user, device);
    let session = f.connect_as(&caller).await;
    Device { session, _connection: Connection::begin(&f.m, &caller, "").unwrap() }
}

fn system(user: &str) -> Conversation {
    Conversation::System(UserId::from_trusted(user))
}

async fn follow(f: &Fixture, follower: &str, followed: &[&str], seconds: u64) {
    let caller = f.user(follower);
    let names = strings(followed);
    presence::subscribe(&f.m, &caller, follower, &names, seconds).await.unwrap();
}

async fn publish(f: &Fixture, caller: &Caller, ext: &str) {
    let (user, device) = (caller.user().unwrap(), caller.device.clone().unwrap());
    presence::publish(&f.m, caller, user.as_str(), (device.as_str(), 1), ext).await.unwrap();
}

async fn get(f: &Fixture, user: &str) -> Presence {
    let found = presence::get(&f.m, &f.server(), user, &strings(&[user])).await.unwrap();
    found.into_iter().next().unwrap()
}

fn statuses(presence: &Presence) -> Vec<(String, u32)> {
    presence.devices.iter().map(|(device, status)| (device.to_string(), *status)).collect()
}

/// Lets the followers be told, and pulls what the device is shown: the values of the notifications, by user.
async fn shown(f: &Fixture, device: &mut Device, user: &str) -> Vec<Value> {
    presence::announce(&f.m).await.unwrap();
    let mut values = Vec::new();
    let mut key = None;
    while let Some(batch) = device.session.pull(&system(user), key).await {
        for entry in &batch.entries {
            let meta = Meta::decode(entry.entry.meta.clone()).unwrap();
            let payload: Value = serde_json::from_slice(&meta.payload.unwrap()).unwrap();
            assert_eq!(payload["type"], "presence");
            let of_one = payload["data"]["values"].as_array().unwrap();
            assert_eq!(of_one.len(), 1, "the SDK mixes up the devices of several");
            values.push(of_one[0].clone());
        }
        key = Some(batch.next_key);
    }
    values.sort_by_key(|value| value["uid"].to_string());
    values
}

#[tokio::test]
async fn a_follower_is_shown_the_newest_state_and_the_log_nothing() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    follow(&f, "alice", &["bob", "carol"], DAY).await;
    follow(&f, "carol", &["bob"], DAY).await;
    let mut alice = connect(&f, "alice", "webim_1").await;
    assert_eq!(shown(&f, &mut alice, "alice").await, [] as [Value; 0]);

    f.clock.advance(5000);
    let bob = connect(&f, "bob", "webim_1").await;
    publish(&f, &bob.session.caller, "first").await;
    publish(&f, &bob.session.caller, "second").await;
    // The server itself may have told the first of it.
    f.clock.advance(PAUSE_MS);
    presence::announce(&f.m).await.unwrap();
    assert_eq!(alice.session.heard(), ["n:alice"]);
    assert_eq!(alice.session.unread().await, ["n:alice"], "also where the notice was missed");
    let expected = json!({
        "uid": "bob",
        "last_time": ((NOW + 5000) / 1000).to_string(),
        "expiry": (NOW / 1000 + DAY as i64).to_string(),
        "ext": "second",
        "status": {"webim_1": "1"},
    });
    assert_eq!(shown(&f, &mut alice, "alice").await, [expected]);
    assert_eq!(alice.session.unread().await, [""; 0]);

    drop(bob);
    f.clock.advance(PAUSE_MS);
    let found = shown(&f, &mut alice, "alice").await;
    assert_eq!(found[0]["status"], json!({"webim_1": "0"}));
    assert_eq!(found[0]["last_time"], ((NOW + 5000 + PAUSE_MS) / 1000).to_string());

    for user in ["alice", "carol"] {
        let stored = f.store.log().after(f.app.id, &system(user).key(), 0, 10).await.unwrap();
        assert!(stored.is_empty());
    }
    let mut carol = connect(&f, "carol", "webim_1").await;
    assert_eq!(carol.session.unread().await, [""; 0]);
    assert_eq!(shown(&f, &mut carol, "carol").await, [] as [Value; 0], "she came later");
    // Alice follows her.
    assert_eq!(shown(&f, &mut alice, "alice").await[0]["uid"], "carol");
}

#[tokio::test]
async fn a_user_who_changes_without_end_is_announced_now_and_then() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    follow(&f, "alice", &["bob"], DAY).await;
    let mut alice = connect(&f, "alice", "webim_1").await;
    drop(connect(&f, "bob", "webim_1").await);
    f.clock.advance(PAUSE_MS);
    assert_eq!(shown(&f, &mut alice, "alice").await[0]["status"], json!({"webim_1": "0"}));
    for _ in 0..20 {
        drop(connect(&f, "bob", "webim_1").await);
        assert_eq!(shown(&f, &mut alice, "alice").await, [] as [Value; 0]);
    }
    let bob = connect(&f, "bob", "webim_2").await;
    assert_eq!(shown(&f, &mut alice, "alice").await, [] as [Value; 0]);
    f.clock.advance(PAUSE_MS);
    let found = shown(&f, &mut alice, "alice").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["status"], json!({"webim_1": "0", "webim_2": "1"}));
    drop(bob);
}

#[tokio::test]
async fn events_of_the_log_and_states_do_not_disturb_each_other() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    follow(&f, "alice", &["bob"], DAY).await;
    let mut alice = connect(&f, "alice", "webim_1").await;
    contacts::add(&f.m, &f.server(), "alice", "carol").await.unwrap();
    f.settle().await;
    let stored = alice.session.pull(&system("alice"), None).await.unwrap();
    let bob = connect(&f, "bob", "webim_1").await;
    presence::announce(&f.m).await.unwrap();
    // Two pulls at once: the second gets the state, and its key acknowledges nothing of the first.
    let state = alice.session.pull(&system("alice"), None).await.unwrap();
    assert_ne!(state.next_key, stored.next_key);
    assert!(alice.session.pull(&system("alice"), Some(state.next_key)).await.is_none());
    drop(alice);
    let mut again = connect(&f, "alice", "webim_1").await;
    let entries = again.session.pull(&system("alice"), None).await.unwrap();
    assert_eq!(entries.entries[0].id, stored.entries[0].id, "not acknowledged");
    assert!(again.session.pull(&system("alice"), Some(entries.next_key)).await.is_none());
    drop((again, bob));
    let mut last = connect(&f, "alice", "webim_1").await;
    assert!(last.session.pull(&system("alice"), None).await.is_none(), "acknowledged");
}

#[tokio::test]
async fn followers_are_told_until_the_subscription_ends_and_in_their_own_app() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    f.make_user_of(&f.other_app, "alice").await;
    f.make_user_of(&f.other_app, "bob").await;
    follow(&f, "alice", &["bob"], 10).await;
    let mut alice = connect(&f, "alice", "webim_1").await;
    let foreign = Caller { app: f.other_app.clone(), ..f.user("alice") };
    presence::subscribe(&f.m, &foreign, "alice", &strings(&["bob"]), DAY).await.unwrap();
    let mut stranger = Device {
        session: f.connect_as(&foreign).await,
        _connection: Connection::begin(&f.m, &foreign, "").unwrap(),
    };
    let bob = connect(&f, "bob", "webim_1").await;
    assert_eq!(shown(&f, &mut alice, "alice").await.len(), 1);
    assert_eq!(shown(&f, &mut stranger, "alice").await, [] as [Value; 0]);

    f.clock.advance(10_000);
    publish(&f, &bob.session.caller, "too late").await;
    assert_eq!(shown(&f, &mut alice, "alice").await, [] as [Value; 0]);
    follow(&f, "alice", &["bob"], DAY).await;
    publish(&f, &bob.session.caller, "in time").await;
    assert_eq!(shown(&f, &mut alice, "alice").await[0]["ext"], "in time");
    let caller = &alice.session.caller;
    presence::unsubscribe(&f.m, caller, "alice", &strings(&["bob"])).await.unwrap();
    f.clock.advance(PAUSE_MS);
    publish(&f, &bob.session.caller, "no more").await;
    assert_eq!(shown(&f, &mut alice, "alice").await, [] as [Value; 0]);
}

#[tokio::test]
async fn what_is_published_stays_and_a_status_shows_while_its_device_is_connected() {
    let f = Fixture::with_users(&["alice"]).await;
    assert_eq!(get(&f, "alice").await.changed, NOW, "since it registered");
    let server = f.server();
    let say = async |device: &str, status, ext: &str| {
        presence::publish(&f.m, &server, "alice", (device, status), ext).await
    };
    let none =
        |result| assert!(matches!(refusal(result), Refusal::Invalid { name: "resource", .. }));
    none(say("webim_1", 1, "x").await);
    none(say("no/device", 0, "x").await);
    say("webim_1", 0, "away").await.unwrap();
    let web = connect(&f, "alice", "webim_1").await;
    let phone = connect(&f, "alice", "ios_1").await;
    assert_eq!(statuses(&get(&f, "alice").await), [("ios_1".into(), 1), ("webim_1".into(), 1)]);
    say("webim_1", 100, "busy").await.unwrap();
    say("ios_1", 0, "invisible").await.unwrap();
    let both = [("ios_1".to_owned(), 0), ("webim_1".to_owned(), 100)];
    assert_eq!(statuses(&get(&f, "alice").await), both);

    drop((web, phone));
    hongyan_messaging::connections::flush(&f.m).await.unwrap();
    let gone = get(&f, "alice").await;
    assert_eq!((gone.ext.as_str(), gone.devices.len()), ("invisible", 1));
    assert!(gone.devices.values().all(|status| *status == 0));
    let web = connect(&f, "alice", "webim_1").await;
    assert_eq!(statuses(&get(&f, "alice").await), [("webim_1".into(), 100)]);
    say("webim_1", 1, "here").await.unwrap();
    assert_eq!(statuses(&get(&f, "alice").await), [("webim_1".into(), 1)]);
    drop(web);

    users::delete(&f.m, &server, "alice").await.unwrap();
    f.make_user("alice").await;
    assert_eq!(get(&f, "alice").await.ext, "");
}

#[tokio::test]
async fn limits_and_the_switch_hold() {
    let mut f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.limit(Feature::PresenceExtBytesMax, 3).await;
    f.limit(Feature::PresenceFollowersMax, 1).await;
    let alice = f.on("alice", "webim_1");
    let session = f.connect_as(&alice).await;
    let long = presence::publish(&f.m, &alice, "alice", ("webim_1", 1), "abcd").await;
    assert_eq!(refusal(long), Refusal::TooLong { name: "ext", limit: 3 });
    let stranger = presence::publish(&f.m, &alice, "bob", ("webim_1", 1), "x").await;
    assert_eq!(refusal(stranger), Refusal::NotPermitted);
    follow(&f, "alice", &["bob"], DAY).await;
    let full = || Refusal::QuotaExceeded { feature: Feature::PresenceFollowersMax };
    let bobs = strings(&["bob", "alice"]);
    let server = f.server();
    let follow_as_carol = async || presence::subscribe(&f.m, &server, "carol", &bobs, DAY).await;
    assert_eq!(refusal(follow_as_carol().await), full());
    follow(&f, "alice", &["bob"], DAY).await;
    f.clock.advance(DAY as i64 * 1000);
    assert_eq!(follow_as_carol().await.unwrap().len(), 2, "what is over does not count");
    let own = presence::subscribe(&f.m, &alice, "alice", &strings(&["ALICE"]), DAY).await;
    assert!(matches!(refusal(own), Refusal::Invalid { name: "usernames", .. }));
    let no_time = presence::subscribe(&f.m, &alice, "alice", &strings(&["bob"]), 0).await;
    assert!(matches!(refusal(no_time), Refusal::Invalid { name: "expiry", .. }));

    f.switch(Feature::Presence, false).await;
    let alice = f.on("alice", "webim_1");
    let off = || Refusal::FeatureDisabled { feature: Feature::Presence };
    let names = strings(&["bob"]);
    assert_eq!(refusal(presence::get(&f.m, &alice, "alice", &names).await), off());
    assert_eq!(refusal(presence::subscribe(&f.m, &alice, "alice", &names, DAY).await), off());
    assert_eq!(refusal(presence::unsubscribe(&f.m, &alice, "alice", &names).await), off());
    assert_eq!(refusal(presence::following(&f.m, &alice, "alice", (1, 1)).await), off());
    let publish = presence::publish(&f.m, &alice, "alice", ("webim_1", 1), "x").await;
    assert_eq!(refusal(publish), off());
    drop(session);
}

#[tokio::test]
async fn the_members_of_a_group_who_are_online_are_counted_for_the_app() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.group("1", "alice", &["bob", "carol"]).await;
    let online = async |caller: &Caller| presence::online_in_group(&f.m, caller, "1").await;
    assert_eq!(online(&f.server()).await.unwrap(), 0);
    let (alice, bob) = (f.connect("alice", "webim_1").await, f.connect("bob", "webim_1").await);
    let second = f.connect("bob", "ios_1").await;
    assert_eq!(online(&f.server()).await.unwrap(), 2);
    drop((alice, bob, second));
    assert_eq!(online(&f.server()).await.unwrap(), 0);
    assert_eq!(refusal(online(&f.user("alice")).await), Refusal::NotPermitted);
    let foreign = Caller { app: f.other_app.clone(), ..f.server() };
    assert!(matches!(refusal(online(&foreign).await), Refusal::GroupNotFound { .. }));
}

#[tokio::test]
async fn the_more_listen_the_longer_a_user_waits() {
    const FOLLOWERS: i64 = 200;
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    f.limit(Feature::RegisteredUsersMax, 1000).await;
    let mut others = Vec::new();
    for n in 0..FOLLOWERS {
        let name = format!("u{n}");
        f.make_user(&name).await;
        follow(&f, &name, &["bob"], DAY).await;
        let (user, device) = (UserId::from_trusted(name), DeviceId::from_trusted("webim_1"));
        others.push(f.router().register(f.app.id, &user, &device, DeviceLimit::OneInAll, ""));
    }
    follow(&f, "alice", &["bob"], DAY).await;
    let mut alice = connect(&f, "alice", "webim_1").await;
    drop(connect(&f, "bob", "webim_1").await);
    f.clock.advance(PAUSE_MS);
    assert_eq!(shown(&f, &mut alice, "alice").await.len(), 1);
    assert!(others.iter().all(|session| session.mailbox().has_states()));

    drop(connect(&f, "bob", "webim_2").await);
    let pause = 1000 + 3 * (FOLLOWERS + 1);
    f.clock.advance(pause - 1);
    assert_eq!(shown(&f, &mut alice, "alice").await, [] as [Value; 0]);
    f.clock.advance(1);
    let found = shown(&f, &mut alice, "alice").await;
    assert_eq!(found[0]["status"]["webim_2"], "0");
}
