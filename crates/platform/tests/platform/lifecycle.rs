//! Apps from their making to their end.

use std::sync::Arc;

use hongyan_cluster::{Kick, Registration};
use hongyan_model::{
    App, AppStatus, Authority, DeviceId, DeviceLimit, Plan, Refusal, StaffRefusal, UserId,
};
use hongyan_platform::apps::{self, AppFilter, AppRequest, AppTexts, NewApp};
use hongyan_platform::billing::{self, PlanChange};
use hongyan_platform::roles::Role;
use hongyan_platform::sessions::Session;
use hongyan_platform::staff::{self, Staff};
use hongyan_store::staff::StaffRow;

use crate::world::{MINUTE, World, ids, invalid, refusal, staff_refusal};

const DAY: i64 = 24 * 60 * MINUTE;

fn wanted(name: &str) -> AppRequest {
    AppRequest {
        org: None,
        name: name.to_owned(),
        data_center: "default".to_owned(),
        product_name: "商城".to_owned(),
        description: "卖东西".to_owned(),
        open_registration: false,
    }
}

async fn create(w: &World, by: &Session, name: &str) -> Arc<App> {
    apps::create_as(&w.p, &by.staff, wanted(name)).await.unwrap()
}

async fn names(w: &World, by: &Staff, filter: AppFilter) -> Vec<String> {
    let listed = apps::list(&w.p, by, &filter).await.unwrap();
    listed.into_iter().map(|app| app.name).collect()
}

fn connect(w: &World, app: &App, user: &str) -> Registration {
    let (user, device) = (UserId::from_trusted(user), DeviceId::from_trusted("webim_1"));
    w.p.router().register(app.id, &user, &device, DeviceLimit::OneInAll, "")
}

async fn kicked(session: &Registration) -> Option<Kick> {
    let taken = std::future::poll_fn(|cx| session.mailbox().poll_take(cx));
    let waited = tokio::time::timeout(std::time::Duration::from_millis(20), taken).await;
    waited.ok().and_then(|signals| signals.kick)
}

#[tokio::test]
async fn an_app_of_the_console_is_on_the_free_plan_and_says_what_it_is() {
    let w = World::new().await;
    let boss = w.register("acme").await;
    let request = AppRequest { open_registration: true, ..wanted("shop") };
    let app = apps::create_as(&w.p, &boss.staff, request).await.unwrap();
    assert_eq!((app.key().as_str(), app.plan), ("acme#shop", Plan::Free));
    assert_eq!((app.product_name.as_str(), app.description.as_str()), ("商城", "卖东西"));
    assert!(app.settings.open_registration);
    assert_eq!(apps::find(&w.p, "acme", "shop").await.unwrap(), app);

    let again = apps::create_as(&w.p, &boss.staff, wanted("shop")).await;
    assert!(matches!(refusal(again), Refusal::AppExists { .. }));
    let missing = |change: fn(&mut AppRequest)| {
        let mut request = wanted("other");
        change(&mut request);
        apps::create_as(&w.p, &boss.staff, request)
    };
    assert_eq!(
        refusal(missing(|app| app.product_name = " ".to_owned()).await),
        Refusal::Missing { name: "product_name" }
    );
    assert_eq!(
        refusal(missing(|app| app.description.clear()).await),
        Refusal::Missing { name: "description" }
    );
    assert_eq!(invalid(missing(|app| app.product_name = "鸿".repeat(33)).await), "product_name");
    assert_eq!(invalid(missing(|app| app.description = "鸿".repeat(513)).await), "description");
    assert_eq!(invalid(missing(|app| app.name = "Shop".to_owned()).await), "name");
    assert_eq!(invalid(missing(|app| app.name = "x".repeat(33)).await), "name");
    assert_eq!(invalid(missing(|app| app.data_center = "moon".to_owned()).await), "data_center");
    let longest = |app: &mut AppRequest| {
        app.name = "x".repeat(32);
        app.product_name = "鸿".repeat(32);
        app.description = "鸿".repeat(512);
    };
    missing(longest).await.unwrap();
}

#[tokio::test]
async fn an_organisation_has_its_number_of_apps_and_the_operator_gives_it_more() {
    let w = World::new().await;
    let (boss, operator) = (w.register("acme").await, w.operator().await);
    let most = w.p.console().apps_per_org_max;
    for n in 0..most {
        create(&w, &boss, &format!("app{n}")).await;
    }
    let full = Refusal::TooMany { name: "apps", limit: most };
    assert_eq!(refusal(apps::create_as(&w.p, &boss.staff, wanted("one-more")).await), full);

    let of_acme = AppRequest { org: Some("acme".to_owned()), ..wanted("given") };
    apps::create_as(&w.p, &operator.staff, of_acme).await.unwrap();
    let nobodys = apps::create_as(&w.p, &operator.staff, wanted("nobodys")).await;
    assert_eq!(refusal(nobodys), Refusal::Missing { name: "org" });
    let unknown = AppRequest { org: Some("unknown".to_owned()), ..wanted("x") };
    let unknown = apps::create_as(&w.p, &operator.staff, unknown).await;
    assert_eq!(staff_refusal(unknown), StaffRefusal::OrganisationNotFound);
    let foreign = AppRequest { org: Some("acme".to_owned()), ..wanted("x") };
    let other = w.register("other").await;
    let foreign = apps::create_as(&w.p, &other.staff, foreign).await;
    assert_eq!(staff_refusal(foreign), StaffRefusal::OrganisationNotFound);

    // A deleted app does not count, and cannot come back while the organisation is full.
    let app = apps::find(&w.p, "acme", "app0").await.unwrap();
    apps::delete(&w.p, app.id, "acme#app0").await.unwrap();
    assert_eq!(refusal(apps::restore(&w.p, app.id, Authority::Owner).await), full);
    let app1 = apps::find(&w.p, "acme", "app1").await.unwrap();
    apps::delete(&w.p, app1.id, "acme#app1").await.unwrap();
    apps::restore(&w.p, app.id, Authority::Owner).await.unwrap();
    apps::restore(&w.p, app1.id, Authority::Operator).await.unwrap();
}

#[tokio::test]
async fn a_list_shows_what_is_in_reach() {
    let w = World::new().await;
    let boss = w.register("acme").await;
    let (shop, _) = (create(&w, &boss, "shop").await, create(&w, &boss, "game").await);
    create(&w, &w.register("other").await, "shop").await;
    let all = AppFilter::default();
    assert_eq!(names(&w, &boss.staff, all.clone()).await, ["game", "shop"]);
    let search = |text: &str| AppFilter { search: text.to_owned(), ..AppFilter::default() };
    assert_eq!(names(&w, &boss.staff, search(" SHO ")).await, ["shop"]);
    assert_eq!(names(&w, &boss.staff, search("acme#g")).await, ["game"]);
    assert_eq!(names(&w, &boss.staff, search("商")).await, ["game", "shop"]);
    assert!(names(&w, &boss.staff, search("%")).await.is_empty());

    let operator = w.operator().await;
    let of_acme = AppFilter { org: Some("acme".to_owned()), ..AppFilter::default() };
    assert_eq!(names(&w, &operator.staff, of_acme.clone()).await, ["game", "shop"]);
    let nothing = apps::list(&w.p, &operator.staff, &all).await;
    assert_eq!(refusal(nothing), Refusal::Missing { name: "org" });
    let other = AppFilter { org: Some("other".to_owned()), ..AppFilter::default() };
    let foreign = apps::list(&w.p, &boss.staff, &other).await;
    assert_eq!(staff_refusal(foreign), StaffRefusal::OrganisationNotFound);

    // A member of some apps sees those, and those it makes.
    let admin = w.member(&boss, Role::Admin, "admin@host").await;
    let (_, id) = ids(&admin);
    let grant = |row: &mut StaffRow| {
        row.granted_apps = Some(vec![shop.id]);
        Ok::<_, ()>(())
    };
    hongyan_store::staff::update(&w.store, id, grant).await.unwrap();
    let limited = async || staff::find(&w.p, id).await.unwrap().unwrap();
    assert_eq!(names(&w, &limited().await, all.clone()).await, ["shop"]);
    apps::create_as(&w.p, &limited().await, wanted("mine")).await.unwrap();
    assert_eq!(names(&w, &limited().await, all.clone()).await, ["mine", "shop"]);

    apps::delete(&w.p, shop.id, "acme#shop").await.unwrap();
    assert_eq!(names(&w, &boss.staff, all).await, ["mine", "game"]);
    let deleted = AppFilter { deleted: true, ..AppFilter::default() };
    assert_eq!(names(&w, &boss.staff, deleted.clone()).await, ["shop"]);
    w.clock.advance(30 * DAY);
    assert!(names(&w, &boss.staff, deleted).await.is_empty());
}

#[tokio::test]
async fn texts_change_and_names_do_not() {
    let w = World::new().await;
    let boss = w.register("acme").await;
    let app = create(&w, &boss, "shop").await;
    w.clock.advance(MINUTE);
    let texts = AppTexts { product_name: Some(" Shop ".to_owned()), description: None };
    let edited = apps::edit(&w.p, app.id, texts).await.unwrap();
    assert_eq!((edited.product_name.as_str(), edited.description.as_str()), ("Shop", "卖东西"));
    assert_eq!((edited.created, edited.modified), (app.created, app.created + MINUTE));
    assert_eq!(apps::find(&w.p, "acme", "shop").await.unwrap(), edited);
    let empty = AppTexts { product_name: None, description: Some(String::new()) };
    let refused = apps::edit(&w.p, app.id, empty).await;
    assert_eq!(refusal(refused), Refusal::Missing { name: "description" });
    let long = AppTexts { product_name: Some("x".repeat(33)), description: None };
    assert_eq!(invalid(apps::edit(&w.p, app.id, long).await), "product_name");
    assert_eq!(apps::find(&w.p, "acme", "shop").await.unwrap(), edited);
}

#[tokio::test]
async fn a_suspended_app_serves_nobody_and_the_operators_word_is_the_last() {
    let w = World::new().await;
    let boss = w.register("acme").await;
    let (app, other) = (create(&w, &boss, "shop").await, create(&w, &boss, "game").await);
    let (session, bystander) = (connect(&w, &app, "alice"), connect(&w, &other, "alice"));
    let suspended = apps::suspend(&w.p, app.id, Authority::Owner).await.unwrap();
    assert_eq!(suspended.status, AppStatus::Suspended);
    assert_eq!(refusal(apps::find(&w.p, "acme", "shop").await), Refusal::AppSuspended);
    assert_eq!(kicked(&session).await, Some(Kick::AppStopped));
    assert_eq!(kicked(&bystander).await, None);
    apps::resume(&w.p, app.id, Authority::Owner).await.unwrap();
    apps::find(&w.p, "acme", "shop").await.unwrap();

    apps::suspend(&w.p, app.id, Authority::Operator).await.unwrap();
    apps::suspend(&w.p, app.id, Authority::Owner).await.unwrap();
    let resumed = apps::resume(&w.p, app.id, Authority::Owner).await;
    assert_eq!(refusal(resumed), Refusal::NotPermitted);
    // Nor does deleting and restoring it open it again.
    apps::delete(&w.p, app.id, "acme#shop").await.unwrap();
    let restored = apps::restore(&w.p, app.id, Authority::Owner).await.unwrap();
    assert_eq!(restored.status, AppStatus::Suspended);
    let resumed = apps::resume(&w.p, app.id, Authority::Operator).await.unwrap();
    assert_eq!((resumed.status, resumed.suspended_by), (AppStatus::Active, None));
}

#[tokio::test]
async fn a_deleted_app_does_not_exist_and_can_be_restored_for_a_month() {
    let w = World::new().await;
    let boss = w.register("acme").await;
    let app = create(&w, &boss, "shop").await;
    let session = connect(&w, &app, "alice");
    assert_eq!(invalid(apps::delete(&w.p, app.id, "acme#game").await), "app_key");
    assert_eq!(kicked(&session).await, None);
    let deleted = apps::delete(&w.p, app.id, "acme#shop").await.unwrap();
    assert_eq!(deleted.restorable_until, Some(app.created + 30 * DAY));
    assert_eq!(kicked(&session).await, Some(Kick::AppStopped));
    let is_gone = |refused| matches!(refused, Refusal::AppNotFound { .. });
    assert!(is_gone(refusal(apps::find(&w.p, "acme", "shop").await)));
    assert!(is_gone(refusal(apps::delete(&w.p, app.id, "acme#shop").await)));
    assert!(is_gone(refusal(apps::suspend(&w.p, app.id, Authority::Operator).await)));
    assert!(is_gone(refusal(apps::resume(&w.p, app.id, Authority::Operator).await)));
    let to_pro = PlanChange {
        plan: Plan::Pro,
        charged: true,
        reason: "agreed".to_owned(),
        by: "operator@host".to_owned(),
    };
    assert!(is_gone(refusal(billing::set_plan(&w.p, &app, &to_pro).await)));
    // Its name is not free yet.
    let again = apps::create_as(&w.p, &boss.staff, wanted("shop")).await;
    assert!(matches!(refusal(again), Refusal::AppExists { .. }));

    w.clock.advance(30 * DAY - 1);
    let restored = apps::restore(&w.p, app.id, Authority::Owner).await.unwrap();
    assert_eq!((restored.status, restored.restorable_until), (AppStatus::Active, None));
    apps::find(&w.p, "acme", "shop").await.unwrap();
    assert!(is_gone(refusal(apps::restore(&w.p, app.id, Authority::Owner).await)));

    apps::delete(&w.p, app.id, "acme#shop").await.unwrap();
    w.clock.advance(30 * DAY);
    assert!(is_gone(refusal(apps::restore(&w.p, app.id, Authority::Operator).await)));
}

#[tokio::test]
async fn what_another_process_changes_is_felt_within_a_second() {
    let w = World::new().await;
    let (app, _) = apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    let session = connect(&w, &app, "alice");
    // The other process has caches of its own.
    let beside = w.beside();
    let since = apps::follow(&w.p, app.created).await.unwrap();
    apps::find(&w.p, "acme", "shop").await.unwrap();
    w.clock.advance(MINUTE);
    apps::suspend(&beside, app.id, Authority::Operator).await.unwrap();
    apps::find(&w.p, "acme", "shop").await.unwrap();
    assert_eq!(kicked(&session).await, None);
    let since = apps::follow(&w.p, since).await.unwrap();
    assert_eq!(refusal(apps::find(&w.p, "acme", "shop").await), Refusal::AppSuspended);
    assert_eq!(kicked(&session).await, Some(Kick::AppStopped));
    drop(session);
    // A login that had found the app serving, and was slow.
    let late = connect(&w, &app, "alice");
    w.clock.advance(1000);
    apps::follow(&w.p, since).await.unwrap();
    assert_eq!(kicked(&late).await, Some(Kick::AppStopped));
}

#[tokio::test]
async fn an_app_is_the_same_however_it_is_found() {
    let w = World::new().await;
    let (app, _) = apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    // Found by its number only, as by who delivers callbacks.
    apps::find_by_id(&w.p, app.id).await.unwrap();
    apps::suspend(&w.beside(), app.id, Authority::Operator).await.unwrap();
    let by_name = apps::find_any(&w.p, "acme", "shop").await.unwrap();
    let by_id = apps::find_by_id(&w.p, app.id).await.unwrap().unwrap();
    assert_eq!(by_name, by_id);
}
