//! Global mutes: who may not write in the whole app.

use hongyan_messaging::messages::content::Content;
use hongyan_messaging::messages::{OutgoingMessage, TargetKind, send_from_server};
use hongyan_messaging::mutes::{self, GlobalMute, MuteChange};
use hongyan_messaging::{reactions, users};
use hongyan_model::{Caller, Feature, Refusal, Result, UserId};
use hongyan_msync::proto::message_body::Type as BodyType;

use crate::fixture::{Fixture, group_id, refusal, strings};
use crate::uplink::{about, text, to, to_group};

fn chat(seconds: i64) -> MuteChange {
    MuteChange { chat: Some(seconds), ..MuteChange::default() }
}

fn mute(user: &str, chat: i64, groupchat: i64, chatroom: i64) -> GlobalMute {
    GlobalMute { user: UserId::from_trusted(user), chat, groupchat, chatroom }
}

/// The customer's server writes to bob in the name of `from`.
async fn send_as(f: &Fixture, from: &str) -> Result<()> {
    let message = OutgoingMessage {
        from: from.to_owned(),
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
    send_from_server(&f.m, &f.server(), message).await.map(|_| ())
}

#[tokio::test]
async fn each_kind_is_muted_by_itself_and_ends_by_itself() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("1", "alice", &["bob"]).await;
    let to_group = || to_group(group_id(&group));
    let alice = f.user("alice");
    let set = async |change| mutes::set(&f.m, &f.server(), "Alice", change).await.unwrap();
    let get = async || mutes::get(&f.m, &f.server(), "alice").await.unwrap();
    assert_eq!(get().await, mute("alice", 0, 0, 0));

    f.send(&alice, text(to("bob"), "before")).await;
    set(chat(10)).await;
    set(MuteChange { groupchat: Some(-1), chatroom: Some(20), ..MuteChange::default() }).await;
    assert_eq!(get().await, mute("alice", 10, -1, 20));
    let silent = |result| assert_eq!(refusal::<()>(result), Refusal::GloballyMuted);
    silent(f.submit(&alice, text(to("bob"), "muted")).await.map(|_| ()));
    silent(f.submit(&alice, text(to_group(), "muted")).await.map(|_| ()));
    silent(send_as(&f, "alice").await);
    send_as(&f, "admin").await.unwrap();
    f.send(&f.user("bob"), text(to("alice"), "others are free")).await;

    // Nor does it react to what others say, or take that back.
    let said = f.send(&f.user("bob"), text(to("alice"), "react!")).await.id.to_string();
    let react =
        async |reaction| reactions::add(&f.m, &alice, "alice", &said, reaction).await.map(|_| ());
    silent(react("x").await);
    set(chat(0)).await;
    react("x").await.unwrap();
    set(chat(10)).await;
    silent(reactions::remove(&f.m, &alice, "alice", &said, "x").await);

    f.clock.advance(9_001);
    assert_eq!(get().await, mute("alice", 1, -1, 11), "the second that has begun counts");
    f.clock.advance(999);
    f.send(&alice, text(to("bob"), "after")).await;
    send_as(&f, "alice").await.unwrap();
    silent(f.submit(&alice, text(to_group(), "muted")).await.map(|_| ()));
    set(MuteChange { groupchat: Some(0), ..MuteChange::default() }).await;
    f.send(&alice, text(to_group(), "lifted")).await;
    assert_eq!(get().await, mute("alice", 0, 0, 10));
}

#[tokio::test]
async fn receipts_pass_and_recalls_do_not() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let own = f.send(&f.user("alice"), text(to("bob"), "mine")).await;
    let received = f.send(&f.user("bob"), text(to("alice"), "yours")).await;
    mutes::set(&f.m, &f.server(), "alice", chat(-1)).await.unwrap();
    let receipt = about(to("bob"), BodyType::ReadAck, received.id);
    f.send(&f.user("alice"), receipt).await;
    let recall = about(to("bob"), BodyType::Recall, own.id);
    assert_eq!(refusal(f.submit(&f.user("alice"), recall).await), Refusal::GloballyMuted);
}

#[tokio::test]
async fn the_muted_are_listed_by_page() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    for (user, seconds) in [("carol", 5), ("alice", -1), ("bob", 50)] {
        mutes::set(&f.m, &f.server(), user, chat(seconds)).await.unwrap();
    }
    let page = async |page, size| mutes::page(&f.m, &f.server(), page, size).await.unwrap();
    let [alice, bob, carol] =
        [mute("alice", -1, 0, 0), mute("bob", 50, 0, 0), mute("carol", 5, 0, 0)];
    assert_eq!(page(1, 2).await, [alice.clone(), bob]);
    assert_eq!(page(2, 2).await, [carol]);
    f.clock.advance(50_000);
    assert_eq!(page(0, 50).await, [alice]);
    let foreign = Caller { app: f.other_app.clone(), ..f.server() };
    assert_eq!(mutes::page(&f.m, &foreign, 1, 50).await.unwrap(), []);
}

#[tokio::test]
async fn what_a_mute_refuses() {
    let f = Fixture::with_users(&["alice"]).await;
    let set = async |caller: Caller, user: &str, change| {
        refusal(mutes::set(&f.m, &caller, user, change).await)
    };
    assert_eq!(set(f.user("alice"), "alice", chat(0)).await, Refusal::NotPermitted);
    let ghost = Refusal::UserNotFound { user: "ghost".to_owned() };
    assert_eq!(set(f.server(), "ghost", chat(1)).await, ghost);
    for seconds in [-2, 2_147_483_648] {
        let refused = set(f.server(), "alice", chat(seconds)).await;
        assert!(matches!(refused, Refusal::Invalid { name: "chat", .. }), "{seconds}");
    }
    mutes::set(&f.m, &f.server(), "alice", chat(2_147_483_647)).await.unwrap();
}

#[tokio::test]
async fn without_the_feature_there_are_no_mutes() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    mutes::set(&f.m, &f.server(), "alice", chat(-1)).await.unwrap();
    f.switch(Feature::GlobalMute, false).await;
    f.send(&f.user("alice"), text(to("bob"), "free")).await;
    let off = Refusal::FeatureDisabled { feature: Feature::GlobalMute };
    assert_eq!(refusal(mutes::set(&f.m, &f.server(), "alice", chat(0)).await), off);
    assert_eq!(refusal(mutes::get(&f.m, &f.server(), "alice").await), off);
    assert_eq!(refusal(mutes::page(&f.m, &f.server(), 1, 1).await), off);
    f.switch(Feature::GlobalMute, true).await;
    let muted = f.submit(&f.user("alice"), text(to("bob"), "muted")).await;
    assert_eq!(refusal(muted), Refusal::GloballyMuted);
}

#[tokio::test]
async fn a_mute_ends_with_its_user() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    mutes::set(&f.m, &f.server(), "alice", chat(-1)).await.unwrap();
    let muted = f.submit(&f.user("alice"), text(to("bob"), "muted")).await;
    assert_eq!(refusal(muted), Refusal::GloballyMuted);
    users::delete(&f.m, &f.server(), "alice").await.unwrap();
    f.make_user("alice").await;
    f.send(&f.user("alice"), text(to("bob"), "a new alice")).await;
}
