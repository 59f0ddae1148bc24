//! What users are and where they belong, of many at once; and sessions that were ended.

use hongyan_model::{AppId, DeviceId, Group, GroupId, Member, MessageId, Role, Thread, ThreadId};
use hongyan_store::groups::{self, GroupQuota, UNHEARD};
use hongyan_store::session_ends::{self, EndReason, SessionEnd};
use hongyan_store::standings::{self, Standing};
use hongyan_store::threads::{self, ThreadQuota};
use hongyan_store::{rooms, users};

use crate::some_room::{app_with_room, id, rid};
use crate::{NOW, on_every_engine};

#[tokio::test]
async fn what_users_are_and_where_they_belong_is_read_together() {
    on_every_engine(|f| async move {
        let app = app_with_room(&f, "one").await;
        let gid = GroupId::from_trusted("7");
        let group = Group {
            id: gid.clone(),
            name: "g".to_owned(),
            description: String::new(),
            avatar: String::new(),
            custom: String::new(),
            owner: id("bob"),
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
            |user, role| Member { user: id(user), role, joined: NOW, joined_at: MessageId(5) };
        let members = [member("bob", Role::Owner), member("carol", Role::Member)];
        groups::insert(&f.store, app, &group, &members, GroupQuota::default()).await.unwrap();
        groups::set_heard_from(&f.store, app, &gid, &id("carol"), UNHEARD).await.unwrap();
        let thread = Thread {
            id: ThreadId::from_trusted("8"),
            group: gid.clone(),
            message: MessageId(8),
            name: "t".to_owned(),
            owner: id("bob"),
            created: NOW,
        };
        let free = ThreadQuota { threads: None, threads_per_user: None };
        threads::insert(&f.store, app, &thread, MessageId(9), free).await.unwrap();
        users::set_activated(&f.store, app, &id("carol"), false, NOW).await.unwrap();
        let other = app_with_room(&f, "two").await;
        users::set_activated(&f.store, other, &id("bob"), false, NOW).await.unwrap();

        let found =
            standings::of(&f.store, app, &["bob", "carol", "nobody"].map(id)).await.unwrap();
        assert_eq!(found.len(), 2, "who does not exist is not among them");
        let epoch = users::find(&f.store, app, &id("bob")).await.unwrap().unwrap().token_epoch;
        let bob = Standing {
            activated: true,
            token_epoch: epoch,
            groups: vec![(gid.clone(), MessageId(5))],
            threads: vec![thread.id],
            rooms: vec![(rid(), MessageId(1), MessageId(0))],
        };
        assert_eq!(found[&id("bob")], bob);
        let carol = &found[&id("carol")];
        assert!(!carol.activated);
        assert_eq!(carol.groups, [(gid, UNHEARD)]);
        assert!(carol.threads.is_empty());
        assert!(standings::of(&f.store, app, &[]).await.unwrap().is_empty());

        let left = async |user: &str, at| {
            rooms::set_left_at(&f.store, app, &rid(), &id(user), MessageId(at)).await.unwrap()
        };
        assert!(left("alice", 77).await && !left("nobody", 77).await);
        let found = standings::of(&f.store, app, &["alice"].map(id)).await.unwrap();
        assert_eq!(found[&id("alice")].rooms, [(rid(), MessageId(1), MessageId(77))]);
    })
    .await;
}

#[tokio::test]
async fn ends_of_sessions_are_read_in_order_and_forgotten() {
    on_every_engine(|f| async move {
        let end = |number: u64, device: Option<&str>, reason| SessionEnd {
            id: MessageId(number),
            app: AppId(1),
            user: id("alice"),
            device: device.map(DeviceId::from_trusted),
            reason,
        };
        let ends = [
            end(1, None, EndReason::Banned),
            end(2, Some("web_1"), EndReason::LoggedOut),
            end(3, None, EndReason::PasswordChanged),
            end(4, None, EndReason::UserRemoved),
        ];
        for end in [3, 0, 2, 1].map(|n: usize| &ends[n]) {
            session_ends::note(&f.store, end).await.unwrap();
        }
        let since = async |after, limit| {
            session_ends::since(&f.store, MessageId(after), limit).await.unwrap()
        };
        assert_eq!(since(0, 9).await, ends);
        assert_eq!(since(1, 2).await, ends[1..3]);
        assert_eq!(session_ends::forget(&f.store, MessageId(2), 9).await.unwrap(), 2);
        assert_eq!(since(0, 9).await, ends[2..]);
    })
    .await;
}
