//! What history shows, and to whom.

use hongyan_messaging::messages::content::Content;
use hongyan_messaging::messages::{
    HistoryPage, HistoryQuery, OutgoingMessage, TargetKind, history, send_from_server,
};
use hongyan_messaging::{groups, users};
use hongyan_model::{Caller, Conversation, EntryKind, Feature, GroupId, Refusal, Result, UserId};
use hongyan_msync::proto::content;
use hongyan_msync::proto::message_body::Type as BodyType;

use crate::fixture::{Fixture, NOW, group_id, refusal, single, strings};
use crate::uplink::{
    about, decode, directed, of_kind, online_only, text, to, to_device, to_group, told,
};

fn query(conversation: &Conversation) -> HistoryQuery {
    HistoryQuery {
        conversation: conversation.clone(),
        cursor: None,
        limit: 50,
        oldest_first: false,
        kinds: Vec::new(),
        from_time: None,
        to_time: None,
        sender: None,
    }
}

async fn read(f: &Fixture, caller: &Caller, query: HistoryQuery) -> Result<HistoryPage> {
    history(&f.m, caller, query).await
}

fn texts(page: &HistoryPage) -> Vec<String> {
    page.metas.iter().map(told).collect()
}

/// The first page of a conversation, as a user sees it.
async fn seen(f: &Fixture, user: &str, conversation: &Conversation) -> Vec<String> {
    texts(&read(f, &f.user(user), query(conversation)).await.unwrap())
}

/// Alice and bob have said "0" to "6", a second apart, alice the even ones.
async fn with_talk() -> (Fixture, Conversation) {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    for n in 0..7 {
        let (from, receiver) = if n % 2 == 0 { ("alice", "bob") } else { ("bob", "alice") };
        let kind = if n == 3 { content::Type::Image } else { content::Type::Text };
        f.send(&f.user(from), of_kind(to(receiver), kind, &n.to_string())).await;
        f.clock.advance(1_000);
    }
    (f, single("alice", "bob"))
}

#[tokio::test]
async fn pages_go_both_ways_and_new_messages_do_not_disturb_them() {
    let (f, talk) = with_talk().await;
    let alice = f.user("alice");
    let mut oldest_first = false;
    for expected in [["654", "321", "0"], ["012", "345", "67"]] {
        let mut cursor = None;
        for (n, expected) in expected.into_iter().enumerate() {
            let page = HistoryQuery { cursor, limit: 3, oldest_first, ..query(&talk) };
            let page = read(&f, &alice, page).await.unwrap();
            assert_eq!(texts(&page).join(""), expected);
            assert_eq!((page.is_last, page.next_cursor.is_none()), (n == 2, n == 2));
            cursor = page.next_cursor;
            if n == 0 && !oldest_first {
                f.send(&alice, text(to("bob"), "7")).await;
            }
        }
        oldest_first = true;
    }
}

#[tokio::test]
async fn a_full_last_page_is_the_last() {
    let (f, talk) = with_talk().await;
    let page = HistoryQuery { limit: 7, ..query(&talk) };
    let page = read(&f, &f.user("alice"), page).await.unwrap();
    assert_eq!((texts(&page).len(), page.is_last, page.next_cursor), (7, true, None));
    let nothing = read(&f, &f.user("alice"), query(&single("alice", "carol"))).await.unwrap();
    assert_eq!((texts(&nothing).len(), nothing.is_last, nothing.next_cursor), (0, true, None));
}

#[tokio::test]
async fn a_page_is_bounded() {
    let f = Fixture::with_users(&["alice"]).await;
    let talk = single("alice", "alice");
    for n in 0..51 {
        f.send(&f.user("alice"), text(to("alice"), &n.to_string())).await;
    }
    for (limit, expected) in [(0, 1), (1, 1), (50, 50), (9_999, 50)] {
        let page = HistoryQuery { limit, ..query(&talk) };
        let page = read(&f, &f.user("alice"), page).await.unwrap();
        assert_eq!((page.metas.len(), page.is_last), (expected, false));
    }
}

#[tokio::test]
async fn filters_narrow_what_is_shown() {
    let (f, talk) = with_talk().await;
    let found = async |query| texts(&read(&f, &f.user("alice"), query).await.unwrap()).join("");
    let images = vec![EntryKind::Image, EntryKind::ReadAck];
    assert_eq!(found(HistoryQuery { kinds: images, ..query(&talk) }).await, "3");
    let bob = Some(UserId::from_trusted("bob"));
    assert_eq!(found(HistoryQuery { sender: bob, ..query(&talk) }).await, "531");
    let (from_time, to_time) = (Some(NOW + 1_000), Some(NOW + 3_000));
    assert_eq!(found(HistoryQuery { from_time, to_time, ..query(&talk) }).await, "321");
    assert_eq!(found(HistoryQuery { from_time, ..query(&talk) }).await, "654321");
    // Kinds that are no history show nothing, rather than everything.
    let receipts = vec![EntryKind::ReadAck];
    assert_eq!(found(HistoryQuery { kinds: receipts, ..query(&talk) }).await, "");

    for bad in ["", "x", "-1"] {
        let page = HistoryQuery { cursor: Some(bad.to_owned()), ..query(&talk) };
        let refused = refusal(read(&f, &f.user("alice"), page).await);
        assert!(matches!(refused, Refusal::Invalid { name: "start", .. }), "{bad}");
    }
}

#[tokio::test]
async fn a_message_is_shown_complete() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let sent = f.send(&f.user("alice"), text(to("bob"), "hi")).await;
    let page = read(&f, &f.user("bob"), query(&single("alice", "bob"))).await.unwrap();
    let (meta, body) = decode(&page.metas[0]);
    assert_eq!((meta.id(), meta.timestamp()), (sent.id.0, NOW.unsigned_abs()));
    assert_eq!((meta.from.unwrap().name(), meta.to.unwrap().name()), ("alice", "bob"));
    assert_eq!(body.contents[0].text(), "hi");
}

#[tokio::test]
async fn only_lasting_messages_are_history() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let alice = f.user("alice");
    let oops = f.send(&alice, text(to("bob"), "oops")).await.id;
    let kept = f.send(&alice, text(to("bob"), "kept")).await.id;
    f.send(&alice, of_kind(to("bob"), content::Type::Command, "run")).await;
    f.send(&alice, online_only(text(to("bob"), "now"))).await;
    for kind in [BodyType::ReadAck, BodyType::DeliverAck, BodyType::ChannelAck] {
        f.send(&f.user("bob"), about(to("alice"), kind, kept)).await;
    }
    f.send(&alice, about(to("bob"), BodyType::Recall, oops)).await;
    let talk = single("alice", "bob");
    assert_eq!(seen(&f, "alice", &talk).await, ["kept"]);
    assert_eq!(seen(&f, "bob", &talk).await, ["kept"]);
}

#[tokio::test]
async fn history_is_for_those_who_take_part() {
    let (f, talk) = with_talk().await;
    let group = f.group("club", "alice", &["bob"]).await;
    let refused =
        async |caller, conversation| refusal(read(&f, &caller, query(conversation)).await);
    assert_eq!(refused(f.user("carol"), &talk).await, Refusal::NotPermitted);
    assert_eq!(refused(f.server(), &talk).await, Refusal::NotPermitted);
    let system = Conversation::System(UserId::from_trusted("carol"));
    assert_eq!(refused(f.user("carol"), &system).await, Refusal::NotPermitted);
    assert_eq!(refused(f.user("carol"), &group).await, Refusal::NotInGroup);
    let nowhere = Conversation::Group(GroupId::from_trusted("nowhere"));
    let not_found = Refusal::GroupNotFound { group: "nowhere".to_owned() };
    assert_eq!(refused(f.user("carol"), &nowhere).await, not_found);

    assert_eq!(seen(&f, "bob", &group).await, [""; 0]);
    groups::leave(&f.m, &f.user("bob"), "club").await.unwrap();
    assert_eq!(refused(f.user("bob"), &group).await, Refusal::NotInGroup);
}

#[tokio::test]
async fn directed_messages_are_history_for_their_own_where_the_app_wants_it() {
    let mut f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let group = f.group("club", "alice", &["bob", "carol"]).await;
    let club = || to_group(group_id(&group));
    let alice = f.user("alice");
    // More hidden messages than fit a page lie between.
    f.send(&alice, text(club(), "first")).await;
    for n in 0..7 {
        f.send(&alice, directed(text(club(), &n.to_string()), &["bob"])).await;
    }
    f.send(&alice, text(club(), "last")).await;
    for user in ["alice", "bob", "carol"] {
        assert_eq!(seen(&f, user, &group).await, ["last", "first"]);
    }
    f.switch(Feature::DirectedRoaming, true).await;
    assert_eq!(seen(&f, "alice", &group).await.len(), 9);
    assert_eq!(seen(&f, "bob", &group).await.len(), 9);
    assert_eq!(seen(&f, "carol", &group).await, ["last", "first"]);
    let short = HistoryQuery { limit: 1, ..query(&group) };
    let page = read(&f, &f.user("carol"), short.clone()).await.unwrap();
    assert_eq!((texts(&page), page.is_last), (strings(&["last"]), false));
    let rest = HistoryQuery { cursor: page.next_cursor, ..short };
    let page = read(&f, &f.user("carol"), rest).await.unwrap();
    assert_eq!((texts(&page), page.is_last), (strings(&["first"]), true));

    f.send(&alice, text(to_device("bob", "ios_1"), "for the phone")).await;
    assert_eq!(seen(&f, "bob", &single("alice", "bob")).await, ["for the phone"]);
    assert_eq!(seen(&f, "alice", &single("alice", "bob")).await, ["for the phone"]);
}

#[tokio::test]
async fn a_later_user_of_a_name_sees_nothing_of_the_former() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let talk = single("alice", "bob");
    let mut former = f.connect("bob", "webim_1").await;
    f.send(&f.user("alice"), text(to("bob"), "for the former bob")).await;
    f.send(&former.caller, text(to("alice"), "from the former bob")).await;
    former.receive(&talk).await;
    f.send(&f.user("alice"), text(to("bob"), "unread")).await;
    drop(former);

    f.clock.advance(1);
    users::delete(&f.m, &f.server(), "bob").await.unwrap();
    let gone = refusal(read(&f, &f.user("bob"), query(&talk)).await);
    assert_eq!(gone, Refusal::UserNotFound { user: "bob".to_owned() });
    f.clock.advance(1);
    f.make_user("bob").await;
    assert_eq!(seen(&f, "bob", &talk).await, [""; 0]);
    for device in ["webim_1", "ios_1"] {
        let mut successor = f.connect("bob", device).await;
        assert_eq!(successor.unread().await, [""; 0]);
        assert_eq!(successor.receive(&talk).await, [""; 0]);
    }

    f.send(&f.user("alice"), text(to("bob"), "welcome")).await;
    assert_eq!(seen(&f, "bob", &talk).await, ["welcome"]);
    for device in ["webim_1", "ios_1"] {
        let mut successor = f.connect("bob", device).await;
        assert_eq!(successor.unread().await, ["s:alice|bob"]);
        assert_eq!(successor.receive(&talk).await, ["welcome"]);
    }
    // Alice is who she was.
    assert_eq!(seen(&f, "alice", &talk).await.len(), 4);
}

#[tokio::test]
async fn what_was_sent_before_a_user_registered_is_not_for_it() {
    let f = Fixture::with_users(&["alice"]).await;
    let early = OutgoingMessage {
        from: "alice".to_owned(),
        to: strings(&["bob"]),
        kind: TargetKind::Users,
        content: Content::Text { text: "early".to_owned() },
        ext: None,
        online_only: false,
        sync_device: true,
        need_group_ack: false,
        unroamed: Vec::new(),
        size: 5,
    };
    send_from_server(&f.m, &f.server(), early).await.unwrap();
    f.clock.advance(1);
    f.make_user("bob").await;
    let talk = single("alice", "bob");
    assert_eq!(seen(&f, "bob", &talk).await, [""; 0]);
    assert_eq!(f.connect("bob", "webim_1").await.receive(&talk).await, [""; 0]);
    assert_eq!(seen(&f, "alice", &talk).await, ["early"]);
}

#[tokio::test]
async fn the_server_keeps_a_message_out_of_the_history_of_some_who_get_it() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let group = f.group("club", "alice", &["bob", "carol"]).await;
    let mut phones = [f.connect("bob", "ios_1").await, f.connect("carol", "ios_1").await];
    let send = async |kind, to: &[&str], text: &str, unroamed: &[&str]| {
        let message = OutgoingMessage {
            from: "alice".to_owned(),
            to: strings(to),
            kind,
            content: Content::Text { text: text.to_owned() },
            ext: None,
            online_only: false,
            sync_device: true,
            need_group_ack: false,
            unroamed: strings(unroamed),
            size: 5,
        };
        let sent = send_from_server(&f.m, &f.server(), message).await;
        f.settle().await;
        sent
    };
    let (groups, users) = (TargetKind::Groups, TargetKind::Users);
    send(groups, &["club"], "for all", &[]).await.unwrap();
    send(groups, &["club"], "not to be found", &["BOB", "nobody"]).await.unwrap();
    for phone in &mut phones {
        assert_eq!(phone.receive(&group).await, ["for all", "not to be found"]);
    }
    assert_eq!(seen(&f, "bob", &group).await, ["for all"]);
    for user in ["alice", "carol"] {
        assert_eq!(seen(&f, user, &group).await, ["not to be found", "for all"]);
    }

    send(users, &["bob", "carol"], "hi", &["alice", "carol"]).await.unwrap();
    assert_eq!(seen(&f, "bob", &single("alice", "bob")).await, ["hi"]);
    for (reader, other) in [("carol", "alice"), ("alice", "carol"), ("alice", "bob")] {
        assert_eq!(seen(&f, reader, &single(reader, other)).await, [""; 0]);
    }
    let mut pad = f.connect("carol", "ios_2").await;
    assert_eq!(pad.receive(&single("alice", "carol")).await, ["hi"]);

    let many: Vec<String> = (0..21).map(|n| format!("u{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let refused = send(groups, &["club"], "x", &many).await;
    let limit = 20;
    assert_eq!(refusal(refused), Refusal::TooMany { name: "roam_ignore_users", limit });
    send(groups, &["club"], "x", &many[1..]).await.unwrap();
    send(users, &["bob"], "x", &many).await.unwrap();
}

#[tokio::test]
async fn a_group_made_again_under_its_id_begins_anew() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let club = || to_group(group_id(&group));
    let mut connected = f.connect("bob", "ios_1").await;
    f.send(&f.user("alice"), text(club(), "first")).await;
    assert_eq!(connected.receive(&group).await, ["first"]);
    f.send(&f.user("alice"), text(club(), "old")).await;
    groups::destroy(&f.m, &f.server(), "club").await.unwrap();
    f.clock.advance(1);
    f.group("club", "bob", &["alice"]).await;

    assert_eq!(seen(&f, "bob", &group).await, [""; 0]);
    assert_eq!(connected.receive(&group).await, [""; 0]);
    assert_eq!(f.connect("bob", "webim_1").await.receive(&group).await, [""; 0]);
    f.send(&f.user("alice"), text(club(), "new")).await;
    assert_eq!(seen(&f, "bob", &group).await, ["new"]);
    assert_eq!(connected.receive(&group).await, ["new"]);
    assert_eq!(f.connect("bob", "webim_1").await.receive(&group).await, ["new"]);
}

#[tokio::test]
async fn a_later_member_may_look_back_but_is_not_sent_the_past() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &[]).await;
    f.send(&f.user("alice"), text(to_group(group_id(&group)), "before")).await;
    groups::add_members(&f.m, &f.server(), "club", &strings(&["bob"])).await.unwrap();
    assert_eq!(seen(&f, "bob", &group).await, ["before"]);
    let mut bob = f.connect("bob", "webim_1").await;
    assert_eq!(bob.unread().await, ["n:bob"]);
    assert_eq!(bob.receive(&group).await, [""; 0]);
    f.send(&f.user("alice"), text(to_group(group_id(&group)), "after")).await;
    assert_eq!(bob.unread().await, ["g:club", "n:bob"]);
    assert_eq!(bob.receive(&group).await, ["after"]);
}
