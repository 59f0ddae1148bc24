//! Groups and their members.

use hongyan_model::{AppId, Group, GroupId, Member, MessageId, Role, UserId};
use hongyan_store::groups::{
    self, Addition, GroupQuota, Insertion, Joined, Listing, MemberPosition, Membership,
};

use crate::{Fixture, NOW, on_every_engine};

/// No limits.
const FREE: GroupQuota = GroupQuota { groups: None, members: None, groups_per_user: None };

fn gid(id: &str) -> GroupId {
    GroupId::from_trusted(id)
}

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn member(user: &str, role: Role, position: u64) -> Member {
    Member { user: id(user), role, joined: NOW, joined_at: MessageId(position) }
}

fn group(id: &str, owner: &str, max_users: u32) -> Group {
    Group {
        id: gid(id),
        name: "Rust 爱好者".to_owned(),
        description: "d".to_owned(),
        avatar: "http://a".to_owned(),
        custom: "{}".to_owned(),
        owner: UserId::from_trusted(owner),
        public: true,
        members_only: false,
        allow_invites: true,
        invite_need_confirm: false,
        disabled: false,
        max_users,
        member_count: 1,
        created: NOW,
        modified: NOW,
    }
}

/// An app with the group `1` of alice, and the other users outside it.
async fn app_with_group(f: &Fixture, max_users: u32, others: &[&str]) -> AppId {
    let app = f.app("one").await;
    f.user(app, "alice").await;
    for user in others {
        f.user(app, user).await;
    }
    let owner = [member("alice", Role::Owner, 1)];
    let inserted =
        groups::insert(&f.store, app, &group("1", "alice", max_users), &owner, FREE).await;
    assert_eq!(inserted.unwrap(), Insertion::Done);
    app
}

async fn add(f: &Fixture, app: AppId, users: &[&str]) -> Addition {
    let members: Vec<Member> = users
        .iter()
        .zip(10..)
        .map(|(user, position)| member(user, Role::Member, position))
        .collect();
    groups::add_members(&f.store, app, &gid("1"), &members, FREE).await.unwrap()
}

async fn member_count(f: &Fixture, app: AppId) -> u32 {
    let count = groups::find(&f.store, app, &gid("1")).await.unwrap().unwrap().member_count;
    let members = groups::member_ids(&f.store, app, &gid("1"), 10_000).await.unwrap();
    assert_eq!(members.len(), count as usize, "the count differs from the members");
    count
}

#[tokio::test]
async fn a_group_is_read_as_it_was_stored() {
    on_every_engine(|f| async move {
        let app = app_with_group(&f, 200, &[]).await;
        let other_app = f.app("two").await;
        let stored = group("1", "alice", 200);
        assert_eq!(groups::find(&f.store, app, &gid("1")).await.unwrap(), Some(stored));
        assert_eq!(groups::find(&f.store, app, &gid("2")).await.unwrap(), None);
        assert_eq!(groups::find(&f.store, other_app, &gid("1")).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_taken_id_or_an_unknown_member_stores_nothing() {
    on_every_engine(|f| async move {
        let app = app_with_group(&f, 200, &["bob"]).await;
        let bob = [member("bob", Role::Owner, 2)];
        let taken = groups::insert(&f.store, app, &group("1", "bob", 5), &bob, FREE).await.unwrap();
        assert_eq!(taken, Insertion::Exists);
        assert_eq!(
            groups::find(&f.store, app, &gid("1")).await.unwrap().unwrap().owner,
            id("alice")
        );

        let with_ghost = [member("bob", Role::Owner, 2), member("ghost", Role::Member, 3)];
        let unknown =
            groups::insert(&f.store, app, &group("2", "bob", 5), &with_ghost, FREE).await.unwrap();
        assert_eq!(unknown, Insertion::UnknownUser(id("ghost")));
        assert_eq!(groups::find(&f.store, app, &gid("2")).await.unwrap(), None);
        assert_eq!(groups::joined_count(&f.store, app, &id("bob")).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn adding_answers_the_new_ones_and_counts_them() {
    on_every_engine(|f| async move {
        let app = app_with_group(&f, 4, &["bob", "carol", "dave", "eve"]).await;
        let Addition::Added { group, users } = add(&f, app, &["carol", "bob"]).await else {
            panic!("not added");
        };
        assert_eq!((users, group.member_count), (vec![id("carol"), id("bob")], 3));

        let again = add(&f, app, &["bob", "alice"]).await;
        assert!(matches!(again, Addition::Added { users, .. } if users.is_empty()));
        assert_eq!(add(&f, app, &["dave", "eve"]).await, Addition::Full);
        assert_eq!(add(&f, app, &["dave", "ghost"]).await, Addition::UnknownUser(id("ghost")));
        assert_eq!(member_count(&f, app).await, 3);

        let nowhere =
            groups::add_members(&f.store, app, &gid("9"), &[member("bob", Role::Member, 9)], FREE)
                .await;
        assert_eq!(nowhere.unwrap(), Addition::NoGroup);
    })
    .await;
}

#[tokio::test]
async fn additions_at_the_same_time_never_exceed_the_maximum() {
    on_every_engine(|f| async move {
        let names: Vec<String> = (0..12).map(|n| format!("u{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let app = app_with_group(&f, 6, &names).await;
        let additions = names.iter().map(|name| add(&f, app, std::slice::from_ref(name)));
        let outcomes = futures_util::future::join_all(additions).await;
        let added =
            outcomes.iter().filter(|outcome| matches!(outcome, Addition::Added { .. })).count();
        let full = outcomes.iter().filter(|outcome| **outcome == Addition::Full).count();
        assert_eq!((added, full), (5, 7));
        assert_eq!(member_count(&f, app).await, 6);
    })
    .await;
}

#[tokio::test]
async fn removal_spares_the_owner_and_roles_that_are_not_lower() {
    on_every_engine(|f| async move {
        let app = app_with_group(&f, 200, &["bob", "carol", "dave"]).await;
        add(&f, app, &["bob", "carol"]).await;
        let admin = member("dave", Role::Admin, 30);
        groups::add_members(&f.store, app, &gid("1"), &[admin], FREE).await.unwrap();

        let everybody = [id("alice"), id("bob"), id("dave"), id("ghost")];
        let by_admin =
            groups::remove_members(&f.store, app, &gid("1"), &everybody, Role::Admin).await;
        let removed = by_admin.unwrap().unwrap();
        assert_eq!((removed.group.member_count, removed.users), (3, vec![id("bob")]));

        let by_owner =
            groups::remove_members(&f.store, app, &gid("1"), &everybody, Role::Owner).await;
        let removed = by_owner.unwrap().unwrap();
        assert_eq!((removed.group.member_count, removed.users), (2, vec![id("dave")]));
        assert_eq!(member_count(&f, app).await, 2);

        let nowhere =
            groups::remove_members(&f.store, app, &gid("9"), &everybody, Role::Owner).await;
        assert_eq!(nowhere.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn membership_tells_the_three_cases_apart() {
    on_every_engine(|f| async move {
        let app = app_with_group(&f, 200, &["bob"]).await;
        let other_app = f.app("two").await;
        let ask = async |app, group: &str, user: &str| {
            groups::membership(&f.store, app, &gid(group), &id(user)).await.unwrap()
        };
        let owner = Membership::Member { role: Role::Owner, joined_at: MessageId(1) };
        assert_eq!(ask(app, "1", "alice").await, owner);
        assert_eq!(ask(app, "1", "bob").await, Membership::NotMember);
        assert_eq!(ask(app, "2", "alice").await, Membership::NoGroup);
        assert_eq!(ask(other_app, "1", "alice").await, Membership::NoGroup);
    })
    .await;
}

#[tokio::test]
async fn members_come_owner_first_then_by_age_and_pages_join_up() {
    on_every_engine(|f| async move {
        let names = ["zoe", "bob", "yan", "carol", "adam"];
        let app = f.app("one").await;
        f.user(app, "alice").await;
        for name in names {
            f.user(app, name).await;
        }
        // The owner is not the oldest member; zoe and bob joined at the same position.
        let mut members: Vec<Member> = names
            .iter()
            .zip([5, 5, 6, 7, 8])
            .map(|(name, at)| member(name, Role::Member, at))
            .collect();
        members[3].role = Role::Admin;
        members.push(member("alice", Role::Owner, 9));
        groups::insert(&f.store, app, &group("1", "alice", 9), &members, FREE).await.unwrap();

        let order = ["alice", "bob", "zoe", "yan", "carol", "adam"];
        let users =
            |members: &[Member]| members.iter().map(|m| m.user.to_string()).collect::<Vec<_>>();
        let all = groups::members(&f.store, app, &gid("1"), 0, 100).await.unwrap();
        assert_eq!(users(&all), order);
        assert_eq!(all[4], member("carol", Role::Admin, 7));
        let middle = groups::members(&f.store, app, &gid("1"), 2, 2).await.unwrap();
        assert_eq!(users(&middle), ["zoe", "yan"]);

        let mut walked = groups::members(&f.store, app, &gid("1"), 0, 1).await.unwrap();
        while let Some(last) = walked.last() {
            let after = MemberPosition::of(last);
            let next = groups::members_after(&f.store, app, &gid("1"), Some(&after), false, 2)
                .await
                .unwrap();
            if next.is_empty() {
                break;
            }
            walked.extend(next);
        }
        assert_eq!(users(&walked), order);
    })
    .await;
}

#[tokio::test]
async fn the_groups_of_a_user_come_youngest_membership_first() {
    on_every_engine(|f| async move {
        let app = app_with_group(&f, 200, &["bob"]).await;
        for (name, at) in [("2", 50), ("3", 40)] {
            let members = [member("bob", Role::Owner, at), member("alice", Role::Member, at)];
            groups::insert(&f.store, app, &group(name, "bob", 5), &members, FREE).await.unwrap();
        }
        let joined = groups::joined(&f.store, app, &id("alice"), 0, 2).await.unwrap();
        let joined: Vec<_> =
            joined.iter().map(|(group, role)| (group.id.as_str(), *role)).collect();
        assert_eq!(joined, [("2", Role::Member), ("3", Role::Member)]);
        let rest = groups::joined(&f.store, app, &id("alice"), 2, 2).await.unwrap();
        assert_eq!((rest.len(), rest[0].1), (1, Role::Owner));
        assert_eq!(groups::joined_count(&f.store, app, &id("alice")).await.unwrap(), 3);

        let mut positions = groups::joined_positions(&f.store, app, &id("alice")).await.unwrap();
        positions.sort();
        let joined = |group: &str, role, position| Joined {
            group: gid(group),
            role,
            joined_at: MessageId(position),
            heard_from: MessageId(position),
        };
        assert_eq!(
            positions,
            [
                joined("1", Role::Owner, 1),
                joined("2", Role::Member, 50),
                joined("3", Role::Member, 40),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn groups_are_paged_newest_first() {
    on_every_engine(|f| async move {
        let app = app_with_group(&f, 200, &[]).await;
        for (name, age) in [("2", 20), ("3", 10), ("4", 20)] {
            let made = Group { created: NOW + age, ..group(name, "alice", 5) };
            groups::insert(&f.store, app, &made, &[member("alice", Role::Owner, 5)], FREE)
                .await
                .unwrap();
        }
        let mut walked: Vec<String> = Vec::new();
        let mut after = None;
        loop {
            let page = groups::page(&f.store, app, Listing::All, after, 1).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some((last.created, last.id.clone()));
            walked.extend(page.iter().map(|group| group.id.to_string()));
        }
        assert_eq!(walked, ["4", "2", "3", "1"]);
    })
    .await;
}

#[tokio::test]
async fn a_change_may_be_refused_while_the_group_is_held() {
    on_every_engine(|f| async move {
        let app = app_with_group(&f, 200, &[]).await;
        let change = |group: &mut Group| {
            group.name = "new".to_owned();
            group.max_users = 3;
            group.public = false;
            group.modified = NOW + 1;
            Ok::<(), &str>(())
        };
        let changed =
            groups::update(&f.store, app, &gid("1"), change).await.unwrap().unwrap().unwrap();
        assert_eq!((changed.name.as_str(), changed.max_users, changed.public), ("new", 3, false));
        assert_eq!(groups::find(&f.store, app, &gid("1")).await.unwrap(), Some(changed.clone()));

        let refuse = |group: &mut Group| {
            group.name = "newer".to_owned();
            Err("no")
        };
        assert_eq!(
            groups::update(&f.store, app, &gid("1"), refuse).await.unwrap(),
            Some(Err("no"))
        );
        assert_eq!(groups::find(&f.store, app, &gid("1")).await.unwrap(), Some(changed));
        assert_eq!(groups::update(&f.store, app, &gid("9"), change).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn deleting_a_group_answers_its_members_and_leaves_nothing() {
    on_every_engine(|f| async move {
        let app = app_with_group(&f, 200, &["bob"]).await;
        add(&f, app, &["bob"]).await;
        let mut deleted = groups::delete(&f.store, app, &gid("1")).await.unwrap().unwrap();
        deleted.members.sort();
        assert_eq!((deleted.group.id, deleted.members), (gid("1"), vec![id("alice"), id("bob")]));
        assert_eq!(groups::delete(&f.store, app, &gid("1")).await.unwrap(), None);
        assert_eq!(groups::joined_count(&f.store, app, &id("bob")).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_group_of_the_largest_size_is_made_at_once() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let users: Vec<_> = (0..1200)
            .map(|n| hongyan_store::users::NewUser {
                user: crate::new_user(&format!("u{n:04}"), NOW),
                password_hash: None,
            })
            .collect();
        hongyan_store::users::insert(&f.store, app, &users, None).await.unwrap();
        let mut members: Vec<Member> = users
            .iter()
            .zip(1..)
            .map(|(new, at)| member(new.user.id.as_str(), Role::Member, at))
            .collect();
        members[0].role = Role::Owner;
        let large = Group { member_count: 1200, ..group("1", "u0000", 2000) };
        assert_eq!(
            groups::insert(&f.store, app, &large, &members, FREE).await.unwrap(),
            Insertion::Done
        );
        assert_eq!(member_count(&f, app).await, 1200);
    })
    .await;
}
