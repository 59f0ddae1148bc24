//! Members of organisations, and organisations themselves.

use hongyan_model::{Refusal, StaffId, StaffRefusal};
use hongyan_platform::accounts;
use hongyan_platform::apps::NewApp;
use hongyan_platform::members::{self, MemberChange};
use hongyan_platform::organisations::NewOrg;
use hongyan_platform::roles::Role;
use hongyan_platform::sessions::Session;
use hongyan_platform::staff::{self, AppGrants};
use hongyan_platform::{apps, organisations};

use crate::world::{PASSWORD, World, ids, invalid, new_member, refusal, staff_refusal};

fn role(role: Role) -> MemberChange {
    MemberChange { role: Some(role), ..MemberChange::default() }
}

#[tokio::test]
async fn a_member_is_made_by_the_super_admin_and_by_nobody_else() {
    let w = World::new().await;
    let boss = w.register("acme").await;
    let admin = w.member(&boss, Role::Admin, "admin@host").await;
    let developer = w.member(&boss, Role::Developer, "dev@host").await;
    let stranger = w.register("other").await;
    let create = async |by: &Session| {
        members::create(&w.p, by, Some("acme"), new_member("new@host", Role::Admin)).await
    };
    for by in [&admin, &developer] {
        assert_eq!(refusal(create(by).await), Refusal::NotPermitted);
        assert_eq!(refusal(members::list(&w.p, &by.staff, None).await), Refusal::NotPermitted);
    }
    assert_eq!(staff_refusal(create(&stranger).await), StaffRefusal::OrganisationNotFound);
    let operator = w.operator().await;
    create(&operator).await.unwrap();
    assert_eq!(staff_refusal(create(&boss).await), StaffRefusal::EmailTaken);
    let listed = members::list(&w.p, &boss.staff, None).await.unwrap();
    let listed: Vec<_> =
        listed.iter().map(|m| (m.staff.email.as_str(), m.staff.role, m.staff.activated)).collect();
    assert_eq!(
        listed,
        [
            ("acme@host", Role::SuperAdmin, true),
            ("admin@host", Role::Admin, true),
            ("dev@host", Role::Developer, true),
            ("new@host", Role::Admin, false),
        ]
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_member_is_named() {
    let w = World::new().await;
    let boss = w.register("acme").await;
    let (app, _) = apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    w.register("other").await;
    let (foreign, _) = apps::create(&w.p, NewApp::named("other", "theirs")).await.unwrap();
    let create = async |change: fn(&mut members::NewMember)| {
        let mut new = new_member("new@host", Role::Admin);
        change(&mut new);
        members::create(&w.p, &boss, None, new).await
    };
    assert_eq!(invalid(create(|m| m.email = "x".to_owned()).await), "email");
    assert_eq!(invalid(create(|m| m.password = "x".to_owned()).await), "password");
    assert_eq!(invalid(create(|m| m.remark = "x".repeat(129)).await), "remark");
    assert_eq!(invalid(create(|m| m.role = Role::SuperAdmin).await), "role");
    assert_eq!(invalid(create(|m| m.role = Role::Operator).await), "role");
    let mut new = new_member("new@host", Role::Admin);
    let named = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    new.apps = named(&["shop", "theirs"]);
    assert_eq!(invalid(members::create(&w.p, &boss, None, new.clone()).await), "apps");
    new.apps = named(&["shop"]);
    let made = members::create(&w.p, &boss, None, new).await.unwrap();
    assert_eq!(made.apps, named(&["shop"]));
    assert!(made.staff.apps.includes(app.id) && !made.staff.apps.includes(foreign.id));
}

#[tokio::test]
async fn the_super_admin_of_one_organisation_cannot_touch_another() {
    let w = World::new().await;
    let acme = w.register("acme").await;
    let other = w.register("other").await;
    let victim = w.member(&other, Role::Admin, "victim@host").await;
    let id = victim.staff.id;
    // Under its own organisation the member is unknown, and the other organisation does not exist.
    for (org, expected) in [
        (None, StaffRefusal::MemberNotFound),
        (Some("acme"), StaffRefusal::MemberNotFound),
        (Some("other"), StaffRefusal::OrganisationNotFound),
    ] {
        let p = &w.p;
        let refused = [
            staff_refusal(members::activate(p, &acme, org, id).await.map(|_| ())),
            staff_refusal(
                members::change(p, &acme, org, id, role(Role::Developer)).await.map(|_| ()),
            ),
            staff_refusal(
                members::reset_password(p, &acme, org, id, "another-1").await.map(|_| ()),
            ),
            staff_refusal(members::remove(p, &acme, org, id).await.map(|_| ())),
        ];
        assert!(refused.iter().all(|refused| *refused == expected), "{refused:?}");
    }
    assert_eq!(staff::find(&w.p, id).await.unwrap().unwrap().role, Role::Admin);
    w.sign_in("victim@host", &format!("{PASSWORD}!")).await;
}

#[tokio::test]
async fn changes_of_a_member_are_felt_by_its_sessions() {
    let w = World::new().await;
    let boss = w.register("acme").await;
    let (app, _) = apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    let developer = w.member(&boss, Role::Developer, "dev@host").await;
    let id = developer.staff.id;
    let token = w.token("dev@host", &format!("{PASSWORD}!")).await;
    let change = MemberChange {
        role: Some(Role::Admin),
        apps: Some(Some(vec!["shop".to_owned()])),
        may_reveal_secret: Some(false),
        remark: Some("备注".to_owned()),
        ..MemberChange::default()
    };
    members::change(&w.p, &boss, None, id, change).await.unwrap();
    let now = w.authenticate(&token).await.unwrap().staff;
    assert_eq!((now.role, now.remark.as_str(), now.name.as_str()), (Role::Admin, "备注", "Name"));
    assert!(!now.may_reveal_secret && now.apps == AppGrants::Only(vec![app.id]));

    members::reset_password(&w.p, &boss, None, id, "another-1").await.unwrap();
    assert!(w.authenticate(&token).await.is_none());
    assert!(w.sign_in("dev@host", "another-1").await.staff.must_change_password);

    let token = w.token("dev@host", "another-1").await;
    members::remove(&w.p, &boss, None, id).await.unwrap();
    assert!(w.authenticate(&token).await.is_none());
    assert_eq!(staff_refusal(w.login("dev@host", "another-1").await), StaffRefusal::LoginFailed);
    let again = members::remove(&w.p, &boss, None, id).await;
    assert_eq!(staff_refusal(again), StaffRefusal::MemberNotFound);
    // The address is free again.
    members::create(&w.p, &boss, None, new_member("dev@host", Role::Admin)).await.unwrap();
}

#[tokio::test]
async fn the_last_super_admin_stays() {
    let w = World::new().await;
    let boss = w.register("acme").await;
    let (_, me) = ids(&boss);
    let operator = w.operator().await;
    let step_down = async |by: &Session, id: StaffId| {
        members::change(&w.p, by, Some("acme"), id, role(Role::Admin)).await
    };
    assert_eq!(staff_refusal(step_down(&boss, me).await), StaffRefusal::LastSuperAdmin);
    assert_eq!(staff_refusal(step_down(&operator, me).await), StaffRefusal::LastSuperAdmin);
    let removed = members::remove(&w.p, &operator, Some("acme"), me).await;
    assert_eq!(staff_refusal(removed), StaffRefusal::LastSuperAdmin);
    assert_eq!(
        staff_refusal(members::remove(&w.p, &boss, None, me).await),
        StaffRefusal::OwnAccount
    );
    // One that cannot log in does not count.
    let mut new = new_member("second@host", Role::SuperAdmin);
    new.apps = Some(Vec::new());
    let second = members::create(&w.p, &operator, Some("acme"), new).await.unwrap().staff.id;
    assert_eq!(staff_refusal(step_down(&boss, me).await), StaffRefusal::LastSuperAdmin);
    members::activate(&w.p, &operator, Some("acme"), second).await.unwrap();
    step_down(&boss, me).await.unwrap();
    assert_eq!(staff_refusal(step_down(&operator, second).await), StaffRefusal::LastSuperAdmin);
    assert_eq!(
        invalid(members::change(&w.p, &operator, Some("acme"), second, role(Role::Operator)).await),
        "role"
    );
}

#[tokio::test]
async fn an_organisation_of_the_command_line_is_handed_out_by_an_operator() {
    let w = World::new().await;
    apps::create(&w.p, NewApp::named("legacy", "shop")).await.unwrap();
    let operator = w.operator().await;
    let org = Some("legacy");
    let new = new_member("boss@host", Role::SuperAdmin);
    let id = members::create(&w.p, &operator, org, new).await.unwrap().staff.id;
    members::activate(&w.p, &operator, org, id).await.unwrap();
    let boss = w.sign_in("boss@host", PASSWORD).await;
    assert_eq!(
        (boss.staff.role, boss.staff.org.unwrap().name.as_str()),
        (Role::SuperAdmin, "legacy")
    );
}

#[tokio::test]
async fn an_organisation_is_within_reach_of_its_own_people_and_of_operators() {
    let w = World::new().await;
    let acme = w.register("acme").await;
    let (org, _) = ids(&acme);
    w.register("other").await;
    let operator = w.operator().await;
    let reach = async |by: &Session, name: Option<&str>| {
        organisations::within_reach(&w.p, &by.staff, name).await
    };
    assert_eq!(reach(&acme, None).await.unwrap(), org);
    assert_eq!(reach(&acme, Some("acme")).await.unwrap(), org);
    assert_eq!(reach(&operator, Some("acme")).await.unwrap(), org);
    let missing = Refusal::Missing { name: "org" };
    assert_eq!(refusal(reach(&operator, None).await), missing);
    for (by, name) in [(&acme, Some("other")), (&operator, Some("ö"))] {
        assert_eq!(staff_refusal(reach(by, name).await), StaffRefusal::OrganisationNotFound);
    }
    let (listed, total) = organisations::page(&w.p, &operator.staff, "ltd", 1, 10).await.unwrap();
    assert_eq!((listed.len(), total), (2, 2));
    assert_eq!((listed[0].name.as_str(), listed[0].members, listed[0].apps), ("acme", 1, 0));
    let refused = organisations::page(&w.p, &acme.staff, "", 1, 10).await;
    assert_eq!(refusal(refused), Refusal::NotPermitted);
}

#[tokio::test]
async fn an_operator_makes_organisations_with_or_without_a_super_admin() {
    let w = World::new().await;
    let acme = w.register("acme").await;
    let operator = w.operator().await;
    let create = async |by: &Session, name: &str, admin: Option<&str>| {
        let new = NewOrg {
            name: name.to_owned(),
            title: "Title".to_owned(),
            admin: admin.map(|email| (email.to_owned(), PASSWORD.to_owned())),
        };
        organisations::create(&w.p, &by.staff, new).await
    };
    assert_eq!(refusal(create(&acme, "x", None).await), Refusal::NotPermitted);
    assert_eq!(invalid(create(&operator, "console", None).await), "org");
    for admin in [None, Some("a@host")] {
        let taken = create(&operator, "acme", admin).await;
        assert_eq!(staff_refusal(taken), StaffRefusal::OrganisationExists);
    }
    let taken = create(&operator, "x", Some("acme@host")).await;
    assert_eq!(staff_refusal(taken), StaffRefusal::EmailTaken);
    create(&operator, "empty", None).await.unwrap();
    let org = create(&operator, "new", Some("boss@host")).await.unwrap();
    let boss = w.sign_in("boss@host", PASSWORD).await.staff;
    assert_eq!((boss.role, boss.org_id()), (Role::SuperAdmin, Some(org)));
    assert!(boss.must_change_password);
}

#[tokio::test]
async fn an_organisation_without_apps_is_closed_when_both_sides_want_it() {
    let w = World::new().await;
    let boss = w.register("acme").await;
    let operator = w.operator().await;
    let request = async |wanted| organisations::request_closing(&w.p, &boss, wanted).await;
    let close = async || organisations::close(&w.p, &operator, "acme").await;
    assert_eq!(staff_refusal(close().await), StaffRefusal::ClosingNotRequested);
    request(true).await.unwrap();
    request(false).await.unwrap();
    assert_eq!(staff_refusal(close().await), StaffRefusal::ClosingNotRequested);
    request(true).await.unwrap();
    apps::create(&w.p, NewApp::named("acme", "late")).await.unwrap();
    assert_eq!(staff_refusal(close().await), StaffRefusal::OrganisationHasApps);
    assert_eq!(staff_refusal(request(true).await), StaffRefusal::OrganisationHasApps);

    let other = w.register("other").await;
    let token = w.token("other@host", PASSWORD).await;
    organisations::request_closing(&w.p, &other, true).await.unwrap();
    assert_eq!(refusal(organisations::close(&w.p, &other, "other").await), Refusal::NotPermitted);
    organisations::close(&w.p, &operator, "other").await.unwrap();
    assert!(w.authenticate(&token).await.is_none());
    assert_eq!(staff_refusal(w.login("other@host", PASSWORD).await), StaffRefusal::LoginFailed);
}

#[tokio::test]
async fn operation_protection_covers_members() {
    let w = World::new().await;
    w.register("acme").await;
    let token = w.token("acme@host", PASSWORD).await;
    let boss = w.authenticate(&token).await.unwrap();
    let developer = w.member(&boss, Role::Developer, "dev@host").await;
    accounts::set_protection(&w.p, &boss, None, Some(true)).await.unwrap();
    let boss = w.authenticate(&token).await.unwrap();
    let id = developer.staff.id;
    let refused = [
        staff_refusal(
            members::create(&w.p, &boss, None, new_member("x@host", Role::Admin)).await.map(|_| ()),
        ),
        staff_refusal(members::activate(&w.p, &boss, None, id).await.map(|_| ())),
        staff_refusal(members::remove(&w.p, &boss, None, id).await.map(|_| ())),
        staff_refusal(
            members::reset_password(&w.p, &boss, None, id, "another-1").await.map(|_| ()),
        ),
    ];
    let asked =
        |refused: &StaffRefusal| matches!(refused, StaffRefusal::VerificationRequired { .. });
    assert!(refused.iter().all(asked), "{refused:?}");
}

#[tokio::test]
async fn the_installation_makes_a_super_admin_once() {
    let w = World::new().await;
    apps::create(&w.p, NewApp::named("demo", "chat")).await.unwrap();
    for _ in 0..2 {
        members::install_super_admin(&w.p, "demo", "demo@host", PASSWORD).await.unwrap();
    }
    let session = w.sign_in("demo@host", PASSWORD).await;
    assert_eq!((session.staff.role, session.staff.must_change_password), (Role::SuperAdmin, false));
    let missing = members::install_super_admin(&w.p, "none", "x@host", PASSWORD).await;
    assert_eq!(staff_refusal(missing), StaffRefusal::OrganisationNotFound);
}
