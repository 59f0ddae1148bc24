//! The operation log.

use hongyan_model::{OrgId, StaffId};
use hongyan_store::audit::{self, AuditFilter, AuditRow};

use crate::{Fixture, NOW, on_every_engine};

/// Sets a part of a filter.
type Narrow = fn(&mut AuditFilter);

/// Ten lines, one each millisecond, of two organisations in turn.
async fn written(f: &Fixture) {
    for n in 0..10 {
        let row = AuditRow {
            id: 0,
            time: NOW + n,
            org: Some(OrgId(1 + n % 2)),
            staff: (n > 0).then_some(StaffId(n % 3)),
            email: "me@host".to_owned(),
            role: "admin".to_owned(),
            ip: "::1".to_owned(),
            app_key: (n < 5).then(|| "org#app".to_owned()),
            module: if n < 3 { "users" } else { "groups" }.to_owned(),
            action: "create".to_owned(),
            target: format!("目标 {n}%"),
            result: if n == 9 { "refused" } else { "ok" }.to_owned(),
            detail: "{\"Key\":1}".to_owned(),
        };
        audit::insert(&f.store, &row).await.unwrap();
    }
}

async fn matching(f: &Fixture, filter: AuditFilter) -> Vec<i64> {
    let rows = audit::page(&f.store, &filter, None, 100).await.unwrap();
    rows.iter().map(|row| row.time - NOW).collect()
}

#[tokio::test]
async fn lines_are_found_by_what_they_say() {
    on_every_engine(|f| async move {
        written(&f).await;
        let all = AuditFilter::default();
        assert_eq!(matching(&f, all.clone()).await, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        let of = |change: Narrow| {
            let mut filter = AuditFilter::default();
            change(&mut filter);
            filter
        };
        let cases: [(Narrow, &[i64]); 9] = [
            (|f| f.org = Some(OrgId(1)), &[8, 6, 4, 2, 0]),
            (|f| f.staff = Some(StaffId(1)), &[7, 4, 1]),
            (|f| f.app_key = Some("org#app".to_owned()), &[4, 3, 2, 1, 0]),
            (|f| f.module = Some("users".to_owned()), &[2, 1, 0]),
            (|f| f.succeeded = Some(false), &[9]),
            (|f| (f.from, f.to) = (Some(NOW + 3), Some(NOW + 6)), &[5, 4, 3]),
            (|f| f.text = Some("目标 7".to_owned()), &[7]),
            (|f| f.text = Some("KEY\":1".to_owned()), &[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
            (|f| f.text = Some("_%".to_owned()), &[]),
        ];
        for (change, expected) in cases {
            assert_eq!(matching(&f, of(change)).await, expected);
        }
        let both = AuditFilter {
            org: Some(OrgId(2)),
            module: Some("users".to_owned()),
            text: Some("1%".to_owned()),
            ..all
        };
        assert_eq!(matching(&f, both).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn pages_go_on_and_old_lines_go() {
    on_every_engine(|f| async move {
        written(&f).await;
        let filter = AuditFilter { org: Some(OrgId(1)), ..AuditFilter::default() };
        let first = audit::page(&f.store, &filter, None, 2).await.unwrap();
        let last = (first[1].time, first[1].id);
        let second = audit::page(&f.store, &filter, Some(last), 9).await.unwrap();
        let times = |rows: &[AuditRow]| rows.iter().map(|row| row.time - NOW).collect::<Vec<_>>();
        assert_eq!((times(&first), times(&second)), (vec![8, 6], vec![4, 2, 0]));
        assert_eq!(audit::prune(&f.store, NOW + 5, 3).await.unwrap(), 3);
        assert_eq!(audit::prune(&f.store, NOW + 5, 3).await.unwrap(), 2);
        assert_eq!(matching(&f, AuditFilter::default()).await, [9, 8, 7, 6, 5]);
    })
    .await;
}
