//! Rooms that say too much, what they said before, and what is said to all of them.

use hongyan_messaging::broadcasts::{self, NewBroadcast, Target};
use hongyan_messaging::messages::content::Content;
use hongyan_messaging::messages::{HistoryPage, HistoryQuery, Priority, history};
use hongyan_messaging::metering;
use hongyan_messaging::muc;
use hongyan_messaging::rooms::{self, RoomOptions};
use hongyan_model::{
    AllowedNetwork, Caller, Conversation, Feature, GroupId, Muc, Origin, Refusal, Result,
};
use hongyan_msync::proto::key_value::{Value, ValueType};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::{KeyValue, Meta};

use crate::fixture::{Fixture, Session, refusal, strings};
use crate::rooms::new_room;
use crate::rooms_live::Live;
use crate::uplink::{about, decode, directed, online_only, room_text, to_room, told};

/// Ten messages per second.
const TEN: RoomOptions = RoomOptions { absence_ms: 120_000, messages_per_second: 10 };

fn important(uplink: Meta, priority: Priority) -> Meta {
    let tag = KeyValue {
        key: Some("chatroom_msg_tag".to_owned()),
        r#type: Some(ValueType::Int as i32),
        value: Some(Value::VarintValue(priority as i64)),
    };
    Meta { ext: vec![tag], ..uplink }
}

impl Live {
    /// Bob says `count` things at once; how many of them arrive at carol.
    async fn arrive(&self, carol: &mut Session, count: usize, priority: Priority) -> usize {
        self.say(&self.bob.caller, carol, count, priority).await
    }

    async fn say(
        &self,
        by: &Caller,
        carol: &mut Session,
        count: usize,
        priority: Priority,
    ) -> usize {
        let by = Caller { app: self.f.app.clone(), ..by.clone() };
        for n in 0..count {
            let text = room_text(&self.room.id, &n.to_string());
            self.f.send(&by, important(text, priority)).await;
        }
        carol.receive(&self.conversation()).await.len()
    }

    async fn carol(&mut self) -> Session {
        let carol = self.f.connect("carol", "webim_c").await;
        self.join(&carol.caller.clone()).await;
        self.f.settle().await;
        carol
    }
}

async fn read(f: &Fixture, user: &str, room: &str) -> Result<HistoryPage> {
    let query = HistoryQuery {
        // As clients ask: they do not know which of the two it is.
        conversation: Conversation::Group(GroupId::from_trusted(room)),
        cursor: None,
        limit: 50,
        oldest_first: true,
        kinds: Vec::new(),
        from_time: None,
        to_time: None,
        sender: None,
    };
    history(&f.m, &f.user(user), query).await
}

fn texts(page: &HistoryPage) -> Vec<String> {
    page.metas.iter().map(told).collect()
}

#[tokio::test]
async fn low_is_kept_back_first_then_normal_never_high() {
    let mut l = Live::with_options(TEN).await;
    let mut carol = l.carol().await;
    assert_eq!(l.arrive(&mut carol, 10, Priority::Low).await, 6);
    assert_eq!(l.arrive(&mut carol, 10, Priority::Normal).await, 4);
    assert_eq!(l.arrive(&mut carol, 10, Priority::High).await, 10);
    assert_eq!(l.arrive(&mut carol, 1, Priority::Normal).await, 0);
    l.f.clock.advance(2_000);
    assert_eq!(l.arrive(&mut carol, 30, Priority::Normal).await, 10);

    // It was acknowledged, and it is there.
    let page = read(&l.f, "carol", l.room.id.as_str()).await.unwrap();
    assert_eq!(page.metas.len(), 50);
    metering::flush(&l.f.m).await.unwrap();
    let today = metering::today(&l.f.m, &l.f.server()).await.unwrap().figures;
    assert_eq!(today.room_messages_kept_back, 4 + 6 + 1 + 20);
}

#[tokio::test]
async fn what_the_owner_and_the_allowed_say_is_high() {
    let mut l = Live::with_options(TEN).await;
    let mut carol = l.carol().await;
    let alice = l.alice.caller.clone();
    assert_eq!(l.say(&alice, &mut carol, 30, Priority::Low).await, 30);
    assert_eq!(l.arrive(&mut carol, 5, Priority::Low).await, 0);
    let place = Muc::Room(l.room.id.clone());
    muc::allow(&l.f.m, &l.f.server(), &place, &strings(&["bob"])).await.unwrap();
    assert_eq!(l.arrive(&mut carol, 5, Priority::Low).await, 5);
}

#[tokio::test]
async fn without_the_feature_all_messages_are_alike() {
    let mut l = Live::with_options(TEN).await;
    let mut carol = l.carol().await;
    l.f.switch(Feature::RoomPriority, false).await;
    assert_eq!(l.arrive(&mut carol, 4, Priority::Low).await, 4);
    assert_eq!(l.arrive(&mut carol, 4, Priority::High).await, 4);
    let alice = l.alice.caller.clone();
    assert_eq!(l.say(&alice, &mut carol, 4, Priority::High).await, 2);
}

#[tokio::test]
async fn recalls_and_events_are_never_kept_back() {
    let mut l = Live::with_options(RoomOptions { messages_per_second: 1, ..TEN }).await;
    let mut carol = l.carol().await;
    let text = room_text(&l.room.id, "once");
    let sent = l.f.send(&l.bob.caller, text).await;
    let lost = l.f.send(&l.bob.caller, room_text(&l.room.id, "lost")).await;
    for id in [lost.id, sent.id] {
        l.f.send(&l.bob.caller, about(to_room(&l.room.id), BodyType::Recall, id)).await;
    }
    assert_eq!(carol.receive(&l.conversation()).await, ["RECALL", "RECALL"]);
}

#[tokio::test]
async fn a_room_has_a_history_for_its_members() {
    let mut l = Live::new().await;
    let room = l.room.id.to_string();
    l.f.send(&l.alice.caller, room_text(&l.room.id, "before")).await;
    l.f.send(&l.alice.caller, directed(room_text(&l.room.id, "for bob"), &["bob"])).await;
    l.f.send(&l.alice.caller, online_only(room_text(&l.room.id, "now only"))).await;
    assert_eq!(refusal(read(&l.f, "carol", &room).await), Refusal::NotInGroup);
    let carol = l.carol().await;
    assert_eq!(texts(&read(&l.f, "carol", &room).await.unwrap()), ["before"]);
    assert_eq!(texts(&read(&l.f, "bob", &room).await.unwrap()), ["before"]);
    let nowhere = read(&l.f, "bob", "9").await;
    assert_eq!(refusal(nowhere), Refusal::GroupNotFound { group: "9".to_owned() });
    drop(carol);
    l.f.switch(Feature::DirectedRoaming, true).await;
    assert_eq!(texts(&read(&l.f, "bob", &room).await.unwrap()), ["before", "for bob"]);
    assert_eq!(texts(&read(&l.f, "carol", &room).await.unwrap()), ["before"]);

    l.f.clock.advance(3 * 24 * 3600 * 1000);
    l.f.send(&l.alice.caller, room_text(&l.room.id, "later")).await;
    l.f.limit(Feature::RoomMsgStorageDays, 2).await;
    assert_eq!(texts(&read(&l.f, "bob", &room).await.unwrap()), ["later"]);
    let closed = || Refusal::FeatureDisabled { feature: Feature::RoomHistory };
    l.f.limit(Feature::RoomMsgStorageDays, 0).await;
    assert_eq!(refusal(read(&l.f, "bob", &room).await), closed());
    l.f.limit(Feature::RoomMsgStorageDays, 60).await;
    l.f.switch(Feature::RoomHistory, false).await;
    assert_eq!(refusal(read(&l.f, "bob", &room).await), closed());
}

fn notice(text: &str) -> NewBroadcast {
    NewBroadcast {
        from: "admin".to_owned(),
        target: Target::Rooms,
        content: Content::Text { text: text.to_owned() },
        ext: None,
        priority: Priority::High,
        size: 10,
    }
}

#[tokio::test]
async fn a_broadcast_reaches_every_room_that_lives() {
    let mut l = Live::new().await;
    let (talk, server) = (l.conversation(), l.f.server());
    // More than one page of rooms; half of them have members who came.
    for n in 0..130 {
        let new = rooms::NewRoom { id: Some(format!("r{n:03}")), ..new_room("alice", &[]) };
        let room = rooms::create(&l.f.m, &server, new).await.unwrap();
        if n % 2 == 0 {
            rooms::join(&l.f.m, &l.f.user("carol"), room.id.as_str(), rooms::Joining::default())
                .await
                .unwrap();
        }
    }
    l.f.settle().await;
    broadcasts::broadcast(&l.f.m, &server, notice("all hands")).await.unwrap();
    // The task of the server may have been faster.
    broadcasts::spread(&l.f.m).await.unwrap();
    l.f.settle().await;
    let batch = l.bob.pull(&talk, None).await.unwrap();
    let (meta, body) = decode(&batch.entries[0].entry.meta);
    assert_eq!(body.r#type(), BodyType::Chatroom);
    assert_eq!(body.to.unwrap().name(), l.room.id.as_str());
    let fields: Vec<_> = meta.ext.iter().map(|field| (field.key(), field.value.clone())).collect();
    let number = |n| Some(Value::VarintValue(n));
    assert_eq!(fields, [("chatroom_msg_tag", number(0)), ("is_broadcast", number(1))]);

    let heard = l.alice.heard();
    assert_eq!(heard.len(), 66, "her own room, and every second of the others");
    assert!(heard.contains(&"r:r000".to_owned()) && heard.contains(&"r:r128".to_owned()));
    let late = rooms::NewRoom { id: Some("late".to_owned()), ..new_room("alice", &["bob"]) };
    rooms::create(&l.f.m, &server, late).await.unwrap();
    assert_eq!(broadcasts::spread(&l.f.m).await.unwrap(), 0, "it is over");
}

#[tokio::test]
async fn who_may_broadcast_and_how_often() {
    let mut f = Fixture::with_users(&["alice"]).await;
    let say = async |caller: &Caller| broadcasts::broadcast(&f.m, caller, notice("x")).await;
    assert_eq!(refusal(say(&f.user("alice")).await), Refusal::NotPermitted);
    let large = NewBroadcast { size: 5 * 1024 + 1, ..notice("x") };
    let large = broadcasts::broadcast(&f.m, &f.server(), large).await;
    assert_eq!(refusal(large), Refusal::MessageTooLarge);
    f.limit(Feature::RoomBroadcastsPerMinute, 2).await;
    f.limit(Feature::RoomBroadcastsPerDay, 3).await;
    let say = async |caller: &Caller| broadcasts::broadcast(&f.m, caller, notice("x")).await;
    let first = say(&f.server()).await.unwrap();
    assert!(say(&f.server()).await.unwrap() > first);
    assert_eq!(refusal(say(&f.server()).await), Refusal::BroadcastTooSoon);
    f.clock.advance(61_000);
    say(&f.server()).await.unwrap();
    assert_eq!(refusal(say(&f.server()).await), Refusal::BroadcastsExhausted);
    let other = Caller { app: f.other_app.clone(), ..f.server() };
    say(&other).await.unwrap();
    f.switch(Feature::RoomBroadcast, false).await;
    let closed = broadcasts::broadcast(&f.m, &f.server(), notice("x")).await;
    let feature = Feature::RoomBroadcast;
    assert_eq!(refusal(closed), Refusal::FeatureDisabled { feature });
    f.switch(Feature::RoomBroadcast, true).await;
    f.set(|settings| {
        let network = "203.0.113.9/32".parse().unwrap();
        settings.ip_allowlist = vec![AllowedNetwork { network, added: 0, effective: 0 }];
    })
    .await;
    f.switch(Feature::RestIpAllowlist, true).await;
    let elsewhere = Caller { origin: Origin::Rest, ..f.server() };
    let elsewhere = broadcasts::broadcast(&f.m, &elsewhere, notice("x")).await;
    assert_eq!(refusal(elsewhere), Refusal::IpNotAllowed);
}
