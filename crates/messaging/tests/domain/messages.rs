//! Who may send what, and who sees it.

use bytes::Bytes;
use hongyan_messaging::groups;
use hongyan_messaging::messages::content::Content;
use hongyan_messaging::messages::{OutgoingMessage, TargetKind, send_from_server};
use hongyan_model::{Caller, Refusal};
use hongyan_msync::Message;
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::{Jid, KeyValue, MessageBody, Meta, content};

use crate::fixture::{Fixture, group_id, refusal, single, strings};
use crate::uplink::{
    about, decode, directed, of_kind, online_only, text, text_body, to, to_device, to_group, uplink,
};

/// What a client may send on any plan.
const MESSAGE_BYTES: usize = 64 * 1024;

/// A text of the customer's server.
fn outgoing(from: &str, to: &[&str], kind: TargetKind) -> OutgoingMessage {
    OutgoingMessage {
        from: from.to_owned(),
        to: strings(to),
        kind,
        content: Content::Text { text: "hi".to_owned() },
        ext: None,
        online_only: false,
        sync_device: false,
        need_group_ack: false,
        unroamed: Vec::new(),
        size: 2,
    }
}

#[tokio::test]
async fn a_message_reaches_the_receiver_and_the_senders_other_devices() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let mut web = f.connect("alice", "webim_1").await;
    let mut phone = f.connect("alice", "ios_1").await;
    let mut bob = f.connect("bob", "webim_1").await;
    let mut carol = f.connect("carol", "webim_1").await;
    let talk = single("alice", "bob");

    let sent = f.send(&web.caller, text(to("bob"), "hi")).await;
    assert_eq!((sent.conversation, sent.seq), (talk.key(), 1));
    assert_eq!(web.heard(), [""; 0]);
    assert_eq!(carol.heard(), [""; 0]);
    for session in [&mut phone, &mut bob] {
        assert_eq!(session.heard(), ["s:alice|bob"]);
        assert_eq!(session.receive(&talk).await, ["hi"]);
    }
    assert_eq!(web.receive(&talk).await, [""; 0]);
    assert_eq!(carol.unread().await, [""; 0]);
}

#[tokio::test]
async fn a_note_to_self_reaches_the_other_devices() {
    let f = Fixture::with_users(&["alice"]).await;
    let mut web = f.connect("alice", "webim_1").await;
    let mut phone = f.connect("alice", "ios_1").await;
    let notes = single("alice", "alice");
    f.send(&web.caller, text(to("alice"), "milk")).await;
    assert_eq!((web.heard(), phone.heard()), (vec![], strings(&["s:alice|alice"])));
    assert_eq!(phone.receive(&notes).await, ["milk"]);
    assert_eq!(web.receive(&notes).await, [""; 0]);
}

#[tokio::test]
async fn a_group_message_reaches_every_member() {
    let f = Fixture::with_users(&["alice", "bob", "carol", "dave"]).await;
    let group = f.group("club", "alice", &["bob", "carol"]).await;
    let web = f.connect("alice", "webim_1").await;
    let mut others = [
        f.connect("alice", "ios_1").await,
        f.connect("bob", "webim_1").await,
        f.connect("carol", "webim_1").await,
    ];
    let mut dave = f.connect("dave", "webim_1").await;
    f.send(&web.caller, text(to_group(group_id(&group)), "hi")).await;
    for session in &mut others {
        assert_eq!(session.heard(), ["g:club"]);
        assert_eq!(session.receive(&group).await, ["hi"]);
    }
    assert_eq!((web.heard(), dave.heard()), (vec![], vec![]));
    assert_eq!(dave.receive(&group).await, [""; 0]);
}

#[tokio::test]
async fn a_directed_message_is_for_those_it_names_and_its_sender() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let group = f.group("club", "alice", &["bob", "carol"]).await;
    let web = f.connect("alice", "webim_1").await;
    let mut phone = f.connect("alice", "ios_1").await;
    let mut bob = f.connect("bob", "webim_1").await;
    let mut carol = f.connect("carol", "webim_1").await;
    let message = text(to_group(group_id(&group)), "psst");
    // Somebody who is no member hears nothing either.
    f.make_user("dave").await;
    let mut dave = f.connect("dave", "webim_1").await;
    f.send(&web.caller, directed(message, &["BOB", "bob", "dave"])).await;

    for session in [&mut phone, &mut bob] {
        assert_eq!(session.heard(), ["g:club"]);
        assert_eq!(session.receive(&group).await, ["psst"]);
    }
    assert_eq!(carol.heard(), [""; 0]);
    assert_eq!(carol.receive(&group).await, [""; 0]);
    assert_eq!(dave.receive(&group).await, [""; 0]);
}

#[tokio::test]
async fn a_message_to_one_device_reaches_only_that_one() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let web = f.connect("alice", "webim_1").await;
    let mut others = [f.connect("alice", "ios_1").await, f.connect("bob", "webim_1").await];
    let mut target = f.connect("bob", "ios_1").await;
    let talk = single("alice", "bob");
    f.send(&web.caller, text(to_device("bob", "ios_1"), "for the phone")).await;
    assert_eq!(target.receive(&talk).await, ["for the phone"]);
    for session in &mut others {
        assert_eq!(session.receive(&talk).await, [""; 0]);
    }
    // Also between the devices of one user.
    f.send(&target.caller, text(to_device("bob", "webim_1"), "from the phone")).await;
    let notes = single("bob", "bob");
    assert_eq!(others[1].receive(&notes).await, ["from the phone"]);
}

#[tokio::test]
async fn an_online_only_message_is_for_the_connections_of_its_moment() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let alice = f.user("alice");
    let talk = single("alice", "bob");
    let mut before = f.connect("bob", "webim_1").await;
    f.send(&alice, online_only(text(to("bob"), "now"))).await;
    let mut after = f.connect("bob", "ios_1").await;
    f.send(&alice, text(to("bob"), "whenever")).await;
    assert_eq!(before.receive(&talk).await, ["now", "whenever"]);
    assert_eq!(after.receive(&talk).await, ["whenever"]);

    // Not acknowledged in time is missed.
    f.send(&alice, online_only(text(to("bob"), "gone"))).await;
    drop(before);
    let mut again = f.connect("bob", "webim_1").await;
    assert_eq!(again.receive(&talk).await, [""; 0]);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "bob", &[]).await;
    let alice = f.user("alice");
    let refused = async |uplink: Meta| refusal(f.submit(&alice, uplink).await);
    let typed = |kind: BodyType| MessageBody { r#type: Some(kind as i32), ..text_body("x") };
    let invalid = |name| move |refusal: &Refusal| matches!(refusal, Refusal::Invalid { name: given, .. } if *given == name);

    let stranger = Refusal::UserNotFound { user: "ghost".to_owned() };
    assert_eq!(refused(text(to("Ghost"), "x")).await, stranger);
    assert!(matches!(refused(text(to("a b"), "x")).await, Refusal::InvalidUserId { .. }));
    assert_eq!(refused(text(to(""), "x")).await, Refusal::Missing { name: "to" });
    let nowhere = Meta { to: None, ..text(to("bob"), "x") };
    assert_eq!(refused(nowhere).await, Refusal::Missing { name: "to" });
    assert_eq!(refused(text(to_group(group_id(&group)), "x")).await, Refusal::NotInGroup);
    for unknown in ["nowhere", "A/b"] {
        let group = Jid { name: Some(unknown.to_owned()), ..to_group(group_id(&group)) };
        let not_found = Refusal::GroupNotFound { group: unknown.to_owned() };
        assert_eq!(refused(text(group, "x")).await, not_found);
    }

    let undecodable = Meta { payload: Some(Bytes::from_static(b"\xff")), ..text(to("bob"), "x") };
    assert!(invalid("payload")(&refused(undecodable).await));
    // No payload is an empty body: type 0.
    let empty = Meta { payload: None, ..text(to("bob"), "x") };
    assert!(invalid("type")(&refused(empty).await));
    assert!(invalid("type")(&refused(uplink(to("bob"), &typed(BodyType::Normal))).await));
    let names_no_message = Refusal::Missing { name: "editMessageId" };
    assert_eq!(refused(uplink(to("bob"), &typed(BodyType::Edit))).await, names_no_message);
    let silent = MessageBody { contents: Vec::new(), ..typed(BodyType::Chat) };
    assert_eq!(refused(uplink(to("bob"), &silent)).await, Refusal::Missing { name: "contents" });
    assert_eq!(refused(text(to_device("bob", "a/b"), "x")).await, Refusal::InvalidDevice);

    let server = f.submit(&f.server(), text(to("bob"), "x")).await;
    assert_eq!(refusal(server), Refusal::NotPermitted);
    // Nothing of it was stored.
    assert_eq!(f.connect("bob", "webim_1").await.receive(&single("alice", "bob")).await, [""; 0]);
    // The sender of the customer's messages need not be registered to be answered.
    f.send(&alice, text(to("admin"), "x")).await;
}

#[tokio::test]
async fn messages_and_their_receivers_are_bounded() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let group = f.group("club", "alice", &["bob"]).await;
    let alice = f.user("alice");
    let sized = |size: usize| Meta {
        payload: Some({
            let around = text_body(&"x".repeat(size)).encoded_len() - size;
            text_body(&"x".repeat(size - around)).encode_to_vec().into()
        }),
        ..text(to("bob"), "")
    };
    let fits = sized(MESSAGE_BYTES);
    assert_eq!(fits.payload.as_ref().unwrap().len(), MESSAGE_BYTES);
    f.send(&alice, fits).await;
    let too_large = f.submit(&alice, sized(MESSAGE_BYTES + 1)).await;
    assert_eq!(refusal(too_large), Refusal::MessageTooLarge);

    let users: Vec<String> = (0..21).map(|n| format!("u{n}")).collect();
    let names: Vec<&str> = users.iter().map(String::as_str).collect();
    let message = || text(to_group(group_id(&group)), "psst");
    f.send(&alice, directed(message(), &names[..20])).await;
    let too_many = f.submit(&alice, directed(message(), &names)).await;
    assert_eq!(refusal(too_many), Refusal::TooMany { name: "directed users", limit: 20 });
}

#[tokio::test]
async fn nobody_writes_in_anothers_name() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let lie = MessageBody { from: Some(to("carol")), to: Some(to("mallory")), ..text_body("hi") };
    let forged = Meta {
        from: Some(Jid { app_key: Some("evil#app".to_owned()), ..to_device("carol", "ios_9") }),
        timestamp: Some(1),
        ..uplink(Jid { app_key: Some("evil#app".to_owned()), ..to("BOB") }, &lie)
    };
    f.send(&f.user("alice"), forged).await;
    let mut bob = f.connect("bob", "webim_1").await;
    let batch = bob.pull(&single("alice", "bob"), None).await.unwrap();
    let (meta, body) = decode(&batch.entries[0].entry.meta);

    let (from, receiver) = (meta.from.unwrap(), meta.to.unwrap());
    assert_eq!(
        (from.app_key(), from.name(), from.client_resource()),
        ("org#one", "alice", "webim_alice")
    );
    assert_eq!((receiver.app_key(), receiver.name()), ("org#one", "bob"));
    assert_eq!((meta.id, meta.timestamp), (None, None));
    assert_eq!((body.from.unwrap().name(), body.to.unwrap().name()), ("alice", "bob"));
    assert_eq!(body.contents, lie.contents);
    assert_eq!(batch.entries[0].timestamp, crate::fixture::NOW);
}

#[tokio::test]
async fn what_this_version_does_not_know_travels_untouched() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    // Field 100 of the body, 7.
    let unknown = [0xa0, 0x06, 0x07];
    let mut payload = text_body("hi").encode_to_vec();
    payload.extend(unknown);
    let ext = vec![KeyValue { key: Some("k".to_owned()), ..KeyValue::default() }];
    let message =
        Meta { payload: Some(payload.clone().into()), ext: ext.clone(), ..text(to("bob"), "") };
    f.send(&f.user("alice"), message).await;
    let mut bob = f.connect("bob", "webim_1").await;
    let batch = bob.pull(&single("alice", "bob"), None).await.unwrap();
    let (meta, _) = decode(&batch.entries[0].entry.meta);
    assert!(meta.payload.unwrap().starts_with(&payload));
    assert_eq!(meta.ext, ext);
}

#[tokio::test]
async fn a_message_that_is_sent_again_is_stored_once() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let message = text(to("bob"), "hi");
    let first = f.send(&f.on("alice", "webim_1"), message.clone()).await;
    f.clock.advance(5_000);
    assert_eq!(f.send(&f.on("alice", "webim_1"), message.clone()).await, first);
    // The same number from another device, or from another user, is another message.
    assert_ne!(f.send(&f.on("alice", "webim_2"), message.clone()).await.id, first.id);
    let reply = Meta { to: Some(to("alice")), ..message };
    assert_ne!(f.send(&f.on("bob", "webim_1"), reply).await.id, first.id);
    let mut bob = f.connect("bob", "ios_1").await;
    assert_eq!(bob.receive(&single("alice", "bob")).await, ["hi", "hi", "hi"]);
}

#[tokio::test]
async fn every_kind_of_message_is_delivered() {
    use content::Type::*;
    let f = Fixture::with_users(&["alice", "bob"]).await;
    for kind in [Text, Image, Video, Location, Voice, File, Command, Custom, Combine] {
        f.send(&f.user("alice"), of_kind(to("bob"), kind, kind.as_str_name())).await;
    }
    let mut bob = f.connect("bob", "webim_1").await;
    let received = bob.receive(&single("alice", "bob")).await;
    let expected =
        ["TEXT", "IMAGE", "VIDEO", "LOCATION", "VOICE", "FILE", "COMMAND", "CUSTOM", "COMBINE"];
    assert_eq!(received, expected);
}

#[tokio::test]
async fn the_customers_server_writes_in_any_name() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let mut alice = f.connect("alice", "webim_1").await;
    let mut bob = f.connect("bob", "webim_1").await;
    let send = async |message| {
        let sent = send_from_server(&f.m, &f.server(), message).await;
        f.settle().await;
        sent
    };
    let users = |from| outgoing(from, &["bob"], TargetKind::Users);

    let sent = send(outgoing("robot", &["Bob", "carol"], TargetKind::Users)).await.unwrap();
    assert_eq!(sent.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), ["bob", "carol"]);
    assert!(sent[0].1 < sent[1].1);
    assert_eq!(bob.heard(), ["s:bob|robot"]);
    assert_eq!(bob.receive(&single("bob", "robot")).await, ["hi"]);

    // The devices of a sender who exists get it only if asked for.
    send(users("alice")).await.unwrap();
    assert_eq!(alice.heard(), [""; 0]);
    send(OutgoingMessage { sync_device: true, ..users("alice") }).await.unwrap();
    assert_eq!(alice.heard(), ["s:alice|bob"]);
    assert_eq!(alice.receive(&single("alice", "bob")).await, ["hi"]);
    assert_eq!(bob.receive(&single("alice", "bob")).await, ["hi", "hi"]);

    send(OutgoingMessage { online_only: true, ..users("alice") }).await.unwrap();
    drop(bob);
    let mut bob = f.connect("bob", "webim_1").await;
    assert_eq!(bob.receive(&single("alice", "bob")).await, [""; 0]);

    let group = f.group("club", "alice", &["bob"]).await;
    let sent = send(outgoing("carol", &["club"], TargetKind::Groups)).await.unwrap();
    assert_eq!(sent[0].0, "club");
    assert_eq!(alice.receive(&group).await, ["hi"]);
    assert_eq!(bob.receive(&group).await, ["hi"]);
}

#[tokio::test]
async fn the_customers_server_too_has_limits() {
    let f = Fixture::with_users(&["alice"]).await;
    f.group("club", "alice", &[]).await;
    let send = async |message| refusal(send_from_server(&f.m, &f.server(), message).await);
    let users = |to: &[&str]| outgoing("admin", to, TargetKind::Users);
    let groups = |to: &[&str]| outgoing("admin", to, TargetKind::Groups);

    assert_eq!(send(users(&["x"; 601])).await, Refusal::TooMany { name: "to", limit: 600 });
    assert_eq!(send(groups(&["club"; 4])).await, Refusal::TooMany { name: "to", limit: 3 });
    let size = 5 * 1024 + 1;
    let large = OutgoingMessage { size, ..users(&["alice"]) };
    assert_eq!(send(large).await, Refusal::MessageTooLarge);
    assert!(matches!(send(users(&["alice", "a b"])).await, Refusal::InvalidUserId { .. }));
    let unknown = Refusal::GroupNotFound { group: "nowhere".to_owned() };
    assert_eq!(send(groups(&["club", "nowhere"])).await, unknown);
    let by_user = send_from_server(&f.m, &f.user("alice"), users(&["alice"])).await;
    assert_eq!(refusal(by_user), Refusal::NotPermitted);
    // A call with one bad target sends nothing to the good ones.
    let mut alice = f.connect("alice", "webim_1").await;
    assert_eq!(alice.receive(&single("admin", "alice")).await, [""; 0]);
}

#[tokio::test]
async fn apps_with_users_of_the_same_name_never_meet() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let there = |caller: Caller| Caller { app: f.other_app.clone(), ..caller };
    for user in ["alice", "bob"] {
        f.make_user_of(&f.other_app, user).await;
    }
    let group = f.group("club", "alice", &["bob"]).await;
    let mut bob = f.connect("bob", "webim_1").await;
    let mut other_bob = f.connect_as(&there(f.on("bob", "webim_1"))).await;
    let talk = single("alice", "bob");

    let sent = f.send(&f.user("alice"), text(to("bob"), "ours")).await;
    f.send(&f.user("alice"), text(to_group(group_id(&group)), "our group")).await;
    assert_eq!(other_bob.heard(), [""; 0]);
    assert_eq!(other_bob.unread().await, [""; 0]);
    assert_eq!(other_bob.receive(&talk).await, [""; 0]);
    assert_eq!(other_bob.receive(&group).await, [""; 0]);

    let theirs = there(f.user("alice"));
    assert_eq!(f.send(&theirs, text(to("bob"), "theirs")).await.seq, 1);
    let recall = f.submit(&theirs, about(to("bob"), BodyType::Recall, sent.id)).await;
    assert_eq!(refusal(recall), Refusal::MessageNotFound);
    let in_group = f.submit(&theirs, text(to_group(group_id(&group)), "x")).await;
    assert_eq!(refusal(in_group), Refusal::GroupNotFound { group: "club".to_owned() });
    let found = groups::is_member(&f.m, &theirs, "club", "alice").await;
    assert_eq!(refusal(found), Refusal::GroupNotFound { group: "club".to_owned() });

    assert_eq!(other_bob.receive(&talk).await, ["theirs"]);
    assert_eq!(bob.receive(&talk).await, ["ours"]);
    assert_eq!(bob.receive(&group).await, ["our group"]);
}
