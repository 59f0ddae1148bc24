//! Accounts of the console and their organisations.

use hongyan_model::{AppId, OrgId, StaffId};
use hongyan_store::organisations::{self, Deletion, NewOrganisation};
use hongyan_store::staff::{self, Founding, Membership, NewStaff, StaffRow, Verdict};
use hongyan_store::staff_links::{self, NewInvitation};
use hongyan_store::{Store, apps, staff_sessions};

use crate::{NOW, new_app, on_every_engine};

fn operator(email: &str) -> NewStaff {
    NewStaff {
        email: email.to_owned(),
        password_hash: "hash".to_owned(),
        language: "zh".to_owned(),
        activated: true,
        created: NOW,
        ..NewStaff::default()
    }
}

pub(crate) fn member(email: &str, role: &str) -> NewStaff {
    NewStaff { role: Some(role.to_owned()), ..operator(email) }
}

pub(crate) fn organisation(name: &str) -> NewOrganisation {
    NewOrganisation {
        name: name.to_owned(),
        title: format!("{name} 公司"),
        kind: "company".to_owned(),
        created: NOW,
    }
}

/// An organisation with its super admin.
pub(crate) async fn found(store: &Store, name: &str) -> (OrgId, StaffId) {
    let admin = member(&format!("{name}@host"), "super_admin");
    let founded = staff::insert_with_organisation(store, &organisation(name), &admin, None).await;
    let Founding::Done(id) = founded.unwrap() else { panic!("not founded") };
    (organisations::find(store, name).await.unwrap().unwrap().id, id)
}

async fn add(store: &Store, org: OrgId, email: &str, role: &str) -> StaffId {
    let added = staff::insert_member(store, org, &member(email, role), 100, None).await.unwrap();
    let Membership::Done(id) = added else { panic!("{added:?}") };
    id
}

#[tokio::test]
async fn an_operators_address_is_taken_once() {
    on_every_engine(|f| async move {
        assert!(!staff::any_operator(&f.store).await.unwrap());
        let id = staff::insert_operator(&f.store, &operator("a@b.c")).await.unwrap().unwrap();
        assert_eq!(staff::insert_operator(&f.store, &operator("a@b.c")).await.unwrap(), None);
        assert!(staff::any_operator(&f.store).await.unwrap());
        let row = staff::find(&f.store, id).await.unwrap().unwrap();
        assert_eq!((row.org.is_none(), row.role.as_deref()), (true, None));
        assert_eq!((row.created, row.last_login), (NOW, None));
        assert!(row.activated && !row.must_change_password && !row.login_protection);
    })
    .await;
}

#[tokio::test]
async fn an_organisation_is_founded_with_its_first_account_or_not_at_all() {
    on_every_engine(|f| async move {
        let (org, id) = found(&f.store, "acme").await;
        let row = staff::find_by_email(&f.store, "acme@host").await.unwrap().unwrap();
        assert_eq!(row.id, id);
        let own = row.org.unwrap();
        assert_eq!((own.id, own.title.as_str()), (org, "acme 公司"));
        assert!(!staff::any_operator(&f.store).await.unwrap());

        let found = async |name: &str, email: &str| {
            let new = member(email, "super_admin");
            staff::insert_with_organisation(&f.store, &organisation(name), &new, None).await
        };
        assert_eq!(found("acme", "b@host").await.unwrap(), Founding::NameTaken);
        assert_eq!(found("other", "acme@host").await.unwrap(), Founding::EmailTaken);
        assert_eq!(organisations::find(&f.store, "other").await.unwrap(), None);
        assert!(staff::find_by_email(&f.store, "b@host").await.unwrap().is_none());
        // An organisation that an app made has a name as well.
        apps::insert(&f.store, &new_app("org", "one")).await.unwrap().unwrap();
        assert_eq!(found("org", "c@host").await.unwrap(), Founding::NameTaken);
    })
    .await;
}

#[tokio::test]
async fn an_organisation_grows_up_to_its_limit() {
    on_every_engine(|f| async move {
        let (org, admin) = found(&f.store, "acme").await;
        let tasks: Vec<_> = (0..6)
            .map(|n| {
                let store = f.store.clone();
                let new = member(&format!("{n}@host"), "developer");
                tokio::spawn(async move {
                    staff::insert_member(&store, org, &new, 4, None).await.unwrap()
                })
            })
            .collect();
        let mut done = 0;
        for task in tasks {
            match task.await.unwrap() {
                Membership::Done(_) => done += 1,
                other => assert_eq!(other, Membership::Full),
            }
        }
        assert_eq!(done, 3);
        let members = staff::of_org(&f.store, org).await.unwrap();
        assert_eq!((members.len(), members[0].id), (4, admin));

        let insert = async |org, email: &str| {
            staff::insert_member(&f.store, org, &member(email, "admin"), 9, None).await.unwrap()
        };
        assert_eq!(insert(org, "acme@host").await, Membership::EmailTaken);
        assert_eq!(insert(OrgId(99), "x@host").await, Membership::NoOrganisation);
    })
    .await;
}

#[tokio::test]
async fn everything_of_an_account_can_be_changed_or_nothing() {
    on_every_engine(|f| async move {
        let (_, id) = found(&f.store, "acme").await;
        let change = |row: &mut StaffRow| {
            row.password_hash = "new".to_owned();
            row.name = "名".to_owned();
            row.phone = "1".to_owned();
            row.qq = "2".to_owned();
            row.remark = "3".to_owned();
            row.language = "en".to_owned();
            row.must_change_password = true;
            row.granted_apps = Some(vec![AppId(7), AppId(9)]);
            row.totp_secret = Some(vec![0, 255]);
            row.login_protection = true;
            row.operation_protection = true;
            row.last_login = Some(NOW + 1);
            Ok::<_, ()>(())
        };
        let changed = staff::update(&f.store, id, change).await.unwrap().unwrap().unwrap();
        let read = staff::find(&f.store, id).await.unwrap().unwrap();
        assert!(read == changed);
        assert_eq!(read.granted_apps, Some(vec![AppId(7), AppId(9)]));
        assert_eq!(read.totp_secret, Some(vec![0, 255]));

        let refuse = |row: &mut StaffRow| {
            row.name = "other".to_owned();
            Err("no")
        };
        assert!(staff::update(&f.store, id, refuse).await.unwrap().unwrap() == Err("no"));
        assert!(staff::find(&f.store, id).await.unwrap().unwrap() == changed);
        let nobody = staff::update(&f.store, StaffId(99), |_| Ok::<_, ()>(())).await.unwrap();
        assert!(nobody.is_none());
    })
    .await;
}

#[tokio::test]
async fn the_others_of_a_role_are_counted_while_a_member_changes() {
    on_every_engine(|f| async move {
        let (org, first) = found(&f.store, "acme").await;
        let (other_org, _) = found(&f.store, "other").await;
        let second = add(&f.store, org, "b@host", "super_admin").await;
        // Both step down at once: only one sees another beside it.
        let step_down = |row: &mut StaffRow, others: i64| {
            if others == 0 {
                return Err("last");
            }
            row.role = Some("admin".to_owned());
            Ok(Verdict::Save)
        };
        let change = |id| {
            let store = f.store.clone();
            tokio::spawn(async move {
                let changed = staff::update_member(&store, org, id, "super_admin", step_down).await;
                changed.unwrap().unwrap().is_ok()
            })
        };
        let (one, two) = (change(first), change(second));
        assert_ne!(one.await.unwrap(), two.await.unwrap());

        let delete = |_: &mut StaffRow, _| Ok::<_, ()>(Verdict::Delete);
        let foreign = staff::update_member(&f.store, other_org, second, "admin", delete).await;
        assert!(foreign.unwrap().is_none());
        staff_sessions::insert(&f.store, &[1], second, 0, NOW).await.unwrap();
        let gone = staff::update_member(&f.store, org, second, "admin", delete).await;
        assert!(gone.unwrap().is_some());
        assert!(staff::find(&f.store, second).await.unwrap().is_none());
        assert_eq!(staff_sessions::find(&f.store, &[1]).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_address_moves_only_to_where_it_is_free() {
    on_every_engine(|f| async move {
        let (_, a) = found(&f.store, "a").await;
        let (_, b) = found(&f.store, "b").await;
        assert!(!staff::set_email(&f.store, a, "b@host", true).await.unwrap());
        assert!(staff::set_email(&f.store, a, "new@host", true).await.unwrap());
        assert!(staff::set_email(&f.store, b, "a@host", false).await.unwrap());
        let row = staff::find(&f.store, a).await.unwrap().unwrap();
        assert_eq!((row.email.as_str(), row.email_verified), ("new@host", true));
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_used_by_one() {
    on_every_engine(|f| async move {
        let (org, _) = found(&f.store, "acme").await;
        let new = |token: u8, org| NewInvitation {
            token_hash: vec![token],
            org,
            role: Some("admin".to_owned()),
            email: String::new(),
            invited_by: "acme@host".to_owned(),
            created: NOW,
            expires: NOW + 10,
        };
        let invite = async |token, org, limit| {
            staff_links::invite(&f.store, &new(token, org), limit).await.unwrap()
        };
        let id = invite(1, Some(org), 2).await.unwrap();
        let other = invite(2, Some(org), 2).await.unwrap();
        assert_eq!(invite(3, Some(org), 2).await, None);
        let founding = invite(4, None, 1).await.unwrap();

        let open = staff_links::invitation(&f.store, &[1], NOW + 9).await.unwrap().unwrap();
        assert_eq!((open.id, open.org, open.role.as_deref()), (id, Some(org), Some("admin")));
        assert!(staff_links::invitation(&f.store, &[1], NOW + 10).await.unwrap().is_none());
        let ids = async |org| {
            let listed = staff_links::invitations(&f.store, org, NOW).await.unwrap();
            listed.iter().map(|open| open.id).collect::<Vec<_>>()
        };
        assert_eq!((ids(Some(org)).await, ids(None).await), (vec![other, id], vec![founding]));

        let tasks: Vec<_> = (0..4)
            .map(|n| {
                let (store, new) = (f.store.clone(), member(&format!("{n}@host"), "admin"));
                tokio::spawn(async move {
                    staff::insert_member(&store, org, &new, 100, Some(id)).await.unwrap()
                })
            })
            .collect();
        let mut joined = 0;
        for task in tasks {
            match task.await.unwrap() {
                Membership::Done(_) => joined += 1,
                other => assert_eq!(other, Membership::NoInvitation),
            }
        }
        assert_eq!(joined, 1);
        // One that came to nothing is still open.
        let taken = member("acme@host", "admin");
        let refused = staff::insert_member(&f.store, org, &taken, 100, Some(other)).await.unwrap();
        assert_eq!(refused, Membership::EmailTaken);
        assert!(!staff_links::revoke_invitation(&f.store, None, other).await.unwrap());
        assert!(staff_links::revoke_invitation(&f.store, Some(org), other).await.unwrap());
        assert!(!staff_links::revoke_invitation(&f.store, Some(org), other).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn organisations_are_listed_and_end_without_apps_only() {
    on_every_engine(|f| async move {
        let (acme, admin) = found(&f.store, "acme").await;
        found(&f.store, "beta_1").await;
        apps::insert(&f.store, &new_app("beta_1", "shop")).await.unwrap().unwrap();
        add(&f.store, acme, "b@host", "admin").await;

        let page = async |text: &str, offset, limit| {
            let (listed, total) = organisations::page(&f.store, text, offset, limit).await.unwrap();
            let listed: Vec<_> =
                listed.into_iter().map(|l| (l.org.name, l.apps, l.members)).collect();
            (listed, total)
        };
        let (acme_row, beta_row) = (("acme".to_owned(), 0, 2), ("beta_1".to_owned(), 1, 1));
        assert_eq!(page("", 0, 10).await, (vec![acme_row.clone(), beta_row.clone()], 2));
        assert_eq!(page("", 1, 10).await, (vec![beta_row.clone()], 2));
        assert_eq!(page("ACME 公", 0, 10).await, (vec![acme_row], 1));
        assert_eq!(page("a_1", 0, 10).await, (vec![beta_row], 1));
        assert_eq!(page("%", 0, 10).await, (vec![], 0));

        let beta = organisations::find(&f.store, "beta_1").await.unwrap().unwrap();
        let close = async || organisations::delete(&f.store, beta.id).await.unwrap();
        assert_eq!(close().await, Deletion::NotRequested);
        organisations::set_closing(&f.store, beta.id, Some(NOW)).await.unwrap();
        assert_eq!(close().await, Deletion::HasApps);
        organisations::set_closing(&f.store, acme, Some(NOW)).await.unwrap();
        let read = organisations::find_by_id(&f.store, acme).await.unwrap().unwrap();
        assert_eq!(read.closing_requested, Some(NOW));
        assert!(organisations::set_title(&f.store, acme, "新").await.unwrap());
        assert_eq!(organisations::delete(&f.store, acme).await.unwrap(), Deletion::Done);
        assert_eq!(organisations::delete(&f.store, acme).await.unwrap(), Deletion::Missing);
        assert!(!organisations::set_title(&f.store, acme, "新").await.unwrap());
        assert!(staff::find(&f.store, admin).await.unwrap().is_none());
    })
    .await;
}
