//! Who may edit what, and what becomes of the message.

use hongyan_messaging::messages::content::{Content, parse_body};
use hongyan_messaging::messages::{
    HistoryQuery, Sent, ServerEdit, edit_from_server, history, submit, to_json,
};
use hongyan_messaging::rooms::{self, Joining};
use hongyan_messaging::{blocks, muc};
use hongyan_model::{
    Caller, Conversation, EntryKind, Feature, LogEntry, MessageId, Refusal, Result, Source,
};
use hongyan_msync::proto::content::Type;
use hongyan_msync::proto::key_value::{Value as Slot, ValueType};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::{Content as Contents, Jid, KeyValue, MessageBody, Meta};
use serde_json::{Map, Value, json};

use crate::fixture::{Fixture, NOW, group_id, refusal, single, strings};
use crate::rooms::new_room;
use crate::uplink::{
    about, decode, directed, of_kind, online_only, room_text, text, text_body, to, to_group,
    to_room, told, uplink,
};

/// An edit of `message` into a text.
fn edit(to: Jid, message: MessageId, text: &str) -> Meta {
    edit_with(to, message, &text_body(text))
}

fn edit_with(to: Jid, message: MessageId, body: &MessageBody) -> Meta {
    let scope = if body.ext.is_empty() { 1 } else { 2 };
    let body = MessageBody {
        r#type: Some(BodyType::Edit as i32),
        edit_message_id: Some(message.0),
        edit_scope: Some(scope),
        ..body.clone()
    };
    uplink(to, &body)
}

fn ext(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: Some(key.to_owned()),
        r#type: Some(ValueType::String as i32),
        value: Some(Slot::StringValue(value.to_owned())),
    }
}

async fn stored(f: &Fixture, message: MessageId) -> LogEntry {
    f.store.log().entry(f.app.id, message).await.unwrap().unwrap()
}

/// The message as its JSON: what it says, its ext, and what is told of its edits.
async fn shown(f: &Fixture, message: MessageId) -> (Value, Value, Value) {
    let payload = to_json(&stored(f, message).await).unwrap()["payload"].take();
    let [body] = payload["bodies"].as_array().unwrap().as_slice() else { panic!("{payload}") };
    (body.clone(), payload["ext"].clone(), payload["meta"]["edit_msg"].clone())
}

async fn says(f: &Fixture, message: MessageId) -> String {
    shown(f, message).await.0["msg"].as_str().unwrap_or_default().to_owned()
}

fn parsed(sent: &Sent) -> Value {
    serde_json::from_str(sent.told.as_deref().unwrap()).unwrap()
}

#[tokio::test]
async fn those_who_have_it_get_the_edit_and_the_others_the_new_text() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let web = f.connect("alice", "webim_1").await;
    let mut phone = f.connect("alice", "ios_1").await;
    let mut bob = f.connect("bob", "webim_1").await;
    let mut late = f.connect("bob", "ios_1").await;
    let talk = single("alice", "bob");
    let original = MessageBody { ext: vec![ext("k", "v")], ..text_body("helo") };
    let sent = f.send(&web.caller, uplink(to("bob"), &original)).await;
    for session in [&mut phone, &mut bob] {
        assert_eq!(session.receive(&talk).await, ["helo"]);
    }
    f.clock.advance(60_000);
    let edited = f.send(&web.caller, edit(to("bob"), sent.id, "hello")).await;
    let note = json!({"edit_msg": {
        "count": 1, "operator": "alice", "edit_time": NOW + 60_000,
        "sender": "alice", "send_time": NOW, "chat_type": "chat:user",
    }});
    assert_eq!(parsed(&edited), note);
    for session in [&mut phone, &mut bob] {
        let batch = session.pull(&talk, None).await.unwrap();
        let (meta, body) = decode(&batch.entries[0].entry.meta);
        assert_eq!(meta.from.unwrap().name(), "alice");
        assert_eq!((body.r#type(), body.edit_message_id()), (BodyType::Edit, sent.id.0));
        assert_eq!(body.contents[0].text(), "hello");
        assert_eq!(body.ext, original.ext, "the ext stays where none is given");
        assert_eq!(serde_json::from_str::<Value>(body.meta()).unwrap(), note);
    }
    // A device that comes later sees the text as it is now, and the memory agrees with the disk.
    assert_eq!(late.receive(&talk).await, ["hello", "hello"]);
    let (body, ext, info) = shown(&f, sent.id).await;
    assert_eq!(
        (&body["msg"], ext, info),
        (&json!("hello"), json!({"k": "v"}), note["edit_msg"].clone())
    );
    let query = HistoryQuery {
        conversation: talk,
        cursor: None,
        limit: 50,
        oldest_first: true,
        kinds: Vec::new(),
        from_time: None,
        to_time: None,
        sender: None,
    };
    let page = history(&f.m, &f.user("bob"), query).await.unwrap();
    assert_eq!(page.metas.iter().map(told).collect::<Vec<_>>(), ["hello"]);
    // In its own place, with its own id and time.
    let again = stored(&f, sent.id).await;
    assert_eq!((again.seq, again.timestamp, again.entry.sender.as_str()), (1, NOW, "alice"));
    assert_eq!(Source::of(&again.entry), Source::of(&stored(&f, edited.id).await.entry));
}

#[tokio::test]
async fn an_edit_that_is_sent_again_is_told_the_same_also_when_it_was_the_last_one() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    f.limit(Feature::MessageEditsMax, 2).await;
    let alice = f.user("alice");
    let sent = f.send(&alice, text(to("bob"), "0")).await;
    let first = edit(to("bob"), sent.id, "1");
    let told = f.send(&alice, first.clone()).await;
    assert_eq!(f.send(&alice, first.clone()).await, told);
    let last = edit(to("bob"), sent.id, "2");
    let told_last = f.send(&alice, last.clone()).await;
    assert_eq!(parsed(&told_last)["edit_msg"]["count"], 2);
    let too_many = f.submit(&alice, edit(to("bob"), sent.id, "3")).await;
    assert_eq!(refusal(too_many), Refusal::EditLimit);
    assert_eq!(f.send(&alice, last).await, told_last);
    assert_eq!(f.send(&alice, first).await, told);
    assert_eq!(says(&f, sent.id).await, "2");
}

#[tokio::test]
async fn edits_at_the_same_moment_are_all_counted() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let alice = f.user("alice");
    let sent = f.send(&alice, text(to("bob"), "0")).await;
    let mut pending = Vec::new();
    for n in 0..6 {
        let edit = edit(to("bob"), sent.id, &n.to_string());
        pending.push(submit(&f.m, &alice, edit).await.unwrap());
    }
    let mut counts = Vec::new();
    for one in pending {
        counts.push(parsed(&one.await.unwrap())["edit_msg"]["count"].as_u64().unwrap());
    }
    counts.sort_unstable();
    assert_eq!(counts, [1, 2, 3, 4, 5, 6]);
    assert_eq!(shown(&f, sent.id).await.2["count"], 6);
}

#[tokio::test]
async fn texts_and_custom_messages_change_whole_others_their_ext() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let alice = f.user("alice");
    let custom = |event: &str| MessageBody {
        contents: vec![Contents {
            r#type: Some(Type::Custom as i32),
            custom_event: Some(event.to_owned()),
            custom_exts: vec![ext("a", event)],
            ..Contents::default()
        }],
        ext: vec![ext("e", event)],
        ..text_body("")
    };
    let sent = f.send(&alice, uplink(to("bob"), &custom("one"))).await;
    f.send(&alice, edit_with(to("bob"), sent.id, &custom("two"))).await;
    let (body, of, _) = shown(&f, sent.id).await;
    assert_eq!(body, json!({"type": "custom", "customEvent": "two", "customExts": [{"a": "two"}]}));
    assert_eq!(of, json!({"e": "two"}));

    for kind in [Type::Image, Type::Video, Type::Location, Type::Voice, Type::File] {
        let sent = f.send(&alice, of_kind(to("bob"), kind, "as it was")).await;
        let contents = |text: &str| {
            let text = Some(text.to_owned());
            vec![Contents { r#type: Some(kind as i32), text, ..Contents::default() }]
        };
        let with = |ext| MessageBody { contents: contents("other"), ext, ..text_body("") };
        let nothing = edit_with(to("bob"), sent.id, &with(Vec::new()));
        assert_eq!(refusal(f.submit(&alice, nothing).await), Refusal::EditFormat);
        f.send(&alice, edit_with(to("bob"), sent.id, &with(vec![ext("new", "1")]))).await;
        let found = stored(&f, sent.id).await;
        assert_eq!(told(&found.entry.meta), "as it was");
        assert_eq!(shown(&f, sent.id).await.1, json!({"new": "1"}));
        // Not into another kind.
        let as_text = edit(to("bob"), sent.id, "a text");
        assert_eq!(refusal(f.submit(&alice, as_text).await), Refusal::EditFormat);
    }
    let command = f.send(&alice, of_kind(to("bob"), Type::Command, "go")).await;
    let body = MessageBody {
        contents: vec![Contents { r#type: Some(Type::Command as i32), ..Contents::default() }],
        ext: vec![ext("a", "b")],
        ..text_body("")
    };
    let obeyed = f.submit(&alice, edit_with(to("bob"), command.id, &body)).await;
    assert_eq!(refusal(obeyed), Refusal::EditFormat);
}

#[tokio::test]
async fn of_one_to_one_messages_only_the_sender_may() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.make_user_of(&f.other_app, "alice").await;
    let alice = f.user("alice");
    let sent = f.send(&alice, text(to("bob"), "mine")).await.id;
    let tried = async |caller: &Caller, receiver: &str| {
        refusal(f.submit(caller, edit(to(receiver), sent, "x")).await)
    };
    assert_eq!(tried(&f.user("bob"), "alice").await, Refusal::NotSender);
    assert_eq!(tried(&f.user("carol"), "alice").await, Refusal::MessageNotFound);
    assert_eq!(tried(&f.user("carol"), "bob").await, Refusal::MessageNotFound);
    assert_eq!(tried(&alice, "carol").await, Refusal::MessageNotFound, "in another conversation");
    let elsewhere = Caller { app: f.other_app.clone(), ..alice.clone() };
    f.make_user_of(&f.other_app, "bob").await;
    assert_eq!(tried(&elsewhere, "bob").await, Refusal::MessageNotFound);
    let unknown = f.submit(&alice, edit(to("bob"), MessageId(1), "x")).await;
    assert_eq!(refusal(unknown), Refusal::MessageNotFound);
    f.send(&alice, about(to("bob"), BodyType::Recall, sent)).await;
    assert_eq!(tried(&alice, "bob").await, Refusal::MessageNotFound, "recalled");
    let mut bob = f.connect("bob", "webim_1").await;
    assert_eq!(bob.receive(&single("alice", "bob")).await, ["RECALL"]);
}

#[tokio::test]
async fn in_groups_a_higher_role_may_too() {
    let f = Fixture::with_users(&["owner", "admin", "alice", "bob"]).await;
    let group = f.group("7", "owner", &["admin", "alice", "bob"]).await;
    let there = || to_group(group_id(&group));
    let muc = hongyan_model::Muc::Group(group_id(&group).clone());
    muc::promote(&f.m, &f.server(), &muc, "admin").await.unwrap();
    let by_alice = f.send(&f.user("alice"), text(there(), "0")).await.id;
    let by_admin = f.send(&f.user("admin"), text(there(), "0")).await.id;
    let by_owner = f.send(&f.user("owner"), text(there(), "0")).await.id;
    let tried = async |user: &str, message| {
        f.submit(&f.user(user), edit(there(), message, user)).await.map(|sent| parsed(&sent))
    };
    let refused = async |user: &str, message| refusal(tried(user, message).await);
    assert_eq!(refused("bob", by_alice).await, Refusal::NotSender);
    assert_eq!(refused("alice", by_admin).await, Refusal::NotSender);
    assert_eq!(refused("admin", by_owner).await, Refusal::NotSender);
    let note = tried("admin", by_alice).await.unwrap();
    let info = &note["edit_msg"];
    assert_eq!((&info["operator"], &info["sender"]), (&json!("admin"), &json!("alice")));
    assert_eq!(info["chat_type"], "chat:group");
    assert_eq!(tried("owner", by_admin).await.unwrap()["edit_msg"]["count"], 1);
    assert_eq!(stored(&f, by_alice).await.entry.sender.as_str(), "alice");

    // A directed message is edited for those it is for, by those who see it.
    let secret = directed(text(there(), "for bob"), &["bob"]);
    let secret = f.send(&f.user("alice"), secret).await.id;
    assert_eq!(refused("owner", secret).await, Refusal::MessageNotFound);
    tried("alice", secret).await.unwrap();
    let mut admin = f.connect("admin", "webim_9").await;
    let seen = admin.receive(&group).await;
    assert!(!seen.contains(&"for bob".to_owned()), "{seen:?}");
    assert_eq!(seen.iter().filter(|text| *text == "alice").count(), 0);
}

#[tokio::test]
async fn in_rooms_those_who_are_there_hear_of_it() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let room = rooms::create(&f.m, &f.server(), new_room("alice", &[])).await.unwrap();
    let mut bob = f.connect("bob", "webim_b").await;
    for user in ["bob", "carol"] {
        rooms::join(&f.m, &f.user(user), room.id.as_str(), Joining::default()).await.unwrap();
    }
    f.settle().await;
    let talk = Conversation::Room(room.id.clone());
    bob.receive(&talk).await;
    let sent = f.send(&f.user("carol"), room_text(&room.id, "helo")).await;
    let edited = f.send(&f.user("carol"), edit(to_room(&room.id), sent.id, "hello")).await;
    assert_eq!(parsed(&edited)["edit_msg"]["chat_type"], "chat:room");
    assert_eq!(bob.receive(&talk).await, ["hello", "hello"]);
    let by_owner = f.submit(&f.user("alice"), edit(to_room(&room.id), sent.id, "decent")).await;
    assert_eq!(parsed(&by_owner.unwrap())["edit_msg"]["operator"], "alice");
    let outsider = f.user("dave");
    f.make_user("dave").await;
    let refused = f.submit(&outsider, edit(to_room(&room.id), sent.id, "x")).await;
    assert_eq!(refusal(refused), Refusal::NotInGroup);
}

#[tokio::test]
async fn whoever_may_not_speak_may_not_edit() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    let alice = f.user("alice");
    let sent = f.send(&alice, text(to("bob"), "polite")).await.id;
    blocks::add(&f.m, &f.user("bob"), "bob", &strings(&["alice"])).await.unwrap();
    let blocked = f.submit(&alice, edit(to("bob"), sent, "rude")).await;
    assert_eq!(refusal(blocked), Refusal::Blocked);
    blocks::remove(&f.m, &f.user("bob"), "bob", &strings(&["alice"])).await.unwrap();

    f.switch(Feature::MessageEdit, false).await;
    let feature = Feature::MessageEdit;
    let off = f.submit(&f.user("alice"), edit(to("bob"), sent, "x")).await;
    assert_eq!(refusal(off), Refusal::FeatureDisabled { feature });
    f.switch(feature, true).await;
    f.limit(Feature::MsgStorageDays, 1).await;
    f.clock.advance(25 * 3600 * 1000);
    let old = f.submit(&f.user("alice"), edit(to("bob"), sent, "x")).await;
    assert_eq!(refusal(old), Refusal::MessageNotFound, "older than the app keeps messages");
}

#[tokio::test]
async fn of_what_was_for_those_who_were_there_the_edit_is_too() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let alice = f.user("alice");
    let sent = f.send(&alice, online_only(text(to("bob"), "now"))).await.id;
    f.send(&alice, edit(to("bob"), sent, "then")).await;
    let mut bob = f.connect("bob", "webim_1").await;
    assert_eq!(bob.receive(&single("alice", "bob")).await, [""; 0]);
}

fn server_edit(message: MessageId, user: Option<&str>) -> ServerEdit {
    ServerEdit {
        message: message.to_string(),
        user: user.map(str::to_owned),
        kind: EntryKind::Text,
        content: Some(Content::Text { text: "by the app".to_owned() }),
        ext: None,
        merge_ext: false,
    }
}

fn fields(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test]
async fn the_customers_server_edits_everything_in_its_own_name() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let group = f.group("7", "bob", &["alice", "carol"]).await;
    let there = to_group(group_id(&group));
    let original = MessageBody { ext: vec![ext("a", "1"), ext("b", "2")], ..text_body("0") };
    let alone = f.send(&f.user("alice"), uplink(to("bob"), &original)).await.id;
    let shared = f.send(&f.user("alice"), uplink(there.clone(), &original)).await.id;
    let done = async |edit| -> Result<()> { edit_from_server(&f.m, &f.server(), edit).await };
    done(server_edit(alone, None)).await.unwrap();
    let (body, of, info) = shown(&f, alone).await;
    assert_eq!((&body["msg"], &info["operator"]), (&json!("by the app"), &json!("admin")));
    assert_eq!(of, json!({"a": "1", "b": "2"}));

    let merged = ServerEdit {
        ext: Some(fields(json!({"b": "3", "c": 4}))),
        merge_ext: true,
        ..server_edit(shared, Some("bob"))
    };
    done(merged).await.unwrap();
    assert_eq!(shown(&f, shared).await.1, json!({"a": "1", "b": "3", "c": 4}));
    let replaced =
        ServerEdit { ext: Some(fields(json!({"d": 5}))), ..server_edit(shared, Some("Alice")) };
    done(replaced).await.unwrap();
    let (_, of, info) = shown(&f, shared).await;
    assert_eq!(
        (of, &info["operator"], &info["count"]),
        (json!({"d": 5}), &json!("alice"), &json!(2))
    );

    // In the name of somebody who may not.
    for (message, user) in [(alone, "bob"), (alone, "carol"), (shared, "carol"), (shared, "eve")] {
        let refused = done(server_edit(message, Some(user))).await;
        assert_eq!(refusal(refused), Refusal::NotSender, "{user}");
    }
    let by_user = edit_from_server(&f.m, &f.user("alice"), server_edit(alone, None)).await;
    assert_eq!(refusal(by_user), Refusal::NotPermitted);
    assert_eq!(refusal(done(server_edit(MessageId(1), None)).await), Refusal::MessageNotFound);
    let other = Caller { app: f.other_app.clone(), ..f.server() };
    let foreign = edit_from_server(&f.m, &other, server_edit(alone, None)).await;
    assert_eq!(refusal(foreign), Refusal::MessageNotFound);

    let mut carol = f.connect("carol", "webim_1").await;
    assert_eq!(carol.receive(&group).await, ["by the app"; 3]);
    let place = json!({"lat": 1.0, "lng": 2.0, "addr": "x"});
    assert!(parse_body("loc", &place).is_ok());
    let of_another_kind = ServerEdit { kind: EntryKind::Location, ..server_edit(alone, None) };
    assert_eq!(refusal(done(of_another_kind).await), Refusal::EditFormat);
}
