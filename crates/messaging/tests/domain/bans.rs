//! Bans, logging devices out, and what waits for them.

use hongyan_cluster::Kick;
use hongyan_messaging::devices::{is_delivered, offline_count};
use hongyan_messaging::messages::content::Content;
use hongyan_messaging::messages::{OutgoingMessage, TargetKind, send_from_server};
use hongyan_messaging::tokens::{authenticate, issue_by_password, issue_inherited};
use hongyan_messaging::users;
use hongyan_model::{Caller, Refusal};

use crate::fixture::{Fixture, refusal, single, strings};
use crate::uplink::{online_only, text, to, to_group};

#[tokio::test]
async fn a_banned_user_is_out_until_the_ban_is_lifted() {
    let f = Fixture::with_users(&["bob"]).await;
    f.register("alice").await;
    let app = f.app.clone();
    let (token, _) = issue_inherited(&f.m, &f.server(), "alice", false, None).await.unwrap();
    let session = f.connect("alice", "webim_1").await;

    let banned = users::deactivate(&f.m, &f.server(), "ALICE").await.unwrap();
    assert!(!banned.activated);
    assert_eq!(session.kicked(), Some(Kick::Banned));
    drop(session);
    let refused = refusal(authenticate(&f.m, &token.access_token).await);
    assert_eq!(refused, Refusal::UserBanned);
    let password = issue_by_password(&f.m, &app, "alice", "alicealice", None).await;
    assert_eq!(refusal(password), Refusal::UserBanned);
    let inherited = issue_inherited(&f.m, &f.server(), "alice", true, None).await;
    assert_eq!(refusal(inherited), Refusal::UserBanned);
    // Others write on, and it waits; nobody speaks in the banned user's name.
    f.send(&f.user("bob"), text(to("alice"), "are you there?")).await;
    let message = OutgoingMessage {
        from: "alice".to_owned(),
        to: strings(&["bob"]),
        kind: TargetKind::Users,
        content: Content::Text { text: "hello".to_owned() },
        ext: None,
        online_only: false,
        sync_device: false,
        need_group_ack: false,
        unroamed: Vec::new(),
        size: 5,
    };
    let in_its_name = send_from_server(&f.m, &f.server(), message).await;
    assert_eq!(refusal(in_its_name), Refusal::UserBanned);

    assert!(users::activate(&f.m, &f.server(), "alice").await.unwrap().activated);
    authenticate(&f.m, &token.access_token).await.unwrap();
    let mut session = f.connect("alice", "webim_1").await;
    assert_eq!(session.receive(&single("alice", "bob")).await, ["are you there?"]);
    assert_eq!(session.kicked(), None);
}

#[tokio::test]
async fn bans_and_logouts_are_the_servers() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let (alice, server) = (f.user("alice"), f.server());
    assert_eq!(refusal(users::deactivate(&f.m, &alice, "alice").await), Refusal::NotPermitted);
    assert_eq!(refusal(users::activate(&f.m, &alice, "alice").await), Refusal::NotPermitted);
    assert_eq!(refusal(users::disconnect(&f.m, &alice, "bob").await), Refusal::NotPermitted);
    let one = users::disconnect_device(&f.m, &alice, "alice", "webim_alice").await;
    assert_eq!(refusal(one), Refusal::NotPermitted);
    assert_eq!(refusal(users::resources(&f.m, &alice, "bob").await), Refusal::NotPermitted);
    assert_eq!(refusal(offline_count(&f.m, &alice, "alice").await), Refusal::NotPermitted);
    let ghost = || Refusal::UserNotFound { user: "ghost".to_owned() };
    assert_eq!(refusal(users::deactivate(&f.m, &server, "ghost").await), ghost());
    assert_eq!(refusal(users::disconnect(&f.m, &server, "ghost").await), ghost());
    assert_eq!(refusal(users::resources(&f.m, &server, "ghost").await), ghost());
    assert_eq!(refusal(offline_count(&f.m, &server, "ghost").await), ghost());
    let foreign = Caller { app: f.other_app.clone(), ..f.server() };
    assert!(users::deactivate(&f.m, &foreign, "alice").await.is_err(), "another app's user");
}

#[tokio::test]
async fn one_device_or_all_are_logged_out() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let web = f.connect("alice", "webim_1").await;
    let phone = f.connect("alice", "ios_1").await;
    let other = f.connect("bob", "webim_1").await;
    let resources = async || {
        let found = users::resources(&f.m, &f.user("alice"), "alice").await.unwrap();
        found.iter().map(|(device, _)| device.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(resources().await, ["webim_1", "ios_1"]);

    let server = f.server();
    let log_out = async |device: &str| {
        users::disconnect_device(&f.m, &server, "alice", device).await.unwrap()
    };
    assert!(!log_out("webim_2").await && !log_out("no/device").await);
    assert!(log_out("webim_1").await);
    assert_eq!((web.kicked(), phone.kicked()), (Some(Kick::LoggedOut), None));
    drop(web);
    assert_eq!(resources().await, ["ios_1"]);
    users::disconnect(&f.m, &server, "alice").await.unwrap();
    assert_eq!((phone.kicked(), other.kicked()), (Some(Kick::LoggedOut), None));
    drop(phone);
    assert!(resources().await.is_empty());
    let _again = f.connect("alice", "webim_1").await;
}

#[tokio::test]
async fn what_waits_is_counted_until_it_is_delivered() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("1", "bob", &["alice"]).await;
    let (bob, server) = (f.user("bob"), f.server());
    let count = async || offline_count(&f.m, &server, "alice").await.unwrap();
    assert_eq!(count().await, 0, "events do not count");

    let first = f.send(&bob, text(to("alice"), "one")).await;
    f.send(&bob, text(to("alice"), "two")).await;
    f.send(&bob, online_only(text(to("alice"), "gone"))).await;
    f.send(&bob, text(to_group(crate::fixture::group_id(&group)), "three")).await;
    f.send(&f.user("alice"), text(to("bob"), "her own")).await;
    assert_eq!(count().await, 3, "without a device, too");
    let delivered = async |id: &str| is_delivered(&f.m, &server, "alice", id).await.unwrap();
    assert!(!delivered(&first.id.to_string()).await);

    let mut session = f.connect("alice", "webim_1").await;
    session.receive(&single("alice", "bob")).await;
    assert_eq!(count().await, 1);
    assert!(delivered(&first.id.to_string()).await);
    session.receive(&group).await;
    drop(session);
    assert_eq!(count().await, 0);
    f.send(&bob, text(to("alice"), "four")).await;
    assert_eq!(count().await, 1);
    for unknown in ["1", "x"] {
        assert!(!delivered(unknown).await);
    }
}
