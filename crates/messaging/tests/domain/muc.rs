//! Roles and lists of groups and chat rooms: who may change them, what they do, who is told.

use hongyan_messaging::groups::{self, GroupChange};
use hongyan_messaging::muc::{self, FOREVER, Failed, Muting, Outcome};
use hongyan_messaging::rooms::{self, Joining, NewRoom};
use hongyan_messaging::users;
use hongyan_model::{Caller, GroupId, Muc, Refusal, Result, RoomId, UserId};
use hongyan_msync::GROUP_DOMAIN;
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::muc_body::Operation;
use hongyan_msync::proto::{Jid, MessageBody, Meta, MucBody};
use serde_json::{Value, json};

use crate::fixture::{Fixture, NOW, Session, new_group, refusal, strings};
use crate::uplink::{about, text_body, uplink};

/// Alice's group and room with bob and carol; dave is outside. Everybody is online.
async fn with_both() -> (Fixture, [Muc; 2], Vec<Session>) {
    let f = Fixture::with_users(&["alice", "bob", "carol", "dave"]).await;
    let mut online = Vec::new();
    for user in ["alice", "bob", "carol", "dave"] {
        online.push(f.connect(user, &format!("webim_{user}")).await);
    }
    let group = groups::create(&f.m, &f.server(), new_group("alice", &["bob", "carol"])).await;
    let room = NewRoom {
        id: None,
        name: "Lobby".to_owned(),
        description: String::new(),
        custom: String::new(),
        owner: "alice".to_owned(),
        members: strings(&["bob", "carol"]),
        max_users: Some(100),
    };
    let room = rooms::create(&f.m, &f.server(), room).await.unwrap();
    let both = [Muc::Group(group.unwrap().id), Muc::Room(room.id)];
    (f, both, online)
}

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn done(user: &str) -> Outcome {
    Outcome { user: user.to_owned(), failure: None }
}

fn failed(user: &str, failure: Failed) -> Outcome {
    Outcome { user: user.to_owned(), failure: Some(failure) }
}

/// What `user` says to the group or room.
async fn say(f: &Fixture, user: &str, muc: &Muc) -> Result<()> {
    let kind = if muc.is_room() { BodyType::Chatroom } else { BodyType::Groupchat };
    let body = MessageBody { r#type: Some(kind as i32), ..text_body("hello") };
    f.submit(&f.user(user), uplink(address(muc), &body)).await.map(|_| ())
}

fn address(muc: &Muc) -> Jid {
    let domain = Some(GROUP_DOMAIN.to_owned());
    Jid { name: Some(muc.id().to_owned()), domain, ..Jid::default() }
}

async fn add(f: &Fixture, muc: &Muc, user: &str) -> Result<Vec<UserId>> {
    match muc {
        Muc::Group(group) => {
            groups::add_members(&f.m, &f.server(), group.as_str(), &strings(&[user])).await
        }
        Muc::Room(room) => {
            rooms::add_members(&f.m, &f.server(), room.as_str(), &strings(&[user])).await
        }
    }
}

async fn role_of(f: &Fixture, muc: &Muc, user: &str) -> Option<String> {
    let members = match muc {
        Muc::Group(group) => groups::members(&f.m, &f.server(), group.as_str(), 1, 100).await,
        Muc::Room(room) => rooms::members(&f.m, &f.server(), room.as_str(), 1, 100).await,
    };
    let members = members.unwrap();
    let member = members.iter().find(|member| member.user == id(user))?;
    Some(format!("{:?}", member.role).to_lowercase())
}

/// The events with `operation` that this user got about the group or room.
async fn told(f: &Fixture, user: &str, muc: &Muc, operation: Operation) -> Vec<MucBody> {
    let events = f.events(user).await.into_iter();
    let here = |event: &MucBody| {
        event.muc_id.as_ref().and_then(|id| id.name.as_deref()) == Some(muc.id())
            && event.operation() == operation
    };
    events.filter(here).collect()
}

#[tokio::test]
async fn the_owner_makes_administrators() {
    let (f, both, _online) = with_both().await;
    for muc in &both {
        let promote = async |by: Caller, user: &str| muc::promote(&f.m, &by, muc, user).await;
        assert_eq!(refusal(promote(f.user("bob"), "carol").await), Refusal::RoleTooLow);
        assert_eq!(refusal(promote(f.user("dave"), "carol").await), Refusal::NotInGroup);
        assert_eq!(promote(f.user("alice"), "BOB").await.unwrap(), id("bob"));
        assert_eq!(role_of(&f, muc, "bob").await.as_deref(), Some("admin"));
        let [event] = told(&f, "bob", muc, Operation::AddAdmin).await.try_into().unwrap();
        assert_eq!(event.to[0].name(), "bob");
        assert_eq!(event.from.as_ref().unwrap().name(), "alice");
        assert_eq!(event.is_chatroom(), muc.is_room());

        promote(f.server(), "bob").await.unwrap();
        assert_eq!(told(&f, "bob", muc, Operation::AddAdmin).await.len(), 1, "nothing changed");
        let absent = Refusal::NotMember { user: "dave".to_owned(), muc: muc.to_string() };
        assert_eq!(refusal(promote(f.server(), "dave").await), absent);
        assert_eq!(refusal(promote(f.server(), "alice").await), Refusal::GroupOwner);
        assert_eq!(refusal(promote(f.user("bob"), "carol").await), Refusal::RoleTooLow);
        let admins = muc::administrators(&f.m, &f.user("carol"), muc).await.unwrap();
        assert_eq!(admins, [id("bob")]);

        let demote = async |user: &str| muc::demote(&f.m, &f.user("alice"), muc, user).await;
        assert_eq!(demote("bob").await.unwrap(), id("bob"));
        assert_eq!(role_of(&f, muc, "bob").await.as_deref(), Some("member"));
        assert_eq!(told(&f, "bob", muc, Operation::RemoveAdmin).await.len(), 1);
        let none = Refusal::NotAdministrator { user: "bob".to_owned(), muc: muc.to_string() };
        assert_eq!(refusal(demote("bob").await), none);
    }
}

#[tokio::test]
async fn a_group_changes_hands() {
    let (f, [group, _], _online) = with_both().await;
    let transfer = async |by: Caller, to: &str| muc::transfer(&f.m, &by, &group, to).await;
    assert_eq!(refusal(transfer(f.user("bob"), "bob").await), Refusal::RoleTooLow);
    let absent = Refusal::NotMember { user: "dave".to_owned(), muc: group.to_string() };
    assert_eq!(refusal(transfer(f.user("alice"), "dave").await), absent);
    assert_eq!(refusal(transfer(f.server(), "alice").await), Refusal::SameOwner);
    transfer(f.user("alice"), "bob").await.unwrap();
    assert_eq!(role_of(&f, &group, "bob").await.as_deref(), Some("owner"));
    assert_eq!(role_of(&f, &group, "alice").await.as_deref(), Some("member"));
    for user in ["alice", "bob"] {
        let [event] = told(&f, user, &group, Operation::AssignOwner).await.try_into().unwrap();
        assert_eq!(event.to[0].name(), "bob");
    }
    assert!(told(&f, "carol", &group, Operation::AssignOwner).await.is_empty());
    // What was cached of the roles is forgotten.
    assert_eq!(refusal(transfer(f.user("alice"), "carol").await), Refusal::RoleTooLow);
    groups::destroy(&f.m, &f.user("bob"), group.id()).await.unwrap();
}

#[tokio::test]
async fn a_room_goes_to_anybody_who_joins_with_that() {
    let (f, [_, room], _online) = with_both().await;
    muc::transfer(&f.m, &f.user("alice"), &room, "dave").await.unwrap();
    assert_eq!(role_of(&f, &room, "dave").await.as_deref(), Some("owner"));
    assert_eq!(role_of(&f, &room, "alice").await.as_deref(), Some("member"));
    say(&f, "dave", &room).await.unwrap();
    let ghost = refusal(muc::transfer(&f.m, &f.server(), &room, "ghost").await);
    assert_eq!(ghost, Refusal::UserNotFound { user: "ghost".to_owned() });
}

#[tokio::test]
async fn the_blocked_leave_and_stay_outside() {
    let (f, both, _online) = with_both().await;
    for muc in &both {
        muc::promote(&f.m, &f.server(), muc, "carol").await.unwrap();
        let block =
            async |by: Caller, users: &[&str]| muc::block(&f.m, &by, muc, &strings(users)).await;
        assert_eq!(refusal(block(f.user("bob"), &["carol"]).await), Refusal::RoleTooLow);
        assert_eq!(refusal(block(f.user("carol"), &["alice"]).await), Refusal::GroupOwner);
        let nobody = Refusal::NotMembers { users: strings(&["dave"]) };
        assert_eq!(refusal(block(f.server(), &["dave"]).await), nobody);

        let rows = block(f.user("carol"), &["BOB", "dave", "no/body", "bob"]).await.unwrap();
        let expected =
            [done("bob"), failed("dave", Failed::NotMember), failed("no/body", Failed::NotMember)];
        assert_eq!(rows, expected);
        assert_eq!(role_of(&f, muc, "bob").await, None);
        assert_eq!(told(&f, "bob", muc, Operation::Kick).await.len(), 1);
        assert_eq!(muc::blocked(&f.m, &f.user("carol"), muc).await.unwrap(), [id("bob")]);
        assert_eq!(refusal(say(&f, "bob", muc).await), Refusal::NotInGroup);

        let back = Refusal::OnBlockList { user: "bob".to_owned(), muc: muc.to_string() };
        assert_eq!(refusal(add(&f, muc, "bob").await), back);
        if let Muc::Room(room) = muc {
            let bob = f.user("bob");
            let join = rooms::join(&f.m, &bob, room.as_str(), Joining::default()).await;
            assert_eq!(refusal(join), back);
        }

        let unblock =
            async |users: &[&str]| muc::unblock(&f.m, &f.user("carol"), muc, &strings(users)).await;
        let rows = unblock(&["bob", "dave"]).await.unwrap();
        assert_eq!(rows, [done("bob"), failed("dave", Failed::NotListed)]);
        assert_eq!(told(&f, "bob", muc, Operation::Allow).await.len(), 1);
        assert_eq!(role_of(&f, muc, "bob").await, None, "unblocked is not a member");
        add(&f, muc, "bob").await.unwrap();
        assert_eq!(muc::blocked(&f.m, &f.server(), muc).await.unwrap(), []);
        let again = Refusal::NotMembers { users: strings(&["bob"]) };
        assert_eq!(refusal(unblock(&["bob"]).await), again);
    }
}

#[tokio::test]
async fn the_muted_are_silent_until_their_time_is_over() {
    let (f, both, _online) = with_both().await;
    for muc in &both {
        let now = hongyan_model::Clock::now(&f.clock);
        say(&f, "bob", muc).await.unwrap();
        let mute = async |by: Caller, users: &[&str], ms: i64| {
            muc::mute(&f.m, &by, muc, &strings(users), ms).await
        };
        assert_eq!(refusal(mute(f.user("carol"), &["bob"], 9).await), Refusal::RoleTooLow);
        assert_eq!(refusal(mute(f.server(), &["alice"], 9).await), Refusal::GroupOwner);
        for bad in [0, -2] {
            let refused = refusal(mute(f.server(), &["bob"], bad).await);
            assert!(matches!(refused, Refusal::Invalid { name: "mute_duration", .. }));
        }

        let rows = mute(f.user("alice"), &["bob", "dave"], 60_000).await.unwrap();
        let muted = Muting { user: "bob".to_owned(), expires: Some(now + 60_000) };
        let absent = Muting { user: "dave".to_owned(), expires: None };
        assert_eq!(rows, [muted.clone(), absent]);
        assert_eq!(refusal(say(&f, "bob", muc).await), Refusal::Muted);
        say(&f, "carol", muc).await.unwrap();
        assert_eq!(muc::muted(&f.m, &f.user("alice"), muc).await.unwrap(), [muted]);
        assert!(muc::is_muted(&f.m, &f.user("bob"), muc, "bob").await.unwrap());
        let other = refusal(muc::is_muted(&f.m, &f.user("carol"), muc, "bob").await);
        assert_eq!(other, Refusal::RoleTooLow);
        let [event] = told(&f, "bob", muc, Operation::AddMute).await.try_into().unwrap();
        let ext: Value = serde_json::from_str(event.ext()).unwrap();
        assert_eq!(ext, json!({"user_mute_time": {"bob": now + 60_000}}));

        f.clock.advance(59_999);
        assert_eq!(refusal(say(&f, "bob", muc).await), Refusal::Muted);
        f.clock.advance(1);
        say(&f, "bob", muc).await.unwrap();
        assert_eq!(muc::muted(&f.m, &f.server(), muc).await.unwrap(), []);
        assert!(!muc::is_muted(&f.m, &f.user("bob"), muc, "bob").await.unwrap());

        mute(f.server(), &["bob"], -1).await.unwrap();
        f.clock.advance(365 * 24 * 3_600_000);
        assert_eq!(refusal(say(&f, "bob", muc).await), Refusal::Muted);
        let [row] = muc::muted(&f.m, &f.server(), muc).await.unwrap().try_into().unwrap();
        assert_eq!((row.expires, row.shown_end()), (Some(FOREVER), Some(4_638_873_600_000)));
        let unmuted = muc::unmute(&f.m, &f.user("alice"), muc, &strings(&["bob", "carol"])).await;
        assert_eq!(unmuted.unwrap(), ["bob", "carol"]);
        say(&f, "bob", muc).await.unwrap();
        assert_eq!(told(&f, "bob", muc, Operation::RemoveMute).await.len(), 1);
        assert!(told(&f, "carol", muc, Operation::RemoveMute).await.is_empty());
    }
}

#[tokio::test]
async fn a_mute_survives_leaving_and_can_hit_an_administrator() {
    let (f, both, _online) = with_both().await;
    for muc in &both {
        muc::promote(&f.m, &f.server(), muc, "bob").await.unwrap();
        muc::promote(&f.m, &f.server(), muc, "carol").await.unwrap();
        let bob = strings(&["bob"]);
        let equal = refusal(muc::mute(&f.m, &f.user("carol"), muc, &bob, -1).await);
        assert_eq!(equal, Refusal::RoleTooLow);
        muc::mute(&f.m, &f.user("alice"), muc, &bob, -1).await.unwrap();
        assert_eq!(refusal(say(&f, "bob", muc).await), Refusal::Muted);
        match muc {
            Muc::Group(group) => {
                groups::leave(&f.m, &f.user("bob"), group.as_str()).await.unwrap();
            }
            Muc::Room(room) => rooms::leave(&f.m, &f.user("bob"), room.as_str()).await.unwrap(),
        }
        add(&f, muc, "bob").await.unwrap();
        assert_eq!(refusal(say(&f, "bob", muc).await), Refusal::Muted);
        muc::transfer(&f.m, &f.server(), muc, "bob").await.unwrap();
        say(&f, "bob", muc).await.unwrap();
    }
}

#[tokio::test]
async fn while_all_are_muted_some_may_write() {
    let (f, both, _online) = with_both().await;
    for muc in &both {
        muc::promote(&f.m, &f.server(), muc, "carol").await.unwrap();
        let set = async |by: Caller, on: bool| muc::set_all_muted(&f.m, &by, muc, on).await;
        assert_eq!(refusal(set(f.user("bob"), true).await), Refusal::RoleTooLow);
        set(f.user("carol"), true).await.unwrap();
        assert_eq!(refusal(say(&f, "bob", muc).await), Refusal::AllMuted);
        for exempt in ["alice", "carol"] {
            say(&f, exempt, muc).await.unwrap();
        }

        let allow =
            async |by: Caller, users: &[&str]| muc::allow(&f.m, &by, muc, &strings(users)).await;
        assert_eq!(refusal(allow(f.user("bob"), &["bob"]).await), Refusal::RoleTooLow);
        let rows = allow(f.user("carol"), &["bob", "dave"]).await.unwrap();
        assert_eq!(rows, [done("bob"), failed("dave", Failed::NotMember)]);
        say(&f, "bob", muc).await.unwrap();
        assert_eq!(muc::allowed(&f.m, &f.server(), muc).await.unwrap(), [id("bob")]);
        assert!(muc::is_allowed(&f.m, &f.user("bob"), muc, "bob").await.unwrap());
        assert!(!muc::is_allowed(&f.m, &f.server(), muc, "carol").await.unwrap());
        assert_eq!(told(&f, "bob", muc, Operation::AddUserWhiteList).await.len(), 1);

        muc::mute(&f.m, &f.server(), muc, &strings(&["bob"]), 1000).await.unwrap();
        assert_eq!(refusal(say(&f, "bob", muc).await), Refusal::Muted, "a mute goes first");
        muc::unmute(&f.m, &f.server(), muc, &strings(&["bob"])).await.unwrap();
        let rows = muc::disallow(&f.m, &f.user("carol"), muc, &strings(&["bob"])).await.unwrap();
        assert_eq!(rows, [done("bob")]);
        assert_eq!(told(&f, "bob", muc, Operation::RemoveUserWhiteList).await.len(), 1);
        assert_eq!(refusal(say(&f, "bob", muc).await), Refusal::AllMuted);
        set(f.server(), false).await.unwrap();
        say(&f, "bob", muc).await.unwrap();
    }
    let group = &both[0];
    for operation in [Operation::BanGroup, Operation::RemoveBanGroup] {
        assert_eq!(told(&f, "bob", group, operation).await.len(), 1);
    }
}

#[tokio::test]
async fn receipts_pass_while_somebody_is_muted() {
    let (f, [group, _], _online) = with_both().await;
    let body = MessageBody { r#type: Some(BodyType::Groupchat as i32), ..text_body("read me") };
    let sent = f.send(&f.user("alice"), uplink(address(&group), &body)).await;
    muc::mute(&f.m, &f.server(), &group, &strings(&["bob"]), -1).await.unwrap();
    let receipt: Meta = about(address(&group), BodyType::ReadAck, sent.id);
    f.send(&f.user("bob"), receipt).await;
}

#[tokio::test]
async fn an_announcement_is_shown_to_members() {
    let (f, both, _online) = with_both().await;
    for muc in &both {
        let set = async |by: Caller, text: &str| muc::set_announcement(&f.m, &by, muc, text).await;
        let get = async |by: Caller| muc::announcement(&f.m, &by, muc).await;
        assert_eq!(get(f.user("bob")).await.unwrap(), "");
        assert_eq!(refusal(set(f.user("bob"), "x").await), Refusal::RoleTooLow);
        let too_long = "群".repeat(513);
        assert_eq!(refusal(set(f.server(), &too_long).await), Refusal::AnnouncementTooLong);
        set(f.user("alice"), &"群".repeat(512)).await.unwrap();
        set(f.user("alice"), "welcome").await.unwrap();
        assert_eq!(get(f.user("bob")).await.unwrap(), "welcome");
        assert_eq!(refusal(get(f.user("dave")).await), Refusal::NotInGroup);
    }
    let group = &both[0];
    let events = told(&f, "bob", group, Operation::UpdateAnnouncement).await;
    assert_eq!(events[1].reason(), "welcome");
    muc::set_announcement(&f.m, &f.server(), group, "").await.unwrap();
    assert_eq!(told(&f, "bob", group, Operation::DeleteAnnouncement).await.len(), 1);
}

#[tokio::test]
async fn what_is_not_there_has_no_lists() {
    let (f, [group, room], _online) = with_both().await;
    let nowhere = [
        Muc::Group(GroupId::from_trusted("404")),
        Muc::Room(RoomId::from_trusted("404")),
        Muc::Group(GroupId::from_trusted(room.id())),
        Muc::Room(RoomId::from_trusted(group.id())),
    ];
    for muc in &nowhere {
        let not_found = if muc.is_room() {
            Refusal::RoomNotFound { room: muc.to_string() }
        } else {
            Refusal::GroupNotFound { group: muc.to_string() }
        };
        for caller in [f.server(), f.user("alice")] {
            let bob = strings(&["bob"]);
            assert_eq!(refusal(muc::blocked(&f.m, &caller, muc).await), not_found);
            assert_eq!(refusal(muc::block(&f.m, &caller, muc, &bob).await), not_found);
            assert_eq!(refusal(muc::mute(&f.m, &caller, muc, &bob, 1).await), not_found);
            assert_eq!(refusal(muc::set_all_muted(&f.m, &caller, muc, true).await), not_found);
            assert_eq!(refusal(muc::promote(&f.m, &caller, muc, "bob").await), not_found);
            assert_eq!(refusal(muc::transfer(&f.m, &caller, muc, "bob").await), not_found);
            assert_eq!(refusal(muc::announcement(&f.m, &caller, muc).await), not_found);
        }
    }
    let foreign = Caller { app: f.other_app.clone(), ..f.server() };
    let refused = refusal(muc::blocked(&f.m, &foreign, &group).await);
    assert_eq!(refused, Refusal::GroupNotFound { group: group.to_string() });
}

#[tokio::test]
async fn lists_end_with_their_group_and_their_user() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let conversation = f.group("7", "alice", &["bob"]).await;
    let group = Muc::Group(GroupId::from_trusted("7"));
    let bob = strings(&["bob"]);
    muc::mute(&f.m, &f.server(), &group, &bob, -1).await.unwrap();
    muc::set_all_muted(&f.m, &f.server(), &group, true).await.unwrap();
    assert_eq!(refusal(say(&f, "bob", &group).await), Refusal::Muted);
    let detail = groups::details(&f.m, &f.server(), &strings(&["7"])).await.unwrap();
    assert!(detail[0].1.as_ref().unwrap().all_muted);

    groups::destroy(&f.m, &f.server(), "7").await.unwrap();
    assert_eq!(f.group("7", "alice", &["bob"]).await, conversation);
    say(&f, "bob", &group).await.unwrap();

    muc::mute(&f.m, &f.server(), &group, &bob, -1).await.unwrap();
    assert_eq!(refusal(say(&f, "bob", &group).await), Refusal::Muted);
    users::delete(&f.m, &f.server(), "bob").await.unwrap();
    f.make_user("bob").await;
    add(&f, &group, "bob").await.unwrap();
    say(&f, "bob", &group).await.unwrap();
    let renamed = GroupChange { name: Some("still here".to_owned()), ..GroupChange::default() };
    groups::update(&f.m, &f.user("alice"), "7", renamed).await.unwrap();
}

#[tokio::test]
async fn a_call_names_at_most_sixty() {
    let (f, [group, _], _online) = with_both().await;
    let many: Vec<String> = (0..61).map(|n| format!("user{n}")).collect();
    let too_many = Refusal::TooMany { name: "usernames", limit: 60 };
    assert_eq!(refusal(muc::block(&f.m, &f.server(), &group, &many).await), too_many);
    assert_eq!(refusal(muc::mute(&f.m, &f.server(), &group, &many, 1).await), too_many);
    assert_eq!(refusal(muc::unmute(&f.m, &f.server(), &group, &many).await), too_many);
    assert_eq!(refusal(muc::allow(&f.m, &f.server(), &group, &many).await), too_many);
    let missing = refusal(muc::block(&f.m, &f.server(), &group, &[]).await);
    assert_eq!(missing, Refusal::Missing { name: "usernames" });
    assert_eq!(NOW, hongyan_model::Clock::now(&f.clock));
}
