//! Threads below group messages.

use hongyan_cluster::Subject;
use hongyan_messaging::messages::content::Content;
use hongyan_messaging::messages::{
    self, HistoryQuery, OutgoingMessage, ServerRecall, TargetKind, history, recall_from_server,
};
use hongyan_messaging::threads::{self, NewThread, ThreadPage};
use hongyan_messaging::{groups, muc, users};
use hongyan_model::{
    Caller, ChatType, Conversation, Feature, GroupId, MessageId, Muc, Refusal, Thread, ThreadId,
    UserId,
};
use hongyan_msync::Message;
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::meta::NameSpace;
use hongyan_msync::proto::muc_body::Operation;
use hongyan_msync::proto::{Meta, MucBody};
use serde_json::{Value, json};

use crate::fixture::{Fixture, Session, group_id, refusal, strings};
use crate::uplink::{about, decode, directed, text, thread_text, to, to_group, to_thread};

/// The club of alice, its administrator anna, bob and carol, where alice has said "hello"; mallory is outside.
struct Club {
    f: Fixture,
    group: Conversation,
    message: MessageId,
}

impl Club {
    async fn new() -> Self {
        let users = ["alice", "anna", "bob", "carol", "mallory"];
        let f = Fixture::with_users(&users).await;
        let group = f.group("club", "alice", &["anna", "bob", "carol"]).await;
        let club = Muc::Group(group_id(&group).clone());
        muc::promote(&f.m, &f.server(), &club, "anna").await.unwrap();
        let message = f.send(&f.user("alice"), text(to_group(group_id(&group)), "hello")).await.id;
        Self { f, group, message }
    }

    fn new_thread(&self, owner: &str) -> NewThread {
        NewThread {
            group: group_id(&self.group).to_string(),
            message: self.message.to_string(),
            name: "details".to_owned(),
            owner: owner.to_owned(),
        }
    }

    async fn thread(&self, owner: &str, joining: &[&str]) -> Thread {
        let new = self.new_thread(owner);
        let thread = threads::create(&self.f.m, &self.f.user(owner), new).await.unwrap();
        for user in joining {
            let caller = self.f.user(user);
            threads::join(&self.f.m, &caller, thread.id.as_str(), user).await.unwrap();
        }
        thread
    }

    /// Why `owner` gets no thread that is like this.
    async fn refused(&self, owner: &str, change: impl FnOnce(&mut NewThread)) -> Refusal {
        let mut new = self.new_thread(owner);
        change(&mut new);
        refusal(threads::create(&self.f.m, &self.f.user(owner), new).await)
    }

    async fn say(&self, user: &str, thread: &ThreadId, text: &str) -> MessageId {
        self.f.send(&self.f.user(user), thread_text(thread, text)).await.id
    }

    async fn members(&self, thread: &Thread) -> Vec<String> {
        let server = self.f.server();
        let page = threads::members(&self.f.m, &server, thread.id.as_str(), 50, None).await;
        page.unwrap().items.iter().map(ToString::to_string).collect()
    }

    /// What was last added to the message below which the thread hangs.
    async fn overview(&self) -> Value {
        let page = read(&self.f, "bob", self.group.clone()).await.unwrap();
        let messages = page.iter().map(decode);
        let of_message = |(meta, body): (Meta, hongyan_msync::proto::MessageBody)| {
            (meta.id() == self.message.0).then_some(body.meta)
        };
        let meta = messages.filter_map(of_message).next().unwrap();
        meta.map_or(Value::Null, |meta| {
            serde_json::from_str::<Value>(&meta).unwrap()["thread_overview"].clone()
        })
    }
}

/// One page of history as `user` reads it.
async fn read(
    f: &Fixture,
    user: &str,
    conversation: Conversation,
) -> hongyan_model::Result<Vec<bytes::Bytes>> {
    let query = HistoryQuery {
        conversation,
        cursor: None,
        limit: 50,
        oldest_first: true,
        kinds: Vec::new(),
        from_time: None,
        to_time: None,
        sender: None,
    };
    Ok(history(&f.m, &f.user(user), query).await?.metas)
}

fn of(thread: &Thread) -> Conversation {
    Conversation::Thread(thread.id.clone())
}

/// As clients name the conversation.
fn named(thread: &Thread) -> Conversation {
    Conversation::Group(GroupId::from_trusted(thread.id.as_str()))
}

fn newest(cursor: Option<&str>) -> ThreadPage<'_> {
    ThreadPage { limit: 50, cursor, newest_first: true }
}

/// Whether the session was told that there is something new in the thread.
fn hears(session: &Session, thread: &Thread) -> bool {
    session.heard().iter().any(|key| key == of(thread).key().as_str())
}

/// The notifications that a device gets of a conversation.
async fn notified(session: &mut Session, conversation: &Conversation) -> Vec<Value> {
    let (mut all, mut key) = (Vec::new(), None);
    while let Some(batch) = session.pull(conversation, key).await {
        for entry in &batch.entries {
            let meta = Meta::decode(entry.entry.meta.clone()).unwrap();
            if meta.ns() == NameSpace::Notify {
                all.push(serde_json::from_slice(&meta.payload.unwrap()).unwrap());
            }
        }
        key = Some(batch.next_key);
    }
    all
}

/// The events of threads that a user got so far: what happened, to whom, and what they say of the thread.
async fn events(f: &Fixture, user: &str) -> Vec<(Operation, String, String)> {
    let seen = |event: MucBody| {
        let name = |jid: &hongyan_msync::proto::Jid| jid.name.clone().unwrap();
        let parent = name(event.muc_parent_id.as_ref().unwrap());
        let thread = format!("{} {parent}", event.muc_name());
        (event.operation(), name(&event.to[0]), thread)
    };
    let events = f.events(user).await.into_iter().filter(MucBody::is_thread);
    events.map(seen).collect()
}

fn event(operation: Operation, user: &str) -> (Operation, String, String) {
    (operation, user.to_owned(), "details club".to_owned())
}

#[tokio::test]
async fn a_new_thread_is_told_to_the_group_in_one_entry_and_to_its_owners_devices() {
    let c = Club::new().await;
    let mut bob = c.f.connect("bob", "webim_1").await;
    let mut phone = c.f.connect("carol", "ios_1").await;
    bob.receive(&c.group).await;
    bob.heard();
    let key = c.group.key();
    let last = async || {
        let log = c.f.store.log();
        log.position(c.f.app.id, &key, MessageId(u64::MAX >> 1)).await.unwrap()
    };
    let before = last().await;
    let thread = c.thread("carol", &[]).await;
    c.f.settle().await;
    assert_eq!(bob.heard(), ["g:club"]);
    let data = json!({
        "id": thread.id.as_str(), "name": "details", "muc_parent_id": "club",
        "msg_parent_id": c.message.to_string(), "timestamp": thread.created, "from": "carol",
        "operation": "create",
    });
    assert_eq!(notified(&mut bob, &c.group).await, [json!({"type": "thread", "data": data})]);
    assert_eq!(last().await, before + 1);
    assert_eq!(events(&c.f, "carol").await, [event(Operation::ThreadCreate, "carol")]);
    assert_eq!(events(&c.f, "bob").await, []);
    // The device that made it hears of neither.
    let mut own = c.f.connect_as(&c.f.user("carol")).await;
    assert_eq!(notified(&mut own, &c.group).await, [] as [Value; 0]);
    assert_eq!(notified(&mut phone, &c.group).await.len(), 1);
    assert_eq!(c.members(&thread).await, ["carol"]);
}

#[tokio::test]
async fn a_thread_hangs_below_a_message_that_its_maker_sees_in_the_group() {
    let c = Club::new().await;
    let server = c.f.server();
    let nowhere = |new: &mut NewThread| new.group = "9".to_owned();
    assert_eq!(c.refused("bob", nowhere).await, Refusal::GroupNotFound { group: "9".into() });
    assert_eq!(c.refused("mallory", |_| {}).await, Refusal::NotInGroup);
    let in_the_name_of_alice = |new: &mut NewThread| new.owner = "alice".to_owned();
    assert_eq!(c.refused("bob", in_the_name_of_alice).await, Refusal::NotPermitted);
    let long = |new: &mut NewThread| new.name = "名".repeat(65);
    assert_eq!(c.refused("bob", long).await, Refusal::ThreadNameTooLong);
    assert_eq!(c.refused("bob", |new| new.name.clear()).await, Refusal::Missing { name: "name" });
    for unknown in ["x", "17"] {
        let unknown = |new: &mut NewThread| new.message = unknown.to_owned();
        assert_eq!(c.refused("bob", unknown).await, Refusal::MessageNotFound);
    }
    let club = || to_group(group_id(&c.group));
    let private = c.f.send(&c.f.user("alice"), text(to("bob"), "psst")).await.id;
    let whispered = directed(text(club(), "only anna"), &["anna"]);
    let whispered = c.f.send(&c.f.user("alice"), whispered).await.id;
    let recalled = c.f.send(&c.f.user("alice"), text(club(), "oops")).await.id;
    c.f.send(&c.f.user("alice"), about(club(), BodyType::Recall, recalled)).await;
    let other = c.f.group("other", "bob", &[]).await;
    let elsewhere = c.f.send(&c.f.user("bob"), text(to_group(group_id(&other)), "hi")).await.id;
    for (message, refused) in [
        (private, Refusal::NotGroupMessage),
        (whispered, Refusal::MessageNotFound),
        (recalled, Refusal::MessageNotFound),
        (elsewhere, Refusal::MessageOfOtherGroup),
    ] {
        let below = |new: &mut NewThread| new.message = message.to_string();
        assert_eq!(c.refused("bob", below).await, refused);
    }
    let long_enough = NewThread { name: "名".repeat(64), ..c.new_thread("bob") };
    let thread = threads::create(&c.f.m, &server, long_enough).await.unwrap();
    assert_eq!(c.refused("carol", |_| {}).await, Refusal::ThreadExists);
    let said = c.say("bob", &thread.id, "in the thread").await;
    let nested = |new: &mut NewThread| new.message = said.to_string();
    assert_eq!(c.refused("bob", nested).await, Refusal::ThreadNested);
}

#[tokio::test]
async fn an_app_has_so_many_threads_and_a_user_is_in_so_many() {
    let mut c = Club::new().await;
    let first = c.thread("bob", &[]).await;
    let another = c.f.send(&c.f.user("alice"), text(to_group(group_id(&c.group)), "more")).await.id;
    let below = |new: &mut NewThread| new.message = another.to_string();
    c.f.limit(Feature::ThreadsMax, 1).await;
    let feature = Feature::ThreadsMax;
    assert_eq!(c.refused("carol", below).await, Refusal::QuotaExceeded { feature });
    c.f.limit(Feature::ThreadsMax, 2).await;
    c.f.limit(Feature::ThreadsPerUserMax, 1).await;
    let full = |user: &str| Refusal::UserThreadsFull { user: user.to_owned() };
    assert_eq!(c.refused("bob", below).await, full("bob"));
    let new = NewThread { message: another.to_string(), ..c.new_thread("carol") };
    threads::create(&c.f.m, &c.f.server(), new).await.unwrap();
    let (carol, thread) = (c.f.user("carol"), first.id.as_str());
    assert_eq!(refusal(threads::join(&c.f.m, &carol, thread, "carol").await), full("carol"));
    // What ends makes room.
    threads::destroy(&c.f.m, &c.f.server(), thread).await.unwrap();
    let thread = c.thread("bob", &[]).await;
    assert_eq!(c.members(&thread).await, ["bob"]);
}

#[tokio::test]
async fn who_has_joined_receives_now_and_later_and_nobody_else_does() {
    let c = Club::new().await;
    let thread = c.thread("alice", &["bob"]).await;
    let mut alice = c.f.connect("alice", "webim_1").await;
    let mut bob = c.f.connect("bob", "webim_1").await;
    let mut carol = c.f.connect("carol", "webim_1").await;
    c.say("alice", &thread.id, "before carol").await;
    assert!(hears(&bob, &thread));
    assert_eq!(bob.receive(&of(&thread)).await, ["before carol"]);
    assert!(!hears(&carol, &thread));
    assert_eq!(carol.receive(&of(&thread)).await, [""; 0]);
    assert_eq!(carol.queues.room_or_thread(thread.id.as_str()), None);
    let caller = carol.caller.clone();
    let outside = c.f.submit(&caller, thread_text(&thread.id, "let me in")).await;
    assert_eq!(refusal(outside), Refusal::NotInGroup);

    // From here on it is meant for her, on the device that is there as on the one that comes.
    threads::join(&c.f.m, &caller, thread.id.as_str(), "carol").await.unwrap();
    let mut phone = c.f.connect("carol", "ios_1").await;
    assert_eq!(carol.queues.room_or_thread(thread.id.as_str()), Some(of(&thread)));
    c.say("bob", &thread.id, "after carol").await;
    assert_eq!(carol.receive(&of(&thread)).await, ["after carol"]);
    assert_eq!(alice.receive(&of(&thread)).await, ["before carol", "after carol"]);
    assert!(phone.unread().await.contains(&of(&thread).key().as_str().to_owned()));
    assert_eq!(phone.receive(&of(&thread)).await, ["after carol"]);
    drop((carol, phone));
    c.say("bob", &thread.id, "while carol is away").await;
    let mut carol = c.f.connect("carol", "webim_1").await;
    assert_eq!(carol.receive(&of(&thread)).await, ["while carol is away"]);

    threads::leave(&c.f.m, &carol.caller, thread.id.as_str(), "carol").await.unwrap();
    carol.heard();
    c.say("bob", &thread.id, "without carol").await;
    assert!(!hears(&carol, &thread));
    assert_eq!(carol.receive(&of(&thread)).await, [""; 0]);
    let gone = refusal(c.f.submit(&carol.caller, thread_text(&thread.id, "?")).await);
    assert_eq!(gone, Refusal::NotInGroup);
    // Another app's thread of the same id is none.
    let stranger = Caller { app: c.f.other_app.clone(), ..c.f.user("alice") };
    c.f.make_user_of(&c.f.other_app, "alice").await;
    let unknown = refusal(
        messages::submit(&c.f.m, &stranger, thread_text(&thread.id, "?")).await.map(|_| ()),
    );
    assert!(matches!(unknown, Refusal::GroupNotFound { .. }));
}

#[tokio::test]
async fn messages_say_where_their_thread_hangs_marked_or_not() {
    let c = Club::new().await;
    let thread = c.thread("alice", &["bob"]).await;
    let mut bob = c.f.connect("bob", "ios_1").await;
    c.say("alice", &thread.id, "marked").await;
    c.f.send(&c.f.user("alice"), text(to_thread(&thread.id), "plain")).await;
    let batch = bob.pull(&of(&thread), None).await.unwrap();
    let mark = json!({"thread": {
        "msg_parent_id": c.message.to_string(), "muc_parent_id": "club", "thread_name": "details",
    }});
    assert_eq!(batch.entries.len(), 2);
    for entry in &batch.entries {
        let (meta, body) = decode(&entry.entry.meta);
        assert_eq!(meta.to.unwrap().name.as_deref(), Some(thread.id.as_str()));
        assert_eq!(serde_json::from_str::<Value>(&body.meta.unwrap()).unwrap(), mark);
    }
    // A mark is of no use in a group.
    let forged = thread_text(&ThreadId::from_trusted("club"), "to the group");
    c.f.send(&c.f.user("alice"), forged).await;
    // Of the new thread the group was told between its messages: that ends a batch.
    let (mut entries, mut key) = (Vec::new(), None);
    while let Some(batch) = bob.pull(&c.group, key).await {
        key = Some(batch.next_key);
        entries.extend(batch.entries);
    }
    let (_, body) = decode(&entries.last().unwrap().entry.meta);
    assert_eq!(body.meta.as_deref(), Some("{}"));
}

#[tokio::test]
async fn the_group_is_told_of_what_is_said_and_history_shows_it_below_the_message() {
    let c = Club::new().await;
    let thread = c.thread("alice", &["bob"]).await;
    assert_eq!(c.overview().await["message_count"], 0);
    assert_eq!(c.overview().await["last_message"], json!({}));
    let carol = c.f.connect("carol", "webim_1").await;
    let first = c.say("alice", &thread.id, "one").await;
    let (subject, update) = carol.shown().await.pop().unwrap();
    assert_eq!(subject, Subject::Thread(thread.id.clone()));
    let meta = Meta::decode(update).unwrap();
    assert_eq!((meta.ns(), meta.id), (NameSpace::Notify, None));
    let update: Value = serde_json::from_slice(&meta.payload.unwrap()).unwrap();
    let data = &update["data"];
    assert_eq!((&update["type"], &data["operation"]), (&json!("thread"), &json!("update_msg")));
    assert_eq!((&data["message_count"], &data["from"]), (&json!(1), &json!("alice")));
    assert_eq!(data["last_message"]["id"], first.to_string());
    assert_eq!(data["last_message"]["payload"]["bodies"][0]["msg"], "one");

    let second = c.say("bob", &thread.id, "two").await;
    let whispered = directed(thread_text(&thread.id, "not for all"), &["alice"]);
    c.f.send(&c.f.user("bob"), whispered).await;
    let overview = c.overview().await;
    assert_eq!((&overview["message_count"], &overview["id"]), (&json!(2), &json!(thread.id)));
    assert_eq!(overview["last_message"]["id"], second.to_string());
    assert_eq!(overview["muc_parent_id"], "club");
    c.f.send(&c.f.user("bob"), about(to_thread(&thread.id), BodyType::Recall, second)).await;
    let overview = c.overview().await;
    assert_eq!(overview["message_count"], 1);
    assert_eq!(overview["last_message"]["id"], first.to_string());

    // It is no message of the group: history does not show it, and it counts for nobody as one.
    let club = read(&c.f, "carol", c.group.clone()).await.unwrap();
    assert_eq!(club.len(), 1);
    threads::destroy(&c.f.m, &c.f.user("anna"), thread.id.as_str()).await.unwrap();
    assert_eq!(c.overview().await, Value::Null);
}

#[tokio::test]
async fn members_of_the_group_read_its_threads_and_nobody_else() {
    let c = Club::new().await;
    let thread = c.thread("alice", &[]).await;
    let said = c.say("alice", &thread.id, "open to the club").await;
    for reader in ["alice", "carol"] {
        let page = read(&c.f, reader, named(&thread)).await.unwrap();
        assert_eq!(page.len(), 1, "{reader}");
    }
    let stranger = read(&c.f, "mallory", named(&thread)).await;
    assert_eq!(refusal(stranger), Refusal::NotInGroup);
    let thread_id = thread.id.as_str();
    let asked = strings(&[thread_id, "17", "x"]);
    let last = threads::last_messages(&c.f.m, &c.f.user("carol"), &asked).await.unwrap();
    assert_eq!(last.len(), 1);
    assert_eq!(last[0].1.as_ref().map(|entry| entry.id), Some(said));
    let hidden = threads::last_messages(&c.f.m, &c.f.user("mallory"), &asked).await.unwrap();
    assert!(hidden.is_empty());
    let many = strings(&["1"; 21]);
    let too_many = threads::last_messages(&c.f.m, &c.f.user("carol"), &many).await.map(|_| ());
    assert_eq!(refusal(too_many), Refusal::TooMany { name: "threadIds", limit: 20 });

    let (carol, mallory) = (c.f.user("carol"), c.f.user("mallory"));
    assert_eq!(threads::get(&c.f.m, &carol, thread_id).await.unwrap().members, 1);
    assert_eq!(refusal(threads::get(&c.f.m, &mallory, thread_id).await), Refusal::NotInGroup);
    let listed = threads::members(&c.f.m, &mallory, thread_id, 50, None).await;
    assert_eq!(refusal(listed), Refusal::NotInGroup);
    let below = threads::below_group(&c.f.m, &carol, "club", newest(None)).await.unwrap();
    assert_eq!(below.items, std::slice::from_ref(&thread));
    let below = threads::below_group(&c.f.m, &mallory, "club", newest(None)).await;
    assert_eq!(refusal(below), Refusal::NotInGroup);
    let joined = threads::joined(&c.f.m, &carol, "alice", None, newest(None)).await;
    assert_eq!(refusal(joined), Refusal::NotPermitted);
    let alice = c.f.user("alice");
    let joined = threads::joined(&c.f.m, &alice, "alice", Some("club"), newest(None)).await;
    assert_eq!(joined.unwrap().items, [thread]);
    assert_eq!(refusal(threads::all(&c.f.m, &carol, newest(None)).await), Refusal::NotPermitted);
    let few = ThreadPage { limit: 51, ..newest(None) };
    let too_many = threads::all(&c.f.m, &c.f.server(), few).await;
    assert_eq!(refusal(too_many), Refusal::TooMany { name: "limit", limit: 50 });
}

#[tokio::test]
async fn the_groups_heads_manage_its_threads_and_an_owner_renames_its_own() {
    let c = Club::new().await;
    let thread = c.thread("bob", &["carol", "anna", "alice"]).await;
    let id = thread.id.as_str();
    let (m, low) = (&c.f.m, Refusal::RoleTooLow);
    assert_eq!(refusal(threads::rename(m, &c.f.user("carol"), id, "x").await), low);
    assert_eq!(
        refusal(threads::rename(m, &c.f.user("mallory"), id, "x").await),
        Refusal::NotInGroup
    );
    assert_eq!(refusal(threads::destroy(m, &c.f.user("bob"), id).await), low);
    assert_eq!(refusal(threads::remove_member(m, &c.f.user("bob"), id, "carol").await), low);
    let outranked = threads::remove_member(m, &c.f.user("anna"), id, "alice").await;
    assert_eq!(refusal(outranked), low);
    let added = threads::add_members(m, &c.f.user("bob"), id, &strings(&["carol"])).await;
    assert_eq!(refusal(added), low);

    for (n, head) in ["bob", "anna", "alice"].iter().enumerate() {
        let name = format!("name {n}");
        threads::rename(m, &c.f.user(head), id, &name).await.unwrap();
        assert_eq!(threads::get(m, &c.f.user("carol"), id).await.unwrap().thread.name, name);
    }
    let mut watcher = c.f.connect("carol", "webim_1").await;
    let renamed = notified(&mut watcher, &c.group).await.pop().unwrap();
    assert_eq!(renamed["data"]["operation"], "update");
    assert_eq!(
        (&renamed["data"]["name"], &renamed["data"]["from"]),
        (&json!("name 2"), &json!("alice"))
    );
    assert_eq!(renamed["data"]["message_count"], 0);
    let told = events(&c.f, "anna").await;
    assert_eq!(told.last().unwrap().0, Operation::ThreadUpdate);

    let removed = threads::remove_member(m, &c.f.user("anna"), id, "Carol").await.unwrap();
    assert_eq!(removed, UserId::from_trusted("carol"));
    assert_eq!(events(&c.f, "carol").await.last().unwrap().0, Operation::ThreadKick);
    let again = threads::remove_member(m, &c.f.user("anna"), id, "carol").await;
    assert_eq!(refusal(again), Refusal::NotInGroup);
    let batch = strings(&["bob", "carol", "bob"]);
    let removed = threads::remove_members(m, &c.f.server(), id, &batch).await.unwrap();
    let (bob, carol) = (UserId::from_trusted("bob"), UserId::from_trusted("carol"));
    assert_eq!(removed, [(bob, true), (carol, false)]);
    threads::add_members(m, &c.f.server(), id, &strings(&["bob", "anna"])).await.unwrap();
    assert_eq!(c.members(&thread).await, ["anna", "alice", "bob"]);
    let outsider = threads::add_members(m, &c.f.server(), id, &strings(&["mallory"])).await;
    assert_eq!(refusal(outsider), Refusal::NotInGroup);
    let many = threads::add_members(m, &c.f.server(), id, &strings(&["bob"; 11])).await;
    assert_eq!(refusal(many), Refusal::TooMany { name: "usernames", limit: 10 });
    let twice = threads::join(m, &c.f.user("bob"), id, "bob").await;
    assert_eq!(refusal(twice), Refusal::AlreadyInThread);

    threads::destroy(m, &c.f.user("anna"), id).await.unwrap();
    assert_eq!(events(&c.f, "anna").await.last().unwrap().0, Operation::ThreadDestroy);
    let gone = refusal(threads::get(m, &c.f.user("alice"), id).await);
    assert_eq!(gone, Refusal::ThreadNotFound { thread: id.to_owned() });
    let gone = refusal(c.f.submit(&c.f.user("bob"), thread_text(&thread.id, "?")).await);
    assert_eq!(gone, Refusal::GroupNotFound { group: id.to_owned() });
    let last = notified(&mut watcher, &c.group).await.pop().unwrap();
    assert_eq!(last["data"]["operation"], "delete");
}

#[tokio::test]
async fn who_comes_and_goes_tells_its_own_other_devices() {
    let c = Club::new().await;
    let thread = c.thread("alice", &["bob"]).await;
    threads::leave(&c.f.m, &c.f.user("bob"), thread.id.as_str(), "bob").await.unwrap();
    let told = [event(Operation::ThreadJoin, "bob"), event(Operation::ThreadLeave, "bob")];
    assert_eq!(events(&c.f, "bob").await, told);
    let away = threads::leave(&c.f.m, &c.f.user("bob"), thread.id.as_str(), "bob").await;
    assert_eq!(refusal(away), Refusal::NotInGroup);
    // Its owner may leave, too; the thread stays.
    threads::leave(&c.f.m, &c.f.user("alice"), thread.id.as_str(), "alice").await.unwrap();
    assert_eq!(c.members(&thread).await, [""; 0]);
    threads::add_members(&c.f.m, &c.f.server(), thread.id.as_str(), &strings(&["carol"]))
        .await
        .unwrap();
    assert_eq!(events(&c.f, "carol").await, [event(Operation::ThreadJoin, "carol")]);
}

#[tokio::test]
async fn who_leaves_the_group_leaves_its_threads_and_they_end_with_it() {
    let c = Club::new().await;
    let thread = c.thread("alice", &["bob", "carol"]).await;
    let mut bob = c.f.connect("bob", "webim_1").await;
    groups::leave(&c.f.m, &bob.caller, "club").await.unwrap();
    c.say("alice", &thread.id, "without bob").await;
    assert!(!hears(&bob, &thread));
    assert_eq!(bob.receive(&of(&thread)).await, [""; 0]);
    assert_eq!(c.members(&thread).await, ["alice", "carol"]);
    groups::add_members(&c.f.m, &c.f.server(), "club", &strings(&["bob"])).await.unwrap();
    assert_eq!(bob.receive(&of(&thread)).await, [""; 0]);
    groups::remove_members(&c.f.m, &c.f.user("alice"), "club", &strings(&["carol"])).await.unwrap();
    assert_eq!(c.members(&thread).await, ["alice"]);

    let mut alice = c.f.connect("alice", "ios_1").await;
    groups::destroy(&c.f.m, &c.f.user("alice"), "club").await.unwrap();
    assert_eq!(alice.receive(&of(&thread)).await, [""; 0]);
    let gone = refusal(threads::get(&c.f.m, &c.f.server(), thread.id.as_str()).await);
    assert_eq!(gone, Refusal::ThreadNotFound { thread: thread.id.to_string() });
    // The id stays a thread's for as long as there is one, and is free then.
    c.f.group(thread.id.as_str(), "bob", &[]).await;
}

#[tokio::test]
async fn a_thread_outlives_the_user_who_made_it() {
    let c = Club::new().await;
    let thread = c.thread("bob", &["carol"]).await;
    let taken = groups::NewGroup {
        id: Some(thread.id.to_string()),
        ..crate::fixture::new_group("alice", &[])
    };
    let taken = refusal(groups::create(&c.f.m, &c.f.server(), taken).await);
    assert!(matches!(taken, Refusal::GroupExists { .. }));
    users::delete(&c.f.m, &c.f.server(), "bob").await.unwrap();
    assert_eq!(c.members(&thread).await, ["carol"]);
    c.say("carol", &thread.id, "still here").await;
    // A later user of that name has nothing to do with it.
    c.f.clock.advance(1);
    c.f.make_user("bob").await;
    let bob = c.f.user("bob");
    let joined = threads::joined(&c.f.m, &bob, "bob", None, newest(None)).await.unwrap();
    assert!(joined.items.is_empty());
    groups::add_members(&c.f.m, &c.f.server(), thread.group.as_str(), &strings(&["bob"]))
        .await
        .unwrap();
    let renamed = threads::rename(&c.f.m, &bob, thread.id.as_str(), "mine").await;
    assert_eq!(refusal(renamed), Refusal::RoleTooLow);
}

#[tokio::test]
async fn who_may_not_speak_in_the_group_may_not_in_its_threads() {
    let c = Club::new().await;
    let thread = c.thread("alice", &["bob"]).await;
    let club = Muc::Group(group_id(&c.group).clone());
    muc::mute(&c.f.m, &c.f.user("alice"), &club, &strings(&["bob"]), -1).await.unwrap();
    let muted = c.f.submit(&c.f.user("bob"), thread_text(&thread.id, "mmh")).await;
    assert_eq!(refusal(muted), Refusal::Muted);
}

#[tokio::test]
async fn receipts_and_recalls_work_as_in_groups() {
    let c = Club::new().await;
    let thread = c.thread("alice", &["bob", "carol"]).await;
    let here = || to_thread(&thread.id);
    let mut alice = c.f.connect("alice", "ios_1").await;
    let id = c.say("alice", &thread.id, "who reads?").await;
    alice.receive(&of(&thread)).await;
    for reader in ["bob", "carol"] {
        c.f.send(&c.f.user(reader), about(here(), BodyType::ReadAck, id)).await;
    }
    let batch = alice.pull(&of(&thread), None).await.unwrap();
    let (_, body) = decode(&batch.entries.last().unwrap().entry.meta);
    let count = body.ext[0].value.clone().unwrap();
    let text =
        hongyan_msync::proto::key_value::Value::StringValue(json!({id.to_string(): 2}).to_string());
    assert_eq!(count, text);
    // Not of the group's message, though it is read in the thread.
    let elsewhere = c.f.submit(&c.f.user("bob"), about(here(), BodyType::ReadAck, c.message)).await;
    assert_eq!(refusal(elsewhere), Refusal::MessageNotFound);
    let foreign = c.f.submit(&c.f.user("bob"), about(here(), BodyType::Recall, id)).await;
    assert_eq!(refusal(foreign), Refusal::NotSender);
    c.f.send(&c.f.user("alice"), about(here(), BodyType::Recall, id)).await;
    let mut bob = c.f.connect("bob", "ios_1").await;
    assert_eq!(bob.receive(&of(&thread)).await, ["RECALL"]);
    assert!(read(&c.f, "bob", named(&thread)).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_customers_server_writes_to_threads_and_recalls_there() {
    let c = Club::new().await;
    let thread = c.thread("alice", &["bob"]).await;
    let message = OutgoingMessage {
        from: "admin".to_owned(),
        to: vec![thread.id.to_string()],
        kind: TargetKind::Groups,
        content: Content::Text { text: "from the server".to_owned() },
        ext: None,
        online_only: false,
        sync_device: false,
        need_group_ack: false,
        unroamed: Vec::new(),
        size: 10,
    };
    let sent = messages::send_from_server(&c.f.m, &c.f.server(), message).await.unwrap();
    let mut bob = c.f.connect("bob", "webim_1").await;
    let batch = bob.pull(&of(&thread), None).await.unwrap();
    let (_, body) = decode(&batch.entries[0].entry.meta);
    assert!(body.meta.unwrap().contains(r#""muc_parent_id":"club""#));
    let recall = ServerRecall {
        message: sent[0].1.to_string(),
        chat: ChatType::Group,
        to: thread.id.to_string(),
        from: "admin".to_owned(),
        force: true,
        sync_device: false,
        note: None,
    };
    let to_group = ServerRecall { to: "club".to_owned(), ..recall.clone() };
    let elsewhere = recall_from_server(&c.f.m, &c.f.server(), to_group).await;
    assert!(matches!(refusal(elsewhere), Refusal::Invalid { name: "to", .. }));
    recall_from_server(&c.f.m, &c.f.server(), recall).await.unwrap();
    c.f.settle().await;
    assert_eq!(bob.receive(&of(&thread)).await, ["RECALL"]);
}

#[tokio::test]
async fn without_the_feature_there_are_no_threads() {
    let mut c = Club::new().await;
    let thread = c.thread("alice", &["bob"]).await;
    c.say("alice", &thread.id, "before").await;
    c.f.switch(Feature::Thread, false).await;
    let off = Refusal::FeatureDisabled { feature: Feature::Thread };
    let (m, alice, id) = (&c.f.m, c.f.user("alice"), thread.id.as_str());
    assert_eq!(c.refused("alice", |_| {}).await, off);
    assert_eq!(refusal(threads::join(m, &c.f.user("carol"), id, "carol").await), off);
    assert_eq!(refusal(threads::get(m, &alice, id).await), off);
    assert_eq!(refusal(threads::all(m, &c.f.server(), newest(None)).await), off);
    assert_eq!(refusal(threads::joined(m, &alice, "alice", None, newest(None)).await), off);
    assert_eq!(refusal(threads::last_messages(m, &alice, &[]).await.map(|_| ())), off);
    assert_eq!(refusal(c.f.submit(&alice, thread_text(&thread.id, "after")).await), off);
    assert_eq!(refusal(read(&c.f, "alice", named(&thread)).await), off);
    assert_eq!(c.overview().await, Value::Null);
}
