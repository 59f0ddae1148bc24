//! Reported messages.

use hongyan_model::{ConversationKey, MessageId, UserId};
use hongyan_store::reports::{Report, forget, insert, list};

use crate::{NOW, on_every_engine};

const HOUR: i64 = 3_600_000;

fn report(id: u64, reporter: &str, message: u64, created: i64) -> Report {
    Report {
        id,
        reporter: UserId::from_trusted(reporter),
        message: MessageId(message),
        sender: UserId::from_trusted("mallory"),
        conversation: ConversationKey::from_trusted("s:alice|mallory"),
        kind: "spam".to_owned(),
        reason: "it is 广告".to_owned(),
        snapshot: "{}".to_owned(),
        created,
    }
}

#[tokio::test]
async fn reports_are_listed_from_new_to_old_and_only_in_their_app() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let bound = (NOW - HOUR, 20);
        for n in 1..=3 {
            assert!(insert(&f.store, app, &report(n, "alice", n, NOW), bound).await.unwrap());
        }
        let ids = async |app, before, limit| {
            let found = list(&f.store, app, before, limit).await.unwrap();
            found.iter().map(|report| report.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(app, None, 10).await, [3, 2, 1]);
        assert_eq!(ids(app, None, 2).await, [3, 2]);
        assert_eq!(ids(app, Some(2), 2).await, [1]);
        assert!(ids(other, None, 10).await.is_empty());
        let found = list(&f.store, app, None, 1).await.unwrap();
        assert_eq!(found, [report(3, "alice", 3, NOW)]);
    })
    .await;
}

#[tokio::test]
async fn a_report_again_replaces_the_words_and_counts_once() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let bound = (NOW - HOUR, 2);
        let add =
            async |report: Report, bound| insert(&f.store, app, &report, bound).await.unwrap();
        assert!(add(report(1, "alice", 7, NOW), bound).await);
        assert!(add(report(2, "alice", 8, NOW), bound).await);
        assert!(!add(report(3, "alice", 9, NOW), bound).await);
        assert!(add(report(4, "bob", 9, NOW), bound).await);
        let again = Report { kind: "fraud".to_owned(), ..report(5, "alice", 7, NOW) };
        assert!(add(again, bound).await);
        let found = list(&f.store, app, None, 10).await.unwrap();
        let shown: Vec<_> = found.iter().map(|r| (r.id, r.kind.as_str())).collect();
        assert_eq!(shown, [(4, "spam"), (2, "spam"), (1, "fraud")]);
        assert!(add(report(6, "alice", 9, NOW + HOUR), (NOW, 2)).await, "an hour later");
    })
    .await;
}

#[tokio::test]
async fn old_reports_go() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        for (n, age) in [(1, 3), (2, 2), (3, 1)] {
            let old = report(n, "alice", n, NOW - age * HOUR);
            insert(&f.store, app, &old, (NOW, 20)).await.unwrap();
        }
        assert_eq!(forget(&f.store, NOW - HOUR, 1).await.unwrap(), 1);
        assert_eq!(forget(&f.store, NOW - HOUR, 10).await.unwrap(), 1);
        assert_eq!(forget(&f.store, NOW - HOUR, 10).await.unwrap(), 0);
        assert_eq!(list(&f.store, app, None, 10).await.unwrap().len(), 1);
    })
    .await;
}
