//! What the members of a room set for each other, and who hears of it.

use hongyan_messaging::rooms::{self, AttributeFailure, AttributeWriter, Joining};
use hongyan_messaging::users;
use hongyan_model::{Caller, Feature, Refusal, Result};
use hongyan_msync::proto::MucBody;
use hongyan_msync::proto::muc_body::Operation;
use serde_json::{Value, json};

use crate::fixture::{Fixture, refusal, strings};
use crate::rooms::new_room;
use crate::rooms_live::{Live, events};

async fn set(
    f: &Fixture,
    caller: &Caller,
    room: &str,
    user: &str,
    attributes: &[(&str, &str)],
) -> Result<Vec<(String, Option<AttributeFailure>)>> {
    set_as(f, caller, room, (user, false, true), attributes).await
}

async fn set_as(
    f: &Fixture,
    caller: &Caller,
    room: &str,
    (user, forced, auto_delete): (&str, bool, bool),
    attributes: &[(&str, &str)],
) -> Result<Vec<(String, Option<AttributeFailure>)>> {
    let all = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let writer = AttributeWriter { user, forced };
    let outcomes =
        rooms::set_attributes(&f.m, caller, room, writer, auto_delete, all.collect()).await?;
    Ok(outcomes.into_iter().map(|outcome| (outcome.name, outcome.failure)).collect())
}

async fn names(f: &Fixture, room: &str) -> Vec<String> {
    let all = rooms::attributes(&f.m, &f.server(), room, None).await.unwrap();
    all.into_keys().collect()
}

/// What an event says of attributes.
fn said(event: &MucBody) -> Value {
    serde_json::from_str(event.event_info.as_ref().unwrap().ext()).unwrap()
}

#[tokio::test]
async fn members_hear_what_is_set_and_removed() {
    let mut l = Live::new().await;
    let (talk, room) = (l.conversation(), l.room.id.to_string());
    let phone = l.f.connect("alice", "ios_a").await;
    let mut phone = phone;
    let set_by_alice = set(&l.f, &l.alice.caller, &room, "Alice", &[("song", "1"), ("b", "2")]);
    assert!(set_by_alice.await.unwrap().iter().all(|(_, failure)| failure.is_none()));
    let gone = strings(&["song", "never there"]);
    let writer = AttributeWriter { user: "alice", forced: false };
    let gone = rooms::remove_attributes(&l.f.m, &l.alice.caller, &room, writer, gone).await;
    assert!(gone.unwrap().iter().all(|outcome| outcome.failure.is_none()));
    l.f.settle().await;
    for session in [&mut l.bob, &mut phone] {
        let found = events(session, &talk).await;
        let [set, removed] = &found[..] else { panic!("{found:?}") };
        assert_eq!(set.operation(), Operation::SetMetadata);
        assert_eq!(removed.operation(), Operation::DeleteMetadata);
        assert_eq!(set.from.as_ref().unwrap().name(), "alice");
        assert_eq!(
            said(set),
            json!({
                "result": {"successKeys": ["song", "b"], "errorKeys": {}},
                "properties": {"song": "1", "b": "2"},
            })
        );
        assert_eq!(said(removed), json!({"result": {"successKeys": ["song"], "errorKeys": {}}}));
    }
    assert_eq!(events(&mut l.alice, &talk).await, [], "the acting device knows");
    let bob = &l.bob.caller;
    let found = rooms::attributes(&l.f.m, bob, &room, None).await.unwrap();
    assert_eq!(found, [("b".to_owned(), "2".to_owned())].into());
}

#[tokio::test]
async fn each_says_why_it_was_not_set() {
    let mut l = Live::new().await;
    let room = l.room.id.to_string();
    set(&l.f, &l.alice.caller, &room, "alice", &[("a", "1")]).await.unwrap();
    l.f.limit(Feature::RoomAttributesMax, 2).await;
    let bob = Caller { app: l.f.app.clone(), ..l.bob.caller.clone() };
    let (long, large) = ("n".repeat(129), "v".repeat(4097));
    let wanted = [
        ("a", "x"),
        ("b", "1"),
        ("c", "1"),
        ("ö", "1"),
        (&*long, "1"),
        ("d", &*large),
        ("e", "\0"),
    ];
    let outcomes = set(&l.f, &bob, &room, "bob", &wanted).await.unwrap();
    let of = |name: &str| outcomes.iter().find(|(found, _)| found == name).unwrap().1;
    assert_eq!(of("a"), Some(AttributeFailure::NotOwn));
    assert_eq!((of("b"), of("c")), (None, Some(AttributeFailure::Full { limit: 2 })));
    assert_eq!(
        (of("ö"), of("e")),
        (Some(AttributeFailure::NotLegal), Some(AttributeFailure::NotLegal))
    );
    assert_eq!(of(&long), Some(AttributeFailure::NameTooLong { limit: 128 }));
    assert_eq!(of("d"), Some(AttributeFailure::ValueTooLong { limit: 4096 }));
    let forced = set_as(&l.f, &bob, &room, ("bob", true, true), &[("a", "bob's")]).await.unwrap();
    assert_eq!(forced[0].1, None);
    assert_eq!(names(&l.f, &room).await, ["a", "b"]);
}

#[tokio::test]
async fn who_may_set_what() {
    let l = Live::new().await;
    let (f, room, one) = (&l.f, l.room.id.to_string(), [("a", "1")]);
    let stranger = f.user("carol");
    assert_eq!(refusal(set(f, &stranger, &room, "carol", &one).await), Refusal::NotInGroup);
    let read = rooms::attributes(&f.m, &stranger, &room, None).await;
    assert_eq!(refusal(read), Refusal::NotInGroup);
    let for_alice = set(f, &l.bob.caller, &room, "alice", &one).await;
    assert_eq!(refusal(for_alice), Refusal::NotPermitted);
    let nowhere = set(f, &l.bob.caller, "9", "bob", &one).await;
    assert_eq!(refusal(nowhere), Refusal::RoomNotFound { room: "9".to_owned() });
    let many: Vec<_> = (0..11).map(|n| n.to_string()).collect();
    let many: Vec<_> = many.iter().map(|name| (&**name, "1")).collect();
    let many = refusal(set(f, &l.bob.caller, &room, "bob", &many).await);
    assert_eq!(many, Refusal::TooMany { name: "metaData", limit: 10 });
    let none = refusal(set(f, &l.bob.caller, &room, "bob", &[]).await);
    assert_eq!(none, Refusal::Missing { name: "metaData" });

    // The app: for a member, and by force for anybody.
    set(f, &f.server(), &room, "bob", &one).await.unwrap();
    let outside = set(f, &f.server(), &room, "carol", &one).await;
    assert!(matches!(refusal(outside), Refusal::NotMember { .. }));
    set_as(f, &f.server(), &room, ("admin", true, false), &one).await.unwrap();
    let own = set(f, &l.bob.caller, &room, "bob", &one).await.unwrap();
    assert_eq!(own[0].1, Some(AttributeFailure::NotOwn));
    let foreign = Caller { app: f.other_app.clone(), ..f.server() };
    let foreign = rooms::attributes(&f.m, &foreign, &room, None).await;
    assert!(matches!(refusal(foreign), Refusal::RoomNotFound { .. }));
}

#[tokio::test]
async fn they_go_with_whoever_leaves() {
    let mut l = Live::new().await;
    let (talk, room) = (l.conversation(), l.room.id.to_string());
    let bob = l.bob.caller.clone();
    set(&l.f, &bob, &room, "bob", &[("goes", "1")]).await.unwrap();
    set_as(&l.f, &bob, &room, ("bob", false, false), &[("stays", "1")]).await.unwrap();
    set(&l.f, &l.alice.caller, &room, "alice", &[("alices", "1")]).await.unwrap();
    l.f.settle().await;
    events(&mut l.alice, &talk).await;
    rooms::leave(&l.f.m, &bob, &room).await.unwrap();
    l.f.settle().await;
    let found = events(&mut l.alice, &talk).await;
    let [left, removed] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (left.operation(), removed.operation()),
        (Operation::Absence, Operation::DeleteMetadata)
    );
    assert_eq!(said(removed)["result"]["successKeys"], json!(["goes"]));
    assert_eq!(names(&l.f, &room).await, ["alices", "stays"]);

    // The owner stays a member, but leaves all the same.
    rooms::leave(&l.f.m, &l.alice.caller, &room).await.unwrap();
    assert_eq!(names(&l.f, &room).await, ["stays"]);
}

#[tokio::test]
async fn one_is_in_so_many_rooms() {
    let mut f = Fixture::with_users(&["alice", "bob"]).await;
    f.limit(Feature::RoomsPerUserMax, 2).await;
    let mut made = Vec::new();
    for _ in 0..2 {
        let room = rooms::create(&f.m, &f.server(), new_room("alice", &["bob"])).await.unwrap();
        made.push(room.id.to_string());
    }
    let full = || Refusal::UserRoomsFull { user: "bob".to_owned() };
    f.limit(Feature::RoomsPerUserMax, 9).await;
    let third = rooms::create(&f.m, &f.server(), new_room("alice", &[])).await.unwrap();
    f.limit(Feature::RoomsPerUserMax, 2).await;
    let third = third.id.as_str();
    let join = async |joining| rooms::join(&f.m, &f.user("bob"), third, joining).await;
    assert_eq!(refusal(join(Joining::default()).await), full());
    let added = rooms::add_members(&f.m, &f.server(), third, &strings(&["bob"])).await;
    assert_eq!(refusal(added), full());
    let new = rooms::create(&f.m, &f.server(), new_room("bob", &[])).await;
    assert_eq!(refusal(new), full());
    let joined = join(Joining { ext: None, leave_others: true }).await.unwrap();
    assert_eq!(joined.room.member_count, 2);
    let mine = rooms::joined(&f.m, &f.user("bob"), "bob", 1, 10).await.unwrap();
    assert_eq!(mine.iter().map(|room| room.id.as_str()).collect::<Vec<_>>(), [third]);
}

#[tokio::test]
async fn what_a_deleted_user_set_to_stay_is_not_a_later_users() {
    let l = Live::new().await;
    let (f, room) = (&l.f, l.room.id.to_string());
    let wanted = [("stays", "1")];
    set_as(f, &l.bob.caller, &room, ("bob", false, false), &wanted).await.unwrap();
    users::delete(&f.m, &f.server(), "bob").await.unwrap();
    f.make_user("bob").await;
    rooms::add_members(&f.m, &f.server(), &room, &strings(&["bob"])).await.unwrap();
    let again = set(f, &f.user("bob"), &room, "bob", &wanted).await.unwrap();
    assert_eq!(again[0].1, Some(AttributeFailure::NotOwn));
    let forced = set_as(f, &f.user("bob"), &room, ("bob", true, false), &wanted).await.unwrap();
    assert_eq!(forced[0].1, None);
}
