//! The queues of callbacks.

use hongyan_model::{
    App, AppId, CallbackRule, CallbackScope, IdGenerator, MessageId, PostRule, PreRule,
};
use hongyan_store::callbacks::{
    Ban, Chosen, DeliveryFilter, DeliveryState, NewDelivery, Settled, ban, buckets, collect,
    counts, cursor, enqueue, expire, followed, forget, forget_rule, give_up, list, next_due,
    note_retry, of_bucket, open, replay, set_ban, settle, unfollow,
};
use hongyan_store::{Store, apps};

use crate::{NOW, on_every_engine};

fn new(id: u64, conversation: &str) -> NewDelivery {
    NewDelivery {
        rule: "r".to_owned(),
        id,
        conversation: conversation.to_owned(),
        kind: "chat:txt".to_owned(),
        call_id: format!("call{id}"),
        body: format!("{{\"n\":{id}}}"),
        created: NOW + i64::try_from(id).unwrap(),
    }
}

fn rule(scope: CallbackScope) -> CallbackRule {
    CallbackRule {
        id: "r".to_owned(),
        name: "r".to_owned(),
        url: "http://example.com".to_owned(),
        enabled: true,
        hx_secret: "secret".to_owned(),
        custom_secret: None,
        created: NOW,
        updated: NOW,
        since: NOW,
        scope,
    }
}

fn settled(id: u64, state: DeliveryState, due: i64) -> Settled {
    let error = (state != DeliveryState::Delivered).then(|| "why".to_owned());
    Settled { id, state, attempts: 1, due, status: Some(500), latency: Some(7), error, now: NOW }
}

async fn open_ids(store: &Store, app: AppId, now: i64) -> Vec<u64> {
    open(store, app, "r", (now, 10), &[]).await.unwrap().iter().map(|one| one.id).collect()
}

#[tokio::test]
async fn what_waits_behind_something_that_failed_waits_with_it() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let queued: Vec<_> =
            [(1, "a"), (2, "b"), (3, "a"), (4, "c")].map(|(id, c)| new(id, c)).into();
        enqueue(&f.store, app, &queued).await.unwrap();
        assert_eq!(open_ids(&f.store, app, NOW).await, [1, 2, 3, 4]);
        assert!(open_ids(&f.store, other, NOW).await.is_empty());
        let aside = ["a".to_owned(), "c".to_owned()];
        let others = open(&f.store, app, "r", (NOW, 10), &aside).await.unwrap();
        assert_eq!(others.iter().map(|one| one.id).collect::<Vec<_>>(), [2]);
        let retrying = settled(1, DeliveryState::Retrying, NOW + 50);
        let done = settled(2, DeliveryState::Delivered, 0);
        settle(&f.store, app, "r", &[retrying, done]).await.unwrap();
        assert_eq!(open_ids(&f.store, app, NOW).await, [4]);
        assert_eq!(next_due(&f.store, app, "r").await.unwrap(), Some(NOW + 50));
        assert_eq!(open_ids(&f.store, app, NOW + 50).await, [1, 4]);
        settle(&f.store, app, "r", &[settled(1, DeliveryState::Delivered, 0)]).await.unwrap();
        assert_eq!(open_ids(&f.store, app, NOW).await, [3, 4]);
        assert_eq!(next_due(&f.store, app, "r").await.unwrap(), None);
        let counted = counts(&f.store, app, "r", NOW).await.unwrap();
        assert_eq!((counted.waiting, counted.delivered, counted.failed), (2, 2, 0));
        let all = DeliveryFilter::default();
        let shown = list(&f.store, app, "r", &all, Some(3), 10).await.unwrap();
        assert_eq!(
            shown.iter().map(|one| (one.id, one.attempts)).collect::<Vec<_>>(),
            [(2, 1), (1, 2)]
        );
        assert_eq!((shown[0].status, shown[0].latency), (Some(500), Some(7)));
    })
    .await;
}

#[tokio::test]
async fn an_app_is_followed_from_its_first_rule_after_sending_until_its_last() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let save = async |rules: Vec<CallbackRule>| {
            let change = |app: &mut App, _| {
                app.settings.callbacks = rules;
                Ok::<_, ()>(())
            };
            apps::update(&f.store, app, NOW, change).await.unwrap().unwrap().unwrap();
        };
        let rule = |since, scope| CallbackRule { since, ..self::rule(scope) };
        let before = rule(NOW, CallbackScope::Pre(PreRule::default()));
        let after = |since| rule(since, CallbackScope::Post(PostRule::default()));
        let place = async || cursor(&f.store, app).await.unwrap();

        save(vec![before.clone()]).await;
        assert_eq!(place().await, None);
        save(vec![before.clone(), after(NOW)]).await;
        assert_eq!(place().await, Some(IdGenerator::floor(NOW)));
        save(vec![before.clone(), after(NOW), after(NOW + 9)]).await;
        assert_eq!(place().await, Some(IdGenerator::floor(NOW)), "followed already");
        // Who looks after apps saw this one as it was before.
        unfollow(&f.store, app).await.unwrap();
        assert!(followed(&f.store).await.unwrap().contains(&app));
        save(vec![before]).await;
        assert!(followed(&f.store).await.unwrap().contains(&app), "until somebody looks");
        unfollow(&f.store, app).await.unwrap();
        assert!(!followed(&f.store).await.unwrap().contains(&app));
    })
    .await;
}

#[tokio::test]
async fn what_was_collected_is_queued_and_looked_at_in_one_step() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        collect(&f.store, app, MessageId(7), &[new(1, "a")]).await.unwrap();
        assert_eq!(cursor(&f.store, app).await.unwrap(), Some(MessageId(7)));
        assert_eq!(open_ids(&f.store, app, NOW).await, [1]);
        // A number that is there already: nothing of it, the place included.
        assert!(collect(&f.store, app, MessageId(8), &[new(2, "a"), new(1, "a")]).await.is_err());
        assert_eq!(cursor(&f.store, app).await.unwrap(), Some(MessageId(7)));
        assert_eq!(open_ids(&f.store, app, NOW).await, [1]);
        // Another node was faster: nothing twice, and no way back.
        collect(&f.store, app, MessageId(7), &[new(3, "a")]).await.unwrap();
        collect(&f.store, app, MessageId(6), &[new(4, "a")]).await.unwrap();
        assert_eq!(cursor(&f.store, app).await.unwrap(), Some(MessageId(7)));
        assert_eq!(open_ids(&f.store, app, NOW).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn failures_are_found_by_their_ten_minutes_and_sent_again() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let queued: Vec<_> = (1..=3).map(|id| new(id, "a")).collect();
        enqueue(&f.store, app, &queued).await.unwrap();
        let end = (DeliveryState::Failed, "banned");
        assert_eq!(give_up(&f.store, app, "r", end, NOW, 2).await.unwrap(), 2);
        settle(&f.store, app, "r", &[settled(3, DeliveryState::Dropped, 0)]).await.unwrap();
        let found = buckets(&f.store, app, 0).await.unwrap();
        let start = found[0].start;
        assert_eq!((found.len(), found[0].size, found[0].retry), (1, 2, 0));
        assert!((start..start + 600_000).contains(&(NOW + 1)));
        let page = of_bucket(&f.store, app, start, ("r", 1), 10).await.unwrap();
        assert_eq!(
            page.iter().map(|(rule, one)| (rule.as_str(), one.id)).collect::<Vec<_>>(),
            [("r", 2)]
        );
        note_retry(&f.store, app, start).await.unwrap();
        assert_eq!(buckets(&f.store, app, 0).await.unwrap()[0].retry, 1);
        assert_eq!(replay(&f.store, app, "r", &Chosen::Ids(vec![3, 9])).await.unwrap(), 1);
        assert_eq!(open_ids(&f.store, app, NOW).await, [3]);
        let all = Chosen::Time(NOW, NOW + 10);
        assert_eq!(replay(&f.store, app, "r", &all).await.unwrap(), 2);
        assert_eq!(open_ids(&f.store, app, NOW).await, [1, 2, 3]);

        let found = async |filter: DeliveryFilter| {
            list(&f.store, app, "r", &filter, None, 9).await.unwrap().len()
        };
        assert_eq!(found(filter(|of| of.kind = Some("chat".into()))).await, 3);
        assert_eq!(found(filter(|of| of.search = Some("call2".into()))).await, 1);
        assert_eq!(found(filter(|of| of.state = Some(DeliveryState::Failed))).await, 0);
    })
    .await;
}

fn filter(change: impl FnOnce(&mut DeliveryFilter)) -> DeliveryFilter {
    let mut filter = DeliveryFilter::default();
    change(&mut filter);
    filter
}

#[tokio::test]
async fn old_deliveries_go_unless_they_still_wait_and_rules_go_with_all_they_had() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        enqueue(&f.store, app, &[new(1, "a"), new(2, "a")]).await.unwrap();
        settle(&f.store, app, "r", &[settled(1, DeliveryState::Delivered, 0)]).await.unwrap();
        let other = f.app("two").await;
        assert_eq!(forget(&f.store, other, NOW + 100, 10).await.unwrap(), 0);
        assert_eq!(forget(&f.store, app, NOW, 10).await.unwrap(), 0);
        assert_eq!(forget(&f.store, app, NOW + 100, 10).await.unwrap(), 1);
        assert_eq!(open_ids(&f.store, app, NOW).await, [2]);
        enqueue(&f.store, app, &[new(3, "a")]).await.unwrap();
        assert_eq!(expire(&f.store, app, NOW + 3, NOW + 9, 10).await.unwrap(), 1);
        assert_eq!(counts(&f.store, app, "r", NOW).await.unwrap().failed, 1);
        assert_eq!(open_ids(&f.store, app, NOW).await, [3]);
        let banned = Ban { until: NOW, reason: "why".into(), begun: vec![1, 2] };
        set_ban(&f.store, app, "r", &banned).await.unwrap();
        set_ban(&f.store, app, "r", &banned).await.unwrap();
        assert_eq!(ban(&f.store, app, "r").await.unwrap(), Some(banned));
        assert!(forget_rule(&f.store, app, "r", 10).await.unwrap());
        assert!(open_ids(&f.store, app, NOW).await.is_empty());
        assert_eq!(ban(&f.store, app, "r").await.unwrap(), None);
    })
    .await;
}
