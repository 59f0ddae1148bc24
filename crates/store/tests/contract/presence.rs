//! Presence and push settings: what is kept, its limits, and its end.

use hongyan_model::{AppId, DeviceId, UserId};
use hongyan_store::presence::{self, Published, Subscribed, Terms};
use hongyan_store::push_settings::{
    self, ConversationWish, Interval, Outcome, Peer, PeerKind, PushSettings, Remind,
};
use hongyan_store::{connections, users};

use crate::{Fixture, NOW, on_every_engine};

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn ids(names: &[&str]) -> Vec<UserId> {
    names.iter().map(|name| id(name)).collect()
}

async fn app_with_users(f: &Fixture, name: &str, users: &[&str]) -> AppId {
    let app = f.app(name).await;
    for user in users {
        f.user(app, user).await;
    }
    app
}

fn terms(expires: i64) -> Terms {
    Terms { expires, now: NOW, most_followed: None, most_followers: None }
}

#[tokio::test]
async fn what_is_published_is_found_with_who_came_last() {
    on_every_engine(|f| async move {
        let app = app_with_users(&f, "one", &["alice", "bob", "carol"]).await;
        let other = app_with_users(&f, "two", &["alice"]).await;
        let publish = async |user: &str, ext: &str| {
            let device = (DeviceId::from_trusted("ios_1"), 7);
            let change = |published: &mut Published| {
                published.ext.push_str(ext);
                published.statuses.push(device);
                published.at = NOW;
            };
            presence::publish(&f.store, app, &id(user), change).await.unwrap()
        };
        assert!(publish("alice", "忙 ").await && publish("alice", "'busy'").await);
        assert!(!publish("ghost", "x").await);
        let event = |n: u64, user: &str, device: &str| connections::ConnectionEvent {
            id: hongyan_model::MessageId(n),
            app,
            user: id(user),
            time: NOW + i64::try_from(n).unwrap(),
            version: String::new(),
            device: DeviceId::from_trusted(device),
            address: None,
            operation: connections::Operation::Closed,
            online: false,
        };
        let events = [event(5, "bob", "web_2"), event(4, "bob", "web_1"), event(6, "carol", "tv")];
        connections::insert(&f.store, &events).await.unwrap();

        let asked = ids(&["bob", "ghost", "alice"]);
        let mut found = presence::find(&f.store, app, &asked).await.unwrap();
        found.sort_by_key(|presence| presence.user.clone());
        let [alice, bob] = found.as_slice() else { panic!("{found:?}") };
        let published = alice.published.as_ref().unwrap();
        assert_eq!((published.ext.as_str(), published.at), ("忙 'busy'", NOW));
        assert_eq!(published.statuses, vec![(DeviceId::from_trusted("ios_1"), 7); 2]);
        assert_eq!((alice.created, &alice.last_seen), (NOW, &None));
        assert_eq!(bob.published, None);
        assert_eq!(bob.last_seen, Some((DeviceId::from_trusted("web_2"), NOW + 5)));
        let foreign = presence::find(&f.store, other, &asked).await.unwrap();
        assert_eq!((foreign.len(), &foreign[0].published), (1, &None));
        assert_eq!(presence::find(&f.store, app, &[]).await.unwrap(), []);

        users::delete(&f.store, app, &id("alice")).await.unwrap();
        f.user(app, "alice").await;
        let again = presence::find(&f.store, app, &ids(&["alice"])).await.unwrap();
        assert_eq!(again[0].published, None);
    })
    .await;
}

#[tokio::test]
async fn subscriptions_are_renewed_listed_and_end() {
    on_every_engine(|f| async move {
        let app = app_with_users(&f, "one", &["alice", "bob", "carol", "dave"]).await;
        let other = app_with_users(&f, "two", &["alice", "bob"]).await;
        let subscribe = async |app, follower: &str, followed: &[&str], expires| {
            let followed = ids(followed);
            presence::subscribe(&f.store, app, &id(follower), &followed, terms(expires))
                .await
                .unwrap()
        };
        let done = |names: &[&str]| Subscribed::Done(ids(names));
        let both = subscribe(app, "alice", &["carol", "bob", "ghost"], NOW + 10).await;
        assert_eq!(both, done(&["bob", "carol"]));
        assert_eq!(subscribe(app, "alice", &["bob"], NOW + 30).await, done(&["bob"]));
        assert_eq!(subscribe(app, "dave", &["bob"], NOW + 20).await, done(&["bob"]));
        assert_eq!(subscribe(other, "alice", &["bob"], NOW + 90).await, done(&["bob"]));

        let page = async |now, place| {
            let found = presence::page(&f.store, app, &id("alice"), now, place).await.unwrap();
            let rows = found.1.into_iter();
            let rows: Vec<_> = rows.map(|row| (row.followed.to_string(), row.expires)).collect();
            (found.0, rows)
        };
        let (bob, carol) = (("bob".to_owned(), NOW + 30), ("carol".to_owned(), NOW + 10));
        assert_eq!(page(NOW, (0, 10)).await, (2, vec![bob.clone(), carol.clone()]));
        assert_eq!(page(NOW, (1, 1)).await, (2, vec![carol]));
        assert_eq!(page(NOW + 10, (0, 10)).await, (1, vec![bob]));

        let followers = async |now| {
            let followed = ids(&["bob", "carol", "alice"]);
            let found = presence::followers(&f.store, app, &followed, now).await.unwrap();
            let mut found: Vec<_> =
                found.iter().map(|row| format!("{} {}", row.follower, row.followed)).collect();
            found.sort();
            found
        };
        assert_eq!(followers(NOW).await, ["alice bob", "alice carol", "dave bob"]);
        assert_eq!(followers(NOW + 20).await, ["alice bob"]);
        let unfollowed = ids(&["carol", "ghost"]);
        presence::unsubscribe(&f.store, app, &id("alice"), &unfollowed).await.unwrap();
        assert_eq!(followers(NOW).await, ["alice bob", "dave bob"]);

        let swept = async |now| presence::drop_expired(&f.store, now, 1).await.unwrap();
        assert_eq!((swept(NOW + 20).await, swept(NOW + 20).await), (1, 0));
        assert_eq!(followers(NOW).await, ["alice bob"]);
        users::delete(&f.store, app, &id("bob")).await.unwrap();
        f.user(app, "bob").await;
        assert_eq!(followers(NOW).await, [""; 0]);
        assert_eq!(swept(NOW + 90).await, 1, "another app's");
    })
    .await;
}

#[tokio::test]
async fn a_follower_keeps_what_lasts_longest_and_a_user_its_followers() {
    on_every_engine(|f| async move {
        let app = app_with_users(&f, "one", &["alice", "bob", "carol", "dave", "erin"]).await;
        let terms =
            |expires| Terms { most_followed: Some(2), most_followers: Some(1), ..terms(expires) };
        let subscribe = async |follower: &str, followed: &[&str], terms| {
            let followed = ids(followed);
            presence::subscribe(&f.store, app, &id(follower), &followed, terms).await.unwrap()
        };
        let list = async |follower: &str| {
            let found = presence::page(&f.store, app, &id(follower), NOW, (0, 10)).await.unwrap();
            found.1.iter().map(|row| row.followed.to_string()).collect::<Vec<_>>()
        };
        subscribe("alice", &["bob"], terms(NOW + 50)).await;
        subscribe("alice", &["carol"], terms(NOW + 90)).await;
        let newest = subscribe("alice", &["dave"], terms(NOW + 1)).await;
        assert_eq!(newest, Subscribed::Done(ids(&["dave"])));
        assert_eq!(list("alice").await, ["carol", "dave"]);
        let three = subscribe("alice", &["dave", "bob", "erin"], terms(NOW + 5)).await;
        assert_eq!(three, Subscribed::Done(ids(&["bob", "dave"])));
        assert_eq!(list("alice").await, ["bob", "dave"]);

        let full = subscribe("erin", &["carol", "bob"], terms(NOW + 5)).await;
        assert_eq!(full, Subscribed::Full(id("bob")));
        assert_eq!(list("erin").await, [""; 0], "all or none");
        let later = Terms { now: NOW + 5, ..terms(NOW + 9) };
        let done = subscribe("erin", &["carol", "bob"], later).await;
        assert_eq!(done, Subscribed::Done(ids(&["bob", "carol"])), "what is over has no place");
    })
    .await;
}

#[tokio::test]
async fn push_settings_are_kept_whole() {
    on_every_engine(|f| async move {
        let app = app_with_users(&f, "one", &["alice"]).await;
        let other = app_with_users(&f, "two", &["alice"]).await;
        let find = async |app| push_settings::find(&f.store, app, &id("alice")).await.unwrap();
        assert_eq!(find(app).await, PushSettings::default());
        let wanted = PushSettings {
            remind: Remind::Mentions,
            quiet_until: NOW,
            interval: Some(Interval { from: 1439, to: 0 }),
            language: "zh".to_owned(),
            shows_content: true,
            no_disturbing: true,
            disturb: (Some(23), None),
            template: "order".to_owned(),
        };
        let set = |settings: &mut PushSettings| *settings = wanted.clone();
        let stored = push_settings::update(&f.store, app, &id("alice"), set).await.unwrap();
        assert_eq!(stored.as_ref(), Some(&wanted));
        assert_eq!((find(app).await, find(other).await), (wanted.clone(), PushSettings::default()));
        let clear = |settings: &mut PushSettings| {
            settings.interval = None;
            settings.disturb = (None, Some(0));
        };
        push_settings::update(&f.store, app, &id("alice"), clear).await.unwrap();
        let after = PushSettings { interval: None, disturb: (None, Some(0)), ..wanted };
        assert_eq!(find(app).await, after);
        assert_eq!(push_settings::update(&f.store, app, &id("ghost"), |_| {}).await.unwrap(), None);
        users::delete(&f.store, app, &id("alice")).await.unwrap();
        assert_eq!(find(app).await, PushSettings::default());
    })
    .await;
}

#[tokio::test]
async fn wishes_about_conversations_have_a_limit_and_end() {
    on_every_engine(|f| async move {
        let app = app_with_users(&f, "one", &["alice", "bob"]).await;
        let set = async |kind, peer: &str, wish: ConversationWish| {
            let peer = Peer { kind, id: peer.to_owned() };
            let change = |stored: &mut ConversationWish| *stored = wish;
            let (user, bounds) = (id("alice"), (2, NOW));
            push_settings::update_conversation(&f.store, app, &user, &peer, bounds, change)
                .await
                .unwrap()
        };
        let wish = |remind, quiet_until| ConversationWish { remind, quiet_until };
        let nothing = wish(Some(Remind::Nothing), 0);
        assert_eq!(set(PeerKind::User, "bob", nothing).await, Outcome::Done(nothing));
        let quiet = wish(None, NOW + 5);
        assert_eq!(set(PeerKind::Muc, "1", quiet).await, Outcome::Done(quiet));
        assert_eq!(set(PeerKind::Muc, "2", nothing).await, Outcome::Full);
        let over = wish(None, NOW);
        assert_eq!(set(PeerKind::Muc, "1", over).await, Outcome::Done(over));
        assert_eq!(set(PeerKind::Muc, "bob", nothing).await, Outcome::Done(nothing));

        let find = async |kind, names: &[&str]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            let user = id("alice");
            push_settings::conversations(&f.store, app, &user, kind, &names).await.unwrap()
        };
        let bob = ("bob".to_owned(), nothing);
        assert_eq!(find(PeerKind::User, &["bob", "carol"]).await, std::slice::from_ref(&bob));
        assert_eq!(find(PeerKind::Muc, &["1", "2", "bob"]).await, [bob]);
        let reminding = async |after: Option<&Peer>| {
            let user = id("alice");
            let found = push_settings::reminding(&f.store, app, &user, after, 10).await.unwrap();
            found.into_iter().map(|(peer, _)| peer).collect::<Vec<_>>()
        };
        let peer = |kind| Peer { kind, id: "bob".to_owned() };
        assert_eq!(reminding(None).await, [peer(PeerKind::User), peer(PeerKind::Muc)]);
        assert_eq!(reminding(Some(&peer(PeerKind::User))).await, [peer(PeerKind::Muc)]);

        let (ghost, bob) = (id("ghost"), peer(PeerKind::User));
        let bounds = (2, NOW);
        let change = |_: &mut ConversationWish| {};
        let no_user =
            push_settings::update_conversation(&f.store, app, &ghost, &bob, bounds, change);
        assert_eq!(no_user.await.unwrap(), Outcome::NoUser);
        push_settings::forget_peer(&f.store, app, &id("bob")).await.unwrap();
        assert_eq!(reminding(None).await, [peer(PeerKind::Muc)], "a group of that name");
        users::delete(&f.store, app, &id("alice")).await.unwrap();
        f.user(app, "alice").await;
        assert_eq!(reminding(None).await, []);
    })
    .await;
}
