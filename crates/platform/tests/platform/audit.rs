//! The operation log: who sees what of it, and for how long it is kept. And who may do what.

use hongyan_model::{OrgId, StaffId, StaffRefusal};
use hongyan_platform::audit::{self, Entry, Filter};
use hongyan_platform::roles::{Permission, Role};
use hongyan_platform::sessions::Session;

use crate::NOW;
use crate::world::{World, ids, invalid, staff_refusal};

const DAY: i64 = 24 * 3600 * 1000;

fn entry(org: OrgId, staff: StaffId, action: &str) -> Entry {
    Entry {
        time: NOW,
        org: Some(org),
        staff: Some(staff),
        email: "me@host".to_owned(),
        role: Some(Role::Admin),
        ip: "::1".to_owned(),
        app_key: None,
        module: "users".to_owned(),
        action: action.to_owned(),
        target: "x\0y".to_owned(),
        result: "ok".to_owned(),
        detail: "{}".to_owned(),
    }
}

#[tokio::test]
async fn everybody_sees_what_is_theirs() {
    let w = World::new().await;
    let boss = w.register("acme").await;
    let (org, boss_id) = ids(&boss);
    let admin = w.member(&boss, Role::Admin, "admin@host").await;
    let developer = w.member(&boss, Role::Developer, "dev@host").await;
    let other = w.register("other").await;
    let operator = w.operator().await;
    let (other_org, other_id) = ids(&other);
    for (org, staff, action) in [
        (org, boss_id, "of boss"),
        (org, developer.staff.id, "of developer"),
        (other_org, other_id, "of other"),
    ] {
        audit::record(&w.p, entry(org, staff, action)).await.unwrap();
    }
    let seen = async |by: &Session, filter: Filter| {
        let filter = Filter { module: Some("users".to_owned()), ..filter };
        let page = audit::page(&w.p, &by.staff, filter, None, 100).await.unwrap();
        page.entries.into_iter().map(|(_, entry)| entry.action).collect::<Vec<_>>()
    };
    let all = Filter::default;
    for by in [&boss, &admin] {
        assert_eq!(seen(by, all()).await, ["of developer", "of boss"]);
        let foreign = Filter { org: Some("other".to_owned()), ..all() };
        let refused = audit::page(&w.p, &by.staff, foreign, None, 10).await;
        assert_eq!(staff_refusal(refused), StaffRefusal::OrganisationNotFound);
    }
    assert_eq!(seen(&developer, all()).await, ["of developer"]);
    let of_boss = Filter { staff: Some(boss_id), ..all() };
    assert_eq!(seen(&developer, of_boss.clone()).await, ["of developer"]);
    assert_eq!(seen(&boss, of_boss).await, ["of boss"]);
    assert_eq!(seen(&operator, all()).await, ["of other", "of developer", "of boss"]);
    assert_eq!(
        seen(&operator, Filter { org: Some("other".to_owned()), ..all() }).await,
        ["of other"]
    );
}

#[tokio::test]
async fn pages_follow_each_other_and_old_lines_are_swept() {
    let w = World::new().await;
    let operator = w.operator().await;
    for n in 0..5 {
        let line = Entry { time: NOW + n, ..entry(OrgId(1), StaffId(1), &n.to_string()) };
        audit::record(&w.p, line).await.unwrap();
    }
    let filter = Filter { module: Some("users".to_owned()), ..Filter::default() };
    let page = async |cursor: Option<&str>| {
        audit::page(&w.p, &operator.staff, filter.clone(), cursor, 2).await.unwrap()
    };
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = page(cursor.as_deref()).await;
        seen.extend(page.entries.into_iter().map(|(_, entry)| entry.action));
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["4", "3", "2", "1", "0"]);
    let forged = audit::page(&w.p, &operator.staff, filter.clone(), Some("x"), 2).await;
    assert_eq!(invalid(forged), "cursor");

    let all = async || {
        let page = audit::page(&w.p, &operator.staff, filter.clone(), None, 100).await.unwrap();
        page.entries.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>()
    };
    assert_eq!(all().await[0].target, "xy");

    w.clock.advance(180 * DAY + 3);
    assert_eq!(audit::sweep(&w.p).await.unwrap(), 3 + 1, "three of these and the login");
    assert_eq!(all().await.len(), 2);
}

#[tokio::test]
async fn roles_have_exactly_the_rights_of_the_table() {
    use Permission as P;
    // Operator, super admin, admin, developer.
    let table = [
        (P::CreateApp, [true, true, true, false]),
        (P::DeleteApp, [true, true, false, false]),
        (P::SuspendApp, [true, true, false, false]),
        (P::EditApp, [true, true, true, false]),
        (P::ReadApp, [true, true, true, true]),
        (P::RevealSecret, [true, true, true, true]),
        (P::ResetSecret, [true, true, false, false]),
        (P::Features, [true, true, true, true]),
        (P::Operations, [true, true, true, true]),
        (P::ModerationRead, [true, true, true, true]),
        (P::ModerationWrite, [true, true, true, false]),
        (P::Statistics, [true, true, true, true]),
        (P::Purchase, [true, true, true, false]),
        (P::BillingRead, [true, true, true, false]),
        (P::BillingWrite, [true, true, false, false]),
        (P::Members, [true, true, false, false]),
        (P::AuditAll, [true, true, true, false]),
        (P::AuditOwn, [true, true, true, true]),
        (P::OwnAccount, [true, true, true, true]),
        (P::ManageInstallation, [true, false, false, false]),
    ];
    assert_eq!(table.map(|(permission, _)| permission), P::ALL);
    for (permission, expected) in table {
        let allowed = Role::ALL.map(|role| role.allows(permission));
        assert_eq!(allowed, expected, "{permission:?}");
    }
    for role in Role::ALL {
        assert_eq!(Role::parse(role.as_str()), Some(role));
    }
}
