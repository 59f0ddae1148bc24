//! What is counted, when, and once.

use std::collections::HashMap;
use std::sync::Arc;

use hongyan_messaging::connections::Connection;
use hongyan_messaging::messages::{
    OutgoingMessage, Priority, TargetKind, content, send_from_server, submit,
};
use hongyan_messaging::metering::{
    self, DayFigures, DayMessages, DayRange, MessageSums, Subject, flush,
};
use hongyan_messaging::rooms::{self, NewRoom};
use hongyan_messaging::{Messaging, MessagingOptions, groups, users};
use hongyan_model::{ChatType, EntryKind, IdGenerator, Refusal, RoomId, Source};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_platform::{Day, secrets};
use serde_json::json;

use crate::fixture::{Fixture, group_id, refusal, single, strings};
use crate::uplink::{about, directed, online_only, room_text, text, to, to_device, to_group};

/// The fixture's day, as it is in Shanghai.
const TODAY: &str = "2026-11-18";
const HOUR_MS: i64 = 3_600_000;
/// From the fixture's first moment to the midnight of Shanghai.
const TO_MIDNIGHT_MS: i64 = 15 * HOUR_MS + 33 * 60_000 + 20_000;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn range(from: &str, to: &str) -> DayRange {
    DayRange::new(day(from), day(to)).unwrap()
}

async fn messages(f: &Fixture, chat: Option<ChatType>) -> DayMessages {
    flush(&f.m).await.unwrap();
    let range = range(TODAY, TODAY);
    metering::messages(&f.m, &f.server(), range, chat).await.unwrap().pop().unwrap()
}

async fn sums(f: &Fixture, chat: ChatType) -> (u64, u64, u64) {
    let MessageSums { uplink, downlink, offline, distribution } =
        messages(f, Some(chat)).await.sums;
    assert_eq!(distribution, downlink + offline);
    (uplink, downlink, offline)
}

async fn figures(f: &Fixture, m: &Messaging) -> DayFigures {
    flush(m).await.unwrap();
    metering::today(m, &f.server()).await.unwrap().figures
}

/// The customer's server says something.
async fn tell(f: &Fixture, kind: TargetKind, to: &[&str]) {
    let message = OutgoingMessage {
        from: "admin".to_owned(),
        to: strings(to),
        kind,
        content: content::parse_body("txt", &json!({"msg": "hi"})).unwrap(),
        ext: None,
        online_only: false,
        sync_device: false,
        need_group_ack: false,
        unroamed: Vec::new(),
        size: 2,
    };
    send_from_server(&f.m, &f.server(), message).await.unwrap();
    f.settle().await;
}

/// Another process on the same store, with nobody connected.
async fn restarted(f: &Fixture) -> Messaging {
    let token_key = secrets::token_key(&f.platform).await.unwrap();
    Messaging::new(MessagingOptions {
        store: f.store.clone(),
        platform: f.platform.clone(),
        router: Arc::default(),
        clock: Arc::new(f.clock.clone()),
        ids: Arc::new(IdGenerator::new(1)),
        token_key,
        rooms: hongyan_messaging::rooms::RoomOptions::default(),
        hooks: Arc::new(hongyan_messaging::hooks::Unhooked),
        providers: Default::default(),
        outgoing: hongyan_providers::Outgoing::new(Vec::new()).unwrap(),
    })
}

#[tokio::test]
async fn a_message_is_counted_up_and_down_and_where_nobody_is() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let alice = f.connect("alice", "webim_1").await;
    let mut tablet = f.connect("alice", "ios_1").await;
    let (mut web, mut phone) = (f.connect("bob", "webim_1").await, f.connect("bob", "ios_1").await);
    f.send(&alice.caller, text(to("bob"), "hi")).await;
    assert_eq!(sums(&f, ChatType::Single).await, (1, 0, 0), "nobody has asked for it yet");
    for session in [&mut web, &mut phone, &mut tablet] {
        session.receive(&single("alice", "bob")).await;
    }
    assert_eq!(
        sums(&f, ChatType::Single).await,
        (1, 2, 0),
        "each device, but not the sender's own"
    );

    f.send(&alice.caller, text(to("carol"), "hi")).await;
    assert_eq!(sums(&f, ChatType::Single).await, (2, 2, 1));
    for _ in 0..2 {
        // Not acknowledged: handed over again on the next connection.
        let mut carol = f.connect("carol", "webim_1").await;
        carol.pull(&single("alice", "carol"), None).await.unwrap();
    }
    assert_eq!(sums(&f, ChatType::Single).await, (2, 4, 1));

    tell(&f, TargetKind::Users, &["bob", "carol", "stranger"]).await;
    assert_eq!(sums(&f, ChatType::Single).await, (5, 4, 3), "each receiver is a message");
    f.send(&alice.caller, online_only(text(to("carol"), "now or never"))).await;
    f.send(&alice.caller, text(to("alice"), "note to self")).await;
    f.send(&alice.caller, text(to_device("carol", "ios_9"), "psst")).await;
    assert_eq!(sums(&f, ChatType::Single).await, (8, 4, 4));
    assert_eq!(sums(&f, ChatType::Group).await, (0, 0, 0));
}

#[tokio::test]
async fn in_a_group_every_absent_member_counts() {
    let f = Fixture::with_users(&["alice", "bob", "carol", "dave", "erin"]).await;
    let group = f.group("club", "alice", &["bob", "carol", "dave"]).await;
    let club = || to_group(group_id(&group));
    let alice = f.connect("alice", "webim_1").await;
    let (mut bob, _phone) = (f.connect("bob", "webim_1").await, f.connect("bob", "ios_1").await);
    f.send(&alice.caller, text(club(), "hi all")).await;
    assert_eq!(sums(&f, ChatType::Group).await, (1, 0, 2), "carol and dave");
    bob.receive(&group).await;
    assert_eq!(sums(&f, ChatType::Group).await, (1, 1, 2));

    groups::add_members(&f.m, &f.server(), "club", &strings(&["erin"])).await.unwrap();
    f.send(&alice.caller, text(club(), "welcome")).await;
    assert_eq!(sums(&f, ChatType::Group).await, (2, 1, 5));
    // A sender who is a member counts as little without a connection as with one.
    drop(alice);
    f.send(&f.user("alice"), text(club(), "gone")).await;
    assert_eq!(sums(&f, ChatType::Group).await, (3, 1, 8));
    tell(&f, TargetKind::Groups, &["club"]).await;
    assert_eq!(sums(&f, ChatType::Group).await, (4, 1, 12), "all but bob");
    f.send(&f.user("alice"), directed(text(club(), "psst"), &["bob", "carol"])).await;
    assert_eq!(sums(&f, ChatType::Group).await, (5, 1, 13));
}

#[tokio::test]
async fn kinds_and_sources_are_told_apart_and_receipts_are_no_messages() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let (alice, mut bob) = (f.connect("alice", "webim_1").await, f.connect("bob", "webim_1").await);
    let id = f.send(&alice.caller, text(to("bob"), "hi")).await.id;
    tell(&f, TargetKind::Users, &["bob"]).await;
    bob.receive(&single("alice", "bob")).await;
    f.send(&bob.caller, about(to("alice"), BodyType::ReadAck, id)).await;
    f.send(&bob.caller, about(to("alice"), BodyType::ChannelAck, None)).await;
    f.send(&alice.caller, about(to("bob"), BodyType::Recall, id)).await;
    bob.receive(&single("alice", "bob")).await;

    let today = messages(&f, None).await;
    assert_eq!((today.sums.uplink, today.sums.downlink, today.sums.offline), (2, 1, 0));
    let rows: HashMap<_, _> = today
        .rows
        .iter()
        .map(|row| ((row.kind, row.source), (row.counts.uplink, row.counts.downlink)))
        .collect();
    let expected = [
        ((EntryKind::Text, Source::Sdk), (1, 1)),
        ((EntryKind::Text, Source::Rest), (1, 0)),
        ((EntryKind::ReadAck, Source::Sdk), (1, 0)),
        ((EntryKind::ChannelAck, Source::Sdk), (1, 0)),
        ((EntryKind::Recall, Source::Sdk), (1, 1)),
    ];
    assert_eq!(rows, expected.into());
    let elsewhere = Fixture::new().await;
    assert!(messages(&elsewhere, None).await.rows.is_empty());
}

#[tokio::test]
async fn what_is_sent_again_counts_once() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let message = text(to("bob"), "hi");
    for _ in 0..3 {
        f.send(&f.user("alice"), message.clone()).await;
    }
    assert_eq!(sums(&f, ChatType::Single).await, (1, 0, 1));
}

#[tokio::test]
async fn a_day_ends_at_midnight_of_the_installation() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    f.clock.advance(TO_MIDNIGHT_MS - 1);
    f.send(&f.user("alice"), text(to("bob"), "good night")).await;
    f.clock.advance(1);
    f.send(&f.user("alice"), text(to("bob"), "good morning")).await;
    // Who is away is looked up when it is counted.
    flush(&f.m).await.unwrap();
    let mut bob = f.connect("bob", "webim_1").await;
    bob.receive(&single("alice", "bob")).await;
    flush(&f.m).await.unwrap();
    let days = range("2026-11-17", "2026-11-19");
    let found = metering::messages(&f.m, &f.server(), days, None).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|day| (day.day.to_string(), day.sums.uplink, day.sums.downlink, day.sums.offline))
        .collect();
    let expected = [
        ("2026-11-17".to_owned(), 0, 0, 0),
        ("2026-11-18".to_owned(), 1, 0, 1),
        ("2026-11-19".to_owned(), 1, 2, 1),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn counting_goes_on_where_the_last_process_stopped() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    f.send(&f.user("alice"), text(to("bob"), "1")).await;
    assert_eq!(sums(&f, ChatType::Single).await, (1, 0, 1));
    // Committed, and never counted: what is delivered goes to somebody who does not look.
    drop(f.store.log().subscribe());
    for n in 2..40 {
        let unseen = text(to("bob"), &n.to_string());
        submit(&f.m, &f.user("alice"), unseen).await.unwrap().await.unwrap();
    }
    let new = restarted(&f).await;
    for _ in 0..2 {
        flush(&new).await.unwrap();
        let found = metering::messages(&new, &f.server(), range(TODAY, TODAY), None).await.unwrap();
        assert_eq!((found[0].sums.uplink, found[0].sums.offline), (39, 39));
    }
}

#[tokio::test]
async fn a_user_is_active_once_a_day_however_often_it_connects() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let begin =
        |user: &str, device: &str| Connection::begin(&f.m, &f.on(user, device), "4.21.1").unwrap();
    for _ in 0..3 {
        drop(begin("alice", "webim_1"));
        flush(&f.m).await.unwrap();
    }
    let phone = begin("alice", "ios_1");
    drop(begin("bob", "toaster_1"));
    let today = figures(&f, &f.m).await;
    assert_eq!((today.active_users, today.peak_connections), (2, 2));
    let now = metering::today(&f.m, &f.server()).await.unwrap();
    assert_eq!((now.connections, now.month_peak), (1, (2, day(TODAY))));
    let platforms = ["ios", "other", "webim"].map(|platform| (platform.to_owned(), 1));
    assert_eq!(now.platforms, platforms);
    drop(phone);
    // Nobody is forgotten when the process is another one.
    let new = restarted(&f).await;
    drop(Connection::begin(&new, &f.user("alice"), "").unwrap());
    assert_eq!(figures(&f, &new).await.active_users, 2);
}

#[tokio::test]
async fn a_connection_over_midnight_is_active_when_it_says_something() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let begin = |user: &str| Connection::begin(&f.m, &f.user(user), "").unwrap();
    let (mut alice, bob) = (begin("alice"), begin("bob"));
    assert_eq!(figures(&f, &f.m).await.active_users, 2);
    f.clock.advance(TO_MIDNIGHT_MS);
    let today = figures(&f, &f.m).await;
    assert_eq!((today.day, today.active_users), (day("2026-11-19"), 0));
    assert_eq!(today.peak_connections, 2, "they are connected all the same");
    for _ in 0..2 {
        alice.heard();
        assert_eq!(figures(&f, &f.m).await.active_users, 1);
    }
    let days = metering::days(&f.m, &f.server(), range(TODAY, "2026-11-19")).await.unwrap();
    assert_eq!(days.iter().map(|day| day.active_users).collect::<Vec<_>>(), [2, 1]);
    let now = metering::today(&f.m, &f.server()).await.unwrap();
    assert_eq!(now.month_peak, (2, day(TODAY)));
    drop((alice, bob));
}

#[tokio::test]
async fn users_and_groups_that_come_and_go_are_counted_with_the_change() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.group("club", "alice", &["bob"]).await;
    f.group("other", "alice", &[]).await;
    groups::destroy(&f.m, &f.server(), "other").await.unwrap();
    let today = figures(&f, &f.m).await;
    assert_eq!((today.new_users, today.users), (3, 3));
    assert_eq!((today.new_groups, today.dissolved_groups, today.groups), (2, 1, 1));
    assert_eq!((today.group_joins, today.group_leaves), (3, 1));

    f.clock.advance(24 * HOUR_MS);
    users::delete(&f.m, &f.server(), "alice").await.unwrap();
    // A process that dies before it has counted loses nothing of this.
    let new = restarted(&f).await;
    let today = figures(&f, &new).await;
    assert_eq!((today.new_users, today.deleted_users, today.users), (0, 1, 2));
    assert_eq!((today.dissolved_groups, today.groups), (1, 0));
    let days = range("2026-11-17", "2026-11-19");
    let days = metering::days(&new, &f.server(), days).await.unwrap();
    let numbers: Vec<_> = days.iter().map(|day| (day.users, day.groups)).collect();
    assert_eq!(numbers, [(0, 0), (3, 1), (2, 0)]);
}

#[tokio::test]
async fn chat_rooms_have_members_and_no_absent_ones() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let new = NewRoom {
        id: Some("7".to_owned()),
        name: "Stage".to_owned(),
        description: "d".to_owned(),
        custom: String::new(),
        owner: "alice".to_owned(),
        members: strings(&["bob"]),
        max_users: None,
    };
    rooms::create(&f.m, &f.server(), new).await.unwrap();
    let room = RoomId::parse("7").unwrap();
    f.send(&f.user("alice"), room_text(&room, "hi")).await;
    tell(&f, TargetKind::Rooms { priority: Priority::Normal }, &["7"]).await;
    assert_eq!(sums(&f, ChatType::Room).await, (2, 0, 0));
    rooms::remove_members(&f.m, &f.server(), "7", &strings(&["bob"])).await.unwrap();
    let today = figures(&f, &f.m).await;
    assert_eq!((today.new_rooms, today.active_rooms, today.rooms), (1, 1, 1));
    assert_eq!((today.room_joins, today.room_leaves, today.peak_room_members), (2, 1, 2));
    let now = metering::today(&f.m, &f.server()).await.unwrap();
    assert_eq!(now.room_members, 1);
    rooms::destroy(&f.m, &f.server(), "7").await.unwrap();
    let today = figures(&f, &f.m).await;
    assert_eq!((today.dissolved_rooms, today.rooms, today.room_leaves), (1, 0, 2));
}

#[tokio::test]
async fn the_busiest_come_first_with_what_they_sent() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    f.group("quiet", "alice", &["bob"]).await;
    let club = || to_group(group_id(&group));
    for _ in 0..3 {
        f.send(&f.user("bob"), text(club(), "hi")).await;
    }
    let id = f.send(&f.user("alice"), text(to("bob"), "hi")).await.id;
    f.send(&f.user("bob"), about(to("alice"), BodyType::ReadAck, id)).await;
    f.clock.advance(24 * HOUR_MS);
    for _ in 0..3 {
        f.send(&f.user("alice"), text(to("bob"), "hi")).await;
    }
    flush(&f.m).await.unwrap();
    let top = async |subject, from, to| {
        let found = metering::top(&f.m, &f.server(), subject, range(from, to)).await.unwrap();
        let row = |hot: &metering::Hot| (hot.id.clone(), hot.kinds.total(), hot.kinds.0[0]);
        found.iter().map(row).collect::<Vec<_>>()
    };
    let (alice, bob, club) = ("alice".to_owned(), "bob".to_owned(), "club".to_owned());
    let both = top(Subject::User, TODAY, "2026-11-19").await;
    assert_eq!(both, [(alice.clone(), 4, 4), (bob.clone(), 3, 3)]);
    assert_eq!(top(Subject::User, TODAY, TODAY).await, [(bob, 3, 3), (alice, 1, 1)]);
    assert_eq!(top(Subject::Group, TODAY, "2026-11-19").await, [(club, 3, 3)]);
    assert_eq!(top(Subject::Room, TODAY, "2026-11-19").await, []);
    let days = metering::days(&f.m, &f.server(), range(TODAY, TODAY)).await.unwrap();
    assert_eq!((days[0].senders, days[0].active_groups), (2, 1));
}

#[tokio::test]
async fn figures_are_for_the_app() {
    let f = Fixture::with_users(&["alice"]).await;
    let (alice, today) = (f.user("alice"), range(TODAY, TODAY));
    assert_eq!(refusal(metering::today(&f.m, &alice).await), Refusal::NotPermitted);
    assert_eq!(refusal(metering::days(&f.m, &alice, today).await), Refusal::NotPermitted);
    assert_eq!(refusal(metering::messages(&f.m, &alice, today, None).await), Refusal::NotPermitted);
    let top = metering::top(&f.m, &alice, Subject::User, today).await;
    assert_eq!(refusal(top), Refusal::NotPermitted);
    assert!(DayRange::new(day(TODAY), day("2026-11-17")).is_err());
    assert!(DayRange::new(day("2025-11-17"), day("2026-11-18")).is_err());
    assert!(DayRange::new(day("2025-11-18"), day("2026-11-18")).is_ok());
}
