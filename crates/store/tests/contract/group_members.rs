//! What hangs on groups beside their members: requests that wait, attributes, who hears them, what is shared.

use std::collections::BTreeMap;

use hongyan_model::{AppId, FileId, Group, GroupId, Member, MessageId, Muc, Role, UserId};
use hongyan_store::files::{self, FileRecord, ThumbnailSource};
use hongyan_store::group_requests::{self, Asking, RequestKind};
use hongyan_store::groups::{self, GroupQuota, Insertion, Listing, Membership, UNHEARD};
use hongyan_store::member_attributes::{self, Merged};
use hongyan_store::muc::{self, FOREVER, List};
use hongyan_store::muc_files::{self, SharedFile, Sharing};
use hongyan_store::users;

use crate::{Fixture, NOW, on_every_engine};

const APPLICATION: RequestKind = RequestKind::Application;
const INVITATION: RequestKind = RequestKind::Invitation;

fn gid(id: &str) -> GroupId {
    GroupId::from_trusted(id)
}

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn member(user: &str, role: Role) -> Member {
    Member { user: id(user), role, joined: NOW, joined_at: MessageId(5) }
}

async fn new_group(f: &Fixture, app: AppId, id: &str, public: bool, created: i64) {
    let group = Group {
        id: gid(id),
        name: "g".to_owned(),
        description: String::new(),
        avatar: String::new(),
        custom: String::new(),
        owner: UserId::from_trusted("alice"),
        public,
        members_only: false,
        allow_invites: false,
        invite_need_confirm: false,
        disabled: false,
        max_users: 10,
        member_count: 2,
        created,
        modified: created,
    };
    let members = [member("alice", Role::Owner), member("bob", Role::Member)];
    let made = groups::insert(&f.store, app, &group, &members, GroupQuota::default()).await;
    assert_eq!(made.unwrap(), Insertion::Done);
}

/// An app with the group `1` of alice and bob.
async fn with_group(f: &Fixture) -> AppId {
    let app = f.app("one").await;
    for user in ["alice", "bob", "carol", "dave"] {
        f.user(app, user).await;
    }
    new_group(f, app, "1", true, NOW).await;
    app
}

async fn ask(f: &Fixture, app: AppId, kind: RequestKind, user: &str, limit: usize) -> Asking {
    let inviter = (kind == INVITATION).then(|| id("bob"));
    let place = (app, &gid("1"));
    let ends = (NOW, limit);
    let asked = group_requests::ask(&f.store, place, kind, &id(user), inviter.as_ref(), ends).await;
    asked.unwrap()
}

async fn waits(f: &Fixture, app: AppId, kind: RequestKind, user: &str) -> Option<Option<UserId>> {
    group_requests::find(&f.store, app, &gid("1"), kind, &id(user)).await.unwrap()
}

#[tokio::test]
async fn a_request_waits_once_until_it_is_answered() {
    on_every_engine(|f| async move {
        let app = with_group(&f).await;
        let other = f.app("two").await;
        assert_eq!(ask(&f, app, APPLICATION, "ghost", 9).await, Asking::UnknownUser);
        assert_eq!(ask(&f, app, APPLICATION, "bob", 9).await, Asking::Member);
        assert_eq!(ask(&f, other, APPLICATION, "carol", 9).await, Asking::NoGroup);
        let muc = Muc::Group(gid("1"));
        let end = (FOREVER, NOW, 9);
        muc::add(&f.store, app, &muc, List::Blocked, &[id("dave")], end).await.unwrap();
        assert_eq!(ask(&f, app, INVITATION, "dave", 9).await, Asking::Blocked);
        muc::remove(&f.store, app, &muc, List::Blocked, &[id("dave")], NOW).await.unwrap();

        for _ in 0..2 {
            assert_eq!(ask(&f, app, APPLICATION, "carol", 1).await, Asking::Waiting);
        }
        assert_eq!(ask(&f, app, APPLICATION, "dave", 1).await, Asking::TooMany);
        assert_eq!(waits(&f, app, APPLICATION, "dave").await, None);
        assert_eq!(ask(&f, app, INVITATION, "carol", 1).await, Asking::Waiting);
        assert_eq!(waits(&f, app, APPLICATION, "carol").await, Some(None));
        assert_eq!(waits(&f, app, INVITATION, "carol").await, Some(Some(id("bob"))));
        assert_eq!(waits(&f, other, INVITATION, "carol").await, None);

        let drop = async |user: &str| {
            group_requests::drop(&f.store, app, &gid("1"), APPLICATION, &id(user)).await.unwrap()
        };
        assert!(drop("carol").await && !drop("carol").await);
        assert_eq!(ask(&f, app, APPLICATION, "dave", 1).await, Asking::Waiting);
        // Coming in by whatever way ends both.
        let carol = [member("carol", Role::Member)];
        let quota = GroupQuota::default();
        groups::add_members(&f.store, app, &gid("1"), &carol, quota).await.unwrap();
        assert_eq!(waits(&f, app, INVITATION, "carol").await, None);
        users::delete(&f.store, app, &id("dave")).await.unwrap();
        assert_eq!(waits(&f, app, APPLICATION, "dave").await, None);
    })
    .await;
}

#[tokio::test]
async fn requests_attributes_and_files_end_with_the_group() {
    on_every_engine(|f| async move {
        let app = with_group(&f).await;
        ask(&f, app, APPLICATION, "carol", 9).await;
        let said = BTreeMap::from([("k".to_owned(), "v".to_owned())]);
        let merged = member_attributes::merge(&f.store, app, &gid("1"), &id("bob"), &said, 9).await;
        assert_eq!(merged.unwrap(), Merged::Stored(said));
        let muc = Muc::Group(gid("1"));
        let file = shared("5fd74830-0000-4000-822a-000000000001", NOW, NOW + 9);
        muc_files::insert(&f.store, app, &muc, &file, 9).await.unwrap();
        groups::delete(&f.store, app, &gid("1")).await.unwrap().unwrap();

        new_group(&f, app, "1", true, NOW).await;
        assert_eq!(waits(&f, app, APPLICATION, "carol").await, None);
        let left = member_attributes::of(&f.store, app, &gid("1"), &[id("bob")]).await.unwrap();
        assert_eq!(left, [(id("bob"), BTreeMap::new())]);
        assert!(muc_files::list(&f.store, app, &muc, NOW, (0, 9)).await.unwrap().is_empty());
        let expired = files::expired(&f.store, NOW, None, 9).await.unwrap();
        assert_eq!(expired.len(), 1, "its bytes go with the next sweep");
    })
    .await;
}

#[tokio::test]
async fn attributes_of_members_are_merged_within_their_limit() {
    on_every_engine(|f| async move {
        let app = with_group(&f).await;
        let merge = async |user: &str, pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string()));
            let changes = pairs.collect();
            member_attributes::merge(&f.store, app, &gid("1"), &id(user), &changes, 6)
                .await
                .unwrap()
        };
        assert_eq!(merge("carol", &[("a", "1")]).await, Merged::NotMember);
        merge("bob", &[("a", "1"), ("b", "2")]).await;
        assert_eq!(merge("bob", &[("c", "345")]).await, Merged::TooLarge);
        let all =
            BTreeMap::from([("b".to_owned(), "3".to_owned()), ("c".to_owned(), "4".to_owned())]);
        let merged = merge("bob", &[("a", ""), ("b", "3"), ("c", "4")]).await;
        assert_eq!(merged, Merged::Stored(all.clone()));

        let asked = [id("alice"), id("bob"), id("carol")];
        let mut found = member_attributes::of(&f.store, app, &gid("1"), &asked).await.unwrap();
        found.sort();
        assert_eq!(found, [(id("alice"), BTreeMap::new()), (id("bob"), all)]);
    })
    .await;
}

#[tokio::test]
async fn a_member_hears_the_group_from_a_position_on_or_never() {
    on_every_engine(|f| async move {
        let app = with_group(&f).await;
        let set = async |user: &str, from| {
            groups::set_heard_from(&f.store, app, &gid("1"), &id(user), from).await.unwrap()
        };
        let since = async |user: &str| {
            let found = groups::membership(&f.store, app, &gid("1"), &id(user)).await.unwrap();
            let Membership::Member { joined_at, .. } = found else { panic!("no member") };
            let joined = groups::joined_positions(&f.store, app, &id(user)).await.unwrap();
            let [joined] = &joined[..] else { panic!("not in one group") };
            assert_eq!((joined.joined_at, joined.heard_from), (MessageId(5), joined_at));
            joined_at
        };
        assert!(!set("carol", UNHEARD).await);
        assert_eq!(since("bob").await, MessageId(5));
        for from in [UNHEARD, MessageId(7)] {
            assert!(set("bob", from).await);
            assert_eq!(since("bob").await, from);
        }
        // Its place in the lists is that of its membership.
        let members = groups::members(&f.store, app, &gid("1"), 0, 9).await.unwrap();
        assert!(members.iter().all(|member| member.joined_at == MessageId(5)));
    })
    .await;
}

#[tokio::test]
async fn public_groups_are_listed_by_age_and_groups_can_be_closed() {
    on_every_engine(|f| async move {
        let app = with_group(&f).await;
        new_group(&f, app, "2", false, NOW + 1).await;
        new_group(&f, app, "3", true, NOW + 2).await;
        let page = async |app, after| {
            let found = groups::page(&f.store, app, Listing::Public, after, 1).await.unwrap();
            found.into_iter().map(|group| group.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(page(app, None).await, ["3"]);
        assert_eq!(page(app, Some((NOW + 2, gid("3")))).await, ["1"]);
        assert!(page(app, Some((NOW, gid("1")))).await.is_empty());
        assert!(page(f.app("two").await, None).await.is_empty());
        let close = |group: &mut Group| {
            group.disabled = true;
            Ok::<(), ()>(())
        };
        groups::update(&f.store, app, &gid("1"), close).await.unwrap().unwrap().unwrap();
        assert!(groups::find(&f.store, app, &gid("1")).await.unwrap().unwrap().disabled);
        assert!(!groups::find(&f.store, app, &gid("2")).await.unwrap().unwrap().disabled);
    })
    .await;
}

fn shared(id: &str, created: i64, expires: i64) -> SharedFile {
    let file = FileRecord {
        id: FileId::from_trusted(id),
        secret: "secret".to_owned(),
        name: "年报.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        size: 3,
        restricted: true,
        shared: true,
        thumbnail: ThumbnailSource::None,
        created,
        expires,
        uploader: None,
    };
    SharedFile { file, owner: UserId::from_trusted("bob") }
}

#[tokio::test]
async fn shared_files_are_counted_while_they_live() {
    on_every_engine(|f| async move {
        let app = with_group(&f).await;
        let (muc, nowhere) = (Muc::Group(gid("1")), Muc::Group(gid("7")));
        let [one, two, three] =
            [1, 2, 3].map(|n| format!("5fd74830-0000-4000-822a-00000000000{n}"));
        let insert = async |muc: &Muc, file: &SharedFile| {
            muc_files::insert(&f.store, app, muc, file, 1).await.unwrap()
        };
        let first = shared(&one, NOW, NOW + 5);
        assert_eq!(insert(&nowhere, &first).await, Sharing::Nowhere);
        assert_eq!(insert(&muc, &first).await, Sharing::Done);
        assert_eq!(insert(&muc, &shared(&two, NOW + 4, NOW + 9)).await, Sharing::Full);
        let second = shared(&three, NOW + 5, NOW + 10);
        assert_eq!(insert(&muc, &second).await, Sharing::Done, "the first has expired");

        let list = async |now| muc_files::list(&f.store, app, &muc, now, (0, 9)).await.unwrap();
        assert_eq!(list(NOW).await, [second.clone(), first.clone()]);
        assert_eq!(list(NOW + 5).await, std::slice::from_ref(&second));
        let (file, other) = (&second.file.id, f.app("two").await);
        let find = async |app, muc: &Muc| muc_files::find(&f.store, app, muc, file).await.unwrap();
        assert_eq!(find(app, &muc).await, Some(second.clone()));
        assert_eq!((find(other, &muc).await, find(app, &nowhere).await), (None, None));
        assert!(muc_files::remove(&f.store, app, &muc, file).await.unwrap());
        assert!(!muc_files::remove(&f.store, app, &muc, file).await.unwrap());
        assert_eq!(find(app, &muc).await, None);

        // A file that is forgotten is shared no longer.
        let all = files::expired(&f.store, NOW + 20, None, 9).await.unwrap();
        assert_eq!(all.len(), 2);
        files::mark_swept(&f.store, &all).await.unwrap();
        files::forget(&f.store, NOW + 20, 9).await.unwrap();
        assert_eq!(muc_files::find(&f.store, app, &muc, &first.file.id).await.unwrap(), None);
    })
    .await;
}
