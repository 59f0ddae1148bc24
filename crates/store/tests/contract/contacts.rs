//! Contacts, invitations, block lists.

use hongyan_model::{AppId, UserId};
use hongyan_store::blocks::{self, Addition};
use hongyan_store::contacts::{self, Friendship, Invitation};

use crate::{Fixture, NOW, on_every_engine};

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

async fn app_with_users(f: &Fixture, name: &str, users: &[&str]) -> AppId {
    let app = f.app(name).await;
    for user in users {
        f.user(app, user).await;
    }
    app
}

async fn invite(f: &Fixture, app: AppId, inviter: &str, invitee: &str) -> Invitation {
    contacts::invite(&f.store, app, &id(inviter), &id(invitee), (Some(2), 2), NOW).await.unwrap()
}

async fn accept(f: &Fixture, app: AppId, user: &str, inviter: &str) -> Friendship {
    contacts::befriend(&f.store, app, &id(user), &id(inviter), true, Some(2), NOW).await.unwrap()
}

async fn befriend(f: &Fixture, app: AppId, user: &str, contact: &str, now: i64) -> Friendship {
    contacts::befriend(&f.store, app, &id(user), &id(contact), false, Some(2), now).await.unwrap()
}

async fn contacts_of(f: &Fixture, app: AppId, user: &str) -> Vec<(String, String)> {
    let rows = contacts::page(&f.store, app, &id(user), None, 10).await.unwrap();
    rows.into_iter().map(|row| (row.user.to_string(), row.remark)).collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(user, remark)| ((*user).to_owned(), (*remark).to_owned())).collect()
}

#[tokio::test]
async fn an_invitation_is_accepted_once() {
    on_every_engine(|f| async move {
        let app = app_with_users(&f, "one", &["alice", "bob"]).await;
        assert_eq!(accept(&f, app, "bob", "alice").await, Friendship::NotInvited);
        assert_eq!(invite(&f, app, "alice", "bob").await, Invitation::Open);
        assert_eq!(invite(&f, app, "alice", "bob").await, Invitation::Open);
        // The inviter cannot accept for the invited.
        assert_eq!(accept(&f, app, "alice", "bob").await, Friendship::NotInvited);
        assert_eq!(accept(&f, app, "bob", "alice").await, Friendship::New);
        assert_eq!(accept(&f, app, "bob", "alice").await, Friendship::Old);
        assert_eq!(invite(&f, app, "bob", "alice").await, Invitation::AlreadyContacts);
        assert!(contacts::are_contacts(&f.store, app, &id("alice"), &id("bob")).await.unwrap());
        assert!(contacts::are_contacts(&f.store, app, &id("bob"), &id("alice")).await.unwrap());

        assert!(contacts::remove(&f.store, app, &id("bob"), &id("alice")).await.unwrap());
        assert!(!contacts::remove(&f.store, app, &id("bob"), &id("alice")).await.unwrap());
        assert_eq!(contacts_of(&f, app, "alice").await, []);
        // The old invitation does not hold a second time.
        assert_eq!(accept(&f, app, "bob", "alice").await, Friendship::NotInvited);
        invite(&f, app, "alice", "bob").await;
        let drop = async || {
            contacts::drop_invitation(&f.store, app, &id("alice"), &id("bob")).await.unwrap()
        };
        assert!(drop().await);
        assert!(!drop().await);
        assert_eq!(accept(&f, app, "bob", "alice").await, Friendship::NotInvited);
    })
    .await;
}

#[tokio::test]
async fn contacts_have_a_limit_remarks_and_pages() {
    on_every_engine(|f| async move {
        let users = ["alice", "bob", "carol", "dave"];
        let app = app_with_users(&f, "one", &users).await;
        assert_eq!(befriend(&f, app, "alice", "bob", NOW).await, Friendship::New);
        assert_eq!(befriend(&f, app, "alice", "carol", NOW + 1).await, Friendship::New);
        assert_eq!(befriend(&f, app, "alice", "dave", NOW).await, Friendship::Full(id("alice")));
        assert_eq!(befriend(&f, app, "dave", "alice", NOW).await, Friendship::Full(id("alice")));
        assert_eq!(contacts_of(&f, app, "dave").await, [], "half a friendship was stored");
        assert_eq!(invite(&f, app, "alice", "dave").await, Invitation::TooMany);
        let unknown = Friendship::UnknownUser(id("nobody"));
        assert_eq!(befriend(&f, app, "bob", "nobody", NOW).await, unknown);
        let unknown = Invitation::UnknownUser(id("nobody"));
        assert_eq!(invite(&f, app, "bob", "nobody").await, unknown);

        let remark = async |of: &str, on: &str, text: &str| {
            contacts::set_remark(&f.store, app, &id(of), &id(on), text).await.unwrap()
        };
        assert!(remark("alice", "bob", "鲍勃").await);
        assert!(!remark("alice", "dave", "x").await);
        let expected = named(&[("carol", ""), ("bob", "鲍勃")]);
        assert_eq!(contacts_of(&f, app, "alice").await, expected);
        assert_eq!(contacts_of(&f, app, "bob").await, named(&[("alice", "")]));
        let behind = Some((NOW + 1, id("carol")));
        let rest = contacts::page(&f.store, app, &id("alice"), behind, 1).await.unwrap();
        assert_eq!(rest[0].user, id("bob"));

        let dropped = contacts::remove_all(&f.store, app, &id("alice")).await.unwrap();
        assert_eq!(dropped.len(), 2);
        assert_eq!(contacts_of(&f, app, "bob").await, []);
    })
    .await;
}

#[tokio::test]
async fn open_invitations_are_bounded() {
    on_every_engine(|f| async move {
        let app = app_with_users(&f, "one", &["alice", "bob", "carol", "dave"]).await;
        assert_eq!(invite(&f, app, "alice", "bob").await, Invitation::Open);
        assert_eq!(invite(&f, app, "alice", "carol").await, Invitation::Open);
        assert_eq!(invite(&f, app, "alice", "dave").await, Invitation::TooMany);
        assert_eq!(accept(&f, app, "dave", "alice").await, Friendship::NotInvited);
        assert_eq!(invite(&f, app, "alice", "bob").await, Invitation::Open);
    })
    .await;
}

#[tokio::test]
async fn a_block_list_takes_all_or_none() {
    on_every_engine(|f| async move {
        let app = app_with_users(&f, "one", &["alice", "bob", "carol", "dave"]).await;
        let add = async |users: &[&str], now| {
            let users: Vec<UserId> = users.iter().map(|user| id(user)).collect();
            blocks::add(&f.store, app, &id("alice"), &users, Some(2), now).await.unwrap()
        };
        let list = async || {
            let rows = blocks::page(&f.store, app, &id("alice"), None, 10).await.unwrap();
            rows.into_iter().map(|row| row.user.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(add(&["bob"], NOW).await, Addition::Done(vec![id("bob")]));
        assert_eq!(add(&["bob", "carol"], NOW + 1).await, Addition::Done(vec![id("carol")]));
        assert_eq!(list().await, ["carol", "bob"]);
        assert_eq!(add(&["dave"], NOW).await, Addition::Full);
        let unknown = Addition::UnknownUser(id("nobody"));
        assert_eq!(add(&["carol", "nobody"], NOW).await, unknown);
        let behind = Some((NOW + 1, id("carol")));
        let rest = blocks::page(&f.store, app, &id("alice"), behind, 10).await.unwrap();
        assert_eq!((rest.len(), &rest[0].user), (1, &id("bob")));
        let gone = [id("bob"), id("dave")];
        let removed = blocks::remove(&f.store, app, &id("alice"), &gone).await.unwrap();
        assert_eq!(removed, [id("bob")]);
        assert_eq!(list().await, ["carol"]);
        let owners = blocks::remove_everywhere(&f.store, app, &id("carol")).await.unwrap();
        assert_eq!(owners, [id("alice")]);
        assert_eq!(list().await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn apps_do_not_share_them_and_they_end_with_a_user() {
    on_every_engine(|f| async move {
        let one = app_with_users(&f, "one", &["alice", "bob", "carol"]).await;
        let two = app_with_users(&f, "two", &["alice", "bob"]).await;
        befriend(&f, one, "alice", "bob", NOW).await;
        invite(&f, one, "alice", "carol").await;
        blocks::add(&f.store, one, &id("alice"), &[id("bob")], Some(2), NOW).await.unwrap();
        assert_eq!(contacts_of(&f, two, "alice").await, []);
        assert_eq!(accept(&f, two, "bob", "alice").await, Friendship::NotInvited);
        let rows = blocks::page(&f.store, two, &id("alice"), None, 10).await.unwrap();
        assert_eq!(rows, []);

        hongyan_store::users::delete(&f.store, one, &id("alice")).await.unwrap();
        f.user(one, "alice").await;
        assert_eq!(contacts_of(&f, one, "bob").await, []);
        assert_eq!(accept(&f, one, "carol", "alice").await, Friendship::NotInvited);
        let rows = blocks::page(&f.store, one, &id("alice"), None, 10).await.unwrap();
        assert_eq!(rows, []);
    })
    .await;
}
