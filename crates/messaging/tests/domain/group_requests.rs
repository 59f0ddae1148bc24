//! Applications and invitations: who asks, who answers, who is told.

use hongyan_messaging::groups::{self, Invited, NewGroup, NotInvited};
use hongyan_messaging::{muc, users};
use hongyan_model::{Caller, Group, Muc, Refusal, Result, UserId};
use hongyan_msync::proto::MucBody;
use hongyan_msync::proto::muc_body::Operation;

use crate::fixture::{Fixture, new_group, refusal, strings};

/// Alice's group with bob, an administrator, and carol; dave and eve are outside.
async fn with_group(change: impl FnOnce(&mut NewGroup)) -> (Fixture, Group) {
    let f = Fixture::with_users(&["alice", "bob", "carol", "dave", "eve"]).await;
    let mut new = new_group("alice", &["bob", "carol"]);
    change(&mut new);
    let group = groups::create(&f.m, &f.server(), new).await.unwrap();
    muc::promote(&f.m, &f.server(), &Muc::Group(group.id.clone()), "bob").await.unwrap();
    (f, group)
}

fn with_approval(new: &mut NewGroup) {
    (new.public, new.members_only) = (true, true);
}

fn with_confirmation(new: &mut NewGroup) {
    (new.allow_invites, new.invite_need_confirm) = (true, true);
}

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn member(user: &str, group: &Group) -> Refusal {
    Refusal::AlreadyMember { user: user.to_owned(), group: group.id.to_string() }
}

fn no_request(user: &str, group: &Group) -> Refusal {
    Refusal::NoRequest { user: user.to_owned(), group: group.id.to_string() }
}

async fn told(f: &Fixture, user: &str, operation: Operation) -> Vec<MucBody> {
    let events = f.events(user).await.into_iter();
    events.filter(|event| event.operation() == operation).collect()
}

async fn apply(f: &Fixture, group: &Group, user: &str) -> Result<UserId> {
    groups::apply(&f.m, &f.user(user), group.id.as_str(), "let me in").await
}

async fn answer(f: &Fixture, group: &Group, by: Caller, accepted: bool) -> Result<UserId> {
    let id = group.id.as_str();
    groups::answer_application(&f.m, &by, id, "Dave", accepted, "because").await
}

async fn is_member(f: &Fixture, group: &Group, user: &str) -> bool {
    groups::is_member(&f.m, &f.server(), group.id.as_str(), user).await.unwrap()
}

#[tokio::test]
async fn an_open_group_is_joined_at_once() {
    let (f, group) = with_group(|new| new.public = true).await;
    assert_eq!(apply(&f, &group, "dave").await.unwrap(), id("dave"));
    assert!(is_member(&f, &group, "dave").await);
    for user in ["alice", "bob", "carol"] {
        let [event] = told(&f, user, Operation::Presence).await.try_into().unwrap();
        let from = event.from.unwrap();
        assert_eq!((from.name(), from.client_resource()), ("dave", "webim_dave"));
        assert_eq!(event.muc_member_count, Some(4));
    }
    // For its other devices.
    assert_eq!(told(&f, "dave", Operation::Join).await.len(), 1);
    assert!(told(&f, "dave", Operation::Presence).await.is_empty());
    assert_eq!(refusal(apply(&f, &group, "dave").await), member("dave", &group));
    let app = groups::apply(&f.m, &f.server(), group.id.as_str(), "").await;
    assert_eq!(refusal(app), Refusal::NotPermitted);
}

#[tokio::test]
async fn a_private_a_full_and_an_unknown_group_take_no_applications() {
    let (f, group) = with_group(|_| ()).await;
    assert_eq!(refusal(apply(&f, &group, "dave").await), Refusal::GroupNotPublic);
    for open in [true, false] {
        let full = |new: &mut NewGroup| {
            (new.public, new.members_only, new.max_users) = (true, !open, Some(3));
        };
        let (f, group) = with_group(full).await;
        assert_eq!(refusal(apply(&f, &group, "dave").await), Refusal::GroupFull);
    }
    let unknown = groups::apply(&f.m, &f.user("dave"), "77", "").await;
    assert_eq!(refusal(unknown), Refusal::GroupNotFound { group: "77".to_owned() });
}

#[tokio::test]
async fn the_owner_and_administrators_let_applicants_in() {
    let (f, group) = with_group(with_approval).await;
    assert_eq!(refusal(answer(&f, &group, f.user("bob"), true).await), no_request("dave", &group));
    for _ in 0..2 {
        apply(&f, &group, "dave").await.unwrap();
    }
    assert!(!is_member(&f, &group, "dave").await);
    for head in ["alice", "bob"] {
        let events = told(&f, head, Operation::Apply).await;
        assert_eq!(events.len(), 2, "told again");
        let event = &events[0];
        assert_eq!((event.reason(), event.muc_name()), ("let me in", "Rustaceans"));
        assert_eq!(event.from.as_ref().unwrap().name(), "dave");
    }
    assert!(told(&f, "carol", Operation::Apply).await.is_empty());

    assert_eq!(refusal(answer(&f, &group, f.user("carol"), true).await), Refusal::RoleTooLow);
    assert_eq!(refusal(answer(&f, &group, f.user("dave"), true).await), Refusal::NotInGroup);
    assert_eq!(answer(&f, &group, f.user("bob"), true).await.unwrap(), id("dave"));
    assert!(is_member(&f, &group, "dave").await);
    let [event] = told(&f, "dave", Operation::ApplyAccept).await.try_into().unwrap();
    assert_eq!((event.from.unwrap().name(), event.to[0].name()), ("bob", "dave"));
    for user in ["alice", "bob", "carol"] {
        let [event] = told(&f, user, Operation::Presence).await.try_into().unwrap();
        assert_eq!(event.from.unwrap().name(), "dave");
    }
    assert_eq!(refusal(answer(&f, &group, f.user("alice"), true).await), member("dave", &group));
}

#[tokio::test]
async fn a_declined_application_is_over() {
    let (f, group) = with_group(with_approval).await;
    apply(&f, &group, "dave").await.unwrap();
    answer(&f, &group, f.user("alice"), false).await.unwrap();
    let [event] = told(&f, "dave", Operation::ApplyDecline).await.try_into().unwrap();
    assert_eq!((event.reason(), event.to[0].name()), ("because", "dave"));
    assert_eq!(refusal(answer(&f, &group, f.user("bob"), true).await), no_request("dave", &group));
    assert!(!is_member(&f, &group, "dave").await);
    apply(&f, &group, "dave").await.unwrap();
    answer(&f, &group, f.server(), true).await.unwrap();
    assert!(is_member(&f, &group, "dave").await);
}

#[tokio::test]
async fn the_blocked_neither_apply_nor_are_let_in() {
    let (f, group) = with_group(with_approval).await;
    apply(&f, &group, "dave").await.unwrap();
    groups::add_members(&f.m, &f.server(), group.id.as_str(), &strings(&["eve"])).await.unwrap();
    let muc = Muc::Group(group.id.clone());
    muc::block(&f.m, &f.server(), &muc, &strings(&["eve"])).await.unwrap();
    let blocked = Refusal::OnBlockList { user: "eve".to_owned(), muc: group.id.to_string() };
    assert_eq!(refusal(apply(&f, &group, "eve").await), blocked);
    // Whoever joins otherwise meanwhile has nothing to wait for.
    groups::add_members(&f.m, &f.server(), group.id.as_str(), &strings(&["dave"])).await.unwrap();
    groups::leave(&f.m, &f.user("dave"), group.id.as_str()).await.unwrap();
    assert_eq!(refusal(answer(&f, &group, f.user("bob"), true).await), no_request("dave", &group));
}

#[tokio::test]
async fn a_deleted_user_has_no_requests() {
    let (f, group) = with_group(with_approval).await;
    apply(&f, &group, "dave").await.unwrap();
    users::delete(&f.m, &f.server(), "dave").await.unwrap();
    f.make_user("dave").await;
    assert_eq!(refusal(answer(&f, &group, f.user("bob"), true).await), no_request("dave", &group));
}

async fn invite(f: &Fixture, group: &Group, by: &str, users: &[&str]) -> Result<Vec<Invited>> {
    groups::invite(&f.m, &f.user(by), group.id.as_str(), &strings(users)).await
}

async fn reply(f: &Fixture, group: &Group, by: &str, accepted: bool) -> Result<UserId> {
    groups::answer_invitation(&f.m, &f.user(by), group.id.as_str(), "dave", accepted).await
}

fn row(user: &str, failure: Option<NotInvited>) -> Invited {
    Invited { user: id(user), failure }
}

#[tokio::test]
async fn an_invited_user_is_asked_where_the_group_wants_it() {
    let (f, group) = with_group(with_confirmation).await;
    let rows = invite(&f, &group, "carol", &["Dave", "bob", "dave"]).await.unwrap();
    assert_eq!(rows, [row("dave", None), row("bob", Some(NotInvited::Member))]);
    let [event] = told(&f, "dave", Operation::Invite).await.try_into().unwrap();
    assert_eq!((event.from.as_ref().unwrap().name(), event.muc_name()), ("carol", "Rustaceans"));
    assert!(!is_member(&f, &group, "dave").await);
    // Everybody answers for itself alone.
    assert_eq!(refusal(reply(&f, &group, "eve", true).await), Refusal::NotPermitted);
    assert_eq!(refusal(reply(&f, &group, "bob", true).await), Refusal::NotPermitted);

    assert_eq!(reply(&f, &group, "dave", true).await.unwrap(), id("dave"));
    assert!(is_member(&f, &group, "dave").await);
    let [event] = told(&f, "carol", Operation::InviteAccept).await.try_into().unwrap();
    assert_eq!(event.from.unwrap().name(), "dave");
    assert!(told(&f, "bob", Operation::InviteAccept).await.is_empty());
    for user in ["alice", "bob", "carol"] {
        assert_eq!(told(&f, user, Operation::Presence).await.len(), 1, "{user}");
    }
    assert_eq!(refusal(reply(&f, &group, "dave", true).await), member("dave", &group));
}

#[tokio::test]
async fn a_declined_invitation_is_over() {
    let (f, group) = with_group(with_confirmation).await;
    assert_eq!(refusal(reply(&f, &group, "dave", true).await), no_request("dave", &group));
    invite(&f, &group, "alice", &["dave"]).await.unwrap();
    reply(&f, &group, "dave", false).await.unwrap();
    assert_eq!(told(&f, "alice", Operation::InviteDecline).await.len(), 1);
    assert_eq!(refusal(reply(&f, &group, "dave", true).await), no_request("dave", &group));
    // Its inviter is gone when it answers.
    f.make_user("frank").await;
    groups::add_members(&f.m, &f.server(), group.id.as_str(), &strings(&["frank"])).await.unwrap();
    invite(&f, &group, "frank", &["dave"]).await.unwrap();
    users::delete(&f.m, &f.server(), "frank").await.unwrap();
    reply(&f, &group, "dave", true).await.unwrap();
    assert!(is_member(&f, &group, "dave").await);
}

#[tokio::test]
async fn without_confirmation_the_invited_are_in_at_once() {
    let (f, group) = with_group(|new| new.invite_need_confirm = false).await;
    assert_eq!(refusal(invite(&f, &group, "carol", &["dave"]).await), Refusal::RoleTooLow);
    assert_eq!(refusal(invite(&f, &group, "dave", &["dave"]).await), Refusal::NotInGroup);
    let muc = Muc::Group(group.id.clone());
    groups::add_members(&f.m, &f.server(), group.id.as_str(), &strings(&["eve"])).await.unwrap();
    muc::block(&f.m, &f.server(), &muc, &strings(&["eve"])).await.unwrap();

    let rows = invite(&f, &group, "bob", &["eve", "dave", "carol"]).await.unwrap();
    let blocked = Some(NotInvited::Blocked);
    let expected = [row("eve", blocked), row("dave", None), row("carol", Some(NotInvited::Member))];
    assert_eq!(rows, expected);
    let [event] = told(&f, "dave", Operation::DirectJoined).await.try_into().unwrap();
    assert_eq!(event.from.unwrap().name(), "bob");
    assert_eq!(
        told(&f, "alice", Operation::Presence).await.last().unwrap().muc_member_count,
        Some(4)
    );

    let only_blocked = refusal(invite(&f, &group, "bob", &["eve"]).await);
    let muc_id = group.id.to_string();
    assert_eq!(only_blocked, Refusal::OnBlockList { user: "eve".to_owned(), muc: muc_id });
    assert_eq!(refusal(invite(&f, &group, "bob", &["dave"]).await), member("dave", &group));
    let ghost = refusal(invite(&f, &group, "bob", &["ghost"]).await);
    assert_eq!(ghost, Refusal::UserNotFound { user: "ghost".to_owned() });
}

#[tokio::test]
async fn plain_members_never_invite_into_a_public_group() {
    let (f, group) = with_group(|new| new.public = true).await;
    let open = groups::GroupChange { allow_invites: Some(true), ..Default::default() };
    groups::update(&f.m, &f.server(), group.id.as_str(), open).await.unwrap();
    assert_eq!(refusal(invite(&f, &group, "carol", &["dave"]).await), Refusal::RoleTooLow);
    invite(&f, &group, "alice", &["dave"]).await.unwrap();
}

#[tokio::test]
async fn nobody_is_invited_into_a_full_group() {
    for confirm in [true, false] {
        let change =
            |new: &mut NewGroup| (new.invite_need_confirm, new.max_users) = (confirm, Some(3));
        let (f, group) = with_group(change).await;
        assert_eq!(refusal(invite(&f, &group, "alice", &["dave"]).await), Refusal::GroupFull);
    }
}
