//! What reaches the devices of those who are in a chat room, and who stays in it.

use hongyan_messaging::messages::content::Content;
use hongyan_messaging::messages::{OutgoingMessage, Priority, TargetKind, send_from_server};
use hongyan_messaging::rooms::{self, Joining, RoomChange, RoomOptions};
use hongyan_messaging::{Messaging, MessagingOptions, muc};
use hongyan_model::{Conversation, IdGenerator, MessageId, Muc, Refusal, Room, UserId};
use hongyan_msync::Message;
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::meta::NameSpace;
use hongyan_msync::proto::muc_body::Operation;
use hongyan_msync::proto::{Meta, MucBody};
use hongyan_store::standings;

use crate::fixture::{Fixture, Session, refusal, strings};
use crate::rooms::new_room;
use crate::uplink::{about, directed, room_text, text, to_room, told};

/// For how long one may be away.
const ROOM_ABSENCE_MS: i64 = 120_000;

/// A room of alice and bob, who are both connected.
pub(crate) struct Live {
    pub(crate) f: Fixture,
    pub(crate) room: Room,
    pub(crate) alice: Session,
    pub(crate) bob: Session,
}

impl Live {
    pub(crate) async fn new() -> Self {
        Self::with_options(RoomOptions::default()).await
    }

    pub(crate) async fn with_options(options: RoomOptions) -> Self {
        let f = Fixture::with_rooms(options, &["alice", "bob", "carol"]).await;
        let room = rooms::create(&f.m, &f.server(), new_room("alice", &[])).await.unwrap();
        let alice = f.connect("alice", "webim_a").await;
        let bob = f.connect("bob", "webim_b").await;
        let mut live = Self { f, room, alice, bob };
        live.join(&live.bob.caller.clone()).await;
        live.f.settle().await;
        live.alice.receive(&live.conversation()).await;
        live.alice.heard();
        live
    }

    pub(crate) fn conversation(&self) -> Conversation {
        Conversation::Room(self.room.id.clone())
    }

    pub(crate) fn key(&self) -> String {
        format!("r:{}", self.room.id)
    }

    pub(crate) async fn join(&mut self, caller: &hongyan_model::Caller) {
        rooms::join(&self.f.m, caller, self.room.id.as_str(), Joining::default()).await.unwrap();
    }

    async fn members(&self) -> Vec<String> {
        members(&self.f, &self.room).await
    }
}

async fn members(f: &Fixture, room: &Room) -> Vec<String> {
    let members = rooms::members(&f.m, &f.server(), room.id.as_str(), 1, 100).await.unwrap();
    members.into_iter().map(|member| member.user.to_string()).collect()
}

/// The events that a session finds in a conversation.
pub(crate) async fn events(session: &mut Session, conversation: &Conversation) -> Vec<MucBody> {
    let (mut found, mut key) = (Vec::new(), None);
    while let Some(batch) = session.pull(conversation, key).await {
        for entry in &batch.entries {
            let meta = Meta::decode(entry.entry.meta.clone()).unwrap();
            assert_eq!(meta.ns(), NameSpace::Muc, "{}", told(&entry.entry.meta));
            let body = MucBody::decode(meta.payload.unwrap()).unwrap();
            assert!(body.is_chatroom());
            found.push(body);
        }
        key = Some(batch.next_key);
    }
    found
}

fn system(user: &str) -> Conversation {
    Conversation::System(UserId::from_trusted(user))
}

#[tokio::test]
async fn messages_go_both_ways_to_every_device_but_the_sending_one() {
    let mut l = Live::new().await;
    let phone = l.f.connect("bob", "ios_b").await;
    let talk = l.conversation();
    l.f.send(&l.bob.caller, room_text(&l.room.id, "hi")).await;
    assert_eq!((l.alice.heard(), phone.heard()), (vec![l.key()], vec![l.key()]));
    assert_eq!(l.bob.heard(), [""; 0]);
    let mut phone = phone;
    assert_eq!(phone.receive(&talk).await, ["hi"]);
    assert_eq!(l.alice.receive(&talk).await, ["hi"]);
    assert_eq!(l.bob.receive(&talk).await, [""; 0]);
    l.f.send(&l.alice.caller, room_text(&l.room.id, "hello")).await;
    assert_eq!(l.bob.receive(&talk).await, ["hello"]);
    assert_eq!(phone.receive(&talk).await, ["hello"]);
}

#[tokio::test]
async fn only_members_write_and_a_room_is_no_group() {
    let l = Live::new().await;
    let (room, bob) = (&l.room.id, &l.bob.caller);
    let outside = l.f.submit(&l.f.user("carol"), room_text(room, "x")).await;
    assert_eq!(refusal(outside), Refusal::NotInGroup);
    let nowhere = room_text(&hongyan_model::RoomId::from_trusted("9"), "x");
    let nowhere = l.f.submit(bob, nowhere).await;
    assert_eq!(refusal(nowhere), Refusal::RoomNotFound { room: "9".to_owned() });
    let as_group = l.f.submit(bob, text(to_room(room), "x")).await;
    assert_eq!(refusal(as_group), Refusal::GroupNotFound { group: room.to_string() });
    l.f.group("club", "bob", &[]).await;
    let as_room = room_text(&hongyan_model::RoomId::from_trusted("club"), "x");
    let as_room = l.f.submit(bob, as_room).await;
    assert_eq!(refusal(as_room), Refusal::RoomNotFound { room: "club".to_owned() });
    for kind in [BodyType::ReadAck, BodyType::DeliverAck] {
        let receipt =
            l.f.submit(bob, about(to_room(room), kind, hongyan_model::MessageId(1))).await;
        assert!(matches!(refusal(receipt), Refusal::Invalid { name: "type", .. }), "{kind:?}");
    }
}

#[tokio::test]
async fn a_message_may_be_recalled_and_directed() {
    let mut l = Live::new().await;
    let carol = l.f.connect("carol", "webim_c").await;
    l.join(&carol.caller.clone()).await;
    let talk = l.conversation();
    let mut carol = carol;
    l.f.settle().await;
    l.bob.receive(&talk).await;
    let sent = l.f.send(&l.alice.caller, room_text(&l.room.id, "oops")).await;
    let secret = directed(room_text(&l.room.id, "for bob"), &["bob"]);
    l.f.send(&l.alice.caller, secret).await;
    assert_eq!(l.bob.receive(&talk).await, ["oops", "for bob"]);
    let mine =
        l.f.submit(&l.bob.caller, about(to_room(&l.room.id), BodyType::Recall, sent.id)).await;
    assert_eq!(refusal(mine), Refusal::NotSender);
    l.f.send(&l.alice.caller, about(to_room(&l.room.id), BodyType::Recall, sent.id)).await;
    assert_eq!(l.bob.receive(&talk).await, ["RECALL"]);
    assert_eq!(carol.receive(&talk).await, ["RECALL"], "it never saw the message");
}

#[tokio::test]
async fn who_was_not_there_never_gets_it() {
    let mut l = Live::new().await;
    let (talk, key) = (l.conversation(), l.key());
    l.f.send(&l.alice.caller, room_text(&l.room.id, "before")).await;
    let mut carol = l.f.connect("carol", "webim_c").await;
    assert_eq!(carol.receive(&talk).await, [""; 0], "not in the room");
    l.join(&carol.caller.clone()).await;
    l.f.send(&l.alice.caller, room_text(&l.room.id, "with carol")).await;
    assert_eq!(carol.receive(&talk).await, ["with carol"]);

    drop(l.bob);
    l.f.send(&l.alice.caller, room_text(&l.room.id, "missed")).await;
    let mut bob = l.f.connect("bob", "webim_b").await;
    assert_eq!(bob.unread().await, [""; 0], "rooms are never unread");
    assert_eq!(bob.receive(&talk).await, [""; 0]);
    l.f.send(&l.alice.caller, room_text(&l.room.id, "back")).await;
    assert_eq!(bob.heard(), [key], "without joining again");
    assert_eq!(bob.receive(&talk).await, ["back"]);
}

#[tokio::test]
async fn a_busy_room_is_read_from_where_one_came_in() {
    let mut l = Live::new().await;
    let talk = l.conversation();
    for n in 0..150 {
        l.f.send(&l.alice.caller, room_text(&l.room.id, &n.to_string())).await;
    }
    // Beyond what is kept in memory for the room.
    let all: Vec<String> = (0..150).map(|n| n.to_string()).collect();
    assert_eq!(l.bob.receive(&talk).await, all);
    let mut carol = l.f.connect("carol", "webim_c").await;
    l.join(&carol.caller.clone()).await;
    l.f.send(&l.alice.caller, room_text(&l.room.id, "last")).await;
    assert_eq!(carol.receive(&talk).await, ["last"]);
}

#[tokio::test]
async fn the_others_hear_who_comes_and_goes() {
    let mut l = Live::new().await;
    let talk = l.conversation();
    let carol = l.f.user("carol");
    let joining = Joining { ext: Some("from the stage".to_owned()), leave_others: false };
    rooms::join(&l.f.m, &carol, l.room.id.as_str(), joining).await.unwrap();
    rooms::leave(&l.f.m, &carol, l.room.id.as_str()).await.unwrap();
    l.f.settle().await;
    let found = events(&mut l.bob, &talk).await;
    let [came, went] = &found[..] else { panic!("{found:?}") };
    assert_eq!((came.operation(), went.operation()), (Operation::Presence, Operation::Absence));
    assert_eq!((came.muc_member_count(), went.muc_member_count()), (3, 2));
    assert_eq!((came.ext(), went.ext()), ("from the stage", ""));
    assert_eq!(came.from.as_ref().unwrap().name(), "carol");
    assert_eq!(came.muc_id.as_ref().unwrap().name(), l.room.id.as_str());

    let users = strings(&["carol"]);
    rooms::add_members(&l.f.m, &l.f.server(), l.room.id.as_str(), &users).await.unwrap();
    rooms::remove_members(&l.f.m, &l.alice.caller, l.room.id.as_str(), &users).await.unwrap();
    l.f.settle().await;
    let found = events(&mut l.bob, &talk).await;
    let names: Vec<_> = found.iter().map(|e| e.from.as_ref().unwrap().name()).collect();
    assert_eq!(names, ["carol", "carol"], "whoever did it");
}

#[tokio::test]
async fn who_comes_in_does_not_hear_of_itself() {
    let mut l = Live::new().await;
    let talk = l.conversation();
    let mut web = l.f.connect("carol", "webim_c").await;
    let mut phone = l.f.connect("carol", "ios_c").await;
    l.join(&web.caller.clone()).await;
    l.f.settle().await;
    let told = vec!["n:carol".to_owned()];
    assert_eq!((web.heard(), phone.heard()), (vec![], told), "the other device knows of it");
    assert_eq!(events(&mut web, &talk).await, []);
    assert_eq!(events(&mut phone, &talk).await, []);
    l.f.send(&l.alice.caller, room_text(&l.room.id, "hi")).await;
    assert_eq!(phone.receive(&talk).await, ["hi"], "every device is in the room");
}

#[tokio::test]
async fn who_is_brought_in_or_taken_out_is_told() {
    let l = Live::new().await;
    let talk = l.conversation();
    let mut carol = l.f.connect("carol", "webim_c").await;
    let users = strings(&["carol"]);
    let room = l.room.id.as_str();
    rooms::add_members(&l.f.m, &l.f.server(), room, &users).await.unwrap();
    l.f.send(&l.alice.caller, room_text(&l.room.id, "hi")).await;
    assert_eq!(carol.receive(&talk).await, ["hi"]);
    rooms::remove_members(&l.f.m, &l.f.server(), room, &users).await.unwrap();
    l.f.send(&l.alice.caller, room_text(&l.room.id, "without carol")).await;
    assert_eq!(carol.receive(&talk).await, [""; 0]);
    let told = events(&mut carol, &system("carol")).await;
    let told: Vec<_> = told.iter().map(MucBody::operation).collect();
    assert_eq!(told, [Operation::DirectJoined, Operation::Kick]);

    // Events of rooms do not wait for anybody.
    drop(carol);
    rooms::add_members(&l.f.m, &l.f.server(), room, &users).await.unwrap();
    let mut carol = l.f.connect("carol", "webim_c").await;
    assert_eq!(events(&mut carol, &system("carol")).await, []);
}

#[tokio::test]
async fn members_hear_of_changes_and_of_the_end() {
    let mut l = Live::new().await;
    let talk = l.conversation();
    let rename = RoomChange { name: Some("Hall".to_owned()), ..RoomChange::default() };
    rooms::update(&l.f.m, &l.f.server(), l.room.id.as_str(), rename).await.unwrap();
    rooms::destroy(&l.f.m, &l.f.server(), l.room.id.as_str()).await.unwrap();
    assert_eq!(l.bob.heard(), [l.key()]);
    let found = events(&mut l.bob, &talk).await;
    let [updated, destroyed] = &found[..] else { panic!("{found:?}") };
    assert_eq!(updated.operation(), Operation::Update);
    assert!(updated.event_info.as_ref().unwrap().ext().contains("Hall"));
    assert_eq!(destroyed.operation(), Operation::Destroy);
    let gone = l.f.submit(&l.bob.caller, room_text(&l.room.id, "x")).await;
    assert_eq!(refusal(gone), Refusal::RoomNotFound { room: l.room.id.to_string() });
}

#[tokio::test]
async fn an_owner_who_leaves_hears_nothing_until_it_joins_again() {
    let mut l = Live::new().await;
    let talk = l.conversation();
    rooms::leave(&l.f.m, &l.alice.caller, l.room.id.as_str()).await.unwrap();
    l.f.send(&l.bob.caller, room_text(&l.room.id, "gone?")).await;
    assert_eq!(l.alice.heard(), [""; 0]);
    // As nodes see it that are not told.
    let alice = UserId::from_trusted("alice");
    let users = std::slice::from_ref(&alice);
    let (store, app) = (l.f.store.clone(), l.f.app.id);
    let left_at = async || {
        let standings = standings::of(&store, app, users).await.unwrap();
        standings[&alice].rooms[0].2
    };
    assert!(left_at().await > MessageId(0));
    let caller = l.alice.caller.clone();
    l.join(&caller).await;
    assert_eq!(left_at().await, MessageId(0));
    l.f.send(&l.bob.caller, room_text(&l.room.id, "welcome back")).await;
    assert_eq!(l.alice.receive(&talk).await, ["welcome back"]);
    assert_eq!(l.members().await, ["alice", "bob"]);
}

#[tokio::test]
async fn what_the_server_sends_does_not_come_back_to_its_sender() {
    let mut l = Live::new().await;
    let talk = l.conversation();
    let message = OutgoingMessage {
        from: "bob".to_owned(),
        to: vec![l.room.id.to_string()],
        kind: TargetKind::Rooms { priority: Priority::High },
        content: Content::Text { text: "notice".to_owned() },
        ext: None,
        online_only: false,
        sync_device: true,
        need_group_ack: false,
        unroamed: Vec::new(),
        size: 10,
    };
    send_from_server(&l.f.m, &l.f.server(), message).await.unwrap();
    l.f.settle().await;
    assert_eq!((l.alice.heard(), l.bob.heard()), (vec![l.key()], vec![]));
    let batch = l.alice.pull(&talk, None).await.unwrap();
    let meta = Meta::decode(batch.entries[0].entry.meta.clone()).unwrap();
    assert_eq!(meta.ext[0].key(), "chatroom_msg_tag");
    assert_eq!(l.bob.receive(&talk).await, [""; 0]);
}

#[tokio::test]
async fn the_muted_do_not_write_but_the_allowed_do() {
    let l = Live::new().await;
    let place = Muc::Room(l.room.id.clone());
    let say = async || l.f.submit(&l.bob.caller, room_text(&l.room.id, "x")).await;
    muc::set_all_muted(&l.f.m, &l.f.server(), &place, true).await.unwrap();
    assert_eq!(refusal(say().await), Refusal::AllMuted);
    muc::allow(&l.f.m, &l.f.server(), &place, &strings(&["bob"])).await.unwrap();
    say().await.unwrap();
    muc::mute(&l.f.m, &l.f.server(), &place, &strings(&["bob"]), 60_000).await.unwrap();
    assert_eq!(refusal(say().await), Refusal::Muted);
    let joined = rooms::join(&l.f.m, &l.bob.caller, l.room.id.as_str(), Joining::default()).await;
    let joined = joined.unwrap();
    assert_eq!((joined.all_muted, joined.allowed), (true, true));
    assert_eq!(joined.muted_until, Some(l.f.m.clock().now() + 60_000));
}

#[tokio::test]
async fn the_blocked_are_out_and_stay_out() {
    let l = Live::new().await;
    let place = Muc::Room(l.room.id.clone());
    muc::block(&l.f.m, &l.f.server(), &place, &strings(&["bob"])).await.unwrap();
    assert_eq!(l.members().await, ["alice"]);
    let back = rooms::join(&l.f.m, &l.bob.caller, l.room.id.as_str(), Joining::default()).await;
    assert!(matches!(refusal(back), Refusal::OnBlockList { .. }));
}

#[tokio::test]
async fn who_stays_away_for_two_minutes_leaves() {
    let l = Live::new().await;
    let talk = l.conversation();
    let Live { f, room, mut alice, bob } = l;
    let phone = f.connect("bob", "ios_b").await;
    drop(bob);
    f.clock.advance(ROOM_ABSENCE_MS);
    assert_eq!(rooms::sweep(&f.m).await.unwrap(), 0, "one device is still there");
    drop(phone);
    f.clock.advance(ROOM_ABSENCE_MS - 1);
    assert_eq!(rooms::sweep(&f.m).await.unwrap(), 0);
    assert_eq!(members(&f, &room).await, ["alice", "bob"]);
    f.clock.advance(1);
    assert_eq!(rooms::sweep(&f.m).await.unwrap(), 1);
    assert_eq!(members(&f, &room).await, ["alice"]);
    f.settle().await;
    let found = events(&mut alice, &talk).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].operation(), Operation::Absence);
    assert_eq!(found[0].from.as_ref().unwrap().name(), "bob");
    // It comes back as a stranger.
    let bob = f.connect("bob", "webim_b").await;
    let stranger = f.submit(&bob.caller, room_text(&room.id, "x")).await;
    assert_eq!(refusal(stranger), Refusal::NotInGroup);
}

#[tokio::test]
async fn who_is_back_in_time_stays_and_so_do_owners_and_the_allowed() {
    let l = Live::new().await;
    let (m, server, room) = (&l.f.m, l.f.server(), l.room.id.as_str());
    let carol = l.f.connect("carol", "webim_c").await;
    rooms::join(m, &carol.caller, room, Joining::default()).await.unwrap();
    let place = Muc::Room(l.room.id.clone());
    muc::allow(m, &server, &place, &strings(&["carol"])).await.unwrap();
    drop((l.alice, l.bob, carol));
    l.f.clock.advance(ROOM_ABSENCE_MS - 1);
    let bob = l.f.connect("bob", "webim_b").await;
    l.f.clock.advance(ROOM_ABSENCE_MS);
    assert_eq!(rooms::sweep(m).await.unwrap(), 0);
    drop(bob);
    l.f.clock.advance(ROOM_ABSENCE_MS);
    assert_eq!(rooms::sweep(m).await.unwrap(), 1);
    assert_eq!(members(&l.f, &l.room).await, ["alice", "carol"]);
}

#[tokio::test]
async fn who_never_logged_in_waits_to_be_seen() {
    let l = Live::new().await;
    let room = l.room.id.as_str();
    rooms::add_members(&l.f.m, &l.f.server(), room, &strings(&["carol"])).await.unwrap();
    l.f.clock.advance(10 * ROOM_ABSENCE_MS);
    rooms::sweep(&l.f.m).await.unwrap();
    assert_eq!(l.members().await, ["alice", "bob", "carol"]);
    drop(l.f.connect("carol", "webim_c").await);
    l.f.clock.advance(ROOM_ABSENCE_MS);
    assert_eq!(rooms::sweep(&l.f.m).await.unwrap(), 1);
    assert_eq!(l.members().await, ["alice", "bob"]);
}

#[tokio::test]
async fn after_a_restart_those_leave_who_do_not_come_back() {
    let mut l = Live::new().await;
    let carol = l.f.connect("carol", "webim_c").await;
    l.join(&carol.caller.clone()).await;
    drop((carol, l.alice, l.bob));
    // A second context on the same storage: what the first noted is lost, as in a restart.
    let restarted = Messaging::new(MessagingOptions {
        store: l.f.store.clone(),
        platform: l.f.platform.clone(),
        router: std::sync::Arc::default(),
        clock: std::sync::Arc::new(l.f.clock.clone()),
        ids: std::sync::Arc::new(IdGenerator::new(1)),
        token_key: [0; 32],
        rooms: RoomOptions::default(),
        hooks: std::sync::Arc::new(hongyan_messaging::hooks::Unhooked),
        providers: Default::default(),
        outgoing: hongyan_providers::Outgoing::new(Vec::new()).unwrap(),
    });
    l.f.m = restarted;
    let _bob = l.f.connect("bob", "webim_b").await;
    l.f.clock.advance(ROOM_ABSENCE_MS - 1);
    assert_eq!(rooms::sweep(&l.f.m).await.unwrap(), 0);
    l.f.clock.advance(1);
    // The usual look may do it at the same time.
    rooms::sweep(&l.f.m).await.unwrap();
    assert_eq!(members(&l.f, &l.room).await, ["alice", "bob"]);
}
