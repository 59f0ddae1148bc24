//! Reported messages.

use hongyan_model::{ConversationKey, MessageId, UserId};
use hongyan_store::reports::{Report, ReportFilter, find, forget, insert, list, settle};

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
        state: "pending".to_owned(),
        handler: None,
        handled: None,
        note: String::new(),
    }
}

fn all() -> ReportFilter {
    ReportFilter::default()
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
            let found = list(&f.store, app, &all(), before, limit).await.unwrap();
            found.iter().map(|report| report.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(app, None, 10).await, [3, 2, 1]);
        assert_eq!(ids(app, None, 2).await, [3, 2]);
        assert_eq!(ids(app, Some(2), 2).await, [1]);
        assert!(ids(other, None, 10).await.is_empty());
        let found = list(&f.store, app, &all(), None, 1).await.unwrap();
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
        let found = list(&f.store, app, &all(), None, 10).await.unwrap();
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
        assert_eq!(list(&f.store, app, &all(), None, 10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_report_is_settled_and_found_by_what_became_of_it() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        for n in 1..=2 {
            let reported = report(n, "alice", n, NOW);
            assert!(insert(&f.store, app, &reported, (NOW - HOUR, 20)).await.unwrap());
        }
        settle(&f.store, other, 1, ("banned", "staff", "x"), NOW).await.unwrap();
        settle(&f.store, app, 1, ("banned", "staff", "a note"), NOW + 1).await.unwrap();
        let settled = find(&f.store, app, 1).await.unwrap().unwrap();
        assert_eq!((settled.state.as_str(), settled.note.as_str()), ("banned", "a note"));
        assert_eq!((settled.handler.as_deref(), settled.handled), (Some("staff"), Some(NOW + 1)));
        let ids = async |filter: ReportFilter| {
            let found = list(&f.store, app, &filter, None, 10).await.unwrap();
            found.iter().map(|report| report.id).collect::<Vec<_>>()
        };
        let state = |state: &str| ReportFilter { state: state.to_owned(), ..all() };
        assert_eq!(ids(state("banned")).await, [1]);
        assert_eq!(ids(state("pending")).await, [2]);
        let chat = |chat: &str| ReportFilter { conversation: chat.to_owned(), ..all() };
        assert_eq!(ids(chat("s:")).await, [2, 1]);
        assert!(ids(chat("g:")).await.is_empty());
        assert!(ids(ReportFilter { from: Some(NOW + 1), ..all() }).await.is_empty());
        assert!(ids(ReportFilter { sender: "nobody".to_owned(), ..all() }).await.is_empty());
        assert!(find(&f.store, other, 1).await.unwrap().is_none());
    })
    .await;
}
