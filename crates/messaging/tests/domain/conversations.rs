//! The list of a user's conversations, what is unread there, pins, marks and deletions.

use hongyan_messaging::conversations::{
    ListQuery, Listed, Marking, Selection, delete, delete_all, delete_before, delete_messages,
    mark, numbered, page, pin, unmark, unpin,
};
use hongyan_messaging::messages::{HistoryQuery, history};
use hongyan_messaging::{Messaging, groups, users};
use hongyan_model::{
    Audience, Caller, ChatType, Conversation, EntryFlags, EntryKind, Feature, MessageId, NewEntry,
    Refusal, UserId,
};
use hongyan_msync::Message;
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::meta::NameSpace;
use hongyan_msync::proto::{MessageBody, Meta, content};
use serde_json::Value;

use crate::fixture::{Fixture, group_id, refusal, single, strings};
use crate::uplink::{about, decode, directed, of_kind, online_only, text, to, to_group, told};

const DAY_MS: i64 = 24 * 3600 * 1000;
pub(crate) const CHAT: ChatType = ChatType::Single;
pub(crate) const GROUP: ChatType = ChatType::Group;

pub(crate) fn all() -> ListQuery<'static> {
    ListQuery { selection: Selection::All, with_empty: false, limit: 50, cursor: None }
}

fn marked(number: u8) -> ListQuery<'static> {
    ListQuery { selection: Selection::Marked(number), with_empty: true, ..all() }
}

async fn listed(f: &Fixture, user: &str, query: ListQuery<'_>) -> Vec<Listed> {
    page(&f.m, &f.user(user), user, query).await.unwrap().items
}

/// `name:unread:last message` of each conversation.
pub(crate) async fn list(f: &Fixture, user: &str, query: ListQuery<'_>) -> Vec<String> {
    listed(f, user, query).await.iter().map(shown).collect()
}

fn shown(listed: &Listed) -> String {
    let last = listed.last.as_ref().map(|last| told(&last.entry.meta)).unwrap_or_default();
    format!("{}:{}:{last}", listed.name, listed.unread)
}

async fn names(f: &Fixture, user: &str, query: ListQuery<'_>) -> Vec<String> {
    listed(f, user, query).await.into_iter().map(|listed| listed.name).collect()
}

pub(crate) async fn say(f: &Fixture, from: &str, receiver: &str, word: &str) -> MessageId {
    f.clock.advance(1);
    f.send(&f.user(from), text(to(receiver), word)).await.id
}

pub(crate) async fn seen(f: &Fixture, user: &str, conversation: &Conversation) -> Vec<String> {
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
    let page = history(&f.m, &f.user(user), query).await.unwrap();
    page.metas.iter().map(told).collect()
}

/// The notifications of a user so far.
pub(crate) async fn notifications(f: &Fixture, user: &str) -> Vec<Value> {
    let system = Conversation::System(UserId::from_trusted(user)).key();
    let entries = f.store.log().after(f.app.id, &system, 0, 1000).await.unwrap();
    let metas = entries.iter().map(|entry| Meta::decode(entry.entry.meta.clone()).unwrap());
    let notifications = metas.filter(|meta| meta.ns() == NameSpace::Notify);
    notifications.map(|meta| serde_json::from_slice(&meta.payload.unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn the_newest_message_leads_and_what_others_wrote_is_unread() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let club = f.group("club", "carol", &["alice", "bob"]).await;
    say(&f, "bob", "alice", "b1").await;
    say(&f, "carol", "alice", "c1").await;
    f.clock.advance(1);
    f.send(&f.user("bob"), text(to_group(group_id(&club)), "g1")).await;
    say(&f, "bob", "alice", "b2").await;
    say(&f, "alice", "carol", "c2").await;
    assert_eq!(list(&f, "alice", all()).await, ["carol:1:c2", "bob:2:b2", "club:1:g1"]);
    assert_eq!(list(&f, "bob", all()).await, ["alice:0:b2", "club:0:g1"]);
    assert_eq!(list(&f, "carol", all()).await, ["alice:1:c2", "club:1:g1"]);
    let rows = listed(&f, "alice", all()).await;
    assert_eq!((rows[0].chat, rows[2].chat), (CHAT, GROUP));
    assert!(rows.iter().all(|row| row.pinned.is_none() && row.marks.is_empty()));
}

#[tokio::test]
async fn what_is_no_lasting_message_for_all_is_neither_shown_nor_unread() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let club = f.group("club", "carol", &["alice", "bob"]).await;
    let club = || to_group(group_id(&club));
    let (bob, carol) = (f.user("bob"), f.user("carol"));
    say(&f, "bob", "alice", "kept").await;
    f.send(&carol, text(club(), "for all")).await;
    let oops = say(&f, "bob", "alice", "oops").await;
    f.send(&bob, of_kind(to("alice"), content::Type::Command, "run")).await;
    f.send(&bob, online_only(text(to("alice"), "now"))).await;
    f.send(&bob, about(to("alice"), BodyType::Recall, oops)).await;
    f.send(&bob, about(to("alice"), BodyType::ChannelAck, None)).await;
    f.send(&carol, directed(text(club(), "for some"), &["alice"])).await;
    assert_eq!(list(&f, "alice", all()).await, ["club:1:for all", "bob:1:kept"]);
    // Neither its receipt nor what it took back moves bob's own list.
    assert_eq!(list(&f, "bob", all()).await, ["club:1:for all", "alice:0:kept"]);
}

#[tokio::test]
async fn receipts_read_a_conversation_for_all_devices_of_their_user() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let club = f.group("club", "bob", &["alice"]).await;
    let club = || to_group(group_id(&club));
    let phone = f.on("alice", "ios_1");
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(say(&f, "bob", "alice", &n.to_string()).await);
    }
    f.send(&phone, about(to("bob"), BodyType::ReadAck, ids[1])).await;
    assert_eq!(list(&f, "alice", all()).await, ["bob:2:3"]);
    // A receipt for an older one takes nothing back, one for no message at all reads no future one.
    f.send(&phone, about(to("bob"), BodyType::ReadAck, ids[0])).await;
    assert_eq!(list(&f, "alice", all()).await, ["bob:2:3"]);
    f.send(&phone, about(to("bob"), BodyType::ReadAck, MessageId(u64::MAX))).await;
    assert_eq!(list(&f, "alice", all()).await, ["bob:0:3"]);
    say(&f, "bob", "alice", "4").await;
    assert_eq!(list(&f, "alice", all()).await, ["bob:1:4"]);
    f.send(&phone, about(to("bob"), BodyType::ChannelAck, None)).await;
    assert_eq!(list(&f, "alice", all()).await, ["bob:0:4"]);
    // Writing something oneself says nothing about what others wrote.
    say(&f, "bob", "alice", "5").await;
    say(&f, "alice", "bob", "6").await;
    assert_eq!(list(&f, "alice", all()).await, ["bob:1:6"]);

    f.clock.advance(1);
    let first = f.send(&f.user("bob"), text(club(), "g1")).await.id;
    f.send(&f.user("bob"), text(club(), "g2")).await;
    let unread_of_group = async || listed(&f, "alice", all()).await.remove(0).unread;
    assert_eq!(unread_of_group().await, 2);
    f.send(&phone, about(club(), BodyType::ReadAck, first)).await;
    assert_eq!(unread_of_group().await, 1);
    f.send(&phone, about(club(), BodyType::ChannelAck, None)).await;
    assert_eq!(unread_of_group().await, 0);
}

#[tokio::test]
async fn a_page_leads_to_the_next_whatever_is_said_meanwhile() {
    let f = Fixture::with_users(&["alice", "a", "b", "c", "d", "e"]).await;
    for name in ["a", "b", "c", "d", "e"] {
        say(&f, name, "alice", "hi").await;
    }
    let short = ListQuery { limit: 2, ..all() };
    let first = page(&f.m, &f.user("alice"), "alice", short).await.unwrap();
    let found: Vec<_> = first.items.iter().map(|row| row.name.clone()).collect();
    assert_eq!(found, ["e", "d"]);
    say(&f, "a", "alice", "again").await;
    let cursor = first.cursor.unwrap();
    let next = ListQuery { cursor: Some(&cursor), ..short };
    let second = page(&f.m, &f.user("alice"), "alice", next).await.unwrap();
    let found: Vec<_> = second.items.iter().map(|row| row.name.clone()).collect();
    assert_eq!((found, second.cursor), (strings(&["c", "b"]), None));

    let by_number = async |number, size| {
        let rows = numbered(&f.m, &f.user("alice"), "alice", number, size).await.unwrap();
        rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(by_number(1, 2).await, ["a", "e"]);
    assert_eq!(by_number(3, 2).await, ["b"]);
    assert_eq!(by_number(4, 2).await, [""; 0]);
    let bad = ListQuery { cursor: Some("nonsense"), ..all() };
    let refused = refusal(page(&f.m, &f.user("alice"), "alice", bad).await);
    assert!(matches!(refused, Refusal::Invalid { name: "cursor", .. }));
}

#[tokio::test]
async fn the_plan_says_how_many_are_listed() {
    let mut f = Fixture::with_users(&["alice", "a", "b", "c"]).await;
    for name in ["a", "b", "c"] {
        say(&f, name, "alice", "hi").await;
    }
    pin(&f.m, &f.user("alice"), "alice", (CHAT, "a")).await.unwrap();
    f.limit(Feature::ConversationListMax, 2).await;
    assert_eq!(names(&f, "alice", all()).await, ["c", "b"]);
    // What is pinned is found among the pinned all the same.
    let pinned = ListQuery { selection: Selection::Pinned, ..all() };
    assert_eq!(names(&f, "alice", pinned).await, ["a"]);
}

#[tokio::test]
async fn a_user_sees_its_own_list_and_the_app_everybodys() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    say(&f, "bob", "alice", "hi").await;
    let bob = f.user("bob");
    assert_eq!(refusal(page(&f.m, &bob, "alice", all()).await), Refusal::NotPermitted);
    assert_eq!(refusal(numbered(&f.m, &bob, "alice", 1, 1).await), Refusal::NotPermitted);
    let target = (CHAT, "bob");
    let marking = Marking { mark: 1, conversations: vec![(CHAT, "bob".to_owned())] };
    assert_eq!(refusal(pin(&f.m, &bob, "alice", target).await), Refusal::NotPermitted);
    assert_eq!(refusal(unpin(&f.m, &bob, "alice", target).await), Refusal::NotPermitted);
    assert_eq!(refusal(mark(&f.m, &bob, "alice", &marking).await), Refusal::NotPermitted);
    assert_eq!(refusal(unmark(&f.m, &bob, "alice", &marking).await), Refusal::NotPermitted);
    assert_eq!(refusal(delete(&f.m, &bob, "alice", target, true).await), Refusal::NotPermitted);
    assert_eq!(refusal(delete_all(&f.m, &bob, "alice").await), Refusal::NotPermitted);
    let before = delete_before(&f.m, &bob, "alice", target, 1, true).await;
    assert_eq!(refusal(before), Refusal::NotPermitted);
    let ids = strings(&["1"]);
    let messages = delete_messages(&f.m, &bob, "alice", target, &ids, true).await;
    assert_eq!(refusal(messages), Refusal::NotPermitted);

    let rows = page(&f.m, &f.server(), "alice", all()).await.unwrap();
    assert_eq!(shown(&rows.items[0]), "bob:1:hi");
    let stranger = Caller { app: f.other_app.clone(), ..f.server() };
    let refused = refusal(page(&f.m, &stranger, "alice", all()).await);
    assert_eq!(refused, Refusal::UserNotFound { user: "alice".to_owned() });
    f.make_user_of(&f.other_app, "alice").await;
    assert!(page(&f.m, &stranger, "alice", all()).await.unwrap().items.is_empty());

    f.switch(Feature::ServerConversationList, false).await;
    let off = Refusal::FeatureDisabled { feature: Feature::ServerConversationList };
    let alice = f.user("alice");
    assert_eq!(refusal(page(&f.m, &alice, "alice", all()).await), off);
    assert_eq!(refusal(numbered(&f.m, &alice, "alice", 1, 1).await), off);
    assert_eq!(refusal(pin(&f.m, &alice, "alice", target).await), off);
    assert_eq!(refusal(mark(&f.m, &alice, "alice", &marking).await), off);
    f.switch(Feature::MessageRoaming, false).await;
    let off = Refusal::FeatureDisabled { feature: Feature::MessageRoaming };
    let alice = f.user("alice");
    assert_eq!(refusal(delete_all(&f.m, &alice, "alice").await), off);
    let messages = delete_messages(&f.m, &alice, "alice", target, &ids, true).await;
    assert_eq!(refusal(messages), off);
    assert_eq!(refusal(delete_before(&f.m, &alice, "alice", target, 1, true).await), off);
}

#[tokio::test]
async fn pins_are_limited_ordered_and_told_to_the_other_devices() {
    let mut f = Fixture::with_users(&["alice", "a", "b", "c"]).await;
    f.limit(Feature::PinnedConversationsMax, 2).await;
    let club = f.group("club", "a", &["alice"]).await;
    for name in ["a", "b", "c"] {
        say(&f, name, "alice", "hi").await;
    }
    let alice = f.user("alice");
    let since = pin(&f.m, &alice, "alice", (CHAT, "A")).await.unwrap().0;
    f.clock.advance(5);
    // Once more keeps the time and the place.
    assert_eq!(pin(&f.m, &alice, "alice", (CHAT, "a")).await.unwrap().0, since);
    pin(&f.m, &alice, "alice", (GROUP, "club")).await.unwrap();
    let full = Refusal::QuotaExceeded { feature: Feature::PinnedConversationsMax };
    assert_eq!(refusal(pin(&f.m, &alice, "alice", (CHAT, "b")).await), full);
    // The group says nothing: it is pinned all the same.
    let pinned = ListQuery { selection: Selection::Pinned, ..all() };
    assert_eq!(names(&f, "alice", pinned).await, ["a"]);
    let with_empty = ListQuery { with_empty: true, ..pinned };
    assert_eq!(list(&f, "alice", with_empty).await, ["club:0:", "a:1:hi"]);
    let first = ListQuery { limit: 1, ..with_empty };
    let first = page(&f.m, &alice, "alice", first).await.unwrap();
    let next = ListQuery { cursor: first.cursor.as_deref(), ..with_empty };
    assert_eq!(names(&f, "alice", next).await, ["a"]);
    let in_list = listed(&f, "alice", all()).await;
    let pinned_at: Vec<_> = in_list.iter().map(|row| row.pinned).collect();
    assert_eq!(pinned_at, [None, None, since]);

    assert_eq!(unpin(&f.m, &alice, "alice", (CHAT, "a")).await.unwrap().0, None);
    pin(&f.m, &alice, "alice", (CHAT, "b")).await.unwrap();
    let told: Vec<_> = notifications(&f, "alice").await;
    let told: Vec<_> = told.iter().map(|n| (&n["type"], &n["data"])).collect();
    assert!(told.iter().all(|(kind, data)| {
        **kind == "conv" && data["from"] == "alice" && data["res"] == "webim_alice"
    }));
    let told: Vec<_> = told
        .iter()
        .map(|(_, data)| format!("{} {} {}", data["op"], data["type"], data["id"]).replace('"', ""))
        .collect();
    let expected =
        ["top chat a", "top chat a", "top groupchat club", "not_top chat a", "top chat b"];
    assert_eq!(told, expected);
    // The acting device is the only one that does not hear of it.
    let system = Conversation::System(UserId::from_trusted("alice"));
    let (mut acting, mut other) =
        (f.connect("alice", "webim_alice").await, f.connect("alice", "ios_1").await);
    let count = |told: Vec<String>| told.iter().filter(|told| *told == "NOTIFY").count();
    assert_eq!(count(acting.receive(&system).await), 0);
    assert_eq!(count(other.receive(&system).await), 5);
    drop(club);
}

#[tokio::test]
async fn only_conversations_of_ones_own_are_pinned_and_marked() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.group("theirs", "bob", &[]).await;
    let alice = f.user("alice");
    let missing = |name: &str| Refusal::ConversationNotFound { name: name.to_owned() };
    for name in ["bob", "nobody", "n o b"] {
        let refused = refusal(pin(&f.m, &alice, "alice", (CHAT, name)).await);
        assert_eq!(refused, missing(name));
        assert_eq!(refusal(unpin(&f.m, &alice, "alice", (CHAT, name)).await), missing(name));
    }
    let refused = refusal(pin(&f.m, &alice, "alice", (GROUP, "nowhere")).await);
    assert_eq!(refused, missing("nowhere"));
    let theirs = refusal(pin(&f.m, &alice, "alice", (GROUP, "theirs")).await);
    assert_eq!(theirs, Refusal::NotInGroup);

    let targets = |names: &[(ChatType, &str)]| Marking {
        mark: 3,
        conversations: names.iter().map(|(chat, name)| (*chat, (*name).to_owned())).collect(),
    };
    say(&f, "bob", "alice", "hi").await;
    let some = targets(&[(CHAT, "bob"), (CHAT, "carol"), (GROUP, "theirs"), (CHAT, "Bob")]);
    let ignored = mark(&f.m, &alice, "alice", &some).await.unwrap();
    assert_eq!(ignored, [(CHAT, "carol".to_owned()), (GROUP, "theirs".to_owned())]);
    let none = targets(&[(CHAT, "carol")]);
    assert_eq!(refusal(mark(&f.m, &alice, "alice", &none).await), missing("carol"));
    let foreign = targets(&[(GROUP, "theirs")]);
    assert_eq!(refusal(mark(&f.m, &alice, "alice", &foreign).await), Refusal::NotInGroup);
}

#[tokio::test]
async fn marks_are_searched_limited_and_told() {
    let mut f = Fixture::with_users(&["alice", "a", "b", "c"]).await;
    let alice = f.user("alice");
    for name in ["a", "b", "c"] {
        say(&f, name, "alice", "hi").await;
    }
    let marking = |mark, names: &[&str]| Marking {
        mark,
        conversations: names.iter().map(|name| (CHAT, (*name).to_owned())).collect(),
    };
    mark(&f.m, &alice, "alice", &marking(0, &["a", "b"])).await.unwrap();
    mark(&f.m, &alice, "alice", &marking(19, &["b"])).await.unwrap();
    mark(&f.m, &alice, "alice", &marking(19, &["b"])).await.unwrap();
    assert_eq!(names(&f, "alice", marked(0)).await, ["b", "a"]);
    assert_eq!(names(&f, "alice", marked(19)).await, ["b"]);
    assert_eq!(names(&f, "alice", marked(7)).await, [""; 0]);
    let marks: Vec<_> =
        listed(&f, "alice", all()).await.into_iter().map(|row| (row.name, row.marks)).collect();
    let expected =
        [("c".to_owned(), vec![]), ("b".to_owned(), vec![0, 19]), ("a".to_owned(), vec![0])];
    assert_eq!(marks, expected);
    unmark(&f.m, &alice, "alice", &marking(0, &["a", "b", "c"])).await.unwrap();
    assert_eq!(names(&f, "alice", marked(0)).await, [""; 0]);
    assert_eq!(listed(&f, "alice", marked(19)).await[0].marks, [19]);
    let told = notifications(&f, "alice").await;
    let data = |n: usize| (&told[n]["data"]["op"], &told[n]["data"]["ext"], &told[n]["data"]["id"]);
    assert_eq!(data(0), (&"mark".into(), &"mark_0".into(), &"a".into()));
    assert_eq!(data(2), (&"mark".into(), &"mark_19".into(), &"b".into()));
    assert_eq!(data(6), (&"mark_delete".into(), &"mark_0".into(), &"c".into()));

    let refused = refusal(mark(&f.m, &alice, "alice", &marking(20, &["a"])).await);
    assert!(matches!(refused, Refusal::Invalid { name: "mark", .. }));
    let none = refusal(mark(&f.m, &alice, "alice", &marking(1, &[])).await);
    assert_eq!(none, Refusal::Missing { name: "targets" });
    let many = refusal(mark(&f.m, &alice, "alice", &marking(1, &["a"; 21])).await);
    assert_eq!(many, Refusal::TooMany { name: "targets", limit: 20 });
    f.limit(Feature::ConversationMarksMax, 2).await;
    let alice = f.user("alice");
    mark(&f.m, &alice, "alice", &marking(1, &["a", "b"])).await.unwrap();
    let full = Refusal::QuotaExceeded { feature: Feature::ConversationMarksMax };
    assert_eq!(refusal(mark(&f.m, &alice, "alice", &marking(2, &["a", "b"])).await), full);
    // All or none of them.
    assert_eq!(names(&f, "alice", marked(2)).await, [""; 0]);
}

#[tokio::test]
async fn only_the_newest_wait_where_the_app_says_so() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    let club = f.group("club", "bob", &["alice"]).await;
    f.limit(Feature::OfflineSingleMax, 2).await;
    f.limit(Feature::OfflineGroupMax, 0).await;
    drop(f.connect("alice", "webim_1").await);
    let talk = single("alice", "bob");
    for n in 0..5 {
        say(&f, "bob", "alice", &n.to_string()).await;
        f.send(&f.user("bob"), text(to_group(group_id(&club)), "group")).await;
    }
    let mut laptop = f.connect("alice", "webim_1").await;
    // What comes while it is connected does not wait.
    say(&f, "bob", "alice", "5").await;
    assert_eq!(laptop.receive(&talk).await, ["3", "4", "5"]);
    assert_eq!(laptop.receive(&club).await, [""; 0]);
    assert_eq!(laptop.unread().await, ["n:alice"]);
    f.send(&f.user("bob"), text(to_group(group_id(&club)), "live")).await;
    assert_eq!(laptop.receive(&club).await, ["live"]);
    assert_eq!(seen(&f, "alice", &talk).await.len(), 6);
    assert_eq!(seen(&f, "alice", &club).await.len(), 6);
}

#[tokio::test]
async fn a_group_is_listed_from_joining_to_leaving() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let club = f.group("club", "bob", &[]).await;
    let club = || to_group(group_id(&club));
    f.send(&f.user("bob"), text(club(), "before")).await;
    f.clock.advance(1);
    groups::add_members(&f.m, &f.server(), "club", &strings(&["alice"])).await.unwrap();
    assert_eq!(list(&f, "alice", all()).await, [""; 0]);
    f.send(&f.user("bob"), text(club(), "welcome")).await;
    assert_eq!(list(&f, "alice", all()).await, ["club:1:welcome"]);
    pin(&f.m, &f.user("alice"), "alice", (GROUP, "club")).await.unwrap();
    groups::leave(&f.m, &f.user("alice"), "club").await.unwrap();
    assert_eq!(list(&f, "alice", all()).await, [""; 0]);
    let pinned = ListQuery { selection: Selection::Pinned, with_empty: true, ..all() };
    assert_eq!(list(&f, "alice", pinned).await, [""; 0]);

    // Nor does it take a place any more: it is not pinned when the user comes back.
    groups::add_members(&f.m, &f.server(), "club", &strings(&["alice"])).await.unwrap();
    assert_eq!(list(&f, "alice", pinned).await, [""; 0]);
    pin(&f.m, &f.user("alice"), "alice", (GROUP, "club")).await.unwrap();

    // A later group of the same id knows nothing of it.
    groups::destroy(&f.m, &f.server(), "club").await.unwrap();
    f.clock.advance(1);
    f.group("club", "bob", &["alice"]).await;
    f.send(&f.user("bob"), text(club(), "again")).await;
    assert_eq!(list(&f, "alice", all()).await, ["club:1:again"]);
    assert!(listed(&f, "alice", all()).await[0].pinned.is_none());
}

#[tokio::test]
async fn a_later_user_of_a_name_has_an_empty_list() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    say(&f, "bob", "alice", "for the former").await;
    pin(&f.m, &f.user("alice"), "alice", (CHAT, "bob")).await.unwrap();
    f.send(&f.user("alice"), about(to("bob"), BodyType::ChannelAck, None)).await;
    users::delete(&f.m, &f.server(), "alice").await.unwrap();
    f.clock.advance(1);
    f.make_user("alice").await;
    let with_empty = ListQuery { with_empty: true, ..all() };
    assert_eq!(list(&f, "alice", with_empty).await, [""; 0]);
    say(&f, "bob", "alice", "welcome").await;
    assert_eq!(list(&f, "alice", all()).await, ["bob:1:welcome"]);
    assert!(listed(&f, "alice", all()).await[0].pinned.is_none());
}

#[tokio::test]
async fn what_the_plan_no_longer_keeps_is_no_reason_to_be_listed() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    f.limit(Feature::MsgStorageDays, 3).await;
    say(&f, "bob", "alice", "old").await;
    assert_eq!(list(&f, "alice", all()).await, ["bob:1:old"]);
    f.clock.advance(4 * DAY_MS);
    assert_eq!(list(&f, "alice", all()).await, [""; 0]);
    let with_empty = ListQuery { with_empty: true, ..all() };
    assert_eq!(list(&f, "alice", with_empty).await, ["bob:0:"]);
}

#[tokio::test]
async fn history_tells_whether_ones_messages_were_delivered_and_read() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let talk = single("alice", "bob");
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(say(&f, "alice", "bob", &n.to_string()).await);
    }
    let notes = async |reader: &str| {
        let query = HistoryQuery {
            conversation: talk.clone(),
            cursor: None,
            limit: 50,
            oldest_first: true,
            kinds: Vec::new(),
            from_time: None,
            to_time: None,
            sender: None,
        };
        let page = history(&f.m, &f.user(reader), query).await.unwrap();
        let note = |meta| decode(meta).1.meta.unwrap_or_default();
        page.metas.iter().map(note).collect::<Vec<String>>()
    };
    assert_eq!(notes("alice").await, ["", "", ""]);
    let mut bob = f.connect("bob", "ios_1").await;
    bob.receive(&talk).await;
    hongyan_messaging::devices::flush(&f.m).await.unwrap();
    let delivered = r#"{"isDelivered":true}"#;
    assert_eq!(notes("alice").await, [delivered; 3]);
    f.send(&bob.caller, about(to("alice"), BodyType::ReadAck, ids[1])).await;
    let read = r#"{"isDelivered":true,"isRead":true}"#;
    assert_eq!(notes("alice").await, [read, read, delivered]);
    f.send(&bob.caller, about(to("alice"), BodyType::ChannelAck, None)).await;
    assert_eq!(notes("alice").await, [read; 3]);
    // Nothing of the other's messages.
    assert_eq!(notes("bob").await, ["", "", ""]);
}

/// Appends entries without admission: there are many.
async fn fill(f: &Fixture, conversation: &Conversation, kind: EntryKind, count: usize) {
    let mut pending = Vec::with_capacity(count);
    for _ in 0..count {
        let entry = NewEntry {
            app: f.app.id,
            conversation: conversation.key(),
            kind,
            flags: EntryFlags::default(),
            sender: UserId::from_trusted("bob"),
            device: None,
            client_id: None,
            audience: Audience::All,
            meta: Meta {
                ns: Some(NameSpace::Chat as i32),
                payload: Some(MessageBody::default().encode_to_vec().into()),
                ..Meta::default()
            }
            .encode_to_vec()
            .into(),
            recalls: None,
            reads: None,
            edits: None,
            unroamed: Vec::new(),
        };
        pending.push(f.store.log().append(entry).await.unwrap());
    }
    for append in pending {
        append.await.unwrap();
    }
}

#[tokio::test]
async fn a_filter_that_finds_little_in_much_answers_in_steps() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let talk = single("alice", "bob");
    f.send(&f.user("alice"), of_kind(to("bob"), content::Type::Image, "first")).await;
    f.clock.advance(1000);
    fill(&f, &talk, EntryKind::Text, 10_500).await;
    f.clock.advance(1000);
    f.send(&f.user("alice"), of_kind(to("bob"), content::Type::Image, "last")).await;
    for (oldest_first, expected) in [(false, ["last", "first"]), (true, ["first", "last"])] {
        let (mut cursor, mut found, mut calls) = (None, Vec::new(), 0);
        loop {
            let query = HistoryQuery {
                conversation: talk.clone(),
                cursor,
                limit: 20,
                oldest_first,
                kinds: vec![EntryKind::Image],
                from_time: None,
                to_time: None,
                sender: None,
            };
            let page = history(&f.m, &f.user("alice"), query).await.unwrap();
            found.extend(page.metas.iter().map(told));
            calls += 1;
            if page.is_last {
                break;
            }
            cursor = page.next_cursor;
            assert!(cursor.is_some());
        }
        assert_eq!((found, calls), (strings(&expected), 2));
    }
    // A time range is not searched from the end of the conversation, and ends where it ends.
    let in_range = async |from_time, to_time, oldest_first| {
        let query = HistoryQuery {
            conversation: talk.clone(),
            cursor: None,
            limit: 20,
            oldest_first,
            kinds: vec![EntryKind::Image],
            from_time,
            to_time,
            sender: None,
        };
        let page = history(&f.m, &f.user("alice"), query).await.unwrap();
        (page.metas.iter().map(told).collect::<Vec<_>>(), page.is_last)
    };
    let now = f.m.clock().now();
    let first = (vec!["first".to_owned()], true);
    assert_eq!(in_range(None, Some(now - 1500), false).await, first);
    assert_eq!(in_range(None, Some(now - 1500), true).await, first);
    let last = (vec!["last".to_owned()], true);
    assert_eq!(in_range(Some(now), None, false).await, last);
    assert_eq!(in_range(Some(now), None, true).await, last);
}

#[tokio::test]
async fn a_list_looks_at_the_newest_thousand_messages_of_a_conversation() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let club = f.group("club", "bob", &["alice"]).await;
    f.send(&f.user("bob"), text(to_group(group_id(&club)), "message")).await;
    fill(&f, &club, EntryKind::ReadAck, 1100).await;
    let talk = single("alice", "bob");
    fill(&f, &talk, EntryKind::Text, 1200).await;
    say(&f, "carol", "alice", "hi").await;
    // Receipts do not count among them.
    let listed = ["carol:1:hi", "bob:1000:NORMAL", "club:1:message"];
    assert_eq!(list(&f, "alice", all()).await, listed);
}

#[tokio::test]
async fn without_roaming_there_is_no_history() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    say(&f, "bob", "alice", "hi").await;
    f.switch(Feature::MessageRoaming, false).await;
    let query = HistoryQuery {
        conversation: single("alice", "bob"),
        cursor: None,
        limit: 1,
        oldest_first: false,
        kinds: Vec::new(),
        from_time: None,
        to_time: None,
        sender: None,
    };
    let refused = refusal(history(&f.m, &f.user("alice"), query).await);
    assert_eq!(refused, Refusal::FeatureDisabled { feature: Feature::MessageRoaming });
    // The list does not depend on it.
    let m: &Messaging = &f.m;
    assert_eq!(page(m, &f.user("alice"), "alice", all()).await.unwrap().items.len(), 1);
}
