//! Who may react to what, who hears of it, and where it shows.

use hongyan_messaging::messages::{HistoryQuery, history};
use hongyan_messaging::reactions::{self, ListQuery};
use hongyan_messaging::rooms::{self, Joining};
use hongyan_messaging::{blocks, groups, users};
use hongyan_model::{Caller, ChatType, Conversation, Feature, MessageId, Refusal, Result, UserId};
use hongyan_msync::proto::content::Type;
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_store::reactions as stored;
use serde_json::{Value, json};

use crate::fixture::{Fixture, Session, group_id, refusal, single, strings};
use crate::rooms::new_room;
use crate::uplink::{about, decode, directed, of_kind, online_only, room_text, text, to, to_group};

async fn add(f: &Fixture, caller: &Caller, message: MessageId, reaction: &str) -> Result<()> {
    let user = caller.user().unwrap().to_string();
    reactions::add(&f.m, caller, &user, &message.to_string(), reaction).await?;
    f.settle().await;
    Ok(())
}

async fn remove(f: &Fixture, caller: &Caller, message: MessageId, reaction: &str) -> Result<()> {
    let user = caller.user().unwrap().to_string();
    reactions::remove(&f.m, caller, &user, &message.to_string(), reaction).await?;
    f.settle().await;
    Ok(())
}

/// The notifications that wait for a device in a conversation.
async fn notified(session: &mut Session, conversation: &Conversation) -> Vec<Value> {
    let (mut found, mut key) = (Vec::new(), None);
    while let Some(batch) = session.pull(conversation, key).await {
        for entry in &batch.entries {
            let meta = hongyan_msync::Message::decode(entry.entry.meta.clone());
            let meta: hongyan_msync::proto::Meta = meta.unwrap();
            if meta.ns == Some(5) {
                let value: Value = serde_json::from_slice(&meta.payload.unwrap()).unwrap();
                assert_eq!(value["type"], "reaction");
                found.push(value["data"][0].clone());
            }
        }
        key = Some(batch.next_key);
    }
    found
}

/// What history shows of the reactions below its messages, the newest message first.
async fn in_history(f: &Fixture, user: &str, conversation: &Conversation) -> Vec<Value> {
    let query = HistoryQuery {
        conversation: conversation.clone(),
        cursor: None,
        limit: 50,
        oldest_first: false,
        kinds: Vec::new(),
        from_time: None,
        to_time: None,
        sender: None,
    };
    let page = history(&f.m, &f.user(user), query).await.unwrap();
    let meta = |meta| -> Value {
        let (_, body) = decode(meta);
        body.meta.map_or(Value::Null, |meta| serde_json::from_str(&meta).unwrap())
    };
    page.metas.iter().map(|one| meta(one)["reaction"].clone()).collect()
}

/// How many kinds are stored below a message, whoever may see them.
async fn left(f: &Fixture, message: MessageId) -> usize {
    let nobody = UserId::admin();
    stored::of_messages(&f.store, f.app.id, &[message], &nobody).await.unwrap().len()
}

fn row(reaction: &str, users: &[&str], state: bool) -> Value {
    json!({
        "reaction": reaction, "count": users.len(), "userCount": users.len(), "state": state,
        "userList": &users[..users.len().min(3)],
    })
}

#[tokio::test]
async fn both_sides_of_a_conversation_hear_of_it_and_see_it_in_history() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let talk = single("alice", "bob");
    let mut alice = f.connect("alice", "webim_1").await;
    let mut bob = f.connect("bob", "webim_1").await;
    let mut phone = f.connect("bob", "ios_1").await;
    let mut away = f.connect("alice", "ios_1").await;
    let sent = f.send(&alice.caller, text(to("bob"), "news")).await.id;
    for session in [&mut bob, &mut phone] {
        session.receive(&talk).await;
    }
    f.clock.advance(5);
    add(&f, &bob.caller, sent, "👍").await.unwrap();
    let op = json!([{"operator": "bob", "reactionType": "create"}]);
    let event = |state: bool| {
        let mut row = row("👍", &["bob"], state);
        row["op"] = op.clone();
        json!({
            "from": "alice", "to": "bob", "channel_type": "chat", "messageId": sent.to_string(),
            "reactions": [row], "ts": hongyan_model::Clock::now(&f.clock),
        })
    };
    assert_eq!(notified(&mut alice, &talk).await, [event(false)]);
    assert_eq!(notified(&mut phone, &talk).await, [event(true)]);
    assert_eq!(notified(&mut bob, &talk).await, [] as [Value; 0], "it knows");
    assert_eq!(in_history(&f, "alice", &talk).await, [json!([row("👍", &["bob"], false)])]);
    assert_eq!(in_history(&f, "bob", &talk).await, [json!([row("👍", &["bob"], true)])]);

    assert_eq!(refusal(add(&f, &phone.caller, sent, "👍").await), Refusal::ReactionExists);
    add(&f, &alice.caller, sent, "👍").await.unwrap();
    add(&f, &alice.caller, sent, "+1").await.unwrap();
    remove(&f, &bob.caller, sent, "👍").await.unwrap();
    remove(&f, &alice.caller, sent, "+1").await.unwrap();
    let told = notified(&mut phone, &talk).await;
    let last: Vec<&Value> = told.iter().map(|event| &event["reactions"]).collect();
    assert_eq!(last.len(), 3 + 1);
    // All that are there, and what has changed; what is gone with nobody.
    let gone = json!({
        "reaction": "+1", "count": 0, "userCount": 0, "state": false, "userList": [],
        "op": [{"operator": "alice", "reactionType": "delete"}],
    });
    assert_eq!(*last[3], json!([row("👍", &["alice"], false), gone]));
    assert_eq!(refusal(remove(&f, &bob.caller, sent, "👍").await), Refusal::ReactionNotFound);
    // A device that was away hears of it all, and of nothing unread afterwards.
    assert_eq!(notified(&mut away, &talk).await.len(), 5);
    assert_eq!(away.unread().await, [""; 0]);
    // Where no device is named it is the only one, if there is only one.
    let nameless = Caller { device: None, ..alice.caller.clone() };
    drop(away);
    notified(&mut alice, &talk).await;
    add(&f, &nameless, sent, "x").await.unwrap();
    assert_eq!(notified(&mut alice, &talk).await, [] as [Value; 0]);
    assert_eq!(notified(&mut bob, &talk).await.len(), 1 + 3);
    notified(&mut phone, &talk).await;
    let nameless = Caller { device: None, ..bob.caller.clone() };
    add(&f, &nameless, sent, "x").await.unwrap();
    for session in [&mut bob, &mut phone] {
        assert_eq!(notified(session, &talk).await.len(), 1);
    }
}

#[tokio::test]
async fn a_group_shares_one_entry() {
    let f = Fixture::with_users(&["alice", "bob", "carol", "dave", "eve", "mallory"]).await;
    let group = f.group("7", "alice", &["bob", "carol", "dave", "eve"]).await;
    let mut bob = f.connect("bob", "webim_1").await;
    let sent = f.send(&f.user("alice"), text(to_group(group_id(&group)), "vote")).await.id;
    for user in ["eve", "dave", "carol", "alice"] {
        add(&f, &f.user(user), sent, "yes").await.unwrap();
    }
    let head = f.store.log().after(f.app.id, &group.key(), 0, 100).await.unwrap().len();
    assert_eq!(head, 1 + 4, "one entry for each, whatever the number of members");
    let told = notified(&mut bob, &group).await;
    let last = &told[3];
    assert_eq!((&last["from"], &last["to"]), (&json!("alice"), &json!("7")));
    assert_eq!(last["channel_type"], "groupchat");
    assert_eq!(last["reactions"][0]["userList"], json!(["eve", "dave", "carol"]));
    assert_eq!(last["reactions"][0]["count"], 4);
    assert_eq!(last["reactions"][0].get("state"), None);
    assert_eq!(refusal(add(&f, &f.user("mallory"), sent, "no").await), Refusal::MessageNotFound);

    let listed = async |user: &str, ids: &[MessageId], group: Option<&str>| {
        let chat = if group.is_some() { ChatType::Group } else { ChatType::Single };
        let messages = ids.iter().map(ToString::to_string).collect();
        let query = ListQuery { messages, chat, group: group.map(str::to_owned) };
        reactions::list(&f.m, &f.user(user), user, &query).await
    };
    let rows = listed("bob", &[sent, MessageId(1)], Some("7")).await.unwrap();
    assert_eq!((rows[0].1[0].users, rows[0].1[0].own, rows[1].1.len()), (4, false, 0));
    assert_eq!(listed("bob", &[sent], None).await.unwrap()[0].1, [], "it is in a group");
    assert_eq!(refusal(listed("mallory", &[sent], Some("7")).await), Refusal::NotInGroup);
    let unknown = Refusal::GroupNotFound { group: "8".into() };
    assert_eq!(refusal(listed("bob", &[sent], Some("8")).await), unknown);
    let many: Vec<_> = (0..21).map(MessageId).collect();
    let limit = Refusal::TooMany { name: "msgIdList", limit: 20 };
    assert_eq!(refusal(listed("bob", &many, Some("7")).await), limit);

    // Page by page, in the order in which they did.
    let (mut names, mut cursor) = (Vec::new(), None);
    loop {
        let found = (&*sent.to_string(), "yes");
        let (bob, after) = (f.user("bob"), cursor.as_deref());
        let page = reactions::users_of(&f.m, &bob, "bob", found, after, 3).await.unwrap();
        assert_eq!(page.reaction.unwrap().users, 4);
        names.extend(page.users.items.iter().map(ToString::to_string));
        cursor = page.users.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(names, ["eve", "dave", "carol", "alice"]);
    let found = (&*sent.to_string(), "never");
    let page = reactions::users_of(&f.m, &f.user("bob"), "bob", found, None, 50).await.unwrap();
    assert!(page.reaction.is_none() && page.users.items.is_empty());

    users::delete(&f.m, &f.server(), "dave").await.unwrap();
    assert_eq!(listed("bob", &[sent], Some("7")).await.unwrap()[0].1[0].users, 3);
    groups::destroy(&f.m, &f.user("alice"), "7").await.unwrap();
    assert_eq!(left(&f, sent).await, 0);
}

#[tokio::test]
async fn they_hang_below_what_one_can_see_and_history_keeps() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let group = f.group("7", "alice", &["bob", "carol"]).await;
    let there = || to_group(group_id(&group));
    let (alice, carol) = (f.user("alice"), f.user("carol"));
    let room = rooms::create(&f.m, &f.server(), new_room("alice", &[])).await.unwrap();
    rooms::join(&f.m, &carol, room.id.as_str(), Joining::default()).await.unwrap();
    let recalled = f.send(&alice, text(to("carol"), "oops")).await.id;
    f.send(&alice, about(to("carol"), BodyType::Recall, recalled)).await;
    let not_for_carol = [
        f.send(&alice, text(to("bob"), "x")).await.id,
        f.send(&alice, directed(text(there(), "for bob"), &["bob"])).await.id,
        f.send(&alice, of_kind(there(), Type::Command, "go")).await.id,
        f.send(&alice, online_only(text(there(), "now"))).await.id,
        f.send(&alice, room_text(&room.id, "in a room")).await.id,
        recalled,
        MessageId(1),
    ];
    for message in not_for_carol {
        assert_eq!(refusal(add(&f, &carol, message, "x").await), Refusal::MessageNotFound);
        assert_eq!(refusal(remove(&f, &carol, message, "x").await), Refusal::MessageNotFound);
    }
    let nonsense = reactions::add(&f.m, &carol, "carol", "abc", "x").await;
    assert_eq!(refusal(nonsense), Refusal::MessageNotFound);

    let sent = f.send(&alice, text(to("bob"), "x")).await.id;
    let other = Caller { app: f.other_app.clone(), ..f.user("bob") };
    f.make_user_of(&f.other_app, "bob").await;
    assert_eq!(refusal(add(&f, &other, sent, "x").await), Refusal::MessageNotFound);
    let in_anothers_name = reactions::add(&f.m, &carol, "bob", &sent.to_string(), "x").await;
    assert_eq!(refusal(in_anothers_name), Refusal::NotPermitted);
    reactions::add(&f.m, &f.server(), "bob", &sent.to_string(), "x").await.unwrap();
    // A later user of the name does not see what was before it.
    users::delete(&f.m, &f.server(), "bob").await.unwrap();
    f.clock.advance(1000);
    f.make_user("bob").await;
    assert_eq!(refusal(add(&f, &f.user("bob"), sent, "x").await), Refusal::MessageNotFound);
}

#[tokio::test]
async fn limits_and_switches() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    f.limit(Feature::ReactionsMax, 2).await;
    let (alice, bob) = (f.user("alice"), f.user("bob"));
    let sent = f.send(&alice, text(to("bob"), "x")).await.id;
    for reaction in ["a", "b"] {
        add(&f, &bob, sent, reaction).await.unwrap();
    }
    let full = Refusal::QuotaExceeded { feature: Feature::ReactionsMax };
    assert_eq!(refusal(add(&f, &alice, sent, "c").await), full);
    add(&f, &alice, sent, "a").await.unwrap();
    let long = "x".repeat(129);
    let too_long = Refusal::TooLong { name: "message", limit: 128 };
    assert_eq!(refusal(add(&f, &alice, sent, &long).await), too_long);
    assert_eq!(refusal(add(&f, &alice, sent, "").await), Refusal::Missing { name: "message" });

    // Whom one has blocked does not reach one this way either; what it takes back is its own affair.
    blocks::add(&f.m, &alice, "alice", &strings(&["bob"])).await.unwrap();
    assert_eq!(refusal(add(&f, &bob, sent, "b").await), Refusal::Blocked);
    let mut session = f.connect("alice", "webim_2").await;
    let talk = single("alice", "bob");
    let before = notified(&mut session, &talk).await.len();
    assert_eq!(before, 3);
    remove(&f, &bob, sent, "a").await.unwrap();
    assert_eq!(notified(&mut session, &talk).await, [] as [Value; 0]);
    assert_eq!(in_history(&f, "alice", &talk).await[0].as_array().unwrap().len(), 2);

    f.switch(Feature::Reaction, false).await;
    let off = Refusal::FeatureDisabled { feature: Feature::Reaction };
    assert_eq!(refusal(add(&f, &f.user("alice"), sent, "c").await), off);
    assert_eq!(in_history(&f, "alice", &talk).await, [Value::Null]);
    f.switch(Feature::Reaction, true).await;
    // Switched off is not deleted; recalled is.
    assert_eq!(in_history(&f, "alice", &talk).await[0].as_array().unwrap().len(), 2);
    f.send(&f.user("alice"), about(to("bob"), BodyType::Recall, sent)).await;
    assert_eq!(left(&f, sent).await, 0);
}
