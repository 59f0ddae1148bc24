//! Threads and who is in them.

use hongyan_model::{
    AppId, Conversation, Group, GroupId, Member, MessageId, Role, Thread, ThreadId, UserId,
};
use hongyan_store::counters::{Counted, count};
use hongyan_store::groups::{self, GroupQuota, Insertion};
use hongyan_store::pins::{self, Pin};
use hongyan_store::threads::{self, Creation, Joining, ThreadQuota};

use crate::{Fixture, NOW, on_every_engine};

const FREE: ThreadQuota = ThreadQuota { threads: None, threads_per_user: None };

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn gid(id: &str) -> GroupId {
    GroupId::from_trusted(id)
}

fn tid(id: &str) -> ThreadId {
    ThreadId::from_trusted(id)
}

/// The thread with that number, made by alice in the group `1` below the message of the same number.
fn thread(number: u64) -> Thread {
    Thread {
        id: tid(&number.to_string()),
        group: gid("1"),
        message: MessageId(number),
        name: format!("子区 {number}"),
        owner: id("alice"),
        created: NOW + i64::try_from(number).unwrap(),
    }
}

/// An app with the groups `1` and `2` of alice and bob; mallory is in neither.
async fn app_with_groups(f: &Fixture) -> AppId {
    let app = f.app("one").await;
    for user in ["alice", "bob", "mallory"] {
        f.user(app, user).await;
    }
    for name in ["1", "2"] {
        let group = Group {
            id: gid(name),
            name: "g".to_owned(),
            description: String::new(),
            avatar: String::new(),
            custom: String::new(),
            owner: id("alice"),
            public: false,
            members_only: false,
            allow_invites: false,
            invite_need_confirm: false,
            disabled: false,
            max_users: 200,
            member_count: 2,
            created: NOW,
            modified: NOW,
        };
        let member =
            |user, role, at| Member { user: id(user), role, joined: NOW, joined_at: MessageId(at) };
        let members = [member("alice", Role::Owner, 1), member("bob", Role::Member, 2)];
        let inserted = groups::insert(&f.store, app, &group, &members, GroupQuota::default()).await;
        assert_eq!(inserted.unwrap(), Insertion::Done);
    }
    app
}

async fn insert(f: &Fixture, app: AppId, thread: &Thread, quota: ThreadQuota) -> Creation {
    let joined_at = MessageId(thread.message.0 + 1000);
    threads::insert(&f.store, app, thread, joined_at, quota).await.unwrap()
}

async fn join(f: &Fixture, app: AppId, thread: &str, user: &str, at: u64) -> Joining {
    let users = [(id(user), MessageId(at))];
    threads::add_members(&f.store, app, &tid(thread), &users, None).await.unwrap()
}

async fn members(f: &Fixture, app: AppId, thread: &str) -> Vec<(UserId, MessageId)> {
    threads::members(&f.store, app, &tid(thread), None, 10).await.unwrap()
}

#[tokio::test]
async fn a_message_of_a_group_has_one_thread_with_its_owner_in_it() {
    on_every_engine(|f| async move {
        let app = app_with_groups(&f).await;
        let nowhere = Thread { group: gid("9"), ..thread(5) };
        assert_eq!(insert(&f, app, &nowhere, FREE).await, Creation::NoGroup);
        let stranger = Thread { owner: id("mallory"), ..thread(5) };
        assert_eq!(insert(&f, app, &stranger, FREE).await, Creation::NotInGroup);
        assert_eq!(insert(&f, app, &thread(5), FREE).await, Creation::Done);
        let again = Thread { id: tid("6"), ..thread(5) };
        assert_eq!(insert(&f, app, &again, FREE).await, Creation::Exists);
        assert_eq!(threads::find(&f.store, app, &tid("5")).await.unwrap(), Some(thread(5)));
        let other_app = f.app("two").await;
        assert_eq!(threads::find(&f.store, other_app, &tid("5")).await.unwrap(), None);
        let asked = [MessageId(4), MessageId(5)];
        assert_eq!(threads::below(&f.store, app, &asked).await.unwrap(), [thread(5)]);
        assert_eq!(threads::below(&f.store, other_app, &asked).await.unwrap(), []);
        assert_eq!(members(&f, app, "5").await, [(id("alice"), MessageId(1005))]);
        assert_eq!(count(&f.store, app, Counted::Threads).await.unwrap(), 1);

        let renamed = threads::rename(&f.store, app, &tid("5"), "neu").await.unwrap();
        assert_eq!(renamed, Some(Thread { name: "neu".to_owned(), ..thread(5) }));
        assert_eq!(threads::rename(&f.store, other_app, &tid("5"), "x").await.unwrap(), None);

        let one = ThreadQuota { threads: Some(1), ..FREE };
        assert_eq!(insert(&f, app, &thread(7), one).await, Creation::TooMany);
        let one = ThreadQuota { threads_per_user: Some(1), ..FREE };
        assert_eq!(insert(&f, app, &thread(7), one).await, Creation::UserFull);
        assert_eq!(threads::find(&f.store, app, &tid("7")).await.unwrap(), None);
        assert_eq!(count(&f.store, app, Counted::Threads).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn members_of_the_group_come_and_go() {
    on_every_engine(|f| async move {
        let app = app_with_groups(&f).await;
        insert(&f, app, &thread(5), FREE).await;
        assert_eq!(join(&f, app, "9", "bob", 20).await, Joining::NoThread);
        let stranger = join(&f, app, "5", "mallory", 20).await;
        assert_eq!(stranger, Joining::NotInGroup(id("mallory")));
        assert_eq!(join(&f, app, "5", "bob", 20).await, Joining::Joined(vec![id("bob")]));
        assert_eq!(join(&f, app, "5", "bob", 30).await, Joining::Joined(Vec::new()));
        let at = async |user: &str| {
            threads::joined_at(&f.store, app, &tid("5"), &id(user)).await.unwrap()
        };
        assert_eq!(at("bob").await, Some(MessageId(20)));
        assert_eq!(at("mallory").await, None);
        assert_eq!(threads::member_count(&f.store, app, &tid("5")).await.unwrap(), 2);
        let all = members(&f, app, "5").await;
        assert_eq!(all, [(id("bob"), MessageId(20)), (id("alice"), MessageId(1005))]);
        let first = Some((MessageId(20), id("bob")));
        let rest = threads::members(&f.store, app, &tid("5"), first, 10).await;
        assert_eq!(rest.unwrap(), all[1..]);

        insert(&f, app, &thread(6), FREE).await;
        let one = [(id("bob"), MessageId(40))];
        let full = threads::add_members(&f.store, app, &tid("6"), &one, Some(1)).await;
        assert_eq!(full.unwrap(), Joining::UserFull(id("bob")));
        assert_eq!(members(&f, app, "6").await.len(), 1);

        let both = [id("bob"), id("mallory")];
        let removed = threads::remove_members(&f.store, app, &tid("5"), &both).await.unwrap();
        assert_eq!(removed, [id("bob")]);
        let (deleted, were_in) = threads::delete(&f.store, app, &tid("5")).await.unwrap().unwrap();
        assert_eq!((deleted.id, were_in), (tid("5"), vec![id("alice")]));
        assert_eq!(threads::delete(&f.store, app, &tid("5")).await.unwrap(), None);
        assert_eq!(count(&f.store, app, Counted::Threads).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn lists_go_by_age_or_by_time_of_joining_both_ways() {
    on_every_engine(|f| async move {
        let app = app_with_groups(&f).await;
        for number in 5..8 {
            insert(&f, app, &thread(number), FREE).await;
        }
        insert(&f, app, &Thread { group: gid("2"), ..thread(9) }, FREE).await;
        join(&f, app, "7", "bob", 20).await;
        join(&f, app, "5", "bob", 30).await;
        join(&f, app, "9", "bob", 40).await;

        let page = async |group: Option<&GroupId>, after: Option<u64>, newest, limit| {
            let after = after.map(|number| (thread(number).created, thread(number).id));
            let page = threads::page(&f.store, app, group, after, (newest, limit)).await.unwrap();
            page.iter().map(|thread| thread.message.0).collect::<Vec<_>>()
        };
        assert_eq!(page(None, None, true, 10).await, [9, 7, 6, 5]);
        assert_eq!(page(None, None, false, 2).await, [5, 6]);
        assert_eq!(page(None, Some(6), false, 2).await, [7, 9]);
        assert_eq!(page(Some(&gid("1")), Some(7), true, 2).await, [6, 5]);
        assert_eq!(page(Some(&gid("3")), None, true, 2).await, [0; 0]);

        let joined = async |group: Option<&GroupId>, after: Option<u64>, newest| {
            let part = (after.map(MessageId), newest, 2);
            let page = threads::joined(&f.store, app, &id("bob"), group, part).await.unwrap();
            let seen = |joined: &threads::Joined| (joined.thread.message.0, joined.joined_at.0);
            page.iter().map(seen).collect::<Vec<_>>()
        };
        assert_eq!(joined(None, None, true).await, [(9, 40), (5, 30)]);
        assert_eq!(joined(None, Some(30), true).await, [(7, 20)]);
        assert_eq!(joined(None, None, false).await, [(7, 20), (5, 30)]);
        assert_eq!(joined(Some(&gid("1")), None, true).await, [(5, 30), (7, 20)]);
        let mut positions = threads::joined_positions(&f.store, app, &id("bob")).await.unwrap();
        positions.sort();
        let position = |id: &str, at| (tid(id), MessageId(at));
        assert_eq!(positions, [position("5", 30), position("7", 20), position("9", 40)]);
    })
    .await;
}

#[tokio::test]
async fn leaving_a_group_leaves_its_threads_and_its_end_is_theirs() {
    on_every_engine(|f| async move {
        let app = app_with_groups(&f).await;
        insert(&f, app, &thread(5), FREE).await;
        insert(&f, app, &Thread { group: gid("2"), ..thread(6) }, FREE).await;
        join(&f, app, "5", "bob", 20).await;
        join(&f, app, "6", "bob", 30).await;
        let bob = [id("bob")];
        let removed = groups::remove_members(&f.store, app, &gid("1"), &bob, Role::Owner).await;
        assert_eq!(removed.unwrap().unwrap().threads, [(tid("5"), id("bob"))]);
        assert_eq!(members(&f, app, "5").await.len(), 1);
        assert_eq!(members(&f, app, "6").await.len(), 2);
        let deleted = groups::delete(&f.store, app, &gid("1")).await.unwrap().unwrap();
        assert_eq!(deleted.threads, [tid("5")]);
        assert_eq!(threads::find(&f.store, app, &tid("5")).await.unwrap(), None);
        assert_eq!(members(&f, app, "5").await, []);
        assert_eq!(count(&f.store, app, Counted::Threads).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn pins_end_with_the_thread_and_with_the_group() {
    on_every_engine(|f| async move {
        let app = app_with_groups(&f).await;
        let key = |number: u64| Conversation::Thread(thread(number).id).key();
        let of_group = |name: &str| Conversation::Group(gid(name)).key();
        let pin = Pin { message: MessageId(9), operator: id("alice"), pinned: NOW };
        for number in [1, 2] {
            insert(&f, app, &thread(number), FREE).await;
        }
        for key in [key(1), key(2), of_group("1"), of_group("2")] {
            assert!(pins::add(&f.store, app, &key, &pin, None).await.unwrap());
        }
        let left = async |key| pins::page(&f.store, app, &key, None, 9).await.unwrap().len();
        threads::delete(&f.store, app, &thread(1).id).await.unwrap().unwrap();
        assert_eq!((left(key(1)).await, left(key(2)).await), (0, 1));
        groups::delete(&f.store, app, &gid("1")).await.unwrap().unwrap();
        assert_eq!((left(key(2)).await, left(of_group("1")).await), (0, 0));
        assert_eq!(left(of_group("2")).await, 1);
    })
    .await;
}
