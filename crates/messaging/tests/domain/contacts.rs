//! Contacts: who becomes one, who is told, and what strangers may do.

use hongyan_messaging::contacts::{self, Import};
use hongyan_messaging::{Page, blocks, users};
use hongyan_model::{Caller, Conversation, Feature, Refusal, UserId};
use hongyan_msync::Message;
use hongyan_msync::proto::roster_body::Operation;
use hongyan_msync::proto::{Jid, Meta, RosterBody};

use crate::fixture::{Fixture, refusal, strings};
use crate::uplink::{text, to};

/// The contact events of a user so far, oldest first: what, from whom, with which words.
pub(crate) async fn told(f: &Fixture, user: &str) -> Vec<(Operation, String, String)> {
    let conversation = Conversation::System(UserId::from_trusted(user)).key();
    let entries = f.store.log().after(f.app.id, &conversation, 0, 100).await.unwrap();
    let read = |meta: &[u8]| {
        let body = RosterBody::decode(Meta::decode(meta).unwrap().payload.unwrap()).unwrap();
        assert_eq!(body.to[0].name.as_deref(), Some(user));
        let from = body.from.clone().unwrap().name.unwrap();
        (body.operation(), from, body.reason.unwrap_or_default())
    };
    entries.iter().map(|entry| read(&entry.entry.meta)).collect()
}

fn event(operation: Operation, from: &str, reason: &str) -> (Operation, String, String) {
    (operation, from.to_owned(), reason.to_owned())
}

async fn names(f: &Fixture, user: &str) -> Vec<String> {
    let contacts = contacts::all(&f.m, &f.server(), user).await.unwrap();
    contacts.into_iter().map(|contact| contact.user.to_string()).collect()
}

async fn invite(f: &Fixture, from: &str, to: &str) -> hongyan_model::Result<Vec<UserId>> {
    contacts::invite(&f.m, &f.user(from), from, &strings(&[to]), Some("hi")).await
}

#[tokio::test]
async fn an_accepted_invitation_makes_two_contacts_and_tells_both() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    invite(&f, "alice", "Bob").await.unwrap();
    assert_eq!(told(&f, "bob").await, [event(Operation::Add, "alice", "hi")]);
    assert_eq!(told(&f, "alice").await, []);
    contacts::accept(&f.m, &f.user("bob"), "bob", "alice").await.unwrap();
    assert_eq!(names(&f, "alice").await, ["bob"]);
    assert_eq!(names(&f, "bob").await, ["alice"]);
    assert_eq!(told(&f, "alice").await, [event(Operation::RemoteAccept, "bob", "")]);
    assert_eq!(told(&f, "bob").await[1..], [event(Operation::Accept, "alice", "")]);

    // Repeated, nothing happens.
    contacts::accept(&f.m, &f.user("bob"), "bob", "alice").await.unwrap();
    invite(&f, "alice", "bob").await.unwrap();
    assert_eq!((told(&f, "alice").await.len(), told(&f, "bob").await.len()), (1, 2));

    for _ in 0..2 {
        let gone = contacts::remove(&f.m, &f.user("alice"), "alice", "bob").await.unwrap();
        assert_eq!(gone.id.as_str(), "bob");
    }
    assert_eq!(names(&f, "bob").await, [""; 0]);
    assert_eq!(told(&f, "bob").await[2..], [event(Operation::Remove, "alice", "")]);
}

#[tokio::test]
async fn a_declined_invitation_is_over() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    invite(&f, "alice", "bob").await.unwrap();
    for _ in 0..2 {
        contacts::decline(&f.m, &f.user("bob"), "bob", "alice").await.unwrap();
    }
    assert_eq!(told(&f, "alice").await, [event(Operation::RemoteDecline, "bob", "")]);
    let accepted = contacts::accept(&f.m, &f.user("bob"), "bob", "alice").await;
    assert_eq!(refusal(accepted), Refusal::NotInvited);
}

#[tokio::test]
async fn nobody_acts_for_another_and_only_the_app_asks_nobody() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let (m, alice) = (&f.m, f.user("alice"));
    let one = strings(&["carol"]);
    let not_permitted = [
        refusal(contacts::add(m, &alice, "alice", "carol").await),
        refusal(contacts::import(m, &alice, "alice", &one, false).await),
        refusal(contacts::remove_all(m, &alice, "alice").await),
        refusal(contacts::relations(m, &alice, "alice", &one).await),
        refusal(contacts::invite(m, &alice, "bob", &one, None).await),
        refusal(contacts::accept(m, &alice, "bob", "carol").await),
        refusal(contacts::decline(m, &alice, "bob", "carol").await),
        refusal(contacts::remove(m, &alice, "bob", "carol").await),
        refusal(contacts::set_remark(m, &alice, "bob", "carol", "x").await),
        refusal(contacts::all(m, &alice, "bob").await),
        refusal(contacts::page(m, &alice, "bob", 10, None).await),
    ];
    assert!(not_permitted.iter().all(|refusal| *refusal == Refusal::NotPermitted));
    let nobody = Refusal::UserNotFound { user: "nobody".to_owned() };
    assert_eq!(refusal(invite(&f, "alice", "nobody").await), nobody);
    assert_eq!(refusal(contacts::all(m, &f.server(), "nobody").await), nobody);
    assert!(matches!(refusal(invite(&f, "alice", "alice").await), Refusal::Invalid { .. }));
    let foreign = Caller { app: f.other_app.clone(), ..f.server() };
    let refused = contacts::add(m, &foreign, "alice", "bob").await;
    assert_eq!(refusal(refused), Refusal::UserNotFound { user: "alice".to_owned() });
}

#[tokio::test]
async fn the_app_makes_contacts_by_itself() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    for _ in 0..2 {
        contacts::add(&f.m, &f.server(), "alice", "bob").await.unwrap();
    }
    assert_eq!(told(&f, "alice").await, [event(Operation::Accept, "bob", "")]);
    assert_eq!(told(&f, "bob").await, [event(Operation::Accept, "alice", "")]);
    let names_given = strings(&["Carol", "nobody", "alice"]);
    let import = contacts::import(&f.m, &f.server(), "alice", &names_given, false).await.unwrap();
    let expected = Import {
        contacts: strings(&["carol"]),
        unknown: strings(&["nobody"]),
        full: Vec::new(),
        illegal: strings(&["alice"]),
    };
    assert_eq!(import, expected);
    assert_eq!(told(&f, "carol").await, []);
    let asked = strings(&["Bob", "nobody"]);
    let rows = contacts::relations(&f.m, &f.server(), "alice", &asked).await.unwrap();
    assert_eq!(rows, [("bob".to_owned(), true), ("nobody".to_owned(), false)]);
}

#[tokio::test]
async fn both_are_told_what_the_app_ends() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    for other in ["bob", "carol"] {
        contacts::add(&f.m, &f.server(), "alice", other).await.unwrap();
    }
    for _ in 0..2 {
        contacts::remove(&f.m, &f.server(), "alice", "bob").await.unwrap();
    }
    contacts::remove_all(&f.m, &f.server(), "alice").await.unwrap();
    let gone = ["bob", "carol"].map(|from| event(Operation::Remove, from, ""));
    assert_eq!(told(&f, "alice").await[2..], gone);
    for other in ["bob", "carol"] {
        assert_eq!(told(&f, other).await[1..], [event(Operation::Remove, "alice", "")]);
    }
}

#[tokio::test]
async fn remarks_are_of_contacts_and_have_a_length() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    contacts::add(&f.m, &f.server(), "alice", "bob").await.unwrap();
    let alice = f.user("alice");
    contacts::set_remark(&f.m, &alice, "alice", "bob", &"爱".repeat(100)).await.unwrap();
    let page = contacts::page(&f.m, &alice, "alice", 1, None).await.unwrap();
    assert_eq!(page.items[0].remark.chars().count(), 100);
    let long = contacts::set_remark(&f.m, &alice, "alice", "bob", &"x".repeat(101)).await;
    assert!(matches!(refusal(long), Refusal::Invalid { name: "remark", .. }));
    let stranger = contacts::set_remark(&f.m, &alice, "alice", "carol", "x").await;
    assert_eq!(refusal(stranger), Refusal::NotContact);
}

#[tokio::test]
async fn contacts_are_paged_from_the_newest() {
    let f = Fixture::with_users(&["alice", "bob", "carol", "dave"]).await;
    for user in ["bob", "carol", "dave"] {
        contacts::add(&f.m, &f.server(), "alice", user).await.unwrap();
        f.clock.advance(1);
    }
    let alice = f.user("alice");
    let first = contacts::page(&f.m, &alice, "alice", 2, None).await.unwrap();
    let names = |page: &Page<contacts::Contact>| {
        page.items.iter().map(|contact| contact.user.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&first), ["dave", "carol"]);
    let rest = contacts::page(&f.m, &alice, "alice", 2, first.cursor.as_deref()).await.unwrap();
    assert_eq!((names(&rest), rest.cursor), (strings(&["bob"]), None));
    let large = contacts::page(&f.m, &alice, "alice", 51, None).await;
    assert_eq!(refusal(large), Refusal::TooMany { name: "limit", limit: 50 });
}

#[tokio::test]
async fn where_the_app_wants_it_only_contacts_write_to_each_other() {
    let mut f = Fixture::new().await;
    f.switch(Feature::FriendCheck, true).await;
    for user in ["alice", "bob"] {
        f.make_user(user).await;
    }
    let (alice, bob) = (f.user("alice"), f.user("bob"));
    assert_eq!(refusal(f.submit(&alice, text(to("bob"), "1")).await), Refusal::NotContact);
    contacts::add(&f.m, &f.server(), "bob", "alice").await.unwrap();
    f.send(&alice, text(to("bob"), "2")).await;
    f.send(&bob, text(to("alice"), "3")).await;
    contacts::remove(&f.m, &bob, "bob", "alice").await.unwrap();
    assert_eq!(refusal(f.submit(&alice, text(to("bob"), "4")).await), Refusal::NotContact);
    assert_eq!(refusal(f.submit(&bob, text(to("alice"), "5")).await), Refusal::NotContact);
    // Notes to oneself, and to the app.
    f.send(&alice, text(to("alice"), "6")).await;
    f.send(&alice, text(to("admin"), "7")).await;
}

#[tokio::test]
async fn a_deleted_user_is_nobodys_contact() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    contacts::add(&f.m, &f.server(), "alice", "bob").await.unwrap();
    invite(&f, "alice", "carol").await.unwrap();
    blocks::add(&f.m, &f.user("bob"), "bob", &strings(&["alice"])).await.unwrap();
    assert_eq!(refusal(f.submit(&f.user("alice"), text(to("bob"), "1")).await), Refusal::Blocked);
    users::delete(&f.m, &f.server(), "alice").await.unwrap();
    assert_eq!(told(&f, "bob").await[1..], [event(Operation::Remove, "alice", "")]);
    assert_eq!(names(&f, "bob").await, [""; 0]);
    f.make_user("alice").await;
    let accepted = contacts::accept(&f.m, &f.user("carol"), "carol", "alice").await;
    assert_eq!(refusal(accepted), Refusal::NotInvited);
    // Nor is the new user of the name blocked.
    f.send(&f.user("alice"), text(to("bob"), "2")).await;
}

#[tokio::test]
async fn old_clients_change_contacts_by_uplink() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let send = async |from: &str, operation: Operation, to: &str| {
        let jid = Jid { name: Some(to.to_owned()), ..Jid::default() };
        let body = RosterBody {
            operation: Some(operation.into()),
            to: vec![jid],
            reason: Some("hi".to_owned()),
            ..RosterBody::default()
        };
        let uplink = Meta { payload: Some(body.encode_to_vec().into()), ..Meta::default() };
        contacts::apply_uplink(&f.m, &f.user(from), uplink).await
    };
    send("alice", Operation::Add, "bob").await.unwrap();
    send("bob", Operation::Decline, "alice").await.unwrap();
    assert_eq!(refusal(send("bob", Operation::Accept, "alice").await), Refusal::NotInvited);
    send("alice", Operation::Add, "bob").await.unwrap();
    send("bob", Operation::Accept, "alice").await.unwrap();
    assert_eq!(names(&f, "alice").await, ["bob"]);
    send("bob", Operation::Ban, "alice").await.unwrap();
    assert_eq!(refusal(f.submit(&f.user("alice"), text(to("bob"), "1")).await), Refusal::Blocked);
    send("bob", Operation::Allow, "alice").await.unwrap();
    f.send(&f.user("alice"), text(to("bob"), "2")).await;
    send("alice", Operation::Remove, "bob").await.unwrap();
    assert_eq!(names(&f, "bob").await, [""; 0]);
    send("alice", Operation::GetRoster, "bob").await.unwrap();
    let garbage = Meta { payload: Some(vec![0xff].into()), ..Meta::default() };
    let refused = contacts::apply_uplink(&f.m, &f.user("alice"), garbage).await;
    assert!(matches!(refusal(refused), Refusal::Invalid { .. }));
}
