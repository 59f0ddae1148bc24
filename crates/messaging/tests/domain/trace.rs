//! Where messages went.

use bytes::Bytes;
use hongyan_messaging::messages::{
    OutgoingMessage, RecipientState, TargetKind, TraceBy, TraceQuery, TracedMessage, content,
    send_from_server, trace, trace_detail,
};
use hongyan_messaging::{groups, users};
use hongyan_model::{
    Audience, ChatType, EntryFlags, EntryKind, Feature, MessageId, NewEntry, Refusal, Source,
    UserId,
};
use hongyan_msync::proto::content::Type as ContentType;
use hongyan_msync::proto::message_body::Type as BodyType;
use serde_json::json;

use crate::fixture::{Fixture, NOW, group_id, refusal, single, strings};
use crate::uplink::{about, directed, of_kind, text, to, to_device, to_group};

const DAY_MS: i64 = 24 * 3_600_000;

fn by(by: TraceBy) -> TraceQuery {
    TraceQuery { by, chat: None, kind: None, source: None, from: 0, to: i64::MAX }
}

fn from(sender: &str) -> TraceQuery {
    by(TraceBy::Sender(sender.to_owned()))
}

async fn all(f: &Fixture, query: TraceQuery) -> Vec<TracedMessage> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = trace(&f.m, &f.server(), query.clone(), cursor.as_deref(), 3).await.unwrap();
        assert!(page.items.len() <= 3);
        found.extend(page.items);
        cursor = page.cursor;
        if cursor.is_none() {
            return found;
        }
    }
}

async fn ids(f: &Fixture, query: TraceQuery) -> Vec<MessageId> {
    all(f, query).await.iter().map(|message| message.id).collect()
}

#[tokio::test]
async fn a_senders_messages_are_found_in_all_its_conversations() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let club = || to_group(group_id(&group));
    let mut sent = Vec::new();
    for n in 0..4 {
        f.clock.advance(1000);
        let n = n.to_string();
        sent.push(f.send(&f.user("alice"), text(to("bob"), &n)).await.id);
        f.send(&f.user("bob"), text(to("alice"), "not hers")).await;
        sent.push(f.send(&f.user("alice"), text(club(), &n)).await.id);
        sent.push(f.send(&f.user("alice"), of_kind(to("carol"), ContentType::Image, &n)).await.id);
    }
    let receipt = about(to("bob"), BodyType::ReadAck, sent[0]);
    f.send(&f.user("alice"), receipt).await;
    let message = OutgoingMessage {
        from: "alice".to_owned(),
        to: strings(&["bob"]),
        kind: TargetKind::Users,
        content: content::parse_body("txt", &json!({"msg": "hi"})).unwrap(),
        ext: None,
        online_only: false,
        sync_device: false,
        need_group_ack: false,
        unroamed: Vec::new(),
        size: 2,
    };
    sent.push(send_from_server(&f.m, &f.server(), message).await.unwrap()[0].1);
    sent.reverse();

    assert_eq!(ids(&f, from("Alice")).await, sent);
    let of = async |query| ids(&f, query).await;
    let groups = TraceQuery { chat: Some(ChatType::Group), ..from("alice") };
    assert_eq!(of(groups).await, [sent[2], sent[5], sent[8], sent[11]]);
    let images = TraceQuery { kind: Some(EntryKind::Image), ..from("alice") };
    assert_eq!(of(images).await, [sent[1], sent[4], sent[7], sent[10]]);
    let by_server = TraceQuery { source: Some(Source::Rest), ..from("alice") };
    assert_eq!(of(by_server).await, sent[..1]);
    let between = TraceQuery { from: NOW + 2000, to: NOW + 3000, ..from("alice") };
    assert_eq!(of(between).await, sent[4..10]);
    assert_eq!(of(from("nobody")).await, []);

    let rows = all(&f, from("alice")).await;
    let newest = &rows[0];
    assert_eq!(
        (newest.time, newest.sender.as_str(), newest.to.as_str()),
        (NOW + 4000, "alice", "bob")
    );
    assert_eq!(
        (newest.chat, newest.kind, newest.source),
        (ChatType::Single, EntryKind::Text, Source::Rest)
    );
    assert_eq!((rows[1].to.as_str(), rows[2].to.as_str()), ("carol", "club"));
}

#[tokio::test]
async fn a_message_is_found_by_its_id_for_three_days() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let id = f.send(&f.user("alice"), text(to("bob"), "hi")).await.id;
    let found = all(&f, by(TraceBy::Message(id))).await;
    assert_eq!((found.len(), found[0].recalled), (1, false));
    f.send(&f.user("alice"), about(to("bob"), BodyType::Recall, id)).await;
    assert!(all(&f, by(TraceBy::Message(id))).await[0].recalled);
    let elsewhere = TraceQuery { chat: Some(ChatType::Room), ..by(TraceBy::Message(id)) };
    assert_eq!(all(&f, elsewhere).await, []);
    assert_eq!(all(&f, by(TraceBy::Message(MessageId(7)))).await, []);
    f.clock.advance(3 * DAY_MS);
    assert_eq!(ids(&f, by(TraceBy::Message(id))).await, [id]);
    assert_eq!(ids(&f, from("alice")).await, [id]);
    f.clock.advance(1);
    assert_eq!(ids(&f, by(TraceBy::Message(id))).await, []);
    assert_eq!(ids(&f, from("alice")).await, []);
}

/// Texts in one-to-one chats, given as (sender, receiver), committed together.
async fn chatter(f: &Fixture, chats: impl Iterator<Item = (String, String)>) {
    let mut pending = Vec::new();
    for (sender, receiver) in chats {
        let entry = NewEntry {
            app: f.app.id,
            conversation: single(&sender, &receiver).key(),
            kind: EntryKind::Text,
            flags: EntryFlags::default(),
            sender: UserId::from_trusted(sender),
            device: None,
            client_id: None,
            audience: Audience::All,
            meta: Bytes::new(),
            recalls: None,
            edits: None,
            reads: None,
            unroamed: Vec::new(),
        };
        pending.push(f.store.log().append(entry).await.unwrap());
    }
    for append in pending {
        append.await.unwrap();
    }
}

#[tokio::test]
async fn a_page_goes_on_behind_what_it_could_not_look_at() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let first = f.send(&f.user("alice"), text(to("bob"), "hi")).await.id;
    let alice = || "alice".to_owned();
    chatter(&f, (0..500).map(|n| (alice(), format!("u{n}")))).await;
    // Of each conversation only the newest entries are looked at in one go.
    chatter(&f, (0..450).map(|_| ("bob".to_owned(), alice()))).await;
    let found = ids(&f, from("alice")).await;
    assert_eq!(found.len(), 500, "the conversation that was silent longest is beyond the limit");
    assert_eq!(found.last(), Some(&first));
    assert!(found.is_sorted_by(|a, b| a > b));
}

#[tokio::test]
async fn each_device_of_a_recipient_tells_whether_it_has_the_message() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    let mut web = f.connect("bob", "webim_1").await;
    drop(f.connect("bob", "ios_1").await);
    let id = f.send(&f.user("alice"), text(to("bob"), "hi")).await.id;
    let state = async |f: &Fixture| {
        let detail = trace_detail(&f.m, &f.server(), id, None, 9).await.unwrap();
        assert_eq!(detail.message.id, id);
        let recipients = detail.recipients.unwrap().items;
        assert_eq!((recipients.len(), recipients[0].user.as_str()), (1, "bob"));
        let devices = recipients[0].devices.iter();
        let mut devices: Vec<_> =
            devices.map(|d| (d.device.to_string(), d.delivered, d.online)).collect();
        devices.sort();
        (recipients[0].state, devices, recipients[0].read)
    };
    let devices = |web| [("ios_1".to_owned(), false, false), ("webim_1".to_owned(), web, true)];
    assert_eq!(state(&f).await, (RecipientState::Waiting, devices(false).to_vec(), None));
    web.receive(&single("alice", "bob")).await;
    assert_eq!(state(&f).await, (RecipientState::Delivered, devices(true).to_vec(), None));
    f.clock.advance(7);
    f.send(&web.caller, about(to("alice"), BodyType::ReadAck, id)).await;
    assert_eq!(state(&f).await.2, Some(NOW + 7));

    // A device that came later is not one that waits for it.
    f.limit(Feature::MsgStorageDays, 7).await;
    f.clock.advance(8 * DAY_MS);
    drop(f.connect("bob", "android_1").await);
    assert_eq!(state(&f).await.1.len(), 2);
    let only = f.send(&f.user("alice"), text(to_device("bob", "ios_1"), "psst")).await.id;
    let detail = trace_detail(&f.m, &f.server(), only, None, 9).await.unwrap();
    assert_eq!(detail.recipients.unwrap().items[0].devices.len(), 1);
}

#[tokio::test]
async fn reading_a_conversation_reads_what_was_in_it() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let first = f.send(&f.user("alice"), text(to("bob"), "1")).await.id;
    let second = f.send(&f.user("alice"), text(to("bob"), "2")).await.id;
    f.send(&f.user("bob"), about(to("alice"), BodyType::ReadAck, second)).await;
    let read = async |id| {
        let detail = trace_detail(&f.m, &f.server(), id, None, 9).await.unwrap();
        detail.recipients.unwrap().items[0].read.is_some()
    };
    assert_eq!((read(first).await, read(second).await), (false, true));
    f.send(&f.user("bob"), about(to("alice"), BodyType::ChannelAck, None)).await;
    let third = f.send(&f.user("alice"), text(to("bob"), "3")).await.id;
    assert_eq!((read(first).await, read(third).await), (true, false));
}

#[tokio::test]
async fn of_a_group_each_member_of_that_time_is_named() {
    let f = Fixture::with_users(&["alice", "bob", "carol", "dave", "erin"]).await;
    let group = f.group("club", "alice", &["bob", "carol", "dave"]).await;
    let club = || to_group(group_id(&group));
    let id = f.send(&f.user("alice"), text(club(), "hi")).await.id;
    let directed = directed(text(club(), "psst"), &["bob", "dave"]);
    let directed = f.send(&f.user("alice"), directed).await.id;
    groups::add_members(&f.m, &f.server(), "club", &strings(&["erin"])).await.unwrap();
    let mut bob = f.connect("bob", "webim_1").await;
    bob.receive(&group).await;
    f.send(&bob.caller, about(club(), BodyType::ReadAck, id)).await;
    groups::leave(&f.m, &f.user("dave"), "club").await.unwrap();

    let states = async |id, limit| {
        let (mut found, mut cursor): (Vec<_>, Option<String>) = (Vec::new(), None);
        loop {
            let page = trace_detail(&f.m, &f.server(), id, cursor.as_deref(), limit).await.unwrap();
            let recipients = page.recipients.unwrap();
            found.extend(
                recipients.items.iter().map(|r| (r.user.to_string(), r.state, r.read.is_some())),
            );
            cursor = recipients.cursor;
            if cursor.is_none() {
                found.sort_by(|a, b| a.0.cmp(&b.0));
                return found;
            }
        }
    };
    let (bob, carol, dave) = ("bob".to_owned(), "carol".to_owned(), "dave".to_owned());
    use RecipientState::{Delivered, NotMember, Waiting};
    let expected = [(bob.clone(), Delivered, true), (carol, Waiting, false)];
    assert_eq!(states(id, 9).await, expected);
    assert_eq!(states(id, 1).await, expected);
    assert_eq!(states(directed, 9).await, [(bob, Delivered, false), (dave, NotMember, false)]);
    assert_eq!(trace_detail(&f.m, &f.server(), id, None, 9).await.unwrap().readers, 1);

    groups::destroy(&f.m, &f.server(), "club").await.unwrap();
    assert_eq!(states(id, 9).await, []);
}

#[tokio::test]
async fn a_later_user_of_the_name_is_not_the_recipient() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let id = f.send(&f.user("alice"), text(to("bob"), "hi")).await.id;
    f.clock.advance(5);
    users::delete(&f.m, &f.server(), "bob").await.unwrap();
    let state = async || {
        let detail = trace_detail(&f.m, &f.server(), id, None, 9).await.unwrap();
        detail.recipients.unwrap().items[0].state
    };
    assert_eq!(state().await, RecipientState::NoUser);
    f.make_user("bob").await;
    drop(f.connect("bob", "webim_1").await);
    assert_eq!(state().await, RecipientState::NoUser);
}

#[tokio::test]
async fn what_cannot_be_traced_is_refused() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let sent = f.send(&f.user("alice"), text(to("bob"), "hi")).await.id;
    let receipt = f.send(&f.user("bob"), about(to("alice"), BodyType::ReadAck, sent)).await.id;
    let detail = async |caller, id| refusal(trace_detail(&f.m, &caller, id, None, 9).await);
    assert_eq!(detail(f.user("alice"), sent).await, Refusal::NotPermitted);
    assert_eq!(detail(f.server(), receipt).await, Refusal::MessageNotFound);
    assert_eq!(detail(f.server(), MessageId(1)).await, Refusal::MessageNotFound);
    let query = async |caller, query| refusal(trace(&f.m, &caller, query, None, 9).await);
    assert_eq!(query(f.user("alice"), from("alice")).await, Refusal::NotPermitted);
    let receipts = TraceQuery { kind: Some(EntryKind::ReadAck), ..from("alice") };
    let backwards = TraceQuery { from: 2, to: 1, ..from("alice") };
    for wrong in [receipts, backwards, from("a b")] {
        let refused = query(f.server(), wrong).await;
        assert!(!matches!(refused, Refusal::NotPermitted), "{refused:?}");
    }
}
