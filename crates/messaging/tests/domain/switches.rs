//! What switches and settings of an app do.

use hongyan_messaging::messages::content::Content;
use hongyan_messaging::messages::{
    HistoryQuery, OutgoingMessage, TargetKind, history, send_from_server,
};
use hongyan_messaging::tokens::{authenticate, issue_app, issue_by_password, issue_for_app};
use hongyan_messaging::{blocks, contacts};
use hongyan_model::{Conversation, Feature, MessageId, Refusal};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::{MessageBody, MessageConfig};

use crate::fixture::{Fixture, NOW, group_id, refusal, single, strings};
use crate::uplink::{about, decode, text, text_body, to, to_group, told, uplink};

const DAY_MS: i64 = 24 * 3600 * 1000;

fn disabled(feature: Feature) -> Refusal {
    Refusal::FeatureDisabled { feature }
}

#[tokio::test]
async fn without_block_lists_nobody_is_blocked_and_nobody_sees_one() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    let names = strings(&["bob"]);
    blocks::add(&f.m, &f.user("alice"), "alice", &names).await.unwrap();
    let write = |f: &Fixture| (f.user("bob"), text(to("alice"), "hi"));
    let (bob, hi) = write(&f);
    assert_eq!(refusal(f.submit(&bob, hi).await), Refusal::Blocked);

    f.switch(Feature::UserBlocklist, false).await;
    let (bob, hi) = write(&f);
    f.send(&bob, hi).await;
    contacts::invite(&f.m, &bob, "bob", &strings(&["alice"]), None).await.unwrap();
    let off = disabled(Feature::UserBlocklist);
    let (m, alice, server) = (&f.m, f.user("alice"), f.server());
    assert_eq!(refusal(blocks::add(m, &alice, "alice", &names).await), off);
    assert_eq!(refusal(blocks::remove(m, &alice, "alice", &names).await), off);
    assert_eq!(refusal(blocks::remove_one(m, &server, "alice", "bob").await), off);
    assert_eq!(refusal(blocks::page(m, &alice, "alice", None, None).await), off);
    assert_eq!(refusal(blocks::relations(m, &server, "alice", &names).await), off);

    f.switch(Feature::UserBlocklist, true).await;
    let (bob, hi) = write(&f);
    assert_eq!(refusal(f.submit(&bob, hi).await), Refusal::Blocked);
}

#[tokio::test]
async fn without_group_read_receipts_nobody_is_asked_for_one() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let club = || to_group(group_id(&group));
    let asking = |f: &Fixture| {
        let config = MessageConfig { allow_group_ack: Some(true) };
        let body = MessageBody { msg_config: Some(config), ..text_body("who reads?") };
        (f.user("alice"), uplink(club(), &body))
    };
    let by_rest = async |f: &Fixture| {
        let message = OutgoingMessage {
            from: "alice".to_owned(),
            to: strings(&["club"]),
            kind: TargetKind::Groups,
            content: Content::Text { text: "who reads?".to_owned() },
            ext: None,
            online_only: false,
            sync_device: false,
            need_group_ack: true,
            unroamed: Vec::new(),
            size: 10,
        };
        send_from_server(&f.m, &f.server(), message).await.unwrap()[0].1
    };
    let asks = async |f: &Fixture, id: MessageId| {
        let entry = f.store.log().entry(f.app.id, id).await.unwrap().unwrap();
        let (_, body) = decode(&entry.entry.meta);
        assert_eq!(body.contents[0].text(), "who reads?");
        body.msg_config.is_some_and(|config| config.allow_group_ack())
    };
    let (alice, message) = asking(&f);
    let asked = f.send(&alice, message).await.id;
    assert!(asks(&f, asked).await);
    let sent = by_rest(&f).await;
    assert!(asks(&f, sent).await);

    f.switch(Feature::GroupReadAck, false).await;
    let (alice, message) = asking(&f);
    let sent = f.send(&alice, message).await.id;
    assert!(!asks(&f, sent).await);
    let sent = by_rest(&f).await;
    assert!(!asks(&f, sent).await);
    let read = || about(club(), BodyType::ReadAck, asked);
    let refused = f.submit(&f.user("bob"), read()).await;
    assert_eq!(refusal(refused), disabled(Feature::GroupReadAck));
    // One-to-one they are always there.
    let hi = f.send(&f.user("alice"), text(to("bob"), "hi")).await.id;
    f.send(&f.user("bob"), about(to("alice"), BodyType::ReadAck, hi)).await;

    f.switch(Feature::GroupReadAck, true).await;
    f.send(&f.user("bob"), read()).await;
}

#[tokio::test]
async fn recall_follows_its_switch_and_its_window_at_once() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    let first = f.send(&f.user("alice"), text(to("bob"), "first")).await.id;
    let recall = async |f: &Fixture| {
        f.submit(&f.user("alice"), about(to("bob"), BodyType::Recall, first)).await
    };
    f.switch(Feature::MessageRecall, false).await;
    assert_eq!(refusal(recall(&f).await), disabled(Feature::MessageRecall));
    f.switch(Feature::MessageRecall, true).await;
    f.set(|settings| settings.recall_window_ms = 5_000).await;
    f.clock.advance(5_001);
    assert_eq!(refusal(recall(&f).await), Refusal::RecallTooLate);
    f.set(|settings| settings.recall_window_ms = 6_000).await;
    recall(&f).await.unwrap();
}

#[tokio::test]
async fn history_reaches_back_as_far_as_the_plan_keeps_messages() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let talk = single("alice", "bob");
    for day in 0..4 {
        f.send(&f.user("alice"), text(to("bob"), &format!("day {day}"))).await;
        f.send(&f.user("alice"), text(to_group(group_id(&group)), &format!("day {day}"))).await;
        f.clock.advance(DAY_MS);
    }
    let read = async |f: &Fixture, conversation: &Conversation| {
        let query = HistoryQuery {
            conversation: conversation.clone(),
            cursor: None,
            limit: 50,
            oldest_first: true,
            kinds: Vec::new(),
            from_time: None,
            to_time: None,
            sender: None,
        };
        let page = history(&f.m, &f.user("bob"), query).await.unwrap();
        page.metas.iter().map(told).collect::<Vec<_>>()
    };
    let days = [4, 2, 1].map(|days| (days, ["day 0", "day 1", "day 2", "day 3"]));
    for (kept, all) in days {
        f.limit(Feature::MsgStorageDays, kept).await;
        let seen = all.len() - usize::try_from(kept).unwrap();
        // To the millisecond.
        assert_eq!(read(&f, &talk).await, all[seen..]);
        assert_eq!(read(&f, &group).await, all[seen..]);
    }
    f.clock.advance(1);
    assert_eq!(read(&f, &talk).await, [""; 0]);
}

#[tokio::test]
async fn tokens_live_as_long_as_was_set_when_they_were_made() {
    let mut f = Fixture::new().await;
    f.register("alice").await;
    let user = async |f: &Fixture, ttl| {
        issue_by_password(&f.m, &f.app, "alice", "alicealice", ttl).await.unwrap().0
    };
    let app = async |f: &Fixture, ttl| {
        let (id, secret) = (&f.credentials.client_id, &f.credentials.client_secret);
        issue_app(&f.m, &f.app, id, secret, ttl).await.unwrap()
    };
    let ends = async |f: &Fixture, token: &str| authenticate(&f.m, token).await.unwrap().expires_at;

    f.set(|settings| settings.token_ttl_seconds = 1_000).await;
    let old = user(&f, None).await;
    f.set(|settings| settings.token_ttl_seconds = 60).await;
    for token in [user(&f, None).await, app(&f, None).await] {
        assert_eq!(token.expires_in, 60);
        assert_eq!(ends(&f, &token.access_token).await, Some(NOW + 60_000));
    }
    let staff = issue_for_app(&f.m, &f.server(), None).unwrap();
    assert_eq!(ends(&f, &staff.access_token).await, Some(NOW + 60_000));
    assert_eq!(issue_for_app(&f.m, &f.user("alice"), None).err(), Some(Refusal::NotPermitted));
    for token in [user(&f, Some(5)).await, app(&f, Some(5)).await] {
        assert_eq!(ends(&f, &token.access_token).await, Some(NOW + 5_000));
    }
    assert_eq!(ends(&f, &old.access_token).await, Some(NOW + 1_000_000));

    f.set(|settings| settings.token_ttl_seconds = 0).await;
    for token in [user(&f, None).await, app(&f, None).await] {
        assert_eq!(token.expires_in, 0);
        assert_eq!(ends(&f, &token.access_token).await, None);
    }
}
